"""Restructuring and changes of class: what they say beside the risk class.

Belongs here: states of one loan on one reporting date that bear on its class. Not here: day triggers
(``classification``), provisions (``classification_provisions``), classes from month to month (``movements_states``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule
from schemas.rules.classification import (
    MEASURES,
    SUBSTANDARD_OR_WORSE,
)

_CHANGES = "EAST 5.0, table 705 TZRQ, YWJFL and BDYY"
_CHANGED = {"previous_class": "1", "class_changed_on": "2026-10-31", "class_change_reason": "逾期"}
_WATCHED = {"restructured_on": "2025-10-31", "snapshot_date": "2026-10-30", "is_restructured": True}


@rule(
    "CLS-012",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("restructured_on", "restructure_count", "is_restructured"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A restructured loan says since when and how often.",
    zh="重组贷款应填报重组观察期起始日和重组次数。",
    says=(
        "restructured on {restructured_on}, {restructure_count} times",
        "重组贷款，观察期起始日{restructured_on}，重组次数{restructure_count}",
    ),
    passes=[
        {"is_restructured": True, "restructured_on": "2026-05-01", "restructure_count": 1},
        {"is_restructured": False},
        {"is_restructured": True, "restructured_on": "2026-05-01", "restructure_count": 2},
    ],
    fails=[
        {"is_restructured": True, "restructured_on": "2026-05-01"},
        {"is_restructured": True, "restructure_count": 1},
        {"is_restructured": True, "restructured_on": "2026-05-01", "restructure_count": 0},
        {"is_restructured": True},
    ],
)
def restructuring_is_dated(loan: Any, limits: Any) -> Any:
    counted = (loan.restructure_count > 0).fill_null(False)
    return implies(loan.is_restructured, loan.restructured_on.notnull() & counted)


@rule(
    "CLS-013",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("is_restructured", "restructured_on", "snapshot_date"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan stays restructured for the whole observation after its restructuring.",
    zh="重组观察期内的贷款应保留重组标识。",
    says=(
        "restructured on {restructured_on}, no longer marked on {snapshot_date}",
        "观察期起始日{restructured_on}，报送日期{snapshot_date}已无重组标识",
    ),
    passes=[
        _WATCHED,
        _WATCHED | {"snapshot_date": "2026-10-31", "is_restructured": False},
        _WATCHED | {"snapshot_date": "2026-11-30", "is_restructured": False},
        {"is_restructured": False, "snapshot_date": "2026-10-31"},
    ],
    fails=[
        _WATCHED | {"is_restructured": False},
        _WATCHED | {"is_restructured": False, "snapshot_date": "2025-10-31"},
        _WATCHED | {"is_restructured": False, "restructured_on": "2026-09-30"},
    ],
)
def observation_lasts(loan: Any, limits: Any) -> Any:
    ends = loan.restructured_on + limits.restructured_observation_months.cast("int64").as_interval("M")
    return implies(loan.snapshot_date < ends, loan.is_restructured)


@rule(
    "CLS-014",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("restructured_on", "start_date", "snapshot_date"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan was restructured between grant and reporting date.",
    zh="重组观察期起始日应在发放日期与报送日期之间。",
    says=(
        "restructured {restructured_on}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，重组观察期起始日{restructured_on}",
    ),
    passes=[
        {"restructured_on": "2026-10-31", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"restructured_on": "2026-10-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"restructured_on": "2026-10-15", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"restructured_on": "2026-11-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"restructured_on": "2026-09-30", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"restructured_on": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"restructured_on": "2026-09-30", "start_date": "2026-10-01"},
    ],
)
def restructured_while_it_lasted(loan: Any, limits: Any) -> Any:
    return (loan.restructured_on >= loan.start_date) & (loan.restructured_on <= loan.snapshot_date)


@rule(
    "CLS-015",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("five_class", "restructure_count"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan restructured again is at least substandard.",
    zh="再次重组的贷款至少应归为次级类。",
    says=(
        "restructured {restructure_count} times, class {five_class}",
        "重组{restructure_count}次，五级分类为{five_class}",
    ),
    passes=[
        {"is_restructured": True, "restructure_count": 2, "five_class": "3"},
        {"is_restructured": True, "restructure_count": 2, "five_class": "4"},
        {"is_restructured": True, "restructure_count": 2, "five_class": "5"},
        {"is_restructured": True, "restructure_count": 1, "five_class": "2"},
        {"is_restructured": False, "restructure_count": 2, "five_class": "1"},
    ],
    fails=[
        {"is_restructured": True, "restructure_count": 2, "five_class": "2"},
        {"is_restructured": True, "restructure_count": 3, "five_class": "2"},
        {"is_restructured": True, "restructure_count": 2, "five_class": "1"},
    ],
)
def restructured_again_is_substandard(loan: Any, limits: Any) -> Any:
    again = loan.is_restructured & (loan.restructure_count > 1)
    return implies(again, loan.five_class.isin(SUBSTANDARD_OR_WORSE))


@rule(
    "CLS-016",
    on="loan",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("is_restructured", "grant_type"),
    cites=MEASURES + "; EAST 5.0, table 503 DKFFLX",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A loan granted as a restructured loan is marked as restructured within its observation.",
    zh="发放类型为重组贷款的，观察期内应有重组标识。",
    says=("granted as {grant_type}, not marked as restructured", "发放类型为{grant_type}，无重组标识"),
    passes=[
        {
            "grant_type": "RESTRUCTURED",
            "is_restructured": True,
            "start_date": "2025-11-01",
            "snapshot_date": "2026-10-31",
        },
        {"grant_type": "NEW", "is_restructured": False, "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {
            "grant_type": "RESTRUCTURED",
            "is_restructured": False,
            "start_date": "2025-10-31",
            "snapshot_date": "2026-10-31",
        },
    ],
    fails=[
        {
            "grant_type": "RESTRUCTURED",
            "is_restructured": False,
            "start_date": "2025-11-01",
            "snapshot_date": "2026-10-31",
        },
        {
            "grant_type": "RESTRUCTURED",
            "is_restructured": False,
            "start_date": "2026-10-31",
            "snapshot_date": "2026-10-31",
        },
        {
            "grant_type": "RESTRUCTURED",
            "is_restructured": False,
            "start_date": "2026-05-01",
            "snapshot_date": "2026-10-31",
        },
    ],
)
def granted_restructured_is_marked(loan: Any, limits: Any) -> Any:
    ends = loan.start_date + limits.restructured_observation_months.cast("int64").as_interval("M")
    watched = (loan.grant_type == "RESTRUCTURED") & (loan.snapshot_date < ends)
    return implies(watched, loan.is_restructured)


@rule(
    "CLS-017",
    on="loan",
    jurisdictions=CHINA,
    fields=("previous_class", "class_changed_on", "class_change_reason"),
    cites=_CHANGES,
    confidence=Confidence.PRIMARY,
    en="A change of class has the class before it, its date and its reason.",
    zh="五级分类变动应同时填报前次分类、调整日期和变动原因。",
    says=(
        "class before {previous_class}, changed {class_changed_on}, reason {class_change_reason}",
        "前次分类{previous_class}，调整日期{class_changed_on}，变动原因{class_change_reason}",
    ),
    passes=[
        _CHANGED,
        {},
        _CHANGED | {"previous_class": "5"},
    ],
    fails=[
        _CHANGED | {"previous_class": None},
        _CHANGED | {"class_changed_on": None},
        _CHANGED | {"class_change_reason": None},
        {"previous_class": "1"},
        {"class_changed_on": "2026-10-31"},
        {"class_change_reason": "逾期"},
    ],
)
def change_is_complete(loan: Any, limits: Any) -> Any:
    before, day, reason = (
        loan.previous_class.notnull(),
        loan.class_changed_on.notnull(),
        loan.class_change_reason.notnull(),
    )
    return (before == day) & (day == reason)


@rule(
    "CLS-018",
    on="loan",
    jurisdictions=CHINA,
    fields=("previous_class", "five_class"),
    cites="EAST 5.0 draft check rule JHGZ3788",
    confidence=Confidence.PRIMARY,
    en="The class before the last change is another one.",
    zh="前次五级分类不应等于当前五级分类。",
    says=("class {five_class}, before {previous_class}", "五级分类{five_class}，前次分类{previous_class}"),
    passes=[
        {"previous_class": "1", "five_class": "2"},
        {"previous_class": "2", "five_class": "1"},
        {"five_class": "1"},
    ],
    fails=[
        {"previous_class": "1", "five_class": "1"},
        {"previous_class": "2", "five_class": "2"},
        {"previous_class": "5", "five_class": "5"},
    ],
)
def change_changed_something(loan: Any, limits: Any) -> Any:
    return loan.previous_class != loan.five_class


@rule(
    "CLS-019",
    on="loan",
    jurisdictions=CHINA,
    fields=("class_changed_on", "start_date", "snapshot_date"),
    cites="EAST 5.0 draft check rule JHGZ3787",
    confidence=Confidence.PRIMARY,
    en="The class changed between grant and reporting date.",
    zh="分类调整日期应在发放日期与报送日期之间。",
    says=(
        "changed {class_changed_on}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，{class_changed_on}调整",
    ),
    passes=[
        {"class_changed_on": "2026-10-31", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"class_changed_on": "2026-10-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"class_changed_on": "2026-10-15", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"class_changed_on": "2026-11-01", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"class_changed_on": "2026-09-30", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"class_changed_on": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"class_changed_on": "2026-09-30", "start_date": "2026-10-01"},
    ],
)
def class_changed_while_it_lasted(loan: Any, limits: Any) -> Any:
    return (loan.class_changed_on >= loan.start_date) & (loan.class_changed_on <= loan.snapshot_date)
