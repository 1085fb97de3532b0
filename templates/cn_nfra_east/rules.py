"""The format rules of EAST: its draft check rules for the tables that are filed, and the forms of their fields.

Belongs here: turning a line of draft_rules.csv into a rule. Not here: the lines themselves, taken from the draft of
EAST's annex 4 with the changes of its official questions and answers applied [P], nor those that cannot be asked of
these tables (draft_rules_left_out.csv, with the reason). A strong rule stops the filing, unless it looks at a field
that the tape does not carry: that one is counted, and explained in the workbook of results, as EAST asks of strong
ones.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ibis

from loantape.declare import Confidence, Rule, Severity
from loantape.errors import DeclarationError
from schemas.formats import byte_length, format_rule
from templates.cn_nfra_east import conditions
from templates.cn_nfra_east.forms import Absent, Chars, Count, Day, Field, Table
from templates.cn_nfra_east.outgoing import GRANTED, REPORTS, link
from templates.cn_nfra_east.tables import TABLES

_HERE = Path(__file__).parent
_PERSONAL = ("KHTYBH", "KHMC", "ZHMC", "ZJHM", "KHZJHM", "LXDH")  # a mask of a person's data is not shown either
_DAY = "[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
_CONTROL = r"[\x00-\x1f\x7f]"
_OPEN = "-XX"  # of a listed value: what follows the dash is the bank's own word
Examples = tuple[Mapping[str, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class DraftRule:
    """One line of draft_rules.csv, with its table and field."""

    code: str
    final_no: str
    table: Table
    field: Field
    kind: str
    argument: str
    strong: bool
    changed: bool

    @property
    def absent(self) -> Absent | None:
        """Why it cannot hold, where it looks at a field that the tape does not carry."""
        return self.field.absent

    @property
    def blocks(self) -> bool:
        """Whether a record that breaks it stops the filing."""
        return self.strong and self.absent is None


@cache
def draft_rules() -> tuple[DraftRule, ...]:
    """EAST's draft check rules on the tables that are filed, in the order of their numbers."""
    tables = {table.number: table for table in TABLES}
    with (_HERE / "draft_rules.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            DraftRule(
                line["code"],
                line["final_no"],
                tables[line["table"]],
                tables[line["table"]].named[line["field"]],
                line["kind"],
                line["argument"],
                line["strong"] == "1",
                line["changed"] == "1",
            )
            for line in csv.DictReader(lines)
        )


@cache
def rules() -> tuple[Rule, ...]:
    """Every format rule: the draft ones, then the forms of the fields and the keys of the tables."""
    return (*map(_drafted, draft_rules()), *(rule for table in TABLES for rule in _forms(table)))


# --- draft check rules --------------------------------------------------------------------------------------------


def _drafted(one: DraftRule) -> Rule:
    holds, (kept, broken), en, zh = _KINDS[one.kind](one)
    cites = f"EAST 5.0, draft of annex 4, {one.code}"
    cites += f"; final number {one.final_no}" if one.final_no else ""
    cites += ", as changed by the official questions and answers" if one.changed else ""
    return format_rule(
        one.code,
        on=one.table.code.lower(),
        fields=(_shown(one.table, one.field),),
        cites=cites,
        confidence=Confidence.PRIMARY,
        en=en,
        zh=zh,
        passes=[kept],
        fails=[broken],
        severity=Severity.ERROR if one.blocks else Severity.WARNING,
        draft=True,
    )(holds)


Made = tuple[Callable[[Any, Any], Any], Examples, str, str]


def _present(one: DraftRule) -> Made:
    code, is_text = one.field.code, isinstance(one.field.form, Chars)
    value = "甲" if is_text else "20260101" if isinstance(one.field.form, Day) else "1"

    def holds(table: Any, limits: Any) -> Any:
        there = table[code].notnull()
        return there & (table[code] != "") if is_text else there

    return (
        holds,
        ({code: value}, {code: "" if is_text else None}),
        f"{one.field.en} is there.",
        f"{one.field.zh}不为空。",
    )


