"""Battery 4: a file of 10,000 rows that breaks off anywhere does not pass for a whole one.

The manifest is right for the bytes that came. With a trailer, or with control totals of the whole in the manifest, each
cut is an error; with neither, each has the warning that nothing declares the sum of its amounts.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loantape.declare import Column, FileKind, FileLayout, Integer, Number, Trailer
from loantape.errors import DeliveryError

CUTS = 5_000 if os.environ.get("LOANTAPE_LONG") else 250
TOGETHER = 25
ROWS = 10_000
WAYS = ("trailer", "manifest", "neither")
COLUMNS = (
    Column("iou", "instalment.iou_no", at=(1, 24)),
    Column("term", "instalment.instalment_no", Integer(), at=(25, 3)),
    Column("amount", "instalment.due_principal_amount", Number(18, 2), at=(28, 12)),
)
SHAPES = (
    FileLayout("", COLUMNS),
    FileLayout("", COLUMNS, "gb18030", "|", None, header=False),
    FileLayout("", COLUMNS, "gbk", kind=FileKind.FIXED, header=False),
    FileLayout("", COLUMNS, "utf-16-le", "\t"),
)
PLACES = ((1, 3), (4, 12), (16, 20))


@dataclass
class Whole:
    """A file of 10,000 rows in one shape and one way of declaring its totals."""

    content: bytes
    layout: FileLayout
    header: int
    totals: dict[str, str] = field(default_factory=dict)


@dataclass
class Cut:
    """The first bytes of a whole."""

    name: str
    content: bytes
    layout: FileLayout
    totals: dict[str, str]


def whole(shape: FileLayout, way: str) -> Whole:
    """Every amount and their sum end in another digit than 0: no part of a number has its value."""
    random = Random(way)
    cents = [random.randint(1, 10**8) * 10 + random.randint(1, 9) for _ in range(ROWS)]
    while sum(cents) % 10 == 0:
        cents[0] += 1 if cents[0] % 10 < 9 else -8
    fixed, end = shape.kind == FileKind.FIXED, random.choice(("\n", "\r\n"))
    rows = [
        (f"IOU{at:09}" + "示例产品"[: at % 5], str(at % 36 + 1), f"{c // 100}.{c % 100:02}")
        for at, c in enumerate(cents)
    ]
    total = f"{sum(cents) // 100}.{sum(cents) % 100:02}"
    if fixed:
        lines = [a + " " * (24 - len(a.encode("gbk"))) + b.rjust(3) + c.rjust(12) for a, b, c in rows]
    else:
        lines = [shape.delimiter.join(row) for row in rows]
    if way == "trailer":
        parts = ("END", str(ROWS), total)
        joined = "".join(part.rjust(size) for part, (_, size) in zip(parts, PLACES, strict=True))
        lines.append(joined if fixed else shape.delimiter.join(parts))
        shape = replace(
            shape, trailer=Trailer("END", ("rows", "instalment.due_principal_amount"), PLACES if fixed else ())
        )
    header = ""
    if shape.header:
        header = shape.delimiter.join(column.header for column in COLUMNS) + end
    totals = {"instalment.rows": str(ROWS), "instalment.due_principal_amount": total} if way == "manifest" else {}
    text = header + "".join(line + end for line in lines)
    layout = replace(shape, pattern=f"{way}-*.txt")
    return Whole(text.encode(shape.encoding), layout, len(header.encode(shape.encoding)), totals)


def cut(of: Whole, random: Random, name: str) -> Cut:
    """The whole, cut anywhere, near a line end, near its end, or in its header."""
    last = len(of.content) - 1
    at = random.randint(0, last)
    where = random.random()
    if where < 0.3:
        newline = "\n".encode(of.layout.encoding)
        at = min(last, max(0, of.content.find(newline, at) + random.randint(-3, 3)))
    elif where < 0.5:
        at = random.randint(max(0, last - 60), last)
    elif where < 0.51:
        at = random.randint(0, of.header)
    return Cut(name, of.content[:at], of.layout, of.totals)


def lines_of(one: Cut) -> int:
    """Its physical lines: every line of the whole ends in LF or CRLF, and the last of a cut may be short of its end."""
    newline = "\n".encode(one.layout.encoding)
    if one.content.endswith(b"\r\0\n"):
        return one.content.count(newline) + 2  # UTF-16, cut between CR and LF: the half of the LF is a line of its own
    return one.content.count(newline) + bool(one.content.rpartition(newline)[2])


@pytest.fixture(scope="session")
def wholes() -> dict[tuple[int, str], Whole]:
    return {(at, way): whole(shape, way) for at, shape in enumerate(SHAPES) for way in WAYS}


@pytest.mark.parametrize("first", range(0, CUTS, TOGETHER))
def test_4_a_cut_file_never_passes_for_a_whole_one(
    tmp_path: Path, product: Any, counted: Any, wholes: Any, first: int
) -> None:
    """Cut anywhere, a file with a trailer or totals has an error; one with neither has READ-004; where only the last
    line's end is lost, that is noted."""
    shape = first // TOGETHER % len(SHAPES)
    cuts = []
    for number in range(first, first + TOGETHER):
        random = Random(number)
        ways = WAYS if number % 5 == 0 else WAYS[:2]
        cuts += [cut(wholes[shape, way], random, f"{way}-{number:05}.txt") for way in ways]
    headless = [one for one in cuts if len(one.content) < wholes[shape, one.name.split("-")[0]].header]
    refused = sum(was_refused(tmp_path / one.name, one, product) for one in headless)
    kept = [one for one in cuts if one not in headless]
    found = product.read_all(tmp_path / "kept", kept, {one.name: lines_of(one) for one in kept}, {})
    shutil.rmtree(tmp_path / "kept")  # some twenty megabytes each time
    detected = 0
    for one in kept:
        codes = {code for code, *_ in found.file_notes.get(one.name, [])}
        disagreeing = [total for total in found.totals.get(one.name, []) if not total[-1]]
        of = wholes[shape, one.name.split("-")[0]]
        if one.name.startswith("neither"):
            detected += "READ-004" in codes
        elif of.content[len(one.content) :].decode(of.layout.encoding, "ignore").strip("\r\n"):
            detected += bool(disagreeing) or "READ-005" in codes
        else:
            detected += bool(codes & {"READ-010", "READ-011"})
        if one.content and not one.content.endswith((b"\n", b"\r", b"\n\0", b"\r\0")):
            assert "READ-011" in codes, one.name
    counted(cuts=len(cuts), refused=refused, detected=detected + refused, rows=found.rows["instalment"])
    assert refused == len(headless)
    assert detected == len(kept)


def was_refused(folder: Path, one: Cut, product: Any) -> bool:
    """Whether a file that breaks off in its header is refused, or read with a finding about it."""
    try:
        found = product.read_all(folder, [one], {one.name: lines_of(one)}, {})
    except DeliveryError:
        return True
    codes = {code for code, *_ in found.file_notes.get(one.name, [])}
    expected = {"READ-004"} if one.name.startswith("neither") else {"READ-005", "READ-006"}
    return bool(codes & expected) or any(not total[-1] for total in found.totals.get(one.name, []))
