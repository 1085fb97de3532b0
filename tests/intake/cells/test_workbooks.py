"""What workbooks say: every kind of cell in every form, both date systems, and sheets that lie about themselves."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from loantape.declare import Code, Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.errors import DeliveryError
from loantape.intake.cells import CellFile, cell_text
from loantape.intake.cells.protocol import Wanted

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


def cell(place: str, value: str, kind: str = "", style: int = 0, formula: str = "") -> str:
    kind = f' t="{kind}"' if kind else ""
    return f'<c r="{place}"{kind} s="{style}">{formula}<v>{value}</v></c>'


def one(text: str) -> str:
    """A sheet with a header and one cell, A2."""
    return f'{HEAD}<row r="2">{text}</row>'


# what is in A2; number formats of styles 1…; form; text expected; drift expected
CELLS: list[tuple[str, list[str], ValueForm, str, str]] = [
    (cell("A2", "12"), [], Integer(), "12", ""),
    (cell("A2", "0.10000000000000001"), [], Number(), "0.1", ""),
    (cell("A2", "4.0999999999999996"), [], Number(), "4.1", ""),
    (cell("A2", "0.30000000000000004"), [], Number(), "0.30000000000000004", ""),
    (cell("A2", "1E-7"), [], Number(), "0.0000001", ""),
    (cell("A2", "1.5E+3"), [], Number(), "1500", ""),
    (cell("A2", "-1.5"), [], Number(point=","), "-1,5", ""),
    (cell("A2", "7.0"), [], Integer(), "7", ""),
    (cell("A2", "1_0"), [], Integer(), "1_0", ""),
    (cell("A2", "١٢"), [], Integer(), "١٢", ""),
    (cell("A2", "NaN"), [], Number(), "NaN", ""),
    (cell("A2", "1E+999"), [], Number(), "inf", ""),
    (cell("A2", "123"), [], Text(), "123", "number"),
    (cell("A2", "110101199001011"), [], Identifier(), "110101199001011", "number"),
    (cell("A2", "1"), [], Code({"1": "a"}), "1", "number"),
    (cell("A2", "1"), [], Flag("1", "0"), "1", "number"),
    (cell("A2", "20261031"), [], Day("%Y%m%d"), "20261031", "number"),
    (cell("A2", "46326", style=1), ["14"], Day("%Y%m%d"), "20261031", ""),
    (cell("A2", "46326", style=1), ["31"], Day(), "2026-10-31", ""),
    (cell("A2", "46326", style=1), ["57"], Day(), "2026-10-31", ""),
    (cell("A2", "46326", style=1), ['yyyy"年"m"月"d"日"'], Day("%d/%m/%Y"), "31/10/2026", ""),
    (cell("A2", "46326", style=1), ["[$-804]yyyy\\-mm\\-dd;@"], Day(), "2026-10-31", ""),
    (cell("A2", "46326.5", style=1), ["22"], Day(), "2026-10-31 12:00:00", ""),
    (cell("A2", "46326", style=1), ["14"], Stamp(), "2026-10-31 00:00:00", ""),
    (cell("A2", "46326.524259259259", style=1), ["22"], Stamp(), "2026-10-31 12:34:56", ""),
    (cell("A2", "46326.5242592593", style=1), ["22"], Stamp(), "2026-10-31 12:34:56", ""),
    (cell("A2", "46326.52425983796", style=1), ["22"], Stamp(), "2026-10-31 12:34:56.050", ""),
    (cell("A2", "46326.99999999999", style=1), ["22"], Stamp(), "2026-11-01 00:00:00", ""),
    (cell("A2", "46326", style=1), ["14"], Day("%m/%Y"), "2026-10-31", ""),
    (cell("A2", "46296", style=1), ["14"], Day("%m/%Y"), "10/2026", ""),
    (cell("A2", "46326", style=1), ["14"], Text(), "2026-10-31", "date"),
    (cell("A2", "46326", style=1), ["14"], Number(), "2026-10-31", "date"),
    (cell("A2", "1", style=1), ["14"], Day(), "1900-01-01", ""),
    (cell("A2", "59", style=1), ["14"], Day(), "1900-02-28", ""),
    (cell("A2", "60", style=1), ["14"], Day(), "1900-02-29", ""),
    (cell("A2", "61", style=1), ["14"], Day(), "1900-03-01", ""),
    (cell("A2", "0.5", style=1), ["18"], Day(), "12:00:00", ""),
    (cell("A2", "-1", style=1), ["14"], Day(), "-1", ""),
    (cell("A2", "2958465", style=1), ["14"], Day(), "9999-12-31", ""),
    (cell("A2", "2958466", style=1), ["14"], Day(), "2958466", ""),
    (cell("A2", "1.25", style=1), ["[h]:mm"], Number(), "1.25", ""),
    (cell("A2", "1.25", style=1), ['0.00"days"'], Number(), "1.25", ""),
    (cell("A2", "1.25", style=1), ["[Red]#,##0.00_);(0.00\\d)"], Number(), "1.25", ""),
    (cell("A2", "2026-10-31", "d"), [], Day("%Y%m%d"), "20261031", ""),
    (cell("A2", "2026-10-31T08:00:00", "d"), [], Stamp(), "2026-10-31 08:00:00", ""),
    (cell("A2", "2026-10-31T08:00:00Z", "d"), [], Stamp(), "2026-10-31T08:00:00Z", ""),
    (cell("A2", "1", "b"), [], Flag("Y", "N"), "Y", ""),
    (cell("A2", "0", "b"), [], Flag("Y", "N"), "N", ""),
    (cell("A2", "1", "b"), [], Text(), "true", "boolean"),
    (cell("A2", "0", "s"), [], Text(), "00123", ""),
    (cell("A2", "0", "s"), [], Integer(), "00123", "text"),
    (cell("A2", "0", "s"), [], Flag("1", "0"), "00123", "text"),
    (cell("A2", "1", "s"), [], Text(), "rich text", ""),
    (cell("A2", "2", "s"), [], Text(), "东京", ""),
    (cell("A2", "3", "s"), [], Text(), "a\rb_x000D_c", ""),
    (cell("A2", "4", "s"), [], Integer(), "", ""),
    ('<c r="A2"><v/></c>', [], Text(), "", ""),
    ('<c r="A2" t="b"><v></v></c>', [], Text(), "", ""),
    ('<c r="A2" s="1"><v/></c>', ["14"], Text(), "", ""),
    ('<c r="A2" t="inlineStr"><is><r><t>in</t></r><r><t xml:space="preserve"> line</t></r></is></c>', [], Text(),
     "in line", ""),
    (cell("A2", "a&lt;b", "str"), [], Text(), "a<b", ""),
]  # fmt: skip
STRINGS = (
    "<si><t>00123</t></si><si><r><t>rich</t></r><r><rPr><b/></rPr><t xml:space='preserve'> text</t></r></si>"
    "<si><t>东京</t><rPh sb='0' eb='1'><t>トウキョウ</t></rPh></si><si><t>a_x000D_b_x005F_x000D_c</t></si><si><t/></si>"
)


@pytest.mark.parametrize(("text", "formats", "form", "expected", "drift"), CELLS)
def test_every_kind_of_cell(
    book: Callable[..., Path], content: Callable[..., Any], text: str, formats: list[str], form: ValueForm,
    expected: str, drift: str,
) -> None:  # fmt: skip
    """A cell's text is what the reference says for its type, number format and the declared form."""
    read = content(book(one(text), formats=formats, strings=STRINGS), "xlsx", [(0, form)])
    assert (read.columns, read.lines, read.refused) == ([[expected]], [2], [])
    assert read.drift == ([(0, drift)] if drift else [])


