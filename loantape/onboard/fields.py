"""Which field of the tape a column probably is: by its header, by the names of the trade, by what its values are.

Belongs here: comparing names, weighing types, giving each field to one column. Not here: the synonyms themselves
(``synonyms``), the forms (``forms``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis.expr.datatypes as dt

from loantape import catalog
from loantape.errors import ConfigurationError
from loantape.onboard import kernel
from loantape.onboard.personal import looks_like_names
from loantape.onboard.seen import ColumnSeen
from loantape.onboard.synonyms import FIELDS

CERTAIN, NAMED, SIMILAR, BY_VALUE = 1.0, 0.95, 0.6, 0.5
IDENTITY = {"id_no": "证件号码", "phone": "手机号码", "name": "姓名"}
# units that headers carry: what a value must be multiplied by to be in the unit of the tape
UNITS = {
    "元": 1,
    "人民币元": 1,
    "万元": 10_000,
    "千元": 1_000,
    "百万元": 1_000_000,
    "%": 1,
    "cny": 1,
    "rmb": 1,
    "usd": 1,
}
# an extension table is keyed as its main one and is for one jurisdiction
_EXTENSIONS = {"us": {"loan": ("loan_us_auto",)}}
_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNIT = re.compile(r"[(\[【](?P<in>[^)\]】]*)[)\]】]\s*$|[_ ](?P<behind>万元|千元|百万元|元)$")
_ELEMENT = re.compile(r"EX-102 ([A-Za-z]+)")


@dataclass(frozen=True)
class Target:
    """A place a column may go: a tape field with its declaration, or a part of an identity."""

    to: str
    kind: str  # text, integer, decimal, date, time, flag
    precision: int
    scale: int
    unit: str
    required: bool
    codes: Mapping[str, tuple[str, str]] | None
    names: Mapping[str, float]  # plain names and how sure each makes us

    @property
    def table(self) -> str:
        """The tape table, or ``identity``."""
        return self.to.split(".")[0]

    @property
    def field(self) -> str:
        """Its name without the table."""
        return self.to.split(".")[1]


@dataclass(frozen=True)
class Match:
    """A column's place, how sure, and the other columns that could have had it as well."""

    target: Target
    score: float
    rivals: tuple[int, ...]


def plain_name(header: str) -> tuple[str, str]:
    """A header as it is compared, and the unit it ends with: ``贷款余额（万元）`` is ``贷款余额`` in ``万元``."""
    text = unicodedata.normalize("NFKC", header).strip()
    unit = ""
    found = _UNIT.search(text)
    if found:
        inside = (found["in"] or found["behind"] or "").strip().casefold().removeprefix("单位:")
        unit = inside if inside in UNITS else ""
        text = text[: found.start()]
    words = re.findall(r"[^\W_]+", _SPLIT.sub("_", text))
    return "_".join(words).casefold(), unit


def known_name(header: str) -> bool:
    """Whether a header is a name of any field or a known synonym."""
    return plain_name(header)[0] in _all_names()


def tables_for(headers: Sequence[str], table: str | None, jurisdiction: str) -> tuple[str, ...]:
    """The table that is asked for, or the one most headers name, with its extensions.

    Raises ConfigurationError for a table that the tape does not have.
    """
    known = list(catalog.tape_tables())
    if table is not None and table not in known:
        raise ConfigurationError(f"the tape has no table {table!r}", f"choose one of {', '.join(known)}")
    extensions = {one for found in _EXTENSIONS.values() for more in found.values() for one in more}
    if table is None:
        names = {plain_name(header)[0] for header in headers}
        own = {one: _named(names, one) for one in known if one not in extensions}
        for main, more in _EXTENSIONS.get(jurisdiction, {}).items():
            own[main] += sum(_named(names, one) for one in more)
        best = max(own.values())
        table = "loan" if own["loan"] == best else max(own, key=lambda one: own[one])
    return (table, *_EXTENSIONS.get(jurisdiction, {}).get(table, ()))


def _named(names: set[str], table: str) -> int:
    return len({target.to for target in targets((table,)) if names & set(target.names)})


def targets(tables: Sequence[str]) -> list[Target]:
    """Every field of the tables that may be delivered, and the identity beside loans."""
    found = []
    for table in tables:
        for name, column in catalog.tape_tables()[table].to_schema().columns.items():
            meta = column.metadata["loantape"]
            if not meta.derived:
                found.append(_target(f"{table}.{name}", column.dtype.type, meta))
    if "loan" in tables:
        for part, zh in IDENTITY.items():
            names = {part: CERTAIN, zh: CERTAIN} | dict.fromkeys(FIELDS[f"identity.{part}"], NAMED)
            found.append(Target(f"identity.{part}", "text", 0, 0, "text", False, None, names))
    return found


