"""A slow, obvious reader of text files, written from docs/reference/intake.md alone: what the product must agree with.

Belongs here: kinds of lines, headers, rows, trailers, totals and notes of one file. Not here: how lines are split
(``lines``), what texts mean (``values``), Parquet and spreadsheets. Shares nothing with the product but the
declarations and the types of the tape's fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loantape.catalog import tape_tables
from loantape.declare import Column, FileKind, FileLayout

from . import values
from .lines import (
    Defect,
    Line,
    Refused,
    codec_of,
    decode,
    delimited_fields,
    fixed_fields,
    physical_lines,
    split,
)

LONGEST_HEADER = 1_048_576
SAMPLE = 1_048_576


@dataclass(frozen=True)
class Note:
    """One thing to report: of a value (line and target), of a line, or of the file."""

    code: str
    line: int | None = None
    target: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Total:
    """A declared control total and what the file's rows say."""

    name: str
    declared: Decimal
    computed: Decimal
    origin: str

    @property
    def agrees(self) -> bool:
        return self.declared == self.computed


@dataclass
class Reading:
    """Everything a file says. ``rows`` has one mapping of target to value for each accepted line, in order."""

    has_bom: bool
    lines: list[Line]
    rows: list[dict[str, Any]] = field(default_factory=list)
    row_lines: list[int] = field(default_factory=list)
    unparsed: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(line.kind == kind for line in self.lines)


def read(content: bytes, layout: FileLayout, totals: Mapping[str, str] | None = None) -> Reading:
    """What the page says of a file; ``totals`` are the manifest's. Raises Refused where all of it is refused."""
    codec, mark = codec_of(content, layout.encoding)
    found = Reading(mark > 0, physical_lines(content, codec))
    one = _File(content, layout, codec, mark, found)
    matched, width = one.header()
    one.judge(width)
    one.rows(matched)
    one.totals(totals or {})
    found.notes += _line_end_notes(content, codec, found.lines)
    found.notes += _encoding_notes(content, layout.encoding)
    return found


