"""Bytes on their way from a delivery to the disk: read once, hashed, counted and written side by side.

Belongs here: buffers, the threads beside the main one, files being written, the count of physical lines. Not here:
what the bytes are (``delivery``), how they are packed (``unpack``, ``archives``).
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from loantape.compiled import kernel
from loantape.errors import DeliveryError, LoantapeError

Block = bytes | memoryview
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Units = np.ndarray[Any, np.dtype[np.uint16]]

BLOCK = 1 << 22  # bytes read at once
LEAST_FREE = 1 << 26  # bytes that stay free on the store's disk: its databases need some to go on
_WAITING = 2  # jobs that may wait beside; a ring has more buffers than jobs and readers together can hold
_BUFFERS = 5
_FLUSH_EVERY = 1 << 24  # bytes written between two flushes that run beside the writing
_HASH_EVERY = 1 << 24  # bytes hashed at once: few large jobs, for handing over costs much on a busy machine
_GATHERED = 1 << 22  # bytes written at once beside
_LOOK_EVERY = 1 << 26  # bytes written between two looks at the free space


class DiskFull(LoantapeError):
    """The store's disk has no room for the delivery: nothing was taken in, and another try after clearing helps."""

    retry_helps = True


class Ring:
    """Buffers used in turn: one is valid until ``_BUFFERS`` - 1 others have been asked for."""

    def __init__(self, size: int = BLOCK) -> None:
        self._size = size
        self._views: list[memoryview] = []
        self._at = -1

    def next(self) -> memoryview:
        """The buffer that was used longest ago."""
        if len(self._views) < _BUFFERS:
            self._views.append(memoryview(bytearray(self._size)))
            return self._views[-1]
        self._at = (self._at + 1) % _BUFFERS
        return self._views[self._at]


def read_blocks(handle: int, ring: Ring, at: int, end: int | None = None) -> Iterator[memoryview]:
    """The bytes of an open file from ``at`` to ``end`` (None: as far as it goes) in blocks of the ring's size.

    All blocks but the last are full. They end early when the file does. Raises OSError.
    """
    while end is None or at < end:
        buffer = ring.next()
        wanted = len(buffer) if end is None else min(len(buffer), end - at)
        have = 0
        while have < wanted and (got := os.preadv(handle, [buffer[have:wanted]], at + have)):
            have += got
        if have:
            yield buffer[:have]
        if have < wanted:
            return
        at += have


