"""Intake starts when something has landed: announcements, real folders with writers at work, real S3 buckets."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from loantape import pipeline
from loantape.declare import Period
from loantape.progress import silent
from loantape.simulate import simulate

from .conftest import AT, run, woken

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate("demo_cashloan", Period.parse("2026-10"), 20, folder, progress=silent())
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty landing folder, and a store and keys beside it. Nothing is written into it but by the test."""
    folder = tmp_path / "landing"
    folder.mkdir()
    monkeypatch.setenv("LOANTAPE_LANDING", str(folder))
    monkeypatch.setenv("LOANTAPE_SETTLE_SECONDS", "0")
    monkeypatch.setenv("LOANTAPE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOANTAPE_KEYS", str(tmp_path / "keys"))
    return folder


def submissions() -> dict[str, str]:
    return {one.name: str(one.state) for one in pipeline.Workspace.from_environment().workflow.submissions()}


def test_a_finished_delivery_wakes_intake_once(dag_bag: Any, landing: Path, delivery: Path) -> None:
    """A look that finds something new wakes intake; one that finds nothing, or the same again, wakes nobody."""
    look = dag_bag.dags["loantape_landing"]
    woken()
    assert run(look) == {("look", ""): "skipped"} and woken() == set()
    shutil.copytree(delivery, landing / delivery.name)
    assert run(look) == {("look", ""): "success"} and woken() == {"loantape_intake"}
    assert run(look, AT + timedelta(minutes=5)) == {("look", ""): "skipped"} and woken() == set()
    assert run(look, AT + timedelta(minutes=70)) == {("look", ""): "success"} and woken() == {"loantape_intake"}
    assert set(run(dag_bag.dags["loantape_intake"]).values()) == {"success"}
    assert submissions() == {"demo_cashloan/2026-10/v1": "ready"}
    assert run(look, AT + timedelta(days=1)) == {("look", ""): "skipped"}
    states = run(dag_bag.dags["loantape_intake"], AT + timedelta(days=1))
    assert set(states.values()) == {"success", "skipped"} and ("receive", delivery.name) not in states


def test_a_late_predecessor_is_noticed_by_what_came_before_it(
    dag_bag: Any, landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When September arrives after October was taken in, October is checked against it without being received again."""
    simulate("demo_cashloan", Period.parse("2026-10"), 20, tmp_path / "sent", months=2, progress=silent())
    september, october = sorted(path for path in (tmp_path / "sent").iterdir() if path.is_dir())
    intake = dag_bag.dags["loantape_intake"]
    shutil.copytree(october, landing / october.name)
    assert run(intake)["all_came_through", ""] == "success"
    shutil.copytree(september, landing / september.name)
    states = run(intake, AT + timedelta(days=1))
    assert states["refresh", ""] == "success" and ("receive", october.name) not in states
    workspace = pipeline.Workspace.from_environment()
    with workspace.store.reading("demo_cashloan/2026-10/v1") as con:
        skipped = con.execute("SELECT count(*) FROM rule_runs WHERE status = 'no previous period'").fetchone()
    assert skipped == (0,)
    assert [one.stale for one in workspace.workflow.submissions()] == [None, None]


def test_a_run_takes_as_many_as_airflow_maps(
    dag_bag: Any, landing: Path, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one, the first of two is taken, and the second by the next run."""
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "1")
    shutil.copytree(delivery, landing / "a")
    shutil.copytree(delivery, landing / "b")
    for name, at in (("a", AT), ("b", AT + timedelta(days=1))):
        states = run(dag_bag.dags["loantape_intake"], at)
        assert [label for task, label in states if task == "receive"] == [name]
        assert states["all_came_through", ""] == "success"


def test_the_scheduler_starts_intake_on_an_announcement_and_every_morning(dag_bag: Any) -> None:
    """Intake's schedule is the landing asset or 06:00 UTC; looks come every five minutes unless set otherwise."""
    from airflow.serialization.serialized_objects import DagSerialization

    dag = dag_bag.dags["loantape_intake"]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    assert "0 6 * * *" in json.dumps(DagSerialization.to_dict(dag)) and timetable.asset_condition
    assert [key.name for key, _ in timetable.asset_condition.iter_assets()] == ["loantape_landed"]
    assert dag_bag.dags["loantape_landing"].schedule == timedelta(minutes=5)


