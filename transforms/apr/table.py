"""Reads a table of flows: ``id, kind, when, amount`` and, where wanted, ``unit_period, units_per_year``.

Belongs here: the text of such a table and every way it can be wrong, named by file, line, column and value. Not here:
rates (``priced``). Numbers are read as decimals and fractions; nothing passes through a float on the way in.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import Any, NoReturn

import numpy as np

from loantape.errors import EXIT_UNREADABLE, LoantapeError
from loantape.privacy import mask
from transforms.apr.periods import FIND, Unit
from transforms.apr.solve import Floats, Integers

COLUMNS = ("id", "kind", "when", "amount")
OPTIONAL = ("unit_period", "units_per_year")
_KINDS = {"advance": 1, "payment": -1, "flow": 0}
_AMOUNT = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]*))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TERM = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18})|\s*/\s*([0-9]{1,18}))?")
_DIGITS_MAX = 18
_ROWS_PER_STEP = 50_000
_REMEMBERED = 1 << 20
_EPOCH = date(1970, 1, 1).toordinal()


class FlowsUnreadable(LoantapeError):
    """A table of flows that cannot be taken for one."""

    exit_code = EXIT_UNREADABLE


@dataclass
class Loan:
    """What a table says of one loan beside its flows."""

    name: str
    line: int
    dated: bool
    signed: bool
    unit_text: str
    per_year_text: str
    unit: Unit
    per_year: Fraction | None


@dataclass(frozen=True)
class FlowTable:
    """Flows by loan, in the order of first mention: loan k owns ``offsets[k]:offsets[k+1]``.

    An amount is ``mantissa / 10**decimals``, positive to the borrower (signed flows as written). ``when`` is days
    since 1970-01-01 for a dated loan, an index into ``numbers`` for the others.
    """

    loans: list[Loan]
    offsets: Integers
    mantissa: Integers
    decimals: Integers
    when: Integers
    numbers: list[Fraction]

    def amounts(self) -> Floats:
        """Whole multiples of each loan's smallest decimal unit: their totals are exact below 2**53."""
        filled = np.diff(self.offsets)
        most = np.maximum.reduceat(self.decimals, self.offsets[:-1]) if len(filled) else self.decimals
        scale = np.repeat(most, filled) - self.decimals
        return np.asarray(self.mantissa * np.power(10.0, scale))


def parse_number(text: str) -> Fraction:
    """``3``, ``0.25``, ``-1``, ``1/12``, ``1/12+3/365``; ValueError for anything else."""
    total = Fraction(0)
    text = text.strip()
    for term in text.removeprefix("-").split("+"):
        found = _TERM.fullmatch(term.strip())
        if not found:
            raise ValueError(f"{text!r} is no number")
        if found[3]:
            if not int(found[3]):
                raise ValueError(f"{text!r} divides by zero")
            total += Fraction(int(found[1]), int(found[3]))
        else:
            total += Fraction(int(found[1] + (found[2] or "")), 10 ** len(found[2] or ""))
    return -total if text.startswith("-") else total


