"""Zip files of which every byte follows from their members: stored, in the given order, with one fixed time and mode.

Belongs here: the one way that zips are written, and the hash of a file. Not here: what is in them, or opening those
that others send (``loantape.intake``). Imports nothing of ours, so that regulators' folders may use it too.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

Source = Callable[[], IO[bytes]]
CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can state


def write_zip(target: Path, members: Mapping[str, Source]) -> None:
    """A zip with these members in this order: stored, one fixed time and mode, no extras.

    Stored, because compressors differ between machines and the bytes must not.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, source in members.items():
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            with source() as file:
                info.file_size = file.seek(0, io.SEEK_END)  # so that zipfile knows whether it needs 64 bits
                file.seek(0)
                with archive.open(info, "w") as member:
                    shutil.copyfileobj(file, member, CHUNK)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, read in pieces."""
    return sha256(lambda: path.open("rb"))


def sha256(source: Source) -> str:
    """The hash of what ``source`` opens, read in pieces."""
    digest = hashlib.sha256()
    with source() as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
