"""Table 503 of EAST 5.0: the IOUs of persons, 58 fields.

Belongs here: the one table that carries a loan itself. Not here: its account (tables_accounts.py), contract
(tables_contracts.py), or changes of its risk class (tables_credit.py).
"""

from __future__ import annotations

from schemas.tape import codes
from templates.cn_nfra_east.forms import Absent, Amount, Chars, Count, Day, Field, Mode, Rate, Table
from templates.cn_nfra_east.relations import FIVE_CLASS, KIND, LOANS, word
from templates.cn_nfra_east.tables_accounts import (
    ACCOUNT,
    BALANCE,
    BANK,
    BRANCH,
    COLLECTION_DAY,
    CONTRACT_NO,
    CURRENCY,
    CUSTOMER,
    ID_NO,
    ID_WORD,
    IOU_NO,
    LEDGER,
    LENT,
    LICENCE_NO,
    LOAN_STATE,
    REMARK,
)

_GRANT = {code: zh for code, (_, zh) in codes.GRANT_TYPE.items()}
_PAYMENT = {code: zh for code, (_, zh) in codes.PAYMENT_METHOD.items()}
_PURPOSE = {code: zh for code, (_, zh) in codes.PURPOSE.items()}
_BY_FREQUENCY = {
    "MONTH": "按月", "QUARTER": "按季", "DAY": "其他-按日", "WEEK": "其他-按周", "ONCE": "其他-一次性",
    "IRREGULAR": "其他-不定期",
}  # fmt: skip
_INTEREST = {
    "MONTH": "按月结息", "QUARTER": "按季结息", "DAY": "其他-按日结息", "WEEK": "其他-按周结息", "ONCE": "利随本清",
    "IRREGULAR": "不定期结息",
}  # fmt: skip
# form G01_VII, section 2.21; loans to run a business go to the industry of the business, which the tape does not have
_INDUSTRY = {
    "F0211": "2.21.3个人贷款-住房按揭贷款", "F0212": "2.21.2个人贷款-汽车", "F042": "2.21.1个人贷款-信用卡",
    "F02131": "2.21.4个人贷款-其他", "F02132": "2.21.4个人贷款-其他", "F0219": "2.21.4个人贷款-其他",
    "F041": "2.21.4个人贷款-其他", "F022": "",
}  # fmt: skip
_FREQUENCY = word("loan.repay_frequency", _BY_FREQUENCY)
_REPAYMENT = (
    "CASE WHEN loan.repay_method = 'BULLET' THEN '利随本清'"
    f" WHEN loan.repay_method = 'INTEREST_FIRST' THEN '分期付息一次还本' ELSE {_FREQUENCY} END"
)
_SETTLEMENT = (
    f"CASE WHEN loan.repay_method = 'BULLET' THEN '利随本清' ELSE {word('loan.repay_frequency', _INTEREST)} END"
)
# the second level of GB/T 2260; a place abroad has the three letters of GB/T 2659
_REGION = (
    "CASE WHEN starts_with(loan.borrower_region, '000')"
    " THEN (SELECT min(letters) FROM east_country WHERE digits = right(loan.borrower_region, 3))"
    " ELSE left(loan.borrower_region, 4) || '00' END"
)
_LATE = "loan.interest_overdue_since IS NOT NULL"


def _unknown(code: str, zh: str, en: str) -> Field:
    return Field(code, zh, en, Chars(3), Absent.GREEN)


