"""Annual rates from cash flows: authority's figures, a second implementation, exact decimals, and what has no rate."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from transforms import pricing

LEVEL = {"repay_method": "EQUAL_INSTALMENT", "repay_frequency": "MONTH"}
cents = st.integers(1, 10_000_000_00)
counts = st.integers(1, 360)


def _priced(tape: Callable[..., Any], *loans: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    rows = [
        {**LEVEL, "iou_no": str(i), "net_proceeds_amount": net, "instalment_amount": paid, "term_count": n}
        for i, (net, paid, n) in enumerate(loans)
    ]
    con = tape({"loan": rows})
    pricing.price_loans(con)
    return con.execute('SELECT simple_annual_pct, irr_annual_pct, status FROM loan_pricing ORDER BY "row"').fetchall()


def _reference(net: Decimal, paid: Decimal, n: int) -> tuple[Decimal, Decimal]:
    """Both rates by bisection in 60-digit decimals: slow, and sharing nothing with the solver but the equation."""
    with localcontext(prec=60):
        low, high = Decimal("-0.999"), Decimal(1)
        while sum(paid / (1 + high) ** k for k in range(1, n + 1)) > net:
            high *= 2
        for _ in range(130):
            middle = (low + high) / 2
            if sum(paid / (1 + middle) ** k for k in range(1, n + 1)) > net:
                low = middle
            else:
                high = middle
        last = Decimal("0.00000001")
        return (1200 * low).quantize(last, ROUND_HALF_UP), (100 * ((1 + low) ** 12 - 1)).quantize(last, ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("net", "simple", "compound"), [(99_000, 12.8038, 13.5826), (100_000, 10.8957, 11.4566)], ids=["fee", "no fee"]
)
def test_the_central_banks_example_comes_out(net: float, simple: float, compound: float) -> None:
    """PBoC announcement [2021] No. 3: 100,000 lent, 12 payments of 8,833.3, with and without a fee of 1,000 upfront."""
    rate = pricing.level_monthly_rate(net, 8833.3, 12)
    assert pricing.cn_simple_pct(rate) == pytest.approx(simple, abs=5e-5)
    assert pricing.cn_compound_pct(rate) == pytest.approx(compound, abs=5e-5)


def test_the_published_vectors_come_out_to_their_last_digit(tape: Callable[..., Any]) -> None:
    """Two vectors with eight decimals from an independent root finder on the same example."""
    assert _priced(tape, (99_000, "8833.30", 12)) == [(Decimal("12.80380185"), Decimal("13.58255763"), "ok")]


@given(net=cents, paid=cents, n=counts)
def test_the_payments_discounted_at_the_rate_are_the_proceeds(net: int, paid: int, n: int) -> None:
    """The net present value at the root is zero but for rounding, whatever the sign and size of the rate."""
    rate = pricing.level_monthly_rate(float(net), float(paid), n)
    if not -0.95 < rate < 100:
        return
    worth = sum(paid * (1 + rate) ** -k for k in range(1, n + 1))
    assert worth == pytest.approx(net, rel=1e-11)


@given(net=cents, paid=cents, more=st.integers(1, 10_000_00), n=counts)
def test_paying_more_never_lowers_the_rate(net: int, paid: int, more: int, n: int) -> None:
    """The rate rises with the instalment and falls with the proceeds."""
    rate = pricing.level_monthly_rate(float(net), float(paid), n)
    assert pricing.level_monthly_rate(float(net), float(paid + more), n) >= rate
    assert pricing.level_monthly_rate(float(net + more), float(paid), n) <= rate


@given(net=st.integers(100_00, 1_000_000_00), n=st.integers(2, 60), monthly=st.floats(0.0005, 0.05))
def test_another_implementation_agrees(net: int, n: int, monthly: float) -> None:
    """pyxirr's internal rate of return of the same cash flows is the same monthly rate."""
    paid = round(net * monthly / (1 - (1 + monthly) ** -n))
    other = pyxirr.irr([-net] + [paid] * n)
    assert pricing.level_monthly_rate(float(net), float(paid), n) == pytest.approx(other, abs=1e-9)


@given(n=counts, paid=st.integers(1, 100_000_00), off=st.integers(-3, 3))
def test_rates_next_to_zero_keep_their_digits(n: int, paid: int, off: int) -> None:
    """A few cents above or below the proceeds give a tiny rate of the right sign and size, where formulas cancel."""
    net = paid * n - off
    if net <= 0:
        return
    rate = pricing.level_monthly_rate(float(net), float(paid), n)
    assert np.sign(rate) == np.sign(off)
    if abs(off) * 100 < paid:
        assert rate == pytest.approx(2 * off / (net * (n + 1)), rel=0.02)


@pytest.mark.parametrize("x", [0.0, 1e-18, -1e-15, 1e-12, -1e-9, 1e-6])
def test_the_annuity_and_its_slope_hold_next_to_zero(x: float) -> None:
    """Where the closed form divides nearly zero by nearly zero, value and slope are still those of the sum."""
    value, slope = pricing._log_annuity(np.array([x]), np.array([12.0]))
    assert value[0] == pytest.approx(np.log(12) - 6.5 * x, abs=1e-9 * abs(x) + 1e-15 + 10 * x * x)
    assert slope[0] == pytest.approx(-6.5, rel=1e-4)


