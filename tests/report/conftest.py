"""A submission as the check and measure steps leave it, small and made by hand, and the page made from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ibis.backends.sql.datatypes import DuckDBType

from loantape import catalog
from loantape.declare import Filing, FilingContext, Period, RenderedFile
from templates.report.build import build_report

SHA = "ab" * 32
CONTEXT = FilingContext(
    "demo_colending", Period.parse("2026-10"), "demo_colending/2026-10/v1", 1, datetime(2026, 11, 10, 9, 30)
)
TABLES = """
CREATE TABLE submission (lender VARCHAR, period DATE, version INTEGER, jurisdiction VARCHAR, schema_version VARCHAR,
    content_sha256 VARCHAR, received_at TIMESTAMP, manifest VARCHAR, loantape_version VARCHAR);
CREATE TABLE files (file VARCHAR, grain VARCHAR, bytes BIGINT, sha256 VARCHAR, encoding VARCHAR, has_bom BOOLEAN,
    physical_lines BIGINT, header_lines BIGINT, accepted_lines BIGINT, rejected_lines BIGINT, blank_lines BIGINT,
    trailer_lines BIGINT, declared_lines BIGINT);
CREATE TABLE lines (file VARCHAR, kind VARCHAR, first_line BIGINT, last_line BIGINT, first_byte BIGINT,
    end_byte BIGINT, reason VARCHAR, detail VARCHAR);
CREATE TABLE accepted_runs (table_name VARCHAR, file VARCHAR, first_row BIGINT, last_row BIGINT, first_line BIGINT);
CREATE TABLE control_totals (file VARCHAR, name VARCHAR, declared DECIMAL(38,8), computed DECIMAL(38,8),
    agrees BOOLEAN);
CREATE TABLE unparsed (table_name VARCHAR, row BIGINT, field VARCHAR, text VARCHAR);
CREATE TABLE findings (rule VARCHAR, severity VARCHAR, grain VARCHAR, key VARCHAR, file VARCHAR, line BIGINT,
    field VARCHAR, value VARCHAR, row BIGINT);
CREATE TABLE rule_runs (rule VARCHAR, field VARCHAR, severity VARCHAR, grain VARCHAR, rows_checked BIGINT,
    rows_failed BIGINT, seconds DOUBLE, status VARCHAR);
CREATE TABLE loan_pricing (iou_no VARCHAR, simple_annual_pct DECIMAL(18,8), irr_annual_pct DECIMAL(18,8),
    status VARCHAR);
CREATE TABLE indicators (code VARCHAR, dimension VARCHAR, member VARCHAR, value DECIMAL(38,10), unit VARCHAR,
    numerator DECIMAL(38,4), denominator DECIMAL(38,4), rows BIGINT, null_reason VARCHAR, limit_name VARCHAR,
    limit_value DECIMAL(38,10), bound VARCHAR, headroom DECIMAL(38,10), is_breached BOOLEAN, limit_source VARCHAR,
    limit_confidence VARCHAR);
"""


@dataclass
class Made:
    """A submission database open for writing and everything ``build_report`` takes besides it."""

    con: duckdb.DuckDBPyConnection
    context: FilingContext
    filing: Filing | None = None
    files: tuple[RenderedFile, ...] = ()
    limits: Any = None

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Rows by column name; columns left out are null."""
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            self.con.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))

    def page(self, **changed: Any) -> str:
        """The report; ``changed`` replaces arguments of ``build_report``."""
        arguments: dict[str, Any] = {
            "filing": self.filing,
            "context": self.context,
            "rules": catalog.rules(),
            "indicators": catalog.indicators(),
            "limits": self.limits,
            "files": self.files,
        }
        return build_report(self.con, **(arguments | changed))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The file of a bank's submission without any row, and of the same with something in every table."""
    folder = tmp_path_factory.mktemp("submissions")
    empty, full = folder / "empty.duckdb", folder / "full.duckdb"
    with duckdb.connect(str(empty)) as con:
        con.execute(TABLES)
        for name, model in catalog.tape_tables().items():
            columns = ", ".join(
                f"{field} {DuckDBType.to_string(column.dtype.type)}"
                for field, column in model.to_schema().columns.items()
            )
            con.execute(f"CREATE TABLE tape_{name} ({columns})")
        Made(con, CONTEXT).insert(
            "submission",
            {
                "lender": "demo_colending",
                "period": date(2026, 10, 31),
                "version": 1,
                "jurisdiction": "cn",
                "schema_version": "standard/1",
                "content_sha256": SHA,
                "received_at": datetime(2026, 11, 3, 8, 15),
                "manifest": "{}",
                "loantape_version": "0.1.0",
            },
        )
    shutil.copyfile(empty, full)
    with duckdb.connect(str(full)) as con:
        con.begin()
        for fill in (_tape, _delivery, _rules, _indicators):
            fill(Made(con, CONTEXT))
        con.commit()
    return empty, full


