"""The constraints that the tape's models carry, as Ibis booleans: presence, pandera's own checks and a user's.

Belongs here: that translation, and the refusal of what it cannot say. Not here: rules with a citation
(``schemas.rules``) and the SQL of a constraint (``compile``).

A check that a user of the library writes on a model works as it does in pandera: ``@check("field")`` and
``@dataframe_check`` functions that return an Ibis boolean of ``data.table`` and ``data.key``. A null holds unless the
check says ``ignore_na=False``. Its findings come under FLD-006. What only Python can run row by row is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
from pandera.api.ibis.types import IbisData

from loantape import catalog
from loantape.declare import Severity
from loantape.errors import DeclarationError

MISSING, NOT_A_CODE, OUT_OF_RANGE, WRONG_FORM = "FLD-001", "FLD-002", "FLD-003", "FLD-004"
REPEATED, OWN_CHECK = "FLD-005", "FLD-006"
Holds = Callable[[Any], Any]

# pandera's own checks by name: the code they report under, and their Ibis boolean of a column and what was given
_KNOWN: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "isin": (NOT_A_CODE, lambda column, given: column.isin(list(given["allowed_values"]))),
    "notin": (NOT_A_CODE, lambda column, given: column.notin(list(given["forbidden_values"]))),
    "equal_to": (OUT_OF_RANGE, lambda column, given: column == given["value"]),
    "not_equal_to": (OUT_OF_RANGE, lambda column, given: column != given["value"]),
    "greater_than": (OUT_OF_RANGE, lambda column, given: column > given["min_value"]),
    "greater_than_or_equal_to": (OUT_OF_RANGE, lambda column, given: column >= given["min_value"]),
    "less_than": (OUT_OF_RANGE, lambda column, given: column < given["max_value"]),
    "less_than_or_equal_to": (OUT_OF_RANGE, lambda column, given: column <= given["max_value"]),
    "in_range": (OUT_OF_RANGE, lambda column, given: _in_range(column, **given)),
    "str_length": (WRONG_FORM, lambda column, given: _of_length(column, **given)),
    "str_matches": (WRONG_FORM, lambda column, given: column.re_search(f"^(?:{_pattern(given)})$")),
    "str_contains": (WRONG_FORM, lambda column, given: column.re_search(_pattern(given))),
    "str_startswith": (WRONG_FORM, lambda column, given: column.startswith(given["string"])),
    "str_endswith": (WRONG_FORM, lambda column, given: column.endswith(given["string"])),
}


@dataclass(frozen=True)
class FieldCheck:
    """One constraint that a model states for one field. ``holds(table)`` returns an Ibis boolean."""

    code: str
    field: str
    holds: Holds
    severity: Severity = Severity.ERROR


def field_checks(table: str, jurisdiction: str) -> Iterator[FieldCheck]:
    """The constraints of a tape table for the lenders of a jurisdiction: by column, then those of whole rows.

    Constraints of one field under one code are one: a range is a minimum and a maximum. Raises DeclarationError for a
    constraint this translation does not know: none may be passed over in silence.
    """
    schema = catalog.tape_tables()[table].to_schema()
    for name, column in schema.columns.items():
        found: dict[tuple[str, Severity], list[Holds]] = {}
        if not column.nullable or jurisdiction in column.metadata["loantape"].required_in:
            found[MISSING, Severity.ERROR] = [_present(name)]
        for check in column.checks:
            code, severity, holds = _constraint(table, name, check)
            found.setdefault((code, severity), []).append(holds)
        if column.unique:
            found.setdefault((REPEATED, Severity.ERROR), []).append(_once([name]))
        for (code, severity), parts in found.items():
            yield FieldCheck(code, name, _all(parts), severity)
    yield from _of_rows(table, schema)


def _of_rows(table: str, schema: Any) -> Iterator[FieldCheck]:
    for check in schema.checks:
        what = f"{table} has the check {check.name!r}"
        if check.is_builtin_check(check.name):
            raise DeclarationError(f"{what} on whole rows", "say it of a field, or write an Ibis boolean")
        holds = _own(what, check, None)
        yield FieldCheck(OWN_CHECK, _first_field(schema, holds), holds, _severity(check))
    for names in _key_sets(schema.unique):
        yield FieldCheck(REPEATED, names[0], _once(names))


def _key_sets(unique: Any) -> list[list[str]]:
    if not unique:
        return []
    if isinstance(unique, str):
        return [[unique]]
    names = list(unique)
    return [names] if all(isinstance(name, str) for name in names) else [list(one) for one in names]


def _present(name: str) -> Holds:
    return lambda t: t[name].notnull()


def _all(parts: list[Holds]) -> Holds:
    return parts[0] if len(parts) == 1 else lambda t: reduce(lambda one, two: one & two, (part(t) for part in parts))


def _once(names: list[str]) -> Holds:
    """A key occurs once, and one with a null part is no key: windows put all nulls into one group."""

    def holds(t: Any) -> Any:
        unknown = reduce(lambda one, two: one | two, (t[name].isnull() for name in names))
        return unknown | (t.count().over(ibis.window(group_by=names)) == 1)

    return holds


def _severity(check: Any) -> Severity:
    return Severity.WARNING if check.raise_warning else Severity.ERROR


def _constraint(table: str, name: str, check: Any) -> tuple[str, Severity, Holds]:
    what = f"{table}.{name} has the constraint {check.name!r}"
    if not check.is_builtin_check(check.name):
        return OWN_CHECK, _severity(check), _own(what, check, name)
    if check.name not in _KNOWN:
        raise DeclarationError(f"{what}, which checking does not know", "say it as an Ibis boolean, or as a rule")
    code, of = _KNOWN[check.name]
    given = dict(check.statistics)
    return code, _severity(check), _nulls(check, lambda t: of(t[name], given))


def _own(what: str, check: Any, name: str | None) -> Holds:
    """A check that a user wrote. Raises DeclarationError unless it can run inside the database."""
    for wrong, why in (
        (check.element_wise, "is element_wise: Python would see every value"),
        (check.groupby, "has a groupby, which pandera on Ibis does not know"),
    ):
        if wrong:
            raise DeclarationError(f"{what}, which {why}", "return an Ibis boolean of data.table and data.key")

    def holds(t: Any) -> Any:
        try:
            # pandera has no public way to a check's expression short of running it
            found = check._check_fn(IbisData(t, name), **check._check_kwargs)
        except Exception as error:
            raise DeclarationError(
                f"{what}, which cannot be built: {type(error).__name__}: {error}", "correct the check"
            ) from error
        if not isinstance(found, ir.BooleanValue):
            raise DeclarationError(
                f"{what}, which gives no Ibis boolean but a {type(found).__name__}",
                "return an Ibis boolean of data.table and data.key",
            )
        return found

    return _nulls(check, holds)


def _nulls(check: Any, holds: Holds) -> Holds:
    return holds if check.ignore_na else lambda t: holds(t).fill_null(False)


def _first_field(schema: Any, holds: Holds) -> str:
    """The first column, in the model's order, that a check of whole rows looks at."""
    import ibis.expr.operations as ops

    table = ibis.table({name: column.dtype.type for name, column in schema.columns.items()}, name="t")
    used = {one.name for one in holds(table).op().find(ops.Field)}
    return next((name for name in schema.columns if name in used), next(iter(schema.columns)))


def _in_range(column: Any, min_value: Any, max_value: Any, include_min: bool = True, include_max: bool = True) -> Any:
    low = column >= min_value if include_min else column > min_value
    return low & (column <= max_value if include_max else column < max_value)


def _of_length(column: Any, min_value: int | None = None, max_value: int | None = None, **exact: int | None) -> Any:
    length = column.length()
    if exact.get("exact_value") is not None:
        return length == exact["exact_value"]
    bounds = [length >= min_value] if min_value is not None else []
    bounds += [length <= max_value] if max_value is not None else []
    return reduce(lambda one, two: one & two, bounds)


def _pattern(given: Any) -> str:
    pattern = given["pattern"]
    return pattern.pattern if isinstance(pattern, re.Pattern) else str(pattern)
