"""The shapes an indicator's body is written in, and the expressions on one row that go into them.

Belongs here: what several topics need. Not here: a shape of one topic (it stands there), any number.

Every shape gives Figures: as an Ibis table, one row per member with ``member`` ('' for a total), ``position`` (the
order members are told in), ``numerator``, ``denominator`` (null where the number is not a ratio) and ``rows`` (rows of
the grain it speaks of); and beside it the parts it is made of and the rows behind it. Null is not zero: a loan on which
a condition is unknown counts in no numerator but stays in the whole, and a sum over rows that all lack the field is
null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ibis
import ibis.expr.operations as ops

from loantape.declare import Figures, Part

# why no rows add up to a number that is read from marts
NO_LOANS = (
    "it is read from what earlier periods left, in which no single loan is named",
    "由各期留存的汇总数据计算，其中不含逐笔贷款",
)
UNKNOWN = "unknown"  # the member of rows that lack the field they are grouped by

_SHARE = "({numerator} | m = {member}) / {numerator}"
_ROW = "_row"  # how a column is called that says which row of a tape table a row is


# --- expressions on one row ----------------------------------------------------------------------------------------


def where(condition: Any, value: Any) -> Any:
    """``value`` where the condition holds, 0 where it does not, null where it is unknown."""
    return ibis.cases((condition, value), (~condition, ibis.literal(0).cast(value.type())))


def band(value: Any, bands: Sequence[tuple[str, int | None]]) -> Any:
    """The name of the first band whose upper bound is not below ``value``; a bound of None takes all that is left."""
    branches = [(value <= upper, name) for name, upper in bands if upper is not None]
    return ibis.cases(*branches, (value.notnull(), bands[-1][0]))


def names(bands: Sequence[tuple[str, int | None]]) -> tuple[str, ...]:
    """The members that ``band`` can give, in order."""
    return tuple(name for name, _ in bands)


def term(aggregate: Any) -> Any:
    """What one row adds to an aggregate: the value for a sum, 1 for a count, null where the row is left out.

    Differences and sums of aggregates are taken term by term, a row that lacks one of them adding none of it. Raises
    ValueError for anything else: no row has a part in a maximum.
    """
    op = aggregate.op()
    if isinstance(op, ops.Sum):
        return _kept(op.arg.to_expr(), op.where)
    if isinstance(op, ops.CountStar):
        return _kept(ibis.literal(1), op.where)
    if isinstance(op, ops.Count):
        return _kept(ibis.cases((op.arg.to_expr().notnull(), 1)), op.where)
    if isinstance(op, ops.Cast):
        return term(op.arg.to_expr()).cast(op.to)
    if isinstance(op, ops.Coalesce) and all(isinstance(one, ops.Literal) and not one.value for one in op.arg[1:]):
        return term(op.arg[0].to_expr())  # nothing is 0: no row adds to that
    if isinstance(op, ops.Add | ops.Subtract):
        left, right = (term(side.to_expr()).fill_null(0) for side in (op.left, op.right))
        return left + right if isinstance(op, ops.Add) else left - right
    if isinstance(op, ops.Multiply) and isinstance(op.right, ops.Literal):
        return term(op.left.to_expr()) * op.right.to_expr()
    if isinstance(op, ops.Coalesce):  # of a sum and what stands for none
        return term(op.arg[0].to_expr())
    raise ValueError(f"{type(op).__name__} is no sum over rows")


# --- shapes --------------------------------------------------------------------------------------------------------


def amount(value: Any) -> Figures:
    """One total: ``value`` is an aggregate of one table."""
    table = table_of(value)
    return Figures(
        (Part(table, None, {"numerator": value}),),
        shaped,
        lambda _: (rows_behind(table, "", term(value), None),),
        "{numerator}",
    )


def ratio(part: Any, whole: Any) -> Figures:
    """One ratio of two aggregates, of the same table or of two; ``rows`` counts the table of the whole."""
    table, other = table_of(whole), table_of(part)
    if table.equals(other):
        return Figures(
            (Part(table, None, {"numerator": part, "denominator": whole}),),
            shaped,
            lambda _: (rows_behind(table, "", term(part), term(whole)),),
            "{numerator} / {denominator}",
        )
    return Figures(
        (Part(table, None, {"denominator": whole}), Part(other, None, {"numerator": part})),
        lambda wholes, parts: shaped(wholes.cross_join(parts.select("numerator"))),
        lambda _: (rows_behind(other, "", term(part), None), rows_behind(table, "", None, term(whole))),
        "{numerator} / {denominator}",
    )


def by(table: Any, member: Any, *, numerator: Any, denominator: Any = None, members: Sequence[str] = ()) -> Figures:
    """One number per member. ``members`` are told even when no row has them: with 0, or null on an empty table."""
    measures = {"numerator": numerator} | ({} if denominator is None else {"denominator": denominator})
    named = known(member)

    def behind(one: str | None) -> tuple[Any, ...]:
        whole = None if denominator is None else term(denominator)
        return (only(rows_behind(table, named, term(numerator), whole), one),)

    return Figures(
        (Part(table, named, measures),),
        lambda found: shaped(with_members(found, members) if members else found, members),
        behind,
        ("{numerator}" if denominator is None else "{numerator} / {denominator}") + " | m = {member}",
    )


def shares(table: Any, member: Any, value: Any, members: Sequence[str] = ()) -> Figures:
    """Each member's part of the sum of ``value`` over the whole table."""
    named = known(member)

    def finish(found: Any) -> Any:
        parts = shaped(with_members(found, members) if members else found, members)
        return parts.mutate(denominator=parts.numerator.sum().over())

    def behind(one: str | None) -> tuple[Any, ...]:
        if one is None:
            return (rows_behind(table, named, value, value),)
        return (rows_behind(table, one, ibis.cases((named == one, value)), value),)

    return Figures((Part(table, named, {"numerator": value.sum()}),), finish, behind, _SHARE)


