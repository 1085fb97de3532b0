"""The rows of tapes that make a number: which line of which file, and what it adds to numerator and denominator.

Belongs here: asking an indicator for its rows and finding their places. Not here: what a row adds (``transforms``), the
tables it is asked of (``tables``), printing (``loantape.export_indicators``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from loantape import catalog
from loantape.checking.findings import key_sql
from loantape.declare import Figures, Indicator
from loantape.errors import ConfigurationError
from loantape.measure.blame import blamed
from loantape.measure.tables import OPENING, PREVIOUS, Past, Tables, quoted, sql, views

FIELDS = ("member", "submission", "table", "key", "file", "line", "numerator", "denominator")
_AT_ONCE = 10_000
_PLACES = "behind_places"


@contextmanager
def behind(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    member: str | None,
    past: Past,
    own: Mapping[str, str],
    named: Mapping[str, str],
) -> Iterator[Iterator[dict[str, Any]]]:
    """Every row that adds something to one member's number, or to any member's, with ``FIELDS``; complete, in order.

    ``named`` gives the submissions' full names by the prefix of their tables ("" for this one). The terms of a member
    add up to its stored numerator and denominator; without a member, what a row adds to the denominator of every member
    is told once. Raises ConfigurationError for an indicator that no rows add up to, saying why.
    """
    with blamed(f"indicator {indicator.code}"):
        tables = Tables()
        figures = indicator.measure(tables)
        if not isinstance(figures, Figures) or figures.behind is None:
            why = " ".join(indicator.unlisted).strip() or "its declaration does not say which rows it is made of"
            raise ConfigurationError(f"{indicator.code} cannot be listed loan by loan: {why}", "see its parts instead")
        pieces = figures.behind(member)
    lacking = past.lacks(tables.read)
    if lacking is not None:
        raise ConfigurationError(f"{indicator.code} has no value: {lacking}", "there is nothing to list")
    with blamed(f"indicator {indicator.code}"), views(con, tables, past, own), _places(con, past) as places:
        statements = [one for piece in pieces for one in _statements(piece, places, past, named)]
        yield _rows(con, " UNION ALL ".join(f"({one})" for one in statements))


def _rows(con: duckdb.DuckDBPyConnection, statement: str) -> Iterator[dict[str, Any]]:
    cursor = con.execute(f"SELECT {', '.join(map(quoted, FIELDS))} FROM ({statement}) AS rows ORDER BY part, place")
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from (dict(zip(FIELDS, row, strict=True)) for row in rows)


def _statements(piece: Any, places: Mapping[str, str], past: Past, named: Mapping[str, str]) -> Iterator[str]:
    """The rows of one table by where they stand: on this tape if they name a row of it, else on an earlier one."""
    found = [
        (prefix, table, f'behind."{prefix}{table}_row"')
        for prefix in places
        for table in catalog.tape_tables()
        if f"{prefix}{table}_row" in piece.columns
    ]
    adds = "(coalesce(behind.numerator, 0) <> 0 OR coalesce(behind.denominator, 0) <> 0)"
    terms = "CAST(behind.numerator AS VARCHAR) AS numerator, CAST(behind.denominator AS VARCHAR) AS denominator"
    before = adds
    catalogs = {"": "", PREVIOUS: f"{past.previous}.", OPENING: f"{past.opening}."}
    for prefix, table, row in found:
        name = named[prefix].replace("'", "''")
        yield (
            f"SELECT behind.member, '{name}' AS submission, '{table}' AS \"table\", "
            f"{key_sql(catalog.grain(table), 'tape')} AS key, place.file, "
            f"place.first_line + {row} - place.first_row AS line, "
            f"{terms}, '{prefix}{table}' AS part, {row} AS place FROM ({sql(piece)}) AS behind "
            f"JOIN {catalogs[prefix]}tape_{table} AS tape ON tape.rowid = {row} "
            f"LEFT JOIN {places[prefix]} AS place ON place.table_name = '{table}' AND place.part = ({row} >> 8) "
            f"AND {row} BETWEEN place.first_row AND place.last_row WHERE {before}"
        )
        before += f" AND {row} IS NULL"
    yield (
        "SELECT behind.member, NULL AS submission, NULL AS \"table\", '' AS key, NULL AS file, NULL AS line, "
        f"{terms}, NULL AS part, NULL AS place FROM ({sql(piece)}) AS behind WHERE {before}"
    )


@contextmanager
def _places(con: duckdb.DuckDBPyConnection, past: Past) -> Iterator[Mapping[str, str]]:
    """By prefix of tables, the runs of accepted rows, cut into pieces of 256 rows: they are joined on equality."""
    made: dict[str, str] = {}
    try:
        for prefix, catalog_name in (("", ""), (PREVIOUS, past.previous), (OPENING, past.opening)):
            if catalog_name is not None:
                name, source = f"{_PLACES}_{len(made)}", f"{catalog_name}.accepted_runs".lstrip(".")
                con.execute(
                    f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT table_name, file, first_row, last_row, first_line, "
                    f"unnest(range(first_row >> 8, (last_row >> 8) + 1)) AS part FROM {source}"
                )
                made[prefix] = name
        yield made
    finally:
        for name in made.values():
            con.execute(f"DROP TABLE temp.{name}")
