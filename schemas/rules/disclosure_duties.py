"""What else a borrower is told and not led into: boxes, bundles, the duties of article 17, the partner.

Belongs here: yes-or-no evidence of a duty. Not here: the figures on the cost sheet (``disclosure_sheet``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule
from schemas.rules.disclosure import COST_SHEET_IN_FORCE

INTERNET_LOANS_IN_FORCE = date(2020, 7, 17)  # 银保监会令2020年第9号 [B-H]


@rule(
    "DSC-004",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("is_default_ticked",),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号): no box ticked beforehand",
    confidence=Confidence.BACKGROUND_HIGH,
    en="No box is ticked on the borrower's behalf.",
    zh="不得默认勾选。",
    says=("a box ticked beforehand: {is_default_ticked}", "默认勾选：{is_default_ticked}"),
    passes=[
        {"is_default_ticked": False},
        {"is_default_ticked": False, "confirm_type": "POPUP"},
        {"confirm_type": "SIGNED"},
    ],
    fails=[
        {"is_default_ticked": True},
        {"is_default_ticked": True, "confirm_type": "POPUP"},
        {"is_default_ticked": True, "is_bundled": False},
    ],
)
def nothing_ticked_beforehand(disclosure: Any, limits: Any) -> Any:
    return ~disclosure.is_default_ticked


@rule(
    "DSC-005",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("is_bundled",),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号): no bundling",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The loan is not sold in a bundle.",
    zh="不得捆绑销售。",
    says=("sold in a bundle: {is_bundled}", "捆绑销售：{is_bundled}"),
    passes=[
        {"is_bundled": False},
        {"is_bundled": False, "confirm_type": "POPUP"},
        {"confirm_type": "SIGNED"},
    ],
    fails=[
        {"is_bundled": True},
        {"is_bundled": True, "confirm_type": "POPUP"},
        {"is_bundled": True, "is_default_ticked": False},
    ],
)
def not_sold_in_a_bundle(disclosure: Any, limits: Any) -> Any:
    return ~disclosure.is_bundled


@rule(
    "DSC-033",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "is_no_other_fee_declared",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: a statement that no other loan-related charge will be made",
    confidence=Confidence.SECONDARY,
    en="The cost sheet declares that nothing else is charged.",
    zh="明示表应声明不收取其他任何费用。",
    says=(
        "granted {loan_start_date}, declared: {is_no_other_fee_declared}",
        "{loan_start_date}发放，无其他费用声明：{is_no_other_fee_declared}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "is_no_other_fee_declared": True},
        {"loan_start_date": "2026-07-31", "is_no_other_fee_declared": False},
        {"loan_start_date": "2026-08-01"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01", "is_no_other_fee_declared": False},
        {"loan_start_date": "2026-08-02", "is_no_other_fee_declared": False},
        {"loan_start_date": "2026-10-31", "is_no_other_fee_declared": False},
    ],
)
def nothing_else_is_charged(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.is_no_other_fee_declared)


@rule(
    "DSC-034",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_lender_named",
        "loan_is_internet_loan",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 17: who lends",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower of an internet loan is told who lends.",
    zh="互联网贷款应披露贷款主体。",
    says=(
        "internet loan: {loan_is_internet_loan}, granted {loan_start_date}, the lender named: {is_lender_named}",
        "互联网贷款：{loan_is_internet_loan}，{loan_start_date}发放，披露贷款主体：{is_lender_named}",
    ),
    passes=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_lender_named": True},
        {"loan_is_internet_loan": False, "loan_start_date": "2020-07-17", "is_lender_named": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-16", "is_lender_named": False},
    ],
    fails=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_lender_named": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-18", "is_lender_named": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2026-10-31", "is_lender_named": False},
    ],
)
def lender_is_named(disclosure: Any, limits: Any) -> Any:
    return implies(_owed(disclosure), disclosure.is_lender_named)


@rule(
    "DSC-035",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_rate_shown",
        "loan_is_internet_loan",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 17: the real annual rate",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower of an internet loan is shown the annual rate.",
    zh="互联网贷款应披露实际年利率。",
    says=(
        "internet loan: {loan_is_internet_loan}, granted {loan_start_date}, the rate shown: {is_rate_shown}",
        "互联网贷款：{loan_is_internet_loan}，{loan_start_date}发放，披露实际年利率：{is_rate_shown}",
    ),
    passes=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_rate_shown": True},
        {"loan_is_internet_loan": False, "loan_start_date": "2020-07-17", "is_rate_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-16", "is_rate_shown": False},
    ],
    fails=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_rate_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-18", "is_rate_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2026-10-31", "is_rate_shown": False},
    ],
)
def rate_is_shown(disclosure: Any, limits: Any) -> Any:
    return implies(_owed(disclosure), disclosure.is_rate_shown)


@rule(
    "DSC-036",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_schedule_shown",
        "loan_is_internet_loan",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 17: the repayments",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower of an internet loan is shown the repayments.",
    zh="互联网贷款应披露还本付息安排。",
    says=(
        "internet loan: {loan_is_internet_loan}, granted {loan_start_date}, the schedule shown: {is_schedule_shown}",
        "互联网贷款：{loan_is_internet_loan}，{loan_start_date}发放，披露还本付息安排：{is_schedule_shown}",
    ),
    passes=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_schedule_shown": True},
        {"loan_is_internet_loan": False, "loan_start_date": "2020-07-17", "is_schedule_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-16", "is_schedule_shown": False},
    ],
    fails=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_schedule_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-18", "is_schedule_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2026-10-31", "is_schedule_shown": False},
    ],
)
def schedule_is_shown(disclosure: Any, limits: Any) -> Any:
    return implies(_owed(disclosure), disclosure.is_schedule_shown)


@rule(
    "DSC-037",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_default_shown",
        "loan_is_internet_loan",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 17: collection and liability on default",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower of an internet loan is told of collection and liability on default.",
    zh="互联网贷款应披露逾期清收和违约责任。",
    says=(
        "internet loan: {loan_is_internet_loan}, granted {loan_start_date}, default shown: {is_default_shown}",
        "互联网贷款：{loan_is_internet_loan}，{loan_start_date}发放，披露逾期清收及违约责任：{is_default_shown}",
    ),
    passes=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_default_shown": True},
        {"loan_is_internet_loan": False, "loan_start_date": "2020-07-17", "is_default_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-16", "is_default_shown": False},
    ],
    fails=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_default_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-18", "is_default_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2026-10-31", "is_default_shown": False},
    ],
)
def default_is_shown(disclosure: Any, limits: Any) -> Any:
    return implies(_owed(disclosure), disclosure.is_default_shown)


@rule(
    "DSC-038",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_complaint_route_shown",
        "loan_is_internet_loan",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 17: where to ask and complain",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower of an internet loan is told where to ask and complain.",
    zh="互联网贷款应披露咨询投诉渠道。",
    says=(
        "internet loan: {loan_is_internet_loan}, granted {loan_start_date}, the way to complain shown: "
        "{is_complaint_route_shown}",
        "互联网贷款：{loan_is_internet_loan}，{loan_start_date}发放，披露咨询投诉渠道：{is_complaint_route_shown}",
    ),
    passes=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_complaint_route_shown": True},
        {"loan_is_internet_loan": False, "loan_start_date": "2020-07-17", "is_complaint_route_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-16", "is_complaint_route_shown": False},
    ],
    fails=[
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-17", "is_complaint_route_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2020-07-18", "is_complaint_route_shown": False},
        {"loan_is_internet_loan": True, "loan_start_date": "2026-10-31", "is_complaint_route_shown": False},
    ],
)
def complaint_route_is_shown(disclosure: Any, limits: Any) -> Any:
    return implies(_owed(disclosure), disclosure.is_complaint_route_shown)


@rule(
    "DSC-039",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "is_partner_named",
        "loan_coop_mode",
        "loan_start_date",
    ),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), partner chapter: the partner, its part and duties",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The borrower is told which partner takes part and how.",
    zh="有合作方的贷款应向借款人披露合作方及其职责。",
    says=(
        "made as {loan_coop_mode}, granted {loan_start_date}, the partner named: {is_partner_named}",
        "业务模式{loan_coop_mode}，{loan_start_date}发放，披露合作方：{is_partner_named}",
    ),
    passes=[
        {"loan_coop_mode": "JOINT", "loan_start_date": "2020-07-17", "is_partner_named": True},
        {"loan_coop_mode": "SOLE", "loan_start_date": "2020-07-17", "is_partner_named": False},
        {"loan_coop_mode": "REFERRAL", "loan_start_date": "2020-07-16", "is_partner_named": False},
    ],
    fails=[
        {"loan_coop_mode": "JOINT", "loan_start_date": "2020-07-17", "is_partner_named": False},
        {"loan_coop_mode": "REFERRAL", "loan_start_date": "2020-07-18", "is_partner_named": False},
        {"loan_coop_mode": "JOINT", "loan_start_date": "2026-10-31", "is_partner_named": False},
    ],
)
def partner_is_named(disclosure: Any, limits: Any) -> Any:
    with_partner = disclosure.loan_coop_mode.isin(["JOINT", "REFERRAL"])
    since_then = disclosure.loan_start_date >= INTERNET_LOANS_IN_FORCE
    return implies(with_partner & since_then, disclosure.is_partner_named)


def _owed(disclosure: Any) -> Any:
    """Whether article 17 asks it of this loan: an internet loan granted since the rules are in force."""
    return disclosure.loan_is_internet_loan & (disclosure.loan_start_date >= INTERNET_LOANS_IN_FORCE)
