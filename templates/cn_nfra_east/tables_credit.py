"""Tables 701 (credit lines), 702 (write-offs) and 705 (changes of risk class) of EAST 5.0.

Belongs here: what the lender decided on a borrower or a loan. Not here: the loan as it stands (tables_loans.py).
"""

from __future__ import annotations

from templates.cn_nfra_east.forms import Absent, Amount, Chars, Day, Field, Mode, Table
from templates.cn_nfra_east.relations import CONTRACTS, FIVE_CLASS, ID_KIND, IN_PERIOD, LOANS, word
from templates.cn_nfra_east.tables_accounts import (
    BANK,
    BRANCH,
    COLLECTION_DAY,
    CONTRACT_NO,
    CURRENCY,
    CUSTOMER,
    IOU_NO,
    LICENCE_NO,
    REMARK,
)
from templates.cn_nfra_east.tables_contracts import BRANCH as CONTRACT_BRANCH
from templates.cn_nfra_east.tables_contracts import CURRENCY as CONTRACT_CURRENCY
from templates.cn_nfra_east.tables_contracts import LICENCE_NO as CONTRACT_LICENCE
from templates.cn_nfra_east.tables_contracts import NAME

LINES_701 = Table(
    "701",
    "SXXXB",
    "授信信息表",
    "Credit lines",
    Mode.FULL,
    (
        Field("YHJGDM", "银行机构代码", "Payment-system number", Chars(30), Absent.BRANCH),
        CONTRACT_LICENCE,
        CONTRACT_BRANCH,
        CUSTOMER,
        NAME,
        Field("KHZJLB", "客户证件类别", "Kind of document", Chars(60), word("contract.id_type", ID_KIND)),
        Field("KHZJHM", "客户证件号码", "Document number, masked", Chars(70), "who.id_no"),
        # "the credit number, or the number of the credit contract": the tape has the latter [P]
        Field("SXXYH", "授信协议号", "Credit line", Chars(60), "contract.contract_no"),
        Field("SXXYMC", "授信协议名称", "Name of the line", Chars(400), Absent.CONTRACT),
        Field("EDSQRQ", "额度申请日期", "Applied for on", Day(), Absent.CREDIT),
        Field("SXZTZL", "授信主体种类", "Kind of customer", Chars(60), "'个人客户授信'"),
        Field("SXZL", "授信种类", "Kind of line", Chars(60), Absent.CREDIT),
        Field("SXED", "授信额度", "Credit limit", Amount(), "contract.credit_limit_amount"),
        Field("YYED", "已用额度", "Used", Amount(), "contract.used_amount"),
        CONTRACT_CURRENCY,
        Field("SXKSRQ", "授信开始日期", "From", Day(), Absent.CREDIT),
        Field("SXDQRQ", "授信到期日期", "To", Day(), Absent.CREDIT),
        Field("SXJCYJ", "授信审批意见", "Opinion", Chars(1000), Absent.CREDIT),
        Field("SPRGH", "审批人工号", "Approved by", Chars(30), Absent.STAFF),
        Field("JBRGH", "经办人工号", "Handled by", Chars(30), Absent.STAFF),
        # valid unless a line that was reported is to be deleted, which no tape says [P]
        Field("SXZT", "授信状态", "State of the line", Chars(6), "'有效'"),
        REMARK,
        COLLECTION_DAY,
    ),
    CONTRACTS,
    "contract.lender_uscc",
    ("SXXYH", "CJRQ"),
    ("SXED", "YYED"),
    where="contract.credit_limit_amount IS NOT NULL",
)

WRITE_OFFS_702 = Table(
    "702",
    "ZCHXB",
    "资产核销表",
    "Write-offs",
    Mode.FULL,
    (
        LICENCE_NO,
        BRANCH,
        CUSTOMER,
        Field("KHMC", "客户名称", "Name, masked", Chars(400), "who.name"),
        Field(
            "ZCLX",
            "资产类型",
            "Kind of asset",
            Chars(60),
            "CASE WHEN loan.product_class IN ('F042', 'F043') THEN '信用卡贷款' ELSE '个人贷款' END",
        ),
        Field("HTH", "合同号", "Contract", Chars(100), "loan.contract_no"),
        Field("JJH", "借据号", "IOU", Chars(100), "loan.iou_no"),
        CURRENCY,
        Field("HXBJ", "实核本金", "Principal written off", Amount(), "loan.disposal_amount"),
        Field("SHBNLX", "实核表内利息", "Interest written off, on balance sheet", Amount(), Absent.WRITE_OFF),
        Field("SHBWLX", "实核表外利息", "Interest written off, off balance sheet", Amount(), Absent.WRITE_OFF),
        Field("HXRQ", "核销日期", "Written off on", Day(), "loan.disposal_date"),
        Field("SHBJ", "收回本金", "Principal recovered so far", Amount(), Absent.WRITE_OFF),
        Field("SHLX", "收回利息", "Interest recovered so far", Amount(), Absent.WRITE_OFF),
        Field("SHRQ", "收回日期", "Last recovered on", Day(), Absent.WRITE_OFF),
        Field("SHBZ", "收回标志", "Recovered or not", Chars(12), Absent.WRITE_OFF),
        Field("SHYGH", "收回员工号", "Recovered by", Chars(30), Absent.STAFF),
        Field("HXZT", "核销状态", "State of the write-off", Chars(12), Absent.WRITE_OFF),
        REMARK,
        COLLECTION_DAY,
    ),
    # every write-off the tape still has, of whatever date: the table is full
    LOANS.replace("east_loan AS loan", "tape_loan AS loan"),
    "loan.lender_uscc",
    ("JJH", "BZ", "CJRQ"),
    ("HXBJ",),
    where="loan.disposal_type = 'WRITTEN_OFF'",
)

CLASS_CHANGES_705 = Table(
    "705",
    "DKWJXTBDB",
    "贷款五级形态变动表",
    "Changes of risk class",
    Mode.INCREMENT,
    (
        LICENCE_NO,
        BRANCH,
        BANK,
        CONTRACT_NO,
        IOU_NO,
        CUSTOMER,
        Field("KHMC", "客户名称", "Name, masked", Chars(400), "who.name"),
        Field("TZRQ", "调整日期", "Changed on", Day(), "loan.class_changed_on"),
        Field("YWJFL", "原五级分类", "Class before", Chars(6), word("loan.previous_class", FIVE_CLASS)),
        Field("XWJFL", "新五级分类", "Class now", Chars(6), word("loan.five_class", FIVE_CLASS)),
        Field("BDYY", "变动原因", "Why", Chars(30), "loan.class_change_reason"),
        Field("BDFS", "变动方式", "By hand or by system", Chars(30), Absent.CLASS_CHANGE),
        Field("JBGYH", "经办人工号", "Handled by", Chars(30), Absent.STAFF),
        REMARK,
        COLLECTION_DAY,
    ),
    LOANS,
    "loan.lender_uscc",
    ("XDJJH", "TZRQ"),
    where=f"loan.class_changed_on {IN_PERIOD} AND loan.previous_class <> loan.five_class",
)
