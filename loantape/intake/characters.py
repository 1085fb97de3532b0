"""Characters as bytes: compiled decoding of every encoding a lender may declare, and its way into UTF-8.

Belongs here: what one character is, in each encoding. Not here: lines (``scan``) and values (``values``). Python's own
codecs are the source of the double-byte tables, so that a byte decodes here exactly when it decodes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from loantape.compiled import kernel
from loantape.errors import DeclarationError

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Points = np.ndarray[Any, np.dtype[np.uint32]]

UTF8, DOUBLE, LATIN1, UTF16LE, UTF16BE = range(5)
MARKS = {
    "utf-8": b"\xef\xbb\xbf",
    "gb18030": b"\x84\x31\x95\x33",
    "utf-16": b"",  # either of the two below: it decides
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
}
_FAMILY = {
    "utf-8": UTF8,
    "gb18030": DOUBLE,
    "gbk": DOUBLE,
    "gb2312": DOUBLE,
    "latin-1": LATIN1,
    "utf-16-le": UTF16LE,
    "utf-16-be": UTF16BE,
}
ENCODINGS = (*_FAMILY, "utf-16")
_SPELLINGS = {"utf8": "utf-8", "latin1": "latin-1", "iso-8859-1": "latin-1", "utf16": "utf-16"}


@dataclass(frozen=True)
class Encoding:
    """An encoding as the kernels see it: its family and, for the double-byte ones, the code points of its codes."""

    name: str
    family: int
    two: Points
    four: Points

    @property
    def unit(self) -> int:
        """Bytes of its smallest code unit."""
        return 2 if self.family >= UTF16LE else 1


def usual_name(declared: str) -> str:
    """The encoding in its usual spelling. Raises DeclarationError for one that is not supported."""
    name = declared.lower().replace("_", "-")
    name = _SPELLINGS.get(name, name)
    if name not in ENCODINGS:
        raise DeclarationError(f"the encoding {declared!r} is not supported", f"use one of {', '.join(ENCODINGS)}")
    return name


def mark_of(start: bytes, name: str) -> bytes:
    """The byte order mark at the beginning of a file, if its encoding allows one there."""
    marks = (MARKS["utf-16-le"], MARKS["utf-16-be"]) if name == "utf-16" else (MARKS.get(name, b""),)
    return next((mark for mark in marks if mark and start.startswith(mark)), b"")


def encoding_of(name: str, mark: bytes = b"") -> Encoding:
    """What the kernels need for an encoding in its usual name; for ``utf-16`` its mark says which one it is."""
    if name == "utf-16":
        name = "utf-16-be" if mark == MARKS["utf-16-be"] else "utf-16-le"
    two, four = _double_tables(name) if _FAMILY[name] == DOUBLE else (_NOTHING, _NOTHING)
    return Encoding(name, _FAMILY[name], two, four)


_NOTHING = np.zeros(1, dtype=np.uint32)


@cache
def _double_tables(codec: str) -> tuple[Points, Points]:
    """Code points of the two-byte codes, index ``(lead - 0x81) * 256 + trail``, and of GB18030's four-byte codes of the
    basic plane by their linear index from 0x81308130; 0 where the codec decodes nothing.
    """
    two = np.zeros(126 * 256, dtype=np.uint32)
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            two[(lead - 0x81) * 256 + trail] = _point(bytes((lead, trail)), codec)
    if codec != "gb18030":
        return two, _NOTHING
    four = np.zeros(39_420, dtype=np.uint32)  # up to 0x8431A439, the last code of the basic plane
    for index in range(len(four)):
        rest, d = divmod(index, 10)
        rest, c = divmod(rest, 126)
        a, b = divmod(rest, 10)
        four[index] = _point(bytes((0x81 + a, 0x30 + b, 0x81 + c, 0x30 + d)), codec)
    return two, four


def _point(raw: bytes, codec: str) -> int:
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        return 0
    return ord(text) if len(text) == 1 else 0


@kernel
def utf8_length(data: Bytes, at: int, end: int) -> int:
    """Bytes of the well-formed UTF-8 character at ``at`` (a byte >= 0x80), 0 if there is none (Unicode table 3-7)."""
    lead = data[at]
    if lead < 0xC2 or lead > 0xF4:
        return 0
    length = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    if at + length > end:
        return 0
    low, high = 0x80, 0xBF
    if lead == 0xE0:
        low = 0xA0
    elif lead == 0xED:
        high = 0x9F
    elif lead == 0xF0:
        low = 0x90
    elif lead == 0xF4:
        high = 0x8F
    if data[at + 1] < low or data[at + 1] > high:
        return 0
    for k in range(2, length):
        if data[at + k] & 0xC0 != 0x80:
            return 0
    return length


@kernel
def character(data: Bytes, at: int, end: int, family: int, two: Points, four: Points) -> tuple[int, int]:
    """Length in bytes and code point of the character at ``at``; length 0 where none begins. UTF-8 gives no point."""
    lead = np.int64(data[at])
    if family >= UTF16LE:
        return _utf16(data, at, end, 1 if family == UTF16LE else 0)
    if lead < 0x80:
        return 1, lead
    if family == UTF8:
        return utf8_length(data, at, end), 0
    if family == LATIN1:
        return (0 if lead < 0xA0 else 1), lead
    if lead < 0x81 or lead > 0xFE or at + 1 >= end:
        return 0, 0
    second = np.int64(data[at + 1])
    if second >= 0x40:
        point = np.int64(two[(lead - 0x81) * 256 + second]) if second <= 0xFE else 0
        return (2 if point else 0), point
    if len(four) == 1 or second < 0x30 or second > 0x39 or at + 3 >= end:
        return 0, 0
    third, last = np.int64(data[at + 2]), np.int64(data[at + 3])
    if third < 0x81 or third > 0xFE or last < 0x30 or last > 0x39:
        return 0, 0
    index = (((lead - 0x81) * 10 + second - 0x30) * 126 + third - 0x81) * 10 + last - 0x30
    if index < len(four):
        return (4 if four[index] else 0), np.int64(four[index])
    # 0x90308130 is U+10000: the supplementary planes are linear from there to U+10FFFF
    if 189_000 <= index < 189_000 + 0x100000:
        return 4, index - 189_000 + 0x10000
    return 0, 0


@kernel
def _utf16(data: Bytes, at: int, end: int, low: int) -> tuple[int, int]:
    """``low`` is 1 where the low byte comes first."""
    if at + 2 > end:
        return 0, 0
    unit = np.int64(data[at + low]) << 8 | np.int64(data[at + 1 - low])
    if unit < 0xD800 or unit > 0xDFFF:
        return 2, unit
    if unit > 0xDBFF or at + 4 > end:
        return 0, 0
    trail = np.int64(data[at + 2 + low]) << 8 | np.int64(data[at + 3 - low])
    if trail < 0xDC00 or trail > 0xDFFF:
        return 0, 0
    return 4, 0x10000 + ((unit - 0xD800) << 10) + (trail - 0xDC00)


@kernel
def put(out: Bytes, at: int, point: int) -> int:
    """Write a code point in UTF-8; returns the position behind it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4


