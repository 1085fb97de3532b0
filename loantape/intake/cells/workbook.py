"""XLSX workbooks, read in the child: one sheet, walked through twice, never held as a whole.

Belongs here: which parts a workbook has and what its sheet's cells say in the form their column declares. Not here:
the package's safety (``container``), XML (``sheet``), numbers and dates (``cell_text``). No link is followed.
"""

from __future__ import annotations

import codecs
import encodings.cp437
import io
import posixpath
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO
from xml.etree import ElementTree

from loantape.intake.cells import cell_text, sheet
from loantape.intake.cells.container import DAMAGED, Container
from loantape.intake.cells.protocol import (
    BATCH_BYTES,
    NO_VALUE,
    UNREADABLE,
    Batch,
    Ending,
    Refused,
    TextColumn,
    Wanted,
)

_ROWS = 1 << 13  # of one batch: Python texts are large, and the parent should never wait long
_REFUSED = 1 << 15
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_RELATION = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_REMEMBERED = 1 << 15
_LONGEST_ERROR = 32
_NAMES = {"s": "text", "inlineStr": "text", "str": "text", "b": "boolean", "d": "date", "n": "number"}
_FITS = {
    "text": frozenset(("text",)),
    "integer": frozenset(("number",)),
    "number": frozenset(("number",)),
    "day": frozenset(("date",)),
    "stamp": frozenset(("date",)),
    "flag": frozenset(("boolean",)),
}
_ANY = Wanted(0, "text")


