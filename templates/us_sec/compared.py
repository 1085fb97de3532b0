"""EX-102 as it was filed, for an amendment to be compared with: one record per asset.

Belongs here: which element names an asset. Not here: judging what is read (reader.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from loantape.declare import ComparedTable
from templates.us_sec.assets import assets
from templates.us_sec.elements import ELEMENTS

_NAMES = tuple(element.name for element in ELEMENTS)
_SCHEMA = pa.schema([(name, pa.string()) for name in _NAMES])
_BATCH = 4096


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    found = assets(path)
    while held := list(islice(found, _BATCH)):
        yield pa.RecordBatch.from_pylist(held, schema=_SCHEMA)


COMPARED = (ComparedTable("assets", "Assets", "资产", "ex102_*.xml", _NAMES, ("assetNumber",), _batches),)
