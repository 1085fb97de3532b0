"""The parent believes nothing: what no honest child answers is an error about the file, never a crash or a value."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.declare import Integer, Text
from loantape.errors import DeliveryError
from loantape.intake.cells import protocol
from loantape.intake.cells.protocol import Batch, TextColumn, batch_parts, frame, split_batch
from loantape.intake.cells.reader import CellFile

# a child that answers the n-th question with the n-th of the given frames, byte for byte
_LIAR = """
import json, os, sys, time
import loantape.intake.cells.child as child
frames = {frames!r}
for answer in frames:
    if child._receive(os.fdopen(0, "rb", buffering=0, closefd=False)) is None:
        break
    if answer is not None:
        os.write(1, answer)
{end}
"""
HONEST = {"header": ["a", "b"], "types": ["string", "int64"], "lines": 2, "locked": []}


def column(*texts: str) -> TextColumn:
    return TextColumn.of(texts)


def sent(batch: Batch) -> bytes:
    return b"".join(batch_parts(batch))


def said(**content: Any) -> bytes:
    return protocol.message(content)


BATCH = Batch(2, [column("x", "y"), column("1", "2")])
ENDING = said(blank=[], drift=[])


@pytest.fixture
def liar(tmp_path: Path, write: Callable[..., str], layout: Callable[..., Any]) -> Callable[..., CellFile]:
    path = tmp_path / "t.parquet"
    write(pa.table({"a": ["x"]}), path)

    def make(*frames: bytes | None, end: str = "", kind: str = "parquet") -> CellFile:
        class Liar(CellFile):
            _program = _LIAR.format(frames=frames, end=end)

        return Liar(path, layout(kind), seconds=10)

    return make


def everything(file: CellFile) -> list[list[str]]:
    with file as opened:
        rows = [
            [text for one in batch.columns for text in one.to_pylist()]
            for batch in opened.batches([(0, Text()), (1, Integer())])
        ]
        assert isinstance(opened.drift, tuple)
        return rows


def test_honest_answers_are_believed(liar: Callable[..., CellFile]) -> None:
    """The frames that the lies are made from are accepted as they are."""
    assert everything(liar(said(**HONEST), None, sent(BATCH), ENDING)) == [["x", "y", "1", "2"]]


def _cut(data: bytes, by: int) -> bytes:
    return frame(protocol.BATCH, data[protocol.FRAME.size : len(data) - by])


DESCRIPTIONS: dict[str, bytes] = {
    "no json": frame(b"J", b"{"),
    "a list": frame(b"J", b"[1]"),
    "deep": frame(b"J", b"[" * 60_000),
    "not unicode": frame(b"J", b'{"\xff": 1}'),
    "another kind": frame(b"X", b"{}"),
    "endless": protocol.FRAME.pack(b"J", 1 << 60),
    "a batch": sent(BATCH),
    "a key more": said(**HONEST, more=1),
    "a key less": said(header=[], types=[], lines=0),
    "header of numbers": said(**{**HONEST, "header": [1, 2]}),
    "types too few": said(**{**HONEST, "types": ["string"]}),
    "too many columns": said(**{**HONEST, "header": ["a"] * 4097, "types": ["a"] * 4097}),
    "half a character": said(**{**HONEST, "header": ["a", "\ud800"]}),
    "lines below zero": said(**{**HONEST, "lines": -1}),
    "lines true": said(**{**HONEST, "lines": True}),
    "lines text": said(**{**HONEST, "lines": "2"}),
    "lines infinite": frame(b"J", json.dumps({**HONEST, "lines": float("inf")}).encode()),
    "unknown refusal": said(refused="made up", detail="x"),
    "refusal of no form": said(refused=[1], detail={"a": 1}),
}
ANSWERS: dict[str, list[bytes]] = {
    "a row too many": [sent(Batch(3, [column("x", "y", "z"), column("1", "2", "3")])), ENDING],
    "a row too few": [sent(Batch(1, [column("x"), column("1")])), ENDING],
    "no rows": [ENDING],
    "rows twice": [sent(BATCH), sent(BATCH), ENDING],
    "a column too many": [sent(Batch(2, [*BATCH.columns, column("x", "y")])), ENDING],
    "a column too few": [sent(Batch(2, [column("x", "y")])), ENDING],
    "an empty batch": [sent(Batch(0, [column(), column()])), ENDING],
    "lengths differ": [sent(Batch(2, [column("x", "y"), column("1")])), ENDING],
    "not utf-8": [sent(Batch(2, [TextColumn(column("x", "y").offsets, b"\xff\xfe"), column("1", "2")])), ENDING],
    "offsets fall": [sent(Batch(2, [TextColumn(pa.array([0, 2, 1], pa.int32()).buffers()[1].to_pybytes(), b"x"),
                                    column("1", "2")])), ENDING],
    "offsets leave": [sent(Batch(2, [TextColumn(b"\0\0\0\0" + b"\xff\xff\xff\x7f" * 2, b"xy"), column("1", "2")])),
                      ENDING],
    "offsets below zero": [sent(Batch(2, [TextColumn(b"\0\0\0\0\xff\xff\xff\xff\2\0\0\0", b"xy"), column("1", "2")])),
                           ENDING],
    "offsets start late": [sent(Batch(2, [TextColumn(b"\1\0\0\0\1\0\0\0\2\0\0\0", b"xy"), column("1", "2")])), ENDING],
    "line numbers": [sent(Batch(2, BATCH.columns, lines=bytes(16))), ENDING],
    "cut off": [_cut(sent(BATCH), 3), ENDING],
    "empty frame": [frame(b"B", b""), ENDING],
    "head too long": [frame(b"B", b"\xff" * 64), ENDING],
    "refused nowhere": [sent(Batch(2, BATCH.columns, refused=[(2, 0, "READ-001", "x")])), ENDING],
    "refused a column": [sent(Batch(2, BATCH.columns, refused=[(0, -1, "READ-001", "x")])), ENDING],
    "refused but there": [sent(Batch(2, BATCH.columns, refused=[(0, 0, "READ-001", "x")])), ENDING],
    "refused by a rule": [sent(Batch(2, [column("", "y"), column("1", "2")], refused=[(0, 0, "FLD-001", "x")])),
                          ENDING],
    "refused at length": [sent(Batch(2, [column("", "y"), column("1", "2")],
                                     refused=[(0, 0, "READ-001", "x" * 5000)])), ENDING],
    "blank in parquet": [sent(Batch(1, [column("x"), column("1")])), said(blank=[[2, 2]], drift=[])],
    "blank huge": [sent(BATCH), said(blank=[[3, 1 << 40]], drift=[])],
    "blank text": [sent(BATCH), said(blank="x", drift=[])],
    "drift elsewhere": [sent(BATCH), said(blank=[], drift=[[2, "int64"]])],
    "drift of no form": [sent(BATCH), said(blank=[], drift=[[0]])],
    "drift number": [sent(BATCH), said(blank=[], drift=[[0, 5]])],
    "another answer": [sent(BATCH), said(row=[])],
}  # fmt: skip


@pytest.mark.parametrize("lie", DESCRIPTIONS)
def test_descriptions_that_are_none(liar: Callable[..., CellFile], lie: str) -> None:
    """A description of another form, size or type is an error that says to keep the file apart."""
    with pytest.raises(DeliveryError, match=r"t\.parquet made the process that reads it answer") as caught:
        everything(liar(DESCRIPTIONS[lie], None, sent(BATCH), ENDING))
    assert "hostile" in caught.value.next_step


@pytest.mark.parametrize("lie", ANSWERS)
def test_batches_that_are_none(liar: Callable[..., CellFile], lie: str) -> None:
    """A batch or ending that does not fit the description, or is no Arrow layout of texts, is an error."""
    with pytest.raises(DeliveryError, match=r"t\.parquet made the process that reads it"):
        everything(liar(said(**HONEST), None, *ANSWERS[lie]))


@pytest.mark.parametrize("lines", [[3, 2], [2, 2], [1, 2], [2, 9], [-1, 2]])
def test_lines_of_a_sheet_rise(liar: Callable[..., CellFile], lines: list[int]) -> None:
    """Row numbers that fall, repeat, name the header or lie behind the last row are an error."""
    numbers = b"".join(one.to_bytes(8, "little", signed=True) for one in lines)
    batch = Batch(2, BATCH.columns, lines=numbers)
    with pytest.raises(DeliveryError, match="answer what no file can say"):
        everything(liar(said(**{**HONEST, "lines": 3}), None, sent(batch), ENDING, kind="xlsx"))


def test_silence_and_noise(liar: Callable[..., CellFile]) -> None:
    """A child that stops talking, stops listening or never stops talking is ended and reported."""
    for end, words in (("time.sleep(100)", "takes longer"), ("os.close(1); time.sleep(100)", r"\(pipe\)")):
        with pytest.raises(DeliveryError, match=words):
            everything(liar(said(**HONEST), end=end))
    noise = "\nwhile True: os.write(1, os.urandom(1 << 16))"
    with pytest.raises(DeliveryError, match="answer what no file can say"):
        everything(liar(end=noise))


def test_what_the_child_says_is_shown_safely(liar: Callable[..., CellFile]) -> None:
    """A refusal's detail is shortened, loses control characters, and long numbers in it are masked."""
    detail = "4 \x1b[31m\n110101199001011234 " + "x" * 1000
    with pytest.raises(DeliveryError) as caught:
        everything(liar(said(refused="nested", detail=detail)))
    assert "110101199001011234" not in caught.value.what and "\x1b" not in caught.value.what
    assert "\n" not in caught.value.what and len(caught.value.what) < 300


@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_bytes_as_a_batch(payload: bytes, columns: int) -> None:
    """Whatever bytes a batch frame has, taking it apart gives pieces of the sizes they must have, or ValueError."""
    try:
        head, _, pieces = split_batch(memoryview(payload), columns)
    except (ValueError, RecursionError):
        return
    assert len(pieces) == columns and all(len(offsets) == 4 * (head["rows"] + 1) for offsets, _ in pieces)


def test_flipped_bytes_in_a_batch() -> None:
    """Of 3,000 batches with one byte changed, each is taken apart into a valid layout, or refused by ValueError."""
    chance = random.Random(3)
    whole = sent(Batch(3, [column("a", "", "中文"), column("1", "2", "3")], lines=bytes(24)))[protocol.FRAME.size :]
    for _ in range(3000):
        data = bytearray(whole)
        data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            head, lines, pieces = split_batch(memoryview(data), 2)
        except ValueError:
            continue
        assert head["rows"] == 3 and len(lines) in (0, 24) and [len(offsets) for offsets, _ in pieces] == [16, 16]
