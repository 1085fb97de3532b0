"""Who stands for a loan besides its borrower: named, of its kind, with an agreement, for how much.

Belongs here: the enhancer of one loan. Not here: how much of the book is enhanced (``partners_limits``), what
enhancement costs (``pricing_collectors``), the form of the enhancer's code (``identity_codes``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.partners_agreements import NOTICE_9, NOTICE_9_SINCE

G09 = "1104 G09_I 8.3.3: balances guaranteed, by kind of enhancer"
RESPONSIBILITY = "EAST 5.0, table 502 HZFZRJE"
INSURANCE = ("GUARANTEE_INSURANCE", "CREDIT_INSURANCE")


@rule(
    "PTR-041",
    on="loan",
    jurisdictions=CHINA,
    fields=("enhancer_type", "enhanced_amount", "enhancer_uscc"),
    cites=G09,
    confidence=Confidence.SECONDARY,
    en="A loan with an amount enhanced says what kind of enhancer stands for it.",
    zh="有增信金额的贷款应填报增信机构类型。",
    says=("{enhanced_amount} enhanced by nobody", "增信金额{enhanced_amount}，未填报增信机构类型"),
    passes=[
        {"enhanced_amount": "0.01", "enhancer_type": "GUARANTOR"},
        {"enhanced_amount": "0"},
        {"enhancer_type": "GUARANTOR"},
    ],
    fails=[
        {"enhanced_amount": "0.01"},
        {"enhanced_amount": "100", "enhancer_uscc": "91100000100003962T"},
        {"enhanced_amount": "1000", "guarantee_type": "C99"},
    ],
)
def enhanced_by_some_kind(loan: Any, limits: Any) -> Any:
    return implies(loan.enhanced_amount > 0, loan.enhancer_type.notnull())


@rule(
    "PTR-042",
    on="loan",
    jurisdictions=CHINA,
    fields=("enhancer_uscc", "enhancer_type"),
    cites=f"{NOTICE_9}: enhancers stand on the published list; {G09}",
    confidence=Confidence.SECONDARY,
    en="An enhanced loan names its enhancer.",
    zh="有增信的贷款应填报增信机构代码。",
    says=("enhanced by a {enhancer_type} without a code", "增信机构类型{enhancer_type}，未填报代码"),
    passes=[
        {"enhancer_type": "GUARANTOR", "enhancer_uscc": "91100000100003962T"},
        {"enhancer_uscc": "91100000100003962T"},
        {"enhanced_amount": "0"},
    ],
    fails=[
        {"enhancer_type": "GUARANTOR"},
        {"enhancer_type": "OTHER"},
        {"enhancer_type": "CREDIT_INSURANCE", "enhanced_amount": "100"},
    ],
)
def enhancer_is_named(loan: Any, limits: Any) -> Any:
    return implies(loan.enhancer_type.notnull(), loan.enhancer_uscc.notnull())


@rule(
    "PTR-043",
    on="loan",
    jurisdictions=CHINA,
    fields=("enhanced_amount", "enhancer_type"),
    cites=RESPONSIBILITY,
    confidence=Confidence.PRIMARY,
    en="An enhanced loan says for how much its enhancer stands.",
    zh="有增信的贷款应填报增信金额。",
    says=("enhanced by a {enhancer_type}, no amount", "增信机构类型{enhancer_type}，未填报增信金额"),
    passes=[
        {"enhancer_type": "GUARANTOR", "enhanced_amount": "0"},
        {"enhanced_amount": "100"},
        {"enhancer_uscc": "91100000100003962T"},
    ],
    fails=[
        {"enhancer_type": "GUARANTOR"},
        {"enhancer_type": "OTHER"},
        {"enhancer_type": "GUARANTEE_INSURANCE", "enhancer_uscc": "91100000100003962T"},
    ],
)
def enhanced_for_some_amount(loan: Any, limits: Any) -> Any:
    return implies(loan.enhancer_type.notnull(), loan.enhanced_amount.notnull())


@rule(
    "PTR-044",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("enhanced_amount", "loan_amount", "is_revolving"),
    cites=RESPONSIBILITY,
    confidence=Confidence.PRIMARY,
    en="The amount enhanced is not above the amount lent, lines of credit excepted.",
    zh="增信金额不应超过借款金额（循环额度除外）。",
    says=("{enhanced_amount} enhanced of {loan_amount} lent", "增信金额{enhanced_amount}，借款金额{loan_amount}"),
    passes=[
        {"is_revolving": False, "enhanced_amount": "100", "loan_amount": "100"},
        {"is_revolving": False, "enhanced_amount": "99.99", "loan_amount": "100"},
        {"is_revolving": True, "enhanced_amount": "100.01", "loan_amount": "100"},
    ],
    fails=[
        {"is_revolving": False, "enhanced_amount": "100.01", "loan_amount": "100"},
        {"is_revolving": False, "enhanced_amount": "1000", "loan_amount": "100"},
        {"is_revolving": False, "enhanced_amount": "0.01", "loan_amount": "0"},
    ],
)
def enhanced_within_the_amount(loan: Any, limits: Any) -> Any:
    return implies(~loan.is_revolving, loan.enhanced_amount <= loan.loan_amount)


@rule(
    "PTR-045",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("guarantee_type", "enhancer_type"),
    cites="PBoC financial base data V2.1, CLGRDK 22; 1104 G09_I 1.3 and 8.3.3",
    confidence=Confidence.PRIMARY,
    en="A loan guaranteed by a guarantee company is not reported as unsecured.",
    zh="由融资担保公司担保的贷款，担保方式不应为信用/免担保。",
    says=(
        "guarantee {guarantee_type}, enhancer {enhancer_type}",
        "担保方式{guarantee_type}，增信机构类型{enhancer_type}",
    ),
    passes=[
        {"enhancer_type": "GUARANTOR", "guarantee_type": "C99"},
        {"enhancer_type": "GUARANTOR", "guarantee_type": "E"},
        {"enhancer_type": "CREDIT_INSURANCE", "guarantee_type": "D"},
        {"guarantee_type": "D"},
    ],
    fails=[
        {"enhancer_type": "GUARANTOR", "guarantee_type": "D"},
        {"enhancer_type": "GUARANTOR", "guarantee_type": "D", "enhanced_amount": "100"},
        {"enhancer_type": "GUARANTOR", "guarantee_type": "D", "coop_mode": "SOLE"},
    ],
)
def guaranteed_is_not_unsecured(loan: Any, limits: Any) -> Any:
    return implies(loan.enhancer_type == "GUARANTOR", loan.guarantee_type != "D")


@rule(
    "PTR-046",
    on="loan_with_partner",
    jurisdictions=CHINA,
    since=NOTICE_9_SINCE,
    fields=("enhancer_uscc", "enhancer_agreement_count", "enhancer_type"),
    cites=f"{NOTICE_9}: enhancers stand on the published list; EAST 5.0, table 513 HZFS",
    confidence=Confidence.SECONDARY,
    en="The enhancer has an agreement with the lender on enhancement or risk sharing.",
    zh="增信机构应与本机构签有担保增信或风险分担的合作协议。",
    says=("no agreement on enhancement with {enhancer_uscc}", "与增信机构{enhancer_uscc}无担保增信协议"),
    passes=[
        {"enhancer_uscc": "91100000100003962T", "enhancer_agreement_count": 1},
        {"enhancer_uscc": "91100000100003962T", "enhancer_agreement_count": 2},
        {"enhancer_type": "GUARANTOR"},
    ],
    fails=[
        {"enhancer_uscc": "91100000100003962T", "enhancer_agreement_count": 0},
        {"enhancer_agreement_count": 0},
        {"enhancer_agreement_count": 0, "enhanced_amount": "100"},
    ],
)
def enhancer_has_an_agreement(loan: Any, limits: Any) -> Any:
    return loan.enhancer_agreement_count >= 1


@rule(
    "PTR-047",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("enhancer_type", "enhancer_uscc", "enhancer_is_guarantor"),
    cites=f"{G09}; EAST 5.0, table 513 HZFLX",
    confidence=Confidence.SECONDARY,
    en="An enhancer said to be a guarantee company is a guarantee company in the partner table.",
    zh="增信机构类型为融资担保的，合作方类型应为融资担保公司。",
    says=("{enhancer_uscc} is a {enhancer_type} here and none there", "{enhancer_uscc}的合作方类型不是融资担保公司"),
    passes=[
        {"enhancer_type": "GUARANTOR", "enhancer_is_guarantor": True},
        {"enhancer_type": "OTHER", "enhancer_is_guarantor": False},
        {"enhancer_type": "GUARANTOR"},
    ],
    fails=[
        {"enhancer_type": "GUARANTOR", "enhancer_is_guarantor": False},
        {"enhancer_type": "GUARANTOR", "enhancer_is_guarantor": False, "enhancer_is_insurer": True},
        {"enhancer_type": "GUARANTOR", "enhancer_is_guarantor": False, "enhancer_agreement_count": 1},
    ],
)
def guarantor_is_a_guarantor(loan: Any, limits: Any) -> Any:
    return implies(loan.enhancer_type == "GUARANTOR", loan.enhancer_is_guarantor)


@rule(
    "PTR-048",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("enhancer_type", "enhancer_uscc", "enhancer_is_insurer"),
    cites=f"{G09}; EAST 5.0, table 513 HZFLX",
    confidence=Confidence.SECONDARY,
    en="An enhancer by insurance is an insurer in the partner table.",
    zh="增信机构类型为保证保险或信用保险的，合作方类型应为保险公司。",
    says=(
        "{enhancer_uscc} enhances by {enhancer_type} and is no insurer",
        "{enhancer_uscc}以{enhancer_type}增信，但不是保险公司",
    ),
    passes=[
        {"enhancer_type": "GUARANTEE_INSURANCE", "enhancer_is_insurer": True},
        {"enhancer_type": "CREDIT_INSURANCE", "enhancer_is_insurer": True},
        {"enhancer_type": "GUARANTOR", "enhancer_is_insurer": False},
        {"enhancer_type": "CREDIT_INSURANCE"},
    ],
    fails=[
        {"enhancer_type": "GUARANTEE_INSURANCE", "enhancer_is_insurer": False},
        {"enhancer_type": "CREDIT_INSURANCE", "enhancer_is_insurer": False},
        {"enhancer_type": "CREDIT_INSURANCE", "enhancer_is_insurer": False, "enhancer_is_guarantor": True},
    ],
)
def insurance_is_by_an_insurer(loan: Any, limits: Any) -> Any:
    return implies(loan.enhancer_type.isin(INSURANCE), loan.enhancer_is_insurer)
