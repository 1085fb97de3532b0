"""Writes the reference of indicators: what each is, its formula in words and symbols, source, limit, worked example.

Belongs here: turning declared indicators and marts into Markdown, in English and in Chinese. Not here: other pages
(``reference``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loantape import catalog, notation, reference_market
from loantape.declare import AT_MOST, Indicator
from loantape.reference_tables import table


@dataclass(frozen=True)
class _Words:
    """The page's own words in one language; ``at`` is the place of that language in a pair."""

    at: int
    title: str
    opening: str
    head: tuple[str, ...]
    fields: Mapping[str, str]
    total: str
    everywhere: str


_ENGLISH = _Words(
    0,
    "# Indicators",
    "Each is one declaration in `transforms/`; [中文](indicators.zh-CN.md). In formulas `Σ x [c]` is the sum of x over "
    "the rows on which c holds, `#[c]` their number, `m` a member, `∅` unknown. A value is null only with a reason. "
    "Sureness: P read in the primary document, S in a secondary one, B from background knowledge, OWN ours.",
    ("code", "meaning", "unit", "by"),
    {
        "formula": "Formula",
        "notation": "In symbols",
        "grain": "Rows",
        "source": "Source",
        "limit": "Held against",
        "where": "For",
        "unlisted": "Not listed loan by loan",
        "example": "Worked example",
        "gives": "gives",
        "marts": "Marts: what each period leaves for later ones",
    },
    "total",
    "every lender",
)
_CHINESE = _Words(
    1,
    "# 指标",
    "每个指标都是`transforms/`中的一条声明；[English](indicators.md)。公式中`Σ x [c]`为满足条件c的各行x之和，"
    "`#[c]`为其行数，`m`为分组，`∅`为未知。数值为空时必说明原因。来源可信度：P为原文，S为二手资料，B为背景知识，OWN为本项目自定。",
    ("代码", "含义", "单位", "分组"),
    {
        "formula": "公式（文字）",
        "notation": "公式（符号）",
        "grain": "数据行",
        "source": "来源",
        "limit": "对照限额",
        "where": "适用",
        "unlisted": "不能逐笔列出",
        "example": "算例",
        "gives": "得",
        "marts": "各期留存的汇总表",
    },
    "合计",
    "所有机构",
)


def english() -> Iterable[str]:
    """The page in English."""
    return _page(_ENGLISH)


def chinese() -> Iterable[str]:
    """The page in Chinese."""
    return _page(_CHINESE)


def _page(words: _Words) -> Iterable[str]:
    yield words.title
    yield ""
    yield words.opening
    yield ""
    topics = catalog.indicator_topics()
    known = list(catalog.indicators().values())
    order = [*topics, *sorted({_topic(one) for one in known} - set(topics))]
    for topic in (one for one in order if any(_topic(each) == one for each in known)):
        told = [one for one in known if _topic(one) == topic]
        yield f"## {topic}: {topics.get(topic, (topic, topic))[words.at]}"
        yield ""
        yield from table(
            words.head, ((one.code, _said(one, words), one.unit, one.dimension or words.total) for one in told)
        )
        for one in told:
            yield from _section(one, words)
    yield from reference_market.sections(words.at, words.fields, words.head)
    yield f"## {words.fields['marts']}"
    yield ""
    yield from table(
        ("mart", words.head[1], words.fields["grain"], words.fields["source"]),
        ((f"`{one.name}`", (one.en, one.zh)[words.at], one.grain, one.cites) for one in catalog.marts().values()),
    )


def _section(one: Indicator, words: _Words) -> Iterable[str]:
    names = words.fields
    symbols = notation.chinese(one) if words.at else notation.english(one)
    yield f"### {one.code}"
    yield ""
    yield _said(one, words)
    yield ""
    yield f"* {names['formula']}: {one.formula}"
    if symbols:
        yield f"* {names['notation']}: `{symbols}`"
    yield f"* {names['grain']}: `{one.grain}`; {names['where']}: {', '.join(one.jurisdictions) or words.everywhere}"
    yield f"* {names['source']}: {one.cites} [{one.confidence}]"
    if one.limit:
        bound = ("≤", "≥")[one.bound != AT_MOST]
        yield f"* {names['limit']}: {bound} `{one.limit}`"
    if any(one.unlisted):
        yield f"* {names['unlisted']}: {one.unlisted[words.at]}"
    yield ""
    yield from _example(one, words)


def _example(one: Indicator, words: _Words) -> Iterable[str]:
    tables, values = one.example
    yield f"{words.fields['example']}:"
    yield ""
    for name, rows in tables.items():
        fields = list(dict.fromkeys(field for row in rows for field in row))
        yield f"`{name}`"
        yield ""
        yield from table([f"`{field}`" for field in fields], ([row.get(field) for field in fields] for row in rows))
    told: Sequence[tuple[Any, ...]] = [
        (_member(one, member, words), "–" if value is None else f"{value:f}") for member, value in values.items()
    ]
    yield from table((one.dimension or words.total, words.fields["gives"]), told)


def _member(one: Indicator, member: str, words: _Words) -> str:
    said = catalog.member_words(one.dimension, member)[words.at] if one.dimension else words.total
    return said if said == member or not one.dimension else f"{member} ({said})"


def _said(one: Indicator, words: _Words) -> str:
    return (one.en, one.zh)[words.at]


def _topic(one: Indicator) -> str:
    return one.code.partition("-")[0]
