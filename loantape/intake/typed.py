"""From delivered text to typed values, as SQL: nothing is accepted by accident and nothing is dropped.

Belongs here: the SQL of each declared form and of one file's rows for one tape table. Not here: running it
(``reading``). DuckDB's casts are lenient (``1e3``, `` 12 ``, ``0x1F``, ``1_000``, ``2025/1/3`` all pass), so every
cast is guarded: by writing the value back and comparing, or by a pattern where several spellings are right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.datatypes as dt

from loantape import catalog
from loantape.declare import Code, Column, Day, FileLayout, Flag, Integer, Number, Stamp, Text, ValueForm
from loantape.errors import DeclarationError
from loantape.privacy import id_no_valid_sql, pseudonym_sql

UNPARSED = "unparsed_texts"  # a working column of the tape tables: list of (field, text), null where all parsed
_NARROW = 18  # digits of the widest decimal that DuckDB keeps in 64 bits
UNPARSED_TYPE = "STRUCT(field VARCHAR, text VARCHAR)[]"

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


# --- one value ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Value:
    """One delivered cell on its way to one field, in three steps that each see the step before as a column.

    ``raw`` reads the CSV column (null where it says "empty"), ``cast`` reads ``raw``, ``value`` reads both.
    """

    field: str
    raw: str
    cast: str
    value: str


def cell_sql(column: Column, csv: str, at: int, target: str) -> _Value:
    """SQL that turns the CSV column ``csv`` into a field of the DuckDB type ``target``. ``at`` makes names unique."""
    raw, cast = f"raw{at}", f"cast{at}"
    cast_sql, value_sql = _form_sql(column.form, raw, cast, target, column.header)
    return _Value(_field_of(column), _raw_sql(column, csv), cast_sql, value_sql)


def _raw_sql(column: Column, csv: str) -> str:
    """The cell's text, null where its declaration says that it is empty. The reader gives null for no characters."""
    meant = set(column.form.to) if isinstance(column.form, Code) else set()
    empty = set(column.empty) - meant
    text = csv if "" in empty else f"coalesce({csv}, '')"
    words = sorted(empty - {""})
    return f"CASE WHEN {text} IN ({', '.join(map(literal, words))}) THEN NULL ELSE {text} END" if words else text


def _form_sql(form: ValueForm, raw: str, cast: str, target: str, header: str) -> tuple[str, str]:
    match form:
        case Text(max_length=most) if target == "VARCHAR":
            # bytes are counted at once, characters only where there are more bytes than allowed characters
            return raw, f"CASE WHEN strlen({raw}) <= {most} THEN {raw} WHEN length({raw}) <= {most} THEN {raw} END"
        case Integer() if target == "INTEGER":
            same = f"CAST({cast} AS VARCHAR) = {raw}"
            return f"TRY_CAST({raw} AS INTEGER)", _guarded(cast, same, raw, "-?[0-9]+")
        case Number() if target.startswith("DECIMAL"):
            return _number_sql(form, raw, cast, target, header)
        case Day(form="%Y-%m-%d") if target == "DATE":
            return f"TRY_CAST({raw} AS DATE)", _same_moment(cast, raw, 10)
        case Day(form=written) if target == "DATE":
            text = literal(written)
            parsed = f"CAST(try_strptime({raw}, {text}) AS DATE)"
            return parsed, f"CASE WHEN strftime({cast}, {text}) = {raw} AND isfinite({cast}) THEN {cast} END"
        case Stamp(form="%Y-%m-%d %H:%M:%S") if target == "TIMESTAMP":
            return f"TRY_CAST({raw} AS TIMESTAMP)", _same_moment(cast, raw, 19)
        case Stamp(form=written) if target == "TIMESTAMP":
            text = literal(written)
            return (
                f"try_strptime({raw}, {text})",
                f"CASE WHEN strftime({cast}, {text}) = {raw} AND isfinite({cast}) THEN {cast} END",
            )
        case Flag(true=true, false=false) if target == "BOOLEAN":
            return raw, f"CASE {raw} WHEN {literal(true)} THEN true WHEN {literal(false)} THEN false END"
        case Code(to=codes) if target == "VARCHAR" and codes:
            cases = " ".join(f"WHEN {literal(text)} THEN {literal(code)}" for text, code in codes.items())
            return raw, f"CASE {raw} {cases} END"
    raise DeclarationError(
        f"the column {header!r} is declared as {type(form).__name__} but goes to a field of type {target}",
        "declare the form that the field's type needs",
    )


