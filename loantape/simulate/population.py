"""Which loan stands in which slot at a month-end, and how far it has been paid.

Belongs here: the monthly chain of births, payments, arrears, closures and write-offs. Not here: amounts and texts.

A book of N loans is N slots. Each slot holds one loan at a time; the month after a loan closes or is written off, the
slot's next loan is granted. So every month-end has N rows, and what a slot holds depends on its own draws only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from loantape.compiled import kernel
from loantape.simulate.archetypes import Archetype
from loantape.simulate.counters import MILLION, below, mix

EPOCH = 2023 * 12  # January 2023 as a month number (year * 12 + month - 1): the first slots are filled then
FILLING = 24  # months until every slot has had its first loan
FIRST_MONTH = EPOCH + FILLING  # the first month-end that can be simulated

# what draws are for
(FIRST_START, PARTNERED, PRODUCT, TERM, MOVE) = range(1, 6)
ALIVE, ENDED, DISPOSED = 0, 1, 2


class Chain(NamedTuple):
    """An archetype as the arrays the chain reads."""

    thresholds: np.ndarray  # [bucket, target]: cumulative parts per million of the roll-rate matrix
    shares: np.ndarray  # [class, product]: cumulative parts per million, class 0 own, 1 partnered
    terms: np.ndarray  # [product, choice]: months
    term_choices: np.ndarray  # [product]
    at_maturity: np.ndarray  # [product]: 1 where everything falls due at the end
    partnered_slots: int
    first_partnered_slot: int


class Population(NamedTuple):
    """One value per slot. Months are month numbers; instalments count from 1."""

    slot: np.ndarray
    generation: np.ndarray
    start_month: np.ndarray
    product: np.ndarray
    term: np.ndarray  # months from grant to maturity
    instalments: np.ndarray  # 1 where everything falls due at maturity
    elapsed: np.ndarray  # instalments that would have fallen due had the schedule no end
    paid: np.ndarray  # instalments paid
    bucket: np.ndarray  # elapsed - paid
    ever_missed: np.ndarray  # instalments ever in arrears at a month-end
    worst: np.ndarray  # highest bucket so far
    last_current: np.ndarray  # last month with nothing in arrears
    outcome: np.ndarray  # ALIVE, ENDED or DISPOSED in this month


def chain_of(archetype: Archetype) -> Chain:
    """The archetype's parameters as arrays."""
    products = archetype.products
    shares = np.zeros((2, len(products)), np.int64)
    for number, product in enumerate(products):
        shares[int(product.partnered), number] = product.share
    longest = max(len(product.terms) for product in products)
    terms = np.array([(p.terms + p.terms[-1:] * longest)[:longest] for p in products], np.int64)
    return Chain(
        np.cumsum(archetype.rolls.matrix(), axis=1),
        np.cumsum(shares, axis=1),
        terms,
        np.array([len(p.terms) for p in products], np.int64),
        np.array([int(p.repay_method == "BULLET") for p in products], np.int64),
        archetype.partnered_slots,
        archetype.first_partnered_slot,
    )


def populate(chain: Chain, key: np.uint64, slots: np.ndarray, month: int) -> Population:
    """The loans in some slots at the end of ``month``: a function of the key, the slot and the month."""
    out = np.empty((len(Population._fields), slots.size), np.int64)
    _walk(chain, key, slots, month, out)
    return Population(*out)


@kernel
def _choose(cumulative: np.ndarray, draw: int) -> int:
    for choice in range(cumulative.size - 1):
        if draw < cumulative[choice]:
            return choice
    return cumulative.size - 1


@kernel
def _walk(chain: Chain, key: np.uint64, slots: np.ndarray, last_month: int, out: np.ndarray) -> None:
    buckets = chain.thresholds.shape[0]
    written_off, closed = buckets, buckets + 1
    for i in range(out.shape[1]):
        slot = slots[i]
        own = mix(key, slot)
        start = EPOCH + below(mix(own, FIRST_START), FILLING)
        partnered = 0
        if slot >= chain.first_partnered_slot and below(mix(own, PARTNERED), MILLION) < chain.partnered_slots:
            partnered = 1
        generation = 0
        while True:
            loan = mix(own, 1000 + generation)
            product = _choose(chain.shares[partnered], below(mix(loan, PRODUCT), MILLION))
            term = chain.terms[product, below(mix(loan, TERM), chain.term_choices[product])]
            grace = 0
            instalments = term
            if chain.at_maturity[product] == 1:
                grace = term - 1
                instalments = 1
            moves = mix(loan, MOVE)
            elapsed, paid, bucket, missed, worst = 0, 0, 0, 0, 0
            last_current = start
            outcome = ALIVE
            month = start
            while month < last_month:
                month += 1
                elapsed = max(0, month - start - grace)
                if elapsed > 0:
                    target = _choose(chain.thresholds[bucket], below(mix(moves, month), MILLION))
                    if target == written_off:
                        outcome = DISPOSED
                        break
                    if target == closed:
                        outcome = ENDED
                        break
                    paid = elapsed - target
                    if paid >= instalments:
                        paid = instalments
                        outcome = ENDED
                        break
                    bucket = target
                    worst = max(worst, bucket)
                    if bucket > 0 and elapsed <= instalments:
                        missed += 1
                if bucket == 0:
                    last_current = month
            if outcome == ALIVE or month == last_month:
                break
            start = month + 1
            generation += 1
        out[0, i] = slot
        out[1, i] = generation
        out[2, i] = start
        out[3, i] = product
        out[4, i] = term
        out[5, i] = instalments
        out[6, i] = elapsed
        out[7, i] = paid
        out[8, i] = bucket
        out[9, i] = missed
        out[10, i] = worst
        out[11, i] = last_current
        out[12, i] = outcome
