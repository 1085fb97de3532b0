"""The roots of one loan's equation: the only one, or every one in range.

Belongs here: the search, as kernels. Not here: the equation (``gap``), loops over loans (``solve``).
"""

from __future__ import annotations

import math

import numpy as np

from loantape.compiled import kernel
from transforms.apr.gap import gap, level

# what a loan's equation came to
ONE, NONE, MANY, BEYOND = 0, 1, 2, 3

# ln(1+i) is looked for here: what lies outside is -100 % to eight decimals, or above ten thousand million percent
LOW, HIGH = -24.0, 18.5
_SMALL = 0.03  # |x| times the span below which discounts are kept as what they lack to 1, so that digits survive
_CLOSE = 1e-8  # two roots nearer than this, in spans, are one touching root
_DEPTH = 200
_STEPS_MAX = 300


@kernel
def only_root(t, f, a, split, n, has_odd, total):  # type: ignore[no-untyped-def]
    """The root where all of one side comes before all of the other: g falls everywhere."""
    if total == 0.0:
        return ONE, 0.0
    span = t[n - 1] + f[n - 1] - t[0] - f[0]
    received, mean_n, var_n = level(t, f, a, 0, split)
    _, mean_p, var_p = level(t, f, a, split, n)
    slope, bend = mean_n - mean_p, var_p - var_n
    x = -math.log1p(total / received) / slope
    x *= max(0.5, min(2.0, 1.0 - 0.5 * bend * x / slope))
    return _descend(max(LOW, min(HIGH, x)), LOW, HIGH, t, f, a, split, n, has_odd, total, span, -1.0)


@kernel
def _descend(x, low, high, t, f, a, split, n, has_odd, total, span, sign):  # type: ignore[no-untyped-def]
    """Halley's steps on g, which falls (``sign`` -1) or rises (+1) between low and high; halved where they stray.

    A step so small that the third power of it is lost in x's last digits is the last.
    """
    first, last = low, high
    for _ in range(_STEPS_MAX):
        g, slope, bend, _, _ = gap(x, t, f, a, split, n, has_odd, total, abs(x) * span < _SMALL)
        if g == 0.0:
            return ONE, x
        if (g > 0.0) == (sign < 0.0):
            low = x
            if x >= last:
                return BEYOND, x
        else:
            high = x
            if x <= first:
                return BEYOND, x
        divisor = slope - 0.5 * g * bend / slope
        step = -g / (divisor if divisor * slope > 0.0 else slope)
        to = x + step
        if abs(step) * (span * abs(step)) * (span * abs(step)) <= 1e-15 * abs(x) or abs(step) <= 1e-16 * abs(x):
            return ONE, to
        if to >= high:
            to = high if high == last and x != last else 0.5 * (low + high)
        elif to <= low:
            to = low if low == first and x != first else 0.5 * (low + high)
        if to == x or high - low <= 1e-16 * abs(x):
            return ONE, to
        x = to
    return BEYOND, x


# --- every root ----------------------------------------------------------------------------------------------------


@kernel
def roots_in_range(t, f, a, split, n, has_odd, total, found):  # type: ignore[no-untyped-def]
    """Every root in range into ``found``, rising; how many. Both sides may be anywhere in time."""
    span = 1e-300
    for j in range(n):
        span = max(span, abs(t[j] + f[j] - t[0] - f[0]))
    count = 0
    for half in range(2):
        stack_x = np.empty(_DEPTH)
        stack_v = np.empty((_DEPTH, 3))
        low, high = (LOW, 0.0) if half == 0 else (0.0, HIGH)
        x = low
        value, _, _, mean_p, mean_n = gap(x, t, f, a, split, n, has_odd, total, abs(x) * span < _SMALL)
        top = 0
        stack_x[0] = high
        end, _, _, end_p, end_n = gap(high, t, f, a, split, n, has_odd, total, abs(high) * span < _SMALL)
        stack_v[0, 0], stack_v[0, 1], stack_v[0, 2] = end, end_p, end_n
        while top >= 0:
            to = stack_x[top]
            end, end_p, end_n = stack_v[top, 0], stack_v[top, 1], stack_v[top, 2]
            width = to - x
            # mean times fall as x rises, but for what an odd fraction bends (a quarter of a period at most)
            slack = 0.25 * width if has_odd else 0.0
            least = -(mean_p + slack) + (end_n - slack)
            most = -(end_p - slack) + (mean_n + slack)
            done = False
            if least > 0.0 or most < 0.0:
                done = True
                if value == 0.0:
                    count = _kept(found, count, x, span)
                elif value * end < 0.0:
                    sign = 1.0 if least > 0.0 else -1.0
                    _, root = _descend(
                        x + width * value / (value - end), x, to, t, f, a, split, n, has_odd, total, span, sign
                    )
                    count = _kept(found, count, root, span)
                elif end == 0.0:
                    count = _kept(found, count, to, span)
            elif value * end > 0.0:
                near, far = (least, most) if value > 0.0 else (-most, -least)
                lowest = (far * abs(value) - near * abs(end) + near * far * width) / (far - near)
                done = lowest > 0.0
            if not done and (width * span < _CLOSE or top + 1 >= _DEPTH):
                count = _kept(found, count, x + 0.5 * width, span)  # the curve touches zero, or all but
                done = True
            if done:
                x, value, mean_p, mean_n = to, end, end_p, end_n
                top -= 1
                continue
            middle = x + 0.5 * width
            g, _, _, m_p, m_n = gap(middle, t, f, a, split, n, has_odd, total, abs(middle) * span < _SMALL)
            top += 1
            stack_x[top] = middle
            stack_v[top, 0], stack_v[top, 1], stack_v[top, 2] = g, m_p, m_n
    for k in range(count):
        if total == 0.0 and abs(found[k]) * span < 4.0 * _CLOSE:
            found[k] = 0.0
    return count


@kernel
def _kept(found, count, root, span):  # type: ignore[no-untyped-def]
    """One more root, unless it is the one before, seen from the next interval."""
    if count and (root - found[count - 1]) * span < 4.0 * _CLOSE:
        if root == 0.0:
            found[count - 1] = 0.0
        return count
    if count < found.size:
        found[count] = root
        return count + 1
    return count
