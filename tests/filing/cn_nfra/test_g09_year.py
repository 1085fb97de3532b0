"""G09's lines of the year to date: figures by a second implementation, and none where a month is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loantape import catalog, pipeline
from loantape.declare import FilingContext, Period
from loantape.filing.package import REPORTS
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.trace.back import of_loan
from loantape.trace.cell import trace_cell
from loantape.trace.filings import all_filed
from loantape.workspace import Workspace
from templates.cn_nfra_g09.filing import FILING
from tests.filing.cn_nfra.making import BANK, BASE, PARTNER, alike, render
from tests.filing.conftest import USCC, create_previous

AT = datetime(2026, 4, 9, 9, 30)
DAY = date(2026, 3, 31)
NAME = f"{USCC}_G09_20260331_reconstructed.xlsx"
LINES = ("3", "4", "5", "6.1", "7")
_LOAN = BASE | {"coop_mode": "SOLE", "partner_agreement_no": None, "start_date": date(2025, 5, 5)}
_JOINT = {"coop_mode": "JOINT", "partner_agreement_no": "HZ-01", "partner_share_fraction": Decimal("0.7"),
          "own_balance_amount": Decimal("2296.30"), "partner_balance_amount": Decimal("5358.02")}  # fmt: skip
Month = Sequence[Mapping[str, Any]]


def loan(iou: str, **fields: Any) -> dict[str, Any]:
    return _LOAN | {"iou_no": iou, "contract_no": iou, "borrower_pid": f"pid-{iou[0]}"} | fields


def granted(iou: str, month: int, **fields: Any) -> dict[str, Any]:
    return loan(iou, start_date=date(2026, month, 10), **fields)


PAID = {"disposal_type": "PAID_BY_GUARANTOR", "disposal_date": date(2026, 2, 20), "disposal_amount": Decimal("500.00")}
DECEMBER: Month = [loan("F1", five_class="2"), loan("G1", five_class="3"), loan("H1", five_class="2")]
JANUARY: Month = [
    granted("A1", 1, loan_amount=Decimal("1000.00"), nominal_annual_pct=Decimal("12")),
    granted("B1", 1, loan_amount=Decimal("2000.00"), loan_status="LF01", balance_amount=Decimal(0),
            balance_cny=Decimal(0)),  # granted and repaid within the month: in no later tape
    granted("C1", 1, loan_amount=Decimal("4000.00"), grant_type="RESTRUCTURED"),
    granted("N1", 1, is_internet_loan=False),
    loan("F1", five_class="3", balance_amount=Decimal("300.00"), balance_cny=Decimal("300.00")),  # formed
    loan("G1", five_class="3"),  # was non-performing before the year
    loan("H1", five_class="2"),
]  # fmt: skip
FEBRUARY: Month = [
    granted("A1", 1, loan_amount=Decimal("1000.00")),
    granted("A2", 2, loan_amount=Decimal("8000.00"), nominal_annual_pct=Decimal("10"), **_JOINT),  # the same borrower
    loan("F1", five_class="1"),  # cured
    loan("G1", five_class="4", **PAID),
    loan("H1", five_class="5", loan_status="LF02", balance_amount=Decimal(0), balance_cny=Decimal(0),
         disposal_type="WRITTEN_OFF", disposal_date=date(2026, 2, 27), disposal_amount=Decimal("700.00")),
]  # fmt: skip
MARCH: Month = [
    granted("A1", 1, loan_amount=Decimal("1000.00")),
    granted("A2", 2, loan_amount=Decimal("8000.00"), **_JOINT),
    granted("D1", 2, loan_amount=Decimal("16000.00"), nominal_annual_pct=Decimal("5")),  # delivered a month late
    granted("E1", 3, loan_amount=Decimal("100.00"), nominal_annual_pct=Decimal("6"), currency="USD",
            balance_amount=Decimal("50.00"), balance_cny=Decimal("350.00")),
    granted("K1", 3, loan_amount=Decimal("32000.00"), nominal_annual_pct=Decimal("4"), product_class="F022"),
    loan("F1", five_class="4", balance_amount=Decimal("200.00"), balance_cny=Decimal("200.00")),  # formed again
    loan("G1", five_class="4", **PAID),  # still says what was paid in February
]  # fmt: skip
EARLIER = {"month_00": DECEMBER, "month_01": JANUARY, "month_02": FEBRUARY}


def filed(
    tape: Callable[..., Any], folder: Path, earlier: Mapping[str, Month], march: Month = MARCH
) -> tuple[dict[str, tuple[Any, ...]], dict[str, str], Any]:
    """Part I by line, columns A and B, the methods by line, and the file; what is read back agrees with the tape."""
    con = tape(alike(march), [BANK | {"snapshot_date": DAY}], partner=[PARTNER])
    for name, loans in earlier.items():
        create_previous(con, alike(loans), name)
    context = FilingContext("demo_colending", Period(DAY), "demo_colending/2026-03/v1", 1, AT)
    context = replace(context, year={name: (name, "") for name in earlier})
    (file,) = render(con, FILING, context, folder)
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals)}
    book = openpyxl.load_workbook(folder / NAME)
    lines = {str(row[0]): row[2:4] for row in book["G09_I"].iter_rows(min_row=4, values_only=True)}
    methods = {str(row[0]): str(row[3]) for row in book["填报方法"].iter_rows(min_row=4, values_only=True)}
    return {number: lines[number] for number in LINES}, methods, file


def test_every_month_of_the_year_is_counted_once(tape: Callable[..., Any], folder: Path) -> None:
    """Borrowers, amounts, interest, non-performing loans formed and guarantors' payments, worked out by hand."""
    found, methods, file = filed(tape, folder, EARLIER)
    # A1 1000, B1 2000, A2 8000 of which 30 % is the bank's, D1 16000, E1 100 dollars at 7; C1 restructured
    assert found["3"] == (5, 1)  # A, B, C, D, E; K
    assert found["4"] == (1000 + 2000 + 2400 + 16000 + 700, 32000)
    assert found["5"] == (1000 * 0.12 + 2000 * 0.185 + 2400 * 0.1 + 16000 * 0.05 + 700 * 0.06, 32000 * 0.04)
    assert found["6.1"] == (300 + 700 + 200, 0)  # F1 in January, H1 gone in February, F1 again in March
    assert found["7"] == (500, 0)
    assert file.control_totals["4 A"] == Decimal("22100.00") and file.control_totals["3 A"] == 5
    assert not any("EMPTY" in methods[number] for number in LINES)


