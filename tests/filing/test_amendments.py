"""Amendments and withdrawals: what replaces what and why, every record that differs, and what is in force when."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog, pipeline
from loantape.declare import FiledColumn, FiledTable, Period
from loantape.errors import ConfigurationError, FilingRefused, PackageRejected, ReadBackMismatch
from loantape.filing import difference
from loantape.filing.amendment import checked_reason
from loantape.filing.verify import verify
from loantape.pipeline import Workspace
from loantape.store.states import all_in_force
from tests.filing.every_package import reports
from tests.filing.life import AT, CN, FILINGS, SUBMISSIONS, US, cli, open_workspace, resent, take_in, write_originals

pytestmark = pytest.mark.xdist_group("life")

REASON = "the lender corrected what one borrower uses the money for"
LATER = AT + timedelta(days=1)


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every regulator's filing and, after a correction of one loan, its amendment."""
    with pytest.MonkeyPatch.context() as patched:
        # printing the readable report takes most of the time, and nothing here looks at what it says
        patched.setattr(catalog, "report_builder", lambda: lambda _, __, context, *___: reports(context.submission))
        return _amended(tmp_path_factory.mktemp("amended"))


def _amended(folder: Path) -> Path:
    originals = write_originals(folder / "first")
    ws = take_in(folder / "store", originals)
    for regulator, submission in SUBMISSIONS.items():
        pipeline.file(ws, submission, regulator, AT)
    october = next(one for one in originals if one.name == "demo_colending_2026-10")
    auto = next(one for one in originals if one.name.startswith("americredit"))
    again = [
        resent(october, folder / "again", "loan.csv", {(3, "purpose_text"): "=购买家电"}),
        resent(auto, folder / "auto", "loans.csv", {(5, "obligorCreditScore"): "701"}),
    ]
    pipeline.run(ws, again, LATER)
    for regulator, submission in SUBMISSIONS.items():
        with pytest.raises(FilingRefused, match="must say why"):
            pipeline.file(ws, submission, regulator, LATER)
        pipeline.file(ws, submission, regulator, LATER, reason=REASON)
    return folder / "store"


@pytest.fixture
def ws(amended: Path, tmp_path: Path) -> Workspace:
    """The store of ``amended``, for one test to change."""
    shutil.copytree(amended, tmp_path / "store")
    shutil.copytree(amended.with_name("keys"), tmp_path / "keys")
    return open_workspace(tmp_path / "store")


def package(ws: Workspace, regulator: str, sequence: int) -> Path:
    return next((ws.store.root / "filings" / regulator).rglob(f"*_{sequence}.zip"))


def manifest_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return found


def differences(path: Path, table: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(f"difference-{table}.csv").decode())))


@pytest.mark.parametrize("regulator", SUBMISSIONS)
def test_an_amendment_says_what_it_replaces_and_why(amended: Path, regulator: str) -> None:
    """Its manifest names the earlier filing and its hash, and the receiver's check covers the differences too."""
    ws = open_workspace(amended)
    first, second = (one for one in ws.workflow.filings(regulator) if one.sealed_at)
    path = package(ws, regulator, 2)
    stated = manifest_of(path)["amendment"]
    assert stated["reason"] == REASON
    assert stated["replaces"] == {
        "name": first.name,
        "package": first.package_name,
        "sha256": first.package_sha256,
    }
    assert (second.replaces, second.reason, first.reason) == (1, REASON, None)
    assert [one["table"] for one in stated["differences"]] == [one.names[0] for one in catalog.filing(regulator).tables]
    assert manifest_of(package(ws, regulator, 1))["amendment"] is None
    seen = verify(path, ws.keys.public_key_text(), FILINGS)
    assert any(f"amends {first.name}" in check.en for check in seen.checks)


