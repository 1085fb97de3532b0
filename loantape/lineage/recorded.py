"""The statements that made a filing's outgoing tables, as trees in which every column says whose it is.

Belongs here: remembering them while they run, and qualifying them. Not here: what is read off them (``fields``,
``rows``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from loantape.errors import DeclarationError

DIALECT = "duckdb"
VAULT = frozenset({"vault.identity", "vault.loan"})  # the tables that hold who somebody is
ROW_OF = "row_of"  # stands for a rowid while columns are qualified: no star may take it along
_CATALOG = "_catalog__"  # between a catalog and its table, in trees
_TAPE = re.compile(r"((previous|month_[0-9]{2})\.)?tape_\w+")
_FIRST_WORD = re.compile(r"\s*(\w+)")
_REMEMBERED = ("CREATE", "INSERT", "UPDATE", "DELETE", "MERGE", "ALTER", "COPY", "TRUNCATE")


class Recorder:
    """A connection that remembers what statements were run through it, but for those that only ask."""

    def __init__(self, con: Any) -> None:
        self._con = con
        self.statements: list[str] = []

    def execute(self, statement: str, *arguments: Any) -> Any:
        """Run a statement, and remember it when it makes or changes a relation."""
        self._remember(statement)
        return self._con.execute(statement, *arguments)

    def executemany(self, statement: str, *arguments: Any) -> Any:
        """Run a statement with many lists of values, and remember it once."""
        self._remember(statement)
        return self._con.executemany(statement, *arguments)

    def _remember(self, statement: str) -> None:
        found = _FIRST_WORD.match(statement)
        if found and found[1].upper() in _REMEMBERED:
            self.statements.append(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


class Relations:
    """The relations that recorded statements made: name to query, names in small letters, each read when asked for.

    ``columns(table)`` gives the columns of any table or view in its own order, so they must still be there. Asking for
    one raises DeclarationError when its statement cannot be read, or another changed it after it was made.
    """

    def __init__(self, statements: Sequence[str], columns: Callable[[str], list[str]]) -> None:
        self._columns = columns
        self._statements = statements
        self._read: dict[str, exp.Query] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._made

    def __getitem__(self, name: str) -> exp.Query:
        if name not in self._made:
            raise DeclarationError(f"no statement of prepare makes {name}", "make it with CREATE … AS SELECT")
        if name in self._changed:
            raise DeclarationError(
                f"{name} is changed after it was made", "make it whole with one CREATE … AS SELECT, without INSERT"
            )
        if name not in self._read:
            self._read[name] = self._qualified(name)
        return self._read[name]

    @cached_property
    def _trees(self) -> list[exp.Expr]:
        found = []
        for statement in self._statements:
            try:
                tree = parse_one(statement, read=DIALECT)
            except SqlglotError:
                tree = exp.Command()
            if isinstance(tree, exp.Command):
                raise DeclarationError(
                    f"the statement that begins {' '.join(statement.split())[:60]!r} cannot be read",
                    "write it with plain SELECT, JOIN, UNION ALL and aggregates",
                )
            found.append(tree)
        return found

    @cached_property
    def _made(self) -> dict[str, exp.Query]:
        return {
            tree.this.find(exp.Table).name.lower(): tree.expression
            for tree in self._trees
            if isinstance(tree, exp.Create)
            and tree.kind in ("TABLE", "VIEW")
            and isinstance(tree.expression, exp.Query)  # otherwise nothing is computed
        }

    @cached_property
    def _changed(self) -> set[str]:
        writing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Alter, exp.TruncateTable)
        changed = (tree.find(exp.Table) for tree in self._trees if isinstance(tree, writing) or _is_copied_into(tree))
        return {table.name.lower() for table in changed if table is not None}

    def _qualified(self, name: str) -> exp.Query:
        query = _plain(self._made[name])
        schema: dict[str, object] = {
            table.name: dict.fromkeys(map(str.lower, self._columns(plain_name(table.name))), "VARCHAR")
            for table in query.find_all(exp.Table)
            if not _is_cte(table)
        }
        try:
            found = qualify(
                query, schema=schema, dialect=DIALECT, validate_qualify_columns=False, quote_identifiers=False
            )
        except (SqlglotError, AttributeError, KeyError, ValueError) as wrong:
            raise DeclarationError(
                f"the sources of {name} cannot be read off its statement: {type(wrong).__name__}",
                "write it with plain SELECT, JOIN, UNION ALL and aggregates",
            ) from wrong
        assert isinstance(found, exp.Query)
        return _inlined(_with_rows(found))


def plain_name(table: str) -> str:
    """The table as the database knows it: ``previous.tape_loan`` for the name it has in a tree."""
    return table.replace(_CATALOG, ".", 1)


def is_delivered(table: str) -> bool:
    """Whether a table, as the database knows it, holds what was delivered: a tape's, an earlier one's, the vault."""
    return table in VAULT or _TAPE.fullmatch(table) is not None


def sql_of(tree: exp.Expr) -> str:
    """A tree as DuckDB reads it."""

    def restored(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and _CATALOG in node.name and not node.db:
            catalog, name = node.name.split(_CATALOG, 1)
            node.set("this", exp.to_identifier(name))
            node.set("db", exp.to_identifier(catalog))
        return node

    return tree.transform(restored).sql(DIALECT)


def sources(select: exp.Select) -> Mapping[str, exp.Expr]:
    """What a SELECT reads, by alias: tables and subqueries."""
    found: dict[str, exp.Expr] = {}
    first = select.args.get("from_") or select.args.get("from")
    joins = [join.this for join in select.args.get("joins") or ()]
    for node in ([first.this] if first else []) + joins:
        found[node.alias_or_name] = node
    return found


def unnested(query: exp.Expr) -> exp.Query:
    """A query without parentheses around it."""
    found = query.unnest() if isinstance(query, exp.Subquery) else query
    assert isinstance(found, exp.Query)
    return found


def branches(query: exp.Query) -> Iterator[exp.Select]:
    """The SELECTs of a query and of its unions, in order. Raises DeclarationError for EXCEPT and INTERSECT."""
    query = unnested(query)
    if isinstance(query, exp.Except | exp.Intersect):
        raise DeclarationError(f"{query.key.upper()} cannot be followed", "write it with a join or a condition")
    if isinstance(query, exp.SetOperation):
        yield from branches(query.left)
        yield from branches(query.right)
    elif isinstance(query, exp.Select):
        yield query


def _is_copied_into(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Copy) and bool(tree.args.get("kind"))  # COPY … FROM


def _is_cte(table: exp.Table) -> bool:
    node: exp.Expr | None = table
    while node is not None:
        with_ = node.args.get("with_") or node.args.get("with")
        if with_ and any(cte.alias == table.name for cte in with_.expressions):
            return True
        node = node.parent
    return False


def _plain(query: exp.Query) -> exp.Query:
    """Catalogs become part of their tables' names, rowids become functions. DeclarationError for table functions."""
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise DeclarationError(
                f"{table.this.sql(DIALECT)[:60]} cannot be followed", "read what was delivered, not a table function"
            )
        if table.db:
            table.set("this", exp.to_identifier(f"{table.db}{_CATALOG}{table.name}"))
            table.set("db", None)
        table.set("this", exp.to_identifier(table.name.lower()))
    for column in list(query.find_all(exp.Column)):
        if column.name.lower() == "rowid":
            column.replace(exp.Anonymous(this=ROW_OF, expressions=[exp.Literal.string(column.table)]))
    return query


def _with_rows(query: exp.Query) -> exp.Query:
    def change(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() == ROW_OF:
            table = node.expressions[0].name
            select = node.find_ancestor(exp.Select)
            if not table and select is not None:
                table = next(iter(sources(select)))
            return exp.column("rowid", table=table)
        return node

    changed = query.transform(change, copy=False)
    assert isinstance(changed, exp.Query)
    return changed


def _inlined(query: exp.Query) -> exp.Query:
    """Common table expressions as subqueries where they are read."""
    for with_ in list(query.find_all(exp.With)):
        made: dict[str, exp.Query] = {}
        for cte in with_.expressions:
            _replace(cte.this, made)
            made[cte.alias] = cte.this
        owner = with_.parent
        assert owner is not None
        with_.pop()
        _replace(owner, made)
    return query


def _replace(tree: exp.Expr, made: Mapping[str, exp.Query]) -> None:
    for table in list(tree.find_all(exp.Table)):
        if table.name in made:
            table.replace(
                exp.Subquery(
                    this=made[table.name].copy(), alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
                )
            )
