"""EX-102 as it was filed, for an amendment to be compared with: one record per asset.

Belongs here: which element names an asset. Not here: judging what is read (reader.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from lxml import etree

from loantape.declare import ComparedTable
from templates.us_sec.elements import ELEMENTS

_NAMES = tuple(element.name for element in ELEMENTS)
_SCHEMA = pa.schema([(name, pa.string()) for name in _NAMES])
_BATCH = 4096


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Elements that a form repeats are joined by ``;``, as the tape has them; absent ones are null."""
    held: list[dict[str, str]] = []
    events = etree.iterparse(path, tag="{*}assets", resolve_entities=False, load_dtd=False, no_network=True)
    for _, asset in events:
        found: dict[str, str] = {}
        for element in asset.iterchildren(tag=etree.Element):
            name = etree.QName(element).localname
            found[name] = f"{found[name]};{element.text or ''}" if name in found else element.text or ""
        held.append(found)
        asset.clear()
        while asset.getprevious() is not None:
            del asset.getparent()[0]
        if len(held) == _BATCH:
            yield pa.RecordBatch.from_pylist(held, schema=_SCHEMA)
            held = []
    yield pa.RecordBatch.from_pylist(held, schema=_SCHEMA)


COMPARED = (ComparedTable("assets", "Assets", "资产", "ex102_*.xml", _NAMES, ("assetNumber",), _batches),)
