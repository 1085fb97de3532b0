"""The records of a filed file as texts, a batch at a time: what several regulators' forms of file need for it.

Belongs here: going over records. Not here: any regulator's table, or checking a file (each folder's reader).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import openpyxl
import pyarrow as pa

Batches = Callable[[Path], Iterator[pa.RecordBatch]]
_BATCH = 4096


def lines(separator: str, width: int, headings: int = 0) -> Batches:
    """Records that are lines of UTF-8, ended or separated by LF, their values by ``separator``, nothing quoted."""

    def batches(path: Path) -> Iterator[pa.RecordBatch]:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from batched(
                (line.removesuffix("\n").split(separator) for line in islice(file, headings, None)), width
            )

    return batches


def sheet_rows(sheet: str, headings: int, width: int) -> Batches:
    """Records that are rows of a worksheet below its headings; an empty cell is None."""

    def batches(path: Path) -> Iterator[pa.RecordBatch]:
        book = openpyxl.load_workbook(path, read_only=True)
        try:
            rows = book[sheet].iter_rows(min_row=headings + 1, max_col=width, values_only=True)
            texts = ([None if value is None else str(value) for value in row] for row in rows)
            yield from batched((row + [None] * (width - len(row)) for row in texts), width)
        finally:
            book.close()

    return batches


def unless_empty(batches: Batches) -> Batches:
    """A reader of batches for files that may hold nothing at all."""

    def read(path: Path) -> Iterator[pa.RecordBatch]:
        if path.stat().st_size:
            yield from batches(path)

    return read


def batched(records: Iterator[Sequence[str | None]], width: int) -> Iterator[pa.RecordBatch]:
    """Records of ``width`` texts as batches, whose columns are called by their places from 1."""
    names = [str(place) for place in range(1, width + 1)]
    while held := list(islice(records, _BATCH)):
        columns = [pa.array(column, pa.string()) for column in zip(*held, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names=names)
