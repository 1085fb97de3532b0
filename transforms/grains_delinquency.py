"""Prepared grains of delinquency: instalments that fell due, disposals, and where the loans of an earlier book are now.

Belongs here: joins and narrowings that several of its indicators read. Not here: any number.

A loan that a tape has twice is a finding; here the loan it is compared with must not count twice, so it is taken once,
at its worst: the most days, the worst class, on the books if any of its rows is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

CLOSED_PREFIX = "LF"  # LF01 settled, LF02 written off, LF04 transferred: PBoC V2.1, loan status [P]
EXITS: Mapping[str, str] = {"LF01": "settled", "LF02": "written_off", "LF04": "transferred"}
VANISHED = "vanished"  # on no later tape, and no tape in between said why
_FIRST_INSTALMENTS = 3


def first_instalments(tape: Mapping[str, Any]) -> Any:
    """One row per loan and instalment 1 to 3 that fell due in the month of the reporting date, not after that date.

    ``is_unpaid`` is whether less was paid than principal, interest and fee; nothing told as paid is nothing paid.
    """
    instalment, loan = tape["instalment"], tape["loan"]
    first = instalment.filter(instalment.instalment_no <= _FIRST_INSTALMENTS)
    owed = first.due_principal_amount + first.due_interest_amount + first.due_fee_amount.fill_null(0)
    told = first.select("iou_no", "instalment_no", "due_date", is_unpaid=first.paid_amount.fill_null(0) < owed)
    facts = loan.select(*_rows_of(loan), "iou_no", "snapshot_date", "loan_amount", "consecutive_arrears_count")
    both = told.inner_join(facts, "iou_no")
    due = both.filter((both.due_date <= both.snapshot_date) & _same_month(both.due_date, both.snapshot_date))
    return due.group_by("iou_no", "instalment_no").aggregate(
        loan_row=due.loan_row.min(),
        number=due.instalment_no.max().cast("string"),
        is_unpaid=due.is_unpaid.max(),
        loan_amount=due.loan_amount.max(),
        consecutive_arrears_count=due.consecutive_arrears_count.max(),
    )


def disposals(tape: Mapping[str, Any]) -> Any:
    """One row per loan disposed of in the month of the reporting date; a lender may go on sending it later."""
    loan = tape["loan"]
    now = loan.filter(_same_month(loan.disposal_date, loan.snapshot_date))
    return now.select(*_rows_of(now), "iou_no", "disposal_type", "disposal_amount")


def moved_month(tape: Mapping[str, Any]) -> Any:
    """One row per loan that was on the books a submission before, with what it is now (see ``_moved``)."""
    return _moved(tape["previous_loan"], _states(tape["loan"], tape["repeated_loan"]), tape["loan"], None)


def moved_year(tape: Mapping[str, Any]) -> Any:
    """One row per loan that was on the books at the last year end, with what it is now (see ``_moved``).

    Loans that ended in a month between are on neither tape: what those months left says how.
    """
    states = _states(tape["loan"], tape["repeated_loan"])
    return _moved(tape["opening_loan"], states, tape["loan"], tape["history_exit"])


def arrived(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books that was not on them a submission before; ``arrival`` is granted or appeared."""
    before, now = _open(tape["previous_loan"]), _open(tape["loan"])
    new = now.anti_join(before, "iou_no")
    granted = _same_month(new.start_date, new.snapshot_date)
    return new.select(
        *_rows_of(new),
        "iou_no",
        "days_past_due",
        "five_class",
        "balance",
        arrival=ibis.cases((granted, "granted"), (~granted, "appeared")),
    )


def exits(loan: Any) -> Any:
    """One row per loan that a tape says has ended: how, in which class, and what was disposed of."""
    closed = loan.filter(_is_closed(loan))
    return closed.group_by("iou_no").aggregate(
        loan_status=closed.loan_status.max(),
        five_class=closed.five_class.max(),
        disposal_amount=closed.disposal_amount.max(),
    )


