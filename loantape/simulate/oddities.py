"""Rows of a delivery's small tables that are only there with planted errors: what is odd in each, and what is found.

Belongs here: how such a row is said and written. Not here: the rows themselves (agreements, branches).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from loantape.simulate.book import Book
from loantape.simulate.planting import Findings, Selected
from loantape.simulate.rows import ONCE, Rows
from loantape.simulate.texts import PERSONAL_TEXTS


@dataclass(frozen=True)
class Odd:
    """One row: what differs from a sound one, and the findings in it, each with the lines below its own.

    A text is the text of a cell; a number the cell; ``after`` are days after the reporting date.
    """

    name: str
    cells: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    found: tuple[tuple[str, int], ...] = ()
    fate: int = ONCE
    code: str = ""  # "wrong", "organisation", "lender", or "before": that of the row before


def personal(column: str, first: int, begin: int = 0) -> tuple[Odd, ...]:
    """A row for each kind of personal text from ``begin`` on, after a name in the column: PRV-``first`` and on."""
    return tuple(
        Odd(f"names a person {kind}", {column: f"示例机构，{text}"}, found=((f"PRV-{first + kind}", 0),))
        for kind, text in enumerate(PERSONAL_TEXTS)
        if kind >= begin
    )


def write(book: Book, rows: Rows, first: int, odd: tuple[Odd, ...], findings: Findings) -> None:
    """Write what is odd into the rows from ``first`` on, which are sound so far, and record what must be found."""
    for place, one in enumerate(odd):
        at = first + place
        for name, cell in one.cells.items():
            rows[name][at] = book.texts.number(cell) if isinstance(cell, str) else cell
        for name, days in one.after.items():
            rows[name][at] = book.snapshot + days
        rows.keep[at] = one.fate
        for code, below in one.found:
            findings.add(code, Selected(rows, np.array([at])), below)
