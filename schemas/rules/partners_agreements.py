"""Co-operation agreements: in force when a loan was granted, on the published list, fit for what the partner does.

Belongs here: what an agreement says, and a loan against its agreement. Not here: who funds what (``partners``),
enhancement (``partners_enhancement``), the form of a partner's code (``identity``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.partners import TOGETHER

NOTICE_9 = "金规〔2025〕9号, in force 2025-10-01"
NOTICE_9_SINCE = "2025-10-01"
LISTED_SINCE = date.fromisoformat(NOTICE_9_SINCE)  # nobody off the list is dealt with from this day
NETTING = "整治办函〔2017〕141号: nobody without a lending licence funds loans together with a bank"
OVER = ("REVOKED", "ENDED")
_NEW = {"start_date": "2025-10-01"}


@rule(
    "PTR-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_agreement_no", "coop_mode"),
    cites="EAST 5.0, table 502 HZXYBH",
    confidence=Confidence.PRIMARY,
    en="A loan made with a partner names the co-operation agreement.",
    zh="与合作方共同开展的贷款应填报合作协议号。",
    says=("a {coop_mode} loan without an agreement", "{coop_mode}贷款未填报合作协议号"),
    passes=[{"coop_mode": "JOINT", "partner_agreement_no": "P1"}, {"coop_mode": "SOLE"}, {"coop_mode": "ENDED"}],
    fails=[{"coop_mode": "JOINT"}, {"coop_mode": "REFERRAL"}, {"coop_mode": "REFERRAL", "channel": "PLATFORM"}],
)
def partner_loan_names_its_agreement(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(TOGETHER), loan.partner_agreement_no.notnull())


@rule(
    "PTR-018",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_agreement_no", "coop_mode", "enhancer_type"),
    cites="EAST 5.0, table 502 HZXYBH: none (无) where the lender works alone",
    confidence=Confidence.PRIMARY,
    en="A loan made alone and enhanced by nobody names no co-operation agreement.",
    zh="独立开展且无增信的贷款不应填报合作协议号。",
    says=("a {coop_mode} loan names {partner_agreement_no}", "{coop_mode}贷款填报了合作协议{partner_agreement_no}"),
    passes=[
        {"coop_mode": "SOLE"},
        {"coop_mode": "SOLE", "partner_agreement_no": "P1", "enhancer_type": "GUARANTOR"},
        {"coop_mode": "JOINT", "partner_agreement_no": "P1"},
    ],
    fails=[
        {"coop_mode": "SOLE", "partner_agreement_no": "P1"},
        {"coop_mode": "SOLE", "partner_agreement_no": "P2", "channel": "OWN_APP"},
        {"coop_mode": "SOLE", "partner_agreement_no": "P1", "enhanced_amount": "0"},
    ],
)
def alone_means_no_agreement(loan: Any, limits: Any) -> Any:
    alone = (loan.coop_mode == "SOLE") & loan.enhancer_type.isnull()
    return implies(alone, loan.partner_agreement_no.isnull())


@rule(
    "PTR-019",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_agreement_no", "channel"),
    cites="EAST 5.0, table 502: business with a partner names its agreement",
    confidence=Confidence.PRIMARY,
    en="A loan that came through a partner's platform names the co-operation agreement.",
    zh="经合作平台获客的贷款应填报合作协议号。",
    says=("came through {channel}, no agreement named", "获客渠道为{channel}，未填报合作协议号"),
    passes=[
        {"channel": "PLATFORM", "partner_agreement_no": "P1"},
        {"channel": "OWN_APP"},
        {"channel": "CHECKOUT"},
    ],
    fails=[
        {"channel": "PLATFORM"},
        {"channel": "PLATFORM", "coop_mode": "SOLE"},
        {"channel": "PLATFORM", "coop_mode": "ENDED"},
    ],
)
def platform_has_an_agreement(loan: Any, limits: Any) -> Any:
    return implies(loan.channel == "PLATFORM", loan.partner_agreement_no.notnull())


@rule(
    "PTR-020",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("start_date", "agreement_from", "partner_agreement_no"),
    cites="EAST 5.0, table 513 XYQSRQ",
    confidence=Confidence.PRIMARY,
    en="A loan was not granted before its co-operation agreement began.",
    zh="贷款发放日期不应早于合作协议起始日期。",
    says=(
        "granted {start_date}; agreement {partner_agreement_no} begins {agreement_from}",
        "{start_date}发放，协议{partner_agreement_no}自{agreement_from}起生效",
    ),
    passes=[
        {"start_date": "2026-10-01", "agreement_from": "2026-10-01"},
        {"start_date": "2026-10-02", "agreement_from": "2026-10-01"},
        {"start_date": "2026-10-02"},
    ],
    fails=[
        {"start_date": "2026-09-30", "agreement_from": "2026-10-01"},
        {"start_date": "2025-10-01", "agreement_from": "2026-10-01"},
        {"start_date": "2026-10-30", "agreement_from": "2026-10-31"},
    ],
)
def agreement_began_by_the_grant(loan: Any, limits: Any) -> Any:
    return loan.agreement_from <= loan.start_date


@rule(
    "PTR-021",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("start_date", "agreement_to", "partner_agreement_no"),
    cites="EAST 5.0, table 513 XYDQRQ",
    confidence=Confidence.PRIMARY,
    en="A loan was not granted after its co-operation agreement ended.",
    zh="贷款发放日期不应晚于合作协议到期日期。",
    says=(
        "granted {start_date}; agreement {partner_agreement_no} ended {agreement_to}",
        "{start_date}发放，协议{partner_agreement_no}已于{agreement_to}到期",
    ),
    passes=[
        {"start_date": "2026-10-01", "agreement_to": "2026-10-01"},
        {"start_date": "2026-09-30", "agreement_to": "2026-10-01"},
        {"start_date": "2026-09-30"},
    ],
    fails=[
        {"start_date": "2026-10-02", "agreement_to": "2026-10-01"},
        {"start_date": "2026-10-31", "agreement_to": "2026-10-30"},
        {"start_date": "2026-10-31", "agreement_to": "2025-12-31"},
    ],
)
def agreement_lasted_to_the_grant(loan: Any, limits: Any) -> Any:
    return loan.agreement_to >= loan.start_date


@rule(
    "PTR-022",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("agreement_status", "start_date", "partner_agreement_no"),
    cites="EAST 5.0, table 513 XYZT",
    confidence=Confidence.PRIMARY,
    en="Nothing was granted in the month under an agreement that is revoked or ended.",
    zh="本月发放的贷款，其合作协议状态不应为撤销或终结。",
    says=(
        "granted {start_date}; agreement {partner_agreement_no} is {agreement_status}",
        "{start_date}发放，协议{partner_agreement_no}状态为{agreement_status}",
    ),
    passes=[
        {"start_date": "2026-10-01", "agreement_status": "VALID"},
        {"start_date": "2026-09-30", "agreement_status": "ENDED"},
        {"start_date": "2026-10-31"},
    ],
    fails=[
        {"start_date": "2026-10-01", "agreement_status": "ENDED"},
        {"start_date": "2026-10-01", "agreement_status": "REVOKED"},
        {"start_date": "2026-10-31", "agreement_status": "REVOKED"},
    ],
)
def new_loan_has_a_valid_agreement(loan: Any, limits: Any) -> Any:
    in_the_month = loan.start_date >= ibis.literal(limits.period.replace(day=1))
    return implies(in_the_month, loan.agreement_status.notin(OVER))


@rule(
    "PTR-023",
    on="loan_with_partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("start_date", "agreement_list_published_on", "partner_agreement_no"),
    cites=f"{NOTICE_9}: no dealing outside the published list",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the notice came after its partner was put on the published list.",
    zh="贷款发放时合作方应已列入公布的名单。",
    says=(
        "granted {start_date}; the partner of {partner_agreement_no} is listed since {agreement_list_published_on}",
        "{start_date}发放，协议{partner_agreement_no}的合作方{agreement_list_published_on}才列入名单",
    ),
    passes=[
        _NEW | {"agreement_list_published_on": "2025-10-01"},
        {"start_date": "2025-09-30", "agreement_list_published_on": "2025-10-01"},
        {"start_date": "2026-10-02", "agreement_list_published_on": "2026-10-01"},
    ],
    fails=[
        _NEW | {"agreement_list_published_on": "2025-10-02"},
        {"start_date": "2026-10-01", "agreement_list_published_on": "2026-10-02"},
        {"start_date": "2026-01-01", "agreement_list_published_on": "2026-10-02"},
    ],
)
def partner_was_listed_at_the_grant(loan: Any, limits: Any) -> Any:
    bound = loan.start_date >= ibis.literal(LISTED_SINCE)
    return implies(bound, loan.agreement_list_published_on <= loan.start_date)


@rule(
    "PTR-024",
    on="loan_with_partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("start_date", "agreement_list_removed_on", "partner_agreement_no"),
    cites=f"{NOTICE_9}: no dealing outside the published list",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the notice came before its partner was taken off the published list.",
    zh="贷款发放时合作方不应已移出名单。",
    says=(
        "granted {start_date}; the partner of {partner_agreement_no} was taken off on {agreement_list_removed_on}",
        "{start_date}发放，协议{partner_agreement_no}的合作方已于{agreement_list_removed_on}移出名单",
    ),
    passes=[
        _NEW | {"agreement_list_removed_on": "2025-10-02"},
        {"start_date": "2025-09-30", "agreement_list_removed_on": "2025-09-30"},
        {"start_date": "2026-10-02"},
    ],
    fails=[
        _NEW | {"agreement_list_removed_on": "2025-10-01"},
        _NEW | {"agreement_list_removed_on": "2025-09-30"},
        {"start_date": "2026-10-01", "agreement_list_removed_on": "2026-01-31"},
    ],
)
def partner_was_not_removed_by_the_grant(loan: Any, limits: Any) -> Any:
    bound = loan.start_date >= ibis.literal(LISTED_SINCE)
    return implies(bound, loan.agreement_list_removed_on > loan.start_date)


@rule(
    "PTR-025",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("agreement_partner_type", "coop_mode", "partner_agreement_no"),
    cites=NETTING,
    confidence=Confidence.BACKGROUND_HIGH,
    en="Who funds loans together with the lender may lend: it is a bank or a small-loan company.",
    zh="共同出资的合作方应具备放贷资质：银行业金融机构或小额贷款公司。",
    says=(
        "co-lent under {partner_agreement_no} with a {agreement_partner_type}",
        "协议{partner_agreement_no}的联合贷款合作方类型为{agreement_partner_type}",
    ),
    passes=[
        {"coop_mode": "JOINT", "agreement_partner_type": "BANK"},
        {"coop_mode": "JOINT", "agreement_partner_type": "MICRO"},
        {"coop_mode": "JOINT", "agreement_partner_type": "OTHER"},
        {"coop_mode": "REFERRAL", "agreement_partner_type": "TECH"},
    ],
    fails=[
        {"coop_mode": "JOINT", "agreement_partner_type": kind}
        for kind in ("TECH", "ECOMMERCE", "PAYMENT", "GUARANTOR", "INSURER")
    ],
)
def co_lender_may_lend(loan: Any, limits: Any) -> Any:
    # trusts and other licensed lenders have no code of their own in EAST: OTHER is not accused
    return implies(loan.coop_mode == "JOINT", loan.agreement_partner_type.isin(["BANK", "MICRO", "OTHER"]))


@rule(
    "PTR-026",
    on="loan_with_partner",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("agreement_partner_service", "coop_mode", "partner_agreement_no"),
    cites="EAST 5.0, table 513 HZFS",
    confidence=Confidence.PRIMARY,
    en="A co-lent loan stands under an agreement on co-lending.",
    zh="联合贷款的合作协议，其合作方式应包含联合贷款。",
    says=(
        "co-lent under {partner_agreement_no}, an agreement on {agreement_partner_service}",
        "联合贷款的协议{partner_agreement_no}合作方式为{agreement_partner_service}",
    ),
    passes=[
        {"coop_mode": "JOINT", "agreement_partner_service": "JOINT_LENDING"},
        {"coop_mode": "JOINT", "agreement_partner_service": "OTHER"},  # several services at once
        {"coop_mode": "REFERRAL", "agreement_partner_service": "MARKETING"},
    ],
    fails=[
        {"coop_mode": "JOINT", "agreement_partner_service": "MARKETING"},
        {"coop_mode": "JOINT", "agreement_partner_service": "TECHNOLOGY"},
        {"coop_mode": "JOINT", "agreement_partner_service": "COLLECTION"},
    ],
)
def co_lending_has_its_agreement(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode == "JOINT", loan.agreement_partner_service.isin(["JOINT_LENDING", "OTHER"]))


@rule(
    "PTR-027",
    on="loan_with_partner",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("agreement_partner_service", "coop_mode", "partner_agreement_no"),
    cites="EAST 5.0, table 513 HZFS",
    confidence=Confidence.PRIMARY,
    en="A referred loan does not stand under an agreement on payment, technology or collection alone.",
    zh="助贷引流贷款的合作协议，其合作方式不应仅为支付结算、信息科技或逾期清收。",
    says=(
        "referred under {partner_agreement_no}, an agreement on {agreement_partner_service}",
        "助贷引流的协议{partner_agreement_no}合作方式为{agreement_partner_service}",
    ),
    passes=[
        {"coop_mode": "REFERRAL", "agreement_partner_service": "MARKETING"},
        {"coop_mode": "REFERRAL", "agreement_partner_service": "ENHANCEMENT"},
        {"coop_mode": "JOINT", "agreement_partner_service": "TECHNOLOGY"},
    ],
    fails=[
        {"coop_mode": "REFERRAL", "agreement_partner_service": "PAYMENT"},
        {"coop_mode": "REFERRAL", "agreement_partner_service": "TECHNOLOGY"},
        {"coop_mode": "REFERRAL", "agreement_partner_service": "COLLECTION"},
    ],
)
def referral_has_its_agreement(loan: Any, limits: Any) -> Any:
    elsewhere = loan.agreement_partner_service.isin(["PAYMENT", "TECHNOLOGY", "COLLECTION"])
    return implies(loan.coop_mode == "REFERRAL", ~elsewhere)


@rule(
    "PTR-028",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("coop_mode", "agreement_status", "partner_agreement_no"),
    cites="EAST 5.0, table 502 YWMS: co-operation ended (Q&A round 4)",
    confidence=Confidence.PRIMARY,
    en="Where the co-operation is said to have ended, its agreement is no longer valid.",
    zh="业务模式为合作终结的，合作协议状态不应为有效。",
    says=(
        "{coop_mode}, but agreement {partner_agreement_no} is {agreement_status}",
        "业务模式{coop_mode}，协议{partner_agreement_no}状态为{agreement_status}",
    ),
    passes=[
        {"coop_mode": "ENDED", "agreement_status": "ENDED"},
        {"coop_mode": "ENDED", "agreement_status": "REVOKED"},
        {"coop_mode": "JOINT", "agreement_status": "VALID"},
        {"coop_mode": "ENDED"},
    ],
    fails=[
        {"coop_mode": "ENDED", "agreement_status": "VALID"},
        {"coop_mode": "ENDED", "agreement_status": "VALID", "agreement_to": "2026-01-31"},
        {"coop_mode": "ENDED", "agreement_status": "VALID", "agreement_to": "2027-01-31"},
    ],
)
def ended_co_operation_has_no_valid_agreement(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode == "ENDED", loan.agreement_status != "VALID")
