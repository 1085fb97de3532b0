"""The linear programmes behind suppression and attack, solved by HiGHS.

Belongs here: what a reader's knowledge looks like as constraints. Not here: what they are asked for.

Everything is written in differences from the truth: ``d`` is what one possible table has more than the true one, base
cell by base cell. Shown cells do not move, base cells stay at or above zero (at or above a true value below zero), and
a hidden count is at least 1, since empty cells are never hidden. Differences are measured in ``scale``, the distance
that is asked about, so that cents and millions do not meet in one programme.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from loantape.errors import LoantapeError
from loantape.privacy.tables import Measure, Tables

FAR = 1e6  # times the scale: no difference is looked for farther away, which can only make an interval narrower


class LinearProgrammeFailed(LoantapeError):
    """HiGHS gave neither an answer nor a proof that there is none. This is a fault of ours."""


class Knowledge:
    """What readers of one measure know, given which cells are hidden."""

    def __init__(self, tables: Tables, measure: Measure, scale: float) -> None:
        self.tables, self.measure, self.scale = tables, measure, scale
        self.matrix = tables.matrix
        self.values = tables.values(measure)
        base = measure.base.astype(float)
        self.lowest = np.maximum((np.minimum(base, 0) - base) / scale, -FAR)
        self.empty = tables.borrowers == 0

    def room(self, hidden: np.ndarray) -> tuple[csr_array, np.ndarray]:
        """``G`` and ``h``: a possible difference has G d <= h."""
        rows, most = [csr_array((0, self.matrix.shape[1]))], [np.zeros(0)]
        if self.measure.counts:
            inside = np.flatnonzero(hidden & ~self.empty)
            rows.append(csr_array(-self.matrix[inside]))
            most.append((self.values[inside] - 1) / self.scale)
        for one in self.measure.known:
            weights = np.asarray(one.weights, dtype=float)
            size = max(float(np.abs(weights).max(initial=0)), 1.0)
            rows.append(csr_array(weights[None, :] / size))
            left = one.at_most - float(weights @ self.measure.base.astype(float))
            most.append(np.array([max(left, 0.0) / size / self.scale]))
        return csr_array(vstack(rows)), np.concatenate(most)

    def extremes(self, hidden: np.ndarray, cell: int) -> tuple[float, float]:
        """How far below and above its value a cell may be, in units of the measure; at most ``FAR`` times the scale."""
        room, most = self.room(hidden)
        still = self.matrix[np.flatnonzero(~hidden)]
        target = self.matrix[[cell]].toarray()[0]
        found = []
        for sign in (1.0, -1.0):
            answer = _solve(sign * target, room, most, still, np.zeros(still.shape[0]), self._bounds())
            if answer is None:
                raise LinearProgrammeFailed("the true table was not among the possible ones", _NEXT_STEP)
            found.append(max(-float(answer.fun), 0.0) * self.scale)
        return found[0], found[1]

    def witness(self, hidden: np.ndarray, cell: int, distance: float, costs: np.ndarray) -> np.ndarray | None:
        """The cheapest possible difference that moves ``cell`` by ``distance`` (with its sign), or None.

        ``costs`` is the price, per unit moved, of each cell that is still shown; cells that are fixed or empty do not
        move at any price. Returns the difference of every base cell in units of the measure.
        """
        still = (self.tables.is_fixed | self.empty) & ~hidden
        priced = np.flatnonzero(~hidden & ~still)
        room, most = self.room(np.ones_like(hidden))
        cells = self.matrix[priced]
        count, width = len(priced), self.matrix.shape[1]
        price, none = eye_array(count), csr_array((room.shape[0], count))
        most_moved = np.concatenate([most, np.zeros(2 * count)])
        moving = vstack([hstack([room, none]), hstack([cells, -price]), hstack([-cells, -price])])
        kept = vstack([self.matrix[np.flatnonzero(still)], self.matrix[[cell]]])
        kept = hstack([kept, csr_array((kept.shape[0], count))])
        where = np.zeros(kept.shape[0])
        where[-1] = distance / self.scale
        cost = np.concatenate([np.zeros(width), costs[priced]])
        bounds = [*self._bounds(), *((0.0, FAR) for _ in range(count))]
        answer = _solve(cost, csr_array(moving), most_moved, csr_array(kept), where, bounds)
        return None if answer is None else np.asarray(answer.x[:width]) * self.scale

    def _bounds(self) -> Sequence[tuple[float, float]]:
        return [(low, FAR) for low in self.lowest.tolist()]


def _solve(
    cost: np.ndarray,
    rows: csr_array,
    most: np.ndarray,
    kept: csr_array,
    where: np.ndarray,
    bounds: Sequence[tuple[float, float]],
) -> OptimizeResult | None:
    """The optimum, or None where nothing is possible."""
    answer = linprog(cost, A_ub=rows, b_ub=most, A_eq=kept, b_eq=where, bounds=bounds, method="highs")
    if answer.status == 2:
        return None
    if answer.status != 0:
        raise LinearProgrammeFailed(f"HiGHS ended with status {answer.status}: {answer.message}", _NEXT_STEP)
    return answer


_NEXT_STEP = "this is a fault of the software: report it; nothing was given out"
