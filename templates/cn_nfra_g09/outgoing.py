"""The outgoing tables of G09: the lines of part I, and the ten largest partners of parts II and III.

Belongs here: the internet loans of the tape as the form sees them, and the figures. Not here: the list of lines
(items.py), the rules (rules.py), or the workbook (writer.py). Non-performing is what the indicators mean by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import FilingContext, Grain
from loantape.errors import FilingRefused
from templates.cn_nfra_g09.items import ITEMS, Absent, Item, OfYear
from templates.cn_nfra_g09.year import prepare_year, why_empty
from templates.parts.institutions import WAY_OUT, refuse_repeated
from transforms.delinquency.classes import NON_PERFORMING
from transforms.grains_delinquency import CLOSED_PREFIX

LINES, COFUNDED, OTHERS, CHECKED, YEAR, LOANS = (
    f"out_cn_nfra_g09__{name}" for name in ("lines", "cofunded", "others", "checked", "year", "loans")
)
REPORTS = "reporting_uscc"
TOP = 10
_USCC = "[0-9A-HJ-NPQRTUWXY]{18}"
_MONEY = dt.Decimal(38, 2)


def prepare(con: Any, context: FilingContext) -> None:
    """Make the tables ``out_cn_nfra_g09__…``. Raises FilingRefused for an institution that cannot name a file."""
    bad = con.execute(
        "SELECT institution_name FROM tape_institution WHERE NOT coalesce(regexp_full_match(lender_uscc, ?), FALSE)"
        " ORDER BY institution_name LIMIT 1",
        [_USCC],
    ).fetchone()
    strays = con.execute(
        "SELECT min(iou_no), count(*) FROM tape_loan WHERE lender_uscc IS NULL"
        " OR lender_uscc NOT IN (SELECT lender_uscc FROM tape_institution WHERE lender_uscc IS NOT NULL)"
    ).fetchone()
    if bad:
        raise FilingRefused(
            f"institution {bad[0]!r} has no unified social credit code, which names its file"
            f" 机构 {bad[0]} 没有统一社会信用代码，无法命名报送文件",
            WAY_OUT,
        )
    refuse_repeated(con, "lender_uscc", "unified social credit code", "统一社会信用代码")
    if strays[1]:
        raise FilingRefused(
            f"loan {strays[0]} names no institution of this submission; {strays[1]} loan(s) in all"
            f" 借据 {strays[0]} 不属于本批次的机构；共 {strays[1]} 笔",
            WAY_OUT,
        )
    # a table: each line of the form looks at these loans once more
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE g09_loan AS {_loans(context, _used(con))}")
    con.execute(f"CREATE OR REPLACE TEMPORARY VIEW {LOANS} AS SELECT lender_uscc, iou_no, own_cny FROM g09_loan")
    prepare_year(con, context)
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {LINES} AS {_lines(context)}")
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {COFUNDED} AS {_largest('JOINT')}")
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {OTHERS} AS {_largest('REFERRAL')}")
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {CHECKED} AS {_checked()}")
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {YEAR} AS {_year()}")


def _used(con: Any) -> list[str]:
    """The fields of the tape that the figures read."""
    said = " ".join([*(item.where for item in ITEMS), _largest("JOINT"), "lender_uscc iou_no borrower_pid currency"])
    words = set(re.findall(r"\w+", said))
    fields = [row[0] for row in con.execute("DESCRIBE tape_loan").fetchall()]
    return [field for field in fields if field in words and field != "balance_cny"]


def _loans(context: FilingContext, fields: Sequence[str]) -> str:
    """Internet loans on the books. ``purpose``: A consumption, B business; C, capital of firms, is in no tape.

    ``own_cny`` and ``partner_cny`` share the balance in yuan as the two funded it; only co-lending has a partner.
    """
    # sums and products of tape amounts are widened first: DuckDB keeps those of 18 digits in 18
    own = "CASE WHEN coop_mode = 'JOINT' AND balance_amount <> 0 THEN own_balance_amount / balance_amount ELSE 1 END"
    part = f"CAST(CAST(loan.balance_cny AS DECIMAL(26, 2)) * CAST({own} AS DECIMAL(14, 12)) AS DECIMAL(20, 2))"
    exact = f"CASE WHEN coop_mode = 'JOINT' AND loan.currency = 'CNY' THEN own_balance_amount ELSE {part} END"
    return (
        "SELECT *, balance_cny - own_cny AS partner_cny FROM ("
        f"SELECT {', '.join(f'loan.{field}' for field in fields)},"
        " coalesce(loan.balance_cny, loan.balance_amount) AS balance_cny,"
        f" CAST({exact} AS DECIMAL(20, 2)) AS own_cny,"
        " CASE WHEN loan.product_class = 'F022' THEN 'B' ELSE 'A' END AS purpose,"
        f" {context.period.date.year} - loan.birth_year AS age,"
        " coalesce(loan.extended_maturity_date, loan.maturity_date) AS matures_on,"
        " partner.partner_uscc, partner.partner_name, partner.partner_type, partner.partner_service"
        " FROM tape_loan AS loan LEFT JOIN"
        " (SELECT partner_agreement_no AS agreement, min(partner_uscc) AS partner_uscc,"
        " min(partner_name) AS partner_name, min(partner_type) AS partner_type, min(partner_service) AS partner_service"
        " FROM tape_partner GROUP BY partner_agreement_no) AS partner ON partner.agreement = loan.partner_agreement_no"
        f" WHERE loan.is_internet_loan AND NOT starts_with(coalesce(loan.loan_status, ''), '{CLOSED_PREFIX}'))"
    )


def _lines(context: FilingContext) -> str:
    """One row per line and institution: the figures of columns A and B; null where the line has none."""
    lines = []
    for place, item in enumerate(ITEMS):
        of_year = isinstance(item.measure, OfYear) and not why_empty(context, item.measure.since)
        relation = item.measure.relation if isinstance(item.measure, OfYear) and of_year else "g09_loan"
        figure = _figure_of_year if of_year else _figure
        figures = ", ".join(f"{figure(item, purpose)} AS {purpose.lower()}" for purpose in ("A", "B"))
        lines.append(
            f"SELECT {place} AS place, '{item.number}' AS number, institution.lender_uscc AS {REPORTS}, {figures}"
            " FROM (SELECT DISTINCT lender_uscc FROM tape_institution) AS institution"
            f" LEFT JOIN {relation} AS loan ON loan.lender_uscc = institution.lender_uscc"
            " GROUP BY institution.lender_uscc"
        )
    return " UNION ALL ".join(lines)


def _figure(item: Item, purpose: str) -> str:
    if isinstance(item.measure, Absent | OfYear):
        return "CAST(NULL AS DECIMAL(38, 2))"
    condition = f"purpose = '{purpose}' AND {item.where}"
    aggregate = item.measure.value
    if aggregate.startswith("coalesce("):
        inner = aggregate.removeprefix("coalesce(").removesuffix(", 0)")
        return f"CAST(coalesce({inner} FILTER ({condition}), 0) AS DECIMAL(38, 2))"
    return f"CAST({aggregate} FILTER ({condition}) AS DECIMAL(38, 2))"


def _figure_of_year(item: Item, purpose: str) -> str:
    """A count, or a sum that is null where one of its rows is: no part stands for the whole."""
    assert isinstance(item.measure, OfYear)
    condition = f"FILTER (purpose = '{purpose}' AND {item.where})"
    aggregate = item.measure.aggregate
    if item.is_count:
        return f"CAST({aggregate} {condition} AS DECIMAL(38, 2))"
    summed = aggregate.removeprefix("sum(").removesuffix(")")
    return (
        f"CAST(CASE WHEN count(*) {condition} = count({summed}) {condition}"
        f" THEN coalesce({aggregate} {condition}, 0) END AS DECIMAL(38, 2))"
    )


def _largest(mode: str) -> str:
    """The ten partners with the largest balance in this mode, per institution; equals in order of their code."""
    bad = ", ".join(f"'{code}'" for code in NON_PERFORMING)
    own = "sum(own_cny)"
    return (
        f"SELECT lender_uscc AS {REPORTS}, row_number() OVER (PARTITION BY lender_uscc"
        f" ORDER BY sum(balance_cny) DESC, partner_uscc) AS place, min(partner_name) AS partner_name, partner_uscc,"
        " min(partner_type) AS partner_type, min(partner_service) AS partner_service,"
        " CAST(sum(balance_cny) AS DECIMAL(38, 2)) AS balance_cny,"
        f" {_percent('sum(partner_cny)', 'sum(balance_cny)')} AS partner_share_pct,"
        f" {_percent(f'coalesce(sum(own_cny) FILTER (five_class IN ({bad})), 0)', own)} AS npl_pct,"
        f" {_percent('coalesce(sum(own_cny) FILTER (days_past_due > 30), 0)', own)} AS over_30_pct,"
        " CAST(CAST(sum(CAST(balance_cny AS DECIMAL(26, 2)) * nominal_annual_pct) AS DECIMAL(38, 8))"
        " / nullif(sum(balance_cny), 0) AS DECIMAL(18, 4)) AS rate_pct"
        f" FROM g09_loan WHERE coop_mode = '{mode}' AND partner_uscc IS NOT NULL"
        f" GROUP BY lender_uscc, partner_uscc QUALIFY place <= {TOP}"
    )


def _percent(part: str, whole: str) -> str:
    return f"CAST(100 * CAST({part} AS DECIMAL(30, 2)) / nullif({whole}, 0) AS DECIMAL(18, 2))"


def _checked() -> str:
    """One row per institution and column: the sums that must agree."""
    groups = {"classes": "1.1.", "overdue": "1.2.", "guarantees": "1.3.", "terms": "1.4.", "ages": "1.5."}
    parts = []
    for column in ("a", "b"):
        sums = ", ".join(
            f"CAST(sum({column}) FILTER (starts_with(number, '{prefix}')) AS DECIMAL(38, 2)) AS {name}"
            for name, prefix in groups.items()
        )
        parts.append(
            f"SELECT {REPORTS}, '{column.upper()}' AS purpose,"
            f" CAST(sum({column}) FILTER (number = '1') AS DECIMAL(38, 2)) AS total, {sums}"
            f" FROM {LINES} GROUP BY {REPORTS}"
        )
    return " UNION ALL ".join(parts)


def _year() -> str:
    """One row per institution and column: the lines of the year to date that are of the same loans."""
    named = {"borrowers": "3", "granted": "4", "interest": "5"}
    return " UNION ALL ".join(
        f"SELECT {REPORTS}, '{column.upper()}' AS purpose, "
        + ", ".join(
            f"CAST(sum({column}) FILTER (number = '{number}') AS DECIMAL(38, 2)) AS {name}"
            for name, number in named.items()
        )
        + f" FROM {LINES} GROUP BY {REPORTS}"
        for column in ("a", "b")
    )


def grains() -> tuple[Grain, ...]:
    """The tables that the form's rules are said on."""
    partner = {REPORTS: dt.string, "place": dt.int64, "partner_uscc": dt.string, "partner_name": dt.string}
    sums = dict.fromkeys(("total", "classes", "overdue", "guarantees", "terms", "ages"), _MONEY)
    of_year = dict.fromkeys(("borrowers", "granted", "interest"), _MONEY)
    return (
        Grain("g09_lines", None, LINES, {REPORTS: dt.string, "number": dt.string, "a": _MONEY, "b": _MONEY},
              key=(REPORTS, "number"), has_rows=False),
        Grain("g09_cofunded", None, COFUNDED, partner | {"partner_share_pct": dt.Decimal(18, 2)},
              key=(REPORTS, "partner_uscc"), has_rows=False),
        Grain("g09_others", None, OTHERS, partner, key=(REPORTS, "partner_uscc"), has_rows=False),
        Grain("g09_year", None, YEAR, {REPORTS: dt.string, "purpose": dt.string} | of_year,
              key=(REPORTS, "purpose"), has_rows=False),
        Grain("g09_loans", None, LOANS, {"lender_uscc": dt.string, "iou_no": dt.string, "own_cny": dt.Decimal(20, 2)},
              key=("iou_no",), has_rows=False),
        Grain("g09_checked", None, CHECKED, {REPORTS: dt.string, "purpose": dt.string} | sums,
              key=(REPORTS, "purpose"), has_rows=False),
    )  # fmt: skip
