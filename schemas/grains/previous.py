"""Loans beside what the submission before this one said of them, and the institutions' books beside its own.

Belongs here: everything joined to the catalog ``previous``, once: ``previous_<field>`` for each field a rule compares.
Not here: totals of more than one earlier period (``history``).
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import BALANCE, exists, on_previous, on_rows, on_totals, tape_columns

_JOIN = "LEFT JOIN check_first_previous_loan AS previous_loan ON previous_loan.iou_no = base.iou_no"
_PERIOD = "(SELECT max(snapshot_date) FROM previous.tape_loan)"
_NEXT_MONTH = "date_trunc('month', {now}) = date_trunc('month', {before}) + INTERVAL 1 MONTH"
_CARRIED = (
    "adverse_notice_at", "balance_amount", "birth_year", "borrower_pid", "class_changed_on", "contract_no", "coop_mode",
    "cumulative_arrears_count", "currency", "current_term", "days_past_due", "extension_count", "five_class",
    "grant_type", "id_type", "interest_overdue_since", "is_internet_loan", "is_restructured", "is_revolving",
    "last_paid_on", "lender_uscc", "loan_amount", "loan_status", "maturity_date", "net_proceeds_amount",
    "nominal_annual_pct", "overdue_interest_amount", "overdue_principal_amount", "own_balance_amount",
    "partner_agreement_no", "payment_status_24m", "principal_overdue_since", "product_class", "product_name",
    "provision_amount", "rate_type", "repay_frequency", "repay_method", "restructure_count", "restructured_on",
    "shown_annual_rate_pct", "shown_method", "snapshot_date", "start_date", "term_count",
)  # fmt: skip

WITH_PREVIOUS = on_rows(
    "loan_with_previous",
    "loan",
    {f"previous_{name}": (tape_columns("loan")[name], f"previous_loan.{name}") for name in _CARRIED}
    | {
        "has_previous": (
            dt.boolean,
            "CASE WHEN base.iou_no IS NOT NULL THEN previous_loan.iou_no IS NOT NULL END",
        ),
        # the reporting date before this one, and whether that was the month before
        "previous_period": (dt.date, _PERIOD),
        "is_next_month": (dt.boolean, _NEXT_MONTH.format(now="base.snapshot_date", before=_PERIOD)),
        # extended or restructured since; a count that is not sent is none
        "has_new_terms": (
            dt.boolean,
            "CASE WHEN previous_loan.iou_no IS NOT NULL THEN "
            "coalesce(base.extension_count, 0) > coalesce(previous_loan.extension_count, 0) "
            "OR coalesce(base.restructure_count, 0) > coalesce(previous_loan.restructure_count, 0) END",
        ),
    },
    _JOIN,
    needs_previous=True,
)
US_AUTO_WITH_PREVIOUS = on_rows(
    "loan_us_auto_with_previous",
    "loan_us_auto",
    {"previous_closing_balance_amount": (tape_columns("loan")["balance_amount"], "previous_loan.balance_amount")},
    _JOIN,
    needs_previous=True,
)
WITHOUT_CURRENT = on_previous("previous_without_current", "loan", {"is_in_current": exists("iou_no", "tape_loan")})
# one row; what all institutions say they began with, and what they ended with the month before
BOOKS_WITH_PREVIOUS = on_totals(
    "books_with_previous",
    "(SELECT sum(opening_balance_amount) AS opening_balance_amount, max(snapshot_date) AS snapshot_date, "
    "(SELECT sum(loan_balance_amount) FROM previous.tape_institution) AS previous_closing_balance_amount, "
    "(SELECT max(snapshot_date) FROM previous.tape_institution) AS previous_period FROM tape_institution)",
    {
        "opening_balance_amount": (BALANCE, "base.opening_balance_amount"),
        "previous_closing_balance_amount": (BALANCE, "base.previous_closing_balance_amount"),
        "is_next_month": (
            dt.boolean,
            _NEXT_MONTH.format(now="base.snapshot_date", before="base.previous_period"),
        ),
    },
    needs_previous=True,
)
