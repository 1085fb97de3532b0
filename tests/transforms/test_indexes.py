"""What holds of every index of concentration, and what it is where the answer is known in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import ibis
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from loantape.measure.tables import sql
from transforms.concentration.indexes import gini, hhi, normalised_hhi, top_shares
from transforms.distributions import quantiles
from transforms.shapes import shares

TABLE = ibis.table({"loan_row": "int64", "member": "string", "amount": "decimal(18, 2)"}, "t")
SHAPES = {
    "hhi": hhi(TABLE, TABLE.member, TABLE.amount),
    "normalised": normalised_hhi(TABLE, TABLE.member, TABLE.amount),
    "gini": gini(TABLE, TABLE.member, TABLE.amount),
    "top": top_shares(TABLE, TABLE.member, TABLE.amount, (1, 5, 10, 20)),
    "shares": shares(TABLE, TABLE.member, TABLE.amount),
    "deciles": quantiles(TABLE, TABLE.amount, range(0, 101, 10)),
}
STATEMENTS = {name: sql(getattr(shape, "table", shape)) for name, shape in SHAPES.items()}
Row = tuple[str | None, int]  # member, cents
rows = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.integers(0, 10**12)), min_size=1, max_size=25)
quick = settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
Told = Callable[[str, list[Row]], dict[str, Fraction | None]]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """A function from a shape and rows to value by member; null where there is none."""
    with duckdb.connect() as con:

        def value(shape: str, given: list[Row]) -> dict[str, Fraction | None]:
            con.execute("CREATE OR REPLACE TABLE t (loan_row BIGINT, member VARCHAR, amount DECIMAL(18, 2))")
            cells = ", ".join(
                f"({place}, {'NULL' if name is None else repr(name)}, {Decimal(cents).scaleb(-2)})"
                for place, (name, cents) in enumerate(given)
            )
            con.execute(f"INSERT INTO t VALUES {cells}")
            found = con.execute(f"SELECT member, numerator, denominator FROM ({STATEMENTS[shape]})").fetchall()
            return {
                member: None if part is None or not whole else Fraction(part) / Fraction(whole)
                for member, part, whole in found
            }

        yield value


def members(given: list[Row]) -> int:
    """How many members have a sum above zero."""
    return len({name for name, cents in given if cents > 0})


@quick
@given(rows)
def test_indexes_stay_in_their_range(told: Told, given: list[Row]) -> None:
    """HHI in [1/n, 1], normalised in [0, 1], Gini in [0, (n - 1)/n]; one member has 1, none and 0."""
    n = members(given)
    index, normal, inequality = (told(name, given)[""] for name in ("hhi", "normalised", "gini"))
    if n == 0:
        assert (index, normal, inequality) == (None, None, None)
    elif n == 1:
        assert (index, normal, inequality) == (1, None, 0)
    else:
        assert index is not None and normal is not None and inequality is not None
        assert Fraction(1, n) <= index <= 1
        assert 0 <= normal <= 1 and normal == (index - Fraction(1, n)) / (1 - Fraction(1, n))
        assert 0 <= inequality <= Fraction(n - 1, n)


@quick
@given(rows)
def test_the_largest_have_more_the_more_they_are(told: Told, given: list[Row]) -> None:
    """Top shares rise with k and stay below 1; all known members together have what is not unknown."""
    found = [told("top", given)[str(k)] for k in (1, 5, 10, 20)]
    if all(cents == 0 or name is None for name, cents in given):
        assert found == [None] * 4
    else:
        values = [value for value in found if value is not None]
        assert values == sorted(values) and values[0] > 0 and values[-1] <= 1
        whole = sum(cents for _, cents in given)
        assert values[-1] == Fraction(sum(cents for name, cents in given if name is not None), whole)


@quick
@given(rows)
def test_shares_add_up_to_one(told: Told, given: list[Row]) -> None:
    """The shares of all members, unknown ones included, are 1 together, unless there is nothing to share."""
    found = list(told("shares", given).values())
    assert found == [None] * len(found) or sum(value or 0 for value in found) == 1


@quick
@given(rows, st.randoms(use_true_random=False))
def test_order_and_splitting_do_not_matter(told: Told, given: list[Row], order: Any) -> None:
    """The rows in another order, and each cut in two, give the same indexes."""
    other = [(name, part) for name, cents in given for part in (cents // 3, cents - cents // 3)]
    order.shuffle(other)
    for shape in ("hhi", "normalised", "gini", "top", "shares"):
        assert told(shape, other) == told(shape, given), shape


@quick
@given(rows)
def test_merging_two_members_never_lowers_the_index(told: Told, given: list[Row]) -> None:
    """What two members had is at least as concentrated when one has it."""
    merged = [("a" if name == "b" else name, cents) for name, cents in given]
    before, after = told("hhi", given)[""], told("hhi", merged)[""]
    assert (before is None and after is None) or (before is not None and after is not None and after >= before)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50])
def test_equal_members_have_the_least_of_everything(told: Told, n: int) -> None:
    """n equal members: HHI 1/n, normalised 0, Gini 0, the largest has 1/n."""
    given: list[Row] = [(f"m{place}", 12_345) for place in range(n)]
    assert told("hhi", given) == {"": Fraction(1, n)}
    assert told("normalised", given) == {"": None if n == 1 else 0}
    assert told("gini", given) == {"": 0}
    assert told("top", given)["1"] == Fraction(1, n)


@pytest.mark.parametrize("n", [2, 3, 10, 41])
def test_an_arithmetic_series_has_its_closed_form(told: Told, n: int) -> None:
    """Members with 1, 2, ... n: HHI (4n + 2)/(3n(n + 1)), Gini (n - 1)/(3n), the largest 2/(n + 1)."""
    given: list[Row] = [(f"m{place}", place * 100) for place in range(1, n + 1)]
    assert told("hhi", given) == {"": Fraction(4 * n + 2, 3 * n * (n + 1))}
    assert told("gini", given) == {"": Fraction(n - 1, 3 * n)}
    assert told("top", given)["1"] == Fraction(2, n + 1)


def test_a_geometric_series_has_its_closed_form(told: Told) -> None:
    """Members with 1, 2, 4, ... 2^(n-1): HHI (2^n + 1)/(3 (2^n - 1))."""
    n = 12
    given: list[Row] = [(f"m{place}", 2**place) for place in range(n)]
    assert told("hhi", given) == {"": Fraction(2**n + 1, 3 * (2**n - 1))}


def test_a_decile_is_a_value_in_its_place(told: Told) -> None:
    """Of 1 to 10, the decile of 10 k percent is k; of 1 to 11, ceil(1.1 k)."""
    for n in (10, 11):
        found = told("deciles", [(None, place * 100) for place in range(1, n + 1)])
        assert found == {str(percent): max(1, -(-percent * n // 100)) for percent in range(0, 101, 10)}


def test_amounts_at_the_end_of_their_range_have_no_index(told: Told) -> None:
    """What would not fit the digits of a number is null, not wrong and not a crash."""
    given: list[Row] = [(name, 999_999_999_999_999_999) for name in "ab" for _ in range(100)]
    assert told("hhi", given) == told("gini", given) == told("normalised", given) == {"": None}
    assert told("top", given)["1"] == Fraction(1, 2)


@quick
@given(rows)
def test_what_rows_add_is_the_index(given: list[Row]) -> None:
    """The terms of the rows behind an index add up to its numerator and its denominator."""
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (loan_row BIGINT, member VARCHAR, amount DECIMAL(18, 2))")
        con.executemany(
            "INSERT INTO t VALUES (?, ?, ?)",
            [(place, name, Decimal(cents).scaleb(-2)) for place, (name, cents) in enumerate(given)],
        )
        for shape in ("hhi", "normalised", "gini"):
            ((part, whole),) = con.execute(f"SELECT numerator, denominator FROM ({STATEMENTS[shape]})").fetchall()
            (piece,) = SHAPES[shape].behind("")
            behind = con.execute(f"SELECT sum(numerator), sum(denominator) FROM ({sql(piece)}) AS rows").fetchall()
            assert behind == [(part, whole)], shape
