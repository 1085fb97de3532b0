"""The limits in force on each row's own day, for indicators that judge loan by loan.

Belongs here: looking a dated limit up from inside an indicator's body. Not here: the limits (schemas/limits), or the
limit that a whole figure is held against, which its declaration names.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from loantape.limits import LimitsAt, load


def in_force(limit: str, lender_type: Any, on: Any) -> Any:
    """The value of a limit for each row's kind of lender on each row's date; null where none is in force.

    ``lender_type`` and ``on`` are Ibis columns; a limit that holds for every kind of lender takes "" for the kind.
    """
    return _limits().by(limit, lender_type, on)


def multiple_in_force(limit: str, lender_type: Any, on: Any) -> Any:
    """Like ``in_force``, but a multiple as it is declared, for rows that know what it is a multiple of."""
    return _limits().multiple(limit, lender_type, on)


@cache
def _limits() -> LimitsAt:
    # the reporting date plays no part: every row brings its own
    return LimitsAt(load(), date.min)
