"""Tables 501 (contracts), 502 (internet loan contracts) and 513 (co-operation agreements) of EAST 5.0.

Belongs here: what was agreed, with whom, and the borrower's letter of authorisation. Not here: IOUs (tables_loans.py)
or credit lines (tables_credit.py).
"""

from __future__ import annotations

from schemas.tape import codes
from templates.cn_nfra_east.forms import Absent, Amount, Chars, Day, Field, Mode, Table
from templates.cn_nfra_east.relations import CONTRACT_STATE, CONTRACTS, KIND, word
from templates.cn_nfra_east.tables_accounts import BANK, COLLECTION_DAY, CUSTOMER, REMARK

_PURPOSE = {code: zh for code, (_, zh) in codes.PURPOSE.items()}

LICENCE_NO = Field(
    "JRXKZH", "金融许可证号", "Licence", Chars(30), "coalesce(contract.licence_no, institution.licence_no)"
)
BRANCH = Field("NBJGH", "内部机构号", "Branch", Chars(30), "contract.branch_no")
NAME = Field("KHMC", "客户名称", "Name, masked", Chars(400), "who.name")
CURRENCY = Field("BZ", "币种", "Currency", Chars(3), "contract.currency")
STATE = Field("HTZT", "合同状态", "State of the contract", Chars(30), CONTRACT_STATE)

CONTRACTS_501 = Table(
    "501",
    "XDHTB",
    "信贷合同表",
    "Credit contracts",
    Mode.FULL,
    (
        LICENCE_NO,
        BRANCH,
        CUSTOMER,
        NAME,
        Field("XDHTH", "信贷合同号", "Contract", Chars(100), "contract.contract_no"),
        # no main contract: the contract itself, as the field's description demands
        Field("ZHTH", "主合同号", "Main contract", Chars(100), "contract.contract_no"),
        Field("HTMC", "合同名称", "Name of the contract", Chars(200), Absent.CONTRACT),
        Field("XDYWZL", "信贷业务种类", "Kind of business", Chars(100), word("contract.product_class", KIND)),
        CURRENCY,
        Field(
            "HTJE",
            "合同金额",
            "Amount of the contract",
            Amount(),
            "CASE WHEN contract.is_revolving THEN contract.credit_limit_amount ELSE contract.lent_amount END",
        ),
        Field("HTQSRQ", "合同起始日期", "Begins", Day(), "coalesce(contract.signed_on, contract.first_start_date)"),
        Field("HTDQRQ", "合同到期日期", "Original maturity", Day(), "contract.maturity_date"),
        Field("DBLX", "担保类型", "Guarantee", Chars(60), "contract.guarantee"),
        Field(
            "HTDKYT",
            "合同贷款用途",
            "Purpose",
            Chars(1000),
            f"coalesce(contract.purpose_text, {word('contract.purpose_code', _PURPOSE)})",
        ),
        Field("KHJLGH", "客户经理工号", "Account manager", Chars(30), Absent.STAFF),
        STATE,
        REMARK,
        COLLECTION_DAY,
    ),
    CONTRACTS,
    "contract.lender_uscc",
    ("XDHTH", "CJRQ"),
    ("HTJE",),
)

_ALONE = "coalesce(loan.coop_mode, 'SOLE') = 'SOLE'"
# per contract and agreement: who stands for how much at grant
_TOGETHER = (
    "(SELECT loan.lender_uscc, loan.contract_no,"
    f" CASE WHEN {_ALONE} THEN '无' ELSE coalesce(loan.partner_agreement_no, '') END AS agreement,"
    f" CASE WHEN {_ALONE} THEN '独立' WHEN bool_and(loan.coop_mode = 'ENDED') THEN '合作终结' ELSE '合作' END AS mode,"
    f" sum(CASE WHEN {_ALONE} THEN 0 ELSE CAST(coalesce(loan.enhanced_amount, 0) AS DECIMAL(26, 2)) + CASE"
    " WHEN loan.coop_mode = 'JOINT' THEN CAST(coalesce(CAST(loan.loan_amount AS DECIMAL(26, 2))"
    " * loan.partner_share_fraction, 0) AS DECIMAL(20, 2)) ELSE 0 END END) AS liable"
    " FROM east_loan AS loan WHERE loan.is_internet_loan"
    f" GROUP BY loan.lender_uscc, loan.contract_no, agreement, {_ALONE})"
)
_NO_LETTER = "given.letters IS NULL AND together.mode = '独立'"
_NOT_SUPPLIED = "CASE WHEN together.mode = '独立' THEN '未签订' ELSE '合作方未提供' END"


def _letter_day(name: str) -> str:
    """SQL: a day of the letters; 00000000 where none was signed, 99991231 where it is permanent or not supplied [P]."""
    return f"CASE WHEN {_NO_LETTER} THEN '00000000' ELSE coalesce(strftime(given.{name}, '%Y%m%d'), '99991231') END"


