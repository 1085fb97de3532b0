"""Positions counted into the cells of a table, with what disclosure control must know of each.

Belongs here: the sums by dimension, the borrowers behind them, their two largest parts, and what changed since an
earlier release. Not here: which cells are hidden (``loantape.privacy.suppress``).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np

from loantape import catalog
from loantape.declare.market import MarketTable
from loantape.market.releases import Release
from loantape.market.sums import Sums
from loantape.privacy.tables import TOTAL, Key, Measure, Tables, margins

Stats = Mapping[Key, tuple[int, ...]]
_ALWAYS = ("days", "risk", "lenders", "mode")  # dimensions whose declared members are shown even where nobody has them


def count(
    sums: Sums,
    table: MarketTable,
    lenders: Sequence[str],
    releases: Sequence[Release],
    least: int,
) -> tuple[Tables, Sequence[Key]]:
    """Every cell of a table, base cells included, from ``sums``; and cells that must stay hidden.

    ``lenders`` are the lenders' names by number. A cell that an earlier release showed and 1 to ``least`` - 1 borrowers
    changed since carries the smallest such number and the largest such change.
    """
    wanted = margins(table.dimensions, *table.printed)
    stats = {one: _stats(sums, table, one, lenders) for one in wanted}
    members = _members(table, stats)
    keys = [
        key
        for one in wanted
        for key in itertools.product(*(members[name] if name in one else (TOTAL,) for name in table.dimensions))
    ]
    found: dict[Key, tuple[int, ...]] = {}
    for one in stats.values():
        found.update(one)
    finest = _stats(sums, table, frozenset(table.dimensions), lenders)
    base_keys = list(itertools.product(*(members[name] for name in table.dimensions)))
    changes = [_changes(sums.con, table, wanted, release, lenders) for release in releases]
    seen = [
        {key: one for key, one in change.items() if key not in release.hidden.get(table.name, ())}
        for release, change in zip(releases, changes, strict=True)
    ]
    columns = (*table.amounts, *table.numbers)
    width = 1 + 4 * len(columns)

    def column(place: int, over: Mapping[Key, tuple[int, ...]], among: Sequence[Key]) -> np.ndarray:
        return np.array([over.get(key, (0,) * width)[place] for key in among], dtype=np.int64)

    measures = []
    if table.counts:
        changed, _ = _smallest(seen, keys, 0, 0, least)
        measures.append(Measure(table.counts, column(0, finest, base_keys), changed=changed))
    for number, name in enumerate(columns):
        at = 1 + 4 * number
        changed, change = _smallest(seen, keys, 1 + 2 * number, 2 + 2 * number, least)
        parts, largest, second = (column(at + more, found, keys) for more in (1, 2, 3))
        base = column(at, finest, base_keys)
        measures.append(Measure(name, base, largest, second, parts, changed, change))
    everything = (TOTAL,) * len(table.dimensions)
    borrowers = column(0, found, keys)
    counted = Tables(
        table.dimensions,
        tuple(base_keys),
        tuple(keys),
        borrowers,
        tuple(measures),
        fixed=frozenset([everything]) if table.fixed else frozenset(),
    )
    stay = [
        key
        for key, number in zip(keys, borrowers.tolist(), strict=True)
        if number
        and any(_stays(key, table, release, change, least) for release, change in zip(releases, changes, strict=True))
    ]
    return counted, stay


def _stays(key: Key, table: MarketTable, release: Release, changes: Stats, least: int) -> bool:
    """Whether a cell that a release hid must be hidden still: shown now, it would tell what it was then."""
    if key not in release.hidden.get(table.name, ()):
        return False
    moved = changes.get(key, (0,))
    return release.same_period or max(moved[0], *moved[1::2], 0) < least


def _stats(sums: Sums, table: MarketTable, dimensions: frozenset[str], lenders: Sequence[str]) -> Stats:
    """Per cell of these dimensions: borrowers; per measure its sum, borrowers with a part, largest and second part."""
    chosen = [name for name in table.dimensions if name in dimensions]
    columns = list({**table.amounts, **table.numbers}.values())
    return {
        _key(table, chosen, row, lenders): tuple(row[len(chosen) :]) for row in sums.of(table.source, chosen, columns)
    }


def _parts(table: MarketTable, dimensions: Sequence[str], prefix: str) -> str:
    """SQL for one row per cell and borrower, with the borrower's part of each measure."""
    columns = {**table.amounts, **table.numbers}
    if table.source == "borrower":  # is one row per borrower already
        amounts = [f"{column} AS {name}" for name, column in columns.items() if name != column]
        return f"SELECT {', '.join(['*', *amounts])} FROM {prefix}borrower"
    sums = [f"CAST(sum({column}) AS BIGINT) AS {name}" for name, column in columns.items()]
    group = ", ".join([*dimensions, "borrower"])
    return f"SELECT {', '.join([group, *sums])} FROM {prefix}{table.source} GROUP BY {group}"


