"""Errors that can be planted: classification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.tools import late, on_time
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _classed(days: int, grade: str) -> Callable[[Patch], Selected]:
    """A loan this many days past due in a class one too good, consistent in all else."""

    def plant(patch: Patch) -> Selected:
        loan, since = patch.loan, patch.book.snapshot - days
        for name in ("principal_overdue_since", "interest_overdue_since"):
            loan[name] = np.where(loan[name] == EMPTY, EMPTY, since)
        loan["days_past_due"] = days
        part = patch.facts.by_instalments[patch.of] & (days <= 90)
        loan["overdue_1104_amount"] = np.where(part, loan["overdue_principal_amount"], loan["balance_amount"])
        loan["five_class"] = patch.text(grade)
        loan["is_restructured"] = 0
        return loan

    return plant


def _restructured_and_normal(patch: Patch) -> Selected:
    patch.loan["is_restructured"] = 1
    patch.loan["five_class"] = patch.text("1")
    return patch.loan


MISTAKES: tuple[Mistake, ...] = (
    Mistake("CLS-001", late, _classed(120, "2")),
    Mistake("CLS-002", late, _classed(300, "3")),
    Mistake("CLS-003", late, _classed(400, "4")),
    Mistake("CLS-004", late, _classed(40, "1")),
    Mistake("CLS-005", on_time, _restructured_and_normal),
)
