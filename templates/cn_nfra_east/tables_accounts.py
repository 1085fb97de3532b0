"""Tables 409 (loan accounts) and 410 (movements on them) of EAST 5.0, as far as the tape carries them.

Belongs here: the two tables of the ledger side. Not here: IOUs (tables_loans.py) or contracts (tables_contracts.py).
"""

from __future__ import annotations

from templates.cn_nfra_east.forms import Absent, Amount, Chars, Day, Field, Mode, Rate, Table, Time
from templates.cn_nfra_east.relations import ID_KIND, IN_PERIOD, LICENCE, LOANS, STATUS, word

LICENCE_NO = Field("JRXKZH", "金融许可证号", "Licence", Chars(30), LICENCE)
BRANCH = Field("NBJGH", "内部机构号", "Branch", Chars(30), "loan.branch_no")
BANK = Field("YHJGMC", "银行机构名称", "Bank", Chars(400), "institution.institution_name")
LEDGER = (
    Field("MXKMBH", "明细科目编号", "Ledger account", Chars(200), Absent.LEDGER),
    Field("MXKMMC", "明细科目名称", "Name of the ledger account", Chars(200), Absent.LEDGER),
)
CUSTOMER = Field("KHTYBH", "客户统一编号", "Customer", Chars(70), "who.customer_no")
ID_WORD = Field("ZJLB", "证件类别", "Kind of document", Chars(60), word("loan.id_type", ID_KIND))
ID_NO = Field("ZJHM", "证件号码", "Document number, masked", Chars(70), "who.id_no")
ACCOUNT = Field("DKFHZH", "贷款分户账号", "Loan account", Chars(60), Absent.ACCOUNT)
CONTRACT_NO = Field("XDHTH", "信贷合同号", "Contract", Chars(100), "loan.contract_no")
IOU_NO = Field("XDJJH", "信贷借据号", "IOU", Chars(100), "loan.iou_no")
CURRENCY = Field("BZ", "币种", "Currency", Chars(3), "loan.currency")
LENT = Field("DKJE", "贷款金额", "Amount lent", Amount(), "loan.loan_amount")
BALANCE = Field("DKYE", "贷款余额", "Principal outstanding", Amount(), "loan.balance_amount")
LOAN_STATE = Field("DKZT", "贷款状态", "State of the loan", Chars(30), word("loan.loan_status", STATUS))
REMARK = Field("BBZ", "备注", "Remark", Chars(600), Absent.REMARK)
COLLECTION_DAY = Field("CJRQ", "采集日期", "Reporting date", Day(), "period.day")

ACCOUNTS = Table(
    "409",
    "GRXDFHZ",
    "个人信贷分户账",
    "Loan accounts of persons",
    Mode.FULL,
    (
        LICENCE_NO,
        BRANCH,
        BANK,
        *LEDGER,
        CUSTOMER,
        Field("ZHMC", "账户名称", "Name of the account, masked", Chars(400), "who.name"),
        ACCOUNT,
        CONTRACT_NO,
        IOU_NO,
        Field("DKLL", "实际利率", "Rate in force", Rate(), "loan.nominal_annual_pct"),
        CURRENCY,
        LENT,
        BALANCE,
        Field("FFRQ", "发放日期", "Date of grant", Day(), "loan.start_date"),
        Field(
            "DQRQ",
            "到期日期",
            "Maturity, extension included",
            Day(),
            "coalesce(loan.extended_maturity_date, loan.maturity_date)",
        ),
        Field("KHRQ", "开户日期", "Opened", Day(), Absent.ACCOUNT),
        Field("XHRQ", "销户日期", "Closed", Day(), Absent.ACCOUNT),
        LOAN_STATE,
        Field("ZHZT", "账户状态", "State of the account", Chars(30), Absent.ACCOUNT),
        REMARK,
        COLLECTION_DAY,
    ),
    LOANS,
    "loan.lender_uscc",
    ("DKFHZH", "XDJJH", "BZ", "CJRQ"),
    ("DKJE", "DKYE"),
)

MOVEMENTS = Table(
    "410",
    "GRXDFHZMX",
    "个人信贷分户账明细记录",
    "Movements on loan accounts of persons",
    Mode.INCREMENT,
    (
        Field("JYXLH", "交易序列号", "Transaction", Chars(100), Absent.TRANSACTION),
        LICENCE_NO,
        BRANCH,
        Field("YWBLJGH", "业务办理机构号", "Handling branch", Chars(30), Absent.BRANCH),
        BANK,
        *LEDGER,
        CUSTOMER,
        Field("ZHMC", "账户名称", "Name of the account, masked", Chars(400), "who.name"),
        ID_WORD,
        ID_NO,
        ACCOUNT,
        IOU_NO,
        Field("HXJYRQ", "核心交易日期", "Day", Day(), f"CASE WHEN loan.moved_on {IN_PERIOD} THEN loan.moved_on END"),
        Field("HXJYSJ", "核心交易时间", "Time", Time(), Absent.TRANSACTION),
        Field("JYLX", "交易类型", "Kind of movement", Chars(60), "loan.kind"),
        Field("JYJDBZ", "交易借贷标志", "Debit or credit", Chars(3), "loan.side"),
        CURRENCY,
        Field("JYJE", "交易金额", "Amount", Amount(), "loan.moved"),
        Field("ZHYE", "账户余额", "Balance after it", Amount(), "loan.left_over"),
        Field("DFZH", "对方账号", "Other side's account", Chars(60), Absent.TRANSACTION),
        Field("DFHM", "对方户名", "Other side's name", Chars(400), Absent.TRANSACTION),
        Field("DFXH", "对方行号", "Other side's bank number", Chars(30), Absent.TRANSACTION),
        Field("DFXM", "对方行名", "Other side's bank", Chars(400), Absent.TRANSACTION),
        Field("ZY", "摘要", "Words", Chars(400), Absent.TRANSACTION),
        Field("JYQD", "交易渠道", "Channel", Chars(60), Absent.TRANSACTION),
        Field("CBMBZ", "冲补抹标志", "Reversal", Chars(9), Absent.TRANSACTION),
        Field("DBRXM", "代办人姓名", "Agent", Chars(200), Absent.TRANSACTION),
        Field("DBRZJLB", "代办人证件类别", "Agent's kind of document", Chars(60), Absent.TRANSACTION),
        Field("DBRZJHM", "代办人证件号码", "Agent's document number", Chars(70), Absent.TRANSACTION),
        Field("JYGYH", "交易柜员号", "Teller", Chars(30), Absent.STAFF),
        Field("SQGYH", "授权柜员号", "Authorising teller", Chars(30), Absent.STAFF),
        Field("XZBZ", "现转标志", "Cash or transfer", Chars(3), Absent.TRANSACTION),
        REMARK,
        COLLECTION_DAY,
    ),
    LOANS.replace("east_loan AS loan", "east_movement AS loan"),
    "loan.lender_uscc",
    ("XDJJH", "JYLX"),
    ("JYJE",),
)
