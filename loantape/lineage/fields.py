"""Which fields a column of an outgoing table reads, and its formula, from the statements that made it.

Belongs here: following columns through subqueries, views and unions to the tables that no statement made. Not here:
rows (``rows``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from loantape.errors import DeclarationError
from loantape.lineage.recorded import DIALECT, Relations, branches, is_delivered, plain_name, sources, unnested

Field = tuple[str, str]  # table as the database knows it, column
Known = Mapping[str, str]  # what is known of a record: column to value, as text


def fields_of(relations: Relations, relation: str, column: str, known: Known | None = None) -> tuple[Field, ...]:
    """The fields that make a column's values, in the order they are read. Empty for a column that reads none.

    What decides whether there is a record at all (joins, WHERE, groups) is not among them. ``known`` leaves out the
    parts of a union that cannot have made a record with these values. Raises DeclarationError for a column that the
    relation does not have, or whose sources cannot be told.
    """
    found = dict.fromkeys(_of_query(relations, relations[relation.lower()], column.lower(), small(known)))
    return tuple(found)


def deciding(relations: Relations, relation: str, known: Known | None = None) -> frozenset[Field]:
    """The fields that decide which records there are and which rows each is made of: joins, WHERE, groups.

    ``known`` is used, and errors are raised, as ``fields_of`` does.
    """
    found: set[Field] = set()
    _decide(relations, relations[relation.lower()], small(known), found, set())
    return frozenset(found)


def formula_of(relations: Relations, relation: str, column: str, known: Known | None = None) -> str:
    """The column as SQL over the fields themselves; where a union makes it in several ways, those ways by ``;``."""
    query, given = relations[relation.lower()], small(known)
    ways: dict[str, None] = {}
    for select in possible(query, given):
        value = _inline(relations, projection(select, column.lower(), query), select, query, given)
        ways[value.sql(DIALECT)] = None
    return "; ".join(ways)


def small(known: Known | None) -> Known:
    """Columns in small letters, as trees have them."""
    return {name.lower(): value for name, value in (known or {}).items()}


def projection(select: exp.Select, column: str, query: exp.Query) -> exp.Expr:
    """What a SELECT of a query gives for a column: in a union the names are those of its first SELECT."""
    names = [name.lower() for name in query.named_selects]
    if column not in names:
        raise DeclarationError(f"there is no column {column!r}", f"there are {', '.join(names)}")
    return select.selects[names.index(column)].unalias()


def possible(query: exp.Query, known: Known) -> Iterator[exp.Select]:
    """The SELECTs of a query that can give a record with these values: those whose own constants do not differ."""
    query = unnested(query)
    for select in branches(query):
        differing = False
        for name, value in known.items():
            given = bare(projection(select, name, query))
            differing = differing or (isinstance(given, exp.Literal) and given.name != value)
        if not differing and not _is_never(select):
            yield select


def known_inside(select: exp.Select, query: exp.Query, known: Known, alias: str) -> Known:
    """What is known of the rows of one source, from what is known of a record."""
    found = {}
    for name, value in known.items():
        given = bare(projection(select, name, query))
        if isinstance(given, exp.Column) and given.table == alias and value:
            found[given.name.lower()] = value
    return found


def bare(node: exp.Expr) -> exp.Expr:
    """A value without what leaves it as it is: parentheses, casts, a stand-in for null."""
    while True:
        if isinstance(node, exp.Paren | exp.Cast | exp.Nullif) or (
            isinstance(node, exp.Coalesce) and all(isinstance(one, exp.Literal) for one in node.expressions)
        ):
            node = node.this
        else:
            return node


def inside(relations: Relations, source: exp.Expr) -> exp.Query | None:
    """The query behind a source; None for a table that no statement made."""
    if isinstance(source, exp.Subquery):
        return unnested(source)
    if source.name not in relations:
        return None
    return relations[source.name]


def owner(column: exp.Column, top: exp.Select) -> tuple[exp.Select, exp.Expr] | None:
    """The SELECT that names a column's source, and the source: its own, or one around it."""
    select = column.parent_select
    while select is not None:
        if isinstance(select, exp.Select) and column.table in sources(select):
            return select, sources(select)[column.table]
        select = select.parent_select
    return (top, sources(top)[column.table]) if column.table in sources(top) else None


