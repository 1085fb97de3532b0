"""From the bytes of one field to one value: compiled parsers of the declared forms. Nothing is accepted by accident.

Belongs here: numbers, moments, code lists and what is to be said of a text, each as docs/reference/intake.md has it.
Not here: where fields begin and end (``fields``), which form a column has (``plan``). Bytes are UTF-8 and well formed.
"""

from __future__ import annotations

import numpy as np

from loantape.compiled import kernel
from loantape.intake.characters import Bytes, Numbers

BASE = 10**18  # a wide number is high * BASE + low
_ZERO, _NINE, _MINUS = 48, 57, 45

# What a byte of a field may be, gathered over the field.
ENDS, HIGH, CONTROL = 1, 2, 4  # delimiter or line end; beyond ASCII; U+0000-001F and U+007F

# What a text with bytes beyond ASCII is found to hold.
C1, WIDE_FORM, WIDE_ANY = 1, 2, 4


@kernel
def number(
    text: Bytes, start: int, end: int, point: int, group: int, scale: int, noise: int, digits: int, shift: int
) -> tuple[bool, int, int]:
    """(parsed, high, low) of a decimal whose value times 10**(scale + shift) is ``high * BASE + low``, sign in both.

    At most ``digits`` significant digits at ``scale`` decimals; ``noise`` decimals may be written out beyond them.
    """
    at = start
    negative = at < end and text[at] == _MINUS
    if negative:
        at += 1
    low = np.int64(0)
    high = np.int64(0)
    significant = 0
    since_group = 0
    grouped = False
    if at == end:
        return False, 0, 0
    while at < end:
        byte = text[at]
        if _ZERO <= byte <= _NINE:
            if significant < 18:
                low = low * 10 + (byte - _ZERO)
            else:
                high, low = _longer(high, low, byte - _ZERO)
            if significant or byte != _ZERO:
                significant += 1
                if significant > digits:
                    return False, 0, 0
            since_group += 1
        elif byte == group:
            if since_group == 0 or since_group > 3 or (grouped and since_group != 3):
                return False, 0, 0
            grouped = True
            since_group = 0
        else:
            break
        at += 1
    if since_group == 0 or (grouped and since_group != 3):
        return False, 0, 0
    decimals = 0
    rest = np.int64(0)  # of the decimals beyond scale
    if at < end:
        if text[at] != point or (scale == 0 and noise == 0):
            return False, 0, 0
        at += 1
        if at == end or end - at > max(scale, noise):
            return False, 0, 0
        while at < end:
            byte = text[at]
            if byte < _ZERO or byte > _NINE:
                return False, 0, 0
            if decimals < scale:
                if significant < 18:
                    low = low * 10 + (byte - _ZERO)
                else:
                    high, low = _longer(high, low, byte - _ZERO)
                if significant or byte != _ZERO:
                    significant += 1
            else:
                rest = rest * 10 + (byte - _ZERO)
            decimals += 1
            at += 1
    for _ in range(scale - decimals):
        if significant < 18:
            low *= 10
        else:
            high, low = _longer(high, low, 0)
        if significant:
            significant += 1
    if decimals > scale:
        near, up = _near(rest, decimals - scale, scale)
        if not near:
            return False, 0, 0
        if up:
            low += 1
            if low == BASE:
                high, low = high + 1, np.int64(0)
            significant = _significant(high, low)
    if significant > digits:
        return False, 0, 0
    for _ in range(shift):
        if significant < 18:
            low *= 10
        else:
            high, low = _longer(high, low, 0)
        if significant:
            significant += 1
    return True, -high if negative else high, -low if negative else low


