"""Head and data files of the statistical forms, read back.

Belongs here: V2.1 chapter 4 [P], restated. Not here: which items a lender files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from templates.cn_pbc.reader.physical import no, read_zip, scan_bytes

_VALUE = re.compile(r"-?(0|[1-9][0-9]{0,19})\.[0-9]{2}")


def read_form(
    folder: Path, head_stem: str, uscc: str, form: str
) -> Mapping[str, tuple[int | None, Mapping[str, Decimal]]]:
    """Records and items of one form's head file, data file and zip. Raises ReadBackMismatch naming file and line."""
    head, data = folder / f"{head_stem}.idx", folder / f"BJ{head_stem[2:]}.dat"
    archive = folder / f"{head_stem}.zip"
    for path in (head, data, archive):
        if not path.is_file():
            no(path.name, "is missing", "缺失")
    scan_bytes(head)
    size, _ = scan_bytes(data)
    lines = data.read_text(encoding="utf-8").split("\n") if size else []
    fields = head.read_text(encoding="utf-8").split("|")
    if fields != ["I00001", form, "1", "BWB0001", "1", "1" if lines else "0", "1", uscc]:
        no(head.name, "is not the head of its data file", "与数据文件不符")
    items: dict[str, Decimal] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        parts = line.split("|")
        if len(parts) != 3 or parts[0] != "I00001" or not re.fullmatch(form + "[0-9]{3}", parts[1]):
            no(data.name, f"line {number} is not an item of form {form}", f"第{number}行不是{form}表的指标")
        if not _VALUE.fullmatch(parts[2]):
            no(data.name, f"line {number} has no number of two decimals", f"第{number}行数值格式不符")
        if parts[1] <= last:
            no(data.name, f"line {number}: item repeated or out of order", f"第{number}行：指标重复或乱序")
        last = parts[1]
        items[last] = Decimal(parts[2])
    if form == "20202":
        _check_sums(data.name, items)
    read_zip(archive, (head, data))
    return {head.name: (1, {}), data.name: (len(items), items), archive.name: (len(items), items)}


def _check_sums(file: str, items: Mapping[str, Decimal]) -> None:
    """Loans are the sum of their five risk classes; what is overdue by more than 90 days is overdue, and a loan."""
    whole, classes = items.get("20202002"), [items.get(f"202020{n}") for n in range(10, 15)]
    parts = [one for one in classes if one is not None]
    if whole is not None and len(parts) == len(classes) and sum(parts) != whole:
        no(file, f"items 010 to 014 sum to {sum(parts)}, item 002 says {whole}", "五级分类合计与各项贷款不符")
    rising = [one for one in (items.get("20202016"), items.get("20202015"), whole) if one is not None]
    if rising != sorted(rising):
        no(file, "items 016, 015 and 002 do not rise", "逾期90天以上、逾期、各项贷款大小关系不符")
