"""Small tapes for the filing tests: tables as the models declare them, rows given as the fields that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ibis.backends.sql.datatypes import DuckDBType

from loantape.catalog import tape_tables
from loantape.declare import Filing, FilingContext, Period, RenderedFile
from loantape.filing import outgoing
from loantape.progress import silent

USCC = "91100000100003962T"
OTHER_USCC = "91310000MA1FL0JX4Y"

LOAN = {
    "snapshot_date": date(2026, 10, 31),
    "lender_uscc": USCC,
    "lender_type": "CFC",
    "branch_no": "HQ01",
    "lender_region": "110102",
    "borrower_pid": "pid-1",
    "id_type": "B01",
    "borrower_region": "440305",
    "is_first_loan": True,
    "contract_no": "HT-0001",
    "iou_no": "JJ-0001",
    "product_name": "Cash",
    "product_class": "F0219",
    "loan_amount": Decimal("10000.00"),
    "guarantee_type": "D",
    "start_date": date(2026, 1, 15),
    "maturity_date": date(2027, 1, 15),
    "currency": "CNY",
    "nominal_annual_pct": Decimal("18.5"),
    "rate_type": "RF01",
    "balance_amount": Decimal("7654.32"),
    "balance_cny": Decimal("7654.32"),
    "loan_status": "LS01",
    "five_class": "1",
    "purpose_text": "日常消费",
}
INSTITUTION = {
    "lender_uscc": USCC,
    "institution_name": "示例消费金融有限公司",
    "lender_type": "CFC",
    "lender_region": "110102",
    "snapshot_date": date(2026, 10, 31),
    "currency": "CNY",
}
# (borrower_pid, id_type, id_no, phone, name); numbers made up with valid check characters
IDENTITIES = [
    ("pid-1", "B01", "11010519491231002X", "13800000001", "张三"),
    ("pid-2", "B01", "11010519491231002x", "13800000002", "李四"),
    ("pid-3", "B03", "e12345678", "13800000003", "王五"),
    ("pid-4", "B01", "110105491231002", "13800000004", "赵六"),
    ("pid-5", "B04", "军字第001号", "13800000005", "孙七"),
]

VAULT = (
    "CREATE TABLE vault.identity (borrower_pid VARCHAR, id_type VARCHAR, id_no VARCHAR, phone VARCHAR, name VARCHAR)"
)

# what a vault keeps of each loan, in the order of the tape
IDENTITIES_OF_LOANS = (
    "SELECT identity.id_type, id_no, phone, name FROM tape_loan AS loan LEFT JOIN vault.identity AS identity"
    " ON identity.borrower_pid = loan.borrower_pid AND identity.id_type = loan.id_type ORDER BY loan.rowid"
)

Rows = Sequence[Mapping[str, Any]]


def create_previous(con: duckdb.DuckDBPyConnection, loans: Rows = (), catalog: str = "previous") -> None:
    """An earlier month as a catalog: its loans, every field of LOAN that they leave out as there."""
    con.execute(f"ATTACH ':memory:' AS {catalog}")
    columns = tape_tables()["loan"].to_schema().columns
    declared = ", ".join(f"{field} {DuckDBType.to_string(column.dtype.type)}" for field, column in columns.items())
    con.execute(f"CREATE TABLE {catalog}.tape_loan ({declared})")
    insert_rows(con, f"{catalog}.tape_loan", [LOAN | {"snapshot_date": date(2026, 9, 30)} | loan for loan in loans])


def render_checked(
    con: duckdb.DuckDBPyConnection, filing: Filing, folder: Path, context: FilingContext
) -> Sequence[RenderedFile]:
    """Outgoing tables, the rules of the format, files: what the machine does between attaching and reading back."""
    with outgoing.prepared(con, filing, context), silent().step("", "") as task:
        outgoing.check(con, filing, context.period, task)
        return list(filing.render(con, folder, context))


def create_tape(con: duckdb.DuckDBPyConnection, **tables: Rows) -> None:
    """Every tape table, with the rows given by table name."""
    for name, model in tape_tables().items():
        columns = model.to_schema().columns
        declared = ", ".join(f"{field} {DuckDBType.to_string(column.dtype.type)}" for field, column in columns.items())
        con.execute(f"CREATE TABLE tape_{name} ({declared})")
        insert_rows(con, f"tape_{name}", tables.get(name, ()))


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Rows of the same fields, as one statement."""
    if rows:
        fields = list(rows[0])
        marks = ", ".join(f"({', '.join('?' * len(fields))})" for _ in rows)
        con.execute(
            f"INSERT INTO {table} ({', '.join(fields)}) VALUES {marks}", [row.get(f) for row in rows for f in fields]
        )


@pytest.fixture
def tape() -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
    """Makes a connection with a tape, the identity vault and the month before; loans are partial rows over LOAN."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def make(
        loans: Rows = (),
        institutions: Rows = (INSTITUTION,),
        identities: Sequence[tuple[str, ...]] = IDENTITIES,
        previous: Rows = (),
        **tables: Rows,
    ) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        opened.append(con)
        create_tape(
            con,
            loan=[LOAN | dict.fromkeys({f for one in loans for f in one} - set(LOAN)) | loan for loan in loans],
            institution=institutions,
            **tables,
        )
        con.execute("ATTACH ':memory:' AS vault")
        con.execute(VAULT)
        if identities:
            con.executemany("INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)", identities)
        create_previous(con, previous)
        return con

    yield make
    for con in opened:
        con.close()


@pytest.fixture
def context() -> FilingContext:
    """A filing of the end of October 2026."""
    return FilingContext(
        "demo_cashloan", Period(date(2026, 10, 31)), "demo_cashloan/2026-10/v1", 1, datetime(2026, 11, 5, 9, 30)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to render into."""
    made = tmp_path / "rendered"
    made.mkdir()
    return made
