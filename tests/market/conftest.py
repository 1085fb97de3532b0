"""Random markets: several lenders' tapes with borrowers in common, in memory, and the view over them.

Amounts are whole cents in polars, so that second opinions share no decimal arithmetic with the code under test.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl
import pytest
from ibis.backends.sql.datatypes import DuckDBType

from loantape import catalog
from loantape.declare import Period
from loantape.market.view import Asked, make
from loantape.progress import silent
from schemas.tape import TABLES

PERIOD = Period.parse("2026-10")
Market = Mapping[str, Mapping[str, pl.DataFrame]]  # submission to its frames: loan, partner

_AMOUNTS = {
    "balance_cents": ("balance_cny", 100),
    "overdue_cents": ("overdue_1104_amount", 100),
    "provision_cents": ("provision_amount", 100),
    "cost_micro": ("all_in_cost_pct", 1_000_000),
}


def random_market(seed: int, people: int, lenders: int = 4, period: str = "2026-10", version: int = 1) -> Market:
    """Tapes of some lenders; about a third of the people are customers of more than one."""
    pick = random.Random(seed)
    provinces = ["110101", "330106", "440300", "540102", "650100", None, "XX0000"]
    weights = [pick.random() ** 3 + 0.01 for _ in provinces]
    late = pick.choice([0.05, 0.3])
    rows: dict[str, list[dict[str, Any]]] = {f"lender_{i}": [] for i in range(lenders)}
    for person in range(people):
        home = pick.choices(provinces, weights)[0]
        several = min(lenders, 1 + int(pick.random() < 0.3) + int(pick.random() < 0.1) + int(pick.random() < 0.05))
        for lender in pick.sample(sorted(rows), several):
            for loan in range(1 + (pick.random() < 0.1)):
                days = 0 if pick.random() > late else pick.choice([1, 30, 31, 60, 61, 90, 91, 400])
                balance = pick.randrange(1, 3_000_00) if pick.random() < 0.9 else pick.randrange(1, 700_000_00)
                rows[lender].append(
                    {
                        "iou_no": f"{lender}-{person}-{loan}",
                        "borrower_pid": f"{person:064x}" if pick.random() > 0.002 else None,
                        "borrower_region": home,
                        "days_past_due": days if pick.random() > 0.01 else None,
                        "five_class": ("1" if days == 0 else "2" if days <= 90 else pick.choice("345")),
                        "balance_cents": balance,
                        "overdue_cents": balance if days > 90 else balance // 10 if days else 0,
                        "provision_cents": balance // 100,
                        "cost_micro": pick.randrange(8_000_000, 24_000_000) if pick.random() > 0.05 else None,
                        "coop_mode": pick.choice(["SOLE", "JOINT", "JOINT", "REFERRAL"]),
                        "partner_agreement_no": f"A{pick.choice([0, 0, 0, 1, 1, 2, 3, 9])}",
                        "loan_status": "LF01" if pick.random() < 0.03 else "LS01",
                    }
                )
    partner = pl.DataFrame(
        {"partner_agreement_no": [f"A{i}" for i in range(4)], "partner_uscc": ["P0", "P1", "P2", "P2"]}
    )
    return {
        f"{lender}/{period}/v{version}": {"loan": pl.DataFrame(found, infer_schema_length=None), "partner": partner}
        for lender, found in rows.items()
        if found
    }


def _as_delivered(column: str) -> str:
    if column not in _AMOUNTS:
        return column
    field, unit = _AMOUNTS[column]
    return f"CAST({column} AS DECIMAL(18,0)) / CAST({unit} AS DECIMAL(18,0)) AS {field}"


def attaching(market: Market) -> Callable[[duckdb.DuckDBPyConnection, str, str], Any]:
    """What the store does with files, done with frames: an attached catalog that holds one submission's tape."""

    @contextmanager
    def attach(con: duckdb.DuckDBPyConnection, catalog_name: str, submission: str) -> Iterator[None]:
        con.execute(f"ATTACH ':memory:' AS {catalog_name}")
        for name, frame in market[submission].items():
            typed = ", ".join(
                f'"{field}" {DuckDBType.from_ibis(column.dtype.type).sql("duckdb")}'
                for field, column in TABLES[name].to_schema().columns.items()
            )
            con.execute(f"CREATE TABLE {catalog_name}.main.tape_{name} ({typed})")
            columns = [_as_delivered(column) for column in frame.columns]
            con.register("frame", frame.to_arrow())
            con.execute(f"INSERT INTO {catalog_name}.main.tape_{name} BY NAME SELECT {', '.join(columns)} FROM frame")
            con.unregister("frame")
        try:
            yield
        finally:
            con.execute(f"DETACH {catalog_name}")

    return attach


def view_of(
    market: Market,
    submissions: Sequence[str] | None = None,
    earlier: Sequence[tuple[Period, Sequence[str]]] = (),
    shown: Sequence[tuple[Mapping[str, Any], bool]] = (),
    period: Period = PERIOD,
) -> dict[str, Any]:
    """The view over some submissions of a market, all of them where none are named."""
    asked = Asked("cn", period, sorted(submissions or market), earlier, shown, "inputs")
    with duckdb.connect() as con:
        return make(con, asked, catalog.limits(), attaching(market), silent())


@pytest.fixture(scope="session")
def market() -> Market:
    """The random market of the second opinion."""
    return random_market(seed=1104, people=2500)


@pytest.fixture(scope="session")
def view(market: Market) -> dict[str, Any]:
    """The view over it."""
    return view_of(market)
