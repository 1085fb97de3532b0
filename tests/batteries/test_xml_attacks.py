"""Documents made to harm whoever verifies them: refused, with no file read, no connection made, and little memory."""

from __future__ import annotations

import io
import resource
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loantape.errors import ReadBackMismatch
from templates.cn_nfra_g09.reader import read_back as read_g09
from templates.us_sec.reader import read_back as read_ex102

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_DOCUMENT = (GOLDEN / "us_sec" / "ex102_2026-10.xml").read_bytes()
_BOOK = next((GOLDEN / "cn_nfra_g09").iterdir())
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
SECRET = "the-secret-of-this-machine"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, list[str]]]:
    """A file that must not be read and a server that must not be asked; what it heard."""
    secret = tmp_path_factory.mktemp("outside") / "secret.txt"
    secret.write_text(SECRET)
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    continue
                heard.append("connected")
                connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield secret, server.getsockname()[1], heard
        stop.set()
        thread.join()


def _doctypes(secret: Path, port: int) -> dict[str, bytes]:
    """What may stand between the first line and the first element."""
    file, net = secret.as_uri().encode(), b"http://127.0.0.1:%d/x" % port
    return {
        "plain": b"<!DOCTYPE assetData>",
        "lower case": b"<!doctype assetData>",
        "entity": b"<!DOCTYPE a [<!ENTITY e 'x'>]>",
        "file": b'<!DOCTYPE a [<!ENTITY e SYSTEM "%s">]>' % file,
        "net": b'<!DOCTYPE a [<!ENTITY e SYSTEM "%s">]>' % net,
        "public": b'<!DOCTYPE a [<!ENTITY e PUBLIC "p" "%s">]>' % net,
        "parameter file": b'<!DOCTYPE a [<!ENTITY %% p SYSTEM "%s"> %%p;]>' % file,
        "parameter net": b'<!DOCTYPE a [<!ENTITY %% p SYSTEM "%s"> %%p;]>' % net,
        "dtd file": b'<!DOCTYPE a SYSTEM "%s">' % file,
        "dtd net": b'<!DOCTYPE a SYSTEM "%s">' % net,
        "dtd public": b'<!DOCTYPE a PUBLIC "-//x" "%s">' % net,
        "laughs": b'<!DOCTYPE a [<!ENTITY l0 "ha">' + _LAUGHS + b"]>",
        "quadratic": b'<!DOCTYPE a [<!ENTITY l9 "' + b"x" * 100_000 + b'">]>',
        "element": b"<!DOCTYPE a [<!ELEMENT a ANY>]>",
        "attributes": b'<!DOCTYPE a [<!ATTLIST a x CDATA "&e;">]>',
        "notation": b'<!DOCTYPE a [<!NOTATION n SYSTEM "%s">]>' % net,
        "unparsed": b'<!DOCTYPE a [<!NOTATION n SYSTEM "x"><!ENTITY e SYSTEM "%s" NDATA n>]>' % file,
        "recursive": b"<!DOCTYPE a [<!ENTITY e '&e;'>]>",
        "far down": b" " * 70_000 + b"<!DOCTYPE a [<!ENTITY e 'x'>]>",
    }


_DOCTYPES = sorted(_doctypes(Path("/x"), 1))


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB


def _refused(read: object, folder: Path, heard: list[str]) -> str:
    before = _memory()
    with pytest.raises(ReadBackMismatch) as wrong:
        read(folder)  # type: ignore[operator]
    assert not heard
    assert SECRET not in wrong.value.what
    assert _memory() - before < 200_000
    return wrong.value.what


@pytest.mark.parametrize("name", _DOCTYPES)
def test_a_document_that_declares_anything_is_refused(
    name: str, outside: tuple[Path, int, list[str]], tmp_path: Path
) -> None:
    """EX-102: a document type of whatever kind, whether or not its entities are used."""
    secret, port, heard = outside
    body = _DOCUMENT.removeprefix(_HEAD)
    for used in (b"", b"&e;&l9;"):
        changed = body.replace(b"<assetNumber>", b"<assetNumber>" + used, 1)
        (tmp_path / "ex102_2026-10.xml").write_bytes(_HEAD + _doctypes(secret, port)[name] + changed)
        assert "declares" in _refused(read_ex102, tmp_path, heard)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"])
