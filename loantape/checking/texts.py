"""Judging texts once a value: what a condition on one text column is on every row, from the values there are.

Belongs here: replacing such conditions by what they come to on this relation. Not here: taking a predicate apart
(``failing``) or asking it (``asking``).

A column of codes, regions or status strings has few values and many rows. Whether a pattern matches is found on the
values; on the rows it then never holds, always does, or does for a few values that are compared as they are. The other
conditions stay. Which columns are worth it is guessed from the first rows: a wrong guess costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from loantape.checking.failing import NEVER, ROW_ALIAS, Condition, leaves

_WORTH_IT = 100_000  # rows: below, evaluating every condition is quicker than finding out which need not be
_LOOKED_AT = 20_000  # rows from which the number of values is guessed
_ROWS_A_VALUE = 8  # a column is worth it when a value stands on so many rows
_COMPARED = 16  # values that are compared one by one rather than judged anew
_TABLE = "check_texts"


def judged(
    con: duckdb.DuckDBPyConnection, relation: str, rows: int, conditions: Iterable[Condition]
) -> Mapping[str, str]:
    """Leaves of ``conditions`` on one text, by their SQL: another SQL that is true on the same rows of ``relation``."""
    asked: dict[str, dict[str, None]] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            if leaf.text:
                asked.setdefault(leaf.text, {})[leaf.wide] = None
    worth = _worth(con, relation, list(asked)) if rows >= _WORTH_IT else []
    if not worth:
        return {}
    values = " UNION ALL ".join(
        f'SELECT DISTINCT {n} AS place, "{name}" AS value FROM {relation}' for n, name in enumerate(worth)
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {values}")
    try:
        return _judge(con, {name: list(asked[name]) for name in worth})
    finally:
        con.execute(f"DROP TABLE {_TABLE}")


def _worth(con: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    listed = ", ".join(f'"{name}"' for name in names)
    counts = ", ".join(f'count(DISTINCT "{name}")' for name in names)
    row = con.execute(f"SELECT count(*), {counts} FROM (SELECT {listed} FROM {relation} LIMIT {_LOOKED_AT})").fetchone()
    rows, *values = row or (0,)
    return [name for name, count in zip(names, values, strict=False) if count * _ROWS_A_VALUE <= rows]


def _judge(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    sources = {
        name: f'(SELECT value AS "{name}" FROM {_TABLE} WHERE place = {n}) AS {ROW_ALIAS}'
        for n, name in enumerate(asked)
    }
    counted = con.execute(
        " UNION ALL ".join(
            f"SELECT {n}, [count(*), {', '.join(f'count(*) FILTER (WHERE {leaf})' for leaf in asked[name])}] "
            f"FROM {sources[name]}"
            for n, name in enumerate(asked)
        )
    ).fetchall()
    known: dict[str, str] = {}
    few: list[tuple[str, str, bool]] = []
    names = list(asked)
    for n, (every, *true) in counted:
        for leaf, count in zip(asked[names[n]], true, strict=True):
            if count == 0:
                known[leaf] = NEVER
            elif count <= _COMPARED:
                few.append((names[n], leaf, True))
            elif every - count <= _COMPARED:
                few.append((names[n], leaf, False))
    known.update(_compared(con, sources, few))
    return known


def _compared(
    con: duckdb.DuckDBPyConnection, sources: Mapping[str, str], few: Sequence[tuple[str, str, bool]]
) -> Mapping[str, str]:
    """Leaves as comparisons with the few values on which they hold, or with the few on which they do not."""
    if not few:
        return {}
    values: list[set[str | None]] = [set() for _ in few]
    statement = " UNION ALL ".join(
        f'SELECT {k}, "{name}" FROM {sources[name]} WHERE {leaf if holds else f"({leaf}) IS NOT TRUE"}'
        for k, (name, leaf, holds) in enumerate(few)
    )
    for k, value in con.execute(statement).fetchall():
        values[k].add(value)
    known = {}
    for (name, leaf, holds), found in zip(few, values, strict=True):
        texts = sorted(value for value in found if value is not None)
        if any("\0" in value for value in texts):
            continue  # no literal can say it
        known[leaf] = _comparison(f'{ROW_ALIAS}."{name}"', texts, holds, null=(None in found) is holds)
    return known


def _comparison(column: str, texts: Sequence[str], holds: bool, *, null: bool) -> str:
    """True on a column's rows with one of ``texts``, or with any other, and with none as ``null`` says."""
    word = "IN" if holds else "NOT IN"
    literals = ", ".join("'" + value.replace("'", "''") + "'" for value in texts)
    parts = [f"{column} {word} ({literals})"] if texts else [] if holds else [f"{column} IS NOT NULL"]
    parts += [f"{column} IS NULL"] if null else []
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"
