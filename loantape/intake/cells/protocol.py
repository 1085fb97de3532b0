"""What the parent and the child that opens typed files say to each other: frames, column requests, batches.

Belongs here: the form of the bytes on the pipes, known to both sides. Not here: what is done with them (``reader`` in
the parent, ``child`` in the child) or how files are read. Standard library only, so that the child starts quickly.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

from loantape.declare import Day, Flag, Integer, Number, Stamp, ValueForm

JSON = b"J"
BATCH = b"B"
FRAME = struct.Struct(">cQ")  # kind, bytes that follow
MAX_FRAME = 1 << 29  # bytes; the child cuts its batches far below this
BATCH_ROWS = 1 << 16
BATCH_BYTES = 1 << 26  # of text, from which on a batch is cut in two
MAX_COLUMNS = 4096
UNREADABLE = "READ-001"
NO_VALUE = "READ-016"

_HEAD = struct.Struct("<Q")  # bytes of a batch's JSON head
_ALIGNMENT = 8


class Refused(Exception):
    """Raised in the child: the file as a whole is not accepted. ``code`` is a key of ``refusals.REFUSALS``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Wanted:
    """One column that the parent asks for: its position from 0 and how its values are written as text."""

    position: int
    kind: str  # "text", "integer", "number", "day", "stamp", "flag"
    form: str = ""  # of day and stamp
    true: str = "true"
    false: str = "false"
    point: str = "."

    @classmethod
    def of(cls, position: int, form: ValueForm) -> Wanted:
        """What of a declared form matters to writing a value: Text, Identifier and Code are written alike."""
        match form:
            case Integer():
                return cls(position, "integer")
            case Number():
                return cls(position, "number", point=form.point)
            case Day():
                return cls(position, "day", form=form.form)
            case Stamp():
                return cls(position, "stamp", form=form.form)
            case Flag():
                return cls(position, "flag", true=form.true, false=form.false)
            case _:
                return cls(position, "text")

    def packed(self) -> list[Any]:
        """As JSON carries it; ``Wanted(*packed)`` is the way back."""
        return [self.position, self.kind, self.form, self.true, self.false, self.point]


@dataclass(frozen=True)
class TextColumn:
    """A column of texts as Arrow lays it out: rows + 1 offsets (int32, native order, from 0) and UTF-8 bytes."""

    offsets: bytes
    data: bytes

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextColumn:
        """From Python texts."""
        encoded = [text.encode() for text in texts]
        return cls(array("i", accumulate(map(len, encoded), initial=0)).tobytes(), b"".join(encoded))


@dataclass
class Batch:
    """Rows on their way to the parent. ``lines`` is empty where rows are numbered without a gap."""

    rows: int
    columns: list[TextColumn]
    lines: bytes = b""  # int64, native order
    refused: list[tuple[int, int, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Ending:
    """What is known once every row was read: runs of rows without a cell, and columns of another type."""

    blank: Sequence[tuple[int, int]] = ()
    drift: Sequence[tuple[int, str]] = ()


class Reader(Protocol):
    """A file format as the child serves it. Every method raises Refused where the file is not accepted."""

    def describe(self) -> tuple[Sequence[str], Sequence[str], int]:
        """Header, types and number of lines."""
        ...

    def batches(self, wanted: Sequence[Wanted]) -> Iterator[Batch | Ending]:
        """All rows in order, then one Ending."""
        ...

    def row(self, line: int) -> Sequence[str]:
        """The cells of one row as text, nothing for a row that is not there."""
        ...


def frame(kind: bytes, payload: bytes) -> bytes:
    """A frame as it goes through the pipe."""
    return FRAME.pack(kind, len(payload)) + payload


def message(content: dict[str, Any]) -> bytes:
    """A JSON frame."""
    return frame(JSON, json.dumps(content, ensure_ascii=True).encode())


def batch_parts(batch: Batch) -> Iterable[bytes]:
    """A batch frame in pieces, each padded: the head (JSON), lines, then each column's offsets and bytes."""
    head = json.dumps(
        {"rows": batch.rows, "lines": bool(batch.lines), "sizes": [len(column.data) for column in batch.columns],
         "refused": batch.refused},
        ensure_ascii=True,
    ).encode()  # fmt: skip
    parts = [_HEAD.pack(_padded(len(head))), _pad(head)]
    if batch.lines:
        parts.append(batch.lines)
    for column in batch.columns:
        parts.append(_pad(column.offsets))
        parts.append(_pad(column.data))
    yield FRAME.pack(BATCH, sum(map(len, parts)))
    yield from parts


def split_batch(payload: memoryview, columns: int) -> tuple[dict[str, Any], memoryview, list[tuple[Any, Any]]]:
    """A batch frame taken apart: its head, the bytes of its line numbers, (offsets, bytes) of each column.

    Raises ValueError for anything that ``batch_parts`` does not write; what offsets and texts say is not looked at.
    """
    if len(payload) < _HEAD.size:
        raise ValueError("short")
    (size,) = _HEAD.unpack(payload[: _HEAD.size])
    if size > len(payload) - _HEAD.size:
        raise ValueError("head")
    head = json.loads(bytes(payload[_HEAD.size : _HEAD.size + size]))
    if not isinstance(head, dict) or head.keys() != {"rows", "lines", "sizes", "refused"}:
        raise ValueError("keys")
    rows, sizes, at = head["rows"], head["sizes"], _HEAD.size + size
    if type(rows) is not int or not 0 < rows <= BATCH_ROWS or not isinstance(sizes, list) or len(sizes) != columns:
        raise ValueError("rows")
    if any(type(one) is not int or not 0 <= one <= MAX_FRAME for one in sizes) or type(head["lines"]) is not bool:
        raise ValueError("sizes")
    lengths = [rows * 8 if head["lines"] else 0]
    for one in sizes:
        lengths += [(rows + 1) * 4, one]
    if at + sum(map(_padded, lengths)) != len(payload):
        raise ValueError("length")
    pieces = []
    for length in lengths:
        pieces.append(payload[at : at + length])
        at += _padded(length)
    return head, pieces[0], list(zip(pieces[1::2], pieces[2::2], strict=True))


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _pad(data: bytes) -> bytes:
    # JSON allows blanks behind a value, and nobody looks behind the declared end of the other parts
    return data + b" " * (_padded(len(data)) - len(data))
