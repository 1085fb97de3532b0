"""How dates become times, for millions of flows: the rules of ``periods`` as kernels over flat arrays.

Belongs here: every method's count of time. Not here: the calendar (``civil``), which unit-period a transaction has
(``unit_periods``), what the rules say, one pair of dates at a time (``periods``), the equation (``solve``).

Days are counted from 1970-01-01. Every function takes ``offsets`` (loan k owns flows offsets[k]:offsets[k+1]) and
measures from the loan's earliest date. Times are quotients of whole numbers, rounded once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loantape.compiled import kernel, vectors
from transforms.apr.civil import (
    civil,
    day_number,
    due_day,
    is_leap,
    month_length,
    months_back,
    scheduled_day,
    shifted_back,
    year_before,
)
from transforms.apr.periods import DAY, FIND, MONTH, SEMIMONTH, TERM, WEEK, YEAR
from transforms.apr.unit_periods import find_unit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def starts(offsets: Integers, days: Integers) -> Integers:
    """The earliest date of each flow's loan, one per flow."""
    counts = np.diff(offsets)
    filled = counts > 0
    first = np.zeros(len(counts), dtype=np.int64)
    if filled.any():
        first[filled] = np.minimum.reduceat(days, offsets[:-1][filled])
    return np.repeat(first, counts)


def year_fractions(offsets: Integers, days: Integers, basis: str) -> Floats:
    """Years from the loan's earliest date by a named day count; see ``periods.year_fraction``."""
    years = np.empty(len(days))
    lengths = {"act/365": 365.0, "act/360": 360.0, "act/365.25": 365.25}
    if basis in lengths:
        _days_over(offsets, days, lengths[basis], years)
        return years
    _year_fractions(starts(offsets, days), days, {"30/360": 0, "act/act": 1, "standard_year": 2}[basis], years)
    return years


def eu_annex(offsets: Integers, days: Integers, kinds: Integers) -> Floats:
    """Years by 2008/48/EC Annex I; ``kinds`` is WEEK, MONTH, YEAR or FIND for each loan.

    FIND counts months, unless a loan has no whole months and only whole weeks between its dates (OWN reading).
    """
    years = np.empty(len(days))
    _eu_annex(offsets, days, kinds, years)
    return years


def regulation_z(
    offsets: Integers, days: Integers, amounts: Floats, kinds: Integers, multiples: Integers
) -> tuple[Floats, Floats, Floats]:
    """Full unit-periods, fraction of one, and per loan the unit-periods a year, 12 CFR 1026 Appendix J (b)(3)–(5) [P].

    ``kinds`` and ``multiples`` are changed in place where they are FIND: to the unit-period that was found.
    """
    whole, odd, per_year = np.empty(len(days)), np.empty(len(days)), np.empty(len(offsets) - 1)
    _regulation_z(offsets, days, amounts, kinds, multiples, whole, odd, per_year)
    return whole, odd, per_year


def loan_cost(
    offsets: Integers, days: Integers, amounts: Floats, kinds: Integers, multiples: Integers
) -> tuple[Floats, Floats]:
    """Whole unit-periods and, per loan, unit-periods a year, 12 CFR 1026 Appendix K (b)(2), (b)(5) [P]."""
    whole, per_year = np.empty(len(days)), np.empty(len(offsets) - 1)
    _loan_cost(offsets, days, amounts, kinds, multiples, whole, per_year)
    return whole, per_year


def months(offsets: Integers, days: Integers, amounts: Floats) -> Floats:
    """Months counted back from each date, odd days over 30 (OWN: the PBoC's announcement fixes no day count)."""
    found = np.empty(len(days))
    _months(offsets, days, amounts, found)
    return found


# --- the rules -----------------------------------------------------------------------------------------------------


@vectors
def _days_over(offsets, days, length, years):  # type: ignore[no-untyped-def]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        if start < stop:
            begin = days[start]
            for j in range(start, stop):
                begin = min(begin, days[j])
            for j in range(start, stop):
                years[j] = (days[j] - begin) / length


@kernel
def _year_fractions(begin, days, basis, years):  # type: ignore[no-untyped-def]
    for j in range(days.size):
        if basis == 2:
            count, rest = months_back(begin[j], days[j], civil(days[j])[2])
            years[j] = (count * 365 + rest * 12) / (12 * 365)
            continue
        y1, m1, d1 = civil(begin[j])
        y2, m2, d2 = civil(days[j])
        if basis == 1:
            into1 = (begin[j] - day_number(y1, 1, 1)) * (365 if is_leap(y1) else 366)
            into2 = (days[j] - day_number(y2, 1, 1)) * (365 if is_leap(y2) else 366)
            years[j] = ((y2 - y1) * 365 * 366 + into2 - into1) / (365 * 366)
            continue
        closing = m1 == 2 and d1 == month_length(y1, 2)
        if closing and m2 == 2 and d2 == month_length(y2, 2):
            d2 = 30
        if closing:
            d1 = 30
        if d2 == 31 and d1 >= 30:
            d2 = 30
        d1 = min(d1, 30)
        years[j] = ((y2 - y1) * 360 + (m2 - m1) * 30 + d2 - d1) / 360


