"""What was shown before, so that a new view does not tell by its difference what is hidden.

Belongs here: rebuilding the state behind an earlier view for the borrowers that may differ, and which of its cells must
stay hidden. Not here: what follows for a cell (``loantape.privacy.sensitive``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from loantape.market.positions import gather_borrowers, load
from loantape.privacy.tables import TOTAL, Key
from loantape.progress import Progress

Attach = Callable[[duckdb.DuckDBPyConnection, str, str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Release:
    """An earlier view: the prefixes of the tables behind it and of those to compare them with, and what it showed.

    Only borrowers whose loans may differ need to be in either. ``same_period``: what it hid stays hidden; of another
    period only where fewer borrowers changed since than a cell needs.
    """

    before: str
    now: str
    hidden: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    same_period: bool = False


def rebuild(
    con: duckdb.DuckDBPyConnection,
    number: int,
    view: Mapping[str, Any],
    current: Mapping[int, str],
    lenders: Sequence[str],
    attach: Attach,
    progress: Progress,
    *,
    same_period: bool,
) -> Release:
    """The state behind ``view`` beside the current one, which is loaded without prefix."""
    earlier = {lenders.index(name.split("/")[0]): name for name in view["submissions"]}
    differing = sorted(one for one in {*earlier, *current} if earlier.get(one) != current.get(one))
    before, now, loaded = f"before{number}_", f"now{number}_", f"loaded{number}_"
    load(con, loaded, {one: earlier[one] for one in differing if one in earlier}, attach, progress)
    among = ", ".join(map(str, differing)) or "NULL"
    touched = f"SELECT borrower FROM position WHERE lender IN ({among}) UNION SELECT borrower FROM {loaded}position"
    for source in ("position", "partner"):
        here = f"SELECT * FROM {source} WHERE borrower IN ({touched})"
        kept = f"lender NOT IN ({among})" if differing else "true"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {now}{source} AS {here}")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {before}{source} AS SELECT * FROM {now}{source} WHERE {kept} "
            f"UNION ALL SELECT * FROM {loaded}{source}"
        )
    for source in ("position", "partner"):
        con.execute(f"DROP TABLE {loaded}{source}")
    for prefix in (before, now):
        gather_borrowers(con, prefix)
    return Release(before, now, _hidden(view), same_period)


def _hidden(view: Mapping[str, Any]) -> Mapping[str, frozenset[Key]]:
    return {
        table["name"]: frozenset(
            tuple(cell["key"].get(name, TOTAL) for name in table["dimensions"])
            for cell in table["cells"]
            if not cell["shown"]
        )
        for table in view["tables"]
    }