# what is in A2; form; the code and text it is refused with
REFUSED: list[tuple[str, ValueForm, str, str]] = [
    (cell("A2", "3", formula="<f>1+2</f>"), Integer(), "READ-016", "formula"),
    (cell("A2", "x", "str", formula="<f>B2</f>"), Text(), "READ-016", "formula"),
    ('<c r="A2"><f>1+2</f></c>', Integer(), "READ-016", "formula"),
    (cell("A2", "3", formula='<f t="shared" si="0"/>'), Integer(), "READ-016", "formula"),
    (cell("A2", "#DIV/0!", "e", formula="<f>1/0</f>"), Integer(), "READ-016", "formula"),
    (cell("A2", "#DIV/0!", "e"), Integer(), "READ-016", "#DIV/0!"),
    (cell("A2", "#N/A", "e"), Text(), "READ-016", "#N/A"),
    (cell("A2", "1.1010119900101101E+17"), Identifier(), "READ-001", "110101199001011010"),
    (cell("A2", "110101199001011234"), Text(), "READ-001", "110101199001011234"),
    (cell("A2", "1000000000000000"), Identifier(), "READ-001", "1000000000000000"),
    (cell("A2", "110101199001011234"), Number(), "READ-001", "110101199001011234"),
    (cell("A2", "0.30000000000000004"), Text(), "READ-001", "0.30000000000000004"),
]


