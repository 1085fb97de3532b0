"""Parquet and Arrow values as text: every type in every form, against expectations made of Python values alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.intake.cells import rendering
from loantape.intake.cells.protocol import Wanted

FORMS: tuple[ValueForm, ...] = (
    Text(),
    Identifier(),
    Code({"A": "a"}),
    Integer(),
    Number(),
    Number(point=","),
    Day("%Y年%m月%d日"),
    Day("%m/%Y"),
    Stamp("%d.%m.%Y %H:%M:%S"),
    Stamp("%Y%m%d%H%M"),
    Flag("Y", "N"),
)
DAYS = [date(1, 1, 1), date(1969, 12, 31), date(2026, 10, 1), date(2026, 10, 31), date(9999, 12, 31), None]
MOMENTS = [
    datetime(1700, 1, 1), datetime(1969, 12, 31, 23, 59, 59), datetime(2026, 10, 1), datetime(2026, 10, 31, 8),
    datetime(2026, 10, 31, 8, 30), datetime(2026, 10, 31, 8, 30, 1), datetime(2026, 10, 31, 8, 30, 1, 500_000), None,
]  # fmt: skip
FLOATS = [0.0, 1.0, -1.5, 0.1, 1e-7, 123456.789, 1e15, 1e16, 1.2345e22, 5e-324, 1.7976931348623157e308, math.nan,
          math.inf, -math.inf, None]  # fmt: skip
COLUMNS = [
    pa.array(["a", "", None, "中文", " x ", "00123"], pa.string()),
    pa.array(["a", "", None, "中文"], pa.large_string()),
    pa.array(["a", None, "long enough not to be inlined"], pa.string_view()),
    pa.array(["a", None, "b", "a"]).dictionary_encode(),
    pa.array([1, None, 1, 2], pa.int16()).dictionary_encode(),
    pa.array([None, None], pa.null()),
    pa.array([True, None, False]),
    *[pa.array([0, None, np.iinfo(kind).max, np.iinfo(kind).min], pa.from_numpy_dtype(kind)) for kind in
      (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)],
    pa.array(FLOATS, pa.float64()),
    pa.array([0.5, -2.0, 1024.0, None], pa.float32()),
    pa.array([0.5, -2.0, 1024.0, None], pa.float16()),
    pa.array([Decimal("1.50"), Decimal("-0.01"), None, Decimal("12345.67")], pa.decimal32(7, 2)),
    pa.array([Decimal("1.50"), Decimal("-0.01"), None], pa.decimal64(18, 2)),
    pa.array([Decimal("0.000000000001"), Decimal("-99.500000000000"), None], pa.decimal128(30, 12)),
    pa.array([Decimal(10) ** 60, None], pa.decimal256(76, 0)),
    pa.array(DAYS, pa.date32()),
    pa.array(DAYS, pa.date64()),
    *[pa.array(MOMENTS[: None if unit != "s" else 6], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")],
    pa.array([datetime(2026, 10, 31, 8, tzinfo=UTC), None], pa.timestamp("us", "Asia/Shanghai")),
    pa.array([time(8, 30), None], pa.time32("s")),
]  # fmt: skip


def expected(value: Any, kind: pa.DataType, form: ValueForm) -> str:
    """What the reference says a value is as text, written without Arrow."""
    match value:
        case None:
            return ""
        case bool():
            return (form.true if value else form.false) if isinstance(form, Flag) else str(value).lower()
        case float() if not math.isfinite(value):
            return str(value)
        case int() | float() | Decimal():
            text = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
            text = text.removesuffix(".0") if isinstance(value, float) else text
            return text.replace(".", form.point) if isinstance(form, Number) else text
        case datetime() if value.tzinfo:
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case datetime() | date():
            return moment(value, kind, form)
    return str(value)


def moment(value: date, kind: pa.DataType, form: ValueForm) -> str:
    at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    parts = {"%Y": f"{at.year:04}", "%m": f"{at.month:02}", "%d": f"{at.day:02}"}
    parts |= {"%H": f"{at.hour:02}", "%M": f"{at.minute:02}", "%S": f"{at.second:02}"}
    nothing = {"%m": "01", "%d": "01", "%H": "00", "%M": "00", "%S": "00"}
    shown_by = form.form if isinstance(form, Day | Stamp) and not at.microsecond else ""
    if shown_by and all(part in shown_by or parts[part] == none for part, none in nothing.items()):
        for part, shown in parts.items():
            shown_by = shown_by.replace(part, shown)
        return shown_by
    day = f"{parts['%Y']}-{parts['%m']}-{parts['%d']}"
    if not isinstance(value, datetime) or (isinstance(form, Day) and at == at.replace(hour=0, minute=0, second=0)):
        return day
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit]
    part = "." + f"{at.microsecond:06}000"[:digits] if at.microsecond else ""
    return f"{day} {parts['%H']}:{parts['%M']}:{parts['%S']}{part}"


def fitting(kind: pa.DataType, form: ValueForm) -> bool:
    """Whether the reference lists the type as the form's own."""
    kind = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
    name = str(kind)
    match form:
        case Integer():
            return "int" in name
        case Number():
            return "int" in name or name.startswith("decimal")
        case Day():
            return name.startswith("date")
        case Stamp():
            return name.startswith("timestamp") and "tz=" not in name
        case Flag():
            return name == "bool"
    return name in ("string", "large_string", "string_view")


