"""Rules as they ran and what they found, as counts.

Belongs here: joining runs and findings with the rules' own sentences. Not here: any single finding; those are read in
the console and in the findings export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from loantape.declare import Rule
from schemas.rules.structural import SENTENCES
from templates.report import layout
from templates.report.facts import Facts, RuleRun
from templates.report.words import Words, same

_SEVERITIES = ("ERROR", "WARNING", "INFO")


@dataclass(frozen=True)
class RuleLine:
    """One rule, or one field of an engine code, with what running it gave. ``share`` is None where none was checked."""

    code: str
    field: str
    sentence: Words
    severity: str
    cites: str
    confidence: str
    grain: str
    checked: int
    found: int
    status: str
    share: Decimal | None


class RuleBook:
    """The rules of a submission, by what the page asks for."""

    def __init__(self, facts: Facts, rules: Mapping[str, Rule]) -> None:
        self._facts, self._rules = facts, rules

    @cached_property
    def findings(self) -> list[RuleLine]:
        """Rules with findings, the gravest and then the most frequent first."""
        lines = [self._line(run) for run in self._facts.runs if run.found]
        return sorted(
            lines, key=lambda one: (_SEVERITIES.index(one.severity), -one.found, one.code, one.grain, one.field)
        )

    @cached_property
    def conduct(self) -> list[RuleLine]:
        """The rules a borrower would feel, as they ran."""
        return [line for topic in layout.CONDUCT_TOPICS for line in self._all if layout.topic_of(line.code) == topic]

    @cached_property
    def by_topic(self) -> list[tuple[Words, list[RuleLine]]]:
        """Every rule and engine code by topic, in the topics' order; a topic without words comes last by its code."""
        topics: dict[str, list[RuleLine]] = {topic: [] for topic in layout.TOPICS}
        for line in self._all:
            topics.setdefault(layout.topic_of(line.code), []).append(line)
        return [(layout.words_of(layout.TOPICS, topic), lines) for topic, lines in topics.items() if lines]

    @cached_property
    def statuses(self) -> list[tuple[Words, int]]:
        """How many rules ran, and how many did not and why."""
        counts: dict[str, set[str]] = {status: set() for status in layout.RUN_STATUS}
        for run in self._facts.runs:
            counts.setdefault(run.status, set()).add(run.code)
        return [(layout.words_of(layout.RUN_STATUS, status), len(codes)) for status, codes in counts.items() if codes]

    @cached_property
    def severities(self) -> list[tuple[Words, int]]:
        """Findings by severity, zero included."""
        return [(layout.SEVERITY[severity], self._facts.findings(severity)) for severity in _SEVERITIES]

    @cached_property
    def _all(self) -> list[RuleLine]:
        """One line per code, severity, grain and status; an engine code's fields are summed."""
        merged: dict[tuple[str, str, str, str], RuleRun] = {}
        for run in self._facts.runs:
            at = (run.code, run.severity, run.grain, run.status)
            known = merged.get(at)
            merged[at] = (
                replace(run, field="")
                if known is None
                else replace(
                    known,
                    checked=known.checked + run.checked,
                    failed=known.failed + run.failed,
                    found=known.found + run.found,
                )
            )
        return [self._line(merged[at]) for at in sorted(merged)]

    def _line(self, run: RuleRun) -> RuleLine:
        rule = self._rules.get(run.code)
        told = rule or SENTENCES.get(run.code)
        return RuleLine(
            code=run.code,
            field=run.field,
            sentence=Words(told.en, told.zh) if told else same(run.code),
            severity=run.severity,
            cites=told.cites if told else "",
            confidence=str(rule.confidence) if rule else "",
            grain=run.grain,
            checked=run.checked,
            found=run.found,
            status=run.status,
            share=Decimal(run.found) / Decimal(run.checked) if run.checked else None,
        )
