"""Texts that a spreadsheet would run as formulas, made inert for files that people open with one.

Belongs here: which texts those are, in Python and in DuckDB's SQL. Not here: writing any file.
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
