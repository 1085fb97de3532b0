"""Workbooks that mean harm are refused before anything in them is understood: XML attacks, bombs, macros, links."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loantape.declare import Text
from loantape.errors import DeliveryError

CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

_LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
DOCTYPES = {
    "external file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "external network": '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:1/x">]>',
    "external public": '<!DOCTYPE x [<!ENTITY e PUBLIC "x" "http://127.0.0.1:1/x">]>',
    "external dtd": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    "external dtd file": '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    "public dtd": '<!DOCTYPE x PUBLIC "-//X//X" "file:///etc/passwd">',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>',
    "parameter entity out": "<!DOCTYPE x [<!ENTITY % a \"<!ENTITY e 'x'>\"> %a;]>",
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}<!ENTITY e "&l9;">]>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]>',
    "recursive": '<!DOCTYPE x [<!ENTITY e "&f;"><!ENTITY f "&e;">]>',
    "internal subset": "<!DOCTYPE x [<!ELEMENT x ANY>]>",
    "bare": "<!DOCTYPE x>",
    "attribute list": '<!DOCTYPE x [<!ATTLIST c r CDATA "A1">]>',
    "notation": '<!DOCTYPE x [<!NOTATION n SYSTEM "file:///bin/sh"><!ENTITY e SYSTEM "x" NDATA n>]>',
    "unparsed": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///dev/zero">]>',
}
_INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'


def sheet(prolog: str, text: str, after: str = "") -> str:
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{CELL.format(text)}</sheetData>{after}</worksheet>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{prolog}{body}'


SHEETS = {name: sheet(doctype, "&e;") for name, doctype in DOCTYPES.items()} | {
    "doctype unused": sheet('<!DOCTYPE x [<!ENTITY e "x">]>', "x"),
    "undefined entity": sheet("", "&e;"),
    "xinclude in a cell": sheet("", _INCLUDE),
    "xinclude after": sheet("", "x", _INCLUDE),
    "xinclude by another prefix": sheet("", "x", _INCLUDE.replace("xi:", "p:").replace(":xi", ":p")),
    "xinclude written oddly": sheet("", "x", _INCLUDE.replace("XInclude", "XIn&#99;lude")),
    "stylesheet": sheet('<?xml-stylesheet type="text/xsl" href="file:///etc/passwd"?>', "x"),
    "utf-16": sheet(DOCTYPES["external file"], "&e;").replace("UTF-8", "UTF-16"),
    "utf-7": sheet("", "x").replace("UTF-8", "UTF-7"),
    "two documents": sheet("", "x") + sheet(DOCTYPES["external file"], "&e;"),
}
ELSEWHERE = {
    "xl/workbook.xml": "<workbook/>",
    "xl/styles.xml": "<styleSheet/>",
    "xl/sharedStrings.xml": "<sst><si><t>&e;</t></si></sst>",
    "xl/_rels/workbook.xml.rels": "<Relationships/>",
    "_rels/.rels": "<Relationships/>",
    "[Content_Types].xml": "<Types/>",
    "xl/drawings/drawing1.xml": "<x>&e;</x>",
    "docProps/core.xml": "<x>&e;</x>",
    "customXml/item1.xml": "<x>&e;</x>",
    "xl/drawings/vmlDrawing1.vml": "<x>&e;</x>",
    "XL/Worksheets/other.XML": "<x>&e;</x>",
}


@pytest.fixture
def refused(content: Callable[..., Any]) -> Callable[[Path, str], None]:
    def check(path: Path, words: str) -> None:
        with pytest.raises(DeliveryError, match=words) as caught:
            content(path, "xlsx", [(0, Text())], header=False, seconds=20, memory=1 << 30)
        assert caught.value.next_step and "root:" not in str(caught.value)

    return check


@pytest.mark.parametrize("name", SHEETS)
def test_attacks_in_the_sheet(book: Callable[..., Path], refused: Callable[..., None], name: str) -> None:
    """A sheet with a DTD, an entity or an inclusion is refused, in whatever encoding; nothing it names is read."""
    text: str | bytes = SHEETS[name]
    if name == "utf-16":
        text = str(text).encode("utf-16")
    path = book("", change={"xl/worksheets/sheet1.xml": text})
    refused(path, "DTD" if name not in ("undefined entity", "utf-7", "two documents") else "damaged")


@pytest.mark.parametrize("part", ELSEWHERE)
def test_attacks_elsewhere(book: Callable[..., Path], refused: Callable[..., None], part: str) -> None:
    """Every other part is held to the same, those that nobody reads included."""
    for doctype in ("external file", "billion laughs", "external dtd"):
        refused(book(CELL.format("x"), change={part: DOCTYPES[doctype] + ELSEWHERE[part]}), "DTD")


def test_an_honest_workbook_is_not_refused(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """The parts that the attacks replace, left as they are, are read; links out of the file are no part of it."""
    rels = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="x" Type="{OFFICE}/externalLinkPath" '
        'Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    )
    change = {
        "xl/externalLinks/externalLink1.xml": "<x/>",
        "xl/externalLinks/_rels/externalLink1.xml.rels": rels,
        "xl/drawings/vmlDrawing1.vml": "<xml><br></xml>",
        "xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    }
    read = content(book(CELL.format("fine"), change=change), "xlsx", [(0, Text())], header=False)
    assert read.columns == [["fine"]]


def test_links_in_place_of_parts(book: Callable[..., Path], refused: Callable[..., None]) -> None:
    """A sheet that is said to lie outside the file is not there, wherever it points."""
    for target in ("file:///etc/passwd", "http://127.0.0.1:1/sheet.xml"):
        rels = (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
            f'Target="{target}" TargetMode="External"/></Relationships>'
        )
        refused(book("", change={"xl/_rels/workbook.xml.rels": rels}), "damaged")
        inside = rels.replace(' TargetMode="External"', "")
        refused(book("", change={"xl/_rels/workbook.xml.rels": inside}), "damaged")
    climbing = inside.replace("http://127.0.0.1:1/sheet.xml", "../../../../etc/passwd")
    refused(book("", change={"xl/_rels/workbook.xml.rels": climbing}), "damaged")


def test_nobody_is_called(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """Addresses in DTDs, inclusions, stylesheets, links and sheets are never connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        rels = (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="x" Type="{OFFICE}/externalLinkPath" '
            f'Target="{address}" TargetMode="External"/></Relationships>'
        )
        changes: list[dict[str, str]] = [
            {"xl/worksheets/sheet1.xml": SHEETS[name].replace("http://127.0.0.1:1/x", address)} for name in SHEETS
        ]
        changes += [{"xl/externalLinks/_rels/externalLink1.xml.rels": rels}, {"xl/_rels/workbook.xml.rels": rels}]
        for change in changes:
            with contextlib.suppress(DeliveryError):
                content(book(CELL.format("x"), change=change), "xlsx", [(0, Text())], header=False)
        with pytest.raises(BlockingIOError):
            listener.accept()


