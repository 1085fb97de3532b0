"""What we compute. Here: how an indicator is declared, and the few shapes its body is written in.

Belongs here: the decorator and the shapes. Not here: any indicator (the topic modules) or prepared grain (grains.py).

Every shape returns an Ibis table with one row per member: ``member`` ('' for a total), ``position`` (the order members
are told in), ``numerator``, ``denominator`` (null where the number is not a ratio) and ``rows`` (rows of the grain it
speaks of). Null is not zero: a loan on which a condition is unknown counts in no numerator but stays in the whole, and
a sum over rows that all lack the field is null.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import AT_LEAST, AT_MOST, Confidence, Indicator, Mart
from loantape.errors import DeclarationError
from schemas.tape import TABLES
from transforms.grains import PREPARED

Rows = Sequence[Mapping[str, Any]]
Example = tuple[Mapping[str, Rows], Mapping[str, Decimal | None]]

UNKNOWN = "unknown"  # the member of rows that lack the field they are grouped by
AMOUNT_UNITS = ("money", "count")  # the value is the numerator
RATIO_UNITS = ("fraction", "percent")  # the value is numerator over denominator

_SUMS = "decimal(38, 2)"


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
) -> Callable[[Callable[..., Any]], Indicator]:
    """Declare the function below as an indicator. Its parameters name the tables it reads.

    Those are tape tables, the same ones of the period before (``previous_loan``) and of the last December
    (``opening_loan``), what earlier periods left behind (``history_indicators``, ``history_<mart>``) and prepared
    grains, which may read them too. Where there is no such period the value is null and says so. ``example`` is (table
    name to partial rows, member to expected value). ``limit`` names a row of schemas/limits; ``bound`` is "at most" or
    "at least". Raises DeclarationError on a unit, a bound or a parameter that means nothing.
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


# --- expressions on one row ----------------------------------------------------------------------------------------


def where(condition: Any, value: Any) -> Any:
    """``value`` where the condition holds, 0 where it does not, null where it is unknown."""
    return ibis.cases((condition, value), (~condition, ibis.literal(0).cast(value.type())))


def band(value: Any, bands: Sequence[tuple[str, int | None]]) -> Any:
    """The name of the first band whose upper bound is not below ``value``; a bound of None takes all that is left."""
    branches = [(value <= upper, name) for name, upper in bands if upper is not None]
    return ibis.cases(*branches, (value.notnull(), bands[-1][0]))


def names(bands: Sequence[tuple[str, int | None]]) -> tuple[str, ...]:
    """The members that ``band`` can give, in order."""
    return tuple(name for name, _ in bands)


# --- shapes --------------------------------------------------------------------------------------------------------


def amount(value: Any) -> Any:
    """One total: ``value`` is an aggregate of one table."""
    table = _table_of(value)
    return _shaped(table.aggregate(numerator=value, rows=table.count()))


def ratio(part: Any, whole: Any) -> Any:
    """One ratio of two aggregates, of the same table or of two; ``rows`` counts the table of the whole."""
    table, other = _table_of(whole), _table_of(part)
    if table.equals(other):
        return _shaped(table.aggregate(numerator=part, denominator=whole, rows=table.count()))
    wholes = table.aggregate(denominator=whole, rows=table.count())
    return _shaped(wholes.cross_join(other.aggregate(numerator=part)))


def by(table: Any, member: Any, *, numerator: Any, denominator: Any = None, members: Sequence[str] = ()) -> Any:
    """One number per member. ``members`` are told even when no row has them: with 0, or null on an empty table."""
    measures = {"numerator": numerator, "rows": table.count()}
    if denominator is not None:
        measures["denominator"] = denominator
    found = table.group_by(member=ibis.coalesce(member, UNKNOWN)).aggregate(**measures)
    return _shaped(_with_members(found, table, members) if members else found, members)


def shares(table: Any, member: Any, value: Any, members: Sequence[str] = ()) -> Any:
    """Each member's part of the sum of ``value`` over the whole table."""
    parts = by(table, member, numerator=value.sum(), members=members)
    return parts.mutate(denominator=parts.numerator.sum().over())


def top(table: Any, member: Any, value: Any, count: int) -> Any:
    """The ``count`` largest known members by the sum of ``value``, largest first; equals in order of their names."""
    ranked = _ranked(table, member, value)
    return ranked.filter(ranked.position <= count).mutate(denominator=ibis.null())


def top_shares(table: Any, member: Any, value: Any, counts: Sequence[int]) -> Any:
    """The part that the 1, 5, ... largest known members have in the sum over all, unknown members included."""
    ranked, wholes = _ranked(table, member, value), table.aggregate(denominator=value.sum(), rows=table.count())
    parts = [
        ranked.aggregate(numerator=where(ranked.position <= count, ranked.numerator).sum()).mutate(
            member=ibis.literal(str(count)), position=ibis.literal(place)
        )
        for place, count in enumerate(counts)
    ]
    return _columns(ibis.union(*parts).cross_join(wholes))


def hhi(table: Any, member: Any, value: Any) -> Any:
    """Herfindahl-Hirschman index, the sum of squared shares: 1/n for n equal members, 1 for a single one.

    Written as sum of squares over square of the sum, so that both are exact decimals. Rows without a member are one
    member together.
    """
    parts = by(table, member, numerator=value.sum())
    part = parts.numerator.cast(_SUMS)
    squares = parts.aggregate(
        numerator=(part * part).sum(), total=part.sum(), rows=ibis.coalesce(parts.rows.sum(), ibis.literal(0))
    )
    total = squares.total.cast(_SUMS)
    return _shaped(squares.mutate(denominator=total * total))


def _table_of(aggregate: Any) -> Any:
    (table,) = aggregate.op().relations
    return table.to_expr()


def _shaped(measured: Any, members: Sequence[str] = ()) -> Any:
    missing: dict[str, Any] = {}
    if "member" not in measured.columns:
        missing["member"] = ibis.literal("")
    if "denominator" not in measured.columns:
        missing["denominator"] = ibis.null()
    places = [(measured.member == name, place) for place, name in enumerate(members)]
    missing["position"] = ibis.cases(*places, else_=len(members)) if places else ibis.literal(0)
    return _columns(measured.mutate(**missing))


def _columns(measured: Any) -> Any:
    return measured.select("member", "position", "numerator", "denominator", "rows")


def _with_members(found: Any, table: Any, members: Sequence[str]) -> Any:
    """``found`` and a row for each declared member it lacks: 0 where the table has rows, null where it has none."""
    measures = [name for name in ("numerator", "denominator") if name in found.columns]
    empty = table.aggregate(seen=table.count())
    zeros = {name: (empty.seen > 0).ifelse(ibis.literal(0), ibis.null()).cast(found[name].type()) for name in measures}
    declared = empty.select(member=ibis.array(list(members)).unnest(), **zeros, rows=ibis.literal(0).cast("int64"))
    together = ibis.union(found.select(*declared.columns), declared)
    return together.group_by("member").aggregate(
        **{name: together[name].sum() for name in measures}, rows=together.rows.sum()
    )


def _ranked(table: Any, member: Any, value: Any) -> Any:
    known = table.filter(member.notnull())
    parts = by(known, member, numerator=value.sum())
    return parts.mutate(position=ibis.row_number().over(order_by=[parts.numerator.desc(), parts.member.asc()]) + 1)
