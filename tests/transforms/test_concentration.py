"""Concentration and conduct recomputed by code that shares nothing with them, on simulated and on random tapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import Indicator, Lender
from loantape.measure import measure
from loantape.progress import silent
from tests.transforms import opinion_concentration, opinion_conduct
from tests.transforms.opinion_concentration import Parts
from tests.transforms.tapes import OCTOBER, filled, frames_of, random_tape, simulated

OPINIONS = (opinion_concentration, opinion_conduct)
OWN = {code for code in catalog.indicators() if any(one.covers(code) for one in OPINIONS)}
RATIOS = ("fraction", "percent", "days", "per_10000")


def figures(con: duckdb.DuckDBPyConnection, jurisdiction: str = "cn") -> Mapping[str, Mapping[str, tuple[Any, ...]]]:
    """Member to numerator, denominator, rows and value, by code, as measured."""
    asked = [one for code, one in catalog.indicators().items() if code in OWN]
    measure(con, Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ()), OCTOBER, asked, silent())
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for code, member, *rest in con.execute(
        "SELECT code, member, numerator, denominator, rows, value FROM indicators"
    ).fetchall():
        found.setdefault(code, {})[member] = tuple(rest)
    return found


def rounded(number: Fraction, places: int) -> Decimal:
    scaled = Decimal(number.numerator * 10**places) / Decimal(number.denominator)
    return scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


def stored(one: Indicator, parts: Parts) -> tuple[Any, ...]:
    """The parts as they are stored, and the value that follows from them."""
    numerator = None if parts[0] is None else rounded(parts[0], 4)
    denominator = None if parts[1] is None else rounded(parts[1], 4)
    value = numerator
    if one.unit in RATIOS:
        known = numerator is not None and denominator
        value = rounded(Fraction(numerator) / Fraction(denominator), 10) if known else None  # type: ignore[arg-type]
    return numerator, denominator, parts[2], value


def compare(con: duckdb.DuckDBPyConnection, jurisdiction: str = "cn") -> int:
    """Compare everything with the second opinion; how many values were compared that are not null."""
    found, frames = figures(con, jurisdiction), frames_of(con)
    told: dict[str, Any] = {}
    for one in OPINIONS:
        told |= one.opinion(frames)
    assert set(told) == OWN
    compared = 0
    for code in sorted(found):
        one = catalog.indicators()[code]
        expected = {member: stored(one, parts) for member, parts in told[code].items()}
        assert dict(found[code]) == expected, code
        compared += sum(value is not None for *_, value in expected.values())
    return compared


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("lender", ["demo_colending", "demo_consumer_finance", "demo_platform", "demo_microloan"])
def test_both_agree_on_simulated_books(lender: str, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """On a bank, a consumer finance company and small-loan companies with planted errors, to the last digit."""
    simulated(con, tmp_path, lender, 1_200, 0.1)
    assert compare(con) > 150


@pytest.mark.parametrize(("seed", "kind"), [(1, "BANK"), (2, "CFC"), (3, "MICRO"), (4, "OTHER")])
def test_both_agree_on_random_tapes(seed: int, kind: str, con: duckdb.DuckDBPyConnection) -> None:
    """On tapes where anything may be missing, unknown or repeated, to the last digit."""
    filled(con, random_tape(seed, 400, kind))
    assert compare(con) > 150


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
def test_both_agree_that_an_empty_tape_has_nothing(jurisdiction: str, con: duckdb.DuckDBPyConnection) -> None:
    """Without a row there is no value, and both say the same parts."""
    filled(con, {})
    compare(con, jurisdiction)


def test_both_agree_on_tapes_of_very_few_loans(con: duckdb.DuckDBPyConnection) -> None:
    """One, two, three loans: single members, all unknown, nothing above zero."""
    for seed in range(12):
        filled(con, random_tape(100 + seed, 1 + seed % 4, "MICRO"))
        compare(con)
