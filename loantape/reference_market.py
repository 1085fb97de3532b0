"""Writes what the view across lenders tells: each figure's formula in words and symbols, its source, a worked example.

Belongs here: turning declared figures of the market into Markdown. Not here: one lender's indicators
(``reference_indicators``), which these stand after, and the words of that page, which are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loantape import catalog
from loantape.declare.market import MarketFigure
from loantape.reference_tables import table

_OPENING = (
    "Over all lenders of a period, from the cells that `loantape market` shows: a figure of a hidden cell is not told. "
    "A cell names its members; what it does not name is summed over. Amounts in yuan, `–` is hidden.",
    "按报告期覆盖所有机构，取自`loantape market`公布的单元格：单元格被隐藏时，相应指标亦不公布。"
    "单元格列明其分组，未列明者为合计。金额为元，`–`表示隐藏。",
)
_MARKET = ("the market", "全市场")
_WATCHED = (
    "each member is compared with its own earlier values (early warning)",
    "逐一与其自身历史数值比较（预警）",
)


def sections(at: int, names: Mapping[str, str], head: Sequence[str]) -> Iterable[str]:
    """The figures of the market, in the language ``at``; ``names`` and ``head`` are the page's words."""
    figures: Sequence[MarketFigure] = catalog.market().FIGURES
    yield f"## MKT: {catalog.indicator_topics()['MKT'][at]}"
    yield ""
    yield _OPENING[at]
    yield ""
    yield from table(
        head, ((one.code, (one.en, one.zh)[at], "fraction", ", ".join((_MARKET[at], *one.by))) for one in figures)
    )
    for one in figures:
        yield f"### {one.code}"
        yield ""
        yield (one.en, one.zh)[at]
        yield ""
        yield f"* {names['formula']}: {one.formula}"
        yield f"* {names['notation']}: `{symbols(one)}`"
        yield f"* {names['grain']}: {', '.join(f'`{each}`' for each in dict.fromkeys((one.table, one.over[0])))}"
        yield f"* {names['source']}: {one.cites} [{one.confidence}]"
        if one.is_watched:
            yield f"* {_WATCHED[at]}"
        yield ""
        yield from _example(one, at, names)


def symbols(figure: MarketFigure) -> str:
    """The formula as it is computed: ``Σ x [c]`` is the measure of the cells for which c holds, ``m`` a member."""
    among = f" [{figure.dimension} ∈ {{{', '.join(figure.members)}}}]" if figure.members else ""
    part = f"Σ {figure.measure}{among}"
    whole = f"Σ {figure.over[1]}"
    if figure.is_share:
        return f"({part} | m = {figure.by[0]}) / {whole}"
    return f"{part} / {whole}" + (f" | m = {', '.join(figure.by)}" if figure.by else "")


def _example(figure: MarketFigure, at: int, names: Mapping[str, str]) -> Iterable[str]:
    cells, values = catalog.market().EXAMPLES[figure.code]
    yield f"{names['example']}:"
    yield ""
    for name, rows in cells.items():
        fields = list(dict.fromkeys(field for row in sorted(rows, key=len, reverse=True) for field in row))
        yield f"`{name}`"
        yield ""
        told: Iterable[Sequence[Any]] = (
            ["–" if row.get(one, "") is None else row.get(one) for one in fields] for row in rows
        )
        yield from table([f"`{field}`" for field in fields], told)
    given = ((member or _MARKET[at], "–" if value is None else f"{value:f}") for member, value in values.items())
    yield from table((", ".join(figure.by) or _MARKET[at], names["gives"]), given)
