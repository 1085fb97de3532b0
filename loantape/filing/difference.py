"""What an amendment changes, record by record: each table of the new files against the same table of the old ones.

Belongs here: reading both sides, pairing records by their key, counting, and the file with every difference. Not here:
how a regulator's files are read (``templates``), tapes of submissions (``loantape.compare``), or the package.

What is compared is what was sealed and what will be: the files themselves, as texts, not what either was made from.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from loantape.declare import FiledColumn, FiledTable
from loantape.errors import ReadBackMismatch
from loantape.inert import inert_sql
from loantape.privacy import masked_key_sql, masked_sql

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
HEADER = ("change", "key", "column", "old", "new", "old_file", "old_record", "new_file", "new_record")
_SIDES = ("old", "new")
_FILE = "file"  # no heading is one of these: a heading has a code or a number
_RECORD = "record"
_HIDDEN = "'***'"


@dataclass(frozen=True)
class TableDifference:
    """One table, in records; ``file`` holds each difference. ``columns`` counts the records in which each changed."""

    table: str
    file: str
    old_records: int
    new_records: int
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int]


def file_name(table: FiledTable) -> str:
    """What the file with a table's differences is called in the package."""
    return f"difference-{table.names[0]}.csv"


def compare(
    con: Any,
    tables: Sequence[FiledTable],
    folders: tuple[Path, Path],
    records: tuple[Mapping[str, int | None], Mapping[str, int | None]],
    out: Path,
) -> list[TableDifference]:
    """Compare the files of two folders, old and new, and write one CSV per table into ``out``.

    ``con`` is a connection of its own. A CSV has one line per changed column and one per added or removed record, in
    the order of the old records, then of the new. ``records`` says how many each file has: raises ReadBackMismatch when
    another number is read, or when two records share a key.
    """
    read: tuple[dict[str, int], dict[str, int]] = ({}, {})
    found = []
    for table in tables:
        for side, folder, counts in zip(_SIDES, folders, read, strict=True):
            _load(con, table, side, folder, counts)
        found.append(_compare(con, table, out / file_name(table)))
    for counts, stated in zip(read, records, strict=True):
        for name, count in counts.items():
            if stated[name] != count:
                raise _mismatch(f"{name}: {count} records read for the comparison, the manifest says {stated[name]}")
    return found


def counted(file: Path) -> dict[str, int]:
    """How many records a file of differences says were added, removed and changed, read with the csv module.

    Raises ValueError for what is no such file.
    """
    counts = dict.fromkeys((ADDED, REMOVED, CHANGED), 0)
    last: list[str] = []
    with file.open(encoding="utf-8", newline="") as lines:
        try:
            reader = csv.reader(lines)
            if tuple(next(reader, ())) != HEADER:
                raise ValueError("it has other columns")
            for row in reader:
                if len(row) != len(HEADER) or row[0] not in counts:
                    raise ValueError(f"line {reader.line_num} is no difference")
                counts[row[0]] += row[-4:] != last  # the lines of one record stand together
                last = row[-4:]
        except csv.Error as wrong:
            raise ValueError("it is not CSV") from wrong
    return counts


