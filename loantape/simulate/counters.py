"""Random draws that depend on what they are for and on nothing else: no generator, no state, no order.

Belongs here: the hash and its uniform integers. Not here: what the draws decide (population, attributes).
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import inlined, kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
MILLION = 1_000_000


@inlined
def mix(key: np.uint64, number: int) -> np.uint64:
    """One 64-bit hash of a key and a number: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (key ^ (np.uint64(number) * _GOLDEN)) + _GOLDEN
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@inlined
def below(bits: np.uint64, bound: int) -> int:
    """A uniform integer from 0 to ``bound`` - 1 (bound below 2**32)."""
    return int(((bits >> _S32) * np.uint64(bound)) >> _S32)


@kernel
def uniform(key: np.uint64, numbers: np.ndarray, purpose: int, bound: int) -> np.ndarray:
    """One uniform integer below ``bound`` per number; each purpose has draws of its own."""
    drawn = np.empty(numbers.size, np.int64)
    for i in range(numbers.size):
        drawn[i] = below(mix(mix(key, purpose), numbers[i]), bound)
    return drawn


def key_of(*parts: int) -> np.uint64:
    """The root key of a run: a hash of its parts in order."""
    key = np.uint64(0x6C6F616E74617065)
    with np.errstate(over="ignore"):
        for part in parts:
            key = mix.py_func(key, np.uint64(part & 0xFFFFFFFFFFFFFFFF))
    return key
