"""Errors that can be planted: what moved otherwise than it can. ``moving`` says what a check finds of them.

MOV-053 to MOV-062 and all of TOT are on totals, which no single loan breaks: tests/rules/test_totals.py proves them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.tools import YUAN, another_balance, changed, older
from loantape.simulate.planting import Facts, Mistake, Patch

_SUBSTANDARD = 3  # the risk class


def _left_out(patch: Patch) -> None:
    patch.remove()


def _grown_balance(patch: Patch) -> None:
    another_balance(patch, patch.loan["loan_amount"])


def _whose_amount_matters_little(facts: Facts) -> np.ndarray:
    """Loans without upfront fee and cost sheet, whose instalments are not equal parts of what was lent."""
    return ~facts.upfront_fee & ~facts.sheet & (facts.level | ~facts.by_instalments)


def _fixed_term(facts: Facts) -> np.ndarray:
    return facts.older & facts.on_time & ~facts.revolving


def _now(column: str, text: str) -> Callable[[Patch], None]:
    """Another text in a column."""

    def plant(patch: Patch) -> None:
        patch.loan[column] = patch.text(text)

    return plant


def _changed_before_the_month(patch: Patch) -> None:
    patch.loan["class_changed_on"] = int(patch.book.first_days[1200]) - 1


def _changed_today(patch: Patch) -> None:
    patch.loan["class_changed_on"] = patch.book.snapshot


def _ended_before_the_month(patch: Patch) -> None:
    patch.loan["ended_on"] = int(patch.book.first_days[1200]) - 1
    patch.also("IDN-056", patch.loan)


def _extended_twice(patch: Patch) -> None:
    patch.loan["extension_count"] = 2
    patch.loan["extended_maturity_date"] = patch.loan["maturity_date"] + 90


def _hardly_provided(patch: Patch) -> None:
    patch.loan["provision_amount"] = 1


def _cured_without_paying(patch: Patch) -> None:
    patch.loan["paid_in_period_amount"] = 0
    patch.loan["last_paid_on"] = int(patch.book.first_days[1200]) - 1
    _also_unpaid(patch)


def _cured_by_one_yuan(patch: Patch) -> None:
    patch.loan["paid_in_period_amount"] = YUAN
    _also_unpaid(patch)


def _cured_by_extension(patch: Patch) -> None:
    patch.loan["paid_in_period_amount"] = YUAN
    patch.loan["extension_count"] = 1
    patch.loan["extended_maturity_date"] = patch.loan["maturity_date"] + 90
    _also_unpaid(patch)


def _once_more_for_now(patch: Patch) -> None:
    """One restructuring too many, which the next month does not know of."""
    patch.also("CLS-015", patch.only(patch.facts.grade[patch.of] < _SUBSTANDARD).loan)
    changed("restructure_count", 1)(patch)


def _shown_by_no_method(patch: Patch) -> None:
    """A word that is no method; the rate is judged as the one it was."""
    patch.loan["shown_method"] = patch.literal("OTHER")
    patch.also("FLD-002", patch.loan)


def _also_unpaid(patch: Patch) -> None:
    """What fell due and was not paid, of loans that say they are on time."""
    loan = patch.loan
    unpaid = patch.only(loan["due_in_period_amount"] > loan["paid_in_period_amount"])
    patch.also("ARR-045", unpaid.loan)
    patch.also("BUR-003", unpaid.loan)


def _cured(facts: Facts) -> np.ndarray:
    return facts.on_time & facts.was_late & facts.paid_now


def _another_amount(patch: Patch) -> None:
    """Another amount lent, which the cost items, the cost sheet and equal instalments of principal do not follow."""
    changed("loan_amount", 100 * YUAN)(patch)
    facts, of = patch.facts, patch.of
    patch.also("PRC-036", patch.loan)
    patch.also("PRC-038", patch.only(facts.upfront_fee[of]).upfront_fee)
    patch.also("PRC-039", patch.only(facts.guarantee_fee[of]).guarantee_fee)
    patch.also("DSC-015", patch.only(facts.sheet[of]).sheet)
    equal_principal = facts.by_instalments[of] & ~facts.level[of] & facts.instalment[of]
    before_the_last = equal_principal & (patch.instalment["instalment_no"] < patch.loan["term_count"])
    patch.also("SCH-016", patch.only(before_the_last).instalment)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("MOV-001", older, _left_out),
    Mistake("MOV-002", lambda facts: facts.older & facts.matures_later, changed("start_date", 1)),
    Mistake(
        "MOV-003",
        lambda facts: _whose_amount_matters_little(facts) & facts.older & ~facts.revolving,
        _another_amount,
    ),
    Mistake(
        "MOV-004",
        lambda facts: facts.older & facts.on_time & ~facts.revolving & (facts.paid >= 2),
        _grown_balance,
    ),
    Mistake("MOV-006", _fixed_term, changed("repaid_principal_amount", YUAN)),
    Mistake("MOV-008", lambda facts: facts.granted & ~facts.revolving, changed("drawn_amount", -YUAN)),
    Mistake("MOV-009", lambda facts: facts.granted, changed("repaid_principal_amount", YUAN)),
    Mistake("MOV-010", _fixed_term, changed("drawn_amount", YUAN)),
    Mistake("MOV-017", older, _now("product_name", "另一产品")),
    Mistake("MOV-018", lambda facts: facts.older & facts.internet, changed("is_internet_loan", -1)),
    Mistake("MOV-022", lambda facts: facts.older & ~facts.simple, _shown_by_no_method),
    Mistake("MOV-040", lambda facts: facts.restructured, _once_more_for_now),
    Mistake("MOV-035", lambda facts: facts.settled & ~facts.shared, _ended_before_the_month),
    Mistake("MOV-037", lambda facts: facts.class_changed & facts.older, _changed_before_the_month),
    Mistake("MOV-038", lambda facts: facts.class_changed & facts.older, _changed_today),
    Mistake("MOV-041", lambda facts: facts.on_time & facts.matures_later & facts.older, _extended_twice),
    Mistake("MOV-043", lambda facts: facts.late & facts.older, _hardly_provided),
    Mistake("MOV-045", _cured, _cured_without_paying),
    Mistake("MOV-046", _cured, _cured_by_one_yuan),
    Mistake("MOV-047", lambda facts: _cured(facts) & facts.matures_later, _cured_by_extension),
    Mistake("MOV-050", lambda facts: facts.on_time & (facts.missed > 0), changed("cumulative_arrears_count", 2)),
    Mistake("MOV-051", lambda facts: _fixed_term(facts) & (facts.paid >= 3), changed("current_term", -2)),
    Mistake("MOV-052", lambda facts: facts.ever_paid & ~facts.paid_now & facts.older, changed("last_paid_on", -1)),
)
