"""The legal methods: what each one's rate is called, counts and annualises, and the rates of many loans by it.

Belongs here: one declaration per method with its source, and ``annual_rates``. Not here: the interval rules
(``intervals``), fees (``fees``), digits (``digits``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.apr import intervals
from transforms.apr.periods import FIND
from transforms.apr.roots import BEYOND, MANY, NONE, ONE
from transforms.apr.solve import Bytes, Floats, Integers, solve

OK, NEGATIVE_RATE, NO_RATE, SEVERAL_RATES, OUT_OF_RANGE = range(5)
STATUSES = ("ok", "negative rate", "no rate", "several rates", "out of range")
STATUSES_ZH = ("正常", "负利率", "无解", "多个解", "超出范围")
PRICED = (OK, NEGATIVE_RATE, SEVERAL_RATES)  # a rate is given
PCT_MAX = 1e10  # a percentage that no longer fits DECIMAL(18,8)

BASES = ("act/365", "act/360", "act/365.25", "30/360", "act/act", "standard_year", "periodic")


@dataclass(frozen=True)
class Method:
    """``nominal``: w times the rate of a unit-period; otherwise the effective rate of a year, times in years."""

    name: str
    nominal: bool
    en: str
    zh: str
    equation: str
    source: str
    confidence: str


METHODS = {
    method.name: method
    for method in (
        Method(
            "us_reg_z",
            True,
            "annual percentage rate, actuarial method",
            "年百分率（精算法）",
            "sum A/((1+e i)(1+i)^q) = sum P/((1+f i)(1+i)^t), APR = 100 w i",
            "12 CFR 1026 Appendix J (b)(2)-(8)",
            "P",
        ),
        Method(
            "us_reg_z_talc",
            True,
            "total annual loan cost rate of a reverse mortgage",
            "反向抵押贷款年总成本率",
            "sum A (1+i)^(n-j) = P, rate = 100 w i, whole unit-periods",
            "12 CFR 1026 Appendix K (b)(1)-(7)",
            "P",
        ),
        Method(
            "eu_ccd",
            False,
            "annual percentage rate of charge",
            "年度总费用率",
            "sum C/(1+X)^t = sum D/(1+X)^s, t and s in years",
            "Directive 2008/48/EC Annex I; (EU) 2023/2225 Annex III",
            "S",
        ),
        Method(
            "cn_simple",
            True,
            "annualised rate, simple",
            "年化利率（单利）",
            "sum A/(1+m)^t = sum P/(1+m)^t, t in months, rate = 100 x 12 m",
            "PBoC announcement [2021] No. 3",
            "S",
        ),
        Method(
            "cn_compound",
            False,
            "annualised rate, compound (internal rate of return)",
            "年化利率（复利，即内部收益率法）",
            "sum A/(1+m)^t = sum P/(1+m)^t, t in months, rate = 100 ((1+m)^12 - 1)",
            "PBoC announcement [2021] No. 3",
            "S",
        ),
        Method(
            "xirr",
            False,
            "internal rate of return of dated flows",
            "内部收益率",
            "sum F/(1+r)^t = 0, t in years of the basis",
            "convention; the basis says how days make a year",
            "OWN",
        ),
    )
}


@dataclass(frozen=True)
class Rates:
    """One entry per loan. ``pct`` in percent a year, NaN where ``status`` is NO_RATE or OUT_OF_RANGE.

    Where SEVERAL_RATES solve the equation, ``pct`` is the one whose growth is nearest to zero, which is the one the
    European Commission's example with two takes (APRC examples, 2015, example 43 [S]).
    ``status`` indexes STATUSES; ``growth`` is ln(1+i); ``per_year`` the unit-periods a year (1 for effective rates).
    ``kinds`` and ``multiples`` name the unit-periods as given or found.
    """

    pct: Floats
    status: Bytes
    growth: Floats
    per_year: Floats
    kinds: Integers
    multiples: Integers


def annual_rates(
    method: str,
    offsets: Integers,
    amounts: Floats,
    *,
    days: Integers | None = None,
    numbers: Floats | None = None,
    per_year: Floats | None = None,
    kinds: Integers | None = None,
    multiples: Integers | None = None,
    basis: str = "act/365",
    threads: int = 1,
) -> Rates:
    """Yearly rates of many loans: loan k owns flows ``offsets[k]:offsets[k+1]`` of ``amounts``, signed.

    Either ``days`` (days since 1970-01-01) or ``numbers``: for nominal methods unit-periods, ``per_year`` of them a
    year per loan; for effective methods years, or unit-periods where ``per_year`` is given. ``kinds`` and
    ``multiples`` (see ``periods``) name each loan's unit-period for dated flows; without them it is found from the
    dates. Raises ValueError for an unknown method or basis, or for times it cannot use.
    """
    declared = METHODS.get(method)
    if declared is None or basis not in BASES:
        raise ValueError(f"no method {method!r} with basis {basis!r}")
    if (days is None) == (numbers is None):
        raise ValueError("give either days or numbers")
    offsets = np.ascontiguousarray(offsets, dtype=np.int64)
    loans = len(offsets) - 1
    kinds = np.full(loans, FIND, dtype=np.int64) if kinds is None else np.array(kinds, dtype=np.int64)
    multiples = np.ones(loans, dtype=np.int64) if multiples is None else np.array(multiples, dtype=np.int64)
    amounts = np.ascontiguousarray(amounts, dtype=np.float64)
    odd: Floats | None = None
    if days is not None:
        days = np.ascontiguousarray(days, dtype=np.int64)
        whole, odd, each = _dated(method, basis, offsets, amounts, days, kinds, multiples)
    else:
        whole, odd, each = _numbered(declared, basis, offsets, np.asarray(numbers, dtype=np.float64), per_year)
    roots = solve(offsets, amounts, whole, odd, threads)
    return _annual(declared, roots.growth, roots.outcome, each, kinds, multiples)


def _dated(
    method: str,
    basis: str,
    offsets: Integers,
    amounts: Floats,
    days: Integers,
    kinds: Integers,
    multiples: Integers,
) -> tuple[Floats, Floats | None, Floats]:
    one = np.ones(len(offsets) - 1)
    match method:
        case "us_reg_z":
            whole, odd, per_year = intervals.regulation_z(offsets, days, amounts, kinds, multiples)
            return whole, odd if odd.any() else None, per_year
        case "us_reg_z_talc":
            whole, per_year = intervals.loan_cost(offsets, days, amounts, kinds, multiples)
            return whole, None, per_year
        case "eu_ccd":
            return intervals.eu_annex(offsets, days, kinds), None, one
        case "cn_simple":
            return intervals.months(offsets, days, amounts), None, 12.0 * one
        case "cn_compound":
            return intervals.months(offsets, days, amounts) / 12.0, None, one
    if basis == "periodic":
        raise ValueError("the periodic basis counts periods, not dates")
    return intervals.year_fractions(offsets, days, basis), None, one


def _numbered(
    method: Method, basis: str, offsets: Integers, numbers: Floats, per_year: Floats | None
) -> tuple[Floats, Floats | None, Floats]:
    one = np.ones(len(offsets) - 1)
    if method.nominal and per_year is None:
        raise ValueError(f"{method.name} needs the number of unit-periods a year")
    each = one if per_year is None else np.asarray(per_year, dtype=np.float64)
    if not np.all(each > 0):
        raise ValueError("the number of unit-periods a year must be above zero")
    if method.name == "us_reg_z":
        whole = np.floor(numbers)
        odd = numbers - whole
        return whole, odd if odd.any() else None, each
    if method.name == "us_reg_z_talc" and np.any(numbers != np.floor(numbers)):
        raise ValueError("Appendix K counts whole unit-periods")
    if method.nominal:
        return numbers, None, each
    if per_year is None or basis == "periodic":
        return numbers, None, one
    return numbers / np.repeat(each, np.diff(offsets)), None, one


def _annual(
    method: Method, growth: Floats, outcome: Bytes, per_year: Floats, kinds: Integers, multiples: Integers
) -> Rates:
    pct = percent(growth, per_year)
    status: npt.NDArray[np.int8] = np.select(
        [outcome == NONE, outcome == MANY, outcome == BEYOND], [NO_RATE, SEVERAL_RATES, OUT_OF_RANGE], OK
    ).astype(np.int8)
    with np.errstate(invalid="ignore"):
        status[(outcome == ONE) & (pct < 0)] = NEGATIVE_RATE
        status[((outcome == ONE) | (outcome == MANY)) & ~(np.abs(pct) < PCT_MAX)] = OUT_OF_RANGE
    pct[status == OUT_OF_RANGE] = np.nan
    return Rates(pct, status, growth, per_year, kinds, multiples)


def percent(growth: Floats, per_year: Floats) -> Floats:
    """Percent a year of the growth of one unit-period, ``per_year`` of them a year (1 for effective rates)."""
    return np.asarray(100.0 * per_year * np.expm1(growth))
