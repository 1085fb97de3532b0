"""How one lender's files become the canonical tape, and how a text becomes a value.

The lexical rules of each form are written out in docs/reference/intake.md: nothing is accepted by accident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Text:
    """Kept as it is, surrounding blanks included; at most ``max_length`` characters and no control characters."""

    max_length: int = 300


@dataclass(frozen=True)
class Identifier:
    """A key: 1 to ``max_length`` of the ASCII letters, digits and ``. _ : / # * -``, nothing else."""

    max_length: int = 64


@dataclass(frozen=True)
class Integer:
    """An optional minus and digits 0-9, nothing else."""


@dataclass(frozen=True)
class Number:
    """A decimal: optional minus, digits 0-9, one ``point``. More than ``scale`` decimals does not parse.

    ``times`` turns a fraction into a percent (100) exactly, in DECIMAL arithmetic. ``noise`` is for senders whose
    spreadsheets write binary fractions out in full (0.07400000000000001): so many decimals may be written if the value
    differs from its first ``scale`` decimals, rounded, by less than 1e-12; 0 allows none of it. ``group`` is the
    thousands separator that may stand before every third digit: all of them or none; empty allows none.
    """

    precision: int = 20
    scale: int = 2
    times: int = 1
    noise: int = 0
    point: str = "."
    group: str = ""


@dataclass(frozen=True)
class Day:
    """A calendar date in exactly one of the written forms: ``%Y`` ``%m`` ``%d`` of fixed width and literal characters.

    ``%m/%Y`` means the first day of that month. ``also`` are further forms; two that could read one text differently
    are refused as a declaration.
    """

    form: str = "%Y-%m-%d"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stamp:
    """A local date and time in exactly one of the written forms (``%Y %m %d %H %M %S``)."""

    form: str = "%Y-%m-%d %H:%M:%S"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """A boolean written in exactly one of two ways."""

    true: str = "1"
    false: str = "0"


@dataclass(frozen=True)
class Code:
    """A code list: delivered text to canonical code. Text outside it does not parse."""

    to: Mapping[str, str]


ValueForm = Text | Identifier | Integer | Number | Day | Stamp | Flag | Code


@dataclass(frozen=True)
class Column:
    """One delivered column: its header, where it goes, how it is written.

    ``to`` is ``table.field`` of the canonical tape (several targets may read one column: give one Column each),
    ``identity.<part>`` for the vault (id_no, phone, name), or None when it is not taken, and then ``ignored`` says why.
    ``trim`` takes blanks around the text away; ``full_width`` turns full-width ASCII forms and the ideographic space
    into their plain ones before the text is read, and reports that it did. ``at`` is where a fixed-width file has the
    column: first byte of the record, from 1, and length in bytes.
    """

    header: str
    to: str | None
    form: ValueForm = Text()
    empty: tuple[str, ...] = ("",)
    required: bool = True
    ignored: str | None = None
    trim: bool = False
    full_width: bool = False
    at: tuple[int, int] | None = None


class FileKind(StrEnum):
    """What a delivered file is made of."""

    DELIMITED = "delimited"
    FIXED = "fixed"
    PARQUET = "parquet"
    ARROW = "arrow"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Trailer:
    """A last line that is no record: its first field is ``marker``, the others say what ``fields`` names.

    A name is ``rows``, ``table.field`` (the sum of that field) or empty for what is not looked at. ``at`` places them
    in a fixed-width record, the marker first, as in ``Column.at``.
    """

    marker: str
    fields: tuple[str, ...]
    at: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FileLayout:
    """One kind of delivered file. ``pattern`` is a glob on its name; ``quote`` is None where quoting is not allowed.

    A name may end in ``.gz``, ``.zst`` or ``.zip`` besides, which says how the file is packed. ``constants`` gives
    canonical fields that the file does not carry but that hold for each of its rows (``{"loan.currency": "USD"}``),
    typed as the tape types them; ``{period}`` in one stands for the reporting date. Without a ``header`` the columns
    come in the declared order. ``sheet`` names the worksheet of an XLSX file; None means that it has only one.
    """

    pattern: str
    columns: tuple[Column, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    required: bool = True
    constants: Mapping[str, str] = field(default_factory=dict)
    kind: FileKind = FileKind.DELIMITED
    header: bool = True
    trailer: Trailer | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Lender:
    """How one lender's files become the canonical tape.

    ``rows`` are canonical rows that hold for every delivery of this lender and that it does not send
    (``{"institution": [{...}]}``).
    """

    name: str
    en: str
    zh: str
    jurisdiction: str  # "cn", "us": which presence duties and rules apply
    schema_version: str  # what a manifest must say, e.g. "standard/1"
    files: tuple[FileLayout, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
