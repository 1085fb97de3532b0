"""The outgoing tables of EAST: made in the database, one typed column per field, defaults filled in.

Belongs here: tape to table, and the grains that the format's rules are said on. Not here: which field comes from where
(tables_*.py), the rules (rules.py), or the files (writer.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import FilingContext, Grain
from loantape.errors import FilingRefused
from templates.cn_nfra_east.forms import NO_DAY, NO_TIME, Amount, Chars, Count, Day, Field, Rate, Table, Time
from templates.cn_nfra_east.relations import make_relations
from templates.cn_nfra_east.tables import TABLES
from templates.parts.institutions import WAY_OUT, refuse_repeated

REPORTS = "reporting_uscc"  # column of every outgoing table: the institution whose file a row is in
_LICENCE = "[A-Z][0-9]{4}[A-Z][0-9]{9}"  # 15 characters: kind, number, organisation, issuer, place, order [P]
_LONGEST_NAME = 180  # bytes: with what stands around it, the name of a workbook fits the 255 of a file system


def prepare(con: Any, context: FilingContext) -> None:
    """Make ``out_cn_nfra_east__<table>`` for every table. Raises FilingRefused where there is no table to make.

    The connection holds the tape and, attached as ``vault``, the identity vault.
    """
    _refuse_without_institution(con, context)
    make_relations(con, context.period.date)
    for table in TABLES:
        filed = ", ".join(f"{_filed(field)} AS {field.code}" for field in table.fields)
        con.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE {table.outgoing} AS"
            f" SELECT {filed}, {table.reports} AS {REPORTS} FROM {table.relation}"
            f" WHERE {table.where}"
        )


def grains() -> tuple[Grain, ...]:
    """One grain per table. Columns that look into other tables, for rules across them, are prepared."""
    return tuple(
        Grain(
            table.code.lower(),
            None,
            table.outgoing,
            {field.code: _kind(field) for field in table.fields} | {REPORTS: dt.string},
            prepared=dict(_links(table)),
            key=table.key,
            has_rows=False,
        )
        for table in TABLES
    )


def link(number: str, field: str) -> str:
    """The prepared column that says whether a row's value is among those of a field of another table."""
    return f"is_in_{number}_{field.lower()}"


# what rules across tables look at: table and field to the table and field looked into
LINKS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("409", "XDJJH"): ("503", "XDJJH"),
    ("410", "DKFHZH"): ("409", "DKFHZH"),
    ("410", "XDJJH"): ("409", "XDJJH"),
    ("503", "XDHTH"): ("501", "XDHTH"),
    ("503", "DKFHZH"): ("409", "DKFHZH"),
    ("702", "HTH"): ("501", "XDHTH"),
    ("702", "JJH"): ("503", "XDJJH"),
    ("705", "XDHTH"): ("501", "XDHTH"),
}
GRANTED = "granted_on"  # prepared column of 702: when the loan written off was granted, by table 503


def _links(table: Table) -> Iterator[tuple[str, tuple[Any, str]]]:
    named = {one.number: one.outgoing for one in TABLES}
    for (number, field), (other, theirs) in LINKS.items():
        if number == table.number:
            found = f"base.{field} IN (SELECT {theirs} FROM {named[other]})"
            yield link(other, theirs) + f"_{field.lower()}", (dt.boolean, found)
    if table.number == "702":
        day = f"(SELECT min(loan.DKFFRQ) FROM {named['503']} AS loan WHERE loan.XDJJH = base.JJH)"
        yield GRANTED, (dt.string, day)


def _kind(field: Field) -> Any:
    match field.form:
        case Amount():
            return dt.Decimal(22, 2)
        case Rate():
            return dt.Decimal(14, 4)
        case Count():
            return dt.int32
    return dt.string


def _filed(field: Field) -> str:
    """SQL: the value as it is filed; what is missing becomes the form's default."""
    source = "NULL" if field.absent else f"({field.source})"
    match field.form:
        case Chars():
            return f"coalesce(CAST({source} AS VARCHAR), '')"
        case Day():
            return f"coalesce(strftime(CAST({source} AS DATE), '%Y%m%d'), '{NO_DAY}')"
        case Time():
            return f"coalesce(CAST({source} AS VARCHAR), '{NO_TIME}')"
        case Amount():
            return f"CAST(coalesce({source}, 0) AS DECIMAL(22, 2))"
        case Rate():
            return f"CAST(coalesce({source}, 0) AS DECIMAL(14, 4))"
        case Count():
            return f"CAST(coalesce({source}, 0) AS INTEGER)"


def _refuse_without_institution(con: Any, context: FilingContext) -> None:
    """The reporting date must be a month's last day; the licence names the files; every loan has an institution."""
    if len(str(context.period)) != 7:
        raise FilingRefused(
            f"EAST takes monthly tables, and {context.period} is not the last day of a month"
            f" EAST按月采集，{context.period}不是月末",
            "file the submission of the month's last day 请报送月末数据",
        )
    bad = con.execute(
        "SELECT institution_name, count(*) OVER () FROM tape_institution WHERE lender_uscc IS NULL"
        " OR NOT coalesce(regexp_full_match(licence_no, ?), FALSE) ORDER BY institution_name LIMIT 1",
        [_LICENCE],
    ).fetchone()
    if bad:
        raise FilingRefused(
            f"institution {bad[0]!r} has no code, or no financial licence number of 15 characters, which names its"
            f" files; {bad[1]} in all"
            f" 机构 {bad[0]} 缺少统一社会信用代码或15位金融许可证号，无法命名报送文件；共{bad[1]}家",
            WAY_OUT,
        )
    refuse_repeated(con, "lender_uscc", "unified social credit code", "统一社会信用代码")
    refuse_repeated(con, "licence_no", "financial licence number", "金融许可证号")
    refuse_repeated(con, "institution_name", "name", "机构名称")
    unusable = con.execute(
        "SELECT lender_uscc FROM tape_institution WHERE contains(institution_name, '/')"
        " OR contains(institution_name, chr(92)) OR strlen(institution_name) > ? ORDER BY lender_uscc LIMIT 1",
        [_LONGEST_NAME],
    ).fetchone()
    if unusable:
        raise FilingRefused(
            f"the name of institution {unusable[0]} holds a slash or is over {_LONGEST_NAME} bytes long, so that it"
            f" cannot name its workbooks 机构 {unusable[0]} 名称含斜杠或超过{_LONGEST_NAME}字节，无法命名报送清单",
            WAY_OUT,
        )
    (institutions,) = con.execute("SELECT count(DISTINCT lender_uscc) FROM tape_institution").fetchone()
    if not institutions:
        raise FilingRefused("the submission names no reporting institution 报送批次中没有机构记录", WAY_OUT)
    first, strays = con.execute(
        "SELECT min(iou_no), count(*) FROM tape_loan WHERE lender_uscc IS NULL OR lender_uscc NOT IN"
        " (SELECT lender_uscc FROM tape_institution)"
    ).fetchone()
    if strays:
        raise FilingRefused(
            f"loan {first} names no institution of this submission; {strays} loan(s) in all"
            f" 借据 {first} 不属于本批次的机构；共 {strays} 笔",
            WAY_OUT,
        )
