"""Where the product and the slow reader differ, file by file, and whether the product's ledger is the file.

Belongs here: running both over many files and saying each difference in words. Not here: which files (the batteries).
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from slow_reader import lines as slow_lines  # type: ignore[import-not-found]  # put there by conftest.py
from slow_reader import reader as slow_reader

from loantape.errors import DeliveryError, LoantapeError

from . import product

# what a fault of the product's may raise: listed as a difference of the one file that causes it
FAULTS = (
    LoantapeError,
    duckdb.Error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,
)
KINDS = ("header", "accepted", "rejected", "blank", "trailer")


@dataclass
class Outcome:
    """What a set of files came to: differences in the ledger, differences in anything else, and counts."""

    ledger: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def run(folder: Path, files: Sequence[Any]) -> Outcome:
    """Reads the files with both readers. Files the slow reader refuses are sent one by one and must be refused."""
    outcome = Outcome()
    readings: dict[str, Any] = {}
    for file in files:
        try:
            readings[file.name] = slow_reader.read(file.content, file.layout, file.totals)
        except slow_lines.Refused as refused:
            outcome.counts["refused"] += 1
            outcome.differences += _must_be_refused(folder / f"refused-{file.name}", file, str(refused))
    kept = [file for file in files if file.name in readings]
    _count(outcome.counts, files, readings)
    if kept:
        _together_or_alone(folder, kept, readings, outcome)
    return outcome


def physical_lines(file: Any) -> int:
    """What a right manifest says of a file's lines, refused ones included."""
    codec = file.layout.encoding if file.layout.encoding != "utf-16" else "utf-16-le"
    if file.layout.encoding == "utf-16" and file.content.startswith(b"\xfe\xff"):
        codec = "utf-16-be"
    return len(slow_lines.physical_lines(file.content, codec))


