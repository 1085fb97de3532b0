"""The official migration rates (迁徙率): what part of each risk class moved to a worse one.

Belongs here: the rates of the 2005 core indicators and of the revised 2022 definition, which differ in what is divided
by what. Not here: the matrices they are read from (moves). Neither text was read in the original: see each source.

2005 takes what is left of the opening loans: of those, the part in a worse class. 2022 takes the year's opening balance
whole, adds what turned bad and was disposed of, and makes a year of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from transforms import indicator, rows, where
from transforms.delinquency.cells import is_known, over, part_of
from transforms.delinquency.classes import CLASSES, NON_PERFORMING, PERFORMING
from transforms.delinquency.states import states

MIGRATING = ("1", "2", "3", "4")  # loss cannot get worse
DISPOSED = ("written_off", "transferred")

_BEFORE = rows(
    "iou_no snapshot_date balance_amount five_class loan_status",
    ("a", "2025-12-31", 1000, "1", "LS01"),
    ("b", "2025-12-31", 400, "1", "LS01"),
    ("c", "2025-12-31", 300, "1", "LS01"),
    ("d", "2025-12-31", 200, "2", "LS03"),
    ("e", "2025-12-31", 100, "2", "LS03"),
    ("f", "2025-12-31", 60, "3", "LS03"),
    ("g", "2025-12-31", 40, "4", "LS03"),
    ("h", "2025-12-31", 20, "4", "LS03"),
)
# at the end of April: four months
_NOW = rows(
    "iou_no snapshot_date balance_amount five_class loan_status disposal_amount",
    ("a", "2026-04-30", 700, "1", "LS01", None),
    ("b", "2026-04-30", 300, "2", "LS03", None),
    ("c", "2026-04-30", 0, "5", "LF02", 250),
    ("d", "2026-04-30", 150, "3", "LS03", None),
    ("e", "2026-04-30", 0, "1", "LF01", None),
    ("f", "2026-04-30", 60, "2", "LS03", None),
    ("g", "2026-04-30", 50, "5", "LS03", None),
)
_EXITS = rows("period iou_no loan_status five_class disposal_amount", ("2026-02-28", "h", "LF04", "4", 20))
_MONTH = {"previous_loan": _BEFORE, "loan": _NOW}
_YEAR = {"opening_loan": _BEFORE, "loan": _NOW, "history_exit": _EXITS}

_CITES_2005 = "商业银行风险监管核心指标（试行）, 银监发〔2005〕89号; formula read in secondary pages"
_CITES_2022 = "关于修订银行业非现场监管基础指标定义及计算公式的通知, 2022, as banks' annual reports tell it; not read"
_LEFT = "what is left of the loan: the lesser of its balance before and now, 0 once it left the books"
_NAMES_EN = "normal (1), special mention (2), substandard (3), doubtful (4)"


def _left(moved: Any) -> Any:
    nothing = ibis.literal(0).cast(moved.balance.type())
    return moved.is_open.ifelse(ibis.least(moved.balance_then, moved.balance), nothing)


def _now_worse(cells: Any) -> Any:
    """Whether the loans are on the books in a worse class; null where the class is unknown."""
    is_worse = cells.grade_now.isin(CLASSES) & (cells.grade_now > cells.grade_before)
    return is_known(cells.grade_now, is_worse)


def _of_2005(moved: Any) -> Any:
    return part_of(
        states(moved),
        _left(moved),
        keep=lambda cells: cells.grade_before.isin(MIGRATING),
        holds=_now_worse,
        member="grade_before",
        members=MIGRATING,
    )


def _all_of_2005(moved: Any) -> Any:
    return part_of(
        states(moved),
        _left(moved),
        keep=lambda cells: cells.grade_before.isin(PERFORMING),
        holds=lambda cells: is_known(cells.grade_now, cells.grade_now.isin(NON_PERFORMING)),
    )


def _declared_2005(suffix: str, since: tuple[str, str], example: Any, classes: Any, all_classes: Any) -> Any:
    expected, expected_all = {"1": "0.3", "2": "1", "3": "0", "4": "1"}, "0.1304347826"
    declared: tuple[Indicator, ...] = (
        indicator(
            f"DLQ-MIG-2005{suffix}",
            unit="fraction",
            grain=f"moved_{'year' if suffix else 'month'}",
            dimension="five_class",
            en=f"Migration rate of each class since {since[0]}, 2005 definition: {_NAMES_EN}.",
            zh=f"各类贷款迁徙率（2005年核心指标口径，{since[1]}）",
            formula=f"per class before: sum of what is left of its loans now in a worse class / sum of what is left; "
            f"{_LEFT}",
            cites=_CITES_2005,
            confidence=Confidence.SECONDARY,
            jurisdictions=("cn",),
            example=(example, {member: Decimal(value) for member, value in expected.items()}),
        )(classes),
        indicator(
            f"DLQ-MIG-2005-PERFORMING{suffix}",
            unit="fraction",
            grain=f"moved_{'year' if suffix else 'month'}",
            en=f"Migration rate of normal loans since {since[0]}, 2005 definition: normal and special mention together "
            "to non-performing.",
            zh=f"正常贷款迁徙率（2005年核心指标口径，{since[1]}）",
            formula="over loans of class 1 or 2 before: sum of what is left of those now in class 3, 4 or 5 / sum of "
            f"what is left; {_LEFT}",
            cites=_CITES_2005,
            confidence=Confidence.BACKGROUND_HIGH,
            jurisdictions=("cn",),
            example=(example, {"": Decimal(expected_all)}),
        )(all_classes),
    )
    return declared


def _classes_month(moved_month: Any) -> Any:
    return _of_2005(moved_month)


def _classes_year(moved_year: Any) -> Any:
    return _of_2005(moved_year)


def _performing_month(moved_month: Any) -> Any:
    return _all_of_2005(moved_month)


def _performing_year(moved_year: Any) -> Any:
    return _all_of_2005(moved_year)


MIGRATION_2005 = (
    *_declared_2005("", ("a submission before", "月度"), _MONTH, _classes_month, _performing_month),
    *_declared_2005("-YTD", ("the last year end", "年初以来"), _YEAR, _classes_year, _performing_year),
)


@indicator(
    "DLQ-MIG-2022",
    unit="fraction",
    grain="moved_year",
    dimension="five_class",
    en=f"Migration rate of each class since the last year end, revised definition of 2022, made a year: {_NAMES_EN}.",
    zh="各类贷款迁徙率（2022年修订口径，折年）",
    formula="per class at the last year end: 12 x (sum of the present balance of its loans now in a worse class + sum "
    "of disposal_amount of those written off or transferred since in a worse class that is 3, 4 or 5) / (months x "
    "sum of the balance at the year end), months being those since",
    cites=_CITES_2022,
    confidence=Confidence.BACKGROUND_MEDIUM,
    jurisdictions=("cn",),
    # 1: 12 x (300 + 250) / (4 x 1700); 2: 12 x 150 / (4 x 300); 3: nothing; 4: 12 x 50 / (4 x 60), h was no loss
    example=(
        _YEAR,
        {"1": Decimal("0.9705882353"), "2": Decimal("1.5"), "3": Decimal(0), "4": Decimal("2.5")},
    ),
)
def migration_2022(moved_year: Any) -> Any:
    moved = moved_year
    is_worse = moved.grade > moved.grade_then
    ended_worse = (moved.grade_at_exit > moved.grade_then) & moved.grade_at_exit.isin(NON_PERFORMING)
    migrated = ibis.cases(
        (moved.is_open, where(is_worse, moved.balance)),
        (moved.exit.isin(DISPOSED), where(ended_worse, moved.disposed_amount)),
        else_=ibis.literal(0).cast(moved.balance.type()),
    )
    return over(
        states(moved),
        migrated * 12,
        moved.balance_then * moved.months,
        keep=lambda cells: cells.grade_before.isin(MIGRATING),
        member="grade_before",
        members=MIGRATING,
    )
