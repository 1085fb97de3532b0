"""Asks everything of one grain in as few statements as pay, and turns what fails into findings.

Belongs here: the SQL of a batch, how its seconds are shared out, and the grain's relation. Not here: what to ask
(``engine``), or the SQL of a predicate (``compile``).

A predicate on rows gives only numbers at first: which row failed which rule. So a scan reads the columns of the
predicate and no others. Then each failing row's key, value and line are looked up, once, for all rules of a batch.
``docs/decisions/0012`` has what was measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import duckdb

from loantape import catalog
from loantape.checking.compile import Predicate, Shape, relation_of
from loantape.checking.failing import NEVER, ROW_ALIAS, render
from loantape.checking.findings import Findings, Run, key_sql, shown, shown_sql, value_sql
from loantape.checking.relations import place_join
from loantape.checking.repeats import Repeats
from loantape.checking.texts import Judged, judged
from loantape.checking.together import Arranged, arranged
from loantape.declare import Grain, Severity
from loantape.errors import RuleCrashed
from loantape.privacy import mask
from loantape.progress import Task

# Planning a UNION ALL grows faster than its branches do: 64 take 0.1 s, 340 take 1.8 s.
FUSED, ALONE = 64, 1
_SHOWN = 256  # rules whose findings are looked up in one scan of the tape
_AT_ONCE = 1_000_000  # findings whose texts are looked up and sorted together, so that memory is bounded
_STAGE = "CREATE OR REPLACE TEMP TABLE check_stage (run INTEGER, place BIGINT)"
# What a rule can be guilty of. Disk, memory, locks, interruption and DuckDB's own faults are none of it.
_OF_THE_RULE = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)


@dataclass(frozen=True)
class Asked:
    """One thing to ask of every row of a grain: a rule, or a constraint on a field."""

    code: str
    field: str  # of the finding
    run_field: str  # of the run: empty for rules
    severity: Severity
    predicate: Predicate
    seconds: float = 0.0  # its share of what compiling cost
    scope: str = ""  # SQL on t0: the rows it looks at, all when empty
    excused: str = ""  # SQL on t0: rows it looks at and does not blame


@dataclass(frozen=True)
class Scan:
    """Numbers of predicates asked in one statement: in one scan of ``source``, or in a scan each where that is empty.

    ``known``, ``parts`` and ``share`` say how their conditions are written there.
    """

    numbers: tuple[int, ...]
    source: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] | None = None
    share: Mapping[str, float] | None = None


class Asking:
    """One grain while it is asked. ``fused`` is how many predicates go into one statement."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, on: Grain, asked: Sequence[Asked], fused: int, repeats: Repeats
    ) -> None:
        self._con, self._on, self._fused, self._repeats = con, on, fused, repeats
        started = perf_counter()
        self._relation = relation_of(on.name)
        self._stored = on.name in catalog.tape_tables()
        self._asked = sorted(asked, key=lambda one: (one.code, one.run_field))
        self._predicates = [one.predicate for one in self._asked]
        if not self._stored:
            repeats.finish()  # joins take the first row of a key
        # a joined grain that is asked once is not worth writing down
        self._made = "VIEW" if self._stored or (on.table and len(asked) == 1) else "TABLE"
        with self._blamed(self._asked):
            self._prepare()
            self._rows = _count(con, on.base if on.table else self._relation)
            self._said_something = not on.silent_where_null or _count(con, self._relation) > 0
        self._scopes: dict[str, int] = {}
        # what preparing the grain cost is shared out evenly
        self._shared = (perf_counter() - started) / max(1, len(asked))

    def ask(self, into: Findings, task: Task) -> None:
        """Everything asked of the grain, then its key; nothing is left behind."""
        numbered = list(enumerate(self._predicates))
        narrow = [n for n, one in numbered if one.shape is Shape.ROW and (self._stored or self._made == "TABLE")]
        if self._rows:
            self._ask_rows(narrow, into, task)
        else:
            narrow = []
        for n in (n for n, _ in numbered if n not in set(narrow)):
            self._ask_alone(n, into)
            task.advance()
        if self._stored:
            self._ask_key(into)
        self._con.execute(f"DROP {self._made} {self._relation}")

    def _prepare(self) -> None:
        if self._stored:
            select = f'SELECT rowid AS "row", * FROM {self._on.base}'
        else:
            wanted = {name for predicate in self._predicates for name in predicate.columns}
            wanted |= {one.field for one in self._asked} | set(self._on.key)
            wanted |= {"lender_type"} if any(one.scope for one in self._asked) else set()
            wanted |= {self._on.silent_where_null} - {""}
            select = self._on.select(wanted)
            if self._on.silent_where_null:
                select = f"SELECT * FROM ({select}) WHERE {self._on.silent_where_null} IS NOT NULL"
        self._con.execute(f"CREATE OR REPLACE TEMP {self._made} {self._relation} AS {select}")

    def _ask_rows(self, numbers: Sequence[int], into: Findings, task: Task) -> None:
        """Predicates on rows, many in one statement: seconds are the wall's, by each one's share of processor time."""
        self._con.execute(_STAGE)
        seconds = dict.fromkeys(numbers, 0.0)
        for n in numbers:
            with self._blamed([self._asked[n]]):
                self._looked_at(n)
        with self._judging(numbers) as told:
            asked = [n for n in numbers if self._may_fail(n, told)]
            task.advance(len(numbers) - len(asked))
            for scan in self._scans(asked, told):
                with self._blamed([self._asked[n] for n in scan.numbers]):
                    started = perf_counter()
                    self._stage(scan, told)
                    spent = perf_counter() - started
                shares = _shares(self._con, len(scan.numbers))
                seconds |= {n: spent * share for n, share in zip(scan.numbers, shares, strict=True)}
                task.advance(len(scan.numbers))
        failed = dict(self._con.execute("SELECT run, count(*) FROM check_stage GROUP BY run").fetchall())
        for batch in _batches([(n, failed[n]) for n in numbers if n in failed]):
            started, total = perf_counter(), sum(failed[n] for n in batch)
            with self._blamed([self._asked[n] for n in batch]):
                into.insert(self._found(batch))
            spent = perf_counter() - started
            for n in batch:
                seconds[n] += spent * failed[n] / total
        for n in numbers:
            run = self._run(n)
            into.finish(replace(run, rows_failed=failed.get(n, 0), seconds=run.seconds + seconds[n]))
        self._con.execute("DROP TABLE check_stage")

    @contextmanager
    def _judging(self, numbers: Sequence[int]) -> Iterator[Judged]:
        """What the values of texts tell of conditions, unless they are asked one by one."""
        if self._fused == ALONE or not self._said_something:
            yield Judged()
            return
        conditions = {n: fails for n in numbers if (fails := self._predicates[n].fails)}
        started = perf_counter()
        with ExitStack() as held:
            with self._blamed([self._asked[n] for n in numbers]):
                told = held.enter_context(judged(self._con, self._relation, self._rows, conditions))
            self._shared += (perf_counter() - started) / max(1, len(numbers))
            yield told

    def _may_fail(self, number: int, told: Judged) -> bool:
        """Whether it may fail on some row, as far as that is known before looking at any."""
        fails = self._predicates[number].fails
        return self._said_something and (fails is None or render(fails, told.known) != NEVER)

    def _scans(self, asked: Sequence[int], told: Judged) -> Iterator[Scan]:
        """What is asked in one statement: of rows joined to a text's values, of rows in one scan, in a scan each."""
        joined = {n for hot in told.hot for n in hot.numbers}
        of_rows = [n for n in asked if n not in joined]
        arrangement = self._arranged(of_rows, told)
        for at in range(0, len(arrangement.alone), self._fused):
            yield Scan(arrangement.alone[at : at + self._fused])
        for numbers in arrangement.together:
            yield Scan(numbers, self._relation_as, told.known, share=arrangement.share)
        for hot in told.hot:
            for at in range(0, len(hot.numbers), self._fused):
                numbers = hot.numbers[at : at + self._fused]
                yield Scan(numbers, hot.joined(self._relation), hot.known, parts=hot.parts)

    def _arranged(self, asked: Sequence[int], told: Judged) -> Arranged:
        """Predicates that are not known the other way round, or are asked one by one, get a scan each."""
        if self._fused == ALONE:
            return Arranged(tuple(asked))
        conditions = {n: fails for n in asked if (fails := self._predicates[n].fails)}
        columns = {n: self._predicates[n].columns for n in conditions}
        with self._blamed([self._asked[n] for n in asked]):
            found = arranged(self._con, self._relation, self._rows, conditions, columns, told.known)
        return replace(found, alone=(*found.alone, *(n for n in asked if n not in conditions)))

    def _stage(self, scan: Scan, told: Judged) -> None:
        """Which row fails which of the scan. Sums that do not fit into 64 bits are made again in 128."""
        into = "INSERT INTO check_stage "
        try:
            self._con.execute(into + (self._in_one(scan) if scan.source else self._apart(scan.numbers, told)))
        except duckdb.OutOfRangeException:
            if self._fused == ALONE:
                raise
            self._con.execute(into + self._apart(scan.numbers, told, wide=True))

    def _apart(self, numbers: Sequence[int], told: Judged, *, wide: bool = False) -> str:
        """A scan each."""
        return " UNION ALL ".join(
            f"SELECT {n}, {self._place} FROM {self._relation_as} WHERE {self._failing(n, told.known, wide=wide)}"
            for n in numbers
        )

    def _in_one(self, scan: Scan) -> str:
        """One scan: rows that fail any of them, then which."""
        conditions = {n: f"({self._failing(n, scan.known, parts=scan.parts, share=scan.share)})" for n in scan.numbers}
        numbers = ", ".join(f"CASE WHEN {condition} THEN {n} END" for n, condition in conditions.items())
        return (
            f"SELECT unnest(list_filter([{numbers}], lambda number: number IS NOT NULL)), {self._place} "
            f"FROM {scan.source} WHERE {' OR '.join(conditions.values())}"
        )

    @property
    def _relation_as(self) -> str:
        return f"{self._relation} AS {ROW_ALIAS}"

    @property
    def _place(self) -> str:
        return f'{ROW_ALIAS}."row"' if self._stored else f"{ROW_ALIAS}.rowid"

    def _failing(
        self,
        number: int,
        known: Mapping[str, str],
        *,
        wide: bool = False,
        parts: Mapping[str, str] | None = None,
        share: Mapping[str, float] | None = None,
    ) -> str:
        predicate = self._predicates[number]
        if predicate.fails is None or self._fused == ALONE:
            return self._where(number, f"NOT ({predicate.sql})")
        return self._where(number, render(predicate.fails, known, wide=wide, parts=parts, share=share))

    def _where(self, number: int, failing: str) -> str:
        one = self._asked[number]
        parts = [failing, *([one.scope] if one.scope else []), *([f"NOT {one.excused}"] if one.excused else [])]
        return " AND ".join(parts)

    def _found(self, numbers: Sequence[int]) -> str:
        """The findings of staged rows, sorted by numbers: only what has no row of this tape is sorted by text."""
        fields = list(dict.fromkeys(self._asked[n].field for n in numbers))
        kinds = [shown(self._on, name) for name in fields]
        values = " ".join(f'WHEN {k} THEN CAST({ROW_ALIAS}."{name}" AS VARCHAR)' for k, name in enumerate(fields))
        runs = ", ".join(
            f"({n}, '{one.code}', '{one.severity}', {k}, '{one.field}', {kinds[k]})"
            for n, one, k in ((n, self._asked[n], fields.index(self._asked[n].field)) for n in numbers)
        )
        row, key = f'{ROW_ALIAS}."row"', key_sql(self._on, ROW_ALIAS)
        by_text = "" if self._on.has_rows else ", found_key, found_value"
        found = (
            f"SELECT run.rule, run.severity, {key} AS found_key, place.file, place.to_line + {row} AS line, "
            f'run.field, CASE run.field_no {values} END AS told, run.shown, {row} AS "row", stage.run '
            f"FROM check_stage AS stage JOIN (VALUES {runs}) AS run(number, rule, severity, field_no, field, shown) "
            f"ON run.number = stage.run JOIN {self._relation} AS {ROW_ALIAS} "
            f"ON {row if self._stored else f'{ROW_ALIAS}.rowid'} = stage.place "
            f"{place_join(row, self._base)} WHERE stage.run BETWEEN {min(numbers)} AND {max(numbers)}"
        )
        return (
            f"SELECT rule, severity, '{self._on.name}', found_key, file, line, field, "
            f'{shown_sql("shown", "told", kinds)} AS found_value, "row" '
            f'FROM ({found}) ORDER BY run, "row"{by_text}'
        )

    def _ask_alone(self, number: int, into: Findings) -> None:
        """What is no predicate on a stored row: a window, a total, or a joined grain that is asked once."""
        one, predicate = self._asked[number], self._predicates[number]
        with self._blamed([one]):
            run = self._run(number)
            if not self._rows or not self._said_something:
                into.finish(run)
            elif predicate.shape is Shape.AGGREGATE:  # fails as a whole: no key, no value, no row
                into.take(
                    replace(run, base=""),
                    f"SELECT '' AS key, NULL AS value, CAST(NULL AS BIGINT) AS \"row\", '{one.field}' AS field, "
                    f"NULL AS file, NULL AS line FROM ({predicate.sql}) AS {ROW_ALIAS} WHERE NOT {ROW_ALIAS}.holds",
                )
            else:
                source, failing = f"{self._relation} AS {ROW_ALIAS}", f"NOT ({predicate.sql})"
                if predicate.shape is Shape.WINDOW:
                    source, failing = f"({predicate.sql}) AS {ROW_ALIAS}", f"NOT {ROW_ALIAS}.holds"
                into.take(
                    run,
                    f"SELECT {key_sql(self._on, ROW_ALIAS)} AS key, {value_sql(self._on, one.field, ROW_ALIAS)} "
                    f"AS value, {ROW_ALIAS}.\"row\", '{one.field}' AS field, NULL AS file, NULL AS line "
                    f"FROM {source} WHERE {self._where(number, failing)}",
                )

    def _ask_key(self, into: Findings) -> None:
        """Every row of a group that shares one whole key is a finding; a key with a null part is not a key."""
        self._repeats.finish(f"check_repeated_{self._on.name}")
        key = key_sql(self._on, "again")
        into.take(
            Run("FLD-005", self._on.key[0], Severity.ERROR, self._on.name, self._base, self._rows),
            f"SELECT {key} AS key, {key} AS value, again.\"row\", '{self._on.key[0]}' AS field, NULL AS file, "
            f"NULL AS line FROM check_repeated_{self._on.name} AS again",
        )

    def _run(self, number: int) -> Run:
        one = self._asked[number]
        looked_at, shared = self._looked_at(number), self._shared + one.seconds
        return Run(one.code, one.run_field, one.severity, self._on.name, self._base, looked_at, seconds=shared)

    @property
    def _base(self) -> str:
        return self._on.table or "" if self._on.has_rows else ""

    def _looked_at(self, number: int) -> int:
        scope = self._asked[number].scope
        if not scope:
            return self._rows
        if scope not in self._scopes:
            self._scopes[scope] = _count(self._con, f"{self._relation} AS {ROW_ALIAS} WHERE {scope}")
        return self._scopes[scope]

    @contextmanager
    def _blamed(self, asked: Sequence[Asked]) -> Iterator[None]:
        """What DuckDB refuses to run is the fault of the rule asked, and is raised as it is when several are.

        Delivered values are masked.
        """
        try:
            yield
        except _OF_THE_RULE as error:
            if self._fused != ALONE:
                raise  # asked one by one, the culprit will be known
            codes = ", ".join(sorted({one.code for one in asked}))
            raise RuleCrashed(
                f"{codes} cannot be run: {type(error).__name__}: {mask(str(error))}",
                "correct the rule: cast to DECIMAL(38) before multiplying, nullif before dividing",
            ) from None  # the cause would carry the delivered value into every log


