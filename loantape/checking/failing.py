"""When a predicate fails, in a form that DuckDB runs fast: negations pushed inwards, texts judged once a value.

Belongs here: rewriting a predicate into conditions that are true exactly on the rows it does not hold on. Not here:
building predicates (``compile``) or running them (``asking``).

DuckDB evaluates ``NOT (NOT a OR b)`` whole, on every row; ``a AND NOT b`` lets it skip row groups by their statistics
and look at ``b`` only where ``a`` is true. Both are true on the same rows: in three-valued logic De Morgan's laws hold.
A condition is only asked where it is true, so that null and false are the same to it, under AND and OR.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ibis.expr.datatypes as dt
from sqlglot import exp

ROW_ALIAS = "t0"  # what Ibis calls the only table of an expression
NEVER, ALWAYS = "FALSE", "TRUE"
_CONTRARY: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.GTE,
    exp.GTE: exp.LT,
    exp.GT: exp.LTE,
    exp.LTE: exp.GT,
}
_LEADING = re.compile(r"\^(?P<what>[A-Za-z0-9/_ -])\+")  # a run of one character at the beginning
_IN_64_BITS = 18  # digits: DuckDB adds decimals of so many in one instruction, of more some twenty times slower
_SHARE = 6  # digits of a number by which amounts are multiplied in 64 bits: more leave too few for the amount
_REWRITTEN = (exp.Mul, exp.Add, exp.Sub, exp.Right, exp.RegexpReplace, exp.DateDiff)
# what is no function of its own but of other conditions or values
_PLAIN = (exp.Connector, exp.Case, exp.Cast, exp.Coalesce, exp.If)


@dataclass(frozen=True)
class Leaf:
    """One condition. ``text`` is the only column it looks at, if that is a text.

    ``wide`` is the condition with sums in 128 bits, where ``sql`` has them in 64 and overflows instead of being wrong.
    ``derived`` are the parts of ``sql`` that are functions of one text alone: the column and the part as it is written.
    ``skips`` says that it compares one column with fixed values, so that the statistics of a row group can rule it out.
    """

    sql: str
    wide: str
    text: str = ""
    derived: tuple[tuple[str, str], ...] = ()
    skips: bool = False


@dataclass(frozen=True)
class All:
    """True where all parts are."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """True where at least one part is."""

    parts: tuple[Condition, ...]


Condition = Leaf | All | Some


def failing(predicate: exp.Expr, columns: Mapping[str, dt.DataType]) -> Condition:
    """The condition that is true where ``predicate`` is false. ``columns`` are those of the relation it is about."""
    return _condition(predicate, columns, contrary=True)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every condition it is made of."""
    if isinstance(condition, Leaf):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves(part)


def render(
    condition: Condition,
    known: Mapping[str, str],
    *,
    wide: bool = False,
    parts: Mapping[str, str] | None = None,
    share: Mapping[str, float] | None = None,
) -> str:
    """SQL of a condition, ``FALSE`` where it cannot be true.

    ``known`` gives leaves (by ``wide``) another SQL; ``parts`` gives derived parts of the others another. What must all
    be true is written in the order of ``share``: on which part of the rows it is, by its SQL.
    """
    if isinstance(condition, Leaf):
        if condition.wide in known:
            return known[condition.wide]
        if wide:
            return condition.wide
        sql = condition.sql
        for _, part in sorted(condition.derived, key=lambda one: -len(one[1])):
            sql = sql.replace(part, (parts or {}).get(part, part))
        return sql
    rendered = [render(part, known, wide=wide, parts=parts, share=share) for part in condition.parts]
    if isinstance(condition, All):
        rendered.sort(key=lambda sql: (share or {}).get(sql, 0.0))
        if NEVER in rendered:
            return NEVER
        return _joined(" AND ", [part for part in rendered if part != ALWAYS], ALWAYS)
    if ALWAYS in rendered:
        return ALWAYS
    return _joined(" OR ", [part for part in rendered if part != NEVER], NEVER)


def _joined(word: str, parts: list[str], none: str) -> str:
    if not parts:
        return none
    return parts[0] if len(parts) == 1 else "(" + word.join(parts) + ")"


