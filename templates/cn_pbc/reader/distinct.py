"""Whether texts of at most 64 bytes are all different, in eight bytes of memory for each.

Belongs here: hashes of a column, and which of them occur twice. Not here: what must be different (layouts.py), nor the
last word: two texts may have one hash, so whoever finds a hash twice looks at the texts themselves (detail.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WIDTH = 64
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def hashed(values: Any) -> np.ndarray:
    """64 bits of each text; equal texts have equal ones. Texts are at most 64 bytes long."""
    padded = pc.ascii_rpad(values.cast(pa.binary()).cast(pa.string()), width=_WIDTH, padding="\0")
    words = np.frombuffer(padded.buffers()[2], "<u8", count=len(padded) * _WIDTH // 8).reshape(-1, _WIDTH // 8)
    state = np.full(len(words), _ODD)
    for place in range(_WIDTH // 8):
        state ^= words[:, place]
        state *= _ODD
        state ^= state >> _HALF
    return state


def repeated(hashes: list[np.ndarray]) -> np.ndarray:
    """The hashes that occur more than once."""
    every = np.sort(np.concatenate([np.empty(0, np.uint64), *hashes]))
    return np.unique(every[1:][every[1:] == every[:-1]])
