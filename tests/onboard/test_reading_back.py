"""What a draft declares reads the very file it was drafted from: every row, and every value of the mapped columns."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FileKind, Identifier, Lender, Number, ValueForm
from loantape.onboard import Draft, onboard


@pytest.fixture
def intake(tools: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``intake(data, name, lender, lines)``: deliver one file as the lender and read it."""
    module = tools.module_of(tools.ROOT / "tests" / "intake" / "conftest.py")
    opened: list[Any] = []
    folders = itertools.count()

    def run(data: bytes, name: str, lender: Lender, lines: int | None = None) -> Any:
        counted = {} if lines is None else {name: lines}
        folder = tmp_path / f"read{next(folders)}"
        opened.append(module.receive_and_read(folder, {name: data}, lender, None, counted))
        return opened[-1]

    yield run
    for one in opened:
        one.con.close()


def unparsed(read: Any) -> list[tuple[Any, ...]]:
    return read.rows("SELECT table_name, field, count(*) FROM unparsed GROUP BY ALL ORDER BY ALL")


def noted(read: Any, code: str) -> list[Any]:
    return [row[0] for row in read.rows("SELECT value FROM noted WHERE code = ? ORDER BY line, value", code)]


def test_the_example_reads_without_a_finding_of_its_values(
    tools: Any, lender_of: Callable[[Draft], Lender], intake: Callable[..., Any]
) -> None:
    """All 120 loans of the fictional file arrive typed, the trailer agrees, undecided columns stay findings."""
    draft = onboard(tools.EXAMPLE, "strange")
    read = intake(tools.EXAMPLE.read_bytes(), tools.EXAMPLE.name, lender_of(draft))
    assert unparsed(read) == [] and read.summary.rows["loan"] == 120
    assert read.rows("SELECT accepted_lines, rejected_lines, trailer_lines FROM files") == [(120, 0, 1)]
    assert noted(read, "READ-007") == ["备注", "客户经理工号"]
    assert not noted(read, "READ-005") and not noted(read, "READ-006")
    assert read.rows(
        "SELECT iou_no, start_date, loan_amount, balance_amount, nominal_annual_pct, five_class, days_past_due,"
        " is_first_loan, is_id_no_valid FROM tape_loan LIMIT 1"
    ) == [
        (
            "JJ2026000001",
            date(2025, 1, 11),
            Decimal("5731.00"),
            Decimal("1432.75"),
            Decimal("6.05"),
            "1",
            None,
            True,
            True,
        )
    ]


def test_the_real_tape_reads_without_a_finding_of_its_values(
    tools: Any, lender_of: Callable[[Draft], Lender], intake: Callable[..., Any]
) -> None:
    """All 1,479 real loan-months arrive, and no value of a mapped column fails to parse."""
    draft = onboard(tools.REAL, "strange", jurisdiction="us")
    read = intake(tools.REAL.read_bytes(), tools.REAL.name, lender_of(draft))
    assert unparsed(read) == []
    assert read.summary.rows["loan"] == read.summary.rows["loan_us_auto"] == 1479
    assert noted(read, "READ-007") == ["originalInterestRateTypeCode"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("header", [True, False])
def test_other_encodings_read_back(
    draft: Callable[..., Draft],
    lender_of: Callable[[Draft], Lender],
    intake: Callable[..., Any],
    codec: str,
    header: bool,
) -> None:
    """Marks, wide characters and files without a header read back with every row and value."""
    lines = ["贷款编号\t客户姓名\t贷款余额\t放款日期"] if header else []
    lines += [f"J{n:05d}\t王样{'甲乙丙丁'[n % 4]}\t{n * 7 % 13}.5\t2026/01/{n % 28 + 1:02d}" for n in range(50)]
    data = ("\r\n".join(lines) + "\r\n").encode(codec)
    one = draft(data)
    lender = lender_of(one) if header else decided(lender_of(one), {0: ("loan.iou_no", Identifier())})
    read = intake(data, "strange.csv", lender)
    assert read.rows("SELECT accepted_lines, rejected_lines FROM files") == [(50, 0)]
    assert unparsed(read) == [] and not noted(read, "READ-006") and not noted(read, "READ-007")


def test_fixed_widths_read_back(
    draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender], intake: Callable[..., Any]
) -> None:
    """Records of a fixed-width file are all accepted under the drafted places."""
    lines = [f"J{n:06d}  {n * 13 % 97:>8}.25  202601{n % 28 + 1:02d}  {'正常' if n % 2 else '关注'}" for n in range(30)]
    data = b"".join(line.encode("gb18030") + b"\n" for line in lines)
    one = draft(data, "fixed.txt")
    lender = lender_of(one)
    assert lender.files[0].kind is FileKind.FIXED
    said = {0: ("loan.iou_no", Identifier()), 1: ("loan.balance_amount", Number(18, 2))}
    read = intake(data, "fixed.txt", decided(lender, said))
    assert read.rows("SELECT accepted_lines, rejected_lines FROM files") == [(30, 0)]
    assert read.rows("SELECT count(iou_no), sum(balance_amount) FROM tape_loan") == [
        (30, Decimal(sum(n * 13 % 97 for n in range(30))) + Decimal("7.50"))
    ]


