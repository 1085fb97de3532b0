"""Parsed batches on their way into DuckDB, and what is listed beside them on its way into its own tables.

Belongs here: feeding a statement from batches, in pieces small enough that what they list stays in bounded memory. Not
here: where batches come from (``parse``), what the statement selects (``typed``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from loantape.errors import LoantapeError
from loantape.intake import records
from loantape.intake.parse import Batch
from loantape.intake.plan import IDENTITY, Target

SOURCE = "arriving"  # the name under which a statement reads the batches
FORMULA_NOTE = 16
_MOST_LISTED = 1 << 20  # texts and notes held before they are stored


def insert_rows(
    con: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Mapping[str, bytes],
    schema: pa.Schema,
    batches: Iterator[Batch],
    listed: Callable[[int, Batch], None],
) -> int:
    """Run an INSERT that selects from ``SOURCE`` until the batches are used up. Returns how many rows went in.

    ``listed(rows before it, batch)`` is called, between statements, for each batch that lists something. Raises what
    the batches raise.
    """
    feed = _Feed(batches)
    used = {name: value for name, value in parameters.items() if f"${name}" in statement}
    while not feed.done:
        con.register(SOURCE, pa.RecordBatchReader.from_batches(schema, feed.some()))
        try:
            con.execute(statement, used)
        except duckdb.Error:
            if feed.wrong is not None:
                raise feed.wrong from None
            raise
        finally:
            con.unregister(SOURCE)
        for before, batch in feed.beside:
            listed(before, batch)
        feed.beside.clear()
    return feed.rows


class _Feed:
    """Batches, as many at a time as list no more than may be held."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self.rows = 0
        self.done = False
        self.beside: list[tuple[int, Batch]] = []
        self.wrong: LoantapeError | None = None

    def some(self) -> Iterator[pa.RecordBatch]:
        held = 0
        try:
            while held < _MOST_LISTED:
                batch = next(self._batches, None)
                if batch is None:
                    self.done = True
                    return
                beside = len(batch.fails) + len(batch.notes)
                if beside:
                    self.beside.append((self.rows, batch))
                    held += beside
                self.rows += batch.rows
                if batch.rows:
                    yield batch.values
        except LoantapeError as wrong:
            self.wrong = wrong  # DuckDB passes on its text only
            raise


def store_listed(
    con: duckdb.DuckDBPyConnection, table: str, targets: Sequence[Target], first_row: int, before: int, batch: Batch
) -> None:
    """A batch's failed texts into ``unparsed``, its notes into ``noted``. Of identities nothing is written down."""
    for listed, note in ((batch.fails, False), (batch.notes, True)):
        kept = _not_personal(listed, targets)
        if not len(kept):
            continue
        names = pa.array([target.name for target in targets])
        arrived = pa.table(
            {
                "place": pc.add(kept["row"], first_row + before),
                "field": names.take(kept["cell"]),
                "content": kept["text"],
                **({"code": kept["code"]} if note else {}),
            }
        )
        if note:
            statement = (
                "INSERT INTO noted SELECT 'READ-' || lpad(CAST(code AS VARCHAR), 3, '0'), ?, place, field, NULL, NULL, "
                "content FROM arrived ORDER BY place, field, code"
            )
        else:
            statement = "INSERT INTO unparsed SELECT ?, place, field, content FROM arrived ORDER BY place, field"
        records.insert(con, arrived, statement, table)


def _not_personal(listed: pa.Table, targets: Sequence[Target]) -> pa.Table:
    personal = [at for at, target in enumerate(targets) if target.type == IDENTITY]
    if not personal or not len(listed):
        return listed
    kept = pc.invert(pc.is_in(listed["cell"], pa.array(personal, pa.int64())))
    if "code" in listed.column_names:  # what is said of a formula does not say what it holds
        kept = pc.or_(kept, pc.equal(listed["code"], FORMULA_NOTE))
    return listed.filter(kept)
