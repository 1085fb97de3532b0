"""A strange Parquet, Arrow or XLSX file as counts per column, through the locked-down reader.

Belongs here: asking for every column as text, and what a column's own type means for its declaration. Not here: opening
such files (``loantape.intake.cells``), text files (``scanning``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from loantape.declare import Code, Day, FileKind, FileLayout, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.intake.cells import CellFile
from loantape.onboard.seen import ColumnSeen
from loantape.progress import Progress

_STARTS = ((b"PAR1", FileKind.PARQUET), (b"ARROW1", FileKind.ARROW), (b"\xff\xff\xff\xff", FileKind.ARROW))
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Cells:
    """Names, the file's own types, counts per column, and how many cells had no value that could be read."""

    header: tuple[str, ...]
    types: tuple[str, ...]
    columns: tuple[ColumnSeen, ...]
    refused: int


def kind_of(path: Path) -> FileKind | None:
    """What a file is by its first bytes, None for text. A zip that is called ``.xlsx`` is a workbook."""
    with path.open("rb") as stream:
        start = stream.read(8)
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    if start.startswith((_ZIP, _OLE)) and path.suffix.lower() == ".xlsx":
        return FileKind.XLSX
    return None


def scan_cells(path: Path, kind: FileKind, sheet: str | None, progress: Progress) -> Cells:
    """Count every column. Raises DeliveryError where the file is refused as a whole."""
    layout = FileLayout("*", (), kind=kind, sheet=sheet)
    with CellFile(path, layout) as file:
        about = file.description
        columns = tuple(ColumnSeen() for _ in about.header)
        wanted = [(at, _asked(one)) for at, one in enumerate(about.types)]
        refused = 0
        with progress.step("Profile", "分析列", about.lines) as task:
            for batch in file.batches(wanted):
                refused += len(batch.refused)
                for seen, texts in zip(columns, batch.columns, strict=True):
                    seen.add(pa.chunked_array([texts]))
                task.advance(len(batch.lines))
    return Cells(about.header, about.types, columns, refused)


def _asked(own: str) -> ValueForm:
    """The form a column's cells are asked for in: the plainest that says everything."""
    if own.startswith("date"):
        return Day()
    if own.startswith("timestamp"):
        return Stamp()
    return Flag("true", "false") if own == "bool" else Text(1 << 24)


def drifts(form: ValueForm, own: str) -> bool:
    """Whether a column of this type is reported as READ-015 under a form. Cells of a workbook have types of their own,
    one by one: nothing is said of them."""
    if own == "cell":
        return False
    fitting: Sequence[str]
    match form:
        case Text() | Identifier() | Code():
            fitting = ("string", "large_string", "string_view", "dictionary")
        case Integer():
            fitting = ("int", "uint")
        case Number():
            fitting = ("int", "uint", "decimal")
        case Day():
            fitting = ("date",)
        case Stamp():
            fitting = ("timestamp",)
        case Flag():
            fitting = ("bool",)
    return not own.startswith(tuple(fitting))
