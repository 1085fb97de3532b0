"""Columns of integers become CSV lines: the one place that writes bytes of rows.

Belongs here: how each kind of cell is written, all of it in this file so that a compiled copy never outlives a change.
Not here: rows and columns (rows), files (delivery). Words of eight characters are put together for little-endian
machines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from loantape.compiled import inlined, kernel, load_word, store_word
from loantape.simulate.rows import (
    AND_BROKEN,
    DAY,
    DECIMAL,
    EMPTY,
    LITERALS,
    LITERALS_END,
    NUMBERED,
    NUMBERED_DIGITS,
    ONCE,
    SAME,
    SKIP,
    STAMP,
    STRIP,
    STRIP_SIZE,
    TEXT,
    TWICE,
    Rows,
)
from loantape.simulate.texts import Texts

_LAST_DAY = 40_000  # 2079-07-08
_ONE, _TEN, _SIXTY, _HUNDRED, _THOUSAND = (np.uint64(number) for number in (1, 10, 60, 100, 1_000))
_TEN_THOUSAND, _HUNDRED_THOUSAND, _MILLION = (np.uint64(10**power) for power in (4, 5, 6))
_TEN_MILLION, _HUNDRED_MILLION = (np.uint64(10**power) for power in (7, 8))
_MANY = 10**NUMBERED_DIGITS
# words of eight characters, the first in the lowest byte
_S8, _S10, _S16, _S20, _S32 = (np.uint64(number) for number in (8, 10, 16, 20, 32))
_HUNDREDTH, _TENTH = np.uint64(10_486), np.uint64(103)  # over 2**20 and 2**10
_TWO_LANES, _FOUR_LANES = np.uint64(0x7F0000007F), np.uint64(0x000F000F000F000F)
_ZEROS, _POINT, _COLONS = np.uint64(0x3030303030303030), np.uint64(46), np.uint64(0x00000A00000A0000)
_SLACK = 64  # bytes behind the last text, for copies eight bytes at a time
_PADDING = np.zeros(_SLACK, np.uint8)
_PIECE = 1 << 18
_WIDEST = 32  # bytes of the widest number, with its mark
_KEEP_ONE = np.array([ONCE], np.int8)
_BROKEN_FIELDS = 2


def day_texts() -> np.ndarray:
    """The written form of every day since 1970: ten bytes and blanks, as two words of eight."""
    texts = np.full((_LAST_DAY, 16), 32, np.uint8)
    days = np.arange(_LAST_DAY).astype("datetime64[D]")
    texts[:, :10] = np.datetime_as_string(days).astype("S10").view(np.uint8).reshape(_LAST_DAY, 10)
    return texts.view("<u8").astype(np.uint64)


class Writer:
    """Writes rows as lines, a piece at a time that stays in the processor's cache while it is hashed and saved."""

    def __init__(self, texts: Texts, encoding: str | None = None) -> None:
        self._texts, self._encoding = texts, encoding
        self._days = day_texts()
        self._buffer = np.empty(_PIECE, np.uint8)

    def pieces(self, rows: Rows) -> Iterator[memoryview]:
        """The rows' lines; a piece is overwritten by the next.

        Neighbouring columns that are the same in all rows are written once and copied: many are, in one lender's block.
        """
        if not rows.cells.shape[1]:
            return
        columns = rows.columns
        blob, starts = self._texts.packed(self._encoding)
        longest = int((starts[1:] - starts[:-1]).max())
        self._reserve(_PIECE + 3 * len(columns.names) * (_WIDEST + longest))  # the last row may be repeated
        runs = _runs(rows)
        kinds, parameters = columns.kinds[runs[:, 0]], columns.parameters[runs[:, 0]]
        marks = columns.marks[runs[:, 0]]
        same = [self._once(rows, begin, end, blob, starts) for begin, end, constant in runs.tolist() if constant]
        constant = runs[:, 2] == 1
        kinds[constant] = SAME
        parameters[constant] = np.arange(len(same))
        common = np.concatenate((*same, _PADDING))
        ends = np.cumsum([0, *(one.size for one in same)])
        cut = int(np.searchsorted(runs[:, 1], _BROKEN_FIELDS))
        places, row = runs[:, 0].copy(), 0
        while row < rows.keep.size:
            row, used = _render(
                rows.cells, rows.keep, row, places, kinds, parameters, marks, blob, starts, common, ends, self._days,
                rows.strips.reshape(-1), cut, self._buffer,
            )  # fmt: skip
            yield self._buffer[:used].data

    def _once(self, rows: Rows, begin: int, end: int, blob: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """The text of a run of columns in the first row, which is theirs in every row."""
        columns, one = rows.columns, slice(begin, end)
        _, used = _render(
            rows.cells[one, :1], _KEEP_ONE, 0, np.arange(end - begin), columns.kinds[one], columns.parameters[one],
            columns.marks[one], blob, starts, blob, starts, self._days, rows.strips.reshape(-1), 0, self._buffer,
        )  # fmt: skip
        return self._buffer[: used - 1].copy()

    def _reserve(self, size: int) -> None:
        if self._buffer.size < size:
            self._buffer = np.empty(size, np.uint8)


def _runs(rows: Rows) -> np.ndarray:
    """Begin, end and whether it is the same in every row, of each column or run of columns that are."""
    same = _same(rows.cells)
    runs: list[list[int]] = []
    for column, constant in enumerate(same.tolist()):
        if constant and runs and runs[-1][2] and column != _BROKEN_FIELDS:
            runs[-1][1] = column + 1
        else:
            runs.append([column, column + 1, int(constant)])
    return np.array(runs, np.int64)


@kernel
def _same(cells: np.ndarray) -> np.ndarray:
    same = np.ones(cells.shape[0], np.bool_)
    for column in range(cells.shape[0]):
        for row in range(1, cells.shape[1]):
            if cells[column, row] != cells[column, 0]:
                same[column] = False
                break
    return same


@inlined
def _eight(value: np.uint64) -> np.uint64:
    """Eight decimal digits of a value below 10**8 as a word, the first digit in the lowest byte.

    All digits at once: halves of four, of two, of one digit, each division a multiplication.
    """
    high = value // _TEN_THOUSAND
    fours = high | (value - high * _TEN_THOUSAND) << _S32
    upper = ((fours * _HUNDREDTH) >> _S20) & _TWO_LANES
    twos = upper | (fours - upper * _HUNDRED) << _S16
    upper = ((twos * _TENTH) >> _S10) & _FOUR_LANES
    return (upper | (twos - upper * _TEN) << _S8) + _ZEROS


@inlined
def _padded(value: np.uint64, size: int, out: np.ndarray, at: int) -> int:
    """The last ``size`` decimal digits of a value, at most eight."""
    store_word(out, at, _eight(value) >> np.uint64(64 - 8 * size))
    return at + size


@inlined
def _digits(value: np.uint64, out: np.ndarray, at: int) -> int:
    """All decimal digits of a value below 10**16."""
    if value >= _HUNDRED_MILLION:
        high = value // _HUNDRED_MILLION
        at = _padded(high, _size(high), out, at)
        return _padded(value - high * _HUNDRED_MILLION, 8, out, at)
    return _padded(value, _size(value), out, at)


@inlined
def _size(value: np.uint64) -> int:
    """How many decimal digits a value below 10**8 has."""
    if value < _TEN_THOUSAND:
        return 1 + int(value >= _TEN) + int(value >= _HUNDRED) + int(value >= _THOUSAND)
    return 5 + int(value >= _HUNDRED_THOUSAND) + int(value >= _MILLION) + int(value >= _TEN_MILLION)


@inlined
def _copy(blob: np.ndarray, start: int, end: int, out: np.ndarray, at: int) -> int:
    """Copy eight bytes at a time; what is too much is overwritten by what follows."""
    ahead = at
    for place in range(start, end, 8):
        store_word(out, ahead, load_word(blob, place))
        ahead += 8
    return at + end - start


@kernel
def _again(out: np.ndarray, start: int, end: int, at: int) -> int:
    """Copy a line just written."""
    for source in range(start, end):
        out[at] = out[source]
        at += 1
    return at


@kernel
def _identity(value: int, out: np.ndarray, at: int) -> int:
    """Seventeen digits and the check character of GB 11643-1999 (ISO 7064 MOD 11-2); negative: a wrong one."""
    digits = np.uint64(abs(value))
    high = digits // _HUNDRED_MILLION
    at = _digits(high, out, at)
    at = _padded(digits - high * _HUNDRED_MILLION, 8, out, at)
    total = 0
    weight = 2
    for place in range(at - 1, at - 18, -1):
        total += (int(out[place]) - 48) * weight
        weight = weight * 2 % 11
    check = (12 - total % 11) % 11
    if value < 0:
        check = (check + 1) % 11
    out[at] = 88 if check == 10 else 48 + check
    return at + 1


@kernel
def _render(
    cells: np.ndarray,
    keep: np.ndarray,
    first: int,
    places: np.ndarray,
    kinds: np.ndarray,
    parameters: np.ndarray,
    marks: np.ndarray,
    blob: np.ndarray,
    starts: np.ndarray,
    common: np.ndarray,
    ends: np.ndarray,
    days: np.ndarray,
    strips: np.ndarray,
    cut_after: int,
    out: np.ndarray,
) -> tuple[int, int]:
    """Write rows from ``first`` until a piece is full: the row after the last one written, and the bytes.

    Cell i of a line is column ``places[i]`` (SAME: text ``parameters[i]`` of the common ones).
    """
    at = 0
    for row in range(first, cells.shape[1]):
        if at >= _PIECE:
            return row, at
        if keep[row] == SKIP:
            continue
        begin = at
        cut = at
        for cell in range(places.size):
            if cell > 0:
                out[at] = marks[cell]
                at += 1
            kind = kinds[cell]
            parameter = parameters[cell]
            if kind == SAME:
                at = _copy(common, ends[parameter], ends[parameter + 1], out, at)
                if cell == cut_after:
                    cut = at
                continue
            value = cells[places[cell], row]
            if value <= LITERALS_END:
                if value != EMPTY:
                    number = value - LITERALS
                    at = _copy(blob, starts[number], starts[number + 1], out, at)
            elif kind == TEXT:
                at = _copy(blob, starts[value], starts[value + 1], out, at)
            elif kind <= DECIMAL:
                if value < 0:
                    out[at] = 45
                    at += 1
                    value = -value
                rest = np.uint64(value)
                if parameter == 0:
                    at = _digits(rest, out, at)
                elif parameter == 2:
                    whole = rest // _HUNDRED
                    at = _digits(whole, out, at)
                    store_word(out, at, _POINT)
                    at = _padded(rest - whole * _HUNDRED, 2, out, at + 1)
                elif parameter == 6:
                    whole = rest // _MILLION
                    at = _digits(whole, out, at)
                    store_word(out, at, _POINT)
                    at = _padded(rest - whole * _MILLION, 6, out, at + 1)
                else:
                    whole = rest // _HUNDRED_MILLION
                    at = _digits(whole, out, at)
                    store_word(out, at, _POINT)
                    at = _padded(rest - whole * _HUNDRED_MILLION, 8, out, at + 1)
            elif kind == DAY:
                store_word(out, at, days[value, 0])
                store_word(out, at + 8, days[value, 1])
                at += 10
            elif kind == NUMBERED:
                at = _copy(blob, starts[parameter], starts[parameter + 1], out, at)
                rest = np.uint64(value)
                high = rest // _HUNDRED_MILLION
                at = _padded(high, NUMBERED_DIGITS - 8 + (value >= _MANY), out, at)
                at = _padded(rest - high * _HUNDRED_MILLION, 8, out, at)
            elif kind == STAMP:
                day = value // 86400
                second = np.uint64(value - day * 86400)
                store_word(out, at, days[day, 0])
                store_word(out, at + 8, days[day, 1])
                minute = second // _SIXTY
                hour = minute // _SIXTY
                clock = hour * _MILLION + (minute - hour * _SIXTY) * _THOUSAND + second - minute * _SIXTY
                store_word(out, at + 11, _eight(clock) + _COLONS)
                at += 19
            elif kind == STRIP:
                at = _copy(strips, value * STRIP_SIZE, (value + 1) * STRIP_SIZE, out, at)
            else:
                at = _identity(value, out, at)
            if cell == cut_after:
                cut = at
        out[at] = 10
        at += 1
        if keep[row] == TWICE:
            at = _again(out, begin, at, at)
        elif keep[row] == AND_BROKEN:
            at = _again(out, begin, cut, at)
            out[at] = 10
            at += 1
    return cells.shape[1], at
