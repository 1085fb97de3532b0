"""Who collects a cost item, how and in which case.

Belongs here: which kind of item goes with which collector, method and case. Not here: the figures of an item
(``pricing_items``, ``pricing_amounts``), whether a collector's code is well formed (``identity_codes``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule


@rule(
    "PRC-008",
    on="fee",
    jurisdictions=CHINA,
    fields=("collector_type", "collector_name"),
    cites="金规〔2025〕9号: a platform charges the borrower nothing",
    confidence=Confidence.SECONDARY,
    en="A platform collects no cost item from the borrower.",
    zh="平台运营机构不得向借款人收取任何息费。",
    says=("collected by {collector_name}, of kind {collector_type}", "收取主体{collector_name}，类型{collector_type}"),
    passes=[
        {"collector_type": "LENDER"},
        {"collector_type": "GUARANTOR"},
        {"collector_type": "OTHER", "collector_name": "示例登记机构"},
    ],
    fails=[
        {"collector_type": "PLATFORM"},
        {"collector_type": "PLATFORM", "collector_name": "示例平台信息科技有限公司", "fee_type": "MEMBERSHIP"},
        {"collector_type": "PLATFORM", "fee_case": "DEFAULT", "fee_annual_pct": "0.000000"},
    ],
)
def platform_collects_nothing(fee: Any, limits: Any) -> Any:
    return fee.collector_type != "PLATFORM"


@rule(
    "PRC-009",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_type", "collector_type"),
    cites="金规〔2025〕9号: a credit enhancer does not charge under the name of advice or consulting",
    confidence=Confidence.SECONDARY,
    en="What a guarantor collects is a guarantee fee.",
    zh="担保机构收取的费用应为担保费。",
    says=("{fee_type} collected by a {collector_type}", "{collector_type}收取{fee_type}"),
    passes=[
        {"collector_type": "GUARANTOR", "fee_type": "GUARANTEE"},
        {"collector_type": "LENDER", "fee_type": "SERVICE"},
        {"collector_type": "INSURER", "fee_type": "INSURANCE"},
    ],
    fails=[
        {"collector_type": "GUARANTOR", "fee_type": "SERVICE"},
        {"collector_type": "GUARANTOR", "fee_type": "OTHER"},
        {"collector_type": "GUARANTOR", "fee_type": "INTEREST"},
    ],
)
def guarantor_collects_guarantee_fees(fee: Any, limits: Any) -> Any:
    return implies(fee.collector_type == "GUARANTOR", fee.fee_type == "GUARANTEE")


@rule(
    "PRC-041",
    on="fee",
    jurisdictions=CHINA,
    fields=("collector_type", "fee_type"),
    cites="金规〔2025〕9号: nobody but the lender charges interest",
    confidence=Confidence.SECONDARY,
    en="Interest is collected by a lender.",
    zh="利息应由贷款人收取。",
    says=("{fee_type} collected by a {collector_type}", "{fee_type}由{collector_type}收取"),
    passes=[
        {"fee_type": "INTEREST", "collector_type": "LENDER"},
        {"fee_type": "SERVICE", "collector_type": "OTHER"},
        {"fee_type": "GUARANTEE", "collector_type": "GUARANTOR"},
    ],
    fails=[
        {"fee_type": "INTEREST", "collector_type": "OTHER"},
        {"fee_type": "INTEREST", "collector_type": "GUARANTOR"},
        {"fee_type": "INTEREST", "collector_type": "PLATFORM"},
    ],
)
def interest_goes_to_a_lender(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "INTEREST", fee.collector_type == "LENDER")


@rule(
    "PRC-042",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("collector_uscc", "collector_type", "co_lender_uscc", "is_collector_a_lender"),
    cites="金规〔2026〕2号: the collecting entity of each item; 银保监办发〔2021〕24号: who lends together",
    confidence=Confidence.SECONDARY,
    en="A lender that collects is the reporting institution or its co-lender on the loan.",
    zh="收取主体为贷款人的，应为报送机构或该笔贷款的联合出资方。",
    says=(
        "collected by {collector_uscc} as {collector_type}; the co-lender is {co_lender_uscc}",
        "{collector_uscc}以{collector_type}身份收取，联合出资方为{co_lender_uscc}",
    ),
    passes=[
        {"collector_type": "LENDER", "collector_uscc": "91100000100003962T", "is_collector_a_lender": True},
        {
            "collector_type": "LENDER",
            "collector_uscc": "91440305MA0035010X",
            "co_lender_uscc": "91440305MA0035010X",
            "is_collector_a_lender": False,
        },
        {"collector_type": "GUARANTOR", "collector_uscc": "91440305MA0035010X", "is_collector_a_lender": False},
        {
            "collector_type": "OTHER",
            "collector_uscc": "91100000100003962T",
            "co_lender_uscc": "91440305MA0035010X",
            "is_collector_a_lender": False,
        },
    ],
    fails=[
        {"collector_type": "LENDER", "collector_uscc": "91440305MA0035010X", "is_collector_a_lender": False},
        {
            "collector_type": "LENDER",
            "collector_uscc": "91440305MA0035010X",
            "co_lender_uscc": "91100000100003962T",
            "is_collector_a_lender": False,
        },
        {"collector_type": "LENDER", "collector_uscc": "0", "is_collector_a_lender": False},
    ],
)
def collecting_lender_is_of_the_loan(fee: Any, limits: Any) -> Any:
    is_co_lender = (fee.collector_uscc == fee.co_lender_uscc).fill_null(False)
    return implies(fee.collector_type == "LENDER", fee.is_collector_a_lender | is_co_lender)


@rule(
    "PRC-044",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("fee_type", "loan_enhancer_type", "has_loan"),
    cites="金规〔2025〕9号: fees for credit enhancement are part of the cost of enhanced loans",
    confidence=Confidence.SECONDARY,
    en="A guarantee fee or an insurance premium is charged only on a loan with a credit enhancer.",
    zh="只有有增信机构的贷款才可收取担保费或保险费。",
    says=(
        "{fee_type} on a loan with the enhancer {loan_enhancer_type}",
        "增信机构为{loan_enhancer_type}的贷款收取{fee_type}",
    ),
    passes=[
        {"fee_type": "GUARANTEE", "has_loan": True, "loan_enhancer_type": "GUARANTOR"},
        {"fee_type": "INSURANCE", "has_loan": True, "loan_enhancer_type": "GUARANTEE_INSURANCE"},
        {"fee_type": "SERVICE", "has_loan": True},
        {"fee_type": "GUARANTEE", "has_loan": False},
    ],
    fails=[
        {"fee_type": "GUARANTEE", "has_loan": True},
        {"fee_type": "INSURANCE", "has_loan": True},
        {"fee_type": "INSURANCE", "has_loan": True, "fee_case": "DEFAULT"},
    ],
)
def enhancement_is_charged_where_there_is_some(fee: Any, limits: Any) -> Any:
    of_enhancement = fee.fee_type.isin(["GUARANTEE", "INSURANCE"]) & fee.has_loan
    return implies(of_enhancement, fee.loan_enhancer_type.notnull())


@rule(
    "PRC-045",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("collector_uscc", "loan_enhancer_uscc", "fee_type"),
    cites="金规〔2026〕2号: the collecting entity of each item; EAST 5.0, table 502",
    confidence=Confidence.SECONDARY,
    en="A guarantee fee is collected by the loan's credit enhancer.",
    zh="担保费的收取主体应为该笔贷款的增信机构。",
    says=(
        "{fee_type} collected by {collector_uscc}; the enhancer is {loan_enhancer_uscc}",
        "{fee_type}由{collector_uscc}收取，增信机构为{loan_enhancer_uscc}",
    ),
    passes=[
        {"fee_type": "GUARANTEE", "collector_uscc": "91120101MA0045017X", "loan_enhancer_uscc": "91120101MA0045017X"},
        {"fee_type": "SERVICE", "collector_uscc": "91100000100003962T", "loan_enhancer_uscc": "91120101MA0045017X"},
        {"fee_type": "GUARANTEE", "collector_uscc": "91100000100003962T"},
    ],
    fails=[
        {"fee_type": "GUARANTEE", "collector_uscc": "91100000100003962T", "loan_enhancer_uscc": "91120101MA0045017X"},
        {"fee_type": "GUARANTEE", "collector_uscc": "91120101MA0045017x", "loan_enhancer_uscc": "91120101MA0045017X"},
        {"fee_type": "GUARANTEE", "collector_uscc": "0", "loan_enhancer_uscc": "91120101MA0045017X"},
    ],
)
def guarantee_fee_goes_to_the_enhancer(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "GUARANTEE", fee.collector_uscc == fee.loan_enhancer_uscc)


@rule(
    "PRC-046",
    on="fee",
    jurisdictions=CHINA,
    fields=("collector_type", "fee_type"),
    cites="金规〔2025〕9号: fees for credit enhancement are charged by who enhances",
    confidence=Confidence.SECONDARY,
    en="A guarantee fee is collected by a guarantor.",
    zh="担保费应由担保机构收取。",
    says=("{fee_type} collected by a {collector_type}", "{fee_type}由{collector_type}收取"),
    passes=[
        {"fee_type": "GUARANTEE", "collector_type": "GUARANTOR"},
        {"fee_type": "SERVICE", "collector_type": "LENDER"},
        {"fee_type": "INSURANCE", "collector_type": "INSURER"},
    ],
    fails=[
        {"fee_type": "GUARANTEE", "collector_type": "LENDER"},
        {"fee_type": "GUARANTEE", "collector_type": "OTHER"},
        {"fee_type": "GUARANTEE", "collector_type": "INSURER"},
    ],
)
def guarantee_fee_goes_to_a_guarantor(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "GUARANTEE", fee.collector_type == "GUARANTOR")


@rule(
    "PRC-047",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_type", "collector_type"),
    cites="金规〔2026〕2号: the collecting entity of each item; premiums are an insurer's",
    confidence=Confidence.SECONDARY,
    en="An insurance premium is collected by an insurer, and an insurer collects nothing else.",
    zh="保险费应由保险公司收取，保险公司不得收取其他费用。",
    says=("{fee_type} collected by a {collector_type}", "{fee_type}由{collector_type}收取"),
    passes=[
        {"fee_type": "INSURANCE", "collector_type": "INSURER"},
        {"fee_type": "INTEREST", "collector_type": "LENDER"},
        {"fee_type": "INSURANCE"},
    ],
    fails=[
        {"fee_type": "INSURANCE", "collector_type": "LENDER"},
        {"fee_type": "SERVICE", "collector_type": "INSURER"},
        {"fee_type": "PENALTY", "collector_type": "INSURER"},
    ],
)
def premium_goes_to_an_insurer(fee: Any, limits: Any) -> Any:
    return (fee.fee_type == "INSURANCE") == (fee.collector_type == "INSURER")


@rule(
    "PRC-048",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_method", "fee_case"),
    cites="金规〔2026〕2号: contingent items fall due on default",
    confidence=Confidence.SECONDARY,
    en="An item on default is not collected upfront or with the instalments.",
    zh="违约项目不得在放款时或随每期收取。",
    says=("item on {fee_case} collected {fee_method}", "{fee_case}项目的收取方式为{fee_method}"),
    passes=[
        {"fee_case": "DEFAULT", "fee_method": "ON_EVENT"},
        {"fee_case": "NORMAL", "fee_method": "UPFRONT"},
        {"fee_case": "NORMAL", "fee_method": "PER_INSTALMENT"},
    ],
    fails=[
        {"fee_case": "DEFAULT", "fee_method": "UPFRONT"},
        {"fee_case": "DEFAULT", "fee_method": "PER_INSTALMENT"},
        {"fee_case": "DEFAULT", "fee_method": "UPFRONT", "fee_type": "PENALTY"},
    ],
)
def default_items_wait_for_the_event(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_case == "DEFAULT", ~fee.fee_method.isin(["UPFRONT", "PER_INSTALMENT"]))


@rule(
    "PRC-049",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_method", "fee_case"),
    cites="金规〔2026〕2号: items of normal performance are certain",
    confidence=Confidence.SECONDARY,
    en="An item of normal performance does not wait for an event.",
    zh="正常履约项目不应以触发事件为收取条件。",
    says=("item of {fee_case} performance collected {fee_method}", "{fee_case}项目的收取方式为{fee_method}"),
    passes=[
        {"fee_case": "NORMAL", "fee_method": "PER_INSTALMENT"},
        {"fee_case": "NORMAL", "fee_method": "UPFRONT"},
        {"fee_case": "DEFAULT", "fee_method": "ON_EVENT"},
    ],
    fails=[
        {"fee_case": "NORMAL", "fee_method": "ON_EVENT"},
        {"fee_case": "NORMAL", "fee_method": "ON_EVENT", "fee_type": "SERVICE"},
        {"fee_case": "NORMAL", "fee_method": "ON_EVENT", "fee_type": "INTEREST"},
    ],
)
def normal_items_wait_for_nothing(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_case == "NORMAL", fee.fee_method != "ON_EVENT")


@rule(
    "PRC-050",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_case", "fee_type"),
    cites="金规〔2026〕2号: penalty interest stands on the default side",
    confidence=Confidence.SECONDARY,
    en="Penalty interest is an item on default.",
    zh="罚息应列为违约项目。",
    says=("{fee_type} in the case {fee_case}", "{fee_type}列入{fee_case}情形"),
    passes=[
        {"fee_type": "PENALTY", "fee_case": "DEFAULT"},
        {"fee_type": "INTEREST", "fee_case": "NORMAL"},
        {"fee_type": "OTHER", "fee_case": "NORMAL"},
    ],
    fails=[
        {"fee_type": "PENALTY", "fee_case": "NORMAL"},
        {"fee_type": "PENALTY", "fee_case": "NORMAL", "fee_method": "ON_EVENT"},
        {"fee_type": "PENALTY", "fee_case": "NORMAL", "collector_type": "LENDER"},
    ],
)
def penalty_is_on_default(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "PENALTY", fee.fee_case != "NORMAL")


@rule(
    "PRC-051",
    on="fee",
    jurisdictions=CHINA,
    fields=("fee_case", "fee_type"),
    cites="金规〔2026〕2号: interest stands among the items of normal performance",
    confidence=Confidence.SECONDARY,
    en="Interest is an item of normal performance.",
    zh="利息应列为正常履约项目。",
    says=("{fee_type} in the case {fee_case}", "{fee_type}列入{fee_case}情形"),
    passes=[
        {"fee_type": "INTEREST", "fee_case": "NORMAL"},
        {"fee_type": "PENALTY", "fee_case": "DEFAULT"},
        {"fee_type": "OTHER", "fee_case": "DEFAULT"},
    ],
    fails=[
        {"fee_type": "INTEREST", "fee_case": "DEFAULT"},
        {"fee_type": "INTEREST", "fee_case": "DEFAULT", "fee_method": "ON_EVENT"},
        {"fee_type": "INTEREST", "fee_case": "DEFAULT", "collector_type": "LENDER"},
    ],
)
def interest_is_of_normal_performance(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "INTEREST", fee.fee_case != "DEFAULT")


@rule(
    "PRC-052",
    on="fee",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("fee_type", "fee_method"),
    cites="PBoC announcement [2021] No. 3: interest is charged on the principal still occupied",
    confidence=Confidence.SECONDARY,
    en="Interest is not taken upfront.",
    zh="利息不得在放款时一次收取。",
    says=("{fee_type} collected {fee_method}", "{fee_type}的收取方式为{fee_method}"),
    passes=[
        {"fee_type": "INTEREST", "fee_method": "PER_INSTALMENT"},
        {"fee_type": "SERVICE", "fee_method": "UPFRONT"},
        {"fee_type": "INSURANCE", "fee_method": "UPFRONT"},
    ],
    fails=[
        {"fee_type": "INTEREST", "fee_method": "UPFRONT"},
        {"fee_type": "INTEREST", "fee_method": "UPFRONT", "fee_case": "NORMAL"},
        {"fee_type": "INTEREST", "fee_method": "UPFRONT", "collector_type": "LENDER"},
    ],
)
def interest_is_not_taken_upfront(fee: Any, limits: Any) -> Any:
    return implies(fee.fee_type == "INTEREST", fee.fee_method != "UPFRONT")
