"""Cures: loans that were late or non-performing and no longer are.

Belongs here: what came back to order while still on the books. Not here: loans paid off or written off, which leave by
other columns of the matrices (moves).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from loantape.declare import Confidence, Indicator
from transforms import indicator, rows
from transforms.delinquency.buckets import DAYS_US, STAGES, Buckets
from transforms.delinquency.cells import is_known, part_of
from transforms.delinquency.classes import NON_PERFORMING, PERFORMING
from transforms.delinquency.states import states

_BEFORE = rows(
    "iou_no balance_amount days_past_due five_class loan_status",
    ("a", 500, 0, "1", "LS01"),
    ("b", 300, 20, "2", "LS03"),
    ("c", 100, 20, "2", "LS03"),
    ("d", 90, 40, "3", "LS03"),
    ("e", 60, 190, "4", "LS03"),
    ("f", 50, 100, "5", "LS03"),
)
_NOW = rows(
    "iou_no balance_amount days_past_due five_class loan_status",
    ("a", 450, 0, "1", "LS01"),
    ("b", 280, 0, "1", "LS01"),
    ("c", 0, 0, "1", "LF01"),
    ("d", 90, 0, "2", "LS01"),
    ("e", 60, 10, "4", "LS03"),
    ("f", 50, 131, "5", "LS03"),
)
_EXAMPLE = {"previous_loan": _BEFORE, "loan": _NOW}


def _cures(
    code: str, buckets: Buckets, balance: Mapping[str, str], number: Mapping[str, str], noun: tuple[str, str]
) -> tuple[Indicator, ...]:
    """The cure rate of each bucket, by opening balance and by number, as two indicators."""
    late = buckets.members[1:]

    def shape(moved: Any, value: Any) -> Any:
        return part_of(
            states(moved, buckets),
            value,
            keep=lambda cells: cells.days_before.isin(late),
            holds=lambda cells: is_known(cells.days_now, cells.days_now == buckets.members[0]),
            member="days_before",
            members=late,
        )

    def by_balance(moved_month: Any) -> Any:
        return shape(moved_month, moved_month.balance_then)

    def by_number(moved_month: Any) -> Any:
        return shape(moved_month, None)

    def declared(suffix: str, body: Any, what: tuple[str, str, str], expected: Mapping[str, str]) -> Indicator:
        return indicator(
            code + suffix,
            unit="fraction",
            grain="moved_month",
            dimension=buckets.dimension,
            en=f"Cure rate: loans overdue a submission before, by {noun[0]}: the part that is on the books with "
            f"nothing overdue now, by {what[0]}.",
            zh=f"逾期贷款治愈率（按{noun[1]}，{what[1]}）",
            formula=f"{what[2]} where days past due = 0 now / {what[2]}, per bucket of days past due before; loans "
            "that left the books count as not cured",
            cites="Industry practice, no rule",
            confidence=Confidence.BACKGROUND_HIGH,
            jurisdictions=buckets.jurisdictions,
            example=(
                _EXAMPLE,
                {member: Decimal(expected[member]) if member in expected else None for member in late},
            ),
        )(body)

    return (
        declared("", by_balance, ("opening balance", "按期初余额", "sum of balance before"), balance),
        declared("-LOANS", by_number, ("number", "按笔数", "count of loans"), number),
    )


BY_STAGE = _cures(
    "DLQ-CURE",
    STAGES,
    {"M1": "0.75", "M2": "1", "M4": "0", "M6+": "0"},
    {"M1": "0.5", "M2": "1", "M4": "0", "M6+": "0"},
    ("stage", "阶段"),
)
BY_DAYS_US = _cures(
    "DLQ-US-CURE",
    DAYS_US,
    {"1-29": "0.75", "30-59": "1", "90-119": "0", "120+": "0"},
    {"1-29": "0.5", "30-59": "1", "90-119": "0", "120+": "0"},
    ("days past due", "逾期天数"),
)


def _upgraded(moved: Any, value: Any) -> Any:
    return part_of(
        states(moved),
        value,
        keep=lambda cells: cells.grade_before.isin(NON_PERFORMING),
        holds=lambda cells: is_known(cells.grade_now, cells.grade_now.isin(PERFORMING)),
    )


@indicator(
    "DLQ-CURE-NPL",
    unit="fraction",
    grain="moved_month",
    en="Upgrades: loans non-performing a submission before that are on the books as normal or special mention now, by "
    "opening balance.",
    zh="不良贷款上调率（按期初余额）",
    formula="sum of balance before where five_class now in (1, 2) / sum of balance before, over loans with five_class "
    "before in (3, 4, 5); loans that left the books count as not upgraded",
    cites="Industry practice, no rule",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_EXAMPLE, {"": Decimal("0.45")}),
)
def upgrades(moved_month: Any) -> Any:
    return _upgraded(moved_month, moved_month.balance_then)


@indicator(
    "DLQ-CURE-NPL-LOANS",
    unit="fraction",
    grain="moved_month",
    en="Upgrades: loans non-performing a submission before that are on the books as normal or special mention now, by "
    "number.",
    zh="不良贷款上调率（按笔数）",
    formula="count of loans where five_class now in (1, 2) / count of loans, over loans with five_class before in "
    "(3, 4, 5); loans that left the books count as not upgraded",
    cites="Industry practice, no rule",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_EXAMPLE, {"": Decimal("0.3333333333")}),
)
def upgrades_by_number(moved_month: Any) -> Any:
    return _upgraded(moved_month, None)
