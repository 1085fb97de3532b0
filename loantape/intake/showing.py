"""One delivered line, fetched from the original by its number, in the form a person may look at.

Belongs here: finding it in text and in other files, and what is masked in it. Not here: counting lines (``ledger``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import duckdb

from loantape.declare import Day, FileKind, FileLayout, Integer, Lender, Number, Stamp
from loantape.errors import DeliveryError
from loantape.intake import headers, lines, sheets, unpack
from loantape.intake.characters import encoding_of
from loantape.intake.headers import TEXT_KINDS, Header
from loantape.intake.reading import placed_line, raw_line
from loantape.privacy import mask, mask_value

_TYPED = (Number, Integer, Day, Stamp)
_FIGURE = re.compile(r"-?[0-9,]{1,20}([.][0-9]{0,8})?|[0-9]{1,4}([-/. :T][0-9]{1,4}){1,5}")
MARKS = ("⟦", "⟧")  # stand around the cells that are looked for


def line_of(
    con: duckdb.DuckDBPyConnection,
    submission: Path,
    lender: Lender,
    file: str,
    number: int,
    *,
    raw: bool = False,
    marked: Collection[str] = (),
) -> str:
    """A line as text, bytes that do not decode as ``\\xNN``. ``submission`` is the folder with the original.

    Identities and long numbers are masked unless ``raw``; the cells that go to the tape fields ``marked``
    (``loan.balance_amount``) stand between ``MARKS``. Raises DeliveryError when there is no such file or line.
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
        return "\t".join(row if raw else _masked(row, layout, header, marked))
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
        return "|".join(_masked(cells, layout, header, marked))
    delimited = lines.split(text, layout)
    if delimited is not None and len(delimited) == header.fields:
        return layout.delimiter.join(_masked(delimited, layout, header, marked))
    # no record: which part of it is a name cannot be told, but where its delimiters and quotes stand can
    return re.sub(r"\w", "x", text) if any(_is_personal(column.to) for column in layout.columns) else mask(text)


def place_of(
    con: duckdb.DuckDBPyConnection, submission: Path, lender: Lender, file: str, number: int
) -> tuple[int, int] | None:
    """The first byte of a line in its unpacked file and the one behind its last; None in a file that is no text."""
    content = unpack.content_name(file)
    if headers.layout_of(content, lender).kind not in TEXT_KINDS:
        return None
    begin, line = placed_line(unpack.content_path(submission, file), con, file, number)
    return begin, begin + len(line)


def column_for(lender: Lender, file: str, to: str) -> str | None:
    """The header of the column of a file that goes to a tape field; None where the line does not carry it."""
    layout = headers.layout_of(unpack.content_name(file), lender)
    return next((column.header for column in layout.columns if column.to == to), None)


def _masked(cells: Sequence[str], layout: FileLayout, header: Header, marked: Collection[str]) -> list[str]:
    def places(wanted: Callable[[str | None], bool]) -> set[int]:
        return {header.places[c.header] for c in layout.columns if wanted(c.to) and c.header in header.places}

    personal, looked_for = places(_is_personal), places(lambda to: to in marked)
    # a number or a date that is looked for is what the question is about
    plain = looked_for & {
        header.places[c.header] for c in layout.columns if isinstance(c.form, _TYPED) and c.header in header.places
    }
    shown = [
        mask_value(cell) if at in personal else cell if at in plain and _FIGURE.fullmatch(cell) else mask(cell)
        for at, cell in enumerate(cells)
    ]
    return [cell.join(MARKS) if at in looked_for else cell for at, cell in enumerate(shown)]


def _is_personal(to: str | None) -> bool:
    return (to or "").startswith("identity.")
