"""The way in: which two submissions, their difference, and its rows one after the other.

Belongs here: opening both and going through the tables. Not here: one table's SQL (``table``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from loantape import catalog
from loantape.compare.changes import ADDED, CHANGED, FIELDS, REMOVED, SAME, FileChange, TableChange
from loantape.compare.table import DIFFERENCE, TableComparison
from loantape.errors import ConfigurationError, UnknownSubmission
from loantape.progress import Progress
from loantape.store import Store, SubmissionName

_ROWS = """SELECT d."table", d.change, d.key, d.field, d.old, d.new,
    CASE WHEN d.old_row <= o.last_row THEN o.file END AS old_file,
    CASE WHEN d.old_row <= o.last_row THEN o.first_line + (d.old_row - o.first_row) END AS old_line,
    CASE WHEN d.new_row <= n.last_row THEN n.file END AS new_file,
    CASE WHEN d.new_row <= n.last_row THEN n.first_line + (d.new_row - n.first_row) END AS new_line,
    d.paired
    FROM (SELECT * FROM difference {where} ORDER BY {order} {limit}) AS d
    ASOF LEFT JOIN old.main.accepted_runs AS o ON o.table_name = d."table" AND d.old_row >= o.first_row
    ASOF LEFT JOIN new.main.accepted_runs AS n ON n.table_name = d."table" AND d.new_row >= n.first_row
    ORDER BY {order}"""
# tables as declared, rows as they were delivered; what is only in the new one comes last
_ORDER = "rank, old_row NULLS LAST, new_row, position"
_FILES = """SELECT coalesce(o.file, n.file), o.bytes, n.bytes, o.sha256, n.sha256, o.physical_lines, n.physical_lines
    FROM old.main.files AS o FULL JOIN new.main.files AS n ON n.file = o.file ORDER BY 1"""


class Comparison:
    """The difference of two submissions, for as long as ``comparing`` keeps it."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        old: str,
        new: str,
        files: Sequence[FileChange],
        tables: Sequence[TableChange],
    ) -> None:
        self._con = con
        self.old, self.new, self.files, self.tables = old, new, files, tables

    @property
    def is_empty(self) -> bool:
        """Whether the two tapes hold the same rows; the files may differ all the same."""
        return not any(one.added or one.removed or one.changed for one in self.tables)

    def rows(
        self, table: str | None = None, change: str | None = None, limit: int | None = None, offset: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Every difference as a mapping of ``FIELDS``: one per changed field, one per added or removed row.

        In the order of the tables, then of the old tape's rows, then of the new one's. ``table``, ``change``, ``limit``
        and ``offset`` choose a part.
        """
        chosen = {'"table"': table, "change": change}
        wanted = [f"{name} = ?" for name, value in chosen.items() if value is not None]
        values = [value for value in chosen.values() if value is not None]
        cursor = self._con.cursor()  # so that two of these may be read side by side
        cursor.execute(
            _ROWS.format(
                where=f"WHERE {' AND '.join(wanted)}" if wanted else "",
                order=_ORDER,
                limit="" if limit is None else f"LIMIT {int(limit)} OFFSET {int(offset)}",
            ),
            values,
        )
        while batch := cursor.fetchmany(10_000):
            for row in batch:
                yield dict(zip(FIELDS, row, strict=True))


def pair(store: Store, one: str, other: str | None = None) -> tuple[str, str]:
    """The full names of the two submissions that a person means, older first as they named them.

    With one name only, the version that counted before it comes first. Raises UnknownSubmission when there is none.
    """
    name = store.name(one)
    if other is not None:
        return name, store.name(other)
    this = SubmissionName.parse(name)
    versions = store.versions(this.lender, this.period)
    at = versions.index(name)
    if at == 0:
        raise UnknownSubmission(
            f"{name} has no version before it", "name two submissions: loantape diff LENDER/PERIOD LENDER/PERIOD"
        )
    return versions[at - 1], name


@contextmanager
def comparing(store: Store, old: str, new: str, progress: Progress) -> Iterator[Comparison]:
    """The difference from ``old`` to ``new``, both read and of one lender; computed when the block is entered.

    Raises UnknownSubmission, or ConfigurationError when one has not been read or they are of two lenders.
    """
    old, new = store.name(old), store.name(new)
    for name in (old, new):
        if not store.done(name, "read"):
            raise ConfigurationError(f"{name} has not been read", f"run its delivery, then compare {name} again")
    if SubmissionName.parse(old).lender != SubmissionName.parse(new).lender:
        raise ConfigurationError(f"{old} and {new} are of two lenders", "compare submissions of one lender")
    with store.scratch() as con, store.attached(con, "old", old), store.attached(con, "new", new):
        con.execute(DIFFERENCE)
        known = catalog.tape_tables()
        with progress.step(f"Comparing {old} with {new}", "比较", total=len(known)) as task:
            tables = []
            for rank, table in enumerate(known):
                tables.append(TableComparison(con, rank, table).compare())
                task.advance()
        yield Comparison(con, old, new, _files(con), tables)


def _files(con: duckdb.DuckDBPyConnection) -> list[FileChange]:
    found = []
    for file, *figures in con.execute(_FILES).fetchall():
        old, new = figures[2], figures[3]
        change = SAME if old == new else ADDED if old is None else REMOVED if new is None else CHANGED
        found.append(FileChange(file, change, *figures))
    return found
