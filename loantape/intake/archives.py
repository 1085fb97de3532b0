"""Zip archives from outside, opened under limits: what is in them is read as streams and never extracted by name.

Belongs here: everything a hostile or broken archive can try. Not here: what its files mean (``delivery``).
"""

from __future__ import annotations

import itertools
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from loantape.errors import DeliveryError
from loantape.intake.manifest import MOST_FILES, plain_name

LARGEST_MEMBER = 1 << 38  # bytes, 256 GiB
LARGEST_TOTAL = 1 << 40  # bytes, 1 TiB
HIGHEST_RATIO = 200  # unpacked over packed size; loan tapes pack 5 to 20 times
RATIO_APPLIES_FROM = 1 << 20  # bytes: below a mebibyte a ratio says nothing
LARGEST_DIRECTORY = 4 << 20  # bytes of the central directory: 1000 members of any name fit
_BLOCK = 1 << 20
_NESTED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".jar", ".zipx")
_ENCRYPTED = 0x1


class Archive:
    """A zip whose directory passed every check. ``members`` maps a plain file name to its unpacked size in bytes."""

    def __init__(self, path: Path) -> None:
        """Raises DeliveryError when the archive is broken or tries anything but plain files at its top."""
        self.path = path
        _refuse_huge_directory(path)
        try:
            self._zip = zipfile.ZipFile(path)
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError, struct.error):
            raise _bad(path, "is not a readable zip archive", "pack it again") from None
        try:
            _refuse_bad_members(path, infos)
        except DeliveryError:
            self._zip.close()
            raise
        self._infos = {info.filename: info for info in infos}

    @property
    def members(self) -> Mapping[str, int]:
        """Plain file name to unpacked size, as the archive's directory declares it."""
        return {name: info.file_size for name, info in self._infos.items()}

    def blocks(self, name: str) -> Iterator[bytes]:
        """A member's bytes, never more than declared; raises DeliveryError if they differ or are damaged."""
        left = self._infos[name].file_size
        try:
            with self._zip.open(self._infos[name]) as member:
                while block := _read(member, left + 1):
                    left -= len(block)
                    if left < 0:
                        raise _bad(self.path, f"unpacks more of {name!r} than it declares", "pack it again")
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, struct.error):
            raise _bad(self.path, f"is damaged in {name!r}", "pack and send it again") from None
        if left:
            raise _bad(self.path, f"unpacks less of {name!r} than it declares", "pack it again")

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def _read(member: IO[bytes], most: int) -> bytes:
    return member.read(min(_BLOCK, most))


def _refuse_bad_members(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    if not infos or len(infos) > MOST_FILES + 1:
        raise _bad(path, f"holds {len(infos)} members, not 1 to {MOST_FILES + 1}", "pack the delivery's files only")
    seen: set[str] = set()
    for info in infos:
        _refuse_bad_member(path, info)
        if info.filename.casefold() in seen:
            raise _bad(path, f"holds {info.filename!r} twice", "pack each file once")
        seen.add(info.filename.casefold())
    if sum(info.file_size for info in infos) > LARGEST_TOTAL:
        raise _bad(path, f"unpacks to more than {LARGEST_TOTAL} bytes", "send it in parts")
    placed = sorted(infos, key=lambda info: info.header_offset)
    for before, after in itertools.pairwise(placed):
        if before.header_offset + before.compress_size > after.header_offset:
            raise _bad(path, "holds members that overlap", "pack it again with a usual tool")


def _refuse_bad_member(path: Path, info: zipfile.ZipInfo) -> None:
    # zipfile cuts names at a NUL and turns the system's separator into '/': the original is what the sender wrote
    name = info.orig_filename
    shown = repr(name[:80])
    mode = info.external_attr >> 16
    if not plain_name(name) or name != info.filename or info.is_dir():
        raise _bad(
            path, f"holds {shown}, which is not a plain file name", "pack the files themselves, not their folder"
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _bad(path, f"holds {shown}, which is a link or a device", "pack regular files only")
    if name.casefold().endswith(_NESTED):
        raise _bad(path, f"holds {shown}, an archive inside an archive", "pack the files themselves")
    if info.flag_bits & _ENCRYPTED:
        raise _bad(path, f"holds {shown} under a password", "pack it without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _bad(path, f"holds {shown} in an unusual compression", "pack with store or deflate")
    if info.file_size > LARGEST_MEMBER:
        raise _bad(path, f"holds {shown} of more than {LARGEST_MEMBER} bytes", "send it in parts")
    if info.file_size > RATIO_APPLIES_FROM and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1):
        raise _bad(path, f"packs {shown} more than {HIGHEST_RATIO} times", "send this file unpacked, in a folder")


def _refuse_huge_directory(path: Path) -> None:
    """Look at the size of the central directory before anything parses it: a million members cost memory first."""
    size = path.stat().st_size
    with path.open("rb") as reading:
        reading.seek(max(0, size - (1 << 16) - 22))
        tail = reading.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) < at + 22:
            raise _bad(path, "is not a complete zip archive", "send it again, or send a folder")
        directory = int.from_bytes(tail[at + 12 : at + 16], "little")
        locator = tail.rfind(b"PK\6\7", 0, at)
        if directory == 0xFFFFFFFF and locator >= 0:
            reading.seek(min(int.from_bytes(tail[locator + 8 : locator + 16], "little"), size))
            directory = int.from_bytes(reading.read(56)[40:48], "little")
    if directory > LARGEST_DIRECTORY:
        raise _bad(path, "holds far too many members", "pack the delivery's files only")


def _bad(path: Path, what: str, next_step: str) -> DeliveryError:
    return DeliveryError(f"{path.name} {what}", f"{next_step}, then send the delivery again")
