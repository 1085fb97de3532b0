"""The row-level difference: equal to one made slowly in plain Python, whatever the two tapes hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.compare import ADDED, CHANGED, REMOVED, Comparison, TableChange, comparing, pair
from loantape.compare.table import DIFFERENCE, TableComparison
from loantape.declare import Period
from loantape.errors import ConfigurationError, UnknownSubmission
from loantape.progress import silent
from loantape.store import Store

Row = tuple[Any, ...]
AT = datetime(2026, 11, 3)
COLUMNS = {
    "instalment": ("iou_no VARCHAR", "instalment_no INTEGER", "due_date DATE", "due_principal_amount DECIMAL(18,2)"),
    "loan": (
        *("iou_no VARCHAR", "currency VARCHAR", "product_name VARCHAR", "is_revolving BOOLEAN"),
        *("balance_amount DECIMAL(18,2)", "days_past_due INTEGER"),
    ),
}
KEYS = {"instalment": 2, "loan": 1}
OTHERS = """CREATE TABLE {side}.accepted_runs (table_name VARCHAR, file VARCHAR, first_row BIGINT, last_row BIGINT,
    first_line BIGINT);
CREATE TABLE {side}.unparsed (table_name VARCHAR, "row" BIGINT, field VARCHAR, text VARCHAR);"""


@contextmanager
def compared(
    old: Sequence[Row],
    new: Sequence[Row],
    table: str = "loan",
    unparsed: Mapping[str, Sequence[tuple[int, str, str]]] | None = None,
) -> Iterator[tuple[TableChange, Comparison]]:
    """The comparison of two tapes of one table, in memory; row 0 of a side is line 2 of its file."""
    with duckdb.connect(config={"threads": 1}) as con:
        for side, rows in (("old", old), ("new", new)):
            con.execute(f"ATTACH ':memory:' AS {side}")
            con.execute(OTHERS.format(side=side))
            con.execute(f"CREATE TABLE {side}.tape_{table} ({', '.join(COLUMNS[table])})")
            if rows:
                marks = ", ".join("?" for _ in COLUMNS[table])
                con.executemany(f"INSERT INTO {side}.tape_{table} VALUES ({marks})", rows)
            runs = [table, f"{table}.csv", 0, len(rows) - 1, 2]
            con.execute(f"INSERT INTO {side}.accepted_runs VALUES (?, ?, ?, ?, ?)", runs)
            for one in (unparsed or {}).get(side, ()):
                con.execute(f"INSERT INTO {side}.unparsed VALUES (?, ?, ?, ?)", [table, *one])
        con.execute(DIFFERENCE)
        change = TableComparison(con, 0, table).compare()
        yield change, Comparison(con, "old", "new", [], [change])


def expected(table: str, old: Sequence[Row], new: Sequence[Row]) -> Counter[tuple[Any, ...]]:
    """The same difference, row by row: (change, key, field, old value, new value, old line, new line, paired)."""
    names = [column.split()[0] for column in COLUMNS[table]]
    size = KEYS[table]
    counts = [Counter(row[:size] for row in side) for side in (old, new)]

    def unpaired(row: Row) -> bool:
        return None in row[:size] or any(count[row[:size]] > 1 for count in counts)

    def key(row: Row) -> str:
        return "/".join("" if part is None else str(part) for part in row[:size])

    def text(value: Any) -> str | None:
        return value if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    found: Counter[tuple[Any, ...]] = Counter()
    there = {row[:size]: (line, row) for line, row in enumerate(new, 2) if not unpaired(row)}
    for line, row in enumerate(old, 2):
        if unpaired(row):
            continue
        if row[:size] not in there:
            found[REMOVED, key(row), None, None, None, line, None, True] += 1
            continue
        other_line, other = there.pop(row[:size])
        for name, one, two in zip(names, row, other, strict=True):
            if one != two:
                found[CHANGED, key(row), name, text(one), text(two), line, other_line, True] += 1
    for line, row in there.values():
        found[ADDED, key(row), None, None, None, None, line, True] += 1
    # rows without a key of their own: as many of each as the other side does not have
    loose = [Counter(row for row in side if unpaired(row)) for side in (old, new)]
    for side, change in ((0, REMOVED), (1, ADDED)):
        for row, times in (loose[side] - loose[1 - side]).items():
            # the last of the equal ones have no counterpart
            lines = [line for line, one in enumerate((old, new)[side], 2) if one == row][-times:]
            for line in lines:
                ends = (line, None) if side == 0 else (None, line)
                found[(change, key(row), None, None, None, *ends, False)] += 1
    return found


def reported(comparison: Comparison) -> Counter[tuple[Any, ...]]:
    names = ("change", "key", "field", "old", "new", "old_line", "new_line", "paired")
    return Counter(tuple(row[name] for name in names) for row in comparison.rows())


AMOUNTS = st.none() | st.decimals(-99999, 99999, places=2)
LOANS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(["a", "b", "c", "d", "e/1", "-1"]),
        st.none() | st.sampled_from(["CNY", "USD"]),
        st.none() | st.sampled_from(["", "x", "借呗", "null", "'"]),
        st.none() | st.booleans(),
        AMOUNTS,
        st.none() | st.integers(0, 2),
    ),
    max_size=9,
)
INSTALMENTS = st.lists(
    st.tuples(st.none() | st.sampled_from("ab"), st.none() | st.integers(1, 2), st.none() | st.dates(), AMOUNTS),
    max_size=9,
)


def check_against_plain_python(table: str, old: Sequence[Row], new: Sequence[Row]) -> TableChange:
    wanted = expected(table, old, new)
    with compared(old, new, table) as (change, comparison):
        assert reported(comparison) == wanted
    rows = {kind: {(one[1], one[5], one[6]) for one in wanted if one[0] == kind} for kind in (ADDED, REMOVED, CHANGED)}
    assert (change.added, change.removed, change.changed) == tuple(len(rows[k]) for k in (ADDED, REMOVED, CHANGED))
    assert change.old_rows - change.removed + change.added == change.new_rows
    assert change.same == len(old) - change.removed - change.changed
    counted = Counter(one[2] for one in wanted if one[0] == CHANGED)
    assert dict(change.fields) == dict(counted)
    return change


@settings(max_examples=40)
@given(LOANS, LOANS)
def test_the_difference_is_that_of_plain_python(old: list[Row], new: list[Row]) -> None:
    """Every added, removed and changed row, field, value and line is what a slow second implementation finds."""
    change = check_against_plain_python("loan", old, new)
    money = {(one.field, one.currency): (one.old, one.new, one.difference) for one in change.money}
    for code in {row[1] or "" for row in (*old, *new)}:
        sums = [[row[4] for row in side if (row[1] or "") == code and row[4] is not None] for side in (old, new)]
        if any(sums):
            totals = [sum(one, Decimal(0)) for one in sums]
            shown = [total if one else None for total, one in zip(totals, sums, strict=True)]
            assert money.pop(("balance_amount", code)) == (*shown, totals[1] - totals[0])
    assert not money


@settings(max_examples=40)
@given(INSTALMENTS, INSTALMENTS)
def test_a_key_of_two_parts_pairs_rows_by_both(old: list[Row], new: list[Row]) -> None:
    """With keys of several parts, some empty and some repeated, the difference is that of plain Python too."""
    check_against_plain_python("instalment", old, new)


@settings(max_examples=40)
@given(LOANS)
def test_a_tape_does_not_differ_from_itself(rows: list[Row]) -> None:
    """The same rows in another order differ in nothing, repeated and empty keys included."""
    with compared(rows, rows[::-1]) as (change, comparison):
        assert comparison.is_empty and not list(comparison.rows())
        assert change.same == len(rows)
        assert all(one.difference == 0 for one in change.money)


def test_a_repeated_key_invents_no_pair() -> None:
    """One row where there were two of that key is one removed, one equal, and never a changed row."""
    old = [("a", "CNY", "x", True, Decimal(1), 0), ("a", "CNY", "x", True, Decimal(2), 0)]
    with compared(old, old[1:]) as (change, comparison):
        assert (change.added, change.removed, change.changed, change.unpaired_old, change.unpaired_new) == (
            0,
            1,
            0,
            2,
            1,
        )
        (row,) = comparison.rows()
    assert (row["change"], row["key"], row["old_line"], row["paired"]) == (REMOVED, "a", 2, False)


def test_texts_that_did_not_parse_are_compared_as_delivered() -> None:
    """A value that became readable shows the old text beside the new value; two unreadable ones are told apart."""
    old = [("a", "CNY", "x", True, None, 0), ("b", "CNY", "x", True, None, 0), ("c", "CNY", "x", True, None, 0)]
    new = [("a", "CNY", "x", True, Decimal("12.00"), 0), *old[1:]]
    texts = {
        "old": [(0, "balance_amount", "12,00"), (1, "balance_amount", "n/a"), (2, "balance_amount", "?")],
        "new": [(1, "balance_amount", "none"), (2, "balance_amount", "?")],
    }
    with compared(old, new, unparsed=texts) as (change, comparison):
        assert change.changed == 2
        shown = [(row["key"], row["field"], row["old"], row["new"]) for row in comparison.rows()]
    assert shown == [("a", "balance_amount", "12,00", "12.00"), ("b", "balance_amount", "n/a", "none")]


def test_personal_numbers_in_free_text_are_masked() -> None:
    """A phone number that found its way into a text field shows its ends only, and the change is still there."""
    old, new = [("a", "CNY", "call 13812345678", True, None, 0)], [("a", "CNY", "call 13912345678", True, None, 0)]
    with compared(old, new) as (_, comparison):
        (row,) = comparison.rows()
    assert (row["old"], row["new"]) == ("call 138***78", "call 139***78")


def test_rows_can_be_chosen_and_paged() -> None:
    """Pages of a table's or a kind's rows put together are all of them, in the tape's order."""
    old = [(str(n), "CNY", "x", True, Decimal(n), 0) for n in range(20)]
    new = [(str(n), "CNY", "y", True, Decimal(n), 0) for n in range(5, 25)]
    with compared(old, new) as (_, comparison):
        everything = list(comparison.rows())
        pages = [list(comparison.rows(limit=7, offset=at)) for at in range(0, 28, 7)]
        assert [row for page in pages for row in page] == everything
        added = list(comparison.rows("loan", ADDED))
    assert [row["new_line"] for row in added] == [17, 18, 19, 20, 21]
    assert [row["old_line"] for row in everything if row["change"] != ADDED] == list(range(2, 22))


