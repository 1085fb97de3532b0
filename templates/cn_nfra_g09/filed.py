"""Which row and column of which sheet of a G09 workbook a value is in.

Belongs here: the filed tables. Not here: how a sheet is written (writer.py) or its figures made (outgoing.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from loantape.declare import FiledColumn, FiledTable
from schemas.tape import codes
from templates.cn_nfra_g09.outgoing import COFUNDED, LINES, OTHERS, REPORTS
from templates.parts.records import sheet_rows

_FILE = rf"(?P<{REPORTS}>[0-9A-Z]{{18}})_G09_[0-9]{{8}}_reconstructed\.xlsx"
_HEADINGS = 3
_WORDS = ("the words of the line", "项目名称，固定")
_FIRMS = ("working capital of firms is in no tape", "流动资金贷款不在数据源范围内")
_TYPES = {code: zh for code, (_, zh) in codes.PARTNER_TYPE.items()}
_SERVICES = {code: zh for code, (_, zh) in codes.PARTNER_SERVICE.items()}


def filed_tables() -> tuple[FiledTable, ...]:
    """The three parts of the form."""
    return (
        _sheet(
            "G09_I",
            ("Internet loans", "互联网贷款基本情况表"),
            LINES,
            ("number",),
            (
                FiledColumn("1", "Number of the line", "项目序号", "number"),
                FiledColumn("2", "Words of the line", "项目", why=_WORDS),
                FiledColumn("A", "Consumption", "个人消费贷款", "a"),
                FiledColumn("B", "Business", "个人经营性贷款", "b"),
                FiledColumn("C", "Working capital", "流动资金贷款", why=_FIRMS),
            ),
        ),
        _sheet(
            "G09_II",
            ("The ten largest co-lenders", "前十大共同出资发放互联网贷款情况"),
            COFUNDED,
            ("partner_uscc",),
            (
                *_partner(),
                _column("D", "Kind of partner", "合作机构类型", "partner_type", _TYPES),
                _column("E", "Balance", "共同出资发放贷款余额", "balance_cny"),
                _column("F", "The partner's share, percent", "合作机构出资占比", "partner_share_pct"),
                _column("G", "Service of the partner", "合作机构提供服务类型", "partner_service", _SERVICES),
                _column("H", "Non-performing, percent", "不良贷款率", "npl_pct"),
                _column("I", "Over 30 days overdue, percent", "逾期30天以上贷款率", "over_30_pct"),
                _column("J", "Average rate, percent", "贷款平均利率", "rate_pct"),
            ),
        ),
        _sheet(
            "G09_III",
            ("The ten largest other partners", "前十大合作机构合作情况，不含共同出资"),
            OTHERS,
            ("partner_uscc",),
            (
                *_partner(),
                _column("D", "Service of the partner", "合作机构提供服务类型", "partner_service", _SERVICES),
                _column("E", "Balance", "填报机构发放贷款余额", "balance_cny"),
                _column("F", "Non-performing, percent", "不良贷款率", "npl_pct"),
                _column("G", "Over 30 days overdue, percent", "逾期30天以上贷款率", "over_30_pct"),
                _column("H", "Average rate, percent", "贷款平均利率", "rate_pct"),
            ),
        ),
    )


def _partner() -> tuple[FiledColumn, ...]:
    return (
        _column("A", "Place", "序号", "place"),
        _column("B", "Partner", "合作机构名称", "partner_name"),
        _column("C", "The partner's code", "统一社会信用代码", "partner_uscc"),
    )


def _column(code: str, en: str, zh: str, column: str, words: Mapping[str, str] | None = None) -> FiledColumn:
    return FiledColumn(code, en, zh, column, words=words or {})


def _sheet(
    name: str, words: tuple[str, str], relation: str, key: tuple[str, ...], columns: tuple[FiledColumn, ...]
) -> FiledTable:
    return FiledTable(
        (name,), *words, relation, columns, _FILE, key, ("place",), sheet_rows(name, _HEADINGS, len(columns))
    )
