"""What a measured period leaves for later ones, and that a later one is measured again when it changes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog, pipeline
from loantape.cli import main
from loantape.declare import Period
from loantape.errors import ConfigurationError
from loantape.measure import step
from loantape.measure.history import Was, series
from loantape.measure.step import uses
from loantape.pipeline import Workspace
from loantape.store import MartDamaged, Marts

AT = datetime(2026, 11, 3, 6)
AUGUST, SEPTEMBER, OCTOBER = (f"demo_cashloan/2026-{month}" for month in ("08", "09", "10"))
Resend = Callable[..., Path]


@pytest.fixture(scope="module")
def three_months(
    tmp_path_factory: pytest.TempPathFactory,
    deliveries: Mapping[str, Path],
    open_workspace: Callable[[Path], Workspace],
) -> Workspace:
    """August to October, measured. Tests leave it as they found it."""
    ws = open_workspace(tmp_path_factory.mktemp("three") / "store")
    pipeline.run(ws, list(deliveries.values()), AT)
    return ws


def _bytes(ws: Workspace) -> dict[str, bytes]:
    root = ws.store.root / "marts"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _measured_at(ws: Workspace, name: str) -> datetime:
    with ws.store.reading(name) as con:
        (moment,) = con.execute("SELECT finished_at FROM steps WHERE step = 'measure'").fetchall()[0]
    return moment  # type: ignore[no-any-return]


def test_every_measured_period_leaves_its_marts(three_months: Workspace) -> None:
    """One folder per submission, one file per mart, the same rows as the submission's own indicators."""
    marts = Marts(three_months.store.root)
    names = [f"{period}/v1" for period in (AUGUST, SEPTEMBER, OCTOBER)]
    assert marts.names("demo_cashloan") == names
    for name in names:
        kept = marts.kept(name)
        assert kept is not None and set(kept.files) == {"indicators", "restatements", *catalog.marts()}
        with three_months.store.reading(name) as con:
            kept_rows = con.execute(f"SELECT * EXCLUDE (period) FROM '{kept.file('indicators')}'").fetchall()
            assert kept_rows == con.execute("SELECT * FROM indicators").fetchall()


def test_a_deleted_mart_comes_back_byte_for_byte(three_months: Workspace) -> None:
    """A refresh makes it again from the submission, and then has nothing left to do."""
    before = _bytes(three_months)
    marts = Marts(three_months.store.root)
    for name in (f"{AUGUST}/v1", f"{OCTOBER}/v1"):
        marts.remove(name)
    assert len(_bytes(three_months)) < len(before)
    assert f"{OCTOBER}/v1" in [one.submission for one in pipeline.refresh(three_months, AT)]
    assert _bytes(three_months) == before
    assert pipeline.refresh(three_months, AT) == []


def test_a_damaged_mart_is_an_error_and_not_a_number(three_months: Workspace) -> None:
    """One changed byte of what August left stops the measuring of October, and the message names the file."""
    kept = Marts(three_months.store.root).kept(f"{AUGUST}/v1")
    assert kept is not None
    for path in (kept.files["indicators"], kept.files["indicators"].with_name("manifest.json")):
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
        try:
            with pytest.raises(MartDamaged, match=r"2026-08\.v1") as damaged:
                _measure_anew(three_months)
            assert "refresh" in damaged.value.next_step
        finally:
            path.write_bytes(whole)
    pipeline.measure(three_months, OCTOBER, AT)  # as it was found


def _measure_anew(ws: Workspace) -> None:
    with ws.store.editing(OCTOBER, "measure", AT, inputs="something else"):
        pass
    pipeline.measure(ws, OCTOBER, AT)


def test_what_earlier_periods_are_used(three_months: Workspace) -> None:
    """The month before, the last December where there is one, and every measured period; August has none."""
    used = uses(three_months.store, f"{OCTOBER}/v1")
    assert (used.previous, used.opening) == (f"{SEPTEMBER}/v1", None)
    assert used.history == (f"{SEPTEMBER}/v1", f"{AUGUST}/v1")
    assert uses(three_months.store, f"{AUGUST}/v1").previous is None


def test_a_correction_makes_later_months_be_measured_again(
    ws: Workspace, deliveries: Mapping[str, Path], resend: Resend, tmp_path: Path
) -> None:
    """After a corrected August a refresh measures September and October anew, once; both versions' marts stay."""
    pipeline.run(ws, list(deliveries.values()), AT)
    edit = {("loan.csv", 3, "provision_amount"): "77.00"}
    pipeline.run(ws, [resend(deliveries["2026-08"], tmp_path / "again", edit=edit, sequence=2)], AT)
    later = AT + timedelta(days=1)
    pipeline.refresh(ws, later)
    assert [_measured_at(ws, period) for period in (SEPTEMBER, OCTOBER)] == [later, later]
    assert uses(ws.store, f"{OCTOBER}/v1").history == (f"{SEPTEMBER}/v1", f"{AUGUST}/v2")
    assert {f"{AUGUST}/v1", f"{AUGUST}/v2"} <= set(Marts(ws.store.root).names("demo_cashloan"))
    assert pipeline.refresh(ws, later + timedelta(days=1)) == []