@pytest.mark.parametrize("form", FORMS, ids=repr)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.type))
def test_every_type_in_every_form(column: pa.Array, form: ValueForm) -> None:
    """A value's text is what its Python value says, in the declared form where the form shows all of it."""
    texts = rendering.as_text(column, Wanted.of(0, form))
    texts.validate(full=True)
    decoded = column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
    assert texts.null_count == 0 and texts.type == pa.string()
    assert texts.to_pylist() == [expected(value, decoded.type, form) for value in decoded.to_pylist()]


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "arrows"])
def test_what_the_child_hands_over(
    tmp_path: Path, write: Callable[..., str], content: Callable[..., Any], suffix: str
) -> None:
    """Through a file and the locked-down child every type gives the same texts, and drift names each column once."""
    stored = [column for column in COLUMNS if not (suffix == "parquet" and str(column.type) == "string_view")]
    longest = max(map(len, stored))
    padded = [pa.concat_arrays([one, pa.nulls(longest - len(one), one.type)]) for one in stored]
    table = pa.table(padded, names=[f"c{at}" for at in range(len(padded))])
    path = tmp_path / f"t.{suffix}"
    kind = write(table, path)
    wanted = [(at, form) for at in range(len(padded)) for form in FORMS]
    read = content(path, kind, wanted)
    assert read.description.header == tuple(table.column_names) and read.description.lines == longest
    assert read.lines == list(range(1, longest + 1)) and read.blank == [] and read.refused == []
    drift = dict(read.drift)
    assert len(drift) == len(read.drift)
    for (at, form), texts, index in zip(wanted, read.columns, range(len(wanted)), strict=True):
        column = padded[at].dictionary_decode() if isinstance(padded[at], pa.DictionaryArray) else padded[at]
        back = pa.timestamp("ms") if suffix == "parquet" and column.type == pa.timestamp("s") else column.type
        assert texts == [expected(value, back, form) for value in column.to_pylist()], (column.type, form)
        assert (index in drift) != fitting(column.type, form), (column.type, form, drift.get(index))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.none(), st.floats(width=64)), max_size=20))
def test_floats_come_back_from_their_text(values: list[float | None]) -> None:
    """A float's text has no exponent, gives the same float back, and has no more digits than Python's own."""
    texts = rendering.as_text(pa.array(values, pa.float64()), Wanted(0, "number")).to_pylist()
    for value, text in zip(values, texts, strict=True):
        if value is None:
            assert text == ""
        elif math.isfinite(value):
            assert "e" not in text.lower() and float(text) == value
            assert text == format(Decimal(repr(value)), "f").removesuffix(".0")
        else:
            assert text in ("inf", "-inf", "nan")


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_short_floats_are_written_short(kind: Any) -> None:
    """Every half and many singles are written in the digits that give that very half or single back, and no more."""
    if kind is np.float16:
        values = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    else:
        values = np.random.default_rng(7).integers(0, 1 << 32, 20_000, dtype=np.uint32).view(np.float32)
    texts = rendering.as_text(pa.array(values), Wanted(0, "number")).to_pylist()
    finite = np.isfinite(values)
    kept = [text for text, fine in zip(texts, finite, strict=True) if fine]
    assert (np.array(kept, dtype=np.float64).astype(kind) == values[finite]).all()
    digits = [np.format_float_positional(value, unique=True, trim="-") for value in values[finite][:3000]]
    assert kept[:3000] == digits


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 38), st.lists(st.integers(-(10**38) + 1, 10**38 - 1), max_size=20))
def test_decimals_are_exact(scale: int, unscaled: list[int]) -> None:
    """A decimal's text has all its digits and as many decimals as the column's scale."""
    values = [Decimal((int(one < 0), tuple(map(int, str(abs(one)))), -scale)) for one in unscaled]
    texts = rendering.as_text(pa.array(values, pa.decimal128(38, scale)), Wanted(0, "number")).to_pylist()
    assert texts == [format(one, "f") for one in values]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), st.sampled_from(["s", "ms", "us", "ns"]))
def test_moments_of_any_size_never_raise_or_repeat(ticks: list[int], unit: str) -> None:
    """Any 64 bits in a timestamp column have a text; years that four digits cannot show are never a form's text."""
    texts = rendering.as_text(pa.array(ticks, pa.timestamp(unit)), Wanted(0, "stamp", "%Y%m%d%H%M%S")).to_pylist()
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    for tick, text in zip(ticks, texts, strict=True):
        seconds, rest = divmod(tick, per_second)
        inside = -62_135_596_800 <= seconds < 253_402_300_800
        assert (len(text) == 14 and text.isdigit()) == (inside and rest == 0), (tick, text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))), max_size=30), st.data())
def test_texts_are_kept_character_by_character(values: list[str | None], data: st.DataObject) -> None:
    """Strings pass unchanged, from a slice as from a whole column, dictionary or not; null is the empty text."""
    column = pa.array(values, pa.string())
    start = data.draw(st.integers(0, len(values)))
    for one in (column, column.dictionary_encode()):
        got = rendering.as_text(one.slice(start), Wanted(0, "text"))
        assert got.to_pylist() == [value or "" for value in values[start:]]
