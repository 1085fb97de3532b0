"""Small falsifications of rules, and which of them a rule's own examples notice.

A mutant is a rule whose sentence was changed in one place: another comparison, a constant one unit off, a condition
left out, another column of the same type. An example kills it by coming out otherwise. What survives is either a gap in
the examples or a change that cannot matter (``EQUIVALENT`` says which and why).

Run as a program it lists the survivors: python -m tests.rules.mutants [CODE or TOPIC ...]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis.common.exceptions import IbisTypeError

from loantape import catalog
from loantape.declare import Period, Rule

PERIOD = Period(date(2026, 10, 31))

_INSTEAD = {
    ops.Less: (ops.LessEqual, ops.GreaterEqual),
    ops.LessEqual: (ops.Less, ops.Greater),
    ops.Greater: (ops.GreaterEqual, ops.LessEqual),
    ops.GreaterEqual: (ops.Greater, ops.Less),
    ops.Equals: (ops.NotEquals,),
    ops.NotEquals: (ops.Equals,),
    ops.And: (ops.Or,),
    ops.Or: (ops.And,),
    ops.Add: (ops.Subtract,),
    ops.Subtract: (ops.Add,),
    ops.Multiply: (ops.Add,),
}


@dataclass(frozen=True)
class Mutant:
    """One changed sentence: of which rule, the how-manieth, what was changed, and the changed boolean."""

    rule: str
    number: int
    change: str
    expression: Any


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants of one rule."""

    rule: str
    mutants: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]


def mutants_of(rule: Rule, table: Any) -> list[Mutant]:
    """Every mutant of a rule on the table of its grain, each different from the rule, in a fixed order."""
    root = rule.holds(table, catalog.limits().at(PERIOD)).op()
    found = [Mutant(rule.code, 0, "the contrary", ops.Not(root).to_expr())]
    seen = {root}
    for node in _nodes(root):
        for change, other in _changes(node, rule, table):
            try:
                mutated = root.replace({node: other}) if node != root else other
            except IbisTypeError:  # no such sentence can be written: not a mutant
                continue
            if mutated not in seen:
                seen.add(mutated)
                found.append(Mutant(rule.code, len(found), f"{_short(node)} -> {change}", mutated.to_expr()))
    return found


def examine(con: duckdb.DuckDBPyConnection, rule: Rule) -> Outcome:
    """Run every mutant of a rule over its examples and the row of nulls."""
    columns = catalog.grain(rule.on).columns()
    table = ibis.table(columns, name="example")
    mutants = mutants_of(rule, table)
    rows = [(row, True) for row in rule.passes] + [(row, False) for row in rule.fails] + [({}, {} not in rule.fails)]
    _fill(con, columns, [row for row, _ in rows])
    expected = [holds for _, holds in rows]
    own = rule.holds(table, catalog.limits().at(PERIOD))
    if _verdicts(con, table, Mutant(rule.code, -1, "nothing", own)) != expected:
        raise AssertionError(
            f"the examples of {rule.code} do not come out as declared: no mutant can be judged by them"
        )
    survivors = [one for one in mutants if _verdicts(con, table, one) == expected]
    return Outcome(rule.code, tuple(mutants), tuple(survivors))


def _verdicts(con: duckdb.DuckDBPyConnection, table: Any, mutant: Mutant) -> list[bool] | None:
    """Whether each example holds under the mutant; None when DuckDB refuses it, which anybody would notice."""
    asked = ibis.to_sql(table.select("row", holds=mutant.expression.fill_null(True)), dialect="duckdb")
    try:
        return [bool(holds) for _, holds in con.execute(f'SELECT * FROM ({asked}) ORDER BY "row"').fetchall()]
    except duckdb.Error:
        return None


