"""Reads the workflow database: its rows as records, in a fixed order, inside a transaction somebody else holds.

Belongs here: queries and nothing else. Not here: changing anything (``workflow``), opening the database (``database``).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from loantape.audit import GENESIS, Entry, Head
from loantape.declare import Period
from loantape.errors import UnknownSubmission
from loantape.store import tables
from loantape.store.states import (
    FilingKind,
    FilingRecord,
    FilingState,
    Outcome,
    Reason,
    ReceiptRecord,
    Stale,
    State,
    SubmissionRecord,
    WaiverRecord,
    WaiverState,
)


def submissions(con: Connection, lender: str | None = None) -> list[SubmissionRecord]:
    """Submissions by lender, reporting date and version; of one lender, or all."""
    table = tables.submissions
    query = select(table).order_by(table.c.lender, table.c.period, table.c.version)
    if lender is not None:
        query = query.where(table.c.lender == lender)
    return [_submission(row) for row in con.execute(query)]


def _submission(row: Row[Any]) -> SubmissionRecord:
    values = dict(row._mapping)
    reason, because = values.pop("stale_reason"), values.pop("stale_because")
    stale = Stale(Reason(reason), because) if reason else None
    history = tuple(json.loads(row.checked_history)) if row.checked_history is not None else None
    values |= {"period": Period(row.period), "state": State(row.state), "stale": stale, "checked_history": history}
    return SubmissionRecord(**values)


def submission(con: Connection, name: str) -> SubmissionRecord:
    """One submission. Raises UnknownSubmission."""
    row = con.execute(select(tables.submissions).where(tables.submissions.c.name == name)).first()
    if row is None:
        raise _unknown(name)
    return _submission(row)


def _unknown(name: str) -> UnknownSubmission:
    return UnknownSubmission(f"the workflow database holds no submission {name}", "receive its delivery first")


def state_of(con: Connection, name: str) -> State | None:
    """The state of a submission, None when there is no such one."""
    found = con.execute(select(tables.submissions.c.state).where(tables.submissions.c.name == name)).scalar()
    return State(found) if found else None


def known_state(con: Connection, name: str) -> State:
    """The state of a submission. Raises UnknownSubmission."""
    state = state_of(con, name)
    if state is None:
        raise _unknown(name)
    return state


def is_filing(filing: FilingRecord) -> tuple[Any, ...]:
    """The WHERE clause of one filing."""
    table = tables.filings.c
    return (
        table.regulator == filing.regulator,
        table.lender == filing.lender,
        table.period == filing.period.date,
        table.sequence == filing.sequence,
    )


def filings(
    con: Connection, regulator: str | None = None, lender: str | None = None, period: Period | None = None
) -> list[FilingRecord]:
    """Filings by regulator, lender, reporting date and sequence."""
    table = tables.filings
    query = select(table).order_by(*table.primary_key)
    if regulator is not None:
        query = query.where(table.c.regulator == regulator)
    if lender is not None and period is not None:
        query = query.where(table.c.lender == lender, table.c.period == period.date)
    return [_filing(row) for row in con.execute(query)]


def _filing(row: Row[Any]) -> FilingRecord:
    values = {"period": Period(row.period), "state": FilingState(row.state), "kind": FilingKind(row.kind)}
    return FilingRecord(**{**row._mapping, **values})


def reload(con: Connection, filing: FilingRecord) -> FilingRecord:
    """A filing as it is now."""
    return _filing(con.execute(select(tables.filings).where(*is_filing(filing))).one())


def receipts(con: Connection, regulator: str | None = None) -> list[ReceiptRecord]:
    """Receipts in the order in which they were taken."""
    table = tables.receipts
    query = select(table).order_by(table.c.taken_at, table.c.sha256)
    if regulator is not None:
        query = query.where(table.c.regulator == regulator)
    return [_receipt(row) for row in con.execute(query)]


def receipt(con: Connection, sha256: str) -> ReceiptRecord | None:
    """The receipt of these bytes, None when it was never taken."""
    row = con.execute(select(tables.receipts).where(tables.receipts.c.sha256 == sha256)).first()
    return None if row is None else _receipt(row)


def _receipt(row: Row[Any]) -> ReceiptRecord:
    return ReceiptRecord(**{**row._mapping, "outcome": Outcome(row.outcome)})


def waivers(con: Connection, submission: str | None = None) -> list[WaiverRecord]:
    """Waivers by lender, reporting date and version of their submission, and in the order they were written."""
    table, of = tables.waivers, tables.submissions.c
    query = select(table).join(tables.submissions).order_by(of.lender, of.period, of.version, table.c.number)
    if submission is not None:
        query = query.where(table.c.submission == submission)
    return [_waiver(row) for row in con.execute(query)]


def _waiver(row: Row[Any]) -> WaiverRecord:
    values = dict(row._mapping)
    values["id"] = f"{row.submission}/w{values.pop('number')}"
    return WaiverRecord(**{**values, "until": Period(row.until), "state": WaiverState(row.state)})


def head(con: Connection) -> Head:
    """The latest entry of the audit log."""
    table = tables.audit.c
    row = con.execute(select(table.seq, table.hash).order_by(table.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def entries(con: Connection) -> list[Entry]:
    """The whole audit log, oldest first."""
    query = select(tables.audit).order_by(tables.audit.c.seq)
    return [Entry(**row._mapping) for row in con.execute(query)]
