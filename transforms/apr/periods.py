"""Unit-periods: what they are called, how many make a year, and the exact time between two dates.

Belongs here: the rules of each method in whole numbers and fractions, one pair of dates at a time, as an explanation
or a doubtful digit needs them. Not here: the same rules for millions of flows (``intervals``; tests hold the two
together), or equations (``solve``).
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

# the kinds of unit-period, as the kernels know them; FIND is "by the method's rule, from the dates"
FIND, DAY, WEEK, SEMIMONTH, MONTH, YEAR, TERM, PERIOD = -1, 0, 1, 2, 3, 4, 5, 6
_KINDS = {
    "day": DAY,
    "week": WEEK,
    "semimonth": SEMIMONTH,
    "month": MONTH,
    "year": YEAR,
    "term": TERM,
    "period": PERIOD,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_MOST = {WEEK: 52, MONTH: 12}


@dataclass(frozen=True)
class Unit:
    """A unit-period: ``multiple`` weeks or months, or one of the other kinds."""

    kind: int
    multiple: int = 1

    @staticmethod
    def parse(text: str) -> Unit:
        """``month``, ``3month``, ``2week``, ``semimonth``, ``day``, ``year``, ``term``, ``period``; ValueError else.

        Twelve months are a year (12 CFR 1026 Appendix J (b)(3)(iii) [P]: standard intervals go up to one year).
        """
        found = re.fullmatch(r"([1-9][0-9]?)?\s*([a-z]+?)s?", text.strip().lower())
        kind = _KINDS.get(found[2]) if found else None
        if not found or kind is None:
            raise ValueError(f"{text!r} is not a unit-period")
        multiple = int(found[1] or 1)
        if multiple > _MOST.get(kind, 1):
            raise ValueError(f"{text!r} is not a unit-period")
        return Unit(YEAR) if (kind, multiple) == (MONTH, 12) else Unit(kind, multiple)

    def __str__(self) -> str:
        return "" if self.kind == FIND else f"{self.multiple if self.multiple > 1 else ''}{_NAMES[self.kind]}"

    @property
    def per_year(self) -> Fraction | None:
        """Unit-periods a year, (b)(5)(ii)–(v) [P]; None for a term, whose length says it."""
        match self.kind:
            case 0:
                return Fraction(365)
            case 1:
                return Fraction(52, self.multiple)
            case 2:
                return Fraction(24)
            case 3:
                return Fraction(12, self.multiple)
            case 4 | 6:
                return Fraction(1)
        return None


def month_days(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def months_back(start: date, end: date, anchor: int) -> tuple[int, date]:
    """Whole months counted back from ``end``, due on day ``anchor`` or its month's last, and the date they reach."""
    months = (end.year - start.year) * 12 + end.month - start.month
    year, month = start.year, start.month
    day = end.day if months == 0 else min(anchor, month_days(year, month))
    if day < start.day:
        months -= 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        day = end.day if months == 0 else min(anchor, month_days(year, month))
    return months, date(year, month, day)


def anchor_of(payments: list[date]) -> int:
    """The day of the month a series is scheduled for, where months are too short for it; 0 when there is none.

    12 CFR 1026 Appendix J (b)(3)(iv) [P]: a series on the last days of months is measured between last days, one on
    the 29th or 30th uses the last day of February.
    """
    latest = max((day.day for day in payments), default=0)
    fits = all(day.day == min(latest, month_days(day.year, day.month)) for day in payments)
    return latest if latest > 28 and fits and len(set(payments)) > 1 else 0


def due_day(start: date, end: date, anchor: int) -> int:
    """The day months are counted back by: the series' own, or the start's where the end falls on a month's last."""
    last = month_days(end.year, end.month)
    if anchor and end.day == min(anchor, last):
        return anchor
    return start.day if end.day == last and start.day > end.day else end.day


