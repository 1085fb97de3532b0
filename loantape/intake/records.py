"""The tables that say what happened to every line: submission, files, lines, line index, runs, totals, what was noted.

Belongs here: their columns and how they are filled. Not here: the tape (``reading``), finding anything out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa

from loantape.declare import FileKind, Lender, Period
from loantape.intake import scan
from loantape.intake.headers import ROWS
from loantape.intake.ledger import Ledger
from loantape.intake.manifest import DeclaredFile, Manifest

TABLES: Mapping[str, str] = {
    "submission": "lender VARCHAR, period DATE, version INTEGER, jurisdiction VARCHAR, schema_version VARCHAR, "
    "content_sha256 VARCHAR, received_at TIMESTAMP, manifest VARCHAR, loantape_version VARCHAR",
    "files": "file VARCHAR, grain VARCHAR, kind VARCHAR, bytes BIGINT, sha256 VARCHAR, encoding VARCHAR, "
    "has_bom BOOLEAN, physical_lines BIGINT, header_lines BIGINT, accepted_lines BIGINT, rejected_lines BIGINT, "
    "blank_lines BIGINT, trailer_lines BIGINT, declared_lines BIGINT",
    "lines": "file VARCHAR, kind VARCHAR, first_line BIGINT, last_line BIGINT, first_byte BIGINT, end_byte BIGINT, "
    "reason VARCHAR, detail VARCHAR",
    "line_index": "file VARCHAR, line BIGINT, byte BIGINT",
    "accepted_runs": "table_name VARCHAR, file VARCHAR, first_row BIGINT, last_row BIGINT, first_line BIGINT",
    "control_totals": "file VARCHAR, name VARCHAR, declared DECIMAL(38,8), computed DECIMAL(38,8), agrees BOOLEAN, "
    "origin VARCHAR",
    "unparsed": 'table_name VARCHAR, "row" BIGINT, field VARCHAR, text VARCHAR',
    "noted": 'code VARCHAR, table_name VARCHAR, "row" BIGINT, field VARCHAR, file VARCHAR, line BIGINT, value VARCHAR',
}


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables, empty."""
    for table, columns in TABLES.items():
        con.execute(f"CREATE TABLE {table} ({columns})")


def submission(
    con: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    lender: Lender,
    period: Period,
    version: int,
    received_at: datetime,
    loantape_version: str,
) -> None:
    """The one row that says whose delivery this is and which code read it."""
    con.execute(
        "INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            lender.name,
            period.date,
            version,
            lender.jurisdiction,
            lender.schema_version,
            manifest.content_sha256(),
            received_at,
            json.dumps(manifest.document, ensure_ascii=False),
            loantape_version,
        ],
    )


def file(
    con: duckdb.DuckDBPyConnection, declared: DeclaredFile, grain: str, kind: FileKind, encoding: str, ledger: Ledger
) -> None:
    """One file's counts, runs and line index. Files that are no text have lines, and no bytes of them."""
    header, accepted, rejected, blank, trailer = ledger.counts
    counts = (ledger.lines, header, accepted, rejected, blank, trailer, declared.lines)
    con.execute(
        f"INSERT INTO files VALUES ({', '.join('?' * 14)})",
        [declared.name, grain, str(kind), ledger.size, ledger.sha256, encoding, ledger.mark > 0, *counts],
    )
    text = len(ledger.index) > 0
    runs = pa.table(
        {
            "kind": ledger.runs[:, scan.RUN_KIND],
            "first_line": ledger.runs[:, scan.RUN_LINE],
            "last_line": ledger.last_lines(),
            "first_byte": ledger.runs[:, scan.RUN_BYTE],
            "end_byte": ledger.end_bytes() if text else ledger.runs[:, scan.RUN_BYTE],
            "reason": ledger.runs[:, scan.RUN_REASON],
            "detail": ledger.runs[:, scan.RUN_DETAIL],
        }
    )
    insert(
        con,
        runs,
        f"INSERT INTO lines SELECT ?, {_words(scan.KINDS)}[kind + 1], first_line, last_line, first_byte, end_byte, "
        f"nullif({_words(scan.REASONS)}[reason + 1], ''), CASE WHEN detail > 0 THEN CAST(detail AS VARCHAR) END "
        "FROM arrived ORDER BY first_line",
        declared.name,
    )
    index = pa.table({"line": ledger.index[:, 0], "byte": ledger.index[:, 1]})
    insert(con, index, "INSERT INTO line_index SELECT ?, line, byte FROM arrived ORDER BY line", declared.name)


def accepted_runs(con: duckdb.DuckDBPyConnection, table: str, name: str, ledger: Ledger, first_row: int) -> None:
    """Which rows of a tape table are which physical lines: ``line = first_line + (rowid - first_row)``."""
    kept = ledger.runs[:, scan.RUN_KIND] == scan.ACCEPTED
    lines = ledger.runs[kept, scan.RUN_LINE]
    counts = ledger.last_lines()[kept] - lines + 1
    ends = first_row + np.cumsum(counts)
    runs = pa.table({"first_row": ends - counts, "last_row": ends - 1, "first_line": lines})
    # neighbours that only a different reason once kept apart do not exist: accepted lines have no reason
    insert(
        con,
        runs,
        "INSERT INTO accepted_runs SELECT ?, ?, first_row, last_row, first_line FROM arrived ORDER BY first_row",
        table,
        name,
    )


def control_totals(
    con: duckdb.DuckDBPyConnection,
    file: str,
    origin: str,
    totals: Mapping[str, Decimal],
    first_rows: Mapping[str, int],
    ledger: Ledger,
) -> None:
    """Compare what the manifest or a trailer says of a file with its lines and, in DECIMAL, the rows they became.

    ``first_rows`` is where the file's rows begin in each table it feeds. ``rows`` counts accepted and rejected lines.
    """
    for name, total in totals.items():
        table, field = name.split(".")
        computed = str(ledger.records) if field == ROWS else _sum(con, table, field, first_rows[table], ledger.accepted)
        con.execute(
            "INSERT INTO control_totals SELECT ?, ?, declared, computed, declared = computed, ? FROM "
            "(SELECT CAST(? AS DECIMAL(38,8)) AS declared, CAST(? AS DECIMAL(38,8)) AS computed) AS t",
            [file, name, origin, str(total), computed],
        )


def note(con: duckdb.DuckDBPyConnection, notes: Iterable[tuple[str, str, str, str, int | None, str]]) -> None:
    """What is to be said of files: (code, table, field, file, line, value)."""
    rows = list(notes)
    if rows:
        con.executemany("INSERT INTO noted VALUES (?, ?, NULL, ?, ?, ?, ?)", rows)


def insert(con: duckdb.DuckDBPyConnection, arrived: pa.Table, statement: str, *parameters: str) -> None:
    """Run a statement that reads the Arrow table under the name ``arrived``."""
    con.register("arrived", arrived)
    try:
        con.execute(statement, list(parameters))
    finally:
        con.unregister("arrived")


def _sum(con: duckdb.DuckDBPyConnection, table: str, field: str, first_row: int, rows: int) -> str:
    found = con.execute(
        f"SELECT CAST(coalesce(sum({field}), 0) AS VARCHAR) FROM tape_{table} WHERE rowid BETWEEN ? AND ?",
        [first_row, first_row + rows - 1],
    ).fetchone()
    return str(found[0]) if found else "0"


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
