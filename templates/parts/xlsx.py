"""Writes XLSX workbooks of which every byte follows from their cells, and of which no cell can be a formula.

Belongs here: the few parts of an Office Open XML workbook (ECMA-376) that regulators' tables need. Not here: any
regulator's table, or reading. Texts are written in the cells (inline strings), so that whatever they begin with they
stay texts; numbers are written out as decimals; there is no time, no author and no calculation in the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from loantape.errors import FilingRefused
from loantape.zipped import Source, write_zip

LONGEST = 32_767  # characters of UTF-16 in a cell (ECMA-376 part 1, annex on limits of known implementations)
_SHEET_NAME = re.compile(r"[^\[\]:*?/\\]{1,31}")
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")  # how a character that XML cannot carry is written (ST_Xstring)
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Cell = str | int | Decimal | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, rows of cells, widths of columns in characters, and which rows are headings (from 1)."""

    name: str
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int]
    headings: frozenset[int] = frozenset({1})


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the sheets in this order. Raises FilingRefused for a text that no cell can hold."""
    members = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            *((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)),
            (f"rId{len(sheets) + 1}", "styles", "styles.xml"),
        ),
        "xl/styles.xml": _STYLES,
    }
    for number, sheet in enumerate(sheets, 1):
        members[f"xl/worksheets/sheet{number}.xml"] = _HEAD + "".join(_sheet(sheet))
    write_zip(path, {name: _bytes(text) for name, text in members.items()})


def escaped(text: str) -> str:
    """A text as XML carries it in a cell. Raises FilingRefused when it is too long."""
    if len(text.encode("utf-16-le")) // 2 > LONGEST:
        raise FilingRefused(
            f"a text of {len(text)} characters does not fit a cell of a workbook, which holds {LONGEST}"
            f" 文本长度{len(text)}超过单元格上限{LONGEST}",
            "shorten it in a new delivery; nothing was written 请在新的报送中缩短；未写出任何文件",
        )
    text = _ESCAPED.sub(lambda found: "_x005F" + found[0], text)
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bytes(text: str) -> Source:
    return lambda: io.BytesIO(text.encode("utf-8"))


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<worksheet xmlns="{_MAIN}"><cols>'
    for number, width in enumerate(sheet.widths, 1):
        yield f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
    yield "</cols><sheetData>"
    for number, row in enumerate(sheet.rows, 1):
        yield f'<row r="{number}">'
        style = 1 if number in sheet.headings else 0
        for column, value in enumerate(row):
            yield _cell(f"{_letters(column)}{number}", value, style)
        yield "</row>"
    yield "</sheetData></worksheet>"


def _cell(place: str, value: Cell, style: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escaped(value)}</t></is></c>'
    if isinstance(value, int):
        return f'<c r="{place}" s="{style}"><v>{value:d}</v></c>'
    if not value.is_finite():
        raise ValueError(f"{place} is no number")
    return f'<c r="{place}" s="2"><v>{value:f}</v></c>'


def _letters(column: int) -> str:
    """The name of a column counted from 0: A, B, …, Z, AA, …"""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _workbook(sheets: Sequence[Sheet]) -> str:
    for sheet in sheets:
        if not _SHEET_NAME.fullmatch(sheet.name):
            raise ValueError(f"{sheet.name!r} cannot name a sheet")
    listed = "".join(
        f'<sheet name="{escaped(sheet.name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'


def _relations(*targets: tuple[str, str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for name, kind, target in targets
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _content_types(sheets: int) -> str:
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{office}.worksheet+xml"/>'
        for n in range(1, sheets + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{office}.styles+xml"/>{parts}</Types>'
    )


# 0 plain, 1 heading (bold, wrapped), 2 amount
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment wrapText="1"/></xf>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
