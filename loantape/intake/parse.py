"""Accepted lines as Arrow batches of typed columns, in file order, parsed on all cores.

Belongs here: dividing a file into pieces, giving the kernels their buffers, and what they leave as Arrow tables. Not
here: the kernels (``fields``, ``columns``), what happens to the batches (``reading``). Texts are views into the mapped
file: a value is copied for the first time when DuckDB stores it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loantape.declare import FileKind, FileLayout
from loantape.errors import LineLedgerMismatch
from loantape.intake import fields as f
from loantape.intake import scan
from loantape.intake import shapes as c
from loantape.intake.characters import UTF8, Bytes, Numbers
from loantape.intake.ledger import Ledger, mapped
from loantape.intake.plan import CellPlan
from loantape.progress import Task

_PIECE = 30 * scan.INDEX_EVERY  # lines; DuckDB's own row group has as many rows
_FIXED_ROWS = 1 << 14
_LISTED = 1 << 17  # failed texts and notes gathered per call of a kernel
_PATIENCE = 5.0  # seconds to wait for buffers before making more
_SPARE = 1 << 22  # bytes for texts that are not in the file as they are


@dataclass(frozen=True)
class Batch:
    """Some consecutive rows. ``fails`` and ``notes`` list texts by row (from 0) and cell; notes carry a code too."""

    rows: int
    values: pa.RecordBatch  # columns v0, v1, … of the plan's cells
    fails: pa.Table  # row, cell, text
    notes: pa.Table  # row, cell, text, code


def workers() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def schema_of(plan: CellPlan) -> pa.Schema:
    """The schema of every batch of a plan."""
    return pa.schema([(f"v{at}", kind) for at, kind in enumerate(plan.types)])


def parse_file(
    path: Path, layout: FileLayout, ledger: Ledger, fields: int, plan: CellPlan, task: Task
) -> Generator[Batch, None, None]:
    """The rows of a text file's accepted lines. ``fields`` is how many each line has; ``task`` advances in bytes.

    Raises LineLedgerMismatch when a line that the ledger accepts has other fields than it must.
    """
    data, forget = mapped(path)
    pieces = _pieces(ledger)
    threads = workers()
    longest = ledger.longest * (1 if ledger.encoding.family == UTF8 else 2)  # a character may grow in UTF-8
    rows = min(_PIECE, ledger.accepted) + c.BLOCK
    listed = max(min(_LISTED, 2 * rows * len(plan.targets)), 2 * c.BLOCK * len(plan.targets))
    buffers = _Buffers(plan, rows, _SPARE + longest * (1 + plan.widened), listed)
    with ThreadPoolExecutor(threads) as pool:
        running: deque[tuple[int, int, Future[list[Batch]]]] = deque()
        upcoming = iter(pieces)
        try:
            while True:
                while len(running) <= threads and (piece := next(upcoming, None)) is not None:
                    first, last, starts, ends = piece
                    settings = (layout, ledger, fields, plan, longest, buffers, path.name)
                    done = pool.submit(_parse_piece, data, starts, ends, *settings)
                    running.append((first, last, done))
                if not running:
                    return
                first, last, done = running.popleft()
                yield from done.result()
                task.advance(last - first)
                forget(first)
        finally:
            for _, _, done in running:
                done.cancel()


def parse_cells(texts: Sequence[pa.Array], plan: CellPlan) -> Batch:
    """The rows of columns of text without nulls, one array per cell of the plan, in its order."""
    rows = len(texts[0]) if texts else 0
    starts = np.empty((len(texts), rows), dtype=np.int64)
    ends = np.empty((len(texts), rows), dtype=np.int64)
    parts: list[Bytes] = []
    base = 0
    for at, array in enumerate(texts):
        _, offsets, content = array.buffers()
        places = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + rows + 1].astype(np.int64)
        if rows:
            part = np.frombuffer(content, dtype=np.uint8)[places[0] : places[-1]] if content else _NO_BYTES
            starts[at], ends[at] = places[:-1] - places[0] + base, places[1:] - places[0] + base
            parts.append(part)
            base += len(part)
    text = np.concatenate([*parts, _NO_BYTES])
    return _parse_cut(text, starts, ends, plan)


_NO_BYTES = np.empty(0, dtype=np.uint8)
_NO_NUMBERS = np.empty(0, dtype=np.int64)
_UNCUT = np.empty((0, 0), dtype=np.int64)


def _pieces(ledger: Ledger) -> Iterator[tuple[int, int, Numbers, Numbers]]:
    """The accepted byte ranges, divided at every ``_PIECE``-th line: (first byte, end byte, range starts, range
    ends).
    """
    kept = ledger.runs[:, scan.RUN_KIND] == scan.ACCEPTED
    starts = ledger.runs[kept, scan.RUN_BYTE].copy()
    ends = ledger.end_bytes()[kept].copy()
    if len(starts) and starts[0] == 0:
        starts[0] = ledger.mark
    borders = ledger.index[:: _PIECE // scan.INDEX_EVERY, 1]
    for at, first in enumerate(borders):
        last = borders[at + 1] if at + 1 < len(borders) else ledger.size
        low, high = np.searchsorted(ends, first, side="right"), np.searchsorted(starts, last, side="left")
        if low < high:
            yield (
                int(first),
                int(last),
                np.maximum(starts[low:high], first).astype(np.int64),
                np.minimum(ends[low:high], last).astype(np.int64),
            )


def _parse_piece(
    data: Bytes,
    starts: Numbers,
    ends: Numbers,
    layout: FileLayout,
    ledger: Ledger,
    fields: int,
    plan: CellPlan,
    longest: int,
    buffers: _Buffers,
    name: str,
) -> list[Batch]:
    if layout.kind is FileKind.FIXED:
        return _parse_fixed(data, starts, ends, layout, ledger, plan, name)
    if ledger.encoding.family != UTF8:
        encoding = ledger.encoding
        text = np.empty(int((ends - starts).sum()) * 2 + 8, dtype=np.uint8)  # latin-1 grows most: one byte to two
        written = f.decode_ranges(data, starts, ends, encoding.family, encoding.two, encoding.four, text)
        if written < 0:
            raise _mismatch(name)
        data, starts, ends = text, np.zeros(1, dtype=np.int64), np.array([written], dtype=np.int64)
    quote = ord(layout.quote) if layout.quote else -1
    delimiter = ord(layout.delimiter)
    classes = f.classes_of(delimiter)
    batches = []
    reached, at = 0, int(starts[0])
    while reached < len(starts):
        out = buffers.take()
        before = _references(out)
        out.counters[c.RANGE], out.counters[c.AT] = reached, at
        f.parse(
            data, starts, ends, classes, delimiter, quote, fields, longest, plan.widened, _UNCUT, _UNCUT, plan.plan, out
        )
        reached, origin, at = int(out.counters[c.RANGE]), at, int(out.counters[c.AT])
        if out.counters[c.STATUS] == f.WRONG or (out.counters[c.STATUS] == f.FULL and out.counters[c.ROW] == 0):
            raise _mismatch(name)
        batches.append(_batch(plan, out, data, origin, min(at, len(data))))
        buffers.give_back(out, before)
    return batches


def _parse_fixed(
    data: Bytes, starts: Numbers, ends: Numbers, layout: FileLayout, ledger: Ledger, plan: CellPlan, name: str
) -> list[Batch]:
    """Fixed-width lines: decoded field by field, a few thousand rows at a time."""
    places = np.array(
        [(target.column.at[0] - 1, target.column.at[1]) for target in plan.targets if target.column.at],
        dtype=np.int64,
    ).reshape(-1, 2)
    encoding = ledger.encoding
    cursor = np.array([0, starts[0]], dtype=np.int64)
    batches = []
    while cursor[0] < len(starts):
        text = np.empty(_FIXED_ROWS * int(places[:, 1].sum()) * 2 + 8, dtype=np.uint8)
        first = np.empty((len(places), _FIXED_ROWS), dtype=np.int64)
        last = np.empty((len(places), _FIXED_ROWS), dtype=np.int64)
        rows, written = f.cut_fixed(
            data, starts, ends, places, encoding.family, encoding.two, encoding.four, cursor, text, first, last
        )
        if rows < 0:
            raise _mismatch(name)
        if rows:
            batches.append(
                _parse_cut(
                    text[:written], np.ascontiguousarray(first[:, :rows]), np.ascontiguousarray(last[:, :rows]), plan
                )
            )
    return batches


def _parse_cut(text: Bytes, starts: Numbers, ends: Numbers, plan: CellPlan) -> Batch:
    """Rows whose fields are cut already: field i of ``starts`` and ``ends`` is cell i of the plan."""
    rows = starts.shape[1]
    room = len(plan.targets) * (rows + c.BLOCK)
    out = _out(plan, rows + c.BLOCK, len(text) * (1 + plan.widened) + 8, max(room, 1))
    none = _NO_NUMBERS
    f.parse(text, none, none, f.classes_of(-1), -1, -1, len(starts), 0, 0, starts, ends, plan.plan, out)
    return _batch(plan, out, text, 0, len(text))


class _Buffers:
    """Buffers that are used again once nothing refers to them any more: fresh memory costs as much as parsing does.

    A batch's Arrow arrays hold on to the arrays they were made of; when DuckDB has let go of a batch, so have they.
    """

    def __init__(self, plan: CellPlan, rows: int, scratch: int, listed: int) -> None:
        self._sizes = (plan, rows, scratch, listed)
        self._kept: list[tuple[c.Out, list[int]]] = []
        self._lock = threading.Lock()
        self._most = 2 * workers() + 4

    def take(self) -> c.Out:
        """Buffers that nobody else has, their counters at 0.

        Where many are in use, it waits for DuckDB to let go of some: parsing is faster than storing, and what is parsed
        ahead is memory. It waits a while and not for ever, since what DuckDB holds at once is its own business.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            with self._lock:
                for out, unused in self._kept:
                    if _references(out) == unused:
                        unused[0] = -1  # taken, until it is given back
                        out.counters[:] = 0
                        return out
                if len(self._kept) < self._most or time.monotonic() > until:
                    out = _out(*self._sizes)
                    self._kept.append((out, [-1]))
                    return out
            time.sleep(0.002)

    def give_back(self, out: c.Out, before: list[int]) -> None:
        """They may be taken again as soon as their arrays are referred to as often as they were ``before``."""
        with self._lock:
            for kept, unused in self._kept:
                if kept is out:
                    unused[:] = before


