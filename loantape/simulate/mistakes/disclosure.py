"""Errors that can be planted: disclosure."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import PERCENT, cell_in, gone, has_sheet, more_in
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def _shown_after_confirmed(patch: Patch) -> Selected:
    patch.sheet["sheet_shown_at"] = patch.sheet["sheet_confirmed_at"] + 5
    return patch.sheet


def _signed_before_confirmed(patch: Patch) -> Selected:
    patch.sheet["contract_signed_at"] = patch.sheet["sheet_confirmed_at"] - 1
    return patch.sheet


MISTAKES: tuple[Mistake, ...] = (
    Mistake("DSC-001", has_sheet, gone("sheet")),
    Mistake("DSC-002", has_sheet, _shown_after_confirmed),
    Mistake("DSC-003", has_sheet, _signed_before_confirmed),
    Mistake("DSC-004", has_sheet, cell_in("sheet", "is_default_ticked", 1)),
    Mistake("DSC-005", has_sheet, cell_in("sheet", "is_bundled", 1)),
    Mistake("DSC-006", has_sheet, more_in("sheet", "sheet_total_annual_pct", PERCENT)),
    Mistake("DSC-007", has_sheet, cell_in("sheet", "read_seconds", 0)),
    Mistake("DSC-008", has_sheet, cell_in("sheet", "sheet_confirmed_at", EMPTY)),
)
