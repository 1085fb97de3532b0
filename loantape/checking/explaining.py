"""One finding in full: its sentence with the row's figures, the limits it was compared with, what was said before.

Belongs here: looking up again, for findings that are already made, the figures they were made of. Not here: deciding
what is a finding (``engine``) or how an explanation is printed (``export_explained``).

The figures are not stored with every finding: the tape does not change once it is read, so preparing the grain again
gives the same row that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops

from loantape import catalog
from loantape.checking.findings import key_sql, value_sql
from loantape.declare import Grain, Limit, Period, Rule, Severity
from loantape.limits import LimitsAt, LimitTable

_AT_ONCE = 10_000  # findings whose rows are looked up together
_FEWEST_PLACES = 2  # decimals that a figure keeps: 12.8 is shown as 12.80


@dataclass(frozen=True)
class Found:
    """One finding as it is stored."""

    rule: str
    severity: Severity
    grain: str
    key: str
    file: str | None
    line: int | None
    field: str
    value: str | None
    row: int | None


@dataclass(frozen=True)
class Explained:
    """A finding with everything there is to say of it. ``previous`` is null where the period before lacks the row.

    ``figures`` are the rule's fields as text; ``said`` are the sentences of this one finding, English and Chinese.
    """

    found: Found
    sentence: tuple[str, str]
    said: tuple[str, str]
    cites: str
    confidence: str
    figures: Mapping[str, str | None] = field(default_factory=dict)
    limits: Sequence[Limit] = ()
    previous: Mapping[str, str | None] | None = None


@dataclass(frozen=True)
class Asked:
    """Which findings: of some rules, severities, one key, one (file, line); at most so many, None for all."""

    rules: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    key: str | None = None
    place: tuple[str, int] | None = None
    most: int | None = None

    def where(self) -> tuple[str, list[str | int]]:
        """A WHERE clause and its bound values."""
        parts: list[str] = []
        values: list[str | int] = []
        for column, wanted in (("rule", self.rules), ("severity", self.severities)):
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        if self.key is not None:
            parts.append("key = ?")
            values.append(self.key)
        if self.place is not None:
            parts.append("file = ? AND line = ?")
            values += self.place
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def findings(con: duckdb.DuckDBPyConnection, asked: Asked) -> list[Found]:
    """The findings asked for, by rule, file and line."""
    where, values = asked.where()
    most = f" LIMIT {int(asked.most)}" if asked.most is not None else ""
    rows = con.execute(
        'SELECT rule, severity, grain, key, file, line, field, value, "row" FROM findings'
        f'{where} ORDER BY rule, grain, file NULLS FIRST, line NULLS FIRST, key, field, "row"{most}',
        values,
    ).fetchall()
    return [Found(rule, Severity(severity), *rest) for rule, severity, *rest in rows]


def count(con: duckdb.DuckDBPyConnection, asked: Asked) -> int:
    """How many findings there are of those asked for, however many of them are shown."""
    where, values = asked.where()
    counted = con.execute(f"SELECT count(*) FROM findings{where}", values).fetchone()
    return int(counted[0]) if counted else 0


def explain(
    con: duckdb.DuckDBPyConnection, found: Sequence[Found], limits: LimitTable, period: Period
) -> Iterator[Explained]:
    """Explain findings, in their order. ``con`` has the relations of their grains (``engine.prepared``)."""
    rules = catalog.rules()
    at = 0
    while at < len(found):
        code, grain = found[at].rule, found[at].grain
        batch = [one for one in found[at : at + _AT_ONCE] if (one.rule, one.grain) == (code, grain)]
        upto = next((n for n, one in enumerate(found[at:]) if (one.rule, one.grain) != (code, grain)), len(found) - at)
        batch = batch[:upto]
        if code in rules:
            yield from _of_rule(con, rules[code], batch, limits, period)
        else:
            yield from (_of_sentence(one) for one in batch)
        at += len(batch)


def limits_of(
    rule: Rule, limits: LimitTable, period: Period
) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """The limits a rule reads: names taken at the reporting date, and (name, lender type column, date column)."""
    seen = _Recording(limits, period.date)
    rule.holds(ibis.table(catalog.grain(rule.on).columns(), name="t"), seen)
    return tuple(dict.fromkeys(seen.names)), tuple(dict.fromkeys(seen.by_row))


class _Recording(LimitsAt):
    """Limits that remember which of them were asked for."""

    def __init__(self, table: LimitTable, period: date) -> None:
        super().__init__(table, period)
        self.names: list[str] = []
        self.by_row: list[tuple[str, str, str]] = []

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            self.names.append(name)
        return super().__getattr__(name)

    def by(self, name: str, lender_type: Any, on: Any) -> Any:
        self.by_row.append((name, _column(lender_type), _column(on)))
        return super().by(name, lender_type, on)

    def multiple(self, name: str, lender_type: Any, on: Any) -> Any:
        self.by_row.append((name, _column(lender_type), _column(on)))
        return super().multiple(name, lender_type, on)


def _column(given: Any) -> str:
    """The column an argument is; '=value' for a plain value; empty for anything else."""
    if isinstance(given, str | date):
        return f"={given}"
    op = given.op()
    return str(op.name) if isinstance(op, ops.Field) else ""


def _of_rule(
    con: duckdb.DuckDBPyConnection, rule: Rule, found: Sequence[Found], limits: LimitTable, period: Period
) -> Iterator[Explained]:
    grain = catalog.grain(rule.on)
    names, asked = limits_of(rule, limits, period)
    by_row = [one for one in asked if "" not in one]
    needed = [column for _, *columns in by_row for column in columns if not column.startswith("=")]
    rows = _rows(con, grain, tuple(dict.fromkeys((*rule.fields, *needed))), found)
    before = _previous(con, grain, rule.fields, found)
    fixed = [limits.value(name, period.date) for name in names]
    # looked up by something that is no column: every kind of lender's value on the reporting date
    fixed += [one for name, *by in asked if "" in by for one in limits.in_force(name, period.date)]
    for one in found:
        raw, shown = rows.get(_identity(grain, one), ({}, {}))
        figures = {name: shown.get(name) for name in rule.fields}
        own = [_limit_of_row(limits, raw, *by) for by in by_row]
        yield Explained(
            one,
            (rule.en, rule.zh),
            _said(rule, figures),
            rule.cites,
            rule.confidence.value,
            figures,
            (*fixed, *(limit for limit in own if limit is not None)),
            before.get(one.key),
        )


def _of_sentence(found: Found) -> Explained:
    sentence = catalog.sentence(found.rule)
    what = f"{found.field} = {found.value}" if found.field else (found.value or "")
    en, zh = _declared(found)
    return Explained(
        found,
        (sentence.en, sentence.zh),
        (f"{what}; {en}" if en else what, f"{what}；{zh}" if zh else what),
        sentence.cites,
        "",
        {found.field: found.value},
    )


def _declared(found: Found) -> tuple[str, str]:
    """What the tape's declaration allows in the field, for the codes of field constraints."""
    model = catalog.tape_tables().get(found.grain)
    if not found.rule.startswith("FLD-") or model is None or found.field not in model.to_schema().columns:
        return "", ""
    said: list[tuple[str, str]] = []
    for check in model.to_schema().columns[found.field].checks:
        given = check.statistics
        match check.name:
            case "isin":
                codes = ", ".join(map(str, given["allowed_values"]))
                said.append((f"one of {codes}", f"应为{codes}之一"))
            case "greater_than_or_equal_to":
                said.append((f"at least {given['min_value']}", f"不小于{given['min_value']}"))
            case "less_than_or_equal_to":
                said.append((f"at most {given['max_value']}", f"不大于{given['max_value']}"))
            case "str_length":
                said.append((f"at most {given['max_value']} characters", f"最多{given['max_value']}个字符"))
            case "str_matches":
                pattern = getattr(given["pattern"], "pattern", given["pattern"])
                said.append((f"of the form {pattern}", f"格式为{pattern}"))
    return ", ".join(en for en, _ in said), "，".join(zh for _, zh in said)


