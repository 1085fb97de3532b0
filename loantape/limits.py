"""Dated limits: the numbers that rules compare with, each from a day until a day, for some kinds of lender.

Belongs here: reading ``schemas/limits/*.toml``, refusing overlaps and gaps, answering which value is in force. Not
here: the values themselves, or what a rule does with them. A changed law adds a row; the old row stays.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Limit, Period
from loantape.errors import DeclarationError

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_MUST = {"name", "value", "unit", "source", "confidence", "valid_from"}
_MAY = {"valid_to", "lender_types", "note_en", "note_zh", "times", "after_unknown"}


class LimitTable:
    """Every limit by name.

    Building one raises DeclarationError where two rows of a name overlap or leave a gap that is not said to be unknown,
    and where a row is a multiple of a limit that does not exist or is a multiple itself.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        rows: dict[str, list[Limit]] = {}
        for one in limits:
            rows.setdefault(one.name, []).append(one)
        self._rows: Mapping[str, tuple[Limit, ...]] = {
            name: tuple(sorted(rows[name], key=lambda one: (one.lender_types, one.valid_from))) for name in sorted(rows)
        }
        for name, series in self._rows.items():
            _refuse_overlaps_and_gaps(name, series)
        self._amounts = {name: self._multiplied(series) for name, series in self._rows.items()}

    def __iter__(self) -> Iterator[Limit]:
        """Every row, by name, kind of lender and date."""
        for series in self._rows.values():
            yield from series

    def names(self) -> tuple[str, ...]:
        """The names, in alphabetical order."""
        return tuple(self._rows)

    def series(self, name: str) -> tuple[Limit, ...]:
        """All dated rows of a name. Raises DeclarationError when there is no such name."""
        if name not in self._rows:
            raise DeclarationError(f"no limit is called {name!r}", "add a dated row to a file in schemas/limits")
        return self._rows[name]

    def amounts(self, name: str) -> tuple[Limit, ...]:
        """The rows of a name as plain numbers: multiples multiplied out, on the days their factor is known."""
        self.series(name)
        return self._amounts[name]

    def value(self, name: str, on: date, lender_type: str | None = None) -> Limit:
        """The one row of ``name`` in force on a day for a kind of lender, a multiple multiplied out.

        Raises DeclarationError when no row is in force, or when the answer depends on the kind of lender and none is
        given.
        """
        found = [one for one in self.in_force(name, on) if lender_type is None or _applies(one, lender_type)]
        whom = f" for {lender_type}" if lender_type else ""
        if not found:
            raise DeclarationError(
                f"limit {name!r} has no value on {on}{whom}", "give it a dated row, or the rule a since date"
            )
        if len(found) > 1:
            kinds = ", ".join("/".join(one.lender_types) for one in found)
            raise DeclarationError(
                f"limit {name!r} has several values on {on}: {kinds}", "say for which kind of lender: .by(...)"
            )
        return found[0]

    def at(self, period: Period) -> LimitsAt:
        """What rules see: the limits as they are on a reporting date."""
        return LimitsAt(self, period.date)

    def in_force(self, name: str, on: date) -> list[Limit]:
        """The rows of a name in force on a day, one for each kind of lender that has its own, multiplied out."""
        return [one for one in self.amounts(name) if _covers(one, on)]

    def declared_on(self, on: date) -> list[tuple[Limit, Decimal | None]]:
        """Every declared row that covers a day, each with what it amounts to: None where its factor is not known."""
        return [(one, self._amount(one, on)) for one in self if _covers(one, on)]

    def _amount(self, one: Limit, on: date) -> Decimal | None:
        factors = [other.value for other in self._rows[one.times] if _covers(other, on)] if one.times else [Decimal(1)]
        return one.value * factors[0] if factors else None

    def _multiplied(self, series: tuple[Limit, ...]) -> tuple[Limit, ...]:
        rows: list[Limit] = []
        for one in series:
            if not one.times:
                rows.append(one)
                continue
            factors = self._rows.get(one.times, ())
            if not factors or any(factor.times or factor.lender_types for factor in factors):
                raise DeclarationError(
                    f"limit {one.name!r} is a multiple of {one.times!r}, which is no plain limit for every lender",
                    "name a limit that is a number itself and says no lender_types",
                )
            rows.extend(part for factor in factors if (part := _product(one, factor)) is not None)
        return tuple(rows)


class LimitsAt:
    """The limits on one reporting date, as Ibis literals: ``limits.npl_days`` is the value in force on that date."""

    def __init__(self, table: LimitTable, period: date) -> None:
        self._table = table
        self.period = period

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _literal(self._table.value(name, self.period).value)

    def by(self, name: str, lender_type: Any, on: Any) -> Any:
        """An Ibis expression: the value for each row's kind of lender on each row's date, null where none is in force.

        ``lender_type`` and ``on`` are Ibis columns, or a plain string and date. A multiple is multiplied out, and null
        where its factor is not known.
        """
        return _choice(self._table.amounts(name), lender_type, on)

    def multiple(self, name: str, lender_type: Any, on: Any) -> Any:
        """Like ``by``, but a multiple as it is declared: for rules that know the factor from the tape."""
        return _choice(self._table.series(name), lender_type, on)


