"""How overdue loans are collected: when, by whom, of whom, and what is kept of it.

Belongs here: each contact of the period against the hour, the loan and the agency. Not here: what is overdue
(``arrears``), the form of an agency's code (``identity_codes``) or complaints about collection (``complaints``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

GUIDE = "中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》, 2026-01-30"
GUIDE_SINCE = "2026-01-30"
STANDARD = "GB/T 45251-2025"
STANDARD_SINCE = "2025-02-28"
SPOKEN = ("PHONE", "VISIT")
NOTHING_LEFT = ("LF01", "LF04")  # closed, or owed to somebody else


@rule(
    "COL-001",
    on="contact",
    jurisdictions=CHINA,
    since=GUIDE_SINCE,
    fields=("contacted_at", "contact_method", "has_night_consent"),
    cites=f"{GUIDE}: not from 22:00 to 08:00 without consent",
    confidence=Confidence.SECONDARY,
    en="Nobody is contacted at night for collection without having agreed to it.",
    zh="未经债务人同意，夜间不得催收。",
    says=("{contact_method} at {contacted_at}", "{contacted_at}以{contact_method}方式催收"),
    passes=[
        {"contacted_at": "2026-10-05 08:00:00"},
        {"contacted_at": "2026-10-05 21:59:59", "has_night_consent": False},
        {"contacted_at": "2026-10-05 23:00:00", "has_night_consent": True},
        {"contacted_at": "2026-10-05 03:00:00", "has_night_consent": True},
        {"has_night_consent": False},
    ],
    fails=[
        {"contacted_at": "2026-10-05 22:00:00", "has_night_consent": False},
        {"contacted_at": "2026-10-05 07:59:59", "has_night_consent": False},
        {"contacted_at": "2026-10-05 22:00:00"},
        {"contacted_at": "2026-10-05 00:00:00"},
        {"contacted_at": "2026-10-05 23:59:59", "contact_method": "MESSAGE"},
    ],
)
def not_at_night(contact: Any, limits: Any) -> Any:
    hour = contact.contacted_at.hour()
    by_day = (hour >= limits.collection_day_starts_hour) & (hour < limits.collection_day_ends_hour)
    return by_day | contact.has_night_consent.fill_null(False)


@rule(
    "COL-002",
    on="contact",
    jurisdictions=CHINA,
    since=GUIDE_SINCE,
    fields=("is_third_party", "contact_method"),
    cites=f"{GUIDE}: not of third parties",
    confidence=Confidence.SECONDARY,
    en="Only the debtor is contacted, never somebody else.",
    zh="不得向债务人以外的第三人催收。",
    says=("{contact_method} to somebody else than the debtor", "以{contact_method}方式联系了第三人"),
    passes=[
        {"is_third_party": False},
        {"is_third_party": False, "contact_method": "PHONE"},
        {"contact_method": "VISIT"},
    ],
    fails=[
        {"is_third_party": True},
        {"is_third_party": True, "contact_method": "PHONE"},
        {"is_third_party": True, "collection_stage": "LEGAL"},
    ],
)
def not_of_third_parties(contact: Any, limits: Any) -> Any:
    return ~contact.is_third_party


@rule(
    "COL-003",
    on="contact",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=GUIDE_SINCE,
    fields=("is_third_party", "contact_method"),
    cites=f"{GUIDE}: not of third parties",
    confidence=Confidence.SECONDARY,
    en="Of every contact it is known whether it was with the debtor.",
    zh="每次催收应记录是否为第三人联系。",
    says=("{contact_method}: to whom is not known", "{contact_method}方式催收，未记录联系对象"),
    passes=[{"is_third_party": False}, {"is_third_party": True}, {"is_third_party": False, "contact_method": "APP"}],
    fails=[{}, {"contact_method": "PHONE"}, {"is_recorded": True}],
)
def third_party_is_known(contact: Any, limits: Any) -> Any:
    return contact.is_third_party.notnull()


@rule(
    "COL-004",
    on="contact",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("agency_uscc", "agency_name", "collection_stage"),
    cites=f"{STANDARD}, 5.4 third-party agencies; {GUIDE}",
    confidence=Confidence.SECONDARY,
    en="Where an agency collects, its unified social credit code is stated.",
    zh="委外催收应填报委外机构统一社会信用代码。",
    says=("{agency_name} collected; its code is not stated", "委外机构{agency_name}未填报代码"),
    passes=[
        {"collection_stage": "OUTSOURCED", "agency_uscc": "91310115MA1K3X7Y65"},
        {"collection_stage": "INTERNAL"},
        {"collection_stage": "LEGAL"},
    ],
    fails=[
        {"collection_stage": "OUTSOURCED"},
        {"collection_stage": "OUTSOURCED", "agency_name": "示例"},
        {"collection_stage": "OUTSOURCED", "contact_method": "PHONE"},
    ],
)
def agency_has_a_code(contact: Any, limits: Any) -> Any:
    return implies(contact.collection_stage == "OUTSOURCED", contact.agency_uscc.notnull())


@rule(
    "COL-005",
    on="contact",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("agency_name", "agency_uscc", "collection_stage"),
    cites=f"{STANDARD}, 5.4 third-party agencies; {GUIDE}",
    confidence=Confidence.SECONDARY,
    en="Where an agency collects, it is named.",
    zh="委外催收应填报委外机构名称。",
    says=("the agency {agency_uscc} is not named", "委外机构{agency_uscc}未填报名称"),
    passes=[
        {"collection_stage": "OUTSOURCED", "agency_name": "示例催收有限公司"},
        {"collection_stage": "INTERNAL"},
        {"collection_stage": "LEGAL"},
    ],
    fails=[
        {"collection_stage": "OUTSOURCED"},
        {"collection_stage": "OUTSOURCED", "agency_uscc": "91310115MA1K3X7Y65"},
        {"collection_stage": "OUTSOURCED", "contact_method": "PHONE"},
    ],
)
def agency_is_named(contact: Any, limits: Any) -> Any:
    return implies(contact.collection_stage == "OUTSOURCED", contact.agency_name.notnull())


@rule(
    "COL-006",
    on="contact",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=STANDARD_SINCE,
    fields=("agency_uscc", "collection_stage"),
    cites=f"{STANDARD}, 5.4 third-party agencies",
    confidence=Confidence.SECONDARY,
    en="An agency is stated only where an agency collects.",
    zh="非委外催收不应填报委外机构。",
    says=("stage {collection_stage}, agency {agency_uscc}", "催收阶段{collection_stage}，委外机构{agency_uscc}"),
    passes=[
        {"collection_stage": "OUTSOURCED", "agency_uscc": "91310115MA1K3X7Y65"},
        {"collection_stage": "INTERNAL"},
        {"agency_uscc": "91310115MA1K3X7Y65"},
    ],
    fails=[
        {"collection_stage": "INTERNAL", "agency_uscc": "91310115MA1K3X7Y65"},
        {"collection_stage": "LEGAL", "agency_uscc": "91310115MA1K3X7Y65"},
        {"collection_stage": "INTERNAL", "agency_uscc": "X"},
    ],
)
def agency_only_where_outsourced(contact: Any, limits: Any) -> Any:
    return implies(contact.agency_uscc.notnull(), contact.collection_stage == "OUTSOURCED")


@rule(
    "COL-007",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("agency_uscc", "agency_name", "has_agency"),
    cites=f"{STANDARD}, 5.4 third-party agencies; EAST 5.0, table 513 逾期清收",
    confidence=Confidence.SECONDARY,
    en="An agency that collects is a reported partner for collection.",
    zh="委外催收机构应为已报送的逾期清收合作方。",
    says=(
        "{agency_name} ({agency_uscc}) is no reported partner for collection",
        "{agency_name}（{agency_uscc}）不在逾期清收合作方中",
    ),
    passes=[
        {"agency_uscc": "91310115MA1K3X7Y65", "has_agency": True},
        {"agency_uscc": "91310115MA1K3X7Y65"},
        {"has_agency": True},
    ],
    fails=[
        {"agency_uscc": "91310115MA1K3X7Y65", "has_agency": False},
        {"agency_uscc": "92440305MA5G8H2W5F", "has_agency": False},
        {"has_agency": False},
    ],
)
def agency_is_a_partner(contact: Any, limits: Any) -> Any:
    return contact.has_agency


@rule(
    "COL-008",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("agency_uscc", "agency_name", "agency_is_on_list"),
    cites=f"金规〔2025〕9号; {STANDARD}, 5.4",
    confidence=Confidence.SECONDARY,
    en="An agency that collects is on the partner list.",
    zh="委外催收机构应在合作机构名单内。",
    says=("{agency_name} ({agency_uscc}) is not on the list", "{agency_name}（{agency_uscc}）不在名单内"),
    passes=[
        {"agency_uscc": "91310115MA1K3X7Y65", "agency_is_on_list": True},
        {"agency_uscc": "91310115MA1K3X7Y65"},
        {"agency_is_on_list": True},
    ],
    fails=[
        {"agency_uscc": "91310115MA1K3X7Y65", "agency_is_on_list": False},
        {"agency_uscc": "92440305MA5G8H2W5F", "agency_is_on_list": False},
        {"agency_is_on_list": False},
    ],
)
def agency_is_on_the_list(contact: Any, limits: Any) -> Any:
    return contact.agency_is_on_list


@rule(
    "COL-009",
    on="contact_with_loan",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("contacted_at", "agency_agreement_from", "agency_agreement_to"),
    cites=f"{STANDARD}, 5.4 third-party agencies",
    confidence=Confidence.SECONDARY,
    en="An agency collects only while its agreement lasts.",
    zh="委外机构应在协议有效期内催收。",
    says=(
        "contact of {contacted_at}, agreement from {agency_agreement_from} to {agency_agreement_to}",
        "催收时间{contacted_at}，协议期限{agency_agreement_from}至{agency_agreement_to}",
    ),
    passes=[
        {"contacted_at": "2026-10-05 10:00:00", "agency_agreement_from": "2026-10-05"},
        {"contacted_at": "2026-10-05 10:00:00", "agency_agreement_to": "2026-10-05"},
        {
            "contacted_at": "2026-10-05 10:00:00",
            "agency_agreement_from": "2026-10-04",
            "agency_agreement_to": "2026-10-06",
        },
        {"agency_agreement_to": "2020-12-31"},
    ],
    fails=[
        {"contacted_at": "2026-10-05 10:00:00", "agency_agreement_from": "2026-10-06"},
        {"contacted_at": "2026-10-05 10:00:00", "agency_agreement_to": "2026-10-04"},
        {
            "contacted_at": "2026-10-05 10:00:00",
            "agency_agreement_from": "2025-10-05",
            "agency_agreement_to": "2026-10-04",
        },
    ],
)
def agency_has_an_agreement(contact: Any, limits: Any) -> Any:
    day = contact.contacted_at.date()
    return (contact.agency_agreement_from <= day) & (day <= contact.agency_agreement_to)


@rule(
    "COL-010",
    on="contact",
    jurisdictions=CHINA,
    since=STANDARD_SINCE,
    fields=("is_recorded", "contact_method"),
    cites=f"{STANDARD}, 5.3 business",
    confidence=Confidence.SECONDARY,
    en="Calls and visits are recorded.",
    zh="电话催收和上门催收应录音录像。",
    says=("{contact_method} without a recording", "{contact_method}方式催收未录音录像"),
    passes=[
        {"contact_method": "PHONE", "is_recorded": True},
        {"contact_method": "VISIT", "is_recorded": True},
        {"contact_method": "LETTER", "is_recorded": False},
        {"contact_method": "PHONE"},
    ],
    fails=[
        {"contact_method": "PHONE", "is_recorded": False},
        {"contact_method": "VISIT", "is_recorded": False},
        {"contact_method": "VISIT", "is_recorded": False, "collection_stage": "OUTSOURCED"},
    ],
)
def talk_is_recorded(contact: Any, limits: Any) -> Any:
    return implies(contact.contact_method.isin(SPOKEN), contact.is_recorded)
