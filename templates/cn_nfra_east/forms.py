"""How an EAST table is declared: its fields, their forms, where each comes from, what stands in for what is missing.

Belongs here: the vocabulary. Not here: any table (tables_*.py), or how a table becomes a file (writer.py). Forms follow
the data elements of EAST's draft annex 3 and the technical interface note [P]: ``C..n`` counts bytes of UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Chars:
    """``C..n``: at most n bytes of UTF-8. Without a value it is empty."""

    size: int


@dataclass(frozen=True)
class Amount:
    """``D20.2``: two decimals. Without a value it is 0."""


@dataclass(frozen=True)
class Rate:
    """``D10.4``: percent, up to four decimals, so that 4.5 % is ``4.5``. Without a value it is 0."""


@dataclass(frozen=True)
class Count:
    """``I..4``: at most four digits. Without a value it is 0."""


@dataclass(frozen=True)
class Day:
    """``C8``: YYYYMMDD. Without a value it is 99991231."""


@dataclass(frozen=True)
class Time:
    """``C6``: hhmmss. Without a value it is 000000."""


Form = Chars | Amount | Rate | Count | Day | Time
NO_DAY = "99991231"
NO_TIME = "000000"


class Absent(StrEnum):
    """Why a field has no source: what the tape does not carry is filed as the format's default, never made up."""

    LEDGER = "ledger"
    ACCOUNT = "account"
    BRANCH = "branch"
    STAFF = "staff"
    TRANSACTION = "transaction"
    PAYEE = "payee"
    CONTRACT = "contract"
    GREEN = "green"
    WRITE_OFF = "write_off"
    PARTNER = "partner"
    CREDIT = "credit"
    CLASS_CHANGE = "class_change"
    REMARK = "remark"

    @property
    def en(self) -> str:
        """In English."""
        return _WHY[self][0]

    @property
    def zh(self) -> str:
        """In Chinese; also the explanation in the workbook of check results."""
        return _WHY[self][1]


_WHY: Mapping[Absent, tuple[str, str]] = {
    Absent.LEDGER: ("the tape has no general-ledger accounts", "数据源无总账会计科目"),
    Absent.ACCOUNT: (
        "the tape has no loan accounts, their opening, closing or state",
        "数据源无贷款分户账号及账户状态",
    ),
    Absent.BRANCH: ("the tape has no payment-system number or handling branch", "数据源无支付行号、业务办理机构"),
    Absent.STAFF: ("the tape has no staff numbers", "数据源无员工号"),
    Absent.TRANSACTION: (
        "the tape has no single transactions, only totals per loan",
        "数据源无逐笔交易，仅有借据层汇总",
    ),
    Absent.PAYEE: ("the tape has no accounts of payment and repayment", "数据源无入账、还款账户信息"),
    Absent.CONTRACT: (
        "the tape has no names of contracts and does not name a loan that was replaced",
        "数据源无合同、协议名称及上笔借据",
    ),
    Absent.GREEN: ("the tape has no such classification of the loan", "数据源无该项贷款分类标识"),
    Absent.WRITE_OFF: ("the tape has no history of what was written off", "数据源无核销后累计收回信息"),
    Absent.PARTNER: ("the tape has no such field of the agreement", "数据源无该项合作协议信息"),
    Absent.CREDIT: (
        "the tape has no application, kind or dates of the credit line",
        "数据源无授信申请、种类及起止日期",
    ),
    Absent.CLASS_CHANGE: ("the tape does not say how a class was changed", "数据源无五级分类变动方式"),
    Absent.REMARK: ("remarks are the bank's own; none are made up", "备注由银行自填"),
}


@dataclass(frozen=True)
class Field:
    """One field: code, names, form, and SQL over its table's relation; without a source, why there is none."""

    code: str
    zh: str
    en: str
    form: Form
    source: str | Absent

    @property
    def absent(self) -> Absent | None:
        """Why the tape has no value for this field; None where it has one."""
        return self.source if isinstance(self.source, Absent) else None


class Mode(StrEnum):
    """What a table holds: all that is valid at the date and ended since the last, or only what is new since."""

    FULL = "全量"
    INCREMENT = "增量"


@dataclass(frozen=True)
class Table:
    """One table: number, code, names, fields in order, SQL of its rows, and the fields that name one row.

    ``relation`` is a FROM clause over the tape and the relations of relations.py, ``where`` says which of its rows are
    filed; it has the columns that the fields' sources name, and the code of the reporting institution as ``reports``.
    ``totals`` are the fields summed as control totals.
    """

    number: str
    code: str
    zh: str
    en: str
    mode: Mode
    fields: tuple[Field, ...]
    relation: str
    reports: str
    key: tuple[str, ...]
    totals: tuple[str, ...] = ()
    where: str = "TRUE"
    named: Mapping[str, Field] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {one.code: one for one in self.fields})

    @property
    def outgoing(self) -> str:
        """The temporary table with what is filed, one typed column per field."""
        return f"out_cn_nfra_east__{self.code.lower()}"
