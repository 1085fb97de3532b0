"""Maturities and extensions: what they say of arrears.

Belongs here: the term of one loan on one reporting date. Not here: the next instalment (``arrears_payments``), loans
that ended (``arrears_endings``), extensions from month to month (``movements``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

_EXTENDED = "PBoC financial base data V2.1, CLGRDK 11, 12 and 25"
_MATURED = {"snapshot_date": "2026-10-31", "maturity_date": "2026-10-30", "balance_amount": "0.01"}


@rule(
    "ARR-030",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "start_date", "snapshot_date"),
    cites="EAST 5.0, table 503 QBRQ and DKFFRQ",
    confidence=Confidence.PRIMARY,
    en="A loan is not past due for longer than it has existed.",
    zh="逾期天数不得超过发放日至报送日的天数。",
    says=(
        "{days_past_due} days past due on {snapshot_date}, granted {start_date}",
        "{start_date}发放，{snapshot_date}报送，逾期{days_past_due}天",
    ),
    passes=[
        {"days_past_due": 30, "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"days_past_due": 29, "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"days_past_due": 0, "start_date": "2026-10-31", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"days_past_due": 31, "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"days_past_due": 1, "start_date": "2026-10-31", "snapshot_date": "2026-10-31"},
        {"days_past_due": 400, "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
)
def past_due_no_longer_than_granted(loan: Any, limits: Any) -> Any:
    return loan.days_past_due <= loan.snapshot_date.delta(loan.start_date, unit="day")


@rule(
    "ARR-031",
    on="loan",
    jurisdictions=CHINA,
    fields=("extension_count", "loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK 25; EAST 5.0, table 503 ZQCS",
    confidence=Confidence.PRIMARY,
    en="An extended loan was extended at least once.",
    zh="状态为展期的贷款展期次数应大于零。",
    says=(
        "status {loan_status}, extended {extension_count} times",
        "状态为{loan_status}，展期次数{extension_count}",
    ),
    passes=[
        {"loan_status": "LS02", "extension_count": 1},
        {"loan_status": "LS01", "extension_count": 0},
        {"loan_status": "LS02", "extension_count": 2},
    ],
    fails=[
        {"loan_status": "LS02", "extension_count": 0},
        {"loan_status": "LS02", "extension_count": 0, "extended_maturity_date": "2027-01-01"},
        {"loan_status": "LS02", "extension_count": -1},
    ],
)
def extended_was_extended(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LS02", loan.extension_count > 0)


@rule(
    "ARR-032",
    on="loan",
    jurisdictions=CHINA,
    fields=("extended_maturity_date", "extension_count"),
    cites=_EXTENDED + "; EAST 5.0, table 503 ZQCS",
    confidence=Confidence.PRIMARY,
    en="A loan extended at any time says until when.",
    zh="展期次数大于零的贷款应填报展期到期日期。",
    says=("extended {extension_count} times, until no date", "展期次数{extension_count}，未填报展期到期日期"),
    passes=[
        {"extension_count": 1, "extended_maturity_date": "2027-01-01"},
        {"extension_count": 0},
        {"extended_maturity_date": "2027-01-01"},
    ],
    fails=[{"extension_count": 1}, {"extension_count": 2}, {"extension_count": 1, "maturity_date": "2027-01-01"}],
)
def extension_has_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.extension_count > 0, loan.extended_maturity_date.notnull())


@rule(
    "ARR-033",
    on="loan",
    jurisdictions=CHINA,
    fields=("extended_maturity_date", "maturity_date", "extension_count", "loan_status"),
    cites=_EXTENDED,
    confidence=Confidence.PRIMARY,
    en="An extension ends after the original maturity, unless the loan was shortened later.",
    zh="展期到期日期应晚于原到期日期，缩期除外。",
    says=(
        "extended until {extended_maturity_date}, maturity {maturity_date}",
        "到期日期{maturity_date}，展期到期日期{extended_maturity_date}",
    ),
    passes=[
        {
            "loan_status": "LS02",
            "extension_count": 1,
            "extended_maturity_date": "2026-11-02",
            "maturity_date": "2026-11-01",
        },
        {
            "loan_status": "LS04",
            "extension_count": 1,
            "extended_maturity_date": "2026-10-31",
            "maturity_date": "2026-11-01",
        },
        {
            "loan_status": "LS01",
            "extension_count": 0,
            "extended_maturity_date": "2026-11-01",
            "maturity_date": "2026-11-01",
        },
    ],
    fails=[
        {
            "loan_status": "LS02",
            "extension_count": 0,
            "extended_maturity_date": "2026-11-01",
            "maturity_date": "2026-11-01",
        },
        {
            "loan_status": "LS03",
            "extension_count": 1,
            "extended_maturity_date": "2026-11-01",
            "maturity_date": "2026-11-01",
        },
        {"loan_status": "LS02", "extended_maturity_date": "2026-10-01", "maturity_date": "2026-11-01"},
        {
            "loan_status": "LS01",
            "extension_count": 2,
            "extended_maturity_date": "2026-10-31",
            "maturity_date": "2026-11-01",
        },
    ],
)
def extension_ends_later(loan: Any, limits: Any) -> Any:
    was_extended = (loan.loan_status == "LS02") | ((loan.extension_count > 0) & (loan.loan_status != "LS04"))
    return implies(was_extended, loan.extended_maturity_date > loan.maturity_date)


@rule(
    "ARR-034",
    on="loan",
    jurisdictions=CHINA,
    fields=("extended_maturity_date", "maturity_date", "loan_status"),
    cites=_EXTENDED,
    confidence=Confidence.PRIMARY,
    en="A shortened loan matures before its original maturity.",
    zh="缩期后的到期日期应早于原到期日期。",
    says=(
        "shortened to {extended_maturity_date}, maturity {maturity_date}",
        "到期日期{maturity_date}，缩期到期日期{extended_maturity_date}",
    ),
    passes=[
        {"loan_status": "LS04", "extended_maturity_date": "2026-10-31", "maturity_date": "2026-11-01"},
        {"loan_status": "LS02", "extended_maturity_date": "2026-12-01", "maturity_date": "2026-11-01"},
        {"loan_status": "LS01", "extended_maturity_date": "2026-11-01", "maturity_date": "2026-11-01"},
    ],
    fails=[
        {"loan_status": "LS04", "extended_maturity_date": "2026-11-01", "maturity_date": "2026-11-01"},
        {"loan_status": "LS04", "extended_maturity_date": "2026-11-02", "maturity_date": "2026-11-01"},
        {"loan_status": "LS04", "extended_maturity_date": "2028-01-01", "maturity_date": "2026-11-01"},
    ],
)
def shortened_ends_earlier(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LS04", loan.extended_maturity_date < loan.maturity_date)


@rule(
    "ARR-035",
    on="loan",
    jurisdictions=CHINA,
    fields=("loan_status", "balance_amount", "maturity_date", "extended_maturity_date", "snapshot_date"),
    cites=_EXTENDED,
    confidence=Confidence.PRIMARY,
    en="A loan past its last maturity with principal outstanding is overdue.",
    zh="超过（展期后）到期日期仍有余额的贷款，状态应为逾期。",
    says=(
        "status {loan_status} on {snapshot_date}, {balance_amount} outstanding, maturity {maturity_date}, extended "
        "{extended_maturity_date}",
        "报送日期{snapshot_date}状态为{loan_status}，余额{balance_amount}，到期日期{maturity_date}，"
        "展期到期日期{extended_maturity_date}",
    ),
    passes=[
        _MATURED | {"loan_status": "LS03"},
        _MATURED | {"loan_status": "LS01", "maturity_date": "2026-10-31"},
        _MATURED | {"loan_status": "LS02", "extended_maturity_date": "2026-10-31"},
        _MATURED | {"loan_status": "LF01", "balance_amount": "0.00"},
        _MATURED | {"loan_status": "LF01"},
        _MATURED | {"loan_status": "LS01", "balance_amount": "0.00"},
    ],
    fails=[
        _MATURED | {"loan_status": "LS01"},
        _MATURED | {"loan_status": "LS02", "extended_maturity_date": "2026-10-30", "maturity_date": "2026-09-30"},
        _MATURED | {"loan_status": "LS04", "extended_maturity_date": "2026-09-30", "maturity_date": "2027-01-31"},
        _MATURED | {"loan_status": "LS01", "balance_amount": "1.00"},
    ],
)
def matured_is_overdue(loan: Any, limits: Any) -> Any:
    last = ibis.coalesce(loan.extended_maturity_date, loan.maturity_date)
    unpaid = (loan.balance_amount > 0) & (last < loan.snapshot_date) & ~loan.loan_status.startswith("LF")
    return implies(unpaid, loan.loan_status == "LS03")


@rule(
    "ARR-036",
    on="loan",
    jurisdictions=CHINA,
    fields=("days_past_due", "balance_amount", "maturity_date", "extended_maturity_date", "snapshot_date"),
    cites="EAST 5.0, table 503 DKDQRQ and QBRQ",
    confidence=Confidence.PRIMARY,
    en="A loan with principal outstanding is past due for at least the days since its last maturity.",
    zh="有余额的贷款，逾期天数不得少于（展期后）到期日期以来的天数。",
    says=(
        "{days_past_due} days on {snapshot_date}, {balance_amount} outstanding, maturity {maturity_date}, extended "
        "{extended_maturity_date}",
        "报送日期{snapshot_date}逾期{days_past_due}天，余额{balance_amount}，到期日期{maturity_date}，"
        "展期到期日期{extended_maturity_date}",
    ),
    passes=[
        _MATURED | {"days_past_due": 1},
        _MATURED | {"days_past_due": 2},
        _MATURED | {"days_past_due": 0, "balance_amount": "0.00"},
        _MATURED | {"days_past_due": 0, "extended_maturity_date": "2026-10-31"},
        _MATURED | {"days_past_due": 0, "maturity_date": "2027-10-31"},
    ],
    fails=[
        _MATURED | {"days_past_due": 0},
        _MATURED | {"days_past_due": 29, "maturity_date": "2026-10-01"},
        _MATURED | {"days_past_due": 0, "maturity_date": "2026-09-30", "extended_maturity_date": "2026-10-30"},
        _MATURED | {"days_past_due": 0, "maturity_date": "2027-01-31", "extended_maturity_date": "2026-10-30"},
        _MATURED | {"days_past_due": 0, "balance_amount": "1.00"},
    ],
)
def past_due_since_maturity(loan: Any, limits: Any) -> Any:
    last = ibis.coalesce(loan.extended_maturity_date, loan.maturity_date)
    return implies(loan.balance_amount > 0, loan.days_past_due >= loan.snapshot_date.delta(last, unit="day"))
