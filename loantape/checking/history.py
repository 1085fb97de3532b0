"""Totals of this delivery, kept for the periods after it, and the totals that the periods before it kept.

Belongs here: computing, reading and keeping them, and what identifies those that a file has. Not here: what is totalled
(``schemas.grains.history``), and the grains and rules that compare totals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from loantape.declare import Period
from loantape.errors import DeclarationError

_KEPT = "SELECT count(*) FROM duckdb_tables() WHERE database_name = {catalog} AND table_name = 'totals'"
STORE_TOTALS = "CREATE OR REPLACE TABLE totals AS SELECT name, value FROM check_totals ORDER BY name"


def prepare_totals(con: duckdb.DuckDBPyConnection, totals: Mapping[str, str]) -> None:
    """Make ``check_totals(name, value)``: one pass over the loans, each total as DECIMAL(38,6), null for a sum of none.

    Raises DeclarationError naming a total that DuckDB cannot compute.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE check_totals (name VARCHAR, value DECIMAL(38,6))")
    if not totals:
        return
    try:
        values = con.execute(f"SELECT {_aggregates(totals.values())} FROM tape_loan").fetchone()
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error:
        values = tuple(_compute_alone(con, name, aggregate) for name, aggregate in totals.items())
    con.executemany("INSERT INTO check_totals VALUES (?, ?)", list(zip(totals, values or (), strict=True)))


def prepare_history(con: duckdb.DuckDBPyConnection, history: Mapping[Period, Path]) -> None:
    """Make ``check_history(period, name, value)`` from earlier submissions' files, attached read-only one by one.

    A file that keeps no totals, because it was checked before there were any, gives nothing for its period.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE check_history (period DATE, name VARCHAR, value DECIMAL(38,6))")
    for period in sorted(history):
        escaped = str(history[period]).replace("'", "''")
        con.execute(f"ATTACH '{escaped}' AS earlier (READ_ONLY)")
        try:
            if con.execute(_KEPT.format(catalog="'earlier'")).fetchall() != [(0,)]:
                con.execute(
                    "INSERT INTO check_history SELECT ?, name, value FROM earlier.totals ORDER BY name", [period.date]
                )
        finally:
            con.execute("DETACH earlier")


def fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    """What identifies the totals that the submission open in ``con`` keeps; "none" where it keeps none."""
    if con.execute(_KEPT.format(catalog="current_database()")).fetchall() == [(0,)]:
        return "none"
    kept = con.execute("SELECT name, value FROM totals ORDER BY name").fetchall()
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


def _aggregates(totals: Iterable[str]) -> str:
    return ", ".join(f"CAST({aggregate} AS DECIMAL(38,6))" for aggregate in totals)


def _compute_alone(con: duckdb.DuckDBPyConnection, name: str, aggregate: str) -> Any:
    """One total; null when delivered figures are so large that it does not fit: that must not stop a check."""
    try:
        found = con.execute(f"SELECT {_aggregates([aggregate])} FROM tape_loan").fetchone()
        return found[0] if found else None
    except duckdb.OutOfRangeException:
        return None
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error as error:
        raise DeclarationError(
            f"the total {name!r} cannot be computed: {type(error).__name__}", "correct it in schemas/grains/history.py"
        ) from None  # the cause may carry a delivered value
