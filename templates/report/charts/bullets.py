"""Bullets: measured values against the limits that bound them, and how much room is left.

Belongs here: one track per limit, all limits standing in one line. Not here: which limit is in force (bounds.py of the
report). A breach is hatched, outlined, marked with a sign and said in words: colour only repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    ALARM,
    DEEP,
    INK,
    PALE,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    hatched,
    line,
    nothing,
    rect,
    svg,
    text,
    width_of,
)
from templates.report.words import Language, Words, plain

_ROW = 54
_TRACK_TOP, _TRACK = 18, 12
_MOST = Decimal(2)  # times the limit: what lies farther out ends in an arrow
_WITHIN = Words("within", "未超限")
_ABOVE = Words("above the limit", "超过上限")
_BELOW = Words("below the limit", "低于下限")


@dataclass(frozen=True)
class Bullet:
    """One measured value and its limit in the same unit, each also as written on the page.

    ``at_least`` is for limits that must be reached instead of not passed.
    """

    name: Words
    value: Decimal
    limit: Decimal
    written_value: str
    written_limit: str
    at_least: bool = False

    @property
    def is_breach(self) -> bool:
        """Whether the value is on the wrong side; a value equal to its limit is within it."""
        return self.value < self.limit if self.at_least else self.value > self.limit


@dataclass(frozen=True)
class Bullets:
    """Any number of limits, one row each."""

    title: Words
    rows: tuple[Bullet, ...]


def draw_bullets(chart: Bullets, language: Language) -> Markup:
    """Values as multiples of their own limit, so that every limit stands at the same place and room is compared."""
    if not chart.rows:
        return nothing(chart.title, language)
    multiples = [min(_multiple(one), _MOST) for one in chart.rows]
    end = max(Decimal("1.25"), *multiples)
    shapes = []
    for at, one in enumerate(chart.rows):
        shapes.extend(_row(one, multiples[at], end, at * _ROW, language))
    return svg(_ROW * len(chart.rows), chart.title, _told(chart), language, shapes)


def _multiple(one: Bullet) -> Decimal:
    if one.limit > 0:
        return max(one.value, Decimal(0)) / one.limit
    return _MOST if one.value > one.limit else Decimal(0)


def _row(one: Bullet, multiple: Decimal, end: Decimal, top: int, language: Language) -> list[Markup]:
    y, tick, reached = top + _TRACK_TOP, WIDTH / end, WIDTH * multiple / end
    shapes = [
        text(0, top + 11, fitted(one.name.of(language), Decimal(WIDTH))),
        rect(0, y, WIDTH, _TRACK, PALE, kind="track"),
        rect(0, y, min(reached, tick) if not one.at_least else reached, _TRACK, DEEP, kind="value"),
    ]
    if one.is_breach:
        low, high = (reached, tick) if one.at_least else (tick, reached)
        shapes.append(rect(low, y, high - low, _TRACK, PAPER, kind="breach", stroke=ALARM, thick=Decimal("1.4")))
        shapes.append(hatched(low, Decimal(y), high - low, Decimal(_TRACK), ALARM))
    if _multiple(one) > _MOST:
        shapes.append(text(WIDTH - 1, y + 10, "▶", size=SMALL, anchor="end"))
    shapes.append(line(tick, y - 3, tick, y + _TRACK + 3, stroke=INK, thick=3, kind="limit"))
    state = (_BELOW if one.at_least else _ABOVE).of(language) if one.is_breach else _WITHIN.of(language)
    marked = f"▲ {state}" if one.is_breach else state
    bound = Words("minimum", "下限") if one.at_least else Words("limit", "限额")
    figures = f"{one.written_value}  ·  {bound.of(language)} {one.written_limit}"
    line_y = y + _TRACK + 14
    shapes.append(text(0, line_y, marked, size=SMALL, bold=one.is_breach, fill=ALARM if one.is_breach else SOFT))
    room = WIDTH - width_of(marked, SMALL) - 12
    shapes.append(text(WIDTH, line_y, fitted(figures, room, SMALL), size=SMALL, anchor="end"))
    return shapes


def _told(chart: Bullets) -> Words:
    broken = [one for one in chart.rows if one.is_breach]
    count = plain(len(broken))
    return Words(
        f"{len(chart.rows)} limits, {count} broken"
        + "".join(f"; {one.name.en}: {one.written_value}" for one in broken),
        f"共{len(chart.rows)}项限额，{count}项突破"
        + "".join(f"；{one.name.zh}：{one.written_value}" for one in broken),
    )
