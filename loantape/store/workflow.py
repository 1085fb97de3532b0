"""The workflow database: which state each submission is in, which filings there are, and who did what.

Belongs here: states of submissions and their legal changes, each with its audit entry in the same transaction. Not
here: filings (``filing_log``), waivers (``waiver_log``), files (``files``), and the order of the steps
(``loantape.pipeline``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from loantape.audit import Detail
from loantape.store import rows, tables
from loantape.store.database import reading
from loantape.store.files import SubmissionName, plain
from loantape.store.states import NEXT, RANK, IllegalTransition, State, SubmissionRecord, staleness
from loantape.store.waiver_log import WaiverLog


class Workflow(WaiverLog):
    """The workflow database of one store. ``url`` None means SQLite, in ``workflow.db`` of the store."""

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

    def view_shown(self, name: str, sha256: str, at: datetime, actor: str) -> None:
        """Record that a view across lenders was made and given out."""
        with self._change() as con:
            self._append(con, at, actor, "view shown", name, {"sha256": sha256})

    # --- inside -----------------------------------------------------------------------------------------------

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