def top(table: Any, member: Any, value: Any, count: int) -> Figures:
    """The ``count`` largest known members by the sum of ``value``, largest first; equals in order of their names."""
    part = _known_part(table, member, value)

    def finish(found: Any) -> Any:
        ranked = _ranked(found)
        return columns(ranked.filter(ranked.position <= count).mutate(denominator=ibis.null()))

    def behind(one: str | None) -> tuple[Any, ...]:
        listed = rows_behind(table, known(member), ibis.cases((member.notnull(), value)), None)
        largest = finish(part.expression).select("member")
        return (only(listed, one).semi_join(largest, "member"),)

    return Figures((part,), finish, behind, f"{{numerator}} | m = {{member}}; m ≤ {count}")


def by_hand(told: Any, behind: Callable[[str | None], tuple[Any, ...]] | None = None) -> Figures:
    """An Ibis table of the five columns that no shape makes; ``behind`` says which rows it is made of (``Figures``)."""
    return Figures((), lambda: told, behind)


# --- what shapes are made of: for shapes of one topic too ----------------------------------------------------------


def table_of(aggregate: Any) -> Any:
    """The table that an aggregate is over."""
    (table,) = aggregate.op().relations
    return table.to_expr()


def known(member: Any) -> Any:
    """The member as a text, ``unknown`` where a row has none; itself if it says so already."""
    op = member.op()
    if isinstance(op, ops.Coalesce) and isinstance(op.arg[-1], ops.Literal) and op.arg[-1].value is not None:
        return member  # groups by the same member are one group only if they are written alike
    return ibis.coalesce(member, UNKNOWN)


def shaped(measured: Any, members: Sequence[str] = ()) -> Any:
    """The five columns of a table that has some of them: in the order of ``members``, those not named after them."""
    missing: dict[str, Any] = {}
    if "member" not in measured.columns:
        missing["member"] = ibis.literal("")
    if "denominator" not in measured.columns:
        missing["denominator"] = ibis.null()
    places = [(measured.member == name, place) for place, name in enumerate(members)]
    missing["position"] = ibis.cases(*places, else_=len(members)) if places else ibis.literal(0)
    return columns(measured.mutate(**missing))


def columns(measured: Any) -> Any:
    """The five columns of an indicator, in their order."""
    return measured.select("member", "position", "numerator", "denominator", "rows")


def with_members(found: Any, members: Sequence[str]) -> Any:
    """A part and a row for each declared member it lacks: 0 where the table has rows, null where it has none."""
    measures = [name for name in ("numerator", "denominator") if name in found.columns]
    empty = found.aggregate(seen=found.rows.sum())
    zeros = {name: (empty.seen > 0).ifelse(ibis.literal(0), ibis.null()).cast(found[name].type()) for name in measures}
    declared = empty.select(member=ibis.array(list(members)).unnest(), **zeros, rows=ibis.literal(0).cast("int64"))
    told = found.select(*declared.columns).mutate(is_found=True)
    together = ibis.union(told, declared.mutate(is_found=False))
    # a member that has rows and no amount among them is unknown, whatever is declared
    return together.group_by("member").aggregate(
        **{
            name: together.is_found.any().ifelse(
                together[name].sum(where=together.is_found), together[name].sum(where=~together.is_found)
            )
            for name in measures
        },
        rows=together.rows.sum(),
    )


def rows_behind(table: Any, member: Any, numerator: Any, denominator: Any, **further: Any) -> Any:
    """The rows of a table as ``Figures.behind`` tells them: what each adds, and which row of the tape it is."""
    places = [name for name in table.columns if name.endswith(_ROW)]
    return table.select(
        *places,
        member=ibis.literal(member) if isinstance(member, str) else member,
        numerator=ibis.null("decimal(38, 4)") if numerator is None else numerator,
        denominator=ibis.null("decimal(38, 4)") if denominator is None else denominator,
        **further,
    )


def only(listed: Any, member: str | None) -> Any:
    """The rows of one member, or all."""
    return listed if member is None else listed.filter(listed.member == member)


def _known_part(table: Any, member: Any, value: Any) -> Part:
    """Sums by member in which rows without a member count for nothing."""
    is_known = member.notnull()
    measures = {"numerator": value.sum(where=is_known), "known": ibis.cases((is_known, 1)).count()}
    return Part(table, known(member), measures)


def _ranked(found: Any) -> Any:
    members = found.filter(found.known > 0)
    order = [members.numerator.desc(), members.member.asc()]
    return members.mutate(position=ibis.row_number().over(order_by=order) + 1, rows=members.known)


def _kept(value: Any, where_op: Any) -> Any:
    """A row's term, null where the aggregate leaves the row out."""
    return value if where_op is None else ibis.cases((where_op.to_expr(), value))
