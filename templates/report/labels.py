"""What codes are called on the page: states, kinds, units, reasons, topics.

Belongs here: the words that belong to the page alone. Not here: members of dimensions (transforms/members.py), or where
anything stands (layout.py). A code without words is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.rules import TOPICS as RULE_TOPICS
from templates.report.words import Words, same

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
    "days": Words("days", "天"),
    "per_10000": Words("per 10,000", "每万笔"),
}
# Indexes are numbers between 0 and 1 that nobody reads as percentages; in the order they stand beside a Lorenz curve.
INDEXES: Mapping[str, Words] = {
    "-GINI": Words("Gini coefficient", "基尼系数"),
    "-HHI": Words("Herfindahl-Hirschman index", "赫芬达尔指数"),
    "-HHI-N": Words("normalised index", "标准化赫芬达尔指数"),
}
INDEX_PLACES = 4

NULL_REASONS: Mapping[str, Words] = {
    "no rows": Words("no rows to measure", "无可计算的记录"),
    "no values": Words("the field is empty on every row", "该字段在所有记录中均为空"),
    "zero denominator": Words("the denominator is zero", "分母为零"),
    "no previous period": Words("no previous period", "无上期数据"),
    "no opening period": Words("no submission of the last December", "无上年末数据"),
    "no history": Words("no earlier periods", "无历史数据"),
}


def words_of(known: Mapping[str, Words], code: str) -> Words:
    """The page's words for a code, or the code itself: an unknown one is shown, never hidden."""
    return known.get(code, same(code))


def topic_of(code: str) -> str:
    """``PRC-004`` belongs to topic ``PRC``."""
    return code.split("-", 1)[0]


def is_index(code: str) -> bool:
    """Whether an indicator is one of the indexes."""
    return code.endswith(tuple(INDEXES))
