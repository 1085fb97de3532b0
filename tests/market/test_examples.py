"""Every figure of the view across lenders gives what its worked example says."""

from __future__ import annotations

import pytest

from loantape import catalog
from loantape.declare.market import MarketFigure
from loantape.market.figures import Shown, decimal, ratios
from loantape.privacy.tables import TOTAL

MARKET = catalog.market()
TABLES = {one.name: one for one in MARKET.TABLES}


def shown(name: str, example: object) -> Shown:
    """The example's cells of a table as a finished view has them: amounts in cents."""
    table, cells, hidden = TABLES[name], {}, set()
    for row in example:  # type: ignore[attr-defined]
        key = tuple(row.get(one, TOTAL) for one in table.dimensions)
        measures = {one: value for one, value in row.items() if one not in table.dimensions}
        if None in measures.values():
            hidden.add(key)
        else:
            cells[key] = {one: value * 100 if one in table.amounts else value for one, value in measures.items()}
    order = [member for key in (*cells, *hidden) for member in key]
    return Shown(table.dimensions, cells, frozenset(hidden), list(dict.fromkeys(order)))


@pytest.mark.parametrize("figure", MARKET.FIGURES, ids=lambda one: one.code)
def test_the_worked_example_comes_out(figure: MarketFigure) -> None:
    """The example's cells give exactly the example's members and values, and it has no cells of other tables."""
    cells, expected = MARKET.EXAMPLES[figure.code]
    assert set(cells) == {figure.table, figure.over[0]}
    found = ratios(figure, {name: shown(name, rows) for name, rows in cells.items()})
    assert {one.member: None if one.value is None else decimal(one.value) for one in found} == expected


def test_every_figure_has_one() -> None:
    """There is an example for each figure and for nothing else."""
    assert set(MARKET.EXAMPLES) == {one.code for one in MARKET.FIGURES}
