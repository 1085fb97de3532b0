"""A landing place as it is at one moment: a local folder, or a folder of an object store.

Belongs here: names, sizes and marks of what lies there, seen without opening anything; and its bytes, when they are
asked for. Not here: whether a delivery is complete (``ready``). An object store is any file system that fsspec knows;
who makes it, and with which credentials, is the caller's business.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from loantape.errors import ConfigurationError, DeliveryError
from loantape.intake.manifest import LARGEST_MANIFEST, MANIFEST, parse_manifest, plain_name

_BLOCK = 1 << 24  # bytes asked of an object store at once
# What tells one state of an object from the next; each store has some of these.
_MARKS = ("ETag", "etag", "VersionId", "version_id", "generation", "md5Hash", "content_md5", "md5", "ino")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")


class StillChanging(Exception):
    """A delivery changed while it was looked at or fetched: it is left for the next look."""


@dataclass(frozen=True, order=True)
class SeenFile:
    """One file at one look. ``mark`` is different whenever the file was changed, "" where the place cannot tell."""

    name: str
    size: int  # bytes
    mark: str
    changed: datetime | None = None  # by the place's clock, UTC
    is_plain: bool = True  # neither a link, a folder or a device, nor under a name that is a path


@dataclass(frozen=True)
class Arrival:
    """A name in the landing place and the files behind it: itself, or those of the folder it is, sorted by name."""

    name: str
    is_folder: bool
    files: tuple[SeenFile, ...]
    trouble: str | None = None  # why it cannot be looked at as it is
    changed: datetime | None = None

    @property
    def stamp(self) -> str:
        """32 digits that differ whenever the name, or a file's name, size or mark, does."""
        seen = [(file.name, file.size, file.mark) for file in self.files]
        return hashlib.sha256(repr((self.name, self.is_folder, self.trouble, seen)).encode()).hexdigest()[:32]

    @property
    def can_be_told_apart(self) -> bool:
        """Whether a change of any file would show in the stamp."""
        return all(file.mark for file in self.files)


class Place(Protocol):
    """Somewhere deliveries arrive."""

    address: str  # as the operator wrote it, without secrets

    def look(self, names: Collection[str] | None = None) -> Mapping[str, Arrival]:
        """Everything there, or what there is of ``names``; hidden names are left out. Opens no file.

        Raises ConfigurationError when the place itself is not there.
        """

    def open_for_writing(self, arrival: Arrival) -> str | None:
        """The first of its files that some process has open for writing, as far as the place can tell."""

    def part(self, arrival: Arrival, file: SeenFile, start: int, length: int) -> bytes:
        """Bytes of one file. Raises StillChanging when it is not as it was seen."""

    def at_hand(self, arrival: Arrival, spool: Path, leave_out: str | None) -> Any:
        """A context with the delivery's local path; ``spool`` is an empty folder for what must be fetched.

        ``leave_out`` names a file that is no part of the delivery. Raises StillChanging, and DeliveryError for what is
        no file, or is not to be fetched because the manifest does not list it.
        """


