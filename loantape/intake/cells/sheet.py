"""A worksheet's XML, walked through once without keeping it: which rows and cells there are, and what they hold.

Belongs here: the parsers of a sheet part and of the shared strings. Not here: the meaning of styles and dates
(``cell_text``), the package (``container``). What a sheet declares about its own size is never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO
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


def tags(*names: str) -> Mapping[str, str]:
    """Element names as the guarded parser gives them, in either namespace, to local names."""
    return {f"{space}{container.SEPARATOR}{name}": name for space in NAMESPACES for name in names}


_TAGS = tags("c", "v", "t", "f", "is", "row", "rPh", "sheetData")


class SheetParser:
    """Feeds a sheet part through expat and hands over each row that has a cell, in order.

    ``keep`` says which columns' texts matter (None: all). A cell is one that holds a value, a text or a formula; an
    empty one that only has a style is none. ``rows`` and ``columns`` are, afterwards, the last that had a cell.
    """

    def __init__(self, part: BinaryIO, keep: Callable[[int], bool] | None = None) -> None:
        self._part = part
        self._keep = keep
        self._ready: list[Row] = []
        self.rows = 0
        self.columns = 0
        self._inside = False  # sheetData
        self._row = 0
        self._column = -1
        self._cells: list[Cell] = []
        self._any = False  # a cell in this row
        self._letters: dict[str, int] = {}
        self._arrays: list[tuple[int, int, int, int]] = []
        self._cell: tuple[int, str, str] | None = None
        self._text: list[str] = []
        self._filled = False
        self._formula = False
        self._collecting = False
        self._phonetic = False

    def __iter__(self) -> Iterator[Row]:
        """Rows, from 1, with their cells. Raises Refused for XML that is not a sheet's."""
        parser = container.guarded_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            while data := self._part.read(container.CHUNK):
                parser.Parse(data, False)
                if self._ready:
                    yield from self._ready
                    self._ready.clear()
            parser.Parse(b"", True)
        except (expat.ExpatError, *container.DAMAGED) as wrong:
            raise Refused("damaged") from wrong
        yield from self._ready

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v" or tag == "t":
            self._collecting = self._cell is not None and not self._phonetic
        elif tag == "f" and self._cell is not None:
            self._formula = True
            if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
                self._arrays.append(self._area(attributes["ref"]))
        elif tag == "row" and self._inside:
            self._open_row(attributes)
        elif tag == "sheetData":
            self._inside = True
        elif tag == "rPh":
            self._phonetic = True

    def _characters(self, text: str) -> None:
        if self._collecting:
            self._text.append(text)

    def _end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "v" or tag == "t":
            self._collecting = False
        elif tag == "c":
            self._close_cell()
        elif tag == "row" and self._inside:
            if self._any:
                self.rows = self._row
                self._ready.append((self._row, self._cells))
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "sheetData":
            self._inside = False

    def _open_row(self, attributes: Mapping[str, str]) -> None:
        given = attributes.get("r")
        number = self._row + 1 if given is None else _number(given)
        if not self._row < number <= MAX_ROWS:
            raise Refused("damaged")
        self._row, self._column, self._cells, self._any = number, -1, [], False
        if self._arrays:
            self._arrays = [area for area in self._arrays if area[2] >= number]

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        if self._cell is not None or not self._inside or not self._row:
            raise Refused("damaged")
        given = attributes.get("r")
        if given is None:
            column = self._column + 1
        else:
            letters = given.rstrip("0123456789")
            known = self._letters.get(letters)
            column = self._letter(letters) if known is None else known
            if given[len(letters) :] != str(self._row) or column <= self._column:
                raise Refused("damaged")
        self._column = column
        self._cell = (column, attributes.get("t", "n"), attributes.get("s", ""))
        self._formula = False
        self._text.clear()

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        column, kind, style = self._cell
        self._cell = None
        text = "".join(self._text)
        formula = self._formula or (bool(self._arrays) and self._computed(column))
        if not text and not formula:
            return
        if column >= MAX_COLUMNS:
            raise Refused("columns", str(column + 1))
        self._any = True
        if column >= self.columns:
            self.columns = column + 1
        if self._keep is None or self._keep(column):
            self._cells.append((column, kind, style, text, formula))

    def _computed(self, column: int) -> bool:
        """Whether an array formula that began elsewhere fills this cell."""
        return any(top <= self._row <= bottom and left <= column <= right for top, left, bottom, right in self._arrays)

    def _letter(self, letters: str) -> int:
        column = 0
        if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isupper():
            raise Refused("damaged")
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        self._letters[letters] = column - 1
        return column - 1

    def _area(self, reference: str) -> tuple[int, int, int, int]:
        """Top, left, bottom, right of ``B2:C10``."""
        corners = []
        for corner in reference.split(":"):
            letters = corner.rstrip("0123456789")
            corners.append((_number(corner[len(letters) :]), self._letter(letters)))
        if len(corners) > 2:
            raise Refused("damaged")
        return (*corners[0], *corners[-1])


def shared_strings(part: BinaryIO) -> list[str]:
    """The shared strings of a workbook in order: rich text as plain text, without phonetic guides."""
    item, text, phonetic = tags("si"), tags("t"), tags("rPh")
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "phonetic": False}

    def start(name: str, _: Any) -> None:
        if name in text:
            state["text"] = not state["phonetic"]
        elif name in item:
            pieces.clear()
        elif name in phonetic:
            state["phonetic"] = True

    def end(name: str) -> None:
        if name in text:
            state["text"] = False
        elif name in item:
            strings.append(unescaped("".join(pieces)))
        elif name in phonetic:
            state["phonetic"] = False

    def characters(data: str) -> None:
        if state["text"]:
            pieces.append(data)

    parser = container.guarded_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        while data := part.read(container.CHUNK):
            parser.Parse(data, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, *container.DAMAGED) as wrong:
        raise Refused("damaged") from wrong
    return strings


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise Refused("damaged")
    return int(text)
