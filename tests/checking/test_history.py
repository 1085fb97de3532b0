"""Totals of a delivery, kept for later periods, and the totals of earlier ones that rules compare them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.datatypes as dt
import pytest

from loantape import catalog
from loantape.checking import engine
from loantape.declare import Confidence, Grain, Period, Rule, Severity
from loantape.errors import DeclarationError, RuleCrashed

Fill = Callable[..., None]
Run = Callable[..., Any]
MONTHS = {month: Period.parse(f"2026-{month:02}") for month in range(1, 11)}
GRAIN = Grain(
    "loans_over_time",
    None,
    "(SELECT now.value AS loans_now, before.period AS period, before.value AS loans_before "
    "FROM check_totals AS now JOIN check_history AS before ON before.name = now.name WHERE now.name = 'loans')",
    {"row": dt.int64},
    {
        "period": (dt.date, "base.period"),
        "loans_now": (dt.Decimal(38, 6), "base.loans_now"),
        "loans_before": (dt.Decimal(38, 6), "base.loans_before"),
    },
    key=("period",),
    has_rows=False,
    needs_history=True,
)
STEADY = Rule(
    "TST-001", GRAIN.name, Severity.WARNING, ("loans_before",), "x", Confidence.OWN, "x", "x", ({},), ({},),
    lambda row, limits: row.loans_now <= row.loans_before * 2,
)  # fmt: skip


@pytest.fixture
def over_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A grain that compares the number of loans with that of every earlier period."""
    grains = {**catalog.grains(), GRAIN.name: GRAIN}
    monkeypatch.setattr(catalog, "grains", lambda: grains)
    yield


@pytest.fixture
def earlier(
    make_submission: Callable[[str], duckdb.DuckDBPyConnection], fill: Fill, run: Run, tmp_path: Path
) -> Callable[[int, int], Path]:
    """A checked submission of so many loans."""

    def make(month: int, loans: int) -> Path:
        with make_submission(f"m{month}") as con:
            fill(con, "loan", [{"iou_no": f"L{n}", "balance_amount": "10.50"} for n in range(loans)])
            run(con, [], period=MONTHS[month])
        return tmp_path / f"m{month}.duckdb"

    return make


def test_totals_are_kept_and_replaced(empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run) -> None:
    """The file keeps every declared total of its loans as an exact decimal, and a second check replaces them."""
    fill(empty_submission, "loan", [{"iou_no": "A", "balance_amount": "1.10"}, {"iou_no": "B"}])
    for _ in range(2):
        run(empty_submission, [])
        kept = dict(empty_submission.execute("SELECT name, value FROM totals").fetchall())
        assert set(kept) == set(catalog.totals())
        assert (kept["loans"], kept["balance"]) == (Decimal("2.000000"), Decimal("1.100000"))
    described = empty_submission.execute("DESCRIBE totals").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [("name", "VARCHAR"), ("value", "DECIMAL(38,6)")]


def test_a_rule_compares_with_every_earlier_period(
    empty_submission: duckdb.DuckDBPyConnection,
    fill: Fill,
    run: Run,
    found: Callable[..., Any],
    earlier: Callable[[int, int], Path],
    over_time: None,
) -> None:
    """The rule sees this delivery's totals beside those of each period before it, with their dates."""
    fill(empty_submission, "loan", [{"iou_no": f"L{n}"} for n in range(4)])
    history = {MONTHS[9]: earlier(9, 3), MONTHS[7]: earlier(7, 1), MONTHS[8]: earlier(8, 0)}
    run(empty_submission, [STEADY], history=history)
    assert found(empty_submission, "TST-001", columns="key, value, line") == [
        ("2026-07-31", "1.000000", None),
        ("2026-08-31", "0.000000", None),
    ]
    ran = empty_submission.execute("SELECT rows_checked, status FROM rule_runs WHERE rule = 'TST-001'").fetchall()
    assert ran == [(3, "ran")]


def test_without_earlier_periods_such_a_rule_does_not_run(
    empty_submission: duckdb.DuckDBPyConnection, run: Run, over_time: None
) -> None:
    """It says that there is no previous period."""
    run(empty_submission, [STEADY])
    ran = empty_submission.execute("SELECT rows_checked, status FROM rule_runs WHERE rule = 'TST-001'").fetchall()
    assert ran == [(0, "no previous period")]


def test_a_file_without_totals_gives_nothing_for_its_period(
    empty_submission: duckdb.DuckDBPyConnection,
    fill: Fill,
    run: Run,
    found: Callable[..., Any],
    earlier: Callable[[int, int], Path],
    over_time: None,
) -> None:
    """A submission that was checked before totals were kept is passed over; the others still count."""
    older = earlier(8, 1)
    with duckdb.connect(str(older)) as con:
        con.execute("DROP TABLE totals")
    fill(empty_submission, "loan", [{"iou_no": f"L{n}"} for n in range(4)])
    run(empty_submission, [STEADY], history={MONTHS[8]: older, MONTHS[9]: earlier(9, 1)})
    assert found(empty_submission, "TST-001", columns="key") == [("2026-09-30",)]


def test_a_crash_keeps_the_totals_there_were(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals are replaced together with findings and runs, or not at all, and a wrong total is named."""
    run(empty_submission, [])
    fill(empty_submission, "loan", [{"iou_no": "A", "purpose_text": "secret"}])
    crashing = Rule(
        "TST-002", "loan", Severity.ERROR, ("iou_no",), "x", Confidence.OWN, "x", "x", ({},), ({},),
        lambda loan, limits: loan.purpose_text.cast("int64") > 0,
    )  # fmt: skip
    with pytest.raises(RuleCrashed):
        run(empty_submission, [crashing])
    assert empty_submission.execute("SELECT value FROM totals WHERE name = 'loans'").fetchall() == [(0,)]
    wrong = {**catalog.totals(), "wrong": "sum(CAST(purpose_text AS INTEGER))"}
    monkeypatch.setattr(catalog, "totals", lambda: wrong)
    with pytest.raises(DeclarationError, match="'wrong'") as refused:
        run(empty_submission, [])
    assert "secret" not in str(refused.value)
    assert empty_submission.execute("SELECT value FROM totals WHERE name = 'loans'").fetchall() == [(0,)]


def test_only_rules_that_apply_ask_for_history(over_time: None) -> None:
    """Earlier periods are a dependency only where a rule in force for the lender looks at them."""
    from dataclasses import replace

    from loantape.declare import Lender

    chinese = Lender("x", "x", "x", "cn", "standard/1", ())
    assert engine.needs_history(chinese, MONTHS[9], [STEADY])
    assert not engine.needs_history(chinese, MONTHS[9], [replace(STEADY, jurisdictions=("us",))])
    assert not engine.needs_history(chinese, MONTHS[9], [replace(STEADY, since=date(2027, 1, 1))])
    assert not engine.needs_history(chinese, MONTHS[9], [replace(STEADY, on="loan")])
