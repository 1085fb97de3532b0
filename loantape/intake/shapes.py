"""What the parsing kernels share: kinds of cells, the plan they follow, the buffers they fill.

Belongs here: names of slots and the two tuples of arrays. Not here: any loop (``columns``, ``fields``), filling the
plan (``plan``), owning the buffers (``parse``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from loantape.intake.characters import Bytes, Numbers

# Kinds of cells.
TEXT, KEPT, IDENTIFIER, INTEGER, NARROW, WIDE, DATE, STAMP, FLAG, CODE = range(10)
# Columns of the plan's cells.
KIND, SLOT, FIELD, TRIM, FULL_WIDTH, EMPTY_IS_NULL, EMPTY_FIRST, EMPTY_LAST = range(8)
LONGEST_TEXT, POINT, GROUP, SCALE, NOISE, DIGITS, SHIFT, FIRST, LAST = range(8, 17)
CELL_SLOTS = 17
# Counters carried from call to call.
ROW, RANGE, AT, FAILS, NOTES, SCRATCH, STATUS = range(7)
COUNTERS = 7

IN_SCRATCH = 8  # the field's text is in the scratch buffer
BLOCK = 128  # rows cut before they are parsed
FULL_WIDTH_NOTE, BLANKS_NOTE = 13, 14

Views = np.ndarray[Any, np.dtype[np.int32]]


class Plan(NamedTuple):
    """What the kernels know of a table's columns: see ``plan``."""

    cells: Numbers  # one row per cell, columns as above
    pool: Bytes  # the texts that cells are compared with
    starts: Numbers
    ends: Numbers
    values: Numbers  # what a Flag's text means
    views: Views  # int32 (texts, 4): what a Code's text means, as an Arrow view into buffer 2
    forms: Numbers  # (first, last) rows of ``operations`` per written form
    operations: Numbers


class Out(NamedTuple):
    """Buffers of one batch, one row of each per column; filled up to ``counters[ROW]``."""

    fixed: Numbers  # (columns, rows)
    wide: Numbers  # (columns, rows, 2)
    views: Views  # int32 (columns, rows, 4)
    inline: Bytes  # the same memory as bytes (columns, rows * 16)
    valid: Bytes  # (cells, rows)
    fails: Numbers  # (row, cell, in scratch, start, length)
    notes: Numbers  # (row, cell, in scratch, start, length, code)
    scratch: Bytes
    counters: Numbers
