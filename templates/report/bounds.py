"""Limits beside what they bound: how much room is left.

Belongs here: comparing a measured number with the limit in force. Not here: the limits (schemas/limits) or the numbers
(transforms). A limit that does not apply and a number that is missing are said in words; neither is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from markupsafe import Markup

from loantape.declare import Limit
from loantape.errors import DeclarationError
from loantape.limits import LimitTable
from templates.report import charts, layout
from templates.report.charts import NO_SHAPE
from templates.report.facts import Facts
from templates.report.figures import NOT_MEASURED, Figures
from templates.report.words import Words, percent

_KIND_UNKNOWN = Words("the tape does not say what kind of lender this is", "报送数据未说明机构类型")
_NOT_IN_FORCE = Words("no such limit for this kind of lender on this date", "该日对此类机构无此项限额")
_WITHIN = Words("within", "未超限")
_EXCEEDED = Words("above", "超限")


@dataclass(frozen=True)
class Bound:
    """One limit and what it bounds. ``state`` says how they compare or why they cannot; texts are None when unknown."""

    words: Words
    state: Words
    bound: str | None = None
    measured: str | None = None
    headroom: str | None = None
    member: Words | None = None
    is_exceeded: bool = False
    limit: Limit | None = None
    svg: Markup = NO_SHAPE


def bounds(facts: Facts, figures: Figures, limits: LimitTable) -> list[Bound]:
    """One line per limit of the layout. Raises DeclarationError when the layout names a limit that does not exist."""
    return [_bound(line, facts, figures, limits) for line in layout.LIMITS]


def _bound(line: layout.LimitLine, facts: Facts, figures: Figures, limits: LimitTable) -> Bound:
    limits.series(line.limit)
    one = figures.largest(line.code) if line.largest else figures.total(line.code)
    measured = None if one is None or one.value is None else percent(one.value)
    kind = facts.submission.lender_type
    if kind is None:
        return Bound(line.words, _KIND_UNKNOWN, measured=measured)
    try:
        limit = limits.value(line.limit, facts.submission.period, kind)
    except DeclarationError:
        return Bound(line.words, _NOT_IN_FORCE, measured=measured)
    told = Bound(line.words, NOT_MEASURED, percent(limit.value), measured, limit=limit)
    if one is None:
        return told
    if one.value is None:
        return replace(told, state=figures.reason(one))
    is_exceeded = one.value > limit.value
    return replace(
        told,
        state=_EXCEEDED if is_exceeded else _WITHIN,
        is_exceeded=is_exceeded,
        headroom=percent(limit.value - one.value),
        member=figures.member(line.code, one.member) if one.member else None,
        svg=charts.bullet(one.value, limit.value, line.words),
    )
