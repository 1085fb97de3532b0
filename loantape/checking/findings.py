"""Findings: where a rule does not hold, as text a person may see, with the file and line it came from.

Belongs here: the texts of a finding, and the tables of findings and runs. Not here: deciding what is a finding. Nothing
is capped and nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from time import perf_counter

import duckdb
import ibis.expr.datatypes as dt
import pyarrow as pa

from loantape.checking.history import STORE_TOTALS
from loantape.checking.relations import place_join
from loantape.declare import Grain, Severity
from loantape.errors import LoantapeError
from loantape.privacy import masked_key_sql, masked_sql

RAN = "ran"
NO_PREVIOUS = "no previous period"
NOT_IN_FORCE = "not in force"
OUT_OF_SCOPE = "out of scope"

_TABLE = """CREATE TABLE check_findings (
    rule VARCHAR, severity VARCHAR, grain VARCHAR, "key" VARCHAR, file VARCHAR, line BIGINT, field VARCHAR,
    "value" VARCHAR, "row" BIGINT)"""
_FOUND_ROW = 'found."row"'
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
    rows_failed: int = 0
    seconds: float = 0.0
    status: str = RAN

    def place(self) -> tuple[str, str, str]:
        """Where its findings stand among all findings."""
        return self.rule, self.grain, self.field


def key_sql(grain: Grain, alias: str) -> str:
    """The key columns joined by '/'; an unknown part is empty, an identity number in one is masked."""
    if not grain.key:
        return "''"
    return " || '/' || ".join(f"coalesce({value_sql(grain, name, alias)}, '')" for name in grain.key)


class Shown(IntEnum):
    """How a value may be shown: as it is, as a text that may name a person, or as a key that may."""

    PLAIN = 0
    TEXT = 1
    KEY = 2


def shown(grain: Grain, field: str) -> Shown:
    """How the values of a field may be shown."""
    if not isinstance(grain.columns()[field], dt.String):
        return Shown.PLAIN
    return Shown.KEY if field in grain.key else Shown.TEXT


def value_sql(grain: Grain, field: str, alias: str) -> str:
    """The field as text, with what identifies a person masked; a key stays whole as long as it names no person."""
    return _masked(shown(grain, field), f'CAST({alias}."{field}" AS VARCHAR)')


def shown_sql(kind: str, text: str, kinds: Iterable[Shown]) -> str:
    """A text shown as the SQL ``kind`` says of its row, one of ``kinds``: each mask is written, and planned, once."""
    branches = "".join(f" WHEN {one.value} THEN {_masked(one, text)}" for one in sorted(set(kinds)) if one)
    return f"CASE {kind}{branches} ELSE {text} END" if branches else text


def _masked(kind: Shown, text: str) -> str:
    if kind is Shown.PLAIN:
        return text
    return masked_key_sql(text) if kind is Shown.KEY else masked_sql(text)


class FindingsLost(LoantapeError):
    """The database did not keep what it said it took: a fault of its own, and nothing is stored."""


class Findings:
    """Findings as they are found, in their final order, and the runs they came from: each text is written once.

    The order is that of finding: what reading found, then grain by grain, rule by rule, each by row. They go into a
    table aside, each statement for itself: in one transaction DuckDB 1.5.5 loses the rows of a sorted insert that
    follows an insert of none. ``store`` puts the table in place.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._runs: list[Run] = []
        self._taken = 0
        con.execute("DROP TABLE IF EXISTS check_findings")
        con.execute(_TABLE)

    def take(self, run: Run, select: str, parameters: Sequence[str | int] = ()) -> None:
        """Keep what ``select`` gives (key, value, row, field, file, line) as findings of a run, and finish the run.

        Rows sort as numbers; findings without a row sort by file, line and text. What it takes is added to its seconds.
        """
        started = perf_counter()
        failed = self.insert(
            f"SELECT '{run.rule}', '{run.severity}', '{run.grain}', found.key, coalesce(found.file, place.file), "
            'coalesce(found.line, place.to_line + found."row"), found.field, found.value, found."row" '
            f"FROM ({select}) AS found {place_join(_FOUND_ROW, run.base)} "
            'ORDER BY found."row", found.file, found.line, '
            'CASE WHEN found."row" IS NULL THEN concat_ws(chr(31), found.key, found.field, found.value) END, '
            "found.value",
            parameters,
        )
        self.finish(replace(run, rows_failed=failed, seconds=run.seconds + perf_counter() - started))

    def insert(self, select: str, parameters: Sequence[str | int] = ()) -> int:
        """Keep whole findings, in the order in which ``select`` gives them. Returns how many."""
        counted = self._con.execute(f"INSERT INTO check_findings {select}", list(parameters)).fetchone()
        self._taken += int(counted[0]) if counted else 0
        return int(counted[0]) if counted else 0

    def finish(self, run: Run) -> None:
        """Record what became of a rule or constraint."""
        self._runs.append(run)

    def runs(self) -> tuple[Run, ...]:
        """Every finished run, in the order they finished."""
        return tuple(self._runs)

    def store(self) -> None:
        """Put ``findings``, ``rule_runs`` and ``totals`` in place of those there were, all or none.

        Raises FindingsLost when the database holds another number of findings than it said it took.
        """
        (kept,) = self._con.execute("SELECT count(*) FROM check_findings").fetchall()[0]
        if kept != self._taken:
            raise FindingsLost(f"{self._taken} findings were made and {kept} kept", "check the submission again")
        order = sorted(range(len(self._runs)), key=lambda number: self._runs[number].place())
        runs = [{"rank": rank, **asdict(self._runs[number])} for rank, number in enumerate(order)]
        self._con.register("check_runs", pa.Table.from_pylist(runs))
        self._con.execute("BEGIN")
        try:
            self._con.execute("DROP TABLE IF EXISTS findings")
            self._con.execute("ALTER TABLE check_findings RENAME TO findings")
            self._con.execute(_RULE_RUNS)
            self._con.execute(STORE_TOTALS)
            self._con.execute("COMMIT")
        except duckdb.Error:
            with suppress(duckdb.Error):
                self._con.execute("ROLLBACK")
            raise
        finally:
            self._con.unregister("check_runs")
