"""A Parquet, Arrow or XLSX file as the rest of intake sees it: columns of text, lines, what was refused on the way.

Belongs here: the interface, and the doubt with which the child's answers are taken. Not here: the process
(``process``), or how files are read (``columnar``, ``workbook``, both in the child only).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from loantape.declare import FileKind, FileLayout, ValueForm
from loantape.intake.cells import process
from loantape.intake.cells.protocol import MAX_COLUMNS, NO_VALUE, UNREADABLE, Wanted, split_batch

_KINDS = {FileKind.PARQUET: "parquet", FileKind.ARROW: "arrow", FileKind.XLSX: "xlsx"}
_MOST_ROWS = 1 << 48
_LONGEST = 400  # characters of a refused text


@dataclass(frozen=True)
class Description:
    """What a file says of itself: column names in order, its own type of each, and its lines.

    For XLSX the names are the texts of the first row, empty for an empty cell and as many as the widest row has cells;
    the types are all ``cell``; ``lines`` is the last row with a cell. For Parquet and Arrow ``lines`` is the rows.
    """

    header: tuple[str, ...]
    types: tuple[str, ...]
    lines: int


@dataclass(frozen=True)
class CellBatch:
    """Consecutive rows: one text column per wanted pair, at most 65,536 rows; null is the empty text.

    ``lines`` (int64) has each row's line number. ``refused`` has (row in the batch, wanted index, code, text) for cells
    without a value that can be read: their column text is empty.
    """

    columns: tuple[pa.StringArray, ...]
    lines: np.ndarray
    refused: tuple[tuple[int, int, str, str], ...]


class CellFile:
    """Context manager around one file and the child that reads it, which ends with the block.

    ``memory`` (bytes of address space) and ``seconds`` (of processor time, and of waiting for it) are what the child is
    given. Every method raises DeliveryError, the file named, when the file turns out to be refused as a whole.
    ``blank`` (XLSX: rows without a cell, the header left out) and ``drift`` ((wanted index, delivered type), each pair
    once) are known when ``batches`` is exhausted. One iteration at a time; use the object in the thread that made it.
    """

    _program = process.PROGRAM

    def __init__(self, path: Path, layout: FileLayout, *, memory: int = 4 << 30, seconds: int = 3600) -> None:
        if layout.kind not in _KINDS:
            raise ValueError(f"{layout.kind} files have no cells")
        self._path = path
        self._layout = layout
        self._memory = memory
        self._seconds = seconds
        self._child: process.Child | None = None
        self._stashed: dict[str, Any] | memoryview | None = None
        self._asked = False
        self.description = Description((), (), 0)
        self.blank: Sequence[int] = ()
        self.drift: Sequence[tuple[int, str]] = ()

    def __enter__(self) -> CellFile:
        options: dict[str, Any] = {}
        if self._layout.kind is FileKind.XLSX:
            options = {"name": self._layout.sheet, "header": self._layout.header}
        kind = _KINDS[self._layout.kind]
        self._child = process.Child(self._path, kind, options, self._memory, self._seconds, self._program)
        try:
            self._child.ask(ask="describe")
            self.description = self._described(self._child.answer())
        except BaseException:
            self._child.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def batches(self, wanted: Sequence[tuple[int, ValueForm]]) -> Iterator[CellBatch]:
        """All rows in file order, texts rendered in the form given with each column position.

        The same position may be asked for more than once. While a batch is being used, the child prepares the next.
        """
        child = self._running()
        columns = len(self.description.header)
        if any(not 0 <= position < columns for position, _ in wanted):
            raise ValueError("a wanted column is not in the file")
        self._settle()
        self._stashed = None
        self.blank, self.drift = (), ()
        child.ask(ask="batches", wanted=[Wanted.of(position, form).packed() for position, form in wanted])
        seen, last = 0, self._first_line() - 1
        self._ask_next()
        while not isinstance(answer := self._take_next(), dict):
            batch = self._checked(answer, len(wanted), last)
            seen += len(batch.lines)
            last = int(batch.lines[-1])
            self._ask_next()
            yield batch
        self.blank, self.drift = self._ended(answer, len(wanted), seen)

    def row(self, line: int) -> tuple[str, ...]:
        """One row's cells as text in no particular form, for showing the line behind a finding; () for no such row."""
        child = self._running()
        self._settle()
        child.ask(ask="row", line=line)
        answer = child.answer()
        if not isinstance(answer, dict) or not _texts(answer.get("row")):
            raise child.nonsense("row")
        return tuple(answer["row"])

    def _running(self) -> process.Child:
        if self._child is None:
            raise RuntimeError("a CellFile is used inside its with block")
        return self._child

    def _first_line(self) -> int:
        return 2 if self._layout.kind is FileKind.XLSX and self._layout.header else 1

    # --- one request ahead: the child works while the batch before is used ---------------------------------------

    def _ask_next(self) -> None:
        self._running().ask(ask="next")
        self._asked = True

    def _settle(self) -> None:
        """Put aside the answer that is under way, so that another question can be asked."""
        if self._asked:
            self._stashed = self._running().answer()
            self._asked = False

    def _take_next(self) -> dict[str, Any] | memoryview:
        self._settle()
        answer, self._stashed = self._stashed, None
        if answer is None:
            raise RuntimeError("another iteration over this file has begun")
        return answer

    # --- doubt -----------------------------------------------------------------------------------------------------

    def _described(self, answer: dict[str, Any] | memoryview) -> Description:
        child = self._running()
        if not isinstance(answer, dict) or answer.keys() != {"header", "types", "lines", "locked"}:
            raise child.nonsense("description")
        header, types, lines = answer["header"], answer["types"], answer["lines"]
        if not _texts(header) or not _texts(types) or not len(header) == len(types) <= MAX_COLUMNS:
            raise child.nonsense("columns")
        if type(lines) is not int or not 0 <= lines <= _MOST_ROWS:
            raise child.nonsense("lines")
        return Description(tuple(header), tuple(types), lines)

    def _checked(self, payload: memoryview, wanted: int, last: int) -> CellBatch:
        child = self._running()
        try:
            head, numbers, pieces = split_batch(payload, wanted)
            rows = head["rows"]
            columns = tuple(_column(rows, offsets, data) for offsets, data in pieces)
        except (ValueError, RecursionError, pa.ArrowException):
            raise child.nonsense("batch") from None
        if head["lines"] != (self._layout.kind is FileKind.XLSX):
            raise child.nonsense("lines")
        lines = np.frombuffer(numbers, dtype=np.int64) if head["lines"] else np.arange(last + 1, last + 1 + rows)
        if lines[0] <= last or lines[-1] > self.description.lines or (np.diff(lines) <= 0).any():
            raise child.nonsense("lines")
        return CellBatch(columns, lines, self._refused(head["refused"], rows, columns))

    def _refused(
        self, given: Any, rows: int, columns: Sequence[pa.StringArray]
    ) -> tuple[tuple[int, int, str, str], ...]:
        child = self._running()
        if not isinstance(given, list):
            raise child.nonsense("refused")
        for one in given:
            if (
                not isinstance(one, list)
                or [type(part) for part in one] != [int, int, str, str]
                or not (0 <= one[0] < rows and 0 <= one[1] < len(columns))
                or one[2] not in (UNREADABLE, NO_VALUE)
                or not _texts([one[3]])
                or len(one[3]) > _LONGEST
                or columns[one[1]][one[0]].as_py()
            ):
                raise child.nonsense("refused")
        return tuple((row, at, code, text) for row, at, code, text in given)

    def _ended(self, answer: dict[str, Any], wanted: int, seen: int) -> tuple[Sequence[int], Sequence[tuple[int, str]]]:
        """Rows without a cell and drifted columns; with the rows seen, the former must make up the whole file."""
        child = self._running()
        if answer.keys() != {"blank", "drift"} or not all(isinstance(answer[key], list) for key in ("blank", "drift")):
            raise child.nonsense("ending")
        last, blank = self._first_line() - 1, []
        for run in answer["blank"]:
            if not isinstance(run, list) or [type(one) for one in run] != [int, int]:
                raise child.nonsense("blank")
            if not last < run[0] <= run[1] < self.description.lines:
                raise child.nonsense("blank")
            blank.append(np.arange(run[0], run[1] + 1))
            last = run[1]
        rows = sum(map(len, blank))
        if (blank and self._layout.kind is not FileKind.XLSX) or seen + rows != max(
            0, self.description.lines - self._first_line() + 1
        ):
            raise child.nonsense("rows")
        for one in answer["drift"]:
            if not isinstance(one, list) or len(one) != 2 or type(one[0]) is not int or not 0 <= one[0] < wanted:
                raise child.nonsense("drift")
            if not _texts([one[1]]):
                raise child.nonsense("drift")
        drift = dict.fromkeys((at, kind) for at, kind in answer["drift"])
        return (np.concatenate(blank).tolist() if blank else ()), tuple(drift)


def _texts(given: Any) -> bool:
    """Whether this is a list of texts that UTF-8 can write."""
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return False
    return not any("\ud800" <= character <= "\udfff" for one in given for character in one)


def _column(rows: int, offsets: memoryview, data: memoryview) -> pa.StringArray:
    """A text column over the child's bytes, every offset and character verified. Raises pyarrow's errors."""
    places = np.frombuffer(offsets, dtype=np.int32)
    if places[0] != 0 or places[-1] != len(data):
        raise ValueError("offsets")
    column = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))
    column.validate(full=True)
    return column
