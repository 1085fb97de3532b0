"""The readable report of one submission: one HTML page in English and Chinese that needs nothing beside it.

Belongs here: turning facts into what the template prints. Not here: SQL (facts.py), spelling (words.py), shapes
(charts.py), bindings (layout.py). The page has no script, no link to anything outside itself and no row of the tape.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loantape.declare import Filing, FilingContext, Indicator, RenderedFile, Rule, Severity, Waiver
from loantape.limits import LimitTable
from schemas.tape import TABLES, meta_of
from schemas.tape.codes import LENDER_TYPE
from templates.report import labels, layout, words
from templates.report.bounds import bounds
from templates.report.changes import changes
from templates.report.facts import Facts, read_facts
from templates.report.figures import Figures
from templates.report.paper import report_pdf
from templates.report.rulebook import RuleBook
from templates.report.words import Words, breakable, same

_HERE = Path(__file__).parent


def build_report(
    con: Any,
    filing: Filing | None,
    context: FilingContext,
    rules: Mapping[str, Rule],
    indicators: Mapping[str, Indicator],
    limits: LimitTable | None,
    files: Sequence[RenderedFile],
    earlier: Iterable[Any] = (),
) -> str:
    """One self-contained HTML page; the same arguments and submission give the same text.

    ``con`` is a DuckDB connection to a checked and measured submission and is only read. ``filing`` is None for a
    report without a filing, and ``files`` is then empty. Files are hashed as they lie on disk. ``earlier`` are
    connections to measured submissions of earlier periods, one opened after the other. Raises whatever DuckDB raises
    when the submission lacks a table: an unchecked submission has no report.
    """
    facts = read_facts(con, earlier)
    figures = Figures(facts, indicators, limits)
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            style=Markup(style),  # noqa: S704 - our own file, not data
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            first_language="zh-CN" if facts.submission.jurisdiction == "cn" else "en",
            facts=facts,
            submission=facts.submission,
            filing=filing,
            context=context,
            figures=figures,
            book=RuleBook(facts, rules),
            bounds=bounds(facts, figures, indicators),
            changes=changes(facts, figures),
            filed=[_filed(file) for file in files],
            waived=[_waived(one) for one in context.waivers],
            head=_head(facts, filing, context),
            versions=_versions(facts),
            sums=_sums(facts),
            blocking=facts.findings(Severity.ERROR),
            layout=layout,
            labels=labels,
            field_words=_field_words,
        )
    )


def build_reports(
    con: Any,
    filing: Filing | None,
    context: FilingContext,
    rules: Mapping[str, Rule],
    indicators: Mapping[str, Indicator],
    limits: LimitTable | None,
    files: Sequence[RenderedFile],
    earlier: Iterable[Any] = (),
) -> dict[str, bytes]:
    """The report as files by name: the page, and its print in each language. Arguments as of ``build_report``."""
    page = build_report(con, filing, context, rules, indicators, limits, files, earlier)
    printed = {f"report.{words.TAGS[one]}.pdf": report_pdf(page, one, context.created_at) for one in words.LANGUAGES}
    return {"report.html": page.encode(), **printed}


def _head(facts: Facts, filing: Filing | None, context: FilingContext) -> list[tuple[Words, Words]]:
    of = facts.submission
    rows = [
        (Words("Lender", "报送机构"), same(of.lender)),
        (Words("Kind of lender", "机构类型"), _kind_words(of.lender_type)),
        (Words("Reporting date", "报告日"), same(words.day(of.period))),
        (Words("Currency", "币种"), same(", ".join(of.currencies) or "\u2014")),
        (Words("Submission", "提交编号"), same(context.submission)),
        (Words("Received", "接收时间"), same(words.moment(of.received_at))),
    ]
    if filing is None:
        return [*rows, (Words("State", "状态"), Words("no filing", "未报送"))]
    return [
        *rows,
        (Words("Regulator", "监管机构"), same(filing.regulator)),
        (Words("Filing", "报送代码"), same(filing.code)),
        (Words("Sequence", "序号"), same(words.plain(context.sequence))),
        (Words("State", "状态"), Words("ready to be sealed", "待封存")),
        (Words("Prepared", "编制时间"), same(words.moment(context.created_at))),
    ]


def _kind_words(lender_type: str | None) -> Words:
    if lender_type is None:
        return Words("not stated in the tape", "数据中未说明")
    return Words(*LENDER_TYPE[lender_type]) if lender_type in LENDER_TYPE else same(lender_type)


def _versions(facts: Facts) -> list[tuple[Words, str]]:
    of = facts.submission
    return [
        (Words("Content of the delivery, SHA-256", "送达内容 SHA-256"), of.content_sha256),
        (Words("Delivery schema", "报送格式版本"), of.schema_version),
        (Words("Version of the submission", "提交版本"), words.plain(of.version)),
        (Words("Software that read it", "读取软件版本"), f"loantape {of.loantape_version}"),
    ]


def _sums(facts: Facts) -> dict[str, int]:
    kinds = ("physical", "accounted", "header", "accepted", "rejected", "blank", "trailer")
    return {kind: sum(getattr(file, kind) for file in facts.files) for kind in kinds}


def _field_words(table: str, name: str) -> Words:
    meta = meta_of(TABLES[table]).get(name) if table in TABLES else None
    return Words(meta.en, meta.zh) if meta else same(name)


def _filed(file: RenderedFile) -> dict[str, Any]:
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    return {
        "name": file.name,
        "size": file.path.stat().st_size,
        "sha256": digest.hexdigest(),
        "records": file.records,
        "totals": sorted(file.control_totals.items()),
    }


def _waived(one: Waiver) -> dict[str, Any]:
    """A waiver as it is printed. Its key is left out: it would name a loan."""
    return {
        "id": same(one.id),
        "rule": same(one.rule),
        "findings": one.findings,
        "scope": Words("all of the rule", "该规则全部") if one.key is None else Words("of one key", "单一主键"),
        "reason": breakable(one.reason),
        "cites": breakable(one.cites),
        "until": str(one.until),
        "author": breakable(one.author),
        "written": words.moment(one.written_at),
        "accepter": breakable(one.accepter or ""),
        "accepted": words.moment(one.accepted_at) if one.accepted_at else "",
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["T"] = Words
    environment.filters.update(
        plain=words.plain, percent=words.percent, exact=words.exact, day=words.day, moment=words.moment
    )
    return environment


__all__ = ["build_report", "build_reports"]
