"""One lender's simulated book, and a block of its loans.

Belongs here: what does not change from block to block, and the facts that the rows of a block share. Not here: the
loan rows (loans), the chain of months (population), child rows (children).

Amounts are in cents, rates in percent times a million, dates in days since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loantape.simulate.archetypes import Archetype
from loantape.simulate.counters import key_of
from loantape.simulate.history import History
from loantape.simulate.population import Chain, Population, chain_of
from loantape.simulate.rows import Rows, columns_of
from loantape.simulate.texts import NAMES, PURPOSES, REGIONS, Texts, uscc

IDENTITY_COLUMNS = ("id_no", "phone", "name")
BIRTHDAYS = 14_600  # days from 1965 to 2004
COLLECTION = "COLLECTION"  # the service of agencies that collect


def month_days(first_month: int, months: int) -> np.ndarray:
    """The first day of each month from ``first_month`` (year * 12 + month - 1), in days since 1970."""
    start = np.datetime64("1970-01", "M") + (first_month - 1970 * 12)
    return (start + np.arange(months)).astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Agreement:
    """One partner agreement of the lender, as texts."""

    number: int
    uscc: int
    name: int


@dataclass(frozen=True)
class Block:
    """One block of loans: its rows and the columns that child rows need."""

    population: Population
    loan: Rows
    number: np.ndarray  # slot * 1000 + generation: the digits of IOU, contract, sheet and consent numbers
    method: np.ndarray
    amount: np.ndarray
    nominal: np.ndarray
    payment: np.ndarray  # level payment without fees
    upfront_fee: np.ndarray
    instalment_fee: np.ndarray
    all_in: np.ndarray
    penalty: np.ndarray
    open_balance: np.ndarray  # before a closure or write-off of this month
    due_principal: np.ndarray
    due_interest: np.ndarray
    start_date: np.ndarray
    due_day: np.ndarray
    started_at: np.ndarray  # seconds since 1970 when the cost sheet was shown
    read_seconds: np.ndarray
    agreement: np.ndarray  # index into Book.agreements, -1 for none
    shares_data: np.ndarray
    history: History
    interest: np.ndarray  # over the whole term
    ended_on: np.ndarray  # EMPTY while it lives


class Book:
    """Everything about one lender's simulated book that does not change from block to block."""

    def __init__(self, archetype: Archetype, seed: int, month: int) -> None:
        self.archetype = archetype
        self.month = month
        self.key = key_of(seed, archetype.number)
        self.people_key = key_of(seed, 0)
        self.chain: Chain = chain_of(archetype)
        self.texts = Texts(archetype.encoding)
        self.first_days = month_days(month - 1200, 1300)
        self.snapshot = int(self.first_days[1201]) - 1
        self.uscc = uscc(archetype.region, archetype.number * 1000 + 1)
        self.licence = f"X{archetype.number:04d}H{archetype.region}001"
        prefix = archetype.prefix
        numbered = {"iou_no": prefix, "contract_no": "HT" + prefix, "connected_group_id": "GL" + prefix}
        self.columns = columns_of("loan", self.texts, numbered, IDENTITY_COLUMNS)
        self.names = self.texts.numbers(NAMES)
        self.regions = self.texts.numbers(REGIONS)
        self.own_regions = self.texts.numbers([one for one in REGIONS if one[:2] == archetype.region[:2]])
        self.region_numbers = np.array([int(region) for region in REGIONS], np.int64)
        self.purpose_codes = self.texts.numbers([code for code, _ in PURPOSES])
        self.purpose_texts = self.texts.numbers([text for _, text in PURPOSES])
        birthdays = (np.datetime64("1965-01-01") + np.arange(BIRTHDAYS)).astype(str)
        self.birthdays = np.array([int(day.replace("-", "")) for day in birthdays], np.int64)
        self.branches = self.texts.numbers([f"B{number:03d}" for number in range(1, 6)])
        self.classes = self.texts.numbers(["0", "1", "2", "3", "4", "5"])
        self.agreements = tuple(
            Agreement(
                self.texts.number(f"HZ-{prefix}-{place:02d}"),
                self.texts.number(uscc(partner.region, archetype.number * 1000 + 500 + place)),
                self.texts.number(partner.name),
            )
            for place, partner in enumerate(archetype.partners, 1)
        )
        services = [partner.service for partner in archetype.partners]
        self.usable = np.array([place for place, service in enumerate(services) if service == services[0]])
        self.agency = self.agreements[services.index(COLLECTION)]

    def day(self, months: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Days since 1970 of a day in each month (month numbers)."""
        return self.first_days[months - self.month + 1200] + day - 1

    def of_product(self, product: np.ndarray, what: str) -> np.ndarray:
        """A number each product declares, per loan."""
        return np.array([int(getattr(one, what)) for one in self.archetype.products], np.int64)[product]

    def text_of_product(self, product: np.ndarray, what: str) -> np.ndarray:
        """A text each product declares, per loan."""
        return self.texts.numbers([getattr(one, what) for one in self.archetype.products])[product]
