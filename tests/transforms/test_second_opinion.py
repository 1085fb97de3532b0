"""Indicators computed a second time, in polars on whole cents, by code that shares nothing with transforms.

Those of delinquency are in opinion_delinquency: they need several months.
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
from tests.transforms.opinion_delinquency import covers

Number = Fraction | None
Parts = tuple[Number, Number, int]  # numerator, denominator (None where it is not a ratio), rows
Opinion = Mapping[str, Parts]

CENT, MICRO = Fraction(1, 100), Fraction(1, 1_000_000)


def _sum(frame: pl.DataFrame, column: str, scale: Fraction = CENT) -> Number:
    values = frame[column].drop_nulls()
    return None if values.is_empty() else sum(values.to_list()) * scale


def _stock(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    open_ = frames["loan"].filter(~pl.col("loan_status").is_in(["LF01", "LF02", "LF04"]).fill_null(False))
    return open_.with_columns(balance=pl.coalesce("balance_cny_cents", "balance_cents"))


def _joint(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    partner = frames["partner"].with_columns(group=pl.col("partner_group_id").fill_null(pl.col("partner_uscc")))
    partner = partner.group_by("partner_agreement_no").agg(pl.col("partner_uscc", "group").min())
    joint = _stock(frames).filter(pl.col("coop_mode") == "JOINT")
    return joint.join(partner, on="partner_agreement_no", how="left")


def _auto(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return _stock(frames).join(frames["loan_us_auto"], on="iou_no", how="left")


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


def _named(frame: pl.DataFrame, member: pl.Expr) -> dict[str, tuple[Fraction, int]]:
    frame = frame.with_columns(member=member.fill_null("unknown"))
    return {str(key): (_sum(rows, "balance") or Fraction(0), rows.height) for (key,), rows in frame.group_by("member")}


def _shares(frame: pl.DataFrame, member: pl.Expr) -> Opinion:
    return {name: (part, _sum(frame, "balance"), rows) for name, (part, rows) in _named(frame, member).items()}


def _hhi(frame: pl.DataFrame, member: pl.Expr) -> Opinion:
    parts = [part for part, _ in _named(frame, member).values()]
    return {"": (sum((part**2 for part in parts), Fraction(0)), sum(parts, Fraction(0)) ** 2, frame.height)}


def _largest(frame: pl.DataFrame) -> list[tuple[str, Fraction, int]]:
    named = _named(frame.filter(pl.col("partner_uscc").is_not_null()), pl.col("partner_uscc"))
    return [(name, *named[name]) for name in sorted(named, key=lambda name: (-named[name][0], name))]


def _weighted(frame: pl.DataFrame, column: str) -> Opinion:
    rated = frame.filter(pl.col(column).is_not_null())
    worth = sum(a * b for a, b in rated.select("balance", column).iter_rows())
    return {"": (worth * CENT * MICRO, _sum(rated, "balance"), frame.height)}


def _sheets(frames: Mapping[str, pl.DataFrame]) -> Opinion:
    new = frames["loan"].filter(pl.col("start_date") >= pl.date(2026, 8, 1))
    sheets = frames["disclosure"].filter(pl.col("sheet_confirmed_at") <= pl.col("contract_signed_at"))
    kept = set(sheets["iou_no"].to_list())
    return {"": (Fraction(sum(iou in kept for iou in new["iou_no"])), Fraction(new.height), new.height)}


def _consents(loans: pl.DataFrame, consent: pl.DataFrame, kind: str) -> Opinion:
    first = (
        consent.filter(pl.col("consent_type") == kind)
        .group_by("iou_no")
        .agg(pl.col("consented_at").min().dt.date().alias("first"))
    )
    covered = loans.join(first, on="iou_no").filter(pl.col("first") <= pl.col("start_date"))
    return {"": (Fraction(covered.height), Fraction(loans.height), loans.height)}


def second_opinion(frames: Mapping[str, pl.DataFrame]) -> dict[str, Opinion]:
    """Every indicator's parts, by code and member."""
    stock, joint, auto, us = _stock(frames), _joint(frames), _auto(frames), frames["loan_us_auto"]
    whole = _sum(stock, "balance")
    bands = ["0-12", "12-15", "15-18", "18-20", "20-24", "24-36", "36+"]
    costs = _cut(stock, "all_in_micro", [pct * 1_000_000 for pct in (12, 15, 18, 20, 24, 36)], bands)
    province, state = pl.col("borrower_region").str.slice(0, 2), pl.col("obligor_state")
    partner, group, product = pl.col("partner_uscc"), pl.col("group"), pl.col("product_name")
    capital = _sum(frames["institution"], "tier1_cents")
    ranking = _largest(joint)
    lost = (_sum(us, "charged_off_cents") or Fraction(0)) - (_sum(us, "recovered_cents") or Fraction(0))
    shared = stock.filter(pl.col("coop_mode").is_in(["JOINT", "REFERRAL"]))
    return {
        "DLQ-US-CHARGED-OFF": _total(us, "charged_off_cents"),
        "DLQ-US-RECOVERED": _total(us, "recovered_cents"),
        "DLQ-US-NET-LOSS": {"": (lost, _sum(us, "opening_cents"), us.height)},
        "CON-STATE": _shares(auto, state),
        "CON-STATE-HHI": _hhi(auto, state),
        "CON-COFUNDED": _total(joint, "balance"),
        "CON-PARTNER": _shares(joint, partner),
        "CON-PARTNER-TOP": {name: (part, None, rows) for name, part, rows in ranking[:10]},
        "CON-PARTNER-TOP-SHARE": {
            str(n): (sum(part for _, part, _ in ranking[:n]), _sum(joint, "balance"), joint.height) for n in (1, 5, 10)
        },
        "CON-PARTNER-HHI": _hhi(joint, partner),
        "CON-PARTNER-TIER1": {name: (part, capital, rows) for name, (part, rows) in _named(joint, group).items()},
        "CON-PARTNERS-TOTAL": _part(stock, pl.col("coop_mode") == "JOINT", whole),
        "CON-ENHANCED": {"": (_sum(stock, "enhanced_cents"), whole, stock.height)},
        "CON-PRODUCT": _shares(stock, product),
        "CON-PRODUCT-HHI": _hhi(stock, product),
        "CON-REGION": _shares(stock, province),
        "CON-REGION-HHI": _hhi(stock, province),
        "PRC-RATE": _weighted(stock, "nominal_micro"),
        "PRC-COST": _weighted(stock, "all_in_micro"),
        "PRC-COST-BAND": _grouped(costs, "balance", bands),
        "PRC-OVER-24": _part(stock, pl.col("all_in_micro") > 24_000_000, whole),
        "DSC-SHEET": _sheets(frames),
        "PRV-GENERAL": _consents(stock, frames["consent"], "GENERAL"),
        "PRV-SHARE": _consents(shared, frames["consent"], "SHARE"),
    }


def _rounded(number: Fraction, places: int) -> Decimal:
    scaled = Decimal(number.numerator * 10**places) / Decimal(number.denominator)
    return scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


@pytest.fixture(scope="module")
def opinion(frames: Mapping[str, pl.DataFrame]) -> dict[str, Opinion]:
    return second_opinion(frames)


def test_the_second_opinion_has_every_indicator(opinion: dict[str, Opinion]) -> None:
    """No indicator is left to its own word."""
    assert set(opinion) == {code for code in catalog.indicators() if not covers(code)}


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
        if covers(one.code):
            continue  # test_delinquency has those, over several months
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
