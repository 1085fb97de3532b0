"""What happened in the months of the year so far: loans granted, become non-performing, paid by guarantors.

Belongs here: the relations that G09's lines of the year to date are said of, and when they cannot be made. Not here:
the list of lines (items.py), the figures (outgoing.py). The descriptions [S] name the lines and say nothing of how they
are made: what is counted here, and when, is ours.

Each month is read from its own tape. A loan is counted in the first of the year's tapes that has it, so that one
delivered late is counted once, and in no month twice. Where a month is missing nothing is counted: no part stands for
the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from loantape.declare import FilingContext, Period
from transforms.delinquency.classes import NON_PERFORMING
from transforms.grains_delinquency import CLOSED_PREFIX

GRANTED, FORMED, PAID = "g09_granted", "g09_formed", "g09_paid"
OPENING = 0  # the month whose end the year begins with
PURPOSE = "CASE WHEN loan.product_class = 'F022' THEN 'B' ELSE 'A' END"
_OURS = "CASE WHEN loan.coop_mode = 'JOINT' THEN 1 - loan.partner_share_fraction ELSE 1 END"
_YUAN = "CASE WHEN loan.currency = 'CNY' THEN 1 ELSE loan.balance_cny / nullif(loan.balance_amount, 0) END"


def own_cny(amount: str) -> str:
    """SQL: the bank's own part of an amount of ``loan``, in yuan; null where its share or the rate is unknown.

    The share is that of the agreement and the rate that of the tape: the loan may have no balance left to divide.
    """
    part = f"CAST({amount} AS DECIMAL(26, 2)) * TRY_CAST(({_OURS}) * ({_YUAN}) AS DECIMAL(14, 12))"
    whole = "loan.currency = 'CNY' AND loan.coop_mode IS DISTINCT FROM 'JOINT'"
    return f"CAST(CASE WHEN {whole} THEN {amount} ELSE {part} END AS DECIMAL(20, 2))"


def missing(context: FilingContext, since: int = OPENING + 1) -> tuple[Period, ...]:
    """The months from ``since`` to the one before the reported whose tape is not there."""
    there = {int(at.removeprefix("month_")) for at in context.year}
    return tuple(_month(context, n) for n in range(since, context.period.date.month) if n not in there)


def why_empty(context: FilingContext, since: int) -> str:
    """Why lines that need the months from ``since`` on have no figure; empty when they have one."""
    if not context.period.is_month_end:
        return f"{context.period} is not the end of a month · 报告日不是月末"
    listed = ", ".join(map(str, missing(context, since)))
    return f"EMPTY: no submission of {listed} · 未填：缺少{listed}的报送批次" if listed else ""


def prepare_year(con: Any, context: FilingContext) -> None:
    """The relations whose months are all there; the others are not made."""
    if not why_empty(context, OPENING + 1):
        con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {GRANTED} AS {' UNION ALL '.join(_granted(context))}")
        con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {PAID} AS {' UNION ALL '.join(_paid(context))}")
    if not why_empty(context, OPENING):
        con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {FORMED} AS {' UNION ALL '.join(_formed(context))}")


def _month(context: FilingContext, number: int) -> Period:
    """The last day of a month of the reported year; 0 is December before."""
    return Period.parse(f"{context.period.date.year - (number == OPENING)}-{number or 12:02}")


def tapes(context: FilingContext) -> dict[str, tuple[Period, str]]:
    """The tapes of the year so far in their order: number of the month to its last day and its table of loans."""
    return {f"{n:02}": (_month(context, n), _tape(context, n)) for n in _months(context)}


def _tape(context: FilingContext, number: int) -> str:
    return "tape_loan" if number == context.period.date.month else f"month_{number:02}.tape_loan"


def _months(context: FilingContext) -> range:
    return range(OPENING + 1, context.period.date.month + 1)


def _in_year(context: FilingContext, day: str, number: int) -> str:
    """SQL: a day in the year and not after the end of one of its months."""
    first = _month(context, OPENING).date.isoformat()
    return f"{day} > DATE '{first}' AND {day} <= DATE '{_month(context, number).date.isoformat()}'"


def _not_seen(context: FilingContext, number: int, said: Callable[[int], str]) -> str:
    """SQL: none of the year's earlier tapes counts this loan by what is ``said`` of ``seen`` in it."""
    return "".join(
        f" AND NOT EXISTS (SELECT seen.iou_no FROM {_tape(context, n)} AS seen WHERE seen.iou_no = loan.iou_no"
        f" AND seen.is_internet_loan AND {said(n)})"
        for n in range(OPENING + 1, number)
    )


def _granted(context: FilingContext) -> Iterator[str]:
    """Loans by the first tape that has them: own part of the amount granted, and a year's interest on it, each
    to the cent."""
    own, rate = own_cny("loan.loan_amount"), "loan.nominal_annual_pct"
    for n in _months(context):
        seen = _not_seen(context, n, partial(_in_year, context, "seen.start_date"))
        yield (
            f"SELECT loan.lender_uscc, loan.borrower_pid, {PURPOSE} AS purpose,"
            " coalesce(loan.grant_type, '') = 'RESTRUCTURED' AS is_restructured,"
            f" {own} AS own_cny, CAST(CAST({own} AS DECIMAL(24, 2)) * {rate} / 100 AS DECIMAL(24, 2)) AS interest_cny"
            f" FROM {_tape(context, n)} AS loan"
            f" WHERE loan.is_internet_loan AND {_in_year(context, 'loan.start_date', n)}{seen}"
        )


def _paid(context: FilingContext) -> Iterator[str]:
    """Payments of guarantors by the first tape that has them: own part of the amount paid."""

    def said(number: int) -> str:
        same = "seen.disposal_type = 'PAID_BY_GUARANTOR' AND seen.disposal_date = loan.disposal_date"
        return f"{same} AND {_in_year(context, 'seen.disposal_date', number)}"

    for n in _months(context):
        seen = _not_seen(context, n, said)
        yield (
            f"SELECT loan.lender_uscc, {PURPOSE} AS purpose, {own_cny('loan.disposal_amount')} AS own_cny"
            f" FROM {_tape(context, n)} AS loan WHERE loan.is_internet_loan"
            f" AND loan.disposal_type = 'PAID_BY_GUARANTOR' AND {_in_year(context, 'loan.disposal_date', n)}{seen}"
        )


def _formed(context: FilingContext) -> Iterator[str]:
    """Loans that are non-performing in a month's tape and were not in the one before: own part of the balance, or of
    what was disposed of when none is left. What was repaid within the month is in neither."""
    bad = ", ".join(f"'{code}'" for code in NON_PERFORMING)
    balance, gone = own_cny("loan.balance_amount"), own_cny("loan.disposal_amount")
    closed = f"starts_with(coalesce(loan.loan_status, ''), '{CLOSED_PREFIX}')"
    for n in _months(context):
        yield (
            f"SELECT loan.lender_uscc, {PURPOSE} AS purpose,"
            f" CASE WHEN {closed} THEN {gone} ELSE {balance} END AS own_cny"
            f" FROM {_tape(context, n)} AS loan LEFT JOIN (SELECT before.iou_no AS iou_no, min(before.five_class) AS"
            f" five_class FROM {_tape(context, n - 1)} AS before GROUP BY before.iou_no) AS earlier"
            f" ON earlier.iou_no = loan.iou_no WHERE loan.is_internet_loan AND loan.five_class IN ({bad})"
            f" AND coalesce(earlier.five_class, '') NOT IN ({bad}) AND coalesce(loan.loan_status, '') <> 'LF01'"
        )
