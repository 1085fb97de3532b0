"""Loans that ended: closed, written off, transferred, with dates, amounts and nothing left over.

Belongs here: the state of one ended loan on one reporting date. Not here: balances of ended loans (``arrears``), and
whether an end is final (``movements``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule
from schemas.rules.arrears import ENDED

_NO_INTEREST = {"accrued_interest_amount": "0.00", "off_balance_interest_amount": "0.00"}
_CLEAN = {"days_past_due": 0, "overdue_principal_amount": "0.00", "overdue_interest_amount": "0.00"}
_DISPOSALS = "PBoC financial base data V2.1, GRDKFS 24"
_SOLD = ("TRANSFERRED", "SECURITISED")


@rule(
    "ARR-046",
    on="loan",
    jurisdictions=CHINA,
    fields=("accrued_interest_amount", "off_balance_interest_amount", "loan_status"),
    cites="EAST 5.0 draft check rules JHGZ1811 and JHGZ1812",
    confidence=Confidence.PRIMARY,
    en="A closed, written-off or transferred loan has no interest receivable.",
    zh="结清、核销或转让的贷款表内、表外欠息余额应为零。",
    says=(
        "status {loan_status}, interest {accrued_interest_amount} on, {off_balance_interest_amount} off balance sheet",
        "状态为{loan_status}，表内利息{accrued_interest_amount}，表外利息{off_balance_interest_amount}",
    ),
    passes=[
        _NO_INTEREST | {"loan_status": "LF01"},
        _NO_INTEREST | {"loan_status": "LF02"},
        _NO_INTEREST | {"loan_status": "LF04"},
        {"loan_status": "LS01", "accrued_interest_amount": "0.01", "off_balance_interest_amount": "0.01"},
    ],
    fails=[
        _NO_INTEREST | {"loan_status": "LF01", "accrued_interest_amount": "0.01"},
        _NO_INTEREST | {"loan_status": "LF02", "off_balance_interest_amount": "0.01"},
        _NO_INTEREST | {"loan_status": "LF04", "accrued_interest_amount": "-0.01"},
        _NO_INTEREST | {"loan_status": "LF04", "off_balance_interest_amount": "-0.01"},
        {"loan_status": "LF01", "accrued_interest_amount": "1.00", "off_balance_interest_amount": "1.00"},
        _NO_INTEREST | {"loan_status": "LF01", "accrued_interest_amount": "1.00"},
        _NO_INTEREST | {"loan_status": "LF01", "off_balance_interest_amount": "1.00"},
    ],
)
def ended_has_no_interest(loan: Any, limits: Any) -> Any:
    nothing = (loan.accrued_interest_amount == 0) & (loan.off_balance_interest_amount == 0)
    return implies(loan.loan_status.isin(ENDED), nothing)


@rule(
    "ARR-047",
    on="loan",
    jurisdictions=CHINA,
    fields=("ended_on", "loan_status"),
    cites="EAST 5.0 draft check rule JHGZ1809",
    confidence=Confidence.PRIMARY,
    en="A closed, written-off or transferred loan says when it ended.",
    zh="结清、核销或转让的贷款应填报终结日期。",
    says=("status {loan_status} without the date it ended", "状态为{loan_status}，未填报终结日期"),
    passes=[
        {"loan_status": "LF01", "ended_on": "2026-10-31"},
        {"loan_status": "LF02", "ended_on": "2026-10-31"},
        {"loan_status": "LS01"},
    ],
    fails=[{"loan_status": "LF01"}, {"loan_status": "LF02"}, {"loan_status": "LF04"}],
)
def end_has_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(ENDED), loan.ended_on.notnull())


@rule(
    "ARR-048",
    on="loan",
    jurisdictions=CHINA,
    fields=("ended_on", "loan_status"),
    cites="EAST 5.0, table 503 ZJRQ: not filled while the loan has not ended",
    confidence=Confidence.PRIMARY,
    en="Only a loan that ended says when.",
    zh="未终结的贷款不应填报终结日期。",
    says=("status {loan_status}, ended on {ended_on}", "状态为{loan_status}，终结日期{ended_on}"),
    passes=[
        {"loan_status": "LF01", "ended_on": "2026-10-31"},
        {"loan_status": "LF02", "ended_on": "2026-10-31"},
        {"loan_status": "LF04", "ended_on": "2026-10-31"},
        {"loan_status": "LS01"},
    ],
    fails=[
        {"loan_status": "LS01", "ended_on": "2026-10-31"},
        {"loan_status": "LS03", "ended_on": "2026-10-31"},
        {"loan_status": "LS02", "ended_on": "2024-01-31"},
    ],
)
def only_an_end_has_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.ended_on.notnull(), loan.loan_status.isin(ENDED))


@rule(
    "ARR-049",
    on="loan",
    jurisdictions=CHINA,
    fields=("ended_on", "start_date", "snapshot_date"),
    cites="EAST 5.0 draft check rule JHGZ3723",
    confidence=Confidence.PRIMARY,
    en="A loan ended between grant and reporting date.",
    zh="终结日期应在发放日期与报送日期之间。",
    says=(
        "ended {ended_on}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，{ended_on}终结",
    ),
    passes=[
        {"ended_on": "2026-10-31", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"ended_on": "2026-10-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"ended_on": "2026-10-15", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"ended_on": "2026-11-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"ended_on": "2026-09-30", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"ended_on": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"ended_on": "2026-09-30", "start_date": "2026-10-01"},
    ],
)
def ended_while_it_lasted(loan: Any, limits: Any) -> Any:
    return (loan.ended_on >= loan.start_date) & (loan.ended_on <= loan.snapshot_date)


@rule(
    "ARR-050",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "overdue_principal_amount", "overdue_interest_amount", "loan_status"),
    cites="EAST 5.0, table 503 QBJE, QBRQ and DKZT",
    confidence=Confidence.PRIMARY,
    en="A closed loan has nothing in arrears.",
    zh="结清的贷款不应有逾期天数、欠本或欠息金额。",
    says=(
        "closed with {overdue_principal_amount} and interest {overdue_interest_amount} in arrears: {days_past_due} d",
        "已结清，欠本{overdue_principal_amount}，欠息{overdue_interest_amount}，逾期{days_past_due}天",
    ),
    passes=[
        _CLEAN | {"loan_status": "LF01"},
        {"loan_status": "LF01"},
        _CLEAN | {"loan_status": "LF02", "days_past_due": 300, "overdue_interest_amount": "5.00"},
        _CLEAN | {"loan_status": "LS03", "days_past_due": 5, "overdue_principal_amount": "5.00"},
    ],
    fails=[
        _CLEAN | {"loan_status": "LF01", "days_past_due": 1},
        _CLEAN | {"loan_status": "LF01", "overdue_principal_amount": "0.01"},
        _CLEAN | {"loan_status": "LF01", "overdue_interest_amount": "0.01"},
        _CLEAN | {"loan_status": "LF01", "days_past_due": -1},
        _CLEAN | {"loan_status": "LF01", "overdue_principal_amount": "-0.01"},
        _CLEAN | {"loan_status": "LF01", "overdue_interest_amount": "-0.01"},
        _CLEAN | {"loan_status": "LF01", "overdue_principal_amount": "1.00"},
        _CLEAN | {"loan_status": "LF01", "overdue_interest_amount": "1.00"},
        {
            "loan_status": "LF01",
            "days_past_due": 1,
            "overdue_principal_amount": "1.00",
            "overdue_interest_amount": "1.00",
        },
    ],
)
def closed_owes_nothing(loan: Any, limits: Any) -> Any:
    amounts = (loan.overdue_principal_amount == 0) & (loan.overdue_interest_amount == 0)
    return implies(loan.loan_status == "LF01", (loan.days_past_due == 0) & amounts)


@rule(
    "ARR-051",
    on="loan",
    jurisdictions=CHINA,
    fields=("next_due_date", "loan_status"),
    cites="EAST 5.0, table 503 XQHKRQ: not filled where no instalment is to come",
    confidence=Confidence.PRIMARY,
    en="A loan that ended has no next instalment.",
    zh="已终结的贷款不应填报下期还款日期。",
    says=("status {loan_status}, next due {next_due_date}", "状态为{loan_status}，下期还款日期{next_due_date}"),
    passes=[
        {"loan_status": "LF01"},
        {"loan_status": "LS01", "next_due_date": "2026-11-10"},
        {"loan_status": "LF02"},
    ],
    fails=[
        {"loan_status": "LF01", "next_due_date": "2026-11-10"},
        {"loan_status": "LF02", "next_due_date": "2026-11-10"},
        {"loan_status": "LF04", "next_due_date": "2026-11-10"},
    ],
)
def ended_has_no_next_instalment(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(ENDED), loan.next_due_date.isnull())


@rule(
    "ARR-052",
    on="loan",
    jurisdictions=CHINA,
    fields=("disposal_type", "loan_status"),
    cites=_DISPOSALS,
    confidence=Confidence.PRIMARY,
    en="A written-off loan was disposed of by writing it off.",
    zh="状态为核销的贷款，处置方式应为核销。",
    says=("status {loan_status}, disposal {disposal_type}", "状态为{loan_status}，处置方式{disposal_type}"),
    passes=[
        {"loan_status": "LF02", "disposal_type": "WRITTEN_OFF"},
        {"loan_status": "LF01"},
        {"loan_status": "LF04", "disposal_type": "TRANSFERRED"},
    ],
    fails=[
        {"loan_status": "LF02"},
        {"loan_status": "LF02", "disposal_type": "TRANSFERRED"},
        {"loan_status": "LF02", "disposal_type": "PAID_BY_GUARANTOR"},
    ],
)
def written_off_by_writing_off(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LF02", (loan.disposal_type == "WRITTEN_OFF").fill_null(False))


@rule(
    "ARR-053",
    on="loan",
    jurisdictions=CHINA,
    fields=("disposal_type", "loan_status"),
    cites=_DISPOSALS,
    confidence=Confidence.PRIMARY,
    en="A transferred loan was disposed of by transfer or securitisation.",
    zh="状态为转让的贷款，处置方式应为转让或资产证券化转让。",
    says=("status {loan_status}, disposal {disposal_type}", "状态为{loan_status}，处置方式{disposal_type}"),
    passes=[
        {"loan_status": "LF04", "disposal_type": "TRANSFERRED"},
        {"loan_status": "LF04", "disposal_type": "SECURITISED"},
        {"loan_status": "LF02", "disposal_type": "WRITTEN_OFF"},
    ],
    fails=[
        {"loan_status": "LF04"},
        {"loan_status": "LF04", "disposal_type": "WRITTEN_OFF"},
        {"loan_status": "LF04", "disposal_type": "PAID_BY_GUARANTOR"},
    ],
)
def transferred_by_transfer(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LF04", loan.disposal_type.isin(_SOLD).fill_null(False))


@rule(
    "ARR-054",
    on="loan",
    jurisdictions=CHINA,
    fields=("loan_status", "disposal_type"),
    cites=_DISPOSALS,
    confidence=Confidence.PRIMARY,
    en="A loan disposed of by writing off or transfer has that status.",
    zh="处置方式为核销或转让的贷款，状态应与之一致。",
    says=("disposal {disposal_type}, status {loan_status}", "处置方式{disposal_type}，状态为{loan_status}"),
    passes=[
        {"disposal_type": "WRITTEN_OFF", "loan_status": "LF02"},
        {"disposal_type": "TRANSFERRED", "loan_status": "LF04"},
        {"disposal_type": "SECURITISED", "loan_status": "LF04"},
        {"disposal_type": "PAID_BY_GUARANTOR", "loan_status": "LF01"},
    ],
    fails=[
        {"disposal_type": "WRITTEN_OFF", "loan_status": "LF04"},
        {"disposal_type": "WRITTEN_OFF", "loan_status": "LS03"},
        {"disposal_type": "TRANSFERRED", "loan_status": "LF02"},
        {"disposal_type": "SECURITISED", "loan_status": "LS01"},
    ],
)
def disposal_gives_the_status(loan: Any, limits: Any) -> Any:
    written_off = implies(loan.disposal_type == "WRITTEN_OFF", loan.loan_status == "LF02")
    return written_off & implies(loan.disposal_type.isin(_SOLD), loan.loan_status == "LF04")


@rule(
    "ARR-055",
    on="loan",
    jurisdictions=CHINA,
    fields=("disposal_type", "disposal_date", "disposal_amount"),
    cites="PBoC financial base data V2.1, GRDKFS 12, 14 and 24",
    confidence=Confidence.PRIMARY,
    en="A disposal has a date and an amount.",
    zh="填报处置方式的贷款应填报处置日期和处置金额。",
    says=(
        "{disposal_type} on {disposal_date} of {disposal_amount}",
        "处置方式{disposal_type}，处置日期{disposal_date}，处置金额{disposal_amount}",
    ),
    passes=[
        {"disposal_type": "WRITTEN_OFF", "disposal_date": "2026-10-31", "disposal_amount": "1.00"},
        {"disposal_date": "2026-10-31"},
        {"disposal_amount": "1.00"},
    ],
    fails=[
        {"disposal_type": "WRITTEN_OFF", "disposal_date": "2026-10-31"},
        {"disposal_type": "TRANSFERRED", "disposal_amount": "1.00"},
        {"disposal_type": "PAID_BY_GUARANTOR"},
    ],
)
def disposal_is_complete(loan: Any, limits: Any) -> Any:
    return implies(loan.disposal_type.notnull(), loan.disposal_date.notnull() & loan.disposal_amount.notnull())


@rule(
    "ARR-056",
    on="loan",
    jurisdictions=CHINA,
    fields=("disposal_date", "start_date", "snapshot_date"),
    cites="EAST 5.0 draft check rules JHGZ3598 and JHGZ3776",
    confidence=Confidence.PRIMARY,
    en="A disposal lies between grant and reporting date.",
    zh="处置日期应在发放日期与报送日期之间。",
    says=(
        "disposed of {disposal_date}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，{disposal_date}处置",
    ),
    passes=[
        {"disposal_date": "2026-10-31", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"disposal_date": "2026-10-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"disposal_date": "2026-10-15", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"disposal_date": "2026-11-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"disposal_date": "2026-09-30", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"disposal_date": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"disposal_date": "2026-09-30", "start_date": "2026-10-01"},
    ],
)
def disposed_while_it_lasted(loan: Any, limits: Any) -> Any:
    return (loan.disposal_date >= loan.start_date) & (loan.disposal_date <= loan.snapshot_date)


@rule(
    "ARR-057",
    on="loan",
    jurisdictions=CHINA,
    fields=("disposal_amount", "loan_amount"),
    cites="EAST 5.0 draft check rules JHGZ1880 and JHGZ1894: what is disposed of is not zero",
    confidence=Confidence.PRIMARY,
    en="More than nothing and at most what was lent is disposed of.",
    zh="处置金额应大于零且不得大于借款金额。",
    says=("{disposal_amount} disposed of, {loan_amount} lent", "借款金额{loan_amount}，处置金额{disposal_amount}"),
    passes=[
        {"disposal_amount": "100.00", "loan_amount": "100.00"},
        {"disposal_amount": "0.01", "loan_amount": "100.00"},
        {"disposal_amount": "1.00", "loan_amount": "100.00"},
    ],
    fails=[
        {"disposal_amount": "100.01", "loan_amount": "100.00"},
        {"disposal_amount": "0.00", "loan_amount": "100.00"},
        {"disposal_amount": "0.00"},
        {"disposal_amount": "-1.00", "loan_amount": "100.00"},
    ],
)
def disposed_of_something(loan: Any, limits: Any) -> Any:
    return (loan.disposal_amount > 0) & (loan.disposal_amount <= loan.loan_amount)


@rule(
    "ARR-058",
    on="loan",
    jurisdictions=CHINA,
    fields=("ended_on", "disposal_date", "loan_status"),
    cites="PBoC financial base data V2.1, GRDKFS 12: the day it was written off or transferred",
    confidence=Confidence.PRIMARY,
    en="A written-off or transferred loan ended on the day of its disposal.",
    zh="核销或转让的贷款，终结日期应等于处置日期。",
    says=("ended {ended_on}, disposed of {disposal_date}", "终结日期{ended_on}，处置日期{disposal_date}"),
    passes=[
        {"loan_status": "LF02", "ended_on": "2026-10-31", "disposal_date": "2026-10-31"},
        {"loan_status": "LF04", "ended_on": "2026-10-15", "disposal_date": "2026-10-15"},
        {"loan_status": "LF01", "ended_on": "2026-10-31", "disposal_date": "2026-10-15"},
    ],
    fails=[
        {"loan_status": "LF02", "ended_on": "2026-10-31", "disposal_date": "2026-10-30"},
        {"loan_status": "LF04", "ended_on": "2026-10-30", "disposal_date": "2026-10-31"},
        {"loan_status": "LF02", "ended_on": "2026-09-30", "disposal_date": "2026-10-31"},
    ],
)
def ended_by_its_disposal(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(("LF02", "LF04")), loan.ended_on == loan.disposal_date)
