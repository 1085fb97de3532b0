"""What the text of a field means under each declared form, read slowly and obviously from docs/reference/intake.md.

Belongs here: empty texts, trim, full width, the eight forms, what is noted of a value. Not here: lines and headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from loantape.declare import Code, Column, Day, Flag, Identifier, Integer, Number, Stamp, Text

EXACT = Context(prec=100_000)
WHITE = " \t\u00a0\u3000"
CHINESE_PUNCTUATION = "（），：；！？"
NOISE = Decimal("1e-12")
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}


class Unparsed(Exception):
    """The text is not of the declared form."""


@dataclass(frozen=True)
class Read:
    """What became of one text."""

    value: Any
    parsed: bool = True
    notes: tuple[str, ...] = ()


def plain_width(text: str) -> str:
    """Full-width ASCII forms and the ideographic space replaced by their plain ones."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFF01 + 0x21)
    return " " if character == "\u3000" else character


def read(delivered: str, column: Column, precision: int, scale: int) -> Read:
    """The value of a text; ``precision`` and ``scale`` are those of the tape's field where it is a decimal."""
    notes, text = [], delivered
    if column.full_width:
        text = plain_width(text)
        if text != delivered:
            notes.append("READ-013")
    if column.trim:
        text = text.strip(WHITE)
    if text in column.empty and not (isinstance(column.form, Code) and text in column.form.to):
        return Read(None, True, tuple(notes))
    try:
        value = parse(text, column.form, precision, scale)
    except Unparsed:
        return Read(None, False, tuple(notes))
    if isinstance(column.form, Text):
        if text.strip(WHITE) != text:
            notes.append("READ-014")
        if not column.full_width and any(
            plain_width(one) != one and one not in CHINESE_PUNCTUATION for one in set(text)
        ):
            notes.append("READ-013")
    return Read(value, True, tuple(notes))


def parse(text: str, form: Any, precision: int, scale: int) -> Any:
    """The value of a text that is not empty. Raises Unparsed."""
    if isinstance(form, Text):
        return _text(text, form)
    if isinstance(form, Identifier):
        return _identifier(text, form)
    if isinstance(form, Integer):
        return _integer(text)
    if isinstance(form, Number):
        return _number(text, form, precision, scale)
    if isinstance(form, Day):
        return _moment(text, (form.form, *form.also)).date()
    if isinstance(form, Stamp):
        return _moment(text, (form.form, *form.also))
    if isinstance(form, Flag):
        if text not in (form.true, form.false):
            raise Unparsed
        return text == form.true
    assert isinstance(form, Code)
    if text not in form.to:
        raise Unparsed
    return form.to[text]


def _text(text: str, form: Text) -> str:
    if len(text) > form.max_length or re.search("[\u0000-\u001f\u007f-\u009f]", text):
        raise Unparsed
    return text


def _identifier(text: str, form: Identifier) -> str:
    if not 1 <= len(text) <= form.max_length or re.search(r"[^A-Za-z0-9._:/#*\-]", text):
        raise Unparsed
    return text


def _digits(text: str) -> bool:
    return text != "" and all(character in "0123456789" for character in text)


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not _digits(digits) or len(digits.lstrip("0")) > 10:
        raise Unparsed
    value = int(digits.lstrip("0") or "0") * (-1 if text.startswith("-") else 1)
    if not -2_147_483_648 <= value <= 2_147_483_647:
        raise Unparsed
    return value


def _number(text: str, form: Number, precision: int, scale: int) -> Decimal:
    unsigned = text.removeprefix("-")
    whole, point, decimals = unsigned.partition(form.point)
    if point and not _digits(decimals):
        raise Unparsed
    if form.group and form.group in whole:
        head, *groups = whole.split(form.group)
        if not (1 <= len(head) <= 3 and all(len(group) == 3 for group in groups)):
            raise Unparsed
        whole = head + "".join(groups)
    if not _digits(whole) or len(decimals) > max(form.scale, form.noise):
        raise Unparsed
    significant = whole.lstrip("0") or "0"
    if len(significant) > 60:
        raise Unparsed
    value = Decimal(f"{significant}.{decimals}" if decimals else significant)
    if len(decimals) > form.scale:
        rounded = value.quantize(Decimal(1).scaleb(-form.scale), context=EXACT)
        if not abs(EXACT.subtract(value, rounded)) < NOISE:
            raise Unparsed
        value = rounded
    result = EXACT.multiply(value, Decimal(form.times))
    if value >= Decimal(10) ** (form.precision - form.scale) or result >= Decimal(10) ** (precision - scale):
        raise Unparsed
    return -result if text.startswith("-") and result else result


def _moment(text: str, forms: tuple[str, ...]) -> datetime:
    for form in forms:
        found = _in_form(text, form)
        if found is not None:
            return found
    raise Unparsed


def _in_form(text: str, form: str) -> datetime | None:
    parts = {"Y": 0, "m": 1, "d": 1, "H": 0, "M": 0, "S": 0}
    at, place = 0, 0
    while place < len(form):
        if form[place] == "%":
            width = WIDTHS[form[place + 1]]
            digits = text[at : at + width]
            if len(digits) != width or not _digits(digits):
                return None
            parts[form[place + 1]] = int(digits)
            at, place = at + width, place + 2
        else:
            if text[at : at + 1] != form[place]:
                return None
            at, place = at + 1, place + 1
    if at != len(text):
        return None
    try:
        return datetime(parts["Y"], parts["m"], parts["d"], parts["H"], parts["M"], parts["S"])
    except ValueError:
        return None
