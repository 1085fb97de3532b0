"""From fields to typed columns: compiled kernels that parse a block of cut rows, one column after the other.

Belongs here: filling column buffers laid out as Arrow has them, and listing what does not parse. Not here: one value
(``values``), which form a column has (``plan``), where fields begin and end (``fields``). Each inner loop has one form.
"""

from __future__ import annotations

from loantape.compiled import kernel
from loantape.intake.characters import Bytes, Numbers
from loantape.intake.shapes import (
    BLANKS_NOTE,
    CODE,
    DATE,
    DIGITS,
    EMPTY_FIRST,
    EMPTY_IS_NULL,
    EMPTY_LAST,
    FAILS,
    FIELD,
    FIRST,
    FLAG,
    FULL_WIDTH,
    FULL_WIDTH_NOTE,
    GROUP,
    IDENTIFIER,
    IN_SCRATCH,
    INTEGER,
    KIND,
    LAST,
    LONGEST_TEXT,
    NARROW,
    NOISE,
    NOTES,
    POINT,
    SCALE,
    SCRATCH,
    SHIFT,
    SLOT,
    STAMP,
    TEXT,
    TRIM,
    WIDE,
    Out,
    Plan,
    Views,
)
from loantape.intake.values import (
    C1,
    CONTROL,
    HIGH,
    WIDE_ANY,
    WIDE_FORM,
    characters_in,
    choice,
    inspect,
    integer,
    is_identifier,
    moment,
    narrow,
    number,
    white_at,
    white_before,
)
from loantape.intake.views import put_view


@kernel
def marks_of(text: Bytes, start: int, end: int) -> int:
    """HIGH and CONTROL of a stretch of text, whatever its delimiter."""
    found = 0
    for at in range(start, end):
        byte = text[at]
        if byte >= 0x80:
            found |= HIGH
        elif byte < 0x20 or byte == 0x7F:
            found |= CONTROL
    return found


@kernel
def _wide_value(high: int, low: int) -> tuple[int, int]:
    """``high * 10**18 + low``, both not negative, as the two halves of a 128-bit number (low, high)."""
    mask = (1 << 30) - 1
    a0, a1 = high & mask, high >> 30
    b0, b1 = 10**18 & mask, 10**18 >> 30
    t = a0 * b0 + low
    u = a0 * b1 + a1 * b0 + (t >> 30)
    v = a1 * b1 + (u >> 30)
    return (v & 15) << 60 | (u & mask) << 30 | (t & mask), v >> 4


@kernel
def _prepare(
    text: Bytes, starts: Numbers, ends: Numbers, marks: Bytes, rows: int, base: int, cell: int, plan: Plan, out: Out
) -> None:
    """Apply ``full_width`` and ``trim`` to one column of a block, in place; narrowed texts go to the scratch buffer."""
    trim = plan.cells[cell, TRIM]
    for r in range(rows):
        start, end = starts[r], ends[r]
        source = out.scratch if marks[r] & IN_SCRATCH else text
        if plan.cells[cell, FULL_WIDTH] and marks[r] & HIGH and inspect(source, start, end) & WIDE_ANY:
            _note(out, base + r, cell, FULL_WIDTH_NOTE)
            first = out.counters[SCRATCH]
            last = narrow(source, start, end, out.scratch, first)
            out.counters[SCRATCH] = last
            starts[r], ends[r] = first, last
            marks[r] = IN_SCRATCH | marks_of(out.scratch, first, last)
            start, end = first, last
            source = out.scratch
        if not trim:
            continue
        while start < end and white_at(source, start, end):
            start += white_at(source, start, end)
        while start < end and white_before(source, start, end):
            end -= white_before(source, start, end)
        if start != starts[r] or end != ends[r]:
            starts[r], ends[r] = start, end
            marks[r] = (marks[r] & IN_SCRATCH) | marks_of(source, start, end)


@kernel
def _note(out: Out, row: int, cell: int, code: int) -> None:
    """Say something of a value; ``parse_block`` adds where its text is."""
    at = out.counters[NOTES]
    out.notes[at, 0] = row
    out.notes[at, 1] = cell
    out.notes[at, 5] = code
    out.counters[NOTES] = at + 1


