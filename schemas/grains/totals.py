"""Totals: rows that no lender sends, made by summing over those it does."""

from __future__ import annotations

from schemas.grains import BALANCE, on_totals
from schemas.grains.partners import CO_FUNDED, OWN_BALANCE_CNY

# one row; all loans of the delivery, in yuan
DELIVERY = on_totals(
    "delivery",
    f"(SELECT sum(loan.balance_cny) AS balance_cny, sum({OWN_BALANCE_CNY}) AS own_balance_cny, "
    f"sum({OWN_BALANCE_CNY}) FILTER ({CO_FUNDED}) AS co_funded_own_balance_cny, "
    "sum(loan.balance_cny) FILTER (loan.enhancer_type IS NOT NULL OR loan.enhanced_amount > 0) AS "
    "enhanced_balance_cny FROM tape_loan AS loan)",
    {
        "balance_cny": (BALANCE, "base.balance_cny"),
        "own_balance_cny": (BALANCE, "base.own_balance_cny"),
        "co_funded_own_balance_cny": (BALANCE, "base.co_funded_own_balance_cny"),
        "enhanced_balance_cny": (BALANCE, "base.enhanced_balance_cny"),
    },
)
