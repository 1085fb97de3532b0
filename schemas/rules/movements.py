"""From one reporting date to the next: what may not disappear, change, rise or fall, and what the money did.

Belongs here: loans and principal of two tapes of one lender. Not here: terms (``movements_terms``), arrears
(``movements_arrears``), classes and restructuring (``movements_states``), measures of movement (``transforms``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule, wide

CONTINUITY = "A tape continues the tape before it"
_FLOW = {
    "is_next_month": True,
    "snapshot_date": "2026-10-31",
    "previous_balance_amount": "80.00",
    "drawn_amount": "20.00",
    "repaid_principal_amount": "5.00",
    "disposal_amount": "5.00",
    "disposal_date": "2026-10-31",
    "balance_amount": "90.00",
}
_GRANTED = {
    "start_date": "2026-10-01",
    "previous_period": "2026-09-30",
    "is_revolving": False,
    "loan_amount": "100.00",
}
_FIRST = {
    "has_previous": False,
    "start_date": "2026-10-15",
    "previous_period": "2026-09-30",
    "snapshot_date": "2026-10-31",
    "drawn_amount": "100.00",
    "repaid_principal_amount": "5.00",
    "disposal_amount": "5.00",
    "disposal_date": "2026-10-31",
    "balance_amount": "90.00",
}


@rule(
    "MOV-001",
    on="previous_without_current",
    jurisdictions=CHINA,
    fields=("iou_no", "balance_amount"),
    cites="EAST 5.0: a loan is reported until it has ended",
    confidence=Confidence.PRIMARY,
    en="A loan that had a balance on the previous reporting date is reported again.",
    zh="上期有余额的贷款本期应继续报送。",
    says=("{iou_no} had {balance_amount} outstanding and is gone", "{iou_no}上期余额{balance_amount}，本期未报送"),
    passes=[
        {"iou_no": "A", "balance_amount": "0.01", "is_in_current": True},
        {"iou_no": "A", "balance_amount": "0.00", "is_in_current": False},
        {"iou_no": "A", "balance_amount": "1.00", "is_in_current": True},
    ],
    fails=[
        {"iou_no": "A", "balance_amount": "0.01", "is_in_current": False},
        {"iou_no": "A", "balance_amount": "1.00", "is_in_current": False},
        {"iou_no": "B", "balance_amount": "100.00", "is_in_current": False},
    ],
)
def no_loan_disappears(previous: Any, limits: Any) -> Any:
    return implies(previous.balance_amount > 0, previous.is_in_current)


@rule(
    "MOV-002",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("start_date", "previous_start_date"),
    cites=CONTINUITY,
    confidence=Confidence.OWN,
    en="The date of grant does not change.",
    zh="发放日期不得变更。",
    says=("granted {start_date}, before {previous_start_date}", "发放日期{start_date}，上期为{previous_start_date}"),
    passes=[
        {"start_date": "2026-01-15", "previous_start_date": "2026-01-15"},
        {"start_date": "2026-10-15"},
        {"previous_start_date": "2026-01-15"},
    ],
    fails=[
        {"start_date": "2026-01-16", "previous_start_date": "2026-01-15"},
        {"start_date": "2026-01-14", "previous_start_date": "2026-01-15"},
        {"start_date": "2025-01-15", "previous_start_date": "2026-01-15"},
    ],
)
def date_of_grant_stays(loan: Any, limits: Any) -> Any:
    return loan.start_date == loan.previous_start_date


@rule(
    "MOV-003",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("loan_amount", "previous_loan_amount"),
    cites=CONTINUITY,
    confidence=Confidence.OWN,
    en="The amount lent does not change, revolving credit excepted.",
    zh="非循环贷款的借款金额不得变更。",
    says=("{loan_amount} lent, before {previous_loan_amount}", "借款金额{loan_amount}，上期为{previous_loan_amount}"),
    passes=[
        {"is_revolving": False, "loan_amount": "100.00", "previous_loan_amount": "100.00"},
        {"is_revolving": True, "loan_amount": "150.00", "previous_loan_amount": "100.00"},
        {"is_revolving": False, "loan_amount": "150.00"},
    ],
    fails=[
        {"is_revolving": False, "loan_amount": "100.01", "previous_loan_amount": "100.00"},
        {"is_revolving": False, "loan_amount": "99.99", "previous_loan_amount": "100.00"},
        {"is_revolving": False, "loan_amount": "200.00", "previous_loan_amount": "100.00"},
    ],
)
def amount_lent_stays(loan: Any, limits: Any) -> Any:
    return implies(~loan.is_revolving, loan.loan_amount == loan.previous_loan_amount)


@rule(
    "MOV-004",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("balance_amount", "previous_balance_amount"),
    cites=CONTINUITY,
    confidence=Confidence.OWN,
    en="The principal outstanding does not rise, revolving credit excepted.",
    zh="非循环贷款的本金余额不得上升。",
    says=(
        "{balance_amount} outstanding, before {previous_balance_amount}",
        "余额{balance_amount}，上期为{previous_balance_amount}",
    ),
    passes=[
        {"is_revolving": False, "balance_amount": "100.00", "previous_balance_amount": "100.00"},
        {"is_revolving": True, "balance_amount": "100.01", "previous_balance_amount": "100.00"},
        {"is_revolving": False, "balance_amount": "99.99", "previous_balance_amount": "100.00"},
    ],
    fails=[
        {"is_revolving": False, "balance_amount": "100.01", "previous_balance_amount": "100.00"},
        {"is_revolving": False, "balance_amount": "0.01", "previous_balance_amount": "0.00"},
        {"is_revolving": False, "balance_amount": "200.00", "previous_balance_amount": "100.00"},
    ],
)
def balance_does_not_rise(loan: Any, limits: Any) -> Any:
    return implies(~loan.is_revolving, loan.balance_amount <= loan.previous_balance_amount)


@rule(
    "MOV-005",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("cumulative_arrears_count", "previous_cumulative_arrears_count"),
    cites="EAST 5.0, table 503 LJQKQS",
    confidence=Confidence.PRIMARY,
    en="The count of instalments ever in arrears does not fall.",
    zh="累计欠款期数不得减少。",
    says=(
        "{cumulative_arrears_count} ever in arrears, before {previous_cumulative_arrears_count}",
        "累计欠款{cumulative_arrears_count}期，上期为{previous_cumulative_arrears_count}期",
    ),
    passes=[
        {"cumulative_arrears_count": 2, "previous_cumulative_arrears_count": 2},
        {"cumulative_arrears_count": 3, "previous_cumulative_arrears_count": 2},
        {"cumulative_arrears_count": 3},
    ],
    fails=[
        {"cumulative_arrears_count": 1, "previous_cumulative_arrears_count": 2},
        {"cumulative_arrears_count": 0, "previous_cumulative_arrears_count": 1},
        {"cumulative_arrears_count": 2, "previous_cumulative_arrears_count": 24},
    ],
)
def arrears_ever_do_not_fall(loan: Any, limits: Any) -> Any:
    return loan.cumulative_arrears_count >= loan.previous_cumulative_arrears_count


@rule(
    "MOV-006",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=(
        "balance_amount",
        "previous_balance_amount",
        "drawn_amount",
        "repaid_principal_amount",
        "disposal_amount",
    ),
    cites="PBoC financial base data V2.1, GRDKFS 14 and 27 between two CLGRDK 14",
    confidence=Confidence.PRIMARY,
    en="What was outstanding, plus what was granted, less what was repaid and disposed of, is what is outstanding.",
    zh="上期余额加本期发放减本期收回减处置金额应等于本期余额。",
    says=(
        "{previous_balance_amount} + {drawn_amount} - {repaid_principal_amount} - {disposal_amount} is not "
        "{balance_amount}",
        "{previous_balance_amount}+{drawn_amount}-{repaid_principal_amount}-{disposal_amount}不等于{balance_amount}",
    ),
    passes=[
        _FLOW,
        _FLOW | {"balance_amount": "90.01"},
        _FLOW | {"balance_amount": "89.99"},
        _FLOW | {"disposal_amount": None, "balance_amount": "95.00"},
        _FLOW | {"disposal_date": "2026-09-30", "balance_amount": "95.00"},
        _FLOW | {"is_next_month": False, "balance_amount": "500.00"},
        _FLOW | {"disposal_date": "2026-10-01"},
    ],
    fails=[
        _FLOW | {"balance_amount": "90.02"},
        _FLOW | {"balance_amount": "89.98"},
        _FLOW | {"drawn_amount": "21.00"},
        _FLOW | {"repaid_principal_amount": "0.00"},
        _FLOW | {"disposal_amount": "0.00"},
        _FLOW | {"disposal_date": "2026-09-30"},
        _FLOW | {"disposal_amount": None},
    ],
)
def principal_rolls_forward(loan: Any, limits: Any) -> Any:
    gap = wide(loan.balance_amount) - loan.previous_balance_amount - _moved(loan)
    return implies(loan.is_next_month, gap.abs() <= limits.balance_tolerance_amount)


@rule(
    "MOV-007",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("start_date", "previous_period", "has_previous"),
    cites=CONTINUITY,
    confidence=Confidence.OWN,
    en="A loan that the tape before did not have was granted since.",
    zh="上期未报送的贷款应为上期报送日之后发放。",
    says=(
        "granted {start_date}, not reported as of {previous_period}",
        "{start_date}发放，但上期（{previous_period}）未报送",
    ),
    passes=[
        {"has_previous": False, "start_date": "2026-10-01", "previous_period": "2026-09-30"},
        {"has_previous": True, "start_date": "2026-01-01", "previous_period": "2026-09-30"},
        {"has_previous": False, "start_date": "2026-10-31", "previous_period": "2026-09-30"},
    ],
    fails=[
        {"has_previous": False, "start_date": "2026-09-30", "previous_period": "2026-09-30"},
        {"has_previous": False, "start_date": "2026-09-29", "previous_period": "2026-09-30"},
        {"has_previous": False, "start_date": "2024-01-01", "previous_period": "2026-09-30"},
    ],
)
def new_loan_is_new(loan: Any, limits: Any) -> Any:
    return implies(~loan.has_previous, loan.start_date > loan.previous_period)


@rule(
    "MOV-008",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("drawn_amount", "loan_amount", "start_date", "previous_period"),
    cites="PBoC financial base data V2.1, GRDKFS 14: principal granted in the period",
    confidence=Confidence.PRIMARY,
    en="A loan granted in the period was drawn in full, revolving credit excepted.",
    zh="本期发放的非循环贷款，本期发放本金应等于借款金额。",
    says=(
        "{drawn_amount} drawn of {loan_amount}, granted {start_date}",
        "{start_date}发放{loan_amount}，本期发放本金{drawn_amount}",
    ),
    passes=[
        _GRANTED | {"drawn_amount": "100.00"},
        _GRANTED | {"drawn_amount": "0.00", "start_date": "2026-09-30"},
        _GRANTED | {"drawn_amount": "0.00", "is_revolving": True},
    ],
    fails=[
        _GRANTED | {"drawn_amount": "99.99"},
        _GRANTED | {"drawn_amount": "100.01"},
        _GRANTED | {"drawn_amount": "0.00", "start_date": "2026-10-31"},
    ],
)
def granted_in_full(loan: Any, limits: Any) -> Any:
    granted = (loan.start_date > loan.previous_period) & ~loan.is_revolving
    return implies(granted, loan.drawn_amount == loan.loan_amount)


@rule(
    "MOV-009",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("balance_amount", "drawn_amount", "repaid_principal_amount", "disposal_amount", "start_date"),
    cites="PBoC financial base data V2.1, GRDKFS 14 and 27 and CLGRDK 14",
    confidence=Confidence.PRIMARY,
    en="Of a loan granted in the period, what was drawn less what was repaid and disposed of is outstanding.",
    zh="本期发放的贷款，发放减收回减处置金额应等于余额。",
    says=(
        "{drawn_amount} - {repaid_principal_amount} - {disposal_amount} is not {balance_amount}",
        "{drawn_amount}-{repaid_principal_amount}-{disposal_amount}不等于{balance_amount}",
    ),
    passes=[
        _FIRST,
        _FIRST | {"balance_amount": "90.01"},
        _FIRST | {"balance_amount": "89.99"},
        _FIRST | {"has_previous": True, "balance_amount": "500.00"},
        _FIRST | {"start_date": "2026-09-30", "balance_amount": "500.00"},
        _FIRST | {"disposal_amount": None, "balance_amount": "95.00"},
        _FIRST | {"disposal_date": "2026-10-01"},
        _FIRST | {"disposal_date": "2026-09-30", "balance_amount": "95.00"},
        _FIRST
        | {
            "start_date": "2026-09-15",
            "previous_period": "2026-08-31",
            "disposal_date": "2026-09-20",
            "balance_amount": "95.00",
        },
    ],
    fails=[
        _FIRST | {"balance_amount": "90.02"},
        _FIRST | {"balance_amount": "89.98"},
        _FIRST | {"drawn_amount": "101.00"},
        _FIRST | {"repaid_principal_amount": "4.00"},
        _FIRST | {"disposal_amount": "4.00"},
        _FIRST | {"start_date": "2026-10-01", "balance_amount": "0.00"},
        _FIRST | {"disposal_amount": None},
    ],
)
def first_month_adds_up(loan: Any, limits: Any) -> Any:
    first = ~loan.has_previous & (loan.start_date > loan.previous_period)
    return implies(first, (loan.balance_amount - _moved(loan)).abs() <= limits.balance_tolerance_amount)


@rule(
    "MOV-010",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("drawn_amount", "previous_balance_amount", "is_revolving"),
    cites="PBoC financial base data V2.1, GRDKFS 14: an extension is no new grant",
    confidence=Confidence.PRIMARY,
    en="A loan reported before is not drawn again, revolving credit excepted.",
    zh="上期已报送的非循环贷款本期不应再有发放本金。",
    says=(
        "{drawn_amount} drawn, {previous_balance_amount} outstanding before",
        "上期余额{previous_balance_amount}，本期发放本金{drawn_amount}",
    ),
    passes=[
        {"is_revolving": False, "has_previous": True, "drawn_amount": "0.00"},
        {"is_revolving": True, "has_previous": True, "drawn_amount": "5.00"},
        {"is_revolving": False, "has_previous": False, "drawn_amount": "5.00"},
    ],
    fails=[
        {"is_revolving": False, "has_previous": True, "drawn_amount": "0.01"},
        {"is_revolving": False, "has_previous": True, "drawn_amount": "1.00"},
        {"is_revolving": False, "has_previous": True, "drawn_amount": "-0.01"},
    ],
)
def drawn_once(loan: Any, limits: Any) -> Any:
    return implies(loan.has_previous & ~loan.is_revolving, loan.drawn_amount == 0)


def _moved(loan: Any) -> Any:
    """What the flows of the month added to the principal; an older disposal is not of the month."""
    of_month = loan.disposal_date >= loan.snapshot_date.truncate("M")
    disposed = ibis.cases((of_month & loan.disposal_amount.notnull(), loan.disposal_amount), else_=0)
    return wide(loan.drawn_amount) - loan.repaid_principal_amount - disposed