def _fill(con: duckdb.DuckDBPyConnection, columns: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    declared = ", ".join(f'"{name}" {sql_type(kind)}' for name, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TABLE example ({declared})")
    for number, row in enumerate(rows):
        given = {**row, "row": number}
        names = ", ".join(f'"{name}"' for name in given)
        con.execute(f"INSERT INTO example ({names}) VALUES ({', '.join('?' * len(given))})", list(given.values()))


def sql_type(kind: Any) -> str:
    """The DuckDB type of a grain's column."""
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}
    return names.get(str(kind), "TIMESTAMP")


def _nodes(root: Any) -> Iterator[Any]:
    """Every operation of the expression that belongs to the sentence, not to the table."""
    for node in dict.fromkeys(root.find(ops.Value)):
        if not isinstance(node, ops.Alias):
            yield node


def _changes(node: Any, rule: Rule, table: Any) -> Iterator[tuple[str, Any]]:
    for kind in _INSTEAD.get(type(node), ()):
        if kind in (ops.Add, ops.Subtract) and not node.right.dtype.is_numeric():
            continue
        yield kind.__name__, kind(node.left, node.right)
    match node:
        case ops.And() | ops.Or():
            yield "left only", node.left
            yield "right only", node.right
        case ops.Not():
            yield "not negated", node.arg
        case ops.IsNull():
            yield "NotNull", ops.NotNull(node.arg)
        case ops.NotNull():
            yield "IsNull", ops.IsNull(node.arg)
        case ops.Abs():
            yield "without abs", node.arg
        case ops.Between():
            yield (
                "above lower",
                ops.And(ops.Greater(node.arg, node.lower_bound), ops.LessEqual(node.arg, node.upper_bound)),
            )
            yield (
                "below upper",
                ops.And(ops.GreaterEqual(node.arg, node.lower_bound), ops.Less(node.arg, node.upper_bound)),
            )
        case ops.InValues() if len(node.options) > 1:
            for place, left_out in enumerate(node.options):
                rest = node.options[:place] + node.options[place + 1 :]
                yield f"without {_short(left_out)}", ops.InValues(node.value, rest)
        case ops.Coalesce():
            yield "first only", node.arg[0]
        case ops.IfElse():
            yield "branches swapped", ops.IfElse(node.bool_expr, node.false_null_expr, node.true_expr)
        case ops.SearchedCase() if len(node.cases) > 1:
            for place in range(len(node.cases)):
                cases = node.cases[:place] + node.cases[place + 1 :]
                results = node.results[:place] + node.results[place + 1 :]
                yield f"without case {place}", ops.SearchedCase(cases, results, node.default)
        case ops.Literal():
            yield from _constants(node)
        case ops.Field():
            for name in rule.fields:
                if name != node.name and name in table.columns and table[name].op().dtype == node.dtype:
                    yield f"column {name}", table[name].op()


def _constants(node: Any) -> Iterator[tuple[str, Any]]:
    """The constant one unit of its last place, one day, one second or another text off."""
    value = node.value
    if value is None:
        return
    if isinstance(value, bool):
        yield str(not value), ops.Literal(not value, node.dtype)
    elif isinstance(value, Decimal | int) and node.dtype.is_numeric():
        unit = Decimal(1).scaleb(-node.dtype.scale) if node.dtype.is_decimal() else 1
        for other in (value + unit, value - unit):
            if node.dtype.is_decimal():
                room = 10 ** (node.dtype.precision - node.dtype.scale)
                digits = node.dtype.precision + (abs(other) >= room)  # where it does not fit, one digit more
                yield str(other), ibis.literal(other, type=dt.Decimal(digits, node.dtype.scale)).op()
            else:
                yield str(other), ibis.literal(other).op()
    elif isinstance(value, datetime):
        for seconds in (1, -1):
            yield f"{seconds} s", ops.Literal(value + timedelta(seconds=seconds), node.dtype)
    elif isinstance(value, date):
        for days in (1, -1) if value < date.max else (-1,):
            yield f"{days} d", ops.Literal(value + timedelta(days=days), node.dtype)
    elif isinstance(value, str):
        yield "another text", ops.Literal(value + "~", node.dtype)


def _short(node: Any) -> str:
    if isinstance(node, ops.Literal):
        return repr(node.value) if not isinstance(node.value, Decimal) else str(node.value)
    if isinstance(node, ops.Field):
        return str(node.name)
    inner = ", ".join(_short(one) for one in node.args if isinstance(one, ops.Value))
    text = f"{type(node).__name__}({inner})"
    return text if len(text) <= 90 else text[:87] + "..."


def main(wanted: Sequence[str]) -> int:
    """Print the survivors of the rules or topics asked for, of all without an argument."""
    rules = [one for one in catalog.rules().values() if not wanted or one.code in wanted or one.code[:-4] in wanted]
    made = survived = 0
    with duckdb.connect() as con:
        for rule in rules:
            outcome = examine(con, rule)
            made += len(outcome.mutants)
            survived += len(outcome.survivors)
            for one in outcome.survivors:
                print(f"{one.rule} #{one.number}: {one.change}")
    print(f"{len(rules)} rules, {made} mutants, {survived} survive")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
