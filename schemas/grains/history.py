"""What is totalled over every delivery and kept, so that later periods can be compared with the ones before them.

Belongs here: the totals, and the grains that compare them. Not here: computing and keeping them
(``loantape.checking.history``). While checking, ``check_totals(name, value)`` holds this delivery's totals and
``check_history(period, name, value)`` those of up to twelve earlier periods.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.datatypes as dt

from schemas.grains import on_totals

_TOTAL = dt.Decimal(38, 6)
# fields that lenders may leave empty, whose emptiness should not come and go
OPTIONAL = (
    "accrued_interest_amount", "all_in_cost_pct", "apply_region", "birth_year", "due_in_period_amount",
    "instalment_amount", "nationality", "next_due_date", "payment_status_24m", "penalty_rate_pct", "provision_amount",
)  # fmt: skip


def _share(of: str, where: str) -> str:
    """A part of a sum of amounts, percent; null where the sum is not above zero."""
    return f"100 * coalesce(sum({of}) FILTER ({where}), 0) / CASE WHEN sum({of}) > 0 THEN sum({of}) END"


# name to its SQL aggregate over tape_loan; each is kept as DECIMAL(38,6)
TOTALS: Mapping[str, str] = {
    "loans": "count(*)",
    "balance": "sum(balance_amount)",
    "granted": "sum(drawn_amount)",
    "average_loan": "sum(loan_amount) / nullif(count(loan_amount), 0)",
    "average_rate_pct": "sum(balance_amount * nominal_annual_pct) / CASE WHEN sum(balance_amount) > 0 "
    "THEN sum(balance_amount) END",
    "overdue_share_pct": _share("balance_amount", "days_past_due > 0"),
    "bad_share_pct": _share("balance_amount", "five_class IN ('3', '4', '5')"),
    "provision_share_pct": "100 * sum(provision_amount) / CASE WHEN sum(balance_amount) > 0 THEN sum(balance_amount) "
    "END",
} | {f"without_{name}_pct": f"100.0 * count(*) FILTER ({name} IS NULL) / nullif(count(*), 0)" for name in OPTIONAL}

# one row per total of this delivery, beside its median and its median absolute deviation in the periods before;
# a total that a period did not have is none of it
DELIVERY_TOTAL = on_totals(
    "delivery_total",
    "(SELECT now.name, now.value, count(before.value) AS earlier_count, "
    "median(before.value) AS median_value, mad(before.value) AS mad_value FROM check_totals AS now "
    "LEFT JOIN check_history AS before ON before.name = now.name GROUP BY now.name, now.value)",
    {
        "total_name": (dt.string, "base.name"),
        "total_value": (_TOTAL, "base.value"),
        "earlier_count": (dt.int64, "base.earlier_count"),
        "median_value": (_TOTAL, "CAST(base.median_value AS DECIMAL(38, 6))"),
        "mad_value": (_TOTAL, "CAST(base.mad_value AS DECIMAL(38, 6))"),
    },
    key=("total_name",),
    needs_history=True,
)
