"""Losses and states of US auto loans, from what only their asset-level filing carries.

Belongs here: figures of ``loan_us_auto``. Not here: figures every tape gives, day counts as US practice has them
(transforms/delinquency).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import amount, hhi, indicator, ratio, rows, shares

_PERIOD = rows(
    "iou_no opening_balance_amount charged_off_amount recovered_exact_amount",
    ("a", 700, None, None),
    ("b", 300, 30, None),
    ("c", 0, None, 5),
)


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
