"""Filings as a person or a program lists them.

Belongs here: the shape of ``loantape filings``. Not here: which is in force (``loantape.store``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from loantape import terminal
from loantape.store import FilingRecord
from loantape.store.states import all_in_force

FIELDS = (
    "filing", "kind", "state", "in_force", "submission", "replaces", "reason", "package", "package_sha256",
    "sealed_at", "handed_over_at", "answered_at", "receipt",
)  # fmt: skip
_SHOWN = (
    "filing",
    "kind 类型",
    "state 状态",
    "in force 生效",
    "from 批次",
    "sealed 封存",
    "handed over 交付",
    "reason 原因",
)


def rows(records: Sequence[FilingRecord]) -> list[dict[str, Any]]:
    """One mapping of ``FIELDS`` per filing; moments are ISO 8601 in UTC."""
    standing = {one.name for one in all_in_force(records)}
    found = []
    for one in records:
        moments = (
            moment and f"{moment.isoformat()}Z" for moment in (one.sealed_at, one.handed_over_at, one.answered_at)
        )
        replaces = f"{one.name.rpartition('/')[0]}/{one.replaces}" if one.replaces else None
        values = (
            one.name, str(one.kind), str(one.state), one.name in standing, one.submission, replaces, one.reason,
            one.package_name, one.package_sha256, *moments, one.receipt,
        )  # fmt: skip
        found.append(dict(zip(FIELDS, values, strict=True)))
    return found


def write_filings(records: Sequence[FilingRecord], as_json: bool) -> None:
    """To standard output: JSON, or a table that marks what is in force."""
    listed = rows(records)
    if as_json:
        terminal.write_json(listed)
        return
    table = Table()
    for title in _SHOWN:
        table.add_column(title, overflow="fold")  # on a narrow screen a name is broken, never cut short
    for one in listed:
        mark = "yes 是" if one["in_force"] else ""
        cells = (one["filing"], one["kind"], one["state"], mark, one["submission"], one["sealed_at"],
                 one["handed_over_at"], one["reason"])  # fmt: skip
        table.add_row(*(str(cell or "") for cell in cells))
    terminal.console(soft_wrap=True).print(table)
