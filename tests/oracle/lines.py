"""The physical lines of a text file and their fields, read slowly and obviously from docs/reference/intake.md.

Belongs here: encodings, line ends, the kinds and reasons of lines, quotes, places. Not here: what columns are called
(``reader``) and what their texts mean (``values``). Shares nothing with the product and imports nothing of it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

LONGEST_LINE = 16_777_216
LINE_END = re.compile(rb"\r\n|\n|\r")
C1_BYTE = re.compile(rb"[\x80-\x9f]")
MARKS = {"utf-8": b"\xef\xbb\xbf", "gb18030": b"\x84\x31\x95\x33", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class Refused(Exception):
    """The whole file cannot be taken in."""


@dataclass(frozen=True)
class Line:
    """One physical line: bytes ``first`` to ``end`` of the file with its line end, ``stop`` without it."""

    number: int
    first: int
    stop: int
    end: int
    kind: str = ""
    reason: str = ""
    detail: str = ""

    def judged(self, kind: str, reason: str = "", detail: str = "") -> Line:
        return replace(self, kind=kind, reason=reason, detail=detail)


@dataclass(frozen=True)
class Defect:
    """Why a line is no record. ``place`` is the byte of the line, from 1, or another number the reason is about."""

    reason: str
    place: int | None = None

    @property
    def detail(self) -> str:
        return "" if self.place is None else str(self.place)


def codec_of(content: bytes, encoding: str) -> tuple[str, int]:
    """Python's codec for the text behind the mark, and the length of the mark in bytes."""
    if encoding == "utf-16":
        for codec in ("utf-16-le", "utf-16-be"):
            if content.startswith(MARKS[codec]):
                return codec, 2
        if content:
            raise Refused("utf-16 without a mark")
        return "utf-16-le", 0
    mark = MARKS.get(encoding)
    return encoding, len(mark) if mark and content.startswith(mark) else 0


def physical_lines(content: bytes, codec: str) -> list[Line]:
    """Every line of the file, in order; together they are its bytes."""
    if codec.startswith("utf-16"):
        ends = _line_ends_of_units(content, codec)
    else:
        ends = [match.span() for match in LINE_END.finditer(content)]
    lines, first = [], 0
    for stop, end in ends:
        lines.append(Line(len(lines) + 1, first, stop, end))
        first = end
    if first < len(content):
        lines.append(Line(len(lines) + 1, first, len(content), len(content)))
    return lines


def _line_ends_of_units(content: bytes, codec: str) -> list[tuple[int, int]]:
    cr, lf = "\r".encode(codec), "\n".encode(codec)
    found: list[tuple[int, int]] = []
    for match in re.finditer(b"(?=" + re.escape(cr) + b"|" + re.escape(lf) + b")", content):
        at = match.start()
        if at % 2:
            continue  # half of one unit and half of the next
        if found and content[at : at + 2] == lf and found[-1][1] == at and content[at - 2 : at] == cr:
            found[-1] = (found[-1][0], at + 2)  # the LF of a CRLF
        else:
            found.append((at, at + 2))
    return found


def decode(data: bytes, codec: str) -> str | Defect:
    """The text of a line, or the place of the first byte that does not decode."""
    if codec == "latin-1":
        wrong = C1_BYTE.search(data)
        return Defect("undecodable", wrong.start() + 1) if wrong else data.decode("latin-1")
    try:
        return data.decode(codec)
    except UnicodeDecodeError as wrong_at:
        return Defect("undecodable", wrong_at.start + 1)


def place(data: bytes, codec: str, index: int) -> int:
    """The byte of ``data``, from 1, at which its character ``index`` begins."""
    if codec in ("utf-8", "latin-1") or codec.startswith("utf-16"):
        return len(data.decode(codec)[:index].encode(codec)) + 1
    return character_starts(data, codec)[index] + 1


def character_starts(data: bytes, codec: str) -> list[int]:
    """For each character of the text, the byte at which it begins, from 0; then the length."""
    decoder = codecs.getincrementaldecoder(codec)()
    starts, begun = [], 0
    for at in range(len(data)):
        if decoder.decode(data[at : at + 1]):
            starts.append(begun)
            begun = at + 1
    return [*starts, len(data)]


def text_of(data: bytes, codec: str, skip: int) -> str | Defect:
    """The characters of a line behind a mark of ``skip`` bytes, or why it has none that can be used."""
    if len(data) > LONGEST_LINE:
        return Defect("line_too_long")
    text = decode(data[skip:], codec)
    if isinstance(text, Defect):
        return Defect(text.reason, (text.place or 0) + skip)
    if "\0" in text:
        return Defect("nul", skip + place(data[skip:], codec, text.index("\0")))
    return text


def split(text: str, delimiter: str, quote: str | None) -> list[str] | tuple[str, int]:
    """The fields of a line, or a reason and the character (from 0) it is about."""
    if quote is None:
        return text.split(delimiter)
    fields, at = [], 0
    while True:
        if text.startswith(quote, at):
            opening, parts = at, []
            at += 1
            while True:
                closing = text.find(quote, at)
                if closing < 0:
                    return "unbalanced_quote", opening
                parts.append(text[at:closing])
                at = closing + 1
                if not text.startswith(quote, at):
                    break
                parts.append(quote)
                at += 1
            fields.append("".join(parts))
            if at < len(text) and text[at] != delimiter:
                return "stray_quote", at
        else:
            behind = text.find(delimiter, at)
            behind = len(text) if behind < 0 else behind
            stray = text.find(quote, at, behind)
            if stray >= 0:
                return "stray_quote", stray
            fields.append(text[at:behind])
            at = behind
        if at == len(text):
            return fields
        at += 1


def delimited_fields(data: bytes, codec: str, skip: int, delimiter: str, quote: str | None) -> list[str] | Defect:
    """The fields of a delimited line, or the first reason why it has none; the number of fields is not looked at."""
    text = text_of(data, codec, skip)
    if isinstance(text, Defect):
        return text
    fields = split(text, delimiter, quote)
    if isinstance(fields, tuple):
        reason, index = fields
        return Defect(reason, skip + place(data[skip:], codec, index))
    return fields


def fixed_fields(
    data: bytes, codec: str, skip: int, places: list[tuple[int, int]], length: int | None
) -> list[str] | Defect:
    """The columns at ``places`` (first byte from 1, bytes) of a record, without the spaces around them.

    ``length`` is the record's; None if the line may have any.
    """
    text = text_of(data, codec, skip)
    if isinstance(text, Defect):
        return text
    record = data[skip:]
    if length is not None and len(record) != length:
        return Defect("record_length", len(record))
    starts = set(character_starts(record, codec))
    # where a column begins or ends inside a character: the leftmost such place, the column that begins there before
    # the one that ends there
    split_at = [(first - 1, 0, first) for first, _ in places] + [(first - 1 + size, 1, first) for first, size in places]
    wrong = [(at, ends, first) for at, ends, first in split_at if at not in starts]
    if wrong:
        return Defect("split_character", min(wrong)[2])
    return [record[first - 1 : first - 1 + size].decode(codec).strip(" ") for first, size in places]
