"""The byte scanner: compiled kernels that find physical lines and judge each by its bytes alone.

Belongs here: loops over bytes, compiled by numba. Not here: files, tables, or what a lender's columns mean
(``loantape.intake.ledger``). It knows nothing of the parser whose result it is compared with.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import kernel
from loantape.intake.characters import DOUBLE, LATIN1, UTF8, Bytes, Numbers, Points, character, source_place, to_utf8
from loantape.intake.characters import utf8_length as _utf8_length

HEADER, ACCEPTED, REJECTED, BLANK, TRAILER = range(5)
KINDS = ("header", "accepted", "rejected", "blank", "trailer")

(
    FINE,
    LINE_TOO_LONG,
    UNDECODABLE,
    NUL,
    STRAY_QUOTE,
    UNBALANCED_QUOTE,
    FIELD_COUNT,
    RECORD_LENGTH,
    SPLIT_CHARACTER,
) = range(9)
REASONS = (
    "",
    "line_too_long",
    "undecodable",
    "nul",
    "stray_quote",
    "unbalanced_quote",
    "field_count",
    "record_length",
    "split_character",
)
LONGEST_LINE = 1 << 24  # bytes

INDEX_EVERY = 4096  # lines between two entries of the line index

# Slots of the scanner's state, carried from one call to the next.
POSITION, LINES, RUNS, INDEXED, LONGEST, LF, CRLF, CR, UNENDED, FIRST_END, ODD_LINE = range(11)
COUNTS = 11  # slots 11 to 15: lines per kind
STATE_SLOTS = 16

# Columns of the runs array.
RUN_KIND, RUN_LINE, RUN_BYTE, RUN_REASON, RUN_DETAIL = range(5)

# Slots of the settings array: what a layout asks of a line.
DELIMITER, QUOTE, COLUMNS, RECORD, HAS_HEADER, MARK, FAMILY = range(7)
SETTING_SLOTS = 7

# What a byte means to the fast path.
_DELIMITER, _SPECIAL, _LINE_END, _HIGH = 1, 2, 4, 8


def byte_classes(delimiter: int, quote: int, family: int) -> Bytes:
    """What each of the 256 byte values means; ``delimiter`` and ``quote`` are -1 where there is none.

    In a double-byte encoding a delimiter may be the second half of a character, so high bytes are special there.
    """
    classes = np.zeros(256, dtype=np.uint8)
    if family == UTF8:
        classes[128:] = _HIGH
    elif family == DOUBLE:
        classes[128:] = _SPECIAL
    elif family == LATIN1:
        classes[128:160] = _SPECIAL
    classes[0] = _SPECIAL
    classes[10] = classes[13] = _LINE_END
    if delimiter >= 0:
        classes[delimiter] = _DELIMITER
    if quote >= 0:
        classes[quote] = _SPECIAL
    return classes


@kernel
def _valid_utf8(data: Bytes, start: int, end: int) -> bool:
    at = start
    while at < end:
        if data[at] < 0x80:
            at += 1
            continue
        length = _utf8_length(data, at, end)
        if length == 0:
            return False
        at += length
    return True


@kernel
def judge(data: Bytes, start: int, end: int, settings: Numbers, two: Points, four: Points) -> tuple[int, int]:
    """Judge one line of delimited fields without its end: (reason, detail). Detail: fields found, or a place from 1.

    Encoding comes before NUL, NUL before quotes, quotes before the field count. Not for UTF-16 (``judge_wide``).
    """
    delimiter, quote, family = settings[DELIMITER], settings[QUOTE], settings[FAMILY]
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
            length, _ = character(data, at, end, family, two, four)
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
    if fields != settings[COLUMNS]:
        return FIELD_COUNT, fields
    return FINE, 0


@kernel
def judge_fixed(
    data: Bytes, start: int, end: int, settings: Numbers, cuts: Numbers, two: Points, four: Points
) -> tuple[int, int]:
    """Judge one fixed-width line: (reason, detail). ``cuts`` are the places, from 0 and ascending, where columns begin
    or end, each with the first byte, from 1, of the column that is cut there.
    """
    nul_at = split_at = 0
    cut = 0
    at = start
    while at < end:
        length, _ = character(data, at, end, settings[FAMILY], two, four)
        if length == 0:
            return UNDECODABLE, at - start + 1
        if data[at] == 0 and nul_at == 0:
            nul_at = at - start + 1
        while cut < len(cuts) and cuts[cut, 0] <= at - start:
            cut += 1
        if split_at == 0 and cut < len(cuts) and cuts[cut, 0] < at - start + length:
            split_at = cuts[cut, 1]
        at += length
    if nul_at:
        return NUL, nul_at
    if end - start != settings[RECORD]:
        return RECORD_LENGTH, end - start
    if split_at:
        return SPLIT_CHARACTER, split_at
    return FINE, 0


@kernel
def judge_wide(
    data: Bytes, start: int, end: int, settings: Numbers, two: Points, four: Points, scratch: Bytes
) -> tuple[int, int]:
    """Judge one line of UTF-16: (reason, detail), places in bytes of the line as it is. ``scratch`` holds it in
    UTF-8.
    """
    family = settings[FAMILY]
    reached, written = to_utf8(data, start, end, family, two, four, scratch, 0)
    if reached < end:
        return UNDECODABLE, reached - start + 1
    settings[FAMILY] = UTF8
    reason, detail = judge(scratch, 0, written, settings, two, four)
    settings[FAMILY] = family
    if reason in (NUL, STRAY_QUOTE, UNBALANCED_QUOTE):
        detail = source_place(data, start, end, family, two, four, detail - 1) + 1
    return reason, detail


@kernel
def _close(
    state: Numbers, runs: Numbers, index: Numbers, kind: int, reason: int, detail: int, start: int, first: int, end: int
) -> None:
    """Enter a judged line into the index and the runs. A run goes on while kind, reason and detail stay the same.

    The line begins at ``start``, what was judged of it at ``first``, behind a byte order mark: places count from the
    line's own beginning.
    """
    if reason != FINE:
        kind = REJECTED
        if UNDECODABLE <= reason <= UNBALANCED_QUOTE:
            detail += first - start
    state[LONGEST] = max(state[LONGEST], end - start)
    if state[LINES] % INDEX_EVERY == 0:
        index[state[INDEXED], 0] = state[LINES] + 1
        index[state[INDEXED], 1] = start
        state[INDEXED] += 1
    kept = state[RUNS]
    if (
        kept == 0
        or runs[kept - 1, RUN_KIND] != kind
        or runs[kept - 1, RUN_REASON] != reason
        or runs[kept - 1, RUN_DETAIL] != detail
    ):
        runs[kept, RUN_KIND] = kind
        runs[kept, RUN_LINE] = state[LINES] + 1
        runs[kept, RUN_BYTE] = start
        runs[kept, RUN_REASON] = reason
        runs[kept, RUN_DETAIL] = detail
        state[RUNS] = kept + 1
    state[LINES] += 1
    state[COUNTS + kind] += 1


@kernel
def _end(state: Numbers, ended: int) -> None:
    """Count how a line ends, and remember the first line that ends otherwise than the first."""
    state[ended] += 1
    if ended != UNENDED:
        if state[FIRST_END] == 0:
            state[FIRST_END] = ended
        elif ended != state[FIRST_END] and state[ODD_LINE] == 0:
            state[ODD_LINE] = state[LINES] + 1


@kernel
def scan(
    data: Bytes,
    stop: int,
    classes: Bytes,
    settings: Numbers,
    cuts: Numbers,
    two: Points,
    four: Points,
    state: Numbers,
    runs: Numbers,
    index: Numbers,
) -> None:
    """Judge every line from where ``state`` says the last call stopped, until one ends at or after ``stop``.

    ``runs`` and ``index`` are filled from row 0 and left early when they are full; ``state`` says how far it came. A
    run continues the one before it across calls through its last row. Not for UTF-16 (``scan_wide``).
    """
    size = len(data)
    columns, record = settings[COLUMNS], settings[RECORD]
    line_start = state[POSITION]
    at = line_start
    if line_start == 0:
        at += settings[MARK]
    first = at
    delimiters = 0
    seen = 0
    while at < size or line_start < size:
        meaning = 0
        if at < size:
            meaning = classes[data[at]]
            delimiters += meaning & _DELIMITER
            seen |= meaning
            at += 1
            if not meaning & _LINE_END and at < size:
                continue
        # `at` is just past the last byte of a line: its LF or CR, or the end of the file
        end = at
        after = at
        ended = UNENDED
        if meaning & _LINE_END:
            end = at - 1
            if data[end] == 10:
                ended = LF
            elif at < size and data[at] == 10:
                after = at + 1
                ended = CRLF
            else:
                ended = CR
        _end(state, ended)
        kind, reason, detail = ACCEPTED, FINE, 0
        if state[LINES] == 0 and settings[HAS_HEADER]:
            kind = HEADER
        elif end == first:
            kind = BLANK
        elif end - line_start > LONGEST_LINE:
            reason = LINE_TOO_LONG
        elif record >= 0:
            if seen & (_SPECIAL | _HIGH):
                reason, detail = judge_fixed(data, first, end, settings, cuts, two, four)
            elif end - first != record:
                reason, detail = RECORD_LENGTH, end - first
        elif seen & _SPECIAL or (seen & _HIGH and not _valid_utf8(data, first, end)):
            reason, detail = judge(data, first, end, settings, two, four)
        elif delimiters + 1 != columns:
            reason, detail = FIELD_COUNT, delimiters + 1
        _close(state, runs, index, kind, reason, detail, line_start, first, end)
        line_start = first = at = after
        delimiters = 0
        seen = 0
        state[POSITION] = line_start
        if line_start >= stop or state[RUNS] == len(runs) or state[INDEXED] == len(index):
            return


@kernel
def scan_wide(
    data: Bytes,
    stop: int,
    settings: Numbers,
    two: Points,
    four: Points,
    state: Numbers,
    runs: Numbers,
    index: Numbers,
    scratch: Bytes,
    low: int,
) -> None:
    """``scan`` for UTF-16; ``low`` is 1 where the low byte of a unit comes first. ``scratch`` has room for a line."""
    size = len(data)
    line_start = state[POSITION]
    at = line_start
    if line_start == 0:
        at += settings[MARK]
    first = at
    while at < size or line_start < size:
        unit = -1
        if at + 1 < size:
            unit = np.int64(data[at + low]) << 8 | np.int64(data[at + 1 - low])
        at = min(at + 2, size)
        if unit != 10 and unit != 13 and at < size:
            continue
        end = after = at
        ended = UNENDED
        if unit == 10:
            end, ended = at - 2, LF
        elif unit == 13:
            end, ended = at - 2, CR
            if at + 1 < size and data[at + low] == 0 and data[at + 1 - low] == 10:
                after, ended = at + 2, CRLF
        _end(state, ended)
        kind, reason, detail = ACCEPTED, FINE, 0
        if state[LINES] == 0 and settings[HAS_HEADER]:
            kind = HEADER
        elif end == first:
            kind = BLANK
        elif end - line_start > LONGEST_LINE:
            reason = LINE_TOO_LONG
        else:
            reason, detail = judge_wide(data, first, end, settings, two, four, scratch)
        _close(state, runs, index, kind, reason, detail, line_start, first, end)
        line_start = first = at = after
        state[POSITION] = line_start
        if line_start >= stop or state[RUNS] == len(runs) or state[INDEXED] == len(index):
            return