def _references(out: c.Out) -> list[int]:
    return [sys.getrefcount(array) for array in out]


def _out(plan: CellPlan, rows: int, scratch: int, listed: int) -> c.Out:
    """Fresh buffers. One column of each family at least: kernels take a slice before they know that they need none."""
    views = np.zeros((plan.outputs("views") or 1, rows, 4), dtype=np.int32)
    return c.Out(
        np.zeros((plan.outputs("fixed") or 1, rows), dtype=np.int64),
        np.zeros((plan.outputs("wide") or 1, rows, 2), dtype=np.int64),
        views,
        views.view(np.uint8).reshape(views.shape[0], rows * 16),
        np.zeros((len(plan.targets), rows), dtype=np.uint8),
        np.zeros((listed, 5), dtype=np.int64),
        np.zeros((2 * listed, 6), dtype=np.int64),
        np.zeros(scratch, dtype=np.uint8),
        np.zeros(c.COUNTERS, dtype=np.int64),
    )


def _batch(plan: CellPlan, out: c.Out, text: Bytes, first: int, last: int) -> Batch:
    """What a kernel left, as Arrow: the buffers themselves where their layout is Arrow's."""
    rows = int(out.counters[c.ROW])
    texts = [pa.py_buffer(text[first:last]), pa.py_buffer(out.scratch), pa.py_buffer(plan.canonical)]
    arrays = [_array(plan, out, at, rows, texts) for at in range(len(plan.targets))]
    fails = out.fails[: out.counters[c.FAILS]]
    notes = out.notes[: out.counters[c.NOTES]]
    return Batch(
        rows,
        pa.RecordBatch.from_arrays(arrays, schema=schema_of(plan)) if arrays else pa.record_batch({}),
        _listed(fails, text, out.scratch),
        _listed(notes, text, out.scratch),
    )