@kernel
def _texts(
    text: Bytes,
    buffer: int,
    origin: int,
    starts: Numbers,
    ends: Numbers,
    marks: Bytes,
    todo: Bytes,
    rows: int,
    base: int,
    cell: int,
    kind: int,
    longest: int,
    inline: Bytes,
    valid: Bytes,
    out: Out,
) -> None:
    """Texts, identifiers and what is kept word for word; notes what is to be said of a text."""
    for r in range(rows):
        if not todo[r]:
            continue
        start, end, mark = starts[r], ends[r], marks[r]
        row = base + r
        good = True
        if kind == IDENTIFIER:
            good = end - start <= longest and is_identifier(text, start, end)
        elif kind == TEXT:
            good = mark & CONTROL == 0
            if good and end - start > longest:
                good = mark & HIGH != 0 and characters_in(text, start, end) <= longest
            if good and mark & HIGH:
                found = inspect(text, start, end)
                if found & C1:
                    good = False
                elif found & WIDE_FORM:
                    _note(out, row, cell, FULL_WIDTH_NOTE)
            if good and end > start:
                before, after = text[start], text[end - 1]
                # a space, or a byte that may belong to a wider one
                doubtful = before == 0x20 or after == 0x20 or (mark & HIGH and (before >= 0xC2 or after >= 0x80))
                if doubtful and (white_at(text, start, end) or white_before(text, start, end)):
                    _note(out, row, cell, BLANKS_NOTE)
        valid[row] = 1 if good else 2
        if good:
            put_view(text, start, end, buffer, origin, row, inline)


@kernel
def _choices(
    text: Bytes,
    starts: Numbers,
    ends: Numbers,
    todo: Bytes,
    rows: int,
    base: int,
    first: int,
    last: int,
    plan: Plan,
    is_code: bool,
    fixed: Numbers,
    views: Views,
    valid: Bytes,
) -> None:
    """Flags and codes: what the delivered text means."""
    pool, pool_starts, pool_ends = plan.pool, plan.starts, plan.ends
    for r in range(rows):
        if not todo[r]:
            continue
        row = base + r
        found = choice(text, starts[r], ends[r], pool, pool_starts, pool_ends, first, last)
        valid[row] = 1 if found >= 0 else 2
        if found < 0:
            continue
        if is_code:
            for k in range(4):
                views[row, k] = plan.views[found, k]
        else:
            fixed[row] = plan.values[found]


@kernel
def _moments(
    text: Bytes,
    starts: Numbers,
    ends: Numbers,
    todo: Bytes,
    rows: int,
    base: int,
    first: int,
    last: int,
    plan: Plan,
    is_date: bool,
    fixed: Numbers,
    valid: Bytes,
) -> None:
    """Dates as days, timestamps as microseconds, since 1970."""
    forms, operations = plan.forms, plan.operations
    for r in range(rows):
        if not todo[r]:
            continue
        row = base + r
        valid[row] = 2
        for form in range(first, last):
            good, days, seconds = moment(text, starts[r], ends[r], operations, forms[form, 0], forms[form, 1])
            if good:
                fixed[row] = days if is_date else (days * 86_400 + seconds) * 1_000_000
                valid[row] = 1
                break


@kernel
def _numbers(
    text: Bytes,
    starts: Numbers,
    ends: Numbers,
    todo: Bytes,
    rows: int,
    base: int,
    cell: Numbers,
    fixed: Numbers,
    wide: Numbers,
    valid: Bytes,
) -> None:
    """Integers and decimals; those of more than 18 digits as the two halves of 128 bits."""
    kind, point, group = cell[KIND], cell[POINT], cell[GROUP]
    scale, noise, digits, shift = cell[SCALE], cell[NOISE], cell[DIGITS], cell[SHIFT]
    for r in range(rows):
        if not todo[r]:
            continue
        row = base + r
        if kind == INTEGER:
            good, low = integer(text, starts[r], ends[r])
            fixed[row] = low
        else:
            good, high, low = number(text, starts[r], ends[r], point, group, scale, noise, digits, shift)
            if kind == NARROW:
                fixed[row] = low
            else:
                half, top = _wide_value(abs(high), abs(low))
                if high < 0 or low < 0:
                    half, top = ~half + 1, ~top + (1 if half == 0 else 0)
                wide[row, 0] = half
                wide[row, 1] = top
        valid[row] = 1 if good else 2


@kernel
def _clear(kind: int, slot: int, valid: Bytes, base: int, rows: int, out: Out) -> None:
    """Nulls without content, for one column of a block."""
    valid[base : base + rows] = 0
    if kind == WIDE:
        out.wide[slot, base : base + rows] = 0
    elif kind <= IDENTIFIER or kind == CODE:
        out.inline[slot, base * 16 : (base + rows) * 16] = 0
    else:
        out.fixed[slot, base : base + rows] = 0


