"""Lending together with partners: how much, with whom, and the ratios that limits are set on.

Belongs here: co-funded balances against capital and all loans, and the parts each side funds. Not here: shares and
indexes by partner (dimensions.py), credit enhancement (guarantees.py). Balances in a ratio to capital or to all loans
are the lender's own part, as the notice has them and as rules PTR-006 and PTR-007 do; others are the whole loan.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import AT_LEAST, Confidence
from transforms import amount, by, indicator, ratio, rows, top, where
from transforms.dated import in_force
from transforms.distributions import fine, no_sum
from transforms.relative import relative

NOTICE = "银保监办发〔2021〕24号"
# the 2020 draft on network small loans asked for 30 % of own funds in each joint loan and was never in force [B-H];
# what is in force asks for the partner's part, PARTNER_SHARE
OWN_SHARE_LINE = Decimal("0.30")
PARTNER_SHARE = "partner_share_min_fraction"
SHARE_BANDS = (("0-30", Decimal("0.30")), ("30-50", Decimal("0.50")), ("50-70", Decimal("0.70")), ("70-100", None))

_PARTNERS = rows(
    "partner_agreement_no partner_uscc partner_group_id",
    ("A-1", "P1", "G"),
    ("A-2", "P2", "G"),
    ("A-3", "P3", None),
)
_LOANS = rows(
    "iou_no currency balance_amount own_balance_amount coop_mode partner_agreement_no loan_status is_internet_loan",
    ("L1", "CNY", 300, 200, "JOINT", "A-1", "LS01", True),
    ("L2", "CNY", 100, 50, "JOINT", "A-1", "LS01", True),
    ("L3", "CNY", 400, 150, "JOINT", "A-2", "LS01", True),
    ("L4", "CNY", 200, 100, "JOINT", "A-3", "LS03", None),
    ("L5", "CNY", 900, 300, "JOINT", "A-3", "LS03", False),
    ("L6", "CNY", 500, 500, "REFERRAL", "A-3", "LS01", True),
    ("L7", "CNY", 700, None, "SOLE", None, "LS01", True),
    ("L8", "CNY", 0, 0, "JOINT", "A-3", "LF01", True),
)
_BOOK = {"loan": _LOANS, "partner": _PARTNERS}
_SHARED = rows(
    "iou_no lender_type start_date balance_amount coop_mode partner_share_fraction loan_status",
    ("L1", "BANK", "2022-01-01", 600, "JOINT", "0.30", "LS01"),
    ("L2", "BANK", "2026-05-01", 300, "JOINT", "0.29", "LS01"),
    ("L3", "BANK", "2021-12-31", 100, "JOINT", "0.10", "LS01"),
    ("L4", "BANK", "2026-05-01", 500, "JOINT", None, "LS01"),
    ("L5", "BANK", "2026-05-01", 250, "JOINT", "0.75", "LS03"),
    ("L6", "BANK", "2026-05-01", 250, "JOINT", "0.70", "LS03"),
    ("L7", "BANK", "2026-05-01", 900, "SOLE", "0.10", "LS01"),
)


@indicator(
    "CON-COFUNDED",
    unit="money",
    grain="cofunded",
    en="Balance of loans funded together with partners, both parts.",
    zh="联合贷款余额",
    formula="sum of balance where coop_mode = JOINT",
    notation="Σ x_j, j funded together",
    cites="1104 G09_I 8.1",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(1900)}),
)
def cofunded_balance(cofunded: Any) -> Any:
    return amount(cofunded.balance.sum())


@indicator(
    "CON-COFUNDED-OWN",
    unit="money",
    grain="cofunded",
    en="The lender's own part of the loans funded together with partners.",
    zh="联合贷款中本机构出资余额",
    formula="sum of the own part of balance where coop_mode = JOINT",
    notation="Σ o_j, j funded together",
    cites="1104 G09_I 8.1.2",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(800)}),
)
def own_cofunded_balance(cofunded: Any) -> Any:
    return amount(cofunded.own_balance.sum())


@indicator(
    "CON-PARTNER-TOP",
    unit="money",
    grain="cofunded",
    dimension="partner_uscc",
    en="The ten partners with the largest co-funded balance, largest first.",
    zh="前十大合作方联合贷款余额",
    formula="co-funded balance per partner, the ten largest; equals in order of their codes",
    notation="x_(1) ≥ … ≥ x_(10)",
    cites="1104 G09_II, top-10 co-lenders",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"P3": Decimal(1100), "P1": Decimal(400), "P2": Decimal(400)}),
)
def largest_partners(cofunded: Any) -> Any:
    return top(cofunded, cofunded.partner_uscc, cofunded.balance, 10)


@indicator(
    "CON-PARTNER-TIER1",
    unit="fraction",
    grain="cofunded",
    dimension="partner_group_id",
    en="The lender's own part of internet loans funded together with each partner, its affiliates included, over the "
    "lender's net tier-1 capital.",
    zh="与单一合作方（含关联方）共同出资的本机构贷款余额占一级资本净额比例",
    formula="own part of balance with the partner group / net tier-1 capital, over internet loans with coop_mode JOINT",
    notation="Σ_{j with group g} o_j / K",
    cites=f"{NOTICE}, section 3",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    limit="partner_group_max_fraction",
    example=(
        {**_BOOK, "institution": rows("institution_name currency tier1_net_amount", ("Bank", "CNY", 2000))},
        {"G": Decimal("0.2"), "P3": Decimal("0.05")},
    ),
)
def partner_group_to_capital(cofunded: Any, institution: Any) -> Any:
    online = _online(cofunded)
    in_yuan = institution.filter(institution.currency == "CNY")
    own, capital = online.own_balance.sum(), in_yuan.tier1_net_amount.sum()
    return relative(online, online.partner_group, numerator=own, whole=capital)


@indicator(
    "CON-PARTNERS-TOTAL",
    unit="fraction",
    grain="stock",
    en="The lender's own part of internet loans funded together with any partner over all its own loans.",
    zh="与全部合作方共同出资的本机构互联网贷款余额占本机构全部贷款余额比例",
    formula="sum of the own part of balance where coop_mode = JOINT and not offline / sum of the own part of balance",
    notation="Σ_{j funded together} o_j / Σ o",
    cites=f"{NOTICE}, section 4",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    limit="co_funded_max_fraction",
    example=(_BOOK, {"": Decimal("0.25")}),
)
def cofunded_share(stock: Any) -> Any:
    together = (stock.coop_mode == "JOINT") & _is_online(stock)
    return ratio(where(together, stock.own_balance).sum(), stock.own_balance.sum())


@indicator(
    "CON-PARTNER-SHARE-LEAST",
    unit="fraction",
    grain="cofunded",
    en="The smallest part that a partner funds of a loan for which a least part was in force when it was granted.",
    zh="发放时适用出资下限的联合贷款中合作方最低出资比例",
    formula="smallest partner_share_fraction where coop_mode = JOINT and a least part was in force on start_date",
    notation="min_j p_j",
    cites=f"{NOTICE}, section 2",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    unlisted=no_sum("CON-PARTNER-SHARE-LOW"),
    limit=PARTNER_SHARE,
    bound=AT_LEAST,
    example=({"loan": _SHARED}, {"": Decimal("0.29")}),
)
def least_partner_share(cofunded: Any) -> Any:
    bound = cofunded.filter(_least(cofunded).notnull())
    return fine(bound.partner_share_fraction.min())


@indicator(
    "CON-PARTNER-SHARE-LOW",
    unit="fraction",
    grain="cofunded",
    en="Co-funded loans of which the partner funds less than the least part in force when they were granted, over all "
    "co-funded loans.",
    zh="合作方出资比例低于发放时下限的联合贷款余额占比",
    formula="sum of balance where partner_share_fraction < the least part in force on start_date / sum of balance; "
    "both over loans with coop_mode = JOINT",
    notation="Σ_{p_j < p*} x_j / Σ x_j",
    cites=f"{NOTICE}, section 2",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _SHARED}, {"": Decimal("0.15")}),
)
def low_partner_share(cofunded: Any) -> Any:
    return ratio(where(_is_low(cofunded), cofunded.balance).sum(), cofunded.balance.sum())


@indicator(
    "CON-PARTNER-SHARE-LOW-LOANS",
    unit="count",
    grain="cofunded",
    en="Number of co-funded loans of which the partner funds less than the least part in force when they were granted.",
    zh="合作方出资比例低于发放时下限的联合贷款笔数",
    formula="count of loans where coop_mode = JOINT and partner_share_fraction < the least part in force on start_date",
    notation="#{j: p_j < p*}",
    cites=f"{NOTICE}, section 2",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _SHARED}, {"": Decimal(1)}),
)
def low_partner_share_loans(cofunded: Any) -> Any:
    return amount(where(_is_low(cofunded), ibis.literal(1)).sum())


@indicator(
    "CON-OWN-SHARE-LOW",
    unit="fraction",
    grain="cofunded",
    en="Co-funded loans of which the lender itself funds less than 30 percent, over all co-funded loans; no limit in "
    "force asks for this part.",
    zh="本机构出资比例低于30%的联合贷款余额占比（现行规定未设该下限）",
    formula="sum of balance where 1 - partner_share_fraction < 0.30 / sum of balance; both with coop_mode = JOINT",
    notation="Σ_{1 − p_j < 0.30} x_j / Σ x_j",
    cites="Draft of 2020 on network small loans, never in force",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _SHARED}, {"": Decimal("0.125")}),
)
def low_own_share(cofunded: Any) -> Any:
    low = cofunded.partner_share_fraction > _fraction(1 - OWN_SHARE_LINE)
    return ratio(where(low, cofunded.balance).sum(), cofunded.balance.sum())


@indicator(
    "CON-PARTNER-SHARE-BAND",
    unit="money",
    grain="cofunded",
    dimension="share_band",
    en="Co-funded balance by the part the partner funds, in bands of percent; a band has its lower end and not its "
    "upper.",
    zh="按合作方出资比例区间划分的联合贷款余额（含下限不含上限）",
    formula="sum of balance per band of partner_share_fraction where coop_mode = JOINT",
    notation="Σ_{p_j in band} x_j",
    cites=f"{NOTICE}, section 2, for 30 percent; the other ends are ours",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(
        {"loan": _SHARED},
        {
            "0-30": Decimal(400),
            "30-50": Decimal(600),
            "50-70": Decimal(0),
            "70-100": Decimal(500),
            "unknown": Decimal(500),
        },
    ),
)
def balance_by_share(cofunded: Any) -> Any:
    branches = [
        (cofunded.partner_share_fraction < _fraction(end), name) for name, end in SHARE_BANDS if end is not None
    ]
    member = ibis.cases(*branches, (cofunded.partner_share_fraction.notnull(), SHARE_BANDS[-1][0]))
    return by(cofunded, member, numerator=cofunded.balance.sum(), members=tuple(name for name, _ in SHARE_BANDS))


def _online(loans: Any) -> Any:
    return loans.filter(_is_online(loans))


def _is_online(loans: Any) -> Any:
    # a loan of which this is not known counts, as in the rules
    return loans.is_internet_loan.fill_null(True)


def _least(cofunded: Any) -> Any:
    return in_force(PARTNER_SHARE, cofunded.lender_type, cofunded.start_date)


def _is_low(cofunded: Any) -> Any:
    return cofunded.partner_share_fraction < _least(cofunded)


def _fraction(value: Decimal) -> Any:
    return ibis.literal(value, type="decimal(12, 8)")
