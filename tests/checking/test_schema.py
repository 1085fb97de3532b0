"""A tape table with its rules as an ordinary pandera schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import ibis
import pandera.errors
import pytest

from loantape import catalog
from loantape.checking.schema import to_pandera_schema
from loantape.declare import Period

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_schema_validates_a_table_with_its_rules(
    empty_submission: duckdb.DuckDBPyConnection, fill: Callable[..., None]
) -> None:
    """``schema.validate(table, lazy=True)`` reports constraint and rule alike; a Check carries its whole rule."""
    consent = {"iou_no": "A", "consent_type": "GENERAL", "consented_at": "2026-10-01 10:00:00"}
    fill(
        empty_submission,
        "consent",
        [
            {"consent_id": "1", **consent, "auth_from": "2026-10-01", "auth_to": "2026-10-01"},
            {"consent_id": "2", **consent, "auth_from": "2026-10-01", "auth_to": "2026-09-30"},
            {"consent_id": "3", **consent, "consent_type": "NONE"},
        ],
    )
    rules = [catalog.rules()["PRV-003"], catalog.rules()["ARR-001"]]
    schema = to_pandera_schema("consent", rules, catalog.limits(), Period(date(2026, 10, 31)), "cn")
    assert [check.rule for check in schema.checks] == [rule for rule in rules if rule.on == "consent"]
    table = ibis.duckdb.from_connection(empty_submission).table("tape_consent")
    with pytest.raises(pandera.errors.SchemaErrors) as invalid:
        schema.validate(table, lazy=True)
    cases = invalid.value.failure_cases
    rows = {(check.split()[0].split("(")[0], row) for check, row in zip(cases["check"], cases["index"], strict=True)}
    assert rows == {("PRV-003", 1), ("isin", 2)}
    empty_submission.execute("DELETE FROM tape_consent WHERE consent_id <> '1'")
    schema.validate(table, lazy=True)
