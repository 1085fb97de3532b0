"""Measuring: every indicator of the lender's jurisdiction, computed on one submission and written down with its parts.

Belongs here: compiling indicators, running them, the ``indicators`` table. Not here: what any number means
(``transforms``). Ibis is the compiler only; the statements run on the plain connection that is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from loantape.declare import Indicator, Lender, Period
from loantape.measure.blame import NEXT_STEP, IndicatorCrashed, blamed
from loantape.measure.marts import made
from loantape.measure.tables import HISTORY, INDICATORS, NO_PAST, Past, Tables, sql, views
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
    asked = [compiled(one) for one in applying]
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


@dataclass(frozen=True)
class Compiled:
    """One indicator's DuckDB statement (member, position, numerator, denominator, rows) and the tables it reads."""

    indicator: Indicator
    statement: str
    tables: Tables

    @property
    def read(self) -> set[str]:
        return self.tables.read


def compiled(indicator: Indicator) -> Compiled:
    """An indicator as SQL over the views of ``tables``. Raises IndicatorCrashed.

    A process compiles an indicator once: for a small tape Ibis takes longer than DuckDB.
    """
    known = _COMPILED.get(id(indicator))
    if known is None:
        with blamed(f"indicator {indicator.code}"):
            tables = Tables()
            expression = indicator.measure(tables)
            _check_types(expression.schema())
            statement = (
                'SELECT member, CAST("position" AS BIGINT), CAST(numerator AS DECIMAL(38,4)), '
                f'CAST(denominator AS DECIMAL(38,4)), CAST("rows" AS BIGINT) FROM ({sql(expression)}) AS measured'
            )
        known = _COMPILED[id(indicator)] = Compiled(indicator, statement, tables)
    return known


_COMPILED: dict[int, Compiled] = {}  # holds the indicator too, so that its id is not given to another


def _ask(
    con: duckdb.DuckDBPyConnection,
    asked: Sequence[Compiled],
    period: Period,
    kinds: set[str],
    past: Past,
    own: dict[str, str],
    task: Task,
) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    tables = Tables()
    for one in asked:
        if past.lacks(one.read) is None:
            tables.read |= one.read
            tables.grains |= one.tables.grains
    marts = [name.removeprefix(HISTORY) for name in tables.read if name.startswith(HISTORY)]
    with made(con, marts, period) as relations, views(con, tables, past, {**relations, **own}):
        for one in asked:
            limit = limit_of(one.indicator, period, kinds)
            found.extend(row(one.indicator, measured, limit) for measured in _run(con, one, past))
            task.advance()
    return found


def _run(con: duckdb.DuckDBPyConnection, asked: Compiled, past: Past) -> Iterable[Measured]:
    reason = past.lacks(asked.read)
    if reason is not None:
        return [Measured("", 0, None, None, 0, reason)]
    with blamed(f"indicator {asked.indicator.code}"):
        rows = [Measured(*row) for row in con.execute(asked.statement).fetchall()]
    if len({row.member for row in rows}) != len(rows):
        raise IndicatorCrashed(f"indicator {asked.indicator.code} told a member twice", NEXT_STEP)
    return sorted(rows, key=lambda row: (row.position, row.member)) or [Measured("", 0, None, None, 0)]


def _check_types(schema: Any) -> None:
    """Figures are exact: a float in an indicator is a mistake of ours, not a rounding."""
    for name in ("numerator", "denominator"):
        kind = schema[name]
        if not (kind.is_decimal() or kind.is_integer() or kind.is_null()):
            raise TypeError(f"{name} is {kind}; it must be a decimal or a whole number")


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
