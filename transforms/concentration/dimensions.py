"""What a book can be concentrated on, and the figures that are told of each: one declaration per pair.

Belongs here: the dimensions, the statistics, and the declaration form that joins them. Not here: how an index is
computed (indexes.py), or ratios that a limit is set on (partners.py, guarantees.py, borrowers.py).

A code is ``CON-<dimension>`` for the shares of the members and ``CON-<dimension>-<statistic>`` for one number. Every
worked example has three members with 400, 400 and 200 of 1000, so each statistic has one answer for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loantape.declare import Confidence, Indicator
from transforms import Rows, indicator, rows, shares
from transforms.concentration.indexes import gini, hhi, normalised_hhi, top_shares
from transforms.grains_concentration import OWN_FUNDS, borrower_of
from transforms.reading import reading

TOP = (1, 5, 10, 20)  # 1104 G09_II lists ten co-lenders [S]; the others are ours


@dataclass(frozen=True)
class Dimension:
    """What members a row of ``grain`` belongs to, and which amount is summed over them.

    ``member`` and ``value`` take the grain's table. ``en`` and ``zh`` name one member, ``of_en`` and ``of_zh`` the sum.
    ``members`` are the example's, with 400, 400 and 200. Without ``lists_members`` there are too many to tell.
    """

    code: str
    name: str
    grain: str
    member: Callable[[Any], Any]
    value: Callable[[Any], Any]
    en: str
    zh: str
    of_en: str
    of_zh: str
    cites: str
    confidence: Confidence
    example: Mapping[str, Rows]
    members: tuple[str, str, str]
    jurisdictions: tuple[str, ...] = ("cn",)
    lists_members: bool = True


@dataclass(frozen=True)
class Statistic:
    """A figure over the members of a dimension. Sentences have ``{en}``, ``{of_en}`` and so on of the dimension."""

    suffix: str
    dimension: str  # "" for one number
    en: str
    zh: str
    formula: str
    notation: str
    cites: str
    confidence: Confidence
    measure: Callable[[Any, Any, Any], Any]
    expected: Mapping[str, Decimal]


def _balance(table: Any) -> Any:
    return table.balance


def _province(code: Any) -> Any:
    return code.left(2)


def _with(fields: str, *members: Any) -> Rows:
    """Four loans of 300, 100, 400 and 200; the first two are of the first member."""
    first, second, third = members
    amounts = ((300, first), (100, first), (400, second), (200, third))
    return rows(
        f"iou_no balance_amount {fields}",
        *[(f"L{place}", amount, *member) for place, (amount, member) in enumerate(amounts)],
    )


_AGREEMENTS = rows(
    "partner_agreement_no partner_uscc partner_group_id", ("A-1", "P1", "G1"), ("A-2", "P2", "G2"), ("A-3", "P3", None)
)
_JOINT = {
    "loan": _with("coop_mode partner_agreement_no", ("JOINT", "A-1"), ("JOINT", "A-2"), ("JOINT", "A-3")),
    "partner": _AGREEMENTS,
}
_FUNDED = {
    "loan": rows(
        "iou_no currency balance_amount own_balance_amount coop_mode partner_agreement_no",
        ("L0", "CNY", 500, 200, "JOINT", "A-1"),
        ("L1", "CNY", 300, 200, "JOINT", "A-1"),
        ("L2", "CNY", 200, 0, "JOINT", "A-2"),
    ),
    "partner": _AGREEMENTS,
}

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "PARTNER",
        "partner_uscc",
        "cofunded",
        lambda cofunded: cofunded.partner_uscc,
        _balance,
        "partner",
        "合作方",
        "the co-funded balance",
        "联合贷款余额",
        "1104 G09_II, partner's co-funded balance",
        Confidence.SECONDARY,
        _JOINT,
        ("P1", "P2", "P3"),
    ),
    Dimension(
        "GROUP",
        "partner_group_id",
        "cofunded",
        lambda cofunded: cofunded.partner_group,
        _balance,
        "partner group (a partner with its affiliates)",
        "合作方集团（含关联方）",
        "the co-funded balance",
        "联合贷款余额",
        "银保监办发〔2021〕24号, section 3: one partner and its affiliates",
        Confidence.BACKGROUND_HIGH,
        _JOINT,
        ("G1", "G2", "P3"),
    ),
    Dimension(
        "PRODUCT",
        "product_name",
        "stock",
        lambda stock: stock.product_name,
        _balance,
        "product",
        "产品",
        "the balance",
        "贷款余额",
        "PBoC V2.1 CLGRDK, products as the lender names them",
        Confidence.OWN,
        {"loan": _with("product_name", ("pay later",), ("cash",), ("checkout",))},
        ("pay later", "cash", "checkout"),
        jurisdictions=(),
    ),
    Dimension(
        "REGION",
        "province",
        "stock",
        lambda stock: _province(stock.borrower_region),
        _balance,
        "province of the borrower (00 is outside the mainland)",
        "省级地区（00为境外及港澳台）",
        "the balance",
        "贷款余额",
        "GB/T 2260, first two digits; PBoC V2.1 CLGRDK 6",
        Confidence.PRIMARY,
        {"loan": _with("borrower_region", ("110101",), ("000840",), (None,))},
        ("11", "00", "unknown"),
    ),
    Dimension(
        "CHANNEL",
        "channel",
        "stock",
        lambda stock: stock.channel,
        _balance,
        "channel",
        "获客渠道",
        "the balance",
        "贷款余额",
        "channels as the tape has them, field G94",
        Confidence.OWN,
        {"loan": _with("channel", ("PLATFORM",), ("OWN_APP",), ("BRANCH",))},
        ("PLATFORM", "OWN_APP", "BRANCH"),
    ),
    Dimension(
        "ENHANCER",
        "enhancer_uscc",
        "enhanced",
        lambda enhanced: enhanced.enhancer_uscc,
        lambda enhanced: enhanced.enhanced_amount,
        "credit enhancer",
        "增信机构",
        "the amount enhanced",
        "增信金额",
        "金规〔2025〕9号: partners are monitored one by one; EAST 502 HZFZRJE",
        Confidence.SECONDARY,
        {
            "loan": rows(
                "iou_no balance_amount enhancer_uscc enhanced_amount",
                ("L0", 900, "E1", 400),
                ("L1", 400, "E2", 400),
                ("L2", 200, "E3", 200),
                ("L3", 500, None, None),
            )
        },
        ("E1", "E2", "E3"),
    ),
    Dimension(
        "FUNDER",
        "funder",
        "funding",
        lambda funding: funding.funder,
        _balance,
        "source of funds (own, or a partner)",
        "资金来源（自有或各合作方）",
        "the balance",
        "贷款余额",
        "1104 G09_I 8.1.2 and 8.1.3: own funds, partners' funds",
        Confidence.SECONDARY,
        _FUNDED,
        (OWN_FUNDS, "P1", "P2"),
    ),
    Dimension(
        "BORROWER",
        "borrower_pid",
        "stock",
        borrower_of,
        _balance,
        "borrower (by pseudonym)",
        "借款人（按假名）",
        "the balance",
        "贷款余额",
        "小额贷款公司监督管理暂行办法: concentration on borrowers",
        Confidence.SECONDARY,
        {"loan": _with("borrower_pid", ("b1",), ("b2",), (None,))},
        ("b1", "b2", "IOU L3"),
        lists_members=False,
    ),
    Dimension(
        "STATE",
        "obligor_state",
        "stock_us_auto",
        lambda stock_us_auto: stock_us_auto.obligor_state,
        _balance,
        "obligor state",
        "州",
        "the balance",
        "贷款余额",
        "EX-102 obligorGeographicLocation, Item 3(e)(7)",
        Confidence.PRIMARY,
        {
            "loan": _with("currency", ("USD",), ("USD",), ("USD",)),
            "loan_us_auto": rows("iou_no obligor_state", ("L0", "TX"), ("L1", "TX"), ("L2", "FL"), ("L3", None)),
        },
        ("TX", "FL", "unknown"),
        jurisdictions=("us",),
    ),
)

SHARES = Statistic(
    "",
    "of the dimension",
    "Share of each {en} in {of_en}.",
    "各{zh}占{of_zh}的比例",
    "sum over the member / sum over all members",
    "s_i = x_i / Σ x",
    "",
    Confidence.OWN,
    lambda table, member, value: shares(table, member, value),
    {},
)
STATISTICS: tuple[Statistic, ...] = (
    Statistic(
        "TOP-SHARE",
        "largest",
        "Share of the largest 1, 5, 10 and 20 in {of_en}, by {en}.",
        "前1、5、10、20大{zh}占{of_zh}的比例",
        "sum over the k largest known members / sum over all members; equals in order of their names",
        "C_k = Σ_{i=1..k} x_(i) / Σ x, x_(1) ≥ x_(2) ≥ …",
        "1104 G09_II, top-10 co-lenders",
        Confidence.SECONDARY,
        lambda table, member, value: top_shares(table, member, value, TOP),
        # of three members the largest has 400; an unknown one is in no ranking, but in the whole
        {"1": Decimal("0.4"), **{str(count): Decimal(1) for count in TOP[1:]}},
    ),
    Statistic(
        "HHI",
        "",
        "Concentration of {of_en} by {en}: the Herfindahl-Hirschman index, from one over the number of members to 1.",
        "{of_zh}的{zh}集中度（HHI）",
        "sum of squares of the members' sums / square of their total, over members above zero",
        "H = Σ x_i² / (Σ x_i)²",
        "Herfindahl-Hirschman index",
        Confidence.OWN,
        hhi,
        {"": Decimal("0.36")},
    ),
    Statistic(
        "HHI-N",
        "",
        "Concentration of {of_en} by {en}: the index normalised for the number of members, 0 for equal ones to 1.",
        "{of_zh}的{zh}集中度（归一化HHI）",
        "(HHI - 1/n) / (1 - 1/n), n members above zero; none for a single member",
        "H* = (H − 1/n) / (1 − 1/n) = (n Σ x_i² − (Σ x_i)²) / ((n − 1) (Σ x_i)²)",
        "Herfindahl-Hirschman index, normalised",
        Confidence.OWN,
        normalised_hhi,
        {"": Decimal("0.04")},
    ),
    Statistic(
        "GINI",
        "",
        "Inequality of {of_en} by {en}: the Gini coefficient, 0 for equal members, below 1.",
        "{of_zh}按{zh}分布的基尼系数",
        "(2 x sum of rank x sum - (n + 1) x total) / (n x total), n members above zero ranked from the smallest",
        "G = (2 Σ i x_i − (n + 1) Σ x_i) / (n Σ x_i), x_1 ≤ x_2 ≤ … ≤ x_n",
        "Gini coefficient",
        Confidence.OWN,
        gini,
        {"": Decimal("0.1333333333")},
    ),
)


def _declared(dimension: Dimension, statistic: Statistic) -> Indicator:
    words = {name: getattr(dimension, name) for name in ("en", "zh", "of_en", "of_zh")}
    of_members = statistic is SHARES
    return indicator(
        "-".join(part for part in ("CON", dimension.code, statistic.suffix) if part),
        unit="fraction",
        grain=dimension.grain,
        dimension=dimension.name if of_members else statistic.dimension,
        en=statistic.en.format(**words),
        zh=statistic.zh.format(**words),
        formula=statistic.formula,
        notation=statistic.notation,
        cites=dimension.cites if of_members else statistic.cites,
        confidence=dimension.confidence if of_members else statistic.confidence,
        jurisdictions=dimension.jurisdictions,
        example=(dimension.example, _expected(dimension, statistic)),
    )(_body(dimension, statistic))


def _body(dimension: Dimension, statistic: Statistic) -> Callable[[Any], Any]:
    def body(table: Any) -> Any:
        return statistic.measure(table, dimension.member(table), dimension.value(table))

    return reading(body, dimension.grain)


def _expected(dimension: Dimension, statistic: Statistic) -> Mapping[str, Decimal]:
    if statistic is SHARES:
        return dict(zip(dimension.members, (Decimal("0.4"), Decimal("0.4"), Decimal("0.2")), strict=True))
    if statistic.dimension == "largest" and "unknown" in dimension.members:
        return {member: min(value, Decimal("0.8")) for member, value in statistic.expected.items()}
    return statistic.expected


def _all(dimensions: Sequence[Dimension]) -> tuple[Indicator, ...]:
    return tuple(
        _declared(dimension, statistic)
        for dimension in dimensions
        for statistic in ((SHARES, *STATISTICS) if dimension.lists_members else STATISTICS)
    )


CONCENTRATIONS = _all(DIMENSIONS)
