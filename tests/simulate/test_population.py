"""The monthly chain and the prices: declared roll rates are the observed ones, rates are those of the cash flows."""

from __future__ import annotations

import csv
import hashlib
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.declare import Period
from loantape.errors import ConfigurationError
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, pricing, simulate
from loantape.simulate.archetypes import BUCKETS, CLOSED, WRITTEN_OFF
from loantape.simulate.book import Book
from loantape.simulate.loans import block_of
from loantape.simulate.persons import PERSONS, _scattered, persons_of

LENDERS = sorted(ARCHETYPES)
SEPTEMBER = 2026 * 12 + 8


@pytest.mark.parametrize("lender", LENDERS)
def test_roll_rates_sum_to_one(lender: str) -> None:
    """Every row of a declared matrix is a distribution in parts per million."""
    matrix = ARCHETYPES[lender].rolls.matrix()
    assert matrix.shape == (BUCKETS, BUCKETS + 2)
    assert (matrix >= 0).all()
    assert (matrix.sum(axis=1) == 1_000_000).all()


@pytest.mark.parametrize("lender", ["demo_cashloan", "demo_consumer_finance", "demo_paylater"])
def test_observed_moves_are_the_declared_ones(lender: str) -> None:
    """Between two months, loans move between buckets of thirty days as the matrix says, within sampling error."""
    archetype = ARCHETYPES[lender]
    slots = np.arange(300_000)
    then, now = (Book(archetype, 11, month) for month in (SEPTEMBER, SEPTEMBER + 1))
    before, after = block_of(then, slots), block_of(now, slots)
    status = after.loan["loan_status"]
    target = -(-after.loan["days_past_due"] // 30)
    target = np.where(status == now.texts.number("LF01"), CLOSED, target)
    target = np.where(status == now.texts.number("LF02"), WRITTEN_OFF, target)
    bucket = -(-before.loan["days_past_due"] // 30)
    # the last instalment closes a loan whatever the matrix says
    going_on = before.population.elapsed + 1 < before.population.instalments
    same = (before.number == after.number) & going_on
    matrix = archetype.rolls.matrix()
    for start in range(6):
        moved = np.bincount(target[same & (bucket == start)], minlength=BUCKETS + 2)
        seen = moved.sum()
        assert seen > 100
        share = matrix[start] / 1_000_000
        allowed = 5 * np.sqrt(seen * share * (1 - share)) + 1e-9
        assert (np.abs(moved - seen * share) <= allowed).all(), (start, moved, seen * share)


def test_loans_end_once_and_are_followed(tmp_path: Path) -> None:
    """A closed or written-off loan stands with balance 0 in its last month, then its slot holds a new loan."""
    book = [Book(ARCHETYPES["demo_microloan"], 5, SEPTEMBER + month) for month in range(2)]
    before, after = (block_of(one, np.arange(20_000)) for one in book)
    ended = before.population.outcome != 0
    assert ended.any()
    assert (before.loan["balance_amount"][ended] == 0).all()
    assert (after.population.generation[ended] == before.population.generation[ended] + 1).all()
    assert (after.population.start_month[ended] == SEPTEMBER + 1).all()
    assert (after.number[~ended] == before.number[~ended]).all()


def annuity_rate(net: Decimal, payment: Decimal, count: int) -> float:
    """The monthly rate of a level schedule by bisection."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        worth = sum(float(payment) / (1 + middle) ** k for k in range(1, count + 1))
        low, high = (middle, high) if worth > float(net) else (low, middle)
    return low


@pytest.mark.parametrize("lender", LENDERS)
def test_shown_rates_are_those_of_the_cash_flows(lender: str, tmp_path: Path) -> None:
    """The rate shown for a level schedule is its internal rate of return, to the sixth decimal."""
    (folder,) = simulate(lender, Period.parse("2026-10"), 300, tmp_path, progress=silent())
    text = (folder / "loan.csv").read_bytes().decode(ARCHETYPES[lender].encoding)
    level = [row for row in csv.DictReader(text.splitlines()) if row["instalment_amount"]]
    assert level
    for row in level:
        net, payment = Decimal(row["net_proceeds_amount"]), Decimal(row["instalment_amount"])
        m = annuity_rate(net, payment, int(row["term_count"]))
        expected = 1200 * m if row["shown_method"] == "SIMPLE" else 100 * ((1 + m) ** 12 - 1)
        assert float(row["shown_annual_rate_pct"]) == pytest.approx(expected, abs=2e-6)
        assert Decimal(row["all_in_cost_pct"]) <= 24


def test_the_worked_example_of_the_announcement() -> None:
    """100,000 less a fee of 1,000, twelve payments of 8,833.30: 12.8038 % simple, 13.5826 % compound [S]."""
    simple, compound = pricing.annual_rates(np.array([9_900_000]), np.array([883_330]), np.array([12]))
    assert round(simple[0] / 1_000_000, 4) == 12.8038
    assert round(compound[0] / 1_000_000, 4) == 13.5826


@settings(max_examples=200, deadline=None)
@given(
    amount=st.integers(50_000, 20_000_000),
    nominal=st.integers(1_000_000, 24_000_000),
    count=st.integers(1, 36),
    method=st.sampled_from([pricing.LEVEL, pricing.EQUAL_PRINCIPAL]),
)
def test_a_schedule_repays_the_loan(amount: int, nominal: int, count: int, method: int) -> None:
    """Instalments repay exactly the amount lent; interest is one month's on the balance before, half a cent up."""
    payment = int(pricing.level_payments(np.array([amount]), np.array([nominal]), np.array([count]))[0])
    balance = amount
    for number in range(1, count + 1):
        principal, interest = pricing.instalment(method, amount, nominal, payment, count, count, number, balance)
        exact = Decimal(balance) * nominal / Decimal(1_200_000_000)
        assert interest == exact.to_integral_value(ROUND_HALF_UP)
        assert principal >= 0
        balance -= principal
    assert balance == 0


@settings(max_examples=200, deadline=None)
@given(amount=st.integers(50_000, 20_000_000), nominal=st.integers(1_000_000, 24_000_000), count=st.integers(1, 36))
def test_the_rate_of_a_level_schedule_reproduces_its_present_value(amount: int, nominal: int, count: int) -> None:
    """At the simple rate found, the payments are worth the amount lent, to the rate's last decimal."""
    payment = pricing.level_payments(np.array([amount]), np.array([nominal]), np.array([count]))
    simple, _ = pricing.annual_rates(np.array([amount]), payment, np.array([count]))
    worth = [
        sum(int(payment[0]) / (1 + (int(simple[0]) + half) / 1.2e9) ** k for k in range(1, count + 1))
        for half in (-0.51, 0.51)
    ]
    assert worth[0] >= amount - 1e-6
    assert worth[1] <= amount + 1e-6


def test_the_book_is_the_same_on_every_machine() -> None:
    """Draws, chains and prices are pinned: a change of them changes every simulated book there is."""
    digest = hashlib.sha256()
    for archetype in ARCHETYPES.values():
        block = block_of(Book(archetype, 1, SEPTEMBER), np.arange(3_000))
        for column in (*block.population, block.amount, block.payment, block.all_in, block.started_at):
            digest.update(column.astype("<i8").tobytes())
    assert digest.hexdigest() == "e45682fb1a1795816a8db3d218fb34eb2aa308bba2496c6e0ea3fd7650e6bc68"


def test_nobody_stands_twice_in_a_book() -> None:
    """300,000 loans of two lenders: no identity number twice in a book, and three in ten the same persons in both."""
    slots = np.arange(300_000)
    books = [Book(ARCHETYPES[lender], 1, SEPTEMBER) for lender in ("demo_cashloan", "demo_paylater")]
    one, other = (persons_of(book, slots).identity for book in books)
    assert np.unique(one).size == np.unique(other).size == slots.size
    both = np.intersect1d(one, other)
    assert both.size == (one == other).sum()
    assert abs(both.size / slots.size - 0.3) < 0.005
    assert (np.unique(_scattered(books[0].key, slots)) < PERSONS).all()
    with pytest.raises(ConfigurationError, match="identity numbers"):
        simulate("demo_cashloan", Period.parse("2026-10"), PERSONS + 1, Path("nowhere"), progress=silent())
