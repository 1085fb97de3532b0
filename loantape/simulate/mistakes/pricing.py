"""Errors that can be planted: rates, caps, penalties, benchmarks.

Belongs here: a loan's own price. Not here: its cost items (``pricing_items``). Four times the LPR (PRC-020) is not in
force before 2027-12-31 and is not planted: tests/rules/test_limits.py proves it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.tools import PERCENT, YUAN, cell_in, everyone, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_SHOWN_TOLERANCE = PERCENT // 50  # what a rounded level payment may move a rate by
_JUDICIAL_LINE = 24 * PERCENT


def floating(facts: Facts) -> np.ndarray:
    return ~facts.fixed


def _cost(patch: Patch, cost: np.ndarray | int, *known: str) -> Selected:
    """Another all-in cost, and the findings that follow unless the caller knows of them."""
    loan, shown = patch.loan, patch.loan["shown_annual_rate_pct"]
    loan["all_in_cost_pct"] = cost
    patch.also("PRC-006", loan)
    patch.also("DSC-006", patch.only(patch.facts.sheet[patch.of]).sheet)
    if patch.book.archetype.shown_method == "SIMPLE":
        patch.also("PRC-015", loan)
    else:
        patch.also("PRC-016", patch.only(cost - shown > _SHOWN_TOLERANCE).loan)
    if "PRC-014" not in known:
        patch.also("PRC-014", patch.only(patch.facts.level[patch.of]).loan)
    return loan


def _shown(patch: Patch, rate: np.ndarray | int, *known: str) -> Selected:
    """Another shown rate, and the findings that follow unless the caller knows of them."""
    loan, facts = patch.loan, patch.facts
    loan["shown_annual_rate_pct"] = rate
    below = np.broadcast_to(loan["nominal_annual_pct"] - rate > _SHOWN_TOLERANCE, loan.at.shape)
    if "PRC-012" not in known:
        patch.also("PRC-012", patch.only(below).loan)
    if "PRC-004" not in known:
        patch.also("PRC-004", patch.only(facts.level[patch.of]).loan)
    if patch.book.archetype.shown_method == "SIMPLE":
        if "PRC-015" not in known:
            patch.also("PRC-015", loan)
        patch.also("DSC-019", patch.only(facts.sheet[patch.of]).sheet)
    elif "PRC-016" not in known:
        patch.also("PRC-016", patch.only(loan["all_in_cost_pct"] - rate > _SHOWN_TOLERANCE).loan)
    return loan


def _nominal(patch: Patch, rate: int) -> Selected:
    """Another nominal rate, and that the interest item and the penalty do not follow it."""
    loan = patch.loan
    loan["nominal_annual_pct"] = rate
    patch.also("PRC-033", loan)
    patch.also("PRC-010", patch.only(loan["penalty_rate_pct"] > rate * 3 // 2).loan)
    return loan


def _penalty(patch: Patch, rate: np.ndarray) -> Selected:
    loan = patch.loan
    loan["penalty_rate_pct"] = rate
    patch.also("PRC-035", loan)
    return loan


def _too_much_paid_out(patch: Patch) -> Selected:
    patch.loan["net_proceeds_amount"] = patch.loan["loan_amount"] + 100 * YUAN
    patch.loan["instalment_amount"] = EMPTY  # else the recomputed rate would differ too
    patch.also("PRC-036", patch.loan)
    return patch.loan


def _nothing_paid_out(patch: Patch) -> Selected:
    patch.loan["net_proceeds_amount"] = 0
    patch.loan["instalment_amount"] = EMPTY
    patch.also("PRC-036", patch.loan)
    return patch.loan


def _floating_without(column: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.loan["rate_type"] = patch.text("RF02")
        patch.loan["benchmark_type"] = patch.text("TR05")
        patch.loan["benchmark_pct"] = 3 * PERCENT
        patch.loan["repricing_date"] = patch.book.snapshot + 60
        patch.loan[column] = EMPTY
        return patch.loan

    return plant


def _payments_too_small(patch: Patch) -> Selected:
    loan, facts, row = patch.loan, patch.facts, patch.instalment
    loan["instalment_amount"] = loan["net_proceeds_amount"] // loan["term_count"] + 1
    for code in ("PRC-004", "PRC-014", "PRC-037"):
        patch.also(code, loan)
    before_the_last = facts.instalment[patch.of] & (row["instalment_no"] < loan["term_count"])
    patch.also("SCH-015", patch.only(before_the_last).instalment)
    return loan


def _too_high_a_rate(patch: Patch) -> Selected:
    loan = _nominal(patch, 25 * PERCENT)
    for code in ("PRC-011", "PRC-012", "PRC-021"):
        patch.also(code, loan)
    patch.also("PRC-013", patch.only(patch.facts.level[patch.of]).loan)
    return loan


def _double_penalty(patch: Patch) -> Selected:
    loan = _penalty(patch, patch.loan["nominal_annual_pct"] * 2)
    patch.also("PRC-019", patch.only(loan["penalty_rate_pct"] > _JUDICIAL_LINE).loan)
    return loan


def _penalty_above_the_line(patch: Patch) -> Selected:
    loan = _penalty(patch, np.full(patch.at.size, 30 * PERCENT))
    patch.also("PRC-010", patch.only(loan["nominal_annual_pct"] < 20 * PERCENT).loan)
    return loan


def _shown_below_the_cost(patch: Patch) -> Selected:
    return _shown(patch, patch.loan["all_in_cost_pct"] - PERCENT // 2, "PRC-016")


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRC-001", everyone, _too_much_paid_out),
    Mistake("PRC-002", lambda facts: facts.fixed, cell_in("loan", "benchmark_pct", 3 * PERCENT)),
    Mistake("PRC-003", everyone, _floating_without("benchmark_pct")),
    Mistake("PRC-003", everyone, _floating_without("benchmark_type")),
    Mistake(
        "PRC-004",
        lambda facts: facts.level,
        lambda patch: _shown(patch, patch.loan["shown_annual_rate_pct"] + PERCENT, "PRC-004"),
    ),
    Mistake("PRC-005", lambda facts: facts.capped, lambda patch: _cost(patch, 49 * PERCENT // 2)),
    Mistake("PRC-007", lambda facts: facts.older, lambda patch: _nominal(patch, -PERCENT // 2)),
    Mistake("PRC-010", everyone, _double_penalty),
    Mistake("PRC-011", everyone, lambda patch: _cost(patch, patch.loan["nominal_annual_pct"] - PERCENT)),
    Mistake(
        "PRC-012",
        everyone,
        lambda patch: _shown(patch, patch.loan["nominal_annual_pct"] - PERCENT, "PRC-012"),
    ),
    Mistake("PRC-013", lambda facts: facts.level & facts.older, _payments_too_small),
    Mistake(
        "PRC-014",
        lambda facts: facts.level & (facts.upfront_fee | facts.guarantee_fee),
        lambda patch: _cost(patch, patch.loan["nominal_annual_pct"], "PRC-014"),
    ),
    Mistake(
        "PRC-015",
        lambda facts: facts.simple & ~facts.level,
        lambda patch: _shown(patch, patch.loan["shown_annual_rate_pct"] + PERCENT, "PRC-015"),
    ),
    Mistake("PRC-016", lambda facts: ~facts.simple & ~facts.level, _shown_below_the_cost),
    Mistake("PRC-017", everyone, _nothing_paid_out),
    Mistake("PRC-018", lambda facts: facts.capped & facts.older, _too_high_a_rate),
    Mistake("PRC-019", everyone, _penalty_above_the_line),
    Mistake("PRC-021", everyone, lambda patch: _penalty(patch, patch.loan["nominal_annual_pct"] // 2)),
    Mistake("PRC-022", everyone, _floating_without("repricing_date")),
    Mistake(
        "PRC-023",
        lambda facts: floating(facts) & facts.open,
        lambda patch: cell_in("loan", "repricing_date", patch.book.snapshot)(patch),
    ),
    Mistake("PRC-024", floating, cell_in("loan", "benchmark_pct", 300 * PERCENT)),
    Mistake("PRC-025", floating, text_in("loan", "benchmark_type", "TR08")),
    Mistake("PRC-026", lambda facts: facts.older, lambda patch: _nominal(patch, PERCENT // 10)),
    Mistake("PRC-027", everyone, lambda patch: _shown(patch, PERCENT // 10)),
    Mistake("PRC-028", lambda facts: facts.older, lambda patch: _nominal(patch, 0)),
    Mistake("PRC-030", lambda facts: facts.sheet, cell_in("loan", "all_in_cost_pct", EMPTY)),
)
