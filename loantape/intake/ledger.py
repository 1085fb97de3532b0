"""The line ledger: what every physical line of a delivered file is, counted on its bytes before any parser sees them.

Belongs here: one file's lines as runs of header, accepted, rejected, blank and trailer, its line index, its SHA-256.
Not here: the compiled loops (``scan``), recognising a trailer (``trailer``), turning accepted lines into rows
(``reading``). LF, CRLF and a lone CR end a line, also inside quotes: one physical line is one record.
"""

from __future__ import annotations

import hashlib
import mmap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loantape.declare import FileKind, FileLayout
from loantape.errors import DeclarationError
from loantape.intake import scan
from loantape.intake.characters import UTF16LE, Bytes, Encoding, Numbers, encoding_of, mark_of, usual_name
from loantape.progress import Task

_WINDOW = 1 << 26  # bytes judged between two progress reports; finished windows leave memory
_AGAIN = 1 << 29  # bytes that may be touched again after they were let go: more than all batches in flight hold
_ROOM = 1 << 16  # runs and index entries gathered per call of the scanner


@dataclass(frozen=True)
class Ledger:
    """One file's lines, run by run, in file order.

    ``runs`` has the columns of ``scan.RUN_*``; a run ends where the next begins, the last at ``lines`` and ``size``.
    ``index`` holds (line, byte) of every ``scan.INDEX_EVERY``-th line, lines counted from 1.
    """

    size: int
    sha256: str
    encoding: Encoding
    mark: int  # bytes of the byte order mark, 0 without one
    lines: int
    counts: tuple[int, int, int, int, int]  # by kind, as scan.KINDS
    longest: int  # bytes of the longest line, without its end
    line_ends: tuple[int, int, int, int]  # LF, CRLF, lone CR, none (the last line of a file)
    odd_line: int  # the first line that ends in another way than the first line; 0 when none does
    runs: Numbers
    index: Numbers

    @property
    def accepted(self) -> int:
        """Lines that become rows."""
        return self.counts[scan.ACCEPTED]

    @property
    def records(self) -> int:
        """Lines that were meant as rows: accepted and rejected."""
        return self.accepted + self.counts[scan.REJECTED]

    def last_lines(self) -> Numbers:
        """The last line of each run, inclusive."""
        return np.append(self.runs[1:, scan.RUN_LINE] - 1, self.lines)[: len(self.runs)]

    def end_bytes(self) -> Numbers:
        """The end of each run, exclusive."""
        return np.append(self.runs[1:, scan.RUN_BYTE], self.size)[: len(self.runs)]


def build_ledger(path: Path, layout: FileLayout, columns: int, task: Task) -> Ledger:
    """Judge every line of a text file: fields as many as ``columns`` (or bytes as the fixed record has), quotes as the
    layout allows, bytes as its encoding.

    ``task`` advances in bytes. The file may be larger than memory. Raises DeclarationError for an encoding, delimiter
    or quote that cannot be scanned for.
    """
    name = usual_name(layout.encoding)
    data, forget = mapped(path)
    mark = mark_of(bytes(data[:4]), name)
    encoding = encoding_of(name, mark)
    settings, cuts = _settings(layout, columns, encoding, len(mark))
    state = np.zeros(scan.STATE_SLOTS, dtype=np.int64)
    runs, index = _Gathered(5), _Gathered(2)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(sha256_of, path)
        _judge_all(data, settings, cuts, encoding, state, runs, index, forget, task)
        sha256 = digest.result()
    ends = state[[scan.LF, scan.CRLF, scan.CR, scan.UNENDED]].tolist()
    return Ledger(
        len(data),
        sha256,
        encoding,
        len(mark),
        int(state[scan.LINES]),
        tuple(state[scan.COUNTS : scan.COUNTS + len(scan.KINDS)].tolist()),
        int(state[scan.LONGEST]),
        (ends[0], ends[1], ends[2], ends[3]),
        int(state[scan.ODD_LINE]),
        runs.all(),
        index.all(),
    )


