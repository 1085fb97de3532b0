"""Stacked columns over time: how the parts of a whole grew or shrank from period to period.

Belongs here: standing columns on one scale from zero, a part darker than the one below it. Not here: one period by
itself (bars.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    GRID,
    INK,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    ink_on,
    legend,
    line,
    nothing,
    rect,
    shade,
    svg,
    text,
    tick_text,
    ticks,
    width_of,
)
from templates.report.words import Language, Words, percent

_AREA = 170
_LABEL = 12  # height of a number


@dataclass(frozen=True)
class Stacked:
    """Parts (the mildest first) over periods (the oldest first). ``values[part][period]`` are shares between 0 and 1.

    A period in which no part has a number is a gap and is said to be one.
    """

    title: Words
    periods: tuple[str, ...]
    parts: tuple[Words, ...]
    values: tuple[tuple[Decimal | None, ...], ...]


def draw_stacked(chart: Stacked, language: Language) -> Markup:
    """Heights are proportional to the shares; the sum of a period stands above its column where there is room."""
    totals = [_total(chart, at) for at in range(len(chart.periods))]
    known = [total for total in totals if total is not None]
    if not known:
        return nothing(chart.title, language)
    scale = ticks(max(known))
    fills = [shade(nth, len(chart.parts)) for nth in range(len(chart.parts))]
    shapes, top = legend([(part.of(language), fill) for part, fill in zip(chart.parts, fills, strict=True)], 0)
    top += _LABEL + 6
    left = max(width_of(tick_text(value, scale), SMALL) for value in scale) + 6
    base, slot = Decimal(top + _AREA), (WIDTH - left) / len(chart.periods)
    for value in scale:
        y = base - value / scale[-1] * _AREA
        shapes.append(line(left, y, WIDTH, y, stroke=INK if value == 0 else GRID, kind="tick"))
        shapes.append(text(left - 5, y + 4, tick_text(value, scale), size=SMALL, anchor="end", fill=SOFT))
    shown = _labelled(totals, slot)
    for at, total in enumerate(totals):
        x, thick, y = left + slot * at + slot * Decimal("0.1"), slot * Decimal("0.8"), base
        middle = x + thick / 2
        if total is None:
            shapes.append(text(middle, base - 4, "\u2014", size=SMALL, anchor="middle", fill=SOFT))
            continue
        for nth, values in enumerate(chart.values):
            share = values[at]
            if share is None or share <= 0:
                continue
            height = share / scale[-1] * _AREA
            y -= height
            shapes.append(
                rect(x, y, thick, height, fills[nth], kind=f"part-{nth + 1}", stroke=PAPER, thick=Decimal("0.6"))
            )
            written = percent(share)
            if height >= _LABEL and width_of(written, SMALL) <= thick:
                shapes.append(
                    text(middle, y + height / 2 + 4, written, size=SMALL, anchor="middle", fill=ink_on(fills[nth]))
                )
        if at in shown:
            half = width_of(percent(total), SMALL) / 2
            shapes.append(
                text(min(max(middle, left + half), WIDTH - half), y - 4, percent(total), size=SMALL, anchor="middle")
            )
    shapes.extend(_names(chart.periods, left, slot, base))
    return svg(int(base) + 20, chart.title, _told(chart, totals), language, shapes)


def _total(chart: Stacked, at: int) -> Decimal | None:
    known = [values[at] for values in chart.values]
    shares = [one for one in known if one is not None]
    return sum((max(one, Decimal(0)) for one in shares), Decimal(0)) if shares else None


def _labelled(totals: Sequence[Decimal | None], slot: Decimal) -> set[int]:
    """The periods whose sum is written: all when there is room, else the highest and the last."""
    known = [at for at, total in enumerate(totals) if total is not None]
    if all(width_of(percent(totals[at] or Decimal(0)), SMALL) <= slot for at in known):
        return set(known)
    highest = max(known, key=lambda at: (totals[at] or Decimal(0), at))
    room = width_of(percent(totals[highest] or Decimal(0)), SMALL)
    return {known[-1]} if abs(known[-1] - highest) * slot < room else {known[-1], highest}


def _names(periods: Sequence[str], left: Decimal, slot: Decimal, base: Decimal) -> list[Markup]:
    """The periods below the axis, counted back from the last one, as many as there is room for."""
    wide = max(width_of(one, SMALL) for one in periods) + 8
    every = int(wide / slot) + 1
    shapes = []
    for at in range(len(periods) - 1, -1, -every):
        half = width_of(periods[at], SMALL) / 2
        middle = min(max(left + slot * at + slot / 2, half), WIDTH - half)
        shapes.append(text(middle, base + 15, periods[at], size=SMALL, anchor="middle", fill=SOFT))
    return shapes


def _told(chart: Stacked, totals: Sequence[Decimal | None]) -> Words:
    known = [(total, at) for at, total in enumerate(totals) if total is not None]
    highest, at = max(known)
    last, last_at = known[-1]
    return Words(
        f"{len(chart.periods)} periods from {chart.periods[0]} to {chart.periods[-1]}; highest sum {percent(highest)} "
        f"in {chart.periods[at]}, last sum {percent(last)} in {chart.periods[last_at]}",
        f"{chart.periods[0]}至{chart.periods[-1]}共{len(chart.periods)}期；合计最高{percent(highest)}"
        f"（{chart.periods[at]}），最近{percent(last)}（{chart.periods[last_at]}）",
    )
