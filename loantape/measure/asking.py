"""Asks indicators of the open submission: their groups first, then all of them in few statements.

Belongs here: running the statements, and finding the one that fails among many. Not here: the statements (``plan``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from loantape.declare import Indicator
from loantape.measure.blame import NEXT_STEP, IndicatorCrashed, blamed
from loantape.measure.plan import Compiled, groups_of
from loantape.measure.values import Measured
from loantape.progress import Task

_FUSED = 48  # planning a UNION ALL grows faster than its branches do
# what asking many at once can end with that asking one by one explains
_WORTH_ASKING_AGAIN = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)


def ask(con: duckdb.DuckDBPyConnection, asked: Sequence[Compiled], task: Task) -> list[list[Measured]]:
    """What each indicator gives, in their order; the views of what they read are there. Raises IndicatorCrashed."""
    try:
        found = _together(con, asked, task)
    except _WORTH_ASKING_AGAIN:
        found = [_alone(con, one) for one in asked]  # names the one that crashes
    return [_in_order(one.indicator, rows) for one, rows in zip(asked, found, strict=True)]


def _together(con: duckdb.DuckDBPyConnection, asked: Sequence[Compiled], task: Task) -> list[list[Measured]]:
    found: list[list[Measured]] = [[] for _ in asked]
    with _groups(con, asked):
        for first in range(0, len(asked), _FUSED):
            batch = asked[first : first + _FUSED]
            statement = " UNION ALL ".join(
                f"SELECT {first + number} AS asked, * FROM ({one.statement}) AS told"
                for number, one in enumerate(batch)
            )
            for number, *row in con.execute(statement).fetchall():
                found[number].append(Measured(*row))
            task.advance(len(batch))
    return found


def _alone(con: duckdb.DuckDBPyConnection, asked: Compiled) -> list[Measured]:
    with blamed(f"indicator {asked.indicator.code}"):
        return [Measured(*row) for row in con.execute(asked.alone).fetchall()]


@contextmanager
def _groups(con: duckdb.DuckDBPyConnection, asked: Sequence[Compiled]) -> Iterator[None]:
    """The groups' temporary tables, for as long as this lasts."""
    made: list[str] = []
    try:
        for relation, statement in groups_of(asked).items():
            con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {statement}")
            made.append(relation)
        yield
    finally:
        for relation in made:
            con.execute(f"DROP TABLE temp.{relation}")


def _in_order(indicator: Indicator, rows: list[Measured]) -> list[Measured]:
    """As the indicator tells its members; one row without a number when it tells none."""
    if len({row.member for row in rows}) != len(rows):
        raise IndicatorCrashed(f"indicator {indicator.code} told a member twice", NEXT_STEP)
    return sorted(rows, key=lambda row: (row.position, row.member)) or [Measured("", 0, None, None, 0)]
