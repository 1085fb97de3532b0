"""The trailer: a last line that is no record but says how many there are and what they add up to.

Belongs here: recognising it in a ledger and reading it. Not here: comparing what it says (``records``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from loantape.declare import FileKind, FileLayout, Trailer
from loantape.intake import scan
from loantape.intake.headers import ROWS
from loantape.intake.ledger import Ledger
from loantape.intake.lines import decoded, last_line, split

MISSING, UNREADABLE = "missing", "unreadable"
# lines of which no field can be told, so that they are no trailers either
_BROKEN = (scan.LINE_TOO_LONG, scan.UNDECODABLE, scan.NUL, scan.STRAY_QUOTE, scan.UNBALANCED_QUOTE)
_SUM = re.compile(r"-?0*[0-9]{1,30}(\.[0-9]{1,8})?")
_COUNT = re.compile(r"0*[0-9]{1,30}")


@dataclass(frozen=True)
class Found:
    """What a file's trailer says: totals by name (``table.field``, ``table.rows``), or why there are none."""

    totals: Mapping[str, Decimal]
    defect: str = ""


def take_trailer(path: Path, layout: FileLayout, ledger: Ledger, grain: str) -> tuple[Ledger, Found]:
    """The ledger with its trailer marked as one, and what the trailer says."""
    if layout.trailer is None:
        return ledger, Found({})
    run = _last_run(ledger)
    if run < 0 or ledger.runs[run, scan.RUN_REASON] in _BROKEN:
        return ledger, Found({}, MISSING)
    start, end = int(ledger.runs[run, scan.RUN_BYTE]), int(ledger.end_bytes()[run])
    begin, raw = last_line(path, start, end, ledger.encoding)
    fields = _fields(raw[ledger.mark if begin == 0 else 0 :], layout, layout.trailer, ledger)
    if fields is None or fields[0] != layout.trailer.marker:
        return ledger, Found({}, MISSING)
    return _marked(ledger, run, begin), _read(fields, layout.trailer, grain)


def _last_run(ledger: Ledger) -> int:
    """The run of the last line that is not blank, -1 when that is the header or there is none."""
    for run in range(len(ledger.runs) - 1, -1, -1):
        kind = ledger.runs[run, scan.RUN_KIND]
        if kind == scan.HEADER:
            return -1
        if kind != scan.BLANK:
            return run
    return -1


def _fields(raw: bytes, layout: FileLayout, trailer: Trailer, ledger: Ledger) -> Sequence[str] | None:
    """The line's fields, the marker first; None where it cannot be cut. A fixed-width line may be too short for
    some.
    """
    try:
        if layout.kind is not FileKind.FIXED:
            return split(decoded(raw, ledger.encoding), layout)
        cut = [raw[first - 1 : first - 1 + length] for first, length in trailer.at]
        whole = [len(raw) >= first - 1 + length for first, length in trailer.at]
        marker = decoded(cut[0], ledger.encoding).strip(" ")
        if not all(whole):
            return [marker]
        return [marker, *(decoded(part, ledger.encoding).strip(" ") for part in cut[1:])]
    except UnicodeDecodeError:
        return None


def _read(fields: Sequence[str], trailer: Trailer, grain: str) -> Found:
    if len(fields) != len(trailer.fields) + 1:
        return Found({}, UNREADABLE)
    totals = {}
    for name, text in zip(trailer.fields, fields[1:], strict=True):
        if not name:
            continue
        if not (_COUNT if name == ROWS else _SUM).fullmatch(text):
            return Found({}, UNREADABLE)
        totals[f"{grain}.{ROWS}" if name == ROWS else name] = Decimal(text)
    return Found(totals)


def _marked(ledger: Ledger, run: int, begin: int) -> Ledger:
    """The ledger with the last line of a run as its trailer."""
    kind, first_line = int(ledger.runs[run, scan.RUN_KIND]), int(ledger.runs[run, scan.RUN_LINE])
    last = int(ledger.last_lines()[run])
    runs = ledger.runs.copy()
    entry = np.array([[scan.TRAILER, last, begin, scan.FINE, 0]], dtype=np.int64)
    if first_line == last:
        runs[run] = entry[0]
    else:
        runs = np.concatenate([runs[: run + 1], entry, runs[run + 1 :]])
    counts = list(ledger.counts)
    counts[kind] -= 1
    counts[scan.TRAILER] += 1
    return replace(ledger, runs=runs, counts=(counts[0], counts[1], counts[2], counts[3], counts[4]))
