"""What parses is exactly what its declared form says; everything else keeps its text."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Column, Day, FileLayout, Flag, Integer, Number, Stamp, Text, ValueForm
from loantape.errors import DeclarationError
from loantape.intake.typed import cell_sql, rows_sql

CON = duckdb.connect(":memory:")


def parse(form: ValueForm, target: str, text: str | None, empty: tuple[str, ...] = ("",)) -> tuple[Any, bool]:
    """(value, whether the text is reported as unparsed)."""
    cell = cell_sql(Column("h", "t.f", form, empty), "c0", 0, target)
    row = CON.execute(
        f"SELECT value0, raw0 IS NOT NULL AND value0 IS NULL FROM (SELECT raw0, {cell.value} AS value0 FROM "
        f"(SELECT raw0, {cell.cast} AS cast0 FROM (SELECT {cell.raw} AS raw0 FROM "
        "(SELECT nullif(CAST(? AS VARCHAR), '') AS c0) AS a) AS b) AS c) AS d",
        [text],
    ).fetchone()
    assert row is not None
    return row[0], row[1]


MONEY = (Number(20, 2), "DECIMAL(20,2)")
PERCENT = (Number(12, 8, times=100), "DECIMAL(12,6)")
COUNT = (Integer(), "INTEGER")
DAY = (Day(), "DATE")
US_DAY = (Day("%m-%d-%Y"), "DATE")
MONTH = (Day("%m/%Y"), "DATE")
STAMP = (Stamp(), "TIMESTAMP")
FLAG = (Flag("True", "False"), "BOOLEAN")

PARSES = [
    (*MONEY, "0", Decimal("0")),
    (*MONEY, "12", Decimal("12")),
    (*MONEY, "-12.3", Decimal("-12.3")),
    (*MONEY, "-0.00", Decimal("0")),
    (*MONEY, "007.50", Decimal("7.5")),
    (*MONEY, "9999999999999999.99", Decimal("9999999999999999.99")),
    (*MONEY, "999999999999999999.99", Decimal("999999999999999999.99")),
    (*MONEY, "-999999999999999999", Decimal("-999999999999999999")),
    (*PERCENT, "0.2175", Decimal("21.75")),
    (*PERCENT, "0.12345678", Decimal("12.345678")),
    (*COUNT, "0", 0),
    (*COUNT, "-7", -7),
    (*COUNT, "007", 7),
    (*COUNT, "2147483647", 2147483647),
    (*DAY, "2024-02-29", date(2024, 2, 29)),
    (*US_DAY, "02-29-2020", date(2020, 2, 29)),
    (*MONTH, "10/2016", date(2016, 10, 1)),
    (*STAMP, "2026-10-31 23:59:59", datetime(2026, 10, 31, 23, 59, 59)),
    (*FLAG, "True", True),
    (*FLAG, "False", False),
    (Text(3), "VARCHAR", "借据号", "借据号"),
    (Text(3), "VARCHAR", " a ", " a "),
    (Code({"1; 2": "1;2", "-": "none"}), "VARCHAR", "1; 2", "1;2"),
]
REFUSED = [
    *[
        (*MONEY, text)
        for text in ("1_0", "inf", "nan", "1e5", "1E5", "0x1F", "12.345", "12.", ".5", "+5", "１２", "1,2")
    ],
    *[(*MONEY, text) for text in ("1.2.3", "-", "--", ".", "1-", "1000000000000000000")],
    *[
        (*MONEY, text)
        for text in (" 12", "12 ", " 12 ", "\t12", "1 2", "12\u00a0", "infinity", "NULL", "0.000", "12.30\u200b")
    ],
    *[(*PERCENT, text) for text in ("0.07400000000000001", "99999", "1e-2")],
    *[
        (*COUNT, text)
        for text in ("1.0", "1e3", "1_000", "0x1F", "0b1", " 1", "+1", "１", "2147483648", "1.5", "true", "--1")
    ],
    *[
        (*DAY, text)
        for text in ("31/02/2026", "2025/1/3", "2025-1-3", "2026-02-30", "20260131", "epoch", "infinity", "today")
    ],
    *[
        (*DAY, text)
        for text in ("2026-01-31 00:00:00", " 2026-01-31", "2026-01-31 ", "-2026-01-31", "0000-00-00", "２０２６-01-31")
    ],
    *[
        (*US_DAY, text)
        for text in (
            "2-29-2020",
            "02/29/2020",
            "13-01-2020",
            "02-29-2021",
            "02-29-20",
            " 02-28-2020",
            "infinity",
            "epoch",
        )
    ],
    *[(*MONTH, text) for text in ("1/2016", "13/2016", "2016/10", "10-2016", "10/16", "01/10/2016", "-infinity")],
    *[(*STAMP, text) for text in ("2026-10-31", "2026-10-31T23:59:59", "2026-10-31 23:59:60", "2026-10-31 24:00:00")],
    *[(*STAMP, text) for text in ("2026-10-31 23:59:59+08", "2026-10-31 23:59:59.5", "2026-10-31 23:59")],
    *[(*FLAG, text) for text in ("true", "1", "T", "yes", " True")],
    (Text(3), "VARCHAR", "abcd"),
    (Text(3), "VARCHAR", "借据号码"),
    (Code({"1": "A"}), "VARCHAR", "2"),
    (Code({"1": "A"}), "VARCHAR", "1 "),
]


@pytest.mark.parametrize(("form", "target", "text", "value"), PARSES)
def test_parses(form: ValueForm, target: str, text: str, value: Any) -> None:
    """A text in its declared form becomes exactly its value."""
    assert parse(form, target, text) == (value, False)


@pytest.mark.parametrize(("form", "target", "text"), REFUSED)
def test_refuses(form: ValueForm, target: str, text: str) -> None:
    """A text outside its declared form becomes null and is reported, whatever DuckDB's cast would make of it."""
    assert parse(form, target, text) == (None, True)


