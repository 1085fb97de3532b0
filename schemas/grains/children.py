"""The rows of a child table, each with its loan and what its loan is known by elsewhere.

Belongs here: the columns that rules on cost items and cost sheets join to a row. Not here: instalments, which are read
beside each other (``schedule``), and consents (``privacy``).
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import AMOUNT, PERCENT, on_rows, tape_columns
from schemas.grains.loans import ITEM_COUNTS, few

LOAN = "LEFT JOIN check_first_loan AS loan ON loan.iou_no = base.iou_no"
WITH_ITEM_COUNTS = f"{LOAN} LEFT JOIN {ITEM_COUNTS} AS items ON items.iou_no = base.iou_no"
WITH_CO_LENDER = (
    f"{LOAN} LEFT JOIN check_first_partner AS partner ON partner.partner_agreement_no = loan.partner_agreement_no"
)
OF_ITS_LOAN = {
    "has_loan": (dt.boolean, "CASE WHEN base.iou_no IS NOT NULL THEN loan.iou_no IS NOT NULL END"),
    "loan_start_date": (dt.date, "loan.start_date"),
    "loan_all_in_cost_pct": (PERCENT, "loan.all_in_cost_pct"),
    "loan_balance_amount": (AMOUNT, "loan.balance_amount"),
}


def of_loan(*names: str) -> dict[str, tuple[dt.DataType, str]]:
    """Columns of the loan, their names beginning with ``loan_``."""
    kinds = tape_columns("loan")
    return {f"loan_{name.removeprefix('loan_')}": (kinds[name], f"loan.{name}") for name in names}


FEE = on_rows(
    "fee_with_loan",
    "fee",
    OF_ITS_LOAN
    | of_loan("loan_amount", "repay_frequency", "enhancer_type", "enhancer_uscc")
    | {
        "loan_instalments": few("loan.term_count"),
        "is_collector_a_lender": (
            dt.boolean,
            "CASE WHEN base.collector_uscc IS NOT NULL THEN "
            "base.collector_uscc IN (SELECT lender_uscc FROM tape_institution WHERE lender_uscc IS NOT NULL) END",
        ),
        "co_lender_uscc": (dt.string, "CASE WHEN loan.coop_mode = 'JOINT' THEN partner.partner_uscc END"),
    },
    WITH_CO_LENDER,
)
DISCLOSURE = on_rows(
    "disclosure_with_loan",
    "disclosure",
    OF_ITS_LOAN
    | of_loan(
        "loan_amount",
        "term_count",
        "shown_method",
        "shown_annual_rate_pct",
        "channel",
        "coop_mode",
        "penalty_rate_pct",
        "is_internet_loan",
    )
    | {
        "normal_fee_count": (dt.int64, "items.normal_item_count"),
        "default_fee_count": (dt.int64, "items.default_item_count"),
    },
    WITH_ITEM_COUNTS,
)
US_AUTO = on_rows("loan_us_auto_with_loan", "loan_us_auto", OF_ITS_LOAN, LOAN)
