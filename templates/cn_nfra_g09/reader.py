"""Reads G09 workbooks back with openpyxl and adds their parts up. Shares no code with what wrote them.

Belongs here: the reconstructed layout, restated, and that no cell is a formula. Not here: anything from items.py or
the writer.
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

_NAME = re.compile(r"[0-9A-Z]{18}_G09_[0-9]{8}_reconstructed\.xlsx")
_SHEETS = {"G09_I": 5, "G09_II": 10, "G09_III": 8, "填报方法": 4}
_PARTS = {"1.1": 5, "1.2": 6, "1.3": 3, "1.4": 4, "1.5": 5, "8.3.3": 4}
_COMPLETE = ("1.1", "1.2", "1.4")
_LINES = 62
_OF_YEAR = ("3", "4", "5", "6.1", "7")
_CENT = Decimal("0.01")


def read_back(folder: Path) -> Mapping[str, Found]:
    """Lines and control totals per workbook of ``folder``. Raises ReadBackMismatch naming file, sheet and line."""
    return {path.name: _read(path) for path in sorted(folder.iterdir())}


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def _read(path: Path) -> Found:
    if not _NAME.fullmatch(path.name):
        _no(path.name, "is not the name of a G09 workbook", "不是G09文件名")
    book = open_workbook(path)
    if book.sheetnames != list(_SHEETS):
        _no(path.name, f"has sheets {book.sheetnames}", "工作表不符")
    sheets: dict[str, list[list[Any]]] = {}
    for name, width in _SHEETS.items():
        rows = [[cell.value for cell in row] for row in book[name].iter_rows()]
        if (
            len(rows) < 3
            or "RECONSTRUCTED" not in str(rows[0][0])
            or sum(value is not None for value in rows[2]) != width
        ):
            _no(path.name, f"sheet {name} lacks its mark or its columns", f"工作表{name}缺少重构标识或列名不符")
        sheets[name] = rows[3:]
    totals = _lines(path.name, sheets["G09_I"])
    for name in ("G09_II", "G09_III"):
        _largest(path.name, name, sheets[name], 4)
    return sum(len(sheets[name]) for name in ("G09_I", "G09_II", "G09_III")), totals


def _lines(file: str, rows: Sequence[Sequence[Any]]) -> Mapping[str, Decimal]:
    if len(rows) != _LINES:
        _no(file, f"G09_I has {len(rows)} lines", "G09_I行数不符")
    figures = {str(row[0]): row[2:4] for row in rows}
    totals = {}
    for column, letter in enumerate("AB"):
        whole = _amount(file, figures["1"][column])
        for parent, count in _PARTS.items():
            total = sum((_amount(file, figures[f"{parent}.{n}"][column]) for n in range(1, count + 1)), Decimal(0))
            limit = _amount(file, figures["8.3.3"][column]) if parent == "8.3.3" else whole
            if total > limit or (parent in _COMPLETE and total != limit):
                _no(
                    file,
                    f"G09_I: the parts of {parent} in column {letter} do not add up",
                    f"{parent}各项{letter}列之和不符",
                )
        totals[f"1 {letter}"] = whole
        totals |= _of_year(file, letter, {number: figures[number][column] for number in _OF_YEAR})
    return totals


def _of_year(file: str, letter: str, figures: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """Borrowers and amount of the year's loans, where they are told; nobody is granted what no borrower was."""
    told = {number: _amount(file, value) for number, value in figures.items() if value is not None}
    if "3" not in told and told.keys() & {"4", "5", "7"}:
        _no(file, f"G09_I: lines of the year in column {letter} without line 3", f"{letter}列当年项目缺少第3项")
    if any(value and not told["3"] for number, value in told.items() if number in ("4", "5")):
        _no(
            file,
            f"G09_I: column {letter} has amounts of the year and no borrower",
            f"{letter}列当年户数为零而金额不为零",
        )
    return {f"{number} {letter}": told[number] for number in ("3", "4") if number in told}


def _amount(file: str, value: Any) -> Decimal:
    """Workbooks hold binary numbers: what was a decimal of two places comes back as the nearest one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        _no(file, f"G09_I: {value!r} is no number", "数值单元格不是数字")
    return Decimal(str(value)).quantize(_CENT)


def _largest(file: str, sheet: str, rows: Sequence[Sequence[Any]], balance: int) -> None:
    balances = [row[balance] for row in rows]
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)) or len(rows) > 10:
        _no(file, f"{sheet}: the order is not 1 to 10", f"{sheet}序号不符")
    if any(not isinstance(value, int | float) for value in balances) or balances != sorted(balances, reverse=True):
        _no(file, f"{sheet}: the largest does not come first", f"{sheet}未按余额排序")
