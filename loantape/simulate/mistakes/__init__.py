"""The errors that can be planted, each with the findings it causes; one module per topic of the rule book.

Belongs here: what is changed in the rows of a loan. Not here: errors of the small tables (parties), who gets which
error (planting). An error touches as little as it can, so that it causes one finding where that is possible.
"""

from __future__ import annotations

from loantape.simulate.mistakes import (
    arrears,
    arrears_terms,
    borrowers,
    bureau,
    classification,
    collection,
    complaints,
    disclosure,
    fields,
    identifiers,
    identity,
    movements,
    partners,
    pricing,
    pricing_items,
    privacy,
    products,
    reading,
    schedule,
)
from loantape.simulate.planting import Mistake

MISTAKES: tuple[Mistake, ...] = (
    *reading.MISTAKES,
    *fields.MISTAKES,
    *identity.MISTAKES,
    *borrowers.MISTAKES,
    *pricing.MISTAKES,
    *pricing_items.MISTAKES,
    *schedule.MISTAKES,
    *disclosure.MISTAKES,
    *privacy.MISTAKES,
    *identifiers.MISTAKES,
    *collection.MISTAKES,
    *complaints.MISTAKES,
    *arrears.MISTAKES,
    *arrears_terms.MISTAKES,
    *classification.MISTAKES,
    *bureau.MISTAKES,
    *partners.MISTAKES,
    *products.MISTAKES,
    *movements.MISTAKES,
)
