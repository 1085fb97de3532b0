"""Loans beside everything else that their borrower, and the group the borrower belongs to, owes the lender.

Belongs here: sums per borrower and group, in yuan. Not here: what rules make of them.
"""

from __future__ import annotations

from schemas.grains import BALANCE, on_rows

CONSUMER = ("F0219", "F02131", "F02132", "F042")  # classes of loans for consumption
BUSINESS = "F022"
INTERNET = "F0219"  # internet loans for consumption are of this class

_CONSUMER = f"product_class IN {CONSUMER}"
_SUMS = {
    "consumer_balance_cny": f"sum(balance_cny) FILTER ({_CONSUMER})",
    "internet_consumer_balance_cny": f"sum(balance_cny) FILTER (product_class = '{INTERNET}' AND is_internet_loan)",
    "business_balance_cny": f"sum(balance_cny) FILTER (product_class = '{BUSINESS}')",
    "all_balance_cny": "sum(balance_cny)",
}
# one row per borrower with several IOUs: for one alone the loan's own balance is the sum
_BORROWERS = (
    "(SELECT borrower_pid, "
    + ", ".join(f"{sql} AS {name}" for name, sql in _SUMS.items())
    + " FROM tape_loan WHERE borrower_pid IS NOT NULL GROUP BY borrower_pid HAVING count(*) > 1)"
)
_GROUPS = (
    "(SELECT connected_group_id, sum(balance_cny) AS group_balance_cny FROM tape_loan "
    "WHERE connected_group_id IS NOT NULL GROUP BY connected_group_id)"
)


def _alone(condition: str) -> str:
    return f"CASE WHEN {condition} THEN base.balance_cny END"


WITH_BORROWER = on_rows(
    "loan_with_borrower",
    "loan",
    {
        "borrower_consumer_balance_cny": (
            BALANCE,
            "CASE WHEN borrower.borrower_pid IS NOT NULL THEN borrower.consumer_balance_cny "
            f"ELSE {_alone(f'base.{_CONSUMER}')} END",
        ),
        "borrower_internet_balance_cny": (
            BALANCE,
            "CASE WHEN borrower.borrower_pid IS NOT NULL THEN borrower.internet_consumer_balance_cny "
            f"ELSE {_alone(f'base.product_class = {INTERNET!r} AND base.is_internet_loan')} END",
        ),
        "borrower_business_balance_cny": (
            BALANCE,
            "CASE WHEN borrower.borrower_pid IS NOT NULL THEN borrower.business_balance_cny "
            f"ELSE {_alone(f'base.product_class = {BUSINESS!r}')} END",
        ),
        "borrower_balance_cny": (BALANCE, "coalesce(borrower.all_balance_cny, base.balance_cny)"),
        "group_balance_cny": (BALANCE, "groups.group_balance_cny"),
        "net_assets_cny": (BALANCE, "(SELECT sum(net_assets_amount) FROM tape_institution WHERE currency = 'CNY')"),
    },
    f"LEFT JOIN {_BORROWERS} AS borrower ON borrower.borrower_pid = base.borrower_pid "
    f"LEFT JOIN {_GROUPS} AS groups ON groups.connected_group_id = base.connected_group_id",
)
