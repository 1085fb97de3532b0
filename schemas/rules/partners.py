"""Lending with others: who funds what of a loan.

Belongs here: shares and balances of co-lent loans, and what loans made alone or by referral may not say. Not here:
agreements and the partner list (``partners_agreements``), enhancement (``partners_enhancement``), limits on the whole
book (``partners_limits``), what partners charge (``pricing``) or the consent to share data with them (``privacy``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide

NOTICE_24 = "银保监办发〔2021〕24号"
TOGETHER = ("JOINT", "REFERRAL")
OWN_FUNDS = ("SOLE", "REFERRAL")
LOCAL_SINCE = date(2022, 1, 1)  # section 5 of the notice binds loans from this day
_JOINT = {"coop_mode": "JOINT", "lender_type": "BANK", "start_date": "2022-01-01"}
_KINDS = ("BANK", "CFC", "TRUST", "AFC")


@rule(
    "PTR-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_share_fraction", "coop_mode", "lender_type"),
    cites=f"{NOTICE_24}, section 2, in force 2022-01-01",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The partner funds at least its minimum share of a co-lent loan.",
    zh="联合贷款中合作方出资比例不得低于下限。",
    says=(
        "the partner funds {partner_share_fraction} of a loan of a {lender_type}",
        "{lender_type}的联合贷款，合作方出资比例为{partner_share_fraction}",
    ),
    passes=[
        *[_JOINT | {"lender_type": kind, "partner_share_fraction": "0.30000000"} for kind in _KINDS],
        *[_JOINT | {"lender_type": k, "start_date": "2021-12-31", "partner_share_fraction": "0.1"} for k in _KINDS],
        _JOINT | {"partner_share_fraction": "1"},
        _JOINT | {"coop_mode": "SOLE", "partner_share_fraction": "0"},
        _JOINT | {"lender_type": "MICRO", "partner_share_fraction": "0.1"},
    ],
    fails=[
        *[_JOINT | {"lender_type": kind, "partner_share_fraction": "0.29999999"} for kind in _KINDS],
        _JOINT | {"start_date": "2026-10-01", "partner_share_fraction": "0.01"},
    ],
)
def partner_funds_its_share(loan: Any, limits: Any) -> Any:
    least = limits.by("partner_share_min_fraction", loan.lender_type, loan.start_date)
    return implies(loan.coop_mode == "JOINT", loan.partner_share_fraction >= least)


@rule(
    "PTR-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("own_balance_amount", "partner_balance_amount", "balance_amount", "coop_mode"),
    cites="一表通 6.4: balance funded by the lender and by the partner",
    confidence=Confidence.SECONDARY,
    en="The two funded balances of a co-lent loan add up to its balance.",
    zh="联合贷款中本机构与合作方出资余额之和应等于本金余额。",
    says=(
        "own {own_balance_amount} and partner {partner_balance_amount} of a balance of {balance_amount}",
        "本机构{own_balance_amount}、合作方{partner_balance_amount}，本金余额{balance_amount}",
    ),
    passes=[
        {"coop_mode": "JOINT", "own_balance_amount": "70", "partner_balance_amount": "30", "balance_amount": "100"},
        {"coop_mode": "JOINT", "own_balance_amount": "0", "partner_balance_amount": "0", "balance_amount": "0"},
        {"coop_mode": "SOLE", "own_balance_amount": "0", "partner_balance_amount": "0", "balance_amount": "100"},
    ],
    fails=[
        {"coop_mode": "JOINT", "own_balance_amount": "70.01", "partner_balance_amount": "30", "balance_amount": "100"},
        {"coop_mode": "JOINT", "own_balance_amount": "70", "partner_balance_amount": "29.99", "balance_amount": "100"},
        {"coop_mode": "JOINT", "own_balance_amount": "130", "partner_balance_amount": "30", "balance_amount": "100"},
    ],
)
def funded_balances_add_up(loan: Any, limits: Any) -> Any:
    return implies(
        loan.coop_mode == "JOINT", wide(loan.own_balance_amount) + loan.partner_balance_amount == loan.balance_amount
    )


@rule(
    "PTR-009",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_balance_amount", "balance_amount", "partner_share_fraction", "coop_mode"),
    cites="一表通 6.4; a share of the loan is a share of its balance while both are repaid alike",
    confidence=Confidence.OWN,
    en="The partner's balance of a co-lent loan is its share of the balance, to a cent.",
    zh="联合贷款中合作方出资余额应等于本金余额乘以合作方出资比例（误差一分）。",
    says=(
        "the partner's {partner_balance_amount} is not {partner_share_fraction} of {balance_amount}",
        "合作方余额{partner_balance_amount}不等于本金余额{balance_amount}乘以{partner_share_fraction}",
    ),
    passes=[
        {"coop_mode": "JOINT", "balance_amount": "99.99", "partner_share_fraction": "0.3", "partner_balance_amount": b}
        for b in ("29.99", "30.00")
    ]
    + [
        {"coop_mode": "JOINT", "balance_amount": "100", "partner_share_fraction": "0.3", "partner_balance_amount": b}
        for b in ("29.99", "30.01")
    ]
    + [{"coop_mode": "SOLE", "balance_amount": "100", "partner_share_fraction": "0.3", "partner_balance_amount": "0"}],
    fails=[
        {"coop_mode": "JOINT", "balance_amount": "100", "partner_share_fraction": "0.3", "partner_balance_amount": b}
        for b in ("29.98", "30.02", "70.00", "0")
    ],
)
def partner_balance_is_its_share(loan: Any, limits: Any) -> Any:
    # a whole loan of 16 digits times a share of eight decimals fits into 38 digits
    share = loan.balance_amount.cast(dt.Decimal(38, 2)) * loan.partner_share_fraction.cast(dt.Decimal(38, 8))
    apart = (loan.partner_balance_amount - share).abs()
    return implies(loan.coop_mode == "JOINT", apart <= limits.balance_tolerance_amount)


@rule(
    "PTR-010",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_share_fraction", "coop_mode"),
    cites=f"{NOTICE_24}, section 2: the partner's share of every single loan",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A co-lent loan states the partner's share.",
    zh="联合贷款应填报合作方出资比例。",
    says=("{coop_mode} without a share", "{coop_mode}贷款未填报出资比例"),
    passes=[
        {"coop_mode": "JOINT", "partner_share_fraction": "0.3"},
        {"coop_mode": "JOINT", "partner_share_fraction": "0"},
        {"coop_mode": "SOLE"},
    ],
    fails=[
        {"coop_mode": "JOINT"},
        {"coop_mode": "JOINT", "partner_balance_amount": "30.00"},
        {"coop_mode": "JOINT", "partner_agreement_no": "P1"},
    ],
)
def co_lent_loan_states_the_share(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode == "JOINT", loan.partner_share_fraction.notnull())


@rule(
    "PTR-011",
    on="loan",
    jurisdictions=CHINA,
    fields=("own_balance_amount", "partner_balance_amount", "coop_mode"),
    cites="一表通 6.4: balance funded by the lender and by the partner",
    confidence=Confidence.SECONDARY,
    en="A co-lent loan states both funded balances.",
    zh="联合贷款应填报本机构与合作方出资余额。",
    says=(
        "{coop_mode}: own {own_balance_amount}, partner {partner_balance_amount}",
        "{coop_mode}：本机构{own_balance_amount}，合作方{partner_balance_amount}",
    ),
    passes=[
        {"coop_mode": "JOINT", "own_balance_amount": "70", "partner_balance_amount": "30"},
        {"coop_mode": "SOLE"},
        {"coop_mode": "REFERRAL", "own_balance_amount": "70"},
    ],
    fails=[
        {"coop_mode": "JOINT"},
        {"coop_mode": "JOINT", "own_balance_amount": "70"},
        {"coop_mode": "JOINT", "partner_balance_amount": "30"},
    ],
)
def co_lent_loan_states_both_balances(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode == "JOINT", loan.own_balance_amount.notnull() & loan.partner_balance_amount.notnull())


@rule(
    "PTR-012",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_share_fraction", "coop_mode"),
    cites="1104 G09_I 8.1-8.3: co-funded, and funded by the bank alone",
    confidence=Confidence.SECONDARY,
    en="The partner has no share of a loan made alone or by referral.",
    zh="独立或助贷引流的贷款不应有合作方出资比例。",
    says=(
        "{coop_mode} with a share of {partner_share_fraction}",
        "{coop_mode}贷款填报了出资比例{partner_share_fraction}",
    ),
    passes=[
        {"coop_mode": "SOLE", "partner_share_fraction": "0"},
        {"coop_mode": "REFERRAL", "partner_share_fraction": "0"},
        {"coop_mode": "REFERRAL"},
        {"coop_mode": "JOINT", "partner_share_fraction": "0.3"},
        {"coop_mode": "ENDED", "partner_share_fraction": "0.3"},
    ],
    fails=[
        {"coop_mode": "SOLE", "partner_share_fraction": "0.00000001"},
        {"coop_mode": "REFERRAL", "partner_share_fraction": "0.00000001"},
        {"coop_mode": "REFERRAL", "partner_share_fraction": "0.3"},
    ],
)
def own_funds_leave_no_share(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(OWN_FUNDS), loan.partner_share_fraction == 0)


@rule(
    "PTR-013",
    on="loan",
    jurisdictions=CHINA,
    fields=("own_balance_amount", "balance_amount", "coop_mode"),
    cites="1104 G09_I 8.3: funded by the bank alone; 一表通 6.4",
    confidence=Confidence.SECONDARY,
    en="A loan made alone or by referral is funded by the lender alone.",
    zh="独立或助贷引流的贷款应全部由本机构出资。",
    says=(
        "{coop_mode}: own {own_balance_amount} of a balance of {balance_amount}",
        "{coop_mode}：本金余额{balance_amount}，本机构出资{own_balance_amount}",
    ),
    passes=[
        {"coop_mode": "SOLE", "own_balance_amount": "100", "balance_amount": "100"},
        {"coop_mode": "REFERRAL", "own_balance_amount": "100", "balance_amount": "100"},
        {"coop_mode": "JOINT", "own_balance_amount": "70", "balance_amount": "100"},
    ],
    fails=[
        {"coop_mode": "SOLE", "own_balance_amount": "99.99", "balance_amount": "100"},
        {"coop_mode": "SOLE", "own_balance_amount": "100.01", "balance_amount": "100"},
        {"coop_mode": "REFERRAL", "own_balance_amount": "70", "balance_amount": "100"},
    ],
)
def own_funds_fund_all(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(OWN_FUNDS), loan.own_balance_amount == loan.balance_amount)


@rule(
    "PTR-014",
    on="loan",
    jurisdictions=CHINA,
    fields=("partner_balance_amount", "coop_mode"),
    cites="1104 G09_I 8.3: funded by the bank alone; 一表通 6.4",
    confidence=Confidence.SECONDARY,
    en="The partner has no balance of a loan made alone or by referral.",
    zh="独立或助贷引流的贷款不应有合作方出资余额。",
    says=(
        "{coop_mode} with {partner_balance_amount} funded by the partner",
        "{coop_mode}贷款填报了合作方出资余额{partner_balance_amount}",
    ),
    passes=[
        {"coop_mode": "SOLE", "partner_balance_amount": "0"},
        {"coop_mode": "REFERRAL", "partner_balance_amount": "0"},
        {"coop_mode": "SOLE"},
        {"coop_mode": "JOINT", "partner_balance_amount": "30"},
    ],
    fails=[
        {"coop_mode": "SOLE", "partner_balance_amount": "0.01"},
        {"coop_mode": "REFERRAL", "partner_balance_amount": "0.01"},
        {"coop_mode": "REFERRAL", "partner_balance_amount": "30"},
    ],
)
def own_funds_leave_no_partner_balance(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(OWN_FUNDS), loan.partner_balance_amount == 0)


@rule(
    "PTR-015",
    on="loan",
    jurisdictions=CHINA,
    fields=("decision_owner", "coop_mode"),
    cites=f"{NOTICE_24}, section 1; 金规〔2025〕9号: the lender controls its risks itself",
    confidence=Confidence.BACKGROUND_HIGH,
    en="On a loan made with a partner the lender decides, not the partner.",
    zh="与合作方共同开展的贷款应由本机构自主风控决策。",
    says=("a {coop_mode} loan decided by {decision_owner}", "{coop_mode}贷款由{decision_owner}决策"),
    since="2020-07-17",
    passes=[
        {"coop_mode": "JOINT", "decision_owner": "LENDER"},
        {"coop_mode": "REFERRAL", "decision_owner": "LENDER"},
        {"coop_mode": "JOINT"},
        {"coop_mode": "ENDED", "decision_owner": "LENDER"},
    ],
    fails=[
        {"coop_mode": "JOINT", "decision_owner": "PARTNER"},
        {"coop_mode": "REFERRAL", "decision_owner": "PARTNER"},
        {"coop_mode": "SOLE", "decision_owner": "PARTNER"},
        {"decision_owner": "PARTNER"},
    ],
)
def lender_decides(loan: Any, limits: Any) -> Any:
    return loan.decision_owner != "PARTNER"


@rule(
    "PTR-016",
    on="loan",
    jurisdictions=CHINA,
    fields=("decision_owner", "coop_mode"),
    cites="金规〔2025〕9号: the lender controls its risks itself",
    confidence=Confidence.SECONDARY,
    since="2025-10-01",
    en="A loan made with a partner says who decided on it.",
    zh="与合作方共同开展的贷款应填报风控决策方。",
    says=("a {coop_mode} loan, nobody named as deciding", "{coop_mode}贷款未填报风控决策方"),
    passes=[
        {"coop_mode": "JOINT", "decision_owner": "LENDER"},
        {"coop_mode": "REFERRAL", "decision_owner": "PARTNER"},
        {"coop_mode": "SOLE"},
        {"coop_mode": "ENDED"},
    ],
    fails=[
        {"coop_mode": "JOINT"},
        {"coop_mode": "REFERRAL"},
        {"coop_mode": "REFERRAL", "partner_agreement_no": "P1"},
    ],
)
def deciding_party_is_named(loan: Any, limits: Any) -> Any:
    return implies(loan.coop_mode.isin(TOGETHER), loan.decision_owner.notnull())


@rule(
    "PTR-017",
    on="loan",
    jurisdictions=CHINA,
    fields=("apply_region", "lender_region", "lender_type", "is_internet_loan", "start_date"),
    severity=Severity.WARNING,
    lender_types=("BANK",),
    cites=f"{NOTICE_24}, section 5: local banks serve their own region; banks without branches that work online are "
    "exempt, and the tape does not say which are",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A bank's internet loan was applied for in the province where the bank is registered.",
    zh="地方法人银行的互联网贷款应在注册地辖区（省级）内受理；符合条件的无网点银行除外。",
    says=("applied for in {apply_region}, lent in {lender_region}", "受理地区{apply_region}，机构地区{lender_region}"),
    passes=[
        {"is_internet_loan": True, "start_date": "2022-01-01", "apply_region": "441900", "lender_region": "440305"},
        {"is_internet_loan": False, "start_date": "2022-01-01", "apply_region": "110105", "lender_region": "440305"},
        {"is_internet_loan": True, "start_date": "2021-12-31", "apply_region": "110105", "lender_region": "440305"},
        {"is_internet_loan": True, "start_date": "2022-01-01", "lender_region": "440305"},
    ],
    fails=[
        {"is_internet_loan": True, "start_date": "2022-01-01", "apply_region": "110105", "lender_region": "440305"},
        {"is_internet_loan": True, "start_date": "2026-10-01", "apply_region": "450305", "lender_region": "440305"},
        {"is_internet_loan": True, "start_date": "2026-10-01", "apply_region": "540305", "lender_region": "440305"},
    ],
)
def bank_lends_where_it_is_registered(loan: Any, limits: Any) -> Any:
    asked = loan.is_internet_loan & (loan.start_date >= ibis.literal(LOCAL_SINCE))
    return implies(asked, loan.apply_region.substr(0, 2) == loan.lender_region.substr(0, 2))
