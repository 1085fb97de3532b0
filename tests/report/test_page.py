"""The page stands alone, is well-formed, speaks two languages, and text from a delivery stays text."""

from __future__ import annotations

import base64
import os
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from loantape.inert import visible
from tests.batteries.test_injection import MARKUP

VOID = {"meta", "input", "br", "wbr"}
SHAPES = {"rect", "line", "polyline"}
PHRASING = {"span", "a", "b", "code", "br", "wbr", "label", "svg"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]><svg/onload=alert(1)>",
    "http://example.org/x.js",
    *(MARKUP if os.environ.get("LOANTAPE_LONG") else ()),
)


class Strict(HTMLParser):
    """Fails on what browsers repair in silence: open elements, crossed elements, doubled attributes or ids."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert len(named) == len(attrs), (tag, attrs)
        if "id" in named:
            assert named["id"] not in self.ids, named["id"]
            self.ids.add(str(named["id"]))
        if any(one in self.open for one in ("p", "h1", "h2", "h3", "span")) and "svg" not in self.open:
            assert tag in PHRASING, (tag, self.open)
        self.elements.append((tag, named))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES, tag
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def done(self) -> Strict:
        self.close()
        assert not self.open
        return self


def parsed(page: str) -> Strict:
    parser = Strict()
    parser.feed(page)
    return parser.done()


def test_the_page_is_well_formed(made: Any) -> None:
    """Every element is closed where it should be, ids are unique, and every link inside the page leads somewhere."""
    assert made.page().startswith("<!DOCTYPE html>\n")
    page = parsed(made.page())
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links
    for link in links:
        assert link is not None
        assert link.startswith("#")
        assert link[1:] in page.ids, link


def test_the_empty_page_is_well_formed(empty: Any) -> None:
    """A page about nothing is a page all the same."""
    parsed(empty.page())


def test_the_page_needs_nothing_outside_itself(made: Any) -> None:
    """No script, frame, image, form, address, import, event handler or inline style: it works from a file."""
    page = made.page()
    elements = parsed(page).elements
    assert {tag for tag, _ in elements} <= (
        {"html", "head", "meta", "title", "style", "body", "nav", "header", "main", "section", "footer", "div", "input"}
        | {"h1", "h2", "h3", "p", "ul", "li", "dl", "dt", "dd", "text", "desc"}
        | {"table", "caption", "thead", "tbody", "tr", "th", "td"}
        | PHRASING
        | SHAPES
    )
    for tag, attributes in elements:
        assert not {name for name in attributes if name.startswith("on")} | (attributes.keys() & {"src", "style"}), tag
    assert "://" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_allows_this_style_and_nothing_else(made: Any) -> None:
    """The page forbids everything by its own policy but the one style sheet, named by its hash."""
    page = made.page()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_both_languages_are_there_in_pairs(made: Any) -> None:
    """Each English fragment is followed by its Chinese one, neither is empty, and nothing is in a third language."""
    document = html.document_fromstring(made.page())
    marked = [one for one in document.find("body").iter() if one.get("lang")]
    assert len(marked) > 500
    english, chinese = marked[::2], marked[1::2]
    assert len(english) == len(chinese)
    for one, other in zip(english, chinese, strict=True):
        assert (one.get("lang"), other.get("lang")) == ("en", "zh-CN")
        assert one.text_content().strip(), html.tostring(one)
        assert other.text_content().strip(), html.tostring(other)
        assert one.getnext() is other


def test_every_heading_speaks_both_languages(made: Any) -> None:
    """A printed page shows both, so chapters and parts are all translated."""
    headings = html.document_fromstring(made.page()).xpath("//h2 | //h3")
    assert len(headings) > 15
    for heading in headings:
        assert [one.get("lang") for one in heading] == ["en", "zh-CN"], html.tostring(heading)


def test_every_chart_has_its_numbers_beside_it(made: Any) -> None:
    """Each picture of the page is in both languages, and a table stands beside it with the shares that bars say."""
    pictures = html.document_fromstring(made.page()).find_class("chart")
    assert len(pictures) > 10
    for picture in pictures:
        (pair,) = picture.xpath("ancestor::div[contains(@class, 'pair')]")
        assert [one.get("lang") for one in picture.getparent()] == ["en", "zh-CN"]
        cells = {re.sub(r"\s+", " ", cell.text_content()).strip() for cell in pair.iter("td")}
        assert cells
        if picture.xpath("ancestor::div[contains(@class, 'panel bars')]"):
            shares = {one.text for one in picture.iter("text") if (one.text or "").endswith("%")}
            assert shares <= cells


def plant(made: Any, payload: str) -> None:
    """Put a text everywhere a delivery's text can reach the page."""
    made.con.execute("UPDATE tape_partner SET partner_name = ?, partner_uscc = 'P1'", [payload])
    made.con.execute("UPDATE tape_institution SET institution_name = ?, lender_type = ?", [payload, payload])
    made.con.execute("UPDATE submission SET lender = ?, schema_version = ?, loantape_version = ?", [payload] * 3)
    made.con.execute("UPDATE files SET file = ?, encoding = ?, sha256 = ?", [payload] * 3)
    made.con.execute("UPDATE lines SET file = ?, reason = ? WHERE kind = 'rejected'", [payload] * 2)
    made.con.execute("UPDATE control_totals SET file = ?, name = ?", [payload, payload])
    made.con.execute("UPDATE unparsed SET table_name = ?, field = ?", [payload, payload])
    made.con.execute("UPDATE findings SET field = ?, grain = ? WHERE rule = 'READ-001'", [payload, payload])
    made.con.execute("UPDATE rule_runs SET grain = ?, status = ? WHERE rule = 'ARR-002'", [payload, payload])
    made.con.execute("UPDATE loan_pricing SET status = ?", [payload])
    made.con.execute("UPDATE tape_loan SET currency = ?", [payload])
    made.con.execute("UPDATE indicators SET member = ? WHERE member = 'cash'", [payload])
    made.con.execute("UPDATE indicators SET value = NULL, null_reason = ? WHERE code = 'DLQ-NPL'", [payload])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_from_a_delivery_is_inert(made: Any, payload: str) -> None:
    """Markup in any text of a delivery adds no element and no attribute: the page is the one that a word would give."""
    plant(made, "word")
    expected = parsed(made.page()).elements
    plant_again(made, "word", payload)
    page = made.page()
    found = parsed(page).elements
    assert [tag for tag, _ in found] == [tag for tag, _ in expected]
    assert [sorted(attributes) for _, attributes in found] == [sorted(attributes) for _, attributes in expected]
    shown = html.document_fromstring(page).text_content()
    assert " ".join(visible(payload).split()) in " ".join(shown.split())


def plant_again(made: Any, old: str, new: str) -> None:
    """Replace a planted text by another one in every text column of every table."""
    columns = made.con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND NOT internal"
    ).fetchall()
    for table, column in columns:
        made.con.execute(f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?', [new, old])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
def test_any_name_is_printed_as_text(made: Any, name: str) -> None:
    """Whatever a partner is called, the page stays well-formed and shows the name, what a screen obeys written out."""
    made.con.execute("UPDATE tape_partner SET partner_name = ?, partner_uscc = 'P1'", [name])
    page = made.page()
    elements = parsed(page).elements
    assert not {tag for tag, _ in elements} & {"script", "img", "iframe", "object", "link"}
    assert (
        visible(name)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
        in page
    )
