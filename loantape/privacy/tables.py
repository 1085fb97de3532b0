"""Tables of sums as disclosure control sees them: published cells over base cells nobody sees.

Belongs here: which base cells a published cell is the sum of, and what is known of each. Not here: which cells are
sensitive (``sensitive``), what is hidden to protect them (``suppress``), what can be computed back (``attack``).

A *base cell* is one combination of the finest members. A *published cell* names a member, a parent or ``TOTAL`` for
each dimension and is the sum of the base cells below it. All tables that share base cells belong into one ``Tables``:
cells with the same key are the same cell, in whatever table they are printed, and the base cells that no table prints
tie the tables together even where their margins do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

TOTAL = "*"  # the member of a dimension that is summed over

Key = tuple[str, ...]


@dataclass(frozen=True)
class Inequality:
    """Something readers know besides the cells: over the base cells, the sum of weight times value is at most this."""

    weights: Sequence[float]
    at_most: float


@dataclass(frozen=True)
class Measure:
    """One quantity of every cell, in whole numbers: borrowers, or an amount in cents.

    ``base`` has one value per base cell, the others one per published cell. A measure that counts borrowers has
    ``largest`` and ``second`` left out; of an amount they are the two largest parts that single borrowers have in the
    cell, and ``parts`` is how many of its borrowers have a part other than 0 (None: all of them). ``changed`` counts
    the borrowers whose part is another one than in an earlier release of the same cell, and ``change`` is what their
    parts changed by, added up without signs; 0 where there is no earlier release. ``known`` is what readers know of the
    base cells besides the cells that are shown.
    """

    name: str
    base: np.ndarray
    largest: np.ndarray | None = None
    second: np.ndarray | None = None
    parts: np.ndarray | None = None
    changed: np.ndarray | None = None
    change: np.ndarray | None = None
    known: Sequence[Inequality] = ()

    @property
    def counts(self) -> bool:
        """Whether the quantity is a number of borrowers."""
        return self.largest is None


@dataclass(frozen=True)
class Tables:
    """Every published cell over the same base cells, with the borrowers behind each.

    ``parents`` gives, per dimension, the parent of a member (a province's region), where cells of parents are published
    too. ``fixed`` are cells that are published whatever happens, since they stand elsewhere as well.
    """

    dimensions: tuple[str, ...]
    base_keys: tuple[Key, ...]
    keys: tuple[Key, ...]
    borrowers: np.ndarray  # per published cell
    measures: tuple[Measure, ...]
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: frozenset[Key] = frozenset()

    @cached_property
    def matrix(self) -> csr_array:
        """(published cells, base cells): 1 where the base cell is part of the published one."""
        covers = np.ones((len(self.keys), len(self.base_keys)), dtype=bool)
        for place, dimension in enumerate(self.dimensions):
            names = {member: number for number, member in enumerate(sorted({key[place] for key in self.keys}))}
            below = np.zeros((len(names), len(self.base_keys)), dtype=bool)
            for at, key in enumerate(self.base_keys):
                for member in self._ancestors(dimension, key[place]):
                    if member in names:
                        below[names[member], at] = True
            covers &= below[[names[key[place]] for key in self.keys]]
        return csr_array(covers.astype(float))

    @cached_property
    def place(self) -> Mapping[Key, int]:
        """Where each published cell stands."""
        return {key: place for place, key in enumerate(self.keys)}

    def values(self, measure: Measure) -> np.ndarray:
        """A measure of every published cell, in whole numbers."""
        below = self.matrix.astype(bool)
        sums = np.add.reduceat(measure.base[below.indices], below.indptr[:-1]) if below.nnz else np.zeros(0, np.int64)
        return np.where(np.diff(below.indptr) > 0, sums, 0)

    @cached_property
    def is_fixed(self) -> np.ndarray:
        """Per published cell, whether it is published whatever happens."""
        return np.array([key in self.fixed for key in self.keys], dtype=bool)

    def _ancestors(self, dimension: str, member: str) -> Sequence[str]:
        above, parents = [TOTAL, member], self.parents.get(dimension, {})
        while member in parents:
            member = parents[member]
            above.append(member)
        return above


def margins(dimensions: Sequence[str], *tables: Sequence[str]) -> Sequence[frozenset[str]]:
    """The sets of dimensions whose cells appear when these tables are printed with all their margins."""
    wanted: set[frozenset[str]] = set()
    for table in tables:
        wanted |= {frozenset(part) for part in _subsets(tuple(table))}
    return sorted(wanted, key=lambda one: (len(one), sorted(one, key=list(dimensions).index)))


def _subsets(names: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    subsets: list[tuple[str, ...]] = [()]
    for name in names:
        subsets += [(*one, name) for one in subsets]
    return subsets
