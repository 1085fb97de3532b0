"""Changes of indicators that cannot matter, each with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.transforms.mutants import Mutant


@dataclass(frozen=True)
class Equivalent:
    """Mutants that give the same figures of every book: of which statements, which changes, and why."""

    of: str
    change: str
    why: str


_SEEN = (
    "rows are counted by summing, and of no rows the sum is null, never 0: whether there is any is all that is asked"
)
EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(".*", r"seen > 0 GTE|seen > 0: 0 -> -1|^SUM\(t\d+\.rows\) Count", _SEEN),
    Equivalent(
        "DLQ-.*CURE.*",
        r"\bt0\.days\b(?! <= 0)|'M[1-6]\+?'|'[0-9]+-[0-9]+'|'120\+'|\bt0\.grade\b|\bt0\.exit\b",
        "of the state now only is asked whether nothing is overdue, or whether the class is performing: which bucket, "
        "and how it left, is the same",
    ),
    Equivalent(
        "DLQ-.*ROLL.*|DLQ-.*CURE.*|DLQ-MIG.*",
        r"COALESCE\(t0\.exit, 'unknown'\)",
        "a loan that is not on the books has a state it left in: what is told of none is 'vanished'",
    ),
)


def is_equivalent(mutant: Mutant) -> bool:
    """Whether a reason is given for a mutant's giving the same as the statement it was made of."""
    return any(re.fullmatch(one.of, mutant.of) and re.search(one.change, mutant.change) for one in EQUIVALENT)
