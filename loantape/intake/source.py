"""What DuckDB's CSV reader is given: the original where it is plain, otherwise its accepted lines through a pipe.

Belongs here: the reader's options and the pipe. Not here: what columns mean (``typed``). The pipe exists so that no
cleaned copy, which would hold raw identifiers, is ever written to a disk.
"""

from __future__ import annotations

import codecs
import errno
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from loantape.declare import FileLayout
from loantape.intake import scan
from loantape.intake.ledger import Ledger, mapped
from loantape.intake.typed import literal

_BLOCK = 1 << 22
_SMALLEST_LINE_LIMIT = 1 << 21  # DuckDB's default for max_line_size
_GROWTH = 2  # a GB18030 character of two bytes becomes three in UTF-8


@contextmanager
def rows_of(path: Path, layout: FileLayout, ledger: Ledger, columns: int) -> Iterator[str]:
    """SQL that yields a file's accepted lines, in file order, as VARCHAR columns ``c0``, ``c1``, …; usable once.

    An empty cell is null. Nothing is guessed: dialect, names and types are given, and no row may be skipped.
    """
    if ledger.is_plain():
        yield _read_csv(path, layout, ledger, columns, skip=1)
        return
    with _pipe(path, ledger) as pipe:
        yield _read_csv(pipe, layout, ledger, columns, skip=0)


def _read_csv(path: Path, layout: FileLayout, ledger: Ledger, columns: int, *, skip: int) -> str:
    quote = literal(layout.quote or "")
    names = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(columns))
    longest = max(_SMALLEST_LINE_LIMIT, ledger.longest * _GROWTH + 64)
    return (
        f"read_csv({literal(str(path))}, columns = {{{names}}}, auto_detect = false, header = false, skip = {skip}, "
        f"delim = {literal(layout.delimiter)}, quote = {quote}, escape = {quote}, new_line = '\\n', "
        f"strict_mode = true, null_padding = false, ignore_errors = false, compression = 'none', "
        f"max_line_size = {longest}, buffer_size = {longest * 16})"
    )


@contextmanager
def _pipe(path: Path, ledger: Ledger) -> Iterator[Path]:
    """A named pipe through which the accepted lines flow, in UTF-8, each ended by LF, to one reader."""
    with tempfile.TemporaryDirectory(prefix="loantape-") as folder:
        pipe = Path(folder) / "lines.csv"
        os.mkfifo(pipe, 0o600)
        stop = threading.Event()
        failures: list[BaseException] = []
        writer = threading.Thread(target=_feed, args=(pipe, path, ledger, stop, failures), daemon=True)
        writer.start()
        try:
            yield pipe
        finally:
            stop.set()
            writer.join()
        if failures:
            raise failures[0]


def _feed(pipe: Path, path: Path, ledger: Ledger, stop: threading.Event, failures: list[BaseException]) -> None:
    handle = _open_for_writing(pipe, stop)
    if handle is None:
        return
    try:
        os.set_blocking(handle, True)
        for block in accepted_lines(path, ledger):
            left = memoryview(block)
            while left:
                left = left[os.write(handle, left) :]
    except BrokenPipeError:
        return  # the reader gave up and says why itself
    except (OSError, UnicodeError) as wrong:
        failures.append(wrong)
    finally:
        os.close(handle)


def _open_for_writing(pipe: Path, stop: threading.Event) -> int | None:
    """Wait for the reader without hanging when it never comes."""
    while not stop.is_set():
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as wrong:
            if wrong.errno != errno.ENXIO:
                raise
            time.sleep(0.001)
    return None


def accepted_lines(path: Path, ledger: Ledger) -> Iterator[bytes]:
    """The accepted lines of a file, in order, as blocks of UTF-8 with every line ended by LF."""
    data, forget = mapped(path)
    kept = ledger.runs[:, scan.RUN_KIND] == scan.ACCEPTED
    starts = np.ascontiguousarray(ledger.runs[kept, scan.RUN_BYTE])
    ends = np.ascontiguousarray(ledger.end_bytes()[kept])
    if not len(starts):
        return
    out = np.empty(_BLOCK, dtype=np.uint8)
    cursor = np.array([0, starts[0], 0], dtype=np.int64)
    decoder = None if ledger.encoding == "utf-8" else codecs.getincrementaldecoder(ledger.encoding)("strict")
    while cursor[0] < len(starts):
        block = out[: scan.compact(data, starts, ends, cursor, out)].tobytes()
        forget(int(cursor[1]))
        yield decoder.decode(block).encode() if decoder else block
    if decoder:
        decoder.decode(b"", final=True)
