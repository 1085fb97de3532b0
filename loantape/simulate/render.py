"""Columns of integers become CSV lines: the one place that writes bytes of rows.

Belongs here: how each kind of value is written, and the table of columns the writer reads. Not here: values.

Every cell is one 64-bit integer: an amount in its last decimal, a day or second since 1970, the number of a text.
``EMPTY`` is a null; ``literal(n)`` puts text n into a column of any kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from loantape import catalog
from loantape.simulate.texts import Texts

EMPTY = np.iinfo(np.int64).min
_LITERALS = EMPTY + 1
_LITERALS_END = EMPTY + (1 << 40)

INTEGER, DECIMAL, DAY, STAMP, TEXT, NUMBERED, IDENTITY, SAME = range(8)  # the two plain numbers first
NUMBERED_DIGITS = 13
SKIP, ONCE, TWICE, AND_BROKEN = 0, 1, 2, 3  # what becomes of a row; AND_BROKEN adds a line cut after two fields
LINES_OF = np.array([0, 1, 2, 2], np.int64)

_LAST_DAY = 30_000  # 2052-02-20
_ONE, _TEN, _SIXTY, _HUNDRED, _THOUSAND = (np.uint64(number) for number in (1, 10, 60, 100, 1_000))
_TEN_THOUSAND, _HUNDRED_THOUSAND, _MILLION = (np.uint64(10**power) for power in (4, 5, 6))
_TEN_MILLION, _HUNDRED_MILLION = (np.uint64(10**power) for power in (7, 8))
_MANY = 10**NUMBERED_DIGITS
# words of eight characters, the first in the lowest byte
_S8, _S10, _S16, _S20, _S32 = (np.uint64(number) for number in (8, 10, 16, 20, 32))
_HUNDREDTH, _TENTH = np.uint64(10_486), np.uint64(103)  # over 2**20 and 2**10
_TWO_LANES, _FOUR_LANES = np.uint64(0x7F0000007F), np.uint64(0x000F000F000F000F)
_ZEROS, _POINT, _COLONS = np.uint64(0x3030303030303030), np.uint64(46), np.uint64(0x00000A00000A0000)
_SLACK = 64  # bytes behind what is written and read, for copies sixteen bytes at a time
_PADDING = np.zeros(_SLACK, np.uint8)
_BROKEN_FIELDS = 2


def literal(text_number: Any) -> Any:
    """The cell (or array of cells) that prints a text in a column of any kind."""
    return _LITERALS + text_number


def is_value(cells: np.ndarray) -> np.ndarray:
    """Where a cell is neither empty nor a literal."""
    return cells > _LITERALS_END


class Rows:
    """Rows of one kind of line: an integer array per column, and what becomes of each row."""

    def __init__(self, columns: Columns, count: int) -> None:
        self.columns = columns
        # an odd number of cache lines between columns, so that they do not fight for the same places in the cache
        self._cells = np.full((len(columns.names), count + 8 * (1 + count // 8 % 2)), EMPTY, np.int64)
        self.cells = self._cells[:, :count]
        self.keep = np.full(count, ONCE, np.int8)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.cells[self.columns.place[name]]

    def __setitem__(self, name: str, values: Any) -> None:
        self.cells[self.columns.place[name]] = values

    def lines(self) -> np.ndarray:
        """Physical lines before each row, within these rows."""
        weights = LINES_OF[self.keep]
        return np.cumsum(weights) - weights

    def total_lines(self) -> int:
        return int(LINES_OF[self.keep].sum())

    def total(self, name: str) -> int:
        """The sum of a column over the rows as written, in its last decimal."""
        values = self[name]
        counted = np.where(is_value(values), values, 0)
        return int((counted * np.array([0, 1, 2, 1])[self.keep]).sum())


@dataclass(frozen=True)
class Columns:
    """The columns of one kind of line and how each is written; ``marks`` are the bytes before each but the first."""

    table: str
    names: tuple[str, ...]
    key: tuple[str, ...]
    kinds: np.ndarray
    parameters: np.ndarray
    marks: np.ndarray
    place: dict[str, int]

    @classmethod
    def make(
        cls, table: str, key: tuple[str, ...], written: dict[str, tuple[int, int]], marks: bytes | None = None
    ) -> Columns:
        """Columns from how each is written: its kind and the kind's parameter."""
        names = tuple(written)
        kinds = np.array([kind for kind, _ in written.values()], np.int64)
        parameters = np.array([parameter for _, parameter in written.values()], np.int64)
        between = np.frombuffer(marks or b"," * len(names), np.uint8)
        return cls(table, names, key, kinds, parameters, between, {name: i for i, name in enumerate(names)})

    @property
    def header(self) -> bytes:
        return (",".join(self.names) + "\n").encode("ascii")