MACROS: dict[str, dict[str, str | bytes]] = {
    "project": {"xl/vbaProject.bin": b"x"},
    "project elsewhere": {"xl/other/VBAPROJECT.BIN": b"x"},
    "macro sheet": {"xl/macrosheets/sheet1.xml": "<x/>"},
    "control": {"xl/activeX/activeX1.bin": b"x"},
    "type": {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/x" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    },
}


@pytest.mark.parametrize("change", MACROS.values(), ids=MACROS)
def test_macros(book: Callable[..., Path], refused: Callable[..., None], change: dict[str, Any]) -> None:
    """A workbook with macros or controls is refused, whatever it calls itself."""
    refused(book(CELL.format("x"), change=change), "macros")


def test_archives_within(book: Callable[..., Path], refused: Callable[..., None]) -> None:
    """Embedded documents and archives are refused."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", "y")
    for name, data in {
        "xl/embeddings/a.xlsx": inner.getvalue(),
        "xl/media/image1.png": b"\x1f\x8b" + bytes(50),
        "xl/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "xl/worksheets/sheet1.xml": inner.getvalue(),
    }.items():
        refused(book(CELL.format("x"), change={name: data}), "another archive|damaged")


def test_bombs(book: Callable[..., Path], refused: Callable[..., None], tmp_path: Path) -> None:
    """What unpacks to more than 200 times its size, or has more than 1,000 parts, is refused at once."""
    refused(book(CELL.format("x"), change={"xl/worksheets/sheet1.xml": sheet("", "x" * (1 << 26))}), "200 times")
    refused(book(CELL.format("x"), change={"xl/media/image1.png": bytes(1 << 24)}), "200 times")
    refused(book(CELL.format("x"), change={f"p/{at}": "" for at in range(1000)}), "has 100[0-9] parts")


def test_encrypted_and_old_workbooks(refused: Callable[..., None], book: Callable[..., Path], tmp_path: Path) -> None:
    """A password, a binary workbook and a file of another kind are each called what they are."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)
    for data, words in (
        (ole + "EncryptedPackage".encode("utf-16-le") + bytes(500), "is encrypted"),
        (ole, "old binary format"),
        (b"", "not an XLSX"),
        (b"a,b\n1,2\n", "not an XLSX"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ):
        path = tmp_path / "w.xlsx"
        path.write_bytes(data)
        refused(path, words)
    path = book(CELL.format("x"))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)  # the flag for a password in the central directory
    path.write_bytes(data)
    refused(path, "is encrypted")


def test_members_that_overlap(book: Callable[..., Path], refused: Callable[..., None]) -> None:
    """Two members that share bytes of the archive are refused, as are two of one name."""
    path = book(CELL.format("x"))
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<I", data, second + 42, 3)  # it begins within the first
    path.write_bytes(data)
    refused(path, "damaged")
    twice = book(CELL.format("x"))
    with pytest.warns(UserWarning), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet("", "other"))
    refused(twice, "damaged")


def test_deep_and_wide_xml(book: Callable[..., Path], content: Callable[..., Any]) -> None:
    """A hundred thousand nested elements or attributes end as an error or are ignored, in bounded time and memory."""
    for text in ("<x>" * 100_000 + "</x>" * 100_000, "<x " + " ".join(f'a{at}=""' for at in range(100_000)) + "/>"):
        path = book("", change={"xl/worksheets/sheet1.xml": sheet("", "x", text)})
        try:
            read = content(path, "xlsx", [(0, Text())], header=False, seconds=20, memory=1 << 30)
            assert read.columns == [["x"]]
        except DeliveryError as wrong:
            assert path.name in wrong.what
