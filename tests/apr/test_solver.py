"""The solver against two independent root finders, and against what must be true of any rate."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from transforms.apr.methods import NEGATIVE_RATE, NO_RATE, OK, OUT_OF_RANGE, SEVERAL_RATES, annual_rates
from transforms.apr.roots import BEYOND, MANY, NONE, ONE
from transforms.apr.solve import all_roots, solve
from transforms.pricing import level_monthly_rate

LOANS = 1_000_000 if os.environ.get("LOANTAPE_LONG") else 20_000
PIECE = 20_000
DOUBTED = 1e-10


def _portfolio(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """offsets, cents, years, odd fractions of random loans: 1 to 60 payments, one to three advances, fees, any rate.

    Every fourth loan counts unit-periods with odd fractions, every tenth is near zero or below, payments are uneven.
    """
    pick = np.random.default_rng(seed)
    offsets, amounts, whole, odd = [0], [], [], []
    for k in range(count):
        n = int(pick.integers(1, 61)) if k % 7 else int(pick.integers(1, 4))
        advances = int(pick.integers(1, 4)) if k % 5 == 0 else 1
        odd_days = k % 4 == 3
        first = pick.integers(0, 30) / 30 if odd_days else pick.uniform(0.01, 0.3)
        if odd_days:
            times = advances - 1 + np.arange(n) + 1.0
            parts = np.full(n, first)
        else:
            times = (advances - 1) * 0.01 + np.cumsum(pick.uniform(0.01, 0.15, n)) + first
            parts = np.zeros(n)
        when_out = np.arange(advances) * (1.0 if odd_days else 0.01)
        out = pick.integers(100_00, 5_000_000_00, advances).astype(float)
        unit = pick.uniform(0.0001, 0.05) if odd_days else pick.uniform(0.001, 0.8)
        if k % 10 == 9:
            unit = float(pick.choice([-0.3, -0.01, -1e-5, 1e-7, 1e-4, 3.0, 40.0]))
        shares = pick.uniform(0.3, 1.7, n)
        grown = (1 + parts * unit) * (1 + unit) ** times
        worth = (out / (1 + unit) ** when_out).sum()
        paid = np.maximum(1.0, np.round(shares * worth / (shares / grown).sum()))
        amounts += [*out, *-paid]
        whole += [*when_out, *times]
        odd += [*np.zeros(advances), *parts]
        if k % 3 == 0:  # a fee from the proceeds
            amounts.append(-np.floor(out[0] * 0.02))
            whole.append(0.0)
            odd.append(0.0)
        offsets.append(len(amounts))
    return np.array(offsets), np.array(amounts), np.array(whole), np.array(odd)


def _other(amounts: np.ndarray, whole: np.ndarray, odd: np.ndarray) -> float:
    """i by brentq on the plain equation in i, bracketed by scanning; nothing is shared with the solver."""

    def value(i: float) -> float:
        return float(np.sum(amounts / ((1 + odd * i) * (1 + i) ** whole)))

    low, high = -0.5, 1.0
    while value(low) * value(high) > 0:
        low, high = low - 0.5 * (1 + low), high * 2 + 1
        assert high < 1e12
    return float(brentq(value, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def _exact(amounts: np.ndarray, whole: np.ndarray, odd: np.ndarray, near: float) -> mpmath.mpf:
    """i in 40 digits: Newton's steps on the plain equation, the last of which must no longer move it."""
    with mpmath.workdps(40):
        i, step = mpmath.mpf(near), mpmath.mpf(1)
        flows = [tuple(map(mpmath.mpf, map(float, flow))) for flow in zip(amounts, whole, odd, strict=True)]
        for _ in range(6):
            growth = mpmath.log1p(i)
            worth = [a / (1 + f * i) * mpmath.exp(-t * growth) for a, t, f in flows]
            slope = mpmath.fsum(-w * (t / (1 + i) + f / (1 + f * i)) for w, (_, t, f) in zip(worth, flows, strict=True))
            step = mpmath.fsum(worth) / slope
            i -= step
        assert abs(step) < abs(i) * mpmath.mpf("1e-20")
        return i


