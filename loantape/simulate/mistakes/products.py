"""Errors that can be planted: products."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import YUAN, cell_in, text_in
from loantape.simulate.planting import Mistake, Patch, Selected


def _long_bullet(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] + 400
    return patch.loan


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRD-001", lambda facts: facts.internet, text_in("loan", "purpose_code", "HOUSE")),
    Mistake("PRD-002", lambda facts: facts.internet, cell_in("loan", "credit_limit_amount", 250_000 * YUAN)),
    Mistake("PRD-003", lambda facts: facts.internet & facts.bullet, _long_bullet),
)
