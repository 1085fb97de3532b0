"""Which conditions are asked in one scan of the rows, and which in scans of their own.

Belongs here: choosing, from a look at the first rows. Not here: the SQL of a scan (``asking``) or of a condition
(``failing``). A wrong guess costs time and nothing else.

Where some condition on one column holds nowhere in the rows looked at, DuckDB mostly skips whole row groups by their
statistics and reads the rest of the columns nowhere: such a condition gets a scan of its own. The others read whole
columns anyway. Eight of them that share columns, in one scan, cost two thirds of what they cost apart: 75 conditions on
ten million rows took 2.9 s of processor time instead of 4.4; with more than eight in a scan it became more again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from loantape.checking.failing import ROW_ALIAS, All, Condition, Leaf, render
from loantape.checking.size import is_large

_LOOKED_AT = 6_000  # rows
_SIZE = 8  # conditions in a scan
_OFTEN = 0.02  # of the rows: what holds on so many is listed quicker by a scan of its own
_SAMPLE = "check_sample"


@dataclass(frozen=True)
class Arranged:
    """``alone`` are numbers of conditions with a scan each, ``together`` of those that share one.

    ``share`` is on which part of the rows looked at a condition, by its SQL, was true.
    """

    alone: tuple[int, ...]
    together: tuple[tuple[int, ...], ...] = ()
    share: Mapping[str, float] = field(default_factory=dict)


def arranged(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    rows: int,
    conditions: Mapping[int, Condition],
    columns: Mapping[int, frozenset[str]],
    known: Mapping[str, str],
) -> Arranged:
    """How numbered conditions on a relation are best asked; ``columns`` are those that each looks at."""
    if not is_large(rows) or not conditions:
        return Arranged(tuple(conditions))
    parts = {number: _parts(condition, known) for number, condition in conditions.items()}
    whole = {number: render(condition, known) for number, condition in conditions.items()}
    asked = list(dict.fromkeys([*(sql for one in parts.values() for sql in one), *whole.values()]))
    read = sorted({name for number in conditions for name in columns[number]})
    share = _share(con, relation, read, asked)
    if share is None:
        return Arranged(tuple(conditions))
    alone = [
        number
        for number in conditions
        if share[whole[number]] > _OFTEN or any(skips and not share[sql] for sql, skips in parts[number].items())
    ]
    others = [number for number in conditions if number not in set(alone)]
    return Arranged(tuple(alone), tuple(_clusters(others, columns)), share)


def _parts(condition: Condition, known: Mapping[str, str]) -> dict[str, bool]:
    """The SQL of what must all be true, and whether DuckDB can tell from statistics alone that it is nowhere."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    return {render(part, known): isinstance(part, Leaf) and (part.skips or part.wide in known) for part in parts}


def _share(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str], asked: Sequence[str]
) -> Mapping[str, float] | None:
    """On which share of the first rows each condition is true; None where a sum does not fit into 64 bits."""
    listed = ", ".join(f'"{name}"' for name in columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_SAMPLE} AS SELECT {listed} FROM {relation} LIMIT {_LOOKED_AT}")
    counts = ", ".join(f"count(*) FILTER (WHERE {sql})" for sql in asked)
    try:
        row = con.execute(f"SELECT count(*), {counts} FROM {_SAMPLE} AS {ROW_ALIAS}").fetchone()
    except duckdb.OutOfRangeException:
        return None
    finally:
        con.execute(f"DROP TABLE {_SAMPLE}")
    every, *true = row or (0,)
    return {sql: count / max(1, every) for sql, count in zip(asked, true, strict=True)}


def _clusters(numbers: Sequence[int], columns: Mapping[int, frozenset[str]]) -> list[tuple[int, ...]]:
    """Numbers in groups that read few columns together, begun by the one that reads most."""
    left, clusters = list(numbers), []
    while left:
        cluster = [max(left, key=lambda number: len(columns[number]))]
        left.remove(cluster[0])
        read = set(columns[cluster[0]])
        while left and len(cluster) < _SIZE:
            nearest = min(left, key=lambda number: len(columns[number] - read) - 2 * len(columns[number] & read))
            left.remove(nearest)
            cluster.append(nearest)
            read |= columns[nearest]
        clusters.append(tuple(cluster))
    return clusters
