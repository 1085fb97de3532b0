"""Rules on totals, which no single loan breaks, on small tapes made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.checking.engine import check
from loantape.declare import Lender, Period
from loantape.progress import silent

CHINESE = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())
OCTOBER = Period.parse("2026-10")
TOPICS = ("TOT", "MOV")
GRAINS = ("institution", "books", "books_with_previous", "delivery_total", "delivery_shape", "borrower", "twin_loans")
MONTHS = [Period.parse(f"2026-{month:02d}") for month in range(3, 10)]
BORROWED = """INSERT INTO tape_loan (iou_no, snapshot_date, currency, loan_amount, balance_amount, drawn_amount,
    nominal_annual_pct, days_past_due, five_class, provision_amount, birth_year, borrower_pid, contract_no, start_date,
    loan_status, accrued_interest_amount, paid_in_period_amount, repaid_principal_amount)
    SELECT 'L' || i, DATE '2026-10-31', 'CNY', 1000 + 30 * i, 500 + 10 * i, 100, 12,
    CASE WHEN i % 5 = 0 THEN 9 ELSE 0 END, CASE WHEN i % 5 = 0 THEN '3' ELSE '1' END, 10,
    1990, 'p' || i, 'c' || i, DATE '2026-10-01', 'LS01', 5, 20, 0
    FROM range(1, 11) AS r(i)"""
# a shape that nobody made up: interest spread evenly over three magnitudes, and nothing twice
NATURAL = """INSERT INTO tape_loan (iou_no, currency, loan_amount, balance_amount, days_past_due, five_class,
    accrued_interest_amount, paid_in_period_amount, borrower_pid, contract_no, start_date)
    SELECT 'L' || i, 'CNY', 1000000, 100 + i * 1.07, CASE WHEN i = 7 THEN 1 ELSE 0 END,
    CASE WHEN i = 7 THEN '2' ELSE '1' END,
    CAST(pow(10, 3 * i / 5000.0) AS DECIMAL(18, 2)), i, 'p' || i, 'c' || i, DATE '2026-01-01'
    FROM range(1, 5001) AS r(i)"""
BOOKS: Mapping[str, Any] = {
    "institution_name": "某机构",
    "loan_count": 2,
    "loan_balance_amount": "150.00",
    "overdue_balance_amount": "50.00",
    "provision_total_amount": "7.00",
    "opening_balance_amount": "100.00",
    "granted_amount": "120.00",
    "repaid_amount": "30.00",
    "written_off_amount": "25.00",
    "transferred_amount": "15.00",
    "currency": "CNY",
    "snapshot_date": "2026-10-31",
}
Fill = Callable[..., None]


def findings(
    con: duckdb.DuckDBPyConnection,
    *,
    period: Period = OCTOBER,
    topics: tuple[str, ...] = TOPICS,
    grains: tuple[str, ...] = GRAINS,
    previous: Path | None = None,
    history: Mapping[Period, Path] | None = None,
) -> set[tuple[str, str]]:
    """The (rule, key) of every finding of the topics on the grains."""
    rules = [rule for rule in catalog.rules().values() if rule.code.startswith(topics) and rule.on in grains]
    check(con, CHINESE, period, rules, catalog.limits(), previous, silent(), history)
    return {(rule, key) for rule, key in con.execute("SELECT rule, key FROM findings").fetchall() if rule[:3] in topics}


def codes(found: set[tuple[str, str]]) -> set[str]:
    return {rule for rule, _ in found}


@pytest.fixture
def steady(empty_submission: duckdb.DuckDBPyConnection, tmp_path: Path) -> dict[Period, Path]:
    """Six earlier periods in which the totals of the ten loans were nearly what they are; the loans are filled in."""
    empty_submission.execute(BORROWED)
    findings(empty_submission)
    kept = empty_submission.execute("SELECT name, value FROM totals").fetchall()
    files = {}
    for place, month in enumerate(MONTHS[-6:]):
        files[month] = tmp_path / f"{month}.duckdb"
        with duckdb.connect(str(files[month])) as con:
            con.execute("CREATE TABLE totals (name VARCHAR, value DECIMAL(38, 6))")
            wobble = Decimal(1) + Decimal(place - 3) / 1000
            con.executemany(
                "INSERT INTO totals VALUES (?, ?)", [(name, value and value * wobble) for name, value in kept]
            )
    return files


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("SELECT 1", set()),
        ("INSERT INTO tape_loan SELECT * FROM tape_loan", {"TOT-001", "TOT-002", "TOT-003"}),
        ("UPDATE tape_loan SET balance_amount = balance_amount * 2", {"TOT-002", "TOT-008"}),
        ("UPDATE tape_loan SET drawn_amount = 126", {"TOT-003"}),
        ("UPDATE tape_loan SET drawn_amount = 124", set()),
        ("UPDATE tape_loan SET loan_amount = loan_amount * 2", {"TOT-004"}),
        ("UPDATE tape_loan SET nominal_annual_pct = 24", {"TOT-005"}),
        ("UPDATE tape_loan SET days_past_due = 9", {"TOT-006"}),
        ("UPDATE tape_loan SET days_past_due = 0", {"TOT-006"}),
        ("UPDATE tape_loan SET five_class = '4'", {"TOT-007"}),
        ("UPDATE tape_loan SET provision_amount = 0", {"TOT-008"}),
        ("UPDATE tape_loan SET birth_year = NULL WHERE iou_no = 'L1'", {"TOT-009"}),
    ],
)
def test_a_total_that_jumps_is_found(
    empty_submission: duckdb.DuckDBPyConnection, steady: dict[Period, Path], change: str, expected: set[str]
) -> None:
    """Against six steady periods, exactly the totals that a change moved too far are findings."""
    empty_submission.execute(change)
    assert codes(findings(empty_submission, topics=("TOT",), history=steady)) - {"TOT-018"} == expected


def test_the_total_is_named_and_few_periods_say_nothing(
    empty_submission: duckdb.DuckDBPyConnection, steady: dict[Period, Path]
) -> None:
    """A finding has the total's name as its key; with five earlier periods there is none."""
    empty_submission.execute("UPDATE tape_loan SET birth_year = NULL")
    assert findings(empty_submission, topics=("TOT",), history=steady) == {("TOT-009", "without_birth_year_pct")}
    five = dict(list(steady.items())[1:])
    assert findings(empty_submission, topics=("TOT",), history=five) == set()


