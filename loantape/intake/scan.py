"""The byte scanner: compiled kernels that find physical lines and judge each by its bytes alone.

Belongs here: loops over bytes, compiled by numba. Not here: files, tables, or what a lender's columns mean
(``loantape.intake.ledger``). DuckDB's CSV reader is not consulted: this is what its result is compared with.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numba
import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

HEADER, ACCEPTED, REJECTED, BLANK = 0, 1, 2, 3
KINDS = ("header", "accepted", "rejected", "blank")

FINE, UNDECODABLE, NUL, STRAY_QUOTE, UNBALANCED_QUOTE, FIELD_COUNT = 0, 1, 2, 3, 4, 5
REASONS = ("", "undecodable", "nul", "stray_quote", "unbalanced_quote", "field_count")

INDEX_EVERY = 4096  # lines between two entries of the line index

# Slots of the scanner's state, carried from one call to the next.
POSITION, LINES, RUNS, INDEXED, LONGEST, LF, CRLF, CR, UNENDED = range(9)
COUNTS = 9  # slots 9 to 12: lines per kind
STATE_SLOTS = 13

# Columns of the runs array.
RUN_KIND, RUN_LINE, RUN_BYTE, RUN_REASON, RUN_DETAIL = range(5)

# What a byte means to the fast path.
_ORDINARY, _DELIMITER, _SPECIAL, _LINE_END = 0, 1, 2, 4


def byte_classes(delimiter: int, quote: int) -> Bytes:
    """What each of the 256 byte values means; ``quote`` is -1 where quoting is not allowed."""
    classes = np.zeros(256, dtype=np.uint8)
    classes[128:] = _SPECIAL
    classes[0] = _SPECIAL
    classes[10] = classes[13] = _LINE_END
    classes[delimiter] = _DELIMITER
    if quote >= 0:
        classes[quote] = _SPECIAL
    return classes


@cache
def gb18030_tables() -> tuple[Bytes, Bytes]:
    """Which two-byte codes, and which four-byte codes of the basic plane, Python's strict codec decodes.

    Two bytes: index ``(lead - 0x81) * 256 + trail``. Four bytes: their linear index from 0x81308130.
    """
    two = np.zeros(126 * 256, dtype=np.uint8)
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            two[(lead - 0x81) * 256 + trail] = _decodes(bytes((lead, trail)))
    four = np.zeros(39_420, dtype=np.uint8)  # up to 0x8431A439, the last code of the basic plane
    for index in range(len(four)):
        rest, d = divmod(index, 10)
        rest, c = divmod(rest, 126)
        a, b = divmod(rest, 10)
        four[index] = _decodes(bytes((0x81 + a, 0x30 + b, 0x81 + c, 0x30 + d)))
    return two, four


def _decodes(raw: bytes) -> bool:
    try:
        return len(raw.decode("gb18030")) == 1
    except UnicodeDecodeError:
        return False


@numba.njit(cache=True, nogil=True)
def _utf8_length(data: Bytes, at: int, end: int) -> int:
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


@numba.njit(cache=True, nogil=True)
def _gb18030_length(data: Bytes, at: int, end: int, two: Bytes, four: Bytes) -> int:
    """Bytes of the GB18030 character at ``at`` (a byte >= 0x80), 0 if there is none."""
    lead = data[at]
    if lead < 0x81 or lead > 0xFE or at + 1 >= end:
        return 0
    second = data[at + 1]
    if second >= 0x40:
        return 2 if second <= 0xFE and two[(lead - 0x81) * 256 + second] else 0
    if second < 0x30 or second > 0x39 or at + 3 >= end:
        return 0
    third, last = data[at + 2], data[at + 3]
    if third < 0x81 or third > 0xFE or last < 0x30 or last > 0x39:
        return 0
    index = (((np.int64(lead) - 0x81) * 10 + second - 0x30) * 126 + third - 0x81) * 10 + last - 0x30
    if index < len(four):
        return 4 if four[index] else 0
    # 0x90308130 is U+10000: the supplementary planes are linear from there to U+10FFFF
    return 4 if 189_000 <= index < 189_000 + 0x100000 else 0


@numba.njit(cache=True, nogil=True)
def judge(
    data: Bytes, start: int, end: int, delimiter: int, quote: int, columns: int, gb: bool, two: Bytes, four: Bytes
) -> tuple[int, int]:
    """Judge one line without its end: (reason, detail). Detail: fields found, or the offending byte, from 1.

    Encoding comes before NUL, NUL before quotes, quotes before the field count.
    """
    at = start
    fields = 1
    nul_at = 0
    stray_at = 0
    open_at = 0  # where the quote that is still open stands
    at_field_start = True
    closed = False  # just after the closing quote of a field
    while at < end:
        byte = data[at]
        if byte >= 0x80:
            length = _gb18030_length(data, at, end, two, four) if gb else _utf8_length(data, at, end)
            if length == 0:
                return UNDECODABLE, at - start + 1
            if closed and stray_at == 0:
                stray_at = at - start + 1
            at += length
            at_field_start = False
            continue
        if byte == 0 and nul_at == 0:
            nul_at = at - start + 1
        if open_at:
            if byte == quote:
                if at + 1 < end and data[at + 1] == quote:
                    at += 1
                else:
                    open_at = 0
                    closed = True
        elif byte == delimiter:
            fields += 1
            at_field_start = True
            closed = False
            at += 1
            continue
        elif closed:
            if stray_at == 0:
                stray_at = at - start + 1
        elif byte == quote:
            if at_field_start:
                open_at = at - start + 1
            elif stray_at == 0:
                stray_at = at - start + 1
        at_field_start = False
        at += 1
    if nul_at:
        return NUL, nul_at
    if stray_at:
        return STRAY_QUOTE, stray_at
    if open_at:
        return UNBALANCED_QUOTE, open_at
    if fields != columns:
        return FIELD_COUNT, fields
    return FINE, 0


@numba.njit(cache=True, nogil=True)
def scan(
    data: Bytes,
    stop: int,
    classes: Bytes,
    delimiter: int,
    quote: int,
    columns: int,
    gb: bool,
    two: Bytes,
    four: Bytes,
    state: Numbers,
    runs: Numbers,
    index: Numbers,
) -> None:
    """Judge every line from where ``state`` says the last call stopped, until one ends at or after ``stop``.

    ``runs`` and ``index`` are filled from row 0 and left early when they are full; ``state`` says how far it came. A
    run continues the one before it when kind, reason and detail are the same, across calls through its last row.
    """
    size = len(data)
    line_start = state[POSITION]
    at = line_start
    delimiters = 0
    seen = 0
    kept = state[RUNS]
    while at < size:
        meaning = classes[data[at]]
        delimiters += meaning & _DELIMITER
        seen |= meaning
        at += 1
        if not meaning & _LINE_END and at < size:
            continue
        # `at` is just past the last byte of a line: its LF or CR, or the end of the file
        end = at
        after = at
        if meaning & _LINE_END:
            end = at - 1
            if data[end] == 10:
                state[LF] += 1
            elif at < size and data[at] == 10:
                after = at + 1
                state[CRLF] += 1
            else:
                state[CR] += 1
        else:
            state[UNENDED] += 1
        kind, reason, detail = ACCEPTED, FINE, 0
        if state[LINES] == 0:
            kind = HEADER
        elif end == line_start:
            kind = BLANK
        elif seen & _SPECIAL:
            reason, detail = judge(data, line_start, end, delimiter, quote, columns, gb, two, four)
        elif delimiters + 1 != columns:
            reason, detail = FIELD_COUNT, delimiters + 1
        if reason != FINE:
            kind = REJECTED
        if state[LINES] % INDEX_EVERY == 0:
            index[state[INDEXED], 0] = state[LINES] + 1
            index[state[INDEXED], 1] = line_start
            state[INDEXED] += 1
        if (
            kept == 0
            or runs[kept - 1, RUN_KIND] != kind
            or runs[kept - 1, RUN_REASON] != reason
            or runs[kept - 1, RUN_DETAIL] != detail
        ):
            runs[kept, RUN_KIND] = kind
            runs[kept, RUN_LINE] = state[LINES] + 1
            runs[kept, RUN_BYTE] = line_start
            runs[kept, RUN_REASON] = reason
            runs[kept, RUN_DETAIL] = detail
            kept += 1
            state[RUNS] = kept
        state[LINES] += 1
        state[COUNTS + kind] += 1
        if end - line_start > state[LONGEST]:
            state[LONGEST] = end - line_start
        line_start = after
        at = after
        delimiters = 0
        seen = 0
        state[POSITION] = line_start
        if line_start >= stop or kept == len(runs) or state[INDEXED] == len(index):
            return


@numba.njit(cache=True, nogil=True)
def count_line_ends(block: Bytes, last_was_cr: bool) -> tuple[int, bool]:
    """Line ends in a block of a stream (LF, CRLF, lone CR); ``last_was_cr`` says how the block before it ended."""
    ends = 0
    for at in range(len(block)):
        byte = block[at]
        if byte == 13 or (byte == 10 and not last_was_cr):
            ends += 1
        last_was_cr = byte == 13
    return ends, last_was_cr


@numba.njit(cache=True, nogil=True)
def compact(data: Bytes, starts: Numbers, ends: Numbers, cursor: Numbers, out: Bytes) -> int:
    """Copy byte ranges of whole lines into ``out``, every line ended by one LF. Returns how many bytes were written.

    ``cursor`` holds (range, position within the file, whether the last byte was a line end) and is moved on; the work
    is finished when the range reaches ``len(starts)``.
    """
    written = 0
    room = len(out) - 1
    while cursor[0] < len(starts):
        at = cursor[1]
        end = ends[cursor[0]]
        while at < end and written < room:
            byte = data[at]
            at += 1
            if byte == 13:
                byte = 10
                if at < end and data[at] == 10:
                    at += 1
            out[written] = byte
            written += 1
            cursor[2] = byte == 10
        cursor[1] = at
        if at < end:
            return written
        if not cursor[2]:
            out[written] = 10  # the last line of the file had no end
            written += 1
            cursor[2] = 1
        cursor[0] += 1
        if cursor[0] < len(starts):
            cursor[1] = starts[cursor[0]]
    return written
