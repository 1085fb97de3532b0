"""The slow reader against the page's own sentences: what each declared form accepts, refuses and notes.

Each example was worked out by hand from docs/reference/intake.md. Not here: lines, headers, trailers.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from loantape.declare import Code, Column, Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm

MONEY = Number(18, 2)
GROUPED = Number(18, 2, group=",")
EUROPEAN = Number(18, 2, point=",", group=".")
RATE = Number(12, 6)
NOISY = Number(12, 6, noise=20)
PERCENT = Number(10, 8, times=100)
DAY = Day("%Y-%m-%d", ("%Y%m%d", "%d.%m.%Y"))
STAMP = Stamp()

ACCEPTED: list[tuple[ValueForm, str, Any]] = [
    (Text(3), "abc", "abc"),
    (Text(3), "借\U0001f600x", "借\U0001f600x"),
    (Text(3), "\ufeffa\u2028", "\ufeffa\u2028"),
    (Identifier(), "Az09._:/#*-", "Az09._:/#*-"),
    (Identifier(3), "abc", "abc"),
    (Integer(), "0", 0),
    (Integer(), "-0", 0),
    (Integer(), "-00000000000012", -12),
    (Integer(), "2147483647", 2147483647),
    (Integer(), "-2147483648", -2147483648),
    (MONEY, "12", Decimal("12")),
    (MONEY, "-0012.5", Decimal("-12.5")),
    (MONEY, "-0", Decimal(0)),
    (MONEY, "-0.00", Decimal(0)),
    (MONEY, "9999999999999999.99", Decimal("9999999999999999.99")),
    (GROUPED, "1,234.56", Decimal("1234.56")),
    (GROUPED, "-1,234,567", Decimal("-1234567")),
    (GROUPED, "1234567.8", Decimal("1234567.8")),
    (GROUPED, "001,234", Decimal("1234")),
    (EUROPEAN, "1.234,56", Decimal("1234.56")),
    (EUROPEAN, "1234,5", Decimal("1234.5")),
    (Number(18, 2, group=" "), "12 345.60", Decimal("12345.6")),
    (RATE, "18.123456", Decimal("18.123456")),
    (NOISY, "0.07400000000000001", Decimal("0.074")),
    (NOISY, "0.0739999999999999", Decimal("0.074")),
    (NOISY, "0.9999999999999", Decimal(1)),
    (PERCENT, "0.12345678", Decimal("12.345678")),
    (Number(18, 0), "5", Decimal(5)),
    (DAY, "2024-02-29", date(2024, 2, 29)),
    (DAY, "20261031", date(2026, 10, 31)),
    (DAY, "31.10.2026", date(2026, 10, 31)),
    (DAY, "0001-01-01", date(1, 1, 1)),
    (DAY, "9999-12-31", date(9999, 12, 31)),
    (Day("%m/%Y"), "02/2026", date(2026, 2, 1)),
    (Day("%Y年%m月%d日"), "2026年10月31日", date(2026, 10, 31)),
    (STAMP, "2026-10-31 23:59:59", datetime(2026, 10, 31, 23, 59, 59)),
    (Stamp("%Y%m%d%H%M"), "202610310000", datetime(2026, 10, 31)),
    (Flag("Y", "N"), "Y", True),
    (Flag("是", "否"), "否", False),
    (Code({"b": "BANK", "": "OTHER"}), "b", "BANK"),
    (Code({"b": "BANK", "": "OTHER"}), "", "OTHER"),
]

REFUSED: list[tuple[ValueForm, list[str]]] = [
    (Text(3), ["abcd", "a\tb", "\x1f", "\x7f", "\x80", "\x85", "\x9f"]),
    (Identifier(3), ["abcd", "a b", "é", "ａ", "a,", " a", "١"]),
    (
        Integer(),
        ["2147483648", "-2147483649", "+5", "--5", "-", "1.0", "1_0", " 12", "12 ", "1e5", "0x1F", "١٢", "１２", "²"],
    ),
    (
        MONEY,
        [
            "1_0",
            "inf",
            "nan",
            "NaN",
            "١٢",
            "１２",
            "1e5",
            "0x1F",
            "+5",
            ".5",
            "5.",
            "12.345",
            "1,234.56",
            " 12",
            "12 ",
            "-",
            "--1",
            "-.5",
            "1.-5",
            "1.2.3",
            "10000000000000000",
            "1" + "0" * 5000,
            "0.001",
            "0.000",
            "1.00\n",
            "．",
        ],
    ),
    (GROUPED, ["12,34", "1,2345", "1,23,456", ",123", "1,", "1234,567", "1,234,", "1.234,567", "1,,234", "1,234.5,6"]),
    (EUROPEAN, ["1,234.56", "1.23", "1234.5", "1.234.5", "12.3456", "1,5,5"]),
    (RATE, ["1000000", "1.1234567"]),
    (NOISY, ["0.0740001", "0.0740000000010", "0.074000000001", "0." + "0" * 21, "999999.9999999999999"]),
    (PERCENT, ["100", "0.123456789"]),
    (Number(18, 0), ["5.0", "5."]),
    (Number(5, 2), ["1000", "1000.00"]),
    (
        DAY,
        [
            "31/02/2026",
            "2026-2-3",
            "2026-10-31T00:00:00",
            "2026-02-29",
            "1900-02-29",
            "0000-01-01",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-10-3",
            "2026-10-311",
            "２０２６-10-31",
            " 2026-10-31",
            "2026-10/31",
            "-026-10-31",
            "+026-10-31",
            "2026- 1-01",
            "2026-11-31",
        ],
    ),
    (Day("%m/%Y"), ["13/2026", "2/2026", "00/2026", "02/0000"]),
    (
        STAMP,
        [
            "2026-10-31 24:00:00",
            "2026-10-31 23:60:00",
            "2026-10-31 23:59:60",
            "2026-10-31T00:00:00",
            "2026-10-31",
            "2026-10-31 00:00:00.0",
            "2026-10-31 00:00:00Z",
            "2026-02-30 00:00:00",
            "2026-10-31 1:00:00",
        ],
    ),
    (Flag("Y", "N"), ["y", "1", "Y ", "true"]),
    (Code({"b": "BANK"}), ["B", "BANK", " b", "c"]),
]


def size(form: ValueForm) -> tuple[int, int]:
    """Precision and scale of a field of the tape that the form may fill."""
    return (12, 6) if form in (RATE, NOISY, PERCENT) else (18, 2)


@pytest.mark.parametrize(("form", "text", "value"), ACCEPTED)
def test_what_a_form_accepts(slow_values: Any, form: ValueForm, text: str, value: Any) -> None:
    """The text has exactly this value and nothing is noted of it."""
    read = slow_values.read(text, Column("c", "t.f", form), *size(form))
    assert (read.value, read.parsed, read.notes) == (value, True, ())
    assert type(read.value) is type(value)


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in REFUSED for text in texts])
def test_what_a_form_refuses(slow_values: Any, form: ValueForm, text: str) -> None:
    """The text has no value in this form."""
    read = slow_values.read(text, Column("c", "t.f", form), *size(form))
    assert (read.value, read.parsed, read.notes) == (None, False, ())


BLANK = "READ-014"
WIDE = "READ-013"
TREATED: list[tuple[dict[str, Any], str, Any]] = [
    ({}, "", (None, True, ())),
    ({"empty": ("-", "NULL")}, "NULL", (None, True, ())),
    ({"empty": ("-",)}, "", ("", True, ())),
    ({"empty": ("-",), "form": Identifier()}, "", (None, False, ())),
    ({"empty": ("", "b"), "form": Code({"b": "BANK"})}, "b", ("BANK", True, ())),
    ({}, " a", (" a", True, (BLANK,))),
    ({}, "a\u00a0", ("a\u00a0", True, (BLANK,))),
    ({}, "a\u2003", ("a\u2003", True, ())),
    ({}, " ", (" ", True, (BLANK,))),
    ({}, "a\u3000", ("a\u3000", True, (BLANK, WIDE))),
    ({}, "a\t", (None, False, ())),
    ({"empty": ("", "\u3000")}, "\u3000", (None, True, ())),
    ({}, "Ａ公司", ("Ａ公司", True, (WIDE,))),
    ({}, "（甲），乙：；！？", ("（甲），乙：；！？", True, ())),
    ({}, "甲。乙", ("甲。乙", True, ())),
    ({}, "甲．乙～", ("甲．乙～", True, (WIDE,))),
    ({"trim": True}, " \t\u00a0a\u3000", ("a", True, ())),
    ({"trim": True}, "  ", (None, True, ())),
    ({"trim": True, "form": Integer()}, " 12 ", (12, True, ())),
    ({"trim": True, "form": Integer()}, "1 2", (None, False, ())),
    ({"full_width": True, "form": Integer()}, "－１２", (-12, True, (WIDE,))),
    ({"full_width": True, "form": Integer()}, "12", (12, True, ())),
    ({"full_width": True, "form": Integer()}, "１x", (None, False, (WIDE,))),
    ({"full_width": True, "empty": ("-",)}, "－", (None, True, (WIDE,))),
    ({"full_width": True}, "（甲）Ａ\u3000", ("(甲)A ", True, (WIDE, BLANK))),
    ({"full_width": True, "trim": True}, "\u3000Ａ\u3000", ("A", True, (WIDE,))),
    ({"full_width": True, "form": Text(3)}, "１２３４", (None, False, (WIDE,))),
]


@pytest.mark.parametrize(("how", "text", "expected"), TREATED)
def test_what_is_done_before_a_text_is_read(slow_values: Any, how: dict[str, Any], text: str, expected: Any) -> None:
    """Full width, then trim, then the empty texts; and what is noted of accepted texts."""
    read = slow_values.read(text, Column("c", "t.f", **how), 18, 2)
    assert (read.value, read.parsed, read.notes) == expected
