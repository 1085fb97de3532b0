"""The assets of an EX-102 document as texts, one after the other, whatever the document's size.

Belongs here: going over a document that was sealed. Not here: judging it (reader.py, which shares nothing with this).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree


def assets(path: Path) -> Iterator[Mapping[str, str]]:
    """Each asset's elements by name. Those that a form repeats are joined by ``;``, as the tape has them; absent ones
    are left out."""
    events = etree.iterparse(path, tag="{*}assets", resolve_entities=False, load_dtd=False, no_network=True)
    for _, asset in events:
        found: dict[str, str] = {}
        for element in asset.iterchildren(tag=etree.Element):
            name = etree.QName(element).localname
            found[name] = f"{found[name]};{element.text or ''}" if name in found else element.text or ""
        yield found
        asset.clear()
        while asset.getprevious() is not None:
            del asset.getparent()[0]
