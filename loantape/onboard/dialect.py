"""How a strange text file is cut: delimiter or fixed widths, quotes, header, trailer.

Belongs here: guesses from the first lines, each with its doubt. Not here: cutting (``reading``), what columns mean
(``fields``). Names of a header are shown only when the first line is one beyond doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loantape.declare import FileKind
from loantape.errors import DeliveryError
from loantape.onboard import kernel
from loantape.onboard.doubt import Doubt
from loantape.onboard.reading import Dialect, byte_matrix, fields_per_line, lines_of, split
from loantape.onboard.seen import EMPTY_WORDS, Seen

LOOKED_AT = 5_000  # lines a guess is made from
_DELIMITERS = (",", "|", "\t", ";", "\x01", "\x1f", "^", "~")
_NAMES = {"\t": "tab", "\x01": "0x01", "\x1f": "0x1F"}
_TRAILERS = frozenset(("TRAILER", "TRL", "TAIL", "END", "EOF", "TOTAL", "SUM", "合计", "总计", "汇总", "尾记录"))
_DATA = (kernel.PLAIN, kernel.GROUPED, kernel.COMMA, kernel.COMMA_GROUPED, kernel.LIKE_NUMBER)
_PERSONAL = (kernel.ID_FORMED, kernel.MOBILE, kernel.CARD, kernel.EMAIL)


@dataclass(frozen=True)
class Guess:
    """A dialect, what its first line names (nothing without a header), and a trailer's fields (empty: none)."""

    dialect: Dialect
    header: tuple[str, ...]
    trailer: tuple[str, ...]
    doubts: tuple[Doubt, ...]


def guess(head: bytes, codec: str, name: str, known: Callable[[str], bool]) -> Guess:
    """From the first whole lines of a file. ``known`` says whether a header's name is one of the trade.

    Raises DeliveryError where nothing can be told apart.
    """
    text = head.decode(codec, "replace")
    lines = lines_of(text)[:LOOKED_AT]
    if not len(lines):
        raise DeliveryError(f"{name} holds no line that is not blank", "name a file that holds records")
    dialect, doubts = _cut(lines, head, codec)
    if dialect.kind is FileKind.FIXED:
        first, rest = _fixed_rows(head, dialect, codec)
    else:
        first, rest = _rows(lines, dialect)
    header, doubt = _header(first, rest, known)
    return Guess(dialect, header, (), (*doubts, *doubt))


def trailer_of(tail: bytes, codec: str, dialect: Dialect) -> tuple[str, ...]:
    """The fields of the last line where they look like a trailer record, empty where not."""
    lines = lines_of(tail.decode(codec, "replace"))
    if dialect.kind is FileKind.FIXED or len(lines) < 2:
        return ()
    last = lines[len(lines) - 1].as_py()
    fields = tuple(last.replace(dialect.quote or "\0", "").split(dialect.delimiter))
    marked = fields[0].strip().upper() in _TRAILERS
    return fields if marked or (fields[0] in ("T", "9", "99") and len(fields) != dialect.columns) else ()


# --- where lines are cut ----------------------------------------------------------------------------------------------


def _cut(lines: Any, head: bytes, codec: str) -> tuple[Dialect, list[Doubt]]:
    tried = []
    looked = lines[: len(lines) - 1] if len(lines) > 2 else lines  # the last one may be a trailer
    for preference, delimiter in enumerate(_DELIMITERS):
        if not pc.any(pc.match_substring(lines, delimiter)).as_py():
            continue
        quoted, plain = _commonest(looked, delimiter, '"'), _commonest(looked, delimiter, None)
        # a few lines with a stray quote are broken lines; many of them mean that quotes are characters
        quote = '"' if quoted[0] >= plain[0] - 0.05 else None
        share, columns = quoted if quote else plain
        if columns >= 2:
            tried.append((round(share, 2), columns, -preference, delimiter, quote))
    tried.sort(reverse=True)
    if tried and tried[0][0] >= 0.75:
        _, columns, _, delimiter, quote = tried[0]
        return Dialect(FileKind.DELIMITED, columns, delimiter, quote), _delimiter_doubts(tried, lines)
    fixed = _fixed(head, codec)
    if fixed is not None:
        return fixed
    if tried and tried[0][0] >= 0.5:
        _, columns, _, delimiter, quote = tried[0]
        return Dialect(FileKind.DELIMITED, columns, delimiter, quote), _delimiter_doubts(tried, lines)
    return Dialect(FileKind.DELIMITED, 1), [
        Doubt("", "no delimiter and no fixed widths were found: one column", "未发现分隔符或定长结构：按一列处理")
    ]


def _commonest(lines: Any, delimiter: str, quote: str | None) -> tuple[float, int]:
    """The share of lines that have the commonest number of fields, and that number."""
    numbers = fields_per_line(lines, delimiter, quote)
    right = numbers.filter(pc.greater(numbers, 0))
    if not len(right):
        return 0.0, 0
    common = pc.mode(right)[0]
    return common["count"].as_py() / len(lines), common["mode"].as_py()


def _delimiter_doubts(tried: Sequence[tuple[Any, ...]], lines: Any) -> list[Doubt]:
    doubts = []
    share, columns, _, delimiter, quote = tried[0]
    others = {one[3] for one in tried[1:] if one[0] >= share - 0.05 and one[1] >= columns / 2} - {delimiter}
    if others:
        shown = ", ".join(sorted(_NAMES.get(one, one) for one in others))
        chosen = _NAMES.get(delimiter, delimiter)
        doubts.append(Doubt("", f"cut at {chosen}; {shown} would do too", f"按 {chosen} 分列；{shown} 也说得通"))
    if quote is not None and not pc.any(pc.match_substring(lines, quote)).as_py():
        doubts.append(
            Doubt(
                "",
                "no quote was seen: quote='\"' is the usual way; quote=None if the sender never quotes",
                "未见引号：按惯例允许双引号；若对方从不使用引号，改为 quote=None",
            )
        )
    return doubts


