"""Bytes, check files and zips, read back.

Belongs here: V2.1 §3.1 [P] and the converter's details [S]. Not here: columns.
"""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from loantape.errors import ReadBackMismatch

_CONTROL_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code != 0x0A)


def no(file: str, en: str, zh: str) -> NoReturn:
    """Raise ReadBackMismatch: a file is not what the specification says."""
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def scan_bytes(path: Path) -> tuple[int, int]:
    """Size and line feeds, counted on bytes before any parser; UTF-8 without BOM, no control byte but LF inside."""
    size = feeds = 0
    last = b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if size == 0 and chunk.startswith(codecs.BOM_UTF8):
                no(path.name, "starts with a byte order mark", "以BOM开头")
            if len(chunk.translate(None, _CONTROL_BYTES)) != len(chunk):
                no(path.name, "holds a control character", "含有控制字符")
            if b'"' in chunk or b"\\" in chunk:
                no(path.name, "holds a double quote or a backslash", "含有双引号或反斜杠")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                no(path.name, "is not UTF-8", "不是UTF-8编码")
            size, feeds, last = size + len(chunk), feeds + chunk.count(b"\n"), chunk[-1:]
    if decoder.getstate()[0]:
        no(path.name, "ends inside a UTF-8 character", "在UTF-8字符中间结束")
    if last == b"\n":
        no(path.name, "ends with a line feed", "以换行结束")
    return size, feeds


def read_check_file(check: Path, data: Path, records: int) -> None:
    """Five lines: file name, MD5, size in bytes, creation time, record count."""
    size = data.stat().st_size
    lines = check.read_bytes().decode("utf-8").split("\n")
    if len(lines) != 5:
        no(check.name, f"has {len(lines)} lines, not 5", f"有{len(lines)}行，应为5行")
    expected = (data.name, _digest(lambda: data.open("rb"), "md5") if size else "", str(size), None, str(records))
    for number, (line, value) in enumerate(zip(lines, expected, strict=True), 1):
        if value is not None and line != value:
            no(check.name, f"line {number} says {line!r}, the data file {value!r}", f"第{number}行与数据文件不符")
    if not _is_time(lines[3]):
        no(check.name, f"line 4 says {lines[3]!r}, which is no time", "第4行不是时间，或时间不存在")


def _is_time(text: str) -> bool:
    """YYYY-MM-DD HH:MM:SS, of a day and a time that there are."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S") == text
    except ValueError:
        return False


def read_zip(archive: Path, members: Sequence[Path]) -> None:
    """The zip holds just these files, as they lie beside it."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            if zipped.namelist() != [member.name for member in members]:
                no(archive.name, "holds other files than those beside it", "内容不是对应的文件")
            for member in members:
                inside = _digest(lambda name=member.name: zipped.open(name), "sha256")  # type: ignore[misc]
                if inside != _digest(lambda path=member: path.open("rb"), "sha256"):  # type: ignore[misc]
                    no(archive.name, f"holds another {member.name}", f"内的{member.name}与单独文件不同")
    except zipfile.BadZipFile:
        no(archive.name, "is not a zip file", "不是zip文件")


def _digest(open_it: Callable[[], Any], algorithm: str) -> str:
    with open_it() as file:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
