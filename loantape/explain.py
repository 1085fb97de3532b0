"""Explain findings of one submission: why each is one.

Belongs here: opening what the check was made with, and asking for explanations. Not here: looking figures up
(``loantape.checking.explaining``) or printing them (``loantape.export_explained``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from loantape import catalog
from loantape.checking import explaining, relations
from loantape.checking.explaining import Asked, Explained
from loantape.earlier import earlier
from loantape.errors import ConfigurationError
from loantape.pipeline import Workspace
from loantape.store import SubmissionName


@contextmanager
def explained(ws: Workspace, submission: str, asked: Asked) -> Iterator[tuple[str, int, Iterator[Explained]]]:
    """The submission's full name, how many findings there are of those asked for, and explanations of the first ones.

    Raises ConfigurationError for a rule that is not in the book and a submission that was not checked.
    """
    known = catalog.rules().keys() | catalog.structural_sentences().keys()
    if unknown := [code for code in asked.rules if code not in known]:
        raise ConfigurationError(f"no rule is called {', '.join(unknown)}", "see `loantape rules`")
    name = ws.store.name(submission)
    if not ws.store.done(name, "check"):
        raise ConfigurationError(f"{name} has not been checked", f"run it first, then explain {name} again")
    used = earlier(ws.store, name)
    with ws.store.reading(name) as con:
        found = explaining.findings(con, asked)
        total = explaining.count(con, asked)
        # prices were kept when it was checked: nothing is written here
        grains = [
            replace(catalog.grain(catalog.rules()[code].on), needs_pricing=False)
            for code in sorted({one.rule for one in found} & catalog.rules().keys())
        ]
        with relations.prepared(con, grains, used.previous_file(ws.store), used.history_files(ws.store)):
            yield name, total, explaining.explain(con, found, catalog.limits(), SubmissionName.parse(name).period)
