"""What the check of a submission uses of earlier periods, and what it therefore depends on.

Belongs here: which submissions those are, and how a change of theirs is noticed. Not here: the check itself
(``loantape.checking``) or what becomes stale (``loantape.store``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loantape import catalog
from loantape.checking import engine
from loantape.checking.history import fingerprint
from loantape.declare import Period
from loantape.store import HISTORY, Store, SubmissionName


@dataclass(frozen=True)
class Earlier:
    """Full names of submissions: the one before and, where rules ask for their totals, those of earlier periods."""

    previous: str | None
    history: tuple[str, ...] | None  # the latest period first; None when no rule looks at them

    def previous_file(self, store: Store) -> Path | None:
        """The database of the submission before, if there is one."""
        return store.database(self.previous) if self.previous else None

    def history_files(self, store: Store) -> Mapping[Period, Path]:
        """The databases of earlier periods whose totals are looked at."""
        return {SubmissionName.parse(one).period: store.database(one) for one in self.history or ()}


def earlier(store: Store, name: str) -> Earlier:
    """What a check of a submission uses of earlier periods, as they are now."""
    this = SubmissionName.parse(name)
    lender, rules = catalog.lender(this.lender), list(catalog.rules().values())
    history = store.before(name, HISTORY) if engine.needs_history(lender, this.period, rules) else None
    previous = store.previous_of(name) if history is None else next(iter(history), None)
    return Earlier(previous, history if history is None else tuple(history))


def check_inputs(store: Store, used: Earlier) -> str:
    """What a check depends on besides the submission itself: the book, the tape before it, and the totals it used.

    A period that is read and not yet checked has no totals; once it has, the check of a later one is made again.
    """
    before = f"{used.previous} {store.content_sha256(used.previous)}" if used.previous else "none"
    inputs = f"book {catalog.book_version()}; previous {before}"
    for one in used.history or ():
        with store.reading(one) as con:
            inputs += f"; totals {one} {fingerprint(con)}"
    return inputs
