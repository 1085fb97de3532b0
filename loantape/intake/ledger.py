"""The line ledger: what every physical line of a delivered file is, counted on its bytes before any CSV parser.

Belongs here: one file's lines as runs of header, accepted, rejected and blank, its line index, its SHA-256. Not here:
the compiled loops (``scan``) and turning accepted lines into rows (``reading``). LF, CRLF and a lone CR end a line,
also inside quotes: one physical line is one record.
"""

from __future__ import annotations

import hashlib
import mmap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loantape.declare import FileLayout
from loantape.errors import DeclarationError
from loantape.intake import scan
from loantape.intake.scan import Bytes, Numbers
from loantape.progress import Task

_WINDOW = 1 << 26  # bytes judged between two progress reports; finished windows leave memory
_ROOM = 1 << 16  # runs and index entries gathered per call of the scanner
_BOMS = {"utf-8": b"\xef\xbb\xbf", "gb18030": b"\x84\x31\x95\x33"}
ENCODINGS = tuple(_BOMS)


@dataclass(frozen=True)
class Ledger:
    """One file's lines, run by run, in file order.

    ``runs`` has the columns of ``scan.RUN_*``; a run ends where the next begins, the last at ``lines`` and ``size``.
    ``index`` holds (line, byte) of every ``scan.INDEX_EVERY``-th line, lines counted from 1.
    """

    size: int
    sha256: str
    encoding: str
    has_bom: bool
    lines: int
    counts: tuple[int, int, int, int]  # header, accepted, rejected, blank
    longest: int  # bytes of the longest line, without its end
    line_ends: tuple[int, int, int, int]  # LF, CRLF, lone CR, none (the last line of a file)
    runs: Numbers
    index: Numbers

    @property
    def accepted(self) -> int:
        """Lines that become rows."""
        return self.counts[scan.ACCEPTED]

    def last_lines(self) -> Numbers:
        """The last line of each run, inclusive."""
        return np.append(self.runs[1:, scan.RUN_LINE] - 1, self.lines)[: len(self.runs)]

    def end_bytes(self) -> Numbers:
        """The end of each run, exclusive."""
        return np.append(self.runs[1:, scan.RUN_BYTE], self.size)[: len(self.runs)]

    def is_plain(self) -> bool:
        """DuckDB's reader can take the file as it is: UTF-8, every line header or accepted and ended by LF.

        CRLF is not plain: told ``new_line = '\\r\\n'``, DuckDB 1.5.5 returns no rows and no error.
        """
        _, crlf, cr, _ = self.line_ends
        return self.encoding == "utf-8" and self.counts[scan.REJECTED] == self.counts[scan.BLANK] == crlf == cr == 0


def header_line(path: Path, encoding: str, limit: int = 1 << 20) -> bytes:
    """The bytes of a file's first line, without BOM and line end; at most ``limit`` of them are looked at."""
    with path.open("rb") as reading:
        start = reading.read(limit).removeprefix(_BOMS[encoding])
    return start.replace(b"\r", b"\n").split(b"\n", 1)[0]


def build_ledger(path: Path, layout: FileLayout, columns: int, task: Task) -> Ledger:
    """Judge every line of a file: fields as many as ``columns``, quotes as the layout allows, bytes as its encoding.

    ``task`` advances in bytes. The file may be larger than memory. Raises DeclarationError for an encoding, delimiter
    or quote that cannot be scanned for.
    """
    encoding = scannable(layout)
    size = path.stat().st_size
    state = np.zeros(scan.STATE_SLOTS, dtype=np.int64)
    runs, index = _Gathered(5), _Gathered(2)
    data, forget = mapped(path)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_sha256, path)
        _judge_all(data, layout, columns, encoding, state, runs, index, forget, task)
        has_bom = bytes(data[:4]).startswith(_BOMS[encoding])
        sha256 = digest.result()
    counts = state[scan.COUNTS : scan.COUNTS + 4].tolist()
    ends = state[[scan.LF, scan.CRLF, scan.CR, scan.UNENDED]].tolist()
    return Ledger(
        size,
        sha256,
        encoding,
        has_bom,
        int(state[scan.LINES]),
        (counts[0], counts[1], counts[2], counts[3]),
        int(state[scan.LONGEST]),
        (ends[0], ends[1], ends[2], ends[3]),
        runs.all(),
        index.all(),
    )


