"""The journey of one delivery, one function per step: receive, read, check, measure, review, file, hand over.

Belongs here: the order of the steps and what each takes and leaves. Not here: how a step does its work. DAGs, the
command line and the tests call these functions; nothing else knows the order. Every step is a no-op when its result is
already there, and time is always an argument.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from loantape import catalog
from loantape.checking import engine
from loantape.declare import Filing, FilingContext, Period, Severity
from loantape.earlier import check_inputs, earlier
from loantape.errors import FilingRefused
from loantape.filing import make, refusal
from loantape.filing.package import sha256
from loantape.intake import delivery as intake_delivery
from loantape.intake import reading
from loantape.market.choose import PSEUDONYMS
from loantape.market.making import make_view
from loantape.measure import step as measuring
from loantape.progress import Progress, silent
from loantape.store import FilingRecord, Reason, State, SubmissionName, SubmissionRecord
from loantape.workspace import Workspace as Workspace

SILENT = silent()
REPORTED_PERIODS = 35  # before the one that is reported: three years in all


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
        answer = State.BLOCKED if review(ws, name).errors else State.READY
        ws.workflow.advance(name, answer, at, ws.actor)


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

    All are read before any is checked, earlier periods first, so that each finds its predecessor in whatever order they
    were named.
    """
    names = sorted({receive(ws, path, at, progress) for path in deliveries}, key=_by_period)
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
    for record in sorted(ws.workflow.submissions(), key=lambda record: _by_period(record.name)):
        if _refreshable(record) or _made_otherwise(ws, record):
            reviews.append(check(ws, record.name, at, progress))
            measure(ws, record.name, at, progress)
    return reviews


def fileable(ws: Workspace, regulator: str) -> Sequence[str]:
    """The latest submissions that this regulator's filing covers and nothing blocks, earlier periods first.

    One whose filing needs the month before, which nobody delivered, is left out, and so is one that is stale, until it
    has been checked again, unless this very filing of it was sealed before.
    """
    filing = catalog.filing(regulator)
    sealed = {record.submission for record in ws.workflow.filings(regulator) if record.sealed_at is not None}
    ready = [
        record.name
        for record in ws.workflow.submissions()
        if record.state in (State.READY, State.FILED)
        and (record.stale is None or record.name in sealed)
        and _covers(ws, filing, record.name)
    ]
    return sorted(ready, key=_by_period)