@pytest.fixture
def booked(empty_submission: duckdb.DuckDBPyConnection, fill: Fill) -> Callable[[Mapping[str, Any]], set[str]]:
    """Checks two loans, one written off and one transferred, against the institution's books as changed."""

    def against(changed: Mapping[str, Any]) -> set[str]:
        of_month: dict[str, Any] = {"snapshot_date": "2026-10-31", "disposal_date": "2026-10-31", "currency": "CNY"}
        loans: list[dict[str, Any]] = [
            {"iou_no": "A", "balance_amount": "100.00", "days_past_due": 0, "drawn_amount": "120.00"},
            {"iou_no": "B", "balance_amount": "50.00", "days_past_due": 1, "repaid_principal_amount": "30.00"},
            {"iou_no": "C", "balance_amount": "0.00", "disposal_type": "WRITTEN_OFF", "disposal_amount": "25.00"},
            {"iou_no": "D", "balance_amount": "0.00", "disposal_type": "TRANSFERRED", "disposal_amount": "15.00"},
            {"iou_no": "E", "balance_amount": "0.00", "disposal_type": "WRITTEN_OFF", "disposal_amount": "99.00"}
            | {"disposal_date": "2026-09-30"},
        ]
        fill(empty_submission, "loan", [of_month | {"provision_amount": "1.40"} | loan for loan in loans])
        fill(empty_submission, "institution", [{**BOOKS, **changed}])
        return codes(findings(empty_submission))

    return against


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("loan_balance_amount", "MOV-055"),
        ("overdue_balance_amount", "MOV-056"),
        ("provision_total_amount", "MOV-057"),
        ("granted_amount", "MOV-058"),
        ("repaid_amount", "MOV-059"),
        ("written_off_amount", "MOV-060"),
        ("transferred_amount", "MOV-061"),
    ],
)
@pytest.mark.parametrize("gap", ["0.01", "-0.02"])
def test_books_agree_with_the_tape_to_a_cent(
    booked: Callable[[Mapping[str, Any]], set[str]], field: str, code: str, gap: str
) -> None:
    """A sum that differs from the tape's by more than a cent is found, alone but for the roll-forward it breaks."""
    found = booked({field: Decimal(BOOKS[field]) + Decimal(gap)})
    in_flow = field not in ("overdue_balance_amount", "provision_total_amount")
    assert found == ({code} | ({"MOV-053"} if in_flow else set()) if gap != "0.01" else set())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"loan_count": 3}, {"MOV-054"}),
        ({"opening_balance_amount": "100.02"}, {"MOV-053"}),
        ({"opening_balance_amount": "99.99"}, set()),
        ({"opening_balance_amount": None}, set()),
    ],
)
def test_books_count_loans_and_roll_forward(
    booked: Callable[[Mapping[str, Any]], set[str]], changed: Mapping[str, Any], expected: set[str]
) -> None:
    """The books count the loans with a balance, and opening and flows make the closing balance."""
    assert booked(changed) == expected


