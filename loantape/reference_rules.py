"""The pages of the rule book: one in English, one in Chinese, and one on how sure its sources are.

Belongs here: turning rules, structural sentences and limits into Markdown. Not here: the other pages (``reference``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from loantape import catalog
from loantape.checking.explaining import limits_of
from loantape.declare import Confidence, Limit, Period, Rule
from loantape.reference_tables import table

_RECENT = date(2026, 10, 31)  # a day on which every rule without an end is in force, for the limits it reads

_MARKS: Mapping[Confidence, tuple[str, str]] = {
    Confidence.PRIMARY: ("read in a copy of the primary document", "已查阅原始文件"),
    Confidence.SECONDARY: ("read in a secondary page or repository", "已查阅二手资料"),
    Confidence.BACKGROUND_HIGH: (
        "background knowledge, high confidence: check before quoting",
        "背景知识，置信度高，引用前请核对",
    ),
    Confidence.BACKGROUND_MEDIUM: (
        "background knowledge, medium confidence: check before quoting",
        "背景知识，置信度中，引用前请核对",
    ),
    Confidence.BACKGROUND_LOW: (
        "background knowledge, low confidence: check before quoting",
        "背景知识，置信度低，引用前请核对",
    ),
    Confidence.OWN: ("a convention of this project, no outside source", "本项目约定，无外部来源"),
}


@dataclass(frozen=True)
class _Words:
    """The words of one language."""

    place: int  # 0 English, 1 Chinese: where a pair of texts has this language
    title: str
    opening: Sequence[str]
    structural: str
    head: Sequence[str]
    structural_head: Sequence[str]
    everyone: str
    nothing: str


_ENGLISH = _Words(
    0,
    "# Rules",
    (
        "A rule is a sentence that must hold on one grain; true or unknown holds, false is a finding. ERROR blocks a",
        "filing, WARNING must be explained, INFO is worth knowing. The mark after a citation says how sure it is: see",
        "[how sure are we](sureness.md). In Chinese: [规则](rules.zh-CN.md). `loantape rules --on DATE` shows what is",
        "in force on a day, `loantape explain SUBMISSION` every finding with its figures.",
    ),
    "What every line and every field is held to",
    ("code", "severity", "on", "sentence", "cites", "from", "to", "scope", "limits", "a failing row"),
    ("code", "severity", "sentence"),
    "all",
    "nothing (an empty row)",
)
_CHINESE = _Words(
    1,
    "# 规则",
    (
        "一条规则是在某一粒度上必须成立的一句话；成立或无法判断视为通过，不成立即为问题。",
        "ERROR 阻止报送，WARNING 须作出说明，INFO 供参考。",
        "依据后的标记表示来源的可靠程度，见[来源可靠程度](sureness.md)。",
        "英文版：[Rules](rules.md)。",
        "`loantape rules --on 日期` 显示当日有效的规则，`loantape explain 批次` 逐条给出问题的具体数值。",
    ),
    "每一行、每一字段的基本要求",
    ("编号", "级别", "粒度", "规则", "依据", "自", "至", "适用", "限额", "不通过示例"),
    ("编号", "级别", "规则"),
    "全部",
    "（空行）",
)


def english() -> Iterable[str]:
    """The rule book in English."""
    return _book(_ENGLISH)


def chinese() -> Iterable[str]:
    """The rule book in Chinese."""
    return _book(_CHINESE)


def sureness() -> Iterable[str]:
    """How sure the sources are: every rule and limit that does not rest on a document that was read."""
    rules, limits = list(catalog.rules().values()), list(catalog.limits())
    yield "# How sure are we 来源可靠程度"
    yield ""
    yield "Nothing recalled is presented as law. Every rule and every limit carries one of these marks; what is marked"
    yield "B-H, B-M or B-L was written down from background knowledge, with the number of the document so that it can"
    yield "be checked, and must be checked before anybody relies on it."
    yield "凡凭背景知识写下的内容均有标记（B-H、B-M、B-L）并注明文号，使用前须核对原文。"
    yield ""
    yield from table(
        ("mark", "meaning", "含义", "rules", "limits"),
        (
            (
                mark.value,
                *words,
                sum(one.confidence is mark for one in rules),
                sum(one.confidence is mark for one in limits),
            )
            for mark, words in _MARKS.items()
        ),
    )
    for mark in (Confidence.BACKGROUND_LOW, Confidence.BACKGROUND_MEDIUM, Confidence.BACKGROUND_HIGH, Confidence.OWN):
        marked = [one for one in rules if one.confidence is mark]
        numbers = [one for one in limits if one.confidence is mark]
        if not marked and not numbers:
            continue
        yield f"## {mark.value}: {_MARKS[mark][0]} {_MARKS[mark][1]}"
        yield ""
        if marked:
            rows = ((one.code, one.severity, f"{one.en} {one.zh}", one.cites) for one in marked)
            yield from table(("rule", "severity", "sentence", "cites"), rows)
        if numbers:
            yield from table(
                ("limit", "value", "unit", "from", "source"),
                ((one.name, one.value, one.unit, one.valid_from, one.source) for one in numbers),
            )


def _book(words: _Words) -> Iterable[str]:
    rules = catalog.rules()
    yield words.title
    yield ""
    yield from words.opening
    yield ""
    topics = catalog.topics()
    counted = (
        (f"[{topic}](#{topic.lower()})", said[words.place], sum(code.startswith(f"{topic}-") for code in rules))
        for topic, said in topics.items()
    )
    yield from table(("", words.title.removeprefix("# "), str(len(rules))), counted)
    yield f"## {words.structural}"
    yield ""
    sentences = catalog.structural_sentences().values()
    yield from table(words.structural_head, ((s.code, s.severity, (s.en, s.zh)[words.place]) for s in sentences))
    for topic, said in topics.items():
        yield f"## {topic}"
        yield ""
        yield said[words.place]
        yield ""
        of_topic = (one for code, one in rules.items() if code.startswith(f"{topic}-"))
        yield from table(words.head, (_row(one, words) for one in of_topic))


def _row(rule: Rule, words: _Words) -> Sequence[Any]:
    return (
        rule.code,
        rule.severity,
        f"`{rule.on}`",
        (rule.en, rule.zh)[words.place],
        f"{rule.cites} [{rule.confidence}]",
        rule.since,
        rule.until,
        " ".join((*rule.jurisdictions, *rule.lender_types)) or words.everyone,
        " ".join(f"`{name}`" for name in _limits(rule)),
        _example(rule.fails[0], words),
    )


def _limits(rule: Rule) -> Sequence[str]:
    """The names of the limits a rule compares with."""
    on = min(one for one in (_RECENT, rule.until) if one)
    fixed, by_row = limits_of(rule, catalog.limits(), Period(on))
    return tuple(dict.fromkeys((*fixed, *(name for name, *_ in by_row))))


def _example(row: Mapping[str, Any], words: _Words) -> str:
    return ", ".join(f"{name} = {value}" for name, value in row.items()) or words.nothing


def limit_rows(limits: Iterable[Limit]) -> Iterable[Sequence[Any]]:
    """One row per dated limit, as the page of limits shows it."""
    for limit in limits:
        yield (
            limit.name,
            limit.value,
            limit.unit,
            " ".join(limit.lender_types) or "all",
            limit.valid_from,
            limit.valid_to,
            f"{limit.source} [{limit.confidence}]",
            f"{limit.note_en} {limit.note_zh}".strip(),
        )