def _given(one: DraftRule) -> Made:
    condition = conditions.read(one.argument, one.table.named)
    examples = condition.examples()
    return (
        lambda table, limits: condition.holds(table),
        examples,
        condition.sentence(chinese=False),
        condition.sentence(chinese=True),
    )


def _in_form(pattern: str, good: str, en: str, zh: str) -> Callable[[DraftRule], Made]:
    def made(one: DraftRule) -> Made:
        code = one.field.code
        return (
            lambda table, limits: table[code].re_search(f"^({pattern})$"),
            ({code: good}, {code: good[:-1]}),
            f"{one.field.en} has the form {en}.",
            f"{one.field.zh}符合格式{zh}。",
        )

    return made


def _length(one: DraftRule) -> Made:
    code, lengths = one.field.code, [int(n) for n in one.argument.split(";")]
    return (
        lambda table, limits: (table[code] == "") | table[code].length().isin(lengths),
        ({code: "1" * lengths[0]}, {code: "1" * (lengths[0] + 1)}),
        f"{one.field.en}, where it is there, is {' or '.join(map(str, lengths))} characters long.",
        f"{one.field.zh}非空时，长度为{'或'.join(map(str, lengths))}。",
    )


def _bounded(least: bool) -> Callable[[DraftRule], Made]:
    def made(one: DraftRule) -> Made:
        code, bound = one.field.code, int(one.argument)

        def holds(table: Any, limits: Any) -> Any:
            length = table[code].length()
            return (table[code] == "") | (length >= bound if least else length <= bound)

        return (
            holds,
            ({code: "a" * bound}, {code: "a" * (bound - 1 if least else bound + 1)}),
            f"{one.field.en}, where it is there, is at {'least' if least else 'most'} {bound} characters long.",
            f"{one.field.zh}非空时，长度{'不小于' if least else '不大于'}{bound}。",
        )

    return made


def _one_of(one: DraftRule) -> Made:
    code, words = one.field.code, one.argument.split(";")
    closed = [word for word in words if not word.endswith(_OPEN)]
    stems = [word.removesuffix("XX") for word in words if word.endswith(_OPEN)]

    def holds(table: Any, limits: Any) -> Any:
        value = table[code]
        free = [value.startswith(stem) & (value.length() > len(stem)) for stem in stems]
        return ibis.or_(value == "", value.isin(closed), *free)

    shown = "、".join(words)
    return (
        holds,
        ({code: closed[0]}, {code: "别的"}),
        f"{one.field.en}, where it is there, is one of {shown}.",
        f"{one.field.zh}非空时，取值为{shown}。",
    )


def _without(one: DraftRule) -> Made:
    code, characters = one.field.code, one.argument

    def holds(table: Any, limits: Any) -> Any:
        return table[code].translate(characters, " " * len(characters)) == table[code]

    return (
        holds,
        ({code: "甲"}, {code: f"甲{characters[0]}"}),
        f"{one.field.en} has none of the characters {characters}",
        f"{one.field.zh}不含特殊字符{characters}",
    )


def _varied(one: DraftRule) -> Made:
    code = one.field.code
    return (
        lambda table, limits: table[code].nunique() != 1,
        ({}, {code: "甲"}),
        f"{one.field.en} is not the same in all records.",
        f"{one.field.zh}不应全部相同。",
    )


def _one_each(one: DraftRule) -> Made:
    code, other = one.field.code, one.table.named[one.argument]

    def holds(table: Any, limits: Any) -> Any:
        same = ibis.window(group_by=code)
        least, most = table[other.code].min().over(same), table[other.code].max().over(same)
        return (table[code] == "") | (least.notnull() & (least == most))

    return (
        holds,
        ({code: ""}, {code: "甲"}),
        f"Each {one.field.en} has one {other.en}.",
        f"同一{one.field.zh}不对应不同的{other.zh}。",
    )