class _File:
    """One file while it is read."""

    def __init__(self, content: bytes, layout: FileLayout, codec: str, mark: int, found: Reading) -> None:
        self.content, self.layout, self.codec, self.mark, self.found = content, layout, codec, mark, found
        self.fixed = layout.kind == FileKind.FIXED
        self.headers = list(dict.fromkeys(column.header for column in layout.columns))

    def data(self, line: Line) -> tuple[bytes, int]:
        """The bytes of a line without its end, and how many of them are a mark."""
        return self.content[line.first : line.stop], self.mark if line.number == 1 else 0

    # --- headers ---

    def header(self) -> tuple[dict[str, int], int]:
        """Declared header to its place among the fields, for the columns that are read; and the number of fields."""
        if not self.layout.header:
            return {name: at for at, name in enumerate(self.headers)}, len(self.headers)
        if not self.found.lines:
            raise Refused("no first line")
        if self.fixed:
            return {name: at for at, name in enumerate(self.headers)}, len(self.headers)
        data, skip = self.data(self.found.lines[0])
        if len(data) == skip:
            raise Refused("a blank header")
        if len(data) > LONGEST_HEADER:
            raise Refused("a header that is too long")
        text = decode(data[skip:], self.codec)
        if isinstance(text, Defect):
            raise Refused("a header that does not decode")
        names = split(text, self.layout.delimiter, self.layout.quote)
        if isinstance(names, tuple):
            raise Refused("quotes of the header do not match")
        return self.match(names), len(names)

    def match(self, names: list[str]) -> dict[str, int]:
        """Which field is which declared column, with everything there is to note about the names."""
        places: dict[str, list[int]] = {}
        for at, name in enumerate(names):
            declared = self.declared(name)
            if declared is None:
                self.note("READ-007", 1, value=name or f"(empty) {at + 1}")
                continue
            if declared != name:
                self.note("READ-008", 1, value=f"{name}, declared {declared}")
            places.setdefault(declared, []).append(at)
        if not places:
            raise Refused("the header names none of the columns")
        for declared, where in places.items():
            if len(where) > 1:
                self.note("READ-006", 1, value=f"twice: {declared}")
        once = {declared: where[0] for declared, where in places.items() if len(where) == 1}
        for name in self.headers:
            if name not in places and any(
                column.header == name and column.required and column.ignored is None for column in self.layout.columns
            ):
                self.note("READ-006", 1, value=f"missing: {name}")
        delivered = sorted(once, key=lambda name: once[name])
        in_order = [name for name in self.headers if name in once]
        for first, second in zip(delivered, in_order, strict=True):
            if first != second:
                self.note("READ-009", 1, value=first)
                break
        return once

    def declared(self, name: str) -> str | None:
        if name in self.headers:
            return name
        for header in self.headers:
            if alike(header) == alike(name):
                return header
        return None

    # --- lines ---

    def judge(self, width: int) -> None:
        """Gives every line its kind, and its reason where it is rejected."""
        lines = self.found.lines
        filled = [line for line in lines if self.data(line)[0][self.data(line)[1] :]]
        last = filled[-1].number if filled else 0
        for at, line in enumerate(lines):
            data, skip = self.data(line)
            if line.number == 1 and self.layout.header:
                lines[at] = line.judged("header")
            elif line.number == last and self.layout.trailer and self.is_trailer(line):
                lines[at] = line.judged("trailer")
            elif len(data) == skip:
                lines[at] = line.judged("blank")
            else:
                fields = self.fields(line)
                if isinstance(fields, Defect):
                    lines[at] = line.judged("rejected", fields.reason, fields.detail)
                elif len(fields) != width:
                    lines[at] = line.judged("rejected", "field_count", str(len(fields)))
                else:
                    lines[at] = line.judged("accepted")

    def fields(self, line: Line) -> list[str] | Defect:
        """The texts of a record: one for each field, or for each declared column of a fixed-width file."""
        data, skip = self.data(line)
        if not self.fixed:
            return delimited_fields(data, self.codec, skip, self.layout.delimiter, self.layout.quote)
        places = {column.header: column.at for column in self.layout.columns}
        at = [place for place in (places[name] for name in self.headers) if place is not None]
        return fixed_fields(data, self.codec, skip, at, max(first + size - 1 for first, size in at))

    def is_trailer(self, line: Line) -> bool:
        assert self.layout.trailer is not None
        data, skip = self.data(line)
        if self.fixed:
            fields = fixed_fields(data, self.codec, skip, [self.layout.trailer.at[0]], None)
        else:
            fields = self.fields(line)
        return not isinstance(fields, Defect) and fields[0] == self.layout.trailer.marker

    # --- rows and totals ---

    def rows(self, matched: Mapping[str, int]) -> None:
        """The value of each column of each accepted line."""
        types = {column.to: _decimal_of(column.to) for column in self.layout.columns if column.to}
        for line in self.found.lines:
            if line.kind != "accepted":
                continue
            fields = self.fields(line)
            assert not isinstance(fields, Defect)
            row: dict[str, Any] = {}
            for column in self.layout.columns:
                if column.to is None:
                    continue
                row[column.to] = None
                if column.header in matched:
                    row[column.to] = self.value(line, fields[matched[column.header]], column, types[column.to])
            self.found.rows.append(row)
            self.found.row_lines.append(line.number)

    def value(self, line: Line, text: str, column: Column, decimal: tuple[int, int]) -> Any:
        read = values.read(text, column, *decimal)
        for code in read.notes:
            self.note(code, line.number, column.to, text)
        if not read.parsed:
            self.found.unparsed.append((line.number, str(column.to), text))
        return read.value

    def totals(self, manifest: Mapping[str, str]) -> None:
        """Control totals of the manifest and of the trailer against the rows; and the notes about them."""
        declared = [(name, Decimal(text), "manifest") for name, text in manifest.items()]
        if self.layout.trailer is not None:
            found = self.trailer_totals()
            if isinstance(found, str):
                self.note("READ-005", value=found)
            else:
                declared += found
        self.found.totals = [Total(name, total, self.computed(name), origin) for name, total, origin in declared]
        amount = any(column.to and column.to.endswith(("_amount", "_cny")) for column in self.layout.columns)
        if amount and all(name.endswith(".rows") for name, _, _ in declared):
            self.note("READ-004")

    def trailer_totals(self) -> list[tuple[str, Decimal, str]] | str:
        """What the trailer says, or ``missing`` or ``unreadable``."""
        trailer = self.layout.trailer
        assert trailer is not None
        lines = [line for line in self.found.lines if line.kind == "trailer"]
        if not lines:
            return "missing"
        if self.fixed:
            data, skip = self.data(lines[0])
            if len(data) - skip < max(first + size - 1 for first, size in trailer.at):
                return "unreadable"
            fields = fixed_fields(data, self.codec, skip, list(trailer.at), None)
        else:
            fields = self.fields(lines[0])
        if isinstance(fields, Defect) or len(fields) != 1 + len(trailer.fields):
            return "unreadable"
        grain = next(column.to for column in self.layout.columns if column.to).split(".")[0]  # type: ignore[union-attr]
        found = []
        for name, text in zip(trailer.fields, fields[1:], strict=True):
            if not name:
                continue
            if not re.fullmatch("[0-9]+" if name == "rows" else r"-?[0-9]+(\.[0-9]{1,8})?", text):
                return "unreadable"
            digits = text.removeprefix("-").partition(".")[0].lstrip("0")
            if len(digits) > 30:
                return "unreadable"
            found.append((f"{grain}.rows" if name == "rows" else name, Decimal(text), "trailer"))
        return found

    def computed(self, name: str) -> Decimal:
        if name.endswith(".rows"):
            return Decimal(self.found.count("accepted") + self.found.count("rejected"))
        total = Decimal(0)
        for row in self.found.rows:
            if row[name] is not None:
                total = values.EXACT.add(total, Decimal(row[name]))
        return total

    def note(self, code: str, line: int | None = None, target: str | None = None, value: str | None = None) -> None:
        self.found.notes.append(Note(code, line, target, value))


