"""The two workbooks that go with EAST's data files: what is sent (报送清单), how the check rules came out (检核结果).

Belongs here: their rows. Not here: how a workbook is written (``templates.parts.xlsx``). The columns of the results are
those of the technical interface note [P]; those of the list are ours, since its layout was not found, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext, RenderedFile
from templates.cn_nfra_east.forms import Table
from templates.cn_nfra_east.rules import draft_rules, rules
from templates.parts.xlsx import Cell, Sheet, write_workbook

LIST = "监管标准化数据报送清单"
RESULTS = "监管标准化数据检核结果"
_LIST_HEAD = ("序号", "表号", "表名", "表代码", "文件名", "采集方式", "记录数", "文件字节数")
_RESULTS_HEAD = (
    "规则序号", "检核类型", "表名", "表代码", "数据项", "代码", "描述", "是否强校验", "总条数", "错误条数", "错误率",
    "解释",
)  # fmt: skip
_KINDS = {
    "present": "缺失类", "one_of": "格式规范类-字典值", "length": "格式规范类-长度", "at_least": "格式规范类-长度",
    "at_most": "格式规范类-长度", "day": "格式规范类-日期格式", "time": "格式规范类-日期格式",
    "without": "格式规范类-特殊字符",
    "one_each": "格式规范类-唯一性", "exists": "表间关联类", "not_before_other": "表间关联类",
}  # fmt: skip
_RATE = Decimal("0.01")


def write_companions(
    con: Any, folder: Path, context: FilingContext, institution: str, files: Mapping[Table, RenderedFile]
) -> list[RenderedFile]:
    """The list and the results of one institution."""
    day = f"{context.period.date:%Y%m%d}"
    listed: list[tuple[Cell, ...]] = [
        (n, table.number, table.zh, table.code, file.name, table.mode, file.records, file.path.stat().st_size)
        for n, (table, file) in enumerate(files.items(), 1)
    ]
    records = sum(file.records or 0 for file in files.values())
    sheet = Sheet("报送清单", [_LIST_HEAD, *listed], (6, 6, 30, 14, 48, 10, 12, 14))
    return [
        _write(folder, f"{institution}{LIST}（{day}）.xlsx", sheet, len(listed), {"记录数": Decimal(records)}),
        _results(con, folder, f"{institution}{RESULTS}（{day}）.xlsx"),
    ]


def _results(con: Any, folder: Path, name: str) -> RenderedFile:
    """Every draft rule with the records it looked at and those that break it, over the whole submission."""
    counted = {
        rule: (checked, failed)
        for rule, checked, failed in con.execute("SELECT rule, rows_checked, rows_failed FROM format_runs").fetchall()
    }
    sentences = {rule.code: rule.zh for rule in rules()}
    rows: list[tuple[Cell, ...]] = []
    for one in draft_rules():
        checked, failed = counted[one.code]
        rate = Decimal(failed * 100) / checked if checked else Decimal(0)
        rows.append(
            (
                one.code,
                _KINDS.get(one.kind, "业务类"),
                one.table.zh,
                one.table.code,
                one.field.zh,
                one.field.code,
                f"【征求意见稿】{sentences[one.code]}",
                "是" if one.strong else "否",
                checked,
                failed,
                f"{rate.quantize(_RATE, ROUND_HALF_UP)}%",
                one.absent.zh + "，按规范缺省值填报" if failed and one.absent else None,
            )
        )
    widths = (12, 20, 24, 14, 20, 12, 60, 10, 12, 12, 10, 40)
    failures = sum(failed for _, failed in (counted[one.code] for one in draft_rules()))
    sheet = Sheet("检核结果", [_RESULTS_HEAD, *rows], widths)
    return _write(folder, name, sheet, len(rows), {"错误条数": Decimal(failures)})


def _write(folder: Path, name: str, sheet: Sheet, records: int, totals: Mapping[str, Decimal]) -> RenderedFile:
    write_workbook(folder / name, [sheet])
    return RenderedFile(name, folder / name, records, totals)
