"""Handing files over so that each appears whole, under its name, and once, however often and by however many.

Belongs here: the order of things (write aside, read back, rename, look again), and the two kinds of place: a folder of
this machine and one behind SFTP. Not here: which packages are handed over (``loantape.pipeline``), or where a
connection comes from (``dags``): whoever has an SFTP client passes it in.

A receiver may take a file away as soon as it sees it, so nothing has its final name before it is complete. What a
killed process leaves is a file aside, ``.<name>.<token>.part``, which receivers are told to ignore and the next
hand-over of that file removes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from loantape.errors import ConfigurationError, FilingRefused, LoantapeError
from loantape.store.durable import flush
from loantape.zipped import CHUNK, sha256_of

_PART = ".part"


class HandOverFailed(LoantapeError):
    """What lies at the receiver's is not what was sent. Nothing is visible under its final name."""

    retry_helps = True


class Place(Protocol):
    """A folder that a receiver looks into. Errors of its transport are raised as they are: trying again may help."""

    @property
    def name(self) -> str:
        """What people call it."""

    def size(self, name: str) -> int | None:
        """Bytes of a file, None when it is not there."""

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, in pieces."""

    def write(self, name: str, source: Path) -> None:
        """A new file with the bytes of ``source``, as durable as the place can make it."""

    def rename(self, old: str, new: str) -> None:
        """Give a file its final name. Raises FileExistsError, with nothing changed, when there is one of that name."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens when it is not there."""

    def names(self) -> Iterable[str]:
        """Every name in it."""


def hand_over(place: Place, files: Sequence[Path]) -> list[str]:
    """Put files into a place, in this order, each whole and at most once. Returns what they are called there.

    The same bytes again change nothing, whether they were put there before, are being put there now by somebody else,
    or were left half-way by a killed process. Raises FilingRefused when other bytes lie there under one of the names:
    what was handed over is never overwritten. Raises HandOverFailed when the place gives back other bytes than it got,
    and ConfigurationError when it does not let us write.
    """
    for file in files:
        if not _is_there(place, file):
            _place(place, file)
        _remove_leftovers(place, file.name)
    return [f"{place.name}/{file.name}" for file in files]


def _place(place: Place, file: Path) -> None:
    aside = f".{file.name}.{secrets.token_hex(8)}{_PART}"
    try:
        place.write(aside, file)
        if _holds(place, aside, file):
            place.rename(aside, file.name)
        elif not _is_there(place, file):
            raise HandOverFailed(
                f"{place.name} gave back other bytes of {file.name} than it was sent 回读内容与发送内容不一致",
                "look at the receiver's disk and the connection; then hand it over again 请检查后重试",
            )
    except FileExistsError:  # somebody was faster
        place.remove(aside)
    except (OSError, HandOverFailed) as wrong:
        with suppress(OSError):  # the connection may be gone: the next hand-over removes it
            place.remove(aside)
        if not _is_there(place, file):  # else somebody was faster, and removed the file aside as a leftover
            if isinstance(wrong, OSError) and wrong.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise ConfigurationError(
                    f"{place.name} does not let us write {file.name} 接收目录没有写入权限",
                    "ask its owner for the right to write, rename and remove there; then hand it over again"
                    " 请向接收方申请写入权限后重试",
                ) from wrong
            raise
    if not _is_there(place, file):
        raise HandOverFailed(
            f"{file.name} was put into {place.name} and is not there 交付后未找到文件",
            "ask whether the receiver has taken it away; then hand it over again 请向接收方确认后重试",
        )


def _is_there(place: Place, file: Path) -> bool:
    if place.size(file.name) is None:
        return False
    if not _holds(place, file.name, file):
        raise FilingRefused(
            f"{place.name}/{file.name} was handed over with other content 该名称下已交付其他内容",
            "seal the change as a new sequence 请以新的序号封存更正",
        )
    return True


