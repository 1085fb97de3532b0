"""Errors that can be planted: products.

What one borrower owes over several loans (PRD-020 to PRD-025) is not planted: no change of one loan makes it, and the
pseudonym that joins the loans is made while reading.
"""

from __future__ import annotations

from collections.abc import Callable

from loantape.simulate.mistakes.tools import YUAN, cell_in, everyone, late, text_in
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _long_bullet(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] + 400
    return patch.loan


def _longer_than_its_instalments(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["maturity_date"] + 62
    return patch.loan


def _small_limit(patch: Patch) -> Selected:
    patch.loan["credit_limit_amount"] = patch.loan["loan_amount"] - YUAN
    return patch.loan


def _overdrawn(patch: Patch) -> Selected:
    patch.loan["credit_limit_amount"] = patch.loan["balance_amount"] - 1
    patch.also("PRD-009", patch.loan)
    return patch.loan


def _renewed_first(patch: Patch) -> Selected:
    patch.loan["is_first_loan"] = 1
    patch.loan["grant_type"] = patch.text("RENEWED")
    return patch.loan


def _for(purpose: str, *others: str) -> Callable[[Patch], Selected]:
    """Another purpose, which breaks further rules of some kinds of lender."""

    def plant(patch: Patch) -> Selected:
        patch.loan["purpose_code"] = patch.text(purpose)
        for code in others:
            patch.also(code, patch.only(patch.facts.internet[patch.of]).loan if code == "PRD-001" else patch.loan)
        return patch.loan

    return plant


def _of_class(product_class: str, *others: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.loan["product_class"] = patch.text(product_class)
        for code in others:
            patch.also(code, patch.loan)
        return patch.loan

    return plant


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRD-001", lambda facts: facts.internet, _for("HOUSE", "PRD-006", "PRD-007")),
    Mistake("PRD-002", lambda facts: facts.internet, cell_in("loan", "credit_limit_amount", 250_000 * YUAN)),
    Mistake("PRD-003", lambda facts: facts.internet & facts.bullet & facts.older, _long_bullet),
    Mistake("PRD-004", lambda facts: facts.internet, text_in("loan", "purpose_text", "支付购房首付款")),
    Mistake("PRD-005", lambda facts: facts.internet, _of_class("F0211", "PRD-008", "PRD-016")),
    Mistake("PRD-006", everyone, _for("CAR")),
    Mistake("PRD-007", everyone, _for("SECURITIES", "PRD-001")),
    Mistake("PRD-008", everyone, _of_class("F042")),
    Mistake("PRD-009", lambda facts: ~facts.revolving, _small_limit),
    Mistake("PRD-010", lambda facts: facts.revolving & facts.open, _overdrawn),
    Mistake("PRD-011", lambda facts: facts.revolving & facts.older, cell_in("loan", "is_revolving", 0)),
    Mistake("PRD-012", lambda facts: facts.bullet, text_in("loan", "repay_frequency", "IRREGULAR")),
    Mistake("PRD-013", lambda facts: facts.revolving, text_in("loan", "repay_frequency", "ONCE")),
    Mistake(
        "PRD-014", lambda facts: facts.by_instalments & facts.older & facts.matures_later, _longer_than_its_instalments
    ),
    Mistake("PRD-015", everyone, _for("BUSINESS", "PRD-006")),
    Mistake("PRD-016", everyone, _of_class("F0212", "PRD-008")),
    Mistake("PRD-017", lambda facts: facts.internet & ~facts.platform, text_in("loan", "channel", "BRANCH")),
    Mistake("PRD-018", late, _renewed_first),
    Mistake("PRD-019", lambda facts: facts.internet, cell_in("loan", "payment_method", EMPTY)),
)
