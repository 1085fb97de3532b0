"""exp and ln of many numbers side by side, as arithmetic that a compiler makes vector instructions of.

Belongs here: the two functions, for kernels that carry a loan in each lane. Not here: which loans (``plain``). Only
additions, multiplications and one division, none of them fused or put in another order: the bits are the same on every
machine, however wide its vectors are. Both are right to 5e-16 of what they return (tests say so).
"""

from __future__ import annotations

import math

from loantape.compiled import as_bits, from_bits, inlined

_LOG2_E = 1.0 / math.log(2.0)
# ln 2 in two parts, the first short enough that multiples of it are exact (W. J. Cody and W. Waite, 1980)
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
_ROUND = 6755399441055744.0  # 1.5 * 2^52: what is added to it is rounded to a whole number in its last bits
_ROUND_BITS = 0x4338000000000000
_HALF_ROOT_BITS = 0x3FE6A09E667F3BCD  # sqrt(1/2)
_E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = (1.0 / math.factorial(k) for k in range(2, 14))
_L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10 = (2.0 / (2 * k + 1) for k in range(1, 11))


@inlined
def lane_exp(y):  # type: ignore[no-untyped-def]
    """e to the power y, for y from -700 to 700: 2^k times a Taylor sum of what is left, at most ln(2)/2."""
    shifted = y * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    p = ((((_E13 * r + _E12) * r + _E11) * r + _E10) * r + _E9) * r + _E8
    p = (((((p * r + _E7) * r + _E6) * r + _E5) * r + _E4) * r + _E3) * r + _E2
    return (p * (r * r) + r + 1.0) * from_bits((as_bits(shifted) - (_ROUND_BITS - 1023)) << 52)


@inlined
def lane_log(v):  # type: ignore[no-untyped-def]
    """ln of a normal number above zero: k ln(2) + 2 artanh((m-1)/(m+1)), m from sqrt(1/2) to sqrt(2)."""
    bits = as_bits(v)
    k = (bits - _HALF_ROOT_BITS) >> 52
    m = from_bits(bits - (k << 52))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = ((((_L10 * z + _L9) * z + _L8) * z + _L7) * z + _L6) * z + _L5
    p = ((((p * z + _L4) * z + _L3) * z + _L2) * z + _L1) * z
    e = float(k)
    return e * _LN2_HIGH + (2.0 * s + (s * p + e * _LN2_LOW))
