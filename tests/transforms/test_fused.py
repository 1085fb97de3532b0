"""Many indicators asked at once give what each gives alone, and the one that crashes is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from loantape import catalog
from loantape.declare import Confidence, Indicator, Lender, Period
from loantape.measure import IndicatorCrashed, asking, measure
from loantape.measure.plan import compiled, groups_of, together
from loantape.measure.tables import NO_PAST
from loantape.progress import silent
from transforms import amount, by, indicator

PERIOD = Period.parse("2026-10")
ALL = list(catalog.indicators().values())


def _lender(jurisdiction: str) -> Lender:
    return Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ())


def _declared(code: str, body: Callable[..., Any]) -> Indicator:
    return indicator(
        code, unit="money", grain="loan", en="A test.", zh="测试", formula="a test", cites="none",
        confidence=Confidence.OWN, example=({}, {}),
    )(body)  # fmt: skip


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
def test_together_as_alone(
    jurisdiction: str, load: Callable[..., Any], frames: Mapping[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every indicator's rows are the same whether parts are shared or each is asked by a statement of its own."""
    con = load(frames)
    measure(con, _lender(jurisdiction), PERIOD, ALL, silent())
    shared = con.execute("FROM indicators").fetchall()
    monkeypatch.setattr(asking, "_together", lambda con, asked, task: [asking._alone(con, one) for one in asked])
    measure(con, _lender(jurisdiction), PERIOD, ALL, silent())
    assert con.execute("FROM indicators").fetchall() == shared


def test_what_is_summed_over_the_same_rows_is_summed_once() -> None:
    """The totals and ratios of the stock are one statement, and its balance is one column of it."""
    asked = [one for one in together(ALL) if NO_PAST.lacks(one.read) is None]
    groups = groups_of(asked)
    assert len(groups) < len(asked) / 2
    totals = [compiled(catalog.indicators()[code]).needs for code in ("BAL-TOTAL", "DLQ-30P", "DLQ-NPL")]
    (shared,) = set.intersection(*(set(needs) for needs in totals))
    assert set.intersection(*(set(needs[shared]) for needs in totals))


def test_the_one_that_crashes_among_many_is_named(tape: Callable[..., Any]) -> None:
    """A sum that overflows in a shared statement stops the step with the code of the indicator that asked for it."""
    con = tape({"loan": [{"iou_no": "a", "balance_amount": 9_999_999_999_999_999}]})
    huge = [_declared("TST-HUGE", lambda loan: amount((loan.balance_amount.cast("decimal(38, 2)") * 10).sum()))]
    broken = _declared("TST-BROKEN", lambda loan: by(loan, loan.iou_no, numerator=loan.iou_no.cast("int64").sum()))
    with pytest.raises(IndicatorCrashed, match="TST-BROKEN") as crash:
        measure(con, _lender("cn"), PERIOD, [*huge, broken, *ALL], silent())
    assert "BAL-TOTAL" not in str(crash.value)
    measure(con, _lender("cn"), PERIOD, [*huge, *ALL], silent())
