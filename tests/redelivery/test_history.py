"""Corrections of periods further back than the one before: what used their totals is checked again, like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import ibis.expr.datatypes as dt
import pytest

from loantape import catalog, pipeline
from loantape.declare import Confidence, Grain, Period, Rule, Severity
from loantape.errors import FilingRefused
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store import Reason

AT = datetime(2026, 11, 3, 6)
AUGUST, SEPTEMBER, OCTOBER = (f"demo_cashloan/2026-{month:02}" for month in (8, 9, 10))
GRAIN = Grain(
    "loans_over_time", None, "(SELECT period, value FROM check_history WHERE name = 'balance')",
    {"row": dt.int64}, {"period": (dt.date, "base.period"), "value": (dt.Decimal(38, 6), "base.value")},
    key=("period",), has_rows=False, needs_history=True,
)  # fmt: skip
SHOWN = Rule(
    "TST-001", GRAIN.name, Severity.INFO, ("value",), "x", Confidence.OWN, "x", "x", ({},), ({},),
    lambda row, limits: row.value < 0,
)  # fmt: skip


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """August to October of twenty loans without any error, by period."""
    out = tmp_path_factory.mktemp("three")
    folders = simulate("demo_cashloan", Period.parse("2026-10"), 20, out, seed=3, months=3, progress=silent())
    return {folder.name.rsplit("_", 1)[1]: folder for folder in folders}


@pytest.fixture(autouse=True)
def shows_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book with one more rule, which shows the balance of every earlier period."""
    grains, rules = {**catalog.grains(), GRAIN.name: GRAIN}, {**catalog.rules(), SHOWN.code: SHOWN}
    monkeypatch.setattr(catalog, "grains", lambda: grains)
    monkeypatch.setattr(catalog, "rules", lambda: rules)


def shown(ws: Workspace, name: str) -> dict[str, str]:
    with ws.store.reading(name) as con:
        return dict(con.execute("SELECT key, value FROM findings WHERE rule = 'TST-001' ORDER BY key").fetchall())


def test_a_correction_two_periods_back_makes_a_check_stale(
    ws: Workspace, three: Mapping[str, Path], resend: Callable[..., Path], tmp_path: Path
) -> None:
    """October is stale and cannot be filed once August is corrected, until a refresh used the totals that count now."""
    pipeline.run(ws, list(three.values()), AT)
    before = shown(ws, OCTOBER)
    assert list(before) == ["2026-08-31", "2026-09-30"] and shown(ws, AUGUST) == {}
    assert ws.workflow.submission(f"{OCTOBER}/v1").checked_history == (f"{SEPTEMBER}/v1", f"{AUGUST}/v1")
    edit = {("loan.csv", 3, "balance_amount"): "77.00"}
    pipeline.run(ws, [resend(three["2026-08"], tmp_path / "august", edit=edit, sequence=2)], AT + timedelta(days=1))
    stale = {record.name: record.stale for record in ws.workflow.submissions() if record.stale}
    assert {name: (one.reason, one.because) for name, one in stale.items()} == {
        f"{AUGUST}/v1": (Reason.REPLACED, f"{AUGUST}/v2"),
        f"{SEPTEMBER}/v1": (Reason.PREVIOUS, f"{AUGUST}/v2"),
        f"{OCTOBER}/v1": (Reason.EARLIER, f"{AUGUST}/v2"),
    }
    assert f"{AUGUST}/v2" in stale[f"{OCTOBER}/v1"].en and f"{AUGUST}/v2" in stale[f"{OCTOBER}/v1"].zh
    with pytest.raises(FilingRefused, match="loantape refresh"):
        pipeline.file(ws, OCTOBER, "cn_pbc", AT)
    reviews = pipeline.refresh(ws, AT + timedelta(days=2))
    assert [review.submission for review in reviews] == [f"{SEPTEMBER}/v1", f"{OCTOBER}/v1"]
    after = shown(ws, OCTOBER)
    assert after["2026-08-31"] != before["2026-08-31"] and after["2026-09-30"] == before["2026-09-30"]
    assert pipeline.stale(ws) == [] and pipeline.refresh(ws, AT + timedelta(days=3)) == []


def test_the_order_of_arrival_does_not_matter(
    ws: Workspace, three: Mapping[str, Path], open_workspace: Callable[[Path], Workspace], tmp_path: Path
) -> None:
    """Latest first, with a refresh, comes to what all at once came to."""
    pipeline.run(ws, list(three.values()), AT)
    other = open_workspace(tmp_path / "other")
    for period in ("2026-10", "2026-08", "2026-09"):
        pipeline.run(other, [three[period]], AT)
    pipeline.refresh(other, AT)
    for name in (AUGUST, SEPTEMBER, OCTOBER):
        assert shown(other, name) == shown(ws, name)
    assert pipeline.stale(other) == []


def test_totals_that_came_later_are_used_by_a_refresh(ws: Workspace, three: Mapping[str, Path]) -> None:
    """A period that was read and not yet checked has no totals to give; once it has, the later check is made again."""
    for period in ("2026-09", "2026-10"):
        pipeline.read(ws, pipeline.receive(ws, three[period], AT), AT)
    pipeline.check(ws, OCTOBER, AT)
    pipeline.measure(ws, OCTOBER, AT)
    assert shown(ws, OCTOBER) == {}
    pipeline.check(ws, SEPTEMBER, AT)
    assert [review.submission for review in pipeline.refresh(ws, AT)] == [f"{OCTOBER}/v1"]
    assert list(shown(ws, OCTOBER)) == ["2026-09-30"]


def test_a_book_that_looks_no_further_depends_on_nothing_further(
    ws: Workspace, three: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without such a rule no history is recorded, and a correction touches the next period only."""
    without = {code: rule for code, rule in catalog.rules().items() if not catalog.grain(rule.on).needs_history}
    monkeypatch.setattr(catalog, "rules", lambda: without)
    pipeline.run(ws, list(three.values()), AT)
    assert ws.workflow.submission(f"{OCTOBER}/v1").checked_history is None
