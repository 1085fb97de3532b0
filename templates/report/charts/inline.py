"""Small pictures inside a table or a line of text: a bar for a row, parts of a whole.

Belongs here: pictures that stretch to the room they get and hold no text. Not here: charts with a scale of their own.
The numbers stand beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import DEEP, PAPER, number, rect, shade
from templates.report.words import Words

_UNITS = 1000  # width of the pictures' own scale
_FULL = Decimal(1)


def bar(value: Decimal | None, highest: Decimal) -> Markup:
    """A bar for one table row, ``highest`` being the full width. Decorative: the number stands in the same row."""
    share = Decimal(0) if value is None or highest <= 0 else min(max(value, Decimal(0)) / highest, _FULL)
    return Markup(
        '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect x="0" y="0" width="{}" height="10" fill="{}"/></svg>'
    ).format(_UNITS, number(share * _UNITS), DEEP)


def key(fill: str) -> Markup:
    """A swatch that says which part of a picture a row of its table is. Decorative: the order is the same."""
    return Markup('<svg class="key" viewBox="0 0 10 10" aria-hidden="true" focusable="false">{}</svg>').format(
        rect(Decimal("0.5"), Decimal("0.5"), 9, 9, fill, stroke=DEEP)
    )


def parts(values: Sequence[Decimal | None], label: Words) -> Markup:
    """One bar cut into parts of a whole, from the first (lightest) to the last (darkest)."""
    whole = sum((value for value in values if value is not None and value > 0), Decimal(0))
    shapes, x = [], Decimal(0)
    for nth, value in enumerate(values):
        if value is None or value <= 0:
            continue
        width = value / whole * _UNITS
        shapes.append(rect(x, 0, width, 40, shade(nth, len(values)), kind=f"part-{nth + 1}"))
        if x:
            shapes.append(rect(x - 1, 0, 2, 40, PAPER, kind="gap"))
        x += width
    return Markup(
        '<svg class="parts" viewBox="0 0 {} 40" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(_UNITS, label.attribute, Markup("").join(shapes))
