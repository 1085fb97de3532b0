"""Delinquency of simulated books against the process that made them: the declared roll rates, within sampling error.

The bound is five standard errors for every cell and every rate; a cell the process cannot reach must be empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from loantape import catalog
from loantape.declare import Period
from loantape.simulate import ARCHETYPES
from loantape.simulate.archetypes import BUCKETS, CLOSED, WRITTEN_OFF
from loantape.simulate.book import Block, Book
from loantape.simulate.children import Children
from loantape.simulate.loans import block_of
from loantape.simulate.rows import EMPTY
from tests.transforms.months import Months

SEPTEMBER = 2026 * 12 + 8
SLOTS = 60_000
MOST = 5.0  # standard errors
STAGE = ["M0", "M1", "M2", "M3", "M4", "M5", "M6"] + ["M6+"] * (BUCKETS - 7)
LENDERS = ["demo_cashloan", "demo_consumer_finance"]
WANTED = ("DLQ-ROLL", "DLQ-ROLL-LOANS", "DLQ-CURE-LOANS", "DLQ-FPD", "DLQ-FPD-NONE", "DLQ-NEW-LOANS", "BAL-LOANS")


def _days(numbers: np.ndarray) -> pl.Series:
    return pl.Series(np.where(numbers == EMPTY, 0, numbers).astype("datetime64[D]")).set(
        pl.Series(numbers == EMPTY), None
    )


def _loans(book: Book, block: Block, keep: np.ndarray) -> pl.DataFrame:
    """The columns of the loan table that delinquency reads."""
    rows, outcome = block.loan, block.population.outcome
    return pl.DataFrame(
        {
            "iou_no": block.number.astype(str),
            "snapshot_date": pl.Series(np.full(keep.size, book.snapshot).astype("datetime64[D]")),
            "start_date": pl.Series(block.start_date.astype("datetime64[D]")),
            "balance": rows["balance_amount"],
            "amount": block.amount,
            "days_past_due": rows["days_past_due"],
            "consecutive_arrears_count": rows["consecutive_arrears_count"],
            "loan_status": np.array(["LS01", "LF01", "LF02"])[outcome],
        }
    ).filter(pl.Series(keep))


def _fill(con: duckdb.DuckDBPyConnection, loans: pl.DataFrame) -> None:
    con.register("loans", loans.to_arrow())
    con.execute(
        "INSERT INTO tape_loan BY NAME SELECT * EXCLUDE (balance, amount), CAST(balance AS DECIMAL(20,0)) / 100 AS "
        "balance_amount, CAST(amount AS DECIMAL(20,0)) / 100 AS loan_amount FROM loans"
    )
    con.unregister("loans")


def _instalments(con: duckdb.DuckDBPyConnection, book: Book, block: Block) -> None:
    rows = Children(book).instalments(block)
    frame = pl.DataFrame(
        {
            "iou_no": rows["iou_no"].astype(str),
            "instalment_no": rows["instalment_no"],
            "due_date": _days(rows["due_date"]),
            "principal": rows["due_principal_amount"],
            "interest": rows["due_interest_amount"],
            "fee": rows["due_fee_amount"],
            "paid": pl.Series(rows["paid_amount"]).set(pl.Series(rows["paid_amount"] == EMPTY), None),
        }
    )
    con.register("instalments", frame.to_arrow())
    amounts = {
        "due_principal_amount": "principal", "due_interest_amount": "interest", "due_fee_amount": "fee",
        "paid_amount": "paid",
    }  # fmt: skip
    cents = ", ".join(f"CAST({short} AS DECIMAL(20,0)) / 100 AS {name}" for name, short in amounts.items())
    con.execute(f"INSERT INTO tape_instalment BY NAME SELECT iou_no, instalment_no, due_date, {cents} FROM instalments")
    con.unregister("instalments")


@dataclass
class Measured:
    """A simulated lender's two months as they were measured."""

    lender: str
    con: duckdb.DuckDBPyConnection
    figures: Mapping[str, Any]
    after: Block
    kept: np.ndarray  # which loans of this month are on its tape

    @property
    def matrix(self) -> np.ndarray:
        return ARCHETYPES[self.lender].rolls.matrix() / 1_000_000


@pytest.fixture(scope="module", params=LENDERS)
def measured(request: pytest.FixtureRequest) -> Iterator[Measured]:
    """Two months of those loans whose schedule does not end: for them the declared matrix holds."""
    lender = str(request.param)
    then, now = (Book(ARCHETYPES[lender], 11, month) for month in (SEPTEMBER, SEPTEMBER + 1))
    before, after = block_of(then, np.arange(SLOTS)), block_of(now, np.arange(SLOTS))
    going_on = (before.population.elapsed + 1 < before.population.instalments) & (before.number == after.number)
    kept = going_on | (after.population.start_month == now.month)
    with duckdb.connect() as con:
        months = Months(con, catalog.lender(lender))
        months.add(Period(date(2026, 9, 30)))
        _fill(con, _loans(then, before, going_on))
        months.add(Period(date(2026, 10, 31)))
        _fill(con, _loans(now, after, kept))
        _instalments(con, now, after)
        months.measure(keep=False, only=WANTED)
        yield Measured(lender, con, months.figures(), after, kept)


