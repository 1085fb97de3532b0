"""Totals: rows that no lender sends, made by summing over those it does."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import BALANCE, on_totals

# one row per partner and its affiliates; lent together with it, in yuan
PARTNER_GROUP = on_totals(
    "partner_group",
    "(SELECT coalesce(partner.partner_group_id, partner.partner_uscc) AS partner_group_id, "
    "sum(loan.balance_cny) AS co_funded_balance_cny FROM check_first_partner AS partner "
    "JOIN tape_loan AS loan ON loan.partner_agreement_no = partner.partner_agreement_no "
    "WHERE loan.coop_mode = 'JOINT' GROUP BY 1)",
    {
        "partner_group_id": (dt.string, "base.partner_group_id"),
        "co_funded_balance_cny": (BALANCE, "base.co_funded_balance_cny"),
        "tier1_net_cny": (BALANCE, "(SELECT sum(tier1_net_amount) FROM tape_institution WHERE currency = 'CNY')"),
    },
    key=("partner_group_id",),
)
# one row; all loans of the delivery, in yuan
DELIVERY = on_totals(
    "delivery",
    "(SELECT sum(balance_cny) AS balance_cny, "
    "sum(balance_cny) FILTER (coop_mode = 'JOINT') AS co_funded_balance_cny, "
    "sum(enhanced_amount) AS enhanced_amount FROM tape_loan)",
    {
        "balance_cny": (BALANCE, "base.balance_cny"),
        "co_funded_balance_cny": (BALANCE, "base.co_funded_balance_cny"),
        "enhanced_amount": (BALANCE, "base.enhanced_amount"),
    },
)
