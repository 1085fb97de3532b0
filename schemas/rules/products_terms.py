"""The terms of a product agree with each other: limit, revolving credit, method, frequency, term, class, channel.

Belongs here: fields of one loan that describe its product. Not here: what the law allows (``products``), schedules
(``schedule``), the price (``pricing``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.products import MEASURES_9

MONTHS = 12
CLASSES = "PBoC financial base data V2.1, CLGRDK 9, 27"
EAST_503 = "EAST 5.0, table 503 HKFS, JXFS"
LEVEL = ("EQUAL_INSTALMENT", "EQUAL_PRINCIPAL")
_TERM = {"is_revolving": False, "repay_frequency": "MONTH", "start_date": "2026-01-15"}


@rule(
    "PRD-009",
    on="loan",
    jurisdictions=CHINA,
    fields=("credit_limit_amount", "loan_amount"),
    cites="PBoC financial base data V2.1, GRKHXX 14",
    confidence=Confidence.PRIMARY,
    en="The credit limit covers the amount lent.",
    zh="授信额度不应低于借款金额。",
    says=("limit {credit_limit_amount}, lent {loan_amount}", "授信额度{credit_limit_amount}，借款金额{loan_amount}"),
    passes=[
        {"credit_limit_amount": "100.00", "loan_amount": "100.00"},
        {"credit_limit_amount": "100.01", "loan_amount": "100.00"},
        {"loan_amount": "100.00"},
    ],
    fails=[
        {"credit_limit_amount": "99.99", "loan_amount": "100.00"},
        {"credit_limit_amount": "0", "loan_amount": "100.00"},
        {"credit_limit_amount": "0", "loan_amount": "0.01"},
    ],
)
def limit_covers_the_amount(loan: Any, limits: Any) -> Any:
    return loan.credit_limit_amount >= loan.loan_amount


@rule(
    "PRD-010",
    on="loan",
    jurisdictions=CHINA,
    fields=("balance_amount", "credit_limit_amount", "is_revolving"),
    cites="PBoC financial base data V2.1, GRKHXX 14",
    confidence=Confidence.PRIMARY,
    en="What is drawn on a revolving line is within its limit.",
    zh="循环额度的本金余额不应超过授信额度。",
    says=("{balance_amount} drawn of {credit_limit_amount}", "本金余额{balance_amount}，授信额度{credit_limit_amount}"),
    passes=[
        {"is_revolving": True, "balance_amount": "100.00", "credit_limit_amount": "100.00"},
        {"is_revolving": True, "balance_amount": "99.99", "credit_limit_amount": "100.00"},
        {"is_revolving": False, "balance_amount": "100.01", "credit_limit_amount": "100.00"},
    ],
    fails=[
        {"is_revolving": True, "balance_amount": "100.01", "credit_limit_amount": "100.00"},
        {"is_revolving": True, "balance_amount": "1000.00", "credit_limit_amount": "100.00"},
        {"is_revolving": True, "balance_amount": "0.01", "credit_limit_amount": "0"},
    ],
)
def drawn_within_the_limit(loan: Any, limits: Any) -> Any:
    return implies(loan.is_revolving, loan.balance_amount <= loan.credit_limit_amount)


@rule(
    "PRD-011",
    on="loan",
    jurisdictions=CHINA,
    fields=("is_revolving", "repay_method"),
    cites=EAST_503,
    confidence=Confidence.OWN,
    en="What is repaid by monthly bill is a revolving line.",
    zh="还款方式为按月账单的，应为循环额度。",
    says=("{repay_method}, revolving: {is_revolving}", "还款方式{repay_method}，循环额度标识{is_revolving}"),
    passes=[
        {"repay_method": "REVOLVING", "is_revolving": True},
        {"repay_method": "EQUAL_INSTALMENT", "is_revolving": False},
        {"repay_method": "EQUAL_INSTALMENT", "is_revolving": True},
    ],
    fails=[
        {"repay_method": "REVOLVING", "is_revolving": False},
        {"repay_method": "REVOLVING", "is_revolving": False, "term_count": 12},
        {"repay_method": "REVOLVING", "is_revolving": False, "credit_limit_amount": "100"},
    ],
)
def monthly_bill_revolves(loan: Any, limits: Any) -> Any:
    return implies(loan.repay_method == "REVOLVING", loan.is_revolving)


@rule(
    "PRD-012",
    on="loan",
    jurisdictions=CHINA,
    fields=("repay_frequency", "repay_method"),
    cites=EAST_503,
    confidence=Confidence.PRIMARY,
    en="What is repaid all at maturity is repaid once.",
    zh="还款方式为利随本清的，还款频率应为一次性。",
    says=("{repay_method}, repaid {repay_frequency}", "还款方式{repay_method}，还款频率{repay_frequency}"),
    passes=[
        {"repay_method": "BULLET", "repay_frequency": "ONCE"},
        {"repay_method": "EQUAL_INSTALMENT", "repay_frequency": "MONTH"},
        {"repay_method": "BULLET"},
    ],
    fails=[
        {"repay_method": "BULLET", "repay_frequency": "MONTH"},
        {"repay_method": "BULLET", "repay_frequency": "IRREGULAR"},
        {"repay_method": "BULLET", "repay_frequency": "QUARTER"},
    ],
)
def bullet_is_repaid_once(loan: Any, limits: Any) -> Any:
    return implies(loan.repay_method == "BULLET", loan.repay_frequency == "ONCE")


@rule(
    "PRD-013",
    on="loan",
    jurisdictions=CHINA,
    fields=("repay_frequency", "repay_method", "term_count"),
    cites=EAST_503,
    confidence=Confidence.PRIMARY,
    en="What is repaid in several equal instalments, or by monthly bill, is not repaid once.",
    zh="等额本息、等额本金（多期）或按月账单的还款频率不应为一次性。",
    says=(
        "{repay_method} in {term_count} instalments, repaid {repay_frequency}",
        "还款方式{repay_method}，总期数{term_count}，还款频率{repay_frequency}",
    ),
    passes=[
        {"repay_method": "EQUAL_INSTALMENT", "repay_frequency": "MONTH", "term_count": 12},
        {"repay_method": "EQUAL_PRINCIPAL", "repay_frequency": "ONCE", "term_count": 1},
        {"repay_method": "BULLET", "repay_frequency": "ONCE", "term_count": 2},
        {"repay_method": "REVOLVING", "repay_frequency": "MONTH"},
        {"repay_method": "EQUAL_INSTALMENT", "repay_frequency": "ONCE"},
    ],
    fails=[
        {"repay_method": "EQUAL_INSTALMENT", "repay_frequency": "ONCE", "term_count": 2},
        {"repay_method": "EQUAL_PRINCIPAL", "repay_frequency": "ONCE", "term_count": 12},
        {"repay_method": "REVOLVING", "repay_frequency": "ONCE"},
        {"repay_method": "REVOLVING", "repay_frequency": "ONCE", "term_count": 1},
    ],
)
def instalments_are_not_repaid_once(loan: Any, limits: Any) -> Any:
    several = loan.repay_method.isin(LEVEL) & (loan.term_count > 1)
    return implies(several | (loan.repay_method == "REVOLVING"), loan.repay_frequency != "ONCE")


@rule(
    "PRD-014",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("term_count", "start_date", "maturity_date", "repay_frequency"),
    cites="EAST 5.0, table 503 ZQS: one instalment a month makes as many months, a first broken one excepted",
    confidence=Confidence.OWN,
    en="A loan repaid monthly has as many instalments as months to maturity, one more or less.",
    zh="按月还款的贷款，总期数应与起止月数一致（可差一期）。",
    says=(
        "{term_count} monthly instalments from {start_date} to {maturity_date}",
        "按月还款共{term_count}期，{start_date}至{maturity_date}",
    ),
    passes=[
        *[_TERM | {"maturity_date": "2027-01-15", "term_count": count} for count in (11, 12, 13)],
        _TERM | {"maturity_date": "2026-12-31", "term_count": 10},
        _TERM | {"is_revolving": True, "maturity_date": "2027-01-15", "term_count": 36},
        _TERM | {"repay_frequency": "QUARTER", "maturity_date": "2027-01-15", "term_count": 4},
    ],
    fails=[
        _TERM | {"maturity_date": "2027-01-15", "term_count": 10},
        _TERM | {"maturity_date": "2027-01-15", "term_count": 14},
        _TERM | {"maturity_date": "2026-12-31", "term_count": 13},
        _TERM | {"maturity_date": "2028-01-15", "term_count": 12},
        _TERM | {"start_date": "2026-03-15", "maturity_date": "2027-01-15", "term_count": 12},
    ],
)
def monthly_instalments_fill_the_term(loan: Any, limits: Any) -> Any:
    years = loan.maturity_date.year() - loan.start_date.year()
    months = years * MONTHS + loan.maturity_date.month() - loan.start_date.month()
    monthly = ~loan.is_revolving & (loan.repay_frequency == "MONTH")
    return implies(monthly, (loan.term_count - months).abs() <= 1)


@rule(
    "PRD-015",
    on="loan",
    jurisdictions=CHINA,
    fields=("purpose_code", "product_class"),
    cites=CLASSES,
    confidence=Confidence.PRIMARY,
    en="A business loan is for business, and a consumer loan is not.",
    zh="经营贷款的用途应为经营周转，消费贷款不应为经营周转。",
    says=("class {product_class}, for {purpose_code}", "产品类别{product_class}，用途{purpose_code}"),
    passes=[
        {"product_class": "F022", "purpose_code": "BUSINESS"},
        {"product_class": "F022", "purpose_code": "OTHER"},
        {"product_class": "F0219", "purpose_code": "DAILY"},
        {"product_class": "F041", "purpose_code": "BUSINESS"},
        {"product_class": "F041", "purpose_code": "DAILY"},
    ],
    fails=[
        {"product_class": "F0219", "purpose_code": "BUSINESS"},
        {"product_class": "F0212", "purpose_code": "BUSINESS"},
        {"product_class": "F022", "purpose_code": "DAILY"},
        {"product_class": "F022", "purpose_code": "TRAVEL"},
    ],
)
def business_is_for_business(loan: Any, limits: Any) -> Any:
    business = loan.product_class == "F022"
    consumer = loan.product_class.startswith("F021")
    for_business = loan.purpose_code == "BUSINESS"
    return implies(business, for_business | (loan.purpose_code == "OTHER")) & implies(consumer, ~for_business)


@rule(
    "PRD-016",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("purpose_code", "product_class"),
    cites=CLASSES,
    confidence=Confidence.PRIMARY,
    en="A loan of a class with one purpose has that purpose: houses, cars, studies.",
    zh="住房、汽车、助学贷款的用途应与产品类别一致。",
    says=("class {product_class}, for {purpose_code}", "产品类别{product_class}，用途为{purpose_code}"),
    passes=[
        {"product_class": "F0211", "purpose_code": "HOUSE"},
        {"product_class": "F0212", "purpose_code": "CAR"},
        {"product_class": "F02131", "purpose_code": "EDUCATION"},
        {"product_class": "F02132", "purpose_code": "EDUCATION"},
        {"product_class": "F0219", "purpose_code": "TRAVEL"},
        {"product_class": "F0212"},
    ],
    fails=[
        {"product_class": "F0211", "purpose_code": "DAILY"},
        {"product_class": "F0212", "purpose_code": "TRAVEL"},
        {"product_class": "F02131", "purpose_code": "DAILY"},
        {"product_class": "F02132", "purpose_code": "DAILY"},
    ],
)
def class_has_its_purpose(loan: Any, limits: Any) -> Any:
    house = implies(loan.product_class == "F0211", loan.purpose_code == "HOUSE")
    car = implies(loan.product_class == "F0212", loan.purpose_code == "CAR")
    study = implies(loan.product_class.isin(["F02131", "F02132"]), loan.purpose_code == "EDUCATION")
    return house & car & study


@rule(
    "PRD-017",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2020-07-17",
    fields=("is_internet_loan", "channel"),
    cites=f"{MEASURES_9}: an internet loan is applied for, decided and paid out online",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A loan that came through a branch or shop is no internet loan.",
    zh="经线下网点获客的贷款不应为互联网贷款。",
    says=("an internet loan that came through {channel}", "互联网贷款的获客渠道为{channel}"),
    passes=[
        {"channel": "BRANCH", "is_internet_loan": False},
        {"channel": "OWN_APP", "is_internet_loan": True},
        {"channel": "PLATFORM", "is_internet_loan": True},
        {"channel": "BRANCH"},
    ],
    fails=[
        {"channel": "BRANCH", "is_internet_loan": True},
        {"channel": "BRANCH", "is_internet_loan": True, "coop_mode": "SOLE"},
        {"channel": "BRANCH", "is_internet_loan": True, "product_class": "F0219"},
    ],
)
def branch_makes_no_internet_loan(loan: Any, limits: Any) -> Any:
    return implies(loan.channel == "BRANCH", ~loan.is_internet_loan)


@rule(
    "PRD-018",
    on="loan",
    jurisdictions=CHINA,
    fields=("grant_type", "is_first_loan"),
    cites="EAST 5.0, table 503 DKFFLX; PBoC financial base data V2.1, CLGRDK 23",
    confidence=Confidence.PRIMARY,
    en="A borrower's first loan is a new one: it renews, replaces and restructures nothing.",
    zh="首贷的发放类型应为新增。",
    says=("a first loan granted as {grant_type}", "首贷的发放类型为{grant_type}"),
    passes=[
        {"is_first_loan": True, "grant_type": "NEW"},
        {"is_first_loan": False, "grant_type": "REFINANCED"},
        {"is_first_loan": True},
    ],
    fails=[{"is_first_loan": True, "grant_type": kind} for kind in ("RENEWED", "REFINANCED", "RESTRUCTURED")],
)
def first_loan_is_new(loan: Any, limits: Any) -> Any:
    return implies(loan.is_first_loan, loan.grant_type == "NEW")


@rule(
    "PRD-019",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2020-07-17",
    fields=("payment_method", "channel", "is_internet_loan"),
    cites="1104 G09_I 1.6.1: paid to the borrower or not; 个人贷款管理办法 (NFRA 2024 No. 3): how a loan is paid out",
    confidence=Confidence.SECONDARY,
    en="An internet loan says how it was paid out.",
    zh="互联网贷款应填报支付方式。",
    says=("an internet loan through {channel}, no way of payment", "经{channel}的互联网贷款未填报支付方式"),
    passes=[
        {"is_internet_loan": True, "payment_method": "SELF"},
        {"is_internet_loan": True, "payment_method": "ENTRUSTED"},
        {"is_internet_loan": False},
    ],
    fails=[
        {"is_internet_loan": True},
        {"is_internet_loan": True, "channel": "CHECKOUT"},
        {"is_internet_loan": True, "purpose_code": "DAILY"},
    ],
)
def payment_method_is_stated(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.payment_method.notnull())
