"""What an internet consumer loan may be: its purpose, its size, its length.

Belongs here: limits of the product itself. Not here: its price (``pricing``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule

MEASURES_9 = "商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号)"


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
    passes=[
        {"is_internet_loan": True, "purpose_code": "DAILY"},
        {"is_internet_loan": False, "purpose_code": "HOUSE"},
    ],
    fails=[
        {"is_internet_loan": True, "purpose_code": "HOUSE"},
        {"is_internet_loan": True, "purpose_code": "SECURITIES"},
    ],
)
def internet_loan_has_an_allowed_purpose(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.purpose_code.notin(["HOUSE", "SECURITIES"]))


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
    passes=[
        {"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "200000.00"},
        {"is_internet_loan": True, "product_class": "F022", "credit_limit_amount": "200000.01"},
        {"is_internet_loan": False, "product_class": "F0219", "credit_limit_amount": "200000.01"},
    ],
    fails=[{"is_internet_loan": True, "product_class": "F0219", "credit_limit_amount": "200000.01"}],
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
    passes=[
        {
            "is_internet_loan": True,
            "repay_method": "BULLET",
            "start_date": "2025-10-31",
            "maturity_date": "2026-10-31",
        },
        {
            "is_internet_loan": True,
            "repay_method": "EQUAL_INSTALMENT",
            "start_date": "2025-10-31",
            "maturity_date": "2028-10-31",
        },
    ],
    fails=[
        {
            "is_internet_loan": True,
            "repay_method": "BULLET",
            "start_date": "2025-10-31",
            "maturity_date": "2026-11-01",
        }
    ],
)
def internet_bullet_loan_is_short(loan: Any, limits: Any) -> Any:
    bullet = loan.is_internet_loan & (loan.repay_method == "BULLET")
    latest = loan.start_date + limits.internet_bullet_max_years.cast("int64").as_interval("Y")
    return implies(bullet, loan.maturity_date <= latest)
