"""Errors that can be planted: what reading finds."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import broken, everyone, has_sheet, text_in
from loantape.simulate.planting import Mistake, Patch, Selected


def _no_answer(patch: Patch) -> Selected:
    """A flag that cannot be read does not say what must be said either."""
    patch.also("IDN-053", patch.loan)
    return text_in("loan", "is_related_party", "Y")(patch)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("READ-001", everyone, text_in("loan", "birth_year", "19X5")),
    # of a loan in a worse class a provision is asked
    Mistake("READ-001", lambda facts: facts.grade == 1, text_in("loan", "provision_amount", "1,234.50")),
    Mistake("READ-001", everyone, _no_answer),
    Mistake("READ-001", everyone, text_in("loan", "maturity_date", "2026-02-30")),
    Mistake("READ-001", everyone, text_in("interest", "fee_standard_pct", "1.2345678")),
    Mistake("READ-001", has_sheet, text_in("sheet", "read_seconds", "10s")),
    Mistake("READ-002", everyone, broken("loan")),
    Mistake("READ-002", everyone, broken("penalty")),
    Mistake("READ-002", everyone, broken("general")),
)
