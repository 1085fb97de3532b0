"""The tables that say what happened to every line: submission, files, lines, line index, runs, control totals.

Belongs here: their columns and how they are filled from a ledger. Not here: the tape (``reading``).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from loantape.declare import Lender, Period
from loantape.intake import scan
from loantape.intake.ledger import Ledger
from loantape.intake.manifest import DeclaredFile, Manifest

_TABLES = {
    "submission": "lender VARCHAR, period DATE, version INTEGER, jurisdiction VARCHAR, schema_version VARCHAR, "
    "content_sha256 VARCHAR, received_at TIMESTAMP, manifest VARCHAR, loantape_version VARCHAR",
    "files": "file VARCHAR, grain VARCHAR, bytes BIGINT, sha256 VARCHAR, encoding VARCHAR, has_bom BOOLEAN, "
    "physical_lines BIGINT, header_lines BIGINT, accepted_lines BIGINT, rejected_lines BIGINT, blank_lines BIGINT, "
    "trailer_lines BIGINT, declared_lines BIGINT",
    "lines": "file VARCHAR, kind VARCHAR, first_line BIGINT, last_line BIGINT, first_byte BIGINT, end_byte BIGINT, "
    "reason VARCHAR, detail VARCHAR",
    "line_index": "file VARCHAR, line BIGINT, byte BIGINT",
    "accepted_runs": "table_name VARCHAR, file VARCHAR, first_row BIGINT, last_row BIGINT, first_line BIGINT",
    "control_totals": "file VARCHAR, name VARCHAR, declared DECIMAL(38,8), computed DECIMAL(38,8), agrees BOOLEAN",
    "unparsed": 'table_name VARCHAR, "row" BIGINT, field VARCHAR, text VARCHAR',
}


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables, empty."""
    for table, columns in _TABLES.items():
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


def file(con: duckdb.DuckDBPyConnection, declared: DeclaredFile, grain: str, ledger: Ledger) -> None:
    """One file's counts, runs and line index. ``trailer_lines`` is 0: no layout declares a trailer yet."""
    header, accepted, rejected, blank = ledger.counts
    con.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
        [
            declared.name,
            grain,
            ledger.size,
            ledger.sha256,
            ledger.encoding,
            ledger.has_bom,
            ledger.lines,
            header,
            accepted,
            rejected,
            blank,
            declared.lines,
        ],
    )
    runs = pa.table(
        {
            "kind": ledger.runs[:, scan.RUN_KIND],
            "first_line": ledger.runs[:, scan.RUN_LINE],
            "last_line": ledger.last_lines(),
            "first_byte": ledger.runs[:, scan.RUN_BYTE],
            "end_byte": ledger.end_bytes(),
            "reason": ledger.runs[:, scan.RUN_REASON],
            "detail": ledger.runs[:, scan.RUN_DETAIL],
        }
    )
    _insert(
        con,
        runs,
        f"INSERT INTO lines SELECT ?, {_words(scan.KINDS)}[kind + 1], first_line, last_line, first_byte, end_byte, "
        f"nullif({_words(scan.REASONS)}[reason + 1], ''), CASE WHEN reason = 0 THEN NULL "
        f"WHEN reason = {scan.FIELD_COUNT} THEN detail || ' fields' ELSE 'byte ' || detail || ' of the line' END "
        "FROM arrived ORDER BY first_byte",
        declared.name,
    )
    index = pa.table({"line": ledger.index[:, 0], "byte": ledger.index[:, 1]})
    _insert(con, index, "INSERT INTO line_index SELECT ?, line, byte FROM arrived ORDER BY line", declared.name)


def accepted_runs(con: duckdb.DuckDBPyConnection, table: str, name: str, ledger: Ledger, first_row: int) -> None:
    """Which rows of a tape table are which physical lines: ``line = first_line + (rowid - first_row)``."""
    kept = ledger.runs[:, scan.RUN_KIND] == scan.ACCEPTED
    lines = ledger.runs[kept, scan.RUN_LINE]
    counts = ledger.last_lines()[kept] - lines + 1
    ends = first_row + np.cumsum(counts)
    runs = pa.table({"first_row": ends - counts, "last_row": ends - 1, "first_line": lines})
    # neighbours that only a different reason once kept apart do not exist: accepted lines have no reason
    _insert(
        con,
        runs,
        "INSERT INTO accepted_runs SELECT ?, ?, first_row, last_row, first_line FROM arrived ORDER BY first_row",
        table,
        name,
    )


def control_totals(
    con: duckdb.DuckDBPyConnection, table: str, declared: DeclaredFile, first_row: int, rows: int
) -> None:
    """Compare the declared sums of a table's fields with the sums over the rows this file brought, in DECIMAL."""
    for name, total in declared.control_totals.items():
        if name.split(".")[0] != table:
            continue
        con.execute(
            "INSERT INTO control_totals SELECT ?, ?, declared, computed, declared = computed FROM (SELECT "
            f"CAST(? AS DECIMAL(38,8)) AS declared, CAST(coalesce(sum({name.split('.')[1]}), 0) AS DECIMAL(38,8)) "
            f"AS computed FROM tape_{table} WHERE rowid BETWEEN ? AND ?) AS t",
            [declared.name, name, str(total), first_row, first_row + rows - 1],
        )


def line_after(path: Path, byte: int, skip: int) -> bytes:
    """The line that comes ``skip`` lines after the one at ``byte``, without its end."""
    with path.open("rb") as reading:
        reading.seek(byte)
        left = b""
        while True:
            block = reading.read(1 << 20)
            pieces = (left + block).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            if len(pieces) > skip + 2 or not block:
                return pieces[skip]
            left = left + block


def _insert(con: duckdb.DuckDBPyConnection, arrived: pa.Table, statement: str, *parameters: str) -> None:
    con.register("arrived", arrived)
    try:
        con.execute(statement, list(parameters))
    finally:
        con.unregister("arrived")


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
