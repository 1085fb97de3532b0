"""SM3 (GB/T 32905-2016) of millions of short texts at once, for DuckDB.

Belongs here: the hash and its place in SQL. Not here: what is hashed (masking.py). A library's hash is called once per
value, and the call costs more than the hash of so short a text: this kernel takes whole Arrow columns, without a loop
in Python. The published vectors and OpenSSL's own SM3 are its tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from loantape.compiled import inlined, kernel

SIZE = 64  # hexadecimal digits of a digest
_START = np.array(
    [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E], np.uint32
)
_CONSTANT = (0x79CC4519, 0x7A879D8A)  # of rounds 0 to 15 and 16 to 63
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def _turned(word: int, by: int) -> int:
    return (word << by % 32 | word >> (32 - by % 32)) & 0xFFFFFFFF if by % 32 else word


_ROUNDS = np.array([_turned(_CONSTANT[at >= 16], at) for at in range(64)], np.uint32)


def sm3_hex(texts: pa.Array) -> pa.Array:
    """The digests of an Arrow array of bytes, as 64 lower-case hexadecimal digits each; null stays null."""
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    texts = texts.cast(pa.large_binary())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = texts.buffers()[2]
    data = np.frombuffer(held, np.uint8) if held is not None and held.size else np.zeros(1, np.uint8)
    digits = np.empty(len(texts) * SIZE, np.uint8)
    if len(texts):
        _digests(data, offsets, digits, _START, _ROUNDS, _HEX)
    starts = np.arange(len(texts) + 1, dtype=np.int64) * SIZE
    valid = None if not texts.null_count else pa.py_buffer(np.packbits(np.array(texts.is_valid()), bitorder="little"))
    return pa.Array.from_buffers(
        pa.large_string(), len(texts), [valid, pa.py_buffer(starts), pa.py_buffer(digits)], texts.null_count
    ).cast(pa.string())


@contextmanager
def sm3_in_sql(con: Any) -> Iterator[None]:
    """While this lasts, ``sm3_hex(blob)`` is a function of the connection's SQL."""
    con.create_function("sm3_hex", sm3_hex, ["BLOB"], "VARCHAR", type="arrow")
    try:
        yield
    finally:
        con.remove_function("sm3_hex")


# --- kernels ------------------------------------------------------------------------------------------------------


@inlined
def _rotated(word: Any, by: Any) -> Any:
    return np.uint32((word << by) | (word >> (np.uint32(32) - by)))


@kernel
def _digests(data: Any, offsets: Any, digits: Any, first: Any, rounds: Any, hexadecimal: Any) -> None:
    """One digest per text: ``data[offsets[i]:offsets[i + 1]]`` into ``digits[64 * i:64 * i + 64]``."""
    words = np.empty(68, np.uint32)
    state = np.empty(8, np.uint32)
    for row in range(len(offsets) - 1):
        begin = offsets[row]
        length = offsets[row + 1] - begin
        blocks = (length + 9 + 63) // 64  # the text, one bit, and its length in eight bytes
        state[:] = first
        for block in range(blocks):
            for at in range(16):
                word = np.uint32(0)
                for byte in range(4):
                    place = block * 64 + at * 4 + byte
                    value = np.uint32(0)
                    if place < length:
                        value = np.uint32(data[begin + place])
                    elif place == length:
                        value = np.uint32(0x80)
                    word = np.uint32((word << np.uint32(8)) | value)
                words[at] = word
            if block == blocks - 1:
                words[14] = np.uint32((length * 8) >> 32)
                words[15] = np.uint32((length * 8) & 0xFFFFFFFF)
            _compress(state, words, rounds)
        for word_at in range(8):
            for nibble in range(8):
                value = (state[word_at] >> np.uint32(28 - 4 * nibble)) & np.uint32(15)
                digits[row * 64 + word_at * 8 + nibble] = hexadecimal[value]


@inlined
def _compress(state: Any, words: Any, rounds: Any) -> None:
    """One block of GB/T 32905, 5.3: message expansion and 64 rounds."""
    for at in range(16, 68):
        mixed = words[at - 16] ^ words[at - 9] ^ _rotated(words[at - 3], np.uint32(15))
        mixed = mixed ^ _rotated(mixed, np.uint32(15)) ^ _rotated(mixed, np.uint32(23))
        words[at] = mixed ^ _rotated(words[at - 13], np.uint32(7)) ^ words[at - 6]
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for at in range(64):
        turned = _rotated(a, np.uint32(12))
        first = _rotated(np.uint32(turned + e + rounds[at]), np.uint32(7))
        second = first ^ turned
        if at < 16:
            majority = a ^ b ^ c
            chosen = e ^ f ^ g
        else:
            majority = (a & b) | (a & c) | (b & c)
            chosen = (e & f) | (~e & g)
        left = np.uint32(majority + d + second + (words[at] ^ words[at + 4]))
        right = np.uint32(chosen + h + first + words[at])
        d, c, b, a = c, _rotated(b, np.uint32(9)), a, left
        h, g, f = g, _rotated(f, np.uint32(19)), e
        e = np.uint32(right ^ _rotated(right, np.uint32(9)) ^ _rotated(right, np.uint32(17)))
    state[0] ^= a
    state[1] ^= b
    state[2] ^= c
    state[3] ^= d
    state[4] ^= e
    state[5] ^= f
    state[6] ^= g
    state[7] ^= h
