"""From a double to decimal digits that every machine writes alike.

Belongs here: rounding half up to eight decimals, and settling what a double cannot. Not here: solving (``solve``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.apr.solve import Floats, Integers

DECIMALS = 8
_UNITS_PER_PCT = 10**DECIMALS
_DOUBT = 1e-4  # of the last digit: a double this near to a half is settled in decimals
_ERROR = 1e-12  # relative error a double may carry
_PRECISION = 60
_CERTAIN = 45  # digits of a result that rounding on the way has not touched: half a unit to so many is half a unit
_STEPS = 3

Exact = Callable[[int], Decimal]


def units(pct: Floats, known: npt.NDArray[np.bool_], exact: Exact) -> Integers:
    """Percent as whole units of the eighth decimal, half away from zero; 0 where not ``known``.

    Where a double is too close to a half to trust, ``exact(k)`` gives loan k's percentage in decimals.
    """
    scaled = np.where(known, pct, 0.0) * _UNITS_PER_PCT
    doubt = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < _DOUBT + _ERROR * np.abs(scaled)
    rounded = np.rint(scaled).astype(np.int64)
    for k in np.flatnonzero(doubt & known):
        with localcontext(prec=_PRECISION):
            rounded[k] = int((exact(int(k)) * _UNITS_PER_PCT).to_integral_value(rounding=ROUND_HALF_UP))
    return rounded


def text(count: int) -> str:
    """Whole units of the eighth decimal as decimal text: -5 is ``-0.00000005``."""
    sign, count = ("-", -count) if count < 0 else ("", count)
    return f"{sign}{count // _UNITS_PER_PCT}.{count % _UNITS_PER_PCT:0{DECIMALS}d}"


def exact_growth(
    amounts: Sequence[Decimal], whole: Sequence[Fraction], odd: Sequence[Fraction], near: float
) -> Decimal:
    """ln(1+i) to some fifty digits: Newton from a double that is next to a simple root."""
    with localcontext(prec=_PRECISION):
        times = [_decimal(time) for time in whole]
        parts = [_decimal(part) for part in odd]
        x = Decimal(near)
        for _ in range(_STEPS):
            value = slope = Decimal(0)
            growth = x.exp()
            for amount, time, part in zip(amounts, times, parts, strict=True):
                grown = 1 + part * (growth - 1)
                worth = amount * (-time * x).exp() / grown
                value += worth
                slope -= worth * (time + part * growth / grown)
            if value == 0 or slope == 0:
                break
            x -= value / slope
        return x


def exact_pct(growth: Decimal, per_year: Fraction) -> Decimal:
    """Percent a year of a growth in decimals, to as many digits as are certain."""
    with localcontext(prec=_PRECISION):
        pct = 100 * _decimal(per_year) * (growth.exp() - 1)
    with localcontext(prec=_CERTAIN):
        return +pct


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
