"""Filings in the workflow database: sequences, amendments, withdrawals, and what became of each package.

Belongs here: which filing of a period there is and which counts, and the audit entry of each change, written in the
same transaction. Not here: submissions (``workflow``), packages (``loantape.filing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from loantape.declare import Period, Receipt
from loantape.errors import FilingRefused
from loantape.store import rows, tables
from loantape.store.database import reading
from loantape.store.files import SubmissionName, plain
from loantape.store.log import Log
from loantape.store.states import (
    FilingKind,
    FilingRecord,
    FilingState,
    IllegalTransition,
    Outcome,
    Reason,
    ReceiptRecord,
    State,
    WaiverState,
    filing_of,
    in_force,
    needs_reason,
)


class FilingLog(Log):
    """Filings of one store; each period of a lender has one series of sequences for each regulator."""

    def begin_filing(
        self, regulator: str, submission: str, at: datetime, actor: str, reason: str | None = None
    ) -> FilingRecord:
        """The filing of a submission with a regulator: the one there is, else a new one with the next sequence.

        A sequence that was begun and never sealed is used again, so that sealed sequences have no gaps. One that comes
        after a sealed one amends what is in force and needs a ``reason``. Raises FilingRefused when the submission is
        not ready, or stale and this filing of it is not sealed yet, or when the reason is missing or has no use.
        """
        parts = SubmissionName.parse(submission)
        with self._change() as con:
            state = rows.known_state(con, submission)
            known = rows.filings(con, regulator, parts.lender, parts.period)
            mine = filing_of(known, submission)
            if mine is not None and mine.sealed_at is not None:
                return mine
            _refuse_stale(con, submission)
            if mine is None and state not in (State.READY, State.FILED):
                raise FilingRefused(
                    f"{submission} is {state}, not ready",
                    f"look at its findings: loantape findings {submission}",
                )
            sealed = [one for one in known if one.sealed_at is not None]
            if reason is not None and not sealed:
                raise FilingRefused(
                    f"nothing of {parts.lender}/{parts.period} was filed with {regulator}, so a reason has nothing to"
                    " explain 此前未报送，无需更正原因",
                    "file it without a reason 请去掉更正原因",
                )
            if reason is None and needs_reason(known, submission):
                raise FilingRefused(
                    f"{sealed[-1].name} is sealed, so a filing of {submission} amends it and must say why"
                    " 该期已报送，更正须说明原因",
                    f'loantape file {submission} --regulator {regulator} --reason "…"',
                )
            if mine is not None and reason in (None, mine.reason):
                return mine
            replaced = in_force(known)
            begun = {
                "submission": submission,
                "kind": FilingKind.FILING,
                "reason": reason,
                "replaces": replaced and replaced.sequence,
            }
            details = {"submission": submission} | ({"reason": reason} if reason else {})
            return self._begin(con, regulator, parts.lender, parts.period, begun, details, at, actor)

    def begin_withdrawal(
        self, regulator: str, lender: str, period: Period, reason: str, at: datetime, actor: str
    ) -> FilingRecord:
        """The withdrawal of what is in force: the one there is, else a new one, which takes the next sequence.

        Raises FilingRefused when nothing of the period is in force and nothing was withdrawn.
        """
        with self._change() as con:
            known = rows.filings(con, regulator, lender, period)
            current = in_force(known)
            if current is None:
                standing = [one for one in known if one.sealed_at and one.state is not FilingState.REJECTED]
                if standing:  # the last of them took back what was in force
                    return standing[-1]
                raise FilingRefused(
                    f"nothing of {lender}/{period} is in force with {regulator} 该期没有生效的报送",
                    "see loantape filings 请查看报送列表",
                )
            last = known[-1]
            if last.sealed_at is None and (last.kind, last.reason) == (FilingKind.WITHDRAWAL, reason):
                return last
            begun = {
                "submission": current.submission,
                "kind": FilingKind.WITHDRAWAL,
                "reason": reason,
                "replaces": current.sequence,
            }
            details = {"withdraws": current.name, "reason": reason}
            return self._begin(con, regulator, lender, period, begun, details, at, actor)

    def seal_filing(
        self,
        filing: FilingRecord,
        package_name: str,
        package_sha256: str,
        at: datetime,
        actor: str,
        waivers: Sequence[str] = (),
    ) -> FilingRecord:
        """Record that a package is signed, and that the submission of a filing is filed; once.

        Sealing again with the same package writes nothing. Raises IllegalTransition when it was sealed with another
        package, or its sequence has meanwhile been given to another submission, or to a withdrawal; FilingRefused when
        the submission has meanwhile become stale, or one of the ``waivers`` that the package states was withdrawn.
        """
        with self._change() as con:
            here = rows.reload(con, filing)
            if here.sealed_at is not None and here.package_sha256 == package_sha256:
                return here
            same = (here.submission, here.kind, here.reason) == (filing.submission, filing.kind, filing.reason)
            if here.sealed_at is not None or not same:
                raise IllegalTransition(
                    f"{filing.name} is {here.state} from {here.submission} with another package",
                    "file again: a change is a new version of the submission and a new sequence",
                )
            if filing.kind is FilingKind.FILING:
                _refuse_stale(con, filing.submission)
                _refuse_withdrawn(con, filing.submission, waivers)
            values = {"package_name": package_name, "package_sha256": package_sha256}
            done = {"state": FilingState.SEALED, "sealed_at": plain(at)}
            con.execute(update(tables.filings).where(*rows.is_filing(filing)).values(**values, **done))
            details = {"submission": filing.submission, **values} | ({"waivers": ", ".join(waivers)} if waivers else {})
            self._append(con, at, actor, f"{filing.kind} sealed", filing.name, details)
            if filing.kind is FilingKind.FILING and rows.known_state(con, filing.submission) is not State.FILED:
                if rows.known_state(con, filing.submission) is not State.READY:
                    raise IllegalTransition(
                        f"{filing.submission} is no longer ready", "look at its findings and file again"
                    )
                name = tables.submissions.c.name
                con.execute(update(tables.submissions).where(name == filing.submission).values(state=State.FILED))
                self._enter(con, filing.submission, State.FILED, at, actor, {"filing": filing.name})
            return rows.reload(con, filing)

    def hand_over_filing(self, filing: FilingRecord, at: datetime, actor: str, to: str = "") -> FilingRecord:
        """Record that a sealed package was handed over; handing over again writes nothing. Raises IllegalTransition.

        ``to`` is where, as people call it. A receipt may have come first: what it said stays.
        """
        with self._change() as con:
            here = rows.reload(con, filing)
            if here.handed_over_at is not None:
                return here
            if here.sealed_at is None:
                raise IllegalTransition(f"{filing.name} is not sealed", "seal it first")
            done: dict[str, Any] = {"handed_over_at": plain(at)}
            if here.state is FilingState.SEALED:
                done["state"] = FilingState.HANDED_OVER
            con.execute(update(tables.filings).where(*rows.is_filing(filing)).values(done))
            details = {"package_sha256": here.package_sha256} | ({"to": to} if to else {})
            self._append(con, at, actor, f"{here.kind} handed over", filing.name, details)
            return rows.reload(con, filing)

    def take_receipt(
        self, regulator: str, sha256: str, receipt: Receipt | str, at: datetime, actor: str
    ) -> tuple[ReceiptRecord, bool]:
        """Bind a receipt to the filing whose package it names by content, or say why not; and whether it is new.

        ``sha256`` is that of its bytes; a text instead of a receipt says why they are none. The latest receipt of a
        package counts, by the moment that it states, whenever it arrives. The same bytes again change nothing.
        """
        with self._change() as con:
            known = rows.receipt(con, sha256)
            if known is not None:
                return known, False
            if isinstance(receipt, str):
                filing, outcome, detail = None, Outcome.UNREADABLE, receipt
            else:
                filing, outcome = _bound(rows.filings(con, regulator), receipt)
                detail = "; ".join(f"{code} {text}" for code, text in receipt.messages)
            record = ReceiptRecord(
                sha256,
                regulator,
                outcome,
                filing.name if filing else "",
                receipt.reference if isinstance(receipt, Receipt) else "",
                receipt.sha256 if isinstance(receipt, Receipt) else "",
                receipt.at if isinstance(receipt, Receipt) else None,
                plain(at),
                detail,
            )
            con.execute(insert(tables.receipts).values(vars(record)))
            if filing is not None and isinstance(receipt, Receipt) and outcome in _ANSWERS:
                state = FilingState.ACCEPTED if receipt.accepted else FilingState.REJECTED
                values = {"state": state, "answered_at": receipt.at, "receipt": sha256}
                con.execute(update(tables.filings).where(*rows.is_filing(filing)).values(values))
            details = {"receipt": sha256, "package_sha256": record.package_sha256}
            subject = record.filing or regulator
            self._append(con, at, actor, f"receipt {outcome}", subject, details)
            return record, True

    def receipts(self, regulator: str | None = None) -> list[ReceiptRecord]:
        """Receipts in the order in which they were taken; of one regulator, or all."""
        with reading(self._engine) as con:
            return rows.receipts(con, regulator)

    def is_sealed(self, regulator: str, submission: str) -> bool:
        """Whether there is a sealed filing of a submission, neither withdrawn since nor rejected."""
        parts = SubmissionName.parse(submission)
        mine = filing_of(self.filings(regulator, parts.lender, parts.period), submission)
        return mine is not None and mine.sealed_at is not None

    def refuse_stale(self, submission: str) -> None:
        """Raise FilingRefused, with the way out, for a submission that is not the last word."""
        with reading(self._engine) as con:
            _refuse_stale(con, submission)

    def filings(
        self, regulator: str | None = None, lender: str | None = None, period: Period | None = None
    ) -> list[FilingRecord]:
        """Filings by regulator, lender, reporting date and sequence; of one regulator or one period, or all."""
        with reading(self._engine) as con:
            return rows.filings(con, regulator, lender, period)

    # --- inside -----------------------------------------------------------------------------------------------

    def _begin(
        self,
        con: Connection,
        regulator: str,
        lender: str,
        period: Period,
        begun: Mapping[str, Any],
        details: Mapping[str, Any],
        at: datetime,
        actor: str,
    ) -> FilingRecord:
        """Give the open sequence, or the next one, to what is begun."""
        known = rows.filings(con, regulator, lender, period)
        values = {**begun, "state": FilingState.RENDERED, "rendered_at": plain(at)}
        table = tables.filings
        if known and known[-1].sealed_at is None:
            sequence = known[-1].sequence
            con.execute(update(table).where(*rows.is_filing(known[-1])).values(values))
        else:
            sequence = known[-1].sequence + 1 if known else 1
            key = {"regulator": regulator, "lender": lender, "period": period.date}
            con.execute(insert(table).values(**key, sequence=sequence, **values))
        filing = rows.filings(con, regulator, lender, period)[sequence - 1]
        self._append(con, at, actor, f"{filing.kind} rendered", filing.name, details)
        return filing


_ANSWERS = (Outcome.ACCEPTED, Outcome.REJECTED)


def _bound(known: Iterable[FilingRecord], receipt: Receipt) -> tuple[FilingRecord | None, Outcome]:
    """The filing that a receipt speaks of, by the hash of its package, and what it says of it."""
    sealed = [one for one in known if one.sealed_at is not None]
    filing = next((one for one in sealed if one.package_sha256 == receipt.sha256), None)
    if filing is None:
        named = next((one for one in sealed if one.package_name == receipt.package), None)
        return named, Outcome.UNKNOWN if named is None else Outcome.OTHER_HASH
    said = Outcome.ACCEPTED if receipt.accepted else Outcome.REJECTED
    if filing.answered_at is None or receipt.at > filing.answered_at:
        return filing, said
    same = (filing.state is FilingState.ACCEPTED) == receipt.accepted
    return filing, Outcome.REPEATED if same else Outcome.CONFLICT


def _refuse_stale(con: Connection, name: str) -> None:
    """No new filing of what is not the last word. Raises FilingRefused with the way out."""
    record = rows.submission(con, name)
    if record.stale is None:
        return
    if record.stale.reason is Reason.REPLACED:
        way_out = f"file {record.stale.because} instead"
    elif record.state is State.FILED:
        way_out = "have the period delivered again with the next sequence, then file that version"
    else:
        way_out = f"check it again: loantape refresh; then file {name}"
    raise FilingRefused(f"{name} is stale: {record.stale.en}", way_out)


def _refuse_withdrawn(con: Connection, name: str, waivers: Sequence[str]) -> None:
    """No filing that leans on an explanation somebody took back while it was made. Raises FilingRefused."""
    standing = {one.id for one in rows.waivers(con, name) if one.state is WaiverState.ACCEPTED}
    if gone := [one for one in waivers if one not in standing]:
        raise FilingRefused(
            f"{', '.join(gone)} was withdrawn while {name} was being filed 豁免在报送过程中被撤回",
            f"file it again; loantape waivers {name} lists what is left 请重新报送",
        )
