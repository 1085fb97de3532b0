"""What the body of an indicator gives when it says which rows add what, and not only the result.

Belongs here: the two shapes that the machine (``loantape.measure``) asks many indicators through at once, and lists the
rows behind a number with. Not here: the shapes that bodies are written in (``transforms``). Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Part:
    """Aggregates over the rows of one table by one member: what indicators on the same rows share.

    ``member`` is a text of the table, never null, or several by name, or None: all rows are one group. ``measures`` are
    aggregates of the table by name. Beside them every part counts its ``rows``.
    """

    table: Any
    member: Any | Mapping[str, Any] | None
    measures: Mapping[str, Any]

    @property
    def by(self) -> Mapping[str, Any]:
        """What its rows are grouped by, by name."""
        if isinstance(self.member, Mapping):
            return self.member
        return {} if self.member is None else {"member": self.member}

    @cached_property
    def expression(self) -> Any:
        """The part as an Ibis table: ``member`` or those there are by their names, the measures, ``rows``."""
        measures = {**self.measures, "rows": self.table.count()}
        return self.table.group_by(**self.by).aggregate(**measures) if self.by else self.table.aggregate(**measures)


@dataclass(frozen=True)
class Reduced:
    """A large part made small, once for all that ask the same of it: a part by borrower has a row for each of millions.

    ``reduce`` makes an Ibis table of the part's. It is known by its name in its module: no lambda, nothing bound to it.
    """

    part: Part
    reduce: Callable[[Any], Any]

    @cached_property
    def expression(self) -> Any:
        """The small table."""
        return self.reduce(self.part.expression)


@dataclass(frozen=True)
class Figures:
    """The numbers of an indicator by the parts they are made of; otherwise an Ibis table of its five columns.

    ``finish`` makes that table of the parts', in their order. ``behind(member)`` gives Ibis tables of the rows behind
    one member (None: of all), with ``member``, ``numerator`` and ``denominator``, what the row adds to each, and the
    ``<table>_row`` columns that the table has. Over all of them the terms of a member add up to its parts; with None a
    row is told once, with the member it is of. None where rows add nothing.
    ``form`` is how the parts make the number, in symbols: the names of measures and ``member`` in braces.
    """

    parts: tuple[Part | Reduced, ...]
    finish: Callable[..., Any]
    behind: Callable[[str | None], tuple[Any, ...]] | None = None
    form: str = ""

    @cached_property
    def table(self) -> Any:
        """Member, position, numerator, denominator, rows."""
        return self.finish(*(part.expression for part in self.parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)
