"""The DAGs: they load, keep the house rules, carry real deliveries through, and a failure stops only itself."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.errors import DeliveryError, StoreBusy
from loantape.progress import silent
from loantape.simulate import simulate

from .conftest import run, woken

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

DAGS = Path(__file__).resolve().parents[2] / "dags"


def test_every_dag_loads_and_each_regulator_has_one(dag_bag: Any) -> None:
    """No import errors; the DAGs are landing, intake, receipts and one filing per regulator in the catalog."""
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == {"loantape_landing", "loantape_intake", "loantape_receipts"} | {
        f"loantape_filing_{name}" for name in catalog.filings()
    }


def test_every_dag_survives_serialisation(dag_bag: Any) -> None:
    """What the scheduler stores of a DAG reads back to a DAG with the same tasks."""
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dag_bag.dags.values():
        again = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        assert {task.task_id for task in again.tasks} == {task.task_id for task in dag.tasks}


def test_house_rules(dag_bag: Any) -> None:
    """Every DAG says what it is, runs once at a time, never catches up; every task has an owner, retries and a text."""
    for dag in dag_bag.dags.values():
        assert "loantape" in dag.tags and dag.description and dag.doc_md
        assert dag.max_active_runs == 1 and dag.catchup is False
        for task in dag.tasks:
            assert task.owner == "loantape" and task.retries >= 1 and task.doc_md, task.task_id


@pytest.mark.parametrize("path", sorted(DAGS.glob("*.py")), ids=lambda path: path.name)
def test_dag_files_only_wire(path: Path) -> None:
    """A DAG file imports nothing heavy when parsed, asks no clock, opens no file and catches nothing blindly."""
    tree = ast.parse(path.read_text("utf-8"))
    top = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    top |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    light = {
        "__future__",
        "collections.abc",
        "contextlib",
        "datetime",
        "functools",
        "logging",
        "os",
        "pathlib",
        "typing",
    }
    assert top <= light | {
        "airflow.sdk",
        "airflow.sdk.exceptions",
        "airflow.sdk.io",
        "wiring",
        "loantape",
        "loantape.errors",
    }
    called = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "attr")}
    assert not called & {"now", "utcnow", "today", "open", "connect", "read_text"}
    caught = {ast.unparse(node.type) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type}
    assert caught <= {
        "LoantapeError",
        "ValueError",
        "SSHException",
    }  # the last: a receiver's server that lets nobody in


@pytest.mark.parametrize(
    ("error", "retried"),
    [(StoreBusy("busy", "wait"), True), (DeliveryError("bad", "send again"), False), (OSError("disk full"), True)],
)
def test_retries_follow_the_error(dag_bag: Any, error: Exception, retried: bool) -> None:
    """What trying again cannot help fails at once; everything else keeps the task's retries."""
    import wiring
    from airflow.sdk.exceptions import AirflowFailException

    @wiring.step
    def fail() -> None:
        raise error

    with pytest.raises(type(error) if retried else AirflowFailException):
        fail()


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty landing folder, and a store and keys beside it. Nothing is written into it while a DAG runs."""
    folder = tmp_path / "landing"
    folder.mkdir()
    monkeypatch.setenv("LOANTAPE_LANDING", str(folder))
    monkeypatch.setenv("LOANTAPE_SETTLE_SECONDS", "0")
    monkeypatch.setenv("LOANTAPE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOANTAPE_KEYS", str(tmp_path / "keys"))
    return folder


def test_deliveries_become_filings_and_a_rerun_changes_nothing(
    dag_bag: Any, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two months delivered at once the later is filed, with its movements since the earlier; XComs carry names."""
    from airflow.models.asset import AssetEvent
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    simulate("demo_cashloan", Period.parse("2026-10"), 40, landing, months=2, progress=silent())
    states = []
    woken()
    for again in (False, True):
        assert set(run(dag_bag.dags["loantape_intake"], everything=again).values()) == {"success"}
        assert set(run(dag_bag.dags["loantape_filing_cn_pbc"]).values()) == {"success"}
        workspace = pipeline.Workspace.from_environment()
        states.append(workspace.workflow.contents())
    assert states[0] == states[1]
    assert [record.state for record in workspace.workflow.submissions()] == ["ready", "filed"], (
        "September has no month before"
    )
    assert [filing.state for filing in workspace.workflow.filings()] == ["handed over"]
    assert {entry.at for entry in workspace.workflow.audit_entries()} == {"2026-11-03T06:00:00Z"}, "the run's own time"
    with workspace.store.reading("demo_cashloan/2026-10/v1") as con:
        skipped = con.execute("SELECT count(*) FROM rule_runs WHERE status = 'no previous period'").fetchone()
    assert skipped == (0,)
    with create_session() as session:
        values = [json.dumps(row.value) for row in session.query(XComModel).all()]
        tapes = {event.asset.name for event in session.query(AssetEvent).all()}
    assert values and max(map(len, values)) < 200
    assert "loantape_tape_demo_cashloan" in tapes
    assert woken() == {f"loantape_filing_{name}" for name in catalog.filings()}, "a finished tape wakes every filing"


