"""Dirty tapes for the second opinion: values on every edge, mixed with the rules' own examples.

Belongs here: what such a tape holds. Not here: what the engine or pandera say of it. A tape is a seed: the same seed
gives the same rows. Many tapes lie in one submission, their keys apart, because that proves the same in less time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from loantape import catalog
from loantape.declare import Period, Rule

ROWS = (30, 30, 30, 40, 150)  # of a table of one tape
KEYS = 12  # values a key takes in one tape, so that tables meet and rows repeat each other
_EXACT = Context(prec=80)
_DAYS = (0, 1, -1, -29, -30, -31, -60, -89, -90, -91, -180, -270, -271, -360, -361, -364, -365, -366, -800, 400)
_EXTREME_DAYS = (date(1, 1, 1), date(1899, 12, 31), date(1900, 1, 1), date(2024, 2, 29), date(9999, 12, 31))
_WHOLE = (-2147483648, -1, 0, 1, 2, 3, 12, 30, 90, 91, 270, 271, 360, 361, 1899, 1900, 2100, 2101, 2147483647)
NASTY = (
    "",
    " ",
    "0",
    "LS99",
    "N/A",
    "91100000100003962T",
    "911000001000039620",
    "电话13800000000",
    "11010519491231002X",
    "１１０１０５",
    "张三",
    "𠮷野家🏦",
    "e\u0301\u200b\u202e",
    "a'b\"c%_\\",
    "line\nbreak\ttab",
    "x" * 400,
    "借" * 130,
)


@cache
def law_days() -> tuple[date, ...]:
    """Every day on which a rule or a limit begins or ends."""
    dated = [one for rule in catalog.rules().values() for one in (rule.since, rule.until)]
    dated += [one for limit in catalog.limits() for one in (limit.valid_from, limit.valid_to)]
    return tuple(sorted({one for one in dated if one is not None}))


@cache
def limit_values() -> tuple[Decimal, ...]:
    """Every number that a rule compares with, as declared."""
    return tuple(sorted({limit.value for limit in catalog.limits()}))


@cache
def told_texts() -> tuple[str, ...]:
    """The texts of the examples of rules on free text."""
    return tuple(row["text"] for name in catalog.grains() for row in examples(name) if row.get("text"))


@cache
def pool(kind: Any, codes: tuple[str, ...], period: date) -> tuple[Any, ...]:
    """What a column of a type may hold besides null: on the edges of what is allowed, and well beyond them."""
    if kind.is_boolean():
        return (True, False)
    if kind.is_date() or kind.is_timestamp():
        near = [period + timedelta(days=days) for days in _DAYS]
        edges = [day + timedelta(days=by) for day in law_days() for by in (-1, 0, 1)]
        days = [*near, *near, *edges, *_EXTREME_DAYS]
        if kind.is_date():
            return tuple(days)
        return tuple(datetime.combine(day, at) for day in days for at in (time(0), time(23, 59, 59)))
    if kind.is_decimal():
        with localcontext(_EXACT):
            # a sum of a tape's amounts is wide, and never as wide as its type
            step, most = Decimal(1).scaleb(-kind.scale), Decimal(10) ** min(kind.precision - kind.scale, 20)
            edges = [value for value in limit_values() if value < most and value == value.quantize(step)]
            edges += [Decimal(value) for value in (0, 0, 0, 1, 24, 100, 1000, 200_000) if value < most]
            near = [value + by for value in edges for by in (-step, 0 * step, step)]
            return tuple(value.quantize(step) for value in (*near, most - step, step - most))
    if kind.is_integer():
        edges = [int(value) for value in limit_values() if value == int(value) and value < 2**31 - 1]
        return (*_WHOLE, *_WHOLE, *(value + by for value in edges for by in (-1, 0, 1)))
    return tuple(codes) * max(1, 60 // len(codes)) + NASTY[:6] if codes else NASTY + told_texts()


@cache
def _key_names() -> frozenset[str]:
    return frozenset(
        name
        for model in catalog.tape_tables().values()
        for name, column in model.to_schema().columns.items()
        if column.dtype.type.is_string() and (name in model.key() or name.endswith(("_no", "_id", "_uscc")))
    )


@cache
def _codes() -> Mapping[str, tuple[str, ...]]:
    """The code list of each column that has one, by its name: prepared columns keep the name they come from."""
    return {
        name: tuple(codes)
        for model in catalog.tape_tables().values()
        for name, column in model.to_schema().columns.items()
        if (codes := column.metadata["loantape"].codes)
    }


def random_columns(
    chance: random.Random, columns: Mapping[str, Any], count: int, period: date, prefix: str = ""
) -> dict[str, list[Any]]:
    """So many random rows, by column; with a ``prefix`` the keys are those of one tape."""
    made = {}
    for name, kind in columns.items():
        values: Sequence[Any] = pool(kind, _codes().get(name, ()) if kind.is_string() else (), period)
        if prefix and name in _key_names():
            values = [f"{prefix}-{name}-{n}" for n in range(KEYS)] * 3 + list(NASTY[-6:])
        nulls = len(values) * chance.choice((1, 4)) // 16 + 1
        made[name] = chance.choices([*values, *[None] * nulls], k=count)
    return made


@cache
def examples(on: str) -> tuple[Mapping[str, Any], ...]:
    """The examples of every rule on a grain, those that must fail first, each of a lender the rule is for."""
    rules = [rule for rule in catalog.rules().values() if rule.on == on]
    typed = "lender_type" in catalog.grain(on).columns()
    whose = {rule.code: {"lender_type": rule.lender_types[0]} if rule.lender_types and typed else {} for rule in rules}
    failing = [whose[rule.code] | dict(row) for rule in rules for row in rule.fails]
    return (*failing, *(whose[rule.code] | dict(row) for rule in rules for row in rule.passes))


def columns_of(table: str) -> dict[str, Any]:
    """The columns of a tape table with their types."""
    return {name: column.dtype.type for name, column in catalog.tape_tables()[table].to_schema().columns.items()}


def fill_tapes(con: duckdb.DuckDBPyConnection, seeds: Iterable[int], period: Period) -> int:
    """Adds one dirty tape for each seed, and returns how many rows that are in all tables.

    A tape has random rows, copies of some, and as many of the examples as its turn is, alone or over a random row.
    """
    added = 0
    tapes = list(seeds)
    for table in catalog.tape_tables():
        kinds, told = columns_of(table), examples(table)
        share = -(-len(told) // max(1, len(tapes)))
        made: dict[str, list[Any]] = {name: [] for name in kinds}
        for turn, seed in enumerate(tapes):
            chance = random.Random(f"{seed} {table}")
            count = chance.choice(ROWS)
            rows = random_columns(chance, kinds, count, period.date, f"T{seed}")
            for name, values in rows.items():
                values.extend(values[: count // 20])  # copies
                made[name].extend(values)
            _extend(made, kinds, told[turn * share : (turn + 1) * share], rows, seed)
        added += insert(con, f"tape_{table}", kinds, made)
    return added


def _extend(
    made: dict[str, list[Any]],
    kinds: Mapping[str, Any],
    told: Sequence[Mapping[str, Any]],
    over: Mapping[str, Sequence[Any]],
    seed: int,
) -> None:
    """Each example twice: all else null, and all else as in a random row."""
    for n, example in enumerate(told):
        for name, values in made.items():
            beyond = over[name][(n + seed) % len(over[name])]
            values.extend((example.get(name), example.get(name, beyond)))


def mixed_columns(chance: random.Random, on: str, count: int, period: Period) -> dict[str, list[Any]]:
    """Rows of a grain as if it had been prepared: random ones, and every example of its rules twice."""
    kinds = {name: kind for name, kind in catalog.grain(on).columns().items() if name != "row"}
    rows = random_columns(chance, kinds, count, period.date)
    made = {name: list(values) for name, values in rows.items()}
    _extend(made, kinds, examples(on), rows, 0)
    return made


def insert(
    con: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, Any], made: Mapping[str, Sequence[Any]]
) -> int:
    """Adds rows given by column, in their order; returns how many."""
    arrays = {name: _array(kinds[name], values) for name, values in made.items()}
    con.register("dirty", pa.table(arrays))
    names = ", ".join(f'"{name}"' for name in made)
    con.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM dirty")
    con.unregister("dirty")
    return len(next(iter(made.values())))


def _array(kind: Any, values: Sequence[Any]) -> pa.Array:
    arrow = kind.to_pyarrow()
    return pa.array([_typed(kind, value) for value in values], type=arrow)


def _typed(kind: Any, value: Any) -> Any:
    """Examples are written as people write them: numbers and dates as texts."""
    if value is None:
        return None
    if kind.is_decimal():
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.scale), context=_EXACT)
    if kind.is_timestamp() and not isinstance(value, datetime):
        return datetime.fromisoformat(value) if isinstance(value, str) else datetime.combine(value, time(0))
    if kind.is_date() and isinstance(value, str):
        return date.fromisoformat(value)
    if kind.is_integer():
        return int(value)
    return value


def rules_on(names: Iterable[str]) -> list[Rule]:
    """The rules of the book on these grains."""
    wanted = set(names)
    return [rule for rule in catalog.rules().values() if rule.on in wanted]
