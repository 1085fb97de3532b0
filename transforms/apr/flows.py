"""One loan's flows as the solver wants them: in time order, netted, their signs counted, their sides apart.

Belongs here: the arrangement of flows, as kernels. Not here: the equation (``gap``), its roots (``roots``).
"""

from __future__ import annotations

import math

import numpy as np

from loantape.compiled import kernel

_ZERO_TOTAL = 2.3e-16  # of all amounts: a sum this small is what rounding of the inputs leaves
_DOUBTED = 0.05  # of all amounts: a sum below this is added again with compensation


@kernel
def ordered(start, stop, amounts, whole, odd, t, f, a):  # type: ignore[no-untyped-def]
    """Flows by time from 0, those of one time netted and zeros left out; how many, and their total."""
    n = stop - start
    has_odd = odd.size > 0
    rising = plain = True
    total = gross = 0.0
    before = -math.inf
    for j in range(n):
        at, one = whole[start + j], amounts[start + j]
        t[j], a[j] = at, one
        if has_odd:
            f[j] = odd[start + j]
            at += f[j]
        rising &= at >= before
        plain &= at > before and one != 0.0
        before = at
        total += one
        gross += abs(one)
    if not rising:
        _sort(t, f, a, n)
    if not plain:
        n = _net(t, f, a, n)
    if abs(total) < _DOUBTED * gross:
        total = lost = 0.0
        for j in range(n):
            total, lost = _added(total, lost, a[j])
        total += lost
        if abs(total) <= _ZERO_TOTAL * gross:
            total = 0.0
    begin = t[0]
    if begin != 0.0:
        for j in range(n):
            t[j] -= begin  # a common factor of all terms
    return n, total


@kernel
def _sort(t, f, a, n):  # type: ignore[no-untyped-def]
    if n <= 32:
        for j in range(1, n):
            keep_t, keep_f, keep_a = t[j], f[j], a[j]
            k = j - 1
            while k >= 0 and t[k] + f[k] > keep_t + keep_f:
                t[k + 1], f[k + 1], a[k + 1] = t[k], f[k], a[k]
                k -= 1
            t[k + 1], f[k + 1], a[k + 1] = keep_t, keep_f, keep_a
    else:
        by_time = np.argsort(t[:n] + f[:n], kind="mergesort")
        t[:n], f[:n], a[:n] = t[:n][by_time], f[:n][by_time], a[:n][by_time]


@kernel
def _net(t, f, a, n):  # type: ignore[no-untyped-def]
    """Flows of one time made one; what cancels is left out. How many are left."""
    kept = j = 0
    while j < n:
        at, part = t[j], f[j]
        net = size = lost = 0.0
        while j < n and t[j] == at and f[j] == part:
            net, lost = _added(net, lost, a[j])
            size += abs(a[j])
            j += 1
        net += lost
        if abs(net) > _ZERO_TOTAL * size:
            t[kept], f[kept], a[kept] = at, part, net
            kept += 1
    return kept


@kernel
def _added(total, lost, one):  # type: ignore[no-untyped-def]
    """Neumaier's sum: what rounding lost is kept beside."""
    both = total + one
    if abs(total) >= abs(one):
        lost += (total - both) + one
    else:
        lost += (one - both) + total
    return both, lost


@kernel
def sign_changes(a, n):  # type: ignore[no-untyped-def]
    """How often the sign changes, and where it last does."""
    changes = at = 0
    for j in range(1, n):
        if (a[j] > 0.0) != (a[j - 1] > 0.0):
            changes += 1
            at = j
    return changes, at


@kernel
def parted(t, f, a, n, pt, pf, pa):  # type: ignore[no-untyped-def]
    """Flows of the first flow's sign, then the others, all made positive; where the others begin."""
    first = a[0] > 0.0
    k = 0
    for j in range(n):
        if (a[j] > 0.0) == first:
            pt[k], pf[k], pa[k] = t[j], f[j], abs(a[j])
            k += 1
    split = k
    for j in range(n):
        if (a[j] > 0.0) != first:
            pt[k], pf[k], pa[k] = t[j], f[j], abs(a[j])
            k += 1
    return split