def _batches(failed: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Neighbouring runs with their findings, cut so that a batch has few rules and not too many findings."""
    batch: list[int] = []
    total = 0
    for number, count in failed:
        if batch and (total + count > _AT_ONCE or len(batch) == _SHOWN):
            yield batch
            batch, total = [], 0
        batch.append(number)
        total += count
    if batch:
        yield batch


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    counted = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(counted[0]) if counted else 0


# --- whose seconds --------------------------------------------------------------------------------------------------


@contextmanager
def profiled(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Has DuckDB time the operators of every statement of the block, and print nothing."""
    con.execute("PRAGMA enable_profiling = 'no_output'")
    con.execute("""SET custom_profiling_settings = '{"OPERATOR_TIMING": "true", "OPERATOR_TYPE": "true"}'""")
    try:
        yield
    finally:
        con.execute("PRAGMA disable_profiling")


def _shares(con: duckdb.DuckDBPyConnection, branches: int) -> list[float]:
    """Each branch's share of the processor time of the UNION ALL just run, as DuckDB's profiler measured it.

    Even shares where the plan has no such branches, as when all of them turn out to be empty before anything runs.
    """
    node = json.loads(con.get_profiling_information(format="json"))
    while node["children"] and node.get("operator_type") != "UNION":
        node = node["children"][0]
    seconds = [_total(child) for child in node["children"]]
    spent = sum(seconds)
    if len(seconds) != branches or not spent:
        return [1 / branches] * branches
    return [one / spent for one in seconds]


def _total(node: dict[str, Any]) -> float:
    return float(node.get("operator_timing") or 0) + sum(_total(child) for child in node["children"])
