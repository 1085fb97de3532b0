"""Measuring: every indicator of the lender's jurisdiction, computed on one submission and written down with its parts.

Belongs here: what is asked in which order, the ``indicators`` table. Not here: what any number means (``transforms``),
how many are asked at once (``plan``). Ibis is the compiler only; the statements run on the connection that is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from loantape.declare import Indicator, Lender, Period
from loantape.measure.asking import ask
from loantape.measure.blame import IndicatorCrashed
from loantape.measure.marts import made
from loantape.measure.plan import Compiled, together
from loantape.measure.tables import HISTORY, INDICATORS, NO_PAST, Past, Tables, views
from loantape.measure.values import COLUMNS, Measured, limit_of, row
from loantape.progress import Progress, Task

__all__ = ["IndicatorCrashed", "Past", "measure"]


def measure(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    indicators: Sequence[Indicator],
    progress: Progress,
    past: Past = NO_PAST,
) -> int:
    """Create the table ``indicators`` and return its number of rows: at least one for each indicator that applies.

    Rows are in order of code, then as the indicator tells its members. Indicators of another jurisdiction are left out.
    A value is the numerator, or numerator over denominator as both are stored, rounded half up to ten decimals; it is
    null only with a reason. Those that read ``history_indicators`` are asked last and see what the others gave. Raises
    IndicatorCrashed naming the indicator; nothing is written then.
    """
    applying = sorted(
        (one for one in indicators if not one.jurisdictions or lender.jurisdiction in one.jurisdictions),
        key=lambda one: one.code,
    )
    kinds = {kind for (kind,) in con.execute("SELECT DISTINCT lender_type FROM tape_institution").fetchall() if kind}
    asked = together(applying)
    found: list[tuple[Any, ...]] = []
    with progress.step(f"measure {lender.name} {period}", "计算指标", total=len(applying)) as task:
        for last in (False, True):
            now = [one for one in asked if (HISTORY + INDICATORS in one.read) is last]
            with _measured(con, found, period) as own:
                found += _ask(con, now, period, kinds, past, {**own} if last else {}, task)
    found.sort(key=lambda one: str(one[0]))  # stable: members stay in the order they are told in
    with _table_of(con, found) as measured:
        con.execute(f"CREATE OR REPLACE TABLE indicators AS SELECT * FROM {measured}")
    return len(found)


def _ask(
    con: duckdb.DuckDBPyConnection,
    asked: Sequence[Compiled],
    period: Period,
    kinds: set[str],
    past: Past,
    own: Mapping[str, str],
    task: Task,
) -> list[tuple[Any, ...]]:
    """Rows of ``indicators`` in the order of ``asked``: those that lack an earlier period say so, and are not asked."""
    tables, possible = Tables(), []
    for one in asked:
        if past.lacks(one.read) is None:
            possible.append(one)
            tables.read |= one.read
            tables.grains |= one.tables.grains
    marts = [name.removeprefix(HISTORY) for name in tables.read if name.startswith(HISTORY)]
    with made(con, marts, period) as relations, views(con, tables, past, {**relations, **own}):
        told = dict(zip((one.indicator.code for one in possible), ask(con, possible, task), strict=True))
    found: list[tuple[Any, ...]] = []
    for one in asked:
        limit, missing = limit_of(one.indicator, period, kinds), [Measured("", 0, None, None, 0, past.lacks(one.read))]
        found.extend(row(one.indicator, each, limit) for each in told.get(one.indicator.code, missing))
    return found


@contextmanager
def _table_of(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    """Rows of ``indicators`` as a relation for as long as this lasts."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, COLUMNS, strict=True)]
    con.register("measured", pa.Table.from_arrays(arrays, schema=COLUMNS))
    try:
        yield "measured"
    finally:
        con.unregister("measured")


@contextmanager
def _measured(
    con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]], period: Period
) -> Iterator[dict[str, str]]:
    """What was measured so far, as this period's rows of the mart of indicators."""
    with _table_of(con, rows) as measured:
        yield {INDICATORS: f"(SELECT DATE '{period.date}' AS period, * FROM {measured})"}
