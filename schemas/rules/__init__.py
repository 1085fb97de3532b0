"""The rule book, one module per topic: what every rule says, on which grain, since when, by which source.

Belongs here: the decorator that turns a sentence into a rule. Not here: running rules (``loantape.checking``) or the
numbers they compare with (``schemas/limits``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Rule, Severity
from loantape.errors import DeclarationError

# what the letters of a code stand for, in the order the book is read
TOPICS: Mapping[str, tuple[str, str]] = {
    "IDN": ("Identity and keys", "身份与主键"),
    "PRD": ("Products: size, length, purpose", "产品：额度、期限、用途"),
    "PRC": ("What a loan costs", "定价与综合融资成本"),
    "SCH": ("Repayment schedules", "还款计划"),
    "DSC": ("What the borrower was shown", "信息披露"),
    "PRV": ("Privacy and consent", "个人信息与授权"),
    "ARR": ("Arrears and status", "逾期与状态"),
    "CLS": ("Risk classes", "风险分类"),
    "BUR": ("Credit bureau status", "征信还款状态"),
    "PTR": ("Partners and concentration", "合作机构与集中度"),
    "COL": ("Collection", "催收"),
    "CMP": ("Complaints", "投诉"),
    "MOV": ("Movements since the period before", "与上期的变动"),
    "TOT": ("Totals and plausibility", "总量与合理性"),
    "USA": ("Auto loans in the United States", "美国汽车贷款"),
}
CODE = re.compile(r"[A-Z]{3,4}-[0-9]{3}")
CHINA = ("cn",)
UNITED_STATES = ("us",)
EVERYWHERE: tuple[str, ...] = ()


def rule(
    code: str,
    *,
    on: str,
    fields: Sequence[str],
    cites: str,
    confidence: Confidence,
    en: str,
    zh: str,
    passes: Sequence[Mapping[str, Any]],
    fails: Sequence[Mapping[str, Any]],
    jurisdictions: Sequence[str],
    severity: Severity = Severity.ERROR,
    lender_types: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    says: tuple[str, str] = ("", ""),
) -> Callable[[Callable[[Any, Any], Any]], Rule]:
    """Turns ``holds(table, limits)`` into a Rule on the grain ``on``.

    The function returns an Ibis boolean on the grain's rows; true or null holds. ``since`` and ``until`` are ISO dates,
    both inclusive, compared with the reporting date. Examples are partial rows, dates and decimals written as text;
    what they leave out is null. ``says`` are the English and the Chinese sentence of one finding, with the fields among
    ``fields`` in braces: "shown {shown_annual_rate_pct} % as {shown_method}". Raises DeclarationError for a malformed
    code, no fields, no citation or a missing sentence.
    """
    if not CODE.fullmatch(code):
        raise DeclarationError(f"{code!r} is not a rule code", "write three or four letters, a dash, three digits")
    if not fields or not cites or not en or not zh:
        raise DeclarationError(
            f"rule {code} lacks fields, a citation or a sentence", "give it all of them, English and Chinese"
        )

    def declare(holds: Callable[[Any, Any], Any]) -> Rule:
        return Rule(
            code=code,
            on=on,
            severity=severity,
            fields=tuple(fields),
            cites=cites,
            confidence=confidence,
            en=en,
            zh=zh,
            passes=tuple(passes),
            fails=tuple(fails),
            holds=holds,
            since=date.fromisoformat(since) if since else None,
            until=date.fromisoformat(until) if until else None,
            jurisdictions=tuple(jurisdictions),
            lender_types=tuple(lender_types),
            says=says,
        )

    return declare


def wide(value: Any) -> Any:
    """An amount or a count with room for sums, differences and products: DuckDB aborts where one does not fit."""
    kind = value.type()
    return value.cast(dt.Decimal(38, kind.scale) if kind.is_decimal() else dt.int64)


def implies(condition: Any, consequence: Any) -> Any:
    """``consequence`` must hold where ``condition`` does. An unknown condition asks for nothing."""
    return ~condition | consequence
