"""The second opinion: pandera itself, asked the same questions about the same dirty tapes, must agree to the row.

Row rules are asked of pandera on Ibis. Presence, code lists, ranges, forms and repeated keys are asked of pandera on
polars through a schema made from the same models, because pandera on Ibis passes over repeated keys in silence and
does not say which rows are null.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pandera.errors
import pandera.ibis as ibis_schema
import pandera.polars as pl_schema
import polars as pl
import pyarrow as pa
import pytest

from loantape import catalog
from loantape.checking.schema import to_pandera_schema
from loantape.declare import Lender, Period

# pandera and ibis call what pandas and DuckDB are about to remove
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PERIOD = Period(date(2026, 10, 31))
ROWS = 100
TABLES = list(catalog.tape_tables())
NASTY = (
    "",
    " ",
    "LS99",
    "91100000100003962T",
    "911000001000039620",
    "电话13800000000",
    "11010519491231002X",
    "x" * 120,
)


def dirty_value(chance: random.Random, name: str, column: Any, rows_before: list[dict[str, Any]]) -> Any:
    """A value of the column's type: often null, often on the edge of what is allowed, sometimes well beyond it."""
    if chance.random() < 0.15:
        return None
    kind, meta = column.dtype.type, column.metadata["loantape"]
    if kind.is_boolean():
        return chance.random() < 0.5
    if kind.is_date():
        return PERIOD.date + timedelta(days=chance.choice([0, 1, -1, -30, -90, -91, -270, -271, -360, -361, -800, 400]))
    if kind.is_timestamp():
        return datetime(2026, 10, 1, 10, 0, 0) + timedelta(seconds=chance.choice([-1, 0, 1, -86400, 86400]))
    if kind.is_decimal():
        step = Decimal(1).scaleb(-kind.scale)
        edge = chance.choice([0, 1, 24, 30, 100, 200_000] if kind.scale <= 6 else [0, Decimal("0.3"), 1])
        return (Decimal(edge) + chance.choice([-step, Decimal(0), step])).quantize(step)
    if kind.is_integer():
        return chance.choice([-1, 0, 1, 2, 12, 90, 91, 270, 271, 360, 361, 1899, 1900, 2100, 2101])
    if meta.codes and chance.random() < 0.9:
        return chance.choice(list(meta.codes))
    if rows_before and chance.random() < 0.2:
        return chance.choice(rows_before)[name]
    return chance.choice([*NASTY, f"{name}{chance.random()}"[: meta.max_length]])


