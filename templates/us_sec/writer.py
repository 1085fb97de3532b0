"""Writes EX-102: one XML document per submission, streamed in order of the loan number.

Belongs here: turning tape values into XML text and refusing what the schema cannot express. Not here: which element
comes from where (elements.py), the document around the assets (ex102.xml.j2), or the reader. DuckDB writes the
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
from loantape.errors import FilingRefused
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
)

NAMESPACE = "http://www.sec.gov/edgar/document/absee/autoloan/assetdata"
ASSETS = "out_us_sec__assets"
_BATCH = 4096  # assets held as text at a time
_FROM = "tape_loan AS loan LEFT JOIN tape_loan_us_auto AS auto ON auto.iou_no = loan.iou_no"
_BLANK = r"[ \t\r\n]*"
_NOT_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"  # XML 1.0, production 2: no form can carry them


def prepare(con: Any, context: FilingContext) -> None:
    """``out_us_sec__assets``: one row per loan, its elements as texts under their names, and the tape's row."""
    filed = ", ".join(f"{text_of(element)} AS {element.name}" for element in ELEMENTS)
    con.execute(
        f"CREATE OR REPLACE TEMPORARY VIEW {ASSETS} AS SELECT {filed}, loan.iou_no AS iou_no, loan.rowid AS loan_row"
        f" FROM {_FROM}"
    )


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """Write ``ex102_<period>.xml`` into ``folder``: one ``assets`` element per loan, empty elements left out.

    Control totals are computed from the tape, not from what was written. Raises FilingRefused, before anything is
    written, for a value that the schema cannot express.
    """
    _refuse_inexpressible(con)
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
            return _value(element)
        case CodeList():
            return f"array_to_string({_codes(element)}, ';')"
        case Code(filed=filed):
            cases = " ".join(f"WHEN '{tape}' THEN '{code}'" for tape, code in filed.items())
            return f"CASE {source} {cases} END"
        case Plain() | Fraction():
            return f"rtrim(rtrim(CAST({_value(element)} AS VARCHAR), '0'), '.')"
        case Day():
            return f"strftime({source}, '%m-%d-%Y')"
        case Month():
            return f"strftime({source}, '%m/%Y')"
        case Whole() | Flag():
            return f"CAST({source} AS VARCHAR)"
    raise TypeError(f"{element.name} has no form")


def _value(element: Element) -> str:
    """SQL: the typed value that is filed; a blank text is none, a percentage becomes a fraction exactly."""
    match element.form:
        case Text():
            return f"CASE WHEN NOT regexp_full_match({element.source}, '{_BLANK}') THEN {element.source} END"
        case Fraction():
            return f"(CAST({element.source} AS DECIMAL(24, 6)) * CAST(0.01 AS DECIMAL(3, 2)))"
        case Plain():
            return f"CAST({element.source} AS DECIMAL(28, 8))"
    return element.source


def _codes(element: Element) -> str:
    return f"list_transform(string_split(nullif({element.source}, ''), ';'), lambda code: trim(code))"


# --- what cannot be filed -----------------------------------------------------------------------------------------


def _refuse_inexpressible(con: Any) -> None:
    """One scan counts what the schema cannot express; only then is the first loan looked up, to name it."""
    stray = con.execute(
        "SELECT min(iou_no), count(*) FROM tape_loan_us_auto AS auto"
        " WHERE NOT EXISTS (FROM tape_loan AS loan WHERE loan.iou_no = auto.iou_no)"
    ).fetchone()
    if stray[1]:
        raise _refusal("assets", stray[0], stray[1], "has auto-loan fields but no loan", "有车贷字段而没有借据记录")
    problems = [(element.name, *problem) for element in ELEMENTS for problem in _problems(element)]
    counts = con.execute(
        f"SELECT {', '.join(f'count(*) FILTER (WHERE {condition})' for _, condition, _, _ in problems)} FROM {_FROM}"
    ).fetchone()
    for (name, condition, en, zh), count in zip(problems, counts, strict=True):
        if count:
            first = con.execute(f"SELECT min(loan.iou_no) FROM {_FROM} WHERE {condition}").fetchone()[0]
            raise _refusal(name, first, count, en, zh)
    number = next(element.source for element in ELEMENTS if element.name == "assetNumber")
    twice = con.execute(
        f"SELECT min(first), count(*) FROM (SELECT min(loan.iou_no) AS first FROM {_FROM}"
        f" GROUP BY {number} HAVING count(*) > 1)"
    ).fetchone()
    if twice[1]:
        raise _refusal("assetNumber", twice[0], twice[1], "is the number of another asset too", "与其他资产重复")


def _problems(element: Element) -> Iterator[tuple[str, str, str]]:
    """SQL conditions under which this element cannot be filed, with the reason in English and Chinese."""
    source, value = element.source, _value(element)
    if element.required:
        yield f"({value}) IS NULL", "is required and missing", "必填但缺失"
    match element.form:
        case Text(size=size):
            yield f"length({source}) > {size}", f"is longer than {size} characters", f"超过{size}个字符"
            yield (
                f"regexp_matches({source}, '{_NOT_XML}')",
                "holds a character that XML cannot carry",
                "含有XML不允许的字符",
            )
        case Code(filed=filed):
            yield f"{source} NOT IN ({_listed(filed)})", "is not in the code list", "不在代码表内"
        case CodeList(allowed=allowed):
            codes = _codes(element)
            yield f"NOT list_has_all([{_listed(allowed)}], {codes})", "is not in the code list", "不在代码表内"
            yield f"len(list_distinct({codes})) <> len({codes})", "names a code twice", "代码重复"
        case Whole(digits=digits):
            yield f"abs(CAST({source} AS BIGINT)) >= {10**digits}", f"has over {digits} digits", f"超过{digits}位"
        case Plain() | Fraction():
            yield f"abs({value}) >= {10**12}", "has over 12 digits before the point", "整数超过12位"
        case Day() | Month():
            between = "BETWEEN DATE '1000-01-01' AND DATE '9999-12-31'"
            yield f"{source} NOT {between}", "is not a date of four-digit years", "年份不是四位数"


def _listed(codes: Sequence[str] | Any) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _refusal(element: str, iou_no: str | None, count: int, en: str, zh: str) -> FilingRefused:
    return FilingRefused(
        f"loan {iou_no}: element {element} {en}; {count} loan(s) in all"
        f" 借据 {iou_no}：元素 {element} {zh}；共 {count} 笔",
        "correct the value in a new delivery of this period; nothing was written"
        " 请在本期新的报送中更正；未写出任何文件",
    )
