"""Waivers in the workflow database: written by one person, accepted by another, withdrawn by anybody.

Belongs here: which waivers there are, who may do what with one, and the audit entry of each change, written in the same
transaction, with the change of the submission that follows from it. Not here: what a waiver covers and whether errors
stay open (``loantape.waivers``): that is asked for, by ``Judge``, while the transaction runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from loantape.audit import Detail
from loantape.declare import Period
from loantape.errors import ConfigurationError, WaiverRefused
from loantape.store import rows, tables
from loantape.store.database import reading
from loantape.store.files import SubmissionName, plain
from loantape.store.filing_log import FilingLog
from loantape.store.states import RANK, State, WaiverRecord, WaiverState

Judge = Callable[[Sequence[WaiverRecord]], bool]  # whether, with the waivers that there are now, errors stay open


class WaiverLog(FilingLog):
    """Waivers of one store, and whether their submission is blocked or ready."""

    def write_waiver(
        self,
        submission: str,
        rule: str,
        key: str | None,
        words: tuple[str, str],
        until: Period,
        frozen: tuple[int, str],
        at: datetime,
        actor: str,
    ) -> WaiverRecord:
        """Record a waiver that waits for a second person. ``words`` are its reason and what it cites, ``frozen`` how
        many findings it covers and their SHA-256.

        Raises WaiverRefused when ``until`` is over before the submission's period, and when one for the same findings
        waits or is accepted already.
        """
        period, (count, sha256) = SubmissionName.parse(submission).period, frozen
        if until.date < period.date:
            raise WaiverRefused(
                f"a waiver until {until} has expired for {submission} 豁免在该报告期前已到期",
                f"--until {period} or later 请填写不早于该报告期的期限",
            )
        with self._change() as con:
            rows.known_state(con, submission)
            for one in rows.waivers(con, submission):
                same = (one.rule, one.key, one.findings_sha256) == (rule, key, sha256)
                if same and one.state is not WaiverState.WITHDRAWN:
                    raise WaiverRefused(
                        f"{one.id} explains the same findings and is {one.state} 已有相同范围的豁免",
                        f"loantape accept-waiver {one.id}, or withdraw it first 请先接受或撤回该豁免",
                    )
            table = tables.waivers
            last = con.execute(select(func.max(table.c.number)).where(table.c.submission == submission)).scalar()
            values = {
                "submission": submission,
                "number": (last or 0) + 1,
                "rule": rule,
                "key": key,
                "reason": words[0],
                "cites": words[1],
                "until": until.date,
                "findings": count,
                "findings_sha256": sha256,
                "state": WaiverState.PENDING,
                "author": actor,
                "written_at": plain(at),
            }
            con.execute(insert(table).values(values))
            written = rows.waivers(con, submission)[-1]
            said = {"reason": words[0], "cites": words[1], "until": str(until)}
            self._append(con, at, actor, "waiver written", written.id, _shown(written) | said)
        return written

    def accept_waiver(self, id_: str, frozen: tuple[int, str], judge: Judge, at: datetime, actor: str) -> WaiverRecord:
        """Accept a waiver that waits; ``frozen`` is what it covers now. Accepting what is accepted changes nothing.

        Where no error stays open, its submission is ready from then on. Raises WaiverRefused for its author, for one
        that was withdrawn, and for one whose findings are no longer those it was written for.
        """
        with self._change() as con:
            waiver = _known(con, id_)
            if _same_person(waiver.author, actor):
                raise WaiverRefused(
                    f"{id_} was written by {waiver.author}, who cannot accept it 本人不能接受自己撰写的豁免",
                    "a second person accepts it: --actor NAME, or LOANTAPE_ACTOR 请由另一人接受",
                )
            if waiver.state is WaiverState.WITHDRAWN:
                raise WaiverRefused(f"{id_} was withdrawn 该豁免已撤回", "write it anew: loantape waive 请重新撰写")
            if (waiver.findings, waiver.findings_sha256) != frozen:
                raise WaiverRefused(
                    f"{id_} was written for {waiver.findings} findings, and what it covers has changed since: they are"
                    f" {frozen[0]} now 豁免所涉问题已变化",
                    f"loantape withdraw-waiver {id_}, then write it anew 请撤回后重新撰写",
                )
            if waiver.state is WaiverState.PENDING:
                done = {"state": WaiverState.ACCEPTED, "accepter": actor, "accepted_at": plain(at)}
                con.execute(update(tables.waivers).where(*_is(waiver)).values(done))
                self._append(con, at, actor, "waiver accepted", id_, _shown(waiver) | {"author": waiver.author})
            self._answer(con, waiver.submission, judge, at, actor)
            return _known(con, id_)

    def withdraw_waiver(self, id_: str, judge: Judge, at: datetime, actor: str) -> WaiverRecord:
        """Withdraw a waiver, whoever wrote it; withdrawing it again changes nothing.

        Where errors are open then, its submission is blocked, unless it was filed: what is sealed stays.
        """
        with self._change() as con:
            waiver = _known(con, id_)
            if waiver.state is not WaiverState.WITHDRAWN:
                done = {"state": WaiverState.WITHDRAWN, "withdrawn_by": actor, "withdrawn_at": plain(at)}
                con.execute(update(tables.waivers).where(*_is(waiver)).values(done))
                self._append(con, at, actor, "waiver withdrawn", id_, {**_shown(waiver), "was": waiver.state})
            self._answer(con, waiver.submission, judge, at, actor)
            return _known(con, id_)

    def answer(self, submission: str, judge: Judge, at: datetime, actor: str) -> None:
        """Say whether a measured submission is blocked or ready. One that was filed, or is not as far, stays."""
        with self._change() as con:
            self._answer(con, submission, judge, at, actor)

    def waivers(self, submission: str | None = None) -> list[WaiverRecord]:
        """Waivers by submission, in the order they were written; of one submission, or all."""
        with reading(self._engine) as con:
            return rows.waivers(con, submission)

    def waiver(self, id_: str) -> WaiverRecord:
        """One waiver. Raises ConfigurationError when there is none of this name."""
        with reading(self._engine) as con:
            return _known(con, id_)

    # --- inside -----------------------------------------------------------------------------------------------

    def _answer(self, con: Connection, name: str, judge: Judge, at: datetime, actor: str) -> None:
        here = rows.known_state(con, name)
        if not RANK[State.MEASURED] <= RANK[here] < RANK[State.FILED]:
            return
        answer = State.BLOCKED if judge(rows.waivers(con, name)) else State.READY
        if answer is not here:
            con.execute(update(tables.submissions).where(tables.submissions.c.name == name).values(state=answer))
            self._enter(con, name, answer, at, actor, {})


def _known(con: Connection, id_: str) -> WaiverRecord:
    submission = id_.rpartition("/")[0]
    found = next((one for one in rows.waivers(con, submission) if one.id == id_), None)
    if found is None:
        raise ConfigurationError(
            f"there is no waiver {id_} 没有该豁免", "loantape waivers lists them, such as demo_cashloan/2026-10/v1/w1"
        )
    return found


def _is(waiver: WaiverRecord) -> tuple[Any, ...]:
    """The WHERE clause of one waiver."""
    table, (submission, _, number) = tables.waivers.c, waiver.id.rpartition("/w")
    return table.submission == submission, table.number == int(number)


def _shown(waiver: WaiverRecord) -> dict[str, Detail]:
    """What an audit entry says was seen of it: the rule, and how many findings, frozen by their hash."""
    return {"rule": waiver.rule, "findings": waiver.findings, "findings_sha256": waiver.findings_sha256}


def _same_person(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
