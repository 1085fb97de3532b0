"""G09 as it was filed, for an amendment to be compared with: its lines, and the partners of parts II and III.

Belongs here: which columns name a line. Not here: judging what is read (reader.py). The sheet that says how figures are
made is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa

from loantape.declare import ComparedTable

_HEAD = 3  # rows above the lines: title, institution, names of the columns


def _filed(sheet: str, en: str, zh: str, columns: tuple[str, ...], key: str) -> ComparedTable:
    return ComparedTable(sheet, en, zh, "*_G09_*.xlsx", columns, (ComparedTable.FILE, key), _reader(sheet, columns))


def _reader(sheet: str, columns: tuple[str, ...]) -> Callable[[Path], Iterator[pa.RecordBatch]]:
    schema = pa.schema([(name, pa.string()) for name in columns])

    def read(path: Path) -> Iterator[pa.RecordBatch]:
        book = openpyxl.load_workbook(path, read_only=True)
        rows = book[sheet].iter_rows(min_row=_HEAD + 1, max_col=len(columns), values_only=True)
        texts = [{name: _text(value) for name, value in zip(columns, row, strict=True)} for row in rows]
        book.close()
        yield pa.RecordBatch.from_pylist(texts, schema=schema)

    return read


def _text(value: object) -> str | None:
    return None if value is None else str(value)


COMPARED = (
    _filed(
        "G09_I",
        "Part I, internet loans",
        "第一部分 互联网贷款基本情况",
        ("项目序号", "项目", "A个人消费贷款", "B个人经营性贷款", "C流动资金贷款"),
        "项目序号",
    ),
    _filed(
        "G09_II",
        "Part II, the ten largest co-lenders",
        "第二部分 前十大共同出资合作机构",
        (
            "序号", "B合作机构名称", "C统一社会信用代码", "D合作机构类型", "E共同出资发放贷款余额",
            "F合作机构出资占比", "G合作机构提供服务类型", "H不良贷款率", "I逾期30天以上贷款率", "J贷款平均利率",
        ),
        "C统一社会信用代码",
    ),
    _filed(
        "G09_III",
        "Part III, the ten largest other partners",
        "第三部分 前十大其他合作机构",
        (
            "序号", "B合作机构名称", "C统一社会信用代码", "D合作机构提供服务类型", "E填报机构发放贷款余额",
            "F不良贷款率", "G逾期30天以上贷款率", "H贷款平均利率",
        ),
        "C统一社会信用代码",
    ),
)  # fmt: skip
