"""Bad deliveries: each is a clear error that names the file and the next step, and leaves nothing behind."""

from __future__ import annotations

import errno
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog
from loantape.errors import EXIT_UNREADABLE, DeliveryError, UnknownLender
from loantape.intake import archives
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.flow import DiskFull
from loantape.progress import silent

ROW = b"A,U,N,b,M,Y,2026-01-31,12/2026\n"


def take(path: Path, lender: Any, target: Path) -> None:
    target.mkdir()
    receive(open_delivery(path), lender, target, silent())


def refused(path: Path, lender: Any, target: Path, *words: str) -> None:
    """The delivery is refused with these words, a next step, the exit code for unreadable input, and no trace."""
    with pytest.raises(DeliveryError) as caught:
        take(path, lender, target)
    assert caught.value.exit_code == EXIT_UNREADABLE and caught.value.next_step and not caught.value.retry_helps
    assert all(word in caught.value.what for word in words), caught.value.what
    assert list(target.iterdir()) == []


@pytest.fixture
def sent(tmp_path: Path, tools: Any) -> Path:
    folder: Path = tools.write_delivery(
        tmp_path / "sent", {"partner.csv": tools.HEADER + b"\n" + ROW}, tools.small_lender()
    )
    return folder


def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def edit_file(folder: Path, **values: Any) -> None:
    edit(folder, lambda manifest: manifest["files"][0].update(values))


def rename(folder: Path, name: str) -> None:
    """The delivered file has this name, and the manifest says so."""
    (folder / "partner.csv").rename(folder / name)
    edit_file(folder, name=name)


def both(folder: Path, name: str) -> None:
    """The delivered file is there a second time under this name, and the manifest says so."""
    (folder / name).write_bytes((folder / "partner.csv").read_bytes())
    edit(folder, lambda m: m["files"].append(dict(m["files"][0], name=name)))


def test_a_good_delivery_is_taken(sent: Path, tools: Any, tmp_path: Path) -> None:
    """The same delivery as a folder and as a zip arrives byte for byte and has the same identity."""
    packed = tmp_path / "sent.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(sent.iterdir()):
            archive.write(file, file.name)
    assert open_delivery(sent).content_sha256 == open_delivery(packed).content_sha256
    for at, path in enumerate((sent, packed)):
        target = tmp_path / f"t{at}"
        take(path, tools.small_lender(), target)
        assert {p.name: p.read_bytes() for p in (target / "original").iterdir()} == {
            p.name: p.read_bytes() for p in sent.iterdir()
        }
        assert [p.name for p in target.iterdir()] == ["original"]


