"""What a person or a program takes out of the indicators: all of a submission, or one of them over the periods.

Belongs here: writing them in a fixed order, in words. Not here: computing any (``loantape.measure``), the loans behind
one (``export.write_rows`` writes those).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from loantape import catalog, terminal
from loantape.declare import Indicator
from loantape.export import plain
from loantape.measure.history import Told, Was
from loantape.measure.values import REASONS

_INDEX = ("-HHI", "-GINI")  # between 0 and 1, but nobody reads it as a percentage


def write_indicators(con: duckdb.DuckDBPyConnection, submission: str, topics: Sequence[str], as_json: bool) -> None:
    """Every indicator of a submission with value, parts, reason and limit; of the topics named, or of all.

    Printed, limits that are broken come first, as there are hundreds of rows.
    """
    cursor = con.execute("SELECT * FROM indicators ORDER BY code, rowid")  # members stay in the order they are read in
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    rows = [row for row in rows if not topics or _topic(row["code"]) in topics]
    declared = catalog.indicators()
    if as_json:
        shown = [_record(row, declared.get(row["code"])) for row in rows]
        terminal.write_json(shown)
        return
    console = terminal.console()
    _print_breaches(console, submission, rows, declared)
    order = list(catalog.indicator_topics())
    for topic in sorted({_topic(row["code"]) for row in rows}, key=lambda one: [*order, one].index(one)):
        console.print(_table(submission, topic, [row for row in rows if _topic(row["code"]) == topic], declared))


def write_series(indicator: Indicator, told: Iterable[Told], as_json: bool) -> None:
    """One indicator over the periods: every version of each, the one that counts marked, and what was restated."""
    if as_json:
        records = [
            {"code": indicator.code, "unit": indicator.unit}
            | {name: _text(value) for name, value in vars(one).items()}
            | {"restatements": [{name: _text(value) for name, value in vars(was).items()} for was in one.restatements]}
            for one in told
        ]
        terminal.write_json(records)
        return
    table = Table(
        "period 报告期", "version", "member", "value", "rows", "restated 重述",
        title=f"{indicator.code} {indicator.en} {indicator.zh}",
    )  # fmt: skip
    for one in told:
        said = [_was(indicator, was) for was in one.restatements]
        table.add_row(
            str(one.period),
            f"v{one.version}" + ("" if one.counts else " (replaced 已取代)"),
            _member(indicator.dimension, one.member),
            _value(indicator.code, indicator.unit, one.value, one.null_reason),
            f"{one.rows:,}",
            "; ".join(said),
        )
    terminal.console().print(table)


def _was(indicator: Indicator, was: Was) -> str:
    value = value_text(indicator.code, indicator.unit, was.value)
    if was.version is not None:
        return f"was {value} in v{was.version} v{was.version}中为此值"
    return f"was {value} until {was.until} 此前为此值"


def value_text(code: str, unit: str, value: Decimal | None) -> str:
    """A value as a person reads it: a fraction as percent, money with two decimals, an index with four."""
    if value is None:
        return "–"
    if unit == "fraction":
        return f"{value:.4f}" if any(code.endswith(one) or f"{one}-" in code for one in _INDEX) else f"{value:.2%}"
    if unit == "percent":
        return f"{value:.4f} %"
    return f"{value:,.2f}" if unit == "money" else f"{value.normalize():,f}"


def _print_breaches(
    console: Console, submission: str, rows: Sequence[Mapping[str, Any]], declared: Mapping[str, Indicator]
) -> None:
    """Every value beyond its limit, or that there is none, and how many were held against one."""
    held = [row for row in rows if row.get("is_breached") is not None]
    broken = [row for row in held if row["is_breached"]]
    if not broken:
        console.print(f"{submission}  {len(held)} values are held against limits, none is beyond: 均未超限")
        return
    table = Table(
        "code", "indicator 指标", "member 成员", "value 值", "limit 限额",
        title=f"{submission}  limits broken 超限: {len(broken)} of {len(held)}", style="red",
    )  # fmt: skip
    for row in broken:
        value = _value(row["code"], row["unit"], row["value"], row["null_reason"])
        member = _member(row["dimension"], row["member"]) if row["dimension"] else ""
        table.add_row(row["code"], _name(declared.get(row["code"])), member, value, _limit(row))
    console.print(table)


def _name(said: Indicator | None) -> str:
    return f"{said.en.split('. ')[0].rstrip('.')}\n{said.zh}" if said else "no longer declared 已不再定义"


def _table(submission: str, topic: str, rows: Sequence[Mapping[str, Any]], declared: Mapping[str, Indicator]) -> Table:
    words = " ".join(catalog.indicator_topics().get(topic, (topic,)))
    table = Table(
        "code", "indicator 指标", "value 值", "rows 笔数", "limit 限额", title=f"{submission}  {topic}: {words}"
    )
    before = ""
    for row in rows:
        name = _name(declared.get(row["code"]))
        value = _value(row["code"], row["unit"], row["value"], row["null_reason"])
        if row["code"] != before and row["dimension"]:
            table.add_row(row["code"], name, "", "", "")
        member = f"  {_member(row['dimension'], row['member'])}" if row["dimension"] else name
        told = ("" if row["dimension"] else row["code"], member, value, f"{row['rows']:,}", _limit(row))
        table.add_row(*told, style="bold red" if row.get("is_breached") else None)
        before = row["code"]
    return table


def _limit(row: Mapping[str, Any]) -> str:
    if row.get("limit_value") is None:
        return ""
    code, unit = row["code"], row["unit"]
    limit = f"{row['bound']} {value_text(code, unit, row['limit_value'])} [{row['limit_confidence']}]"
    if row["headroom"] is None:
        return limit
    return (
        f"{limit}\n{'BREACHED 超限' if row['is_breached'] else 'room 余量'} {value_text(code, unit, row['headroom'])}"
    )


def _value(code: str, unit: str, value: Decimal | None, reason: str | None) -> str:
    if value is not None:
        return value_text(code, unit, value)
    return f"– ({reason} {REASONS.get(reason or '', '')})"


def _member(dimension: str, member: str) -> str:
    words = catalog.member_words(dimension, member)
    return member if words == (member, member) else f"{member}  {' '.join(dict.fromkeys(words))}"


def _record(row: Mapping[str, Any], said: Indicator | None) -> dict[str, Any]:
    reason = REASONS.get(row["null_reason"] or "")
    words = {"en": said.en, "zh": said.zh} if said else {"en": None, "zh": None}
    member_en, member_zh = catalog.member_words(row["dimension"], row["member"])
    return (
        {name: plain(value) for name, value in row.items()}
        | words
        | {"member_en": member_en, "member_zh": member_zh, "null_reason_zh": reason}
    )


def _topic(code: str) -> str:
    return code.partition("-")[0]


def _text(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return plain(value) if isinstance(value, Decimal) else str(value)
