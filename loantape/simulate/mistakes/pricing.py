"""Errors that can be planted: pricing."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import PERCENT, YUAN, cell_in, everyone, more_in, text_in
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _cap(patch: Patch) -> Selected:
    patch.loan["all_in_cost_pct"] = 24_500_000
    patch.also("PRC-006", patch.loan)
    patch.also("DSC-006", patch.only(patch.facts.sheet[patch.of]).sheet)
    return patch.loan


def _too_much_paid_out(patch: Patch) -> Selected:
    patch.loan["net_proceeds_amount"] = patch.loan["loan_amount"] + 100 * YUAN
    patch.loan["instalment_amount"] = EMPTY  # else the recomputed rate would differ too
    return patch.loan


def _floating_without_benchmark(patch: Patch) -> Selected:
    patch.loan["rate_type"] = patch.text("RF02")
    patch.loan["benchmark_pct"] = EMPTY
    return patch.loan


def _dearer_interest(patch: Patch) -> Selected:
    patch.interest["fee_annual_pct"] = patch.interest["fee_annual_pct"] + PERCENT // 2
    return patch.loan


def _double_penalty(patch: Patch) -> Selected:
    patch.loan["penalty_rate_pct"] = patch.loan["nominal_annual_pct"] * 2
    return patch.loan


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRC-001", everyone, _too_much_paid_out),
    Mistake("PRC-002", lambda facts: facts.fixed, cell_in("loan", "benchmark_pct", 3 * PERCENT)),
    Mistake("PRC-003", everyone, _floating_without_benchmark),
    Mistake("PRC-004", lambda facts: facts.level, more_in("loan", "shown_annual_rate_pct", PERCENT)),
    Mistake("PRC-005", lambda facts: facts.capped, _cap),
    Mistake("PRC-006", everyone, _dearer_interest),
    Mistake("PRC-007", everyone, cell_in("loan", "nominal_annual_pct", 36 * PERCENT)),
    Mistake("PRC-008", everyone, text_in("interest", "collector_type", "PLATFORM")),
    Mistake("PRC-009", everyone, text_in("interest", "collector_type", "GUARANTOR")),
    Mistake("PRC-010", everyone, _double_penalty),
)
