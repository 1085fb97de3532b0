"""Errors that can be planted: what the fields say."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import YUAN, cell_in, everyone, joint, text_in, written
from loantape.simulate.planting import Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY, TWICE

NORMAL = 1  # the risk class; of a worse one a provision is asked


def _region_too_long(patch: Patch) -> Selected:
    patch.loan["lender_region"] = patch.text("1101011")
    patch.also("IDN-004", patch.loan)
    patch.also("PTR-017", patch.only(patch.facts.internet[patch.of]).loan)
    return patch.loan


def _consent_twice(patch: Patch) -> Selected:
    patch.general.become(TWICE)
    patch.also("FLD-005", patch.general, 1)
    return patch.general


MISTAKES: tuple[Mistake, ...] = (
    Mistake("FLD-001", everyone, cell_in("loan", "branch_no", EMPTY)),
    Mistake("FLD-001", everyone, cell_in("loan", "is_first_loan", EMPTY)),
    Mistake("FLD-001", everyone, cell_in("loan", "borrower_region", EMPTY)),
    Mistake("FLD-001", everyone, cell_in("interest", "fee_item_name", EMPTY)),
    Mistake("FLD-002", everyone, text_in("loan", "purpose_code", "GAMBLING")),
    Mistake("FLD-002", everyone, text_in("loan", "channel", "STREET")),
    Mistake("FLD-002", everyone, text_in("penalty", "fee_method", "LATER")),
    Mistake("FLD-003", lambda facts: facts.grade == NORMAL, cell_in("loan", "provision_amount", -1 * YUAN)),
    Mistake("FLD-003", everyone, written("loan", ["IDN-046"], birth_year=1850)),
    Mistake("FLD-003", joint, cell_in("loan", "partner_share_fraction", 120_000_000)),
    Mistake("FLD-004", everyone, written("loan", ["IDN-016", "IDN-018"], licence_no="X0000H00000000001")),
    Mistake("FLD-004", everyone, text_in("loan", "purpose_text", "日常消费" * 251)),
    Mistake("FLD-004", everyone, _region_too_long),
    Mistake("FLD-005", everyone, _consent_twice),
)
