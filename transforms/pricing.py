"""Annual rates from cash flows, by legal method.

Belongs here: what the borrower's cash flows say the yearly price is. Not here: whether the shown rate agrees with it or
a cap allows it (schemas/rules/pricing.py), or what a portfolio pays (transforms/conduct).

One equation: a borrower receives ``N`` and pays ``n`` level amounts ``P``, one a month; the monthly rate ``m`` solves
``N = P/(1+m) + ... + P/(1+m)^n``. PBoC announcement [2021] No. 3 [S] names two yearly readings of it: simple ``12 m``
and compound ``(1+m)^12 - 1``; its example (100,000 lent, 1,000 fee taken from the proceeds, 12 payments of 8,833.3)
gives 12.80 % and 13.58 %, so fees taken upfront are netted from the proceeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any, overload

import duckdb
import ibis.expr.datatypes as dt
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

OK = "ok"
NEGATIVE_RATE = "negative rate"  # the payments do not add up to the proceeds: the rates are given and are below zero
NO_RATE = "no rate"  # proceeds, instalment or count not above zero: no rate solves the equation
OUT_OF_RANGE = "out of range"  # a rate exists but does not fit DECIMAL(18,8) percent: what does not fit is null

_ROWS_PER_BATCH = 1 << 19
_RATE = dt.Decimal(18, 8)
COLUMNS: Mapping[str, dt.DataType] = {
    "iou_no": dt.string,
    "simple_annual_pct": _RATE,
    "irr_annual_pct": _RATE,
    "status": dt.string,
    "row": dt.int64,
}
# compression is named so that DuckDB need not try every kind: trying costs more than pricing the loans
_COMPRESSION = {"iou_no": "fsst", "status": "dictionary"}
_UNITS_PER_PCT = 10**8  # the last digit kept is 0.00000001 percent
_UNITS_MAX = 10**18 - 1  # the largest DECIMAL(18,8), in those units
_FLAT_BELOW = 1e-6  # |n x| under which the slope is its limit; what that leaves is a millionth of a step
_CONVERGED = 1e-9  # a Newton step this small leaves an error of its square
_STEPS_MAX = 200


@overload
def level_monthly_rate(net_proceeds: float, instalment: float, count: int) -> float: ...
@overload
def level_monthly_rate(net_proceeds: Floats, instalment: Floats, count: Floats) -> Floats: ...
def level_monthly_rate(net_proceeds: Any, instalment: Any, count: Any) -> Any:
    """Monthly rate (a fraction, 0.01 is 1 %) of ``count`` level monthly payments; scalars, or arrays of one length.

    Negative when the payments do not add up to the proceeds, exactly 0 when they just do; error below 1e-14. Raises
    ValueError unless all inputs are above zero: there is no rate then, and no NaN is ever returned.
    """
    net, paid, n = (np.asarray(value, dtype=np.float64) for value in (net_proceeds, instalment, count))
    if not (np.all(net > 0) and np.all(paid > 0) and np.all(n >= 1)):
        raise ValueError("a rate needs proceeds, instalment and count above zero")
    net, paid, n = np.broadcast_arrays(net, paid, n)
    rate = np.expm1(_log_growth(net.ravel(), paid.ravel(), n.ravel())).reshape(net.shape)
    return rate if rate.ndim else float(rate)


@overload
def cn_simple_pct(monthly_rate: float) -> float: ...
@overload
def cn_simple_pct(monthly_rate: Floats) -> Floats: ...
def cn_simple_pct(monthly_rate: Any) -> Any:
    """Simple annual rate in percent, 12 m (PBoC announcement [2021] No. 3 [S]); must be labelled simple when shown."""
    return 1200.0 * monthly_rate


@overload
def cn_compound_pct(monthly_rate: float) -> float: ...
@overload
def cn_compound_pct(monthly_rate: Floats) -> Floats: ...
def cn_compound_pct(monthly_rate: Any) -> Any:
    """Compound annual rate in percent, (1+m)^12 - 1: the internal rate of return (PBoC [2021] No. 3 [S])."""
    compound = 100.0 * np.expm1(12.0 * np.log1p(monthly_rate))
    return compound if np.ndim(compound) else float(compound)


def price_loans(con: duckdb.DuckDBPyConnection, *, temporary: bool = False) -> None:
    """Create ``loan_pricing``: one row per row of ``tape_loan`` with a level monthly schedule, in tape order.

    It stays in the submission, unless it is ``temporary``.

    A level monthly schedule is EQUAL_INSTALMENT by MONTH with proceeds, instalment and count delivered; other loans
    have no row. Rates are percent, rounded half away from zero to the eighth decimal of the exact solution, so that
    every machine writes the same digits. ``row`` is the loan's rowid in ``tape_loan``: join on it, because an IOU
    number that is missing or delivered twice does not name one loan. ``status`` says 'ok', or why a rate is null or
    below zero.
    """
    columns = ", ".join(
        f'"{name}" {DuckDBType.from_ibis(kind).sql("duckdb")} USING COMPRESSION {_COMPRESSION.get(name, "bitpacking")}'
        for name, kind in COLUMNS.items()
    )
    con.execute(f"CREATE OR REPLACE {'TEMP ' if temporary else ''}TABLE loan_pricing ({columns})")
    last = con.execute("SELECT coalesce(max(rowid), -1) FROM tape_loan").fetchall()[0][0]
    for first in range(0, last + 1, _ROWS_PER_BATCH):
        batch = con.execute(
            """
            SELECT iou_no, rowid AS "row",
                   CAST(net_proceeds_amount::DECIMAL(38, 2) * 100 AS DOUBLE) AS net,
                   CAST(instalment_amount::DECIMAL(38, 2) * 100 AS DOUBLE) AS paid,
                   CAST(term_count AS DOUBLE) AS n
            FROM tape_loan
            WHERE rowid BETWEEN $first AND $last
              AND repay_method = 'EQUAL_INSTALMENT' AND repay_frequency = 'MONTH'
              AND net_proceeds_amount IS NOT NULL AND instalment_amount IS NOT NULL AND term_count IS NOT NULL
            ORDER BY rowid
            """,
            {"first": first, "last": first + _ROWS_PER_BATCH - 1},
        ).to_arrow_table()
        con.register("pricing_batch", _priced(batch))
        con.execute("INSERT INTO loan_pricing SELECT * FROM pricing_batch")
        con.unregister("pricing_batch")


def _priced(batch: pa.Table) -> pa.Table:
    """The rows of loan_pricing for a batch of iou_no, row, net, paid (both in cents), n."""
    net, paid, n = (batch[name].to_numpy() for name in ("net", "paid", "n"))
    solvable = (net > 0) & (paid > 0) & (n >= 1)
    # doubles hold whole cents exactly below 90 million million yuan: what is paid above the proceeds has its true sign,
    # and a zero rate is zero and not nearly so
    cost = paid * n - net
    growth = np.zeros(len(net))
    costs = solvable & (cost != 0)
    growth[costs] = _log_growth(net[costs], paid[costs], n[costs])
    with np.errstate(over="ignore"):  # a rate beyond a double is infinite here and OUT_OF_RANGE below
        simple_pct, compound_pct = 1200.0 * np.expm1(growth), 100.0 * np.expm1(12.0 * growth)
    simple, simple_fits = _exact_units(simple_pct, solvable, net, paid, n, _simple_units)
    compound, compound_fits = _exact_units(compound_pct, solvable, net, paid, n, _compound_units)
    status = np.select([~solvable, ~(simple_fits & compound_fits), cost < 0], [0, 1, 2], 3)
    return pa.table(
        {
            "iou_no": batch["iou_no"],
            "simple_annual_pct": _decimals(simple, simple_fits),
            "irr_annual_pct": _decimals(compound, compound_fits),
            "status": pa.array([NO_RATE, OUT_OF_RANGE, NEGATIVE_RATE, OK]).take(pa.array(status)),
            "row": batch["row"],
        }
    )


def _log_growth(net: Floats, paid: Floats, n: Floats) -> Floats:
    """x = ln(1+m) for each loan: the root of ln(sum of exp(-k x), k=1..n) = ln(net/paid).

    The left side is convex and falling in x. By Jensen's inequality its root is at or above
    x0 = ln(n paid/net) * 2/(n+1), so Newton's steps from x0 rise towards it and cannot pass it but by rounding; as
    every k is between 1 and n, the root is also at or below ln(n paid/net), divided by n when that is negative. A step
    that leaves this bracket is replaced by halving it.
    """
    target = np.log(net / paid)
    total = np.log(n) - target
    low, high = 2.0 * total / (n + 1.0), np.where(total < 0, total / n, total)
    x = low.copy()
    live = np.flatnonzero(total)
    for _ in range(_STEPS_MAX):
        if not live.size:
            return x
        at, terms = x[live], n[live]
        value, slope = _log_annuity(at, terms)
        excess = value - target[live]
        low[live] = np.where(excess >= 0, np.maximum(low[live], at), low[live])
        high[live] = np.where(excess <= 0, np.minimum(high[live], at), high[live])
        step = -excess / slope
        following = at + step
        small = np.abs(step) <= _CONVERGED
        strayed = ~small & ~((following >= low[live]) & (following <= high[live]))
        following[strayed] = 0.5 * (low[live] + high[live])[strayed]
        x[live] = following
        live = live[~small]
    raise ArithmeticError(f"{live.size} level schedules did not converge in {_STEPS_MAX} steps")


def _log_annuity(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """ln(sum of exp(-k x), k=1..n) in closed form, and its derivative.

    Near zero the derivative's terms cancel to noise: its limit -(n+1)/2 stands for it, which costs Newton nothing.
    """
    spread = n * x
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one = np.expm1(x)
        value = np.where(x == 0, np.log(n), np.log(-np.expm1(-spread) / one))
        slope = n / np.expm1(spread) - 1.0 - 1.0 / one
    return value, np.where(np.abs(spread) < _FLAT_BELOW, -(n + 1.0) / 2.0, slope)


# --- from doubles to digits that every machine agrees on ----------------------------------------------------------


def _exact_units(
    pct: Floats, solvable: npt.NDArray[np.bool_], net: Floats, paid: Floats, n: Floats, exact: Any
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Percent to whole units of the eighth decimal, and which of them fit DECIMAL(18,8).

    Where the double is too close to a rounding boundary to trust (some in ten thousand), ``exact`` decides in
    50-digit decimals: the last digit then does not depend on a machine's exponential function.
    """
    units = pct * _UNITS_PER_PCT
    with np.errstate(invalid="ignore"):
        doubt = 1e-4 + 1e-13 * np.abs(units)
        boundary = np.abs(units - np.floor(units) - 0.5) < doubt
    fits = solvable & (np.abs(units) < _UNITS_MAX)
    rounded = np.zeros(len(units), dtype=np.int64)
    rounded[fits] = np.rint(units[fits]).astype(np.int64)
    for i in np.flatnonzero(boundary & fits):
        rounded[i] = exact(Decimal(net[i]), Decimal(paid[i]), int(n[i]), Decimal(units[i] / _UNITS_PER_PCT))
    return rounded, fits


