"""The second opinion: pandera itself, asked the same questions about the same dirty tapes, must agree to the row.

Row rules are asked of pandera on Ibis, on the relation of their grain as it is prepared. Presence, code lists, ranges,
forms and repeated keys are asked of pandera on polars through a schema made from the same models. Some tapes always,
a thousand where the long tests run; many lie in one submission.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandera.ibis as ibis_schema
import pytest

from loantape import catalog
from loantape.checking import size, texts
from loantape.checking.engine import check
from loantape.checking.findings import RAN, key_sql
from loantape.checking.schema import to_pandera_schema
from loantape.declare import Lender, Period, Rule
from loantape.progress import silent
from tests.checking.oracle_pandera import (
    PLACE,
    errors_of,
    failing_fields,
    failing_sql,
    grains_stored,
    repeated_keys,
    stored_as,
)
from tests.checking.oracle_tapes import columns_of, fill_tapes, insert, mixed_columns, random_columns
from tests.conftest import create_empty_submission

# pandera and ibis call what pandas and DuckDB are about to remove
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PERIOD, BEFORE, LATER = (Period(date(*day)) for day in ((2026, 10, 31), (2026, 9, 30), (2027, 12, 31)))
CHINESE = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())
AMERICAN = replace(CHINESE, jurisdiction="us")
TABLES = list(catalog.tape_tables())
BOOK = list(catalog.rules().values())
TAPES = 1_000 if os.environ.get("LOANTAPE_LONG") else 20
AT_ONCE = min(TAPES, 100)
Places = Counter[tuple[str, Any]]


@dataclass
class Compared:
    """What was compared so far: how many of each, and the rules that failed on some row."""

    tapes: int = 0
    rows: int = 0
    verdicts: int = 0  # of a rule or constraint on a row
    failures: int = 0
    asked: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        never = sorted(self.asked - self.failed)
        return (
            f"{self.tapes} tapes, {self.rows} rows, {len(self.asked)} rules, {self.verdicts} verdicts, "
            f"{self.failures} failures, no difference; never failed: {never}"
        )


def asked_of(con: duckdb.DuckDBPyConnection) -> list[Rule]:
    """The rules that the engine says it ran."""
    ran = con.execute("SELECT DISTINCT rule FROM rule_runs WHERE status = ?", [RAN]).fetchall()
    return [rule for rule in BOOK if (rule.code,) in ran]


def in_engine(con: duckdb.DuckDBPyConnection, rule: Rule) -> Counter[Any]:
    """The rows of its findings; their keys on a grain without rows."""
    at = '"row"' if catalog.grain(rule.on).has_rows else "key"
    found = con.execute(f"SELECT {at}, grain, field FROM findings WHERE rule = ?", [rule.code]).fetchall()
    assert {(grain, name) for _, grain, name in found} <= {(rule.on, rule.fields[0])}
    return Counter(place for place, _, _ in found)


def in_pandera(con: duckdb.DuckDBPyConnection, rule: Rule, period: Period) -> Counter[Any]:
    """The same of what pandera says of the stored grain."""
    on = catalog.grain(rule.on)
    at = 't."row"' if on.has_rows else key_sql(on, "t")
    failing = failing_sql(rule.code, period)
    found = con.execute(f"SELECT {at} FROM {stored_as(rule.on)} AS t JOIN ({failing}) AS failing USING ({PLACE})")
    return Counter(place for (place,) in found.fetchall())


def compare_rules(con: duckdb.DuckDBPyConnection, period: Period, so_far: Compared) -> None:
    """Every rule that ran, row by row."""
    rules = asked_of(con)
    counted = "SELECT sum(rows_checked) FROM rule_runs WHERE status = ?"
    so_far.verdicts += int(con.execute(counted, [RAN]).fetchall()[0][0])
    for rule in rules:
        ours, theirs = in_engine(con, rule), in_pandera(con, rule, period)
        assert ours == theirs, f"{rule.code}: only here {ours - theirs}, only in pandera {theirs - ours}"
        so_far.asked.add(rule.code)
        so_far.failed |= {rule.code} if theirs else set()
        so_far.failures += theirs.total()


def compare_fields(con: duckdb.DuckDBPyConnection, jurisdiction: str, so_far: Compared) -> None:
    """Every constraint of every field, and every key."""
    found = con.execute("SELECT grain, rule, field, \"row\" FROM findings WHERE rule LIKE 'FLD-%'").fetchall()
    assert len(found) == len(set(found))
    for table in TABLES:
        ours = {(rule, name, row) for grain, rule, name, row in found if grain == table}
        key = catalog.tape_tables()[table].key()[0]
        theirs = failing_fields(con, table, jurisdiction)
        theirs |= {("FLD-005", key, row) for row in repeated_keys(con, table)}
        assert ours == theirs, f"{table}: {sorted(ours ^ theirs, key=str)[:9]}"
        so_far.failures += len(theirs)


@pytest.fixture(autouse=True)
def texts_judged_once_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small as they are, tapes are asked as large ones are: texts by their values, functions of them joined."""
    monkeypatch.setattr(size, "_LARGE", 0)
    monkeypatch.setattr(texts, "_ROWS_A_VALUE", 0)
    monkeypatch.setattr(texts, "_SEVERAL", 1)


