"""From what a loan's rows say – proceeds, payments, fee items – to the flows each method's law wants.

Belongs here: which fee counts under which method, and when it flows. Not here: rates (``methods``), whether a fee is
allowed (schemas/rules). Every line of COUNTED names where it is from and how sure that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from transforms.apr.periods import month_days

# what a fee item is for; the tape's own kinds of fee are mapped onto these by whoever calls
INTEREST_LIKE = "interest_like"  # service, instalment, origination, platform and other charges for the credit
GUARANTEE = "guarantee"  # guarantee or credit enhancement against the borrower's default
INSURANCE_REQUIRED = "insurance_required"  # insurance without which the credit is not had on these terms
INSURANCE_VOLUNTARY = "insurance_voluntary"  # chosen by the borrower, and so disclosed and requested in writing
PUBLIC_CHARGE = "public_charge"  # notary, registration and taxes paid to public officials
DEFAULT_CHARGE = "default_charge"  # late payment, penalty interest, other consequences of default
KINDS = (INTEREST_LIKE, GUARANTEE, INSURANCE_REQUIRED, INSURANCE_VOLUNTARY, PUBLIC_CHARGE, DEFAULT_CHARGE)


@dataclass(frozen=True)
class Treatment:
    """Whether a kind of fee enters a method's rate, by which text, and how sure that is."""

    counted: bool
    source: str
    confidence: str


def _table(*rows: tuple[str, bool, str, str]) -> Mapping[str, Treatment]:
    found = {kind: Treatment(counted, source, confidence) for kind, counted, source, confidence in rows}
    if set(found) != set(KINDS):
        raise ValueError("every kind of fee needs a treatment")
    return MappingProxyType(found)


_US = _table(
    (INTEREST_LIKE, True, "12 CFR 1026.4(a), (b)(1)-(4)", "P"),
    (GUARANTEE, True, "12 CFR 1026.4(b)(5)", "P"),
    (INSURANCE_REQUIRED, True, "12 CFR 1026.4(b)(7), (8)", "P"),
    (INSURANCE_VOLUNTARY, False, "12 CFR 1026.4(d)(1): not required, disclosed and requested in writing", "P"),
    (PUBLIC_CHARGE, False, "12 CFR 1026.4(e): itemised and disclosed", "P"),
    (DEFAULT_CHARGE, False, "12 CFR 1026.4(c)(2)", "P"),
)
_TALC = _table(
    *((kind, True, "12 CFR 1026.33(c)(1): all costs and charges to the consumer", "P") for kind in KINDS[:5]),
    (DEFAULT_CHARGE, False, "not a projected cost of the credit", "OWN"),
)
_EU = _table(
    (INTEREST_LIKE, True, "2008/48/EC art. 3(g)", "B-H"),
    (GUARANTEE, True, "2008/48/EC art. 3(g): commissions and any other fees in connection with the credit", "B-H"),
    (INSURANCE_REQUIRED, True, "2008/48/EC art. 3(g): ancillary services that are compulsory for the terms", "B-H"),
    (INSURANCE_VOLUNTARY, False, "2008/48/EC art. 3(g), the other way round", "B-H"),
    (PUBLIC_CHARGE, False, "2008/48/EC art. 3(g): notarial costs are left out; other taxes are INTEREST_LIKE", "B-H"),
    (DEFAULT_CHARGE, False, "2008/48/EC art. 19(2)", "B-H"),
)
_CN = _table(
    (INTEREST_LIKE, True, "PBoC announcement [2021] No. 3: interest and fees directly related to the loan", "S"),
    (GUARANTEE, True, "金规〔2025〕9号, 金规〔2026〕2号: 增信服务费 in the all-in cost", "S"),
    (INSURANCE_REQUIRED, True, "金规〔2026〕2号: every item under normal performance, whoever collects it", "S"),
    (INSURANCE_VOLUNTARY, True, "counted: no text read leaves it out", "OWN"),
    (PUBLIC_CHARGE, True, "counted: no text read leaves it out", "OWN"),
    (DEFAULT_CHARGE, False, "金规〔2026〕2号: contingent items are shown apart", "S"),
)
_ALL = _table(*((kind, True, "every flow given is a flow", "OWN") for kind in KINDS))

COUNTED: Mapping[str, Mapping[str, Treatment]] = MappingProxyType(
    {"us_reg_z": _US, "us_reg_z_talc": _TALC, "eu_ccd": _EU, "cn_simple": _CN, "cn_compound": _CN, "xirr": _ALL}
)


@dataclass(frozen=True)
class Fee:
    """One fee item: an amount above zero (or a refund below), its kind, when the borrower bears it.

    A fee taken from the proceeds, or paid at the drawdown, has the drawdown's date: it then lowers what the borrower
    got. A fee that is part of a payment already given must not be given again.
    """

    kind: str
    when: date
    amount: Decimal


@dataclass(frozen=True)
class Flow:
    """Positive to the borrower."""

    when: date
    amount: Decimal


def flows(
    method: str,
    advances: Sequence[tuple[date, Decimal]],
    payments: Sequence[tuple[date, Decimal]],
    fees: Sequence[Fee] = (),
) -> list[Flow]:
    """The flows of one loan under a method, in time order, one per date.

    ``advances`` are gross of fees; ``payments`` principal and interest, level or not. Fees the method's law counts
    become payments on their dates, so that one of the drawdown's day is netted from the proceeds (12 CFR 1026.18(b)(3)
    [P] for a prepaid finance charge; the PBoC's example [S] for an upfront fee). Fees it does not count are left out.
    Raises KeyError for an unknown method, ValueError for an unknown kind of fee or an amount below zero.
    """
    counted = COUNTED[method]
    totals: dict[date, Decimal] = {}
    for sign, rows in ((1, advances), (-1, payments)):
        for when, amount in rows:
            if amount < 0:
                raise ValueError(f"{amount} on {when} is below zero: an advance is no payment, nor the other way round")
            totals[when] = totals.get(when, Decimal(0)) + sign * amount
    for fee in fees:
        treatment = counted.get(fee.kind)
        if treatment is None:
            raise ValueError(f"{fee.kind!r} is no kind of fee")
        if treatment.counted:
            totals[fee.when] = totals.get(fee.when, Decimal(0)) - fee.amount
    return [Flow(when, amount) for when, amount in sorted(totals.items())]


def level(start: date, first: date, amount: Decimal, count: int) -> list[tuple[date, Decimal]]:
    """``count`` level monthly payments from ``first``, due on its day or a shorter month's last."""
    if first < start or count < 1:
        raise ValueError("payments follow the drawdown, and there is at least one")
    return [(_month_later(first, k), amount) for k in range(count)]


def _month_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, month_days(year, month + 1)))
