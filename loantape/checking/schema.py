"""A tape table with its rules as one ordinary pandera schema, so that ``schema.validate(table, lazy=True)`` works.

Belongs here: that translation. Not here: running rules over a submission (``engine``), which does not go through
pandera: at millions of rows its own validation is an order of magnitude slower, and it misses repeated keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandera.ibis as pa

from loantape import catalog
from loantape.declare import Period, Rule
from loantape.limits import LimitsAt, LimitTable


def to_pandera_schema(
    table: str, rules: Sequence[Rule], limits: LimitTable, period: Period, jurisdiction: str
) -> pa.DataFrameSchema:
    """The model of ``table`` for the lenders of a jurisdiction, with a Check for each of ``rules`` said on that table.

    Each Check is named by the rule's code and carries the whole rule as its attribute ``rule``. Rules on other grains
    are left out. Rules are not narrowed by date or kind of lender: hand over those that apply.
    """
    seen = limits.at(period)
    columns = {
        name: pa.Column(
            column.dtype,
            checks=column.checks,
            nullable=column.nullable and jurisdiction not in column.metadata["loantape"].required_in,
            metadata=column.metadata,
        )
        for name, column in catalog.tape_tables()[table].to_schema().columns.items()
    }
    return pa.DataFrameSchema(
        columns, checks=[rule_check(rule, seen) for rule in rules if rule.on == table], strict=True, name=table
    )


def rule_check(rule: Rule, seen: LimitsAt) -> Any:
    """The rule as a pandera Check, named by its code, with the whole rule as its attribute ``rule``."""

    def holds(data: Any) -> Any:
        return rule.holds(data.table, seen).fill_null(True)

    check = pa.Check(holds, name=rule.code, error=f"{rule.code} {rule.en}", title=rule.en, description=rule.zh)
    check.rule = rule
    return check