def _fixed(head: bytes, codec: str) -> tuple[Dialect, list[Doubt]] | None:
    """Columns between positions that are blank in every line, where nearly all lines have one length."""
    if codec.startswith("utf-16"):
        return None
    lines = [len(line) for line in head.splitlines()[:LOOKED_AT] if line]
    length = max(set(lines), key=lines.count)
    if length < 4 or lines.count(length) < max(2, 0.9 * len(lines)):
        return None
    matrix, _ = byte_matrix(head, length)
    used = (matrix[:LOOKED_AT] != 32).any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], used.astype(np.int8), [0]))))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    if len(runs) < 2:
        return None
    at, start = [], 0
    for number, (_, end) in enumerate(runs):
        following = runs[number + 1][0] if number + 1 < len(runs) else length
        # a column that is always full at its right end and not at the next one's left end leans right: the gap that
        # follows belongs to the next column when that one leans right, else to this one
        leans = number + 1 < len(runs) and _leans_right(matrix, *runs[number + 1])
        stop = end if leans else following
        at.append((start + 1, stop - start))
        start = stop
    return Dialect(FileKind.FIXED, len(at), quote=None, at=tuple(at)), [
        Doubt(
            "",
            "fixed widths are guessed from blank positions: columns that touch are one, gaps may belong to either side",
            "定长列宽由空白位置推测：相连的列会合并，间隙归属可能有误，请对照接口文档",
        )
    ]


def _leans_right(matrix: np.ndarray[Any, Any], start: int, end: int) -> bool:
    return bool((matrix[:, end - 1] != 32).all() and (matrix[:, start] == 32).any())


# --- header -----------------------------------------------------------------------------------------------------------


def _rows(lines: Any, dialect: Dialect) -> tuple[list[str], list[Any]]:
    right = pc.equal(fields_per_line(lines, dialect.delimiter, dialect.quote), dialect.columns)
    good = lines.filter(right)
    if not right[0].as_py():
        return [], [column.combine_chunks() for column in split(good, dialect)]
    columns = [column.combine_chunks() for column in split(good, dialect)]
    return [column[0].as_py() for column in columns], [column[1:] for column in columns]


def _fixed_rows(head: bytes, dialect: Dialect, codec: str) -> tuple[list[str], list[Any]]:
    from loantape.onboard.reading import fixed_columns

    columns, _ = fixed_columns(head, dialect, codec)
    joined = [column.combine_chunks() for column in columns]
    if not len(joined[0]):
        return [], joined
    return [column[0].as_py() for column in joined], [column[1:LOOKED_AT] for column in joined]


def _header(
    first: Sequence[str], rest: Sequence[Any], known: Callable[[str], bool]
) -> tuple[tuple[str, ...], list[Doubt]]:
    """The names, where the first line is a header: nothing in it is data, and something in it says so."""
    if not first:
        return (), [_no_header("the first line has another number of fields", "首行字段数与其余行不同")]
    filled = [name for name in first if name.strip()]
    if not filled or _flags(filled, (*_DATA, *_PERSONAL)) or _dated(filled):
        return (), [_no_header("the first line holds figures or dates", "首行含数字或日期")]
    if len(set(first)) == len(first) and sum(map(known, first)) >= max(1, len(first) // 5):
        return tuple(first), []
    differing = sum(_differs(column) for column in rest)
    identifiers = sum(re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .%()/-]*", name.strip()) is not None for name in filled)
    sure = differing >= max(1, len(first) // 2) or (differing >= 1 and identifiers == len(filled))
    if sure and any(map(known, first)):
        return tuple(first), []
    if differing >= 1 and (identifiers == len(filled) or any(map(known, first))):
        return tuple(first), [
            Doubt("", "the first line is taken for a header: look whether it is", "首行按表头处理：请核对是否属实")
        ]
    return (), [_no_header("nothing says that the first line is a header", "没有迹象表明首行是表头")]


def _flags(texts: Sequence[str], flags: Sequence[int]) -> bool:
    seen = Seen()
    kept = [text for text in texts if text not in EMPTY_WORDS]
    seen.add(pa.array(kept, pa.string()), np.ones(len(kept), dtype=np.int64))
    return any(seen.fits(flag) for flag in flags)


def _dated(texts: Sequence[str]) -> bool:
    seen = Seen()
    seen.add(pa.array(texts, pa.string()), np.ones(len(texts), dtype=np.int64))
    return any(mask for mask in seen.dates)


def _differs(column: Any) -> bool:
    """Whether a column holds mostly figures, dates or numbers of persons, which no name of a column looks like."""
    seen = Seen()
    counted = pc.value_counts(column.filter(pc.not_equal(column, "")))
    values = counted.field("values")
    if not len(values):
        return False
    seen.add(values, counted.field("counts").to_numpy(zero_copy_only=False))
    figures = max(seen.share(flag) for flag in _DATA)
    dated = 1 - seen.dates[0] / seen.total
    return max(figures, dated) > 0.5


def _no_header(en: str, zh: str) -> Doubt:
    return Doubt(
        "",
        f"no header: {en}; columns are named by their place and must all stay declared, in this order",
        f"无表头：{zh}；各列按位置命名，须按此顺序全部申报",
    )
