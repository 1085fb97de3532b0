"""What the schema of EX-102 can carry, as rules on the outgoing values: each element by itself, and its number once.

Belongs here: rules generated from the declared elements, and the relations and grains they are said on. Not here: the
elements (elements.py), or the schema itself (xsd/), against which the reader holds the finished file.
Source: EDGAR ABS XML technical specification, schema version 1.5, December 2016 [P].
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Grain, Rule
from schemas.formats import at_most_digits, format_rule
from templates.us_sec.elements import (
    ELEMENTS,
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

CHECKED, STRAYS = "out_us_sec__checked", "out_us_sec__strays"
NUMBER = "assetNumber"
_CITES = "EDGAR ABS XML technical specification, schema version 1.5 (December 2016), EX-102"
_NOT_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"  # XML 1.0, production 2: no form can carry them
_WHOLE_DIGITS = 12  # before the point, in DECIMAL_TYPE20_8
_EXACT = dt.Decimal(28, 8)


def prepare_checked(con: Any, loans: str) -> None:
    """The values that are filed, typed, one row per loan of ``loans``; and which auto-loan rows have a loan."""
    values = ", ".join(f"{_typed(element)} AS {element.name}" for element in ELEMENTS)
    number = next(element for element in ELEMENTS if element.name == NUMBER)
    con.execute(
        f"CREATE OR REPLACE TEMPORARY VIEW {CHECKED} AS SELECT {values}, loan.iou_no AS iou_no,"
        f" count(*) OVER (PARTITION BY {number.source}) AS times FROM {loans}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMPORARY VIEW {STRAYS} AS SELECT auto.iou_no AS iou_no,"
        " loan.iou_no IS NOT NULL AS has_loan FROM tape_loan_us_auto AS auto"
        " LEFT JOIN (SELECT DISTINCT iou_no FROM tape_loan) AS loan"
        " ON loan.iou_no = auto.iou_no"
    )


def grains() -> tuple[Grain, ...]:
    """The assets, one row per loan, and the auto-loan rows of the tape."""
    columns = {element.name: _kind(element) for element in ELEMENTS} | {"iou_no": dt.string, "times": dt.int64}
    strays = {"iou_no": dt.string, "has_loan": dt.boolean}
    return (
        Grain("ex102_assets", None, CHECKED, columns, key=("iou_no",), has_rows=False),
        Grain("ex102_strays", None, STRAYS, strays, key=("iou_no",), has_rows=False),
    )


def format_rules() -> tuple[Rule, ...]:
    """Every element's own rules, then those of the asset as a whole."""
    of_elements = (rule for place, element in enumerate(ELEMENTS, 1) for rule in _rules(place, element))
    return (*of_elements, _number_once, _has_loan)


@format_rule(
    "EX102-02U",
    on="ex102_assets",
    fields=(NUMBER, "times"),
    cites=_CITES,
    confidence=Confidence.OWN,
    en="Element assetNumber is the number of no other asset.",
    zh="元素assetNumber不与其他资产重复。",
    passes=[{NUMBER: "A", "times": "1"}],
    fails=[{NUMBER: "A", "times": "2"}],
)
def _number_once(table: Any, limits: Any) -> Any:
    return table.times == 1


@format_rule(
    "EX102-LOAN",
    on="ex102_strays",
    fields=("iou_no", "has_loan"),
    cites=_CITES,
    confidence=Confidence.OWN,
    en="What has auto-loan fields has a loan.",
    zh="有车贷字段的记录须有借据记录。",
    passes=[{"iou_no": "A", "has_loan": True}],
    fails=[{"iou_no": "A", "has_loan": False}],
)
def _has_loan(table: Any, limits: Any) -> Any:
    return table.has_loan


def _typed(element: Element) -> str:
    """SQL: the value in the type its rules are asked in; null when there is none."""
    match element.form:
        case Text():
            return value_of(element)
        case Plain() | Fraction():
            return f"CAST({value_of(element)} AS DECIMAL(28, 8))"
        case CodeList():
            return f"nullif({element.source}, '')"
        case Whole():
            return f"CAST({element.source} AS BIGINT)"
    return element.source


def _kind(element: Element) -> Any:
    match element.form:
        case Plain() | Fraction():
            return _EXACT
        case Whole():
            return dt.int64
        case Day() | Month():
            return dt.date
        case Flag():
            return dt.boolean
    return dt.string


def _rules(place: int, element: Element) -> Iterator[Rule]:
    name = element.name

    def rule(suffix: str, en: str, zh: str, good: str, bad: str | None, holds: Any) -> Rule:
        return format_rule(
            f"EX102-{place:02d}{suffix}",
            on="ex102_assets",
            fields=(name,),
            cites=_CITES,
            confidence=Confidence.PRIMARY,
            en=f"Element {name} {en}.",
            zh=f"元素{name}{zh}。",
            passes=[{name: good}],
            fails=[{name: bad}],
        )(holds)

    if element.required:
        yield rule("R", "is there", "必填", "A", None, lambda t, _: t[name].notnull())
    match element.form:
        case Text(size=size):
            words = f"has at most {size} characters", f"不超过{size}个字符"
            yield rule("L", *words, "A", "x" * (size + 1), lambda t, _: t[name].length() <= size)
            words = "holds only characters that XML can carry", "仅含XML允许的字符"
            yield rule("X", *words, "A", "a\x01", lambda t, _: ~t[name].re_search(_NOT_XML))
        case Code(filed=filed):
            allowed = list(filed)
            words = "is in its code list", "在代码表内"
            yield rule("C", *words, allowed[0], "?", lambda t, _: t[name].isin(allowed))
        case CodeList(allowed=codes):
            one = f" *({'|'.join(codes)}) *"
            words = "has codes of its list only", "各代码均在代码表内"
            yield rule("C", *words, codes[0], "?", lambda t, _: t[name].re_search(f"^{one}(;{one})*$"))
            words = "names no code twice", "代码不重复"
            twice = "|".join(f"(^|;) *{code} *;(.*;)? *{code} *(;|$)" for code in codes)
            bad = f"{codes[0]}; {codes[0]}"
            yield rule("T", *words, codes[0], bad, lambda t, _: ~t[name].re_search(twice))
        case Whole(digits=digits):
            words = f"has at most {digits} digits", f"不超过{digits}位"
            yield rule("D", *words, "1", str(10**digits), lambda t, _: t[name].abs() < 10**digits)
        case Plain() | Fraction():
            words = f"has at most {_WHOLE_DIGITS} digits before the point", f"整数不超过{_WHOLE_DIGITS}位"
            bad = "1" + "0" * _WHOLE_DIGITS
            yield rule("D", *words, "1.00", bad, lambda t, _: at_most_digits(t[name], _WHOLE_DIGITS))
        case Day() | Month():
            words = "is a date of a four-digit year", "为四位年份的日期"
            first, last = date(1000, 1, 1), date(9999, 12, 31)
            yield rule("Y", *words, "2026-10-31", "0999-12-31", lambda t, _: t[name].between(first, last))
