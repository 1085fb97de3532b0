"""Repeated keys are found by their hashes: exactly those that are found by comparing the keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.checking import repeats, size
from loantape.checking.repeats import Repeats

keys = st.lists(
    st.tuples(st.sampled_from([None, "", "a", "b", "\0", "汉", "a\0", "ab"]), st.sampled_from([None, 0, 1, -1, 2**40])),
    max_size=60,
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def repeated(con: duckdb.DuckDBPyConnection, rows: list[Any], key: list[str]) -> list[Any]:
    con.execute("CREATE OR REPLACE TABLE t (one VARCHAR, two BIGINT)")
    if rows:
        con.executemany("INSERT INTO t VALUES (?, ?)", rows)
    with Repeats(con) as repeats:
        repeats.look_for("check_repeated_t", "t", key)
        repeats.finish()
    return con.execute(f'SELECT "row", first_row, {", ".join(key)} FROM check_repeated_t ORDER BY ALL').fetchall()


@given(keys, st.sampled_from([["one"], ["one", "two"]]), st.booleans())
def test_rows_whose_key_another_row_has_are_found_with_the_first_of_them(
    con: duckdb.DuckDBPyConnection, rows: list[Any], key: list[str], every_hash_suspected: bool
) -> None:
    """On small and large tables, also where all hashes are alike: keys decide, and one with a null repeats none."""
    width = len(key)
    places: dict[Any, list[int]] = {}
    for n, row in enumerate(rows):
        if None not in row[:width]:
            places.setdefault(row[:width], []).append(n)
    expected = sorted((n, found[0], *row) for row, found in places.items() if len(found) > 1 for n in found)
    assert repeated(con, rows, key) == expected
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(size, "_LARGE", 0)
        if every_hash_suspected:
            patched.setattr(repeats, "_HASH", "CAST(hash({}) & 0 AS UINTEGER)")
        assert repeated(con, rows, key) == expected


def test_the_table_is_that_of_the_catalog_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a connection uses an attached catalog, a large table of it is looked at as a small one is."""
    monkeypatch.setattr(size, "_LARGE", 0)
    with duckdb.connect() as con:
        con.execute("ATTACH ':memory:' AS \"an-other.1\"")
        con.execute('USE "an-other.1"')
        assert repeated(con, [("a", 1), ("b", 2), ("a", 3)], ["one"]) == [(0, 0, "a"), (2, 0, "a")]
