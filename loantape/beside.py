"""Work on a stream of pieces in a thread of its own, beside whoever makes them.

Belongs here: hashing and writing that lets go of Python's lock, so that two cores are used. Imports nothing of ours, so
that regulators' folders may use it too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

Piece = bytes | memoryview
_AHEAD = 4  # pieces that may wait: whoever makes them waits for the slower work, and memory stays small


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
