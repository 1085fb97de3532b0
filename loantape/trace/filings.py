"""Filings of this store by the path of their package or by name, and what their manifests say.

Belongs here: finding one, and its files. Not here: its tables (``again``).
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loantape import catalog
from loantape.declare import FiledColumn, FiledTable, Filing
from loantape.errors import ConfigurationError
from loantape.filing.manifest import read_manifest
from loantape.filing.sealing import package_of
from loantape.store import FilingRecord
from loantape.store.states import FilingKind, all_in_force
from loantape.workspace import Workspace
from loantape.zipped import sha256_of


@dataclass(frozen=True)
class Filed:
    """A sealed filing of this store: its record, its package, its manifest, whether it is the one in force."""

    record: FilingRecord
    package: Path
    manifest: dict[str, Any]
    in_force: bool

    @property
    def declared(self) -> Filing:
        """What is filed with its regulator."""
        return catalog.filing(self.record.regulator)

    def files_of(self, table: FiledTable) -> list[dict[str, Any]]:
        """The entries of the manifest for a table's files."""
        return [entry for entry in self.manifest["files"] if re.fullmatch(table.file, entry["name"])]

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """One of the regulator's files, unpacked while the block runs."""
        with TemporaryDirectory(prefix="loantape-trace-") as folder, zipfile.ZipFile(self.package) as archive:
            path = Path(folder) / name
            with archive.open(name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield path


def filed(ws: Workspace, package: str) -> Filed:
    """The filing of a package: the path of its zip, or its name (``cn_pbc_bank_2026-10_1``, ``cn_pbc/bank/2026-10/1``).

    It is found in the log of filings, by the hash of its bytes or by name; no other package is opened. Raises
    ConfigurationError for a package that was not sealed in this store, or was changed since.
    """
    records = _sealed(ws)
    known = [one for one in records if one.kind is FilingKind.FILING]
    path = Path(package)
    if path.is_file():
        digest = sha256_of(path)
        same = next((one for one in records if one.package_sha256 == digest), None)
        if same is None:
            changed = any(one.package_name == path.name for one in known)
            said = (
                "it is not as it was sealed 与封存时不同" if changed else "it was not sealed in this store 非本存储封存"
            )
            raise ConfigurationError(
                f"{path.name}: {said}",
                "trace the package as it was sealed, with --store of where that was 请指定原存储",
            )
        if same.kind is not FilingKind.FILING:
            raise ConfigurationError(
                f"{path.name} is a withdrawal 该包为撤回通知", "trace the filing that it withdraws 请追溯被撤回的报送"
            )
        return _opened(ws, same, records)
    names = {str(one.package_name).removesuffix(".zip"): one for one in known}
    names |= {one.name: one for one in known}
    wanted = package.removesuffix(".zip")
    if wanted not in names:
        near = get_close_matches(wanted, names, 3, 0.3) or sorted(names)[:3]
        raise ConfigurationError(
            f"there is no file {package!r}, and no filing of that name was sealed in {ws.store.root} 没有该报送包",
            f"name one of {', '.join(near)}" if near else "file a submission first: loantape file",
        )
    return _opened(ws, names[wanted], records)


def all_filed(ws: Workspace) -> list[Filed]:
    """Every sealed filing of the store, by regulator, lender, period and sequence; withdrawals hold no values."""
    records = _sealed(ws)
    return [_opened(ws, one, records) for one in records if one.kind is FilingKind.FILING]


def _sealed(ws: Workspace) -> list[FilingRecord]:
    return [one for one in ws.workflow.filings() if one.sealed_at is not None and one.package_name]


def _opened(ws: Workspace, record: FilingRecord, records: Sequence[FilingRecord]) -> Filed:
    """A filing with its manifest; ``records`` are all that were sealed, which say whether it is in force."""
    package = package_of(ws, record)
    if not package.is_file():
        raise ConfigurationError(f"{package} is not there 报送包缺失", "restore the store from your copy")
    return Filed(record, package, read_manifest(package), record.name in {one.name for one in all_in_force(records)})


def table_of(filing: Filing, name: str | None) -> FiledTable:
    """A table by one of its names; without a name, the only one. Raises ConfigurationError naming those there are."""
    tables = {one.casefold(): table for table in filing.tables for one in table.names}
    if name is None and len(filing.tables) == 1:
        return filing.tables[0]
    if name is None or name.casefold() not in tables:
        listed = ", ".join("/".join(table.names) for table in filing.tables)
        said = "which table? 请指定表" if name is None else f"{filing.regulator} files no table {name!r} 没有该表"
        raise ConfigurationError(said, f"--table is one of {listed}")
    return tables[name.casefold()]


def column_of(table: FiledTable, wanted: str) -> FiledColumn:
    """A column by its code, its name in either language, or its place from 1. Raises ConfigurationError."""
    text = wanted.strip().casefold()
    for one in table.columns:
        if text in (one.code.casefold(), one.en.casefold(), one.zh.casefold()):
            return one
    if text.isdecimal() and 1 <= int(text) <= len(table.columns):
        return table.columns[int(text) - 1]
    names = [name for one in table.columns for name in (one.code, one.en, one.zh)]
    near = get_close_matches(wanted, names, 3, 0.4)
    codes = [one.code for one in table.columns]
    raise ConfigurationError(
        f"{table.names[0]} has no column {wanted[:60]!r} 没有该列",
        f"did you mean {', '.join(near)}? " * bool(near) + f"columns are {codes[0]} to {codes[-1]}, or their names",
    )


def file_of(one: Filed, table: FiledTable, name: str | None) -> dict[str, Any]:
    """The manifest's entry for a table's file; ``name`` chooses where there are several institutions."""
    entries: Sequence[dict[str, Any]] = one.files_of(table)
    if name is not None:
        entries = [entry for entry in entries if entry["name"] == name]
    if len(entries) != 1:
        listed = ", ".join(entry["name"] for entry in one.files_of(table))
        raise ConfigurationError(
            f"{one.record.name} has {len(one.files_of(table))} files of {table.names[0]} 该表有多个文件或没有文件",
            f"choose with --file: {listed}" if listed else "this filing has no such file: see its manifest",
        )
    return entries[0]