def _z(seen: float, expected: float, variance: float) -> float:
    if variance == 0:
        assert seen == pytest.approx(expected, abs=1e-9)
        return 0.0
    return (seen - expected) / sqrt(variance)


def test_observed_roll_rates_are_the_declared_ones(measured: Measured) -> None:
    """Each cell of the matrix, by number and by balance, and each cure rate lies within five standard errors."""
    found, matrix, con = measured.figures, measured.matrix, measured.con
    declared: dict[str, dict[str, float]] = {}
    for bucket in range(7):  # M6+ is several buckets: what leaves it depends on their mixture
        line = declared.setdefault(STAGE[bucket], {})
        for target in range(BUCKETS):
            line[STAGE[target]] = line.get(STAGE[target], 0) + matrix[bucket, target]
        line["settled"], line["written_off"] = matrix[bucket, CLOSED], matrix[bucket, WRITTEN_OFF]
        line["vanished"] = line["transferred"] = 0
    weights = dict(
        con.execute(
            "SELECT CASE WHEN days_past_due = 0 THEN 'M0' WHEN days_past_due > 180 THEN 'M6+' ELSE "
            "concat('M', CAST(ceil(days_past_due / 30) AS INTEGER)) END, CAST(sum(balance_amount ** 2) AS DOUBLE) / "
            "CAST(sum(balance_amount) AS DOUBLE) ** 2 FROM m20260930.tape_loan GROUP BY ALL"
        ).fetchall()
    )
    compared = 0
    for code in ("DLQ-ROLL-LOANS", "DLQ-ROLL"):
        for stage, line in declared.items():
            seen = float(found[code][f"{stage}>M0"][1])
            assert seen > 0, stage
            for state, chance in line.items():
                share = float(found[code][f"{stage}>{state}"][3])
                spread = 1 / seen if code == "DLQ-ROLL-LOANS" else weights[stage]
                assert abs(_z(share, chance, chance * (1 - chance) * spread)) <= MOST, (code, stage, state)
                compared += 1
    assert compared == 2 * 7 * 12
    for bucket in range(1, 7):
        share, loans = found["DLQ-CURE-LOANS"][STAGE[bucket]][3], float(found["DLQ-CURE-LOANS"][STAGE[bucket]][1])
        chance = matrix[bucket, 0]
        assert abs(_z(float(share), chance, chance * (1 - chance) / loans)) <= MOST, bucket


def test_first_payment_defaults_are_the_declared_ones(measured: Measured) -> None:
    """The first instalment is missed with the chance of a miss; the second and third follow from the matrix.

    The sample is of loans that reached the instalment: it is a chain over the states that are still on the books.
    """
    found, matrix = measured.figures, measured.matrix
    state = np.zeros(BUCKETS)
    state[0] = 1
    for number in (1, 2, 3):
        moved = state @ matrix
        for code, chance in (("DLQ-FPD", moved[1:BUCKETS].sum()), ("DLQ-FPD-NONE", moved[number])):
            _, loans, _, share, _ = found[code][str(number)]
            assert float(loans) > 1_000
            assert abs(_z(float(share), chance, chance * (1 - chance) / float(loans))) <= MOST, (code, number)
        state = moved[:BUCKETS] / moved[:BUCKETS].sum()


def test_the_payment_history_tells_the_same_first_defaults(measured: Measured) -> None:
    """Of loans still on the tape, the status of the month says paid or late as the instalment table does."""
    people, status = measured.after.population, measured.after.loan.strips[:, -1]
    for number in (1, 2, 3):
        due = (people.elapsed == number) & measured.kept
        late = np.isin(status, [ord(code) for code in "1234567"]) & due
        told = measured.figures["DLQ-FPD"][str(number)]
        assert (float(told[0]), float(told[1])) == (late.sum(), due.sum())


def test_what_is_new_is_in_no_row(measured: Measured) -> None:
    """Rows of the matrix are the earlier book, and with what is new they are all loans that are on the books now."""
    found, con = measured.figures, measured.con
    cells = found["DLQ-ROLL-LOANS"]
    gone = {"settled", "written_off", "transferred", "vanished"}
    stayed = sum(cell[0] for member, cell in cells.items() if member.split(">")[1] not in gone)
    new = sum(one[0] for one in found["DLQ-NEW-LOANS"].values())
    assert stayed + new == found["BAL-LOANS"][""][0]
    (before,) = con.execute("SELECT count(*) FROM m20260930.tape_loan").fetchall()[0]
    assert sum(cell[0] for cell in cells.values()) == before
