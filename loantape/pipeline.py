"""The journey of one delivery, one function per step: receive, read, check, measure, review, file, hand over.

Belongs here: the order of the steps and what each takes and leaves. Not here: how a step does its work. DAGs, the
command line and the tests call these functions; nothing else knows the order. Every step is a no-op when its result is
already there, and time is always an argument.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loantape import catalog
from loantape.checking import engine
from loantape.declare import Filing, FilingContext, Period, Severity
from loantape.errors import ConfigurationError, FilingRefused
from loantape.filing import make, refusal
from loantape.intake import delivery as intake_delivery
from loantape.intake import reading
from loantape.keys import Keys
from loantape.measure import measure as measure_submission
from loantape.progress import Progress, silent
from loantape.store import Store, SubmissionName, Workflow


@dataclass(frozen=True)
class Workspace:
    """Where one installation keeps its submissions, its workflow database and its keys."""

    store: Store
    workflow: Workflow
    keys: Keys

    @classmethod
    def open(cls, store: Path, keys: Path | None = None, database_url: str | None = None) -> Workspace:
        """Open or create a workspace. Keys live outside the store: beside it by default, as ``<store>.keys``."""
        root = store.absolute()
        keys_folder = (keys or root.with_name(root.name + ".keys")).absolute()
        if keys_folder == root or root in keys_folder.parents:
            raise ConfigurationError(
                f"the keys folder {keys_folder} lies inside the store {root}",
                "keep keys apart from the data they protect: set LOANTAPE_KEYS or --keys to another folder",
            )
        return cls(Store(root), Workflow.open(root, database_url), Keys(keys_folder))

    @classmethod
    def from_environment(cls) -> Workspace:
        """``LOANTAPE_STORE``, ``LOANTAPE_KEYS`` and ``LOANTAPE_DATABASE_URL``; only the first is required."""
        store = os.environ.get("LOANTAPE_STORE")
        if not store:
            raise ConfigurationError("LOANTAPE_STORE is not set", "set it to the folder that holds the submissions")
        keys = os.environ.get("LOANTAPE_KEYS")
        return cls.open(Path(store), Path(keys) if keys else None, os.environ.get("LOANTAPE_DATABASE_URL") or None)


@dataclass(frozen=True)
class Review:
    """What stands between a submission and its filing: findings by severity and by rule."""

    submission: str
    errors: int
    warnings: int
    infos: int
    by_rule: Sequence[tuple[str, str, int]]  # rule, severity, findings


def receive(ws: Workspace, path: Path, at: datetime, progress: Progress | None = None) -> str:
    """Take a delivery's bytes into the store. Returns the submission's name, the same for the same bytes.

    Raises DeliveryError, with the store unchanged, when anything differs from what the manifest says.
    """
    arrived = intake_delivery.open_delivery(path)
    lender = catalog.lender(arrived.manifest.lender)
    with ws.store.incoming(lender.name, arrived.manifest.period, arrived.content_sha256) as incoming:
        if incoming.folder is not None:
            intake_delivery.receive(arrived, lender, incoming.folder, progress or silent())
    ws.workflow.received(incoming.name, arrived.content_sha256, at)
    return str(incoming.name)


def read(ws: Workspace, submission: str, at: datetime, progress: Progress | None = None) -> None:
    """Original bytes to line ledger and tape. Nothing is lost: every physical line is accounted for."""
    name = ws.store.resolve(submission)
    if not ws.store.done(name, "read"):
        lender = catalog.lender(name.lender)
        folder = ws.store.folder(name)
        received_at = ws.workflow.received_at(name)
        with ws.store.editing(name, "read", at) as con:
            reading.read(
                con,
                folder / "original",
                lender,
                name.period,
                name.version,
                received_at,
                ws.keys,
                folder / "identity.vault",
                progress or silent(),
            )
    ws.workflow.reached(name, "read", at)


def check(ws: Workspace, submission: str, at: datetime, progress: Progress | None = None) -> Review:
    """Run every rule in force on the period. Raises RuleCrashed, with nothing stored, when a rule itself fails."""
    name = ws.store.resolve(submission)
    if not ws.store.done(name, "check"):
        with ws.store.editing(name, "check", at) as con:
            engine.check(
                con,
                catalog.lender(name.lender),
                name.period,
                list(catalog.rules().values()),
                catalog.limits(),
                ws.store.previous_tape(name),
                progress or silent(),
            )
    ws.workflow.reached(name, "checked", at)
    return review(ws, submission)


def measure(ws: Workspace, submission: str, at: datetime, progress: Progress | None = None) -> None:
    """Compute every indicator, then say whether the submission is ready to file or blocked by its findings."""
    name = ws.store.resolve(submission)
    if not ws.store.done(name, "measure"):
        with ws.store.editing(name, "measure", at) as con:
            measure_submission(
                con,
                catalog.lender(name.lender),
                name.period,
                list(catalog.indicators().values()),
                progress or silent(),
            )
    ws.workflow.reached(name, "measured", at)
    ws.workflow.reached(name, "blocked" if review(ws, submission).errors else "ready", at)


def review(ws: Workspace, submission: str) -> Review:
    """Findings by severity and rule of a checked submission."""
    name = ws.store.resolve(submission)
    with ws.store.reading(name) as con:
        rows = con.execute(
            "SELECT rule, severity, count(*) FROM findings GROUP BY rule, severity ORDER BY rule, severity"
        ).fetchall()
    counts = {severity: sum(n for _, s, n in rows if s == severity) for severity in Severity}
    return Review(str(name), counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO], rows)


def run(ws: Workspace, deliveries: Sequence[Path], at: datetime, progress: Progress | None = None) -> Sequence[Review]:
    """The journey up to review for several deliveries, earlier periods first, so that each finds its predecessor."""
    names = sorted((ws.store.resolve(receive(ws, path, at, progress)) for path in deliveries), key=_by_period)
    reviews = []
    for name in names:
        read(ws, str(name), at, progress)
        reviews.append(check(ws, str(name), at, progress))
        measure(ws, str(name), at, progress)
    return reviews


def fileable(ws: Workspace, regulator: str) -> Sequence[str]:
    """The latest submissions that this regulator's filing covers and nothing blocks, earlier periods first."""
    filing = catalog.filing(regulator)
    ready = [name for name in ws.workflow.in_state("ready", "filed") if _covers(ws, filing, name)]
    return [str(name) for name in sorted(ready, key=_by_period)]


def file(
    ws: Workspace,
    submission: str,
    regulator: str,
    at: datetime,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Render, read back, seal. Returns the package; the one already sealed when its inputs have not changed.

    Raises FilingRefused, with nothing half-written, for open errors or a lender outside the filing's scope.
    """
    name = ws.store.resolve(submission)
    filing = catalog.filing(regulator)
    folder = ws.store.folder(name)
    with ws.store.reading(name) as con:
        if not ws.store.done(name, "measure"):
            raise FilingRefused(f"{name} has not been checked and measured", f"loantape run, then file {name} again")
        refusal.refuse_unless_fileable(con, filing, catalog.lender(name.lender))
        with ws.store.sealing(filing.regulator, name) as sealing:
            if sealing.folder is not None:
                context = FilingContext(name.lender, name.period, str(name), sealing.sequence, at)
                rendered_folder = sealing.folder / "rendered"
                rendered_folder.mkdir()
                vault = folder / "identity.vault" if filing.needs_identity else None
                rendered = make.render(con, filing, context, rendered_folder, vault, ws.keys, progress or silent())
                report = catalog.report_builder()(
                    con, filing, context, catalog.rules(), catalog.indicators(), catalog.limits(), rendered
                )
                make.seal(con, filing, context, rendered, report, ws.keys, sealing.folder)
    package = sealing.package
    ws.workflow.sealed(filing.regulator, name, sealing.sequence, package, at)
    if out is not None:
        make.copy_package(package, out)
    return package


def hand_over(ws: Workspace, package: Path, at: datetime) -> Path:
    """Put a sealed package into the outbox: by rename, once in effect. Returns its place there."""
    placed = ws.store.hand_over(package)
    ws.workflow.handed_over(package, at)
    return placed


def _covers(ws: Workspace, filing: Filing, name: SubmissionName) -> bool:
    if catalog.lender(name.lender).jurisdiction != filing.jurisdiction or ws.store.latest(name) != name:
        return False
    with ws.store.reading(name) as con:
        return refusal.in_scope(con, filing, catalog.lender(name.lender))


def _by_period(name: SubmissionName) -> tuple[Period, str, int]:
    return (name.period, name.lender, name.version)