def _figures(ws: Workspace, name: str) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    with ws.store.reading(name) as con:
        asked = "SELECT code, member, numerator, denominator, null_reason FROM indicators"
        for code, *rest in con.execute(asked).fetchall():
            found.setdefault(code, []).append(tuple(rest))
    return found


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    terms = [Decimal(row[name]) for row in rows if row[name] is not None]
    return sum(terms, Decimal(0)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_the_loans_behind_a_number_add_up_to_it(three_months: Workspace, deliveries: Mapping[str, Path]) -> None:
    """The listed terms are the stored numerator and denominator, and each line of the delivered file is the loan's."""
    name, figures = f"{OCTOBER}/v1", _figures(three_months, f"{OCTOBER}/v1")
    for code, member in (("DLQ-NPL", ""), ("DLQ-ROLL", "M0>M0"), ("DLQ-BUCKET", "0")):
        rows = list(_listed(three_months, name, code, member))
        (told,) = (one for one in figures[code] if one[0] == member)
        assert rows and _sum(rows, "numerator") == (told[1] or 0)
        assert told[2] is None or _sum(rows, "denominator") == told[2]
        _assert_lines(rows, deliveries)


def _listed(ws: Workspace, name: str, code: str, member: str | None) -> Iterator[dict[str, Any]]:
    with step.listing(ws.store, name, catalog.indicator(code), member) as rows:
        yield from rows


def _assert_lines(rows: list[dict[str, Any]], deliveries: Mapping[str, Path]) -> None:
    for row in rows:
        if row["table"] == "loan" and row["file"] is not None:
            period = row["submission"].split("/")[1]
            lines = (deliveries[period] / row["file"]).read_text(encoding="utf-8").splitlines()
            assert row["key"] in lines[row["line"] - 1].split(","), row


def test_what_cannot_be_listed_is_said(three_months: Workspace) -> None:
    """A member that there is not, and a code nobody declared, are named with those there are."""
    with pytest.raises(ConfigurationError, match="no member 'M9'") as wrong:
        list(_listed(three_months, f"{OCTOBER}/v1", "DLQ-STAGE", "M9"))
    assert "'M0'" in wrong.value.next_step
    with pytest.raises(ConfigurationError, match="DLQ-NOTHING") as wrong:
        catalog.indicator("DLQ-NOTHING")
    assert "DLQ-NPL" in wrong.value.next_step


def test_a_series_shows_what_was_restated(
    ws: Workspace, deliveries: Mapping[str, Path], resend: Resend, tmp_path: Path
) -> None:
    """A corrected August shows its old value beside the new one; a version measured again with another result, too."""
    pipeline.run(ws, [deliveries["2026-08"], deliveries["2026-09"]], AT)
    edit = {("loan.csv", 3, "provision_amount"): "77777.00"}
    pipeline.run(ws, [resend(deliveries["2026-08"], tmp_path / "again", edit=edit, sequence=2)], AT)
    old, new, september = series(ws.store, "demo_cashloan", "DLQ-PROVISION", None)
    assert [(one.period, one.version, one.counts) for one in (old, new, september)] == [
        (Period.parse("2026-08"), 1, False),
        (Period.parse("2026-08"), 2, True),
        (Period.parse("2026-09"), 1, True),
    ]
    assert new.restatements == (Was(old.value, version=1),) and old.value != new.value
    assert old.restatements == september.restatements == ()

    name = f"{SEPTEMBER}/v1"
    with ws.store.editing(name, "measure", AT, inputs="before something changed") as con:
        con.execute("UPDATE indicators SET value = 0.5 WHERE code = 'DLQ-PROVISION'")
    later = AT + timedelta(days=1)
    pipeline.measure(ws, name, later)
    *_, september = series(ws.store, "demo_cashloan", "DLQ-PROVISION", "")
    assert september.restatements == (Was(Decimal("0.5"), until=later),)
    Marts(ws.store.root).remove(name)
    step.restore(ws.store, name)
    assert list(series(ws.store, "demo_cashloan", "DLQ-PROVISION", ""))[-1] == september


def test_the_command_prints_indicators_loans_and_series(three_months: Workspace) -> None:
    """The same three questions on the command line: a table or JSON, a list of loans, a series."""
    cli = partial(_cli, three_months)
    shown = cli("indicators", OCTOBER)
    assert "DLQ-NPL" in shown and "不良贷款率" in shown and "%" in shown
    told = json.loads(cli("indicators", OCTOBER, "--json", "--topic", "BAL"))
    assert {one["code"] for one in told} >= {"BAL-TOTAL", "BAL-LOANS"}
    assert all(
        {"value", "numerator", "denominator", "rows", "null_reason", "zh", "headroom"} <= one.keys() for one in told
    )
    loans = json.loads(cli("indicators", OCTOBER, "--loans", "BAL-TOTAL", "--json"))
    assert {"key", "file", "line", "numerator"} <= loans[0].keys()
    assert cli("indicators", OCTOBER, "--loans", "DLQ-BUCKET", "--member", "0").startswith("member,submission")
    history = json.loads(cli("indicators", "demo_cashloan", "--history", "BAL-TOTAL", "--json"))
    assert [one["period"] for one in history] == ["2026-08", "2026-09", "2026-10"]
    assert "2026-09" in cli("indicators", "demo_cashloan", "--history", "BAL-TOTAL")


def _cli(ws: Workspace, *arguments: str) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out):
        patched.setattr("sys.argv", ["loantape", *arguments, "--store", str(ws.store.root)])
        patched.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code, out.getvalue()
    return out.getvalue()
