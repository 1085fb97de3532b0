"""The tables of a worked example, filled from partial rows: a tape, earlier periods, what they left.

Belongs here: making and filling them. Not here: which rows (the examples), random tapes (``tapes``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from loantape.measure import Past
from loantape.measure.tables import stored, type_of
from schemas.tape import TABLES

EARLIER = ("previous", "opening", "history")  # the catalogs of what earlier periods left


def create_tape(con: duckdb.DuckDBPyConnection, where: str = "") -> None:
    """Make every table of the models anew, empty, in the catalog ``where`` names with a dot behind it."""
    for name, model in TABLES.items():
        columns = model.to_schema().columns.items()
        typed = ", ".join(f'"{field}" {type_of(column.dtype.type)}' for field, column in columns)
        con.execute(f"CREATE OR REPLACE TABLE {where}tape_{name} ({typed})")


def fill_example(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """A whole tape from partial rows per table, other tables empty.

    ``previous_loan`` and the like make an earlier period, ``history_<mart>`` rows that earlier periods left, which
    ``found_past`` finds.
    """
    for catalog in EARLIER:
        con.execute(f"DETACH DATABASE IF EXISTS {catalog}")
    create_tape(con)
    for name, rows in tables.items():
        table = _table(con, name)
        for row in rows:
            fields = ", ".join(f'"{field}"' for field in row)
            marks = ", ".join("?" for _ in row)
            con.execute(f"INSERT INTO {table} ({fields}) VALUES ({marks})", list(row.values()))


def found_past(con: duckdb.DuckDBPyConnection) -> Past:
    """The earlier periods that a filled connection has."""
    there = {name for (name,) in con.execute("SELECT database_name FROM duckdb_databases()").fetchall()}
    marts = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'history'").fetchall()
    return Past(
        "previous" if "previous" in there else None,
        "opening" if "opening" in there else None,
        {name: f"history.{name}" for (name,) in marts},
    )


def _table(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The table that a name of an example is filled into, made where it belongs to an earlier period."""
    catalog = name.partition("_")[0]
    if catalog not in EARLIER or name in TABLES:
        return f"tape_{name}"
    if not con.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = ?", [catalog]).fetchall():
        con.execute(f"ATTACH ':memory:' AS {catalog}")
        if catalog != "history":
            create_tape(con, f"{catalog}.")
    if catalog != "history":
        return f"{catalog}.tape_{name.removeprefix(catalog + '_')}"
    mart = name.removeprefix("history_")
    typed = ", ".join(f'"{field}" {type_of(kind)}' for field, kind in stored(name).schema().items())
    con.execute(f"CREATE OR REPLACE TABLE history.{mart} ({typed})")
    return f"history.{mart}"
