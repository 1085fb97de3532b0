"""Reads EAST's two workbooks back with openpyxl. Shares no code with what wrote them.

Belongs here: what a receiver expects in the list of what is sent and in the results of the checks, and that neither
holds a formula. Not here: the data files (reader.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from loantape.errors import ReadBackMismatch
from templates.cn_nfra_east.reader_words import TABLES
from templates.parts.opening import open_workbook

Found = tuple[int | None, Mapping[str, Decimal]]

_LIST = ("序号", "表号", "表名", "表代码", "文件名", "采集方式", "记录数", "文件字节数")
_RESULTS = (
    "规则序号", "检核类型", "表名", "表代码", "数据项", "代码", "描述", "是否强校验", "总条数", "错误条数", "错误率",
    "解释",
)  # fmt: skip
_NAME = re.compile(r"(?P<bank>.+)监管标准化数据(?P<kind>报送清单|检核结果)（(?P<day>[0-9]{8})）\.xlsx")
_RULE = re.compile(r"[A-Z]+[0-9]{4}")
_MISSING = "缺失类"  # the kind of rule that a field is there


@dataclass(frozen=True)
class Sent:
    """What the data files hold, for the workbooks to be held against: records and totals, bytes, the fields of each
    table, how often each field that is a text has no value in all of them, and their day."""

    data: Mapping[str, Found]
    sizes: Mapping[str, int]
    fields: Mapping[str, Collection[str]]
    empty: Mapping[tuple[str, str], int]
    day: str

    def records(self, table: str) -> int:
        """Of a table, in the files of all institutions."""
        return sum(count or 0 for name, (count, _) in self.data.items() if name.split("-")[1] == table)


def read_workbooks(paths: Sequence[Path], sent: Sent) -> Mapping[str, Found]:
    """Rows and totals of every workbook, which must agree with the data files. Raises ReadBackMismatch naming the row.

    Each bank has a list, of all tables of one licence, and results; no two lists are of one licence.
    """
    found: dict[str, Found] = {}
    banks: dict[str, set[str]] = {"报送清单": set(), "检核结果": set()}
    listed: dict[str, str] = {}
    for path in paths:
        kind, rows, named = _rows(path)
        if named["day"] != sent.day:
            _no(path.name, f"is of another day than the data files, {sent.day}", "与数据文件日期不一致")
        banks[kind].add(named["bank"])
        if kind == "检核结果":
            found[path.name] = _results(path.name, rows, sent)
            continue
        found[path.name], licence = _list(path.name, rows, sent)
        if licence in listed:
            _no(path.name, f"lists the files of {licence}, as {listed[licence]} does", f"与{listed[licence]}重复")
        listed[licence] = path.name
    if banks["报送清单"] != banks["检核结果"]:
        odd = sorted(banks["报送清单"] ^ banks["检核结果"])
        _no(odd[0], "has a list without results, or results without a list", "报送清单与检核结果不成对")
    return found


def read_results(paths: Sequence[Path]) -> Mapping[str, tuple[int, int]]:
    """By rule, the records checked and those that break it: what every workbook of results says alike."""
    said: dict[str, tuple[int, int]] | None = None
    for path in paths:
        kind, rows, _ = _rows(path)
        if kind == "检核结果":
            these = {str(row[0]): (row[8], row[9]) for row in rows}
            if said is not None and these != said:
                _no(path.name, "says other results than that of another institution", "与其他机构的检核结果不一致")
            said = these
    return said or {}


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def _rows(path: Path) -> tuple[str, list[list[Any]], re.Match[str]]:
    """The kind of a workbook, its rows below the headings, and what its name says."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        _no(path.name, "is neither the list nor the results", "不是报送清单或检核结果")
    book = open_workbook(path)
    if len(book.sheetnames) != 1:
        _no(path.name, "does not have one sheet", "工作表数量不符")
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    if not cells:
        _no(path.name, "has no rows", "没有内容")
    wanted = _LIST if named["kind"] == "报送清单" else _RESULTS
    if tuple(cells[0]) != wanted:
        _no(path.name, "has other columns", "列名不符")
    return named["kind"], cells[1:], named


def _list(file: str, rows: Sequence[Sequence[Any]], sent: Sent) -> tuple[Found, str]:
    """Every table once, in order of its number, as it is; of one licence, which is returned too."""
    total = 0
    licences = {str(row[4]).split("-")[0] for row in rows}
    if [row[3] for row in rows] != list(TABLES) or len(licences) != 1:
        missing = [code for code in TABLES if code not in [row[3] for row in rows]]
        _no(
            file,
            f"does not list each of the nine tables of one licence once, in order; missing {missing}",
            "未按顺序逐一列出九张数据表",
        )
    for number, row in enumerate(rows, 1):
        at, table, title, code, name, mode, records, size = row
        for column, value, wanted in zip(("表号", "表名", "采集方式"), (table, title, mode), TABLES[code], strict=True):
            if str(value) != wanted:
                _no(
                    file,
                    f"row {number + 1}, column {column}: {value!r} where {code} has {wanted!r}",
                    f"第{number + 1}行{column}与{code}不符，应为{wanted}",
                )
        if at != number or name not in sent.data or f"-{code}-" not in name:
            _no(file, f"row {number + 1} names no file that is there", f"第{number + 1}行与文件不符")
        if records != sent.data[name][0] or size != sent.sizes[name]:
            _no(
                file,
                f"row {number + 1} says another size or count than {name} has",
                f"第{number + 1}行记录数或大小不符",
            )
        total += records
    return (len(rows), {"记录数": Decimal(total)}), licences.pop()


def _results(file: str, rows: Sequence[Sequence[Any]], sent: Sent) -> Found:
    """Each rule, once, looked at every record of its table, in the files of all institutions.

    How many records lack a field is counted again. Strong rules that are broken are explained, as EAST asks.
    """
    failures, rules = 0, set[str]()
    for number, row in enumerate(rows, 2):
        rule, kind, title, table, _, field, _, strong, checked, failed, rate, why = row

        def no(en: str, zh: str, number: int = number) -> NoReturn:
            _no(file, f"row {number}: {en}", f"第{number}行{zh}")

        if not _RULE.fullmatch(str(rule)) or rule in rules:
            no(f"rule {rule!r} is none, or there twice", "规则序号不符或重复")
        if table not in TABLES or title != TABLES[table][1] or field not in sent.fields[table]:
            no(f"{title!r}, {table!r} and {field!r} are no table and field", "表名、表代码或数据项代码不符")
        if type(checked) is not int or type(failed) is not int or not 0 <= failed <= checked:
            no("the counts are not counts", "条数不符")
        if checked != sent.records(table):
            no(
                f"{checked} records of {table} were checked, its files hold {sent.records(table)}",
                f"总条数与{table}数据文件不符",
            )
        if kind == _MISSING and failed != sent.empty.get((table, field), 0):
            no(
                f"{failed} records lack {field} by rule {rule}, {sent.empty.get((table, field), 0)} of {table} do",
                f"错误条数与{table}中{field}为空的记录数不符",
            )
        if rate != _percent(failed, checked) or strong not in ("是", "否"):
            no("the rate is not that of its counts", "错误率不符")
        if strong == "是" and failed and not why:
            no(f"strong rule {rule} is broken by {failed} records and not explained", "强校验规则有错误但未解释")
        rules.add(rule)
        failures += failed
    return len(rows), {"错误条数": Decimal(failures)}


def _percent(part: int, whole: int) -> str:
    hundredths = (part * 20_000 + whole) // (2 * whole) if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