def _target(to: str, dtype: Any, meta: Any) -> Target:
    kind, precision, scale = "text", 0, 0
    if isinstance(dtype, dt.Decimal):
        kind, precision, scale = "decimal", dtype.precision or 38, dtype.scale or 0
    elif isinstance(dtype, dt.Int32):
        kind = "integer"
    elif isinstance(dtype, dt.Date):
        kind = "date"
    elif isinstance(dtype, dt.Timestamp):
        kind = "time"
    elif isinstance(dtype, dt.Boolean):
        kind = "flag"
    field = to.split(".")[1]
    names = {plain_name(word)[0]: NAMED for word in FIELDS.get(to, ())}
    element = _ELEMENT.search(meta.source)
    if element:
        names[plain_name(element[1])[0]] = CERTAIN
    names.setdefault(plain_name(meta.en)[0], NAMED)
    names |= {field: CERTAIN, plain_name(meta.zh)[0]: CERTAIN}
    return Target(to, kind, precision, scale, meta.unit, meta.required, meta.codes, names)


@cache
def _all_names() -> frozenset[str]:
    return frozenset(name for target in targets(tuple(catalog.tape_tables())) for name in target.names)


def assign(headers: Sequence[str], columns: Sequence[ColumnSeen], tables: Sequence[str]) -> list[list[Match]]:
    """Per column its places, at most one per table. The surest pair of column and field comes first; ties rival."""
    pairs = []
    for at, header in enumerate(headers):
        name = plain_name(header)[0]
        for order, target in enumerate(targets(tables)):
            score = max(_by_name(name, target), _by_value(columns[at], target))
            if score and _may_hold(columns[at], target):
                pairs.append((-score, order, at, target))
    pairs.sort(key=lambda one: one[:3])
    taken: dict[str, tuple[int, float]] = {}
    given: list[list[Match]] = [[] for _ in headers]
    for minus, _, at, target in pairs:
        placed = {match.target.table for match in given[at]}
        # a column with a sure place is not given a second one for a mere likeness
        weaker = bool(placed) and -minus < NAMED
        if target.to in taken or target.table in placed or weaker or ("identity" in placed):
            continue
        rivals = tuple(o for m, _, o, t in pairs if t.to == target.to and o != at and -m >= -minus - 0.05)
        taken[target.to] = (at, -minus)
        given[at].append(Match(target, -minus, rivals))
    return given


def _by_name(name: str, target: Target) -> float:
    if not name:
        return 0.0
    if name in target.names:
        return target.names[name]
    for known in target.names:
        if known.isascii() != name.isascii():
            continue
        if known.isascii():
            mine, its = set(name.split("_")), set(known.split("_"))
            if len(mine & its) >= 2 and len(mine & its) / len(mine | its) >= SIMILAR:
                return SIMILAR
        elif len(known) >= 3 and len(name) >= 3 and (known in name or name in known):
            return SIMILAR
    return 0.0


def _by_value(column: ColumnSeen, target: Target) -> float:
    """Identities give themselves away; nothing else does."""
    seen = column.clean
    if target.to == "identity.id_no" and seen.share(kernel.ID_VALID) >= 0.8:
        return BY_VALUE
    if target.to == "identity.phone" and seen.share(kernel.MOBILE) >= 0.9:
        return BY_VALUE
    if target.to == "identity.name" and looks_like_names(column) and seen.distinct()[0] >= 0.5 * min(seen.total, 4_000):
        return BY_VALUE
    return 0.0


def _may_hold(column: ColumnSeen, target: Target) -> bool:
    """Whether at least half of the values could be of the field's type."""
    seen = column.clean
    if not seen.total:
        return True
    numbers = max(seen.share(flag) for flag in (kernel.PLAIN, kernel.GROUPED, kernel.COMMA, kernel.COMMA_GROUPED))
    if target.kind == "integer":
        return seen.share(kernel.INTEGER) >= 0.5
    if target.kind == "decimal":
        return numbers >= 0.5
    if target.kind in ("date", "time"):
        return 1 - seen.dates[0] / seen.total >= 0.5
    if target.kind == "flag":
        return seen.distinct()[0] <= 4
    if target.to in ("identity.id_no", "identity.phone"):
        return seen.share(kernel.CLEAN) > 0.5 and seen.share(kernel.NAME) < 0.5
    return True
