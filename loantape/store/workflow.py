"""The workflow database: which state each submission is in, which filings there are, and who did what.

Belongs here: states, their legal changes, filing sequences, and the audit entry of each change, written in the same
transaction. Not here: files (``files``), and the order of the steps (``loantape.pipeline``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
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
from loantape.errors import FilingRefused
from loantape.store import rows, tables
from loantape.store.database import open_database, reading, writing
from loantape.store.durable import locked
from loantape.store.files import SubmissionName, plain
from loantape.store.states import (
    NEXT,
    RANK,
    FilingRecord,
    FilingState,
    IllegalTransition,
    Reason,
    State,
    SubmissionRecord,
    staleness,
)


class Workflow:
    """The workflow database of one store. ``url`` None means SQLite, in ``workflow.db`` of the store."""

    def __init__(self, store: Path, url: str | None = None) -> None:
        self._store = store
        self._engine = open_database(url, store)
        self._head_file = store / "audit.head"
        with self._anchoring(), reading(self._engine) as con:
            if not self._head_file.exists() and rows.head(con).seq == 0:
                write_head(self._head_file, Head(0, GENESIS))

    # --- submissions ------------------------------------------------------------------------------------------

    def received(self, name: str, content_sha256: str, at: datetime, actor: str, sequence: int = 0) -> bool:
        """Record a submission; False, and nothing written, when it is known already.

        ``sequence`` is the sender's own number of the delivery among those of its period, 0 when it states none.
        """
        parts = SubmissionName.parse(name)
        assert parts.version is not None
        with self._change() as con:
            if rows.state_of(con, name) is not None:
                return False
            con.execute(
                insert(tables.submissions).values(
                    name=name,
                    lender=parts.lender,
                    period=parts.period.date,
                    version=parts.version,
                    content_sha256=content_sha256,
                    state=State.RECEIVED,
                    received_at=plain(at),
                    sequence=sequence,
                )
            )
            stated = {"sequence": sequence} if sequence else {}
            self._enter(con, name, State.RECEIVED, at, actor, {"content_sha256": content_sha256, **stated})
            self._mark_stale(con, parts.lender, at, actor)
        return True

    def advance(
        self, name: str, state: State, at: datetime, actor: str, details: Mapping[str, Detail] | None = None
    ) -> bool:
        """Bring a submission forward to a state; False, and nothing written, when it is there or further already.

        ``details`` go into the audit entry: counts and names, never a borrower's data. Raises IllegalTransition when a
        state would be left out, or a blocked submission filed.
        """
        with self._change() as con:
            return self._advance(con, name, state, at, actor, details or {})

    def checked(
        self,
        name: str,
        against: str | None,
        at: datetime,
        actor: str,
        details: Mapping[str, Detail] | None = None,
        history: Sequence[str] | None = None,
    ) -> bool:
        """Bring a submission forward to ``checked`` and record what its check used of the previous period, if anything.

        ``history`` are the submissions of earlier periods whose totals it used, the latest period first, None when no
        rule looks at them. It is no longer stale then. False, and nothing written, when all of that is recorded.
        """
        used = {
            "checked_against": against or "",
            "checked_history": None if history is None else json.dumps(list(history)),
        }
        with self._change() as con:
            table = tables.submissions
            known = con.execute(select(*(table.c[column] for column in used)).where(table.c.name == name)).first()
            changed = known is None or dict(known._mapping) != used
            if changed:
                con.execute(update(table).where(table.c.name == name).values(used))
            moved = self._advance(con, name, State.CHECKED, at, actor, details or {})
            marked = self._mark_stale(con, SubmissionName.parse(name).lender, at, actor)
            return moved or marked or changed

    def check_again(self, name: str, at: datetime, actor: str, reason: str) -> bool:
        """Send a submission back to ``read``, so that it is checked anew; False when it is not past that yet.

        Raises IllegalTransition when it was filed: what was filed is corrected by a new version.
        """
        with self._change() as con:
            here = rows.known_state(con, name)
            if here is State.FILED:
                raise IllegalTransition(f"{name} was filed", "correct it by delivering a new version")
            if RANK[here] <= RANK[State.READ]:
                return False
            con.execute(update(tables.submissions).where(tables.submissions.c.name == name).values(state=State.READ))
            self._enter(con, name, State.READ, at, actor, {"reason": reason})
        return True

    def state(self, name: str) -> State:
        """The state of a submission. Raises UnknownSubmission."""
        with reading(self._engine) as con:
            return rows.known_state(con, name)

    def submissions(self, state: State | None = None) -> list[SubmissionRecord]:
        """Submissions by lender, reporting date and version; those in one state, or all."""
        with reading(self._engine) as con:
            return [record for record in rows.submissions(con) if state is None or record.state is state]

    def submission(self, name: str) -> SubmissionRecord:
        """One submission. Raises UnknownSubmission."""
        with reading(self._engine) as con:
            return rows.submission(con, name)

    def history(self, name: str) -> list[tuple[State, datetime, str]]:
        """Each state a submission entered, when, and by whom, oldest first."""
        table = tables.states
        query = select(table).where(table.c.submission == name).order_by(table.c.number)
        with reading(self._engine) as con:
            return [(State(row.state), row.at, row.actor) for row in con.execute(query)]

    # --- filings ----------------------------------------------------------------------------------------------

    def begin_filing(self, regulator: str, submission: str, at: datetime, actor: str) -> FilingRecord:
        """The filing of a submission with a regulator: the one there is, else a new one with the next sequence.

        A sequence that was begun and never sealed is used again, so that sealed sequences have no gaps. Raises
        FilingRefused when the submission is not ready, or stale and this filing of it is not sealed yet.
        """
        parts = SubmissionName.parse(submission)
        table = tables.filings
        with self._change() as con:
            state = rows.known_state(con, submission)
            known = rows.filings(con, regulator, parts.lender, parts.period)
            mine = next((filing for filing in known if filing.submission == submission), None)
            if mine is None or mine.sealed_at is None:
                _refuse_stale(con, submission)
            if mine is not None:
                return mine
            if state not in (State.READY, State.FILED):
                raise FilingRefused(
                    f"{submission} is {state}, not ready",
                    f"look at its findings: loantape findings {submission}",
                )
            begun = {"submission": submission, "state": FilingState.RENDERED, "rendered_at": plain(at)}
            if known and known[-1].sealed_at is None:
                sequence = known[-1].sequence
                con.execute(update(table).where(*rows.is_filing(known[-1])).values(begun))
            else:
                sequence = known[-1].sequence + 1 if known else 1
                key = {"regulator": regulator, "lender": parts.lender, "period": parts.period.date}
                con.execute(insert(table).values(**key, sequence=sequence, **begun))
            filing = rows.filings(con, regulator, parts.lender, parts.period)[sequence - 1]
            self._append(con, at, actor, "filing rendered", filing.name, {"submission": submission})
            return filing

    def seal_filing(
        self, filing: FilingRecord, package_name: str, package_sha256: str, at: datetime, actor: str
    ) -> FilingRecord:
        """Record that a filing's package is signed, and that its submission is filed; once.

        Sealing again with the same package writes nothing. Raises IllegalTransition when the filing was sealed with
        another package, or its sequence has meanwhile been given to another submission; FilingRefused when the
        submission has meanwhile become stale.
        """
        with self._change() as con:
            here = rows.reload(con, filing)
            if here.sealed_at is not None and here.package_sha256 == package_sha256:
                return here
            if here.sealed_at is not None or here.submission != filing.submission:
                raise IllegalTransition(
                    f"{filing.name} is {here.state} from {here.submission} with another package",
                    "file again: a change is a new version of the submission and a new sequence",
                )
            _refuse_stale(con, filing.submission)
            values = {"package_name": package_name, "package_sha256": package_sha256}
            done = {"state": FilingState.SEALED, "sealed_at": plain(at)}
            con.execute(update(tables.filings).where(*rows.is_filing(filing)).values(**values, **done))
            self._append(con, at, actor, "filing sealed", filing.name, {"submission": filing.submission, **values})
            if rows.known_state(con, filing.submission) is not State.FILED:
                if rows.known_state(con, filing.submission) is not State.READY:
                    raise IllegalTransition(
                        f"{filing.submission} is no longer ready", "look at its findings and file again"
                    )
                name = tables.submissions.c.name
                con.execute(update(tables.submissions).where(name == filing.submission).values(state=State.FILED))
                self._enter(con, filing.submission, State.FILED, at, actor, {"filing": filing.name})
            return rows.reload(con, filing)

    def hand_over_filing(self, filing: FilingRecord, at: datetime, actor: str) -> FilingRecord:
        """Record that a sealed package was handed over; handing over again writes nothing. Raises IllegalTransition."""
        with self._change() as con:
            here = rows.reload(con, filing)
            if here.state is FilingState.HANDED_OVER:
                return here
            if here.state is not FilingState.SEALED:
                raise IllegalTransition(f"{filing.name} is not sealed", "seal it first")
            done = {"state": FilingState.HANDED_OVER, "handed_over_at": plain(at)}
            con.execute(update(tables.filings).where(*rows.is_filing(filing)).values(done))
            details = {"package_sha256": here.package_sha256}
            self._append(con, at, actor, "filing handed over", filing.name, details)
            return rows.reload(con, filing)

    def view_shown(self, name: str, sha256: str, at: datetime, actor: str) -> None:
        """Record that a view across lenders was made and given out."""
        with self._change() as con:
            self._append(con, at, actor, "view shown", name, {"sha256": sha256})

    def filings(self, regulator: str | None = None) -> list[FilingRecord]:
        """Filings by regulator, lender, reporting date and sequence; of one regulator, or all."""
        with reading(self._engine) as con:
            return rows.filings(con, regulator)

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

    def _advance(
        self, con: Connection, name: str, state: State, at: datetime, actor: str, details: Mapping[str, Detail]
    ) -> bool:
        here = rows.known_state(con, name)
        if here == state or RANK[here] > RANK[state]:
            return False
        if state not in NEXT[here]:
            allowed = ", ".join(sorted(NEXT[here])) or "nothing"
            raise IllegalTransition(f"{name} is {here} and cannot become {state}", f"after {here} may come: {allowed}")
        con.execute(update(tables.submissions).where(tables.submissions.c.name == name).values(state=state))
        self._enter(con, name, state, at, actor, details)
        if state is State.READ:  # only now is there a tape that others can be checked against
            self._mark_stale(con, SubmissionName.parse(name).lender, at, actor)
        return True

    def _mark_stale(self, con: Connection, lender: str, at: datetime, actor: str) -> bool:
        """Bring every flag of a lender in line with its submissions; whether one changed. Each change is logged."""
        table, changed = tables.submissions, False
        records = rows.submissions(con, lender)
        now = staleness(records)
        for record in records:
            stale = now[record.name]
            if stale == record.stale:
                continue
            changed = True
            values = {
                "stale_reason": stale and stale.reason,
                "stale_because": stale and stale.because,
                "stale_at": plain(at) if stale else None,
            }
            con.execute(update(table).where(table.c.name == record.name).values(values))
            details = {"reason": stale.reason, "because": stale.because} if stale else {}
            self._append(con, at, actor, f"submission {'stale' if stale else 'current'}", record.name, details)
        return changed

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
        found = con.execute(select(tables.audit.c.hash).where(tables.audit.c.seq == anchored.seq)).scalar()
        if anchored.seq and found != anchored.hash:
            raise AuditBroken(
                f"the audit log does not hold entry {anchored.seq} as {self._head_file} has it",
                "stop and find out who changed the log; or this database is not the one this store belongs to",
            )
        entry = next_entry(rows.head(con), plain(at), actor, action, subject, details)
        con.execute(insert(tables.audit).values(vars(entry)))


def _refuse_stale(con: Connection, name: str) -> None:
    """No new filing of what is not the last word. Raises FilingRefused with the way out."""
    record = rows.submission(con, name)
    if record.stale is None:
        return
    if record.stale.reason is Reason.REPLACED:
        way_out = f"file {record.stale.because} instead"
    elif record.state is State.FILED:
        way_out = "have the period delivered again with the next sequence, then file that version"
    else:
        way_out = f"check it again: loantape refresh; then file {name}"
    raise FilingRefused(f"{name} is stale: {record.stale.en}", way_out)
