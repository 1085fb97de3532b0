"""Which columns hold personal data, and how a value is shown without being said.

Belongs here: the signs of personal data in headers and values, masks by shape. Not here: the masks of errors
(``loantape.privacy``). A column that might be personal is treated as one.
"""

from __future__ import annotations

import re
from collections import Counter

from loantape.onboard import kernel
from loantape.onboard.seen import ColumnSeen
from loantape.onboard.synonyms import NOT_PERSONAL, PERSONAL

# The hundred commonest surnames: enough to tell a column of names from one of words.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_LONG_NUMBER = re.compile(r"[0-9]{7,}")
_SHAPES = ((re.compile("[0-9]"), "9"), (re.compile("[a-z]"), "a"), (re.compile("[A-Z]"), "A"))
_LONGEST_SHAPE = 24


def shape(text: str) -> str:
    """The text's shape: digits are 9, letters a and A, everything beyond ASCII 字; signs stay."""
    for pattern, stands in _SHAPES:
        text = pattern.sub(stands, text)
    text = "".join(one if " " <= one <= "~" else "字" if one > "\x9f" else "?" for one in text)
    return text if len(text) <= _LONGEST_SHAPE else text[: _LONGEST_SHAPE - 1] + "…"


def shapes(texts: Counter[str]) -> tuple[str, ...]:
    """The three commonest shapes."""
    counted: Counter[str] = Counter()
    for text, number in texts.items():
        counted[shape(text)] += number
    return tuple(one for one, _ in counted.most_common(3))


def named_personal(name: str) -> bool:
    """Whether a plain header speaks of a person."""
    return name not in NOT_PERSONAL and any(_within(word, name) for word in PERSONAL)


def _within(word: str, name: str) -> bool:
    return f"_{word}_" in f"_{name}_" if word.isascii() else word in name


def looks_personal(column: ColumnSeen) -> bool:
    """Whether the values look like documents, phones, cards, addresses of mail or names of persons."""
    seen = column.clean
    parts = [seen.share(flag) for flag in (kernel.ID_FORMED, kernel.MOBILE, kernel.EMAIL, kernel.CARD)]
    return max(parts) > 0.2 or looks_like_names(column)


def looks_like_names(column: ColumnSeen) -> bool:
    """Two to four Chinese characters each, most of them beginning with a surname."""
    if column.clean.share(kernel.NAME) < 0.6:
        return False
    if column.clean_texts is None:
        return True  # words of a list would repeat
    names = [text for text in column.clean_texts if 2 <= len(text) <= 4]
    return sum(text[0] in _SURNAMES for text in names) > 0.5 * len(names)


def may_be_said(text: str, number: int, rows: int) -> bool:
    """Whether one value of a column of few values may stand in a module: it repeats, and it is no number of anybody."""
    return number >= 3 and number * 1000 >= rows and len(text) <= 40 and not _LONG_NUMBER.search(text)
