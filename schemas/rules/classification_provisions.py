"""Loss provisions of one loan beside its risk class.

Belongs here: what a provision says of the class and what it may not exceed. Not here: sums of provisions
(``totals_books``), provisions from month to month (``movements_states``), the fractions (``schemas/limits``).
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.classification import DOUBTFUL_OR_WORSE, LOSS, MEASURES, SPECIAL_MENTION_OR_WORSE

_PRODUCT = dt.Decimal(38, 6)


@rule(
    "CLS-020",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("provision_amount", "five_class", "own_balance_amount"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan below normal carries a loss provision on what the lender funded.",
    zh="关注类及以下的贷款应对本机构出资余额计提减值准备。",
    says=(
        "class {five_class}, provision {provision_amount} on {own_balance_amount}",
        "五级分类为{five_class}，本机构出资余额{own_balance_amount}，减值准备{provision_amount}",
    ),
    passes=[
        {"five_class": "2", "own_balance_amount": "0.01", "provision_amount": "0.01"},
        {"five_class": "1", "own_balance_amount": "100.00", "provision_amount": "0.00"},
        {"five_class": "5", "own_balance_amount": "0.00", "provision_amount": "0.00"},
        {"five_class": "5", "own_balance_amount": "0.00"},
    ],
    fails=[
        {"five_class": "2", "own_balance_amount": "1.00", "provision_amount": "0.00"},
        {"five_class": "3", "own_balance_amount": "0.01", "provision_amount": "0.00"},
        {"five_class": "4", "own_balance_amount": "100.00", "provision_amount": "0.00"},
        {"five_class": "5", "own_balance_amount": "100.00"},
    ],
)
def below_normal_is_provided_for(loan: Any, limits: Any) -> Any:
    below = loan.five_class.isin(SPECIAL_MENTION_OR_WORSE) & (loan.own_balance_amount > 0)
    return implies(below, (loan.provision_amount > 0).fill_null(False))


@rule(
    "CLS-021",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "provision_amount", "own_balance_amount"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan of which half or more is expected to be lost is at least doubtful.",
    zh="预期损失达到规定比例的贷款至少应归为可疑类。",
    says=(
        "provision {provision_amount} on {own_balance_amount}, class {five_class}",
        "本机构出资余额{own_balance_amount}，减值准备{provision_amount}，五级分类为{five_class}",
    ),
    passes=[
        {"provision_amount": "50.00", "own_balance_amount": "100.00", "five_class": "4"},
        {"provision_amount": "50.00", "own_balance_amount": "100.00", "five_class": "5"},
        {"provision_amount": "49.99", "own_balance_amount": "100.00", "five_class": "3"},
        {"provision_amount": "50.00", "own_balance_amount": "101.00", "five_class": "3"},
        {"provision_amount": "0.00", "own_balance_amount": "0.00", "five_class": "1"},
        {"provision_amount": "0.50", "own_balance_amount": "0.00", "five_class": "1"},
    ],
    fails=[
        {"provision_amount": "50.00", "own_balance_amount": "100.00", "five_class": "3"},
        {"provision_amount": "50.00", "own_balance_amount": "99.99", "five_class": "2"},
        {"provision_amount": "100.00", "own_balance_amount": "100.00", "five_class": "1"},
        {"provision_amount": "0.50", "own_balance_amount": "1.00", "five_class": "1"},
        {"provision_amount": "0.01", "own_balance_amount": "0.01", "five_class": "1"},
    ],
)
def half_lost_is_doubtful(loan: Any, limits: Any) -> Any:
    line = loan.own_balance_amount.cast(_PRODUCT) * limits.doubtful_loss_min_fraction
    lost = (loan.own_balance_amount > 0) & (loan.provision_amount >= line)
    return implies(lost, loan.five_class.isin(DOUBTFUL_OR_WORSE))


@rule(
    "CLS-022",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2023-07-01",
    fields=("five_class", "provision_amount", "own_balance_amount"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan that is expected to be lost nearly whole is a loss.",
    zh="预期损失达到损失类规定比例的贷款应归为损失类。",
    says=(
        "provision {provision_amount} on {own_balance_amount}, class {five_class}",
        "本机构出资余额{own_balance_amount}，减值准备{provision_amount}，五级分类为{five_class}",
    ),
    passes=[
        {"provision_amount": "90.00", "own_balance_amount": "100.00", "five_class": "5"},
        {"provision_amount": "89.99", "own_balance_amount": "100.00", "five_class": "4"},
        {"provision_amount": "90.00", "own_balance_amount": "101.00", "five_class": "4"},
        {"provision_amount": "0.00", "own_balance_amount": "0.00", "five_class": "1"},
        {"provision_amount": "0.50", "own_balance_amount": "0.00", "five_class": "1"},
    ],
    fails=[
        {"provision_amount": "90.00", "own_balance_amount": "100.00", "five_class": "4"},
        {"provision_amount": "90.00", "own_balance_amount": "99.99", "five_class": "3"},
        {"provision_amount": "100.00", "own_balance_amount": "100.00", "five_class": "1"},
        {"provision_amount": "0.90", "own_balance_amount": "1.00", "five_class": "1"},
        {"provision_amount": "0.01", "own_balance_amount": "0.01", "five_class": "1"},
    ],
)
def nearly_all_lost_is_loss(loan: Any, limits: Any) -> Any:
    line = loan.own_balance_amount.cast(_PRODUCT) * limits.loss_loss_min_fraction
    lost = (loan.own_balance_amount > 0) & (loan.provision_amount >= line)
    return implies(lost, loan.five_class.isin(LOSS))


@rule(
    "CLS-023",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("provision_amount", "own_balance_amount", "accrued_interest_amount", "off_balance_interest_amount"),
    cites="A loss cannot exceed what is owed: principal funded by the lender and interest",
    confidence=Confidence.OWN,
    en="A loss provision is at most what the lender funded and the interest receivable.",
    zh="减值准备不得超过本机构出资余额与应收利息之和。",
    says=(
        "provision {provision_amount} on {own_balance_amount} and interest {accrued_interest_amount} and "
        "{off_balance_interest_amount}",
        "减值准备{provision_amount}，本机构出资余额{own_balance_amount}，表内利息{accrued_interest_amount}，"
        "表外利息{off_balance_interest_amount}",
    ),
    passes=[
        {
            "provision_amount": "106.00",
            "own_balance_amount": "100.00",
            "accrued_interest_amount": "4.00",
            "off_balance_interest_amount": "2.00",
        },
        {
            "provision_amount": "105.99",
            "own_balance_amount": "100.00",
            "accrued_interest_amount": "0.00",
            "off_balance_interest_amount": "6.00",
        },
        {
            "provision_amount": "0.00",
            "own_balance_amount": "0.00",
            "accrued_interest_amount": "0.00",
            "off_balance_interest_amount": "0.00",
        },
    ],
    fails=[
        {
            "provision_amount": "106.01",
            "own_balance_amount": "100.00",
            "accrued_interest_amount": "4.00",
            "off_balance_interest_amount": "2.00",
        },
        {
            "provision_amount": "0.01",
            "own_balance_amount": "0.00",
            "accrued_interest_amount": "0.00",
            "off_balance_interest_amount": "0.00",
        },
        {
            "provision_amount": "200.00",
            "own_balance_amount": "100.00",
            "accrued_interest_amount": "0.00",
            "off_balance_interest_amount": "0.00",
        },
    ],
)
def provision_within_what_is_owed(loan: Any, limits: Any) -> Any:
    owed = wide(loan.own_balance_amount) + loan.accrued_interest_amount + loan.off_balance_interest_amount
    return loan.provision_amount <= owed
