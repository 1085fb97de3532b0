"""The 27 columns of table CLGRDK (存量个人贷款信息): name, format, where each comes from, when it must be there.

Belongs here: the table as declared data, the one home of its columns for the writer. Not here: the writing itself
(writer.py) or the reader, which restates the format on purpose so that it can contradict the writer.
Source: 金融基础数据采集规范 V2.1 (December 2023), §3.1 and §3.2.2.4 [P].
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from schemas.tape import codes

STOCK_STATUS = ("LS01", "LS02", "LS03", "LS04")


@dataclass(frozen=True)
class Chars:
    """``C..n`` (up to n bytes) or, when ``fixed``, ``Cn`` (exactly n bytes).

    Optionally one of a code list, or in the form that ``matches`` gives as a regular expression for the whole value.
    """

    size: int
    fixed: bool = False
    codes: Collection[str] | None = None
    matches: str | None = None


@dataclass(frozen=True)
class Fixed:
    """``Dw.d``: at most ``whole`` digits before the point, exactly ``scale`` after it."""

    whole: int
    scale: int


@dataclass(frozen=True)
class Day:
    """``C10``: YYYY-MM-DD."""


@dataclass(frozen=True)
class Column:
    """One column: its number, names, form, SQL source over ``loan`` and ``masked``, and when it may not be empty.

    ``needed`` is an SQL condition over ``loan``; an optional column says ``FALSE``.
    """

    number: int
    zh: str
    en: str
    form: Chars | Fixed | Day
    source: str
    needed: str = "TRUE"

    @property
    def name(self) -> str:
        """The column's SQL name, ``c01`` to ``c27``."""
        return f"c{self.number:02d}"


_AMOUNT, _RATE = Fixed(20, 2), Fixed(10, 5)
_REGION = Chars(6, fixed=True, matches="[0-9]{6}")
# Hong Kong, Macau and Taiwan are given as 000 and the country's number, never as 81, 82 or 71 [P]
_HOME = Chars(6, fixed=True, matches="[1-6][0-9]{5}|000[0-9]{3}")
_FLOATING = "loan.rate_type = 'RF02'"

COLUMNS = (
    Column(1, "金融机构代码", "Institution", Chars(18), "loan.lender_uscc"),
    Column(2, "内部机构号", "Branch", Chars(30), "loan.branch_no"),
    Column(3, "金融机构地区代码", "Region of the branch", _REGION, "loan.lender_region"),
    Column(4, "借款人证件类型", "Kind of identity document", Chars(3, True, codes.ID_TYPE), "loan.id_type"),
    Column(5, "借款人证件代码", "Identity number, masked", Chars(60), "masked.id_no"),
    Column(6, "借款人地区代码", "Region of the borrower", _HOME, "loan.borrower_region"),
    Column(7, "贷款借据编码", "IOU number", Chars(100), "loan.iou_no"),
    Column(8, "贷款合同编码", "Contract number", Chars(100), "loan.contract_no"),
    Column(9, "贷款产品类别", "Product class", Chars(6, codes=codes.PRODUCT_CLASS), "loan.product_class"),
    Column(10, "贷款发放日期", "Date of grant", Day(), "loan.start_date"),
    Column(11, "贷款到期日期", "Maturity", Day(), "loan.maturity_date"),
    Column(
        12,
        "贷款展期到期日期",
        "Extended maturity",
        Day(),
        "loan.extended_maturity_date",
        needed="loan.loan_status IN ('LS02', 'LS04')",
    ),
    Column(13, "币种", "Currency", Chars(3, fixed=True, matches="[A-Z]{3}"), "loan.currency"),
    Column(14, "贷款余额", "Balance", _AMOUNT, "loan.balance_amount"),
    Column(15, "贷款余额折人民币", "Balance in yuan", _AMOUNT, "loan.balance_cny"),
    Column(16, "利率是否固定", "Fixed or floating", Chars(4, True, codes.RATE_TYPE), "loan.rate_type"),
    Column(17, "利率水平", "Rate", _RATE, "loan.nominal_annual_pct"),
    Column(
        18,
        "贷款定价基准类型",
        "Benchmark",
        Chars(4, True, codes.BENCHMARK_TYPE),
        "loan.benchmark_type",
        needed=_FLOATING,
    ),
    Column(
        19,
        "基准利率",
        "Benchmark rate",
        _RATE,
        f"CASE WHEN {_FLOATING} THEN loan.benchmark_pct END",
        needed=_FLOATING,
    ),
    # the tape has no fiscal support: consumer credit has none, and only supported loans fill the column
    Column(20, "贷款财政扶持方式", "Fiscal support", Chars(5), "CAST(NULL AS VARCHAR)", needed="FALSE"),
    Column(21, "贷款利率重新定价日", "Next repricing", Day(), "coalesce(loan.repricing_date, loan.maturity_date)"),
    Column(22, "贷款担保方式", "Guarantee", Chars(3, codes=codes.GUARANTEE_TYPE), "loan.guarantee_type"),
    Column(
        23, "是否首次贷款", "First loan", Chars(1, True, ("0", "1")), "CAST(CAST(loan.is_first_loan AS INT) AS VARCHAR)"
    ),
    Column(
        24,
        "贷款质量",
        "Risk class",
        Chars(4, True, tuple(f"FQ0{code}" for code in codes.FIVE_CLASS)),
        "'FQ0' || loan.five_class",
    ),
    Column(25, "贷款状态", "Status", Chars(4, True, STOCK_STATUS), "loan.loan_status"),
    Column(
        26,
        "逾期类型",
        "What is overdue",
        Chars(2, True, codes.OVERDUE_TYPE),
        "CASE WHEN loan.loan_status = 'LS03' THEN loan.overdue_type END",
        needed="loan.loan_status = 'LS03'",
    ),
    Column(27, "贷款用途", "Purpose", Chars(3000), "loan.purpose_text", needed="FALSE"),
)
