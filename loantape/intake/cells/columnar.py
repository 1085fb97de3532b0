"""Parquet and Arrow IPC files, read in the child a piece at a time.

Belongs here: opening these files from a descriptor and walking through their rows. Not here: how values are written
as text (``rendering``), or what keeps a crafted file from doing harm (``lockdown``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loantape.intake.cells import rendering
from loantape.intake.cells.protocol import (
    BATCH_BYTES,
    BATCH_ROWS,
    MAX_COLUMNS,
    Batch,
    Ending,
    Refused,
    TextColumn,
    Wanted,
)

DAMAGED = (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, OverflowError)
"""What pyarrow raises for a file that breaks its own format."""

_CHUNK = 1 << 22  # bytes of a column read ahead
_ARROW_FILE = b"ARROW1\0\0"


class Columnar:
    """What both formats share; a subclass gives ``_schema``, ``_rows`` and ``_pieces``."""

    _schema: pa.Schema
    _rows: int

    def describe(self) -> tuple[Sequence[str], Sequence[str], int]:
        """Header, types, rows. Raises Refused for too many columns or one that holds no cells."""
        if len(self._schema) > MAX_COLUMNS:
            raise Refused("columns", str(len(self._schema)))
        for at, kind in enumerate(self._schema.types):
            if not rendering.is_cell(kind):
                raise Refused("nested", f"{at + 1} ({str(kind)[:60]})")
        return self._schema.names, [str(kind)[:200] for kind in self._schema.types], self._rows

    def batches(self, wanted: Sequence[Wanted]) -> Iterator[Batch | Ending]:
        """Rows in file order as text, at most BATCH_ROWS or about BATCH_BYTES at a time; then what drifted."""
        positions = sorted({one.position for one in wanted})
        place = {position: at for at, position in enumerate(positions)}
        seen = 0
        try:
            for rows, columns in self._pieces(positions):
                seen += rows
                texts = [rendering.as_text(columns[place[one.position]], one) for one in wanted]
                yield from _cut(rows, [_laid_out(column) for column in texts])
        except DAMAGED as wrong:
            raise damaged(wrong) from wrong
        if seen != self._rows:
            raise Refused("rows", f"{self._rows} <> {seen}")
        types = self._schema.types
        yield Ending(
            drift=[
                (at, str(rendering.value_type(types[one.position]))[:200])
                for at, one in enumerate(wanted)
                if not rendering.fits(types[one.position], one.kind)
            ]
        )

    def row(self, line: int) -> Sequence[str]:
        """All cells of a row, from 1, as text in no particular form."""
        if not 0 < line <= self._rows:
            return []
        before = 0
        try:
            for rows, columns in self._pieces(list(range(len(self._schema))), line - 1):
                if line - 1 < before + rows:
                    at = line - 1 - before
                    return [
                        str(rendering.as_text(column.slice(at, 1), Wanted(position, "text"))[0].as_py())
                        for position, column in enumerate(columns)
                    ]
                before += rows
        except DAMAGED as wrong:
            raise damaged(wrong) from wrong
        raise Refused("rows", f"{self._rows} <> {before}")

    def _pieces(self, positions: Sequence[int], start: int = 0) -> Iterator[tuple[int, Sequence[pa.Array]]]:
        """(rows, columns) of consecutive rows. Of rows before ``start``, pieces may come without their columns."""
        raise NotImplementedError


class Parquet(Columnar):
    """A Parquet file. Column chunks are read through a buffer, page checksums are verified where they are written."""

    def __init__(self, stream: BinaryIO) -> None:
        head = stream.read(4)
        if head == b"PARE":
            raise Refused("encrypted")
        if head != b"PAR1":
            raise Refused("not_parquet")
        stream.seek(0)
        try:
            self._file = pq.ParquetFile(
                pa.PythonFile(stream, mode="r"),
                buffer_size=_CHUNK,
                pre_buffer=False,
                page_checksum_verification=True,
            )
            self._schema = self._file.schema_arrow
            self._groups = [
                self._file.metadata.row_group(at).num_rows for at in range(self._file.metadata.num_row_groups)
            ]
            self._rows = self._file.metadata.num_rows
            leaves = len(self._file.schema)
        except DAMAGED as wrong:
            raise damaged(wrong) from wrong
        self._flat = leaves == len(self._schema)
        if self._rows < 0 or min(self._groups, default=0) < 0 or sum(self._groups) != self._rows:
            raise Refused("rows", f"{self._rows} <> {sum(self._groups)}")

    def describe(self) -> tuple[Sequence[str], Sequence[str], int]:
        """As for every columnar file; a column of several leaves is nested whatever it calls itself."""
        described = super().describe()
        if not self._flat:
            raise Refused("nested", "?")
        return described

    def _pieces(self, positions: Sequence[int], start: int = 0) -> Iterator[tuple[int, Sequence[pa.Array]]]:
        for group, rows in enumerate(self._groups):
            if start >= rows > 0:
                start -= rows
                yield rows, ()
            elif not positions:
                yield from ((len(part), ()) for part in _ranges(rows))
            elif rows:
                start = 0
                # the file's own reader takes positions: names may repeat
                for batch in self._file.reader.iter_batches(
                    BATCH_ROWS, row_groups=[group], column_indices=list(positions), use_threads=False
                ):
                    batch.validate(full=True)
                    yield batch.num_rows, batch.columns


class Arrow(Columnar):
    """An Arrow IPC file (Feather 2) or stream. It is walked through once to count its rows."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        head = stream.read(8)
        if head[:4] == b"FEA1":
            raise Refused("not_arrow")
        self._indexed = head == _ARROW_FILE
        if not self._indexed and head[:4] != b"\xff\xff\xff\xff":
            raise Refused("not_arrow")
        self._rows = 0
        try:
            self._schema = self._open(None).schema
            # one column is enough to count: another that cannot be read is found when it is asked for
            for batch in self._batches(self._open([0] if len(self._schema) else None)):
                self._rows += batch.num_rows
        except DAMAGED as wrong:
            raise damaged(wrong) from wrong

    def _open(self, positions: Sequence[int] | None) -> Any:
        self._stream.seek(0)
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=None if positions is None else positions)
        opened = pa.ipc.open_file if self._indexed else pa.ipc.open_stream
        return opened(pa.PythonFile(self._stream, mode="r"), options=options)

    def _batches(self, reader: Any) -> Iterator[pa.RecordBatch]:
        if self._indexed:
            yield from (reader.get_batch(at) for at in range(reader.num_record_batches))
        else:
            yield from reader

    def _pieces(self, positions: Sequence[int], start: int = 0) -> Iterator[tuple[int, Sequence[pa.Array]]]:
        if not positions:
            yield from ((len(part), ()) for part in _ranges(self._rows))
            return
        for batch in self._batches(self._open(positions)):
            batch.validate(full=True)
            for part in _ranges(batch.num_rows):
                cut = batch.slice(part.start, len(part))
                yield cut.num_rows, cut.columns


