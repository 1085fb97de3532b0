"""Who borrows: identity numbers and what else is a person's own.

Belongs here: which person stands behind a slot, and that no two slots of a book have the same one. Not here: loans.

An identity number is six digits of a region, eight of a birthday and three of a sequence (GB 11643-1999), 291 million
in the regions and years used here: drawn at random, a million borrowers would hold some hundreds of them twice. So each
lender has a band of sequences of its own, the persons who borrow from every lender another one, and a slot's place in
its band is a permutation of the slots.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from loantape.compiled import kernel
from loantape.simulate.book import BIRTHDAYS, Book
from loantape.simulate.counters import below, mix, uniform
from loantape.simulate.texts import REGIONS

# what draws are for
(SHUFFLE, PHONE, NAME, SHARED) = range(51, 55)
_BANDS = 9  # of sequences: the shared persons' and those of eight lenders
_BAND = 999 // _BANDS
PERSONS = BIRTHDAYS * len(REGIONS) * _BAND  # in a band: as many slots have a person of their own
_SHARED_IN_TEN = 3  # persons in ten that are customers of every simulated lender: the same slot, the same person
_HALF = 13  # bits: 2^26 is the next even power above PERSONS
_ROUNDS = 4


class Persons(NamedTuple):
    """One value per slot: ``home`` is a place in REGIONS, ``identity`` the 17 digits before the check character."""

    home: np.ndarray
    birthday: np.ndarray  # eight digits
    identity: np.ndarray
    phone: np.ndarray
    name: np.ndarray


def persons_of(book: Book, slots: np.ndarray) -> Persons:
    """The borrowers of some slots: the same at every month-end, and nobody twice in a book of PERSONS loans."""
    shared = uniform(book.people_key, slots, SHARED, 10) < _SHARED_IN_TEN
    lender = book.archetype.number
    place = np.where(shared, _scattered(book.people_key, slots), _scattered(book.key, slots))
    band = np.where(shared, 0, lender)
    person = band * PERSONS + place
    sequence, rest = place % _BAND, place // _BAND
    home, birthday = rest % len(REGIONS), book.birthdays[rest // len(REGIONS)]
    identity = (book.region_numbers[home] * 100_000_000 + birthday) * 1_000 + band * _BAND + sequence + 1
    phone = 19_900_000_000 + uniform(book.people_key, person, PHONE, 100_000_000)
    name = book.names[uniform(book.people_key, person, NAME, book.names.size)]
    return Persons(home, birthday, identity, phone, name)


@kernel
def _scattered(key: np.uint64, numbers: np.ndarray) -> np.ndarray:
    """A permutation of the numbers below PERSONS: a Feistel network (H. Feistel 1973), walked until it is below."""
    own = mix(key, SHUFFLE)
    mask = (1 << _HALF) - 1
    out = np.empty(numbers.size, np.int64)
    for i in range(numbers.size):
        value = numbers[i]
        while True:
            left, right = value >> _HALF, value & mask
            for turn in range(_ROUNDS):
                left, right = right, left ^ below(mix(own, (right << 3) | turn), 1 << _HALF)
            value = (left << _HALF) | right
            if value < PERSONS:
                break
        out[i] = value
    return out
