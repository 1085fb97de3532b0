"""Which submissions a regulator's filing may be made of now.

Belongs here: scope, order and what is in the way. Not here: making one (sealing.py), or refusing one that a person asks
for (refusal.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loantape import catalog
from loantape.declare import Filing, Period
from loantape.filing import refusal
from loantape.store import State, SubmissionName
from loantape.store.states import filing_of, in_force, needs_reason
from loantape.workspace import Workspace


@dataclass(frozen=True)
class Candidate:
    """A submission that may be filed; ``amends`` is the filing in force that it would replace, "" for none."""

    submission: str
    needs_reason: bool
    amends: str


def candidates(ws: Workspace, regulator: str) -> Sequence[Candidate]:
    """What may be filed, earlier periods first.

    The latest submissions that the filing covers and nothing blocks; of those that are stale, or need a month that
    nobody delivered, only what is sealed already.
    """
    filing = catalog.filing(regulator)
    known = ws.workflow.filings(regulator)
    found = []
    for record in ws.workflow.submissions():
        if record.state not in (State.READY, State.FILED) or not _covers(ws, filing, record.name):
            continue
        series = [one for one in known if (one.lender, one.period) == (record.lender, record.period)]
        mine = filing_of(series, record.name)
        if record.stale is None or (mine is not None and mine.sealed_at is not None):
            standing = in_force(series)
            amends = standing.name if standing is not None and standing.submission != record.name else ""
            found.append(Candidate(record.name, needs_reason(series, record.name), amends))
    return sorted(found, key=lambda one: by_period(one.submission))


def by_period(name: str) -> tuple[str, str, int]:
    """Where a submission stands among others: by period, lender, version."""
    this = SubmissionName.parse(name)
    return (this.period.date.isoformat(), this.lender, this.version or 0)


def periods_of(ws: Workspace, name: str) -> tuple[Period, Period | None]:
    """The period of a submission and the latest one before it that its lender delivered."""
    before = ws.store.previous_of(name)
    return SubmissionName.parse(name).period, SubmissionName.parse(before).period if before else None


def _covers(ws: Workspace, filing: Filing, name: str) -> bool:
    this = SubmissionName.parse(name)
    lender = catalog.lender(this.lender)
    if lender.jurisdiction != filing.jurisdiction or ws.store.latest(this.lender, this.period) != name:
        return False
    if refusal.lacks_previous(filing, *periods_of(ws, name)):
        return False
    with ws.store.reading(name) as con:
        return refusal.in_scope(con, filing, lender)
