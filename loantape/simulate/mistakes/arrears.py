"""Errors that can be planted: arrears, by status, day, amount and count."""

from __future__ import annotations

import numpy as np

from loantape.simulate.loans import provision_of
from loantape.simulate.mistakes.histories import also_of_history, set_last
from loantape.simulate.mistakes.tools import YUAN, another_balance, cell_in, late, more_in, on_time, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_CLASS_DAYS = (0, 90, 270, 360)  # classes 2 to 5 begin above


def by_part(patch: Patch) -> np.ndarray:
    """Of which loans only the part in arrears counts as overdue for 1104."""
    return patch.facts.by_instalments[patch.of] & (patch.loan["days_past_due"] <= 90)


def recount_1104(patch: Patch) -> None:
    """Let the 1104 amount follow the days and the principal in arrears."""
    loan = patch.loan
    loan["overdue_1104_amount"] = np.where(by_part(patch), loan["overdue_principal_amount"], loan["balance_amount"])


def age(patch: Patch, days: np.ndarray, grade: np.ndarray | None = None) -> None:
    """Let loans be past due for so many days, in a class that fits or another one, consistent in all else they say."""
    loan, since = patch.loan, patch.book.snapshot - days
    for name in ("principal_overdue_since", "interest_overdue_since"):
        loan[name] = np.where(loan[name] == EMPTY, EMPTY, since)
    loan["days_past_due"] = days
    recount_1104(patch)
    if grade is None:
        grade = 1 + np.searchsorted(np.array(_CLASS_DAYS), days)
    classify(patch, grade)
    receivable = loan["accrued_interest_amount"] + loan["off_balance_interest_amount"]
    loan["accrued_interest_amount"] = np.where(days > 90, 0, receivable)
    loan["off_balance_interest_amount"] = np.where(days > 90, receivable, 0)
    set_last(patch, ord("0") + np.minimum((days + 29) // 30, 7))
    patch.also("ARR-030", patch.only(days > patch.book.snapshot - loan["start_date"]).loan)
    unpaid = patch.facts.matured[patch.of] & (days < patch.book.snapshot - loan["maturity_date"])
    patch.also("ARR-036", patch.only(unpaid).loan)


def also_of_maturity(patch: Patch) -> None:
    """The findings on loans whose maturity is now another day, and that were never extended."""
    loan, snapshot, facts = patch.loan, patch.book.snapshot, patch.facts
    maturity, owing = loan["maturity_date"], loan["balance_amount"] > 0
    past = owing & (maturity < snapshot)
    is_open = facts.open[patch.of]
    patch.also("ARR-035", patch.only(past & is_open & ~facts.late[patch.of]).loan)
    patch.also("ARR-036", patch.only(owing & (loan["days_past_due"] < snapshot - maturity)).loan)
    patch.also("ARR-038", patch.only(loan["next_due_date"] > maturity).loan)
    part = loan["overdue_principal_amount"] < loan["balance_amount"]
    patch.also("BUR-014", patch.only(past & part & ~facts.revolving[patch.of]).loan)


def classify(patch: Patch, grade: np.ndarray) -> None:
    """Put loans into a class with its provision and impairment, and let nothing be said of changes of class."""
    loan = patch.loan
    loan["five_class"] = patch.book.classes[grade]
    loan["is_credit_impaired"] = grade >= 3
    loan["provision_amount"] = provision_of(loan["own_balance_amount"], grade)
    loan["is_restructured"] = 0
    for name in ("previous_class", "class_changed_on", "class_change_reason", "restructured_on", "restructure_count"):
        loan[name] = EMPTY


def _late_but_normal(patch: Patch) -> Selected:
    patch.loan["loan_status"] = patch.text("LS01")
    patch.loan["overdue_type"] = EMPTY
    return patch.loan


def _matured_but_normal(patch: Patch) -> Selected:
    patch.also("ARR-001", _late_but_normal(patch))
    return patch.loan


def _more_overdue_than_balance(patch: Patch) -> Selected:
    loan = patch.loan
    loan["overdue_principal_amount"] = loan["balance_amount"] + YUAN
    patch.also("ARR-029", patch.only(by_part(patch)).loan)
    recount_1104(patch)
    return loan


def _overdue_since_tomorrow(patch: Patch) -> Selected:
    patch.loan["principal_overdue_since"] = patch.book.snapshot + 1
    return patch.loan


def _fewer_ever_than_now(patch: Patch) -> Selected:
    loan = patch.loan
    loan["consecutive_arrears_count"] = loan["cumulative_arrears_count"] + 1
    term = loan["current_term"]
    patch.also("ARR-025", patch.only((term != EMPTY) & (loan["consecutive_arrears_count"] > term)).loan)
    return loan


def _balance_above_amount(patch: Patch) -> Selected:
    another_balance(patch, patch.loan["loan_amount"] + 10 * YUAN)
    return patch.loan


def _closed_with_balance(patch: Patch) -> Selected:
    another_balance(patch, np.full(patch.at.size, 100 * YUAN))
    fixed = ~patch.facts.revolving[patch.of]
    matured = patch.facts.matured[patch.of]
    patch.also("ARR-036", patch.only(matured).loan)
    patch.also("ARR-041", patch.only(fixed & (patch.loan["maturity_date"] > patch.book.snapshot)).loan)
    patch.also("BUR-005", patch.loan)
    patch.also("BUR-014", patch.only(matured & fixed).loan)
    patch.also("CLS-020", patch.only(patch.facts.grade[patch.of] > 1).loan)  # what ended has no provision
    return patch.loan


def _never_in_arrears(patch: Patch) -> Selected:
    patch.loan["cumulative_arrears_count"] = 0
    patch.also("ARR-009", patch.loan)
    patch.also("ARR-019", patch.loan)
    also_of_history(patch)
    return patch.loan


def _nothing_was_lent(patch: Patch) -> Selected:
    patch.loan["loan_amount"] = 0
    patch.loan["net_proceeds_amount"] = 0
    return patch.loan


def _negative_balance(patch: Patch) -> Selected:
    loan = patch.loan
    loan["balance_amount"] = loan["balance_cny"] = loan["own_balance_amount"] = -1
    for code in ("ARR-004", "ARR-011", "ARR-029", "BUR-005", "CLS-023", "FLD-003"):
        patch.also(code, loan)
    return loan


def _of_no_instalments(patch: Patch) -> Selected:
    patch.loan["term_count"] = 0
    patch.also("SCH-007", patch.loan)
    return patch.loan


def _only_interest(patch: Patch) -> Selected:
    patch.loan["overdue_principal_amount"] = 0
    patch.loan["overdue_type"] = patch.text("02")
    recount_1104(patch)
    return patch.loan


def _only_principal(patch: Patch) -> Selected:
    patch.loan["overdue_interest_amount"] = 0
    patch.loan["overdue_type"] = patch.text("01")
    return patch.loan


def _past_due_with_nothing(patch: Patch) -> Selected:
    for name in ("principal", "interest"):
        patch.loan[f"overdue_{name}_amount"] = 0
        patch.loan[f"{name}_overdue_since"] = EMPTY
    recount_1104(patch)
    return patch.loan


def _in_arrears_on_time(patch: Patch) -> Selected:
    patch.loan["overdue_principal_amount"] = YUAN
    patch.loan["principal_overdue_since"] = patch.book.snapshot
    return patch.loan


def _no_instalment_in_arrears(patch: Patch) -> Selected:
    patch.loan["consecutive_arrears_count"] = 0
    patch.also("BUR-007", patch.loan)
    return patch.loan


def _more_in_a_row_than_due(patch: Patch) -> Selected:
    loan = patch.loan
    loan["consecutive_arrears_count"] = loan["current_term"] + 1
    loan["cumulative_arrears_count"] = np.maximum(loan["cumulative_arrears_count"], loan["current_term"] + 1)
    return loan


def _interest_beyond_receivable(patch: Patch) -> Selected:
    loan = patch.loan
    receivable = loan["accrued_interest_amount"] + loan["off_balance_interest_amount"]
    loan["overdue_interest_amount"] = receivable + YUAN
    return loan


def _old_interest_on_balance(patch: Patch) -> Selected:
    loan = patch.loan
    loan["accrued_interest_amount"] = loan["off_balance_interest_amount"]
    loan["off_balance_interest_amount"] = 0
    return patch.only(loan["accrued_interest_amount"] != 0).loan


def _overdue_1104_above_balance(patch: Patch) -> Selected:
    patch.loan["overdue_1104_amount"] = patch.loan["balance_amount"] + YUAN
    patch.also("ARR-008", patch.loan)
    return patch.loan


def _older_than_the_loan(patch: Patch) -> None:
    age(patch, patch.book.snapshot - patch.loan["start_date"] + 1)


def _younger_than_the_maturity(patch: Patch) -> None:
    age(patch, np.ones(patch.at.size, np.int64))


def _shifted_without_consequence(facts: Facts) -> np.ndarray:
    """Days that can be one less without another step, class or 1104 amount, nor less than since maturity."""
    return facts.late & (facts.days % 30 != 1) & ~facts.matured


def _lent_plainly(facts: Facts) -> np.ndarray:
    """Settled loans of whose amount nothing else is made: no level payment, upfront fee or cost sheet."""
    return facts.settled & ~facts.level & ~facts.upfront_fee & ~facts.sheet


def _waiting(facts: Facts) -> np.ndarray:
    """Loans of one instalment that has not fallen due, and no cost sheet."""
    return facts.older & facts.on_time & facts.bullet & ~facts.instalment & ~facts.sheet


MISTAKES: tuple[Mistake, ...] = (
    Mistake("ARR-001", lambda facts: facts.late & ~facts.matured, _late_but_normal),
    Mistake("ARR-002", late, cell_in("loan", "overdue_type", EMPTY)),
    Mistake("ARR-003", on_time, text_in("loan", "overdue_type", "01")),
    Mistake("ARR-004", late, _more_overdue_than_balance),
    Mistake("ARR-005", lambda facts: facts.interest_late, cell_in("loan", "principal_overdue_since", EMPTY)),
    Mistake("ARR-006", lambda facts: facts.interest_late, _overdue_since_tomorrow),
    Mistake("ARR-007", _shifted_without_consequence, more_in("loan", "days_past_due", -1)),
    Mistake("ARR-008", lambda facts: facts.late & facts.by_instalments, more_in("loan", "overdue_1104_amount", -1)),
    Mistake("ARR-009", late, _fewer_ever_than_now),
    Mistake("ARR-010", lambda facts: facts.on_time & ~facts.revolving, _balance_above_amount),
    Mistake("ARR-011", lambda facts: facts.ended, _closed_with_balance),
    Mistake("ARR-012", late, _never_in_arrears),
    Mistake("ARR-013", _lent_plainly, _nothing_was_lent),
    Mistake("ARR-014", lambda facts: facts.settled & ~facts.with_partner, _negative_balance),
    Mistake("ARR-015", lambda facts: _waiting(facts) & ~facts.bullet, _of_no_instalments),
    Mistake(
        "ARR-016",
        lambda facts: facts.principal_late & facts.interest_late,
        cell_in("loan", "interest_overdue_since", EMPTY),
    ),
    Mistake("ARR-017", lambda facts: facts.principal_late & facts.interest_late & ~facts.matured, _only_interest),
    Mistake("ARR-018", lambda facts: facts.principal_late & facts.interest_late, _only_principal),
    Mistake("ARR-020", lambda facts: facts.late & ~facts.matured, _past_due_with_nothing),
    Mistake("ARR-021", lambda facts: facts.on_time & (facts.missed > 0), _in_arrears_on_time),
    Mistake("ARR-022", lambda facts: facts.principal_late & facts.interest_late, text_in("loan", "overdue_type", "01")),
    Mistake("ARR-023", late, _no_instalment_in_arrears),
    Mistake(
        "ARR-024", lambda facts: facts.on_time & (facts.missed > 0), cell_in("loan", "consecutive_arrears_count", 1)
    ),
    Mistake("ARR-025", lambda facts: facts.late & ~facts.revolving, _more_in_a_row_than_due),
    Mistake("ARR-027", lambda facts: facts.interest_late, _interest_beyond_receivable),
    Mistake("ARR-028", lambda facts: facts.interest_late & (facts.days > 90), _old_interest_on_balance),
    Mistake("ARR-029", late, _overdue_1104_above_balance),
    Mistake("ARR-030", lambda facts: facts.late & ~facts.matured, _older_than_the_loan),
    Mistake("ARR-035", lambda facts: facts.late & facts.matured, _matured_but_normal),
    Mistake("ARR-036", lambda facts: facts.late & facts.matured & ~facts.has_contact, _younger_than_the_maturity),
)