INTERNET_502 = Table(
    "502",
    "HLWDKHTFJB",
    "互联网贷款合同附加表",
    "Internet loan contracts",
    Mode.FULL,
    (
        LICENCE_NO,
        BRANCH,
        BANK,
        Field("XDHTH", "信贷合同号", "Contract", Chars(100), "contract.contract_no"),
        Field("YWMS", "业务模式", "Mode of business", Chars(12), "together.mode"),
        Field("HZXYBH", "合作协议编号", "Agreement", Chars(200), "together.agreement"),
        CURRENCY,
        Field("HZFZRJE", "合作方责任金额", "Amount the partner stands for", Amount(), "together.liable"),
        Field("LXDH", "申请人联系电话", "Telephone, masked", Chars(70), "who.phone"),
        Field(
            "SQSBH",
            "客户数据授权书编号",
            "Letters of authorisation",
            Chars(300),
            f"coalesce(given.letters, {_NOT_SUPPLIED})",
        ),
        Field(
            "SXRQ",
            "授权生效日期",
            "Letters valid from",
            Chars(8),
            _letter_day("letter_from"),
        ),
        Field(
            "ZZRQ",
            "授权终止日期",
            "Letters valid to",
            Chars(8),
            _letter_day("letter_to"),
        ),
        STATE,
        REMARK,
        COLLECTION_DAY,
    ),
    f"{_TOGETHER} AS together JOIN east_contract AS contract ON contract.lender_uscc = together.lender_uscc"
    " AND contract.contract_no = together.contract_no"
    " LEFT JOIN east_letter AS given ON given.lender_uscc = contract.lender_uscc"
    " AND given.contract_no = contract.contract_no"
    f" {CONTRACTS.removeprefix('east_contract AS contract')}",
    "contract.lender_uscc",
    ("XDHTH", "HZXYBH", "CJRQ"),
    ("HZFZRJE",),
)

_OTHER = {"OTHER": "其他-其他"}
_PARTNER = {code: zh for code, (_, zh) in codes.PARTNER_TYPE.items()} | _OTHER
_SERVICE = {code: zh for code, (_, zh) in codes.PARTNER_SERVICE.items()} | _OTHER
_AGREEMENT = {code: zh for code, (_, zh) in codes.AGREEMENT_STATUS.items()}
# an agreement is the institution's whose loans name it; one that no loan names is everybody's of this submission
_USED = "SELECT 1 FROM tape_loan AS loan WHERE loan.partner_agreement_no = partner.partner_agreement_no"
_WHOSE = f"EXISTS ({_USED} AND loan.lender_uscc = institution.lender_uscc) OR NOT EXISTS ({_USED})"

PARTNERS_513 = Table(
    "513",
    "HLWDKHZXYB",
    "互联网贷款合作协议表",
    "Co-operation agreements on internet loans",
    Mode.FULL,
    (
        Field("JRXKZH", "金融许可证号", "Licence", Chars(30), "institution.licence_no"),
        Field("NBJGH", "内部机构号", "Branch", Chars(30), Absent.PARTNER),
        BANK,
        Field("HZXYBH", "合作协议编号", "Agreement", Chars(200), "partner.partner_agreement_no"),
        Field("HZFMC", "合作方名称", "Partner", Chars(450), "partner.partner_name"),
        Field(
            "HZFZJLB",
            "合作方证件类别",
            "Kind of the partner's document",
            Chars(60),
            "CASE WHEN partner.partner_uscc IS NOT NULL THEN '统一社会信用代码' END",
        ),
        Field("HZFZJHM", "合作方证件号码", "The partner's number", Chars(70), "partner.partner_uscc"),
        Field("HZFLX", "合作方类型", "Kind of partner", Chars(150), word("partner.partner_type", _PARTNER)),
        Field("HZFS", "合作方式", "Kind of co-operation", Chars(150), word("partner.partner_service", _SERVICE)),
        Field("XYQSRQ", "协议起始日期", "Agreement from", Day(), "partner.agreement_from"),
        Field("XYDQRQ", "协议到期日期", "Agreement to", Day(), "partner.agreement_to"),
        Field("SJZZRQ", "实际终止日期", "Ended", Day(), Absent.PARTNER),
        Field("XZQHDM", "合作方注册地代码", "Region of registration", Chars(6), Absent.PARTNER),
        Field("XZBZ", "限制标志", "Restricted", Chars(3), Absent.PARTNER),
        Field("XYZT", "协议状态", "State of the agreement", Chars(30), word("partner.agreement_status", _AGREEMENT)),
        REMARK,
        COLLECTION_DAY,
    ),
    f"tape_partner AS partner JOIN east_institution AS institution ON {_WHOSE} CROSS JOIN east_period AS period",
    "institution.lender_uscc",
    ("HZXYBH", "HZFZJHM", "CJRQ"),
)
