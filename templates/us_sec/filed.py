"""Which asset and element of an EX-102 document a value is in.

Belongs here: the filed table, and finding an asset by its number. Not here: where elements come from (elements.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from loantape.declare import FiledColumn, FiledTable
from templates.us_sec.elements import ELEMENTS
from templates.us_sec.writer import ASSETS, NAMESPACE


def _asset(path: Path, number: int) -> Sequence[str | None] | None:
    """The elements of the asset in the order they are declared; those it does not have are None."""
    tag = f"{{{NAMESPACE}}}assets"
    events = etree.iterparse(path, tag=tag, resolve_entities=False, load_dtd=False, no_network=True)
    for at, (_, asset) in enumerate(events, 1):
        if at == number:
            found = (asset.findall(f"{{{NAMESPACE}}}{element.name}") for element in ELEMENTS)
            return [";".join(one.text or "" for one in several) if several else None for several in found]
        asset.clear()
        while asset.getprevious() is not None:
            del asset.getparent()[0]
    return None


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
