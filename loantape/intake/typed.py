"""From parsed columns to rows of the tape and of the vault, as SQL over Arrow batches.

Belongs here: which parsed column is which field, constants, pseudonyms. Not here: parsing (``plan``, ``columns``),
running it (``reading``). Values arrive typed: no cast here changes one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.datatypes as dt

from loantape import catalog
from loantape.declare import Column, FileKind, FileLayout, Text
from loantape.errors import DeclarationError
from loantape.intake.headers import TEXT_KINDS, Header
from loantape.intake.plan import IDENTITY, Target
from loantape.privacy import id_no_parts_sql, id_no_valid_sql, pseudonym_sql

PARTS = ("id_no", "phone", "name")  # of the vault
_SIMPLE_TYPES = {"string": "VARCHAR", "int32": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}


def sql_types(table: str) -> Mapping[str, str]:
    """Field to its DuckDB type, in the order of the tape model."""
    columns = catalog.tape_tables()[table].to_schema().columns
    return {name: _sql_type(column.dtype.type) for name, column in columns.items()}


def _sql_type(dtype: Any) -> str:
    if isinstance(dtype, dt.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    if isinstance(dtype, dt.Timestamp) and dtype.timezone is None:
        return "TIMESTAMP"
    name = str(dtype)
    if name not in _SIMPLE_TYPES:
        raise DeclarationError(f"the tape has a field of type {name}", "use one of the types in schemas/tape/field.py")
    return _SIMPLE_TYPES[name]


def literal(text: str) -> str:
    """A declared text as an SQL literal. Delivered values never come here: they are columns or bound parameters."""
    return "'" + text.replace("'", "''") + "'"


def tables_of(layout: FileLayout) -> Sequence[str]:
    """The tape tables a file feeds, its grain first."""
    targets = [column.to for column in layout.columns if column.to] + list(layout.constants)
    tables = list(dict.fromkeys(to.split(".")[0] for to in targets if not to.startswith(f"{IDENTITY}.")))
    if not tables:
        raise DeclarationError(
            f"the layout {layout.pattern} feeds no table of the tape", "let at least one of its columns go to a field"
        )
    return tables


def targets_of(layout: FileLayout, header: Header, table: str) -> Sequence[Target]:
    """The delivered columns that make rows of one table; those of ``loan`` carry the identity parts a pseudonym
    needs.
    """
    types = sql_types(table)
    columns = [c for c in layout.columns if c.to and c.to.split(".")[0] == table and c.header in header.places]
    fields = [_field_of(column) for column in columns]
    twice = {field for field in fields if fields.count(field) > 1}
    if twice:
        raise DeclarationError(f"two columns go to {table}.{sorted(twice)[0]}", "each field has one source")
    targets = [(field, _type(types, column), column) for field, column in zip(fields, columns, strict=True)]
    if table == "loan" and "id_type" in fields:
        targets += [("id_no", IDENTITY, column) for column in _identity(layout, header, ("id_no",))]
    return _placed(targets, layout, header) or [_placeholder(layout, header)]


def _placeholder(layout: FileLayout, header: Header) -> Target:
    """A column that is read and not used: rows are rows also where a table gets none of its fields from the file."""
    column = next((column for column in layout.columns if column.header in header.places), layout.columns[0])
    return Target("", IDENTITY, column, header.places.get(column.header, 0))


def identity_targets(layout: FileLayout, header: Header) -> Sequence[Target]:
    """The delivered columns that make rows of the vault; none where a file carries no identity."""
    parts = _identity(layout, header, PARTS)
    kinds = [c for c in layout.columns if c.to == "loan.id_type" and c.header in header.places]
    if not kinds or not any(_field_of(column) == "id_no" for column in parts):
        return []
    targets = [("id_type", "VARCHAR", kinds[0])] + [(_field_of(column), IDENTITY, column) for column in parts]
    return _placed(targets, layout, header)


def _placed(targets: Sequence[tuple[str, str, Column]], layout: FileLayout, header: Header) -> Sequence[Target]:
    """Where each target's text is found: its field of the line, or its own place among those asked for."""
    delimited = layout.kind is FileKind.DELIMITED
    return [
        Target(name, kind, column, header.places[column.header] if delimited else at)
        for at, (name, kind, column) in enumerate(targets)
    ]


