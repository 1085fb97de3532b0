"""What state a submission or a filing can be in, what may follow, when one is stale, and the records of both.

Belongs here: names, legal changes, and which version of a period counts. Not here: writing them down (``workflow``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loantape.declare import Period, Waiver
from loantape.errors import LoantapeError


class State(StrEnum):
    """How far a submission has come."""

    RECEIVED = "received"
    READ = "read"
    CHECKED = "checked"
    MEASURED = "measured"
    BLOCKED = "blocked"  # open errors: no filing may be made
    READY = "ready"
    FILED = "filed"


class FilingState(StrEnum):
    """How far a filing has come; it is in force once sealed."""

    RENDERED = "rendered"  # has its sequence; its package is being made
    SEALED = "sealed"
    HANDED_OVER = "handed over"
    ACCEPTED = "accepted"  # as its receipt says
    REJECTED = "rejected"  # so too: what it would have replaced stays in force


class Outcome(StrEnum):
    """What a receipt came to."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPEATED = "repeated"  # says what a receipt of the same package said already
    CONFLICT = "conflict"  # says otherwise than one of the same moment or a later one: a person decides
    OTHER_HASH = "other hash"  # names a package of ours, but other bytes than were sealed
    UNKNOWN = "unknown"  # names no package of ours
    UNREADABLE = "unreadable"  # not in the form that the regulator's folder declares


class FilingKind(StrEnum):
    """What a package says to its regulator."""

    FILING = "filing"
    WITHDRAWAL = "withdrawal"  # takes back what is in force; nothing is then


class WaiverState(StrEnum):
    """How far a waiver has come."""

    PENDING = "pending"  # written, and waits for a second person
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"  # counts no more, whether it was accepted or not


# What may follow what. Blocked and ready are two answers to the same question, and a review may change the answer.
NEXT: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.READ}),
    State.READ: frozenset({State.CHECKED}),
    State.CHECKED: frozenset({State.MEASURED}),
    State.MEASURED: frozenset({State.BLOCKED, State.READY}),
    State.BLOCKED: frozenset({State.READY}),
    State.READY: frozenset({State.BLOCKED, State.FILED}),
    State.FILED: frozenset(),
}
# How far each state is: a step that is repeated never takes a submission back.
RANK: Mapping[State, int] = {
    State.RECEIVED: 0,
    State.READ: 1,
    State.CHECKED: 2,
    State.MEASURED: 3,
    State.BLOCKED: 4,
    State.READY: 4,
    State.FILED: 5,
}


HISTORY = 12  # how many earlier periods a check may look at


class IllegalTransition(LoantapeError):
    """A submission or filing cannot go from the state it is in to the one asked for."""


class Reason(StrEnum):
    """Why a submission is stale."""

    PREVIOUS = "previous"  # its check used a tape of the previous period that has been corrected or had not come yet
    EARLIER = "earlier"  # the same of a period before that one, whose totals its check used
    REPLACED = "replaced"  # another version of the same period counts


@dataclass(frozen=True)
class Stale:
    """That a submission does not say the last word any more: why, and because of which other submission."""

    reason: Reason
    because: str

    @property
    def en(self) -> str:
        """The reason as a sentence."""
        if self.reason is Reason.REPLACED:
            return f"{self.because} replaces it"
        if self.reason is Reason.EARLIER:
            return f"the periods before it now have {self.because}, which it was not checked against"
        return f"the period before it is now {self.because or 'none'}, which it was not checked against"

    @property
    def zh(self) -> str:
        """The reason as a sentence in Chinese."""
        if self.reason is Reason.REPLACED:
            return f"已由 {self.because} 取代"
        if self.reason is Reason.EARLIER:
            return f"以往各期数据现含 {self.because}，本期校验时用的不是它"
        return f"上期数据现为 {self.because or '（无）'}，本期校验时用的不是它"


