"""The partner table: each agreement by itself, the published list, what a kind of partner may do.

Belongs here: what one agreement says of itself and its partner. Not here: loans under it (``partners_agreements``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.partners import NOTICE_24
from schemas.rules.partners_agreements import NETTING, NOTICE_9, NOTICE_9_SINCE


@rule(
    "PTR-004",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("is_on_list", "partner_name", "agreement_status"),
    cites=f"{NOTICE_9}: no dealing outside the published list",
    confidence=Confidence.SECONDARY,
    en="The partner of an agreement that still runs is on the published partner list.",
    zh="有效协议的合作方应在公布的名单内。",
    says=(
        "{partner_name} is not on the list, its agreement {agreement_status}",
        "{partner_name}不在名单内，协议状态{agreement_status}",
    ),
    passes=[
        {"is_on_list": True, "agreement_status": "VALID"},
        {"is_on_list": False, "agreement_status": "ENDED"},
        {"is_on_list": False, "agreement_status": "REVOKED"},
        {"agreement_status": "VALID"},
    ],
    fails=[
        {"is_on_list": False, "agreement_status": "VALID"},
        {"is_on_list": False},
        {"is_on_list": False, "agreement_status": "VALID", "list_version": "2026-1"},
    ],
)
def partner_is_on_the_list(partner: Any, limits: Any) -> Any:
    return partner.is_on_list | partner.agreement_status.isin(["ENDED", "REVOKED"]).fill_null(False)


@rule(
    "PTR-005",
    on="partner",
    jurisdictions=CHINA,
    fields=("agreement_to", "agreement_status"),
    cites="EAST 5.0, table 513",
    confidence=Confidence.PRIMARY,
    en="An agreement reported as valid has not expired on the reporting date.",
    zh="状态为有效的合作协议在报送日不应已到期。",
    says=("{agreement_status}, expired {agreement_to}", "状态{agreement_status}，已于{agreement_to}到期"),
    passes=[
        {"agreement_status": "VALID", "agreement_to": "2026-10-31"},
        {"agreement_status": "VALID", "agreement_to": "2026-11-01"},
        {"agreement_status": "ENDED", "agreement_to": "2026-10-30"},
    ],
    fails=[
        {"agreement_status": "VALID", "agreement_to": "2026-10-30"},
        {"agreement_status": "VALID", "agreement_to": "2026-09-30"},
        {"agreement_status": "VALID", "agreement_to": "2025-10-31"},
    ],
)
def valid_agreement_has_not_expired(partner: Any, limits: Any) -> Any:
    return implies(partner.agreement_status == "VALID", partner.agreement_to >= ibis.literal(limits.period))


@rule(
    "PTR-029",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("list_published_on", "partner_name", "is_on_list"),
    cites=f"{NOTICE_9}: the list is published and kept current",
    confidence=Confidence.SECONDARY,
    en="A listed partner says since when it is listed, and that day is not yet to come.",
    zh="名单内的合作方应填报名单公布日期，且不晚于报送日。",
    says=("{partner_name} is listed since {list_published_on}", "{partner_name}的名单公布日期为{list_published_on}"),
    passes=[
        {"is_on_list": True, "list_published_on": "2026-10-31"},
        {"is_on_list": True, "list_published_on": "2022-12-15"},
        {"is_on_list": False},
        {"is_on_list": False, "list_published_on": "2026-11-01"},
    ],
    fails=[
        {"is_on_list": True},
        {"is_on_list": True, "list_version": "2026-1"},
        {"is_on_list": True, "list_published_on": "2026-11-01"},
    ],
)
def listed_partner_has_a_day(partner: Any, limits: Any) -> Any:
    known = (partner.list_published_on <= ibis.literal(limits.period)).fill_null(False)
    return implies(partner.is_on_list, known)


@rule(
    "PTR-030",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("list_version", "partner_name", "is_on_list"),
    cites=f"{NOTICE_9}: the list is published and kept current",
    confidence=Confidence.SECONDARY,
    en="A listed partner names the version of the list.",
    zh="名单内的合作方应填报名单版本。",
    says=("{partner_name} names no version of the list", "{partner_name}未填报名单版本"),
    passes=[{"is_on_list": True, "list_version": "2026-1"}, {"is_on_list": False}, {"list_version": "2026-1"}],
    fails=[
        {"is_on_list": True},
        {"is_on_list": True, "list_published_on": "2022-12-15"},
        {"is_on_list": True, "agreement_status": "VALID"},
    ],
)
def listed_partner_names_the_version(partner: Any, limits: Any) -> Any:
    return implies(partner.is_on_list, partner.list_version.notnull())


@rule(
    "PTR-031",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("is_on_list", "list_removed_on", "partner_name"),
    cites=f"{NOTICE_9}: the list is published and kept current",
    confidence=Confidence.SECONDARY,
    en="A partner taken off the list by the reporting date is not said to be on it.",
    zh="报送日前已移出名单的合作方，名单标识不应为是。",
    says=("{partner_name} was taken off on {list_removed_on}", "{partner_name}已于{list_removed_on}移出名单"),
    passes=[
        {"is_on_list": False, "list_removed_on": "2026-10-31"},
        {"is_on_list": True, "list_removed_on": "2026-11-01"},
        {"is_on_list": True},
    ],
    fails=[
        {"is_on_list": True, "list_removed_on": "2026-10-31"},
        {"is_on_list": True, "list_removed_on": "2026-10-30"},
        {"is_on_list": True, "list_removed_on": "2025-10-31"},
    ],
)
def removed_partner_is_not_listed(partner: Any, limits: Any) -> Any:
    return implies(partner.list_removed_on <= ibis.literal(limits.period), ~partner.is_on_list)


@rule(
    "PTR-032",
    on="partner",
    jurisdictions=CHINA,
    fields=("list_removed_on", "list_published_on", "partner_name"),
    cites="A partner leaves a list after it was put on it",
    confidence=Confidence.OWN,
    en="A partner is not taken off the list before it was put on it.",
    zh="移出名单日期不应早于名单公布日期。",
    says=(
        "{partner_name} was taken off on {list_removed_on}, listed {list_published_on}",
        "{partner_name}于{list_published_on}列入、{list_removed_on}移出名单",
    ),
    passes=[
        {"list_published_on": "2026-01-01", "list_removed_on": "2026-01-01"},
        {"list_published_on": "2026-01-01", "list_removed_on": "2026-01-02"},
        {"list_published_on": "2026-01-01"},
    ],
    fails=[
        {"list_published_on": "2026-01-02", "list_removed_on": "2026-01-01"},
        {"list_published_on": "2026-10-31", "list_removed_on": "2026-10-30"},
        {"list_published_on": "2026-10-31", "list_removed_on": "2025-10-31"},
    ],
)
def listed_before_removed(partner: Any, limits: Any) -> Any:
    return partner.list_published_on <= partner.list_removed_on


@rule(
    "PTR-033",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("is_head_office_signed", "partner_name", "agreement_status"),
    cites=f"{NOTICE_9}: the head office manages partners centrally; branches sign nothing",
    confidence=Confidence.SECONDARY,
    en="An agreement that still runs was signed by the head office.",
    zh="有效的合作协议应由总行（总部）签署。",
    says=("the agreement with {partner_name} was not signed by the head office", "与{partner_name}的协议非总行签署"),
    passes=[
        {"is_head_office_signed": True, "agreement_status": "VALID"},
        {"is_head_office_signed": False, "agreement_status": "ENDED"},
        {"agreement_status": "VALID"},
    ],
    fails=[
        {"is_head_office_signed": False, "agreement_status": "VALID"},
        {"is_head_office_signed": False, "agreement_status": "VALID", "is_on_list": True},
        {"is_head_office_signed": False, "agreement_status": "VALID", "partner_service": "MARKETING"},
    ],
)
def head_office_signed(partner: Any, limits: Any) -> Any:
    return implies(partner.agreement_status == "VALID", partner.is_head_office_signed)


@rule(
    "PTR-034",
    on="partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("has_approval_floor", "partner_name", "agreement_status"),
    cites=f"{NOTICE_9}: no partner sets a floor to approvals",
    confidence=Confidence.SECONDARY,
    en="No partner of an agreement that still runs sets a floor to approvals.",
    zh="有效协议的合作方不得设定审批通过率下限。",
    says=("{partner_name} sets a floor to approvals", "{partner_name}设定了通过率下限"),
    passes=[
        {"has_approval_floor": False, "agreement_status": "VALID"},
        {"has_approval_floor": True, "agreement_status": "ENDED"},
        {"agreement_status": "VALID"},
    ],
    fails=[
        {"has_approval_floor": True, "agreement_status": "VALID"},
        {"has_approval_floor": True, "agreement_status": "VALID", "partner_service": "MARKETING"},
        {"has_approval_floor": True, "agreement_status": "VALID", "partner_type": "TECH"},
    ],
)
def no_floor_to_approvals(partner: Any, limits: Any) -> Any:
    return implies(partner.agreement_status == "VALID", ~partner.has_approval_floor)


@rule(
    "PTR-035",
    on="partner",
    jurisdictions=CHINA,
    fields=("partner_type", "partner_service", "partner_name"),
    cites=NETTING,
    confidence=Confidence.BACKGROUND_HIGH,
    en="An agreement on co-lending is with a bank or a small-loan company.",
    zh="合作方式为联合贷款的，合作方应为银行业金融机构或小额贷款公司。",
    says=(
        "{partner_service} with {partner_name}, a {partner_type}",
        "与{partner_name}（{partner_type}）{partner_service}",
    ),
    passes=[
        {"partner_service": "JOINT_LENDING", "partner_type": "BANK"},
        {"partner_service": "JOINT_LENDING", "partner_type": "MICRO"},
        {"partner_service": "JOINT_LENDING", "partner_type": "OTHER"},
        {"partner_service": "MARKETING", "partner_type": "TECH"},
    ],
    fails=[{"partner_service": "JOINT_LENDING", "partner_type": kind} for kind in ("TECH", "GUARANTOR", "INSURER")],
)
def co_lending_is_with_a_lender(partner: Any, limits: Any) -> Any:
    return implies(partner.partner_service == "JOINT_LENDING", partner.partner_type.isin(["BANK", "MICRO", "OTHER"]))


@rule(
    "PTR-036",
    on="partner",
    jurisdictions=CHINA,
    fields=("partner_type", "partner_service", "partner_name"),
    cites="融资担保公司监督管理条例 (国务院令683); 商业银行互联网贷款管理暂行办法: only who is qualified enhances",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Enhancement is not agreed with a technology, e-commerce or payment company.",
    zh="信息科技公司、电子商务公司、非银行支付机构不得提供担保增信。",
    says=(
        "{partner_service} by {partner_name}, a {partner_type}",
        "{partner_name}（{partner_type}）提供{partner_service}",
    ),
    passes=[
        {"partner_service": "ENHANCEMENT", "partner_type": "GUARANTOR"},
        {"partner_service": "ENHANCEMENT", "partner_type": "INSURER"},
        {"partner_service": "TECHNOLOGY", "partner_type": "TECH"},
    ],
    fails=[{"partner_service": "ENHANCEMENT", "partner_type": kind} for kind in ("TECH", "ECOMMERCE", "PAYMENT")],
)
def enhancement_is_by_who_may(partner: Any, limits: Any) -> Any:
    unlicensed = partner.partner_type.isin(["TECH", "ECOMMERCE", "PAYMENT"])
    return implies(partner.partner_service == "ENHANCEMENT", ~unlicensed)


@rule(
    "PTR-037",
    on="partner",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_type", "partner_service", "partner_name"),
    cites="EAST 5.0, table 513 HZFLX, HZFS; 非银行支付机构监督管理条例 (国务院令768)",
    confidence=Confidence.BACKGROUND_HIGH,
    en="An agreement on payment and settlement is with a payment institution or a bank.",
    zh="合作方式为支付结算的，合作方应为非银行支付机构或银行业金融机构。",
    says=(
        "{partner_service} by {partner_name}, a {partner_type}",
        "{partner_name}（{partner_type}）提供{partner_service}",
    ),
    passes=[
        {"partner_service": "PAYMENT", "partner_type": "PAYMENT"},
        {"partner_service": "PAYMENT", "partner_type": "BANK"},
        {"partner_service": "MARKETING", "partner_type": "TECH"},
    ],
    fails=[{"partner_service": "PAYMENT", "partner_type": kind} for kind in ("TECH", "MICRO", "OTHER")],
)
def payment_is_by_who_may(partner: Any, limits: Any) -> Any:
    return implies(partner.partner_service == "PAYMENT", partner.partner_type.isin(["PAYMENT", "BANK"]))


@rule(
    "PTR-038",
    on="partner",
    jurisdictions=CHINA,
    fields=("agreement_to", "agreement_from", "partner_agreement_no"),
    cites="EAST 5.0, table 513 XYQSRQ, XYDQRQ",
    confidence=Confidence.PRIMARY,
    en="An agreement does not end before it begins.",
    zh="合作协议到期日期不应早于起始日期。",
    says=(
        "{partner_agreement_no} runs from {agreement_from} to {agreement_to}",
        "协议{partner_agreement_no}自{agreement_from}至{agreement_to}",
    ),
    passes=[
        {"agreement_from": "2026-01-01", "agreement_to": "2026-01-01"},
        {"agreement_from": "2026-01-01", "agreement_to": "9999-12-31"},
        {"agreement_from": "2026-01-01"},
    ],
    fails=[
        {"agreement_from": "2026-01-02", "agreement_to": "2026-01-01"},
        {"agreement_from": "2026-12-31", "agreement_to": "2025-12-31"},
        {"agreement_from": "2026-10-31", "agreement_to": "2026-10-30"},
    ],
)
def agreement_ends_after_it_begins(partner: Any, limits: Any) -> Any:
    return partner.agreement_from <= partner.agreement_to


@rule(
    "PTR-039",
    on="partner_with_affiliates",
    jurisdictions=CHINA,
    fields=("partner_uscc", "partner_name", "is_lender"),
    cites=f"{NOTICE_24}, section 2: funded together with another institution",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A partner is somebody else than the reporting lender.",
    zh="合作方不应为本机构自身。",
    says=("{partner_name} ({partner_uscc}) is the lender itself", "{partner_name}（{partner_uscc}）即本机构"),
    passes=[
        {"partner_uscc": "91100000100003962T", "is_lender": False},
        {"partner_uscc": "91100000100003962T"},
        {"is_lender": False},
    ],
    fails=[
        {"partner_uscc": "91100000100003962T", "is_lender": True},
        {"is_lender": True, "partner_service": "JOINT_LENDING"},
        {"is_lender": True, "partner_type": "BANK"},
    ],
)
def partner_is_not_the_lender(partner: Any, limits: Any) -> Any:
    return ~partner.is_lender


@rule(
    "PTR-040",
    on="partner_with_affiliates",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_group_id", "partner_uscc", "group_count"),
    cites=f"{NOTICE_24}, section 3: a partner and its affiliates are one",
    confidence=Confidence.BACKGROUND_HIGH,
    en="All agreements with one partner name the same group.",
    zh="同一合作方的各协议应填报同一集团。",
    says=("{partner_uscc} belongs to {group_count} groups", "{partner_uscc}填报了{group_count}个集团"),
    passes=[{"group_count": 1}, {"group_count": 0}, {"partner_group_id": "G1", "group_count": 1}],
    fails=[{"group_count": 2}, {"group_count": 3}, {"partner_group_id": "G1", "group_count": 2}],
)
def partner_has_one_group(partner: Any, limits: Any) -> Any:
    return partner.group_count <= 1
