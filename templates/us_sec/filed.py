"""Which asset and element of an EX-102 document a value is in, by which it is traced and amendments are compared.

Belongs here: the filed table, and going over its assets. Not here: where elements come from (elements.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from loantape.declare import FiledColumn, FiledTable
from templates.parts.records import batched
from templates.us_sec.assets import assets
from templates.us_sec.elements import ELEMENTS
from templates.us_sec.writer import ASSETS


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The assets, each with the elements in the order they are declared; those it does not have are None."""
    yield from batched(([found.get(element.name) for element in ELEMENTS] for found in assets(path)), len(ELEMENTS))


TABLES = (
    FiledTable(
        names=("assets", "EX-102"),
        en="Auto loans, one asset per loan",
        zh="汽车贷款，一笔贷款一项资产",
        relation=ASSETS,
        columns=tuple(FiledColumn(one.name, one.name, one.name, one.name) for one in ELEMENTS),
        file=r"ex102_.*\.xml",
        key=("assetNumber",),
        order=("iou_no", "loan_row"),
        batches=_batches,
    ),
)
