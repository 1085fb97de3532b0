"""Reads G09 workbooks back with openpyxl and adds their parts up. Shares no code with what wrote them.

Belongs here: the reconstructed layout [S], restated: its lines, what each is a part of, and that no cell is a formula.
Not here: anything from items.py or the writer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from loantape.errors import ReadBackMismatch
from templates.parts.opening import open_workbook

Found = tuple[int | None, Mapping[str, Decimal]]

_NAME = re.compile(r"(?P<uscc>[0-9A-Z]{18})_G09_(?P<day>[0-9]{8})_reconstructed\.xlsx")
_SHEETS = {"G09_I": 5, "G09_II": 10, "G09_III": 8, "填报方法": 4}
_LINES = (
    "1 1.1.1 1.1.2 1.1.3 1.1.4 1.1.5 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 1.4.3 1.4.4"
    " 1.5.1 1.5.2 1.5.3 1.5.4 1.5.5 1.6.1 1.6.2 2 3 4 5 6.1 6.2 7"
    " 8.1.1 8.1.2 8.1.2.1 8.1.3 8.1.3.1 8.1.3.2 8.1.3.3 8.1.3.4 8.1.4 8.1.4.1"
    " 8.2.1 8.2.2 8.2.2.1 8.2.3 8.2.3.1 8.2.3.2 8.2.3.3 8.2.3.4 8.2.4 8.2.4.1"
    " 8.3.1 8.3.1.1 8.3.1.2 8.3.2 8.3.3 8.3.3.1 8.3.3.2 8.3.3.3 8.3.3.4"
)
# lines that no tape gives, or only with every month of the year: all others have a figure
_LACKING = "1.6.2 3 4 5 6.1 6.2 7 8.1.3.1 8.1.3.2 8.1.3.3 8.1.4 8.1.4.1 8.2.3.1 8.2.3.2 8.2.3.3 8.2.4 8.2.4.1 8.3.1.2"
_MAY_LACK = frozenset(_LACKING.split())
_COUNTS = ("2", "3", "8.1.1", "8.1.4", "8.1.4.1", "8.2.1", "8.2.4", "8.2.4.1", "8.3.1", "8.3.1.1", "8.3.1.2")
# a line to the lines that are parts of it, where no two have a loan in common
_PARTS = {
    "1": (
        "1.1.1 1.1.2 1.1.3 1.1.4 1.1.5", "1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6", "1.3.1 1.3.2 1.3.3",
        "1.4.1 1.4.2 1.4.3 1.4.4", "1.5.1 1.5.2 1.5.3 1.5.4 1.5.5", "1.6.1", "1.6.2", "8.1.2 8.2.2 8.3.2",
    ),
    "4": ("5",),  # a year's interest on what was granted
    "8.1.2": ("8.1.2.1",), "8.1.3": ("8.1.3.1 8.1.3.2 8.1.3.3 8.1.3.4",), "8.1.4": ("8.1.4.1",),
    "8.2.2": ("8.2.2.1",), "8.2.3": ("8.2.3.1 8.2.3.2 8.2.3.3 8.2.3.4",), "8.2.4": ("8.2.4.1",),
    "8.3.1": ("8.3.1.1", "8.3.1.2"), "8.3.2": ("8.3.3",), "8.3.3": ("8.3.3.1 8.3.3.2 8.3.3.3 8.3.3.4",),
}  # fmt: skip
_COMPLETE = ("1.1.1", "1.2.1", "1.4.1")  # the first of those parts that make up the whole
_CENT = Decimal("0.01")
_MOST = 10  # partners
Figures = Mapping[str, Decimal]  # by line, where it is told


def read_back(folder: Path) -> Mapping[str, Found]:
    """Lines and control totals per workbook of ``folder``. Raises ReadBackMismatch naming file, sheet and line."""
    return {path.name: _read(path) for path in sorted(folder.iterdir())}


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def _read(path: Path) -> Found:
    named = _NAME.fullmatch(path.name)
    if not named:
        _no(path.name, "is not the name of a G09 workbook", "不是G09文件名")
    day = named["day"]
    try:
        shown = date(int(day[:4]), int(day[4:6]), int(day[6:])).isoformat()
    except ValueError:
        _no(path.name, f"names the day {day}, which does not exist", "文件名中的日期不存在")
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
        said = str(rows[1][0]).split()
        if f"报告日 {shown}" not in " ".join(said) or named["uscc"] not in said:
            _no(
                path.name,
                f"sheet {name} row 2 is not of institution {named['uscc']} and day {shown}, as the file's name",
                f"工作表{name}第2行的机构或报告日与文件名不符",
            )
        sheets[name] = rows[3:]
    columns = _lines(path.name, sheets["G09_I"])
    if [str(row[0]) for row in sheets["填报方法"]] != _LINES.split() or not all(row[3] for row in sheets["填报方法"]):
        _no(path.name, "sheet 填报方法 does not say of each line how it is made", "填报方法未逐项说明口径")
    for name, counts, balances in (
        ("G09_II", ("8.1.1", "8.2.1"), ("8.1.2", "8.1.3", "8.2.2", "8.2.3")),
        ("G09_III", ("8.3.1",), ("8.3.2",)),
    ):
        of_lines = ([told[n] for told in columns.values() for n in lines] for lines in (counts, balances))
        _largest(path.name, name, sheets[name], *of_lines)
    totals = {
        f"{number} {letter}": told[number]
        for letter, told in columns.items()
        for number in ("1", "3", "4")
        if number in told
    }
    return sum(len(sheets[name]) for name in ("G09_I", "G09_II", "G09_III")), totals


# --- part I -------------------------------------------------------------------------------------------------------


def _lines(file: str, rows: Sequence[Sequence[Any]]) -> Mapping[str, Figures]:
    """The figures of each column that has any. Raises ReadBackMismatch naming line and column."""
    lines = _LINES.split()
    found = [str(row[0]) for row in rows]
    if found != lines:
        at = next((n for n, (one, other) in enumerate(zip(found, lines, strict=False)) if one != other), len(lines))
        _no(file, f"G09_I has {len(rows)} lines, row {at + 4} is not the line it should be", "G09_I行数或项目序号不符")
    columns: dict[str, Figures] = {}
    for letter, values in zip("ABC", zip(*(row[2:5] for row in rows), strict=True), strict=True):
        if letter != "C" or any(value is not None for value in values):  # the capital of firms is in no tape
            columns[letter] = _column(file, letter, dict(zip(lines, values, strict=True)))
    return columns


def _column(file: str, letter: str, values: Mapping[str, Any]) -> Figures:
    told: dict[str, Decimal] = {}
    for line, value in values.items():
        if value is None and line in _MAY_LACK:
            continue
        told[line] = _number(file, f"G09_I line {line}, column {letter}", value)
        if line in _COUNTS and told[line] != int(told[line]):
            _no(file, f"G09_I line {line}, column {letter}: {value!r} counts nothing", f"第{line}项{letter}列不是整数")
    for whole, groups in _PARTS.items():
        for group in groups:
            parts = group.split()
            total = sum((told[part] for part in parts if part in told), Decimal(0))
            complete = parts[0] in _COMPLETE
            if whole in told and (total > told[whole] or (complete and total != told[whole])):
                _no(
                    file,
                    f"G09_I: lines {', '.join(parts)} in column {letter} do not add up: {total},"
                    f" line {whole} {'is' if complete else 'is only'} {told[whole]}",
                    f"{letter}列{'、'.join(parts)}项之和{total}与第{whole}项{told[whole]}不符",
                )
    _of_year(file, letter, told)
    return told


def _of_year(file: str, letter: str, told: Figures) -> None:
    """Borrowers and amount of the year's loans, where they are told; nobody is granted what no borrower was."""
    if "3" not in told and told.keys() & {"4", "5", "7"}:
        _no(file, f"G09_I: lines of the year in column {letter} without line 3", f"{letter}列当年项目缺少第3项")
    if any(told.get(number) and not told["3"] for number in ("4", "5")):
        _no(
            file,
            f"G09_I: column {letter} has amounts of the year and no borrower",
            f"{letter}列当年户数为零而金额不为零",
        )


