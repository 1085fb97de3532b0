"""A Lorenz curve: how unevenly an amount is spread over those who have a part of it.

Belongs here: the curve from the parts themselves. Not here: the measures written beside it (Gini, HHI, shares of the
largest); those are computed as indicators and only quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from markupsafe import Markup

from templates.report.charts.canvas import (
    DEEP,
    GRID,
    INK,
    NORMAL,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    line,
    nothing,
    polyline,
    svg,
    text,
)
from templates.report.words import Language, Words, percent

_SIDE = 210
_TOP = 8
_LEFT = 36


@dataclass(frozen=True)
class Lorenz:
    """``values`` are the parts (amounts of any unit), in any order; ``measures`` are (name, text) to stand beside.

    ``member_name`` says who the parts belong to.
    """

    title: Words
    member_name: Words
    values: tuple[Decimal, ...]
    measures: tuple[tuple[Words, str], ...] = ()


def draw_lorenz(chart: Lorenz, language: Language) -> Markup:
    """Cumulated share of the amount over cumulated share of the members, smallest first; the diagonal is equality."""
    values = sorted(max(one, Decimal(0)) for one in chart.values)
    whole = sum(values, Decimal(0))
    if whole <= 0:
        return nothing(chart.title, language)
    base = Decimal(_TOP + _SIDE)
    shapes = []
    for nth in range(0, 101, 25):
        part = Decimal(nth) / 100
        x, y, written = _LEFT + part * _SIDE, base - part * _SIDE, f"{nth}%"
        shapes.append(line(_LEFT, y, _LEFT + _SIDE, y, stroke=INK if nth == 0 else GRID))
        shapes.append(line(x, _TOP, x, base, stroke=INK if nth == 0 else GRID))
        shapes.append(text(_LEFT - 5, y + 4, written, size=SMALL, anchor="end", fill=SOFT))
        shapes.append(text(x, base + 14, written, size=SMALL, anchor="middle", fill=SOFT))
    shapes.append(line(_LEFT, base, _LEFT + _SIDE, _TOP, stroke=SOFT, dash="4 3", kind="equality"))
    reached = [Decimal(0), *accumulate(values)]
    points = [
        (_LEFT + Decimal(_SIDE) * at / len(values), base - sum_ / whole * _SIDE) for at, sum_ in enumerate(reached)
    ]
    shapes.append(polyline(points, stroke=DEEP, thick=Decimal("2.2"), kind="curve"))
    axis = Words(f"{chart.member_name.en}, smallest first", f"{chart.member_name.zh}（由小到大）").of(language)
    room = Decimal(_SIDE + _LEFT)
    shapes.append(
        text(_LEFT + Decimal(_SIDE) / 2, base + 28, fitted(axis, room, SMALL), size=SMALL, anchor="middle", fill=SOFT)
    )
    shapes.extend(_beside(chart, language))
    return svg(int(base) + 34, chart.title, _told(chart, values, whole), language, shapes)


def _beside(chart: Lorenz, language: Language) -> list[Markup]:
    x, y, shapes = Decimal(_LEFT + _SIDE + 16), _TOP + 12, []
    room = WIDTH - x
    keys = ((Words("as it is", "实际分布"), DEEP, "", Decimal("2.2")), (Words("all equal", "完全均等"), SOFT, "4 3", 1))
    for words, stroke, dash, thick in keys:
        shapes.append(line(x, y - 4, x + 22, y - 4, stroke=stroke, dash=dash, thick=thick))
        shapes.append(text(x + 28, y, fitted(words.of(language), room - 28, SMALL), size=SMALL, fill=SOFT))
        y += 16
    y += 8
    for name, value in chart.measures:
        shapes.append(text(x, y, fitted(name.of(language), room, SMALL), size=SMALL, fill=SOFT))
        shapes.append(text(x, y + 15, fitted(value, room, NORMAL), bold=True))
        y += 36
    return shapes


def _told(chart: Lorenz, values: list[Decimal], whole: Decimal) -> Words:
    largest = percent(values[-1] / whole)
    measures = [(name, value) for name, value in chart.measures]
    return Words(
        f"{len(values)} members; the largest has {largest}"
        + "".join(f"; {name.en} {value}" for name, value in measures),
        f"共{len(values)}个，最大者占{largest}" + "".join(f"；{name.zh} {value}" for name, value in measures),
    )
