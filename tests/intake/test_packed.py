"""Packed files: their content arrives byte for byte or not at all, and its lines are counted as it flows."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import random
import re
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FileKind, Lender
from loantape.errors import DeliveryError
from loantape.intake import flow, unpack
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.manifest import plain_name, same_name
from loantape.progress import silent


def beside(name: str) -> Any:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(f"intake_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


packing = beside("packing")
HEADER = b"agreement,uscc,name,kind,service,listed,from,to\n"
ROWS = b"".join(b"A%d,U,N,b,M,Y,2026-01-31,12/2026\n" % number for number in range(50))
SMALL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lines_of(data: bytes) -> int:
    """Physical lines, the slow way."""
    return len(re.findall(rb"\r\n|\n|\r", data)) + (data[-1:] not in (b"", b"\n", b"\r"))


def zipped(data: bytes, name: str = "anything.txt", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of one member as the standard library makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, data)
    return out.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": packing.gzipped,
    ".zst": packing.zstd,
    ".zip": zipped,
}


def delivery(folder: Path, files: dict[str, tuple[bytes, int]], lender: Lender, *, as_zip: bool = False) -> Path:
    """A delivery of files given as delivered bytes and lines, as a folder or a zip."""
    entries = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "lines": lines}
        for name, (data, lines) in files.items()
    ]
    head = {
        "format": "loantape-delivery/1",
        "lender": lender.name,
        "period": "2026-10",
        "schema": lender.schema_version,
    }
    manifest = json.dumps({**head, "files": entries}).encode()
    folder.mkdir(parents=True)
    if as_zip:
        with zipfile.ZipFile(folder / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {"manifest.json": manifest, **{name: data for name, (data, _) in files.items()}}.items():
                archive.writestr(name, data)
        return folder / "d.zip"
    (folder / "manifest.json").write_bytes(manifest)
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    return folder


def take(sent: Path, lender: Lender, target: Path) -> Path:
    target.mkdir()
    receive(open_delivery(sent), lender, target, silent())
    return target


def refusal(sent: Path, lender: Lender, target: Path) -> str:
    """What the refusal says, after which nothing is there."""
    with pytest.raises(DeliveryError) as caught:
        take(sent, lender, target)
    assert not list(target.iterdir())
    return caught.value.what


@SMALL
@given(
    rows=st.lists(st.sampled_from([b"A,U,N,b,M,Y,,\n", b"\r\n", b"x\r", b"\n", b"\x00\xff\n"]), max_size=60),
    ending=st.sampled_from([b"", b"last"]),
    suffix=st.sampled_from(sorted(PACK)),
    cut=st.integers(0, 200),
    as_zip=st.booleans(),
)
def test_content_and_delivered_bytes_arrive(
    tools: Any,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[bytes],
    ending: bytes,
    suffix: str,
    cut: int,
    as_zip: bool,
) -> None:
    """However a file is packed, in one or several members or frames, in a folder or a zip, the delivered bytes are in
    ``original`` and the content is where ``content_path`` says."""
    data = HEADER + b"".join(rows) + ending
    parts = [data[:cut], data[cut:]] if suffix in (".gz", ".zst") else [data]
    packed = b"".join(PACK[suffix](part) for part in parts)
    place = tmp_path_factory.mktemp("packed")
    name = "partner.csv" + suffix
    sent = delivery(place / "sent", {name: (packed, lines_of(data))}, tools.small_lender(), as_zip=as_zip)
    target = take(sent, tools.small_lender(), place / "t")
    assert (target / "original" / name).read_bytes() == packed
    assert unpack.content_path(target, name).read_bytes() == data
    assert {path.name for path in target.iterdir()} == ({"original", "unpacked"} if suffix else {"original"})


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_cut_or_damaged_file_is_refused(tools: Any, tmp_path: Path, suffix: str) -> None:
    """Cut anywhere, a packed file is refused; with any one bit changed it is refused or has the same content, as far as
    its format has a checksum of it, which in zstd is a choice of the sender."""
    data = HEADER + ROWS
    good = PACK[suffix](data)
    rng = random.Random(17)
    flips = [(rng.randrange(len(good)), 1 << rng.randrange(8)) for _ in range(100)]
    broken = [good[:at] for at in range(0, len(good), max(1, len(good) // 40))]
    broken += [good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :] for at, bit in flips]
    taken = 0
    for number, packed in enumerate(broken):
        folder = tmp_path / str(number)
        sent = delivery(folder / "sent", {f"partner.csv{suffix}": (packed, 51)}, tools.small_lender())
        try:
            target = take(sent, tools.small_lender(), folder / "t")
        except DeliveryError as wrong:
            assert "partner.csv" in wrong.what and not list((folder / "t").iterdir())
            continue
        assert (target / "unpacked" / "partner.csv").read_bytes() == data or suffix == ".zst"
        taken += 1
    assert taken < len(flips) // 2  # only what packs nothing, as a date in a header, may change unnoticed


def test_checksums_of_zstd_are_compared(tools: Any, tmp_path: Path) -> None:
    """A frame that brings the checksum of its content is refused when that is another."""
    good = bytes.fromhex(
        "28b52ffd045891010061677265656d656e742c757363632c6e616d652c6b696e642c736572766963652c6c69737465642c66726f6d2c746f"
        "0a310a933aa3b0"
    )
    sent = delivery(tmp_path / "s1", {"partner.csv.zst": (good, 2)}, tools.small_lender())
    target = take(sent, tools.small_lender(), tmp_path / "t1")
    assert (target / "unpacked" / "partner.csv").read_bytes() == HEADER + b"1\n"
    sent = delivery(tmp_path / "s2", {"partner.csv.zst": (good[:-1] + b"\xb1", 2)}, tools.small_lender())
    assert "does not unpack" in refusal(sent, tools.small_lender(), tmp_path / "t2")


def test_lines_are_those_of_the_content(tools: Any, tmp_path: Path) -> None:
    """The manifest's lines are compared with the content's, whatever the packed bytes hold."""
    for suffix in PACK:
        packed = PACK[suffix](HEADER + ROWS)
        sent = delivery(tmp_path / f"s{suffix}", {"partner.csv" + suffix: (packed, 52)}, tools.small_lender())
        assert "has 51 lines, the manifest says 52" in refusal(sent, tools.small_lender(), tmp_path / f"t{suffix}")


def test_zips_of_usual_tools_are_taken(tools: Any, tmp_path: Path) -> None:
    """Stored members, sizes behind the data, zip64 fields and a comment are no reason to refuse a zip."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    streamed, large, noted = Pipe(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(streamed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", HEADER)
    with zipfile.ZipFile(large, "w") as archive, archive.open("x.csv", "w", force_zip64=True) as member:
        member.write(HEADER)
    with zipfile.ZipFile(noted, "w") as archive:
        archive.writestr("贷款（10月）.csv", HEADER)
        archive.comment = b"October"
    for number, packed in enumerate([streamed.getvalue(), large.getvalue(), noted.getvalue()]):
        sent = delivery(tmp_path / f"s{number}", {"partner.csv.zip": (packed, 1)}, tools.small_lender())
        target = take(sent, tools.small_lender(), tmp_path / f"t{number}")
        assert (target / "unpacked" / "partner.csv").read_bytes() == HEADER


