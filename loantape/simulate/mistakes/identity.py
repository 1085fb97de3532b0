"""Errors that can be planted: identity.

Not here: what contradicts another loan (borrowers), what is said of institutions (branches).
"""

from __future__ import annotations

from loantape.simulate.mistakes.arrears import also_of_maturity
from loantape.simulate.mistakes.collection import by_agency
from loantape.simulate.mistakes.privacy import report_day
from loantape.simulate.mistakes.tools import ABSENT, absent, cell_in, everyone, has_sheet, on_time, text_in, written
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY, NUMBERED_DIGITS, literal


def _wrong_check_character(patch: Patch) -> Selected:
    patch.loan["id_no"] = -patch.loan["id_no"]
    return patch.loan


def _matures_before_start(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] - 1
    also_of_maturity(patch)
    patch.also("PRD-014", patch.only(patch.facts.by_instalments[patch.of]).loan)
    return patch.loan


def _starts_after_the_report(patch: Patch) -> Selected:
    patch.loan["start_date"] = patch.book.snapshot + 3
    patch.also("ARR-030", patch.loan)
    return patch.loan


def _of_the_day_before(patch: Patch) -> Selected:
    for column, code in (("class_changed_on", "CLS-019"), ("ended_on", "ARR-049"), ("disposal_date", "ARR-056")):
        patch.also(code, patch.only(patch.loan[column] == patch.book.snapshot).loan)
    patch.loan["snapshot_date"] = patch.book.snapshot - 1
    return patch.loan


def _extended_until_no_day(patch: Patch) -> Selected:
    patch.loan["loan_status"] = patch.text("LS02")
    patch.also("ARR-031", patch.loan)
    patch.also("CLS-010", patch.only(patch.facts.grade[patch.of] == 1).loan)
    return patch.loan


def _extended_into_the_past(patch: Patch) -> Selected:
    patch.loan["extended_maturity_date"] = patch.loan["start_date"] - 1
    for code in ("ARR-035", "ARR-036", "ARR-038"):
        patch.also(code, patch.loan)
    patch.also("BUR-014", patch.only(~patch.facts.revolving[patch.of]).loan)
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


def _bureau_consent_of_nobody(patch: Patch) -> Selected:
    reported = patch.only(patch.loan["is_credit_reported"] == 1)
    reported.also("PRV-053", reported.loan)
    return absent("bureau")(patch)


def _iou_as_contract(patch: Patch) -> Selected:
    """The contract's number is that of the IOU, without the letters before it."""
    numbers = patch.block.number[patch.at]
    texts = [f"{patch.book.archetype.prefix}{number:0{NUMBERED_DIGITS}d}" for number in numbers]
    patch.loan["contract_no"] = literal(patch.book.texts.numbers(texts))
    return patch.loan


def _wrong_enhancer(patch: Patch) -> Selected:
    patch.also("PRC-045", patch.guarantee_fee)
    return written("loan", ["PTR-046"], enhancer_uscc=_WRONG_CODE)(patch)


_ELSEWHERE = ["PTR-017"]  # a bank's internet loans are applied for where it is
_WRONG_CODE = "91110000MA0000001X"
MISTAKES: tuple[Mistake, ...] = (
    Mistake("IDN-003", everyone, text_in("loan", "lender_uscc", "91110000MA0000001X")),
    Mistake("IDN-004", everyone, written("loan", _ELSEWHERE, lender_region="910101")),
    Mistake("IDN-005", everyone, written("loan", ["IDN-040"], borrower_region="000ABC")),
    Mistake("IDN-006", everyone, _wrong_check_character),
    Mistake("IDN-007", everyone, _matures_before_start),
    Mistake("IDN-008", lambda facts: facts.granted & facts.matures_later, _starts_after_the_report),
    Mistake("IDN-009", lambda facts: ~facts.late, _of_the_day_before),
    Mistake("IDN-010", on_time, _extended_until_no_day),
    Mistake("IDN-011", everyone, _penalty_of_nobody),
    Mistake("IDN-012", lambda facts: facts.instalment & facts.older, absent("instalment")),
    Mistake("IDN-013", has_sheet, _sheet_of_nobody),
    Mistake("IDN-014", lambda facts: facts.bureau, _bureau_consent_of_nobody),
    Mistake("IDN-015", lambda facts: facts.agreement, text_in("loan", "partner_agreement_no", "HZ-XX-99")),
    Mistake("IDN-016", everyone, written("loan", ["IDN-018"], licence_no="X0002H33010600A")),
    Mistake("IDN-018", everyone, text_in("loan", "licence_no", "X9999H110101001")),
    Mistake("IDN-020", everyone, text_in("loan", "lender_type", "OTHER")),
    Mistake("IDN-021", lambda facts: facts.enhanced & facts.guarantee_fee, _wrong_enhancer),
    Mistake("IDN-022", everyone, written("penalty", ["PRC-042"], collector_uscc=_WRONG_CODE)),
    Mistake("IDN-023", by_agency, written("contact", ["COL-007"], agency_uscc=_WRONG_CODE)),
    Mistake("IDN-029", everyone, written("loan", _ELSEWHERE, lender_region="190105")),
    Mistake("IDN-030", everyone, written("loan", _ELSEWHERE, lender_region="110100")),
    Mistake("IDN-031", everyone, text_in("loan", "borrower_region", "190105")),
    Mistake("IDN-032", everyone, text_in("loan", "borrower_region", "110100")),
    Mistake("IDN-033", everyone, text_in("loan", "borrower_region", "810000")),
    Mistake("IDN-034", everyone, written("loan", ["IDN-040"], borrower_region="000999")),
    Mistake("IDN-036", everyone, written("loan", _ELSEWHERE, apply_region="000344")),
    Mistake("IDN-037", everyone, written("loan", _ELSEWHERE, apply_region="190100")),
    Mistake("IDN-038", everyone, written("loan", _ELSEWHERE, apply_region="110000")),
    Mistake("IDN-039", everyone, written("loan", ["IDN-041"], nationality="XX")),
    Mistake("IDN-040", everyone, text_in("loan", "borrower_region", "000840")),
    Mistake("IDN-041", everyone, text_in("loan", "nationality", "US")),
    Mistake("IDN-042", everyone, written("loan", id_type="B06", nationality="US")),
    Mistake("IDN-043", everyone, text_in("loan", "id_type", "B09")),
    Mistake("IDN-044", everyone, cell_in("loan", "nationality", EMPTY)),
    Mistake("IDN-045", everyone, cell_in("loan", "birth_year", 2015)),
    Mistake("IDN-046", everyone, cell_in("loan", "birth_year", 1901)),
    Mistake("IDN-053", everyone, cell_in("loan", "is_related_party", EMPTY)),
    Mistake("IDN-054", on_time, _extended_into_the_past),
    Mistake("IDN-056", lambda facts: facts.settled, written("loan", last_paid_on=report_day(0))),
    Mistake("IDN-060", lambda facts: facts.revolving, _iou_as_contract),
    Mistake("IDN-061", everyone, written("loan", ["FLD-002"], product_class="F021")),
    Mistake("IDN-062", everyone, written("loan", ["FLD-002"], guarantee_type="C")),
    Mistake("IDN-063", everyone, text_in("loan", "currency", "RMB")),
)