@dataclass(frozen=True)
class SubmissionRecord:
    """One submission; moments are UTC without zone.

    ``sequence`` is the sender's own number of the delivery among those of its period, 0 where none was kept.
    ``checked_against`` is the submission of the previous period that its check used, "" for none, None while that is
    not known. ``checked_history`` are those of earlier periods whose totals its check used, the latest period first;
    None when it used none or that is not known.
    """

    name: str
    lender: str
    period: Period
    version: int
    sequence: int
    content_sha256: str
    state: State
    received_at: datetime
    checked_against: str | None
    stale: Stale | None
    stale_at: datetime | None
    checked_history: tuple[str, ...] | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among the versions of its period, of which the last counts: by sequence, then by arrival."""
        return self.sequence, self.version


@dataclass(frozen=True)
class FilingRecord:
    """One filing or withdrawal; moments are UTC without zone, and None until it has come that far.

    ``replaces`` is the sequence that it amends or withdraws, None where nothing was in force; ``reason`` says why.
    """

    regulator: str
    lender: str
    period: Period
    sequence: int
    submission: str
    state: FilingState
    package_name: str | None
    package_sha256: str | None
    rendered_at: datetime
    sealed_at: datetime | None
    handed_over_at: datetime | None
    kind: FilingKind = FilingKind.FILING
    reason: str | None = None
    replaces: int | None = None
    answered_at: datetime | None = None  # when the receiver answered, as its receipt says
    receipt: str | None = None  # SHA-256 of the receipt's bytes

    @property
    def key(self) -> tuple[str, str, Period]:
        """What it is one sequence of: regulator, lender, period."""
        return self.regulator, self.lender, self.period

    @property
    def name(self) -> str:
        """``regulator/lender/2026-10/1``."""
        return f"{self.regulator}/{self.lender}/{self.period}/{self.sequence}"


def in_force(known: Iterable[FilingRecord]) -> FilingRecord | None:
    """Of the filings of one regulator, lender and period, by sequence, the one that counts: None where none does.

    The last that was sealed counts, so an amendment counts from when it is sealed, and nothing after a withdrawal. What
    its receiver rejected counts no more: then what was in force before it is.
    """
    standing = None
    for one in known:
        if one.sealed_at is not None and one.state is not FilingState.REJECTED:
            standing = one if one.kind is FilingKind.FILING else None
    return standing


def all_in_force(known: Iterable[FilingRecord]) -> list[FilingRecord]:
    """``in_force`` of every regulator, lender and period among ``known``."""
    by_key: dict[tuple[str, str, Period], list[FilingRecord]] = {}
    for one in known:
        by_key.setdefault(one.key, []).append(one)
    return [found for series in by_key.values() if (found := in_force(series)) is not None]


def filing_of(known: Iterable[FilingRecord], submission: str) -> FilingRecord | None:
    """The filing that there is of a submission: being made, or sealed and neither withdrawn since nor rejected.

    None: one may begin.
    """
    found = None
    for one in known:
        if one.state is FilingState.REJECTED:
            continue
        if one.kind is FilingKind.WITHDRAWAL and one.sealed_at is not None:
            found = None
        elif one.kind is FilingKind.FILING and one.submission == submission:
            found = one
    return found


def needs_reason(known: Iterable[FilingRecord], submission: str) -> bool:
    """Whether a filing of this submission would come after a sealed one, and nobody has said why yet."""
    known = list(known)
    mine = filing_of(known, submission)
    if mine is not None and (mine.sealed_at is not None or mine.reason is not None):
        return False
    return any(one.sealed_at is not None for one in known)


@dataclass(frozen=True)
class ReceiptRecord:
    """One receipt, known by the SHA-256 of its bytes; ``filing`` is the filing it speaks of, "" for none."""

    sha256: str
    regulator: str
    outcome: Outcome
    filing: str
    reference: str
    package_sha256: str
    issued_at: datetime | None
    taken_at: datetime
    detail: str  # what is wrong with it, or the receiver's messages


@dataclass(frozen=True)
class WaiverRecord(Waiver):
    """One waiver of one submission, and what became of it; moments are UTC without zone."""

    submission: str = ""
    state: WaiverState = WaiverState.PENDING
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


def staleness(records: Iterable[SubmissionRecord]) -> Mapping[str, Stale | None]:
    """For each submission of one lender, by name, why it is stale, or None: a function of these records alone.

    The flags that the records carry already are not looked at, so the answer does not depend on who came first.
    """
    records = sorted(records, key=lambda record: (record.period, record.order))
    latest = {record.period: record.name for record in records}
    found: dict[str, Stale | None] = {}
    read: dict[Period, str] = {}  # the last one read of each period up to the record's
    for record in records:
        before = [read[period] for period in reversed(read) if period != record.period]
        previous = before[0] if before else ""
        history = tuple(before[:HISTORY])
        found[record.name] = None
        if latest[record.period] != record.name:
            found[record.name] = Stale(Reason.REPLACED, latest[record.period])
        elif record.checked_against is not None and record.checked_against != previous:
            found[record.name] = Stale(Reason.PREVIOUS, previous)
        elif record.checked_history is not None and record.checked_history != history:
            unknown = [name for name in history if name not in record.checked_history]
            found[record.name] = Stale(Reason.EARLIER, unknown[0] if unknown else "")
        if RANK[record.state] >= RANK[State.READ]:
            read[record.period] = record.name
    return found
