"""Books that break a limit on the whole book, which no error in a single loan does.

Belongs here: how a lender's parameters are changed so that a limit is broken, and what must then be found. Not here:
errors of loans (mistakes). A breach is of the book and stands in no answer key: what is broken is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loantape.errors import ConfigurationError
from loantape.simulate.archetypes import ARCHETYPES, Archetype


def _lending(lender: str, amounts: tuple[int, int, int], **more: Any) -> Mapping[str, Any]:
    """Every product of a lender with loans of these amounts (yuan: least, most, step)."""
    return {"products": tuple(replace(one, amounts=amounts, **more) for one in ARCHETYPES[lender].products)}


_ALL_SLOTS = {"partnered_slots": 1_000_000, "first_partnered_slot": 0}
_NO_CAPITAL = {"tier1_base": 0}


@dataclass(frozen=True)
class Breach:
    """One limit broken by one lender: the rule that must find it, and the parameters that break it."""

    rule: str
    lender: str
    change: Mapping[str, Any]
    en: str


BREACHES: Mapping[str, Breach] = {
    one.rule: one
    for one in (
        Breach(
            "PTR-006",
            "demo_colending",
            _NO_CAPITAL | {"tier1_per_loan": 100},
            "100 yuan of net tier-1 capital per loan: every partner group it lends with is above its share.",
        ),
        Breach("PTR-007", "demo_colending", _ALL_SLOTS, "Every loan is funded together with a partner."),
        Breach("PTR-008", "demo_consumer_finance", _ALL_SLOTS, "A guarantor stands for every loan."),
        Breach(
            "PRD-022",
            "demo_microloan",
            _NO_CAPITAL | {"tier1_per_loan": 20},
            "24 yuan of net assets per loan: the largest borrowers of a book of some hundred loans owe more than a "
            "tenth.",
        ),
        Breach(
            "PRD-023",
            "demo_platform",
            _NO_CAPITAL | {"tier1_per_loan": 20},
            "24 yuan of net assets per loan: the largest groups of connected borrowers owe more than 15 percent.",
        ),
        Breach(
            "PRD-020",
            "demo_colending",
            _lending("demo_colending", (180_000, 240_000, 1_200)),
            "Internet loans of 180,000 to 240,000 yuan: one of the largest, or two of any, are above the cap.",
        ),
        Breach(
            "PRD-021",
            "demo_cashloan",
            _lending("demo_cashloan", (180_000, 240_000, 1_000)),
            "Consumer loans of 180,000 to 240,000 yuan from a consumer finance company.",
        ),
        Breach(
            "PRD-024",
            "demo_microloan",
            _lending("demo_microloan", (180_000, 240_000, 1_000)),
            "Network small loans of 180,000 to 240,000 yuan for consumption.",
        ),
        Breach(
            "PRD-025",
            "demo_platform",
            _lending("demo_platform", (9_000_000, 12_000_000, 10_000), product_class="F022"),
            "Network small loans of 9 to 12 million yuan for business.",
        ),
    )
}


def broken_by(lender: str, breach: str | None) -> Archetype:
    """The lender's parameters, changed for a breach. Raises ConfigurationError for one that is not this lender's."""
    if breach is None:
        return ARCHETYPES[lender]
    known = BREACHES.get(breach)
    if known is None or known.lender != lender:
        ways = ", ".join(f"{one.rule} by {one.lender}" for one in BREACHES.values())
        raise ConfigurationError(f"{lender} cannot be made to break {breach}", f"limits can be broken so: {ways}")
    return replace(ARCHETYPES[lender], **known.change)
