"""The answer key against the files it speaks of, and against the real journey: found what was planted, nothing else."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import numpy as np
import pytest

from loantape import catalog
from loantape.checking.engine import check
from loantape.declare import Period
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import read
from loantape.keys import Keys
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, simulate
from loantape.simulate.mistakes import MISTAKES
from loantape.simulate.mistakes.arrears import classify

LENDERS = sorted(ARCHETYPES)
OCTOBER = Period.parse("2026-10")
# limits on the whole book, on all loans of one borrower, totals against earlier periods: no single loan breaks them
OF_THE_BOOK = re.compile(r"TOT-...|PTR-00[678]|PRD-02[0-5]|MOV-05[3-9]|MOV-06[0-2]")
# errors that fit few loans: among hundreds of kinds, a book of this size holds two of them or none
RARE = set(
    re.findall(
        r"[A-Z]+-[0-9]+",
        """
    ARR-015 ARR-028 ARR-052 ARR-053 ARR-055 ARR-056 ARR-057 ARR-058 BUR-012 CLS-013 CLS-015 CMP-001 CMP-002 CMP-003
    CMP-004 CMP-005 CMP-006 CMP-007 CMP-008 CMP-009 CMP-010 CMP-011 CMP-012 IDN-068 MOV-047
    """,
    )
)
# rules that no simulated error can break, each with why
UNPLANTED = {
    "IDN-047": "the machine makes the pseudonym itself while it reads",
    "PRV-143": "an institution's only text is the key of its row, in which a finding masks an identity number",
    "PRV-176": "a complaint's only text is the key of its row, in which a finding masks an identity number",
}
Finding = tuple[str, str, str, str, str]  # rule, grain, key, file, line


def answers(folder: Path) -> Counter[Finding]:
    with folder.with_name(folder.name + ".answers.csv").open(encoding="utf-8", newline="") as stream:
        header, *found = csv.reader(stream)
    assert header == ["rule", "grain", "key", "file", "line"]
    return Counter((rule, grain, key, file, line) for rule, grain, key, file, line in found)


def journey(folders: list[Path], work: Path) -> list[Counter[Finding]]:
    """The findings of each delivery, received, read and checked against the one before it."""
    keys, previous, found = Keys(work / "keys"), None, []
    for folder in folders:
        delivery, place = open_delivery(folder), work / folder.name
        lender = catalog.lender(delivery.manifest.lender)
        place.mkdir(parents=True)
        receive(delivery, lender, place, silent())
        file = place / "submission.duckdb"
        period = Period.parse(folder.name[-7:])
        with duckdb.connect(str(file)) as con:
            at = datetime(2026, 11, 21, 9, 0, 0)
            read(con, place / "original", lender, period, 1, at, keys, place / "identity.vault", silent())
            rules = tuple(catalog.rules().values())
            check(con, lender, period, rules, catalog.limits(), previous, silent())
            sql = "SELECT rule, grain, key, coalesce(file, ''), coalesce(CAST(line AS VARCHAR), '') FROM findings"
            found.append(Counter(con.execute(sql).fetchall()))
        previous = file
    return found


@pytest.mark.parametrize("lender", LENDERS)
def test_a_clean_delivery_has_no_finding(lender: str, tmp_path: Path) -> None:
    """Two clean months pass every rule and constraint, and their answer keys are empty."""
    folders = simulate(lender, OCTOBER, 1_500, tmp_path / "out", months=2, progress=silent())
    assert [answers(folder) for folder in folders] == [Counter(), Counter()]
    assert journey(folders, tmp_path / "work") == [Counter(), Counter()]


@pytest.mark.parametrize("lender", LENDERS)
def test_a_check_finds_what_was_planted_and_nothing_else(lender: str, tmp_path: Path) -> None:
    """Over two months with planted errors, the findings are exactly those of the answer keys."""
    folders = simulate(lender, OCTOBER, 2_000, tmp_path / "out", errors=0.1, seed=3, months=2, progress=silent())
    for folder, found in zip(folders, journey(folders, tmp_path / "work"), strict=True):
        expected = answers(folder)
        assert expected.total() > 150
        assert found - expected == Counter(), "found and not planted"
        assert expected - found == Counter(), "planted and not found"


def test_every_kind_of_error_is_planted(tmp_path: Path) -> None:
    """At a high rate, every Chinese rule appears in some lender's key, but for those listed above with the reason."""
    seen: set[str] = set()
    for lender in LENDERS:
        folders = simulate(lender, OCTOBER, 60_000, tmp_path, errors=0.2, months=2, progress=silent())
        seen |= {finding[0] for finding in answers(folders[-1])}
        assert not any(finding[0].startswith("MOV") for finding in answers(folders[0])), "nothing to move from"
    assert {mistake.code for mistake in MISTAKES} - RARE <= seen
    running = (rule for rule in catalog.rules().values() if rule.in_force(OCTOBER.date))
    chinese = {rule.code for rule in running if rule.jurisdictions in ((), ("cn",))}
    assert {code for code in chinese - RARE - set(UNPLANTED) if not OF_THE_BOOK.fullmatch(code)} <= seen
    assert not set(UNPLANTED) & {mistake.code for mistake in MISTAKES}
    assert {"FLD-001", "FLD-002", "FLD-003", "FLD-004", "FLD-005", "READ-001", "READ-002"} <= seen


def test_about_the_asked_share_of_loans_has_an_error(tmp_path: Path) -> None:
    """The share of loans with a finding is near the share asked for."""
    (folder,) = simulate("demo_cashloan", OCTOBER, 20_000, tmp_path, errors=0.02, progress=silent())
    assert 300 < answers(folder).total() < 600


@pytest.mark.parametrize("lender", LENDERS)
def test_lines_of_the_key_hold_the_key(lender: str, tmp_path: Path) -> None:
    """The physical line an answer names begins or contains its key; a rejected line is one cut short."""
    (folder,) = simulate(lender, OCTOBER, 3_000, tmp_path, errors=0.2, progress=silent())
    encoding = ARCHETYPES[lender].encoding
    lines = {path.name: path.read_bytes().decode(encoding).split("\n") for path in folder.glob("*.csv")}
    for rule, _, key, file, line in answers(folder):
        text = lines[file][int(line) - 1]
        if rule == "READ-002":
            assert text.count(",") == 1
        else:
            assert all(f",{part}," in f",{text}," for part in key.split("/"))


def test_below_normal_the_smallest_balance_has_a_provision() -> None:
    """A loan put into a worse class keeps CLS-020 where its share rounds to nothing; one that owes nothing has none."""
    loan = {"own_balance_amount": np.array([1, 49, 0, 100])}
    patch = SimpleNamespace(loan=loan, book=SimpleNamespace(classes=np.arange(6)))
    classify(cast(Any, patch), np.array([2, 2, 5, 1]))
    assert loan["provision_amount"].tolist() == [1, 1, 0, 1]
