"""How a value of the PBoC's detail tables is written: the forms of §3.1, and what a column is.

Belongs here: the vocabulary of columns.py, as declared data. Not here: which table has which columns (columns.py), the
bytes (writing.py), or the readers, which restate the format on purpose so that they can contradict the writer.
Source: 金融基础数据采集规范 V2.1 (December 2023), §3.1 [P].
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import ibis.expr.datatypes as dt


@dataclass(frozen=True)
class Chars:
    """``C..n`` (up to n bytes) or, when ``fixed``, ``Cn`` (exactly n bytes).

    Optionally one of a code list, or in the form that ``matches`` gives as a regular expression for the whole value;
    ``good`` and ``bad`` are examples of it.
    """

    size: int
    fixed: bool = False
    codes: Collection[str] | None = None
    matches: str | None = None
    good: str = "x"
    bad: str = "?"

    @property
    def is_free_text(self) -> bool:
        """Whether any words may stand in it, so that control characters and outer spaces have to be looked for."""
        return self.codes is None and self.matches is None


@dataclass(frozen=True)
class Fixed:
    """``Dw.d``: at most ``whole`` digits before the point, exactly ``scale`` after it.

    ``kind`` is the decimal type that holds it: where that has no more digits than the form, no value can be too long.
    """

    whole: int
    scale: int
    kind: dt.Decimal

    @property
    def may_overflow(self) -> bool:
        """Whether the type holds numbers that the form does not."""
        return int(self.kind.precision or 38) - self.scale > self.whole


@dataclass(frozen=True)
class Day:
    """``C10``: YYYY-MM-DD."""


@dataclass(frozen=True)
class Column:
    """One column: its number, names, form, and the SQL it comes from.

    ``required`` columns may never be empty; when another may not be is a rule across columns (format_rules.py).
    ``missing`` says, in English and Chinese, what an empty one means where that is not plain.
    """

    number: int
    zh: str
    en: str
    form: Chars | Fixed | Day
    source: str
    required: bool = True
    missing: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        """The column's name in the outgoing relation, ``c01`` and on."""
        return f"c{self.number:02d}"

    @property
    def kind(self) -> dt.DataType:
        """Its type in the outgoing relation."""
        match self.form:
            case Fixed(kind=kind):
                return kind
            case Day():
                return dt.date
            case _:
                return dt.string


@dataclass(frozen=True)
class Table:
    """A detail table: one data file, check file and zip per reporting institution."""

    name: str  # the table string of the file name, e.g. CLGRDK
    zh: str
    en: str
    section: str  # of V2.1
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # by what a person finds a record

    @property
    def relation(self) -> str:
        """The outgoing relation that holds it."""
        return f"out_cn_pbc__{self.name.lower()}"

    @property
    def grain(self) -> str:
        """What its rules call it."""
        return self.name.lower()
