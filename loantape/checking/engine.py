"""Runs the rule book over one tape: every constraint and every rule in force, once, inside DuckDB.

Belongs here: what runs, in which scope, how long it took, and that a crash of a rule stores nothing. Not here: the
SQL of a predicate (``compile``), of a grain (``grains``) or of a finding (``findings``).

A rule's ``jurisdictions`` are compared with the lender's. Its ``lender_types`` are compared with each row's own
``lender_type`` where the grain has that column, and with the reporting institutions' otherwise. Its dates are compared
with the reporting date. A rule that does not apply leaves a row in ``rule_runs`` that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from loantape import catalog
from loantape.catalog import grain
from loantape.checking import findings, from_reading
from loantape.checking.compile import (
    MISSING,
    ROW_ALIAS,
    FieldCheck,
    Predicate,
    Shape,
    compile_grain,
    field_predicates,
    relation_of,
)
from loantape.checking.findings import Run, Stage, key_sql, value_sql
from loantape.checking.history import prepare_history, prepare_totals
from loantape.declare import Grain, Lender, Period, Rule, Severity
from loantape.errors import RuleCrashed
from loantape.limits import LimitTable
from loantape.privacy import mask
from loantape.progress import Progress, Task

# what these mean is never that a rule is wrong
_NOT_THE_RULE = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InterruptException)


@dataclass(frozen=True)
class CheckSummary:
    """How many findings of each severity, and how many rules and constraints ran."""

    errors: int
    warnings: int
    infos: int
    rules_run: int


@dataclass(frozen=True)
class _Asked:
    """One thing to ask of every row of a grain: a rule, or a constraint on a field."""

    code: str
    field: str  # of the finding
    run_field: str  # of the run: empty for rules
    severity: Severity
    holds: Callable[[Any], Any]
    predicate: Predicate | None = None  # compiled already, for constraints: they are the same on every tape
    scope: str = ""  # SQL on t0: the rows it looks at, all when empty
    excused: str = ""  # SQL on t0: rows it looks at and does not blame


def check(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    rules: Sequence[Rule],
    limits: LimitTable,
    previous: Path | None,
    progress: Progress,
    history: Mapping[Period, Path] | None = None,
) -> CheckSummary:
    """Fill ``findings``, ``rule_runs`` and ``totals`` of the submission open in ``con``.

    ``previous`` is the file of the submission before it, ``history`` the files of those of earlier periods, as far as
    rules look at their totals. All three tables are replaced. Raises RuleCrashed, with none of them touched, when a
    rule cannot be built or run.
    """
    with _attached(con, previous), _temporary(con):
        stage = Stage(con)
        planned = _plan(con, lender, period, rules, limits, previous is not None, bool(history), stage)
        total = sum(len(asked) for asked in planned.values())
        with progress.step("Checking rules", "规则校验", total=total) as task:
            from_reading.stage_findings(con, stage)
            _prepare_shared(con, planned)
            prepare_totals(con, catalog.totals())
            prepare_history(con, history or {})
            for name, asked in planned.items():
                _run_grain(con, stage, grain(name), asked, task)
        stage.store()
    return _summary(con, stage)


def _plan(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    rules: Sequence[Rule],
    limits: LimitTable,
    has_previous: bool,
    has_history: bool,
    stage: Stage,
) -> dict[str, list[_Asked]]:
    """What to ask of each grain, tape tables first; rules that do not apply are recorded as such."""
    seen = limits.at(period)
    kinds = {kind for (kind,) in con.execute("SELECT DISTINCT lender_type FROM tape_institution").fetchall() if kind}
    unparsed = set(con.execute("SELECT DISTINCT table_name, field FROM unparsed").fetchall())
    planned: dict[str, list[_Asked]] = {
        table: [
            _Asked(
                one.code,
                one.field,
                one.field,
                one.severity,
                one.holds,
                predicate,
                excused=_excuse(one, table, unparsed),
            )
            for one, predicate in field_predicates(table, lender.jurisdiction)
        ]
        for table in catalog.tape_tables()
    }
    for rule in rules:
        on = grain(rule.on)
        if reason := _why_not(rule, on, lender, period, kinds, has_previous, has_history):
            stage.finish(Run(rule.code, "", rule.severity, rule.on, "", 0, 0, 0.0, reason))
            continue
        scope = ""
        if rule.lender_types and "lender_type" in on.columns():
            scope = f"{ROW_ALIAS}.lender_type IN (" + ", ".join(f"'{kind}'" for kind in rule.lender_types) + ")"
        planned.setdefault(rule.on, []).append(
            _Asked(rule.code, rule.fields[0], "", rule.severity, partial(_holds, rule, seen), scope=scope)
        )
    return planned


def _holds(rule: Rule, seen: Any, table: Any) -> Any:
    return rule.holds(table, seen)


def _excuse(one: FieldCheck, table: str, unparsed: set[tuple[str, str]]) -> str:
    """A value that was delivered and did not parse is not missing: READ-001 says what it is."""
    if one.code != MISSING or (table, one.field) not in unparsed:
        return ""
    return (
        f"EXISTS (SELECT 1 FROM unparsed AS u WHERE u.table_name = '{table}' AND u.field = '{one.field}' "
        f'AND u."row" = {ROW_ALIAS}."row")'
    )


def needs_history(lender: Lender, period: Period, rules: Sequence[Rule]) -> bool:
    """Whether any of ``rules`` that applies to a lender's period looks at the totals of the periods before it."""
    return any(grain(rule.on).needs_history and _elsewhere(rule, lender, period) is None for rule in rules)


