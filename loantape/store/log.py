"""The workflow database as every change of it needs it: one transaction with its audit entries, anchored afterwards.

Belongs here: opening it, changing it, the audit log. Not here: what is changed (``workflow``, ``filing_log``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from loantape.audit import (
    GENESIS,
    AuditBroken,
    Detail,
    Entry,
    Head,
    Verified,
    next_entry,
    read_head,
    verify_chain,
    write_head,
)
from loantape.store import rows, tables
from loantape.store.database import open_database, reading, writing
from loantape.store.durable import locked
from loantape.store.files import plain
from loantape.store.states import State


class Log:
    """The workflow database of one store. ``url`` None means SQLite, in ``workflow.db`` of the store."""

    def __init__(self, store: Path, url: str | None = None) -> None:
        self._store = store
        self._engine = open_database(url, store)
        self._head_file = store / "audit.head"
        with self._anchoring(), reading(self._engine) as con:
            head = rows.head(con)
            if not self._head_file.exists():
                if head.seq == 0:
                    write_head(self._head_file, Head(0, GENESIS))
                return
            with suppress(AuditBroken):  # whoever changes or verifies the log is told
                # a process may have been killed between its commit and this
                if head.seq > self._anchored().seq and self._holds(con, self._anchored()):
                    write_head(self._head_file, head)

    # --- the audit log ----------------------------------------------------------------------------------------

    def audit_entries(self) -> list[Entry]:
        """The whole log, oldest first."""
        with reading(self._engine) as con:
            return rows.entries(con)

    def audit_head(self) -> Head:
        """The latest entry, to be kept where nobody who can write the database can write."""
        with reading(self._engine) as con:
            return rows.head(con)

    def verify_audit(self) -> Verified:
        """Walk the log and compare it with ``audit.head``. Raises AuditBroken when that file is missing or damaged."""
        with self._anchoring():
            return verify_chain(self.audit_entries(), self._anchored())

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table in a fixed order: what two databases must share to be the same."""
        with reading(self._engine) as con:
            return {
                table.name: [tuple(row) for row in con.execute(select(table).order_by(*table.primary_key))]
                for table in tables.metadata.sorted_tables
            }

    # --- inside -----------------------------------------------------------------------------------------------

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        """A writing transaction; what it appended to the log is anchored once it has committed."""
        with writing(self._engine) as con:
            before = rows.head(con)
            yield con
            after = rows.head(con)
        if after != before:
            with self._anchoring():
                if after.seq > self._anchored().seq:
                    write_head(self._head_file, after)

    @contextmanager
    def _anchoring(self) -> Iterator[None]:
        with locked(self._store / ".locks" / "audit.lock", "audit.head", wait=True):
            yield

    def _anchored(self) -> Head:
        head = read_head(self._head_file)
        if head is None:
            raise AuditBroken(f"{self._head_file} is missing", "put it back from its copy")
        return head

    def _holds(self, con: Connection, anchored: Head) -> bool:
        """Whether the log has the entry that was anchored, as it was."""
        found = con.execute(select(tables.audit.c.hash).where(tables.audit.c.seq == anchored.seq)).scalar()
        return found == anchored.hash if anchored.seq else anchored.hash == GENESIS

    def _enter(
        self, con: Connection, name: str, state: State, at: datetime, actor: str, details: Mapping[str, Detail]
    ) -> None:
        """Write the history row and the audit entry of a state that the submission's row already has."""
        table = tables.states
        last = con.execute(select(func.max(table.c.number)).where(table.c.submission == name)).scalar()
        values = {"submission": name, "number": (last or 0) + 1, "state": state, "at": plain(at), "actor": actor}
        con.execute(insert(table).values(values))
        self._append(con, at, actor, f"submission {state}", name, details)

    def _append(
        self, con: Connection, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, Detail]
    ) -> None:
        """Add an entry in the transaction of the change it records; never to a log that lost what was anchored."""
        anchored = self._anchored()
        if not self._holds(con, anchored):
            raise AuditBroken(
                f"the audit log does not hold entry {anchored.seq} as {self._head_file} has it",
                "stop and find out who changed the log; or this database is not the one this store belongs to",
            )
        entry = next_entry(rows.head(con), plain(at), actor, action, subject, details)
        con.execute(insert(tables.audit).values(vars(entry)))
