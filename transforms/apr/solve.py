"""The one root finder behind every annual rate: which growth makes what a borrower pays worth what it got.

Belongs here: the loop over loans, and what each came to. Not here: the equation (``gap``), the search (``roots``), what
times stand in it (``intervals``), what a year makes of its root (``methods``).

The equation, for flows ``a`` of either sign at times ``t`` with an odd fraction ``f`` of a period (0 for every method
but Regulation Z's, 12 CFR 1026 Appendix J (b)(8) [P])::

    sum of  a / ((1 + f i) (1 + i)^t)  =  0 ,     x = ln(1 + i)

It is solved as ``g(x) = ln P(x) - ln N(x) = 0``, where P and N are the discounted sums of the two signs: g is nearly a
straight line, and its slope is the difference of two mean times, which bounds it between any two points. One change
of sign in time order means exactly one root (Descartes' rule for sums of exponentials; with odd fractions too, since
a later flow's discount always falls faster). With more changes, intervals are halved until g or its slope provably
keeps its sign on each: no root in range is missed, and none is counted twice.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from loantape.compiled import kernel
from transforms.apr.flows import ordered, parted, sign_changes
from transforms.apr.plain import PENDING, plain_loans
from transforms.apr.roots import BEYOND, MANY, NONE, ONE, only_root, roots_in_range

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Roots:
    """One entry per loan: ``growth`` is ln(1+i), ``outcome`` ONE, NONE, MANY or BEYOND (out of range).

    Of MANY roots the growth is the one nearest to zero; without one (NONE, BEYOND) it is NaN.
    """

    growth: Floats
    outcome: Bytes


def solve(offsets: Integers, amounts: Floats, whole: Floats, odd: Floats | None = None, threads: int = 1) -> Roots:
    """Solve many equations: loan ``k`` owns ``amounts[offsets[k]:offsets[k+1]]`` at the times ``whole`` (+ ``odd``).

    Any order of flows, any common unit of time, either direction of signs. Amounts in whole minor units (cents) give
    exact totals, and so exactly 0 where a borrower pays back what it got; others are summed with compensation. Raises
    ValueError when lengths disagree or a number is not finite.
    """
    offsets = np.ascontiguousarray(offsets, dtype=np.int64)
    amounts, whole = (np.ascontiguousarray(values, dtype=np.float64) for values in (amounts, whole))
    fractions = np.ascontiguousarray(np.empty(0) if odd is None else odd, dtype=np.float64)
    _checked(offsets, amounts, whole, fractions)
    loans = len(offsets) - 1
    roots = Roots(np.full(loans, np.nan), np.full(loans, PENDING, dtype=np.int8))
    cuts = np.linspace(0, loans, max(1, min(threads, loans)) + 1).astype(np.int64)
    pieces = list(pairwise(cuts))

    def piece(bounds: Any) -> None:
        if not len(fractions):
            plain_loans(bounds[0], bounds[1], offsets, amounts, whole, roots.growth, roots.outcome)
        _solve_loans(bounds[0], bounds[1], offsets, amounts, whole, fractions, roots.growth, roots.outcome)

    if len(pieces) == 1:
        piece(pieces[0])
    else:
        with ThreadPoolExecutor(len(pieces)) as pool:
            list(pool.map(piece, pieces))
    return roots


def all_roots(amounts: Floats, whole: Floats, odd: Floats | None = None) -> Floats:
    """Every ln(1+i) in range that solves one loan's equation, rising; empty when there is none."""
    amounts, whole = (np.ascontiguousarray(values, dtype=np.float64) for values in (amounts, whole))
    fractions = np.ascontiguousarray(np.empty(0) if odd is None else odd, dtype=np.float64)
    _checked(np.array([0, len(amounts)]), amounts, whole, fractions)
    return _every_root(amounts, whole, fractions)


def _checked(offsets: Integers, amounts: Floats, whole: Floats, odd: Floats) -> None:
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(amounts) or np.any(np.diff(offsets) < 0):
        raise ValueError("offsets must rise from 0 to the number of flows")
    if len(whole) != len(amounts) or len(odd) not in (0, len(amounts)):
        raise ValueError("amounts, times and odd fractions must have one length")
    # what is not finite makes a sum so: one pass, no copies
    if not all(np.isfinite(values.sum()) for values in (amounts, whole, odd)):
        raise ValueError("amounts and times must be finite")


@kernel
def _solve_loans(first, last, offsets, amounts, whole, odd, growth, outcome):  # type: ignore[no-untyped-def]
    has_odd = odd.size > 0
    longest = 1
    for i in range(first, last):
        longest = max(longest, offsets[i + 1] - offsets[i])
    t, f, a = np.empty(longest), np.zeros(longest), np.empty(longest)
    pt, pf, pa = np.empty(longest), np.zeros(longest), np.empty(longest)
    found = np.empty(64)
    for i in range(first, last):
        if outcome[i] != PENDING:
            continue
        n, total = ordered(offsets[i], offsets[i + 1], amounts, whole, odd, t, f, a)
        changes, split = sign_changes(a, n)
        if changes == 0:
            outcome[i] = NONE
            continue
        if a[0] > 0.0:
            total = -total
        if changes == 1:
            for j in range(n):
                a[j] = abs(a[j])
            code, x = only_root(t, f, a, split, n, has_odd, total)
            outcome[i] = code
            if code == ONE:
                growth[i] = x
            continue
        split = parted(t, f, a, n, pt, pf, pa)
        count = roots_in_range(pt, pf, pa, split, n, has_odd, total, found)
        if count == 1:
            outcome[i] = ONE
            growth[i] = found[0]
        elif count > 1:
            outcome[i] = MANY
            growth[i] = found[np.argmin(np.abs(found[:count]))]
        else:
            # with an odd number of changes there is a root somewhere: then it lies out of range
            outcome[i] = BEYOND if changes % 2 else NONE


@kernel
def _every_root(amounts, whole, odd):  # type: ignore[no-untyped-def]
    n = amounts.size
    t, f, a = np.empty(n), np.zeros(n), np.empty(n)
    pt, pf, pa = np.empty(n), np.zeros(n), np.empty(n)
    kept, total = ordered(0, n, amounts, whole, odd, t, f, a)
    found = np.empty(max(64, n))
    if sign_changes(a, kept)[0] == 0:
        return found[:0]
    split = parted(t, f, a, kept, pt, pf, pa)
    if a[0] > 0.0:
        total = -total
    return found[: roots_in_range(pt, pf, pa, split, kept, odd.size > 0, total, found)]