LOANS_503 = Table(
    "503",
    "GRXDYWJJB",
    "个人信贷业务借据表",
    "IOUs of persons",
    Mode.FULL,
    (
        LICENCE_NO,
        BRANCH,
        BANK,
        *LEDGER,
        CUSTOMER,
        Field("KHMC", "客户名称", "Name, masked", Chars(400), "who.name"),
        ID_WORD,
        ID_NO,
        CONTRACT_NO,
        IOU_NO,
        ACCOUNT,
        Field("XDYWZL", "信贷业务种类", "Kind of business", Chars(100), word("loan.product_class", KIND)),
        Field("DKFFLX", "贷款发放类型", "Kind of grant", Chars(30), word("loan.grant_type", _GRANT)),
        Field("FKFS", "放款方式", "How it was paid out", Chars(30), word("loan.payment_method", _PAYMENT)),
        CURRENCY,
        LENT,
        BALANCE,
        Field("DKWJFL", "贷款五级分类", "Risk class", Chars(6), word("loan.five_class", FIVE_CLASS)),
        Field("ZQS", "总期数", "Instalments", Count(), "loan.term_count"),
        Field("DQQS", "当前期数", "Current instalment", Count(), "loan.current_term"),
        Field("ZQCS", "展期次数", "Times extended", Count(), "loan.extension_count"),
        Field("DKFFRQ", "贷款发放日期", "Date of grant", Day(), "loan.start_date"),
        Field(
            "DKDQRQ",
            "贷款到期日期",
            "Maturity, extension included",
            Day(),
            "coalesce(loan.extended_maturity_date, loan.maturity_date)",
        ),
        Field("ZJRQ", "终结日期", "Ended", Day(), "coalesce(loan.ended_on, loan.disposal_date)"),
        Field("QBJE", "欠本金额", "Principal in arrears", Amount(), "loan.overdue_principal_amount"),
        Field("QBRQ", "欠本日期", "Principal in arrears since", Day(), "loan.principal_overdue_since"),
        Field(
            "BNQXYE",
            "表内欠息余额",
            "Interest in arrears, on balance sheet",
            Amount(),
            f"CASE WHEN {_LATE} THEN loan.accrued_interest_amount END",
        ),
        Field(
            "BWQXYE",
            "表外欠息余额",
            "Interest in arrears, off balance sheet",
            Amount(),
            f"CASE WHEN {_LATE} THEN loan.off_balance_interest_amount END",
        ),
        Field("QXRQ", "欠息日期", "Interest in arrears since", Day(), "loan.interest_overdue_since"),
        Field("LXQKQS", "连续欠款期数", "Instalments in arrears in a row", Count(), "loan.consecutive_arrears_count"),
        Field("LJQKQS", "累计欠款期数", "Instalments ever in arrears", Count(), "loan.cumulative_arrears_count"),
        Field("SBXDJJH", "上笔信贷借据号", "IOU replaced", Chars(100), Absent.CONTRACT),
        Field("DKRZZH", "贷款入账账号", "Account paid to", Chars(60), Absent.PAYEE),
        Field("DKRZHM", "贷款入账户名", "Name paid to", Chars(400), Absent.PAYEE),
        Field("RZZHSSHMC", "入账账号所属行名称", "Bank paid to", Chars(400), Absent.PAYEE),
        Field(
            "LLLX",
            "利率类型",
            "Kind of rate",
            Chars(6),
            "CASE WHEN loan.benchmark_type = 'TR05' THEN 'LPR' ELSE '非LPR' END",
        ),
        Field("SJLL", "实际利率", "Rate in force", Rate(), "loan.nominal_annual_pct"),
        Field("HKFS", "还款方式", "Repayment", Chars(40), _REPAYMENT),
        Field("HKZH", "还款账号", "Account repaid from", Chars(60), Absent.PAYEE),
        Field("HKZHSSHMC", "还款账号所属行名称", "Bank repaid from", Chars(400), Absent.PAYEE),
        Field("JXFS", "计息方式", "Settlement of interest", Chars(30), _SETTLEMENT),
        Field("XQHKRQ", "下期还款日期", "Next instalment due", Day(), "loan.next_due_date"),
        Field("XQYHBJ", "下期应还本金", "Principal of the next instalment", Amount(), "loan.next_due_principal_amount"),
        Field("XQYHLX", "下期应还利息", "Interest of the next instalment", Amount(), "loan.next_due_interest_amount"),
        Field(
            "JJDKYT",
            "借据贷款用途",
            "Purpose",
            Chars(1000),
            f"coalesce(loan.purpose_text, {word('loan.purpose_code', _PURPOSE)})",
        ),
        Field("DKTXDQ", "贷款投向地区", "Region", Chars(6), _REGION),
        Field("DKTXHY", "贷款投向行业", "Industry", Chars(100), word("loan.product_class", _INDUSTRY)),
        Field(
            "SFHLWDK",
            "是否互联网贷款",
            "Internet loan",
            Chars(3),
            "CASE loan.is_internet_loan WHEN TRUE THEN '是' WHEN FALSE THEN '否' END",
        ),
        _unknown("SFLSDK", "是否绿色贷款", "Green loan"),
        _unknown("SFSNDK", "是否涉农贷款", "Agricultural loan"),
        _unknown("SFPHXSNDK", "是否普惠型涉农贷款", "Inclusive agricultural loan"),
        _unknown("SFPHXXWQYDK", "是否普惠型小微企业贷款", "Inclusive loan to a small enterprise"),
        _unknown("SFKJDK", "是否科技贷款", "Technology loan"),
        Field("XDYGH", "信贷员工号", "Credit officer", Chars(30), Absent.STAFF),
        LOAN_STATE,
        REMARK,
        COLLECTION_DAY,
    ),
    LOANS,
    "loan.lender_uscc",
    ("XDJJH", "CJRQ"),
    ("DKJE", "DKYE", "QBJE"),
)
