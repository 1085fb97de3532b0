"""Keys that occur more than once: found by their hashes, told by the keys themselves.

Belongs here: ``check_repeated_*`` of a table. Not here: what is done with repeated keys (``relations``, ``asking``).

Counting every key of ten million rows in DuckDB takes four seconds of processor time, and nearly all keys occur once.
Sorting 32 bits of a hash of each takes half a second, and shows which hashes occur more than once. Two rows with one
key have one hash, so no repeated key can be missed; of keys that occur once, one in some hundreds shares its hash
with another. Only rows with such a hash are grouped by the key itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from loantape.checking.size import is_large

_BATCH = 1 << 20
_HASH = "CAST(hash({}) & 4294967295 AS UINTEGER)"  # 32 of its 64 bits: they sort twice as fast
_SUSPECTS = "check_suspects"
Hashes = np.ndarray[Any, np.dtype[np.uint32]]


def make_repeated(con: duckdb.DuckDBPyConnection, name: str, table: str, key: Sequence[str]) -> None:
    """Rows of ``table`` whose key occurs more than once, with the first such row. A key with a null repeats nothing."""
    columns = ", ".join(key)
    known = " AND ".join(f"{column} IS NOT NULL" for column in key)
    (rows,) = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    large = is_large(rows)
    suspected = known
    if large:
        hashed = _HASH.format(columns)
        suspects = _suspects(con, f"SELECT {hashed} FROM {table} WHERE {known}")
        con.register(_SUSPECTS, pa.table({"hash": suspects}))
        suspected = f"{known} AND {hashed} IN (SELECT hash FROM {_SUSPECTS})"
    try:
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE {name} AS
            WITH suspect AS MATERIALIZED (SELECT rowid AS "row", {columns} FROM {table} WHERE {suspected}),
            again AS (SELECT {columns}, min("row") AS first_row FROM suspect GROUP BY {columns} HAVING count(*) > 1)
            SELECT suspect."row", again.first_row, {", ".join(f"suspect.{column}" for column in key)}
            FROM suspect JOIN again USING ({columns})"""
        )
    finally:
        if large:
            con.unregister(_SUSPECTS)


def _suspects(con: duckdb.DuckDBPyConnection, hashes: str) -> Hashes:
    """Hashes that occur more than once, each as often as it does but once."""
    found = [np.asarray(batch.column(0)) for batch in con.execute(hashes).to_arrow_reader(_BATCH)]
    every = np.concatenate(found) if found else np.empty(0, np.uint32)
    every.partition(len(every) // 2)
    halves = np.array_split(every, 2)
    with ThreadPoolExecutor() as threads:  # sorting lets go of Python's lock
        list(threads.map(np.ndarray.sort, halves))
    return every[1:][every[1:] == every[:-1]]
