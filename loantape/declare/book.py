"""The rule book: grains, the rules said of them, and the dated limits that rules compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from loantape.declare.basics import Confidence, Severity


@dataclass(frozen=True)
class Grain:
    """The rows a rule can be said of: those of ``base`` (a relation, aliased ``base``) with prepared columns.

    ``table`` is the tape table whose columns (``own``, name to Ibis type) and key the rows have, None for totals.
    ``prepared`` gives, per added column, its type and its SQL over ``base`` and the ``joins``. ``has_rows`` says that
    ``base.rowid`` is the row of this submission's tape, so that a finding has a file and a line. ``needs_history`` asks
    for the totals of the periods before this one, ``check_history(period, name, value)``, beside this delivery's own,
    ``check_totals(name, value)``. ``made`` are temporary tables that ``prepared`` and ``joins`` read, name to SELECT.
    Where the column ``silent_where_null`` is null every rule on the grain holds, so that those rows need not be asked.
    """

    name: str
    table: str | None
    base: str
    own: Mapping[str, Any] = field(default_factory=dict)
    prepared: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    joins: str = ""
    key: tuple[str, ...] = ()
    has_rows: bool = True
    needs_previous: bool = False
    needs_pricing: bool = False
    needs_history: bool = False
    made: Mapping[str, str] = field(default_factory=dict)
    silent_where_null: str = ""

    def columns(self) -> dict[str, Any]:
        """Every column a rule may use, with its type; ``row`` is the row of the tape table."""
        return {**self.own, **{name: kind for name, (kind, _) in self.prepared.items()}}

    def select(self, columns: Iterable[str]) -> str:
        """SQL for the grain with just these columns (and ``row``), in the order they are declared."""
        wanted = set(columns)
        parts = ['base.rowid AS "row"' if self.has_rows else 'CAST(NULL AS BIGINT) AS "row"']
        for name in self.columns():
            if name in wanted and name != "row":
                parts.append(f'{self.prepared[name][1] if name in self.prepared else f"base.{name}"} AS "{name}"')
        return f"SELECT {', '.join(parts)} FROM {self.base} AS base {self.joins}".rstrip()


@dataclass(frozen=True)
class Rule:
    """A sentence that must hold on one grain. True or null holds, false is a finding.

    ``holds(table, limits)`` returns an Ibis boolean on the grain's table. ``fields`` are the columns a reviewer is
    shown; the first is the finding's field. ``passes`` and ``fails`` are partial rows; fields they leave out are null.
    ``says`` are the sentences of one finding: ``{name}`` stands for a field among ``fields``.
    """

    code: str
    on: str
    severity: Severity
    fields: tuple[str, ...]
    cites: str
    confidence: Confidence
    en: str
    zh: str
    passes: tuple[Mapping[str, Any], ...]
    fails: tuple[Mapping[str, Any], ...]
    holds: Callable[[Any, Any], Any]
    since: date | None = None
    until: date | None = None
    jurisdictions: tuple[str, ...] = ()  # empty: everywhere
    lender_types: tuple[str, ...] = ()  # empty: every type
    says: tuple[str, str] = ("", "")  # English and Chinese, with the row's figures in braces; empty: the sentence
    draft: bool = False  # read in a draft of its source, and labelled so wherever it is shown

    def in_force(self, on: date) -> bool:
        """Whether the rule's dates cover a day, both ends included."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True)
class Limit:
    """A number a rule compares with, from ``valid_from`` until ``valid_to`` (both inclusive; None: open).

    ``times`` names another limit: what is in force is ``value`` times that one on the same day, and nothing where that
    one is not known. ``after_unknown`` says that what was in force just before this row is not known, so that a gap
    there is no mistake.
    """

    name: str
    value: Decimal
    unit: str
    source: str
    confidence: Confidence
    valid_from: date
    valid_to: date | None = None
    lender_types: tuple[str, ...] = ()
    note_en: str = ""
    note_zh: str = ""
    times: str = ""
    after_unknown: bool = False
