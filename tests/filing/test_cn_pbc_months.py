"""The PBoC's package from simulated months, through the whole machine: sealed, verified, and computed a second time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.errors import FilingRefused
from loantape.filing.verify import verify
from loantape.privacy import reading_vault
from loantape.progress import silent
from loantape.simulate import simulate
from tests.filing import pbc_by_hand

AT = datetime(2026, 11, 5, 9, 30)
LENDER = "demo_cashloan"
FILINGS = catalog.filings()


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Workspace:
    """Three months of a consumer finance company without errors: the second ends a quarter."""
    place = tmp_path_factory.mktemp("months")
    folders = simulate(LENDER, Period.parse("2026-10"), 120, place / "out", seed=5, months=3, progress=silent())
    made = pipeline.Workspace.open(place / "store")
    pipeline.run(made, folders, AT)
    return made


@pytest.fixture(scope="module")
def packages(ws: pipeline.Workspace) -> Mapping[str, Path]:
    """September's and October's sealed packages, by month."""
    return {month: pipeline.file(ws, f"{LENDER}/{month}", "cn_pbc", AT) for month in ("2026-09", "2026-10")}


def tape(ws: pipeline.Workspace, month: str) -> list[dict[str, Any]]:
    with ws.store.reading(f"{LENDER}/{month}") as con:
        return con.execute("FROM tape_loan").to_arrow_table().to_pylist()


def numbers(ws: pipeline.Workspace, month: str) -> dict[str, str]:
    name = f"{LENDER}/{month}"
    with (
        ws.store.reading(name) as con,
        reading_vault(con, ws.store.vault(f"{name}/v1"), ws.keys.vault_key()) as vault,
    ):
        return dict(con.execute(f"SELECT borrower_pid, id_no FROM {vault.identity}").fetchall())


def members(package: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if name.endswith(ending):
                yield name, archive.read(name)


def test_the_first_month_is_refused(ws: pipeline.Workspace) -> None:
    """Nobody delivered July, so August has no movements to file: refused, and no package is there."""
    with pytest.raises(FilingRefused, match="2026-07"):
        pipeline.file(ws, f"{LENDER}/2026-08", "cn_pbc", AT)
    assert not list((ws.store.root / "filings").rglob("*2026-08*.zip"))
    assert f"{LENDER}/2026-08/v1" not in pipeline.fileable(ws, "cn_pbc")


@pytest.mark.parametrize("month", ["2026-09", "2026-10"])
def test_a_receiver_accepts_the_package(ws: pipeline.Workspace, packages: Mapping[str, Path], month: str) -> None:
    """Signature, hashes, structure and every file read again by the independent reader."""
    seen = verify(packages[month], ws.keys.public_key_text(), FILINGS)
    assert seen.signed_by
    forms = 6 if month == "2026-09" else 0
    assert len(seen.records) == 9 + forms, "three files for each table and, at the quarter's end, each form"


@pytest.mark.parametrize(("month", "before"), [("2026-09", "2026-08"), ("2026-10", "2026-09")])
def test_two_simulated_months_give_what_plain_python_computes(
    ws: pipeline.Workspace, packages: Mapping[str, Path], month: str, before: str
) -> None:
    """Stock, flows and customers, byte for byte, from the rows of two tapes; flows of every kind are among them."""
    loans, then, ids = tape(ws, month), tape(ws, before), numbers(ws, month)
    since, until = Period.parse(before).date, Period.parse(month).date
    data = {name.split("_")[1]: content for name, content in members(packages[month], ".dat") if "_" in name}
    assert data["CLGRDK"] == pbc_by_hand.stock_file(loans, ids)
    assert data["GRDKFS"] == pbc_by_hand.flow_file(loans, then, ids, since, until)
    assert data["GRKHXX"] == pbc_by_hand.customer_file(loans, then, ids, since, until)
    kinds = {(line.split("|")[26], line.split("|")[23]) for line in data["GRDKFS"].decode().split("\n")}
    assert {("1", "LF01"), ("0", "LF01")} <= kinds
    assert data["GRDKFS"].count(b"\n") > 50


def test_a_quarter_ends_with_two_forms(ws: pipeline.Workspace, packages: Mapping[str, Path]) -> None:
    """20202 and 20203 hold what the tape sums to, in the forms' own lines; October has none."""
    loans = tape(ws, "2026-09")
    uscc = loans[0]["lender_uscc"]
    files = dict(members(packages["2026-09"], ""))
    stem = f"{uscc}20260930"
    assert files[f"BI{stem}20202.idx"] == f"I00001|20202|1|BWB0001|1|1|1|{uscc}".encode()
    lines = files[f"BJ{stem}20202.dat"].decode().split("\n")
    items = {item: Decimal(value) for _, item, value in (line.split("|") for line in lines)}
    assert items == pbc_by_hand.risk_items(loans)
    with ws.store.reading(f"{LENDER}/2026-09") as con:
        (tier1,) = con.execute("SELECT tier1_net_amount FROM tape_institution").fetchone()
    assert files[f"BJ{stem}20203.dat"] == f"I00001|20203046|{tier1:.2f}".encode()
    assert not any(name.startswith("B") for name, _ in members(packages["2026-10"], ""))


def test_the_manifest_names_the_month_before_and_the_rules(packages: Mapping[str, Path]) -> None:
    """A receiver can see what the flows were computed from, and that every rule of the format was asked."""
    with zipfile.ZipFile(packages["2026-10"]) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["previous"]["name"] == f"{LENDER}/2026-09/v1"
    assert len(manifest["previous"]["content_sha256"]) == 64
    asked = {run["rule"] for run in manifest["format_rules"]}
    assert asked == {rule.code for rule in catalog.filing("cn_pbc").rules}
    assert not any(run["rows_failed"] for run in manifest["format_rules"])


def test_periods_are_compared_by_month() -> None:
    """What counts as the month before is the calendar's, across the year too."""
    assert Period(date(2027, 1, 31)).month_before() == Period(date(2026, 12, 31))
