"""The PBoC mask of identity numbers, as SQL: made while rendering and kept nowhere.

Belongs here: V2.1 §3.1.6 [P]. Not here: the tape's own keyed pseudonym, or any other regulator's mask. The mask is
unsalted, so it is still personal information.
"""

from __future__ import annotations

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_CARD = "[0-9]{17}[0-9X]"


def masked(id_type: str, id_no: str) -> str:
    """SQL for one masked number, from SQL for its kind and the raw number.

    Identity card (B01): the first 14 digits and the lower-case MD5 of the whole upper-case 18-character number; a
    15-digit card is first made 18. Any other document: the lower-case MD5 of the upper-case number. Null when there is
    no number, or when a card has neither form.
    """
    number = f"upper(trim({id_no}))"
    digits = f"left({number}, 6) || '19' || right({number}, 9)"
    # only the branch for 15 digits evaluates it: TRY_CAST keeps the untaken branch from failing
    total = " + ".join(
        f"TRY_CAST(substr({digits}, {place}, 1) AS INTEGER) * {weight}" for place, weight in enumerate(_WEIGHTS, 1)
    )
    check = f"substr('{_CHECK_CHARACTERS}', 1 + ({total}) % 11, 1)"
    # nearly every number is a card that is written as it should be: it is masked as it is, and nothing else looked at
    return (
        f"CASE WHEN {id_type} = 'B01' AND regexp_full_match({id_no}, '{_CARD}')"
        f" THEN concat(left({id_no}, 14), md5({id_no}))"
        f" WHEN {id_type} IS NULL OR {number} = '' THEN NULL"
        f" WHEN {id_type} <> 'B01' THEN md5({number})"
        f" WHEN regexp_full_match({number}, '{_CARD}') THEN concat(left({number}, 14), md5({number}))"
        f" WHEN regexp_full_match({number}, '[0-9]{{15}}')"
        f" THEN concat(left({digits}, 14), md5({digits} || {check})) END"
    )


def born_on(id_type: str, masked_no: str) -> str:
    """SQL for the date of birth that a masked card number still shows (digits 7 to 14); null for other documents."""
    return f"CASE WHEN {id_type} = 'B01' THEN CAST(TRY_STRPTIME(substr({masked_no}, 7, 8), '%Y%m%d') AS DATE) END"
