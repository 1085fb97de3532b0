"""What changed since the period before: figures, limits that were broken or mended, findings.

Belongs here: comparing this submission's numbers with those of the latest earlier period. Not here: indicators that are
movements themselves (roll rates, charge-offs of the month); those are measured like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from loantape.declare import Period
from templates.report import labels, layout
from templates.report.facts import Earlier, Facts, Measured
from templates.report.figures import Figures, spell
from templates.report.words import Words, percent, plain, same

_MOST = 8  # ratios that moved most, besides the figures of the summary
_POINTS = Words("points", "个百分点")
_BROKEN, _MENDED = Words("newly broken", "新突破"), Words("no longer broken", "已恢复")


@dataclass(frozen=True)
class Change:
    """One figure then and now; texts are None where there was or is no number. ``by`` is the difference."""

    code: str
    words: Words
    member: Words
    then: Words | None
    now: Words | None
    by: Words | None


@dataclass(frozen=True)
class Changes:
    """This period against ``period``, the latest one before it, and which submission that was."""

    period: str
    version: int
    content_sha256: str
    summary: tuple[Change, ...]  # the figures of the summary
    moved: tuple[Change, ...]  # the ratios that moved most, the largest move first
    limits: tuple[tuple[Words, Words, Words], ...]  # indicator, member, what became of its limit
    findings: tuple[tuple[Words, int, int], ...]  # severity, then, now


def changes(facts: Facts, figures: Figures) -> Changes | None:
    """None where no earlier period is known."""
    if not facts.earlier:
        return None
    before = facts.earlier[-1]
    then = {(one.code, one.member): one for one in before.measured}
    now = {(one.code, one.member): one for one in facts.measured}
    summary = [
        _change(figures, tile.words, one, then.get((one.code, one.member)))
        for tile in layout.TILES
        if (one := figures.largest(tile.code) if tile.largest else figures.total(tile.code)) is not None
    ]
    told = {tile.code for tile in layout.TILES}
    moved = sorted(
        (
            (abs(one.value - was.value), one, was)
            for key, one in now.items()
            if not one.dimension
            and one.unit == "fraction"
            and one.code not in told
            and one.value is not None
            and (was := then.get(key)) is not None
            and was.value is not None
            and was.value != one.value
        ),
        key=lambda row: (-row[0], row[1].code),
    )
    return Changes(
        period=str(Period(before.period)),
        version=before.version,
        content_sha256=before.content_sha256,
        summary=tuple(summary),
        moved=tuple(_change(figures, figures.name(one.code), one, was) for _, one, was in moved[:_MOST]),
        limits=tuple(_limits(figures, then, now)),
        findings=tuple(_findings(facts, before)),
    )


def _change(figures: Figures, words: Words, one: Measured, was: Measured | None) -> Change:
    by = None
    if was is not None and was.value is not None and one.value is not None:
        by = _difference(one, one.value - was.value, was.value)
    return Change(
        code=one.code,
        words=words,
        member=figures.member(one.code, one.member) if one.member else same(""),
        then=None if was is None else spell(was.code, was.value, was.unit),
        now=spell(one.code, one.value, one.unit),
        by=by,
    )


def _difference(one: Measured, by: Decimal, was: Decimal) -> Words:
    """Ratios in percentage points, indexes as they are, amounts and counts as a part of what they were."""
    sign = "+" if by > 0 else ""
    if labels.is_index(one.code):
        return same(f"{sign}{plain(by, labels.INDEX_PLACES)}")
    if one.unit in ("fraction", "percent"):
        text = f"{sign}{plain(by * 100 if one.unit == 'fraction' else by, 2)}"
        return Words(f"{text} {_POINTS.en}", f"{text}{_POINTS.zh}")
    if was == 0:
        return same(f"{sign}{plain(by)}")
    return same(f"{sign}{percent(by / abs(was))}")


def _limits(
    figures: Figures, then: Mapping[tuple[str, str], Measured], now: Mapping[tuple[str, str], Measured]
) -> list[tuple[Words, Words, Words]]:
    told = []
    for key in dict.fromkeys([*now, *then]):
        was, is_ = _broken(then.get(key)), _broken(now.get(key))
        if was != is_:
            code, member = key
            told.append(
                (figures.name(code), figures.member(code, member) if member else same(""), _BROKEN if is_ else _MENDED)
            )
    return told


def _broken(one: Measured | None) -> bool:
    return one is not None and one.held is not None and bool(one.held.is_breached)


def _findings(facts: Facts, before: Earlier) -> list[tuple[Words, int, int]]:
    return [
        (words, before.findings.get(severity, 0), facts.findings(severity))
        for severity, words in labels.SEVERITY.items()
    ]
