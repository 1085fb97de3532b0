"""Ways to plant an error, shared by the topics.

Belongs here: changing one cell or one row, and the loans it fits. Not here: any error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from loantape.simulate.planting import Facts, Patch, Selected
from loantape.simulate.rows import AND_BROKEN, EMPTY, SKIP

DAY_SECONDS = 86_400
PERCENT = 1_000_000
YUAN = 100
Cell = Callable[[Patch, Selected], Any]
ABSENT = 500  # generations ahead: a loan number nobody has


def text_in(part: str, column: str, text: str) -> Callable[[Patch], Selected]:
    """Print a text in a column of the part (a table's rows of the loan)."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = patch.literal(text)
        return where

    return plant


def cell_in(part: str, column: str, cell: int) -> Callable[[Patch], Selected]:
    """Put one value, or EMPTY, into a column of the part."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = cell
        return where

    return plant


def more_in(part: str, column: str, difference: int) -> Callable[[Patch], Selected]:
    """Add to a column of the part."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = where[column] + difference
        return where

    return plant


def everyone(facts: Facts) -> np.ndarray:
    return facts.everyone


def on_time(facts: Facts) -> np.ndarray:
    return facts.on_time


def late(facts: Facts) -> np.ndarray:
    return facts.late


def has_sheet(facts: Facts) -> np.ndarray:
    return facts.sheet


def joint(facts: Facts) -> np.ndarray:
    return facts.joint


def older(facts: Facts) -> np.ndarray:
    return facts.older


def absent(part: str) -> Callable[[Patch], Selected]:
    """Let a child row name a loan that does not exist."""
    return more_in(part, "iou_no", ABSENT)


def broken(part: str) -> Callable[[Patch], Selected | None]:
    """A further line that is cut short, below the part's row."""

    def plant(patch: Patch) -> None:
        where: Selected = getattr(patch, part)
        where.become(AND_BROKEN)
        patch.also("READ-002", where, 1)

    return plant


def gone(part: str) -> Callable[[Patch], Selected]:
    """Leave out a child row; the finding is on the loan."""

    def plant(patch: Patch) -> Selected:
        getattr(patch, part).become(SKIP)
        return patch.loan

    return plant


def another_balance(patch: Patch, balance: np.ndarray) -> None:
    """Another balance, funded by the lender and the partner as the one before."""
    loan = patch.loan
    share = np.where(loan["partner_share_fraction"] == EMPTY, 0, loan["partner_share_fraction"])
    loan["partner_balance_amount"] = balance * share // 100_000_000
    loan["own_balance_amount"] = balance - loan["partner_balance_amount"]
    loan["balance_amount"] = balance
    loan["balance_cny"] = balance


def changed(column: str, difference: int) -> Callable[[Patch], Selected | None]:
    """Change what must not change; the comparison with the month before says what is found."""

    def plant(patch: Patch) -> None:
        patch.loan[column] = patch.loan[column] + difference

    return plant


def written(part: str, also: Sequence[str] = (), **cells: Cell | str | int) -> Callable[[Patch], Selected]:
    """Cells of the part, one after the other: a text, a value, or what is made of those written already."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        for column, cell in cells.items():
            where[column] = (
                patch.literal(cell) if isinstance(cell, str) else cell if isinstance(cell, int) else cell(patch, where)
            )
        for code in also:
            patch.also(code, where)
        return where

    return plant
