"""Tokens of a time authority: asked over a package's hash, checked offline, wrong in any byte and it does not count."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from loantape.errors import ConfigurationError
from loantape.filing.timestamp import FolderAuthority, HttpAuthority, TimeAuthorityFailed, check, stamp, token_path


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> FolderAuthority:
    return FolderAuthority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "p.zip"
    path.write_bytes(os.urandom(5000))
    return path


def test_a_token_is_checked_offline(tsa: FolderAuthority, package: Path) -> None:
    """It says when, by whom, and is checked with the root certificate alone, by us and by OpenSSL alike."""
    before = package.read_bytes()
    token = stamp(package, tsa)
    assert token == token_path(package) and package.read_bytes() == before
    seen = check(package, tsa.certificate)
    assert abs(datetime.now(UTC) - seen.at) < timedelta(minutes=30) and "test time authority" in seen.authority
    command = ["openssl", "ts", "-verify", "-data", package, "-in", token, "-CAfile", tsa.certificate]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    first = token.read_bytes()
    assert stamp(package, tsa).read_bytes() == first, "a token there is stays"


def test_what_is_wrong_does_not_count(tsa: FolderAuthority, package: Path, tmp_path: Path) -> None:
    """Other bytes, another root, no token, and most of all a changed token are told apart from a good one."""
    token = stamp(package, tsa)
    good = token.read_bytes()
    other = FolderAuthority(tmp_path / "other")
    stamp(package.with_name("q.zip") if shutil.copy(package, package.with_name("q.zip")) else package, other)
    with pytest.raises(ValueError, match="no trusted certificate"):
        check(package, other.certificate)
    for data in (b"", good[:-1], good[:100], b"\x30\x80" + b"\x00" * 50, os.urandom(500)):
        token.write_bytes(data)
        with pytest.raises(ValueError, match=r"not a token|trusted|other bytes"):
            check(package, tsa.certificate)
    token.write_bytes(good)
    package.write_bytes(b"other bytes")
    with pytest.raises(ValueError, match="other bytes"):
        check(package, tsa.certificate)
    token.unlink()
    with pytest.raises(ValueError, match="not beside"):
        check(package, tsa.certificate)
    with pytest.raises(ConfigurationError):
        check(package, package)


def test_a_changed_byte_is_noticed(tsa: FolderAuthority, package: Path) -> None:
    """Of 120 changed bytes none makes a token say something else: it is refused, or still says what was signed."""
    token = stamp(package, tsa)
    good, said = token.read_bytes(), check(package, tsa.certificate)
    refused = 0
    for position in range(0, len(good), max(1, len(good) // 120)):
        token.write_bytes(good[:position] + bytes([good[position] ^ 4]) + good[position + 1 :])
        try:
            assert check(package, tsa.certificate).at == said.at
        except ValueError:
            refused += 1
    assert refused > 100


@pytest.fixture
def http(tsa: FolderAuthority) -> Iterator[str]:
    """The test authority behind HTTP; ``/refuse`` answers with an error, ``/rubbish`` with no token."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            if self.path == "/refuse":
                self.send_error(500)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"rubbish" if self.path == "/rubbish" else tsa.stamp(asked))

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_authority_is_asked_over_http(http: str, tsa: FolderAuthority, package: Path) -> None:
    """A token arrives; an error, rubbish or no answer leaves nothing beside the package and may be tried again."""
    for path in ("/refuse", "/rubbish"):
        with pytest.raises(TimeAuthorityFailed) as failed:
            stamp(package, HttpAuthority(http + path))
        assert failed.value.retry_helps and not token_path(package).exists()
    with pytest.raises(TimeAuthorityFailed):
        stamp(package, HttpAuthority("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError):
        stamp(package, HttpAuthority("file:///etc/passwd"))
    stamp(package, HttpAuthority(http))
    assert check(package, tsa.certificate)
    assert sorted(path.name for path in package.parent.iterdir()) == ["p.zip", "p.zip.tsr"]


def test_a_token_of_another_question_is_refused(tsa: FolderAuthority, package: Path, tmp_path: Path) -> None:
    """An answer that was given to somebody else, even over the same bytes, is not taken for ours."""
    kept = stamp(package, tsa).read_bytes()
    token_path(package).unlink()

    class Replays:
        def stamp(self, request: bytes) -> bytes:
            return kept

    with pytest.raises(TimeAuthorityFailed, match="another question"):
        stamp(package, Replays())
