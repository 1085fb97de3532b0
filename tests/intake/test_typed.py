"""What parses is exactly what its declared form says; everything else keeps its text."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Column, Day, FileLayout, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.errors import DeclarationError
from loantape.intake.headers import Header
from loantape.intake.parse import Batch, parse_cells
from loantape.intake.plan import Target, compile_plan
from loantape.intake.typed import rows_sql, targets_of


def parse(
    form: ValueForm, target: str, text: str | None, empty: tuple[str, ...] = ("",), **facts: bool
) -> tuple[Any, bool]:
    """(value, whether the text is reported as unparsed)."""
    batch = parse_batch(form, target, [text or ""], empty, **facts)
    return batch.values.column(0)[0].as_py(), len(batch.fails) == 1


def parse_batch(form: ValueForm, target: str, texts: list[str], empty: tuple[str, ...] = ("",), **facts: bool) -> Batch:
    plan = compile_plan([Target("field", target, Column("h", "t.f", form, empty, **facts), 0)])
    batch = parse_cells([pa.array(texts, pa.string())], plan)
    batch.values.validate(full=True)
    return batch


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
    (Identifier(), "VARCHAR", "HT.2026_01:7/a#*-", "HT.2026_01:7/a#*-"),
    (Number(28, 8), "DECIMAL(28,8)", "12345678901234567890.12345678", Decimal("12345678901234567890.12345678")),
    (Number(28, 8), "DECIMAL(28,8)", "-0.00000001", Decimal("-0.00000001")),
    (Number(18, 2, group=","), "DECIMAL(18,2)", "1,234,567.80", Decimal("1234567.80")),
    (Number(18, 2, group=","), "DECIMAL(18,2)", "1234567.8", Decimal("1234567.80")),
    (Number(18, 2, point=",", group="."), "DECIMAL(18,2)", "1.234,56", Decimal("1234.56")),
    (Day("%Y-%m-%d", ("%Y%m%d", "%Y年%m月%d日")), "DATE", "20261031", date(2026, 10, 31)),
    (Day("%Y-%m-%d", ("%Y%m%d", "%Y年%m月%d日")), "DATE", "2026年10月31日", date(2026, 10, 31)),
    (Stamp("%Y%m%d%H%M%S"), "TIMESTAMP", "20261031235959", datetime(2026, 10, 31, 23, 59, 59)),
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
    *[(Text(9), "VARCHAR", text) for text in ("a\tb", "a\x7f", "\x00", "a\x85", "a\nb")],
    *[(Identifier(3), "VARCHAR", text) for text in ("abcd", "a b", "借", "a,b", "１")],
    *[
        (Number(18, 2, group=","), "DECIMAL(18,2)", text)
        for text in ("1,23", "12,34.5", ",123", "1234,567", "1,234,", "1,,234", "1.234,5")
    ],
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
        compile_plan([Target("f", target, Column("h", "t.f", form), 0)])


def test_a_field_has_one_source() -> None:
    """Two columns that go to one field, or a field the tape lacks, are refused."""
    header = Header(2, {"a": 0, "b": 1})
    for columns in (
        (Column("a", "partner.partner_name"), Column("b", "partner.partner_name")),
        (Column("a", "partner.nothing"),),
    ):
        with pytest.raises(DeclarationError):
            targets_of(FileLayout("x", columns), header, "partner")
    with pytest.raises(DeclarationError):
        rows_sql(FileLayout("x", (), constants={"partner.nothing": "1"}), [], "partner", "x")


@pytest.mark.parametrize("forms", [("%d/%m/%Y", "%m/%d/%Y"), ("%Y%m%d", "%d%m%Y")])
def test_forms_that_read_one_text_differently_are_refused(forms: tuple[str, str]) -> None:
    """A lender cannot declare that 01/02/2026 is two different days."""
    with pytest.raises(DeclarationError):
        compile_plan([Target("f", "DATE", Column("h", "t.f", Day(forms[0], (forms[1],))), 0)])


def test_trim_and_full_width_are_done_only_where_declared() -> None:
    """Full-width digits and blanks around a number are refused, unless the column declares them, and then reported."""
    assert parse(*MONEY, "\u3000１２．５ ") == (None, True)
    assert parse(*MONEY, "１２．５", full_width=True) == (Decimal("12.50"), False)
    assert parse(*MONEY, " 12.5\u00a0", trim=True) == (Decimal("12.50"), False)
    assert parse(*MONEY, "\u3000１２．５ ", trim=True, full_width=True) == (Decimal("12.50"), False)
    assert parse(*MONEY, "　", trim=True) == (None, False)
    assert notes_of(Number(18, 2), "DECIMAL(18,2)", ["12", "１２", "　"], full_width=True) == [(1, 13), (2, 13)]


def test_what_is_noted_of_a_text() -> None:
    """Blanks around a text and full-width letters, digits and blanks in it are noted; Chinese punctuation is not."""
    texts = ["plain", " a", "a ", "a\u3000", "Ａ", "名（一），：；！？", "\u00a0x", "中\u3000文", "中文"]
    noted = notes_of(Text(), "VARCHAR", texts)
    assert noted == [(1, 14), (2, 14), (3, 13), (3, 14), (4, 13), (6, 14), (7, 13)]
    assert notes_of(Text(), "VARCHAR", [" a "], trim=True) == []


def test_notes_keep_their_own_texts_and_codes() -> None:
    """Each note shows the text as it was delivered, whatever became of it, with the code that belongs to it."""
    notes = parse_batch(Text(), "VARCHAR", ["Ａ", " b", "\u3000c", "d"], full_width=True).notes
    assert list(zip(notes["row"].to_pylist(), notes["code"].to_pylist(), notes["text"].to_pylist(), strict=True)) == [
        (0, 13, "Ａ"),
        (1, 14, " b"),
        (2, 13, "\u3000c"),
        (2, 14, "\u3000c"),
    ]


def notes_of(form: ValueForm, target: str, texts: list[str], **facts: bool) -> list[tuple[int, int]]:
    notes = parse_batch(form, target, texts, **facts).notes
    return sorted(zip(notes["row"].to_pylist(), notes["code"].to_pylist(), strict=True))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=300))
def test_a_text_comes_out_as_it_went_in(texts: list[str]) -> None:
    """Whatever their lengths and characters, texts without control characters are kept and the others listed."""
    batch = parse_batch(Text(30), "VARCHAR", texts, empty=("-",))
    controls = [any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text) for text in texts]
    kept = [None if bad or text == "-" else text for text, bad in zip(texts, controls, strict=True)]
    assert batch.values.column(0).to_pylist() == kept
    assert batch.fails["row"].to_pylist() == [row for row, bad in enumerate(controls) if bad]
    assert batch.fails["text"].to_pylist() == [text for text, bad in zip(texts, controls, strict=True) if bad]


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(min_value=-(10**20), max_value=10**20, places=8, allow_nan=False).map(lambda d: format(d, "f"))
    | st.text(alphabet="0123456789.-", max_size=40)
)
def test_a_wide_number_is_its_grammar(text: str) -> None:
    """Numbers of more than 18 digits parse exactly where they match the grammar and fit."""
    fits = re.fullmatch(r"-?[0-9]+(\.[0-9]{1,8})?", text) and abs(Decimal(text)) < Decimal(10) ** 20
    expected = (Decimal(text), False) if fits else (None, bool(text))
    assert parse(Number(28, 8), "DECIMAL(28,8)", text) == expected