def _said(rule: Rule, figures: Mapping[str, str | None]) -> tuple[str, str]:
    """The rule's own words with the figures in, or the figures alone where the rule has none."""
    known = {name: "–" if figure is None else figure for name, figure in figures.items()}
    en, zh = rule.says
    plain = ", ".join(f"{name} {figure}" for name, figure in known.items())
    return (en.format_map(known) if en else plain), (zh.format_map(known) if zh else plain)


def _identity(grain: Grain, found: Found) -> Any:
    return found.row if grain.has_rows else found.key


def _rows(
    con: duckdb.DuckDBPyConnection, grain: Grain, columns: Sequence[str], found: Sequence[Found]
) -> dict[Any, tuple[dict[str, Any], dict[str, str | None]]]:
    """Row (or key, for grains without rows) to the values of its columns, as they are and as text to be shown."""
    shown = {name: _shown_sql(grain, name) for name in columns}
    identity = '"row"' if grain.has_rows else key_sql(grain, "t0")
    wanted = [_identity(grain, one) for one in found]
    selected = ", ".join([*(f'"{name}"' for name in columns), *(f"{sql}" for sql in shown.values())])
    found_rows = con.execute(
        f"SELECT {identity}, {selected} FROM ({grain.select((*columns, *grain.key))}) AS t0 "
        f"WHERE list_contains(?, {identity})",
        [wanted],
    ).fetchall()
    size = len(columns)
    return {
        row[0]: (
            dict(zip(columns, row[1 : 1 + size], strict=True)),
            dict(zip(columns, map(_figure, row[1 : 1 + size], row[1 + size :]), strict=True)),
        )
        for row in found_rows
    }


