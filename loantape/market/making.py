"""A view made and kept: the way in for the pipeline.

Belongs here: the choice, the view and keeping it, one after the other. Not here: any of them, or the audit log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loantape.declare import Period
from loantape.limits import LimitTable
from loantape.market.choose import already, choose
from loantape.market.view import make
from loantape.progress import Progress
from loantape.store import Store
from loantape.store.views import Views


@dataclass(frozen=True)
class Kept:
    """A view that was not there before: ``jurisdiction/period/number``, and the hash of its file."""

    name: str
    sha256: str


def make_view(
    store: Store, period: Period, jurisdiction: str, limits: LimitTable, progress: Progress
) -> tuple[Mapping[str, Any], Kept | None]:
    """The view, and what was kept: None where it was already there.

    Raises UnknownSubmission, PseudonymKeysDiffer or NotDisclosable; nothing is kept then.
    """
    views = Views(store.root)
    periods = int(limits.value("early_warning_periods", period.date).value)
    asked = choose(store, views, jurisdiction, period, periods)
    found = already(asked)
    if found is not None:
        return found, None
    with store.scratch() as con:
        made = make(con, asked, limits, store.attached, progress)
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    number = views.keep(jurisdiction, period, text)
    return made, Kept(f"{jurisdiction}/{period}/{number}", hashlib.sha256(text.encode()).hexdigest())
