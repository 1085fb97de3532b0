"""Arrow string views, written sixteen bytes at a time: a text stays where it is, the view says where.

Belongs here: the layout of a view (Arrow columnar format, variable-size binary view). Not here: which texts get one.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import kernel, load_word, store_word
from loantape.intake.characters import Bytes

_HALF = np.uint64(32)
_KEPT = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)  # the first bytes of a word


@kernel
def put_view(text: Bytes, start: int, end: int, buffer: int, origin: int, row: int, inline: Bytes) -> None:
    """Write an Arrow string view: up to twelve bytes in place, longer texts by their first four and where they lie."""
    length = end - start
    at = row * 16
    if start + 12 > len(text):  # too near the end for whole words
        short = length if length <= 12 else 4
        store_word(inline, at, np.uint64(length))
        store_word(inline, at + 8, np.uint64(0))
        for k in range(short):
            inline[at + 4 + k] = text[start + k]
        if length > 12:
            store_word(inline, at + 8, np.uint64(buffer) | np.uint64(start - origin) << _HALF)
        return
    first = load_word(text, start)
    if length < 4:
        first &= _KEPT[length]
    rest = np.uint64(buffer) | np.uint64(start - origin) << _HALF
    if length <= 12:
        rest = load_word(text, start + 4) & _KEPT[length - 4] if length > 4 else np.uint64(0)
    store_word(inline, at, np.uint64(length) | first << _HALF)
    store_word(inline, at + 8, rest)
