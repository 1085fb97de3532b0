"""The form found for a column accepts all its values, and none narrower does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.onboard import written
from loantape.onboard.forms import FLAGS, candidates, month_comes_first, narrowest

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def found(texts: Sequence[str], tools: Any) -> ValueForm:
    return narrowest(tools.seen_of(texts), Counter(texts))


@settings(max_examples=150, deadline=None)
@given(values=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40))
def test_integers_are_integers(values: list[int], tools: Any) -> None:
    """A column of whole numbers is Integer, or something narrower that accepts it all: a flag, dates of digits."""
    texts = [str(value) for value in values]
    form = found(texts, tools)
    if isinstance(form, Flag):
        assert set(texts) <= {form.true, form.false}
    elif isinstance(form, Day):
        assert all(len(text) in (6, 8) for text in texts)
    else:
        assert form == Integer()


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1, max_size=40),
    style=st.sampled_from([(".", ""), (".", ","), (",", ""), (",", ".")]),
)
def test_decimals_are_the_tightest_numbers(values: list[Decimal], style: tuple[str, str], tools: Any) -> None:
    """Numbers with four decimals get scale 4 and no more digits than the longest has, with the separators used."""
    point, group = style
    values = [*values, Decimal("1234.5678")]
    texts = [f"{value:,.4f}" if group else f"{value:.4f}" for value in values]
    texts = [text.translate({ord("."): point, ord(","): group}) for text in texts]
    whole = max(len(str(abs(int(value)))) if abs(int(value)) else 0 for value in values)
    assert found(texts, tools) == Number(whole + 4, 4, point=point, group=group)


@settings(max_examples=150, deadline=None)
@given(values=st.lists(DAYS, min_size=1, max_size=30), form=st.sampled_from(written.FORMS[:23]))
def test_days_are_days(values: list[date], form: str, tools: Any) -> None:
    """Dates in any one form are a Day, and the form is theirs unless day and month leave a choice."""
    texts = [value.strftime(form) for value in values]
    one = found(texts, tools)
    assert isinstance(one, Day) and not one.also
    chosen = {value.strptime(text, one.form) for value, text in zip(map(as_time, values), texts, strict=True)}
    assert len(chosen) <= len(set(texts))
    if one.form != form:
        assert one.form in (written.swapped(form), "%Y%m") or len(texts[0]) == 8


def as_time(value: date) -> datetime:
    return datetime(value.year, value.month, value.day)


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)), min_size=1, max_size=30),
    form=st.sampled_from(written.FORMS[23:]),
)
def test_moments_are_stamps(values: list[datetime], form: str, tools: Any) -> None:
    """Dates with a time are a Stamp that reads every one of them."""
    texts = [value.strftime(form) for value in values]
    one = found(texts, tools)
    midnights = isinstance(one, Day) and one.form.endswith("00:00:00")
    assert midnights or (isinstance(one, Stamp) and one.form in (form, written.swapped(form)))


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.from_regex(r"[A-Z]{2}[0-9/#*:_-]{2,20}", fullmatch=True), min_size=1, max_size=30))
def test_keys_are_identifiers(texts: list[str], tools: Any) -> None:
    """Letters and digits without blanks are an Identifier as long as the longest."""
    assert found(texts, tools) == Identifier(max(map(len, texts)))


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(alphabet="甲乙 x", min_size=1, max_size=30), min_size=1, max_size=30))
def test_everything_else_is_text(texts: list[str], tools: Any) -> None:
    """Other texts are Text as long as the longest, unless all of them are identifiers."""
    longest = max(map(len, texts))
    keys = all(set(text) == {"x"} for text in texts)
    assert found(texts, tools) == (Identifier(longest) if keys else Text(longest))


@pytest.mark.parametrize("pair", FLAGS)
def test_flags_are_pairs(pair: tuple[str, str], tools: Any) -> None:
    """Each known pair is a Flag of that pair."""
    assert found([*pair, pair[0]], tools) == Flag(*pair)


def test_a_mixed_column_lists_all_its_forms(tools: Any) -> None:
    """Dates in two forms are one Day with the rarer form in ``also``."""
    form = found(["2026/01/31", "2026/02/28", "20260331"], tools)
    assert form == Day("%Y/%m/%d", ("%Y%m%d",))


def test_contradicting_forms_are_never_declared_together(tools: Any) -> None:
    """A column with days first and months first has no form for all: the majority is offered with its share."""
    texts = ["31/01/2026", "30/01/2026", "01/31/2026"]
    assert not isinstance(found(texts, tools), Day)
    days = [one for one in candidates(tools.seen_of(texts), Counter(texts)) if isinstance(one.form, Day)]
    assert days[0].form == Day("%d/%m/%Y") and days[0].fits == 2


def test_the_file_says_whether_months_come_first(tools: Any) -> None:
    """A column without a choice decides for those that leave one; without any the caller does."""
    unsure, sure = tools.seen_of(["01/02/2026"]), tools.seen_of(["01/31/2026", "02/01/2026"])
    assert month_comes_first([unsure, sure], False)
    assert month_comes_first([unsure], True) and not month_comes_first([unsure], False)


def test_digits_that_are_no_dates_stay_numbers(tools: Any) -> None:
    """Eight digits that name days of implausible years are a number."""
    assert found(["12345678", "00010101"], tools) == Integer()


def test_a_code_list_is_never_guessed_from_values_alone(tools: Any) -> None:
    """No column becomes a Code without a field that has a code list."""
    forms = candidates(tools.seen_of(["正常", "关注"]), Counter(["正常", "关注"]))
    assert not any(isinstance(one.form, Code) for one in forms)
