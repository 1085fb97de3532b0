"""The credit bureau's status of the reporting month: it agrees with what was due, paid, owed and with the loan's end.

Belongs here: the last character of the 24-month status while a loan lives and when it is settled. Not here: other ends
(``bureau_endings``), the months before and the notice to the borrower (``bureau_history``), arrears (``arrears``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

FIRST_GENERATION = "Credit bureau, first-generation consistency rule {}, as coded by a bank"
CODES = "Credit bureau, payment status codes"
IN_ARREARS = ("1", "2", "3", "4", "5", "6", "7")
ENDED_OTHERWISE = ("LF02", "LF04")
_OLDER = "/" * 12 + "N" * 11
_SETTLED = {"balance_amount": "0.00", "days_past_due": 0, "is_revolving": False, "loan_status": "LF01"}


def ends(last: str) -> str:
    """A status string whose last month is ``last``."""
    return _OLDER + last


def last_of(loan: Any) -> Any:
    """The status of the reporting month."""
    return loan.payment_status_24m.right(1)


@rule(
    "BUR-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "is_credit_reported"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="A loan reported to the credit bureau has a payment status.",
    zh="报送征信的贷款应填报还款状态。",
    says=("reported to the credit bureau without a payment status", "报送征信，未填报24个月还款状态"),
    passes=[
        {"is_credit_reported": True, "payment_status_24m": ends("N")},
        {"is_credit_reported": False},
        {"payment_status_24m": ends("N")},
    ],
    fails=[
        {"is_credit_reported": True},
        {"is_credit_reported": True, "loan_status": "LS01"},
        {"is_credit_reported": True, "loan_status": "LF01"},
    ],
)
def reported_has_a_status(loan: Any, limits: Any) -> Any:
    return implies(loan.is_credit_reported, loan.payment_status_24m.notnull())


@rule(
    "BUR-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "due_in_period_amount", "paid_in_period_amount"),
    cites=FIRST_GENERATION.format(203),
    confidence=Confidence.SECONDARY,
    en="A month with something due or paid is not a month with nothing due.",
    zh="本期应还或实还不为零的，当月还款状态不得为“*”。",
    says=(
        "{payment_status_24m}: {due_in_period_amount} due, {paid_in_period_amount} paid",
        "{payment_status_24m}：本期应还{due_in_period_amount}，实还{paid_in_period_amount}",
    ),
    passes=[
        {"payment_status_24m": ends("*"), "due_in_period_amount": "0.00", "paid_in_period_amount": "0.00"},
        {"payment_status_24m": ends("N"), "due_in_period_amount": "5.00", "paid_in_period_amount": "5.00"},
        {"payment_status_24m": ends("*")},
        {"payment_status_24m": ends("1"), "due_in_period_amount": "5.00", "paid_in_period_amount": "0.00"},
    ],
    fails=[
        {"payment_status_24m": ends("*"), "due_in_period_amount": "0.01", "paid_in_period_amount": "0.00"},
        {"payment_status_24m": ends("*"), "due_in_period_amount": "0.00", "paid_in_period_amount": "0.01"},
        {"payment_status_24m": ends("*"), "due_in_period_amount": "1.00", "paid_in_period_amount": "1.00"},
        {"payment_status_24m": ends("*"), "due_in_period_amount": "1.00"},
        {"payment_status_24m": ends("*"), "paid_in_period_amount": "1.00"},
        {"payment_status_24m": ends("*"), "due_in_period_amount": "-0.01"},
        {"payment_status_24m": ends("*"), "paid_in_period_amount": "-0.01"},
    ],
)
def something_due_is_not_nothing(loan: Any, limits: Any) -> Any:
    nothing = (loan.due_in_period_amount == 0) & (loan.paid_in_period_amount == 0)
    return implies(last_of(loan) == "*", nothing)


@rule(
    "BUR-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "due_in_period_amount", "paid_in_period_amount"),
    cites=FIRST_GENERATION.format(219),
    confidence=Confidence.SECONDARY,
    en="A month paid as due was paid in full.",
    zh="当月还款状态为“N”的，本期实还不得少于本期应还。",
    says=(
        "{payment_status_24m}: {due_in_period_amount} due, {paid_in_period_amount} paid",
        "{payment_status_24m}：本期应还{due_in_period_amount}，实还{paid_in_period_amount}",
    ),
    passes=[
        {"payment_status_24m": ends("N"), "due_in_period_amount": "5.00", "paid_in_period_amount": "5.00"},
        {"payment_status_24m": ends("N"), "due_in_period_amount": "5.00", "paid_in_period_amount": "5.01"},
        {"payment_status_24m": ends("1"), "due_in_period_amount": "5.00", "paid_in_period_amount": "0.00"},
    ],
    fails=[
        {"payment_status_24m": ends("N"), "due_in_period_amount": "5.00", "paid_in_period_amount": "4.99"},
        {"payment_status_24m": ends("N"), "due_in_period_amount": "5.00", "paid_in_period_amount": "0.00"},
        {"payment_status_24m": ends("N"), "due_in_period_amount": "0.01", "paid_in_period_amount": "0.00"},
    ],
)
def paid_as_due_was_paid(loan: Any, limits: Any) -> Any:
    return implies(last_of(loan) == "N", loan.due_in_period_amount <= loan.paid_in_period_amount)


@rule(
    "BUR-004",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "balance_amount", "days_past_due", "loan_status"),
    cites=FIRST_GENERATION.format(220),
    confidence=Confidence.SECONDARY,
    en="A loan with nothing outstanding and nothing in arrears is settled, revolving credit and disposals excepted.",
    zh="余额为零且无拖欠的贷款当月还款状态应为“C”，循环额度及核销、转让除外。",
    says=(
        "{payment_status_24m}: {balance_amount} outstanding, {days_past_due} days past due, status {loan_status}",
        "{payment_status_24m}：余额{balance_amount}，逾期{days_past_due}天，状态{loan_status}",
    ),
    passes=[
        _SETTLED | {"payment_status_24m": ends("C")},
        _SETTLED | {"payment_status_24m": ends("N"), "balance_amount": "0.01"},
        _SETTLED | {"payment_status_24m": ends("1"), "days_past_due": 1},
        _SETTLED | {"payment_status_24m": ends("N"), "is_revolving": True},
        _SETTLED | {"payment_status_24m": ends("G"), "loan_status": "LF02"},
        _SETTLED | {"payment_status_24m": ends("G"), "loan_status": "LF04"},
    ],
    fails=[
        _SETTLED | {"payment_status_24m": ends("N")},
        _SETTLED | {"payment_status_24m": ends("*"), "loan_status": "LS01"},
        _SETTLED | {"payment_status_24m": ends("1")},
    ],
)
def nothing_owed_is_settled(loan: Any, limits: Any) -> Any:
    nothing = (loan.balance_amount == 0) & (loan.days_past_due == 0)
    plain = ~loan.is_revolving & ~loan.loan_status.isin(ENDED_OTHERWISE)
    return implies(nothing & plain, last_of(loan) == "C")


@rule(
    "BUR-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "balance_amount"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="A settled or ended account has nothing outstanding.",
    zh="当月还款状态为“C”或“G”的贷款余额应为零。",
    says=("{payment_status_24m}: {balance_amount} outstanding", "{payment_status_24m}：余额{balance_amount}"),
    passes=[
        {"payment_status_24m": ends("C"), "balance_amount": "0.00"},
        {"payment_status_24m": ends("G"), "balance_amount": "0.00"},
        {"payment_status_24m": ends("N"), "balance_amount": "1.00"},
    ],
    fails=[
        {"payment_status_24m": ends("C"), "balance_amount": "0.01"},
        {"payment_status_24m": ends("G"), "balance_amount": "0.01"},
        {"payment_status_24m": ends("C"), "balance_amount": "1.00"},
        {"payment_status_24m": ends("C"), "balance_amount": "-0.01"},
    ],
)
def settled_owes_nothing(loan: Any, limits: Any) -> Any:
    return implies(last_of(loan).isin(("C", "G")), loan.balance_amount == 0)


@rule(
    "BUR-006",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "loan_status"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="Exactly the closed loans are settled at the credit bureau.",
    zh="结清的贷款当月还款状态应为“C”，未结清的不得为“C”。",
    says=("{payment_status_24m}: status {loan_status}", "{payment_status_24m}：状态为{loan_status}"),
    passes=[
        {"payment_status_24m": ends("C"), "loan_status": "LF01"},
        {"payment_status_24m": ends("N"), "loan_status": "LS01"},
        {"payment_status_24m": ends("G"), "loan_status": "LF02"},
    ],
    fails=[
        {"payment_status_24m": ends("C"), "loan_status": "LS01"},
        {"payment_status_24m": ends("N"), "loan_status": "LF01"},
        {"payment_status_24m": ends("C"), "loan_status": "LF02"},
    ],
)
def settled_is_closed(loan: Any, limits: Any) -> Any:
    return (last_of(loan) == "C") == (loan.loan_status == "LF01")


@rule(
    "BUR-007",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "consecutive_arrears_count"),
    cites=FIRST_GENERATION.format(225),
    confidence=Confidence.SECONDARY,
    en="Without an instalment in arrears the month is not one in arrears.",
    zh="当前无逾期期数的，当月还款状态不得为1至7。",
    says=(
        "{payment_status_24m}: {consecutive_arrears_count} instalments in arrears",
        "{payment_status_24m}：连续欠款{consecutive_arrears_count}期",
    ),
    passes=[
        {"payment_status_24m": ends("N"), "consecutive_arrears_count": 0},
        {"payment_status_24m": ends("1"), "consecutive_arrears_count": 1},
        {"payment_status_24m": ends("C"), "consecutive_arrears_count": 0},
    ],
    fails=[{"payment_status_24m": ends(one), "consecutive_arrears_count": 0} for one in IN_ARREARS],
)
def no_arrears_no_bucket(loan: Any, limits: Any) -> Any:
    return implies(loan.consecutive_arrears_count == 0, ~last_of(loan).isin(IN_ARREARS))


@rule(
    "BUR-008",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "days_past_due"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="The month of a loan past due is one in arrears, ended or unknown.",
    zh="有逾期天数的贷款，当月还款状态不得为未欠款。",
    says=("{payment_status_24m}: {days_past_due} days past due", "{payment_status_24m}：逾期{days_past_due}天"),
    passes=[
        {"payment_status_24m": ends("1"), "days_past_due": 1},
        {"payment_status_24m": ends("G"), "days_past_due": 400},
        {"payment_status_24m": ends("N"), "days_past_due": 0},
        {"payment_status_24m": ends("B"), "days_past_due": 200},
    ],
    fails=[
        {"payment_status_24m": ends("N"), "days_past_due": 1},
        {"payment_status_24m": ends("*"), "days_past_due": 1},
        {"payment_status_24m": ends("M"), "days_past_due": 2},
        {"payment_status_24m": ends("C"), "days_past_due": 30},
        {"payment_status_24m": ends("A"), "days_past_due": 30},
        {"payment_status_24m": "/" * 24, "days_past_due": 30},
    ],
)
def past_due_is_in_arrears(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > 0, ~last_of(loan).isin(("N", "*", "M", "C", "A", "/")))


@rule(
    "BUR-009",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "days_past_due"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="The step of a month in arrears is that of the days past due.",
    zh="当月还款状态1至7应与逾期天数所在区间一致。",
    says=("{payment_status_24m}: {days_past_due} days past due", "{payment_status_24m}：逾期{days_past_due}天"),
    passes=[
        {"payment_status_24m": ends("1"), "days_past_due": 30},
        {"payment_status_24m": ends("2"), "days_past_due": 60},
        {"payment_status_24m": ends("3"), "days_past_due": 90},
        {"payment_status_24m": ends("4"), "days_past_due": 120},
        {"payment_status_24m": ends("5"), "days_past_due": 150},
        {"payment_status_24m": ends("6"), "days_past_due": 180},
        {"payment_status_24m": ends("7"), "days_past_due": 181},
        {"payment_status_24m": ends("G"), "days_past_due": 181},
        {"payment_status_24m": ends("1")},
    ],
    fails=[
        {"payment_status_24m": ends("1"), "days_past_due": 31},
        {"payment_status_24m": ends("2"), "days_past_due": 61},
        {"payment_status_24m": ends("3"), "days_past_due": 91},
        {"payment_status_24m": ends("4"), "days_past_due": 121},
        {"payment_status_24m": ends("5"), "days_past_due": 151},
        {"payment_status_24m": ends("6"), "days_past_due": 181},
        {"payment_status_24m": ends("7"), "days_past_due": 180},
        {"payment_status_24m": ends("7"), "days_past_due": 1},
    ],
)
def step_is_that_of_the_days(loan: Any, limits: Any) -> Any:
    days = loan.days_past_due
    step = ibis.cases(
        (days <= limits.credit_bureau_bucket_1_last_day, "1"),
        (days <= limits.credit_bureau_bucket_2_last_day, "2"),
        (days <= limits.credit_bureau_bucket_3_last_day, "3"),
        (days <= limits.credit_bureau_bucket_4_last_day, "4"),
        (days <= limits.credit_bureau_bucket_5_last_day, "5"),
        (days <= limits.credit_bureau_bucket_6_last_day, "6"),
        (days.notnull(), "7"),
    )
    return implies(last_of(loan).isin(IN_ARREARS), last_of(loan) == step)
