"""Errors that can be planted: partners.

Errors of agreements themselves stand in the partner table (``agreements``). No loan breaks PTR-006 to PTR-008, which
are limits on the whole book.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate import agreements
from loantape.simulate.book import Book
from loantape.simulate.mistakes.tools import YUAN, cell_in, everyone, joint, more_in, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_TENTH = 10_000_000


def _together(facts: Facts) -> np.ndarray:
    return facts.joint | facts.referral


def _own_funds(facts: Facts) -> np.ndarray:
    return ~facts.with_partner | facts.referral


def _alone(facts: Facts) -> np.ndarray:
    return ~facts.with_partner & ~facts.agreement & ~facts.enhanced


def _enhanced(facts: Facts) -> np.ndarray:
    return facts.enhanced & facts.open


def _small_share(patch: Patch) -> Selected:
    loan = patch.loan
    partner = loan["balance_amount"] // 10
    loan["partner_share_fraction"] = _TENTH
    loan["partner_balance_amount"] = partner
    loan["own_balance_amount"] = loan["balance_amount"] - partner
    return loan


def _moved_between_funders(patch: Patch) -> Selected:
    loan = patch.loan
    loan["partner_balance_amount"] = loan["partner_balance_amount"] + YUAN
    loan["own_balance_amount"] = loan["own_balance_amount"] - YUAN
    return loan


def _without_agreement(patch: Patch) -> Selected:
    patch.loan["partner_agreement_no"] = EMPTY
    patch.also("PTR-019", patch.only(patch.facts.platform[patch.of]).loan)
    return patch.loan


def _under(name: str) -> Callable[[Patch], Selected]:
    """The loan names an agreement that it should not."""

    def plant(patch: Patch) -> Selected:
        patch.loan["partner_agreement_no"] = agreements.number_of(patch.book, name)
        return patch.loan

    return plant


def _enhanced_by(code_of: Callable[[Book], int]) -> Callable[[Patch], Selected]:
    """The loan, and the fee for its guarantee, name another enhancer."""

    def plant(patch: Patch) -> Selected:
        code = code_of(patch.book)
        patch.loan["enhancer_uscc"] = code
        patch.guarantee_fee["collector_uscc"] = code
        return patch.loan

    return plant


def _more_than_lent(patch: Patch) -> Selected:
    patch.loan["enhanced_amount"] = patch.loan["loan_amount"] + YUAN
    return patch.loan


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PTR-001", joint, _small_share),
    Mistake("PTR-002", joint, more_in("loan", "own_balance_amount", YUAN)),
    Mistake("PTR-003", _together, _without_agreement),
    Mistake("PTR-009", joint, _moved_between_funders),
    Mistake("PTR-010", joint, cell_in("loan", "partner_share_fraction", EMPTY)),
    Mistake("PTR-011", joint, cell_in("loan", "partner_balance_amount", EMPTY)),
    Mistake("PTR-012", _own_funds, cell_in("loan", "partner_share_fraction", 3 * _TENTH)),
    Mistake("PTR-013", lambda facts: _own_funds(facts) & facts.open, more_in("loan", "own_balance_amount", -YUAN)),
    Mistake("PTR-014", _own_funds, cell_in("loan", "partner_balance_amount", YUAN)),
    Mistake("PTR-015", everyone, text_in("loan", "decision_owner", "PARTNER")),
    Mistake("PTR-016", _together, cell_in("loan", "decision_owner", EMPTY)),
    Mistake("PTR-017", lambda facts: facts.internet, text_in("loan", "apply_region", "110105")),
    Mistake("PTR-018", _alone, _under("unlisted")),
    Mistake("PTR-019", lambda facts: _alone(facts) & ~facts.offline, text_in("loan", "channel", "PLATFORM")),
    Mistake("PTR-020", _together, _under("future")),
    Mistake("PTR-021", lambda facts: _together(facts) & facts.older, _under("past")),
    Mistake("PTR-022", lambda facts: _together(facts) & facts.granted, _under("revoked")),
    Mistake("PTR-023", lambda facts: _together(facts) & facts.capped, _under("newly listed")),
    Mistake("PTR-024", lambda facts: _together(facts) & facts.capped & facts.older, _under("formerly listed")),
    Mistake("PTR-025", joint, _under("may not lend")),
    Mistake("PTR-026", joint, _under("only markets")),
    Mistake("PTR-027", lambda facts: facts.referral, _under("only computes")),
    Mistake("PTR-028", _together, text_in("loan", "coop_mode", "ENDED")),
    Mistake("PTR-041", lambda facts: ~facts.enhanced, cell_in("loan", "enhanced_amount", YUAN)),
    Mistake("PTR-042", _enhanced, cell_in("loan", "enhancer_uscc", EMPTY)),
    Mistake("PTR-043", _enhanced, cell_in("loan", "enhanced_amount", EMPTY)),
    Mistake("PTR-044", lambda facts: _enhanced(facts) & ~facts.revolving, _more_than_lent),
    Mistake("PTR-045", _enhanced, text_in("loan", "guarantee_type", "D")),
    Mistake("PTR-046", _enhanced, _enhanced_by(agreements.code_of_nobody)),
    Mistake("PTR-047", _enhanced, _enhanced_by(lambda book: agreements.code_of(book, "insures"))),
    Mistake("PTR-048", _enhanced, text_in("loan", "enhancer_type", "CREDIT_INSURANCE")),
)
