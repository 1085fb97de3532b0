"""What credit costs: averages, bands and deciles of the annual all-in cost.

Belongs here: how dear the loans on the books are. Not here: what is above a cap (caps.py), whether the rate shown is
right (shown_rates.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import band, by, indicator, names, ratio, rows, where
from transforms.distributions import DECILES, no_sum, quantiles

# Upper ends of the bands are figures that caps are discussed at: 12 (4 x LPR of 3 %), 20, 24 and 36 percent. They are
# points of a scale, not limits: limits are dated and by kind of lender.
COST_BANDS = (
    ("0-12", 12),
    ("12-15", 15),
    ("15-18", 18),
    ("18-20", 20),
    ("20-24", 24),
    ("24-36", 36),
    ("36+", None),
)
_DUTY = "金规〔2026〕2号"
_RANK = "the value in place ceil(p n / 100) of n known ones, smallest first (nearest rank; 0 is the smallest)"
_NOTATION = "q_p = x_(⌈p n / 100⌉), x_(1) ≤ … ≤ x_(n)"

_COSTS = rows(
    "balance_amount nominal_annual_pct all_in_cost_pct loan_status",
    (500, 10, 12, "LS01"),
    (300, 18, "12.01", "LS01"),
    (150, 20, 24, "LS01"),
    (50, 24, "24.5", "LS03"),
    (0, 36, 36, "LF01"),
)
_PRODUCTS = rows(
    "balance_amount all_in_cost_pct product_name",
    (1, "10.5", "cash"),
    (1, "12", "cash"),
    (1, "24", "cash"),
    (1, "18", "pay later"),
    (1, None, "pay later"),
)
_PARTNERS = {
    "loan": rows(
        "balance_amount all_in_cost_pct coop_mode partner_agreement_no",
        (1, "10.5", "JOINT", "A-1"),
        (1, "12", "REFERRAL", "A-1"),
        (1, "24", "JOINT", "A-1"),
        (1, "18", "JOINT", "A-9"),
        (1, "36", "SOLE", None),
    ),
    "partner": rows("partner_agreement_no partner_uscc", ("A-1", "P1")),
}


def _deciles(*values: str) -> dict[str, Decimal]:
    return {str(percent): Decimal(value) for percent, value in zip(DECILES, values, strict=True)}


@indicator(
    "PRC-RATE",
    unit="percent",
    grain="stock",
    en="Average nominal annual rate, weighted by balance.",
    zh="加权平均年利率",
    formula="sum of balance x nominal_annual_pct / sum of balance, over loans with a rate",
    cites="1104 G09_II, average rate",
    confidence=Confidence.SECONDARY,
    example=({"loan": _COSTS}, {"": Decimal("14.6")}),
)
def average_rate(stock: Any) -> Any:
    return _weighted(stock.nominal_annual_pct, stock.balance)


@indicator(
    "PRC-COST",
    unit="percent",
    grain="stock",
    en="Average annual all-in cost under normal performance, weighted by balance.",
    zh="加权平均年化综合融资成本",
    formula="sum of balance x all_in_cost_pct / sum of balance, over loans with an all-in cost",
    cites="金规〔2026〕2号",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=({"loan": _COSTS}, {"": Decimal("14.428")}),
)
def average_cost(stock: Any) -> Any:
    return _weighted(stock.all_in_cost_pct, stock.balance)


@indicator(
    "PRC-COST-BAND",
    unit="money",
    grain="stock",
    dimension="cost_band",
    en="Balance by annual all-in cost, in bands of percent; a band includes its upper end.",
    zh="按年化综合融资成本区间划分的贷款余额",
    formula="sum of balance per band of all_in_cost_pct",
    cites="金规〔2026〕2号; the bands are ours",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(
        {"loan": _COSTS},
        {
            "0-12": Decimal(500),
            "12-15": Decimal(300),
            "15-18": Decimal(0),
            "18-20": Decimal(0),
            "20-24": Decimal(150),
            "24-36": Decimal(50),
            "36+": Decimal(0),
        },
    ),
)
def balance_by_cost(stock: Any) -> Any:
    return by(stock, band(stock.all_in_cost_pct, COST_BANDS), numerator=stock.balance.sum(), members=names(COST_BANDS))


@indicator(
    "PRC-COST-DECILE",
    unit="percent",
    grain="stock",
    dimension="quantile",
    en="Deciles of the annual all-in cost over loans; 0 is the smallest, 50 the median, 100 the largest.",
    zh="年化综合融资成本的十分位数（按笔数，0为最小值，50为中位数，100为最大值）",
    formula=f"all_in_cost_pct: {_RANK}",
    notation=_NOTATION,
    cites=f"{_DUTY}; nearest rank is our convention",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    unlisted=no_sum("PRC-COST-BAND"),
    example=(
        {"loan": _COSTS},
        _deciles("12", "12", "12", "12.01", "12.01", "12.01", "24", "24", "24.5", "24.5", "24.5"),
    ),
)
def cost_deciles(stock: Any) -> Any:
    return quantiles(stock, stock.all_in_cost_pct, DECILES)


@indicator(
    "PRC-COST-DECILE-PRODUCT",
    unit="percent",
    grain="stock",
    dimension="product_name>quantile",
    en="Deciles of the annual all-in cost over the loans of each product.",
    zh="各产品年化综合融资成本的十分位数（按笔数）",
    formula=f"all_in_cost_pct per product_name: {_RANK}",
    notation=_NOTATION,
    cites=f"{_DUTY}; nearest rank is our convention",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    unlisted=no_sum("PRC-COST-BAND"),
    example=(
        {"loan": _PRODUCTS},
        {
            f"{product}>{percent}": value
            for product, values in (
                ("cash", ("10.5",) * 4 + ("12",) * 3 + ("24",) * 4),
                ("pay later", ("18",) * 11),
            )
            for percent, value in _deciles(*values).items()
        },
    ),
)
def cost_deciles_by_product(stock: Any) -> Any:
    return quantiles(stock, stock.all_in_cost_pct, DECILES, stock.product_name)


@indicator(
    "PRC-COST-DECILE-PARTNER",
    unit="percent",
    grain="with_partner",
    dimension="partner_uscc>quantile",
    en="Deciles of the annual all-in cost over the loans made with each partner, funded together or brought by it.",
    zh="各合作方（联合贷款及助贷引流）年化综合融资成本的十分位数（按笔数）",
    formula=f"all_in_cost_pct per partner, over loans with coop_mode JOINT or REFERRAL: {_RANK}",
    notation=_NOTATION,
    cites=f"金规〔2025〕9号, {_DUTY}; nearest rank is our convention",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    unlisted=no_sum("PRC-COST-BAND"),
    example=(
        _PARTNERS,
        {
            f"{partner}>{percent}": value
            for partner, values in (
                ("P1", ("10.5",) * 4 + ("12",) * 3 + ("24",) * 4),
                ("unknown", ("18",) * 11),
            )
            for percent, value in _deciles(*values).items()
        },
    ),
)
def cost_deciles_by_partner(with_partner: Any) -> Any:
    return quantiles(with_partner, with_partner.all_in_cost_pct, DECILES, with_partner.partner_uscc)


def _weighted(pct: Any, weight: Any) -> Any:
    # Ibis multiplies decimals only when one type holds the other's digits
    return ratio((weight * pct.cast("decimal(20, 6)")).sum(), where(pct.notnull(), weight).sum())
