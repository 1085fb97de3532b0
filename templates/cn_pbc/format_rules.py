"""The rules of the PBoC's format that each column states by itself: it is there, in its form, of characters allowed.

Belongs here: rules generated from the declared columns, and the grains they are said on. Not here: rules across columns
(cross_rules.py) and across tables (table_rules.py). The PBoC's own list of checks was not found: these are derived from
the text of V2.1, and say where from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Grain, Rule, Severity
from schemas.formats import at_most_digits, byte_length, format_rule
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX, TABLES
from templates.cn_pbc.forms import Chars, Column, Day, Fixed, Table

_EXTRA: Mapping[str, Mapping[str, dt.DataType]] = {
    CLGRDK.name: {"reported_on": dt.date},
    GRDKFS.name: {"reported_on": dt.date, "since": dt.date},
    GRKHXX.name: {"reported_on": dt.date, "customer": dt.string},
}
_FULL_WIDTH = r"[\x{3000}\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff5e}]"
# a regulator's hash of an identity number names its person, so refusals show the pseudonym or the IOU number
_HIDDEN = {(CLGRDK.name, 5): "c07", (GRDKFS.name, 5): "c07", (GRKHXX.name, 3): "customer"}


def grain_of(table: Table, name: str = "", **more: Any) -> Grain:
    """The rows of an outgoing table; with ``prepared`` columns under another name."""
    columns = {column.name: column.kind for column in table.columns} | dict(_EXTRA[table.name])
    return Grain(name or table.grain, None, table.relation, columns, key=table.key, has_rows=False, **more)


def shown(table: Table, column: Column) -> str:
    """The column a refusal shows for this one."""
    return _HIDDEN.get((table.name, column.number), column.name)


def column_rules() -> tuple[Rule, ...]:
    """Every column of every table."""
    return tuple(rule for table in TABLES for column in table.columns for rule in _rules(table, column))


def cites(table: Table) -> str:
    """Where V2.1 describes a table."""
    return f"金融基础数据采集规范 V2.1 §3.1, {table.section}"


def _rules(table: Table, column: Column) -> Iterator[Rule]:
    code = f"{table.name}-{column.number:02d}"
    name, what = column.name, (f"Column {column.number} ({column.en})", f"第{column.number}列（{column.zh}）")
    good = _good(column)

    def rule(suffix: str, en: str, zh: str, bad: str | None, holds: Any, severity: Severity = Severity.ERROR) -> Rule:
        return format_rule(
            code + suffix,
            on=table.grain,
            fields=(shown(table, column),),
            cites=cites(table),
            confidence=Confidence.PRIMARY,
            en=en,
            zh=zh,
            passes=[{name: good}],
            fails=[{name: bad}],
            severity=severity,
        )(holds)

    if column.required:
        en, zh = column.missing
        yield rule(
            "R", f"{what[0]} is filled. {en}".strip(), f"{what[1]}必填。{zh}", None, lambda t, _: t[name].notnull()
        )
    match column.form:
        case Chars(codes=codes) if codes is not None:
            allowed = list(codes)
            yield rule(
                "F",
                f"{what[0]} is one of its codes.",
                f"{what[1]}在代码表内。",
                "?",
                lambda t, _: t[name].isin(allowed),
            )
        case Chars(matches=matches, bad=bad) if matches is not None:
            yield rule(
                "F",
                f"{what[0]} is in its form.",
                f"{what[1]}格式正确。",
                bad,
                lambda t, _: t[name].re_search(f"^(?:{matches})$"),
            )
        case Chars(size=size, fixed=fixed):
            words = (f"exactly {size}", f"恰为{size}") if fixed else (f"at most {size}", f"不超过{size}")
            yield rule(
                "F",
                f"{what[0]} has {words[0]} bytes in UTF-8.",
                f"{what[1]}按UTF-8计{words[1]}个字节。",
                "字" * (size // 3 + 1),
                lambda t, _: byte_length(t[name]) == size if fixed else byte_length(t[name]) <= size,
            )
            yield rule(
                "C",
                f"{what[0]} holds no '|', double quote or backslash, which the format has no way to write.",
                f"{what[1]}不含“|”、双引号或反斜杠，格式无法表示。",
                "|",
                lambda t, _: ~(t[name].contains("|") | t[name].contains('"') | t[name].contains("\\")),
            )
            if not fixed:
                # "special characters are half-width" [P] can be read of all punctuation or of what a keyboard has in
                # both widths, and no check of it was found: so it is said and does not stop a filing
                yield rule(
                    "W",
                    f"{what[0]} has its special characters and spaces in half width.",
                    f"{what[1]}中的特殊字符和空格为半角。",
                    "（",
                    # most values are ASCII, which no pattern has to look at
                    lambda t, _: (byte_length(t[name]) == t[name].length()) | ~t[name].re_search(_FULL_WIDTH),
                    Severity.WARNING,
                )
        case Fixed(whole=whole) as form:
            if form.may_overflow:
                yield rule(
                    "F",
                    f"{what[0]} has at most {whole} digits before the point.",
                    f"{what[1]}整数不超过{whole}位。",
                    "1" + "0" * whole,
                    lambda t, _: at_most_digits(t[name], whole),
                )
        case Day():
            yield rule(
                "F",
                f"{what[0]} is a date of a four-digit year.",
                f"{what[1]}为四位年份的日期。",
                "10000-01-01",
                lambda t, _: t[name].between(date(1, 1, 1), date(9999, 12, 31)),
            )


def _good(column: Column) -> str:
    match column.form:
        case Chars(codes=codes) if codes:
            return next(iter(codes))
        case Chars(good=good, size=size, fixed=True, matches=None):
            return good * size
        case Chars(good=good):
            return good
        case Fixed():
            return "1.00"
        case Day():
            return "2026-10-31"
