"""A million loans with ten thousand planted errors: `loantape check` finds each of them and nothing else."""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loantape.declare import Period
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS
from loantape.progress import silent
from loantape.simulate import simulate

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("LOANTAPE_LONG"), reason="tests/simulate/test_answer_key.py asks the same of small books"
    ),
    pytest.mark.timeout(4 * 3600),
]
LENDER = os.environ.get("LOANTAPE_LENDER", "demo_paylater")
LOANS = int(os.environ.get("LOANTAPE_LOANS", "1000000"))
PLANTED_AT_LEAST = LOANS // 100
SHARE = 0.0105  # of the loans; some fit no error, many errors have consequences
OCTOBER = Period.parse("2026-10")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """Where some gigabytes may lie while the test runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def checked(delivery: Path, previous: Path) -> tuple[int, Counter[tuple[str, ...]], dict[str, int]]:
    """Exit code, findings, and what it took, of `loantape check` as a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = (sys.executable, "-m", "loantape.cli")
    ran = subprocess.run(
        (*program, "check", str(delivery), "--previous", str(previous), "--json"), stdout=subprocess.PIPE, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "processor_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime),
        "peak_mib": after.ru_maxrss // 1024,
    }
    return ran.returncode, Counter(map(_finding, json.loads(ran.stdout)["findings"])), cost


def _finding(said: dict[str, Any]) -> tuple[str, ...]:
    return tuple("" if said[name] is None else str(said[name]) for name in ("rule", "grain", "key", "file", "line"))


def planted(delivery: Path) -> Counter[tuple[str, ...]]:
    """The answer key beside a delivery."""
    with delivery.with_name(delivery.name + ".answers.csv").open(encoding="utf-8", newline="") as stream:
        return Counter(map(tuple, list(csv.reader(stream))[1:]))


def test_every_planted_error_is_found_and_nothing_else(room: Path, counted: Any) -> None:
    """Two months of a book with errors in one loan of a hundred: the findings of the second are its answer key."""
    before, now = simulate(LENDER, OCTOBER, LOANS, room, errors=SHARE, months=2, progress=silent())
    expected = planted(now)
    code, found, cost = checked(now, before)
    missing, extra = expected - found, found - expected
    counted(loans=LOANS, planted=expected.total(), missing=missing.total(), extra=extra.total(), **cost)
    assert code == EXIT_FINDINGS
    assert expected.total() >= PLANTED_AT_LEAST
    assert not missing, f"planted and not found: {sorted(missing)[:20]}"
    assert not extra, f"found and not planted: {sorted(extra)[:20]}"


def test_a_clean_book_has_no_finding(room: Path, counted: Any) -> None:
    """Two months of a book without errors: no finding of any severity, exit code 0."""
    before, now = simulate(LENDER, OCTOBER, LOANS, room, months=2, progress=silent())
    code, found, cost = checked(now, before)
    counted(loans=LOANS, found=found.total(), **cost)
    assert (code, sorted(found)[:20]) == (EXIT_CLEAN, [])
