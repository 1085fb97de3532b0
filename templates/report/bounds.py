"""Limits beside what they bound: how much room is left, and what is broken.

Belongs here: the numbers that were held against a limit when they were measured, ordered and drawn. Not here: the
limits (schemas/limits), which number is held against which one (its declaration), or the comparison (loantape). A
number that is missing is said in words and not passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from loantape.declare import Indicator
from templates.report import charts
from templates.report.charts import NO_SHAPE
from templates.report.facts import Facts, Held, Measured
from templates.report.figures import Figures, spell
from templates.report.words import Words, same

_TITLE = Words("Limits and headroom", "限额与余地")
_WITHIN = Words("within", "未超限")
_ABOVE = Words("above", "超过上限")
_BELOW = Words("below", "低于下限")
_NOT_IN_FORCE = Words("no such limit for this kind of lender on this date", "该日对此类机构无此项限额")
_AT_LEAST = "at least"
_MOST = 12  # rows of the picture; the table has all


@dataclass(frozen=True)
class Bound:
    """One number and the limit it is held against. ``state`` says how they compare or why they cannot.

    ``others`` counts the members of the same indicator that are within and have more room; they are not listed.
    """

    code: str
    words: Words
    member: Words
    state: Words
    measured: Words | None
    bound: Words | None
    headroom: Words | None
    is_breached: bool
    at_least: bool
    source: str
    others: int = 0


@dataclass(frozen=True)
class Bounds:
    """Every limit that bounds a number of this submission: the broken ones first, then the least room first.

    ``idle`` are indicators that name a limit which is not in force here.
    """

    lines: tuple[Bound, ...]
    idle: tuple[tuple[str, Words, Words], ...]
    picture: Markup

    @property
    def breaches(self) -> tuple[Bound, ...]:
        """What is on the wrong side of its limit."""
        return tuple(one for one in self.lines if one.is_breached)


def bounds(facts: Facts, figures: Figures, indicators: Mapping[str, Indicator]) -> Bounds:
    """Of an indicator with members: all members that break the limit, else the one with the least room."""
    chosen: list[tuple[Measured, Held, int]] = []
    held: dict[str, list[tuple[Measured, Held]]] = {}
    for one in facts.measured:
        if one.held is not None:
            held.setdefault(one.code, []).append((one, one.held))
    for rows in held.values():
        broken = [row for row in rows if row[1].is_breached]
        shown = broken or [min(rows, key=_room)]
        chosen.extend((*row, len(rows) - len(shown) if row is shown[-1] else 0) for row in shown)
    chosen.sort(key=lambda row: (not row[1].is_breached, _room(row[:2]), row[0].code, row[0].member))
    idle = [
        (code, figures.name(code), _NOT_IN_FORCE)
        for code, one in sorted(indicators.items())
        if one.limit and figures.of(code) and code not in held
    ]
    return Bounds(tuple(_line(figures, *row) for row in chosen), tuple(idle), _picture(figures, chosen))


def _room(row: tuple[Measured, Held]) -> Decimal:
    """Headroom as a part of the limit; what has no number comes last."""
    _, held = row
    if held.headroom is None:
        return Decimal("Infinity")
    return held.headroom / held.value if held.value else held.headroom


def _line(figures: Figures, one: Measured, held: Held, others: int) -> Bound:
    at_least = held.bound == _AT_LEAST
    broken = bool(held.is_breached)
    return Bound(
        code=one.code,
        words=figures.name(one.code),
        member=figures.member(one.code, one.member) if one.member else same(""),
        state=figures.reason(one) if one.value is None else (_BELOW if at_least else _ABOVE) if broken else _WITHIN,
        measured=spell(one.code, one.value, one.unit),
        bound=spell(one.code, held.value, one.unit),
        headroom=spell(one.code, held.headroom, one.unit),
        is_breached=broken,
        at_least=at_least,
        source=f"{held.source} [{held.confidence}]",
        others=others,
    )


def _picture(figures: Figures, chosen: list[tuple[Measured, Held, int]]) -> Markup:
    drawn = []
    for one, held, _ in chosen:
        measured, limit = spell(one.code, one.value, one.unit), spell(one.code, held.value, one.unit)
        if one.value is None or measured is None or limit is None:
            continue
        name, member = figures.name(one.code), figures.member(one.code, one.member) if one.member else None
        words = name if member is None else Words(f"{member.en}: {name.en}", f"{member.zh}：{name.zh}")
        drawn.append(
            charts.Bullet(words, one.value, held.value, measured.en, limit.en, at_least=held.bound == _AT_LEAST)
        )
    if not drawn:
        return NO_SHAPE
    return charts.both(charts.draw_bullets, charts.Bullets(_TITLE, tuple(drawn[:_MOST])))
