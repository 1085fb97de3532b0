"""One of each chart, with numbers that a real book could have and the awkward ones among them, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from templates.report import charts
from templates.report.words import LANGUAGES, Language, Words, same

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "charts"
D = Decimal
_BUCKETS = tuple(Words(f"{days} days", f"{days}天") for days in ("1-30", "31-60", "61-90", "91-180", "181-360", "361+"))
_STATES = tuple(same(f"M{month}") for month in range(7))
_ENDS = (*_STATES, Words("settled", "结清"), Words("written off", "核销"))


def _roll(at: int) -> tuple[Decimal | None, ...]:
    """A row of a roll-rate matrix whose cells add up to one; the last row is not known."""
    if at == 6:
        return (None,) * 9
    row = [D(0)] * 9
    row[0], row[at] = D("0.15"), D("0.10") + row[at]
    row[at + 1] += D("0.61")
    row[7], row[8] = D("0.0923"), D("0.0477")
    return (D("0.9521"), D("0.0234"), *([D(0)] * 5), D("0.02447"), D("0.00003")) if at == 0 else tuple(row)


BARS = charts.Bars(
    Words("Overdue by days past due", "按逾期天数分布"),
    _BUCKETS,
    (
        charts.Series(Words("Balance", "余额"), (D("0.0321"), D("0.0123"), D("0.0081"), D("0.0077"), D("0.004"), D(0))),
        charts.Series(
            Words("Overdue, 1104 rule", "1104逾期额"), (D("0.0021"), D("0.0123"), D("0.00004"), None, D("0.004"), D(0))
        ),
    ),
)
STACKED = charts.Stacked(
    Words("Overdue balances by period", "各期逾期余额"),
    tuple(f"{2025 + (month + 10) // 12}-{(month + 10) % 12 + 1:02d}" for month in range(12)),
    _BUCKETS,
    tuple(
        tuple(None if month == 4 else D(20 + month * 2 - part * 3 + month * part % 5) / 1000 for month in range(12))
        for part in range(6)
    ),
)
HEAT = charts.HeatMap(
    Words("Roll rates by amount", "余额迁徙率"),
    Words("from", "期初"),
    Words("to", "期末"),
    _STATES,
    _ENDS,
    tuple(_roll(at) for at in range(7)),
)
CURVES = charts.Curves(
    Words("30+ days past due by month of origination", "按发放月份的30天以上逾期率"),
    Words("months on book", "账龄（月）"),
    tuple(
        charts.Curve(
            same(f"2025-{month:02d}"),
            tuple((age, D(age * (18 - month)) / 3000 if (month, age) != (8, 2) else None) for age in range(13 - month)),
        )
        for month in range(1, 13)
    ),
)
LORENZ = charts.Lorenz(
    Words("Co-funded balances by partner", "合作方余额集中度"),
    Words("partners", "合作方"),
    tuple(D(n * n * n) for n in range(1, 15)),
    (
        (Words("Gini", "基尼系数"), "0.5625"),
        (Words("HHI", "赫芬达尔指数"), "0.1432"),
        (Words("largest 5", "前5大"), "78.10%"),
    ),
)
BULLETS = charts.Bullets(
    Words("Limits and headroom", "限额与余地"),
    (
        charts.Bullet(
            Words("Largest partner group over net tier-1 capital", "单一合作方（含关联方）余额占一级资本净额"),
            D("0.1812"),
            D("0.25"),
            "18.12%",
            "25.00%",
        ),
        charts.Bullet(
            Words("All co-funded loans over all loans", "全部合作机构共同出资余额占全部贷款"),
            D("0.6"),
            D("0.5"),
            "60.00%",
            "50.00%",
        ),
        charts.Bullet(
            Words("Provision coverage", "拨备覆盖率"), D("1.2"), D("1.5"), "120.00%", "150.00%", at_least=True
        ),
        charts.Bullet(Words("Credit-enhanced loans", "担保增信贷款占比"), D("5"), D("0.5"), "500.00%", "50.00%"),
    ),
)
HISTOGRAM = charts.Histogram(
    Words("Annual all-in cost", "年化综合融资成本"),
    Words("percent a year", "年化百分比"),
    tuple(
        charts.Band(D(low), None if high is None else D(high), share)
        for low, high, share in (
            (0, 12, D("0.31")),
            (12, 15, D("0.1")),
            (15, 18, D("0.22")),
            (18, 20, D("0.18")),
            (20, 24, D("0.15")),
            (24, 36, D("0.03999")),
            (36, None, D("0.00001")),
        )
    ),
    (
        charts.Cap(Words("4 x LPR", "一年期LPR四倍"), D("12")),
        charts.Cap(Words("cap on the all-in cost", "综合融资成本上限"), D("24")),
    ),
)

SAMPLES: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "bars": (charts.draw_bars, BARS),
    "stacked": (charts.draw_stacked, STACKED),
    "heat": (charts.draw_heat, HEAT),
    "curves": (charts.draw_curves, CURVES),
    "lorenz": (charts.draw_lorenz, LORENZ),
    "bullets": (charts.draw_bullets, BULLETS),
    "histogram": (charts.draw_histogram, HISTOGRAM),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_golden_pictures(name: str, language: Language) -> None:
    """Each chart of the samples is byte for byte the picture that was looked at."""
    draw, chart = SAMPLES[name]
    drawn = charts.standalone(draw(chart, language))
    golden = GOLDEN / f"{name}.{language}.svg"
    if os.environ.get("LOANTAPE_WRITE_GOLDEN"):
        golden.write_text(drawn, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_chart_can_be_read_aloud_and_speaks_one_language(name: str, language: Language) -> None:
    """A picture has a role, a name and a description in its language, and no script, style or address in it."""
    draw, chart = SAMPLES[name]
    picture = etree.fromstring(draw(chart, language))
    assert picture.get("role") == "img"
    assert picture.get("lang") == {"en": "en", "zh": "zh-CN"}[language]
    title, described = picture[0], picture[1]
    assert (title.tag, described.tag) == ("title", "desc")
    assert title.text == picture.get("aria-label") == chart.title.of(language)
    assert described.text
    tags = {one.tag for one in picture.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "line", "polyline", "text"}
    assert not any("style" in one.attrib or "href" in one.attrib for one in picture.iter())
