"""Which record and column of which file of the PBoC's a value is in.

Belongs here: the filed tables. Not here: their columns (columns.py, statistical.py) or anything of their making.
"""

from __future__ import annotations

from loantape.declare import FiledColumn, FiledTable
from templates.cn_pbc import statistical
from templates.cn_pbc.columns import TABLES
from templates.cn_pbc.forms import Table
from templates.cn_pbc.writing import ORDER
from templates.parts.records import lines

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
        columns=tuple(FiledColumn(str(one.number), one.en, one.zh, one.name) for one in table.columns),
        file=rf"(?P<c01>{_CODE})_{table.name}_[0-9]{{8}}\.dat",
        key=order,
        order=order,
        record=lines("|"),
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
        record=lines("|"),
        only={"form": form.number},
    )
