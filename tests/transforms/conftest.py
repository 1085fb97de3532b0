"""A tape to compute on: every table of the models, filled from partial rows or at random.

The random tape holds amounts as whole cents in polars, so that the second opinion sums integers and shares no decimal
arithmetic with the code under test. It has what real tapes have: missing values, closed loans, agreements nobody
delivered or delivered twice, several sheets and consents per loan.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from loantape.measure import Past
from tests.transforms.filling import create_tape, fill_example, found_past

Tape = Callable[[Mapping[str, Sequence[Mapping[str, Any]]]], duckdb.DuckDBPyConnection]


@pytest.fixture
def tape() -> Iterator[Tape]:
    """A function from partial rows per table to a connection with the whole tape (see ``fill_example``)."""
    with duckdb.connect() as con:

        def filled(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> duckdb.DuckDBPyConnection:
            fill_example(con, tables)
            return con

        yield filled


@pytest.fixture(scope="session")
def past_of() -> Callable[[duckdb.DuckDBPyConnection], Past]:
    """A function from a connection that ``tape`` filled to the earlier periods it has."""
    return found_past


def _random_frames(seed: int, loans: int) -> dict[str, pl.DataFrame]:
    """One frame per table; columns of amounts are named ``*_cents``, columns of rates ``*_micro`` (millionths)."""
    pick = random.Random(seed)

    def some(value: Any, missing: float = 0.03) -> Any:
        return None if pick.random() < missing else value

    def stamp(day: date) -> datetime:
        return datetime(day.year, day.month, day.day) + timedelta(seconds=pick.randrange(86400))

    ious = [f"IOU-{i:06d}" for i in range(loans)]
    loan, disclosure, consent, auto = [], [], [], []
    for iou in ious:
        start = date(2025, 1, 1) + timedelta(days=pick.randrange(660))
        balance = pick.randrange(0, 50_000_00)
        loan.append(
            {
                "iou_no": iou,
                "start_date": start,
                "balance_cents": balance,
                "balance_cny_cents": some(balance, 0.3),
                "nominal_micro": some(pick.randrange(36_000_000)),
                "all_in_micro": some(pick.choice([12_000_000, 24_000_000, 36_000_000, pick.randrange(40_000_000)])),
                "days_past_due": some(
                    0 if pick.random() < 0.6 else pick.choice([1, 30, 31, 90, 91, pick.randrange(500)])
                ),
                "overdue_cents": some(pick.randrange(0, 5_000_00)),
                "five_class": some(pick.choice("11111112345")),
                "provision_cents": some(pick.randrange(0, 2_000_00)),
                "product_name": some(pick.choice(["pay later", "cash", "checkout", "现金贷"])),
                "borrower_region": some(pick.choice(["110101", "110105", "330106", "440300", "000840"])),
                "coop_mode": some(pick.choice(["JOINT", "JOINT", "REFERRAL", "SOLE", "ENDED"])),
                "partner_agreement_no": some(f"AG-{pick.randrange(18)}", 0.1),
                "enhanced_cents": some(pick.randrange(0, 9_000_00), 0.5),
                "loan_status": some(pick.choice(["LS01", "LS01", "LS03", "LF01", "LF02", "LF04"])),
            }
        )
        for _ in range(pick.choice([0, 1, 1, 1, 2])):
            signed = stamp(start)
            disclosure.append(
                {
                    "iou_no": iou,
                    "sheet_confirmed_at": some(signed + timedelta(seconds=pick.randrange(-60, 20)), 0.1),
                    "contract_signed_at": some(signed, 0.1),
                }
            )
        for _ in range(pick.randrange(4)):
            consent.append(
                {
                    "iou_no": iou,
                    "consent_type": pick.choice(["GENERAL", "SHARE", "SENSITIVE"]),
                    "consented_at": stamp(start + timedelta(days=pick.randrange(-3, 3))),
                }
            )
        if pick.random() < 0.95:
            auto.append(
                {
                    "iou_no": iou,
                    "obligor_state": some(pick.choice(["TX", "FL", "CA"])),
                    "opening_cents": some(balance + 100_00),
                    "charged_off_cents": some(pick.randrange(0, 500_00), 0.6),
                    "recovered_cents": some(pick.randrange(0, 100_00), 0.6),
                }
            )
    partner = [
        {
            "partner_agreement_no": f"AG-{i}",
            "partner_uscc": f"P{i // 2:02d}",
            "partner_group_id": some(f"G{i // 4}", 0.3),
        }
        for i in [*range(16), 3]
    ]
    institution = [{"institution_name": "Bank", "tier1_cents": 123_456_789_01}]
    tables = {
        "loan": loan,
        "disclosure": disclosure,
        "consent": consent,
        "partner": partner,
        "institution": institution,
        "loan_us_auto": auto,
    }
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}


_FIELDS = {  # column of a frame: field of the tape, and by what its whole number is divided
    "balance_cents": ("balance_amount", 100),
    "balance_cny_cents": ("balance_cny", 100),
    "nominal_micro": ("nominal_annual_pct", 1_000_000),
    "all_in_micro": ("all_in_cost_pct", 1_000_000),
    "overdue_cents": ("overdue_1104_amount", 100),
    "provision_cents": ("provision_amount", 100),
    "enhanced_cents": ("enhanced_amount", 100),
    "tier1_cents": ("tier1_net_amount", 100),
    "opening_cents": ("opening_balance_amount", 100),
    "charged_off_cents": ("charged_off_amount", 100),
    "recovered_cents": ("recovered_exact_amount", 100),
}


def _load(con: duckdb.DuckDBPyConnection, frames: Mapping[str, pl.DataFrame]) -> None:
    """Create the tape's tables anew and fill them with the frames; a table without a frame is empty."""
    create_tape(con)
    for name, frame in frames.items():
        if frame.width:
            columns = [
                f"CAST({column} AS DECIMAL(18,0)) / CAST({_FIELDS[column][1]} AS DECIMAL(18,0)) AS {_FIELDS[column][0]}"
                if column in _FIELDS
                else column
                for column in frame.columns
            ]
            con.register("frame", frame.to_arrow())
            con.execute(f"INSERT INTO tape_{name} BY NAME SELECT {', '.join(columns)} FROM frame")
            con.unregister("frame")


@pytest.fixture(scope="session")
def frames() -> dict[str, pl.DataFrame]:
    """The random tape of the second opinion."""
    return _random_frames(seed=4711, loans=5000)


@pytest.fixture(scope="session")
def load_frames() -> Callable[[duckdb.DuckDBPyConnection, Mapping[str, pl.DataFrame]], None]:
    """A function that creates a connection's tape tables anew and fills them with frames."""
    return _load


@pytest.fixture
def load() -> Iterator[Callable[[Mapping[str, pl.DataFrame]], duckdb.DuckDBPyConnection]]:
    """A function from frames to a connection with them as its tape."""
    with duckdb.connect() as con:

        def loaded(frames: Mapping[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
            _load(con, frames)
            return con

        yield loaded