class Folder:
    """A folder of this machine, or one that is mounted on it. Links in it are not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.address = str(self.path)

    def look(self, names: Collection[str] | None = None) -> Mapping[str, Arrival]:
        try:
            with os.scandir(self.path) as entries:
                there = sorted(
                    entry.name for entry in entries if entry.name[0] != "." and (names is None or entry.name in names)
                )
        except (FileNotFoundError, NotADirectoryError, PermissionError) as wrong:
            raise ConfigurationError(
                f"the landing folder {self.path} cannot be read: {wrong.strerror}",
                "set LOANTAPE_LANDING, or the run's parameter `landing`, to the folder where deliveries arrive",
            ) from None
        return {name: arrival for name in there if (arrival := self._arrival(name))}

    def open_for_writing(self, arrival: Arrival) -> str | None:
        for file in arrival.files:
            if not file.is_plain:
                continue  # opening a device can do anything
            try:
                if is_open_for_writing(self._path(arrival, file)):
                    return file.name
            except OSError:
                return file.name  # it cannot be opened, or is not there any more
        return None

    def part(self, arrival: Arrival, file: SeenFile, start: int, length: int) -> bytes:
        with self._opened(arrival, file) as reading:
            reading.seek(start)
            return reading.read(length)

    @contextmanager
    def at_hand(self, arrival: Arrival, spool: Path, leave_out: str | None) -> Iterator[Path]:
        _refuse_odd(arrival)
        if leave_out is None or all(file.name != leave_out for file in arrival.files):
            yield self.path / arrival.name
            return
        target = spool / arrival.name
        target.mkdir()
        for file in arrival.files:
            if file.name != leave_out:
                with self._opened(arrival, file) as reading, (target / file.name).open("xb") as writing:
                    shutil.copyfileobj(reading, writing, _BLOCK)
        yield target

    def _opened(self, arrival: Arrival, file: SeenFile) -> BinaryIO:
        # without waiting for the other end, should a pipe have taken the file's place
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            return os.fdopen(os.open(self._path(arrival, file), flags), "rb")
        except OSError as wrong:
            raise StillChanging(f"{file.name} cannot be opened: {wrong.strerror}") from None

    def _path(self, arrival: Arrival, file: SeenFile) -> Path:
        return self.path / arrival.name / file.name if arrival.is_folder else self.path / arrival.name

    def _arrival(self, name: str) -> Arrival | None:
        path = self.path / name
        try:
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                return Arrival(name, False, (_seen(name, status),), None, _moment(status.st_mtime))
            if not stat.S_ISDIR(status.st_mode):
                return Arrival(name, False, (), "is a link or no file at all", _moment(status.st_mtime))
            with os.scandir(path) as entries:
                files = tuple(sorted(_seen(entry.name, entry.stat(follow_symlinks=False)) for entry in entries))
        except FileNotFoundError:
            return None if not os.path.lexists(path) else Arrival(name, True, (), "is being changed")
        except OSError as wrong:
            return Arrival(name, True, (), f"cannot be read: {wrong.strerror}")
        newest = max((file.changed for file in files if file.changed), default=_moment(status.st_mtime))
        return Arrival(name, True, files, None, newest)


class Bucket:
    """A folder of an object store: ``root`` as ``filesystem``, an fsspec file system, names it.

    An object appears whole or not at all, and each fetch asks for the state of it that was seen.
    """

    def __init__(self, filesystem: Any, root: str, address: str) -> None:
        self._fs = filesystem
        self._root = root.rstrip("/")
        self.address = address

    def look(self, names: Collection[str] | None = None) -> Mapping[str, Arrival]:
        wanted = [self._root] if names is None else [f"{self._root}/{name}" for name in sorted(names)]
        grouped: dict[str, list[SeenFile]] = {}
        folders, objects = set[str](), set[str]()
        for path, info in self._found(wanted).items():
            inside = path[len(self._root) :].strip("/")
            if path.endswith("/") or info.get("type") == "directory" or not inside or inside.startswith("."):
                continue
            name, slash, rest = inside.partition("/")
            (folders if slash else objects).add(name)
            grouped.setdefault(name, []).append(_described(rest or name, info))
        twice = folders & objects
        return {
            name: _bucket_arrival(name, name in folders, name in twice, files)
            for name, files in sorted(grouped.items())
        }

    def open_for_writing(self, arrival: Arrival) -> str | None:
        return None

    def part(self, arrival: Arrival, file: SeenFile, start: int, length: int) -> bytes:
        with _as_it_was_seen(file), self._fs.open(self._key(arrival, file), "rb", cache_type="none") as reading:
            reading.seek(start)
            return bytes(reading.read(length))

    @contextmanager
    def at_hand(self, arrival: Arrival, spool: Path, leave_out: str | None) -> Iterator[Path]:
        _refuse_odd(arrival)
        target = spool / arrival.name
        if not arrival.is_folder:
            self._fetch(arrival, arrival.files[0], target)
            yield target
            return
        target.mkdir()
        files = {file.name: file for file in arrival.files if file.name != leave_out}
        manifest = files.pop(MANIFEST)
        if manifest.size > LARGEST_MANIFEST:
            raise DeliveryError(f"{MANIFEST} is larger than {LARGEST_MANIFEST} bytes", "send a manifest as documented")
        self._fetch(arrival, manifest, target / MANIFEST)
        declared = {file.name for file in parse_manifest((target / MANIFEST).read_bytes()).files}
        for name in files:  # before anything large is fetched
            if name not in declared:
                raise DeliveryError(
                    f"{name[:200]!r} is in {arrival.name} but not in the manifest", "list it, or take it out"
                )
        for name, file in files.items():
            self._fetch(arrival, file, target / name)
        yield target

    def _fetch(self, arrival: Arrival, file: SeenFile, target: Path) -> None:
        key = self._key(arrival, file)
        with (
            _as_it_was_seen(file),
            self._fs.open(key, "rb", block_size=_BLOCK, cache_type="none") as reading,
            target.open("xb") as writing,
        ):
            shutil.copyfileobj(reading, writing, _BLOCK)
            fetched = writing.tell()
        # not every store answers conditional requests: what lies there now must still be what was seen
        self._fs.invalidate_cache()
        with _as_it_was_seen(file):
            now = _described(file.name, self._fs.info(key))
        if fetched != file.size or (now.size, now.mark) != (file.size, file.mark):
            raise StillChanging(f"{file.name} changed while it was fetched")

    def _key(self, arrival: Arrival, file: SeenFile) -> str:
        return "/".join([self._root, arrival.name, *([file.name] if arrival.is_folder else [])])

    def _found(self, paths: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        self._fs.invalidate_cache()
        found: dict[str, Mapping[str, Any]] = {}
        try:
            for path in paths:
                found |= self._fs.find(path, detail=True)
            # a store without folders knows its bucket, but no prefix that nothing lies under
            if not found and not any(self._fs.exists(top) for top in (self._root, self._root.split("/")[0]) if top):
                raise FileNotFoundError
        except (FileNotFoundError, PermissionError):
            raise ConfigurationError(
                f"the landing place {self.address} is not there, or may not be listed",
                "make it, let the connection list and read it, or correct LOANTAPE_LANDING",
            ) from None
        return found


def is_open_for_writing(path: Path) -> bool | None:
    """Whether any process of this machine has a file open for writing; None where the kernel does not say.

    It is asked for a read lease, which Linux grants only while nobody writes, and which is given back at once. It does
    not say on other systems, on network file systems, and for another user's files. Raises OSError when the file
    cannot be opened.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # a writer that comes while the lease is held waits for its end and is announced to us by this signal, which is
        # ignored unless somebody asks for it; the usual SIGIO would end the process
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # type: ignore[attr-defined, unused-ignore]
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as refused:
        return True if refused.errno == errno.EAGAIN else None
    finally:
        os.close(handle)
    return False