def _load(con: Any, table: FiledTable, side: str, folder: Path, counts: dict[str, int]) -> None:
    """A side's records as a table of texts, with the file and the place in it that each has."""
    headings = [column.heading for column in table.columns]
    schema = pa.schema([*((name, pa.string()) for name in (*headings, _FILE)), (_RECORD, pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for path in sorted(one for one in folder.iterdir() if re.fullmatch(table.file, one.name)):
            before = 0
            for batch in table.batches(path):
                file = pa.array([path.name]).take(pa.array([0] * len(batch), pa.int8()))
                place = pa.array(range(before + 1, before + len(batch) + 1), pa.int64())
                yield pa.RecordBatch.from_arrays([*batch.columns, file, place], schema=schema)
                before += len(batch)
            counts[path.name] = counts.get(path.name, 0) + before

    con.register("incoming", pa.RecordBatchReader.from_batches(schema, batches()))
    con.execute(f"CREATE OR REPLACE TABLE {side}_filed AS FROM incoming")
    con.unregister("incoming")
    key = ", ".join(f'"{name}"' for name in (_FILE, *(column.heading for column in _key(table))))
    twice = con.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {side}_filed GROUP BY {key} HAVING count(*) > 1)"
    ).fetchone()
    if twice[0]:
        raise _mismatch(f"{table.names[0]}: {twice[0]} key(s) are there twice in the {side} files")


def _compare(con: Any, table: FiledTable, target: Path) -> TableDifference:
    """One hash join on the key; columns are told apart on the fly, so nothing but differences is written down."""
    key = _key(table)
    compared = [column for column in table.columns if column not in key]
    cells = ", ".join(
        f"CASE WHEN o.{_sql(one)} IS DISTINCT FROM n.{_sql(one)} THEN {{'position': {position}, "
        f"'column': '{one.heading}', 'old': {_shown(one, 'o')}, 'new': {_shown(one, 'n')}}} END"
        for position, one in enumerate(compared)
    )
    differ = " OR ".join(f"o.{_sql(one)} IS DISTINCT FROM n.{_sql(one)}" for one in compared)
    same = [f'o."{_FILE}" = n."{_FILE}"', *(f"o.{_sql(one)} IS NOT DISTINCT FROM n.{_sql(one)}" for one in key)]
    join = " AND ".join(same)
    old, new = (f'{alias}."{_RECORD}"' for alias in "on")
    keys = (" || '/' || ".join(f"coalesce({_shown(one, alias)}, '')" for one in key) for alias in "on")
    con.execute(
        f"""CREATE OR REPLACE TABLE filed_difference AS
        SELECT change, CASE WHEN old_record IS NULL THEN new_key ELSE old_key END AS key, cell.position AS position,
            cell.column AS "column", cell.old AS old, cell.new AS new, old_file, old_record, new_file, new_record
        FROM (
            SELECT change, old_key, new_key, unnest(cells) AS cell, old_file, old_record, new_file, new_record FROM (
                SELECT CASE WHEN {old} IS NULL THEN '{ADDED}' WHEN {new} IS NULL THEN '{REMOVED}' ELSE '{CHANGED}' END
                    AS change, {next(keys)} AS old_key, {next(keys)} AS new_key,
                    o."{_FILE}" AS old_file, {old} AS old_record, n."{_FILE}" AS new_file, {new} AS new_record,
                    CASE WHEN {old} IS NULL OR {new} IS NULL THEN [NULL]
                        ELSE list_filter([{cells}], lambda cell: cell IS NOT NULL) END AS cells
                FROM old_filed AS o FULL JOIN new_filed AS n ON {join}
                WHERE {old} IS NULL OR {new} IS NULL OR {differ}
            )
        )"""
    )
    texts = ", ".join(f'{_inert(name)} AS "{name}"' for name in HEADER)
    con.execute(
        f"COPY (SELECT {texts} FROM filed_difference ORDER BY old_file NULLS LAST, old_record NULLS LAST, new_file,"
        f" new_record, position) TO '{str(target).replace(chr(39), 2 * chr(39))}' (FORMAT csv, HEADER)"
    )
    counts = dict(
        con.execute(
            "SELECT change, count(DISTINCT (old_file, old_record, new_file, new_record)) FROM filed_difference"
            " GROUP BY change"
        ).fetchall()
    )
    columns = con.execute(
        'SELECT "column", count(*) FROM filed_difference WHERE "column" IS NOT NULL GROUP BY ALL ORDER BY min(position)'
    ).fetchall()
    before, after = (con.execute(f"SELECT count(*) FROM {side}_filed").fetchone()[0] for side in _SIDES)
    added, removed, changed = (counts.get(change, 0) for change in (ADDED, REMOVED, CHANGED))
    return TableDifference(table.names[0], target.name, before, after, added, removed, changed, dict(columns))


def _key(table: FiledTable) -> list[FiledColumn]:
    """The columns by which records of one file are paired."""
    return [column for column in table.columns if column.column in table.key]


def _sql(column: FiledColumn) -> str:
    return f'"{column.heading}"'


def _shown(column: FiledColumn, alias: str) -> str:
    """A value as a person may see it. A masked number names its person all the same, so it is not shown either."""
    value = f"{alias}.{_sql(column)}"
    if column.is_personal:
        return f"CASE WHEN {value} IS NOT NULL THEN {_HIDDEN} END"
    return masked_sql(value) if column.is_free_text else masked_key_sql(value)


def _inert(name: str) -> str:
    """A text that no spreadsheet takes for a formula; a number stays a number."""
    return name if name.endswith(_RECORD) else inert_sql(f'"{name}"')


def _mismatch(what: str) -> ReadBackMismatch:
    return ReadBackMismatch(
        f"{what} 比对时读取结果不一致", "nothing was sealed; this is a fault of ours: report it 未封存；请报告此问题"
    )
