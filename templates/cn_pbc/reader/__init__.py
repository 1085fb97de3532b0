"""Reads the PBoC's files back and checks every rule of their form. Shares no code, and no engine, with the writer.

Belongs here: the specification V2.1 [P], restated so that a mistake of the writer shows: which files belong together
(this module), bytes and check files (physical.py), the tables (detail.py, layouts.py), the forms (statistical.py). Not
here: anything that writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from templates.cn_pbc.reader import statistical
from templates.cn_pbc.reader.detail import read_table
from templates.cn_pbc.reader.layouts import LAYOUTS
from templates.cn_pbc.reader.physical import no, read_check_file, read_zip

_NAME = re.compile(r"(?P<uscc>[0-9A-Z]{18})_(?P<table>[A-Z]+)_(?P<day>[0-9]{8})")
_FORM = re.compile(r"B(?P<kind>[IJ])(?P<uscc>[0-9A-Z]{18})(?P<day>[0-9]{8})(?P<form>[0-9]{5})")

Found = tuple[int | None, Mapping[str, Decimal]]


def read_back(folder: Path) -> Mapping[str, Found]:
    """Records and control totals per file of ``folder``. Raises ReadBackMismatch naming file, line and column.

    Every institution has all three tables, of one day; the borrower of every loan and flow is among the customers.
    """
    found: dict[str, Found] = {}
    tables: dict[str, set[str]] = {}
    totals: dict[tuple[str, str], Mapping[str, Decimal]] = {}
    days: set[str] = set()
    people: dict[tuple[str, str], np.ndarray] = {}
    for stem in sorted({path.name.rsplit(".", 1)[0] for path in folder.iterdir()}):
        if form := _FORM.fullmatch(stem):
            if form["kind"] == "I":
                found |= statistical.read_form(folder, stem, form["uscc"], form["form"])
            elif not (folder / f"BI{stem[2:]}.idx").is_file():
                no(stem, "has no head file", "没有对应的头文件")
            _day(stem, form["day"])
            days.add(form["day"])
            continue
        named = _NAME.fullmatch(stem)
        if not named or named["table"] not in LAYOUTS:
            no(stem, "is not the name of a table or form", "不是数据表或统计表的文件名")
        data, check, archive = (folder / f"{stem}.{ending}" for ending in ("dat", "log", "zip"))
        for path in (data, check, archive):
            if not path.is_file():
                no(path.name, "is missing", "缺失")
        content = read_table(data, named["uscc"], _day(stem, named["day"]), LAYOUTS[named["table"]])
        read_check_file(check, data, content.records)
        read_zip(archive, (data, check))
        of_data = (content.records, content.totals)
        found |= {data.name: of_data, check.name: (None, {}), archive.name: of_data}
        tables.setdefault(named["uscc"], set()).add(named["table"])
        days.add(named["day"])
        totals[named["uscc"], named["table"]] = content.totals
        people[named["uscc"], named["table"]] = np.concatenate([np.empty(0, "S16"), *content.people])
    for uscc, there in tables.items():
        if there != LAYOUTS.keys():
            no(f"{uscc}: {', '.join(sorted(LAYOUTS.keys() - there))}", "is missing", "缺失")
        for table in ("CLGRDK", "GRDKFS"):
            if not np.isin(people[uscc, table], people[uscc, "GRKHXX"]).all():
                no(f"{uscc}: {table}", "has a borrower that GRKHXX has not", "有借款人不在GRKHXX中")
        used, stock = totals[uscc, "GRKHXX"]["15 已用额度"], totals[uscc, "CLGRDK"]["15 贷款余额折人民币"]
        if used != stock:
            no(
                f"{uscc}: GRKHXX",
                f"column 15 sums to {used}, the stock in yuan is {stock}",
                "已用额度合计与存量余额不符",
            )
    if len(days) > 1:
        no(f"files of {', '.join(sorted(days))}", "lie together", "日期不一致")
    return found


def _day(stem: str, text: str) -> str:
    """The day that a file name gives, as YYYY-MM-DD."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        no(stem, f"names the day {text}, which does not exist", "文件名中的日期不存在")
