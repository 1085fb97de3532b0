"""Spreadsheet cells as text: numbers in the digits that were meant, dates by number format, both date systems.

Belongs here: what one cell of a sheet says in the form its column declares. Not here: XML (``sheet``), the workbook's
parts (``workbook``). Number formats and date systems: ECMA-376 part 1, 18.8.30 and 18.17.4.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from loantape.intake.cells.protocol import Wanted

DIGITS = 15  # significant decimal digits a spreadsheet keeps
_LONGEST = 400  # characters of a number that anybody is shown; the largest double has 309 digits

# a number that is already what it should be: the shortest digits, and not more of them than a double keeps for sure
_SETTLED = re.compile(r"-?(?:0|[1-9][0-9]{0,14})|-?(?=[0-9.]{3,16}$)(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,6})?", re.ASCII)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIRECTIVE = re.compile(r"%[YmdHMS]")

# built-in formats that show a date or a time, those of Chinese, Japanese and Korean systems included
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)))
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)

_DAYS_1900 = date(1899, 12, 31)
_DAYS_1904 = date(1904, 1, 1)
_LAST_1900 = 2_958_465  # 9999-12-31
_LAST_1904 = 2_957_003
_LEAP_THAT_WAS_NOT = 60  # 1900-02-29, kept for Lotus's sake
_MILLISECONDS = 86_400_000


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a number format shows a moment. Elapsed time (``[h]:mm``) is an amount and no moment."""
    if code is None:
        return number in _DATE_FORMATS
    shown = _NOT_SHOWN.sub("", code.split(";")[0])
    if shown.strip().lower() in ("general", "standard") or _ELAPSED.search(shown):
        return False
    return _DATE_LETTER.search(shown) is not None


def unescaped(text: str) -> str:
    """``_x000D_`` as the character it stands for (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: _character(found.group(1), found.group(0)), text)


def _character(code: str, written: str) -> str:
    number = int(code, 16)
    return written if 0xD800 <= number <= 0xDFFF else chr(number)


def number_text(stored: str) -> tuple[str, bool]:
    """A stored number in the shortest plain digits that give the same double, and whether none of them can be lost.

    What is no number is left as it is stored.
    """
    if _SETTLED.fullmatch(stored):
        return stored, True
    stored = stored.strip(" \t\r\n")
    if not _NUMBER.fullmatch(stored):
        return stored, True
    written = repr(float(stored))
    if "e" in written:
        written = format(Decimal(written), "f")
    return written.removesuffix(".0"), False


def digits_lost(text: str, wanted: str) -> bool:
    """Whether a number in plain digits has more of them than a spreadsheet keeps, so that the last ones are made up.

    In a column of text every digit counts. In a column of numbers only whole ones do: decimals are held to the scale.
    """
    bare = text.lstrip("-")
    whole, _, part = bare.partition(".")
    if not whole.isdigit():
        return False
    if len(whole) > DIGITS:
        return True
    return wanted == "text" and len((whole + part).lstrip("0")) > DIGITS


def stored_digits(stored: str) -> str:
    """The digits that the file holds, without exponent."""
    stored = stored.strip(" \t\r\n")
    if not _NUMBER.fullmatch(stored):
        return stored[:_LONGEST]
    value = Decimal(stored)
    if abs(value.adjusted()) > _LONGEST:
        return stored[:_LONGEST]
    return format(value, "f")[:_LONGEST]


def moment_text(stored: str, since_1904: bool, wanted: Wanted) -> str:
    """A serial date as text: in the declared form where that shows all of it, otherwise as ISO 8601 writes it.

    What no calendar has (day 0, a negative or a far day) is the number itself.
    """
    stored = stored.strip(" \t\r\n")
    if not _NUMBER.fullmatch(stored):
        return stored
    serial = float(stored)
    if not 0 <= serial < (_LAST_1904 if since_1904 else _LAST_1900) + 1:
        return number_text(stored)[0]
    day, milliseconds = divmod(round(serial * _MILLISECONDS), _MILLISECONDS)
    clock = _clock(milliseconds)
    if day > (_LAST_1904 if since_1904 else _LAST_1900):
        return number_text(stored)[0]  # the last moment of year 9999, rounded up
    if since_1904:
        year, month, at = _ymd(_DAYS_1904, day)
    elif day == 0:
        return clock  # a time of day, which belongs to no date
    elif day == _LEAP_THAT_WAS_NOT:
        year, month, at = "1900", "02", "29"
    else:
        year, month, at = _ymd(_DAYS_1900, day if day < _LEAP_THAT_WAS_NOT else day - 1)
    return _formed(year, month, at, clock, wanted)


def iso_text(stored: str, wanted: Wanted) -> str:
    """A cell of type ``d``, whose text is a date as ISO 8601 writes it, in the declared form; else its text."""
    found = _ISO.fullmatch(stored.strip(" \t\r\n"))
    if found is None:
        return stored
    year, month, day, hour, minute, second = (part or "00" for part in found.groups())
    return _formed(year, month, day, f"{hour}:{minute}:{second}", wanted)


def _ymd(start: date, days: int) -> tuple[str, str, str]:
    found = (start + timedelta(days=days)).isoformat()
    return found[:4], found[5:7], found[8:]


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def _formed(year: str, month: str, day: str, clock: str, wanted: Wanted) -> str:
    parts = {"%Y": year, "%m": month, "%d": day, "%H": clock[:2], "%M": clock[3:5], "%S": clock[6:]}
    form = wanted.form
    lost = (part not in form and parts[part] != nothing for part, nothing in _NOTHING)
    if not form or len(clock) > len("00:00:00") or "%Y" not in form or any(lost):
        return f"{year}-{month}-{day}" + ("" if clock == "00:00:00" and wanted.kind != "stamp" else f" {clock}")
    return _DIRECTIVE.sub(lambda found: parts[found.group()], form)


_NOTHING = (("%m", "01"), ("%d", "01"), ("%H", "00"), ("%M", "00"), ("%S", "00"))
