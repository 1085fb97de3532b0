"""Arrow columns as text in the form their column declares: exact, in full, whole columns at a time.

Belongs here: how each Arrow type is written, and which types fit which form. Not here: files (``columnar``), the
cells of spreadsheets (``cell_text``). What a form cannot show is written in full, so that it is never misread.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loantape.intake.cells.protocol import Wanted

_SCIENTIFIC = r"^(?P<sign>-?)(?P<head>[0-9]+)(?:\.(?P<tail>[0-9]+))?[eE][+]?(?P<power>-?[0-9]+)$"
# 0001-01-01 and 10000-01-01 in seconds since 1970: outside, a year has no four digits
_FIRST_SECOND = -62_135_596_800
_BEYOND_SECOND = 253_402_300_800
_DAY = 86_400
_DATE_LENGTH = len("2026-10-31")

_DIRECTIVE = re.compile("(%[YmdHMS])")
# where ISO 8601 has each part
_PLACES = {"%Y": (0, 4), "%m": (5, 7), "%d": (8, 10), "%H": (11, 13), "%M": (14, 16), "%S": (17, 19)}
_PARTS = (
    ("%S", pc.second, 0),
    ("%M", pc.minute, 0),
    ("%H", pc.hour, 0),
    ("%d", pc.day, 1),
    ("%m", pc.month, 1),
)


def value_type(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values: what is behind a dictionary, run ends or an extension."""
    while True:
        if isinstance(kind, pa.DictionaryType | pa.RunEndEncodedType):
            kind = kind.value_type
        elif isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        else:
            return kind


def is_cell(kind: pa.DataType) -> bool:
    """Whether values of this type have a text: no list, struct, map, union, binary, duration or interval has."""
    kind = value_type(kind)
    return bool(
        is_string(kind)
        or pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_time(kind)
    )


def is_string(kind: pa.DataType) -> bool:
    """Any of Arrow's three string types."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def fits(kind: pa.DataType, wanted: str) -> bool:
    """Whether a column of this type is what the form declares: docs/reference/intake.md, READ-015."""
    kind = value_type(kind)
    if wanted == "text":
        return is_string(kind)
    if wanted == "integer":
        return bool(pa.types.is_integer(kind))
    if wanted == "number":
        return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))
    if wanted == "day":
        return bool(pa.types.is_date(kind))
    if wanted == "stamp":
        return bool(pa.types.is_timestamp(kind) and kind.tz is None)
    return bool(pa.types.is_boolean(kind))


def plain(values: pa.Array) -> pa.Array:
    """Values without dictionary, run ends and extension."""
    while True:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        elif isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        elif isinstance(values, pa.RunEndEncodedArray):
            values = pc.run_end_decode(values)
        else:
            return values


def as_text(values: pa.Array, wanted: Wanted) -> pa.StringArray:
    """One text per value, the empty text for null. Raises pyarrow's errors for values that break their own type."""
    values = plain(values)
    kind = values.type
    if pa.types.is_null(kind):
        return pa.repeat(pa.scalar("", pa.string()), len(values))
    if is_string(kind):
        texts = values.cast(pa.string())
    elif pa.types.is_boolean(kind):
        true, false = (wanted.true, wanted.false) if wanted.kind == "flag" else ("true", "false")
        texts = pc.if_else(values, pa.scalar(true), pa.scalar(false))
    elif pa.types.is_integer(kind):
        texts = values.cast(pa.string())
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        texts = _number(values, wanted.point if wanted.kind == "number" else ".")
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        # few moments in a column differ, and writing them is slow
        encoded = values.dictionary_encode()
        texts = _moments(encoded.dictionary, wanted).take(encoded.indices)
    else:
        texts = _without_zeros(values.cast(pa.string()))
    return texts.fill_null("")


def _number(values: pa.Array, point: str) -> pa.Array:
    texts = _half(values) if pa.types.is_float16(values.type) else values.cast(pa.string())
    scientific = pc.fill_null(pc.match_substring_regex(texts, "[0-9][eE]"), False)
    if pc.any(scientific).as_py():
        texts = pc.replace_with_mask(texts, scientific, _without_power(texts.filter(scientific)))
    return texts if point == "." else pc.replace_substring(texts, ".", point)


