"""Errors that can be planted: the cost items of a loan, their figures and who collects them.

Belongs here: rows of the fee table. Not here: the loan's own rates (``pricing``), what the sheet says of items
(``disclosure``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.children import FEE_ITEMS
from loantape.simulate.mistakes.tools import PERCENT, YUAN, everyone, has_sheet, more_in, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import SKIP
from loantape.simulate.texts import uscc

_ELSEWHERE = 777  # a serial that no institution or partner of a simulated lender has


def _level(patch: Patch) -> Selected:
    return patch.only(patch.facts.level[patch.of]).loan


def _with_sheet(patch: Patch) -> Patch:
    return patch.only(patch.facts.sheet[patch.of])


def _other_code(patch: Patch) -> str:
    own = patch.book.archetype
    return uscc(own.region, own.number * 1000 + _ELSEWHERE)


def _dearer_interest(patch: Patch) -> Selected:
    patch.interest["fee_annual_pct"] = patch.interest["fee_annual_pct"] + PERCENT // 2
    patch.also("PRC-033", patch.loan)
    return patch.loan


def _interest_item_off(patch: Patch) -> Selected:
    patch.interest["fee_annual_pct"] = patch.interest["fee_annual_pct"] - PERCENT // 2
    patch.also("PRC-006", patch.loan)
    return patch.loan


def _no_items(patch: Patch) -> Selected:
    for place in range(FEE_ITEMS):
        patch.tables.fee.keep[patch.at * FEE_ITEMS + place] = SKIP
    return patch.loan


def _no_interest_item(patch: Patch) -> Selected:
    patch.interest.become(SKIP)
    patch.also("PRC-006", patch.loan)
    patch.also("PRC-037", _level(patch))
    patch.also("DSC-022", _with_sheet(patch).sheet)
    return patch.loan


def _penalty_item_off(patch: Patch) -> Selected:
    patch.penalty["fee_annual_pct"] = patch.penalty["fee_annual_pct"] + PERCENT
    return patch.loan


def _penalty_item_of_another_kind(patch: Patch) -> Selected:
    patch.penalty["fee_type"] = patch.text("OTHER")
    return patch.loan


def _less_paid_out(patch: Patch) -> Selected:
    patch.loan["net_proceeds_amount"] = patch.loan["net_proceeds_amount"] - 50 * YUAN
    return patch.loan


def _more_interest_in_yuan(patch: Patch) -> Selected:
    patch.interest["fee_amount"] = patch.interest["fee_amount"] + 10 * YUAN
    patch.also("SCH-008", patch.only(patch.facts.granted[patch.of]).loan)
    return patch.loan


def _half_the_standard(patch: Patch) -> Selected:
    patch.guarantee_fee["fee_standard_pct"] = patch.guarantee_fee["fee_standard_pct"] // 2
    return patch.guarantee_fee


def _hardly_converted(patch: Patch) -> Selected:
    patch.guarantee_fee["fee_annual_pct"] = PERCENT // 10
    patch.also("PRC-006", patch.loan)
    return patch.guarantee_fee


def _collected_by(part: str, kind: str | None, code: str) -> Callable[[Patch], Selected]:
    """Another collector of the part's item: its kind, unless it stays, and its code."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        if kind is not None:
            where["collector_type"] = patch.text(kind)
        where["collector_uscc"] = patch.text(code.format(other=_other_code(patch)))
        return where

    return plant


def _insurance_on_a_plain_loan(patch: Patch) -> Selected:
    patch.upfront_fee["fee_type"] = patch.text("INSURANCE")
    patch.upfront_fee["collector_type"] = patch.text("INSURER")
    return patch.upfront_fee


def _penalty_as_normal(patch: Patch) -> Selected:
    patch.penalty["fee_case"] = patch.text("NORMAL")
    patch.also("PRC-049", patch.penalty)
    patch.also("PRC-006", patch.loan)
    sheet = _with_sheet(patch).sheet
    patch.also("DSC-022", sheet)
    patch.also("DSC-023", sheet)
    return patch.penalty


def _interest_on_default(patch: Patch) -> Selected:
    patch.interest["fee_case"] = patch.text("DEFAULT")
    patch.also("PRC-048", patch.interest)
    patch.also("PRC-006", patch.loan)
    patch.also("PRC-037", _level(patch))
    shown = _with_sheet(patch)
    patch.also("DSC-022", shown.sheet)
    patch.also("DSC-023", shown.sheet)
    patch.also("DSC-044", shown.interest)
    return patch.interest


def _interest_upfront(patch: Patch) -> Selected:
    item = patch.interest
    item["fee_method"] = patch.text("UPFRONT")
    patch.also("PRC-036", patch.loan)
    percent_of_amount = item["fee_standard_pct"] * patch.loan["loan_amount"]  # cents, times 1e8
    off = np.abs(item["fee_amount"] * (100 * PERCENT) - percent_of_amount) > 100 * PERCENT
    patch.also("PRC-038", patch.only(off).interest)
    return item


def _guaranteed(facts: Facts) -> np.ndarray:
    return facts.guarantee_fee & facts.enhanced


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRC-006", everyone, _dearer_interest),
    Mistake("PRC-008", everyone, text_in("penalty", "collector_type", "PLATFORM")),
    Mistake("PRC-009", everyone, text_in("penalty", "collector_type", "GUARANTOR")),
    Mistake("PRC-031", has_sheet, _no_items),
    Mistake("PRC-032", everyone, _no_interest_item),
    Mistake("PRC-033", everyone, _interest_item_off),
    Mistake("PRC-034", has_sheet, _penalty_item_of_another_kind),
    Mistake("PRC-035", everyone, _penalty_item_off),
    Mistake("PRC-036", lambda facts: ~facts.level, _less_paid_out),
    Mistake("PRC-037", lambda facts: facts.level, _more_interest_in_yuan),
    Mistake("PRC-038", lambda facts: facts.upfront_fee, more_in("upfront_fee", "fee_standard_pct", PERCENT)),
    Mistake("PRC-039", lambda facts: facts.guarantee_fee, _half_the_standard),
    Mistake("PRC-040", lambda facts: facts.guarantee_fee, _hardly_converted),
    Mistake("PRC-041", everyone, text_in("interest", "collector_type", "OTHER")),
    Mistake("PRC-042", everyone, _collected_by("penalty", None, "{other}")),
    Mistake("IDN-022", everyone, _collected_by("penalty", "OTHER", "91110000MA0000001X")),
    Mistake("PRC-044", lambda facts: facts.upfront_fee & ~facts.enhanced, _insurance_on_a_plain_loan),
    Mistake("PRC-045", _guaranteed, _collected_by("guarantee_fee", None, "{other}")),
    Mistake("PRC-046", _guaranteed, text_in("guarantee_fee", "collector_type", "OTHER")),
    Mistake("PRC-047", everyone, text_in("penalty", "collector_type", "INSURER")),
    Mistake("PRC-048", everyone, text_in("penalty", "fee_method", "UPFRONT")),
    Mistake("PRC-049", everyone, text_in("interest", "fee_method", "ON_EVENT")),
    Mistake("PRC-050", everyone, _penalty_as_normal),
    Mistake("PRC-051", everyone, _interest_on_default),
    Mistake("PRC-052", everyone, _interest_upfront),
)
