"""A strange file, whatever it is made of, as counts per column.

Belongs here: telling kinds of files apart, feeding block after block to the counts, the statement of what was looked
at. Not here: what the counts mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loantape.declare import FileKind, FileLayout
from loantape.onboard import cells, opening
from loantape.onboard.dialect import Guess, guess, trailer_of
from loantape.onboard.doubt import Doubt
from loantape.onboard.fields import known_name
from loantape.onboard.opening import Encoding, Source
from loantape.onboard.reading import Dialect, columns_of, fixed_columns
from loantape.onboard.seen import ColumnSeen
from loantape.progress import Progress

_NAMED = {"\t": "tab", "\x01": "0x01", "\x1f": "0x1F"}


@dataclass(frozen=True)
class Scanned:
    """What a file is made of. ``header`` is empty where it has none; ``at`` only for fixed widths."""

    name: str
    kind: FileKind
    encoding: str
    delimiter: str
    quote: str | None
    header: tuple[str, ...]
    at: tuple[tuple[int, int], ...]
    trailer: tuple[str, ...]
    columns: Sequence[ColumnSeen]
    facts: Mapping[str, str | int | bool]
    doubts: tuple[Doubt, ...]
    types: tuple[str, ...] = ()  # of a file that has its own
    sheet: str | None = None


def scan(path: Path, progress: Progress, sheet: str | None = None) -> Scanned:
    """Count a file's columns. Raises DeliveryError for a file that nothing can be told from."""
    if path.is_file():
        kind = cells.kind_of(path)
        if kind is not None:
            return _scan_cells(path, kind, sheet, progress)
    source = opening.open_source(path)
    encoding, doubts = opening.detect(source, progress)
    return _scan_text(source, encoding, doubts, progress, opening.WHOLE, opening.PART)


def _scan_cells(path: Path, kind: FileKind, sheet: str | None, progress: Progress) -> Scanned:
    counted = cells.scan_cells(path, kind, sheet, progress)
    doubts = []
    if counted.refused:
        doubts.append(
            Doubt(
                "",
                f"{counted.refused:,} cells are formulas, errors or numbers of too many digits, and were left empty",
                f"{counted.refused:,} 个单元格为公式、错误值或位数过多的数字，按空处理",
            )
        )
    if kind is FileKind.XLSX and not any(map(known_name, counted.header)):
        doubts.append(
            Doubt("", "the first row is taken for a header: look whether it is", "首行按表头处理：请核对是否属实")
        )
    facts: dict[str, str | int | bool] = {
        "kind": str(kind),
        "encoding": "",
        "delimiter": "",
        "header": True,
        "bytes": path.stat().st_size,
        "rows": counted.columns[0].rows if counted.columns else 0,
        "lines_left_out": 0,
        "whole_file": True,
    }
    standard = FileLayout("", ())
    return Scanned(
        path.name,
        kind,
        standard.encoding,
        standard.delimiter,
        standard.quote,
        counted.header,
        (),
        (),
        counted.columns,
        facts,
        tuple(doubts),
        counted.types,
        sheet,
    )


def _scan_text(
    source: Source, encoding: Encoding, doubts: Sequence[Doubt], progress: Progress, whole: int, part: int
) -> Scanned:
    ranges = opening.ranges_of(encoding, whole, part)
    found: Guess | None = None
    columns: list[ColumnSeen] = []
    trailer: tuple[str, ...] = ()
    left_out = 0
    pending: bytes | None = None
    sampled = len(ranges) > 1
    with progress.step("Profile", "分析列", sum(end - start for start, end in ranges)) as task:
        for block in opening.blocks(source, encoding, ranges):
            if found is None:
                found = guess(block[: 1 << 22], encoding.codec, source.name, known_name)
                columns = [ColumnSeen() for _ in range(found.dialect.columns)]
                block = _without_first(block, encoding.codec) if found.header else block
            if pending is not None:
                left_out += _count(pending, encoding.codec, found.dialect, columns)
                task.advance(len(pending))
            pending = block
        if found is None:
            found = guess(b"", encoding.codec, source.name, known_name)
        if pending is not None:
            trailer = trailer_of(pending, encoding.codec, found.dialect)
            last = _without_last(pending, encoding.codec) if trailer else pending
            left_out += _count(last, encoding.codec, found.dialect, columns)
            task.advance(len(pending))
    rows = columns[0].rows if columns else 0
    delimiter = found.dialect.delimiter
    return Scanned(
        source.name,
        found.dialect.kind,
        encoding.name,
        delimiter,
        found.dialect.quote,
        found.header,
        found.dialect.at,
        trailer,
        columns,
        {
            "kind": str(found.dialect.kind),
            "encoding": encoding.name,
            "delimiter": _NAMED.get(delimiter, delimiter) if found.dialect.kind is FileKind.DELIMITED else "",
            "header": bool(found.header),
            "bytes": encoding.size,
            "rows": rows,
            "lines_left_out": left_out,
            "whole_file": not sampled,
        },
        (*doubts, *found.doubts, *_about(left_out, sampled, part, trailer)),
    )


def _about(left_out: int, sampled: bool, part: int, trailer: Sequence[str]) -> list[Doubt]:
    said = []
    if sampled:
        size = f"{part >> 20} MiB" if part >= 1 << 20 else f"{part:,} bytes"
        said.append(
            Doubt(
                "",
                f"a sample: {size} each of the head, the middle and the tail of the file",
                f"抽样：文件头、中、尾各 {size}",
            )
        )
    if left_out:
        said.append(
            Doubt(
                "", f"{left_out:,} lines are no records and were left out", f"{left_out:,} 行无法作为记录读取，未计入"
            )
        )
    if trailer:
        said.append(
            Doubt(
                "",
                "the last line is taken for a trailer: say which of its fields are sums",
                "末行按尾记录处理：请说明其中哪些字段是合计",
            )
        )
    return said


def _count(block: bytes, codec: str, dialect: Dialect, columns: Sequence[ColumnSeen]) -> int:
    cut: tuple[list[Any], int]
    if dialect.kind is FileKind.FIXED:
        cut = fixed_columns(block, dialect, codec)
    else:
        cut = columns_of(block.decode(codec, "replace"), dialect)
    for seen, column in zip(columns, cut[0], strict=True):
        seen.add(column)
    return cut[1]


def _without_first(block: bytes, codec: str) -> bytes:
    lines = _split_once(block, codec)
    return block[lines:] if lines else b""


def _split_once(block: bytes, codec: str) -> int:
    """Where the second line begins, 0 when there is none."""
    text = block.decode(codec, "replace") if codec.startswith("utf-16") else ""
    if text:
        ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
        if not ends:
            return 0
        at = min(ends)
        return 2 * (at + (2 if text[at : at + 2] == "\r\n" else 1))
    ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
    if not ends:
        return 0
    return min(ends) + (2 if block[min(ends) : min(ends) + 2] == b"\r\n" else 1)


def _without_last(block: bytes, codec: str) -> bytes:
    """Without the last line that is not blank."""
    text = block.decode(codec, "replace").rstrip("\r\n")
    cut = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[:cut].encode(codec, "replace")
