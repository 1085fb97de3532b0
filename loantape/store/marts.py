"""What each measured submission leaves for later periods: a folder of small Parquet files, complete or not there.

Belongs here: names, folders, publishing, and telling a damaged file. Not here: what a mart says, or computing it
(``loantape.measure``).

The layout, below the store's root::

    marts/<lender>/<period>.v<N>/<mart>.parquet     one file per mart, ``indicators`` among them
                                /manifest.json      the SHA-256 of each
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loantape.declare import Period
from loantape.errors import EXIT_UNREADABLE, LoantapeError
from loantape.store.durable import flush_tree, locked, publish, remove_leftovers
from loantape.store.files import SubmissionName

_MANIFEST = "manifest.json"
_WORKING = ".working-"
_FOLDER = re.compile(r"([0-9-]+)\.v([1-9][0-9]*)")


class MartDamaged(LoantapeError):
    """A kept mart is not what was written: nothing is computed from it."""

    exit_code = EXIT_UNREADABLE


@dataclass(frozen=True)
class Kept:
    """The marts of one submission: the file of each, with its digest."""

    submission: str
    files: Mapping[str, Path]
    sha256: Mapping[str, str]

    def digest(self, *without: str) -> str:
        """What identifies all of them together, those named left out."""
        told = {mart: digest for mart, digest in sorted(self.sha256.items()) if mart not in without}
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def file(self, mart: str) -> Path:
        """One mart's file, once its bytes have been compared with its digest. Raises MartDamaged."""
        path = self.files[mart]
        if not path.is_file() or _sha256(path) != self.sha256[mart]:
            raise _damaged(path)
        return path


class Marts:
    """The marts of one store, by submission."""

    def __init__(self, store: Path) -> None:
        self._root, self._locks = store / "marts", store / ".locks"

    def names(self, lender: str) -> list[str]:
        """The lender's submissions that have marts, by reporting date and version."""
        found = [
            (Period.parse(match[1]), int(match[2]))
            for folder in (self._root / lender).glob("[0-9]*")
            if (match := _FOLDER.fullmatch(folder.name))
        ]
        return [str(SubmissionName(lender, *one)) for one in sorted(found)]

    def has(self, name: str) -> bool:
        """Whether a submission has marts: they are taken away before its indicators change."""
        return (self._folder(name) / _MANIFEST).is_file()

    def kept(self, name: str) -> Kept | None:
        """The marts of a submission, None when it has none. Raises MartDamaged when they cannot be told."""
        folder = self._folder(name)
        if not folder.is_dir():
            return None
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            sha256 = {str(mart): str(digest) for mart, digest in manifest["marts"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise _damaged(folder / _MANIFEST) from wrong
        return Kept(name, {mart: folder / f"{mart}.parquet" for mart in sha256}, sha256)

    def remove(self, name: str) -> None:
        """Take a submission's marts away: they no longer say what its indicators do."""
        with self._locked(name):
            if self._folder(name).is_dir():
                self._folder(name).replace(self._aside(name))
            remove_leftovers(self._folder(name).parent, _WORKING)

    @contextmanager
    def publishing(self, name: str) -> Iterator[Path]:
        """An empty folder for ``<mart>.parquet`` files, which replaces the submission's when the block ends well."""
        final = self._folder(name)
        with self._locked(name):
            remove_leftovers(final.parent, _WORKING)
            working = self._aside(name)
            working.mkdir(mode=0o700)
            try:
                yield working
                marts = {path.stem: _sha256(path) for path in sorted(working.glob("*.parquet"))}
                manifest = {"submission": name, "marts": marts}
                text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
                (working / _MANIFEST).write_text(text, encoding="utf-8")
                flush_tree(working)
                if final.exists():
                    final.replace(self._aside(name))
                publish(working, final)
                remove_leftovers(final.parent, _WORKING)
            finally:
                shutil.rmtree(working, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        this = SubmissionName.parse(name)
        return self._root / this.lender / f"{this.period}.v{this.version}"

    def _aside(self, name: str) -> Path:
        return self._folder(name).parent / f"{_WORKING}{secrets.token_hex(8)}"

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        lender = SubmissionName.parse(name).lender
        (self._root / lender).mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._locks / f"marts.{lender}.lock", f"the marts of {lender}", wait=True):
            yield


def _damaged(path: Path) -> MartDamaged:
    return MartDamaged(
        f"{path} is damaged or incomplete",
        f"remove the folder {path.parent} and run loantape refresh: it is made again from the submission",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
