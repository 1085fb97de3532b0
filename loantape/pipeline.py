"""The journey of one delivery, one function per step: receive, read, check, measure, review, file, hand over.

Belongs here: the order of the steps and what each takes and leaves. Not here: how a step does its work. DAGs, the
command line and the tests call these functions; nothing else knows the order. Every step is a no-op when its result is
already there, and time is always an argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from loantape import catalog, outbox, waivers
from loantape.checking import engine
from loantape.declare import Period, Severity
from loantape.earlier import check_inputs, earlier
from loantape.errors import FilingRefused
from loantape.filing import make, receipts, refusal, sealing
from loantape.filing.amendment import checked_reason
from loantape.filing.candidates import by_period, candidates, periods_of
from loantape.filing.receipts import Taken
from loantape.filing.timestamp import TimeAuthority, stamp
from loantape.intake import delivery as intake_delivery
from loantape.intake import reading
from loantape.market.choose import PSEUDONYMS
from loantape.market.making import make_view
from loantape.measure import step as measuring
from loantape.outbox import Place
from loantape.progress import Progress, silent
from loantape.store import FilingRecord, Reason, State, SubmissionName, SubmissionRecord
from loantape.store.durable import locked
from loantape.store.states import all_in_force
from loantape.workspace import Workspace as Workspace

SILENT = silent()


@dataclass(frozen=True)
class Review:
    """What stands between a submission and its filing: findings by severity and by rule."""

    submission: str
    errors: int
    warnings: int
    infos: int
    by_rule: Sequence[tuple[str, str, int]]  # rule, severity, findings

    @property
    def total(self) -> int:
        """All findings."""
        return self.errors + self.warnings + self.infos


@dataclass(frozen=True)
class Listed:
    """One submission as a person wants to see it; ``review`` is None until it has been checked.

    ``amendment_due``: it is stale, and a filing made from it is the one in force with its regulator.
    """

    record: SubmissionRecord
    review: Review | None
    filings: Sequence[FilingRecord]
    amendment_due: bool


def receive(ws: Workspace, path: Path, at: datetime, progress: Progress = SILENT) -> str:
    """Take a delivery's bytes into the store. Returns the submission's name, the same for the same bytes.

    Of several versions of a period the one counts whose manifest states the highest sequence, whenever it arrives, and
    among equal ones the one that arrived last.

    Raises DeliveryError, with the store unchanged, when anything differs from what the manifest says.
    """
    arrived = intake_delivery.open_delivery(path)
    lender = catalog.lender(arrived.manifest.lender)
    name, _ = ws.store.add_submission(
        lender.name,
        arrived.manifest.period,
        arrived.content_sha256,
        at,
        lambda folder: intake_delivery.receive(arrived, lender, folder, progress),
        arrived.manifest.sequence,
    )
    received_at = ws.store.received_at(name)
    ws.workflow.received(name, arrived.content_sha256, received_at, ws.actor, ws.store.sequence(name))
    return name


def read(ws: Workspace, submission: str, at: datetime, progress: Progress = SILENT) -> None:
    """Original bytes to line ledger and tape. Nothing is lost: every physical line is accounted for."""
    name = ws.store.name(submission)
    if not ws.store.done(name, "read"):
        this = SubmissionName.parse(name)
        # which key made the pseudonyms is kept: only those of one key can be compared across lenders
        with ws.store.editing(name, "read", at, inputs=PSEUDONYMS + ws.keys.pseudonym_fingerprint()) as con:
            reading.read(
                con,
                ws.store.original(name),
                catalog.lender(this.lender),
                this.period,
                this.version or 0,
                ws.store.received_at(name),
                ws.keys,
                ws.store.vault(name),
                progress,
            )
    ws.workflow.advance(name, State.READ, at, ws.actor)


def check(ws: Workspace, submission: str, at: datetime, progress: Progress = SILENT) -> Review:
    """Run every rule in force on the period, and again when the rule book or an earlier period it used has changed.

    What was filed stays as it was checked, and a submission that was checked again is no longer stale. Raises
    RuleCrashed, with nothing stored, when a rule itself fails.
    """
    name = ws.store.name(submission)
    used = earlier(ws.store, name)
    inputs = check_inputs(ws.store, used)
    if not ws.store.done(name, "check", inputs=inputs) and ws.workflow.state(name) is not State.FILED:
        ws.workflow.check_again(name, at, ws.actor, "the rule book or an earlier period changed")
        this = SubmissionName.parse(name)
        with ws.store.editing(name, "check", at, inputs=inputs) as con:
            engine.check(
                con,
                catalog.lender(this.lender),
                this.period,
                list(catalog.rules().values()),
                catalog.limits(),
                used.previous_file(ws.store),
                progress,
                used.history_files(ws.store),
            )
    found = review(ws, name)
    if ws.store.done(name, "check", inputs=inputs):  # not so when it was filed before its inputs changed
        counts = {"errors": found.errors, "warnings": found.warnings}
        ws.workflow.checked(name, used.previous, at, ws.actor, counts, used.history)
    return found


def measure(ws: Workspace, submission: str, at: datetime, progress: Progress = SILENT) -> None:
    """Compute every indicator, then say whether the submission is ready to file or blocked by its findings.

    They are computed again when the book or an earlier period they used has changed. What was filed stays as measured.
    """
    name = ws.store.name(submission)
    if ws.workflow.state(name) is not State.FILED:
        measuring.bring_up_to_date(ws.store, name, at, progress)
    ws.workflow.advance(name, State.MEASURED, at, ws.actor)
    if ws.workflow.state(name) is State.MEASURED:
        waivers.answer(ws, name, at)


def review(ws: Workspace, submission: str) -> Review:
    """Findings by severity and rule of a checked submission."""
    name = ws.store.name(submission)
    with ws.store.reading(name) as con:
        rows = con.execute(
            "SELECT rule, severity, count(*) FROM findings GROUP BY rule, severity ORDER BY rule, severity"
        ).fetchall()
    counts = {severity: sum(n for _, s, n in rows if s == severity) for severity in Severity}
    return Review(name, counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO], rows)


def submissions(ws: Workspace) -> Sequence[Listed]:
    """Every submission by lender, reporting date and version, with its findings and filings."""
    filings = ws.workflow.filings()
    due = _in_force(filings)
    return [
        Listed(
            record,
            review(ws, record.name) if ws.store.done(record.name, "check") else None,
            [one for one in filings if one.submission == record.name],
            record.stale is not None and record.name in due,
        )
        for record in ws.workflow.submissions()
    ]


def stale(ws: Workspace) -> Sequence[tuple[SubmissionRecord, bool]]:
    """What is stale and calls for something: ``refresh``, or, where it is True, a person, since it was filed."""
    due = _in_force(ws.workflow.filings())
    return [
        (record, record.name in due)
        for record in ws.workflow.submissions()
        if _refreshable(record) or (record.stale is not None and record.name in due)
    ]


def run(ws: Workspace, deliveries: Sequence[Path], at: datetime, progress: Progress = SILENT) -> Sequence[Review]:
    """The journey up to review for several deliveries.

    All are opened before any is received, so that what is no delivery is told before anything is done. All are read
    before any is checked, earlier periods first, so that each finds its predecessor in whatever order they were named.
    """
    for path in deliveries:
        intake_delivery.open_delivery(path)
    names = sorted({receive(ws, path, at, progress) for path in deliveries}, key=by_period)
    for name in names:
        read(ws, name, at, progress)
    reviews = []
    for name in names:
        reviews.append(check(ws, name, at, progress))
        measure(ws, name, at, progress)
    return reviews


def refresh(ws: Workspace, at: datetime, progress: Progress = SILENT) -> Sequence[Review]:
    """Check and measure again everything that is stale or was made with another rule book, earlier periods first.

    What was filed is left as it is, and so are versions that another one replaces. Whether a period is due is asked
    when its turn comes: what was made again before it may have changed what it used.
    """
    reviews = []
    for record in sorted(ws.workflow.submissions(), key=lambda record: by_period(record.name)):
        if _refreshable(record) or _made_otherwise(ws, record):
            reviews.append(check(ws, record.name, at, progress))
            measure(ws, record.name, at, progress)
    return reviews


def fileable(ws: Workspace, regulator: str) -> Sequence[str]:
    """The latest submissions that this regulator's filing covers and nothing blocks, earlier periods first.

    One whose filing needs the month before, which nobody delivered, is left out, and so is one that is stale, until it
    has been checked again, unless this very filing of it was sealed before. What would come after a sealed filing needs
    a person to say why: see ``amendable``.
    """
    return [one.submission for one in candidates(ws, regulator) if not one.needs_reason]


def amendable(ws: Workspace, regulator: str) -> Sequence[tuple[str, str]]:
    """Submissions as ``fileable`` means it that are filed with a reason only, and the filing in force that each amends.

    "" where none is in force: what comes after a withdrawal, and what was withdrawn itself and may be filed again.
    """
    return [(one.submission, one.amends) for one in candidates(ws, regulator) if one.needs_reason]


def file(
    ws: Workspace,
    submission: str,
    regulator: str,
    at: datetime,
    out: Path | None = None,
    progress: Progress = SILENT,
    reason: str | None = None,
) -> Path:
    """Render, read back, seal. Returns the package; the one already sealed when there is one.

    Where one was sealed for this period before, the new one amends it: it says why (``reason``), names the package it
    replaces, and lists every record that differs. The earlier one stays in force until the new one is sealed.

    Raises FilingRefused, with nothing half-written, for errors that no waiver covers, a lender outside the filing's
    scope, a month before that the filing needs and nobody delivered, what breaks a rule of the format, a submission
    that is stale (its data, or what it was checked against, have been replaced), or an amendment without a reason.
    """
    reason = checked_reason(reason)
    name = ws.store.name(submission)
    filing = catalog.filing(regulator)
    lender = catalog.lender(SubmissionName.parse(name).lender)
    if not ws.store.done(name, "measure"):
        raise FilingRefused(f"{name} has not been checked and measured", f"run it first, then file {name} again")
    with ws.store.reading(name) as con:
        explained = waivers.in_effect(ws, name, con)
        if not ws.workflow.is_sealed(filing.regulator, name):  # what is sealed stays, whatever was withdrawn since
            refusal.refuse_unless_fileable(con, filing, lender, explained)
            ws.workflow.refuse_stale(name)
            refusal.refuse_without_previous(filing, name, *periods_of(ws, name))
    record = ws.workflow.begin_filing(filing.regulator, name, at, ws.actor, reason)
    if record.sealed_at is None:
        record = sealing.seal(ws, filing, record, at, progress, explained)
    package = sealing.package_of(ws, record)
    if out is not None:
        make.copy_package(package, out)
    return package


def withdraw(
    ws: Workspace, regulator: str, lender: str, period: Period, at: datetime, reason: str, out: Path | None = None
) -> Path:
    """Take back the filing in force: a signed package that names it, by the next sequence. Returns the package.

    From when it is sealed nothing is in force; a filing after it continues the sequence and says why. Withdrawing again
    returns the package there is. Raises FilingRefused when nothing is in force and nothing was withdrawn.
    """
    said = checked_reason(reason)
    if said is None:
        raise FilingRefused("a withdrawal says why 撤回须说明原因", '--reason "…"')
    filing = catalog.filing(regulator)
    record = ws.workflow.begin_withdrawal(filing.regulator, catalog.lender(lender).name, period, said, at, ws.actor)
    if record.sealed_at is None:
        record = sealing.seal_withdrawal(ws, filing, record, at)
    package = sealing.package_of(ws, record)
    if out is not None:
        make.copy_package(package, out)
    return package


def timestamp(ws: Workspace, package: Path, asked: TimeAuthority) -> Path:
    """Ask a time authority for a token over a package that was sealed here; it lies beside it. Returns its path.

    A package that has one keeps it. Raises TimeAuthorityFailed, which trying again may help, and FilingRefused for a
    package that was not sealed here.
    """
    sealing.record_of(ws, package)
    with locked(ws.store.root / ".locks" / f"timestamp.{package.name}.lock", f"the token of {package.name}", wait=True):
        return stamp(package, asked)


def waiting(ws: Workspace, regulator: str | None = None) -> Sequence[Path]:
    """Packages that are sealed and not handed over yet, by sequence: filings, amendments and withdrawals."""
    sealed = [one for one in ws.workflow.filings(regulator) if one.sealed_at is not None]
    return [sealing.package_of(ws, one) for one in sealed if one.handed_over_at is None]


def hand_over(ws: Workspace, package: Path, at: datetime, place: Place | None = None) -> str:
    """Put a sealed package and its signature where its regulator looks, once in effect. Returns its place there.

    Without a ``place`` that is the regulator's outbox in the store. Raises FilingRefused for a package that was not
    sealed here, or when other bytes were handed over under its name.
    """
    record = sealing.record_of(ws, package)
    # the signature first: a receiver that sees the package can verify it at once
    beside = [one for one in sealing.beside(package) if one.exists()]
    place = place or outbox.Folder(ws.store.outbox(record.regulator))
    placed = outbox.hand_over(place, [*beside, package])
    ws.workflow.hand_over_filing(record, at, ws.actor, place.name)
    return placed[-1]


def receipt(ws: Workspace, file: Path, regulator: str, at: datetime) -> Taken:
    """Take a receipt: keep its bytes, read it, and bind it to the package whose content it names.

    What it came to is in the record: accepted, rejected, repeated, or why it is bound to nothing.
    """
    return receipts.take(ws, file, regulator, at)


def inbox(ws: Workspace, at: datetime, again: bool = False) -> Sequence[Taken]:
    """Take every receipt that lies in the store's inboxes.

    ``again`` tells what was taken at this very moment, too: a look that was killed before it could tell anybody is then
    made once more by looking again with the same ``at``.
    """
    return receipts.take_inbox(ws, at, again)


def market(
    ws: Workspace, period: Period, at: datetime, jurisdiction: str = "cn", progress: Progress = SILENT
) -> Mapping[str, Any]:
    """The view over every lender of a jurisdiction and period, from the latest versions; small cells are hidden.

    What is made counts as shown: it is kept, later views are compared with it, and the same submissions give it again.
    Raises UnknownSubmission, PseudonymKeysDiffer or NotDisclosable; nothing is kept then.
    """
    made, kept = make_view(ws.store, period, jurisdiction, catalog.limits(), progress)
    if kept is not None:
        ws.workflow.view_shown(kept.name, kept.sha256, at, ws.actor)
    return made


def _in_force(filings: Sequence[FilingRecord]) -> set[str]:
    """The submissions whose filing is the one in force with some regulator: if they are stale, it may need amending."""
    return {one.submission for one in all_in_force(filings)}


def _refreshable(record: SubmissionRecord) -> bool:
    return record.stale is not None and record.stale.reason is not Reason.REPLACED and record.state is not State.FILED


def _made_otherwise(ws: Workspace, record: SubmissionRecord) -> bool:
    """Whether an unfiled submission was checked or measured with another book or other periods than today's."""
    if record.stale is not None or record.state not in (State.READY, State.BLOCKED):
        return False
    inputs = check_inputs(ws.store, earlier(ws.store, record.name))
    checked = ws.store.done(record.name, "check", inputs=inputs)
    return not checked or not measuring.is_up_to_date(ws.store, record.name)
