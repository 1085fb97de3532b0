"""Indexes of concentration: from the amounts of a dimension's members to one number, in exact decimals.

Belongs here: the largest members' share, the Herfindahl-Hirschman index, plain and normalised, and the Gini
coefficient. Not here: which dimensions there are (dimensions.py).

Each takes the rows, the member of each row and the amount that is summed, and returns an Ibis table as every shape of
``transforms`` does. With x_1 <= ... <= x_n the members' sums that are above zero, and T their sum:

    H  = sum x_i^2 / T^2                              1/n (all equal) .. 1 (one member)
    H* = (H - 1/n) / (1 - 1/n)                        0 .. 1; no value for a single member
    G  = (2 sum i x_i - (n + 1) T) / (n T)            0 (all equal) .. (n - 1)/n
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from transforms import UNKNOWN

_SUM = "decimal(38, 2)"
_WHOLE = "decimal(38, 0)"
_LARGEST = 1e33  # what the parts of a number may come to: they are kept with 34 digits before the point


def top_shares(table: Any, member: Any, value: Any, counts: Sequence[int]) -> Any:
    """The part that the 1, 5, ... largest known members have in the sum over all members, unknown ones included.

    One row per count, named after it; null where no member is known.
    """
    parts = _parts(table, member, value)
    known = parts.member != UNKNOWN
    place = ibis.row_number().over(order_by=[known.desc(), parts.amount.desc(nulls_first=False), parts.member.asc()])
    ranked = parts.mutate(known=known, place=place + 1)
    sums = ranked.aggregate(
        {f"top_{count}": _sum_of(ranked.known & (ranked.place <= count), ranked.amount) for count in counts},
        whole=ranked.amount.sum(),
        rows=_rows(ranked),
    )
    told = [
        sums.select(
            member=ibis.literal(str(count)),
            position=ibis.literal(position),
            numerator=sums[f"top_{count}"],
            denominator=sums.whole,
            rows=sums.rows,
        )
        for position, count in enumerate(counts)
    ]
    return ibis.union(*told) if len(told) > 1 else told[0]


def hhi(table: Any, member: Any, value: Any) -> Any:
    """The Herfindahl-Hirschman index: the sum of the members' squared shares."""
    sums = _sums(table, member, value)
    return _told(sums, sums.squares, sums.total * sums.total)


def normalised_hhi(table: Any, member: Any, value: Any) -> Any:
    """The index from 0 for equal members to 1, whatever their number; a single member has none."""
    sums = _sums(table, member, value)
    square = sums.total * sums.total
    return _told(sums, sums.members * sums.squares - square, (sums.members - 1) * square)


def gini(table: Any, member: Any, value: Any) -> Any:
    """The Gini coefficient of the members' sums."""
    sums = _sums(table, member, value)
    return _told(sums, 2 * sums.ranked - (sums.members + 1) * sums.total, sums.members * sums.total)


def _parts(table: Any, member: Any, value: Any) -> Any:
    """One row per member: ``amount`` (null unless above zero) and ``rows``."""
    found = table.group_by(member=ibis.coalesce(member, UNKNOWN)).aggregate(
        total=value.sum().cast(_SUM), rows=table.count()
    )
    return found.select("member", "rows", amount=_if(found.total > 0, found.total))


def _sums(table: Any, member: Any, value: Any) -> Any:
    """One row: members, total, squares (sum of x^2), ranked (sum of i x_i), rows.

    Where a part would need more digits than a number is kept with, all of them are null: a tape whose amounts are at
    the end of their range has no index, and must not stop the others.
    """
    parts = _parts(table, member, value)
    place = ibis.row_number().over(order_by=[parts.amount.asc(nulls_first=False), parts.member.asc()])
    whole, members = parts.amount.sum().over(), parts.amount.count().over()
    size = whole.cast("float64")
    placed = parts.mutate(place=(place + 1).cast(_WHOLE), fits=size * size * members.cast("float64") < _LARGEST)
    amount = _if(placed.fits, placed.amount)
    return placed.aggregate(
        members=_if(placed.amount.count() > 0, placed.amount.count()).cast(_WHOLE),
        total=amount.sum().cast(_SUM),
        squares=(amount * amount).sum(),
        ranked=(placed.place * amount).sum(),
        rows=_rows(placed),
    )


def _rows(parts: Any) -> Any:
    return ibis.coalesce(parts.rows.sum(), ibis.literal(0))


def _sum_of(condition: Any, amount: Any) -> Any:
    return _if(condition, amount).sum()


def _if(condition: Any, value: Any) -> Any:
    return ibis.cases((condition, value))


def _told(sums: Any, numerator: Any, denominator: Any) -> Any:
    return sums.select(
        member=ibis.literal(""), position=ibis.literal(0), numerator=numerator, denominator=denominator, rows=sums.rows
    )
