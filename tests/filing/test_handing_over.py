"""Handing over: whole files under their names, once, in a folder and on a real SFTP server, whatever fails between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import paramiko
import pytest

from loantape.errors import ConfigurationError, FilingRefused
from loantape.outbox import Folder, HandOverFailed, Place, SftpFolder, hand_over
from tests.filing.sftp_server import Server

Receiver = tuple[Path, Callable[[], Place]]
CONTENT = {"p.zip.minisig": b"signature\n", "p.zip": os.urandom(70_000)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("sftp")
    (root / "in").mkdir()
    running = Server(root)
    yield running
    running.stop()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "sealed"
    folder.mkdir()
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in CONTENT]


@pytest.fixture(params=["folder", "sftp"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path, server: Server) -> Iterator[Receiver]:
    """Where the files arrive on this machine, and what opens the place, each time anew."""
    with ExitStack() as opened:
        if request.param == "folder":
            arrived = tmp_path / "box"
            arrived.mkdir()
            yield arrived, lambda: Folder(arrived)
        else:
            arrived = server.root / "in"
            shutil.rmtree(arrived)
            arrived.mkdir()
            server.fail = lambda _: False
            yield arrived, lambda: SftpFolder(opened.enter_context(server.client()), "/in", "sftp://bank/in")


def arrived_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_arrive_whole_and_only_once(receiver: Receiver, files: list[Path]) -> None:
    """A second hand-over changes nothing, not even the time of a file; nothing lies aside."""
    folder, place = receiver
    placed = hand_over(place(), files)
    assert placed[-1].endswith("/p.zip") and arrived_in(folder) == CONTENT
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert hand_over(place(), files) == placed
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times


def test_other_bytes_under_the_name_are_refused(receiver: Receiver, files: list[Path]) -> None:
    """What was handed over is never overwritten, whether it is longer, shorter or of the same length."""
    folder, place = receiver
    for data in (b"", b"x" * len(CONTENT["p.zip"]), CONTENT["p.zip"] + b"x"):
        (folder / "p.zip").write_bytes(data)
        with pytest.raises(FilingRefused, match="other content"):
            hand_over(place(), files)
        assert (folder / "p.zip").read_bytes() == data


def test_many_at_once_have_one_effect(receiver: Receiver, files: list[Path]) -> None:
    """Six hand-overs of the same files at the same time all succeed, and leave the files and nothing else."""
    folder, place = receiver
    for _ in range(5):
        for path in folder.iterdir():
            path.unlink()
        places = [place() for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda one: hand_over(one, files), places))
        assert len({tuple(one) for one in done}) == 1
        hand_over(places[0], files)
        assert arrived_in(folder) == CONTENT


def test_leftovers_of_killed_ones_are_removed(receiver: Receiver, files: list[Path]) -> None:
    """A half file aside is gone after the next hand-over of that file; other files are left alone."""
    folder, place = receiver
    (folder / ".p.zip.0123.part").write_bytes(b"half")
    (folder / ".q.zip.0123.part").write_bytes(b"somebody else's")
    hand_over(place(), files)
    assert arrived_in(folder) == {**CONTENT, ".q.zip.0123.part": b"somebody else's"}


# paramiko's own thread that reads ahead ends with an error when the line does
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_cut_line_anywhere_leaves_no_half_file(server: Server, files: list[Path]) -> None:
    """Cut before any request of the protocol, nothing is half visible, the signature is first, and a retry finishes."""
    folder = server.root / "in"
    shutil.rmtree(folder)
    folder.mkdir()
    server.fail, server.requests = (lambda _: False), []
    with server.client() as client:
        hand_over(SftpFolder(client, "/in", "sftp://bank/in"), files)
    total = len(server.requests)
    cuts = 0
    for at in range(total):
        for path in folder.iterdir():
            path.unlink()
        left = iter(range(at + 1))

        def cut(_: str, left: Iterator[int] = left, at: int = at) -> bool:
            return next(left, None) == at

        server.fail = cut
        with pytest.raises((OSError, EOFError, paramiko.SSHException)), server.client() as client:
            hand_over(SftpFolder(client, "/in", "sftp://bank/in"), files)
        server.fail = lambda _: False
        visible = {name: data for name, data in arrived_in(folder).items() if not name.startswith(".")}
        assert all(CONTENT[name] == data for name, data in visible.items())
        assert "p.zip" not in visible or "p.zip.minisig" in visible
        with server.client() as client:
            hand_over(SftpFolder(client, "/in", "sftp://bank/in"), files)
        assert arrived_in(folder) == CONTENT
        cuts += 1
    assert cuts >= 20


class _Lying(Folder):
    """A folder whose disk gives back another byte."""

    def read(self, name: str) -> Iterator[bytes]:
        for piece in super().read(name):
            yield bytes([piece[0] ^ 1]) + piece[1:]


def test_a_place_that_gives_back_other_bytes_shows_nothing(tmp_path: Path, files: list[Path]) -> None:
    """What cannot be read back as it was sent never gets its name, and trying again may help."""
    with pytest.raises(HandOverFailed) as failed:
        hand_over(_Lying(tmp_path / "sealed" / ".."), [files[0]])
    assert failed.value.retry_helps
    assert not list(tmp_path.glob("*p.zip*")) and not list(tmp_path.glob(".*"))


def test_a_folder_that_is_not_there_is_said_at_once(server: Server) -> None:
    """A wrong folder at the receiver's is a configuration error, and is not made."""
    with server.client() as client, pytest.raises(ConfigurationError, match="no folder /elsewhere"):
        SftpFolder(client, "/elsewhere", "sftp://bank/elsewhere")
    assert not (server.root / "elsewhere").exists()
