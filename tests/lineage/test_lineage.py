"""Lineage is true: a filed value changes with the fields it is said to read, and with no other; its rows give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import FiledTable, Filing
from loantape.filing import outgoing
from loantape.lineage.fields import Field, deciding, fields_of, formula_of
from loantape.lineage.rows import COUNT, DISTINCT, ROW, SUM, TERM, rows_of
from loantape.trace.again import is_same
from tests.lineage.scrambled import CONTEXT, redraw, scramble

FILINGS = sorted(catalog.filings())
Records = Mapping[tuple[Any, ...], Mapping[str, Any]]  # by key


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        scramble(made)
        yield made


def keys(table: FiledTable) -> list[str]:
    return list(dict.fromkeys([*table.fixed, *table.key, *table.only]))


def records(con: Any, table: FiledTable) -> Records:
    names = list(dict.fromkeys([*keys(table), *(one.column for one in table.columns if one.column)]))
    only = " AND ".join(f"{name} = '{value}'" for name, value in table.only.items()) or "TRUE"
    rows = con.execute(f"SELECT {', '.join(names)} FROM {table.relation} WHERE {only} ORDER BY ALL").fetchall()
    return {row[: len(keys(table))]: dict(zip(names, row, strict=True)) for row in rows}


def filed(con: Any, filing: Filing) -> dict[str, Records]:
    with outgoing.prepared(con, filing, CONTEXT):
        return {table.names[0]: records(con, table) for table in filing.tables}


def changed(before: Records, after: Records, table: FiledTable) -> set[str]:
    found = {
        name for key in before.keys() & after.keys() for name in before[key] if before[key][name] != after[key][name]
    }
    for at, name in enumerate(keys(table)):
        if sorted(str(key[at]) for key in before) != sorted(str(key[at]) for key in after):
            found.add(name)
    return found


def lineage(con: Any, filing: Filing) -> tuple[dict[tuple[str, str], set[Field]], dict[str, frozenset[Field]]]:
    """By table and column the fields it reads; by table the fields that decide on its records."""
    with outgoing.prepared(con, filing, CONTEXT) as relations:
        read = {
            (table.names[0], column.column): set(fields_of(relations, table.relation, column.column, table.only))
            for table in filing.tables
            for column in table.columns
            if column.column
        }
        return read, {table.names[0]: deciding(relations, table.relation, table.only) for table in filing.tables}


def _never(table: str, column: str, field: Field) -> bool:
    """Fields of a branch that a table's own condition never takes: part III of G09 has referrals only, whose balance is
    the bank's own as a whole. A place among others changes with their order alone, which few draws change."""
    others = {"currency", "own_balance_amount", "coop_mode", "balance_amount"}
    return (table == "G09_III" and field[1] in others) or (column == "place")


def groups(read: Mapping[tuple[str, str], set[Field]], wanted: set[Field], alone: set[Field]) -> list[list[Field]]:
    """The wanted fields in groups that no column reads two of, so that they can be drawn anew together; those of
    ``alone`` by themselves.

    Fields of one table together, since a transaction may write to one database only.
    """
    found: list[list[Field]] = []
    for field in sorted(wanted):
        together = next(
            (
                group
                for group in found
                if field not in alone
                and group[0] not in alone
                and group[0][0].rpartition(".")[0] == field[0].rpartition(".")[0]
                and not any(field in fields and fields & set(group) for fields in read.values())
            ),
            None,
        )
        if together is None:
            found.append([field])
        else:
            together.append(field)
    return found


@pytest.mark.parametrize("regulator", FILINGS)
def test_a_value_changes_with_the_fields_it_reads_and_with_no_other(
    con: duckdb.DuckDBPyConnection, regulator: str
) -> None:
    """For every column of every table: each field named changes it, a field not named does not, and what names no field
    never changes, whatever the tape says."""
    filing = catalog.filing(regulator)
    read, decides = lineage(con, filing)
    before = filed(con, filing)
    alone = {one for fields in decides.values() for one in fields}
    unproved = {(column, field) for column, fields in read.items() for field in fields if not _never(*column, field)}
    for seed in range(24):
        if not unproved:
            break
        for group in groups(read, {field for _, field in unproved}, alone):
            con.execute("BEGIN")
            try:
                for table, field in group:
                    redraw(con, table, field, seed)
                after = filed(con, filing)
            finally:
                con.execute("ROLLBACK")
            for table in filing.tables:
                name = table.names[0]
                if len(group) == 1 and before[name].keys() != after[name].keys():
                    # records with other values came and went: what their key is made of shows in no other way
                    unproved -= {((name, column), group[0]) for _, column in read if (name, column) in read}
                for column in changed(before[name], after[name], table):
                    if (name, column) not in read:
                        continue
                    named = read[name, column] & set(group)
                    assert named or set(group) & decides[name], (name, column, group)
                    unproved -= {((name, column), field) for field in named if len(named) == 1 or len(group) == 1}
    assert not unproved, f"named and never seen to matter: {sorted(unproved)}"


