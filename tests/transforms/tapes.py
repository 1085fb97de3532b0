"""Whole tapes to compute on, simulated ones and random ones, and their tables as polars frames of whole numbers.

Belongs here: tapes with everything that concentration and conduct look at. Not here: any figure. A decimal of the tape
is a whole number in a frame, in units of its last digit (cents, millionths of a percent), so that a second opinion
shares no decimal arithmetic with the code under test.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from ibis.backends.sql.datatypes import DuckDBType

from loantape import catalog
from loantape.declare import Period
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import read
from loantape.keys import Keys
from loantape.progress import silent
from loantape.simulate import simulate
from schemas.tape import TABLES

OCTOBER = Period.parse("2026-10")
_CALLS = [date(2026, 1, 29), date(2026, 1, 30)]  # the last day without a rule on calls by night, and the first with one
_OLD = [date(2020, 2, 29), date(2020, 3, 1)]  # the last day without a term for complaints, and the first with one
Frames = Mapping[str, pl.DataFrame]


def frames_of(con: duckdb.DuckDBPyConnection) -> Frames:
    """Every table of the connection's tape; loans with ``loan_row``, their place in the tape."""
    return {name: _frame(con, name) for name in TABLES}


def _frame(con: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    columns = []
    for field, column in TABLES[name].to_schema().columns.items():
        kind = column.dtype.type
        columns.append(
            f'CAST("{field}" * {10**kind.scale} AS HUGEINT)::BIGINT AS "{field}"' if kind.is_decimal() else f'"{field}"'
        )
    return con.execute(f'SELECT rowid AS "{name}_row", {", ".join(columns)} FROM tape_{name} ORDER BY rowid').pl()


def simulated(
    con: duckdb.DuckDBPyConnection, folder: Path, lender: str, loans: int, errors: float, **more: Any
) -> Path:
    """Simulate a delivery of October 2026 and read it into the connection, attached as it is; returns the delivery."""
    (delivery,) = simulate(lender, OCTOBER, loans, folder / "out", errors=errors, seed=5, progress=silent(), **more)
    arrived, place = open_delivery(delivery), folder / "received"
    place.mkdir()
    known = catalog.lender(lender)
    receive(arrived, known, place, silent())
    at = datetime(2026, 11, 21, 9, 0, 0)
    read(con, place / "original", known, OCTOBER, 1, at, Keys(folder / "keys"), folder / "vault", silent())
    return delivery


def created(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tape's tables anew, empty."""
    for name, model in TABLES.items():
        typed = ", ".join(
            f'"{field}" {DuckDBType.from_ibis(column.dtype.type).sql("duckdb")}'
            for field, column in model.to_schema().columns.items()
        )
        con.execute(f"CREATE OR REPLACE TABLE tape_{name} ({typed})")


def filled(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Fill an empty tape with partial rows; decimals are written as text, so that none passes through a float."""
    created(con)
    for name, rows in tables.items():
        if rows:
            frame = pl.DataFrame(
                [{field: _text(value) for field, value in row.items()} for row in rows], infer_schema_length=None
            )
            con.register("frame", frame.to_arrow())
            con.execute(f"INSERT INTO tape_{name} BY NAME SELECT * FROM frame")
            con.unregister("frame")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def random_tape(seed: int, loans: int, lender_type: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as no sound lender sends them: any field may be missing, agreements are unknown or told twice, loans too."""
    pick = random.Random(seed)

    def some(*values: Any, missing: float = 0.06) -> Any:
        return None if pick.random() < missing else pick.choice(values)

    def cents(most: int) -> str:
        return f"{pick.randrange(most * 100) / 100:.2f}"

    def rate(most: int) -> str:
        return f"{pick.randrange(most)}.{pick.randrange(10**6):06d}"

    def day(first: date, days: int) -> date:
        return first + timedelta(days=pick.randrange(days))

    def moment(on: date) -> datetime:
        return datetime(on.year, on.month, on.day) + timedelta(seconds=pick.randrange(86_400))

    regions = ("110101", "110105", "330106", "440305", "000840")
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("loan", "disclosure", "consent", "complaint", "contact")
    }
    for place in range(loans):
        iou = f"L{place if pick.random() > 0.01 else place // 2}"
        start = day(date(2025, 9, 1), 420)
        net, count = pick.randrange(50_000, 5_000_000), pick.choice((1, 3, 6, 12, 24))
        level = pick.random() < 0.8
        rows["loan"].append(
            {
                "iou_no": some(iou, missing=0.01),
                "snapshot_date": "2026-10-31",
                "lender_type": some(lender_type, lender_type, lender_type, "BANK", missing=0.02),
                "lender_region": some("110000", "440305"),
                "start_date": some(start),
                "currency": some("CNY", "CNY", "CNY", "USD"),
                "balance_amount": some(cents(30_000), cents(400_000), "0.00", "-5.00"),
                "balance_cny": some(cents(30_000), cents(200_001), "0.00", missing=0.3),
                "own_balance_amount": some(cents(20_000), missing=0.3),
                "partner_share_fraction": some(
                    "0.30000000", "0.29999999", "0.70000001", f"0.{pick.randrange(10**8):08d}"
                ),
                "nominal_annual_pct": some("16.000000", rate(36)),
                "penalty_rate_pct": some("24.000000", "24.000001", rate(50)),
                "all_in_cost_pct": some("12.000000", "24.000000", "24.000001", "36.000000", rate(40)),
                "benchmark_type": some("TR05", "TR01", missing=0.4),
                "benchmark_pct": some("3.000000", "2.700000"),
                "shown_annual_rate_pct": some(rate(36), "12.800000", missing=0.1),
                "shown_method": some("SIMPLE", "COMPOUND"),
                "net_proceeds_amount": some(f"{net / 100:.2f}") if level else None,
                "instalment_amount": some(f"{net * (100 + pick.randrange(-2, 30)) // 100 // count / 100:.2f}"),
                "term_count": some(count),
                "repay_method": "EQUAL_INSTALMENT" if level else some("BULLET", "EQUAL_INSTALMENT"),
                "repay_frequency": some("MONTH", "MONTH", "WEEK"),
                "product_name": some("pay later", "cash>new", "现金贷"),
                "product_class": some("F0219", "F0219", "F022", "F042", "F041", "F02131", "F02132"),
                "is_internet_loan": some(True, True, False),
                "is_credit_reported": some(True, False),
                "borrower_pid": some(*(f"b{n}" for n in range(max(2, loans // 3)))),
                "connected_group_id": some("g1", "g2", "g3", missing=0.7),
                "borrower_region": some(*regions),
                "apply_region": some(*regions),
                "channel": some("OWN_APP", "PLATFORM", "BRANCH"),
                "coop_mode": some("JOINT", "JOINT", "REFERRAL", "SOLE"),
                "partner_agreement_no": some(*(f"A{n}" for n in range(9))),
                "enhancer_type": some("GUARANTOR", "CREDIT_INSURANCE", missing=0.7),
                "enhancer_uscc": some("E1", "E2", "E3", missing=0.4),
                "enhanced_amount": some(cents(9_000), "0.00", missing=0.6),
                "loan_status": some("LS01", "LS01", "LS03", "LF01", "LF02", "LF04"),
            }
        )
        for _ in range(pick.randrange(3)):
            signed = moment(start)
            rows["disclosure"].append(
                {
                    "iou_no": iou,
                    "sheet_confirmed_at": some(signed + timedelta(seconds=pick.randrange(-60, 30))),
                    "contract_signed_at": some(signed),
                }
            )
        for _ in range(pick.randrange(4)):
            rows["consent"].append(
                {
                    "iou_no": iou,
                    "consent_type": some("GENERAL", "SENSITIVE", "SHARE", "CREDIT_QUERY", missing=0.02),
                    "consented_at": some(moment(start + timedelta(days=pick.randrange(-2, 2)))),
                }
            )
        if pick.random() < 0.3:
            rows["complaint"].append(
                {
                    "complaint_no": f"C{place}",
                    "complaint_topic": some("PRICING", "COLLECTION", "PRIVACY"),
                    "received_on": some(received := pick.choice([day(date(2026, 7, 1), 123)] * 12 + _OLD)),
                    "decided_on": some(
                        received + timedelta(days=pick.choice([pick.randrange(70), 15, 16, 30, 31, 60, 61])),
                        missing=0.3,
                    ),
                    "complaint_result": some("UPHELD", "REJECTED", missing=0.2),
                }
            )
        if pick.random() < 0.3:
            rows["contact"].append(
                {
                    "contact_id": f"K{place}",
                    "contacted_at": some(moment(pick.choice([day(date(2026, 1, 1), 300)] * 4 + _CALLS))),
                    "collection_stage": some("INTERNAL", "OUTSOURCED"),
                    "is_third_party": some(True, False),
                    "has_night_consent": some(True, False, missing=0.3),
                }
            )
    rows["partner"] = [
        {
            "partner_agreement_no": f"A{n}",
            "partner_uscc": some(f"P{n // 2}"),
            "partner_group_id": some("G1", "G2", missing=0.5),
        }
        for n in (*range(7), 3)
    ]
    rows["institution"] = [
        {"institution_name": "Lender", "lender_type": lender_type, "snapshot_date": "2026-10-31", "currency": "CNY",
         "tier1_net_amount": cents(4_000_000), "net_assets_amount": cents(3_000_000)},
        {"institution_name": "Branch", "lender_type": lender_type, "snapshot_date": "2026-09-30",
         "currency": some("USD"), "tier1_net_amount": "1.00", "net_assets_amount": "2.00"},
    ]  # fmt: skip
    return rows


def numbers(rows: Iterable[Any]) -> list[Any]:
    """What is known among values."""
    return [value for value in rows if value is not None]