def test_a_zip_with_zip64_records_is_taken(tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of more than 2 GiB, as the standard library writes it, says its places in zip64 records."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)
    packed = zipped(HEADER)
    assert b"PK\6\6" in packed and b"PK\6\7" in packed
    sent = delivery(tmp_path / "s", {"partner.csv.zip": (packed, 1)}, tools.small_lender())
    target = take(sent, tools.small_lender(), tmp_path / "t")
    assert (target / "unpacked" / "partner.csv").read_bytes() == HEADER


def test_a_packed_zip_has_one_member(tools: Any, tmp_path: Path) -> None:
    """Two members, or none, are no file."""
    none, two = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(none, "w"):
        pass
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", HEADER)
        archive.writestr("b.csv", HEADER)
    for number, packed in enumerate([none.getvalue(), two.getvalue()]):
        sent = delivery(tmp_path / f"s{number}", {"partner.csv.zip": (packed, 1)}, tools.small_lender())
        assert "members" in refusal(sent, tools.small_lender(), tmp_path / f"t{number}")


@pytest.mark.parametrize(
    ("kind", "data", "taken"),
    [
        (FileKind.XLSX, zipped(b"workbook", "xl"), True),
        (FileKind.XLSX, packing.gzipped(b"x"), False),
        (FileKind.PARQUET, b"PAR1 and so on", True),
        (FileKind.PARQUET, zipped(b"x"), False),
    ],
)
@pytest.mark.parametrize("suffix", sorted(PACK))
def test_a_workbook_is_a_zip_and_not_an_archive(
    tools: Any, tmp_path: Path, kind: FileKind, data: bytes, taken: bool, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook may begin as a zip does, packed or not; no other kind of content may."""
    monkeypatch.setattr("loantape.intake.delivery._refuse_unreadable", lambda *_: None)
    lender = tools.small_lender()
    lender = replace(lender, files=(replace(lender.files[0], pattern="book*", kind=kind),))
    sent = delivery(tmp_path / "s", {"book" + suffix: (PACK[suffix](data), 1)}, lender)
    if taken:
        assert unpack.content_path(take(sent, lender, tmp_path / "t"), "book" + suffix).read_bytes() == data
    else:
        assert "archive" in refusal(sent, lender, tmp_path / "t")


@pytest.mark.parametrize("suffix", sorted(PACK))
@pytest.mark.parametrize("as_zip", [False, True])
def test_slow_threads_see_the_right_bytes(
    tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, as_zip: bool
) -> None:
    """Buffers are used again only when hashing and writing are done with them, however slow those are."""
    do = flow.Lane.do

    def slowly(lane: flow.Lane, work: Callable[..., object], *arguments: object) -> None:
        do(lane, lambda: (time.sleep(0.003), work(*arguments)))

    monkeypatch.setattr(flow.Lane, "do", slowly)
    rng = random.Random(3)
    rows = b"".join(b"%d,U,N,b,M,Y,,\n" % rng.getrandbits(90) for _ in range(40_000))
    data = HEADER + rows * 16
    packed = PACK[suffix](data)
    name = "partner.csv" + suffix
    sent = delivery(tmp_path / "s", {name: (packed, 640_001)}, tools.small_lender(), as_zip=as_zip)
    target = take(sent, tools.small_lender(), tmp_path / "t")
    assert (target / "original" / name).read_bytes() == packed
    assert unpack.content_path(target, name).read_bytes() == data


def test_a_buffer_comes_back_after_all_others() -> None:
    """Each buffer of a ring is handed out again only when every other one has been."""
    ring = flow.Ring(8)
    order = [id(ring.next()) for _ in range(23)]
    distinct = len(set(order))
    assert distinct > 4 and order == (order[:distinct] * 5)[:23]


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_limits_hold_for_a_file_and_for_all(
    tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """A file above its limit is refused, and so are files that only together are above theirs."""
    data = HEADER + ROWS
    files = {f"partner{n}.csv{suffix}": (PACK[suffix](data), 51) for n in range(3)}
    sent = delivery(tmp_path / "s", files, tools.small_lender())
    monkeypatch.setattr(unpack, "LARGEST_FILE", len(data) - 1)
    assert f"more than {len(data) - 1} bytes" in refusal(sent, tools.small_lender(), tmp_path / "t1")
    monkeypatch.setattr(unpack, "LARGEST_FILE", len(data))
    budget = unpack.Budget
    monkeypatch.setattr(unpack, "Budget", lambda: budget(3 * len(data) - 1))
    assert "partner2" in refusal(sent, tools.small_lender(), tmp_path / "t2")
    monkeypatch.setattr(unpack, "Budget", lambda: budget(3 * len(data)))
    take(sent, tools.small_lender(), tmp_path / "t3")


def test_what_a_killed_process_left_is_replaced(tools: Any, tmp_path: Path) -> None:
    """Contents without originals, and a half-written folder aside, make way for the whole."""
    sent = delivery(tmp_path / "s", {"partner.csv.gz": (packing.gzipped(HEADER), 1)}, tools.small_lender())
    for left in (".receiving/original", "unpacked"):
        (tmp_path / "t" / left).mkdir(parents=True)
        (tmp_path / "t" / left / "partner.csv").write_bytes(b"half")
    receive(open_delivery(sent), tools.small_lender(), tmp_path / "t", silent())
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["original", "unpacked"]
    assert (tmp_path / "t" / "unpacked" / "partner.csv").read_bytes() == HEADER


def test_names_say_how_files_are_packed(tmp_path: Path) -> None:
    """The suffix, and nothing else, says how a file is packed, and content lies under the name without it."""
    told = {
        "a.csv": "",
        "a.csv.gz": "gz",
        "a.zst": "zst",
        "a.zip": "zip",
        "a.GZ": "",
        "gz": "",
        ".gz": "",
        "a.xlsx": "",
    }
    assert {name: unpack.packing(name) for name in told} == told
    assert [unpack.content_name(name) for name in ("a.csv", "a.csv.gz", "a.zip")] == ["a.csv", "a.csv", "a"]
    assert unpack.content_path(tmp_path, "a.csv") == tmp_path / "original" / "a.csv"
    assert unpack.content_path(tmp_path, "a.csv.zst") == tmp_path / "unpacked" / "a.csv"


@SMALL
@given(st.text(max_size=30))
def test_a_plain_name_stays_in_its_folder(name: str) -> None:
    """Whatever the text, a plain name has no part but itself and equals itself however it is normalised and folded."""
    if plain_name(name):
        assert Path("/x", name).resolve() == Path("/x") / name and Path("/x", name).parent == Path("/x")
        assert same_name(same_name(name)) == same_name(name) == same_name(name.upper().casefold())


# --- lines -----------------------------------------------------------------------------------------------------------

ENCODINGS = ["utf-8", "gb18030", "latin-1", "utf-16", "utf-16-le", "UTF_16_BE"]


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from("\r\n\rab,é中\u0a0a\u0d0d\u0a0d𠀀\x85\u2028"), max_size=300),
    encoding=st.sampled_from(ENCODINGS),
    big=st.booleans(),
    cuts=st.lists(st.integers(0, 700), max_size=8),
)
def test_lines_are_counted_however_blocks_fall(text: str, encoding: str, big: bool, cuts: list[int]) -> None:
    """LF, CRLF and a lone CR end a line, in bytes and in units of 16 bits, wherever blocks begin and end."""
    if encoding == "utf-16":
        data = ("\ufeff" + text).encode("utf-16-be" if big else "utf-16-le")
        text = "\ufeff" + text
    else:
        data = text.encode(encoding, "replace")
    count = flow.LineCount("x.csv", encoding)
    bounds = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    for start, end in zip(bounds, [*bounds[1:], len(data)], strict=True):
        count.take(data[start:end])
    expected = len(re.findall("\r\n|\n|\r", text)) + (text[-1:] not in ("", "\n", "\r"))
    assert count.lines() == expected


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=40),
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"abc", b"\x8a\x8d\x0b\x0c"])),
    st.booleans(),
)
def test_eight_bytes_at_a_time_are_counted_right(start: bytes, pieces: list[bytes], after_cr: bool) -> None:
    """The kernel that looks at words counts what a search for line ends finds, for any bytes and any length."""
    data = (start + b"".join(pieces)) * 7
    ends = re.findall(rb"\r\n|\n|\r", b"\r" + data if after_cr else data)
    block = np.frombuffer(data, dtype=np.uint8)
    assert flow.count_line_ends(block, after_cr) == len(ends) - after_cr


def test_many_ends_in_one_block() -> None:
    """A block of nothing but line ends is counted without a counter running over."""
    for end in (b"\n", b"\r", b"\r\n"):
        block = np.frombuffer(end * (1 << 20), dtype=np.uint8)
        assert flow.count_line_ends(block, False) == 1 << 20


def test_utf_16_without_its_mark_is_refused(tools: Any, tmp_path: Path) -> None:
    """The order of the bytes of ``utf-16`` is never guessed."""
    lender = tools.small_lender(encoding="utf-16")
    sent = delivery(tmp_path / "s", {"partner.csv": (HEADER.decode().encode("utf-16-le"), 1)}, lender)
    assert "byte order mark" in refusal(sent, lender, tmp_path / "t")


def test_the_packed_streams_of_these_tests_are_real() -> None:
    """What the tests pack is what other programs unpack."""
    data = HEADER + ROWS
    assert zlib.decompress(packing.gzipped(data), 31) == data
    assert zipfile.ZipFile(io.BytesIO(packing.zip_of(packing.Entry(b"a.csv", data)))).read("a.csv") == data
