"""Constraints on the tape's models: pandera's own, and those that a user of the library writes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import ibis
import pandera.ibis as pa
import pytest

from loantape import catalog
from loantape.checking import compile as compiling
from loantape.checking.constraints import field_checks
from loantape.errors import DeclarationError

Fill = Callable[..., None]
CONSENT = "consent"


@pytest.fixture
def with_checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Adds checks to the model of consents: ``field=[...]`` to fields, ``rows=[...]`` to whole rows."""

    def add(rows: list[Any] | None = None, unique: list[str] | None = None, **fields: list[Any]) -> None:
        model = catalog.tape_tables()[CONSENT]
        schema = copy.deepcopy(model.to_schema())
        for name, checks in fields.items():
            schema.columns[name].checks = [*schema.columns[name].checks, *checks]
        schema.checks = rows or []
        schema.unique = unique

        class Changed(model):  # type: ignore[misc, valid-type]
            @classmethod
            def to_schema(cls) -> Any:
                return schema

        changed = {**catalog.tape_tables(), CONSENT: Changed}
        monkeypatch.setattr(catalog, "tape_tables", lambda: changed)
        compiling.field_predicates.cache_clear()

    yield add
    compiling.field_predicates.cache_clear()


def failing(con: duckdb.DuckDBPyConnection, code: str, field: str) -> list[int]:
    query = f"SELECT \"row\" FROM findings WHERE grain = '{CONSENT}' AND rule = ? AND field = ? ORDER BY rowid"
    return [row for (row,) in con.execute(query, [code, field]).fetchall()]


TEXTS = ["aa1", "b2", "", None, "aa", "借款"]
BUILT_IN = [
    (pa.Check.eq("aa"), "FLD-003", [0, 1, 2, 5]),
    (pa.Check.ne("aa"), "FLD-003", [4]),
    (pa.Check.gt("aa"), "FLD-003", [2, 4]),
    (pa.Check.lt("aa1"), "FLD-003", [0, 1, 5]),
    (pa.Check.in_range("aa", "b2"), "FLD-003", [2, 5]),
    (pa.Check.in_range("aa", "b2", include_min=False, include_max=False), "FLD-003", [1, 2, 4, 5]),
    (pa.Check.notin(["aa", "b2"]), "FLD-002", [1, 4]),
    (pa.Check.str_startswith("aa"), "FLD-004", [1, 2, 5]),
    (pa.Check.str_endswith("2"), "FLD-004", [0, 2, 4, 5]),
    (pa.Check.str_contains("[0-9]"), "FLD-004", [2, 4, 5]),
    (pa.Check.str_length(2, 2), "FLD-004", [0, 2]),
]


@pytest.mark.parametrize(("check", "code", "rows"), BUILT_IN, ids=lambda one: getattr(one, "name", ""))
def test_pandera_s_own_checks_say_what_they_say_there(
    empty_submission: duckdb.DuckDBPyConnection,
    fill: Fill,
    run: Callable[..., Any],
    with_checks: Callable[..., None],
    check: Any,
    code: str,
    rows: list[int],
) -> None:
    """Each comparison, list, range and form fails on exactly the rows that break it, and never on a null."""
    fill(empty_submission, CONSENT, [{"consent_id": str(n), "purpose_text": text} for n, text in enumerate(TEXTS)])
    with_checks(purpose_text=[check])
    run(empty_submission, [])
    assert failing(empty_submission, code, "purpose_text") == rows


def test_a_check_of_one_s_own_works(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Callable[..., Any], with_checks: Callable[..., None]
) -> None:
    """Column, null-refusing, windowed and whole-row checks are found under FLD-006; a warning stays one."""
    fill(empty_submission, CONSENT, [{"consent_id": str(n), "purpose_text": text} for n, text in enumerate(TEXTS)])
    with_checks(
        purpose_text=[pa.Check(lambda data: data.table[data.key] != "b2", name="own", ignore_na=False)],
        consent_id=[pa.Check(lambda data: data.table[data.key].max().over(ibis.window()) == "4", name="windowed")],
        rows=[pa.Check(lambda data: data.table.iou_no.isnull(), name="whole", raise_warning=True)],
    )
    empty_submission.execute("UPDATE tape_consent SET iou_no = 'x' WHERE consent_id = '2'")
    run(empty_submission, [])
    assert failing(empty_submission, "FLD-006", "purpose_text") == [1, 3]
    assert failing(empty_submission, "FLD-006", "consent_id") == [0, 1, 2, 3, 4, 5]
    assert failing(empty_submission, "FLD-006", "iou_no") == [2]
    severity = "SELECT DISTINCT severity FROM findings WHERE rule = 'FLD-006' AND field = 'iou_no'"
    assert empty_submission.execute(severity).fetchall() == [("WARNING",)]


def test_unique_columns_are_held_unique(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Callable[..., Any], with_checks: Callable[..., None]
) -> None:
    """Every row of a group is found; a null is nobody's copy, which pandera on Ibis does not look at at all."""
    texts = ["a", "b", "a", None, None]
    fill(empty_submission, CONSENT, [{"consent_id": str(n), "purpose_text": text} for n, text in enumerate(texts)])
    with_checks(unique=["purpose_text"])
    run(empty_submission, [])
    assert failing(empty_submission, "FLD-005", "purpose_text") == [0, 2]


REFUSED = [
    (pa.Check(lambda value: value != "b2", element_wise=True, name="each"), "element_wise"),
    (pa.Check(lambda data: True, name="python"), "no Ibis boolean but a bool"),
    (pa.Check(lambda data: data.nothing, name="broken"), "cannot be built"),
    (pa.Check.unique_values_eq(["a"]), "does not know"),
]


@pytest.mark.parametrize(("check", "said"), REFUSED, ids=lambda one: getattr(one, "name", ""))
def test_what_cannot_run_in_the_database_is_refused_by_name(
    with_checks: Callable[..., None], check: Any, said: str
) -> None:
    """The table, the field, the check and the reason are named before anything is checked."""
    with_checks(purpose_text=[check])
    table = ibis.table({"purpose_text": "string"}, name="t")
    with pytest.raises(DeclarationError, match=rf"consent\.purpose_text has the constraint '{check.name}'.*{said}"):
        for one in field_checks(CONSENT, "cn"):
            if one.field == "purpose_text":
                one.holds(table)


def test_findings_after_a_rule_without_any_are_kept(
    empty_submission: duckdb.DuckDBPyConnection, run: Callable[..., Any]
) -> None:
    """Many findings that follow an insert of none are all there, on several threads."""
    empty_submission.execute("INSERT INTO tape_consent (purpose_text) SELECT i::VARCHAR FROM range(300000) AS t(i)")
    summary = run(empty_submission, [])
    kept = empty_submission.execute("SELECT count(*) FROM findings").fetchall()[0][0]
    assert kept == summary.errors + summary.warnings + summary.infos >= 300_000
