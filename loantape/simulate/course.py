"""What became of each loan in the month, and what came before: moved principal, payments, what is next, past classes.

Belongs here: columns that compare a month-end with the one before it. Not here: what stands at the month-end (loans),
the chain of months (population, history).

Amounts are in cents, dates in days since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loantape.simulate import pricing
from loantape.simulate.book import Book
from loantape.simulate.counters import uniform
from loantape.simulate.history import History
from loantape.simulate.population import ALIVE, DISPOSED, ENDED, Population
from loantape.simulate.rows import EMPTY, Rows

NOTICE = 60  # what draws are for (loans uses smaller numbers)
_MINIMUM = 10  # a tenth of a revolving balance is due each month
_REWORKED_AFTER = 90  # days past due when a loan is restructured: before it is substandard
_NOTICE_DAYS = 2


@dataclass(frozen=True)
class Lines:
    """What the month is made of: two amounts are principal and interest."""

    method: np.ndarray
    amount: np.ndarray
    nominal: np.ndarray
    fee: np.ndarray  # with each instalment
    due_day: np.ndarray
    balance: np.ndarray
    before: np.ndarray  # balance at the month-end before, 0 for what was granted since
    due: tuple[np.ndarray, np.ndarray]  # what fell due this month
    next_due: tuple[np.ndarray, np.ndarray]  # next month, revolving lines excepted
    interest_paid: np.ndarray  # of the instalments paid this month, revolving lines and early closures excepted


def fill(rows: Rows, book: Book, people: Population, history: History, lines: Lines) -> np.ndarray:
    """Fill the columns; the day each loan ended, EMPTY while it lives."""
    revolving = lines.method == pricing.REVOLVING
    granted = people.start_month == book.month
    early = (people.outcome == ENDED) & (people.paid < people.instalments)
    instalments_paid = people.paid - history.paid_before + early
    repaid, interest = _repaid(people, history, lines, revolving, early, instalments_paid)
    disposed = np.where(people.outcome == DISPOSED, lines.before, 0)
    rows["drawn_amount"] = np.where(
        granted & ~revolving, lines.amount, lines.balance - lines.before + repaid + disposed
    )
    rows["repaid_principal_amount"] = repaid
    falls_due = (people.elapsed >= 1) & (revolving | (people.elapsed <= people.instalments))
    rows["due_in_period_amount"] = np.where(falls_due, lines.due[0] + lines.due[1] + lines.fee, 0)
    rows["paid_in_period_amount"] = repaid + interest + lines.fee * instalments_paid
    never = history.last_paid == 0
    paid_on = book.day(np.where(never, book.month, history.last_paid), lines.due_day)
    rows["last_paid_on"] = np.where(never, EMPTY, paid_on)
    rows["payment_status_24m"] = np.arange(people.slot.size)
    _next(rows, book, people, lines, revolving)
    _past(rows, book, history, lines)
    due_now = book.day(np.array(book.month), lines.due_day)
    ended_on = np.select([people.outcome == ENDED, people.outcome == DISPOSED], [due_now, book.snapshot], EMPTY)
    rows["ended_on"] = ended_on
    return ended_on


def _repaid(
    people: Population,
    history: History,
    lines: Lines,
    revolving: np.ndarray,
    early: np.ndarray,
    instalments_paid: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Principal and interest paid in the month.

    A revolving line pays what was in arrears and what fell due, or the whole way down to the new balance; what is then
    missing to that balance was drawn.
    """
    alive, late = people.outcome == ALIVE, people.bucket > 0
    plain = np.where(people.outcome == DISPOSED, 0, np.maximum(lines.before - lines.balance, 0))
    was = np.minimum(lines.before, lines.before * history.bucket_before // _MINIMUM)
    still = np.where(alive & late, np.minimum(lines.balance, lines.balance * people.bucket // _MINIMUM), 0)
    owed = np.maximum(was + lines.due[0] - still, 0)
    line = np.where(alive & ~late, np.maximum(owed, lines.before - lines.balance), owed)
    line = np.where(people.outcome == ENDED, lines.before, line)
    line = np.where(instalments_paid > 0, line, 0)
    interest_before = pricing.month_interest(lines.before, lines.nominal)
    arrears_before = interest_before * history.bucket_before
    line_interest = np.where(alive & late, interest_before * instalments_paid, arrears_before + lines.due[1])
    line_interest = np.where(instalments_paid > 0, line_interest, 0)
    interest = lines.interest_paid + np.where(early, lines.due[1], 0)
    return np.where(revolving, line, plain), np.where(revolving, line_interest, interest)


def _next(rows: Rows, book: Book, people: Population, lines: Lines, revolving: np.ndarray) -> None:
    """The next instalment after the month-end; none for what has ended and after the last one."""
    number = people.elapsed + 1
    more = (people.outcome == ALIVE) & (number <= people.instalments)
    at_maturity = lines.method == pricing.AT_MATURITY
    month = np.where(at_maturity, people.start_month + people.term, book.month + 1)
    rows["next_due_date"] = np.where(more, book.day(month, lines.due_day), EMPTY)
    interest = pricing.month_interest(lines.balance, lines.nominal)
    rows["next_due_principal_amount"] = np.where(
        more, np.where(revolving, lines.balance // _MINIMUM, lines.next_due[0]), EMPTY
    )
    rows["next_due_interest_amount"] = np.where(more, np.where(revolving, interest, lines.next_due[1]), EMPTY)


def _past(rows: Rows, book: Book, history: History, lines: Lines) -> None:
    """Changes of class, restructuring, and the notice before the first adverse report."""
    text = book.texts.number
    changed = history.grade_before > 0
    month = np.where(changed, history.grade_changed, book.month)
    rows["previous_class"] = np.where(changed, book.classes[history.grade_before], EMPTY)
    rows["class_changed_on"] = np.where(changed, book.day(month + 1, np.array(0)), EMPTY)
    worse = np.where(history.grade == 5, text("形成损失"), text("逾期天数增加"))
    reason = np.where(history.grade > history.grade_before, worse, text("已归还逾期款项"))
    rows["class_change_reason"] = np.where(changed, reason, EMPTY)
    reworked = history.reworked > 0
    since = book.day(np.where(reworked, history.reworked - 3, book.month), lines.due_day)
    rows["restructured_on"] = np.where(reworked, since + _REWORKED_AFTER, EMPTY)
    rows["restructure_count"] = np.where(reworked, 1, EMPTY)
    rows["is_credit_reported"] = int(book.archetype.reports_credit)
    late = history.first_late > 0
    day = book.day(np.where(late, history.first_late, book.month), lines.due_day)
    seconds = (day + 1) * 86_400 + 9 * 3_600 + uniform(book.key, rows["iou_no"], NOTICE, _NOTICE_DAYS * 43_200)
    told = late & book.archetype.reports_credit
    rows["adverse_notice_at"] = np.where(told, seconds, EMPTY)