@pytest.mark.parametrize("regulator", FILINGS)
def test_no_other_field_of_the_tape_matters(con: duckdb.DuckDBPyConnection, regulator: str) -> None:
    """Every field that no column names and no condition asks, drawn anew all at once: every value stays."""
    filing = catalog.filing(regulator)
    read, decides = lineage(con, filing)
    asked = {one for fields in (*read.values(), *decides.values()) for one in fields}
    before = filed(con, filing)
    con.execute("BEGIN")
    try:
        for name, model in catalog.tape_tables().items():
            table = f"tape_{name}"
            if con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]:
                for field in model.to_schema().columns:
                    if (table, field) not in asked:
                        redraw(con, table, field, 0)
        assert filed(con, filing) == before
    finally:
        con.execute("ROLLBACK")


@pytest.mark.parametrize("regulator", FILINGS)
def test_what_names_no_field_is_the_same_in_every_record(con: duckdb.DuckDBPyConnection, regulator: str) -> None:
    """A column without a source is a constant, or one by the kind of record, and a place without a column says why."""
    filing = catalog.filing(regulator)
    with outgoing.prepared(con, filing, CONTEXT) as relations:
        for table in filing.tables:
            found = records(con, table)
            for column in table.columns:
                if not column.column:
                    assert all(column.why), f"{table.names[0]} {column.code} says neither column nor reason"
                    continue
                assert formula_of(relations, table.relation, column.column)
                fields = fields_of(relations, table.relation, column.column, table.only)
                assert not (fields and any(column.why)), f"{table.names[0]} {column.code} is read from the tape"
                if not fields and column.column not in table.key and column.column != "c27":
                    kinds = {str(record[column.column]) for record in found.values()}
                    assert len(kinds) <= (2 if table.names[0] == "GRXDFHZMX" else 1), (table.names[0], column.code)


def _without_place(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in record.items() if name != "place"}


def chosen(found: Records) -> list[Mapping[str, Any]]:
    """Two records of a table, far apart."""
    rows = list(found.values())
    return [rows[at] for at in sorted({len(rows) // 3, len(rows) - 1})] if rows else []


@pytest.mark.parametrize("regulator", FILINGS)
def test_the_rows_named_give_the_value_and_no_other_row_does(con: duckdb.DuckDBPyConnection, regulator: str) -> None:
    """With every row of the tape gone but the institutions' and those named for a record, the record comes out as it
    was; where rows add to a value, they add up to it. Asked of two records of each table, every column of them."""
    filing = catalog.filing(regulator)
    wanted: list[tuple[FiledTable, Mapping[str, Any], dict[str, set[int]]]] = []
    sums, asked = 0, set[tuple[str, tuple[str, ...]]]()
    with outgoing.prepared(con, filing, CONTEXT) as relations:
        for table in filing.tables:
            for record in chosen(records(con, table)):
                known = {name: "" if record[name] is None else str(record[name]) for name in keys(table)}
                where = " AND ".join(f"coalesce(CAST({name} AS VARCHAR), '') = ?" for name in known)
                kept: dict[str, set[int]] = {}
                for column in [None, *(one.column for one in table.columns if one.column)]:
                    sums_here: list[str] = []
                    for path in rows_of(relations, table.relation, column, list(known), known):
                        rows = f"SELECT DISTINCT {ROW}, {TERM} FROM ({path.sql}) WHERE {ROW} IS NOT NULL AND {where}"
                        if (path.sql, tuple(known.values())) not in asked:
                            asked.add((path.sql, tuple(known.values())))
                            found = con.execute(rows, list(known.values())).fetchall()
                            kept.setdefault(path.table, set()).update(row for row, _ in found)
                        if path.adds and column:
                            how = {SUM: f"sum({TERM})", COUNT: "count(*)", DISTINCT: f"count(DISTINCT {TERM})"}
                            (total,) = con.execute(
                                f"SELECT {how[path.adds]} FROM ({rows})", list(known.values())
                            ).fetchall()[0]
                            sums_here.append(str(total or 0))
                    if sums_here:
                        value = "" if record[column] is None else str(record[column])
                        assert any(is_same(value, one) for one in sums_here), (table.names[0], column, value, sums_here)
                        sums += 1
                wanted.append((table, record, kept))
    for table, record, kept in wanted:
        con.execute("BEGIN")
        try:
            for name in catalog.tape_tables().keys() - {"institution"}:  # without one there is no filing at all
                rows = ", ".join(map(str, kept.get(f"tape_{name}", ()))) or "-1"
                con.execute(f"DELETE FROM tape_{name} WHERE rowid NOT IN ({rows})")
            again = filed(con, filing)[table.names[0]]
        finally:
            con.execute("ROLLBACK")
        key = tuple(record[name] for name in keys(table))
        # a place among others is theirs too
        assert _without_place(again[key]) == _without_place(record), f"{table.names[0]} {key}"
    assert sums or regulator in ("us_sec", "cn_nfra_east")
