"""Work on a stream of pieces in a thread of its own, beside whoever makes them.

Belongs here: hashing, writing and waiting for the disk, which let go of Python's lock, so that two cores are used.
Imports nothing of ours, so that regulators' folders may use it too.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

Piece = bytes | memoryview
_AHEAD = 4  # pieces that may wait: whoever makes them waits for the slower work, and memory stays small
_OFTEN = 0.1  # seconds between two looks at what can be sent to the disk


@contextmanager
def beside(work: Callable[[Piece], object]) -> Iterator[Callable[[Piece], None]]:
    """Yields what takes a piece; ``work`` sees them one at a time, in order, and has seen all when the block ends.

    What ``work`` raises is raised when a later piece is handed over, or when the block ends.
    """
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[object]] = deque()

        def hand_over(piece: Piece) -> None:
            if len(waiting) == _AHEAD:
                waiting.popleft().result()
            waiting.append(thread.submit(work, piece))

        yield hand_over
        for one in waiting:
            one.result()


@contextmanager
def sent_to_disk(path: Path) -> Iterator[None]:
    """What the block writes to ``path`` goes to the disk while more is written: at the end little is left to wait for.

    That it is all there in the end is not said: whoever needs it flushes the file.
    """
    ended = Event()

    def send() -> None:
        handle = None
        while not ended.wait(_OFTEN):
            if handle is None and path.exists():
                handle = os.open(path, os.O_RDONLY)
            if handle is not None:
                os.fdatasync(handle)
        if handle is not None:
            os.close(handle)

    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(send)
        try:
            yield
        finally:
            ended.set()
        sending.result()