def _shown_sql(grain: Grain, name: str) -> str:
    return value_sql(grain, name, "t0")


def _figure(value: Any, text: str | None) -> str | None:
    """A figure as it is read: decimals without their trailing zeros but at least two, all else as findings show it."""
    if not isinstance(value, Decimal):
        return text
    whole = format(value, "f")
    if "." not in whole:
        return whole
    head, places = whole.split(".")
    return f"{head}.{places.rstrip('0').ljust(_FEWEST_PLACES, '0')}"


def _limit_of_row(limits: LimitTable, row: Mapping[str, Any], name: str, kind: str, on: str) -> Limit | None:
    """The limit in force for a row's own kind of lender on its own date; None where there is none."""
    lender_type = kind[1:] if kind.startswith("=") else row.get(kind)
    day = date.fromisoformat(on[1:]) if on.startswith("=") else row.get(on)
    day = day.date() if isinstance(day, datetime) else day
    return next(
        (
            one
            for one in limits.series(name)
            if day is not None
            and one.valid_from <= day
            and (one.valid_to is None or day <= one.valid_to)
            and (not one.lender_types or lender_type in one.lender_types)
        ),
        None,
    )


def _previous(
    con: duckdb.DuckDBPyConnection, grain: Grain, fields: Sequence[str], found: Sequence[Found]
) -> dict[str, dict[str, str | None]]:
    """Key to what the submission before said of the rule's own fields; empty without one."""
    if grain.table is None or not grain.has_rows or not _has_previous(con, grain.table):
        return {}
    own = tuple(name for name in fields if name in grain.own and name not in grain.key)
    if not own:
        return {}
    before = catalog.grain(grain.table)
    shown = ", ".join([*(f'"{name}"' for name in own), *(_shown_sql(before, name) for name in own)])
    asked = con.execute(
        f"SELECT {key_sql(before, 't0')}, {shown} FROM previous.tape_{grain.table} AS t0 "
        f"WHERE list_contains(?, {key_sql(before, 't0')}) ORDER BY rowid DESC",
        [[one.key for one in found]],
    ).fetchall()
    return {
        row[0]: dict(zip(own, map(_figure, row[1 : 1 + len(own)], row[1 + len(own) :]), strict=True)) for row in asked
    }


def _has_previous(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(
        con.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_catalog = 'previous' AND table_name = ?",
            [f"tape_{table}"],
        ).fetchone()
    )
