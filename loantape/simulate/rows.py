"""Rows as columns of integers: what one cell may hold, and how each column of a table is written.

Belongs here: the vocabulary that rows are made in. Not here: the bytes they become (render), values (loans, children).

Every cell is one 64-bit integer: an amount in its last decimal, a day or second since 1970, the number of a text.
Cell n of a strip column is the n-th strip of 24 characters. ``EMPTY`` is a null; ``literal(n)`` puts text n into a
column of any kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loantape import catalog
from loantape.simulate.texts import Texts

EMPTY = np.iinfo(np.int64).min
LITERALS = EMPTY + 1
LITERALS_END = EMPTY + (1 << 40)

INTEGER, DECIMAL, DAY, STAMP, TEXT, NUMBERED, IDENTITY, STRIP, SAME = range(9)  # the two plain numbers first
NUMBERED_DIGITS = 13
STRIP_SIZE = 24  # characters of a strip: three words
_STRIPS = ("payment_status_24m",)
SKIP, ONCE, TWICE, AND_BROKEN = 0, 1, 2, 3  # what becomes of a row; AND_BROKEN adds a line cut after two fields
LINES_OF = np.array([0, 1, 2, 2], np.int64)
ROWS_OF = np.array([0, 1, 2, 1], np.int64)  # a broken line is no row


def literal(text_number: Any) -> Any:
    """The cell (or array of cells) that prints a text in a column of any kind."""
    return LITERALS + text_number


def is_value(cells: np.ndarray) -> np.ndarray:
    """Where a cell is neither empty nor a literal."""
    return cells > LITERALS_END


class Rows:
    """Rows of one kind of line: an integer array per column, and what becomes of each row.

    ``strips`` are the characters that cells of the kind STRIP point to, (strips, 24) bytes.
    """

    def __init__(self, columns: Columns, count: int) -> None:
        self.columns = columns
        # an odd number of cache lines between columns, so that they do not fight for the same places in the cache
        self._cells = np.full((len(columns.names), count + 8 * (1 + count // 8 % 2)), EMPTY, np.int64)
        self.cells = self._cells[:, :count]
        self.keep = np.full(count, ONCE, np.int8)
        self.strips = np.empty((0, STRIP_SIZE), np.uint8)

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

    def total(self, name: str, where: np.ndarray | bool = True) -> int:
        """The sum of a column over the rows as written, or some of them, in its last decimal."""
        values = self[name]
        counted = np.where(is_value(values) & where, values, 0)
        return int((counted * ROWS_OF[self.keep]).sum())

    def count(self, where: np.ndarray) -> int:
        """How many of the rows as written are among these."""
        return int(ROWS_OF[self.keep][where].sum())


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
        elif name in _STRIPS:
            written[name] = STRIP, 0
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