class Workbook:
    """A workbook's one sheet, or the one that is named. ``header`` says whether its first row names the columns."""

    def __init__(self, stream: BinaryIO, name: str | None, header: bool) -> None:
        self._package = Container(stream)
        self._header = header
        workbook = self._only(self._relations(""), "officeDocument")
        if workbook.lower().endswith(".bin"):
            raise Refused("not_xlsx")
        root = self._tree(workbook)
        self._since_1904 = any(
            one.get("date1904", "").lower() in ("1", "true", "on") for one in _all(root, "workbookPr")
        )
        relations = self._relations(workbook)
        self._sheet = self._chosen(root, relations, name)
        self._package.inspect(but=self._sheet)
        self._lines, self._width, self._first = self._measured()
        if self._header and not self._first:
            raise Refused("no_header")
        self._strings = self._shared(relations)
        self._moments: dict[tuple[str, str, str], str] = {}
        self._dates = self._date_styles(relations)

    def describe(self) -> tuple[Sequence[str], Sequence[str], int]:
        """The first row's texts, as wide as the widest row; the last row with a cell."""
        texts = [""] * self._width
        for cell in self._first:
            texts[cell[0]] = self._shown(cell)
        return texts, ["cell"] * self._width, self._lines

    def batches(self, wanted: Sequence[Wanted]) -> Iterator[Batch | Ending]:
        """Rows with a cell as text, the header left out; then rows without a cell and what drifted."""
        takers: dict[int, list[tuple[int, Wanted]]] = {}
        for at, one in enumerate(wanted):
            takers.setdefault(one.position, []).append((at, one))
        drift: dict[tuple[int, str], None] = {}
        blank: list[tuple[int, int]] = []
        last = 1 if self._header else 0
        columns: list[list[str]] = [[] for _ in wanted]
        lines, refused, size = array("q"), [], 0
        with self._package.open(self._sheet) as part:
            for number, cells in sheet.rows_of(part, takers):
                if number == 1 and self._header:
                    continue
                if number > last + 1:
                    blank.append((last + 1, number - 1))
                last = number
                for column in columns:
                    column.append("")
                for cell in cells:
                    for at, one in takers[cell[0]]:
                        text, code, kind = self._rendered(cell, one)
                        if kind and kind not in _FITS[one.kind]:
                            drift[at, kind] = None
                        if code:
                            refused.append((len(lines), at, code, text))
                        else:
                            columns[at][-1] = text
                            size += len(text)
                lines.append(number)
                if len(lines) >= _ROWS or size >= BATCH_BYTES or len(refused) >= _REFUSED:
                    yield Batch(len(lines), [TextColumn.of(column) for column in columns], lines.tobytes(), refused)
                    columns = [[] for _ in wanted]
                    lines, refused, size = array("q"), [], 0
        if lines:
            yield Batch(len(lines), [TextColumn.of(column) for column in columns], lines.tobytes(), refused)
        yield Ending(blank, list(drift))

    def row(self, line: int) -> Sequence[str]:
        """All cells of a row as text in no particular form; a formula as ``formula``, an error as its name."""
        with self._package.open(self._sheet) as part:
            for number, cells in sheet.rows_of(part, range(self._width)):
                if number >= line:
                    texts = [""] * self._width
                    for cell in cells if number == line else ():
                        texts[cell[0]] = self._shown(cell)
                    return texts if number == line else []
        return []

    def _shown(self, cell: sheet.Cell) -> str:
        return self._rendered(cell, _ANY)[0]

    def _rendered(self, cell: sheet.Cell, wanted: Wanted) -> tuple[str, str, str]:
        """(text, code of what is wrong with it or nothing, the cell's own type or nothing)."""
        _, kind, style, stored, formula = cell
        if formula:
            return "formula", NO_VALUE, ""
        if kind == "s":
            text = self._string(stored)
            return text, "", "text" if text else ""
        if not stored and kind != "e":
            return "", "", ""
        if kind == "n":
            if style in self._dates:
                return self._moment(stored, wanted), "", "date"
            text, settled = cell_text.number_text(stored)
            if not settled and cell_text.digits_lost(text, wanted.kind):
                return cell_text.stored_digits(stored), UNREADABLE, "number"
            if wanted.kind == "number" and wanted.point != ".":
                text = text.replace(".", wanted.point)
            return text, "", "number"
        if kind == "e":
            return stored.strip()[:_LONGEST_ERROR] or "error", NO_VALUE, ""
        if kind == "b":
            return self._boolean(stored, wanted), "", "boolean"
        if kind == "d":
            return cell_text.iso_text(stored, wanted), "", "date"
        if kind in _NAMES:
            return cell_text.unescaped(stored), "", "text"
        raise Refused("damaged")

    def _moment(self, stored: str, wanted: Wanted) -> str:
        """As ``cell_text.moment_text``; the moments of a column are mostly the same few."""
        key = (stored, wanted.kind, wanted.form)
        text = self._moments.get(key)
        if text is None:
            text = cell_text.moment_text(stored, self._since_1904, wanted)
            if len(self._moments) < _REMEMBERED:
                self._moments[key] = text
        return text

    def _string(self, stored: str) -> str:
        stored = stored.strip()
        if not (stored.isascii() and stored.isdigit() and len(stored) < _LONGEST_ERROR):
            raise Refused("damaged")
        at = int(stored)
        if at >= len(self._strings):
            raise Refused("damaged")
        return self._strings[at]

    @staticmethod
    def _boolean(stored: str, wanted: Wanted) -> str:
        value = {"1": True, "true": True, "0": False, "false": False}.get(stored.strip())
        if value is None:
            return stored
        if wanted.kind == "flag":
            return wanted.true if value else wanted.false
        return "true" if value else "false"

    # --- parts of the package -----------------------------------------------------------------------------------

    def _tree(self, part: str) -> ElementTree.Element:
        """A part as a tree. The parser knows no files and no network, and a DTD is refused before it sees the part."""
        self._package.check_xml(part)
        try:
            return ElementTree.fromstring(self._package.read(part))  # noqa: S314  checked just above
        except ElementTree.ParseError as wrong:
            raise Refused("damaged") from wrong

    def _relations(self, part: str) -> Sequence[tuple[str, str, str]]:
        """(id, last word of the type, part it leads to) for what a part refers to inside the package."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self._package.has(rels):
            return []
        found = []
        for one in self._tree(rels).iter(_PACKAGE):
            if one.get("TargetMode", "Internal") != "Internal":
                continue  # a link out of the file: not followed
            target = one.get("Target", "")
            inside = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found.append((one.get("Id", ""), one.get("Type", "").rpartition("/")[2], posixpath.normpath(inside)))
        return found

    def _only(self, relations: Sequence[tuple[str, str, str]], kind: str) -> str:
        parts = [part for _, one, part in relations if one == kind]
        if len(parts) != 1:
            raise Refused("not_xlsx")
        return parts[0]

    def _chosen(self, root: ElementTree.Element, relations: Sequence[tuple[str, str, str]], name: str | None) -> str:
        """The part of the sheet to read; hidden sheets are sheets, charts are none."""
        targets = {key: (kind, part) for key, kind, part in relations}
        sheets: list[tuple[str, str]] = []
        for one in _all(root, "sheet"):
            key = next((one.get(relation) for relation in _RELATION if one.get(relation)), "")
            kind, part = targets.get(key or "", ("", ""))
            if kind == "worksheet":
                sheets.append((one.get("name", ""), part))
            elif kind in ("xlMacrosheet", "xlIntlMacrosheet", "dialogsheet"):
                raise Refused("macros")
            elif kind != "chartsheet":
                raise Refused("damaged")
        fitting = sheets if name is None else [one for one in sheets if one[0] == name]
        if name is None and len(sheets) > 1:
            raise Refused("sheets", str(len(sheets)))
        if len(fitting) != 1:
            raise Refused("sheet_missing")
        if not self._package.has(fitting[0][1]):
            raise Refused("damaged")
        return fitting[0][1]

    def _measured(self) -> tuple[int, int, list[sheet.Cell]]:
        """The last row and the number of columns with a cell, and the cells of the first row."""
        with self._package.open(self._sheet) as part:
            rows, width = sheet.extent(part)
        with self._package.open(self._sheet) as part:
            number, cells = next(sheet.rows_of(part, range(width)), (0, []))
        return rows, width, cells if number == 1 else []

    def _shared(self, relations: Sequence[tuple[str, str, str]]) -> list[str]:
        parts = [part for _, kind, part in relations if kind == "sharedStrings"]
        if not parts:
            return []
        try:
            with self._package.open(parts[0]) as part:
                return sheet.shared_strings(part)
        except DAMAGED as wrong:
            raise Refused("damaged") from wrong

    def _date_styles(self, relations: Sequence[tuple[str, str, str]]) -> Mapping[str, bool]:
        """The cell styles, by the number cells name them with, whose number format shows a date or a time."""
        parts = [part for _, kind, part in relations if kind == "styles"]
        if not parts:
            return {}
        root = self._tree(parts[0])
        codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in _all(root, "numFmt")}
        dates: dict[str, bool] = {}
        for formats in _all(root, "cellXfs"):
            for at, one in enumerate(_all(formats, "xf")):
                number = one.get("numFmtId", "0")
                if number.isdigit() and cell_text.is_date_format(int(number), codes.get(number)):
                    dates[str(at)] = True
        if dates.get("0"):
            dates[""] = True  # a cell that names no style has the first
        return dates


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    for space in sheet.NAMESPACES:
        yield from root.iter(f"{{{space}}}{name}")


def prepare() -> None:
    """Make the encoding known that zip names its members in: it would be imported when the first name is read."""
    codecs.lookup(encodings.cp437.getregentry().name)


def open_workbook(descriptor: int, name: str | None, header: bool) -> Workbook:
    """A workbook behind an open descriptor."""
    return Workbook(io.FileIO(descriptor, closefd=False), name, header)
