"""Hostile archives: bombs are refused in little memory and time, and no name makes a byte land outside its place.

The counts are those of the reliability plan: at least 60 bombs (battery 16) and 40 paths (battery 17), each opened and
received in a process of its own, which is watched from outside (``opening``).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def beside(name: str) -> Any:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(f"intake_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


packing = beside("packing")
Entry, zip_of, zeros = packing.Entry, packing.zip_of, packing.deflated_zeros

MOST_MEBIBYTES = 256
MOST_SECONDS = 10
PROCESSES = 4  # each opens its share of the bombs
NAME = "partner.csv"
GOOD = b"a\n1\n"
NOISE = random.Random(16).randbytes(1 << 20)


def manifest(name: str, size: int, sha256: str = "0" * 64, lines: int = 2) -> bytes:
    entry = {"name": name, "bytes": size, "sha256": sha256, "lines": lines}
    head = {"format": "loantape-delivery/1", "lender": "small", "period": "2026-10-31", "schema": "small/1"}
    return json.dumps({**head, "files": [entry]}).encode()


def listed(name: str, size: int) -> Any:
    """The manifest as a member that vouches for another."""
    return Entry(b"manifest.json", manifest(name, size))


# --- bombs that are zips: as the delivery itself, and as a packed file in a folder -----------------------------------


def zeroed(mebibytes: int, **lies: Any) -> Any:
    values = {"size": mebibytes << 20, "crc": 0, "method": packing.DEFLATED, **lies}
    return Entry(NAME.encode(), zeros(mebibytes), **values)


def plain(data: bytes = GOOD, **lies: Any) -> Any:
    return Entry(NAME.encode(), data, **lies)


def wide(size: int) -> Any:
    """A member that is as large as its zip64 field says."""
    extra = struct.pack("<2H2Q", 1, 16, size, size // 100)
    return plain(size=0xFFFFFFFF, method=packing.DEFLATED, extra=extra, central={"packed": 0xFFFFFFFF})


def quoted(first: list[Any]) -> bytes:
    """250 members that share one kernel, each quoting the next one's header in a stored block."""
    data, entries = zeros(1), []
    for number in range(250):
        entry = Entry(b"partner%03d.csv" % (249 - number), data, size=1 << 20, method=packing.DEFLATED)
        header = entry.header(0)
        entries.insert(0, entry)
        data = b"\0" + struct.pack("<2H", len(header), len(header) ^ 0xFFFF) + header + data
    at = len(zip_of(*first)) - 22 - sum(len(one.listing(0)) for one in first)
    for entry in entries:
        entry.central["at"] = at
        entry.written = entry is entries[0]
        at += len(entry.header(0)) + 5
    return zip_of(*first, *entries)


def shared(first: list[Any]) -> bytes:
    """250 members that all are the first one's data."""
    others = [
        Entry(b"partner%d.csv" % n, zeros(1), size=1 << 20, method=8, written=not n, central={} if not n else {"at": 0})
        for n in range(250)
    ]
    return zip_of(*first, *others)


