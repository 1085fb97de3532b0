"""Five risk classes: the days past due after which a loan is at least in a class.

Belongs here: the day triggers of the 2023 measures. Not here: the days themselves (``schemas/limits``) or expected
losses, which a tape does not carry.
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

MEASURES = "商业银行金融资产风险分类办法 (2023 No. 1 order), in force 2023-07-01"
SPECIAL_MENTION_OR_WORSE = ("2", "3", "4", "5")
SUBSTANDARD_OR_WORSE = ("3", "4", "5")
DOUBTFUL_OR_WORSE = ("4", "5")
LOSS = ("5",)


@rule(
    "CLS-001",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("five_class", "days_past_due"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan past due beyond the non-performing line is at least substandard.",
    zh="逾期超过不良天数线的贷款至少应归为次级类。",
    passes=[{"days_past_due": 90, "five_class": "2"}, {"days_past_due": 91, "five_class": "3"}],
    fails=[{"days_past_due": 91, "five_class": "2"}],
)
def long_overdue_is_substandard(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > limits.npl_days, loan.five_class.isin(SUBSTANDARD_OR_WORSE))


@rule(
    "CLS-002",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("five_class", "days_past_due"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan past due beyond the doubtful line is at least doubtful.",
    zh="逾期超过可疑天数线的贷款至少应归为可疑类。",
    passes=[{"days_past_due": 270, "five_class": "3"}, {"days_past_due": 271, "five_class": "4"}],
    fails=[{"days_past_due": 271, "five_class": "3"}],
)
def very_long_overdue_is_doubtful(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > limits.doubtful_days, loan.five_class.isin(DOUBTFUL_OR_WORSE))


@rule(
    "CLS-003",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("five_class", "days_past_due"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan past due beyond the loss line is a loss.",
    zh="逾期超过损失天数线的贷款应归为损失类。",
    passes=[{"days_past_due": 360, "five_class": "4"}, {"days_past_due": 361, "five_class": "5"}],
    fails=[{"days_past_due": 361, "five_class": "4"}],
)
def longest_overdue_is_loss(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > limits.loss_days, loan.five_class.isin(LOSS))


@rule(
    "CLS-004",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "days_past_due"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan past due is at least special mention, short technical delays excepted.",
    zh="逾期贷款至少应归为关注类，操作性或技术性原因的短期逾期除外。",
    passes=[{"days_past_due": 0, "five_class": "1"}, {"days_past_due": 1, "five_class": "2"}],
    fails=[{"days_past_due": 1, "five_class": "1"}],
)
def overdue_is_special_mention(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > limits.special_mention_days, loan.five_class.isin(SPECIAL_MENTION_OR_WORSE))


@rule(
    "CLS-005",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "is_restructured"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A restructured loan is at least special mention.",
    zh="重组贷款至少应归为关注类。",
    passes=[{"is_restructured": True, "five_class": "2"}, {"is_restructured": False, "five_class": "1"}],
    fails=[{"is_restructured": True, "five_class": "1"}],
)
def restructured_is_special_mention(loan: Any, limits: Any) -> Any:
    return implies(loan.is_restructured, loan.five_class.isin(SPECIAL_MENTION_OR_WORSE))
