"""One record of a filed file, found by its number: what several regulators' forms of file need for it.

Belongs here: counting records. Not here: any regulator's table, or checking a file (each folder's reader).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import openpyxl

Record = Callable[[Path, int], Sequence[str | None] | None]


def lines(separator: str, headings: int = 0) -> Record:
    """Records that are lines of UTF-8, ended or separated by LF, their values by ``separator``, nothing quoted."""

    def record(path: Path, number: int) -> Sequence[str | None] | None:
        with path.open(encoding="utf-8", newline="\n") as file:
            found = next(islice(file, headings + number - 1, None), None) if number > 0 else None
        return None if found is None else found.removesuffix("\n").split(separator)

    return record


def sheet_rows(sheet: str, headings: int, width: int) -> Record:
    """Records that are rows of a worksheet below its headings; an empty cell is None."""

    def record(path: Path, number: int) -> Sequence[str | None] | None:
        book = openpyxl.load_workbook(path, read_only=True)
        try:
            at = headings + number
            rows = book[sheet].iter_rows(min_row=at, max_row=at, max_col=width, values_only=True)
            found = next(rows, None) if number > 0 else None
        finally:
            book.close()
        if found is None or all(value is None for value in found):
            return None
        values = [None if value is None else str(value) for value in found]
        return values + [None] * (width - len(values))

    return record
