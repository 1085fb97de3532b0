"""The small language in which EAST's check rules say what the fields of one record must be.

Belongs here: reading a condition such as ``QBJE!=0 => QBRQ!=99991231``, its Ibis expression, its sentence, and examples
that keep and break it. Not here: any rule (draft_rules.csv, rules.py). Grammar: ``[any =>] any``; ``any`` is
``all|all|…``, ``all`` is ``test&test&…``, a test is a field, one of ``= != > >= <=``, and a field, a number, a text or
nothing, which is the empty text.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import ibis

from loantape.errors import DeclarationError
from templates.cn_nfra_east.forms import Amount, Count, Field, Rate

_TEST = re.compile(r"([A-Z]+)(!=|>=|<=|=|>)([^&|]*)")
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<=": operator.le,
}
_WORDS = {
    "=": ("equals", "等于"),
    "!=": ("differs from", "不等于"),
    ">": ("is over", "大于"),
    ">=": ("is at least", "大于等于"),
    "<=": ("is at most", "小于等于"),
}

Value = str | Decimal


@dataclass(frozen=True)
class Test:
    """One comparison of a field with a value or another field."""

    left: Field
    compare: str
    right: Field | Value

    def says(self, chinese: bool) -> str:
        """The comparison in words."""
        name = self.left.zh if chinese else self.left.en
        if self.right == "" and self.compare in ("=", "!="):
            return name + (
                ("为空" if chinese else " is empty") if self.compare == "=" else ("不为空" if chinese else " is there")
            )
        other = (self.right.zh if chinese else self.right.en) if isinstance(self.right, Field) else str(self.right)
        word = _WORDS[self.compare][chinese]
        return f"{name}{word}{other}" if chinese else f"{name} {word} {other}"


Any_ = tuple[tuple[Test, ...], ...]  # one of the groups holds; a group holds when all its tests do


@dataclass(frozen=True)
class Condition:
    """``given`` implies ``then``; without ``given``, ``then`` holds of every record."""

    given: Any_
    then: Any_

    def holds(self, table: Any) -> Any:
        """The Ibis boolean over a table with the fields as columns."""
        then = _either(self.then, table)
        return ~_either(self.given, table) | then if self.given else then

    def holds_for(self, row: Mapping[str, Value]) -> bool:
        """The same of one record, in plain Python: what its examples are found with."""
        return _true(self.then, row) or bool(self.given and not _true(self.given, row))

    def fields(self) -> tuple[Field, ...]:
        """Every field it names, in order."""
        tests = [test for group in (*self.given, *self.then) for test in group]
        named = [one for test in tests for one in (test.left, test.right) if isinstance(one, Field)]
        return tuple(dict.fromkeys(named))

    def sentence(self, chinese: bool) -> str:
        """The rule in words."""
        then = _sentence(self.then, chinese)
        if not self.given:
            return then + ("。" if chinese else ".")
        given = _sentence(self.given, chinese)
        return f"{given}时，{then}。" if chinese else f"Where {given}, {then}."

    def examples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A record that keeps the rule and one that breaks it. Raises DeclarationError when there is none of either."""
        found: dict[bool, Mapping[str, Any]] = {}
        fields = self.fields()
        for values in product(*(tuple(self._tried(one)) for one in fields)):
            row = {one.code: value for one, value in zip(fields, values, strict=True)}
            found.setdefault(self.holds_for(row), {name: str(value) for name, value in row.items()})
            if len(found) == 2:
                return found[True], found[False]
        raise DeclarationError(f"nothing breaks or nothing keeps {self.sentence(False)!r}", "correct the condition")

    def _tried(self, one: Field) -> Iterator[Value]:
        """What a field is compared with, and what lies beside it."""
        tests = [test for group in (*self.given, *self.then) for test in group]
        said = [test.right for test in tests if test.left is one and not isinstance(test.right, Field)]
        if _is_number(one):
            yield from dict.fromkeys(value + by for value in [*said, Decimal(0)] for by in (0, 1, -1))  # type: ignore[operator]
        else:
            days = any(str(value).isdigit() and len(str(value)) == 8 for value in said)
            yield from dict.fromkeys([*map(str, said), *(("20260101", "20270101") if days else ("甲", "乙", ""))])


def read(text: str, fields: Mapping[str, Field]) -> Condition:
    """A condition from its text. Raises DeclarationError where it is not one."""
    given, arrow, then = text.rpartition(" => ")
    return Condition(_read_any(given, fields) if arrow else (), _read_any(then, fields))


def _read_any(text: str, fields: Mapping[str, Field]) -> Any_:
    return tuple(tuple(_read_test(test, fields) for test in group.split("&")) for group in text.split("|"))


def _read_test(text: str, fields: Mapping[str, Field]) -> Test:
    found = _TEST.fullmatch(text)
    if found is None or found[1] not in fields:
        raise DeclarationError(
            f"{text!r} is no comparison of fields of the table", "see conditions.py for the language"
        )
    left = fields[found[1]]
    if found[3] in fields:
        return Test(left, found[2], fields[found[3]])
    return Test(left, found[2], Decimal(found[3]) if _is_number(left) else found[3])


def _is_number(one: Field) -> bool:
    return isinstance(one.form, Amount | Rate | Count)


def _either(groups: Any_, table: Any) -> Any:
    return ibis.or_(*(ibis.and_(*(_test(test, table) for test in group)) for group in groups))


def _test(test: Test, table: Any) -> Any:
    right = table[test.right.code] if isinstance(test.right, Field) else test.right
    if isinstance(right, Decimal):
        right = ibis.literal(right, table[test.left.code].type())
    return _COMPARE[test.compare](table[test.left.code], right)


def _true(groups: Any_, row: Mapping[str, Value]) -> bool:
    return any(
        all(
            _COMPARE[test.compare](
                row[test.left.code], row[test.right.code] if isinstance(test.right, Field) else test.right
            )
            for test in group
        )
        for group in groups
    )


def _sentence(groups: Any_, chinese: bool) -> str:
    both, either = ("且", "，或") if chinese else (" and ", ", or ")
    return either.join(both.join(test.says(chinese) for test in group) for group in groups)
