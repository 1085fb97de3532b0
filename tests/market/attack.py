"""A reader who wants to know what a view hides: everything it shows, put into one linear programme.

Shares nothing with ``loantape.privacy``: it reads the finished view, as it is given out.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog


class Reader:
    """What a reader knows of one measure of one table, and what follows for any of its cells.

    The unknowns are the combinations of all the table's dimensions. ``scale`` turns what is shown into whole numbers.
    """

    def __init__(self, table: Mapping[str, Any], measure: str, scale: int = 1) -> None:
        dimensions = table["dimensions"]
        members = [sorted({cell["key"][name] for cell in table["cells"] if name in cell["key"]}) for name in dimensions]
        self.base = list(itertools.product(*members))
        self.dimensions = dimensions
        self.rows, self.values, self.hidden = [], [], []
        for cell in table["cells"]:
            row = self.row(cell["key"])
            if cell["shown"]:
                self.rows.append(row)
                self.values.append(whole(cell["values"][measure], scale))
            else:
                self.hidden.append(row)

    def row(self, key: Mapping[str, str]) -> np.ndarray:
        return np.array(
            [all(key.get(name, one) == one for name, one in zip(self.dimensions, of, strict=True)) for of in self.base],
            dtype=float,
        )

    def interval(
        self, key: Mapping[str, str], hidden_at_least: int = 0, also: Sequence[tuple[np.ndarray, float]] = ()
    ) -> tuple[float, float]:
        """The smallest and largest value of a cell that agree with all that is shown; hidden ones are at least so much.

        ``also``: further inequalities, weights times base cells at most a number.
        """
        known = np.array(self.rows) if self.rows else np.zeros((0, len(self.base)))
        scale = max(1.0, float(np.max(np.abs(self.values), initial=1.0)) / 1e4)
        above = [-row for row in self.hidden] if hidden_at_least else []
        most = [-hidden_at_least / scale for _ in above]
        for weights, at_most in also:
            above.append(weights)
            most.append(at_most / scale)
        target, found = self.row(key), []
        for sign in (1.0, -1.0):
            answer = linprog(
                sign * target,
                A_ub=np.array(above) if above else None,
                b_ub=most if above else None,
                A_eq=known,
                b_eq=np.array(self.values) / scale,
                bounds=(0, None),
                method="highs",
            )
            assert answer.status in (0, 3), answer.message
            found.append(float("inf") if answer.status == 3 else sign * answer.fun * scale)
        return found[0], found[1]


def whole(value: Any, scale: int = 1) -> int:
    """A shown value as a whole number: borrowers, or cents of an amount written with two decimals."""
    return int(str(value).replace(".", "")) if scale == 100 else int(value)