@pytest.fixture
def empty(databases: tuple[Path, Path], tmp_path: Path) -> Iterator[Made]:
    """A submission of a bank that delivered nothing at all."""
    yield from _opened(databases[0], tmp_path)


@pytest.fixture
def made(databases: tuple[Path, Path], tmp_path: Path) -> Iterator[Made]:
    """A submission with something in every table: every indicator measured, every rule run, some findings."""
    rendered = tmp_path / "LOANS.dat"
    rendered.write_bytes(b"1|2|3\n")
    filing = Filing(
        regulator="cn_example",
        code="CLGRDK",
        en="Loans, row by row",
        zh="逐笔贷款",
        jurisdiction="cn",
        lender_types=(),
        needs_identity=False,
        render=lambda con, folder, context: (),
        read_back=lambda folder: {},
    )
    file = RenderedFile("LOANS.dat", rendered, 1, {"balance": Decimal("1234567.89")})
    for one in _opened(databases[1], tmp_path):
        yield replace(one, filing=filing, files=(file,))


@pytest.fixture(scope="module")
def full(databases: tuple[Path, Path]) -> Iterator[Made]:
    """The submission with something in every table, only to be read, for what is dear to make twice."""
    with duckdb.connect(str(databases[1]), read_only=True) as con:
        yield Made(con, CONTEXT, limits=catalog.limits())


def _opened(database: Path, folder: Path) -> Iterator[Made]:
    own = folder / "submission.duckdb"
    shutil.copyfile(database, own)
    with duckdb.connect(str(own)) as con:
        yield Made(con, CONTEXT, limits=catalog.limits())


def _tape(made: Made) -> None:
    made.insert(
        "tape_institution",
        {"institution_name": "Example Bank 示例银行", "lender_type": "BANK", "tier1_net_amount": Decimal(10**9)},
    )
    made.insert("tape_loan", {"iou_no": "SECRET-IOU-1", "borrower_pid": "SECRET-PID", "currency": "CNY"})
    made.insert(
        "tape_partner",
        {"partner_agreement_no": "AGR-1", "partner_uscc": "USCC1", "partner_name": "Platform One 平台一号"},
    )
    made.insert("loan_pricing", {"iou_no": "SECRET-IOU-1", "status": "ok"}, {"iou_no": "X", "status": "no rate"})


def _delivery(made: Made) -> None:
    counts = {"header_lines": 1, "accepted_lines": 120_000, "rejected_lines": 2, "blank_lines": 1, "trailer_lines": 0}
    total = sum(counts.values())
    made.insert(
        "files",
        {
            "file": "loan.csv",
            "grain": "loan",
            "bytes": 98_765_432,
            "sha256": SHA,
            "encoding": "utf-8",
            "has_bom": True,
            "physical_lines": total,
            "declared_lines": total,
        }
        | counts,
    )
    ranges = (("header", 1), ("accepted", 120_000), ("rejected", 2), ("blank", 1))
    first = 1
    for kind, lines in ranges:
        reason = "field_count" if kind == "rejected" else None
        made.insert(
            "lines",
            {
                "file": "loan.csv",
                "kind": kind,
                "first_line": first,
                "last_line": first + lines - 1,
                "reason": reason,
                "detail": "SECRET-DETAIL" if reason else None,
            },
        )
        first += lines
    made.insert(
        "accepted_runs",
        {"table_name": "loan", "file": "loan.csv", "first_row": 0, "last_row": 119_999, "first_line": 2},
    )
    made.insert(
        "control_totals",
        {
            "file": "loan.csv",
            "name": "loan.balance_amount",
            "declared": Decimal("1234567890123.45"),
            "computed": Decimal("1234567890123.45"),
            "agrees": True,
        },
        {
            "file": "loan.csv",
            "name": "loan.loan_amount",
            "declared": Decimal(7),
            "computed": Decimal(8),
            "agrees": False,
        },
    )
    made.insert(
        "unparsed", *[{"table_name": "loan", "row": n, "field": "birth_year", "text": "SECRET-TEXT"} for n in (1, 2)]
    )