def _elsewhere(rule: Rule, lender: Lender, period: Period) -> str | None:
    if rule.jurisdictions and lender.jurisdiction not in rule.jurisdictions:
        return findings.OUT_OF_SCOPE
    return None if rule.in_force(period.date) else findings.NOT_IN_FORCE


def _why_not(
    rule: Rule, on: Grain, lender: Lender, period: Period, kinds: set[str], has_previous: bool, has_history: bool
) -> str | None:
    if reason := _elsewhere(rule, lender, period):
        return reason
    if rule.lender_types and "lender_type" not in on.columns() and not kinds & set(rule.lender_types):
        return findings.OUT_OF_SCOPE
    if (on.needs_previous and not has_previous) or (on.needs_history and not has_history):
        return findings.NO_PREVIOUS
    return None


def _prepare_shared(con: duckdb.DuckDBPyConnection, planned: dict[str, list[_Asked]]) -> None:
    """The relations that grains join to: first rows of each key, this period's and the one's before, and prices."""
    needed = [grain(name) for name in planned]
    for table, model in catalog.tape_tables().items():
        _make_repeated(con, f"check_repeated_{table}", f"tape_{table}", model.key())
        _make_first(con, f"check_first_{table}", f"tape_{table}", f"check_repeated_{table}", model.key())
    if any(one.needs_previous for one in needed):
        key = catalog.tape_tables()["loan"].key()
        _make_repeated(con, "check_repeated_previous_loan", "previous.tape_loan", key)
        _make_first(con, "check_first_previous_loan", "previous.tape_loan", "check_repeated_previous_loan", key)
    if any(one.needs_pricing for one in needed):
        catalog.loan_pricer()(con)


def _make_repeated(con: duckdb.DuckDBPyConnection, name: str, table: str, key: Sequence[str]) -> None:
    """Rows of ``table`` whose key occurs more than once, with the first such row. A key with a null repeats nothing."""
    columns = ", ".join(key)
    known = " AND ".join(f"{column} IS NOT NULL" for column in key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {name} AS
        SELECT t.rowid AS "row", again.first_row, {", ".join(f"t.{column}" for column in key)}
        FROM {table} AS t JOIN (
            SELECT {columns}, min(rowid) AS first_row FROM {table} WHERE {known} GROUP BY {columns} HAVING count(*) > 1
        ) AS again USING ({columns})"""
    )


def _make_first(con: duckdb.DuckDBPyConnection, name: str, table: str, repeated: str, key: Sequence[str]) -> None:
    known = " AND ".join(f"{column} IS NOT NULL" for column in key)
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {table}
        WHERE {known} AND rowid NOT IN (SELECT "row" FROM {repeated} WHERE "row" <> first_row)"""
    )


def _run_grain(con: duckdb.DuckDBPyConnection, stage: Stage, on: Grain, asked: Sequence[_Asked], task: Task) -> None:
    """Ask everything of one grain: compiled together, run one by one and timed one by one.

    What preparing the grain and compiling cost is shared out evenly.
    """
    started = perf_counter()
    relation = relation_of(on.name)
    fresh = iter(
        compile_grain(relation, on.columns(), [(one.code, one.holds) for one in asked if one.predicate is None])
    )
    compiled = [one.predicate or next(fresh) for one in asked]
    stored = on.name in catalog.tape_tables()
    # a joined grain that is asked once is not worth writing down
    made = "VIEW" if stored or (on.table and len(asked) == 1) else "TABLE"
    with _blamed_on(", ".join(sorted({one.code for one in asked}))):
        if stored:
            con.execute(f'CREATE OR REPLACE TEMP VIEW {relation} AS SELECT rowid AS "row", * FROM {on.base}')
        else:
            wanted = {name for predicate in compiled for name in predicate.columns}
            wanted |= {one.field for one in asked} | set(on.key)
            wanted |= {"lender_type"} if any(one.scope for one in asked) else set()
            con.execute(f"CREATE OR REPLACE TEMP {made} {relation} AS {on.select(wanted)}")
    rows = _count(con, on.base if on.table else relation)
    shared = (perf_counter() - started) / max(1, len(asked))
    for one, predicate in zip(asked, compiled, strict=True):
        started = perf_counter()
        with _blamed_on(one.code):
            checked = _count(con, f"{relation} AS {ROW_ALIAS} WHERE {one.scope}") if one.scope else rows
            failed = stage.add(_failing(on, relation, one, predicate)) if rows else 0
        seconds = perf_counter() - started + shared
        stage.finish(Run(one.code, one.run_field, one.severity, on.name, on.table or "", checked, failed, seconds))
        task.advance()
    if stored:
        _run_key(stage, on, rows)
    con.execute(f"DROP {made} {relation}")


