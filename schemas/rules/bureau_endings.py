"""The credit bureau's status of loans that matured, ended otherwise than by payment, or are not known.

Belongs here: the last character of the 24-month status of such loans. Not here: settled and living loans (``bureau``),
the months before (``bureau_history``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.bureau import CODES, ENDED_OTHERWISE, FIRST_GENERATION, ends, last_of

_MATURED = {
    "snapshot_date": "2026-10-31",
    "maturity_date": "2026-10-30",
    "is_revolving": False,
    "balance_amount": "100.00",
}


@rule(
    "BUR-010",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "disposal_type"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="A month paid by the guarantor has the guarantor's payment as its disposal.",
    zh="当月还款状态为“D”的贷款，处置方式应为代偿。",
    says=("{payment_status_24m}: disposal {disposal_type}", "{payment_status_24m}：处置方式{disposal_type}"),
    passes=[
        {"payment_status_24m": ends("D"), "disposal_type": "PAID_BY_GUARANTOR"},
        {"payment_status_24m": ends("N")},
        {"payment_status_24m": ends("G"), "disposal_type": "WRITTEN_OFF"},
    ],
    fails=[
        {"payment_status_24m": ends("D")},
        {"payment_status_24m": ends("D"), "disposal_type": "WRITTEN_OFF"},
        {"payment_status_24m": ends("D"), "disposal_type": "TRANSFERRED"},
    ],
)
def guarantor_paid(loan: Any, limits: Any) -> Any:
    return implies(last_of(loan) == "D", (loan.disposal_type == "PAID_BY_GUARANTOR").fill_null(False))


@rule(
    "BUR-011",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "loan_status"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="An account that ended otherwise than by payment is a written-off or transferred loan.",
    zh="当月还款状态为“G”的贷款应为核销或转让。",
    says=("{payment_status_24m}: status {loan_status}", "{payment_status_24m}：状态为{loan_status}"),
    passes=[
        {"payment_status_24m": ends("G"), "loan_status": "LF02"},
        {"payment_status_24m": ends("G"), "loan_status": "LF04"},
        {"payment_status_24m": ends("C"), "loan_status": "LF01"},
    ],
    fails=[
        {"payment_status_24m": ends("G"), "loan_status": "LF01"},
        {"payment_status_24m": ends("G"), "loan_status": "LS01"},
        {"payment_status_24m": ends("G"), "loan_status": "LS03"},
    ],
)
def ended_otherwise(loan: Any, limits: Any) -> Any:
    return implies(last_of(loan) == "G", loan.loan_status.isin(ENDED_OTHERWISE))


@rule(
    "BUR-012",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "loan_status"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="A written-off or transferred loan is ended, bad, paid by the guarantor or by assets at the credit bureau.",
    zh="核销或转让的贷款，当月还款状态应为“G”“B”“D”或“Z”。",
    says=("{payment_status_24m}: status {loan_status}", "{payment_status_24m}：状态为{loan_status}"),
    passes=[
        {"payment_status_24m": ends("G"), "loan_status": "LF02"},
        {"payment_status_24m": ends("B"), "loan_status": "LF02"},
        {"payment_status_24m": ends("D"), "loan_status": "LF04"},
        {"payment_status_24m": ends("Z"), "loan_status": "LF04"},
        {"payment_status_24m": ends("7"), "loan_status": "LS03"},
    ],
    fails=[
        {"payment_status_24m": ends("7"), "loan_status": "LF02"},
        {"payment_status_24m": ends("N"), "loan_status": "LF04"},
        {"payment_status_24m": ends("C"), "loan_status": "LF02"},
    ],
)
def disposed_has_ended(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(ENDED_OTHERWISE), last_of(loan).isin(("G", "B", "D", "Z")))


@rule(
    "BUR-013",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("payment_status_24m",),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="The status of the reporting month is known.",
    zh="报送当月还款状态不应为未知。",
    says=("{payment_status_24m} ends unknown", "{payment_status_24m}的当月状态未知"),
    passes=[
        {"payment_status_24m": ends("N")},
        {"payment_status_24m": "#" * 23 + "1"},
        {"payment_status_24m": ends("*")},
    ],
    fails=[
        {"payment_status_24m": ends("#")},
        {"payment_status_24m": "#" * 24},
        {"payment_status_24m": "/" * 23 + "#"},
    ],
)
def this_month_is_known(loan: Any, limits: Any) -> Any:
    return last_of(loan) != "#"


@rule(
    "BUR-014",
    on="loan",
    jurisdictions=CHINA,
    fields=("overdue_principal_amount", "balance_amount", "maturity_date", "extended_maturity_date", "snapshot_date"),
    cites=FIRST_GENERATION.format(207),
    confidence=Confidence.SECONDARY,
    en="After its last maturity an unsettled loan has its whole principal in arrears, revolving credit excepted.",
    zh="超过（展期后）到期日期未结清的贷款，欠本金额不得少于余额，循环额度除外。",
    says=(
        "{overdue_principal_amount} in arrears of {balance_amount} on {snapshot_date}, maturity {maturity_date}, "
        "extended {extended_maturity_date}",
        "报送日期{snapshot_date}余额{balance_amount}，欠本{overdue_principal_amount}，到期日期{maturity_date}，"
        "展期到期日期{extended_maturity_date}",
    ),
    passes=[
        _MATURED | {"overdue_principal_amount": "100.00"},
        _MATURED | {"overdue_principal_amount": "0.00", "maturity_date": "2026-10-31"},
        _MATURED | {"overdue_principal_amount": "0.00", "extended_maturity_date": "2026-10-31"},
        _MATURED | {"overdue_principal_amount": "0.00", "is_revolving": True},
        _MATURED | {"overdue_principal_amount": "100.01"},
    ],
    fails=[
        _MATURED | {"overdue_principal_amount": "99.99"},
        _MATURED | {"overdue_principal_amount": "0.00", "extended_maturity_date": "2026-10-30"},
        _MATURED
        | {"overdue_principal_amount": "0", "maturity_date": "2027-10-30", "extended_maturity_date": "2026-10-30"},
        _MATURED
        | {"overdue_principal_amount": "0", "maturity_date": "2026-09-30", "extended_maturity_date": "2026-10-30"},
    ],
)
def matured_owes_all(loan: Any, limits: Any) -> Any:
    last = ibis.coalesce(loan.extended_maturity_date, loan.maturity_date)
    matured = (last < loan.snapshot_date) & ~loan.is_revolving
    return implies(matured, loan.overdue_principal_amount >= loan.balance_amount)
