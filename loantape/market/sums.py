"""Sums per cell over the positions of all lenders, with the borrowers behind them and their two largest parts.

Belongs here: which rows are gone over for which cells, and how often. Not here: what is made of the sums (``cells``).

All tables that sum the same rows by the same dimensions are served by one pass. Borrowers are told apart within a
cell, so a pass over all lenders gathers millions of them; what is told by lender is gathered some lenders at a time,
and what is told of everything is read from ``borrower``, where each is gathered already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import duckdb

from loantape.declare.market import MarketTable
from loantape.privacy.tables import margins

Row = tuple[Any, ...]
# the dimensions by which each source has one row per borrower
_FINEST = {
    "borrower": frozenset[str](),
    "position": frozenset(("lender", "days", "risk")),
    "partner": frozenset(("lender", "partner", "mode")),
}
_AT_ONCE = 1 << 18  # rows whose borrowers are gathered within a processor's cache


class Sums:
    """Cells of the tables without prefix, by source and dimensions."""

    def __init__(self, con: duckdb.DuckDBPyConnection, tables: Sequence[MarketTable]) -> None:
        self.con = con
        self._columns: dict[tuple[str, frozenset[str]], dict[str, None]] = {}
        self._found: dict[tuple[str, frozenset[str]], list[Row]] = {}
        for table in tables:
            for dimensions in {*margins(table.dimensions, *table.printed), frozenset(table.dimensions)}:
                wanted = self._columns.setdefault((table.source, dimensions), {})
                wanted |= dict.fromkeys((*table.amounts.values(), *table.numbers.values()))

    def of(self, source: str, dimensions: Sequence[str], columns: Sequence[str]) -> Iterator[Row]:
        """Per cell that has rows: its members, borrowers, and of each column sum, borrowers with a part, two largest.

        Members are in the order of ``dimensions``; a part that nobody has is 0.
        """
        key = (source, frozenset(dimensions))
        if key not in self._found:
            self._found[key] = self._gathered(source, sorted(dimensions), list(self._columns[key]))
        members, known = sorted(dimensions), list(self._columns[key])
        places = [members.index(one) for one in dimensions]
        places += [len(members)]
        places += [len(members) + 1 + 4 * known.index(one) + more for one in columns for more in range(4)]
        for row in self._found[key]:
            yield tuple(row[place] for place in places)

    def _gathered(self, source: str, dimensions: Sequence[str], columns: Sequence[str]) -> list[Row]:
        if source == "position" and not dimensions:
            source = "borrower"
        if "lender" not in dimensions:
            return self._asked(source, dimensions, columns, "")
        found: list[Row] = []
        for first, last in self._lenders[source]:
            found += self._asked(source, dimensions, columns, f"WHERE lender BETWEEN {first} AND {last}")
        return found

    def _asked(self, source: str, dimensions: Sequence[str], columns: Sequence[str], where: str) -> list[Row]:
        is_gathered = _FINEST[source] <= set(dimensions)
        told = ", ".join([*dimensions, "count(*)", *(f"CAST(sum({one}) AS BIGINT)" for one in columns)])
        told += "".join(f", count(*) FILTER ({one} <> 0), max({one}, 2)" for one in columns)
        rows = f"{source} {where}"
        if not is_gathered:
            group = ", ".join([*dimensions, "borrower"])
            summed = "".join(f", CAST(sum({one}) AS BIGINT) AS {one}" for one in columns)
            rows = f"(SELECT {group}{summed} FROM {rows} GROUP BY {group})"
        by = f" GROUP BY {', '.join(dimensions)}" if dimensions else ""
        return [
            _flat(row, len(dimensions), len(columns))
            for row in self.con.execute(f"SELECT {told} FROM {rows}{by}").fetchall()
        ]

    @cached_property
    def _lenders(self) -> dict[str, list[tuple[int, int]]]:
        """By source, ranges of lenders' numbers with some hundred thousand rows each, or one lender."""
        return {source: self._ranges(source) for source in ("position", "partner")}

    def _ranges(self, source: str) -> list[tuple[int, int]]:
        ranges: list[tuple[int, int]] = []
        size = 0
        counted = self.con.execute(f"SELECT lender, count(*) FROM {source} GROUP BY lender ORDER BY lender").fetchall()
        for lender, rows in counted:
            if ranges and size + rows <= _AT_ONCE:
                ranges[-1], size = (ranges[-1][0], lender), size + rows
            else:
                ranges.append((lender, lender))
                size = rows
        return ranges


def _flat(row: tuple[Any, ...], dimensions: int, columns: int) -> Row:
    """Members, borrowers, and the four numbers of each column beside each other."""
    numbers = row[dimensions + 1 + columns :]
    flat = list(row[: dimensions + 1])
    for place in range(columns):
        behind, largest = numbers[2 * place : 2 * place + 2]
        flat += [row[dimensions + 1 + place] or 0, behind, *[*(largest or ()), 0, 0][:2]]
    return tuple(flat)