def _half(values: pa.Array) -> pa.Array:
    """Float16 in the shortest digits that give it back; there are only 65,536 of them, so each is written once."""
    bits = values.view(pa.uint16()).dictionary_encode()
    halves = bits.dictionary.to_numpy(zero_copy_only=False).view(np.float16)
    texts = [np.format_float_positional(half, unique=True, trim="-") for half in halves]
    return pa.array(texts, pa.string()).take(bits.indices)


def _without_power(texts: pa.Array) -> pa.Array:
    """``1.5e-7`` as ``0.00000015`` and ``1.5E+3`` as ``1500``: the same number in plain digits."""
    parts = pc.extract_regex(texts, _SCIENTIFIC)
    sign, head, tail, power = (parts.field(at) for at in range(4))
    digits = pc.binary_join_element_wise(head, tail, "")
    # where the point stands in the digits, counted from their beginning
    place = pc.add(pc.utf8_length(head).cast(pa.int64()), power.cast(pa.int64()))
    out = texts
    for at in pc.unique(place).to_pylist():
        here = pc.equal(place, at)
        these = digits.filter(here)
        if at <= 0:
            written = pc.binary_join_element_wise(pa.scalar("0." + "0" * -at), these, "")
        else:
            whole = pc.utf8_slice_codeunits(pc.utf8_rpad(these, at, "0"), 0, at)
            part = pc.utf8_slice_codeunits(these, at)
            dotted = pc.if_else(pc.equal(part, ""), "", ".")
            written = pc.binary_join_element_wise(whole, dotted, part, "")
        out = pc.replace_with_mask(out, here, pc.binary_join_element_wise(sign.filter(here), written, ""))
    return out


def _moments(moments: pa.Array, wanted: Wanted) -> pa.Array:
    """Dates and timestamps: in the declared form where it shows all of them, otherwise as ISO 8601 writes them."""
    kind = moments.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # the moment in UTC, never in the zone: that would be a look into the system's time zone files
        in_full = _without_zeros(moments.cast(pa.timestamp(kind.unit)).cast(pa.string()))
        return pc.binary_join_element_wise(pc.replace_substring(in_full, " ", "T"), "Z", "")
    if pa.types.is_date64(kind):
        moments = moments.cast(pa.int64()).cast(pa.timestamp("ms"))
    elif pa.types.is_date32(kind):
        moments = moments.cast(pa.timestamp("s"))
    seconds = moments.cast(pa.timestamp("s"), safe=False)
    since = seconds.cast(pa.int64())
    exact = pc.equal(seconds.cast(moments.type), moments)
    in_years = pc.and_(pc.greater_equal(since, _FIRST_SECOND), pc.less(since, _BEYOND_SECOND))
    in_full = pc.if_else(exact, seconds.cast(pa.string()), moments.cast(pa.string()))
    if pa.types.is_date(kind) or wanted.kind == "day":
        midnight = pc.equal(pc.multiply(pc.divide(since, _DAY), _DAY), since)
        bare = pc.and_(pc.and_(exact, midnight), in_years)
        in_full = pc.if_else(bare, pc.utf8_slice_codeunits(in_full, 0, _DATE_LENGTH), in_full)
    if "%Y" not in wanted.form:
        return in_full
    shown = pc.and_(exact, in_years)
    for part, of, otherwise in _PARTS:
        if part not in wanted.form:
            shown = pc.and_(shown, pc.equal(of(seconds), otherwise))
    return pc.if_else(shown, _formed(seconds.cast(pa.string()), wanted.form), in_full)


def _without_zeros(texts: pa.Array) -> pa.Array:
    """Times without a fraction of a second that is nothing."""
    return pc.replace_substring_regex(texts, r"\.0+$", "")


def _formed(texts: pa.Array, form: str) -> pa.Array:
    """``YYYY-MM-DD hh:mm:ss`` in another form. Not strftime: it wants the system's time zone files even for UTC."""
    parts = [
        pc.utf8_slice_codeunits(texts, *_PLACES[piece]) if piece in _PLACES else pa.scalar(piece)
        for piece in _DIRECTIVE.split(form)
        if piece
    ]
    return pc.binary_join_element_wise(*parts, "")
