"""The shape of a matrix: what is in one state at the beginning and in which state it is now.

Belongs here: the two-axis shape. Not here: states, or any number. A cell is the member ``M0>M1``; its denominator is
its row, so that the cells of a row add up to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from transforms import UNKNOWN

BETWEEN = ">"  # between the two parts of a member, and of the dimension's name


def matrix(table: Any, before: Any, now: Any, *, numerator: Any, befores: Sequence[str], nows: Sequence[str]) -> Any:
    """One number per cell: ``numerator``, an aggregate of ``table``, over its sum along the row.

    Declared cells are told even when empty: with 0, or null on an empty table. A row without anything in it has the
    denominator 0. Rows of the table that lack a state are in the row or column ``unknown``.
    """
    found = table.group_by(before=ibis.coalesce(before, UNKNOWN), now=ibis.coalesce(now, UNKNOWN)).aggregate(
        numerator=numerator, rows=table.count()
    )
    seen = table.aggregate(seen=table.count())
    lines = seen.select("seen", before=ibis.array(list(befores)).unnest())
    grid = lines.select("seen", "before", now=ibis.array(list(nows)).unnest())
    empty = grid.select(
        "before",
        "now",
        numerator=(grid.seen > 0).ifelse(ibis.literal(0), ibis.null()).cast(found.numerator.type()),
        rows=ibis.literal(0).cast("int64"),
    )
    together = ibis.union(found, empty)
    cells = together.group_by("before", "now").aggregate(numerator=together.numerator.sum(), rows=together.rows.sum())
    return cells.select(
        member=cells.before + BETWEEN + cells.now,
        position=_place(cells.before, befores) * (len(nows) + 1) + _place(cells.now, nows),
        numerator=cells.numerator,
        denominator=cells.numerator.sum().over(group_by=cells.before),
        rows=cells.rows,
    )


def _place(state: Any, states: Sequence[str]) -> Any:
    return ibis.cases(*((state == name, place) for place, name in enumerate(states)), else_=len(states))
