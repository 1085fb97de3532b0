"""From parts to a number: the value or why there is none, and the limit it is held against.

Belongs here: division, reasons, headroom, and the columns of the ``indicators`` table. Not here: computing the parts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pyarrow as pa

from loantape import catalog
from loantape.declare import AT_MOST, RATIO_UNITS, Indicator, Limit, Period

NO_ROWS = "no rows"  # the grain is empty
NO_VALUES = "no values"  # the grain has rows, but none has the field that is summed
ZERO_DENOMINATOR = "zero denominator"
NO_PREVIOUS = "no previous period"
NO_OPENING = "no opening period"
NO_HISTORY = "no history"

REASONS = {  # in Chinese
    NO_ROWS: "无数据",
    NO_VALUES: "字段均为空",
    ZERO_DENOMINATOR: "分母为零",
    NO_PREVIOUS: "无上期数据",
    NO_OPENING: "无年初数据",
    NO_HISTORY: "无历史数据",
}

_VALUE = Decimal("0.0000000001")
_NUMBER, _PART = pa.decimal128(38, 10), pa.decimal128(38, 4)
COLUMNS = pa.schema(
    [
        ("code", pa.string()),
        ("dimension", pa.string()),
        ("member", pa.string()),
        ("value", _NUMBER),
        ("unit", pa.string()),
        ("numerator", _PART),
        ("denominator", _PART),
        ("rows", pa.int64()),
        ("null_reason", pa.string()),
        ("limit_name", pa.string()),
        ("limit_value", _NUMBER),
        ("bound", pa.string()),
        ("headroom", _NUMBER),
        ("is_breached", pa.bool_()),
        ("limit_source", pa.string()),
        ("limit_confidence", pa.string()),
    ]
)


@dataclass(frozen=True)
class Measured:
    """One row of ``indicators`` before its value is taken: amounts with four decimals, null where unknown.

    ``reason`` is why nothing could be asked at all, None when it was asked.
    """

    member: str
    position: int
    numerator: Decimal | None
    denominator: Decimal | None
    rows: int
    reason: str | None = None


def row(indicator: Indicator, measured: Measured, limit: Limit | None) -> tuple[Any, ...]:
    """One row of the ``indicators`` table, in the order of ``COLUMNS``."""
    value, reason = _value(indicator, measured)
    return (
        indicator.code,
        indicator.dimension,
        measured.member,
        value,
        indicator.unit,
        measured.numerator,
        measured.denominator,
        measured.rows,
        reason,
        *_held_against(indicator, value, limit),
    )


def limit_of(indicator: Indicator, period: Period, lender_types: Collection[str]) -> Limit | None:
    """The limit in force on the reporting date for the reporting institution's type; None where there is none.

    A tape that several kinds of institution report on is held only against limits of every kind.
    """
    if not indicator.limit:
        return None
    kind = next(iter(lender_types)) if len(lender_types) == 1 else None
    found = [
        one
        for one in catalog.limits().in_force(indicator.limit, period.date)
        if not one.lender_types or kind in one.lender_types
    ]
    return found[0] if found else None


def _held_against(indicator: Indicator, value: Decimal | None, limit: Limit | None) -> tuple[Any, ...]:
    if limit is None:
        return (None,) * 7
    room = None if value is None else limit.value - value if indicator.bound == AT_MOST else value - limit.value
    breached = None if room is None else room < 0
    return limit.name, limit.value, indicator.bound, room, breached, limit.source, str(limit.confidence)


def _value(indicator: Indicator, measured: Measured) -> tuple[Decimal | None, str | None]:
    """The value, or why there is none."""
    if measured.reason is not None:
        return None, measured.reason
    ratio = indicator.unit in RATIO_UNITS
    if measured.numerator is None or (ratio and measured.denominator is None):
        return None, NO_ROWS if measured.rows == 0 else NO_VALUES
    if not ratio:
        return measured.numerator, None
    if not measured.denominator:
        return None, ZERO_DENOMINATOR
    with localcontext(prec=80):
        return (measured.numerator / measured.denominator).quantize(_VALUE, ROUND_HALF_UP), None