def rows_sql(layout: FileLayout, targets: Sequence[Target], table: str, source: str) -> str:
    """SELECT for one file's rows in one tape table, its fields in model order. ``source`` has the columns v0, v1, …"""
    types = sql_types(table)
    outputs = {target.name: f"v{at}" for at, target in enumerate(targets) if target.type != IDENTITY}
    for to, text in layout.constants.items():
        kind, field = to.split(".")
        if kind == table:
            if field not in types:
                raise DeclarationError(f"{layout.pattern} has a constant {to}", "name a field of schemas/tape")
            outputs[field] = f"CAST({literal(text)} AS {types[field]})"
    id_no = next((f"v{at}" for at, target in enumerate(targets) if target.type == IDENTITY), None)
    if table == "loan" and id_no and "id_type" in outputs:
        outputs["borrower_pid"] = pseudonym_sql(outputs["id_type"], id_no)
        outputs["is_id_no_valid"] = id_no_valid_sql(outputs["id_type"])
        source = id_no_parts_sql(id_no, source)
    fields = ", ".join(f"{outputs.get(field, f'CAST(NULL AS {kind})')} AS {field}" for field, kind in types.items())
    return f"SELECT {fields} FROM {source}"


def identity_sql(targets: Sequence[Target], source: str) -> str:
    """SELECT for what the loans of one file say of their borrowers, a row each; nulls where ``targets`` are none."""
    there = {target.name: f"v{at}" for at, target in enumerate(targets)}
    parts = ", ".join(f"{there.get(part, 'CAST(NULL AS VARCHAR)')} AS {part}" for part in ("id_type", *PARTS))
    return f"SELECT {parts} FROM {source}"


def borrowers_sql(loans: str) -> str:
    """SELECT for the borrowers of all loans: one row each, ordered.

    Of several names or phones of one borrower the first in alphabetical order stays; the others are with the loans.
    """
    parts = ", ".join(("id_type", *PARTS))
    return (
        f"SELECT borrower_pid, {parts} FROM (SELECT {pseudonym_sql('id_type', 'id_no')} "
        f"AS borrower_pid, * FROM (SELECT DISTINCT {parts} FROM {loans}) AS d) AS p "
        "WHERE borrower_pid IS NOT NULL QUALIFY row_number() OVER "
        "(PARTITION BY borrower_pid ORDER BY name, phone, id_type, id_no) = 1 ORDER BY borrower_pid"
    )


def carries_amounts(layout: FileLayout) -> bool:
    """Whether a file brings money, so that it must say what it adds up to."""
    fields = [_field_of(column) for column in layout.columns if column.to and not column.to.startswith(IDENTITY)]
    return any(field.endswith(("_amount", "_cny")) for field in fields)


def is_text(layout: FileLayout) -> bool:
    """Whether files of this layout are lines of text."""
    return layout.kind in TEXT_KINDS


def _identity(layout: FileLayout, header: Header, parts: Sequence[str]) -> Sequence[Column]:
    found = []
    for column in layout.columns:
        kind, _, part = (column.to or "").partition(".")
        if kind == IDENTITY and part not in PARTS:
            raise DeclarationError(f"{column.header!r} goes to {column.to}", f"use one of {', '.join(PARTS)}")
        if kind == IDENTITY and part in parts and column.header in header.places:
            if not isinstance(column.form, Text):
                raise DeclarationError(f"{column.header!r} is no Text", "identities are kept word for word")
            found.append(column)
    return found


def _type(types: Mapping[str, str], column: Column) -> str:
    field = _field_of(column)
    if field not in types:
        raise DeclarationError(
            f"a lender sends {column.to}, which the tape does not have", "name a field of schemas/tape"
        )
    return types[field]


def _field_of(column: Column) -> str:
    return (column.to or ".").split(".")[1]
