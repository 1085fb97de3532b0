"""Which unit-period a transaction has, from the dates of its advances and payments.

Belongs here: 12 CFR 1026 Appendix J (b)(3), (4) [P] as kernels. Not here: how many unit-periods lie between two dates
(``intervals``).
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import kernel
from transforms.apr.civil import civil, due_day, months_back, shifted_back
from transforms.apr.periods import DAY, MONTH, SEMIMONTH, TERM, WEEK, YEAR

_AVERAGE_MONTH = 365 / 12  # days, where periods without a common length are averaged
_SEMIMONTH_KEY, _MONTH_KEY = 1_000_000, 2_000_000


@kernel
def find_unit(start, stop, days, amounts, begin, anchor):  # type: ignore[no-untyped-def]
    """The most frequent common period of up to a year, else the average, (b)(4) [P]; a single payment's term.

    A period is whole months, half of one (two neighbours that make a month), or days; of days that are no whole weeks
    the unit-period is a day (OWN: (b)(5) knows no other).
    """
    n = stop - start
    advance = 0.0
    for j in range(start, stop):
        if days[j] == begin:
            advance += amounts[j]
    keys = np.empty(n, dtype=np.int64)
    lengths = np.empty(n, dtype=np.int64)
    at = np.sort(days[start:stop])
    sides = np.zeros((2, n + 1), dtype=np.int64)
    counts = np.zeros(2, dtype=np.int64)
    for side in range(2):
        sides[side, 0] = begin
        counts[side] = 1
    order = np.argsort(days[start:stop])
    for k in order:
        day = days[start + k]
        side = 0 if amounts[start + k] * advance > 0.0 else 1
        if amounts[start + k] != 0.0 and day > sides[side, counts[side] - 1]:
            sides[side, counts[side]] = day
            counts[side] += 1
    if counts[0] == 1 and counts[1] == 2:
        end = at[n - 1]
        return (TERM, 1) if end <= shifted_back(begin, -12, civil(begin)[2]) else (YEAR, 1)
    found = 0
    for side in range(2):
        for j in range(1, counts[side]):
            low, high = sides[side, j - 1], sides[side, j]
            lengths[found] = high - low
            keys[found] = _period_key(sides[side], counts[side], j, anchor if side else 0)
            found += 1
    if found == 0:
        return DAY, 1
    keys[:found] = np.sort(keys[:found])
    best, most, best_days = -1, 1, 0.0
    j = 0
    while j < found:
        k = j
        while k < found and keys[k] == keys[j]:
            k += 1
        long = _key_days(keys[j])
        more = k - j > most or (k - j == most and best >= 0 and long < best_days)
        if more and k - j > 1 and long < 366.0:
            best, most, best_days = keys[j], k - j, long
        j = k
    if best >= 0:
        return _key_unit(best)
    return _nearest(lengths[:found].mean())


@kernel
def _period_key(side, count, j, anchor):  # type: ignore[no-untyped-def]
    low, high = side[j - 1], side[j]
    months, rest = months_back(low, high, due_day(low, high, anchor))
    if rest == 0 and months > 0:
        return _MONTH_KEY + months
    if 13 <= high - low <= 16:
        for other in range(2):
            first, last = (j - 2, j) if other == 0 else (j - 1, j + 1)
            if first >= 0 and last < count:
                low, high = side[first], side[last]
                months, rest = months_back(low, high, due_day(low, high, anchor))
                if months == 1 and rest == 0 and high - low != 28:  # two fortnights may make a February
                    return _SEMIMONTH_KEY
    return side[j] - side[j - 1]


@kernel
def _key_days(key):  # type: ignore[no-untyped-def]
    if key >= _MONTH_KEY:
        return (key - _MONTH_KEY) * _AVERAGE_MONTH
    return _AVERAGE_MONTH / 2 if key == _SEMIMONTH_KEY else float(key)


@kernel
def _key_unit(key):  # type: ignore[no-untyped-def]
    if key > _MONTH_KEY:
        return (YEAR, 1) if key == _MONTH_KEY + 12 else (MONTH, key - _MONTH_KEY)
    if key == _SEMIMONTH_KEY:
        return SEMIMONTH, 1
    return (WEEK, key // 7) if key % 7 == 0 and key <= 364 else (DAY, 1)


@kernel
def _nearest(average):  # type: ignore[no-untyped-def]
    """The standard interval nearest to an average in days, the lower of two."""
    kind, multiple, off = DAY, 1, abs(average - 1.0)
    for weeks in range(1, 53):
        if abs(average - 7.0 * weeks) < off:
            kind, multiple, off = WEEK, weeks, abs(average - 7.0 * weeks)
    if abs(average - _AVERAGE_MONTH / 2) < off:
        kind, multiple, off = SEMIMONTH, 1, abs(average - _AVERAGE_MONTH / 2)
    for count in range(1, 13):
        if abs(average - count * _AVERAGE_MONTH) <= off:
            kind, multiple, off = (MONTH, count, abs(average - count * _AVERAGE_MONTH))
    return (YEAR, 1) if kind == MONTH and multiple == 12 else (kind, multiple)
