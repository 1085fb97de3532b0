"""Charts draw what the numbers say, whatever the numbers are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from templates.report import charts
from templates.report.charts.canvas import fitted, ink_on, shade, ticks, width_of
from templates.report.words import LANGUAGES, Language, Words, same

TITLE = Words('A "title" & <more>', "标题 & <更多>")
SHARES = st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=0, max_value=3)
MAYBE = st.one_of(st.none(), SHARES)
NAMES = st.builds(same, st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=30))
SLACK = Decimal("0.02")
FEW = settings(max_examples=40, deadline=None)
LANGUAGE = st.sampled_from(LANGUAGES)


def tree(svg: str) -> Any:
    """The parsed picture. Parsing is strict: a chart is well-formed XML by itself."""
    return etree.fromstring(svg)


def shapes(svg: str, kind: str, tag: str = "rect") -> list[dict[str, str]]:
    """The shapes that stand for one thing, in drawing order."""
    return [dict(one.attrib) for one in tree(svg).iter(tag) if one.get("class") == kind]


def d(shape: Any, name: str) -> Decimal:
    return Decimal(shape[name])


def extents(svg: str) -> Iterator[tuple[Decimal, Decimal, Decimal, Decimal]]:
    """Left, top, right and bottom of every shape and text; a text is as wide as any font may make it."""
    for one in tree(svg).iter():
        at = one.attrib
        if one.tag == "rect":
            yield d(at, "x"), d(at, "y"), d(at, "x") + d(at, "width"), d(at, "y") + d(at, "height")
        elif one.tag == "line":
            xs, ys = sorted([d(at, "x1"), d(at, "x2")]), sorted([d(at, "y1"), d(at, "y2")])
            yield xs[0], ys[0], xs[1], ys[1]
        elif one.tag == "polyline":
            points = [tuple(map(Decimal, point.split(","))) for point in at["points"].split()]
            xs, ys = sorted(x for x, _ in points), sorted(y for _, y in points)
            yield xs[0], ys[0], xs[-1], ys[-1]
        elif one.tag == "text":
            wide, x = width_of(one.text or "", int(at["font-size"])), d(at, "x")
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[at["text-anchor"]]
            yield left, d(at, "y") - Decimal("0.9") * int(at["font-size"]), left + wide, d(at, "y")


def assert_inside(svg: str) -> None:
    """Every shape and every label lies within the picture."""
    _, _, width, height = (Decimal(one) for one in tree(svg).attrib["viewBox"].split())
    for left, top, right, bottom in extents(svg):
        assert left >= -SLACK, etree.tostring(tree(svg))
        assert top >= -SLACK
        assert right <= width + SLACK
        assert bottom <= height + SLACK


# --- every chart -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_to_draw_is_said(language: Language) -> None:
    """A chart without any number is a picture that says so in its language."""
    empty = (
        (charts.draw_bars, charts.Bars(TITLE, (same("a"),), (charts.Series(same("s"), (None,)),))),
        (charts.draw_bars, charts.Bars(TITLE, (), ())),
        (charts.draw_stacked, charts.Stacked(TITLE, ("2026-10",), (same("a"),), ((None,),))),
        (charts.draw_heat, charts.HeatMap(TITLE, same("r"), same("c"), (), (), ())),
        (charts.draw_curves, charts.Curves(TITLE, same("x"), (charts.Curve(same("c"), ((1, None),)),))),
        (charts.draw_lorenz, charts.Lorenz(TITLE, same("m"), (Decimal(0), Decimal(0)))),
        (charts.draw_lorenz, charts.Lorenz(TITLE, same("m"), ())),
        (charts.draw_bullets, charts.Bullets(TITLE, ())),
        (charts.draw_histogram, charts.Histogram(TITLE, same("x"), (charts.Band(Decimal(0), None, None),))),
    )
    for draw, chart in empty:
        picture = draw(chart, language)  # type: ignore[operator]
        assert {"en": "No number to draw", "zh": "没有可绘制的数值"}[language] in picture
        assert_inside(picture)


def test_text_is_escaped() -> None:
    """Markup in a name stays text."""
    chart = charts.Bars(TITLE, (same("</text><script>"),), (charts.Series(same("s"), (Decimal(1),)),))
    assert "<script>" not in charts.draw_bars(chart, "en")
    assert "&lt;/text&gt;" in charts.draw_bars(chart, "en")


# --- each chart ------------------------------------------------------------------------------------------------------


@FEW
@given(st.lists(st.tuples(NAMES, MAYBE, MAYBE), min_size=1, max_size=9), LANGUAGE)
def test_bars_are_as_long_as_their_shares(
    rows: list[tuple[Words, Decimal | None, Decimal | None]], one: Language
) -> None:
    """Lengths are proportional to the shares on one scale for both series, each with its number, all inside."""
    names, first, second = zip(*rows, strict=True)
    chart = charts.Bars(TITLE, names, (charts.Series(same("a"), first), charts.Series(same("b"), second)))
    svg = charts.draw_bars(chart, one)
    assert_inside(svg)
    if all(value is None for value in (*first, *second)):
        return
    lengths = {n: [d(shape, "width") for shape in shapes(svg, f"series-{n}")] for n in (1, 2)}
    highest = max(value for value in (*first, *second) if value is not None)
    longest = max(*lengths[1], *lengths[2])
    for values, drawn in ((first, lengths[1]), (second, lengths[2])):
        assert len(drawn) == len(values)
        for value, length in zip(values, drawn, strict=True):
            assert abs(length - ((value or Decimal(0)) / highest * longest if highest else 0)) <= SLACK


@FEW
@given(st.data(), st.integers(1, 40), st.integers(1, 8), LANGUAGE)
def test_stacks_add_up_and_the_axis_covers_them(data: st.DataObject, periods: int, parts: int, one: Language) -> None:
    """Parts stand on each other without gap, sums have the height of the sum on the axis, which reaches beyond all."""
    values = [data.draw(st.lists(MAYBE, min_size=periods, max_size=periods)) for _ in range(parts)]
    chart = charts.Stacked(
        TITLE,
        tuple(f"{2020 + n // 12}-{n % 12 + 1:02d}" for n in range(periods)),
        tuple(same(f"part {n}") for n in range(parts)),
        tuple(tuple(row) for row in values),
    )
    svg = charts.draw_stacked(chart, one)
    assert_inside(svg)
    totals = [sum((row[at] for row in values if row[at] is not None), Decimal(0)) for at in range(periods)]
    known = [total for at, total in enumerate(totals) if any(row[at] is not None for row in values)]
    if not known:
        return
    axis = [d(shape, "y1") for shape in shapes(svg, "tick", "line")]
    base, top = max(axis), min(axis)
    highest = ticks(max(known))[-1]
    assert highest >= max(known)
    columns: dict[str, list[dict[str, str]]] = {}
    for part in range(parts):
        for shape in shapes(svg, f"part-{part + 1}"):
            columns.setdefault(shape["x"], []).append(shape)
    drawn = [total for total in totals if total > 0]
    assert len(columns) == len(drawn)
    for column, total in zip(sorted(columns.values(), key=lambda rows: d(rows[0], "x")), drawn, strict=True):
        reached = base
        for shape in column:
            assert abs(d(shape, "y") + d(shape, "height") - reached) <= SLACK
            reached = d(shape, "y")
        assert abs((base - reached) - total / highest * (base - top)) <= SLACK * parts


@FEW
@given(st.data(), st.integers(1, 8), st.integers(1, 10), LANGUAGE)
def test_every_cell_of_a_heat_map_says_its_number(data: st.DataObject, rows: int, columns: int, one: Language) -> None:
    """There is a cell for each pair, darker for more, and its label is in reading contrast."""
    share = st.one_of(st.none(), st.decimals(places=6, min_value=0, max_value=1))
    cells = [data.draw(st.lists(share, min_size=columns, max_size=columns)) for _ in range(rows)]
    states = [same(f"M{n}") for n in range(10)]
    chart = charts.HeatMap(
        TITLE, same("from"), same("to"), tuple(states[:rows]), tuple(states[:columns]), tuple(map(tuple, cells))
    )
    svg = charts.draw_heat(chart, one)
    assert_inside(svg)
    flat = [value for row in cells for value in row]
    if all(value is None for value in flat):
        return
    drawn = shapes(svg, "cell")
    assert len(drawn) == rows * columns
    assert len(shapes(svg, "stayed")) == min(rows, columns)
    by_share = sorted((value, shape["fill"]) for value, shape in zip(flat, drawn, strict=True) if value)
    light = [lightness(fill) for _, fill in by_share]
    assert light == sorted(light, reverse=True)


@FEW
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 60), MAYBE), min_size=1, max_size=12, unique_by=lambda point: point[0]),
        min_size=1,
        max_size=15,
    ),
    LANGUAGE,
)
def test_curves_stay_inside_and_keep_every_point(lines: list[list[tuple[int, Decimal | None]]], one: Language) -> None:
    """Each known point is on a curve or is a square, gaps break curves, names do not overlap; all 0 is said."""
    chart = charts.Curves(
        TITLE,
        same("months"),
        tuple(charts.Curve(same(f"20{n:02d}-01"), tuple(points)) for n, points in enumerate(lines)),
    )
    svg = charts.draw_curves(chart, one)
    assert_inside(svg)
    values = [value for points in lines for _, value in points if value is not None]
    if values and not any(values):
        assert {"en": "every value is 0", "zh": "各期均为0"}[one] in svg
        return
    known = len(values)
    on_lines = sum(len(shape["points"].split()) for shape in shapes(svg, "curve", "polyline"))
    assert on_lines + len(shapes(svg, "point")) == known
    named = sorted(Decimal(one.get("y")) for one in tree(svg).iter("text") if (one.text or "").endswith("-01"))
    assert all(b - a >= Decimal("11.9") for a, b in itertools.pairwise(named))


@FEW
@given(st.lists(st.decimals(places=2, min_value=0, max_value=10**12), min_size=1, max_size=60), LANGUAGE)
def test_a_lorenz_curve_is_convex_and_below_equality(values: list[Decimal], one: Language) -> None:
    """From nothing to everything, never above the diagonal, ever steeper; the order of the members does not matter."""
    chart = charts.Lorenz(TITLE, same("members"), tuple(values), ((same("HHI"), "0.5"),))
    svg = charts.draw_lorenz(chart, one)
    assert svg == charts.draw_lorenz(charts.Lorenz(TITLE, same("members"), tuple(values[::-1]), chart.measures), one)
    assert_inside(svg)
    if not sum(values):
        return
    ((curve,), (diagonal,)) = shapes(svg, "curve", "polyline"), shapes(svg, "equality", "line")
    points = [tuple(map(Decimal, point.split(","))) for point in curve["points"].split()]
    assert len(points) == len(values) + 1
    left, base, right, top = (d(diagonal, name) for name in ("x1", "y1", "x2", "y2"))
    assert points[0] == (left, base)
    assert points[-1] == (right, top)
    steps = [a[1] - b[1] for a, b in itertools.pairwise(points)]
    assert all(b - a >= -SLACK for a, b in itertools.pairwise(steps))
    for x, y in points:
        assert y >= base - (x - left) - SLACK


@FEW
@given(st.lists(st.tuples(NAMES, SHARES, SHARES, st.booleans()), min_size=1, max_size=6), LANGUAGE)
def test_a_breach_is_more_than_a_colour(rows: list[tuple[Words, Decimal, Decimal, bool]], one: Language) -> None:
    """A value on the wrong side has a shape of its own, a sign and a word; one within its limit has none of them."""
    chart = charts.Bullets(
        TITLE,
        tuple(charts.Bullet(name, value, limit, "1%", "2%", at_least=low) for name, value, limit, low in rows),
    )
    svg = charts.draw_bullets(chart, one)
    assert_inside(svg)
    broken = [value < limit if low else value > limit for _, value, limit, low in rows]
    assert len(shapes(svg, "breach")) == sum(broken)
    texts = [one.text or "" for one in tree(svg).iter("text")]
    assert sum(text.startswith("▲ ") for text in texts) >= sum(broken)
    ticks_at = {shape["x1"] for shape in shapes(svg, "limit", "line")}
    assert len(ticks_at) == 1


BANDS = st.lists(st.integers(0, 60), min_size=2, max_size=9, unique=True).map(sorted)


@FEW
@given(st.data(), BANDS, st.lists(st.integers(0, 100), max_size=4), st.booleans(), LANGUAGE)
def test_histogram_heights_and_caps(
    data: st.DataObject, ends: list[int], caps: list[int], open_: bool, one: Language
) -> None:
    """Heights are proportional to the shares, and each cap stands between the bands that it lies between."""
    pairs: list[tuple[int, int | None]] = list(itertools.pairwise(ends))
    pairs += [(ends[-1], None)] if open_ else []
    values = data.draw(st.lists(MAYBE, min_size=len(pairs), max_size=len(pairs)))
    bands = tuple(
        charts.Band(Decimal(low), None if high is None else Decimal(high), share)
        for (low, high), share in zip(pairs, values, strict=True)
    )
    chart = charts.Histogram(
        TITLE, same("percent"), bands, tuple(charts.Cap(Words("cap", "上限"), Decimal(cap)) for cap in caps)
    )
    svg = charts.draw_histogram(chart, one)
    assert_inside(svg)
    known = [value for value in values if value is not None]
    if not known:
        return
    drawn = shapes(svg, "band")
    highest, tallest = max(known), max(d(shape, "height") for shape in drawn)
    for value, shape in zip(values, drawn, strict=True):
        assert abs(d(shape, "height") - ((value or Decimal(0)) / highest * tallest if highest else 0)) <= SLACK
    lines = shapes(svg, "cap", "line")
    assert len(lines) == len(caps)
    for cap, line in zip(sorted(caps), lines, strict=True):
        for (low, high), shape in zip(pairs, drawn, strict=True):
            if high is not None and low < cap <= high:
                assert d(shape, "x") - 2 <= d(line, "x1") <= d(shape, "x") + d(shape, "width") + 2


@FEW
@given(st.lists(MAYBE, min_size=1, max_size=6))
def test_parts_add_up_to_their_whole(values: list[Decimal | None]) -> None:
    """The parts fill the bar in order without gap or overlap; parts of nothing are not drawn."""
    drawn = [dict(one.attrib) for one in tree(charts.parts(values, TITLE)).iter("rect")]
    drawn = [one for one in drawn if one["class"].startswith("part-")]
    assert len(drawn) == sum(1 for value in values if value)
    reached = Decimal(0)
    for one in drawn:
        assert abs(Decimal(one["x"]) - reached) <= Decimal("0.05")
        reached += Decimal(one["width"])
    assert not drawn or abs(reached - 1000) <= Decimal("0.05")


@FEW
@given(MAYBE, st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=1))
def test_a_bar_never_leaves_its_cell(value: Decimal | None, highest: Decimal) -> None:
    """A row's bar is its share of the highest, at most the whole cell, nothing where there is no number."""
    (one,) = (dict(one.attrib) for one in tree(charts.bar(value, highest)).iter("rect"))
    expected = min((value or Decimal(0)) / highest, Decimal(1)) * 1000 if highest else Decimal(0)
    assert abs(Decimal(one["width"]) - expected) <= Decimal("0.01")


