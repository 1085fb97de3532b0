"""A rule that fails itself is a fault of ours: it is named, and the tape is neither cleared nor blamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import Confidence, Rule, Severity
from loantape.errors import DeclarationError, RuleCrashed


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