def test_every_record_that_differs_is_listed(amended: Path) -> None:
    """One corrected text is one changed record of each table that carries it: what is compared is what was filed."""
    ws = open_workspace(amended)
    counts = {
        (regulator, one["table"]): (one["added"], one["removed"], one["changed"], one["columns"])
        for regulator in SUBMISSIONS
        for one in manifest_of(package(ws, regulator, 2))["amendment"]["differences"]
    }
    changed = {name: found for name, found in counts.items() if any(found[:3])}
    assert changed["cn_pbc", "CLGRDK"] == (0, 0, 1, {"27 贷款用途": 1})
    assert changed["us_sec", "assets"] == (0, 0, 1, {"obligorCreditScore": 1})
    assert not any(regulator == "cn_nfra_g09" for regulator, _ in changed), "G09 has no purposes"
    assert all(found[:2] == (0, 0) for found in changed.values())
    (row,) = differences(package(ws, "us_sec", 2), "assets")
    assert row["new"] == "701" and row["old"] != "701" and row["old_record"] == row["new_record"]


def test_differences_are_inert(amended: Path) -> None:
    """A text that a spreadsheet would compute stays a text in the file of differences."""
    ws = open_workspace(amended)
    (row,) = differences(package(ws, "cn_pbc", 2), "CLGRDK")
    assert row["new"] == "'=购买家电" and row["column"] == "27 贷款用途"


def test_the_earlier_one_is_in_force_until_the_new_one_is_sealed(ws: Workspace, monkeypatch: Any) -> None:
    """An amendment that fails before its seal changes nothing; the list says which counts."""
    standing = {one.regulator: one.sequence for one in all_in_force(ws.workflow.filings())}
    assert standing == dict.fromkeys(SUBMISSIONS, 2)
    record = ws.workflow.filings("cn_pbc")[-1]
    assert ws.workflow.filings("cn_pbc", record.lender, record.period)[-1] == record
    pipeline.withdraw(ws, "cn_pbc", "demo_colending", Period.parse("2026-10"), LATER, "filed too early")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("loantape.filing.make.seal", fail)
        with pytest.raises(OSError, match="disk full"):
            pipeline.file(ws, CN, "cn_pbc", LATER, reason="filed again as it was")
    known = ws.workflow.filings("cn_pbc")
    assert [one.state for one in known][-1] == "rendered" and not all_in_force(known)
    again = pipeline.file(ws, CN, "cn_pbc", LATER + timedelta(days=1))
    assert manifest_of(again)["amendment"] == {"reason": "filed again as it was", "replaces": None, "differences": []}
    assert [one.sequence for one in all_in_force(ws.workflow.filings("cn_pbc"))] == [4]
    assert verify(again, ws.keys.public_key_text(), FILINGS)


def test_a_withdrawal_is_a_package_of_its_own(ws: Workspace) -> None:
    """It is signed, names what it takes back, is verified and handed over like a filing, and happens once."""
    month = Period.parse("2026-10")
    path = pipeline.withdraw(ws, "cn_pbc", "demo_colending", month, LATER, "filed for the wrong month")
    before = ws.workflow.contents()
    assert pipeline.withdraw(ws, "cn_pbc", "demo_colending", month, LATER, "asked twice") == path
    assert ws.workflow.contents() == before
    stated = manifest_of(path)
    withdrawn = ws.workflow.filings("cn_pbc")[1]
    assert stated["withdraws"] == {
        "name": withdrawn.name,
        "package": withdrawn.package_name,
        "sha256": withdrawn.package_sha256,
    }
    assert path.name == "cn_pbc_demo_colending_2026-10_3.zip" and stated["reason"] == "filed for the wrong month"
    seen = verify(path, ws.keys.public_key_text(), FILINGS)
    assert seen.sequence == 3 and any("withdraws" in check.en for check in seen.checks)
    assert not all_in_force(ws.workflow.filings("cn_pbc"))
    assert path in pipeline.waiting(ws, "cn_pbc")
    placed = pipeline.hand_over(ws, path, LATER)
    assert Path(placed).read_bytes() == path.read_bytes() and path not in pipeline.waiting(ws, "cn_pbc")
    actions = [entry.action for entry in ws.workflow.audit_entries() if entry.object.endswith("2026-10/3")]
    assert actions == ["withdrawal rendered", "withdrawal sealed", "withdrawal handed over"]
    assert ws.workflow.verify_audit().broken is None


