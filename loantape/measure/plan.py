"""Many indicators in few statements: what is summed over the same rows by the same member is summed once, together.

Belongs here: gathering the parts that indicators are made of, the statements of those parts, and the statement that
finishes each indicator from them. Not here: running them (``asking``), what the parts are (``transforms.shapes``).

A part is one GROUP BY over one table. All parts of one table and one member become one statement with every aggregate
that any of them needs, once; what it gives is a small temporary table, and an indicator is finished from such tables.
Where it is not small, by borrower, what is asked alike of it is one more such table (``Reduced``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ibis

from loantape import kept as keeping
from loantape.declare import Figures, Indicator, Part, Reduced
from loantape.measure.blame import blamed
from loantape.measure.tables import Tables, quoted, sql

_FINISHED = (
    'SELECT member, CAST("position" AS BIGINT) AS "position", CAST(numerator AS DECIMAL(38,4)) AS numerator, '
    'CAST(denominator AS DECIMAL(38,4)) AS denominator, CAST("rows" AS BIGINT) AS "rows" FROM ({}) AS measured'
)


@dataclass
class Group:
    """One table by one member: every aggregate that an indicator has asked of it, each under one name.

    ``relation`` is the temporary table of what it gives. It grows with the indicators a process compiles; a statement
    has only the columns that are asked for.
    """

    relation: str
    part: Part
    columns: dict[Any, str] = field(default_factory=dict)  # operation to its column

    def column(self, measure: Any) -> str:
        """The column of an aggregate, a new one when it has not been asked before."""
        return self.columns.setdefault(measure.op(), f"m{len(self.columns)}")

    def statement(self) -> Grouped:
        """The GROUP BY with every aggregate asked so far."""
        measures = {name: op.to_expr() for op, name in self.columns.items()}
        expression = Part(self.part.table, self.part.member, measures).expression
        return Grouped(sql(expression), tuple(name for name in expression.columns if name not in measures))


@dataclass
class Small:
    """A group made small: ``relation`` is the temporary table of what ``statement`` gives."""

    relation: str
    statement: Grouped


@dataclass(frozen=True)
class Grouped:
    """The SQL of a group, and its columns besides the aggregates: all there are, where a group was made small."""

    sql: str
    others: tuple[str, ...]

    def of(self, wanted: Iterable[str]) -> str:
        """The same with just these aggregates: DuckDB computes no other."""
        return f"SELECT {', '.join(map(quoted, (*self.others, *sorted(wanted))))} FROM ({self.sql}) AS grouped"


@dataclass(frozen=True)
class Compiled:
    """One indicator as SQL: ``statement`` gives member, position, numerator, denominator, rows.

    It reads views of ``tables``, and for each group in ``needs`` the relation with the columns named there; ``groups``
    says how those are made.
    """

    indicator: Indicator
    tables: Tables
    statement: str
    needs: Mapping[str, frozenset[str]]
    groups: Mapping[str, Grouped] = field(default_factory=dict)

    @cached_property
    def alone(self) -> str:
        """The same of the views only: one indicator that fails among many is found by it."""
        figures = self.indicator.measure(Tables())
        return _FINISHED.format(sql(figures.table if isinstance(figures, Figures) else figures))

    @property
    def read(self) -> set[str]:
        """The tables it reads, those of its grains included."""
        return self.tables.read


def compiled(indicator: Indicator) -> Compiled:
    """An indicator as SQL. Raises IndicatorCrashed.

    A process compiles an indicator once: for a small tape Ibis takes longer than DuckDB.
    """
    known = _COMPILED.get(id(indicator))
    if known is None:
        with blamed(f"indicator {indicator.code}"):
            tables = Tables()
            figures = indicator.measure(tables)
            expression, needs = _from_parts(figures) if isinstance(figures, Figures) else (figures, {})
            _check_types(expression.schema())
            statement = _FINISHED.format(sql(expression))
        known = _COMPILED[id(indicator)] = Compiled(indicator, tables, statement, needs)
    return known


def together(indicators: Sequence[Indicator]) -> list[Compiled]:
    """Indicators that are asked together, with their groups; what another process kept of the same ones is taken.

    Raises IndicatorCrashed.
    """
    kept, name = keeping.of_indicators(), " ".join(one.code for one in indicators)
    declared = all(keeping.is_declared_indicator(one) for one in indicators)
    known = kept.get(name) if declared else None
    if known is None:
        made = [compiled(one) for one in indicators]
        needed = {relation for one in made for relation in one.needs}
        groups = {one.relation: one.statement() for one in _GROUPS.values() if one.relation in needed}
        groups |= {one.relation: one.statement for one in _SMALL.values() if one.relation in needed}  # made of those
        known = ([(one.statement, one.needs, one.tables.read, one.tables.grains) for one in made], groups)
        if declared:
            kept.put(name, known)
            kept.save()
    told, groups = known
    return [
        Compiled(indicator, Tables(read, grains), statement, needs, groups)
        for indicator, (statement, needs, read, grains) in zip(indicators, told, strict=True)
    ]


def groups_of(asked: Sequence[Compiled]) -> dict[str, str]:
    """The relations that indicators are finished from, each with its statement: the columns they need and no other."""
    needed: dict[str, set[str]] = {}
    groups: dict[str, Grouped] = {}
    for one in asked:
        groups.update(one.groups)
        for relation, columns in one.needs.items():
            needed.setdefault(relation, set()).update(columns)
    return {relation: grouped.of(needed[relation]) for relation, grouped in groups.items() if relation in needed}


_COMPILED: dict[int, Compiled] = {}  # holds the indicator too, so that its id is not given to another
_GROUPS: dict[tuple[Any, Any], Group] = {}  # by table and what it is grouped by
_SMALL: dict[tuple[Any, ...], Small] = {}  # by group, its columns by name, and what makes it small


def _from_parts(figures: Figures) -> tuple[Any, dict[str, frozenset[str]]]:
    """The expression that finishes an indicator from its groups' relations, and the columns it needs of each."""
    needs: dict[str, set[str]] = {}
    tables = [_small(one, needs) if isinstance(one, Reduced) else _grouped(one, needs) for one in figures.parts]
    return figures.finish(*tables), {relation: frozenset(columns) for relation, columns in needs.items()}


