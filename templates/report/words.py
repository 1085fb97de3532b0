"""Words in two languages and numbers as text: how anything on the page is spelled.

Belongs here: the pair of an English and a Chinese text, and the one way each kind of number is written. Not here: which
numbers there are (facts.py) or where they stand (layout.py). Nothing depends on the machine's locale or on floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from itertools import pairwise
from typing import Literal

from markupsafe import Markup, escape

from loantape.inert import visible

# DuckDB's widest decimal has 38 digits; products of two of them must not round in silence.
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_LONG_WORD = re.compile(r"[^\s\u2e80-\uffff]{20}(?=\S)")  # Chinese breaks anywhere of itself
_MINUS = "\u2212"
_PERCENT_PLACES = 2

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, Language] = ("en", "zh")
TAGS: dict[Language, str] = {"en": "en", "zh": "zh-CN"}  # as HTML and PDF write them


@dataclass(frozen=True)
class Words:
    """One text in English and in Chinese. Printed into a template it is two marked and escaped fragments."""

    en: str
    zh: str

    def __html__(self) -> Markup:
        if self.en == self.zh:
            return escape(self.en)
        return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(self.en, self.zh)

    def of(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en

    @property
    def attribute(self) -> str:
        """Both languages in one line, where markup is not possible (labels read aloud)."""
        return self.en if self.en == self.zh else f"{self.en} / {self.zh}"


def same(text: str) -> Words:
    """A text that is not translated: codes, names, numbers. What a screen would obey in one is written out."""
    shown = visible(text)
    return Words(shown, shown)


def breakable(text: str) -> Markup:
    """A text that somebody wrote, escaped, with places where even its longest word may go on in the next line."""
    shown, ends = visible(text), [0]
    ends += [found.end() for found in _LONG_WORD.finditer(shown)]
    pieces = (shown[start:end] for start, end in pairwise([*ends, len(shown)]))
    return Markup("<wbr>").join(escape(one) for one in pieces)


def plain(value: Decimal | int, places: int | None = None) -> str:
    """A decimal with thousands separators; ``places`` decimals, or exactly those it has without trailing zeros."""
    number = Decimal(value)
    if places is None:
        text = f"{number:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT):,f}"
    if text.strip("-0.,") == "":  # no minus before a zero
        return text.lstrip("-")
    return text.replace("-", _MINUS)


def percent(fraction: Decimal, places: int = _PERCENT_PLACES) -> str:
    """A ratio between 0 and 1 as a percentage. A small ratio that is not zero never prints as zero."""
    hundredfold = _EXACT.multiply(fraction, Decimal(100))
    smallest = Decimal(1).scaleb(-places)
    if hundredfold != 0 and abs(hundredfold) < smallest / 2:
        return f"< {plain(smallest, places)}%" if hundredfold > 0 else f"> {plain(-smallest, places)}%"
    return f"{plain(hundredfold, places)}%"


def money(amount: Decimal) -> str:
    """An amount to the cent, without its currency."""
    return plain(amount, 2)


def exact(number: Decimal) -> str:
    """A number with all the decimals it has, never just one, so that amounts line up."""
    text = plain(number)
    return f"{text}0" if "." in text and len(text) - text.index(".") == 2 else text


def compact(amount: Decimal) -> Words:
    """A large amount to three or more figures, in the units each language counts in."""
    return Words(
        _scaled(amount, (("billion", 9), ("million", 6))),
        _scaled(amount, (("亿", 8), ("万", 4))),
    )


def _scaled(amount: Decimal, units: tuple[tuple[str, int], ...]) -> str:
    for name, power in units:
        if abs(amount) >= Decimal(1).scaleb(power):
            return f"{plain(amount.scaleb(-power, context=_EXACT), 2)} {name}"
    return plain(amount, 2)


def day(value: date) -> str:
    """A calendar date, ISO 8601."""
    return value.isoformat()


def moment(value: datetime) -> str:
    """A local date and time to the second, as the caller stated it."""
    return value.isoformat(sep=" ", timespec="seconds")
