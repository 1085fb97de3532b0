"""Outgoing tables and the rules of their formats: counted, refused with rows and the way out, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import pandera.errors
import pytest

from loantape import catalog
from loantape.checking.compile import Shape, compile_grain
from loantape.declare import Confidence, Filing, FilingContext, Grain, Period, RenderedFile, Rule, Severity
from loantape.errors import FilingRefused, RuleCrashed
from loantape.filing import make, outgoing, refusal
from loantape.progress import silent
from schemas.formats import byte_length, format_rule
from tests.rules.test_examples import sql_type

ROWS = Grain(
    "rows",
    None,
    "out_test__rows",
    {"number": dt.string, "text": dt.string, "amount": dt.Decimal(18, 2)},
    key=("number",),
    has_rows=False,
)
KNOWN = replace(
    ROWS, name="rows_known", prepared={"is_known": (dt.boolean, "base.number IN (SELECT number FROM out_test__known)")}
)


def _rule(code: str, holds: Callable[[Any, Any], Any], on: str = "rows", field: str = "text", **more: Any) -> Rule:
    return format_rule(
        code,
        on=on,
        fields=(field,),
        cites="The test",
        confidence=Confidence.OWN,
        en=f"{code} holds.",
        zh=f"{code}成立。",
        passes=[{}],
        fails=[{field: "-1"}],
        **more,
    )(holds)


SHORT = _rule("T-SHORT", lambda t, _: byte_length(t.text) <= 6)
PRESENT = _rule("T-PRESENT", lambda t, _: t.text.notnull(), severity=Severity.WARNING, draft=True)
ONCE = _rule("T-ONCE", lambda t, _: t.number.count().over(ibis.window(group_by="number")) == 1, field="number")
TOTAL = _rule("T-TOTAL", lambda t, _: t.amount.sum() >= 0, field="amount")
FOUND = _rule("T-FOUND", lambda t, _: t.is_known, on="rows_known", field="number")


def _prepare(con: Any, context: FilingContext) -> None:
    con.execute("CREATE TEMP VIEW out_test__rows AS SELECT number, text, amount FROM given")
    con.execute("CREATE TEMP TABLE out_test__known AS SELECT * FROM (VALUES ('A'), ('B')) AS known(number)")


def _render(con: Any, folder: Path, context: FilingContext) -> list[RenderedFile]:
    (count,) = con.execute("SELECT count(*) FROM format_runs").fetchone()
    (folder / "made.txt").write_text(f"{count} rules")
    return [RenderedFile("made.txt", folder / "made.txt", None)]


FILING = Filing(
    "test", "T", "Test", "测试", "cn", (), False, _render, lambda folder: {"made.txt": (None, {})},
    prepare=_prepare, outgoing=(ROWS, KNOWN), rules=(SHORT, PRESENT, ONCE, TOTAL, FOUND),
)  # fmt: skip


@pytest.fixture
def given() -> Iterator[Callable[..., Any]]:
    con = duckdb.connect()

    def fill(*rows: tuple[str | None, str | None, int]) -> Any:
        con.execute("CREATE OR REPLACE TABLE given (number VARCHAR, text VARCHAR, amount DECIMAL(18, 2))")
        if rows:
            con.executemany("INSERT INTO given VALUES (?, ?, ?)", rows)
        return con

    yield fill
    con.close()


def render(con: Any, context: FilingContext, tmp_path: Path, filing: Filing = FILING) -> list[RenderedFile]:
    return make.render(con, filing, context, tmp_path / "files", None, None, silent())


def test_a_table_that_keeps_its_rules_is_rendered(
    given: Callable[..., Any], context: FilingContext, tmp_path: Path
) -> None:
    """Every rule is counted, warnings let the filing through, and only the counts stay on the connection."""
    con = given(("A", "文字", 1), ("B", None, 2))
    (file,) = render(con, context, tmp_path)
    assert file.path.read_text() == "5 rules"
    assert [(run["rule"], run["rows_checked"], run["rows_failed"], run["draft"]) for run in outgoing.runs(con)] == [
        ("T-SHORT", 2, 0, False),
        ("T-PRESENT", 2, 1, True),
        ("T-ONCE", 2, 0, False),
        ("T-TOTAL", 2, 0, False),
        ("T-FOUND", 2, 0, False),
    ]
    left = con.execute("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'temp'").fetchall()
    assert left == [("format_runs",)]


def test_what_breaks_a_rule_is_refused_with_rule_rows_and_way_out(
    given: Callable[..., Any], context: FilingContext, tmp_path: Path
) -> None:
    """All broken rules are named, each with its count, its source and its first rows, and no file is there."""
    con = given(("A", "文字文", 1), ("C", "x" * 90, -9), ("C", None, 0))
    with pytest.raises(FilingRefused) as refused:
        render(con, context, tmp_path)
    said = str(refused.value)
    for part in (
        "4 rule(s)", "T-SHORT holds. T-SHORT成立。 (The test [OWN]): 2 record(s)", "A (text: '文字文')",
        f"C (text: '{'x' * 40}…')", "T-ONCE", "T-TOTAL", "as a whole", "T-FOUND", "new delivery", "nothing was written",
    ):  # fmt: skip
        assert part in said, part
    assert "T-PRESENT" not in said
    assert not list(tmp_path.iterdir())


def test_personal_values_are_masked_in_a_refusal(
    given: Callable[..., Any], context: FilingContext, tmp_path: Path
) -> None:
    """Neither a number nor a regulator's hash of one is shown."""
    digest = "11010519491231" + "ae05564031c21338aa8a2e7266e7855c"
    con = given(("A", "电话13800000001号", 1), ("B", digest, 1))
    with pytest.raises(FilingRefused) as refused:
        render(con, context, tmp_path)
    assert "13800000001" not in str(refused.value)
    assert "ae05564031c2" not in str(refused.value)
    assert "19491231" not in str(refused.value)


