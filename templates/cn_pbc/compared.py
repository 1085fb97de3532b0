"""The PBoC's tables as they were filed, for an amendment to be compared with: three detail tables and the forms' items.

Belongs here: which columns name a record and which name a person. Not here: judging what is read (``reader``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from loantape.declare import ComparedTable
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX
from templates.cn_pbc.forms import Table
from templates.cn_pbc.reader.detail import read_batches

_ITEM = ("清单", "指标", "数值")


def _reader(columns: tuple[str, ...]) -> Callable[[Path], Iterator[pa.RecordBatch]]:
    def read(path: Path) -> Iterator[pa.RecordBatch]:
        if path.stat().st_size:
            for batch in read_batches(path, len(columns)):
                yield batch.rename_columns(list(columns))

    return read


def _filed(table: Table, key: tuple[int, ...], personal: tuple[int, ...], free_text: tuple[int, ...]) -> ComparedTable:
    names = {column.number: f"{column.number} {column.zh}" for column in table.columns}
    ordered = tuple(names[number] for number in sorted(names))
    keyed, hidden, texts = (tuple(names[number] for number in numbers) for numbers in (key, personal, free_text))
    files = f"*_{table.name}_*.dat"
    return ComparedTable(table.name, table.en, table.zh, files, ordered, keyed, _reader(ordered), hidden, texts)


# the reader holds records to rise strictly by these columns, within an institution
COMPARED = (
    _filed(CLGRDK, (1, 7), (5,), (27,)),
    _filed(GRDKFS, (1, 7, 27, 24), (5,), (29,)),
    _filed(GRKHXX, (1, 2, 3), (3, 8), ()),
    ComparedTable(
        "items",
        "Items of the statistical forms",
        "统计报表指标",
        "BJ*.dat",
        _ITEM,
        (ComparedTable.FILE, "指标"),
        _reader(_ITEM),
    ),
)
