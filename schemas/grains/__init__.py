"""Prepared grains: the tables a rule can be said on, declared as data.

Belongs here: for each grain, whose rows it has, which columns are joined to them and how. Not here: rules, and running
them. ``loan`` and the other tape tables are grains as they are; ``X_with_Y`` has the rows, keys and lines of ``X`` and
what ``Y`` says about each; ``partner_group`` and ``delivery`` are totals. Where a key that is joined to is repeated,
its first row counts (``check_first_<table>``): the repetition itself is a finding (FLD-005). The one before this
submission is the catalog ``previous``, its loans with each key once ``check_first_previous_loan``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Grain
from schemas.tape import TABLES

AMOUNT = dt.Decimal(18, 2)
BALANCE = dt.Decimal(38, 2)  # a sum of amounts
PERCENT = dt.Decimal(12, 6)
Prepared = Mapping[str, tuple[dt.DataType, str]]  # column name to its type and its SQL


@cache
def tape_columns(table: str) -> dict[str, dt.DataType]:
    """Column name to Ibis type of a tape table, in the model's order."""
    return {name: column.dtype.type for name, column in TABLES[table].to_schema().columns.items()}


def stored(table: str) -> Grain:
    """A tape table as it is."""
    return Grain(table, table, f"tape_{table}", _own(table), key=TABLES[table].key())


def on_rows(name: str, table: str, prepared: Prepared, joins: str = "", **more: Any) -> Grain:
    """The rows of a tape table with prepared columns. ``base`` is the table, ``joins`` what the columns come from."""
    return Grain(name, table, f"tape_{table}", _own(table), prepared, joins, TABLES[table].key(), **more)


def on_previous(name: str, table: str, prepared: Prepared, joins: str = "") -> Grain:
    """The rows that a table had in the submission before this one: they have no line in this one."""
    return Grain(
        name,
        table,
        f"previous.tape_{table}",
        _own(table),
        prepared,
        joins,
        TABLES[table].key(),
        has_rows=False,
        needs_previous=True,
    )


def on_totals(name: str, base: str, prepared: Prepared, key: tuple[str, ...] = (), **more: Any) -> Grain:
    """Rows of their own: ``base`` is a SELECT in brackets, and each prepared column one of it or SQL over it."""
    return Grain(name, None, base, {"row": dt.int64}, prepared, key=key, has_rows=False, **more)


def exists(column: str, where: str) -> tuple[dt.DataType, str]:
    """Whether the column's value is in another table; null where there is no value."""
    found = f"base.{column} IN (SELECT {column} FROM {where} WHERE {column} IS NOT NULL)"
    return dt.boolean, f"CASE WHEN base.{column} IS NOT NULL THEN {found} END"


def _own(table: str) -> dict[str, dt.DataType]:
    return {"row": dt.int64, **tape_columns(table)}
