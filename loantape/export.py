"""What a person or a program takes out of the store: findings, differences, indicators, the rule book.

Belongs here: writing what the store holds, complete and in a fixed order. Not here: computing any of it.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from loantape import catalog, compare
from loantape.declare import Rule
from loantape.errors import ConfigurationError
from loantape.pipeline import Listed, Review
from loantape.store import Reason

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
# What a spreadsheet would run as a formula (OWASP ASVS 1.2.10). Text only: numbers stay numbers.
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\0")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")  # a minus that starts nothing but a number is no formula
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
    _write(findings(con, chosen), FIELDS, "findings", form, out)


def write_difference(comparison: compare.Comparison, form: str, out: Path | None) -> None:
    """Write every differing row and field as csv, json, parquet or xlsx. Raises ConfigurationError likewise."""
    _write(comparison.rows(), compare.FIELDS, "differences", form, out)


def _write(rows: Iterator[dict[str, Any]], fields: Sequence[str], what: str, form: str, out: Path | None) -> None:
    """Rows of these fields as csv, json, parquet or xlsx; ``what`` names them."""
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
                target.write((",\n" if number else "\n") + json.dumps(row, ensure_ascii=False))
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
    console = Console()
    lines = Table("file", "lines", "header", "accepted", "rejected", "blank", title="lines 行数守恒")
    for row in con.execute(
        "SELECT file, physical_lines, header_lines, accepted_lines, rejected_lines, blank_lines"
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
        where = f"{place[0]}:{place[1]}" if place and place[0] else "–"
        said = catalog.sentence(code)
        table.add_row(code, severity, f"{count:,}", f"{said.en}\n{said.zh}", where)
    console.print(table)


def difference_result(comparison: compare.Comparison, rows: int) -> dict[str, Any]:
    """What ``diff --json`` prints: files, figures by table, and the first rows; amounts are decimal strings."""
    tables = []
    for one in comparison.tables:
        money = [
            {"field": sum_.field, "currency": sum_.currency}
            | {"old": _plain(sum_.old), "new": _plain(sum_.new), "difference": _plain(sum_.difference)}
            for sum_ in one.money
        ]
        tables.append(asdict(one) | {"same": one.same, "money": money})
    return {
        "old": comparison.old,
        "new": comparison.new,
        "files": [asdict(one) for one in comparison.files],
        "tables": tables,
        "rows": list(comparison.rows(limit=rows)),
    }


def print_difference(comparison: compare.Comparison, rows: int) -> None:
    """A person's view of a comparison: files, rows by table, changed fields, sums of money that moved, first rows."""
    console = Console()
    files = Table("file", "difference", "bytes", "lines", "sha256", title=f"{comparison.old} → {comparison.new}")
    for file in comparison.files:
        bytes_, lines = _from_to(file.old_bytes, file.new_bytes), _from_to(file.old_lines, file.new_lines)
        hashes = _from_to(*((sha or "")[:8] or None for sha in (file.old_sha256, file.new_sha256)))
        files.add_row(file.file, f"{file.change} {_CHANGES_ZH[file.change]}", bytes_, lines, hashes)
    console.print(files)
    tables = Table("table", "old 原", "new 新", "added", "removed", "changed", "same", title="rows 行差异")
    fields = Table("table", "field", "name", "rows", title="changed fields 变更字段")
    money = Table("table", "field", "currency", "old 原", "new 新", "difference", title="sums of money 金额合计")
    for one in comparison.tables:
        if not one.old_rows and not one.new_rows:
            continue
        counts = (one.old_rows, one.new_rows, one.added, one.removed, one.changed, one.same)
        tables.add_row(one.table, *(f"{count:,}" for count in counts))
        columns = catalog.tape_tables()[one.table].to_schema().columns
        for name, count in one.fields.items():
            said = columns[name].metadata["loantape"]
            fields.add_row(one.table, name, f"{said.en} {said.zh}", f"{count:,}")
        for moved in one.money:
            if moved.difference:
                amounts = ("–" if one is None else f"{one:,f}" for one in (moved.old, moved.new, moved.difference))
                money.add_row(one.table, moved.field, moved.currency, *amounts)
    for table in (tables, fields, money):
        if table.row_count:
            console.print(table)
    for one in comparison.tables:
        if one.unpaired_old or one.unpaired_new:
            console.print(
                f"{one.table}: {one.unpaired_old:,} old and {one.unpaired_new:,} new rows have no key of their own "
                "(repeated or empty); they are compared whole and paired with nothing\n"
                f"{one.table}：原 {one.unpaired_old:,} 行、新 {one.unpaired_new:,} 行主键重复或为空，整行比较，不作配对"
            )
        if one.not_compared:
            console.print(f"{one.table}: only one has 仅一方有: {', '.join(one.not_compared)}")
    if comparison.is_empty:
        console.print("no row differs 无行差异")
        return
    table = Table("table", "difference", "key", "field", "old 原", "new 新", "line", title=f"first {rows} 前{rows}条")
    for row in comparison.rows(limit=rows):
        change = f"{row['change']} {_CHANGES_ZH[row['change']]}"
        old, new = (("–" if row[side] is None else row[side]) if row["field"] else "" for side in ("old", "new"))
        where = _from_to(row["old_line"], row["new_line"])
        table.add_row(row["table"], change, row["key"], row["field"] or "", escape(old), escape(new), where)
    console.print(table)


