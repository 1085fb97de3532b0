"""Contacts and complaints, each with the loan it is about and, for an agency, with its agreement."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import on_rows, tape_columns
from schemas.grains.children import LOAN, of_loan

HAS_LOAN = (dt.boolean, "CASE WHEN base.iou_no IS NOT NULL THEN loan.iou_no IS NOT NULL END")
# an agency may have several agreements: it is listed if one of them is, and its time is from the first to the last
_AGENCIES = (
    "(SELECT partner_uscc, bool_or(is_on_list) AS is_on_list, min(agreement_from) AS agreement_from, "
    "max(agreement_to) AS agreement_to FROM tape_partner "
    "WHERE partner_service = 'COLLECTION' AND partner_uscc IS NOT NULL GROUP BY partner_uscc)"
)

CONTACT_WITH_LOAN = on_rows(
    "contact_with_loan",
    "contact",
    {"has_loan": HAS_LOAN}
    | of_loan("lender_uscc", "loan_status", "days_past_due", "start_date", "last_paid_on", "ended_on")
    | {
        "loan_overdue_since": (dt.date, "least(loan.principal_overdue_since, loan.interest_overdue_since)"),
        "has_agency": (
            dt.boolean,
            "CASE WHEN base.agency_uscc IS NOT NULL THEN agency.partner_uscc IS NOT NULL END",
        ),
        "agency_is_on_list": (dt.boolean, "agency.is_on_list"),
        "agency_agreement_from": (tape_columns("partner")["agreement_from"], "agency.agreement_from"),
        "agency_agreement_to": (tape_columns("partner")["agreement_to"], "agency.agreement_to"),
    },
    f"{LOAN} LEFT JOIN {_AGENCIES} AS agency ON agency.partner_uscc = base.agency_uscc",
)
COMPLAINT_WITH_LOAN = on_rows(
    "complaint_with_loan", "complaint", {"has_loan": HAS_LOAN} | of_loan("start_date", "coop_mode"), LOAN
)