def dirty_tape(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Random rows in every table, some of them copies of each other."""
    chance = random.Random(seed)
    for table, model in catalog.tape_tables().items():
        columns = model.to_schema().columns
        rows: list[dict[str, Any]] = []
        for _ in range(ROWS):
            if rows and chance.random() < 0.05:
                rows.append(dict(chance.choice(rows)))
            else:
                rows.append({name: dirty_value(chance, name, column, rows) for name, column in columns.items()})
        con.register("dirty", pa.Table.from_pylist(rows))
        con.execute(f"INSERT INTO tape_{table} SELECT * FROM dirty")
        con.unregister("dirty")


def ours(con: duckdb.DuckDBPyConnection, where: str) -> set[tuple[str, str, int]]:
    found = con.execute(f'SELECT rule, field, "row" FROM findings WHERE {where}').fetchall()
    assert len(found) == len(set(found))
    return set(found)


def errors_of(schema: Any, frame: Any) -> Any:
    """What pandera reports, all of it; None when the frame is valid."""
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors
    return None


@pytest.mark.parametrize("seed", range(2))
def test_row_rules_agree_with_pandera_on_ibis(
    empty_submission: duckdb.DuckDBPyConnection, run: Callable[..., Any], seed: int
) -> None:
    """Every row rule on a tape table fails on exactly the rows on which pandera says it fails."""
    dirty_tape(empty_submission, seed)
    run(empty_submission)
    ran = {code for (code,) in empty_submission.execute("SELECT rule FROM rule_runs WHERE status = 'ran'").fetchall()}
    # pandera knows no kinds of lender, so a rule for some of them has another scope there
    rules = [rule for rule in catalog.rules().values() if rule.on in TABLES and rule.code in ran]
    rules = [rule for rule in rules if not rule.lender_types]
    backend = ibis.duckdb.from_connection(empty_submission)
    theirs = set()
    for table in TABLES:
        checks = to_pandera_schema(table, rules, catalog.limits(), PERIOD, "cn").checks
        if not checks:
            continue
        reported = errors_of(ibis_schema.DataFrameSchema(checks=checks), backend.table(f"tape_{table}"))
        for error in reported.schema_errors if reported else []:
            theirs |= {(error.check.rule.code, error.check.rule.fields[0], row) for row in error.failure_cases["index"]}
    codes = ", ".join(f"'{rule.code}'" for rule in rules)
    assert ours(empty_submission, f"rule IN ({codes})") == theirs
    assert len({code for code, _, _ in theirs}) > 0.9 * len(rules), "the dirty tape is not dirty enough"


def polars_schema(table: str, jurisdiction: str) -> Any:
    """The model's own columns and checks, for pandera on polars."""
    kinds = {"string": pl.String, "int32": pl.Int32, "date": pl.Date, "boolean": pl.Boolean}
    model = catalog.tape_tables()[table]
    columns = {}
    for name, column in model.to_schema().columns.items():
        kind = column.dtype.type
        dtype = pl.Decimal(kind.precision, kind.scale) if kind.is_decimal() else kinds.get(str(kind), pl.Datetime("us"))
        required = not column.nullable or jurisdiction in column.metadata["loantape"].required_in
        columns[name] = pl_schema.Column(dtype, checks=column.checks, nullable=not required)
    return pl_schema.DataFrameSchema(columns)


CODE_OF_CHECK = {
    "not_nullable": "FLD-001",
    "isin": "FLD-002",
    "greater_than_or_equal_to": "FLD-003",
    "less_than_or_equal_to": "FLD-003",
    "str_length": "FLD-004",
    "str_matches": "FLD-004",
}


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
@pytest.mark.parametrize("seed", range(10, 12))
def test_field_constraints_agree_with_pandera_on_polars(
    empty_submission: duckdb.DuckDBPyConnection, run: Callable[..., Any], seed: int, jurisdiction: str
) -> None:
    """Presence, code lists, ranges and forms fail on exactly the fields and rows on which pandera says they fail."""
    dirty_tape(empty_submission, seed)
    run(empty_submission, [], lender=Lender("x", "x", "x", jurisdiction, "standard/1", ()))
    for table in TABLES:
        frame = empty_submission.execute(f"SELECT * FROM tape_{table} ORDER BY rowid").pl()
        reported = errors_of(polars_schema(table, jurisdiction), frame)
        theirs = {
            (CODE_OF_CHECK[check.split("(")[0]], field, row)
            for check, field, row in reported.failure_cases.select("check", "column", "index").iter_rows()
        }
        assert ours(empty_submission, f"grain = '{table}' AND rule <> 'FLD-005'") == theirs


@pytest.mark.parametrize("seed", range(20, 22))
def test_repeated_keys_agree_with_pandera_on_polars(
    empty_submission: duckdb.DuckDBPyConnection, run: Callable[..., Any], seed: int
) -> None:
    """Rows that share a whole key are findings, all of them; a key with a null part repeats nothing."""
    dirty_tape(empty_submission, seed)
    run(empty_submission, [])
    repeated = 0
    for table, model in catalog.tape_tables().items():
        frame = empty_submission.execute(f"SELECT * FROM tape_{table} ORDER BY rowid").pl().with_row_index("at")
        whole = frame.drop_nulls(list(model.key()))
        schema = pl_schema.DataFrameSchema(unique=list(model.key()), report_duplicates="all")
        reported = errors_of(schema, whole.select(model.key()))
        theirs = {whole["at"][row] for row in reported.failure_cases["index"]} if reported else set()
        found = {row for _, _, row in ours(empty_submission, f"grain = '{table}' AND rule = 'FLD-005'")}
        assert found == theirs
        repeated += len(found)
    assert repeated > 0
