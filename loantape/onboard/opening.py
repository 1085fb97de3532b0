"""The bytes of a strange file: where they are, which character set they decode in, in blocks of whole lines.

Belongs here: plain and gzip files, the strict decoding of the whole file, the blocks a profile is made of. Not here:
delimiters and columns (``dialect``, ``reading``). Nothing here is remembered longer than one block.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loantape.errors import DeliveryError
from loantape.onboard.doubt import Doubt
from loantape.progress import Progress

BLOCK = 8 << 20  # bytes read at once
WHOLE = 512 << 20  # unpacked bytes up to which a file is profiled as a whole: some million rows
PART = 64 << 20  # beyond that: so much of its head, middle and tail
_LONGEST_LINE = 1 << 24
_GB18030_MARK = b"\x84\x31\x95\x33"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (_GB18030_MARK, "gb18030"),
)
_PACKINGS = (".zst", ".zip", ".7z", ".rar", ".bz2", ".xz", ".tar", ".tgz")


@dataclass(frozen=True)
class Source:
    """A file on disk, packed with gzip or not. ``name`` is its name without the packing suffix."""

    path: Path
    packed: bool
    name: str

    @contextmanager
    def stream(self) -> Iterator[IO[bytes]]:
        """Its unpacked bytes from the start. Raises DeliveryError where the packing is broken."""
        try:
            with self.path.open("rb") as plain:
                if self.packed:
                    with gzip.GzipFile(fileobj=plain) as unpacked:
                        yield unpacked  # type: ignore[misc]
                else:
                    yield plain
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise DeliveryError(f"{self.path.name} does not unpack to its end", "ask for the file again") from None


@dataclass(frozen=True)
class Encoding:
    """What a file decodes in. ``codec`` decodes a block on its own; ``skip`` bytes of mark stand before the text."""

    name: str  # as a layout declares it
    codec: str
    skip: int
    size: int  # unpacked bytes of the whole file
    undecodable: bool  # some of it does not decode: such lines are left out


def open_source(path: Path) -> Source:
    """Raises DeliveryError when there is no such file, it is empty, or it is packed in a way that is not read here."""
    if not path.is_file():
        raise DeliveryError(f"there is no file {path.name}", "name a file that exists")
    if path.suffix.lower() in _PACKINGS:
        raise DeliveryError(f"{path.name} is packed as {path.suffix}", "unpack it first: gzip is read as it is")
    if path.stat().st_size == 0:
        raise DeliveryError(f"{path.name} is empty", "name a file that holds records")
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return Source(path, packed, path.name.removesuffix(".gz") if packed else path.name)


# --- character sets ---------------------------------------------------------------------------------------------------


def detect(source: Source, progress: Progress) -> tuple[Encoding, list[Doubt]]:
    """The encoding that the whole file decodes in, strictly, and what is unsure about it."""
    with source.stream() as stream:
        head = stream.read(1 << 20)
    if not head:
        raise DeliveryError(f"{source.path.name} holds nothing", "name a file that holds records")
    for mark, name in _MARKS:
        if head.startswith(mark):
            codec = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(mark, name)
            size, left = _survivors(source, [codec], progress)
            return Encoding(name, codec, len(mark), size, not left), _broken(name) if not left else []
    wide = _utf16_without_mark(head)
    if wide:
        size, left = _survivors(source, [wide], progress)
        doubts = [
            Doubt(
                "",
                f"the encoding {wide} is guessed from the zero bytes: there is no mark",
                f"编码 {wide} 系由零字节推测：文件没有字节序标记",
            )
        ]
        return Encoding(wide, wide, 0, size, not left), doubts + ([] if left else _broken(wide))
    size, left = _survivors(source, ["utf-8", "gb18030", "latin-1"], progress)
    name, doubts = _choose(source, left)
    return Encoding(name, name, 0, size, not left), doubts


def _survivors(source: Source, codecs_tried: Sequence[str], progress: Progress) -> tuple[int, list[str]]:
    """Unpacked bytes of the file, and which codecs decode all of them."""
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in codecs_tried}
    size, expected = 0, None if source.packed else source.path.stat().st_size
    with source.stream() as stream, progress.step("Decode", "解码", expected) as task:
        while block := stream.read(BLOCK):
            size += len(block)
            task.advance(len(block))
            for name in list(decoders):
                if not _feed(name, decoders[name], block):
                    del decoders[name]
    for name in list(decoders):
        if not _feed(name, decoders[name], b"", final=True):
            del decoders[name]
    return size, [name for name in codecs_tried if name in decoders]


def _feed(name: str, decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    if name == "latin-1":  # bytes 80-9F are windows-1252 in disguise
        return block.isascii() or not any(bytes((byte,)) in block for byte in range(0x80, 0xA0))
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _choose(source: Source, left: Sequence[str]) -> tuple[str, list[Doubt]]:
    """Of the codecs that decode everything the likely one."""
    beyond = _first_beyond_ascii(source)
    if not beyond:
        return "utf-8", []
    if "utf-8" in left:
        text = beyond.decode("utf-8", "ignore")
        few = len(text) - len(text.encode("ascii", "ignore")) < 4
        return "utf-8", [_either("utf-8", "gb18030")] if few and "gb18030" in left else []
    if "gb18030" in left:
        share, count = _share_of_gb2312(beyond)
        if share >= 0.9:
            return "gb18030", [_either("gb18030", "latin-1")] if count < 4 and "latin-1" in left else []
        if "latin-1" in left:
            return "latin-1", [_either("latin-1", "gb18030")]
        return "gb18030", [
            Doubt(
                "",
                "the file decodes as gb18030, but most of its characters are rare ones",
                "文件可按 gb18030 解码，但其中大多为生僻字符",
            )
        ]
    if "latin-1" in left:
        return "latin-1", [_either("latin-1", "windows-1252")]
    # bytes that are UTF-8 by chance are rare, bytes that are GB18030 by chance are not
    text = beyond.decode("utf-8", "replace")
    wide = len(text) - len(text.encode("ascii", "ignore"))
    name = "utf-8" if 2 * text.count("�") < wide else "gb18030"
    return name, _broken(name)


def _first_beyond_ascii(source: Source) -> bytes:
    """The first mebibyte that holds a byte beyond ASCII, cut at line ends; nothing where there is none."""
    with source.stream() as stream:
        while block := stream.read(BLOCK):
            if not block.isascii():
                line_ends = [at for at in (block.rfind(b"\n"), block.rfind(b"\r")) if at >= 0]
                return block[: max(line_ends) + 1] if line_ends and len(block) == BLOCK else block
    return b""


def _share_of_gb2312(block: bytes) -> tuple[float, int]:
    """How many of the characters beyond ASCII are in the first national standard, and how many there are."""
    text = block.decode("gb18030", "ignore")
    beyond = "".join(set(text)).encode("ascii", "ignore").decode()
    wide = text.translate({ord(c): None for c in beyond})
    return (len(wide.encode("gb2312", "ignore")) / 2 / len(wide) if wide else 0.0), len(wide)


def _utf16_without_mark(head: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` where line ends and ASCII characters have their zero byte on one side only."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = len(head) // 100 + 1
    if odd >= least and odd > 20 * even:
        return "utf-16-le"
    return "utf-16-be" if even >= least and even > 20 * odd else ""


def _either(chosen: str, other: str) -> Doubt:
    return Doubt(
        "",
        f"the file reads as {chosen} and might be {other}: look at a line that has more than ASCII",
        f"文件按 {chosen} 读取，也可能是 {other}：请核对含非ASCII字符的行",
    )


def _broken(name: str) -> list[Doubt]:
    return [
        Doubt(
            "",
            f"no encoding decodes the whole file; {name} decodes most of it, the other lines are left out",
            f"没有一种编码能解码整个文件；{name} 可解码大部分，其余行未计入",
        )
    ]


# --- blocks -----------------------------------------------------------------------------------------------------------


def ranges_of(encoding: Encoding, whole: int = WHOLE, part: int = PART) -> list[tuple[int, int]]:
    """The byte ranges that are profiled: everything, or head, middle and tail of a file larger than ``whole``."""
    if encoding.size <= whole:
        return [(encoding.skip, encoding.size)]
    middle = (encoding.size - part) // 2 & ~1
    tail = encoding.size - part & ~1
    return [(encoding.skip, part), (max(part, middle), max(part, middle) + part), (max(tail, part), encoding.size)]


def blocks(source: Source, encoding: Encoding, ranges: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Whole lines of the ranges, ends included. A range that begins or ends inside a line loses that part."""
    line_end, other_end = "\n".encode(encoding.codec), "\r".encode(encoding.codec)
    with source.stream() as stream:
        at = 0
        for start, end in ranges:
            at = _skip(stream, at, start)
            pending, broken = b"", start > encoding.skip
            while at < end and (block := stream.read(min(BLOCK, end - at))):
                at += len(block)
                pending += block
                if broken:
                    cut = _after_first(pending, line_end, other_end)
                    pending, broken = (pending[cut:], False) if cut else (pending, True)
                cut = 0 if broken else _after_last(pending, line_end, other_end)
                if cut:
                    yield pending[:cut]
                    pending = pending[cut:]
                elif len(pending) > 4 * _LONGEST_LINE:
                    raise DeliveryError(
                        f"{source.path.name} has no line end in {len(pending):,} bytes",
                        "name a file of lines, or a Parquet, Arrow or XLSX file",
                    )
            if pending and not broken and at >= encoding.size:
                yield pending