CHANGES: list[tuple[str, Callable[[Path], Any], tuple[str, ...]]] = [
    ("missing file", lambda f: (f / "partner.csv").unlink(), ("partner.csv",)),
    ("extra file", lambda f: (f / "more.csv").write_bytes(b""), ("more.csv",)),
    ("no manifest", lambda f: (f / "manifest.json").unlink(), ("manifest.json",)),
    ("not JSON", lambda f: (f / "manifest.json").write_text("{"), ("manifest.json", "not JSON")),
    ("JSON of another kind", lambda f: (f / "manifest.json").write_text("[1]"), ("manifest.json",)),
    ("not UTF-8", lambda f: (f / "manifest.json").write_bytes(b"\xff"), ("manifest.json", "UTF-8")),
    ("nested too deep", lambda f: (f / "manifest.json").write_text("[" * 100_000), ("manifest.json",)),
    ("not a number", lambda f: (f / "manifest.json").write_text('{"a": NaN}'), ("manifest.json", "NaN")),
    ("key twice", lambda f: (f / "manifest.json").write_text('{"a": 1, "a": 1}'), ("manifest.json", "twice")),
    ("wrong hash", lambda f: edit_file(f, sha256="0" * 64), ("partner.csv", "SHA-256")),
    ("no hash", lambda f: edit_file(f, sha256="x"), ("SHA-256", "files[0]")),
    ("wrong count", lambda f: edit_file(f, lines=3), ("partner.csv", "2 lines", "3")),
    ("wrong bytes", lambda f: edit_file(f, bytes=3), ("partner.csv", "bytes")),
    ("count as text", lambda f: edit_file(f, lines="2"), ("files[0].lines",)),
    ("count as flag", lambda f: edit_file(f, lines=True), ("files[0].lines",)),
    ("sequence as text", lambda f: edit(f, lambda m: m.update(sequence="2")), ("sequence",)),
    ("sequence as flag", lambda f: edit(f, lambda m: m.update(sequence=True)), ("sequence",)),
    ("sequence as fraction", lambda f: edit(f, lambda m: m.update(sequence=2.0)), ("sequence",)),
    ("sequence from 0", lambda f: edit(f, lambda m: m.update(sequence=0)), ("sequence",)),
    ("sequence without end", lambda f: edit(f, lambda m: m.update(sequence=1_000_000_001)), ("sequence",)),
    ("no sequence", lambda f: edit(f, lambda m: m.update(sequence=None)), ("sequence",)),
    ("rows as number", lambda f: edit_file(f, control_totals={"partner.rows": 1}), ("partner.rows",)),
    ("rows as fraction", lambda f: edit_file(f, control_totals={"partner.rows": "1.0"}), ("partner.rows", "whole")),
    ("negative rows", lambda f: edit_file(f, control_totals={"partner.rows": "-1"}), ("partner.rows", "whole")),
    ("rows of nothing", lambda f: edit_file(f, control_totals={"rows": "1"}), ("table.field",)),
    ("negative count", lambda f: edit_file(f, lines=-1), ("files[0].lines",)),
    ("fraction", lambda f: edit_file(f, bytes=1.5), ("files[0].bytes",)),
    ("unknown key", lambda f: edit(f, lambda m: m.update(colour="red")), ("colour",)),
    ("unknown file key", lambda f: edit_file(f, size=1), ("size", "files[0]")),
    ("missing key", lambda f: edit(f, lambda m: m.pop("schema")), ("schema",)),
    ("wrong format", lambda f: edit(f, lambda m: m.update(format="x/1")), ("format",)),
    ("wrong schema version", lambda f: edit(f, lambda m: m.update(schema="small/2")), ("small/2", "small/1")),
    ("another lender", lambda f: edit(f, lambda m: m.update(lender="other")), ("other",)),
    ("lender as path", lambda f: edit(f, lambda m: m.update(lender="../x")), ("lender",)),
    ("bad period", lambda f: edit(f, lambda m: m.update(period="2026-13-01")), ("period",)),
    ("odd period", lambda f: edit(f, lambda m: m.update(period="20261031")), ("period",)),
    ("no period", lambda f: edit(f, lambda m: m.update(period=None)), ("period",)),
    ("no files", lambda f: edit(f, lambda m: m.update(files=[])), ("files",)),
    ("files as object", lambda f: edit(f, lambda m: m.update(files={})), ("files",)),
    ("file twice", lambda f: edit(f, lambda m: m["files"].append(dict(m["files"][0], name="PARTNER.csv"))), ("twice",)),
    ("file name as path", lambda f: edit_file(f, name="../partner.csv"), ("plain name",)),
    ("file name as device", lambda f: edit_file(f, name="aux.csv"), ("plain name",)),
    ("manifest lists itself", lambda f: edit_file(f, name="Manifest.json"), ("plain name",)),
    ("manifest, packed", lambda f: rename(f, "manifest.json.gz"), ("manifest.json.gz",)),
    ("archive of another kind", lambda f: rename(f, "partner.tar"), ("partner.tar", "archive")),
    ("packed twice", lambda f: rename(f, "partner.csv.gz.zst"), ("packed twice",)),
    ("the same twice", lambda f: both(f, "partner.csv.gz"), ("partner.csv", "partner.csv.gz", "same file twice")),
    ("not packed as it says", lambda f: rename(f, "partner.csv.gz"), ("partner.csv.gz", "does not unpack")),
    ("unknown total", lambda f: edit_file(f, control_totals={"partner.nothing": "1"}), ("partner.nothing",)),
    ("total of a text", lambda f: edit_file(f, control_totals={"partner.partner_name": "1"}), ("partner_name",)),
    ("total of another table", lambda f: edit_file(f, control_totals={"loan.loan_amount": "1"}), ("loan_amount",)),
    ("total as number", lambda f: edit_file(f, control_totals={"partner.x": 1}), ("partner.x",)),
    ("folder inside", lambda f: (f / "sub").mkdir(), ("sub",)),
    ("link inside", lambda f: (f / "link").symlink_to("/etc/hostname"), ("link",)),
]


