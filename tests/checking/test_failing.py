"""When a rule fails, asked the quick way: exactly the rows on which the rule as it is written does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import reduce
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.checking import size, texts
from loantape.checking.compile import compile_grain
from loantape.checking.failing import NEVER, All, Leaf, Some, leaves, render
from loantape.checking.together import arranged
from loantape.declare import Confidence, Rule, Severity

AMOUNT = dt.Decimal(18, 2)
COLUMNS = {"a": AMOUNT, "b": AMOUNT, "n": dt.int32, "s": dt.string, "u": dt.string, "d": dt.date}
TYPES = {"a": "DECIMAL(18,2)", "b": "DECIMAL(18,2)", "n": "INTEGER", "s": "VARCHAR", "u": "VARCHAR", "d": "DATE"}
COLUMNS |= {"f": dt.boolean, "e": dt.date}
WORDS = ("", "x", "xy", "yx", "it's", "\0", "汉", "N1", "CN")
Built = Callable[[Any], Any]

ATOMS: list[Built] = [
    lambda t: t.a > 5,
    lambda t: t.a == t.b,
    lambda t: t.a.cast("decimal(38, 2)") + t.b <= t.a,
    lambda t: (t.a.cast("decimal(38, 2)") - t.b).abs() >= 1,
    lambda t: t.a.cast("decimal(38, 2)") * t.b > 0,
    lambda t: t.a.cast("decimal(38, 6)") * ibis.literal(Decimal("0.50")) >= t.b,
    lambda t: t.n != 1,
    lambda t: t.n.isin((0, 1)),
    lambda t: t.s.right(1) == "x",
    lambda t: t.s.right(1).isin(("x", "y", "")),
    lambda t: t.s.re_search("[xy]"),
    lambda t: t.s.isin(("x", "N1", "it's")),
    lambda t: t.s.length() < 2,
    lambda t: t.s.re_replace("^x+", "").length() < t.n,
    lambda t: t.s == t.u,
    lambda t: t.u.startswith("C"),
    lambda t: t.u.notin(("x", "汉")),
    lambda t: t.s.isnull(),
    lambda t: t.u.notnull(),
    lambda t: t.d <= ibis.date(2026, 1, 2),
    lambda t: t.d.delta(t.e, unit="day") >= t.n,
    lambda t: t.n > t.e.delta(ibis.coalesce(t.d, t.e), unit="day"),
    lambda t: t.b > t.a.cast("decimal(38, 6)") * ibis.literal(Decimal("0.50")),
    lambda t: t.b != t.a.cast("decimal(38, 6)") * ibis.literal(Decimal("1.5")),
    lambda t: t.f,
    lambda t: (t.n > 0).ifelse(t.s == "x", t.u == "x"),
]  # fmt: skip


def negated(one: Built) -> Built:
    return lambda t: ~one(t)


def filled(one: Built, value: bool) -> Built:
    return lambda t: one(t).fill_null(value)


def joined(parts: list[Built], both: bool) -> Built:
    return lambda t: reduce(lambda one, two: one & two if both else one | two, (part(t) for part in parts))


booleans = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.builds(negated, inner),
        st.builds(filled, inner, st.booleans()),
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.booleans()),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Rows that put every atom to the test, nulls included."""
    with duckdb.connect() as opened:
        opened.execute(f"CREATE TABLE t ({', '.join(f'{n} {k}' for n, k in TYPES.items())}, f BOOLEAN, e DATE)")
        amounts, days = (None, "5.00", "5.01", "-3"), (None, "2026-01-02", "2026-01-03")
        for n in range(400):
            words = (*WORDS, None)
            row = (
                amounts[n % 4], amounts[n // 4 % 4], (None, 0, 1, 2)[n // 2 % 4], words[n % 10], words[n * 7 // 3 % 10],
                days[n % 3], (None, True, False)[n // 5 % 3], days[n // 7 % 3],
            )  # fmt: skip
            opened.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        yield opened


def rows(con: duckdb.DuckDBPyConnection, condition: str, source: str = "t AS t0") -> list[Any]:
    return con.execute(f"SELECT t0.rowid FROM {source} WHERE {condition} ORDER BY 1").fetchall()


@given(booleans)
def test_a_condition_is_true_where_its_rule_is_false(con: duckdb.DuckDBPyConnection, holds: Built) -> None:
    """With sums in 64 or 128 bits, and with its texts judged once a value, it finds the rows the predicate fails on."""
    (predicate,) = compile_grain("t", COLUMNS, [("T-001", holds)])
    assert predicate.fails is not None
    expected = rows(con, f"NOT ({predicate.sql})")
    assert rows(con, render(predicate.fails, {})) == expected
    assert rows(con, render(predicate.fails, {}, wide=True)) == expected
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(size, "_LARGE", 0)
        patched.setattr(texts, "_SEVERAL", 1)
        with texts.judged(con, "t", 400, {7: predicate.fails}) as told:
            assert set(told.known) <= {leaf.wide for leaf in leaves(predicate.fails) if leaf.text}
            assert rows(con, render(predicate.fails, told.known)) == expected
            for hot in told.hot:
                joined = render(predicate.fails, hot.known, parts=hot.parts)
                assert hot.numbers == (7,) and joined != render(predicate.fails, told.known)
                assert rows(con, joined, hot.joined("t")) == expected


def test_texts_are_judged_by_their_values(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition no value meets is never asked; one that few values meet compares with them; a null is a value."""
    monkeypatch.setattr(size, "_LARGE", 0)
    never, few, null, most, unsaid = (
        Leaf(sql, sql, "s")
        for sql in (
            "t0.s ~ '[0-9]{9}'",
            "t0.s ~ '.y|it.*'",
            "coalesce(t0.s, 'z') = 'z'",
            "t0.s IS NULL OR t0.s <> 'x'",
            "t0.s = chr(0)",
        )
    )
    with texts.judged(con, "t", 400, {1: All((never, few)), 2: Some((null, most, unsaid))}) as told:
        known = told.known
    assert known[never.wide] == NEVER
    assert known[few.wide] == "t0.\"s\" IN ('it''s', 'xy')"
    assert known[null.wide] == 't0."s" IS NULL'
    assert render(All((never, few)), known) == NEVER
    assert render(Some((never, few)), known) == known[few.wide]
    assert known[most.wide] == '(t0."s" NOT IN (\'x\') OR t0."s" IS NULL)'
    assert unsaid.wide not in known  # its only value is no literal


@given(st.lists(booleans, min_size=1, max_size=24))
def test_each_condition_is_asked_once_however_they_are_arranged(
    con: duckdb.DuckDBPyConnection, built: list[Built]
) -> None:
    """What has its own scan and what shares one is everything, and written in another order it says the same."""
    predicates = compile_grain("t", COLUMNS, [(f"T-{n:03}", holds) for n, holds in enumerate(built)])
    conditions = {n: one.fails for n, one in enumerate(predicates) if one.fails is not None}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(size, "_LARGE", 0)
        found = arranged(con, "t", 400, conditions, {n: predicates[n].columns for n in conditions}, {})
    assert sorted([*found.alone, *(n for scan in found.together for n in scan)]) == sorted(conditions)
    assert all(len(scan) <= 8 for scan in found.together)
    for condition in conditions.values():
        assert rows(con, render(condition, {}, share=found.share)) == rows(con, render(condition, {}))


def test_sums_that_do_not_fit_into_64_bits_are_made_again_in_128(
    empty_submission: duckdb.DuckDBPyConnection, fill: Callable[..., None], run: Callable[..., Any]
) -> None:
    """Amounts at the end of their range add up, and the rules asked beside are answered too."""
    most = "9999999999999999.99"
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": "A", "balance_amount": most, "own_balance_amount": most, "loan_amount": "1"},
            {"iou_no": "B", "balance_amount": "1", "own_balance_amount": "2", "loan_amount": "5"},
        ],
    )
    sums = Rule(
        "BAD-001", "loan", Severity.ERROR, ("balance_amount",), "x", Confidence.OWN, "x", "x", ({},), ({},),
        lambda loan, limits: loan.balance_amount.cast("decimal(38, 2)") + loan.own_balance_amount <= 10,
    )  # fmt: skip
    beside = Rule(
        "BAD-002", "loan", Severity.ERROR, ("balance_amount",), "x", Confidence.OWN, "x", "x", ({},), ({},),
        lambda loan, limits: loan.loan_amount <= 1,
    )  # fmt: skip
    run(empty_submission, [sums, beside])
    found = empty_submission.execute("SELECT rule, key FROM findings WHERE rule LIKE 'BAD-%' ORDER BY ALL").fetchall()
    assert found == [("BAD-001", "A"), ("BAD-002", "B")]
