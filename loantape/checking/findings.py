"""Findings: where a rule does not hold, as text a person may see, with the file and line it came from.

Belongs here: staging findings while rules run, what came out of reading, and the two tables that remain. Not here:
deciding what is a finding. Nothing is capped and nothing is sampled.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import duckdb
import ibis.expr.datatypes as dt
import pyarrow as pa

from loantape.checking.history import STORE_TOTALS
from loantape.declare import Grain, Severity
from loantape.privacy import masked_key_sql, masked_sql

RAN = "ran"
NO_PREVIOUS = "no previous period"
NOT_IN_FORCE = "not in force"
OUT_OF_SCOPE = "out of scope"

_STAGE = """CREATE OR REPLACE TEMP TABLE check_stage (
    run INTEGER, key VARCHAR, value VARCHAR, "row" BIGINT, field VARCHAR, file VARCHAR, line BIGINT)"""
# a place is looked up once per row, not once per finding: the ASOF join is what costs
_FINDINGS = """CREATE OR REPLACE TABLE findings AS
    WITH failing AS (
        SELECT DISTINCT r.base, s."row" FROM check_stage AS s JOIN check_runs AS r ON r.run = s.run
        WHERE s."row" IS NOT NULL
    ), places AS MATERIALIZED (
        SELECT f.base, f."row", a.file, a.first_line + (f."row" - a.first_row) AS line
        FROM failing AS f ASOF JOIN accepted_runs AS a ON a.table_name = f.base AND f."row" >= a.first_row
        WHERE f."row" <= a.last_row
    )
    SELECT r.rule, r.severity, r.grain, s.key, coalesce(s.file, p.file) AS file, coalesce(s.line, p.line) AS line,
        s.field, s.value, s."row"
    FROM check_stage AS s
    JOIN check_runs AS r ON r.run = s.run
    LEFT JOIN places AS p ON p.base = r.base AND p."row" = s."row"
    -- numbers first, and text only where there is no row: sorting millions of findings by text takes minutes
    ORDER BY r.rank, s."row", s.file, s.line,
        CASE WHEN s."row" IS NULL THEN concat_ws(chr(31), s.key, s.field, s.value) END"""
_RULE_RUNS = """CREATE OR REPLACE TABLE rule_runs AS
    SELECT rule, field, severity, grain, rows_checked, rows_failed, seconds, status
    FROM check_runs ORDER BY rank"""


@dataclass(frozen=True)
class Run:
    """What became of one rule, or of one constraint on one field, on one grain."""

    rule: str
    field: str
    severity: Severity
    grain: str
    base: str  # the tape table whose rows the findings have; "" for none
    rows_checked: int
    rows_failed: int
    seconds: float
    status: str = RAN

    def place(self) -> tuple[str, str, str]:
        """Where its findings stand among all findings."""
        return self.rule, self.grain, self.field


def key_sql(grain: Grain, alias: str) -> str:
    """The key columns joined by '/'; an unknown part is empty, an identity number in one is masked."""
    if not grain.key:
        return "''"
    return " || '/' || ".join(f"coalesce({value_sql(grain, name, alias)}, '')" for name in grain.key)


def value_sql(grain: Grain, field: str, alias: str) -> str:
    """The field as text, with what identifies a person masked; a key stays whole as long as it names no person."""
    text = f'CAST({alias}."{field}" AS VARCHAR)'
    if not isinstance(grain.columns()[field], dt.String):
        return text
    return masked_key_sql(text) if field in grain.key else masked_sql(text)


class Stage:
    """Collects findings inside DuckDB; ``store`` makes the tables that remain, or none are made."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._runs: list[Run] = []
        con.execute(_STAGE)

    @property
    def number(self) -> int:
        """The number of the run whose findings are being staged."""
        return len(self._runs)

    def add(self, select: str, parameters: list[str | int] | None = None) -> int:
        """Stage what ``select`` gives (key, value, row, field, file, line) for the current run. Returns how many."""
        counted = self._con.execute(
            f"INSERT INTO check_stage SELECT {self.number} AS run, found.* FROM ({select}) AS found", parameters or []
        ).fetchone()
        return int(counted[0]) if counted else 0

    def finish(self, run: Run) -> None:
        """Close the current run; the next findings belong to the next one."""
        self._runs.append(run)

    def runs(self) -> tuple[Run, ...]:
        """Every finished run, in the order they finished."""
        return tuple(self._runs)

    def store(self) -> None:
        """Make ``findings``, ``rule_runs`` and ``totals``, sorted, all or none."""
        order = sorted(range(len(self._runs)), key=lambda number: self._runs[number].place())
        runs = [{"run": number, "rank": rank, **asdict(self._runs[number])} for rank, number in enumerate(order)]
        self._con.register("check_runs", pa.Table.from_pylist(runs))
        self._con.execute("BEGIN")
        try:
            self._con.execute(_FINDINGS)
            self._con.execute(_RULE_RUNS)
            self._con.execute(STORE_TOTALS)
            self._con.execute("COMMIT")
        except duckdb.Error:
            self._con.execute("ROLLBACK")
            raise
        finally:
            self._con.unregister("check_runs")