def test_an_empty_table_keeps_every_rule(given: Callable[..., Any], context: FilingContext, tmp_path: Path) -> None:
    """No rows: nothing to refuse, and the counts say that nothing was looked at."""
    con = given()
    assert render(con, context, tmp_path)
    assert {run["rows_checked"] for run in outgoing.runs(con)} == {0}


def test_a_rule_that_crashes_is_our_fault(given: Callable[..., Any], context: FilingContext, tmp_path: Path) -> None:
    """A rule the database cannot run is an error of ours and no refusal; nothing is left behind."""
    crashing = _rule("T-CRASH", lambda t, _: t.text.cast("int64") > 0)
    con = given(("A", "secret words", 1))
    with pytest.raises(RuleCrashed, match="T-CRASH") as crashed:
        render(con, context, tmp_path, replace(FILING, rules=(crashing,)))
    assert "secret" not in str(crashed.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_month_before_is_refused(given: Callable[..., Any]) -> None:
    """A filing of movements needs the month before, not just any earlier one, unless its regulator allows a first."""
    filing = replace(FILING, needs_previous=True)
    october, september, august = (Period.parse(f"2026-{month}") for month in ("10", "09", "08"))
    refusal.refuse_without_previous(filing, "l/2026-10/v1", october, september)
    for before in (None, august):
        with pytest.raises(FilingRefused, match="2026-09") as refused:
            refusal.refuse_without_previous(filing, "l/2026-10/v1", october, before)
        assert "files without rows" in refused.value.next_step
    for other in (FILING, replace(filing, first_period="all rows are new")):
        refusal.refuse_without_previous(other, "l/2026-10/v1", october, None)


def test_the_month_before_is_attached_read_only(
    given: Callable[..., Any], context: FilingContext, tmp_path: Path
) -> None:
    """While a filing that needs it is made, the submission before is the catalog ``previous``; then it is gone."""
    before = tmp_path / "before.duckdb"
    with duckdb.connect(str(before)) as con:
        con.execute("CREATE TABLE tape_loan AS SELECT 'A' AS iou_no")

    def prepare(con: Any, context: FilingContext) -> None:
        assert con.execute("SELECT iou_no FROM previous.tape_loan").fetchall() == [("A",)]
        with pytest.raises(duckdb.Error):
            con.execute("DELETE FROM previous.tape_loan")
        _prepare(con, context)

    con = given(("A", None, 1))
    filing = replace(FILING, needs_previous=True, prepare=prepare)
    assert make.render(con, filing, context, tmp_path / "files", None, None, silent(), before)
    assert ("previous",) not in con.execute("SELECT database_name FROM duckdb_databases()").fetchall()


FORMATS = [(filing, rule) for filing in catalog.filings().values() for rule in filing.rules]


@pytest.mark.parametrize(("filing", "rule"), FORMATS, ids=lambda one: getattr(one, "code", None))
def test_every_example_of_every_format_comes_out_as_declared(filing: Filing, rule: Rule) -> None:
    """Passing examples keep the rule and failing ones break it, through the compiler that checks a filing."""
    grain = next(one for one in filing.outgoing if one.name == rule.on)
    columns = grain.columns()
    seen = catalog.limits().at(Period.parse("2026-10"))
    (predicate,) = compile_grain("example", columns, [(rule.code, lambda table: rule.holds(table, seen))])
    for rows, breaks in ((rule.passes, 0), (rule.fails, 1)):
        for row in rows:
            assert not row.keys() - columns.keys(), rule.code
            values = ", ".join(
                f'CAST({_literal(row.get(name))} AS {sql_type(kind)}) AS "{name}"' for name, kind in columns.items()
            )
            with duckdb.connect() as con:
                con.execute(f"CREATE TABLE example AS SELECT {values}")
                if predicate.shape is Shape.ROW:
                    found = con.execute(f"SELECT count(*) FROM example AS t0 WHERE NOT ({predicate.sql})").fetchone()
                else:
                    found = con.execute(f"SELECT count(*) FROM ({predicate.sql}) WHERE NOT holds").fetchone()
            assert found == (breaks,), (rule.code, row)


def _literal(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def test_the_rules_of_a_table_are_an_ordinary_pandera_schema(given: Callable[..., Any]) -> None:
    """pandera itself, on the same relation, names the rules that our counting names."""
    con = ibis.duckdb.connect()
    con.raw_sql("CREATE TABLE rows AS SELECT 'A' AS number, '文字文' AS text, CAST(1 AS DECIMAL(18, 2)) AS amount")
    schema = outgoing.schema_of(replace(FILING, rules=(SHORT, PRESENT)), "rows", Period.parse("2026-10"))
    with pytest.raises(pandera.errors.SchemaErrors) as wrong:
        schema.validate(con.table("rows"), lazy=True)
    assert {error.check.name for error in wrong.value.schema_errors} == {"T-SHORT"}
