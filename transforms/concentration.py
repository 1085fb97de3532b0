"""How much hangs on few partners, products or regions.

Belongs here: shares, largest members, Herfindahl-Hirschman indexes and the ratios that concentration limits compare.
Not here: the limits themselves (schemas/limits) or whether they are kept (schemas/rules/partners.py). The co-funded
balance is the whole balance of loans funded together with a partner, both parts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import amount, by, hhi, indicator, ratio, rows, shares, top, top_shares, where

TOP = (1, 5, 10)  # 1104 G09_II lists ten co-lenders [S]; 1 and 5 are ours

_PARTNERS = rows(
    "partner_agreement_no partner_uscc partner_group_id",
    ("A-1", "P1", "G"),
    ("A-2", "P2", "G"),
    ("A-3", "P3", None),
)
_LOANS = rows(
    "balance_amount coop_mode partner_agreement_no loan_status",
    (300, "JOINT", "A-1", "LS01"),
    (100, "JOINT", "A-1", "LS01"),
    (400, "JOINT", "A-2", "LS01"),
    (200, "JOINT", "A-3", "LS03"),
    (500, "REFERRAL", "A-3", "LS01"),
    (500, "SOLE", None, "LS01"),
    (0, "JOINT", "A-3", "LF01"),
)
_BOOK = {"loan": _LOANS, "partner": _PARTNERS}


@indicator(
    "CON-COFUNDED",
    unit="money",
    grain="cofunded",
    en="Balance of loans funded together with partners.",
    zh="联合贷款余额",
    formula="sum of balance where coop_mode = JOINT",
    cites="1104 G09_I 8.1",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(1000)}),
)
def cofunded_balance(cofunded: Any) -> Any:
    return amount(cofunded.balance.sum())


@indicator(
    "CON-PARTNER",
    unit="fraction",
    grain="cofunded",
    dimension="partner_uscc",
    en="Share of each partner in the co-funded balance.",
    zh="各合作方联合贷款余额占比",
    formula="co-funded balance with the partner / sum of co-funded balance",
    cites="1104 G09_II, partner's co-funded balance",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"P1": Decimal("0.4"), "P2": Decimal("0.4"), "P3": Decimal("0.2")}),
)
def partner_shares(cofunded: Any) -> Any:
    return shares(cofunded, cofunded.partner_uscc, cofunded.balance)


@indicator(
    "CON-PARTNER-TOP",
    unit="money",
    grain="cofunded",
    dimension="partner_uscc",
    en="The ten partners with the largest co-funded balance, largest first.",
    zh="前十大合作方联合贷款余额",
    formula="co-funded balance per partner, the ten largest; equals in order of their codes",
    cites="1104 G09_II, top-10 co-lenders",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"P1": Decimal(400), "P2": Decimal(400), "P3": Decimal(200)}),
)
def largest_partners(cofunded: Any) -> Any:
    return top(cofunded, cofunded.partner_uscc, cofunded.balance, 10)


@indicator(
    "CON-PARTNER-TOP-SHARE",
    unit="fraction",
    grain="cofunded",
    dimension="largest",
    en="Share of the largest 1, 5 and 10 partners in the co-funded balance.",
    zh="前1、5、10大合作方余额占比",
    formula="co-funded balance with the n largest partners / sum of co-funded balance",
    cites="1104 G09_II, top-10 co-lenders",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"1": Decimal("0.4"), "5": Decimal(1), "10": Decimal(1)}),
)
def largest_partners_share(cofunded: Any) -> Any:
    return top_shares(cofunded, cofunded.partner_uscc, cofunded.balance, TOP)


@indicator(
    "CON-PARTNER-HHI",
    unit="fraction",
    grain="cofunded",
    en="Concentration of the co-funded balance on partners (Herfindahl-Hirschman index).",
    zh="合作方集中度（HHI）",
    formula="sum of squares of co-funded balance per partner / square of the sum",
    cites="Herfindahl-Hirschman index",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.36")}),
)
def partner_hhi(cofunded: Any) -> Any:
    return hhi(cofunded, cofunded.partner_uscc, cofunded.balance)


@indicator(
    "CON-PARTNER-TIER1",
    unit="fraction",
    grain="cofunded",
    dimension="partner_group_id",
    en="Co-funded balance with each partner, its affiliates included, over the lender's net tier-1 capital.",
    zh="单一合作方（含关联方）联合贷款余额占一级资本净额比例",
    formula="co-funded balance with the partner group / net tier-1 capital",
    cites="银保监办发〔2021〕24号, section 3",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {**_BOOK, "institution": rows("institution_name tier1_net_amount", ("Bank", 4000))},
        {"G": Decimal("0.2"), "P3": Decimal("0.05")},
    ),
)
def partner_group_to_capital(cofunded: Any, institution: Any) -> Any:
    groups = by(cofunded, cofunded.partner_group, numerator=cofunded.balance.sum()).drop("denominator")
    return groups.cross_join(institution.aggregate(denominator=institution.tier1_net_amount.sum()))


@indicator(
    "CON-PARTNERS-TOTAL",
    unit="fraction",
    grain="stock",
    en="Loans funded together with any partner over all loans.",
    zh="全部合作机构联合贷款余额占全部贷款余额比例",
    formula="sum of balance where coop_mode = JOINT / sum of balance",
    cites="银保监办发〔2021〕24号, section 4",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.5")}),
)
def cofunded_share(stock: Any) -> Any:
    return ratio(where(stock.coop_mode == "JOINT", stock.balance).sum(), stock.balance.sum())


@indicator(
    "CON-ENHANCED",
    unit="fraction",
    grain="stock",
    en="Amount enhanced by guarantors and insurers over all loans.",
    zh="担保增信贷款余额占比",
    formula="sum of enhanced_amount / sum of balance",
    cites="Consumer finance company measures 2024 (order No. 4), indicators",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {"loan": rows("balance_amount enhanced_amount", (60, None), (40, 30))},
        {"": Decimal("0.3")},
    ),
)
def enhanced_share(stock: Any) -> Any:
    return ratio(stock.enhanced_amount.fill_null(0).sum(), stock.balance.sum())


@indicator(
    "CON-PRODUCT",
    unit="fraction",
    grain="stock",
    dimension="product_name",
    en="Share of each product in the balance.",
    zh="各产品贷款余额占比",
    formula="sum of balance of the product / sum of balance",
    cites="PBoC V2.1 CLGRDK, products as the lender names them",
    confidence=Confidence.OWN,
    example=(
        {"loan": rows("balance_amount product_name", (60, "pay later"), (40, "cash"))},
        {"pay later": Decimal("0.6"), "cash": Decimal("0.4")},
    ),
)
def product_shares(stock: Any) -> Any:
    return shares(stock, stock.product_name, stock.balance)


@indicator(
    "CON-PRODUCT-HHI",
    unit="fraction",
    grain="stock",
    en="Concentration of the balance on products (Herfindahl-Hirschman index).",
    zh="产品集中度（HHI）",
    formula="sum of squares of balance per product / square of the sum of balance",
    cites="Herfindahl-Hirschman index",
    confidence=Confidence.OWN,
    example=(
        {"loan": rows("balance_amount product_name", (60, "pay later"), (30, "cash"), (10, "cash"))},
        {"": Decimal("0.52")},
    ),
)
def product_hhi(stock: Any) -> Any:
    return hhi(stock, stock.product_name, stock.balance)


@indicator(
    "CON-REGION",
    unit="fraction",
    grain="stock",
    dimension="province",
    en="Share of each province in the balance, by the borrower's region; 00 is outside the mainland.",
    zh="各省级地区贷款余额占比（00为境外及港澳台）",
    formula="sum of balance of the province (first two digits of borrower_region) / sum of balance",
    cites="GB/T 2260; PBoC V2.1 CLGRDK 6",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "balance_amount borrower_region",
                (50, "110101"),
                (20, "110105"),
                (20, "330106"),
                (5, "000840"),
                (5, None),
            )
        },
        {"11": Decimal("0.7"), "33": Decimal("0.2"), "00": Decimal("0.05"), "unknown": Decimal("0.05")},
    ),
)
def region_shares(stock: Any) -> Any:
    return shares(stock, stock.borrower_region.left(2), stock.balance)


@indicator(
    "CON-REGION-HHI",
    unit="fraction",
    grain="stock",
    en="Concentration of the balance on provinces (Herfindahl-Hirschman index).",
    zh="地区集中度（HHI）",
    formula="sum of squares of balance per province / square of the sum of balance",
    cites="Herfindahl-Hirschman index; provinces by GB/T 2260",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(
        {"loan": rows("balance_amount borrower_region", (50, "110101"), (10, "110105"), (40, "330106"))},
        {"": Decimal("0.52")},
    ),
)
def region_hhi(stock: Any) -> Any:
    return hhi(stock, stock.borrower_region.left(2), stock.balance)
