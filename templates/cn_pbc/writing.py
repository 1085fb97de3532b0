"""Bytes: data files, check files, statistical files and their zips, as V2.1 §3.1 and chapter 4 say.

Belongs here: the physical layer [P]; details marked [S] follow the converter of a PBoC branch. Not here: what is
written (columns.py, statistical.py) or which files there are (writer.py).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from loantape.zipped import Source, write_zip

# what the records of a table are sorted by, and told apart
ORDER: Mapping[str, tuple[str, ...]] = {"CLGRDK": ("c07",), "GRDKFS": ("c07", "c27", "c24"), "GRKHXX": ("c02", "c03")}


def write_lines(con: Any, lines: str, parameters: dict[str, Any], path: Path) -> None:
    """What ``lines`` selects, a text a row, LF between rows and none after the last [S]; UTF-8 without BOM [P]."""
    con.execute(
        f"COPY ({lines}) TO $path (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')",
        {**parameters, "path": str(path)},
    )
    os.truncate(path, max(path.stat().st_size - 1, 0))


def write_check_file(data: Path, records: int, at: datetime) -> Path:
    """Five lines: file name, MD5, size in bytes, time, records [P]. An empty table has an empty MD5 line [S].

    No LF after the fifth: our reading, like the data file's.
    """
    check = data.with_suffix(".log")
    digest = _md5(data) if records else ""
    lines = (data.name, digest, str(data.stat().st_size), f"{at:%Y-%m-%d %H:%M:%S}", str(records))
    check.write_bytes("\n".join(lines).encode())
    return check


def write_zip_of(archive: Path, members: Sequence[Path]) -> Path:
    """A zip of these files under their names, in this order."""
    write_zip(archive, {member.name: _opening(member) for member in members})
    return archive


def _opening(path: Path) -> Source:
    return lambda: path.open("rb")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