def columns_of(table: str, texts: Texts, prefixes: dict[str, str], identity: tuple[str, ...] = ()) -> Columns:
    """The delivered columns of a tape table: the model's, without derived ones, followed by identity columns."""
    model = catalog.tape_tables()[table]
    written: dict[str, tuple[int, int]] = {}
    for name, column in model.to_schema().columns.items():
        if name in prefixes:
            written[name] = NUMBERED, texts.number(prefixes[name])
        elif not column.metadata["loantape"].derived:
            written[name] = _written_as(column.dtype.type)
    kinds = {"id_no": IDENTITY, "phone": INTEGER, "name": TEXT}
    written |= {name: (kinds[name], 0) for name in identity}
    return Columns.make(table, model.key(), written)


def _written_as(kind: Any) -> tuple[int, int]:
    if kind.is_decimal():
        return DECIMAL, kind.scale
    if kind.is_date():
        return DAY, 0
    if kind.is_timestamp():
        return STAMP, 0
    if kind.is_string():
        return TEXT, 0
    return INTEGER, 0


def day_texts() -> np.ndarray:
    """The written form of every day since 1970: ten bytes and blanks, as two words of eight."""
    texts = np.full((_LAST_DAY, 16), 32, np.uint8)
    days = np.arange(_LAST_DAY).astype("datetime64[D]")
    texts[:, :10] = np.datetime_as_string(days).astype("S10").view(np.uint8).reshape(_LAST_DAY, 10)
    return texts.view("<u8").astype(np.uint64)


def render(
    rows: Rows, texts: Texts, days: np.ndarray, out: np.ndarray, encoding: str | None = None
) -> tuple[int, np.ndarray]:
    """Write the rows into ``out`` (made larger when needed): the bytes used, and the buffer.

    Neighbouring columns that are the same in all rows are written once and copied: many are, in one lender's block.
    """
    columns = rows.columns
    blob, starts = texts.packed(encoding)
    longest = 26 * len(columns.names) + int((starts[1:] - starts[:-1]).max()) * int(
        ((columns.kinds == TEXT) | (columns.kinds == NUMBERED)).sum() + 2
    )
    needed = longest * (rows.total_lines() + 1) + _SLACK
    if out.size < needed:
        out = np.empty(needed, np.uint8)
    if not rows.cells.shape[1]:
        return 0, out
    runs = _runs(rows)
    kinds, parameters = columns.kinds[runs[:, 0]], columns.parameters[runs[:, 0]]
    marks, first = columns.marks[runs[:, 0]], rows.cells[:, :1]
    once = np.array([ONCE], np.int8)
    added = []
    for place, (begin, end, same) in enumerate(runs.tolist()):
        if same:
            one = slice(begin, end)
            used = _render(
                first[one], once, np.arange(end - begin), columns.kinds[one], columns.parameters[one],
                columns.marks[one], blob, starts, days, 0, out,
            )  # fmt: skip
            added.append(out[: used - 1].copy())
            kinds[place] = SAME
    if added:
        ends = starts[-1] + np.cumsum([one.size for one in added])
        parameters[kinds == SAME] = np.arange(starts.size - 1, starts.size - 1 + len(added))
        blob, starts = np.concatenate((blob[: starts[-1]], *added, _PADDING)), np.concatenate((starts, ends))
    cut = int(np.searchsorted(runs[:, 1], _BROKEN_FIELDS))
    used = _render(rows.cells, rows.keep, runs[:, 0].copy(), kinds, parameters, marks, blob, starts, days, cut, out)
    return used, out


def _runs(rows: Rows) -> np.ndarray:
    """Begin, end and whether it is the same in every row, of each column or run of columns that are."""
    same = (rows.cells == rows.cells[:, :1]).all(axis=1)
    runs: list[list[int]] = []
    for column, constant in enumerate(same.tolist()):
        if constant and runs and runs[-1][2] and column != _BROKEN_FIELDS:
            runs[-1][1] = column + 1
        else:
            runs.append([column, column + 1, int(constant)])
    return np.array(runs, np.int64)


@intrinsic
def _load(typing: Any, source: Any, at: Any) -> Any:
    """Eight bytes of an array as one word, wherever they start."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], arguments)
        word = builder.load(builder.bitcast(place, context.get_value_type(types.uint64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(source, at), generate


@intrinsic
def _store(typing: Any, target: Any, at: Any, word: Any) -> Any:
    """One word as eight bytes of an array, wherever they start."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], arguments)
        stored = builder.store(arguments[2], builder.bitcast(place, arguments[2].type.as_pointer()))
        stored.align = 1
        return context.get_dummy_value()

    return types.void(target, at, types.uint64), generate