def _condition(node: exp.Expr, columns: Mapping[str, dt.DataType], *, contrary: bool) -> Condition:
    node = node.unnest()
    if isinstance(node, exp.Not):
        return _condition(node.this, columns, contrary=not contrary)
    if isinstance(node, exp.And | exp.Or):
        parts = [_condition(one, columns, contrary=contrary) for one in node.flatten()]
        return _together(All if isinstance(node, exp.And) is not contrary else Some, parts)
    if isinstance(node, exp.Coalesce) and _fills(node, contrary):
        return _condition(node.this, columns, contrary=contrary)
    return _leaf(_contrary(node) if contrary else node, columns)


def _together(kind: type[All] | type[Some], parts: list[Condition]) -> Condition:
    """Parts of one kind, those on the same text as one: it is judged by what they say together."""
    word = " AND " if kind is All else " OR "
    merged: dict[str, list[Leaf]] = {}
    others: list[Condition] = []
    for part in parts:
        inner = part.parts if isinstance(part, kind) else (part,)
        for one in inner:
            if isinstance(one, Leaf) and one.text:
                if one.text not in merged:
                    others.append(one)
                merged.setdefault(one.text, []).append(one)
            else:
                others.append(one)
    for text, found in merged.items():
        if len(found) > 1:
            sql, wide = (f"({word.join(parts)})" for parts in ([o.sql for o in found], [o.wide for o in found]))
            others[others.index(found[0])] = Leaf(sql, wide, text, ((text, sql),))
    return others[0] if len(others) == 1 else kind(tuple(others))


def _fills(node: exp.Coalesce, value: bool) -> bool:
    """Whether it turns null into ``value`` and does nothing else: then what is unknown makes no difference here."""
    (*others,) = node.expressions
    return len(others) == 1 and isinstance(others[0], exp.Boolean) and bool(others[0].this) is value


def _contrary(node: exp.Expr) -> exp.Expr:
    other = _CONTRARY.get(type(node))
    if other is None:
        return exp.Not(this=exp.Paren(this=node.copy()))
    return other(this=node.this.copy(), expression=node.expression.copy())


