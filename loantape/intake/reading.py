"""From received bytes to the tape: count lines first, then parse, then prove that both agree.

Belongs here: the order of reading and the tables it leaves. Not here: bytes (``scan``, ``ledger``), values (``parse``),
files that are no text (``sheets``). Rules about what values mean are in ``loantape.checking``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from loantape import __version__, catalog
from loantape.declare import FileLayout, Lender, Period
from loantape.errors import ConfigurationError, DeclarationError, DeliveryError, LineLedgerMismatch
from loantape.intake import headers, looks, records, scan, sheets, stream, trailer, typed, unpack
from loantape.intake.characters import encoding_of
from loantape.intake.headers import Header
from loantape.intake.ledger import Ledger, build_ledger
from loantape.intake.lines import placed_after
from loantape.intake.manifest import MANIFEST, DeclaredFile, Manifest, parse_manifest
from loantape.intake.parse import parse_file, schema_of
from loantape.intake.plan import Target, compile_plan
from loantape.keys import Keys
from loantape.privacy import Vault, protect_temporary_files, pseudonym_parameters, writing_vault
from loantape.progress import Progress, Task

PERIOD = "{period}"  # in a constant: the reporting date
NO_SUMS, NO_TRAILER, MIXED_ENDS, NO_LAST_END, LOOKS_OTHERWISE = (f"READ-{n:03}" for n in (4, 5, 10, 11, 12))


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
    header: Header
    ledger: Ledger
    totals: trailer.Found

    @property
    def grain(self) -> str:
        return typed.tables_of(self.layout)[0]


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
    """Fill the tables of ``records`` and ``tape_*``, and write the identity vault.

    ``original`` is the folder that ``receive`` left. Rows keep the order of their file, files that of the manifest.
    Raises DeliveryError when the bytes are no longer those received, LineLedgerMismatch when the parser and the byte
    ledger disagree on a single row.
    """
    _refuse_unordered(con)
    protect_temporary_files(con)
    manifest = _manifest(original)
    files = _look_at_files(original, manifest, _at(lender, period), progress)
    records.create(con)
    _create_tape(con)
    _insert_constant_rows(con, lender, period)
    parameters = pseudonym_parameters(keys.pseudonym_key())
    records.submission(con, manifest, lender, period, version, received_at, __version__)
    accepted = [_read_file(con, file, parameters, progress) for file in files]
    rows = {table: _count(con, table) for table in catalog.tape_tables()}
    with writing_vault(con, vault, keys.vault_key()) as kept:
        _keep_nobody(con, kept, len(lender.rows.get("loan", ())))
        for file, count in zip(files, accepted, strict=True):
            if "loan" in typed.tables_of(file.layout):
                _keep_identities(con, file, count, kept, progress)
        with progress.step("Listing borrowers", "汇总借款人"):
            con.execute(f"INSERT INTO {kept.identity} {typed.borrowers_sql(kept.loan)}", parameters)
    return _summary(con, files, rows)


def raw_line(content: Path, con: duckdb.DuckDBPyConnection, file: str, line: int) -> bytes:
    """One physical line of a delivered text file as its bytes, without its end: one look into the index, one seek.

    ``content`` is the file unpacked; ``line`` counts from 1. Raises DeliveryError when the file has no such line.
    """
    return placed_line(content, con, file, line)[1]


def placed_line(content: Path, con: duckdb.DuckDBPyConnection, file: str, line: int) -> tuple[int, bytes]:
    """The same line, and the byte of the unpacked file at which it begins."""
    entry = con.execute(
        "SELECT line, byte FROM line_index WHERE file = ? AND line <= ? ORDER BY line DESC LIMIT 1", [file, line]
    ).fetchone()
    found = con.execute("SELECT physical_lines, encoding FROM files WHERE file = ?", [file]).fetchone()
    if entry is None or found is None or not 1 <= line <= found[0]:
        raise DeliveryError(f"{file} has no line {line}", "ask for a line that a finding names")
    return placed_after(content, entry[1], line - entry[0], encoding_of(found[1]))


def _refuse_unordered(con: duckdb.DuckDBPyConnection) -> None:
    """Row ids stand for lines, so rows must keep the file's order, on however many threads."""
    setting = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    if setting is None or not setting[0]:
        raise ConfigurationError(
            "DuckDB's preserve_insertion_order is off: rows would lose their lines", "leave it at its default"
        )


