"""Findings that reading already made: texts that do not parse, lines that are no records, totals, everything noted.

Belongs here: turning the tables that reading leaves into findings. Not here: reading.
"""

from __future__ import annotations

from time import perf_counter

import duckdb

from loantape import catalog
from loantape.catalog import grain
from loantape.checking.findings import Run, Stage, key_sql, masked_sql
from loantape.declare import Severity

UNPARSED, REJECTED, TOTAL = "READ-001", "READ-002", "READ-003"


def stage_findings(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """READ-001 once per field that has such texts, the others once per table; always at least one run each.

    READ-001 and notes of values have the value's row; READ-002 the line, one finding per physical line; READ-003 and
    notes of files the file, and the line where there is one.
    """
    for table in catalog.tape_tables():
        _unparsed(con, stage, table)
    for table, files, lines in con.execute(
        "SELECT grain, count(*), sum(accepted_lines + rejected_lines) FROM files GROUP BY grain ORDER BY grain"
    ).fetchall():
        _rejected(stage, table, int(lines))
        _noted_of_files(stage, table, files)
    for table in catalog.tape_tables():
        _noted_of_values(con, stage, table)
    totals = con.execute(
        "SELECT split_part(name, '.', 1) AS grain, count(*) FROM control_totals GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for table, count in totals:
        _totals(stage, table, count)


def _unparsed(con: duckdb.DuckDBPyConnection, stage: Stage, table: str) -> None:
    rows = _rows(con, table)
    fields = con.execute("SELECT DISTINCT field FROM unparsed WHERE table_name = ? ORDER BY field", [table]).fetchall()
    for (field,) in fields or [("",)]:
        started = perf_counter()
        failed = stage.add(
            f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("u.text")} AS value, u."row", '
            f'u.field, NULL AS file, NULL AS line FROM unparsed AS u LEFT JOIN tape_{table} AS t ON t.rowid = u."row" '
            "WHERE u.table_name = ? AND u.field = ?",
            [table, field],
        )
        stage.finish(Run(UNPARSED, field, Severity.ERROR, table, table, rows, failed, perf_counter() - started))


def _noted_of_values(con: duckdb.DuckDBPyConnection, stage: Stage, table: str) -> None:
    """Values that were taken, and cells that could not be, with something to say of them."""
    noted = con.execute(
        'SELECT DISTINCT code, field FROM noted WHERE table_name = ? AND "row" IS NOT NULL ORDER BY code, field',
        [table],
    ).fetchall()
    for code, field in noted:
        started = perf_counter()
        failed = stage.add(
            f'SELECT {key_sql(grain(table), "t")} AS key, {masked_sql("n.value")} AS value, n."row", '
            f'n.field, NULL AS file, NULL AS line FROM noted AS n JOIN tape_{table} AS t ON t.rowid = n."row" '
            'WHERE n.table_name = ? AND n.code = ? AND n.field = ? AND n."row" IS NOT NULL',
            [table, code, field],
        )
        severity = catalog.sentence(code).severity
        rows = _rows(con, table)
        stage.finish(Run(code, field, severity, table, table, rows, failed, perf_counter() - started))


def _noted_of_files(stage: Stage, table: str, files: int) -> None:
    """Every code that is said of files as a whole: one run each, however often it was said."""
    for code, sentence in catalog.structural_sentences().items():
        if code in (UNPARSED, REJECTED, TOTAL) or not code.startswith("READ-"):
            continue
        started = perf_counter()
        failed = stage.add(
            "SELECT '' AS key, value, NULL AS \"row\", field, file, line FROM noted "
            'WHERE table_name = ? AND code = ? AND "row" IS NULL',
            [table, code],
        )
        stage.finish(Run(code, "", sentence.severity, table, "", files, failed, perf_counter() - started))


def _rejected(stage: Stage, table: str, lines: int) -> None:
    started = perf_counter()
    failed = stage.add(
        "SELECT '' AS key, l.reason AS value, NULL AS \"row\", '' AS field, l.file, "
        "unnest(range(l.first_line, l.last_line + 1)) AS line "
        "FROM lines AS l JOIN files AS f ON f.file = l.file WHERE l.kind = 'rejected' AND f.grain = ?",
        [table],
    )
    stage.finish(Run(REJECTED, "", Severity.ERROR, table, "", lines, failed, perf_counter() - started))


def _totals(stage: Stage, table: str, count: int) -> None:
    started = perf_counter()
    failed = stage.add(
        "SELECT '' AS key, concat(declared, ' <> ', coalesce(CAST(computed AS VARCHAR), '')) AS value, "
        "NULL AS \"row\", split_part(name, '.', 2) AS field, file, NULL AS line "
        "FROM control_totals WHERE NOT agrees AND split_part(name, '.', 1) = ?",
        [table],
    )
    stage.finish(Run(TOTAL, "", Severity.ERROR, table, "", count, failed, perf_counter() - started))


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM tape_{table}").fetchone()
    return int(counted[0]) if counted else 0
