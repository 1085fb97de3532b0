"""The outgoing tables of a sealed filing, made once more from the submission it was made of, and how.

Belongs here: opening what it was made from, refusing when that is not there any more. Not here: rendering
(``loantape.filing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from loantape.declare import FiledColumn, FiledTable, FilingContext
from loantape.errors import ConfigurationError
from loantape.filing import make, outgoing
from loantape.filing.year import attached_all
from loantape.lineage.recorded import Relations
from loantape.trace.filings import Filed
from loantape.workspace import Workspace


@dataclass(frozen=True)
class Again:
    """A connection with the outgoing tables of a filing, and the statements that made them."""

    con: Any
    relations: Relations
    attached: Mapping[str, str]  # the earlier submissions that the filing used, by catalog


@contextmanager
def again(ws: Workspace, one: Filed) -> Iterator[Again]:
    """The outgoing tables while the block runs. Raises ConfigurationError when what they were made of has changed."""
    made_of, previous = one.manifest["submission"], one.manifest.get("previous")
    months = one.manifest.get("year", {})  # packages of before there was such a thing have none
    parts = [part for part in (made_of, previous, *months.values()) if part]
    for name, digest in ((part["name"], part["content_sha256"]) for part in parts):
        if ws.store.content_sha256(name) != digest:
            raise ConfigurationError(
                f"{name} is not what {one.record.name} was made of 报送批次内容已变", "restore the store from your copy"
            )
    filing, record = one.declared, one.record
    before = previous["name"] if previous else None
    context = FilingContext(
        record.lender,
        record.period,
        made_of["name"],
        record.sequence,
        datetime.fromisoformat(one.manifest["created_at"]),
        before,
        previous["content_sha256"] if previous else None,
        year={at: (part["name"], part["content_sha256"]) for at, part in months.items()},
    )
    earlier = {at: part["name"] for at, part in months.items()}
    earlier |= {"previous": before} if before and filing.needs_previous else {}
    vault = ws.store.vault(made_of["name"]) if filing.needs_identity else None
    with (
        ws.store.reading(made_of["name"]) as con,
        make.identities(con, filing, vault, ws.keys),
        attached_all(con, ws.store, earlier),
        outgoing.prepared(con, filing, context) as relations,
    ):
        yield Again(con, relations, earlier)


def shown_as(column: FiledColumn, value: Any) -> str:
    """A value of the outgoing relation as a text of the file; what is null is empty."""
    text = "" if value is None else str(value)
    return column.words.get(text, text)


def is_same(filed: str | None, value: str) -> bool:
    """Whether a text of the file and a value of the relation are one: as texts, or as decimal numbers."""
    text = filed or ""
    if text == value:
        return True
    try:
        return Decimal(text) == Decimal(value)
    except InvalidOperation:
        return False


def ordered(table: FiledTable, fixed: tuple[str, ...]) -> str:
    """SQL: a table's relation with ``at``, the number of the record in its file."""
    by = f"PARTITION BY {', '.join(fixed)} " if fixed else ""
    only = " AND ".join(f"{name} = '{value}'" for name, value in table.only.items()) or "TRUE"
    return (
        f"SELECT *, row_number() OVER ({by}ORDER BY {', '.join(table.order)}) AS at FROM {table.relation} WHERE {only}"
    )
