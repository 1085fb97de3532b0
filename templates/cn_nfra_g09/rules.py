"""What must hold of G09's figures: parts add up to their wholes. Ours: the official check formulas were not found.

Belongs here: the rules of this form. Not here: the figures (outgoing.py).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Rule
from schemas.formats import format_rule

_CITES = "G09 as reconstructed: parts of a whole; the official check formulas were not found"


def _sum_rule(code: str, name: str, en: str, zh: str, whole: bool) -> Rule:
    def holds(table: Any, limits: Any) -> Any:
        return table[name] == table.total if whole else table[name] <= table.total

    return format_rule(
        code,
        on="g09_checked",
        fields=(name, "total"),
        cites=_CITES,
        confidence=Confidence.OWN,
        en=f"The balances by {en} {'add up to' if whole else 'are not over'} the balance of line 1.",
        zh=f"按{zh}划分的余额之和{'等于' if whole else '不大于'}第1项余额。",
        passes=[{name: "100.00", "total": "100.00"}],
        fails=[{name: "100.01", "total": "100.00"}],
    )(holds)


@format_rule(
    "G09-SIGN",
    on="g09_lines",
    fields=("number", "a", "b"),
    cites="G09 as reconstructed: balances and counts",
    confidence=Confidence.OWN,
    en="No figure is negative.",
    zh="各项目不为负数。",
    passes=[{"number": "1", "a": "0.00", "b": "1.00"}],
    fails=[{"number": "1", "a": "-0.01", "b": "0.00"}],
)
def not_negative(table: Any, limits: Any) -> Any:
    """Line by line."""
    return (table.a >= 0) & (table.b >= 0)


@format_rule(
    "G09-OWN",
    on="g09_loans",
    fields=("iou_no", "own_cny"),
    cites="G09 as reconstructed: line 1 is the balance funded by the bank itself",
    confidence=Confidence.OWN,
    en="What the bank itself funds of a loan is known, in yuan.",
    zh="每笔贷款本行出资余额（折人民币）已知。",
    passes=[{"iou_no": "A", "own_cny": "1.00"}],
    fails=[{"iou_no": "A", "own_cny": None}],
)
def own_part_is_known(table: Any, limits: Any) -> Any:
    """Loan by loan: a sum would leave an unknown part out without a word."""
    return table.own_cny.notnull()


@format_rule(
    "G09-SHARE",
    on="g09_cofunded",
    fields=("partner_uscc", "partner_share_pct"),
    cites="G09_II as reconstructed: column F",
    confidence=Confidence.OWN,
    en="A partner's share lies between 0 and 100 percent.",
    zh="合作机构出资占比在0至100之间。",
    passes=[{"partner_share_pct": "30.00"}],
    fails=[{"partner_share_pct": "100.01"}],
)
def share_is_a_share(table: Any, limits: Any) -> Any:
    """Per partner of part II."""
    return (table.partner_share_pct >= 0) & (table.partner_share_pct <= 100)


@format_rule(
    "G09-YEAR",
    on="g09_year",
    fields=("granted", "interest", "borrowers"),
    cites="G09 as reconstructed: lines 3, 4 and 5 are of the same loans",
    confidence=Confidence.OWN,
    en="Loans granted this year have borrowers, and their interest of a year is not over the amount granted.",
    zh="当年累放贷款有对应户数，年化利息收益不大于累放金额。",
    passes=[
        {"granted": "100.00", "interest": "36.00", "borrowers": "1"},
        {"granted": None, "interest": None, "borrowers": None},
    ],
    fails=[
        {"granted": "100.00", "interest": "36.00", "borrowers": "0"},
        {"granted": "100.00", "interest": "100.01", "borrowers": "1"},
    ],
)
def year_agrees(table: Any, limits: Any) -> Any:
    """Per institution and column; what has no figure says nothing."""
    return ((table.granted == 0) | (table.borrowers > 0)) & (table.interest <= table.granted)


RULES: tuple[Rule, ...] = (
    own_part_is_known,
    not_negative,
    year_agrees,
    share_is_a_share,
    _sum_rule("G09-CLASS", "classes", "risk class", "五级分类", whole=True),
    _sum_rule("G09-OVERDUE", "overdue", "days past due", "逾期情况", whole=True),
    _sum_rule("G09-TERM", "terms", "term", "贷款期限", whole=True),
    # combined and other guarantees have no line, nor have borrowers of unknown age
    _sum_rule("G09-GUARANTEE", "guarantees", "guarantee", "担保方式", whole=False),
    _sum_rule("G09-AGE", "ages", "the borrower's age", "借款人年龄", whole=False),
)