@pytest.fixture
def history(tmp_path: Path) -> dict[Period, Path]:
    """Checked submissions of three periods, whose totals there are."""
    made = {}
    for n, month in enumerate((7, 8, 9)):
        period, path = Period.parse(f"2026-{month:02}"), tmp_path / f"history{n}.duckdb"
        with duckdb.connect(str(path)) as con:
            create_empty_submission(con)
            con.execute("CREATE TABLE totals AS SELECT 'loans' AS name, CAST(1 AS DECIMAL(38, 6)) AS value LIMIT 0")
            values = [(name, 100 + n) for name in catalog.totals()]
            con.executemany("INSERT INTO totals VALUES (?, ?)", values)
        made[period] = path
    return made


def compare_tapes(
    folder: Path, history: dict[Period, Path], tapes: range, lender: Lender, period: Period, so_far: Compared
) -> None:
    """One submission of many tapes, with one before it: its rules, constraints and keys."""
    before = folder / f"before{tapes.start}.duckdb"
    with duckdb.connect(str(before)) as con:
        create_empty_submission(con)
        fill_tapes(con, tapes, BEFORE)
    with duckdb.connect() as con:
        create_empty_submission(con)
        so_far.tapes += len(tapes)
        so_far.rows += fill_tapes(con, tapes, period)
        check(con, lender, period, BOOK, catalog.limits(), before, silent(), history)
        grains = [catalog.grain(name) for name in sorted({rule.on for rule in asked_of(con)})]
        with grains_stored(con, grains, before, history):
            compare_fields(con, lender.jurisdiction, so_far)
            compare_rules(con, period, so_far)
    before.unlink()


def test_every_rule_and_constraint_agrees_with_pandera(tmp_path: Path, history: dict[Period, Path]) -> None:
    """Rules of every grain, constraints and keys fail on exactly the rows on which pandera says they fail."""
    so_far = Compared()
    for first in range(0, TAPES, AT_ONCE):
        compare_tapes(tmp_path, history, range(first, first + AT_ONCE), CHINESE, PERIOD, so_far)
        print(so_far, flush=True)
    chinese = {rule.code for rule in BOOK if rule.in_force(PERIOD.date) and rule.jurisdictions != ("us",)}
    assert chinese == so_far.asked
    of_tables = {rule.code for rule in BOOK if rule.on in TABLES} & chinese
    assert len(so_far.failed & of_tables) >= 0.9 * len(of_tables), f"the tapes are not dirty enough: {so_far}"


UNTIL = [Period(day) for day in sorted({rule.until for rule in BOOK if rule.until and rule.until < PERIOD.date})]


@pytest.mark.parametrize("period", [*UNTIL, LATER], ids=str)
def test_rules_of_other_times_agree_with_pandera(period: Period, tmp_path: Path, history: dict[Period, Path]) -> None:
    """A rule that ended by now or begins later agrees while it is in force."""
    for rule in [rule for rule in BOOK if rule.in_force(period.date) and not rule.in_force(PERIOD.date)]:
        so_far = Compared()
        with duckdb.connect() as con:
            create_empty_submission(con)
            fill_tapes(con, range(1), period)
            check(con, CHINESE, period, [rule], catalog.limits(), None, silent())
            with grains_stored(con, [catalog.grain(rule.on)], None, {}):
                compare_rules(con, period, so_far)
        assert so_far.failed == {rule.code}


