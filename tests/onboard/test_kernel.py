"""What the compiled tests say of one text is what the specification says, written again as regular expressions."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from loantape.onboard import kernel, written

NEAR = st.text(alphabet="0123456789.,-+eE %/:年月日TX一张　０９（ ab", min_size=1, max_size=20)
NUMBERS = st.from_regex(r"-?[0-9]{1,12}([.,][0-9]{1,18})?", fullmatch=True)
GROUPS = st.from_regex(r"-?[0-9]{1,3}(,[0-9]{2,4}){0,3}(\.[0-9]{0,3})?", fullmatch=True)
DATES = st.from_regex(
    r"[0-9]{2,4}[-/.]?[0-3][0-9][-/.]?[0-3][0-9]{1,3}( [0-2][0-9]:[0-5][0-9](:[0-6][0-9])?)?", fullmatch=True
)


def forms(text: str, tools: Any) -> set[str]:
    """The date forms that the kernel says a text has."""
    (mask,) = tools.seen_of([text]).dates
    return {form for at, form in enumerate(written.FORMS) if mask >> at & 1}


def is_date(text: str, form: str) -> bool:
    """The same by the standard library, with digits of fixed width."""
    parts = {"%Y": "[0-9]{4}", **dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), "[0-9]{2}")}
    pattern = "".join(parts.get(piece, re.escape(piece)) for piece in re.split("(%[YmdHMS])", form))
    if not re.fullmatch(pattern, text):
        return False
    try:
        return datetime.strptime(text, form).second < 60  # noqa: DTZ007 - a local time, as it is written
    except ValueError:
        return False


@settings(max_examples=400, deadline=None)
@given(text=NEAR | NUMBERS | GROUPS)
@example(text="2147483647")
@example(text="2147483648")
@example(text="-2147483648")
@example(text="-2147483649")
@example(text="0000000000007")
@example(text="1,234,567.89")
@example(text="1.234.567,89")
@example(text="12,34")
@example(text="1e5")
@example(text="+5")
@example(text="5%")
def test_numbers_are_told_as_specified(text: str, tools: Any) -> None:
    """A text is an integer, a number, a grouped number or one with a comma exactly when the specification takes it."""
    seen = tools.seen_of([text])
    integer = re.fullmatch(r"-?[0-9]+", text) is not None and -(2**31) <= int(text) < 2**31
    assert seen.fits(kernel.INTEGER) == integer
    assert seen.fits(kernel.PLAIN) == (re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None)
    grouped = r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?"
    assert seen.fits(kernel.GROUPED) == (re.fullmatch(grouped, text) is not None)
    assert seen.fits(kernel.COMMA) == (re.fullmatch(r"-?[0-9]+(,[0-9]+)?", text) is not None)
    turned = r"-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?"
    assert seen.fits(kernel.COMMA_GROUPED) == (re.fullmatch(turned, text) is not None)


@settings(max_examples=400, deadline=None)
@given(text=DATES | NEAR)
@example(text="29/02/2023")
@example(text="29/02/2024")
@example(text="2026-10-31 00:00:00")
@example(text="2026年10月31日")
@example(text="0000-01-01")
@example(text="20261031235960")
def test_dates_are_told_as_specified(text: str, tools: Any) -> None:
    """A text has exactly the written forms in which the standard library reads it as a date that exists."""
    assert forms(text, tools) == {form for form in written.FORMS if is_date(text, form)}


@settings(max_examples=400, deadline=None)
@given(text=NEAR | st.text(min_size=1, max_size=70, alphabet=st.characters(blacklist_categories=("Cs",))))
@example(text="\u3000x")
@example(text="x\xa0")
@example(text="（一）")
@example(text="a\x85b")
def test_texts_are_told_as_specified(text: str, tools: Any) -> None:
    """Control characters, identifiers, blanks at the ends, full-width forms and lengths are those of the text."""
    seen = tools.seen_of([text])
    assert seen.fits(kernel.CLEAN) == (re.search("[\x00-\x1f\x7f-\x9f]", text) is None)
    assert seen.fits(kernel.IDENTIFIER) == (re.fullmatch(r"[A-Za-z0-9._:/#*-]{1,64}", text) is not None)
    assert seen.fits(kernel.SPACED) == (text[0] in " \t\xa0\u3000" or text[-1] in " \t\xa0\u3000")
    wide = [one for one in text if ("\uff01" <= one <= "\uff5e" and one not in "（），：；！？") or one == "\u3000"]
    assert seen.fits(kernel.WIDE) == bool(wide)
    assert seen.figures[kernel.LONGEST] == len(text)


@settings(max_examples=300, deadline=None)
@given(whole=st.integers(-9999, 9999), decimals=st.integers(0, 8), digits=st.integers(0, 10**8 - 1), up=st.booleans())
def test_spreadsheet_noise_is_seen_through(whole: int, decimals: int, digits: int, up: bool, tools: Any) -> None:
    """A value that is off by less than 1e-12 has the decimals of the value that was meant."""
    meant = Decimal(whole) + (Decimal(digits % 10**decimals) / 10**decimals).copy_sign(whole)
    noise = Decimal("0.0000000000000123")
    written_out = f"{meant + noise if up else meant - noise:.16f}"
    seen = tools.seen_of([written_out])
    true = int(seen.decimals[kernel.TRUE_POINT].argmax())
    rounded = Decimal(written_out).quantize(Decimal(1).scaleb(-true))
    assert true <= decimals and abs(rounded - Decimal(written_out)) < Decimal("1e-12")
    assert seen.fits(kernel.NOISE) == 1


def test_documents_phones_and_companies_are_told_by_their_check_digits(tools: Any) -> None:
    """Right check digits count as valid, a changed digit does not; mobiles begin with 13 to 19."""
    assert tools.seen_of(["11010519491231002X"]).fits(kernel.ID_VALID) == 1  # the standard's own example
    assert tools.seen_of(["110105194912310021"]).fits(kernel.ID_VALID) == 0
    assert tools.seen_of(["110105194912310021"]).fits(kernel.ID_FORMED) == 1
    assert tools.seen_of(["11010519491231002x"]).fits(kernel.ID_VALID) == 1
    assert tools.seen_of(["19900000001"]).fits(kernel.MOBILE) == 1
    assert tools.seen_of(["12900000001"]).fits(kernel.MOBILE) == 0
    assert tools.seen_of(["91350100M000100Y43"]).fits(kernel.USCC) == 1  # GB 32100-2015, its own example
    assert tools.seen_of(["91350100M000100Y44"]).fits(kernel.USCC) == 0
    assert tools.seen_of(["张样甲"]).fits(kernel.NAME) == 1
    assert tools.seen_of(["古丽·样例"]).fits(kernel.NAME) == 1
    assert unicodedata.name("·") == "MIDDLE DOT"
