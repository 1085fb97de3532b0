"""Where submissions, filings and people's decisions are kept: the only package that opens a connection to them.

Belongs here: files on disk (``files``), what periods leave for later ones (``marts``), the workflow database
(``workflow``) and its migrations. Not here: what the steps write into a submission, and in which order they run
(``loantape.pipeline``).
"""

from loantape.store.files import Store, SubmissionName
from loantape.store.marts import Kept, MartDamaged, Marts
from loantape.store.states import (
    HISTORY,
    FilingKind,
    FilingRecord,
    FilingState,
    Reason,
    Stale,
    State,
    SubmissionRecord,
    WaiverRecord,
    WaiverState,
)
from loantape.store.workflow import Workflow

__all__ = [
    "HISTORY",
    "FilingKind",
    "FilingRecord",
    "FilingState",
    "Kept",
    "MartDamaged",
    "Marts",
    "Reason",
    "Stale",
    "State",
    "Store",
    "SubmissionName",
    "SubmissionRecord",
    "WaiverRecord",
    "WaiverState",
    "Workflow",
]