def _address(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    array = make_array(kind)(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


@njit(cache=True, nogil=True, inline="always")
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


@njit(cache=True, nogil=True, inline="always")
def _padded(value: np.uint64, size: int, out: np.ndarray, at: int) -> int:
    """The last ``size`` decimal digits of a value, at most eight."""
    _store(out, at, _eight(value) >> np.uint64(64 - 8 * size))
    return at + size


@njit(cache=True, nogil=True, inline="always")
def _digits(value: np.uint64, out: np.ndarray, at: int) -> int:
    """All decimal digits of a value below 10**16."""
    if value >= _HUNDRED_MILLION:
        high = value // _HUNDRED_MILLION
        at = _padded(high, _size(high), out, at)
        return _padded(value - high * _HUNDRED_MILLION, 8, out, at)
    return _padded(value, _size(value), out, at)


@njit(cache=True, nogil=True, inline="always")
def _size(value: np.uint64) -> int:
    """How many decimal digits a value below 10**8 has."""
    if value < _TEN_THOUSAND:
        return 1 + (value >= _TEN) + (value >= _HUNDRED) + (value >= _THOUSAND)
    return 5 + (value >= _HUNDRED_THOUSAND) + (value >= _MILLION) + (value >= _TEN_MILLION)


@njit(cache=True, nogil=True, inline="always")
def _copy(blob: np.ndarray, start: int, end: int, out: np.ndarray, at: int) -> int:
    """Copy eight bytes at a time; what is too much is overwritten by what follows."""
    ahead = at
    for place in range(start, end, 8):
        _store(out, ahead, _load(blob, place))
        ahead += 8
    return at + end - start


@njit(cache=True, nogil=True)
def _again(out: np.ndarray, start: int, end: int, at: int) -> int:
    """Copy a line just written."""
    for source in range(start, end):
        out[at] = out[source]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _identity(value: int, out: np.ndarray, at: int) -> int:
    """Seventeen digits and the check character of GB 11643-1999 (ISO 7064 MOD 11-2); negative: a wrong one."""
    digits = np.uint64(abs(value))
    high = digits // _HUNDRED_MILLION
    at = _digits(high, out, at)
    at = _padded(digits - high * _HUNDRED_MILLION, 8, out, at)
    total = 0
    weight = 2
    for place in range(at - 1, at - 18, -1):
        total += (np.int64(out[place]) - 48) * weight
        weight = weight * 2 % 11
    check = (12 - total % 11) % 11
    if value < 0:
        check = (check + 1) % 11
    out[at] = 88 if check == 10 else 48 + check
    return at + 1


@njit(cache=True, nogil=True)
def _render(
    cells: np.ndarray,
    keep: np.ndarray,
    places: np.ndarray,
    kinds: np.ndarray,
    parameters: np.ndarray,
    marks: np.ndarray,
    blob: np.ndarray,
    starts: np.ndarray,
    days: np.ndarray,
    cut_after: int,
    out: np.ndarray,
) -> int:
    """Write rows; cell i of a line is column ``places[i]`` (SAME: text ``parameters[i]``, marks between included)."""
    at = 0
    for row in range(cells.shape[1]):
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
                at = _copy(blob, starts[parameter], starts[parameter + 1], out, at)
                if cell == cut_after:
                    cut = at
                continue
            value = cells[places[cell], row]
            if value <= _LITERALS_END:
                if value != EMPTY:
                    number = value - _LITERALS
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
                    _store(out, at, _POINT)
                    at = _padded(rest - whole * _HUNDRED, 2, out, at + 1)
                elif parameter == 6:
                    whole = rest // _MILLION
                    at = _digits(whole, out, at)
                    _store(out, at, _POINT)
                    at = _padded(rest - whole * _MILLION, 6, out, at + 1)
                else:
                    whole = rest // _HUNDRED_MILLION
                    at = _digits(whole, out, at)
                    _store(out, at, _POINT)
                    at = _padded(rest - whole * _HUNDRED_MILLION, 8, out, at + 1)
            elif kind == DAY:
                _store(out, at, days[value, 0])
                _store(out, at + 8, days[value, 1])
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
                _store(out, at, days[day, 0])
                _store(out, at + 8, days[day, 1])
                minute = second // _SIXTY
                hour = minute // _SIXTY
                clock = hour * _MILLION + (minute - hour * _SIXTY) * _THOUSAND + second - minute * _SIXTY
                _store(out, at + 11, _eight(clock) + _COLONS)
                at += 19
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
    return at
