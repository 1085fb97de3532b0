"""Runs the rule book over one tape: every constraint and every rule in force, once, inside DuckDB.

Belongs here: what runs, in which scope, how long it took, and that a crash of a rule stores nothing. Not here: the
SQL of a predicate (``compile``), of a grain (``grains``) or of a finding (``findings``).

A rule's ``jurisdictions`` are compared with the lender's. Its ``lender_types`` are compared with each row's own
``lender_type`` where the grain has that column, and with the reporting institutions' otherwise. Its dates are compared
with the reporting date. A rule that does not apply leaves a row in ``rule_runs`` that says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import duckdb

from loantape import catalog, kept
from loantape.catalog import grain
from loantape.checking import findings, from_reading
from loantape.checking.asking import ALONE, FUSED, Asked, Asking, profiled
from loantape.checking.compile import field_predicates, rule_predicates
from loantape.checking.constraints import MISSING, FieldCheck
from loantape.checking.failing import ROW_ALIAS
from loantape.checking.findings import Findings, Run
from loantape.checking.relations import prepared
from loantape.checking.repeats import Repeats
from loantape.declare import Grain, Lender, Period, Rule, Severity
from loantape.limits import LimitTable
from loantape.progress import Progress

# what asking everything at once can end with that asking one by one explains
_WORTH_ASKING_AGAIN = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)


@dataclass(frozen=True)
class CheckSummary:
    """How many findings of each severity, and how many rules and constraints ran."""

    errors: int
    warnings: int
    infos: int
    rules_run: int


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
    asked = [grain(rule.on) for rule in rules if _elsewhere(rule, lender, period) is None]
    needed = [on for on in asked if previous is not None or not on.needs_previous]
    with prepared(con, needed, previous, history, wait=False) as repeats, _settings(con), profiled(con):
        asking = partial(
            _check, con, lender, period, rules, limits, previous is not None, bool(history), progress, repeats
        )
        try:
            return asking(FUSED)
        except _WORTH_ASKING_AGAIN:
            # several rules went into one statement: asked one by one, the one that crashes is named
            return asking(ALONE)


def _check(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    rules: Sequence[Rule],
    limits: LimitTable,
    has_previous: bool,
    has_history: bool,
    progress: Progress,
    repeats: Repeats,
    fused: int,
) -> CheckSummary:
    """Findings into a table aside, then in place of those there were: all of it, or nothing."""
    try:
        into = Findings(con)
        with kept.saving(limits, period):
            planned = _plan(con, lender, period, rules, limits, has_previous, has_history, into)
        total = sum(len(asked) for asked in planned.values())
        with progress.step("Checking rules", "规则校验", total=total) as task:
            from_reading.find(con, into)
            for name, asked in planned.items():
                Asking(con, grain(name), asked, fused, repeats).ask(into, task)
        into.store()
    except BaseException:
        with suppress(duckdb.Error):  # after a full disk nothing may be possible any more
            con.execute("DROP TABLE IF EXISTS check_findings")
        raise
    return _summary(into.runs())


@contextmanager
def _settings(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Rows may come in any order, since findings are sorted: keeping it makes fused inserts twice as dear."""
    (before,) = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0]
    con.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        con.execute(f"SET preserve_insertion_order = {'true' if before else 'false'}")


def _plan(
    con: duckdb.DuckDBPyConnection,
    lender: Lender,
    period: Period,
    rules: Sequence[Rule],
    limits: LimitTable,
    has_previous: bool,
    has_history: bool,
    into: Findings,
) -> dict[str, list[Asked]]:
    """What to ask of each grain, tape tables first; rules that do not apply are recorded as such."""
    kinds = {kind for (kind,) in con.execute("SELECT DISTINCT lender_type FROM tape_institution").fetchall() if kind}
    unparsed = set(con.execute("SELECT DISTINCT table_name, field FROM unparsed").fetchall())
    planned: dict[str, list[Asked]] = {}
    for table in catalog.tape_tables():
        started = perf_counter()
        constraints = field_predicates(table, lender.jurisdiction)
        share = (perf_counter() - started) / max(1, len(constraints))
        planned[table] = [
            Asked(
                one.code,
                one.field,
                one.field,
                one.severity,
                predicate,
                share,
                excused=_excuse(one, table, unparsed),
            )
            for one, predicate in constraints
        ]
    applicable: dict[str, list[Rule]] = {}
    for rule in rules:
        if reason := _why_not(rule, grain(rule.on), lender, period, kinds, has_previous, has_history):
            into.finish(Run(rule.code, "", rule.severity, rule.on, "", 0, status=reason))
        else:
            applicable.setdefault(rule.on, []).append(rule)
    for name in sorted(applicable):
        started = perf_counter()
        predicates = rule_predicates(applicable[name], limits, period)
        share = (perf_counter() - started) / len(predicates)
        planned.setdefault(name, []).extend(
            Asked(rule.code, rule.fields[0], "", rule.severity, predicate, share, scope=_scope(rule))
            for rule, predicate in zip(applicable[name], predicates, strict=True)
        )
    return planned


def _scope(rule: Rule) -> str:
    """Where the grain's rows have a kind of lender of their own, those of the rule's kinds."""
    if not rule.lender_types or "lender_type" not in grain(rule.on).columns():
        return ""
    return f"{ROW_ALIAS}.lender_type IN (" + ", ".join(f"'{kind}'" for kind in rule.lender_types) + ")"


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


def _summary(runs: Sequence[Run]) -> CheckSummary:
    failed = {severity: sum(run.rows_failed for run in runs if run.severity == severity) for severity in Severity}
    return CheckSummary(
        errors=failed[Severity.ERROR],
        warnings=failed[Severity.WARNING],
        infos=failed[Severity.INFO],
        rules_run=sum(run.status == findings.RAN for run in runs),
    )