_CHANGES_ZH = {compare.ADDED: "新增", compare.REMOVED: "删除", compare.CHANGED: "变更", compare.SAME: "相同"}


def _from_to(old: int | str | None, new: int | str | None) -> str:
    """One value where both are the same, else both with an arrow."""
    shown = ["–" if one is None else f"{one:,}" if isinstance(one, int) else one for one in (old, new)]
    return shown[0] if shown[0] == shown[1] else " → ".join(shown)


def write_submissions(listed: Sequence[Listed], as_json: bool) -> None:
    """Every submission with its state, whether and why it is stale, its findings and its filings."""
    if as_json:
        sys.stdout.write(json.dumps([_listed(one) for one in listed], ensure_ascii=False, indent=1) + "\n")
        return
    table = Table(
        "submission", "state", "stale 是否过期", "received UTC", "findings", "filings", title="submissions 报送批次"
    )
    for one in listed:
        record, found = one.record, one.review
        stale = f"{record.stale.en}\n{record.stale.zh}" if record.stale else ""
        if one.amendment_due:
            stale += "\namendment may be due 可能需要更正报送"
        counts = f"{found.errors:,} / {found.warnings:,} / {found.infos:,}" if found else "–"
        filings = "\n".join(f"{filing.name} {filing.state}" for filing in one.filings)
        sequence = f" (sequence {record.sequence})" if record.sequence else ""
        table.add_row(record.name + sequence, record.state, stale, f"{record.received_at}", counts, filings)
    Console().print(table)
    if any(one.record.stale and one.record.stale.reason is Reason.PREVIOUS and not one.filings for one in listed):
        Console().print("next 下一步: loantape refresh")


def _listed(one: Listed) -> dict[str, Any]:
    record, found, stale = one.record, one.review, one.record.stale
    return {
        "submission": record.name,
        "lender": record.lender,
        "period": str(record.period),
        "version": record.version,
        "sequence": record.sequence,
        "content_sha256": record.content_sha256,
        "state": record.state,
        "received_at": record.received_at.isoformat(),
        "checked_against": record.checked_against,
        "stale": stale
        and {"reason": stale.reason, "because": stale.because, "en": stale.en, "zh": stale.zh}
        | {"at": record.stale_at and record.stale_at.isoformat()},
        "amendment_due": one.amendment_due,
        "findings": found and {"errors": found.errors, "warnings": found.warnings, "infos": found.infos},
        "filings": [{"name": filing.name, "state": filing.state} for filing in one.filings],
    }


def write_indicators(con: duckdb.DuckDBPyConnection, as_json: bool) -> None:
    """Every indicator with its value, numerator, denominator and rows."""
    cursor = con.execute(
        "SELECT code, dimension, member, value, unit, numerator, denominator, rows, null_reason FROM indicators"
        " ORDER BY code, rowid"  # members come in the order they are read: buckets by days, shares by size
    )
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    declared = catalog.indicators()
    if as_json:
        shown = [
            {name: _plain(value) for name, value in row.items()}
            | {"en": declared[row["code"]].en, "zh": declared[row["code"]].zh}
            for row in rows
        ]
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
        return
    table = Table("code", "indicator", "member", "value", "unit", "rows", title="indicators 指标")
    for row in rows:
        said = declared[row["code"]]
        value = f"– ({row['null_reason']})" if row["value"] is None else f"{row['value'].normalize():,f}"
        table.add_row(row["code"], f"{said.en} {said.zh}", row["member"], value, row["unit"], f"{row['rows']:,}")
    Console().print(table)


def write_rules(on: date | None, as_json: bool) -> None:
    """The rule book, or the part of it that is in force on a date."""
    book = [rule for rule in catalog.rules().values() if on is None or rule.in_force(on)]
    if as_json:
        sys.stdout.write(json.dumps([_rule_record(rule) for rule in book], ensure_ascii=False, indent=1) + "\n")
        return
    table = Table("code", "severity", "on", "sentence", "cites", "from", "to", title=f"rules 规则 ({len(book)})")
    for rule in book:
        dates = (str(rule.since or ""), str(rule.until or ""))
        table.add_row(rule.code, rule.severity, rule.on, f"{rule.en}\n{rule.zh}", rule.cites, *dates)
    Console().print(table)


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
    if not isinstance(value, str) or not value.startswith(FORMULA_START) or _NUMBER.fullmatch(value):
        return value
    return "'" + value


def _plain(value: Any) -> Any:
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
            cell = WriteOnlyCell(sheet, value=row[name])
            if isinstance(row[name], str):
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
    """A text file, or standard output when there is none."""
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8", newline="") as target:
        yield target