def test_a_missing_month_leaves_the_lines_empty_and_says_which(tape: Callable[..., Any], folder: Path) -> None:
    """No part of the year stands for the whole: the cell is empty, and the workbook names the month."""
    found, methods, file = filed(tape, folder, {name: EARLIER[name] for name in ("month_00", "month_02")})
    assert set(found.values()) == {(None, None)}
    assert all("EMPTY: no submission of 2026-01 · 未填：缺少2026-01" in methods[number] for number in LINES)
    assert set(file.control_totals) == {"1 A", "1 B"}


def test_without_december_only_what_needs_it_is_empty(tape: Callable[..., Any], folder: Path) -> None:
    """What became non-performing in January is told by the end of December; what was granted is not."""
    found, methods, _ = filed(tape, folder, {name: EARLIER[name] for name in ("month_01", "month_02")})
    assert found["6.1"] == (None, None) and "2025-12" in methods["6.1"]
    assert found["4"] == (22100, 32000) and found["7"] == (500, 0)


def test_an_amount_that_cannot_be_told_leaves_its_sum_empty(tape: Callable[..., Any], folder: Path) -> None:
    """A co-funded loan without the partner's share, and one in dollars without a balance: no sum without them."""
    no_share = granted("Q1", 3, **(_JOINT | {"partner_share_fraction": None}))
    no_rate = granted("Q2", 3, product_class="F022", currency="USD", loan_status="LF01", balance_amount=Decimal(0),
                      balance_cny=Decimal(0))  # fmt: skip
    found, _, file = filed(tape, folder, EARLIER, [*MARCH, no_share, no_rate])
    assert found["3"] == (6, 2) and found["4"] == found["5"] == (None, None)
    assert "4 A" not in file.control_totals and file.control_totals["3 B"] == 2


