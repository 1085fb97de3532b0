"""Errors that can be planted: classification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.arrears import age, classify
from loantape.simulate.mistakes.tools import YUAN, cell_in, late, on_time
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_MILLION = 1_000_000


def _classed(days: int, grade: int) -> Callable[[Patch], Selected]:
    """A loan this many days past due in a class one too good, consistent in all else."""

    def plant(patch: Patch) -> Selected:
        age(patch, np.full(patch.at.size, days), np.full(patch.at.size, grade))
        return patch.loan

    return plant


def _graded(patch: Patch, grade: int) -> Selected:
    classify(patch, np.full(patch.at.size, grade))
    return patch.loan


def _restructured_and_normal(patch: Patch) -> Selected:
    loan = _graded(patch, 1)
    loan["is_restructured"] = 1
    loan["restructured_on"] = patch.book.snapshot
    loan["restructure_count"] = 1
    return loan


def _extended_and_normal(patch: Patch) -> Selected:
    loan = patch.loan
    loan["loan_status"] = patch.text("LS02")
    loan["extension_count"] = 1
    loan["extended_maturity_date"] = loan["maturity_date"] + 180
    return loan


def _bad_for_no_reason(patch: Patch) -> Selected:
    return _graded(patch, 3)


def _restructured_on_no_day(patch: Patch) -> Selected:
    loan = _graded(patch, 2)
    loan["is_restructured"] = 1
    return loan


def _unmarked_too_soon(patch: Patch) -> Selected:
    recent = patch.only(patch.loan["restructured_on"] > patch.book.snapshot - 360)
    recent.loan["is_restructured"] = 0
    return recent.loan


def _before_the_grant(column: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.loan[column] = patch.loan["start_date"] - 1
        return patch.loan

    return plant


def _changed_to_the_same(patch: Patch) -> Selected:
    patch.loan["previous_class"] = patch.loan["five_class"]
    return patch.loan


def _provided(share: int, *codes: str) -> Callable[[Patch], Selected]:
    """A provision of so many millionths of the lender's balance."""

    def plant(patch: Patch) -> Selected:
        loan = patch.loan
        loan["provision_amount"] = -(-loan["own_balance_amount"] * share // _MILLION)
        for code in codes:
            patch.also(code, loan)
        return loan

    return plant


def _more_than_is_owed(patch: Patch) -> Selected:
    loan = patch.loan
    interest = loan["accrued_interest_amount"] + loan["off_balance_interest_amount"]
    loan["provision_amount"] = loan["own_balance_amount"] + interest + YUAN
    patch.also("CLS-021", loan)
    patch.also("CLS-022", loan)
    return loan


def _granted_as(kind: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.loan["grant_type"] = patch.text(kind)
        patch.also("PRD-018", patch.only(patch.loan["is_first_loan"] == 1).loan)
        return patch.loan

    return plant


def _normal(facts: Facts) -> np.ndarray:
    return facts.on_time & (facts.grade == 1)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("CLS-001", lambda facts: facts.late & (facts.days <= 120), _classed(120, 2)),
    Mistake("CLS-002", lambda facts: facts.late & (facts.days <= 300), _classed(300, 3)),
    Mistake("CLS-003", lambda facts: facts.late & (facts.days <= 400), _classed(400, 4)),
    Mistake("CLS-004", lambda facts: facts.late & (facts.days <= 40), _classed(40, 1)),
    Mistake("CLS-005", on_time, _restructured_and_normal),
    Mistake("CLS-006", lambda facts: facts.open & (facts.grade <= 2), cell_in("loan", "is_credit_impaired", 1)),
    Mistake("CLS-007", lambda facts: facts.open & (facts.grade >= 3), cell_in("loan", "is_credit_impaired", 0)),
    Mistake("CLS-008", _normal, _granted_as("REFINANCED")),
    Mistake("CLS-009", lambda facts: _normal(facts) & ~facts.class_changed, _granted_as("RENEWED")),
    Mistake("CLS-010", lambda facts: _normal(facts) & facts.matures_later, _extended_and_normal),
    Mistake("CLS-011", on_time, _bad_for_no_reason),
    Mistake("CLS-012", on_time, _restructured_on_no_day),
    Mistake("CLS-013", lambda facts: facts.restructured, _unmarked_too_soon),
    Mistake("CLS-014", lambda facts: facts.restructured, _before_the_grant("restructured_on")),
    Mistake("CLS-015", lambda facts: facts.restructured & (facts.grade == 2), cell_in("loan", "restructure_count", 2)),
    Mistake("CLS-016", lambda facts: facts.granted, _granted_as("RESTRUCTURED")),
    Mistake("CLS-017", lambda facts: facts.class_changed, cell_in("loan", "class_change_reason", EMPTY)),
    Mistake("CLS-018", lambda facts: facts.class_changed, _changed_to_the_same),
    Mistake("CLS-019", lambda facts: facts.class_changed, _before_the_grant("class_changed_on")),
    Mistake("CLS-020", late, cell_in("loan", "provision_amount", 0)),
    Mistake("CLS-021", _normal, _provided(600_000)),
    Mistake("CLS-022", _normal, _provided(950_000, "CLS-021")),
    Mistake("CLS-023", _normal, _more_than_is_owed),
)
