"""The page says which findings were waived and why, and that none were; what a person wrote stays text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from lxml import html
from pypdf import PdfReader

from loantape.declare import Period, Waiver
from templates.report.paper import report_pdf
from templates.report.words import breakable
from tests.report.test_page import PAYLOADS, parsed

AT = datetime(2026, 11, 6, 9, 0)
WAIVER = Waiver(
    "demo_colending/2026-10/v1/w1", "PRC-004", "JJ-0003", "the rate shown is corrected from the next period on",
    "金规〔2026〕2号, art. 5", Period.parse("2026-12"), 1284, "ab" * 32,
    "maria", datetime(2026, 11, 5, 10, 30), "olivia", AT,
)  # fmt: skip


def section(page: str, language: str) -> str:
    """What the part on waivers says in one language."""
    tree = html.fromstring(page.replace("<wbr>", ""))
    (heading,) = tree.xpath("//h3[@id='waivers']")
    said = []
    for one in (heading, *heading.itersiblings()):
        if one is not heading and one.tag == "h3":
            break
        for other in one.xpath(f".//*[@lang!='{language}']"):
            other.getparent().text = (other.getparent().text or "") + (other.tail or "")
            other.getparent().remove(other)
        said.append(one.text_content())
    return " ".join(" ".join(said).split())


def test_each_waiver_is_told(made: Any) -> None:
    """Rule, number of findings, text, citation, expiry, author, accepter and moments, under a heading in each language;
    the key, which would name a loan, is not."""
    page = made.page(context=replace(made.context, waivers=(WAIVER,)))
    parsed(page)
    for language, heading in (("en", "Waivers: findings that were explained"), ("zh-CN", "豁免：经书面说明的发现")):
        said = section(page, language)
        assert heading in said
        for told in ("PRC-004", "1,284", WAIVER.reason, WAIVER.cites, "2026-12", "maria", "olivia", WAIVER.id):
            assert told in said, told
        assert "2026-11-05 10:30:00" in said and "2026-11-06 09:00:00" in said
    assert "of one key" in section(page, "en") and "单一主键" in section(page, "zh-CN")
    assert "JJ-0003" not in page
    assert 'href="#waivers">1</a>' in page, "the summary leads there"


@pytest.mark.parametrize("which", ["made", "empty"])
def test_none_is_said_plainly(request: pytest.FixtureRequest, which: str) -> None:
    """Without waivers the part says so, in both languages, whatever was found."""
    page = request.getfixturevalue(which).page()
    assert "None: no finding of this submission is waived." in section(page, "en")
    assert "无：本次提交没有被豁免的发现。" in section(page, "zh-CN")
    assert 'href="#waivers"' not in page


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_person_wrote_is_text(made: Any, payload: str) -> None:
    """Markup in any of the texts is shown letter by letter, and adds no element to the page."""
    plain = parsed(made.page(context=replace(made.context, waivers=(WAIVER,))))
    hostile = replace(WAIVER, reason=payload, cites=payload, author=payload, accepter=payload, id=payload)
    page = made.page(context=replace(made.context, waivers=(hostile,)))
    tags = [tag for tag, _ in parsed(page).elements if tag != "wbr"]
    assert tags == [tag for tag, _ in plain.elements if tag != "wbr"]
    assert section(page, "en").count(" ".join(payload.split())) == 5


def test_paper_prints_long_words_whole(made: Any) -> None:
    """A word without an end goes on in the next line, on paper and on screen: no letter is lost and none runs over the
    next column."""
    word = "https://example.org/" + "0123456789abcdef/" * 20
    long = replace(WAIVER, reason=f"see {word} and what it says", cites="展示利率" * 30, author="m" * 120)
    page = made.page(context=replace(made.context, waivers=(long,)))
    for language in ("en", "zh"):
        pages = PdfReader(io.BytesIO(report_pdf(page, language, AT))).pages  # type: ignore[arg-type]
        printed = re.sub(r"[\s\u200b]+", "", "".join(one.extract_text() for one in pages))
        for told in (word, long.cites, long.author, "olivia"):
            assert told in printed


def test_only_long_words_break() -> None:
    """Words of everyday and Chinese have no break put in; a long word has one every twenty letters, escaped after."""
    for text in (
        "a plain text of short words, and 一段没有空格但可以随处换行的中文说明文字也不需要插入断点",
        "",
        "x" * 20,
    ):
        assert breakable(text) == text
    assert breakable("y" * 45) == "y" * 20 + "<wbr>" + "y" * 20 + "<wbr>" + "y" * 5
    assert breakable("<" * 21) == "&lt;" * 20 + "<wbr>&lt;"
