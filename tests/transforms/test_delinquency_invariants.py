"""What holds of delinquency whatever the months are: rows of matrices, order, splitting; books with known answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog
from loantape.declare import Figures, Lender, Period
from loantape.limits import load
from loantape.measure.marts import made
from loantape.measure.tables import HISTORY, Tables, sql, views
from tests.transforms.months import Months, fill, month_end, random_months
from transforms.delinquency import buckets, outcomes

CN = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())
SETS = ("DLQ-BUCKET", "DLQ-G09", "DLQ-S63", "DLQ-BUREAU", "DLQ-STAGE", "DLQ-CLASS")
MATRICES = ("DLQ-ROLL", "DLQ-ROLL-CLASS")
BEFORE, NOW = date(2026, 9, 30), date(2026, 10, 31)
GONE = {"settled", "written_off", "transferred", "vanished"}

loans = st.lists(
    st.fixed_dictionaries(
        {
            "cents": st.integers(0, 10**8),
            "days": st.tuples(
                st.sampled_from([None, 0, 0, 5, 31, 91, 200]), st.sampled_from([None, 0, 0, 29, 61, 400])
            ),
            "grade": st.tuples(st.sampled_from("12345"), st.sampled_from(["1", "2", "3", "5", None])),
            "status": st.tuples(
                st.sampled_from(["LS01", "LS01", "LS03", "LF01", "not sent"]),
                st.sampled_from(["LS01", "LS01", "LS03", "LF01", "LF02", "LF04", "not sent", None]),
            ),
            "disposed": st.integers(0, 10**8),
            "restructured": st.sampled_from([None, True, False]),
        }
    ),
    min_size=1,
    max_size=12,
)


def _rows(drawn: Sequence[Mapping[str, Any]], month: int, end: date) -> list[dict[str, Any]]:
    rows = []
    for place, one in enumerate(drawn):
        if one["status"][month] == "not sent":
            continue
        rows.append(
            {
                "iou_no": f"L{one.get('number', place)}",
                "snapshot_date": end,
                "start_date": date(2026, 8, 1),
                "product_name": "cash",
                "loan_amount": Decimal(one["cents"]).scaleb(-2),
                "balance_amount": Decimal(one["cents"]).scaleb(-2),
                "days_past_due": one["days"][month],
                "five_class": one["grade"][month],
                "loan_status": one["status"][month],
                "is_restructured": one["restructured"],
                "disposal_type": "WRITTEN_OFF" if one["status"][month] == "LF02" else None,
                "disposal_date": end if one["status"][month] == "LF02" else None,
                "disposal_amount": Decimal(one["disposed"]).scaleb(-2) if one["status"][month] == "LF02" else None,
            }
        )
    return rows


@pytest.fixture(scope="module")
def months() -> Iterator[Months]:
    """Two months to fill again and again."""
    with duckdb.connect() as con:
        book = Months(con, CN)
        for end in (BEFORE, NOW):
            book.add(Period(end))
        yield book


def _figures(book: Months, drawn: Sequence[Mapping[str, Any]], *codes: str) -> dict[str, dict[str, tuple[Any, ...]]]:
    for month, end in enumerate((BEFORE, NOW)):
        book.con.execute(f"USE {Months.catalog(Period(end))}")
        book.con.execute("DELETE FROM tape_loan")
        fill(book.con, "loan", _rows(drawn, month, end))
    book.measure(keep=False, only=codes or [code for code in catalog.indicators() if code.startswith(("DLQ", "BAL"))])
    return book.figures()


@settings(max_examples=10, deadline=None)
@given(drawn=loans)
def test_every_set_of_buckets_is_the_whole_book(months: Months, drawn: list[dict[str, Any]]) -> None:
    """Balances and counts of each named set add up to the book: no loan falls between two buckets."""
    found = _figures(months, drawn, "BAL-TOTAL", "BAL-LOANS", *SETS, *(f"{code}-LOANS" for code in SETS))
    for code in SETS:
        balance = sum(one[0] for one in found[code].values() if one[0] is not None)
        number = sum(one[0] for one in found[f"{code}-LOANS"].values() if one[0] is not None)
        assert balance == (found["BAL-TOTAL"][""][0] or 0), code
        assert number == found["BAL-LOANS"][""][0], code


@settings(max_examples=10, deadline=None)
@given(drawn=loans)
def test_rows_of_a_matrix_add_up_to_one_and_to_the_opening_book(months: Months, drawn: list[dict[str, Any]]) -> None:
    """Each row's parts are its whole, and all rows are the book of the month before, by balance and by number."""
    codes = [code + suffix for code in MATRICES for suffix in ("", "-LOANS")]
    found = _figures(months, drawn, "BAL-LOANS", "DLQ-NEW-LOANS", *codes)
    book = [row for row in _rows(drawn, 0, BEFORE) if row["loan_status"] != "LF01"]
    for code in codes:
        lines: dict[str, list[tuple[Any, ...]]] = {}
        for member, cell in found[code].items():
            lines.setdefault(member.split(">")[0], []).append(cell)
        for line in lines.values():
            assert len({cell[1] for cell in line}) == 1
            if line[0][1]:
                assert sum(cell[0] for cell in line) == line[0][1]
                assert sum(Fraction(cell[0]) / Fraction(cell[1]) for cell in line) == 1
        whole = sum(line[0][1] or 0 for line in lines.values())
        assert whole == (len(book) if code.endswith("-LOANS") else sum(row["balance_amount"] for row in book)), code
        assert sum(cell[2] for line in lines.values() for cell in line) == len(book)
    stayed = sum(cell[0] or 0 for member, cell in found["DLQ-ROLL-LOANS"].items() if member.split(">")[1] not in GONE)
    new = sum(one[0] or 0 for one in found["DLQ-NEW-LOANS"].values())
    assert stayed + new == found["BAL-LOANS"][""][0]


