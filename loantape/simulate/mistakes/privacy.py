"""Errors that can be planted: privacy."""

from __future__ import annotations

from loantape.simulate.mistakes.tools import DAY_SECONDS, everyone, gone, text_in
from loantape.simulate.planting import Mistake, Patch, Selected


def _consent_late(patch: Patch) -> Selected:
    patch.general["consented_at"] = patch.general["consented_at"] + 2 * DAY_SECONDS
    return patch.loan


def _consent_ends_early(patch: Patch) -> Selected:
    patch.general["auth_to"] = patch.general["auth_from"] - 1
    return patch.general


def _withdrawn_before_start(patch: Patch) -> Selected:
    patch.general["withdrawn_at"] = (patch.loan["start_date"] - 1) * DAY_SECONDS + 3_600
    return patch.general


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRV-001", everyone, _consent_late),
    Mistake("PRV-001", everyone, gone("general")),
    Mistake("PRV-002", lambda facts: facts.with_partner, gone("share")),
    Mistake("PRV-003", everyone, _consent_ends_early),
    Mistake("PRV-004", everyone, _withdrawn_before_start),
    Mistake("PRV-005", everyone, text_in("loan", "purpose_text", "装修，身份证110101199001011237")),
    Mistake("PRV-006", everyone, text_in("loan", "purpose_text", "联系电话13800000000")),
)
