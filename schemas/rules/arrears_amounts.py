"""Amounts in arrears: each agrees with the days past due, the dates and one another.

Belongs here: sums of money of one loan on one reporting date. Not here: status and days (``arrears``), counts of
instalments and interest receivable (``arrears_counts``), maturities and payments (``arrears_terms``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

_TYPE = "PBoC financial base data V2.1, CLGRDK 26"
_BOTH = {"overdue_principal_amount": "0.01", "overdue_interest_amount": "0.01"}
_PRINCIPAL = {"overdue_principal_amount": "0.01", "overdue_interest_amount": "0.00"}
_INTEREST = {"overdue_principal_amount": "0.00", "overdue_interest_amount": "0.01"}
_NEITHER = {"overdue_principal_amount": "0.00", "overdue_interest_amount": "0.00"}


@rule(
    "ARR-013",
    on="loan",
    jurisdictions=CHINA,
    fields=("loan_amount",),
    cites="EAST 5.0 draft check rule JHGZ1804",
    confidence=Confidence.PRIMARY,
    en="The amount lent is more than zero.",
    zh="借款金额应大于零。",
    says=("{loan_amount} lent", "借款金额{loan_amount}"),
    passes=[{"loan_amount": "0.01"}, {"loan_amount": "1.00"}, {"loan_amount": "200000.00"}],
    fails=[{"loan_amount": "0.00"}, {"loan_amount": "-0.01"}, {"loan_amount": "-500.00"}],
)
def something_was_lent(loan: Any, limits: Any) -> Any:
    return loan.loan_amount > 0


@rule(
    "ARR-014",
    on="loan",
    jurisdictions=CHINA,
    fields=("balance_amount",),
    cites="EAST 5.0 draft check rule JHGZ3697",
    confidence=Confidence.PRIMARY,
    en="The principal outstanding is not negative.",
    zh="本金余额不得为负。",
    says=("{balance_amount} outstanding", "本金余额{balance_amount}"),
    passes=[{"balance_amount": "0.00"}, {"balance_amount": "0.01"}, {"balance_amount": "1.00"}],
    fails=[{"balance_amount": "-0.01"}, {"balance_amount": "-1.00"}, {"balance_amount": "-1.01"}],
)
def balance_is_not_negative(loan: Any, limits: Any) -> Any:
    return loan.balance_amount >= 0


@rule(
    "ARR-015",
    on="loan",
    jurisdictions=CHINA,
    fields=("term_count",),
    cites="EAST 5.0 draft check rule JHGZ1806",
    confidence=Confidence.PRIMARY,
    en="The number of instalments is not zero.",
    zh="总期数不得为零。",
    says=("{term_count} instalments", "总期数{term_count}"),
    passes=[{"term_count": 1}, {"term_count": 2}, {"term_count": 360}],
    fails=[{"term_count": 0}, {"term_count": 0, "is_revolving": False}, {"term_count": 0, "current_term": 0}],
)
def there_are_instalments(loan: Any, limits: Any) -> Any:
    return loan.term_count > 0


@rule(
    "ARR-016",
    on="loan",
    jurisdictions=CHINA,
    fields=("interest_overdue_since", "overdue_interest_amount"),
    cites="EAST 5.0 draft check rule JHGZ1813",
    confidence=Confidence.PRIMARY,
    en="Interest in arrears has a date since when.",
    zh="有欠息金额的贷款应填报欠息日期。",
    says=("{overdue_interest_amount} in arrears since no date", "欠息金额{overdue_interest_amount}，未填报欠息日期"),
    passes=[
        {"overdue_interest_amount": "0.01", "interest_overdue_since": "2026-10-01"},
        {"overdue_interest_amount": "0.00"},
        {"interest_overdue_since": "2026-10-01"},
    ],
    fails=[
        {"overdue_interest_amount": "0.01"},
        {"overdue_interest_amount": "1.00"},
        {"overdue_interest_amount": "0.01", "principal_overdue_since": "2026-10-01"},
    ],
)
def interest_arrears_have_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.overdue_interest_amount > 0, loan.interest_overdue_since.notnull())


@rule(
    "ARR-017",
    on="loan",
    jurisdictions=CHINA,
    fields=("principal_overdue_since", "overdue_principal_amount"),
    cites="EAST 5.0, table 503 QBRQ: filled only while the loan is in arrears",
    confidence=Confidence.PRIMARY,
    en="A date since when principal is in arrears goes with principal in arrears.",
    zh="填报欠本日期的贷款，欠本金额应大于零。",
    says=(
        "since {principal_overdue_since}, {overdue_principal_amount} in arrears",
        "欠本日期{principal_overdue_since}，欠本金额{overdue_principal_amount}",
    ),
    passes=[
        {"principal_overdue_since": "2026-10-01", "overdue_principal_amount": "0.01"},
        {"overdue_principal_amount": "0.00"},
        {"principal_overdue_since": "2026-10-01", "overdue_principal_amount": "1.00"},
    ],
    fails=[
        {"principal_overdue_since": "2026-10-01", "overdue_principal_amount": "0.00"},
        {"principal_overdue_since": "2024-01-01", "overdue_principal_amount": "0.00"},
        {"principal_overdue_since": "2026-10-01", "overdue_principal_amount": "-0.01"},
    ],
)
def principal_date_has_an_amount(loan: Any, limits: Any) -> Any:
    return implies(loan.principal_overdue_since.notnull(), loan.overdue_principal_amount > 0)


@rule(
    "ARR-018",
    on="loan",
    jurisdictions=CHINA,
    fields=("interest_overdue_since", "overdue_interest_amount"),
    cites="EAST 5.0, table 503 QXRQ, read as QBRQ: filled only while the loan is in arrears",
    confidence=Confidence.PRIMARY,
    en="A date since when interest is in arrears goes with interest in arrears.",
    zh="填报欠息日期的贷款，欠息金额应大于零。",
    says=(
        "since {interest_overdue_since}, {overdue_interest_amount} in arrears",
        "欠息日期{interest_overdue_since}，欠息金额{overdue_interest_amount}",
    ),
    passes=[
        {"interest_overdue_since": "2026-10-01", "overdue_interest_amount": "0.01"},
        {"overdue_interest_amount": "0.00"},
        {"interest_overdue_since": "2026-10-01", "overdue_interest_amount": "1.00"},
    ],
    fails=[
        {"interest_overdue_since": "2026-10-01", "overdue_interest_amount": "0.00"},
        {"interest_overdue_since": "2024-01-01", "overdue_interest_amount": "0.00"},
        {"interest_overdue_since": "2026-10-01", "overdue_interest_amount": "-0.01"},
    ],
)
def interest_date_has_an_amount(loan: Any, limits: Any) -> Any:
    return implies(loan.interest_overdue_since.notnull(), loan.overdue_interest_amount > 0)


@rule(
    "ARR-019",
    on="loan",
    jurisdictions=CHINA,
    fields=("cumulative_arrears_count", "overdue_principal_amount", "overdue_interest_amount"),
    cites="EAST 5.0 draft check rule JHGZ1814",
    confidence=Confidence.PRIMARY,
    en="Principal or interest in arrears counts as an instalment ever in arrears.",
    zh="有欠本或欠息金额的贷款累计欠款期数不得为零。",
    says=(
        "{overdue_principal_amount} and interest {overdue_interest_amount} in arrears, {cumulative_arrears_count} "
        "instalments ever",
        "欠本{overdue_principal_amount}，欠息{overdue_interest_amount}，累计欠款{cumulative_arrears_count}期",
    ),
    passes=[
        _PRINCIPAL | {"cumulative_arrears_count": 1},
        _INTEREST | {"cumulative_arrears_count": 1},
        _NEITHER | {"cumulative_arrears_count": 0},
        _BOTH | {"cumulative_arrears_count": 2},
    ],
    fails=[
        _PRINCIPAL | {"cumulative_arrears_count": 0},
        _INTEREST | {"cumulative_arrears_count": 0},
        _BOTH | {"cumulative_arrears_count": 0},
        {"overdue_interest_amount": "1.00", "cumulative_arrears_count": 0},
        {"overdue_principal_amount": "1.00", "cumulative_arrears_count": 0},
    ],
)
def arrears_count_as_arrears(loan: Any, limits: Any) -> Any:
    in_arrears = (loan.overdue_principal_amount > 0) | (loan.overdue_interest_amount > 0)
    return implies(in_arrears, loan.cumulative_arrears_count > 0)


@rule(
    "ARR-020",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "overdue_principal_amount", "overdue_interest_amount"),
    cites="EAST 5.0, table 503 QBJE; days past due is the longer of principal and interest",
    confidence=Confidence.PRIMARY,
    en="A loan past due has principal or interest in arrears.",
    zh="有逾期天数的贷款应有欠本或欠息金额。",
    says=("{days_past_due} days past due, nothing in arrears", "逾期{days_past_due}天，无欠本欠息金额"),
    passes=[
        _PRINCIPAL | {"days_past_due": 1},
        _INTEREST | {"days_past_due": 1},
        _NEITHER | {"days_past_due": 0},
        _BOTH | {"days_past_due": 40},
        {"days_past_due": 1, "overdue_principal_amount": "0.00"},
    ],
    fails=[
        _NEITHER | {"days_past_due": 1},
        _NEITHER | {"days_past_due": 2},
        _NEITHER | {"days_past_due": 400},
    ],
)
def past_due_owes_something(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > 0, (loan.overdue_principal_amount > 0) | (loan.overdue_interest_amount > 0))


@rule(
    "ARR-021",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "overdue_principal_amount", "overdue_interest_amount", "loan_status"),
    cites="EAST 5.0, table 503 QBJE and QBRQ",
    confidence=Confidence.PRIMARY,
    en="A loan with principal or interest in arrears that has not ended is past due.",
    zh="有欠本或欠息金额且未终结的贷款逾期天数应大于零。",
    says=(
        "{overdue_principal_amount} and interest {overdue_interest_amount} in arrears, {days_past_due} days past due",
        "欠本{overdue_principal_amount}，欠息{overdue_interest_amount}，逾期{days_past_due}天",
    ),
    passes=[
        _PRINCIPAL | {"loan_status": "LS03", "days_past_due": 1},
        _NEITHER | {"loan_status": "LS01", "days_past_due": 0},
        _BOTH | {"loan_status": "LF02", "days_past_due": 0},
        _INTEREST | {"loan_status": "LS02", "days_past_due": 2},
    ],
    fails=[
        _PRINCIPAL | {"loan_status": "LS01", "days_past_due": 0},
        _INTEREST | {"loan_status": "LS03", "days_past_due": 0},
        _BOTH | {"loan_status": "LS02", "days_past_due": 0},
        {"overdue_interest_amount": "1.00", "loan_status": "LS02", "days_past_due": 0},
        {"overdue_principal_amount": "1.00", "loan_status": "LS02", "days_past_due": 0},
    ],
)
def arrears_are_past_due(loan: Any, limits: Any) -> Any:
    in_arrears = (loan.overdue_principal_amount > 0) | (loan.overdue_interest_amount > 0)
    return implies(in_arrears & ~loan.loan_status.startswith("LF"), loan.days_past_due > 0)


@rule(
    "ARR-022",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_type", "overdue_principal_amount", "overdue_interest_amount"),
    cites=_TYPE,
    confidence=Confidence.PRIMARY,
    en="What is said to be overdue is what has amounts in arrears.",
    zh="逾期类型应与欠本金额、欠息金额一致。",
    says=(
        "type {overdue_type}: {overdue_principal_amount} and interest {overdue_interest_amount} in arrears",
        "逾期类型{overdue_type}，欠本{overdue_principal_amount}，欠息{overdue_interest_amount}",
    ),
    passes=[
        _PRINCIPAL | {"overdue_type": "01"},
        _INTEREST | {"overdue_type": "02"},
        _BOTH | {"overdue_type": "03"},
        _NEITHER | {"overdue_type": "03"},
        {"overdue_type": "02", "overdue_principal_amount": "5.00"},
        {"overdue_type": "01", "overdue_interest_amount": "5.00"},
    ],
    fails=[
        _PRINCIPAL | {"overdue_type": "02"},
        _PRINCIPAL | {"overdue_type": "03"},
        _INTEREST | {"overdue_type": "01"},
        _INTEREST | {"overdue_type": "03"},
        _BOTH | {"overdue_type": "01"},
        _BOTH | {"overdue_type": "02"},
        {"overdue_type": "01", "overdue_principal_amount": "1.00", "overdue_interest_amount": "1.00"},
    ],
)
def type_agrees_with_the_amounts(loan: Any, limits: Any) -> Any:
    principal, interest = loan.overdue_principal_amount > 0, loan.overdue_interest_amount > 0
    expected = ibis.cases((principal & interest, "03"), (principal & ~interest, "01"), (~principal & interest, "02"))
    return loan.overdue_type == expected