def _exists(one: DraftRule) -> Made:
    number, theirs = one.argument.split(":")
    code, looked = one.field.code, link(number, theirs) + f"_{one.field.code.lower()}"
    other = next(table for table in TABLES if table.number == number)
    return (
        lambda table, limits: (table[code] == "") | table[looked],
        ({code: "甲", looked: True}, {code: "甲", looked: False}),
        f"{one.field.en}, where it is there, is in table {number}, {other.en}.",
        f"{one.field.zh}非空时，须在{other.zh}中存在。",
    )


def _after_grant(one: DraftRule) -> Made:
    code = one.field.code
    return (
        lambda table, limits: (table[code] == "99991231") | (table[code] >= table[GRANTED]),
        ({code: "20260102", GRANTED: "20260101"}, {code: "20260101", GRANTED: "20260102"}),
        f"{one.field.en} is not before the grant that table 503 gives.",
        f"{one.field.zh}不早于个人信贷业务借据表的贷款发放日期。",
    )


_KINDS: Mapping[str, Callable[[DraftRule], Made]] = {
    "present": _present,
    "given": _given,
    "day": _in_form(_DAY, "20261031", "YYYYMMDD", "YYYYMMDD"),
    "time": _in_form(_TIME, "235959", "hhmmss", "hhmmss"),
    "length": _length,
    "at_least": _bounded(least=True),
    "at_most": _bounded(least=False),
    "one_of": _one_of,
    "without": _without,
    "varied": _varied,
    "one_each": _one_each,
    "exists": _exists,
    "not_before_other": _after_grant,
}


# --- forms and keys -----------------------------------------------------------------------------------------------


def _forms(table: Table) -> Iterator[Rule]:
    """What the file itself cannot carry, or a receiver could not load: forms of fields, and records named twice."""
    for one in table.fields:
        if one.absent is None and isinstance(one.form, Chars | Day | Count):
            yield _form(table, one)
    key = table.key

    def once(rows: Any, limits: Any) -> Any:
        return rows[key[0]].count().over(ibis.window(group_by=[*key, REPORTS])) == 1

    named = [table.named[code] for code in key]
    yield format_rule(
        f"EAST-{table.number}-KEY",
        on=table.code.lower(),
        fields=(_shown(table, named[0]),),
        cites=f"EAST 5.0, annex 2, table {table.number}: primary key",
        confidence=Confidence.PRIMARY,
        en=f"No two records of a file have the same {', '.join(one.en for one in named)}.",
        zh=f"{'、'.join(one.zh for one in named)}在同一文件内不重复。",
        passes=[{key[0]: "甲"}],
        fails=[{}],
    )(once)


def _form(table: Table, one: Field) -> Rule:
    code = one.code
    match one.form:
        case Chars(size=size):
            kept, broken, en = "甲", "x" * (size + 1), f"has at most {size} bytes in UTF-8 and no control character"
            zh = f"不超过{size}个字节，且不含控制字符"

            def holds(rows: Any, limits: Any) -> Any:
                return (byte_length(rows[code]) <= size) & ~rows[code].re_search(_CONTROL)
        case Day():
            kept, broken, en, zh = "20261031", "100000101", "is a day of a four-digit year", "年份为四位数"

            def holds(rows: Any, limits: Any) -> Any:
                return rows[code].re_search(f"^{_DAY}$")
        case Count():
            kept, broken, en, zh = "9999", "10000", "has at most four digits and no sign", "不超过四位且不为负"

            def holds(rows: Any, limits: Any) -> Any:
                return (rows[code] >= 0) & (rows[code] <= 9999)
        case _:
            raise DeclarationError(f"{code} has no form to check", "see forms.py")
    return format_rule(
        f"EAST-{table.number}-{code}",
        on=table.code.lower(),
        fields=(_shown(table, one),),
        cites=f"EAST 5.0, annex 2, table {table.number}; draft of annex 3",
        confidence=Confidence.PRIMARY,
        en=f"{one.en} {en}.",
        zh=f"{one.zh}{zh}。",
        passes=[{code: kept}],
        fails=[{code: broken}],
    )(holds)


def _shown(table: Table, one: Field) -> str:
    """The field whose value a refusal shows: the key's, where the field itself is of a person."""
    return table.key[-2] if one.code in _PERSONAL else one.code
