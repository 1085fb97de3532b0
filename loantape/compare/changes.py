"""The figures of a comparison: per file, per tape table, per field and per sum of money.

Belongs here: plain values. Not here: computing them (``table``, ``comparing``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"
# one record per changed field, one per added or removed row; lines count from 1
FIELDS = ("table", "change", "key", "field", "old", "new", "old_file", "old_line", "new_file", "new_line", "paired")


@dataclass(frozen=True)
class FileChange:
    """One delivered file: ``change`` is same, changed, added or removed; the figures of a missing side are None."""

    file: str
    change: str
    old_bytes: int | None
    new_bytes: int | None
    old_sha256: str | None
    new_sha256: str | None
    old_lines: int | None
    new_lines: int | None


@dataclass(frozen=True)
class MoneyChange:
    """The sum of one money field over all rows of one currency ("" where the table has none); None of no values."""

    field: str
    currency: str
    old: Decimal | None
    new: Decimal | None

    @property
    def difference(self) -> Decimal:
        """New less old; a sum of nothing counts as nothing."""
        return (self.new or Decimal(0)) - (self.old or Decimal(0))


@dataclass(frozen=True)
class TableChange:
    """One tape table, in rows. ``fields`` counts the rows in which each field changed.

    ``unpaired_old`` and ``unpaired_new`` are rows without a key of their own, compared whole: they are part of the
    other figures. ``not_compared`` are fields that only one of the two tapes has.
    """

    table: str
    old_rows: int
    new_rows: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    unpaired_old: int = 0
    unpaired_new: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    money: Sequence[MoneyChange] = ()
    not_compared: Sequence[str] = ()

    @property
    def same(self) -> int:
        """Rows that are equal in both, counted in the old one."""
        return self.old_rows - self.removed - self.changed
