"""Instalments beside each other and beside their loan.

Belongs here: the instalment before, what is still owed before one, a loan's whole schedule. Not here: rules.

A delivery holds the whole schedule of the loans granted in its month, and of others only what fell due in it. So what
is said of a whole schedule (``is_granted_in_period``) is said of loans of the month, revolving lines excepted: they
have no schedule.
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import AMOUNT, BALANCE, on_rows
from schemas.grains.children import LOAN, OF_ITS_LOAN, of_loan
from schemas.grains.loans import few


def granted_in_period(loan: str) -> tuple[dt.DataType, str]:
    """Whether a loan was granted in the month of its reporting date and has a schedule."""
    months = f"date_trunc('month', {loan}.start_date) = date_trunc('month', {loan}.snapshot_date)"
    return dt.boolean, f"{months} AND NOT {loan}.is_revolving"


def of_its_loan(sql: str, when: str = "base.iou_no IS NOT NULL") -> str:
    """A window over the rows of one loan in the order of their numbers; null for rows that name no loan."""
    return f"CASE WHEN {when} THEN {sql} OVER (PARTITION BY base.iou_no ORDER BY base.instalment_no) END"


WITH_LOAN = on_rows(
    "instalment_with_loan",
    "instalment",
    OF_ITS_LOAN
    | of_loan(
        "loan_amount",
        "nominal_annual_pct",
        "instalment_amount",
        "term_count",
        "repay_method",
        "repay_frequency",
        "loan_status",
        "ended_on",
    )
    | {
        "loan_instalments": few("loan.term_count"),
        "loan_last_date": (dt.date, "greatest(loan.maturity_date, loan.extended_maturity_date)"),
        "is_granted_in_period": granted_in_period("loan"),
        "previous_no": (dt.int32, of_its_loan("lag(base.instalment_no)")),
        "previous_due_date": (dt.date, of_its_loan("lag(base.due_date)")),
        "months_since_previous": (
            dt.int64,
            f"date_diff('month', {of_its_loan('lag(base.due_date)')}, base.due_date)",
        ),
        # what is owed before the instalment: known while every one before it is delivered
        "owed_amount": (
            BALANCE,
            "CASE WHEN base.instalment_no = "
            + of_its_loan("count(base.due_principal_amount)")
            + " THEN loan.loan_amount - "
            + of_its_loan("sum(base.due_principal_amount)")
            + " + base.due_principal_amount END",
        ),
    },
    LOAN,
)
WITH_SCHEDULE = on_rows(
    "loan_with_schedule",
    "loan",
    {
        "is_granted_in_period": granted_in_period("base"),
        "last_date": (dt.date, "greatest(base.maturity_date, base.extended_maturity_date)"),
        "schedule_count": (
            dt.int64,
            "CASE WHEN base.iou_no IS NOT NULL THEN coalesce(schedule.schedule_count, 0) END",
        ),
        "schedule_first_no": (dt.int32, "schedule.first_no"),
        "schedule_last_no": (dt.int32, "schedule.last_no"),
        "schedule_last_date": (dt.date, "schedule.last_date"),
        "schedule_principal_amount": (BALANCE, "schedule.principal_amount"),
        "schedule_interest_amount": (BALANCE, "schedule.interest_amount"),
        "schedule_fee_amount": (BALANCE, "schedule.fee_amount"),
        "interest_item_amount": (AMOUNT, "items.interest_amount"),
        "instalment_item_amount": (BALANCE, "items.instalment_amount"),
    },
    "LEFT JOIN (SELECT iou_no, count(*) AS schedule_count, min(instalment_no) AS first_no, "
    "max(instalment_no) AS last_no, max(due_date) AS last_date, "
    + ", ".join(
        f"CASE WHEN count(due_{part}_amount) = count(*) THEN sum(due_{part}_amount) END AS {part}_amount"
        for part in ("principal", "interest", "fee")
    )
    + " FROM tape_instalment WHERE iou_no IS NOT NULL GROUP BY iou_no) AS schedule ON schedule.iou_no = base.iou_no "
    "LEFT JOIN (SELECT iou_no, max(fee_amount) FILTER (fee_type = 'INTEREST' AND fee_case = 'NORMAL') AS "
    "interest_amount, CASE WHEN count(*) FILTER (fee_method = 'PER_INSTALMENT' AND fee_amount IS NULL) = 0 THEN "
    "coalesce(sum(fee_amount) FILTER (fee_method = 'PER_INSTALMENT' AND fee_type <> 'INTEREST'), 0) END AS "
    "instalment_amount FROM tape_fee WHERE iou_no IS NOT NULL GROUP BY iou_no) AS items ON items.iou_no = base.iou_no",
)
