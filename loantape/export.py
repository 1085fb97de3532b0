"""What a person or a program takes out of a submission: findings and the rule book, in several formats.

Belongs here: writing what the store holds, complete and in a fixed order. Not here: computing any of it, indicators
(``export_indicators``), or what lies between submissions (``export_versions``).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from rich.table import Table

from loantape import catalog, terminal
from loantape.declare import Limit, Rule
from loantape.errors import ConfigurationError
from loantape.inert import in_json, in_xml, inert
from loantape.pipeline import Review

FIELDS = (
    "rule",
    "severity",
    "grain",
    "key",
    "file",
    "line",
    "field",
    "value",
    "message_en",
    "message_zh",
    "cites",
)
XLSX_ROWS = 1_048_576
# columns that are not text
_TYPES = {"line": pa.int64(), "old_line": pa.int64(), "new_line": pa.int64(), "paired": pa.bool_()}


@dataclass(frozen=True)
class Filter:
    """Which findings; an empty tuple means all."""

    rules: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()

    def where(self) -> tuple[str, list[str]]:
        """A WHERE clause and its bound values."""
        parts, values = [], []
        for column, wanted in (("rule", self.rules), ("severity", self.severities)):
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += list(wanted)
        return (" WHERE " + " AND ".join(parts) if parts else ""), values


def findings(con: duckdb.DuckDBPyConnection, chosen: Filter) -> Iterator[dict[str, Any]]:
    """Every finding that the filter lets through, in the order rule, file, line, key, field."""
    where, values = chosen.where()
    cursor = con.execute(
        "SELECT rule, severity, grain, key, file, line, field, value FROM findings"
        f"{where} ORDER BY rule, file NULLS FIRST, line NULLS FIRST, key, field, value NULLS FIRST",
        values,
    )
    columns = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            found = dict(zip(columns, row, strict=True))
            rule = catalog.sentence(found["rule"])
            yield found | {"message_en": rule.en, "message_zh": rule.zh, "cites": rule.cites}


def write_findings(con: duckdb.DuckDBPyConnection, chosen: Filter, form: str, out: Path | None) -> None:
    """Write findings as csv, json, parquet or xlsx. Raises ConfigurationError for another format or no file."""
    write_rows(findings(con, chosen), FIELDS, "findings", form, out)


def write_rows(rows: Iterator[dict[str, Any]], fields: Sequence[str], what: str, form: str, out: Path | None) -> None:
    """Rows of these fields as csv, json, parquet or xlsx; ``what`` names them. Raises ConfigurationError."""
    if form in ("parquet", "xlsx") and out is None:
        raise ConfigurationError(f"{form} cannot go to standard output", "name a file with --out")
    if form == "csv":
        with _text(out) as target:
            writer = csv.DictWriter(target, fields)
            writer.writeheader()
            writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    elif form == "json":
        with _text(out) as target:
            target.write("[")
            for number, row in enumerate(rows):
                target.write((",\n" if number else "\n") + in_json(json.dumps(row, ensure_ascii=False)))
            target.write("\n]\n")
    elif form == "parquet" and out is not None:
        schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in fields])
        with pq.ParquetWriter(out, schema) as parquet:
            for batch in _batches(rows, 50_000):
                parquet.write_table(pa.Table.from_pylist(batch, schema=schema))
    elif form == "xlsx" and out is not None:
        _write_xlsx(rows, fields, what, out)
    else:
        raise ConfigurationError(f"{form!r} is not a format for {what}", "choose csv, json, parquet or xlsx")


def check_result(con: duckdb.DuckDBPyConnection, review: Review) -> dict[str, Any]:
    """What ``check --json`` prints: counts, conservation by file and every finding."""
    files = con.execute(
        "SELECT file, bytes, sha256, physical_lines, header_lines, accepted_lines, rejected_lines, blank_lines,"
        " trailer_lines FROM files ORDER BY file"
    )
    names = [column[0] for column in files.description or ()]
    return {
        "submission": review.submission,
        "errors": review.errors,
        "warnings": review.warnings,
        "infos": review.infos,
        "files": [dict(zip(names, row, strict=True)) for row in files.fetchall()],
        "findings": list(findings(con, Filter())),
    }


def print_review(con: duckdb.DuckDBPyConnection, review: Review) -> None:
    """A person's view of a check: lines conserved, findings by rule, the first place of each."""
    console = terminal.console()
    lines = Table("file", "lines", "header", "accepted", "rejected", "blank", "trailer", title="lines 行数守恒")
    for row in con.execute(
        "SELECT file, physical_lines, header_lines, accepted_lines, rejected_lines, blank_lines, trailer_lines"
        " FROM files ORDER BY file"
    ).fetchall():
        lines.add_row(str(row[0]), *(f"{count:,}" for count in row[1:]))
    console.print(lines)
    if not review.by_rule:
        console.print("no findings 无问题")
        return
    table = Table("rule", "severity", "count", "sentence", "first at", title="findings 问题")
    for code, severity, count in review.by_rule:
        place = con.execute(
            "SELECT file, line FROM findings WHERE rule = ? AND severity = ?"
            " ORDER BY file NULLS LAST, line NULLS LAST LIMIT 1",
            [code, severity],
        ).fetchone()
        where = (place[0] if place[1] is None else f"{place[0]}:{place[1]}") if place and place[0] else "–"
        said = catalog.sentence(code)
        table.add_row(code, severity, f"{count:,}", f"{said.en}\n{said.zh}", where)
    console.print(table)