@settings(max_examples=4, deadline=None)
@given(drawn=loans, order=st.randoms(use_true_random=False))
def test_the_order_of_the_loans_does_not_matter(months: Months, drawn: list[dict[str, Any]], order: Any) -> None:
    """The same loans in another order, in both months, give the same figures."""
    numbered = [{**one, "number": place} for place, one in enumerate(drawn)]
    before = _figures(months, numbered)
    order.shuffle(numbered)
    assert _figures(months, numbered) == before


@settings(max_examples=4, deadline=None)
@given(drawn=loans)
def test_a_loan_in_two_parts_leaves_every_balance_and_ratio(months: Months, drawn: list[dict[str, Any]]) -> None:
    """Each loan sent as two of the same kind: amounts and ratios stay, by number too; counts are twice as many."""
    before = _figures(months, drawn)
    parts = []
    for one in drawn:
        first, disposed = one["cents"] // 3, one["disposed"] // 3
        parts += [
            {**one, "cents": first, "disposed": disposed},
            {**one, "cents": one["cents"] - first, "disposed": one["disposed"] - disposed},
        ]
    after = _figures(months, parts)
    for code in before:
        times = 2 if catalog.indicators()[code].unit == "count" and code != "DLQ-WARN" else 1
        values = {member: None if one[3] is None else one[3] * times for member, one in before[code].items()}
        assert {member: one[3] for member, one in after[code].items()} == values, code


