"""One delivered line, fetched from the original by its number, in the form a person may look at.

Belongs here: finding it in text and in other files, and what is masked in it. Not here: counting lines (``ledger``).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from loantape.declare import FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import headers, lines, sheets, unpack
from loantape.intake.characters import encoding_of
from loantape.intake.headers import TEXT_KINDS
from loantape.intake.reading import raw_line
from loantape.privacy import mask, mask_value


def line_of(
    con: duckdb.DuckDBPyConnection, submission: Path, lender: Lender, file: str, number: int, *, raw: bool = False
) -> str:
    """A line as text, bytes that do not decode as ``\\xNN``. ``submission`` is the folder with the original.

    Identities and long numbers are masked unless ``raw``. Raises DeliveryError when there is no such file or line.
    """
    known = con.execute("SELECT encoding FROM files WHERE file = ?", [file]).fetchone()
    if known is None:
        names = [name for (name,) in con.execute("SELECT file FROM files ORDER BY file").fetchall()]
        raise DeliveryError(f"there is no file {file[:80]!r} in this delivery", f"name one of {', '.join(names)}")
    content = unpack.content_name(file)
    layout = headers.layout_of(content, lender)
    path = unpack.content_path(submission, file)
    if layout.kind not in TEXT_KINDS:
        row = sheets.row(path, layout, number)
        return "\t".join(row if raw else _masked_cells(row, layout, path))
    encoding = encoding_of(known[0])
    text = raw_line(path, con, file, number).decode(encoding.name, "backslashreplace")
    if raw:
        return text
    cells = lines.split(text, layout) if layout.delimiter in text else None
    header = headers.read_header(path, layout)
    if cells is None or len(cells) != header.fields:
        return mask(text)  # not a record: which part of it is a name cannot be told
    personal = {header.places[c.header] for c in layout.columns if _is_personal(c.to) and c.header in header.places}
    return layout.delimiter.join(mask_value(cell) if at in personal else mask(cell) for at, cell in enumerate(cells))


def _masked_cells(cells: tuple[str, ...], layout: FileLayout, path: Path) -> list[str]:
    header, _ = sheets.look_at(path, layout)
    personal = {header.places[c.header] for c in layout.columns if _is_personal(c.to) and c.header in header.places}
    return [mask_value(cell) if at in personal else mask(cell) for at, cell in enumerate(cells)]


def _is_personal(to: str | None) -> bool:
    return (to or "").startswith("identity.")
