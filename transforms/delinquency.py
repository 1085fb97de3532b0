"""How much is lent, how late it is, how it is classed and what is set aside for it; charge-offs of US auto loans.

Belongs here: what one tape says about arrears. Not here: whether a class is right (schemas/rules/classification.py) or
who brought the loan (transforms/concentration.py). Loans settled, written off or transferred are on no book and count
in no figure of stock; they still count in the period's charge-offs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from transforms import amount, band, by, indicator, names, ratio, rows, where

# 1104 standard day buckets: not overdue; to 30; 31-60; 61-90; 91-180; 181-270; 271-360; 361 and more [S]
DAYS_1104 = (
    ("0", 0),
    ("1-30", 30),
    ("31-60", 60),
    ("61-90", 90),
    ("91-180", 180),
    ("181-270", 270),
    ("271-360", 360),
    ("361+", None),
)
# The industry's stages, no rule: M1 is 1-30 days and so on by 30, M6+ is over 180 [B-H]
STAGES = (
    ("M0", 0),
    ("M1", 30),
    ("M2", 60),
    ("M3", 90),
    ("M4", 120),
    ("M5", 150),
    ("M6", 180),
    ("M6+", None),
)

_BOOK = rows(
    "balance_amount days_past_due five_class provision_amount overdue_1104_amount loan_status",
    (800, 0, "1", 8, 0, "LS01"),
    (100, 31, "2", 2, 10, "LS03"),
    (60, 91, "3", 20, 60, "LS03"),
    (40, 400, "5", 40, 40, "LS03"),
    (0, 500, "5", 0, 0, "LF02"),
)
_LATE = "Overdue is counted by loan, on days: a loan is overdue with its whole balance."


@indicator(
    "BAL-TOTAL",
    unit="money",
    grain="stock",
    en="Principal outstanding of all loans on the books.",
    zh="贷款余额",
    formula="sum of balance; loans of status LF.. excluded",
    cites="PBoC V2.1 CLGRDK 14-15",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(1000)}),
)
def total_balance(stock: Any) -> Any:
    return amount(stock.balance.sum())


@indicator(
    "BAL-LOANS",
    unit="count",
    grain="stock",
    en="Number of loans on the books.",
    zh="贷款笔数",
    formula="count of loans; loans of status LF.. excluded",
    cites="PBoC V2.1 CLGRDK",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(4)}),
)
def loan_count(stock: Any) -> Any:
    return amount(stock.count())


@indicator(
    "DLQ-BUCKET",
    unit="money",
    grain="stock",
    dimension="days_1104",
    en="Balance by days past due, in the day buckets of the 1104 returns.",
    zh="按逾期天数划分的贷款余额（1104口径）",
    formula="sum of balance per bucket of days past due",
    cites="1104 G11 day buckets",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _BOOK},
        {
            "0": Decimal(800),
            "1-30": Decimal(0),
            "31-60": Decimal(100),
            "61-90": Decimal(0),
            "91-180": Decimal(60),
            "181-270": Decimal(0),
            "271-360": Decimal(0),
            "361+": Decimal(40),
        },
    ),
)
def balance_by_days(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, DAYS_1104), numerator=stock.balance.sum(), members=names(DAYS_1104))


@indicator(
    "DLQ-BUCKET-LOANS",
    unit="count",
    grain="stock",
    dimension="days_1104",
    en="Number of loans by days past due, in the day buckets of the 1104 returns.",
    zh="按逾期天数划分的贷款笔数（1104口径）",
    formula="count of loans per bucket of days past due",
    cites="1104 G11 day buckets",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        {"loan": rows("days_past_due", (0,), (30,), (31,), (360,), (361,))},
        {
            "0": Decimal(1),
            "1-30": Decimal(1),
            "31-60": Decimal(1),
            "61-90": Decimal(0),
            "91-180": Decimal(0),
            "181-270": Decimal(0),
            "271-360": Decimal(1),
            "361+": Decimal(1),
        },
    ),
)
def loans_by_days(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, DAYS_1104), numerator=stock.count(), members=names(DAYS_1104))


@indicator(
    "DLQ-BUCKET-1104",
    unit="money",
    grain="stock",
    dimension="days_1104",
    en="Overdue amount by the 1104 rule, by days past due.",
    zh="按逾期天数划分的逾期金额（1104口径）",
    formula="sum of overdue_1104_amount per bucket of days past due: monthly instalment loans count their overdue part "
    "to 90 days and their whole balance after, others their whole balance from the first day",
    cites="1104 filling notes in two banks' returns; rule ARR-008 checks the amount",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _BOOK},
        {
            "0": Decimal(0),
            "1-30": Decimal(0),
            "31-60": Decimal(10),
            "61-90": Decimal(0),
            "91-180": Decimal(60),
            "181-270": Decimal(0),
            "271-360": Decimal(0),
            "361+": Decimal(40),
        },
    ),
)
def overdue_amount_by_days(stock: Any) -> Any:
    return by(
        stock,
        band(stock.days_past_due, DAYS_1104),
        numerator=stock.overdue_1104_amount.sum(),
        members=names(DAYS_1104),
    )


@indicator(
    "DLQ-STAGE",
    unit="money",
    grain="stock",
    dimension="stage",
    en="Balance by stage of delinquency, M0 (current) to M6+ (over 180 days).",
    zh="按逾期阶段（M0至M6+）划分的贷款余额",
    formula="sum of balance per stage: M0 0 days, M1 1-30, M2 31-60, ... M6 151-180, M6+ over 180",
    cites="industry practice, no rule",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {"loan": rows("balance_amount days_past_due", (70, 0), (20, 30), (5, 151), (4, 180), (1, 181))},
        {
            "M0": Decimal(70),
            "M1": Decimal(20),
            "M2": Decimal(0),
            "M3": Decimal(0),
            "M4": Decimal(0),
            "M5": Decimal(0),
            "M6": Decimal(9),
            "M6+": Decimal(1),
        },
    ),
)
def balance_by_stage(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, STAGES), numerator=stock.balance.sum(), members=names(STAGES))


@indicator(
    "DLQ-STAGE-LOANS",
    unit="count",
    grain="stock",
    dimension="stage",
    en="Number of loans by stage of delinquency, M0 (current) to M6+ (over 180 days).",
    zh="按逾期阶段（M0至M6+）划分的贷款笔数",
    formula="count of loans per stage: M0 0 days, M1 1-30, M2 31-60, ... M6 151-180, M6+ over 180",
    cites="industry practice, no rule",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {"loan": rows("days_past_due", (0,), (0,), (1,), (60,), (61,), (91,), (121,), (900,))},
        {
            "M0": Decimal(2),
            "M1": Decimal(1),
            "M2": Decimal(1),
            "M3": Decimal(1),
            "M4": Decimal(1),
            "M5": Decimal(1),
            "M6": Decimal(0),
            "M6+": Decimal(1),
        },
    ),
)
def loans_by_stage(stock: Any) -> Any:
    return by(stock, band(stock.days_past_due, STAGES), numerator=stock.count(), members=names(STAGES))


@indicator(
    "DLQ-OVERDUE-1104",
    unit="money",
    grain="stock",
    en="Overdue amount by the 1104 rule.",
    zh="逾期金额（1104口径）",
    formula="sum of overdue_1104_amount",
    cites="1104 filling notes in two banks' returns; rule ARR-008 checks the amount",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal(110)}),
)
def overdue_amount(stock: Any) -> Any:
    return amount(stock.overdue_1104_amount.sum())


@indicator(
    "DLQ-OVERDUE-BALANCE",
    unit="money",
    grain="stock",
    en=f"Balance of overdue loans. {_LATE}",
    zh="逾期贷款余额",
    formula="sum of balance where days past due > 0",
    cites="PBoC form 20202, overdue loans",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal(200)}),
)
def overdue_balance(stock: Any) -> Any:
    return amount(where(stock.days_past_due > 0, stock.balance).sum())


@indicator(
    "DLQ-1P",
    unit="fraction",
    grain="stock",
    en=f"Overdue loans over all loans. {_LATE}",
    zh="逾期贷款率",
    formula="sum of balance where days past due > 0 / sum of balance",
    cites="Ratio of overdue loans",
    confidence=Confidence.BACKGROUND_HIGH,
    example=({"loan": _BOOK}, {"": Decimal("0.2")}),
)
def overdue_ratio(stock: Any) -> Any:
    return ratio(where(stock.days_past_due > 0, stock.balance).sum(), stock.balance.sum())


@indicator(
    "DLQ-30P",
    unit="fraction",
    grain="stock",
    en=f"Loans over 30 days past due over all loans. {_LATE}",
    zh="逾期30天以上贷款率",
    formula="sum of balance where days past due > 30 / sum of balance",
    cites="1104 G09_II, overdue ratio",
    confidence=Confidence.SECONDARY,
    example=({"loan": _BOOK}, {"": Decimal("0.2")}),
)
def over_30_ratio(stock: Any) -> Any:
    return ratio(where(stock.days_past_due > 30, stock.balance).sum(), stock.balance.sum())


@indicator(
    "DLQ-60P",
    unit="fraction",
    grain="stock",
    en=f"Loans over 60 days past due over all loans. {_LATE}",
    zh="逾期60天以上贷款率",
    formula="sum of balance where days past due > 60 / sum of balance",
    cites="Day buckets of 1104 S63",
    confidence=Confidence.SECONDARY,
    example=({"loan": _BOOK}, {"": Decimal("0.1")}),
)
def over_60_ratio(stock: Any) -> Any:
    return ratio(where(stock.days_past_due > 60, stock.balance).sum(), stock.balance.sum())


@indicator(
    "DLQ-90P",
    unit="fraction",
    grain="stock",
    en=f"Loans over 90 days past due over all loans. {_LATE}",
    zh="逾期90天以上贷款率",
    formula="sum of balance where days past due > 90 / sum of balance",
    cites="PBoC form 20202, overdue more than 90 days",
    confidence=Confidence.PRIMARY,
    example=({"loan": _BOOK}, {"": Decimal("0.1")}),
)
def over_90_ratio(stock: Any) -> Any:
    return ratio(where(stock.days_past_due > 90, stock.balance).sum(), stock.balance.sum())
