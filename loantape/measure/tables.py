"""The tables that indicators and marts read, by name: this tape's, earlier periods', and prepared grains of both.

Belongs here: what each name stands for, as an Ibis table and as the view it is asked through. Not here: where earlier
periods lie (``loantape.earlier``), or what a grain is made of (``transforms``).

Names: a tape table (``loan``); ``previous_<table>`` and ``opening_<table>``, the same table of the period before and of
the last December; ``history_<mart>``, the rows that earlier periods left in a mart, with their ``period``;
``loan_pricing``, the rates that loans' cash flows give, by ``row`` of the tape; ``repeated_<table>``, the
``<table>_row`` of rows whose key the tape has more than once; a prepared grain. A tape table ``t``
also has ``t_row``, the row's place in the tape: a grain that carries it can say which loans, and which lines, make a
number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
from ibis.backends.sql.datatypes import DuckDBType

from loantape import catalog
from loantape.checking.repeats import Repeats
from loantape.measure.blame import blamed
from loantape.measure.values import COLUMNS, NO_HISTORY, NO_OPENING, NO_PREVIOUS

PREVIOUS, OPENING, HISTORY, REPEATED = "previous_", "opening_", "history_", "repeated_"
PRICING = "loan_pricing"
_KEYS = "measure_keys_"  # temporary tables of the keys that a tape table repeats
INDICATORS = "indicators"  # the mart that every period leaves: its indicators


@dataclass(frozen=True)
class Past:
    """Where a connection finds earlier periods; None, or no entry, where there is none.

    ``previous`` and ``opening`` are the names under which those submissions are attached. ``history`` gives, by mart,
    a relation with the rows of earlier periods and their ``period``.
    """

    previous: str | None = None
    opening: str | None = None
    history: Mapping[str, str] = field(default_factory=dict)

    def lacks(self, names: Collection[str]) -> str | None:
        """Why something that reads these tables cannot be computed, None when it can."""
        if self.previous is None and any(name.startswith(PREVIOUS) for name in names):
            return NO_PREVIOUS
        if self.opening is None and any(name.startswith(OPENING) for name in names):
            return NO_OPENING
        if HISTORY + INDICATORS in names and INDICATORS not in self.history:
            return NO_HISTORY
        return None


NO_PAST = Past()


class Tables(Mapping[str, Any]):
    """Every table by name, as Ibis tables. ``read`` notes those that were taken, those of grains included."""

    def __init__(self, read: Collection[str] = (), grains: Mapping[str, str] | None = None) -> None:
        self.read: set[str] = set(read)
        self.grains: dict[str, str] = dict(
            grains or {}
        )  # grain to its statement, in the order they build on each other

    def __getitem__(self, name: str) -> Any:
        if name in catalog.prepared():
            grain = _grain(name)
            self.read |= grain.read
            self.grains |= grain.statements
            return grain.table
        table = stored(name)
        self.read.add(name)
        return table

    def __iter__(self) -> Iterator[str]:
        yield from catalog.prepared()
        for name in catalog.tape_tables():
            yield from (name, PREVIOUS + name, OPENING + name, REPEATED + name)
        yield PRICING
        yield from (HISTORY + name for name in (INDICATORS, *catalog.marts()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def stored(name: str) -> Any:
    """The Ibis table of a name that is no grain. Raises KeyError when the name means nothing."""
    return ibis.table(_schema(name), f"measure_{name}")


@contextmanager
def views(con: duckdb.DuckDBPyConnection, tables: Tables, past: Past, own: Mapping[str, str]) -> Iterator[None]:
    """What was taken from ``tables``, as temporary views for as long as this lasts.

    ``own`` are this period's own rows of marts, by mart, as relations.
    """
    made: list[str] = []
    has_prices = PRICING not in tables.read or _has(con, PRICING)
    repeated = [name.removeprefix(REPEATED) for name in sorted(tables.read) if name.startswith(REPEATED)]
    try:
        if not has_prices:  # no rule has asked for them
            catalog.loan_pricer()(con, temporary=True)
        with Repeats(con) as repeats:
            for table in repeated:
                repeats.look_for(f"{_KEYS}{table}", f"tape_{table}", catalog.tape_tables()[table].key())
            repeats.finish()
        for name in sorted(tables.read):
            con.execute(f'CREATE OR REPLACE TEMP VIEW "measure_{name}" AS {_source(con, name, past, own)}')
            made.append(f"measure_{name}")
        for name, statement in tables.grains.items():
            con.execute(f'CREATE OR REPLACE TEMP VIEW "grain_{name}" AS {statement}')
            made.append(f"grain_{name}")
        yield
    finally:
        for name in reversed(made):
            con.execute(f'DROP VIEW temp."{name}"')
        for table in repeated:
            con.execute(f"DROP TABLE IF EXISTS temp.{_KEYS}{table}")
        if not has_prices:
            con.execute(f"DROP TABLE IF EXISTS temp.{PRICING}")


def sql(expression: Any) -> str:
    """DuckDB's SQL for an Ibis expression."""
    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


