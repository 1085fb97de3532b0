"""Corrections in the whole journey: what is marked, what may still be filed, what a refresh does, what it shows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from loantape import compare, pipeline
from loantape.cli import main
from loantape.declare import Period
from loantape.errors import FilingRefused
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store import Reason, State

AT = datetime(2026, 11, 3, 6)
SEPTEMBER, OCTOBER = "demo_cashloan/2026-09", "demo_cashloan/2026-10"
Resend = Callable[..., Path]


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """September and October of thirty loans without any error, by period: they can be filed."""
    out = tmp_path_factory.mktemp("clean")
    folders = simulate("demo_cashloan", Period.parse("2026-10"), 30, out, seed=3, months=2, progress=silent())
    return {folder.name.rsplit("_", 1)[1]: folder for folder in folders}


@pytest.fixture
def correction(clean: Mapping[str, Path], resend: Resend, tmp_path: Path) -> Path:
    """September again, numbered 2: one balance changed, one fee gone."""
    edit = {("loan.csv", 3, "provision_amount"): "77.00"}
    return resend(clean["2026-09"], tmp_path / "correction", edit=edit, drop_rows={"fee.csv": 0}, sequence=2)


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def cli(ws: Workspace, *arguments: object) -> Done:
    """The command line on the workspace's store: as a process would run it, within this one."""
    where = ("--store", ws.store.root, "--keys", ws.keys.folder)
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr("sys.argv", ["loantape", *(str(one) for one in (*arguments, *where))])
        patched.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def reasons(ws: Workspace) -> dict[str, Reason]:
    return {record.name: record.stale.reason for record in ws.workflow.submissions() if record.stale}


def test_a_correction_after_the_next_period_was_checked(
    ws: Workspace, clean: Mapping[str, Path], correction: Path
) -> None:
    """October is stale, is not offered and not filed until a refresh checked it against the corrected September."""
    pipeline.run(ws, list(clean.values()), AT)
    assert list(pipeline.fileable(ws, "cn_pbc")) == [f"{OCTOBER}/v1"], "September has no month before"
    with pytest.raises(FilingRefused, match="2026-08"):
        pipeline.file(ws, f"{SEPTEMBER}/v1", "cn_pbc", AT)
    assert not list((ws.store.root / "filings").rglob("*.zip"))
    pipeline.run(ws, [correction], AT + timedelta(days=1))
    assert reasons(ws) == {f"{SEPTEMBER}/v1": Reason.REPLACED, f"{OCTOBER}/v1": Reason.PREVIOUS}
    assert f"{OCTOBER}/v1" not in pipeline.fileable(ws, "cn_pbc")
    with pytest.raises(FilingRefused, match="loantape refresh"):
        pipeline.file(ws, OCTOBER, "cn_pbc", AT)
    with pytest.raises(FilingRefused, match="v2 instead"):
        pipeline.file(ws, f"{SEPTEMBER}/v1", "cn_pbc", AT)
    assert not any(filing.sealed_at for filing in ws.workflow.filings())

    reviews = pipeline.refresh(ws, AT + timedelta(days=2))
    assert [review.submission for review in reviews] == [f"{OCTOBER}/v1"]
    assert reasons(ws) == {f"{SEPTEMBER}/v1": Reason.REPLACED}
    assert ws.workflow.state(f"{OCTOBER}/v1") is State.READY
    assert ws.workflow.submission(f"{OCTOBER}/v1").checked_against == f"{SEPTEMBER}/v2"
    assert pipeline.file(ws, OCTOBER, "cn_pbc", AT).is_file()
    before = ws.workflow.contents()
    assert pipeline.refresh(ws, AT + timedelta(days=3)) == []
    assert ws.workflow.contents() == before


