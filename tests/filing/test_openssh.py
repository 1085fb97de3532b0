"""Handing over to OpenSSH's SFTP server: what its disk holds at each moment, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest
from paramiko.sftp import CMD_OPEN, CMD_READ, CMD_RENAME, CMD_WRITE, BaseSFTP

from loantape.errors import ConfigurationError, FilingRefused
from loantape.outbox import HandOverFailed, SftpFolder, hand_over
from tests.filing.openssh import OpenSsh, openssh

CONTENT = {"p.zip.minisig": b"signature\n", "p.zip": os.urandom(300_000)}
FULL_AT = 200_000  # bytes: less than the package has


@pytest.fixture(scope="module")
def server() -> Iterator[OpenSsh]:
    with openssh() as one:
        yield one


@pytest.fixture
def arrived(server: OpenSsh, request: pytest.FixtureRequest) -> Path:
    """A folder of the server's that is empty."""
    return server.folder_in(request.node.name)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in CONTENT]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The kind of every request that goes to the server."""
    made: list[int] = []
    send = BaseSFTP._send_packet

    def sending(client: BaseSFTP, kind: int, packet: bytes) -> None:
        made.append(kind)
        send(client, kind, packet)

    monkeypatch.setattr(BaseSFTP, "_send_packet", sending)
    return made


@contextmanager
def place_at(server: OpenSsh, folder: Path) -> Iterator[SftpFolder]:
    with server.client() as client:
        yield SftpFolder(client, folder.name, f"sftp://bank/{folder.name}")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_has_its_name_only_when_it_is_whole(
    server: OpenSsh, arrived: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the server is asked anything, each name there that is a file's own holds all of it; it is read back."""
    send, states = BaseSFTP._send_packet, []

    def sending(client: BaseSFTP, kind: int, packet: bytes) -> None:
        states.append((kind, contents(arrived)))
        send(client, kind, packet)

    monkeypatch.setattr(BaseSFTP, "_send_packet", sending)
    with place_at(server, arrived) as place:
        assert hand_over(place, files)[-1].endswith("/p.zip")
    assert contents(arrived) == CONTENT
    for _, state in states:
        assert all(CONTENT[name] == data for name, data in state.items() if not name.startswith("."))
        assert "p.zip" not in state or "p.zip.minisig" in state
    renamed = [state for kind, state in states if kind == CMD_RENAME]
    assert len(renamed) == 2
    for state, data in zip(renamed, CONTENT.values(), strict=True):
        (aside,) = (found for name, found in state.items() if name.startswith("."))
        assert aside == data, "it is whole aside before it gets its name"
    assert any(0 < len(found) < len(data) for _, state in states for found in state.values()), "it was seen growing"


def test_what_is_there_is_not_sent_again(
    server: OpenSsh, arrived: Path, files: list[Path], requests: list[int]
) -> None:
    """The same bytes under the name are accepted after reading them: nothing is opened for writing or renamed."""
    for name, data in CONTENT.items():
        (arrived / name).write_bytes(data)
    with place_at(server, arrived) as place:
        hand_over(place, files)
    assert requests.count(CMD_OPEN) == len(CONTENT) and not {CMD_WRITE, CMD_RENAME} & set(requests)
    assert contents(arrived) == CONTENT


def test_other_content_is_refused_and_stays(server: OpenSsh, arrived: Path, files: list[Path]) -> None:
    """What lies there under the name is never replaced, though this server could, and nothing is left aside."""
    for data in (b"", b"x" * len(CONTENT["p.zip"])):
        (arrived / "p.zip").write_bytes(data)
        with place_at(server, arrived) as place, pytest.raises(FilingRefused, match="other content"):
            hand_over(place, files)
        assert contents(arrived) == CONTENT | {"p.zip": data}


def test_a_name_that_appears_meanwhile_is_not_replaced(server: OpenSsh, arrived: Path, files: list[Path]) -> None:
    """Somebody else's file that gets the name while ours is sent stays, and ours goes: the server does not rename."""

    class Meanwhile(SftpFolder):
        def rename(self, old: str, new: str) -> None:
            (arrived / new).write_bytes(b"somebody else's")
            super().rename(old, new)

    with server.client() as client, pytest.raises(FilingRefused, match="other content"):
        hand_over(Meanwhile(client, arrived.name, "sftp://bank/in"), files[:1])
    assert contents(arrived) == {"p.zip.minisig": b"somebody else's"}


