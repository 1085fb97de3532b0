"""Early warning: figures that left the band of their own last twelve months.

Belongs here: expected against realised, from the lender's own history. Not here: comparison with other lenders, or
limits of law.

The band is robust: one odd month moves neither its middle nor its width. Middle: the median of the values of the twelve
months before. Width: three times 1.4826 times the median absolute deviation (which is the standard deviation of normal
values), at least a twentieth of the middle, so that a figure that never moved does not warn of a trifle. Fewer than six
values give no band. All of it is our own convention.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from transforms import NO_LOANS, indicator, rows
from transforms.delinquency.cells import BETWEEN

MONTHS, FEWEST = 12, 6
# figures of which a rise is bad news: code and member
WATCHED = (
    ("DLQ-1P", ""),
    ("DLQ-30P", ""),
    ("DLQ-90P", ""),
    ("DLQ-NPL", ""),
    ("DLQ-ROLL", "M0>M1"),
    ("DLQ-ROLL", "M1>M2"),
    ("DLQ-ROLL", "M2>M3"),
    ("DLQ-FPD", "1"),
    ("DLQ-CHARGE-OFF", ""),
    ("DLQ-US-30P", ""),
    ("DLQ-US-60P", ""),
    ("DLQ-US-90P", ""),
    ("DLQ-US-ROLL", "0>1-29"),
    ("DLQ-US-ROLL", "1-29>30-59"),
    ("DLQ-US-NET-LOSS", ""),
)
LINES = ("low", "expected", "high", "realised")
_PARTS = 10**10  # values are stored to ten decimals: in whole parts of that, every figure here is exact
_SCALE = 40_000  # of one part: the median of an even number halves it, a deviation again, 4.4478 needs 10,000
_WIDTH, _LEAST = 44_478, 1_000  # 3 x 1.4826 and a twentieth, in quarter and half parts of 40,000

_VALUES = ("0.010", "0.011", "0.012", "0.011", "0.010", "0.011", "0.020")
_HISTORY = [
    *rows(
        "period code member value",
        *((f"2026-{month:02d}-28", "DLQ-30P", "", value) for month, value in enumerate(_VALUES, 1)),
        *((f"2026-{month:02d}-28", "DLQ-90P", "", "0.005") for month in range(1, 8)),
        *((f"2026-{month:02d}-28", "DLQ-NPL", "", "0.005") for month in range(3, 8)),
        ("2025-06-28", "DLQ-30P", "", "0.5"),  # 13 months ago: not of the band
        ("2026-07-28", "DLQ-60P", "", "0.5"),  # not watched
    )
]


def _middle(values: Any, key: list[str], column: str) -> Any:
    """Per key, the sum of the two middle values (of an odd number, of the middle one twice), and how many there are."""
    ranked = values.mutate(
        place=ibis.row_number().over(group_by=key, order_by=[column]) + 1,
        many=values.count().over(group_by=key),
    )
    # place p is a middle one of n when 2p is n, n + 1 or n + 2; of an odd number only 2p = n + 1
    off = ranked.place * 2 - ranked.many
    middle = ranked.filter((off >= 0) & (off <= 2))
    return middle.group_by(*key).aggregate(twice=(middle[column] * (middle.many % 2 + 1)).sum(), many=middle.many.max())


def _bands(history: Any) -> Any:
    """One row per watched figure of the latest period: the lines in whole parts of ``_SCALE`` times ``_PARTS``."""
    key = ["code", "member"]
    watched = ibis.or_(*((history.code == code) & (history.member == member) for code, member in WATCHED))
    told = history.filter(watched & history.value.notnull())
    told = told.select("period", *key, part=(told.value * _PARTS).cast("int64"))
    latest = history.aggregate(latest=history.period.max())
    dated = told.cross_join(latest)
    age = (dated.latest.year() - dated.period.year()) * 12 + dated.latest.month() - dated.period.month()
    now = dated.filter(dated.period == dated.latest).select(*key, realised=ibis._.part)
    before = dated.filter((dated.period < dated.latest) & (age <= MONTHS)).select(*key, "part")
    middle = _middle(before, key, "part").rename(of_code="code", of_member="member")
    apart = before.inner_join(middle, [before.code == middle.of_code, before.member == middle.of_member])
    away = apart.select(*key, away=(apart.part * 2 - apart.twice).abs())
    spread = _middle(away, key, "away").select(to_code=ibis._.code, to_member=ibis._.member, spread=ibis._.twice)
    both = now.left_join(middle, [now.code == middle.of_code, now.member == middle.of_member]).left_join(
        spread, [now.code == spread.to_code, now.member == spread.to_member]
    )
    enough = both.many >= FEWEST
    width = ibis.greatest(both.spread * _WIDTH, both.twice.abs() * _LEAST)
    expected = both.twice * (_SCALE // 2)
    nothing = ibis.null("int64")
    return both.select(
        *key,
        low=enough.ifelse(expected - width, nothing),
        expected=enough.ifelse(expected, nothing),
        high=enough.ifelse(expected + width, nothing),
        realised=both.realised * _SCALE,
        months=both.many.fill_null(0),
        place=ibis.cases(
            *(((both.code == code) & (both.member == member), place) for place, (code, member) in enumerate(WATCHED)),
            else_=len(WATCHED),
        ),
    )


def _named(bands: Any) -> Any:
    """``DLQ-30P``, or ``DLQ-ROLL:M0-M1`` for a member: the mark between a figure and its line is kept for that."""
    return (bands.member == "").ifelse(bands.code, bands.code + ":" + bands.member.replace(BETWEEN, "-"))


def _expected(figures: Mapping[str, tuple[str | None, ...]]) -> dict[str, Decimal | None]:
    return {
        f"{figure}{BETWEEN}{line}": None if value is None else Decimal(value)
        for figure, values in figures.items()
        for line, value in zip(LINES, values, strict=True)
    }


@indicator(
    "DLQ-BAND",
    unit="fraction",
    grain="history_indicators",
    dimension="figure>line",
    en="Expected and realised: for each watched figure the middle of its last twelve months, the band around it, and "
    "what came.",
    zh="预期与实际：受关注指标近12个月的中位数、波动区间及本期值",
    formula="expected: median of the values of the 12 months before; low and high: expected -+ max(3 x 1.4826 x median "
    "of |value - expected|, expected / 20), at least 6 values; realised: the value now. Parts are whole numbers of "
    "1/(40,000 x 10^10), so that nothing is rounded",
    cites="Median absolute deviation, scaled to a normal standard deviation; the band is ours",
    confidence=Confidence.OWN,
    unlisted=NO_LOANS,
    example=(
        {"history_indicators": _HISTORY},
        # of six values 0.010 0.010 0.011 0.011 0.011 0.012: median 0.011, deviations 0 0 0 1 1 1: median 0.0005
        _expected(
            {
                "DLQ-30P": ("0.0087761", "0.011", "0.0132239", "0.02"),
                "DLQ-90P": ("0.00475", "0.005", "0.00525", "0.005"),
                "DLQ-NPL": (None, None, None, "0.005"),
            }
        ),
    ),
)
def bands(history_indicators: Any) -> Any:
    found = _bands(history_indicators)
    lines = [
        found.select(
            member=_named(found) + BETWEEN + line,
            position=(found.place * len(LINES) + place).cast("int64"),
            numerator=found[line].cast("decimal(38, 4)"),
            denominator=ibis.literal(_SCALE * _PARTS).cast("decimal(38, 4)"),
            rows=found.months.cast("int64"),
        )
        for place, line in enumerate(LINES)
    ]
    return ibis.union(*lines)


@indicator(
    "DLQ-WARN",
    unit="count",
    grain="history_indicators",
    dimension="figure",
    en="Early warning: 1 for each watched figure that is above the band of its own last twelve months, 0 where it is "
    "not, null where there are too few months.",
    zh="早期预警：受关注指标高于自身近12个月区间上限为1，否则为0",
    formula="1 where realised > high of DLQ-BAND",
    cites="Median absolute deviation, scaled to a normal standard deviation; the band is ours",
    confidence=Confidence.OWN,
    unlisted=NO_LOANS,
    example=(
        {"history_indicators": _HISTORY},
        {"DLQ-30P": Decimal(1), "DLQ-90P": Decimal(0), "DLQ-NPL": None},
    ),
)
def warnings(history_indicators: Any) -> Any:
    found = _bands(history_indicators)
    return found.select(
        member=_named(found),
        position=found.place.cast("int64"),
        numerator=(found.realised > found.high).cast("int64"),
        denominator=ibis.null(),
        rows=found.months.cast("int64"),
    )
