"""The statistical forms 20202 and 20203: which items, from what, for whom, when.

Belongs here: the items as declared data, and their relation. Not here: rules (format_rules.py) or files (writer.py).
Source: V2.1 chapter 4 [P]: form numbers, items, keyword, attribute, currency and unit codes, quarterly.

Only what the tape carries is filed: a missing item is left out, never written as zero. The tape is the whole loan book
of consumer finance and auto finance companies only [B-M], so other lenders get no forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loantape.declare import FilingContext

RELATION = "out_cn_pbc__form"
KEYWORD = "I00001"
WHOLE_BOOK = ("CFC", "AFC")
_QUARTER_ENDS = (3, 6, 9, 12)


@dataclass(frozen=True)
class Item:
    """One item: its number in the form, names, and SQL over the tape. ``loan`` items are summed over loans in yuan."""

    number: str
    zh: str
    en: str
    source: str


@dataclass(frozen=True)
class Form:
    """One form, with the items that the tape's loans give and those that its institutions do."""

    number: str
    zh: str
    en: str
    of_loans: tuple[Item, ...] = ()
    of_institution: tuple[Item, ...] = ()


def _of_class(number: str, zh: str, en: str, code: str) -> Item:
    return Item(number, zh, en, f"coalesce(sum(balance_cny) FILTER (five_class = '{code}'), 0)")


def _overdue(number: str, zh: str, en: str, days: int) -> Item:
    """Unknown where the days of any loan are."""
    overdue = f"coalesce(sum(balance_cny) FILTER (days_past_due > {days}), 0)"
    return Item(number, zh, en, f"CASE WHEN count(*) = count(days_past_due) THEN {overdue} END")


FORMS = (
    Form(
        "20202",
        "资产负债及风险统计表",
        "Assets, liabilities and risk",
        of_loans=(
            Item("20202002", "各项贷款", "Loans", "sum(balance_cny)"),
            _of_class("20202010", "正常类贷款", "Normal", "1"),
            _of_class("20202011", "关注类贷款", "Special mention", "2"),
            _of_class("20202012", "次级类贷款", "Substandard", "3"),
            _of_class("20202013", "可疑类贷款", "Doubtful", "4"),
            _of_class("20202014", "损失类贷款", "Loss", "5"),
            _overdue("20202015", "逾期贷款", "Overdue loans", 0),
            _overdue("20202016", "逾期90天以上贷款", "Loans overdue by more than 90 days", 90),
            Item(
                "20202017",
                "贷款减值准备",
                "Loan loss provisions",
                "CASE WHEN count(*) = count(provision_amount) FILTER (currency = 'CNY') THEN sum(provision_amount) END",
            ),
        ),
    ),
    Form(
        "20203",
        "资本充足统计表",
        "Capital",
        of_institution=(
            Item(
                "20203046",
                "一级资本净额",
                "Net tier-1 capital",
                "CASE WHEN currency = 'CNY' THEN tier1_net_amount END",
            ),
        ),
    ),
)


def is_due(context: FilingContext) -> bool:
    """Whether the period ends a quarter: the forms are quarterly."""
    day = context.period.date
    return day.month in _QUARTER_ENDS and len(str(context.period)) == len("2026-09")


def prepare(con: Any, context: FilingContext) -> None:
    """``out_cn_pbc__form``: institution, form, item, its name and its value in yuan; empty but at quarter ends."""
    kinds = ", ".join(f"'{kind}'" for kind in WHOLE_BOOK)
    selects = ["SELECT NULL AS lender_uscc, NULL AS form, NULL AS item, NULL AS name, NULL AS value WHERE false"]
    for form in FORMS if is_due(context) else ():
        for items, source in (
            (form.of_loans, "tape_loan WHERE starts_with(loan_status, 'LS')"),
            (form.of_institution, "tape_institution WHERE true"),
        ):
            for item in items:
                value = item.source if items is form.of_loans else f"max({item.source})"
                selects.append(
                    f"SELECT lender_uscc, '{form.number}', '{item.number}', '{item.zh}', {value}"
                    f" FROM {source} AND lender_type IN ({kinds}) GROUP BY lender_uscc"
                )
    union = " UNION ALL ".join(selects)
    con.execute(
        f"CREATE TEMP TABLE {RELATION} AS SELECT CAST(lender_uscc AS VARCHAR) AS lender_uscc,"
        " CAST(form AS VARCHAR) AS form, CAST(item AS VARCHAR) AS item, CAST(name AS VARCHAR) AS name,"
        f" CAST(value AS DECIMAL(38, 2)) AS value FROM ({union}) WHERE value IS NOT NULL ORDER BY lender_uscc, item"
    )
