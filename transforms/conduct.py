"""What borrowers pay on average, how many pay much, and how well disclosure and consent are evidenced.

Belongs here: portfolio figures of price and conduct. Not here: the rate of one loan (transforms/pricing.py) or whether
a duty was kept loan by loan (schemas/rules).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import band, by, indicator, names, ratio, rows, where

COST_SHEET_DUTY_FROM = date(2026, 8, 1)  # 金规〔2026〕2号 in force; loans granted before are outside it [S]
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
HIGH_COST_PCT = 24

_COSTS = rows(
    "balance_amount nominal_annual_pct all_in_cost_pct loan_status",
    (500, 10, 12, "LS01"),
    (300, 18, "12.01", "LS01"),
    (150, 20, 24, "LS01"),
    (50, 24, "24.5", "LS03"),
    (0, 36, 36, "LF01"),
)


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
    "PRC-OVER-24",
    unit="fraction",
    grain="stock",
    en="Loans with an annual all-in cost above 24 percent over all loans.",
    zh="年化综合融资成本高于24%的贷款占比",
    formula="sum of balance where all_in_cost_pct > 24 / sum of balance",
    cites="法发〔2017〕22号",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _COSTS}, {"": Decimal("0.05")}),
)
def high_cost_share(stock: Any) -> Any:
    return ratio(where(stock.all_in_cost_pct > HIGH_COST_PCT, stock.balance).sum(), stock.balance.sum())


@indicator(
    "DSC-SHEET",
    unit="fraction",
    grain="loan",
    en="Loans granted since 2026-08-01 whose cost sheet was confirmed before the contract was signed, over all such "
    "loans on the tape, closed ones included.",
    zh="2026年8月1日起发放贷款中签约前已确认综合融资成本明示表的占比（含已结清）",
    formula="count of loans with a cost sheet where sheet_confirmed_at <= contract_signed_at / count of loans; both "
    "with start_date >= 2026-08-01",
    cites="金规〔2026〕2号",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "iou_no start_date",
                ("old", "2026-07-31"),
                ("good", "2026-08-01"),
                ("late", "2026-09-01"),
                ("none", "2026-09-01"),
                ("twice", "2026-09-01"),
            ),
            "disclosure": rows(
                "iou_no sheet_confirmed_at contract_signed_at",
                ("old", "2026-07-31 10:00:00", "2026-07-31 10:00:05"),
                ("good", "2026-08-01 10:00:00", "2026-08-01 10:00:00"),
                ("late", "2026-09-01 10:00:05", "2026-09-01 10:00:00"),
                ("twice", None, "2026-09-01 10:00:00"),
                ("twice", "2026-09-01 09:59:00", "2026-09-01 10:00:00"),
            ),
        },
        {"": Decimal("0.5")},
    ),
)
def sheets_confirmed(loan: Any, disclosure: Any) -> Any:
    granted = loan.filter(loan.start_date >= COST_SHEET_DUTY_FROM).select("iou_no")
    confirmed = disclosure.filter(disclosure.sheet_confirmed_at <= disclosure.contract_signed_at)
    return ratio(granted.semi_join(confirmed, "iou_no").count(), granted.count())


@indicator(
    "PRV-GENERAL",
    unit="fraction",
    grain="stock",
    en="Loans whose borrower consented to the processing of personal information on or before the day of grant, over "
    "all loans.",
    zh="放款日（含）前已取得个人信息处理同意的贷款占比",
    formula="count of loans with a GENERAL consent given on or before start_date / count of loans",
    cites="PIPL art. 13-14",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows("iou_no start_date", ("a", "2026-05-02"), ("b", "2026-05-02"), ("c", "2026-05-02")),
            "consent": rows(
                "iou_no consent_type consented_at",
                ("a", "GENERAL", "2026-05-02 23:59:59"),
                ("a", "GENERAL", "2026-04-01 00:00:00"),
                ("b", "GENERAL", "2026-05-03 00:00:00"),
                ("c", "SHARE", "2026-05-01 00:00:00"),
            ),
        },
        {"": Decimal("0.3333333333")},
    ),
)
def general_consent(stock: Any, consent: Any) -> Any:
    return ratio(_consented(stock, consent, "GENERAL").count(), stock.count())


@indicator(
    "PRV-SHARE",
    unit="fraction",
    grain="stock",
    en="Loans made with a partner whose borrower separately consented, on or before the day of grant, to the sharing "
    "of personal information, over all loans made with a partner.",
    zh="合作贷款中放款日（含）前已取得向第三方提供个人信息单独同意的占比",
    formula="count of loans with a SHARE consent given on or before start_date / count of loans; both with coop_mode "
    "JOINT or REFERRAL",
    cites="PIPL art. 23",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "iou_no start_date coop_mode",
                ("a", "2026-05-02", "JOINT"),
                ("b", "2026-05-02", "REFERRAL"),
                ("c", "2026-05-02", "SOLE"),
            ),
            "consent": rows("iou_no consent_type consented_at", ("a", "SHARE", "2026-05-02 08:00:00")),
        },
        {"": Decimal("0.5")},
    ),
)
def share_consent(stock: Any, consent: Any) -> Any:
    shared = stock.filter(stock.coop_mode.isin(("JOINT", "REFERRAL")))
    return ratio(_consented(shared, consent, "SHARE").count(), shared.count())


def _weighted(pct: Any, weight: Any) -> Any:
    # Ibis multiplies decimals only when one type holds the other's digits
    return ratio((weight * pct.cast("decimal(20, 6)")).sum(), where(pct.notnull(), weight).sum())


def _consented(loans: Any, consent: Any, kind: str) -> Any:
    given = consent.filter(consent.consent_type == kind)
    return loans.semi_join(given, (loans.iou_no == given.iou_no, given.consented_at.date() <= loans.start_date))
