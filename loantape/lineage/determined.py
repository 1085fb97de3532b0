"""Refuses a filing in which the sources of a filed column cannot be determined, before a byte of it is written.

Belongs here: asking every column of every filed table once, and keeping that it was asked. Not here: how a column is
followed (``fields``), what a declaration must say without any statement (``loantape.catalog``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from functools import partial

from loantape import kept
from loantape.declare import FiledTable, Filing
from loantape.errors import ConfigurationError, DeclarationError
from loantape.lineage.fields import Field, deciding, fields_of
from loantape.lineage.recorded import Relations

_ANSWERED = "every column"


def demand_sources(filing: Filing, statements: Sequence[str], relations: Relations) -> None:
    """Follow every filed column of a filing to what was delivered.

    What was followed once is kept: the same statements of the same content are not read again. Raises
    ConfigurationError naming the regulator's folder, the table, the column and what to write instead.
    """
    answers, name = kept.of_lineage(), _identity(filing, statements)
    if answers.get(name) == _ANSWERED:
        return
    for table in filing.tables:
        _demand(filing, table, relations)
    answers.put(name, _ANSWERED)
    answers.save()


def _demand(filing: Filing, table: FiledTable, relations: Relations) -> None:
    at = f"templates/{filing.regulator}: table {table.names[0]}"
    for column in table.columns:
        if not column.column:
            continue
        said = f"{at}, column {column.code} ({column.en}), made as {column.column}"
        zh = f"列{column.code}（{column.zh}）的来源无法确定"
        fields = _followed(said, zh, partial(fields_of, relations, table.relation, column.column, table.only))
        if fields and any(column.why):
            read = ", ".join(f"{source}.{field}" for source, field in fields)
            raise ConfigurationError(
                f"{said}: it says why nothing of the tape is read for it, and reads {read} 声明无来源，实际有来源",
                "take the reason away, or what is read",
            )
    _followed(at, f"表{table.names[0]}的记录来源无法确定", partial(deciding, relations, table.relation, table.only))
    given = {name.lower() for name in relations[table.relation.lower()].named_selects}
    for name in (*table.key, *table.order, *table.fixed, *table.only):
        if name.lower() not in given:
            raise ConfigurationError(
                f"{at}: {table.relation} has no column {name!r}, which key, order, file or only name 缺少列{name}",
                f"it has {', '.join(sorted(given))}",
            )


def _followed(said: str, zh: str, follow: Callable[[], Collection[Field]]) -> Collection[Field]:
    try:
        return follow()
    except DeclarationError as wrong:
        raise ConfigurationError(
            f"{said}: its sources cannot be determined: {wrong.what} {zh}", wrong.next_step
        ) from wrong


def _identity(filing: Filing, statements: Sequence[str]) -> str:
    """Everything that the answer depends on beside the content that what is kept is kept for."""
    declared = [
        (table.names, table.relation, table.key, table.order, table.fixed, sorted(table.only.items()), [
            (column.code, column.column, column.why) for column in table.columns
        ])
        for table in filing.tables
    ]  # fmt: skip
    return f"{filing.regulator} {hashlib.sha256(repr((declared, statements)).encode()).hexdigest()}"
