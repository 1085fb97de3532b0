"""Which declared forms a column's values fit, the narrowest first, and which one suits a field of the tape.

Belongs here: from counts to a declaration and the doubts about it. Not here: counting (``seen``), code lists
(``codes``), which field is meant (``fields``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from loantape.declare import Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.onboard import kernel, written
from loantape.onboard.seen import SURE_EMPTY, Seen

FLAGS = (
    *(("1", "0"), ("Y", "N"), ("T", "F"), ("是", "否"), ("true", "false"), ("True", "False"), ("TRUE", "FALSE")),
    *(("Yes", "No"), ("YES", "NO"), ("yes", "no"), ("y", "n"), ("t", "f"), ("有", "无")),
)
_NOISE = 18  # decimals a binary fraction is usually written with, and the most that a declaration allows beyond
_WIDEST = 38  # digits of a decimal
_PLAUSIBLE = (1950, 2100)  # years that tell dates of digits only from numbers
_LONGEST_IDENTIFIER = 64


@dataclass(frozen=True)
class Candidate:
    """A form and how many of the column's values it accepts."""

    form: ValueForm
    fits: int


def candidates(seen: Seen, texts: Counter[str] | None, *, month_first: bool = False) -> list[Candidate]:
    """Every form that accepts at least one value, in the order narrow to wide; its parameters are the tightest.

    ``month_first`` prefers ``%m/%d`` over ``%d/%m`` where both fit all values.
    """
    found: list[Candidate] = []
    if texts is not None:
        found += _flags(texts)
    day = _dates(seen, written.DAY_BITS, month_first)
    if day is not None:
        found.append(Candidate(Day(day[0][0], tuple(day[0][1:])), day[1]))
    stamp = _dates(seen, written.STAMP_BITS, month_first)
    if stamp is not None:
        found.append(Candidate(Stamp(stamp[0][0], tuple(stamp[0][1:])), stamp[1]))
    found.append(Candidate(Integer(), seen.fits(kernel.INTEGER)))
    found += _numbers(seen)
    longest = int(seen.figures[kernel.LONGEST])
    found.append(Candidate(Identifier(min(longest, _LONGEST_IDENTIFIER)), seen.fits(kernel.IDENTIFIER)))
    found.append(Candidate(Text(longest), seen.fits(kernel.CLEAN)))
    return [one for one in found if one.fits]


def narrowest(seen: Seen, texts: Counter[str] | None, *, month_first: bool = False) -> ValueForm:
    """The first form that accepts every value; Text where none does or there are no values."""
    every = [one.form for one in candidates(seen, texts, month_first=month_first) if one.fits == seen.total]
    return every[0] if every and seen.total else Text(max(1, int(seen.figures[kernel.LONGEST])))


def number_for(seen: Seen, precision: int, scale: int) -> Candidate | None:
    """The number form for a field of so many digits and decimals that accepts the most values, None without any."""
    best = max(_numbers(seen), key=lambda one: one.fits, default=None)
    if best is None or not isinstance(best.form, Number):
        return None
    form = best.form
    row = kernel.TRUE_POINT if form.point == "." else kernel.RAW_COMMA
    beyond = int(seen.decimals[row, scale + 1 :].sum()) if form.scale > scale else 0
    noise = min(form.noise, scale + _NOISE)
    if noise:
        beyond += int(seen.decimals[kernel.RAW_POINT, noise + 1 :].sum())
    fitted = Number(precision, scale, noise=noise, point=form.point, group=form.group)
    return Candidate(fitted, best.fits - beyond)


def whole_digits(form: Number) -> int:
    """Which figure of the kernel says how many digits stand before the point."""
    if form.point == ",":
        return kernel.COMMA_WHOLE
    return kernel.GROUP_WHOLE if form.group else kernel.POINT_WHOLE


def also_reads(seen: Seen, form: ValueForm) -> tuple[str, ...]:
    """Other date forms that accept every value too: day and month exchanged."""
    if not isinstance(form, Day | Stamp) or form.form not in written.FORMS:
        return ()
    other = written.swapped(form.form)
    if other == form.form or other not in written.FORMS or form.also:
        return ()
    bit = 1 << written.FORMS.index(other)
    fits = sum(number for mask, number in seen.dates.items() if mask & bit)
    return (other,) if fits == seen.total else ()


def month_comes_first(columns: Sequence[Seen], otherwise: bool) -> bool:
    """Whether the file writes months before days, by the columns that leave no choice; ``otherwise`` without any."""
    votes = 0
    for seen in columns:
        fits = seen.total and all(mask & (written.MONTH_FIRST | written.DAY_FIRST) for mask in seen.dates)
        if fits:
            every = written.MONTH_FIRST | written.DAY_FIRST
            for mask in seen.dates:
                every &= mask
            votes += bool(every & written.MONTH_FIRST) - bool(every & written.DAY_FIRST)
    return votes > 0 if votes else otherwise