def read_flows(lines: Iterable[str], name: str, step: Callable[[int], None] = lambda rows: None) -> FlowTable:
    """Read a table from its lines; ``name`` is what errors call it, ``step`` hears how many rows were read.

    Raises FlowsUnreadable for the first thing that is wrong.
    """
    return _Reader(name).read(lines, step)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.line = 1
        self.loans: list[Loan] = []
        self.index: dict[str, int] = {}
        self.amounts: dict[str, tuple[int, int]] = {}
        self.moments: dict[str, tuple[bool, int]] = {}
        self.numbers: list[Fraction] = []
        self.has_units = False

    def fail(self, column: str | None, value: str | None, what: str, next_step: str) -> NoReturn:
        where = f"{self.name}, line {self.line}" + (f", column {column}" if column else "")
        shown = "" if value is None else f": {mask(value)[:60]!r}"
        raise FlowsUnreadable(f"{where}{shown} {what}".replace("  ", " "), next_step)

    def read(self, lines: Iterable[str], step: Callable[[int], None]) -> FlowTable:
        rows = csv.reader(lines, strict=True)
        places = self.header(rows)
        pieces = []
        while True:
            piece = self.chunk(rows, places)
            if not len(piece[0]):
                break
            pieces.append(piece)
            step(len(piece[0]))
        if not pieces:
            self.fail(None, None, "holds no flows", "give at least one row below the header")
        loan, mantissa, decimals, when = (np.concatenate([piece[k] for piece in pieces]) for k in range(4))
        order = np.argsort(loan, kind="stable")
        offsets = np.concatenate([[0], np.cumsum(np.bincount(loan, minlength=len(self.loans)))])
        return FlowTable(self.loans, offsets, mantissa[order], decimals[order], when[order], self.numbers)

    def rows(self, rows: Any) -> Iterable[list[str]]:
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                self.line = rows.line_num
                self.fail(None, None, f"is no CSV: {error}", "write one row per line, quotes closed")
            except UnicodeDecodeError as error:
                self.line = rows.line_num + 1
                self.fail(None, None, f"is no UTF-8: {error.reason}", "save the file as UTF-8")
            self.line = rows.line_num
            yield row

    def header(self, rows: Any) -> list[int]:
        names = next(iter(self.rows(rows)), None)
        wanted = f"begin the file with: {','.join(COLUMNS)} (and, where wanted, {', '.join(OPTIONAL)})"
        if names is None:
            self.fail(None, None, "is empty", wanted)
        names = [column.strip().lower() for column in names]
        for column in COLUMNS:
            if column not in names:
                self.fail(column, None, "is missing", wanted)
        for column in names:
            if column not in COLUMNS + OPTIONAL or names.count(column) > 1:
                self.fail(column, None, "is unknown or given twice", wanted)
        self.has_units = any(column in names for column in OPTIONAL)
        self.width = len(names)
        return [names.index(column) if column in names else -1 for column in COLUMNS + OPTIONAL]

    def chunk(self, rows: Any, places: list[int]) -> tuple[Integers, Integers, Integers, Integers]:
        at_id, at_kind, at_when, at_amount, at_unit, at_per_year = places
        loans, mantissas, decimals, whens = [], [], [], []
        for row in islice(self.rows(rows), _ROWS_PER_STEP):
            if len(row) != self.width:
                if not row:
                    continue
                self.fail(None, None, f"has {len(row)} values for {self.width} columns", "quote values with commas")
            sign = _KINDS.get(row[at_kind])
            if sign is None:
                sign = self.kind(row[at_kind])
            moment = self.moments.get(row[at_when]) or self.moment(row[at_when])
            amount = self.amounts.get(row[at_amount]) or self.amount(row[at_amount])
            if sign and amount[0] < 0:
                self.fail("amount", row[at_amount], "is below zero", "give signed amounts the kind flow")
            place = self.index.get(row[at_id])
            if place is None or self.has_units:
                unit = row[at_unit] if at_unit >= 0 else ""
                per_year = row[at_per_year] if at_per_year >= 0 else ""
                place = self.loan(row[at_id], moment[0], sign == 0, unit, per_year)
            loan = self.loans[place]
            if loan.dated != moment[0] or loan.signed != (sign == 0):
                self.mixed(loan, row[at_when], row[at_kind], moment[0])
            loans.append(place)
            mantissas.append(amount[0] * (sign or 1))
            decimals.append(amount[1])
            whens.append(moment[1])
        arrays = tuple(np.array(values, dtype=np.int64) for values in (loans, mantissas, decimals, whens))
        return arrays  # type: ignore[return-value]

    def kind(self, text: str) -> int:
        sign = _KINDS.get(text.strip().lower())
        if sign is None:
            self.fail("kind", text, "is no kind of flow", "write advance, payment or flow")
        return sign

    def moment(self, text: str) -> tuple[bool, int]:
        shown = text.strip()
        if _DATE.fullmatch(shown):
            try:
                found = (True, date.fromisoformat(shown).toordinal() - _EPOCH)
            except ValueError:
                self.fail("when", text, "is no date of the calendar", "write a date that exists, as 2026-01-31")
        else:
            try:
                number = parse_number(shown)
            except ValueError:
                self.fail(
                    "when", text, "is neither a date nor a number", "write 2026-01-31, 3, 0.25, 1/12 or 1/12+3/365"
                )
            self.numbers.append(number)
            found = (False, len(self.numbers) - 1)
        if len(self.moments) > _REMEMBERED:
            self.moments.clear()
        self.moments[text] = found
        return found

    def amount(self, text: str) -> tuple[int, int]:
        found = _AMOUNT.fullmatch(text.strip())
        if not found:
            self.fail(
                "amount", text, "is no amount", "write digits with a point for decimals and nothing else: 8833.30"
            )
        fraction = (found[3] or "").rstrip("0")
        digits = (found[2] + fraction).lstrip("0")
        if len(digits) > _DIGITS_MAX or len(fraction) > _DIGITS_MAX:
            self.fail("amount", text, f"has more than {_DIGITS_MAX} digits", "round it to the currency's smallest unit")
        read = (int(found[1] + (digits or "0")), len(fraction))
        if len(self.amounts) > _REMEMBERED:
            self.amounts.clear()
        self.amounts[text] = read
        return read

    def loan(self, name: str, dated: bool, signed: bool, unit: str, per_year: str) -> int:
        """The loan's place; what it says of its unit-period must be the same on each of its rows."""
        place = self.index.get(name)
        if place is not None:
            loan = self.loans[place]
            for column, said, before in (
                ("unit_period", unit, loan.unit_text),
                ("units_per_year", per_year, loan.per_year_text),
            ):
                if said != before:
                    self.fail(column, said, f"differs from line {loan.line}", "say the same on every row of a loan")
            return place
        if not name.strip():
            self.fail("id", name, "names no loan", "give every row the id of its loan")
        self.loans.append(
            Loan(name, self.line, dated, signed, unit, per_year, self.unit(unit), self.units_per_year(per_year))
        )
        self.index[name] = len(self.loans) - 1
        return len(self.loans) - 1

    def unit(self, text: str) -> Unit:
        try:
            return Unit.parse(text) if text.strip() else Unit(FIND)
        except ValueError:
            self.fail(
                "unit_period",
                text,
                "is no unit-period",
                "write day, week, 2week, semimonth, month, 3month, year, term or period, or leave it empty",
            )

    def units_per_year(self, text: str) -> Fraction | None:
        if not text.strip():
            return None
        try:
            number = parse_number(text.strip())
        except ValueError:
            number = Fraction(0)
        if number <= 0:
            self.fail("units_per_year", text, "is no number above zero", "write 12, 26 or 365/42, or leave it empty")
        return number

    def mixed(self, loan: Loan, when: str, kind: str, dated: bool) -> NoReturn:
        if loan.dated != dated:
            self.fail("when", when, f"mixes dates and numbers (loan begun on line {loan.line})", "use one of the two")
        self.fail("kind", kind, f"mixes flow with advance and payment (loan begun on line {loan.line})", "use one way")
