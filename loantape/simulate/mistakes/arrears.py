"""Errors that can be planted: arrears."""

from __future__ import annotations

import numpy as np

from loantape.simulate.mistakes.tools import YUAN, another_balance, cell_in, late, more_in, on_time, text_in
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _late_but_normal(patch: Patch) -> Selected:
    patch.loan["loan_status"] = patch.text("LS01")
    patch.loan["overdue_type"] = EMPTY
    return patch.loan


def _more_overdue_than_balance(patch: Patch) -> Selected:
    loan = patch.loan
    by_part = patch.facts.by_instalments[patch.of] & (patch.facts.days[patch.of] <= 90)
    loan["overdue_principal_amount"] = loan["balance_amount"] + YUAN
    loan["overdue_1104_amount"] = np.where(by_part, loan["overdue_principal_amount"], loan["overdue_1104_amount"])
    return loan


def _overdue_since_tomorrow(patch: Patch) -> Selected:
    patch.loan["principal_overdue_since"] = patch.book.snapshot + 1
    return patch.loan


def _fewer_ever_than_now(patch: Patch) -> Selected:
    patch.loan["consecutive_arrears_count"] = patch.loan["cumulative_arrears_count"] + 1
    return patch.loan


def _balance_above_amount(patch: Patch) -> Selected:
    another_balance(patch, patch.loan["loan_amount"] + 10 * YUAN)
    return patch.loan


def _closed_with_balance(patch: Patch) -> Selected:
    another_balance(patch, np.full(patch.at.size, 100 * YUAN))
    return patch.loan


def _never_in_arrears(patch: Patch) -> Selected:
    patch.loan["cumulative_arrears_count"] = 0
    patch.loan["consecutive_arrears_count"] = 0
    return patch.loan


MISTAKES: tuple[Mistake, ...] = (
    Mistake("ARR-001", late, _late_but_normal),
    Mistake("ARR-002", late, cell_in("loan", "overdue_type", EMPTY)),
    Mistake("ARR-003", on_time, text_in("loan", "overdue_type", "01")),
    Mistake("ARR-004", late, _more_overdue_than_balance),
    Mistake("ARR-005", lambda facts: facts.interest_late, cell_in("loan", "principal_overdue_since", EMPTY)),
    Mistake("ARR-006", lambda facts: facts.interest_late, _overdue_since_tomorrow),
    Mistake("ARR-007", lambda facts: facts.late & (facts.days != 91), more_in("loan", "days_past_due", -1)),
    Mistake("ARR-008", late, more_in("loan", "overdue_1104_amount", YUAN)),
    Mistake("ARR-009", late, _fewer_ever_than_now),
    Mistake("ARR-010", on_time, _balance_above_amount),
    Mistake("ARR-011", lambda facts: facts.ended, _closed_with_balance),
    Mistake("ARR-012", late, _never_in_arrears),
)