def _grouped(part: Part, needs: dict[str, set[str]]) -> Any:
    """The table of what a part gives, read from its group; what it needs is added to ``needs``."""
    group = _group_of(part)
    columns = {name: group.column(measure) for name, measure in part.measures.items()}
    needs.setdefault(group.relation, set()).update(columns.values())
    kinds = part.expression.schema()
    table = ibis.table({columns.get(name, name): kinds[name] for name in kinds}, group.relation)
    return table.select(**{name: table[columns.get(name, name)] for name in kinds})


def _small(reduced: Reduced, needs: dict[str, set[str]]) -> Any:
    """The same of a part made small."""
    expression = reduced.reduce(_grouped(reduced.part, needs))
    schema = expression.schema()
    measures = tuple((name, one.op()) for name, one in reduced.part.measures.items())
    key = (_group_of(reduced.part).relation, measures, reduced.reduce)
    if key not in _SMALL:
        _SMALL[key] = Small(f"small_{len(_SMALL)}", Grouped(sql(expression), tuple(schema)))
    needs.setdefault(_SMALL[key].relation, set())
    return ibis.table(schema, _SMALL[key].relation)


def _group_of(part: Part) -> Group:
    key = (part.table.op(), tuple((name, one.op()) for name, one in part.by.items()))
    if key not in _GROUPS:
        _GROUPS[key] = Group(f"part_{len(_GROUPS)}", part)
    return _GROUPS[key]


def _check_types(schema: Any) -> None:
    """Figures are exact: a float in an indicator is a mistake of ours, not a rounding."""
    for name in ("numerator", "denominator"):
        kind = schema[name]
        if not (kind.is_decimal() or kind.is_integer() or kind.is_null()):
            raise TypeError(f"{name} is {kind}; it must be a decimal or a whole number")