def test_american_rules_and_constraints_agree_with_pandera(tmp_path: Path, history: dict[Period, Path]) -> None:
    """Where other duties of presence and other rules apply, they agree as well."""
    so_far = Compared()
    compare_tapes(tmp_path, history, range(max(1, TAPES // 100)), AMERICAN, PERIOD, so_far)
    print(so_far)
    assert {rule.code for rule in BOOK if rule.jurisdictions == ("us",)} <= so_far.asked


def test_prepared_rows_agree_with_pandera_whatever_they_hold(
    empty_submission: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On rows as a grain might prepare them, each rule's own examples among them, every rule that has any fails."""
    con, so_far = empty_submission, Compared()
    prepared = sorted({rule.on for rule in BOOK} - set(TABLES))
    stored = dict(catalog.grains())
    runs = max(1, TAPES // 100)
    for name in prepared:
        kinds = {column: kind for column, kind in catalog.grain(name).columns().items() if column != "row"}
        columns = ", ".join(f'"{column}" {_type(kind)}' for column, kind in kinds.items())
        con.execute(f'CREATE TABLE {stored_as(name)} ({PLACE} BIGINT, "row" BIGINT, {columns})')
        for run in range(runs):
            insert(con, stored_as(name), kinds, mixed_columns(random.Random(f"{run} {name}"), name, 60, PERIOD))
        con.execute(f'UPDATE {stored_as(name)} SET {PLACE} = rowid, "row" = rowid')
        stored[name] = replace(
            catalog.grain(name), base=stored_as(name), own=catalog.grain(name).columns(), prepared={}, joins="",
            has_rows=True, needs_previous=False, needs_pricing=False, needs_history=False,
        )  # fmt: skip
    con.execute("INSERT INTO tape_institution (lender_type) SELECT unnest(['BANK', 'CFC', 'MICRO', 'TRUST', 'AUTO'])")
    monkeypatch.setattr(catalog, "grains", lambda: stored)
    for lender in (CHINESE, AMERICAN):
        asked = [rule for rule in BOOK if rule.on in prepared and (lender is CHINESE or "us" in rule.jurisdictions)]
        check(con, lender, PERIOD, asked, catalog.limits(), None, silent())
        compare_rules(con, PERIOD, so_far)
    print(so_far)
    told = {rule.code for rule in BOOK if rule.on in prepared and rule.in_force(PERIOD.date)}
    assert so_far.asked == told
    assert so_far.failed == told


def _type(kind: Any) -> str:
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}
    return names.get(str(kind), "TIMESTAMP")


@pytest.mark.parametrize("table", TABLES)
def test_a_schema_reports_what_the_engine_finds(
    empty_submission: duckdb.DuckDBPyConnection, run: Callable[..., Any], table: str
) -> None:
    """``schema.validate`` of a whole tape table, with every seventh of its rules, names the rows of the findings."""
    kinds, chance = columns_of(table), random.Random(table)
    insert(empty_submission, f"tape_{table}", kinds, random_columns(chance, kinds, 40, PERIOD.date, "T"))
    every = [rule for rule in BOOK if rule.on == table and not rule.lender_types and rule.in_force(PERIOD.date)]
    rules = every[::7]
    lender = AMERICAN if any(rule.jurisdictions == ("us",) for rule in rules) else CHINESE
    run(empty_submission, rules, lender=lender)
    checks = to_pandera_schema(table, rules, catalog.limits(), PERIOD, lender.jurisdiction).checks
    schema = ibis_schema.DataFrameSchema(checks=checks)
    reported = errors_of(schema, ibis.duckdb.from_connection(empty_submission).table(f"tape_{table}"))
    theirs: Places = Counter()
    for error in reported.schema_errors if reported else []:
        theirs.update((error.check.rule.code, row) for row in error.failure_cases["index"])
    assert Counter((rule.code, row) for rule in rules for row in in_engine(empty_submission, rule).elements()) == theirs