def _choice(series: tuple[Limit, ...], lender_type: Any, on: Any) -> Any:
    """An Ibis expression over the rows of one limit: the value of the one in force for each kind of lender and date."""
    if not series:
        return ibis.null(dt.Decimal(38, 6))
    widest = _widest([one.value for one in series])
    branches = []
    for one in series:
        holds = ibis.literal(on) >= one.valid_from if isinstance(on, date) else on >= one.valid_from
        if one.valid_to is not None:
            holds = holds & (on <= one.valid_to)
        if one.lender_types:
            kind = ibis.literal(lender_type) if isinstance(lender_type, str) else lender_type
            holds = holds & kind.isin(one.lender_types)
        branches.append((holds, ibis.literal(one.value, type=widest)))
    return ibis.cases(*branches, else_=ibis.null(widest))


def load(folder: Path | None = None) -> LimitTable:
    """Reads every ``*.toml`` of ``schemas/limits`` (or of ``folder``). Raises DeclarationError naming file and row."""
    root: Traversable = folder if folder is not None else files("schemas") / "limits"
    sources = sorted((one for one in root.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return LimitTable(
        [
            _limit(source.name, number, row)
            for source in sources
            for number, row in enumerate(tomllib.loads(source.read_text(encoding="utf-8")).get("limit", []), start=1)
        ]
    )


def _limit(file: str, number: int, row: Mapping[str, Any]) -> Limit:
    where = f"limit {number} of {file}"
    if missing := _MUST - row.keys():
        raise DeclarationError(f"{where} does not say {', '.join(sorted(missing))}", "complete the row")
    if unknown := row.keys() - _MUST - _MAY:
        raise DeclarationError(f"{where} says {', '.join(sorted(unknown))}, which means nothing", "correct the row")
    if not _NAME.match(row["name"]):
        raise DeclarationError(f"{where} is called {row['name']!r}", "use lower-case letters, digits and _")
    for key in ("valid_from", "valid_to"):
        if key in row and type(row[key]) is not date:
            raise DeclarationError(f"{where}: {key} is not a date", "write it as 2026-10-31, without quotes")
    try:
        value = Decimal(row["value"]) if isinstance(row["value"], str) else None
        confidence = Confidence(row["confidence"])
    except (InvalidOperation, ValueError) as error:
        raise DeclarationError(f"{where} has a wrong value or confidence", "see loantape.declare.Confidence") from error
    if value is None or not value.is_finite():
        raise DeclarationError(f"{where}: the value is not a finite decimal in quotes", 'write it as value = "0.01"')
    return Limit(
        name=row["name"],
        value=value,
        unit=row["unit"],
        source=row["source"],
        confidence=confidence,
        valid_from=row["valid_from"],
        valid_to=row.get("valid_to"),
        lender_types=tuple(row.get("lender_types", ())),
        note_en=row.get("note_en", ""),
        note_zh=row.get("note_zh", ""),
        times=row.get("times", ""),
        after_unknown=row.get("after_unknown", False),
    )


def _refuse_overlaps_and_gaps(name: str, series: tuple[Limit, ...]) -> None:
    for one in series:
        if one.valid_to is not None and one.valid_to < one.valid_from:
            raise DeclarationError(f"limit {name!r} ends on {one.valid_to}, before it begins", "correct its dates")
    kinds = {kind for one in series for kind in one.lender_types} or {""}
    for kind in sorted(kinds):
        own = sorted((one for one in series if _applies(one, kind)), key=lambda one: one.valid_from)
        for earlier, later in pairwise(own):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                whom = f" for {kind}" if kind else ""
                raise DeclarationError(
                    f"limit {name!r} has two values on {later.valid_from}{whom}",
                    "end the earlier row the day before the later one begins",
                )
            if earlier.valid_to + timedelta(days=1) < later.valid_from and not later.after_unknown:
                raise DeclarationError(
                    f"limit {name!r} has no value between {earlier.valid_to} and {later.valid_from}",
                    "add the row that was in force in between, or say after_unknown = true, or use another name",
                )


def _covers(limit: Limit, on: date) -> bool:
    return limit.valid_from <= on and (limit.valid_to is None or on <= limit.valid_to)


def _product(one: Limit, factor: Limit) -> Limit | None:
    """The multiple as a plain number on the days both rows are in force; None where there is no such day."""
    ends = [end for end in (one.valid_to, factor.valid_to) if end is not None]
    first, last = max(one.valid_from, factor.valid_from), min(ends, default=None)
    if last is not None and last < first:
        return None
    return replace(one, value=one.value * factor.value, valid_from=first, valid_to=last, times="")


def _applies(limit: Limit, lender_type: str) -> bool:
    return not limit.lender_types or lender_type in limit.lender_types


def _literal(value: Decimal) -> Any:
    """An exactly typed literal: a bare Decimal would be compiled as DECIMAL(18, 3) and lose its later decimals."""
    return ibis.literal(value, type=_widest([value]))


def _widest(values: list[Decimal]) -> dt.Decimal:
    """The smallest decimal type that holds every value exactly."""
    scale = max(max(0, -int(value.as_tuple().exponent)) for value in values)
    whole = max(len(str(abs(int(value)))) for value in values)
    return dt.Decimal(whole + scale, scale)
