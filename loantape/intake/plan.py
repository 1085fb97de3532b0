"""What the kernels are told of a table's columns: a lender's declared forms as arrays.

Belongs here: checking that a form fits the field it goes to, and compiling it. Not here: applying it (``columns``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from loantape.declare import Code, Column, Day, Flag, Identifier, Integer, Number, Stamp, Text
from loantape.errors import DeclarationError
from loantape.intake import shapes as c
from loantape.intake.values import DAY, HOUR, MINUTE, MONTH, SECOND, YEAR

IDENTITY = "identity"  # the target of a cell that goes to the vault and is kept word for word
_NARROW = 18  # digits of a decimal that fits 64 bits
_WIDEST = 36  # digits that the parser carries
_UNLIMITED = 1 << 40
_OPERATIONS = {"%Y": YEAR, "%m": MONTH, "%d": DAY, "%H": HOUR, "%M": MINUTE, "%S": SECOND}


@dataclass(frozen=True)
class Target:
    """A delivered column on its way to one field: the field's name and DuckDB type, or ``identity``."""

    name: str
    type: str
    column: Column
    position: int  # of the delivered field, from 0


@dataclass(frozen=True)
class CellPlan:
    """A compiled plan, and per cell where its values come out and as which Arrow type."""

    plan: c.Plan
    targets: tuple[Target, ...]
    types: tuple[pa.DataType, ...]
    slots: tuple[tuple[str, int], ...]  # ("fixed" | "wide" | "views", index)
    canonical: bytes  # buffer 2: the texts of codes longer than a view holds

    @property
    def widened(self) -> int:
        """How many cells may copy their text to the scratch buffer."""
        return sum(target.column.full_width for target in self.targets)

    def outputs(self, family: str) -> int:
        """How many columns one family of buffers has."""
        return sum(kind == family for kind, _ in self.slots)


@dataclass
class _Builder:
    """Collects the arrays of a plan, cell by cell."""

    cells: list[list[int]] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    views: list[tuple[int, int, int, int]] = field(default_factory=list)
    forms: list[tuple[int, int]] = field(default_factory=list)
    operations: list[tuple[int, int]] = field(default_factory=list)
    canonical: bytearray = field(default_factory=bytearray)

    def add_texts(self, texts: Mapping[str, int | str]) -> tuple[int, int]:
        """Texts in the order that ``values.choice`` searches, each with what it means."""
        first = len(self.texts)
        for raw, meaning in sorted(((t.encode(), m) for t, m in texts.items()), key=lambda one: (len(one[0]), one[0])):
            self.texts.append(raw)
            self.values.append(meaning if isinstance(meaning, int) else 0)
            self.views.append(self._view(meaning.encode() if isinstance(meaning, str) else b""))
        return first, len(self.texts)

    def _view(self, text: bytes) -> tuple[int, int, int, int]:
        if len(text) <= 12:
            words = np.frombuffer(text.ljust(12, b"\0"), dtype=np.int32)
            return (len(text), int(words[0]), int(words[1]), int(words[2]))
        at = len(self.canonical)
        self.canonical += text
        return (len(text), int(np.frombuffer(text[:4], dtype=np.int32)[0]), 2, at)

    def add_forms(self, written: Sequence[str], header: str) -> tuple[int, int]:
        first = len(self.forms)
        for form in written:
            begin = len(self.operations)
            self.operations += _operations(form, header)
            self.forms.append((begin, len(self.operations)))
        return first, len(self.forms)

    def plan(self) -> c.Plan:
        ends = np.cumsum([len(text) for text in self.texts], dtype=np.int64)
        lengths = np.array([len(text) for text in self.texts], dtype=np.int64)
        return c.Plan(
            np.array(self.cells, dtype=np.int64).reshape(-1, c.CELL_SLOTS),
            np.frombuffer(b"".join(self.texts) or b"\0", dtype=np.uint8),
            ends - lengths,
            ends,
            np.array(self.values, dtype=np.int64),
            np.array(self.views, dtype=np.int32).reshape(-1, 4),
            np.array(self.forms, dtype=np.int64).reshape(-1, 2),
            np.array(self.operations, dtype=np.int64).reshape(-1, 2),
        )


def compile_plan(targets: Sequence[Target]) -> CellPlan:
    """The plan of some columns of one file. Raises DeclarationError where a form cannot fill its field."""
    builder = _Builder()
    types, slots = [], []
    used = {"fixed": 0, "wide": 0, "views": 0}
    for target in targets:
        cell = [0] * c.CELL_SLOTS
        kind, family, arrow = _compile(target, cell, builder)
        cell[c.KIND], cell[c.SLOT], cell[c.FIELD] = kind, used[family], target.position
        cell[c.TRIM], cell[c.FULL_WIDTH] = target.column.trim, target.column.full_width
        meant = set(target.column.form.to) if isinstance(target.column.form, Code) else set()
        empty = set(target.column.empty) - meant
        cell[c.EMPTY_IS_NULL] = "" in empty
        cell[c.EMPTY_FIRST], cell[c.EMPTY_LAST] = builder.add_texts(dict.fromkeys(empty - {""}, 0))
        builder.cells.append(cell)
        types.append(arrow)
        slots.append((family, used[family]))
        used[family] += 1
    return CellPlan(builder.plan(), tuple(targets), tuple(types), tuple(slots), bytes(builder.canonical))


