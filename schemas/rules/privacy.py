"""Why personal information may be used: the lawful basis, what was told, what was asked for separately.

Belongs here: that a consent exists, is in time and says what it must. Not here: how it is used and how long data are
kept (``privacy_use``), authorisation letters and the credit bureau (``privacy_letters``), identifiers in texts
(``privacy_identifiers``), and masking, which is the machine's business (``loantape.privacy``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

WITH_PARTNER = ("JOINT", "REFERRAL")
SEPARATE = ("SENSITIVE", "SHARE", "CROSS_BORDER")
GIVEN_AWAY = ("SHARE", "CROSS_BORDER")
PIPL_SINCE = "2021-11-01"


@rule(
    "PRV-001",
    on="loan_with_consent",
    jurisdictions=CHINA,
    fields=("general_consent_on", "start_date", "general_consent_count"),
    cites="PIPL art. 13-17",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower consented to the processing of personal information by the day of the grant.",
    zh="借款人应在发放日或之前同意处理其个人信息。",
    says=(
        "granted {start_date}; {general_consent_count} consents, the first on {general_consent_on}",
        "发放日期{start_date}；同意{general_consent_count}份，最早为{general_consent_on}",
    ),
    passes=[
        {"general_consent_count": 1, "general_consent_on": "2026-10-01", "start_date": "2026-10-01"},
        {"general_consent_count": 2, "general_consent_on": "2026-09-30", "start_date": "2026-10-01"},
        {"general_consent_count": 1, "start_date": "2026-10-01"},
        {"start_date": "2026-10-01"},
    ],
    fails=[
        {"general_consent_count": 0, "start_date": "2026-10-01"},
        {"general_consent_count": 1, "general_consent_on": "2026-10-02", "start_date": "2026-10-01"},
        {"general_consent_count": 0, "general_consent_on": "2026-09-01", "start_date": "2026-10-01"},
    ],
)
def consented_by_the_grant(loan: Any, limits: Any) -> Any:
    return (loan.general_consent_count > 0) & (loan.general_consent_on <= loan.start_date)


@rule(
    "PRV-002",
    on="loan_with_consent",
    jurisdictions=CHINA,
    fields=("share_consent_on", "coop_mode", "start_date", "share_consent_count"),
    cites="PIPL art. 23",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Where a partner takes part, the borrower consented separately to sharing by the day of the grant.",
    zh="有合作方参与的贷款，借款人应在发放日或之前单独同意向其提供个人信息。",
    says=(
        "{coop_mode}, granted {start_date}; {share_consent_count} consents to sharing, the first on {share_consent_on}",
        "{coop_mode}，发放日期{start_date}；提供同意{share_consent_count}份，最早为{share_consent_on}",
    ),
    passes=[
        {"coop_mode": "JOINT", "share_consent_count": 1, "share_consent_on": "2026-10-01", "start_date": "2026-10-01"},
        {
            "coop_mode": "REFERRAL",
            "share_consent_count": 2,
            "share_consent_on": "2026-09-30",
            "start_date": "2026-10-01",
        },
        {"coop_mode": "SOLE", "share_consent_count": 0, "start_date": "2026-10-01"},
        {"coop_mode": "ENDED", "share_consent_count": 0, "start_date": "2026-10-01"},
        {"coop_mode": "JOINT"},
    ],
    fails=[
        {"coop_mode": "JOINT", "share_consent_count": 0, "start_date": "2026-10-01"},
        {"coop_mode": "REFERRAL", "share_consent_count": 0, "start_date": "2026-10-01"},
        {
            "coop_mode": "REFERRAL",
            "share_consent_count": 1,
            "share_consent_on": "2026-10-02",
            "start_date": "2026-10-01",
        },
        {"coop_mode": "JOINT", "share_consent_count": 0, "share_consent_on": "2026-09-02", "start_date": "2026-10-01"},
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
    says=("from {auth_from} to {auth_to}", "生效日期{auth_from}，终止日期{auth_to}"),
    passes=[
        {"auth_from": "2026-10-01", "auth_to": "2026-10-01"},
        {"auth_from": "2026-10-01", "auth_to": "9999-12-31"},
        {"auth_from": "2026-10-01"},
        {"auth_to": "2026-10-01"},
    ],
    fails=[
        {"auth_from": "2026-10-01", "auth_to": "2026-09-30"},
        {"auth_from": "2026-10-01", "auth_to": "2016-10-01"},
        {"auth_from": "9999-12-31", "auth_to": "2026-10-01"},
    ],
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
    says=("withdrawn {withdrawn_at}, granted {loan_start_date}", "撤回时间{withdrawn_at}，发放日期{loan_start_date}"),
    passes=[
        {"withdrawn_at": "2026-10-01 00:00:00", "loan_start_date": "2026-10-01"},
        {"withdrawn_at": "2026-10-02 00:00:00", "loan_start_date": "2026-10-01"},
        {"withdrawn_at": "2026-10-02 00:00:00"},
        {"loan_start_date": "2026-10-01"},
    ],
    fails=[
        {"withdrawn_at": "2026-09-30 23:59:59", "loan_start_date": "2026-10-01"},
        {"withdrawn_at": "2025-12-01 10:00:00", "loan_start_date": "2026-10-01"},
        {"withdrawn_at": "2026-10-01 23:59:59", "loan_start_date": "2026-10-02"},
    ],
)
def not_withdrawn_before_the_grant(consent: Any, limits: Any) -> Any:
    return consent.withdrawn_at.date() >= consent.loan_start_date


@rule(
    "PRV-007",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("lawful_basis", "consent_type"),
    cites="PIPL art. 13",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What makes the processing lawful is stated.",
    zh="应填报处理个人信息的合法性基础。",
    says=("{consent_type}: no lawful basis is stated", "{consent_type}未填报合法性基础"),
    passes=[
        {"lawful_basis": "CONSENT"},
        {"lawful_basis": "CONTRACT"},
        {"lawful_basis": "OTHER", "consent_type": "SHARE"},
    ],
    fails=[{}, {"consent_type": "GENERAL"}, {"consent_version": "V1"}],
)
def basis_is_stated(consent: Any, limits: Any) -> Any:
    return consent.lawful_basis.notnull()


@rule(
    "PRV-008",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("lawful_basis", "consent_type"),
    cites="PIPL art. 23, 29, 39: separate consent",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What needs separate consent rests on consent and on nothing else.",
    zh="须取得单独同意的事项，其合法性基础应为同意。",
    says=("{consent_type} rests on {lawful_basis}", "{consent_type}的合法性基础为{lawful_basis}"),
    passes=[
        {"consent_type": "SHARE", "lawful_basis": "CONSENT"},
        {"consent_type": "GENERAL", "lawful_basis": "CONTRACT"},
        {"consent_type": "SENSITIVE"},
        {"lawful_basis": "CONTRACT"},
    ],
    fails=[{"consent_type": kind, "lawful_basis": "CONTRACT"} for kind in SEPARATE],
)
def separate_consent_is_consent(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(SEPARATE), consent.lawful_basis == "CONSENT")


@rule(
    "PRV-009",
    on="consent",
    jurisdictions=CHINA,
    fields=("lawful_basis", "consent_type"),
    cites="征信业管理条例 (国务院令631) art. 18: written consent to a query",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A query of credit information rests on the borrower's consent.",
    zh="查询个人信用信息应以本人同意为基础。",
    says=("{consent_type} rests on {lawful_basis}", "{consent_type}的合法性基础为{lawful_basis}"),
    passes=[
        {"consent_type": "CREDIT_QUERY", "lawful_basis": "CONSENT"},
        {"consent_type": "GENERAL", "lawful_basis": "CONTRACT"},
        {"consent_type": "CREDIT_QUERY"},
        {"lawful_basis": "CONTRACT"},
    ],
    fails=[
        {"consent_type": "CREDIT_QUERY", "lawful_basis": "CONTRACT"},
        {"consent_type": "CREDIT_QUERY", "lawful_basis": "LEGAL_DUTY"},
        {"consent_type": "CREDIT_QUERY", "lawful_basis": "OTHER"},
    ],
)
def query_rests_on_consent(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "CREDIT_QUERY", consent.lawful_basis == "CONSENT")


@rule(
    "PRV-010",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("consent_version", "consent_type"),
    cites="PIPL art. 14: informed consent can be shown only with the text that was shown",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A consent names the version of the text that was agreed to.",
    zh="同意应填报所同意文本的版本。",
    says=("{consent_type}: no version is stated", "{consent_type}未填报同意书版本"),
    passes=[
        {"lawful_basis": "CONSENT", "consent_version": "V1"},
        {"lawful_basis": "CONTRACT"},
        {"consent_type": "GENERAL"},
    ],
    fails=[
        {"lawful_basis": "CONSENT"},
        {"lawful_basis": "CONSENT", "consent_type": "SHARE"},
        {"lawful_basis": "CONSENT", "purpose_text": "贷款审批"},
    ],
)
def version_is_stated(consent: Any, limits: Any) -> Any:
    return implies(consent.lawful_basis == "CONSENT", consent.consent_version.notnull())


@rule(
    "PRV-011",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("purpose_text", "consent_type"),
    cites="PIPL art. 17: purpose and method are told",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The purpose that was told is stated.",
    zh="应填报已告知的处理目的。",
    says=("{consent_type}: no purpose is stated", "{consent_type}未填报处理目的"),
    passes=[{"purpose_text": "贷款审批"}, {"purpose_text": "x", "consent_type": "SHARE"}, {"purpose_text": " "}],
    fails=[{}, {"consent_type": "GENERAL"}, {"lawful_basis": "CONTRACT"}],
)
def purpose_is_stated(consent: Any, limits: Any) -> Any:
    return consent.purpose_text.notnull()


@rule(
    "PRV-012",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("is_separate", "consent_type"),
    cites="PIPL art. 23, 29, 39",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Consent to sensitive data, to sharing or to a transfer abroad was asked for separately.",
    zh="处理敏感信息、向他人提供或出境的同意应单独取得。",
    says=("{consent_type} was asked for together with others", "{consent_type}未单独取得"),
    passes=[
        {"consent_type": "SHARE", "is_separate": True},
        {"consent_type": "GENERAL", "is_separate": False},
        {"consent_type": "CREDIT_QUERY", "is_separate": False},
        {"consent_type": "SENSITIVE"},
    ],
    fails=[{"consent_type": kind, "is_separate": False} for kind in SEPARATE],
)
def asked_separately(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(SEPARATE), consent.is_separate)


@rule(
    "PRV-013",
    on="consent",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=PIPL_SINCE,
    fields=("is_separate", "consent_type"),
    cites="PIPL art. 23, 29, 39: the handler must be able to show it",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Of consent to sensitive data, to sharing or to a transfer abroad it is known how it was asked for.",
    zh="处理敏感信息、向他人提供或出境的同意，应填报是否单独取得。",
    says=("{consent_type}: not known whether asked for separately", "{consent_type}未填报单独同意标识"),
    passes=[
        {"consent_type": "SHARE", "is_separate": False},
        {"consent_type": "SENSITIVE", "is_separate": True},
        {"consent_type": "GENERAL"},
        {"consent_type": "CREDIT_QUERY"},
    ],
    fails=[{"consent_type": kind} for kind in SEPARATE],
)
def separation_is_known(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(SEPARATE), consent.is_separate.notnull())


@rule(
    "PRV-014",
    on="consent",
    jurisdictions=CHINA,
    fields=("data_class", "consent_type"),
    cites="JR/T 0171-2020, classes C1 to C3",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The highest class of the data is stated.",
    zh="应填报所涉数据的最高等级。",
    says=("{consent_type}: no data class is stated", "{consent_type}未填报数据等级"),
    passes=[{"data_class": "C1"}, {"data_class": "C2"}, {"data_class": "C3", "consent_type": "SHARE"}],
    fails=[{}, {"consent_type": "GENERAL"}, {"lawful_basis": "CONSENT"}],
)
def data_class_is_stated(consent: Any, limits: Any) -> Any:
    return consent.data_class.notnull()


@rule(
    "PRV-015",
    on="consent",
    jurisdictions=CHINA,
    fields=("data_class", "consent_type"),
    cites="JR/T 0171-2020, class C3: what authenticates a person is never handed on",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data that authenticate a person, class C3, are not processed under a consent of this tape.",
    zh="C3类鉴别信息不得纳入本数据所涉的处理。",
    says=("{consent_type} covers class {data_class}", "{consent_type}涉及{data_class}类数据"),
    passes=[{"data_class": "C2"}, {"data_class": "C1"}, {"consent_type": "SHARE"}],
    fails=[
        {"data_class": "C3"},
        {"data_class": "C3", "consent_type": "SHARE"},
        {"data_class": "C3", "consent_type": "SENSITIVE", "is_separate": True},
    ],
)
def never_c3(consent: Any, limits: Any) -> Any:
    return consent.data_class != "C3"


@rule(
    "PRV-016",
    on="consent",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("data_class", "consent_type"),
    cites="JR/T 0171-2020, class C2; PIPL art. 28",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A consent to sensitive information covers more than class C1.",
    zh="敏感个人信息的同意所涉数据等级应高于C1。",
    says=("{consent_type} covers class {data_class} only", "{consent_type}仅涉及{data_class}类数据"),
    passes=[
        {"consent_type": "SENSITIVE", "data_class": "C2"},
        {"consent_type": "GENERAL", "data_class": "C1"},
        {"consent_type": "SENSITIVE"},
    ],
    fails=[
        {"consent_type": "SENSITIVE", "data_class": "C1"},
        {"consent_type": "SENSITIVE", "data_class": "C1", "is_separate": True},
        {"consent_type": "SENSITIVE", "data_class": "C1", "lawful_basis": "CONSENT"},
    ],
)
def sensitive_is_more_than_c1(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "SENSITIVE", consent.data_class != "C1")
