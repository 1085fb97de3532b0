"""Zip archives, gzip and zstd streams written byte by byte, so that every field of them can lie.

Belongs here: making them. Not here: what becomes of them (``test_archives``, ``test_packed``).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa

STORED, DEFLATED = 0, 8
MEBIBYTE = 1 << 20


@dataclass
class Entry:
    """One member. What ``central`` and ``local`` name (crc, packed, size, flags, method, at, name) is written there
    instead of the truth; ``written`` False leaves the local part out."""

    name: bytes
    data: bytes = b"a\n1\n"
    size: int | None = None
    crc: int | None = None
    method: int = STORED
    flags: int = 0x800
    mode: int = 0
    extra: bytes = b""
    written: bool = True
    central: dict[str, int] = field(default_factory=dict)
    local: dict[str, int] = field(default_factory=dict)

    def header(self, at: int) -> bytes:
        """The local header."""
        v = self._values(at) | self.local
        return (
            struct.pack(
                "<4s5H3L2H",
                b"PK\3\4",
                20,
                v["flags"],
                v["method"],
                0,
                0x21,
                v["crc"],
                v["packed"],
                v["size"],
                len(self.name),
                0,
            )
            + self.name
        )

    def listing(self, at: int) -> bytes:
        """The entry of the central directory."""
        v = self._values(at) | self.central
        head = (b"PK\1\2", 0x0314, 20, v["flags"], v["method"], 0, 0x21, v["crc"], v["packed"], v["size"])
        rest = (len(self.name), len(self.extra), 0, 0, 0, self.mode << 16, v["at"])
        return struct.pack("<4s6H3L5H2L", *head, *rest) + self.name + self.extra

    def _values(self, at: int) -> dict[str, int]:
        size = len(self.data) if self.size is None else self.size
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        return {
            "flags": self.flags,
            "method": self.method,
            "crc": crc,
            "packed": len(self.data),
            "size": size,
            "at": at,
        }


def zip_of(*entries: Entry, before: bytes = b"", behind: bytes = b"", copies: int = 1, **lies: int) -> bytes:
    """A zip of these members; the directory lists each ``copies`` times. ``lies``: count, length, start of the end
    record."""
    out, listing = [before], []
    at = len(before)
    for entry in entries:
        listing.append(entry.listing(at))
        if entry.written:
            out += [entry.header(at), entry.data]
            at += len(out[-1]) + len(out[-2])
    directory = b"".join(listing) * copies
    count = lies.get("count", len(entries) * copies)
    end = struct.pack(
        "<4s4H2LH",
        b"PK\5\6",
        0,
        0,
        min(count, 0xFFFF),
        min(count, 0xFFFF),
        lies.get("length", len(directory)),
        lies.get("start", at),
        0,
    )
    wide = b""
    if count >= 0xFFFF:
        start, length = at, len(directory)
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1)
    return b"".join([*out, directory, wide, end, behind])


def deflated(data: bytes) -> bytes:
    """A raw deflate stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@cache
def deflated_zeros(mebibytes: int) -> bytes:
    """A raw deflate stream of so many zero mebibytes, made by repeating the stream of one: about 1,000 to 1."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    one = packer.compress(bytes(MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return one * mebibytes + b"\3\0"


def gzip_member(stream: bytes, data: bytes = b"", *, size: int | None = None) -> bytes:
    """A gzip member around a raw deflate stream."""
    length = len(data) if size is None else size
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<2L", zlib.crc32(data), length & 0xFFFFFFFF)


def gzipped(data: bytes) -> bytes:
    """A whole gzip file."""
    return gzip_member(deflated(data), data)


def zstd(data: bytes) -> bytes:
    """A zstd frame."""
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


def zstd_zeros(blocks: int, window: int = 27) -> bytes:
    """So many zstd blocks of 128 KiB of one repeated byte, four bytes each; ``window`` is a binary logarithm."""
    block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    last = (1 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\0" + bytes([(window - 10) << 3]) + block * blocks + last
