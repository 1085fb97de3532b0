"""On real deliveries: from a value of an EX-102 document to the line that AmeriCredit filed with the SEC, and back."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as StandardParser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

import pytest

from examples.americredit.deliveries import write_deliveries
from loantape import catalog, pipeline
from loantape.filing.package import REPORTS
from loantape.trace.back import of_loan
from loantape.trace.cell import Traced, trace_cell
from loantape.trace.filings import all_filed
from loantape.workspace import Workspace

AT = datetime(2026, 11, 5, 9, 30)
MONTHS = ("2020-02", "2020-03")
NS = "{http://www.sec.gov/edgar/document/absee/autoloan/assetdata}"
# filed from the key of the loan where the servicer delivers no number
FROM_KEY = {"assetNumber"}


@dataclass(frozen=True)
class Month:
    """One filed month: the delivered bytes, its rows by csv, and the document by the standard library's parser."""

    filing: str
    data: bytes
    rows: list[dict[str, str]]
    assets: list[Mapping[str, str]]

    def line_of(self, key: str) -> int:
        """The physical line of a loan: the heading is line 1, and no value of the tape holds a line end."""
        return 2 + next(at for at, row in enumerate(self.rows) if row["loan_key"] == key)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A store with two real months, filed."""
    folder = tmp_path_factory.mktemp("real")
    found = Workspace.open(folder / "store")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog, "report_builder", lambda: lambda *_: dict.fromkeys(REPORTS, b"report"))
        pipeline.run(found, write_deliveries(folder, MONTHS), AT)
        for month in MONTHS:
            pipeline.file(found, f"americredit/{month}", "us_sec", AT)
    return found


@pytest.fixture(scope="module")
def months(ws: Workspace) -> dict[str, Month]:
    """By period, in the order of MONTHS; loans in the order of the document, which is that of their keys."""
    found = {}
    for one in all_filed(ws):
        data = (ws.store.original(one.record.submission) / "loans.csv").read_bytes()
        assert data.count(b'"') == 0 and data.count(b"\n") == len(data.splitlines())
        rows = list(csv.DictReader(data.decode().splitlines()))
        (entry,) = one.manifest["files"]
        with one.file(entry["name"]) as path:
            assets = [
                {child.tag.removeprefix(NS): str(child.text) for child in asset}
                for asset in StandardParser.parse(path).getroot().findall(f"{NS}assets")
            ]
        found[f"{one.record.period}"] = Month(one.record.name, data, rows, assets)
    assert list(found) == list(MONTHS) and all(len(one.assets) == len(one.rows) > 40 for one in found.values())
    return found


def proved(month: Month, traced: Traced, key: str, element: str) -> None:
    """The one line named is the loan's, its bytes are the file's, and the marked cell holds what was filed."""
    raw = next(row for row in month.rows if row["loan_key"] == key)
    lines = {(line.file, line.line) for source in traced.sources for line in source.lines}
    assert lines == {("loans.csv", month.line_of(key))}, element
    line = next(line for source in traced.sources if source.lines for line in source.lines)
    assert line.bytes and line.text
    cut = month.data[line.bytes[0] : line.bytes[1]].decode()
    assert cut == month.data.splitlines()[month.line_of(key) - 1].decode()
    shown = line.text.replace("⟦", "").replace("⟧", "").split(",")
    for given, cell in zip(shown, cut.split(","), strict=True):
        # ten digits in a row may be a person's number, so keys show masked
        assert given == cell or ("***" in given and re.search("[0-9]{6,}", cell)), (element, cell)
    headers = {
        header for source in traced.sources for line in source.lines for header in line.columns.values() if header
    }
    spelled = next(header for header in raw if header.lower() == element.lower())
    assert headers == ({spelled, "loan_key"} if element in FROM_KEY else {spelled}), element
    if element not in FROM_KEY:
        delivered = raw[spelled]
        assert f"⟦{delivered}⟧" in line.text, element
        assert not traced.value or _alike(delivered, traced.value), (element, delivered, traced.value)


def _alike(delivered: str, filed: str) -> bool:
    """The same words, or the same number to the eighth decimal; lists of codes in any order."""
    try:
        return round(Decimal(delivered), 8) == Decimal(filed)
    except InvalidOperation:
        return sorted(delivered.lower().split("; ")) == sorted(filed.lower().replace("; ", ";").split(";"))


@pytest.mark.parametrize("period", MONTHS)
def test_every_element_leads_to_the_line_that_was_delivered(
    ws: Workspace, months: Mapping[str, Month], period: str
) -> None:
    """For each element of the schema that is filed at all, an asset that has it, another one for each element."""
    month = months[period]
    keys = sorted(row["loan_key"] for row in month.rows)
    asked = set()
    for place, column in enumerate(catalog.filing("us_sec").tables[0].columns):
        having = [at for at, asset in enumerate(month.assets) if column.code in asset]
        if not having:
            continue
        at = having[place % len(having)]
        traced = trace_cell(ws, month.filing, "assets", at + 1, column.code, None, None)
        if column.code not in ("subvented", "modificationTypeCode"):  # elements that are there once for each code
            assert traced.value == month.assets[at][column.code], column.code
        proved(month, traced, keys[at], column.code)
        asked.add(column.code)
    assert len(asked) > 55


def test_what_is_not_filed_leads_to_the_empty_cell(ws: Workspace, months: Mapping[str, Month]) -> None:
    """An element that an asset does not have comes from a cell that is empty or a dash."""
    month = months["2020-03"]
    keys = sorted(row["loan_key"] for row in month.rows)
    at = next(at for at, asset in enumerate(month.assets) if "zeroBalanceCode" not in asset)
    traced = trace_cell(ws, month.filing, "assets", at + 1, "zeroBalanceCode", None, None)
    assert traced.value == ""
    proved(month, traced, keys[at], "zeroBalanceCode")


def test_a_delivered_loan_leads_to_its_assets(ws: Workspace, months: Mapping[str, Month]) -> None:
    """Every loan of either month: the documents that have it and the place of its asset in each, and no other."""
    wanted = sorted({row["loan_key"] for month in months.values() for row in month.rows})[::6]
    once, both = 0, 0
    for key in wanted:
        found = {use.filed.record.name: list(use.rows) for use in of_loan(ws, f"americredit/{key}")}
        expected = {}
        for month in months.values():
            keys = sorted(row["loan_key"] for row in month.rows)
            if key in keys:
                expected[month.filing] = keys.index(key) + 1
        assert {name: [row for _, row in rows] for name, rows in found.items()} == {
            name: [row] for name, row in expected.items()
        }
        for month in months.values():
            if month.filing in expected:
                balance = month.assets[expected[month.filing] - 1]["reportingPeriodActualEndBalanceAmount"]
                raw = next(row for row in month.rows if row["loan_key"] == key)
                assert Decimal(balance) == round(Decimal(raw["reportingPeriodActualEndBalanceAmount"]), 8)
        once += len(expected) == 1
        both += len(expected) == 2
    assert both and once + both == len(wanted)
