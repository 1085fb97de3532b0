"""Submissions, filings and the outbox as files: one DuckDB file per submission, changed aside and renamed into place.

Belongs here: names, folders, and the only connections to submission files. Not here: states and people's decisions
(``workflow``), or any knowledge of what the tables mean.

The layout, below the root::

    submissions/<lender>/<period>/v<N>/original/           delivered bytes, never touched again
                                      /submission.duckdb   what the steps made of them
                                      /identity.vault      encrypted identifiers
    filings/<regulator>/<lender>/<period>/<seq>/           sealed packages
    outbox/<regulator>/, inbox/<regulator>/                hand-over and receipts as they arrive
    receipts/<regulator>/<sha256>                          every receipt's bytes, as they came
    .locks/                                                lock files, empty
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from loantape.declare import Period
from loantape.errors import ConfigurationError, UnknownSubmission
from loantape.store.durable import copy, flush, flush_tree, locked, publish, remove_leftovers

_DATABASE = "submission.duckdb"
_WORKING = ".working-"
_INCOMING = ".incoming-"
_SAFE = re.compile(r"[a-z][a-z0-9_]*")
_VERSION = re.compile(r"v([1-9][0-9]*)")

_BOOKKEEPING = (
    "CREATE TABLE steps (step VARCHAR, finished_at TIMESTAMP, inputs VARCHAR)",
    "CREATE TABLE received (content_sha256 VARCHAR, received_at TIMESTAMP, sequence INTEGER)",
)


@dataclass(frozen=True)
class SubmissionName:
    """``lender/2026-10/v1``. Without a version it means the latest, which only a store can tell."""

    lender: str
    period: Period
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> SubmissionName:
        """Raises UnknownSubmission on anything but ``lender/period`` and ``lender/period/vN``."""
        parts = text.split("/")
        version = _VERSION.fullmatch(parts[2]) if len(parts) == 3 else None
        try:
            if len(parts) not in (2, 3) or (len(parts) == 3 and not version) or not _SAFE.fullmatch(parts[0]):
                raise ValueError
            return cls(parts[0], Period.parse(parts[1]), int(version[1]) if version else None)
        except ValueError as wrong:
            raise UnknownSubmission(
                f"{text!r} does not name a submission", "write lender/2026-10/v1, or lender/2026-10 for the latest"
            ) from wrong

    def __str__(self) -> str:
        return f"{self.lender}/{self.period}" + (f"/v{self.version}" if self.version else "")


class Store:
    """The files of all submissions and filings below one folder.

    ``memory_limit`` is DuckDB's (``"4GB"``), per open connection; ``threads`` likewise; None leaves DuckDB's default.
    """

    def __init__(self, root: Path, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        self.root = root.absolute()
        self._limits = {
            key: value for key, value in {"memory_limit": memory_limit, "threads": threads}.items() if value is not None
        }
        if self.root.exists() and not self.root.is_dir():
            raise ConfigurationError(f"the store {self.root} is not a folder", "name a folder")
        # Originals hold identifiers in clear: nobody but the owner looks in.
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    # --- names ------------------------------------------------------------------------------------------------

    def name(self, text: str) -> str:
        """The full name (``lender/2026-10/v1``) of an existing submission. Raises UnknownSubmission."""
        wanted = SubmissionName.parse(text)
        if wanted.version is None:
            found = self.latest(wanted.lender, wanted.period)
        else:
            found = str(wanted) if wanted.version in self._versions(wanted.lender, wanted.period) else None
        if found is None:
            raise UnknownSubmission(
                f"the store {self.root} holds no submission {text}",
                f"receive its delivery first: loantape run DELIVERY --store {self.root}",
            )
        return found

    def names(self, lender: str | None = None) -> list[str]:
        """Every submission, by lender, reporting date and version."""
        found = [
            (folder.parent.parent.name, Period.parse(folder.parent.name), int(match[1]))
            for folder in (self.root / "submissions").glob(f"{lender or '[a-z]*'}/[0-9]*/v*")
            if (match := _VERSION.fullmatch(folder.name))
        ]
        found.sort(key=lambda one: (one[0], one[1].date, one[2]))
        return [str(SubmissionName(*one)) for one in found]

    def versions(self, lender: str, period: Period) -> list[str]:
        """The versions of a period, the one that counts last: by the sender's own sequence, then by arrival."""
        names = [str(SubmissionName(lender, period, version)) for version in self._versions(lender, period)]
        if len(names) > 1:
            names.sort(key=self.sequence)  # stable: what has the same sequence stays in the order of arrival
        return names

    def latest(self, lender: str, period: Period) -> str | None:
        """The version of a lender's submission for a period that counts: the last of ``versions``."""
        return next(reversed(self.versions(lender, period)), None)

    def previous_of(self, name: str, *, having: str = "read") -> str | None:
        """The first of ``before``: the version that counts of the lender's latest earlier period."""
        return next(iter(self.before(name, 1, having=having)), None)

    def before(self, name: str, periods: int, *, having: str = "read") -> list[str]:
        """One submission for each of the lender's ``periods`` latest earlier periods, the latest period first.

        Of each period the version that counts among those that finished the step ``having``: one that was delivered but
        never read has no tape to compare with, so the one before it counts.
        """
        this = SubmissionName.parse(name)
        earlier = {SubmissionName.parse(one).period for one in self.names(this.lender)}
        found: list[str] = []
        for period in sorted((one for one in earlier if one < this.period), reverse=True):
            if len(found) == periods:
                break
            newest_first = reversed(self.versions(this.lender, period))
            found += next(([version] for version in newest_first if self.done(version, having)), [])
        return found

    # --- one submission ---------------------------------------------------------------------------------------

    def folder(self, name: str) -> Path:
        """The folder of a submission that exists. Raises UnknownSubmission."""
        return self.root / "submissions" / self.name(name)

    def database(self, name: str) -> Path:
        """The DuckDB file of a submission: attach it READ_ONLY, open it through ``reading`` and ``editing``."""
        return self.folder(name) / _DATABASE

    def original(self, name: str) -> Path:
        """The folder of delivered bytes."""
        return self.folder(name) / "original"

    def vault(self, name: str) -> Path:
        """Where the encrypted identifiers are kept; the file may not exist yet."""
        return self.folder(name) / "identity.vault"

    def add_submission(
        self,
        lender: str,
        period: Period,
        content_sha256: str,
        received_at: datetime,
        fill: Callable[[Path], object],
        sequence: int = 0,
    ) -> tuple[str, bool]:
        """Take a delivery in: its full name, and whether it is new.

        The same content for the same lender and period is the submission there already is; other content is the next
        version. ``sequence`` is the sender's own number of the delivery among those of its period, 0 when it states
        none: the highest counts, whenever it arrives. ``fill(folder)`` puts ``original/`` into an empty folder aside,
        which appears under its final name only when everything in it is on the disk. Raises whatever ``fill`` raises:
        then nothing changed. Two deliveries for the same lender and period are taken in one after the other.
        """
        if not _SAFE.fullmatch(lender):
            raise ConfigurationError(f"{lender!r} cannot name a folder", "use small letters, digits and _")
        folder = self.root / "submissions" / lender / str(period)
        with locked(self._lock("submissions", lender, str(period)), f"{lender}/{period}", wait=True):
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder, _INCOMING)
            versions = self._versions(lender, period)
            for version in versions:
                known = str(SubmissionName(lender, period, version))
                if self.content_sha256(known) == content_sha256:
                    return known, False
            incoming = folder / f"{_INCOMING}{secrets.token_hex(8)}"
            incoming.mkdir(mode=0o700)
            try:
                fill(incoming)
                with self._open(incoming / _DATABASE, incoming / _WORKING) as con:
                    for statement in _BOOKKEEPING:
                        con.execute(statement)
                    con.execute("INSERT INTO received VALUES (?, ?, ?)", [content_sha256, plain(received_at), sequence])
                    con.execute("INSERT INTO steps VALUES ('receive', ?, ?)", [plain(received_at), content_sha256])
                    con.execute("CHECKPOINT")
                version = versions[-1] + 1 if versions else 1
                flush_tree(incoming)
                publish(incoming, folder / f"v{version}")
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
            flush(folder.parent)
            return str(SubmissionName(lender, period, version)), True

    @contextmanager
    def editing(self, name: str, step: str, at: datetime, *, inputs: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-write connection to a copy of the submission, which replaces it when the block ends without error.

        Then, and only then, the step counts as done (``at`` is when, ``inputs`` what it was made from, for ``done``).
        On an error or a kill the old state stays as it was. Raises StoreBusy when another process edits it.
        """
        full = self.name(name)
        folder = self.folder(full)
        with locked(self._lock("submissions", *full.split("/")), full):
            remove_leftovers(folder, _WORKING)
            working = folder / f"{_WORKING}{secrets.token_hex(8)}"
            working.mkdir(mode=0o700)
            try:
                copy(folder / _DATABASE, working / _DATABASE)
                with self._open(working / _DATABASE, working / "spill") as con:
                    yield con
                    con.execute("DELETE FROM main.steps WHERE step = ?", [step])
                    con.execute("INSERT INTO main.steps VALUES (?, ?, ?)", [step, plain(at), inputs])
                    con.execute("CHECKPOINT")
                flush(working / _DATABASE)
                publish(working / _DATABASE, folder / _DATABASE)
            finally:
                shutil.rmtree(working, ignore_errors=True)

    @contextmanager
    def scratch(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to nothing; temporary tables beyond memory go to a folder that is removed at the end."""
        spill = tempfile.TemporaryDirectory(prefix="loantape-spill-")
        with spill as folder, self._open(Path(":memory:"), Path(folder)) as con:
            yield con

    @contextmanager
    def attached(self, con: duckdb.DuckDBPyConnection, catalog: str, name: str) -> Iterator[None]:
        """A submission attached read-only to a scratch connection, under the name of a catalog."""
        con.execute(f"ATTACH {_quoted(self.database(name))} AS {catalog} (READ_ONLY)")
        try:
            yield
        finally:
            con.execute(f"DETACH {catalog}")

    @contextmanager
    def reading(self, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that cannot change the submission and keeps seeing it as it was when opened.

        The file is attached to a private instance: DuckDB would otherwise hand a second reader of this process the
        instance of the first, and with it the state before the latest step.
        """
        database = self.database(name)
        con = duckdb.connect(":memory:", config=self._settings())
        try:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"ATTACH {_quoted(database)} AS submission (READ_ONLY)")
            con.execute("USE submission.main")
            yield con
        finally:
            con.close()

    def done(self, name: str, step: str, *, inputs: str | None = None) -> bool:
        """Whether a step has finished, and, when ``inputs`` is given, whether it was made from those."""
        made_from = self.inputs(name, step)
        return made_from is not None and inputs in (None, made_from)

    def inputs(self, name: str, step: str) -> str | None:
        """What a step was made from, as ``editing`` was told; None when it has not finished."""
        with self.reading(name) as con:
            row = con.execute("SELECT inputs FROM main.steps WHERE step = ?", [step]).fetchone()
        return None if row is None else str(row[0])

    def content_sha256(self, name: str) -> str:
        """The identity of the bytes that were delivered."""
        with self.reading(name) as con:
            return str(_only(con.execute("SELECT content_sha256 FROM main.received").fetchone()))

    def sequence(self, name: str) -> int:
        """The sender's own number of the delivery among those of its period; 0 when it states none."""
        with self.reading(name) as con:
            kept = con.execute("FROM main.received")
            columns = [column[0] for column in kept.description or ()]
            row = kept.fetchone() or ()
        # a submission taken in before senders could state one has no such column
        return int(dict(zip(columns, row, strict=True)).get("sequence", 0))

    def received_at(self, name: str) -> datetime:
        """When the delivery was taken in, as the caller of ``add_submission`` said, UTC without zone."""
        with self.reading(name) as con:
            moment = _only(con.execute("SELECT received_at FROM main.received").fetchone())
        assert isinstance(moment, datetime)
        return moment

    # --- filings ----------------------------------------------------------------------------------------------

    def filing_folder(self, regulator: str, lender: str, period: Period, sequence: int) -> Path:
        """Where a sealed package lies, whether or not it does yet."""
        return self.root / "filings" / regulator / lender / str(period) / str(sequence)

    @contextmanager
    def making_filing(self, regulator: str, lender: str, period: Period, sequence: int) -> Iterator[Path]:
        """An empty folder that becomes the filing's when the block ends without error.

        A folder of that sequence that a killed process published but never recorded is replaced: whether a sequence is
        taken is for the workflow database to say, before calling this. Raises StoreBusy.
        """
        final = self.filing_folder(regulator, lender, period, sequence)
        with locked(self._lock("filings", regulator, lender, str(period)), f"{regulator} filing of {lender}/{period}"):
            final.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(final.parent, _WORKING)
            working = final.parent / f"{_WORKING}{secrets.token_hex(8)}"
            working.mkdir(mode=0o700)
            try:
                yield working
                flush_tree(working)
                if final.exists():
                    final.replace(final.parent / f"{_WORKING}replaced-{secrets.token_hex(8)}")
                publish(working, final)
                remove_leftovers(final.parent, _WORKING)
            finally:
                shutil.rmtree(working, ignore_errors=True)

    def outbox(self, regulator: str) -> Path:
        """The folder that a regulator's packages are handed over in, unless they go elsewhere; it exists."""
        folder = self.root / "outbox" / regulator
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def inbox(self, regulator: str) -> Path:
        """The folder that a regulator's receipts are laid in; it exists."""
        folder = self.root / "inbox" / regulator
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def receipt(self, regulator: str, sha256: str) -> Path:
        """Where the bytes of a receipt are kept, whether or not they are yet."""
        return self.root / "receipts" / regulator / sha256

    def keep_receipt(self, regulator: str, sha256: str, data: bytes) -> Path:
        """Keep the bytes of a receipt under their SHA-256, as they came; the same bytes are kept once."""
        final = self.receipt(regulator, sha256)
        if not final.exists():
            with locked(self._lock("receipts", regulator), f"the receipts of {regulator}", wait=True):
                final.parent.mkdir(parents=True, exist_ok=True)
                aside = final.with_name(_WORKING + "receipt")  # one name: what a killed process left is written over
                aside.write_bytes(data)
                flush(aside)
                publish(aside, final)
        return final

    # --- inside -----------------------------------------------------------------------------------------------

    def _versions(self, lender: str, period: Period) -> list[int]:
        folder = self.root / "submissions" / lender / str(period)
        if not folder.is_dir():
            return []
        return sorted(int(match[1]) for one in folder.iterdir() if (match := _VERSION.fullmatch(one.name)))

    def _lock(self, *parts: str) -> Path:
        return self.root / ".locks" / (".".join(parts) + ".lock")

    def _settings(self) -> dict[str, str | bool | int | float | list[str]]:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "preserve_insertion_order": "true",
            "autoinstall_known_extensions": "false",
            **self._limits,
        }
        if int(duckdb.__version__.split(".")[0]) >= 2:
            # Its type pushdown drops rows behind TRY_CAST over read_csv.
            settings["disabled_optimizers"] = "type_pushdown"
        return settings

    @contextmanager
    def _open(self, database: Path, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        con = duckdb.connect(database, config={**self._settings(), "temp_directory": str(spill)})
        try:
            con.execute("SET TimeZone = 'UTC'")
            yield con
        finally:
            con.close()


def plain(at: datetime) -> datetime:
    """A moment as the store writes it: UTC without zone. A moment without zone is taken to be UTC already."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _only(row: tuple[object, ...] | None) -> object:
    assert row is not None
    return row[0]
