"""From received bytes to the tape: count lines first, then parse, then prove that both agree.

Belongs here: the order of reading and the tables it leaves. Not here: bytes (``scan``, ``ledger``), the reader's
options (``source``), values (``typed``). Rules about what values mean are in ``loantape.checking``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from loantape import __version__, catalog
from loantape.declare import FileLayout, Lender, Period
from loantape.errors import ConfigurationError, DeclarationError, DeliveryError, LineLedgerMismatch
from loantape.intake import headers, records
from loantape.intake.ledger import Ledger, build_ledger
from loantape.intake.manifest import MANIFEST, DeclaredFile, Manifest, parse_manifest
from loantape.intake.source import rows_of
from loantape.intake.typed import UNPARSED, UNPARSED_TYPE, identity_sql, literal, rows_sql, sql_types, tables_of
from loantape.keys import Keys
from loantape.privacy import mask, protect_temporary_files, pseudonym_parameters, writing_vault
from loantape.progress import Progress


@dataclass(frozen=True)
class ReadSummary:
    """What reading found, in lines and rows of the whole delivery."""

    lines: Mapping[str, int]  # kind to physical lines
    rows: Mapping[str, int]  # tape table to rows
    unparsed: int
    control_totals_wrong: int


@dataclass(frozen=True)
class _File:
    declared: DeclaredFile
    path: Path
    layout: FileLayout
    header: Sequence[str]
    ledger: Ledger


def read(
    con: duckdb.DuckDBPyConnection,
    original: Path,
    lender: Lender,
    period: Period,
    version: int,
    received_at: datetime,
    keys: Keys,
    vault: Path,
    progress: Progress,
) -> ReadSummary:
    """Fill ``submission``, ``files``, ``lines``, ``line_index``, ``tape_*``, ``accepted_runs``, ``unparsed`` and
    ``control_totals``, and write the identity vault.

    ``original`` is the folder that ``receive`` left. Rows keep the order of their file, files that of the manifest.
    Raises DeliveryError when the bytes are no longer those received, LineLedgerMismatch when DuckDB's reader and the
    byte ledger disagree on a single row.
    """
    _refuse_unordered(con)
    protect_temporary_files(con)
    manifest = _manifest(original)
    files = _count_lines(original, manifest, lender, progress)
    records.create(con)
    _create_tape(con)
    _insert_constant_rows(con, lender, period)
    parameters = pseudonym_parameters(keys.pseudonym_key())
    records.submission(con, manifest, lender, period, version, received_at, __version__)
    for file in files:
        records.file(con, file.declared, tables_of(file.layout)[0], file.ledger)
        for table in tables_of(file.layout):
            with progress.step(f"Reading {file.path.name} into {table}", f"读取 {file.path.name} 到 {table}"):
                first_row = _read_rows(con, file, table, parameters)
            records.accepted_runs(con, table, file.path.name, file.ledger, first_row)
            records.control_totals(con, table, file.declared, first_row, file.ledger.accepted)
    rows = _finish_tape(con)
    with progress.step("Sealing identities", "加密身份信息"):
        _write_vault(con, files, parameters, vault, keys)
    return _summary(con, files, rows)


def raw_line(original_file: Path, con: duckdb.DuckDBPyConnection, file: str, line: int) -> bytes:
    """One physical line of a delivered file as its bytes, without its end: one look into the index, one seek.

    ``line`` counts from 1. Raises DeliveryError when the file has no such line.
    """
    entry = con.execute(
        "SELECT line, byte FROM line_index WHERE file = ? AND line <= ? ORDER BY line DESC LIMIT 1", [file, line]
    ).fetchone()
    total = con.execute("SELECT physical_lines FROM files WHERE file = ?", [file]).fetchone()
    if entry is None or total is None or not 1 <= line <= total[0]:
        raise DeliveryError(f"{file} has no line {line}", "ask for a line that a finding names")
    return records.line_after(original_file, entry[1], line - entry[0])


def _refuse_unordered(con: duckdb.DuckDBPyConnection) -> None:
    """Row ids stand for lines, so the reader must keep the file's order, on however many threads."""
    setting = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    if setting is None or not setting[0]:
        raise ConfigurationError(
            "DuckDB's preserve_insertion_order is off: rows would lose their lines", "leave it at its default"
        )


def _manifest(original: Path) -> Manifest:
    try:
        return parse_manifest((original / MANIFEST).read_bytes())
    except OSError as wrong:
        raise DeliveryError(f"{original / MANIFEST} cannot be read: {wrong.strerror}", "receive it again") from None


