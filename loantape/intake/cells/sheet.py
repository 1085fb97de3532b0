"""A worksheet's XML, walked through once without keeping it: which rows and cells there are, and what they hold.

Belongs here: the parsers of a sheet part and of the shared strings. Not here: the meaning of styles and dates
(``cell_text``), the package (``container``). What a sheet declares about its own size is never looked at.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import BinaryIO
from xml.parsers import expat

from loantape.intake.cells import container
from loantape.intake.cells.cell_text import unescaped
from loantape.intake.cells.protocol import MAX_COLUMNS, Refused

MAX_ROWS = 1_048_576
NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # the strict variant
)

# a cell as (column from 0, type, style, stored text, is it a formula); inline text has the type "inlineStr"
Cell = tuple[int, str, str, str, bool]
Row = tuple[int, list[Cell]]


def tags(*names: str) -> frozenset[str]:
    """Element names as the guarded parser gives them, in either namespace."""
    return frozenset(f"{space}{container.SEPARATOR}{name}" for space in NAMESPACES for name in names)


_CELL, _ROW, _VALUE, _FORMULA = tags("c"), tags("row"), tags("v", "t"), tags("f")
_CONTENT = _VALUE | _FORMULA
_PHONETIC, _ITEM = tags("rPh"), tags("si")
_DIGITS = "0123456789"


class Columns(dict[str, int]):
    """Column letters to position from 0, worked out once each. Raises Refused for what is no column."""

    def __missing__(self, letters: str) -> int:
        column = 0
        if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isupper():
            raise Refused("damaged")
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        self[letters] = column - 1
        return column - 1


def extent(part: BinaryIO) -> tuple[int, int]:
    """The last row and the number of columns up to the last that have a cell.

    A cell is one that holds a value, a text or a formula, if only an empty one; a mere style makes none.
    """
    columns = Columns()
    rows = width = row = column = 0
    reference: str | None = None

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal rows, width, row, column, reference
        if name in _CELL:
            reference = attributes.get("r")
            column = column + 1 if reference is None else columns[reference.rstrip(_DIGITS)] + 1
        elif name in _CONTENT:
            rows = row
            if column > width:
                width = column
        elif name in _ROW:
            row = _following(row, attributes)
            column = 0

    parser = container.guarded_parser()
    parser.StartElementHandler = start
    for _ in _fed(parser, part):
        pass
    if width > MAX_COLUMNS:
        raise Refused("columns", str(width))
    return rows, width


def rows_of(part: BinaryIO, keep: Container[int]) -> Iterator[Row]:
    """Rows that have a cell, from 1 and in order, with the cells of the columns in ``keep`` (from 0).

    Raises Refused for rows or cells out of order, and for cells that are not where they say.
    """
    columns = Columns()
    ready: list[Row] = []
    cells: list[Cell] = []
    areas: list[tuple[int, int, int, int]] = []
    cell: Mapping[str, str] | None = None
    row, column, text = 0, -1, ""
    some = filled = formula = collecting = phonetic = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal cell, cells, row, column, text, some, filled, formula, collecting, phonetic
        if name in _CELL:
            if cell is not None or not row:
                raise Refused("damaged")
            cell, text, filled, formula = attributes, "", False, False
        elif name in _VALUE:
            filled = True
            collecting = cell is not None and not phonetic
        elif name in _FORMULA:
            filled = formula = True
            if cell is not None and attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
                areas.append(_area(attributes["ref"], columns))
        elif name in _ROW:
            row = _following(row, attributes)
            column, cells, some = -1, [], False
            if areas:
                areas[:] = [area for area in areas if area[2] >= row]
        elif name in _PHONETIC:
            phonetic = True

    def characters(data: str) -> None:
        nonlocal text
        if collecting:
            text += data

    def end(name: str) -> None:
        nonlocal cell, column, some, collecting, phonetic
        if name in _VALUE:
            collecting = False
        elif name in _CELL:
            if cell is None:
                return
            reference = cell.get("r")
            if reference is None:
                at = column + 1
            else:
                letters = reference.rstrip(_DIGITS)
                at = columns[letters]
                if at <= column or reference[len(letters) :] != str(row):
                    raise Refused("damaged")
            column = at
            if filled:
                some = True
                if at in keep:
                    computed = formula or (bool(areas) and _in_areas(row, at, areas))
                    cells.append((at, cell.get("t", "n"), cell.get("s", ""), text, computed))
            cell = None
        elif name in _ROW:
            if some:
                ready.append((row, cells))
        elif name in _PHONETIC:
            phonetic = False

    parser = container.guarded_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    for _ in _fed(parser, part):
        if ready:
            yield from ready
            ready.clear()


def shared_strings(part: BinaryIO) -> list[str]:
    """The shared strings of a workbook in order: rich text as plain text, without phonetic guides."""
    strings: list[str] = []
    text = ""
    collecting = phonetic = False

    def start(name: str, _: Mapping[str, str]) -> None:
        nonlocal text, collecting, phonetic
        if name in _VALUE:
            collecting = not phonetic
        elif name in _ITEM:
            text = ""
        elif name in _PHONETIC:
            phonetic = True

    def characters(data: str) -> None:
        nonlocal text
        if collecting:
            text += data

    def end(name: str) -> None:
        nonlocal collecting, phonetic
        if name in _VALUE:
            collecting = False
        elif name in _ITEM:
            strings.append(unescaped(text))
        elif name in _PHONETIC:
            phonetic = False

    parser = container.guarded_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    for _ in _fed(parser, part):
        pass
    return strings


def _fed(parser: expat.XMLParserType, part: BinaryIO) -> Iterator[None]:
    """Feed a part to a parser piece by piece, to its end."""
    try:
        while data := part.read(container.CHUNK):
            parser.Parse(data, False)
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, *container.DAMAGED) as wrong:
        raise Refused("damaged") from wrong
    yield


def _following(row: int, attributes: Mapping[str, str]) -> int:
    given = attributes.get("r")
    number = row + 1 if given is None else _number(given)
    if not row < number <= MAX_ROWS:
        raise Refused("damaged")
    return number


def _area(reference: str, columns: Columns) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of ``B2:C10``, which an array formula fills."""
    corners = []
    for corner in reference.split(":"):
        letters = corner.rstrip(_DIGITS)
        corners.append((_number(corner[len(letters) :]), columns[letters]))
    if len(corners) > 2:
        raise Refused("damaged")
    return (*corners[0], *corners[-1])


def _in_areas(row: int, column: int, areas: Sequence[tuple[int, int, int, int]]) -> bool:
    return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in areas)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise Refused("damaged")
    return int(text)
