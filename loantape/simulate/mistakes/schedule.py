"""Errors that can be planted: schedules, single instalments and payments.

Belongs here: rows of the instalment table. Not here: arrears that follow from payments (``arrears``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.tools import YUAN, cell_in, more_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY, SKIP

_INTERNET_BULLET_MONTHS = 12  # a year, as schemas/limits/products.toml


def _scheduled(facts: Facts) -> np.ndarray:
    """Loans whose whole schedule is delivered."""
    return facts.granted & ~facts.revolving


def _long(facts: Facts) -> np.ndarray:
    """The same with at least three instalments, one a month."""
    return _scheduled(facts) & facts.by_instalments


def _one_due(facts: Facts) -> np.ndarray:
    """Loans of earlier months with the instalment that fell due in this one, which is not the last."""
    return facts.older & ~facts.revolving & facts.by_instalments & facts.instalment & facts.matures_later


def _one_paid(facts: Facts) -> np.ndarray:
    return facts.older & facts.on_time & facts.instalment


def _rows(patch: Patch, place: np.ndarray | int) -> Selected:
    """One row of each loan's schedule: ``place`` counts from 0, or from the end where it is negative."""
    first = patch.facts.first_instalment[patch.of]
    count = patch.block.population.instalments[patch.at]
    return Selected(patch.tables.instalment, first + np.where(np.asarray(place) < 0, count + place, place))


def _all_rows(patch: Patch) -> Selected:
    numbers = patch.block.number[patch.at]
    return Selected(patch.tables.instalment, np.flatnonzero(np.isin(patch.tables.instalment["iou_no"], numbers)))


def _no_schedule(patch: Patch) -> Selected:
    _all_rows(patch).become(SKIP)
    return patch.loan


