"""Findings that reading already made: texts that do not parse, lines that are no records, totals, everything noted.

Belongs here: turning the tables that reading leaves into findings. Not here: reading.
"""

from __future__ import annotations

import duckdb

from loantape import catalog
from loantape.catalog import grain
from loantape.checking.findings import Findings, Run, key_sql
from loantape.declare import Severity
from loantape.privacy import masked_sql

UNPARSED, REJECTED, TOTAL = "READ-001", "READ-002", "READ-003"


def find(con: duckdb.DuckDBPyConnection, into: Findings) -> None:
    """READ-001 once per field that has such texts, the others once per table; always at least one run each.

    READ-001 and notes of values have the value's row; READ-002 the line, one finding per physical line; READ-003 and
    notes of files the file, and the line where there is one.
    """
    for table in catalog.tape_tables():
        _unparsed(con, into, table)
    for table, files, lines in con.execute(
        "SELECT grain, count(*), sum(accepted_lines + rejected_lines) FROM files GROUP BY grain ORDER BY grain"
    ).fetchall():
        _rejected(into, table, int(lines))
        _noted_of_files(into, table, files)
    for table in catalog.tape_tables():
        _noted_of_values(con, into, table)
    totals = con.execute(
        "SELECT split_part(name, '.', 1) AS grain, count(*) FROM control_totals GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for table, count in totals:
        _totals(into, table, count)


def _unparsed(con: duckdb.DuckDBPyConnection, into: Findings, table: str) -> None:
    rows = _rows(con, table)
    fields = con.execute("SELECT DISTINCT field FROM unparsed WHERE table_name = ? ORDER BY field", [table]).fetchall()
    for (field,) in fields or [("",)]:
        into.take(
            Run(UNPARSED, field, Severity.ERROR, table, table, rows),
            f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("u.text")} AS value, u."row", '
            f'u.field, NULL AS file, NULL AS line FROM unparsed AS u LEFT JOIN tape_{table} AS t ON t.rowid = u."row" '
            "WHERE u.table_name = ? AND u.field = ?",
            [table, field],
        )


def _noted_of_values(con: duckdb.DuckDBPyConnection, into: Findings, table: str) -> None:
    """Values that were taken, and cells that could not be, with something to say of them."""
    noted = con.execute(
        'SELECT DISTINCT code, field FROM noted WHERE table_name = ? AND "row" IS NOT NULL ORDER BY code, field',
        [table],
    ).fetchall()
    for code, field in noted:
        into.take(
            Run(code, field, catalog.sentence(code).severity, table, table, _rows(con, table)),
            f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("n.value")} AS value, n."row", '
            f'n.field, NULL AS file, NULL AS line FROM noted AS n JOIN tape_{table} AS t ON t.rowid = n."row" '
            'WHERE n.table_name = ? AND n.code = ? AND n.field = ? AND n."row" IS NOT NULL',
            [table, code, field],
        )


def _noted_of_files(into: Findings, table: str, files: int) -> None:
    """Every code that is said of files as a whole: one run each, however often it was said."""
    for code, sentence in catalog.structural_sentences().items():
        if code in (UNPARSED, REJECTED, TOTAL) or not code.startswith("READ-"):
            continue
        into.take(
            Run(code, "", sentence.severity, table, "", files),
            "SELECT '' AS key, value, NULL AS \"row\", field, file, line FROM noted "
            'WHERE table_name = ? AND code = ? AND "row" IS NULL',
            [table, code],
        )


def _rejected(into: Findings, table: str, lines: int) -> None:
    into.take(
        Run(REJECTED, "", Severity.ERROR, table, "", lines),
        "SELECT '' AS key, l.reason AS value, NULL AS \"row\", '' AS field, l.file, "
        "unnest(range(l.first_line, l.last_line + 1)) AS line "
        "FROM lines AS l JOIN files AS f ON f.file = l.file WHERE l.kind = 'rejected' AND f.grain = ?",
        [table],
    )


def _totals(into: Findings, table: str, count: int) -> None:
    into.take(
        Run(TOTAL, "", Severity.ERROR, table, "", count),
        "SELECT '' AS key, concat(declared, ' <> ', coalesce(CAST(computed AS VARCHAR), '')) AS value, "
        "NULL AS \"row\", split_part(name, '.', 2) AS field, file, NULL AS line "
        "FROM control_totals WHERE NOT agrees AND split_part(name, '.', 1) = ?",
        [table],
    )


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM tape_{table}").fetchone()
    return int(counted[0]) if counted else 0