def test_mixed_currencies_are_not_summed(
    booked: Callable[[Mapping[str, Any]], set[str]], empty_submission: duckdb.DuckDBPyConnection, fill: Fill
) -> None:
    """Where loans are in two currencies, the books are compared with no sum of them."""
    fill(empty_submission, "loan", [{"iou_no": "U", "currency": "USD", "balance_amount": "5.00"}])
    assert booked({"loan_balance_amount": "155.00", "opening_balance_amount": "105.00"}) == set()


@pytest.mark.parametrize(
    ("closing", "period", "expected"),
    [
        ("100.00", "2026-09-30", set()),
        ("102.04", "2026-09-30", set()),
        ("102.05", "2026-09-30", {"MOV-062"}),
        ("98.03", "2026-09-30", {"MOV-062"}),
        ("500.00", "2026-08-31", set()),
    ],
)
def test_a_month_begins_where_the_month_before_ended(
    empty_submission: duckdb.DuckDBPyConnection,
    make_submission: Callable[[str], duckdb.DuckDBPyConnection],
    fill: Fill,
    tmp_path: Path,
    closing: str,
    period: str,
    expected: set[str],
) -> None:
    """The opening balance is the closing balance of the month before, to two percent of it; a gap of months is none."""
    earlier = make_submission("earlier")
    fill(earlier, "institution", [{**BOOKS, "loan_balance_amount": closing, "snapshot_date": period}])
    earlier.close()
    fill(empty_submission, "institution", [{name: BOOKS[name] for name in ("opening_balance_amount", "snapshot_date")}])
    assert codes(findings(empty_submission, previous=tmp_path / "earlier.duckdb")) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("SELECT 1", set()),
        ("UPDATE tape_loan SET accrued_interest_amount = 500 + rowid % 100", {"TOT-010"}),
        ("UPDATE tape_loan SET balance_amount = floor(balance_amount) + 0.37 + rowid % 10 / 10.0", {"TOT-011"}),
        ("UPDATE tape_loan SET balance_amount = 100 * (1 + rowid) WHERE rowid < 2501", {"TOT-012"}),
        ("UPDATE tape_loan SET balance_amount = 100 * (1 + rowid) WHERE rowid < 2500", set()),
        ("UPDATE tape_loan SET balance_amount = 77.77 WHERE rowid < 251", {"TOT-013"}),
        ("UPDATE tape_loan SET paid_in_period_amount = 77.77 WHERE rowid < 1001", {"TOT-014"}),
        ("UPDATE tape_loan SET days_past_due = 0", {"TOT-015"}),
        ("UPDATE tape_loan SET days_past_due = 1", {"TOT-015"}),
        ("UPDATE tape_loan SET five_class = '1'", {"TOT-016"}),
        ("UPDATE tape_loan SET five_class = '2'", {"TOT-016"}),
        ("DELETE FROM tape_loan WHERE rowid = 7; UPDATE tape_loan SET days_past_due = 0, five_class = '1'", set()),
    ],
)
def test_figures_that_look_made_up_are_found(
    empty_submission: duckdb.DuckDBPyConnection, change: str, expected: set[str]
) -> None:
    """A natural book of five thousand loans has no finding; each unnatural one exactly its own; a smaller book none."""
    empty_submission.execute(NATURAL)
    for one in change.split(";"):
        empty_submission.execute(one)
    assert codes(findings(empty_submission, topics=("TOT",))) == expected


