"""A tape to compute on: every table of the models, filled from partial rows or at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pytest
from ibis.backends.sql.datatypes import DuckDBType

from schemas.tape import TABLES

Tape = Callable[[Mapping[str, Sequence[Mapping[str, Any]]]], duckdb.DuckDBPyConnection]


def _create(con: duckdb.DuckDBPyConnection) -> None:
    for name, model in TABLES.items():
        columns = model.to_schema().columns.items()
        typed = ", ".join(
            f'"{field}" {DuckDBType.from_ibis(column.dtype.type).sql("duckdb")}' for field, column in columns
        )
        con.execute(f"CREATE OR REPLACE TABLE tape_{name} ({typed})")


@pytest.fixture
def tape() -> Iterator[Tape]:
    """A function from partial rows per table to a connection with the whole tape, other tables empty."""
    with duckdb.connect() as con:

        def filled(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> duckdb.DuckDBPyConnection:
            _create(con)
            for name, rows in tables.items():
                for row in rows:
                    fields = ", ".join(f'"{field}"' for field in row)
                    marks = ", ".join("?" for _ in row)
                    con.execute(f"INSERT INTO tape_{name} ({fields}) VALUES ({marks})", list(row.values()))
            return con

        yield filled
