"""Whether borrowers confirmed the cost sheet before they signed.

Belongs here: shares of loans with and without a sheet confirmed in time. Not here: what a sheet must say, and the rule
on one loan (schemas/rules/disclosure.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from transforms import amount, by, indicator, ratio, rows, where

_DUTY = "金规〔2026〕2号"
_BOOK = {
    "loan": rows(
        "iou_no start_date product_name",
        ("old", "2026-07-31", "cash"),
        ("good", "2026-08-01", "cash"),
        ("late", "2026-09-01", "cash"),
        ("none", "2026-09-01", "pay later"),
        ("twice", "2026-09-01", "cash"),
    ),
    "disclosure": rows(
        "iou_no sheet_confirmed_at contract_signed_at",
        ("old", "2026-07-31 10:00:00", "2026-07-31 10:00:05"),
        ("good", "2026-08-01 10:00:00", "2026-08-01 10:00:00"),
        ("late", "2026-09-01 10:00:05", "2026-09-01 10:00:00"),
        ("twice", None, "2026-09-01 10:00:00"),
        ("twice", "2026-09-01 09:59:00", "2026-09-01 10:00:00"),
    ),
}


@indicator(
    "DSC-SHEET",
    unit="fraction",
    grain="sheeted",
    en="Loans granted since 2026-08-01 whose cost sheet was confirmed before the contract was signed, over all such "
    "loans on the tape, closed ones included.",
    zh="2026年8月1日起发放贷款中签约前已确认综合融资成本明示表的占比（含已结清）",
    formula="count of loans with a cost sheet where sheet_confirmed_at <= contract_signed_at / count of loans; both "
    "with start_date >= 2026-08-01",
    notation="#{j: confirmed} / n",
    cites=_DUTY,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.5")}),
)
def sheets_confirmed(sheeted: Any) -> Any:
    return ratio(where(sheeted.is_confirmed, ibis.literal(1)).sum(), sheeted.count())


@indicator(
    "DSC-UNCONFIRMED",
    unit="fraction",
    grain="sheeted",
    en="Loans granted since 2026-08-01 without a cost sheet confirmed before the contract was signed, over all such "
    "loans on the tape, closed ones included.",
    zh="2026年8月1日起发放贷款中签约前未确认综合融资成本明示表的占比（含已结清）",
    formula="count of loans without a cost sheet where sheet_confirmed_at <= contract_signed_at / count of loans; both "
    "with start_date >= 2026-08-01",
    notation="#{j: not confirmed} / n",
    cites=_DUTY,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.5")}),
)
def sheets_unconfirmed(sheeted: Any) -> Any:
    return ratio(where(~sheeted.is_confirmed, ibis.literal(1)).sum(), sheeted.count())


@indicator(
    "DSC-UNCONFIRMED-LOANS",
    unit="count",
    grain="sheeted",
    en="Number of loans granted since 2026-08-01 without a cost sheet confirmed before the contract was signed.",
    zh="2026年8月1日起发放贷款中签约前未确认综合融资成本明示表的笔数",
    formula="count of loans with start_date >= 2026-08-01 without a cost sheet where sheet_confirmed_at <= "
    "contract_signed_at",
    notation="#{j: not confirmed}",
    cites=_DUTY,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(2)}),
)
def unconfirmed_loans(sheeted: Any) -> Any:
    return amount(where(~sheeted.is_confirmed, ibis.literal(1)).sum())


@indicator(
    "DSC-UNCONFIRMED-PRODUCT",
    unit="fraction",
    grain="sheeted",
    dimension="product_name",
    en="Loans of each product granted since 2026-08-01 without a cost sheet confirmed before the contract was signed, "
    "over all such loans of the product.",
    zh="各产品2026年8月1日起发放贷款中签约前未确认综合融资成本明示表的占比",
    formula="count of loans of the product without a confirmed cost sheet / count of loans of the product; both with "
    "start_date >= 2026-08-01",
    notation="#{j in product: not confirmed} / #{j in product}",
    cites=_DUTY,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"cash": Decimal("0.3333333333"), "pay later": Decimal(1)}),
)
def unconfirmed_by_product(sheeted: Any) -> Any:
    unconfirmed = where(~sheeted.is_confirmed, ibis.literal(1)).sum()
    return by(sheeted, sheeted.product_name, numerator=unconfirmed, denominator=sheeted.count())