def alike(name: str) -> str:
    """A column's name without what may differ: white space around it, full width, case."""
    return values.plain_width(name.strip(values.WHITE)).casefold()


def _decimal_of(target: str) -> tuple[int, int]:
    """Precision and scale of a decimal field; (0, 0) for the others."""
    table, _, name = target.partition(".")
    kind = re.fullmatch(r"decimal\((\d+), (\d+)\)", str(tape_tables()[table].to_schema().columns[name].dtype))
    return (int(kind[1]), int(kind[2])) if kind else (0, 0)


def _line_end_notes(content: bytes, codec: str, lines: list[Line]) -> list[Note]:
    """READ-010 and READ-011."""
    names = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", "": ""}
    ends = [names[content[line.stop : line.end].decode(codec)] for line in lines]
    notes = []
    if ends and not ends[-1]:
        notes.append(Note("READ-011", len(lines)))
        ends.pop()
    if len(set(ends)) > 1:
        other = next(number for number, end in enumerate(ends, 1) if end != ends[0])
        counts = ", ".join(f"{name} {ends.count(name)}" for name in ("LF", "CRLF", "CR"))
        notes.append(Note("READ-010", other, None, counts))
    return notes


def _encoding_notes(content: bytes, encoding: str) -> list[Note]:
    """READ-012."""
    sample = content
    if len(content) > SAMPLE:
        sample = content[: 1 + max(content.rfind(b"\n", 0, SAMPLE), content.rfind(b"\r", 0, SAMPLE))]
    if encoding == "utf-8":
        if not _decodes(sample, "utf-8") and _decodes(sample, "gb18030"):
            return [Note("READ-012", value="looks like gb18030")]
    elif not encoding.startswith("utf-16") and _decodes(sample, "utf-8"):
        beyond_ascii = sum(character > "\x7f" for character in sample.decode("utf-8"))
        return [Note("READ-012", value="looks like utf-8")] if beyond_ascii >= 4 else []
    return []


def _decodes(data: bytes, codec: str) -> bool:
    return not isinstance(decode(data, codec), Defect)
