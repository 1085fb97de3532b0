"""The product asked about many files at once: one delivery, one layout per file, one scratch database.

Belongs here: sending, receiving, reading, and fetching the tables that reading leaves. Not here: what they should hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from loantape.catalog import tape_tables
from loantape.checking import from_reading
from loantape.checking.findings import Findings
from loantape.checking.relations import prepared
from loantape.declare import FileLayout, Lender, Period
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import read
from loantape.keys import Keys
from loantape.progress import silent

Rows = list[tuple[Any, ...]]


class Sent(Protocol):
    """A file to send: its name, bytes, layout and the manifest's control totals."""

    name: str
    content: bytes
    layout: FileLayout
    totals: dict[str, str]


@dataclass
class Tables:
    """What reading left, by file; ``tape`` by table, in row order, the columns as asked for."""

    files: dict[str, dict[str, Any]]
    lines: dict[str, Rows]
    line_index: dict[str, Rows]
    accepted_runs: dict[str, Rows]
    totals: dict[str, Rows]
    unparsed: dict[str, Rows] = field(default_factory=dict)
    value_notes: dict[str, Rows] = field(default_factory=dict)
    file_notes: dict[str, Rows] = field(default_factory=dict)
    tape: dict[str, Rows] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    rejected_findings: Rows = field(default_factory=list)


def lender(layouts: Sequence[FileLayout]) -> Lender:
    """A lender that declares each of these layouts once."""
    distinct = tuple({layout.pattern: layout for layout in layouts}.values())
    return Lender(
        "battery", "Battery", "测试", "cn", "small/1", distinct, {"institution": ({"institution_name": "B"},)}
    )


def write(folder: Path, files: Sequence[Sent], lines: Mapping[str, int]) -> Path:
    """A delivery folder whose manifest is right; ``lines`` are the physical lines by name."""
    folder.mkdir(parents=True)
    entries = []
    for file in files:
        (folder / file.name).write_bytes(file.content)
        entry: dict[str, Any] = {"name": file.name, "bytes": len(file.content), "lines": lines[file.name]}
        entry["sha256"] = hashlib.sha256(file.content).hexdigest()
        if file.totals:
            entry["control_totals"] = file.totals
        entries.append(entry)
    manifest = {"format": "loantape-delivery/1", "lender": "battery", "period": "2026-10-31", "schema": "small/1"}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": entries}), encoding="utf-8")
    return folder


def received(folder: Path, files: Sequence[Sent], lines: Mapping[str, int]) -> tuple[Path, Lender]:
    """Sends and receives below ``folder``. Raises DeliveryError where the product refuses."""
    declared = lender([file.layout for file in files])
    sent = open_delivery(write(folder / "sent", files, lines))
    target = folder / "target"
    target.mkdir()
    receive(sent, declared, target, silent())
    return target, declared


def read_all(
    folder: Path,
    files: Sequence[Sent],
    lines: Mapping[str, int],
    columns: Mapping[str, Sequence[str]],
    findings: bool = False,
) -> Tables:
    """Receives and reads the files and fetches what is left.

    ``columns`` are the fields to fetch, by table; with ``findings`` the places of READ-002 are fetched too.
    """
    target, declared = received(folder, files, lines)
    with duckdb.connect() as con:
        read(
            con,
            target / "original",
            declared,
            Period.parse("2026-10"),
            1,
            datetime(2026, 11, 1),
            Keys(folder / "keys"),
            target / "identity.vault",
            silent(),
        )
        left = fetched(con, columns)
        if findings:
            with prepared(con, [], None):
                made = Findings(con)
                from_reading.find(con, made)
                made.store()
            query = "SELECT file, line FROM findings WHERE rule = 'READ-002' ORDER BY ALL"
            left.rejected_findings = con.execute(query).fetchall()
        return left


def fetched(con: duckdb.DuckDBPyConnection, columns: Mapping[str, Sequence[str]]) -> Tables:
    """The tables of a read submission."""
    stated = con.execute("SELECT * FROM files").to_arrow_table().to_pylist()
    found = Tables(
        {row["file"]: row for row in stated},
        _by_file(con, "SELECT file, kind, first_line, last_line, first_byte, end_byte, reason, detail FROM lines "
                      "ORDER BY file, first_line"),
        _by_file(con, "SELECT file, line, byte FROM line_index ORDER BY file, line"),
        _by_file(con, "SELECT file, table_name, first_row, last_row, first_line FROM accepted_runs "
                      "ORDER BY file, table_name, first_row"),
        _by_file(con, "SELECT file, name, declared, computed, origin, agrees FROM control_totals"),
    )  # fmt: skip
    found.unparsed = _by_file(con, 'SELECT table_name, "row", field, text FROM unparsed')
    found.value_notes = _by_file(con, 'SELECT table_name, "row", code, field, value FROM noted WHERE "row" IS NOT NULL')
    found.file_notes = _by_file(con, 'SELECT file, code, line, coalesce(value, ) FROM noted WHERE "row" IS NULL')
    for table in tape_tables():
        found.rows[table] = con.execute(f"SELECT count(*) FROM tape_{table}").fetchall()[0][0]
    for table, fields in columns.items():
        listed = ", ".join(f'"{name}"' for name in fields)
        found.tape[table] = con.execute(f"SELECT {listed} FROM tape_{table} ORDER BY rowid").fetchall()
    return found


def _by_file(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Rows]:
    """The rows of a query without their first column, by that column."""
    grouped: dict[str, Rows] = {}
    for first, *rest in con.execute(query).fetchall():
        grouped.setdefault(first, []).append(tuple(rest))
    return grouped
