"""Indicators as shown: each number spelled, named, and explained where it is missing.

Belongs here: joining measured numbers with their declarations and the layout. Not here: reading them (facts.py), charts
(panels.py), limits (bounds.py), what changed (changes.py), rules (rulebook.py). An indicator that the layout does not
bind still appears in its topic's chapter and in the full list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from loantape.declare import Indicator, Period
from loantape.limits import LimitTable
from templates.report import labels, layout, panels
from templates.report.facts import Facts, Measured
from templates.report.words import Words, compact, exact, money, percent, plain, same
from transforms.members import words_of

_COMPACT_FROM = Decimal(1_000_000)
NOT_MEASURED = Words("not measured for this submission", "本次提交未计算该指标")
_NO_REASON = Words("no reason recorded", "未记录原因")


@dataclass(frozen=True)
class Figure:
    """One measured number as shown.

    ``short`` is for headlines, ``amount`` what it counts or sums; ``numerator`` and ``denominator`` are of ratios only;
    ``reason`` says why a ``value`` is None.
    """

    code: str
    name: Words
    member: Words
    value: Words | None
    short: Words | None
    amount: str | None
    numerator: str | None
    denominator: str | None
    rows: str | None
    reason: Words | None
    unit: str = ""


@dataclass(frozen=True)
class CapInForce:
    """A cap on the price of a loan that is in force on the reporting date for this kind of lender, percent a year."""

    words: Words
    at: Decimal
    source: str


class Figures:
    """Every indicator of a submission, by what the page asks for."""

    def __init__(self, facts: Facts, indicators: Mapping[str, Indicator], limits: LimitTable | None = None) -> None:
        self._facts, self._indicators, self._limits = facts, indicators, limits
        self._by_code = _by_code(facts.measured)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def of(self, code: str) -> Sequence[Measured]:
        """Every number of a code, in its own order; none where it was not measured."""
        return self._by_code.get(code, ())

    def total(self, code: str) -> Measured | None:
        """The one number of a code without a dimension."""
        return next((one for one in self.of(code) if not one.dimension), None)

    def largest(self, code: str) -> Measured | None:
        """The member with the largest value; one without a value (and its reason) only when none has one."""
        valued = [one for one in self.of(code) if one.value is not None]
        return max(valued, key=lambda one: one.value or Decimal(0)) if valued else next(iter(self.of(code)), None)

    @cached_property
    def periods(self) -> list[tuple[str, Mapping[str, Sequence[Measured]]]]:
        """Every period that is known, the oldest first and this one last, with its numbers by code."""
        past = [(_period(one.period), _by_code(one.measured)) for one in self._facts.earlier]
        return [*past, (_period(self._facts.submission.period), self._by_code)]

    @cached_property
    def caps(self) -> list[CapInForce]:
        """The caps of the layout that are in force for this kind of lender; none without a table of limits."""
        if self._limits is None:
            return []
        kind, on = self._facts.submission.lender_type, self._facts.submission.period
        return [
            CapInForce(words, one.value, f"{one.source} [{one.confidence}]")
            for name, words in layout.CAPS.items()
            for one in self._limits.in_force(name, on)
            if not one.lender_types or kind in one.lender_types
        ]

    # --- the page's parts --------------------------------------------------------------------------------------------

    @cached_property
    def tiles(self) -> list[Figure]:
        """The figures of the summary in the order of the layout: all that are meant for this jurisdiction."""
        return [self._tile(tile) for tile in layout.TILES if self.is_ours(tile.code)]

    def _tile(self, tile: layout.Tile) -> Figure:
        measured = self.largest(tile.code) if tile.largest else self.total(tile.code)
        if measured is not None:
            return replace(self.figure(measured), name=tile.words)
        return Figure(tile.code, tile.words, same(""), None, None, None, None, None, None, NOT_MEASURED)

    def views(self, section: layout.Section) -> list[panels.View]:
        """The panels of a section that have a measured code, then one for each other code that has members."""
        bound = [panel for panel in section.panels if self._is_measured(panel)]
        named = {code for panel in section.panels for code in panel.codes} | set(section.also)
        others = [
            layout.panel_for(code, self.name(code), rows[0].dimension)
            for code, rows in sorted(self._by_code.items())
            if code not in named and _has_members(rows) and labels.topic_of(code) in section.topics
        ]
        found = [panels.view(self, panel) for panel in (*bound, *others)]
        return [one for one in found if one is not None]

    def unmeasured(self, section: layout.Section) -> list[Words]:
        """The panels that this submission gives no number for, although they are meant for its jurisdiction."""
        return [
            panel.words
            for panel in section.panels
            if not self._is_measured(panel)
            and panel.kind != "over_time"
            and any(self.is_ours(code) for code in panel.codes)
        ]

    def is_ours(self, code: str) -> bool:
        """False only for an indicator that is declared for other jurisdictions."""
        declared, here = self._indicators.get(code), self._facts.submission.jurisdiction
        return code in self._by_code or declared is None or here in (declared.jurisdictions or (here,))

    def _is_measured(self, panel: layout.Panel) -> bool:
        return any(_has_members(self.of(code)) for code in panel.codes)

    def totals(self, section: layout.Section) -> list[Figure]:
        """Every total of the section's topics, and the members of the codes that are told beside them."""
        return [
            _short_index(self.figure(one))
            for one in self._facts.measured
            if (labels.topic_of(one.code) in section.topics and not one.member) or one.code in section.also
        ]

    @cached_property
    def everything(self) -> list[tuple[str, Words, list[Figure]]]:
        """Every number there is, by code: the complete list behind all charts."""
        return [
            (code, self.name(code), [self.figure(one) for one in rows]) for code, rows in sorted(self._by_code.items())
        ]

    @cached_property
    def methods(self) -> list[Indicator]:
        """The declaration of every indicator that this report has a number or a reason of, by code."""
        return [one for code, one in sorted(self._indicators.items()) if code in self._by_code]

    @cached_property
    def not_measured(self) -> list[str]:
        """The codes of indicators that are meant for this jurisdiction and were not measured."""
        return [code for code in sorted(self._indicators) if code not in self._by_code and self.is_ours(code)]

    @cached_property
    def undeclared(self) -> list[str]:
        """Codes that were measured but that no declaration explains any more."""
        return sorted(set(self._by_code) - set(self._indicators))

    # --- words -------------------------------------------------------------------------------------------------------

    def member(self, code: str, member: str) -> Words:
        """A member in words: a code by its meaning, a partner by its name, a name as it is, nothing as nothing.

        An indicator with a dimension has one number without a member where there was nothing to measure.
        """
        if not member:
            return same("")
        dimension = next((one.dimension for one in self.of(code)), "")
        words = Words(*words_of(dimension, member))
        return words if words != same(member) else same(self._facts.partner_names.get(member, member))

    def axis(self, code: str, nth: int, part: str) -> Words:
        """One half of a member of a matrix in words: of its first dimension (0) or its second (1)."""
        dimension = next((one.dimension for one in self.of(code)), "")
        words = Words(*words_of(dimension.split(layout.TWO_AXES)[nth], part))
        return words if words != same(part) else same(self._facts.partner_names.get(part, part))

    def reason(self, one: Measured) -> Words:
        """Why a number is null."""
        return labels.words_of(labels.NULL_REASONS, one.null_reason) if one.null_reason else _NO_REASON

    def figure(self, one: Measured) -> Figure:
        """A number spelled in every way that a page needs."""
        spelled = spell(one.code, one.value, one.unit)
        is_long = one.unit == "money" and one.value is not None and abs(one.value) >= _COMPACT_FROM
        return Figure(
            code=one.code,
            name=self.name(one.code),
            member=self.member(one.code, one.member),
            value=spelled,
            short=compact(one.value) if is_long and one.value is not None else spelled,
            amount=None
            if one.numerator is None
            else plain(one.numerator)
            if one.unit == "count"
            else money(one.numerator),
            numerator=None if one.numerator is None or one.denominator is None else exact(one.numerator),
            denominator=None if one.denominator is None else exact(one.denominator),
            rows=plain(one.rows),
            reason=None if one.value is not None else self.reason(one),
            unit=one.unit,
        )

    def name(self, code: str) -> Words:
        """What an indicator is called: its first sentence. The method page gives the rest."""
        declared = self._indicators.get(code)
        if declared is None:
            return same(code)
        return Words(declared.en.split(". ")[0].rstrip("."), declared.zh.split("。")[0])


def _by_code(measured: Sequence[Measured]) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {}
    for one in measured:
        found.setdefault(one.code, []).append(one)
    return found


def _has_members(rows: Sequence[Measured]) -> bool:
    return any(one.member for one in rows)


def _period(day: date) -> str:
    return str(Period(day))


def _short_index(figure: Figure) -> Figure:
    """An index without its parts: sums of squares mean nothing to a reader and stay in the full list."""
    return replace(figure, numerator=None, denominator=None) if labels.is_index(figure.code) else figure


def spell(code: str, value: Decimal | None, unit: str) -> Words | None:
    """A value in its unit; None where there is none."""
    if value is None:
        return None
    if labels.is_index(code):
        return same(plain(value, labels.INDEX_PLACES))
    if unit == "fraction":
        return same(percent(value))
    if unit == "percent":
        return same(f"{plain(value, 2)}%")
    return same(money(value) if unit == "money" else plain(value))