def _rules(made: Made) -> None:
    statuses = {"MOV": "no previous period", "USA": "out of scope"}
    for code, rule in catalog.rules().items():
        status = statuses.get(code.split("-")[0], "ran")
        failed = 3 if code.endswith("1") and status == "ran" else 0
        made.insert(
            "rule_runs",
            {
                "rule": code,
                "field": "",
                "severity": str(rule.severity),
                "grain": rule.on,
                "rows_checked": 120_000 if status == "ran" else 0,
                "rows_failed": failed,
                "seconds": 0.1,
                "status": status,
            },
        )
        _found(made, code, str(rule.severity), rule.on, rule.fields[0] if rule.fields else "", failed)
    for code, field, failed in (("FLD-001", "branch_no", 4), ("FLD-001", "id_type", 0), ("READ-001", "birth_year", 2)):
        made.insert(
            "rule_runs",
            {
                "rule": code,
                "field": field,
                "severity": "ERROR",
                "grain": "loan",
                "rows_checked": 120_000,
                "rows_failed": failed,
                "seconds": 0.1,
                "status": "ran",
            },
        )
        _found(made, code, "ERROR", "loan", field, failed)


def _found(made: Made, code: str, severity: str, grain: str, field: str, count: int) -> None:
    for line in range(count):
        made.insert(
            "findings",
            {
                "rule": code,
                "severity": severity,
                "grain": grain,
                "key": f"SECRET-KEY-{line}",
                "file": "loan.csv",
                "line": line + 2,
                "field": field,
                "value": "SECRET-VALUE",
            },
        )


def _indicators(made: Made) -> None:
    """Every declared indicator with the members and values of its own example."""
    for code, one in catalog.indicators().items():
        for member, value in one.example[1].items():
            made.insert(
                "indicators",
                {
                    "code": code,
                    "dimension": one.dimension,
                    "member": member,
                    "value": value,
                    "unit": one.unit,
                    "numerator": value,
                    "denominator": Decimal(1) if one.unit == "fraction" else None,
                    "rows": 17,
                    "null_reason": None if value is not None else "denominator is zero",
                },
            )


@pytest.fixture
def hold(made: Made) -> Callable[..., None]:
    """Hold every number of a code in ``made`` against a limit, as measuring does."""

    def change(code: str, limit: Decimal, bound: str = "at most") -> None:
        sign = 1 if bound == "at most" else -1
        made.con.execute(
            "UPDATE indicators SET limit_name = 'some_limit', limit_value = $limit, bound = $bound,"
            " limit_source = '办法', limit_confidence = 'B-H', headroom = ($limit - value) * $sign,"
            " is_breached = ($limit - value) * $sign < 0 WHERE code = $code",
            {"limit": limit, "bound": bound, "sign": sign, "code": code},
        )

    return change


@pytest.fixture
def set_indicator(made: Made) -> Callable[..., None]:
    """Replace one measured number of ``made``."""

    def change(code: str, value: Decimal | None, member: str = "", reason: str | None = None) -> None:
        made.con.execute(
            "UPDATE indicators SET value = ?, numerator = ?, null_reason = ? WHERE code = ? AND member = ?",
            [value, value, reason, code, member],
        )

    return change