def _moved(opening: Any, states: Any, loan: Any, earlier_exits: Any) -> Any:
    """Where the loans of an earlier book are now: one row per loan of that book. ``states`` are this tape's.

    ``*_then`` is what the earlier tape said; ``days``, ``grade`` and ``balance`` what this one says while the loan is
    on its books (``is_open``). ``exit`` is why it no longer is, null while it is. ``grade_at_exit`` and
    ``disposed_amount`` are of the tape that has the exit. ``months`` lie between the two reporting dates.
    """
    period = loan.aggregate(now=loan.snapshot_date.max())
    book = _open(opening)
    before = book.select(
        *_rows_of(book),
        "iou_no",
        days_then=book.days_past_due,
        grade_then=book.five_class,
        balance_then=book.balance,
        date_then=book.snapshot_date,
    ).cross_join(period)
    moved = before.left_join(states, before.iou_no == states.number).drop("number")
    if earlier_exits is not None:
        # exits are kept for years: those before the year began are left out before they are matched
        dated = earlier_exits.cross_join(opening.aggregate(first_date=opening.snapshot_date.min()))
        later = dated.filter(dated.period > dated.first_date)
        both = later.inner_join(before.select("iou_no", "date_then"), "iou_no")
        since = both.filter(both.period > both.date_then)
        gone = since.group_by(number=since.iou_no).aggregate(
            status_between=since.loan_status.max(),
            grade_between=since.five_class.max(),
            amount_between=since.disposal_amount.max(),
        )
        moved = moved.left_join(gone, moved.iou_no == gone.number).drop("number")
        moved = moved.mutate(
            exit_status=moved.exit_status.fill_null(moved.status_between),
            grade_at_exit=moved.grade_at_exit.fill_null(moved.grade_between),
            disposed_amount=moved.disposed_amount.fill_null(moved.amount_between),
        ).drop("status_between", "grade_between", "amount_between")
    is_open = moved.is_open.fill_null(False)
    named = [(moved.exit_status == status, exit) for status, exit in EXITS.items()]
    return moved.mutate(
        is_open=is_open,
        exit=is_open.ifelse(ibis.null("string"), ibis.cases(*named, else_=VANISHED)),
        months=_month_number(moved.now) - _month_number(moved.date_then),
    ).drop("exit_status", "now", "date_then")


def _states(loan: Any, repeated: Any) -> Any:
    """One row per loan of a tape, at its worst, with what it is while on the books and how it ended if it has.

    Few loans are on a tape twice: only they are put together, since gathering all loans by number costs more than
    matching them does.
    """
    once, again = loan.anti_join(repeated, "loan_row"), loan.semi_join(repeated, "loan_row")
    open_, closed = ~_is_closed(once), _is_closed(once)
    alone = once.select(
        "loan_row",
        number=once.iou_no,
        is_open=open_,
        days=_if(open_, once.days_past_due),
        grade=_if(open_, once.five_class),
        balance=_if(open_, _balance(once)),
        exit_status=_if(closed, once.loan_status),
        grade_at_exit=_if(closed, once.five_class),
        disposed_amount=_if(closed, once.disposal_amount),
    )
    open_, closed = ~_is_closed(again), _is_closed(again)
    gathered = again.group_by(number=again.iou_no).aggregate(
        loan_row=again.loan_row.min(),
        is_open=open_.any(),
        days=again.days_past_due.max(where=open_),
        grade=again.five_class.max(where=open_),
        balance=_balance(again).max(where=open_),
        exit_status=again.loan_status.max(where=closed),
        grade_at_exit=again.five_class.max(where=closed),
        disposed_amount=again.disposal_amount.max(where=closed),
    )
    return ibis.union(alone, gathered.select(*alone.columns))


def _open(loan: Any) -> Any:
    """The rows of loans on the books, with ``balance`` in yuan where the tape gives it."""
    rows = loan.filter(~_is_closed(loan))
    return rows.mutate(balance=_balance(rows))


def _balance(loan: Any) -> Any:
    return ibis.coalesce(loan.balance_cny, loan.balance_amount)


def _if(condition: Any, value: Any) -> Any:
    return ibis.cases((condition, value))


def _rows_of(loan: Any) -> list[str]:
    """The column that says which row of the tape this is, so that a number can be traced to its loans."""
    return [name for name in loan.columns if name.endswith("loan_row")]


def _is_closed(loan: Any) -> Any:
    return loan.loan_status.fill_null("").startswith(CLOSED_PREFIX)


def _same_month(one: Any, other: Any) -> Any:
    return one.truncate("M") == other.truncate("M")


def _month_number(day: Any) -> Any:
    return day.year() * 12 + day.month()


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "first_instalments": first_instalments,
    "disposals": disposals,
    "moved_month": moved_month,
    "moved_year": moved_year,
    "arrived": arrived,
}
