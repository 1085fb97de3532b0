"""From a begun filing to a sealed one: what its package is made from, and what it replaces.

Belongs here: putting the inputs of a filing, an amendment or a withdrawal together and recording that it is sealed. Not
here: rendering and packing them (make.py, package.py), or when that is done (``loantape.pipeline``).
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from loantape import catalog
from loantape.declare import Filing, FilingContext, Waiver
from loantape.errors import FilingRefused
from loantape.filing import make
from loantape.filing.amendment import Sealed, amend
from loantape.filing.candidates import periods_of
from loantape.filing.sign import signature_path
from loantape.filing.timestamp import token_path
from loantape.filing.year import attached_all, months_of
from loantape.progress import Progress
from loantape.store import FilingRecord
from loantape.workspace import Workspace
from loantape.zipped import sha256_of

REPORTED_PERIODS = 35  # before the one that is reported: three years in all


def seal(
    ws: Workspace,
    filing: Filing,
    record: FilingRecord,
    at: datetime,
    progress: Progress,
    waivers: Sequence[Waiver] = (),
) -> FilingRecord:
    """Render, read back, compare with what is in force, report, pack and sign a begun filing.

    ``waivers`` are those in effect: report and manifest state them.

    Raises FilingRefused and ReadBackMismatch, with nothing sealed, as the steps do.
    """
    name = record.submission
    period, before = periods_of(ws, name)
    previous = ws.store.previous_of(name) if filing.needs_previous and before == period.month_before() else None
    context = FilingContext(
        record.lender,
        record.period,
        name,
        record.sequence,
        record.rendered_at,
        previous,
        ws.store.content_sha256(previous) if previous else None,
        tuple((one, ws.store.content_sha256(one)) for one in ws.store.before(name, REPORTED_PERIODS)),
        months_of(ws.store, filing, name),
        tuple(waivers),
    )
    with ws.store.making_filing(*record.key, record.sequence) as folder, ws.store.reading(name) as con:
        rendered_folder = folder / "files"
        rendered_folder.mkdir()
        vault = ws.store.vault(name) if filing.needs_identity else None
        before_file = ws.store.database(previous) if previous else None
        year = attached_all(con, ws.store, {at: one for at, (one, _) in context.year.items()})
        rendered = make.render(con, filing, context, rendered_folder, vault, ws.keys, progress, before_file, year)
        with progress.step("report", "报告"), closing(_measured_before(ws, name)) as periods:
            reports = catalog.report_builder()(
                con, filing, context, catalog.rules(), catalog.indicators(), catalog.limits(), rendered, periods
            )
        amendment = None
        if record.reason is not None:
            with progress.step("comparing with what is in force", "与原报送比对"), ws.store.scratch() as aside:
                replaced = _replaced(ws, record)
                amendment = amend(aside, filing, record.reason, replaced, rendered, folder / "amendment")
        package = make.seal(con, filing, context, rendered, reports, ws.keys, folder, amendment=amendment)
        shutil.rmtree(folder / "amendment", ignore_errors=True)  # it is in the package
    used = [one.id for one in waivers]
    return ws.workflow.seal_filing(record, package.path.name, package.sha256, at, ws.actor, used)


def seal_withdrawal(ws: Workspace, filing: Filing, record: FilingRecord, at: datetime) -> FilingRecord:
    """Pack and sign a begun withdrawal. Raises PackageRejected when what it takes back is not as it was sealed."""
    withdrawn = _replaced(ws, record)
    assert withdrawn is not None and record.reason is not None
    context = FilingContext(record.lender, record.period, record.submission, record.sequence, record.rendered_at)
    with ws.store.making_filing(*record.key, record.sequence) as folder:
        package = make.seal_withdrawal(filing, context, record.reason, withdrawn, ws.keys, folder)
    return ws.workflow.seal_filing(record, package.path.name, package.sha256, at, ws.actor)


def package_of(ws: Workspace, record: FilingRecord) -> Path:
    """Where the package of a sealed filing lies in the store."""
    folder = ws.store.filing_folder(record.regulator, record.lender, record.period, record.sequence)
    return folder / str(record.package_name)


def record_of(ws: Workspace, package: Path) -> FilingRecord:
    """The filing whose package this is, by its name and its bytes. Raises FilingRefused when it was not sealed here."""
    if package.is_file():
        digest = sha256_of(package)
        for record in ws.workflow.filings():
            if record.package_name == package.name and record.package_sha256 == digest:
                return record
    raise FilingRefused(
        f"{package} is not a package that was sealed here 不是本机封存的报送包",
        "file the submission first; loantape filings lists what is sealed 请先封存",
    )


def beside(package: Path) -> list[Path]:
    """What belongs to a package and may lie beside it, in the order in which it is handed over."""
    return [signature_path(package), token_path(package)]


def _replaced(ws: Workspace, record: FilingRecord) -> Sealed | None:
    """The filing that a record amends or withdraws, as it was sealed."""
    if record.replaces is None:
        return None
    known = ws.workflow.filings(record.regulator, record.lender, record.period)
    earlier = next(one for one in known if one.sequence == record.replaces)
    return Sealed(earlier.name, package_of(ws, earlier), str(earlier.package_sha256))


def _measured_before(ws: Workspace, name: str) -> Generator[Any, None, None]:
    """Connections to the measured submissions of the periods before, one opened after the other, for the report."""
    for one in ws.store.before(name, REPORTED_PERIODS):
        if ws.store.done(one, "measure"):
            with ws.store.reading(one) as con:
                yield con
