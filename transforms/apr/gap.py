"""The equation: how far apart the discounted sums of the two sides are at a growth x, with two derivatives.

Belongs here: discounting, as kernels. Not here: searching (``roots``). Flows come with the first flow's sign first,
then the others, all made positive (``flows.parted``), each side in time order, times from 0.
"""

from __future__ import annotations

import math

from loantape.compiled import kernel


@kernel
def _side(x, t, f, a, low, high, has_odd):  # type: ignore[no-untyped-def]
    """ln of one side's discounted sum, its mean time and the spread of its times (less what odd fractions bend)."""
    if high - low == 1 and not has_odd:
        return math.log(a[low]) - t[low] * x, t[low], 0.0
    anchor = t[low] if x >= 0.0 else t[high - 1]  # the flow that weighs most: nothing overflows, nothing vanishes
    s0 = s1 = s2 = 0.0
    if has_odd:
        i = math.expm1(x)
        for j in range(low, high):
            grown = 1.0 + f[j] * i
            d = a[j] * math.exp((anchor - t[j]) * x) / grown
            part = f[j] * (1.0 + i) / grown
            h = t[j] - anchor + part
            s0 += d
            s1 += d * h
            s2 += d * (h * h - part * (1.0 - part))
    else:
        for j in range(low, high):
            h = t[j] - anchor
            d = a[j] * math.exp(-h * x)
            s0 += d
            s1 += d * h
            s2 += d * h * h
    mean = s1 / s0
    return math.log(s0) - anchor * x, anchor + mean, s2 / s0 - mean * mean


@kernel
def _lack(x, t, f, a, low, high, has_odd):  # type: ignore[no-untyped-def]
    """Sums of what discounting takes off one side, and of what is left: exact where rates are near zero."""
    off = s0 = s1 = s2 = 0.0
    i = math.expm1(x)
    for j in range(low, high):
        h = t[j]
        bend = 0.0
        fall = -t[j] * x
        if has_odd:
            part = f[j] * (1.0 + i) / (1.0 + f[j] * i)
            h += part
            bend = part * (1.0 - part)
            fall -= math.log1p(f[j] * i)
        m = math.expm1(fall)
        off += a[j] * m
        d = a[j] * (1.0 + m)
        s0 += d
        s1 += d * h
        s2 += d * (h * h - bend)
    return off, s0, s1 / s0, s2 / s0 - (s1 / s0) * (s1 / s0)


@kernel
def level(t, f, a, low, high):  # type: ignore[no-untyped-def]
    """One side undiscounted: its sum, mean time and spread of times."""
    s0 = s1 = s2 = 0.0
    for j in range(low, high):
        h = t[j] + f[j]
        s0 += a[j]
        s1 += a[j] * h
        s2 += a[j] * (h * h - f[j] * (1.0 - f[j]))
    return s0, s1 / s0, s2 / s0 - (s1 / s0) * (s1 / s0)


@kernel
def gap(x, t, f, a, split, n, has_odd, total, small):  # type: ignore[no-untyped-def]
    """g at x with its first and second derivative, and the two mean times; ``total`` is what is paid above the got."""
    if small:
        off_n, worth_n, mean_n, var_n = _lack(x, t, f, a, 0, split, has_odd)
        off_p, _, mean_p, var_p = _lack(x, t, f, a, split, n, has_odd)
        g = math.log1p((total + off_p - off_n) / worth_n)
    else:
        log_n, mean_n, var_n = _side(x, t, f, a, 0, split, has_odd)
        log_p, mean_p, var_p = _side(x, t, f, a, split, n, has_odd)
        g = log_p - log_n
    return g, mean_n - mean_p, var_p - var_n, mean_p, mean_n
