"""How much is lent, and how late it is: balances and numbers of loans by days past due, in every named set of buckets.

Belongs here: amounts and counts of the book on the reporting date. Not here: ratios of them (ratios), risk classes
(classes).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from loantape.declare import Confidence, Indicator
from transforms import amount, by, indicator, rows, where
from transforms.delinquency.buckets import CREDIT_BUREAU, DAYS_1104, DAYS_G09, DAYS_S63, DAYS_US, STAGES, Buckets

_BOOK = rows(
    "balance_amount days_past_due overdue_1104_amount loan_status",
    (800, 0, 0, "LS01"),
    (100, 31, 10, "LS03"),
    (60, 91, 60, "LS03"),
    (40, 400, 40, "LS03"),
    (0, 500, 0, "LF02"),
)
# one loan at each end of each bucket, with balances of which no two sums are equal
_EDGES = (0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 150, 151, 180, 181, 270, 271, 360, 361)
_LADDER = rows("balance_amount days_past_due", *((2**place, days) for place, days in enumerate(_EDGES)))


@indicator(
    "BAL-TOTAL",
    unit="money",
    grain="stock",
    en="Principal outstanding of all loans on the books.",
    zh="贷款余额",
    formula="sum of balance; loans of status LF.. excluded",
    cites="PBoC V2.1 CLGRDK 14-15",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(1000)}),
)
def total_balance(stock: Any) -> Any:
    return amount(stock.balance.sum())


@indicator(
    "BAL-LOANS",
    unit="count",
    grain="stock",
    en="Number of loans on the books.",
    zh="贷款笔数",
    formula="count of loans; loans of status LF.. excluded",
    cites="PBoC V2.1 CLGRDK",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(4)}),
)
def loan_count(stock: Any) -> Any:
    return amount(stock.count())


def _by_bucket(code: str, buckets: Buckets, balances: Mapping[str, int], counts: Mapping[str, int]) -> tuple[Any, ...]:
    """The balance and the number of loans per bucket, as two indicators; the figures are those of the ladder."""

    def balance(stock: Any) -> Any:
        return by(stock, buckets.of(stock.days_past_due), numerator=stock.balance.sum(), members=buckets.members)

    def loans(stock: Any) -> Any:
        return by(stock, buckets.of(stock.days_past_due), numerator=stock.count(), members=buckets.members)

    def declared(code: str, unit: str, body: Any, what: tuple[str, str, str], expected: Mapping[str, int]) -> Indicator:
        bounds = ", ".join(
            f"{member}: {'more' if last is None else f'to {last}'} days" for member, last in buckets.bands
        )
        return indicator(
            code,
            unit=unit,
            grain="stock",
            dimension=buckets.dimension,
            en=f"{what[0]} by days past due, {buckets.en}.",
            zh=f"按逾期天数划分的{what[1]}（{buckets.zh}）",
            formula=f"{what[2]} per bucket of days past due ({bounds})",
            cites=buckets.cites,
            confidence=buckets.confidence,
            jurisdictions=buckets.jurisdictions,
            example=({"loan": _LADDER}, {member: Decimal(value) for member, value in expected.items()}),
        )(body)

    return (
        declared(code, "money", balance, ("Balance", "贷款余额", "sum of balance"), balances),
        declared(f"{code}-LOANS", "count", loans, ("Number of loans", "贷款笔数", "count of loans"), counts),
    )


BY_1104 = _by_bucket(
    "DLQ-BUCKET",
    DAYS_1104,
    {
        "0": 1,
        "1-30": 6,
        "31-60": 24,
        "61-90": 96,
        "91-180": 8_064,
        "181-270": 24_576,
        "271-360": 98_304,
        "361+": 131_072,
    },
    {"0": 1, "1-30": 2, "31-60": 2, "61-90": 2, "91-180": 6, "181-270": 2, "271-360": 2, "361+": 1},
)
BY_G09 = _by_bucket(
    "DLQ-G09",
    DAYS_G09,
    {"0": 1, "1-30": 6, "31-60": 24, "61-90": 96, "91-360": 130_944, "361+": 131_072},
    {"0": 1, "1-30": 2, "31-60": 2, "61-90": 2, "91-360": 10, "361+": 1},
)
BY_S63 = _by_bucket(
    "DLQ-S63",
    DAYS_S63,
    {"0": 1, "1-60": 30, "61-90": 96, "91-360": 130_944, "361+": 131_072},
    {"0": 1, "1-60": 4, "61-90": 2, "91-360": 10, "361+": 1},
)
BY_CREDIT_BUREAU = _by_bucket(
    "DLQ-BUREAU",
    CREDIT_BUREAU,
    {"0": 1, "1": 6, "2": 24, "3": 96, "4": 384, "5": 1_536, "6": 6_144, "7": 253_952},
    {"0": 1, "1": 2, "2": 2, "3": 2, "4": 2, "5": 2, "6": 2, "7": 5},
)
BY_STAGE = _by_bucket(
    "DLQ-STAGE",
    STAGES,
    {"M0": 1, "M1": 6, "M2": 24, "M3": 96, "M4": 384, "M5": 1_536, "M6": 6_144, "M6+": 253_952},
    {"M0": 1, "M1": 2, "M2": 2, "M3": 2, "M4": 2, "M5": 2, "M6": 2, "M6+": 5},
)
BY_US = _by_bucket(
    "DLQ-US-BUCKET",
    DAYS_US,
    {"0": 1, "1-29": 2, "30-59": 12, "60-89": 48, "90-119": 192, "120+": 261_888},
    {"0": 1, "1-29": 1, "30-59": 2, "60-89": 2, "90-119": 2, "120+": 10},
)


@indicator(
    "DLQ-BUCKET-1104",
    unit="money",
    grain="stock",
    dimension=DAYS_1104.dimension,
    en="Overdue amount by the 1104 rule, by days past due.",
    zh="按逾期天数划分的逾期金额（1104口径）",
    formula="sum of overdue_1104_amount per bucket of days past due: monthly instalment loans count their overdue part "
    "to 90 days and their whole balance after, others their whole balance from the first day",
    cites="1104 filling notes in two banks' returns; rule ARR-008 checks the amount",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _BOOK},
        {
            "0": Decimal(0),
            "1-30": Decimal(0),
            "31-60": Decimal(10),
            "61-90": Decimal(0),
            "91-180": Decimal(60),
            "181-270": Decimal(0),
            "271-360": Decimal(0),
            "361+": Decimal(40),
        },
    ),
)
def overdue_amount_by_days(stock: Any) -> Any:
    return by(
        stock,
        DAYS_1104.of(stock.days_past_due),
        numerator=stock.overdue_1104_amount.sum(),
        members=DAYS_1104.members,
    )


@indicator(
    "DLQ-OVERDUE-1104",
    unit="money",
    grain="stock",
    en="Overdue amount by the 1104 rule.",
    zh="逾期金额（1104口径）",
    formula="sum of overdue_1104_amount",
    cites="1104 filling notes in two banks' returns; rule ARR-008 checks the amount",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal(110)}),
)
def overdue_amount(stock: Any) -> Any:
    return amount(stock.overdue_1104_amount.sum())


@indicator(
    "DLQ-OVERDUE-BALANCE",
    unit="money",
    grain="stock",
    en="Balance of overdue loans, each with its whole balance.",
    zh="逾期贷款余额",
    formula="sum of balance where days past due > 0",
    cites="PBoC form 20202, overdue loans",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(200)}),
)
def overdue_balance(stock: Any) -> Any:
    return amount(where(stock.days_past_due > 0, stock.balance).sum())