def _skip(stream: IO[bytes], at: int, start: int) -> int:
    if stream.seekable() and not isinstance(stream, gzip.GzipFile):
        return stream.seek(start)
    while at < start and (block := stream.read(min(BLOCK, start - at))):
        at += len(block)
    return at


def _after_last(block: bytes, line_end: bytes, other_end: bytes) -> int:
    """The place behind the last line end; a CR at the very end may be half of a CRLF and does not count."""
    width = len(line_end)
    found = _aligned(block, line_end, width, last=True)
    if found < 0:
        found = _aligned(block[:-width], other_end, width, last=True)
    return found + width if found >= 0 else 0


def _after_first(block: bytes, line_end: bytes, other_end: bytes) -> int:
    width = len(line_end)
    found = _aligned(block, line_end, width, last=False)
    if found < 0:
        found = _aligned(block[:-width], other_end, width, last=False)
    return found + width if found >= 0 else 0


def _aligned(block: bytes, wanted: bytes, width: int, *, last: bool) -> int:
    """Where ``wanted`` stands at a multiple of ``width``, -1 where it does not."""
    at = block.rfind(wanted) if last else block.find(wanted)
    while at >= 0 and at % width:
        at = block.rfind(wanted, 0, at + width - 1) if last else block.find(wanted, at + 1)
    return at
