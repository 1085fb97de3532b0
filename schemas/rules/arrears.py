"""What is owed and late: days, amounts, dates and status agree with each other.

Belongs here: arrears of one loan on one reporting date, by status, day and date. Not here: amounts
(``arrears_amounts``) and counts (``arrears_counts``), maturities (``arrears_terms``), payments (``arrears_payments``),
loans that ended (``arrears_endings``), risk classes (``classification``), movements of arrears (``movements``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, EVERYWHERE, implies, rule

ENDED = ("LF01", "LF02", "LF04")
INSTALMENT_METHODS = ("EQUAL_INSTALMENT", "EQUAL_PRINCIPAL")
_MONTHLY = {
    "repay_frequency": "MONTH",
    "repay_method": "EQUAL_INSTALMENT",
    "overdue_principal_amount": "100.00",
    "balance_amount": "900.00",
}
_AT_ONCE = _MONTHLY | {"repay_frequency": "ONCE", "repay_method": "BULLET"}
_SINCE = {"principal_overdue_since": "2026-10-01", "snapshot_date": "2026-10-31"}
_INTEREST_SINCE = {"interest_overdue_since": "2026-10-01", "snapshot_date": "2026-10-31"}


@rule(
    "ARR-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("loan_status", "days_past_due"),
    cites="PBoC financial base data V2.1, CLGRDK 25",
    confidence=Confidence.PRIMARY,
    en="A loan past due that has not ended has the status overdue.",
    zh="有逾期天数且未终结的贷款，状态应为逾期。",
    says=("{days_past_due} days past due, status {loan_status}", "逾期{days_past_due}天，状态为{loan_status}"),
    passes=[
        {"days_past_due": 1, "loan_status": "LS03"},
        {"days_past_due": 0, "loan_status": "LS01"},
        {"days_past_due": 400, "loan_status": "LF02"},
    ],
    fails=[
        {"days_past_due": 1, "loan_status": "LS01"},
        {"days_past_due": 1, "loan_status": "LS02"},
        {"days_past_due": 91, "loan_status": "LS04"},
    ],
)
def past_due_is_overdue(loan: Any, limits: Any) -> Any:
    late_and_open = (loan.days_past_due > 0) & ~loan.loan_status.startswith("LF")
    return implies(late_and_open, loan.loan_status == "LS03")


@rule(
    "ARR-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_type", "loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK 26",
    confidence=Confidence.PRIMARY,
    en="An overdue loan says what is overdue.",
    zh="状态为逾期的贷款应填报逾期类型。",
    says=("status {loan_status} without what is overdue", "状态为{loan_status}，未填报逾期类型"),
    passes=[{"loan_status": "LS03", "overdue_type": "01"}, {"loan_status": "LS01"}, {"loan_status": "LF02"}],
    fails=[
        {"loan_status": "LS03"},
        {"loan_status": "LS03", "days_past_due": 0},
        {"loan_status": "LS03", "iou_no": "A"},
    ],
)
def overdue_says_what(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LS03", loan.overdue_type.notnull())


@rule(
    "ARR-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_type", "loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK 26",
    confidence=Confidence.PRIMARY,
    en="Only an overdue loan says what is overdue.",
    zh="非逾期状态的贷款不应填报逾期类型。",
    says=("status {loan_status} with overdue type {overdue_type}", "状态为{loan_status}，却填报逾期类型{overdue_type}"),
    passes=[
        {"overdue_type": "03", "loan_status": "LS03"},
        {"loan_status": "LS01"},
        {"overdue_type": "01"},
    ],
    fails=[
        {"overdue_type": "01", "loan_status": "LS01"},
        {"overdue_type": "02", "loan_status": "LS02"},
        {"overdue_type": "03", "loan_status": "LF01"},
    ],
)
def only_overdue_says_what(loan: Any, limits: Any) -> Any:
    return implies(loan.overdue_type.notnull(), loan.loan_status == "LS03")


@rule(
    "ARR-004",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_principal_amount", "balance_amount"),
    cites="EAST 5.0, table 503 QBJE and DKYE",
    confidence=Confidence.PRIMARY,
    en="Principal in arrears is part of the principal outstanding.",
    zh="欠本金额不得大于本金余额。",
    says=(
        "{overdue_principal_amount} in arrears of {balance_amount} outstanding",
        "本金余额{balance_amount}，欠本金额{overdue_principal_amount}",
    ),
    passes=[
        {"overdue_principal_amount": "500.00", "balance_amount": "500.00"},
        {"overdue_principal_amount": "499.99", "balance_amount": "500.00"},
        {"overdue_principal_amount": "0.00", "balance_amount": "0.00"},
    ],
    fails=[
        {"overdue_principal_amount": "500.01", "balance_amount": "500.00"},
        {"overdue_principal_amount": "0.01", "balance_amount": "0.00"},
        {"overdue_principal_amount": "1000.00", "balance_amount": "500.00"},
    ],
)
def arrears_within_the_balance(loan: Any, limits: Any) -> Any:
    return loan.overdue_principal_amount <= loan.balance_amount


@rule(
    "ARR-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("principal_overdue_since", "overdue_principal_amount"),
    cites="EAST 5.0 draft check rule JHGZ1810",
    confidence=Confidence.PRIMARY,
    en="Principal in arrears has a date since when.",
    zh="有欠本金额的贷款应填报欠本日期。",
    says=("{overdue_principal_amount} in arrears since no date", "欠本金额{overdue_principal_amount}，未填报欠本日期"),
    passes=[
        {"overdue_principal_amount": "0.01", "principal_overdue_since": "2026-10-01"},
        {"overdue_principal_amount": "0.00"},
        {"principal_overdue_since": "2026-10-01"},
    ],
    fails=[
        {"overdue_principal_amount": "0.01"},
        {"overdue_principal_amount": "1.00"},
        {"overdue_principal_amount": "0.01", "interest_overdue_since": "2026-10-01"},
    ],
)
def arrears_have_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.overdue_principal_amount > 0, loan.principal_overdue_since.notnull())


@rule(
    "ARR-006",
    on="loan",
    jurisdictions=CHINA,
    fields=("principal_overdue_since", "interest_overdue_since", "snapshot_date"),
    cites="EAST 5.0, table 503 QBRQ and QXRQ; check rules 3158 and 3159 as adjusted in 2022",
    confidence=Confidence.PRIMARY,
    en="Arrears began on or before the reporting date.",
    zh="欠本日期和欠息日期不得晚于报送日期。",
    says=(
        "principal since {principal_overdue_since}, interest since {interest_overdue_since}, reported {snapshot_date}",
        "欠本日期{principal_overdue_since}，欠息日期{interest_overdue_since}，报送日期{snapshot_date}",
    ),
    passes=[
        {
            "principal_overdue_since": "2026-10-31",
            "interest_overdue_since": "2026-10-31",
            "snapshot_date": "2026-10-31",
        },
        _SINCE,
        _INTEREST_SINCE,
    ],
    fails=[
        {"principal_overdue_since": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"interest_overdue_since": "2026-11-01", "snapshot_date": "2026-10-31"},
        _SINCE | {"interest_overdue_since": "2026-11-01"},
        _INTEREST_SINCE | {"principal_overdue_since": "2026-11-01"},
    ],
)
def arrears_began_before_the_snapshot(loan: Any, limits: Any) -> Any:
    return (loan.principal_overdue_since <= loan.snapshot_date) & (loan.interest_overdue_since <= loan.snapshot_date)


@rule(
    "ARR-007",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "principal_overdue_since", "interest_overdue_since", "snapshot_date"),
    cites="EAST 5.0, table 503 QBRQ and QXRQ; days past due is the longer of principal and interest",
    confidence=Confidence.PRIMARY,
    en="Days past due are counted from the earlier of the two dates on which arrears began.",
    zh="逾期天数应等于报送日期减去较早的欠本或欠息日期。",
    says=(
        "{days_past_due} days on {snapshot_date}; principal since {principal_overdue_since}, interest since "
        "{interest_overdue_since}",
        "报送日期{snapshot_date}逾期{days_past_due}天，欠本日期{principal_overdue_since}，欠息日期{interest_overdue_since}",
    ),
    passes=[
        _SINCE | {"days_past_due": 30},
        _INTEREST_SINCE | {"days_past_due": 30},
        _SINCE | {"days_past_due": 40, "interest_overdue_since": "2026-09-21"},
        _SINCE | {"days_past_due": 30, "interest_overdue_since": "2026-10-11"},
        {"days_past_due": 5, "snapshot_date": "2026-10-31"},
    ],
    fails=[
        _SINCE | {"days_past_due": 29},
        _SINCE | {"days_past_due": 31},
        _INTEREST_SINCE | {"days_past_due": 31},
        _SINCE | {"days_past_due": 30, "interest_overdue_since": "2026-09-21"},
        _SINCE | {"days_past_due": 20, "interest_overdue_since": "2026-10-11"},
    ],
)
def days_are_counted_from_the_earlier_date(loan: Any, limits: Any) -> Any:
    earlier = ibis.least(loan.principal_overdue_since, loan.interest_overdue_since)
    return loan.days_past_due == loan.snapshot_date.delta(earlier, unit="day")


@rule(
    "ARR-008",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_1104_amount", "days_past_due", "repay_method", "overdue_principal_amount", "balance_amount"),
    cites="1104 filling note on overdue loans, as coded by two banks",
    confidence=Confidence.SECONDARY,
    en="The 1104 overdue amount is the overdue part of a monthly instalment loan up to the day line, else the balance.",
    zh="1104逾期金额：按月分期贷款在规定天数内只计逾期部分，其余计全部余额。",
    says=(
        "{overdue_1104_amount} after {days_past_due} days ({repay_method}): {overdue_principal_amount} in arrears of "
        "{balance_amount}",
        "{repay_method}逾期{days_past_due}天，1104逾期金额{overdue_1104_amount}，欠本{overdue_principal_amount}，"
        "余额{balance_amount}",
    ),
    passes=[
        _AT_ONCE | {"days_past_due": 0, "overdue_1104_amount": "0.00"},
        _MONTHLY | {"days_past_due": 90, "overdue_1104_amount": "100.00"},
        _MONTHLY | {"days_past_due": 90, "overdue_1104_amount": "100.00", "repay_method": "EQUAL_PRINCIPAL"},
        _MONTHLY | {"days_past_due": 91, "overdue_1104_amount": "900.00", "repay_method": "EQUAL_PRINCIPAL"},
        _MONTHLY | {"days_past_due": 5, "overdue_1104_amount": "900.00", "repay_method": "INTEREST_FIRST"},
        _AT_ONCE | {"days_past_due": 1, "overdue_1104_amount": "900.00"},
        {"days_past_due": 5, "repay_method": "EQUAL_INSTALMENT", "overdue_1104_amount": "1.00", "balance_amount": "9"},
        {"overdue_1104_amount": "1.00", "balance_amount": "9", "repay_method": "BULLET", "repay_frequency": "ONCE"},
    ],
    fails=[
        _AT_ONCE | {"days_past_due": 0, "overdue_1104_amount": "0.01"},
        _MONTHLY | {"days_past_due": 90, "overdue_1104_amount": "900.00"},
        _MONTHLY | {"days_past_due": 90, "overdue_1104_amount": "900.00", "repay_method": "EQUAL_PRINCIPAL"},
        _MONTHLY | {"days_past_due": 91, "overdue_1104_amount": "100.00"},
        _MONTHLY | {"days_past_due": 1, "overdue_1104_amount": "100.00", "repay_frequency": "DAY"},
        _MONTHLY | {"days_past_due": 1, "overdue_1104_amount": "100.00", "repay_method": "INTEREST_FIRST"},
        _AT_ONCE | {"days_past_due": 1, "overdue_1104_amount": "100.00"},
        _AT_ONCE | {"days_past_due": 1, "overdue_1104_amount": "0.00"},
    ],
)
def overdue_amount_by_the_1104_rule(loan: Any, limits: Any) -> Any:
    by_instalments = (loan.repay_frequency == "MONTH") & loan.repay_method.isin(INSTALMENT_METHODS)
    expected = ibis.cases(
        (loan.days_past_due == 0, 0),
        (loan.days_past_due.isnull() | by_instalments.isnull(), ibis.null()),
        (by_instalments & (loan.days_past_due <= limits.instalment_overdue_days), loan.overdue_principal_amount),
        else_=loan.balance_amount,
    )
    return loan.overdue_1104_amount == expected


@rule(
    "ARR-009",
    on="loan",
    jurisdictions=CHINA,
    fields=("cumulative_arrears_count", "consecutive_arrears_count"),
    cites="EAST 5.0 draft check rule JHGZ3726",
    confidence=Confidence.PRIMARY,
    en="Instalments ever in arrears are at least those in arrears in a row.",
    zh="累计欠款期数不得小于连续欠款期数。",
    says=(
        "{cumulative_arrears_count} ever, {consecutive_arrears_count} in a row",
        "累计欠款{cumulative_arrears_count}期，连续欠款{consecutive_arrears_count}期",
    ),
    passes=[
        {"cumulative_arrears_count": 2, "consecutive_arrears_count": 2},
        {"cumulative_arrears_count": 3, "consecutive_arrears_count": 2},
        {"cumulative_arrears_count": 0, "consecutive_arrears_count": 0},
    ],
    fails=[
        {"cumulative_arrears_count": 1, "consecutive_arrears_count": 2},
        {"cumulative_arrears_count": 0, "consecutive_arrears_count": 1},
        {"cumulative_arrears_count": 2, "consecutive_arrears_count": 24},
    ],
)
def ever_is_at_least_in_a_row(loan: Any, limits: Any) -> Any:
    return loan.cumulative_arrears_count >= loan.consecutive_arrears_count


@rule(
    "ARR-010",
    on="loan",
    jurisdictions=CHINA,
    fields=("balance_amount", "loan_amount"),
    cites="EAST 5.0 draft check rule JHGZ3720",
    confidence=Confidence.PRIMARY,
    en="No more principal is outstanding than was lent.",
    zh="本金余额不得大于借款金额。",
    says=("{balance_amount} outstanding of {loan_amount} lent", "借款金额{loan_amount}，本金余额{balance_amount}"),
    passes=[
        {"balance_amount": "1000.00", "loan_amount": "1000.00"},
        {"balance_amount": "999.99", "loan_amount": "1000.00"},
        {"balance_amount": "0.00", "loan_amount": "1000.00"},
    ],
    fails=[
        {"balance_amount": "1000.01", "loan_amount": "1000.00"},
        {"balance_amount": "2000.00", "loan_amount": "1000.00"},
        {"balance_amount": "0.01", "loan_amount": "0.00"},
    ],
)
def balance_within_the_amount(loan: Any, limits: Any) -> Any:
    return loan.balance_amount <= loan.loan_amount


@rule(
    "ARR-011",
    on="loan",
    jurisdictions=EVERYWHERE,
    fields=("balance_amount", "loan_status"),
    cites="EAST 5.0 draft check rule JHGZ1805",
    confidence=Confidence.PRIMARY,
    en="A closed, written-off or transferred loan has no balance.",
    zh="结清、核销或转让的贷款余额应为零。",
    says=("status {loan_status}, {balance_amount} outstanding", "状态为{loan_status}，本金余额{balance_amount}"),
    passes=[
        {"loan_status": "LF01", "balance_amount": "0.00"},
        {"loan_status": "LS01", "balance_amount": "0.01"},
        {"loan_status": "LF02", "balance_amount": "0.00"},
        {"loan_status": "LF04", "balance_amount": "0.00"},
    ],
    fails=[
        {"loan_status": "LF01", "balance_amount": "0.01"},
        {"loan_status": "LF02", "balance_amount": "0.01"},
        {"loan_status": "LF04", "balance_amount": "-0.01"},
        {"loan_status": "LF04", "balance_amount": "1.00"},
    ],
)
def ended_has_no_balance(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(ENDED), loan.balance_amount == 0)


@rule(
    "ARR-012",
    on="loan",
    jurisdictions=CHINA,
    fields=("cumulative_arrears_count", "days_past_due"),
    cites="EAST 5.0, table 503 LJQKQS; draft check rule JHGZ1814",
    confidence=Confidence.PRIMARY,
    en="A loan past due has instalments ever in arrears.",
    zh="有逾期天数的贷款累计欠款期数应大于零。",
    says=(
        "{days_past_due} days past due, {cumulative_arrears_count} instalments ever in arrears",
        "逾期{days_past_due}天，累计欠款{cumulative_arrears_count}期",
    ),
    passes=[
        {"days_past_due": 1, "cumulative_arrears_count": 1},
        {"days_past_due": 0, "cumulative_arrears_count": 0},
        {"days_past_due": 0, "cumulative_arrears_count": 3},
    ],
    fails=[
        {"days_past_due": 1, "cumulative_arrears_count": 0},
        {"days_past_due": 2, "cumulative_arrears_count": 0},
        {"days_past_due": 400, "cumulative_arrears_count": 0},
    ],
)
def past_due_counts_as_arrears(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > 0, loan.cumulative_arrears_count > 0)