class Lane:
    """One thread that does jobs in the order given; a caller that is ``_WAITING`` jobs ahead waits."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._jobs: deque[Future[Any]] = deque()

    def close(self) -> None:
        """End the thread; jobs that wait are dropped."""
        self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[..., object], *arguments: object) -> None:
        """Do ``work`` beside. Raises what an earlier job raised."""
        while len(self._jobs) >= _WAITING:
            self._jobs.popleft().result()
        self._jobs.append(self._pool.submit(work, *arguments))

    def finish(self) -> None:
        """Wait for every job. Raises what one of them raised."""
        while self._jobs:
            self._jobs.popleft().result()

    def give_up(self) -> None:
        """Wait for the job under way and drop the others, whatever they raised."""
        for job in self._jobs:
            job.cancel()
        wait(self._jobs)
        self._jobs.clear()


class Lanes:
    """The three threads beside the main one: hashing, writing what was unpacked, flushing."""

    def __init__(self) -> None:
        self.hashing, self.writing, self.flushing = Lane(), Lane(), ThreadPoolExecutor(1)

    def close(self) -> None:
        """End the threads when what they are doing is done."""
        self.hashing.close()
        self.writing.close()
        self.flushing.shutdown()


class Written:
    """A new file that takes blocks until ``finish``. A block must stay as it is until as many more as wait have come.

    ``hashed`` says whether its SHA-256 is wanted; ``lines`` counts its lines; ``beside`` has both counting and writing
    done in the lane for it, which is worth it where the main thread unpacks.
    """

    def __init__(self, path: Path, lanes: Lanes, *, hashed: bool, lines: LineCount | None, beside: bool) -> None:
        """Raises FileExistsError, DiskFull or another OSError."""
        self.size = 0
        self._path, self._lanes, self._lines, self._beside = path, lanes, lines, beside
        self._digest = hashlib.sha256() if hashed else None
        self._held: list[Block] = []
        self._held_size = self._written = self._hashed = 0
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._flush: Future[None] | None = None
        self._unflushed = self._unlooked = 0

    def __enter__(self) -> Written:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:  # blocks of this file may still be under way, and the handle must outlive them
            self._lanes.writing.give_up()  # first: it gives the other work
            self._lanes.hashing.give_up()
            if self._flush:
                wait([self._flush])
        os.close(self._handle)

    def put(self, block: Block) -> None:
        """Take the next block."""
        self.size += len(block)
        if not self._beside:
            self._count_and_write([block])
            return
        self._held.append(block)
        self._held_size += len(block)
        # bytes stay as they are and may wait for others, a buffer is used again
        if self._held_size >= _GATHERED or not isinstance(block, bytes):
            self._hand_over()

    def _hand_over(self) -> None:
        blocks, self._held, self._held_size = self._held, [], 0
        self._lanes.writing.do(self._count_and_write, blocks)

    def finish(self) -> str:
        """Wait until everything is on the disk. Returns the SHA-256, empty where it is not wanted."""
        if self._held:
            self._hand_over()
        self._lanes.writing.finish()
        self._hash_to(self._written)
        self._lanes.hashing.finish()
        try:
            if self._flush:
                self._flush.result()
            os.fsync(self._handle)
        except OSError as wrong:
            refuse_full_disk(self._path, wrong)
            raise
        return self._digest.hexdigest() if self._digest else ""

    def _count_and_write(self, blocks: list[Block]) -> None:
        try:
            for block in blocks:
                if self._lines:
                    self._lines.take(block)
                left = memoryview(block)
                while left:
                    left = left[os.write(self._handle, left) :]
                self._written += len(block)
                self._unflushed += len(block)
                self._unlooked += len(block)
            if self._unflushed >= _FLUSH_EVERY and (self._flush is None or self._flush.done()):
                # the disk works while the next blocks are read, and the flush at the end has little left to do
                if self._flush:
                    self._flush.result()
                self._flush = self._lanes.flushing.submit(os.fdatasync, self._handle)
                self._unflushed = 0
        except OSError as wrong:
            refuse_full_disk(self._path, wrong)
            raise
        if self._written - self._hashed >= _HASH_EVERY:
            self._hash_to(self._written)
        if self._unlooked >= _LOOK_EVERY:
            refuse_little_room(self._path.parent, 0)
            self._unlooked = 0

    def _hash_to(self, end: int) -> None:
        """Have what was written since the last time hashed beside: what the file now holds, not what was meant."""
        if self._digest and end > self._hashed:
            self._lanes.hashing.do(self._hash, self._digest, self._hashed, end)
            self._hashed = end

    def _hash(self, digest: hashlib._Hash, start: int, end: int) -> None:
        page = start // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        with (
            mmap.mmap(self._handle, end - page, access=mmap.ACCESS_READ, offset=page) as held,
            memoryview(held) as view,
            view[start - page :] as new,
        ):
            digest.update(new)


def refuse_full_disk(path: Path, wrong: OSError) -> None:
    """Raise DiskFull when that is what an error met while ``path`` was written means."""
    if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
        raise _full(path.parent, path.name) from wrong


def refuse_little_room(folder: Path, needed: int) -> None:
    """Raise DiskFull unless ``needed`` bytes fit on the folder's disk and ``LEAST_FREE`` remain."""
    if shutil.disk_usage(folder).free < needed + LEAST_FREE:
        raise _full(folder, f"{needed:,} bytes" if needed else "the rest of the delivery")


def _full(folder: Path, what: str) -> DiskFull:
    return DiskFull(f"the disk of {folder} has no room for {what}", "free space on it, then receive the delivery again")


