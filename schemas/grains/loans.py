"""Loans, each with what another table says about it, or with what its cash flows cost."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import BALANCE, exists, on_rows


def few(column: str) -> tuple[dt.DataType, str]:
    """A count that amounts can be multiplied with in 38 digits; null where no schedule is so long."""
    return dt.Decimal(38, 0), f"CAST(CASE WHEN {column} BETWEEN 0 AND 9999 THEN {column} END AS DECIMAL(38, 0))"


WITH_INSTITUTION = on_rows(
    "loan_with_institution", "loan", {"has_institution": exists("lender_uscc", "tape_institution")}
)
WITH_DISCLOSURE = on_rows(
    "loan_with_disclosure",
    "loan",
    {
        "has_disclosure": exists("iou_no", "tape_disclosure"),
        "signed_sheet_count": (dt.int64, "sheets.signed_sheet_count"),
    },
    "LEFT JOIN (SELECT iou_no, count(*) FILTER (contract_signed_at IS NOT NULL) AS signed_sheet_count "
    "FROM tape_disclosure WHERE iou_no IS NOT NULL GROUP BY iou_no) AS sheets ON sheets.iou_no = base.iou_no",
)
WITH_PRICING = on_rows(
    "loan_with_pricing",
    "loan",
    {
        "simple_annual_pct": (dt.Decimal(18, 8), "pricing.simple_annual_pct"),
        "irr_annual_pct": (dt.Decimal(18, 8), "pricing.irr_annual_pct"),
    },
    'LEFT JOIN loan_pricing AS pricing ON pricing."row" = base.rowid',
    needs_pricing=True,
)
# how many cost items a loan has, by case; an item whose case is not known counts in neither
ITEM_COUNTS = (
    "(SELECT iou_no, count(*) FILTER (fee_case = 'NORMAL') AS normal_item_count, "
    "count(*) FILTER (fee_case = 'DEFAULT') AS default_item_count FROM tape_fee WHERE iou_no IS NOT NULL "
    "GROUP BY iou_no)"
)


def _known_sum(column: str, where: str, unless: str) -> str:
    """The sum over some items; null where one of them is not known."""
    return f"CASE WHEN count(*) FILTER ({unless}) = 0 THEN coalesce(sum({column}) FILTER ({where}), 0) END"


# what the cost items of a loan say together: null when it has none, or one of those that count is not known
_FEES = {
    "normal_fee_annual_pct": (
        dt.Decimal(38, 6),
        _known_sum(
            "fee_annual_pct",
            "fee_case = 'NORMAL'",
            "fee_case IS NULL OR (fee_case = 'NORMAL' AND fee_annual_pct IS NULL)",
        ),
    ),
    "normal_fee_amount": (
        BALANCE,
        _known_sum(
            "fee_amount", "fee_case = 'NORMAL'", "fee_case IS NULL OR (fee_case = 'NORMAL' AND fee_amount IS NULL)"
        ),
    ),
    "upfront_fee_amount": (
        BALANCE,
        _known_sum(
            "fee_amount",
            "fee_method = 'UPFRONT'",
            "fee_method IS NULL OR (fee_method = 'UPFRONT' AND fee_amount IS NULL)",
        ),
    ),
    "interest_item_count": (dt.int64, "count(*) FILTER (fee_type = 'INTEREST')"),
    "interest_item_annual_pct": (dt.Decimal(12, 6), "max(fee_annual_pct) FILTER (fee_type = 'INTEREST')"),
    "penalty_item_count": (dt.int64, "count(*) FILTER (fee_type = 'PENALTY')"),
    "penalty_item_annual_pct": (dt.Decimal(12, 6), "max(fee_annual_pct) FILTER (fee_type = 'PENALTY')"),
}
WITH_FEES = on_rows(
    "loan_with_fees",
    "loan",
    {name: (kind, f"fees.{name}") for name, (kind, _) in _FEES.items()}
    | {
        "fee_count": (dt.int64, "CASE WHEN base.iou_no IS NOT NULL THEN coalesce(fees.fee_count, 0) END"),
        "instalments": few("base.term_count"),
    },
    "LEFT JOIN (SELECT iou_no, count(*) AS fee_count, "
    + ", ".join(f"{sql} AS {name}" for name, (_, sql) in _FEES.items())
    + " FROM tape_fee WHERE iou_no IS NOT NULL GROUP BY iou_no) AS fees ON fees.iou_no = base.iou_no",
)