@dataclass(frozen=True)
class _Grain:
    table: Any
    read: frozenset[str]
    statements: Mapping[str, str]


@cache
def _grain(name: str) -> _Grain:
    """A prepared grain: the Ibis table that stands for its view, what it reads, and the statements of the views."""
    tables = Tables()
    with blamed(f"grain {name}"):
        expression = catalog.prepared()[name](tables)
        statements = {**tables.grains, name: sql(expression)}
        return _Grain(ibis.table(expression.schema(), f"grain_{name}"), frozenset(tables.read), statements)


@cache
def _schema(name: str) -> Mapping[str, Any]:
    for prefix in ("", PREVIOUS, OPENING):
        table = name.removeprefix(prefix)
        if name.startswith(prefix) and table in catalog.tape_tables():
            columns = catalog.tape_tables()[table].to_schema().columns.items()
            return {f"{name}_row": dt.int64, **{field: column.dtype.type for field, column in columns}}
    if name == PRICING:
        return catalog.pricing_columns()
    if name.startswith(REPEATED) and name.removeprefix(REPEATED) in catalog.tape_tables():
        return {f"{name.removeprefix(REPEATED)}_row": dt.int64}
    mart = name.removeprefix(HISTORY)
    if name.startswith(HISTORY) and mart == INDICATORS:
        return {"period": dt.date, **ibis.Schema.from_pyarrow(COLUMNS)}
    if name.startswith(HISTORY) and mart in catalog.marts():
        with blamed(f"mart {mart}"):
            return {"period": dt.date, **catalog.marts()[mart].measure(Tables()).schema()}
    raise KeyError(name)


def _has(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?", [table]
    )
    return bool(found.fetchall())


def _source(con: duckdb.DuckDBPyConnection, name: str, past: Past, own: Mapping[str, str]) -> str:
    if name == PRICING:
        return f"SELECT * FROM {PRICING}"
    if name.startswith(REPEATED):
        table = name.removeprefix(REPEATED)
        return f'SELECT "row" AS "{table}_row" FROM {_KEYS}{table}'
    if name.startswith(HISTORY):
        mart = name.removeprefix(HISTORY)
        found = [one for one in (past.history.get(mart), own.get(mart)) if one is not None]
        columns = ", ".join(
            f'CAST("{column}" AS {type_of(kind)}) AS "{column}"' for column, kind in _schema(name).items()
        )
        return " UNION ALL ".join(f"SELECT {columns} FROM {one}" for one in found)
    for prefix, catalog_name in ((PREVIOUS, past.previous), (OPENING, past.opening)):
        if name.startswith(prefix):
            table = f"{catalog_name}.tape_{name.removeprefix(prefix)}"
            kinds = dict(list(_schema(name).items())[1:])
            return f'SELECT rowid AS "{name}_row", {_columns(con, table, kinds)} FROM {table}'
    return f'SELECT rowid AS "{name}_row", * FROM tape_{name}'


def _columns(con: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, Any]) -> str:
    """What an earlier period kept, in today's types: a column that was not there yet when it was written is null."""
    there = {column for column, *_ in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    return ", ".join(
        f"CAST({quoted(column) if column in there else 'NULL'} AS {type_of(kind)}) AS {quoted(column)}"
        for column, kind in columns.items()
    )


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def type_of(kind: Any) -> str:
    """DuckDB's name of an Ibis type."""
    return str(DuckDBType.from_ibis(kind).sql("duckdb"))
