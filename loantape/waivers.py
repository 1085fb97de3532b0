"""Explain findings in writing, so that they do not block a filing: write a waiver, accept it, withdraw it.

Belongs here: what each of these shows and asks for. Not here: who may do what (``loantape.store.waiver_log``), what a
waiver covers (``loantape.filing.waived``), printing (``loantape.export_waivers``). Time and names are arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loantape.declare import Period, Waiver
from loantape.errors import ConfigurationError, WaiverRefused
from loantape.filing import waived
from loantape.statements import checked
from loantape.store import WaiverRecord, WaiverState
from loantape.workspace import Workspace

SHOWN = 5  # findings that a person sees before writing or accepting
LEAST = 20  # characters of an explanation
_MOST_CITED, _MOST_NAMED = 300, 120


@dataclass(frozen=True)
class Covered:
    """What a waiver covers now: how many findings, the SHA-256 of them all, and the first few as people see them."""

    submission: str
    count: int
    sha256: str
    first: Sequence[Mapping[str, Any]]

    @property
    def frozen(self) -> tuple[int, str]:
        """What must be the same when it is accepted."""
        return self.count, self.sha256


def covered(ws: Workspace, submission: str, rule: str, key: str | None) -> Covered:
    """What a waiver of this rule, and of this key if there is one, would cover now.

    Raises WaiverRefused when that is nothing, and ConfigurationError for a submission that was not checked.
    """
    name = ws.store.name(submission)
    if not ws.store.done(name, "check"):
        raise ConfigurationError(f"{name} has not been checked 该批次尚未校验", "run it first 请先校验")
    with ws.store.reading(name) as con:
        count, sha256 = waived.frozen(con, rule, key)
        shown = waived.first(con, rule, key, SHOWN)
    if not count:
        which = f"{rule} with the key given" if key is not None else rule
        raise WaiverRefused(
            f"{name} has no finding of {which} to explain 没有可豁免的问题", f"see loantape findings {name} 请查看问题"
        )
    return Covered(name, count, sha256, shown)


def write(
    ws: Workspace, seen: Covered, rule: str, key: str | None, reason: str, cites: str, until: Period, at: datetime
) -> WaiverRecord:
    """Write a waiver for what was ``seen``; it waits for a second person.

    Raises ConfigurationError for a text that cannot go out with a filing, and WaiverRefused when it has expired for the
    submission's period or the same findings are explained already.
    """
    words = checked_words(reason, cites)
    return ws.workflow.write_waiver(seen.submission, rule, key, words, until, seen.frozen, at, checked_name(ws.actor))


def accept(ws: Workspace, id_: str, at: datetime) -> WaiverRecord:
    """Accept a waiver that somebody else wrote, for the findings that were there then.

    Raises WaiverRefused for its author, for one that was withdrawn, and when its findings have changed since.
    """
    actor, waiver = checked_name(ws.actor), ws.workflow.waiver(id_)
    with _judging(ws, waiver.submission) as (con, judge):
        frozen = waived.frozen(con, waiver.rule, waiver.key)
        return ws.workflow.accept_waiver(id_, frozen, judge, at, actor)


def withdraw(ws: Workspace, id_: str, at: datetime) -> WaiverRecord:
    """Withdraw a waiver: its findings count again. What was sealed with it stays as it is."""
    actor, waiver = checked_name(ws.actor), ws.workflow.waiver(id_)
    with _judging(ws, waiver.submission) as (_, judge):
        return ws.workflow.withdraw_waiver(id_, judge, at, actor)


def answer(ws: Workspace, name: str, at: datetime) -> None:
    """Say whether a measured submission is ready to file, or blocked by errors that no waiver covers."""
    with _judging(ws, name) as (_, judge):
        ws.workflow.answer(name, judge, at, ws.actor)


def in_effect(ws: Workspace, name: str, con: Any) -> tuple[Waiver, ...]:
    """The waivers that count for a submission now; ``con`` is a connection to it."""
    return waived.in_effect(con, _accepted(ws.workflow.waivers(name)))


def listed(ws: Workspace, submission: str | None) -> Sequence[tuple[WaiverRecord, bool]]:
    """Waivers of one submission, or of all, and whether each still covers what it was written for."""
    name = None if submission is None else ws.store.name(submission)
    found = []
    for one in ws.workflow.waivers(name):
        with ws.store.reading(one.submission) as con:
            found.append((one, (one.findings, one.findings_sha256) == waived.frozen(con, one.rule, one.key)))
    return found


def checked_words(reason: str, cites: str) -> tuple[str, str]:
    """An explanation and what it cites, as they are kept. Raises ConfigurationError for what cannot go out."""
    say = 'say in words why the findings are no obstacle: --reason "…" 请用文字说明'
    name = 'name the article, the letter or the answer it rests on: --cites "…" 请注明依据'
    return (
        checked(reason, ("the explanation", "豁免说明"), say, LEAST),
        checked(cites, ("the citation", "依据"), name, 1, _MOST_CITED),
    )


def checked_name(actor: str) -> str:
    """Who acts, as it is kept: the name goes into the package. Raises ConfigurationError."""
    return checked(
        actor, ("the name of who acts", "操作人"), "--actor NAME, or LOANTAPE_ACTOR 请注明操作人", 1, _MOST_NAMED
    )


@contextmanager
def _judging(ws: Workspace, name: str) -> Iterator[tuple[Any, Any]]:
    """A connection to a submission, and what says of waivers whether they leave errors open in it."""
    with ws.store.reading(name) as con:

        def judge(waivers: Sequence[WaiverRecord]) -> bool:
            return waived.open_errors(con, waived.in_effect(con, _accepted(waivers))) > 0

        yield con, judge


def _accepted(waivers: Sequence[WaiverRecord]) -> list[WaiverRecord]:
    return [one for one in waivers if one.state is WaiverState.ACCEPTED]
