"""One filed value: its meaning, its formula, the tape rows it was made of and the delivered lines they were.

Belongs here: from a record and column of a filed file to rows. Not here: from rows to lines (``places``), printing.

Nothing is assumed: the outgoing tables are made again, and the whole record must come out as it was filed; where a
value is a sum or a count, what the rows add must give it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loantape import catalog
from loantape.declare import FiledColumn, FiledTable
from loantape.errors import ConfigurationError, LoantapeError
from loantape.lineage.fields import Field, deciding, fields_of, formula_of
from loantape.lineage.recorded import VAULT
from loantape.lineage.rows import COUNT, DISTINCT, ROW, SUM, TERM, Rows, rows_of
from loantape.privacy import mask_value, masked_key_sql, masked_sql
from loantape.trace.again import Again, again, is_same, shown_as
from loantape.trace.filings import Filed, column_of, file_of, filed, table_of
from loantape.trace.places import Line, lines_of
from loantape.workspace import Workspace

_IDENTITY = {
    "id_type": ("Kind of identity document", "证件类型", "code"),
    "id_no": ("Identity number", "证件号码", "text"),
    "name": ("Name", "姓名", "text"),
    "phone": ("Telephone", "联系电话", "text"),
    "borrower_pid": ("Pseudonym of the borrower", "借款人假名", "text"),
}
_DELIVERED = ("id_no", "name", "phone")  # parts of the vault that lines carry


class LineageMismatch(LoantapeError):
    """What is traced does not give what was filed: a fault of ours, or another version of the code than filed it."""


@dataclass(frozen=True)
class Source:
    """The rows of one tape table behind a value: how many, what they add up to, and the first of them.

    ``is_part`` where the value is what the rows of several tables add up to together, as of several months.
    """

    table: str
    submission: str
    rows: int
    adds: str  # "sum", "count", "distinct": how the rows' terms give the value; "" where they do not
    total: str | None
    lines: Sequence[Line]
    is_part: bool = False


@dataclass(frozen=True)
class Traced:
    """One filed value. ``value`` is masked where it names a person; ``fields`` are (table, field) in the order read.

    ``deciding`` are those that decide whether there is such a record and which rows it is made of, and are not read for
    the value: in alphabetical order.
    """

    filed: Filed
    table: FiledTable
    column: FiledColumn
    file: str
    row: int
    key: Mapping[str, str]
    value: str
    is_personal: bool
    formula: str
    fields: tuple[Field, ...]
    deciding: tuple[Field, ...]
    sources: Sequence[Source]

    @property
    def is_constant(self) -> bool:
        """Whether nothing of the tape is read for it: the same in every record."""
        return not self.fields


def trace_cell(
    ws: Workspace, package: str, table_name: str | None, row: int, column_name: str, file: str | None, most: int | None
) -> Traced:
    """Trace a value; of the rows behind it at most ``most`` are looked up, None for all.

    Raises ConfigurationError for a package that is not of this store, an unknown table or column, and a record beyond
    the end; LineageMismatch when the tables made again do not give the record that was filed.
    """
    one = filed(ws, package)
    table = table_of(one.declared, table_name)
    column = column_of(table, column_name)
    entry = file_of(one, table, file)
    with one.file(entry["name"]) as path:
        record = table.record(path, row)
    if record is None:
        raise ConfigurationError(
            f"{entry['name']} has no record {row}: {_how_many(one, table, entry)} 该文件没有第{row}条记录",
            "records are counted from 1, headings left out",
        )
    value = record[table.columns.index(column)] or ""
    with again(ws, one) as made:
        known = _record(made, one, table, entry["name"], record)
        formula = ""
        fields: tuple[Field, ...] = ()
        sources: Sequence[Source] = ()
        if column.column:
            formula = formula_of(made.relations, table.relation, column.column, known)
            fields = fields_of(made.relations, table.relation, column.column, known)
        decides = sorted(deciding(made.relations, table.relation, known) - set(fields))
        if fields:
            sources = _sources(ws, made, one, table, column, known, fields, value, most)
        personal = any(name in VAULT for name, _ in fields)
        shown = mask_value(value) if personal else _shown(made, table, column.column, value, fields)
        keys = {name: fields_of(made.relations, table.relation, name) for name in table.key}
        key = {
            name: _shown(made, table, name, known[name], read)
            for name, read in keys.items()
            if not any(source in VAULT for source, _ in read)
        }
    return Traced(
        one, table, column, entry["name"], row, key, shown, personal, formula, fields, tuple(decides), sources
    )


def _how_many(one: Filed, table: FiledTable, entry: Mapping[str, Any]) -> str:
    records = entry["records"]
    same = [other for other in one.declared.tables if other.file == table.file]
    return f"it has {records} 共{records}条" if len(same) == 1 else f"{table.names[0]} is shorter 该表较短"


def _shown(made: Again, table: FiledTable, column: str, value: str, fields: Sequence[Field]) -> str:
    """A text with what identifies a person left out of it; a key stays whole, unless it names one; figures stay.

    A figure is what the relation holds as one, or what is made of figures and days alone, however it is written.
    """
    if not column or (fields and not any(map(_is_text, fields))):
        return value
    (kind,) = made.con.execute(f"SELECT any_value(typeof({column})) FROM {table.relation}").fetchone()
    if kind != "VARCHAR":
        return value
    masked = masked_key_sql("given.value") if column in table.key else masked_sql("given.value")
    (text,) = made.con.execute(
        f"SELECT {masked} FROM (SELECT CAST(? AS VARCHAR) AS value) AS given", [value]
    ).fetchone()
    return str(text)


def _is_text(field: Field) -> bool:
    table, name = field
    model = catalog.tape_tables().get(table.rpartition("tape_")[2])
    return model is None or bool(model.to_schema().columns[name].dtype.type.is_string())


def _record(made: Again, one: Filed, table: FiledTable, file: str, record: Sequence[str | None]) -> dict[str, str]:
    """What is known of the record that was filed: its key and what its file fixes. It must come out whole, once."""
    named = re.fullmatch(table.file, file)
    known = dict(table.only) | (named.groupdict() if named else {})
    places = {column.column: at for at, column in enumerate(table.columns) if column.column}
    known |= {name: record[places[name]] or "" for name in table.key}
    columns = [column for column in table.columns if column.column]
    conditions = " AND ".join(f"coalesce(CAST({name} AS VARCHAR), '') = ?" for name in known)
    more = f", {table.institution}" if table.institution else ", NULL"
    found = made.con.execute(
        f"SELECT {', '.join(column.column for column in columns)}{more} FROM {table.relation} WHERE {conditions}",
        list(known.values()),
    ).fetchall()
    same = [
        institution
        for *values, institution in found
        if all(
            is_same(record[places[column.column]], shown_as(column, value))
            for column, value in zip(columns, values, strict=True)
        )
    ]
    if len(same) != 1:
        raise LineageMismatch(
            f"{one.record.name}, {file}: made again, the record is not the one that was filed"
            f" 重新生成的记录与已报送记录不一致 (filed with {one.manifest['code_version']},"
            f" rule book {one.manifest['rule_book']})",
            "trace with the version of the code that filed it 请使用报送时的程序版本",
        )
    return known | ({table.institution: str(same[0])} if table.institution else {})


def _sources(
    ws: Workspace,
    made: Again,
    one: Filed,
    table: FiledTable,
    column: FiledColumn,
    known: Mapping[str, str],
    fields: Sequence[Field],
    value: str,
    most: int | None,
) -> list[Source]:
    """By tape table: every row behind the value is counted, and where terms make it, they are added up and compared."""
    paths = rows_of(made.relations, table.relation, column.column, list(known), known)
    by_table: dict[str, list[Rows]] = {}
    for path in paths:
        by_table.setdefault(path.table, []).append(path)
    found, agreed, differing = [], False, None
    for name, several in by_table.items():
        adds, total = "", None
        for path in several:
            if path.adds:
                added = _added(made.con, path, known)
                if is_same(value, added):
                    adds, total, agreed = path.adds, added, True
                else:
                    differing = added
        submission = made.attached.get(name.rpartition(".")[0], one.record.submission)
        rows = _distinct(several, known, adds)
        (count,) = made.con.execute(f"SELECT count(DISTINCT {ROW}) FROM ({rows})", _values(several, known)).fetchone()
        cut = "" if most is None else f" LIMIT {most}"
        shown = made.con.execute(
            f"SELECT {ROW}, min({TERM}) FROM ({rows}) GROUP BY {ROW} ORDER BY {ROW}{cut}", _values(several, known)
        ).fetchall()
        wanted = [field for source, field in fields if source == name]
        parts = (
            [field for source, field in fields if source in VAULT and field in _DELIVERED]
            if name == "tape_loan"
            else []
        )
        lines = lines_of(ws, made.con, submission, name, shown, wanted, parts)
        found.append(Source(name, submission, count, adds, total, lines))
    if differing is not None and not agreed:
        together = [path for path in paths if path.adds]
        differing = _together(made.con, together, known)
        if is_same(value, differing):
            return [_part(made.con, one_of, together, known) for one_of in found]
        raise LineageMismatch(
            f"{one.record.name}, {table.names[0]} column {column.code}: the rows behind the value add up to"
            f" {differing}, and {value} was filed 明细合计与报送值不一致",
            "this is a fault of Loantape: report it 请报告此问题",
        )
    return found


def _added(con: Any, path: Rows, known: Mapping[str, str]) -> str:
    return _together(con, [path], known)


def _together(con: Any, paths: Sequence[Rows], known: Mapping[str, str]) -> str:
    """What the terms of these paths, which all add in one way, give."""
    what = {SUM: f"sum({TERM})", COUNT: "count(*)", DISTINCT: f"count(DISTINCT {TERM})"}[paths[0].adds]
    every = " UNION ALL ".join(f"SELECT {TERM} FROM ({_distinct([path], known, '')})" for path in paths)
    (total,) = con.execute(f"SELECT {what} FROM ({every})", _values(paths, known)).fetchone()
    return "0" if total is None else str(total)


def _part(con: Any, source: Source, paths: Sequence[Rows], known: Mapping[str, str]) -> Source:
    """A source with what its own rows give."""
    mine = [path for path in paths if path.table == source.table]
    if not mine:
        return source
    return replace(source, adds=mine[0].adds, total=_together(con, mine, known), is_part=True)


def _distinct(paths: Sequence[Rows], known: Mapping[str, str], adds: str) -> str:
    """SQL: the rows of one table behind the record, with the terms of the path that adds up, as text elsewhere."""
    conditions = " AND ".join(f"coalesce(CAST({name} AS VARCHAR), '') = ?" for name in known) or "TRUE"
    parts = []
    for path in paths:
        term = TERM if len(paths) == 1 else (f"CAST({TERM} AS VARCHAR)" if path.adds == adds and adds else "NULL")
        parts.append(f"SELECT {ROW}, {term} AS {TERM} FROM ({path.sql}) WHERE {ROW} IS NOT NULL AND {conditions}")
    return "SELECT DISTINCT * FROM (" + " UNION ALL ".join(parts) + ")"


def _values(paths: Sequence[Rows], known: Mapping[str, str]) -> list[str]:
    return [value for _ in paths for value in known.values()]


def words_of(field: Field) -> tuple[str, str, str]:
    """What a field is in English and Chinese, and its unit."""
    table, name = field
    if table in VAULT:
        return _IDENTITY[name]
    model = catalog.tape_tables().get(table.rpartition("tape_")[2])
    meta = model.to_schema().columns[name].metadata["loantape"] if model else None
    return (meta.en, meta.zh, meta.unit) if meta else (name, name, "text")