@kernel
def _column(
    text: Bytes,
    buffer: int,
    origin: int,
    starts: Numbers,
    ends: Numbers,
    marks: Bytes,
    todo: Bytes,
    rows: int,
    base: int,
    cell: int,
    plan: Plan,
    out: Out,
) -> int:
    """Parse one column of a block, those of its rows whose text is in ``buffer`` (0 the lines, 1 the scratch).

    Sets ``valid`` to 1 for values, leaves 0 for nulls and 2 for texts that do not parse. Returns how many rows have
    their text in the other buffer.
    """
    facts = plan.cells[cell]
    empty_first, empty_last, empty_is_null = facts[EMPTY_FIRST], facts[EMPTY_LAST], facts[EMPTY_IS_NULL]
    others = 0
    for r in range(rows):
        todo[r] = 0
        if (marks[r] & IN_SCRATCH != 0) != (buffer == 1):
            others += 1
        elif starts[r] == ends[r]:
            todo[r] = not empty_is_null
        else:
            todo[r] = (
                empty_last == empty_first
                or choice(text, starts[r], ends[r], plan.pool, plan.starts, plan.ends, empty_first, empty_last) < 0
            )
    kind, slot, valid = facts[KIND], facts[SLOT], out.valid[cell]
    if buffer == 0:  # buffers are used again: what is not written must not be what was there
        _clear(kind, slot, valid, base, rows, out)
    if kind <= IDENTIFIER:
        inline, longest = out.inline[slot], facts[LONGEST_TEXT]
        _texts(text, buffer, origin, starts, ends, marks, todo, rows, base, cell, kind, longest, inline, valid, out)
    elif kind in (FLAG, CODE):
        fixed, views = out.fixed[slot if kind == FLAG else 0], out.views[slot if kind == CODE else 0]
        first, last = facts[FIRST], facts[LAST]
        _choices(text, starts, ends, todo, rows, base, first, last, plan, kind == CODE, fixed, views, valid)
    elif kind in (DATE, STAMP):
        fixed = out.fixed[slot]
        _moments(text, starts, ends, todo, rows, base, facts[FIRST], facts[LAST], plan, kind == DATE, fixed, valid)
    else:
        fixed, wide = out.fixed[0 if kind == WIDE else slot], out.wide[slot if kind == WIDE else 0]
        _numbers(text, starts, ends, todo, rows, base, facts, fixed, wide, valid)
    return others


@kernel
def parse_block(
    text: Bytes,
    origin: int,
    starts: Numbers,
    ends: Numbers,
    marks: Bytes,
    rows: int,
    base: int,
    plan: Plan,
    out: Out,
    spare: Numbers,
    spare_marks: Bytes,
    todo: Bytes,
) -> None:
    """Parse a cut block of rows, every cell of the plan; what does not parse is listed with its delivered text."""
    for cell in range(len(plan.cells)):
        field = plan.cells[cell, FIELD]
        noted = out.counters[NOTES]
        s, e, m = starts[field], ends[field], marks[field]
        if plan.cells[cell, TRIM] or plan.cells[cell, FULL_WIDTH]:
            for r in range(rows):
                spare[0, r], spare[1, r], spare_marks[r] = s[r], e[r], m[r]
            s, e, m = spare[0], spare[1], spare_marks
            _prepare(text, s, e, m, rows, base, cell, plan, out)
        if _column(text, 0, origin, s, e, m, todo, rows, base, cell, plan, out):
            _column(out.scratch, 1, 0, s, e, m, todo, rows, base, cell, plan, out)
        for k in range(noted, out.counters[NOTES]):  # what is noted is shown as it was delivered
            r = out.notes[k, 0] - base
            out.notes[k, 2] = marks[field, r] & IN_SCRATCH
            out.notes[k, 3] = starts[field, r]
            out.notes[k, 4] = ends[field, r] - starts[field, r]
        for r in range(rows):
            if out.valid[cell, base + r] == 2:
                out.valid[cell, base + r] = 0
                at = out.counters[FAILS]
                out.fails[at, 0] = base + r
                out.fails[at, 1] = cell
                out.fails[at, 2] = marks[field, r] & IN_SCRATCH
                out.fails[at, 3] = starts[field, r]
                out.fails[at, 4] = ends[field, r] - starts[field, r]
                out.counters[FAILS] = at + 1
