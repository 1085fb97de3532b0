"""What must be agreed and said before the credit bureau learns of somebody.

Belongs here: consent to a query, and that the notice came before the first adverse report. Not here: what the bureau is
told, and that there is a notice (``bureau``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.privacy_letters import MEASURES, MEASURES_SINCE, REGULATION

_NOTICED = {"is_credit_reported": True, "adverse_notice_at": "2026-10-05 10:00:00"}


@rule(
    "PRV-053",
    on="loan_with_consent",
    jurisdictions=CHINA,
    since=MEASURES_SINCE,
    fields=("is_credit_reported", "credit_query_consent_count"),
    cites=f"{REGULATION} art. 18, 29; {MEASURES}",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower of a loan reported to the credit bureau consented to that.",
    zh="报送征信的贷款，应取得借款人的征信授权。",
    says=(
        "reported to the credit bureau with {credit_query_consent_count} consents",
        "已报送征信，征信授权{credit_query_consent_count}份",
    ),
    passes=[
        {"is_credit_reported": True, "credit_query_consent_count": 1},
        {"is_credit_reported": True, "credit_query_consent_count": 2},
        {"is_credit_reported": False, "credit_query_consent_count": 0},
        {"is_credit_reported": True},
        {"credit_query_consent_count": 0},
    ],
    fails=[
        {"is_credit_reported": True, "credit_query_consent_count": 0},
        {"is_credit_reported": True, "credit_query_consent_count": 0, "general_consent_count": 1},
        {"is_credit_reported": True, "credit_query_consent_count": 0, "coop_mode": "JOINT"},
    ],
)
def consented_to_the_bureau(loan: Any, limits: Any) -> Any:
    return implies(loan.is_credit_reported, loan.credit_query_consent_count > 0)


@rule(
    "PRV-054",
    on="loan_with_consent",
    jurisdictions=CHINA,
    since=MEASURES_SINCE,
    fields=("credit_query_consent_on", "start_date"),
    cites=f"{REGULATION} art. 18; {MEASURES}",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Consent to the credit bureau was given by the day of the grant, which the query comes before.",
    zh="征信授权应在贷款发放日或之前取得。",
    says=(
        "given {credit_query_consent_on}, granted {start_date}",
        "授权日期{credit_query_consent_on}，发放日期{start_date}",
    ),
    passes=[
        {"credit_query_consent_on": "2026-10-05", "start_date": "2026-10-05"},
        {"credit_query_consent_on": "2026-10-04", "start_date": "2026-10-05"},
        {"credit_query_consent_on": "2026-10-05"},
        {"start_date": "2026-10-05"},
    ],
    fails=[
        {"credit_query_consent_on": "2026-10-06", "start_date": "2026-10-05"},
        {"credit_query_consent_on": "2027-10-05", "start_date": "2026-10-05"},
        {"credit_query_consent_on": "2026-10-01", "start_date": "2026-09-30"},
    ],
)
def bureau_consent_by_the_grant(loan: Any, limits: Any) -> Any:
    return loan.credit_query_consent_on <= loan.start_date


@rule(
    "PRV-058",
    on="loan_with_consent",
    jurisdictions=CHINA,
    fields=("adverse_notice_at", "first_adverse_month_end", "payment_status_24m"),
    cites=f"{REGULATION} art. 15: told before the first adverse report",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower was told by the end of the first month reported as in arrears.",
    zh="不良信息告知应不晚于首个报送逾期的月末。",
    says=(
        "told {adverse_notice_at}, first in arrears at the end of {first_adverse_month_end}",
        "告知时间{adverse_notice_at}，首个逾期月末为{first_adverse_month_end}",
    ),
    passes=[
        {**_NOTICED, "first_adverse_month_end": "2026-10-05"},
        {**_NOTICED, "first_adverse_month_end": "2026-10-31"},
        {
            "adverse_notice_at": "2026-10-05 10:00:00",
            "first_adverse_month_end": "2026-09-30",
            "is_credit_reported": False,
        },
        {**_NOTICED},
        {"is_credit_reported": True, "first_adverse_month_end": "2026-09-30"},
    ],
    fails=[
        {**_NOTICED, "first_adverse_month_end": "2026-10-04"},
        {**_NOTICED, "first_adverse_month_end": "2026-09-30"},
        {**_NOTICED, "first_adverse_month_end": "2025-10-31"},
    ],
)
def told_before_the_first_month(loan: Any, limits: Any) -> Any:
    in_time = loan.adverse_notice_at.date() <= loan.first_adverse_month_end
    return implies(loan.is_credit_reported, in_time)


@rule(
    "PRV-059",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("adverse_notice_at", "is_credit_reported"),
    cites="A notice of a report that is not made must be explained",
    confidence=Confidence.OWN,
    en="Notice of an adverse report is given only for loans that are reported.",
    zh="未报送征信的贷款不应有不良信息告知时间。",
    says=("told {adverse_notice_at}, not reported to the credit bureau", "告知时间{adverse_notice_at}，未报送征信"),
    passes=[
        {"is_credit_reported": True, "adverse_notice_at": "2026-10-05 10:00:00"},
        {"is_credit_reported": False},
        {"adverse_notice_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"is_credit_reported": False, "adverse_notice_at": "2026-10-05 10:00:00"},
        {"is_credit_reported": False, "adverse_notice_at": "2020-10-05 10:00:00"},
        {"is_credit_reported": False, "adverse_notice_at": "2026-10-05 10:00:00", "days_past_due": 5},
    ],
)
def told_where_reported(loan: Any, limits: Any) -> Any:
    return implies(loan.adverse_notice_at.notnull(), loan.is_credit_reported)
