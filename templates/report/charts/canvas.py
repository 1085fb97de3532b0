"""What all charts are drawn with: shapes, text, shades, scales, and the frame around a picture.

Belongs here: anything that two charts need. Not here: what any chart shows. Coordinates are decimals and widths of
texts are estimated from above, so no font of the machine changes a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from markupsafe import Markup

from templates.report.words import LANGUAGES, Language, Words, percent

Drawn = TypeVar("Drawn")

WIDTH = 400  # of every chart: readable on a telephone as it is, and beside its table on a wide screen
NO_SHAPE = Markup("")
NOTHING = Words("No number to draw", "没有可绘制的数值")

INK = "#1c2530"
SOFT = "#586474"
GRID = "#d5dbe2"
PAPER = "#ffffff"
DEEP = "#1f4a6d"
PALE = "#dbe6ee"
ALARM = "#9a2a1c"

_FAMILY = (
    "Helvetica Neue, Arial, Liberation Sans, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Noto Sans SC, sans-serif"
)
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
# Sequential shades by falling lightness, so that they keep their order in greyscale and for every kind of eye.
_RAMP = ((227, 236, 243), (188, 210, 226), (143, 176, 201), (95, 140, 174), (53, 106, 146), (18, 48, 74))

SMALL, NORMAL = 10, 11  # sizes of text
_WIDE = Decimal("1.02")  # of one em: an ideograph
_EMS = (
    ("ijl.,:;'|!I ftr()[]-/·", Decimal("0.40")),
    ("0123456789", Decimal("0.57")),
    ("mwMW%@—…\u2212▲▼", Decimal("0.97")),
)
_LOWER, _OTHER = Decimal("0.63"), Decimal("0.76")


def number(value: Decimal | int) -> str:
    """A coordinate with at most two decimals."""
    text = f"{Decimal(value).quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


# --- text ----------------------------------------------------------------------------------------------------------


def width_of(text: str, size: int = NORMAL) -> Decimal:
    """How wide a text is at most, in any of the fonts that a chart names."""
    return sum((_ems(one) for one in text), Decimal(0)) * size


def _ems(one: str) -> Decimal:
    if ord(one) >= 0x2E80:
        return _WIDE
    for letters, ems in _EMS:
        if one in letters:
            return ems
    return _LOWER if one.islower() else _OTHER


def fitted(text: str, room: Decimal, size: int = NORMAL) -> str:
    """The text, or as much of its beginning as there is room for and a mark that something is left out."""
    if width_of(text, size) <= room:
        return text
    kept = text
    while kept and width_of(f"{kept}…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if kept else ""


def text(
    x: Decimal | int,
    y: Decimal | int,
    written: str,
    *,
    size: int = NORMAL,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
) -> Markup:
    """One line of text on the base line ``y``; ``anchor`` is start, middle or end."""
    return Markup('<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}"{}>{}</text>').format(
        number(x), number(y), size, anchor, fill, Markup(' font-weight="600"') if bold else "", written
    )


# --- shapes --------------------------------------------------------------------------------------------------------


def rect(
    x: Decimal | int,
    y: Decimal | int,
    width: Decimal | int,
    height: Decimal | int,
    fill: str,
    *,
    kind: str = "",
    stroke: str = "",
    thick: Decimal | int = 1,
) -> Markup:
    """A rectangle; ``kind`` names what it stands for, for whoever reads the picture by machine."""
    named = Markup(' class="{}"').format(kind) if kind else ""
    edge = Markup(' stroke="{}" stroke-width="{}"').format(stroke, number(thick)) if stroke else ""
    return Markup('<rect{} x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        named, number(x), number(y), number(width), number(height), fill, edge
    )


def line(
    x1: Decimal | int,
    y1: Decimal | int,
    x2: Decimal | int,
    y2: Decimal | int,
    *,
    stroke: str = INK,
    thick: Decimal | int = 1,
    dash: str = "",
    kind: str = "",
) -> Markup:
    """A straight line."""
    named = Markup(' class="{}"').format(kind) if kind else ""
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return Markup('<line{} x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}"{}/>').format(
        named, number(x1), number(y1), number(x2), number(y2), stroke, number(thick), dashed
    )


def polyline(
    points: Iterable[tuple[Decimal, Decimal]], *, stroke: str, thick: Decimal | int = 1, dash: str = "", kind: str = ""
) -> Markup:
    """A line through points."""
    named = Markup(' class="{}"').format(kind) if kind else ""
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    drawn = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return Markup(
        '<polyline{} points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round"{}/>'
    ).format(named, drawn, stroke, number(thick), dashed)


def hatched(x: Decimal, y: Decimal, width: Decimal, height: Decimal, stroke: str) -> Markup:
    """Slanted lines that fill a rectangle: a surface that is told from others without colour.

    Each line is cut at the edges by arithmetic; a pattern would need a name that is unique on the page.
    """
    step, shapes = Decimal(5), []
    at = step - height
    while at < width:
        left, right = max(at, Decimal(0)), min(at + height, width)
        if right > left:
            shapes.append(line(x + left, y + height - (left - at), x + right, y + height - (right - at), stroke=stroke))
        at += step
    return Markup("").join(shapes)


def shade(nth: int, count: int) -> str:
    """The ``nth`` of ``count`` shades from light to dark."""
    if count <= 1:
        return _hex(_RAMP[-2])
    at = Decimal(nth) * (len(_RAMP) - 1) / (count - 1)
    low = min(int(at), len(_RAMP) - 2)
    part = at - low
    mixed = (a + (b - a) * part for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True))
    return _hex([int(one.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) for one in mixed])


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a shade."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return PAPER if red * 299 + green * 587 + blue * 114 < 140_000 else INK


def _hex(parts: Sequence[int]) -> str:
    return "#" + "".join(f"{one:02x}" for one in parts)


# --- scales --------------------------------------------------------------------------------------------------------


def ticks(highest: Decimal, most: int = 5) -> list[Decimal]:
    """Round numbers from zero to the first one that is not below ``highest``; zero and one when there is nothing."""
    if highest <= 0:
        return [Decimal(0), Decimal(1)]
    power = Decimal(1).scaleb(highest.adjusted() - 1)
    for factor in (1, 2, Decimal("2.5"), 5, 10, 20, 25, 50, 100):
        step = power * factor
        count = int((highest / step).to_integral_value(rounding=ROUND_CEILING))
        if count <= most:
            break
    return [step * nth for nth in range(count + 1)]


def tick_text(value: Decimal, scale: Sequence[Decimal]) -> str:
    """A tick of a scale of fractions as a percentage, with no more decimals than the scale's steps need."""
    step = (scale[1] * 100).normalize()
    return percent(value, max(0, -int(step.as_tuple().exponent))) if value else "0%"