MILLION = [Entry(b"%07d" % n, b"", written=False) for n in range(10)]
ZIPS: dict[str, tuple[Callable[[list[Any]], bytes], str]] = {
    "ratio, 2 MiB": (lambda first: zip_of(*first, zeroed(2)), "more than 200 times"),
    "ratio, 1 GiB": (lambda first: zip_of(*first, zeroed(1024)), "more than 200 times"),
    "ratio, 3 GiB": (lambda first: zip_of(*first, zeroed(3072)), "more than 200 times"),
    "ratio hidden by size": (
        lambda first: zip_of(*first, zeroed(1024, size=190 * len(zeros(1024)))),
        "more than 200 times",
    ),
    "says a mebibyte": (lambda first: zip_of(*first, zeroed(1024, size=1 << 20)), "more of 'partner.csv'"),
    "says nothing": (lambda first: zip_of(*first, zeroed(1024, size=0)), "more of 'partner.csv'"),
    "says more than it has": (lambda first: zip_of(*first, plain(packing.deflated(GOOD), size=9, method=8)), "less of"),
    "directory says more packed": (lambda first: zip_of(*first, zeroed(64, central={"packed": 1 << 30})), "200|two w"),
    "both say more packed": (
        lambda first: zip_of(*first, zeroed(64, central={"packed": 1 << 30}, local={"packed": 1 << 30})),
        "overlap",
    ),
    "two sizes": (lambda first: zip_of(*first, plain(local={"size": 5, "packed": 5})), "two ways"),
    "no size": (lambda first: zip_of(*first, plain(size=0xFFFFFFFF)), "how large"),
    "4 EiB": (lambda first: zip_of(*first, wide(1 << 62)), "of more than"),
    "stored in two sizes": (lambda first: zip_of(*first, plain(size=1 << 30)), "lies about the size"),
    "shared data": (shared, "overlap"),
    "quoted headers": (quoted, "overlap"),
    "a million members": (lambda first: zip_of(*first, *MILLION, copies=100_000), "members"),
    "a million members, said to be two": (lambda first: zip_of(*MILLION, copies=100_000, count=2), "members"),
    "60,000 members": (lambda first: zip_of(*MILLION, copies=6_000), "members"),
    "60,000 members, said to be one": (lambda first: zip_of(*MILLION, copies=6_000, count=1), "list its members"),
    "million members behind a short directory": (
        lambda first: zip_of(*MILLION, copies=100_000, count=1, length=53),
        "not where its end says",
    ),
    "noise before": (lambda first: zip_of(*first, plain(), before=NOISE), "begin with a member"),
    "zeros behind": (lambda first: zip_of(*first, plain(), behind=bytes(1 << 20)), "not a complete zip|behind its end"),
    "password": (lambda first: zip_of(*first, zeroed(64, size=64, flags=0x801)), "password"),
    "bzip2 inside": (lambda first: zip_of(*first, zeroed(64, size=64, method=12)), "unusual compression"),
    "bytes behind the stream": (
        lambda first: zip_of(*first, plain(packing.deflated(GOOD) + bytes(99), size=4, method=8)),
        "behind the end",
    ),
    "a zip that is called a table": (lambda first: zip_of(*first, plain(zip_of(zeroed(64)))), "archive"),
}


def as_delivery(build: Callable[[list[Any]], bytes], place: Path) -> Path:
    """A zip delivery; its manifest vouches for whatever size the directory gives the file."""
    draft = build([])
    at = draft.rfind(b"PK\1\2")
    size = struct.unpack_from("<L", draft, at + 24)[0] if at >= 0 else 0
    (place / "d.zip").write_bytes(build([listed(NAME, size)]))
    return place / "d.zip"


def as_folder(name: str, data: bytes, place: Path) -> Path:
    """A folder with one file and a manifest that is right about the bytes as delivered."""
    (place / name).write_bytes(data)
    (place / "manifest.json").write_bytes(manifest(name, len(data), hashlib.sha256(data).hexdigest()))
    return place


# --- bombs that are streams ------------------------------------------------------------------------------------------


def gz(mebibytes: int) -> bytes:
    return bytes(packing.gzip_member(zeros(mebibytes)))


TAR = GOOD.ljust(257, b"\0") + b"ustar\00000" + bytes(248)
INNER = {
    "gzip": packing.gzipped(GOOD),
    "zstd": packing.zstd(GOOD),
    "zip": zip_of(plain()),
    "tar": TAR,
    "7z": b"7z\xbc\xaf\x27\x1c" + NOISE[:99],
    "rar": b"Rar!\x1a\x07\x01\0" + NOISE[:99],
    "xz": b"\xfd7zXZ\0\0\4" + NOISE[:99],
    "bzip2": b"BZh91AY&SY" + NOISE[:99],
}
MEBIBYTE_GZ = packing.gzip_member(zeros(1), bytes(1 << 20))
FIRST_GZ, FIRST_ZST = packing.gzipped(NOISE), packing.zstd(NOISE)
STREAMS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "gz, 1 GiB": ("gz", lambda: gz(1024), "more than 200 times"),
    "gz, 10 GiB": ("gz", lambda: gz(10240), "more than 200 times"),
    "gz, bomb in the second member": ("gz", lambda: FIRST_GZ + gz(2048), "more than 200 times"),
    "gz, 20,000 members of a mebibyte": ("gz", lambda: MEBIBYTE_GZ * 20_000, "more than 200 times"),
    "gz, a million empty members": ("gz", lambda: packing.gzipped(b"") * 1_000_000, "has 0 lines"),
    "gz, long name": ("gz", lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 10**6 + b"\0" + zeros(1024), "200 times"),
    "gz, endless name": ("gz", lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (20 << 20), "ends before"),
    "gz, wrong size": ("gz", lambda: packing.gzip_member(packing.deflated(GOOD), GOOD, size=9), "does not unpack"),
    "gz, cut": ("gz", lambda: FIRST_GZ[:-9], "ends before"),
    "gz, zeros behind": ("gz", lambda: packing.gzipped(GOOD) + bytes(10 << 20), "behind the end"),
    "zst, 1 GiB": ("zst", lambda: packing.zstd_zeros(8 << 10), "more than 200 times"),
    "zst, 64 GiB": ("zst", lambda: packing.zstd_zeros(512 << 10), "more than 200 times"),
    "zst, bomb in the second frame": ("zst", lambda: FIRST_ZST + packing.zstd_zeros(8 << 10), "more than 200 times"),
    "zst, window of 2 GiB": ("zst", lambda: packing.zstd_zeros(8 << 10, window=31), "window"),
    "zst, a million empty frames": ("zst", lambda: packing.zstd(b"") * 1_000_000, "has 0 lines"),
    "zst, skipped before": (
        "zst",
        lambda: b"\x50\x2a\x4d\x18" + struct.pack("<L", 9999) + NOISE[:9999] + packing.zstd_zeros(8 << 10),
        "200 times",
    ),
    "zst, cut": ("zst", lambda: FIRST_ZST[:-9], "ends before"),
    "zst, zeros behind": ("zst", lambda: packing.zstd(GOOD) + bytes(10 << 20), "behind the end"),
} | {
    f"{kind} in {outer}": (outer, lambda data=data, pack=pack: pack(data), "archive")  # type: ignore[misc]
    for kind, data in INNER.items()
    for outer, pack in (("gz", packing.gzipped), ("zst", packing.zstd))
}


