"""A delivery as it arrives: a folder or zip with its manifest, taken into a submission byte by byte.

Belongs here: everything that must agree before a single line is looked at. Not here: lines and values (``ledger``,
``reading``). Whatever disagrees raises DeliveryError and leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loantape.declare import FileKind, FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import headers, sheets, unpack
from loantape.intake.archives import Archive
from loantape.intake.flow import Block, Lanes, LineCount, Ring, Written, read_blocks, refuse_little_room
from loantape.intake.manifest import (
    LARGEST_MANIFEST,
    MANIFEST,
    DeclaredFile,
    Manifest,
    parse_manifest,
    plain_name,
    same_name,
)
from loantape.progress import Progress, Task

_TEXT = (FileKind.DELIMITED, FileKind.FIXED)
_SHOWN = 200  # characters of a name nobody vouches for


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
                raise _bad(f"{name[:_SHOWN]!r} is in {path.name} but not in the manifest", "list it, or take it out")
            if size != declared[name]:
                raise _other(name, f"{size} bytes", declared[name])
        _refuse_bad_contents(manifest)
    return Delivery(path, manifest, manifest.content_sha256())


def receive(delivery: Delivery, lender: Lender, target: Path, progress: Progress) -> None:
    """Copy the delivered bytes, the manifest included, to ``target/original`` and the contents of packed files to
    ``target/unpacked`` while verifying all that is declared.

    Size, SHA-256, lines, schema version, that each file has its layout and each required layout its file, that headers
    are headers, that control totals name fields. Raises DeliveryError, or DiskFull and other OSErrors; ``target`` is
    then unchanged.
    """
    manifest = delivery.manifest
    if manifest.lender != lender.name:
        raise _bad(f"the manifest is of lender {manifest.lender!r}, not {lender.name!r}", "name the right lender")
    if manifest.schema != lender.schema_version:
        raise _bad(
            f"{MANIFEST} says schema {manifest.schema[:40]!r}, {lender.name} delivers {lender.schema_version!r}",
            "send the agreed schema version",
        )
    contents = {file.name: unpack.content_name(file.name) for file in manifest.files}
    by_content = headers.layouts_of(list(contents.values()), lender)
    layouts = {name: by_content[content] for name, content in contents.items()}
    for file in manifest.files:
        headers.refuse_unknown_totals(file, layouts[file.name])
    aside = target / ".receiving"
    shutil.rmtree(aside, ignore_errors=True)
    total = sum(file.bytes for file in manifest.files)
    refuse_little_room(target, total)
    (aside / "original").mkdir(parents=True)
    try:
        with _Source(delivery.path) as source, progress.step("Receiving bytes", "接收字节", total) as task:
            raw = source.manifest()
            _refuse_changed_manifest(raw, delivery)
            with _Receiver(source, aside, task) as receiver:
                receiver.take_manifest(raw)
                for file in manifest.files:
                    receiver.take(file, layouts[file.name])
        _publish(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


class _Receiver:
    """Takes one file after the other into a folder aside: the delivered bytes and, where packed, the content."""

    def __init__(self, source: _Source, aside: Path, task: Task) -> None:
        self._source, self._aside, self._task = source, aside, task
        self._lanes = Lanes()
        self._budget = unpack.Budget()

    def __enter__(self) -> _Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._lanes.close()

    def take_manifest(self, raw: bytes) -> None:
        """Keep the manifest as it was sent."""
        with Written(self._aside / "original" / MANIFEST, self._lanes, hashed=False, lines=None, beside=False) as kept:
            kept.put(raw)
            kept.finish()

    def take(self, file: DeclaredFile, layout: FileLayout) -> None:
        """Receive one file and compare everything its entry in the manifest says. Raises DeliveryError."""
        packing = unpack.packing(file.name)
        lines = LineCount(file.name, layout.encoding) if layout.kind in _TEXT else None
        original = self._aside / "original" / file.name
        unpacks = self._source.unpacks(file.name)
        with Written(
            original, self._lanes, hashed=True, lines=None if packing else lines, beside=unpacks and not packing
        ) as kept:
            delivered = self._delivered(file, kept)
            if packing in ("gz", "zst"):
                meter = unpack.Meter(file.name, self._budget)
                self._take_content(unpack.unpacked(delivered, packing, meter), file, layout, lines)
            else:
                for _ in delivered if packing else _checked(delivered, file, layout):
                    pass
            sha256 = kept.finish()
        if kept.size != file.bytes:
            raise _other(file.name, f"{kept.size} bytes", file.bytes)
        if sha256 != file.sha256:
            raise _bad(
                f"{file.name} has another SHA-256 than the manifest says", "send the file the manifest describes"
            )
        if packing == "zip":
            self._take_member(original, file, layout, lines)
        if lines and lines.lines() != file.lines:
            raise _other(file.name, f"{lines.lines()} lines", file.lines)
        _refuse_unreadable(unpack.content_path(self._aside, file.name), file, layout)

    def _delivered(self, file: DeclaredFile, kept: Written) -> Iterator[Block]:
        """The file's bytes on their way into ``kept``."""
        for block in self._source.blocks(file.name, self._budget):
            if kept.size + len(block) > file.bytes:
                raise _bad(f"{file.name} grew while it was read", "send it again when it is complete")
            kept.put(block)
            self._task.advance(len(block))
            yield block

    def _take_content(
        self, blocks: Iterable[Block], file: DeclaredFile, layout: FileLayout, lines: LineCount | None
    ) -> None:
        path = unpack.content_path(self._aside, file.name)
        path.parent.mkdir(exist_ok=True)
        with Written(path, self._lanes, hashed=False, lines=lines, beside=True) as content:
            for block in _checked(blocks, file, layout):
                content.put(block)
            content.finish()

    def _take_member(self, packed: Path, file: DeclaredFile, layout: FileLayout, lines: LineCount | None) -> None:
        archive = Archive(packed, most=1)
        try:
            for name, size in archive.members.items():
                unpack.refuse_nested_member(file.name, name)
                refuse_little_room(self._aside, size)
                self._take_content(archive.blocks(name, self._budget, file.name), file, layout, lines)
        finally:
            archive.close()