def test_fields_that_only_one_tape_has_are_named() -> None:
    """Where the tape's own shape changed in between, the fields of one side are named and not compared."""
    with duckdb.connect(config={"threads": 1}) as con:
        for side, columns in (("old", "iou_no VARCHAR"), ("new", "iou_no VARCHAR, channel VARCHAR")):
            con.execute(f"ATTACH ':memory:' AS {side}")
            con.execute(OTHERS.format(side=side))
            con.execute(f"CREATE TABLE {side}.tape_loan ({columns})")
        con.execute(DIFFERENCE)
        change = TableComparison(con, 0, "loan").compare()
    assert list(change.not_compared) == ["channel"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", threads=1)


@pytest.fixture
def deliver(store: Store) -> Callable[..., str]:
    """Adds an empty submission, read unless told otherwise."""

    def add(
        content: str, sequence: int = 0, period: str = "2026-10", lender: str = "demo_cashloan", read: bool = True
    ) -> str:
        name, _ = store.add_submission(
            lender, Period.parse(period), content * 64, AT, lambda folder: (folder / "original").mkdir(), sequence
        )
        if read:
            with store.editing(name, "read", AT) as con:
                con.execute("CREATE TABLE files (file VARCHAR, bytes BIGINT, sha256 VARCHAR, physical_lines BIGINT)")
                con.execute('CREATE TABLE unparsed (table_name VARCHAR, "row" BIGINT, field VARCHAR, text VARCHAR)')
                con.execute("INSERT INTO files VALUES ('loan.csv', 1, ?, 1), ('same.csv', 2, 's', 2)", [content])
                con.execute(f"INSERT INTO files VALUES ('only_{content}.csv', 3, 'o', 3)")
        return name

    return add


def test_one_name_means_the_version_that_counted_before(store: Store, deliver: Callable[..., str]) -> None:
    """The pair follows the order in which versions count, which is not the order of arrival when senders state it."""
    deliver("c", 3)
    deliver("a", 1)
    deliver("b", 2)
    assert pair(store, "demo_cashloan/2026-10") == ("demo_cashloan/2026-10/v3", "demo_cashloan/2026-10/v1")
    assert pair(store, "demo_cashloan/2026-10/v3") == ("demo_cashloan/2026-10/v2", "demo_cashloan/2026-10/v3")
    assert pair(store, "demo_cashloan/2026-10/v1", "demo_cashloan/2026-10/v2")[1].endswith("v2")
    with pytest.raises(UnknownSubmission, match="no version before it"):
        pair(store, "demo_cashloan/2026-10/v2")


def test_files_are_compared_by_their_hash(store: Store, deliver: Callable[..., str]) -> None:
    """Each delivered file is the same, changed, added or removed."""
    old, new = deliver("a"), deliver("b")
    with comparing(store, old, new, silent()) as comparison:
        assert [(one.file, one.change) for one in comparison.files] == [
            ("loan.csv", "changed"),
            ("only_a.csv", "removed"),
            ("only_b.csv", "added"),
            ("same.csv", "same"),
        ]


def test_what_cannot_be_compared_is_refused_in_words(store: Store, deliver: Callable[..., str]) -> None:
    """Two lenders, or a submission that has no tape yet, end in a clear error."""
    old, unread, other = deliver("a"), deliver("b", read=False), deliver("c", lender="demo_platform")
    with pytest.raises(ConfigurationError, match="has not been read"), comparing(store, old, unread, silent()):
        pass
    with pytest.raises(ConfigurationError, match="two lenders"), comparing(store, old, other, silent()):
        pass