def refuse_unscannable(layout: FileLayout) -> None:
    """Raise DeclarationError for a text layout whose encoding, delimiter, quote or places cannot be read."""
    name = usual_name(layout.encoding)
    if layout.kind is FileKind.FIXED:
        if name.startswith("utf-16") or any(column.at is None for column in layout.columns):
            raise DeclarationError(
                f"the fixed-width layout {layout.pattern} is in UTF-16 or has a column without a place",
                "declare `at=(first byte, length)` for each column and an encoding of single bytes",
            )
        return
    for what, text in (("delimiter", layout.delimiter), ("quote", layout.quote)):
        if text is not None and (len(text) != 1 or not text.isascii() or text in "\r\n\0"):
            raise DeclarationError(
                f"the {what} of {layout.pattern} is not one ASCII character", "declare one that is no line end"
            )
    if layout.delimiter == layout.quote:
        raise DeclarationError(f"{layout.pattern} has one character as delimiter and quote", "declare two")


def mapped(path: Path) -> tuple[Bytes, Forget]:
    """A file's bytes as an array that is read in as it is touched, and a way to let go of the part that is done.

    The mapping closes when the array is no longer referred to. It is private to this process and nothing writes to it;
    but an array that could be written to has the type of every other buffer, so kernels are compiled once.
    """
    if path.stat().st_size == 0:
        return np.empty(0, dtype=np.uint8), Forget(None)
    with path.open("rb") as reading:
        mapping = mmap.mmap(reading.fileno(), 0, access=mmap.ACCESS_COPY)
    return np.frombuffer(mapping, dtype=np.uint8), Forget(mapping)


class Forget:
    """Tells the system that the bytes before a position are no longer needed, so that memory stays flat.

    Whoever stores texts that are views into the mapping may still touch bytes that were let go: they are read in again.
    So the stretch before the last position is let go once more, else the file would pile up in memory after all.
    """

    def __init__(self, mapping: mmap.mmap | None) -> None:
        self._mapping, self._done = mapping, 0

    def __call__(self, position: int) -> None:
        whole = position // mmap.PAGESIZE * mmap.PAGESIZE
        if self._mapping is not None and whole - self._done >= _WINDOW:
            start = max(0, self._done - _AGAIN)
            self._mapping.madvise(mmap.MADV_DONTNEED, start, whole - start)
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


def _settings(layout: FileLayout, columns: int, encoding: Encoding, mark: int) -> tuple[Numbers, Numbers]:
    """What the scanner is told: its settings, and the places where fixed-width columns begin or end."""
    refuse_unscannable(layout)
    settings = np.full(scan.SETTING_SLOTS, -1, dtype=np.int64)
    settings[scan.COLUMNS] = columns
    settings[scan.HAS_HEADER] = layout.header
    settings[scan.MARK] = mark
    settings[scan.FAMILY] = encoding.family
    cuts: dict[int, int] = {}
    if layout.kind is FileKind.FIXED:
        places = sorted({column.at for column in layout.columns if column.at})
        settings[scan.RECORD] = record_length(layout)
        for first, length in places:  # where one ends and the next begins, the next is named
            cuts.setdefault(first - 1 + length, first)
        for first, _ in places:
            cuts[first - 1] = first
    else:
        settings[scan.DELIMITER] = ord(layout.delimiter)
        settings[scan.QUOTE] = ord(layout.quote) if layout.quote else -1
    return settings, np.array(sorted(cuts.items()), dtype=np.int64).reshape(-1, 2)


def record_length(layout: FileLayout) -> int:
    """Bytes of a fixed-width record: up to its last declared byte."""
    return max(column.at[0] - 1 + column.at[1] for column in layout.columns if column.at)


def _judge_all(
    data: Bytes,
    settings: Numbers,
    cuts: Numbers,
    encoding: Encoding,
    state: Numbers,
    runs: _Gathered,
    index: _Gathered,
    forget: Forget,
    task: Task,
) -> None:
    classes = scan.byte_classes(int(settings[scan.DELIMITER]), int(settings[scan.QUOTE]), encoding.family)
    tables = (encoding.two, encoding.four)
    scratch = np.empty(scan.LONGEST_LINE * 3 // 2 + 8 if encoding.unit == 2 else 0, dtype=np.uint8)
    while state[scan.POSITION] < len(data):
        before = int(state[scan.POSITION])
        if encoding.unit == 2:
            low = int(encoding.family == UTF16LE)
            stop = before + _WINDOW
            scan.scan_wide(data, stop, settings, *tables, state, runs.buffer, index.buffer, scratch, low)
        else:
            scan.scan(data, before + _WINDOW, classes, settings, cuts, *tables, state, runs.buffer, index.buffer)
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


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, read in pieces."""
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()
