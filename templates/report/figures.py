"""Indicators as shown: each number spelled, named, charted, and explained where it is missing.

Belongs here: joining measured numbers with their declarations and the layout. Not here: reading them (facts.py), limits
(bounds.py), rules (rulebook.py). An indicator that the layout does not bind still appears in its topic's table and in
the full list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from markupsafe import Markup

from loantape.declare import Indicator
from templates.report import charts, layout
from templates.report.charts import NO_SHAPE
from templates.report.facts import Facts, Measured
from templates.report.words import Words, compact, exact, money, percent, plain, same
from transforms.members import words_of

_TOP = 10
_COMPACT_FROM = Decimal(1_000_000)
NOT_MEASURED = Words("not measured for this submission", "本次提交未计算该指标")
_NO_REASON = Words("no reason recorded", "未记录原因")


@dataclass(frozen=True)
class Figure:
    """One measured number as shown.

    ``short`` is for headlines, ``share`` its part of a panel's whole, ``amount`` what it counts or sums; ``numerator``
    and ``denominator`` are of ratios only; ``reason`` says why a ``value`` is None.
    """

    code: str
    name: Words
    member: Words
    value: Words | None
    short: Words | None
    share: str | None
    amount: str | None
    numerator: str | None
    denominator: str | None
    rows: str | None
    reason: Words | None
    bar: Markup = NO_SHAPE


@dataclass(frozen=True)
class Chart:
    """A panel ready to print: a row is a member with one figure per code; ``more`` members are not listed."""

    kind: str
    words: Words
    captions: tuple[Words, ...]
    member_name: Words
    codes: tuple[str, ...]
    series: tuple[Words, ...]
    rows: tuple[tuple[Words, tuple[Figure | None, ...]], ...]
    apart: tuple[tuple[Words, Figure], ...]
    more: int
    missing: tuple[str, ...]
    svg: Markup


class Figures:
    """Every indicator of a submission, by what the page asks for."""

    def __init__(self, facts: Facts, indicators: Mapping[str, Indicator]) -> None:
        self._facts, self._indicators = facts, indicators
        self._by_code: dict[str, list[Measured]] = {}
        for one in facts.measured:
            self._by_code.setdefault(one.code, []).append(one)

    @cached_property
    def tiles(self) -> list[Figure]:
        """The figures of the summary in the order of the layout: all that are meant for this jurisdiction."""
        return [self._tile(tile) for tile in layout.TILES if self._is_ours(tile.code)]

    def _tile(self, tile: layout.Tile) -> Figure:
        measured = self.largest(tile.code) if tile.largest else self.total(tile.code)
        if measured is not None:
            return self._figure(measured, name=tile.words)
        return Figure(tile.code, tile.words, same(""), None, None, None, None, None, None, None, NOT_MEASURED)

    def total(self, code: str) -> Measured | None:
        """The one number of a code without a dimension."""
        return next((one for one in self._by_code.get(code, ()) if not one.dimension), None)

    def largest(self, code: str) -> Measured | None:
        """The member with the largest value; one without a value (and its reason) only when none has one."""
        rows = self._by_code.get(code, [])
        valued = [one for one in rows if one.value is not None]
        return max(valued, key=lambda one: one.value or Decimal(0)) if valued else next(iter(rows), None)

    def charts(self, section: layout.Section) -> list[Chart]:
        """The panels of a section that have at least one measured code."""
        return [self._chart(panel) for panel in section.panels if self._is_measured(panel)]

    def unmeasured(self, section: layout.Section) -> list[Words]:
        """The panels that this submission gives no number for, although they are meant for its jurisdiction."""
        return [
            panel.words
            for panel in section.panels
            if not self._is_measured(panel) and any(self._is_ours(code) for code in panel.codes)
        ]

    def _is_ours(self, code: str) -> bool:
        """False only for an indicator that is declared for other jurisdictions."""
        declared, here = self._indicators.get(code), self._facts.submission.jurisdiction
        return code in self._by_code or declared is None or here in (declared.jurisdictions or (here,))

    def _is_measured(self, panel: layout.Panel) -> bool:
        return any(code in self._by_code for code in panel.codes)

    def totals(self, section: layout.Section) -> list[Figure]:
        """Every total of the section's topics, and the members of the codes that are told beside them."""
        return [
            _short_index(self._figure(one))
            for one in self._facts.measured
            if (layout.topic_of(one.code) in section.topics and not one.dimension) or one.code in section.also
        ]

    @cached_property
    def everything(self) -> list[tuple[str, Words, list[Figure]]]:
        """Every number there is, by code: the complete list behind all charts."""
        return [
            (code, self._name(code), [self._figure(one) for one in rows])
            for code, rows in sorted(self._by_code.items())
        ]

    @cached_property
    def methods(self) -> list[tuple[Indicator, bool]]:
        """Every indicator meant for this jurisdiction and whether it was measured."""
        return [(one, code in self._by_code) for code, one in sorted(self._indicators.items()) if self._is_ours(code)]

    @cached_property
    def undeclared(self) -> list[str]:
        """Codes that were measured but that no declaration explains any more."""
        return sorted(set(self._by_code) - set(self._indicators))

    def member(self, code: str, member: str) -> Words:
        """A member in words: a code by its meaning, a partner by its name, a name as it is."""
        dimension = next((one.dimension for one in self._by_code.get(code, ())), "")
        words = Words(*words_of(dimension, member))
        return words if words != same(member) else same(self._facts.partner_names.get(member, member))

    def reason(self, one: Measured) -> Words:
        """Why a number is null."""
        return layout.words_of(layout.NULL_REASONS, one.null_reason) if one.null_reason else _NO_REASON

    def _chart(self, panel: layout.Panel) -> Chart:
        codes = [code for code in panel.codes if code in self._by_code]
        named = dict(zip(panel.codes, panel.series, strict=True))
        found = {code: {one.member: one for one in self._by_code[code]} for code in codes}
        first = found[codes[0]]
        # Amounts are drawn as parts of one whole, the sum of the first code, so that several codes share a scale.
        whole = sum((one.value for one in first.values() if one.value is not None), Decimal(0))
        drawn = {code: {member: _share(one, whole) for member, one in found[code].items()} for code in codes}
        members = list(dict.fromkeys(one.member for code in codes for one in self._by_code[code]))
        if panel.kind == "bars":
            members.sort(key=lambda member: -(drawn[codes[0]].get(member) or Decimal(-1)))
        shown = [member for member in members if member not in panel.apart]
        listed = shown[:_TOP] if panel.kind == "bars" else shown
        highest = max((share for share in drawn[codes[0]].values() if share is not None), default=Decimal(0))

        def figure(code: str, member: str) -> Figure | None:
            if member not in found[code]:
                return None
            share = drawn[code][member]
            return replace(
                self._figure(found[code][member]),
                share=None if share is None else percent(share),
                bar=charts.bar(share, highest),
            )

        return Chart(
            kind=panel.kind,
            words=panel.words,
            captions=tuple(self._name(code) for code in codes),
            member_name=panel.member,
            codes=tuple(codes),
            series=tuple(named[code] for code in codes),
            rows=tuple(
                (self.member(codes[0], member), tuple(figure(code, member) for code in codes)) for member in listed
            ),
            apart=tuple((named[c], one) for member in panel.apart for c in codes if (one := figure(c, member))),
            more=len(shown) - len(listed),
            missing=tuple(code for code in panel.codes if code not in codes and self._is_ours(code)),
            svg=self._draw(panel, shown, [[drawn[code].get(member) for member in shown] for code in codes]),
        )

    def _draw(self, panel: layout.Panel, members: Sequence[str], shares: Sequence[Sequence[Decimal | None]]) -> Markup:
        if panel.kind == "columns":
            # under a column there is room for a short code only; the table beside has the words
            return charts.columns([same(member) for member in members], shares, panel.words)
        return charts.stack(shares[0], panel.words) if panel.kind == "stack" else NO_SHAPE

    def _figure(self, one: Measured, *, name: Words | None = None) -> Figure:
        spelled = None if one.value is None else _spell(one.code, one.value, one.unit)
        is_long = one.unit == "money" and one.value is not None and abs(one.value) >= _COMPACT_FROM
        return Figure(
            code=one.code,
            name=name or self._name(one.code),
            member=self.member(one.code, one.member),
            value=spelled,
            short=compact(one.value) if is_long and one.value is not None else spelled,
            share=None,
            amount=None
            if one.numerator is None
            else plain(one.numerator)
            if one.unit == "count"
            else money(one.numerator),
            numerator=None if one.numerator is None or one.denominator is None else exact(one.numerator),
            denominator=None if one.denominator is None else exact(one.denominator),
            rows=plain(one.rows),
            reason=None if one.value is not None else self.reason(one),
        )

    def _name(self, code: str) -> Words:
        """What an indicator is called: its first sentence. The method page gives the rest."""
        declared = self._indicators.get(code)
        if declared is None:
            return same(code)
        return Words(declared.en.split(". ")[0].rstrip("."), declared.zh.split("。")[0])


def _short_index(figure: Figure) -> Figure:
    """An index without its parts: sums of squares mean nothing to a reader and stay in the full list."""
    return replace(figure, numerator=None, denominator=None) if figure.code.endswith(layout.INDEX_SUFFIX) else figure


def _spell(code: str, value: Decimal, unit: str) -> Words:
    if code.endswith(layout.INDEX_SUFFIX):
        return same(plain(value, layout.INDEX_PLACES))
    if unit == "fraction":
        return same(percent(value))
    if unit == "percent":
        return same(f"{plain(value, 2)}%")
    return same(money(value) if unit == "money" else plain(value))


def _share(one: Measured, whole: Decimal) -> Decimal | None:
    """A ratio as it is; an amount as its part of the whole, None where there is no whole."""
    if one.value is None or one.unit == "fraction":
        return one.value
    return one.value / whole if whole > 0 else None
