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
from ibis import _

from loantape.declare import Confidence, Figures, Indicator, Part
from schemas.grains.products import BUSINESS, CONSUMER, INTERNET
from transforms import Rows, indicator, rows, where
from transforms.dated import in_force
from transforms.grains_concentration import borrower_of
from transforms.reading import reading
from transforms.shapes import known, only, rows_behind, shaped

LARGEST = 10
BORROWER, GROUP = "borrower", "group"
EACH, ANY = "each", "any"
_SUM, _PRODUCT = "decimal(38, 2)", "decimal(38, 6)"
_CFC = "消费金融公司管理办法 (NFRA令2024年第4号)"
_MICRO = "小额贷款公司监督管理暂行办法, figures read in the draft of August 2024"
_INTERNET = "商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号), art. 6"


@dataclass(frozen=True)
class Cap:
    """What one borrower or one group may owe on loans of some classes, and the limit that says how much.

    Without ``classes`` all loans count. ``network`` is EACH where only internet loans do, ANY where one of them must
    be. The limit is a number of yuan, or a fraction of net assets. ``largest`` and ``over`` are the example's.
    """

    code: str
    whose: str
    classes: tuple[str, ...]
    network: str
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
        "BORROWER-ASSETS", BORROWER, (), "", "micro_borrower_max_fraction", True,
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
        "BORROWER-GROUP-ASSETS", GROUP, (), "", "micro_group_max_fraction", True,
        "owed by one group of connected borrowers",
        "单一借款人及其关联方贷款余额",
        f"{_MICRO}: one borrower and affiliates",
        Confidence.BACKGROUND_HIGH,
        _ASSETS,
        {"g1": Decimal("0.161"), "g2": Decimal("0.1")},
        Decimal("0.4025"),
    ),
    Cap(
        "BORROWER-CONSUMER", BORROWER, CONSUMER, "", "cfc_borrower_max_amount", False,
        "owed by one borrower on loans for consumption",
        "单一借款人消费贷款余额",
        f"{_CFC}: consumer loans of one borrower",
        Confidence.BACKGROUND_HIGH,
        _book("CFC", *_YUAN),
        {"b1": Decimal(210_000), "b2": Decimal(200_000), "IOU L4": Decimal(100_000)},
        Decimal("0.2625"),
    ),
    Cap(
        "BORROWER-INTERNET", BORROWER, (INTERNET,), EACH, "internet_credit_limit_max_amount", False,
        "owed by one borrower on internet loans for consumption",
        "单一借款人互联网消费贷款余额",
        _INTERNET,
        Confidence.BACKGROUND_HIGH,
        _book("BANK", (200_001, "b1", None, "F0219", True), *_YUAN[1:]),
        {"b1": Decimal(200_001), "b2": Decimal(200_000)},
        Decimal("0.2352950173"),
    ),
    Cap(
        "BORROWER-NETWORK-CONSUMER", BORROWER, CONSUMER, ANY, "micro_consumer_max_amount", False,
        "owed for consumption by one borrower with a network loan for it",
        "网络小额贷款单户消费类贷款余额",
        f"{_MICRO}: network small loans for consumption, per household",
        Confidence.BACKGROUND_HIGH,
        _book("MICRO", *_YUAN),
        {"b1": Decimal(210_000), "b2": Decimal(200_000)},
        Decimal("0.2625"),
    ),
    Cap(
        "BORROWER-NETWORK-BUSINESS", BORROWER, (BUSINESS,), ANY, "micro_business_max_amount", False,
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

    def body(stock: Any, institution: Any) -> Any:
        debts, capital = Debts(stock, cap), _in_yuan(institution)

        def finish(found: Any, assets: Any) -> Any:
            owing = debts.of(found).select("member", "owed", "rows").filter(_.owed > 0)
            largest = owing.order_by([owing.owed.desc(), owing.member.asc()]).limit(LARGEST)
            place = ibis.row_number().over(order_by=[largest.owed.desc(), largest.member.asc()]) + 1
            ranked = largest.mutate(position=place).cross_join(assets.select("net_assets"))
            denominator = ranked.net_assets if cap.of_net_assets else ibis.null()
            return ranked.select("member", "position", numerator="owed", denominator=denominator, rows="rows")

        parts = (debts.part, _assets(capital))

        def behind(one: str | None) -> tuple[Any, ...]:
            largest = finish(*(part.expression for part in parts)).select("member")
            rows = only(debts.rows, one).semi_join(largest, "member")
            if not cap.of_net_assets:
                return (rows,)
            return (rows, rows_behind(capital, one or "", None, capital.net_assets_amount))

        return Figures(parts, finish, behind)

    return indicator(
        f"CON-{cap.code}",
        unit="fraction" if cap.of_net_assets else "money",
        grain="stock",
        dimension="borrower_pid" if cap.whose == BORROWER else "connected_group_id",
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
    )(reading(body, "stock", "institution"))


def _over(cap: Cap) -> Indicator:
    """What is owed by all that are above the cap in force on the reporting date."""

    def body(stock: Any, institution: Any) -> Any:
        debts, capital = Debts(stock, cap), _in_yuan(institution)

        def above(found: Any, assets: Any) -> Any:
            both = debts.of(found).cross_join(assets.select("net_assets"))
            most = in_force(cap.limit, both.lender_type, both.snapshot_date).cast(_PRODUCT)
            if cap.of_net_assets:
                most = both.net_assets.cast(_PRODUCT) * most
            owed = ibis.coalesce(both.owed.cast(_SUM), ibis.literal(0).cast(_SUM))
            return both.select("member", owed=owed, is_above=owed > most)

        def finish(found: Any, assets: Any, wholes: Any) -> Any:
            members = above(found, assets)
            summed = members.aggregate(numerator=where(members.is_above, members.owed).sum())
            return shaped(wholes.cross_join(summed))

        parts = (debts.part, _assets(capital), Part(stock, None, {"denominator": stock.balance.sum()}))

        def behind(_: str | None) -> tuple[Any, ...]:
            members = above(*(part.expression for part in parts[:2]))
            rows = debts.rows.semi_join(members.filter(members.is_above), "member")
            return (rows.mutate(member=ibis.literal("")), rows_behind(stock, "", None, stock.balance))

        return Figures(parts, finish, behind)

    return indicator(
        f"CON-{cap.code}-OVER",
        unit="fraction",
        grain="stock",
        en=f"What is {cap.en}, summed over those above the limit in force, over all loans.",
        zh=f"超过现行限额的{cap.zh}合计占全部贷款余额比例",
        formula=f"sum over those above the limit of the balance {cap.en} / sum of balance",
        notation="Σ_{x_i > c} x_i / Σ x" if not cap.of_net_assets else "Σ_{x_i > c A} x_i / Σ x",
        cites=cap.cites,
        confidence=cap.confidence,
        jurisdictions=("cn",),
        example=(cap.example, {"": cap.over}),
    )(reading(body, "stock", "institution"))


class Debts:
    """What the members of a cap owe: one part of all caps on borrowers, and another of those on groups."""

    def __init__(self, stock: Any, cap: Cap) -> None:
        self._cap = cap
        loans = stock if cap.whose == BORROWER else stock.filter(stock.connected_group_id.notnull())
        self._member = borrower_of(loans) if cap.whose == BORROWER else known(loans.connected_group_id)
        classes = loans.product_class.isin(cap.classes) if cap.classes else None
        online = loans.is_internet_loan
        self._counts = None if classes is None else classes & online if cap.network == EACH else classes
        measures = {
            "owed": loans.balance.sum() if self._counts is None else loans.balance.sum(where=self._counts),
            "lender_type": loans.lender_type.max(),
            "snapshot_date": loans.snapshot_date.max(),
        }
        if cap.network == ANY:
            measures["online"] = ibis.cases((classes & online, 1)).count()
        self._loans = loans
        self.part = Part(loans, self._member, measures)

    def of(self, found: Any) -> Any:
        """One row per member with what it owes of the kind, null where it has no such loan."""
        owed = ibis.cases((found.online > 0, found.owed)) if self._cap.network == ANY else found.owed
        return found.mutate(owed=owed.cast(_SUM))

    @property
    def rows(self) -> Any:
        """The loans behind: those of the kind, each with the member it is of."""
        balance = self._loans.balance
        counted = balance if self._counts is None else ibis.cases((self._counts, balance))
        listed = rows_behind(self._loans, self._member, counted, None)
        return listed.filter(listed.numerator.notnull())


def _in_yuan(institution: Any) -> Any:
    return institution.filter(institution.currency == "CNY")


def _assets(institution: Any) -> Part:
    return Part(institution, None, {"net_assets": institution.net_assets_amount.sum()})


BORROWERS = tuple(declared(cap) for cap in CAPS for declared in (_largest, _over))
