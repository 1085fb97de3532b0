"""The months of the calendar year before the one that is filed, for figures of the year to date.

Belongs here: which submissions they are, and having them attached. Not here: what is made of them (``templates``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from loantape.checking.relations import attached
from loantape.declare import Filing
from loantape.store import Store, SubmissionName

_MOST = 31 * 12  # a lender may deliver days between months


def months_of(store: Store, filing: Filing, name: str) -> dict[str, tuple[str, str]]:
    """Catalog to submission, name and hash of its content; none for a filing that needs none.

    ``month_01`` is January, ``month_00`` December before.

    A month counts with its last day's submission, read with the same key of pseudonyms as this one: with another key a
    person would be two. Months that are not there are left out; what that means is the filing's to say.
    """
    if not filing.needs_year:
        return {}
    period, key = SubmissionName.parse(name).period, store.inputs(name, "read")
    found = {}
    for one in store.before(name, _MOST):
        month = SubmissionName.parse(one).period
        if month.is_month_end and store.inputs(one, "read") == key:
            number = (month.date.year - period.date.year) * 12 + month.date.month
            if 0 <= number < period.date.month:
                found[f"month_{number:02}"] = (one, store.content_sha256(one))
    return dict(sorted(found.items()))


@contextmanager
def attached_all(con: Any, store: Store, earlier: Mapping[str, str]) -> Iterator[None]:
    """The databases of these submissions, by catalog, read-only, while the block runs."""
    with ExitStack() as stack:
        for catalog_name, name in earlier.items():
            stack.enter_context(attached(con, store.database(name), catalog_name))
        yield
