"""The view across lenders equals a second computation in polars, cell by cell and figure by figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from loantape import catalog
from tests.market import second_opinion as second
from tests.market.attack import whole

AMOUNTS = {"balance", "priced_balance", "annual_cost", "overdue_amount", "provision"}
LEAST = 10


@pytest.fixture(scope="session")
def opinion(market: Any) -> Mapping[str, Mapping[Any, Mapping[str, Any]]]:
    return second.cells(market)


def test_every_shown_cell_is_what_it_says(view: Any, opinion: Any) -> None:
    """Each shown value equals the second opinion to the cent, and cells that nobody has are zero."""
    compared = 0
    for table in view["tables"]:
        for cell in table["cells"]:
            there = opinion[table["name"]].get(second.key_of(cell), {})
            for measure, value in (cell["values"] or {}).items():
                assert whole(value, 100 if measure in AMOUNTS else 1) == there.get(measure, 0), (table["name"], cell)
                compared += 1
    assert compared > 150


def test_every_cell_that_somebody_has_is_in_the_view(view: Any, opinion: Any) -> None:
    """No cell of a printed table is left out, shown or hidden."""
    printed = {table.name: {frozenset(one) for one in table.printed} for table in catalog.market().TABLES}
    for table in view["tables"]:
        keys = {second.key_of(cell) for cell in table["cells"]}
        for key in opinion[table["name"]]:
            names = frozenset(name for name, _ in key)
            if any(names <= one for one in printed.get(table["name"], {frozenset(["band"])})):
                assert key in keys, (table["name"], key)


def test_small_and_dominated_cells_are_hidden(view: Any, opinion: Any) -> None:
    """Nothing is shown that fewer than ten borrowers, or two among them, stand behind."""
    hidden = shown = 0
    for table in view["tables"]:
        for cell in table["cells"]:
            there = opinion[table["name"]].get(second.key_of(cell))
            if there is None:
                assert cell["shown"] or not there
                continue
            hidden += not cell["shown"]
            shown += cell["shown"]
            if cell["shown"]:
                assert there["people"] >= LEAST, (table["name"], cell)
                for measure in AMOUNTS & there.keys():
                    first, next_ = there[f"largest {measure}"]
                    assert there[f"parts {measure}"] == 0 or there[f"parts {measure}"] >= LEAST, (table["name"], cell)
                    assert 10 * (there[measure] - first - next_) >= first, (table["name"], cell)
    assert hidden > 20 and shown > 100


_RATIOS: Mapping[str, tuple[str, str, str, str, list[str], str]] = {
    # code: table, measure, table and measure of the whole, dimension's members as "name=..", by
    "MKT-OVERDUE": ("quality", "balance", "quality", "balance", ["1-30", "31-60", "61-90", "91+"], "days"),
    "MKT-30P": ("quality", "balance", "quality", "balance", ["31-60", "61-90", "91+"], "days"),
    "MKT-90P": ("quality", "balance", "quality", "balance", ["91+"], "days"),
    "MKT-NPL": ("quality", "balance", "quality", "balance", ["3", "4", "5"], "risk"),
    "MKT-OVERDUE-1104": ("overdue", "overdue_amount", "quality", "balance", [], ""),
    "MKT-COST": ("pricing", "annual_cost", "pricing", "priced_balance", [], ""),
    "MKT-PROVISION": ("provisions", "provision", "quality", "balance", [], ""),
    "MKT-MULTI": ("borrowers", "borrowers", "borrowers", "borrowers", ["2", "3", "4", "5+"], "lenders"),
    "MKT-MULTI-BALANCE": ("borrowers", "balance", "borrowers", "balance", ["2", "3", "4", "5+"], "lenders"),
    "MKT-MULTI-OVERDUE": ("borrowers", "balance", "borrowers", "balance", ["1-30", "31-60", "61-90", "91+"], "days"),
    "MKT-MULTI-90P": ("borrowers", "borrowers", "borrowers", "borrowers", ["91+"], "days"),
    "MKT-PARTNERED": ("partners", "balance", "quality", "balance", [], ""),
    "MKT-PARTNER": ("partners", "balance", "partners", "balance", [], ""),
}


@pytest.mark.parametrize("code", sorted(_RATIOS))
def test_every_figure_is_the_ratio_it_says(view: Any, opinion: Any, code: str) -> None:
    """A ratio that is told equals part over whole of the second opinion; one that is not has a reason."""
    table, measure, over, over_measure, members, dimension = _RATIOS[code]
    told = [one for one in view["figures"] if one["code"] == code]
    assert told
    for one in told:
        if one["value"] is None:
            assert one["reason"] in ("hidden", "zero denominator")
            continue
        among = [(one["by"], one["member"])] if one["by"] else []
        keys = [tuple(sorted([*among, (dimension, member)])) for member in members] or [tuple(among)]
        part = sum(opinion[table].get(key, {}).get(measure, 0) for key in keys)
        all_ = opinion[over][() if code == "MKT-PARTNER" else tuple(among)][over_measure]
        assert one["value"] == second.fraction(part, all_), one


def test_every_declared_figure_has_a_second_opinion() -> None:
    """No figure is without its independent check, and each says what it is in both languages."""
    assert set(_RATIOS) == {figure.code for figure in catalog.market().FIGURES}
    for one in (*catalog.market().FIGURES, *catalog.market().TABLES):
        assert one.en.endswith(".") and any("一" <= character <= "鿿" for character in one.zh)


def test_totals_count_a_borrower_once(view: Any, market: Any, opinion: Any) -> None:
    """Borrowers are counted once over all lenders, loans and balance are the sums of the lenders'."""
    every, totals = second.loans(market), view["totals"]
    assert totals["borrowers"] == every["person"].n_unique()
    assert totals["borrowers_of_each_lender"] == every.select("lender", "person").unique().height
    assert totals["loans"] == every.height and totals["lenders"] == 4
    assert whole(totals["balance"], 100) == every["balance"].sum()
    unnamed = every["borrower_pid"].null_count()
    assert totals["loans_without_pseudonym"] == ("fewer than 10" if 0 < unnamed < LEAST else unnamed)