def test_a_book_that_ages_by_a_stage_moves_along_the_diagonal(months: Months) -> None:
    """When every loan is thirty days later, every stage is the next one and nothing is cured."""
    drawn = [
        {"cents": 100, "days": (days, days + 30), "grade": ("2", "2"), "status": ("LS03", "LS03"), "disposed": 0}
        | {"restructured": None}
        for days in (1, 31, 61, 91, 121, 151)
    ]
    found = _figures(months, drawn, "DLQ-ROLL", "DLQ-CURE", "DLQ-30P", "DLQ-60P", "DLQ-90P")
    stages = ["M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    for before, now in itertools.pairwise(stages):
        assert found["DLQ-ROLL"][f"{before}>{now}"][3] == 1
        assert found["DLQ-CURE"][before][3] == 0
    assert found["DLQ-30P"][""][3] == 1
    assert found["DLQ-60P"][""][:2] == (Decimal(5), Decimal(6))
    assert found["DLQ-90P"][""][:2] == (Decimal(4), Decimal(6))


def test_a_vintage_that_loses_half_each_month_is_a_geometric_series() -> None:
    """Of 256 loans half of what is left is written off each month: after t months 1 - 1/2^t, in amount as in number."""
    codes = ("DLQ-VINTAGE-LOSS", "DLQ-VINTAGE-LOSS-LOANS", "DLQ-VINTAGE-LOSS-PRODUCT", "DLQ-VINTAGE-30P")
    with duckdb.connect() as con:
        book = Months(con, CN)
        for age in range(9):
            end = month_end(2026, age + 1)
            book.add(Period(end))
            alive, lost = range(256 >> age), range(256 >> age, 256 >> max(0, age - 1))
            row = {"snapshot_date": end, "start_date": date(2026, 1, 20), "product_name": "cash", "loan_amount": 10}
            fill(
                con,
                "loan",
                [
                    {**row, "iou_no": str(n), "loan_status": "LS03", "days_past_due": 31, "balance_amount": 10}
                    for n in alive
                ],
            )
            off = {"loan_status": "LF02", "disposal_type": "WRITTEN_OFF", "disposal_date": end, "disposal_amount": 10}
            fill(con, "loan", [{**row, **off, "iou_no": str(n), "balance_amount": 0} for n in lost])
            book.measure(only=codes)
        found = book.figures()
    for age in range(9):
        for code in codes[:2]:
            assert Fraction(found[code][f"2026-01>{age}"][3]) == 1 - Fraction(1, 2**age), (code, age)
        assert Fraction(found["DLQ-VINTAGE-30P"][f"2026-01>{age}"][3]) == Fraction(1, 2**age)
    assert Fraction(found["DLQ-VINTAGE-LOSS-PRODUCT"]["cash>2026-01"][3]) == 1 - Fraction(1, 2**8)


def test_a_curve_of_losses_has_no_point_once_a_month_is_missing() -> None:
    """What was written off in a month that was not delivered is unknown, and so is every sum that runs over it."""
    codes = ("DLQ-VINTAGE-LOSS", "DLQ-VINTAGE-LOSS-LOANS", "DLQ-VINTAGE-LOSS-PRODUCT", "DLQ-VINTAGE-30P")
    with duckdb.connect() as con:
        book = Months(con, CN)
        for month in (1, 2, 4, 5):  # March was not delivered
            end = month_end(2026, month)
            book.add(Period(end))
            loan = {"snapshot_date": end, "start_date": date(2026, 1, 20), "product_name": "cash", "loan_amount": 10}
            off = {"loan_status": "LF02", "disposal_type": "WRITTEN_OFF", "disposal_date": end, "disposal_amount": 4}
            alive = {"loan_status": "LS01", "days_past_due": 0, "balance_amount": 10}
            fill(
                con,
                "loan",
                [{**loan, **(off if month == 2 else alive), "iou_no": "a"}, {**loan, **alive, "iou_no": "b"}],
            )
            book.measure(only=codes)
        found = book.figures()
    assert {member: told[3] for member, told in found["DLQ-VINTAGE-LOSS"].items()} == {
        "2026-01>0": 0,
        "2026-01>1": Decimal("0.2"),
        "2026-01>3": None,
        "2026-01>4": None,
    }
    assert [told[3] for told in found["DLQ-VINTAGE-LOSS-LOANS"].values()] == [0, Decimal("0.5"), None, None]
    assert [told[3:] for told in found["DLQ-VINTAGE-LOSS-PRODUCT"].values()] == [(None, "no values")]
    assert all(told[3] == 0 for told in found["DLQ-VINTAGE-30P"].values())  # what stands at a month end is known


@pytest.mark.parametrize(
    ("grade_at_exit", "expected"),
    [("1", Decimal(0)), ("2", Decimal(0)), ("3", Decimal("0.4")), ("5", Decimal("0.4"))],
)
def test_a_disposal_migrates_only_when_the_loan_was_bad_by_then(grade_at_exit: str, expected: Decimal) -> None:
    """Of 100 in class 1, 40 was disposed of: worse by a class, yet not bad, is no migration of the 2022 definition."""
    with duckdb.connect() as con:
        book = Months(con, CN)
        for end, gone in ((date(2025, 12, 31), False), (date(2026, 12, 31), True)):
            book.add(Period(end))
            loan = {"iou_no": "a", "snapshot_date": end, "loan_amount": 100}
            before = {"loan_status": "LS01", "five_class": "1", "balance_amount": 100}
            after = {"loan_status": "LF04", "five_class": grade_at_exit, "balance_amount": 0, "disposal_amount": 40}
            fill(con, "loan", [{**loan, **(after if gone else before)}])
            book.measure(only=("DLQ-MIG-2022",))
        assert book.figures()["DLQ-MIG-2022"]["1"][3] == expected


def test_the_rows_behind_a_number_add_up_to_it() -> None:
    """What each loan is said to add to a numerator and a denominator sums to them, for every member."""
    with duckdb.connect() as con:
        book = random_months(con, 99, 120, 3, "cn")
        found, past = book.figures(), book.past()
        told = 0
        for code, one in catalog.indicators().items():
            if not code.startswith(("DLQ", "BAL")) or code not in found:
                continue
            tables = Tables()
            figures = one.measure(tables)
            if not isinstance(figures, Figures) or figures.behind is None or past.lacks(tables.read):
                continue
            marts = [name.removeprefix(HISTORY) for name in tables.read if name.startswith(HISTORY)]
            parts = " UNION ALL ".join(
                f"SELECT member, CAST(numerator AS DECIMAL(38,4)) AS n, CAST(denominator AS DECIMAL(38,4)) AS d "
                f"FROM ({sql(rows)}) AS one"
                for rows in figures.behind(None)
            )
            with made(con, marts, book.periods[-1]) as relations, views(con, tables, past, relations):
                sums = {
                    member: (n or 0, d or 0)
                    for member, n, d in con.execute(
                        f"SELECT member, sum(n), sum(d) FROM ({parts}) AS every GROUP BY member"
                    ).fetchall()
                }
            matrix = one.dimension.count(">") == 1
            for member, (numerator, denominator, *_) in found[code].items():
                n, d = sums.get(member, (0, 0))
                assert n == (numerator or 0), (code, member)
                if not matrix:  # a cell's denominator is its whole row
                    assert d == (denominator or 0), (code, member)
            told += 1
        assert told > 70


def test_bounds_are_those_of_the_limits() -> None:
    """The days that Chinese forms cut at, and the months of observation, are the dated limits that rules go by."""
    limits = load()
    on = date(2026, 10, 31)
    for prefix, one in {
        "g11": buckets.DAYS_1104, "g09": buckets.DAYS_G09, "s63": buckets.DAYS_S63,
        "credit_bureau": buckets.CREDIT_BUREAU,
    }.items():  # fmt: skip
        last_days = [last for _, last in one.bands[1:] if last is not None]
        for place, last in enumerate(last_days, 1):
            assert limits.value(f"{prefix}_bucket_{place}_last_day", on).value == last
        assert f"{prefix}_bucket_{len(last_days) + 1}_last_day" not in limits.names()
    assert limits.value("restructured_observation_months", on).value == outcomes.OBSERVATION_MONTHS
