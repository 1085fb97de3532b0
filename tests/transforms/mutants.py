"""Small falsifications of indicators: the SQL they are asked with, changed in one place.

Belongs here: what is changed. Not here: on which books a changed figure is looked at, and by what it is told apart
(``trials``).

A mutant is the statement of an indicator, of a prepared grain or of a mart with another comparison, a bound shifted by
one, a filter or a group left out, a number for an amount, another column of the same table, the December book for that
of the month before, numerator and denominator exchanged. The order that members are told in is no figure: what only
says the order is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

_INSTEAD: Mapping[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.LT: (exp.LTE, exp.GTE),
    exp.LTE: (exp.LT, exp.GT),
    exp.GT: (exp.GTE, exp.LTE),
    exp.GTE: (exp.GT, exp.LT),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.And: (exp.Or,),
    exp.Or: (exp.And,),
    exp.Add: (exp.Sub,),
    exp.Sub: (exp.Add,),
}
_TWINS: Mapping[type[exp.Expression], type[exp.Expression]] = {
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.Sum: exp.Count,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}
_BOOKS = ("measure_", "measure_previous_", "measure_opening_")  # the same table of three periods
_GRAINS = (("grain_moved_month", "grain_moved_year"), ("grain_stock", "grain_previous_stock"))


@dataclass(frozen=True)
class Mutant:
    """One changed statement: of what, the how-manieth, what was changed, and its SQL."""

    of: str
    number: int
    change: str
    sql: str

    def __str__(self) -> str:
        return f"{self.of} #{self.number}: {self.change}"


def mutants_of(what: str, sql: str) -> Iterator[Mutant]:
    """The mutants of a statement in a fixed order, each another text than the statement."""
    tree = sqlglot.parse_one(sql, dialect="duckdb").transform(_held)
    own = _sql(tree)
    number = 0
    read = {one.name for one in tree.find_all(exp.Column)} | set(tree.named_selects)
    for node in [one for one in tree.walk() if not _is_of_the_order(one) and not _is_unread(one, read)]:
        for change, apply in _changes(node, read):
            number += 1
            undo = apply()
            mutated = _sql(tree)
            undo()
            if mutated != own:
                yield Mutant(what, number, change, mutated)
    if isinstance(tree, exp.Select) and (swapped := _swapped(tree)) is not None:
        yield Mutant(what, number + 1, "numerator and denominator exchanged", swapped)
    assert _sql(tree) == own, what


HELD = "CREATE OR REPLACE TEMP MACRO held(c, v, z) AS CASE WHEN c THEN v WHEN NOT c THEN z ELSE NULL END"


def _held(node: exp.Expression) -> exp.Expression:
    """``CASE WHEN c THEN v WHEN NOT c THEN z END``, which has its condition twice, as the macro that has it once."""
    if isinstance(node, exp.Substring):
        return simplify(node.copy())  # places are written as sums of constants
    if isinstance(node, exp.Case) and len(node.args["ifs"]) == 2 and node.this is None:
        one, other = node.args["ifs"]
        contrary = other.this
        if isinstance(contrary, exp.Not) and contrary.this.unnest() == one.this.unnest():
            return exp.Anonymous(this="held", expressions=[one.this, one.args["true"], other.args["true"]])
    return node


def _sql(tree: exp.Expression) -> str:
    return tree.sql(dialect="duckdb")


def _swapped(tree: exp.Select) -> str | None:
    """The statement with its two parts exchanged; None where it has no denominator."""
    told = {one.alias_or_name: one.unalias() for one in tree.expressions}
    if "denominator" not in told or isinstance(told["denominator"], exp.Null | exp.Cast):
        return None
    return (
        'SELECT "member", "position", "denominator" AS "numerator", "numerator" AS "denominator", "rows" '
        f"FROM ({_sql(tree)}) AS exchanged"
    )


def _is_of_the_order(node: exp.Expression) -> bool:
    """Whether a node only says in which place a member is told. A rank is more: some figures are of the first ten."""
    while node is not None:
        if isinstance(node, exp.Alias) and node.alias == "position":
            return node.find(exp.Window) is None
        node = node.parent
    return False


def _is_unread(node: exp.Expression, read: Collection[str]) -> bool:
    """Whether a node only makes a column that nobody reads: what is summed per cell is summed for other figures too."""
    while node is not None:
        if isinstance(node, exp.Alias) and isinstance(node.parent, exp.Select) and node.alias not in read:
            return True
        node = node.parent
    return False


Change = tuple[str, Callable[[], Callable[[], None]]]


def _changes(node: exp.Expression, read: Collection[str]) -> Iterator[Change]:
    """What can be changed at a node: in words, and what does it, which gives what undoes it."""
    told = _told(node)
    for kind in _INSTEAD.get(type(node), ()):
        yield _becomes(node, kind(this=node.this.copy(), expression=node.expression.copy()), f"{told} {kind.__name__}")
    match node:
        case exp.And() | exp.Or() | exp.Mul() | exp.Mod() | exp.DPipe():
            yield _becomes(node, node.left.copy(), f"{told} left only")
            yield _becomes(node, node.right.copy(), f"{told} right only")
        case exp.Not():
            yield _becomes(node, node.this.copy(), f"{told} not negated")
        case exp.Is() if not isinstance(node.parent, exp.Not):
            yield _becomes(node, exp.Not(this=node.copy()), f"{told} negated")
        case exp.Abs() | exp.Neg():
            yield _becomes(node, node.this.copy(), f"{told} dropped")
        case exp.Where():
            yield _without(node.parent, "where", f"{told} dropped")
        case exp.Filter():
            yield _becomes(node, node.this.copy(), f"{told} dropped")
        case exp.Join():
            yield from _joins(node)
        case exp.Max() | exp.Min() | exp.Sum() | exp.Greatest() | exp.Least():
            twin = _TWINS[type(node)]
            args = {
                name: value.copy() if isinstance(value, exp.Expression) else value for name, value in node.args.items()
            }
            yield _becomes(node, twin(**args), f"{told} {twin.__name__}")
        case exp.Count() if isinstance(node.this, exp.Star):
            for name in _siblings(node, ""):
                yield _becomes(node, exp.Sum(this=name), f"{told} the sum of {name.sql()}")
        case exp.Count():
            yield _becomes(node, exp.Count(this=exp.Star()), f"{told} of rows")
        case exp.Coalesce():
            yield _becomes(node, node.this.copy(), f"{told} first only")
        case exp.Anonymous() if node.name == "held":
            yield _becomes(node, node.expressions[1].copy(), f"{told} the value wherever")
        case exp.Case():
            yield from _cases(node, told)
        case exp.In() if len(node.expressions) > 1:
            for place in range(len(node.expressions)):
                rest = [one.copy() for at, one in enumerate(node.expressions) if at != place]
                yield _becomes(node, exp.In(this=node.this.copy(), expressions=rest), f"{told} without option {place}")
        case exp.Literal():
            yield from _constants(node)
        case exp.Boolean():
            yield _becomes(node, exp.Boolean(this=not node.this), f"{told} other")
        case exp.Column():
            for other in _siblings(node, node.name):
                yield _becomes(node, other, f"{told} is {other.sql()}")
        case exp.Table():
            yield from _tables(node)
        case exp.Group():
            yield from _groups(node, read)
        case exp.Window():
            if node.args.get("partition_by"):
                yield _without(node, "partition_by", f"{told} not by")
        case exp.Ordered():
            yield _with(node, "desc", not node.args.get("desc"), f"{told} reversed")
        case exp.TimestampTrunc() | exp.DateTrunc():
            yield _with(node, "unit", exp.Var(this="YEAR"), f"{told} to the year")
        case exp.Extract():
            other = "MONTH" if node.name.upper() == "YEAR" else "YEAR"
            yield _with(node, "this", exp.Var(this=other), f"{told} {other}")
        case exp.Union():
            yield _becomes(node, node.left.copy(), "left of the union only")
            yield _becomes(node, node.right.copy(), "right of the union only")
        case exp.Select() if node.args.get("distinct"):
            yield _without(node, "distinct", "not distinct")


def _joins(node: exp.Join) -> Iterator[Change]:
    told = _told(node)
    if node.side == "LEFT" and not node.kind:
        yield _with(node, "side", "", f"{told} inner")
    elif node.kind == "INNER" or (not node.side and not node.kind and node.args.get("on")):
        yield _with(node, "side", "LEFT", f"{told} left", kind="")
    elif node.kind in ("SEMI", "ANTI"):
        other = "ANTI" if node.kind == "SEMI" else "SEMI"
        yield _with(node, "kind", other, f"{told} {other}")


def _cases(node: exp.Case, told: str) -> Iterator[Change]:
    branches = node.args["ifs"]
    if len(branches) > 1:
        for place in range(len(branches)):
            yield _with(node, "ifs", [one for at, one in enumerate(branches) if at != place], f"{told} without {place}")
        for place in range(len(branches) - 1):
            swapped = [one.copy() for one in branches]
            one, other = swapped[place], swapped[place + 1]
            values = one.args["true"], other.args["true"]
            one.set("true", values[1].copy())
            other.set("true", values[0].copy())
            yield _with(node, "ifs", swapped, f"{told} {place} and {place + 1} exchanged")
    default = node.args.get("default")
    if default is not None and default.find(exp.Null) is None:
        yield _without(node, "default", f"{told} without else")


def _constants(node: exp.Literal) -> Iterator[Change]:
    if isinstance(node.parent, exp.Group | exp.DataTypeParam | exp.Ordered):
        return
    told = f"{_told(node.parent)}: {_told(node)}" if node.parent else _told(node)
    if node.is_string:
        if isinstance(node.parent, exp.Cast) and node.parent.is_type("date"):
            return  # a day off is no date any more: of days there are none but in limits, which have tests of their own
        yield _becomes(node, exp.Literal.string(node.name + "~"), f"{told} another text")
        if node.name == "%Y-%m":
            yield _becomes(node, exp.Literal.string("%Y"), f"{told} the year only")
        return
    if isinstance(node.parent, exp.Cast) and isinstance(node.parent.parent, exp.Neg):
        return
    for step in (1, -1):
        value = Decimal(node.name)
        unit = Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))
        other = f"{value + step * unit:f}"
        number: exp.Expression = exp.Literal.number(other)
        yield _becomes(node, exp.Paren(this=number) if other.startswith("-") else number, f"{told} -> {other}")


def _tables(node: exp.Table) -> Iterator[Change]:
    name = node.name
    for pair in _GRAINS:
        if name in pair:
            other = pair[1 - pair.index(name)]
            yield _becomes(node, exp.to_table(f'"{other}"', alias=node.alias), f"{name} is {other}")
    prefix = next((one for one in reversed(_BOOKS) if name.startswith(one)), None)
    if prefix is None or name.startswith(("measure_history_", "measure_repeated_")):
        return
    table = name.removeprefix(prefix)
    own = f"{prefix}{table}_row".removeprefix("measure_")
    for other in _BOOKS:
        if other != prefix:
            row = f"{other}{table}_row".removeprefix("measure_")
            there = f'SELECT * EXCLUDE ("{row}"), "{row}" AS "{own}" FROM "{other}{table}"'
            renamed = sqlglot.parse_one(f'SELECT * FROM ({there}) AS "{node.alias}"', dialect="duckdb").find(
                exp.Subquery
            )
            assert renamed is not None
            yield _becomes(node, renamed.copy(), f"{name} is {other}{table}")


def _groups(node: exp.Group, read: Collection[str]) -> Iterator[Change]:
    """Groups put together: the members of one key, under the least of their names, all else the same."""
    select = node.parent
    assert isinstance(select, exp.Select)
    keys = list(node.expressions)
    for key in keys:
        told = select.expressions[int(key.name) - 1]
        if told.alias_or_name not in read:
            continue
        least = exp.alias_(exp.Min(this=told.unalias().copy()), told.alias_or_name, quoted=True)

        def apply(key: exp.Expression = key, told: exp.Expression = told, least: exp.Expression = least) -> Any:
            told.replace(least)
            rest = [one for one in keys if one is not key]
            select.set("group", exp.Group(expressions=[one.copy() for one in rest]) if rest else None)

            def undo() -> None:
                least.replace(told)
                select.set("group", node)

            return undo

        yield f"not grouped by {told.alias_or_name}", apply


def _siblings(node: exp.Expression, own: str) -> list[exp.Expression]:
    """The other columns that the same SELECT names of the same table: of a tape, a grain or a mart, not of a step."""
    select = node.find_ancestor(exp.Select)
    if select is None or not any(isinstance(one.this, exp.Table) for one in select.find_all(exp.From, exp.Join)):
        return []
    read = {one.alias_or_name for one in select.find_all(exp.Table) if one.name.startswith(("measure_", "grain_"))}
    if isinstance(node, exp.Column) and node.table not in read:
        return []
    alias = node.table if isinstance(node, exp.Column) else None
    found: dict[str, exp.Expression] = {}
    for column in select.find_all(exp.Column):
        if column.find_ancestor(exp.Select) is select and alias in (None, column.table) and column.name != own:
            found.setdefault(column.name, column.copy())
    return list(found.values())


def _becomes(node: exp.Expression, other: exp.Expression, change: str) -> Change:
    if isinstance(other, exp.And | exp.Or) and isinstance(node.parent, exp.And | exp.Or | exp.Not):
        other = exp.Paren(this=other)
    if isinstance(node, exp.And | exp.Or) and isinstance(other, exp.And | exp.Or):
        for side in ("this", "expression"):
            if isinstance(other.args[side], exp.And | exp.Or):
                other.set(side, exp.Paren(this=other.args[side]))

    def apply() -> Callable[[], None]:
        node.replace(other)
        return lambda: other.replace(node) and None

    return change, apply


def _with(node: exp.Expression, argument: str, value: Any, change: str, **more: Any) -> Change:
    def apply() -> Callable[[], None]:
        before = {name: node.args.get(name) for name in (argument, *more)}
        for name, one in {argument: value, **more}.items():
            node.set(name, one)

        def undo() -> None:
            for name, one in before.items():
                node.set(name, one)

        return undo

    return change, apply


def _without(node: exp.Expression, argument: str, change: str) -> Change:
    return _with(node, argument, None, change)


def _told(node: exp.Expression) -> str:
    text = node.sql(dialect="duckdb").replace('"', "")
    return text if len(text) <= 70 else text[:67] + "..."
