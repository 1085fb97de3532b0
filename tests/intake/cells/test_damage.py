"""Damaged files: whatever byte is changed or missing, there is an error about the file or the right content."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from loantape.declare import Day, Number, Text
from loantape.errors import DeliveryError

ROOT = Path(__file__).resolve().parents[3]
WANTED = [(0, Text()), (1, Number()), (2, Day())]
_COUNT = 500

# reads damaged copies with the child's own readers, behind the child's own lock, and says what each came to
_READER = """
import io, json, os, random, sys
from loantape.intake.cells import lockdown
kind, start = sys.argv[1], int(sys.argv[2])
if kind == "xlsx":
    from loantape.intake.cells import workbook as code
    opener = lambda stream: code.Workbook(stream, None, True)
else:
    from loantape.intake.cells import columnar as code
    opener = {"parquet": code.Parquet, "arrow": code.Arrow}[kind]
from loantape.intake.cells.child import _NoImports
from loantape.intake.cells.protocol import Batch, Refused, Wanted
sys.meta_path.insert(0, _NoImports())
whole = sys.stdin.buffer.read()
lockdown.lock(1 << 30, 500, 2, code.prepare)

def outcome(data):
    try:
        reader = opener(io.BytesIO(data))
        header, types, lines = reader.describe()
        wanted = [Wanted(0, "text"), Wanted(1, "number"), Wanted(2, "day", "%Y-%m-%d")]
        wanted = [one for one in wanted if one.position < len(header)]
        parts = [(one.columns, one.lines) for one in reader.batches(wanted) if isinstance(one, Batch)]
        return "read", repr((list(header), list(types), lines, parts))
    except Refused as why:
        return "refused", why.code
    except MemoryError:
        return "refused", "memory"

right = outcome(whole)
os.write(1, (json.dumps(right[0]) + "\\n").encode())
for at in range(start, COUNT):
    chance = random.Random(at)
    data = bytearray(whole)
    if at % 5 == 4:
        del data[chance.randrange(len(data)):]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    kind, what = outcome(bytes(data))
    if (kind, what) == right:
        what = "right"
    elif kind == "read":
        what = "other"
    os.write(1, (json.dumps([at, what]) + "\\n").encode())
"""


@pytest.fixture(params=["parquet", "arrow", "xlsx"])
def whole(request: pytest.FixtureRequest, tmp_path: Path, write: Callable[..., str]) -> tuple[Path, str]:
    """A file of 300 rows and three columns, and its kind."""
    path = tmp_path / f"whole.{request.param}"
    texts = [f"借据{at % 17}-{at}" for at in range(300)]
    numbers = [Decimal(at * 37) / 100 for at in range(300)]
    days = [date(2026, 1, 1) + timedelta(days=at) for at in range(300)]
    if request.param == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["a", "b", "c"])
        for row in zip(texts, numbers, days, strict=True):
            sheet.append(row)
        book.save(path)
    else:
        write(pa.table({"a": texts, "b": pa.array(numbers, pa.decimal128(18, 2)), "c": days}), path)
    return path, request.param


def test_one_bit_or_the_end(whole: tuple[Path, str]) -> None:
    """500 copies with one bit changed or the end cut off each end in a refusal or in rows; no reader hangs.

    In XLSX every bit that is read is under a checksum: what is read is right. Parquet's page checksums cover the
    values but not the footer, and Arrow has none: there a changed bit may be another value, which only the manifest's
    SHA-256 tells.
    """
    path, kind = whole
    outcomes: dict[int, str] = {}
    crashes = 0
    while len(outcomes) < _COUNT:
        # a crash of the reader costs the parent nothing, so it is allowed here; the next copy gets a new one
        done = subprocess.run(
            [sys.executable, "-c", _READER.replace("COUNT", str(_COUNT)), kind, str(len(outcomes))],
            input=path.read_bytes(), capture_output=True, timeout=400, check=False, cwd=ROOT,
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        first, *lines = done.stdout.decode().splitlines()
        assert json.loads(first) == "read", done.stderr.decode()[-2000:]
        before = len(outcomes)
        outcomes |= dict(json.loads(line) for line in lines)
        if len(outcomes) < _COUNT:
            assert done.returncode < 0, done.stderr.decode()[-2000:]  # by a signal, not by an exception nobody meant
            crashes += 1
            outcomes[before + len(lines)] = "crash"
    counts = Counter(outcomes.values())
    print(kind, dict(counts))
    assert all(outcomes[at] != "right" and outcomes[at] != "other" for at in range(4, _COUNT, 5)), "a cut was not seen"
    assert crashes <= 5, counts
    if kind == "xlsx":
        assert counts["other"] == 0 and counts["crash"] == 0, counts
    if kind == "parquet":
        assert counts["other"] < _COUNT * 0.05, counts


def test_the_parent_survives(whole: tuple[Path, str], content: Callable[..., Any], tmp_path: Path) -> None:
    """25 more damaged copies through the whole of it: DeliveryError that names the file, or rows of the right form."""
    path, kind = whole
    right = content(path, kind, WANTED)
    assert len(right.lines) == 300
    for at in range(25):
        chance = random.Random(-at - 1)
        data = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        damaged = tmp_path / f"damaged{at}"
        damaged.write_bytes(data)
        try:
            read = content(damaged, kind, WANTED, seconds=30, memory=1 << 30)
        except DeliveryError as wrong:
            assert damaged.name in wrong.what and wrong.next_step
        except ValueError as wrong:
            assert "not in the file" in str(wrong)  # fewer columns than are asked for: the header says so first
        else:
            assert kind != "xlsx" or read.columns == right.columns
