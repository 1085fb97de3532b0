"""The examples of a rule prove it: change the rule in one place and an example comes out otherwise."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import ibis
import pytest

from loantape import catalog
from loantape.declare import Rule
from tests.rules.mutants import examine, mutants_of

TOPICS = sorted({code[:-4] for code in catalog.rules()})
KILLED_AT_LEAST = 0.98
MUTANTS_AT_LEAST = 500


def rules_of(topic: str) -> list[Rule]:
    """The rules of a topic; what looks for persons in texts is one detection for all tables, examined on the loan's."""
    found = [rule for code, rule in catalog.rules().items() if code[:-4] == topic]
    return [rule for rule in found if not rule.on.endswith("_with_texts") or rule.on == "loan_with_texts"]


@pytest.mark.parametrize("topic", TOPICS)
def test_examples_notice_a_changed_rule(topic: str) -> None:
    """Of all mutants of a topic's rules the examples kill nearly every one; the survivors are named."""
    with duckdb.connect() as con:
        outcomes = [examine(con, rule) for rule in rules_of(topic)]
    made = sum(len(one.mutants) for one in outcomes)
    survivors = [f"{one.rule} #{one.number}: {one.change}" for outcome in outcomes for one in outcome.survivors]
    assert made - len(survivors) >= KILLED_AT_LEAST * made, "\n".join(survivors)


def test_there_are_enough_mutants_of_every_rule() -> None:
    """Every rule can be falsified in some place, and all of them together in hundreds."""
    counts = {
        code: len(mutants_of(rule, ibis.table(catalog.grain(rule.on).columns(), name="example")))
        for code, rule in catalog.rules().items()
    }
    assert min(counts.values()) > 0, [code for code, count in counts.items() if not count]
    assert sum(counts.values()) >= MUTANTS_AT_LEAST


def test_a_gap_in_the_examples_is_seen() -> None:
    """A rule whose examples stay clear of its boundary has survivors."""
    rule = catalog.rules()["PRC-001"]
    passes = ({"net_proceeds_amount": "1.00", "loan_amount": "1000.00"},)
    fails = ({"net_proceeds_amount": "2000.00", "loan_amount": "1000.00"},)
    with duckdb.connect() as con:
        assert examine(con, replace(rule, passes=passes, fails=fails)).survivors
