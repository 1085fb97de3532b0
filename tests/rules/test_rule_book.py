"""What every rule of the rule book must say about itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from loantape import catalog
from loantape.catalog import grain, grains
from loantape.declare import Confidence, Rule, Severity
from loantape.errors import DeclarationError
from schemas.rules import rule as declare

RULES = list(catalog.rules().values())
CODE = re.compile(r"^[A-Z]{3,4}-[0-9]{3}\Z")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_everything_a_reader_needs(rule: Rule) -> None:
    """Code, both languages, citation, confidence, and fields that are columns of its grain."""
    assert CODE.match(rule.code)
    assert rule.cites
    assert isinstance(rule.confidence, Confidence)
    assert rule.en.endswith(".") and not CHINESE.search(rule.en)
    assert rule.zh.endswith("。") and CHINESE.search(rule.zh)
    assert set(rule.fields) <= grain(rule.on).columns().keys() - {"row"}
    assert rule.passes and rule.fails
    assert set(rule.jurisdictions) <= {"cn", "us"}


def test_sentences_are_said_once() -> None:
    """No two rules say the same sentence, in either language."""
    assert len({rule.en for rule in RULES}) == len({rule.zh for rule in RULES}) == len(RULES)


def test_every_topic_has_rules() -> None:
    """The topics that the book is read by are those of its rules, and there are hundreds of rules."""
    assert {rule.code[:-4] for rule in RULES} == set(catalog.topics())
    assert len(RULES) >= 200


def test_every_rule_has_three_examples_of_each_kind() -> None:
    """A rule passes in three different ways and fails in three, or in the two that there are with flags alone."""
    few = []
    for rule in RULES:
        columns = grain(rule.on).columns()
        flags = all(columns[name].is_boolean() for row in (*rule.passes, *rule.fails) for name in row)
        if len(distinct(rule.passes)) < 3 or len(distinct(rule.fails)) < (2 if flags else 3):
            few.append(rule.code)
    assert few == []


def distinct(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {repr(sorted(row.items())) for row in rows}


def test_every_prepared_grain_is_used() -> None:
    """A prepared grain that no rule is said on would cost time for nothing."""
    assert grains().keys() - catalog.tape_tables().keys() <= {rule.on for rule in RULES}


@pytest.mark.parametrize("code", ["PRC-4", "prc-004", "PR-004", "PRCXX-004", "PRC-0041", "PRC004", "PRC-004\n"])
def test_a_malformed_code_is_refused(code: str) -> None:
    """A code is three or four capitals, a dash and three digits, and nothing else."""
    with pytest.raises(DeclarationError):
        declare_with(code=code)


@pytest.mark.parametrize("lacking", ["fields", "cites", "en", "zh"])
def test_a_rule_that_keeps_silent_is_refused(lacking: str) -> None:
    """A rule without fields, citation or a sentence in both languages does not load."""
    with pytest.raises(DeclarationError):
        declare_with(**{lacking: ""})


def declare_with(**changed: str) -> object:
    given = {"code": "TST-001", "fields": "iou_no", "cites": "x", "en": "x", "zh": "x", **changed}
    return declare(
        given["code"],
        on="loan",
        fields=tuple(filter(None, [given["fields"]])),
        cites=given["cites"],
        confidence=Confidence.OWN,
        en=given["en"],
        zh=given["zh"],
        passes=[{}],
        fails=[{}],
        jurisdictions=(),
        severity=Severity.INFO,
    )
