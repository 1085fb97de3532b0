"""To whom personal information goes: the recipient, what the person was told of it, and what lets it leave the country.

Belongs here: consents to sharing and to transfers abroad. Not here: whether the loan has such a consent at all
(``privacy``), or the recipient's contract with the lender (``partners``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.privacy import GIVEN_AWAY, PIPL_SINCE, SEPARATE


@rule(
    "PRV-017",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("recipient_name", "consent_type"),
    cites="PIPL art. 23, 39: the recipient's name is told",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A consent to sharing or to a transfer abroad names the recipient.",
    zh="向他人提供或出境的同意应载明接收方名称。",
    says=("{consent_type} names no recipient", "{consent_type}未载明接收方"),
    passes=[
        {"consent_type": "SHARE", "recipient_name": "示例"},
        {"consent_type": "GENERAL"},
        {"consent_type": "SENSITIVE"},
        {"recipient_name": "示例"},
    ],
    fails=[
        {"consent_type": "SHARE"},
        {"consent_type": "CROSS_BORDER"},
        {"consent_type": "SHARE", "is_recipient_told": True},
    ],
)
def recipient_is_named(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(GIVEN_AWAY), consent.recipient_name.notnull())


@rule(
    "PRV-018",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("is_recipient_told", "consent_type", "recipient_name"),
    cites="PIPL art. 23, 39: name, contact, purpose, method and kind of information are told",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Before sharing or a transfer abroad, the person was told who receives what, why, how, and how to reach them.",
    zh="向他人提供或出境前，应告知接收方名称、联系方式、目的、方式和信息种类。",
    says=("{consent_type} to {recipient_name}: not told", "{consent_type}，接收方{recipient_name}：未告知"),
    passes=[
        {"consent_type": "SHARE", "is_recipient_told": True},
        {"consent_type": "GENERAL", "is_recipient_told": False},
        {"consent_type": "SENSITIVE", "is_recipient_told": False},
        {"consent_type": "SHARE"},
    ],
    fails=[
        {"consent_type": "SHARE", "is_recipient_told": False},
        {"consent_type": "CROSS_BORDER", "is_recipient_told": False},
        {"consent_type": "SHARE", "is_recipient_told": False, "recipient_name": "示例"},
    ],
)
def recipient_was_told(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(GIVEN_AWAY), consent.is_recipient_told)


@rule(
    "PRV-019",
    on="consent_with_loan",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("recipient_name", "has_recipient", "consent_type"),
    cites="PIPL art. 23; 金规〔2025〕9号: no dealing outside the list",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Whoever receives data by a consent to sharing is a reported partner.",
    zh="提供同意的接收方应为已报送的合作方。",
    says=("{recipient_name} is no reported partner", "接收方{recipient_name}不在合作方表中"),
    passes=[
        {"consent_type": "SHARE", "recipient_name": "示例", "has_recipient": True},
        {"consent_type": "GENERAL", "recipient_name": "示例", "has_recipient": False},
        {"consent_type": "SHARE"},
    ],
    fails=[
        {"consent_type": "SHARE", "recipient_name": "示例", "has_recipient": False},
        {"consent_type": "SHARE", "recipient_name": "x", "has_recipient": False},
        {"consent_type": "SHARE", "has_recipient": False},
    ],
)
def recipient_is_a_partner(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "SHARE", consent.has_recipient)


@rule(
    "PRV-020",
    on="consent_with_loan",
    jurisdictions=CHINA,
    since="2025-10-01",
    fields=("recipient_name", "recipient_is_on_list", "consent_type"),
    cites="金规〔2025〕9号, in force 2025-10-01: no dealing outside the published list",
    confidence=Confidence.SECONDARY,
    en="Whoever receives data by a consent to sharing is on the partner list.",
    zh="提供同意的接收方应在合作机构名单内。",
    says=("{recipient_name} is not on the list", "接收方{recipient_name}不在名单内"),
    passes=[
        {"consent_type": "SHARE", "recipient_name": "示例", "recipient_is_on_list": True},
        {"consent_type": "GENERAL", "recipient_name": "示例", "recipient_is_on_list": False},
        {"consent_type": "SHARE"},
    ],
    fails=[
        {"consent_type": "SHARE", "recipient_name": "示例", "recipient_is_on_list": False},
        {"consent_type": "SHARE", "recipient_name": "x", "recipient_is_on_list": False},
        {"consent_type": "SHARE", "recipient_is_on_list": False},
    ],
)
def recipient_is_on_the_list(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "SHARE", consent.recipient_is_on_list)


@rule(
    "PRV-021",
    on="consent_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=PIPL_SINCE,
    fields=("consent_type", "recipient_name", "loan_coop_mode"),
    cites="PIPL art. 6: no more than the purpose needs",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Where nobody takes part in the loan, there is nobody to share its data with.",
    zh="无合作方参与的贷款不应有向他人提供个人信息的同意。",
    says=("shared with {recipient_name}; the loan has no partner", "向{recipient_name}提供；该贷款无合作方"),
    passes=[
        {"consent_type": "SHARE", "loan_coop_mode": "SOLE", "loan_partner_agreement_no": "HZ1"},
        {"consent_type": "SHARE", "loan_coop_mode": "JOINT"},
        {"consent_type": "GENERAL", "loan_coop_mode": "SOLE"},
        {"consent_type": "SHARE"},
        {"loan_coop_mode": "SOLE"},
    ],
    fails=[
        {"consent_type": "SHARE", "loan_coop_mode": "SOLE"},
        {"consent_type": "SHARE", "loan_coop_mode": "SOLE", "recipient_name": "示例"},
        {"consent_type": "SHARE", "loan_coop_mode": "SOLE", "is_recipient_told": True},
    ],
)
def shared_where_needed(consent: Any, limits: Any) -> Any:
    alone = (consent.loan_coop_mode == "SOLE") & consent.loan_partner_agreement_no.isnull()
    return implies(alone, consent.consent_type != "SHARE")


@rule(
    "PRV-022",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("cross_border_mechanism", "consent_type", "recipient_name"),
    cites="PIPL art. 38: security assessment, certification or standard contract",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A transfer abroad states what allows it.",
    zh="个人信息出境应填报合规路径（安全评估、认证或标准合同）。",
    says=("abroad to {recipient_name}: nothing allows it", "出境至{recipient_name}，未填报合规路径"),
    passes=[
        {"consent_type": "CROSS_BORDER", "cross_border_mechanism": "ASSESSMENT"},
        {"consent_type": "SHARE"},
        {"cross_border_mechanism": "CERTIFICATION"},
    ],
    fails=[
        {"consent_type": "CROSS_BORDER"},
        {"consent_type": "CROSS_BORDER", "recipient_name": "Example Ltd"},
        {"consent_type": "CROSS_BORDER", "impact_assessment_no": "PIA-1"},
    ],
)
def transfer_has_a_mechanism(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "CROSS_BORDER", consent.cross_border_mechanism.notnull())


@rule(
    "PRV-023",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("cross_border_mechanism", "consent_type"),
    cites="PIPL art. 39: separate consent to a transfer abroad",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What allows a transfer abroad stands with a separate consent to it.",
    zh="填报出境合规路径的，同意类型应为出境单独同意。",
    says=("{cross_border_mechanism} under {consent_type}", "{consent_type}填报了出境合规路径{cross_border_mechanism}"),
    passes=[
        {"consent_type": "CROSS_BORDER", "cross_border_mechanism": "STANDARD_CONTRACT"},
        {"consent_type": "SHARE"},
        {"cross_border_mechanism": "ASSESSMENT"},
    ],
    fails=[
        {"consent_type": "SHARE", "cross_border_mechanism": "STANDARD_CONTRACT"},
        {"consent_type": "GENERAL", "cross_border_mechanism": "ASSESSMENT"},
        {"consent_type": "SENSITIVE", "cross_border_mechanism": "CERTIFICATION"},
    ],
)
def mechanism_has_a_consent(consent: Any, limits: Any) -> Any:
    return implies(consent.cross_border_mechanism.notnull(), consent.consent_type == "CROSS_BORDER")


@rule(
    "PRV-024",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("impact_assessment_no", "consent_type"),
    cites="PIPL art. 55-56",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Sensitive data, sharing and transfers abroad had their impact assessed.",
    zh="处理敏感信息、向他人提供或出境应事前进行个人信息保护影响评估。",
    says=("{consent_type} without an impact assessment", "{consent_type}无影响评估编号"),
    passes=[
        {"consent_type": "SHARE", "impact_assessment_no": "PIA-1"},
        {"consent_type": "GENERAL"},
        {"consent_type": "CREDIT_QUERY"},
        {"impact_assessment_no": "PIA-1"},
    ],
    fails=[{"consent_type": kind} for kind in SEPARATE],
)
def impact_was_assessed(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type.isin(SEPARATE), consent.impact_assessment_no.notnull())
