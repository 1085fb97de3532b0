"""Which record and field of which file of EAST a value is in, by which it is traced and amendments are compared.

Belongs here: the filed tables, and which fields name a person. Not here: their fields (tables_*.py), anything of their
making, or judging what is read (reader.py). The two workbooks say of the files what the files say, so they are none.
"""

from __future__ import annotations

from functools import partial

from loantape.declare import FiledColumn, FiledTable
from templates.cn_nfra_east.forms import Chars, Field, Table
from templates.cn_nfra_east.outgoing import REPORTS
from templates.cn_nfra_east.reader import read_batches
from templates.cn_nfra_east.tables import TABLES
from templates.parts.records import unless_empty

# numbers of customers, documents, telephones and accounts, and names: masked or not
_PERSONAL = frozenset(
    ("KHTYBH", "KHMC", "ZHMC", "ZJHM", "KHZJHM", "LXDH", "DFZH", "DFHM", "DBRXM", "DBRZJHM", "DKRZZH", "DKRZHM", "HKZH")
)
_LONG_TEXT = 300  # bytes: what may be longer is words, not a code or a name of the format's


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
        batches=unless_empty(partial(read_batches, names=tuple(field.code for field in table.fields))),
        institution=REPORTS,
    )


def _column(field: Field) -> FiledColumn:
    why = (field.absent.en, field.absent.zh) if field.absent else ("", "")
    is_long = isinstance(field.form, Chars) and field.form.size > _LONG_TEXT
    return FiledColumn(
        field.code,
        field.en,
        field.zh,
        field.code,
        why,
        is_personal=field.code in _PERSONAL,
        is_free_text=is_long,
    )