def _holds(place: Place, name: str, file: Path) -> bool:
    """Whether a file of the place has the size and the hash of a file here."""
    if place.size(name) != file.stat().st_size:
        return False
    digest = hashlib.sha256()
    try:
        for piece in place.read(name):
            digest.update(piece)
    except FileNotFoundError:  # gone since its size was asked
        return False
    return digest.hexdigest() == sha256_of(file)


def _remove_leftovers(place: Place, name: str) -> None:
    """Files aside of a file that is in its place: of killed processes, or of somebody who will find it there."""
    for left in place.names():
        if left.startswith(f".{name}.") and left.endswith(_PART):
            place.remove(left)


class Folder:
    """A folder of this machine, or of a file system mounted on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """Its path."""
        return str(self._folder)

    def size(self, name: str) -> int | None:
        """Bytes of a file, None when it is not there."""
        try:
            return (self._folder / name).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, in pieces."""
        with (self._folder / name).open("rb") as file:
            yield from _pieces(file)

    def write(self, name: str, source: Path) -> None:
        """Flushed to the disk before it returns."""
        with source.open("rb") as reading, (self._folder / name).open("xb") as writing:
            shutil.copyfileobj(reading, writing, CHUNK)
            writing.flush()
            os.fsync(writing.fileno())

    def rename(self, old: str, new: str) -> None:
        """A second name, then the first one goes: unlike a rename, this never replaces what is there."""
        aside, target = self._folder / old, self._folder / new
        try:
            target.hardlink_to(aside)
        except OSError as wrong:
            if wrong.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            # a file system without links: whoever else hands over the same file brings the same bytes
            if target.exists():
                raise FileExistsError(errno.EEXIST, "exists", str(target)) from wrong
            aside.rename(target)
        flush(self._folder)
        self.remove(old)

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens when it is not there."""
        (self._folder / name).unlink(missing_ok=True)

    def names(self) -> Iterable[str]:
        """Every name in it."""
        return [path.name for path in self._folder.iterdir()]


class SftpFolder:
    """A folder behind SFTP. ``client`` is paramiko's SFTPClient, or what behaves like it; ``address`` is for people.

    The protocol's version 3 renames a file only where none of the new name is there. It has no way to ask for a flush:
    that the bytes are there is known by reading them back, how durable they are is the receiver's to say.
    """

    def __init__(self, client: Any, folder: str, address: str) -> None:
        self._client, self._folder, self._address = client, folder.rstrip("/") or "/", address
        try:
            client.stat(self._folder)
        except FileNotFoundError as absent:
            raise ConfigurationError(
                f"{address} has no folder {folder} 接收方没有该目录",
                "ask the receiver which folder it looks into 请向接收方确认",
            ) from absent

    @property
    def name(self) -> str:
        """Its address."""
        return self._address

    def size(self, name: str) -> int | None:
        """Bytes of a file, None when it is not there."""
        try:
            return int(self._client.stat(self._path(name)).st_size)
        except FileNotFoundError:
            return None

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, in pieces."""
        with self._client.open(self._path(name), "rb") as file:
            file.prefetch()
            yield from _pieces(file)

    def write(self, name: str, source: Path) -> None:
        """Raises OSError unless the server acknowledges every byte."""
        with source.open("rb") as reading, self._client.open(self._path(name), "wxb") as writing:
            writing.set_pipelined(True)
            shutil.copyfileobj(reading, writing, 1 << 15)

    def rename(self, old: str, new: str) -> None:
        """The server's answer says only that it failed, so why is looked up."""
        try:
            self._client.rename(self._path(old), self._path(new))
        except OSError as wrong:
            if self.size(new) is None:
                raise
            raise FileExistsError(errno.EEXIST, "exists", new) from wrong

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens when it is not there."""
        with suppress(FileNotFoundError):
            self._client.remove(self._path(name))

    def names(self) -> Iterable[str]:
        """Every name in it."""
        return [str(name) for name in self._client.listdir(self._folder)]

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece
