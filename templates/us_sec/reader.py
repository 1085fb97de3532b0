"""Reads EX-102 back: validated against the official schema while it streams, counted and summed by another parser.

Belongs here: lxml (libxml2) and the schema files in xsd/. Not here: anything from elements.py or writer.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from lxml import etree

from loantape.errors import ReadBackMismatch
from loantape.privacy import mask
from templates.parts.opening import refuse_declarations

_SCHEMA = Path(__file__).parent / "xsd" / "eis_ABS_AutoLoanAssetData.xsd"
_NS = "{http://www.sec.gov/edgar/document/absee/autoloan/assetdata}"
_SUMMED = (
    "originalLoanAmount",
    "reportingPeriodBeginningLoanBalanceAmount",
    "reportingPeriodActualEndBalanceAmount",
    "totalActualAmountPaid",
    "chargedoffPrincipalAmount",
)


def read_back(folder: Path) -> Mapping[str, tuple[int | None, Mapping[str, Decimal]]]:
    """Assets and control totals per file of ``folder``. Raises ReadBackMismatch naming file and line."""
    found: dict[str, tuple[int | None, Mapping[str, Decimal]]] = {}
    for path in sorted(folder.iterdir()):
        if not (path.name.startswith("ex102_") and path.suffix == ".xml"):
            _no(path.name, "is not an EX-102 file name", "不是EX-102文件名")
        found[path.name] = _read(path)
    return found


def _no(file: str, en: str, zh: str) -> NoReturn:
    raise ReadBackMismatch(f"{file} {en} {zh}", "do not send this file 请勿报送此文件")


def schema() -> etree.XMLSchema:
    """The official schema, from the files beside this module; nothing is fetched."""
    return etree.XMLSchema(etree.parse(_SCHEMA, etree.XMLParser(no_network=True)))


def _read(path: Path) -> tuple[int, Mapping[str, Decimal]]:
    refuse_declarations(path, _no)
    totals = dict.fromkeys(_SUMMED, Decimal(0))
    numbers: set[str] = set()
    records = 0
    events = etree.iterparse(
        path,
        events=("end",),
        tag=(f"{_NS}assets", f"{_NS}assetData"),
        schema=schema(),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=False,
    )
    try:
        for _, element in events:
            if element.tag == f"{_NS}assetData":
                continue
            records += 1
            number = element.findtext(f"{_NS}assetNumber")
            if number in numbers:
                _no(path.name, f"line {element.sourceline}: asset {number} is there twice", f"资产{number}重复")
            numbers.add(number)
            for name in _SUMMED:
                text = element.findtext(f"{_NS}{name}")
                if text is not None:
                    totals[name] += Decimal(text)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        _no(path.name, f"is not valid against the schema: {mask(str(error))}", "不符合官方XSD")
    root = events.root
    if root is None or root.tag != f"{_NS}assetData":
        _no(path.name, "is not an assetData document", "不是assetData文档")
    return records, totals
