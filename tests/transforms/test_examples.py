"""Every indicator gives what its own worked example says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from loantape import catalog
from loantape.declare import Indicator, Lender, Period
from loantape.measure import measure
from loantape.progress import silent

PERIOD = Period.parse("2026-10")
INDICATORS = list(catalog.indicators().values())


def _lender(jurisdiction: str) -> Lender:
    return Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ())


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.code)
def test_the_worked_example_comes_out(
    indicator: Indicator, tape: Callable[..., Any], past_of: Callable[..., Any]
) -> None:
    """The example's tables give exactly the example's members and values."""
    tables, expected = indicator.example
    con = tape(tables)
    measure(con, _lender((indicator.jurisdictions or ("cn",))[0]), PERIOD, [indicator], silent(), past_of(con))
    found = dict(con.execute("SELECT member, value FROM indicators WHERE code = ?", [indicator.code]).fetchall())
    assert found == dict(expected)
    assert expected and all(value is None or isinstance(value, Decimal) for value in expected.values())
