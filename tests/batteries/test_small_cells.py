"""Small cells: a reader with a linear programme learns of no small group what the policy keeps from him.

Every view is attacked as it is given out, by code that shares nothing with the product: all tables with common margins
together, deciles and totals included, and the difference of two views. The short form attacks 8 random books, the long
one (``LOANTAPE_LONG=1``) 100.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from loantape.declare import Period
from loantape.privacy.suppress import NotDisclosable
from tests.market import second_opinion as second
from tests.market.attack import Reader, whole
from tests.market.conftest import Market, random_market, view_of

BOOKS = 100 if os.environ.get("LOANTAPE_LONG") else 8
LEAST, PART = 10, 0.1
COUNTS = ("borrowers", "customers", "loans")
NEXT = Period.parse("2026-11")


def book(seed: int) -> Market:
    """A random market of 40 to some 1,500 people and one to five lenders."""
    pick = random.Random(seed)
    return random_market(seed, people=int(40 * 38 ** pick.random()), lenders=pick.choice([1, 2, 3, 5]))


def attack(view: Mapping[str, Any], opinion: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> int:
    """Try every sensitive cell of every table; returns how many there were. Fails on the first that is found out."""
    tried = 0
    for table in view["tables"]:
        for measure in table["measures"]:
            counts = measure in ("borrowers", "customers")
            reader = Reader(table, measure, 1 if measure in COUNTS else 100)
            known = deciles(view, reader) if table["name"] == "exposure" else []
            for cell in table["cells"]:
                there = opinion[table["name"]].get(second.key_of(cell))
                need = wanted(there, measure, counts) if there else None
                if not there or need is None:
                    continue
                tried += 1
                assert not cell["shown"], (table["name"], cell)
                low, high = reader.interval(cell["key"], int(counts), known)
                value, (down, up) = there[measure], need
                slack = 1e-5 * max(1.0, up)
                assert high >= value + up - slack, (table["name"], measure, cell, there, low, high)
                if low > value - down + slack:
                    # cells that are not empty keep their sums up: no lower than with everything hidden
                    assert counts, (table["name"], measure, cell, there, low, high)
                    assert low <= floor(table, measure, cell, known) + 1e-4, (table["name"], cell, there, low, high)
    return tried


def wanted(cell: Mapping[str, Any], measure: str, counts: bool) -> tuple[float, float] | None:
    """How far down and up a cell must stay open; None where it is not sensitive."""
    value = cell[measure]
    if counts:
        return (value - 1, LEAST - value) if 0 < cell["people"] < LEAST else None
    first, next_ = cell[f"largest {measure}"]
    missing = PART * first - (value - first - next_)
    few = 0 < cell[f"parts {measure}"] < LEAST
    if not few and missing <= 0:
        return None
    wide = max(PART * value if few else 0.0, missing)
    return min(wide, value), wide


def floor(table: Mapping[str, Any], measure: str, cell: Mapping[str, Any], known: Any) -> float:
    """The smallest value of a cell where nothing but empty cells and the grand total is shown."""
    closed = copy.deepcopy(dict(table))
    for one in closed["cells"]:
        if one["key"] and one["shown"] and one["values"][measure]:
            one["shown"] = False
    return Reader(closed, measure).interval(cell["key"], 1, known)[0]


def deciles(view: Mapping[str, Any], reader: Reader) -> list[tuple[np.ndarray, float]]:
    """What deciles and the total balance say of the borrowers in each band, as weights and the most they come to."""
    (names,) = zip(*reader.base, strict=True)
    # of each band: at least, at most, in cents
    ends = {}
    for name in names:
        low, _, high = name.rstrip("+").rpartition("-") if not name.endswith("+") else (name[:-1], "", "")
        ends[name] = (int(low or 0) * 100, int(high) * 100 if high else None)
    borrowers = view["totals"]["borrowers"]
    known = [
        (np.array([ends[name][0] / 100 for name in names]), whole(view["totals"]["balance"], 100) / 100),
    ]
    for tenth, told in enumerate(view["exposure_deciles"], start=1):
        rank, decile = -(-borrowers * tenth // 10), whole(told, 100)
        for _, edge in ends.values():
            if edge is None:
                continue
            to = np.array([float((ends[name][1] or float("inf")) <= edge) for name in names])
            if edge >= decile:
                known.append((-to, -float(rank)))
            if edge <= decile - 100_000:
                known.append((to, float(rank - 1)))
    return known


@pytest.mark.parametrize("seed", range(BOOKS))
def test_no_small_cell_is_computed_back(seed: int) -> None:
    """Of no sensitive cell a linear programme over all published tables learns more than the policy lets it."""
    market = book(seed)
    try:
        view = view_of(market)
    except NotDisclosable:
        assert sum(frames["loan"].height for frames in market.values()) < 400, "refused although there are many"
        return
    attack(view, second.cells(market))


def changed(market: Market, seed: int, share: float, version: int, period: str) -> Market:
    """The same lenders later: a share of the people repaid, fell behind, left or came."""
    pick = random.Random(seed)
    found = {}
    for name, frames in market.items():
        rows = frames["loan"].to_dicts()
        kept = []
        for row in rows:
            if pick.random() < share:
                what = pick.random()
                if what < 0.1:
                    continue
                if what < 0.3:
                    row |= {"days_past_due": 45, "five_class": "2"}
                row |= {"balance_cents": row["balance_cents"] * 9 // 10 + 1}
            kept.append(row)
        if pick.random() < 0.5:
            kept.append(rows[0] | {"iou_no": "another", "borrower_pid": "f" * 64, "loan_status": "LS01"})
        frame = pl.DataFrame(kept, schema=frames["loan"].schema)
        found[f"{name.split('/')[0]}/{period}/v{version}"] = {**frames, "loan": frame}
    return found


@pytest.mark.parametrize(("seed", "share", "same_period"), [
    (seed, share, same) for seed in range(BOOKS // 4) for share, same in ((0.05, True), (0.95, False))
])  # fmt: skip
def test_the_difference_of_two_views_tells_no_small_group(seed: int, share: float, same_period: bool) -> None:
    """A cell shown twice changed by no borrower or by many; what was hidden stays so; the later view holds alone too.

    Twice of one period, as after corrections, and of two consecutive periods.
    """
    before = random_market(seed + 500, people=1200)
    period = "2026-10" if same_period else str(NEXT)
    after = changed(before, seed, share, 2 if same_period else 1, period)
    both = {**before, **after}
    first = view_of(both, sorted(before))
    try:
        later = view_of(both, sorted(after), shown=[(first, same_period)], period=Period.parse(period))
    except NotDisclosable:
        pytest.fail("many borrowers changed: the view can be made")
    attack(later, second.cells(after))
    compared = hidden_for_it = 0
    shown_first = {(table["name"], second.key_of(cell)): cell for table in first["tables"] for cell in table["cells"]}
    for table in later["tables"]:
        for cell in table["cells"]:
            earlier = shown_first.get((table["name"], second.key_of(cell)))
            if earlier is None:
                continue
            if same_period and not earlier["shown"] and cell["shown"]:
                assert all(whole(value, 100 if "." in str(value) else 1) == 0 for value in cell["values"].values())
            for measure in table["measures"]:
                number = movers(before, after, table["name"], cell["key"], measure)
                compared += earlier["shown"] and cell["shown"]
                if not cell["key"] and measure == "borrowers":
                    continue  # how many there are in all says nothing else of those who came or left
                if 0 < number < LEAST and earlier["shown"]:
                    hidden_for_it += 1
                    assert not cell["shown"], (table["name"], cell, measure, number)
    assert compared > 30 and hidden_for_it > 0


def movers(before: Market, after: Market, table: str, key: Mapping[str, str], measure: str) -> int:
    """How many people have another part of a measure in a cell than before."""
    columns = {"balance": "balance", "loans": "one", "priced_balance": "priced", "annual_cost": "annual"}
    columns |= {"overdue_amount": "overdue_cents", "provision": "provision_cents"}
    columns |= {"borrowers": "one", "customers": "one"}
    parts = []
    for market in (before, after):
        every = second.loans(market)
        frame = second.people(every) if table in ("borrowers", "exposure") else every
        frame = frame.filter(pl.col("partner").is_not_null()) if table == "partners" else frame
        frame = frame.with_columns(one=pl.lit(1)).filter(*(pl.col(name) == member for name, member in key.items()))
        found = frame.group_by("person").agg(pl.col(columns[measure]).sum()).iter_rows()
        parts.append({row[0]: (1 if measure in ("borrowers", "customers") else row[1]) for row in found})
    return sum(parts[0].get(one, 0) != parts[1].get(one, 0) for one in {*parts[0], *parts[1]})


def test_a_correction_of_few_is_not_shown_again() -> None:
    """Where fewer borrowers than a cell needs changed since a view of the period was shown, that view stands."""
    before = random_market(7, people=400)
    name = next(iter(before))
    loan = before[name]["loan"].with_columns(
        balance_cents=pl.when(pl.int_range(pl.len()) < 4).then(pl.col("balance_cents") + 100).otherwise("balance_cents")
    )
    corrected = {**before, name.replace("v1", "v2"): {**before[name], "loan": loan}}
    first = view_of(corrected, sorted(before))
    after = sorted({*before, name.replace("v1", "v2")} - {name})
    with pytest.raises(NotDisclosable, match="shown"):
        view_of(corrected, after, shown=[(first, True)])
    assert view_of(corrected, after)["totals"]["borrowers"] == first["totals"]["borrowers"]
