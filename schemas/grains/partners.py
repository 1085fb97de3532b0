"""Loans with their co-operation agreement and their enhancer; agreements with what else is known of the partner.

Belongs here: what rules on partners and their concentration stand on. Not here: sums over a whole delivery (totals).
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import BALANCE, exists, on_rows, on_totals, tape_columns

_AGREEMENT = (
    "partner_uscc", "partner_type", "partner_service", "list_published_on", "list_removed_on", "agreement_from",
    "agreement_to", "agreement_status",
)  # fmt: skip
_ENHANCING = "('ENHANCEMENT', 'RISK_SHARING', 'OTHER')"
# what one loan puts on the lender's own books, in yuan; where the partner's part is not known, all of it
OWN_BALANCE_CNY = (
    "CAST(CASE WHEN loan.currency = 'CNY' THEN coalesce(loan.own_balance_amount, loan.balance_cny) "
    "ELSE CAST(loan.balance_cny AS DECIMAL(38, 2)) * (1 - coalesce(loan.partner_share_fraction, 0)) END "
    "AS DECIMAL(38, 2))"
)
CO_FUNDED = "loan.coop_mode = 'JOINT' AND loan.is_internet_loan IS NOT FALSE"

WITH_PARTNER = on_rows(
    "loan_with_partner",
    "loan",
    {"has_partner": exists("partner_agreement_no", "tape_partner")}
    | {
        name if name.startswith("agreement") else f"agreement_{name}": (
            tape_columns("partner")[name],
            f"partner.{name}",
        )
        for name in _AGREEMENT
    }
    | {
        "enhancer_agreement_count": (
            dt.int64,
            "CASE WHEN base.enhancer_uscc IS NOT NULL THEN coalesce(enhancers.enhancing, 0) END",
        ),
        "enhancer_is_guarantor": (dt.boolean, "enhancers.is_guarantor"),
        "enhancer_is_insurer": (dt.boolean, "enhancers.is_insurer"),
    },
    "LEFT JOIN check_first_partner AS partner ON partner.partner_agreement_no = base.partner_agreement_no "
    f"LEFT JOIN (SELECT partner_uscc, count(*) FILTER (partner_service IN {_ENHANCING}) AS enhancing, "
    "bool_or(partner_type = 'GUARANTOR') AS is_guarantor, bool_or(partner_type = 'INSURER') AS is_insurer "
    "FROM tape_partner WHERE partner_uscc IS NOT NULL GROUP BY partner_uscc) AS enhancers "
    "ON enhancers.partner_uscc = base.enhancer_uscc",
)
# an agreement with what other agreements with the same partner say
WITH_AFFILIATES = on_rows(
    "partner_with_affiliates",
    "partner",
    {
        "is_lender": exists("partner_uscc", "(SELECT lender_uscc AS partner_uscc FROM tape_institution)"),
        "group_count": (dt.int64, "affiliates.group_count"),
        "name_count": (dt.int64, "affiliates.name_count"),
    },
    "LEFT JOIN (SELECT partner_uscc, count(DISTINCT partner_group_id) AS group_count, "
    "count(DISTINCT partner_name) AS name_count FROM tape_partner WHERE partner_uscc IS NOT NULL "
    "GROUP BY partner_uscc) AS affiliates ON affiliates.partner_uscc = base.partner_uscc",
)
# one row per partner and its affiliates; the lender's own part of what is lent together with it, in yuan
PARTNER_GROUP = on_totals(
    "partner_group",
    "(SELECT coalesce(partner.partner_group_id, partner.partner_uscc) AS partner_group_id, "
    f"sum({OWN_BALANCE_CNY}) AS co_funded_own_balance_cny FROM check_first_partner AS partner "
    "JOIN tape_loan AS loan ON loan.partner_agreement_no = partner.partner_agreement_no "
    f"WHERE {CO_FUNDED} GROUP BY 1)",
    {
        "partner_group_id": (dt.string, "base.partner_group_id"),
        "co_funded_own_balance_cny": (BALANCE, "base.co_funded_own_balance_cny"),
        "tier1_net_cny": (BALANCE, "(SELECT sum(tier1_net_amount) FROM tape_institution WHERE currency = 'CNY')"),
    },
    key=("partner_group_id",),
)