def _piece(piece: int) -> tuple[float, int]:
    """The worst relative difference in PIECE loans, and how many of them took 40 digits to judge."""
    worst, hard = 0.0, 0
    offsets, amounts, whole, odd = _portfolio(20261122 + piece, PIECE)
    both = solve(offsets, amounts, whole, odd)
    without = solve(offsets, amounts, whole)  # right where there are no odd fractions
    assert (both.outcome == ONE).all()
    for k in range(PIECE):
        own = slice(offsets[k], offsets[k + 1])
        flows = amounts[own], whole[own], odd[own]
        expected = _other(*flows)
        found = [float(np.expm1(both.growth[k]))] + ([float(np.expm1(without.growth[k]))] if k % 4 != 3 else [])
        if amounts[own].sum() == 0.0:  # whole cents: exact, and no rate is as much as nothing
            assert set(found) == {0.0}
            assert abs(expected) < 1e-9
            continue
        off = max(abs(one - expected) for one in found) / abs(expected) if expected else np.inf
        if off > DOUBTED:  # next to zero the difference is mostly the peer's own cancellation
            hard += 1
            exact = _exact(*flows, found[0])
            assert abs(expected - exact) < 1e-5 * max(abs(exact), 1e-6)  # the same root
            off = max(float(abs((one - exact) / exact)) for one in found)
        worst = max(worst, off)
    return worst, hard


