"""What came before a month-end: the last 24 months of arrears, the month before, when it was last paid, first late,
restructured and classed otherwise.

Belongs here: a second walk over the months of the loan that stands in a slot, from the draws of the first one
(population). Not here: which loan that is, amounts and texts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from loantape.compiled import kernel
from loantape.simulate.counters import MILLION, below, mix
from loantape.simulate.population import MOVE, Chain, Population

MONTHS = 24
REWORKED_FROM = 4  # instalments in arrears when a loan may be restructured
_NOT_OPEN, _NOTHING_DUE, _PAID, _CLOSED, _OTHERWISE = (ord(code) for code in "/*NCG")
_ZERO, _MOST = ord("0"), 7  # bucket b is 30 * (b - 1) + 1 to 30 * b days late; 7 stands for all from 181 days on
_DAYS_OF_CLASS = (0, 90, 270, 360)  # classes 2 to 5 begin above: 2023 No. 1 order [B-H]


class History(NamedTuple):
    """One value per slot. Months are month numbers, 0 where there is none."""

    paid_before: np.ndarray  # instalments paid by the month before
    bucket_before: np.ndarray
    last_current_before: np.ndarray
    last_paid: np.ndarray  # month of the last payment
    first_late: np.ndarray  # first month with something in arrears at its end
    reworked: np.ndarray  # month in which it was restructured
    grade: np.ndarray  # risk class, 1 to 5
    grade_before: np.ndarray  # class before the last change, 0 if it never changed
    grade_changed: np.ndarray  # month of that change


def history_of(
    chain: Chain,
    key: np.uint64,
    people: Population,
    month: int,
    first_days: np.ndarray,
    due_day: np.ndarray,
    may_rework: np.ndarray,
) -> tuple[History, np.ndarray]:
    """The history of each slot's loan at the end of ``month``, and its status of the last 24 months as characters.

    ``first_days[m - month + 1200]`` is the first day of month m. The statuses are (loans, 24) bytes, the oldest month
    first, in the codes of the credit bureau's first generation [S].
    """
    out = np.zeros((len(History._fields), people.slot.size), np.int64)
    status = np.empty((people.slot.size, MONTHS), np.uint8)
    grace = np.where(chain.at_maturity[people.product] == 1, people.term - 1, 0)
    _replay(
        chain.thresholds, key, people.slot, people.generation, people.start_month, grace, people.instalments, month,
        first_days, due_day, may_rework, out, status,
    )  # fmt: skip
    return History(*out), status


@kernel
def _replay(
    thresholds: np.ndarray,
    key: np.uint64,
    slots: np.ndarray,
    generations: np.ndarray,
    starts: np.ndarray,
    graces: np.ndarray,
    counts: np.ndarray,
    last_month: int,
    first_days: np.ndarray,
    due_day: np.ndarray,
    may_rework: np.ndarray,
    out: np.ndarray,
    status: np.ndarray,
) -> None:
    written_off, closed = thresholds.shape[0], thresholds.shape[0] + 1
    for i in range(slots.size):
        moves = mix(mix(mix(key, slots[i]), 1000 + generations[i]), MOVE)
        month = starts[i]
        paid, bucket, current = 0, 0, month
        paid_before, bucket_before, current_before = 0, 0, month
        last_paid, first_late, reworked, grade, grade_before, changed = 0, 0, 0, 1, 0, 0
        for place in range(MONTHS):
            status[i, place] = _NOT_OPEN
        if month > last_month - MONTHS:
            status[i, month - last_month + MONTHS - 1] = _NOTHING_DUE
        while month < last_month:
            month += 1
            paid_before, bucket_before, current_before = paid, bucket, current
            elapsed = month - starts[i] - graces[i]
            code, now, over = _NOTHING_DUE, 1, False
            if elapsed > 0:
                draw = below(mix(moves, month), MILLION)
                target = 0
                while target < closed and draw >= thresholds[bucket, target]:
                    target += 1
                over = target >= written_off or elapsed - target >= counts[i]
                if target == written_off:
                    code, now = _OTHERWISE, 5
                elif over:
                    code, last_paid = _CLOSED, month
                    if target != closed:
                        paid = counts[i]
                else:
                    if elapsed - target > paid:
                        last_paid = month
                    paid, bucket = elapsed - target, target
                    code = _PAID if bucket == 0 else _ZERO + min(bucket, _MOST)
            if bucket > 0 and not over:
                if first_late == 0:
                    first_late = month
                if bucket >= REWORKED_FROM and may_rework[i] and reworked == 0:
                    reworked = month
                at = month - last_month + 1200
                days = first_days[at + 1] - first_days[at - bucket + 1] - due_day[i]
                for least in _DAYS_OF_CLASS:
                    now += days > least
            if reworked > 0:
                now = max(now, 2)
            if now != grade:
                grade_before, changed = grade, month
                grade = now
            if bucket == 0 and not over:
                current = month
            if month > last_month - MONTHS:
                status[i, month - last_month + MONTHS - 1] = code
        out[0, i] = paid_before
        out[1, i] = bucket_before
        out[2, i] = current_before
        out[3, i] = last_paid
        out[4, i] = first_late
        out[5, i] = reworked
        out[6, i] = grade
        out[7, i] = grade_before
        out[8, i] = changed
