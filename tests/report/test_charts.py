"""Charts draw what the numbers say, whatever the numbers are."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from templates.report import charts
from templates.report.words import Words, same

LABEL = Words('A "label" & more', "标签")
SHARES = st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=0, max_value=3))


def shapes(svg: str, kind: str = "rect") -> list[dict[str, str]]:
    """The shapes of one kind in drawing order. Parsing is strict: a chart is well-formed XML by itself."""
    return [dict(one.attrib) for one in etree.fromstring(svg).iter(kind)]


def inside(svg: str) -> bool:
    """Every rectangle lies within the drawing, to the precision of a coordinate."""
    _, _, width, height = (Decimal(one) for one in etree.fromstring(svg).attrib["viewBox"].split())
    slack = Decimal("0.02")
    return all(
        -slack <= Decimal(one["x"])
        and -slack <= Decimal(one["y"])
        and Decimal(one["width"]) >= 0
        and Decimal(one["height"]) >= 0
        and Decimal(one["x"]) + Decimal(one["width"]) <= width + slack
        and Decimal(one["y"]) + Decimal(one["height"]) <= height + slack
        for one in shapes(svg)
    )


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=9))
def test_columns_are_as_high_as_their_shares(pairs: list[tuple[Decimal | None, Decimal | None]]) -> None:
    """Heights are proportional to the shares on one scale for all series, and every column keeps inside the drawing."""
    svg = charts.columns([same(str(n)) for n in range(len(pairs))], list(zip(*pairs, strict=True)), LABEL)
    values = [value or Decimal(0) for pair in pairs for value in pair]
    heights = [Decimal(one["height"]) for one in shapes(svg)]
    highest = max(values)
    assert inside(svg)
    assert len(heights) == len(values)
    for value, height in zip(values, heights, strict=True):
        assert abs(height - (value / highest * max(heights) if highest else 0)) <= Decimal("0.02")


def test_columns_write_their_values_and_categories() -> None:
    """Each column's share and each category's name are written, a missing number as a dash."""
    svg = charts.columns(
        [Words("Late", "逾期"), same("361+")], [(Decimal("0.0123"), None), (Decimal(0), Decimal("0.5"))], LABEL
    )
    texts = [one.text for one in etree.fromstring(svg).iter("text")]
    assert texts == ["1.23%", "0", "Late", "逾期", "\u2014", "50.00%", "361+"]


@given(st.lists(SHARES, min_size=1, max_size=6))
def test_a_stack_adds_up_to_its_whole(values: list[Decimal | None]) -> None:
    """The parts fill the bar without gap or overlap, in order; parts of nothing are not drawn."""
    svg = charts.stack(values, LABEL)
    drawn = shapes(svg)
    assert inside(svg)
    assert len(drawn) == sum(1 for value in values if value)
    reached = Decimal(0)
    for one in drawn:
        assert abs(Decimal(one["x"]) - reached) <= Decimal("0.05")
        reached += Decimal(one["width"])
    assert not drawn or abs(reached - 1000) <= Decimal("0.05")


@given(SHARES, st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=1))
def test_a_bar_never_leaves_its_cell(value: Decimal | None, highest: Decimal) -> None:
    """A row's bar is its share of the highest, at most the whole cell, nothing where there is no number."""
    (one,) = shapes(charts.bar(value, highest))
    expected = min((value or Decimal(0)) / highest, Decimal(1)) * 1000 if highest else Decimal(0)
    assert abs(Decimal(one["width"]) - expected) <= Decimal("0.01")


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=0, max_value=5),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=0, max_value=5),
)
def test_a_bullet_shows_which_side_of_its_limit_a_value_is_on(value: Decimal, limit: Decimal) -> None:
    """The part beyond the limit exists only above the limit and begins at the tick."""
    svg = charts.bullet(value, limit, LABEL)
    classes = [one["class"] for one in shapes(svg)]
    assert classes[0] == "track"
    assert classes[-1] == "limit"
    assert ("beyond" in classes) == (value > limit)