def _simple_units(net: Decimal, paid: Decimal, n: int, near_pct: Decimal) -> int:
    with localcontext(prec=50):
        return _half_away(1200 * _exact_rate(net, paid, n, near_pct / 1200))


def _compound_units(net: Decimal, paid: Decimal, n: int, near_pct: Decimal) -> int:
    with localcontext(prec=50):
        near = (1 + near_pct / 100) ** (Decimal(1) / 12) - 1
        return _half_away(100 * ((1 + _exact_rate(net, paid, n, near)) ** 12 - 1))


def _exact_rate(net: Decimal, paid: Decimal, n: int, near: Decimal) -> Decimal:
    """Newton on the closed form from a start good to a double's precision: three steps pass forty digits."""
    m = near
    if m == 0:
        return m
    for _ in range(3):
        discount = (1 + m) ** -n
        value = paid * (1 - discount) / m - net
        slope = paid * (n * discount / (1 + m) - (1 - discount) / m) / m
        m -= value / slope
    return m


def _half_away(pct: Decimal) -> int:
    return int((pct * _UNITS_PER_PCT).to_integral_value(rounding="ROUND_HALF_UP"))


def _decimals(units: Integers, fits: npt.NDArray[np.bool_]) -> pa.Array:
    """Whole units as DECIMAL(18,8) without passing through a float: the 128-bit integers are written directly."""
    words = np.empty((len(units), 2), dtype="<i8")
    words[:, 0] = units
    words[:, 1] = units >> 63
    valid = pa.array(fits).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, 8), len(units), [valid, pa.py_buffer(words.tobytes())])
