"""Ratios read off the cells that are shown: for the market, for each member, beside their peers.

Belongs here: taking a declared figure from cells, percentiles among peers, concentration on partners. Not here: the
cells (``cells``, ``view``). A ratio of a hidden cell is not known here, so it cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from loantape.declare.market import MarketFigure
from loantape.privacy.tables import TOTAL, Key

HIDDEN, ZERO_DENOMINATOR, NOT_THERE = "hidden", "zero denominator", "no such cell"
_PLACES = Decimal("0.0000000001")
Values = Mapping[str, int]


@dataclass(frozen=True)
class Shown:
    """The shown cells of one table: key to measure to whole number; ``hidden`` are the others."""

    dimensions: tuple[str, ...]
    cells: Mapping[Key, Values]
    hidden: frozenset[Key]
    order: Sequence[str]  # of the members of all dimensions

    def value(self, measure: str, **members: str) -> int | str:
        """A measure of one cell, or why it is not known."""
        key = tuple(members.get(name, TOTAL) for name in self.dimensions)
        if key in self.hidden:
            return HIDDEN
        return self.cells[key][measure] if key in self.cells else NOT_THERE

    def members(self, dimension: str) -> Sequence[str]:
        """The members of a dimension, in order."""
        place = self.dimensions.index(dimension)
        found = {key[place] for key in (*self.cells, *self.hidden)} - {TOTAL}
        return [member for member in self.order if member in found]


@dataclass(frozen=True)
class Ratio:
    """One value of a figure: ``by`` a dimension and its member, or neither; a reason where it is null."""

    code: str
    by: str
    member: str
    numerator: int | None
    denominator: int | None
    reason: str | None

    @property
    def value(self) -> Fraction | None:
        """The exact ratio."""
        if self.reason or self.numerator is None or not self.denominator:
            return None
        return Fraction(self.numerator, self.denominator)


def ratios(figure: MarketFigure, tables: Mapping[str, Shown]) -> Sequence[Ratio]:
    """A figure for the market as a whole, then for every member of the dimensions it is told by."""
    table = tables[figure.table]
    found = [_ratio(figure, tables, "", "")] if not figure.is_share else []
    for by in figure.by:
        known = table.members(by)
        found += [_ratio(figure, tables, by, member) for member in known]
    return found


def _ratio(figure: MarketFigure, tables: Mapping[str, Shown], by: str, member: str) -> Ratio:
    table, (over, over_measure) = tables[figure.table], figure.over
    among = {by: member} if by else {}
    chosen = [{**among, figure.dimension: one} for one in figure.members] or [among]
    parts = [table.value(figure.measure, **one) for one in chosen]
    whole = tables[over].value(over_measure, **({} if figure.is_share else among))
    # a member that no cell has stands for nobody
    known = [0 if part == NOT_THERE else part for part in parts]
    numerator = None if any(isinstance(part, str) for part in known) else sum(int(part) for part in known)
    denominator = whole if isinstance(whole, int) else None
    reason = None
    if numerator is None or denominator is None:
        reason = HIDDEN
    elif not denominator:
        reason = ZERO_DENOMINATOR
    return Ratio(figure.code, by, member, numerator, denominator, reason)


@dataclass(frozen=True)
class Peer:
    """Where one lender's ratio stands: the fraction of the other lenders below it, equals counting half."""

    code: str
    lender: str
    value: Fraction
    below_fraction: Fraction


def peers(found: Sequence[Ratio]) -> Sequence[Peer]:
    """Every lender's place among those whose ratio is known; nothing where there is only one."""
    known = [(one, one.value) for one in found if one.by == "lender" and one.value is not None]
    if len(known) < 2:
        return []
    values = [value for _, value in known]
    return [
        Peer(
            one.code,
            one.member,
            value,
            Fraction(2 * sum(other < value for other in values) + sum(other == value for other in values) - 1)
            / (2 * (len(values) - 1)),
        )
        for one, value in known
    ]


def quantile(values: Sequence[Fraction], at: Fraction) -> Fraction:
    """The quantile of sorted or unsorted values, interpolated linearly between the two nearest (type 7)."""
    ordered = sorted(values)
    place = at * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Concentration:
    """How much hangs on few partners; fractions, None where a cell that is needed is hidden or there is no balance."""

    partners: int
    hhi: Fraction | None
    top: Mapping[int, Fraction | None]


def concentration(partners: Shown, measure: str, counts: Sequence[int]) -> Concentration:
    """HHI and the share of the largest partners in the balance made with partners.

    The sum of squares is told only where every partner's cell is shown: with two hidden ones it would give both away.
    The largest are told as far as they are certainly the largest: no hidden cell may be among them.
    """
    known = {one: partners.value(measure, partner=one) for one in partners.members("partner")}
    total, shown = partners.value(measure), [value for value in known.values() if isinstance(value, int)]
    everything = len(shown) == len(known)
    if not isinstance(total, int) or total <= 0:
        return Concentration(len(known), None, dict.fromkeys(counts))
    hhi = Fraction(sum(value * value for value in shown), total * total) if everything else None
    ordered = sorted(shown, reverse=True)
    rest = total - sum(shown)  # all hidden ones together: none of them alone is more
    top: dict[int, Fraction | None] = {}
    for count in counts:
        certain = everything or (len(ordered) >= count and ordered[count - 1] > rest)
        top[count] = Fraction(sum(ordered[:count]), total) if certain else None
    return Concentration(len(known), hhi, top)


def decimal(value: Fraction) -> Decimal:
    """Rounded half up to ten decimals."""
    with localcontext(prec=60):
        return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES, ROUND_HALF_UP)
