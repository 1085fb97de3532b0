"""exp and ln of many numbers side by side against 40 digits, and loans that must not notice their neighbours."""

from __future__ import annotations

import mpmath
import numpy as np

from loantape.compiled import vectors
from transforms.apr.lanes import lane_exp, lane_log
from transforms.apr.plain import PENDING, plain_loans
from transforms.apr.solve import solve


@vectors
def _exps(y, out):  # type: ignore[no-untyped-def]
    for k in range(y.size):
        out[k] = lane_exp(y[k])


@vectors
def _logs(v, out):  # type: ignore[no-untyped-def]
    for k in range(v.size):
        out[k] = lane_log(v[k])


def _worst(found: np.ndarray, expected: list[mpmath.mpf]) -> float:
    with mpmath.workdps(40):
        return float(
            max(abs(mpmath.mpf(float(a)) / b - 1) if b else abs(a) for a, b in zip(found, expected, strict=True))
        )


def test_exp_and_ln_are_right_to_two_units_of_the_last_place() -> None:
    """3,000 numbers over the whole range, whole multiples of ln 2 and numbers next to 1 among them: within 5e-16."""
    pick = np.random.default_rng(5)
    near = np.concatenate([pick.uniform(-1e-9, 1e-9, 250), pick.uniform(-0.1, 0.1, 500), [0.0]])
    y = np.concatenate([pick.uniform(-700, 700, 1_000), pick.uniform(-2, 2, 1_000), np.arange(-500, 501) * np.log(2)])
    y = np.concatenate([y, near])
    out = np.empty_like(y)
    _exps(y, out)
    with mpmath.workdps(40):
        assert _worst(out, [mpmath.exp(mpmath.mpf(float(one))) for one in y]) < 5e-16
        v = np.concatenate([np.exp(y), 1.0 + near])
        out = np.empty_like(v)
        _logs(v, out)
        assert _worst(out, [mpmath.log(mpmath.mpf(float(one))) for one in v]) < 5e-16
    assert out[-1] == 0.0


def test_a_loan_does_not_notice_its_neighbours() -> None:
    """1,000 loans of 1 to 60 payments: every rate has the same bits alone, in another order and in pieces."""
    pick = np.random.default_rng(11)
    counts = pick.integers(1, 61, 1_000)
    offsets = np.concatenate([[0], np.cumsum(counts + 1)])
    amounts, times = np.empty(offsets[-1]), np.empty(offsets[-1])
    for k, n in enumerate(counts):
        own = slice(offsets[k], offsets[k + 1])
        amounts[own] = [-(10.0**6), *np.round(10**6 * pick.uniform(0.5, 3.0) / n * pick.uniform(0.5, 1.5, n))]
        times[own] = [0.0, *np.cumsum(pick.uniform(0.01, 0.2, n))]
    amounts[offsets[:-1:50]] = np.nan  # what cannot be solved here must not spoil a lane beside it
    amounts[offsets[7:-1:50]] = 0.0

    def plain(offsets: np.ndarray, first: int, last: int) -> np.ndarray:
        growth, outcome = np.full(len(offsets) - 1, np.nan), np.full(len(offsets) - 1, PENDING, dtype=np.int8)
        plain_loans(first, last, offsets, amounts, times, growth, outcome)
        return growth

    together = plain(offsets, 0, 1_000)
    assert 900 < np.isfinite(together).sum() < 970
    alone = np.concatenate([plain(offsets[k : k + 2], 0, 1) for k in range(1_000)])
    assert alone.tobytes() == together.tobytes()
    shifted = plain(offsets, 5, 1_000)
    assert shifted[5:].tobytes() == together[5:].tobytes()
    sound = np.flatnonzero(np.isfinite(together))
    for k in sound[::100]:
        own = slice(offsets[k], offsets[k + 1])
        assert solve(np.array([0, counts[k] + 1]), amounts[own], times[own]).growth[0] == together[k]
