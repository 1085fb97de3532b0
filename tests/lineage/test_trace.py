"""The command: from a sealed package to delivered lines and back, clear where it cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog, pipeline
from loantape.cli import app
from loantape.errors import ConfigurationError
from loantape.filing.package import REPORTS
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.trace.back import of_limit, of_loan, of_rule
from loantape.trace.cell import LineageMismatch, trace_cell
from loantape.trace.filings import Filed, all_filed, file_of, table_of
from loantape.workspace import Workspace

AT = datetime(2026, 10, 9, 9, 30)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A store with what a bank and a consumer finance company filed for September with three regulators."""
    folder = tmp_path_factory.mktemp("trace")
    found = Workspace.open(folder / "store")
    with pytest.MonkeyPatch.context() as patched:
        # reports take longer than everything else, and nothing here looks at one
        patched.setattr(catalog, "report_builder", lambda: lambda *_: dict.fromkeys(REPORTS, b"report"))
        for lender, months, regulators in (
            ("demo_cashloan", 2, ("cn_pbc",)),
            ("demo_colending", 1, ("cn_nfra_east", "cn_nfra_g09")),
        ):
            deliveries = simulate(
                lender, pipeline.Period.parse("2026-09"), 30, folder / lender, months=months, progress=silent()
            )
            pipeline.run(found, deliveries, AT)
            for regulator in regulators:
                pipeline.file(found, f"{lender}/2026-09", regulator, AT)
    return found


def every_value(one: Filed, row: int) -> list[tuple[str, str, str, str | None]]:
    """Table, file, column and value of one record of each table."""
    found = []
    for table in one.declared.tables:
        for entry in one.files_of(table):
            with one.file(entry["name"]) as path:
                record = table.record(path, row)
            if record is not None:
                found += [
                    (table.names[0], entry["name"], column.code, value)
                    for column, value in zip(table.columns, record, strict=True)
                ]
    return found


@pytest.mark.parametrize("regulator", ["cn_pbc", "cn_nfra_east", "cn_nfra_g09"])
def test_a_record_of_every_table_is_traced_to_its_lines(ws: Workspace, regulator: str) -> None:
    """The first value, the last and one with an amount of each table: its fields' cells stand in the line shown."""
    one = next(one for one in all_filed(ws) if one.record.regulator == regulator)
    seen = set()
    for table, file, code, value in every_value(one, 1):
        if table in seen and not ("." in (value or "") and (table, "amount") not in seen):
            continue
        seen |= {table} if table not in seen else {(table, "amount")}
        traced = trace_cell(ws, one.record.name, table, 1, code, file, 3)
        assert traced.row == 1 and traced.file == file
        if traced.is_constant:
            continue
        assert traced.sources, (table, code)
        for source in traced.sources:
            assert source.rows >= len(source.lines) > 0
            for line in source.lines:
                for name, header in line.columns.items():
                    given = line.values.get(name)
                    if header is not None and given and line.text and given.replace(".", "").isdecimal():
                        assert "⟦" in line.text, (table, code, name)
    assert {table for table, *_ in every_value(one, 1)} == {name for name in seen if isinstance(name, str)}


def test_a_sum_is_the_sum_of_its_rows(ws: Workspace) -> None:
    """Loans of form 20202: as many rows as the stock, with --all each of them, and their sum is the value."""
    from decimal import Decimal

    traced = trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "20202", 1, "3", None, None)
    (source,) = traced.sources
    assert source.adds == "sum" and source.total == traced.value
    assert sum(Decimal(line.term or 0) for line in source.lines) == Decimal(traced.value)
    one = next(one for one in all_filed(ws) if one.record.regulator == "cn_pbc")
    assert source.rows == len(source.lines) == file_of(one, table_of(one.declared, "CLGRDK"), None)["records"]


