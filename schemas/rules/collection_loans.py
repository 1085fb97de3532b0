"""Which loans are collected: something is overdue, is still owed, and the contact is of the period.

Belongs here: the time of a contact against the dates of its loan. Not here: the hour, the person and the agency
(``collection``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, EVERYWHERE, implies, rule
from schemas.rules.collection import GUIDE, GUIDE_SINCE, NOTHING_LEFT, STANDARD, STANDARD_SINCE


@rule(
    "COL-011",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=GUIDE_SINCE,
    fields=("contacted_at", "loan_days_past_due", "loan_last_paid_on"),
    cites=f"{GUIDE}: collection is of what is overdue; {STANDARD}, 4",
    confidence=Confidence.SECONDARY,
    en="A loan that is not past due is collected only before a payment that followed.",
    zh="对报送日未逾期的贷款，催收应发生在其后的还款之前。",
    says=(
        "contact of {contacted_at}; {loan_days_past_due} days past due, last paid {loan_last_paid_on}",
        "催收时间{contacted_at}；逾期{loan_days_past_due}天，最近还款{loan_last_paid_on}",
    ),
    passes=[
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 1},
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 0, "loan_last_paid_on": "2026-10-05"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 0, "loan_last_paid_on": "2026-10-06"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 30, "loan_last_paid_on": "2026-10-01"},
        {"contacted_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 0, "loan_last_paid_on": "2026-10-04"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_days_past_due": 0},
        {"contacted_at": "2026-10-31 20:00:00", "loan_days_past_due": 0, "loan_last_paid_on": "2025-10-31"},
    ],
)
def collected_while_overdue(contact: Any, limits: Any) -> Any:
    paid_since = (contact.contacted_at.date() <= contact.loan_last_paid_on).fill_null(False)
    return implies(contact.loan_days_past_due == 0, paid_since)


@rule(
    "COL-012",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=GUIDE_SINCE,
    fields=("contacted_at", "loan_overdue_since"),
    cites=f"{GUIDE}: collection is of what is overdue",
    confidence=Confidence.SECONDARY,
    en="An overdue loan is collected after the day since when it is overdue, not before.",
    zh="对逾期贷款的催收应在逾期发生之后。",
    says=(
        "contact of {contacted_at}, overdue since {loan_overdue_since}",
        "催收时间{contacted_at}，逾期自{loan_overdue_since}",
    ),
    passes=[
        {"contacted_at": "2026-10-05 10:00:00", "loan_overdue_since": "2026-10-04"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_overdue_since": "2026-01-04"},
        {"contacted_at": "2026-10-05 10:00:00"},
        {"loan_overdue_since": "2026-10-04"},
    ],
    fails=[
        {"contacted_at": "2026-10-05 10:00:00", "loan_overdue_since": "2026-10-05"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_overdue_since": "2026-10-06"},
        {"contacted_at": "2026-10-05 23:59:59", "loan_overdue_since": "2026-12-05"},
    ],
)
def collected_after_it_fell_due(contact: Any, limits: Any) -> Any:
    return contact.contacted_at.date() > contact.loan_overdue_since


@rule(
    "COL-013",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=GUIDE_SINCE,
    fields=("contacted_at", "loan_ended_on", "loan_status"),
    cites=f"{GUIDE}: collection is of what is owed",
    confidence=Confidence.SECONDARY,
    en="Nothing is collected on a loan after it was settled or transferred.",
    zh="贷款结清或转让后不得再催收。",
    says=(
        "contact of {contacted_at}, status {loan_status} since {loan_ended_on}",
        "催收时间{contacted_at}，贷款于{loan_ended_on}终结（{loan_status}）",
    ),
    passes=[
        {"contacted_at": "2026-10-05 10:00:00", "loan_ended_on": "2026-10-05", "loan_status": "LF01"},
        {"contacted_at": "2026-10-04 10:00:00", "loan_ended_on": "2026-10-05", "loan_status": "LF04"},
        {"contacted_at": "2026-10-06 10:00:00", "loan_ended_on": "2026-10-05", "loan_status": "LF02"},
        {"contacted_at": "2026-10-06 10:00:00", "loan_status": "LF01"},
        {"contacted_at": "2026-10-06 10:00:00", "loan_status": "LS03"},
    ],
    fails=[
        {"contacted_at": "2026-10-06 00:00:00", "loan_ended_on": "2026-10-05", "loan_status": "LF01"},
        {"contacted_at": "2026-10-06 10:00:00", "loan_ended_on": "2026-10-05", "loan_status": "LF04"},
        {"contacted_at": "2026-10-31 10:00:00", "loan_ended_on": "2026-09-30", "loan_status": "LF01"},
    ],
)
def not_collected_after_the_end(contact: Any, limits: Any) -> Any:
    return implies(contact.loan_status.isin(NOTHING_LEFT), contact.contacted_at.date() <= contact.loan_ended_on)


@rule(
    "COL-014",
    on="contact",
    jurisdictions=EVERYWHERE,
    fields=("contacted_at",),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="A contact was made by the reporting date.",
    zh="催收时间不得晚于报送日期。",
    says=("contact of {contacted_at}", "催收时间{contacted_at}"),
    passes=[{"contacted_at": "2026-10-31 23:59:59"}, {"contacted_at": "2026-10-01 00:00:00"}, {"iou_no": "A"}],
    fails=[
        {"contacted_at": "2026-11-01 00:00:00"},
        {"contacted_at": "2026-12-31 10:00:00"},
        {"contacted_at": "2027-10-01 10:00:00"},
    ],
)
def contacted_by_the_reporting_date(contact: Any, limits: Any) -> Any:
    return contact.contacted_at.date() <= limits.period


@rule(
    "COL-015",
    on="contact",
    jurisdictions=EVERYWHERE,
    severity=Severity.WARNING,
    fields=("contacted_at",),
    cites="The table holds the contacts of the period",
    confidence=Confidence.OWN,
    en="A contact was made in the month of the reporting date.",
    zh="催收时间应在报送当月。",
    says=("contact of {contacted_at}", "催收时间{contacted_at}"),
    passes=[{"contacted_at": "2026-10-01 00:00:00"}, {"contacted_at": "2026-10-31 23:59:59"}, {"iou_no": "A"}],
    fails=[
        {"contacted_at": "2026-09-30 23:59:59"},
        {"contacted_at": "2025-10-15 10:00:00"},
        {"contacted_at": "2026-01-31 10:00:00"},
    ],
)
def contacted_in_the_month(contact: Any, limits: Any) -> Any:
    return contact.contacted_at.date() >= limits.period.replace(day=1)


@rule(
    "COL-016",
    on="contact_with_loan",
    jurisdictions=CHINA,
    fields=("contacted_at", "loan_start_date"),
    cites="Nothing is owed before the grant",
    confidence=Confidence.OWN,
    en="Nothing is collected on a loan before it was granted.",
    zh="催收时间不得早于贷款发放日期。",
    says=("contact of {contacted_at}, granted {loan_start_date}", "催收时间{contacted_at}，发放日期{loan_start_date}"),
    passes=[
        {"contacted_at": "2026-10-05 00:00:00", "loan_start_date": "2026-10-05"},
        {"contacted_at": "2026-10-05 10:00:00", "loan_start_date": "2026-10-04"},
        {"contacted_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"contacted_at": "2026-10-04 23:59:59", "loan_start_date": "2026-10-05"},
        {"contacted_at": "2025-10-05 10:00:00", "loan_start_date": "2026-10-05"},
        {"contacted_at": "2026-10-31 10:00:00", "loan_start_date": "2026-11-01"},
    ],
)
def not_collected_before_the_grant(contact: Any, limits: Any) -> Any:
    return contact.contacted_at.date() >= contact.loan_start_date


@rule(
    "COL-017",
    on="contact_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=STANDARD_SINCE,
    fields=("agency_uscc", "loan_lender_uscc"),
    cites=f"{STANDARD}, 5.4: an agency is a third party",
    confidence=Confidence.SECONDARY,
    en="The agency that collects is not the lender itself.",
    zh="委外催收机构不应为贷款人自身。",
    says=("agency and lender are both {agency_uscc}", "委外机构与贷款人均为{agency_uscc}"),
    passes=[
        {"agency_uscc": "91310115MA1K3X7Y65", "loan_lender_uscc": "91100000100003962T"},
        {"agency_uscc": "91310115MA1K3X7Y65"},
        {"loan_lender_uscc": "91100000100003962T"},
    ],
    fails=[
        {"agency_uscc": "91100000100003962T", "loan_lender_uscc": "91100000100003962T"},
        {"agency_uscc": "91310115MA1K3X7Y65", "loan_lender_uscc": "91310115MA1K3X7Y65"},
        {"agency_uscc": "X", "loan_lender_uscc": "X"},
    ],
)
def agency_is_not_the_lender(contact: Any, limits: Any) -> Any:
    return contact.agency_uscc != contact.loan_lender_uscc
