"""Rules as they ran and what they found, as counts.

Belongs here: joining runs and findings with the rules' own sentences. Not here: any single finding; those are read in
the console and in the findings export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from markupsafe import Markup

from loantape.declare import Rule
from schemas.rules.structural import SENTENCES
from templates.report import charts, labels
from templates.report.facts import Facts, RuleRun
from templates.report.words import Words, same

_SEVERITIES = ("ERROR", "WARNING", "INFO")
RAN, OUT_OF_SCOPE = "ran", "out of scope"


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


@dataclass(frozen=True)
class TopicLine:
    """One topic: how many of its rules ran, how many of them found something, how many findings."""

    words: Words
    ran: int
    failing: int
    found: int
    bar: Markup


class RuleBook:
    """The rules of a submission, by what the page asks for."""

    def __init__(self, facts: Facts, rules: Mapping[str, Rule]) -> None:
        self._facts, self._rules = facts, rules

    @cached_property
    def topics(self) -> list[TopicLine]:
        """Findings by topic, in the topics' order; topics of which no rule ran are left out."""
        sums: dict[str, int] = {}
        ran: dict[str, set[str]] = {}
        for run in self._facts.runs:
            topic = labels.topic_of(run.code)
            if run.found or run.status == RAN:
                sums[topic] = sums.get(topic, 0) + run.found
                ran.setdefault(topic, set()).add(run.code)
        failing = {run.code for run in self._facts.runs if run.found}
        highest = Decimal(max(sums.values(), default=0))
        ordered = [*(topic for topic in labels.TOPICS if topic in sums), *sorted(set(sums) - set(labels.TOPICS))]
        return [
            TopicLine(
                words=labels.words_of(labels.TOPICS, topic),
                ran=len(ran[topic]),
                failing=len(ran[topic] & failing),
                found=sums[topic],
                bar=charts.bar(Decimal(sums[topic]), highest),
            )
            for topic in ordered
        ]

    @cached_property
    def findings(self) -> list[RuleLine]:
        """Rules with findings, the gravest and then the most frequent first."""
        lines = [self._line(run) for run in self._facts.runs if run.found]
        return sorted(
            lines, key=lambda one: (_SEVERITIES.index(one.severity), -one.found, one.code, one.grain, one.field)
        )

    @cached_property
    def conduct(self) -> list[RuleLine]:
        """The rules a borrower would feel, as they ran; those of other jurisdictions stay in the rule book only."""
        return [
            line
            for topic in labels.CONDUCT_TOPICS
            for line in self._all
            if labels.topic_of(line.code) == topic and line.status != OUT_OF_SCOPE
        ]

    @cached_property
    def by_topic(self) -> list[tuple[Words, list[RuleLine]]]:
        """Every rule and engine code that ran or found something, by topic in the topics' order; a topic without words
        comes last by its code."""
        topics: dict[str, list[RuleLine]] = {topic: [] for topic in labels.TOPICS}
        for line in self._all:
            if _is_idle(line):
                continue
            topics.setdefault(labels.topic_of(line.code), []).append(line)
        return [(labels.words_of(labels.TOPICS, topic), lines) for topic, lines in topics.items() if lines]

    @cached_property
    def idle(self) -> list[tuple[Words, list[str]]]:
        """The codes of the rules that did not run here, by why not."""
        codes: dict[str, set[str]] = {}
        for line in self._all:
            if _is_idle(line):
                codes.setdefault(line.status, set()).add(line.code)
        return [(labels.words_of(labels.RUN_STATUS, status), sorted(found)) for status, found in codes.items()]

    @cached_property
    def statuses(self) -> list[tuple[Words, int]]:
        """How many rules ran, and how many did not and why."""
        counts: dict[str, set[str]] = {status: set() for status in labels.RUN_STATUS}
        for run in self._facts.runs:
            counts.setdefault(run.status, set()).add(run.code)
        return [(labels.words_of(labels.RUN_STATUS, status), len(codes)) for status, codes in counts.items() if codes]

    @cached_property
    def severities(self) -> list[tuple[Words, int]]:
        """Findings by severity, zero included."""
        return [(labels.SEVERITY[severity], self._facts.findings(severity)) for severity in _SEVERITIES]

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
            cites=rule.cites if rule else "",
            confidence=str(rule.confidence) if rule else "",
            grain=run.grain,
            checked=run.checked,
            found=run.found,
            status=run.status,
            share=Decimal(run.found) / Decimal(run.checked) if run.checked else None,
        )


def _is_idle(line: RuleLine) -> bool:
    return line.status != RAN and not line.found