def test_what_needs_a_reason_waits_for_a_person(ws: Workspace) -> None:
    """A schedule files only what comes first; what was withdrawn is offered to people, with a reason, as the next."""
    assert pipeline.amendable(ws, "us_sec") == [] and pipeline.fileable(ws, "us_sec") == [f"{US}/v2"]
    pipeline.withdraw(ws, "us_sec", "americredit", Period.parse("2020-03"), LATER, "sent to the wrong place")
    assert pipeline.fileable(ws, "us_sec") == [] and pipeline.amendable(ws, "us_sec") == [(f"{US}/v2", "")]


def test_nothing_is_withdrawn_that_was_never_filed(ws: Workspace) -> None:
    """A withdrawal without a filing is refused, and so are reasons that explain nothing or name somebody."""
    with pytest.raises(FilingRefused, match="nothing of demo_colending/2026-09"):
        pipeline.withdraw(ws, "cn_pbc", "demo_colending", Period.parse("2026-09"), LATER, "why not")
    for reason in ("", "   ", "x" * 1001, "the card 11010519491231002X was wrong", "a\x1b[31m"):
        with pytest.raises(ConfigurationError):
            checked_reason(reason)
    assert checked_reason(" two\n words ") == "two words"
    with pytest.raises(FilingRefused, match="nothing of"):
        pipeline.file(ws, "demo_colending/2026-09", "cn_nfra_g09", LATER, reason="nothing to amend")


def test_a_replaced_package_that_was_changed_is_noticed(ws: Workspace) -> None:
    """What is compared must be what was sealed: another byte in the earlier package stops the withdrawal."""
    path = package(ws, "cn_pbc", 2)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(PackageRejected, match="not the package that was sealed"):
        pipeline.withdraw(ws, "cn_pbc", "demo_colending", Period.parse("2026-10"), LATER, "filed too early")
    assert [one.sequence for one in all_in_force(ws.workflow.filings("cn_pbc"))] == [2]


def test_the_command_line_shows_what_is_in_force(ws: Workspace) -> None:
    """``filings`` marks one of each series; ``withdraw`` needs a reason; ``hand-over`` takes all that wait."""
    where = ("--store", ws.store.root, "--keys", ws.keys.folder)
    code, out, _ = cli("filings", *where, "--json")
    listed = json.loads(out)
    assert code == 0 and sum(one["in_force"] for one in listed) == 4 and len(listed) == 8
    code, _, err = cli("withdraw", "cn_pbc", "demo_colending", "2026-10", *where)
    assert code == 2 and "--reason" in err
    code, out, _ = cli("withdraw", "cn_pbc", "demo_colending", "2026-10", "--reason", "too early", *where)
    assert code == 0 and out.strip().endswith("cn_pbc_demo_colending_2026-10_3.zip")
    code, out, _ = cli("filings", *where)
    assert code == 0 and "withdrawal" in out and "yes 是" in out
    code, out, _ = cli("hand-over", *where)
    assert code == 0 and len(out.splitlines()) == 9
    assert cli("hand-over", *where)[1].startswith("nothing to hand over")


def test_every_regulator_declares_what_is_compared() -> None:
    """Each has tables, in English and Chinese, whose keys are columns that the files have, and no heading twice."""
    for filing in catalog.filings().values():
        assert filing.tables, filing.regulator
        for table in filing.tables:
            name, headings = table.names[0], [one.heading for one in table.columns]
            assert table.en and table.zh and table.key, name
            assert {*table.key} <= {one.column for one in table.columns}, name
            assert len({*headings, "file", "record"}) == len(headings) + 2, name


