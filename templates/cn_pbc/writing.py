"""Bytes: data files, check files, statistical files and their zips, as V2.1 §3.1 and chapter 4 say.

Belongs here: the physical layer [P]; details marked [S] follow the converter of a PBoC branch. Not here: what is
written (columns.py, statistical.py) or which files there are (writer.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from loantape.beside import Piece, beside
from loantape.zipped import opening, write_zip

_BEIJING = timedelta(hours=8)  # all year: China has had no summer time since 1991
_BATCH = 50_000  # rows: some 10 MB of lines at a time
# what the records of a table are sorted by, and told apart
ORDER: Mapping[str, tuple[str, ...]] = {"CLGRDK": ("c07",), "GRDKFS": ("c07", "c27", "c24"), "GRKHXX": ("c02", "c03")}


def write_lines(con: Any, parts: str, source: str, parameters: dict[str, Any], path: Path) -> str:
    """A line for each row of ``source``, its ``parts`` (SQL, by commas) one after the other; a null part is nothing.

    LF between lines and none after the last [S]; UTF-8 without BOM [P].

    Returns the MD5 of the bytes, in lower case. One thread makes lines while another hashes and writes those before: a
    batch of texts is already the bytes of its lines, one after the other.
    """
    # LF before each line and the first left out: so no byte has to be taken back at the end
    rows = con.execute(f"SELECT concat(chr(10), {parts}) FROM {source}", parameters).to_arrow_reader(_BATCH)
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:

        def write(piece: Piece) -> None:
            digest.update(piece)
            file.write(piece)

        with beside(write) as hand_over:
            first = 1
            for batch in rows:
                hand_over(_bytes_of(batch.column(0))[first:])
                first = 0
    return digest.hexdigest()


def _bytes_of(texts: Any) -> memoryview:
    """The bytes of Arrow texts, without a copy."""
    offsets, data = texts.buffers()[1:]
    ends = memoryview(offsets).cast("q" if pa.types.is_large_string(texts.type) else "i")
    return memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def write_check_file(data: Path, md5: str, records: int, at: datetime) -> Path:
    """Five lines: file name, MD5, size in bytes, time, records [P]. An empty table has an empty MD5 line [S].

    ``at`` is UTC; the file says the time of Beijing, where it is read. No LF after the fifth: our reading, like the
    data file's.
    """
    check = data.with_suffix(".log")
    digest = md5 if records else ""
    lines = (data.name, digest, str(data.stat().st_size), f"{at + _BEIJING:%Y-%m-%d %H:%M:%S}", str(records))
    check.write_bytes("\n".join(lines).encode())
    return check


def write_zip_of(archive: Path, members: Sequence[Path]) -> Path:
    """A zip of these files under their names, in this order."""
    write_zip(archive, {member.name: opening(member) for member in members})
    return archive
