"""Packed files: what their names say, and their content as a stream that stops at the first sign of a bomb.

Belongs here: gzip, zstd and raw deflate under limits, what no content may begin with, where a file's content lies. Not
here: the structure of zip archives (``archives``), what contents mean (``delivery``).
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from loantape.errors import DeliveryError
from loantape.intake.flow import Block, Ring

LARGEST_FILE = 1 << 38  # bytes unpacked, 256 GiB
LARGEST_TOTAL = 1 << 40  # bytes unpacked of one delivery, 1 TiB
HIGHEST_RATIO = 200  # unpacked over packed size; loan tapes pack 3 to 20 times
RATIO_APPLIES_FROM = 1 << 20  # bytes: below a mebibyte a ratio says nothing
PACKINGS = ("gz", "zst", "zip")

_ARCHIVES = {
    "zip",
    "zipx",
    "jar",
    "gz",
    "tgz",
    "bz2",
    "tbz2",
    "xz",
    "txz",
    "zst",
    "tzst",
    "7z",
    "rar",
    "tar",
    "lz4",
    "z",
}
_OUT = 1 << 20  # bytes unpacked at once
_MOST_IN = 1 << 17  # packed bytes handed over at once: what a ratio can hide behind
_LEAST_IN = 1 << 10  # the same at the start of a member, so that very many small ones cost little
_ZSTD, _SKIPPABLE = b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"  # how frames begin, the latter behind 0x50 to 0x5f
_HEAD = 512  # bytes of a content in which an archive shows itself
_BEGINNINGS = {
    b"\x1f\x8b": "gzip",
    _ZSTD: "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\xfd7zXZ\x00": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress",
    b"MSCF\x00\x00\x00\x00": "cab",
} | {b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)}
_TAR_AT = 257
_TAR = (b"ustar\x0000", b"ustar  \x00")


def packing(name: str) -> str:
    """How a file is packed, as its name says: ``gz``, ``zst``, ``zip``, or empty when it is not."""
    ending = name.rpartition(".")[2]
    return ending if ending in PACKINGS and len(name) > len(ending) + 1 else ""


def content_name(name: str) -> str:
    """A file's name without the suffix that says how it is packed: what layouts and content are named by."""
    suffix = packing(name)
    return name[: -len(suffix) - 1] if suffix else name


def content_path(submission_folder: Path, name: str) -> Path:
    """The file to read for a name of the manifest: the delivered one, or its content where that is packed."""
    if packing(name):
        return submission_folder / "unpacked" / content_name(name)
    return submission_folder / "original" / name


def refuse_nested_name(name: str) -> None:
    """Raise DeliveryError when a file is, by its name, an archive of another kind, or packed twice."""
    _refuse_archive_name(name, content_name(name))


def refuse_nested_member(name: str, member: str) -> None:
    """Raise DeliveryError when the member of the packed file ``name`` is, by its own name, packed again."""
    _refuse_archive_name(name, member)


def _refuse_archive_name(name: str, inner: str) -> None:
    if "." in inner and inner.casefold().rpartition(".")[2] in _ARCHIVES:
        raise DeliveryError(
            f"{name} is an archive, or packed twice", "pack each file at most once, as .gz, .zst or .zip"
        )


class Budget:
    """What a delivery may still unpack to, in bytes, over all its files."""

    def __init__(self, total: int = LARGEST_TOTAL) -> None:
        self._left = total

    def take(self, name: str, amount: int) -> None:
        """Raises DeliveryError when there is less left."""
        self._left -= amount
        if self._left < 0:
            raise DeliveryError(
                f"the delivery unpacks to more than {LARGEST_TOTAL} bytes, reached in {name}", "send it in parts"
            )


class Meter:
    """Counts one file's packed and unpacked bytes as they flow. Raises DeliveryError as soon as a limit is passed."""

    def __init__(self, name: str, budget: Budget) -> None:
        self.name = name
        self._budget = budget
        self.packed = self.unpacked = 0

    def took(self, packed: int) -> None:
        """So many more packed bytes were handed to the unpacker."""
        self.packed += packed

    def gave(self, unpacked: int) -> None:
        """So many more bytes came out of it."""
        self.unpacked += unpacked
        self._budget.take(self.name, unpacked)
        if self.unpacked > LARGEST_FILE:
            raise DeliveryError(f"{self.name} unpacks to more than {LARGEST_FILE} bytes", "send it in parts")
        if self.unpacked > RATIO_APPLIES_FROM and self.unpacked > HIGHEST_RATIO * self.packed:
            raise DeliveryError(f"{self.name} is packed more than {HIGHEST_RATIO} times", "send this file unpacked")


def unpacked(blocks: Iterable[Block], kind: str, meter: Meter) -> Iterator[Block]:
    """The content of a packed stream of the kind ``gz`` or ``zst``, block by block; each is valid for a few more.

    Raises DeliveryError for damage, an end before the end, bytes behind it, and every limit passed.
    """
    yield from _zstd(blocks, meter) if kind == "zst" else _gzip(blocks, meter)


def refuse_archives(blocks: Iterable[Block], name: str, *, zip_belongs: bool = False) -> Iterator[Block]:
    """The same blocks. Raises DeliveryError when their beginning is that of an archive or packed file.

    ``zip_belongs``: the content is of a kind that is a zip itself, such as a workbook.
    """
    head = b""
    looked = False
    for block in blocks:
        if not looked:
            head += bytes(block[:_HEAD])
            looked = len(head) >= _HEAD
            if looked:
                _look(head, name, zip_belongs)
        yield block
    if not looked:
        _look(head, name, zip_belongs)


