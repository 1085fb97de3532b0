"""A detail table's data file, read by another engine than the writer's (Arrow), a batch at a time.

Belongs here: parsing and asking what a layout says. Not here: the layouts themselves (layouts.py), or bytes
(physical.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loantape.errors import ReadBackMismatch
from templates.cn_pbc.reader.distinct import hashed, repeated
from templates.cn_pbc.reader.layouts import Layout
from templates.cn_pbc.reader.physical import no, scan_bytes

_AHEAD = 4  # batches that may wait for those before them: some 8 MB each


@dataclass
class Content:
    """What a data file holds. ``people`` are its borrowers, batch by batch: 64 bits of each masked number's MD5;
    ``numbers`` the hashes of what must be different in each record."""

    records: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)
    people: list[Any] = field(default_factory=list)
    numbers: list[Any] = field(default_factory=list)


def read_table(path: Path, uscc: str, day: str, layout: Layout) -> Content:
    """Records, control totals and people of a data file of this institution and day (YYYY-MM-DD).

    Raises ReadBackMismatch naming file, line and column.
    """
    size, feeds = scan_bytes(path)
    found = Content(totals={**dict.fromkeys(layout.sums, Decimal("0.00")), **dict.fromkeys(layout.counts, Decimal(0))})
    last: Any = None
    with ThreadPoolExecutor() as threads:
        for columns in _checked(threads, path, uscc, day, layout) if size else ():
            last = _check_order(path.name, found.records, columns, layout, last)
            _add(found, columns, layout)
            found.records += len(columns[1])
    if layout.once is not None:
        _check_once(path, layout, layout.once, repeated(found.numbers))
    if size and found.records != feeds + 1:
        no(path.name, f"has {feeds + 1} lines but {found.records} records", f"有{feeds + 1}行但读出{found.records}条")
    return found


def _checked(
    threads: ThreadPoolExecutor, path: Path, uscc: str, day: str, layout: Layout
) -> Iterator[Mapping[int, Any]]:
    """Batches whose values are in their forms, as columns, in the order of the file; several are looked at at a time.

    The first thing that is wrong in the file is the one that is raised.
    """
    waiting: deque[Future[Mapping[int, Any]]] = deque()
    before, wrong = 0, None
    batches = read_batches(path, layout.columns)
    while True:
        try:
            batch = next(batches, None)
        except ReadBackMismatch as found:
            batch, wrong = None, found
        if batch is None:
            break
        columns = {number: batch.column(number - 1) for number in range(1, layout.columns + 1)}
        waiting.append(threads.submit(_check_batch, path.name, before, columns, uscc, day, layout))
        before += batch.num_rows
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    yield from (one.result() for one in waiting)  # they stand before a part that does not parse
    if wrong is not None:
        raise wrong


def _add(found: Content, columns: Mapping[int, Any], layout: Layout) -> None:
    for name, (number, only) in layout.sums.items():
        values = columns[number] if only is None else columns[number].filter(pc.equal(columns[only[0]], only[1]))
        found.totals[name] += pc.sum(values.cast(pa.decimal128(24, 2))).as_py() or Decimal(0)
    for name, (number, value) in layout.counts.items():
        found.totals[name] += pc.sum(pc.equal(columns[number], value)).as_py()
    if layout.once is not None:
        found.numbers.append(hashed(columns[layout.once]))
    digests = pc.utf8_slice_codeunits(columns[layout.person], -32, 2**31 - 1)
    # 32 hexadecimal digits each, as checked before: the first sixteen of them, one after the other
    found.people.append(np.frombuffer(digests.buffers()[2], "S16")[: 2 * len(digests) : 2])


def read_batches(path: Path, columns: int) -> Iterator[pa.RecordBatch]:
    """The records of a data file that is not empty, as texts under the numbers of their columns."""
    names = [str(number) for number in range(1, columns + 1)]
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
                if line.count(b"|") != columns - 1:
                    no(path.name, f"line {number} does not have {columns} columns", f"第{number}行不是{columns}列")
        no(path.name, "does not parse", "无法解析")


def _check_batch(
    file: str, before: int, columns: Mapping[int, Any], uscc: str, day: str, layout: Layout
) -> Mapping[int, Any]:
    """Every column of one batch against its form, then the conditions between columns. Returns the columns."""

    def demand(number: int, holds: Any, en: str, zh: str) -> None:
        wrong = pc.index(holds, False).as_py()
        if wrong >= 0:
            at = f"line {before + wrong + 1}, column {number}"
            no(file, f"{at}: {en}", f"第{before + wrong + 1}行第{number}列：{zh}")

    empty = {number: pc.equal(column, "") for number, column in columns.items()}
    for number, (pattern, optional) in layout.forms.items():
        holds = pc.match_substring_regex(columns[number], pattern)
        demand(number, pc.or_(holds, empty[number]) if optional else holds, "not in the form of the column", "格式不符")
    for number, longest in layout.longest.items():
        demand(number, pc.less_equal(pc.binary_length(columns[number]), longest), "too long", "超长")
        trimmed = pc.utf8_trim(columns[number], characters=" ")
        demand(number, pc.equal(trimmed, columns[number]), "leading or trailing space", "首尾有空格")
        if number not in layout.optional_text:
            demand(number, pc.invert(empty[number]), "empty", "为空")
    for number in layout.days:
        try:
            pc.if_else(empty[number], None, columns[number]).cast(pa.date32())
            there = pc.invert(pc.starts_with(columns[number], "0000-"))  # Arrow has a year 0, the calendar none
        except pa.ArrowInvalid:
            there = pa.array([text == "" or _is_day(text) for text in columns[number].to_pylist()])
        demand(number, there, "a date that does not exist", "日期不存在")
    demand(1, pc.equal(columns[1], uscc), "not the institution of the file name", "与文件名中的机构不一致")
    layout.between(columns, demand, day)
    return columns


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_once(path: Path, layout: Layout, number: int, suspects: np.ndarray) -> None:
    """No two records have the same value in the column that tells them apart; ``suspects`` are hashes found twice."""
    seen: dict[str, int] = {}
    before = 0
    for batch in read_batches(path, layout.columns) if len(suspects) else ():
        values = batch.column(number - 1)
        for place in np.flatnonzero(np.isin(hashed(values), suspects)):
            value, line = values[int(place)].as_py(), before + int(place) + 1
            if value in seen:
                no(
                    path.name,
                    f"line {line}, column {number}: the same as in line {seen[value]}",
                    f"第{line}行第{number}列：与第{seen[value]}行重复",
                )
            seen[value] = line
        before += batch.num_rows


def _check_order(file: str, before: int, columns: Mapping[int, Any], layout: Layout, last: Any) -> Any:
    """The key rises strictly in byte order, so none is there twice. Returns the last one."""
    key = columns[layout.order[0]]
    for number in layout.order[1:]:
        key = pc.binary_join_element_wise(key, columns[number], "\x00")
    if last is not None and not pc.less(last, key[0]).as_py():
        no(file, f"line {before + 1}: key repeated or out of order", f"第{before + 1}行：主键重复或乱序")
    rising = pc.less(key[:-1], key[1:]) if len(key) > 1 else pa.array([], pa.bool_())
    wrong = pc.index(rising, False).as_py()
    if wrong >= 0:
        line = before + wrong + 2
        no(file, f"line {line}: key repeated or out of order", f"第{line}行：主键重复或乱序")
    return key[-1]
