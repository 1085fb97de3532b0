"""The credit bureau's status strings of planted loans: changing them, and what follows from what they then say.

Belongs here: tools on the 24 months. Not here: any error (``bureau``).
"""

from __future__ import annotations

import re

import numpy as np

from loantape.simulate.planting import Patch
from loantape.simulate.rows import EMPTY

_BROKEN = {
    "BUR-015": re.compile(rb"[^/]/"),
    "BUR-016": re.compile(rb"[CG]."),
    "BUR-019": re.compile(rb"[/*NM][3-7]|1[4-7]|2[5-7]|3[67]|47"),
    "BUR-020": re.compile(rb"[/*NM]2|13|24|35|46|57"),
    "BUR-021": re.compile(rb"[1-7]\*"),
}


def set_month(patch: Patch, place: int, code: str) -> None:
    """Put one code into a month of the string, 23 being the reporting month, and say what follows."""
    status = patch.status
    status[:, place] = ord(code)
    patch.write_status(status)
    also_of_history(patch)


def set_last(patch: Patch, codes: np.ndarray) -> None:
    """Put a code per loan into the reporting month, and say what follows."""
    status = patch.status
    status[:, -1] = codes
    patch.write_status(status)
    also_of_history(patch)


def also_of_history(patch: Patch) -> None:
    """The findings on the strings as they are now: order of months, and how many are in arrears."""
    status, loan = patch.status, patch.loan
    strings = [row.tobytes() for row in status]
    for code, pattern in _BROKEN.items():
        patch.also(code, patch.only(np.array([bool(pattern.search(one)) for one in strings], bool)).loan)
    in_arrears = ((status >= ord("1")) & (status <= ord("7"))).sum(axis=1)
    running = (loan["maturity_date"] >= patch.book.snapshot) & (loan["repay_frequency"] == patch.text("MONTH"))
    known = (loan["cumulative_arrears_count"] != EMPTY) & (loan["maturity_date"] != EMPTY)
    patch.also("BUR-022", patch.only(known & running & (loan["cumulative_arrears_count"] < in_arrears)).loan)
