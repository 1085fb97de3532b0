"""Lending with others: who funds what, with whom, and how much of the book.

Belongs here: shares, agreements, the partner list and concentration limits. Not here: what partners charge
(``pricing``) or the consent to share data with them (``privacy``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

NOTICE_24 = "银保监办发〔2021〕24号"


@rule(
    "PTR-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_share_fraction", "coop_mode", "lender_type"),
    cites=f"{NOTICE_24}, section 2, in force 2022-01-01",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The partner funds at least its minimum share of a co-lent loan.",
    zh="联合贷款中合作方出资比例不得低于下限。",
    passes=[
        {
            "coop_mode": "JOINT",
            "lender_type": "BANK",
            "start_date": "2022-01-01",
            "partner_share_fraction": "0.30000000",
        },
        {
            "coop_mode": "JOINT",
            "lender_type": "BANK",
            "start_date": "2021-12-31",
            "partner_share_fraction": "0.10000000",
        },
        {"coop_mode": "SOLE", "lender_type": "BANK", "start_date": "2026-10-01", "partner_share_fraction": "0"},
        {"coop_mode": "JOINT", "lender_type": "MICRO", "start_date": "2026-10-01", "partner_share_fraction": "0.1"},
    ],
    fails=[
        {
            "coop_mode": "JOINT",
            "lender_type": "BANK",
            "start_date": "2022-01-01",
            "partner_share_fraction": "0.29999999",
        },
        {"coop_mode": "JOINT", "lender_type": "CFC", "start_date": "2026-10-01", "partner_share_fraction": "0.01"},
    ],
)
def partner_funds_its_share(loan: Any, limits: Any) -> Any:
    least = limits.by("partner_share_min_fraction", loan.lender_type, loan.start_date)
    return implies(loan.coop_mode == "JOINT", loan.partner_share_fraction >= least)


@rule(
    "PTR-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("own_balance_amount", "partner_balance_amount", "balance_amount"),
    cites="一表通 6.4: balance funded by the lender and by the partner",
    confidence=Confidence.SECONDARY,
    en="The two funded balances of a co-lent loan add up to its balance.",
    zh="联合贷款中本机构与合作方出资余额之和应等于本金余额。",
    passes=[
        {
            "coop_mode": "JOINT",
            "own_balance_amount": "70.00",
            "partner_balance_amount": "30.00",
            "balance_amount": "100.00",
        },
        {"coop_mode": "SOLE", "own_balance_amount": "0", "partner_balance_amount": "0", "balance_amount": "100.00"},
    ],
    fails=[
        {
            "coop_mode": "JOINT",
            "own_balance_amount": "70.01",
            "partner_balance_amount": "30.00",
            "balance_amount": "100.00",
        },
        {
            "coop_mode": "JOINT",
            "own_balance_amount": "70.00",
            "partner_balance_amount": "29.99",
            "balance_amount": "100.00",
        },
    ],
)
def funded_balances_add_up(loan: Any, limits: Any) -> Any:
    return implies(
        loan.coop_mode == "JOINT", loan.own_balance_amount + loan.partner_balance_amount == loan.balance_amount
    )


@rule(
    "PTR-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_agreement_no", "coop_mode"),
    cites="EAST 5.0, table 502 HZXYBH",
    confidence=Confidence.PRIMARY,
    en="A loan made with a partner names the co-operation agreement.",
    zh="与合作方共同开展的贷款应填报合作协议号。",
    passes=[{"coop_mode": "JOINT", "partner_agreement_no": "P1"}, {"coop_mode": "SOLE"}, {"coop_mode": "ENDED"}],
    fails=[{"coop_mode": "JOINT"}, {"coop_mode": "REFERRAL"}],
)
def partner_loan_names_its_agreement(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(["JOINT", "REFERRAL"]), loan.partner_agreement_no.notnull())


@rule(
    "PTR-004",
    on="partner",
    jurisdictions=CHINA,
    since="2025-10-01",
    fields=("is_on_list", "partner_name"),
    cites="金规〔2025〕9号, in force 2025-10-01: no dealing outside the published list",
    confidence=Confidence.SECONDARY,
    en="The partner is on the published partner list.",
    zh="合作方应在公布的名单内。",
    passes=[{"is_on_list": True}],
    fails=[{"is_on_list": False}],
)
def partner_is_on_the_list(partner: Any, limits: Any) -> Any:
    return partner.is_on_list


@rule(
    "PTR-005",
    on="partner",
    jurisdictions=CHINA,
    fields=("agreement_to", "agreement_status"),
    cites="EAST 5.0, table 513",
    confidence=Confidence.PRIMARY,
    en="An agreement reported as valid has not expired on the reporting date.",
    zh="状态为有效的合作协议在报送日不应已到期。",
    passes=[
        {"agreement_status": "VALID", "agreement_to": "2026-10-31"},
        {"agreement_status": "ENDED", "agreement_to": "2026-10-30"},
    ],
    fails=[{"agreement_status": "VALID", "agreement_to": "2026-10-30"}],
)
def valid_agreement_has_not_expired(partner: Any, limits: Any) -> Any:
    return implies(partner.agreement_status == "VALID", partner.agreement_to >= limits.period)


@rule(
    "PTR-006",
    on="partner_group",
    jurisdictions=CHINA,
    lender_types=("BANK",),
    since="2023-06-30",
    fields=("co_funded_balance_cny", "tier1_net_cny"),
    cites=f"{NOTICE_24}, section 3",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What is lent together with one partner and its affiliates stays within its share of net tier-1 capital.",
    zh="与单一合作方（含关联方）共同出资的贷款余额不得超过一级资本净额的规定比例。",
    passes=[
        {"co_funded_balance_cny": "25.00", "tier1_net_cny": "100.00"},
        {"co_funded_balance_cny": "25.00"},
    ],
    fails=[{"co_funded_balance_cny": "25.01", "tier1_net_cny": "100.00"}],
)
def partner_group_within_its_share_of_capital(group: Any, limits: Any) -> Any:
    return group.co_funded_balance_cny <= group.tier1_net_cny * limits.partner_group_max_fraction


@rule(
    "PTR-007",
    on="delivery",
    jurisdictions=CHINA,
    lender_types=("BANK",),
    since="2023-06-30",
    fields=("co_funded_balance_cny", "balance_cny"),
    cites=f"{NOTICE_24}, section 4",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What is lent together with all partners stays within its share of all loans.",
    zh="与全部合作方共同出资的贷款余额不得超过全部贷款余额的规定比例。",
    passes=[{"co_funded_balance_cny": "50.00", "balance_cny": "100.00"}],
    fails=[{"co_funded_balance_cny": "50.01", "balance_cny": "100.00"}],
)
def co_lending_within_its_share_of_the_book(delivery: Any, limits: Any) -> Any:
    return delivery.co_funded_balance_cny <= delivery.balance_cny * limits.co_funded_max_fraction


@rule(
    "PTR-008",
    on="delivery",
    jurisdictions=CHINA,
    lender_types=("CFC",),
    since="2024-04-18",
    fields=("enhanced_amount", "balance_cny"),
    cites="消费金融公司管理办法 (NFRA 2024 No. 4), article on indicators",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Loans with credit enhancement stay within their share of all loans.",
    zh="担保增信贷款余额不得超过全部贷款余额的规定比例。",
    passes=[{"enhanced_amount": "50.00", "balance_cny": "100.00"}],
    fails=[{"enhanced_amount": "50.01", "balance_cny": "100.00"}],
)
def enhanced_loans_within_their_share(delivery: Any, limits: Any) -> Any:
    return delivery.enhanced_amount <= delivery.balance_cny * limits.enhanced_max_fraction
