"""Errors that can be planted: movements."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import YUAN, another_balance, changed, older
from loantape.simulate.planting import Mistake, Patch


def _left_out(patch: Patch) -> None:
    patch.remove()


def _grown_balance(patch: Patch) -> None:
    another_balance(patch, patch.loan["loan_amount"])


MISTAKES: tuple[Mistake, ...] = (
    Mistake("MOV-001", older, _left_out),
    Mistake("MOV-002", lambda facts: facts.older & facts.matures_later, changed("start_date", 1)),
    Mistake("MOV-003", lambda facts: facts.older & ~facts.revolving, changed("loan_amount", 100 * YUAN)),
    Mistake(
        "MOV-004",
        lambda facts: facts.older & facts.on_time & ~facts.revolving & (facts.paid >= 2),
        _grown_balance,
    ),
    Mistake("MOV-005", lambda facts: facts.on_time & (facts.missed > 0), changed("cumulative_arrears_count", -1)),
)
