"""Loans beside what the submission before this one said of them."""

from __future__ import annotations

from schemas.grains import exists, on_previous, on_rows, tape_columns

_JOIN = "LEFT JOIN check_first_previous_loan AS previous_loan ON previous_loan.iou_no = base.iou_no"
_CARRIED = ("start_date", "loan_amount", "balance_amount", "cumulative_arrears_count")

WITH_PREVIOUS = on_rows(
    "loan_with_previous",
    "loan",
    {f"previous_{name}": (tape_columns("loan")[name], f"previous_loan.{name}") for name in _CARRIED},
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
