"""Files that are no text, all the way into the tape: the same rules, the same findings, each row its own line."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from loantape.declare import Column, Day, FileKind, FileLayout, Identifier, Integer, Lender, Number
from loantape.errors import DeliveryError
from loantape.intake.showing import line_of

COLUMNS = (
    Column("iou", "loan.iou_no", Identifier()),
    Column("amount", "loan.loan_amount", Number(18, 2)),
    Column("term", "loan.term_count", Integer()),
    Column("start", "loan.start_date", Day("%m/%d/%Y")),
    Column("id_type", "loan.id_type"),
    Column("id_no", "identity.id_no"),
)


def lender_of(kind: FileKind) -> Lender:
    return Lender("sheets", "S", "S", "cn", "s/1", (FileLayout(f"loan.{kind}", COLUMNS, kind=kind),))


def table_of(**columns: Any) -> pa.Table:
    rows: dict[str, Any] = {
        "iou": ["A1", "A2", "0003"],
        "amount": pa.array([Decimal("1.50"), Decimal("-2.00"), None], pa.decimal128(18, 2)),
        "term": pa.array([12, None, 3], pa.int32()),
        "start": pa.array([date(2026, 1, 31), None, date(2024, 2, 29)]),
        "id_type": ["B01", "B01", "B01"],
        "id_no": ["CANARY1", "CANARY2", "CANARY3"],
    }
    return pa.table({**rows, **columns})


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    feather.write_feather(table, out, compression="uncompressed")
    return out.getvalue()


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SHEET = [
    ["iou", "amount", "term", "start", "id_type", "id_no"],
    ["A1", 1.5, 12, date(2026, 1, 31), "B01", "CANARY1"],
    ["A2", -2, None, None, "B01", "CANARY2"],
    [],
    ["0003", None, 3, date(2024, 2, 29), "B01", "CANARY3"],
]


@pytest.fixture
def take(deliver: Callable[..., Any]) -> Callable[..., Any]:
    """Deliver one file with the number of lines it really has."""

    def run(kind: FileKind, data: bytes, lines: int, **options: Any) -> Any:
        return deliver({f"loan.{kind}": data}, lender_of(kind), lines={f"loan.{kind}": lines}, **options)

    return run


ROWS = [("A1", Decimal("1.50"), 12, date(2026, 1, 31)), ("A2", Decimal("-2.00"), None, None)]
LAST = ("0003", None, 3, date(2024, 2, 29))


@pytest.mark.parametrize(("kind", "write"), [(FileKind.PARQUET, parquet), (FileKind.ARROW, arrow)])
def test_typed_files_become_the_same_rows(take: Callable[..., Any], kind: FileKind, write: Any) -> None:
    """Decimals, whole numbers, dates and texts arrive as they are, row n being line n, with nothing to say of them."""
    read = take(kind, write(table_of()), 3)
    assert read.rows("SELECT iou_no, loan_amount, term_count, start_date FROM tape_loan ORDER BY rowid") == [
        *ROWS,
        LAST,
    ]
    assert read.rows("SELECT code, value FROM noted WHERE code <> 'READ-004'") == []
    assert read.rows("SELECT kind, first_line, last_line FROM lines") == [("accepted", 1, 3)]
    assert read.rows("SELECT kind, physical_lines, accepted_lines, header_lines FROM files") == [(str(kind), 3, 3, 0)]
    assert read.rows("SELECT count(DISTINCT borrower_pid) FROM tape_loan") == [(3,)]


def test_a_workbook_becomes_the_same_rows(take: Callable[..., Any]) -> None:
    """A sheet's rows keep their numbers: the header is line 1, a row without cells is blank, leading zeros stay."""
    read = take(FileKind.XLSX, workbook(SHEET), 5)
    assert read.rows("SELECT iou_no, loan_amount, term_count, start_date FROM tape_loan ORDER BY rowid") == [
        *ROWS,
        LAST,
    ]
    assert read.rows("SELECT kind, first_line, last_line FROM lines") == [
        ("header", 1, 1),
        ("accepted", 2, 3),
        ("blank", 4, 4),
        ("accepted", 5, 5),
    ]
    assert read.rows("SELECT first_row, last_row, first_line FROM accepted_runs") == [(0, 1, 2), (2, 2, 5)]
    shown = line_of(read.con, read.folder, lender_of(FileKind.XLSX), "loan.xlsx", 5)
    assert shown.startswith("0003\t") and "CANARY" not in shown
    assert "CANARY3" in line_of(read.con, read.folder, lender_of(FileKind.XLSX), "loan.xlsx", 5, raw=True)


