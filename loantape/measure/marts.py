"""Marts: small tables that a period leaves behind, so that later ones need not open its tape.

Belongs here: computing a mart's rows of one period, and writing them out. Not here: where they are kept
(``loantape.store.marts``), or what a mart says (``transforms``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from loantape import catalog
from loantape.declare import Period
from loantape.measure.blame import blamed
from loantape.measure.tables import INDICATORS, NO_PAST, Tables, sql, views


@contextmanager
def made(con: duckdb.DuckDBPyConnection, names: Iterable[str], period: Period) -> Iterator[Mapping[str, str]]:
    """This period's rows of the named marts, by mart, as relations with the column ``period``, while the block runs.

    The mart of indicators is left out: it is what is being measured. Raises IndicatorCrashed naming the mart.
    """
    relations: dict[str, str] = {}
    try:
        for name in sorted({*names} - {INDICATORS}):
            with blamed(f"mart {name}"):
                tables = Tables()
                statement = sql(catalog.marts()[name].measure(tables))
                if others := [one for one in sorted(tables.read) if one not in catalog.tape_tables()]:
                    raise LookupError(f"it reads {', '.join(others)}: a mart is made of its own period's tape")
                with views(con, tables, NO_PAST, {}):
                    con.execute(
                        f"CREATE OR REPLACE TEMP TABLE mart_{name} AS SELECT DATE '{period.date}' AS period, * "
                        f"FROM ({statement}) AS mart ORDER BY ALL"
                    )
            relations[name] = f"mart_{name}"
        yield relations
    finally:
        for name in relations.values():
            con.execute(f"DROP TABLE temp.{name}")


def keep(con: duckdb.DuckDBPyConnection, folder: Path, relations: Mapping[str, str]) -> None:
    """Write each relation as ``<mart>.parquet``: the same rows give the same bytes."""
    for mart, relation in relations.items():
        path = str(folder / f"{mart}.parquet").replace("'", "''")
        con.execute(f"COPY (SELECT * FROM {relation}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
