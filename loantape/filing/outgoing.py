"""The outgoing tables of a filing against the rules of its format, before any byte is written.

Belongs here: making the tables, whose every column must be traceable, asking their rules, and the refusal. Not here:
what a format demands (``templates``), the SQL of a predicate (``loantape.checking.compile``), or rules on the tape
(``loantape.checking.engine``).

The rules of a grain are counted in one scan of it: outgoing tables may be views, which a scan for each rule would make
again each time, and a filing that may go out has nothing to show. Only rows that fail are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import duckdb
import pandera.ibis as pa

from loantape import catalog
from loantape.checking.compile import Predicate, Shape, compile_grain
from loantape.checking.failing import ROW_ALIAS
from loantape.checking.findings import key_sql, value_sql
from loantape.checking.schema import rule_check
from loantape.declare import Filing, FilingContext, Grain, Period, Rule, Severity
from loantape.errors import FilingRefused, RuleCrashed
from loantape.lineage.determined import demand_sources
from loantape.lineage.recorded import Recorder, Relations
from loantape.privacy import mask
from loantape.progress import Task

RUNS = "format_runs"
MAKE_RUNS = (
    f"CREATE OR REPLACE TEMP TABLE {RUNS} (rule VARCHAR, grain VARCHAR, field VARCHAR, severity VARCHAR,"
    " draft BOOLEAN, rows_checked BIGINT, rows_failed BIGINT)"
)
_SHOWN_RULES, _SHOWN_ROWS, _SHOWN_CHARACTERS = 10, 3, 40
_HASH = re.compile("[0-9A-Za-z]*[0-9a-f]{32,}[0-9A-Za-z]*")
_WAY_OUT = (
    "correct the named fields in a new delivery of this period; nothing was written"
    " 请在本期新的报送中更正；未写出任何文件"
)
_OF_THE_RULE = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)


@contextmanager
def prepared(con: Any, filing: Filing, context: FilingContext) -> Iterator[Relations]:
    """The outgoing tables while the block runs, as the statements that made them. Of what it makes only
    ``format_runs`` stays, for the manifest.

    Raises ConfigurationError when a filed column's sources cannot be determined: such a filing is never made.
    """
    before = _temporary(con)
    try:
        con.execute(MAKE_RUNS)
        recorder = Recorder(con)
        if filing.prepare is not None:
            filing.prepare(recorder, context)
        relations = Relations(recorder.statements, lambda table: columns_of(con, table))
        demand_sources(filing, recorder.statements, relations)
        yield relations
    finally:
        for kind, name in _temporary(con):
            if (kind, name) not in before and name != RUNS:
                con.execute(f'DROP {kind} IF EXISTS temp.main."{name}"')


def check(con: Any, filing: Filing, period: Period, task: Task) -> None:
    """Count what breaks each rule into ``format_runs``.

    Raises FilingRefused naming rules, rows and the way out when one of severity ERROR does not hold, and RuleCrashed
    when a rule cannot be built or run.
    """
    broken: list[str] = []
    count = 0
    for grain in filing.outgoing:
        rules = [rule for rule in filing.rules if rule.on == grain.name and rule.in_force(period.date)]
        if not rules:
            continue
        for rule, predicate, failed in ask(con, grain, rules, period):
            if failed and rule.severity is Severity.ERROR:
                count += 1
                if len(broken) < _SHOWN_RULES:
                    broken.append(_sentence(con, grain, rule, predicate, failed))
        task.advance(len(rules))
    if broken:
        if count > len(broken):
            broken.append(f"… and {count - len(broken)} more rules 另有{count - len(broken)}条规则")
        head = f"{count} rule(s) of the format of {filing.regulator} are broken {filing.zh}不符合格式要求："
        raise FilingRefused("\n".join([head, *broken]), _WAY_OUT)


def runs(con: Any) -> list[dict[str, Any]]:
    """How each rule of the filing just rendered came out, in the order of its grains and rules."""
    if ("TABLE", RUNS) not in _temporary(con):
        return []
    rows = con.execute(f"SELECT rule, grain, severity, draft, rows_checked, rows_failed FROM {RUNS}").fetchall()
    names = ("rule", "table", "severity", "draft", "rows_checked", "rows_failed")
    return [dict(zip(names, row, strict=True)) for row in rows]


def columns_of(con: Any, table: str) -> list[str]:
    """The columns of a table, in its own order."""
    return [column[0] for column in con.execute(f"SELECT * FROM {table} LIMIT 0").description]


def schema_of(filing: Filing, table: str, period: Period) -> pa.DataFrameSchema:
    """An outgoing table with the rules of its format as one ordinary pandera schema, a Check for each rule."""
    grain = next(one for one in filing.outgoing if one.name == table)
    seen = catalog.limits().at(period)
    columns = {name: pa.Column(kind, nullable=True) for name, kind in grain.columns().items()}
    return pa.DataFrameSchema(
        columns, checks=[rule_check(rule, seen) for rule in filing.rules if rule.on == table], strict=True, name=table
    )


def _temporary(con: Any) -> list[tuple[str, str]]:
    """Views before the tables they may look at."""
    return [
        (str(kind), str(name))
        for kind, name in con.execute(
            "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind, table_name"
            " FROM information_schema.tables WHERE table_catalog = 'temp' ORDER BY kind DESC, table_name"
        ).fetchall()
    ]


def ask(con: Any, grain: Grain, rules: Sequence[Rule], period: Period) -> list[tuple[Rule, Predicate, int]]:
    """Every rule of a grain with its predicate and how many rows break it; recorded in ``format_runs``."""
    relation = f"format_{grain.name}"
    columns = {name: kind for name, kind in grain.columns().items() if name != "row"}
    predicates = _compiled(relation, columns, rules, period)
    asked = list(zip(rules, predicates, strict=True))
    con.execute(f"CREATE OR REPLACE TEMP VIEW {relation} AS {grain.select(columns)}")
    by_row = [predicate for _, predicate in asked if predicate.shape is Shape.ROW]
    counts = ", ".join(["count(*)", *(f"count(*) FILTER (NOT ({one.sql}))" for one in by_row)])
    with _blamed(rules):
        rows, *failed = con.execute(f"SELECT {counts} FROM {relation} AS {ROW_ALIAS}").fetchone()
    of_rows = iter(failed)
    found = []
    for rule, predicate in asked:
        if predicate.shape is Shape.ROW:
            broken = int(next(of_rows))
        else:
            with _blamed([rule]):
                (broken,) = con.execute(f"SELECT count(*) FROM ({predicate.sql}) WHERE NOT holds").fetchone()
        found.append((rule, predicate, int(broken)))
    values = [
        value
        for rule, _, broken in found
        for value in (rule.code, rule.on, rule.fields[0], rule.severity.value, rule.draft, rows, broken)
    ]
    con.execute(f"INSERT INTO {RUNS} VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(found)), values)
    return found


_COMPILED: dict[tuple[Any, ...], tuple[Sequence[Rule], list[Predicate]]] = {}


def _compiled(relation: str, columns: Any, rules: Sequence[Rule], period: Period) -> list[Predicate]:
    """The predicates of a grain's rules, compiled once in a process: rules are kept, and with them who they are."""
    key = (relation, period.date, *map(id, rules))
    if key not in _COMPILED:
        seen = catalog.limits().at(period)
        asked = [(rule.code, partial(_holds, rule, seen)) for rule in rules]
        _COMPILED[key] = (rules, compile_grain(relation, columns, asked))
    return _COMPILED[key][1]


