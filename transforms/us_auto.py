"""Delinquency, losses and states of US auto loans, from what only their asset-level filing carries.

Belongs here: figures of ``loan_us_auto`` and day counts as US practice has them. Not here: figures every tape gives.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import amount, band, by, hhi, indicator, names, ratio, rows, shares

# US practice counts from the 30th day, a month being 30 days [B-M]
DAYS = (("0", 0), ("1-29", 29), ("30-59", 59), ("60-89", 89), ("90-119", 119), ("120+", None))

_LATE = rows(
    "balance_amount days_past_due loan_status",
    (900, 0, "LS01"),
    (50, 29, "LS03"),
    (30, 30, "LS03"),
    (20, 120, "LS03"),
    (0, 150, "LF02"),
)
_PERIOD = rows(
    "iou_no opening_balance_amount charged_off_amount recovered_exact_amount",
    ("a", 700, None, None),
    ("b", 300, 30, None),
    ("c", 0, None, 5),
)


@indicator(
    "DLQ-US-BUCKET",
    unit="money",
    grain="stock",
    dimension="days_us",
    en="Balance by days past due, in steps of 30 days counted from the 30th.",
    zh="按逾期天数划分的贷款余额（美国口径）",
    formula="sum of balance per bucket of days past due",
    cites="US practice; days as in EX-102 currentDelinquencyStatus",
    confidence=Confidence.BACKGROUND_MEDIUM,
    jurisdictions=("us",),
    example=(
        {"loan": _LATE},
        {
            "0": Decimal(900),
            "1-29": Decimal(50),
            "30-59": Decimal(30),
            "60-89": Decimal(0),
            "90-119": Decimal(0),
            "120+": Decimal(20),
        },
    ),
)
def balance_by_days(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, DAYS), numerator=stock.balance.sum(), members=names(DAYS))


@indicator(
    "DLQ-US-BUCKET-LOANS",
    unit="count",
    grain="stock",
    dimension="days_us",
    en="Number of loans by days past due, in steps of 30 days counted from the 30th.",
    zh="按逾期天数划分的贷款笔数（美国口径）",
    formula="count of loans per bucket of days past due",
    cites="US practice; days as in EX-102 currentDelinquencyStatus",
    confidence=Confidence.BACKGROUND_MEDIUM,
    jurisdictions=("us",),
    example=(
        {"loan": _LATE},
        {
            "0": Decimal(1),
            "1-29": Decimal(1),
            "30-59": Decimal(1),
            "60-89": Decimal(0),
            "90-119": Decimal(0),
            "120+": Decimal(1),
        },
    ),
)
def loans_by_days(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, DAYS), numerator=stock.count(), members=names(DAYS))


@indicator(
    "DLQ-US-CHARGED-OFF",
    unit="money",
    grain="loan_us_auto",
    en="Principal charged off in the period, loans closed in it included.",
    zh="本期核销本金",
    formula="sum of charged_off_amount",
    cites="EX-102 chargedoffPrincipalAmount, Item 3(i)(1)",
    confidence=Confidence.PRIMARY,
    jurisdictions=("us",),
    example=({"loan_us_auto": _PERIOD}, {"": Decimal(30)}),
)
def charged_off(loan_us_auto: Any) -> Any:
    return amount(loan_us_auto.charged_off_amount.sum())


@indicator(
    "DLQ-US-RECOVERED",
    unit="money",
    grain="loan_us_auto",
    en="Recovered in the period on loans charged off.",
    zh="本期收回金额",
    formula="sum of recovered_exact_amount",
    cites="EX-102 recoveredAmount, Item 3(i)(2)",
    confidence=Confidence.PRIMARY,
    jurisdictions=("us",),
    example=({"loan_us_auto": _PERIOD}, {"": Decimal(5)}),
)
def recovered(loan_us_auto: Any) -> Any:
    return amount(loan_us_auto.recovered_exact_amount.sum())


@indicator(
    "DLQ-US-NET-LOSS",
    unit="fraction",
    grain="loan_us_auto",
    en="Net loss of the period: charged off less recovered, over the balance at its beginning; not annualised.",
    zh="本期净损失率（未年化）",
    formula="(sum of charged_off_amount - sum of recovered_exact_amount) / sum of opening_balance_amount",
    cites="EX-102 Item 3(i), Item 3(f)(5)",
    confidence=Confidence.PRIMARY,
    jurisdictions=("us",),
    example=({"loan_us_auto": _PERIOD}, {"": Decimal("0.025")}),
)
def net_loss(loan_us_auto: Any) -> Any:
    # a row without an amount adds none: a loan need not have both
    lost = loan_us_auto.charged_off_amount.fill_null(0) - loan_us_auto.recovered_exact_amount.fill_null(0)
    return ratio(lost.sum(), loan_us_auto.opening_balance_amount.sum())


@indicator(
    "CON-STATE",
    unit="fraction",
    grain="stock_us_auto",
    dimension="obligor_state",
    en="Share of each obligor state in the balance.",
    zh="各州贷款余额占比",
    formula="sum of balance of the state / sum of balance",
    cites="EX-102 obligorGeographicLocation, Item 3(e)(7)",
    confidence=Confidence.PRIMARY,
    jurisdictions=("us",),
    example=(
        {
            "loan": rows("iou_no balance_amount", ("a", 60), ("b", 20), ("c", 20)),
            "loan_us_auto": rows("iou_no obligor_state", ("a", "TX"), ("b", "FL"), ("c", None)),
        },
        {"TX": Decimal("0.6"), "FL": Decimal("0.2"), "unknown": Decimal("0.2")},
    ),
)
def state_shares(stock_us_auto: Any) -> Any:
    return shares(stock_us_auto, stock_us_auto.obligor_state, stock_us_auto.balance)


@indicator(
    "CON-STATE-HHI",
    unit="fraction",
    grain="stock_us_auto",
    en="Concentration of the balance on obligor states (Herfindahl-Hirschman index).",
    zh="州集中度（HHI）",
    formula="sum of squares of balance per state / square of the sum of balance",
    cites="Herfindahl-Hirschman index",
    confidence=Confidence.OWN,
    jurisdictions=("us",),
    example=(
        {
            "loan": rows("iou_no balance_amount", ("a", 60), ("b", 40)),
            "loan_us_auto": rows("iou_no obligor_state", ("a", "TX"), ("b", "FL")),
        },
        {"": Decimal("0.52")},
    ),
)
def state_hhi(stock_us_auto: Any) -> Any:
    return hhi(stock_us_auto, stock_us_auto.obligor_state, stock_us_auto.balance)
