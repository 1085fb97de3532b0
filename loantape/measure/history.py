"""One indicator over the periods, from what they left beside the store: no tape is opened.

Belongs here: putting the kept rows of a lender's periods and versions side by side, and telling what was restated. Not
here: keeping them (``loantape.store.marts``), printing (``loantape.export_indicators``).

A number is restated when a corrected version of its period gives another one, and when a version is measured again,
because an earlier period or the book has changed, and gives another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from loantape.declare import Period
from loantape.store import Marts, Store, SubmissionName

RESTATEMENTS = "restatements"
# what numbers were until they were measured again and came out otherwise, in one version
CREATE_RESTATEMENTS = (
    f"CREATE TABLE IF NOT EXISTS {RESTATEMENTS} (code VARCHAR, member VARCHAR, value DECIMAL(38,10), until TIMESTAMP)"
)
NONE_RESTATED = (
    "(SELECT '' AS code, '' AS member, CAST(NULL AS DECIMAL(38,10)) AS value, CAST(NULL AS TIMESTAMP) AS until LIMIT 0)"
)


@dataclass(frozen=True)
class Was:
    """What a number was before: in an earlier version of its period, or until it was measured again (UTC)."""

    value: Decimal | None
    version: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Told:
    """A number as one version of a period has it. ``counts`` is whether that version does."""

    period: Period
    version: int
    counts: bool
    member: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    rows: int
    null_reason: str | None
    limit_value: Decimal | None
    is_breached: bool | None
    restatements: tuple[Was, ...]


def series(store: Store, lender: str, code: str, member: str | None) -> Iterator[Told]:
    """Every number kept of an indicator, by reporting date, version and the order members are told in.

    Raises MartDamaged. A period that keeps no marts, because it was never measured, gives nothing.
    """
    marts = Marts(store.root)
    by_period: dict[Period, list[str]] = {}
    for name in marts.names(lender):
        by_period.setdefault(SubmissionName.parse(name).period, []).append(name)
    with duckdb.connect() as con:
        for period, names in by_period.items():
            latest = store.latest(lender, period)
            before: dict[str, Was] = {}
            for name in names:
                kept = marts.kept(name)
                if kept is None:
                    continue
                version = SubmissionName.parse(name).version or 0
                again = _restated(con, kept.file(RESTATEMENTS), code)
                now: dict[str, Was] = {}
                for told, value, *rest in _rows(con, kept.file("indicators"), code, member):
                    was = [before[told]] if told in before and before[told].value != value else []
                    now[told] = Was(value, version)
                    restated = (*was, *again.get(told, ()))
                    yield Told(period, version, name == latest, told, value, *rest, restated)  # type: ignore[call-arg]
                before = now


def _rows(con: duckdb.DuckDBPyConnection, file: Path, code: str, member: str | None) -> list[tuple[Any, ...]]:
    there = {column for column, *_ in con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()}
    # what was measured before indicators were held against limits has none
    limit = "limit_value, is_breached" if "limit_value" in there else "NULL, NULL"
    return con.execute(
        f"SELECT member, value, numerator, denominator, rows, null_reason, {limit} FROM read_parquet(?) "
        "WHERE code = ? AND (? IS NULL OR member = ?)",
        [str(file), code, member, member],
    ).fetchall()


def _restated(con: duckdb.DuckDBPyConnection, file: Path, code: str) -> dict[str, list[Was]]:
    found: dict[str, list[Was]] = {}
    rows = con.execute(
        "SELECT member, value, until FROM read_parquet(?) WHERE code = ? ORDER BY until", [str(file), code]
    ).fetchall()
    for member, value, at in rows:
        found.setdefault(member, []).append(Was(value, until=at))
    return found


def has_table(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the open submission has a table of that name."""
    found = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?", [name]
    )
    return bool(found.fetchall())
