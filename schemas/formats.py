"""Rules of outgoing formats: what every regulator's folder needs to say them.

Belongs here: the decorator that turns a sentence about an outgoing table into a rule, and what forms count that tapes
do not, such as bytes. Not here: any regulator's format (``templates``), or asking the rules (``loantape.filing``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Rule, Severity


def format_rule(
    code: str,
    *,
    on: str,
    fields: Sequence[str],
    cites: str,
    confidence: Confidence,
    en: str,
    zh: str,
    passes: Sequence[Mapping[str, Any]],
    fails: Sequence[Mapping[str, Any]],
    severity: Severity = Severity.ERROR,
    draft: bool = False,
) -> Callable[[Callable[[Any, Any], Any]], Rule]:
    """Turns ``holds(table, limits)`` into a Rule on an outgoing grain; ``code`` is the regulator's own if it has one.

    The function returns an Ibis boolean on the grain's rows; true or null holds. ``fields`` are shown when a filing is
    refused, so none may carry what identifies a person: a regulator's hash still does. Examples are partial rows, dates
    and decimals written as text; what they leave out is null. ``draft`` is for what was read in a draft only.
    """

    def declare(holds: Callable[[Any, Any], Any]) -> Rule:
        return Rule(
            code=code,
            on=on,
            severity=severity,
            fields=tuple(fields),
            cites=cites,
            confidence=confidence,
            en=en,
            zh=zh,
            passes=tuple(passes),
            fails=tuple(fails),
            holds=holds,
            draft=draft,
        )

    return declare


def at_most_digits(amount: Any, whole: int) -> Any:
    """Whether a decimal has at most ``whole`` digits before the point: what ``Dw.d`` counts."""
    bound = ibis.literal(Decimal(10) ** whole, dt.Decimal(38, amount.type().scale))
    return (amount < bound) & (amount > -bound)


@ibis.udf.scalar.builtin(name="strlen")
def byte_length(text: str) -> int:
    """Bytes of a text in UTF-8: what ``C..n`` counts."""
    raise NotImplementedError  # the database's own function answers