def _leaf(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> Leaf:
    used = {column.name for column in node.find_all(exp.Column)}
    text = next(iter(used)) if len(used) == 1 else ""
    inner = node.this.unnest() if isinstance(node, exp.Not) else node
    if text and (isinstance(inner, exp.Is) or not isinstance(columns[text], dt.String)):
        text = ""  # whether there is a text is as quick to see on the rows
    wide = sql = _sql(node)
    if any(node.find_all(*_REWRITTEN)):
        node = _cheaper(_at_one_scale(_in_64_bits(node, columns), columns), columns)
        sql = _sql(node)
    derived = ((text, sql),) if text else tuple(one for one in _derived(node, columns) if one[1] in sql)
    return Leaf(sql, wide, text, derived, _skips(inner))


def _skips(node: exp.Expr) -> bool:
    """Whether a column is compared with fixed values, or is null."""
    if not isinstance(node, (exp.Is, exp.In, exp.Between, *_CONTRARY)) or not isinstance(node.this, exp.Column):
        return False
    fixed = [one for one in node.iter_expressions() if one is not node.this]
    return all(isinstance(one.this if isinstance(one, exp.Cast) else one, exp.Literal | exp.Null) for one in fixed)


def _derived(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> Iterator[tuple[str, str]]:
    """The largest parts that are functions of one text, each with its column."""
    used = {column.name for column in node.find_all(exp.Column)}
    functions = any(not isinstance(one, _PLAIN) for one in node.find_all(exp.Func))
    if len(used) == 1 and functions and isinstance(columns[next(iter(used))], dt.String):
        yield next(iter(used)), node.sql(dialect="duckdb")
    elif used:
        for part in node.iter_expressions():
            yield from _derived(part, columns)


def _sql(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return f"({text})" if isinstance(node, exp.Or | exp.And) else text


def _cheaper(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> exp.Expr:
    """The same by functions that cost half.

    ``RIGHT(x, 1)`` counts the characters of x from its beginning; a pattern is dear for what trimming does; dates are
    numbers of days, so that days between them are a difference.
    """

    def faster(one: exp.Expr) -> exp.Expr:
        if isinstance(one, exp.DateDiff) and str(one.args.get("unit")).upper() == "DAY" and _is_date(one, columns):
            return exp.Paren(this=exp.Sub(this=one.this, expression=one.expression))
        if isinstance(one, exp.Right) and one.expression.sql() == "1":
            return exp.Anonymous(this="ARRAY_EXTRACT", expressions=[one.this, exp.Literal.number(-1)])
        if isinstance(one, exp.RegexpReplace) and not (one.args.get("replacement") or exp.Literal.string("x")).name:
            leading = _LEADING.fullmatch(one.expression.name)
            if leading:
                return exp.Anonymous(this="LTRIM", expressions=[one.this, exp.Literal.string(leading["what"])])
        return one

    return node.transform(faster)


def _is_date(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> bool:
    """Whether it is made of columns that are dates, and of nothing that could make something else of them."""
    inner = [one for one in node.walk() if not isinstance(one, exp.Identifier | exp.Var)]
    named = [one for one in inner if isinstance(one, exp.Column)]
    plain = all(isinstance(one, exp.DateDiff | exp.Coalesce | exp.Least | exp.Greatest | exp.Column) for one in inner)
    return plain and all(isinstance(columns[one.name], dt.Date) for one in named)


def _at_one_scale(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> exp.Expr:
    """An amount compared with a share of another, both at the share's scale: else both are compared in 128 bits."""
    if type(node) not in _CONTRARY:
        return node
    sides = [node.this.unnest(), node.expression.unnest()]
    for amount, share in (sides, sides[::-1]):
        if not isinstance(amount, exp.Column) or not isinstance(share, exp.Mul):
            continue
        if not isinstance(share.this, exp.Column) or not _is_number(share.expression):
            continue
        kinds = columns[amount.name], columns[share.this.name]
        if not all(isinstance(kind, dt.Decimal) and (kind.precision or 38) <= _IN_64_BITS for kind in kinds):
            continue
        digits, decimals = (int(one.name) for one in share.expression.to.expressions)
        if (kinds[1].precision or 38) + digits <= _IN_64_BITS:
            continue  # DuckDB stays in 64 bits by itself
        scale = (kinds[1].scale or 0) + decimals - (kinds[0].scale or 0)
        if 0 < scale < _SHARE:
            one = exp.cast(exp.Literal.number(1), f"DECIMAL({scale + 1}, {scale})")
            amount.replace(exp.Mul(this=amount.copy(), expression=one))
            return node
    return node


def _in_64_bits(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> exp.Expr:
    """Sums of amounts of one scale, and shares of amounts, without the casts that give them room beyond 64 bits."""

    def narrower(one: exp.Expr) -> exp.Expr:
        if isinstance(one, exp.Mul) and not isinstance(one.parent, exp.Add | exp.Sub | exp.Mul | exp.Div):
            amount, share = one.this, one.expression
            if _is_widened_amount(amount, columns) and _is_number(share):
                return exp.Mul(this=amount.this, expression=share)
            return one
        if isinstance(one, exp.Add | exp.Sub) and not isinstance(one.parent, exp.Add | exp.Sub | exp.Mul | exp.Div):
            scales = set(_scales(one, columns))
            if len(scales) == 1 and None not in scales:
                return one.transform(lambda inner: inner.this if isinstance(inner, exp.Cast) else inner)
        return one

    return node.transform(narrower)


def _is_widened_amount(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> bool:
    """Whether it is a column that fits into 64 bits, cast to more digits and no fewer decimals."""
    if not isinstance(node, exp.Cast) or not isinstance(node.this, exp.Column):
        return False
    kind, to = columns[node.this.name], node.to.expressions
    if not isinstance(kind, dt.Decimal) or (kind.precision or 38) > _IN_64_BITS or len(to) != 2:
        return False
    return node.to.this is exp.DataType.Type.DECIMAL and int(to[1].name) >= (kind.scale or 0)


def _is_number(node: exp.Expr) -> bool:
    """Whether it is a written number of few digits."""
    if isinstance(node, exp.Cast):
        to = node.to.expressions
        return isinstance(node.this, exp.Literal) and len(to) == 2 and int(to[0].name) <= _SHARE
    return False


def _scales(node: exp.Expr, columns: Mapping[str, dt.DataType]) -> Iterator[int | None]:
    """The scale of every term of a sum, None for a term that is no plain amount."""
    node = node.unnest()
    if isinstance(node, exp.Add | exp.Sub):
        yield from _scales(node.this, columns)
        yield from _scales(node.expression, columns)
    elif isinstance(node, exp.Cast):
        (scale,) = _scales(node.this, columns)
        to = node.to.expressions
        same = node.to.this is exp.DataType.Type.DECIMAL and len(to) == 2 and to[1].name == str(scale)
        yield scale if same else None
    elif isinstance(node, exp.Column) and isinstance(kind := columns[node.name], dt.Decimal):
        yield kind.scale if (kind.precision or 38) <= _IN_64_BITS else None
    else:
        yield None