@pytest.mark.parametrize(("name", "change", "words"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_changed_delivery_is_refused(
    sent: Path, tools: Any, tmp_path: Path, name: str, change: Callable[[Path], Any], words: tuple[str, ...]
) -> None:
    """Each single change to a good delivery is refused, names what is wrong, and leaves nothing."""
    change(sent)
    refused(sent, tools.small_lender(), tmp_path / "t", *words)


HEADERS: list[tuple[bytes, tuple[str, ...]]] = [
    (b"", ("partner.csv",)),
    (b"\n" + ROW, ("partner.csv",)),
    (b'agreement,uscc,name,kind,service,listed,from,"to\n', ("partner.csv", "quotes")),
    ("\xe9,uscc,name,kind,service,listed,from,to\n".encode("latin-1"), ("partner.csv", "utf-8")),
    ("agreement,uscc".encode("utf-16"), ("partner.csv", "utf-8")),
    (ROW, ("partner.csv",)),
    (b"agreement;uscc;name;kind;service;listed;from;to\n", ("partner.csv",)),
]


@pytest.mark.parametrize(("data", "words"), HEADERS)
def test_a_wrong_header_is_refused(tools: Any, tmp_path: Path, data: bytes, words: tuple[str, ...]) -> None:
    """No header, a blank or unreadable one, and one that names no declared column are refused on arrival."""
    sent = tools.write_delivery(tmp_path / "sent", {"partner.csv": data}, tools.small_lender())
    refused(sent, tools.small_lender(), tmp_path / "t", *words)


def test_a_headless_file_shows_no_values(tools: Any, tmp_path: Path) -> None:
    """The error on a file without a header does not quote its first row."""
    sent = tools.write_delivery(
        tmp_path / "sent", {"loan.csv": b"I1,1.00,1,B01,110101,139,CANARY\n"}, tools.loan_lender()
    )
    (tmp_path / "t").mkdir()
    with pytest.raises(DeliveryError) as caught:
        receive(open_delivery(sent), tools.loan_lender(), tmp_path / "t", silent())
    assert "CANARY" not in str(caught.value)


def test_a_file_of_no_layout_or_a_missing_one(tools: Any, tmp_path: Path) -> None:
    """A file that fits no layout, and a required layout without its file, are refused."""
    data = tools.HEADER + b"\n"
    both = tools.write_delivery(tmp_path / "a", {"partner.csv": data, "other.csv": b"x\n"}, tools.small_lender())
    refused(both, tools.small_lender(), tmp_path / "t", "other.csv")
    none = tools.write_delivery(tmp_path / "b", {"partner.csv": data}, tools.small_lender())
    refused(none, tools.loan_lender().__class__(**{**vars(tools.loan_lender()), "name": "small"}), tmp_path / "u")


def test_unknown_lender() -> None:
    """A lender nobody declared is an error that names those there are."""
    with pytest.raises(UnknownLender, match="americredit"):
        catalog.lender("nobody")


def test_no_delivery_at_all(tmp_path: Path) -> None:
    """A path that is nothing, or a file that is no zip, is refused."""
    (tmp_path / "x.zip").write_bytes(b"no zip")
    for path in (tmp_path / "nothing", tmp_path / "x.zip"):
        with pytest.raises(DeliveryError):
            open_delivery(path)


def zipped(path: Path, members: list[tuple[Any, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def link(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "members",
    [
        [(link("l", stat.S_IFLNK), b"/etc/passwd")],
        [(link("f", stat.S_IFIFO), b"")],
        [("a", b"1"), ("a", b"2")],
        [("a", b"1"), ("A", b"2")],
        [("x.tar", b"x")],
        [("x.zip.zip", b"x")],
        [(f"f{at}", b"") for at in range(1100)],
        [("bomb", bytes(64 << 20))],
        [],
    ],
)
def test_hostile_zips_are_refused(tmp_path: Path, tools: Any, members: list[tuple[Any, bytes]]) -> None:
    """Links, devices, doubles, archives in archives, too many members and bombs are refused before unpacking."""
    refused(zipped(tmp_path / "d.zip", members), tools.small_lender(), tmp_path / "t")


def test_lying_sizes_overlaps_and_damage_are_refused(sent: Path, tools: Any, tmp_path: Path) -> None:
    """An archive whose directory lies about its members, or whose bytes are damaged, is refused at the latest while
    it is read."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(sent.iterdir()):
            archive.write(file, file.name)
    data = plain.getvalue()
    at = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", at + 4)
    size = struct.unpack_from("<I", data, second + 24)[0]
    broken = {
        "smaller": data[: second + 24] + struct.pack("<I", size - 1) + data[second + 28 :],
        "larger": data[: second + 24] + struct.pack("<I", size + 1) + data[second + 28 :],
        "overlap": data[: second + 42] + struct.pack("<I", 1) + data[second + 46 :],
        "cut": data[:-30],
        "method": data[: second + 10] + struct.pack("<H", 12) + data[second + 12 :],
        "password": data[: second + 8] + struct.pack("<H", 1) + data[second + 10 :],
    }
    for name, content in broken.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(content)
        refused(path, tools.small_lender(), tmp_path / name)
    flipped = bytearray(data)
    flipped[60] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(bytes(flipped))
    refused(tmp_path / "flipped.zip", tools.small_lender(), tmp_path / "flipped")


def test_a_huge_directory_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of an archive's directory is looked at before memory is spent on it."""
    packed = zipped(tmp_path / "d.zip", [(f"f{at}", b"") for at in range(100)])
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 1000)
    monkeypatch.setattr(archives, "_CENTRAL", None)
    with pytest.raises(DeliveryError, match="100 members"):
        open_delivery(packed)


@pytest.mark.parametrize(
    ("name", "number", "error"),
    [
        ("fsync", errno.EIO, OSError),
        ("write", errno.EIO, OSError),
        ("fsync", errno.ENOSPC, DiskFull),
        ("write", errno.EDQUOT, DiskFull),
    ],
)
def test_a_failed_write_leaves_nothing(
    sent: Path,
    tools: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    number: int,
    error: type[Exception],
) -> None:
    """A disk that fails while bytes are copied leaves the target as it was; a full one says so and may be retried."""

    def fail(*arguments: object) -> int:
        raise OSError(number, "failed")

    monkeypatch.setattr(f"loantape.intake.flow.os.{name}", fail)
    (tmp_path / "t").mkdir()
    with pytest.raises(error) as caught:
        receive(open_delivery(sent), tools.small_lender(), tmp_path / "t", silent())
    assert getattr(caught.value, "retry_helps", True)
    assert list((tmp_path / "t").iterdir()) == []


def test_a_disk_without_room_is_not_begun_on(
    sent: Path, tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the delivery would not fit, nothing is written at all."""
    monkeypatch.setattr("loantape.intake.flow.LEAST_FREE", 1 << 62)
    (tmp_path / "t").mkdir()
    with pytest.raises(DiskFull) as caught:
        receive(open_delivery(sent), tools.small_lender(), tmp_path / "t", silent())
    assert caught.value.retry_helps and list((tmp_path / "t").iterdir()) == []
