"""Which submissions a view is made of, and whether their borrowers can be told apart at all.

Belongs here: the choice by lender, period and version, and the comparison of pseudonym keys. Not here: any tape.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from loantape import catalog
from loantape.declare import Period
from loantape.errors import ConfigurationError, UnknownSubmission
from loantape.market.view import Asked
from loantape.store import Store, SubmissionName
from loantape.store.views import Views

PSEUDONYMS = "pseudonyms:"  # what reading says it was made with, before the fingerprint of the key


class PseudonymKeysDiffer(ConfigurationError):
    """Two lenders' pseudonyms were made with different keys: the same person would count as two borrowers."""


def choose(store: Store, views: Views, jurisdiction: str, period: Period, most_periods: int) -> Asked:
    """Every lender's version that counts among those that were read, and what to compare it with.

    Raises UnknownSubmission when no lender of the jurisdiction has one, PseudonymKeysDiffer when borrowers of two
    lenders cannot be matched.
    """
    lenders = [one.name for one in catalog.lenders().values() if one.jurisdiction == jurisdiction]
    known = {lender: _periods(store, lender) for lender in sorted(lenders)}
    submissions = _of(store, known, period)
    if not submissions:
        raise UnknownSubmission(
            f"the store {store.root} holds no submission of {period} by a lender of {jurisdiction!r} that was read",
            f"run deliveries of that period first: loantape run DELIVERY --store {store.root}",
        )
    key = _one_key(store, submissions)
    earlier = sorted({one for periods in known.values() for one in periods if one < period}, reverse=True)
    history = [(one, found) for one in earlier[:most_periods] if (found := _of(store, known, one))]
    shown = [(view, True) for _, view in views.shown(jurisdiction, period)]
    before = [one for one in views.periods(jurisdiction) if one < period]
    if before and (kept := views.shown(jurisdiction, before[-1])):
        shown.append((kept[-1][1], False))
    comparable = [
        (view, same)
        for view, same in shown
        if same or {_key_of(store, name) for name in view["submissions"]} <= {key, ""}
    ]
    made_from = [catalog.book_version(), jurisdiction, str(period), submissions, [found for _, found in history]]
    inputs = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
    return Asked(jurisdiction, period, submissions, history, comparable, inputs)


def already(asked: Asked) -> Mapping[str, Any] | None:
    """The view shown last of this period, where it was made from the same submissions and content."""
    same = [view for view, is_same_period in asked.shown if is_same_period]
    return same[-1] if same and same[-1]["inputs"] == asked.inputs else None


def _periods(store: Store, lender: str) -> Sequence[Period]:
    return sorted({SubmissionName.parse(name).period for name in store.names(lender)})


def _of(store: Store, known: Mapping[str, Sequence[Period]], period: Period) -> Sequence[str]:
    found = []
    for lender, periods in known.items():
        if period in periods:
            read = [name for name in store.versions(lender, period) if store.done(name, "read")]
            found += read[-1:]
    return found


def _key_of(store: Store, name: str) -> str:
    """The fingerprint of the key that made a submission's pseudonyms; empty where it was not kept."""
    made_from = store.inputs(name, "read") or ""
    return made_from.removeprefix(PSEUDONYMS) if made_from.startswith(PSEUDONYMS) else ""


def _one_key(store: Store, submissions: Sequence[str]) -> str:
    keys = {name: _key_of(store, name) for name in submissions}
    known = sorted({key for key in keys.values() if key})
    if len(known) > 1:
        one = next(name for name in submissions if keys[name])
        other = next(name for name in submissions if keys[name] not in ("", keys[one]))
        raise PseudonymKeysDiffer(
            f"the pseudonyms of {one} and {other} were made with different keys ({keys[one]}, {keys[other]}), so a "
            "person with loans from both would count as two borrowers",
            "read the deliveries of all lenders with one keys folder, then make the view",
        )
    return known[0] if known else ""
