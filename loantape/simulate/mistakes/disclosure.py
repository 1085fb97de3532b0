"""Errors that can be planted: the cost sheet, where and when it was shown, what it and its items say.

Belongs here: rows of the disclosure table, and what cost items must say. Not here: the figures of items
(``pricing_items``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.mistakes.tools import DAY_SECONDS, PERCENT, YUAN, cell_in, gone, has_sheet, more_in, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY, TWICE

_DUTIES = {
    "DSC-034": "is_lender_named",
    "DSC-035": "is_rate_shown",
    "DSC-036": "is_schedule_shown",
    "DSC-037": "is_default_shown",
    "DSC-038": "is_complaint_route_shown",
}


def _and_sheet(what: str) -> Callable[[Facts], np.ndarray]:
    """Loans with a cost sheet of which one more fact holds."""
    return lambda facts: facts.sheet & getattr(facts, what)


def _shown_after_confirmed(patch: Patch) -> Selected:
    patch.sheet["sheet_shown_at"] = patch.sheet["sheet_confirmed_at"] + 5
    return patch.sheet


def _signed_before_confirmed(patch: Patch) -> Selected:
    patch.sheet["contract_signed_at"] = patch.sheet["sheet_confirmed_at"] - 1
    return patch.sheet


def _another_total(patch: Patch) -> Selected:
    patch.sheet["sheet_total_annual_pct"] = patch.sheet["sheet_total_annual_pct"] + PERCENT
    if patch.book.archetype.shown_method == "SIMPLE":
        patch.also("DSC-019", patch.sheet)
    return patch.sheet


def _signed_after_the_report(patch: Patch) -> Selected:
    patch.sheet["contract_signed_at"] = (patch.book.snapshot + 2) * DAY_SECONDS
    patch.also("DSC-009", patch.sheet)
    return patch.sheet


def _signed_twice(patch: Patch) -> Selected:
    patch.sheet.become(TWICE)
    patch.also("FLD-005", patch.sheet)
    patch.also("FLD-005", patch.sheet, 1)
    return patch.loan


def _no_items(column: str, also: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.sheet[column] = 0
        patch.also(also, patch.sheet)
        return patch.sheet

    return plant


def _shown(channel: str, confirmed: str) -> Callable[[Patch], Selected]:
    """Shown and confirmed in these ways instead."""

    def plant(patch: Patch) -> Selected:
        patch.sheet["disclosure_channel"] = patch.text(channel)
        patch.sheet["confirm_type"] = patch.text(confirmed)
        return patch.sheet

    return plant


MISTAKES: tuple[Mistake, ...] = (
    Mistake("DSC-001", has_sheet, gone("sheet")),
    Mistake("DSC-002", has_sheet, _shown_after_confirmed),
    Mistake("DSC-003", has_sheet, _signed_before_confirmed),
    Mistake("DSC-004", has_sheet, cell_in("sheet", "is_default_ticked", 1)),
    Mistake("DSC-005", has_sheet, cell_in("sheet", "is_bundled", 1)),
    Mistake("DSC-006", has_sheet, _another_total),
    Mistake("DSC-007", has_sheet, cell_in("sheet", "read_seconds", 0)),
    Mistake("DSC-008", has_sheet, cell_in("sheet", "sheet_confirmed_at", EMPTY)),
    Mistake("DSC-009", has_sheet, more_in("sheet", "contract_signed_at", 2 * DAY_SECONDS)),
    Mistake("DSC-010", has_sheet, cell_in("sheet", "contract_signed_at", EMPTY)),
    Mistake("DSC-011", has_sheet, cell_in("sheet", "read_seconds", 2 * 3_600)),
    Mistake("DSC-012", has_sheet, _signed_after_the_report),
    Mistake("DSC-013", has_sheet, _signed_twice),
    Mistake("DSC-014", has_sheet, cell_in("sheet", "confirm_type", EMPTY)),
    Mistake("DSC-015", has_sheet, more_in("sheet", "sheet_principal_amount", 100 * YUAN)),
    Mistake("DSC-016", lambda facts: facts.sheet & ~facts.revolving, more_in("sheet", "sheet_term_count", 1)),
    Mistake("DSC-017", has_sheet, cell_in("sheet", "sheet_total_annual_pct", EMPTY)),
    Mistake("DSC-018", has_sheet, cell_in("sheet", "sheet_method", EMPTY)),
    Mistake("DSC-019", lambda facts: facts.sheet & ~facts.simple, text_in("sheet", "sheet_method", "COMPOUND")),
    Mistake("DSC-020", has_sheet, cell_in("sheet", "cost_sheet_version", EMPTY)),
    Mistake("DSC-021", has_sheet, cell_in("sheet", "sheet_principal_amount", EMPTY)),
    Mistake("DSC-022", has_sheet, more_in("sheet", "normal_item_count", 1)),
    Mistake("DSC-023", has_sheet, more_in("sheet", "default_item_count", 1)),
    Mistake("DSC-024", has_sheet, _no_items("default_item_count", "DSC-023")),
    Mistake("DSC-025", has_sheet, _no_items("normal_item_count", "DSC-022")),
    Mistake("DSC-026", _and_sheet("offline"), text_in("sheet", "confirm_type", "POPUP")),
    Mistake("DSC-027", _and_sheet("platform"), text_in("sheet", "confirm_type", "SIGNED")),
    Mistake("DSC-028", _and_sheet("checkout"), text_in("sheet", "confirm_type", "POPUP")),
    Mistake("DSC-029", _and_sheet("checkout"), _shown("ONLINE", "POPUP")),
    Mistake("DSC-030", _and_sheet("platform"), _shown("OFFLINE", "SIGNED")),
    Mistake("DSC-031", lambda facts: facts.sheet & ~facts.checkout, cell_in("sheet", "disclosure_channel", EMPTY)),
    Mistake("DSC-032", _and_sheet("platform"), cell_in("sheet", "is_reading_forced", 0)),
    Mistake("DSC-033", has_sheet, cell_in("sheet", "is_no_other_fee_declared", 0)),
    *(Mistake(code, _and_sheet("internet"), cell_in("sheet", flag, 0)) for code, flag in _DUTIES.items()),
    Mistake("DSC-039", _and_sheet("with_partner"), cell_in("sheet", "is_partner_named", 0)),
    Mistake("DSC-040", has_sheet, cell_in("penalty", "collector_name", EMPTY)),
    Mistake("DSC-041", has_sheet, cell_in("penalty", "collector_uscc", EMPTY)),
    Mistake("DSC-042", has_sheet, cell_in("penalty", "fee_standard_pct", EMPTY)),
    Mistake("DSC-043", has_sheet, cell_in("interest", "fee_annual_pct", EMPTY)),
    Mistake("DSC-044", has_sheet, cell_in("penalty", "fee_trigger", EMPTY)),
)
