"""Loans, each with what another table says about it, or with what its cash flows cost."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import exists, on_rows

_CONSENTS = ("general", "share")

WITH_INSTITUTION = on_rows(
    "loan_with_institution", "loan", {"has_institution": exists("lender_uscc", "tape_institution")}
)
WITH_PARTNER = on_rows("loan_with_partner", "loan", {"has_partner": exists("partner_agreement_no", "tape_partner")})
WITH_DISCLOSURE = on_rows("loan_with_disclosure", "loan", {"has_disclosure": exists("iou_no", "tape_disclosure")})
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
# null when the loan has no cost items, or one of them is not known
WITH_FEES = on_rows(
    "loan_with_fees",
    "loan",
    {"normal_fee_annual_pct": (dt.Decimal(38, 6), "fees.normal_fee_annual_pct")},
    "LEFT JOIN (SELECT iou_no, CASE WHEN count(*) FILTER (fee_case IS NULL OR (fee_case = 'NORMAL' AND "
    "fee_annual_pct IS NULL)) = 0 THEN coalesce(sum(fee_annual_pct) FILTER (fee_case = 'NORMAL'), 0) END AS "
    "normal_fee_annual_pct FROM tape_fee WHERE iou_no IS NOT NULL GROUP BY iou_no) AS fees "
    "ON fees.iou_no = base.iou_no",
)
# *_on is the first day; a count without a day means that the day is not known
WITH_CONSENT = on_rows(
    "loan_with_consent",
    "loan",
    {
        f"{kind}_consent_{what}": (of, sql.format(kind=kind))
        for kind in _CONSENTS
        for what, of, sql in (
            ("count", dt.int64, "CASE WHEN base.iou_no IS NOT NULL THEN coalesce(consents.{kind}_count, 0) END"),
            ("on", dt.date, "consents.{kind}_on"),
        )
    },
    "LEFT JOIN (SELECT iou_no, "
    + ", ".join(
        f"count(*) FILTER (consent_type = '{kind.upper()}') AS {kind}_count, "
        f"CAST(min(consented_at) FILTER (consent_type = '{kind.upper()}') AS DATE) AS {kind}_on"
        for kind in _CONSENTS
    )
    + " FROM tape_consent WHERE iou_no IS NOT NULL GROUP BY iou_no) AS consents "
    "ON consents.iou_no = base.iou_no",
)