def test_what_was_filed_is_not_checked_again_but_a_person_is_told(
    ws: Workspace, clean: Mapping[str, Path], correction: Path, resend: Resend, tmp_path: Path
) -> None:
    """A filed October stays as filed and due for an amendment until a delivery of its own replaces what is in force."""
    pipeline.run(ws, list(clean.values()), AT)
    package = pipeline.file(ws, OCTOBER, "cn_pbc", AT)
    with ws.store.reading(OCTOBER) as con:
        steps = con.execute("FROM steps ORDER BY step").fetchall()
    pipeline.run(ws, [correction], AT + timedelta(days=1))
    assert pipeline.refresh(ws, AT + timedelta(days=2)) == []
    pipeline.check(ws, OCTOBER, AT + timedelta(days=2))
    pipeline.measure(ws, OCTOBER, AT + timedelta(days=2))
    with ws.store.reading(OCTOBER) as con:
        assert con.execute("FROM steps ORDER BY step").fetchall() == steps
    assert [(record.name, due) for record, due in pipeline.stale(ws)] == [(f"{OCTOBER}/v1", True)]
    assert pipeline.file(ws, OCTOBER, "cn_pbc", AT + timedelta(days=2)) == package
    assert f"{OCTOBER}/v1" in pipeline.fileable(ws, "cn_pbc"), "what is sealed is found again, to be handed over"

    # the way out: the period once more, numbered, becomes a version that is checked against what counts now
    again = resend(clean["2026-10"], tmp_path / "again", sequence=2)
    pipeline.run(ws, [again], AT + timedelta(days=3))
    assert ws.workflow.submission(f"{OCTOBER}/v2").checked_against == f"{SEPTEMBER}/v2"
    pipeline.file(ws, OCTOBER, "cn_pbc", AT + timedelta(days=3), reason="September was corrected")
    assert [filing.sequence for filing in ws.workflow.filings("cn_pbc")] == [1, 2]
    assert pipeline.stale(ws) == []
    due = {listed.record.name: listed.amendment_due for listed in pipeline.submissions(ws)}
    assert not any(due.values())


def test_an_original_that_arrives_after_its_correction_changes_nothing(
    ws: Workspace, clean: Mapping[str, Path], correction: Path
) -> None:
    """The late original becomes v2, is replaced from the start, and October stays checked against the correction."""
    pipeline.run(ws, [correction, clean["2026-10"]], AT)
    pipeline.run(ws, [clean["2026-09"]], AT + timedelta(days=1))
    assert ws.store.name(SEPTEMBER) == f"{SEPTEMBER}/v1"
    assert reasons(ws) == {f"{SEPTEMBER}/v2": Reason.REPLACED}


def test_the_difference_of_a_correction_names_what_was_corrected(
    ws: Workspace, clean: Mapping[str, Path], correction: Path
) -> None:
    """Between the two Septembers lie one provision and one fee, and nothing else, with their lines and sums."""
    pipeline.run(ws, [clean["2026-09"], correction], AT)
    old, new = compare.pair(ws.store, SEPTEMBER)
    with compare.comparing(ws.store, old, new, silent()) as comparison:
        rows = list(comparison.rows())
        changed = {one.file for one in comparison.files if one.change != compare.SAME}
        sums = [(m.field, m.difference) for t in comparison.tables for m in t.money if m.difference]
    assert changed == {"loan.csv", "fee.csv"}
    assert [(row["table"], row["change"], row["field"], row["new"]) for row in rows] == [
        ("loan", "changed", "provision_amount", "77.00"),
        ("fee", "removed", None, None),
    ]
    assert (rows[0]["old_line"], rows[0]["new_line"], rows[1]["old_line"], rows[1]["new_line"]) == (5, 5, 2, None)
    with (clean["2026-09"] / "fee.csv").open(encoding="utf-8", newline="") as lines:
        removed = next(csv.DictReader(lines))
    assert sums == [
        ("provision_amount", Decimal("77.00") - Decimal(rows[0]["old"])),
        ("fee_amount", -Decimal(removed["fee_amount"])),
    ]


