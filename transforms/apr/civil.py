"""The calendar for kernels: days since 1970-01-01 to dates and back, and months counted back between two of them.

Belongs here: what a date is and how months are counted. Not here: any method's rule (``intervals``).
"""

from __future__ import annotations

from loantape.compiled import kernel


@kernel
def civil(day):  # type: ignore[no-untyped-def]
    """Year, month and day of the month (Hinnant's algorithm on the proleptic Gregorian calendar)."""
    z = day + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (1 if month <= 2 else 0), month, doy - (153 * mp + 2) // 5 + 1


@kernel
def day_number(year, month, day):  # type: ignore[no-untyped-def]
    y = year - 1 if month <= 2 else year
    era = y // 400
    yoe = y - era * 400
    doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468


@kernel
def is_leap(year):  # type: ignore[no-untyped-def]
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@kernel
def month_length(year, month):  # type: ignore[no-untyped-def]
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@kernel
def months_back(start, end, anchor):  # type: ignore[no-untyped-def]
    """Whole months counted back from ``end``, and the days left between ``start`` and the date they reach."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    count = (y2 - y1) * 12 + m2 - m1
    day = d2 if count == 0 else min(anchor, month_length(y1, m1))
    if day < d1:
        count -= 1
        m1 += 1
        if m1 > 12:
            y1, m1 = y1 + 1, 1
        day = d2 if count == 0 else min(anchor, month_length(y1, m1))
    return count, day_number(y1, m1, day) - start


@kernel
def shifted_back(day, count, anchor):  # type: ignore[no-untyped-def]
    if count == 0:
        return day
    y, m, _ = civil(day)
    serial = y * 12 + m - 1 - count
    y, m = serial // 12, serial % 12 + 1
    return day_number(y, m, min(anchor, month_length(y, m)))


@kernel
def year_before(day):  # type: ignore[no-untyped-def]
    return day - shifted_back(day, 12, civil(day)[2])


@kernel
def scheduled_day(start, stop, days, amounts, begin):  # type: ignore[no-untyped-def]
    """The day of the month payments are scheduled for where months are too short for it; 0 when there is none."""
    advance = 0.0
    for j in range(start, stop):
        if days[j] == begin:
            advance += amounts[j]
    latest = 0
    series = False  # one payment is none
    before = begin
    for j in range(start, stop):
        if days[j] > begin and amounts[j] * advance < 0.0:
            latest = max(latest, civil(days[j])[2])
            series |= before not in (begin, days[j])
            before = days[j]
    if latest <= 28 or not series:
        return 0
    for j in range(start, stop):
        if days[j] > begin and amounts[j] * advance < 0.0:
            y, m, d = civil(days[j])
            if d != min(latest, month_length(y, m)):
                return 0
    return latest


@kernel
def due_day(start, end, anchor):  # type: ignore[no-untyped-def]
    y, m, d = civil(end)
    last = month_length(y, m)
    if anchor and d == min(anchor, last):
        return anchor
    first = civil(start)[2]
    return first if d == last and first > d else d
