"""Limits: which value is in force on which day for whom, and what a table of them refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog
from loantape.checking.compile import compile_grain
from loantape.declare import Confidence, Limit, Period
from loantape.errors import DeclarationError
from loantape.export import write_rules
from loantape.limits import LimitTable, load

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


def row(start: str, end: str | None = None, value: str = "1", kinds: tuple[str, ...] = (), name: str = "cap") -> Limit:
    until = date.fromisoformat(end) if end else None
    return Limit(name, Decimal(value), "x", "x", Confidence.OWN, date.fromisoformat(start), until, kinds)


def test_the_value_changes_on_its_day() -> None:
    """The last day of the old row and the first day of the new one give the old and the new value."""
    table = LimitTable([row("2020-01-01", "2025-09-30", "36"), row("2025-10-01", None, "24")])
    assert table.value("cap", date(2025, 9, 30)).value == Decimal(36)
    assert table.value("cap", date(2025, 10, 1)).value == Decimal(24)
    with pytest.raises(DeclarationError, match="no value on 2019-12-31"):
        table.value("cap", date(2019, 12, 31))


@pytest.mark.parametrize(
    "rows",
    [
        [row("2020-01-01"), row("2021-01-01")],
        [row("2020-01-01", "2021-01-01"), row("2021-01-01")],
        [row("2020-01-01", kinds=("BANK",)), row("2021-01-01", kinds=("CFC", "BANK"))],
        [row("2020-01-01"), row("2021-01-01", kinds=("BANK",))],
        [row("2020-01-01"), row("2020-01-01")],
    ],
)
def test_two_values_on_one_day_are_refused(rows: list[Limit]) -> None:
    """Rows of one name never overlap for one kind of lender."""
    with pytest.raises(DeclarationError, match="two values"):
        LimitTable(rows)


def test_a_day_without_a_value_between_two_rows_is_refused() -> None:
    """A series has no hole: what was in force in between would be guessed."""
    with pytest.raises(DeclarationError, match="no value between"):
        LimitTable([row("2020-01-01", "2020-12-30"), row("2021-01-01")])


def test_a_row_that_ends_before_it_begins_is_refused() -> None:
    """Dates are in order."""
    with pytest.raises(DeclarationError, match="before it begins"):
        LimitTable([row("2020-01-02", "2020-01-01")])


def test_kinds_of_lender_have_their_own_rows() -> None:
    """Rows for different kinds may overlap in time; a question that does not say for whom is refused."""
    table = LimitTable([row("2020-01-01", None, "24", ("BANK",)), row("2020-01-01", None, "20", ("CFC",))])
    assert table.value("cap", date(2026, 1, 1), "CFC").value == Decimal(20)
    with pytest.raises(DeclarationError, match="several values"):
        table.value("cap", date(2026, 1, 1))
    with pytest.raises(DeclarationError, match="for MICRO"):
        table.value("cap", date(2026, 1, 1), "MICRO")


def test_an_unknown_name_is_refused() -> None:
    """A rule cannot compare with a number that nobody declared."""
    with pytest.raises(DeclarationError, match="no limit is called"):
        _ = catalog.limits().at(Period(date(2026, 10, 31))).no_such_limit


@settings(deadline=None, max_examples=60)
@given(day=DAYS, kind=st.sampled_from(["BANK", "CFC", "MICRO", "TRUST", "OTHER"]))
def test_the_expression_and_the_lookup_agree(day: date, kind: str) -> None:
    """What ``by`` gives for a row is what ``value`` gives for its kind and day, and null where there is none."""
    table = catalog.limits()
    for name in ("all_in_cost_cap_pct", "partner_share_min_fraction", "private_lending_protected_pct"):
        expression = table.at(Period(date(2026, 10, 31))).by(name, kind, day)
        ((found,),) = duckdb.sql(ibis.to_sql(expression, dialect="duckdb")).fetchall()
        try:
            expected = table.value(name, day, kind).value
        except DeclarationError:
            expected = None
        assert found == expected


@settings(deadline=None)
@given(value=st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_literal_is_exact(value: Decimal) -> None:
    """A rule compares with every digit of the declared value, however small."""
    table = LimitTable([Limit("cap", value, "x", "x", Confidence.OWN, date(2000, 1, 1))])
    literal = table.at(Period(date(2026, 10, 31))).cap
    ((found,),) = duckdb.sql(ibis.to_sql(literal, dialect="duckdb")).fetchall()
    assert found == value


def test_what_the_caps_are_on_the_days_that_count() -> None:
    """The cap on a bank's internet loan begins 2025-10-01 and a small-loan company's 2025-12-24."""
    limits = catalog.limits()
    for kind, start in (("BANK", date(2025, 10, 1)), ("MICRO", date(2025, 12, 24)), ("CFC", date(2017, 8, 4))):
        assert limits.value("all_in_cost_cap_pct", start, kind).value == Decimal(24)
        with pytest.raises(DeclarationError):
            limits.value("all_in_cost_cap_pct", start - timedelta(days=1), kind)


def test_every_limit_says_where_it_is_from() -> None:
    """Unit, source and confidence of every dated number."""
    for limit in catalog.limits():
        assert limit.unit and limit.source and limit.confidence in Confidence
        assert bool(limit.note_en) == bool(limit.note_zh)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('value = "0.01"', None),
        ("value = 0.01", "not a finite decimal"),
        ('value = "NaN"', "not a finite decimal"),
        ('value = "1,5"', "wrong value or confidence"),
        ('value = "1"\nmeaning = "x"', "says meaning"),
        ('value = "1"\nvalid_to = "2030-01-01"', "not a date"),
        ("", "does not say value"),
    ],
)
def test_a_wrong_row_is_refused_by_file_and_number(tmp_path: Path, change: str, complaint: str | None) -> None:
    """A row that lacks something, or says something unknown, names its file and number."""
    text = f'[[limit]]\nname = "cap"\nunit = "x"\nsource = "x"\nconfidence = "OWN"\nvalid_from = 2020-01-01\n{change}\n'
    (tmp_path / "caps.toml").write_text(text, encoding="utf-8")
    if complaint is None:
        assert load(tmp_path).value("cap", date(2020, 1, 1)).value == Decimal("0.01")
    else:
        with pytest.raises(DeclarationError, match=complaint) as refused:
            load(tmp_path)
        assert "limit 1 of caps.toml" in str(refused.value)


def multiple(start: str, end: str | None = None) -> Limit:
    return replace(row(start, end, "4", name="capped"), times="rate")


def test_a_multiple_is_multiplied_out_where_its_factor_is_known() -> None:
    """Four times a rate of 3.0 is 12.0 on the days both are in force, and on other days there is no value."""
    rate = row("2026-01-20", "2026-02-19", "3.0", name="rate")
    later = replace(row("2026-04-20", "2026-05-19", "2.9", name="rate"), after_unknown=True)
    table = LimitTable([multiple("2026-02-01"), rate, later])
    assert table.value("capped", date(2026, 2, 1)).value == Decimal("12.0")
    assert table.value("capped", date(2026, 2, 19)).value == Decimal("12.0")
    assert table.value("capped", date(2026, 5, 19)).value == Decimal("11.6")
    for unknown in (date(2026, 1, 31), date(2026, 2, 20), date(2026, 4, 19), date(2026, 5, 20)):
        with pytest.raises(DeclarationError, match="no value on"):
            table.value("capped", unknown)
    seen = table.at(Period(date(2026, 10, 31)))
    for day, expected in ((date(2026, 2, 1), Decimal("12.0")), (date(2026, 3, 1), None)):
        ((by,),) = duckdb.sql(ibis.to_sql(seen.by("capped", "", day), dialect="duckdb")).fetchall()
        ((declared,),) = duckdb.sql(ibis.to_sql(seen.multiple("capped", "", day), dialect="duckdb")).fetchall()
        assert (by, declared) == (expected, Decimal(4))


def test_a_gap_that_is_said_to_be_unknown_is_no_mistake() -> None:
    """A fixing after months that nobody read loads, and the months between have no value."""
    table = LimitTable([row("2020-01-01", "2020-12-30"), replace(row("2021-02-01"), after_unknown=True)])
    with pytest.raises(DeclarationError, match="no value on 2021-01-01"):
        table.value("cap", date(2021, 1, 1))


@pytest.mark.parametrize(
    "rows",
    [
        [multiple("2026-01-01")],
        [multiple("2026-01-01"), row("2026-01-01", name="rate", kinds=("BANK",))],
        [multiple("2026-01-01"), replace(row("2026-01-01", name="rate"), times="cap"), row("2026-01-01")],
    ],
)
def test_a_multiple_of_what_is_no_plain_limit_is_refused(rows: list[Limit]) -> None:
    """A multiple names a limit that exists, is a number itself and holds for every lender."""
    with pytest.raises(DeclarationError, match="no plain limit"):
        LimitTable(rows)


def test_what_is_declared_on_a_day_says_what_it_amounts_to() -> None:
    """Each row in force comes with its value; a multiple whose factor is not known comes without."""
    limits = catalog.limits()
    on = {(one.name, one.lender_types): amount for one, amount in limits.declared_on(date(2027, 12, 31))}
    assert on["all_in_cost_cap_pct", ("MICRO",)] == Decimal(24)
    assert on["micro_lpr_cap_pct", ("MICRO",)] is None
    assert ("private_lending_protected_pct", ()) not in on
    assert ("micro_lpr_cap_pct", ("MICRO",)) not in {
        (one.name, one.lender_types) for one, _ in limits.declared_on(date(2027, 12, 30))
    }


def test_a_fixing_is_known_only_on_the_days_it_was_read_for() -> None:
    """The LPR of December 2025 is 3.0 until the next fixing, and no other day has one."""
    limits = catalog.limits()
    assert limits.value("lpr_1y_pct", date(2026, 1, 19)).value == Decimal("3.0")
    for day in (date(2025, 12, 19), date(2026, 1, 20), date(2026, 11, 20)):
        with pytest.raises(DeclarationError):
            limits.value("lpr_1y_pct", day)


def test_a_rule_asks_four_times_the_fixing_once_one_is_known() -> None:
    """With a fixing of 2.5 for the day of grant, a small loan may cost 10 % whatever benchmark it names."""
    rule = catalog.rules()["PRC-020"]
    fixing = row("2027-12-20", "2028-01-19", "2.5", name="lpr_1y_pct")
    others = [one for one in catalog.limits() if one.name != "lpr_1y_pct"]
    columns = catalog.grain(rule.on).columns()
    seen = LimitTable([*others, fixing]).at(Period(date(2028, 1, 31)))
    (predicate,) = compile_grain("t", columns, [("PRC-020", lambda table: rule.holds(table, seen))])
    wanted = ("all_in_cost_pct", "lender_type", "start_date", "benchmark_type", "benchmark_pct")
    kinds = ("DECIMAL(12,6)", "VARCHAR", "DATE", "VARCHAR", "DECIMAL(12,6)")
    cases = (("10", "2028-01-19", True), ("10.000001", "2028-01-19", False), ("12", "2028-01-20", True))
    for cost, start, holds in cases:
        given = (cost, "MICRO", start, "TR05", "3")
        cells = ", ".join(
            f"CAST('{value}' AS {kind}) AS {name}" for name, kind, value in zip(wanted, kinds, given, strict=True)
        )
        assert duckdb.sql(f"SELECT {predicate.sql} FROM (SELECT {cells}) AS t0").fetchall() == [(holds,)]


def test_the_book_on_a_day_shows_its_rules_and_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not in force on the day is left out; a multiple says what it amounts to, or that this is not known."""
    write_rules(date(2026, 1, 19), as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["on"] == "2026-01-19"
    codes = {rule["code"] for rule in shown["rules"]}
    assert "PRC-004" in codes and "PRC-020" not in codes and "DSC-001" not in codes
    amounts = {(one["name"], *one["lender_types"]): one["amount"] for one in shown["limits"]}
    assert amounts["lpr_1y_pct",] == "3.0" and amounts["all_in_cost_cap_pct", "MICRO"] == "24"
    assert ("micro_lpr_cap_pct", "MICRO") not in amounts
    write_rules(None, as_json=True)
    everything = json.loads(capsys.readouterr().out)
    assert len(everything["rules"]) == len(catalog.rules()) and len(everything["limits"]) == len(list(catalog.limits()))
    (cap,) = (one for one in everything["limits"] if one["name"] == "micro_lpr_cap_pct")
    assert (cap["value"], cap["times"], cap["amount"]) == ("4", "lpr_1y_pct", None)
    write_rules(date(2026, 10, 31), as_json=False)
    assert "限额" in capsys.readouterr().out
