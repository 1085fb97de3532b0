"""Rendering, reading back and sealing: the two steps of the journey that make a filing.

Belongs here: their order and what must agree. Not here: any regulator's format (``templates``), the package's layout
(package.py), signatures (sign.py).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from loantape.beside import Piece, beside, sent_to_disk
from loantape.checking.relations import attached
from loantape.declare import Filing, FilingContext, RenderedFile
from loantape.errors import ConfigurationError, ReadBackMismatch
from loantape.filing import outgoing, package
from loantape.filing.amendment import Amendment, Sealed
from loantape.filing.sign import MinisignSigner, Signer, signature_path
from loantape.filing.timestamp import token_path
from loantape.keys import Keys
from loantape.privacy import protect_temporary_files, reading_vault
from loantape.progress import Progress
from loantape.store.durable import flush, publish
from loantape.zipped import digests_of, opening


@dataclass(frozen=True)
class Package:
    """A package that was written: its zip, and the SHA-256 of the zip's bytes."""

    path: Path
    sha256: str


def render(
    con: Any,
    filing: Filing,
    context: FilingContext,
    folder: Path,
    vault: Path | None,
    keys: Keys | None,
    progress: Progress,
    previous: Path | None = None,
    year: AbstractContextManager[None] | None = None,
) -> list[package.ReadBack]:
    """Write the regulator's files into ``folder``, once they keep the format's rules and agree when read back.

    They are written beside ``folder`` first, so that a refusal or a mismatch leaves nothing in it. The identity vault,
    the database of the submission before, ``previous``, and those of the ``year`` (``loantape.filing.year``) are
    attached, read-only, only while the writer runs. Raises
    FilingRefused for what breaks a rule of the format and ReadBackMismatch when the independent reader finds other
    records or totals than the tape has.
    """
    aside = folder.with_name(f".{folder.name}.rendering")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        with (
            identities(con, filing, vault, keys),
            attached(con, previous if filing.needs_previous else None),
            year or nullcontext(),
            outgoing.prepared(con, filing, context),
        ):
            with progress.step(f"checking the format of {filing.code}", f"校验{filing.code}格式") as task:
                outgoing.check(con, filing, context.period, task)
            with progress.step(f"rendering {filing.code}", f"生成{filing.code}"):
                written = list(filing.render(con, aside, context))
        with progress.step(f"reading {filing.code} back", f"回读{filing.code}"), ThreadPoolExecutor(1) as thread:
            taking = thread.submit(digests_of, {file.name: opening(file.path) for file in written})
            _agree(filing, aside, written)
            digests = taking.result()
        folder.mkdir(parents=True, exist_ok=True)
        return [
            package.ReadBack(
                file.name,
                Path(shutil.move(file.path, folder / file.name)),
                file.records,
                file.control_totals,
                digests=digests[file.name],
            )
            for file in written
        ]
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def seal(
    con: Any,
    filing: Filing,
    context: FilingContext,
    rendered: Sequence[RenderedFile],
    reports: Mapping[str, bytes],
    keys: Keys,
    out: Path,
    signer: Signer | None = None,
    amendment: Amendment | None = None,
) -> Package:
    """Write the signed package ``<name>.zip`` and ``<name>.zip.minisig`` into ``out``.

    ``signer`` stands in for the installation's own key. The zip appears only after its signature, so whoever sees a
    package can verify it.
    """
    return _sealed(
        lambda aside, also: package.write(con, filing, context, rendered, reports, aside, amendment, also),
        filing,
        context,
        keys,
        out,
        signer,
    )


def seal_withdrawal(
    filing: Filing,
    context: FilingContext,
    reason: str,
    withdrawn: Sealed,
    keys: Keys,
    out: Path,
    signer: Signer | None = None,
) -> Package:
    """Write the signed package of a withdrawal into ``out``, as ``seal`` writes a filing's.

    Raises PackageRejected when what it takes back is not as it was sealed.
    """
    write = partial(package.write_withdrawal, filing, context, reason, withdrawn)
    return _sealed(write, filing, context, keys, out, signer)


def _sealed(
    write: Callable[[Path, Callable[[Piece], object]], None],
    filing: Filing,
    context: FilingContext,
    keys: Keys,
    out: Path,
    signer: Signer | None,
) -> Package:
    signer = signer or MinisignSigner(keys.signing_key())
    name = package.package_name(filing, context)
    target, aside = out / name, out / f".{name}.sealing"
    out.mkdir(parents=True, exist_ok=True)
    try:
        hashing, sha256 = signer.hashing(), hashlib.sha256()
        with sent_to_disk(aside), beside(hashing.update) as signed, beside(sha256.update) as hashed:

            def also(piece: Piece) -> None:
                signed(piece)
                hashed(piece)

            write(aside, also)
        comment = f"file:{name}\tcreated:{context.created_at.isoformat(timespec='seconds')}\tprehashed"
        signature = signer.sign(aside, comment, hashing.digest())
        signature_aside = signature_path(aside)
        signature_aside.write_bytes(signature)
        signature_aside.replace(signature_path(target))
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
        signature_path(aside).unlink(missing_ok=True)
    return Package(target, sha256.hexdigest())


def copy_package(sealed: Path, out: Path) -> Path:
    """Copy a package, its signature and its token, if it has one, into ``out``, itself last; returns the copied zip."""
    out.mkdir(parents=True, exist_ok=True)
    token = token_path(sealed)
    for source in (signature_path(sealed), *([token] if token.exists() else []), sealed):
        aside = out / f".{source.name}.copying"
        try:
            shutil.copyfile(source, aside)
            flush(aside)
            publish(aside, out / source.name)
        finally:
            aside.unlink(missing_ok=True)
    return out / sealed.name


def identities(con: Any, filing: Filing, vault: Path | None, keys: Keys | None) -> Any:
    """The identity vault attached as ``vault`` where the filing masks identifiers; otherwise nothing."""
    if not filing.needs_identity:
        return nullcontext()
    if vault is None or keys is None:
        raise ConfigurationError(
            f"{filing.regulator} masks identity numbers and no identity vault was given",
            "file from the store that read the delivery, with its keys folder",
        )
    protect_temporary_files(con)
    return reading_vault(con, vault, keys.vault_key())


def _agree(filing: Filing, folder: Path, written: Sequence[RenderedFile]) -> None:
    """Compare what the independent reader finds with what the tape says should be there."""
    found = filing.read_back(folder)
    claimed = {file.name: file for file in written}
    on_disk = {path.name for path in folder.iterdir()}
    if not set(found) == set(claimed) == on_disk:
        raise _mismatch(f"files read {sorted(found)}, written {sorted(claimed)}, on disk {sorted(on_disk)}")
    for name, file in claimed.items():
        records, totals = found[name]
        if records != file.records:
            raise _mismatch(f"{name}: the tape gives {file.records} records, the file holds {records}")
        if dict(totals) != dict(file.control_totals):
            differing = sorted(
                total
                for total in {*totals, *file.control_totals}
                if totals.get(total) != file.control_totals.get(total)
            )
            raise _mismatch(f"{name}: control totals differ from the tape's: {', '.join(differing)}")


def _mismatch(what: str) -> ReadBackMismatch:
    return ReadBackMismatch(
        f"{what} 回读结果与数据不一致", "nothing was sealed; this is a fault of ours: report it 未封存；请报告此问题"
    )