@pytest.mark.timeout(7200)  # the long form calls the other root finder a million times
def test_a_portfolio_agrees_with_an_independent_root_finder() -> None:
    """20,000 random loans (a million in the long form): no rate differs by more than 1e-8 of itself from brentq's.

    Where the two differ by more than 1e-10, 40 digits judge.
    """
    if LOANS == PIECE:
        pieces = [_piece(0)]
    else:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            pieces = list(pool.map(_piece, range(LOANS // PIECE)))
    worst, hard = max(worst for worst, _ in pieces), sum(hard for _, hard in pieces)
    print(f"{LOANS:,} loans, {hard:,} of them in 40 digits, worst relative difference {worst:.1e}")
    assert worst <= 1e-8


def test_level_schedules_have_the_rate_of_the_closed_form() -> None:
    """2,000 level monthly loans: the general solver and pricing's closed form give the same monthly rate."""
    pick = np.random.default_rng(7)
    counts = pick.integers(1, 361, 2_000)
    got = pick.integers(1_000_00, 100_000_00, 2_000).astype(float)
    monthly = pick.uniform(-0.001, 0.04, 2_000)
    paid = np.maximum(1.0, np.round(got * monthly / (1 - (1 + monthly) ** -counts)))
    offsets = np.concatenate([[0], np.cumsum(counts + 1)])
    amounts, times = -np.repeat(paid, counts + 1), np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts + 1)
    amounts[offsets[:-1]] = got
    roots = solve(offsets, amounts, times.astype(float))
    assert (roots.outcome == ONE).all()
    assert np.expm1(roots.growth) == pytest.approx(level_monthly_rate(got, paid, counts.astype(float)), rel=1e-11)


def _mp_root(amounts: list[float], times: list[float], near: float) -> mpmath.mpf:
    """The growth at 50 digits, by bisection around a double; the signs at the ends prove the root is there."""
    with mpmath.workdps(50):

        def value(x: mpmath.mpf) -> mpmath.mpf:
            return mpmath.fsum(a * mpmath.exp(-mpmath.mpf(t) * x) for a, t in zip(amounts, times, strict=True))

        width = mpmath.mpf(abs(near)) * mpmath.mpf("1e-10") + mpmath.mpf("1e-40")
        low, high = mpmath.mpf(near) - width, mpmath.mpf(near) + width
        assert value(low) * value(high) < 0
        return mpmath.findroot(value, (low, high), solver="anderson", tol=1e-60)


HARD = {
    "a cent above the proceeds over five years": ([100_000_00.0] + [-1_666_66.0] * 59 + [-1_667_07.0], 1 / 12),
    "a cent below": ([100_000_00.0] + [-1_666_66.0] * 59 + [-1_667_05.0], 1 / 12),
    "thirty years of days": ([1_000_000_00.0] + [-150_00.0] * 10_950, 1 / 365),
    "thirty years of days, nearly free": ([1_642_499_99.0] + [-150_00.0] * 10_950, 1 / 365),
    "a payday loan of thousands of percent": ([100_00.0, -150_00.0], 14 / 365),
    "a tenth comes back": ([100_000_00.0] + [-1_000_00.0] * 10, 1.0),
    "a thousandth comes back": ([100_000_00.0, -100_00.0], 1.0),
    "millions of percent": ([1_00.0, -25_00.0], 0.2),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_loans_hold_their_digits(name: str) -> None:
    """Twelve digits of the growth against 50-digit arithmetic where the equation is well conditioned."""
    amounts, step = HARD[name]
    times = [k * step for k in range(len(amounts))]
    roots = solve(np.array([0, len(amounts)]), np.array(amounts), np.array(times))
    assert roots.outcome[0] == ONE
    exact = _mp_root(amounts, times, roots.growth[0])
    assert abs(roots.growth[0] / exact - 1) < 1e-12
    flipped = solve(np.array([0, len(amounts)]), -np.array(amounts), np.array(times))
    assert flipped.growth[0] == roots.growth[0]


cents = st.integers(1, 10_000_000_00)
schedules = st.lists(st.tuples(cents, st.floats(0.01, 30.0)), min_size=1, max_size=40)


def _one(amounts: list[float], times: list[float], odd: list[float] | None = None) -> tuple[int, float]:
    roots = solve(
        np.array([0, len(amounts)]), np.array(amounts), np.array(times), None if odd is None else np.array(odd)
    )
    return int(roots.outcome[0]), float(roots.growth[0])


@given(got=cents, payments=schedules, factor=st.sampled_from([0.01, 3.0, 1024.0]))
@settings(deadline=None)
def test_scaling_and_reversing_leave_the_rate(got: int, payments: list[tuple[int, float]], factor: float) -> None:
    """All amounts in another currency, or seen from the lender's side: the same rate."""
    amounts, times = [float(got), *(-float(a) for a, _ in payments)], [0.0, *(t for _, t in payments)]
    outcome, growth = _one(amounts, times)
    assert _one([-a for a in amounts], times) == pytest.approx((outcome, growth), nan_ok=True)
    scaled = _one([factor * a for a in amounts], times)
    assert scaled[0] == outcome
    assert scaled[1] == pytest.approx(growth, rel=1e-10, abs=1e-14, nan_ok=True)


@given(got=cents, payments=schedules, share=st.floats(0.001, 0.5))
@settings(deadline=None)
def test_a_fee_raises_the_rate(got: int, payments: list[tuple[int, float]], share: float) -> None:
    """Whatever is taken from the proceeds makes the same payments dearer."""
    amounts, times = [float(got), *(-float(a) for a, _ in payments)], [0.0, *(t for _, t in payments)]
    before, after = _one(amounts, times), _one([*amounts, -share * got], [*times, 0.0])
    if before[0] == ONE == after[0]:
        assert after[1] > before[1]


@given(payments=schedules, data=st.data())
@settings(deadline=None)
def test_equal_totals_give_exactly_zero(payments: list[tuple[int, float]], data: st.DataObject) -> None:
    """Who pays back exactly what it got pays 0, not nearly 0, in whole cents and in amounts with decimals."""
    amounts = [float(sum(a for a, _ in payments)), *(-float(a) for a, _ in payments)]
    times = [0.0, *(t for _, t in payments)]
    assert _one(amounts, times) == (ONE, 0.0)
    assert _one(amounts, times, data.draw(st.lists(st.just(0.5), min_size=len(times), max_size=len(times)))) == (
        ONE,
        0.0,
    )
    assert _one([0.3, -0.1, -0.2], [0.0, 1.0, 2.0]) == (ONE, 0.0)


@given(got=cents, payments=schedules, data=st.data())
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter(got: int, payments: list[tuple[int, float]], data: st.DataObject) -> None:
    """The same flows in any order have the same rate, found whatever comes first."""
    flows = [(float(got), 0.0), *((-float(a), t) for a, t in payments)]
    mixed = data.draw(st.permutations(flows))
    first, second = (_one([a for a, _ in rows], [t for _, t in rows]) for rows in (flows, mixed))
    assert first[0] == second[0]
    assert second[1] == pytest.approx(first[1], rel=1e-11, abs=1e-15, nan_ok=True)


@given(
    roots=st.lists(st.integers(-80, 300), min_size=1, max_size=5, unique=True),
    odd=st.booleans(),
)
@settings(deadline=None)
def test_every_root_of_a_made_polynomial_is_found(roots: list[int], odd: bool) -> None:
    """Flows made from known rates, a percent apart or more: as many rates come back, each where it was put."""
    discounts = [1 / (1 + rate / 100) for rate in roots]
    amounts = np.poly(discounts)[::-1]  # sum of a v^t is zero at every discount v
    times = np.arange(len(amounts), dtype=float)
    parts = np.zeros(len(amounts))
    if odd:  # the same factor on every flow moves no root
        parts += 0.4
    found = 100 * np.expm1(all_roots(amounts, times, parts if odd else None))
    assert found == pytest.approx(np.sort(np.array(roots, dtype=float)), abs=2e-3)
    outcome = solve(np.array([0, len(amounts)]), amounts, times, parts).outcome[0]
    assert outcome == (ONE if len(roots) == 1 else MANY)


def test_each_case_has_its_stated_outcome() -> None:
    """No change of sign, two roots, a touching root, no crossing, a root out of range, nothing at all."""
    cases = [
        ([100.0, 50.0], [0.0, 1.0], NONE),
        ([-100.0, 230.0, -132.0], [0.0, 1.0, 2.0], MANY),  # 10 % and 20 %
        ([1.0, -2.0, 1.0], [0.0, 1.0, 2.0], ONE),  # touches zero at 0 %
        ([1.0, -1.0, 1.0], [0.0, 1.0, 2.0], NONE),  # stays above
        ([1.0, -1e12], [0.0, 0.1], BEYOND),
        ([1.0, -1e-30], [0.0, 0.1], BEYOND),
        ([100.0, -100.0], [1.0, 1.0], NONE),  # cancel on one day
        ([0.0, 0.0], [0.0, 1.0], NONE),
        ([], [], NONE),
    ]
    offsets = np.cumsum([0, *(len(amounts) for amounts, _, _ in cases)])
    flat = [np.array([x for case in cases for x in case[k]]) for k in range(2)]
    roots = solve(offsets, *flat)
    assert roots.outcome.tolist() == [case[2] for case in cases]
    assert np.isfinite(roots.growth).tolist() == [case[2] in (ONE, MANY) for case in cases]
    assert roots.growth[2] == 0.0
    assert np.expm1(roots.growth[1]) == pytest.approx(0.1, rel=1e-9)  # of two, the one nearest to zero
    pieces = solve(offsets, *flat, threads=3)
    assert pieces.outcome.tolist() == roots.outcome.tolist()


def test_statuses_say_what_rates_are() -> None:
    """ok, negative, none, several, out of range: each with a number or without one, never silently."""
    flows = [(1000, -1100), (1000, -900), (1000, 1000), (1e-6, -1e9), (1000, -1000)]
    rates = annual_rates(
        "xirr",
        np.arange(6) * 2,
        np.array(flows, dtype=float).ravel(),
        numbers=np.tile([0.0, 1.0], 5),
    )
    assert rates.status.tolist() == [OK, NEGATIVE_RATE, NO_RATE, OUT_OF_RANGE, OK]
    assert rates.pct[[0, 1, 4]] == pytest.approx([10, -10, 0], abs=1e-12)
    assert np.isnan(rates.pct[[2, 3]]).all()
    several = annual_rates(
        "xirr", np.array([0, 3]), np.array([-100.0, 230.0, -132.0]), numbers=np.array([0.0, 1.0, 2.0])
    )
    assert several.status[0] == SEVERAL_RATES
    assert several.pct[0] == pytest.approx(10, rel=1e-9)


def test_what_cannot_be_solved_is_refused() -> None:
    """Lengths that disagree, numbers that are not finite, methods that do not exist raise; nothing is guessed."""
    two, flows = np.array([0, 2]), np.array([1.0, -1.0])
    with pytest.raises(ValueError, match="offsets"):
        solve(np.array([0, 3]), flows, flows)
    with pytest.raises(ValueError, match="one length"):
        solve(two, flows, np.array([0.0]))
    with pytest.raises(ValueError, match="finite"):
        solve(two, np.array([1.0, np.nan]), flows)
    with pytest.raises(ValueError, match="no method"):
        annual_rates("apr", two, flows, numbers=flows)
    with pytest.raises(ValueError, match="either"):
        annual_rates("xirr", two, flows)
    with pytest.raises(ValueError, match="unit-periods a year"):
        annual_rates("us_reg_z", two, flows, numbers=np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="whole"):
        annual_rates("us_reg_z_talc", two, flows, numbers=np.array([0.0, 1.5]), per_year=np.array([12.0]))
    with pytest.raises(ValueError, match="periodic"):
        annual_rates("xirr", two, flows, days=np.array([0, 365]), basis="periodic")
