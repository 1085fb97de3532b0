"""The report on paper says what the page says, in one language, with its fonts, and always the same bytes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from pypdf import PdfReader

from templates.report.build import build_reports
from templates.report.paper import report_pdf
from templates.report.words import LANGUAGES, TAGS, Language

AT = datetime(2026, 11, 10, 9, 30)
SMALL = """<html><body><header id="summary"><h1>%s</h1><dl><div><dt>a</dt><dd>b</dd></div></dl></header>
<main><section id="x"><h2><span lang="en">Heading</span><span lang="zh-CN">标题</span></h2><p>%s</p></section></main>
</body></html>"""


def small(text: str) -> str:
    """A page of a few words; ``text`` is markup already escaped."""
    return SMALL % ("Title", text)


def words(pdf: bytes) -> str:
    """All text of a PDF without blanks: where a line breaks is not what is said."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


@pytest.fixture(scope="module")
def printed(full: Any) -> dict[str, Any]:
    """The page of the full submission and both prints, made once."""
    page = full.page()
    return {"page": page, **{one: report_pdf(page, one, AT) for one in LANGUAGES}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_print_has_every_figure_of_the_page(printed: dict[str, Any], language: Language) -> None:
    """Every heading, every cell of every table and every label of every picture of the page is in the print."""
    body = html.document_fromstring(printed["page"]).find("body")
    other = TAGS["zh" if language == "en" else "en"]
    for hidden in body.xpath(f".//*[@lang='{other}'] | .//nav"):
        hidden.drop_tree()
    said = words(printed[language])
    wanted = [
        re.sub(r"\s+", "", one.text_content()) for one in body.xpath(".//h2 | .//h3 | .//td[@class='n'] | .//text")
    ]
    assert len(wanted) > 1000
    missing = {one for one in wanted if one and one not in said}
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_print_is_one_language_with_its_fonts(printed: dict[str, Any], language: Language) -> None:
    """The other language's headings are absent, the file says its language and title, and every font is embedded."""
    reader = PdfReader(io.BytesIO(printed[language]))
    said = words(printed[language])
    assert ("Dataquality" in said) == (language == "en")
    assert ("数据质量" in said) == (language == "zh")
    assert str(reader.trailer["/Root"]["/Lang"]).startswith(language)
    assert reader.metadata is not None
    assert reader.metadata.title == "Example Bank 示例银行, 2026-10"
    assert reader.metadata.creation_date == AT.replace(tzinfo=reader.metadata.creation_date.tzinfo)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    fonts = {}
    for page in reader.pages:
        assert not page.images
        fonts.update(page["/Resources"].get("/Font", {}))
    assert fonts
    for font in fonts.values():
        (inner,) = font.get_object()["/DescendantFonts"]
        described = inner.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & described.keys()


def test_the_same_page_gives_the_same_print(tmp_path: Path) -> None:
    """Two prints agree, and so do processes in other time zones and locales, without the machine's fonts."""
    page = small("text 文字 12,345.67")
    here = report_pdf(page, "zh", AT)
    assert report_pdf(page, "zh", AT) == here
    script = (
        "import sys; from datetime import datetime; from templates.report.paper import report_pdf\n"
        "sys.stdout.buffer.write(report_pdf(sys.stdin.read(), 'zh', datetime(2026, 11, 10, 9, 30)))"
    )
    again = subprocess.run(
        [sys.executable, "-c", script],
        input=page.encode(),
        env=os.environ
        | {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONUTF8": "1", "PYTHONHASHSEED": "7", "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    ).stdout
    assert again == here
    assert report_pdf(page, "en", AT) != here


@pytest.mark.parametrize(
    "text",
    [
        "#panic()",
        "*bold* _x_ $x^2$",
        "#read(&quot;paper.typ&quot;)",
        "\\ @ref &lt;label&gt; ` // /* */",
        "= no heading",
    ],
)
def test_markup_of_the_typesetter_is_inert(text: str) -> None:
    """What a delivery says is printed letter by letter: the typesetter's own language in it does nothing."""
    plain = html.fromstring(f"<p>{text}</p>").text_content()
    assert re.sub(r"\s+", "", plain) in words(report_pdf(small(text), "en", AT))


def test_a_letter_without_a_glyph_is_named() -> None:
    """A letter that the font lacks, or that no document may hold, is printed as a mark with its code point."""
    said = words(report_pdf(small("张\U0001f600\U000e0001\x01伟"), "zh", AT))
    assert "张〓[U+1F600]〓[U+E0001]〓[U+0001]伟" in said


def test_names_that_break_pictures_are_printed(made: Any) -> None:
    """Control and other strange letters in a partner's name reach pictures too, and the print is made all the same."""
    made.con.execute("UPDATE tape_partner SET partner_name = ?, partner_uscc = 'P1'", ["A\x01&<\ufffe\U0001f600"])
    made.con.execute(
        "UPDATE indicators SET limit_name = 'x', limit_value = 0, bound = 'at most', headroom = -value,"
        " is_breached = true, limit_source = 'x', limit_confidence = 'P' WHERE code = 'CON-PARTNER'"
    )
    assert r"A\x01&<〓[U+FFFE]〓[U+1F600]" in words(report_pdf(made.page(), "en", AT))


def test_the_report_is_a_page_and_its_prints(empty: Any) -> None:
    """A filing carries the page and one print per language; even a submission of nothing can be printed."""
    files = build_reports(empty.con, None, empty.context, {}, {}, None, ())
    assert list(files) == ["report.html", "report.en.pdf", "report.zh-CN.pdf"]
    assert files["report.html"].startswith(b"<!DOCTYPE html>")
    assert all(files[name].startswith(b"%PDF-") for name in ("report.en.pdf", "report.zh-CN.pdf"))
    assert "没有与有效限额比较的数值" in words(files["report.zh-CN.pdf"])


def test_tables_and_pictures_are_whole(printed: dict[str, Any]) -> None:
    """A picture's name stands on the page of its first row: neither is cut off from the other by the end of a page."""
    pages = [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(io.BytesIO(printed["en"])).pages]
    (at,) = [
        nth for nth, page in enumerate(pages) if "Fiverisk" in page and "classes" in page and "Substandard" in page
    ]
    assert "Loss" in pages[at]
