"""The written forms of dates and times that a profile tries, as templates a kernel can match byte by byte.

Belongs here: which forms there are and in which order they are preferred. Not here: matching (``kernel``), choosing
(``forms``).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)  # template codes; every other code is a literal byte
_PARTS = {"Y": YEAR, "m": MONTH, "d": DAY, "H": HOUR, "M": MINUTE, "S": SECOND}

_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d%m%Y",
    "%m%d%Y",
    "%Y-%m-%d 00:00:00",
    "%Y/%m/%d 00:00:00",
    "%Y-%m",
    "%Y/%m",
    "%m/%Y",
    "%m-%Y",
    "%Y.%m",
    "%m.%Y",
    "%Y年%m月",
    "%Y%m",
)
_TIMED = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y")
_STAMPS = (
    *(f"{date}{between}{time}" for time in ("%H:%M:%S", "%H:%M") for between in " T" for date in _TIMED),
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日 %H:%M:%S",
)

FORMS = (*_DATES, *_STAMPS)  # the bit of a form is its place here
DAY_BITS = sum(1 << at for at in range(len(_DATES)))
STAMP_BITS = sum(1 << at for at in range(len(_DATES), len(FORMS)))
DIGITS_ONLY = sum(
    1 << at for at, form in enumerate(FORMS) if form.replace("%", "").isascii() and _PARTS.keys() >= set(form) - {"%"}
)
MONTHS_ONLY = sum(1 << at for at, form in enumerate(FORMS) if "%d" not in form)
# ``d/m`` and ``m/d`` of the same separator read one text differently: never both in one declaration
MONTH_FIRST = sum(1 << at for at, form in enumerate(FORMS) if form.startswith("%m") and "%d" in form)
DAY_FIRST = sum(1 << at for at, form in enumerate(FORMS) if form.startswith("%d"))


def swapped(form: str) -> str:
    """The form with day and month exchanged."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


@cache
def templates() -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """One row per form: part codes for digits and 256 + byte for literal bytes; and how many bytes each form has."""
    rows = []
    for form in FORMS:
        row: list[int] = []
        at = 0
        while at < len(form):
            if form[at] == "%":
                row += [_PARTS[form[at + 1]]] * (4 if form[at + 1] == "Y" else 2)
                at += 2
            else:
                row += [256 + byte for byte in form[at].encode()]
                at += 1
        rows.append(row)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    table = np.zeros((len(rows), int(lengths.max())), dtype=np.int16)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return table, lengths
