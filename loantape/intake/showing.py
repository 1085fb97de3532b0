"""One delivered line, fetched from the original by its number, in the form a person may look at.

Belongs here: finding it in text and in other files, and what is masked in it. Not here: counting lines (``ledger``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from loantape.declare import FileKind, FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import headers, lines, sheets, unpack
from loantape.intake.characters import encoding_of
from loantape.intake.headers import TEXT_KINDS, Header
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
        header, row = sheets.row(path, layout, number)
        return "\t".join(row if raw else _masked(row, layout, header))
    encoding = encoding_of(known[0])
    content_line = raw_line(path, con, file, number)
    text = content_line.decode(encoding.name, "backslashreplace")
    if raw:
        return text
    header = headers.read_header(path, layout)
    if layout.kind is FileKind.FIXED:
        places = {column.header: column.at for column in layout.columns if column.at}
        cells = [
            content_line[at - 1 : at - 1 + size].decode(encoding.name, "backslashreplace")
            for at, size in places.values()
        ]
        return "|".join(_masked(cells, layout, header))
    delimited = lines.split(text, layout)
    if delimited is not None and len(delimited) == header.fields:
        return layout.delimiter.join(_masked(delimited, layout, header))
    # no record: which part of it is a name cannot be told, but where its delimiters and quotes stand can
    return re.sub(r"\w", "x", text) if any(_is_personal(column.to) for column in layout.columns) else mask(text)


def _masked(cells: Sequence[str], layout: FileLayout, header: Header) -> list[str]:
    personal = {header.places[c.header] for c in layout.columns if _is_personal(c.to) and c.header in header.places}
    return [mask_value(cell) if at in personal else mask(cell) for at, cell in enumerate(cells)]


def _is_personal(to: str | None) -> bool:
    return (to or "").startswith("identity.")
