"""How loans are classed and what is set aside for them.

Belongs here: figures made of the five risk classes and the loss provision on one reporting date. Not here: days past
due by themselves (stock, ratios), moves between classes (moves, migration), or whether a class is right
(schemas/rules/classification.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import AT_LEAST, Confidence
from transforms import amount, by, indicator, ratio, rows, where

CLASSES = ("1", "2", "3", "4", "5")  # normal, special mention, substandard, doubtful, loss [P]
PERFORMING, NON_PERFORMING = ("1", "2"), ("3", "4", "5")

_BOOK = rows(
    "balance_amount days_past_due five_class provision_amount loan_status",
    (800, 0, "1", 8, "LS01"),
    (100, 31, "2", 2, "LS03"),
    (60, 91, "3", 25, "LS03"),
    (20, 100, "4", 10, "LS03"),
    (20, 400, "5", 15, "LS03"),
    (0, 500, "5", 0, "LF02"),
)


@indicator(
    "DLQ-CLASS",
    unit="money",
    grain="stock",
    dimension="five_class",
    en="Balance by risk class.",
    zh="按五级分类划分的贷款余额",
    formula="sum of balance per five_class: 1 normal, 2 special mention, 3 substandard, 4 doubtful, 5 loss",
    cites="PBoC V2.1 CLGRDK 24",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _BOOK},
        {"1": Decimal(800), "2": Decimal(100), "3": Decimal(60), "4": Decimal(20), "5": Decimal(20)},
    ),
)
def balance_by_class(stock: Any) -> Any:
    return by(stock, stock.five_class, numerator=stock.balance.sum(), members=CLASSES)


@indicator(
    "DLQ-CLASS-LOANS",
    unit="count",
    grain="stock",
    dimension="five_class",
    en="Number of loans by risk class.",
    zh="按五级分类划分的贷款笔数",
    formula="count of loans per five_class: 1 normal, 2 special mention, 3 substandard, 4 doubtful, 5 loss",
    cites="PBoC V2.1 CLGRDK 24",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(
        {"loan": _BOOK},
        {"1": Decimal(1), "2": Decimal(1), "3": Decimal(1), "4": Decimal(1), "5": Decimal(1)},
    ),
)
def loans_by_class(stock: Any) -> Any:
    return by(stock, stock.five_class, numerator=stock.count(), members=CLASSES)


@indicator(
    "DLQ-NPL-BALANCE",
    unit="money",
    grain="stock",
    en="Balance of non-performing loans: substandard, doubtful and loss.",
    zh="不良贷款余额",
    formula="sum of balance where five_class in (3, 4, 5)",
    cites="PBoC form 20202, items 012-014",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal(100)}),
)
def npl_balance(stock: Any) -> Any:
    return amount(where(stock.five_class.isin(NON_PERFORMING), stock.balance).sum())


@indicator(
    "DLQ-NPL-LOANS",
    unit="fraction",
    grain="stock",
    en="Non-performing loans (substandard, doubtful, loss) over all loans, by number.",
    zh="不良贷款率（按笔数）",
    formula="count of loans where five_class in (3, 4, 5) / count of loans",
    cites="The ratio of non-performing loans, counted; no form asks for it",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.6")}),
)
def npl_ratio_by_number(stock: Any) -> Any:
    return ratio(where(stock.five_class.isin(NON_PERFORMING), ibis.literal(1)).sum(), stock.count())


@indicator(
    "DLQ-NPL",
    unit="fraction",
    grain="stock",
    en="Non-performing loans (substandard, doubtful, loss) over all loans.",
    zh="不良贷款率",
    formula="sum of balance where five_class in (3, 4, 5) / sum of balance",
    cites="Risk classification measures 2023 (order No. 1), art. 10-12",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.1")}),
)
def npl_ratio(stock: Any) -> Any:
    return ratio(where(stock.five_class.isin(NON_PERFORMING), stock.balance).sum(), stock.balance.sum())


@indicator(
    "DLQ-90P-NPL",
    unit="fraction",
    grain="stock",
    en="Loans over 90 days past due over non-performing loans; above 1, late loans are classed too well.",
    zh="逾期90天以上贷款与不良贷款之比",
    formula="sum of balance where days past due > 90 / sum of balance where five_class in (3, 4, 5)",
    cites="Supervisory ratio, watched above 100 %",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "balance_amount days_past_due five_class", (90, 0, "1"), (6, 91, "2"), (4, 95, "3"), (1, 0, "3")
            )
        },
        {"": Decimal(2)},
    ),
)
def over_90_to_npl(stock: Any) -> Any:
    return ratio(
        where(stock.days_past_due > 90, stock.balance).sum(),
        where(stock.five_class.isin(NON_PERFORMING), stock.balance).sum(),
    )


@indicator(
    "DLQ-COVERAGE",
    unit="fraction",
    grain="stock",
    en="Provision coverage: loss provisions over non-performing loans.",
    zh="拨备覆盖率",
    formula="sum of provision / sum of balance where five_class in (3, 4, 5)",
    cites="银监发〔2018〕7号",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.6")}),
    limit="provision_coverage_min_fraction",
    bound=AT_LEAST,
)
def provision_coverage(stock: Any) -> Any:
    return ratio(stock.provision_amount.sum(), where(stock.five_class.isin(NON_PERFORMING), stock.balance).sum())


@indicator(
    "DLQ-PROVISION",
    unit="fraction",
    grain="stock",
    en="Loan provision ratio: loss provisions over all loans.",
    zh="贷款拨备率",
    formula="sum of provision / sum of balance",
    cites="银监发〔2018〕7号",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.06")}),
    limit="loan_provision_min_fraction",
    bound=AT_LEAST,
)
def provision_ratio(stock: Any) -> Any:
    return ratio(stock.provision_amount.sum(), stock.balance.sum())
