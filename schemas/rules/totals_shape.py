"""How the figures of one delivery are distributed: what looks made up, copied or lost.

Belongs here: distributions over all loans of a delivery, borrowers with too many loans, loans told twice. Not here:
totals over periods (``totals``), the numbers (``schemas/limits/plausibility.toml``). No single loan breaks these rules,
so none can be planted in one.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Rule, Severity
from schemas.rules import CHINA, implies, rule

_SHAPE = "Digits and repetitions of figures that nobody chose"
_COUNT = dt.Decimal(38, 6)


def _is_not_most(
    code: str, part: str, whole: str, limit: str, at_most: int, *, en: str, zh: str, says: tuple[str, str]
) -> Rule:
    """A count of loans is at most a fraction of another; ``at_most`` is how many of 10,000 that is."""

    def holds(shape: Any, limits: Any) -> Any:
        allowed = shape[whole].cast(_COUNT) * getattr(limits, limit)
        return implies(shape[whole] >= limits.shape_min_loans, shape[part] <= allowed)

    return rule(
        code,
        on="delivery_shape",
        jurisdictions=CHINA,
        severity=Severity.WARNING,
        fields=(part, whole),
        cites=_SHAPE,
        confidence=Confidence.OWN,
        en=en,
        zh=zh,
        says=says,
        passes=[
            {part: at_most, whole: 10_000},
            {part: 4_999, whole: 4_999},
            {part: 0, whole: 5_000},
            {part: 1, whole: 10_000},
        ],
        fails=[
            {part: at_most + 1, whole: 10_000},
            {part: 5_000, whole: 5_000},
            {part: 10_000, whole: 10_000},
        ],
    )(holds)


@rule(
    "TOT-010",
    on="delivery_shape",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("first_digit_deviation", "accruing_count"),
    cites="Nigrini, Benford's Law (2012): first digits of amounts that span several magnitudes",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The first digits of interest receivable follow Benford's law.",
    zh="应收利息的首位数字应符合本福特定律。",
    says=(
        "mean absolute deviation {first_digit_deviation} over {accruing_count} loans",
        "{accruing_count}笔贷款的平均绝对偏差为{first_digit_deviation}",
    ),
    passes=[
        {"first_digit_deviation": "0.015000", "accruing_count": 5_000},
        {"first_digit_deviation": "0.000000", "accruing_count": 9_000},
        {"first_digit_deviation": "0.500000", "accruing_count": 4_999},
    ],
    fails=[
        {"first_digit_deviation": "0.015001", "accruing_count": 5_000},
        {"first_digit_deviation": "0.100000", "accruing_count": 5_001},
        {"first_digit_deviation": "0.015001", "accruing_count": 900_000},
    ],
)
def first_digits_are_natural(shape: Any, limits: Any) -> Any:
    enough = shape.accruing_count >= limits.shape_min_loans
    return implies(enough, shape.first_digit_deviation <= limits.first_digit_max_deviation)


last_digits_are_even = _is_not_most(
    "TOT-011", "digit_count", "cents_count", "last_digit_max_fraction", 2_000,
    en="No last digit of balances that are not whole yuan is far more frequent than others.",
    zh="非整元余额的末位数字分布应均匀。",
    says=(
        "{digit_count} of {cents_count} balances end in one digit",
        "{cents_count}笔非整元余额中有{digit_count}笔末位数字相同",
    ),
)  # fmt: skip
balances_are_not_round = _is_not_most(
    "TOT-012", "round_count", "repaid_count", "round_balance_max_fraction", 5_000,
    en="Balances after repayment are seldom whole hundreds.",
    zh="部分偿还后的余额不应多为整百。",
    says=("{round_count} of {repaid_count} balances", "{repaid_count}笔余额中有{round_count}笔为整百"),
)  # fmt: skip
balances_are_not_alike = _is_not_most(
    "TOT-013", "same_count", "repaid_count", "same_balance_max_fraction", 500,
    en="No single balance after repayment is that of many loans.",
    zh="部分偿还后的余额不应大量相同。",
    says=("{same_count} of {repaid_count} balances are equal", "{repaid_count}笔余额中有{same_count}笔相同"),
)  # fmt: skip
payments_are_not_alike = _is_not_most(
    "TOT-014", "same_payment_count", "paying_count", "same_payment_max_fraction", 2_000,
    en="No single amount is what many loans paid in the period.",
    zh="本期实际还款金额不应大量相同。",
    says=("{same_payment_count} of {paying_count} payments are equal", "{paying_count}笔中{same_payment_count}笔相同"),
)  # fmt: skip


@rule(
    "TOT-015",
    on="delivery_shape",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("late_count", "loan_count"),
    cites="EAST 5.0 draft check rules of the kind 不允许所有数据都为相同值",
    confidence=Confidence.OWN,
    en="In a large book some loans are past due, and not all.",
    zh="规模较大的贷款组合不应全部未逾期或全部逾期。",
    says=("{late_count} of {loan_count} loans are past due", "{loan_count}笔贷款中{late_count}笔逾期"),
    passes=[
        {"late_count": 1, "loan_count": 5_000},
        {"late_count": 4_999, "loan_count": 5_000},
        {"late_count": 0, "loan_count": 4_999},
        {"late_count": 4_999, "loan_count": 4_999},
    ],
    fails=[
        {"late_count": 0, "loan_count": 5_000},
        {"late_count": 5_000, "loan_count": 5_000},
        {"late_count": 0, "loan_count": 900_000},
    ],
)
def some_are_late(shape: Any, limits: Any) -> Any:
    some = (shape.late_count > 0) & (shape.late_count < shape.loan_count)
    return implies(shape.loan_count >= limits.shape_min_loans, some)


@rule(
    "TOT-016",
    on="delivery_shape",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("below_normal_count", "loan_count"),
    cites="EAST 5.0 draft check rules of the kind 不允许所有数据都为相同值",
    confidence=Confidence.OWN,
    en="In a large book some loans are classed below normal, and not all.",
    zh="规模较大的贷款组合不应全部为正常类或全部非正常类。",
    says=("{below_normal_count} of {loan_count} loans", "{loan_count}笔贷款中{below_normal_count}笔非正常类"),
    passes=[
        {"below_normal_count": 1, "loan_count": 5_000},
        {"below_normal_count": 4_999, "loan_count": 5_000},
        {"below_normal_count": 0, "loan_count": 4_999},
        {"below_normal_count": 4_999, "loan_count": 4_999},
    ],
    fails=[
        {"below_normal_count": 0, "loan_count": 5_000},
        {"below_normal_count": 5_000, "loan_count": 5_000},
        {"below_normal_count": 0, "loan_count": 900_000},
    ],
)
def some_are_below_normal(shape: Any, limits: Any) -> Any:
    some = (shape.below_normal_count > 0) & (shape.below_normal_count < shape.loan_count)
    return implies(shape.loan_count >= limits.shape_min_loans, some)


@rule(
    "TOT-017",
    on="borrower",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("borrower_pid", "loan_count"),
    cites="One pseudonym is one person",
    confidence=Confidence.OWN,
    en="A borrower does not have implausibly many loans in one delivery.",
    zh="同一借款人在一次报送中的借据数不应过多。",
    says=("{loan_count} loans of one borrower", "同一借款人有{loan_count}笔借据"),
    passes=[
        {"borrower_pid": "a", "loan_count": 50},
        {"borrower_pid": "a", "loan_count": 49},
        {"borrower_pid": "a", "loan_count": 2},
    ],
    fails=[
        {"borrower_pid": "a", "loan_count": 51},
        {"borrower_pid": "b", "loan_count": 52},
        {"borrower_pid": "a", "loan_count": 5_000},
    ],
)
def borrowers_are_persons(borrower: Any, limits: Any) -> Any:
    return borrower.loan_count <= limits.borrower_loans_max_count


@rule(
    "TOT-018",
    on="twin_loans",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("iou_no", "other_iou_no", "iou_count"),
    cites="One loan is one IOU",
    confidence=Confidence.OWN,
    en="No two IOUs have the same borrower, contract, date of grant and amount.",
    zh="借款人、合同号、发放日期和金额均相同的借据不应重复。",
    says=("{iou_count} IOUs from {iou_no} to {other_iou_no}", "{iou_no}至{other_iou_no}共{iou_count}笔"),
    passes=[
        {"iou_no": "A", "other_iou_no": "A", "iou_count": 1},
        {"iou_no": "A", "iou_count": 1},
        {"iou_count": 1},
    ],
    fails=[
        {"iou_no": "A", "other_iou_no": "B", "iou_count": 2},
        {"iou_no": "A", "other_iou_no": "C", "iou_count": 3},
        {"iou_no": "A", "other_iou_no": "Z", "iou_count": 26},
    ],
)
def loans_are_told_once(twins: Any, limits: Any) -> Any:
    return twins.iou_count <= 1