@kernel
def _eu_annex(offsets, days, kinds, years):  # type: ignore[no-untyped-def]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        if start == stop:
            continue
        begin = days[start:stop].min()
        kind = kinds[i]
        if kind == FIND:
            kind = WEEK
            by_months = True
            for j in range(start, stop):
                if (days[j] - begin) % 7:
                    kind = MONTH
                by_months &= months_back(begin, days[j], civil(days[j])[2])[1] == 0
            if by_months:
                kind = MONTH
        for j in range(start, stop):
            if kind == WEEK:
                weeks = (days[j] - begin) // 7
                rest = days[j] - begin - 7 * weeks
                length = year_before(days[j] - 7 * weeks)
                years[j] = (weeks * length + rest * 52) / (52 * length)
                continue
            due = civil(days[j])[2]
            count, rest = months_back(begin, days[j], due)
            if kind == YEAR:
                count -= count % 12
                rest = shifted_back(days[j], count, due) - begin
            length = year_before(begin + rest)
            years[j] = (count * length + rest * 12) / (12 * length)


@kernel
def _months(offsets, days, amounts, found):  # type: ignore[no-untyped-def]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        if start == stop:
            continue
        begin = days[start:stop].min()
        anchor = scheduled_day(start, stop, days, amounts, begin)
        for j in range(start, stop):
            count, rest = months_back(begin, days[j], due_day(begin, days[j], anchor))
            found[j] = (count * 30 + rest) / 30


@kernel
def _per_year(kind, multiple):  # type: ignore[no-untyped-def]
    if kind == DAY:
        return 365.0
    if kind == WEEK:
        return 52.0 / multiple
    if kind == SEMIMONTH:
        return 24.0
    if kind == MONTH:
        return 12.0 / multiple
    return 1.0


@kernel
def _regulation_z(offsets, days, amounts, kinds, multiples, whole, odd, per_year):  # type: ignore[no-untyped-def]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        per_year[i] = 1.0
        if start == stop:
            continue
        begin = days[start:stop].min()
        anchor = scheduled_day(start, stop, days, amounts, begin)
        if kinds[i] == FIND:
            kinds[i], multiples[i] = find_unit(start, stop, days, amounts, begin, anchor)
        kind, multiple = kinds[i], multiples[i]
        per_year[i] = _per_year(kind, multiple)
        if kind == TERM:
            end = days[start:stop].max()
            count, rest = months_back(begin, end, due_day(begin, end, anchor))
            if end > begin:
                per_year[i] = 12.0 / count if rest == 0 and count > 0 else 365.0 / (end - begin)
        for j in range(start, stop):
            whole[j], odd[j] = _unit_periods(begin, days[j], kind, multiple, anchor)


@kernel
def _unit_periods(begin, day, kind, multiple, anchor):  # type: ignore[no-untyped-def]
    if kind == TERM:
        return (1.0 if day > begin else 0.0), 0.0
    if kind in (DAY, WEEK):
        length = 7 * multiple if kind == WEEK else 1
        total = day - begin
        return float(total // length), (total % length) / length
    due = due_day(begin, day, anchor)
    count, rest = months_back(begin, day, due)
    if kind == MONTH and multiple == 1:
        return float(count + rest // 30), (rest % 30) / 30
    if kind == YEAR:
        years = count // 12
        if rest == 0:
            return float(years), (count - 12 * years) / 12
        rest = shifted_back(day, 12 * years, due) - begin
        return float(years + rest // 365), (rest % 365) / 365
    length = 15 if kind == SEMIMONTH else 30 * multiple
    total = 30 * count + rest
    return float(total // length), (total % length) / length


@kernel
def _loan_cost(offsets, days, amounts, kinds, multiples, whole, per_year):  # type: ignore[no-untyped-def]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        per_year[i] = 12.0
        if start == stop:
            continue
        begin = days[start:stop].min()
        if kinds[i] in (FIND, TERM):
            kinds[i], multiples[i] = MONTH, 1
        kind, multiple = kinds[i], multiples[i]
        per_year[i] = _per_year(kind, multiple)
        y1, m1, _ = civil(begin)
        first = day_number(y1, m1, 1)
        for j in range(start, stop):
            y2, m2, _ = civil(days[j])
            count = (y2 - y1) * 12 + m2 - m1
            if kind == YEAR:
                count //= 12
            elif kind == MONTH:
                count //= multiple
            elif kind == SEMIMONTH:
                count *= 2
            else:
                count = (days[j] - first) // (7 * multiple if kind == WEEK else 1)
            whole[j] = count
