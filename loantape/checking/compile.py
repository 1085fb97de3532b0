"""From declarations to SQL: Ibis is the compiler, DuckDB runs the text it makes.

Belongs here: one compilation per grain of everything asked of it. Not here: executing anything, and what is asked
(``constraints``, the rule book). A predicate is SQL over the grain's relation, aliased ``t0``; true or null holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, partial
from types import TracebackType
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.sql.compilers import DuckDBCompiler

from loantape import catalog
from loantape import kept as keeping
from loantape.catalog import grain
from loantape.checking.constraints import FieldCheck, field_checks
from loantape.checking.failing import Condition, failing
from loantape.declare import Period, Rule
from loantape.errors import DeclarationError, RuleCrashed
from loantape.limits import LimitsAt, LimitTable


class Shape(StrEnum):
    """What a predicate looks at: its own row, other rows too, or only totals."""

    ROW = "row"
    WINDOW = "window"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class Predicate:
    """``sql`` is an expression over ``t0`` for rows, a whole statement with a column ``holds`` otherwise.

    ``fails`` says the same of rows the other way round: it is true where ``sql`` is false.
    """

    shape: Shape
    sql: str
    columns: frozenset[str]
    fails: Condition | None = None


@cache
def field_predicates(table: str, jurisdiction: str) -> tuple[tuple[FieldCheck, Predicate], ...]:
    """``field_checks`` with their SQL over the relation of the table's own grain; they depend on nothing else."""
    checks = tuple(field_checks(table, jurisdiction))
    asked = [(check.code, check.holds) for check in checks]
    kept, name = keeping.kept(None, None), f"{table} {jurisdiction} {keeping.shape_of(grain(table))}"
    declared = keeping.is_declared_model(catalog.tape_tables()[table])
    predicates = kept.get(name) if declared else None
    if predicates is None:
        predicates = compile_grain(relation_of(table), grain(table).columns(), asked)
        if declared:
            kept.put(name, predicates)
    return tuple(zip(checks, predicates, strict=True))


def relation_of(grain_name: str) -> str:
    """The name under which a grain's rows can be selected while checking."""
    return f"check_{grain_name}"


_COMPILED: dict[tuple[int, int, date], tuple[Rule, LimitTable, Predicate]] = {}
_MOST = 20_000  # predicates kept


def rule_predicates(rules: Sequence[Rule], limits: LimitTable, period: Period) -> list[Predicate]:
    """The SQL of rules on one grain at a reporting date. Each is compiled once, and kept for other processes.

    What this process has is found again by the rule and the limit table themselves, not by what they are called, and
    keeping them alive keeps their identity: a rule that was changed is another object. Raises RuleCrashed naming a
    code.
    """
    if len(_COMPILED) > _MOST:
        _COMPILED.clear()
    places = [(id(rule), id(limits), period.date) for rule in rules]
    on, kept = grain(rules[0].on), keeping.kept(limits, period)
    names = {n: f"{rule.code} {keeping.shape_of(on)}" for n, rule in enumerate(rules) if keeping.is_declared_rule(rule)}
    for n, name in names.items():
        if places[n] not in _COMPILED and (known := kept.get(name)) is not None:
            _COMPILED[places[n]] = (rules[n], limits, known)
    missing = [n for n, place in enumerate(places) if place not in _COMPILED]
    if missing:
        seen = limits.at(period)
        asked = [(rules[n].code, partial(_holds, rules[n], seen)) for n in missing]
        for n, predicate in zip(missing, compile_grain(relation_of(on.name), on.columns(), asked), strict=True):
            _COMPILED[places[n]] = (rules[n], limits, predicate)
            if n in names:
                kept.put(names[n], predicate)
    return [_COMPILED[place][2] for place in places]


def _holds(rule: Rule, seen: LimitsAt, table: Any) -> Any:
    return rule.holds(table, seen)


def compile_grain(
    relation: str,
    columns: Mapping[str, dt.DataType],
    asked: Sequence[tuple[str, Callable[[Any], Any]]],
) -> list[Predicate]:
    """One predicate per (code, holds), all row predicates compiled together. Raises RuleCrashed naming a code."""
    table = ibis.table(dict(columns), name=relation)
    built = []
    for code, holds in asked:
        with BlamedOn(code):
            built.append(_checked(code, holds(table)))
    shapes = [_shape(expression) for expression in built]
    together = {f"p{n}": built[n] for n, shape in enumerate(shapes) if shape is Shape.ROW}
    rows: dict[str, Any] = {}
    if together:
        for alias in DuckDBCompiler().to_sqlglot(table.select(**together)).expressions:
            rows[alias.alias] = alias.this
    compiled = []
    for n, (expression, shape) in enumerate(zip(built, shapes, strict=True)):
        used = frozenset(one.name for one in expression.op().find(ops.Field))
        if shape is Shape.ROW:
            sql = rows[f"p{n}"]
            compiled.append(Predicate(shape, sql.sql(dialect="duckdb"), used, failing(sql, columns)))
        elif shape is Shape.WINDOW:
            compiled.append(Predicate(shape, ibis.to_sql(table.mutate(holds=expression), dialect="duckdb"), used))
        else:
            compiled.append(Predicate(shape, ibis.to_sql(table.aggregate(holds=expression), dialect="duckdb"), used))
    return compiled


def _checked(code: str, expression: Any) -> Any:
    """A rule gives a boolean, and never divides by what may be zero: DuckDB would answer null or infinity."""
    if not isinstance(expression, ir.BooleanValue):
        raise RuleCrashed(f"rule {code} gives no Ibis boolean but a {type(expression).__name__}", "correct the rule")
    for division in expression.op().find((ops.Divide, ops.FloorDivide, ops.Modulus)):
        if not isinstance(division.right, ops.Literal | ops.NullIf):
            raise RuleCrashed(f"rule {code} divides by a value that may be zero", "write .nullif(0), or multiply")
    return expression


def _shape(expression: Any) -> Shape:
    node = expression.op()
    if not node.find((ops.Reduction, ops.Analytic, ops.WindowFunction)):
        return Shape.ROW
    return Shape.AGGREGATE if node.shape.is_scalar() else Shape.WINDOW


class BlamedOn:
    """Turns whatever a rule's own Python raises into RuleCrashed with its code: a bug of ours, never a finding."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, RuleCrashed | DeclarationError):
            return
        raise RuleCrashed(
            f"rule {self._code} cannot be built: {type(error).__name__}: {error}", "correct the rule"
        ) from error