def _failing(on: Grain, relation: str, one: _Asked, predicate: Predicate) -> str:
    """SELECT of the failing rows, as the stage takes them. A total fails as a whole: no key, no value, no row."""
    if predicate.shape is Shape.AGGREGATE:
        return (
            f"SELECT '' AS key, NULL AS value, NULL AS \"row\", '{one.field}' AS field, NULL AS file, NULL AS line "
            f"FROM ({predicate.sql}) AS {ROW_ALIAS} WHERE NOT {ROW_ALIAS}.holds"
        )
    source, failing = f"{relation} AS {ROW_ALIAS}", f"NOT ({predicate.sql})"
    if predicate.shape is Shape.WINDOW:
        source, failing = f"({predicate.sql}) AS {ROW_ALIAS}", f"NOT {ROW_ALIAS}.holds"
    where = [failing, *([one.scope] if one.scope else []), *([f"NOT {one.excused}"] if one.excused else [])]
    return (
        f"SELECT {key_sql(on, ROW_ALIAS)} AS key, {value_sql(on, one.field, ROW_ALIAS)} AS value, "
        f"{ROW_ALIAS}.\"row\", '{one.field}' AS field, NULL AS file, NULL AS line "
        f"FROM {source} WHERE {' AND '.join(where)}"
    )


def _run_key(stage: Stage, on: Grain, rows: int) -> None:
    """Every row of a group that shares one whole key is a finding; a key with a null part is not a key."""
    started = perf_counter()
    key = key_sql(on, "again")
    failed = stage.add(
        f"SELECT {key} AS key, {key} AS value, again.\"row\", '{on.key[0]}' AS field, NULL AS file, NULL AS line "
        f"FROM check_repeated_{on.name} AS again"
    )
    run = Run("FLD-005", on.key[0], Severity.ERROR, on.name, on.name, rows, failed, perf_counter() - started)
    stage.finish(run)


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(counted[0]) if counted else 0


def _summary(con: duckdb.DuckDBPyConnection, stage: Stage) -> CheckSummary:
    counts = dict(con.execute("SELECT severity, count(*) FROM findings GROUP BY severity").fetchall())
    return CheckSummary(
        errors=counts.get(Severity.ERROR, 0),
        warnings=counts.get(Severity.WARNING, 0),
        infos=counts.get(Severity.INFO, 0),
        rules_run=sum(run.status == findings.RAN for run in stage.runs()),
    )


@contextmanager
def _blamed_on(codes: str) -> Iterator[None]:
    """What DuckDB refuses to run is the rule's fault, unless disk or memory gave out. Delivered values are masked."""
    try:
        yield
    except _NOT_THE_RULE:
        raise
    except duckdb.Error as error:
        raise RuleCrashed(
            f"{codes} cannot be run: {type(error).__name__}: {mask(str(error))}",
            "correct the rule: cast to DECIMAL(38) before multiplying, nullif before dividing",
        ) from None  # the cause would carry the delivered value into every log


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, previous: Path | None) -> Iterator[None]:
    """The previous submission as catalog ``previous``, read-only, while checking."""
    if previous is None:
        yield
        return
    escaped = str(previous).replace("'", "''")
    con.execute(f"ATTACH '{escaped}' AS previous (READ_ONLY)")
    try:
        yield
    finally:
        con.execute("DETACH previous")


@contextmanager
def _temporary(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Leaves none of the ``check_*`` relations behind, whatever happens."""
    try:
        yield
    finally:
        made = con.execute(
            "SELECT table_type, table_name FROM information_schema.tables "
            "WHERE table_catalog = 'temp' AND starts_with(table_name, 'check_') ORDER BY table_type DESC, table_name"
        ).fetchall()
        for kind, name in made:
            con.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} temp.main."{name}"')