def _last_one_missing(patch: Patch) -> Selected:
    last = _rows(patch, -1)
    patch.also("SCH-003", patch.loan)
    patch.also("SCH-004", patch.loan)
    patch.also("SCH-008", patch.only(last["due_interest_amount"] > YUAN // 100).loan)
    patch.also("SCH-009", patch.only(last["due_fee_amount"] > YUAN // 100).loan)
    last.become(SKIP)
    return patch.loan


def _too_much_repaid(patch: Patch) -> Selected:
    last = _rows(patch, -1)
    last["due_principal_amount"] = last["due_principal_amount"] + YUAN
    return patch.loan


def _ends_a_day_early(patch: Patch) -> Selected:
    last = _rows(patch, -1)
    last["due_date"] = last["due_date"] - 1
    return patch.loan


def _begins_with_two(patch: Patch) -> Selected:
    rows = _all_rows(patch)
    rows["instalment_no"] = rows["instalment_no"] + 1
    patch.also("SCH-021", _rows(patch, -1))
    return patch.loan


def _gap_in_the_numbers(patch: Patch) -> Selected:
    last = _rows(patch, -1)
    last["instalment_no"] = last["instalment_no"] + 5
    patch.also("SCH-021", last)
    return patch.loan


def _two_instalments(patch: Patch) -> Selected:
    patch.loan["term_count"] = 2
    patch.also("SCH-002", patch.only(patch.facts.granted[patch.of]).loan)
    patch.also("DSC-016", patch.only(patch.facts.sheet[patch.of]).sheet)
    return patch.loan


def _another_interest_item(patch: Patch) -> Selected:
    patch.interest["fee_amount"] = patch.interest["fee_amount"] + 10 * YUAN
    return patch.loan


def _another_fee_item(patch: Patch) -> Selected:
    patch.guarantee_fee["fee_amount"] = patch.guarantee_fee["fee_amount"] + 10 * YUAN
    patch.also("PRC-039", patch.guarantee_fee)
    patch.also("PRC-037", patch.only(patch.facts.level[patch.of]).loan)
    return patch.loan


def _due_on(column: str, days: int) -> Callable[[Patch], Selected]:
    """The instalment falls due so many days after a date of its loan."""

    def plant(patch: Patch) -> Selected:
        patch.instalment["due_date"] = patch.loan[column] + days
        return patch.instalment

    return plant


def _due_together(patch: Patch) -> Selected:
    second = _rows(patch, 1)
    second["due_date"] = _rows(patch, 0)["due_date"]
    patch.also("SCH-013", second)
    patch.also("SCH-013", _rows(patch, 2))
    return second


def _month_left_out(patch: Patch) -> Selected:
    second = _rows(patch, 1)
    second["due_date"] = _rows(patch, 2)["due_date"] - 1
    patch.also("SCH-013", _rows(patch, 2))
    return second


def _other_interest(patch: Patch) -> Selected:
    first = _rows(patch, 0)
    first["due_interest_amount"] = first["due_interest_amount"] + YUAN
    patch.also("SCH-008", patch.loan)
    level = patch.only(patch.facts.level[patch.of])
    patch.also("SCH-015", _rows(level, 0))
    return first


def _nothing_due(patch: Patch) -> Selected:
    row = patch.instalment
    row["due_principal_amount"] = row["due_interest_amount"] = row["due_fee_amount"] = 0
    row["paid_date"] = row["paid_amount"] = EMPTY
    return row


def _not_level(patch: Patch) -> Selected:
    row = patch.instalment
    row["due_principal_amount"] = row["due_principal_amount"] + YUAN
    return row


def _interest_first(patch: Patch) -> Selected:
    patch.loan["repay_method"] = patch.text("INTEREST_FIRST")
    too_long = patch.facts.internet[patch.of] & (patch.block.population.term[patch.at] > _INTERNET_BULLET_MONTHS)
    patch.also("PRD-003", patch.only(too_long).loan)
    return patch.instalment


def _unpaid_when_settled(patch: Patch) -> Selected:
    patch.instalment["paid_date"] = patch.instalment["paid_amount"] = EMPTY
    return patch.instalment


def _paid_before_the_grant(patch: Patch) -> Selected:
    patch.instalment["paid_date"] = patch.loan["start_date"] - 1
    return patch.instalment


def _paid_later(patch: Patch) -> Selected:
    patch.instalment["paid_date"] = patch.book.snapshot + 3
    return patch.instalment


MISTAKES: tuple[Mistake, ...] = (
    Mistake("SCH-001", _scheduled, _no_schedule),
    Mistake("SCH-002", _long, _last_one_missing),
    Mistake("SCH-003", _scheduled, _too_much_repaid),
    Mistake("SCH-004", _scheduled, _ends_a_day_early),
    Mistake("SCH-005", _scheduled, _begins_with_two),
    Mistake("SCH-006", _long, _gap_in_the_numbers),
    Mistake("SCH-007", lambda facts: facts.bullet & facts.open, _two_instalments),
    Mistake("SCH-008", lambda facts: _scheduled(facts) & ~facts.level, _another_interest_item),
    Mistake("SCH-009", lambda facts: _scheduled(facts) & facts.guarantee_fee, _another_fee_item),
    Mistake("SCH-010", lambda facts: facts.older & facts.instalment, _due_on("start_date", 0)),
    Mistake("SCH-011", lambda facts: _one_due(facts) & facts.late, _due_on("maturity_date", 1)),
    Mistake("SCH-012", _long, _due_together),
    Mistake("SCH-013", _long, _month_left_out),
    Mistake("SCH-014", _long, _other_interest),
    Mistake("SCH-015", lambda facts: _one_due(facts) & facts.level, _not_level),
    Mistake("SCH-016", lambda facts: _one_due(facts) & ~facts.level, _not_level),
    Mistake("SCH-017", _one_paid, more_in("instalment", "paid_amount", 10 * YUAN)),
    Mistake("SCH-018", _one_paid, _paid_later),
    Mistake("SCH-019", _one_paid, cell_in("instalment", "paid_date", EMPTY)),
    Mistake("SCH-020", _one_paid, cell_in("instalment", "paid_amount", EMPTY)),
    Mistake("SCH-021", _one_due, cell_in("instalment", "instalment_no", 400)),
    Mistake("SCH-022", lambda facts: facts.revolving & facts.instalment & facts.older, _nothing_due),
    Mistake("SCH-023", lambda facts: _one_due(facts) & facts.level & facts.on_time, _interest_first),
    Mistake("SCH-024", lambda facts: facts.settled & facts.instalment & ~facts.revolving, _unpaid_when_settled),
    Mistake("SCH-025", _one_paid, _paid_before_the_grant),
)
