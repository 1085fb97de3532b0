"""Five risk classes: the days past due after which a loan is at least in a class, and what each class means.

Belongs here: day triggers and credit impairment of the 2023 measures. Not here: restructuring and changes
of class (``classification_states``), provisions (``classification_provisions``), the numbers (``schemas/limits``).
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
    says=("class {five_class} after {days_past_due} days", "逾期{days_past_due}天，五级分类为{five_class}"),
    passes=[
        {"days_past_due": 90, "five_class": "2"},
        {"days_past_due": 91, "five_class": "3"},
        {"days_past_due": 91, "five_class": "4"},
        {"days_past_due": 91, "five_class": "5"},
    ],
    fails=[
        {"days_past_due": 91, "five_class": "2"},
        {"days_past_due": 91, "five_class": "1"},
        {"days_past_due": 400, "five_class": "2"},
    ],
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
    says=("class {five_class} after {days_past_due} days", "逾期{days_past_due}天，五级分类为{five_class}"),
    passes=[
        {"days_past_due": 270, "five_class": "3"},
        {"days_past_due": 271, "five_class": "4"},
        {"days_past_due": 271, "five_class": "5"},
    ],
    fails=[
        {"days_past_due": 271, "five_class": "3"},
        {"days_past_due": 271, "five_class": "2"},
        {"days_past_due": 300, "five_class": "1"},
    ],
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
    says=("class {five_class} after {days_past_due} days", "逾期{days_past_due}天，五级分类为{five_class}"),
    passes=[
        {"days_past_due": 360, "five_class": "4"},
        {"days_past_due": 361, "five_class": "5"},
        {"days_past_due": 0, "five_class": "1"},
    ],
    fails=[
        {"days_past_due": 361, "five_class": "4"},
        {"days_past_due": 361, "five_class": "3"},
        {"days_past_due": 1000, "five_class": "1"},
    ],
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
    says=("class {five_class} after {days_past_due} days", "逾期{days_past_due}天，五级分类为{five_class}"),
    passes=[
        {"days_past_due": 0, "five_class": "1"},
        {"days_past_due": 1, "five_class": "2"},
        {"days_past_due": 1, "five_class": "3"},
        {"days_past_due": 1, "five_class": "4"},
        {"days_past_due": 1, "five_class": "5"},
    ],
    fails=[
        {"days_past_due": 1, "five_class": "1"},
        {"days_past_due": 2, "five_class": "1"},
        {"days_past_due": 90, "five_class": "1"},
    ],
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
    says=("restructured, class {five_class}", "重组贷款，五级分类为{five_class}"),
    passes=[
        {"is_restructured": True, "five_class": "2"},
        {"is_restructured": False, "five_class": "1"},
        {"is_restructured": True, "five_class": "3"},
        {"is_restructured": True, "five_class": "4"},
        {"is_restructured": True, "five_class": "5"},
    ],
    fails=[
        {"is_restructured": True, "five_class": "1"},
        {"is_restructured": True, "five_class": "1", "days_past_due": 0},
        {"is_restructured": True, "five_class": "1", "days_past_due": 30},
    ],
)
def restructured_is_special_mention(loan: Any, limits: Any) -> Any:
    return implies(loan.is_restructured, loan.five_class.isin(SPECIAL_MENTION_OR_WORSE))


@rule(
    "CLS-006",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("five_class", "is_credit_impaired"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A credit-impaired loan is at least substandard.",
    zh="已发生信用减值的贷款至少应归为次级类。",
    says=("credit-impaired, class {five_class}", "已发生信用减值，五级分类为{five_class}"),
    passes=[
        {"is_credit_impaired": True, "five_class": "3"},
        {"is_credit_impaired": True, "five_class": "4"},
        {"is_credit_impaired": True, "five_class": "5"},
        {"is_credit_impaired": False, "five_class": "2"},
    ],
    fails=[
        {"is_credit_impaired": True, "five_class": "2"},
        {"is_credit_impaired": True, "five_class": "1"},
        {"is_credit_impaired": True, "five_class": "1", "days_past_due": 0},
    ],
)
def impaired_is_substandard(loan: Any, limits: Any) -> Any:
    return implies(loan.is_credit_impaired, loan.five_class.isin(SUBSTANDARD_OR_WORSE))


@rule(
    "CLS-007",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("is_credit_impaired", "five_class"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan that is substandard or worse is credit-impaired.",
    zh="次级类及以下的贷款应认定为已发生信用减值。",
    says=("class {five_class}, not credit-impaired", "五级分类为{five_class}，未认定信用减值"),
    passes=[
        {"is_credit_impaired": True, "five_class": "3"},
        {"is_credit_impaired": False, "five_class": "2"},
        {"is_credit_impaired": False, "five_class": "1"},
        {"five_class": "5"},
    ],
    fails=[
        {"is_credit_impaired": False, "five_class": "3"},
        {"is_credit_impaired": False, "five_class": "4"},
        {"is_credit_impaired": False, "five_class": "5"},
    ],
)
def substandard_is_impaired(loan: Any, limits: Any) -> Any:
    return implies(loan.five_class.isin(SUBSTANDARD_OR_WORSE), loan.is_credit_impaired)


@rule(
    "CLS-008",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "grant_type"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan that repaid an old one is at least special mention.",
    zh="借新还旧的贷款至少应归为关注类。",
    says=("granted to repay another loan, class {five_class}", "借新还旧，五级分类为{five_class}"),
    passes=[
        {"grant_type": "REFINANCED", "five_class": "2"},
        {"grant_type": "REFINANCED", "five_class": "3"},
        {"grant_type": "REFINANCED", "five_class": "4"},
        {"grant_type": "REFINANCED", "five_class": "5"},
        {"grant_type": "NEW", "five_class": "1"},
    ],
    fails=[
        {"grant_type": "REFINANCED", "five_class": "1"},
        {"grant_type": "REFINANCED", "five_class": "1", "days_past_due": 0},
        {"grant_type": "REFINANCED", "five_class": "1", "is_restructured": False},
    ],
)
def refinanced_is_special_mention(loan: Any, limits: Any) -> Any:
    return implies(loan.grant_type == "REFINANCED", loan.five_class.isin(SPECIAL_MENTION_OR_WORSE))


@rule(
    "CLS-009",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "grant_type"),
    cites=MEASURES + "; renewal without repayment is excepted by later notices on conditions a tape does not show",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan renewed without repayment is at least special mention, or its class is explained.",
    zh="无还本续贷的贷款至少应归为关注类，否则应说明理由。",
    says=("renewed without repayment, class {five_class}", "无还本续贷，五级分类为{five_class}"),
    passes=[
        {"grant_type": "RENEWED", "five_class": "2"},
        {"grant_type": "RENEWED", "five_class": "3"},
        {"grant_type": "RENEWED", "five_class": "4"},
        {"grant_type": "RENEWED", "five_class": "5"},
        {"grant_type": "NEW", "five_class": "1"},
        {"grant_type": "RENEWED", "five_class": "1", "class_change_reason": "经营正常"},
    ],
    fails=[
        {"grant_type": "RENEWED", "five_class": "1"},
        {"grant_type": "RENEWED", "five_class": "1", "days_past_due": 0},
        {"grant_type": "RENEWED", "five_class": "1", "previous_class": "2"},
    ],
)
def renewed_is_special_mention(loan: Any, limits: Any) -> Any:
    explained = loan.five_class.isin(SPECIAL_MENTION_OR_WORSE) | loan.class_change_reason.notnull()
    return implies(loan.grant_type == "RENEWED", explained)


@rule(
    "CLS-010",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "loan_status"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan whose term was extended is at least special mention.",
    zh="展期的贷款至少应归为关注类。",
    says=("status {loan_status}, class {five_class}", "状态为{loan_status}，五级分类为{five_class}"),
    passes=[
        {"loan_status": "LS02", "five_class": "2"},
        {"loan_status": "LS02", "five_class": "3"},
        {"loan_status": "LS02", "five_class": "4"},
        {"loan_status": "LS02", "five_class": "5"},
        {"loan_status": "LS04", "five_class": "1"},
    ],
    fails=[
        {"loan_status": "LS02", "five_class": "1"},
        {"loan_status": "LS02", "five_class": "1", "extension_count": 1},
        {"loan_status": "LS02", "five_class": "1", "days_past_due": 0},
    ],
)
def extended_is_special_mention(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LS02", loan.five_class.isin(SPECIAL_MENTION_OR_WORSE))


@rule(
    "CLS-011",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    since="2023-07-01",
    fields=("class_change_reason", "five_class", "days_past_due"),
    cites="EAST 5.0, table 705 BDYY",
    confidence=Confidence.OWN,
    en="An open loan that is bad without being past due says why.",
    zh="未逾期而归为不良的未终结贷款应说明原因。",
    says=("class {five_class}, {days_past_due} days past due, no reason", "五级分类为{five_class}，未逾期，未说明原因"),
    passes=[
        {"five_class": "3", "days_past_due": 0, "loan_status": "LS01", "class_change_reason": "涉诉"},
        {"five_class": "3", "days_past_due": 1, "loan_status": "LS03"},
        {"five_class": "5", "days_past_due": 0, "loan_status": "LF02"},
        {"five_class": "2", "days_past_due": 0, "loan_status": "LS01"},
    ],
    fails=[
        {"five_class": "3", "days_past_due": 0, "loan_status": "LS01"},
        {"five_class": "4", "days_past_due": 0, "loan_status": "LS02"},
        {"five_class": "5", "days_past_due": 0, "loan_status": "LS04"},
    ],
)
def bad_without_arrears_says_why(loan: Any, limits: Any) -> Any:
    bad_on_time = loan.five_class.isin(SUBSTANDARD_OR_WORSE) & (loan.days_past_due == 0)
    return implies(bad_on_time & ~loan.loan_status.startswith("LF"), loan.class_change_reason.notnull())
