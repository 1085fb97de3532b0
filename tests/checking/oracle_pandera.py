"""What pandera says of a tape: row rules through pandera on Ibis, constraints and keys through pandera on polars.

Belongs here: pandera's answers as sets of (rule, field, row). Not here: the tapes (``oracle_tapes``) or comparing.
Each rule becomes one pandera Check once in a process; what pandera asks of the database for it is kept as SQL, so that
a thousand tapes cost a thousand times the asking and once the building. Null rows and repeated keys go through polars
because pandera on Ibis does not say which rows are null and passes over repeated keys in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pandera.errors
import pandera.ibis as pa
import pandera.polars as pl_schema
import polars as pl

from loantape import catalog
from loantape.checking.relations import prepared
from loantape.declare import Grain, Period

PLACE = "place_in_opinion"
CODE_OF_CHECK = {
    "not_nullable": "FLD-001",
    "isin": "FLD-002",
    "greater_than_or_equal_to": "FLD-003",
    "less_than_or_equal_to": "FLD-003",
    "str_length": "FLD-004",
    "str_matches": "FLD-004",
}


def stored_as(on: str) -> str:
    """The table in which a grain's rows are handed to pandera."""
    return f"opinion_{on}"


@contextmanager
def grains_stored(
    con: duckdb.DuckDBPyConnection, grains: Sequence[Grain], previous: Path | None, history: Mapping[Period, Path]
) -> Iterator[None]:
    """Each grain as a table of its own while the block runs, its rows numbered from 0."""
    with prepared(con, grains, previous, history):
        for one in grains:
            con.execute(
                f"CREATE TABLE {stored_as(one.name)} AS SELECT row_number() OVER () - 1 AS {PLACE}, * "
                f"FROM ({one.select(one.columns())})"
            )
    try:
        yield
    finally:
        for one in grains:
            con.execute(f"DROP TABLE {stored_as(one.name)}")


@cache
def failing_sql(code: str, period: Period) -> str:
    """The query behind the failure cases that pandera reports for a rule: their places in the stored grain."""
    rule = catalog.rules()[code]
    columns = dict(catalog.grain(rule.on).columns())
    seen = catalog.limits().at(period)
    used = {field.name for field in rule.holds(ibis.table(columns, name="t"), seen).op().find(ops.Field)}
    scoped = bool(rule.lender_types) and "lender_type" in columns
    used |= {"lender_type"} if scoped else set()
    table = ibis.table(
        {PLACE: dt.int64, **{name: kind for name, kind in columns.items() if name in used}}, name=stored_as(rule.on)
    )
    looked_at = table.filter(table.lender_type.isin(rule.lender_types)) if scoped else table
    check = pa.Check(lambda data: rule.holds(data.table, seen).fill_null(True), name=code)
    return str(ibis.to_sql(check(looked_at).failure_cases.select(PLACE), dialect="duckdb"))


def errors_of(schema: Any, frame: Any) -> Any:
    """What pandera reports, all of it; None when the frame is valid."""
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors
    return None


@cache
def _fields_schema(table: str, jurisdiction: str) -> Any:
    """The model's own columns and checks, for pandera on polars."""
    kinds = {"string": pl.String, "int32": pl.Int32, "date": pl.Date, "boolean": pl.Boolean}
    columns = {}
    for name, column in catalog.tape_tables()[table].to_schema().columns.items():
        kind = column.dtype.type
        dtype = pl.Decimal(kind.precision, kind.scale) if kind.is_decimal() else kinds.get(str(kind), pl.Datetime("us"))
        required = not column.nullable or jurisdiction in column.metadata["loantape"].required_in
        columns[name] = pl_schema.Column(dtype, checks=column.checks, nullable=not required)
    return pl_schema.DataFrameSchema(columns)


def failing_fields(con: duckdb.DuckDBPyConnection, table: str, jurisdiction: str) -> set[tuple[str, str, int]]:
    """(rule, field, row) of every value of a tape table that pandera finds missing or out of what its field allows."""
    frame = con.execute(f"SELECT * FROM tape_{table} ORDER BY rowid").pl()
    reported = errors_of(_fields_schema(table, jurisdiction), frame)
    if reported is None:
        return set()
    cases = reported.failure_cases.select("check", "column", "index")
    return {(CODE_OF_CHECK[check.split("(")[0]], field, row) for check, field, row in cases.iter_rows()}


def repeated_keys(con: duckdb.DuckDBPyConnection, table: str) -> set[int]:
    """The rows of a tape table whose whole key pandera finds more than once; a key with a null part repeats nothing."""
    key = list(catalog.tape_tables()[table].key())
    names = ", ".join(key)
    frame = con.execute(f"SELECT {names} FROM tape_{table} ORDER BY rowid").pl().with_row_index("at")
    whole = frame.drop_nulls(key)
    schema = pl_schema.DataFrameSchema(unique=key, report_duplicates="all")
    reported = errors_of(schema, whole.select(key))
    return {whole["at"][row] for row in reported.failure_cases["index"]} if reported else set()
