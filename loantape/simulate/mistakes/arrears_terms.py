"""Errors that can be planted: arrears, by maturity, extension, next instalment, payment and end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.histories import set_month
from loantape.simulate.mistakes.tools import YUAN, cell_in, more_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _later(facts: Facts) -> np.ndarray:
    return facts.on_time & facts.matures_later


def _term(facts: Facts) -> np.ndarray:
    return facts.open & ~facts.revolving


def _extended(status: str, count: int, days: int | None) -> Callable[[Patch], Selected]:
    """A new term so many days after the maturity, or on no day."""

    def plant(patch: Patch) -> Selected:
        loan = patch.loan
        loan["loan_status"] = patch.text(status)
        loan["extension_count"] = count
        if days is not None:
            loan["extended_maturity_date"] = loan["maturity_date"] + days
        if status == "LS02":
            patch.also("CLS-010", patch.only(patch.facts.grade[patch.of] == 1).loan)
        return loan

    return plant


def _due_on_the_reporting_date(patch: Patch) -> Selected:
    patch.loan["next_due_date"] = patch.book.snapshot
    return patch.loan


def _due_after_the_maturity(patch: Patch) -> Selected:
    patch.loan["next_due_date"] = patch.loan["maturity_date"] + 1
    return patch.loan


def _due_on_no_day(patch: Patch) -> Selected:
    patch.loan["next_due_date"] = EMPTY
    patch.also("ARR-041", patch.only(~patch.facts.revolving[patch.of]).loan)
    return patch.loan


def _nothing_next(patch: Patch) -> Selected:
    for name in ("next_due_date", "next_due_principal_amount", "next_due_interest_amount"):
        patch.loan[name] = EMPTY
    return patch.loan


def _next_beyond_the_balance(patch: Patch) -> Selected:
    patch.loan["next_due_principal_amount"] = patch.loan["balance_amount"] + YUAN
    return patch.loan


def _paid_before_the_grant(patch: Patch) -> Selected:
    patch.loan["last_paid_on"] = patch.loan["start_date"] - 1
    return patch.loan


def _paid_last_month(patch: Patch) -> Selected:
    patch.loan["last_paid_on"] = int(patch.book.first_days[1200]) - 1
    return patch.loan


def _paid_nothing_today(patch: Patch) -> Selected:
    patch.loan["last_paid_on"] = patch.book.snapshot
    return patch.loan


def _paid_less_than_due(patch: Patch) -> Selected:
    patch.loan["paid_in_period_amount"] = patch.loan["due_in_period_amount"] - 1
    patch.also("BUR-003", patch.loan)
    return patch.loan


def _closed_with_interest_in_arrears(patch: Patch) -> Selected:
    patch.loan["overdue_interest_amount"] = YUAN
    patch.loan["interest_overdue_since"] = patch.book.snapshot
    patch.also("ARR-027", patch.loan)
    return patch.loan


def _on(column: str, days: int) -> Callable[[Patch], Selected]:
    """A day so many days after the reporting date."""

    def plant(patch: Patch) -> Selected:
        patch.loan[column] = patch.book.snapshot + days
        return patch.loan

    return plant


def _transferred_and_written_off(patch: Patch) -> Selected:
    patch.loan["loan_status"] = patch.text("LF04")
    patch.also("ARR-054", patch.loan)
    return patch.loan


def _transferred_and_open(patch: Patch) -> Selected:
    loan = patch.loan
    loan["disposal_type"] = patch.text("TRANSFERRED")
    loan["disposal_date"] = patch.book.snapshot
    loan["disposal_amount"] = YUAN
    return loan


def _disposed_before_the_grant(patch: Patch) -> Selected:
    patch.loan["disposal_date"] = patch.loan["start_date"] - 1
    patch.also("ARR-058", patch.loan)
    return patch.loan


def _more_than_was_lent(patch: Patch) -> Selected:
    patch.loan["disposal_amount"] = patch.loan["loan_amount"] + YUAN
    return patch.loan


def _closed_too_soon(patch: Patch) -> None:
    """Closed in all it says, and open again the month after."""
    loan = patch.loan
    gone = loan["balance_amount"].copy()
    loan["repaid_principal_amount"] = loan["repaid_principal_amount"] + gone
    loan["paid_in_period_amount"] = loan["paid_in_period_amount"] + gone
    for name in (
        "balance_amount", "balance_cny", "own_balance_amount", "partner_balance_amount", "accrued_interest_amount",
        "off_balance_interest_amount", "provision_amount",
    ):  # fmt: skip
        loan[name] = 0
    for name in ("next_due_date", "next_due_principal_amount", "next_due_interest_amount"):
        loan[name] = EMPTY
    loan["enhanced_amount"] = np.where(loan["enhanced_amount"] == EMPTY, EMPTY, 0)
    loan["loan_status"] = patch.text("LF01")
    loan["ended_on"] = loan["last_paid_on"] = patch.book.snapshot
    set_month(patch, 23, "C")


def _written_off_too_soon(patch: Patch) -> None:
    """Written off in all it says, and open again the month after."""
    loan = patch.loan
    gone = loan["balance_amount"] + loan["repaid_principal_amount"]
    loan["repaid_principal_amount"] = 0
    for name in (
        "balance_amount", "balance_cny", "own_balance_amount", "partner_balance_amount", "accrued_interest_amount",
        "off_balance_interest_amount", "provision_amount",
    ):  # fmt: skip
        loan[name] = 0
    for name in ("next_due_date", "next_due_principal_amount", "next_due_interest_amount"):
        loan[name] = EMPTY
    loan["enhanced_amount"] = np.where(loan["enhanced_amount"] == EMPTY, EMPTY, 0)
    loan["loan_status"] = patch.text("LF02")
    loan["disposal_type"] = patch.text("WRITTEN_OFF")
    loan["disposal_amount"] = gone
    loan["ended_on"] = loan["disposal_date"] = patch.book.snapshot
    set_month(patch, 23, "G")


MISTAKES: tuple[Mistake, ...] = (
    Mistake("ARR-026", lambda facts: _term(facts) & facts.on_time, more_in("loan", "current_term", 500)),
    Mistake("ARR-031", _later, _extended("LS02", 0, 180)),
    Mistake("ARR-032", _later, _extended("LS01", 1, None)),
    Mistake("ARR-033", _later, _extended("LS01", 1, 0)),
    Mistake("ARR-034", _later, _extended("LS04", 0, 1)),
    Mistake("ARR-037", lambda facts: facts.next_due, _due_on_the_reporting_date),
    Mistake("ARR-038", lambda facts: facts.next_due, _due_after_the_maturity),
    Mistake("ARR-039", lambda facts: facts.next_due, _due_on_no_day),
    Mistake("ARR-040", lambda facts: facts.next_due, _next_beyond_the_balance),
    Mistake("ARR-041", lambda facts: facts.next_due & ~facts.revolving, _nothing_next),
    Mistake("ARR-042", lambda facts: facts.ever_paid & ~facts.paid_now, _paid_before_the_grant),
    Mistake("ARR-043", lambda facts: facts.paid_now, _paid_last_month),
    Mistake("ARR-044", lambda facts: facts.open & ~facts.paid_now, _paid_nothing_today),
    Mistake("ARR-045", lambda facts: facts.on_time & facts.due_now & facts.paid_now, _paid_less_than_due),
    Mistake("ARR-046", lambda facts: facts.settled, cell_in("loan", "accrued_interest_amount", YUAN)),
    Mistake("ARR-046", lambda facts: facts.written_off, cell_in("loan", "off_balance_interest_amount", YUAN)),
    Mistake("ARR-047", lambda facts: facts.settled, cell_in("loan", "ended_on", EMPTY)),
    Mistake("ARR-048", lambda facts: facts.open, _on("ended_on", 0)),
    Mistake("ARR-049", lambda facts: facts.settled, _on("ended_on", 1)),
    Mistake("ARR-050", lambda facts: facts.settled & (facts.missed > 0), _closed_with_interest_in_arrears),
    Mistake("ARR-051", lambda facts: facts.settled & facts.matures_later, _on("next_due_date", 2)),
    Mistake("ARR-052", lambda facts: facts.written_off, cell_in("loan", "disposal_type", EMPTY)),
    Mistake("ARR-053", lambda facts: facts.written_off, _transferred_and_written_off),
    Mistake("ARR-054", lambda facts: facts.on_time, _transferred_and_open),
    Mistake("ARR-055", lambda facts: facts.written_off, cell_in("loan", "disposal_amount", EMPTY)),
    Mistake("ARR-056", lambda facts: facts.written_off, _disposed_before_the_grant),
    Mistake("ARR-057", lambda facts: facts.written_off, _more_than_was_lent),
    Mistake("ARR-058", lambda facts: facts.written_off & ~facts.shared, _on("ended_on", -1)),
    Mistake("MOV-033", lambda facts: facts.on_time & facts.older, _closed_too_soon),
    Mistake("MOV-034", lambda facts: facts.on_time & facts.older & ~facts.paid_now, _written_off_too_soon),
)
