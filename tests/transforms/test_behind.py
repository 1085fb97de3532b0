"""The loans behind a number add up to it, for every indicator that loans make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from loantape import catalog
from loantape.declare import Figures, Lender, Period
from loantape.errors import ConfigurationError
from loantape.measure import Past, measure
from loantape.measure.behind import behind
from loantape.measure.marts import made
from loantape.measure.tables import INDICATORS, NO_PAST, Tables
from loantape.progress import silent
from schemas.tape import TABLES
from tests.transforms.months import random_months

PERIOD = Period.parse("2026-10")
NAMED = {"": "lender/2026-10/v1", "previous_": "lender/2026-09/v1", "opening_": "lender/2025-12/v1"}
_LACKING = ("no previous period", "no opening period", "no history")
_FIRST_LINE = 2  # a header stands above the rows


def _with_places(con: duckdb.DuckDBPyConnection, *catalogs: str) -> None:
    """Every tape table of these catalogs came from one file, row by row below a header."""
    for one in catalogs:
        con.execute(
            f"CREATE OR REPLACE TABLE {one}accepted_runs (table_name VARCHAR, file VARCHAR, first_row BIGINT, "
            "last_row BIGINT, first_line BIGINT)"
        )
        for table in TABLES:
            con.execute(
                f"INSERT INTO {one}accepted_runs SELECT '{table}', '{table}.csv', 0, count(*) - 1, {_FIRST_LINE} "
                f"FROM {one}tape_{table} HAVING count(*) > 0"
            )


def _listed(
    con: duckdb.DuckDBPyConnection, code: str, member: str | None, past: Past, period: Period
) -> Iterator[dict[str, Any]]:
    own = {INDICATORS: f"(SELECT DATE '{period.date}' AS period, * FROM indicators)"}
    with (
        made(con, catalog.marts(), period) as marts,
        behind(con, catalog.indicator(code), member, past, {**marts, **own}, NAMED) as rows,
    ):
        yield from rows


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    terms = [Decimal(row[name]) for row in rows if row[name] is not None]
    return sum(terms, Decimal(0)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _assert_all_add_up(con: duckdb.DuckDBPyConnection, past: Past, period: Period) -> set[str]:
    """The first, the last and the largest member of every indicator; the codes that something was listed of."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    asked = "SELECT code, member, numerator, denominator, null_reason FROM indicators ORDER BY rowid"
    for code, *rest in con.execute(asked).fetchall():
        found.setdefault(code, []).append(tuple(rest))
    listed: set[str] = set()
    for code, members in found.items():
        known = [told for told in members if told[3] not in _LACKING]
        if not known or any(catalog.indicator(code).unlisted):
            continue
        for member, numerator, denominator, _ in {known[0], known[-1], max(known, key=lambda told: told[1] or 0)}:
            rows = list(_listed(con, code, member, past, period))
            assert _sum(rows, "numerator") == (numerator or 0), (code, member)
            assert denominator is None or _sum(rows, "denominator") == denominator, (code, member)
            assert all(row["member"] == member for row in rows), (code, member)
            listed |= {code} if rows else set()
            for row in rows:
                assert row["submission"] in NAMED.values() and row["file"] == f"{row['table']}.csv", (code, row)
    return listed


def test_they_add_up_on_a_random_tape(load: Callable[..., Any], frames: Mapping[str, pl.DataFrame]) -> None:
    """Terms listed are the stored numerator and denominator; each has its file and line."""
    con = load({name: frame.head(400) for name, frame in frames.items()})
    _with_places(con, "")
    measure(con, Lender("l", "L", "某", "cn", "standard/1", ()), PERIOD, list(catalog.indicators().values()), silent())
    listed = _assert_all_add_up(con, NO_PAST, PERIOD)
    assert len(listed) > 25


@pytest.mark.parametrize("jurisdiction", ["cn", "us"])
def test_they_add_up_over_months(jurisdiction: str) -> None:
    """The same for what reads earlier periods: loans that left are found on the tape that still had them."""
    with duckdb.connect() as con:
        book = random_months(con, 815, 60, 3, jurisdiction)
        _with_places(con, *(f"{book.catalog(period)}." for period in book.periods))
        listed = _assert_all_add_up(con, book.past(), book.periods[-1])
        assert {"DLQ-ROLL", "DLQ-ROLL-YTD"} <= listed or jurisdiction == "us"
        rows = list(_listed(con, "DLQ-ROLL" if jurisdiction == "cn" else "DLQ-US-ROLL", None, book.past(), PERIOD))
        assert {row["submission"] for row in rows} == {NAMED[""], NAMED["previous_"]}


def test_a_line_is_the_loans_own(load: Callable[..., Any], frames: Mapping[str, pl.DataFrame]) -> None:
    """Rows are told in the order of the tape, each with the key that stands in its line, once without a member."""
    con = load({name: frame.head(300) for name, frame in frames.items()})
    _with_places(con, "")
    measure(con, Lender("l", "L", "某", "cn", "standard/1", ()), PERIOD, [catalog.indicator("DLQ-BUCKET")], silent())
    rows = list(_listed(con, "DLQ-BUCKET", None, NO_PAST, PERIOD))
    keys = frames["loan"]["iou_no"].to_list()
    assert [row["key"] for row in rows] == [keys[row["line"] - _FIRST_LINE] for row in rows]
    assert [row["line"] for row in rows] == sorted({row["line"] for row in rows})
    buckets = dict(con.execute("SELECT member, numerator FROM indicators").fetchall())
    for member, numerator in buckets.items():
        assert _sum([row for row in rows if row["member"] == member], "numerator") == (numerator or 0)


def test_what_no_loans_make_says_so(load: Callable[..., Any], frames: Mapping[str, pl.DataFrame]) -> None:
    """What is read from marts, or picked from many values, gives the reason in both languages; so does what lacks a
    period."""
    con = load({})
    _with_places(con, "")
    for code in (code for code, one in catalog.indicators().items() if any(one.unlisted)):
        with pytest.raises(ConfigurationError, match=r"(no single loan|not a sum over rows).*逐笔"):
            list(_listed(con, code, None, NO_PAST, PERIOD))
    with pytest.raises(ConfigurationError, match="no previous period"):
        list(_listed(con, "DLQ-ROLL", None, NO_PAST, PERIOD))


def test_every_indicator_can_be_listed_or_says_why_not() -> None:
    """No number is left without its loans or a reason, and what a reason points to can be listed."""
    told = {code: one.measure(Tables()) for code, one in catalog.indicators().items()}
    listed = {code for code, one in told.items() if isinstance(one, Figures) and one.behind and one.behind(None)}
    for code, one in catalog.indicators().items():
        assert (code in listed) != all(one.unlisted), code
        assert any(one.unlisted) == all(one.unlisted), code
        named = set(re.findall(r"[A-Z]{3}-[A-Z0-9-]+", " ".join(one.unlisted)))
        assert named <= listed, (code, named - listed)
