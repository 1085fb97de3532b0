"""Deliveries in an S3 bucket, over the real protocol: seen by listing, fetched as they were seen or not at all."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import s3fs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape import landing, pipeline
from loantape.errors import ConfigurationError, DeliveryError
from loantape.intake.delivery import open_delivery

from .conftest import MANIFEST, Sender, contents, zipped

AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)
AT_ONCE = landing.Rules(settle_seconds=0)
FIVE_MIB = 5 << 20  # the least a part of an S3 upload may hold, unless it is the last


def ready(place: landing.Place) -> list[str]:
    return [one.name for one in landing.look_twice(place, lambda _: True, AT_ONCE).ready]


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, bytes]]:
    """What reached ``pipeline.receive``, after it was checked as that checks it; nothing goes into the store."""
    taken: dict[str, dict[str, bytes]] = {}

    def receive(ws: Any, path: Path, at: datetime, progress: Any) -> str:
        assert (ws.store.root / ".spool").stat().st_mode & 0o077 == 0
        arrived = open_delivery(path)
        files = {one.name: one.read_bytes() for one in path.iterdir()} if path.is_dir() else {"": path.read_bytes()}
        taken[path.name] = files
        return f"demo_cashloan/{arrived.manifest.period}/v1"

    monkeypatch.setattr(pipeline, "receive", receive)
    return taken


def take_all(ws: pipeline.Workspace, place: landing.Place, rules: landing.Rules = AT_ONCE) -> list[str | None]:
    listing = landing.arrived(ws, place, rules)
    return [landing.receive(ws, place, one.name, one.stamp, AT, rules) for one in listing.ready]


def test_folders_and_zips_are_taken_as_they_were_sent(
    bucket: landing.Bucket,
    sender: Sender,
    workspace: pipeline.Workspace,
    received: dict[str, dict[str, bytes]],
) -> None:
    """Bytes arrive unchanged, objects of other names are left out, nothing stays in the spool."""
    folder, packed = contents("2026-10", rows=3000), zipped(contents("2026-09"))
    sender.put_all("a", folder)
    sender.put("b.zip", packed)
    sender.put("b.answers.csv", b"rule\n")
    sender.put(".aside/manifest.json", b"{}")
    sender.put("a.zip.part", packed)
    sender.put("", b"")  # what consoles make when somebody makes a folder
    sender.put("empty/", b"")
    sender.put("ab/loan.csv", b"")
    assert take_all(workspace, bucket) == ["demo_cashloan/2026-10/v1", "demo_cashloan/2026-09/v1"]
    assert received == {"a": folder, "b.zip": {"": packed}}
    assert list((workspace.store.root / ".spool").iterdir()) == []


def test_an_upload_that_is_not_complete_is_not_there(bucket: landing.Bucket, sender: Sender) -> None:
    """A multi-part upload shows up with its last word; until then its folder waits for it by name."""
    files = contents("2026-10")
    large = b"x" * FIVE_MIB
    sender.put_all("a", {name: data for name, data in files.items() if not name.startswith("loan")})
    upload = sender.begin("a/loan_2026-10.csv")
    sender.part("a/loan_2026-10.csv", upload, 1, large)
    found = landing.look_twice(bucket, lambda _: True, AT_ONCE)
    assert (
        not found.ready and "'loan_2026-10.csv' is in its manifest.json and has not arrived" in found.waiting[0].reason
    )
    last = sender.part("a/loan_2026-10.csv", upload, 2, files["loan_2026-10.csv"])
    sender.complete("a/loan_2026-10.csv", upload, [last])
    assert ready(bucket) == ["a"]


@pytest.mark.parametrize("when", ["before the first byte", "between two blocks", "after the last byte"])
@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_an_object_that_changes_while_it_is_fetched_is_left_for_the_next_look(
    bucket: landing.Bucket,
    sender: Sender,
    workspace: pipeline.Workspace,
    received: dict[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    how: str,
) -> None:
    """Another content of the same size is noticed by its tag; nothing is received, noted or left behind."""
    files = contents("2026-10")
    loan = "loan_2026-10.csv"
    sender.put_all("a", files)
    [arrival] = landing.arrived(workspace, bucket, AT_ONCE).ready
    changed = []

    def change() -> None:
        if not changed:
            changed.append(True)
            if how == "replaced":
                sender.put(f"a/{loan}", files[loan][::-1])
            else:
                sender.client.delete_object(Bucket=sender.bucket, Key=f"lenders/a/{loan}")

    class Slow(s3fs.core.S3File):  # type: ignore[misc]
        def read(self, length: int = -1) -> bytes:
            if not self.path.endswith(loan):
                return bytes(super().read(length))
            if when == "before the first byte" or (when == "between two blocks" and self.tell()):
                change()
            block = bytes(super().read(5))
            if when == "after the last byte" and not block:
                change()
            return block

    monkeypatch.setattr(s3fs.core, "S3File", Slow)
    assert landing.receive(workspace, bucket, "a", arrival.stamp, AT, AT_ONCE) is None
    assert changed and not received and list((workspace.store.root / ".spool").iterdir()) == []
    monkeypatch.undo()
    names = ready(bucket)
    assert names == (["a"] if how == "replaced" else [])


def test_what_is_no_delivery_is_refused_before_it_is_fetched(
    bucket: landing.Bucket, sender: Sender, workspace: pipeline.Workspace
) -> None:
    """Objects below a folder in the delivery, and objects the manifest does not list, are refused by name."""
    sender.put_all("deep", {**contents("2026-10"), "more/loan.csv": b""})
    sender.put_all("climbs", {**contents("2026-10"), "../../../up.csv": b""})
    sender.put_all("more", {**contents("2026-10"), "junk.bin": b"x" * 100})
    stamps = {one.name: one.stamp for one in landing.arrived(workspace, bucket, AT_ONCE).ready}
    assert set(stamps) == {"deep", "more"}, "a hidden name is left alone"
    with pytest.raises(DeliveryError, match=r"'more/loan\.csv' in deep is not a regular file"):
        landing.receive(workspace, bucket, "deep", stamps["deep"], AT, AT_ONCE)
    with pytest.raises(DeliveryError, match=r"'junk\.bin' is in more but not in the manifest"):
        landing.receive(workspace, bucket, "more", stamps["more"], AT, AT_ONCE)
    assert list(workspace.store.root.rglob("*.csv")) == []


def test_a_marker_is_no_part_of_the_delivery(
    bucket: landing.Bucket,
    sender: Sender,
    workspace: pipeline.Workspace,
    received: dict[str, dict[str, bytes]],
) -> None:
    """With ``_SUCCESS`` declared it is waited for and not fetched."""
    rules = landing.Rules(0, "_SUCCESS")
    sender.put_all("a", contents("2026-10"))
    assert take_all(workspace, bucket, rules) == []
    sender.put("a/_SUCCESS", b"")
    assert take_all(workspace, bucket, rules) == ["demo_cashloan/2026-10/v1"]
    assert set(received["a"]) == set(contents("2026-10"))


def test_a_bucket_that_is_not_there_is_a_configuration_error(bucket: landing.Bucket, s3_address: str) -> None:
    """An empty prefix is an empty landing place, a missing bucket is none."""
    assert bucket.look() == {}
    filesystem = s3fs.S3FileSystem(key="k", secret="s", endpoint_url=s3_address)
    with pytest.raises(ConfigurationError, match="s3://nowhere/x is not there"):
        landing.Bucket(filesystem, "nowhere-at-all/x", "s3://nowhere/x").look()


# LOANTAPE_LONG=1 plays them all
@settings(
    max_examples=200 if os.environ.get("LOANTAPE_LONG") == "1" else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32 - 1))
def test_uploads_and_looks_interleave(
    s3_address: str,
    tmp_path_factory: pytest.TempPathFactory,
    received: dict[str, dict[str, bytes]],
    seed: int,
) -> None:
    """However single puts, multi-part uploads, corrections and looks interleave, only whole deliveries are taken, and
    in the end each in its last form."""
    dice = random.Random(seed)
    sender = Sender(s3_address)
    workspace = pipeline.Workspace.open(tmp_path_factory.mktemp("play") / "store")
    filesystem = s3fs.S3FileSystem(key="k", secret="s", endpoint_url=s3_address)
    place = landing.Bucket(filesystem, f"{sender.bucket}/lenders", f"s3://{sender.bucket}")
    received.clear()
    versions = [contents(f"2026-{month:02}", rows=dice.randrange(1, 5)) for month in (9, 10)]

    def send() -> Any:
        for files in versions[dice.randrange(2) :]:
            names = list(files)
            dice.shuffle(names)
            for name in names:
                if dice.random() < 0.3:
                    upload = sender.begin(f"a/{name}")
                    yield
                    parts = [sender.part(f"a/{name}", upload, 1, files[name])]
                    yield
                    sender.complete(f"a/{name}", upload, parts)
                else:
                    sender.put(f"a/{name}", files[name])
                yield
            for name in sender_names() - set(files):
                sender.client.delete_object(Bucket=sender.bucket, Key=f"lenders/a/{name}")
                yield

    def sender_names() -> set[str]:
        listed = sender.client.list_objects_v2(Bucket=sender.bucket).get("Contents", [])
        return {one["Key"].rpartition("/")[2] for one in listed}

    sending, over = send(), False
    for _ in range(200):

        def go_on(_: float = 0) -> None:
            nonlocal over
            for _ in range(dice.choice([0, 1, 1, 3])):
                over = over or next(sending, "end") == "end"

        go_on()
        ended = over
        for one in landing.arrived(workspace, place, AT_ONCE, sleep=go_on).ready:
            go_on()
            try:
                landing.receive(workspace, place, one.name, one.stamp, AT, AT_ONCE)
            except DeliveryError:
                assert set(sender_names()) != set(versions[1]), "a whole delivery was refused"
            else:
                assert received.get("a") in (None, *versions)
        if ended:
            break
    assert received["a"] == versions[1] and MANIFEST in received["a"]
