"""One submission with two institutions: a value of either leads to its own file and its own lines, and back."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.errors import ConfigurationError
from loantape.filing.package import REPORTS
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.trace.back import of_loan
from loantape.trace.cell import trace_cell
from loantape.trace.filings import Filed, all_filed, table_of
from loantape.workspace import Workspace

AT = datetime(2026, 10, 9, 9, 30)
LENDER = "demo_colending"
FIRST, SECOND = "91440305MA00300115", "91440305MA00300970"
LICENCES = {FIRST: "X0003H440305001", SECOND: "X0003H440305002"}
Row = dict[str, str]


def of_second(iou: str) -> bool:
    """Every second loan is granted by the other institution, in both months."""
    return int(iou[-4:-3]) % 2 == 1


def split(folder: Path) -> None:
    """Give every second loan of a delivery to a second institution, and the manifest what it then says."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    def loan(row: Row) -> list[Row]:
        return [row | {"lender_uscc": SECOND, "licence_no": LICENCES[SECOND]} if of_second(row["iou_no"]) else row]

    def fee(row: Row) -> list[Row]:
        theirs = of_second(row["iou_no"]) and row["collector_uscc"] == FIRST
        return [row | {"collector_uscc": SECOND, "collector_name": "示例第二银行股份有限公司"} if theirs else row]

    def institution(row: Row) -> list[Row]:
        # the books' own totals were of both together
        alone = {
            name: "" if name.endswith(("_count", "_amount")) and "tier1" not in name else row[name] for name in row
        }
        second = {"lender_uscc": SECOND, "licence_no": LICENCES[SECOND], "institution_name": "示例第二银行股份有限公司"}
        return [alone, alone | second]

    changes: Mapping[str, Callable[[Row], list[Row]]] = {
        "loan.csv": loan,
        "fee.csv": fee,
        "institution.csv": institution,
    }
    for entry in manifest["files"]:
        path = folder / entry["name"]
        if path.name in changes:
            with path.open(encoding="utf-8", newline="") as lines:
                reader = csv.DictReader(lines)
                rows = [new for row in reader for new in changes[path.name](row)]
            with path.open("w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, reader.fieldnames or (), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            data = path.read_bytes()
            entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "lines": data.count(b"\n")}
            entry.pop("control_totals", None)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A store with what two institutions file together for September with EAST and the PBoC."""
    folder = tmp_path_factory.mktemp("several")
    found = Workspace.open(folder / "store")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog, "report_builder", lambda: lambda *_: dict.fromkeys(REPORTS, b"report"))
        deliveries = simulate(LENDER, Period.parse("2026-09"), 40, folder / "in", months=2, progress=silent())
        for one in deliveries:
            split(one)
        pipeline.run(found, deliveries, AT)
        for regulator in ("cn_nfra_east", "cn_pbc"):
            pipeline.file(found, f"{LENDER}/2026-09", regulator, AT)
    return found


def records_of(one: Filed, table: str, file: str) -> list[list[str]]:
    """Every record of a file, by what the declaration reads."""
    with one.file(file) as path:
        return [
            [str(value or "") for value in row]
            for batch in table_of(one.declared, table).batches(path)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        ]


# table, the column that holds the loan's number, a column with an amount of it and its field
TABLES = {
    "cn_nfra_east": ("503", "XDJJH", "DKYE", "balance_amount"),
    "cn_pbc": ("CLGRDK", "7", "14", "balance_amount"),
}


@pytest.mark.parametrize("regulator", TABLES)
def test_each_institutions_values_lead_to_its_own_lines(ws: Workspace, regulator: str) -> None:
    """Each has a file of the table; its records are traced to lines that name the institution."""
    one = next(one for one in all_filed(ws) if one.record.regulator == regulator)
    name, number, amount, field = TABLES[regulator]
    table = table_of(one.declared, name)
    entries = one.files_of(table)
    assert len(entries) == 2
    with pytest.raises(ConfigurationError, match="2 files"):
        trace_cell(ws, one.record.name, name, 1, amount, None, 1)
    at, value_at = (next(n for n, c in enumerate(table.columns) if c.code == code) for code in (number, amount))
    lines = (ws.store.original(f"{LENDER}/2026-09/v1") / "loan.csv").read_bytes().split(b"\n")
    seen = set()
    for entry in entries:
        rows = records_of(one, name, entry["name"])
        assert rows
        owner = SECOND if of_second(rows[0][at]) else FIRST
        assert LICENCES[owner] in entry["name"] or owner in entry["name"]
        seen.add(owner)
        for place, row in enumerate(rows, 1):
            assert of_second(row[at]) == (owner == SECOND)
            if place > 4:
                continue
            traced = trace_cell(ws, one.record.name, name, place, amount, entry["name"], None)
            (line,) = [line for source in traced.sources for line in source.lines if line.file == "loan.csv"]
            raw = lines[(line.line or 0) - 1].decode()
            assert f",{row[at]}," in raw and f",{owner}," in raw
            assert Decimal(line.values[field] or 0) == Decimal(row[value_at])
            assert traced.value == row[value_at]
    assert seen == {FIRST, SECOND}


@pytest.mark.parametrize("regulator", TABLES)
def test_a_loan_leads_to_its_own_institutions_file(ws: Workspace, regulator: str) -> None:
    """The records named for a loan of either institution are in that one's files, at the place where its number is."""
    one = next(one for one in all_filed(ws) if one.record.regulator == regulator)
    name, number, *_ = TABLES[regulator]
    table = table_of(one.declared, name)
    at = next(n for n, c in enumerate(table.columns) if c.code == number)
    for entry in one.files_of(table):
        rows = records_of(one, name, entry["name"])
        for place in (1, len(rows)):
            uses = of_loan(ws, f"{LENDER}/{rows[place - 1][at]}")
            (use,) = [use for use in uses if use.filed.record == one.record and use.table == table.names[0]]
            assert list(use.rows) == [(entry["name"], place)]


def test_a_table_that_differs_by_institution_only_is_told_apart(ws: Workspace) -> None:
    """The same record number of two files is two records: values come from each file's own loan."""
    one = next(one for one in all_filed(ws) if one.record.regulator == "cn_pbc")
    owners = set()
    for entry in one.files_of(table_of(one.declared, "GRKHXX")):
        owner = entry["name"].partition("_")[0]
        traced = trace_cell(ws, one.record.name, "GRKHXX", 1, "1", entry["name"], None)
        behind = [(source.submission, line) for source in traced.sources for line in source.lines]
        assert behind
        for submission, line in behind:
            raw = (ws.store.original(submission) / str(line.file)).read_bytes().split(b"\n")[(line.line or 0) - 1]
            assert owner.encode() in raw
        owners.add(owner)
    assert owners == {FIRST, SECOND}
