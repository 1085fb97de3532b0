"""What a view promises whoever makes it: the same from the same, borrowers matched by one key, nobody named."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.errors import UnknownSubmission
from loantape.export_market import FIELDS, write_view
from loantape.market.choose import PseudonymKeysDiffer
from loantape.market.figures import quantile
from loantape.market.history import band
from loantape.progress import silent
from loantape.simulate import simulate
from tests.market import second_opinion as second
from tests.market.attack import whole
from tests.market.conftest import PERIOD, random_market, view_of

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Workspace:
    """A store with two simulated lenders of one period, read with one key."""
    folder = tmp_path_factory.mktemp("market")
    ws = pipeline.Workspace.open(folder / "store")
    for lender in ("demo_cashloan", "demo_colending"):
        for delivery in simulate(lender, PERIOD, 200, folder / "deliveries", seed=1, progress=silent()):
            pipeline.read(ws, pipeline.receive(ws, delivery, AT), AT)
    return ws


def test_the_same_submissions_give_the_same_view_once(workspace: pipeline.Workspace, tmp_path: Path) -> None:
    """A view is kept, told in the audit log once, and told again unchanged; its rows hold every value."""
    made = pipeline.market(workspace, PERIOD, AT)
    assert pipeline.market(workspace, PERIOD, AT) == made
    assert [entry.object for entry in workspace.workflow.audit_entries() if entry.action == "view shown"] == [
        "cn/2026-10/1"
    ]
    kept = workspace.store.root / "market" / "cn" / "2026-10" / "1.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == made
    assert made["totals"]["borrowers"] < made["totals"]["borrowers_of_each_lender"], "some have both lenders"
    write_view(made, tmp_path / "view.csv")
    with (tmp_path / "view.csv").open(encoding="utf-8", newline="") as reading:
        rows = list(csv.DictReader(reading))
    assert tuple(rows[0]) == FIELDS
    values = sum(len(table["cells"]) * len(table["measures"]) for table in made["tables"])
    assert sum(row["part"] == "cell" for row in rows) == values
    assert {row["state"] for row in rows} <= {"shown", "hidden", "zero denominator"}


def test_no_borrower_is_in_a_view(workspace: pipeline.Workspace) -> None:
    """Neither a pseudonym nor a loan's number appears in what is given out."""
    text = json.dumps(pipeline.market(workspace, PERIOD, AT))
    for lender in ("demo_cashloan", "demo_colending"):
        with workspace.store.reading(f"{lender}/2026-10") as con:
            for pid, iou in con.execute("SELECT borrower_pid, iou_no FROM tape_loan").fetchall():
                assert pid not in text and iou not in text


def test_lenders_read_with_different_keys_are_refused(tmp_path: Path) -> None:
    """Where two fingerprints differ nobody can say who has several lenders, so no view is made."""
    for lender, keys in (("demo_cashloan", "one"), ("demo_colending", "other")):
        ws = pipeline.Workspace.open(tmp_path / "store", tmp_path / keys)
        for delivery in simulate(lender, PERIOD, 40, tmp_path / "deliveries", seed=1, progress=silent()):
            pipeline.read(ws, pipeline.receive(ws, delivery, AT), AT)
    with pytest.raises(PseudonymKeysDiffer, match="demo_cashloan/2026-10/v1 and demo_colending/2026-10/v1"):
        pipeline.market(ws, PERIOD, AT)
    with pytest.raises(UnknownSubmission, match="2020-01"):
        pipeline.market(ws, Period.parse("2020-01"), AT)


@settings(max_examples=4)
@given(seed=st.integers(0, 10**6), people=st.integers(300, 700), lenders=st.integers(2, 4))
def test_invariants(seed: int, people: int, lenders: int) -> None:
    """Shown totals are the sums of shown parts, and lenders' names and order change nothing but the names."""
    market = random_market(seed, people, lenders)
    view = view_of(market)
    for table in view["tables"]:
        cells = {second.key_of(cell): cell for cell in table["cells"]}
        for name in table["dimensions"]:
            for key, cell in cells.items():
                if name in dict(key) or not cell["shown"]:
                    continue
                parts = [one for other, one in cells.items() if dict(other).get(name) and
                         {pair for pair in other if pair[0] != name} == set(key)]  # fmt: skip
                if parts and all(one["shown"] for one in parts):
                    for measure, value in cell["values"].items():
                        scale = 100 if "." in str(value) else 1
                        assert whole(value, scale) == sum(whole(one["values"][measure], scale) for one in parts)
    # the first becomes the last
    renamed = {f"z{name}" if name == min(market) else name: frames for name, frames in market.items()}
    other = view_of(renamed)
    assert other["totals"] == view["totals"] and other["exposure_deciles"] == view["exposure_deciles"]
    assert other["partners"] == view["partners"]
    shown = [one["values"] for one in view["tables"][0]["cells"]]
    assert [one["values"] for one in other["tables"][0]["cells"]] == shown


def test_a_ratio_outside_its_band_is_a_warning() -> None:
    """A lender whose cost leaps after steady months is told, with the band; one that stays is not."""
    periods = [Period.parse(f"2026-{month:02d}") for month in (9, 8, 7, 6)]
    months: dict[str, Mapping[str, pl.DataFrame]] = {}
    base = random_market(3, people=400, lenders=2)
    for place, period in enumerate([PERIOD, *periods]):
        for name, frames in base.items():
            lender = name.split("/")[0]
            leap = 6_000_000 if period == PERIOD and lender == "lender_0" else place % 2 * 10_000
            loan = frames["loan"].with_columns(cost_micro=pl.col("cost_micro") + leap)
            months[f"{lender}/{period}/v1"] = {**frames, "loan": loan}
    of = {period: sorted(name for name in months if f"/{period}/" in name) for period in [PERIOD, *periods]}
    view = view_of(months, of[PERIOD], earlier=[(period, of[period]) for period in periods])
    told = [one for one in view["warnings"] if one["code"] == "MKT-COST"]
    assert [(one["lender"], one["direction"], one["periods"]) for one in told] == [("lender_0", "above", 4)]
    assert Decimal(told[0]["value"]) > Decimal(told[0]["high"]) > Decimal(told[0]["mean"]) > Decimal(told[0]["low"])


@given(st.lists(st.fractions(0, 1, max_denominator=1000), min_size=2, max_size=12), st.fractions(0, 1))
def test_bands_are_what_polars_makes_of_them(earlier: list[Fraction], value: Fraction) -> None:
    """Mean and sample standard deviation agree with polars, and a value inside the band is never outside."""
    made = band(value, earlier, Fraction(3), Fraction(1, 200))
    series = pl.Series([float(one) for one in earlier])
    assert float(made.mean) == pytest.approx(series.mean(), abs=1e-9)
    assert float(made.high - made.mean) == pytest.approx(3 * float(series.std()), abs=1e-7)
    if made.low < value < made.high or abs(value - Fraction(made.mean)) < Fraction(1, 201):
        assert not made.is_outside


def test_quantiles_interpolate() -> None:
    """Half way between four values lies the mean of the two in the middle."""
    values = [Fraction(one) for one in (4, 1, 3, 2)]
    assert quantile(values, Fraction(1, 2)) == Fraction(5, 2) and quantile(values, Fraction(1)) == 4


def test_every_dimension_has_words() -> None:
    """Members of declared dimensions are told in both languages."""
    for dimension, members in catalog.market().MEMBERS.items():
        for member in members:
            assert all(catalog.market_words(dimension, member))
    assert catalog.market_words("band", "50000-100000")[1] == "高于50000元至100000元"