def test_what_decides_on_a_record_is_shown_apart_from_its_value(ws: Workspace) -> None:
    """A balance of G09 is of internet loans on the books: conditions that are not in the value, of this table only."""
    traced = trace_cell(ws, "cn_nfra_g09/demo_colending/2026-09/1", "G09_I", 1, "A", None, 0)
    decides = {field for _, field in traced.deciding}
    assert {"is_internet_loan", "loan_status", "lender_uscc"} <= decides
    assert not set(traced.deciding) & set(traced.fields) and "balance_cny" not in decides
    stock = trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 2, "14", None, 0)
    assert ("tape_loan", "loan_status") in stock.deciding and ("tape_loan", "balance_amount") in stock.fields
    assert not any(table.startswith("previous.") for table, _ in stock.deciding), "the month before decides on flows"
    flow = trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "GRDKFS", 1, "1", None, 0)
    assert any(table.startswith("previous.") for table, _ in flow.deciding)


def test_nothing_personal_is_shown(ws: Workspace) -> None:
    """A masked number stays masked, and the raw line shows lengths where identities are."""
    traced = trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 2, "借款人证件代码", None, 3)
    assert traced.is_personal and traced.value.startswith("***")
    (source,) = traced.sources
    assert "⟦*** (18 characters)⟧" in (source.lines[0].text or "")


def test_the_bytes_are_those_of_the_line(ws: Workspace) -> None:
    """The byte range cuts the very line out of the delivered file."""
    traced = trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "clgrdk", 3, "贷款余额", None, 1)
    line = traced.sources[0].lines[0]
    assert line.file and line.bytes and line.line
    data = (ws.store.original("demo_cashloan/2026-09/v1") / line.file).read_bytes()
    cut = data[line.bytes[0] : line.bytes[1]]
    assert cut == data.split(b"\n")[line.line - 1].rstrip(b"\r")
    assert str(line.values["balance_amount"]).encode() in cut


def test_a_loan_is_found_where_it_was_filed(ws: Workspace) -> None:
    """The records named for a loan hold its number, in every table that shows one, and no other record does."""
    one = next(one for one in all_filed(ws) if one.record.regulator == "cn_pbc")
    table = table_of(one.declared, "CLGRDK")
    entry = file_of(one, table, None)
    with one.file(entry["name"]) as path:
        record = table.record(path, 5)
    assert record and record[6]
    uses = {use.table: use for use in of_loan(ws, f"demo_cashloan/{record[6]}")}
    assert list(uses["CLGRDK"].rows) == [(entry["name"], 5)]
    assert uses["20202"].cells == ["3"] and (f"BJ{record[0]}2026093020202.dat", 1) in uses["20202"].rows
    with pytest.raises(ConfigurationError, match="no filing"):
        of_loan(ws, "demo_cashloan/NONE")


def test_rules_and_limits_name_the_filings_that_used_them(ws: Workspace) -> None:
    """A rule of the book, one of a format, one by the version of its book; a limit with its rules and its value."""
    assert {use.filed.record.regulator for use in of_rule(ws, "PRC-004")} == {"cn_pbc", "cn_nfra_east", "cn_nfra_g09"}
    assert {use.table for use in of_rule(ws, "CLGRDK-14R")} == {"clgrdk"}
    book = all_filed(ws)[0].manifest["rule_book"]
    assert of_rule(ws, f"PRC-004@{book[:6]}") and not of_rule(ws, "PRC-004@0000")
    (use, *_) = of_limit(ws, "apr_tolerance_pct")
    assert "PRC-004" in use.said["rules"] and use.said["in_force"]
    for ask, name in ((of_rule, "PRC-04"), (of_limit, "apr_tolerance")):
        with pytest.raises(ConfigurationError, match="did you mean"):
            ask(ws, name)


WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "row": (("cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 99999, "14", None), "no record 99999: it has"),
    "column": (("cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 1, "贷款余", None), "did you mean 贷款余额"),
    "column number": (("cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 1, "28", None), "no column '28'"),
    "table": (("cn_pbc/demo_cashloan/2026-09/1", "CLGRD", 1, "1", None), "CLGRDK, GRDKFS"),
    "no table": (("cn_pbc/demo_cashloan/2026-09/1", None, 1, "1", None), "which table"),
    "file": (("cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 1, "1", "x.dat"), "choose with --file"),
    "filing": (("cn_pbc/demo_cashloan/2026-08/1", "CLGRDK", 1, "1", None), "name one of"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_there_is_said(ws: Workspace, what: str) -> None:
    """A record beyond the end, an unknown column, table, file or filing: what there is instead."""
    asked, words = WRONG[what]
    with pytest.raises(ConfigurationError, match=words):
        trace_cell(ws, *asked, 1)


def test_a_package_of_another_store_or_changed_is_refused(ws: Workspace, tmp_path: Path) -> None:
    """By its hash a package is of this store; one changed byte and it is not."""
    one = all_filed(ws)[0]
    copy = tmp_path / one.package.name
    shutil.copyfile(one.package, copy)
    column = one.declared.tables[0].columns[-1].code
    assert trace_cell(ws, str(copy), one.declared.tables[0].names[0], 1, column, None, 1)
    copy.write_bytes(copy.read_bytes() + b"\0")
    with pytest.raises(ConfigurationError, match="not as it was sealed"):
        trace_cell(ws, str(copy), one.declared.tables[0].names[0], 1, column, None, 1)
    other = copy.with_name("other.zip")
    copy.rename(other)
    with pytest.raises(ConfigurationError, match="not sealed in this store"):
        trace_cell(ws, str(other), one.declared.tables[0].names[0], 1, column, None, 1)


def test_one_package_is_found_without_the_others(ws: Workspace, tmp_path: Path) -> None:
    """By its path and by its name: the packages of other filings need not even be there."""
    one, *others = all_filed(ws)
    name, column = one.declared.tables[0].names[0], one.declared.tables[0].columns[-1].code
    for place, other in enumerate(others):
        other.package.rename(tmp_path / str(place))
    try:
        for asked in (str(one.package), one.record.name, one.package.name):
            assert trace_cell(ws, asked, name, 1, column, None, 0).filed == one
        with pytest.raises(ConfigurationError, match="is not there"):
            trace_cell(ws, others[0].record.name, name, 1, column, None, 0)
    finally:
        for place, other in enumerate(others):
            (tmp_path / str(place)).rename(other.package)


def test_another_record_than_was_filed_is_never_shown(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the tables made again give something else, the trace stops and says with what it was filed."""
    from templates.cn_pbc import columns

    balance = next(one for one in columns.CLGRDK.columns if one.number == 14)
    object.__setattr__(balance, "source", "loan.balance_amount + 1")
    try:
        with pytest.raises(LineageMismatch, match="not the one that was filed"):
            trace_cell(ws, "cn_pbc/demo_cashloan/2026-09/1", "CLGRDK", 1, "14", None, 1)
    finally:
        object.__setattr__(balance, "source", "loan.balance_amount")


def test_the_command_prints_and_gives_json(ws: Workspace, run_cli: Callable[..., Any]) -> None:
    """Both languages for people, everything for programs, one question at a time."""
    store = ["--store", str(ws.store.root)]
    name = ["cn_pbc/demo_cashloan/2026-09/1", "--table", "CLGRDK", "--row", "2", "--column", "14"]
    text = run_cli(["trace", *name, *store])
    assert "value as filed 报送值" in text and "loan.csv, line 行" in text and "balance_amount" in text
    found = json.loads(run_cli(["trace", *name, *store, "--json"]))
    assert found["column"] == {"code": "14", "en": "Balance", "zh": "贷款余额"}
    assert any(one["field"] == "loan_status" and one["en"] and one["zh"] for one in found["deciding"])
    assert "decides 决定记录: tape_loan.loan_status" in text
    assert found["fields"][0]["field"] == "balance_amount" and found["sources"][0]["shown"][0]["bytes"]
    assert json.loads(run_cli(["trace", "--rule", "PRC-004", *store, "--json"]))[0]["in_force"] is True
    assert "records 记录" in run_cli(
        ["trace", "--loan", f"demo_cashloan/{found['sources'][0]['shown'][0]['key']}", *store]
    )
    assert "rules PRC-004" in run_cli(["trace", "--limit", "apr_tolerance_pct", *store])


@pytest.fixture
def run_cli() -> Callable[..., str]:
    from typer.testing import CliRunner

    def run(arguments: list[str]) -> str:
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run
