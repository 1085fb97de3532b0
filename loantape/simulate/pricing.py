"""Schedules and the rates they give, in integers: cents, and percent times a million.

Belongs here: level and equal-principal schedules, and the monthly rate of a level schedule. Not here: the rules'
own recomputation, which shares no code with this one.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import inlined, kernel

LEVEL, EQUAL_PRINCIPAL, AT_MATURITY, REVOLVING = 0, 1, 2, 3
METHODS = {
    "EQUAL_INSTALMENT": LEVEL,
    "EQUAL_PRINCIPAL": EQUAL_PRINCIPAL,
    "BULLET": AT_MATURITY,
    "REVOLVING": REVOLVING,
}
_SCALE = 1_200_000_000.0  # percent times a million, a year, to a monthly fraction


@inlined
def _power(base: float, exponent: int) -> float:
    result = 1.0
    while exponent > 0:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


@inlined
def month_interest(balance: int, nominal: int) -> int:
    """One month's interest in cents, half a cent up."""
    return (balance * nominal + 600_000_000) // 1_200_000_000


@kernel
def level_payments(amount: np.ndarray, nominal: np.ndarray, instalments: np.ndarray) -> np.ndarray:
    """The level payment in cents without fees: amount * r / (1 - (1 + r)^-n)."""
    payment = np.empty(amount.size, np.int64)
    for i in range(amount.size):
        rate = nominal[i] / _SCALE
        payment[i] = np.int64(amount[i] * rate / (1.0 - 1.0 / _power(1.0 + rate, instalments[i])) + 0.5)
    return payment


@kernel
def annual_rates(net: np.ndarray, payment: np.ndarray, instalments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Simple (12 m) and compound ((1 + m)^12 - 1) annual rates, where net = sum of payment / (1 + m)^k, k = 1 … n.

    Newton's method from the right of the root, where the function is concave and falling, so it cannot overshoot; the
    last step is below 1e-14. PBoC announcement [2021] No. 3 [S].
    """
    simple = np.empty(net.size, np.int64)
    compound = np.empty(net.size, np.int64)
    for i in range(net.size):
        m = 0.05
        for _ in range(60):
            discount = 1.0 / _power(1.0 + m, instalments[i])
            value = payment[i] * (1.0 - discount) - net[i] * m
            slope = payment[i] * instalments[i] * discount / (1.0 + m) - net[i]
            step = value / slope
            m -= step
            if abs(step) < 1e-14:
                break
        simple[i] = np.int64(1_200_000_000.0 * m + 0.5)
        compound[i] = np.int64((_power(1.0 + m, 12) - 1.0) * 100_000_000.0 + 0.5)
    return simple, compound


@kernel
def positions(
    method: np.ndarray,
    amount: np.ndarray,
    nominal: np.ndarray,
    payment: np.ndarray,
    instalments: np.ndarray,
    months: np.ndarray,
    paid: np.ndarray,
    paid_before: np.ndarray,
    elapsed: np.ndarray,
) -> np.ndarray:
    """Where each loan stands on its schedule, cents, 0 where there is nothing.

    Rows: balance after what is paid; principal and interest in arrears; principal and interest of the instalment that
    fell due last; balance after what was paid the month before; interest of the instalments paid since; principal and
    interest of the next instalment; interest over the whole term. ``months`` is the term: what falls due at maturity
    bears interest for all of it.
    """
    out = np.zeros((10, amount.size), np.int64)
    for i in range(amount.size):
        balance = amount[i]
        out[0, i] = balance
        out[5, i] = balance
        for k in range(1, instalments[i] + 1):
            principal, interest = instalment(
                method[i], amount[i], nominal[i], payment[i], instalments[i], months[i], k, balance
            )
            balance -= principal
            out[9, i] += interest
            if k <= paid[i]:
                out[0, i] = balance
                if k <= paid_before[i]:
                    out[5, i] = balance
                else:
                    out[6, i] += interest
            elif k <= elapsed[i]:
                out[1, i] += principal
                out[2, i] += interest
            if k == elapsed[i]:
                out[3, i] = principal
                out[4, i] = interest
            elif k == elapsed[i] + 1:
                out[7, i] = principal
                out[8, i] = interest
    return out


@kernel
def instalment(
    method: int, amount: int, nominal: int, payment: int, instalments: int, months: int, number: int, balance: int
) -> tuple[int, int]:
    """Principal and interest of one instalment, given the balance before it; the last one clears the balance."""
    if method == AT_MATURITY:
        return balance, (amount * nominal * months + 600_000_000) // 1_200_000_000
    interest = month_interest(balance, nominal)
    if number >= instalments:
        return balance, interest
    if method == EQUAL_PRINCIPAL:
        return amount // instalments, interest
    return min(balance, payment - interest), interest


@kernel
def instalment_rows(
    counts: np.ndarray,
    granted: np.ndarray,
    method: np.ndarray,
    amount: np.ndarray,
    nominal: np.ndarray,
    payment: np.ndarray,
    instalments: np.ndarray,
    months: np.ndarray,
    elapsed: np.ndarray,
    due_principal: np.ndarray,
    due_interest: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Loan, number, principal and interest of ``counts[i]`` instalments per loan i.

    For loans just granted that is the whole schedule, for the others the one instalment that fell due, as given.
    """
    total = counts.sum()
    loan = np.empty(total, np.int64)
    number = np.empty(total, np.int64)
    principal = np.empty(total, np.int64)
    interest = np.empty(total, np.int64)
    at = 0
    for i in range(counts.size):
        if granted[i]:
            balance = amount[i]
            for k in range(1, instalments[i] + 1):
                loan[at], number[at] = i, k
                principal[at], interest[at] = instalment(
                    method[i], amount[i], nominal[i], payment[i], instalments[i], months[i], k, balance
                )
                balance -= principal[at]
                at += 1
        elif counts[i] > 0:
            loan[at], number[at] = i, elapsed[i]
            principal[at], interest[at] = due_principal[i], due_interest[i]
            at += 1
    return loan, number, principal, interest
