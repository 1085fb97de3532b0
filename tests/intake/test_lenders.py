"""The declared lenders, read end to end: the real tape by known counts, the standard layout by a round trip."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from loantape import catalog
from loantape.intake.typed import sql_types, tables_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "americredit"


@pytest.fixture(scope="module")
def deliveries() -> ModuleType:
    spec = importlib.util.spec_from_file_location("americredit_deliveries", EXAMPLE / "deliveries.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_months_are_the_tape(deliveries: ModuleType, tmp_path: Path) -> None:
    """The deliveries of all 49 months hold the tape's 1,479 lines, each once, byte for byte."""
    periods = deliveries.periods()
    assert len(periods) == 49 and (periods[0], periods[-1]) == ("2016-12-31", "2020-12-31")
    header, *lines = deliveries.TAPE.read_bytes().splitlines(keepends=True)
    sent = [folder / "loans.csv" for folder in deliveries.write_deliveries(tmp_path, periods)]
    found = [path.read_bytes().splitlines(keepends=True) for path in sent]
    assert all(one[0] == header for one in found)
    assert sorted(line for one in found for line in one[1:]) == sorted(lines) and len(lines) == 1479


def test_the_whole_tape_reads(deliveries: ModuleType, deliver: Callable[..., Any]) -> None:
    """All 1,479 real loan-months become rows of both tables; what does not parse is 27 figures with a
    spreadsheet's seventeen digits and nothing else."""
    read = deliver({"loans.csv": deliveries.TAPE.read_bytes()}, catalog.lender("americredit"))
    assert read.summary.rows["loan"] == read.summary.rows["loan_us_auto"] == 1479
    assert read.rows("SELECT field, count(*) FROM unparsed GROUP BY ALL ORDER BY ALL") == UNPARSED
    assert read.rows("SELECT count(DISTINCT iou_no), count(DISTINCT snapshot_date) FROM tape_loan") == [(72, 49)]
    assert read.rows("SELECT loan_status, count(*) FROM tape_loan GROUP BY ALL ORDER BY ALL") == [
        ("LF01", 37),
        ("LF02", 44),
        ("LS01", 1398),
    ]
    assert read.rows("SELECT count(*), count(zero_balance_code), count(delinquency_days) FROM tape_loan_us_auto") == [
        (1479, 81, 1348)
    ]
    assert read.rows("SELECT DISTINCT subvention FROM tape_loan_us_auto ORDER BY 1") == [
        ("0",),
        ("1",),
        ("1;2",),
        ("2",),
    ]
    (institution,) = read.con.execute("FROM tape_institution").to_arrow_table().to_pylist()
    assert {name: value for name, value in institution.items() if value is not None and name != "currency"} == {
        "institution_name": "GM FINANCIAL",
        "lender_type": "OTHER",
        "snapshot_date": date(2026, 10, 31),
    }


# (field, rows): figures with more decimals than the filing takes, as binary fractions written out
UNPARSED = [
    ("next_rate_fraction", 1),
    ("period_rate_fraction", 1),
    ("scheduled_interest_amount", 15),
    ("scheduled_principal_amount", 10),
]


def test_a_row_of_the_tape(deliveries: ModuleType, deliver: Callable[..., Any]) -> None:
    """One loan-month, value by value: months, days, fractions, dashes and flags as declared."""
    read = deliver({"loans.csv": deliveries.TAPE.read_bytes()}, catalog.lender("americredit"))
    assert read.rows(
        "SELECT snapshot_date, start_date, maturity_date, loan_amount, nominal_annual_pct, rate_type, balance_amount, "
        "loan_status, days_past_due, currency, product_class FROM tape_loan LIMIT 1"
    ) == [
        (
            date(2020, 12, 31),
            date(2016, 10, 1),
            date(2022, 10, 1),
            Decimal("13632.58"),
            Decimal("21.75"),
            "RF01",
            Decimal("4145.82"),
            "LS01",
            0,
            "USD",
            "F0212",
        )
    ]
    assert read.rows(
        "SELECT first_payment_month, is_underwritten_to_criteria, scheduled_interest_amount, zero_balance_month, "
        "interest_paid_through_date, has_co_obligor, repurchase_amount, vehicle_model FROM tape_loan_us_auto LIMIT 1"
    ) == [
        (date(2016, 11, 1), True, Decimal("115.24070262"), None, date(2020, 10, 16), False, None, "LIBERTY"),
    ]


def test_every_column_of_the_tape_has_a_place(deliveries: ModuleType) -> None:
    """Each of the file's 73 columns is declared, and each field of the extension table has a source."""
    header = deliveries.TAPE.read_bytes().splitlines()[0].decode().split(",")
    (layout,) = catalog.lender("americredit").files
    assert set(header) == {column.header for column in layout.columns if column.required} and len(header) == 73
    fed = {column.to for column in layout.columns}
    assert {f"loan_us_auto.{field}" for field in sql_types("loan_us_auto")} <= fed


@pytest.mark.parametrize("name", ["demo_cashloan", "demo_microloan"])
def test_the_standard_layout_round_trips(deliver: Callable[..., Any], name: str) -> None:
    """A value in each delivered field of each table arrives in that field, in either character set."""
    lender = catalog.lender(name)
    samples = {
        "VARCHAR": "借",
        "INTEGER": "7",
        "DATE": "2026-01-31",
        "TIMESTAMP": "2026-01-31 12:00:00",
        "BOOLEAN": "1",
    }
    files = {}
    for layout in lender.files:
        (table,) = tables_of(layout)
        row = [samples.get(sql_types(table).get(c.header, "VARCHAR"), "0.5") for c in layout.columns]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([[c.header for c in layout.columns], row])
        files[layout.pattern] = text.getvalue().encode(layout.encoding)
    read = deliver(files, lender)
    assert read.summary.unparsed == 0
    for table in ("institution", "loan", "fee", "instalment", "disclosure", "consent", "partner"):
        assert read.summary.rows[table] == 1
        (row,) = read.rows(f"SELECT * FROM tape_{table}")
        missing = [field for field, value in zip(sql_types(table), row, strict=True) if value is None]
        assert missing == (["is_id_no_valid"] if table == "loan" else [])


def test_optional_tables_may_be_left_out(deliver: Callable[..., Any]) -> None:
    """A standard delivery of institution and loans only has empty tables for the rest."""
    lender = catalog.lender("demo_cashloan")
    files = {
        layout.pattern: (",".join(column.header for column in layout.columns) + "\n").encode()
        for layout in lender.files
        if layout.required
    }
    assert sum(deliver(files, lender).summary.rows.values()) == 0
