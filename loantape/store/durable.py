"""Moving bytes so that a crash, even of the machine, leaves the old state or the new one.

Belongs here: locks, copies, flushes and renames, for any file. Not here: what a submission is (``files``).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loantape.errors import StoreBusy

_CHUNK = 1 << 30  # bytes asked of one copy_file_range call


@contextmanager
def locked(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file ``path``. The kernel drops it when the process dies, so no lock is ever left behind.

    It excludes threads of one process as well as processes. Raises StoreBusy, naming ``what``, when somebody else
    holds it; with ``wait`` it waits its turn. The file stays: removing it would let two holders in.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as held:
            raise StoreBusy(f"{what} is being changed by another process", "try again when it has finished") from held
        yield
    finally:
        os.close(handle)


def flush(path: Path) -> None:
    """Force a file's bytes, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_tree(folder: Path) -> None:
    """Flush every file and folder below ``folder``, and the folder itself."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            flush(Path(parent) / name)
        flush(Path(parent))


def publish(working: Path, final: Path) -> None:
    """Rename a finished, flushed file or folder to its final name and make the rename itself durable."""
    working.replace(final)
    flush(final.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file's bytes inside the kernel, sharing blocks where the file system can."""
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            while os.copy_file_range(reading.fileno(), writing.fileno(), _CHUNK):
                pass
        except OSError:
            # Not every file system (or pair of them) supports the call: start over through user space.
            reading.seek(0)
            writing.seek(0)
            writing.truncate()
            shutil.copyfileobj(reading, writing, 1 << 20)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove the working folders of killed processes. Call it only while holding the lock their owners held."""
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left)
