"""The report on paper: a PDF in one language, made of the very page that is sealed.

Belongs here: from the page's HTML to what the typesetter prints, and calling it. Not here: any number or word of the
report (they are read from the page, so that paper and screen cannot differ), or how a page looks (paper.typ).

The page reaches the typesetter as data, never as its program: nothing that a delivery says can be run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTFont
from lxml import html

from templates.report.charts import standalone
from templates.report.words import TAGS, Language

_HERE = Path(__file__).parent
_PICTURE = re.compile(r"<svg .*?</svg>", re.DOTALL)
_TITLE = re.compile(r'aria-label="([^"]*)"')
_HIDDEN = {"nav", "input", "style", "script"}
# tagged for reading aloud: a picture without words or a letter without a glyph is an error
_STANDARD: Literal["ua-1"] = "ua-1"

_MAY_BREAK = "\u200b"
_GETA = "\u3013"  # what printers put where they have no type

Node = dict[str, Any] | str


def report_pdf(page: str, language: Language, created_at: datetime) -> bytes:
    """The PDF of a report page as ``build_report`` makes it; the same arguments give the same bytes.

    Fonts are embedded and none of the machine's is looked at. A letter that the font lacks is printed as 〓 with its
    code point. Raises typst.TypstError when the page cannot be set, which is an error of ours.
    """
    page = _printable(page).replace("<wbr>", _MAY_BREAK)  # which this parser takes for the start of something
    pictures = _PICTURE.findall(page)
    numbered = iter(range(len(pictures)))
    body = html.document_fromstring(_PICTURE.sub(lambda _: f'<svg id="picture-{next(numbered)}"></svg>', page))
    data = {
        "language": language,
        "title": " ".join(str(body.xpath("string(//h1)")).split()),
        "footer": _text(body.find(".//dl"), language),
        "body": _nodes(body.find("body"), language, pictures),
    }
    compiler = typst.Compiler((_HERE / "paper.typ").read_bytes(), font_paths=_fonts())
    printed = compiler.compile(
        format="pdf",
        sys_inputs={"page": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        pdf_standards=[_STANDARD],
        timestamp=created_at.replace(tzinfo=UTC),
    )
    if not isinstance(printed, bytes):
        raise TypeError("the typesetter gave no single document")
    return printed


def _nodes(element: Any, language: Language, pictures: Sequence[str]) -> list[Node]:
    """The children of an element in one language: texts with single blanks, elements with classes and children."""
    found: list[Node] = [_blanks(element.text)] if element.text else []
    for child in element:
        if child.tag not in _HIDDEN and child.get("lang") in (None, TAGS[language]):
            node = _node(child, language, pictures)
            if node is not None:
                found.append(node)
        if child.tail:
            found.append(_blanks(child.tail))
    return found


def _node(child: Any, language: Language, pictures: Sequence[str]) -> Node | None:
    if child.tag == "svg":
        return _picture(pictures[int(child.get("id").removeprefix("picture-"))], language)
    node: dict[str, Any] = {"t": child.tag, "c": (child.get("class") or "").split()}
    node["k"] = _nodes(child, language, pictures)
    if child.get("id"):
        node["id"] = child.get("id")
    if child.get("colspan"):
        node["span"] = int(child.get("colspan"))
    return node


def _picture(svg: str, language: Language) -> Node | None:
    """One picture, None where it is drawn for the other language; ``alt`` is empty for a decorative one."""
    start = svg[: svg.index(">")]
    if " lang=" in start and f' lang="{TAGS[language]}"' not in start:
        return None
    title = _TITLE.search(start)
    kind = re.search(r'class="([^"]*)"', start)
    told = re.search(r"<desc>([^<]*)</desc>", svg)
    alt = ". ".join(unescape(one[1]) for one in (title, told) if one)
    return {"t": "svg", "c": kind[1].split() if kind else [], "svg": standalone(svg), "alt": alt}


def _text(element: Any, language: Language) -> list[str]:
    """The values of a list of terms, one text each."""
    return [" ".join(_strings(_nodes(one, language, ())).split()) for one in element.iter("dd")]


def _strings(nodes: Sequence[Node]) -> str:
    return "".join(one if isinstance(one, str) else _strings(one["k"]) for one in nodes)


def _blanks(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _printable(text: str) -> str:
    """The text with every letter that the font has, and a mark with the code point for every one that it lacks."""
    known = _letters()
    missing = {letter for letter in set(text) if ord(letter) not in known and letter != "\n"}
    for letter in sorted(missing):
        text = text.replace(letter, f"{_GETA}[U+{ord(letter):04X}]")
    return text


@cache
def _letters() -> frozenset[int]:
    with TTFont(pylopdf_fonts_zh_cn.sans_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _fonts() -> Any:
    """The fonts that are used, from the packages that are pinned: the machine has no say in how a page looks."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[pylopdf_fonts_zh_cn.sans_path().parent],
    )
