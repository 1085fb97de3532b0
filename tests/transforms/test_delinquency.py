"""Delinquency over several months, recomputed by code that shares nothing with it, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import Indicator
from tests.transforms.months import Months, random_months, simulated
from tests.transforms.opinion_delinquency import WATCHED, Parts, Tapes, covers, opinion

OWN = {code for code in catalog.indicators() if covers(code)}


def tapes_of(book: Months) -> Tapes:
    """Everything the second opinion reads, of the month in use."""
    now, past = book.periods[-1], book.past()
    told: dict[Any, dict[tuple[str, str], Fraction]] | None = None
    if "indicators" in past.history:
        told = {}
        for period, code, member, value in book.con.execute(
            "SELECT period, code, member, value FROM history.indicators WHERE value IS NOT NULL"
        ).fetchall():
            told.setdefault(period, {})[code, member] = Fraction(value)
    december = [one for one in book.periods if Months.catalog(one) == past.opening]
    return Tapes(
        now.date,
        book.frame("loan", now),
        book.frame("instalment", now),
        book.frame("loan_us_auto", now),
        book.frame("loan", book.periods[-2]) if past.previous else None,
        book.frame("loan", december[0]) if december else None,
        {one.date: book.frame("loan", one) for one in book.periods},
        told,
    )


def rounded(number: Fraction, places: int) -> Decimal:
    scaled = Decimal(number.numerator * 10**places) / Decimal(number.denominator)
    return scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


def expected_of(one: Indicator, parts: Parts) -> tuple[Any, ...]:
    """Numerator, denominator, rows and value as they are stored."""
    numerator = None if parts[0] is None else rounded(parts[0], 4)
    denominator = None if parts[1] is None else rounded(parts[1], 4)
    value = numerator
    if one.unit in ("fraction", "percent"):
        value = (
            rounded(Fraction(numerator) / Fraction(denominator), 10) if numerator is not None and denominator else None
        )
    return numerator, denominator, parts[2], value


def compare(book: Months) -> Mapping[str, Any]:
    """Compare every own indicator of the month in use; the figures, so that a test can say what was compared."""
    found = book.figures()
    now = {
        (code, member): Fraction(figures[3])
        for code, members in found.items()
        for member, figures in members.items()
        if (code, member) in WATCHED and figures[3] is not None
    }
    told = opinion(tapes_of(book), now)
    assert set(told) == OWN
    for code in sorted(OWN & set(found)):
        one = catalog.indicators()[code]
        expected = {member: expected_of(one, parts) for member, parts in told[code].items()}
        assert {member: figures[:4] for member, figures in found[code].items()} == expected, code
    return found


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(("jurisdiction", "months"), [("cn", 4), ("cn", 1), ("us", 3)])
def test_both_implementations_give_the_same_of_random_months(
    jurisdiction: str, months: int, con: duckdb.DuckDBPyConnection
) -> None:
    """Members, numerators, denominators, rows and values agree on tapes with missing values and loans sent twice."""
    found = compare(random_months(con, 4711 + months, 200, months, jurisdiction))
    if months > 3:
        for code in OWN & set(found):
            figures = [one for one in found[code].values() if one[3] is not None]
            assert figures or code == "DLQ-WARN", f"{code}: nothing was compared"


@pytest.mark.parametrize("lender", ["demo_cashloan", "demo_paylater", "demo_microloan"])
def test_both_implementations_give_the_same_of_simulated_books(
    lender: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The same on books of lenders with instalments, revolving lines and loans due at once."""
    compare(simulated(con, lender, "2026-02", 3, 250, tmp_path))
