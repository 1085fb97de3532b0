"""The truth table: every example of every rule, through the same compiler that checks a tape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.catalog import grain
from loantape.checking.compile import Shape, compile_grain
from loantape.declare import Period, Rule

PERIOD = Period(date(2026, 10, 31))
RULES = list(catalog.rules().values())


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def failing(con: duckdb.DuckDBPyConnection, rule: Rule, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Which of these partial rows of the rule's grain are findings, by their place."""
    columns = grain(rule.on).columns()
    unknown = {name for row in rows for name in row} - columns.keys()
    assert not unknown, f"{rule.code}: {unknown} are no columns of {rule.on}"
    seen = catalog.limits().at(PERIOD)
    (predicate,) = compile_grain("example", columns, [(rule.code, lambda table: rule.holds(table, seen))])
    assert predicate.shape is Shape.ROW
    used = sorted({name for row in rows for name in row} | set(predicate.columns))
    selected = ", ".join(f'CAST(given."{name}" AS {sql_type(columns[name])}) AS "{name}"' for name in used if name)
    con.execute("CREATE OR REPLACE TABLE given (place INTEGER" + "".join(f', "{name}" VARCHAR' for name in used) + ")")
    for place, row in enumerate(rows):
        texts = [None if row.get(name) is None else str(row[name]) for name in used]
        con.execute(f"INSERT INTO given VALUES (?{', ?' * len(used)})", [place, *texts])
    found = con.execute(
        f"SELECT place FROM (SELECT place{', ' + selected if selected else ''} FROM given) AS t0 "
        f"WHERE NOT ({predicate.sql})"
    ).fetchall()
    return {place for (place,) in found}


def sql_type(kind: Any) -> str:
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}
    return names.get(str(kind), "TIMESTAMP")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_example_comes_out_as_declared(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Passing examples are no findings and failing ones are; a row of nulls is one only where presence is the rule.

    Null holds: unless a rule lists the empty row among its failing examples, it says nothing about one.
    """
    rows = [*rule.passes, *rule.fails, {}]
    expected = set(range(len(rule.passes), len(rule.passes) + len(rule.fails)))
    expected |= {len(rows) - 1} if {} in rule.fails else set()
    found = failing(con, rule, rows)
    assert found == expected, [rows[place] for place in sorted(found ^ expected)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_builds_on_the_first_day_it_is_in_force(rule: Rule) -> None:
    """A rule's limits have values on every day from its ``since`` on: no period in its scope makes it crash."""
    for day in (rule.since or date(2015, 1, 31), date(2026, 10, 31), date(2035, 12, 31)):
        compile_grain("t", grain(rule.on).columns(), [(rule.code, partial(built, rule, day))])


def built(rule: Rule, day: date, table: Any) -> Any:
    return rule.holds(table, catalog.limits().at(Period(day)))
