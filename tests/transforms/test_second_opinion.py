"""Indicators computed a second time, in polars on whole cents, by code that shares nothing with transforms.

Those of delinquency are in opinion_delinquency: they need several months. Those of concentration, price and conduct are
in opinion_concentration and opinion_conduct.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from loantape import catalog
from loantape.declare import Lender, Period
from loantape.measure import measure
from loantape.progress import silent
from tests.transforms import opinion_concentration, opinion_conduct, opinion_delinquency

Number = Fraction | None
Parts = tuple[Number, Number, int]  # numerator, denominator (None where it is not a ratio), rows
Opinion = Mapping[str, Parts]
ELSEWHERE = (opinion_concentration, opinion_conduct, opinion_delinquency)

CENT, MICRO = Fraction(1, 100), Fraction(1, 1_000_000)


def _sum(frame: pl.DataFrame, column: str, scale: Fraction = CENT) -> Number:
    values = frame[column].drop_nulls()
    return None if values.is_empty() else sum(values.to_list()) * scale


def _stock(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    open_ = frames["loan"].filter(~pl.col("loan_status").is_in(["LF01", "LF02", "LF04"]).fill_null(False))
    return open_.with_columns(balance=pl.coalesce("balance_cny_cents", "balance_cents"))


def _total(frame: pl.DataFrame, column: str) -> Opinion:
    return {"": (_sum(frame, column), None, frame.height)}


def _part(frame: pl.DataFrame, condition: pl.Expr, whole: Number) -> Opinion:
    known = frame.filter(condition.is_not_null())
    part = (_sum(known.filter(condition), "balance") or Fraction(0)) if known.height else None
    return {"": (part, whole, frame.height)}


def _cut(frame: pl.DataFrame, column: str, edges: list[int], labels: list[str]) -> pl.DataFrame:
    place = sum(((pl.col(column) > edge).cast(pl.Int32) for edge in edges), pl.lit(0))
    named = place.replace_strict(dict(enumerate(labels)), default=None, return_dtype=pl.String)
    return frame.with_columns(member=named.fill_null("unknown"))


def _grouped(frame: pl.DataFrame, value: str | None, members: list[str]) -> Opinion:
    found = {member: (Fraction(0), None, 0) for member in members}
    for (member,), rows in frame.group_by("member"):
        found[str(member)] = (Fraction(rows.height) if value is None else _sum(rows, value), None, rows.height)
    return found


def second_opinion(frames: Mapping[str, pl.DataFrame]) -> dict[str, Opinion]:
    """Every indicator's parts, by code and member."""
    us = frames["loan_us_auto"]
    lost = (_sum(us, "charged_off_cents") or Fraction(0)) - (_sum(us, "recovered_cents") or Fraction(0))
    return {
        "DLQ-US-CHARGED-OFF": _total(us, "charged_off_cents"),
        "DLQ-US-RECOVERED": _total(us, "recovered_cents"),
        "DLQ-US-NET-LOSS": {"": (lost, _sum(us, "opening_cents"), us.height)},
    }


def _is_elsewhere(code: str) -> bool:
    return any(one.covers(code) for one in ELSEWHERE)


def _rounded(number: Fraction, places: int) -> Decimal:
    scaled = Decimal(number.numerator * 10**places) / Decimal(number.denominator)
    return scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


@pytest.fixture(scope="module")
def opinion(frames: Mapping[str, pl.DataFrame]) -> dict[str, Opinion]:
    return second_opinion(frames)


def test_the_second_opinion_has_every_indicator(opinion: dict[str, Opinion]) -> None:
    """No indicator is left to its own word."""
    assert set(opinion) == {code for code in catalog.indicators() if not _is_elsewhere(code)}


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
def test_both_implementations_give_the_same_numbers(
    jurisdiction: str, frames: Mapping[str, pl.DataFrame], opinion: dict[str, Opinion], load: Callable[..., Any]
) -> None:
    """Members, numerators, denominators, rows and values agree on a random tape of 5,000 loans, to the last digit."""
    con = load(frames)
    indicators = list(catalog.indicators().values())
    lender = Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ())
    measure(con, lender, Period.parse("2026-10"), indicators, silent())
    applying = [one for one in indicators if not one.jurisdictions or jurisdiction in one.jurisdictions]
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for code, member, *figures in con.execute(
        "SELECT code, member, numerator, denominator, rows, value FROM indicators"
    ).fetchall():
        found.setdefault(code, {})[member] = tuple(figures)
    assert set(found) == {one.code for one in applying}
    for one in applying:
        if _is_elsewhere(one.code):
            continue
        expected = {}
        for member, (part, whole, rows) in opinion[one.code].items():
            numerator = None if part is None else _rounded(part, 4)
            denominator = None if whole is None else _rounded(whole, 4)
            value = numerator
            if one.unit in ("fraction", "percent") and numerator is not None and denominator:
                value = _rounded(Fraction(numerator) / Fraction(denominator), 10)
            expected[member] = (numerator, denominator, rows, value)
        assert found[one.code] == expected, one.code
        assert any(value is not None for *_, value in expected.values()), f"{one.code}: nothing was compared"
