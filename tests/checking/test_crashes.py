"""A rule that fails itself is a fault of ours: it is named, and the tape is neither cleared nor blamed."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog, cli, pipeline
from loantape.checking import engine
from loantape.declare import Confidence, Period, Rule, Severity
from loantape.errors import DeclarationError, FilingRefused, RuleCrashed
from loantape.keys import Keys
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store import State, Store, Workflow
from schemas.grains.texts import keys_of, words_of


def raises_zero_division(loan: Any, limits: Any) -> Any:
    return loan.balance_amount > 1 / 0


def names_no_column(loan: Any, limits: Any) -> Any:
    return loan.no_such_column == 1


def raises_anything(loan: Any, limits: Any) -> Any:
    raise OSError("out of nowhere")


def answers_no_boolean(loan: Any, limits: Any) -> Any:
    return loan.balance_amount


def answers_yes(loan: Any, limits: Any) -> Any:
    return True


def divides_by_a_column(loan: Any, limits: Any) -> Any:
    return loan.balance_amount / loan.loan_amount <= 1


def overflows(loan: Any, limits: Any) -> Any:
    wide = loan.balance_amount.cast("decimal(38, 2)")
    return wide * wide * wide * wide >= 0


def casts_what_cannot_be(loan: Any, limits: Any) -> Any:
    return loan.purpose_text.cast("int64") > 0


BREAKAGES = [
    raises_zero_division,
    names_no_column,
    raises_anything,
    answers_no_boolean,
    answers_yes,
    divides_by_a_column,
    overflows,
    casts_what_cannot_be,
]


def rule(holds: Callable[[Any, Any], Any]) -> Rule:
    return Rule(
        "BAD-001", "loan", Severity.ERROR, ("iou_no",), "x", Confidence.OWN, "x", "x", ({},), ({},), holds,
    )  # fmt: skip


@pytest.fixture
def tape(empty_submission: duckdb.DuckDBPyConnection, fill: Callable[..., None]) -> duckdb.DuckDBPyConnection:
    fill(
        empty_submission,
        "loan",
        [
            {
                "iou_no": "A",
                "balance_amount": "99999999999999.99",
                "loan_amount": "0",
                "purpose_text": "张三 110105194912310021",
            }
        ],
    )
    return empty_submission


@pytest.mark.parametrize("holds", BREAKAGES, ids=lambda holds: holds.__name__)
def test_a_crashing_rule_is_named_and_nothing_is_stored(
    tape: duckdb.DuckDBPyConnection, run: Callable[..., Any], holds: Callable[[Any, Any], Any]
) -> None:
    """RuleCrashed with the rule's code, no findings, no runs, nothing left behind, no delivered value in the text."""
    with pytest.raises(RuleCrashed) as crashed:
        run(tape, [*catalog.rules().values(), rule(holds)])
    assert "BAD-001" in crashed.value.what
    shown = f"{crashed.value} {crashed.value.__cause__ or ''}"
    assert "110105194912310021" not in shown and "张三" not in shown
    tables = {name for (name,) in tape.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert not tables & {"findings", "rule_runs"}
    assert not [name for name in tables if name.startswith("check_")]


def test_a_crash_leaves_earlier_findings_as_they_were(tape: duckdb.DuckDBPyConnection, run: Callable[..., Any]) -> None:
    """A failed run replaces nothing, and the next good run works."""
    run(tape)
    before = tape.execute("SELECT * FROM findings").fetchall()
    with pytest.raises(RuleCrashed):
        run(tape, [rule(overflows)])
    assert tape.execute("SELECT * FROM findings").fetchall() == before
    run(tape)
    assert tape.execute("SELECT * FROM findings").fetchall() == before


def test_a_guarded_division_is_allowed(tape: duckdb.DuckDBPyConnection, run: Callable[..., Any]) -> None:
    """``nullif`` makes a division by zero unknown, and unknown holds."""
    run(tape, [rule(lambda loan, limits: loan.balance_amount / loan.loan_amount.nullif(0) <= 1)])
    assert tape.execute("SELECT count(*) FROM findings WHERE rule = 'BAD-001'").fetchall() == [(0,)]


def test_a_wrong_declaration_keeps_its_name(tape: duckdb.DuckDBPyConnection, run: Callable[..., Any]) -> None:
    """A grain or limit that does not exist is a declaration to correct, not a crash to trace."""
    with pytest.raises(DeclarationError, match="loan_with_moon"):
        run(tape, [dataclasses.replace(rule(answers_yes), on="loan_with_moon")])
    with pytest.raises(DeclarationError, match="no_such_limit"):
        run(tape, [rule(lambda loan, limits: loan.balance_amount <= limits.no_such_limit)])


# --- every rule of the book, made to crash --------------------------------------------------------------------------

LONG = bool(os.environ.get("LOANTAPE_LONG"))
BOOK = list(catalog.rules().values())
CODES = re.compile(r"\b[A-Z]{3,4}-[0-9]{3}\b")
ROWS: dict[str, list[dict[str, Any]]] = {
    "loan": [
        {
            "iou_no": iou_no,
            "borrower_pid": "B",
            "contract_no": "C",
            "start_date": "2026-01-01",
            "loan_amount": "1",
            "balance_cny": "1",
            "coop_mode": "JOINT",
            "partner_agreement_no": "P",
        }
        for iou_no in ("here", "twin")
    ],
    "partner": [{"partner_agreement_no": "P", "partner_uscc": "U"}],
}


def broken(rule: Rule, holds: Callable[[Any, Any], Any]) -> Rule:
    """The rule, asked everywhere and always, with something else to say."""
    everywhere: dict[str, Any] = {"jurisdictions": (), "lender_types": (), "since": None, "until": None}
    return dataclasses.replace(rule, holds=holds, **everywhere)


def no_number(table: Any, limits: Any) -> Any:
    return table.row.cast("string").fill_null("").concat("z").cast("int64") > 0


def does_not_fit(table: Any, limits: Any) -> Any:
    wide = table.row.fill_null(0).cast("decimal(38, 0)") + 10**18
    return wide * wide * wide > 0


@pytest.fixture
def something_of_everything(
    make_submission: Callable[[str], duckdb.DuckDBPyConnection], fill: Callable[..., None], tmp_path: Path
) -> duckdb.DuckDBPyConnection:
    """A small tape, and one before it with a loan that is gone since, so that every grain has a row to be asked of.

    Rules that look for persons are asked of rows with a text that might name one.
    """
    with make_submission("before") as before:
        fill(before, "loan", [{"iou_no": "gone"}])
    con = make_submission("now")
    for table in catalog.tape_tables():
        first = next(iter(catalog.tape_tables()[table].to_schema().columns))
        person = dict.fromkeys(words_of(table)[:1], "先生") or dict.fromkeys(keys_of(table)[:1], "11010519491231002X")
        fill(con, table, [row | person for row in ROWS.get(table, [{first: None}])])
    return con


def stored(con: duckdb.DuckDBPyConnection) -> list[Any]:
    """Everything that checking stores, as one number a table."""
    return [
        con.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {name} AS t").fetchall()
        for name in ("findings", "rule_runs", "totals")
    ]


def crash_of(checked: Callable[[], Any]) -> set[str]:
    """The codes that a crash names, none where nothing crashed."""
    try:
        checked()
    except RuleCrashed as crashed:
        return set(CODES.findall(str(crashed)))
    return set()


@pytest.mark.parametrize("kind", ["built", "run"])
def test_every_rule_that_crashes_is_named_alone(
    something_of_everything: duckdb.DuckDBPyConnection,
    run: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """Each rule of the book, with Python that raises or SQL that aborts: its code, no other, and nothing stored."""
    con, earlier = something_of_everything, {Period(date(2026, 9, 30)): tmp_path / "before.duckdb"}
    run(con, previous=tmp_path / "before.duckdb", history=earlier)
    before = stored(con)
    assert before[0][0][0] > 0
    # what else is asked of a tape is not what crashes here, and what grains are made of is made once
    monkeypatch.setattr(engine, "field_predicates", lambda table, jurisdiction: ())
    monkeypatch.setattr(engine.Asking, "_ask_key", lambda self, into: None)
    monkeypatch.setattr(engine.from_reading, "find", lambda con, into: None)
    grains = [catalog.grain(rule.on) for rule in BOOK]
    with engine.prepared(con, grains, tmp_path / "before.duckdb", earlier) as made:
        monkeypatch.setattr(engine, "prepared", lambda *given, wait: nullcontext(made))
        for number, rule in list(enumerate(BOOK))[:: 1 if LONG or kind == "built" else 4]:
            aborts = no_number if number % 8 else does_not_fit
            crashing = broken(rule, raises_anything if kind == "built" else aborts)
            named = crash_of(
                lambda crashing=crashing: run(con, [crashing], previous=tmp_path / "before.duckdb", history=earlier)
            )
            assert named == {rule.code}, rule.code
            assert stored(con) == before


@pytest.mark.parametrize("kind", ["built", "run"])
@pytest.mark.parametrize("rule", BOOK[7 :: len(BOOK) // 5][:5], ids=lambda rule: rule.code)
def test_a_crash_in_the_whole_book_is_named_alone(
    something_of_everything: duckdb.DuckDBPyConnection, run: Callable[..., Any], tmp_path: Path, rule: Rule, kind: str
) -> None:
    """Among all rules and constraints, fused with its neighbours, the one that crashes is found."""
    con, previous = something_of_everything, tmp_path / "before.duckdb"
    crashing = broken(rule, raises_anything if kind == "built" else no_number)
    with pytest.raises(RuleCrashed) as crashed:
        run(con, [crashing if one is rule else one for one in BOOK], previous=previous)
    assert set(CODES.findall(str(crashed.value))) == {rule.code}
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert not tables & {"findings", "rule_runs", "totals"}


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    """A delivery of twenty loans."""
    period = Period(date(2026, 10, 31))
    return next(iter(simulate("demo_cashloan", period, 20, tmp_path / "out", seed=3, progress=silent())))


def test_what_crashed_is_not_ready_and_cannot_be_filed(
    tmp_path: Path, delivered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submission whose check crashed stays where it was, is refused by every filing, and is ready once it is well."""
    at, name = datetime(2026, 11, 3, 6), "demo_cashloan/2026-10"
    root = tmp_path / "store"
    ws = Workspace(Store(root, threads=1), Workflow(root), Keys(tmp_path / "keys"), "maria")
    whole = catalog.rules()
    crashing = {**whole, "CLS-003": broken(whole["CLS-003"], no_number)}
    with monkeypatch.context() as patched:
        patched.setattr(catalog, "rules", lambda: crashing)
        with pytest.raises(RuleCrashed, match="CLS-003"):
            pipeline.run(ws, [delivered], at)
    assert ws.workflow.state(f"{name}/v1") is State.READ
    with pytest.raises(FilingRefused):
        pipeline.file(ws, name, "cn_pbc", at)
    assert list(pipeline.fileable(ws, "cn_pbc")) == []
    pipeline.run(ws, [delivered], at)
    assert ws.workflow.state(f"{name}/v1") in (State.READY, State.BLOCKED)


def test_the_command_line_says_that_the_fault_is_ours(
    tmp_path: Path, delivered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It exits with 3, never with the code of findings, and names the rule."""
    whole = catalog.rules()
    crashing = {**whole, "CLS-003": broken(whole["CLS-003"], no_number)}
    monkeypatch.setattr(catalog, "rules", lambda: crashing)
    stores = ["--store", str(tmp_path / "store"), "--keys", str(tmp_path / "keys")]
    monkeypatch.setattr(sys, "argv", ["loantape", "run", str(delivered), *stores])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 3
    assert "RuleCrashed" in (said := capsys.readouterr().err)
    assert "CLS-003" in said