def test_an_amount_dated_after_its_month_counts_when_its_month_comes(tape: Callable[..., Any], folder: Path) -> None:
    """A loan delivered in February with a date in March is granted in March, once."""
    early = granted("S1", 3, loan_amount=Decimal("64000.00"))
    found, _, _ = filed(tape, folder, EARLIER | {"month_02": [*FEBRUARY, early]}, [*MARCH, early])
    assert found["4"][0] == 22100 + 64000


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four months of a simulated bank, March filed."""
    folder = tmp_path_factory.mktemp("year")
    found = Workspace.open(folder / "store")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog, "report_builder", lambda: lambda *_: dict.fromkeys(REPORTS, b"report"))
        months = simulate("demo_colending", Period(DAY), 40, folder / "in", seed=3, months=4, progress=silent())
        pipeline.run(found, months, AT)
        pipeline.file(found, "demo_colending/2026-03", "cn_nfra_g09", AT)
    return found


def test_the_year_is_traced_to_the_lines_of_every_month(ws: Workspace) -> None:
    """A sum of the year leads to each month's own submission and line, the rows give it, and a loan leads back."""
    (one,) = all_filed(ws)
    assert list(one.manifest["year"]) == ["month_00", "month_01", "month_02"]
    assert {part["name"] for part in one.manifest["year"].values()} == {
        f"demo_colending/{month}/v1" for month in ("2025-12", "2026-01", "2026-02")
    }
    table = one.declared.tables[0]
    (entry,) = one.files_of(table)
    places, seen = {}, set()
    with one.file(entry["name"]) as path:
        for row in range(1, 63):
            record = table.record(path, row)
            assert record
            places[str(record[0])] = (row, record[2], record[3])
    assert all(places[number][1] is not None for number in LINES)
    assert Decimal(str(places["4"][1])) > 0
    row, value, _ = places["4"]
    traced = trace_cell(ws, one.record.name, "G09_I", row, "A", None, None)
    assert {field for _, field in traced.fields} >= {"loan_amount"} and ("month_01.tape_loan", "start_date") in (
        *traced.deciding, *traced.fields
    )  # fmt: skip
    added = Decimal(0)
    for source in traced.sources:
        assert source.adds in ("sum", ""), source
        for line in source.lines:
            original = ws.store.original(source.submission) / str(line.file)
            raw = original.read_bytes().split(b"\n")[(line.line or 0) - 1]
            assert line.key.encode() in raw
            seen.add(source.submission)
            added += Decimal(line.term or 0)
    assert added == Decimal(str(value)) and len(seen) > 1
    for number in LINES:  # whose rows must give the value, or the trace refuses to show it
        again = trace_cell(ws, one.record.name, "G09_I", places[number][0], "A", None, 3)
        assert again.sources or not Decimal(str(places[number][1]))
        assert number != "3" or {source.adds for source in again.sources} == {"distinct"}
    early = next(source for source in traced.sources if source.submission != one.record.submission and source.lines)
    uses = of_loan(ws, f"demo_colending/{early.lines[0].key}")
    assert any("A" in use.cells for use in uses)


def test_months_read_with_another_key_are_left_out(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same person would be two borrowers: such a month is as good as missing."""
    from loantape.filing.year import months_of

    name = "demo_colending/2026-03/v1"
    assert list(months_of(ws.store, FILING, name)) == ["month_00", "month_01", "month_02"]
    inputs = ws.store.inputs
    monkeypatch.setattr(
        type(ws.store), "inputs", lambda _, one, step: "other" if "2026-01" in one else inputs(one, step)
    )
    assert list(months_of(ws.store, FILING, name)) == ["month_00", "month_02"]
    assert not months_of(ws.store, catalog.filing("cn_pbc"), name)
