"""Judging texts once a value: what a condition on one text column is on every row, from the values there are.

Belongs here: replacing such conditions by what they come to on this relation. Not here: taking a predicate apart
(``failing``) or asking it (``asking``).

A column of codes, regions or status strings has few values and many rows. Whether a pattern matches is found on the
values; on the rows it then never holds, always does, or does for a few values that are compared as they are. Where
several other conditions have functions of one text, those are computed once a value too, and joined to the rows.
Which columns are worth it is guessed from the first rows: a wrong guess costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from loantape.checking.failing import ALWAYS, NEVER, ROW_ALIAS, Condition, leaves, render
from loantape.checking.size import is_large

_LOOKED_AT = 20_000  # rows from which the number of values is guessed
_ROWS_A_VALUE = 8  # a column is worth it when a value stands on so many rows
_COMPARED = 16  # values that are compared one by one rather than judged anew
_SEVERAL = 3  # conditions for which what they need of a text is computed once a value
_TABLE, _HOT = "check_texts", "hot"


@dataclass(frozen=True)
class Hot:
    """A text on which many conditions hang: ``table`` has its values, and in other columns what is derived of each.

    ``parts`` are those columns (under the alias ``hot``) by the SQL of what they hold, ``numbers`` whose conditions are
    to be asked of the rows joined to the table. ``known`` is what is known of leaves, those on this text aside that are
    columns here.
    """

    column: str
    table: str
    parts: Mapping[str, str]
    numbers: tuple[int, ...]
    known: Mapping[str, str]

    def joined(self, relation: str) -> str:
        """The relation's rows with what is derived of their text; a null is a value too."""
        return (
            f"{relation} AS {ROW_ALIAS} LEFT JOIN {self.table} AS {_HOT} "
            f'ON {_HOT}.value IS NOT DISTINCT FROM {ROW_ALIAS}."{self.column}"'
        )


@dataclass(frozen=True)
class Judged:
    """``known``: leaves on one text, by their SQL, with another SQL that is true on the same rows."""

    known: Mapping[str, str] = field(default_factory=dict)
    hot: tuple[Hot, ...] = ()


@contextmanager
def judged(
    con: duckdb.DuckDBPyConnection, relation: str, rows: int, conditions: Mapping[int, Condition]
) -> Iterator[Judged]:
    """What the values of texts tell of numbered conditions on a relation; its tables last as long as the block."""
    asked: dict[str, dict[str, None]] = {}
    for condition in conditions.values():
        for leaf in leaves(condition):
            for column, _ in leaf.derived:
                asked.setdefault(column, {})
            if leaf.text:
                asked.setdefault(leaf.text, {})[leaf.wide] = None
    worth = _worth(con, relation, list(asked)) if is_large(rows) else []
    if not worth:
        yield Judged()
        return
    values = " UNION ALL ".join(
        f'SELECT {n} AS place, value FROM (SELECT DISTINCT "{name}" AS value FROM {relation})'  # only one column is
        for n, name in enumerate(worth)  # grouped by the dictionary it is stored with
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {values}")
    hot: list[Hot] = []
    try:
        known = _judge(con, {name: list(asked[name]) for name in worth})
        hot = _hot(con, worth, conditions, known)
        yield Judged(known, tuple(hot))
    finally:
        for table in (_TABLE, *(one.table for one in hot)):
            con.execute(f"DROP TABLE IF EXISTS {table}")


def _hot(
    con: duckdb.DuckDBPyConnection, worth: Sequence[str], conditions: Mapping[int, Condition], known: Mapping[str, str]
) -> list[Hot]:
    """Texts of which several conditions, once the leaves that are known are replaced, still have functions."""
    wanted: dict[str, dict[int, list[str]]] = {}
    text_of: dict[str, str] = {}
    for number, condition in conditions.items():
        if render(condition, known) == NEVER:
            continue
        for leaf in leaves(condition):
            text_of[leaf.wide] = leaf.text
            for column, part in leaf.derived if known.get(leaf.wide) != NEVER else ():
                if column in worth:
                    wanted.setdefault(column, {}).setdefault(number, []).append(part)
    made, taken = [], set()
    for column in sorted(wanted, key=lambda name: -len(wanted[name])):
        asked = {number: parts for number, parts in wanted[column].items() if number not in taken}
        if sum(_is_unknown(conditions[number], column, known) for number in asked) < _SEVERAL:
            continue
        taken |= set(asked)
        parts = list(dict.fromkeys(part for found in asked.values() for part in found))
        table = f"check_hot_{worth.index(column)}"
        listed = ", ".join(f"{part} AS d{n}" for n, part in enumerate(parts))
        con.execute(
            f'CREATE OR REPLACE TEMP TABLE {table} AS SELECT "{column}" AS value, {listed} '
            f'FROM (SELECT value AS "{column}" FROM {_TABLE} WHERE place = {worth.index(column)}) AS {ROW_ALIAS}'
        )
        names = {part: f"{_HOT}.d{n}" for n, part in enumerate(parts)}
        elsewhere = {leaf: sql for leaf, sql in known.items() if sql == NEVER or text_of.get(leaf) != column}
        made.append(Hot(column, table, names, tuple(asked), elsewhere))
    return made


def _is_unknown(condition: Condition, column: str, known: Mapping[str, str]) -> bool:
    """Whether functions of the text are still to be computed row by row."""
    found = (leaf for leaf in leaves(condition) if leaf.wide not in known)
    return any(name == column for leaf in found for name, _ in leaf.derived)


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
    counts = {
        name: ["count(*)", f'count("{name}")', *(f"count(*) FILTER (WHERE {leaf})" for leaf in asked[name])]
        for name in asked
    }
    counted = con.execute(
        " UNION ALL ".join(
            f"SELECT {n}, [{', '.join(counts[name])}] FROM {sources[name]}" for n, name in enumerate(asked)
        )
    ).fetchall()
    known: dict[str, str] = {}
    few: list[tuple[str, str, bool]] = []
    nulls: set[str] = set()
    names = list(asked)
    for n, (every, texts, *true) in counted:
        if texts < every:
            nulls.add(names[n])
        for leaf, count in zip(asked[names[n]], true, strict=True):
            if count in (0, every):
                known[leaf] = ALWAYS if count else NEVER
            elif min(count, every - count) <= _COMPARED:  # the fewer values the better
                few.append((names[n], leaf, count <= every - count))
    known.update(_compared(con, sources, few, nulls))
    return known


def _compared(
    con: duckdb.DuckDBPyConnection, sources: Mapping[str, str], few: Sequence[tuple[str, str, bool]], nulls: set[str]
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
        null = name in nulls and (None in found) is holds
        known[leaf] = _comparison(f'{ROW_ALIAS}."{name}"', texts, holds, null=null)
    return known


def _comparison(column: str, texts: Sequence[str], holds: bool, *, null: bool) -> str:
    """True on a column's rows with one of ``texts``, or with any other, and with none as ``null`` says."""
    word = "IN" if holds else "NOT IN"
    literals = ", ".join("'" + value.replace("'", "''") + "'" for value in texts)
    parts = [f"{column} {word} ({literals})"] if texts else [] if holds else [f"{column} IS NOT NULL"]
    parts += [f"{column} IS NULL"] if null else []
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"
