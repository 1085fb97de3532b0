"""What each value of a column could be, judged by its bytes alone: compiled loops, one pass per value.

Belongs here: the lexical rules of docs/reference/intake.md as tests on bytes, and the signs of personal data. Not here:
what is concluded from them (``seen``, ``forms``). Numbers are compared as floats for display only, never kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from loantape.compiled import kernel

# Bits of what fits, and at the same time places in the array of counts.
(
    INTEGER,  # -?[0-9]+ within 32 bits
    PLAIN,  # digits, perhaps a point and decimals
    GROUPED,  # the same with commas before every third digit, or without any
    COMMA,  # digits, perhaps a comma and decimals
    COMMA_GROUPED,  # the same with points before every third digit, or without any
    IDENTIFIER,
    CLEAN,  # no control character
    SPACED,  # white space at an end
    WIDE,  # full-width forms
    LEADING_ZERO,  # digits that would lose a zero as a number
    NAME,  # two to four Chinese characters, perhaps with a middle dot
    ID_FORMED,
    ID_VALID,
    MOBILE,
    USCC,
    LIKE_NUMBER,  # reads as a number to a person, is none here: 1e5, +5, 5%, ￥5
    NOISE,  # a binary fraction written out in full
    UNIT,  # a number from 0 to 1
    ZERO,
    PERCENT,
    NEGATIVE,
    USES_COMMA,
    USES_POINT,
    DIGITS,
    CARD,  # 16 to 19 digits with a right check digit (ISO/IEC 7812-1)
    EMAIL,
) = range(26)
FLAGS = 26

# Slots of the figures kept per column.
LONGEST, POINT_WHOLE, GROUP_WHOLE, COMMA_WHOLE, YEAR_LEAST, YEAR_MOST, SHORTEST, DECIMALS_MOST = range(8)
FIGURES = 8
DECIMALS = 48  # decimals are counted up to here
RAW_POINT, TRUE_POINT, RAW_COMMA = range(3)  # rows of the table of decimals; TRUE_POINT leaves spreadsheet noise out

_ID_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), dtype=np.int64)  # GB 11643-1999
_ID_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_USCC_WEIGHTS = np.array((1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28), dtype=np.int64)  # GB 32100
_USCC_LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype=np.uint8)
_MONTH_DAYS = np.array((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int64)
_INTEGER_LEAST, _INTEGER_MOST = -2_147_483_648, 2_147_483_647


@kernel
def _number(data: Any, start: int, end: int, group: int, point: int) -> tuple[int, int, int]:
    """Digits before the point without leading zeros, digits behind it, whether a separator is used; -1 if no number."""
    at = start + 1 if end > start and data[start] == 45 else start
    whole = run = groups = significant = 0
    while at < end and data[at] != point:
        byte = data[at]
        if 48 <= byte <= 57:
            run += 1
            whole += 1
            if significant or byte != 48:
                significant += 1
        elif group and byte == group:
            if (groups and run != 3) or run == 0 or run > 3:
                return -1, 0, 0
            groups += 1
            run = 0
        else:
            return -1, 0, 0
        at += 1
    if whole == 0 or (groups and run != 3):
        return -1, 0, 0
    decimals = 0
    if at < end:
        decimals = end - at - 1
        if decimals == 0:
            return -1, 0, 0
        for place in range(at + 1, end):
            if not 48 <= data[place] <= 57:
                return -1, 0, 0
    return significant, decimals, groups


@kernel
def _true_decimals(data: Any, end: int, decimals: int) -> int:
    """Decimals without spreadsheet noise: the fewest that the value differs from by less than 1e-12."""
    if decimals < 13:
        return decimals
    first = end - decimals
    for kept in range(9):
        nines = zeros = True
        for place in range(first + kept, first + 12):
            nines = nines and data[place] == 57
            zeros = zeros and data[place] == 48
        if zeros:
            return kept
        if nines:
            for place in range(first + 12, end):
                if data[place] != 48:
                    return kept
    return decimals


@kernel
def _value(data: Any, start: int, end: int, point: int) -> float:
    value, scale, behind = 0.0, 1.0, False
    for at in range(start, end):
        byte = data[at]
        if byte == point:
            behind = True
        elif 48 <= byte <= 57:
            value = value * 10 + (byte - 48)
            if behind:
                scale *= 10
    return -value / scale if data[start] == 45 else value / scale


@kernel
def _date_bits(data: Any, start: int, end: int, table: Any, lengths: Any, figures: Any) -> int:
    """One bit per form that the text is a date or time of."""
    size = end - start
    bits = 0
    if size < 6 or size > 28 or not 48 <= data[start] <= 57:
        return bits
    for form in range(len(lengths)):
        if lengths[form] != size:
            continue
        year = month = day = hour = minute = second = 0
        fits = True
        for at in range(size):
            code, byte = table[form, at], data[start + at]
            if code >= 256:
                if byte != code - 256:
                    fits = False
                    break
                continue
            if not 48 <= byte <= 57:
                fits = False
                break
            digit = byte - 48
            if code == 1:
                year = year * 10 + digit
            elif code == 2:
                month = month * 10 + digit
            elif code == 3:
                day = day * 10 + digit
            elif code == 4:
                hour = hour * 10 + digit
            elif code == 5:
                minute = minute * 10 + digit
            else:
                second = second * 10 + digit
        if not fits or year < 1 or month < 1 or month > 12 or hour > 23 or minute > 59 or second > 59:
            continue
        has_day = False
        for at in range(size):
            has_day = has_day or table[form, at] == 3
        if has_day:
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            if day < 1 or day > _MONTH_DAYS[month - 1] or (month == 2 and day == 29 and not leap):
                continue
        bits |= 1 << form
        figures[form, 0] = min(figures[form, 0], year)
        figures[form, 1] = max(figures[form, 1], year)
    return bits


@kernel
def _personal_bits(data: Any, start: int, end: int) -> int:
    """Identity card numbers, phones, company codes, bank cards."""
    size = end - start
    bits = 0
    digits = True
    for at in range(start, end):
        digits = digits and 48 <= data[at] <= 57
    if digits and size == 11 and data[start] == 49 and data[start + 1] >= 51:
        bits |= 1 << MOBILE
    if digits and size == 15 and 48 <= data[start + 8] <= 49:
        bits |= 1 << ID_FORMED
    if digits and 16 <= size <= 19:
        total = 0
        for at in range(size):
            digit = data[end - 1 - at] - 48
            if at % 2:
                digit *= 2
                if digit > 9:
                    digit -= 9
            total += digit
        if total % 10 == 0:
            bits |= 1 << CARD
    if size != 18:
        return bits
    total, formed = 0, True
    for at in range(17):
        digit = int(data[start + at]) - 48
        formed = formed and 0 <= digit <= 9
        total += digit * _ID_WEIGHTS[at]
    last = data[end - 1] - 32 if data[end - 1] == 120 else data[end - 1]
    if formed and (48 <= last <= 57 or last == 88):
        bits |= 1 << ID_FORMED
        if _ID_CHECKS[total % 11] == last:
            bits |= 1 << ID_VALID
    total = 0
    for at in range(18):
        place = -1
        for letter in range(31):
            if _USCC_LETTERS[letter] == data[start + at]:
                place = letter
        if place < 0:
            return bits
        total += place * _USCC_WEIGHTS[at] if at < 17 else place
    return bits | 1 << USCC if total % 31 == 0 else bits


@kernel
def _text_bits(data: Any, start: int, end: int) -> tuple[int, int]:
    """What the text is made of, and how many characters it has."""
    characters = chinese = others = ats = 0
    clean = identifier = digits = True
    wide = False
    spaced = data[start] == 32 or data[start] == 9 or data[end - 1] == 32 or data[end - 1] == 9
    at = start
    while at < end:
        byte = data[at]
        characters += 1
        if byte < 128:
            clean = clean and byte >= 32 and byte != 127
            digits = digits and 48 <= byte <= 57
            letter = 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122
            known = byte in (46, 95, 58, 47, 35, 42, 45)
            identifier = identifier and (letter or known)
            ats += byte == 64
            others += 1
            at += 1
            continue
        identifier = digits = False
        size = 2 if byte < 224 else 3 if byte < 240 else 4
        point = byte & (31 if size == 2 else 15 if size == 3 else 7)
        for place in range(at + 1, min(at + size, end)):
            point = point << 6 | data[place] & 63
        clean = clean and not 128 <= point <= 159
        if (point == 0xA0 or point == 0x3000) and (at == start or at + size >= end):
            spaced = True
        if point == 0x3000 or 0xFF01 <= point <= 0xFF5E:
            wide = wide or point not in (0xFF08, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF01, 0xFF1F)
        if 0x3400 <= point <= 0x9FFF or 0x20000 <= point <= 0x2FFFF:
            chinese += 1
        elif point != 0xB7 and point != 0x2022:
            others += 1
        at += size
    bits = clean << CLEAN | wide << WIDE | spaced << SPACED | digits << DIGITS | (ats == 1 and characters > 4) << EMAIL
    if identifier and characters <= 64:
        bits |= 1 << IDENTIFIER
    if others == 0 and chinese >= 2 and (chinese <= 4 or characters > chinese):
        bits |= 1 << NAME
    return bits, characters


@kernel
def _like_number(data: Any, start: int, end: int) -> bool:
    """Digits with a sign, exponent, per cent or currency sign that the written forms do not have."""
    digits = 0
    for at in range(start, end):
        byte = data[at]
        if 48 <= byte <= 57:
            digits += 1
        elif byte not in (43, 45, 46, 44, 37, 36, 69, 101, 32, 0xC2, 0xA5, 0xEF, 0xBF):
            return False
    return digits > 0


@kernel
def observe(
    data: Any,
    starts: Any,
    weights: Any,
    table: Any,
    lengths: Any,
    counts: Any,
    figures: Any,
    decimals: Any,
    years: Any,
    ends: Any,
    places: Any,
    dates: Any,
    hashes: Any,
) -> None:
    """Add what ``len(weights)`` texts are to the column's arrays.

    ``starts`` are offsets into ``data``, one more than texts; ``counts`` one per flag; ``decimals`` (3, DECIMALS);
    ``years`` (forms, 2); ``ends`` least and most value, ``places`` the texts that have them and the longest one;
    ``dates`` and ``hashes`` one per text, written here.
    """
    for value in range(len(weights)):
        start, end, weight = starts[value], starts[value + 1], weights[value]
        bits, characters = _text_bits(data, start, end)
        if characters > figures[LONGEST]:
            figures[LONGEST] = characters
            places[2] = value
        whole, behind, _ = _number(data, start, end, 0, 46)
        number = whole >= 0
        if number:
            bits |= 1 << PLAIN
            figures[POINT_WHOLE] = max(figures[POINT_WHOLE], whole)
            true = _true_decimals(data, end, behind)
            decimals[RAW_POINT, min(behind, DECIMALS - 1)] += weight
            decimals[TRUE_POINT, min(true, DECIMALS - 1)] += weight
            if true < behind:
                bits |= 1 << NOISE
            first = start + 1 if data[start] == 45 else start
            if behind == 0:
                if end - first > 1 and data[first] == 48:
                    bits |= 1 << LEADING_ZERO
                if whole < 10 or (whole == 10 and _INTEGER_LEAST <= _value(data, start, end, 46) <= _INTEGER_MOST):
                    bits |= 1 << INTEGER
        grouped, grouped_behind, used = _number(data, start, end, 44, 46)
        if grouped >= 0:
            bits |= 1 << GROUPED
            figures[GROUP_WHOLE] = max(figures[GROUP_WHOLE], grouped)
            if used:
                bits |= 1 << USES_COMMA
                decimals[RAW_POINT, min(grouped_behind, DECIMALS - 1)] += weight
                decimals[TRUE_POINT, min(grouped_behind, DECIMALS - 1)] += weight
        comma, _, _ = _number(data, start, end, 0, 44)
        if comma >= 0:
            bits |= 1 << COMMA
        both, both_behind, used = _number(data, start, end, 46, 44)
        if both >= 0:
            bits |= 1 << COMMA_GROUPED
            figures[COMMA_WHOLE] = max(figures[COMMA_WHOLE], both)
            decimals[RAW_COMMA, min(both_behind, DECIMALS - 1)] += weight
            if used:
                bits |= 1 << USES_POINT
        if number or grouped >= 0 or both >= 0:
            amount = _value(data, start, end, 46 if grouped >= 0 else 44)
            if data[start] == 45:
                bits |= 1 << NEGATIVE
            if 0 <= amount <= 1:
                bits |= 1 << UNIT
            if amount == 0:
                bits |= 1 << ZERO
            if amount < ends[0]:
                ends[0] = amount
                places[0] = value
            if amount > ends[1]:
                ends[1] = amount
                places[1] = value
        elif _like_number(data, start, end):
            bits |= 1 << LIKE_NUMBER
            if data[end - 1] == 37:
                bits |= 1 << PERCENT
        bits |= _personal_bits(data, start, end)
        dates[value] = _date_bits(data, start, end, table, lengths, years)
        digest = np.uint64(14695981039346656037)  # FNV-1a, then a finaliser so that its low values are spread evenly
        for at in range(start, end):
            digest = (digest ^ np.uint64(data[at])) * np.uint64(1099511628211)
        digest ^= digest >> np.uint64(33)
        digest *= np.uint64(0xFF51AFD7ED558CCD)
        digest ^= digest >> np.uint64(33)
        digest *= np.uint64(0xC4CEB9FE1A85EC53)
        hashes[value] = digest ^ (digest >> np.uint64(33))
        for flag in range(FLAGS):
            if bits >> flag & 1:
                counts[flag] += weight