def decided(lender: Lender, said: Mapping[int, tuple[str, ValueForm]]) -> Lender:
    """The drafted lender after a person has said what some columns are."""
    (layout,) = lender.files
    columns = tuple(
        replace(column, to=said[at][0], form=said[at][1], ignored=None) if at in said else column
        for at, column in enumerate(layout.columns)
    )
    return replace(lender, files=(replace(layout, columns=columns),))


def cells() -> pa.Table:
    return pa.table(
        {
            "借据号": [f"J{n}" for n in range(40)],
            "放款日期": [date(2026, 1, n % 28 + 1) for n in range(40)],
            "贷款余额": pa.array([Decimal(n) / 4 for n in range(40)], pa.decimal128(18, 2)),
            "期数": pa.array([12] * 40, pa.int32()),
            "是否首贷": [n % 2 == 0 for n in range(40)],
            "展示年化利率": pa.array([n / 8 + 1 for n in range(40)], pa.float64()),
        }
    )


@pytest.mark.parametrize("kind", ["parquet", "arrow", "xlsx"])
def test_files_with_types_read_back(
    draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender], intake: Callable[..., Any], kind: str
) -> None:
    """Parquet, Arrow and XLSX files are drafted and read back whole; a float under a number is announced."""
    table, out = cells(), io.BytesIO()
    if kind == "parquet":
        pq.write_table(table, out)
    elif kind == "arrow":
        pyarrow.feather.write_feather(table, out, compression="uncompressed")
    else:
        book = openpyxl.Workbook()
        book.active.append(table.column_names)
        for row in table.to_pylist():
            book.active.append(list(row.values()))
        book.save(out)
    one = draft(out.getvalue(), f"strange.{kind}")
    assert one.facts["rows"] == 40
    lender = lender_of(one)
    assert {column.to for column in lender.files[0].columns} == {
        *("loan.iou_no", "loan.start_date", "loan.balance_amount", "loan.term_count"),
        *("loan.is_first_loan", "loan.shown_annual_rate_pct"),
    }
    read = intake(out.getvalue(), f"strange.{kind}", lender, 41 if kind == "xlsx" else 40)
    assert unparsed(read) == [] and read.summary.rows["loan"] == 40
    drift = [value for value in noted(read, "READ-015") if "double" in value]
    announced = [doubt.column for doubt in one.doubts if "READ-015" in doubt.en]
    assert (len(drift), announced) == ((0, []) if kind == "xlsx" else (1, ["展示年化利率"]))


VALUES = {
    "贷款余额": st.decimals(0, 10**9, places=2).map(lambda value: f"{value:.2f}"),
    "贷款金额": st.decimals(0, 10**9, places=2).map(lambda value: f"{value:,.2f}"),
    "放款日期": st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(lambda value: f"{value:%d.%m.%Y}"),
    "到期日期": st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(lambda value: f"{value:%Y%m%d}"),
    "逾期天数": st.integers(0, 4000).map(str) | st.just("-"),
    "五级分类": st.sampled_from(["正常", "关注", "次级", "可疑", "损失", ""]),
    "是否首贷": st.sampled_from(["Y", "N", "NULL"]),
    "贷款用途": st.text(alphabet="装修购物 旅游", max_size=12),
    "年利率": st.decimals(0, 1, places=4).map(lambda value: f"{value:.4f}"),
}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.fixed_dictionaries(VALUES), min_size=2, max_size=30),
    delimiter=st.sampled_from(["|", ";", "\t"]),
    codec=st.sampled_from(["utf-8", "gb18030"]),
)
def test_any_loans_read_back(
    draft: Callable[..., Draft],
    lender_of: Callable[[Draft], Lender],
    intake: Callable[..., Any],
    rows: list[dict[str, str]],
    delimiter: str,
    codec: str,
) -> None:
    """Whatever the values are, a file of known columns is drafted so that none of its mapped values fails to parse."""
    lines = [delimiter.join(("借据号", *VALUES))]
    lines += [delimiter.join((f"J{number:04d}", *(row[name] for name in VALUES))) for number, row in enumerate(rows)]
    data = ("\n".join(lines) + "\n").encode(codec)
    one = draft(data)
    read = intake(data, "strange.csv", lender_of(one))
    assert unparsed(read) == [] and read.summary.rows["loan"] == len(rows)
    assert len([profile for profile in one.profile if profile.to]) >= 8
