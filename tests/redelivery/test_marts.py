"""What a measured period leaves for later ones, and that a later one is measured again when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loantape import catalog, pipeline
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
        assert kept is not None and set(kept.files) == {"indicators", *catalog.marts()}
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