def _same_moment(cast: str, raw: str, length: int) -> str:
    """A day or stamp that is written back as it came; the length keeps out ``infinity`` and fractions of a second."""
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {raw} AND strlen({raw}) = {length} THEN {cast} END"


def _number_sql(form: Number, raw: str, cast: str, target: str, header: str) -> tuple[str, str]:
    scale = int(target.rstrip(")").split(",")[1])
    gained = len(str(form.times)) - 1
    if str(form.times) != "1" + "0" * gained or not 0 <= form.scale - gained <= scale or form.precision + gained > 38:
        raise DeclarationError(
            f"the column {header!r} has {form.scale} decimals times {form.times}: {target} cannot hold them exactly",
            "declare the decimals that are delivered and a field that keeps them all",
        )
    decimals = rf"(\.[0-9]{{1,{form.scale}}})?" if form.scale else ""
    # DuckDB 1.5.5 casts text to decimals of more than 18 digits (128 bits) a hundred times slower than to narrower
    # ones: the narrow cast comes first, the wide one only where it is needed
    narrow = f"TRY_CAST({raw} AS DECIMAL({min(form.precision, _NARROW)},{form.scale}))"
    wide = cast if form.precision <= _NARROW else f"coalesce({cast}, TRY_CAST({raw} AS {_decimal(form)}))"
    # what was delivered is a prefix of the value written out in full, unless it has leading zeros or decimals too many
    same = f"starts_with(CAST({cast} AS VARCHAR), {raw}) AND right({raw}, 1) <> '.'"
    times = "" if form.times == 1 else f" * {form.times}"
    return narrow, (
        f"CASE WHEN {same} THEN TRY_CAST({cast}{times} AS {target}) "
        f"WHEN regexp_full_match({raw}, {literal(f'-?[0-9]+{decimals}')}) THEN TRY_CAST(({wide}){times} AS {target}) "
        f"{_noise_sql(form, raw, times, target)}END"
    )


def _noise_sql(form: Number, raw: str, times: str, target: str) -> str:
    """The branch for a binary fraction written out in full, where the lender's declaration allows it."""
    if not form.noise:
        return ""
    written = f"regexp_full_match({raw}, {literal(rf'-?[0-9]+[.][0-9]{{1,{form.noise}}}')})"
    full = f"TRY_CAST({raw} AS DECIMAL(38,{form.noise}))"
    rounded = f"TRY_CAST({full} AS {_decimal(form)})"
    near = f"abs({full} - {rounded}) < CAST('0.000000000001' AS DECIMAL(38,{form.noise}))"
    return f"WHEN {written} AND {near} THEN TRY_CAST(({rounded}){times} AS {target}) "


def _decimal(form: Number) -> str:
    return f"DECIMAL({form.precision},{form.scale})"


def _guarded(value: str, same: str, raw: str, pattern: str) -> str:
    return f"CASE WHEN {same} THEN {value} WHEN regexp_full_match({raw}, {literal(pattern)}) THEN {value} END"


def literal(text: str) -> str:
    """A declared text as an SQL literal. Delivered values never come here: they are columns or bound parameters."""
    return "'" + text.replace("'", "''") + "'"


# --- the rows of one file for one table -----------------------------------------------------------------------------


def tables_of(layout: FileLayout) -> Sequence[str]:
    """The tape tables a file feeds, its grain first."""
    targets = [column.to for column in layout.columns if column.to] + list(layout.constants)
    return list(dict.fromkeys(to.split(".")[0] for to in targets if not to.startswith("identity.")))


def rows_sql(layout: FileLayout, header: Sequence[str], table: str, source: str) -> str:
    """SELECT for one file's rows in one tape table: its fields in model order, then the texts that did not parse.

    ``source`` is SQL that yields the file's cells as VARCHAR columns ``c0``, ``c1``, … in header order.
    """
    types = sql_types(table)
    columns = [c for c in layout.columns if c.to and c.to.split(".")[0] == table and c.header in header]
    cells = [
        cell_sql(column, f"c{header.index(column.header)}", at, _target(types, column.to or ""))
        for at, column in enumerate(columns)
    ]
    fields = _once([cell.field for cell in cells], table)
    outputs = {cell.field: f"value{at}" for at, cell in enumerate(cells)}
    outputs |= _constants(layout, table, types)
    identity = _identity(layout, header)
    if table == "loan" and identity["id_no"] and "id_type" in fields:
        outputs["borrower_pid"] = pseudonym_sql(outputs["id_type"], "id_no")
        outputs["is_id_no_valid"] = id_no_valid_sql(outputs["id_type"], "id_no")
    # nothing but these carries an identifier, and only a digest or a flag leaves the statement
    carried = f", {identity['id_no']} AS id_no" if identity["id_no"] else ""
    selected = ", ".join(f"CAST({outputs.get(field, 'NULL')} AS {kind}) AS {field}" for field, kind in types.items())
    return (
        f"SELECT {selected}, {_unparsed_sql(cells)} AS {UNPARSED} FROM ({_values_sql(cells, carried, source)}) AS typed"
    )


