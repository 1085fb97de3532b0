"""What one borrower, or one group of connected borrowers, owes the lender.

Belongs here: the largest borrowers and groups against net assets and against caps in yuan, and how much is owed by
those above. Not here: shares and indexes over all borrowers (dimensions.py). Balances are whole loans, both parts, as
in rules PRD-020 to PRD-025.

A cap makes two indicators: ``CON-<code>``, the ten that owe most, each held against the cap, and ``CON-<code>-OVER``,
what is owed by all above it, over all loans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from transforms import Rows, indicator, ratio, rows, where
from transforms.dated import in_force
from transforms.reading import reading

LARGEST = 10
_SUM, _PRODUCT = "decimal(38, 2)", "decimal(38, 6)"
_CFC = "消费金融公司管理办法 (NFRA令2024年第4号)"
_MICRO = "小额贷款公司监督管理暂行办法, figures read in the draft of August 2024"
_INTERNET = "商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 6"


@dataclass(frozen=True)
class Cap:
    """What one member of ``grain`` may owe: the column that is capped, and the limit that says how much.

    The limit is a number of yuan, or a fraction of net assets. ``largest`` and ``over`` are what the example gives.
    """

    code: str
    grain: str
    member: str
    owed: str
    limit: str
    of_net_assets: bool
    en: str
    zh: str
    cites: str
    confidence: Confidence
    example: Mapping[str, Rows]
    largest: Mapping[str, Decimal]
    over: Decimal


def _book(kind: str, *loans: tuple[Any, ...]) -> Mapping[str, Rows]:
    return {
        "loan": rows(
            "iou_no balance_amount borrower_pid connected_group_id product_class is_internet_loan lender_type "
            "snapshot_date",
            *[(f"L{place}", *loan, kind, "2026-10-31") for place, loan in enumerate(loans)],
        ),
        "institution": rows(
            "institution_name currency net_assets_amount", ("Lender", "CNY", 1000), ("Abroad", "USD", 9)
        ),
    }


_ASSETS = _book(
    "MICRO",
    (60, "b1", "g1", "F0219", True),
    (41, "b1", "g1", "F022", False),
    (60, "b2", "g1", "F0219", True),
    (100, "b3", "g2", "F0219", True),
    (99, None, None, "F0219", True),
    (40, None, None, "F0219", True),
)
_YUAN = (
    (150_000, "b1", None, "F0219", True),
    (60_000, "b1", None, "F042", False),
    (200_000, "b2", None, "F0219", True),
    (290_000, "b3", None, "F022", True),
    (100_000, None, None, "F0219", False),
)

CAPS: tuple[Cap, ...] = (
    Cap(
        "BORROWER-ASSETS", "borrowers", "borrower", "balance", "micro_borrower_max_fraction", True,
        "owed by one borrower",
        "单一借款人贷款余额",
        f"{_MICRO}: one borrower",
        Confidence.BACKGROUND_HIGH,
        _ASSETS,
        {"b1": Decimal("0.101"), "b3": Decimal("0.1"), "IOU L4": Decimal("0.099"), "b2": Decimal("0.06"),
         "IOU L5": Decimal("0.04")},
        Decimal("0.2525"),
    ),
    Cap(
        "BORROWER-GROUP-ASSETS", "borrower_groups", "borrower_group", "balance", "micro_group_max_fraction", True,
        "owed by one group of connected borrowers",
        "单一借款人及其关联方贷款余额",
        f"{_MICRO}: one borrower and affiliates",
        Confidence.BACKGROUND_HIGH,
        _ASSETS,
        {"g1": Decimal("0.161"), "g2": Decimal("0.1")},
        Decimal("0.4025"),
    ),
    Cap(
        "BORROWER-CONSUMER", "borrowers", "borrower", "consumer", "cfc_borrower_max_amount", False,
        "owed by one borrower on loans for consumption",
        "单一借款人消费贷款余额",
        f"{_CFC}: consumer loans of one borrower",
        Confidence.BACKGROUND_HIGH,
        _book("CFC", *_YUAN),
        {"b1": Decimal(210_000), "b2": Decimal(200_000), "IOU L4": Decimal(100_000)},
        Decimal("0.2625"),
    ),
    Cap(
        "BORROWER-INTERNET", "borrowers", "borrower", "internet", "internet_credit_limit_max_amount", False,
        "owed by one borrower on internet loans for consumption",
        "单一借款人互联网消费贷款余额",
        _INTERNET,
        Confidence.BACKGROUND_HIGH,
        _book("BANK", (200_001, "b1", None, "F0219", True), *_YUAN[1:]),
        {"b1": Decimal(200_001), "b2": Decimal(200_000)},
        Decimal("0.2352950173"),
    ),
    Cap(
        "BORROWER-NETWORK-CONSUMER", "borrowers", "borrower", "network_consumer", "micro_consumer_max_amount", False,
        "owed for consumption by one borrower with a network loan for it",
        "网络小额贷款单户消费类贷款余额",
        f"{_MICRO}: network small loans for consumption, per household",
        Confidence.BACKGROUND_HIGH,
        _book("MICRO", *_YUAN),
        {"b1": Decimal(210_000), "b2": Decimal(200_000)},
        Decimal("0.2625"),
    ),
    Cap(
        "BORROWER-NETWORK-BUSINESS", "borrowers", "borrower", "network_business", "micro_business_max_amount", False,
        "owed for business by one borrower with a network loan for it",
        "网络小额贷款单户经营类贷款余额",
        f"{_MICRO}: network small loans for business, per household",
        Confidence.BACKGROUND_HIGH,
        _book("MICRO", *_YUAN),
        {"b3": Decimal(290_000)},
        Decimal(0),
    ),
)  # fmt: skip


def _largest(cap: Cap) -> Indicator:
    """The ten members that owe most: equals in order of their names."""
    over_assets = " over the lender's net assets" if cap.of_net_assets else ""

    def body(table: Any) -> Any:
        owed = table[cap.owed].cast(_SUM)
        known = table.mutate(owed=owed).filter(owed > 0)
        place = ibis.row_number().over(order_by=[known.owed.desc(), known[cap.member].asc()]) + 1
        ranked = known.mutate(position=place)
        return ranked.filter(ranked.position <= LARGEST).select(
            member=ranked[cap.member],
            position=ranked.position,
            numerator=ranked.owed,
            denominator=ranked.net_assets if cap.of_net_assets else ibis.null(),
            rows=ranked.loans,
        )

    return indicator(
        f"CON-{cap.code}",
        unit="fraction" if cap.of_net_assets else "money",
        grain=cap.grain,
        dimension="borrower_pid" if cap.grain == "borrowers" else "connected_group_id",
        en=f"The ten largest amounts {cap.en}{over_assets}, largest first.",
        zh=f"前十大{cap.zh}{'占净资产比例' if cap.of_net_assets else ''}",
        formula=f"sum of balance {cap.en}{' / net assets' if cap.of_net_assets else ''}; the ten largest, equals in "
        "order of their names",
        notation="x_(1) / A ≥ … ≥ x_(10) / A" if cap.of_net_assets else "x_(1) ≥ … ≥ x_(10)",
        cites=cap.cites,
        confidence=cap.confidence,
        jurisdictions=("cn",),
        limit=cap.limit,
        example=(cap.example, cap.largest),
    )(reading(body, cap.grain))


def _over(cap: Cap) -> Indicator:
    """What is owed by all that are above the cap in force on the reporting date."""

    def body(table: Any, stock: Any) -> Any:
        most = in_force(cap.limit, table.lender_type, table.snapshot_date).cast(_PRODUCT)
        if cap.of_net_assets:
            most = table.net_assets.cast(_PRODUCT) * most
        owed = ibis.coalesce(table[cap.owed].cast(_SUM), ibis.literal(0).cast(_SUM))
        return ratio(where(owed > most, owed).sum(), stock.balance.sum())

    return indicator(
        f"CON-{cap.code}-OVER",
        unit="fraction",
        grain=cap.grain,
        en=f"What is {cap.en}, summed over those above the limit in force, over all loans.",
        zh=f"超过现行限额的{cap.zh}合计占全部贷款余额比例",
        formula=f"sum over those above the limit of the balance {cap.en} / sum of balance",
        notation="Σ_{x_i > c} x_i / Σ x" if not cap.of_net_assets else "Σ_{x_i > c A} x_i / Σ x",
        cites=cap.cites,
        confidence=cap.confidence,
        jurisdictions=("cn",),
        example=(cap.example, {"": cap.over}),
    )(reading(body, cap.grain, "stock"))


BORROWERS = tuple(declared(cap) for cap in CAPS for declared in (_largest, _over))