# --- what they are drawn with ----------------------------------------------------------------------------------------


@FEW
@given(SHARES)
def test_an_axis_starts_at_zero_and_covers_its_data(highest: Decimal) -> None:
    """Ticks are evenly spaced round numbers, few, from zero to at least the highest value and not far beyond."""
    scale = ticks(highest)
    assert scale[0] == 0
    assert scale[-1] >= highest
    assert 2 <= len(scale) <= 7
    assert len({b - a for a, b in itertools.pairwise(scale)}) == 1
    if highest:
        assert scale[-2] < highest


def lightness(colour: str) -> int:
    """How light a colour is in greyscale, 0 to 255000."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red * 299 + green * 587 + blue * 114


@pytest.mark.parametrize("count", range(2, 10))
def test_shades_keep_their_order_without_colour(count: int) -> None:
    """Neighbouring shades differ in lightness, always in the same direction, and a label on each can be read."""
    light = [lightness(shade(nth, count)) for nth in range(count)]
    assert all(a - b > 10_000 for a, b in itertools.pairwise(light))
    for nth in range(count):
        fill = shade(nth, count)
        assert abs(lightness(fill) - lightness(ink_on(fill))) > 75_000


@FEW
@given(st.text(max_size=40), st.integers(0, 200))
def test_a_fitted_text_fits(text: str, room: int) -> None:
    """A text is kept whole where it fits, and cut with a mark where it does not."""
    cut = fitted(text, Decimal(room))
    assert width_of(cut) <= room or not cut
    assert cut == text or cut == "" or cut.endswith("…")
