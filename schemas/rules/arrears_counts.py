"""Counts and receivables of arrears: instalments in a row and ever, interest receivable, the 1104 amount.

Belongs here: numbers of instalments and what is made of the amounts in arrears. Not here: the amounts themselves
(``arrears_amounts``), status and days (``arrears``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide

_RECEIVABLE = {"days_past_due": 91, "accrued_interest_amount": "0.00"}


@rule(
    "ARR-023",
    on="loan",
    jurisdictions=CHINA,
    fields=("consecutive_arrears_count", "days_past_due", "loan_status"),
    cites="EAST 5.0, table 503 LXQKQS: filled while the loan is overdue",
    confidence=Confidence.PRIMARY,
    en="A loan past due that has not ended has an instalment in arrears now.",
    zh="有逾期天数且未终结的贷款连续欠款期数应大于零。",
    says=(
        "{days_past_due} days past due, {consecutive_arrears_count} instalments in a row",
        "逾期{days_past_due}天，连续欠款{consecutive_arrears_count}期",
    ),
    passes=[
        {"days_past_due": 1, "loan_status": "LS03", "consecutive_arrears_count": 1},
        {"days_past_due": 0, "loan_status": "LS01", "consecutive_arrears_count": 0},
        {"days_past_due": 400, "loan_status": "LF02", "consecutive_arrears_count": 0},
    ],
    fails=[
        {"days_past_due": 1, "loan_status": "LS03", "consecutive_arrears_count": 0},
        {"days_past_due": 2, "loan_status": "LS01", "consecutive_arrears_count": 0},
        {"days_past_due": 90, "loan_status": "LS02", "consecutive_arrears_count": 0},
    ],
)
def past_due_has_an_instalment_in_arrears(loan: Any, limits: Any) -> Any:
    late_and_open = (loan.days_past_due > 0) & ~loan.loan_status.startswith("LF")
    return implies(late_and_open, loan.consecutive_arrears_count > 0)


@rule(
    "ARR-024",
    on="loan",
    jurisdictions=CHINA,
    fields=("consecutive_arrears_count", "days_past_due"),
    cites="EAST 5.0, table 503 LXQKQS: zero again once it is repaid",
    confidence=Confidence.PRIMARY,
    en="A loan that is not past due has no instalment in arrears now.",
    zh="无逾期天数的贷款连续欠款期数应为零。",
    says=(
        "{days_past_due} days past due, {consecutive_arrears_count} instalments in a row",
        "逾期{days_past_due}天，连续欠款{consecutive_arrears_count}期",
    ),
    passes=[
        {"days_past_due": 0, "consecutive_arrears_count": 0},
        {"days_past_due": 1, "consecutive_arrears_count": 1},
        {"days_past_due": 40, "consecutive_arrears_count": 2},
    ],
    fails=[
        {"days_past_due": 0, "consecutive_arrears_count": 1},
        {"days_past_due": 0, "consecutive_arrears_count": 2},
        {"days_past_due": 0, "consecutive_arrears_count": 24},
    ],
)
def none_in_arrears_unless_past_due(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due == 0, loan.consecutive_arrears_count == 0)


@rule(
    "ARR-025",
    on="loan",
    jurisdictions=CHINA,
    fields=("consecutive_arrears_count", "current_term"),
    cites="EAST 5.0, table 503 LXQKQS and DQQS: counted back from the current instalment",
    confidence=Confidence.PRIMARY,
    en="No more instalments are in arrears in a row than have fallen due.",
    zh="连续欠款期数不得大于当前期数。",
    says=(
        "{consecutive_arrears_count} in a row at instalment {current_term}",
        "当前第{current_term}期，连续欠款{consecutive_arrears_count}期",
    ),
    passes=[
        {"consecutive_arrears_count": 3, "current_term": 3},
        {"consecutive_arrears_count": 2, "current_term": 3},
        {"consecutive_arrears_count": 0, "current_term": 0},
    ],
    fails=[
        {"consecutive_arrears_count": 4, "current_term": 3},
        {"consecutive_arrears_count": 1, "current_term": 0},
        {"consecutive_arrears_count": 12, "current_term": 3},
    ],
)
def in_a_row_within_what_fell_due(loan: Any, limits: Any) -> Any:
    return loan.consecutive_arrears_count <= loan.current_term


@rule(
    "ARR-026",
    on="loan",
    jurisdictions=CHINA,
    fields=("current_term", "term_count"),
    cites="EAST 5.0, table 503 ZQS and DQQS",
    confidence=Confidence.PRIMARY,
    en="The current instalment is one of those agreed.",
    zh="当前期数不得大于总期数。",
    says=("instalment {current_term} of {term_count}", "总期数{term_count}，当前第{current_term}期"),
    passes=[
        {"current_term": 12, "term_count": 12},
        {"current_term": 11, "term_count": 12},
        {"current_term": 0, "term_count": 1},
    ],
    fails=[
        {"current_term": 13, "term_count": 12},
        {"current_term": 2, "term_count": 1},
        {"current_term": 60, "term_count": 12},
    ],
)
def current_within_agreed(loan: Any, limits: Any) -> Any:
    return loan.current_term <= loan.term_count


@rule(
    "ARR-027",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_interest_amount", "accrued_interest_amount", "off_balance_interest_amount"),
    cites="EAST 5.0, table 503 BNQXYE and BWQXYE",
    confidence=Confidence.PRIMARY,
    en="Interest in arrears is part of the interest receivable, on and off balance sheet.",
    zh="欠息金额不得大于表内与表外应收利息之和。",
    says=(
        "{overdue_interest_amount} in arrears; receivable {accrued_interest_amount} on and "
        "{off_balance_interest_amount} off balance sheet",
        "欠息{overdue_interest_amount}，表内{accrued_interest_amount}，表外{off_balance_interest_amount}",
    ),
    passes=[
        {
            "overdue_interest_amount": "3.00",
            "accrued_interest_amount": "2.00",
            "off_balance_interest_amount": "1.00",
        },
        {"overdue_interest_amount": "3.00", "accrued_interest_amount": "0.00", "off_balance_interest_amount": "3.00"},
        {"overdue_interest_amount": "3.00", "accrued_interest_amount": "3.01", "off_balance_interest_amount": "0.00"},
    ],
    fails=[
        {"overdue_interest_amount": "3.01", "accrued_interest_amount": "2.00", "off_balance_interest_amount": "1.00"},
        {"overdue_interest_amount": "0.01", "accrued_interest_amount": "0.00", "off_balance_interest_amount": "0.00"},
        {"overdue_interest_amount": "3.00", "accrued_interest_amount": "2.99", "off_balance_interest_amount": "0.00"},
        {"overdue_interest_amount": "3.00", "accrued_interest_amount": "0.00", "off_balance_interest_amount": "2.99"},
    ],
)
def overdue_interest_is_receivable(loan: Any, limits: Any) -> Any:
    return loan.overdue_interest_amount <= wide(loan.accrued_interest_amount) + loan.off_balance_interest_amount


@rule(
    "ARR-028",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("accrued_interest_amount", "days_past_due"),
    cites="财金〔2002〕5号: interest unpaid beyond the day line is kept off balance sheet",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="Interest of a loan past due beyond the day line is receivable off the balance sheet only.",
    zh="逾期超过规定天数的贷款，应收利息应全部转入表外。",
    says=(
        "{accrued_interest_amount} on balance sheet after {days_past_due} days",
        "逾期{days_past_due}天，表内应收利息{accrued_interest_amount}",
    ),
    passes=[_RECEIVABLE, _RECEIVABLE | {"days_past_due": 90, "accrued_interest_amount": "5.00"}, {"days_past_due": 91}],
    fails=[
        _RECEIVABLE | {"accrued_interest_amount": "0.01"},
        _RECEIVABLE | {"accrued_interest_amount": "1.00"},
        _RECEIVABLE | {"days_past_due": 400, "accrued_interest_amount": "-0.01"},
    ],
)
def old_interest_is_off_balance(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > limits.interest_on_balance_days, loan.accrued_interest_amount == 0)


@rule(
    "ARR-029",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_1104_amount", "balance_amount"),
    cites="1104 filling note on overdue loans, as coded by two banks",
    confidence=Confidence.SECONDARY,
    en="The 1104 overdue amount is at most the principal outstanding.",
    zh="1104逾期金额不得大于本金余额。",
    says=(
        "{overdue_1104_amount} overdue of {balance_amount} outstanding",
        "本金余额{balance_amount}，1104逾期金额{overdue_1104_amount}",
    ),
    passes=[
        {"overdue_1104_amount": "900.00", "balance_amount": "900.00"},
        {"overdue_1104_amount": "899.99", "balance_amount": "900.00"},
        {"overdue_1104_amount": "0.00", "balance_amount": "0.00"},
    ],
    fails=[
        {"overdue_1104_amount": "900.01", "balance_amount": "900.00"},
        {"overdue_1104_amount": "0.01", "balance_amount": "0.00"},
        {"overdue_1104_amount": "1800.00", "balance_amount": "900.00"},
    ],
)
def overdue_1104_within_the_balance(loan: Any, limits: Any) -> Any:
    return loan.overdue_1104_amount <= loan.balance_amount