def _decide(
    relations: Relations,
    query: exp.Query,
    known: Known,
    found: set[Field],
    seen: set[tuple[str, tuple[tuple[str, str], ...]]],
) -> None:
    distinct = [one for one in query.find_all(exp.SetOperation) if one.args.get("distinct")]
    for select in possible(query, known):
        for clause in _deciding_clauses(select, bool(distinct)):
            found.update(_of_node(relations, clause, select, query, {}))
        read = sources(select)
        for alias, source in read.items():
            behind = _behind(relations, source)
            inner = known_inside(select, query, known, alias)
            mark = (source.name or alias, tuple(sorted(inner.items())))
            if behind is not None and not (isinstance(source, exp.Table) and mark in seen):
                seen.add(mark)
                _decide(relations, behind, inner, found, seen)
        for one in select.find_all(exp.Select):
            in_value = one is not select and one.parent_select is select
            if in_value and not any(one.find_ancestor(exp.Subquery) is source for source in read.values()):
                _decide(relations, one, {}, found, seen)


def _deciding_clauses(select: exp.Select, is_one_of_distinct: bool) -> Iterator[exp.Expr]:
    clauses = [select.args.get(name) for name in ("where", "group", "having", "qualify")]
    if select.args.get("limit") or select.args.get("offset"):
        clauses.append(select.args.get("order"))
    clauses += [join.args.get("on") for join in select.args.get("joins") or ()]
    if select.args.get("distinct") or is_one_of_distinct:
        clauses += select.selects
    yield from (clause for clause in clauses if clause is not None)


def _of_query(relations: Relations, query: exp.Query, column: str, known: Known) -> Iterator[Field]:
    for select in possible(query, known):
        yield from _of_node(relations, projection(select, column, query), select, query, known)


def _of_node(
    relations: Relations, node: exp.Expr, select: exp.Select, query: exp.Query, known: Known
) -> Iterator[Field]:
    for column in node.find_all(exp.Column):
        owned = owner(column, select)
        if owned is None:
            raise DeclarationError(f"column {column.sql(DIALECT)} has no source", "name its table")
        whose, source = owned
        behind = _behind(relations, source)
        if column.name.lower() == "rowid":
            continue
        if behind is not None:
            inner = known_inside(select, query, known, column.table) if whose is select else {}
            yield from _of_query(relations, behind, column.name.lower(), inner)
        elif isinstance(source, exp.Table):
            yield plain_name(source.name), column.name.lower()


def _behind(relations: Relations, source: exp.Expr) -> exp.Query | None:
    """The query behind a source; None for a delivered table or a list of values. DeclarationError for all else."""
    behind = inside(relations, source)
    if behind is None and isinstance(source, exp.Table) and not is_delivered(plain_name(source.name)):
        raise DeclarationError(
            f"{plain_name(source.name) or source.sql(DIALECT)} is neither delivered nor made by a statement of prepare",
            "read tape_…, previous.tape_…, month_01.tape_…, vault.… or what CREATE … AS SELECT made of them",
        )
    if behind is None and not isinstance(source, exp.Table) and source.find(exp.Column):
        raise DeclarationError(f"{source.key} of columns cannot be followed", "select from tables and subqueries")
    return behind


def _inline(relations: Relations, node: exp.Expr, select: exp.Select, query: exp.Query, known: Known) -> exp.Expr:
    """A value with the formulas of what it reads in place of their names."""
    made: dict[int, exp.Expr] = {}
    for column in node.find_all(exp.Column):
        owned = owner(column, select)
        if owned is None:
            continue
        whose, source = owned
        behind = inside(relations, source)
        if behind is None:
            if not isinstance(source, exp.Table):
                continue  # a list of values
            name = plain_name(source.name).removeprefix("tape_").replace(".tape_", ".")
            made[id(column)] = exp.column(column.name, table=name)
            continue
        inner = known_inside(select, query, known, column.table) if whose is select else {}
        ways = list(possible(behind, inner))
        if ways and column.name.lower() != "rowid":
            given = [
                _inline(relations, projection(way, column.name.lower(), behind), way, behind, inner) for way in ways
            ]
            different = list({one.sql(DIALECT): one for one in given}.values())
            value = different[0] if len(different) == 1 else exp.Anonymous(this="ONE_OF", expressions=different)
            made[id(column)] = (
                value if isinstance(value, exp.Column | exp.Literal | exp.Func) else exp.Paren(this=value)
            )
    return _swapped(node, made)


def _swapped(node: exp.Expr, made: Mapping[int, exp.Expr]) -> exp.Expr:
    """A copy in which some nodes are others. Copies lose who they were, so places are found by order."""
    originals = list(node.find_all(exp.Column))
    copied = node.copy()
    for before, after in zip(originals, list(copied.find_all(exp.Column)), strict=True):
        if id(before) in made:
            if after is copied:
                return made[id(before)]
            after.replace(made[id(before)].copy())
    return copied


def _is_never(select: exp.Select) -> bool:
    where = select.args.get("where")
    return isinstance(where, exp.Where) and isinstance(where.this, exp.Boolean) and not where.this.this
