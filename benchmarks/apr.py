"""Annual rates of irregular loans: this solver beside pyxirr and scipy's brentq, per loan, in one run.

Each loan is one advance and twelve unequal payments 20 to 40 days apart. All solve the same loans on one core, taking
turns over the rounds; what is compared is processor time, because machines are shared. Writes its section of
docs/benchmarks.md.

    python benchmarks/apr.py --loans 1000000 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from page import machine, write_section

PAYMENTS = 12
FLOOR_RATE, PEER_FACTOR, ROOT_FINDER_FACTOR = 3_000_000, 5, 100  # what this is held to


def loans(count: int, seed: int = 20261122) -> tuple[np.ndarray, np.ndarray]:
    """Amounts in cents and days since the advance, one row per loan."""
    pick = np.random.default_rng(seed)
    days = np.zeros((count, PAYMENTS + 1), dtype=np.int64)
    days[:, 1:] = np.cumsum(pick.integers(20, 41, (count, PAYMENTS)), axis=1)
    rate = pick.uniform(0.01, 0.6, count)
    shares = pick.uniform(0.2, 1.8, (count, PAYMENTS))
    worth = np.exp(-np.log1p(rate)[:, None] * days[:, 1:] / 365)
    got = np.round(pick.uniform(1e5, 1e7, count))
    amounts = np.empty((count, PAYMENTS + 1))
    amounts[:, 0] = -got
    amounts[:, 1:] = np.round(shares * (got / (shares * worth).sum(axis=1))[:, None])
    return amounts, days


def ours(amounts: np.ndarray, days: np.ndarray) -> np.ndarray:
    from transforms.apr.methods import annual_rates

    offsets = np.arange(len(amounts) + 1) * (PAYMENTS + 1)
    return annual_rates("xirr", offsets, amounts.ravel(), days=days.ravel()).pct / 100


def solver_alone(amounts: np.ndarray, days: np.ndarray) -> np.ndarray:
    from transforms.apr.solve import solve

    offsets = np.arange(len(amounts) + 1) * (PAYMENTS + 1)
    return np.expm1(solve(offsets, amounts.ravel(), days.ravel() / 365).growth)


def pyxirr(amounts: np.ndarray, days: np.ndarray) -> np.ndarray:
    import pyxirr as peer

    begin = np.datetime64("2026-01-01")
    dates = (begin + days).tolist()
    lists = amounts.tolist()
    started = time.process_time()
    found = [peer.xirr(when, what) for when, what in zip(dates, lists, strict=True)]
    return Timed(found, time.process_time() - started)


def brentq(amounts: np.ndarray, days: np.ndarray) -> np.ndarray:
    from scipy.optimize import brentq as find

    found = []
    for what, when in zip(amounts, days / 365, strict=True):
        found.append(find(lambda x, a=what, t=when: float(a @ np.exp(-x * t)), -5.0, 10.0, xtol=1e-14))
    return np.expm1(found)


class Timed(list):  # type: ignore[type-arg]
    """Results with the seconds they took, where getting the input ready is not the peer's work."""

    def __init__(self, values: list[float], seconds: float) -> None:
        super().__init__(values)
        self.seconds = seconds


def timed(solver: Callable[..., np.ndarray], amounts: np.ndarray, days: np.ndarray) -> tuple[float, np.ndarray]:
    started = time.process_time()
    found = solver(amounts, days)
    seconds = time.process_time() - started
    return found.seconds if isinstance(found, Timed) else seconds, np.asarray(found, dtype=float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    amounts, days = loans(arguments.loans)
    cases = {
        "this solver, times given": (solver_alone, arguments.loans),
        "this solver, dates to percent": (ours, arguments.loans),
        "pyxirr": (pyxirr, max(1, arguments.loans // 20)),
        "scipy brentq": (brentq, max(1, arguments.loans // 500)),
    }
    for solver, _ in cases.values():
        solver(amounts[:3], days[:3])  # compiles and imports: start-up, not work
    per_loan: dict[str, list[float]] = {name: [] for name in cases}
    off: dict[str, float] = {}
    for round_ in range(arguments.rounds):
        for name, (solver, count) in cases.items():
            seconds, found = timed(solver, amounts[:count], days[:count])
            per_loan[name].append(seconds / count)
            off[name] = residual(found, amounts[:count], days[:count])
            print(f"round {round_ + 1} {name}: {count / seconds:,.0f} loans/s", flush=True)
    text = page(per_loan, off, arguments)
    write_section("apr", "\n".join(text))
    print("\n".join(text))


def residual(rate: np.ndarray, amounts: np.ndarray, days: np.ndarray) -> float:
    """The largest share of the discounted flows that is left at a solver's rates."""
    terms = amounts * np.exp(-np.log1p(rate)[:, None] * days / 365)
    return float((np.abs(terms.sum(axis=1)) / np.abs(terms).sum(axis=1)).max())


def page(per_loan: dict[str, list[float]], off: dict[str, float], arguments: argparse.Namespace) -> list[str]:
    base = statistics.median(per_loan["this solver, dates to percent"])
    text = [
        "## Annual rates",
        "",
        f"Loans of {PAYMENTS} unequal payments 20 to 40 days apart, {arguments.loans:,} of them (pyxirr a twentieth,",
        "brentq a five-hundredth of them), one core, processor time, cases interleaved. Ratios are to this solver from",
        f"dates to percent, in the same run. {machine()}; {arguments.rounds} rounds, medians. A core that shares its",
        "silicon with other work shows fewer loans per second; the ratios move less.",
        "",
        "| solver | loans per second and core | ratio per loan | left of the equation, worst |",
        "|---|---|---|---|",
    ]
    for name, seconds in per_loan.items():
        middle = statistics.median(seconds)
        text.append(f"| {name} | {1 / middle:,.0f} | {middle / base:,.2f} | {off[name]:.0e} |")
    solver = 1 / statistics.median(per_loan["this solver, times given"])
    peer = statistics.median(per_loan["pyxirr"]) / base
    finder = statistics.median(per_loan["scipy brentq"]) / base
    aims = (
        (f"{FLOOR_RATE:,} loans per second and core", solver >= FLOOR_RATE),
        (f"{PEER_FACTOR} times pyxirr", peer >= PEER_FACTOR),
        (f"{ROOT_FINDER_FACTOR} times brentq", finder >= ROOT_FINDER_FACTOR),
    )
    text += ["", "Aims: " + "; ".join(f"{what}: {'met' if met else 'not met'}" for what, met in aims) + "."]
    return text


if __name__ == "__main__":
    main()
