"""What state a submission or a filing can be in, what may follow, and the records the workflow database returns.

Belongs here: names and legal changes. Not here: writing them down (``workflow``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loantape.declare import Period
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


class IllegalTransition(LoantapeError):
    """A submission or filing cannot go from the state it is in to the one asked for."""


@dataclass(frozen=True)
class SubmissionRecord:
    """One submission; ``received_at`` is UTC without zone."""

    name: str
    lender: str
    period: Period
    version: int
    content_sha256: str
    state: State
    received_at: datetime


@dataclass(frozen=True)
class FilingRecord:
    """One filing; moments are UTC without zone, and None until the filing has come that far."""

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

    @property
    def name(self) -> str:
        """``regulator/lender/2026-10/1``."""
        return f"{self.regulator}/{self.lender}/{self.period}/{self.sequence}"