def _holds(rule: Rule, seen: Any, table: Any) -> Any:
    return rule.holds(table, seen)


def _sentence(con: Any, grain: Grain, rule: Rule, predicate: Predicate, failed: int) -> str:
    """The rule, how many rows break it and the first of them, by key, with what identifies a person masked."""
    relation = f"format_{grain.name}"
    draft = ", draft 征求意见稿" if rule.draft else ""
    text = f"{rule.code} {rule.en} {rule.zh} ({rule.cites} [{rule.confidence}]{draft})"
    if predicate.shape is Shape.AGGREGATE:
        return f"{text}: the table as a whole 整表"
    shown = ", ".join(value_sql(grain, name, ROW_ALIAS) for name in rule.fields)
    source, failing = f"{relation} AS {ROW_ALIAS}", f"NOT ({predicate.sql})"
    if predicate.shape is Shape.WINDOW:
        source, failing = f"({predicate.sql}) AS {ROW_ALIAS}", f"NOT {ROW_ALIAS}.holds"
    rows = con.execute(
        f"SELECT {key_sql(grain, ROW_ALIAS)} AS found_key, {shown} FROM {source} WHERE {failing}"
        f" ORDER BY ALL LIMIT {_SHOWN_ROWS}"
    ).fetchall()
    named = "; ".join(f"{key} ({_values(rule.fields, values)})" for key, *values in rows)
    return f"{text}: {failed} record(s) 共{failed}条: {named}{' …' if failed > len(rows) else ''}"


def _values(fields: Sequence[str], values: Sequence[str | None]) -> str:
    """Texts cut short: a refusal is read by people, and a value may be as long as a page."""
    return ", ".join(f"{name}: {_value(value)}" for name, value in zip(fields, values, strict=True))


def _value(value: str | None) -> str:
    """A regulator's unsalted hash still names its person, so it is not shown."""
    if value is None:
        return "empty 空"
    text = _HASH.sub("***", value)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")


@contextmanager
def _blamed(rules: Sequence[Rule]) -> Iterator[None]:
    try:
        yield
    except _OF_THE_RULE as error:
        codes = ", ".join(rule.code for rule in rules)
        raise RuleCrashed(
            f"format rules of {codes} cannot be run: {type(error).__name__}: {mask(str(error))}", "correct the rule"
        ) from None  # the cause would carry filed values into every log
