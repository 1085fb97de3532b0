"""Two hundred formulas and two hundred pieces of markup in every text: none runs, and each comes back as it was."""

from __future__ import annotations

import csv
import io
from itertools import islice, product
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree, html

from loantape import export
from templates.parts.opening import open_workbook
from templates.parts.xlsx import Sheet, write_workbook
from templates.us_sec.elements import ELEMENTS, Text
from templates.us_sec.filing import FILING as US_SEC
from tests.filing.conftest import create_tape
from tests.filing.test_us_sec import context_of

COUNT = 200
_STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\u00a0=", "'=", '"=', "=-+")
_BODIES = (
    "1+1", 'HYPERLINK("http://127.0.0.1:1/x","open")', "cmd|' /C calc'!A0", "SUM(A1:A9)*1", "DDE(\"a\";\"b\";\"c\")",
    'IMPORTXML("http://127.0.0.1:1";"//a")', "WEBSERVICE(\"http://127.0.0.1:1\")", "1.5E3", "A1", "@SUM(1)",
    "MSEXCEL|'\\..\\x'!a", "REGISTER.ID(\"k\",\"f\")", "{1,2}",
)  # fmt: skip
FORMULAS = list(islice((start + body for body, start in product(_BODIES, _STARTS)), COUNT))
_MARKUP = (
    "<script>alert({n})</script>", '"><img src=x onerror=alert({n})>', "'><svg/onload=alert({n})>", "]]><x>{n}</x>",
    "<!-- {n} -->", "<!--", "</assets><assets>", "&lt;script&gt;{n}", "&#60;b&#62;{n}", "<?php echo {n} ?>",
    "<!DOCTYPE x [<!ENTITY e '{n}'>]>", "&e{n};", "{{{{ {n} * 7 }}}}", "{{% raw %}}{n}", "{{# {n} #}}", "${{{n}}}",
    "#{{{n}}}", "<%= {n} %>", "javascript:alert({n})", "\u202e<b>{n}", "\u2028<i>{n}", "a<{n}", "%3Cb%3E{n}",
    "<a href='javascript:{n}'>", "\U0001f600<{n}>", "</style><script>{n}", "<math><mi xlink:href='{n}'>",
    "x' OR '{n}'='{n}", "`{n}`", "\\u003cb\\u003e{n}",
)  # fmt: skip
MARKUP = list(islice(dict.fromkeys(one.format(n=n) for n in range(9) for one in _MARKUP), COUNT))
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def test_the_counts_are_kept() -> None:
    """Two hundred of each, all different."""
    assert len(set(FORMULAS)) == len(set(MARKUP)) == COUNT


def test_no_formula_in_a_csv_of_findings(tmp_path: Path) -> None:
    """A cell that a spreadsheet would run is made a text by an apostrophe, and without it is what it was."""
    out = tmp_path / "out.csv"
    export.write_rows(({"a": one, "b": "x"} for one in FORMULAS), ("a", "b"), "test", "csv", out)
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline="")))
    assert [row["a"].removeprefix("'") for row in rows] == [one.removeprefix("'") for one in FORMULAS]
    assert not [row["a"] for row in rows if row["a"].startswith(_RUNS)]


@pytest.mark.parametrize("payloads", [FORMULAS, MARKUP], ids=["formulas", "markup"])
def test_no_formula_in_a_workbook_of_findings(tmp_path: Path, payloads: list[str]) -> None:
    """Every cell of an exported workbook is a text, links to nothing, and says what was delivered."""
    out = tmp_path / "out.xlsx"
    export.write_rows(({"a": one} for one in payloads), ("a",), "test", "xlsx", out)
    cells = [row[0] for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2)]  # type: ignore[union-attr]
    assert all(cell.data_type in ("s", "inlineStr") and cell.hyperlink is None for cell in cells)
    assert [_ends(str(cell.value)) for cell in cells] == [_ends(one) for one in payloads]


@pytest.mark.parametrize("payloads", [FORMULAS, MARKUP], ids=["formulas", "markup"])
def test_no_formula_in_a_filed_workbook(tmp_path: Path, payloads: list[str]) -> None:
    """The workbooks of filings hold each as a text that reads back the same; what opens them for checking agrees."""
    out = tmp_path / "out.xlsx"
    write_workbook(out, [Sheet("S", [("head",), *((one,) for one in payloads)], (20,))])
    cells = [row[0] for row in open_workbook(out)["S"].iter_rows(min_row=2)]
    assert all(cell.data_type in ("s", "inlineStr") and cell.hyperlink is None for cell in cells)
    assert [_ends(cell.value) for cell in cells] == [_ends(one) for one in payloads]


def _ends(text: str) -> str:
    """XML reads every end of a line as LF; a workbook writes a return as _x000D_, which openpyxl leaves as it is."""
    return text.replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("payloads", [FORMULAS, MARKUP], ids=["formulas", "markup"])
def test_every_text_of_an_asset_comes_back(tmp_path: Path, payloads: list[str]) -> None:
    """In every text element of EX-102: well-formed, no element more, and the text is the text."""
    texts = [one for one in ELEMENTS if isinstance(one.form, Text) and one.source.startswith("auto.")]
    texts = [one for one in texts if one.name not in ("assetNumber",)]
    rows = [
        {"iou_no": f"L{n:03d}", "asset_number": f"N{n}", "asset_type": payload[:20]}
        | {one.source.removeprefix("auto."): payload[: one.form.size] for one in texts if isinstance(one.form, Text)}
        for n, payload in enumerate(payloads)
    ]
    with duckdb.connect() as con:
        create_tape(con, loan=[{"iou_no": row["iou_no"]} for row in rows], loan_us_auto=rows)
        US_SEC.render(con, tmp_path, context_of(__import__("datetime").date(2026, 10, 31)))
    root = etree.parse(tmp_path / "ex102_2026-10.xml", etree.XMLParser(resolve_entities=False)).getroot()
    assert len(root) == COUNT
    names = {one.name for one in ELEMENTS}
    for asset, row in zip(root, rows, strict=True):
        found = {etree.QName(one).localname: one.text for one in asset}
        assert found.keys() <= names
        for one in texts:
            wanted = str(row[one.source.removeprefix("auto.")])
            assert found.get(one.name, "") == (wanted if wanted.strip(" \t\r\n") else ""), one.name


def test_nothing_delivered_becomes_part_of_the_page() -> None:
    """In the report's own environment every payload stays the text of its element, and its attribute's value."""
    folder = Path(__file__).resolve().parents[2] / "templates" / "report"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(
        '<ul>{% for one in given %}<li title="{{ one }}">{{ one }}</li>{% endfor %}</ul>'
    )
    page: Any = html.fromstring(template.render(given=[*FORMULAS, *MARKUP]))
    items = page.findall("li")
    assert [len(item) for item in items] == [0] * (2 * COUNT)
    assert [_ends(item.text) for item in items] == [_ends(one) for one in [*FORMULAS, *MARKUP]]
    assert {name for item in items for name in item.attrib} == {"title"}
