"""What is hashed while it is written is what is on the disk in the end."""

from __future__ import annotations

import hashlib
import io
import tempfile
import threading
import zipfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.beside import beside
from loantape.filing.sign import MinisignSigner, PublicKey, Signature
from loantape.keys import Keys
from loantape.zipped import write_zip
from templates.cn_pbc.writing import write_lines

NAMES = st.text(st.characters(exclude_characters="\x00/\\", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=5), st.sampled_from([None, 0, 100, 1 << 31]))
def test_the_bytes_told_while_a_zip_is_written_are_its_bytes(members: dict[str, bytes], limit: int | None) -> None:
    """Every byte comes once and in order, headers of large members (64 bits) included, and the zip is the same zip."""
    told: list[bytes] = []
    sources = {name: lambda data=data: io.BytesIO(data) for name, data in members.items()}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if limit is not None:
            patch.setattr(zipfile, "ZIP64_LIMIT", limit)
        one, other = Path(folder) / "one.zip", Path(folder) / "other.zip"
        write_zip(one, sources, told.append)
        write_zip(other, sources)
        assert b"".join(told) == one.read_bytes() == other.read_bytes()
        with zipfile.ZipFile(one) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == members


def test_a_signature_over_a_hash_made_while_writing_is_the_signature_over_the_file(tmp_path: Path) -> None:
    """A signer that is given its own hash signs as one that reads the file, and the signature holds."""
    package = tmp_path / "package.zip"
    key = Keys(tmp_path / "keys").signing_key()
    signer = MinisignSigner(key)
    hashing = signer.hashing()
    with beside(hashing.update) as also:
        write_zip(package, {"a": lambda: io.BytesIO(b"x" * 3_000_000), "b": lambda: io.BytesIO(b"y")}, also)
    made = signer.sign(package, "file:package.zip", hashing.digest())
    assert made == signer.sign(package, "file:package.zip")
    Signature.parse(made).verify(package, PublicKey.parse(key.public_text()))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), max_size=30))
def test_lines_are_the_texts_with_line_feeds_between(texts: list[str]) -> None:
    """No line feed before the first text or after the last, and the MD5 is that of the bytes written."""
    with duckdb.connect() as con, tempfile.TemporaryDirectory() as folder:
        con.execute("CREATE TABLE told (place INTEGER, line VARCHAR)")
        for place, text in enumerate(texts):
            con.execute("INSERT INTO told VALUES (?, ?)", [place, text])
        data = Path(folder) / "lines.dat"
        digest = write_lines(con, "line", "told ORDER BY place", {}, data)
        assert data.read_bytes() == "\n".join(texts).encode()
        assert digest == hashlib.md5(data.read_bytes()).hexdigest()


def test_lines_of_several_batches_follow_each_other(tmp_path: Path) -> None:
    """Half a million lines come out in order and whole."""
    with duckdb.connect() as con:
        write_lines(con, "i", "range(500000) AS r(i) ORDER BY i", {}, tmp_path / "lines.dat")
    assert (tmp_path / "lines.dat").read_bytes() == "\n".join(map(str, range(500_000))).encode()


def test_pieces_are_worked_on_one_at_a_time_in_their_order() -> None:
    """However slow the work is, it sees every piece in order, in one thread that is not the caller's."""
    seen: list[bytes] = []
    threads = set()

    def work(piece: bytes | memoryview) -> None:
        threads.add(threading.get_ident())
        seen.append(bytes(piece))

    with beside(work) as hand_over:
        for number in range(1000):
            hand_over(str(number).encode())
    assert seen == [str(number).encode() for number in range(1000)]
    assert len(threads) == 1 and threading.get_ident() not in threads


@pytest.mark.parametrize("after", [0, 100])
def test_what_the_work_raises_reaches_whoever_hands_pieces_over(after: int) -> None:
    """A full disk found by the thread that writes stops the one that makes."""

    def work(piece: bytes | memoryview) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), beside(work) as hand_over:
        for _ in range(1 + after):
            hand_over(b"piece")
