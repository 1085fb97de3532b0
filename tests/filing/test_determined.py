"""A filed column whose sources cannot be determined is refused, naming folder, table, column and what to do."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog, kept
from loantape.declare import FiledColumn, Filing, FilingContext
from loantape.errors import ConfigurationError
from loantape.filing import make, outgoing
from loantape.lineage import determined
from loantape.lineage.recorded import Relations
from loantape.progress import silent

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "zz_example" / "filing.py"
_SELECT = (
    "SELECT product_name AS product, count(*) AS loans, CAST(sum(balance_amount) AS DECIMAL(38, 2)) AS balance"
    " FROM tape_loan GROUP BY product_name"
)


@pytest.fixture
def example() -> Filing:
    """The example of the how-to page."""
    found: Filing = runpy.run_path(str(EXAMPLE))["FILING"]
    return found


def made_by(*statements: str) -> Callable[[Any, FilingContext], None]:
    """A prepare of these statements; OUT is the outgoing table."""

    def prepare(con: Any, context: FilingContext) -> None:
        for statement in statements:
            con.execute(statement.replace("OUT", "out_zz_example__products"))

    return prepare


MADE_BY_HAND = (
    "CREATE TEMP TABLE by_hand (product VARCHAR, rate DECIMAL(8, 2))",
    "INSERT INTO by_hand VALUES ('Cash', 2)",
)
# what is wrong: the statements, the column that is named, words of the refusal
WRONG: dict[str, tuple[tuple[str, ...], str, str]] = {
    "a table that no statement of sources made": (
        (
            *MADE_BY_HAND,
            f"CREATE TEMP VIEW OUT AS SELECT t.product, t.loans, CAST(t.balance * h.rate AS DECIMAL(38, 2)) AS balance"
            f" FROM ({_SELECT}) AS t LEFT JOIN by_hand AS h ON TRUE",
        ),
        "column 3 (Balance), made as balance",
        "by_hand is neither delivered nor made by a statement",
    ),
    "a scalar from such a table": (
        (
            *MADE_BY_HAND,
            f"CREATE TEMP VIEW OUT AS SELECT t.product, t.loans, CAST(t.balance * (SELECT max(rate) FROM by_hand)"
            f" AS DECIMAL(38, 2)) AS balance FROM ({_SELECT}) AS t",
        ),
        "column 3 (Balance), made as balance",
        "by_hand is neither delivered",
    ),
    "a table changed after it was made": (
        (
            f"CREATE TEMP TABLE OUT AS {_SELECT}",
            "UPDATE OUT SET balance = balance + 1",
        ),
        "column 1 (Product), made as product",
        "changed after it was made",
    ),
    "a file beside the tape": (
        (
            "CREATE TEMP VIEW OUT AS SELECT t.product, t.loans, CAST(t.balance AS DECIMAL(38, 2)) AS balance FROM"
            f" ({_SELECT}) AS t SEMI JOIN glob('*') AS files ON files.file <> t.product",
        ),
        "column 1 (Product), made as product",
        "GLOB('*') cannot be followed",
    ),
    "a column that is not there": (
        (f"CREATE TEMP VIEW OUT AS SELECT product, loans, balance AS amount FROM ({_SELECT})",),
        "column 3 (Balance), made as balance",
        "there is no column 'balance'",
    ),
    "no table at all": (
        ("CREATE TEMP TABLE OUT (product VARCHAR, loans BIGINT, balance DECIMAL(38, 2))",),
        "column 1 (Product), made as product",
        "no statement of prepare makes out_zz_example__products",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_column_without_determined_sources_stops_the_filing(
    tape: Callable[..., Any], context: FilingContext, folder: Path, example: Filing, what: str
) -> None:
    """Nothing is rendered, and who wrote the folder is told where and what to do."""
    statements, column, words = WRONG[what]
    bad = replace(example, prepare=made_by(*statements))
    with pytest.raises(ConfigurationError) as refused:
        make.render(tape([{}]), bad, context, folder / "files", None, None, silent())
    said = refused.value.what
    assert said.startswith("templates/zz_example: table PRODUCTS") and column in said and words in said, said
    assert refused.value.next_step and not list(folder.iterdir())


def test_a_reason_beside_sources_is_refused(tape: Callable[..., Any], context: FilingContext, example: Filing) -> None:
    """A column that says nothing is read for it, and reads the tape, would be shown as both."""
    (table,) = example.tables
    *others, balance = table.columns
    wrong = replace(table, columns=(*others, replace(balance, why=("a constant", "固定值"))))
    said = r"column 3 \(Balance\).*reads tape_loan.balance_amount"
    prepared = outgoing.prepared(tape([{}]), replace(example, tables=(wrong,)), context)
    with pytest.raises(ConfigurationError, match=said), prepared:
        pass


def test_a_place_that_names_no_column_and_no_reason_is_refused_when_the_catalog_loads(
    monkeypatch: pytest.MonkeyPatch, example: Filing
) -> None:
    """So is a folder without filed tables: neither needs a connection."""
    (table,) = example.tables
    bare = replace(table, columns=(*table.columns, FiledColumn("4", "Remark", "备注")))
    for wrong, words in (
        ((bare,), r"templates/zz_example: table PRODUCTS, column 4 \(Remark\)"),
        ((), "no filed table"),
    ):
        found = replace(example, tables=wrong)
        monkeypatch.setattr(catalog, "_collect", lambda *_, found=found: [found])
        catalog.filings.cache_clear()
        try:
            with pytest.raises(ConfigurationError, match=words):
                catalog.filings()
        finally:
            monkeypatch.undo()
            catalog.filings.cache_clear()


def test_what_was_followed_is_not_followed_again(
    tape: Callable[..., Any],
    context: FilingContext,
    example: Filing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer is on disk: another process that runs the same statements reads none; other statements are read."""
    read: list[str] = []
    qualified = Relations._qualified

    def counted(relations: Relations, name: str) -> Any:
        read.append(name)
        return qualified(relations, name)

    monkeypatch.setattr(Relations, "_qualified", counted)
    other = replace(example, prepare=made_by(f"CREATE TEMP VIEW OUT AS {_SELECT.replace('count(*)', 'count(iou_no)')}"))
    for filing, times in ((example, 1), (example, 0), (other, 1), (other, 0)):
        # a file of its own, opened anew, as another process would
        monkeypatch.setattr(determined.kept, "of_lineage", lambda: kept.Kept(tmp_path / "lineage.pickle"))
        read.clear()
        with outgoing.prepared(tape([{}]), filing, context):
            assert len(read) == times
