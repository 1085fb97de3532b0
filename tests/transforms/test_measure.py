"""The step that measures: what it writes, why a value is missing, and whose fault a crash is."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from loantape import catalog
from loantape.declare import Confidence, Indicator, Lender, Period
from loantape.errors import EXIT_OUR_FAULT, DeclarationError
from loantape.measure import IndicatorCrashed, measure
from loantape.measure.plan import compiled
from loantape.measure.tables import NO_PAST
from loantape.progress import silent
from transforms import amount, indicator

PERIOD = Period.parse("2026-10")
ALL = list(catalog.indicators().values())


def _lender(jurisdiction: str = "cn") -> Lender:
    return Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ())


def _declared(body: Callable[..., Any], unit: str = "money") -> Indicator:
    return indicator(
        "TST-ONE",
        unit=unit,
        grain="loan",
        en="A test.",
        zh="测试",
        formula="a test",
        cites="none",
        confidence=Confidence.OWN,
        example=({}, {}),
    )(body)


def _values(con: Any, code: str) -> dict[str, tuple[Any, ...]]:
    rows = con.execute("SELECT member, value, null_reason, rows FROM indicators WHERE code = ?", [code]).fetchall()
    return {member: tuple(rest) for member, *rest in rows}


def test_the_table_is_as_agreed(tape: Callable[..., Any]) -> None:
    """Columns and types of ``indicators``, and as many rows as the step says."""
    con = tape({"loan": [{"balance_amount": 100}]})
    count = measure(con, _lender(), PERIOD, ALL, silent())
    assert [row[:2] for row in con.execute("DESCRIBE indicators").fetchall()] == [
        ("code", "VARCHAR"),
        ("dimension", "VARCHAR"),
        ("member", "VARCHAR"),
        ("value", "DECIMAL(38,10)"),
        ("unit", "VARCHAR"),
        ("numerator", "DECIMAL(38,4)"),
        ("denominator", "DECIMAL(38,4)"),
        ("rows", "BIGINT"),
        ("null_reason", "VARCHAR"),
        ("limit_name", "VARCHAR"),
        ("limit_value", "DECIMAL(38,10)"),
        ("bound", "VARCHAR"),
        ("headroom", "DECIMAL(38,10)"),
        ("is_breached", "BOOLEAN"),
        ("limit_source", "VARCHAR"),
        ("limit_confidence", "VARCHAR"),
    ]
    assert con.execute("SELECT count(*) FROM indicators").fetchall() == [(count,)]


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
def test_an_empty_tape_says_no_rows_everywhere(jurisdiction: str, tape: Callable[..., Any]) -> None:
    """Without a row every indicator that applies is still told: null with the reason, except counts, which are 0.

    One that reads earlier periods says that there are none.
    """
    con = tape({})
    measure(con, _lender(jurisdiction), PERIOD, ALL, silent())
    told = con.execute("SELECT code, value, null_reason, rows FROM indicators").fetchall()
    applying = {one.code for one in ALL if not one.jurisdictions or jurisdiction in one.jurisdictions}
    assert {code for code, *_ in told} == applying
    for code, value, reason, rows in told:
        assert rows == 0, code
        if code == "BAL-LOANS":
            assert (value, reason) == (0, None)
        elif code in ("PRC-GAP-KNOWN", "CMP-RATE", "PRV-GENERAL", "PRV-SHARE", "PRV-CREDIT-QUERY"):
            assert (value, reason) == (None, "zero denominator"), code
        else:
            lacking = NO_PAST.lacks(compiled(catalog.indicators()[code]).read)
            assert (value, reason) == (None, lacking or "no rows"), code


def test_a_ratio_over_nothing_says_zero_denominator(tape: Callable[..., Any]) -> None:
    """A book without non-performing loans has no coverage ratio, and the reason stands beside the parts."""
    con = tape({"loan": [{"balance_amount": 100, "five_class": "1", "provision_amount": 5}]})
    measure(con, _lender(), PERIOD, ALL, silent())
    assert _values(con, "DLQ-COVERAGE") == {"": (None, "zero denominator", 1)}
    parts = con.execute("SELECT numerator, denominator FROM indicators WHERE code = 'DLQ-COVERAGE'").fetchall()
    assert parts == [(Decimal(5), Decimal(0))]


def test_a_field_nobody_delivered_says_no_values(tape: Callable[..., Any]) -> None:
    """A tape without risk classes has an unknown bad-loan ratio, not one of zero."""
    con = tape({"loan": [{"balance_amount": 100}, {"balance_amount": 50}]})
    measure(con, _lender(), PERIOD, ALL, silent())
    assert _values(con, "DLQ-NPL") == {"": (None, "no values", 2)}
    assert _values(con, "DLQ-PROVISION") == {"": (None, "no values", 2)}
    assert _values(con, "DLQ-CLASS")["unknown"] == (150, None, 2)


def test_members_keep_their_order(tape: Callable[..., Any]) -> None:
    """Buckets are stored from current to latest, the largest partners by size, everything by code."""
    joint = {"coop_mode": "JOINT"}
    con = tape(
        {
            "loan": [
                {"balance_amount": 10, "partner_agreement_no": "A", **joint},
                {"balance_amount": 30, "partner_agreement_no": "B", **joint},
                {"balance_amount": 30, "partner_agreement_no": "C", **joint},
            ],
            "partner": [{"partner_agreement_no": name, "partner_uscc": f"P-{name}"} for name in "CBA"],
        }
    )
    measure(con, _lender(), PERIOD, list(reversed(ALL)), silent())
    codes = [code for (code,) in con.execute("SELECT code FROM indicators ORDER BY rowid").fetchall()]
    assert codes == sorted(codes)
    order = "SELECT member FROM indicators WHERE code = ? ORDER BY rowid"
    assert [m for (m,) in con.execute(order, ["DLQ-BUCKET"]).fetchall()][:3] == ["0", "1-30", "31-60"]
    assert [m for (m,) in con.execute(order, ["CON-PARTNER-TOP"]).fetchall()] == ["P-B", "P-C", "P-A"]
    assert [m for (m,) in con.execute(order, ["CON-PARTNER-TOP-SHARE"]).fetchall()] == ["1", "5", "10", "20"]


def test_a_value_follows_from_the_parts_beside_it(load: Callable[..., Any], frames: Mapping[str, pl.DataFrame]) -> None:
    """Whoever divides the stored numerator by the stored denominator gets the stored value."""
    con = load(frames)
    measure(con, _lender(), PERIOD, ALL, silent())
    for unit, numerator, denominator, value in con.execute(
        "SELECT unit, numerator, denominator, value FROM indicators WHERE value IS NOT NULL"
    ).fetchall():
        expected = numerator if unit in ("money", "count") else numerator / denominator
        assert abs(expected - value) <= Decimal("0.00000000005")


def test_another_jurisdictions_indicators_are_left_out(tape: Callable[..., Any]) -> None:
    """A US lender has no five-class figures, a Chinese one no US buckets; what is everybody's is in both."""
    found = {}
    for jurisdiction in ("cn", "us"):
        con = tape({})
        measure(con, _lender(jurisdiction), PERIOD, ALL, silent())
        found[jurisdiction] = {code for (code,) in con.execute("SELECT code FROM indicators").fetchall()}
    assert {"DLQ-NPL", "CON-PARTNER"} <= found["cn"] - found["us"]
    assert {"DLQ-US-BUCKET", "CON-STATE-HHI"} <= found["us"] - found["cn"]
    assert {"BAL-TOTAL", "DLQ-90P", "PRC-RATE"} <= found["cn"] & found["us"]


