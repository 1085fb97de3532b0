"""Which record and field of which file of EAST a value is in.

Belongs here: the filed tables. Not here: their fields (tables_*.py) or anything of their making.
"""

from __future__ import annotations

from loantape.declare import FiledColumn, FiledTable
from templates.cn_nfra_east.forms import Field, Table
from templates.cn_nfra_east.outgoing import REPORTS
from templates.cn_nfra_east.tables import TABLES
from templates.parts.records import lines


def filed_tables() -> tuple[FiledTable, ...]:
    """The nine tables."""
    return tuple(map(_table, TABLES))


def _table(table: Table) -> FiledTable:
    return FiledTable(
        names=(table.code, table.number),
        en=table.en,
        zh=table.zh,
        relation=table.outgoing,
        columns=tuple(map(_column, table.fields)),
        file=rf"[A-Z][0-9]{{4}}[A-Z][0-9]{{9}}-{table.code}-[0-9]{{8}}\.txt",
        key=table.key,
        order=table.key,
        record=lines("\x01"),
        institution=REPORTS,
    )


def _column(field: Field) -> FiledColumn:
    why = (field.absent.en, field.absent.zh) if field.absent else ("", "")
    return FiledColumn(field.code, field.en, field.zh, field.code, why)
