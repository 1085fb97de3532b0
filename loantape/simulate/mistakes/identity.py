"""Errors that can be planted: identity."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import ABSENT, absent, everyone, has_sheet, more_in, on_time, text_in
from loantape.simulate.planting import Mistake, Patch, Selected


def _wrong_check_character(patch: Patch) -> Selected:
    patch.loan["id_no"] = -patch.loan["id_no"]
    return patch.loan


def _matures_before_start(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] - 1
    return patch.loan


def _starts_after_the_report(patch: Patch) -> Selected:
    patch.loan["start_date"] = patch.book.snapshot + 3
    return patch.loan


def _sheet_of_nobody(patch: Patch) -> Selected:
    patch.sheet["iou_no"] = patch.sheet["iou_no"] + ABSENT
    patch.also("DSC-001", patch.loan)
    return patch.sheet


def _penalty_of_nobody(patch: Patch) -> Selected:
    shown = patch.only(patch.facts.sheet[patch.of])
    patch.also("PRC-034", shown.loan)
    patch.also("DSC-023", shown.sheet)
    return absent("penalty")(patch)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("IDN-003", everyone, text_in("loan", "lender_uscc", "91110000MA0000001X")),
    Mistake("IDN-004", everyone, text_in("loan", "lender_region", "910101")),
    Mistake("IDN-005", everyone, text_in("loan", "borrower_region", "000ABC")),
    Mistake("IDN-006", everyone, _wrong_check_character),
    Mistake("IDN-007", everyone, _matures_before_start),
    Mistake("IDN-008", lambda facts: facts.granted & facts.matures_later, _starts_after_the_report),
    Mistake("IDN-009", lambda facts: ~facts.late, more_in("loan", "snapshot_date", -1)),
    Mistake("IDN-010", on_time, text_in("loan", "loan_status", "LS02")),
    Mistake("IDN-011", everyone, _penalty_of_nobody),
    Mistake("IDN-012", lambda facts: facts.instalment & facts.older, absent("instalment")),
    Mistake("IDN-013", has_sheet, _sheet_of_nobody),
    Mistake("IDN-014", lambda facts: facts.bureau, absent("bureau")),
    Mistake("IDN-015", lambda facts: facts.agreement, text_in("loan", "partner_agreement_no", "HZ-XX-99")),
)
