"""Losses of US auto loans, from what only their asset-level filing carries.

Belongs here: figures of ``loan_us_auto``. Not here: figures every tape gives, day counts as US practice has them
(transforms/delinquency), shares of states (transforms/concentration).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import amount, indicator, ratio, rows

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