def _at(lender: Lender, period: Period) -> Lender:
    """The lender with the reporting date in place of ``{period}`` in its constants."""
    day = period.date.isoformat()
    return replace(
        lender,
        files=tuple(
            replace(layout, constants={to: text.replace(PERIOD, day) for to, text in layout.constants.items()})
            for layout in lender.files
        ),
    )


def _manifest(original: Path) -> Manifest:
    try:
        return parse_manifest((original / MANIFEST).read_bytes())
    except OSError as wrong:
        raise DeliveryError(f"{original / MANIFEST} cannot be read: {wrong.strerror}", "receive it again") from None


def _look_at_files(original: Path, manifest: Manifest, lender: Lender, progress: Progress) -> Sequence[_File]:
    """Every file with its header and, for text, its lines counted on bytes."""
    contents = {declared.name: unpack.content_name(declared.name) for declared in manifest.files}
    layouts = headers.layouts_of(list(contents.values()), lender)
    with progress.step("Counting lines", "清点行数", sum(file.bytes for file in manifest.files)) as task:
        return [_look_at(original, declared, layouts[contents[declared.name]], task) for declared in manifest.files]


def _look_at(original: Path, declared: DeclaredFile, layout: FileLayout, task: Task) -> _File:
    path = unpack.content_path(original.parent, declared.name)
    packed = path.parent != original
    if typed.is_text(layout):
        header = headers.read_header(path, layout)
        counted = build_ledger(path, layout, header.fields, task)
        ledger, found = trailer.take_trailer(path, layout, counted, typed.tables_of(layout)[0])
    else:
        header, ledger = sheets.look_at(path, layout)
        found = trailer.Found({})
    bytes_differ = not packed and (ledger.size, ledger.sha256) != (declared.bytes, declared.sha256)
    if bytes_differ or ledger.lines != declared.lines:
        raise DeliveryError(
            f"{path} is not what was received: its size, SHA-256 or lines differ from the manifest",
            "restore the original from a copy, or have the delivery sent again",
        )
    return _File(declared, path, layout, header, ledger, found)


def _create_tape(con: duckdb.DuckDBPyConnection) -> None:
    for table in catalog.tape_tables():
        columns = ", ".join(f"{field} {kind}" for field, kind in typed.sql_types(table).items())
        con.execute(f"CREATE TABLE tape_{table} ({columns})")


def _insert_constant_rows(con: duckdb.DuckDBPyConnection, lender: Lender, period: Period) -> None:
    """Rows the lender declares once and for all come first; where they have a reporting date, it is the period."""
    for table, rows in lender.rows.items():
        types = typed.sql_types(table)
        for row in rows:
            values = dict(row)
            if "snapshot_date" in types:
                values.setdefault("snapshot_date", period.date)
            if unknown := values.keys() - types.keys():
                raise DeclarationError(f"{lender.name} declares {table}.{min(unknown)}", "name a field of schemas/tape")
            places = ", ".join(f"CAST(? AS {types[field]})" for field in values)
            con.execute(f"INSERT INTO tape_{table} ({', '.join(values)}) VALUES ({places})", list(values.values()))


def _read_file(con: duckdb.DuckDBPyConnection, file: _File, parameters: Mapping[str, bytes], progress: Progress) -> int:
    """One file's rows into each table it feeds, and everything that is to be said of the file. Returns their number."""
    first_rows = {}
    ledger = file.ledger
    for table in typed.tables_of(file.layout):
        name = file.declared.name
        with progress.step(f"Reading {name} into {table}", f"读取 {name} 到 {table}", ledger.size) as task:
            first_rows[table], ledger = _read_rows(con, file, table, parameters, task)
        records.accepted_runs(con, table, name, ledger, first_rows[table])
    records.file(con, file.declared, file.grain, file.layout.kind, ledger.encoding.name, ledger)
    for origin, totals in (("manifest", file.declared.control_totals), ("trailer", file.totals.totals)):
        records.control_totals(con, file.declared.name, origin, totals, first_rows, ledger)
    records.note(con, _notes(file))
    return ledger.accepted


def _read_rows(
    con: duckdb.DuckDBPyConnection, file: _File, table: str, parameters: Mapping[str, bytes], task: Task
) -> tuple[int, Ledger]:
    """Insert one file's rows into one table. Returns the row id of the first, and the file's lines."""
    first_row = _count(con, table)
    targets = typed.targets_of(file.layout, file.header, table)
    statement = f"INSERT INTO tape_{table} {typed.rows_sql(file.layout, targets, table, stream.SOURCE)}"
    listed = partial(stream.store_listed, con, table, targets, first_row)
    ledger = file.ledger
    if typed.is_text(file.layout):
        _insert(con, file, statement, targets, parameters, task, listed)
    else:
        ledger = sheets.insert_rows(
            con, file.path, file.layout, file.header, file.ledger, table, targets, first_row, statement, parameters,
            file.declared.name,
        )  # fmt: skip
    read_rows = _count(con, table) - first_row
    if read_rows != ledger.accepted:
        raise LineLedgerMismatch(
            f"{file.path.name}: the parser gave {read_rows} rows, the byte count says {ledger.accepted}",
            "nothing was stored; keep the file and report this",
        )
    return first_row, ledger


