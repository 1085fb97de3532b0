"""Contacts to collect what is overdue, and complaints.

Belongs here: rows that only some loans have in a month. Not here: rows that every loan has (children).
"""

from __future__ import annotations

import numpy as np

from loantape.simulate.book import Block, Book
from loantape.simulate.counters import MILLION, uniform
from loantape.simulate.population import ALIVE
from loantape.simulate.rows import EMPTY, Columns, Rows

CONTACTS = 2  # rows per loan in arrears
(CONTACT_DAY, CONTACT_TIME, CONTACT_METHOD, COMPLAINS, RECEIVED, TOPIC, HOW_LONG, EXTENDED, RESULT) = range(110, 119)
_METHODS = ("PHONE", "PHONE", "PHONE", "MESSAGE", "APP", "LETTER")
_AGENCY_FROM, _COURT_FROM = 3, 10  # instalments in arrears
_EARLIEST, _LATEST = 8 * 3_600 + 1_800, 21 * 3_600  # a guide of 2026 forbids 22:00 to 08:00 [S]
_COMPLAINTS, _COMPLAINTS_LATE = 2_000, 10_000  # parts per million of the loans, a month
_EXTENDED_SHARE = 150_000
_TOPICS = ("PRICING", "COLLECTION", "PRIVACY", "SERVICE", "OTHER")
_RESULTS = ("UPHELD", "PARTLY", "REJECTED", "REJECTED", "WITHDRAWN")
_AGES = 100  # months a loan may live, in the numbers of contacts and complaints


def contacts_of(book: Book, columns: Columns, block: Block) -> Rows:
    """Two contacts in the month with the borrower of each loan in arrears, after its instalment fell due."""
    people, text = block.population, book.texts.number
    late = np.flatnonzero((people.outcome == ALIVE) & (people.bucket > 0))
    rows = Rows(columns, late.size * CONTACTS)
    owner = np.repeat(late, CONTACTS)
    place = np.tile(np.arange(CONTACTS), late.size)
    number = _numbers(book, block)[owner] + place
    bucket = people.bucket[owner]
    begins = np.where(bucket == 1, block.due_day[owner], 0)  # an instalment of this month is late after its day
    length = np.where(bucket == 1, 3, 28)
    day = begins + 1 + (uniform(book.key, number, CONTACT_DAY, 1 << 31) * length >> 31)
    second = _EARLIEST + uniform(book.key, number, CONTACT_TIME, _LATEST - _EARLIEST)
    outsourced = (bucket >= _AGENCY_FROM) & (bucket < _COURT_FROM)
    stage = np.where(outsourced, text("OUTSOURCED"), text("INTERNAL"))
    method = book.texts.numbers(_METHODS)[uniform(book.key, number, CONTACT_METHOD, len(_METHODS))]
    rows["contact_id"] = number
    rows["iou_no"] = block.number[owner]
    rows["contacted_at"] = book.day(np.array(book.month), day) * 86_400 + second
    rows["contact_method"] = method
    rows["collection_stage"] = np.where(bucket >= _COURT_FROM, text("LEGAL"), stage)
    rows["agency_uscc"] = np.where(outsourced, book.agency.uscc, EMPTY)
    rows["agency_name"] = np.where(outsourced, book.agency.name, EMPTY)
    rows["is_third_party"] = rows["has_night_consent"] = 0
    rows["is_recorded"] = 1
    return rows


def complaints_of(book: Book, columns: Columns, block: Block) -> Rows:
    """Complaints received in the month, and those of the month before that were still open when it began.

    Decided within 15 days, or within 30 after one extension: 银保监会令2020年第3号 [B-H].
    """
    people = block.population
    numbers = _numbers(book, block)
    age = book.month - people.start_month
    found = []
    for ago in (1, 0):
        number = numbers - ago * 10
        rate = np.where(people.bucket > 0, _COMPLAINTS_LATE, _COMPLAINTS) if ago == 0 else _rate_before(block)
        complains = uniform(book.key, number, COMPLAINS, MILLION) < rate
        at = np.flatnonzero(complains & (age > ago))
        number = number[at]
        received = book.day(np.array(book.month - ago), 1 + uniform(book.key, number, RECEIVED, 28))
        extended = uniform(book.key, number, EXTENDED, MILLION) < _EXTENDED_SHARE
        decided = received + np.where(extended, 16, 2) + uniform(book.key, number, HOW_LONG, 13)
        # a complaint of a loan that ended is not carried into the next month, where its slot has another loan
        carried = decided >= book.first_days[1200]
        shown = carried if ago else (decided <= book.snapshot) | (people.outcome[at] == ALIVE)
        found.append(np.stack([at, number, received, extended, decided])[:, shown])
    every = np.concatenate(found, axis=1)
    at, number, received, extended, decided = every[:, np.argsort(every[0], kind="stable")]
    rows = Rows(columns, at.size)
    done = decided <= book.snapshot
    topics, results = book.texts.numbers(_TOPICS), book.texts.numbers(_RESULTS)
    rows["complaint_no"] = number
    rows["iou_no"] = block.number[at]
    rows["complaint_topic"] = topics[uniform(book.key, number, TOPIC, len(_TOPICS))]
    rows["received_on"] = received
    rows["is_extended"] = extended
    rows["is_extended_again"] = 0
    rows["decided_on"] = rows["told_on"] = np.where(done, decided, EMPTY)
    rows["complaint_result"] = np.where(done, results[uniform(book.key, number, RESULT, len(_RESULTS))], EMPTY)
    return rows


def _rate_before(block: Block) -> np.ndarray:
    return np.where(block.history.bucket_before > 0, _COMPLAINTS_LATE, _COMPLAINTS)


def _numbers(book: Book, block: Block) -> np.ndarray:
    """One number per loan and month, with room for ten rows of the month."""
    return (block.number * _AGES + book.month - block.population.start_month) * 10