def deflated(blocks: Iterable[Block], meter: Meter) -> Iterator[bytes]:
    """The content of one raw deflate stream (RFC 1951). Raises DeliveryError as ``unpacked`` does."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for block in blocks:
        view = memoryview(block)
        for at in range(0, len(view), _MOST_IN):
            if inflater.eof:
                raise _behind(meter.name)
            yield from _inflate(inflater, view[at : at + _MOST_IN], meter)
            if inflater.unused_data:
                raise _behind(meter.name)
    if not inflater.eof:
        raise _cut(meter.name)


def _gzip(blocks: Iterable[Block], meter: Meter) -> Iterator[bytes]:
    """Members one after the other are one file (RFC 1952, 2.2); each is checked against its CRC and size by zlib."""
    inflater = None
    members, portion = 0, _LEAST_IN
    for block in blocks:
        view = memoryview(block)
        at = 0
        while at < len(view):
            piece = view[at : at + portion]
            if inflater is None:
                if members and piece[:2] != b"\x1f\x8b"[: len(piece[:2])]:
                    raise _behind(meter.name)
                inflater, portion = zlib.decompressobj(16 + zlib.MAX_WBITS), _LEAST_IN
                piece = piece[:portion]
            yield from _inflate(inflater, piece, meter)
            at += len(piece)
            portion = min(portion * 4, _MOST_IN)
            if inflater.eof:
                at -= len(inflater.unused_data)
                meter.took(-len(inflater.unused_data))
                inflater, members = None, members + 1
    if inflater is not None or not members:
        raise _cut(meter.name)


def _inflate(inflater: zlib._Decompress, piece: memoryview, meter: Meter) -> Iterator[bytes]:
    """Everything that a piece of packed bytes gives, at most ``_OUT`` bytes at once."""
    meter.took(len(piece))
    left: Block = piece
    try:
        while True:
            out = inflater.decompress(left, _OUT)
            if out:
                meter.gave(len(out))
                yield out
            left = inflater.unconsumed_tail
            if inflater.eof or (not left and len(out) < _OUT):
                return
    except zlib.error:
        raise _damaged(meter.name) from None


def _zstd(blocks: Iterable[Block], meter: Meter) -> Iterator[memoryview]:
    """Frames one after the other are one file (RFC 8878, 3.1); libzstd refuses windows above 128 MiB by itself."""
    pulled = _Pulled(blocks, meter)
    stream = pa.CompressedInputStream(pa.PythonFile(pulled, mode="r"), "zstd")
    ring = Ring(_OUT)
    while True:
        buffer = ring.next()
        try:
            have = stream.readinto(buffer)
        except (OSError, pa.ArrowInvalid) as wrong:
            raise pulled.failure or _zstd_error(str(wrong), pulled, meter.name) from None
        if not have:
            break
        meter.gave(have)
        yield buffer[:have]
    if not meter.packed:
        raise _cut(meter.name)


def _zstd_error(says: str, pulled: _Pulled, name: str) -> DeliveryError:
    if "too much memory" in says:
        return DeliveryError(f"{name} needs a window of more than 128 MiB", "pack it without long-distance matching")
    if "Truncated" in says:
        return _cut(name)
    return _behind(name) if "Unknown frame" in says and pulled.begins_right else _damaged(name)


class _Pulled(io.RawIOBase):
    """Blocks as the readable file that the zstd stream asks for; ``failure`` is what getting them raised, and
    ``begins_right`` says that the first bytes are those of a frame."""

    def __init__(self, blocks: Iterable[Block], meter: Meter) -> None:
        self.failure: OSError | None = None
        self.begins_right = False
        self._blocks, self._meter = iter(blocks), meter
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                block = next(self._blocks, None)
                if block is None:
                    return b""
                self._left = memoryview(block)
        except OSError as wrong:
            # a disk that fails must not pass for a file that is damaged
            self.failure = wrong
            raise
        piece = bytes(self._left[: size if size >= 0 else None])
        self._left = self._left[len(piece) :]
        if not self._meter.packed:
            self.begins_right = piece[:4] == _ZSTD or (piece[1:4] == _SKIPPABLE and piece[0] >> 4 == 5)
        self._meter.took(len(piece))
        return piece


def _look(head: bytes, name: str, zip_belongs: bool) -> None:
    if head[_TAR_AT:].startswith(_TAR):
        raise _nested(name, "tar")
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning) and not (kind == "zip" and zip_belongs):
            raise _nested(name, kind)


def _nested(name: str, kind: str) -> DeliveryError:
    return DeliveryError(
        f"{name} holds an archive or packed file ({kind})",
        "pack each file at most once, and name it .gz, .zst or .zip as it is packed",
    )


def _behind(name: str) -> DeliveryError:
    return DeliveryError(f"{name} goes on behind the end of its packed data", "pack it again, with nothing behind it")


def _cut(name: str) -> DeliveryError:
    return DeliveryError(f"{name} ends before its packed data does", "send it again when it is complete")


def _damaged(name: str) -> DeliveryError:
    return DeliveryError(f"{name} does not unpack: it is damaged or packed otherwise", "pack and send it again")