def _checked(blocks: Iterable[Block], file: DeclaredFile, layout: FileLayout) -> Iterator[Block]:
    return unpack.refuse_archives(blocks, file.name, zip_belongs=layout.kind is FileKind.XLSX)


def _refuse_unreadable(path: Path, file: DeclaredFile, layout: FileLayout) -> None:
    """Raise DeliveryError for a content that nothing can be told apart in, or with other rows than were declared."""
    if layout.kind in _TEXT:
        headers.read_header(path, layout)
        return
    _, ledger = sheets.look_at(path, layout)
    if ledger.lines != file.lines:
        raise _other(file.name, f"{ledger.lines} lines", file.lines)


def _refuse_bad_contents(manifest: Manifest) -> None:
    """Raise DeliveryError for names whose contents are archives, the manifest, or each other's."""
    seen: dict[str, str] = {}
    for file in manifest.files:
        unpack.refuse_nested_name(file.name)
        content = unpack.content_name(file.name)
        if not plain_name(content) or same_name(content) == MANIFEST:
            raise _bad(f"{file.name} unpacks to no plain file name", "name packed files as in loan.csv.gz")
        other = seen.setdefault(same_name(content), file.name)
        if other != file.name:
            raise _bad(f"{other} and {file.name} hold the same file twice", "send each file once, packed or not")


def _publish(aside: Path, target: Path) -> None:
    """Give both folders their names: where ``original`` is, ``unpacked`` is too."""
    place = target / "unpacked"
    if not (target / "original").exists():
        shutil.rmtree(place, ignore_errors=True)  # left by a process that was killed between the two renames
    if (aside / "unpacked").exists():
        (aside / "unpacked").rename(place)
    try:
        (aside / "original").rename(target / "original")
    except OSError:
        shutil.rmtree(place, ignore_errors=True)
        raise


class _Source:
    """The files of a folder or zip by name: sizes at once, bytes as a stream."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: Archive | None = None
        self._ring = Ring()
        self.sizes: Mapping[str, int]
        if path.is_dir():
            self.sizes = self._listed()
        elif path.is_file():
            self._archive = Archive(path)
            self.sizes = self._archive.members
        else:
            raise _bad(f"there is no delivery at {path}", "give the folder or zip that holds manifest.json")

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive:
            self._archive.close()

    def unpacks(self, name: str) -> bool:
        """Whether giving this file's blocks is work: it is inflated on the way."""
        return self._archive is not None

    def manifest(self) -> bytes:
        if MANIFEST not in self.sizes:
            raise _bad(f"{self._path.name} holds no {MANIFEST}", "add the manifest")
        if self.sizes[MANIFEST] > LARGEST_MANIFEST:
            raise _bad(f"{MANIFEST} is larger than {LARGEST_MANIFEST} bytes", "send a manifest as documented")
        # blocks are buffers that are used again: join copies each before the next is asked for
        return b"".join(bytes(block) for block in self.blocks(MANIFEST, unpack.Budget()))

    def blocks(self, name: str, budget: unpack.Budget) -> Iterator[Block]:
        if self._archive:
            yield from self._archive.blocks(name, budget)
            return
        try:
            # a link that took a file's place since it was listed is not followed, a pipe not waited for
            handle = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise _bad(f"{name} is no longer a regular file", "send it again when it is complete")
                yield from read_blocks(handle, self._ring, 0)
            finally:
                os.close(handle)
        except OSError as wrong:
            raise _bad(f"{name} cannot be read: {wrong.strerror}", "make the delivery readable") from None

    def _listed(self) -> dict[str, int]:
        sizes = {}
        try:
            for entry in sorted(os.scandir(self._path), key=lambda entry: entry.name):
                status = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    raise _bad(
                        f"{entry.name[:_SHOWN]!r} is not a regular file", "put the files themselves into the folder"
                    )
                sizes[entry.name] = status.st_size
        except OSError as wrong:
            raise _bad(f"{self._path.name} cannot be read: {wrong.strerror}", "make the delivery readable") from None
        return sizes


def _refuse_changed_manifest(raw: bytes, delivery: Delivery) -> None:
    if parse_manifest(raw).content_sha256() != delivery.content_sha256:
        raise _bad(f"{MANIFEST} changed while the delivery was read", "send it again when it is complete")


def _other(name: str, has: str, declared: int) -> DeliveryError:
    return _bad(f"{name} has {has}, the manifest says {declared}", "send the file the manifest describes")


def _bad(what: str, next_step: str) -> DeliveryError:
    return DeliveryError(what, next_step)
