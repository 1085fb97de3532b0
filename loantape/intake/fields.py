"""From lines to fields: compiled kernels that cut lines into fields and have them parsed, block by block.

Belongs here: where fields begin and end, in delimited and fixed-width lines. Not here: columns (``columns``), buffers
as tables (``parse``). A block of rows is cut first and then parsed while its bytes are in the processor's cache.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import kernel
from loantape.intake.characters import Bytes, Numbers, Points, to_utf8
from loantape.intake.columns import marks_of, parse_block
from loantape.intake.shapes import AT, BLOCK, FAILS, IN_SCRATCH, NOTES, RANGE, ROW, SCRATCH, STATUS, Out, Plan
from loantape.intake.values import CONTROL, ENDS, HIGH

# Why a call came back.
DONE, FULL, WRONG = range(3)  # all ranges are read; there is no more room; a line is not what the ledger says
FURTHEST = 1 << 30  # bytes from the first line of a batch: views hold 31-bit offsets


def classes_of(delimiter: int) -> Bytes:
    """What each byte value means while fields are cut."""
    classes = np.zeros(256, dtype=np.uint8)
    classes[:32] = CONTROL
    classes[127] = CONTROL
    classes[128:] = HIGH
    classes[10] = classes[13] = ENDS
    if delimiter >= 0:
        classes[delimiter] = ENDS
    return classes


@kernel
def _cut(
    data: Bytes,
    at: int,
    limit: int,
    classes: Bytes,
    delimiter: int,
    quote: int,
    fields: int,
    row: int,
    starts: Numbers,
    ends: Numbers,
    marks: Bytes,
    scratch: Bytes,
    counters: Numbers,
) -> int:
    """Cut the line at ``at`` into its fields; returns the start of the next line, -1 if the line is not as it must
    be.
    """
    field = 0
    while True:
        mark = 0
        if field == fields:
            return -1
        if quote >= 0 and at < limit and data[at] == quote:
            at += 1
            start = at
            doubled = False
            while True:
                if at >= limit:
                    return -1
                if data[at] == quote:
                    if at + 1 < limit and data[at + 1] == quote:
                        doubled = True
                        at += 1
                    else:
                        break
                at += 1
            end = at
            at += 1
            if at < limit and not classes[data[at]] & ENDS:
                return -1
            mark = marks_of(data, start, end)
            if doubled:
                written = counters[SCRATCH]
                first = written
                k = start
                while k < end:
                    scratch[written] = data[k]
                    written += 1
                    k += 2 if data[k] == quote else 1
                counters[SCRATCH] = written
                start, end = first, written
                mark |= IN_SCRATCH
        else:
            start = at
            while at < limit:
                meaning = classes[data[at]]
                if meaning & ENDS:
                    break
                mark |= meaning
                at += 1
            end = at
        starts[field, row] = start
        ends[field, row] = end
        marks[field, row] = mark
        field += 1
        if at < limit and data[at] == delimiter:
            at += 1
            continue
        if field != fields:
            return -1
        if at < limit:
            at += 2 if data[at] == 13 and at + 1 < limit and data[at + 1] == 10 else 1
        return at


@kernel
def parse(
    data: Bytes,
    range_starts: Numbers,
    range_ends: Numbers,
    classes: Bytes,
    delimiter: int,
    quote: int,
    fields: int,
    longest: int,
    widened: int,
    cut_starts: Numbers,
    cut_ends: Numbers,
    plan: Plan,
    out: Out,
) -> None:
    """Parse lines into ``out`` until they are done or there is no more room.

    Lines are those of the byte ranges, cut here, or, without ranges, the rows of ``cut_starts`` and ``cut_ends``
    (fields, rows), cut already. ``longest`` is the most bytes a line has, ``widened`` how many columns may be copied to
    the scratch buffer. Where it came to stands in ``out.counters``; a status of WRONG means that a line has not the
    fields that the ledger counted.
    """
    counters = out.counters
    starts = np.empty((fields, BLOCK), dtype=np.int64)
    ends = np.empty((fields, BLOCK), dtype=np.int64)
    marks = np.empty((fields, BLOCK), dtype=np.uint8)
    spare = np.empty((2, BLOCK), dtype=np.int64)
    spare_marks = np.empty(BLOCK, dtype=np.uint8)
    todo = np.empty(BLOCK, dtype=np.uint8)
    cells = len(plan.cells)
    capacity = out.valid.shape[1]
    origin = counters[AT]
    counters[STATUS] = DONE
    while True:
        rows = 0
        taken = 0  # bytes of the block
        base = counters[ROW]
        room = (
            base + BLOCK <= capacity
            and counters[FAILS] + BLOCK * cells <= len(out.fails)
            and counters[NOTES] + 2 * BLOCK * cells <= len(out.notes)
            and counters[AT] - origin < FURTHEST
        )
        if not room:
            counters[STATUS] = FULL
            return
        if len(range_starts) == 0:
            rows = min(BLOCK, cut_starts.shape[1] - base)
            for field in range(fields):
                for r in range(rows):
                    start, end = cut_starts[field, base + r], cut_ends[field, base + r]
                    starts[field, r], ends[field, r] = start, end
                    marks[field, r] = marks_of(data, start, end)
        while rows < BLOCK and counters[RANGE] < len(range_starts):
            at = counters[AT]
            if counters[SCRATCH] + (taken + longest) * (1 + widened) > len(out.scratch):
                break
            if at >= range_ends[counters[RANGE]]:
                counters[RANGE] += 1
                if counters[RANGE] < len(range_starts):
                    counters[AT] = range_starts[counters[RANGE]]
                    if counters[AT] - origin >= FURTHEST:
                        break
                continue
            limit = range_ends[counters[RANGE]]
            after = _cut(
                data, at, limit, classes, delimiter, quote, fields, rows, starts, ends, marks, out.scratch, counters
            )
            if after < 0:
                counters[STATUS] = WRONG
                return
            taken += after - at
            counters[AT] = after
            rows += 1
        if rows == 0:
            if counters[RANGE] < len(range_starts):
                counters[STATUS] = FULL
            return
        parse_block(data, origin, starts, ends, marks, rows, base, plan, out, spare, spare_marks, todo)
        counters[ROW] = base + rows


@kernel
def cut_fixed(
    data: Bytes,
    range_starts: Numbers,
    range_ends: Numbers,
    places: Numbers,
    family: int,
    two: Points,
    four: Points,
    cursor: Numbers,
    text: Bytes,
    starts: Numbers,
    ends: Numbers,
) -> tuple[int, int]:
    """Decode fixed-width records into ``text``, each column without the spaces around it; (rows, bytes written).

    ``places`` are (first byte from 0, length) per field; ``cursor`` (range, byte) is moved on. Rows is -1 when a record
    does not decode: the ledger said it does.
    """
    rows = written = 0
    while cursor[0] < len(range_starts) and rows < starts.shape[1]:
        at = cursor[1]
        limit = range_ends[cursor[0]]
        if at >= limit:
            cursor[0] += 1
            if cursor[0] < len(range_starts):
                cursor[1] = range_starts[cursor[0]]
            continue
        end = at
        while end < limit and data[end] != 10 and data[end] != 13:
            end += 1
        for field in range(len(places)):
            first = at + places[field, 0]
            last = first + places[field, 1]
            if last > end:
                return -1, 0
            while first < last and data[first] == 0x20:
                first += 1
            while first < last and data[last - 1] == 0x20:
                last -= 1
            starts[field, rows] = written
            reached, written = to_utf8(data, first, last, family, two, four, text, written)
            if reached != last:
                return -1, 0
            ends[field, rows] = written
        rows += 1
        cursor[1] = end
        if end < limit:
            cursor[1] += 2 if data[end] == 13 and end + 1 < limit and data[end + 1] == 10 else 1
    return rows, written


@kernel
def decode_ranges(
    data: Bytes, range_starts: Numbers, range_ends: Numbers, family: int, two: Points, four: Points, out: Bytes
) -> int:
    """Decode byte ranges of whole lines into ``out``, one after the other; bytes written, -1 if one does not decode."""
    written = 0
    for k in range(len(range_starts)):
        reached, written = to_utf8(data, range_starts[k], range_ends[k], family, two, four, out, written)
        if reached != range_ends[k]:
            return -1
        if k + 1 < len(range_starts) and written and out[written - 1] != 10 and out[written - 1] != 13:
            return -1
    return written


@kernel
def gather(text: Bytes, scratch: Bytes, entries: Numbers, out: Bytes) -> None:
    """Copy the texts that ``entries`` (row, cell, in scratch, start, length, …) name into ``out``, one after the
    other.
    """
    written = 0
    for k in range(len(entries)):
        start = entries[k, 3]
        for at in range(start, start + entries[k, 4]):
            out[written] = scratch[at] if entries[k, 2] else text[at]
            written += 1