@pytest.mark.parametrize(("form", "target"), [MONEY, COUNT, DAY, STAMP, FLAG, (Text(), "VARCHAR")])
def test_empty_is_null_and_not_reported(form: ValueForm, target: str) -> None:
    """A declared empty text is null and no finding; an undeclared one is a text like any other."""
    assert parse(form, target, "") == (None, False)
    assert parse(form, target, "-", ("", "-")) == (None, False)
    assert parse(form, target, "", ("-",)) == (("", False) if target == "VARCHAR" else (None, True))


def test_a_code_list_may_mean_something_by_empty() -> None:
    """A text that a code list maps is a code even where it is also declared empty."""
    form = Code({"": "NONE", "-": "NONE", "1": "ONE"})
    assert [parse(form, "VARCHAR", text, ("", "-"))[0] for text in ("", "-", "1")] == ["NONE", "NONE", "ONE"]


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="0123456789.-+eE_ ,x", max_size=8) | st.decimals(allow_nan=False, allow_infinity=False).map(str)
)
@example("99999999999999999.99")
def test_money_is_its_grammar(text: str) -> None:
    """Money parses exactly where its grammar matches and it fits, and then to the value Python gives it."""
    fits = re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", text) and abs(Decimal(text)) < Decimal(10) ** 18
    expected = (Decimal(text), False) if fits else (None, bool(text))
    assert parse(*MONEY, text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.-+eE_ x", max_size=12) | st.integers().map(str))
def test_a_count_is_its_grammar(text: str) -> None:
    """A count parses exactly where it is digits with an optional minus and fits 32 bits."""
    fits = re.fullmatch(r"-?[0-9]+", text) and -(2**31) <= int(text) < 2**31
    assert parse(*COUNT, text) == ((int(text), False) if fits else (None, bool(text)))


@settings(max_examples=200, deadline=None)
@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%m-%d-%Y", "%d/%m/%Y", "%Y%m%d"]))
def test_every_day_parses_in_its_form(day: date, form: str) -> None:
    """Each calendar day, written in the declared form with four-digit years, comes back as itself."""
    text = day.strftime(form.replace("%Y", f"{day.year:04}"))
    assert parse(Day(form), "DATE", text) == (day, False)


@pytest.mark.parametrize(
    ("form", "target"),
    [
        (Number(20, 4), "DECIMAL(20,2)"),
        (Number(12, 6, times=10), "DECIMAL(12,2)"),
        (Number(12, 2, times=3), "DECIMAL(12,2)"),
        (Number(38, 2, times=100), "DECIMAL(38,2)"),
        (Integer(), "DATE"),
        (Text(), "INTEGER"),
        (Code({}), "VARCHAR"),
    ],
)
def test_a_form_that_does_not_fit_its_field_is_a_declaration_error(form: ValueForm, target: str) -> None:
    """A declaration that would round or mix types is refused before any data is read."""
    with pytest.raises(DeclarationError):
        cell_sql(Column("h", "t.f", form), "c0", 0, target)


def test_a_field_has_one_source() -> None:
    """Two columns that go to one field, or a field the tape lacks, are refused."""
    layout = FileLayout("x", (Column("a", "partner.partner_name"), Column("b", "partner.partner_name")))
    with pytest.raises(DeclarationError):
        rows_sql(layout, ["a", "b"], "partner", "x")
    with pytest.raises(DeclarationError):
        rows_sql(FileLayout("x", (Column("a", "partner.nothing"),)), ["a"], "partner", "x")
