"""From declarations to SQL: Ibis is the compiler, DuckDB runs the text it makes.

Belongs here: the constraints that the tape's models carry, and one compilation per grain of everything asked of it. Not
here: executing anything. A predicate is SQL over the grain's relation under the alias ``t0``; true or null holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import TracebackType
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.sql.compilers import DuckDBCompiler

from loantape import catalog
from loantape.catalog import grain
from loantape.declare import Severity
from loantape.errors import DeclarationError, RuleCrashed

ROW_ALIAS = "t0"
MISSING, NOT_A_CODE, OUT_OF_RANGE, WRONG_FORM = "FLD-001", "FLD-002", "FLD-003", "FLD-004"


class Shape(StrEnum):
    """What a predicate looks at: its own row, other rows too, or only totals."""

    ROW = "row"
    WINDOW = "window"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class FieldCheck:
    """One constraint that a model states for one field. ``holds(table)`` returns an Ibis boolean."""

    code: str
    field: str
    holds: Callable[[Any], Any]
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Predicate:
    """``sql`` is an expression over ``t0`` for rows, a whole statement with a column ``holds`` otherwise."""

    shape: Shape
    sql: str
    columns: frozenset[str]


def field_checks(table: str, jurisdiction: str) -> Iterator[FieldCheck]:
    """The constraints of a tape table's columns for the lenders of a jurisdiction, in column order.

    Raises DeclarationError for a constraint this translation does not know: none may be passed over in silence.
    """
    for name, column in catalog.tape_tables()[table].to_schema().columns.items():
        if not column.nullable or jurisdiction in column.metadata["loantape"].required_in:
            yield FieldCheck(MISSING, name, _present(name))
        for check in column.checks:
            code, holds = _constraint(table, name, check.name, check.statistics)
            yield FieldCheck(code, name, holds)


@cache
def field_predicates(table: str, jurisdiction: str) -> tuple[tuple[FieldCheck, Predicate], ...]:
    """``field_checks`` with their SQL over the relation of the table's own grain; they depend on nothing else."""
    checks = tuple(field_checks(table, jurisdiction))
    asked = [(check.code, check.holds) for check in checks]
    return tuple(zip(checks, compile_grain(relation_of(table), grain(table).columns(), asked), strict=True))


def relation_of(grain_name: str) -> str:
    """The name under which a grain's rows can be selected while checking."""
    return f"check_{grain_name}"


def _present(name: str) -> Callable[[Any], Any]:
    return lambda t: t[name].notnull()


def _constraint(table: str, name: str, kind: str, given: Mapping[str, Any]) -> tuple[str, Callable[[Any], Any]]:
    match kind:
        case "isin":
            return NOT_A_CODE, lambda t: t[name].isin(given["allowed_values"])
        case "greater_than_or_equal_to":
            return OUT_OF_RANGE, lambda t: t[name] >= given["min_value"]
        case "less_than_or_equal_to":
            return OUT_OF_RANGE, lambda t: t[name] <= given["max_value"]
        case "str_length" if given["max_value"] is not None and given["min_value"] is None:
            return WRONG_FORM, lambda t: t[name].length() <= given["max_value"]
        case "str_matches":
            pattern = getattr(given["pattern"], "pattern", given["pattern"])
            return WRONG_FORM, lambda t: t[name].re_search(f"^(?:{pattern})$")
    raise DeclarationError(
        f"{table}.{name} has the constraint {kind!r}, which checking does not know", "teach it in checking.compile"
    )


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
    rows: dict[str, str] = {}
    if together:
        for alias in DuckDBCompiler().to_sqlglot(table.select(**together)).expressions:
            rows[alias.alias] = alias.this.sql(dialect="duckdb")
    compiled = []
    for n, (expression, shape) in enumerate(zip(built, shapes, strict=True)):
        used = frozenset(one.name for one in expression.op().find(ops.Field))
        if shape is Shape.ROW:
            compiled.append(Predicate(shape, rows[f"p{n}"], used))
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
