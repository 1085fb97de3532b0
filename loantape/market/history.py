"""How each lender's and partner's watched ratios moved: earlier values and the band they make.

Belongs here: earlier periods' ratios, computed from their tapes as this period's are, and which of today's lie outside
their own band. Not here: today's ratios (``figures``). An earlier value is used only where as many borrowers stand
behind it as a shown cell needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import duckdb

from loantape import catalog
from loantape.declare import Period
from loantape.declare.market import MarketFigure
from loantape.market.positions import load
from loantape.market.releases import Attach
from loantape.progress import Progress

Series = dict[tuple[str, str], list[Fraction]]  # code and who: earlier values, the latest first
_PLACES = Decimal("0.0000000001")


@dataclass(frozen=True)
class Band:
    """What earlier values make of a ratio: their mean, and as many standard deviations around it as the limit says."""

    periods: int
    mean: Decimal
    low: Decimal
    high: Decimal
    is_outside: bool


def band(value: Fraction, earlier: Sequence[Fraction], deviations: Fraction, least_move: Fraction) -> Band:
    """The band of at least two earlier values (sample standard deviation), and whether ``value`` lies outside.

    Decided on exact fractions: (x - mean)^2 > deviations^2 * variance, and |x - mean| >= ``least_move``.
    """
    mean = sum(earlier, Fraction(0)) / len(earlier)
    variance = sum(((one - mean) ** 2 for one in earlier), Fraction(0)) / (len(earlier) - 1)
    away = value - mean
    outside = away**2 > deviations**2 * variance and abs(away) >= least_move
    with localcontext(prec=60):
        width = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        half = width * Decimal(deviations.numerator) / Decimal(deviations.denominator)
        middle = Decimal(mean.numerator) / Decimal(mean.denominator)
        told = [one.quantize(_PLACES, ROUND_HALF_UP) for one in (middle, middle - half, middle + half)]
    return Band(len(earlier), told[0], told[1], told[2], outside)


def earlier_values(
    con: duckdb.DuckDBPyConnection,
    periods: Sequence[tuple[Period, Mapping[int, str]]],
    lenders: Sequence[str],
    least: int,
    attach: Attach,
    progress: Progress,
) -> Series:
    """The watched ratios of earlier periods, the latest period first; each with its submissions by lender's number."""
    found: Series = {}
    for _, tapes in periods:
        load(con, "earlier_", tapes, attach, progress)
        for figure in catalog.market().FIGURES:
            if figure.is_watched:
                for who, part, whole, enough in _ratios(con, figure, lenders, least):
                    if enough and whole:
                        found.setdefault((figure.code, who), []).append(Fraction(part, whole))
    return found


def _ratios(
    con: duckdb.DuckDBPyConnection, figure: MarketFigure, lenders: Sequence[str], least: int
) -> Sequence[tuple[str, int, int, bool]]:
    """Per lender or partner: part and whole in cents, and whether enough borrowers stand behind both."""
    (by,) = figure.by
    part, whole = _column(figure.table, figure.measure), _column(*figure.over)
    if figure.members:
        members = catalog.market().MEMBERS[figure.dimension]
        among = ", ".join(str(members.index(member)) for member in figure.members)
        part = f"CASE WHEN {figure.dimension} IN ({among}) THEN {part} ELSE 0 END"
    source = "earlier_partner" if by == "partner" else "earlier_position"
    total = "(SELECT CAST(sum(whole) AS BIGINT) FROM parts)" if figure.is_share else "CAST(sum(whole) AS BIGINT)"
    rows = con.execute(
        f"WITH parts AS (SELECT {by} AS who, borrower, sum({part}) AS part, sum({whole}) AS whole FROM {source} "
        f"GROUP BY who, borrower) SELECT who, CAST(sum(part) AS BIGINT), {total}, count(*) FILTER (whole <> 0), "
        f"count(*) FILTER (part <> 0) FROM parts GROUP BY who ORDER BY who"
    ).fetchall()
    return [
        (lenders[who] if by == "lender" else who, part, whole, all_ >= least and (behind == 0 or behind >= least))
        for who, part, whole, all_, behind in rows
    ]


def _column(table: str, measure: str) -> str:
    (declared,) = (one for one in catalog.market().TABLES if one.name == table)
    return str({**declared.amounts, **declared.numbers}[measure])
