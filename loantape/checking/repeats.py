"""Keys that occur more than once: found by their hashes, told by the keys themselves.

Belongs here: ``check_repeated_*`` of a table. Not here: what is done with repeated keys (``relations``, ``asking``).

Counting every key of ten million rows in DuckDB takes four seconds of processor time, and nearly all keys occur once.
Sorting 32 bits of a hash of each takes half a second, and shows which hashes occur more than once. Two rows with one
key have one hash, so no repeated key can be missed; of keys that occur once, one in some hundreds shares its hash
with another. Only rows with such a hash are grouped by the key itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from loantape.checking.size import is_large

_BATCH = 1 << 20
_HASH = "CAST(hash({}) & 4294967295 AS UINTEGER)"  # 32 of its 64 bits: they sort twice as fast
_SUSPECTS = "check_suspects"
Hashes = np.ndarray[Any, np.dtype[np.uint32]]


class Repeats:
    """Tables of repeated keys, made beside other work: hashes are read and sorted by a thread of its own.

    Until ``finish`` such a table is there and empty, so that what looks at it can be declared. As a context it leaves
    no work behind.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._beside = ThreadPoolExecutor(1)
        self._readers: list[duckdb.DuckDBPyConnection] = []
        self._looking: dict[str, tuple[str, Sequence[str], Future[Hashes]]] = {}

    def look_for(self, name: str, table: str, key: Sequence[str]) -> None:
        """Make the table ``name``: rows of ``table`` whose key occurs more than once, with the first such row.

        A key with a null repeats nothing. A large table is looked at while other work goes on: ``finish`` has it done.
        """
        columns = ", ".join(key)
        self._con.execute(
            f'CREATE OR REPLACE TEMP TABLE {name} AS SELECT rowid AS "row", rowid AS first_row, {columns} '
            f"FROM {table} LIMIT 0"
        )
        (rows,) = self._con.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
        if not is_large(rows):
            self._fill(name, table, key, _known(key))
            return
        reader = self._con.cursor()
        self._readers.append(reader)
        # a cursor has the file's own catalog, whichever the connection uses by now
        catalog, schema = self._con.execute("SELECT current_database(), current_schema()").fetchall()[0]
        reader.execute(f'USE "{catalog}"."{schema}"')
        hashes = f"SELECT {_HASH.format(columns)} FROM {table} WHERE {_known(key)}"
        self._looking[name] = (table, key, self._beside.submit(_suspects, reader, hashes))

    def finish(self, *names: str) -> None:
        """Wait until these tables hold what they are for, all of them where none is named."""
        for name in names or tuple(self._looking):
            if name not in self._looking:
                continue
            table, key, suspects = self._looking.pop(name)
            self._con.register(_SUSPECTS, pa.table({"hash": suspects.result()}))
            try:
                hashed = _HASH.format(", ".join(key))
                self._fill(name, table, key, f"{_known(key)} AND {hashed} IN (SELECT hash FROM {_SUSPECTS})")
            finally:
                self._con.unregister(_SUSPECTS)

    def __enter__(self) -> Repeats:
        return self

    def __exit__(self, *unused: object) -> None:
        for reader in self._readers:
            reader.interrupt()
        self._beside.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.close()

    def _fill(self, name: str, table: str, key: Sequence[str], suspected: str) -> None:
        columns = ", ".join(key)
        self._con.execute(
            f"""INSERT INTO {name}
            WITH suspect AS MATERIALIZED (SELECT rowid AS "row", {columns} FROM {table} WHERE {suspected}),
            again AS (SELECT {columns}, min("row") AS first_row FROM suspect GROUP BY {columns} HAVING count(*) > 1)
            SELECT suspect."row", again.first_row, {", ".join(f"suspect.{column}" for column in key)}
            FROM suspect JOIN again USING ({columns})"""
        )


def _known(key: Sequence[str]) -> str:
    return " AND ".join(f"{column} IS NOT NULL" for column in key)


def _suspects(con: duckdb.DuckDBPyConnection, hashes: str) -> Hashes:
    """Hashes that occur more than once, each as often as it does but once."""
    found = [np.asarray(batch.column(0)) for batch in con.execute(hashes).to_arrow_reader(_BATCH)]
    every = np.concatenate(found) if found else np.empty(0, np.uint32)
    every.sort()  # lets go of Python's lock
    return every[1:][every[1:] == every[:-1]]