# --- the frame -----------------------------------------------------------------------------------------------------


def legend(names: Sequence[tuple[str, str]], top: int) -> tuple[list[Markup], int]:
    """Keys with their names (name, fill), in as many lines as they need; the shapes and the height they take."""
    shapes, x, y = [], Decimal(0), top
    for name, fill in names:
        written = fitted(name, Decimal(WIDTH - 16), SMALL)
        taken = 14 + width_of(written, SMALL) + 10
        if x and x + taken > WIDTH:
            x, y = Decimal(0), y + 15
        shapes.append(rect(x + Decimal("0.5"), y + Decimal("0.5"), 9, 9, fill, stroke=DEEP))
        shapes.append(text(x + 14, y + 9, written, size=SMALL, fill=SOFT))
        x += taken
    return shapes, (y - top) + 16


def svg(
    height: int, title: Words, told: Words, language: Language, shapes: Sequence[Markup], *, width: int = WIDTH
) -> Markup:
    """The picture: its name and what it shows in words, then its shapes. ``lang`` is the language of all of it."""
    return Markup(
        '<svg class="chart{}" lang="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" font-family="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format(
        " wide" if width > WIDTH else "",
        "zh-CN" if language == "zh" else "en",
        width,
        height,
        title.of(language),
        _FAMILY,
        title.of(language),
        told.of(language),
        Markup("").join(shapes),
    )


def both(draw: Callable[[Drawn, Language], Markup], chart: Drawn) -> Markup:
    """The picture in each language, one after the other: a page shows the one that its reader chose."""
    return Markup("").join(draw(chart, language) for language in LANGUAGES)


def nothing(title: Words, language: Language, why: Words = NOTHING) -> Markup:
    """The picture where there is nothing to draw: it says so, or why."""
    shapes = [
        rect(Decimal("0.5"), Decimal("0.5"), WIDTH - 1, 39, PAPER, stroke=GRID),
        text(WIDTH // 2, 24, why.of(language), anchor="middle", fill=SOFT),
    ]
    return svg(40, title, why, language, shapes)


def standalone(picture: str) -> str:
    """The same picture as a file of its own. Inside an HTML page an SVG needs no namespace."""
    return str(picture).replace("<svg ", f"<svg {_NAMESPACE} ", 1) + "\n"
