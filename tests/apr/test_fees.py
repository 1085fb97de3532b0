"""Fees enter each method as its law says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from transforms.apr import fees
from transforms.apr.methods import METHODS, annual_rates

START = date(2026, 1, 15)
EPOCH = date(1970, 1, 1)
PAYMENTS = fees.level(START, date(2026, 2, 15), Decimal("8833.30"), 12)


def _rate(method: str, *items: fees.Fee) -> float:
    flows = fees.flows(method, [(START, Decimal(100_000))], PAYMENTS, items)
    return float(
        annual_rates(
            method,
            np.array([0, len(flows)]),
            np.array([float(flow.amount) for flow in flows]),
            days=np.array([(flow.when - EPOCH).days for flow in flows]),
        ).pct[0]
    )


def test_every_method_treats_every_kind_of_fee_and_says_why() -> None:
    """No method lacks a treatment, and each has its source and how sure it is."""
    assert set(fees.COUNTED) == set(METHODS)
    for treatments in fees.COUNTED.values():
        assert set(treatments) == set(fees.KINDS)
        for treatment in treatments.values():
            assert treatment.source
            assert treatment.confidence in {"P", "S", "B-H", "B-M", "B-L", "OWN"}


def test_an_upfront_fee_is_netted_from_the_proceeds() -> None:
    """The central bank's example with its fee of 1,000: 12.80 % simple, 13.58 % compound; 10.90 % without it."""
    fee = fees.Fee(fees.INTEREST_LIKE, START, Decimal(1000))
    flows = fees.flows("cn_simple", [(START, Decimal(100_000))], PAYMENTS, [fee])
    assert flows[0] == fees.Flow(START, Decimal(99_000))
    assert _rate("cn_simple", fee) == pytest.approx(12.80380185, abs=1e-8)
    assert _rate("cn_compound", fee) == pytest.approx(13.58255763, abs=1e-8)
    assert _rate("cn_simple") == pytest.approx(10.8957, abs=5e-5)


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("kind", fees.KINDS)
def test_a_fee_moves_the_rate_exactly_where_it_counts(method: str, kind: str) -> None:
    """A counted fee raises the rate; one the law leaves out leaves it as it was."""
    base, with_fee = _rate(method), _rate(method, fees.Fee(kind, date(2026, 5, 15), Decimal(500)))
    assert (with_fee > base) == fees.COUNTED[method][kind].counted
    if not fees.COUNTED[method][kind].counted:
        assert with_fee == base


def test_guarantee_and_insurance_are_in_the_all_in_cost() -> None:
    """Both count under the Chinese methods whoever collects them; penalties for default do not."""
    treated = fees.COUNTED["cn_compound"]
    assert treated[fees.GUARANTEE].counted and treated[fees.INSURANCE_REQUIRED].counted
    assert not treated[fees.DEFAULT_CHARGE].counted


def test_level_payments_keep_their_day() -> None:
    """A schedule from the 31st falls on the last day of shorter months and comes back to the 31st."""
    days = [day for day, _ in fees.level(START, date(2026, 1, 31), Decimal(1), 4)]
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_what_is_no_fee_is_refused() -> None:
    """Unknown kinds and methods, amounts below zero and schedules before the drawdown raise."""
    with pytest.raises(ValueError, match="no kind of fee"):
        fees.flows("eu_ccd", [], [], [fees.Fee("tip", START, Decimal(1))])
    with pytest.raises(KeyError):
        fees.flows("apr", [], [])
    with pytest.raises(ValueError, match="below zero"):
        fees.flows("eu_ccd", [(START, Decimal(-1))], [])
    with pytest.raises(ValueError, match="follow the drawdown"):
        fees.level(START, date(2026, 1, 1), Decimal(1), 3)
