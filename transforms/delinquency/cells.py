"""The shapes of moved loans: everything that is asked of them is read from one table of cells.

Belongs here: the cells and the shapes made of them. Not here: states, or any number.

A cell is one combination of all the states that a loan was and is in. There are some hundred cells in a book of any
size, so that the loans of two dates are matched and summed once, whatever is asked: matrices, cures, migration rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from loantape.declare import Figures, Part
from transforms import UNKNOWN, where
from transforms.shapes import only, rows_behind, shaped, with_members

BETWEEN = ">"  # between the two parts of a member, and of the dimension's name


@dataclass(frozen=True)
class Cells:
    """The rows of a table by several states at once. ``axes`` are texts of the table by name, never null."""

    table: Any
    axes: Mapping[str, Any]

    def part(self, measures: Mapping[str, Any]) -> Part:
        """What is summed per cell: a column for each axis, the measures, ``rows``."""
        return Part(self.table, self.axes, measures)

    def rows(self) -> Any:
        """The table with a column for each axis."""
        return self.table.mutate(**self.axes)


def matrix(cells: Cells, before: str, now: str, value: Any, *, befores: Sequence[str], nows: Sequence[str]) -> Figures:
    """One number per pair of states, the member ``M0>M1``, over the sum along its row, so that a row adds up to 1.

    ``value`` is what a row counts with, None for 1. Declared pairs are told even when empty: with 0, or null without
    any rows. A row of the matrix without anything in it has the denominator 0.
    """

    def finish(found: Any) -> Any:
        split = found.select(before=found[before], now=found[now], numerator=_summed(found, value), rows=found.rows)
        seen = split.aggregate(seen=split.rows.sum())
        lines = seen.select("seen", before=ibis.array(list(befores)).unnest())
        grid = lines.select("seen", "before", now=ibis.array(list(nows)).unnest())
        empty = grid.select(
            "before",
            "now",
            numerator=(grid.seen > 0).ifelse(ibis.literal(0), ibis.null()).cast(split.numerator.type()),
            rows=ibis.literal(0).cast("int64"),
        )
        together = ibis.union(split, empty)
        pairs = together.group_by("before", "now").aggregate(
            numerator=together.numerator.sum(), rows=together.rows.sum()
        )
        return pairs.select(
            member=pairs.before + BETWEEN + pairs.now,
            position=_place(pairs.before, befores) * (len(nows) + 1) + _place(pairs.now, nows),
            numerator=pairs.numerator,
            denominator=pairs.numerator.sum().over(group_by=pairs.before),
            rows=pairs.rows,
        )

    def behind(one: str | None) -> tuple[Any, ...]:
        rows = cells.rows()
        worth = ibis.literal(1) if value is None else value
        pair = rows[before] + BETWEEN + rows[now]
        if one is None:
            return (rows_behind(rows, pair, worth, worth),)
        of_line = rows.filter(rows[before] == one.split(BETWEEN)[0])
        return (rows_behind(of_line, one, ibis.cases((pair == one, worth)), worth),)

    return Figures((cells.part(_measures(value)),), finish, behind)


def part_of(
    cells: Cells,
    value: Any,
    *,
    keep: Callable[[Any], Any],
    holds: Callable[[Any], Any],
    member: str = "",
    members: Sequence[str] = (),
) -> Figures:
    """Of the cells that ``keep`` keeps, the part for which ``holds``: in all, or per state of the axis ``member``.

    Both are conditions on the axes. ``value`` is what a row counts with, None for 1. Where ``holds`` is null it is not
    known: the row counts in no numerator but stays in the whole.
    """

    def finish(found: Any) -> Any:
        kept = found.filter(keep(found))
        worth = _summed(kept, value)
        return _finished(kept, member, members, where(holds(kept), worth).sum(), worth.sum())

    def behind(one: str | None) -> tuple[Any, ...]:
        rows = cells.rows()
        kept = rows.filter(keep(rows))
        worth = ibis.literal(1) if value is None else value
        return (only(rows_behind(kept, kept[member] if member else "", where(holds(kept), worth), worth), one),)

    return Figures((cells.part(_measures(value)),), finish, behind)


def over(
    cells: Cells, numerator: Any, denominator: Any, *, keep: Callable[[Any], Any], member: str, members: Sequence[str]
) -> Figures:
    """Per state of an axis, the sum of one amount over the sum of another, of the cells that ``keep`` keeps."""

    def finish(found: Any) -> Any:
        kept = found.filter(keep(found))
        return _finished(kept, member, members, kept.numerator.sum(), kept.denominator.sum())

    def behind(one: str | None) -> tuple[Any, ...]:
        rows = cells.rows()
        kept = rows.filter(keep(rows))
        return (only(rows_behind(kept, kept[member], numerator, denominator), one),)

    measures = {"numerator": numerator.sum(), "denominator": denominator.sum()}
    return Figures((cells.part(measures),), finish, behind)


def is_known(state: Any, condition: Any) -> Any:
    """A condition on a state; null where the state is unknown."""
    return ibis.cases((state != UNKNOWN, condition))


def _finished(kept: Any, member: str, members: Sequence[str], numerator: Any, denominator: Any) -> Any:
    measures = {"numerator": numerator, "denominator": denominator}
    if not member:
        return shaped(kept.aggregate(**measures, rows=ibis.coalesce(kept.rows.sum(), ibis.literal(0))))
    found = kept.group_by(member=kept[member]).aggregate(**measures, rows=kept.rows.sum())
    return shaped(with_members(found.select("member", *measures, "rows"), members), members)


def _measures(value: Any) -> dict[str, Any]:
    return {} if value is None else {"numerator": value.sum()}


def _summed(found: Any, value: Any) -> Any:
    return found.rows if value is None else found.numerator


def _place(state: Any, states: Sequence[str]) -> Any:
    return ibis.cases(*((state == name, place) for place, name in enumerate(states)), else_=len(states))
