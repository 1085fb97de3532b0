"""A file that is still being written is never read, however writers and looks interleave.

Senders are generators that pause between any two system calls; the looks, the settling time, the wait between listing
and receiving let them go on by as much as a seeded die says, which may be nothing at all (an upload that stalls for
longer than the settling time). Every read goes through a watch that knows which files are being written.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import landing, pipeline
from loantape.errors import DeliveryError
from loantape.intake.delivery import open_delivery
from loantape.landing import places

from .conftest import MANIFEST, contents, zipped

AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)
Steps = Iterator[None]


class Watch:
    """Which files are being written, and what was read. Without ``closes`` a file is done with its last byte."""

    def __init__(self, folder: Path, closes: bool) -> None:
        self.folder = folder
        self.closes = closes
        self.writing: set[Path] = set()
        self.peeks = 0
        self.taken: dict[str, dict[str, bytes]] = {}

    def no_writer(self, path: Path) -> None:
        """Fails when the file, or a file in the folder, is being written."""
        busy = [one for one in self.writing if one == path or path in one.parents]
        assert not busy, f"{busy[0]} was read while it was being written"


def write(watch: Watch, path: Path, data: bytes, dice: random.Random, manner: str) -> Steps:
    """One file, in pieces, into ``path``: in place, in place with its room set aside first, or aside and renamed."""
    target = path
    if manner == "aside":
        suffix = dice.choice([".part", ".tmp", ".filepart", "~", ".WRITING"])
        target = path.with_name(dice.choice([f".{path.name}.x7", path.name + suffix]))
    watch.writing |= {path, target}
    with target.open("wb", buffering=0) as writing:
        yield
        if manner == "set aside":
            writing.truncate(len(data))
            yield
        pieces = sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(4)))
        for start, end in zip([0, *pieces], [*pieces, len(data)], strict=True):
            writing.write(data[start:end])
            if end == len(data) and not watch.closes and target == path:
                watch.writing.discard(path)
            yield
    if target != path:
        watch.writing.discard(target)
        target.rename(path)
    watch.writing.discard(path)
    yield


def send_folder(watch: Watch, name: str, files: dict[str, bytes], dice: random.Random, manners: list[str]) -> Steps:
    """A delivery as a folder, its files in any order, the manifest first, last or between."""
    path = watch.folder / name
    final = path
    if dice.random() < 0.2:
        path = watch.folder / dice.choice([f".{name}", f"{name}.uploading"])
    path.mkdir()
    yield
    order = list(files)
    dice.shuffle(order)
    for file in order:
        yield from write(watch, path / file, files[file], dice, dice.choice(manners))
    path.rename(final)


def send_zip(watch: Watch, name: str, files: dict[str, bytes], dice: random.Random, manners: list[str]) -> Steps:
    """A delivery as a zip."""
    yield from write(watch, watch.folder / f"{name}.zip", zipped(files), dice, dice.choice(manners))


def correct(watch: Watch, name: str, files: dict[str, bytes], dice: random.Random, manners: list[str]) -> Steps:
    """A delivery that is written over by its correction, file by file, while it may be on its way into the store."""
    first = contents("2026-08", rows=len(files))
    yield from send_folder(watch, name, {**first, MANIFEST: first[MANIFEST]}, dice, manners)
    for _ in range(dice.randrange(6)):
        yield
    path = watch.folder / name
    for file in first:
        if file != MANIFEST:
            yield from write(watch, path / f"{file}.tmp", b"", dice, "in place")
            (path / f"{file}.tmp").unlink()
            (path / file).unlink()
            yield
    for file, data in files.items():
        yield from write(watch, path / file, data, dice, dice.choice(manners))


def play(folder: Path, seed: int, manners: list[str], patch: pytest.MonkeyPatch, seen: bool) -> Watch:
    """Three senders and a landing that looks until all are taken; the last content of each must be what was taken."""
    dice = random.Random(seed)
    landing_folder = folder / "landing"
    landing_folder.mkdir(parents=True)
    watch = Watch(landing_folder, closes=seen)
    sent = {f"lender_{n}": contents(f"2026-{9 + n:02}", rows=dice.randrange(1, 9)) for n in range(3)}
    kinds = [send_folder, send_zip, correct]
    senders = [dice.choice(kinds)(watch, name, files, dice, manners) for name, files in sent.items()]

    def go_on(_: float = 0) -> None:
        for _ in range(dice.choice([0, 0, 1, 2, 5, 12])):
            if senders:
                sender = dice.choice(senders)
                if next(sender, "end") == "end":
                    senders.remove(sender)

    def receive(_: Any, path: Path, *more: Any) -> str:
        watch.no_writer(path)
        arrived = open_delivery(path)
        source = {one.name: one.read_bytes() for one in path.iterdir()} if path.is_dir() else {"": path.read_bytes()}
        go_on()
        for file in arrived.manifest.files:
            if path.is_dir() and len(source[file.name]) != file.bytes:
                raise DeliveryError(f"{file.name} has another size", "send it again")
        watch.taken[path.stem] = source
        return f"demo_cashloan/{arrived.manifest.period}/v1"

    part = landing.Folder.part

    def peek(self: Any, arrival: Any, file: Any, start: int, length: int) -> bytes:
        watch.peeks += 1
        if seen:
            watch.no_writer(self._path(arrival, file))
        return part(self, arrival, file, start, length)

    patch.setattr(pipeline, "receive", receive)
    patch.setattr(landing.Folder, "part", peek)
    workspace = _Workspace(folder / "store")
    place, rules = landing.Folder(landing_folder), landing.Rules(settle_seconds=1)
    for round_ in range(2000):
        go_on()
        ended = not senders
        listing = landing.arrived(workspace, place, rules, everything=False, sleep=go_on)  # type: ignore[arg-type]
        for arrival in listing.ready:
            go_on()
            if landing.receive(workspace, place, arrival.name, arrival.stamp, AT, rules):  # type: ignore[arg-type]
                workspace.finished |= set(landing.Notes(workspace.store.root, place.address)._received[arrival.stamp])
        if ended:
            assert not listing.waiting or listing.ready, (round_, listing)
            break
    last = {name: files if (landing_folder / name).exists() else {"": zipped(files)} for name, files in sent.items()}
    assert {name: watch.taken.get(name) for name in last} == last
    return watch


class _Record:
    def __init__(self, name: str) -> None:
        from loantape.store import State

        self.name, self.state = name, State.READY


class _Workspace:
    """A workspace whose submissions are finished as soon as they are received."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.finished: set[str] = set()
        self.store = type("Store", (), {"root": root})()
        self.workflow = self

    def submissions(self) -> list[_Record]:
        return [_Record(name) for name in self.finished]


