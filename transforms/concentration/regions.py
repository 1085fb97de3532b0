"""Lending outside the lender's own region.

Belongs here: balances by whether the borrower, or the place of application, is where the lender is. Not here: shares
and indexes by province (dimensions.py). A region is a province: the first two digits of GB/T 2260. Which banks are
exempt because they work online the tape does not say, and no figure is set for the others.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from transforms import amount, indicator, ratio, rows, where

_NOTICE = "银保监办发〔2021〕24号, section 5"
_BOOK = {
    "loan": rows(
        "iou_no balance_amount lender_region borrower_region apply_region is_internet_loan loan_status",
        ("L1", 500, "440305", "440100", "440305", True, "LS01"),
        ("L2", 200, "440305", "450100", "440305", True, "LS01"),
        ("L3", 100, "440305", "000840", "110105", True, "LS03"),
        ("L4", 200, "440305", None, "110105", False, "LS01"),
        ("L5", 0, "440305", "110105", "110105", True, "LF01"),
    )
}


@indicator(
    "CON-CROSS-REGION",
    unit="fraction",
    grain="stock",
    en="Loans to borrowers of another province than the lender's branch, or of none, over all loans.",
    zh="借款人位于机构所在省级地区以外的贷款余额占比",
    formula="sum of balance where the provinces of borrower_region and lender_region differ / sum of balance",
    notation="Σ_{r_j ≠ r} x_j / Σ x",
    cites=_NOTICE,
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.3")}),
)
def cross_region_share(stock: Any) -> Any:
    return ratio(where(_elsewhere(stock, stock.borrower_region), stock.balance).sum(), stock.balance.sum())


@indicator(
    "CON-CROSS-REGION-LOANS",
    unit="count",
    grain="stock",
    en="Number of loans to borrowers of another province than the lender's branch, or of none.",
    zh="借款人位于机构所在省级地区以外的贷款笔数",
    formula="count of loans where the provinces of borrower_region and lender_region differ",
    notation="#{j: r_j ≠ r}",
    cites=_NOTICE,
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(2)}),
)
def cross_region_loans(stock: Any) -> Any:
    return amount(where(_elsewhere(stock, stock.borrower_region), ibis.literal(1)).sum())


@indicator(
    "CON-CROSS-REGION-APPLIED",
    unit="fraction",
    grain="stock",
    en="Internet loans applied for in another province than the lender's branch over all internet loans.",
    zh="受理地区位于机构所在省级地区以外的互联网贷款余额占比",
    formula="sum of balance where the provinces of apply_region and lender_region differ / sum of balance, over loans "
    "with is_internet_loan",
    notation="Σ_{a_j ≠ r} x_j / Σ x, over internet loans",
    cites=_NOTICE,
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.125")}),
)
def cross_region_applied_share(stock: Any) -> Any:
    online = stock.filter(stock.is_internet_loan)
    return ratio(where(_elsewhere(online, online.apply_region), online.balance).sum(), online.balance.sum())


def _elsewhere(loans: Any, region: Any) -> Any:
    return region.left(2) != loans.lender_region.left(2)
