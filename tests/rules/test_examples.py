"""The truth table: every example of every rule, through the same compiler and engine that check a tape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
EXAMPLES = [
    pytest.param(rule, example, holds, id=f"{rule.code}-{'passes' if holds else 'fails'}-{n}")
    for rule in RULES
    for holds, examples in ((True, rule.passes), (False, rule.fails))
    for n, example in enumerate(examples)
]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def holds(con: duckdb.DuckDBPyConnection, rule: Rule, row: Mapping[str, Any]) -> bool:
    """Whether a partial row of the rule's grain is no finding."""
    columns = grain(rule.on).columns()
    unknown = row.keys() - columns.keys()
    assert not unknown, f"{rule.code}: {unknown} are no columns of {rule.on}"
    seen = catalog.limits().at(PERIOD)
    (predicate,) = compile_grain("example", columns, [(rule.code, lambda table: rule.holds(table, seen))])
    assert predicate.shape is Shape.ROW
    selected = ", ".join(f'CAST(${name} AS {sql_type(columns[name])}) AS "{name}"' for name in columns)
    given = {name: row.get(name) for name in columns}
    failing = f"SELECT count(*) FROM (SELECT {selected}) AS t0 WHERE NOT ({predicate.sql})"
    return con.execute(failing, given).fetchall() == [(0,)]


def sql_type(kind: Any) -> str:
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}
    return names.get(str(kind), "TIMESTAMP")


@pytest.mark.parametrize(("rule", "example", "expected"), EXAMPLES)
def test_every_example_comes_out_as_declared(
    con: duckdb.DuckDBPyConnection, rule: Rule, example: Mapping[str, Any], expected: bool
) -> None:
    """A passing example is no finding and a failing example is one."""
    assert holds(con, rule, example) is expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_row_of_nulls_is_a_finding_only_where_presence_is_the_rule(
    con: duckdb.DuckDBPyConnection, rule: Rule
) -> None:
    """Null holds: unless a rule lists the empty row among its failing examples, it says nothing about one."""
    assert holds(con, rule, {}) is ({} not in rule.fails)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_builds_on_the_first_day_it_is_in_force(rule: Rule) -> None:
    """A rule's limits have values on every day from its ``since`` on: no period in its scope makes it crash."""
    for day in (rule.since or date(2015, 1, 31), date(2026, 10, 31), date(2035, 12, 31)):
        compile_grain("t", grain(rule.on).columns(), [(rule.code, partial(built, rule, day))])


def built(rule: Rule, day: date, table: Any) -> Any:
    return rule.holds(table, catalog.limits().at(Period(day)))