def test_a_declaration_in_another_encoding_is_refused(
    encoding: str, outside: tuple[Path, int, list[str]], tmp_path: Path
) -> None:
    """What hides a document type from whoever looks for its letters in UTF-8 is refused as not being UTF-8."""
    secret, port, heard = outside
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + _doctypes(secret, port)["file"].decode() + "<a>&e;</a>"
    (tmp_path / "ex102_2026-10.xml").write_bytes(text.encode(encoding))
    _refused(read_ex102, tmp_path, heard)


@pytest.mark.parametrize(
    "inside",
    [
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%s" parse="text"/>',
        b'<?xml-stylesheet href="%s"?><x/>',
        b'<x xsi:schemaLocation="u %s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>',
        b'<x xmlns="%s"/>',
        b"<x>" * 5000,
        b'<x a="1" a="2"/>',
    ],
    ids=["xinclude", "stylesheet", "schema location", "namespace", "deep", "attribute twice"],
)
def test_what_is_no_asset_is_refused(inside: bytes, outside: tuple[Path, int, list[str]], tmp_path: Path) -> None:
    """Inclusions, links and depths are not followed: the schema knows none of them."""
    _, port, heard = outside
    inside = inside.replace(b"%s", b"http://127.0.0.1:%d/x" % port)
    (tmp_path / "ex102_2026-10.xml").write_bytes(_DOCUMENT.replace(b"<assets>", b"<assets>" + inside, 1))
    _refused(read_ex102, tmp_path, heard)


def _book(folder: Path, part: str, change: object, **more: bytes) -> None:
    with zipfile.ZipFile(_BOOK) as parts:
        members = {name: parts.read(name) for name in parts.namelist()}
    members[part] = change(members[part])  # type: ignore[operator]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (members | more).items():
            archive.writestr(name, data)
    (folder / _BOOK.name).write_bytes(made.getvalue())


PARTS = (
    "xl/workbook.xml",
    "xl/worksheets/sheet1.xml",
    "xl/styles.xml",
    "[Content_Types].xml",
    "xl/_rels/workbook.xml.rels",
)


@pytest.mark.parametrize("part", PARTS)
def test_a_workbook_that_declares_anything_is_refused(
    part: str, outside: tuple[Path, int, list[str]], tmp_path: Path
) -> None:
    """G09: any document type in any part, in any encoding."""
    secret, port, heard = outside
    for doctype in _doctypes(secret, port).values():
        _book(tmp_path, part, lambda data, d=doctype: data.replace(b"?>\n", b"?>\n" + d, 1))
        assert "declares" in _refused(read_g09, tmp_path, heard)
    _book(tmp_path, part, lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16"))
    _refused(read_g09, tmp_path, heard)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("bomb", "unpacks"), ("external", "links"), ("formula", "formula"), ("prefixed formula", "formula"),
        ("macro", "part"), ("cut", "not a workbook"), ("no sheet", "lacks"),
    ],
)  # fmt: skip
def test_a_workbook_made_to_harm_is_refused(
    what: str, words: str, outside: tuple[Path, int, list[str]], tmp_path: Path
) -> None:
    """Zip bombs, links outside, formulas however they are written, macros, halves of workbooks."""
    heard = outside[2]
    sheet, links = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
    match what:
        case "bomb":
            _book(tmp_path, sheet, lambda data: data.replace(b"<cols>", b" " * (200 << 20) + b"<cols>", 1))
        case "external":
            _book(tmp_path, links, lambda d: d.replace(b"<Relationship ", b'<Relationship TargetMode="External" ', 1))
        case "formula":
            _book(tmp_path, sheet, lambda data: data.replace(b"<v>", b"<f>1+1</f><v>", 1))
        case "prefixed formula":
            _book(tmp_path, sheet, lambda data: data.replace(b"<v>", b"<x:f\n>1+1</x:f><v>", 1))
        case "macro":
            _book(tmp_path, sheet, lambda data: data, **{"xl/vbaProject.bin": b"x"})
        case "cut":
            (tmp_path / _BOOK.name).write_bytes(_BOOK.read_bytes()[:-100])
        case "no sheet":
            _book(tmp_path, sheet, lambda data: b"<a/>")
    assert words in _refused(read_g09, tmp_path, heard)


def test_the_untouched_ones_are_accepted() -> None:
    """What is refused above is refused for what was changed."""
    assert read_g09(_BOOK.parent)
    assert read_ex102(GOLDEN / "us_sec")