def test_a_byte_that_changes_on_the_receivers_disk_is_noticed(
    server: OpenSsh, arrived: Path, files: list[Path]
) -> None:
    """What is read back is what the server has: another byte there, and the file never gets its name."""

    class Damaging(SftpFolder):
        def write(self, name: str, source: Path) -> None:
            super().write(name, source)
            with (arrived / name).open("r+b") as file:
                file.seek(5)
                file.write(b"\xff")

    with server.client() as client, pytest.raises(HandOverFailed):
        hand_over(Damaging(client, arrived.name, "sftp://bank/in"), files[:1])
    assert contents(arrived) == {}


# paramiko's own thread that reads ahead ends with an error when the line does
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_goes_away_leaves_no_half_file(
    server: OpenSsh, arrived: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session is killed while it writes, reads back or is to rename: nothing half is visible, a retry finishes."""
    send = BaseSFTP._send_packet
    with monkeypatch.context() as patched:
        made: list[int] = []
        patched.setattr(BaseSFTP, "_send_packet", lambda *one: (made.append(one[1]), send(*one)))
        with place_at(server, arrived) as place:
            hand_over(place, files)
    # by kind: how many packets there are of other kinds between them depends on what was answered meanwhile
    failed = 0
    for kind, gone_at in ((CMD_WRITE, made.count(CMD_WRITE) // 2), (CMD_READ, 0), (CMD_RENAME, 0)):
        for path in arrived.iterdir():
            path.unlink()
        asked = iter(range(gone_at + 1))

        def sending(*one: object, asked: Iterator[int] = asked, kind: int = kind, gone_at: int = gone_at) -> None:
            if one[1] == kind and next(asked, None) == gone_at:
                server.cut()
            send(*one)

        with monkeypatch.context() as patched:
            patched.setattr(BaseSFTP, "_send_packet", sending)
            # a line that ends while bytes are read back gives fewer of them, which is noticed as other bytes
            gone = (OSError, EOFError, paramiko.SSHException, HandOverFailed)
            try:
                with place_at(server, arrived) as place:
                    hand_over(place, files)
            except gone:
                failed += 1
            else:  # answers that were on their way already: then it is done
                assert contents(arrived) == CONTENT
        assert all(CONTENT[name] == data for name, data in contents(arrived).items() if not name.startswith("."))
        with place_at(server, arrived) as place:
            hand_over(place, files)
        assert contents(arrived) == CONTENT
    assert failed


def test_a_folder_that_nobody_may_write_to_is_named(server: OpenSsh, arrived: Path, files: list[Path]) -> None:
    """The error says which folder and whom to ask, and that trying again does not help; what is there is accepted."""
    arrived.chmod(0o555)
    try:
        with place_at(server, arrived) as place, pytest.raises(ConfigurationError, match=arrived.name) as refused:
            hand_over(place, files)
        assert "write" in str(refused.value) and not refused.value.retry_helps and contents(arrived) == {}
        arrived.chmod(0o755)
        for name, data in CONTENT.items():
            (arrived / name).write_bytes(data)
        arrived.chmod(0o555)
        with place_at(server, arrived) as place:
            assert hand_over(place, files)
    finally:
        arrived.chmod(0o755)


def test_a_full_disk_shows_nothing(files: list[Path], requests: list[int]) -> None:
    """A server that can keep no more bytes fails the hand-over, and keeps neither the package nor a part of it."""
    with openssh(most_bytes=FULL_AT) as server:
        arrived = server.folder_in("in")
        with place_at(server, arrived) as place, pytest.raises(HandOverFailed, match="disk"):
            hand_over(place, files)
        assert CMD_WRITE in requests and contents(arrived) == {"p.zip.minisig": CONTENT["p.zip.minisig"]}


def test_leftovers_of_killed_ones_are_removed(server: OpenSsh, arrived: Path, files: list[Path]) -> None:
    """A half file of a killed hand-over goes with the next one of that file; other files are left alone."""
    (arrived / ".p.zip.0123.part").write_bytes(b"half")
    (arrived / ".q.zip.0123.part").write_bytes(b"somebody else's")
    with place_at(server, arrived) as place:
        hand_over(place, files)
    assert contents(arrived) == CONTENT | {".q.zip.0123.part": b"somebody else's"}
