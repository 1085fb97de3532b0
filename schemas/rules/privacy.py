"""Consent to process personal information, and identifiers where none may be.

Belongs here: that a consent exists, is in time and is bounded, and that free text names nobody. Not here: masking,
which is the machine's business (``loantape.privacy``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

WITH_PARTNER = ("JOINT", "REFERRAL")


@rule(
    "PRV-001",
    on="loan_with_consent",
    jurisdictions=CHINA,
    fields=("general_consent_on", "start_date"),
    cites="PIPL art. 13-17",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower consented to the processing of personal information by the day of the grant.",
    zh="借款人应在发放日或之前同意处理其个人信息。",
    passes=[{"general_consent_count": 1, "general_consent_on": "2026-10-01", "start_date": "2026-10-01"}],
    fails=[
        {"general_consent_count": 0, "start_date": "2026-10-01"},
        {"general_consent_count": 1, "general_consent_on": "2026-10-02", "start_date": "2026-10-01"},
    ],
)
def consented_by_the_grant(loan: Any, limits: Any) -> Any:
    return (loan.general_consent_count > 0) & (loan.general_consent_on <= loan.start_date)


@rule(
    "PRV-002",
    on="loan_with_consent",
    jurisdictions=CHINA,
    fields=("share_consent_on", "coop_mode", "start_date"),
    cites="PIPL art. 23",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Where a partner takes part, the borrower consented separately to sharing by the day of the grant.",
    zh="有合作方参与的贷款，借款人应在发放日或之前单独同意向其提供个人信息。",
    passes=[
        {
            "coop_mode": "JOINT",
            "share_consent_count": 2,
            "share_consent_on": "2026-10-01",
            "start_date": "2026-10-01",
        },
        {"coop_mode": "SOLE", "share_consent_count": 0, "start_date": "2026-10-01"},
    ],
    fails=[
        {"coop_mode": "JOINT", "share_consent_count": 0, "start_date": "2026-10-01"},
        {
            "coop_mode": "REFERRAL",
            "share_consent_count": 1,
            "share_consent_on": "2026-10-02",
            "start_date": "2026-10-01",
        },
    ],
)
def consented_to_sharing(loan: Any, limits: Any) -> Any:
    given = (loan.share_consent_count > 0) & (loan.share_consent_on <= loan.start_date)
    return implies(loan.coop_mode.isin(WITH_PARTNER), given)


@rule(
    "PRV-003",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_to", "auth_from"),
    cites="EAST 5.0, table 502 SXRQ and ZZRQ",
    confidence=Confidence.PRIMARY,
    en="An authorisation does not end before it begins.",
    zh="授权终止日期不得早于生效日期。",
    passes=[{"auth_from": "2026-10-01", "auth_to": "2026-10-01"}],
    fails=[{"auth_from": "2026-10-01", "auth_to": "2026-09-30"}],
)
def authorisation_has_a_span(consent: Any, limits: Any) -> Any:
    return consent.auth_from <= consent.auth_to


@rule(
    "PRV-004",
    on="consent_with_loan",
    jurisdictions=CHINA,
    fields=("withdrawn_at", "loan_start_date"),
    cites="PIPL art. 15",
    confidence=Confidence.BACKGROUND_HIGH,
    en="No loan is granted on a consent that was withdrawn before.",
    zh="不得依据已撤回的同意发放贷款。",
    passes=[{"withdrawn_at": "2026-10-01 00:00:00", "loan_start_date": "2026-10-01"}],
    fails=[{"withdrawn_at": "2026-09-30 23:59:59", "loan_start_date": "2026-10-01"}],
)
def not_withdrawn_before_the_grant(consent: Any, limits: Any) -> Any:
    return consent.withdrawn_at.date() >= consent.loan_start_date


@rule(
    "PRV-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("purpose_text",),
    cites="JR/T 0171-2020, class C2; PIPL art. 28",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The purpose text holds no identity card number.",
    zh="贷款用途文本不得含身份证号码。",
    passes=[{"purpose_text": "装修 12345678901234567"}, {"purpose_text": "daily"}],
    fails=[{"purpose_text": "装修11010519491231002X"}, {"purpose_text": "110105194912310021 旅游"}],
)
def purpose_holds_no_identity_number(loan: Any, limits: Any) -> Any:
    return ~loan.purpose_text.re_search("[1-9][0-9]{16}[0-9Xx]")


@rule(
    "PRV-006",
    on="loan",
    jurisdictions=CHINA,
    fields=("purpose_text",),
    cites="JR/T 0171-2020, class C2",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The purpose text holds no mobile phone number.",
    zh="贷款用途文本不得含手机号码。",
    passes=[
        {"purpose_text": "单号138000000001"},
        {"purpose_text": "12800000000"},
        {"purpose_text": "1380000000"},
    ],
    fails=[{"purpose_text": "电话13800000000联系"}, {"purpose_text": "19900000000"}],
)
def purpose_holds_no_phone_number(loan: Any, limits: Any) -> Any:
    return ~loan.purpose_text.re_search("(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)")
