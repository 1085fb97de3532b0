"""A histogram of prices with the caps that bind them as named lines.

Belongs here: shares over bands of a rate, and where caps stand between the bands' ends. Not here: which caps are in
force. Every band is drawn equally wide, because bands are of unequal width and the last one has no end: the height is
the share, written above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    DEEP,
    INK,
    PALE,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    line,
    nothing,
    rect,
    svg,
    text,
    width_of,
)
from templates.report.words import Language, Words, percent, plain

_AREA = 150
_LINE = 14


@dataclass(frozen=True)
class Band:
    """Rates above ``low`` up to and with ``high`` (None: no upper end), and the share between 0 and 1 that has them."""

    low: Decimal
    high: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class Cap:
    """A rate that must not be passed, in the unit of the bands."""

    name: Words
    at: Decimal


@dataclass(frozen=True)
class Histogram:
    """Bands that follow each other without gaps, lowest first. ``x_name`` is the unit of the rates."""

    title: Words
    x_name: Words
    bands: tuple[Band, ...]
    caps: tuple[Cap, ...] = ()


def draw_histogram(chart: Histogram, language: Language) -> Markup:
    """Heights are proportional to the shares; each cap is a line through the whole picture with its name on top."""
    known = [one.share for one in chart.bands if one.share is not None]
    if not known:
        return nothing(chart.title, language)
    highest = max(*known, Decimal(0))
    caps = sorted(chart.caps, key=lambda cap: cap.at)
    top = 4 + _LINE * len(caps)
    base, slot = Decimal(top + _LINE + _AREA), Decimal(WIDTH - 24) / len(chart.bands)
    left = Decimal(12)
    shapes = []
    for at, one in enumerate(chart.bands):
        x = left + slot * at
        height = Decimal(0) if one.share is None or highest <= 0 else max(one.share, Decimal(0)) / highest * _AREA
        shapes.append(rect(x + 1, base - height, slot - 2, height, PALE, kind="band", stroke=DEEP))
        written = "\u2014" if one.share is None else percent(one.share) if one.share else "0"
        if width_of(written, SMALL) > slot:
            written = "\u2014" if one.share is None else percent(one.share, 0)
        shapes.append(text(x + slot / 2, base - height - 4, fitted(written, slot, SMALL), size=SMALL, anchor="middle"))
        shapes.append(line(x, base, x, base + 4, stroke=INK))
        shapes.append(text(x, base + 15, plain(one.low), size=SMALL, anchor="middle", fill=SOFT))
    shapes.append(line(left, base, left + slot * len(chart.bands), base, stroke=INK))
    last = chart.bands[-1].high
    x = left + slot * len(chart.bands)
    shapes.append(line(x, base, x, base + 4, stroke=INK))
    shapes.append(text(x, base + 15, "∞" if last is None else plain(last), size=SMALL, anchor="middle", fill=SOFT))
    shapes.append(
        text(
            WIDTH // 2,
            base + 30,
            fitted(chart.x_name.of(language), Decimal(WIDTH), SMALL),
            size=SMALL,
            anchor="middle",
            fill=SOFT,
        )
    )
    for nth, cap in enumerate(caps):
        shapes.extend(_cap(cap, left + slot * _position(cap.at, chart.bands), 4 + _LINE * nth, base, language))
    return svg(int(base) + 35, chart.title, _told(chart, caps), language, shapes)


def _position(rate: Decimal, bands: Sequence[Band]) -> Decimal:
    """Where a rate lies, in bands from the left edge: between a band's ends by its part of the band."""
    for at, one in enumerate(bands):
        if one.high is not None and rate <= one.high:
            return at + max(rate - one.low, Decimal(0)) / (one.high - one.low)
    # in a band without end: its beginning is known, nothing else
    return Decimal(len(bands)) - Decimal("0.5") if bands[-1].high is None else Decimal(len(bands))


def _cap(cap: Cap, x: Decimal, top: int, base: Decimal, language: Language) -> list[Markup]:
    written = f"{cap.name.of(language)} {plain(cap.at)}%"
    size = width_of(written, SMALL) + 6
    to_left = x + size > WIDTH
    room = x - 6 if to_left else WIDTH - x - 6
    return [
        line(x, top + 2, x, base, stroke=INK, thick=Decimal("1.6"), dash="5 3", kind="cap"),
        text(
            x - 5 if to_left else x + 5,
            top + 10,
            fitted(written, room, SMALL),
            size=SMALL,
            anchor="end" if to_left else "start",
            bold=True,
        ),
    ]


def _told(chart: Histogram, caps: Sequence[Cap]) -> Words:
    value, at = max((one.share, -at) for at, one in enumerate(chart.bands) if one.share is not None)
    band = chart.bands[-at]
    ends = Words(
        f"{plain(band.low)} to {plain(band.high)}" if band.high is not None else f"above {plain(band.low)}",
        f"{plain(band.low)}至{plain(band.high)}" if band.high is not None else f"{plain(band.low)}以上",
    )
    return Words(
        f"{len(chart.bands)} bands; most in {ends.en} %: {percent(value)}"
        + "".join(f"; {cap.name.en} at {plain(cap.at)} %" for cap in caps),
        f"共{len(chart.bands)}个区间，最多为{ends.zh}%：{percent(value)}"
        + "".join(f"；{cap.name.zh}{plain(cap.at)}%" for cap in caps),
    )
