"""Credit enhancement: how much of the book guarantors and insurers stand for.

Belongs here: enhanced loans over all loans, and by kind of enhancer. Not here: shares and indexes by enhancer
(dimensions.py), what the borrower pays for it (transforms/conduct).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from schemas.tape.codes import ENHANCER_TYPE
from transforms import by, indicator, ratio, rows, where
from transforms.grains_concentration import is_enhanced

_MEASURES = "消费金融公司管理办法 (NFRA 2024 No. 4), article on indicators"
_BOOK = {
    "loan": rows(
        "iou_no balance_amount enhancer_type enhanced_amount loan_status",
        ("L1", 600, None, None, "LS01"),
        ("L2", 100, None, 0, "LS01"),
        ("L3", 200, "GUARANTOR", 150, "LS01"),
        ("L4", 60, None, 30, "LS03"),
        ("L5", 40, "CREDIT_INSURANCE", None, "LS03"),
        ("L6", 0, "GUARANTOR", 0, "LF02"),
    )
}


@indicator(
    "CON-ENHANCED",
    unit="fraction",
    grain="stock",
    en="Balance of loans with credit enhancement over all loans.",
    zh="担保增信贷款余额占全部贷款余额比例",
    formula="sum of balance where enhancer_type is given or enhanced_amount > 0 / sum of balance",
    notation="Σ_{j enhanced} x_j / Σ x",
    cites=_MEASURES,
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    limit="enhanced_max_fraction",
    example=(_BOOK, {"": Decimal("0.3")}),
)
def enhanced_share(stock: Any) -> Any:
    return ratio(where(is_enhanced(stock), stock.balance).sum(), stock.balance.sum())


@indicator(
    "CON-ENHANCED-AMOUNT",
    unit="fraction",
    grain="stock",
    en="Amount that guarantors and insurers stand for over all loans.",
    zh="增信金额占全部贷款余额比例",
    formula="sum of enhanced_amount / sum of balance",
    notation="Σ e / Σ x",
    cites="EAST 502 HZFZRJE",
    confidence=Confidence.PRIMARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.18")}),
)
def enhanced_amount_share(stock: Any) -> Any:
    return ratio(stock.enhanced_amount.fill_null(0).sum(), stock.balance.sum())


@indicator(
    "CON-ENHANCER-KIND",
    unit="money",
    grain="enhanced",
    dimension="enhancer_type",
    en="Balance of loans with credit enhancement by kind of enhancer.",
    zh="按增信机构类型划分的担保增信贷款余额",
    formula="sum of balance per enhancer_type, over loans with credit enhancement",
    notation="Σ_{j enhanced by kind k} x_j",
    cites="1104 G09_I 8.3.3.1-8.3.3.4",
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(
        _BOOK,
        {
            "GUARANTEE_INSURANCE": Decimal(0),
            "CREDIT_INSURANCE": Decimal(40),
            "GUARANTOR": Decimal(200),
            "OTHER": Decimal(0),
            "unknown": Decimal(60),
        },
    ),
)
def balance_by_kind_of_enhancer(enhanced: Any) -> Any:
    return by(enhanced, enhanced.enhancer_type, numerator=enhanced.balance.sum(), members=tuple(ENHANCER_TYPE))
