"""Errors that can be planted: two loans of one borrower, or under one contract, that contradict each other.

Belongs here: what a loan takes from the loan beside it (``Facts.beside``: that of the other slot of a pair, which
has no error of its own). The finding is on both loans. Not here: the form of a pseudonym (IDN-047), which the machine
makes itself while it reads.
"""

from __future__ import annotations

import numpy as np

from loantape.simulate.mistakes.tools import YUAN
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

_SMALL = 90_000 * YUAN  # two such loans stay within every cap per borrower
_OF_THE_PERSON = ("id_type", "id_no", "birth_year", "nationality", "is_related_party", "connected_group_id")
_ANOTHER_GROUP = 1 << 40


def _beside(facts: Facts) -> np.ndarray:
    """Loans that may be one borrower's, neither of them in a group of connected borrowers."""
    loan, other = facts.loan, facts.beside
    small = (loan["balance_amount"] <= _SMALL) & (other["balance_amount"] <= _SMALL)
    return facts.has_beside & small & (loan["connected_group_id"] == EMPTY)


def _in_a_group(facts: Facts) -> np.ndarray:
    loan, other = facts.loan, facts.beside
    small = (loan["balance_amount"] <= _SMALL) & (other["balance_amount"] <= _SMALL)
    return facts.has_beside & small & (loan["connected_group_id"] != EMPTY)


def _granted_later(facts: Facts) -> np.ndarray:
    return _beside(facts) & (facts.loan["start_date"] > facts.beside["start_date"])


def _on_both(patch: Patch, code: str) -> Selected:
    patch.also(code, patch.beside)
    return patch.loan


def _one_borrower(patch: Patch) -> None:
    """The loan is its neighbour's borrower's, and says of that borrower what the neighbour says."""
    loan, other = patch.loan, patch.beside
    for column in _OF_THE_PERSON:
        loan[column] = other[column]
    loan["is_first_loan"] = 0
    first_no_more = (other["is_first_loan"] == 1) & (loan["start_date"] < other["start_date"])
    patch.also("IDN-052", patch.only(first_no_more).beside)


def _one_contract(patch: Patch) -> None:
    patch.loan["contract_no"] = patch.beside["contract_no"]


def _born_twice(patch: Patch) -> Selected:
    _one_borrower(patch)
    patch.loan["birth_year"] = patch.beside["birth_year"] + 1
    return _on_both(patch, "IDN-048")


def _of_two_nations(patch: Patch) -> Selected:
    _one_borrower(patch)
    patch.loan["nationality"] = patch.text("US")
    patch.also("IDN-041", patch.loan)
    return _on_both(patch, "IDN-049")


def _in_two_groups(patch: Patch) -> Selected:
    _one_borrower(patch)
    patch.loan["connected_group_id"] = patch.beside["connected_group_id"] + _ANOTHER_GROUP
    return _on_both(patch, "IDN-050")


def _related_and_not(patch: Patch) -> Selected:
    _one_borrower(patch)
    patch.loan["is_related_party"] = 1
    return _on_both(patch, "IDN-051")


def _first_but_later(patch: Patch) -> Selected:
    _one_borrower(patch)
    patch.loan["is_first_loan"] = 1
    return patch.loan


def _contract_of_two(patch: Patch) -> Selected:
    _one_contract(patch)
    return _on_both(patch, "IDN-057")


def _contract_in_two_currencies(patch: Patch) -> Selected:
    _one_borrower(patch)
    _one_contract(patch)
    patch.loan["currency"] = patch.text("USD")
    return _on_both(patch, "IDN-058")


def _contract_with_two_lenders(patch: Patch) -> Selected:
    _one_borrower(patch)
    _one_contract(patch)
    patch.loan["lender_uscc"] = patch.book.agreements[0].uscc
    patch.also("IDN-003", patch.loan)
    return _on_both(patch, "IDN-059")


MISTAKES: tuple[Mistake, ...] = (
    Mistake("IDN-048", _beside, _born_twice),
    Mistake("IDN-049", _beside, _of_two_nations),
    Mistake("IDN-050", _in_a_group, _in_two_groups),
    Mistake("IDN-051", _beside, _related_and_not),
    Mistake("IDN-052", _granted_later, _first_but_later),
    Mistake("IDN-057", lambda facts: facts.has_beside, _contract_of_two),
    Mistake("IDN-058", _beside, _contract_in_two_currencies),
    Mistake("IDN-059", _beside, _contract_with_two_lenders),
)