def write_rules(on: date | None, as_json: bool) -> None:
    """The rule book, or the part of it that is in force on a date, with the limits that are in force on that date.

    Without a date every rule and every dated row of every limit. As JSON: an object of ``on``, ``rules``, ``limits``.
    """
    book = [rule for rule in catalog.rules().values() if on is None or rule.in_force(on)]
    table = catalog.limits()
    limits = [(one, one.value if not one.times else None) for one in table] if on is None else table.declared_on(on)
    if as_json:
        record = {
            "on": on and on.isoformat(),
            "rules": [_rule_record(rule) for rule in book],
            "limits": [_limit_record(one, amount) for one, amount in limits],
        }
        terminal.write_json(record)
        return
    shown = Table("code", "severity", "on", "sentence", "cites", "from", "to", title=f"rules 规则 ({len(book)})")
    for rule in book:
        dates = (str(rule.since or ""), str(rule.until or ""))
        shown.add_row(rule.code, rule.severity, rule.on, f"{rule.en}\n{rule.zh}", rule.cites, *dates)
    numbers = Table("limit", "value", "unit", "lenders", "from", "to", "source", title=f"limits 限额 ({len(limits)})")
    for one, amount in limits:
        value = f"{one.value:f}" if not one.times else f"{one.value:f} × {one.times} = {plain(amount) or '?'}"
        kinds = " ".join(one.lender_types) or "all"
        dates = (str(one.valid_from), str(one.valid_to or ""))
        numbers.add_row(one.name, value, one.unit, kinds, *dates, f"{one.source} [{one.confidence}]")
    terminal.console().print(shown, numbers)


def _limit_record(one: Limit, amount: Decimal | None) -> Mapping[str, Any]:
    """A row as declared, and what it amounts to: null for a multiple whose factor is not known."""
    return {
        "name": one.name,
        "value": plain(one.value),
        "times": one.times or None,
        "amount": plain(amount),
        "unit": one.unit,
        "lender_types": one.lender_types,
        "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to and one.valid_to.isoformat(),
        "source": one.source,
        "confidence": one.confidence,
        "note_en": one.note_en,
        "note_zh": one.note_zh,
    }


def _rule_record(rule: Rule) -> Mapping[str, Any]:
    return {
        "code": rule.code,
        "severity": rule.severity,
        "grain": rule.on,
        "fields": rule.fields,
        "en": rule.en,
        "zh": rule.zh,
        "cites": rule.cites,
        "confidence": rule.confidence,
        "since": rule.since and rule.since.isoformat(),
        "until": rule.until and rule.until.isoformat(),
        "jurisdictions": rule.jurisdictions,
        "lender_types": rule.lender_types,
    }


def _inert(value: Any) -> Any:
    return inert(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """A decimal as text, without an exponent; anything else as it is."""
    return format(value, "f") if isinstance(value, Decimal) else value


def _write_xlsx(rows: Iterator[Mapping[str, Any]], fields: Sequence[str], title: str, out: Path) -> None:
    """Text cells only, so that nothing in a delivered value can become a formula."""
    book = Workbook(write_only=True)
    sheet, used, number = book.create_sheet(title), 1, 1
    sheet.append(list(fields))
    for row in rows:
        if used == XLSX_ROWS:  # a sheet is full: the list is continued, never cut
            number += 1
            sheet, used = book.create_sheet(f"{title} {number}"), 1
            sheet.append(list(fields))
        cells = []
        for name in fields:
            value = row[name]
            cell = WriteOnlyCell(sheet, value=in_xml(value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
        used += 1
    book.save(out)


def _batches(rows: Iterator[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _text(out: Path | None) -> Iterator[IO[str]]:
    """A text file, or standard output when there is none: on a screen, nothing in it is obeyed."""
    if out is None:
        yield terminal.shown(sys.stdout) if sys.stdout.isatty() else sys.stdout
        return
    with out.open("w", encoding="utf-8", newline="") as target:
        yield target
