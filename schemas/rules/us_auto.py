"""United States auto loans as disclosed asset by asset (Regulation AB II, Schedule AL).

Belongs here: rules on the fields of ``loan_us_auto``. Not here: the form they are filed in.
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import UNITED_STATES, implies, rule

SCHEDULE_AL = "17 CFR 229.1125 (Schedule AL), Item 3"


@rule(
    "USA-001",
    on="loan_us_auto_with_loan",
    jurisdictions=UNITED_STATES,
    severity=Severity.WARNING,
    fields=(
        "opening_balance_amount",
        "principal_collected_amount",
        "other_principal_adjustment_amount",
        "charged_off_amount",
        "loan_balance_amount",
    ),
    cites=f"{SCHEDULE_AL}(f)(5), (15), (16), (20) and (i)(1): the figures of one period roll forward",
    confidence=Confidence.OWN,
    en="Opening balance less principal collected, other adjustments and charge-off is the closing balance.",
    zh="期初余额减去实收本金、其他本金调整和核销本金应等于期末余额。",
    passes=[
        {
            "opening_balance_amount": "1000.00",
            "principal_collected_amount": "100.00",
            "other_principal_adjustment_amount": "-5.00",
            "loan_balance_amount": "905.01",
        },
        {"opening_balance_amount": "1000.00", "charged_off_amount": "1000.00", "loan_balance_amount": "0.00"},
        {"principal_collected_amount": "100.00", "loan_balance_amount": "905.00"},
    ],
    fails=[
        {
            "opening_balance_amount": "1000.00",
            "principal_collected_amount": "100.00",
            "loan_balance_amount": "900.02",
        },
        {"opening_balance_amount": "1000.00", "charged_off_amount": "999.98", "loan_balance_amount": "0.00"},
        {"opening_balance_amount": "1000.00", "loan_balance_amount": "1000.02"},
    ],
    says=(
        "{opening_balance_amount} at the start, {principal_collected_amount} collected, "
        "{other_principal_adjustment_amount} adjusted, {charged_off_amount} charged off, {loan_balance_amount} left",
        "期初{opening_balance_amount}，收回{principal_collected_amount}，调整{other_principal_adjustment_amount}，"
        "核销{charged_off_amount}，期末{loan_balance_amount}",
    ),
)
def balance_rolls_forward(auto: Any, limits: Any) -> Any:
    taken_off = (
        auto.principal_collected_amount.fill_null(0)
        + auto.other_principal_adjustment_amount.fill_null(0)
        + auto.charged_off_amount.fill_null(0)
    )
    difference = auto.opening_balance_amount - taken_off - auto.loan_balance_amount
    return difference.abs() <= limits.balance_tolerance_amount


@rule(
    "USA-002",
    on="loan_us_auto_with_loan",
    jurisdictions=UNITED_STATES,
    severity=Severity.WARNING,
    fields=("zero_balance_code", "loan_balance_amount"),
    cites=f"{SCHEDULE_AL}(f)(24)(ii)",
    confidence=Confidence.PRIMARY,
    en="A loan with a reason why its balance is zero has no balance.",
    zh="填报余额归零原因的贷款余额应为零。",
    passes=[
        {"zero_balance_code": "1", "loan_balance_amount": "0.00"},
        {"zero_balance_code": "4", "loan_balance_amount": "0.00"},
        {"loan_balance_amount": "0.01"},
    ],
    fails=[
        {"zero_balance_code": "4", "loan_balance_amount": "0.01"},
        {"zero_balance_code": "1", "loan_balance_amount": "-0.01"},
        {"zero_balance_code": "1", "loan_balance_amount": "905.00"},
    ],
    says=(
        "zero balance code {zero_balance_code} with {loan_balance_amount} outstanding",
        "归零原因{zero_balance_code}，余额{loan_balance_amount}",
    ),
)
def zero_balance_is_zero(auto: Any, limits: Any) -> Any:
    return implies(auto.zero_balance_code.notnull(), auto.loan_balance_amount == 0)


@rule(
    "USA-003",
    on="loan_us_auto",
    jurisdictions=UNITED_STATES,
    severity=Severity.WARNING,
    fields=("asset_number",),
    cites=f"{SCHEDULE_AL}(a)(2)",
    confidence=Confidence.PRIMARY,
    en="The asset number identifies the loan.",
    zh="资产编号应能识别贷款。",
    passes=[{"asset_number": "1"}, {"asset_number": "10"}, {"asset_number": "00A"}],
    fails=[{"asset_number": "0"}, {"asset_number": "000"}, {"asset_number": ""}],
    says=("asset number {asset_number}", "资产编号{asset_number}"),
)
def asset_number_identifies(auto: Any, limits: Any) -> Any:
    return ~auto.asset_number.re_search("^0*$")


@rule(
    "USA-004",
    on="loan_us_auto_with_previous",
    jurisdictions=UNITED_STATES,
    severity=Severity.WARNING,
    fields=("opening_balance_amount", "previous_closing_balance_amount"),
    cites=f"{SCHEDULE_AL}(f)(5) and (16): a period opens where the one before it closed",
    confidence=Confidence.OWN,
    en="The balance at the beginning of the period is the previous period's closing balance.",
    zh="期初余额应等于上期期末余额。",
    passes=[
        {"opening_balance_amount": "900.00", "previous_closing_balance_amount": "900.00"},
        {"opening_balance_amount": "900.00"},
        {"previous_closing_balance_amount": "900.00"},
    ],
    fails=[
        {"opening_balance_amount": "900.01", "previous_closing_balance_amount": "900.00"},
        {"opening_balance_amount": "899.99", "previous_closing_balance_amount": "900.00"},
        {"opening_balance_amount": "0.00", "previous_closing_balance_amount": "900.00"},
    ],
    says=(
        "opens with {opening_balance_amount}, the period before closed with {previous_closing_balance_amount}",
        "期初{opening_balance_amount}，上期期末{previous_closing_balance_amount}",
    ),
)
def opens_where_it_closed(auto: Any, limits: Any) -> Any:
    return auto.opening_balance_amount == auto.previous_closing_balance_amount


@rule(
    "USA-005",
    on="loan_us_auto",
    jurisdictions=UNITED_STATES,
    severity=Severity.WARNING,
    fields=("delinquency_days",),
    cites=f"{SCHEDULE_AL}(f)(25)",
    confidence=Confidence.PRIMARY,
    en="The days past due are reported.",
    zh="应报告逾期天数。",
    passes=[{"delinquency_days": 0}, {"delinquency_days": 1}, {"delinquency_days": 400}],
    fails=[{}, {"asset_number": "1"}, {"opening_balance_amount": "900.00"}],
)
def delinquency_is_reported(auto: Any, limits: Any) -> Any:
    return auto.delinquency_days.notnull()
