"""Which indicator stands where on the page, and the words that belong to the page alone.

Belongs here: the binding of indicator codes to tiles, charts and limits, and the names of states, kinds and topics. Not
here: what an indicator or a rule means; its own declaration says that. An indicator bound nowhere still appears: in its
topic's table and in the full list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.rules import TOPICS as RULE_TOPICS
from templates.report.words import Words, same


@dataclass(frozen=True)
class Tile:
    """One figure of the summary: an indicator's total, or (``largest``) the largest of its members."""

    code: str
    words: Words
    largest: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart with its table. ``kind`` is 'columns' (several codes over the same members), 'stack' or 'bars'.

    ``series`` names each code in a few words. ``apart`` are members told in words and not drawn, because they would
    flatten all others.
    """

    kind: str
    codes: tuple[str, ...]
    words: Words
    member: Words
    series: tuple[Words, ...]
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One chapter made of indicators: its panels, then a table of every total whose code has one of ``topics``.

    ``also`` are codes with a few members that belong in that table too.
    """

    anchor: str
    words: Words
    topics: tuple[str, ...]
    panels: tuple[Panel, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class LimitLine:
    """A limit by name and the indicator it bounds; ``largest`` compares the largest member instead of the total."""

    limit: str
    code: str
    words: Words
    largest: bool = False


TILES = (
    Tile("BAL-TOTAL", Words("Balance", "贷款余额")),
    Tile("BAL-LOANS", Words("Loans", "贷款笔数")),
    Tile("DLQ-90P", Words("Over 90 days past due", "逾期90天以上贷款率")),
    Tile("DLQ-NPL", Words("Non-performing", "不良贷款率")),
    Tile("DLQ-US-NET-LOSS", Words("Net loss of the period", "本期净损失率")),
    Tile("CON-PARTNER", Words("Largest co-lender", "最大联合贷款合作方占比"), largest=True),
)

_BALANCE = Words("Balance", "余额")

DELINQUENCY = Section(
    "delinquency",
    Words("Delinquency and asset quality", "逾期与资产质量"),
    ("BAL", "DLQ"),
    (
        Panel(
            "columns",
            ("DLQ-BUCKET", "DLQ-BUCKET-1104"),
            Words("Overdue by days past due", "按逾期天数分布"),
            Words("Days", "天数"),
            (_BALANCE, Words("Overdue, 1104 rule", "1104逾期额")),
            apart=("0",),
        ),
        Panel(
            "columns",
            ("DLQ-US-BUCKET",),
            Words("Overdue by days past due", "按逾期天数分布"),
            Words("Days", "天数"),
            (_BALANCE,),
            apart=("0",),
        ),
        Panel("stack", ("DLQ-CLASS",), Words("Five risk classes", "五级分类"), Words("Class", "分类"), (_BALANCE,)),
    ),
)

CONCENTRATION = Section(
    "concentration",
    Words("Concentration", "集中度"),
    ("CON",),
    (
        Panel(
            "bars", ("CON-PARTNER",), Words("Largest partners", "主要合作方"), Words("Partner", "合作方"), (_BALANCE,)
        ),
        Panel("bars", ("CON-PRODUCT",), Words("Products", "产品"), Words("Product", "产品"), (_BALANCE,)),
        Panel("bars", ("CON-REGION",), Words("Borrowers' regions", "借款人地区"), Words("Region", "地区"), (_BALANCE,)),
        Panel("bars", ("CON-STATE",), Words("Obligors' states", "借款人所在州"), Words("State", "州"), (_BALANCE,)),
    ),
    also=("CON-PARTNER-TOP-SHARE",),
)

PRICING = Section(
    "pricing",
    Words("Pricing and conduct", "定价与合规行为"),
    ("PRC", "DSC", "PRV"),
    (
        Panel(
            "columns",
            ("PRC-COST-BAND",),
            Words("Annual all-in cost", "年化综合融资成本"),
            Words("Percent a year", "年化百分比"),
            (_BALANCE,),
        ),
    ),
)

SECTIONS = (DELINQUENCY, CONCENTRATION, PRICING)

LIMITS = (
    LimitLine(
        "partner_group_max_fraction",
        "CON-PARTNER-TIER1",
        Words("Largest partner group over net tier-1 capital", "单一合作方（含关联方）余额占一级资本净额"),
        largest=True,
    ),
    LimitLine(
        "co_funded_max_fraction",
        "CON-PARTNERS-TOTAL",
        Words("All co-funded loans over all loans", "全部合作机构共同出资余额占全部贷款"),
    ),
    LimitLine(
        "enhanced_max_fraction", "CON-ENHANCED", Words("Credit-enhanced loans over all loans", "担保增信贷款占比")
    ),
)

# Rule topics, in the order of the rule book; the conduct table shows those a borrower would feel.
TOPICS: Mapping[str, Words] = {
    "READ": Words("Reading", "读取"),
    "FLD": Words("Fields", "字段"),
} | {topic: Words(*words) for topic, words in RULE_TOPICS.items()}
CONDUCT_TOPICS = ("PRC", "DSC", "PRV")

SEVERITY: Mapping[str, Words] = {
    "ERROR": Words("Error", "错误"),
    "WARNING": Words("Warning", "警告"),
    "INFO": Words("Information", "提示"),
}

RUN_STATUS: Mapping[str, Words] = {
    "ran": Words("ran", "已执行"),
    "no previous period": Words("no previous period", "无上期数据"),
    "not in force": Words("not in force", "未生效"),
    "out of scope": Words("out of scope", "不适用"),
}

REJECTION: Mapping[str, Words] = {
    "field_count": Words("wrong number of fields", "字段数不符"),
    "unbalanced_quote": Words("unbalanced quote", "引号不成对"),
    "undecodable": Words("bytes that are not text in the declared encoding", "无法按声明的编码解码"),
    "nul": Words("NUL byte", "含空字节"),
    "": Words("no reason recorded", "未记录原因"),
}

PRICING_STATUS: Mapping[str, Words] = {
    "ok": Words("recomputed", "已重算"),
    "negative rate": Words(
        "recomputed, below zero: the payments do not add up to the proceeds", "已重算，为负：还款合计低于到手金额"
    ),
    "no rate": Words("no rate solves the cash flows", "现金流无解"),
    "out of range": Words("a rate too large to be written", "利率超出可表示范围"),
}

CONFIDENCE: Mapping[str, Words] = {
    "P": Words("read in the primary document", "已核对原文"),
    "S": Words("read in a secondary source", "来自二手资料"),
    "B-H": Words("background knowledge, high confidence", "背景知识，可信度高"),
    "B-M": Words("background knowledge, medium confidence", "背景知识，可信度中"),
    "B-L": Words("background knowledge, low confidence", "背景知识，可信度低"),
    "OWN": Words("a convention of this software", "本软件约定"),
}

UNITS: Mapping[str, Words] = {
    "fraction": Words("ratio", "比率"),
    "percent": Words("percent", "百分比"),
    "money": Words("money", "金额"),
    "count": Words("count", "笔数"),
}
# A Herfindahl-Hirschman index is a number between 0 and 1 but nobody reads it as a percentage.
INDEX_SUFFIX = "-HHI"
INDEX_PLACES = 4

NULL_REASONS: Mapping[str, Words] = {
    "no rows": Words("no rows to measure", "无可计算的记录"),
    "no values": Words("the field is empty on every row", "该字段在所有记录中均为空"),
    "zero denominator": Words("the denominator is zero", "分母为零"),
}


def words_of(known: Mapping[str, Words], code: str) -> Words:
    """The page's words for a code, or the code itself: an unknown one is shown, never hidden."""
    return known.get(code, same(code))


def topic_of(code: str) -> str:
    """``PRC-004`` belongs to topic ``PRC``."""
    return code.split("-", 1)[0]
