"""Consents with their loan and recipient; loans with their consents and the first report against the borrower."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import on_rows
from schemas.grains.children import LOAN, OF_ITS_LOAN, of_loan

_CONSENTS = ("general", "share", "credit_query")
# one row per name: a partner with several agreements is listed if one of them is
_RECIPIENTS = (
    "(SELECT partner_name, bool_or(is_on_list) AS is_on_list FROM tape_partner WHERE partner_name IS NOT NULL "
    "GROUP BY partner_name)"
)
# of the 24 months, the oldest first, the end of the first one in arrears; the first ever was then or before
_FIRST_ADVERSE = (
    "CASE WHEN regexp_matches(base.payment_status_24m, '[1-7]') THEN last_day(CAST(date_trunc('month', "
    "base.snapshot_date) - to_months(23 - CAST(length(regexp_extract(base.payment_status_24m, '^[^1-7]*')) "
    "AS INTEGER)) AS DATE)) END"
)

CONSENT_WITH_LOAN = on_rows(
    "consent_with_loan",
    "consent",
    OF_ITS_LOAN
    | of_loan("is_internet_loan", "ended_on", "coop_mode", "partner_agreement_no")
    | {
        "loan_last_maturity_date": (dt.date, "greatest(loan.maturity_date, loan.extended_maturity_date)"),
        "has_recipient": (
            dt.boolean,
            "CASE WHEN base.recipient_name IS NOT NULL THEN recipient.partner_name IS NOT NULL END",
        ),
        "recipient_is_on_list": (dt.boolean, "recipient.is_on_list"),
    },
    f"{LOAN} LEFT JOIN {_RECIPIENTS} AS recipient ON recipient.partner_name = base.recipient_name",
)
# *_on is the first day; a count without a day means that the day is not known
LOAN_WITH_CONSENT = on_rows(
    "loan_with_consent",
    "loan",
    {
        f"{kind}_consent_{what}": (of, sql.format(kind=kind))
        for kind in _CONSENTS
        for what, of, sql in (
            ("count", dt.int64, "CASE WHEN base.iou_no IS NOT NULL THEN coalesce(consents.{kind}_count, 0) END"),
            ("on", dt.date, "consents.{kind}_on"),
        )
    }
    | {"first_adverse_month_end": (dt.date, _FIRST_ADVERSE)},
    "LEFT JOIN (SELECT iou_no, "
    + ", ".join(
        f"count(*) FILTER (consent_type = '{kind.upper()}') AS {kind}_count, "
        f"CAST(min(consented_at) FILTER (consent_type = '{kind.upper()}') AS DATE) AS {kind}_on"
        for kind in _CONSENTS
    )
    + " FROM tape_consent WHERE iou_no IS NOT NULL GROUP BY iou_no) AS consents "
    "ON consents.iou_no = base.iou_no",
)