@pytest.fixture
def stub(landing: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A journey that does nothing but keep a list of what was called; deliveries called ``bad…`` are unreadable."""
    calls: list[str] = []

    def note(name: str, answer: Callable[[Any], Any] = lambda _: None) -> None:
        def call(_: Any, subject: Any, *more: Any, **named: Any) -> Any:
            subject = Path(subject).name if name in ("receive", "hand_over") else subject
            calls.append(f"{name} {subject}")
            if str(subject).startswith("bad") and name in ("receive", "check", "file"):
                raise DeliveryError(f"{name} {subject}", "send it again")
            return answer(subject)

        monkeypatch.setattr(pipeline, name, call)

    stand_in = SimpleNamespace(store=SimpleNamespace(root=landing.parent), workflow=SimpleNamespace(submissions=list))
    monkeypatch.setattr(pipeline.Workspace, "from_environment", lambda: stand_in)
    note("receive", lambda name: name.replace("_", "/") + "/v1")
    note("review", lambda _: SimpleNamespace(errors=0, warnings=0))
    note("file", lambda name: landing.parent / (name.replace("/", "_") + ".zip"))
    note("hand_over", lambda name: f"outbox/{name}")
    for name in ("read", "check", "measure"):
        note(name)
    monkeypatch.setattr(pipeline, "fileable", lambda *_: ["bad/2026-09/v1", "good/2026-10/v1"])
    monkeypatch.setattr(pipeline, "amendable", lambda *_: [])
    monkeypatch.setattr(pipeline, "waiting", lambda *_: [])
    return calls


def test_an_unreadable_delivery_stops_only_itself(dag_bag: Any, landing: Path, stub: list[str]) -> None:
    """The other deliveries are measured, all are read before any is checked, and the run as a whole has failed."""
    for name in ("good_2026-09", "good_2026-10", "bad_2026-10"):
        (landing / name).mkdir()
        (landing / name / "manifest.json").write_text("{}")
    states = run(dag_bag.dags["loantape_intake"])
    assert states["receive", "bad_2026-10"] == "failed"
    assert states["measure", "good/2026-09/v1"] == states["measure", "good/2026-10/v1"] == "success"
    assert states["all_came_through", ""] == "failed"
    steps = [call.split()[0] for call in stub]
    assert max(i for i, step in enumerate(steps) if step == "read") < steps.index("check")


def test_a_refused_filing_stops_only_itself(dag_bag: Any, stub: list[str]) -> None:
    """The other submissions are sealed and handed over."""
    states = run(dag_bag.dags["loantape_filing_cn_pbc"])
    assert states["render_and_seal", "bad/2026-09/v1"] == "failed"
    assert states["hand_over", "good_2026-10_v1.zip"] == "success"
    assert "hand_over good_2026-10_v1.zip" in stub and not any("hand_over bad" in call for call in stub)


def test_an_empty_landing_folder_is_a_run_without_work(dag_bag: Any, landing: Path) -> None:
    """Nothing to do is success, with everything between the listing and the last count skipped."""
    states = run(dag_bag.dags["loantape_intake"])
    assert states["list_deliveries", ""] == states["all_came_through", ""] == "success"
    assert not set(states.values()) - {"success", "skipped"}


def test_a_missing_landing_folder_fails_at_once(dag_bag: Any, landing: Path) -> None:
    """A folder that is not there is a configuration error and no empty run."""
    landing.rmdir()
    assert run(dag_bag.dags["loantape_intake"])["list_deliveries", ""] == "failed"