def test_an_upload_at_work_is_left_alone_and_taken_when_it_is_done(
    dag_bag: Any, landing: Path, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a thread writes one delivery, in place and slowly, intake takes another, succeeds, and opens nothing of the
    first; once it is closed it is taken."""
    monkeypatch.setenv("LOANTAPE_SETTLE_SECONDS", "0.2")
    shutil.copytree(delivery, landing / "whole")
    slow, stop = landing / "slow", threading.Event()
    slow.mkdir()
    names = sorted((path.name for path in delivery.iterdir()), key=lambda name: name != "manifest.json")

    def send() -> None:
        for name in names:
            data = (delivery / name).read_bytes()
            with (slow / name).open("wb", buffering=0) as writing:
                writing.write(data[:-1])
                if name == names[-1]:
                    writing.write(data[-1:])
                    stop.wait(60)  # all bytes are there, the file is open
                    return
                writing.write(data[-1:])

    sender = threading.Thread(target=send)
    sender.start()
    while not (slow / names[-1]).exists() or (slow / names[-1]).stat().st_size < (delivery / names[-1]).stat().st_size:
        time.sleep(0.01)
    states = run(dag_bag.dags["loantape_intake"])
    assert states["receive", "whole"] == states["all_came_through", ""] == "success"
    assert ("receive", "slow") not in states
    stop.set()
    sender.join()
    states = run(dag_bag.dags["loantape_intake"], AT + timedelta(minutes=5))
    assert states["receive", "slow"] == "success" and ("receive", "whole") not in states
    assert submissions() == {"demo_cashloan/2026-10/v1": "ready"}


def test_a_delivery_that_changes_after_it_was_listed_is_no_failure(
    dag_bag: Any, landing: Path, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is skipped, the others are measured, and the run succeeds."""
    from loantape.landing import Folder

    for name in ("first", "second"):
        shutil.copytree(delivery, landing / name)
    look = Folder.look

    def looked(self: Any, names: Any = None) -> Any:
        if names == {"first"}:  # ``receive`` looks at its own delivery only
            (landing / "first" / "manifest.json").touch()
        return look(self, names)

    monkeypatch.setattr(Folder, "look", looked)
    states = run(dag_bag.dags["loantape_intake"])
    assert states["receive", "first"] == "success" and states["measure", "demo_cashloan/2026-10/v1"] == "success"
    assert "skipped" in [state for (task, _), state in states.items() if task == "read"]
    assert states["all_came_through", ""] == "success"


def test_what_stays_unfinished_is_warned_of_by_name_and_reason(
    dag_bag: Any, landing: Path, delivery: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A delivery that lacks a file for long is a warning in the log of a run that succeeds."""
    import wiring
    from airflow.sdk import DAG  # noqa: F401 - Airflow's logging is set up before it is listened to

    from loantape import landing as places

    shutil.copytree(delivery, landing / "half")
    missing = next((landing / "half").glob("*.csv"))
    missing.unlink()
    assert run(dag_bag.dags["loantape_intake"])["all_came_through", ""] == "success"
    found = places.look_twice(places.Folder(landing), lambda _: True, places.Rules(0)).waiting
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.INFO, "wiring"):
        for days in (0, 1):
            since = found[0].unchanged_since
            patch.setattr(wiring, "run_time", lambda since=since, days=days: since + timedelta(days=days))
            wiring.say_what_waits(found)
    assert [one.levelname for one in caplog.records] == ["INFO", "WARNING"]
    assert all("'half' is not finished" in text and missing.name in text for text in caplog.messages)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks the S3 protocol, on a port of its own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_intake_from_a_bucket(
    dag_bag: Any, landing: Path, delivery: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Airflow's connection and object storage path, deliveries in an S3 bucket become submissions with the
    bytes that were uploaded; one whose multi-part upload is not completed waits for it."""
    connection = f"landing_{secrets.token_hex(4)}"  # file systems are remembered by connection
    client: Any = boto3.client(
        "s3", endpoint_url=s3, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )
    client.create_bucket(Bucket="inbox")
    said = {"conn_type": "aws", "login": "k", "password": "s", "extra": {"endpoint_url": s3}}
    monkeypatch.setenv(f"AIRFLOW_CONN_{connection.upper()}", json.dumps(said))
    monkeypatch.setenv("LOANTAPE_LANDING", f"s3://{connection}@inbox/lenders")
    files = {path.name: path.read_bytes() for path in delivery.iterdir()}
    large = max(files, key=lambda name: len(files[name]))
    for name, data in files.items():
        if name != large:
            client.put_object(Bucket="inbox", Key=f"lenders/oct/{name}", Body=data)
    where = {"Bucket": "inbox", "Key": f"lenders/oct/{large}"}
    upload = {**where, "UploadId": client.create_multipart_upload(**where)["UploadId"]}
    tag = client.upload_part(**upload, PartNumber=1, Body=files[large])["ETag"]

    intake, look = dag_bag.dags["loantape_intake"], dag_bag.dags["loantape_landing"]
    assert run(look) == {("look", ""): "skipped"}
    assert run(intake)["all_came_through", ""] == "success" and submissions() == {}
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert run(look, AT + timedelta(minutes=5)) == {("look", ""): "success"}
    assert run(intake, AT + timedelta(minutes=6))["receive", "oct"] == "success"
    assert submissions() == {"demo_cashloan/2026-10/v1": "ready"}
    store = pipeline.Workspace.from_environment().store
    original = store.original("demo_cashloan/2026-10/v1")
    assert {path.name: path.read_bytes() for path in original.iterdir()} == files
    assert list((store.root / ".spool").iterdir()) == []
    assert ("receive", "oct") not in run(intake, AT + timedelta(minutes=7))


@pytest.mark.parametrize("address", ["gopher://inbox/lenders", "", "s3://inbox_nobody_made/lenders"])
def test_a_place_that_cannot_be_read_fails_at_once(
    dag_bag: Any, landing: Path, s3: str, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """No address, an unknown kind of address and a missing bucket fail the listing, and are no empty run."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "k")
    monkeypatch.setenv("LOANTAPE_LANDING", address)
    assert run(dag_bag.dags["loantape_intake"])["list_deliveries", ""] == "failed"
