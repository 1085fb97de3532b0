"""Opens a workbook that somebody else may have made, for the readers of several regulators' folders.

Belongs here: what is refused before any part of it is parsed. Not here: what the cells should say, or writing.

XML parsers expand entities and can be told to fetch; no part of a workbook that a filing may hold declares any.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from loantape.errors import ReadBackMismatch

MOST_PARTS, MOST_BYTES, MOST_RATIO = 100, 1 << 29, 200  # of all parts unpacked; of one part, unpacked over packed
_DECLARED = re.compile(rb"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
_FORMULA = re.compile(rb"<([\w.-]+:)?f[\s/>]")
_OUTSIDE = re.compile(rb"TargetMode\s*=\s*[\"']External", re.IGNORECASE)


def open_workbook(path: Path) -> Any:
    """The workbook. Raises ReadBackMismatch for one that is none, declares entities, links outside or has formulas."""
    try:
        with zipfile.ZipFile(path) as parts:
            listed = parts.infolist()
            names = [part.filename for part in listed]
            if len(listed) > MOST_PARTS or len(set(names)) != len(names):
                _no(path, "has too many parts, or one twice", "部件过多或重复")
            if sum(part.file_size for part in listed) > MOST_BYTES or any(
                part.file_size > MOST_RATIO * max(part.compress_size, 1 << 12) for part in listed
            ):
                _no(path, "unpacks to more than a filed workbook may hold", "解压后过大")
            for part in listed:
                _look(path, part.filename, parts.read(part))
        book = openpyxl.load_workbook(path)
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        SyntaxError,
        NotImplementedError,
        TypeError,
    ):
        _no(path, "is not a workbook", "不是有效的工作簿")
    except (AttributeError, IndexError, OSError, RuntimeError):  # what the reader makes of parts that contradict
        _no(path, "is not a workbook that can be read", "工作簿无法读取")
    if any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row):
        _no(path, "holds a formula", "含有公式")
    return book


def refuse_declarations(path: Path, no: Callable[[str, str, str], NoReturn]) -> None:
    """Refuse an XML file that is not UTF-8 or declares a document type, before a parser sees it."""
    with path.open("rb") as file:
        held = b""
        while chunk := file.read(1 << 20):
            held = held[-64:] + chunk
            if b"\0" in held or _DECLARED.search(held):
                no(path.name, "declares a document type or entities", "含有DOCTYPE或实体声明")
    with path.open("rb") as file:
        encoding = _ENCODING.match(file.read(200))
    if encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii"):
        no(path.name, "is not in UTF-8", "不是UTF-8编码")


def _look(path: Path, part: str, data: bytes) -> None:
    if not part.endswith((".xml", ".rels")):
        _no(path, f"has a part {part[:60]!r} that no filed workbook has", "含有不应有的部件")
    encoding = _ENCODING.match(data[:200])
    if b"\0" in data or _DECLARED.search(data) or (encoding and encoding[1].lower() != b"utf-8"):
        _no(path, f"part {part[:60]!r} declares entities or is not UTF-8", "部件含有实体声明或不是UTF-8")
    if _OUTSIDE.search(data):
        _no(path, "links to something outside of it", "含有外部链接")
    if part.startswith("xl/worksheets/") and _FORMULA.search(data):
        _no(path, "holds a formula", "含有公式")


def _no(path: Path, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{path.name} {en} {zh}", "do not send this file 请勿报送此文件")
