"""Zip files of which every byte follows from their members: stored, in the given order, with one fixed time and mode.

Belongs here: the one way that zips are written, and the hash of a file. Not here: what is in them, or opening those
that others send (``loantape.intake``). Imports nothing of ours, so that regulators' folders may use it too.
"""

from __future__ import annotations

import copy
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Source = Callable[[], IO[bytes]]
CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can state


@dataclass(frozen=True)
class Digests:
    """A file's length in bytes, its SHA-256 in hexadecimal digits, and its CRC-32 as a zip states it."""

    size: int
    sha256: str
    crc: int


def write_zip(
    target: Path,
    members: Mapping[str, Source],
    also: Callable[[bytes], object] | None = None,
    known: Mapping[str, Digests] | None = None,
) -> None:
    """A zip with these members in this order: stored, one fixed time and mode, no extras.

    Stored, because compressors differ between machines and the bytes must not. ``also`` is given every byte of the zip
    in order, as it will be in the end, while it is written: a header states a sum of what comes after it, so each
    member whose digests are not ``known`` is then read twice. Raises OSError for a member that is not what is
    known of it.
    """
    end = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, source in members.items():
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            with source() as file:
                info.file_size = file.seek(0, io.SEEK_END)  # so that zipfile knows whether it needs 64 bits
                file.seek(0)
                expected = known[name].crc if known and name in known else _crc(file) if also else None
                if also and expected is not None:
                    header = _header(info, expected)
                    also(header)
                    end += len(header) + info.file_size
                file.seek(0)
                with archive.open(info, "w") as member:
                    for piece in _pieces(file):
                        member.write(piece)
                        if also:
                            also(piece)
            if expected not in (None, info.CRC):
                raise OSError(f"{name} changed while it was being packed")
    if also:
        with target.open("rb") as file:
            file.seek(end)
            also(file.read())


def _header(info: zipfile.ZipInfo, crc: int) -> bytes:
    """What stands before a member once it is written: zipfile writes it first without the sum."""
    whole = copy.copy(info)
    whole.compress_size, whole.CRC = whole.file_size, crc
    return whole.FileHeader(zip64=whole.file_size * 1.05 > zipfile.ZIP64_LIMIT)  # as ZipFile.open decides


def _crc(file: IO[bytes]) -> int:
    crc = 0
    for piece in _pieces(file):
        crc = zlib.crc32(piece, crc)
    return crc


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def digests_of(sources: Mapping[str, Source]) -> dict[str, Digests]:
    """The digests of several files, several read at a time."""
    with ThreadPoolExecutor() as threads:
        return dict(zip(sources, threads.map(_digests, sources.values()), strict=True))


def opening(path: Path) -> Source:
    """A source that is a file."""
    return lambda: path.open("rb")


def _digests(source: Source) -> Digests:
    """The digests of what ``source`` opens, read once, in pieces."""
    size, digest, crc = 0, hashlib.sha256(), 0
    with source() as file:
        for piece in _pieces(file):
            size += len(piece)
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
    return Digests(size, digest.hexdigest(), crc)
