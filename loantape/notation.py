"""The formula of an indicator in symbols, read off the expressions that compute it: it cannot say anything else.

Belongs here: writing sums, conditions and cases as text, in field names or in their Chinese names. Not here: the
formula in words, which is declared.

``Σ x [c]`` is the sum of x over the rows on which c holds; ``#[c]`` the number of those rows; ``m`` a member.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import ibis.expr.operations as ops

from loantape import catalog
from loantape.declare import Figures, Indicator, Reduced
from loantape.measure.tables import Tables

Names = Callable[[str], str]

_SIGNS: Mapping[type, str] = {
    ops.Equals: "=", ops.NotEquals: "≠", ops.Greater: ">", ops.GreaterEqual: "≥", ops.Less: "<", ops.LessEqual: "≤",
    ops.And: "∧", ops.Or: "∨", ops.Add: "+", ops.Subtract: "−", ops.Multiply: "·", ops.Divide: "/",
}  # fmt: skip
_LOOSE = (ops.Add, ops.Subtract)
# what changes a type or stands for an unknown and not the number
_SILENT = (ops.Cast, ops.TryCast)


def english(indicator: Indicator) -> str:
    """In field names; "" where the body is no shape. What a declaration writes itself comes first."""
    return indicator.notation or _notation(indicator, lambda name: name)


def chinese(indicator: Indicator) -> str:
    """In the Chinese names of fields, where they have one."""
    return indicator.notation or _notation(indicator, lambda name: _chinese_names().get(name, name))


def _notation(indicator: Indicator, names: Names) -> str:
    figures = indicator.measure(Tables())
    if not isinstance(figures, Figures) or not figures.form:
        return ""
    told: dict[str, str] = {}
    for each in figures.parts:
        part = each.part if isinstance(each, Reduced) else each
        among = _among(part.table.op(), names)
        told |= {name: _aggregate(measure.op(), names, among) for name, measure in part.measures.items()}
        told |= {name: _write(_bare(one.op()), names) for name, one in part.by.items()}
    for name, text in tuple(told.items()):
        if " + " in text or " − " in text:
            told[name] = f"({text})"
    return figures.form.format(**told)


def _aggregate(op: Any, names: Names, among: Sequence[str] = ()) -> str:
    """A sum or a count; ``among`` are conditions that all rows of its table fulfil."""
    if isinstance(op, ops.Sum):
        value, conditions = _factored(op.arg)
        conditions += [op.where] if op.where is not None else []
        return f"Σ {_write(value, names, inside=isinstance(value, _LOOSE))}{_when(conditions, names, among)}"
    if isinstance(op, ops.Min):  # stands for a text that all rows of a member share
        return _write(op.arg, names)
    if isinstance(op, ops.CountStar | ops.Count):
        conditions = [op.where] if op.where is not None else []
        if isinstance(op, ops.Count):
            value, further = _factored(op.arg)
            conditions = [*further, *conditions] if further else [ops.NotNull(value), *conditions]
        return f"#{_when(conditions, names, among).strip() or 'rows'}"
    return _write(op, names)


def _among(relation: Any, names: Names) -> list[str]:
    """What holds for all rows of a table that a body has narrowed: its filters, and what a row must have elsewhere."""
    if isinstance(relation, ops.Filter):
        return [*(_write(one, names) for one in relation.predicates), *_among(relation.parent, names)]
    if isinstance(relation, ops.Project):
        return _among(relation.parent, names)
    if isinstance(relation, ops.JoinChain):
        told = _among(relation.first.parent, names)
        for link in relation.rest:
            joins = [one for one in link.predicates if not _same_key(one)]
            there = [*_among(link.table.parent, names), *(_write(one, names) for one in joins)]
            if link.how in ("semi", "anti"):
                told.append(f"{'∃' if link.how == 'semi' else '∄'} {_named(link.table.parent)} ({' ∧ '.join(there)})")
        return told
    return []


def _same_key(op: Any) -> bool:
    """A join of two tables on the same field: that is what makes it the same loan."""
    return isinstance(op, ops.Equals) and getattr(op.left, "name", "") == getattr(op.right, "name", None)


def _named(relation: Any) -> str:
    while not hasattr(relation, "name"):
        relation = relation.parent
    return str(relation.name).removeprefix("measure_").removeprefix("grain_")


def _factored(op: Any) -> tuple[Any, list[Any]]:
    """What is summed, and the conditions under which: a case that is null or 0 otherwise is a condition."""
    op = _bare(op)
    if isinstance(op, ops.SearchedCase | ops.IfElse):
        case, result = (
            (op.cases[0], op.results[0]) if isinstance(op, ops.SearchedCase) else (op.bool_expr, op.true_expr)
        )
        others = (*op.results[1:], op.default) if isinstance(op, ops.SearchedCase) else (op.false_null_expr,)
        if all(_is_nothing(_bare(other)) for other in others):
            value, further = _factored(result)
            return value, [case, *further]
    return op, []


def _when(conditions: list[Any], names: Names, among: Sequence[str]) -> str:
    told = [*(_write(one, names) for one in conditions), *among]
    return f" [{' ∧ '.join(told)}]" if told else ""


def _is_nothing(op: Any) -> bool:
    return isinstance(op, ops.Literal) and (op.value is None or op.value == 0)


def _bare(op: Any) -> Any:
    while isinstance(op, _SILENT):
        op = op.arg
    if isinstance(op, ops.Coalesce) and all(isinstance(_bare(one), ops.Literal) for one in op.arg[1:]):
        return _bare(op.arg[0])
    return op


def _write(op: Any, names: Names, *, inside: bool = False) -> str:
    op = _bare(op)
    if isinstance(op, ops.Field):
        return names(op.name)
    if isinstance(op, ops.Literal):
        return "null" if op.value is None else f"{op.value:f}" if hasattr(op.value, "as_tuple") else str(op.value)
    if isinstance(op, ops.Sum | ops.CountStar | ops.Count):
        return _aggregate(op, names)
    if type(op) in _SIGNS:
        text = f" {_SIGNS[type(op)]} ".join(
            _write(side, names, inside=type(_bare(side)) is not type(op)) for side in (op.left, op.right)
        )
        return f"({text})" if inside else text
    if isinstance(op, ops.Not):
        return f"¬({_write(op.arg, names)})"
    if isinstance(op, ops.IsNull | ops.NotNull):
        return f"{_write(op.arg, names, inside=True)} {'=' if isinstance(op, ops.IsNull) else '≠'} ∅"
    if isinstance(op, ops.InValues):
        return f"{_write(op.value, names, inside=True)} ∈ {{{', '.join(_write(one, names) for one in op.options)}}}"
    if isinstance(op, ops.Negate):
        return f"−{_write(op.arg, names, inside=True)}"
    if isinstance(op, ops.SearchedCase):
        return _cases(op, names)
    if isinstance(op, ops.IfElse):
        otherwise = "" if _is_nothing(_bare(op.false_null_expr)) else f"; {_write(op.false_null_expr, names)}"
        return f"{{{_write(op.true_expr, names)}: {_write(op.bool_expr, names)}{otherwise}}}"
    arguments = (one for arg in op.args for one in (arg if isinstance(arg, tuple) else (arg,)))
    inner = [one for one in arguments if isinstance(one, ops.Value)]
    return f"{type(op).__name__.lower()}({', '.join(_write(one, names) for one in inner)})"


def _cases(op: Any, names: Names) -> str:
    told = [
        f"{_write(result, names)}: {_write(case, names)}"
        for case, result in zip(op.cases, op.results, strict=True)
        if not _is_nothing(_bare(result))
    ]
    if not _is_nothing(_bare(op.default)):
        told.append(_write(op.default, names))
    return f"{{{'; '.join(told)}}}"


@cache
def _chinese_names() -> Mapping[str, str]:
    found: dict[str, str] = {"balance": "贷款余额"}
    for model in reversed(list(catalog.tape_tables().values())):
        found |= {field: column.metadata["loantape"].zh for field, column in model.to_schema().columns.items()}
    return found
