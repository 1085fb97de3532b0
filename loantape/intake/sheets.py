"""Files that are no text: Parquet, Arrow and XLSX rows into the tape, by the same rules as lines.

Belongs here: their lines, their drift, their refused cells. Not here: opening them (``cells``), parsing texts
(``parse``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loantape.declare import FileKind, FileLayout
from loantape.errors import DeliveryError, LineLedgerMismatch
from loantape.intake import headers, records, scan, stream
from loantape.intake.cells import CellBatch, CellFile
from loantape.intake.characters import Numbers, encoding_of
from loantape.intake.headers import Header
from loantape.intake.ledger import Ledger, sha256_of
from loantape.intake.parse import Batch, parse_cells, schema_of
from loantape.intake.plan import IDENTITY, CellPlan, Target, compile_plan

DRIFT = "READ-015"
_NO_INDEX = np.empty((0, 2), dtype=np.int64)


def look_at(path: Path, layout: FileLayout) -> tuple[Header, Ledger]:
    """A file's columns, its size, hash and number of rows; its lines are known when it has been read.

    Raises DeliveryError where it is refused as a whole.
    """
    with CellFile(path, layout) as cells:
        described = cells.description
    header = _header(described.header, path, layout)
    nothing = np.empty((0, 5), dtype=np.int64)
    ledger = Ledger(
        path.stat().st_size, sha256_of(path), encoding_of("utf-8"), 0, described.lines,
        (0, 0, 0, 0, 0), 0, (0, 0, 0, 0), 0, nothing, _NO_INDEX,
    )  # fmt: skip
    return header, ledger


def _header(names: Sequence[str], path: Path, layout: FileLayout) -> Header:
    if layout.header or layout.kind is not FileKind.XLSX:
        return headers.match(names, layout, path)
    return headers.in_declared_order(layout)


def row(path: Path, layout: FileLayout, number: int) -> tuple[Header, tuple[str, ...]]:
    """The file's columns, and one row's cells as text. Raises DeliveryError when there is no such row."""
    with CellFile(path, layout) as cells:
        header = _header(cells.description.header, path, layout)
        found = cells.row(number)
    if not found:
        raise DeliveryError(f"{path.name} has no row {number}", "ask for a line that a finding names")
    return header, found


def insert_rows(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    layout: FileLayout,
    header: Header,
    ledger: Ledger,
    table: str,
    targets: Sequence[Target],
    first_row: int,
    statement: str,
    parameters: Mapping[str, bytes],
    name: str,
) -> Ledger:
    """Insert a file's rows into one table; returns its lines. What drifted is noted once per column."""
    plan = compile_plan(targets)
    listed = partial(stream.store_listed, con, table, targets, first_row)
    lines: list[Numbers] = []
    with CellFile(path, layout) as cells:
        batches = _batches(cells, header, targets, plan, lines)
        stream.insert_rows(con, statement, parameters, schema_of(plan), batches, listed)
        blank = np.array(cells.blank, dtype=np.int64)
        drift = list(cells.drift)
    records.note(con, _drift_notes(drift, targets, table, name))
    return _lines(path, ledger, layout, np.concatenate([*lines, _NO_INDEX[:, 0]]), blank)


def insert_identities(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    layout: FileLayout,
    targets: Sequence[Target],
    header: Header,
    statement: str,
) -> int:
    """What a file's loans say of their borrowers into the vault: how many rows. What is to be said of its cells was
    said when its rows were read."""
    plan = compile_plan(targets)
    with CellFile(path, layout) as cells:
        batches = _batches(cells, header, targets, plan, [])
        return stream.insert_rows(con, statement, {}, schema_of(plan), batches, lambda *_: None)


def _drift_notes(
    drift: Sequence[tuple[int, str]], targets: Sequence[Target], table: str, name: str
) -> list[tuple[str, str, str, str, int | None, str]]:
    """One note per column whose type is not the declared one, with every type that was delivered."""
    delivered: dict[int, list[str]] = {}
    for at, kind in drift:
        if targets[at].name:  # a column that only counts rows drifts from nothing
            delivered.setdefault(at, []).append(kind)
    return [
        (
            DRIFT,
            table,
            targets[at].name,
            name,
            None,
            f"declared {type(targets[at].column.form).__name__}, delivered {', '.join(kinds)}",
        )
        for at, kinds in delivered.items()
    ]


def _batches(
    cells: CellFile, header: Header, targets: Sequence[Target], plan: CellPlan, lines: list[Numbers]
) -> Iterator[Batch]:
    wanted = [(header.places.get(target.column.header, 0), target.column.form) for target in targets]
    for batch in cells.batches(wanted):
        lines.append(batch.lines)
        yield _with_refused(parse_cells(batch.columns, plan), batch, targets)


def _with_refused(parsed: Batch, batch: CellBatch, targets: Sequence[Target]) -> Batch:
    """The parsed rows with the cells that have no value to parse: formulas and errors, numbers cut off by a
    spreadsheet.
    """
    if not batch.refused:
        return parsed
    # of an identity it is said that it was refused, never what it was
    entries = [
        (row, cell, "" if targets[cell].type == IDENTITY and code != "READ-016" else text, int(code[-3:]))
        for row, cell, code, text in batch.refused
        if targets[cell].name
    ]
    if not entries:
        return parsed
    rows, places, texts, codes = (list(column) for column in zip(*entries, strict=True))
    listed = pa.table(
        {
            "row": pa.array(rows, pa.int64()),
            "cell": pa.array(places, pa.int64()),
            "text": pa.array(texts, pa.large_string()),
            "code": pa.array(codes, pa.int64()),
        }
    )
    failed = listed.filter(pc.equal(listed["code"], 1)).drop_columns(["code"])
    noted = listed.filter(pc.not_equal(listed["code"], 1))
    return Batch(
        parsed.rows, parsed.values, pa.concat_tables([parsed.fails, failed]), pa.concat_tables([parsed.notes, noted])
    )


def _lines(path: Path, ledger: Ledger, layout: FileLayout, accepted: Numbers, blank: Numbers) -> Ledger:
    """The rows as runs of lines, without bytes."""
    kinds = np.full(ledger.lines + 1, -1, dtype=np.int64)
    kinds[accepted] = scan.ACCEPTED
    kinds[blank] = scan.BLANK
    if layout.kind is FileKind.XLSX and layout.header and ledger.lines:
        kinds[1] = scan.HEADER
    kinds = kinds[1:]
    if (kinds < 0).any():
        raise LineLedgerMismatch(
            f"{path.name}: row {int(np.flatnonzero(kinds < 0)[0]) + 1} was neither read nor blank",
            "nothing was stored; keep the file and report this",
        )
    starts = np.flatnonzero(np.diff(kinds, prepend=-2))
    runs = np.zeros((len(starts), 5), dtype=np.int64)
    runs[:, scan.RUN_KIND] = kinds[starts]
    runs[:, scan.RUN_LINE] = starts + 1
    counts = np.bincount(kinds, minlength=len(scan.KINDS)).tolist()
    return Ledger(
        ledger.size, ledger.sha256, ledger.encoding, 0, ledger.lines, (counts[0], counts[1], counts[2], counts[3], 0),
        0, ledger.line_ends, 0, runs, _NO_INDEX,
    )  # fmt: skip