def test_one_pseudonym_with_many_loans_is_found(empty_submission: duckdb.DuckDBPyConnection) -> None:
    """Fifty loans of one borrower are plausible, fifty-one are a finding with the borrower as its key."""
    empty_submission.execute(NATURAL)
    empty_submission.execute(
        "UPDATE tape_loan SET borrower_pid = 'many' WHERE CAST(substr(iou_no, 2) AS INTEGER) <= 50"
    )
    assert findings(empty_submission, topics=("TOT",)) == set()
    empty_submission.execute(
        "UPDATE tape_loan SET borrower_pid = 'many' WHERE CAST(substr(iou_no, 2) AS INTEGER) <= 51"
    )
    assert findings(empty_submission, topics=("TOT",)) == {("TOT-017", "many")}


def test_one_loan_under_two_ious_is_found_once(empty_submission: duckdb.DuckDBPyConnection) -> None:
    """Loans of one borrower, contract, day and amount are one finding, named after the first IOU."""
    empty_submission.execute(BORROWED)
    empty_submission.execute("INSERT INTO tape_loan BY NAME SELECT * REPLACE ('M' || iou_no AS iou_no) FROM tape_loan")
    for column, value in (
        ("borrower_pid", "'x'"),
        ("contract_no", "'x'"),
        ("loan_amount", "1"),
        ("start_date", "NULL"),
    ):
        one = {"borrower_pid": 1, "contract_no": 2, "loan_amount": 3, "start_date": 4}[column]
        empty_submission.execute(f"UPDATE tape_loan SET {column} = {value} WHERE iou_no = 'ML{one}'")
    twins = {(rule, key) for rule, key in findings(empty_submission, topics=("TOT",)) if rule == "TOT-018"}
    assert twins == {("TOT-018", f"L{number}") for number in range(5, 11)}


@pytest.mark.parametrize(
    ("period", "since", "amount", "expected"),
    [
        ("2026-01", "2025-11-05", "9999.00", {"BUR-026"}),
        ("2026-01", "2025-11-05", "10000.01", set()),
        ("2026-01", "2026-01-05", "9999.00", set()),
        ("2026-04", "2025-11-05", "9999.00", set()),
    ],
)
def test_small_arrears_can_be_repaired_until_the_end_of_march(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, period: str, since: str, amount: str, expected: set[str]
) -> None:
    """On a reporting date until 2026-03-31, small arrears of 2020 to 2025 are told, larger and later ones not."""
    loan = {"iou_no": "A", "principal_overdue_since": since, "overdue_principal_amount": amount}
    fill(empty_submission, "loan", [loan | {"overdue_interest_amount": "0.00"}])
    found = codes(findings(empty_submission, period=Period.parse(period), topics=("BUR",), grains=("loan",)))
    assert found == expected