@kernel
def to_utf8(
    data: Bytes, start: int, end: int, family: int, two: Points, four: Points, out: Bytes, written: int
) -> tuple[int, int]:
    """Decode ``data[start:end]`` into ``out`` from ``written`` on.

    Returns the position reached and the new ``written``: a position before ``end`` is a byte that does not decode.
    ``out`` needs three bytes per two of ``data``, two per one for latin-1.
    """
    at = start
    while at < end:
        if family <= LATIN1 and data[at] < 0x80:
            out[written] = data[at]
            written += 1
            at += 1
            continue
        length, point = character(data, at, end, family, two, four)
        if length == 0:
            return at, written
        if family == UTF8:
            for k in range(length):
                out[written + k] = data[at + k]
            written += length
        else:
            written = put(out, written, point)
        at += length
    return at, written


@kernel
def source_place(data: Bytes, start: int, end: int, family: int, two: Points, four: Points, place: int) -> int:
    """Where in ``data[start:end]`` the character lies that stands at byte ``place`` of its UTF-8 form, both from 0."""
    at = start
    done = 0
    while at < end and done < place:
        length, point = character(data, at, end, family, two, four)
        if length == 0:
            break
        if family == UTF8:
            done += length
        else:
            done += 1 if point < 0x80 else (2 if point < 0x800 else (3 if point < 0x10000 else 4))
        at += length
    return at - start
