"""Indexes of concentration: from the amounts of a dimension's members to one number, in exact decimals.

Belongs here: the largest members' share, the Herfindahl-Hirschman index, plain and normalised, and the Gini
coefficient. Not here: which dimensions there are (dimensions.py).

Each takes the rows, the member of each row and the amount that is summed, and gives Figures as every shape does. With
x_1 <= ... <= x_n the members' sums that are above zero, and T their sum:

    H  = sum x_i^2 / T^2                              1/n (all equal) .. 1 (one member)
    H* = (H - 1/n) / (1 - 1/n)                        0 .. 1; no value for a single member
    G  = (2 sum i x_i - (n + 1) T) / (n T)            0 (all equal) .. (n - 1)/n

All four are made of the same part, so that one pass over the rows gives them together, and the three indexes of the
same few sums over its members: T, n, sum x_i^2 and sum i x_i. What one row adds is its amount times what its member
weighs: x_i and T for H, i and n for G.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ibis

from loantape.declare import Figures, Part, Reduced
from transforms.shapes import UNKNOWN, known, rows_behind

_SUM = "decimal(38, 2)"
_WHOLE = "decimal(38, 0)"
_LARGEST = 1e33  # what the parts of a number may come to: they are kept with 34 digits before the point

Weigh = Callable[[Any], tuple[Any, Any]]  # the two parts of a number, of sums or of what one yuan of a member adds


def top_shares(table: Any, member: Any, value: Any, counts: Sequence[int]) -> Figures:
    """The part that the 1, 5, ... largest known members have in the sum over all members, unknown ones included.

    One row per count, named after it; null where no member is known.
    """

    def finish(found: Any) -> Any:
        amount = found.amount.cast(_SUM)
        parts = found.select("member", amount=amount).filter((amount > 0) & (found.member != UNKNOWN))
        order = [parts.amount.desc(), parts.member.asc()]
        # a book has millions of borrowers: only the few largest are put in order
        largest = parts.order_by(order).limit(max(counts))
        order = [largest.amount.desc(), largest.member.asc()]
        ranked = largest.select("amount", place=ibis.row_number().over(order_by=order) + 1)
        wholes = found.aggregate(whole=_if(amount > 0, amount).sum(), rows=_rows(found))
        lines = wholes.select("whole", "rows", count=ibis.array(list(counts)).unnest())
        both = lines.left_join(ranked, ranked.place <= lines["count"])
        told = both.group_by("count", "whole", "rows").aggregate(numerator=both.amount.sum())
        return told.select(
            member=told["count"].cast("string"),
            position=ibis.cases(*((told["count"] == count, place) for place, count in enumerate(counts))),
            numerator=told.numerator,
            denominator=told.whole,
            rows=told.rows,
        )

    def behind(one: str | None) -> tuple[Any, ...]:
        # the largest one is among the largest five: a row is told with the narrowest count it is in
        rows = _with_members(table, member, value, _from_the_largest(_part(table, member, value).expression))
        narrowest = ibis.cases(*((_is_among(rows, count), str(count)) for count in counts), else_="")
        count = max(counts) if one is None else int(one)
        numerator = _if(_is_among(rows, count), rows.denominator)
        return (rows.mutate(member=narrowest if one is None else ibis.literal(one), numerator=numerator),)

    return Figures((_part(table, member, value),), finish, behind)


def hhi(table: Any, member: Any, value: Any) -> Figures:
    """The Herfindahl-Hirschman index: the sum of the members' squared shares."""
    return _index(
        table, member, value, lambda all_: (all_.squares, all_.total * all_.total), lambda one: (one.amount, one.total)
    )


def normalised_hhi(table: Any, member: Any, value: Any) -> Figures:
    """The index from 0 for equal members to 1, whatever their number; a single member has none."""
    return _index(
        table,
        member,
        value,
        lambda all_: (
            all_.members * all_.squares - all_.total * all_.total,
            (all_.members - 1) * all_.total * all_.total,
        ),
        lambda one: (one.members * one.amount - one.total, (one.members - 1) * one.total),
    )


def gini(table: Any, member: Any, value: Any) -> Figures:
    """The Gini coefficient of the members' sums."""
    return _index(
        table,
        member,
        value,
        lambda all_: (all_.twice_ranked - (all_.members + 1) * all_.total, all_.members * all_.total),
        lambda one: (2 * one.rank - (one.members + 1), one.members),
    )


