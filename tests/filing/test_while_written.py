"""What is hashed while it is written is what is on the disk in the end."""

from __future__ import annotations

import hashlib
import io
import tempfile
import threading
import zipfile
import zlib
from pathlib import Path
from time import sleep

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.beside import beside, sent_to_disk
from loantape.filing.sign import MinisignSigner, PublicKey, Signature
from loantape.keys import Keys
from loantape.zipped import Digests, digests_of, write_zip
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


def test_a_member_that_is_not_what_is_known_of_it_is_not_packed_unnoticed(tmp_path: Path) -> None:
    """A file that changes between its hash and its packing stops the package."""
    known = digests_of({"a": lambda: io.BytesIO(b"before"), "b": lambda: io.BytesIO(b"same")})
    assert known["a"] == Digests(6, hashlib.sha256(b"before").hexdigest(), zlib.crc32(b"before"))
    told: list[bytes] = []
    write_zip(tmp_path / "good.zip", {"b": lambda: io.BytesIO(b"same")}, told.append, known)
    assert b"".join(told) == (tmp_path / "good.zip").read_bytes()
    with pytest.raises(OSError, match="a changed"):
        write_zip(tmp_path / "bad.zip", {"a": lambda: io.BytesIO(b"beyond")}, known=known)


@pytest.mark.parametrize("wrong", [False, True])
def test_what_is_sent_to_the_disk_meanwhile_is_what_was_written(tmp_path: Path, wrong: bool) -> None:
    """Sending changes no byte, waits for a file that is not there yet, and hides no error of the one who writes."""
    path = tmp_path / "written"

    def write() -> None:
        with sent_to_disk(path):
            sleep(0.25)  # the file is looked for before there is one
            with path.open("wb") as file:
                for number in range(30):
                    file.write(str(number).encode() * 1000)
                    sleep(0.01)
            if wrong:
                raise OSError(28, "No space left on device")

    if wrong:
        with pytest.raises(OSError, match="No space"):
            write()
    else:
        write()
    assert path.read_bytes() == b"".join(str(number).encode() * 1000 for number in range(30))
    with sent_to_disk(tmp_path / "never"):
        pass


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
