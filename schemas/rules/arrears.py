"""What is owed and late: days, amounts, dates and status agree with each other.

Belongs here: arrears of one loan on one reporting date. Not here: what risk class follows (``classification``) or how
arrears move from month to month (``movements``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, EVERYWHERE, implies, rule

ENDED = ("LF01", "LF02", "LF04")
INSTALMENT_METHODS = ("EQUAL_INSTALMENT", "EQUAL_PRINCIPAL")


@rule(
    "ARR-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("loan_status", "days_past_due"),
    cites="PBoC financial base data V2.1, CLGRDK 25",
    confidence=Confidence.PRIMARY,
    en="A loan past due that has not ended has the status overdue.",
    zh="有逾期天数且未终结的贷款，状态应为逾期。",
    passes=[
        {"days_past_due": 1, "loan_status": "LS03"},
        {"days_past_due": 0, "loan_status": "LS01"},
        {"days_past_due": 400, "loan_status": "LF02"},
    ],
    fails=[{"days_past_due": 1, "loan_status": "LS01"}, {"days_past_due": 1, "loan_status": "LS02"}],
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
    passes=[{"loan_status": "LS03", "overdue_type": "01"}, {"loan_status": "LS01"}],
    fails=[{"loan_status": "LS03"}],
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
    passes=[{"overdue_type": "03", "loan_status": "LS03"}, {"loan_status": "LS01"}],
    fails=[{"overdue_type": "01", "loan_status": "LS01"}],
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
    passes=[{"overdue_principal_amount": "500.00", "balance_amount": "500.00"}],
    fails=[{"overdue_principal_amount": "500.01", "balance_amount": "500.00"}],
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
    passes=[
        {"overdue_principal_amount": "0.01", "principal_overdue_since": "2026-10-01"},
        {"overdue_principal_amount": "0.00"},
    ],
    fails=[{"overdue_principal_amount": "0.01"}],
)
def arrears_have_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.overdue_principal_amount > 0, loan.principal_overdue_since.notnull())


@rule(
    "ARR-006",
    on="loan",
    jurisdictions=CHINA,
    fields=("principal_overdue_since", "interest_overdue_since", "snapshot_date"),
    cites="EAST 5.0, table 503 QBRQ and QXRQ",
    confidence=Confidence.PRIMARY,
    en="Arrears began on or before the reporting date.",
    zh="欠本日期和欠息日期不得晚于报送日期。",
    passes=[
        {
            "principal_overdue_since": "2026-10-31",
            "interest_overdue_since": "2026-10-31",
            "snapshot_date": "2026-10-31",
        }
    ],
    fails=[
        {"principal_overdue_since": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"interest_overdue_since": "2026-11-01", "snapshot_date": "2026-10-31"},
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
    passes=[
        {"days_past_due": 30, "principal_overdue_since": "2026-10-01", "snapshot_date": "2026-10-31"},
        {
            "days_past_due": 40,
            "principal_overdue_since": "2026-10-01",
            "interest_overdue_since": "2026-09-21",
            "snapshot_date": "2026-10-31",
        },
        {"days_past_due": 5, "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"days_past_due": 29, "principal_overdue_since": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"days_past_due": 31, "interest_overdue_since": "2026-10-01", "snapshot_date": "2026-10-31"},
        {
            "days_past_due": 30,
            "principal_overdue_since": "2026-10-01",
            "interest_overdue_since": "2026-09-21",
            "snapshot_date": "2026-10-31",
        },
    ],
)
def days_are_counted_from_the_earlier_date(loan: Any, limits: Any) -> Any:
    principal, interest = loan.principal_overdue_since, loan.interest_overdue_since
    earlier = ibis.coalesce(ibis.least(principal, interest), principal, interest)
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
    passes=[
        {"days_past_due": 0, "overdue_1104_amount": "0.00", "repay_method": "BULLET", "balance_amount": "900.00"},
        {
            "days_past_due": 90,
            "repay_frequency": "MONTH",
            "repay_method": "EQUAL_INSTALMENT",
            "overdue_principal_amount": "100.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "100.00",
        },
        {
            "days_past_due": 91,
            "repay_frequency": "MONTH",
            "repay_method": "EQUAL_PRINCIPAL",
            "overdue_principal_amount": "100.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "900.00",
        },
        {
            "days_past_due": 1,
            "repay_frequency": "ONCE",
            "repay_method": "BULLET",
            "overdue_principal_amount": "900.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "900.00",
        },
        {"days_past_due": 5, "repay_method": "EQUAL_INSTALMENT", "overdue_1104_amount": "1.00", "balance_amount": "9"},
    ],
    fails=[
        {
            "days_past_due": 0,
            "repay_frequency": "ONCE",
            "repay_method": "BULLET",
            "overdue_1104_amount": "0.01",
            "balance_amount": "900.00",
        },
        {
            "days_past_due": 90,
            "repay_frequency": "MONTH",
            "repay_method": "EQUAL_INSTALMENT",
            "overdue_principal_amount": "100.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "900.00",
        },
        {
            "days_past_due": 91,
            "repay_frequency": "MONTH",
            "repay_method": "EQUAL_INSTALMENT",
            "overdue_principal_amount": "100.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "100.00",
        },
        {
            "days_past_due": 1,
            "repay_frequency": "DAY",
            "repay_method": "EQUAL_INSTALMENT",
            "overdue_principal_amount": "100.00",
            "balance_amount": "900.00",
            "overdue_1104_amount": "100.00",
        },
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
    passes=[{"cumulative_arrears_count": 2, "consecutive_arrears_count": 2}],
    fails=[{"cumulative_arrears_count": 1, "consecutive_arrears_count": 2}],
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
    passes=[{"balance_amount": "1000.00", "loan_amount": "1000.00"}],
    fails=[{"balance_amount": "1000.01", "loan_amount": "1000.00"}],
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
    passes=[{"loan_status": "LF01", "balance_amount": "0.00"}, {"loan_status": "LS01", "balance_amount": "0.01"}],
    fails=[
        {"loan_status": "LF01", "balance_amount": "0.01"},
        {"loan_status": "LF02", "balance_amount": "0.01"},
        {"loan_status": "LF04", "balance_amount": "-0.01"},
    ],
)
def ended_has_no_balance(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(ENDED), loan.balance_amount == 0)


@rule(
    "ARR-012",
    on="loan",
    jurisdictions=CHINA,
    fields=("cumulative_arrears_count", "days_past_due"),
    cites="EAST 5.0 draft check rule JHGZ1814",
    confidence=Confidence.PRIMARY,
    en="A loan past due has instalments ever in arrears.",
    zh="有逾期天数的贷款累计欠款期数应大于零。",
    passes=[{"days_past_due": 1, "cumulative_arrears_count": 1}, {"days_past_due": 0, "cumulative_arrears_count": 0}],
    fails=[{"days_past_due": 1, "cumulative_arrears_count": 0}],
)
def past_due_counts_as_arrears(loan: Any, limits: Any) -> Any:
    return implies(loan.days_past_due > 0, loan.cumulative_arrears_count > 0)