def _number(file: str, where: str, value: Any) -> Decimal:
    """Workbooks hold binary numbers: what was a decimal of two places comes back as the nearest one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        _no(file, f"{where}: {value!r} is no number", f"{where}：不是数字")
    if value < 0:
        _no(file, f"{where}: {value} is negative", f"{where}：为负数")
    return Decimal(str(value)).quantize(_CENT)


# --- parts II and III ---------------------------------------------------------------------------------------------


def _largest(
    file: str, sheet: str, rows: Sequence[Sequence[Any]], counts: Sequence[Decimal], balances: Sequence[Decimal]
) -> None:
    """The ten largest partners, each once, shares and rates of 0 to 100 percent, within what part I says.

    ``counts`` are the figures of part I that count such partners, ``balances`` those of the loans with them. A partner
    may be in several columns of part I, so that its counts only bound how many there are.
    """
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)) or len(rows) > _MOST:
        _no(file, f"{sheet}: the order is not 1 to 10", f"{sheet}序号不符")
    percent = (5, 7, 8) if sheet == "G09_II" else (5, 6)
    codes: set[str] = set()
    amounts: list[Decimal] = []
    for number, row in enumerate(rows, 4):
        amounts.append(_number(file, f"{sheet} row {number}, column E", row[4]))
        if row[2] in codes or not row[2]:
            _no(file, f"{sheet} row {number}: partner repeated, or without a code", f"{sheet}第{number}行合作机构重复")
        codes.add(row[2])
        for place in percent:
            where = f"{sheet} row {number}, column {'ABCDEFGHIJ'[place]}"
            if row[place] is not None and _number(file, where, row[place]) > 100:
                _no(file, f"{where}: {row[place]} is more than 100 percent", f"{where}：超过100%")
    if amounts != sorted(amounts, reverse=True):
        _no(file, f"{sheet}: the largest does not come first", f"{sheet}未按余额排序")
    if not min(Decimal(_MOST), max(counts)) <= len(rows) <= min(Decimal(_MOST), sum(counts, Decimal(0))):
        _no(file, f"{sheet} has {len(rows)} partners, part I counts others", f"{sheet}合作机构数与G09_I不符")
    if sum(amounts) > sum(balances):
        _no(
            file,
            f"{sheet}: balances of {sum(amounts)}, part I has {sum(balances)} with partners",
            f"{sheet}余额合计大于G09_I相应项目",
        )
