"""EAST's tables as they were filed, for an amendment to be compared with.

Belongs here: which fields name a record and which name a person. Not here: judging what is read (reader.py). The two
workbooks say of the files what the files say, so they are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from loantape.declare import ComparedTable
from templates.cn_nfra_east.forms import Chars, Table
from templates.cn_nfra_east.reader import read_batches
from templates.cn_nfra_east.tables import TABLES

# numbers of customers, documents, telephones and accounts, and names: masked or not
_PERSONAL = frozenset(
    ("KHTYBH", "KHMC", "ZHMC", "ZJHM", "KHZJHM", "LXDH", "DFZH", "DFHM", "DBRXM", "DBRZJHM", "DKRZZH", "DKRZHM", "HKZH")
)
_LONG_TEXT = 300  # bytes: what may be longer is words, not a code or a name of the format's


def _filed(table: Table) -> ComparedTable:
    names = tuple(field.code for field in table.fields)
    texts = (one.code for one in table.fields if isinstance(one.form, Chars) and one.form.size > _LONG_TEXT)
    return ComparedTable(
        table.code,
        table.en,
        table.zh,
        f"*-{table.code}-*.txt",
        names,
        ("JRXKZH", *table.key),
        _reader(names),
        tuple(name for name in names if name in _PERSONAL),
        tuple(texts),
    )


def _reader(names: tuple[str, ...]) -> Callable[[Path], Iterator[pa.RecordBatch]]:
    def read(path: Path) -> Iterator[pa.RecordBatch]:
        if path.stat().st_size:
            yield from read_batches(path, names)

    return read


COMPARED = tuple(_filed(table) for table in TABLES)
