"""Which record and column of which file of the PBoC's a value is in, by which it is traced and amendments are compared.

Belongs here: the filed tables, and which columns name a person. Not here: their columns (columns.py, statistical.py),
anything of their making, or judging what is read (``reader``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from loantape.declare import FiledColumn, FiledTable
from templates.cn_pbc import statistical
from templates.cn_pbc.columns import TABLES
from templates.cn_pbc.forms import Table
from templates.cn_pbc.reader.detail import read_batches
from templates.cn_pbc.writing import ORDER
from templates.parts.records import unless_empty

# columns by number: numbers of documents, masked or not, and names; words in which somebody may be named
_PERSONAL: Mapping[str, tuple[int, ...]] = {"CLGRDK": (5,), "GRDKFS": (5,), "GRKHXX": (3, 8)}
_FREE_TEXT: Mapping[str, tuple[int, ...]] = {"CLGRDK": (27,), "GRDKFS": (29,), "GRKHXX": ()}
_CODE = "[0-9A-Z]{18}"
_KEYWORD = (f"the format's keyword, always {statistical.KEYWORD}", f"格式关键字，恒为{statistical.KEYWORD}")


def filed_tables() -> tuple[FiledTable, ...]:
    """The three tables of loans and the forms."""
    return (*map(_table, TABLES), *map(_form, statistical.FORMS))


def _table(table: Table) -> FiledTable:
    order = ORDER[table.name]
    return FiledTable(
        names=(table.name,),
        en=table.en,
        zh=table.zh,
        relation=table.relation,
        columns=tuple(
            FiledColumn(
                str(one.number),
                one.en,
                one.zh,
                one.name,
                is_personal=one.number in _PERSONAL[table.name],
                is_free_text=one.number in _FREE_TEXT[table.name],
            )
            for one in table.columns
        ),
        file=rf"(?P<c01>{_CODE})_{table.name}_[0-9]{{8}}\.dat",
        key=order,
        order=order,
        batches=unless_empty(partial(read_batches, columns=len(table.columns))),
    )


def _form(form: statistical.Form) -> FiledTable:
    return FiledTable(
        names=(form.number,),
        en=form.en,
        zh=form.zh,
        relation=statistical.RELATION,
        columns=(
            FiledColumn("1", "Keyword", "关键字", why=_KEYWORD),
            FiledColumn("2", "Item", "指标", "item"),
            FiledColumn("3", "Value in yuan", "数值（元）", "value"),
        ),
        file=rf"BJ(?P<lender_uscc>{_CODE})[0-9]{{8}}{form.number}\.dat",
        key=("item",),
        order=("item",),
        batches=unless_empty(partial(read_batches, columns=3)),
        only={"form": form.number},
    )
