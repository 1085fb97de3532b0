"""The ordinary loan, fast: one advance, then payments in time order, its rate not next to zero.

Belongs here: one kernel that solves loans side by side. Not here: any other loan (``solve`` takes what this leaves
PENDING), or another equation: the steps are those of ``roots``. Each loan is a lane, its payments stand in columns, so
that one vector instruction does for several loans what the sums ask for. What a loan comes to does not depend on its
neighbours: its sums run over its own payments in their order (a column filled up with zeros adds zeros), and a lane
that has arrived stays where it is.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import inlined, vectors
from transforms.apr.lanes import lane_exp, lane_log

PENDING = -1
_ONE = 0
_LANES = 16  # loans at a time: two of the widest vectors of today
_LEVEL = 0.01  # |ln(paid/got)| below which digits need more care than here
_REACH = 15.0  # |x| beyond which discounts may vanish
_FAR = 600.0  # likewise |x| times the span
_STEPS_MAX = 12
_ERROR = 1e-14  # of x: what the last step may leave
_IDLE, _MOVING, _ARRIVED = 0.0, 1.0, 2.0  # what a lane is; numbers, so that it is chosen among without a branch


@inlined
def _shape(s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """The mean of the times; half their variance and a sixth of their third cumulant, both over it."""
    mean, square = s1 / s0, s2 / s0
    return mean, 0.5 * (square / mean - mean), (s3 / s0 / mean - 3.0 * square + 2.0 * mean * mean) / 6.0


@vectors
def plain_loans(first, last, offsets, amounts, whole, growth, outcome):  # type: ignore[no-untyped-def]
    """Growth of every loan of the ordinary kind, outcome 0; PENDING for the others."""
    most = 1
    for i in range(first, last):
        most = max(most, offsets[i + 1] - offsets[i])
    times, payments = np.zeros((most, _LANES)), np.zeros((most, _LANES))  # a row per payment, a lane per loan
    x, state, span = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    s0, s1, s2, s3 = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    for group in range(first, last, _LANES):
        rows = 1
        for i in range(group, min(group + _LANES, last)):
            rows = max(rows, offsets[i + 1] - offsets[i] - 1)
        for lane in range(_LANES):
            i = group + lane
            own, good, reach = 0, False, 1.0
            if i < last:
                outcome[i] = PENDING
                start, stop = offsets[i], offsets[i + 1]
                begin = whole[start] if start < stop else 0.0
                got = 0.0
                while start < stop and whole[start] == begin:
                    got += amounts[start]
                    start += 1
                if got != 0.0 and start < stop:
                    good, own = True, stop - start
                    before, share = begin, -1.0 / got
                    for j in range(own):
                        paid, at = amounts[start + j] * share, whole[start + j]
                        good &= (paid > 0.0) & (at >= before)
                        before = at
                        times[j, lane], payments[j, lane] = at - begin, paid
                    reach = before - begin
            if not good:  # an idle lane pays 1 at 1: sums that cannot fail
                own, reach = 1, 1.0
                times[0, lane] = payments[0, lane] = 1.0
            for j in range(own, rows):
                times[j, lane] = payments[j, lane] = 0.0
            state[lane], span[lane] = _MOVING if good else _IDLE, reach
        for lane in range(_LANES):
            s0[lane] = s1[lane] = s2[lane] = s3[lane] = 0.0
        for j in range(rows):
            for lane in range(_LANES):
                h, d = times[j, lane], payments[j, lane]
                s0[lane] += d
                s1[lane] += d * h
                s2[lane] += d * h * h
                s3[lane] += d * h * h * h
        for lane in range(_LANES):
            level = lane_log(s0[lane])
            mean, half, third = _shape(s0[lane], s1[lane], s2[lane], s3[lane])
            # the level's series in x, turned round as far as the third cumulant
            to = level / mean
            to *= max(0.5, min(2.0, 1.0 + half * to + (2.0 * half * half - third) * to * to))
            near = (abs(level) >= _LEVEL) & (abs(to) <= _REACH) & (abs(to) * span[lane] <= _FAR)
            x[lane] = to if near else 0.0
            state[lane] = state[lane] if near else _IDLE
        for _ in range(_STEPS_MAX):
            moving = 0.0
            for lane in range(_LANES):
                moving += 1.0 if state[lane] == _MOVING else 0.0
            if moving == 0.0:
                break
            for lane in range(_LANES):
                s0[lane] = s1[lane] = s2[lane] = s3[lane] = 0.0
            for j in range(rows):
                for lane in range(_LANES):
                    h = times[j, lane]
                    d = payments[j, lane] * lane_exp(-h * x[lane])
                    s0[lane] += d
                    d *= h
                    s1[lane] += d
                    d *= h
                    s2[lane] += d
                    s3[lane] += d * h
            for lane in range(_LANES):
                g = lane_log(s0[lane])
                mean, half, third = _shape(s0[lane], s1[lane], s2[lane], s3[lane])
                bent = 1.0 - g * half / mean
                step = g / (mean * bent if bent > 0.0 else mean)
                to = x[lane] + step
                # Halley's step leaves this times its third power
                arrived = (half * half + abs(third)) * abs(step) * step * step <= _ERROR * abs(to)
                near = (abs(to) <= _REACH) & (abs(to) * span[lane] <= _FAR)
                moved = state[lane] == _MOVING
                x[lane] = (to if near else 0.0) if moved else x[lane]
                state[lane] = ((_ARRIVED if arrived else _MOVING) if near else _IDLE) if moved else state[lane]
        for lane in range(min(_LANES, last - group)):
            if state[lane] == _ARRIVED:
                growth[group + lane] = x[lane]
                outcome[group + lane] = _ONE
