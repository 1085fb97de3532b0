"""Measuring: every indicator of the lender's jurisdiction, computed on one submission and written down with its parts.

Belongs here: compiling indicators, running them, the ``indicators`` table. Not here: what any number means
(``transforms``). Ibis is the compiler only; the statements run on the plain connection that is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.common.exceptions import IbisError

from loantape import catalog
from loantape.declare import Indicator, Lender, Period
from loantape.errors import LoantapeError
from loantape.progress import Progress

NO_ROWS = "no rows"  # the grain is empty
NO_VALUES = "no values"  # the grain has rows, but none has the field that is summed
ZERO_DENOMINATOR = "zero denominator"

_RATIO_UNITS = ("fraction", "percent")
_VALUE = Decimal("0.0000000001")
_COLUMNS = pa.schema(
    [
        ("code", pa.string()),
        ("dimension", pa.string()),
        ("member", pa.string()),
        ("value", pa.decimal128(38, 10)),
        ("unit", pa.string()),
        ("numerator", pa.decimal128(38, 4)),
        ("denominator", pa.decimal128(38, 4)),
        ("rows", pa.int64()),
        ("null_reason", pa.string()),
    ]
)


class IndicatorCrashed(LoantapeError):
    """An indicator raised, does not compile or its SQL aborted. This is a fault of ours, never the lender's."""


@dataclass(frozen=True)
class Measured:
    """One row of ``indicators`` before its value is taken: amounts with four decimals, null where unknown."""

    member: str
    position: int
    numerator: Decimal | None
    denominator: Decimal | None
    rows: int


def measure(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    indicators: Sequence[Indicator],
    progress: Progress,
) -> int:
    """Create the table ``indicators`` and return its number of rows: at least one for each indicator that applies.

    Rows are in order of code, then as the indicator tells its members. Indicators of another jurisdiction are left out.
    A value is the numerator, or numerator over denominator as both are stored, rounded half up to ten decimals; it is
    null only with a reason. Raises IndicatorCrashed naming the indicator; nothing is written then.
    """
    applying = sorted(
        (one for one in indicators if not one.jurisdictions or lender.jurisdiction in one.jurisdictions),
        key=lambda one: one.code,
    )
    found: list[tuple[Any, ...]] = []
    with (
        _with_grains(con, applying, tape_expressions()) as tape,
        progress.step(f"measure {lender.name} {period}", "计算指标", total=len(applying)) as task,
    ):
        for one in applying:
            found.extend(_row(one, measured) for measured in _run(con, one, tape))
            task.advance()
    columns = [pa.array(column, field.type) for column, field in zip(_transposed(found), _COLUMNS, strict=True)]
    con.register("measured", pa.Table.from_arrays(columns, schema=_COLUMNS))
    con.execute("CREATE OR REPLACE TABLE indicators AS SELECT * FROM measured")
    con.unregister("measured")
    return len(found)


def tape_expressions() -> Mapping[str, Any]:
    """Table name to the Ibis table that stands for ``tape_<name>`` of whichever submission is connected."""
    return {
        name: ibis.table(
            {field: column.dtype.type for field, column in model.to_schema().columns.items()}, f"tape_{name}"
        )
        for name, model in catalog.tape_tables().items()
    }


def compiled(indicator: Indicator, tape: Mapping[str, Any]) -> str:
    """One indicator's DuckDB statement: member, position, numerator, denominator, rows. Raises IndicatorCrashed."""
    try:
        expression = indicator.measure(tape)
        _check_types(indicator, expression.schema())
        body = _sql(expression)
    except (IbisError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _crashed(indicator, error) from error
    return (
        'SELECT member, CAST("position" AS BIGINT), CAST(numerator AS DECIMAL(38,4)), '
        f'CAST(denominator AS DECIMAL(38,4)), CAST("rows" AS BIGINT) FROM ({body}) AS measured'
    )


@contextmanager
def _with_grains(
    con: duckdb.DuckDBPyConnection, indicators: Sequence[Indicator], tape: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The tape and the prepared grains its indicators read, each compiled once and kept as a temporary view."""
    grains: dict[str, Any] = {}
    for one in indicators:
        grains.update(getattr(one.measure, "grains", {}))
    prepared: dict[str, Any] = {}
    try:
        for name, prepare in sorted(grains.items()):
            expression = prepare(tape)
            con.execute(f'CREATE OR REPLACE TEMP VIEW "grain_{name}" AS {_sql(expression)}')
            prepared[name] = ibis.table(expression.schema(), f"grain_{name}")
        yield {**tape, **prepared}
    finally:
        for name in prepared:
            con.execute(f'DROP VIEW temp."grain_{name}"')


def _sql(expression: Any) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


def _run(con: duckdb.DuckDBPyConnection, indicator: Indicator, tape: Mapping[str, Any]) -> Iterable[Measured]:
    statement = compiled(indicator, tape)
    try:
        rows = [Measured(*row) for row in con.execute(statement).fetchall()]
    except duckdb.Error as error:
        raise _crashed(indicator, error) from error
    if len({row.member for row in rows}) != len(rows):
        raise IndicatorCrashed(f"indicator {indicator.code} told a member twice", _NEXT_STEP)
    return sorted(rows, key=lambda row: (row.position, row.member)) or [Measured("", 0, None, None, 0)]


def _row(indicator: Indicator, measured: Measured) -> tuple[Any, ...]:
    value, reason = _value(indicator, measured)
    return (
        indicator.code,
        indicator.dimension,
        measured.member,
        value,
        indicator.unit,
        measured.numerator,
        measured.denominator,
        measured.rows,
        reason,
    )


def _value(indicator: Indicator, measured: Measured) -> tuple[Decimal | None, str | None]:
    """The value, or why there is none."""
    ratio = indicator.unit in _RATIO_UNITS
    if measured.numerator is None or (ratio and measured.denominator is None):
        return None, NO_ROWS if measured.rows == 0 else NO_VALUES
    if not ratio:
        return measured.numerator, None
    if not measured.denominator:
        return None, ZERO_DENOMINATOR
    with localcontext(prec=80):
        return (measured.numerator / measured.denominator).quantize(_VALUE, ROUND_HALF_UP), None


def _check_types(indicator: Indicator, schema: Any) -> None:
    """Figures are exact: a float in an indicator is a mistake of ours, not a rounding."""
    for name in ("numerator", "denominator"):
        kind = schema[name]
        if not (kind.is_decimal() or kind.is_integer() or kind.is_null()):
            raise TypeError(f"{name} is {kind}; it must be a decimal or a whole number")


_NEXT_STEP = "this is a fault of the software, not of the delivery: report it with the indicator's code"


def _crashed(indicator: Indicator, error: Exception) -> IndicatorCrashed:
    return IndicatorCrashed(f"indicator {indicator.code} crashed: {type(error).__name__}: {error}", _NEXT_STEP)


def _transposed(rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