def file(
    ws: Workspace,
    submission: str,
    regulator: str,
    at: datetime,
    out: Path | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Render, read back, seal. Returns the package; the one already sealed when there is one.

    Raises FilingRefused, with nothing half-written, for open errors, a lender outside the filing's scope, a month
    before that the filing needs and nobody delivered, what breaks a rule of the format, or a submission that is stale:
    its data, or what it was checked against, have been replaced.
    """
    name = ws.store.name(submission)
    filing = catalog.filing(regulator)
    lender = catalog.lender(SubmissionName.parse(name).lender)
    if not ws.store.done(name, "measure"):
        raise FilingRefused(f"{name} has not been checked and measured", f"run it first, then file {name} again")
    with ws.store.reading(name) as con:
        refusal.refuse_unless_fileable(con, filing, lender)
    record = ws.workflow.begin_filing(filing.regulator, name, at, ws.actor)
    if record.sealed_at is None:
        record = _seal(ws, filing, record, at, progress)
    folder = ws.store.filing_folder(record.regulator, record.lender, record.period, record.sequence)
    package = folder / str(record.package_name)
    if out is not None:
        make.copy_package(package, out)
    return package


def hand_over(ws: Workspace, package: Path, at: datetime) -> Path:
    """Put a sealed package and its signature into the regulator's outbox, once in effect. Returns its place there."""
    digest = sha256(lambda: package.open("rb"))
    for record in ws.workflow.filings():
        if record.package_name == package.name and record.package_sha256 == digest:
            signature = package.with_name(package.name + ".minisig")
            # the signature first: a receiver that sees the package can verify it at once
            placed = ws.store.hand_over([signature, package], record.regulator)
            ws.workflow.hand_over_filing(record, at, ws.actor)
            return placed[-1]
    raise FilingRefused(f"{package} is not a package that was sealed here", "file the submission, then hand it over")


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


def _seal(ws: Workspace, filing: Filing, record: FilingRecord, at: datetime, progress: Progress) -> FilingRecord:
    name = record.submission
    period, before = _periods(ws, name)
    refusal.refuse_without_previous(filing, name, period, before)
    previous = ws.store.previous_of(name) if filing.needs_previous and before == period.month_before() else None
    context = FilingContext(
        record.lender,
        record.period,
        name,
        record.sequence,
        record.rendered_at,
        previous,
        ws.store.content_sha256(previous) if previous else None,
    )
    key = (record.regulator, record.lender, record.period, record.sequence)
    with ws.store.making_filing(*key) as folder, ws.store.reading(name) as con:
        rendered_folder = folder / "files"
        rendered_folder.mkdir()
        vault = ws.store.vault(name) if filing.needs_identity else None
        before_file = ws.store.database(previous) if previous else None
        rendered = make.render(con, filing, context, rendered_folder, vault, ws.keys, progress, before_file)
        with progress.step("report", "报告"), closing(_measured_before(ws, name)) as periods:
            reports = catalog.report_builder()(
                con, filing, context, catalog.rules(), catalog.indicators(), catalog.limits(), rendered, periods
            )
        package = make.seal(con, filing, context, rendered, reports, ws.keys, folder)
        digest = sha256(lambda: package.open("rb"))
    return ws.workflow.seal_filing(record, package.name, digest, at, ws.actor)


def _measured_before(ws: Workspace, name: str) -> Generator[Any, None, None]:
    """Connections to the measured submissions of the periods before, one opened after the other, for the report."""
    for one in ws.store.before(name, REPORTED_PERIODS):
        if ws.store.done(one, "measure"):
            with ws.store.reading(one) as con:
                yield con


def _covers(ws: Workspace, filing: Filing, name: str) -> bool:
    this = SubmissionName.parse(name)
    lender = catalog.lender(this.lender)
    if lender.jurisdiction != filing.jurisdiction or ws.store.latest(this.lender, this.period) != name:
        return False
    if refusal.lacks_previous(filing, *_periods(ws, name)):
        return False
    with ws.store.reading(name) as con:
        return refusal.in_scope(con, filing, lender)


def _periods(ws: Workspace, name: str) -> tuple[Period, Period | None]:
    """The period of a submission and the latest one before it that its lender delivered."""
    before = ws.store.previous_of(name)
    return SubmissionName.parse(name).period, SubmissionName.parse(before).period if before else None


def _in_force(filings: Sequence[FilingRecord]) -> set[str]:
    """The submissions whose filing is the one in force with some regulator: if they are stale, it may need amending."""
    # sequences ascend, so the last one sealed stays
    in_force = {(one.regulator, one.lender, one.period): one for one in filings if one.sealed_at is not None}
    return {one.submission for one in in_force.values()}


def _refreshable(record: SubmissionRecord) -> bool:
    return record.stale is not None and record.stale.reason is not Reason.REPLACED and record.state is not State.FILED


def _made_otherwise(ws: Workspace, record: SubmissionRecord) -> bool:
    """Whether an unfiled submission was checked or measured with another book or other periods than today's."""
    if record.stale is not None or record.state not in (State.READY, State.BLOCKED):
        return False
    inputs = check_inputs(ws.store, earlier(ws.store, record.name))
    checked = ws.store.done(record.name, "check", inputs=inputs)
    return not checked or not measuring.is_up_to_date(ws.store, record.name)


def _by_period(name: str) -> tuple[str, str, int]:
    this = SubmissionName.parse(name)
    return (this.period.date.isoformat(), this.lender, this.version or 0)
