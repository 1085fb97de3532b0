"""From one reporting date to the next: what was told to the credit bureau stays told.

Belongs here: the credit bureau's status and notice of one loan on two tapes. Not here: one tape (``bureau``,
``bureau_history``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.bureau import CODES

_MONTHS = {"is_next_month": True, "previous_payment_status_24m": "/" * 20 + "*N1N"}
_BEFORE = 23  # months that this string and the one before have in common


@rule(
    "BUR-027",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "previous_payment_status_24m"),
    cites=CODES + ": each month the string moves on by one",
    confidence=Confidence.SECONDARY,
    en="The status of the months before is what was told the month before.",
    zh="本期还款状态的前23个月应与上期的后23个月一致。",
    says=(
        "{payment_status_24m}, before {previous_payment_status_24m}",
        "本期{payment_status_24m}，上期{previous_payment_status_24m}",
    ),
    passes=[
        _MONTHS | {"payment_status_24m": "/" * 19 + "*N1NN"},
        _MONTHS | {"payment_status_24m": "/" * 19 + "*N1N7"},
        _MONTHS | {"payment_status_24m": "/" * 20 + "*N1N", "is_next_month": False},
        _MONTHS,
    ],
    fails=[
        _MONTHS | {"payment_status_24m": "/" * 20 + "*N1N"},
        _MONTHS | {"payment_status_24m": "/" * 19 + "*NNNN"},
        _MONTHS | {"payment_status_24m": "N" + "/" * 18 + "*N1NN"},
        _MONTHS | {"payment_status_24m": "/" * 19 + "*N11N"},
    ],
)
def months_before_stay(loan: Any, limits: Any) -> Any:
    carried = loan.payment_status_24m.left(_BEFORE) == loan.previous_payment_status_24m.right(_BEFORE)
    return implies(loan.is_next_month, carried)


@rule(
    "BUR-028",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("adverse_notice_at", "previous_adverse_notice_at"),
    cites="征信业管理条例 (国务院令631), art. 15: told before the first adverse report",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The time of the notice before the first adverse report does not change.",
    zh="首次不良信息告知时间不得变更。",
    says=(
        "told {adverse_notice_at}, before {previous_adverse_notice_at}",
        "告知时间{adverse_notice_at}，上期为{previous_adverse_notice_at}",
    ),
    passes=[
        {"adverse_notice_at": "2026-09-20 09:00:00", "previous_adverse_notice_at": "2026-09-20 09:00:00"},
        {"adverse_notice_at": "2026-09-20 09:00:00"},
        {"previous_adverse_notice_at": "2026-09-20 09:00:00"},
    ],
    fails=[
        {"adverse_notice_at": "2026-09-20 09:00:01", "previous_adverse_notice_at": "2026-09-20 09:00:00"},
        {"adverse_notice_at": "2026-09-20 08:59:59", "previous_adverse_notice_at": "2026-09-20 09:00:00"},
        {"adverse_notice_at": "2026-10-20 09:00:00", "previous_adverse_notice_at": "2026-09-20 09:00:00"},
    ],
)
def first_notice_stays(loan: Any, limits: Any) -> Any:
    return loan.adverse_notice_at == loan.previous_adverse_notice_at
