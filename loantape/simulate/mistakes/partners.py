"""Errors that can be planted: partners."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import YUAN, cell_in, joint, more_in
from loantape.simulate.planting import Mistake
from loantape.simulate.rows import EMPTY

MISTAKES: tuple[Mistake, ...] = (
    Mistake("PTR-001", joint, cell_in("loan", "partner_share_fraction", 10_000_000)),
    Mistake("PTR-002", joint, more_in("loan", "own_balance_amount", YUAN)),
    Mistake("PTR-003", lambda facts: facts.with_partner, cell_in("loan", "partner_agreement_no", EMPTY)),
)
