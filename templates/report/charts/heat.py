"""A heat map: how much of each row went to each column, with the number in every cell.

Belongs here: matrices of shares, such as roll rates. Not here: what a migration is (transforms). The shade only helps
the eye along; each cell says its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from templates.report.charts.canvas import (
    GRID,
    INK,
    NORMAL,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    ink_on,
    nothing,
    rect,
    shade,
    svg,
    text,
    width_of,
)
from templates.report.words import Language, Words, percent, plain

_CELL = 26
_SHADES = 9
_LEAST = 40  # width of a cell; a matrix of many columns is a wider picture
_MOST_NAME = Decimal(96)
_HEAD, _HEAD_SIZE = 11, 9  # height and size of a line of column names


@dataclass(frozen=True)
class HeatMap:
    """``cells[row][column]`` are shares between 0 and 1, None where there is no number.

    ``row_name`` and ``column_name`` say what rows and columns are. A row that has the name of a column is drawn with a
    frame around the cell of both: what stayed where it was.
    """

    title: Words
    row_name: Words
    column_name: Words
    rows: tuple[Words, ...]
    columns: tuple[Words, ...]
    cells: tuple[tuple[Decimal | None, ...], ...]


def draw_heat(chart: HeatMap, language: Language) -> Markup:
    """Percent in every cell, darker for more, the same scale from 0 to 100 % in every picture."""
    known = [value for row in chart.cells for value in row if value is not None]
    if not known:
        return nothing(chart.title, language)
    names = [fitted(name.of(language), _MOST_NAME) for name in chart.rows]
    axis = f"{chart.row_name.of(language)} ↓"
    left = min(max(width_of(one) for one in [*names, axis]) + 8, _MOST_NAME + 8)
    width = max(WIDTH, int(left) + _LEAST * len(chart.columns))
    wide = (width - left) / len(chart.columns)
    heads = [_lines(name.of(language), wide - 2) for name in chart.columns]
    top = 18 + _HEAD * max(len(one) for one in heads)
    shapes = [
        text(
            width,
            10,
            fitted(f"{chart.column_name.of(language)} →  %", width - left, SMALL),
            size=SMALL,
            anchor="end",
            fill=SOFT,
        ),
        text(0, top - 5, fitted(axis, left - 4, SMALL), size=SMALL, fill=SOFT),
    ]
    for at, lines in enumerate(heads):
        for nth, one in enumerate(reversed(lines)):
            shapes.append(
                text(
                    left + wide * at + wide / 2, top - 5 - _HEAD * nth, one, size=_HEAD_SIZE, anchor="middle", fill=INK
                )
            )
    frames = []
    for at, name in enumerate(names):
        y = top + _CELL * at
        shapes.append(text(left - 6, y + 17, name, anchor="end"))
        for to, value in enumerate(chart.cells[at]):
            x = left + wide * to
            fill = PAPER if not value else shade(_step(value), _SHADES)
            shapes.append(rect(x, y, wide, _CELL, fill, kind="cell", stroke=GRID, thick=Decimal("0.6")))
            size, written = _written(value, wide - 2)
            colour = SOFT if not value else ink_on(fill)
            shapes.append(text(x + wide / 2, y + 17, written, size=size, anchor="middle", fill=colour))
            if chart.rows[at] == chart.columns[to]:
                frames.append(
                    rect(x + 1, y + 1, wide - 2, _CELL - 2, "none", kind="stayed", stroke=INK, thick=Decimal("1.4"))
                )
    return svg(top + _CELL * len(names) + 1, chart.title, _told(chart), language, [*shapes, *frames], width=width)


def _step(value: Decimal) -> int:
    """The shade of a share: by its square root, because most moves are small and would all look white."""
    share = min(max(value, Decimal(0)), Decimal(1))
    return min(int(share.sqrt() * _SHADES), _SHADES - 1)


def _written(value: Decimal | None, room: Decimal) -> tuple[int, str]:
    """The size and text of a cell: two decimals where they fit, one where they do not; never zero for what is not."""
    if value is None:
        return SMALL, "\u2014"
    if value == 0:
        return SMALL, "0"
    for size, places in ((NORMAL, 2), (SMALL, 2), (9, 2), (SMALL, 1), (9, 1), (8, 1), (8, 0)):
        written = percent(value, places).rstrip("%").replace("< ", "<")
        if width_of(written, size) <= room:
            return size, written
    return 8, plain(value * 100, 0)


def _lines(name: str, room: Decimal) -> list[str]:
    """A column's name in at most three lines, broken at blanks, or anywhere in Chinese."""
    if width_of(name, _HEAD_SIZE) <= room:
        return [name]
    pieces = [f"{word} " for word in name.split(" ")] if name.isascii() else list(name)
    lines = [""]
    for piece in pieces:
        if lines[-1] and width_of((lines[-1] + piece).rstrip(), _HEAD_SIZE) > room:
            lines.append("")
        lines[-1] += piece
    kept = [line.rstrip() for line in lines]
    if len(kept) > 3:
        kept = [*kept[:2], f"{kept[2]}…"]
    return [fitted(line, room, _HEAD_SIZE) for line in kept]


def _told(chart: HeatMap) -> Words:
    stayed = [
        (name, value)
        for at, name in enumerate(chart.rows)
        for to, column in enumerate(chart.columns)
        if name == column and (value := chart.cells[at][to]) is not None
    ]
    return Words(
        f"{len(chart.rows)} rows by {len(chart.columns)} columns; stayed: "
        + "; ".join(f"{name.en} {percent(value)}" for name, value in stayed),
        f"{len(chart.rows)}行{len(chart.columns)}列；未变动："
        + "；".join(f"{name.zh} {percent(value)}" for name, value in stayed),
    )
