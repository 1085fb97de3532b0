"""What a person or a program is told about versions: their difference, and the list of submissions.

Belongs here: writing it, on a terminal and in files. Not here: computing it (``loantape.compare``,
``loantape.pipeline``), or what one submission holds (``export``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Column, Table

from loantape import catalog, compare, terminal
from loantape.export import plain, write_rows
from loantape.pipeline import Listed
from loantape.store import Reason


def write_difference(comparison: compare.Comparison, form: str, out: Path | None) -> None:
    """Write every differing row and field as csv, json, parquet or xlsx. Raises ConfigurationError likewise."""
    write_rows(comparison.rows(), compare.FIELDS, "differences", form, out)


def difference_result(comparison: compare.Comparison, rows: int) -> dict[str, Any]:
    """What ``diff --json`` prints: files, figures by table, and the first rows; amounts are decimal strings."""
    tables = []
    for one in comparison.tables:
        money = [
            {"field": sum_.field, "currency": sum_.currency}
            | {"old": plain(sum_.old), "new": plain(sum_.new), "difference": plain(sum_.difference)}
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
    console = terminal.console()
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
    key = Column("key", overflow="fold")
    table = Table("table", "difference", key, "field", "old 原", "new 新", "line", title=f"first {rows} 前{rows}条")
    for row in comparison.rows(limit=rows):
        change = f"{row['change']} {_CHANGES_ZH[row['change']]}"
        old, new = (("–" if row[side] is None else row[side]) if row["field"] else "" for side in ("old", "new"))
        where = _from_to(row["old_line"], row["new_line"])
        table.add_row(row["table"], change, row["key"], row["field"] or "", old, new, where)
    console.print(table)


_CHANGES_ZH = {compare.ADDED: "新增", compare.REMOVED: "删除", compare.CHANGED: "变更", compare.SAME: "相同"}


def _from_to(old: int | str | None, new: int | str | None) -> str:
    """One value where both are the same, else both with an arrow."""
    shown = ["–" if one is None else f"{one:,}" if isinstance(one, int) else one for one in (old, new)]
    return shown[0] if shown[0] == shown[1] else " → ".join(shown)


def write_submissions(listed: Sequence[Listed], as_json: bool) -> None:
    """Every submission with its state, whether and why it is stale, its findings and its filings."""
    if as_json:
        terminal.write_json([_listed(one) for one in listed])
        return
    table = Table(
        Column("submission", no_wrap=True),
        "state",
        Column("stale 过期", overflow="fold"),  # a name that is cut names nothing
        *("received UTC", "findings"),
        Column("filings", overflow="fold"),
        title="submissions 报送批次",
    )
    for one in listed:
        record, found = one.record, one.review
        stale = f"{record.stale.en}\n{record.stale.zh}" if record.stale else ""
        if one.amendment_due:
            stale += "\namendment may be due 可能需要更正报送"
        counts = f"{found.errors:,} / {found.warnings:,} / {found.infos:,}" if found else "–"
        filings = "\n".join(f"{filing.name} {filing.state}" for filing in one.filings)
        sequence = f"\nsequence {record.sequence}" if record.sequence > 1 else ""
        table.add_row(record.name + sequence, record.state, stale, f"{record.received_at}", counts, filings)
    terminal.console().print(table)
    if any(one.record.stale and one.record.stale.reason is not Reason.REPLACED and not one.filings for one in listed):
        terminal.console().print("next 下一步: loantape refresh")


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