def _array(plan: CellPlan, out: c.Out, cell: int, rows: int, texts: Sequence[pa.Buffer]) -> pa.Array:
    family, slot = plan.slots[cell]
    kind = plan.types[cell]
    valid = out.valid[cell, :rows]
    nulls = rows - int(valid.sum())
    bits = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
    if family == "views":
        return pa.Array.from_buffers(kind, rows, [bits, pa.py_buffer(out.views[slot, :rows]), *texts], nulls)
    values: np.ndarray[Any, Any] = out.wide[slot, :rows] if family == "wide" else out.fixed[slot, :rows]
    if kind == pa.bool_():
        values = np.packbits(values.astype(np.uint8), bitorder="little")
    elif kind in (pa.int32(), pa.date32()):
        values = values.astype(np.int32)
    return pa.Array.from_buffers(kind, rows, [bits, pa.py_buffer(np.ascontiguousarray(values))], nulls)


def _listed(entries: Numbers, text: Bytes, scratch: Bytes) -> pa.Table:
    """Failed texts or notes as a table: row, cell, text, and the code of notes; in the order of rows, then cells."""
    order = np.lexsort((entries[:, 1], entries[:, 0]))
    entries = np.ascontiguousarray(entries[order])
    ends = np.cumsum(entries[:, 4])
    content = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    f.gather(text, scratch, entries, content)
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    texts = pa.LargeStringArray.from_buffers(len(entries), pa.py_buffer(offsets), pa.py_buffer(content))
    listed = pa.table({"row": entries[:, 0], "cell": entries[:, 1], "text": texts})
    return listed.append_column("code", pa.array(entries[:, 5])) if entries.shape[1] > 5 else listed


def _mismatch(name: str) -> LineLedgerMismatch:
    return LineLedgerMismatch(
        f"{name}: the parser does not find the fields in a line that the byte ledger counted",
        "nothing was stored; keep the file and report this",
    )