@kernel
def _longer(high: int, low: int, digit: int) -> tuple[int, int]:
    """One digit more: the digits of ``low`` that no longer fit go over to ``high``."""
    carry = low // (BASE // 10)
    return high * 10 + carry, (low - carry * (BASE // 10)) * 10 + digit


@kernel
def _significant(high: int, low: int) -> int:
    count = 0
    while high > 0:
        high //= 10
        count += 1
    if count:
        return count + 18
    while low > 0:
        low //= 10
        count += 1
    return count


@kernel
def _near(rest: int, places: int, scale: int) -> tuple[bool, bool]:
    """Whether the decimals beyond ``scale`` are less than 1e-12 away from the rounded value, and whether it is
    above.
    """
    whole = np.int64(1)
    for _ in range(places):
        whole *= 10
    up = rest * 2 >= whole
    away = whole - rest if up else rest
    # what is away counts units of the last place written, and 1e-12 is so many of them
    beyond = scale + places - 12
    bound = np.int64(1)
    for _ in range(beyond):
        bound *= 10
    return (away < bound if beyond > 0 else away == 0), up


@kernel
def integer(text: Bytes, start: int, end: int) -> tuple[bool, int]:
    """(parsed, value) of a whole number of 32 bits."""
    at = start
    negative = at < end and text[at] == _MINUS
    if negative:
        at += 1
    if at == end:
        return False, 0
    value = np.int64(0)
    while at < end:
        byte = text[at]
        if byte < _ZERO or byte > _NINE:
            return False, 0
        value = value * 10 + (byte - _ZERO)
        if value > 1 << 31:
            return False, 0
        at += 1
    if negative:
        return True, -value
    return value < 1 << 31, value


# Operations of a written form; 0 is a literal byte.
YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)
_EPOCH = 719_468  # days from 0000-03-01 to 1970-01-01


@kernel
def moment(text: Bytes, start: int, end: int, operations: Numbers, first: int, last: int) -> tuple[bool, int, int]:
    """(parsed, days since 1970-01-01, seconds of the day) by one form: rows ``first`` to ``last`` of ``operations``.

    Days from civil dates by Howard Hinnant's algorithm (proleptic Gregorian calendar).
    """
    year, month, day, hour, minute, second = 0, 1, 1, 0, 0, 0
    at = start
    for step in range(first, last):
        operation = operations[step, 0]
        width = 4 if operation == YEAR else (1 if operation == 0 else 2)
        if at + width > end:
            return False, 0, 0
        if operation == 0:
            if text[at] != operations[step, 1]:
                return False, 0, 0
            at += 1
            continue
        value = 0
        for k in range(width):
            byte = text[at + k]
            if byte < _ZERO or byte > _NINE:
                return False, 0, 0
            value = value * 10 + (byte - _ZERO)
        at += width
        if operation == YEAR:
            year = value
        elif operation == MONTH:
            month = value
        elif operation == DAY:
            day = value
        elif operation == HOUR:
            hour = value
        elif operation == MINUTE:
            minute = value
        else:
            second = value
    if at != end or year == 0 or month == 0 or month > 12 or day == 0 or hour > 23 or minute > 59 or second > 59:
        return False, 0, 0
    if day > 28:
        most = 31
        if month == 4 or month == 6 or month == 9 or month == 11:
            most = 30
        elif month == 2:
            most = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
        if day > most:
            return False, 0, 0
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH
    return True, days, hour * 3600 + minute * 60 + second


@kernel
def choice(
    text: Bytes, start: int, end: int, pool: Bytes, starts: Numbers, ends: Numbers, first: int, last: int
) -> int:
    """The index, between ``first`` and ``last``, of the equal text in the pool; -1 if none is. They are in the order of
    their length, then of their bytes.
    """
    length = end - start
    while first < last:
        middle = (first + last) // 2
        difference = (ends[middle] - starts[middle]) - length
        if difference == 0:
            for k in range(length):
                difference = np.int64(pool[starts[middle] + k]) - np.int64(text[start + k])
                if difference != 0:
                    break
        if difference == 0:
            return middle
        if difference < 0:
            first = middle + 1
        else:
            last = middle
    return -1


@kernel
def is_identifier(text: Bytes, start: int, end: int) -> bool:
    """Whether a text holds only what an identifier may."""
    for at in range(start, end):
        b = text[at]
        letter = (97 <= b <= 122) or (65 <= b <= 90)
        # . _ : / # * -  and the digits; "." "/" and the digits are neighbours
        if not (letter or 45 <= b <= 58 or b == 95 or b == 35 or b == 42):
            return False
    return end > start


@kernel
def characters_in(text: Bytes, start: int, end: int) -> int:
    """How many characters a text has."""
    count = 0
    for at in range(start, end):
        count += text[at] & 0xC0 != 0x80
    return count


@kernel
def _wide_form(text: Bytes, at: int) -> int:
    """The ASCII byte that the three bytes at ``at`` are a full-width form of, the space of U+3000; 0 for others."""
    if text[at] == 0xEF:
        if text[at + 1] == 0xBC and text[at + 2] >= 0x81:
            return np.int64(text[at + 2]) - 0x81 + 0x21
        if text[at + 1] == 0xBD and text[at + 2] <= 0x9E:
            return np.int64(text[at + 2]) - 0x80 + 0x60
    elif text[at] == 0xE3 and text[at + 1] == 0x80 and text[at + 2] == 0x80:
        return 0x20
    return 0


@kernel
def inspect(text: Bytes, start: int, end: int) -> int:
    """C1 controls, any full-width forms, and forms that Chinese punctuation does not need: bits of C1, WIDE_ANY,
    WIDE_FORM.
    """
    found = 0
    at = start
    while at < end:
        byte = text[at]
        if byte < 0x80:
            at += 1
        elif byte < 0xE0:
            if byte == 0xC2 and text[at + 1] < 0xA0:
                found |= C1
            at += 2
        elif byte < 0xF0:
            plain = _wide_form(text, at)
            if plain:
                found |= WIDE_ANY
                # ( ) , : ; ! ? are how Chinese is punctuated
                if not (
                    plain == 40
                    or plain == 41
                    or plain == 44
                    or plain == 58
                    or plain == 59
                    or plain == 33
                    or plain == 63
                ):
                    found |= WIDE_FORM
            at += 3
        else:
            at += 4
    return found


@kernel
def narrow(text: Bytes, start: int, end: int, out: Bytes, written: int) -> int:
    """Copy a text with its full-width forms replaced by plain ones; returns the position behind it."""
    at = start
    while at < end:
        byte = text[at]
        if 0xE0 <= byte < 0xF0:
            plain = _wide_form(text, at)
            if plain:
                out[written] = plain
                written += 1
                at += 3
                continue
        out[written] = byte
        written += 1
        at += 1
    return written


@kernel
def white_at(text: Bytes, at: int, end: int) -> int:
    """Bytes of the white space (U+0020, U+0009, U+00A0, U+3000) that begins at ``at``; 0 for anything else."""
    byte = text[at]
    if byte == 0x20 or byte == 0x09:
        return 1
    if byte == 0xC2 and at + 1 < end and text[at + 1] == 0xA0:
        return 2
    if byte == 0xE3 and at + 2 < end and text[at + 1] == 0x80 and text[at + 2] == 0x80:
        return 3
    return 0


@kernel
def white_before(text: Bytes, start: int, at: int) -> int:
    """Bytes of the white space that ends just before ``at``; 0 for anything else."""
    byte = text[at - 1]
    if byte == 0x20 or byte == 0x09:
        return 1
    if byte == 0xA0 and at - 2 >= start and text[at - 2] == 0xC2:
        return 2
    if byte == 0x80 and at - 3 >= start and text[at - 2] == 0x80 and text[at - 3] == 0xE3:
        return 3
    return 0
