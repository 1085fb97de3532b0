"""The rows of a child table, each with its loan."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import AMOUNT, PERCENT, on_rows

GRAINS = tuple(
    on_rows(
        f"{table}_with_loan",
        table,
        {
            "has_loan": (dt.boolean, "CASE WHEN base.iou_no IS NOT NULL THEN loan.iou_no IS NOT NULL END"),
            "loan_start_date": (dt.date, "loan.start_date"),
            "loan_all_in_cost_pct": (PERCENT, "loan.all_in_cost_pct"),
            "loan_balance_amount": (AMOUNT, "loan.balance_amount"),
        },
        "LEFT JOIN check_first_loan AS loan ON loan.iou_no = base.iou_no",
    )
    for table in ("fee", "instalment", "disclosure", "consent", "loan_us_auto")
)
