"""Reads EAST's data files and workbooks back and checks every rule of their form. Shares no code with the writer.

Belongs here: the technical interface note and the tables of EAST 5.0 [P], restated so that a mistake in the writer
shows: in Arrow, where the writer uses DuckDB. Not here: anything from the declarations (forms.py, tables_*.py) or the
writer; what words a field may hold (reader_words.py); the workbooks, which have their own reader (reader_workbooks.py).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loantape.errors import ReadBackMismatch
from templates.cn_nfra_east.reader_words import WORDS, is_listed
from templates.cn_nfra_east.reader_workbooks import Sent, read_results, read_workbooks

Found = tuple[int | None, Mapping[str, Decimal]]

_NAME = re.compile(r"(?P<licence>[A-Z][0-9]{4}[A-Z][0-9]{9})-(?P<table>[A-Z]+)-(?P<day>[0-9]{8})\.txt")
_FORMS = {
    "d": r"^[0-9]{8}$",  # C8, a day of the calendar
    "e": r"^[0-9]{8}$",  # C8, or 00000000 where no letter was signed
    "t": r"^([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$",  # C6
    "a": r"^-?(0|[1-9][0-9]{0,17})\.[0-9]{2}$",  # D20.2
    "r": r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{0,3}[1-9])?$",  # D10.4, no zeros at the end
    "i": r"^(0|[1-9][0-9]{0,3})$",  # I..4
}


@dataclass(frozen=True)
class _Table:
    """A table by its fields in order, each ``CODE:form``: a form of the above, or the most bytes of a text.

    ``key`` is what orders the records, ``sums`` the amounts that are totalled.
    """

    fields: str
    key: Sequence[str]
    sums: Mapping[str, str]

    def columns(self) -> list[tuple[str, str]]:
        return [(name, form) for name, _, form in (one.partition(":") for one in self.fields.split())]


_TABLES = {
    "GRXDFHZ": _Table(
        "JRXKZH:30 NBJGH:30 YHJGMC:400 MXKMBH:200 MXKMMC:200 KHTYBH:70 ZHMC:400 DKFHZH:60 XDHTH:100 XDJJH:100"
        " DKLL:r BZ:3 DKJE:a DKYE:a FFRQ:d DQRQ:d KHRQ:d XHRQ:d DKZT:30 ZHZT:30 BBZ:600 CJRQ:d",
        ("DKFHZH", "XDJJH", "BZ", "CJRQ"),
        {"DKJE": "贷款金额", "DKYE": "贷款余额"},
    ),
    "GRXDFHZMX": _Table(
        "JYXLH:100 JRXKZH:30 NBJGH:30 YWBLJGH:30 YHJGMC:400 MXKMBH:200 MXKMMC:200 KHTYBH:70 ZHMC:400 ZJLB:60"
        " ZJHM:70 DKFHZH:60 XDJJH:100 HXJYRQ:d HXJYSJ:t JYLX:60 JYJDBZ:3 BZ:3 JYJE:a ZHYE:a DFZH:60 DFHM:400"
        " DFXH:30 DFXM:400 ZY:400 JYQD:60 CBMBZ:9 DBRXM:200 DBRZJLB:60 DBRZJHM:70 JYGYH:30 SQGYH:30 XZBZ:3"
        " BBZ:600 CJRQ:d",
        ("XDJJH", "JYLX"),
        {"JYJE": "交易金额"},
    ),
    "XDHTB": _Table(
        "JRXKZH:30 NBJGH:30 KHTYBH:70 KHMC:400 XDHTH:100 ZHTH:100 HTMC:200 XDYWZL:100 BZ:3 HTJE:a HTQSRQ:d"
        " HTDQRQ:d DBLX:60 HTDKYT:1000 KHJLGH:30 HTZT:30 BBZ:600 CJRQ:d",
        ("XDHTH", "CJRQ"),
        {"HTJE": "合同金额"},
    ),
    "HLWDKHTFJB": _Table(
        "JRXKZH:30 NBJGH:30 YHJGMC:400 XDHTH:100 YWMS:12 HZXYBH:200 BZ:3 HZFZRJE:a LXDH:70 SQSBH:300 SXRQ:e"
        " ZZRQ:e HTZT:30 BBZ:600 CJRQ:d",
        ("XDHTH", "HZXYBH", "CJRQ"),
        {"HZFZRJE": "合作方责任金额"},
    ),
    "GRXDYWJJB": _Table(
        "JRXKZH:30 NBJGH:30 YHJGMC:400 MXKMBH:200 MXKMMC:200 KHTYBH:70 KHMC:400 ZJLB:60 ZJHM:70 XDHTH:100"
        " XDJJH:100 DKFHZH:60 XDYWZL:100 DKFFLX:30 FKFS:30 BZ:3 DKJE:a DKYE:a DKWJFL:6 ZQS:i DQQS:i ZQCS:i"
        " DKFFRQ:d DKDQRQ:d ZJRQ:d QBJE:a QBRQ:d BNQXYE:a BWQXYE:a QXRQ:d LXQKQS:i LJQKQS:i SBXDJJH:100"
        " DKRZZH:60 DKRZHM:400 RZZHSSHMC:400 LLLX:6 SJLL:r HKFS:40 HKZH:60 HKZHSSHMC:400 JXFS:30 XQHKRQ:d"
        " XQYHBJ:a XQYHLX:a JJDKYT:1000 DKTXDQ:6 DKTXHY:100 SFHLWDK:3 SFLSDK:3 SFSNDK:3 SFPHXSNDK:3"
        " SFPHXXWQYDK:3 SFKJDK:3 XDYGH:30 DKZT:30 BBZ:600 CJRQ:d",
        ("XDJJH", "CJRQ"),
        {"DKJE": "贷款金额", "DKYE": "贷款余额", "QBJE": "欠本金额"},
    ),
    "HLWDKHZXYB": _Table(
        "JRXKZH:30 NBJGH:30 YHJGMC:400 HZXYBH:200 HZFMC:450 HZFZJLB:60 HZFZJHM:70 HZFLX:150 HZFS:150 XYQSRQ:d"
        " XYDQRQ:d SJZZRQ:d XZQHDM:6 XZBZ:3 XYZT:30 BBZ:600 CJRQ:d",
        ("HZXYBH", "HZFZJHM", "CJRQ"),
        {},
    ),
    "SXXXB": _Table(
        "YHJGDM:30 JRXKZH:30 NBJGH:30 KHTYBH:70 KHMC:400 KHZJLB:60 KHZJHM:70 SXXYH:60 SXXYMC:400 EDSQRQ:d"
        " SXZTZL:60 SXZL:60 SXED:a YYED:a BZ:3 SXKSRQ:d SXDQRQ:d SXJCYJ:1000 SPRGH:30 JBRGH:30 SXZT:6 BBZ:600"
        " CJRQ:d",
        ("SXXYH", "CJRQ"),
        {"SXED": "授信额度", "YYED": "已用额度"},
    ),
    "ZCHXB": _Table(
        "JRXKZH:30 NBJGH:30 KHTYBH:70 KHMC:400 ZCLX:60 HTH:100 JJH:100 BZ:3 HXBJ:a SHBNLX:a SHBWLX:a HXRQ:d"
        " SHBJ:a SHLX:a SHRQ:d SHBZ:12 SHYGH:30 HXZT:12 BBZ:600 CJRQ:d",
        ("JJH", "BZ", "CJRQ"),
        {"HXBJ": "实核本金"},
    ),
    "DKWJXTBDB": _Table(
        "JRXKZH:30 NBJGH:30 YHJGMC:400 XDHTH:100 XDJJH:100 KHTYBH:70 KHMC:400 TZRQ:d YWJFL:6 XWJFL:6 BDYY:30"
        " BDFS:30 JBGYH:30 BBZ:600 CJRQ:d",
        ("XDJJH", "TZRQ"),
        {},
    ),
}
# what a masked value looks like [P]: 64 hexadecimal digits, six bytes before them for a document number, a name of a
# character or three letters
_HASH = r"^[0-9a-f]{64}$"
_MASKS = {
    "KHTYBH": _HASH, "LXDH": _HASH, "ZJHM": r"^[^\x{1}]{0,6}[0-9a-f]{64}$", "KHZJHM": r"^[^\x{1}]{0,6}[0-9a-f]{64}$",
    "KHMC": r"^.{1,3}$", "ZHMC": r"^.{1,3}$",
}  # fmt: skip
_CONTROL_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code not in (0x01, 0x0A))


def read_back(folder: Path) -> Mapping[str, Found]:
    """Records and control totals per file of ``folder``. Raises ReadBackMismatch naming file, line and field.

    Every institution, known by its licence number, has each of the nine tables, of one day, and there are two workbooks
    for each, which say of the files what the files say.
    """
    data: dict[str, Found] = {}
    sets: dict[str, set[str]] = {}
    days: set[str] = set()
    empty: Counter[tuple[str, str]] = Counter()
    workbooks: list[Path] = []
    for path in sorted(folder.iterdir()):
        named = _NAME.fullmatch(path.name)
        if path.suffix == ".xlsx":
            workbooks.append(path)
        elif not named or named["table"] not in _TABLES:
            _no(path.name, "is not the name of a file of EAST", "不是EAST文件名")
        else:
            if not _is_day(named["day"]):
                _no(path.name, f"names the day {named['day']}, which does not exist", "文件名中的日期不存在")
            sets.setdefault(named["licence"], set()).add(named["table"])
            days.add(named["day"])
            data[path.name] = _read(path, named["table"], named["day"], empty)
    if len(days) > 1:
        _no(folder.name, f"has files of several days: {', '.join(sorted(days))}", "各文件日期不一致")
    for licence, tables in sets.items():
        if tables != set(_TABLES):
            _no(licence, f"lacks tables {sorted(set(_TABLES) - tables)}", "缺少数据表")
    if len(workbooks) != 2 * len(sets):
        _no(folder.name, "does not have two workbooks for each institution, all of one day", "报送清单或检核结果不齐")
    fields = {code: frozenset(name for name, _ in table.columns()) for code, table in _TABLES.items()}
    sizes = {name: (folder / name).stat().st_size for name in data}
    return {**data, **read_workbooks(workbooks, Sent(data, sizes, fields, empty, "".join(days)))}


def rule_results(folder: Path) -> Mapping[str, tuple[int, int]]:
    """By rule, what the workbooks of ``folder`` say: records checked, and those that break it."""
    return read_results(sorted(folder.glob("*.xlsx")))


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


# --- one data file ------------------------------------------------------------------------------------------------


def _read(path: Path, code: str, day: str, empty: Counter[tuple[str, str]]) -> Found:
    """Records and totals; counts into ``empty`` how often each field of the table has no value."""
    table, feeds = _TABLES[code], _scan_bytes(path)
    totals = dict.fromkeys(table.sums, Decimal("0.00"))
    records = 0
    last = ""
    if feeds:
        for batch in read_batches(path, [name for name, _ in table.columns()]):
            _check_values(path.name, records, batch, code, day)
            last = _check_order(path.name, records, batch, table, last)
            for name, form in table.columns():
                if form not in _FORMS:
                    empty[code, name] += pc.sum(pc.equal(batch.column(name), "")).as_py()
            for name in totals:
                totals[name] += pc.sum(batch.column(name).cast(pa.decimal128(24, 2))).as_py()
            records += batch.num_rows
    if records != feeds:
        _no(path.name, f"has {feeds} lines but {records} records", f"有{feeds}行但读出{records}条记录")
    return records, {f"{name} {table.sums[name]}": total for name, total in totals.items()}


def _scan_bytes(path: Path) -> int:
    """Line feeds, counted on bytes before any parser; UTF-8 without BOM, each record ended, no other control byte."""
    feeds, first, last = 0, True, b"\n"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if first and chunk.startswith(codecs.BOM_UTF8):
                _no(path.name, "starts with a byte order mark", "以BOM开头")
            if len(chunk.translate(None, _CONTROL_BYTES)) != len(chunk):
                _no(path.name, "holds a control character", "含有控制字符")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                _no(path.name, "is not UTF-8", "不是UTF-8编码")
            first, feeds, last = False, feeds + chunk.count(b"\n"), chunk[-1:]
    if last != b"\n" or decoder.getstate()[0]:
        _no(path.name, "does not end with the end of a record", "未以完整记录结束")
    return feeds


def read_batches(path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The records of a data file that is not empty, as texts under the names of their fields."""
    try:
        yield from pa.csv.open_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=list(names), block_size=1 << 23),
            parse_options=pa.csv.ParseOptions(
                delimiter="\x01", quote_char=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        # Arrow's own message quotes the line, so it is not passed on
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                fields = line.count(b"\x01") + 1
                if fields != len(names):
                    en = f"line {number} has a record of {fields} fields, not {len(names)}"
                    _no(path.name, en, f"第{number}行有{fields}个数据项，应为{len(names)}个")
        _no(path.name, "cannot be parsed", "无法解析")


def _check_values(file: str, before: int, batch: pa.RecordBatch, code: str, day: str) -> None:
    """Every field against its form, its mask and its words."""

    def demand(name: str, good: Any, en: str, zh: str) -> None:
        wrong = pc.index(good, False).as_py()
        if wrong >= 0:
            line = before + wrong + 1
            _no(file, f"line {line}, field {name}: {en}", f"第{line}行数据项{name}{zh}")

    in_form = ("not in the form of the field", "格式不符")
    for name, form in _TABLES[code].columns():
        values = batch.column(name)
        if form in _FORMS:
            demand(name, pc.match_substring_regex(values, _FORMS[form]), *in_form)
        else:
            demand(name, pc.less_equal(pc.binary_length(values), int(form)), *in_form)
        if form in ("d", "e"):
            days = _each(values, _is_day if form == "d" else _is_day_or_none)
            demand(name, days, "a date that does not exist", "：日期不存在")
        if name in _MASKS:
            masked = pc.or_(pc.equal(values, ""), pc.match_substring_regex(values, _MASKS[name]))
            demand(name, masked, *in_form)
        if name == "CJRQ":
            demand(name, pc.equal(values, day), "not the day of the file name", "与文件名日期不一致")
        if name in WORDS.get(code, {}):
            demand(name, _each(values, partial(is_listed, code, name)), "not a word of its list", "：不在代码表内")
    if code == "HLWDKHTFJB":
        alone = pc.equal(batch.column("YWMS"), "独立")
        for name, value in (("HZXYBH", "无"), ("HZFZRJE", "0.00")):
            holds = pc.or_(pc.invert(alone), pc.equal(batch.column(name), value))
            demand(name, holds, f"not {value}, though the bank lends alone", f"：业务模式为独立时应为{value}")


def _each(values: Any, holds: Callable[[str], bool]) -> Any:
    """Which values hold; asked once for each that is different."""
    different = pc.unique(values)
    wrong = [text for text in different.to_pylist() if not holds(text)]
    return pc.invert(pc.is_in(values, value_set=pa.array(wrong, pa.string())))


def _is_day(text: str) -> bool:
    """Whether YYYYMMDD is a day of the calendar."""
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _is_day_or_none(text: str) -> bool:
    """A day, or that there is none."""
    return text == "00000000" or _is_day(text)


def _check_order(file: str, before: int, batch: pa.RecordBatch, table: _Table, last: str) -> str:
    """Records are in order of their key and no two have the same; 0x01 sorts before whatever a key may hold."""
    keys: Any = pc.binary_join_element_wise(*(batch.column(name) for name in table.key), "\x01")
    rising = pc.greater(keys, pa.concat_arrays([pa.array([last]), keys[:-1]]))
    wrong = pc.index(rising, False).as_py()
    if wrong >= 0:
        line = before + wrong + 1
        _no(file, f"line {line}: key repeated or out of order", f"第{line}行主键重复或乱序")
    return str(keys[-1])