def prepare() -> None:
    """Start Arrow's one thread for reading, which it waits for even when told to use none."""
    pa.set_io_thread_count(1)
    pa.set_cpu_count(1)
    table = pa.table({"": pa.array([0])})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=[0])
    pa.ipc.open_file(pa.PythonFile(io.BytesIO(sink.getvalue()), mode="r"), options=options).get_batch(0)


def open_parquet(descriptor: int) -> Parquet:
    """A Parquet file behind an open descriptor."""
    return Parquet(io.FileIO(descriptor, closefd=False))


def open_arrow(descriptor: int) -> Arrow:
    """An Arrow IPC file or stream behind an open descriptor."""
    return Arrow(io.FileIO(descriptor, closefd=False))


def damaged(wrong: BaseException) -> Refused:
    """Why pyarrow gave up, without its words: they may quote the file."""
    if isinstance(wrong, MemoryError):
        return Refused("memory")
    words = str(wrong).lower()
    return Refused("encrypted" if "encrypt" in words or "decrypt" in words else "damaged")


def _ranges(rows: int) -> Iterator[range]:
    return (range(at, min(at + BATCH_ROWS, rows)) for at in range(0, rows, BATCH_ROWS))


def _laid_out(column: pa.StringArray) -> tuple[np.ndarray, memoryview]:
    """Offsets (rows + 1, into the bytes) and all bytes of a column without nulls."""
    _, offsets, data = column.buffers()
    if not len(column):
        return np.zeros(1, dtype=np.int32), memoryview(b"")
    places = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return places, memoryview(b"") if data is None else memoryview(data)


def _cut(rows: int, columns: Sequence[tuple[np.ndarray, memoryview]]) -> Iterator[Batch]:
    """The rows as one batch, or as several of about BATCH_BYTES of text."""
    ends = np.zeros(rows, dtype=np.int64)
    for offsets, _ in columns:
        ends += offsets[1:].astype(np.int64) - int(offsets[0])
    start = 0
    while start < rows:
        taken = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, taken + BATCH_BYTES, side="right")))
        yield Batch(
            end - start,
            [
                TextColumn(
                    (offsets[start : end + 1] - offsets[start]).astype(np.int32).tobytes(),
                    bytes(data[int(offsets[start]) : int(offsets[end])]),
                )
                for offsets, data in columns
            ],
        )
        start = end
