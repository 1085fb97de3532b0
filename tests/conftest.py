"""What tests of several areas share: a submission as reading leaves it, without any rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings

from loantape import catalog
from loantape.intake import records

# A busy machine is not a failure; and where nobody watches, the same examples every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def create_empty_submission(con: duckdb.DuckDBPyConnection) -> None:
    """The tables of a read submission, in an open database, without rows."""
    records.create(con)
    for table, model in catalog.tape_tables().items():
        columns = ", ".join(f'"{name}" {sql_type(name, column)}' for name, column in model.to_schema().columns.items())
        con.execute(f"CREATE TABLE tape_{table} ({columns})")


def sql_type(name: str, column: Any) -> str:
    """The DuckDB type of a model's column."""
    kind = column.dtype.type
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    return {"string": "VARCHAR", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}.get(str(kind), "TIMESTAMP")


@pytest.fixture
def empty_submission() -> Iterator[duckdb.DuckDBPyConnection]:
    """A read submission without rows, in memory."""
    with duckdb.connect() as con:
        create_empty_submission(con)
        yield con


@pytest.fixture
def make_submission(tmp_path: Path) -> Iterator[Callable[[str], duckdb.DuckDBPyConnection]]:
    """Makes read submissions without rows as files ``tmp_path/<name>.duckdb``."""
    opened = []

    def make(name: str) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(str(tmp_path / f"{name}.duckdb"))
        opened.append(con)
        create_empty_submission(con)
        return con

    yield make
    for con in opened:
        con.close()


@pytest.fixture
def fill() -> Callable[[duckdb.DuckDBPyConnection, str, Sequence[Mapping[str, Any]]], None]:
    """Adds partial rows to a tape table, with one accepted run for them: row 0 is line 2 of ``<table>.csv``."""

    def add(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            columns = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            con.execute(f"INSERT INTO tape_{table} ({columns}) VALUES ({marks})", list(row.values()))
        last = con.execute(f"SELECT count(*) - 1 FROM tape_{table}").fetchall()[0][0]
        con.execute("DELETE FROM accepted_runs WHERE table_name = ?", [table])
        con.execute("INSERT INTO accepted_runs VALUES (?, ?, 0, ?, 2)", [table, f"{table}.csv", last])

    return add
