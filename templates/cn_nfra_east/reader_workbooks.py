"""Reads EAST's two workbooks back with openpyxl. Shares no code with what wrote them.

Belongs here: what a receiver expects in the list of what is sent and in the results of the checks, and that neither
holds a formula. Not here: the data files (reader.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from loantape.errors import ReadBackMismatch
from templates.parts.opening import open_workbook

Found = tuple[int | None, Mapping[str, Decimal]]

_LIST = ("序号", "表号", "表名", "表代码", "文件名", "采集方式", "记录数", "文件字节数")
_RESULTS = (
    "规则序号", "检核类型", "表名", "表代码", "数据项", "代码", "描述", "是否强校验", "总条数", "错误条数", "错误率",
    "解释",
)  # fmt: skip
_NAME = re.compile(r".+监管标准化数据(?P<kind>报送清单|检核结果)（[0-9]{8}）\.xlsx")


def read_workbook(path: Path, data: Mapping[str, Found], sizes: Mapping[str, int]) -> Found:
    """Rows and totals of one workbook, which must agree with the data files. Raises ReadBackMismatch naming the row."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        _no(path.name, "is neither the list nor the results", "不是报送清单或检核结果")
    head, *rows = _cells(path)
    wanted = _LIST if named["kind"] == "报送清单" else _RESULTS
    if tuple(head) != wanted:
        _no(path.name, "has other columns", "列名不符")
    return _list(path.name, rows, data, sizes) if wanted is _LIST else _results(path.name, rows, data)


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def _cells(path: Path) -> list[list[Any]]:
    """Every row of the one sheet."""
    book = open_workbook(path)
    if len(book.sheetnames) != 1:
        _no(path.name, "does not have one sheet", "工作表数量不符")
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    if not rows:
        _no(path.name, "has no rows", "没有内容")
    return rows


def _list(file: str, rows: Sequence[Sequence[Any]], data: Mapping[str, Found], sizes: Mapping[str, int]) -> Found:
    total = 0
    for number, row in enumerate(rows, 1):
        at, _, _, code, name, mode, records, size = row
        if at != number or mode not in ("全量", "增量") or name not in data or f"-{code}-" not in name:
            _no(file, f"row {number + 1} names no file that is there", f"第{number + 1}行与文件不符")
        if records != data[name][0] or size != sizes[name]:
            _no(
                file,
                f"row {number + 1} says another size or count than {name} has",
                f"第{number + 1}行记录数或大小不符",
            )
        total += records
    return len(rows), {"记录数": Decimal(total)}


def _results(file: str, rows: Sequence[Sequence[Any]], data: Mapping[str, Found]) -> Found:
    """Each rule looked at every record of its table, in the files of all institutions."""
    failures = 0
    records: dict[str, int] = {}
    for name, (count, _) in data.items():
        table = name.split("-")[1]
        records[table] = records.get(table, 0) + (count or 0)
    for number, row in enumerate(rows, 2):
        checked, failed, rate = row[8:11]
        if not (isinstance(checked, int) and isinstance(failed, int) and 0 <= failed <= checked):
            _no(file, f"row {number}: the counts are not counts", f"第{number}行条数不符")
        if checked != records.get(row[3], 0):
            _no(
                file,
                f"row {number}: {checked} records of {row[3]} were checked, its files hold {records.get(row[3], 0)}",
                f"第{number}行总条数与{row[3]}数据文件不符",
            )
        if rate != _percent(failed, checked) or row[7] not in ("是", "否"):
            _no(file, f"row {number}: the rate is not that of its counts", f"第{number}行错误率不符")
        failures += failed
    return len(rows), {"错误条数": Decimal(failures)}


def _percent(part: int, whole: int) -> str:
    hundredths = (part * 20_000 + whole) // (2 * whole) if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