# --- the comparison itself, held against a plain one --------------------------------------------------------------

CELL = st.sampled_from(["", "a", "b", "=1+1", "-5", "-5.20", "tel 13800138000", "读", "x\ty"])
RECORDS = st.dictionaries(st.tuples(st.sampled_from("pqrs"), st.sampled_from("123")), st.tuples(CELL, CELL, CELL))


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    rows = json.loads(path.read_text())
    for part in (rows[:2], rows[2:]):
        yield pa.RecordBatch.from_pylist(part, schema=pa.schema([(name, pa.string()) for name in NAMES]))


NAMES = ("k1", "k2", "plain", "text", "secret")
COLUMNS = tuple(
    FiledColumn(name, name, name, name, is_personal=name == "secret", is_free_text=name == "text") for name in NAMES
)
TABLE = FiledTable(("t",), "T", "表", "out_t", COLUMNS, r".*\.json", ("k1", "k2"), ("k1", "k2"), _read)


def _written(folder: Path, records: Mapping[tuple[str, str], tuple[str, str, str]]) -> dict[str, int | None]:
    folder.mkdir()
    rows = [dict(zip(NAMES, (*key, *cells), strict=True)) for key, cells in records.items()]
    (folder / "f.json").write_text(json.dumps(rows))
    return {"f.json": len(rows)}


@given(old=RECORDS, new=RECORDS)
@settings(max_examples=25)
def test_the_comparison_is_the_plain_one(
    old: Mapping[Any, Any], new: Mapping[Any, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Added, removed and changed records, and changed columns, are those that two dictionaries give."""
    folder = tmp_path_factory.mktemp("compared")
    records = (_written(folder / "old", old), _written(folder / "new", new))
    with duckdb.connect() as con:
        (found,) = difference.compare(con, [TABLE], (folder / "old", folder / "new"), records, folder)
    changed = [key for key in old if key in new and old[key] != new[key]]
    assert (found.old_records, found.new_records) == (len(old), len(new))
    counts = {"added": len(new.keys() - old.keys()), "removed": len(old.keys() - new.keys()), "changed": len(changed)}
    assert (found.added, found.removed, found.changed) == tuple(counts.values())
    columns = {
        name: sum(old[key][at] != new[key][at] for key in changed)
        for at, name in enumerate(("plain", "text", "secret"))
    }
    assert found.columns == {name: count for name, count in columns.items() if count}
    assert difference.counted(folder / found.file) == counts
    with (folder / found.file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == counts["added"] + counts["removed"] + sum(columns.values())
    for row in rows:
        key = tuple(row["key"].split("/"))
        assert (row["old_record"] != "") == (key in old) and (row["new_record"] != "") == (key in new)
        if row["column"] == "plain":
            assert row["new"].removeprefix("'") == new[key][0] and not row["new"].startswith(("=", "\t"))
        if row["column"] == "secret":
            assert {row["old"], row["new"]} == {"***"}
        assert "13800138000" not in row["old"] + row["new"] or row["column"] == "plain"


def test_lost_records_and_repeated_keys_stop_the_comparison(tmp_path: Path) -> None:
    """A reader that gives fewer records than were filed, or a key twice, is a fault of ours and seals nothing."""
    one = {("p", "1"): ("a", "b", "c")}
    first, second = _written(tmp_path / "old", one), _written(tmp_path / "new", one)
    with duckdb.connect() as con, pytest.raises(ReadBackMismatch, match="1 records read"):
        difference.compare(con, [TABLE], (tmp_path / "old", tmp_path / "new"), (first, {"f.json": 2}), tmp_path)
    rows = json.loads((tmp_path / "new" / "f.json").read_text())
    (tmp_path / "new" / "f.json").write_text(json.dumps(rows * 2))
    with duckdb.connect() as con, pytest.raises(ReadBackMismatch, match="twice"):
        difference.compare(con, [TABLE], (tmp_path / "old", tmp_path / "new"), (first, second), tmp_path)
