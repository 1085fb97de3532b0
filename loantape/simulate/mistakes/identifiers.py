"""Errors that can be planted: persons named in texts, each kind of identifier in each table that loans have rows in.

Not here: texts of institutions and partners (branches, agreements), and a complaint's number (PRV-176), the only text
of a complaint and its key, which a finding must not repeat.
"""

from __future__ import annotations

import numpy as np

from loantape.simulate.mistakes.tools import everyone, has_sheet, text_in
from loantape.simulate.planting import Facts, Mistake
from loantape.simulate.texts import PERSONAL_TEXTS


def _contacted(facts: Facts) -> np.ndarray:
    return facts.has_contact


def _codes(first: int, last: int) -> list[str]:
    return [f"PRV-{number}" for number in range(first, last + 1)]


_PLACES = (
    (["PRV-005", "PRV-101", "PRV-006", *_codes(102, 109)], everyone, "loan", "purpose_text"),
    (_codes(110, 120), everyone, "penalty", "fee_trigger"),
    (_codes(121, 131), everyone, "general", "purpose_text"),
    (_codes(154, 164), _contacted, "contact", "agency_name"),
    (_codes(165, 175), has_sheet, "sheet", "cost_sheet_version"),
)

MISTAKES: tuple[Mistake, ...] = tuple(
    Mistake(code, fits, text_in(part, column, text))
    for codes, fits, part, column in _PLACES
    for code, text in zip(codes, PERSONAL_TEXTS, strict=True)
)
