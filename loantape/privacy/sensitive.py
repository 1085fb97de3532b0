"""Primary suppression: which cells say too much by themselves, and how far each must stay uncertain.

Belongs here: the rules on one cell. Not here: what else has to be hidden so that the cell cannot be computed back
(``suppress``). The numbers of the rules are limits with source and confidence (schemas/limits/market.toml).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from loantape.privacy.tables import Measure, Tables

if TYPE_CHECKING:
    from datetime import date

    from loantape.limits import LimitTable


@dataclass(frozen=True)
class Policy:
    """``least``: borrowers a cell needs. ``dominance``: p of the p % rule. ``range``: part of an amount, up and down,
    that must remain possible. The last two are fractions.
    """

    least: int
    dominance: Decimal
    range: Decimal

    @classmethod
    def on(cls, limits: LimitTable, day: date) -> Policy:
        """The policy in force on a day."""
        return cls(
            int(limits.value("disclosure_min_borrowers", day).value),
            limits.value("disclosure_dominance_fraction", day).value,
            limits.value("disclosure_range_fraction", day).value,
        )


@dataclass(frozen=True)
class Protection:
    """How far below and above its value each cell of a measure must remain possible; both 0 where it is not sensitive.

    ``sensitive`` says where the cell is not to be shown: an amount of zero is hidden too, though nothing lies below it.
    """

    sensitive: np.ndarray
    down: np.ndarray
    up: np.ndarray


def protection(tables: Tables, measure: Measure, policy: Policy) -> Protection:
    """What the rules ask for one measure of every cell.

    *Frequency*: a cell of 1 to k-1 borrowers is sensitive. Of a count everything from 1 to k must remain possible, of
    an amount the stated part of it up and down. *Dominance* (p % rule): an amount X whose largest parts are x1 and x2
    is sensitive when X - x1 - x2 < p x1, since then the second largest knows the largest within p %; it must remain
    uncertain by what is missing. *Differencing*: a cell in which 1 to k-1 borrowers changed since an earlier release is
    sensitive, since the difference of the two releases speaks of them alone; it must remain uncertain by k borrowers,
    or by all that the changed parts changed. A fixed count, the number of all borrowers, is exempt from that: that a
    few came or left says nothing else of them.
    """
    values, parts = tables.values(measure), tables.borrowers if measure.parts is None else measure.parts
    few = (parts > 0) & (parts < policy.least)
    none = np.zeros(len(values), dtype=np.int64)
    changed = none if measure.changed is None else measure.changed
    differs = (changed > 0) & (changed < policy.least)
    if measure.counts or measure.largest is None or measure.second is None:
        differs &= ~tables.is_fixed
        down, up = np.where(few, values - 1, 0), np.where(few, policy.least - values, 0)
        down, up = np.where(differs, np.maximum(down, policy.least), down), np.where(differs, policy.least, up)
        lowest = np.minimum(values, 1)  # a cell that is hidden is never empty, and readers know it
        return Protection(few | differs, np.minimum(down, values - lowest), np.maximum(up, 0))
    missing = _times(policy.dominance, measure.largest) - (values - measure.largest - measure.second)
    dominated = (missing > 0) & (parts > 0)
    wide = np.where(few, _times(policy.range, np.abs(values)), 0)
    wide = np.maximum(wide, np.where(dominated | few, np.maximum(missing, 0), 0))
    if measure.change is not None:
        wide = np.maximum(wide, np.where(differs, measure.change, 0))
    down = np.minimum(wide, np.maximum(values, 0))
    return Protection(few | dominated | differs, down, wide)


def _times(fraction: Decimal, amounts: np.ndarray) -> np.ndarray:
    """A fraction of whole amounts, rounded up, without a float."""
    above, below = fraction.as_integer_ratio()
    return -((-amounts.astype(np.int64) * above) // below)
