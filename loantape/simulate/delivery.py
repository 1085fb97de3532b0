"""Writes delivery folders: files block by block, the manifest, the answer key; everything aside, then renamed.

Belongs here: files and their hashes. Not here: what stands in them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from loantape.declare import Period
from loantape.errors import ConfigurationError
from loantape.progress import Progress
from loantape.simulate import parties
from loantape.simulate.answers import Answers
from loantape.simulate.archetypes import ARCHETYPES
from loantape.simulate.book import Book
from loantape.simulate.breaches import broken_by
from loantape.simulate.children import Children
from loantape.simulate.counters import MILLION
from loantape.simulate.loans import block_of
from loantape.simulate.mistakes import MISTAKES
from loantape.simulate.persons import PERSONS
from loantape.simulate.planting import Findings, Planter, in_force, movements, tables_of
from loantape.simulate.population import FIRST_MONTH
from loantape.simulate.render import Writer
from loantape.simulate.rows import Columns, Rows

SCHEMA = "standard/1"
MOST_ERRORS = 0.2
BLOCK = 8_192  # slots computed at once; the bytes do not depend on it
_LAST_MONTH = 2045 * 12
_CONTROLLED = ("balance_amount", "loan_amount")


@dataclass
class DeliveredFile:
    """One file being written: its bytes go to disk and into the hash as they come."""

    path: Path
    stream: IO[bytes]
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size: int = 0
    lines: int = 0
    totals: dict[str, int] = field(default_factory=dict)  # column to its sum, in its last decimal

    def write(self, data: bytes | memoryview) -> None:
        self.stream.write(data)
        self.digest.update(data)
        self.size += len(data)

    def entry(self) -> dict[str, object]:
        """The file as the manifest names it."""
        said: dict[str, object] = {
            "name": self.path.name,
            "bytes": self.size,
            "sha256": self.digest.hexdigest(),
            "lines": self.lines,
        }
        table = self.path.stem
        sums = {f"{table}.{name}": parties.amount_text(cents) for name, cents in self.totals.items()}
        said["control_totals"] = {f"{table}.rows": str(self.lines - 1)} | sums
        return said


@dataclass(frozen=True)
class _Run:
    """What one delivery is made of; ``before`` is the month before in a series, for the answer key's comparisons."""

    book: Book
    before: Book | None
    loans: int
    errors: int  # parts per million of the loans
    block: int


