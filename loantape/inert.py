"""Delivered texts made inert: for a spreadsheet, which would run some, and for a screen, which obeys some characters.

Belongs here: which those are, in Python and in DuckDB's SQL. Not here: writing any file, or to a screen (``terminal``).
"""

from __future__ import annotations

import re

# What a spreadsheet would run as a formula (OWASP ASVS 1.2.10), also in full width, which some read as the plain ones,
# and behind a line feed. Text only: numbers stay numbers.
_START = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_NUMBER = r"-[0-9]+(\.[0-9]+)?"  # a minus that starts nothing but a number is no formula
_IS_NUMBER = re.compile(_NUMBER)
_SQL_START = "^[" + "".join(rf"\x{{{ord(one):x}}}" for one in _START) + "]"


def inert(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would run it."""
    return "'" + text if text.startswith(_START) and not _IS_NUMBER.fullmatch(text) else text


def inert_sql(text: str) -> str:
    """SQL: the same of a text in DuckDB; null stays null."""
    formula = f"regexp_matches({text}, '{_SQL_START}') AND NOT regexp_full_match({text}, '{_NUMBER}')"
    return f"CASE WHEN {formula} THEN '''' || {text} ELSE {text} END"


# Characters of control (an escape sequence moves the cursor, renames the window, answers for the user), marks that turn
# the order of what follows around (Unicode TR36, section 2.6), and ends of lines that only some programs see.
_COMMANDS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_COMMAND = re.compile(f"[{_COMMANDS}]|\r(?!\n)")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, production 2; LF, TAB and CR may stand


def visible(text: str) -> str:
    """The text with every character that a screen would obey, rather than show, written as ``\\xNN`` or ``\\uNNNN``."""
    return _COMMAND.sub(_written, text)


def in_xml(text: str) -> str:
    """The text with every character that no XML can hold written likewise: what a workbook can keep of it."""
    return _NOT_IN_XML.sub(_written, text)


def in_json(text: str) -> str:
    """JSON with the same characters as in ``visible`` escaped: it says what it said, and a screen shows it."""
    return _COMMAND.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _written(found: re.Match[str]) -> str:
    return found[0].encode("ascii", "backslashreplace").decode() if found[0] > "\x7f" else f"\\x{ord(found[0]):02x}"
