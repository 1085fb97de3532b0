"""A text that a spreadsheet would run is made inert in the same way wherever a file is written."""

from __future__ import annotations

import duckdb
import pytest

from loantape.inert import inert, inert_sql

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
TEXTS = [*(f"{start}1+1" for start in STARTS), "-1", "-1.50", "-1.", "--1", "+1", "1-1", "'=1", "", "汉=1", " =1"]


@pytest.mark.parametrize("text", TEXTS)
def test_python_and_sql_make_the_same_texts_inert(text: str) -> None:
    """What starts as a formula, also in full width, gets an apostrophe before it; numbers and other texts stay."""
    is_formula = text.startswith(STARTS) and text not in ("-1", "-1.50")
    assert inert(text) == ("'" + text if is_formula else text)
    assert duckdb.execute(f"SELECT {inert_sql('given')} FROM (SELECT ? AS given)", [text]).fetchone() == (inert(text),)


def test_no_text_stays_none() -> None:
    """A null is not made a text."""
    assert duckdb.execute(f"SELECT {inert_sql('CAST(NULL AS VARCHAR)')}").fetchone() == (None,)