def test_measuring_twice_gives_the_same_table(load: Callable[..., Any], frames: Mapping[str, pl.DataFrame]) -> None:
    """The second table is the first, row for row, and nothing else is left on the connection."""
    con = load(frames)
    tables = []
    for _ in range(2):
        measure(con, _lender(), PERIOD, ALL, silent())
        tables.append(con.execute("SELECT * FROM indicators").fetchall())
    assert tables[0] == tables[1]
    left = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert left == {f"tape_{name}" for name in catalog.tape_tables()} | {"indicators"}
    assert con.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        lambda loan: amount(loan.no_such_column.sum()),
        lambda loan: loan.filter(loan.balance_amount),
        lambda loan: amount(loan.balance_amount.cast("float64").sum()),
        lambda loan: amount(loan.iou_no.cast("int64").sum()),
        lambda loan: amount(loan.balance_amount.sum()).cross_join(loan.select("iou_no")),
    ],
    ids=["no column", "no shape", "float", "aborts in SQL", "twice a member"],
)
def test_a_crash_is_our_fault_and_names_the_indicator(body: Callable[..., Any], tape: Callable[..., Any]) -> None:
    """A declaration that does not compile, is not exact or aborts stops the step; nothing is written."""
    con = tape({"loan": [{"iou_no": "13812345678x", "balance_amount": 1}, {"iou_no": "nor this", "balance_amount": 2}]})
    with pytest.raises(IndicatorCrashed, match="TST-ONE") as crash:
        measure(con, _lender(), PERIOD, [_declared(body)], silent())
    assert crash.value.exit_code == EXIT_OUR_FAULT and crash.value.next_step
    assert "13812345678" not in "".join(traceback.format_exception(crash.value))
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'indicators'").fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]


def test_an_indicator_of_another_making_is_measured_too(tape: Callable[..., Any]) -> None:
    """An Indicator whose ``measure`` is any function of the tape works without the decorator."""
    plain = replace(_declared(lambda loan: loan), measure=lambda tables: amount(tables["loan"].balance_amount.sum()))
    con = tape({"loan": [{"balance_amount": 7}]})
    assert measure(con, _lender(), PERIOD, [plain], silent()) == 1
    assert _values(con, "TST-ONE") == {"": (7, None, 1)}


def test_a_wrong_declaration_is_refused() -> None:
    """A unit nobody knows and a table nobody has are told when the module loads."""
    with pytest.raises(DeclarationError, match="unit"):
        _declared(lambda loan: loan, unit="euros")
    with pytest.raises(DeclarationError, match="lone"):
        _declared(lambda lone: lone)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_every_indicator_says_what_it_is(one: Indicator) -> None:
    """Both languages, the formula, the source and a worked example are there."""
    assert one.en.endswith(".") and one.formula and one.cites and one.grain
    assert any("一" <= character <= "鿿" for character in one.zh)
    assert one.example[1]
    assert ("" in one.example[1]) == (one.dimension == "")
