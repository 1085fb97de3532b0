"""The relations that grains are made of while checking: the submission before, keys counted once, prices, totals.

Belongs here: making them, and leaving none behind. Not here: what a grain is made of (``schemas.grains``) and what is
asked of it (``engine``). All of them are temporary and called ``check_*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from loantape import catalog
from loantape.checking.history import prepare_history, prepare_totals
from loantape.checking.repeats import Repeats
from loantape.declare import Grain, Period

PLACES = "check_places"
_ROWS_A_PLACE = 8  # bits: a finding looks for its line among the runs of 256 rows
_PLACES = f"""CREATE OR REPLACE TEMP TABLE {PLACES} AS
    SELECT table_name AS base, unnest(range(first_row >> {_ROWS_A_PLACE}, (last_row >> {_ROWS_A_PLACE}) + 1)) AS part,
        file, first_row, last_row, first_line - first_row AS to_line
    FROM accepted_runs"""


@contextmanager
def prepared(
    con: duckdb.DuckDBPyConnection,
    grains: Iterable[Grain],
    previous: Path | None,
    history: Mapping[Period, Path] | None = None,
    *,
    wait: bool = True,
) -> Iterator[Repeats]:
    """Everything that ``Grain.select`` names for these grains, and ``check_places``, while the block runs.

    ``previous`` is the file of the submission before the one open in ``con``, the catalog ``previous`` meanwhile.
    Unless asked to ``wait``, repeated keys are still being looked for in the block: what is yielded finishes that.
    """
    needed = list(grains)
    with attached(con, previous), _temporary(con), Repeats(con) as repeats:
        start_repeats(con, needed, repeats)
        prepare_totals(con, catalog.totals())
        prepare_history(con, history or {})
        prepare_shared(con, needed, repeats)
        if wait:
            repeats.finish()
        yield repeats


def start_repeats(con: duckdb.DuckDBPyConnection, grains: Sequence[Grain], repeats: Repeats) -> None:
    """Have repeated keys looked for, and declare the first rows of each key, this period's and the one's before."""
    for table, model in catalog.tape_tables().items():
        repeats.look_for(f"check_repeated_{table}", f"tape_{table}", model.key())
        _make_first(con, f"check_first_{table}", f"tape_{table}", f"check_repeated_{table}", model.key())
    if any(one.needs_previous for one in grains):
        key = catalog.tape_tables()["loan"].key()
        repeats.look_for("check_repeated_previous_loan", "previous.tape_loan", key)
        _make_first(con, "check_first_previous_loan", "previous.tape_loan", "check_repeated_previous_loan", key)


def prepare_shared(con: duckdb.DuckDBPyConnection, grains: Sequence[Grain], repeats: Repeats) -> None:
    """The relations that grains read: places, prices, their own. Those read the first rows of each key."""
    con.execute(_PLACES)
    needed = [one for one in grains if one.needs_pricing or one.made]
    if needed:
        repeats.finish()
    if any(one.needs_pricing for one in needed):
        catalog.loan_pricer()(con)
    for name, select in {name: select for one in needed for name, select in one.made.items()}.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")


def place_join(row: str, base: str) -> str:
    """SQL: a LEFT JOIN, as ``place``, to the file and line of a row of a tape table; base "" is of no table.

    It is a join on equality, so it neither sorts nor grows with the number of runs: an ASOF join sorts every finding.
    """
    return (
        f"LEFT JOIN {PLACES} AS place ON place.base = '{base}' AND place.part = ({row} >> {_ROWS_A_PLACE}) "
        f"AND {row} >= place.first_row AND {row} <= place.last_row"
    )


def _make_first(con: duckdb.DuckDBPyConnection, name: str, table: str, repeated: str, key: Sequence[str]) -> None:
    known = " AND ".join(f"{column} IS NOT NULL" for column in key)
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {table}
        WHERE {known} AND rowid NOT IN (SELECT "row" FROM {repeated} WHERE "row" <> first_row)"""
    )


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, file: Path | None, catalog_name: str = "previous") -> Iterator[None]:
    """An earlier submission, if there is one, as a catalog, read-only, while the block runs."""
    if file is None:
        yield
        return
    escaped = str(file).replace("'", "''")
    con.execute(f"ATTACH '{escaped}' AS {catalog_name} (READ_ONLY)")
    try:
        yield
    finally:
        con.execute(f"DETACH {catalog_name}")


@contextmanager
def _temporary(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Leaves none of the ``check_*`` relations behind, whatever happens."""
    try:
        yield
    finally:
        made = con.execute(
            "SELECT table_type, table_name FROM information_schema.tables "
            "WHERE table_catalog = 'temp' AND starts_with(table_name, 'check_') ORDER BY table_type DESC, table_name"
        ).fetchall()
        for kind, name in made:
            con.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} temp.main."{name}"')
