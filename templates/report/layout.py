"""Which indicator stands where on the page, and the words that belong to the page alone.

Belongs here: the binding of indicator codes to tiles and charts, which chart a dimension gets, and the words of
chapters. Not here: what an indicator or a rule means; its own declaration says that. An indicator bound nowhere still
appears: in its topic's chapter and in the full list. Words of states and codes: labels.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from templates.report.labels import topic_of
from templates.report.words import Words


@dataclass(frozen=True)
class Tile:
    """One figure of the summary: an indicator's total, or (``largest``) the largest of its members."""

    code: str
    words: Words
    largest: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart with its table. ``kind`` is one of panels.py: 'bars' (one or two codes over the same members), 'parts',
    'rows', 'histogram', 'lorenz', 'heat', 'curves' or 'over_time'.

    ``series`` names each code in a few words, ``member`` what its members are. ``apart`` are members told in words and
    not drawn, because they would flatten all others.
    """

    kind: str
    codes: tuple[str, ...]
    words: Words
    member: Words
    series: tuple[Words, ...]
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One chapter made of indicators: its panels, one panel for every other code of its ``topics`` that has members,
    then a table of every total of those topics.

    ``also`` are codes with a few members that belong in that table instead.
    """

    anchor: str
    words: Words
    topics: tuple[str, ...]
    panels: tuple[Panel, ...]
    also: tuple[str, ...] = ()


TILES = (
    Tile("BAL-TOTAL", Words("Balance", "贷款余额")),
    Tile("BAL-LOANS", Words("Loans", "贷款笔数")),
    Tile("DLQ-90P", Words("Over 90 days past due", "逾期90天以上贷款率")),
    Tile("DLQ-NPL", Words("Non-performing", "不良贷款率")),
    Tile("DLQ-US-NET-LOSS", Words("Net loss of the period", "本期净损失率")),
    Tile("CON-PARTNER", Words("Largest co-lender", "最大联合贷款合作方占比"), largest=True),
)

_BALANCE, _VALUE = Words("Balance", "余额"), Words("Value", "数值")

_NOT_OVERDUE = ("0",)  # the bucket of what is not overdue

DELINQUENCY = Section(
    "delinquency",
    Words("Delinquency and asset quality", "逾期与资产质量"),
    ("BAL", "DLQ"),
    (
        Panel(
            "bars",
            ("DLQ-BUCKET", "DLQ-BUCKET-1104"),
            Words("Overdue by days past due", "按逾期天数分布"),
            Words("Days", "天数"),
            (_BALANCE, Words("Overdue, 1104 rule", "1104逾期额")),
            apart=_NOT_OVERDUE,
        ),
        Panel(
            "over_time",
            ("DLQ-BUCKET",),
            Words("Overdue balances by period", "各期逾期余额占比"),
            Words("Days", "天数"),
            (_BALANCE,),
            apart=_NOT_OVERDUE,
        ),
        Panel(
            "bars",
            ("DLQ-US-BUCKET",),
            Words("Overdue by days past due", "按逾期天数分布"),
            Words("Days", "天数"),
            (_BALANCE,),
            apart=_NOT_OVERDUE,
        ),
        Panel(
            "over_time",
            ("DLQ-US-BUCKET",),
            Words("Overdue balances by period", "各期逾期余额占比"),
            Words("Days", "天数"),
            (_BALANCE,),
            apart=_NOT_OVERDUE,
        ),
        Panel("parts", ("DLQ-CLASS",), Words("Five risk classes", "五级分类"), Words("Class", "分类"), (_BALANCE,)),
    ),
)

CONCENTRATION = Section(
    "concentration",
    Words("Concentration", "集中度"),
    ("CON",),
    (
        Panel(
            "lorenz",
            ("CON-PARTNER",),
            Words("Co-funded balances by partner", "合作方余额集中度"),
            Words("Partner", "合作方"),
            (_BALANCE,),
        ),
        Panel("lorenz", ("CON-PRODUCT",), Words("Products", "产品"), Words("Product", "产品"), (_BALANCE,)),
        Panel(
            "lorenz", ("CON-REGION",), Words("Borrowers' regions", "借款人地区"), Words("Region", "地区"), (_BALANCE,)
        ),
        Panel("lorenz", ("CON-STATE",), Words("Obligors' states", "借款人所在州"), Words("State", "州"), (_BALANCE,)),
    ),
    also=("CON-PARTNER-TOP-SHARE",),
)

PRICING = Section(
    "pricing",
    Words("Pricing and conduct", "定价与合规行为"),
    ("PRC", "DSC", "PRV", "CMP", "COL"),
    (
        Panel(
            "histogram",
            ("PRC-COST-BAND",),
            Words("Annual all-in cost and its caps", "年化综合融资成本与上限"),
            Words("percent a year", "年化百分比"),
            (_BALANCE,),
        ),
    ),
)

SECTIONS = (DELINQUENCY, CONCENTRATION, PRICING)

# Caps drawn into a histogram of prices, in percent a year: names of schemas/limits.
CAPS: Mapping[str, Words] = {
    "all_in_cost_cap_pct": Words("cap on the all-in cost", "综合融资成本上限"),
    "micro_lpr_cap_pct": Words("small-loan cap, 4 x LPR", "小贷上限（LPR四倍）"),
    "judicial_total_cost_pct": Words("courts reduce the part above", "法院可调减线"),
}

# --- a chart for a code that is bound nowhere above ------------------------------------------------------------------

FROM, TO = Words("from", "期初"), Words("to", "期末")
COHORT_NAME, AGE = Words("Originated", "发放月份"), Words("months on book", "账龄（月）")
PERIOD, SUM = Words("Period", "报告期"), Words("Sum", "合计")
TWO_AXES = ">"  # between the two dimensions of a matrix, and the two parts of its members
RATE_BAND = re.compile(r"[0-9.]+-[0-9.]+|[0-9.]+\+")

_MEMBER = Words("Member", "维度值")
_KINDS_BY_DIMENSION: Mapping[str, tuple[str, Words]] = {
    "cost_band": ("histogram", Words("percent a year", "年化百分比")),
    "five_class": ("parts", Words("Class", "分类")),
}
_DAYS = Words("Days", "天数")
_BUCKETS: Mapping[str, tuple[str, Words]] = {  # dimension to the member of what is not overdue
    "stage": ("M0", Words("Stage", "阶段")),
    "credit_bureau": ("0", Words("Payment state", "还款状态")),
}


def panel_for(code: str, words: Words, dimension: str) -> Panel:
    """The chart for a measured code that no section names, by its dimension.

    Two axes alike are moves from one state to another, months of origination by months on book are vintage curves, days
    past due are bars; what is not known is a table, of the largest members where there is one axis.
    """
    if TWO_AXES in dimension:
        first, second = dimension.split(TWO_AXES)
        kind = "heat" if first == second else "curves" if second == "month_on_book" else "grid"
        return Panel(kind, (code,), words, _MEMBER, (words,))
    if dimension.startswith("days_"):
        return Panel("bars", (code,), words, _DAYS, (_VALUE,), apart=_NOT_OVERDUE)
    if dimension in _BUCKETS:
        current, member = _BUCKETS[dimension]
        return Panel("bars", (code,), words, member, (_VALUE,), apart=(current,))
    kind, member = _KINDS_BY_DIMENSION.get(dimension, ("lorenz" if topic_of(code) == "CON" else "rows", _MEMBER))
    return Panel(kind, (code,), words, member, (_VALUE,))