@settings(max_examples=240, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_is_read_while_it_is_written(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """On a disk of this machine no byte of a file is read before its writer is done, wherever the writer stalls, and
    every delivery is taken in the end, in its last form."""
    with pytest.MonkeyPatch.context() as patch:
        play(tmp_path_factory.mktemp("play"), seed, ["in place", "set aside", "aside"], patch, seen=True)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_is_received_while_it_is_written_where_writers_cannot_be_seen(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """On a disk that does not tell who writes, sizes and temporary names alone keep a stalled upload from being
    received; only a manifest or a zip's end may have been looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "is_open_for_writing", lambda _: None)
        play(tmp_path_factory.mktemp("play"), seed, ["in place", "aside"], patch, seen=False)


def test_a_slow_writer_in_another_thread_is_waited_for(
    folder: Path, place: landing.Folder, workspace: pipeline.Workspace
) -> None:
    """In real time, with a real settling time, a delivery is listed only after its last file is closed."""
    files, closed = contents("2026-10", rows=40), threading.Event()

    def send(manifest_last: bool = False) -> None:
        path = folder / "slow"
        path.mkdir()
        for name in sorted(files, reverse=True):  # the manifest first
            with (path / name).open("wb", buffering=0) as writing:
                for at in range(0, len(files[name]), 97):
                    writing.write(files[name][at : at + 97])
                    time.sleep(0.01)
                if name == min(files):
                    time.sleep(0.3)  # everything is there: only the file is not closed yet
                    closed.set()

    sender = threading.Thread(target=send)
    sender.start()
    looks, rules = 0, landing.Rules(settle_seconds=0.03)
    while not (found := landing.arrived(workspace, place, rules)).ready:
        looks += 1
        assert looks < 500
    assert closed.is_set() and looks > 3 and [one.name for one in found.ready] == ["slow"]
    sender.join()


def test_a_change_between_listing_and_receiving_is_left(
    folder: Path, place: landing.Folder, workspace: pipeline.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed after it was listed, vanished, or was opened for writing, is not received and is no failure."""
    path = folder / "a"
    path.mkdir()
    for name, data in contents("2026-10").items():
        (path / name).write_bytes(data)
    rules = landing.Rules(settle_seconds=0)
    [arrival] = landing.arrived(workspace, place, rules).ready
    monkeypatch.setattr(pipeline, "receive", lambda *_: pytest.fail("it was received"))
    take: Callable[[], str | None] = lambda: landing.receive(  # noqa: E731
        workspace, place, arrival.name, arrival.stamp, AT, rules
    )
    with (path / "loan_2026-10.csv").open("ab"):
        assert take() is None
    (path / "loan_2026-10.csv").write_bytes(b"x")
    assert take() is None
    path.rename(folder / ".away")
    assert take() is None
