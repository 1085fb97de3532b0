"""What tests of checking share: running the whole rule book, or a few rules, over a small tape made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from loantape import catalog
from loantape.checking.engine import CheckSummary, check
from loantape.declare import Lender, Period, Rule
from loantape.progress import silent

PERIOD = Period(date(2026, 10, 31))
CHINESE = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())


@pytest.fixture
def run() -> Callable[..., CheckSummary]:
    """Checks a submission; by default all rules, for a Chinese lender, at the end of October 2026."""

    def check_it(
        con: duckdb.DuckDBPyConnection,
        rules: Sequence[Rule] | None = None,
        *,
        lender: Lender = CHINESE,
        period: Period = PERIOD,
        previous: Path | None = None,
        history: Mapping[Period, Path] | None = None,
    ) -> CheckSummary:
        book = list(catalog.rules().values()) if rules is None else rules
        return check(con, lender, period, book, catalog.limits(), previous, silent(), history)

    return check_it


@pytest.fixture
def found() -> Callable[..., list[tuple[object, ...]]]:
    """The findings of some rules: by default (rule, key, line), by rule and then in stored order."""

    def select(
        con: duckdb.DuckDBPyConnection, *codes: str, columns: str = "rule, key, line"
    ) -> list[tuple[object, ...]]:
        marks = ", ".join("?" for _ in codes)
        return con.execute(
            f"SELECT {columns} FROM findings WHERE rule IN ({marks}) ORDER BY rule, rowid", codes
        ).fetchall()

    return select
