"""What was taken is not taken again, what changed is, what was refused is remembered; nothing is left behind."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loantape import landing, pipeline
from loantape.declare import Period
from loantape.errors import DeliveryError, StoreBusy
from loantape.landing import taking
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store.durable import locked

from .conftest import MANIFEST, contents, put

AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)
AT_ONCE = landing.Rules(settle_seconds=0)


def names(ws: pipeline.Workspace, place: landing.Place, **asked: bool) -> list[str]:
    return [one.name for one in landing.arrived(ws, place, AT_ONCE, **asked).ready]  # type: ignore[arg-type]


def take(ws: pipeline.Workspace, place: landing.Place, name: str, rules: landing.Rules = AT_ONCE) -> str | None:
    stamp = {one.name: one.stamp for one in landing.arrived(ws, place, rules, everything=True).ready}[name]
    return landing.receive(ws, place, name, stamp, AT, rules)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate("demo_cashloan", Period.parse("2026-10"), 20, folder, progress=silent())
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture
def delivery(folder: Path, simulated: Path) -> Path:
    """A real delivery of a simulated lender."""
    return Path(shutil.copytree(simulated, folder / simulated.name))


def finish(ws: pipeline.Workspace, submission: str) -> None:
    pipeline.read(ws, submission, AT)
    pipeline.check(ws, submission, AT)
    pipeline.measure(ws, submission, AT)


def test_a_delivery_is_listed_until_its_submission_is_finished_and_again_when_it_changes(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """A crash after receiving leaves it listed; a finished one is left out without being opened; a touched file, which
    may be a changed one, brings it back, and it is the same submission."""
    submission = take(workspace, place, delivery.name)
    assert submission and names(workspace, place) == [delivery.name]
    finish(workspace, submission)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing.Folder, "part", lambda *_: pytest.fail("an old delivery was opened"))
        assert names(workspace, place) == []
    assert names(workspace, place, everything=True) == [delivery.name]
    (delivery / MANIFEST).touch()
    assert names(workspace, place) == [delivery.name]
    assert take(workspace, place, delivery.name) == submission
    assert names(workspace, place) == []


def test_losing_the_notes_costs_time_only(workspace: pipeline.Workspace, place: landing.Folder, delivery: Path) -> None:
    """Without its note a delivery is taken again and is the same submission."""
    submission = take(workspace, place, delivery.name)
    assert submission
    finish(workspace, submission)
    before = workspace.workflow.contents()
    shutil.rmtree(workspace.store.root / ".landing")
    assert names(workspace, place) == [delivery.name]
    assert take(workspace, place, delivery.name) == submission
    assert workspace.workflow.contents() == before


def test_a_zip_is_taken_too(workspace: pipeline.Workspace, place: landing.Folder, delivery: Path) -> None:
    """A zip of a folder is the same submission as the folder."""
    submission = take(workspace, place, delivery.name)
    with zipfile.ZipFile(delivery.parent / "same.zip", "w") as packed:
        for file in delivery.iterdir():
            packed.write(file, file.name)
    assert take(workspace, place, "same.zip") == submission


def test_what_was_refused_is_remembered_with_its_reason_until_it_changes(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """A refusal leaves the store without a submission; the same bytes are offered again only on demand."""
    loan = next(path for path in delivery.iterdir() if path.suffix == ".csv")
    good = loan.read_bytes()
    loan.write_bytes(bytes(reversed(good)))
    with pytest.raises(DeliveryError, match="SHA-256"):
        take(workspace, place, delivery.name)
    assert names(workspace, place, refused=False) == [] and names(workspace, place) == [delivery.name]
    [note] = (workspace.store.root / ".landing").glob("*/*.refused")
    assert "SHA-256" in json.loads(note.read_text("utf-8"))["reason"]
    loan.write_bytes(good)
    assert names(workspace, place, refused=False) == [delivery.name]
    assert take(workspace, place, delivery.name)


def test_a_refusal_of_what_changed_meanwhile_is_none(
    workspace: pipeline.Workspace, place: landing.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the sender wrote while the delivery was read, it is left for the next look and no refusal is noted."""
    path = put(folder, "a", contents("2026-10"))

    def refuse(*_: object) -> str:
        (path / "loan_2026-10.csv").write_bytes(b"")
        raise DeliveryError("loan_2026-10.csv has another SHA-256 than the manifest says", "send it again")

    monkeypatch.setattr(pipeline, "receive", refuse)
    assert take(workspace, place, "a") is None
    assert not (workspace.store.root / ".landing").exists()