@pytest.mark.parametrize(("text", "form", "code", "shown"), REFUSED)
def test_cells_without_a_value_to_trust(
    book: Callable[..., Path], content: Callable[..., Any], text: str, form: ValueForm, code: str, shown: str
) -> None:
    """Formulas, errors and digits no spreadsheet keeps are refused, named, and leave the empty text."""
    read = content(book(one(text)), "xlsx", [(0, form)])
    assert read.refused == [(2, 0, code, shown)] and read.columns == [[""]]


def test_array_formulas_fill_their_range(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """A cell that an array formula elsewhere computes is a formula's too, though it holds only a value."""
    formula = {3: "<f t='array' ref='A3:B4'>X</f>"}
    rows = "".join(
        f'<row r="{at}">{cell(f"A{at}", str(at), formula=formula.get(at, ""))}{cell(f"B{at}", "0")}</row>'
        for at in range(2, 6)
    )
    read = content(book(HEAD + rows), "xlsx", [(0, Integer()), (1, Integer())])
    assert [(line, at) for line, at, _, _ in read.refused] == [(3, 0), (3, 1), (4, 0), (4, 1)]
    assert read.columns == [["2", "", "", "5"], ["0", "", "", "0"]]


def test_rows_columns_and_what_is_between(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """Rows without a cell are blank, styles make no cell, hidden rows count, the header is as wide as the sheet."""
    rows = (
        '<row r="1"><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="3" hidden="1">' + cell("A3", "3")
        + '</row><row r="4"><c r="A4" s="0"/></row><row><c><v>5</v></c><c/><c><v>6</v></c></row><row r="9"/>'
    )  # fmt: skip
    read = content(book(rows), "xlsx", [(0, Integer()), (2, Integer()), (0, Text())])
    assert read.description.header == ("", "b", "") and read.description.lines == 5
    assert read.description.types == ("cell",) * 3
    assert read.lines == [3, 5] and read.blank == [2, 4]
    assert read.columns == [["3", "5"], ["", "6"], ["3", "5"]] and read.drift == [(2, "number")]
    assert content(book(rows), "xlsx", [(1, Text())], header=False).lines == [1, 3, 5]


def test_declared_dimensions_are_not_believed(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """A dimension that claims the largest sheet, or too small a one, changes nothing."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    for dimension in ("A1:XFD1048576", "A1", "nonsense"):
        text = (
            f'<?xml version="1.0"?><x:worksheet {main.replace("xmlns", "xmlns:x")}><x:dimension ref="{dimension}"/>'
            f'<x:sheetData>{one(cell("A2", "1")).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")}'
            "</x:sheetData></x:worksheet>"
        )  # fmt: skip
        read = content(book({"S": text}), "xlsx", [(0, Integer())])
        assert (read.columns, read.description.lines) == ([["1"]], 2), dimension


def test_the_other_date_system(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """In a workbook of the 1904 system day 0 is the first of 1904, and 1900 had no 29th of February."""
    rows = HEAD + "".join(
        f'<row r="{at}">{cell(f"A{at}", str(day), style=1)}</row>' for at, day in enumerate((0, 60, 44864, 2957003), 2)
    )
    path = book(rows, formats=["14"], properties='<workbookPr date1904="1"/>')
    read = content(path, "xlsx", [(0, Day())])
    assert read.columns == [["1904-01-01", "1904-03-01", "2026-10-31", "9999-12-31"]]


@settings(max_examples=300, deadline=None)
@given(st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)), st.booleans())
def test_serial_dates_to_the_second(moment: datetime, since_1904: bool) -> None:
    """A second that is stored as a fraction of a day, with the digits a spreadsheet writes, comes back as it was."""
    moment = moment.replace(microsecond=0)
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    serial = (moment - start) / timedelta(days=1)
    if serial < 0:
        return
    for stored in (f"{serial:.17g}", f"{serial:.15g}"):
        got = cell_text.moment_text(stored, since_1904, Wanted.of(0, Stamp()))
        assert got == moment.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


@settings(max_examples=500, deadline=None)
@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=2), st.sampled_from([".17g", ".15g", "r"]))
def test_amounts_survive_spreadsheets(amount: Decimal, how: str) -> None:
    """An amount of two decimals, stored as a double in 15 or 17 digits, is the same amount again."""
    stored = repr(float(amount)) if how == "r" else format(float(amount), how)
    text, _ = cell_text.number_text(stored)
    assert Decimal(text) == amount and "e" not in text.lower()
    assert not cell_text.digits_lost(text, "number")


def test_workbooks_of_another_writer(tmp_path: Path, content: Callable[..., Any]) -> None:
    """10,000 random cells that openpyxl writes come back as what went in, merged and hidden ones included."""
    chance = random.Random(5)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["text", "number", "day", "stamp", "flag"])
    rows = []
    for _ in range(2000):
        row: list[Any] = [
            "".join(chance.choices("aé中 0'=<&\"\t", k=chance.randint(1, 12))).lstrip("=") or "x",
            round(chance.uniform(-1e9, 1e9), chance.randint(0, 6)),
            date(2000, 1, 1) + timedelta(days=chance.randint(0, 20000)),
            datetime(2000, 1, 1) + timedelta(seconds=chance.randint(0, 10**9)),
            chance.random() < 0.5,
        ]
        rows.append([None if chance.random() < 0.1 else value for value in row])
        sheet.append(rows[-1])
    sheet["A3"] = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"))
    rows[1][0] = "plain bold"
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.sheet_state = "visible"
    path = tmp_path / "w.xlsx"
    book.save(path)
    wanted = [(0, Text()), (1, Number(scale=6)), (2, Day("%d.%m.%Y")), (3, Stamp()), (4, Flag("J", "N"))]
    read = content(path, "xlsx", wanted)
    kept = [(at, row) for at, row in enumerate(rows, 2) if any(value is not None for value in row)]
    assert read.lines == [at for at, _ in kept] and read.drift == [] and read.refused == []
    texts, numbers, days, stamps, flags = read.columns
    for at, (_, row) in enumerate(kept):
        assert texts[at] == (row[0] or "")
        assert (float(numbers[at]) if numbers[at] else None) == row[1]
        assert days[at] == (row[2].strftime("%d.%m.%Y") if row[2] else "")
        assert stamps[at] == (str(row[3]) if row[3] else "")
        assert flags[at] == {True: "J", False: "N", None: ""}[row[4]]


def test_merged_cells_have_one_value(tmp_path: Path, content: Callable[..., Any]) -> None:
    """Of merged cells only the first has a value; the others are empty."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["a", "b"], ["x", None], [None, None], ["y", "z"]):
        sheet.append(row)
    sheet.merge_cells("A2:B3")
    path = tmp_path / "m.xlsx"
    book.save(path)
    read = content(path, "xlsx", [(0, Text()), (1, Text())])
    assert read.columns == [["x", "y"], ["", "z"]] and read.blank == [3]


def test_the_strict_variant(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """A workbook in the namespaces of strict OOXML says the same."""
    path = book(one(cell("A2", "46326", style=1)), formats=["14"])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for loose, strict in (
        ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    ):
        parts = {name: text.replace(loose, strict) for name, text in parts.items()}
    assert content(book("", change=parts), "xlsx", [(0, Day())]).columns == [["2026-10-31"]]


def test_which_sheet_is_read(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """The named sheet is read, hidden or not; without a name there must be one; a missing one refuses the file."""
    sheets = {"First": one(cell("A2", "1")), "放款": one(cell("A2", "2"))}
    assert content(book(sheets), "xlsx", [(0, Integer())], sheet="放款").columns == [["2"]]
    with pytest.raises(DeliveryError, match="has 2 sheets"):
        content(book(sheets), "xlsx", [])
    with pytest.raises(DeliveryError, match="no sheet of the declared name"):
        content(book(sheets), "xlsx", [], sheet="first")


def test_one_row_for_showing(book: Callable[..., Path], layout: Callable[..., Any]) -> None:
    """Any row can be fetched as text, in the midst of an iteration too; rows that are not there are empty."""
    rows = HEAD + f'<row r="3">{cell("A3", "46326", style=1)}{cell("C3", "1", formula="<f>X</f>")}</row>'
    with CellFile(book(rows, formats=["14"]), layout("xlsx")) as file:
        batches = file.batches([(0, Text())])
        assert file.row(3) == ("2026-10-31", "", "formula")
        assert next(batches).columns[0].to_pylist() == ["2026-10-31"]
        assert file.row(1) == ("a", "", "") and file.row(2) == () and file.row(99) == ()
        assert list(batches) == [] and list(file.blank) == [2]


BROKEN = {
    "rows out of order": '<row r="3"/><row r="2"/>',
    "a row twice": '<row r="2"/><row r="2"/>',
    "cells out of order": f'<row r="2">{cell("B2", "1")}{cell("A2", "1")}</row>',
    "a cell of another row": f'<row r="2">{cell("A3", "1")}</row>',
    "a cell nowhere": f'<row r="2">{cell("2", "1")}</row>',
    "row zero": '<row r="0"/>',
    "a row beyond the last": '<row r="1048577"/>',
    "a string that is not there": f'<row r="2">{cell("A2", "5", "s")}</row>',
    "a string of no number": f'<row r="2">{cell("A2", "0_0", "s")}</row>',
    "a string before the first": f'<row r="2">{cell("A2", "-1", "s")}</row>',
    "an unknown type": f'<row r="2">{cell("A2", "5", "q")}</row>',
    "a cell within a cell": f'<row r="2"><c r="A2">{cell("B2", "5")}</c></row>',
    "unclosed": '<row r="2">',
}


@pytest.mark.parametrize("rows", BROKEN.values(), ids=BROKEN)
def test_sheets_that_contradict_themselves(book: Callable[..., Path], content: Callable[..., Any], rows: str) -> None:
    """A sheet whose cells are not where they say is damaged as a whole: nothing is guessed."""
    with pytest.raises(DeliveryError, match=r"book.*damaged"):
        content(book(HEAD + rows), "xlsx", [(0, Text())])


def test_too_many_columns(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """4,096 columns are accepted, one more is not."""
    assert len(content(book(one(cell("FAN2", "1"))), "xlsx", []).description.header) == 4096
    with pytest.raises(DeliveryError, match="has 4097 columns"):
        content(book(one(cell("FAO2", "1"))), "xlsx", [])
