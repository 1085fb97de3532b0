"""Single physical lines of a file, found by their bytes: the first, the last that is not blank, any by its number.

Belongs here: looking at one line again. Not here: judging all of them (``scan``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from loantape.declare import FileKind, FileLayout
from loantape.intake.characters import UTF16LE, Encoding, Numbers

_BLOCK = 1 << 20


def line_after(path: Path, byte: int, skip: int, encoding: Encoding) -> bytes:
    """The line that comes ``skip`` lines after the one that begins at ``byte``, as its bytes without its end."""
    return placed_after(path, byte, skip, encoding)[1]


def placed_after(path: Path, byte: int, skip: int, encoding: Encoding) -> tuple[int, bytes]:
    """The same line, and the byte of the file at which it begins."""
    with path.open("rb") as reading:
        reading.seek(byte)
        held = b""
        while True:
            block = reading.read(_BLOCK)
            held += block
            starts, ends = _bounds(held, encoding)
            if not block or len(ends) > skip:
                first = starts[skip]
                last = ends[skip] if skip < len(ends) else len(held)
                return byte + int(first), held[first:last]
            if skip and len(ends) > 1:
                # lines that are not wanted need not be kept
                passed = min(skip, len(ends) - 1)
                byte += int(starts[passed])
                held, skip = held[starts[passed] :], skip - passed


def _bounds(held: bytes, encoding: Encoding) -> tuple[Numbers, Numbers]:
    """Where lines begin and where they end, without their ends."""
    if encoding.unit == 2:
        whole = held[: len(held) // 2 * 2]
        units = np.frombuffer(whole, dtype="<u2" if encoding.family == UTF16LE else ">u2")
    else:
        units = np.frombuffer(held, dtype=np.uint8)
    feeds, returns = units == 10, units == 13
    # the LF of a CRLF ends nothing by itself
    follows = np.zeros(len(units), dtype=bool)
    follows[1:] = feeds[1:] & returns[:-1]
    ends = np.flatnonzero((feeds | returns) & ~follows)
    after = ends + 1
    inside = after < len(units)
    paired = np.zeros(len(ends), dtype=bool)
    paired[inside] = follows[after[inside]]
    starts = np.concatenate([[0], after + paired])
    return starts * encoding.unit, ends * encoding.unit


def last_line(path: Path, start: int, end: int, encoding: Encoding) -> tuple[int, bytes]:
    """Of whole lines from ``start`` to ``end``, none of them blank at the end: where the last begins, and its bytes."""
    with path.open("rb") as reading:
        size = _BLOCK
        while True:
            first = max(start, (end - size) // encoding.unit * encoding.unit)
            reading.seek(first)
            held = reading.read(end - first)
            starts, ends = _bounds(held, encoding)
            starts = starts[starts < len(held)]
            if first == start or len(starts) > 1:
                begin = int(starts[-1])
                after = ends[ends >= begin]
                return first + begin, held[begin : int(after[0]) if len(after) else len(held)]
            size *= 4


def decoded(raw: bytes, encoding: Encoding) -> str:
    """A line as text. Raises UnicodeDecodeError, also for what is windows-1252 in a line declared as latin-1."""
    if encoding.name == "latin-1":
        for at, byte in enumerate(raw):
            if 0x80 <= byte < 0xA0:
                raise UnicodeDecodeError("latin-1", raw, at, at + 1, "a control character")
    return raw.decode(encoding.name)


def split(text: str, layout: FileLayout) -> Sequence[str] | None:
    """The fields of one line of delimited text, unquoted; None where quotes do not match."""
    if layout.kind is FileKind.FIXED:
        raise ValueError("a fixed-width line has no delimiters")
    if layout.quote is None:
        return text.split(layout.delimiter)
    return _unquoted(text, layout.delimiter, layout.quote)


def _unquoted(text: str, delimiter: str, quote: str) -> Sequence[str] | None:
    """Fields as docs/reference/intake.md defines them; None where a quote is stray or not closed."""
    fields: list[str] = []
    at = 0
    while True:
        if text.startswith(quote, at):
            parts = []
            at += 1
            while True:
                closing = text.find(quote, at)
                if closing < 0:
                    return None
                parts.append(text[at:closing])
                at = closing + 1
                if not text.startswith(quote, at):
                    break
                parts.append(quote)
                at += 1
            fields.append("".join(parts))
            if at < len(text) and text[at] != delimiter:
                return None
        else:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            if quote in text[at:end]:
                return None
            fields.append(text[at:end])
            at = end
        if at >= len(text):
            return fields
        at += 1
