"""From one reporting date to the next: what may not change, fall, rise or disappear.

Belongs here: rules on two tapes of one lender. Not here: measures of movement (``transforms``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

CONTINUITY = "A tape continues the tape before it"


@rule(
    "MOV-001",
    on="previous_without_current",
    jurisdictions=CHINA,
    fields=("iou_no", "balance_amount"),
    cites="EAST 5.0: a loan is reported until it has ended",
    confidence=Confidence.PRIMARY,
    en="A loan that had a balance on the previous reporting date is reported again.",
    zh="上期有余额的贷款本期应继续报送。",
    passes=[
        {"iou_no": "A", "balance_amount": "0.01", "is_in_current": True},
        {"iou_no": "A", "balance_amount": "0.00", "is_in_current": False},
    ],
    fails=[{"iou_no": "A", "balance_amount": "0.01", "is_in_current": False}],
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
    passes=[{"start_date": "2026-01-15", "previous_start_date": "2026-01-15"}, {"start_date": "2026-10-15"}],
    fails=[{"start_date": "2026-01-16", "previous_start_date": "2026-01-15"}],
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
    passes=[
        {"is_revolving": False, "loan_amount": "100.00", "previous_loan_amount": "100.00"},
        {"is_revolving": True, "loan_amount": "150.00", "previous_loan_amount": "100.00"},
    ],
    fails=[
        {"is_revolving": False, "loan_amount": "100.01", "previous_loan_amount": "100.00"},
        {"is_revolving": False, "loan_amount": "99.99", "previous_loan_amount": "100.00"},
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
    passes=[
        {"is_revolving": False, "balance_amount": "100.00", "previous_balance_amount": "100.00"},
        {"is_revolving": True, "balance_amount": "100.01", "previous_balance_amount": "100.00"},
    ],
    fails=[{"is_revolving": False, "balance_amount": "100.01", "previous_balance_amount": "100.00"}],
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
    passes=[{"cumulative_arrears_count": 2, "previous_cumulative_arrears_count": 2}],
    fails=[{"cumulative_arrears_count": 1, "previous_cumulative_arrears_count": 2}],
)
def arrears_ever_do_not_fall(loan: Any, limits: Any) -> Any:
    return loan.cumulative_arrears_count >= loan.previous_cumulative_arrears_count
