"""A delivery as it arrives: a folder or zip with its manifest, taken into a submission byte by byte.

Belongs here: everything that must agree before a single line is looked at. Not here: lines and values (``ledger``,
``reading``). Whatever disagrees raises DeliveryError and leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loantape.declare import FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import headers, scan
from loantape.intake.archives import Archive
from loantape.intake.manifest import LARGEST_MANIFEST, MANIFEST, DeclaredFile, Manifest, parse_manifest
from loantape.progress import Progress, Task

_BLOCK = 1 << 22


@dataclass(frozen=True)
class Delivery:
    """A delivery whose manifest is right and whose files are all there, and no others, in the declared sizes.

    ``content_sha256`` is the identity of its bytes: the same for a folder and for a zip of that folder.
    """

    path: Path
    manifest: Manifest
    content_sha256: str


def open_delivery(path: Path) -> Delivery:
    """Open a folder or zip and compare its files' names and sizes with its manifest. Contents are read by ``receive``.

    Raises DeliveryError naming the file and the next step.
    """
    with _Source(path) as source:
        manifest = parse_manifest(source.manifest())
        declared = {file.name: file.bytes for file in manifest.files}
        there = {name: size for name, size in source.sizes.items() if name != MANIFEST}
        for name in declared:
            if name not in there:
                raise _bad(f"{name} is in the manifest but not in {path.name}", "send it, or take it off the manifest")
        for name, size in there.items():
            if name not in declared:
                raise _bad(f"{name[:200]!r} is in {path.name} but not in the manifest", "list it, or take it out")
            if size != declared[name]:
                raise _bad(
                    f"{name} has {size} bytes, the manifest says {declared[name]}",
                    "send the file the manifest describes",
                )
    return Delivery(path, manifest, manifest.content_sha256())


def receive(delivery: Delivery, lender: Lender, target: Path, progress: Progress) -> None:
    """Copy the delivered bytes, the manifest included, to ``target/original`` while verifying all that is declared.

    Size, SHA-256, lines, schema version, that each file has its layout and each required layout its file, that headers
    hold the required columns, that control totals name fields. Raises DeliveryError; ``target`` is then unchanged.
    """
    manifest = delivery.manifest
    if manifest.lender != lender.name:
        raise _bad(f"the manifest is of lender {manifest.lender!r}, not {lender.name!r}", "name the right lender")
    if manifest.schema != lender.schema_version:
        raise _bad(
            f"{MANIFEST} says schema {manifest.schema[:40]!r}, {lender.name} delivers {lender.schema_version!r}",
            "send the agreed schema version",
        )
    layouts = headers.layouts_of([file.name for file in manifest.files], lender)
    for file in manifest.files:
        headers.refuse_unknown_totals(file, layouts[file.name])
    aside = target / ".original"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        total = sum(file.bytes for file in manifest.files)
        with _Source(delivery.path) as source, progress.step("Receiving bytes", "接收字节", total) as task:
            _refuse_changed_manifest(source.manifest(), delivery)
            _write(aside / MANIFEST, iter([source.manifest()]))
            for file in manifest.files:
                _receive_file(source, file, layouts[file.name], aside, task)
        aside.rename(target / "original")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _receive_file(source: _Source, file: DeclaredFile, layout: FileLayout, folder: Path, task: Task) -> None:
    digest = hashlib.sha256()
    size = ends = 0
    last_was_cr, last = False, b""

    def watched() -> Iterator[bytes]:
        nonlocal size, ends, last_was_cr, last
        for block in source.blocks(file.name):
            size += len(block)
            if size > file.bytes:
                raise _bad(f"{file.name} grew while it was read", "send it again when it is complete")
            digest.update(block)
            counted, last_was_cr = scan.count_line_ends(np.frombuffer(block, dtype=np.uint8), last_was_cr)
            ends += counted
            last = block[-1:]
            task.advance(len(block))
            yield block

    _write(folder / file.name, watched())
    if size != file.bytes:
        raise _bad(
            f"{file.name} has {size} bytes, the manifest says {file.bytes}", "send the file the manifest describes"
        )
    if digest.hexdigest() != file.sha256:
        raise _bad(f"{file.name} has another SHA-256 than the manifest says", "send the file the manifest describes")
    lines = ends + (last not in (b"", b"\n", b"\r"))
    if lines != file.lines:
        raise _bad(
            f"{file.name} has {lines} lines, the manifest says {file.lines}", "send the file the manifest describes"
        )
    headers.read_header(folder / file.name, layout)


def _write(path: Path, blocks: Iterator[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as writing:
        for block in blocks:
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())


class _Source:
    """The files of a folder or zip by name: sizes at once, bytes as a stream."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: Archive | None = None
        if path.is_dir():
            self.sizes = self._listed()
        elif path.is_file():
            self._archive = Archive(path)
            self.sizes = dict(self._archive.members)
        else:
            raise _bad(f"there is no delivery at {path}", "give the folder or zip that holds manifest.json")

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive:
            self._archive.close()

    def manifest(self) -> bytes:
        if MANIFEST not in self.sizes:
            raise _bad(f"{self._path.name} holds no {MANIFEST}", "add the manifest")
        if self.sizes[MANIFEST] > LARGEST_MANIFEST:
            raise _bad(f"{MANIFEST} is larger than {LARGEST_MANIFEST} bytes", "send a manifest as documented")
        return b"".join(self.blocks(MANIFEST))

    def blocks(self, name: str) -> Iterator[bytes]:
        if self._archive:
            yield from self._archive.blocks(name)
            return
        try:
            # a link that took a file's place since it was listed is not followed
            handle = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as reading:
                while block := reading.read(_BLOCK):
                    yield block
        except OSError as wrong:
            raise _bad(f"{name} cannot be read: {wrong.strerror}", "make the delivery readable") from None

    def _listed(self) -> dict[str, int]:
        sizes = {}
        try:
            for entry in sorted(os.scandir(self._path), key=lambda entry: entry.name):
                status = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    raise _bad(
                        f"{entry.name[:200]!r} is not a regular file", "put the files themselves into the folder"
                    )
                sizes[entry.name] = status.st_size
        except OSError as wrong:
            raise _bad(f"{self._path.name} cannot be read: {wrong.strerror}", "make the delivery readable") from None
        return sizes


def _refuse_changed_manifest(raw: bytes, delivery: Delivery) -> None:
    if parse_manifest(raw).content_sha256() != delivery.content_sha256:
        raise _bad(f"{MANIFEST} changed while the delivery was read", "send it again when it is complete")


def _bad(what: str, next_step: str) -> DeliveryError:
    return DeliveryError(what, next_step)