def test_drift_is_said_once_and_read_where_it_can_be(take: Callable[..., Any]) -> None:
    """A float where a decimal is declared is drift: its exact text is read, or kept where it does not parse."""
    floats = table_of(amount=pa.array([1.5, 0.1 + 0.2, None], pa.float64()), term=["12", "x", ""])
    read = take(FileKind.PARQUET, parquet(floats), 3)
    assert read.rows("SELECT loan_amount FROM tape_loan ORDER BY rowid") == [(Decimal("1.50"),), (None,), (None,)]
    assert read.rows("SELECT field, text FROM unparsed ORDER BY ALL") == [
        ("loan_amount", "0.30000000000000004"),
        ("term_count", "x"),
    ]
    assert read.rows("SELECT field, value FROM noted WHERE code = 'READ-015' ORDER BY ALL") == [
        ("loan_amount", "declared Number, delivered double"),
        ("term_count", "declared Integer, delivered string"),
    ]


def test_formulas_are_findings_and_identities_stay_unsaid(take: Callable[..., Any]) -> None:
    """A formula is no value: null and READ-016, also in a column whose content is never written down."""
    rows = [*SHEET[:2], ["A2", "=1+1", 5, None, "B01", "=A1"]]
    read = take(FileKind.XLSX, workbook(rows), 3)
    assert read.rows("SELECT field, value, \"row\" FROM noted WHERE code = 'READ-016' ORDER BY ALL") == [
        ("id_no", "formula", 1),
        ("loan_amount", "formula", 1),
    ]
    assert read.rows("SELECT loan_amount FROM tape_loan ORDER BY rowid") == [(Decimal("1.50"),), (None,)]
    assert b"CANARY" not in (read.folder / "submission.duckdb").read_bytes()


def test_a_wrong_number_of_rows_or_a_broken_file_is_refused(take: Callable[..., Any]) -> None:
    """A file with other rows than its manifest says, and one that is none, are refused before anything is stored."""
    with pytest.raises(DeliveryError, match=r"loan\.parquet has 3 lines, the manifest says 4"):
        take(FileKind.PARQUET, parquet(table_of()), 4)
    with pytest.raises(DeliveryError, match=r"loan\.parquet"):
        take(FileKind.PARQUET, parquet(table_of())[:-5], 3)
    with pytest.raises(DeliveryError, match=r"loan\.xlsx"):
        take(FileKind.XLSX, b"iou,amount\n", 1)


def test_names_are_held_to_the_rules_of_headers(take: Callable[..., Any], tmp_path: Path) -> None:
    """A column too many, one missing and one spelled otherwise are said of the file, and the rest is read."""
    table = table_of().drop_columns(["term"]).rename_columns(["iou", "Amount ", "start", "id_type", "id_no"])
    read = take(FileKind.PARQUET, parquet(table.append_column("more", pa.array([1, 2, 3]))), 3)
    assert read.rows("SELECT code, value FROM noted WHERE code < 'READ-010' AND code > 'READ-004' ORDER BY ALL") == [
        ("READ-006", "missing: term"),
        ("READ-007", "more"),
        ("READ-008", "Amount , declared amount"),
    ]
    assert read.rows("SELECT loan_amount FROM tape_loan ORDER BY rowid")[0] == (Decimal("1.50"),)
