"""The next instalment and what was paid: dates and amounts agree with the loan.

Belongs here: payments due and made of one loan on one reporting date. Not here: amounts in arrears
(``arrears_amounts``), the credit bureau's status of a payment (``bureau``), payments over months (``movements``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

_NEXT = "EAST 5.0, table 503 XQHKRQ, XQYHBJ and XQYHLX"
_PAYMENTS = "Credit bureau, ActRpyAmt and LatRpyDate of the monthly segment"
_OPEN = {
    "loan_status": "LS01",
    "balance_amount": "0.01",
    "maturity_date": "2026-11-01",
    "snapshot_date": "2026-10-31",
    "is_revolving": False,
    "repay_frequency": "MONTH",
}
_NOTHING_PAID = {"paid_in_period_amount": "0.00", "snapshot_date": "2026-10-31"}
_PAID = {"paid_in_period_amount": "0.01", "snapshot_date": "2026-10-31"}
_DUE = {"due_in_period_amount": "100.00", "days_past_due": 0, "loan_status": "LS01"}


@rule(
    "ARR-037",
    on="loan",
    jurisdictions=CHINA,
    fields=("next_due_date", "snapshot_date"),
    cites="EAST 5.0 check rule 3162 as adjusted in 2022",
    confidence=Confidence.PRIMARY,
    en="The next instalment falls due after the reporting date.",
    zh="下期还款日期应晚于报送日期。",
    says=("next due {next_due_date}, reported {snapshot_date}", "报送日期{snapshot_date}，下期还款日期{next_due_date}"),
    passes=[
        {"next_due_date": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"next_due_date": "2026-11-25", "snapshot_date": "2026-10-31"},
        {"snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"next_due_date": "2026-10-31", "snapshot_date": "2026-10-31"},
        {"next_due_date": "2026-10-30", "snapshot_date": "2026-10-31"},
        {"next_due_date": "2025-11-01", "snapshot_date": "2026-10-31"},
    ],
)
def next_is_later(loan: Any, limits: Any) -> Any:
    return loan.next_due_date > loan.snapshot_date


@rule(
    "ARR-038",
    on="loan",
    jurisdictions=CHINA,
    fields=("next_due_date", "maturity_date", "extended_maturity_date"),
    cites=_NEXT,
    confidence=Confidence.PRIMARY,
    en="The next instalment falls due at the last maturity at the latest.",
    zh="下期还款日期不得晚于（展期后）到期日期。",
    says=(
        "next due {next_due_date}, maturity {maturity_date}, extended {extended_maturity_date}",
        "下期还款日期{next_due_date}，到期日期{maturity_date}，展期到期日期{extended_maturity_date}",
    ),
    passes=[
        {"next_due_date": "2026-11-10", "maturity_date": "2026-11-10"},
        {"next_due_date": "2026-11-09", "maturity_date": "2026-11-10"},
        {"next_due_date": "2026-12-10", "maturity_date": "2026-11-10", "extended_maturity_date": "2026-12-10"},
    ],
    fails=[
        {"next_due_date": "2026-11-11", "maturity_date": "2026-11-10"},
        {"next_due_date": "2026-12-11", "maturity_date": "2026-11-10", "extended_maturity_date": "2026-12-10"},
        {"next_due_date": "2026-11-10", "maturity_date": "2027-01-10", "extended_maturity_date": "2026-11-09"},
    ],
)
def next_is_before_maturity(loan: Any, limits: Any) -> Any:
    return loan.next_due_date <= ibis.coalesce(loan.extended_maturity_date, loan.maturity_date)


@rule(
    "ARR-039",
    on="loan",
    jurisdictions=CHINA,
    fields=("next_due_date", "next_due_principal_amount", "next_due_interest_amount"),
    cites=_NEXT,
    confidence=Confidence.PRIMARY,
    en="An instalment that is to come has a date.",
    zh="有下期应还本金或利息的贷款应填报下期还款日期。",
    says=(
        "{next_due_principal_amount} and interest {next_due_interest_amount} due on no date",
        "下期应还本金{next_due_principal_amount}、利息{next_due_interest_amount}，未填报下期还款日期",
    ),
    passes=[
        {"next_due_principal_amount": "0.01", "next_due_interest_amount": "0.01", "next_due_date": "2026-11-10"},
        {"next_due_principal_amount": "0.00", "next_due_interest_amount": "0.00"},
        {"next_due_date": "2026-11-10"},
    ],
    fails=[
        {"next_due_principal_amount": "0.01", "next_due_interest_amount": "0.00"},
        {"next_due_principal_amount": "0.00", "next_due_interest_amount": "0.01"},
        {"next_due_principal_amount": "1.00"},
        {"next_due_interest_amount": "1.00"},
        {"next_due_principal_amount": "1.00", "next_due_interest_amount": "1.00"},
    ],
)
def next_amounts_have_a_date(loan: Any, limits: Any) -> Any:
    something = (loan.next_due_principal_amount > 0) | (loan.next_due_interest_amount > 0)
    return implies(something, loan.next_due_date.notnull())


@rule(
    "ARR-040",
    on="loan",
    jurisdictions=CHINA,
    fields=("next_due_principal_amount", "balance_amount", "next_due_date"),
    cites=_NEXT,
    confidence=Confidence.PRIMARY,
    en="The next instalment repays at most what is outstanding.",
    zh="下期应还本金不得大于本金余额。",
    says=(
        "{next_due_principal_amount} due of {balance_amount} outstanding",
        "本金余额{balance_amount}，下期应还本金{next_due_principal_amount}",
    ),
    passes=[
        {"next_due_principal_amount": "100.00", "balance_amount": "100.00"},
        {"next_due_principal_amount": "99.99", "balance_amount": "100.00"},
        {"next_due_principal_amount": "0.00", "balance_amount": "0.00"},
    ],
    fails=[
        {"next_due_principal_amount": "100.01", "balance_amount": "100.00"},
        {"next_due_principal_amount": "0.01", "balance_amount": "0.00"},
        {"next_due_principal_amount": "200.00", "balance_amount": "100.00"},
    ],
)
def next_within_the_balance(loan: Any, limits: Any) -> Any:
    return loan.next_due_principal_amount <= loan.balance_amount


@rule(
    "ARR-041",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("next_due_date", "maturity_date", "snapshot_date", "balance_amount", "repay_frequency"),
    cites=_NEXT,
    confidence=Confidence.PRIMARY,
    en="An open loan before its maturity says when the next instalment falls due, irregular repayment excepted.",
    zh="未到期且有余额的贷款应填报下期还款日期，不定期还款除外。",
    says=(
        "no next instalment on {snapshot_date}, {balance_amount} outstanding until {maturity_date}",
        "报送日期{snapshot_date}余额{balance_amount}，{maturity_date}到期，未填报下期还款日期",
    ),
    passes=[
        _OPEN | {"next_due_date": "2026-11-01"},
        _OPEN | {"maturity_date": "2026-10-31"},
        _OPEN | {"balance_amount": "0.00"},
        _OPEN | {"is_revolving": True},
        _OPEN | {"repay_frequency": "IRREGULAR"},
    ],
    fails=[
        _OPEN,
        _OPEN | {"repay_frequency": "ONCE"},
        _OPEN | {"balance_amount": "1.00", "maturity_date": "2029-01-31"},
    ],
)
def open_loan_has_a_next_instalment(loan: Any, limits: Any) -> Any:
    owing = (loan.balance_amount > 0) & (loan.maturity_date > loan.snapshot_date)
    return implies(owing & ~loan.is_revolving & (loan.repay_frequency != "IRREGULAR"), loan.next_due_date.notnull())


@rule(
    "ARR-042",
    on="loan",
    jurisdictions=CHINA,
    fields=("last_paid_on", "start_date", "snapshot_date"),
    cites=_PAYMENTS,
    confidence=Confidence.SECONDARY,
    en="The last payment was made between grant and reporting date.",
    zh="最近一次实际还款日期应在发放日期与报送日期之间。",
    says=(
        "last paid {last_paid_on}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，最近还款{last_paid_on}",
    ),
    passes=[
        {"last_paid_on": "2026-10-31", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"last_paid_on": "2026-10-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"last_paid_on": "2026-10-15", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"last_paid_on": "2026-11-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"last_paid_on": "2026-09-30", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"last_paid_on": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"last_paid_on": "2026-09-30", "start_date": "2026-10-01"},
    ],
)
def paid_while_it_lasted(loan: Any, limits: Any) -> Any:
    return (loan.last_paid_on >= loan.start_date) & (loan.last_paid_on <= loan.snapshot_date)


@rule(
    "ARR-043",
    on="loan",
    jurisdictions=CHINA,
    fields=("last_paid_on", "paid_in_period_amount", "snapshot_date"),
    cites=_PAYMENTS,
    confidence=Confidence.SECONDARY,
    en="A loan paid in the month of the report says a last payment of that month.",
    zh="本期有实际还款的贷款，最近一次实际还款日期应在报送当月。",
    says=(
        "{paid_in_period_amount} paid in the month to {snapshot_date}, last paid {last_paid_on}",
        "截至{snapshot_date}当月还款{paid_in_period_amount}，最近还款{last_paid_on}",
    ),
    passes=[
        _PAID | {"last_paid_on": "2026-10-01"},
        _PAID | {"last_paid_on": "2026-10-31"},
        _NOTHING_PAID | {"last_paid_on": "2026-09-30"},
        _NOTHING_PAID,
    ],
    fails=[
        _PAID | {"last_paid_on": "2026-09-30"},
        _PAID,
        _PAID | {"last_paid_on": "2025-10-31"},
        _PAID | {"last_paid_on": "2026-09-30", "paid_in_period_amount": "1.00"},
    ],
)
def payment_has_its_date(loan: Any, limits: Any) -> Any:
    in_month = loan.last_paid_on >= loan.snapshot_date.truncate("M")
    return implies(loan.paid_in_period_amount > 0, loan.last_paid_on.notnull() & in_month)


@rule(
    "ARR-044",
    on="loan",
    jurisdictions=CHINA,
    fields=("paid_in_period_amount", "last_paid_on", "snapshot_date"),
    cites=_PAYMENTS,
    confidence=Confidence.SECONDARY,
    en="A last payment in the month of the report is among what was paid in it.",
    zh="最近一次实际还款日期在报送当月的，本期实际还款金额应大于零。",
    says=(
        "last paid {last_paid_on}, {paid_in_period_amount} paid in the month to {snapshot_date}",
        "最近还款{last_paid_on}，截至{snapshot_date}当月还款{paid_in_period_amount}",
    ),
    passes=[
        _PAID | {"last_paid_on": "2026-10-01"},
        _NOTHING_PAID | {"last_paid_on": "2026-09-30"},
        _NOTHING_PAID,
        _PAID | {"last_paid_on": "2026-10-15", "paid_in_period_amount": "1.00"},
    ],
    fails=[
        _NOTHING_PAID | {"last_paid_on": "2026-10-01"},
        _NOTHING_PAID | {"last_paid_on": "2026-10-31"},
        _NOTHING_PAID | {"last_paid_on": "2026-10-15"},
    ],
)
def date_has_its_payment(loan: Any, limits: Any) -> Any:
    return implies(loan.last_paid_on >= loan.snapshot_date.truncate("M"), loan.paid_in_period_amount > 0)


@rule(
    "ARR-045",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("paid_in_period_amount", "due_in_period_amount", "days_past_due", "loan_status"),
    cites="Credit bureau, CurRpyAmt and ActRpyAmt of the monthly segment",
    confidence=Confidence.SECONDARY,
    en="An open loan that is not past due was paid at least what fell due, payments in advance excepted.",
    zh="未逾期且未终结的贷款，本期实际还款金额不得少于本期应还款金额，提前还款除外。",
    says=(
        "{paid_in_period_amount} paid of {due_in_period_amount} due, {days_past_due} days past due",
        "本期应还{due_in_period_amount}，实还{paid_in_period_amount}，逾期{days_past_due}天",
    ),
    passes=[
        _DUE | {"paid_in_period_amount": "100.00"},
        _DUE | {"paid_in_period_amount": "100.01"},
        _DUE | {"paid_in_period_amount": "0.00", "days_past_due": 1},
        _DUE | {"paid_in_period_amount": "0.00", "loan_status": "LF02"},
    ],
    fails=[
        _DUE | {"paid_in_period_amount": "99.99"},
        _DUE | {"paid_in_period_amount": "0.00"},
        _DUE | {"paid_in_period_amount": "0.00", "loan_status": "LS02"},
    ],
)
def on_time_was_paid(loan: Any, limits: Any) -> Any:
    on_time_and_open = (loan.days_past_due == 0) & ~loan.loan_status.startswith("LF")
    return implies(on_time_and_open, loan.paid_in_period_amount >= loan.due_in_period_amount)
