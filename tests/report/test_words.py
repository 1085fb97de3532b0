"""Numbers and words are spelled the same on every machine and lose nothing."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from templates.report.words import Words, compact, exact, percent, plain, same

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**27), max_value=10**27)


def read(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("\u2212", "-"))


@given(DECIMALS)
def test_a_decimal_is_written_with_every_digit_it_has(value: Decimal) -> None:
    """What is printed without a number of places reads back as the very same decimal, in groups of three."""
    for text in (plain(value), exact(value)):
        assert read(text) == value
        assert re.fullmatch(r"\u2212?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?", text)


@given(DECIMALS, st.integers(0, 8))
def test_rounding_is_half_up_in_decimal(value: Decimal, places: int) -> None:
    """A number of places is kept exactly, at most half a unit of the last place away from the value."""
    shown = read(plain(value, places))
    assert abs(shown - value) * 2 <= Decimal(1).scaleb(-places)
    assert plain(Decimal("0.125"), 2) == "0.13"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-5, max_value=5))
def test_a_ratio_that_is_not_zero_never_prints_as_zero(fraction: Decimal) -> None:
    """Only zero prints as 0.00%: a small ratio says that it is smaller than what can be shown."""
    assert (percent(fraction) in ("0.00%", "\u22120.00%")) == (fraction == 0)


def test_known_spellings() -> None:
    """The forms a reader meets, one of each."""
    assert plain(Decimal("1234567.50")) == "1,234,567.5"
    assert exact(Decimal("1234567.50")) == "1,234,567.50"
    assert exact(Decimal("7.0000")) == "7"
    assert plain(Decimal("-0.00")) == "0"
    assert plain(Decimal("-1000"), 0) == "\u22121,000"
    assert percent(Decimal("0.0212345")) == "2.12%"
    assert percent(Decimal("0.00001")) == "< 0.01%"
    assert percent(Decimal("-0.00001")) == "> \u22120.01%"
    assert compact(Decimal("1234567890")) == Words("1.23 billion", "12.35 亿")
    assert compact(Decimal("12345678")) == Words("12.35 million", "1,234.57 万")
    assert compact(Decimal("-12345678")) == Words("\u221212.35 million", "\u22121,234.57 万")
    assert compact(Decimal("999.5")) == same("999.50")


def test_words_are_escaped_and_marked() -> None:
    """A pair becomes two fragments that say their language; a text that needs no translation becomes one."""
    marked = '<span lang="en">a &lt; b</span><span lang="zh-CN">甲 &amp; 乙</span>'
    assert Words("a < b", "甲 & 乙").__html__() == marked
    assert same("<b>").__html__() == "&lt;b&gt;"