@pytest.mark.parametrize(("net", "paid", "n"), [(0.0, 1.0, 1), (1.0, 0.0, 1), (1.0, 1.0, 0), (-1.0, 1.0, 1)])
def test_flows_without_a_rate_are_refused(net: float, paid: float, n: int) -> None:
    """The functions raise instead of returning NaN."""
    with pytest.raises(ValueError, match="above zero"):
        pricing.level_monthly_rate(net, paid, n)


def test_every_digit_in_the_table_is_the_exact_solutions(tape: Callable[..., Any]) -> None:
    """loan_pricing holds the correctly rounded eighth decimal, compared with 60-digit bisection."""
    pick = random.Random(20260731)
    loans = []
    for _ in range(80):
        n, monthly = pick.choice([1, 3, 6, 12, 24, 36]), pick.uniform(-0.002, 0.04)
        net = Decimal(pick.randrange(500_00, 90_000_00)) / 100
        paid = Decimal(round(float(net) * 100 * monthly / (1 - (1 + monthly) ** -n))) / 100
        loans.append((net, paid, n))
    for loan, (simple, compound, status) in zip(loans, _priced(tape, *loans), strict=True):
        assert (simple, compound) == _reference(*loan)
        assert status == ("ok" if simple >= 0 else "negative rate")


def test_rounding_in_doubt_is_decided_in_decimals() -> None:
    """A double that lies on a rounding boundary is settled by the exact solution, to either side."""
    net, paid, n = np.array([9_900_000.0]), np.array([883_330.0]), np.array([12.0])
    with localcontext(prec=50):
        exact = 1200 * pricing._exact_rate(Decimal(9_900_000), Decimal(883_330), 12, Decimal("0.0107"))
    assert str(exact).startswith("12.8038018510353")
    for asked in (12.803801845, 12.803801855):  # half a unit of the eighth decimal below and above
        units, fits = pricing._exact_units(np.array([asked]), np.array([True]), net, paid, n, pricing._simple_units)
        assert (units[0], fits[0]) == (1_280_380_185, True)


def test_each_case_has_its_stated_result(tape: Callable[..., Any]) -> None:
    """Zero rate, payments below the proceeds, no cash on one side, a rate too large for its column."""
    priced = _priced(
        tape,
        ("1200.00", "100.00", 12),  # pays back what it got
        ("1200.00", "90.00", 12),  # pays back less
        ("0.00", "100.00", 12),  # received nothing
        ("1200.00", "0.00", 12),  # pays nothing
        ("1200.00", "100.00", 0),  # no instalments
        ("1.00", "100000.00", 1),  # the simple rate fits, the compound rate does not
        ("0.01", "999999999999.00", 1),  # neither fits
    )
    assert priced[0] == (Decimal(0), Decimal(0), "ok")
    assert priced[1][2] == "negative rate" and priced[1][0] < 0 and priced[1][1] < 0
    assert priced[2:5] == [(None, None, "no rate")] * 3
    assert priced[5] == (Decimal("119998800.00000000"), None, "out of range")
    assert priced[6] == (None, None, "out of range")


def test_only_level_monthly_loans_with_all_inputs_are_priced(tape: Callable[..., Any]) -> None:
    """Other schedules and loans that lack an input have no row; the row number says which loan a row is of."""
    full = {**LEVEL, "net_proceeds_amount": 1000, "instalment_amount": 100, "term_count": 12}
    con = tape(
        {
            "loan": [
                {"iou_no": "bullet", **full, "repay_method": "BULLET"},
                {"iou_no": "weekly", **full, "repay_frequency": "WEEK"},
                {"iou_no": "no net", **full, "net_proceeds_amount": None},
                {"iou_no": "no instalment", **full, "instalment_amount": None},
                {"iou_no": "no count", **full, "term_count": None},
                {"iou_no": "priced", **full},
                {"iou_no": None, **full},
                {"iou_no": "priced", **full, "term_count": 11},
            ]
        }
    )
    pricing.price_loans(con)
    found = con.execute('SELECT iou_no, "row", simple_annual_pct > 0 FROM loan_pricing ORDER BY "row"').fetchall()
    assert found == [("priced", 5, True), (None, 6, True), ("priced", 7, True)]
    assert [row[1] for row in con.execute("DESCRIBE loan_pricing").fetchall()[:4]] == [
        "VARCHAR",
        "DECIMAL(18,8)",
        "DECIMAL(18,8)",
        "VARCHAR",
    ]


def test_an_empty_tape_gives_an_empty_table(tape: Callable[..., Any]) -> None:
    """No loans, no rows, and no error."""
    assert _priced(tape) == []


def test_batches_join_without_a_seam(tape: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same loans priced in batches of three and all at once give the same table."""
    loans = [(1000 + i, 100, 12) for i in range(20)]
    whole = _priced(tape, *loans)
    monkeypatch.setattr(pricing, "_ROWS_PER_BATCH", 3)
    assert _priced(tape, *loans) == whole
    assert len(whole) == 20
