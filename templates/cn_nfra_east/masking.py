"""EAST's masks of names, document numbers, customer numbers and telephones, as SQL: made while rendering, kept nowhere.

Belongs here: the technical interface note of EAST 5.0, annex 2 (five) [P]. Not here: the hash (sm3.py), the tape's own
keyed pseudonym, or any other regulator's mask. The masks are unsalted, so they are still personal information.
"""

from __future__ import annotations

# Han characters of the basic plane, its extension A, and the planes of rare characters
_HAN = r"[\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{f900}-\x{faff}\x{20000}-\x{323af}]"
_PREFIX = 6  # bytes of the document number that stay readable


def masked_name(name: str) -> str:
    """SQL: the last Chinese character of a name, or its last three letters; null when there is no name."""
    text = f"nullif(trim({name}), '')"
    return f"CASE WHEN regexp_matches({text}, '{_HAN}$') THEN right({text}, 1) ELSE right({text}, 3) END"


def masked_number(name: str, id_no: str) -> str:
    """SQL: six bytes of the document number and the SM3 of the name's beginning and the number, in capitals.

    The beginning is the first Chinese character, or the first three bytes of a foreign name. Six bytes that would cut a
    character in two (letters before Chinese, on military documents) stop before it: a file in UTF-8 cannot carry half
    of one. Null when there is no number or no name.
    """
    text, number = f"nullif(trim({name}), '')", _number(id_no)
    first = f"CASE WHEN regexp_matches({text}, '^{_HAN}') THEN encode(left({text}, 1)) ELSE encode({text})[1:3] END"
    return f"{_beginning(number)} || sm3_hex({first} || encode({number}))"


def masked_customer(id_no: str) -> str:
    """SQL: the customer number of a lender that knows its customers by their document number: its SM3."""
    return f"sm3_hex(encode({_number(id_no)}))"


def masked_phone(phone: str) -> str:
    """SQL: the SM3 of a telephone number as it was delivered; null when there is none."""
    return f"sm3_hex(encode(nullif(trim({phone}), '')))"


def _number(id_no: str) -> str:
    return f"nullif(upper(trim({id_no})), '')"


def _beginning(number: str) -> str:
    fits = " ".join(f"WHEN strlen(left({number}, {n})) <= {_PREFIX} THEN left({number}, {n})" for n in (6, 5, 4, 3, 2))
    return f"CASE {fits} ELSE left({number}, 1) END"