@contextmanager
def _as_it_was_seen(file: SeenFile) -> Iterator[None]:
    """An object that is gone, or refused because its state is another one, has changed: nothing worse happened."""
    try:
        yield
    except FileNotFoundError:
        raise StillChanging(f"{file.name} is not there any more") from None
    except OSError as wrong:
        if wrong.errno != errno.EBUSY:  # what a conditional request that did not hold is turned into
            raise
        raise StillChanging(f"{file.name} changed while it was read") from None


def _refuse_odd(arrival: Arrival) -> None:
    for file in arrival.files:
        if not file.is_plain:
            raise DeliveryError(
                f"{file.name[:200]!r} in {arrival.name} is not a regular file",
                "put the files themselves into the folder",
            )


def _seen(name: str, status: os.stat_result) -> SeenFile:
    # the time of the last change of the inode cannot be set back, unlike that of the content
    mark = f"{stat.S_IFMT(status.st_mode)} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
    return SeenFile(name, status.st_size, mark, _moment(status.st_mtime), stat.S_ISREG(status.st_mode))


def _described(name: str, info: Mapping[str, Any]) -> SeenFile:
    mark = " ".join(str(info[key]) for key in (*_MARKS, *_TIMES) if info.get(key) not in (None, ""))
    times = [info[key] for key in _TIMES if info.get(key)]
    changed = next((time.astimezone(UTC) for time in times if isinstance(time, datetime) and time.tzinfo), None)
    return SeenFile(name, int(info.get("size") or 0), mark, changed, plain_name(name))


def _bucket_arrival(name: str, is_folder: bool, is_both: bool, files: list[SeenFile]) -> Arrival:
    newest = max((file.changed for file in files if file.changed), default=None)
    if is_both or not plain_name(name):
        trouble = "is an object and a folder of the same name" if is_both else "has a name that no file can have"
        return Arrival(name, True, (), trouble, newest)
    return Arrival(name, is_folder, tuple(sorted(files)), None, newest)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
