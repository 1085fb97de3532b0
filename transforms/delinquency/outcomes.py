"""What is done about late loans: extended and restructured stock, disposals, charge-offs and recoveries of the period.

Belongs here: measures a lender takes. Not here: where loans moved by themselves (moves). A restructuring shown on the
tape is counted; whether a loan should have been shown as one is a rule's matter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from schemas.tape import codes
from transforms import amount, by, indicator, ratio, rows, where

OBSERVATION_MONTHS = 12  # as the limit restructured_observation_months; a test holds the two equal

_BOOK = rows(
    "balance_amount days_past_due snapshot_date loan_status extension_count is_restructured restructured_on",
    (500, 0, "2026-10-31", "LS01", 0, False, None),
    (300, 0, "2026-10-31", "LS02", None, False, None),
    (100, 95, "2026-10-31", "LS03", 2, True, "2025-11-01"),
    (60, 0, "2026-10-31", "LS01", 0, True, "2025-10-31"),
    (40, 10, "2026-10-31", "LS03", None, None, None),
    (0, 0, "2026-10-31", "LF01", 1, True, "2026-09-01"),
)
_DISPOSALS = rows(
    "snapshot_date loan_status disposal_type disposal_date disposal_amount recovered_amount",
    ("2026-10-31", "LS01", None, None, None, None),
    ("2026-10-31", "LF02", "WRITTEN_OFF", "2026-10-31", 70, 0),
    ("2026-10-31", "LF02", "WRITTEN_OFF", "2026-10-02", 30, "1.50"),
    ("2026-10-31", "LF02", "WRITTEN_OFF", "2026-09-30", 999, 4),  # of an earlier month, still sent
    ("2026-10-31", "LF04", "TRANSFERRED", "2026-10-15", 20, None),
)
_IN_MONTH = "disposal_date in the month of the reporting date"


def _is_extended(stock: Any) -> Any:
    return (stock.extension_count > 0) | (stock.loan_status == "LS02")


def _is_restructured(stock: Any) -> Any:
    return stock.is_restructured


def _is_observed(stock: Any) -> Any:
    ends = (stock.restructured_on + ibis.interval(months=OBSERVATION_MONTHS)).cast("date")
    return stock.is_restructured & (ends > stock.snapshot_date)


def _stock_of(
    code: str,
    condition: Any,
    en: str,
    zh: str,
    said: str,
    cites: str,
    confidence: Confidence,
    balance: int,
    number: int,
    share: str,
) -> tuple[Indicator, ...]:
    """The loans on the books for which the condition holds: their balance, their number, their share of the balance."""

    def of_balance(stock: Any) -> Any:
        return amount(where(condition(stock), stock.balance).sum())

    def of_number(stock: Any) -> Any:
        return amount(where(condition(stock), ibis.literal(1)).sum())

    def of_whole(stock: Any) -> Any:
        return ratio(where(condition(stock), stock.balance).sum(), stock.balance.sum())

    def declared(suffix: str, unit: str, body: Any, what: tuple[str, str, str], expected: Decimal) -> Indicator:
        return indicator(
            code + suffix,
            unit=unit,
            grain="stock",
            en=f"{what[0]} {en}.",
            zh=f"{zh}{what[1]}",
            formula=what[2],
            cites=cites,
            confidence=confidence,
            jurisdictions=("cn",),
            example=({"loan": _BOOK}, {"": expected}),
        )(body)

    part = f"sum of balance where {said}"
    return (
        declared("", "money", of_balance, ("Balance of loans", "余额", part), Decimal(balance)),
        declared(
            "-LOANS", "count", of_number, ("Number of loans", "笔数", f"count of loans where {said}"), Decimal(number)
        ),
        declared(
            "-SHARE",
            "fraction",
            of_whole,
            ("Share in the balance of loans", "占比", f"{part} / sum of balance"),
            Decimal(share),
        ),
    )


EXTENDED = _stock_of(
    "DLQ-EXTENDED",
    _is_extended,
    "whose term was extended (re-aged)",
    "展期贷款",
    "extension_count > 0 or loan_status = LS02",
    "PBoC V2.1 CLGRDK 12, 25; EAST 503 ZQCS",
    Confidence.PRIMARY,
    400,
    2,
    "0.4",
)
RESTRUCTURED = _stock_of(
    "DLQ-RESTRUCTURED",
    _is_restructured,
    "restructured for a borrower in difficulty",
    "重组贷款",
    "is_restructured",
    "Risk classification measures 2023 (order No. 1), restructured assets",
    Confidence.BACKGROUND_MEDIUM,
    160,
    2,
    "0.16",
)
OBSERVED = _stock_of(
    "DLQ-OBSERVED",
    _is_observed,
    "restructured and still in observation, which lasts a year from restructured_on; that two instalments were paid in "
    "it besides is not on the tape",
    "重组观察期内贷款",
    f"is_restructured and restructured_on + {OBSERVATION_MONTHS} months > reporting date",
    "Risk classification measures 2023 (order No. 1), observation of restructured assets",
    Confidence.BACKGROUND_MEDIUM,
    100,
    1,
    "0.1",
)


@indicator(
    "DLQ-RESTRUCTURED-90P",
    unit="fraction",
    grain="stock",
    en="Restructured loans over 90 days past due over all restructured loans: how many restructurings failed.",
    zh="重组贷款中逾期90天以上的占比",
    formula="sum of balance where is_restructured and days past due > 90 / sum of balance where is_restructured",
    cites="Disclosed by listed banks beside the restructured stock; no rule read",
    confidence=Confidence.BACKGROUND_MEDIUM,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.625")}),
)
def failed_restructurings(stock: Any) -> Any:
    return ratio(
        where(stock.is_restructured & (stock.days_past_due > 90), stock.balance).sum(),
        where(stock.is_restructured, stock.balance).sum(),
    )


@indicator(
    "DLQ-DISPOSED",
    unit="money",
    grain="disposals",
    dimension="disposal_type",
    en="Amount disposed of in the period, by kind of disposal.",
    zh="本期处置金额（按处置方式）",
    formula=f"sum of disposal_amount per disposal_type, over loans with {_IN_MONTH}",
    cites="PBoC V2.1 GRDKFS 14, 24",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _DISPOSALS},
        {
            "WRITTEN_OFF": Decimal(100),
            "TRANSFERRED": Decimal(20),
            "PAID_BY_GUARANTOR": Decimal(0),
            "SECURITISED": Decimal(0),
        },
    ),
)
def disposed(disposals: Any) -> Any:
    return by(
        disposals,
        disposals.disposal_type,
        numerator=disposals.disposal_amount.sum(),
        members=tuple(codes.DISPOSAL_TYPE),
    )


@indicator(
    "DLQ-DISPOSED-LOANS",
    unit="count",
    grain="disposals",
    dimension="disposal_type",
    en="Number of loans disposed of in the period, by kind of disposal.",
    zh="本期处置笔数（按处置方式）",
    formula=f"count of loans per disposal_type, over loans with {_IN_MONTH}",
    cites="PBoC V2.1 GRDKFS 14, 24",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _DISPOSALS},
        {
            "WRITTEN_OFF": Decimal(2),
            "TRANSFERRED": Decimal(1),
            "PAID_BY_GUARANTOR": Decimal(0),
            "SECURITISED": Decimal(0),
        },
    ),
)
def loans_disposed(disposals: Any) -> Any:
    return by(
        disposals,
        disposals.disposal_type,
        numerator=disposals.count(),
        members=tuple(codes.DISPOSAL_TYPE),
    )


@indicator(
    "DLQ-RECOVERED",
    unit="money",
    grain="loan",
    en="Recovered in the period on loans disposed of, now or earlier.",
    zh="本期收回已处置贷款金额",
    formula="sum of recovered_amount",
    cites="一表通 7.8",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=({"loan": _DISPOSALS}, {"": Decimal("5.50")}),
)
def recovered(loan: Any) -> Any:
    return amount(loan.recovered_amount.sum())


_OPENING = rows(
    "iou_no balance_amount loan_status", ("a", 700, "LS01"), ("b", 80, "LS03"), ("c", 20, "LS03"), ("d", 9, "LF01")
)
_ENDED = rows(
    "iou_no snapshot_date balance_amount loan_status disposal_type disposal_date disposal_amount recovered_amount",
    ("a", "2026-10-31", 650, "LS01", None, None, None, None),
    ("b", "2026-10-31", 0, "LF02", "WRITTEN_OFF", "2026-10-31", 70, 0),
    ("c", "2026-10-31", 0, "LF04", "TRANSFERRED", "2026-10-12", 20, None),
    ("e", "2026-10-31", 0, "LF02", "WRITTEN_OFF", "2026-03-31", 90, 6),
)
_YEARS = {"previous_loan": _OPENING, "loan": _ENDED}


@indicator(
    "DLQ-CHARGE-OFF",
    unit="fraction",
    grain="loan",
    en="Written off in the period over the balance on the books a submission before; not annualised.",
    zh="本期核销率（未年化）",
    formula=f"sum of disposal_amount where disposal_type is WRITTEN_OFF and {_IN_MONTH} / sum of balance a submission "
    "before",
    cites="Industry practice, no rule; as the net loss of US filings is taken",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_YEARS, {"": Decimal("0.0875")}),
)
def charge_off_rate(loan: Any, previous_stock: Any) -> Any:
    return ratio(_written_off(loan).sum(), previous_stock.balance.sum())


@indicator(
    "DLQ-NET-LOSS",
    unit="fraction",
    grain="loan",
    en="Net loss of the period: written off less recovered, over the balance on the books a submission before; not "
    "annualised.",
    zh="本期净损失率（未年化）",
    formula=f"(sum of disposal_amount where disposal_type is WRITTEN_OFF and {_IN_MONTH} - sum of recovered_amount) / "
    "sum of balance a submission before",
    cites="Industry practice, no rule; as the net loss of US filings is taken",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_YEARS, {"": Decimal("0.08")}),
)
def net_loss_rate(loan: Any, previous_stock: Any) -> Any:
    # a row without an amount adds none: a loan need not have both
    lost = _written_off(loan).fill_null(0) - loan.recovered_amount.fill_null(0)
    return ratio(lost.sum(), previous_stock.balance.sum())


def _written_off(loan: Any) -> Any:
    in_month = loan.disposal_date.truncate("M") == loan.snapshot_date.truncate("M")
    return where((loan.disposal_type == "WRITTEN_OFF") & in_month, loan.disposal_amount)
