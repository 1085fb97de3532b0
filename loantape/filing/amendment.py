"""What an amendment says of the filing it replaces, and a withdrawal of the one it takes back.

Belongs here: the reason, the package that is replaced, and the comparison with it. Not here: pairing records
(difference.py), the layout of a package (package.py), or which filing is in force (``loantape.store``).
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loantape.declare import Filing, RenderedFile
from loantape.errors import FilingRefused, PackageRejected
from loantape.filing import difference
from loantape.filing.difference import TableDifference
from loantape.filing.manifest import read_manifest
from loantape.statements import checked
from loantape.zipped import CHUNK, sha256_of


@dataclass(frozen=True)
class Sealed:
    """The filing in force that a package replaces or withdraws, as it was sealed."""

    name: str  # cn_pbc/demo_cashloan/2026-10/1
    package: Path
    sha256: str

    def stated(self) -> dict[str, str]:
        """What the manifest says of it."""
        return {"name": self.name, "package": self.package.name, "sha256": self.sha256}

    def manifest(self) -> dict[str, Any]:
        """Its manifest. Raises PackageRejected when the package is not the one that was sealed."""
        if not self.package.is_file() or sha256_of(self.package) != self.sha256:
            raise PackageRejected(
                f"{self.package} is not the package that was sealed as {self.name} 与封存时的报送包不一致",
                "put it back from a copy: an amendment is compared with it 请从备份恢复",
            )
        return read_manifest(self.package)


@dataclass(frozen=True)
class Amendment:
    """Why a filing comes after one that was sealed, and what it changes; ``replaces`` is None where none is in force.

    ``files`` are those with every difference, one for each of ``differences``.
    """

    reason: str
    replaces: Sealed | None
    differences: Sequence[TableDifference] = ()
    files: Sequence[Path] = ()

    def stated(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "reason": self.reason,
            "replaces": self.replaces and self.replaces.stated(),
            "differences": [asdict(one) for one in self.differences],
        }


def checked_reason(text: str | None) -> str | None:
    """A reason as it is kept: one line of words. Raises ConfigurationError."""
    if text is None:
        return None
    return checked(text, ("the reason", "原因"), 'say in words why the filing is changed: --reason "…" 请用文字说明')


def amend(
    con: Any,
    filing: Filing,
    reason: str,
    replaces: Sealed | None,
    rendered: Sequence[RenderedFile],
    folder: Path,
) -> Amendment:
    """The amendment, with the files of its differences in the empty ``folder``; ``con`` is a connection of its own.

    Raises PackageRejected when the package it replaces is not the one that was sealed.
    """
    if replaces is None:
        return Amendment(reason, None)
    manifest = replaces.manifest()
    old, new, out = folder / "old", folder / "new", folder / "out"
    for one in (old, new, out):
        one.mkdir(parents=True)
    _unpack(replaces.package, manifest, old)
    for file in rendered:
        (new / file.name).hardlink_to(file.path)
    stated = (
        {entry["name"]: entry["records"] for entry in manifest["files"]},
        {file.name: file.records for file in rendered},
    )
    found = difference.compare(con, filing.tables, (old, new), stated, out)
    shutil.rmtree(old)
    shutil.rmtree(new)
    return Amendment(reason, replaces, found, [out / one.file for one in found])


def refuse_clash(amendment: Amendment | None, rendered: Sequence[RenderedFile], own: set[str]) -> None:
    """Raise FilingRefused when a regulator's file would have the name of one of ours."""
    names = own | {path.name for path in (amendment.files if amendment else ())}
    clash = {file.name for file in rendered} & names
    if clash:
        raise FilingRefused(f"a regulator's file is called {sorted(clash)}", "rename it in the regulator's template")


def _unpack(package: Path, manifest: Mapping[str, Any], folder: Path) -> None:
    """The regulator's files of a package whose hash was checked, under the names its manifest gives."""
    with zipfile.ZipFile(package) as archive:
        for entry in manifest["files"]:
            with archive.open(entry["name"]) as source, (folder / Path(entry["name"]).name).open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