def test_each_delivery_is_announced_once_and_again_after_an_hour_while_it_is_not_taken(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """A look that finds only what was announced, refused or taken announces nothing; a change is announced."""

    def announced(at: datetime) -> list[str]:
        return [one.name for one in landing.announce(workspace, place, AT_ONCE, at).ready]

    assert announced(AT) == [delivery.name]
    assert announced(AT + timedelta(minutes=59)) == []
    assert announced(AT + timedelta(minutes=60)) == [delivery.name]
    assert announced(AT + timedelta(minutes=119)) == []
    submission = take(workspace, place, delivery.name)
    assert submission
    finish(workspace, submission)
    assert announced(AT + timedelta(days=1)) == []
    (delivery / MANIFEST).touch()
    assert announced(AT + timedelta(days=1)) == [delivery.name]


def test_a_marker_inside_a_folder_is_no_part_of_the_delivery(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """A declared marker is left out on the way into the store, and nothing stays in the spool."""
    (delivery / "_SUCCESS").touch()
    submission = take(workspace, place, delivery.name, landing.Rules(0, "_SUCCESS"))
    assert submission and not (workspace.store.original(submission) / "_SUCCESS").exists()
    assert list((workspace.store.root / ".spool").iterdir()) == []


def test_a_link_inside_a_folder_is_refused_on_every_way(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """A link is not followed, whether or not the delivery goes through the spool."""
    (delivery / "_SUCCESS").touch()
    (delivery / "x.csv").symlink_to("/etc/hostname")
    for rules in (AT_ONCE, landing.Rules(0, "_SUCCESS")):
        with pytest.raises(DeliveryError, match="not a regular file"):
            take(workspace, place, delivery.name, rules)


def test_the_spool_of_killed_processes_is_removed_and_that_of_others_is_not(
    workspace: pipeline.Workspace, place: landing.Folder, delivery: Path
) -> None:
    """What a killed process left goes with the next delivery; what somebody holds stays; nobody fetches twice."""
    spool = workspace.store.root / ".spool"
    for name in ("dead", "held"):
        (spool / name).mkdir(parents=True)
        (spool / name / "loan.csv").write_text("id")
    with locked(taking._lock(workspace.store.root, "held"), "a delivery"):
        assert take(workspace, place, delivery.name)
        assert [one.name for one in spool.iterdir()] == ["held"]
    own = taking.hashlib.sha256(f"{place.address}\n{delivery.name}".encode()).hexdigest()[:32]
    with locked(taking._lock(workspace.store.root, own), "this delivery"), pytest.raises(StoreBusy):
        take(workspace, place, delivery.name)


def test_old_deliveries_are_passed_over_without_opening_one(
    workspace: pipeline.Workspace, place: landing.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look over a thousand taken deliveries opens none of them, and finds the one that is new."""
    files = {"loan.csv": b"", MANIFEST: b"{}"}
    for number in range(1000):
        put(folder, f"old_{number}", files)
    notes = landing.Notes(workspace.store.root, place.address)
    for arrival in place.look().values():
        notes.note_received(arrival, "demo_cashloan/2026-10/v1", AT)
    monkeypatch.setattr(taking, "_finished", lambda _: frozenset({"demo_cashloan/2026-10/v1"}))
    monkeypatch.setattr(landing.Folder, "part", lambda *_: pytest.fail("an old delivery was opened"))
    monkeypatch.setattr(landing.Folder, "open_for_writing", lambda *_: pytest.fail("an old delivery was opened"))
    assert names(workspace, place) == []
    put(folder, "new", contents("2026-10"))
    monkeypatch.undo()
    monkeypatch.setattr(taking, "_finished", lambda _: frozenset({"demo_cashloan/2026-10/v1"}))
    assert names(workspace, place) == ["new"]
