"""How rates, days and other single values are spread over rows: quantiles, and one value told exactly.

Belongs here: shapes over the values of rows. Not here: sums and shares (``transforms``), members' sums
(concentration/indexes.py).

The quantile of p percent of n known values is the one in place ceil(p n / 100), counted from the smallest: the nearest
rank. It is always a value that occurs, exact to its last digit, and the same in whatever order the rows come. The
quantile of 0 percent is the smallest value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from transforms import UNKNOWN

DECILES = tuple(range(0, 101, 10))
_POINTS = 10_000  # numerators keep four decimals: a value of eight is told in ten-thousandths of its unit
_FINE = "decimal(38, 8)"
_PLACES = 101  # of percents, for a member to be told together with its quantiles
BETWEEN = ">"  # between the two parts of a member


def no_sum(see: str) -> tuple[str, str]:
    """Why rows do not add up to a value that is picked from them, and the indicator ``see`` that lists such rows."""
    return (
        f"it is the value of one row among all, not a sum over rows; {see} lists rows with such values",
        f"该值取自排序后的某一笔数据，不是逐笔之和；可逐笔列出的相关指标为 {see}",
    )


def fine(value: Any) -> Any:
    """One aggregate of values with up to eight decimals, told as a ratio over ten thousand so that none is lost."""
    (relation,) = value.op().relations
    table = relation.to_expr()
    found = table.aggregate(value=value, rows=table.count())
    return found.select(
        member=ibis.literal(""),
        position=ibis.literal(0),
        numerator=_numerator(found.value),
        denominator=ibis.literal(_POINTS),
        rows=found.rows,
    )


def quantiles(table: Any, value: Any, percents: Sequence[int], member: Any = None) -> Any:
    """The value at each percent, by nearest rank over the rows that have one, as a ratio over ten thousand.

    One row per percent, named after it; with ``member``, per member and percent, named ``member>percent``. ``rows``
    are those that have a value. Nothing where no row has one.
    """
    known = table.filter(value.notnull())
    group = ibis.literal("") if member is None else ibis.coalesce(member, UNKNOWN)
    # few different values: what is sorted is each value once
    counted = known.group_by(group=group, value=value).aggregate(times=known.count())
    upto = ibis.cumulative_window(group_by="group", order_by="value")
    all_of = ibis.window(group_by="group")
    placed = counted.mutate(last=counted.times.sum().over(upto), total=counted.times.sum().over(all_of))
    asked = [_at(placed, percent, position, named=member is not None) for position, percent in enumerate(percents)]
    return ibis.union(*asked) if len(asked) > 1 else asked[0]


def _at(placed: Any, percent: int, position: int, *, named: bool) -> Any:
    reached = placed.filter(placed.last * 100 >= placed.total * percent)
    found = reached.group_by("group").aggregate(value=reached.value.min(), rows=reached.total.max())
    name = ibis.literal(str(percent))
    return found.select(
        member=found.group.concat(ibis.literal(BETWEEN), name) if named else name,
        position=(ibis.dense_rank().over(order_by=found.group.asc()) * _PLACES + position)
        if named
        else ibis.literal(position),
        numerator=_numerator(found.value),
        denominator=ibis.literal(_POINTS),
        rows=found.rows,
    )


def _numerator(value: Any) -> Any:
    return value.cast(_FINE) * _POINTS
