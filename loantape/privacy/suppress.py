"""Complementary suppression: what else is hidden so that no hidden cell can be computed back from what is shown.

Belongs here: the choice of cells and the proof that they suffice. Not here: which cells are sensitive by themselves
(``sensitive``).

For each sensitive cell, measure and direction the cheapest possible table is looked for in which that cell lies as far
away as it must remain uncertain; every shown cell that differs in that table is hidden too (Kelly, Golden and Assad
1992; Fischetti and Salazar 2001 describe the method). That table is then possible to every reader, and hiding more can
only make more tables possible, so what is protected once stays protected. How few cells are hidden is heuristic; that
the intervals are wide enough is not, and ``attack`` proves it once more at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loantape.errors import EXIT_FINDINGS, LoantapeError
from loantape.privacy.linear import Knowledge
from loantape.privacy.sensitive import Policy, Protection, protection
from loantape.privacy.tables import TOTAL, Key, Measure, Tables

TOLERANCE = 1e-6  # relative: HiGHS keeps constraints to 1e-7


class NotDisclosable(LoantapeError):
    """So few borrowers stand behind the tables that hiding cells cannot protect them."""

    exit_code = EXIT_FINDINGS


class DisclosureAuditFailed(LoantapeError):
    """A hidden cell can be computed back more closely than the policy allows. This is a fault of ours."""


@dataclass(frozen=True)
class Suppressed:
    """Per published cell whether it is ``hidden``, and whether by itself (``primary``) or to protect others."""

    hidden: np.ndarray
    primary: np.ndarray


@dataclass(frozen=True)
class Interval:
    """What a reader can compute of one measure of a sensitive cell, and what had to remain possible; whole units."""

    key: Key
    measure: str
    value: int
    low: float
    high: float
    must_low: int
    must_high: int

    @property
    def holds(self) -> bool:
        """Whether everything that had to remain possible is possible."""
        slack = TOLERANCE * max(1, self.must_high - self.must_low)
        return self.low <= self.must_low + slack and self.high >= self.must_high - slack


def suppress(tables: Tables, policy: Policy, also: Sequence[Key] = ()) -> Suppressed:
    """Which cells are hidden. A cell is hidden with all its measures, or shown with all of them.

    ``also`` names cells to hide besides. The answer is audited before it is given: raises DisclosureAuditFailed when a
    sensitive cell is not protected, and NotDisclosable when no choice of cells protects it.
    """
    asked = [(measure, protection(tables, measure, policy)) for measure in tables.measures]
    primary = np.zeros(len(tables.keys), dtype=bool)
    for _, one in asked:
        primary |= one.sensitive
    for key in also:
        primary[tables.place[key]] = True
    if (primary & tables.is_fixed).any():
        raise _too_few(tables, int(np.flatnonzero(primary & tables.is_fixed)[0]))
    hidden = primary.copy()
    costs = _costs(tables)
    for measure, one in asked:
        _protect(tables, measure, one, hidden, costs)
    for interval in attack(tables, policy, hidden):
        if not interval.holds:
            raise DisclosureAuditFailed(
                f"{interval.measure} of cell {'/'.join(interval.key)} can be computed back too closely",
                "this is a fault of the software: report it; nothing was given out",
            )
    return Suppressed(hidden, primary)


def attack(tables: Tables, policy: Policy, hidden: np.ndarray) -> Sequence[Interval]:
    """What linear programming computes back of every sensitive cell when ``hidden`` cells are left out."""
    found = []
    for measure in tables.measures:
        asked, values = protection(tables, measure, policy), tables.values(measure)
        for cell in np.flatnonzero(asked.sensitive).tolist():
            value, down, up = int(values[cell]), int(asked.down[cell]), int(asked.up[cell])
            low = high = 0.0
            if hidden[cell] and max(down, up):
                low, high = Knowledge(tables, measure, float(max(down, up))).extremes(hidden, cell)
                if low < down * (1 - TOLERANCE):
                    down = min(down, _lowest(tables, measure, cell, down))
            must = (value - down, value + up) if hidden[cell] else (value - max(down, 1), value + max(up, 1))
            found.append(Interval(tables.keys[cell], measure.name, value, value - low, value + high, *must))
    return found


def _protect(tables: Tables, measure: Measure, asked: Protection, hidden: np.ndarray, costs: np.ndarray) -> None:
    """Hide, in place, what protects one measure: the cells that need most first."""
    known: list[np.ndarray] = []  # moves of published cells in tables found possible: they protect others besides
    widest = np.maximum(asked.down, asked.up)
    for cell in sorted(np.flatnonzero(asked.sensitive).tolist(), key=lambda one: (-widest[one], one)):
        for distance in (int(asked.up[cell]), -int(asked.down[cell])):
            if not distance or any(move[cell] / distance >= 1 - TOLERANCE / 2 for move in known):
                continue
            there = Knowledge(tables, measure, float(abs(distance))).witness(hidden, cell, float(distance), costs)
            if there is None and distance < 0:
                # as far as is possible at all: several hidden cells that are not empty keep their sum above 1
                distance = -_lowest(tables, measure, cell, -distance)
                if not distance:
                    continue
                there = Knowledge(tables, measure, float(-distance)).witness(hidden, cell, float(distance), costs)
            if there is None:
                raise _too_few(tables, cell)
            move = tables.matrix @ there
            hidden |= np.abs(move) > TOLERANCE / 2 * abs(distance)
            known.append(move)


def _lowest(tables: Tables, measure: Measure, cell: int, down: int) -> int:
    """How far below its value a cell can be when everything is hidden that may be, in whole units."""
    everything = (tables.borrowers > 0) & ~tables.is_fixed
    return int(Knowledge(tables, measure, float(down)).extremes(everything, cell)[0] + TOLERANCE)


def _costs(tables: Tables) -> np.ndarray:
    """The price of moving a cell by one: more for sums over more dimensions, and for cells with more borrowers."""
    summed = np.array([sum(member == TOTAL for member in key) for key in tables.keys], dtype=float)
    return np.log2(2.0 + tables.borrowers) * 8.0**summed


def _too_few(tables: Tables, cell: int) -> NotDisclosable:
    return NotDisclosable(
        f"no choice of cells to hide protects the borrowers of cell {'/'.join(tables.keys[cell])}: too few stand "
        "behind it, or too few changed since a view that was shown",
        "make the view when more lenders have delivered; one that was shown before stands",
    )
