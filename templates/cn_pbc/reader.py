"""Reads CLGRDK files back and checks every rule of their form. Shares no code, and no engine, with the writer.

Belongs here: the physical layer and columns of V2.1 §3.1 and §3.2.2.4 [P], restated from the specification so that a
mistake in the writer shows. Not here: anything from columns.py or writer.py.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loantape.errors import ReadBackMismatch

_NAME = re.compile(r"(?P<uscc>[0-9A-Z]{18})_CLGRDK_[0-9]{8}")
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_AMOUNT = r"^-?(0|[1-9][0-9]{0,19})\.[0-9]{2}$"
_RATE = r"^-?(0|[1-9][0-9]{0,9})\.[0-9]{5}$"
_MD5 = r"^[0-9a-f]{32}$"
_CARD = r"^[0-9]{14}[0-9a-f]{32}$"
# column number -> (pattern of a value, may it be empty); byte lengths of free text are below
_FORMS = {
    1: (r"^[0-9A-Z]{18}$", False),
    3: (r"^[0-9]{6}$", False),
    4: (r"^(A0[1-3]|B0[1-9]|B1[0-2]|B99|C0[12]|L01|Z99)$", False),
    6: (r"^([1-6][0-9]{5}|000[0-9]{3})$", False),  # Hong Kong, Macau and Taiwan by country code, not 81, 82, 71
    9: (
        r"^F(01|0211|0212|02131|02132|0219|022|023|03|041|042|043|051|052|053|059|061|062|063|064|065|069|071|072|073"
        r"|074|079|081|082|09|10|12|13|99)$",  # lowest level only
        False,
    ),
    10: (_DAY, False),
    11: (_DAY, False),
    12: (_DAY, True),
    13: (r"^[A-Z]{3}$", False),
    14: (_AMOUNT, False),
    15: (_AMOUNT, False),
    16: (r"^RF0[12]$", False),
    17: (_RATE, False),
    18: (r"^TR(0[1-9]|99)$", True),
    19: (_RATE, True),
    20: (r"^(A0101|A0102|A0201|A0202|B|C|Z)$", True),
    21: (_DAY, False),
    22: (r"^(A|B01|B99|C01|C99|D|E|E01|Z)$", False),
    23: (r"^[01]$", False),
    24: (r"^FQ0[1-5]$", False),
    25: (r"^LS0[1-4]$", False),
    26: (r"^0[1-3]$", True),
}
_LONGEST = {2: 30, 5: 60, 7: 100, 8: 100, 27: 3000}
_DAYS = (10, 11, 12, 21)
_COLUMNS = 27
_CONTROL_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code != 0x0A)

Found = tuple[int | None, Mapping[str, Decimal]]


def read_back(folder: Path) -> Mapping[str, Found]:
    """Records and control totals per file of ``folder``. Raises ReadBackMismatch naming file, line and column."""
    found: dict[str, Found] = {}
    stems = sorted({path.name.rsplit(".", 1)[0] for path in folder.iterdir()})
    for stem in stems:
        named = _NAME.fullmatch(stem)
        if not named:
            _no(stem, "is not a CLGRDK file name", "不是CLGRDK文件名")
        data, check, archive = (folder / f"{stem}.{ending}" for ending in ("dat", "log", "zip"))
        for path in (data, check, archive):
            if not path.is_file():
                _no(path.name, "is missing", "缺失")
        content = _read_data(data, named["uscc"])
        _read_check_file(check, data, content[0])
        _read_zip(archive, (data, check))
        found |= {data.name: content, check.name: (None, {}), archive.name: content}
    return found


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


# --- the data file ------------------------------------------------------------------------------------------------


def _read_data(path: Path, uscc: str) -> tuple[int, Mapping[str, Decimal]]:
    size, feeds = _scan_bytes(path)
    totals = {14: Decimal("0.00"), 15: Decimal("0.00")}
    records = overdue = 0
    if size:
        last_iou: Any = None
        for batch in _batches(path):
            columns = {number: batch.column(number - 1) for number in range(1, _COLUMNS + 1)}
            _check_batch(path.name, records, columns, uscc)
            last_iou = _check_order(path.name, records, columns[7], last_iou)
            for number in totals:
                totals[number] += pc.sum(columns[number].cast(pa.decimal128(24, 2))).as_py()
            overdue += pc.sum(pc.equal(columns[25], "LS03")).as_py()
            records += batch.num_rows
        if records != feeds + 1:
            _no(path.name, f"has {feeds + 1} lines but {records} records", f"有{feeds + 1}行但读出{records}条记录")
    return records, {"14 贷款余额": totals[14], "15 贷款余额折人民币": totals[15], "25 LS03": Decimal(overdue)}


def _scan_bytes(path: Path) -> tuple[int, int]:
    """Size and line feeds, counted on bytes before any parser; UTF-8 without BOM, no control byte but LF inside."""
    size = feeds = 0
    last = b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if size == 0 and chunk.startswith(codecs.BOM_UTF8):
                _no(path.name, "starts with a byte order mark", "以BOM开头")
            if len(chunk.translate(None, _CONTROL_BYTES)) != len(chunk):
                _no(path.name, "holds a control character", "含有控制字符")
            if b'"' in chunk or b"\\" in chunk:
                _no(path.name, "holds a double quote or a backslash", "含有双引号或反斜杠")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                _no(path.name, "is not UTF-8", "不是UTF-8编码")
            size, feeds, last = size + len(chunk), feeds + chunk.count(b"\n"), chunk[-1:]
    if decoder.getstate()[0]:
        _no(path.name, "ends inside a UTF-8 character", "在UTF-8字符中间结束")
    if last == b"\n":
        _no(path.name, "ends with a line feed", "以换行结束")
    return size, feeds


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    names = [str(number) for number in range(1, _COLUMNS + 1)]
    try:
        yield from pa.csv.open_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=names, block_size=1 << 23),
            parse_options=pa.csv.ParseOptions(
                delimiter="|", quote_char=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        # Arrow's own message quotes the line, so it is not passed on
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.count(b"|") != _COLUMNS - 1:
                    _no(path.name, f"line {number} does not have {_COLUMNS} columns", f"第{number}行不是{_COLUMNS}列")
        _no(path.name, "does not parse", "无法解析")


def _check_batch(file: str, before: int, columns: Mapping[int, Any], uscc: str) -> None:
    """Every column of one batch against its form, then the conditions between columns."""

    def demand(number: int, holds: Any, en: str, zh: str) -> None:
        wrong = pc.index(holds, False).as_py()
        if wrong >= 0:
            at = f"line {before + wrong + 1}, column {number}"
            _no(file, f"{at}: {en}", f"第{before + wrong + 1}行第{number}列：{zh}")

    empty = {number: pc.equal(column, "") for number, column in columns.items()}
    status, rate_type = columns[25], columns[16]
    for number, (pattern, optional) in _FORMS.items():
        holds = pc.match_substring_regex(columns[number], pattern)
        demand(number, pc.or_(holds, empty[number]) if optional else holds, "not in the form of the column", "格式不符")
    for number, longest in _LONGEST.items():
        demand(number, pc.less_equal(pc.binary_length(columns[number]), longest), "too long", "超长")
        trimmed = pc.utf8_trim(columns[number], characters=" ")
        demand(number, pc.equal(trimmed, columns[number]), "leading or trailing space", "首尾有空格")
        if number != 27:
            demand(number, pc.invert(empty[number]), "empty", "为空")
    for number in _DAYS:
        try:
            pc.if_else(empty[number], None, columns[number]).cast(pa.date32())
        except pa.ArrowInvalid:
            _no(file, f"column {number} holds a date that does not exist", f"第{number}列含有不存在的日期")
    demand(1, pc.equal(columns[1], uscc), "not the institution of the file name", "与文件名中的机构不一致")
    card = pc.equal(columns[4], "B01")
    mask = pc.if_else(card, pc.match_substring_regex(columns[5], _CARD), pc.match_substring_regex(columns[5], _MD5))
    demand(5, mask, "not a masked number", "不是脱敏后的证件号码")
    moved = pc.is_in(status, value_set=pa.array(["LS02", "LS04"]))
    demand(12, pc.or_(pc.invert(moved), pc.invert(empty[12])), "required for LS02 and LS04", "LS02、LS04必填")
    floating = pc.equal(rate_type, "RF02")
    demand(18, pc.or_(pc.invert(floating), pc.invert(empty[18])), "required for RF02", "RF02必填")
    demand(19, pc.equal(floating, pc.invert(empty[19])), "filled if and only if RF02", "仅RF02填报")
    demand(26, pc.equal(pc.equal(status, "LS03"), pc.invert(empty[26])), "filled if and only if LS03", "仅LS03填报")


def _check_order(file: str, before: int, iou: Any, last: Any) -> Any:
    """IOU numbers strictly rise in byte order, so none is there twice. Returns the last one."""
    if last is not None and not pc.less(last, iou[0]).as_py():
        _no(file, f"line {before + 1}: IOU number repeated or out of order", f"第{before + 1}行：借据编码重复或乱序")
    rising = pc.less(iou[:-1], iou[1:]) if len(iou) > 1 else pa.array([], pa.bool_())
    wrong = pc.index(rising, False).as_py()
    if wrong >= 0:
        line = before + wrong + 2
        _no(file, f"line {line}: IOU number repeated or out of order", f"第{line}行：借据编码重复或乱序")
    return iou[-1]


# --- check file and zip -------------------------------------------------------------------------------------------


def _digest(open_it: Callable[[], Any], algorithm: str) -> str:
    with open_it() as file:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _read_check_file(check: Path, data: Path, records: int) -> None:
    """Five lines: file name, MD5, size in bytes, creation time, record count."""
    size = data.stat().st_size
    lines = check.read_bytes().decode("utf-8").split("\n")
    if len(lines) != 5:
        _no(check.name, f"has {len(lines)} lines, not 5", f"有{len(lines)}行，应为5行")
    expected = (data.name, _digest(lambda: data.open("rb"), "md5") if size else "", str(size), None, str(records))
    for number, (line, value) in enumerate(zip(lines, expected, strict=True), 1):
        if value is not None and line != value:
            _no(check.name, f"line {number} says {line!r}, the data file {value!r}", f"第{number}行与数据文件不符")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", lines[3]):
        _no(check.name, "line 4 is not a time", "第4行不是时间")


def _read_zip(archive: Path, members: Sequence[Path]) -> None:
    try:
        with zipfile.ZipFile(archive) as zipped:
            if zipped.namelist() != [member.name for member in members]:
                _no(archive.name, "holds other files than its .dat and .log", "内容不是对应的.dat和.log")
            for member in members:
                inside = _digest(lambda name=member.name: zipped.open(name), "sha256")  # type: ignore[misc]
                if inside != _digest(lambda path=member: path.open("rb"), "sha256"):  # type: ignore[misc]
                    _no(archive.name, f"holds another {member.name}", f"内的{member.name}与单独文件不同")
    except zipfile.BadZipFile:
        _no(archive.name, "is not a zip file", "不是zip文件")
