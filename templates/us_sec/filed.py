"""Which asset and element of an EX-102 document a value is in.

Belongs here: the filed table, and finding an asset by its number. Not here: where elements come from (elements.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from loantape.declare import FiledColumn, FiledTable
from templates.us_sec.assets import assets
from templates.us_sec.elements import ELEMENTS
from templates.us_sec.writer import ASSETS


def _asset(path: Path, number: int) -> Sequence[str | None] | None:
    """The elements of the asset in the order they are declared; those it does not have are None."""
    found = next(islice(assets(path), number - 1, None), None)
    return None if found is None else [found.get(element.name) for element in ELEMENTS]


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
        record=_asset,
    ),
)
