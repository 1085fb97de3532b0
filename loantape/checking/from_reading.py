"""Findings that reading already made: texts that do not parse, lines that are no records, totals, everything noted.

Belongs here: turning the tables that reading leaves into findings. Not here: reading.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

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
    rows = {table: _rows(con, table) for table in catalog.tape_tables()}
    fields = con.execute("SELECT DISTINCT table_name, field FROM unparsed ORDER BY ALL").fetchall()
    for table in rows:
        _unparsed(into, table, rows[table], [field for name, field in fields if name == table])
    noted = con.execute('SELECT DISTINCT table_name, code, field, "row" IS NOT NULL FROM noted ORDER BY ALL').fetchall()
    for table, files, lines, rejected in con.execute(
        "SELECT grain, count(*), sum(accepted_lines + rejected_lines), sum(rejected_lines) FROM files "
        "GROUP BY grain ORDER BY grain"
    ).fetchall():
        _rejected(into, table, int(lines), bool(rejected))
        _noted_of_files(into, table, files, {code for name, code, _, of_row in noted if name == table and not of_row})
    for table, code, field, of_row in noted:
        if of_row:
            _noted_of_values(into, table, rows[table], code, field)
    totals = con.execute(
        "SELECT split_part(name, '.', 1) AS grain, count(*) FROM control_totals GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for table, count in totals:
        _totals(into, table, count)


def _unparsed(into: Findings, table: str, rows: int, fields: Sequence[str]) -> None:
    if not fields:
        into.finish(Run(UNPARSED, "", Severity.ERROR, table, table, rows))
    for field in fields:
        into.take(
            Run(UNPARSED, field, Severity.ERROR, table, table, rows),
            f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("u.text")} AS value, u."row", '
            f'u.field, NULL AS file, NULL AS line FROM unparsed AS u LEFT JOIN tape_{table} AS t ON t.rowid = u."row" '
            "WHERE u.table_name = ? AND u.field = ?",
            [table, field],
        )


def _noted_of_values(into: Findings, table: str, rows: int, code: str, field: str) -> None:
    """Values that were taken, and cells that could not be, with something to say of them."""
    into.take(
        Run(code, field, catalog.sentence(code).severity, table, table, rows),
        f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("n.value")} AS value, n."row", '
        f'n.field, NULL AS file, NULL AS line FROM noted AS n JOIN tape_{table} AS t ON t.rowid = n."row" '
        'WHERE n.table_name = ? AND n.code = ? AND n.field = ? AND n."row" IS NOT NULL',
        [table, code, field],
    )


def _noted_of_files(into: Findings, table: str, files: int, noted: Set[str]) -> None:
    """Every code that is said of files as a whole: one run each, however often it was said."""
    for code, sentence in catalog.structural_sentences().items():
        if code in (UNPARSED, REJECTED, TOTAL) or not code.startswith("READ-"):
            continue
        run = Run(code, "", sentence.severity, table, "", files)
        if code not in noted:
            into.finish(run)
            continue
        into.take(
            run,
            "SELECT '' AS key, value, NULL AS \"row\", field, file, line FROM noted "
            'WHERE table_name = ? AND code = ? AND "row" IS NULL',
            [table, code],
        )


def _rejected(into: Findings, table: str, lines: int, there_are: bool) -> None:
    run = Run(REJECTED, "", Severity.ERROR, table, "", lines)
    if not there_are:
        into.finish(run)
        return
    into.take(
        run,
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
