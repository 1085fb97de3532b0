"""Typed files for the tests: small ones written by pyarrow, workbooks put together from XML, and how to read them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loantape.declare import FileKind, FileLayout, ValueForm
from loantape.intake.cells import CellFile, Description

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
QUOTE = {'"': "&quot;"}
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


@dataclass
class Content:
    """Everything one reading of a file gives."""

    description: Description
    columns: list[list[str]]
    lines: list[int]
    refused: list[tuple[int, int, str, str]]  # (line, wanted index, code, text)
    blank: list[int]
    drift: list[tuple[int, str]]


def _layout(kind: str, **options: Any) -> FileLayout:
    return FileLayout(pattern="*", columns=(), kind=FileKind(kind), **options)


@pytest.fixture
def layout() -> Callable[..., FileLayout]:
    """A layout of a kind of file; which columns it declares is nothing that reading cells looks at."""
    return _layout


@pytest.fixture
def content() -> Callable[..., Content]:
    """Read a file as a whole: ``content(path, kind, [(position, form), …])``."""

    def read(path: Path, kind: str, wanted: Sequence[tuple[int, ValueForm]], **options: Any) -> Content:
        limits = {key: options.pop(key) for key in ("memory", "seconds") if key in options}
        with CellFile(path, _layout(kind, **options), **limits) as file:
            columns: list[list[str]] = [[] for _ in wanted]
            lines: list[int] = []
            refused = []
            for batch in file.batches(wanted):
                refused += [(int(batch.lines[row]), *rest) for row, *rest in batch.refused]
                lines += batch.lines.tolist()
                for to, column in zip(columns, batch.columns, strict=True):
                    assert column.null_count == 0 and len(column) == len(batch.lines)
                    to += column.to_pylist()
            return Content(file.description, columns, lines, refused, list(file.blank), list(file.drift))

    return read


@pytest.fixture
def write() -> Callable[[pa.Table, Path], str]:
    """Write a table in the format that the path's suffix names; returns the kind."""

    def to(table: pa.Table, path: Path) -> str:
        if path.suffix == ".parquet":
            pq.write_table(table, path, write_page_checksum=True)
            return "parquet"
        start = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as sink, start(sink, table.schema) as writer:
            writer.write_table(table)
        return "arrow"

    return to


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    """A worksheet part around its rows."""
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}<sheetData>{rows}</sheetData>'
        f"{after}</worksheet>"
    )


def parts(sheets: Mapping[str, str], formats: Sequence[str] = (), **more: str) -> dict[str, str]:
    """The parts of a workbook, by name. ``formats`` are the number formats of cell styles 1, 2, …; ids are digits."""
    names = list(sheets)
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(names) + 1)
    )
    own = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{escape(code, QUOTE)}"/>'
        for at, code in enumerate(formats)
        if not code.isdigit()
    )
    styles = "".join(f'<xf numFmtId="{code if code.isdigit() else 200 + at}"/>' for at, code in enumerate(formats))
    strings = "".join(more.get("strings", ()))
    return {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"{more.get('properties', '')}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{related}'
        f'<Relationship Id="rIdS" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rIdT" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'{DECLARATION}<sst xmlns="{MAIN}">{strings}</sst>',
        **{
            f"xl/worksheets/sheet{at}.xml": text if text.startswith("<?xml") else sheet_xml(text)
            for at, text in enumerate(sheets.values(), 1)
        },
    }


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Put a workbook together: ``book({"Sheet": "<row>…</row>"}, formats=[…], strings=…, properties=…)``.

    ``change`` replaces or adds parts afterwards; a part that is None is left out.
    """

    def build(
        sheets: Mapping[str, str] | str, change: Mapping[str, str | bytes | None] | None = None, **options: Any
    ) -> Path:
        made: dict[str, str | bytes | None] = dict(
            parts({"Loans": sheets} if isinstance(sheets, str) else sheets, **options)
        )
        made.update(change or {})
        path = tmp_path / f"book{len(list(tmp_path.iterdir()))}.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in made.items():
                if text is not None:
                    archive.writestr(name, text)
        return path

    return build