def regulation_z(start: date, end: date, unit: Unit, anchor: int = 0) -> tuple[int, Fraction]:
    """Full unit-periods and the fraction of one, 12 CFR 1026 Appendix J (b)(5) [P]. ``end`` not before ``start``."""
    days = (end - start).days
    if unit.kind == TERM:
        return (1 if days else 0), Fraction(0)
    if unit.kind in (DAY, WEEK):
        length = 7 * unit.multiple if unit.kind == WEEK else 1
        return days // length, Fraction(days % length, length)
    day = due_day(start, end, anchor)
    months, reached = months_back(start, end, day)
    rest = (reached - start).days
    if unit.kind == MONTH and unit.multiple == 1:
        return months + rest // 30, Fraction(rest % 30, 30)
    if unit.kind == YEAR:
        years, over = divmod(months, 12)
        if rest == 0:
            return years, Fraction(over, 12)
        shifted = _back(end, 12 * years, day)
        rest = (shifted - start).days
        return years + rest // 365, Fraction(rest % 365, 365)
    length = 15 if unit.kind == SEMIMONTH else 30 * unit.multiple
    total = 30 * months + rest
    return total // length, Fraction(total % length, length)


def term_per_year(start: date, end: date) -> Fraction:
    """Terms a year of a single payment within a year, (b)(5)(vi), (vii) [P]: 12/months when whole, else 365/days."""
    months, reached = months_back(start, end, due_day(start, end, anchor_of([end])))
    return Fraction(12, months) if reached == start and months else Fraction(365, (end - start).days)


def loan_cost(start: date, end: date, unit: Unit) -> int:
    """Whole unit-periods from the first of the month the loan begins in, Appendix K (b)(2), (b)(5) [P]."""
    months = (end.year - start.year) * 12 + end.month - start.month
    match unit.kind:
        case 4:
            return months // 12
        case 3:
            return months // unit.multiple
        case 2:
            return 2 * months
        case 1:
            return (end - start.replace(day=1)).days // (7 * unit.multiple)
    return (end - start.replace(day=1)).days


def eu_annex(start: date, end: date, unit: Unit) -> Fraction:
    """Years, 2008/48/EC Annex I [S]: whole weeks, months or years counted back, then days.

    The days are over 366 where the year that ends on the date reached holds a 29 February, else over 365.
    """
    if unit.kind == WEEK:
        weeks, days = divmod((end - start).days, 7)
        return Fraction(weeks, 52) + Fraction(days, _year_before(end - timedelta(7 * weeks)))
    months, reached = months_back(start, end, end.day)
    if unit.kind == YEAR:
        months -= months % 12
        reached = _back(end, months, end.day)
    return Fraction(months, 12) + Fraction((reached - start).days, _year_before(reached))


def eu_unit(start: date, days: list[date]) -> Unit:
    """The unit of a loan that names none: weeks where all dates lie whole weeks apart and not whole months (OWN)."""
    by_months = all(months_back(start, day, day.day)[1] == start for day in days)
    return Unit(WEEK) if not by_months and all((day - start).days % 7 == 0 for day in days) else Unit(MONTH)


def equal_months(start: date, end: date) -> Fraction:
    """Months counted back, then days of a 365-day year: the standard year of Directive 98/7/EC [S]."""
    months, reached = months_back(start, end, end.day)
    return Fraction(months, 12) + Fraction((reached - start).days, 365)


def months_and_thirtieths(start: date, end: date, anchor: int = 0) -> Fraction:
    """Months counted back, then days over 30: how the project dates the PBoC's months (OWN: it fixes no day count)."""
    months, reached = months_back(start, end, due_day(start, end, anchor))
    return months + Fraction((reached - start).days, 30)


def year_fraction(start: date, end: date, basis: str) -> Fraction:
    """Years between two dates by a named day count; KeyError for another name."""
    match basis:
        case "30/360":
            return Fraction(_days_30_360(start, end), 360)
        case "act/act":
            years = end.year - start.year
            return years + _into_year(end) - _into_year(start)
        case "standard_year":
            return equal_months(start, end)
    length = {"act/365": Fraction(365), "act/360": Fraction(360), "act/365.25": Fraction(1461, 4)}[basis]
    return (end - start).days / length


def _into_year(day: date) -> Fraction:
    return Fraction((day - date(day.year, 1, 1)).days, 366 if isleap(day.year) else 365)


def _days_30_360(start: date, end: date) -> int:
    """US 30/360 with its rule for the end of February (SIA)."""
    first, last = start.day, end.day
    closing = start.month == 2 and first == month_days(start.year, 2)
    if closing and end.month == 2 and last == month_days(end.year, 2):
        last = 30
    if closing:
        first = 30
    if last == 31 and first >= 30:
        last = 30
    first = min(first, 30)
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def _back(day: date, months: int, anchor: int) -> date:
    if months == 0:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(anchor, month_days(year, month + 1)))


def _year_before(day: date) -> int:
    return (day - _back(day, 12, day.day)).days
