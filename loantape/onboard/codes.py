"""Delivered texts to the codes of the tape: by the code itself, by its meaning, by a known way to write it.

Belongs here: proposing a mapping. Not here: the lists (``schemas.tape``), the other ways to write (``synonyms``).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from loantape.onboard.synonyms import CODES


@dataclass(frozen=True)
class Proposal:
    """``known`` maps delivered texts to codes; ``unknown`` are the texts nothing was found for, with their counts."""

    known: Mapping[str, str]
    unknown: Mapping[str, int]
    by_sound: bool  # some were found by a known way to write them, not by the list itself

    @property
    def is_code_list(self) -> bool:
        """Whether the column speaks this list at all."""
        return bool(self.known)


def propose(texts: Counter[str], field: str, listed: Mapping[str, tuple[str, str]]) -> Proposal:
    """A mapping for a field's code list; ``field`` is its name without the table."""
    meant = {_plain(code): code for code in reversed(list(listed))}
    for code, (en, zh) in reversed(list(listed.items())):
        meant[_plain(zh)] = meant[_plain(en)] = code
    meant |= {_plain(code): code for code in listed}
    others = {_plain(word): code for code, words in CODES.get(field, {}).items() if code in listed for word in words}
    known: dict[str, str] = {}
    unknown: dict[str, int] = {}
    by_sound = False
    for text, number in sorted(texts.items()):
        word = _plain(text)
        if word in meant:
            known[text] = meant[word]
        elif word in others:
            known[text], by_sound = others[word], True
        else:
            unknown[text] = number
    return Proposal(known, unknown, by_sound)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold().replace("_", " ")