def _count_lines(original: Path, manifest: Manifest, lender: Lender, progress: Progress) -> Sequence[_File]:
    layouts = headers.layouts_of([file.name for file in manifest.files], lender)
    files = []
    with progress.step("Counting lines", "清点行数", sum(file.bytes for file in manifest.files)) as task:
        for declared in manifest.files:
            path, layout = original / declared.name, layouts[declared.name]
            header = headers.read_header(path, layout)
            ledger = build_ledger(path, layout, len(header), task)
            if (ledger.size, ledger.sha256, ledger.lines) != (declared.bytes, declared.sha256, declared.lines):
                raise DeliveryError(
                    f"{path} is not what was received: its size, SHA-256 or lines differ from the manifest",
                    "restore the original from a copy, or have the delivery sent again",
                )
            files.append(_File(declared, path, layout, header, ledger))
    return files


def _create_tape(con: duckdb.DuckDBPyConnection) -> None:
    for table in catalog.tape_tables():
        columns = ", ".join(f"{field} {kind}" for field, kind in sql_types(table).items())
        con.execute(f"CREATE TABLE tape_{table} ({columns}, {UNPARSED} {UNPARSED_TYPE})")


def _insert_constant_rows(con: duckdb.DuckDBPyConnection, lender: Lender, period: Period) -> None:
    """Rows the lender declares once and for all come first; where they have a reporting date, it is the period."""
    for table, rows in lender.rows.items():
        types = sql_types(table)
        for row in rows:
            values = dict(row)
            if "snapshot_date" in types:
                values.setdefault("snapshot_date", period.date)
            if unknown := values.keys() - types.keys():
                raise DeclarationError(f"{lender.name} declares {table}.{min(unknown)}", "name a field of schemas/tape")
            places = ", ".join(f"CAST(? AS {types[field]})" for field in values)
            con.execute(f"INSERT INTO tape_{table} ({', '.join(values)}) VALUES ({places})", list(values.values()))


def _read_rows(con: duckdb.DuckDBPyConnection, file: _File, table: str, parameters: Mapping[str, bytes]) -> int:
    """Insert one file's rows into one table. Returns the row id of the first."""
    first_row = _count(con, table)
    with ExitStack() as stack:
        source = stack.enter_context(rows_of(file.path, file.layout, file.ledger, len(file.header)))
        statement = f"INSERT INTO tape_{table} {rows_sql(file.layout, file.header, table, source)}"
        _execute(con, statement, parameters, file)
    read_rows = _count(con, table) - first_row
    if read_rows != file.ledger.accepted:
        raise _mismatch(file, f"{read_rows} rows, the byte count says {file.ledger.accepted}")
    return first_row


def _execute(con: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, bytes], file: _File) -> None:
    used = {name: value for name, value in parameters.items() if f"${name}" in statement}
    try:
        con.execute(statement, used)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as wrong:
        # every accepted line has passed the ledger: what the reader then refuses is a fault of ours, not of the lender
        raise _mismatch(file, f"a line the byte count accepts is refused: {mask(str(wrong))[:500]}") from None


def _mismatch(file: _File, what: str) -> LineLedgerMismatch:
    return LineLedgerMismatch(
        f"{file.path.name}: DuckDB's reader and the byte ledger disagree: {what}",
        "nothing was stored; keep the file and report this",
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM tape_{table}").fetchone()
    return int(counted[0]) if counted else 0


def _finish_tape(con: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """Move the texts that did not parse into their own table, and leave the tape with the fields of its models only."""
    rows = {}
    for table in catalog.tape_tables():
        con.execute(
            f"INSERT INTO unparsed SELECT {literal(table)}, row_id, entry.field, entry.text FROM "
            f"(SELECT rowid AS row_id, unnest({UNPARSED}) AS entry FROM tape_{table} "
            f"WHERE {UNPARSED} IS NOT NULL) AS listed ORDER BY row_id, entry.field"
        )
        con.execute(f"ALTER TABLE tape_{table} DROP COLUMN {UNPARSED}")
        rows[table] = _count(con, table)
    return rows


def _write_vault(
    con: duckdb.DuckDBPyConnection, files: Sequence[_File], parameters: Mapping[str, bytes], vault: Path, keys: Keys
) -> None:
    with writing_vault(con, vault, keys.vault_key()) as identity:
        for file in files:
            with ExitStack() as stack:
                if identity_sql(file.layout, file.header, "nothing") is None:
                    continue
                source = stack.enter_context(rows_of(file.path, file.layout, file.ledger, len(file.header)))
                _execute(
                    con, f"INSERT INTO {identity} {identity_sql(file.layout, file.header, source)}", parameters, file
                )


def _summary(con: duckdb.DuckDBPyConnection, files: Sequence[_File], rows: Mapping[str, int]) -> ReadSummary:
    kinds = ("header", "accepted", "rejected", "blank")
    lines = {kind: sum(file.ledger.counts[at] for file in files) for at, kind in enumerate(kinds)}
    counted = con.execute(
        "SELECT (SELECT count(*) FROM unparsed), (SELECT count(*) FROM control_totals WHERE NOT agrees)"
    ).fetchone()
    unparsed, wrong = counted or (0, 0)
    return ReadSummary(lines, rows, unparsed, wrong)
