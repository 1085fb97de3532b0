"""Lenders whose files already are the canonical tape: one CSV per table, one column per delivered field.

Belongs here: layouts made from the tape models. Not here: any lender (``simulated``, or a module of its own).
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Column, Day, FileLayout, Flag, Integer, Lender, Number, Stamp, Text, ValueForm
from schemas.tape import TABLES, TapeModel, meta_of

SCHEMA_VERSION = "standard/1"
STANDARD_TABLES = (
    "institution", "loan", "fee", "instalment", "disclosure", "consent", "partner", "contact", "complaint",
)  # fmt: skip
IDENTITY = ("id_no", "phone", "name")  # appended to loan.csv; they go to the vault, never to the tape
OPTIONAL_TABLES = STANDARD_TABLES[2:]

# Longer texts than the tape allows are read, so that the finding says "too long" and shows where; this is the end.
_LONGEST_TEXT = 4000


def standard(name: str, en: str, zh: str, jurisdiction: str, encoding: str = "utf-8") -> Lender:
    """A lender of the standard layout: ``<table>.csv``, comma, optional double quotes, dates ``YYYY-MM-DD``.

    Amounts carry at most the decimals of their field; flags are 1 and 0; an empty cell is null.
    """
    return Lender(
        name=name,
        en=en,
        zh=zh,
        jurisdiction=jurisdiction,
        schema_version=SCHEMA_VERSION,
        files=tuple(_layout(table, encoding) for table in STANDARD_TABLES),
    )


def delivered_fields(table: str) -> tuple[str, ...]:
    """The header of ``<table>.csv`` without identity columns: the fields that are not derived, in model order."""
    return tuple(field for field, meta in meta_of(TABLES[table]).items() if not meta.derived)


def _layout(table: str, encoding: str) -> FileLayout:
    model = TABLES[table]
    columns = [Column(field, f"{table}.{field}", _form(model, field)) for field in delivered_fields(table)]
    if table == "loan":
        columns += [Column(part, f"identity.{part}") for part in IDENTITY]
    return FileLayout(f"{table}.csv", tuple(columns), encoding=encoding, required=table not in OPTIONAL_TABLES)


def _form(model: type[TapeModel], field: str) -> ValueForm:
    """How the standard layout writes a field, by the field's type."""
    kind: Any = model.to_schema().columns[field].dtype.type
    if isinstance(kind, dt.Decimal):
        return Number(precision=kind.precision or 38, scale=kind.scale or 0)
    if isinstance(kind, dt.Int32):
        return Integer()
    if isinstance(kind, dt.Date):
        return Day()
    if isinstance(kind, dt.Timestamp):
        return Stamp()
    if isinstance(kind, dt.Boolean):
        return Flag()
    return Text(max_length=_LONGEST_TEXT)
