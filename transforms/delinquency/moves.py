"""Roll-rate matrices: in which state the loans of an earlier book are now, month by month and since the year began.

Belongs here: moves between stages and between classes, exits as columns of their own, and who is new on the books. Not
here: the official migration rates made of such moves (migration), or cures (cures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loantape.declare import Confidence, Figures, Indicator
from transforms import by, indicator, mart, rows
from transforms.delinquency.buckets import DAYS_US, STAGES, Buckets
from transforms.delinquency.cells import BETWEEN, matrix
from transforms.delinquency.classes import CLASSES
from transforms.delinquency.states import LEFT, states
from transforms.grains_delinquency import exits

ARRIVALS = ("granted", "appeared")

_BEFORE = rows(
    "iou_no snapshot_date balance_amount days_past_due five_class loan_status",
    ("a", "2026-09-30", 500, 0, "1", "LS01"),
    ("b", "2026-09-30", 300, 0, "1", "LS01"),
    ("c", "2026-09-30", 200, 0, "1", "LS01"),
    ("d", "2026-09-30", 90, 40, "2", "LS03"),
    ("e", "2026-09-30", 60, 190, "3", "LS03"),
    ("f", "2026-09-30", 40, 200, "3", "LS03"),
    ("g", "2026-09-30", 0, 0, "1", "LF01"),
)
_NOW = rows(
    "iou_no snapshot_date start_date balance_amount days_past_due five_class loan_status",
    ("a", "2026-10-31", "2026-01-05", 450, 0, "1", "LS01"),
    ("b", "2026-10-31", "2026-01-05", 300, 25, "2", "LS03"),
    ("c", "2026-10-31", "2026-01-05", 0, 0, "1", "LF01"),
    ("d", "2026-10-31", "2026-01-05", 90, 70, "2", "LS03"),
    ("e", "2026-10-31", "2026-01-05", 0, 0, "5", "LF02"),
    ("h", "2026-10-31", "2026-10-09", 120, 0, "1", "LS01"),
    ("i", "2026-10-31", "2026-08-09", 80, 10, "1", "LS03"),
)
_YEAR_BEFORE = [{**row, "snapshot_date": "2025-12-31"} for row in _BEFORE]
# how loan f left is known from what an earlier month of the year left behind
_EXITS = rows("period iou_no loan_status five_class disposal_amount", ("2026-04-30", "f", "LF04", "4", 40))
_MONTH = {"previous_loan": _BEFORE, "loan": _NOW}
_YEAR = {"opening_loan": _YEAR_BEFORE, "loan": _NOW, "history_exit": _EXITS}


@mart(
    "exit",
    grain="loan that ended in the period",
    en="Per loan that the tape says has ended: how, in which class, what was disposed of; for moves within the year.",
    zh="本期终结贷款：终结方式、分类及处置金额，用于年初以来的迁徙",
    cites="PBoC V2.1 GRDKFS 14, 24",
)
def ended(loan: Any) -> Any:
    return exits(loan)


@dataclass(frozen=True)
class _Sides:
    """What a matrix has along its sides: the states, and which axes of the moved loans they are."""

    code: str
    dimension: str
    members: Sequence[str]
    axes: tuple[str, str]  # before, now
    buckets: Buckets
    en: str
    zh: str
    cites: str
    confidence: Confidence
    jurisdictions: tuple[str, ...]


def _by_days(code: str, buckets: Buckets, en: str, zh: str) -> _Sides:
    axes = ("days_before", "days_now")
    return _Sides(
        code, buckets.dimension, buckets.members, axes, buckets, en, zh,
        buckets.cites, buckets.confidence, buckets.jurisdictions,
    )  # fmt: skip


_STAGE = _by_days("DLQ-ROLL", STAGES, "stage of delinquency", "逾期阶段")
_US_DAYS = _by_days("DLQ-US-ROLL", DAYS_US, "days past due", "逾期天数")
_CLASS = _Sides(
    "DLQ-ROLL-CLASS",
    "five_class",
    CLASSES,
    ("grade_before", "grade_now"),
    STAGES,
    "risk class",
    "五级分类",
    "1104 G12, opening class by closing class",
    Confidence.SECONDARY,
    ("cn",),
)


def _expected(sides: _Sides, told: Mapping[str, str]) -> dict[str, Decimal | None]:
    """Every cell of a matrix: those told, 0 beside them in the same row, nothing in rows that are empty."""
    full = {member.split(BETWEEN)[0] for member in told}
    cells = [before + BETWEEN + now for before in sides.members for now in (*sides.members, *LEFT)]
    return {
        member: Decimal(told[member]) if member in told else Decimal(0) if member.split(BETWEEN)[0] in full else None
        for member in cells
    }


def _matrices(sides: _Sides, *told: Mapping[str, str]) -> tuple[Indicator, ...]:
    """A matrix by opening balance and by number, for the month and since the year began: four indicators.

    ``told`` is what the example gives: by balance and number for the month, then for the year.
    """
    nows = (*sides.members, *LEFT)

    def shape(moved: Any, value: Any) -> Figures:
        return matrix(states(moved, sides.buckets), *sides.axes, value, befores=sides.members, nows=nows)

    def month(moved_month: Any) -> Any:
        return shape(moved_month, moved_month.balance_then)

    def month_loans(moved_month: Any) -> Any:
        return shape(moved_month, None)

    def year(moved_year: Any) -> Any:
        return shape(moved_year, moved_year.balance_then)

    def year_loans(moved_year: Any) -> Any:
        return shape(moved_year, None)

    def declared(suffix: str, since: tuple[str, str, str], body: Any, example: Any, told: Any) -> Indicator:
        loans = suffix.endswith("-LOANS")
        what = (
            ("number", "按笔数", "count of loans")
            if loans
            else ("opening balance", "按期初余额", "sum of balance before")
        )
        return indicator(
            sides.code + suffix,
            unit="fraction",
            grain="moved_year" if "-YTD" in suffix else "moved_month",
            dimension=sides.dimension + BETWEEN + sides.dimension,
            en=f"Of the loans on the books {since[0]}, by {sides.en}: the part in each state now, by {what[0]}.",
            zh=f"{sides.zh}{since[1]}迁徙矩阵（{what[1]}）",
            formula=f"{what[2]} per state before and state now / {what[2]} per state before. Columns besides the "
            "states: settled (LF01), written_off (LF02), transferred (LF04), vanished (on no later tape); loans that "
            "are new on the books are in no row" + since[2],
            cites=sides.cites,
            confidence=sides.confidence,
            jurisdictions=sides.jurisdictions,
            example=(example, _expected(sides, told)),
        )(body)

    in_month = ("a submission before", "月度", "")
    in_year = ("at the last year end", "年初以来", "; exits of the months between are known where those were delivered")
    return (
        declared("", in_month, month, _MONTH, told[0]),
        declared("-LOANS", in_month, month_loans, _MONTH, told[1]),
        declared("-YTD", in_year, year, _YEAR, told[2]),
        declared("-YTD-LOANS", in_year, year_loans, _YEAR, told[3]),
    )


_M0 = {"M0>M0": "0.5", "M0>M1": "0.3", "M0>settled": "0.2", "M2>M3": "1"}
_M0_LOANS = {"M0>M0": "0.3333333333", "M0>M1": "0.3333333333", "M0>settled": "0.3333333333", "M2>M3": "1"}
BY_STAGE = _matrices(
    _STAGE,
    {**_M0, "M6+>written_off": "0.6", "M6+>vanished": "0.4"},
    {**_M0_LOANS, "M6+>written_off": "0.5", "M6+>vanished": "0.5"},
    {**_M0, "M6+>written_off": "0.6", "M6+>transferred": "0.4"},
    {**_M0_LOANS, "M6+>written_off": "0.5", "M6+>transferred": "0.5"},
)
_GRADE_1 = {"1>1": "0.5", "1>2": "0.3", "1>settled": "0.2", "2>2": "1"}
_GRADE_1_LOANS = {"1>1": "0.3333333333", "1>2": "0.3333333333", "1>settled": "0.3333333333", "2>2": "1"}
BY_CLASS = _matrices(
    _CLASS,
    {**_GRADE_1, "3>written_off": "0.6", "3>vanished": "0.4"},
    {**_GRADE_1_LOANS, "3>written_off": "0.5", "3>vanished": "0.5"},
    {**_GRADE_1, "3>written_off": "0.6", "3>transferred": "0.4"},
    {**_GRADE_1_LOANS, "3>written_off": "0.5", "3>transferred": "0.5"},
)
_DAYS_0 = {"0>0": "0.5", "0>1-29": "0.3", "0>settled": "0.2", "30-59>60-89": "1"}
_DAYS_0_LOANS = {"0>0": "0.3333333333", "0>1-29": "0.3333333333", "0>settled": "0.3333333333", "30-59>60-89": "1"}
BY_DAYS_US = _matrices(
    _US_DAYS,
    {**_DAYS_0, "120+>written_off": "0.6", "120+>vanished": "0.4"},
    {**_DAYS_0_LOANS, "120+>written_off": "0.5", "120+>vanished": "0.5"},
    {**_DAYS_0, "120+>written_off": "0.6", "120+>transferred": "0.4"},
    {**_DAYS_0_LOANS, "120+>written_off": "0.5", "120+>transferred": "0.5"},
)


@indicator(
    "DLQ-NEW",
    unit="money",
    grain="arrived",
    dimension="arrival",
    en="Balance of loans on the books that were not on them a submission before: granted in the month of the reporting "
    "date, or older and only now appearing.",
    zh="本期新增贷款余额（本月发放或新出现）",
    formula="sum of balance per arrival, over loans on the books that were not on them before: granted when start_date "
    "is in the month of the reporting date, else appeared",
    cites="What no row of a roll-rate matrix holds",
    confidence=Confidence.OWN,
    example=(_MONTH, {"granted": Decimal(120), "appeared": Decimal(80)}),
)
def new_balance(arrived: Any) -> Any:
    return by(arrived, arrived.arrival, numerator=arrived.balance.sum(), members=ARRIVALS)


@indicator(
    "DLQ-NEW-LOANS",
    unit="count",
    grain="arrived",
    dimension="arrival",
    en="Number of loans on the books that were not on them a submission before: granted in the month of the reporting "
    "date, or older and only now appearing.",
    zh="本期新增贷款笔数（本月发放或新出现）",
    formula="count of loans per arrival, over loans on the books that were not on them before: granted when start_date "
    "is in the month of the reporting date, else appeared",
    cites="What no row of a roll-rate matrix holds",
    confidence=Confidence.OWN,
    example=(_MONTH, {"granted": Decimal(1), "appeared": Decimal(1)}),
)
def new_loans(arrived: Any) -> Any:
    return by(arrived, arrived.arrival, numerator=arrived.count(), members=ARRIVALS)