def _compile(target: Target, cell: list[int], builder: _Builder) -> tuple[int, str, pa.DataType]:
    """Fill a cell's form; returns its kind, the family of its output and its Arrow type."""
    form, header = target.column.form, target.column.header
    if target.type == IDENTITY:
        return c.KEPT, "views", pa.string_view()
    match form:
        case Text(max_length=most) if target.type == "VARCHAR":
            cell[c.LONGEST_TEXT] = most
            return c.TEXT, "views", pa.string_view()
        case Identifier(max_length=most) if target.type == "VARCHAR":
            cell[c.LONGEST_TEXT] = most
            return c.IDENTIFIER, "views", pa.string_view()
        case Integer() if target.type == "INTEGER":
            return c.INTEGER, "fixed", pa.int32()
        case Number() if target.type.startswith("DECIMAL"):
            return _compile_number(form, target, cell)
        case Day() if target.type == "DATE":
            _refuse_ambiguous((form.form, *form.also), header)
            cell[c.FIRST], cell[c.LAST] = builder.add_forms((form.form, *form.also), header)
            return c.DATE, "fixed", pa.date32()
        case Stamp() if target.type == "TIMESTAMP":
            _refuse_ambiguous((form.form, *form.also), header)
            cell[c.FIRST], cell[c.LAST] = builder.add_forms((form.form, *form.also), header)
            return c.STAMP, "fixed", pa.timestamp("us")
        case Flag(true=true, false=false) if target.type == "BOOLEAN" and true != false:
            cell[c.FIRST], cell[c.LAST] = builder.add_texts({true: 1, false: 0})
            return c.FLAG, "fixed", pa.bool_()
        case Code(to=codes) if target.type == "VARCHAR" and codes:
            cell[c.FIRST], cell[c.LAST] = builder.add_texts(codes)
            return c.CODE, "views", pa.string_view()
    raise DeclarationError(
        f"the column {header!r} is declared as {type(form).__name__} but goes to a field of type {target.type}",
        "declare the form that the field's type needs",
    )


def _compile_number(form: Number, target: Target, cell: list[int]) -> tuple[int, str, pa.DataType]:
    precision, scale = (int(part) for part in target.type.removeprefix("DECIMAL(").rstrip(")").split(","))
    gained = len(str(form.times)) - 1
    shift = scale - form.scale + gained
    header = target.column.header
    if str(form.times) != "1" + "0" * gained or shift < 0 or form.scale < 0 or form.precision < form.scale:
        raise DeclarationError(
            f"the column {header!r} has {form.scale} decimals times {form.times}: "
            f"{target.type} cannot hold them exactly",
            "declare the decimals that are delivered and a field that keeps them all",
        )
    signs = (form.point, form.group) if form.group else (form.point,)
    if any(len(sign) != 1 or not sign.isascii() or sign.isdigit() or sign == "-" for sign in signs) or (
        form.point == form.group
    ):
        raise DeclarationError(f"the column {header!r} has no usable point and group", "declare two ASCII signs")
    digits = min(form.precision, precision - shift)
    if digits + shift > _WIDEST or (form.noise and not form.scale < form.noise <= form.scale + _NARROW):
        raise DeclarationError(
            f"the column {header!r} asks for more than {_WIDEST} digits, or for more noise than can be compared",
            f"declare at most {_WIDEST} digits, and noise of at most {_NARROW} decimals beyond the scale",
        )
    cell[c.POINT], cell[c.GROUP] = ord(form.point), ord(form.group) if form.group else -1
    cell[c.SCALE], cell[c.NOISE], cell[c.DIGITS], cell[c.SHIFT] = form.scale, form.noise, digits, shift
    if precision <= _NARROW:
        return c.NARROW, "fixed", pa.decimal64(precision, scale)
    return c.WIDE, "wide", pa.decimal128(precision, scale)


def _operations(form: str, header: str) -> list[tuple[int, int]]:
    """A written form as steps of ``values.moment``."""
    steps: list[tuple[int, int]] = []
    at = 0
    while at < len(form):
        code = form[at : at + 2]
        if code in _OPERATIONS:
            steps.append((_OPERATIONS[code], 0))
            at += 2
        elif form[at] == "%":
            raise DeclarationError(
                f"the column {header!r} declares the form {form!r}", f"use {' '.join(_OPERATIONS)} and plain characters"
            )
        else:
            steps += [(0, byte) for byte in form[at].encode()]
            at += 1
    codes = [step for step, _ in steps if step]
    if YEAR not in codes or MONTH not in codes or len(set(codes)) != len(codes):
        raise DeclarationError(
            f"the column {header!r} declares the form {form!r}", "write %Y and %m, and each code at most once"
        )
    return steps


def _refuse_ambiguous(written: Sequence[str], header: str) -> None:
    """Two forms of one shape but with their parts in another order would each read the other's texts, differently."""
    shapes: dict[str, str] = {}
    for form in written:
        shape = form.replace("%Y", "0000")
        for code in _OPERATIONS:
            shape = shape.replace(code, "00")
        if shapes.setdefault(shape, form) != form:
            raise DeclarationError(
                f"the column {header!r} declares {shapes[shape]!r} and {form!r}, which read the same texts differently",
                "declare one of them; ask the sender which it is",
            )
