"""Measuring: every indicator of the lender's jurisdiction, computed on one submission and written down with its parts.

Belongs here: compiling indicators, running them, the ``indicators`` table. Not here: what any number means
(``transforms``). Ibis is the compiler only; the statements run on the plain connection that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.common.annotations import ValidationError
from ibis.common.exceptions import IbisError

from loantape import catalog
from loantape.declare import Indicator, Lender, Period
from loantape.errors import LoantapeError
from loantape.privacy import mask
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
        _grains_of(con, applying),
        progress.step(f"measure {lender.name} {period}", "计算指标", total=len(applying)) as task,
    ):
        for one in applying:
            found.extend(_row(one, measured) for measured in _run(con, one))
            task.advance()
    columns = [pa.array(column, field.type) for column, field in zip(_transposed(found), _COLUMNS, strict=True)]
    con.register("measured", pa.Table.from_arrays(columns, schema=_COLUMNS))
    con.execute("CREATE OR REPLACE TABLE indicators AS SELECT * FROM measured")
    con.unregister("measured")
    return len(found)


@cache
def tape_expressions() -> Mapping[str, Any]:
    """Table name to the Ibis table that stands for ``tape_<name>`` of whichever submission is connected."""
    return {
        name: ibis.table(
            {field: column.dtype.type for field, column in model.to_schema().columns.items()}, f"tape_{name}"
        )
        for name, model in catalog.tape_tables().items()
    }


def compiled(indicator: Indicator) -> str:
    """One indicator's DuckDB statement: member, position, numerator, denominator, rows. Raises IndicatorCrashed.

    Prepared grains stand in it as views ``grain_<name>``. A process compiles an indicator once: for a small tape Ibis
    takes longer than DuckDB.
    """
    known = _COMPILED.get(id(indicator))
    if known is None:
        with _ours(indicator):
            grains = {name: _grain(name, prepare)[1] for name, prepare in _grains(indicator).items()}
            expression = indicator.measure({**tape_expressions(), **grains})
            _check_types(expression.schema())
            statement = (
                'SELECT member, CAST("position" AS BIGINT), CAST(numerator AS DECIMAL(38,4)), '
                f'CAST(denominator AS DECIMAL(38,4)), CAST("rows" AS BIGINT) FROM ({_sql(expression)}) AS measured'
            )
        known = _COMPILED[id(indicator)] = (indicator, statement)
    return known[1]


_COMPILED: dict[int, tuple[Indicator, str]] = {}  # holds the indicator too, so that its id is not given to another


@contextmanager
def _grains_of(con: duckdb.DuckDBPyConnection, indicators: Sequence[Indicator]) -> Iterator[None]:
    """The prepared grains that the indicators read, as temporary views for as long as this lasts."""
    views: dict[str, str] = {}
    for one in indicators:
        with _ours(one):
            views.update({name: _grain(name, prepare)[0] for name, prepare in _grains(one).items()})
    for name, statement in views.items():
        con.execute(f'CREATE OR REPLACE TEMP VIEW "grain_{name}" AS {statement}')
    try:
        yield
    finally:
        for name in views:
            con.execute(f'DROP VIEW temp."grain_{name}"')


def _grains(indicator: Indicator) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    return getattr(indicator.measure, "grains", {})


@cache
def _grain(name: str, prepare: Callable[[Mapping[str, Any]], Any]) -> tuple[str, Any]:
    """The statement of a prepared grain and the Ibis table that stands for its view."""
    expression = prepare(tape_expressions())
    return _sql(expression), ibis.table(expression.schema(), f"grain_{name}")


def _sql(expression: Any) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


def _run(con: duckdb.DuckDBPyConnection, indicator: Indicator) -> Iterable[Measured]:
    statement = compiled(indicator)
    with _ours(indicator):
        rows = [Measured(*row) for row in con.execute(statement).fetchall()]
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


def _check_types(schema: Any) -> None:
    """Figures are exact: a float in an indicator is a mistake of ours, not a rounding."""
    for name in ("numerator", "denominator"):
        kind = schema[name]
        if not (kind.is_decimal() or kind.is_integer() or kind.is_null()):
            raise TypeError(f"{name} is {kind}; it must be a decimal or a whole number")


_CRASHES = (IbisError, ValidationError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_NEXT_STEP = "this is a fault of the software, not of the delivery: report it with the indicator's code"


@contextmanager
def _ours(indicator: Indicator) -> Iterator[None]:
    """Whatever a declaration of ours raises while it is compiled or run is our fault, and says which one it is."""
    try:
        yield
    except (duckdb.OperationalError, duckdb.InterruptException):
        raise  # memory, disk or the user stopping it: no declaration's doing
    except _CRASHES as error:
        raise IndicatorCrashed(_said(indicator, str(error), error), _NEXT_STEP) from error
    except duckdb.Error as error:
        # the cause is left out: it may quote a delivered value, and would carry it into every log
        raise IndicatorCrashed(_said(indicator, mask(str(error)), error), _NEXT_STEP) from None


def _said(indicator: Indicator, said: str, error: Exception) -> str:
    return f"indicator {indicator.code} crashed: {type(error).__name__}: {said}"


def _transposed(rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