def _index(table: Any, member: Any, value: Any, of_sums: Weigh, weigh: Weigh) -> Figures:
    """An index of the sums over the members, and what one yuan of one member adds to its parts."""

    def finish(sums: Any) -> Any:
        numerator, denominator = of_sums(sums)
        return sums.select(
            member=ibis.literal(""),
            position=ibis.literal(0),
            numerator=numerator,
            denominator=denominator,
            rows=sums.rows,
        )

    def behind(_: str | None) -> tuple[Any, ...]:
        rows = _with_members(table, member, value, _from_the_smallest(_part(table, member, value).expression))
        numerator, denominator = weigh(rows)
        return (rows.mutate(numerator=rows.numerator * numerator, denominator=rows.denominator * denominator),)

    return Figures((Reduced(_part(table, member, value), _sums),), finish, behind)


def _sums(found: Any) -> Any:
    """One row: ``total`` and ``members`` of the sums above zero, their ``squares``, and ``twice_ranked``, 2 sum i x_i.

    All but ``members`` and ``rows`` are null where they do not fit. Equal sums are taken together, ``times`` of them
    with the places up to ``last``: which of them comes first changes no sum, and there are fewer to put in order.
    """
    amount = found.amount.cast(_SUM)
    above = _if(amount > 0, amount)
    totals = _that_fit(found.aggregate(total=above.sum(), members=above.count(), rows=_rows(found)))
    parts = found.select(amount=amount).filter(amount > 0)
    equal = parts.group_by("amount").aggregate(times=parts.count())
    last = equal.times.sum().over(ibis.cumulative_window(order_by="amount"))
    placed = equal.mutate(times=equal.times.cast(_WHOLE), last=last.cast(_WHOLE)).cross_join(totals)
    worth, times = _if(placed.fits, placed.amount), placed.times
    sums = placed.aggregate(
        squares=(worth * worth * times).sum(), twice_ranked=(worth * (times * (2 * placed.last - times + 1))).sum()
    )
    return totals.cross_join(sums).drop("fits")


def _part(table: Any, member: Any, value: Any) -> Part:
    return Part(table, known(member), {"amount": value.sum()})


def _from_the_largest(found: Any) -> Any:
    """Members with ``place`` from the largest of those that are known; amounts that are not above zero are null."""
    amount = found.amount.cast(_SUM)
    parts = found.select("member", "rows", amount=_if(amount > 0, amount), is_known=found.member != UNKNOWN)
    order = [parts.is_known.desc(), parts.amount.desc(nulls_first=False), parts.member.asc()]
    return parts.mutate(place=ibis.row_number().over(order_by=order) + 1)


def _from_the_smallest(found: Any) -> Any:
    """Members with ``rank`` from the smallest above zero, the ``total`` over all and how many ``members`` there are.

    Amounts that are not above zero are null.
    """
    whole = found.amount.cast(_SUM)
    parts = found.select("member", "rows", amount=_if(whole > 0, whole))
    place = ibis.row_number().over(order_by=[parts.amount.asc(nulls_first=False), parts.member.asc()]) + 1
    placed = parts.mutate(place=place, total=parts.amount.sum().over(), members=parts.amount.count().over())
    fitting = _that_fit(placed)
    return fitting.mutate(amount=_if(fitting.fits, fitting.amount), rank=fitting.place.cast(_WHOLE))


def _that_fit(totals: Any) -> Any:
    """``total`` and ``members`` in the types they are multiplied in; ``fits`` is whether that leaves digits enough.

    Where a part would need more digits than a number is kept with there is no total: a tape whose amounts are at the
    end of their range has no index, and must not stop the others.
    """
    size = totals.total.cast("float64")
    fits = size * size * totals.members.cast("float64") < _LARGEST
    return totals.mutate(fits=fits, total=_if(fits, totals.total.cast(_SUM)), members=totals.members.cast(_WHOLE))


def _with_members(table: Any, member: Any, value: Any, members: Any) -> Any:
    """The rows behind, each with the facts of its member; of those whose sum is above zero."""
    worth = value.cast(_SUM)
    listed = rows_behind(table, "", worth, worth, holder=known(member))
    facts = members.filter(members.amount.notnull()).rename(holder="member").drop("rows")
    return listed.inner_join(facts, "holder")


def _is_among(ranked: Any, count: int) -> Any:
    return ranked.is_known & (ranked.place <= count)


def _rows(parts: Any) -> Any:
    return ibis.coalesce(parts.rows.sum(), ibis.literal(0))


def _if(condition: Any, value: Any) -> Any:
    return ibis.cases((condition, value))
