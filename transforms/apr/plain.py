"""The ordinary loan, fast: one advance, then payments in time order, its rate not next to zero.

Belongs here: one kernel that copies nothing. Not here: any other loan (``solve`` takes what this leaves
PENDING), or another equation: the steps are those of ``roots``, written out because calls cost as much as the sums.
"""

from __future__ import annotations

import math

from loantape.compiled import inlined, kernel

PENDING = -1
_ONE = 0
_LEVEL = 0.01  # |ln(paid/got)| below which digits need more care than here
_REACH = 15.0  # |x| beyond which discounts may vanish
_FAR = 600.0  # likewise |x| times the span
_STEPS_MAX = 12
_ERROR = 1e-14  # of x: what the last step may leave


@inlined
def _shape(s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Half the variance of the times and a sixth of their third cumulant, both over their mean."""
    mean, square = s1 / s0, s2 / s0
    return 0.5 * (square / mean - mean), (s3 / s0 / mean - 3.0 * square + 2.0 * mean * mean) / 6.0


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
        s0 = s1 = s2 = s3 = 0.0
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
            s3 += paid * h * h * h
        if not good:
            continue
        span = before - begin
        level = math.log(s0)
        if abs(level) < _LEVEL:
            continue
        mean = s1 / s0
        x = level / mean
        # the level's series in x, turned round as far as the third cumulant
        half, third = _shape(s0, s1, s2, s3)
        x *= max(0.5, min(2.0, 1.0 + half * x + (2.0 * half * half - third) * x * x))
        for _ in range(_STEPS_MAX):
            if abs(x) > _REACH or abs(x) * span > _FAR:
                break
            s0 = s1 = s2 = s3 = 0.0
            for j in range(start, stop):
                h = whole[j] - begin
                d = amounts[j] * math.exp(-h * x)
                s0 += d
                d *= h
                s1 += d
                d *= h
                s2 += d
                s3 += d * h
            mean = s1 / s0
            g = math.log(s0 * share)
            half, third = _shape(s0, s1, s2, s3)
            bent = 1.0 - g * half / mean
            step = g / (mean * bent if bent > 0.0 else mean)
            x += step
            # Halley's step leaves this times its third power
            if (half * half + abs(third)) * abs(step) * step * step <= _ERROR * abs(x):
                growth[i] = x
                outcome[i] = _ONE
                break
