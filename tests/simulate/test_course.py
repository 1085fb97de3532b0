"""What moved in a month and what came before it: each month-end continues the one before."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from loantape.declare import Period
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, pricing, simulate
from loantape.simulate.book import Block, Book
from loantape.simulate.children import Children
from loantape.simulate.loans import block_of
from loantape.simulate.population import ALIVE
from loantape.simulate.rows import EMPTY

LENDERS = sorted(ARCHETYPES)
SEPTEMBER = 2026 * 12 + 8
Months = tuple[Book, Block, Book, Block]


@pytest.fixture(scope="module", params=LENDERS)
def months(request: pytest.FixtureRequest) -> Months:
    """One book at two month-ends."""
    slots = np.arange(60_000)
    then, now = (Book(ARCHETYPES[request.param], 7, month) for month in (SEPTEMBER, SEPTEMBER + 1))
    return then, block_of(then, slots), now, block_of(now, slots)


def known(cells: np.ndarray) -> np.ndarray:
    return np.where(cells == EMPTY, 0, cells)


def test_balances_roll(months: Months) -> None:
    """The balance before, plus what was drawn, less what was repaid and disposed of, is the balance."""
    _, before, _, after = months
    same = before.number == after.number
    loan = after.loan
    opening = np.where(same, before.loan["balance_amount"], 0)
    assert (loan["drawn_amount"] >= 0).all()
    assert (loan["repaid_principal_amount"] >= 0).all()
    rolled = opening + loan["drawn_amount"] - loan["repaid_principal_amount"] - known(loan["disposal_amount"])
    assert (rolled == loan["balance_amount"]).all()
    fixed = ~same & (after.method != pricing.REVOLVING)
    assert (loan["drawn_amount"][fixed] == loan["loan_amount"][fixed]).all()


def test_arrears_are_what_was_due_and_not_paid(months: Months) -> None:
    """Arrears before, plus what fell due, less what was paid, are the arrears: early repayment excepted."""
    _, before, _, after = months
    people = after.population
    going_on = (before.number == after.number) & (people.outcome == ALIVE) & (after.method != pricing.REVOLVING)

    def arrears(block: Block) -> np.ndarray:
        late = np.where(block.population.outcome == ALIVE, block.population.bucket, 0)
        # instalments in arrears carry their fees
        owed = np.minimum(block.population.elapsed, block.population.instalments) - block.population.paid
        fees = block.instalment_fee * np.where(late > 0, owed, 0)
        return block.loan["overdue_principal_amount"] + block.loan["overdue_interest_amount"] + fees

    moved = arrears(before) + after.loan["due_in_period_amount"] - after.loan["paid_in_period_amount"]
    assert going_on.any()
    assert (moved == arrears(after))[going_on].all()


def test_statuses_shift_by_a_month(months: Months) -> None:
    """A loan's statuses are those of the month before without the oldest, and one for this month."""
    _, before, book, after = months
    same = before.number == after.number
    assert (after.loan.strips[same, :-1] == before.loan.strips[same, 1:]).all()
    new = after.loan.strips[~same]
    assert (new[:, :-1] == ord("/")).all()
    assert (new[:, -1] == ord("*")).all()
    last, loan = after.loan.strips[:, -1], after.loan
    status = loan["loan_status"]
    assert ((last == ord("C")) == (status == book.texts.number("LF01"))).all()
    assert ((last == ord("G")) == (status == book.texts.number("LF02"))).all()
    months_late = -(-np.minimum(loan["days_past_due"], 181) // 30)
    assert np.array_equal(np.where((last > ord("0")) & (last < ord("8")), last - ord("0"), 0), months_late)
    assert ((last == ord("*")) <= (loan["due_in_period_amount"] + loan["paid_in_period_amount"] == 0)).all()
    paid_up = last == ord("N")
    assert (loan["due_in_period_amount"] <= loan["paid_in_period_amount"])[paid_up].all()


def test_classes_remember_the_one_before(months: Months) -> None:
    """The class before is the month before's where it changed this month, and stays what it was where it did not."""
    then, before, now, after = months
    at = np.flatnonzero(before.number == after.number)
    names = {int(now.classes[grade]): grade for grade in range(6)}
    grades = np.array([names[int(cell)] for cell in after.loan["five_class"][at]])
    grades_before = np.array([int(np.flatnonzero(then.classes == cell)[0]) for cell in before.loan["five_class"][at]])
    assert (grades == after.history.grade[at]).all()
    changed = grades != grades_before
    assert changed.any()
    assert (after.history.grade_before[at][changed] == grades_before[changed]).all()
    assert (after.loan["class_changed_on"][at][changed] == now.snapshot).all()
    stayed = at[~changed]
    assert (after.history.grade_before[stayed] == before.history.grade_before[stayed]).all()
    assert (after.loan["class_changed_on"][stayed] == before.loan["class_changed_on"][stayed]).all()


def test_classes_follow_from_days_past_due(months: Months) -> None:
    """The class by days is that of the 2023 order, a restructured loan is special mention or worse, a loss the last."""
    _, _, _, after = months
    days, alive = after.loan["days_past_due"], after.population.outcome == ALIVE
    by_days = 1 + (days > 0) + (days > 90) + (days > 270) + (days > 360)
    expected = np.where(after.loan["is_restructured"] == 1, np.maximum(by_days, 2), by_days)
    assert (after.history.grade[alive] == expected[alive]).all()
    assert (after.history.grade[after.loan["disposal_amount"] != EMPTY] == 5).all()


def test_the_next_instalment_is_the_one_that_falls_due(months: Months) -> None:
    """What a schedule said was next in the month before is what its instalment row asks for this month."""
    _, before, book, after = months
    rows = Children(book).instalments(after)
    continuing = (before.number == after.number) & (after.method != pricing.REVOLVING)
    asked = np.isin(rows["iou_no"], after.number[continuing])
    at = np.searchsorted(after.number, rows["iou_no"][asked])
    assert at.size
    for column, next_column in (
        ("due_date", "next_due_date"),
        ("due_principal_amount", "next_due_principal_amount"),
        ("due_interest_amount", "next_due_interest_amount"),
    ):
        assert (rows[column][asked] == before.loan[next_column][at]).all(), column


def test_dates_of_the_past_are_past(months: Months) -> None:
    """Last payment, ending, restructuring and notice lie between the grant and the month-end, the notice before it."""
    _, before, book, after = months
    loan = after.loan
    for name in ("last_paid_on", "ended_on", "restructured_on", "class_changed_on"):
        here = loan[name] != EMPTY
        assert here.any(), name
        assert (loan["start_date"] <= loan[name])[here].all()
        assert (loan[name][here] <= book.snapshot).all()
    restructured_now = (loan["is_restructured"] == 1) & (before.loan["is_restructured"] == 0)
    both = restructured_now & (before.number == after.number)
    assert (loan["restructured_on"][both] > before.loan["snapshot_date"][both]).all()
    told = loan["adverse_notice_at"] != EMPTY
    first_bad = after.history.first_late == book.month
    assert told.any() or not book.archetype.reports_credit
    assert (loan["adverse_notice_at"][told & first_bad] < book.snapshot * 86_400).all()


def read(folder: Path, table: str, lender: str) -> list[dict[str, str]]:
    text = (folder / f"{table}.csv").read_bytes().decode(ARCHETYPES[lender].encoding)
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("errors", [0.0, 0.1])
@pytest.mark.parametrize("lender", LENDERS)
def test_the_institution_says_the_sums_of_its_loans(lender: str, errors: float, tmp_path: Path) -> None:
    """The institution's figures are the sums of the delivered loans, and the month opens with what the last closed."""
    folders = simulate(
        lender, Period.parse("2026-10"), 1_500, tmp_path, errors=errors, seed=4, months=2, progress=silent()
    )
    says = [read(folder, "institution", lender)[0] for folder in folders]
    loans = [row for row in read(folders[1], "loan", lender) if row["name"] is not None]

    def amount(row: dict[str, str], name: str) -> Decimal:
        text = row[name].replace(".", "", 1).removeprefix("-")
        return Decimal(row[name]) if text.isdigit() else Decimal(0)

    def total(name: str) -> Decimal:
        return sum((amount(row, name) for row in loans), Decimal(0))

    now = {name: Decimal(value) for name, value in says[1].items() if name.endswith(("_amount", "_count"))}
    assert now["loan_count"] == sum(amount(r, "balance_amount") > 0 or r["loan_status"][:2] == "LS" for r in loans)
    assert now["loan_balance_amount"] == total("balance_amount")
    late = [row for row in loans if int(row["days_past_due"] or 0) > 0]
    assert now["overdue_balance_amount"] == sum((amount(row, "balance_amount") for row in late), Decimal(0))
    assert now["provision_total_amount"] == total("provision_amount")
    assert now["granted_amount"] == total("drawn_amount")
    assert now["repaid_amount"] == total("repaid_principal_amount")
    assert now["written_off_amount"] + now["transferred_amount"] == total("disposal_amount")
    gone = now["repaid_amount"] + now["written_off_amount"] + now["transferred_amount"]
    assert now["opening_balance_amount"] + now["granted_amount"] - gone == now["loan_balance_amount"]
    if not errors:
        assert now["opening_balance_amount"] == Decimal(says[0]["loan_balance_amount"])


def test_contacts_are_lawful_and_complaints_are_decided(tmp_path: Path) -> None:
    """Contacts are by day, to loans in arrears; a complaint is decided within 15 or 30 days and carried while open."""
    lender = "demo_consumer_finance"
    folders = simulate(lender, Period.parse("2026-10"), 20_000, tmp_path, months=2, progress=silent())
    late = {row["iou_no"] for row in read(folders[1], "loan", lender) if row["loan_status"] == "LS03"}
    contacts = read(folders[1], "contact", lender)
    assert {row["iou_no"] for row in contacts} == late
    assert all("2026-10-01" <= row["contacted_at"][:10] <= "2026-10-31" for row in contacts)
    assert all("08:00:00" <= row["contacted_at"][11:] < "22:00:00" for row in contacts)
    assert all((row["agency_uscc"] != "") == (row["collection_stage"] == "OUTSOURCED") for row in contacts)
    assert len({row["contact_id"] for row in contacts}) == len(contacts)
    before, now = (read(folder, "complaint", lender) for folder in folders)
    open_then = {row["complaint_no"] for row in before if not row["decided_on"]}
    assert open_then
    carried = [row for row in now if row["received_on"] < "2026-10-01"]
    assert {row["complaint_no"] for row in carried} == open_then
    for row in now:
        if row["decided_on"]:
            days = (np.datetime64(row["decided_on"]) - np.datetime64(row["received_on"])).astype(int)
            assert 0 < days <= (30 if row["is_extended"] == "1" else 15)
            assert row["complaint_result"]
