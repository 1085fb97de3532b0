"""The demo's own promises: it sees every change, takes over no settings, and its exit code is true."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from loantape import pipeline
from loantape.declare import Period
from loantape.store import State

AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "examples" / "demo.py"
    spec = importlib.util.spec_from_file_location("loantape_demo", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whatever the demo sets in the environment is undone afterwards."""
    import os

    monkeypatch.setattr(os, "environ", os.environ.copy())
    return monkeypatch


def test_every_change_of_the_store_is_seen(demo: ModuleType, tmp_path: Path) -> None:
    """A changed, added or removed file and any new row of the workflow database change the fingerprint."""
    workspace = pipeline.Workspace.open(tmp_path / "store")

    def fill(folder: Path) -> None:
        (folder / "original").mkdir()
        (folder / "original" / "loan.csv").write_text("a")

    before = demo.fingerprint(workspace)
    period, digest = Period.parse("2026-10"), hashlib.sha256(b"a").hexdigest()
    name, _ = workspace.store.add_submission("demo_cashloan", period, digest, AT, fill)
    received = demo.fingerprint(workspace)
    assert received != before
    workspace.workflow.received(name, digest, AT, "demo")
    recorded = demo.fingerprint(workspace)
    assert recorded != received
    assert demo.fingerprint(workspace) == recorded
    (workspace.store.original(name) / "loan.csv").write_text("b")
    assert demo.fingerprint(workspace) != recorded
    (workspace.store.original(name) / "loan.csv").write_text("a")
    workspace.workflow.advance(name, State.READ, AT, "demo")
    assert demo.fingerprint(workspace) != recorded


def test_the_shell_s_settings_are_not_taken_over(
    demo: ModuleType, tmp_path: Path, settings: pytest.MonkeyPatch
) -> None:
    """A database or store that the shell points to is left alone."""
    import os

    os.environ["LOANTAPE_DATABASE_URL"] = "postgresql://production/loantape"
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "postgresql://production/airflow"
    demo.prepare_environment(tmp_path)
    assert not [name for name, value in os.environ.items() if "production" in value]
    assert os.environ["LOANTAPE_STORE"] == str(tmp_path / "store")


@pytest.mark.parametrize("failed", [[], ["loantape_intake.receive: failed"]])
def test_a_demo_without_filings_fails(
    demo: ModuleType, tmp_path: Path, settings: pytest.MonkeyPatch, failed: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """When tasks failed, or nothing was filed with a regulator, the exit code is 1 and the reason is printed."""
    settings.setattr(demo, "write_deliveries", lambda *_: None)
    settings.setattr(demo, "run_dags", lambda *_: failed)
    assert demo.main(["--dir", str(tmp_path)]) == 1
    sys.stdout.flush()
    printed = capfd.readouterr().out
    assert all(reason in printed for reason in [*failed, "no filing was made for cn_pbc", "nothing changed"])