def test_deciles_are_rounded_up(view: Any, market: Any) -> None:
    """A decile is the smallest thousand that so many tenths of the borrowers do not exceed."""
    owed = sorted(second.people(second.loans(market))["balance"].to_list())
    for tenth, told in enumerate(view["exposure_deciles"], start=1):
        exact = owed[-(-len(owed) * tenth // 10) - 1]
        assert whole(told, 100) == -(-exact // 100_000) * 100_000


def test_partner_concentration(market: Any, view: Any, opinion: Any) -> None:
    """HHI and shares of the largest, where every partner is shown; lenders served by each."""
    parts = {
        key[0][1]: cell["balance"] for key, cell in opinion["partners"].items() if [n for n, _ in key] == ["partner"]
    }
    total, told = sum(parts.values()), view["partners"]
    assert told["partners"] == len(parts) and told["hhi"] is not None
    assert told["hhi"] == second.fraction(sum(part**2 for part in parts.values()), total**2)
    ordered = sorted(parts.values(), reverse=True)
    for count, share in told["top_shares"].items():
        assert share == second.fraction(sum(ordered[: int(count)]), total)
    every = second.loans(market).filter(pl.col("partner").is_not_null())
    served = dict(every.group_by("partner").agg(pl.col("lender").n_unique()).iter_rows())
    assert told["lenders_served"] == served


def test_peers_stand_where_they_stand(view: Any) -> None:
    """A lender's place is the fraction of the others below it, equals counting half; quartiles interpolate."""
    assert {one["code"] for one in view["peers"]} >= {"MKT-COST", "MKT-30P"}
    for figure in view["peers"]:
        values = {peer["lender"]: float(peer["value"]) for peer in figure["lenders"]}
        for peer in figure["lenders"]:
            others = [value for lender, value in values.items() if lender != peer["lender"]]
            below = sum((value < values[peer["lender"]]) + (value == values[peer["lender"]]) / 2 for value in others)
            assert float(peer["below_fraction"]) == pytest.approx(below / len(others))
        frame = pl.Series(sorted(values.values()))
        expected = [frame.quantile(at, "linear") for at in (0.25, 0.5, 0.75)]
        assert [float(value) for value in figure["quartiles"]] == pytest.approx(expected, abs=1e-9)
