"""Writes EX-102: one XML document per submission, streamed in order of the loan number.

Belongs here: turning tape values into XML text. Not here: which element comes from where (elements.py), what the schema
cannot express (format_rules.py), the document around the assets (ex102.xml.j2), or the reader. DuckDB writes the
elements of each asset, escaped, so that no Python loop touches a row; Jinja2 streams them into the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loantape.declare import FilingContext, RenderedFile
from templates.us_sec.elements import (
    ELEMENTS,
    TOTALS,
    Code,
    CodeList,
    Day,
    Element,
    Flag,
    Fraction,
    Month,
    Plain,
    Text,
    Whole,
    value_of,
)
from templates.us_sec.format_rules import prepare_checked

NAMESPACE = "http://www.sec.gov/edgar/document/absee/autoloan/assetdata"
ASSETS = "out_us_sec__assets"
_BATCH = 4096  # assets held as text at a time
_FROM = "tape_loan AS loan LEFT JOIN tape_loan_us_auto AS auto ON auto.iou_no = loan.iou_no"


def prepare(con: Any, context: FilingContext) -> None:
    """``out_us_sec__assets``: one row per loan, its elements as texts under their names, and the tape's row; and the
    relations that the rules of the format are said on.
    """
    filed = ", ".join(f"{text_of(element)} AS {element.name}" for element in ELEMENTS)
    con.execute(
        f"CREATE OR REPLACE TEMPORARY VIEW {ASSETS} AS SELECT {filed}, loan.iou_no AS iou_no, loan.rowid AS loan_row"
        f" FROM {_FROM}"
    )
    prepare_checked(con, _FROM)


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """Write ``ex102_<period>.xml`` into ``folder``: one ``assets`` element per loan, empty elements left out.

    Control totals are computed from the tape, not from what was written.
    """
    name = f"ex102_{context.period}.xml"
    path = folder / name
    template = _environment().get_template("ex102.xml.j2")
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(template.generate(namespace=NAMESPACE, batches=_batches(con)))
    records, *sums = con.execute(
        f"SELECT count(*), {', '.join(f'coalesce(sum({source}), 0)' for source in TOTALS.values())} FROM {_FROM}"
    ).fetchone()
    return [RenderedFile(name, path, records, dict(zip(TOTALS, map(Decimal, sums), strict=True)))]


def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=False
    )


def _batches(con: Any) -> Iterator[Markup]:
    """The assets as XML text, a batch at a time. Markup, because every value in it has been escaped already."""
    inner = ", ".join(_element(element) for element in ELEMENTS)
    reader = con.execute(
        f"SELECT '  <assets>\n' || concat({inner}) || '  </assets>\n' AS asset FROM {_FROM}"
        " ORDER BY loan.iou_no, loan.rowid"
    ).to_arrow_reader(_BATCH)
    for batch in reader:
        yield Markup("".join(batch.column(0).to_pylist()))  # noqa: S704


# --- one element --------------------------------------------------------------------------------------------------


def _element(element: Element) -> str:
    """SQL: the element as a line of XML, null when it has no value."""
    start, end = f"'    <{element.name}>'", f"'</{element.name}>\n'"
    if isinstance(element.form, CodeList):
        return f"array_to_string(list_transform({_codes(element)}, lambda code: {start} || code || {end}), '')"
    return f"{start} || {_text(element)} || {end}"


def _text(element: Element) -> str:
    """SQL: the value as XML text, null when there is none."""
    escaped = text_of(element)
    if isinstance(element.form, Text):
        for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            escaped = f"replace({escaped}, '{character}', '{entity}')"
        return f"replace({escaped}, chr(13), '&#13;')"  # a literal carriage return would be read as a line feed
    return escaped


def text_of(element: Element) -> str:
    """SQL: the value as a text, null when there is none; the codes of a list joined by ``;``."""
    source = element.source
    match element.form:
        case Text():
            return value_of(element)
        case CodeList():
            return f"array_to_string({_codes(element)}, ';')"
        case Code(filed=filed):
            cases = " ".join(f"WHEN '{tape}' THEN '{code}'" for tape, code in filed.items())
            return f"CASE {source} {cases} END"
        case Plain() | Fraction():
            return f"rtrim(rtrim(CAST({value_of(element)} AS VARCHAR), '0'), '.')"
        case Day():
            return f"strftime({source}, '%m-%d-%Y')"
        case Month():
            return f"strftime({source}, '%m/%Y')"
        case Whole() | Flag():
            return f"CAST({source} AS VARCHAR)"
    raise TypeError(f"{element.name} has no form")


def _codes(element: Element) -> str:
    return f"list_transform(string_split(nullif({element.source}, ''), ';'), lambda code: trim(code))"