def separators_unsure(seen: Seen) -> bool:
    """Whether ``1,234`` may be a thousand or one and a bit: every value reads both ways."""
    return bool(seen.fits(kernel.USES_COMMA)) and seen.all_are(kernel.GROUPED) and seen.all_are(kernel.COMMA)


# --- flags ------------------------------------------------------------------------------------------------------------


def _flags(texts: Counter[str]) -> list[Candidate]:
    values = set(texts) - set(SURE_EMPTY)
    # one word that stands alone may be "nothing" rather than "no"
    pairs = [pair for pair in FLAGS if values and values <= set(pair) and values != {"无"}]
    return [Candidate(Flag(*pair), sum(texts[one] for one in values)) for pair in pairs[:1]]


# --- numbers ----------------------------------------------------------------------------------------------------------


def _numbers(seen: Seen) -> list[Candidate]:
    plain, grouped = seen.fits(kernel.PLAIN), seen.fits(kernel.GROUPED)
    comma, both = seen.fits(kernel.COMMA), seen.fits(kernel.COMMA_GROUPED)
    raw, true = (_most(seen.decimals[row]) for row in (kernel.RAW_POINT, kernel.TRUE_POINT))
    noise = max(_NOISE, raw) if raw > true else 0
    made: list[tuple[Number, int]] = []
    if plain:
        made.append((_number(int(seen.figures[kernel.POINT_WHOLE]) + (noise > 0), true, noise, ".", ""), plain))
    if grouped > plain:
        made.append((_number(int(seen.figures[kernel.GROUP_WHOLE]) + (noise > 0), true, noise, ".", ","), grouped))
    decimals = _most(seen.decimals[kernel.RAW_COMMA])
    whole = int(seen.figures[kernel.COMMA_WHOLE])
    if comma and comma > plain:
        made.append((_number(whole, decimals, 0, ",", ""), comma))
    if both > max(comma, plain) and both > grouped:
        made.append((_number(whole, decimals, 0, ",", "."), both))
    return [Candidate(form, fits) for form, fits in made if form.precision <= _WIDEST]


def _number(whole: int, decimals: int, noise: int, point: str, group: str) -> Number:
    return Number(max(1, whole + decimals), decimals, noise=noise, point=point, group=group)


def _most(decimals: Sequence[int]) -> int:
    """The most decimals that any value has."""
    return max((at for at, number in enumerate(decimals) if number), default=0)


# --- dates ------------------------------------------------------------------------------------------------------------


def _dates(seen: Seen, wanted: int, month_first: bool) -> tuple[list[str], int] | None:
    """The forms that together accept the most values, the commonest first, and how many they accept."""
    left = {mask & wanted & _plausible(seen): 0 for mask in seen.dates}
    for mask, number in seen.dates.items():
        left[mask & wanted & _plausible(seen)] += number
    left.pop(0, None)
    chosen: list[int] = []
    covered = 0
    while left:
        bits = [bit for bit in range(len(written.FORMS)) if any(mask >> bit & 1 for mask in left)]
        allowed = [bit for bit in bits if not any(_contradict(bit, other) for other in chosen)]
        if not allowed:
            break
        fits = {bit: sum(number for mask, number in left.items() if mask >> bit & 1) for bit in allowed}
        best = max(allowed, key=lambda bit: (fits[bit], month_first == bool(written.MONTH_FIRST >> bit & 1), -bit))
        chosen.append(best)
        covered += fits[best]
        left = {mask: number for mask, number in left.items() if not mask >> best & 1}
    return ([written.FORMS[bit] for bit in chosen], covered) if chosen else None


def _plausible(seen: Seen) -> int:
    """The forms that may be meant: those of digits only need years that loans have."""
    mask = (1 << len(written.FORMS)) - 1
    for bit in range(len(written.FORMS)):
        least, most = seen.years[bit]
        if written.DIGITS_ONLY >> bit & 1 and (least < _PLAUSIBLE[0] or most > _PLAUSIBLE[1]):
            mask &= ~(1 << bit)
    return mask


def _contradict(one: int, other: int) -> bool:
    """Whether some text could be read by both forms: their literals and their digits stand in the same places."""
    table, lengths = written.templates()
    if lengths[one] != lengths[other]:
        return False
    for a, b in zip(table[one][: lengths[one]].tolist(), table[other][: lengths[other]].tolist(), strict=True):
        if (a >= 256) != (b >= 256):
            literal = (a if a >= 256 else b) - 256
            if not 48 <= literal <= 57:
                return False
        elif a >= 256 and a != b:
            return False
    return True
