"""The way back: which filings used a loan, asked a rule, were held to a limit.

Belongs here: one answer per filing and table. Not here: one filed value (``cell``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from loantape import catalog
from loantape.checking.explaining import limits_of
from loantape.declare import FiledTable
from loantape.errors import ConfigurationError
from loantape.lineage.rows import ROW, is_summed, rows_of
from loantape.trace.again import Again, again, is_same, ordered
from loantape.trace.filings import Filed, all_filed
from loantape.workspace import Workspace


@dataclass(frozen=True)
class Use:
    """What one filing made of what was asked for. ``rows`` are records of a table's files, ``cells`` the columns they
    add to where the table has only sums; ``said`` holds further figures by name."""

    filed: Filed
    table: str
    rows: Sequence[tuple[str, int]] = ()  # file, record
    cells: Sequence[str] = ()
    said: dict[str, Any] = field(default_factory=dict)


def of_loan(ws: Workspace, asked: str) -> list[Use]:
    """Every record of every filing that a loan, ``LENDER/IOU``, is part of, as this month's tape or the one before.

    Raises ConfigurationError when no submission that was filed holds the loan.
    """
    lender, _, iou = asked.partition("/")
    if not iou:
        raise ConfigurationError(f"{asked!r} names no loan 未指定借据", "write LENDER/IOU, e.g. demo_cashloan/JJ-0001")
    catalog.lender(lender)
    mine = [one for one in all_filed(ws) if one.record.lender == lender]
    if not mine:
        raise ConfigurationError(f"nothing of {lender} was filed 该机构没有报送", "file a submission first")
    known = False
    found: list[Use] = []
    for one in mine:
        with again(ws, one) as made:
            rows = _rows(made, iou)
            known = known or any(rows.values())
            if any(rows.values()):
                for table in one.declared.tables:
                    found += _uses(made, one, table, rows)
    if not known:
        raise ConfigurationError(
            f"no filing of {lender} has a loan with this IOU number 报送数据中没有该借据", "check the number"
        )
    return found


def of_rule(ws: Workspace, asked: str) -> list[Use]:
    """The filings whose submission was checked by a rule of the book, or whose format has it: ``CODE`` or
    ``CODE@BOOK``, BOOK the version of the rule book or its beginning."""
    code, _, book = asked.partition("@")
    known = {*catalog.rules(), *catalog.structural_sentences()}
    known |= {rule.code for filing in catalog.filings().values() for rule in filing.rules}
    _refuse_unknown(code, known, "rule 规则", "loantape rules")
    found = []
    for one in all_filed(ws):
        if not one.manifest["rule_book"].startswith(book):
            continue
        for run in one.manifest.get("format_rules", ()):
            if run["rule"] == code:
                said = {name: run[name] for name in ("rows_checked", "rows_failed")}
                found.append(Use(one, run["table"], said=said | {"rule_book": one.manifest["rule_book"]}))
        with ws.store.reading(one.record.submission) as con:
            runs = con.execute(
                "SELECT grain, status, sum(rows_checked), sum(rows_failed) FROM rule_runs WHERE rule = ?"
                " GROUP BY grain, status ORDER BY grain, status",
                [code],
            ).fetchall()
        for grain, status, checked, failed in runs:
            if status == "ran":
                said = {"rows_checked": int(checked), "rows_failed": int(failed)}
                found.append(Use(one, grain, said=said | {"rule_book": one.manifest["rule_book"]}))
    return found


def of_limit(ws: Workspace, asked: str) -> list[Use]:
    """The filings whose submission was checked by a rule, or measured by an indicator, that compares with a limit."""
    limits = catalog.limits()
    _refuse_unknown(asked, set(limits.names()), "limit 限额", "loantape rules --json")
    found = []
    for one in all_filed(ws):
        period = one.record.period
        with ws.store.reading(one.record.submission) as con:
            ran = {
                code for (code,) in con.execute("SELECT DISTINCT rule FROM rule_runs WHERE status = 'ran'").fetchall()
            }
            codes = {code for (code,) in con.execute("SELECT DISTINCT code FROM indicators").fetchall()}
        rules = [code for code in sorted(ran & catalog.rules().keys()) if asked in _limits_of(code, period)]
        indicators = [
            code for code, declared in catalog.indicators().items() if code in codes and declared.limit == asked
        ]
        values = [f"{row.value.normalize():f} {row.unit}" for row in limits.in_force(asked, period.date)]
        if rules or indicators:
            said = {"rules": rules, "indicators": indicators, "in_force": values}
            found.append(Use(one, "", said=said | {"rule_book": one.manifest["rule_book"]}))
    return found


def _limits_of(code: str, period: Any) -> set[str]:
    names, by_row = limits_of(catalog.rules()[code], catalog.limits(), period)
    return {*names, *(name for name, *_ in by_row)}


def _refuse_unknown(code: str, known: set[str], what: str, where: str) -> None:
    if code not in known:
        near = get_close_matches(code, sorted(known), 3, 0.5)
        raise ConfigurationError(
            f"there is no {what} {code[:60]!r}", f"did you mean {', '.join(near)}?" if near else f"see {where}"
        )


def _rows(made: Again, iou: str) -> dict[str, list[int]]:
    """The rows of each table that name a loan by its IOU number."""
    tables = [f"tape_{name}" for name, model in catalog.tape_tables().items() if "iou_no" in model.to_schema().columns]
    tables += [f"{earlier}.tape_loan" for earlier in made.attached]
    return {
        table: [row for (row,) in made.con.execute(f"SELECT rowid FROM {table} WHERE iou_no = ?", [iou]).fetchall()]
        for table in tables
    }


def _uses(made: Again, one: Filed, table: FiledTable, rows: dict[str, list[int]]) -> Iterator[Use]:
    """The records of a table that are made of any of these rows; where they are sums, column by column."""
    fixed = table.fixed
    keys = [*fixed, *(name for name in table.key if name not in fixed), *table.only]
    found: dict[tuple[str, int], dict[str, None]] = {}
    for column in (
        [c.column for c in table.columns if c.column] if is_summed(made.relations, table.relation) else [None]
    ):
        for path in rows_of(made.relations, table.relation, column, keys, dict(table.only)):
            if not rows.get(path.table) or (column is not None and not path.adds):
                continue
            listed = ", ".join(map(str, rows[path.table]))
            same = " AND ".join(f"mine.{key} IS NOT DISTINCT FROM filed.{key}" for key in keys)
            names = ", ".join(f"filed.{name}" for name in fixed) or "NULL"
            for at, *values in made.con.execute(
                f"SELECT DISTINCT filed.at, {names} FROM (SELECT DISTINCT {', '.join(keys)} FROM ({path.sql})"
                f" WHERE {ROW} IN ({listed})) AS mine JOIN ({ordered(table, fixed)}) AS filed ON {same} ORDER BY ALL"
            ).fetchall():
                file = _file(made, one, table, dict(zip(fixed, values, strict=False)), at)
                found.setdefault((file, at), {})
                if column is not None:
                    found[file, at][next(c.code for c in table.columns if c.column == column)] = None
    if found:
        cells = list(dict.fromkeys(cell for cells in found.values() for cell in cells))
        yield Use(one, table.names[0], sorted(found), cells)


def _file(made: Again, one: Filed, table: FiledTable, fixed: dict[str, str], at: int) -> str:
    """The file that a record of a relation is in: by what its name fixes, then by the record itself."""
    entries = []
    for entry in one.files_of(table):
        named = re.fullmatch(table.file, entry["name"])
        if named and all(fixed[name] == value for name, value in named.groupdict().items()):
            entries.append(str(entry["name"]))
    if len(entries) > 1:
        where = " AND ".join(f"{name} = ?" for name in fixed)
        row = made.con.execute(
            f"SELECT {', '.join(table.key)} FROM ({ordered(table, table.fixed)}) AS filed"
            f" WHERE filed.at = ? AND {where}",
            [at, *fixed.values()],
        ).fetchone()
        places = [next(n for n, c in enumerate(table.columns) if c.column == name) for name in table.key]
        for name in entries:
            with one.file(name) as path:
                record = table.record(path, at)
            if record and all(is_same(record[n], str(value)) for n, value in zip(places, row, strict=True)):
                return name
    return entries[0] if entries else ""
