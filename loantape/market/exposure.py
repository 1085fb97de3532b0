"""How much borrowers owe over all lenders together: bands and deciles of joint exposure.

Belongs here: counting borrowers into bands, and deciles rounded so that none is one borrower's figure. Not here: which
bands there are (schemas/limits/market.toml).

Bands and deciles say something about each other and about the total balance, so all three are known to disclosure
control: the base cells are the intervals between all bounds of bands and deciles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import duckdb
import numpy as np

from loantape.market.releases import Release
from loantape.privacy.sensitive import Policy
from loantape.privacy.tables import TOTAL, Inequality, Measure, Tables

BORROWERS = "borrowers"


@dataclass(frozen=True)
class Exposure:
    """``deciles`` are in cents, the first nine; empty where ten times as many borrowers are missing as a cell needs."""

    tables: Tables
    deciles: Sequence[int]


def band_names(bounds: Sequence[Decimal]) -> Sequence[str]:
    """The bands by their upper ends in yuan: ``-50000``, ``50000-100000``, ... , ``500000+``; upper ends are inside."""
    ends = [f"{bound.normalize():f}" for bound in bounds]
    return [f"-{ends[0]}", *(f"{low}-{high}" for low, high in pairwise(ends)), f"{ends[-1]}+"]


def count_exposure(
    con: duckdb.DuckDBPyConnection,
    bounds: Sequence[Decimal],
    step: Decimal,
    policy: Policy,
    releases: Sequence[Release],
) -> Exposure:
    """Borrowers by band of what they owe together; ``bounds`` and ``step`` (of the deciles) in yuan."""
    ends, width = [int(bound * 100) for bound in bounds], int(step * 100)
    borrowers, least, total = con.execute("SELECT count(*), min(balance), sum(balance) FROM borrower").fetchall()[0]
    deciles = _deciles(con, borrowers, width) if borrowers >= 10 * policy.least else []
    edges = sorted({*ends, *deciles, *(decile - width for decile in deciles)})
    interval, band = _place("balance", edges), _place("balance", ends)
    names = band_names(bounds)
    rows = con.execute(f"SELECT {interval}, count(*) FROM borrower GROUP BY 1").fetchall()
    base = np.zeros(len(edges) + 1, dtype=np.int64)
    for place, number in rows:
        base[place] = number
    # an interval lies in the band of its upper end; what is above the last edge lies in the last band
    above = [sum(end < edge for end in ends) for edge in edges] + [len(ends)]
    keys = [(TOTAL,), *((name,) for name in names)]
    shown = [borrowers, *(int(base[np.array(above) == at].sum()) for at in range(len(names)))]
    known = _known(edges, deciles, width, borrowers, int(total or 0)) if (least or 0) >= 0 else []
    measure = Measure(BORROWERS, base, changed=_changed(con, band, len(names), releases, policy.least), known=known)
    tables = Tables(
        ("band",),
        tuple((str(place),) for place in range(len(base))),
        tuple(keys),
        np.array(shown, dtype=np.int64),
        (measure,),
        parents={"band": {str(place): names[at] for place, at in enumerate(above)}},
        fixed=frozenset([(TOTAL,)]),
    )
    return Exposure(tables, deciles)


def _deciles(con: duckdb.DuckDBPyConnection, borrowers: int, width: int) -> Sequence[int]:
    """The smallest multiples of ``width`` that at least one, two, ... nine tenths of the borrowers do not exceed."""
    ranks = [-(-borrowers * tenth // 10) for tenth in range(1, 10)]
    rows = con.execute(
        f"SELECT balance FROM (SELECT balance, row_number() OVER (ORDER BY balance) AS rank FROM borrower) "
        f"WHERE rank IN ({', '.join(map(str, ranks))}) ORDER BY rank"
    ).fetchall()
    return [-(-balance // width) * width for (balance,) in rows]


def _known(
    edges: Sequence[int], deciles: Sequence[int], width: int, borrowers: int, total: int
) -> Sequence[Inequality]:
    """What deciles and the total balance say of how many borrowers lie in each interval."""
    found = []
    for tenth, decile in enumerate(deciles, start=1):
        rank = -(-borrowers * tenth // 10)
        to = [float(edge <= decile) for edge in edges] + [0.0]
        found.append(Inequality([-one for one in to], float(-rank)))
        found.append(Inequality([float(edge <= decile - width) for edge in edges] + [0.0], float(rank - 1)))
    # nobody owes less than the lower end of an interval, nor more than its upper end where it has one
    lower = [0.0, *(float(edge) / 100 for edge in edges)]
    found.append(Inequality(lower, total / 100))
    return found


def _changed(
    con: duckdb.DuckDBPyConnection, band: str, bands: int, releases: Sequence[Release], least: int
) -> np.ndarray:
    """Per cell, the fewest borrowers that came into it or left it since a release, where those are few."""
    changed = np.zeros(bands + 1, dtype=np.int64)
    for release in releases:
        rows = con.execute(
            f"SELECT band, count(*) FILTER (b.borrower IS NULL OR n.borrower IS NULL), FALSE FROM "
            f"(SELECT borrower, {band} AS band FROM {release.now}borrower) AS n FULL JOIN "
            f"(SELECT borrower, {band} AS band FROM {release.before}borrower) AS b USING (band, borrower) "
            f"GROUP BY band UNION ALL SELECT 0, count(*) FILTER (b.borrower IS NULL OR n.borrower IS NULL), TRUE FROM "
            f"{release.now}borrower AS n FULL JOIN {release.before}borrower AS b USING (borrower)"
        ).fetchall()
        for place, number, is_total in rows:
            at = 0 if is_total else place + 1
            if 0 < number < least:
                changed[at] = min(number, changed[at] or least)
    return changed


def _place(value: str, edges: Sequence[int]) -> str:
    """SQL for the number of edges below a value: an interval includes its upper edge."""
    return " + ".join(f"CAST({value} > {edge} AS INTEGER)" for edge in edges) or "0"
