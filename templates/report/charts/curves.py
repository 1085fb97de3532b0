"""Curves over a count of months: what became of loans of the same age.

Belongs here: several lines on one scale from zero, the youngest drawn strongest and named at their ends. Not here: what
a vintage is (transforms).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    GRID,
    INK,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    line,
    nothing,
    polyline,
    rect,
    shade,
    svg,
    text,
    tick_text,
    ticks,
    width_of,
)
from templates.report.words import Language, Words, percent

_AREA = 190
_TOP = 16
_NAMED = 6  # the youngest curves; more than these cannot be told apart, the table has them all
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 4")
_LINE = 12
_OLDER = "#aab5c1"
_ALL_ZERO = Words("every value is 0", "各期均为0")
_GREY = Words("grey: older", "灰线：更早")

Place = Callable[[int, Decimal], tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Curve:
    """One line: ``points`` are (months, share between 0 and 1), None where there is no number."""

    name: Words
    points: tuple[tuple[int, Decimal | None], ...]


@dataclass(frozen=True)
class Curves:
    """Lines in order of age, the oldest first; ``x_name`` says what is counted along the axis."""

    title: Words
    x_name: Words
    curves: tuple[Curve, ...]


def draw_curves(chart: Curves, language: Language) -> Markup:
    """Every line on one scale; a line that lacks a number is broken there, a single point is a small square."""
    known = [value for one in chart.curves for _, value in one.points if value is not None]
    if not known:
        return nothing(chart.title, language)
    if not any(known):
        return nothing(chart.title, language, _ALL_ZERO)
    scale, months = ticks(max(known)), [at for one in chart.curves for at, value in one.points if value is not None]
    first, last = min(months), max(max(months), min(months) + 1)
    named = _named_of(chart.curves)
    names = {id(one): fitted(one.name.of(language), Decimal(90), SMALL) for one in named}
    left = max(width_of(tick_text(value, scale), SMALL) for value in scale) + 6
    right = WIDTH - max(width_of(name, SMALL) for name in names.values()) - 14
    base = Decimal(_TOP + _AREA)

    def place(at: int, value: Decimal) -> tuple[Decimal, Decimal]:
        return left + (right - left) * (at - first) / (last - first), base - max(value, Decimal(0)) / scale[-1] * _AREA

    shapes = []
    for value in scale:
        y = place(first, value)[1]
        shapes.append(line(left, y, right, y, stroke=INK if value == 0 else GRID, kind="tick"))
        shapes.append(text(left - 5, y + 4, tick_text(value, scale), size=SMALL, anchor="end", fill=SOFT))
    for at in _marks(first, last):
        x = place(at, Decimal(0))[0]
        shapes.append(line(x, base, x, base + 4, stroke=INK))
        shapes.append(text(x, base + 15, str(at), size=SMALL, anchor="middle", fill=SOFT))
    shapes.append(
        text(
            (left + right) / 2,
            base + 29,
            fitted(chart.x_name.of(language), right - left, SMALL),
            size=SMALL,
            anchor="middle",
            fill=SOFT,
        )
    )
    if len(named) < len(chart.curves):
        shapes.append(text(left + 4, _TOP - 5, _GREY.of(language), size=SMALL, fill=SOFT))
    ends = []
    for one in chart.curves:
        if id(one) not in names:
            shapes.extend(_drawn(one, place, _OLDER, "", Decimal("1.2")))
    for nth, one in enumerate(named):
        colour = shade(nth + len(named), 2 * len(named))
        shapes.extend(_drawn(one, place, colour, _DASHES[len(named) - 1 - nth], Decimal("1.8")))
        end = [(at, value) for at, value in one.points if value is not None][-1]
        x, y = place(*end)
        shapes.append(rect(x - 2, y - 2, 4, 4, colour, kind="end"))
        ends.append(((x, y), names[id(one)]))
    shapes.extend(_ends(ends, right, base))
    return svg(int(base) + 34, chart.title, _told(chart, named), language, shapes)


def _drawn(one: Curve, place: Place, colour: str, dash: str, thick: Decimal) -> list[Markup]:
    """The pieces of a line between its gaps."""
    pieces: list[list[tuple[Decimal, Decimal]]] = [[]]
    for at, value in sorted(one.points, key=lambda point: point[0]):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(place(at, value))
    return [
        rect(piece[0][0] - 2, piece[0][1] - 2, 4, 4, colour, kind="point")
        if len(piece) == 1
        else polyline(piece, stroke=colour, thick=thick, dash=dash, kind="curve")
        for piece in pieces
        if piece
    ]


def _named_of(curves: Sequence[Curve]) -> list[Curve]:
    """The youngest curves that are lines, or where none is one, the youngest points."""
    sizes = [(one, sum(1 for _, value in one.points if value is not None)) for one in curves]
    lines = [one for one, size in sizes if size > 1]
    return (lines or [one for one, size in sizes if size])[-_NAMED:]


def _ends(ends: Sequence[tuple[tuple[Decimal, Decimal], str]], right: Decimal, base: Decimal) -> list[Markup]:
    """Names at the right edge, moved apart where they would touch, each with a dotted line from its curve's end."""
    ordered = sorted(ends, key=lambda end: (end[0][1], end[1]))
    places, lowest = [], Decimal(_TOP)
    for (_, y), _ in ordered:
        places.append(max(y, lowest))
        lowest = places[-1] + _LINE
    highest = base
    for nth in range(len(places) - 1, -1, -1):  # what was pushed below the axis moves up again, and what is in its way
        places[nth] = min(places[nth], highest)
        highest = places[nth] - _LINE
    shapes = []
    for ((x, y), name), at in zip(ordered, places, strict=True):
        shapes.append(line(x + 4, y, right + 8, at, stroke=SOFT, thick=Decimal("0.7"), dash="1 3", kind="leader"))
        shapes.append(text(right + 11, at + 4, name, size=SMALL, fill=INK))
    return shapes


def _marks(first: int, last: int) -> range:
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if (last - first) / step <= 12)
    return range(first - first % step + (step if first % step else 0), last + 1, step)


def _told(chart: Curves, named: Sequence[Curve]) -> Words:
    told = []
    for one in named:
        at, value = [(at, value) for at, value in one.points if value is not None][-1]
        told.append((one.name, at, percent(value)))
    return Words(
        f"{len(chart.curves)} curves; last values: "
        + "; ".join(f"{name.en} {share} at {at}" for name, at, share in told),
        f"共{len(chart.curves)}条曲线；最近数值："
        + "；".join(f"{name.zh}第{at}个月{share}" for name, at, share in told),
    )
