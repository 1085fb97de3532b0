"""Small charts as SVG: shapes only, sized and coloured by the page's style sheet.

Belongs here: geometry. Not here: colours (style.css), the numbers' meaning. Every chart stands beside a table with the
same numbers, is readable without colour, and holds no text whose width would matter. Coordinates are decimals, so the
same numbers give the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from markupsafe import Markup

from templates.report.words import Words, percent, same

_WIDTH = 480
_COLUMN_AREA = 150  # height of the tallest column
_TOP = 30
_LABEL_SPACE = 26
_LINE = 11  # height of a value's label
_BAR_UNITS = 1000  # width of an in-row bar's own coordinate system
_FULL = Decimal(1)
NO_SHAPE = Markup("")


def columns(categories: Sequence[Words], series: Sequence[Sequence[Decimal | None]], label: Words) -> Markup:
    """Columns side by side per category, one per series, all on one scale from zero, each with its share above.

    ``series`` holds shares between 0 and 1, one per category, None where there is no number.
    """
    highest = max((value for one in series for value in one if value is not None), default=Decimal(0))
    slot = Decimal(_WIDTH) / max(len(categories), 1)
    thick = slot * Decimal("0.84") / max(len(series), 1)
    base = Decimal(_TOP + _COLUMN_AREA)
    shapes = []
    for at, name in enumerate(categories):
        left, reached = slot * (at + Decimal("0.08")), Decimal(0)
        for nth, one in enumerate(series):
            value, x = one[at], left + thick * nth
            height = Decimal(0) if value is None or highest <= 0 else max(value, Decimal(0)) / highest * _COLUMN_AREA
            shapes.append(_rect(f"series-{nth + 1}", x + 1, base - height, thick - 2, height))
            # a label that would touch its neighbour's moves a line up
            above = max(height, reached) + _LINE if nth and abs(height - reached) < _LINE else height
            shown = same("\u2014" if value is None else percent(value) if value else "0")
            shapes.append(_text("value", x + thick / 2, base - above - 4, shown))
            reached = above
        shapes.append(_text("category", slot * at + slot / 2, base + 18, name))
    shapes.append(Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(_n(base), _WIDTH))
    return _svg("columns", _WIDTH, int(base) + _LABEL_SPACE, label, shapes)


def stack(values: Sequence[Decimal | None], label: Words) -> Markup:
    """One bar cut into parts of a whole, from the first (lightest) to the last (darkest)."""
    whole = sum((value for value in values if value is not None and value > 0), Decimal(0))
    shapes, x = [], Decimal(0)
    for nth, value in enumerate(values):
        if value is None or value <= 0:
            continue
        width = value / whole * _BAR_UNITS
        shapes.append(_rect(f"part-{nth + 1}", x, Decimal(0), width, Decimal(40)))
        x += width
    return _svg("stack", _BAR_UNITS, 40, label, shapes, stretch=True)


def bar(value: Decimal | None, highest: Decimal) -> Markup:
    """A bar for one table row, ``highest`` being the full width. Decorative: the number stands in the same row."""
    share = Decimal(0) if value is None or highest <= 0 else min(max(value, Decimal(0)) / highest, _FULL)
    return Markup(
        '<svg class="bar" viewBox="0 0 {0} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="series-1" x="0" y="0" width="{1}" height="10"/></svg>'
    ).format(_BAR_UNITS, _n(share * _BAR_UNITS))


def bullet(value: Decimal, limit: Decimal, label: Words) -> Markup:
    """A measured value on a track with a tick where its limit stands; the part beyond it is a shape of its own."""
    end = max(value, limit) * Decimal("1.15") or _FULL
    at = limit / end * _BAR_UNITS
    reached = max(value, Decimal(0)) / end * _BAR_UNITS
    within = min(reached, at)
    top, height = Decimal(8), Decimal(14)
    shapes = [
        _rect("track", Decimal(0), top, Decimal(_BAR_UNITS), height),
        _rect("series-1", Decimal(0), top, within, height),
    ]
    if reached > at:
        shapes.append(_rect("beyond", at, top, reached - at, height))
    shapes.append(_rect("limit", at - 3, Decimal(0), Decimal(6), Decimal(30)))
    return _svg("bullet", _BAR_UNITS, 30, label, shapes, stretch=True)


def _rect(kind: str, x: Decimal, y: Decimal, width: Decimal, height: Decimal) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, _n(x), _n(y), _n(width), _n(height)
    )


def _text(kind: str, x: Decimal, y: Decimal, words: Words) -> Markup:
    line = Markup('<text class="{}"{} x="{}" y="{}">{}</text>')
    if words.en == words.zh:
        return line.format(kind, "", _n(x), _n(y), words.en)
    marked = [(words.en, Markup(' lang="en"')), (words.zh, Markup(' lang="zh-CN"'))]
    return Markup("").join(line.format(kind, lang, _n(x), _n(y), text) for text, lang in marked)


def _svg(
    kind: str, width: int, height: int, label: Words, shapes: Sequence[Markup], *, stretch: bool = False
) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}"{} role="img" aria-label="{}">{}</svg>').format(
        kind,
        width,
        height,
        Markup(' preserveAspectRatio="none"') if stretch else "",
        label.attribute,
        Markup("").join(shapes),
    )


def _n(value: Decimal) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
    return text.rstrip("0").rstrip(".")