def _must_be_refused(folder: Path, file: Any, why: str) -> list[str]:
    try:
        product.received(folder, [file], {file.name: physical_lines(file)})
    except DeliveryError:
        return []
    except FAULTS as other:
        return [f"{file.name}: to be refused ({why}), raised {other!r}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [f"{file.name}: to be refused ({why}), was received"]


def _count(counts: Counter[str], files: Sequence[Any], readings: dict[str, Any]) -> None:
    counts["files"] += len(files)
    counts["bytes"] += sum(len(file.content) for file in files)
    counts["read"] += len(readings)
    for reading in readings.values():
        counts["lines"] += len(reading.lines)
        counts["rows"] += len(reading.rows)
        counts["values"] += sum(value is not None for row in reading.rows for value in row.values())
        counts["rejected"] += reading.count("rejected")
        counts["unparsed"] += len(reading.unparsed)
        counts["notes"] += len(reading.notes)
        counts["totals"] += len(reading.totals)


def _together_or_alone(folder: Path, files: Sequence[Any], readings: dict[str, Any], outcome: Outcome) -> None:
    """All files in one delivery; if that fails, each in its own, to tell which one it is."""
    try:
        _compare(folder / "together", files, readings, outcome)
        return
    except FAULTS as failed:
        if len(files) == 1:
            kind = "refused" if isinstance(failed, LoantapeError) else "crashed on"
            outcome.differences.append(f"{files[0].name}: {kind}: {type(failed).__name__}: {str(failed)[:300]}")
            return
    finally:
        shutil.rmtree(folder / "together", ignore_errors=True)
    half = len(files) // 2
    _together_or_alone(folder, files[:half], readings, outcome)
    _together_or_alone(folder, files[half:], readings, outcome)


def _compare(folder: Path, files: Sequence[Any], readings: dict[str, Any], outcome: Outcome) -> None:
    columns: dict[str, list[str]] = {}
    for file in files:
        for column in file.layout.columns:
            table, _, name = (column.to or "").partition(".")
            if name and name not in columns.setdefault(table, []):
                columns[table].append(name)
    found = product.read_all(folder, files, {file.name: len(readings[file.name].lines) for file in files}, columns)
    first_rows: Counter[str] = Counter()
    for file in files:
        outcome.ledger += [f"{file.name}: {what}" for what in ledger_faults(file.content, file.name, found)]
        one = _One(file, readings[file.name], found, columns, dict(first_rows))
        outcome.differences += [f"{file.name}: {what}" for what in one.differences()]
        first_rows.update(dict.fromkeys(one.tables, len(readings[file.name].rows)))
    for table in columns:
        if len(found.tape[table]) != first_rows[table]:
            outcome.differences.append(
                f"tape_{table}: {first_rows[table]} rows expected, {len(found.tape[table])} there"
            )


def ledger_faults(content: bytes, name: str, found: product.Tables) -> list[str]:
    """What is wrong with the ledger of a file, said without any reader: its ranges must be the file."""
    faults = []
    runs, stated = found.lines.get(name, []), found.files[name]
    joined = hashlib.sha256()
    at, line = 0, 1
    counts: Counter[str] = Counter()
    for kind, first_line, last_line, first_byte, end_byte, _, _ in runs:
        joined.update(content[first_byte:end_byte])
        if first_byte != at or end_byte <= first_byte:
            faults.append(f"range {first_byte}-{end_byte} does not begin at {at}")
        if first_line != line or last_line < first_line:
            faults.append(f"lines {first_line}-{last_line} do not begin at {line}")
        if kind not in KINDS:
            faults.append(f"kind {kind!r}")
        counts[kind] += last_line - first_line + 1
        at, line = end_byte, last_line + 1
    if at != len(content) or joined.digest() != hashlib.sha256(content).digest():
        faults.append(f"the ranges end at {at} of {len(content)} bytes or are not the file's")
    if stated["sha256"] != joined.hexdigest() or stated["bytes"] != len(content):
        faults.append("bytes or SHA-256 in files are not the content's")
    for kind in KINDS:
        if stated[f"{kind}_lines"] != counts[kind]:
            faults.append(f"{kind}_lines is {stated[f'{kind}_lines']}, the ranges have {counts[kind]}")
    if stated["physical_lines"] != counts.total() or stated["declared_lines"] != counts.total():
        faults.append("physical or declared lines are not the sum of the kinds")
    return faults


class _One:
    """One file of a delivery, as the slow reader has it and as the product has it."""

    def __init__(
        self, file: Any, reading: Any, found: Any, columns: dict[str, list[str]], rows: dict[str, int]
    ) -> None:
        self.file, self.reading, self.found, self.columns, self.first_rows = file, reading, found, columns, rows
        self.tables = sorted({column.to.split(".")[0] for column in file.layout.columns if column.to})

    def differences(self) -> list[str]:
        """Every difference, each kind of it once."""
        name, reading, found = self.file.name, self.reading, self.found
        stated = found.files.get(name)
        if stated is None:
            return ["not in files"]
        pairs = [
            ("bom", reading.has_bom, stated["has_bom"]),
            ("encoding", self.file.layout.encoding, stated["encoding"][: len(self.file.layout.encoding)]),
            ("lines", self.runs(), merged(found.lines.get(name, []))),
            ("file notes", self.file_notes(), counter(found.file_notes.get(name, []))),
            ("totals", counter(self.total_rows()), counter(found.totals.get(name, []))),
            ("accepted runs", self.accepted(), found.accepted_runs.get(name, [])),
        ]
        starts = {line.number: line.first for line in reading.lines}
        index = found.line_index.get(name, [])
        pairs.append(("line index", [(line, starts.get(line)) for line, _ in index], index))
        for table in self.tables:
            pairs += self.of_table(table)
        return [f"{what}: {first_difference(expected, got)}" for what, expected, got in pairs if expected != got]

    def runs(self) -> list[tuple[Any, ...]]:
        runs = []
        for (kind, reason, detail), group in groupby(
            self.reading.lines, lambda line: (line.kind, line.reason, line.detail)
        ):
            lines = list(group)
            runs.append((kind, lines[0].number, lines[-1].number, lines[0].first, lines[-1].end, reason, detail))
        return runs

    def accepted(self) -> list[tuple[Any, ...]]:
        """Runs of rows whose lines follow one another."""
        runs: list[tuple[Any, ...]] = []
        for table in self.tables:
            first = self.first_rows.get(table, 0)
            numbered = enumerate(self.reading.row_lines)
            for _, group in groupby(numbered, lambda pair: pair[1] - pair[0]):
                rows = list(group)
                runs.append((table, first + rows[0][0], first + rows[-1][0], rows[0][1]))
        return runs

    def file_notes(self) -> Counter[Any]:
        return Counter((note.code, note.line, note.value or "") for note in self.reading.notes if note.target is None)

    def total_rows(self) -> list[tuple[Any, ...]]:
        return [(one.name, one.declared, one.computed, one.origin, one.agrees) for one in self.reading.totals]

    def of_table(self, table: str) -> list[tuple[str, Any, Any]]:
        """Values, unparsed texts and notes of one table's rows, numbered within the file."""
        reading, first = self.reading, self.first_rows.get(table, 0)
        place = {line: row for row, line in enumerate(reading.row_lines)}
        fields = self.columns[table]
        expected = [tuple(row.get(f"{table}.{name}") for name in fields) for row in reading.rows]
        got = self.found.tape[table][first : first + len(expected)]
        unparsed = Counter(
            (place[line], target.split(".")[1], text)
            for line, target, text in reading.unparsed
            if target.startswith(table + ".")
        )
        notes = Counter(
            (place[note.line], note.code, note.target.split(".")[1], note.value)
            for note in reading.notes
            if note.target and note.target.startswith(table + ".")
        )
        end = first + len(expected)
        return [
            (f"rows of {table} {fields}", expected, got),
            (f"unparsed of {table}", unparsed, self.within(self.found.unparsed, table, first, end)),
            (f"value notes of {table}", notes, self.within(self.found.value_notes, table, first, end)),
        ]

    @staticmethod
    def within(rows: dict[str, Any], table: str, first: int, end: int) -> Counter[Any]:
        return Counter((row - first, *rest) for row, *rest in rows.get(table, []) if first <= row < end)


def merged(runs: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Runs with an absent reason or detail as '', neighbours of the same kind joined."""
    joined: list[tuple[Any, ...]] = []
    for kind, first_line, last_line, first, end, reason, detail in runs:
        said = (reason or "", detail or "")
        if joined and (joined[-1][0], *joined[-1][5:]) == (kind, *said) and joined[-1][2] + 1 == first_line:
            joined[-1] = (kind, joined[-1][1], last_line, joined[-1][3], end, *said)
        else:
            joined.append((kind, first_line, last_line, first, end, *said))
    return joined


def counter(rows: list[tuple[Any, ...]]) -> Counter[Any]:
    return Counter(rows)


def first_difference(expected: Any, got: Any) -> str:
    """The first place where two lists differ, or what one multiset has and the other has not."""
    if isinstance(expected, Counter):
        missing, more = list((expected - got).elements())[:3], list((got - expected).elements())[:3]
        return f"missing {missing!r:.500}, not expected {more!r:.500}"
    if isinstance(expected, list):
        for at, (one, other) in enumerate(zip(expected, got, strict=False)):
            if one != other:
                return f"at {at}: expected {one!r:.500}, got {other!r:.500}"
        return f"{len(expected)} expected, {len(got)} there"
    return f"expected {expected!r:.300}, got {got!r:.300}"
