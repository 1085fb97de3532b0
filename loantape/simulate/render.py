"""Columns of integers become CSV lines: the one place that writes bytes of rows.

Belongs here: how each kind of value is written, and the table of columns the writer reads. Not here: values.

Every cell is one 64-bit integer: an amount in its last decimal, a day or second since 1970, the number of a text.
``EMPTY`` is a null; ``literal(n)`` puts text n into a column of any kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from loantape import catalog
from loantape.simulate.texts import Texts

EMPTY = np.iinfo(np.int64).min
_LITERALS = EMPTY + 1
_LITERALS_END = EMPTY + (1 << 40)

INTEGER, DECIMAL, DAY, STAMP, TEXT, NUMBERED, IDENTITY = range(7)  # the two plain numbers first
NUMBERED_DIGITS = 13
SKIP, ONCE, TWICE, AND_BROKEN = 0, 1, 2, 3  # what becomes of a row; AND_BROKEN adds a line cut after two fields
LINES_OF = np.array([0, 1, 2, 2], np.int64)

_LAST_DAY = 30_000  # 2052-02-20
_PAIRS = np.array([48 + digit for pair in range(100) for digit in divmod(pair, 10)], np.uint8)
_HUNDRED = 100
_MANY = 10**NUMBERED_DIGITS
_UNITS = 10 ** np.arange(18)


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
    """The written form of every day since 1970, ten bytes each."""
    days = np.arange(_LAST_DAY).astype("datetime64[D]")
    return np.datetime_as_string(days).astype("S10").view(np.uint8).reshape(_LAST_DAY, 10)


def render(
    rows: Rows, texts: Texts, days: np.ndarray, out: np.ndarray, encoding: str | None = None
) -> tuple[int, np.ndarray]:
    """Write the rows into ``out`` (made larger when needed): the bytes used, and the buffer."""
    blob, starts = texts.packed(encoding)
    longest = 26 * len(rows.columns.names) + int(np.diff(starts).max()) * int(
        (rows.columns.kinds == TEXT).sum() + (rows.columns.kinds == NUMBERED).sum() + 2
    )
    needed = longest * (rows.total_lines() + 1)
    if out.size < needed:
        out = np.empty(needed, np.uint8)
    columns = rows.columns
    used = _render(
        rows.cells, rows.keep, columns.kinds, columns.parameters, columns.marks, blob, starts, days, _UNITS, out
    )
    return used, out


@njit(cache=True, nogil=True, inline="always")
def _pair(value: int, out: np.ndarray, at: int) -> None:
    out[at] = _PAIRS[2 * value]
    out[at + 1] = _PAIRS[2 * value + 1]


@njit(cache=True, nogil=True, inline="always")
def _padded(value: int, size: int, out: np.ndarray, at: int) -> int:
    """The last ``size`` decimal digits of a value that is not negative."""
    place = at + size
    while place - at >= 2:
        place -= 2
        rest = value // _HUNDRED
        _pair(value - rest * _HUNDRED, out, place)
        value = rest
    if place > at:
        out[at] = 48 + value % 10
    return at + size


@njit(cache=True, nogil=True, inline="always")
def _digits(value: int, out: np.ndarray, at: int) -> int:
    """All decimal digits of a value that is not negative."""
    if value < 10:
        out[at] = 48 + value
        return at + 1
    if value < 100:
        _pair(value, out, at)
        return at + 2
    size = 3
    power = 1000
    while size < 18 and value >= power:
        size += 1
        power *= 10
    return _padded(value, size, out, at)


@njit(cache=True, nogil=True, inline="always")
def _copy(blob: np.ndarray, start: int, end: int, out: np.ndarray, at: int) -> int:
    for source in range(start, end):
        out[at] = blob[source]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _identity(value: int, out: np.ndarray, at: int) -> int:
    """Seventeen digits and the check character of GB 11643-1999 (ISO 7064 MOD 11-2); negative: a wrong one."""
    wrong = value < 0
    at = _padded(abs(value), 17, out, at)
    total = 0
    weight = 2
    for place in range(at - 1, at - 18, -1):
        total += (out[place] - 48) * weight
        weight = weight * 2 % 11
    check = (12 - total % 11) % 11
    if wrong:
        check = (check + 1) % 11
    out[at] = 88 if check == 10 else 48 + check
    return at + 1


@njit(cache=True, nogil=True)
def _render(
    cells: np.ndarray,
    keep: np.ndarray,
    kinds: np.ndarray,
    parameters: np.ndarray,
    marks: np.ndarray,
    blob: np.ndarray,
    starts: np.ndarray,
    days: np.ndarray,
    units: np.ndarray,
    out: np.ndarray,
) -> int:
    columns = cells.shape[0]
    at = 0
    for row in range(cells.shape[1]):
        if keep[row] == SKIP:
            continue
        begin = at
        cut = at
        for column in range(columns):
            if column > 0:
                out[at] = marks[column]
                at += 1
            value = cells[column, row]
            kind = kinds[column]
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
                scale = parameters[column]
                if scale == 0:
                    at = _digits(value, out, at)
                elif scale == 2:
                    whole = value // _HUNDRED
                    at = _digits(whole, out, at)
                    out[at] = 46
                    _pair(value - whole * _HUNDRED, out, at + 1)
                    at += 3
                else:
                    unit = units[scale]
                    whole = value // unit
                    at = _digits(whole, out, at)
                    out[at] = 46
                    at = _padded(value - whole * unit, scale, out, at + 1)
            elif kind == DAY:
                for place in range(10):
                    out[at + place] = days[value, place]
                at += 10
            elif kind == NUMBERED:
                prefix = parameters[column]
                at = _copy(blob, starts[prefix], starts[prefix + 1], out, at)
                at = _padded(value, NUMBERED_DIGITS + (value >= _MANY), out, at)
            elif kind == STAMP:
                day = value // 86400
                second = value - day * 86400
                for place in range(10):
                    out[at + place] = days[day, place]
                out[at + 10] = 32
                _pair(second // 3600, out, at + 11)
                out[at + 13] = 58
                _pair(second // 60 % 60, out, at + 14)
                out[at + 16] = 58
                _pair(second % 60, out, at + 17)
                at += 19
            else:
                at = _identity(value, out, at)
            if column == 1:
                cut = at
        out[at] = 10
        at += 1
        if keep[row] == TWICE:
            at = _copy(out, begin, at, out, at)
        elif keep[row] == AND_BROKEN:
            at = _copy(out, begin, cut, out, at)
            out[at] = 10
            at += 1
    return at