def _changes(
    con: duckdb.DuckDBPyConnection,
    table: MarketTable,
    wanted: Sequence[frozenset[str]],
    release: Release,
    lenders: Sequence[str],
) -> Stats:
    """Per cell: borrowers who came or left; per measure, borrowers whose part changed, and by how much in all."""
    found: dict[Key, tuple[int, ...]] = {}
    for one in wanted:
        chosen = [name for name in table.dimensions if name in one]
        columns = (*table.amounts, *table.numbers)
        counted = ["count(*) FILTER (b.borrower IS NULL OR n.borrower IS NULL)"]
        for name in columns:
            gone = f"coalesce(n.{name}, 0) - coalesce(b.{name}, 0)"
            counted += [f"count(*) FILTER ({gone} <> 0)", f"CAST(sum(abs({gone})) AS BIGINT)"]
        shared = ", ".join([*chosen, "borrower"])
        rows = con.execute(
            f"SELECT {', '.join([*chosen, *counted])} FROM ({_parts(table, chosen, release.now)}) AS n "
            f"FULL JOIN ({_parts(table, chosen, release.before)}) AS b USING ({shared})"
            + (f" GROUP BY {', '.join(chosen)}" if chosen else "")
        ).fetchall()
        for row in rows:
            found[_key(table, chosen, row, lenders)] = tuple(value or 0 for value in row[len(chosen) :])
    return found


def _smallest(
    changes: Sequence[Stats], keys: Sequence[Key], changed_at: int, change_at: int, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """The fewest borrowers that changed a cell since a release where those are few, and the largest change then."""
    changed, change = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    for place, key in enumerate(keys):
        few = [one[key] for one in changes if key in one and 0 < one[key][changed_at] < least]
        if few:
            changed[place] = min(one[changed_at] for one in few)
            change[place] = max(one[change_at] for one in few)
    return changed, change


def _key(table: MarketTable, chosen: Sequence[str], row: Sequence[object], lenders: Sequence[str]) -> Key:
    declared: Mapping[str, Sequence[str]] = {**catalog.market().MEMBERS, "lender": lenders}
    told = {
        name: declared[name][int(str(row[at]))] if name in declared else str(row[at]) for at, name in enumerate(chosen)
    }
    return tuple(told.get(name, TOTAL) for name in table.dimensions)


def _members(table: MarketTable, stats: Mapping[frozenset[str], Stats]) -> Mapping[str, Sequence[str]]:
    """The members of each dimension, in declared order or that of their names."""
    found: dict[str, Sequence[str]] = {}
    for place, name in enumerate(table.dimensions):
        seen = {key[place] for key in stats[frozenset([name])]}
        declared = table.members.get(name)
        if declared is None:
            found[name] = sorted(seen)
        else:
            found[name] = [one for one in declared if one in seen or (name in _ALWAYS and one != "unknown")]
    return found
