"""The ordinary loan, fast: one advance, then payments in time order, its rate not next to zero.

Belongs here: one kernel that calls none and copies nothing. Not here: any other loan (``solve`` takes what this leaves
PENDING), or another equation: the steps are those of ``roots``, written out because calls cost as much as the sums.
"""

from __future__ import annotations

import math

from loantape.compiled import kernel

PENDING = -1
_ONE = 0
_LEVEL = 0.01  # |ln(paid/got)| below which digits need more care than here
_REACH = 15.0  # |x| beyond which discounts may vanish
_FAR = 600.0  # likewise |x| times the span
_STEPS_MAX = 12


@kernel
def plain_loans(first, last, offsets, amounts, whole, growth, outcome):  # type: ignore[no-untyped-def]
    """Growth of every loan of the ordinary kind, outcome 0; PENDING for the others."""
    for i in range(first, last):
        outcome[i] = PENDING
        start, stop = offsets[i], offsets[i + 1]
        if stop - start < 2:
            continue
        begin, got = whole[start], 0.0
        while start < stop and whole[start] == begin:
            got += amounts[start]
            start += 1
        if got == 0.0 or start == stop:
            continue
        s0 = s1 = s2 = 0.0
        before, share = begin, -1.0 / got
        good = True
        for j in range(start, stop):
            paid, at = amounts[j] * share, whole[j]
            good &= (paid > 0.0) & (at >= before)
            before = at
            h = at - begin
            s0 += paid
            s1 += paid * h
            s2 += paid * h * h
        if not good:
            continue
        span = before - begin
        level = math.log(s0)
        if abs(level) < _LEVEL:
            continue
        mean = s1 / s0
        x = level / mean
        x *= max(0.5, min(2.0, 1.0 + 0.5 * (s2 / s0 - mean * mean) * x / mean))
        for _ in range(_STEPS_MAX):
            if abs(x) > _REACH or abs(x) * span > _FAR:
                break
            s0 = s1 = s2 = 0.0
            for j in range(start, stop):
                h = whole[j] - begin
                d = amounts[j] * math.exp(-h * x)
                s0 += d
                d *= h
                s1 += d
                s2 += d * h
            mean = s1 / s0
            g = math.log(s0 * share)
            bend = s2 / s0 - mean * mean
            divisor = mean - 0.5 * g * bend / mean
            step = g / (divisor if divisor > 0.0 else mean)
            x += step
            if abs(step) * (span * abs(step)) * (span * abs(step)) <= 1e-15 * abs(x):
                growth[i] = x
                outcome[i] = _ONE
                break
