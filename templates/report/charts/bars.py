"""Bars side by side per category: how a book is spread over buckets, by one measure or by two.

Belongs here: lying bars on one scale from zero, each with its number at its end. Not here: shares over time
(stacked.py) or prices with their caps (histogram.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    DEEP,
    INK,
    PALE,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    legend,
    line,
    nothing,
    rect,
    svg,
    text,
    width_of,
)
from templates.report.words import Language, Words, percent

_FILLS = (DEEP, PALE)
_THICK = 12
_GAP = 8
_MOST_NAME = Decimal(150)  # room for the longest name


@dataclass(frozen=True)
class Series:
    """One measure over all categories: shares between 0 and 1, None where there is no number."""

    name: Words
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Bars:
    """One or two series over the same categories."""

    title: Words
    categories: tuple[Words, ...]
    series: tuple[Series, ...]


def draw_bars(chart: Bars, language: Language) -> Markup:
    """Lengths are proportional to the shares, on one scale for all series; every bar has its number at its end."""
    values = [value for one in chart.series for value in one.values if value is not None]
    if not values:
        return nothing(chart.title, language)
    highest = max(*values, Decimal(0))
    names = [fitted(name.of(language), _MOST_NAME) for name in chart.categories]
    left = max(width_of(name) for name in names) + 8
    shapes: list[Markup] = []
    top = 0
    if len(chart.series) > 1:
        shapes, top = legend([(one.name.of(language), fill) for one, fill in zip(chart.series, _FILLS, strict=True)], 0)
        top += 4
    room = WIDTH - left - max(width_of(_written(value), SMALL) for one in chart.series for value in one.values) - 6
    slot = _THICK * len(chart.series) + _GAP
    for at, name in enumerate(names):
        y = top + slot * at
        middle = y + Decimal(_THICK * len(chart.series)) / 2
        shapes.append(text(left - 8, middle + 4, name, anchor="end"))
        for nth, one in enumerate(chart.series):
            value = one.values[at]
            length = Decimal(0) if value is None or highest <= 0 else max(value, Decimal(0)) / highest * room
            bar_top = y + _THICK * nth
            shapes.append(
                rect(left, bar_top + 1, length, _THICK - 2, _FILLS[nth], kind=f"series-{nth + 1}", stroke=DEEP)
            )
            shapes.append(text(left + length + 5, bar_top + _THICK - 3, _written(value), size=SMALL, fill=SOFT))
    height = top + slot * len(names)
    shapes.append(line(left, top - 2, left, height - _GAP + 2, stroke=INK))
    return svg(height, chart.title, _told(chart), language, shapes)


def _written(value: Decimal | None) -> str:
    return "\u2014" if value is None else percent(value) if value else "0"


def _told(chart: Bars) -> Words:
    """The largest category of each series."""
    told = []
    for one in chart.series:
        known = [(value, at) for at, value in enumerate(one.values) if value is not None]
        if known:
            value, at = max(known, key=lambda pair: (pair[0], -pair[1]))
            told.append((one.name, chart.categories[at], percent(value)))
    return Words(
        "; ".join(f"{name.en}: largest {category.en}, {share}" for name, category, share in told),
        "；".join(f"{name.zh}：最大为{category.zh}，{share}" for name, category, share in told),
    )