def bombs() -> Iterator[tuple[str, Callable[[Path], Path], str]]:
    """Name, maker of the delivery, and what the refusal says: words, alternatives separated by ``|``."""
    for name, (build, words) in ZIPS.items():
        yield f"{name}, as the delivery", lambda place, build=build: as_delivery(build, place), words  # type: ignore[misc]
    for name in ("ratio, 1 GiB", "says a mebibyte", "both say more packed", "a zip that is called a table", "4 EiB"):
        build, words = ZIPS[name]
        yield (
            f"{name}, as a file",
            lambda place, build=build: as_folder(NAME + ".zip", build([]), place),  # type: ignore[misc]
            words,
        )
    twice = zip_of(Entry(b"again.zip", zip_of(plain())))
    yield "zip in a zip", lambda place: as_folder(NAME + ".zip", twice, place), "packed twice"
    for name, (kind, make, words) in STREAMS.items():
        yield name, lambda place, kind=kind, make=make: as_folder(f"{NAME}.{kind}", make(), place), words  # type: ignore[misc]


BOMBS = list(bombs())


def opened(jobs: list[tuple[Path, Path]], tmp_path: Path) -> list[dict[str, Any]]:
    """What came of each delivery, received into its target in a process of its own."""
    (tmp_path / "jobs.json").write_text(json.dumps([[str(sent), str(target)] for sent, target in jobs]))
    script = Path(__file__).with_name("opening.py")
    ran = subprocess.run(
        [sys.executable, script, tmp_path / "jobs.json"], stdout=subprocess.PIPE, check=True, timeout=600
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_there_are_enough_of_them() -> None:
    """At least 60 bombs and 40 paths are tried."""
    assert len(BOMBS) >= 60 and len({name for name, _, _ in BOMBS}) == len(BOMBS)
    assert len(PATHS) >= 40 and len(set(PATHS)) == len(PATHS)


@pytest.mark.parametrize("share", range(PROCESSES))
def test_bombs_are_refused_cheaply(tmp_path: Path, share: int) -> None:
    """Every bomb is refused for what it is, in at most 256 MiB and 10 s of processor time, and nothing stays."""
    chosen = [("a good delivery", lambda place: as_folder(NAME, GOOD, place), ""), *BOMBS[share::PROCESSES]]
    jobs = []
    for at, (_, make, _) in enumerate(chosen):
        for folder in (f"sent{at}", f"target{at}"):
            (tmp_path / folder).mkdir()
        jobs.append((make(tmp_path / f"sent{at}"), tmp_path / f"target{at}"))
    good, *bad = opened(jobs, tmp_path)
    assert good["outcome"] == "taken" and len(bad) == len(chosen) - 1
    for (name, _, words), said, (_, target) in zip(chosen[1:], bad, jobs[1:], strict=True):
        assert said["outcome"] == "refused", (name, said)
        assert any(word in said["what"] for word in words.split("|")), (name, said["what"])
        assert said["mebibytes"] <= MOST_MEBIBYTES and said["seconds"] <= MOST_SECONDS, (name, said)
        assert not said["outside"] and not list(target.iterdir()), (name, said)


# --- paths -----------------------------------------------------------------------------------------------------------

PATHS = [
    "../x.csv", "..\\x.csv", "../../../../../../tmp/x.csv", "/x.csv", "//host/x.csv", "\\\\host\\share\\x.csv",
    "a/b.csv", "./x.csv", "a/../../x.csv", "..", ".", "", "x/", "C:x.csv", "C:\\x.csv", "x.csv:stream",
    "file:///x.csv", "x.csv\0.exe", "a\nb.csv", "\x1b[2Jx.csv", " x.csv", "x.csv ", "x.csv.", ".x.csv", "CON",
    "nul.csv", "Com1.csv", "LPT9.csv.gz", "aux.csv", "CONIN$", "COM¹.csv", "ＣＯＮ.csv", "．．／x.csv",
    "a∕b.csv", "a⁄b.csv", "a⧸b.csv", "a＼b.csv", "a∖b.csv", "C：x.csv", "‥", "․․", "a\u202evsc.exe",
    "a\u200b.csv", "\ufeffx.csv", "e\u0301.csv", "x\ufe0f.csv", "x\u3164.csv", "x" * 252 + ".csv", "a*b.csv",
    "a?b.csv", "a|b.csv", "<x>.csv",
]  # fmt: skip
KINDS = [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
DOUBLES = [("partner.csv", "PARTNER.csv"), ("partnerﬁ.csv", "partnerfi.csv"), ("partnerß.csv", "partnerss.csv")]
RAW = {
    "no UTF-8": Entry(b"partner\xff.csv"),
    "overlong slash": Entry(b"..\xc0\xafx.csv"),
    "surrogate": Entry(b"\xed\xa0\x80x.csv"),
    "unmarked": Entry(b"\xb4\xfb.csv", flags=0),
    "a second name": Entry(NAME.encode(), extra=struct.pack("<2HBL", 0x7075, 13, 1, 0) + b"../x.csv"),
}


def path_attempts(place: Path) -> Iterator[tuple[str, Path]]:
    """What is tried, and the delivery that tries it."""

    def new(name: str) -> Path:
        folder = place / f"{len(list(place.iterdir()))}"
        folder.mkdir()
        return folder if not name else folder / name

    def zipped(what: str, *entries: Any) -> Iterator[tuple[str, Path]]:
        delivery = new("d.zip")
        delivery.write_bytes(zip_of(*entries, listed(NAME, len(GOOD))))
        yield f"{what} in a delivery", delivery
        yield f"{what} in a packed file", as_folder(NAME + ".zip", zip_of(*entries), new(""))

    for path in PATHS:
        yield from zipped(repr(path), Entry(path.encode("utf-8", "surrogatepass")))
        delivery = new("")
        (delivery / "manifest.json").write_bytes(manifest(path, 4))
        yield f"{path!r} in a manifest", delivery
    for kind in KINDS:
        yield from zipped(f"mode {kind:o}", Entry(NAME.encode(), b"/etc/hostname", mode=kind | 0o777))
    for pair in DOUBLES:
        yield from zipped(f"{pair}", *(Entry(name.encode()) for name in pair))
    for what, entry in RAW.items():
        yield from zipped(what, entry)
    link = new("")
    (link / "manifest.json").write_bytes(manifest(NAME, 4))
    (link / NAME).symlink_to("/etc/hostname")
    yield "a link in a folder", link


def test_no_path_leads_outside(tmp_path: Path) -> None:
    """Paths, drives, devices, links and deceptive Unicode, in a zip, a packed file or a manifest, are refused, and no
    process as much as tried to write, make or rename anything outside its target."""
    (tmp_path / "sent").mkdir()
    attempts = list(path_attempts(tmp_path / "sent"))
    targets = [tmp_path / f"target{at}" for at in range(len(attempts) + 1)]
    for target in targets:
        target.mkdir()
    (tmp_path / "good").mkdir()
    good = as_folder(NAME, GOOD, tmp_path / "good")
    before = sorted(tmp_path.rglob("*"))
    sent = [good, *(delivery for _, delivery in attempts)]
    first, *answers = opened(list(zip(sent, targets, strict=True)), tmp_path)
    assert first["outcome"] == "taken" and not first["outside"] and len(answers) == len(attempts)
    for (what, _), said in zip(attempts, answers, strict=True):
        assert said["outcome"] == "refused" and not said["outside"], (what, said)
    added = {path.relative_to(tmp_path).parts[0] for path in set(tmp_path.rglob("*")) - set(before)}
    assert added == {"jobs.json", "target0"}