def test_the_command_line_shows_differences_states_and_the_way_out(
    ws: Workspace, clean: Mapping[str, Path], correction: Path, tmp_path: Path
) -> None:
    """`run` names what became stale, `submissions` why, `diff` what changed, `refresh` helps."""
    pipeline.run(ws, list(clean.values()), AT)
    done = cli(ws, "run", correction)
    assert done.returncode in (0, 1), done.stderr
    assert f"{OCTOBER}/v1: the period before it is now {SEPTEMBER}/v2" in done.stdout
    assert "loantape refresh" in done.stdout

    listed = {one["submission"]: one for one in json.loads(cli(ws, "submissions", "--json").stdout)}
    assert listed[f"{OCTOBER}/v1"]["stale"]["reason"] == "previous"
    assert listed[f"{SEPTEMBER}/v1"]["stale"]["because"] == f"{SEPTEMBER}/v2"
    assert (listed[f"{SEPTEMBER}/v2"]["sequence"], listed[f"{SEPTEMBER}/v2"]["stale"]) == (2, None)
    assert listed[f"{OCTOBER}/v1"]["findings"] == {"errors": 0, "warnings": 0, "infos": 0}
    shown = cli(ws, "submissions").stdout
    assert "replaces it" in shown and "取代" in shown and f"{OCTOBER}/v1" in shown

    found = json.loads(cli(ws, "diff", SEPTEMBER, "--json").stdout)
    assert (found["old"], found["new"]) == (f"{SEPTEMBER}/v1", f"{SEPTEMBER}/v2")
    (loan,) = (one for one in found["tables"] if one["table"] == "loan")
    assert (loan["changed"], loan["same"], loan["fields"]) == (1, 29, {"provision_amount": 1})
    shown = cli(ws, "diff", SEPTEMBER).stdout
    assert "provision_amount" in shown and "77.00" in shown and "行差异" in shown

    rows = list(csv.DictReader(cli(ws, "diff", SEPTEMBER, "--format", "csv").stdout.splitlines()))
    assert [(row["table"], row["change"]) for row in rows] == [("loan", "changed"), ("fee", "removed")]
    for form in ("json", "parquet", "xlsx"):
        out = tmp_path / f"difference.{form}"
        assert cli(ws, "diff", f"{SEPTEMBER}/v1", f"{SEPTEMBER}/v2", "--format", form, "--out", out).returncode == 0
        if form == "json":
            assert len(json.loads(out.read_text(encoding="utf-8"))) == 2
        elif form == "parquet":
            assert pq.read_table(out).column("new").to_pylist() == ["77.00", None]
        else:
            assert openpyxl.load_workbook(out)["differences"].max_row == 3

    done = cli(ws, "refresh")
    assert f"{OCTOBER}/v1: 0 errors" in done.stdout
    assert "nothing to refresh" in cli(ws, "refresh").stdout
    assert json.loads(cli(ws, "submissions", "--json").stdout)[-1]["stale"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("diff", SEPTEMBER), 2, "no version before it"),
        (("diff", "demo_cashloan/2026-01"), 2, "holds no submission"),
        (("diff", SEPTEMBER, OCTOBER, "--format", "xlsx"), 2, "name a file"),
        (("diff", SEPTEMBER, OCTOBER, "--format", "pdf"), 2, "choose csv"),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(
    arguments: tuple[str, ...], code: int, said: str, two_periods: Workspace
) -> None:
    """A comparison that cannot be made ends with exit code 2 and the next step, not with a trace."""
    done = cli(two_periods, *arguments)
    assert (done.returncode, "next:" in done.stderr, said in done.stderr) == (code, True, True), done.stderr


@pytest.fixture(scope="module")
def two_periods(
    tmp_path_factory: pytest.TempPathFactory, clean: Mapping[str, Path], open_workspace: Callable[[Path], Workspace]
) -> Workspace:
    """September and October, read and no more."""
    ws = open_workspace(tmp_path_factory.mktemp("two") / "store")
    for path in clean.values():
        pipeline.read(ws, pipeline.receive(ws, path, AT), AT)
    return ws


def test_two_periods_can_be_compared_too(two_periods: Workspace) -> None:
    """A month against the next: loans of both are compared field by field, the reporting date among them."""
    found = json.loads(cli(two_periods, "diff", SEPTEMBER, OCTOBER, "--json", "--rows", "0").stdout)
    (loan,) = (one for one in found["tables"] if one["table"] == "loan")
    assert loan["fields"]["snapshot_date"] == loan["changed"] > 0
    assert loan["old_rows"] - loan["removed"] + loan["added"] == loan["new_rows"]
    assert found["rows"] == []
