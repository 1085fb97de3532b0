"""What a person is told of each column: how full, how varied, which forms fit. No value of a person in clear.

Belongs here: the figures of a profile. Not here: how they are counted (``seen``) or printed (``show``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loantape.declare import Code, Day, Flag, Integer, Number, Stamp
from loantape.onboard import written
from loantape.onboard.decide import Decided
from loantape.onboard.forms import candidates
from loantape.onboard.module import source_of
from loantape.onboard.personal import shape, shapes
from loantape.onboard.seen import ColumnSeen

_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class ColumnProfile:
    """One column. ``least``, ``most``, ``longest`` and ``examples`` are shapes (9 a digit, A a letter, 字 others)
    wherever the column is not certain to be a figure or date of a loan."""

    place: int  # from 1
    name: str
    rows: int
    filled: int
    empty_words: Mapping[str, int]
    distinct: int
    distinct_is_exact: bool
    least: str
    most: str
    longest: int  # characters
    longest_shape: str
    forms: Sequence[tuple[str, float]]  # written form, share of the filled values that fit; narrow first
    examples: Sequence[str]
    to: tuple[str, ...]
    personal: bool


def profile_of(
    place: int, name: str, column: ColumnSeen, decided: Sequence[Decided], *, personal: bool, month_first: bool
) -> ColumnProfile:
    """The figures of one column of which ``decided`` are the places."""
    seen = column.raw
    found = candidates(seen, None if personal else column.texts, month_first=month_first)
    forms = [(source_of(one.form), one.fits / max(1, seen.total)) for one in found]
    placed = tuple(one.to for one in decided if one.to is not None)
    speaks = bool(placed) and not personal
    said = [one.form for one in decided if one.to is not None and not one.to.startswith("identity.")]
    clear = speaks and bool(said) and isinstance(said[0], Integer | Number | Day | Stamp)
    least, most = _ends(column, clear, bool(said) and isinstance(said[0], Day | Stamp))
    listed = speaks and bool(said) and isinstance(said[0], Code | Flag)
    distinct, exact = seen.distinct()
    return ColumnProfile(
        place,
        name,
        column.rows,
        seen.total,
        dict(sorted(column.words.items())),
        distinct,
        exact,
        least,
        most,
        int(column.raw.figures[0]),
        shape(seen.end_texts[2]),
        tuple(one for one in forms if one[1] >= _LEAST_SHARE),
        _examples(column, decided, listed),
        placed,
        personal,
    )


def _ends(column: ColumnSeen, clear: bool, dated: bool) -> tuple[str, str]:
    seen = column.clean
    if dated and seen.total:
        years = [seen.years[bit] for bit in range(len(written.FORMS)) if any(mask >> bit & 1 for mask in seen.dates)]
        if years and clear:
            return str(min(int(one[0]) for one in years)), str(max(int(one[1]) for one in years))
    least, most = seen.end_texts[0], seen.end_texts[1]
    return (least, most) if clear else (shape(least), shape(most))


def _examples(column: ColumnSeen, decided: Sequence[Decided], listed: bool) -> tuple[str, ...]:
    """The commonest shapes; of a code list or flag the texts that are declared anyway."""
    if listed and column.texts is not None:
        form = next(one.form for one in decided if one.to is not None)
        known = set(form.to) if isinstance(form, Code) else {form.true, form.false} if isinstance(form, Flag) else set()
        return tuple(text for text, _ in column.texts.most_common() if text in known)[:3]
    if column.texts is not None:
        return shapes(column.texts)
    return tuple(shape(text) for text in (column.raw.end_texts[2],) if text)
