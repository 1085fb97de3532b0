"""Blocks of a strange file as columns of text, under a dialect.

Belongs here: splitting lines into fields, by the rules of docs/reference/intake.md, and leaving out lines that are no
records. Not here: finding the dialect (``dialect``). Counting columns, not rows: nothing here is a loop over lines.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from loantape.declare import FileKind


@dataclass(frozen=True)
class Dialect:
    """How the lines of a file are cut. ``at`` places the columns of a fixed-width file: first byte from 1, length."""

    kind: FileKind
    columns: int
    delimiter: str = ","
    quote: str | None = '"'
    at: tuple[tuple[int, int], ...] = ()


def lines_of(text: str) -> pa.StringArray:
    """Its lines without their ends, blank ones left out: LF, CRLF and CR all end a line."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = pc.list_flatten(pc.split_pattern(pa.array([plain], pa.large_string()), "\n"))
    return lines.filter(pc.not_equal(lines, ""))


def fields_per_line(lines: Any, delimiter: str, quote: str | None) -> Any:
    """How many fields each line has; -1 where its quotes are stray or open."""
    counted = lines
    if quote is not None:
        counted = pc.replace_substring_regex(lines, _quoted(quote), "")
    numbers = pc.add(pc.cast(pc.count_substring(counted, delimiter), pa.int64()), 1)
    if quote is None or not pc.any(pc.match_substring(lines, quote)).as_py():
        return numbers
    return pc.if_else(_well_quoted(lines, delimiter, quote), numbers, -1)


def columns_of(text: str, dialect: Dialect) -> tuple[list[Any], int]:
    """The fields of every record as one array of text per column, and how many lines are no records."""
    lines = lines_of(text)
    if dialect.kind is FileKind.FIXED:
        raise ValueError("fixed-width files are cut as bytes")
    whole = pc.equal(fields_per_line(lines, dialect.delimiter, dialect.quote), dialect.columns)
    whole = pc.and_(whole, pc.invert(pc.match_substring_regex(lines, "[\\x00\ufffd]")))
    good = lines.filter(whole)
    return split(good, dialect), len(lines) - len(good)


def split(good: Any, dialect: Dialect) -> list[Any]:
    """Lines that are known to be records, cut into their columns."""
    if not len(good):
        return [pa.chunked_array([pa.array([], pa.string())]) for _ in range(dialect.columns)]
    names = [f"c{at}" for at in range(dialect.columns)]
    joined = "\n".join(good.to_pylist()).encode() + b"\n"
    table = pacsv.read_csv(
        io.BytesIO(joined),
        pacsv.ReadOptions(column_names=names, block_size=max(1 << 20, len(joined) + 1)),
        pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=dialect.quote is not None,
            ignore_empty_lines=False,
        ),
        pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    return table.columns


def fixed_columns(block: bytes, dialect: Dialect, codec: str) -> tuple[list[Any], int]:
    """The same for a fixed-width file, from its bytes: a column is its bytes, decoded, without the spaces around."""
    matrix, left_out = byte_matrix(block, record_length(dialect.at))
    columns = []
    for first, length in dialect.at:
        cut = np.full((len(matrix), length + 1), 10, dtype=np.uint8)
        cut[:, :length] = matrix[:, first - 1 : first - 1 + length]
        texts = cut.tobytes().decode(codec, "replace").split("\n")[:-1] if len(matrix) else []
        columns.append(pa.chunked_array([pc.utf8_trim(pa.array(texts, pa.string()), characters=" ")]))
    return columns, left_out


def record_length(at: Sequence[tuple[int, int]]) -> int:
    """Bytes of a fixed-width record: up to its last declared one."""
    return max(first + length - 1 for first, length in at)


def byte_matrix(block: bytes, length: int) -> tuple[np.ndarray[Any, Any], int]:
    """The lines that have exactly ``length`` bytes as rows of a matrix, and how many other lines there are."""
    data = np.frombuffer(block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), dtype=np.uint8)
    if len(data) and data[-1] != 10:
        data = np.append(data, np.uint8(10))
    ends = np.flatnonzero(data == 10)
    starts = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1] + 1))[: len(ends)]
    sizes = ends - starts
    right = starts[sizes == length]
    matrix = data[right[:, None] + np.arange(length)] if len(right) else np.zeros((0, length), dtype=np.uint8)
    return matrix, int(((sizes != length) & (sizes > 0)).sum())


def _quoted(quote: str) -> str:
    return f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"


def _well_quoted(lines: Any, delimiter: str, quote: str) -> Any:
    """Whether every quote of a line opens a field at its start or closes it at its end."""
    cut = "\\" + delimiter if delimiter in "|^$." else delimiter
    one = f"(?:{_quoted(quote)}|[^{quote}{cut}][^{quote}{cut}]*|)"
    return pc.match_substring_regex(lines, f"^{one}(?:{cut}{one})*$")
