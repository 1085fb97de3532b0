"""What holds for every tape: parts add up, indexes stay in their range, order and splitting do not matter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog
from loantape.declare import Lender, Period
from loantape.measure import measure
from loantape.progress import silent
from transforms.shapes import by

Figures = dict[str, dict[str, Any]]  # code to member to value

CN = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())
BUCKETED = {
    "balance": ("DLQ-BUCKET", "DLQ-STAGE", "DLQ-CLASS", "PRC-COST-BAND"),
    "count": ("DLQ-BUCKET-LOANS", "DLQ-STAGE-LOANS"),
}
SHARES = ("CON-PARTNER", "CON-PRODUCT", "CON-REGION")
INDEXES = {"CON-PARTNER-HHI": "CON-PARTNER", "CON-PRODUCT-HHI": "CON-PRODUCT", "CON-REGION-HHI": "CON-REGION"}


def _figures(con: duckdb.DuckDBPyConnection, *codes: str) -> Figures:
    asked = [one for code, one in catalog.indicators().items() if not codes or code in codes]
    measure(con, CN, Period.parse("2026-10"), asked, silent())
    found: Figures = {}
    for code, member, value in con.execute("SELECT code, member, value FROM indicators").fetchall():
        found.setdefault(code, {})[member] = value
    return found


loan_rows = st.lists(
    st.fixed_dictionaries(
        {
            "balance_cents": st.integers(0, 10**9),
            "days_past_due": st.one_of(st.none(), st.integers(0, 400)),
            "five_class": st.sampled_from(["1", "2", "3", "4", "5", None]),
            "all_in_micro": st.one_of(st.none(), st.integers(0, 50_000_000)),
            "product_name": st.sampled_from(["a", "b", "c", None]),
            "borrower_region": st.sampled_from(["110101", "110105", "330106", None]),
            "coop_mode": st.sampled_from(["JOINT", "SOLE", None]),
            "partner_agreement_no": st.sampled_from(["A1", "A2", "A3", "A9", None]),
            "loan_status": st.sampled_from(["LS01", "LS03", "LF01", None]),
        }
    ),
    min_size=1,
    max_size=30,
)
PARTNERS = pl.DataFrame(
    {
        "partner_agreement_no": ["A1", "A2", "A3"],
        "partner_uscc": ["P1", "P2", "P3"],
        "partner_group_id": ["G", "G", None],
    }
)


def _frames(rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    numbered = [{"iou_no": str(i), "borrower_pid": f"b{i}", **row} for i, row in enumerate(rows)]
    types = dict.fromkeys(("balance_cents", "days_past_due", "all_in_micro"), pl.Int64)
    texts = {name: pl.String for name in numbered[0] if name not in types}
    return {"loan": pl.DataFrame(numbered, schema={**types, **texts}), "partner": PARTNERS}


@pytest.fixture(scope="module")
def con(request: pytest.FixtureRequest) -> Any:
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=15, deadline=None)
@given(rows=loan_rows)
def test_members_add_up_to_the_total(con: Any, load_frames: Any, rows: list[dict[str, Any]]) -> None:
    """Every bucket's sum is the book's balance or count, and shares add up to one: no loan falls between members."""
    load_frames(con, _frames(rows))
    found = _figures(con, "BAL-TOTAL", "BAL-LOANS", *BUCKETED["balance"], *BUCKETED["count"], *SHARES)
    for kind, total in (("balance", "BAL-TOTAL"), ("count", "BAL-LOANS")):
        for code in BUCKETED[kind]:
            told = [value for value in found[code].values() if value is not None]
            assert sum(told, Decimal(0)) == (found[total][""] or 0), code
    for code in SHARES:
        told = [value for value in found[code].values() if value is not None]
        if told:
            assert abs(sum(told) - 1) < Decimal("1e-8"), code


@settings(max_examples=15, deadline=None)
@given(rows=loan_rows)
def test_an_index_lies_between_one_nth_and_one(con: Any, load_frames: Any, rows: list[dict[str, Any]]) -> None:
    """A Herfindahl-Hirschman index of n members is in [1/n, 1], and 1 for a single one."""
    load_frames(con, _frames(rows))
    found = _figures(con, *INDEXES, *SHARES)
    for code, shares in INDEXES.items():
        index, members = found[code][""], found[shares]
        if index is not None:
            assert Decimal(1) / len(members) - Decimal("1e-9") <= index <= 1
            if len(members) == 1:
                assert index == 1


@settings(max_examples=8, deadline=None)
@given(rows=loan_rows, order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    con: Any, load_frames: Any, rows: list[dict[str, Any]], order: Any
) -> None:
    """The same loans in another order give the same table of indicators."""
    rows = [{"iou_no": str(place), "borrower_pid": f"b{place % 3}", **row} for place, row in enumerate(rows)]
    load_frames(con, _frames(rows))
    before = _table(con)
    order.shuffle(rows)
    load_frames(con, _frames(rows))
    assert _table(con) == before


@settings(max_examples=8, deadline=None)
@given(rows=loan_rows)
def test_a_loan_in_two_parts_leaves_every_balance_and_ratio(
    con: Any, load_frames: Any, rows: list[dict[str, Any]]
) -> None:
    """Splitting each loan into two of the same kind changes the counts of loans and nothing else."""
    rows = [{"borrower_pid": f"b{place}", **row} for place, row in enumerate(rows)]
    load_frames(con, _frames(rows))
    before = _figures(con)
    parts = []
    for row in rows:
        first = row["balance_cents"] // 3
        parts += [{**row, "balance_cents": first}, {**row, "balance_cents": row["balance_cents"] - first}]
    load_frames(con, _frames(parts))
    after = _figures(con)
    counts = {code for code, one in catalog.indicators().items() if one.unit == "count"}
    for code in before.keys() - counts:
        assert after[code] == before[code], code
    assert (after["BAL-LOANS"][""] or 0) == 2 * (before["BAL-LOANS"][""] or 0)


def test_closed_loans_are_in_no_figure_of_stock(con: Any, load_frames: Any, frames: Mapping[str, pl.DataFrame]) -> None:
    """Taking settled, written-off and transferred loans off the tape changes no figure of the books."""
    load_frames(con, frames)
    before = _figures(con)
    open_loans = frames["loan"].filter(~pl.col("loan_status").str.starts_with("LF").fill_null(False))
    assert 0 < open_loans.height < frames["loan"].height
    load_frames(con, {**frames, "loan": open_loans})
    after = _figures(con)
    about_stock = {code for code, one in catalog.indicators().items() if one.grain in ("stock", "cofunded")}
    for code in before.keys() & about_stock:
        assert after[code] == before[code], code
    assert after["DSC-SHEET"] != before["DSC-SHEET"]


def _table(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    measure(con, CN, Period.parse("2026-10"), list(catalog.indicators().values()), silent())
    return con.execute("SELECT * FROM indicators").fetchall()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("('a', 5.00), ('a', NULL), ('b', NULL)", {"a": Decimal("5.00"), "b": None, "c": Decimal(0)}),
        ("('b', NULL), ('b', NULL)", {"a": Decimal(0), "b": None, "c": Decimal(0)}),
        ("", {"a": None, "b": None, "c": None}),
    ],
    ids=["one has an amount", "nobody has an amount", "no rows"],
)
def test_a_declared_member_is_nothing_or_unknown(rows: str, expected: Mapping[str, Decimal | None]) -> None:
    """No rows: 0. Rows of which none has the amount: unknown, for null is not zero. A table without rows: unknown."""
    table = ibis.table({"kind": "string", "amount": "decimal(18, 2)"}, name="told")
    figures = by(table, table.kind, numerator=table.amount.sum(), members=("a", "b", "c"))
    with duckdb.connect() as con:
        con.execute("CREATE TABLE told (kind VARCHAR, amount DECIMAL(18, 2))")
        if rows:
            con.execute(f"INSERT INTO told VALUES {rows}")
        found = con.execute(
            f"SELECT member, numerator FROM ({ibis.to_sql(figures.table, dialect='duckdb')})"
        ).fetchall()
    assert dict(found) == expected