def _insert(
    con: duckdb.DuckDBPyConnection,
    file: _File,
    statement: str,
    targets: Sequence[Target],
    parameters: Mapping[str, bytes],
    task: Task,
    listed: partial[None],
) -> int:
    plan = compile_plan(targets)
    with closing(parse_file(file.path, file.layout, file.ledger, file.header.fields, plan, task)) as batches:
        return stream.insert_rows(con, statement, parameters, schema_of(plan), batches, listed)


def _keep_identities(con: duckdb.DuckDBPyConnection, file: _File, loans: int, vault: Vault, progress: Progress) -> None:
    """What the loans of one file say of their borrowers into the vault, in a second pass over those columns only."""
    targets = typed.identity_targets(file.layout, file.header)
    if not targets:
        _keep_nobody(con, vault, loans)
        return
    statement = f"INSERT INTO {vault.loan} {typed.identity_sql(targets, stream.SOURCE)}"
    with progress.step("Sealing identities", "加密身份信息", file.ledger.size) as task:
        if typed.is_text(file.layout):
            kept = _insert(con, file, statement, targets, {}, task, partial(_nothing_listed))
        else:
            kept = sheets.insert_identities(con, file.path, file.layout, targets, file.header, statement)
    if kept != loans:
        raise LineLedgerMismatch(
            f"{file.path.name}: {loans} loans were read and {kept} identities",
            "nothing was stored; keep the file and report this",
        )


def _keep_nobody(con: duckdb.DuckDBPyConnection, vault: Vault, loans: int) -> None:
    """Rows of the vault for loans that come without an identity."""
    con.execute(f"INSERT INTO {vault.loan} {typed.identity_sql((), 'range(?)')}", [loans])


def _nothing_listed(*_: object) -> None:
    """What does not parse in this pass was listed in the first."""


def _notes(file: _File) -> Sequence[tuple[str, str, str, str, int | None, str]]:
    """What is to be said of a file as a whole: (code, table, field, file, line, value)."""
    ledger, name, grain = file.ledger, file.declared.name, file.grain
    line = 1 if file.layout.header else None
    notes: list[tuple[str, str, str, str, int | None, str]] = [
        (code, grain, "", name, line, value) for code, value in file.header.notes
    ]
    declared = [*file.declared.control_totals, *file.totals.totals]
    if typed.carries_amounts(file.layout) and all(total.endswith(f".{headers.ROWS}") for total in declared):
        notes.append((NO_SUMS, grain, "", name, None, ""))
    if file.totals.defect:
        notes.append((NO_TRAILER, grain, "", name, None, file.totals.defect))
    if not typed.is_text(file.layout):
        return notes
    lf, crlf, cr, unended = ledger.line_ends
    if ledger.odd_line:
        notes.append((MIXED_ENDS, grain, "", name, ledger.odd_line, f"LF {lf}, CRLF {crlf}, CR {cr}"))
    if unended:
        notes.append((NO_LAST_END, grain, "", name, ledger.lines, ""))
    undecodable = bool((ledger.runs[:, scan.RUN_REASON] == scan.UNDECODABLE).any())
    if otherwise := looks.looks_otherwise(file.path, ledger.encoding, undecodable):
        notes.append((LOOKS_OTHERWISE, grain, "", name, None, otherwise))
    return notes


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM tape_{table}").fetchone()
    return int(counted[0]) if counted else 0


def _summary(con: duckdb.DuckDBPyConnection, files: Sequence[_File], rows: Mapping[str, int]) -> ReadSummary:
    counted = con.execute(
        "SELECT sum(header_lines), sum(accepted_lines), sum(rejected_lines), sum(blank_lines), sum(trailer_lines), "
        "(SELECT count(*) FROM unparsed), (SELECT count(*) FROM control_totals WHERE NOT agrees) FROM files"
    ).fetchone()
    counts = [int(number or 0) for number in counted or [0] * 7]
    return ReadSummary(dict(zip(scan.KINDS, counts, strict=False)), rows, counts[5], counts[6])
