"""Errors that can be planted: the credit bureau's 24 months and the notice before them.

BUR-026 speaks of reporting dates until 2026-03-31 only: tests/rules/test_totals.py proves it on a tape of then.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.histories import also_of_history, set_month
from loantape.simulate.mistakes.tools import DAY_SECONDS, cell_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_THIS, _LAST, _BEFORE = 23, 22, 21  # months of the string


def _paying(facts: Facts) -> np.ndarray:
    """Loans on time that were open in each of the last three months at least."""
    return facts.on_time & (facts.paid >= 4)


def _month(place: int, code: str, *codes: str) -> Callable[[Patch], Selected]:
    """Another code in a month of the string, and the findings that come with it."""

    def plant(patch: Patch) -> Selected:
        set_month(patch, place, code)
        for other in codes:
            patch.also(other, patch.loan)
        return patch.loan

    return plant


def _only_what_follows(place: int, code: str) -> Callable[[Patch], None]:
    """Another code in a month, whose findings follow from the string alone."""

    def plant(patch: Patch) -> None:
        set_month(patch, place, code)

    return plant


def _two_months(before: str, last: str) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        status = patch.status
        status[:, _BEFORE], status[:, _LAST] = ord(before), ord(last)
        patch.write_status(status)
        also_of_history(patch)

    return plant


def _next_step(patch: Patch) -> Selected:
    status = patch.status
    status[:, _THIS] += 1
    patch.write_status(status)
    also_of_history(patch)
    return patch.loan


def _one_month_less(patch: Patch) -> Selected:
    status = patch.status
    opened = (status == ord("/")).sum(axis=1)
    status[np.arange(status.shape[0]), opened] = ord("/")
    patch.write_status(status)
    also_of_history(patch)
    return patch.loan


def _fewer_than_its_months(patch: Patch) -> None:
    patch.loan["cumulative_arrears_count"] = 0
    also_of_history(patch)


def _part_of_the_principal(patch: Patch) -> Selected:
    loan = patch.loan
    loan["overdue_principal_amount"] = loan["balance_amount"] - 1
    part = patch.facts.by_instalments[patch.of] & (patch.facts.days[patch.of] <= 90)
    loan["overdue_1104_amount"] = np.where(part, loan["overdue_principal_amount"], loan["balance_amount"])
    return loan


def _never_told(patch: Patch) -> Selected:
    status = patch.status
    in_arrears = (status >= ord("1")) & (status <= ord("7"))
    adverse = patch.only(in_arrears.sum(axis=1) > 0)
    adverse.loan["adverse_notice_at"] = EMPTY
    return adverse.loan


def _told_before_the_grant(patch: Patch) -> Selected:
    patch.loan["adverse_notice_at"] = patch.loan["start_date"] * DAY_SECONDS - 1
    return patch.loan


def _told_a_second_later(patch: Patch) -> None:
    patch.loan["adverse_notice_at"] = patch.loan["adverse_notice_at"] + 1


MISTAKES: tuple[Mistake, ...] = (
    Mistake("BUR-001", lambda facts: facts.reported, cell_in("loan", "payment_status_24m", EMPTY)),
    Mistake("BUR-002", lambda facts: facts.on_time & facts.due_now, _month(_THIS, "*")),
    Mistake("BUR-004", lambda facts: facts.settled & ~facts.revolving, _month(_THIS, "M", "BUR-006")),
    Mistake("BUR-006", lambda facts: facts.open & ~facts.late, _month(_THIS, "C", "BUR-005")),
    Mistake("BUR-007", lambda facts: _paying(facts) & (facts.ever_late | ~facts.reported), _month(_THIS, "1")),
    Mistake("BUR-008", lambda facts: facts.late, _month(_THIS, "M")),
    Mistake("BUR-009", lambda facts: facts.late & (facts.bucket < 7), _next_step),
    Mistake("BUR-010", lambda facts: facts.on_time & (facts.noticed | ~facts.reported), _month(_THIS, "D")),
    Mistake("BUR-011", lambda facts: facts.on_time, _month(_THIS, "G", "BUR-005")),
    Mistake("BUR-012", lambda facts: facts.written_off, _month(_THIS, "M")),
    Mistake("BUR-013", lambda facts: facts.on_time, _month(_THIS, "#")),
    Mistake("BUR-014", lambda facts: facts.principal_late & facts.matured & ~facts.revolving, _part_of_the_principal),
    Mistake("BUR-015", _paying, _only_what_follows(_LAST, "/")),
    Mistake("BUR-016", _paying, _only_what_follows(_LAST, "C")),
    Mistake("BUR-017", _paying, _one_month_less),
    Mistake("BUR-018", lambda facts: facts.granted, _month(_LAST, "*")),
    Mistake("BUR-019", lambda facts: _paying(facts) & facts.ever_late, _two_months("N", "4")),
    Mistake("BUR-020", lambda facts: _paying(facts) & facts.ever_late, _two_months("N", "2")),
    Mistake("BUR-021", lambda facts: _paying(facts) & facts.ever_late & ~facts.was_late, _two_months("1", "*")),
    Mistake("BUR-022", lambda facts: facts.on_time & facts.ever_late & facts.matures_later, _fewer_than_its_months),
    Mistake("BUR-023", lambda facts: _paying(facts) & ~facts.revolving, _month(_LAST, "A")),
    Mistake("BUR-024", lambda facts: facts.noticed & facts.reported, _never_told),
    Mistake("BUR-025", lambda facts: facts.noticed, _told_before_the_grant),
    Mistake("BUR-027", _paying, _only_what_follows(_LAST, "M")),
    Mistake("BUR-028", lambda facts: facts.noticed & facts.older, _told_a_second_later),
)