class LineCount:
    """Physical lines of a text that arrives in blocks: LF, CRLF and a lone CR end one; the last may lack its end.

    Counted on bytes, or on units of 16 bits for UTF-16. ``name`` is the file's, for errors.
    """

    def __init__(self, name: str, encoding: str) -> None:
        self._name = name
        self._unit = encoding.lower().replace("_", "-").removeprefix("utf-16")  # "", "-le", "-be" or another encoding
        self._wide = self._unit in ("", "-le", "-be")
        self._little = self._unit != "-be"
        self._marked = self._unit != ""  # plain utf-16 says its order with a mark, which is looked for once
        self._ends = 0
        self._odd = b""
        self._after_cr = False
        self._after_end = True  # an empty file has no line

    def take(self, block: Block) -> None:
        """Count a block's line ends. Raises DeliveryError for UTF-16 without a byte order mark."""
        if not self._wide:
            # read-only whatever the block is: the kernel is compiled once
            self._count(np.frombuffer(memoryview(block).toreadonly(), dtype=np.uint8))
            return
        if self._odd:
            block = self._odd + bytes(block)
        even = len(block) // 2 * 2
        self._odd = bytes(block[even:])
        if even:
            self._count_wide(np.frombuffer(memoryview(block).toreadonly(), dtype="<u2", count=even // 2))

    def lines(self) -> int:
        """Lines of everything taken so far."""
        return self._ends + (bool(self._odd) or not self._after_end)

    def _count(self, block: Bytes) -> None:
        if len(block):
            self._ends += int(count_line_ends(block, self._after_cr))
            self._after_cr, self._after_end = bool(block[-1] == 13), bool(block[-1] in (10, 13))

    def _count_wide(self, units: Units) -> None:
        if not self._marked:
            if units[0] not in (0xFEFF, 0xFFFE):
                raise DeliveryError(
                    f"{self._name} has no byte order mark, which utf-16 needs", "send it with the mark, as agreed"
                )
            self._little, self._marked = bool(units[0] == 0xFEFF), True
        lf, cr = (0x000A, 0x000D) if self._little else (0x0A00, 0x0D00)
        self._ends += int(count_unit_ends(units, np.uint16(lf), np.uint16(cr), self._after_cr))
        self._after_cr, self._after_end = bool(units[-1] == cr), bool(units[-1] in (lf, cr))


_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_LF = np.uint64(0x0A0A0A0A0A0A0A0A)
_CR = np.uint64(0x0D0D0D0D0D0D0D0D)
_EVEN = np.uint64(0x00FF00FF00FF00FF)
_SUM = np.uint64(0x0001000100010001)
_7, _8, _48, _56 = np.uint64(7), np.uint64(8), np.uint64(48), np.uint64(56)
_STRIP = 255  # words whose ends a byte can count


@kernel
def count_line_ends(block: Bytes, after_cr: bool) -> np.int64:
    """Line ends in a block of bytes (LF, CRLF, lone CR); ``after_cr`` says that the block before ended in a CR.

    Eight bytes at a time: a byte that equals LF or CR leaves its high bit, a LF that follows a CR takes it away again.
    """
    ends = np.int64(0)
    first = min(8, len(block))
    for i in range(first):
        ends += block[i] == 13 or (block[i] == 10 and not after_cr)
        after_cr = block[i] == 13
    whole = len(block) // 8
    words = block[: whole * 8].view(np.uint64)
    at = 1
    while at < whole:
        stop = min(at + _STRIP, whole)
        counted = np.uint64(0)
        for i in range(at, stop):
            lf, cr, before = words[i] ^ _LF, words[i] ^ _CR, words[i - 1] ^ _CR
            lf = ~(((lf & _LOW) + _LOW) | lf | _LOW)
            cr = ~(((cr & _LOW) + _LOW) | cr | _LOW)
            before = ~(((before & _LOW) + _LOW) | before | _LOW)
            counted += (cr | (lf & ~((cr << _8) | (before >> _56)))) >> _7
        ends += np.int64((((counted & _EVEN) + ((counted >> _8) & _EVEN)) * _SUM) >> _48)
        at = stop
    for i in range(max(first, whole * 8), len(block)):
        ends += block[i] == 13 or (block[i] == 10 and block[i - 1] != 13)
    return ends


@kernel
def count_unit_ends(units: Units, lf: np.uint16, cr: np.uint16, after_cr: bool) -> int:
    """The same in units of 16 bits, ``lf`` and ``cr`` being what the two look like in the order of their bytes."""
    ends = 0
    for i in range(len(units)):
        ends += (units[i] == lf) | (units[i] == cr)
    for i in range(1, len(units)):
        ends -= (units[i] == lf) & (units[i - 1] == cr)
    return ends - (1 if after_cr and len(units) and units[0] == lf else 0)