class Folder:
    """A delivery folder being written: one open file per table, all closed and described at the end."""

    def __init__(self, path: Path, book: Book) -> None:
        self.path, self.book = path, book
        self.files: dict[str, DeliveredFile] = {}
        self._writer = Writer(book.texts)
        path.mkdir(parents=True)

    def open(self, columns: Columns) -> None:
        """Start the file of a table with its header."""
        path = self.path / f"{columns.table}.csv"
        file = DeliveredFile(path, path.open("wb", buffering=0))
        file.write(columns.header)
        file.lines = 1
        file.totals = dict.fromkeys(_controlled(columns), 0)
        self.files[columns.table] = file

    def append(self, rows: Rows) -> int:
        """Write rows to their table's file; the number of lines it had before."""
        file = self.files[rows.columns.table]
        before = file.lines
        for piece in self._writer.pieces(rows):
            file.write(piece)
        file.lines += rows.total_lines()
        for name in file.totals:
            file.totals[name] += rows.total(name)
        return before

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self.files.values():
            file.stream.close()

    def describe(self, lender: str, period: date) -> None:
        """Write the manifest, files in the order they were opened."""
        manifest = {
            "format": "loantape-delivery/1",
            "lender": lender,
            "period": period.isoformat(),
            "schema": SCHEMA,
            "files": [file.entry() for file in self.files.values()],
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (self.path / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


def simulate(
    lender: str,
    period: Period,
    loans: int,
    out: Path,
    *,
    errors: float = 0.0,
    seed: int = 1,
    months: int = 1,
    breach: str | None = None,
    progress: Progress,
    block: int = BLOCK,
) -> list[Path]:
    """One delivery folder per month-end, ``months`` of them ending at ``period``, each with its answer key beside it.

    ``OUT/<lender>_<period>/`` holds manifest.json and one CSV file per table; ``OUT/<lender>_<period>.answers.csv``
    the findings a check must report (rule,grain,key,file,line), none when ``errors`` is 0. ``errors`` is the share of
    loans that get a planted error; ``breach`` names a limit on the whole book that it breaks (``breaches``). The same
    arguments give the same bytes on any machine, and a period alone is what
    it is within a series. Returns the folders in order of time.

    Raises ConfigurationError for a lender, number or period that cannot be simulated, and where a target folder holds
    something else.
    """
    last = _check_arguments(lender, period, loans, errors, months)
    own = broken_by(lender, breach)
    out.mkdir(parents=True, exist_ok=True)
    share = round(errors * MILLION)
    block += block % 2  # slots come in pairs
    folders = []
    for month in range(last - months + 1, last + 1):
        book = Book(own, seed, month)
        series_started = month > last - months + 1
        before = Book(own, seed, month - 1) if share and series_started else None
        folders.append(_deliver(_Run(book, before, loans, share, block), out, progress))
    return folders


def _check_arguments(lender: str, period: Period, loans: int, errors: float, months: int) -> int:
    """The month number of the period, once everything about the request is known to be possible."""
    if lender not in ARCHETYPES:
        raise ConfigurationError(
            f"there is no simulated lender {lender!r}", f"choose one of: {', '.join(sorted(ARCHETYPES))}"
        )
    if loans < 1:
        raise ConfigurationError(f"{loans} loans cannot be simulated", "ask for at least one loan")
    if loans > PERSONS:
        raise ConfigurationError(
            f"{loans} loans need more borrowers than there are identity numbers for", f"ask for at most {PERSONS:,}"
        )
    if months < 1:
        raise ConfigurationError(f"{months} months cannot be simulated", "ask for at least one month")
    if not 0 <= errors <= MOST_ERRORS:
        raise ConfigurationError(
            f"the share of planted errors is {errors}", f"give a share from 0 to {MOST_ERRORS}, such as 0.005"
        )
    if date.fromordinal(period.date.toordinal() + 1).day != 1:
        raise ConfigurationError(
            f"{period.date} is not the last day of a month", "simulated lenders report month-ends, such as 2026-10"
        )
    last = period.date.year * 12 + period.date.month - 1
    if last - months + 1 < FIRST_MONTH or last > _LAST_MONTH:
        raise ConfigurationError(
            f"a series of {months} month(s) ending {period} is outside the simulated years",
            f"choose month-ends from {FIRST_MONTH // 12}-01 to {_LAST_MONTH // 12}-01",
        )
    return last


def _deliver(run: _Run, out: Path, progress: Progress) -> Path:
    """Write one delivery and its answer key aside and move them to their places."""
    lender = run.book.archetype.name
    snapshot = date.fromordinal(date(1970, 1, 1).toordinal() + run.book.snapshot)
    target = out / f"{lender}_{Period(snapshot)}"
    answers = out / f"{target.name}.answers.csv"
    _refuse_foreign(target)
    aside = out / f".{target.name}.partial"
    if aside.exists():
        shutil.rmtree(aside)
    key = Answers(run.book.texts)
    try:
        with progress.step(f"Simulating {target.name}", f"模拟 {target.name}", total=run.loans) as task:
            with Folder(aside / target.name, run.book) as folder:
                _write_tables(folder, run, key, task.advance)
            folder.describe(lender, snapshot)
        key.write(aside / answers.name, list(folder.files))
        _put_in_place(aside, target, answers)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _write_tables(folder: Folder, run: _Run, key: Answers, advance: Callable[[int], None]) -> None:
    book, children = run.book, Children(run.book)
    ledger = parties.Ledger(book)
    for columns in (
        parties.institution_columns(book),
        book.columns,
        children.fee_columns,
        children.instalment_columns,
        children.disclosure_columns,
        children.consent_columns,
        children.contact_columns,
        children.complaint_columns,
    ):
        folder.open(columns)
    now = Planter(book, run.errors, MISTAKES)
    earlier = Planter(run.before, run.errors, MISTAKES) if run.before else None
    for first in range(0, run.loans, run.block):
        count = min(run.block, run.loans - first)
        block = block_of(book, np.arange(first, first + count))
        if run.errors:
            tables = tables_of(children, block)
            findings = now.plant(block, tables)
            if earlier is not None:
                key.add_gone(book.columns, movements(earlier, now, block, findings))
            ledger.add(tables.loan)
            _append(folder, key, findings, *tables)
        else:
            ledger.add(block.loan)
            for rows in children.tables(block):  # one at a time: what was just made is still in the cache
                _append(folder, key, None, rows)
        advance(count)
    found = Findings() if run.errors else None
    _append(folder, key, found, parties.institution(book, run.loans, ledger, found))
    found = Findings() if run.errors else None
    partners = parties.partners(book, found)
    folder.open(partners.columns)
    _append(folder, key, found, partners)


def _controlled(columns: Columns) -> Sequence[str]:
    """The columns whose sums a file declares: the two that matter of a loan, the first amount of the others."""
    amounts = [name for name in columns.names if name.endswith("_amount")]
    return _CONTROLLED if columns.table == "loan" else amounts[:1]


def _append(folder: Folder, key: Answers, findings: Findings | None, *tables: Rows) -> None:
    """Write rows, then enter the findings on them, whose lines are known only now."""
    before = {rows.columns.table: folder.append(rows) for rows in tables}
    if findings and findings.pending:
        lines = {rows.columns.table: rows.lines() + before[rows.columns.table] for rows in tables}
        for code, where, below in findings.pending:
            if in_force(code, folder.book):
                key.add(code, where, lines[where.rows.columns.table], below)


def _refuse_foreign(target: Path) -> None:
    """Fail before any work when the target is something no simulation wrote."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())) and not (target / "manifest.json").is_file():
        raise ConfigurationError(f"{target} exists and is not a delivery", "choose another output folder")


def _put_in_place(aside: Path, target: Path, answers: Path) -> None:
    """Rename what was written; the same delivery already there is left alone, another one is never overwritten."""
    made, key = aside / target.name, aside / answers.name
    if target.exists() and any(target.iterdir()):
        same_key = not answers.is_file() or answers.read_bytes() == key.read_bytes()
        if not (same_key and _same_tree(made, target)):
            raise ConfigurationError(
                f"{target} already holds a different delivery",
                "remove it or choose another output folder; the same arguments would leave it as it is",
            )
        key.replace(answers)
        return
    key.replace(answers)
    if target.exists():
        target.rmdir()
    made.replace(target)


def _same_tree(made: Path, target: Path) -> bool:
    names = {one.name for one in made.iterdir()}
    if names != {one.name for one in target.iterdir()}:
        return False
    manifest = "manifest.json"
    if (made / manifest).read_bytes() != (target / manifest).read_bytes():
        return False
    return all((made / name).stat().st_size == (target / name).stat().st_size for name in names)
