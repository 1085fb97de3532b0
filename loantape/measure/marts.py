"""Marts: small tables that a period leaves behind, so that later ones need not open its tape.

Belongs here: computing a mart's rows of one period. Not here: where they are kept (``loantape.history``), or what a
mart says (``transforms``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import ibis.expr.datatypes as dt

from loantape import catalog
from loantape.declare import Period
from loantape.measure.blame import blamed
from loantape.measure.tables import INDICATORS, Past, Tables, sql, type_of, views


@contextmanager
def own_marts(
    con: duckdb.DuckDBPyConnection, names: Iterable[str], period: Period, past: Past
) -> Iterator[Mapping[str, str]]:
    """This period's rows of the named marts, by mart, as relations with the column ``period``, while the block runs.

    The mart of indicators is left out: it is what is being measured. A mart whose earlier period there is none of has
    no rows. Raises IndicatorCrashed naming the mart.
    """
    made: dict[str, str] = {}
    try:
        for name in sorted({*names} - {INDICATORS}):
            with blamed(f"mart {name}"):
                tables = Tables()
                expression = catalog.marts()[name].measure(tables)
                if past.lacks(tables.read) is not None:
                    columns = {"period": dt.date, **expression.schema()}
                    typed = ", ".join(f'"{column}" {type_of(kind)}' for column, kind in columns.items())
                    con.execute(f"CREATE OR REPLACE TEMP TABLE mart_{name} ({typed})")
                else:
                    with views(con, tables, past, {}):
                        con.execute(
                            f"CREATE OR REPLACE TEMP TABLE mart_{name} AS SELECT DATE '{period.date}' AS period, * "
                            f"FROM ({sql(expression)}) AS mart ORDER BY ALL"
                        )
            made[name] = f"mart_{name}"
        yield made
    finally:
        for name in made.values():
            con.execute(f"DROP TABLE temp.{name}")
