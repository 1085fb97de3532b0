"""What a consumer loan may be: its purpose, its size, its length.

Belongs here: what the law allows of one loan. Not here: sums over a borrower (``products_borrowers``), agreement of the
product's own fields (``products_terms``), the price (``pricing``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

MEASURES_9 = "商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号)"
FORBIDDEN = ("HOUSE", "SECURITIES")
# words of a purpose that is not allowed, and not those of furnishing, renting or mending a house
FORBIDDEN_WORDS = "购房|买房|首付|房贷|按揭|炒股|股票|证券|期货|理财|基金投资|比特币|虚拟货币|赌博"


@rule(
    "PRD-001",
    on="loan",
    jurisdictions=CHINA,
    since="2020-07-17",
    fields=("purpose_code", "is_internet_loan"),
    cites=f"{MEASURES_9}, use of funds",
    confidence=Confidence.BACKGROUND_HIGH,
    en="An internet loan does not buy a house or securities.",
    zh="互联网贷款不得用于购房或证券投资。",
    says=("an internet loan for {purpose_code}", "互联网贷款用途为{purpose_code}"),
    passes=[
        {"is_internet_loan": True, "purpose_code": "DAILY"},
        {"is_internet_loan": True, "purpose_code": "OTHER"},
        {"is_internet_loan": False, "purpose_code": "HOUSE"},
    ],
    fails=[
        {"is_internet_loan": True, "purpose_code": "HOUSE"},
        {"is_internet_loan": True, "purpose_code": "SECURITIES"},
        {"is_internet_loan": True, "purpose_code": "HOUSE", "purpose_text": "装修"},
    ],
)
def internet_loan_has_an_allowed_purpose(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.purpose_code.notin(FORBIDDEN))


@rule(
    "PRD-002",
    on="loan",
    jurisdictions=CHINA,
    since="2020-07-17",
    fields=("credit_limit_amount", "product_class", "is_internet_loan"),
    cites=f"{MEASURES_9}, art. 6",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The credit limit of an internet consumer loan stays within the cap per borrower.",
    zh="互联网消费贷款单户授信额度不得超过上限。",
    says=("a limit of {credit_limit_amount}", "授信额度{credit_limit_amount}"),
    passes=[
        {"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "200000.00"},
        {"is_internet_loan": True, "product_class": "F022", "credit_limit_amount": "200000.01"},
        {"is_internet_loan": False, "product_class": "F0219", "credit_limit_amount": "200000.01"},
    ],
    fails=[
        {"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "200000.01"},
        {"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "200001.00"},
        {"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "1000000.00"},
    ],
)
def internet_consumer_loan_is_small(loan: Any, limits: Any) -> Any:
    consumer = loan.is_internet_loan & (loan.product_class == "F0219")
    return implies(consumer, loan.credit_limit_amount <= limits.internet_credit_limit_max_amount)


@rule(
    "PRD-003",
    on="loan",
    jurisdictions=CHINA,
    since="2020-07-17",
    fields=("maturity_date", "start_date", "repay_method"),
    cites=f"{MEASURES_9}, art. 6",
    confidence=Confidence.BACKGROUND_HIGH,
    en="An internet loan repaid all at maturity matures within the permitted time.",
    zh="到期一次性还本的互联网贷款期限不得超过上限。",
    says=("{repay_method} from {start_date} to {maturity_date}", "{repay_method}，{start_date}至{maturity_date}"),
    passes=[
        {"is_internet_loan": True, "repay_method": m, "start_date": "2025-10-31", "maturity_date": "2026-10-31"}
        for m in ("BULLET", "INTEREST_FIRST")
    ]
    + [
        {
            "is_internet_loan": True,
            "repay_method": "EQUAL_INSTALMENT",
            "start_date": "2025-10-31",
            "maturity_date": "2028-10-31",
        },
        {
            "is_internet_loan": False,
            "repay_method": "BULLET",
            "start_date": "2025-10-31",
            "maturity_date": "2028-10-31",
        },
    ],
    fails=[
        {"is_internet_loan": True, "repay_method": m, "start_date": "2025-10-31", "maturity_date": "2026-11-01"}
        for m in ("BULLET", "INTEREST_FIRST")
    ]
    + [{"is_internet_loan": True, "repay_method": "BULLET", "start_date": "2025-10-31", "maturity_date": "2027-10-31"}],
)
def internet_bullet_loan_is_short(loan: Any, limits: Any) -> Any:
    bullet = loan.is_internet_loan & loan.repay_method.isin(["BULLET", "INTEREST_FIRST"])
    latest = loan.start_date + limits.internet_bullet_max_years.cast("int64").as_interval("Y")
    return implies(bullet, loan.maturity_date <= latest)


@rule(
    "PRD-004",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2020-07-17",
    fields=("purpose_text", "purpose_code", "is_internet_loan"),
    cites=f"{MEASURES_9}, use of funds",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The words of an internet loan's purpose do not speak of buying a house, securities, virtual money or gambling.",
    zh="互联网贷款的用途描述不应涉及购房、证券投资、虚拟货币或赌博。",
    says=("for {purpose_text}, coded {purpose_code}", "用途“{purpose_text}”，代码{purpose_code}"),
    passes=[
        {"is_internet_loan": True, "purpose_text": "房屋装修"},
        {"is_internet_loan": True, "purpose_text": "日常消费"},
        {"is_internet_loan": True, "purpose_text": "租房押金"},
        {"is_internet_loan": False, "purpose_text": "支付首付款"},
    ],
    fails=[{"is_internet_loan": True, "purpose_text": f"用于{word}"} for word in FORBIDDEN_WORDS.split("|")],
)
def internet_loan_says_an_allowed_purpose(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, ~loan.purpose_text.re_search(FORBIDDEN_WORDS))


@rule(
    "PRD-005",
    on="loan",
    jurisdictions=CHINA,
    since="2020-07-17",
    fields=("product_class", "is_internet_loan"),
    cites=f"{MEASURES_9}, use of funds: no house purchase",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A housing loan is no internet loan.",
    zh="个人住房贷款不应为互联网贷款。",
    says=("an internet loan of class {product_class}", "互联网贷款的产品类别为{product_class}"),
    passes=[
        {"is_internet_loan": True, "product_class": "F0219"},
        {"is_internet_loan": False, "product_class": "F0211"},
        {"product_class": "F0211"},
    ],
    fails=[
        {"is_internet_loan": True, "product_class": "F0211"},
        {"is_internet_loan": True, "product_class": "F0211", "purpose_code": "DECORATION"},
        {"is_internet_loan": True, "product_class": "F0211", "guarantee_type": "B01"},
    ],
)
def housing_loan_is_not_made_online(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.product_class != "F0211")


@rule(
    "PRD-006",
    on="loan",
    jurisdictions=CHINA,
    lender_types=("CFC",),
    since="2024-04-18",
    fields=("purpose_code", "lender_type"),
    cites="消费金融公司管理办法 (NFRA 2024 No. 4): consumer loans are not for houses or cars",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A consumer finance company does not lend for a house, a car, a business or securities.",
    zh="消费金融公司贷款不得用于购房、购车、经营或证券投资。",
    says=("a {lender_type} lends for {purpose_code}", "{lender_type}贷款用途为{purpose_code}"),
    passes=[
        {"lender_type": "CFC", "purpose_code": "DAILY"},
        {"lender_type": "CFC", "purpose_code": "DECORATION"},
        {"lender_type": "BANK", "purpose_code": "CAR"},
    ],
    fails=[{"lender_type": "CFC", "purpose_code": code} for code in ("HOUSE", "CAR", "BUSINESS", "SECURITIES")],
)
def consumer_finance_is_for_consumption(loan: Any, limits: Any) -> Any:
    elsewhere = loan.purpose_code.isin(["HOUSE", "CAR", "BUSINESS", "SECURITIES"])
    return implies(loan.lender_type == "CFC", ~elsewhere)


@rule(
    "PRD-007",
    on="loan",
    jurisdictions=CHINA,
    lender_types=("MICRO",),
    since="2024-12-31",
    fields=("purpose_code", "lender_type"),
    cites="小额贷款公司监督管理暂行办法: use of funds",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="A small-loan company does not lend for a house or securities.",
    zh="小额贷款公司贷款不得用于购房或证券投资。",
    says=("a {lender_type} lends for {purpose_code}", "{lender_type}贷款用途为{purpose_code}"),
    passes=[
        {"lender_type": "MICRO", "purpose_code": "DAILY"},
        {"lender_type": "MICRO", "purpose_code": "BUSINESS"},
        {"lender_type": "BANK", "purpose_code": "HOUSE"},
    ],
    fails=[
        {"lender_type": "MICRO", "purpose_code": "HOUSE"},
        {"lender_type": "MICRO", "purpose_code": "SECURITIES"},
        {"lender_type": "MICRO", "purpose_code": "HOUSE", "is_internet_loan": False},
    ],
)
def small_loan_has_an_allowed_purpose(loan: Any, limits: Any) -> Any:
    return implies(loan.lender_type == "MICRO", loan.purpose_code.notin(FORBIDDEN))


@rule(
    "PRD-008",
    on="loan",
    jurisdictions=CHINA,
    lender_types=("CFC",),
    since="2024-04-18",
    fields=("product_class", "lender_type"),
    cites="消费金融公司管理办法 (NFRA 2024 No. 4): consumer loans are not for houses or cars",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A consumer finance company has no housing, car or business loans and no credit cards.",
    zh="消费金融公司不应有住房贷款、汽车贷款、经营贷款或信用卡透支。",
    says=("a {lender_type} has a loan of class {product_class}", "{lender_type}的产品类别为{product_class}"),
    passes=[
        {"lender_type": "CFC", "product_class": "F0219"},
        {"lender_type": "CFC", "product_class": "F02132"},
        {"lender_type": "BANK", "product_class": "F0212"},
    ],
    fails=[{"lender_type": "CFC", "product_class": kind} for kind in ("F0211", "F0212", "F022", "F041", "F042")],
)
def consumer_finance_has_consumer_loans(loan: Any, limits: Any) -> Any:
    elsewhere = loan.product_class.isin(["F0211", "F0212", "F022", "F041", "F042"])
    return implies(loan.lender_type == "CFC", ~elsewhere)
