"""How a field of the tape says what it is: names in two languages, unit, code list, source, who must send it.

Belongs here: the vocabulary of fields. Not here: any table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import ibis.expr.datatypes as dt
import pandera.ibis as pa

# The only types a tape column may have. Money and rates are decimals, never floats.
Text = dt.String
# Sixteen digits before the point are enough for one loan, and DuckDB keeps eighteen digits in 64 bits.
Money = Annotated[dt.Decimal, 18, 2, True]  # in the row's currency, two decimals
Rate = Annotated[dt.Decimal, 12, 6, True]  # percent: 5.2 means 5.2 %
Fraction = Annotated[dt.Decimal, 12, 8, True]  # between 0 and 1
Exact = Annotated[dt.Decimal, 28, 8, True]  # figures a regulator takes with up to eight decimals
Count = dt.Int32
Day = dt.Date
Stamp = Annotated[dt.Timestamp, None, 6, True]  # local time of the lender
Flag = dt.Boolean


@dataclass(frozen=True)
class Meta:
    """What a reader needs to know of one field. ``codes`` maps a code to its English and Chinese meaning."""

    en: str
    zh: str
    unit: str
    source: str
    codes: Mapping[str, tuple[str, str]] | None
    required: bool
    required_in: tuple[str, ...]
    max_length: int | None
    derived: bool


def field(
    en: str,
    zh: str,
    *,
    source: str,
    unit: str = "text",
    codes: Mapping[str, tuple[str, str]] | None = None,
    required: bool = False,
    required_in: tuple[str, ...] = (),
    max_length: int | None = None,
    ge: Any = None,
    le: Any = None,
    matches: str | None = None,
    derived: bool = False,
) -> Any:
    """One tape field. ``required`` everywhere, or only for the lenders of the jurisdictions in ``required_in``.

    ``source`` names the section of the rules reference and the field's home, e.g. ``"PBoC V2.1 CLGRDK 14 [P]"``.
    ``matches`` is a regular expression for the whole value: write ``[0-9]``, not ``\\d``, so that all engines agree.
    ``derived`` fields are computed while reading (from identity columns) and never delivered.
    """
    meta = Meta(en, zh, unit, source, codes, required, required_in, max_length, derived)
    return pa.Field(
        nullable=not required,
        isin=list(codes) if codes else None,
        ge=ge,
        le=le,
        str_length={"max_value": max_length} if max_length else None,
        str_matches=matches,
        metadata={"loantape": meta},
    )


class TapeModel(pa.DataFrameModel):
    """Base of the tape's tables. A subclass states its grain in its docstring and its key in ``key``."""

    class Config:
        strict = True

    @classmethod
    def table_name(cls) -> str:
        """The grain: ``Loan`` is stored as ``tape_loan`` and called ``loan``."""
        return "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        """The columns that name one row within a submission."""
        raise TypeError(f"{cls.__name__} does not say its key")


def meta_of(model: type[TapeModel]) -> dict[str, Meta]:
    """Field name to what it means, in column order."""
    return {name: column.metadata["loantape"] for name, column in model.to_schema().columns.items()}