def scannable(layout: FileLayout) -> str:
    """The layout's encoding in its usual name. Raises DeclarationError for a layout that cannot be scanned."""
    encoding = layout.encoding.lower().replace("utf8", "utf-8")
    for name, text in (("delimiter", layout.delimiter), ("quote", layout.quote)):
        if text is not None and (len(text) != 1 or not text.isascii() or text in "\r\n\0"):
            raise DeclarationError(
                f"the {name} of {layout.pattern} is not one ASCII character", "declare one that is no line end"
            )
    if encoding not in ENCODINGS:
        raise DeclarationError(f"{layout.pattern} declares the encoding {layout.encoding!r}", f"use one of {ENCODINGS}")
    return encoding


def mapped(path: Path) -> tuple[Bytes, Forget]:
    """A file's bytes as an array that is read in as it is touched, and a way to let go of the part that is done.

    The mapping closes when the array is no longer referred to.
    """
    if path.stat().st_size == 0:
        return np.empty(0, dtype=np.uint8), Forget(None)
    with path.open("rb") as reading:
        mapping = mmap.mmap(reading.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(mapping, dtype=np.uint8), Forget(mapping)


class Forget:
    """Tells the system that the bytes before a position are no longer needed, so that memory stays flat."""

    def __init__(self, mapping: mmap.mmap | None) -> None:
        self._mapping, self._done = mapping, 0

    def __call__(self, position: int) -> None:
        whole = position // mmap.PAGESIZE * mmap.PAGESIZE
        if self._mapping is not None and whole - self._done >= _WINDOW:
            self._mapping.madvise(mmap.MADV_DONTNEED, self._done, whole - self._done)
            self._done = whole


class _Gathered:
    """Rows handed over by the scanner, buffer by buffer."""

    def __init__(self, columns: int) -> None:
        self.buffer = np.zeros((_ROOM, columns), dtype=np.int64)
        self._full: list[Numbers] = []

    def take(self, rows: int) -> None:
        self._full.append(self.buffer[:rows].copy())

    def all(self) -> Numbers:
        return np.concatenate([*self._full, self.buffer[:0]])


def _judge_all(
    data: Bytes,
    layout: FileLayout,
    columns: int,
    encoding: str,
    state: Numbers,
    runs: _Gathered,
    index: _Gathered,
    forget: Forget,
    task: Task,
) -> None:
    delimiter, quote = ord(layout.delimiter), ord(layout.quote) if layout.quote else -1
    gb = encoding == "gb18030"
    two, four = scan.gb18030_tables() if gb else (np.zeros(1, dtype=np.uint8), np.zeros(1, dtype=np.uint8))
    classes = scan.byte_classes(delimiter, quote)
    while state[scan.POSITION] < len(data):
        before = int(state[scan.POSITION])
        scan.scan(
            data,
            before + _WINDOW,
            classes,
            delimiter,
            quote,
            columns,
            gb,
            two,
            four,
            state,
            runs.buffer,
            index.buffer,
        )
        _hand_over(state, runs, index)
        forget(int(state[scan.POSITION]))
        task.advance(int(state[scan.POSITION]) - before)
    runs.take(int(state[scan.RUNS]))


def _hand_over(state: Numbers, runs: _Gathered, index: _Gathered) -> None:
    """Keep what the scanner found; the last run stays in the buffer, where the next call may go on with it."""
    open_run = int(state[scan.RUNS]) - 1
    runs.take(open_run)
    runs.buffer[0] = runs.buffer[open_run]
    state[scan.RUNS] = 1
    index.take(int(state[scan.INDEXED]))
    state[scan.INDEXED] = 0


def _sha256(path: Path) -> str:
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()