def identity_sql(layout: FileLayout, header: Sequence[str], source: str) -> str | None:
    """SELECT for the vault's rows of one file: one per borrower, ordered. None where a file carries no identity.

    Of several names or phones of one borrower the first in alphabetical order stays; the others are in the original.
    """
    identity = _identity(layout, header)
    column = next((c for c in layout.columns if c.to == "loan.id_type" and c.header in header), None)
    if not identity["id_no"] or column is None:
        return None
    cell = cell_sql(column, f"c{header.index(column.header)}", 0, "VARCHAR")
    parts = "".join(f", {sql or 'CAST(NULL AS VARCHAR)'} AS {part}" for part, sql in identity.items())
    distinct = f"SELECT DISTINCT value0 AS id_type, id_no, phone, name FROM ({_values_sql([cell], parts, source)}) AS t"
    return (
        f"SELECT borrower_pid, id_type, id_no, phone, name FROM "
        f"(SELECT {pseudonym_sql('id_type', 'id_no')} AS borrower_pid, * FROM ({distinct}) AS d) AS p "
        "WHERE borrower_pid IS NOT NULL QUALIFY row_number() OVER "
        "(PARTITION BY borrower_pid ORDER BY name, phone, id_type, id_no) = 1 ORDER BY borrower_pid"
    )


def _values_sql(cells: Sequence[_Value], carried: str, source: str) -> str:
    names = "".join(f", {part.rsplit(' AS ', 1)[1]}" for part in carried.split(", ")[1:] if " AS " in part)
    raws = ", ".join(f"{cell.raw} AS raw{at}" for at, cell in enumerate(cells)) + carried
    casts = ", ".join(f"raw{at}, {cell.cast} AS cast{at}" for at, cell in enumerate(cells)) + names
    values = ", ".join(f"raw{at}, {cell.value} AS value{at}" for at, cell in enumerate(cells)) + names
    return f"SELECT {values} FROM (SELECT {casts} FROM (SELECT {raws} FROM {source}) AS raws) AS casts"


def _unparsed_sql(cells: Sequence[_Value]) -> str:
    failed = [f"(raw{at} IS NOT NULL AND value{at} IS NULL)" for at in range(len(cells))]
    texts = [
        f"CASE WHEN {test} THEN {{'field': {literal(cell.field)}, 'text': raw{at}}} END"
        for at, (cell, test) in enumerate(zip(cells, failed, strict=True))
    ]
    listed = f"list_filter([{', '.join(texts)}], lambda entry: entry IS NOT NULL)"
    return f"CASE WHEN {' OR '.join(failed)} THEN {listed} END"


def _constants(layout: FileLayout, table: str, types: Mapping[str, str]) -> dict[str, str]:
    held = {to: text for to, text in layout.constants.items() if to.split(".")[0] == table}
    return {to.split(".")[1]: f"CAST({literal(text)} AS {_target(types, to)})" for to, text in held.items()}


def _identity(layout: FileLayout, header: Sequence[str]) -> Mapping[str, str | None]:
    """The vault's parts to the SQL of their text, None where the file does not carry one."""
    found: dict[str, str | None] = {"id_no": None, "phone": None, "name": None}
    for column in layout.columns:
        kind, _, part = (column.to or "").partition(".")
        if kind == "identity" and part not in found:
            raise DeclarationError(f"{column.header!r} goes to {column.to}", f"use one of {', '.join(found)}")
        if kind == "identity" and column.header in header:
            found[part] = _raw_sql(column, f"c{header.index(column.header)}")
    return found


def _target(types: Mapping[str, str], to: str) -> str:
    field = to.split(".")[1]
    if field not in types:
        raise DeclarationError(f"a lender sends {to}, which the tape does not have", "name a field of schemas/tape")
    return types[field]


def _field_of(column: Column) -> str:
    return (column.to or ".").split(".")[1]


def _once(fields: Sequence[str], table: str) -> Sequence[str]:
    twice = {field for field in fields if fields.count(field) > 1}
    if twice:
        raise DeclarationError(f"two columns go to {table}.{sorted(twice)[0]}", "each field has one source")
    return fields
