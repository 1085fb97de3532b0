"""What we compute. Here: how an indicator and a mart are declared.

Belongs here: the decorators. Not here: the shapes a body is written in (shapes.py, handed on from here), any indicator
(the topic modules) or prepared grain (grains.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loantape.declare import AMOUNT_UNITS, AT_LEAST, AT_MOST, RATIO_UNITS, Confidence, Indicator, Mart
from loantape.errors import DeclarationError
from schemas.tape import TABLES
from transforms.grains import PREPARED
from transforms.shapes import (
    NO_LOANS,
    UNKNOWN,
    amount,
    band,
    by,
    by_hand,
    names,
    ratio,
    shares,
    top,
    where,
)

__all__ = [
    "NO_LOANS",
    "UNKNOWN",
    "amount",
    "band",
    "by",
    "by_hand",
    "indicator",
    "mart",
    "names",
    "ratio",
    "rows",
    "shares",
    "top",
    "where",
]

Rows = Sequence[Mapping[str, Any]]
Example = tuple[Mapping[str, Rows], Mapping[str, Decimal | None]]


@dataclass(frozen=True)
class Body:
    """What an Indicator or a Mart calls to measure: the declared function, and the names of the tables it reads."""

    function: Callable[..., Any]
    reads: tuple[str, ...]

    def __call__(self, tape: Mapping[str, Any]) -> Any:
        return self.function(*(tape[name] if name in tape else PREPARED[name](tape) for name in self.reads))


def indicator(
    code: str,
    *,
    unit: str,
    grain: str,
    dimension: str = "",
    en: str,
    zh: str,
    formula: str,
    cites: str,
    confidence: Confidence,
    example: Example,
    jurisdictions: tuple[str, ...] = (),
    notation: str = "",
    limit: str = "",
    bound: str = AT_MOST,
    unlisted: tuple[str, str] = ("", ""),
) -> Callable[[Callable[..., Any]], Indicator]:
    """Declare the function below as an indicator. Its parameters name the tables it reads.

    Those are tape tables, the same ones of the period before (``previous_loan``) and of the last December
    (``opening_loan``), what earlier periods left behind (``history_indicators``, ``history_<mart>``) and prepared
    grains, which may read them too. Where there is no such period the value is null and says so. ``example`` is (table
    name to partial rows, member to expected value). ``limit`` names a row of schemas/limits; ``bound`` is "at most" or
    "at least". ``unlisted`` says in English and Chinese why no rows add up to the number, where none do. Raises
    DeclarationError on a unit, a bound or a parameter that means nothing.
    """

    def declare(body: Callable[..., Any]) -> Indicator:
        if unit not in AMOUNT_UNITS + RATIO_UNITS:
            raise DeclarationError(
                f"indicator {code} has unit {unit!r}", f"use one of {', '.join(AMOUNT_UNITS + RATIO_UNITS)}"
            )
        if bound not in (AT_MOST, AT_LEAST):
            raise DeclarationError(f"indicator {code} has bound {bound!r}", f"use {AT_MOST!r} or {AT_LEAST!r}")
        return Indicator(
            code,
            unit,
            grain,
            dimension,
            en,
            zh,
            formula,
            cites,
            confidence,
            example,
            _body(f"indicator {code}", body),
            jurisdictions,
            notation,
            limit,
            bound,
            unlisted,
        )

    return declare


def mart(name: str, *, grain: str, en: str, zh: str, cites: str) -> Callable[[Callable[..., Any]], Mart]:
    """Declare the function below as a mart: a small Ibis table that each period leaves for later ones.

    Its parameters are tape tables and prepared grains, all of its own period. Its rows are kept sorted by all columns.
    Raises DeclarationError on a parameter that means nothing.
    """

    def declare(body: Callable[..., Any]) -> Mart:
        return Mart(name, grain, en, zh, cites, _body(f"mart {name}", body, own=True))

    return declare


def _body(what: str, function: Callable[..., Any], *, own: bool = False) -> Body:
    reads = tuple(inspect.signature(function).parameters)
    earlier = () if own else tuple(prefix + name for prefix in ("previous_", "opening_") for name in TABLES)
    known = {*TABLES, *PREPARED, *earlier}
    # which marts there are is known only when all modules are
    if strange := [name for name in reads if name not in known and (own or not name.startswith("history_"))]:
        raise DeclarationError(
            f"{what} reads {', '.join(strange)}",
            f"tables are {', '.join(TABLES)}, with previous_ or opening_ before them, and history_<mart>; "
            f"prepared grains are {', '.join(PREPARED)}",
        )
    return Body(function, reads)


def rows(fields: str, *values: tuple[Any, ...]) -> Rows:
    """Partial rows for an example: field names separated by blanks, then one tuple per row."""
    names = fields.split()
    return [dict(zip(names, row, strict=True)) for row in values]
