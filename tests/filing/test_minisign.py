"""Signatures are minisign's, said by the minisign program itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from loantape.filing.sign import MinisignSigner, signature_path
from loantape.keys import Keys


def minisign(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("minisign")
    assert program, "the minisign program is missing: `make system` installs it"
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def signed(tmp_path: Path, content: bytes) -> tuple[Path, Path]:
    keys = Keys(tmp_path / "keys")
    package = tmp_path / "package.zip"
    package.write_bytes(content)
    signature_path(package).write_bytes(MinisignSigner(keys.signing_key()).sign(package, "file:package.zip"))
    return package, tmp_path / "keys" / "signing.pub"


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 9000], ids=["empty", "one byte", "two megabytes"])
def test_minisign_accepts_our_signature(tmp_path: Path, content: bytes) -> None:
    """The program verifies file and trusted comment with the public key we hand out."""
    package, public = signed(tmp_path, content)
    done = minisign("-V", "-m", package, "-p", public)
    assert done.returncode == 0, done.stderr
    assert "file:package.zip" in done.stdout


def test_minisign_rejects_a_changed_file(tmp_path: Path) -> None:
    """One bit changed and the program says no."""
    package, public = signed(tmp_path, b"some bytes")
    package.write_bytes(b"some bytfs")
    assert minisign("-V", "-m", package, "-p", public).returncode != 0
