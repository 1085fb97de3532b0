"""Which rows of the tape a record is made of, and what each of them adds to a figure, from the same statements.

Belongs here: undoing groups, so that every row behind a record shows, with the value it adds to a sum. Not here: which
fields those rows were read for (``fields``), files and lines (``loantape.trace``).

A statement that groups is asked again without its groups: what it gave per group is given over a window of the group,
so that the record is still recognised by its key, and each row of one of its sources says who it is. One source is
followed at a time, so that what is joined to it multiplies nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from loantape.lineage.fields import Known, bare, inside, known_inside, possible, projection, small
from loantape.lineage.recorded import VAULT, Relations, is_delivered, plain_name, sources, sql_of, unnested

ROW, TERM = "behind_row", "behind_term"
SUM, COUNT, DISTINCT = "sum", "count", "distinct"


@dataclass(frozen=True)
class Rows:
    """Rows of one table behind records of a relation.

    ``sql`` selects the wanted columns of the relation, ``behind_row`` (the table's rowid) and ``behind_term``, what the
    row adds; ``adds`` says how the terms make the value: summed, counted, counted once each; "" when they do not.
    """

    table: str  # as the database knows it
    sql: str
    adds: str


@dataclass(frozen=True)
class _Path:
    table: str
    select: exp.Select
    adds: str


def rows_of(relations: Relations, relation: str, column: str | None, keys: Sequence[str], known: Known) -> list[Rows]:
    """The rows behind a column of a relation, or behind its records as a whole, one entry per way to a tape table.

    Records are recognised by ``keys``. A column that is read from nothing of the tape itself (a masked number, a
    constant) comes from the rows that make its record.
    """
    query = relations[relation.lower()]
    needed = [key.lower() for key in keys]
    wanted = column.lower() if column else None
    known = small(known)
    found = list(_paths(relations, query, wanted, needed, known))
    if not found and wanted is not None:
        found = list(_paths(relations, query, None, needed, known))
    distinct: dict[tuple[str, str, str], Rows] = {}
    for path in found:
        one = Rows(plain_name(path.table), sql_of(path.select), path.adds)
        distinct[one.table, one.sql, one.adds] = one
    return list(distinct.values())


def _paths(
    relations: Relations, query: exp.Query, wanted: str | None, needed: Sequence[str], known: Known
) -> Iterator[_Path]:
    query = unnested(query)
    for select in possible(query, known):
        value = projection(select, wanted, query) if wanted else None
        for alias, source in sources(select).items():
            if _is_beside(source):
                continue
            read = _columns_read(select, value, alias)
            if value is not None and not read:
                continue
            behind = inside(relations, source)
            if behind is None:
                name = plain_name(source.name)
                if is_delivered(name) and name not in VAULT:
                    yield _unfolded(
                        select, query, value, needed, alias, exp.column("rowid", table=alias), source.name, None
                    )
                continue
            inner_known = known_inside(select, query, known, alias)
            for inner_wanted in sorted(read) if value is not None else [None]:
                outer = _unfolded(select, query, value, needed, alias, exp.column(ROW, table=alias), "", None)
                wants = sorted(
                    {c.name.lower() for c in outer.select.find_all(exp.Column) if c.table == alias} - {ROW, TERM}
                )
                for inner in _paths(relations, behind, inner_wanted, wants, inner_known):
                    made = _unfolded(
                        select, query, value, needed, alias, exp.column(ROW, table=alias), inner.table, inner
                    )
                    place = sources(made.select)[alias]
                    place.replace(
                        exp.Subquery(this=inner.select.copy(), alias=exp.TableAlias(this=exp.to_identifier(alias)))
                    )
                    yield made


def _is_beside(source: exp.Expr) -> bool:
    """Rows laid beside those of another table by their place: they are the other's rows."""
    join = source.parent
    return isinstance(join, exp.Join) and str(join.args.get("method") or "").upper() == "POSITIONAL"


def _columns_read(select: exp.Select, value: exp.Expr | None, alias: str) -> set[str]:
    return set() if value is None else {one.name.lower() for one in value.find_all(exp.Column) if one.table == alias}


def _unfolded(
    select: exp.Select,
    query: exp.Query,
    value: exp.Expr | None,
    needed: Sequence[str],
    alias: str,
    row: exp.Expr,
    table: str,
    inner: _Path | None,
) -> _Path:
    """A SELECT without its groups, giving the needed columns, the row of one source and what that row adds."""
    term, adds, condition = _term(select, value, alias, inner)
    made = select.copy()
    grouped = made.args.get("group")
    partition = [one.copy() for one in grouped.expressions] if grouped else []
    names = [name.lower() for name in query.named_selects]
    given = []
    for name in needed:
        one = made.selects[names.index(name)].unalias().copy()
        given.append(exp.alias_(_windowed(one, partition) if _is_grouped(select) else one, name))
    if _is_grouped(select) and condition is not None:
        made = made.where(condition.copy(), copy=False)
    made.set("expressions", [*given, exp.alias_(row, ROW), exp.alias_(term or exp.null(), TERM)])
    for clause in ("group", "having", "qualify", "order", "limit", "distinct"):
        made.set(clause, None)
    return _Path(table, made, adds if term is not None else "")


def _is_grouped(select: exp.Select) -> bool:
    return bool(select.args.get("group")) or any(
        one.find_ancestor(exp.Window, exp.Subquery) is None for p in select.selects for one in p.find_all(exp.AggFunc)
    )


def _windowed(node: exp.Expr, partition: Sequence[exp.Expr]) -> exp.Expr:
    """Aggregates over their group become the same over a window; a window over groups has no meaning any more."""
    if node.find(exp.Window):
        return exp.null()
    holder = exp.Paren(this=node)
    for one in list(holder.find_all(exp.AggFunc)):
        if one.find_ancestor(exp.AggFunc):
            continue
        target = one.parent if isinstance(one.parent, exp.Filter) else one
        assert target is not None
        over = exp.Window(this=target.copy(), partition_by=[p.copy() for p in partition])
        target.replace(over)
    return holder.this


def _term(
    select: exp.Select, value: exp.Expr | None, alias: str, inner: _Path | None
) -> tuple[exp.Expr | None, str, exp.Expr | None]:
    """What a row adds to a value, how, and under which condition; nothing where the value is no sum or count."""
    if value is None:
        return None, "", None
    if not _is_grouped(select):
        one = bare(value)
        if inner is not None and inner.adds and isinstance(one, exp.Column) and one.table == alias:
            return exp.column(TERM, table=alias), inner.adds, None
        return None, "", None
    aggregates = [one for one in value.find_all(exp.AggFunc) if not isinstance(one, exp.Filter)]
    conditions = {
        one.parent.expression.this.sql(): one.parent.expression.this
        for one in aggregates
        if isinstance(one.parent, exp.Filter)
    }
    condition = next(iter(conditions.values())) if len(conditions) == 1 else None
    sums = [one for one in aggregates if isinstance(one, exp.Sum)]
    counts = [one for one in aggregates if isinstance(one, exp.Count)]
    chosen = sums or counts
    if len(chosen) != 1 or not _stands_alone(value, chosen[0]):
        return None, "", condition if len(aggregates) == 1 else None
    one = chosen[0]
    condition = one.parent.expression.this if isinstance(one.parent, exp.Filter) else None
    if isinstance(one, exp.Count):
        counted = one.this
        if isinstance(counted, exp.Distinct):
            return exp.cast(counted.expressions[0].copy(), "VARCHAR"), DISTINCT, condition
        return exp.Literal.number(1), COUNT, condition
    summed = one.this
    columns = list(summed.find_all(exp.Column))
    if inner is None:
        return (summed.copy(), SUM, condition) if columns else (None, "", condition)
    if isinstance(summed, exp.Column) and summed.table == alias and inner.adds == SUM:
        return exp.column(TERM, table=alias), SUM, condition
    if _is_row_by_row(inner.select):
        return summed.copy(), SUM, condition
    return None, "", condition


def _is_row_by_row(select: exp.Select) -> bool:
    """Whether an unfolded SELECT had no group anywhere: then its columns are those of one row."""
    return select.find(exp.Window) is None


def _stands_alone(value: exp.Expr, aggregate: exp.Expr) -> bool:
    """Whether the value is the aggregate itself, or nothing where something is unknown (CASE … THEN it END)."""
    node = bare(value)
    while isinstance(node, exp.Case) and len(node.args["ifs"]) == 1 and node.args.get("default") is None:
        node = bare(node.args["ifs"][0].args["true"])
    if isinstance(node, exp.Filter):
        node = node.this
    return node is aggregate


def is_summed(relations: Relations, relation: str) -> bool:
    """Whether a relation's columns differ in which rows of a group they take."""
    return relations[relation.lower()].find(exp.Filter) is not None
