"""Batteries 1 and 2: two thousand files, clean and nasty. No byte is lost, and every row is the slow reader's row.

A file that the page refuses as a whole is sent alone and must be refused; all others are read fifty at a time, each
with a layout of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

FILES = 2_000 if os.environ.get("LOANTAPE_LONG") else 300
TOGETHER = 50
CHUNKS = [pytest.param(at, marks=pytest.mark.xdist_group(f"files-{at}")) for at in range(0, FILES, TOGETHER)]


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory, generate: Any, compare: Any) -> Callable[[int], Any]:
    """What fifty files came to, from the first number on; both batteries look at the same reading."""
    known: dict[int, Any] = {}

    def of(first: int) -> Any:
        if first not in known:
            files = [generate.make(Random(number), f"f{number:05}.txt") for number in range(first, first + TOGETHER)]
            known[first] = compare.run(tmp_path_factory.mktemp("files"), files)
        return known[first]

    return of


@pytest.mark.parametrize("first", CHUNKS)
def test_1_the_ranges_of_the_ledger_are_the_file(outcome: Any, counted: Any, first: int) -> None:
    """The ranges of the lines, one behind the other, are the file and have its SHA-256; each line has exactly one kind;
    the counts of the kinds are the file's and add up."""
    found = outcome(first)
    counted(**{name: found.counts[name] for name in ("files", "refused", "bytes", "lines", "rejected")})
    assert found.ledger == []
    assert found.counts["read"] + found.counts["refused"] == TOGETHER


@pytest.mark.parametrize("first", CHUNKS)
def test_2_every_line_value_and_note_is_the_slow_readers(outcome: Any, counted: Any, first: int) -> None:
    """Kinds, reasons, details, values, texts that do not parse, notes and totals are those of the slow reader, and what
    it refuses is refused."""
    found = outcome(first)
    counted(**{name: found.counts[name] for name in ("files", "rows", "values", "unparsed", "notes", "totals")})
    assert found.differences == []
    assert found.counts["values"] > 100
