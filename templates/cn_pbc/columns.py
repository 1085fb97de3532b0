"""The columns of CLGRDK, GRDKFS and GRKHXX: names, formats and where each comes from.

Belongs here: the tables as declared data, the one home of their columns for the writer. Not here: the relations the
sources name (tables.py), rules across columns (format_rules.py), the bytes (writing.py).
Source: 金融基础数据采集规范 V2.1 (December 2023), §3.2.2.4, §3.2.2.5 and §3.3.2.3 [P].

Sources are SQL over ``loan`` (a row of the tape), ``masked`` (the borrower's number as the PBoC wants it), ``flow`` (a
movement of principal) and ``customer`` (a borrower's loans together); tables.py makes them.
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.tape import codes
from templates.cn_pbc.forms import Chars, Column, Day, Fixed, Table

STOCK_STATUS = ("LS01", "LS02", "LS03", "LS04")
FLOW_STATUS = ("LF01", "LF02", "LF03", "LF04", "LF05", "LF06", "LF07", "LF08", "LF99")
GRANTED, RECOVERED = "1", "0"
# 18 characters of GB 32100-2015: letters without I, O, S, V, Z. The code names a file, so its form is checked
USCC = "[0-9A-HJ-NPQRTUWXY]{18}"

_AMOUNT = Fixed(20, 2, dt.Decimal(18, 2))
_SUM = Fixed(20, 2, dt.Decimal(38, 2))
_RATE = Fixed(10, 5, dt.Decimal(12, 5))  # a sixth decimal of the tape is rounded half up, as the converter's "%.5f" [S]
_REGION = Chars(6, fixed=True, matches="[0-9]{6}", good="110102", bad="11010")
# Hong Kong, Macau and Taiwan are given as 000 and the country's number, never as 81, 82 or 71 [P]
_HOME = Chars(6, fixed=True, matches="[1-6][0-9]{5}|000[0-9]{3}", good="000344", bad="810000")
_CODE = Chars(18, matches=USCC, good="91100000100003962T", bad="91100000100003962I")
_CURRENCY = Chars(3, fixed=True, matches="[A-Z]{3}", good="CNY", bad="cny")
_FLAG = Chars(1, fixed=True, codes=("0", "1"))
_SUPPORT = Chars(5, codes=("A0101", "A0102", "A0201", "A0202", "B", "C", "Z"))
_ID_TYPE = Chars(3, fixed=True, codes=codes.ID_TYPE)
_NO_NUMBER = (
    "The borrower has no number in the identity vault, or an identity card number of neither 15 nor 18 characters.",
    "借款人在证件库中没有号码，或身份证号码不是15位或18位。",
)
_FLOATING = "loan.rate_type = 'RF02'"

_WHO_AND_WHAT = (
    Column(1, "金融机构代码", "Institution", _CODE, "loan.lender_uscc"),
    Column(2, "内部机构号", "Branch", Chars(30), "loan.branch_no"),
    Column(3, "金融机构地区代码", "Region of the branch", _REGION, "loan.lender_region"),
    Column(4, "借款人证件类型", "Kind of identity document", _ID_TYPE, "loan.id_type"),
    Column(5, "借款人证件代码", "Identity number, masked", Chars(60), "masked.id_no", missing=_NO_NUMBER),
    Column(6, "借款人地区代码", "Region of the borrower", _HOME, "loan.borrower_region"),
    Column(7, "贷款借据编码", "IOU number", Chars(100), "loan.iou_no"),
    Column(8, "贷款合同编码", "Contract number", Chars(100), "loan.contract_no"),
    Column(9, "贷款产品类别", "Product class", Chars(6, codes=codes.PRODUCT_CLASS), "loan.product_class"),
    Column(10, "贷款发放日期", "Date of grant", Day(), "loan.start_date"),
    Column(11, "贷款到期日期", "Maturity", Day(), "loan.maturity_date"),
)
_IN_CURRENCY = (Column(13, "币种", "Currency", _CURRENCY, "loan.currency"),)
_TERMS = (
    Column(16, "利率是否固定", "Fixed or floating", Chars(4, True, codes.RATE_TYPE), "loan.rate_type"),
    Column(17, "利率水平", "Rate", _RATE, "loan.nominal_annual_pct"),
    Column(
        18, "贷款定价基准类型", "Benchmark", Chars(4, True, codes.BENCHMARK_TYPE), "loan.benchmark_type", required=False
    ),
    # fixed loans do not fill it [P]
    Column(
        19, "基准利率", "Benchmark rate", _RATE, f"CASE WHEN {_FLOATING} THEN loan.benchmark_pct END", required=False
    ),
    # the tape has no fiscal support: consumer credit has none, and only supported loans fill the column [P]
    Column(20, "贷款财政扶持方式", "Fiscal support", _SUPPORT, "CAST(NULL AS VARCHAR)", required=False),
    Column(21, "贷款利率重新定价日", "Next repricing", Day(), "coalesce(loan.repricing_date, loan.maturity_date)"),
    Column(22, "贷款担保方式", "Guarantee", Chars(3, codes=codes.GUARANTEE_TYPE), "loan.guarantee_type"),
    Column(23, "是否首次贷款", "First loan", _FLAG, "CAST(CAST(loan.is_first_loan AS INT) AS VARCHAR)"),
)
_PURPOSE = ("贷款用途", "Purpose", Chars(3000), "loan.purpose_text", False)

CLGRDK = Table(
    "CLGRDK",
    "存量个人贷款信息",
    "Stock of personal loans",
    "§3.2.2.4",
    (
        *_WHO_AND_WHAT,
        Column(12, "贷款展期到期日期", "Extended maturity", Day(), "loan.extended_maturity_date", required=False),
        *_IN_CURRENCY,
        Column(14, "贷款余额", "Balance", _AMOUNT, "loan.balance_amount"),
        Column(15, "贷款余额折人民币", "Balance in yuan", _AMOUNT, "loan.balance_cny"),
        *_TERMS,
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
            required=False,
        ),
        Column(27, *_PURPOSE),
    ),
    ("c07",),
)
GRDKFS = Table(
    "GRDKFS",
    "个人贷款发生额信息",
    "Flows of personal loans",
    "§3.2.2.5",
    (
        *_WHO_AND_WHAT,
        Column(12, "贷款实际终止日期", "Date it really ended", Day(), "flow.ended_on", required=False),
        *_IN_CURRENCY,
        Column(14, "贷款发生金额", "Amount of the flow", _AMOUNT, "flow.amount"),
        Column(
            15,
            "贷款发生金额折人民币",
            "Amount in yuan",
            _AMOUNT,
            "flow.amount_cny",
            missing=(
                "A flow in a foreign currency has an amount in yuan: a balance of the loan, now or the month before, "
                "says at what rate.",
                "外币发生额须折人民币：折算率取自该笔贷款本期或上期余额。",
            ),
        ),
        *_TERMS,
        Column(24, "贷款状态", "Status", Chars(4, True, FLOW_STATUS), "flow.status"),
        # the tape names no securitisation product: a securitised loan cannot be filed
        Column(25, "资产证券化产品代码", "Securitisation", Chars(400), "CAST(NULL AS VARCHAR)", required=False),
        Column(26, "贷款重组方式", "Restructured by", Chars(2, True, ("01", "02", "09")), "flow.restructured", False),
        Column(27, "发放/收回标识", "Granted or recovered", _FLAG, "flow.direction"),
        Column(28, "交易流水号", "Number of the transaction", Chars(60), "flow.number"),
        Column(29, *_PURPOSE),
    ),
    ("c07", "c27", "c24"),
)
GRKHXX = Table(
    "GRKHXX",
    "个人客户基础信息",
    "Customers",
    "§3.3.2.3",
    (
        Column(1, "金融机构代码", "Institution", _CODE, "customer.lender_uscc"),
        Column(2, "客户证件类型", "Kind of identity document", _ID_TYPE, "customer.id_type"),
        Column(3, "客户证件代码", "Identity number, masked", Chars(60), "customer.id_no", missing=_NO_NUMBER),
        Column(
            4,
            "国籍",
            "Nationality",
            Chars(2, True, matches="[A-Z]{2}", good="CN", bad="cn"),
            "customer.nationality",
            required=False,
        ),
        # the tape has neither ethnicity, education, income nor marital status, and the codes of sex are not in the text
        Column(5, "民族", "Ethnicity", Chars(2, True), "CAST(NULL AS VARCHAR)", required=False),
        Column(6, "性别", "Sex", Chars(2, True), "CAST(NULL AS VARCHAR)", required=False),
        Column(7, "最高学历", "Education", Chars(2, True), "CAST(NULL AS VARCHAR)", required=False),
        Column(8, "出生日期", "Date of birth", Day(), "customer.born_on", required=False),
        Column(9, "地区代码", "Region", _HOME, "customer.borrower_region"),
        Column(10, "个人年收入", "Own income", _SUM, "CAST(NULL AS DECIMAL(38, 2))", required=False),
        Column(11, "家庭年收入", "Household income", _SUM, "CAST(NULL AS DECIMAL(38, 2))", required=False),
        Column(
            12,
            "婚姻情况",
            "Marital status",
            Chars(3, True, ("M01", "M02", "M06", "M07")),
            "CAST(NULL AS VARCHAR)",
            required=False,
        ),
        Column(
            13,
            "是否关联方",
            "Related party",
            _FLAG,
            "CAST(CAST(customer.is_related_party AS INT) AS VARCHAR)",
            required=False,
        ),
        Column(14, "授信额度", "Credit limit", _SUM, "customer.credit_limit", required=False),
        Column(15, "已用额度", "Credit used", _SUM, "customer.credit_used"),
    ),
    ("customer",),
)
TABLES = (CLGRDK, GRDKFS, GRKHXX)
