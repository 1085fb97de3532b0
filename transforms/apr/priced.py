"""The rates of a table of flows, digit by digit.

Belongs here: from a read table to percentages and statuses, and a loan's times as exact fractions. Not here: reading
(``table``), telling how a rate came about (``explain``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.apr import digits, periods
from transforms.apr.methods import METHODS, NO_RATE, PRICED, STATUSES, Rates, annual_rates
from transforms.apr.periods import FIND, PERIOD, TERM, WEEK, YEAR, Unit
from transforms.apr.solve import Bytes, Floats, Integers, all_roots
from transforms.apr.table import FlowsUnreadable, FlowTable

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Times:
    """One loan's times as its method counts them: whole periods (or years), odd fractions, unit-periods a year."""

    whole: tuple[Fraction, ...]
    odd: tuple[Fraction, ...]
    per_year: Fraction


class Priced:
    """Rates of every loan of a table by one method; ``units`` are whole 0.00000001 percent, 0 without a rate."""

    def __init__(self, table: FlowTable, method: str, basis: str = "act/365", threads: int = 1) -> None:
        """Raises FlowsUnreadable where the method cannot use what a loan says of its times."""
        self.table, self.method, self.basis = table, method, basis
        self.amounts = table.amounts()
        loans = len(table.loans)
        self.status: Bytes = np.full(loans, NO_RATE, dtype=np.int8)
        self.growth: Floats = np.full(loans, np.nan)
        self.pct: Floats = np.full(loans, np.nan)
        self.kinds: Integers = np.array([loan.unit.kind for loan in table.loans], dtype=np.int64)
        self.multiples: Integers = np.array([loan.unit.multiple for loan in table.loans], dtype=np.int64)
        self._check()
        dated = np.array([loan.dated for loan in table.loans])
        for chosen in (np.flatnonzero(dated), np.flatnonzero(~dated)):
            if len(chosen):
                self._price(chosen, threads)
        known = np.isin(self.status, PRICED)
        self.units: Integers = digits.units(self.pct, known, self.exact_pct)

    def text(self, loan: int) -> str:
        """The rate with eight decimals, or nothing."""
        return digits.text(int(self.units[loan])) if self.status[loan] in PRICED else ""

    def state(self, loan: int) -> str:
        """What the loan's equation came to, in one of the stated words."""
        return STATUSES[self.status[loan]]

    def all_pct(self, loan: int) -> list[str]:
        """Every rate in range that solves the loan's equation, rising."""
        times, flows = self.times(loan), self._own(loan)
        whole, odd = (np.array([float(part) for part in parts]) for parts in (times.whole, times.odd))
        amounts = [self._amount(k) for k in flows]
        found = all_roots(self.amounts[flows.start : flows.stop], whole, odd if odd.any() else None)
        texts = []
        for near in found:
            root = digits.exact_growth(amounts, times.whole, times.odd, float(near))
            pct = digits.exact_pct(root, times.per_year)
            texts.append(f"{pct.quantize(Decimal('0.00000001'), 'ROUND_HALF_UP'):f}")
        return texts

    def exact_pct(self, loan: int) -> Decimal:
        """The loan's rate in decimals."""
        return digits.exact_pct(self.exact_growth(loan), self.times(loan).per_year)

    def exact_growth(self, loan: int) -> Decimal:
        """ln(1+i) of the loan's unit-period, in decimals."""
        if self.growth[loan] == 0:
            return Decimal(0)
        times = self.times(loan)
        amounts = [self._amount(k) for k in self._own(loan)]
        return digits.exact_growth(amounts, times.whole, times.odd, float(self.growth[loan]))

    # --- one loan -------------------------------------------------------------------------------------------------

    def flows(self, loan: int) -> list[tuple[Decimal, date | Fraction]]:
        """Amount (positive to the borrower, or as signed) and date or number of each of the loan's flows."""
        return [(self._amount(k), self._when(loan, k)) for k in self._own(loan)]

    def unit(self, loan: int) -> Unit:
        """The unit-period given, or found from the dates."""
        return Unit(int(self.kinds[loan]), int(self.multiples[loan]))

    def times(self, loan: int) -> Times:
        """The loan's times by its method, exactly."""
        whens = [self._when(loan, k) for k in self._own(loan)]
        if self.table.loans[loan].dated:
            return self._dated(loan, [when for when in whens if isinstance(when, date)])
        return self._numbered(loan, [Fraction(when) for when in whens if not isinstance(when, date)])

    def _own(self, loan: int) -> range:
        return range(int(self.table.offsets[loan]), int(self.table.offsets[loan + 1]))

    def _amount(self, flow: int) -> Decimal:
        return Decimal(int(self.table.mantissa[flow])).scaleb(-int(self.table.decimals[flow]))

    def _when(self, loan: int, flow: int) -> date | Fraction:
        when = int(self.table.when[flow])
        return EPOCH + timedelta(when) if self.table.loans[loan].dated else self.table.numbers[when]

    def _dated(self, loan: int, days: list[date]) -> Times:
        start, unit = min(days), self.unit(loan)
        none = (Fraction(0),) * len(days)
        one = Fraction(1)
        match self.method:
            case "us_reg_z":
                anchor = periods.anchor_of(self._payments(loan, days, start))
                pairs = [periods.regulation_z(start, day, unit, anchor) for day in days]
                per_year = unit.per_year or periods.term_per_year(start, max(days))
                return Times(tuple(Fraction(q) for q, _ in pairs), tuple(f for _, f in pairs), per_year)
            case "us_reg_z_talc":
                whole = tuple(Fraction(periods.loan_cost(start, day, unit)) for day in days)
                return Times(whole, none, unit.per_year or Fraction(12))
            case "eu_ccd":
                if unit.kind == FIND:
                    unit = periods.eu_unit(start, days)
                return Times(tuple(periods.eu_annex(start, day, unit) for day in days), none, one)
            case "cn_simple" | "cn_compound":
                anchor = periods.anchor_of(self._payments(loan, days, start))
                months = tuple(periods.months_and_thirtieths(start, day, anchor) for day in days)
                if self.method == "cn_simple":
                    return Times(months, none, Fraction(12))
                return Times(tuple(month / 12 for month in months), none, one)
        return Times(tuple(periods.year_fraction(start, day, self.basis) for day in days), none, one)

    def _payments(self, loan: int, days: list[date], start: date) -> list[date]:
        amounts = [self._amount(k) for k in self._own(loan)]
        advance = sum(amount for amount, day in zip(amounts, days, strict=True) if day == start)
        return [day for amount, day in zip(amounts, days, strict=True) if day > start and amount * advance < 0]

    def _numbered(self, loan: int, numbers: list[Fraction]) -> Times:
        per_year = self._per_year(loan)
        none = (Fraction(0),) * len(numbers)
        if self.method == "us_reg_z":
            whole = tuple(Fraction(number.__floor__()) for number in numbers)
            return Times(whole, tuple(a - b for a, b in zip(numbers, whole, strict=True)), per_year or Fraction(1))
        if METHODS[self.method].nominal:
            if per_year is None:  # cn_simple in years: its periods are months
                return Times(tuple(12 * number for number in numbers), none, Fraction(12))
            return Times(tuple(numbers), none, per_year)
        divisor = Fraction(1) if per_year is None or self.basis == "periodic" else per_year
        return Times(tuple(number / divisor for number in numbers), none, Fraction(1))

    # --- all loans ------------------------------------------------------------------------------------------------

    def _per_year(self, loan: int) -> Fraction | None:
        """Unit-periods a year of a loan whose times are numbers: as given, or by its unit-period where that counts."""
        said = self.table.loans[loan]
        if said.per_year is not None:
            return said.per_year
        return said.unit.per_year if self.method.startswith("us_") and said.unit.kind != FIND else None

    def _check(self) -> None:
        """Every loan says what its method needs."""
        whole = [number.denominator == 1 for number in self.table.numbers]
        for k, loan in enumerate(self.table.loans):
            problem = None
            if not loan.dated:
                if self.method.startswith("us_") and self._per_year(k) is None:
                    problem = ("units_per_year", "give unit_period or units_per_year, or dates")
                elif self.method == "us_reg_z_talc" and not all(whole[self.table.when[j]] for j in self._own(k)):
                    problem = ("when", "count whole unit-periods: Appendix K knows no fractions")
            elif self.basis == "periodic":
                problem = ("when", "the periodic basis counts periods: write 0, 1, 2 …, or choose another --basis")
            elif self.method == "us_reg_z" and loan.unit.kind == PERIOD:
                problem = ("unit_period", "name the period, or leave it empty and it is found from the dates")
            elif self.method == "us_reg_z" and loan.unit.kind == TERM and not self._one_term(k):
                problem = ("unit_period", "a term is the unit-period of one advance and one payment within a year")
            elif self.method == "eu_ccd" and loan.unit.kind not in (FIND, WEEK, periods.MONTH, YEAR):
                problem = ("unit_period", "write week, month or year: the annex counts no others")
            if problem:
                raise FlowsUnreadable(
                    f"loan {loan.name!r} (line {loan.line}), column {problem[0]}: not enough for {self.method}",
                    problem[1],
                )

    def _one_term(self, loan: int) -> bool:
        days = sorted({when for _, when in self.flows(loan) if isinstance(when, date)})
        return len(days) <= 2 and (days[-1] - days[0]).days <= 366

    def _price(self, chosen: Integers, threads: int) -> None:
        counts = np.diff(self.table.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        flows = np.repeat(self.table.offsets[chosen] - offsets[:-1], counts) + np.arange(offsets[-1])
        when, amounts = self.table.when[flows], self.amounts[flows]
        kinds, multiples = self.kinds[chosen], self.multiples[chosen]
        if self.table.loans[int(chosen[0])].dated:
            rates = annual_rates(
                self.method,
                offsets,
                amounts,
                days=when,
                kinds=kinds,
                multiples=multiples,
                basis=self.basis,
                threads=threads,
            )
        else:
            rates = self._price_numbers(chosen, offsets, amounts, when, threads)
        self.pct[chosen], self.status[chosen], self.growth[chosen] = rates.pct, rates.status, rates.growth
        if self.table.loans[int(chosen[0])].dated:
            self.kinds[chosen], self.multiples[chosen] = rates.kinds, rates.multiples

    def _price_numbers(
        self, chosen: Integers, offsets: Integers, amounts: Floats, when: Integers, threads: int
    ) -> Rates:
        said = [self._per_year(int(k)) for k in chosen]
        times = np.array([float(number) for number in self.table.numbers])[when]
        given: npt.NDArray[np.bool_] = np.array([value is not None for value in said])
        per_year = np.array([1.0 if value is None else float(value) for value in said])
        if self.method == "cn_simple":  # in years: its periods are months
            months = np.array([float(12 * number) for number in self.table.numbers])[when]
            times = np.where(np.repeat(given, np.diff(offsets)), times, months)
            per_year = np.where(given, per_year, 12.0)
        return annual_rates(
            self.method, offsets, amounts, numbers=times, per_year=per_year, basis=self.basis, threads=threads
        )
