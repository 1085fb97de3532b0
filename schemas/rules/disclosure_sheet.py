"""What stands on the cost sheet, beside the loan it was shown for.

Belongs here: principal, term, method and total. Not here: times (``disclosure``), duties besides the sheet
(``disclosure_duties``), its items (``disclosure_items``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.disclosure import COST_SHEET_IN_FORCE


@rule(
    "DSC-006",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "sheet_total_annual_pct",
        "loan_all_in_cost_pct",
    ),
    cites="金规〔2026〕2号: the sheet shows the annual all-in cost of the loan",
    confidence=Confidence.SECONDARY,
    en="The cost sheet shows the loan's annual all-in cost.",
    zh="明示表所列年化综合融资成本应与贷款一致。",
    says=(
        "the sheet shows {sheet_total_annual_pct} %, the loan's all-in cost is {loan_all_in_cost_pct} %",
        "明示表为{sheet_total_annual_pct}%，贷款综合融资成本为{loan_all_in_cost_pct}%",
    ),
    passes=[
        {"sheet_total_annual_pct": "18.010000", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "17.990000", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "18.000000"},
    ],
    fails=[
        {"sheet_total_annual_pct": "18.010001", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "17.989999", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "12.000000", "loan_all_in_cost_pct": "18.000000"},
    ],
)
def sheet_shows_the_cost(disclosure: Any, limits: Any) -> Any:
    return (disclosure.sheet_total_annual_pct - disclosure.loan_all_in_cost_pct).abs() <= limits.fee_sum_tolerance_pct


@rule(
    "DSC-015",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "sheet_principal_amount",
        "loan_amount",
    ),
    cites="金规〔2026〕2号: the principal stands on the sheet",
    confidence=Confidence.SECONDARY,
    en="The principal on the cost sheet is the amount lent.",
    zh="明示表所列本金应等于借款金额。",
    says=(
        "the sheet shows {sheet_principal_amount}, lent {loan_amount}",
        "明示表本金{sheet_principal_amount}，借款金额{loan_amount}",
    ),
    passes=[
        {"sheet_principal_amount": "1000.00", "loan_amount": "1000.00"},
        {"sheet_principal_amount": "0.00", "loan_amount": "0.00"},
        {"sheet_principal_amount": "1000.00"},
    ],
    fails=[
        {"sheet_principal_amount": "999.99", "loan_amount": "1000.00"},
        {"sheet_principal_amount": "1000.01", "loan_amount": "1000.00"},
        {"sheet_principal_amount": "0.00", "loan_amount": "1000.00"},
    ],
)
def sheet_shows_the_principal(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_principal_amount == disclosure.loan_amount


@rule(
    "DSC-016",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "sheet_term_count",
        "loan_term_count",
    ),
    cites="金规〔2026〕2号: the repayment stands on the sheet",
    confidence=Confidence.SECONDARY,
    en="The number of instalments on the cost sheet is the loan's.",
    zh="明示表所列期数应等于贷款总期数。",
    says=(
        "the sheet shows {sheet_term_count} instalments, the loan has {loan_term_count}",
        "明示表{sheet_term_count}期，贷款总期数{loan_term_count}",
    ),
    passes=[
        {"sheet_term_count": 12, "loan_term_count": 12},
        {"sheet_term_count": 1, "loan_term_count": 1},
        {"sheet_term_count": 12},
    ],
    fails=[
        {"sheet_term_count": 11, "loan_term_count": 12},
        {"sheet_term_count": 13, "loan_term_count": 12},
        {"sheet_term_count": 0, "loan_term_count": 1},
    ],
)
def sheet_shows_the_term(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_term_count == disclosure.loan_term_count


@rule(
    "DSC-017",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "sheet_total_annual_pct",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the annualised all-in cost under normal performance",
    confidence=Confidence.SECONDARY,
    en="The cost sheet says the annual all-in cost.",
    zh="明示表应列明年化综合融资成本。",
    says=(
        "granted {loan_start_date}, annual all-in cost: {sheet_total_annual_pct}",
        "{loan_start_date}发放，年化综合融资成本：{sheet_total_annual_pct}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "sheet_total_annual_pct": "18.000000"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "sheet_total_annual_pct": "18.000000"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "sheet_principal_amount": "1000.00"},
    ],
)
def sheet_has_a_total(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.sheet_total_annual_pct.notnull())


@rule(
    "DSC-018",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "sheet_method",
        "loan_start_date",
    ),
    cites="PBoC announcement [2021] No. 3: a simple rate is labelled simple; 金规〔2026〕2号",
    confidence=Confidence.SECONDARY,
    en="The cost sheet says by which method its annual cost was computed.",
    zh="明示表应标明年化计算方法。",
    says=("granted {loan_start_date}, method: {sheet_method}", "{loan_start_date}发放，年化方法：{sheet_method}"),
    passes=[
        {"loan_start_date": "2026-08-01", "sheet_method": "SIMPLE"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "sheet_method": "SIMPLE"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "sheet_total_annual_pct": "18.000000"},
    ],
)
def sheet_names_its_method(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.sheet_method.notnull())


@rule(
    "DSC-019",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "sheet_total_annual_pct",
        "loan_shown_annual_rate_pct",
        "sheet_method",
        "loan_shown_method",
    ),
    cites="中国人民银行金融消费者权益保护实施办法 (人民银行令〔2020〕第5号): marketing agrees with the contract",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Where the cost sheet and the advertised rate use one method, they show one rate.",
    zh="明示表与展示利率方法相同时，两者年化应一致。",
    says=(
        "the sheet shows {sheet_total_annual_pct} % as {sheet_method}, advertised were {loan_shown_annual_rate_pct} % "
        "as {loan_shown_method}",
        "明示表{sheet_total_annual_pct}%（{sheet_method}），展示利率{loan_shown_annual_rate_pct}%（{loan_shown_method}）",
    ),
    passes=[
        {
            "sheet_method": "SIMPLE",
            "loan_shown_method": "SIMPLE",
            "sheet_total_annual_pct": "18.020000",
            "loan_shown_annual_rate_pct": "18.000000",
        },
        {
            "sheet_method": "COMPOUND",
            "loan_shown_method": "COMPOUND",
            "sheet_total_annual_pct": "17.980000",
            "loan_shown_annual_rate_pct": "18.000000",
        },
        {
            "sheet_method": "SIMPLE",
            "loan_shown_method": "COMPOUND",
            "sheet_total_annual_pct": "18.000000",
            "loan_shown_annual_rate_pct": "19.560000",
        },
    ],
    fails=[
        {
            "sheet_method": "SIMPLE",
            "loan_shown_method": "SIMPLE",
            "sheet_total_annual_pct": "18.020001",
            "loan_shown_annual_rate_pct": "18.000000",
        },
        {
            "sheet_method": "COMPOUND",
            "loan_shown_method": "COMPOUND",
            "sheet_total_annual_pct": "17.979999",
            "loan_shown_annual_rate_pct": "18.000000",
        },
        {
            "sheet_method": "SIMPLE",
            "loan_shown_method": "SIMPLE",
            "sheet_total_annual_pct": "18.000000",
            "loan_shown_annual_rate_pct": "9.900000",
        },
    ],
)
def sheet_agrees_with_marketing(disclosure: Any, limits: Any) -> Any:
    apart = (disclosure.sheet_total_annual_pct - disclosure.loan_shown_annual_rate_pct).abs()
    same_method = disclosure.sheet_method == disclosure.loan_shown_method
    return implies(same_method, apart <= limits.nominal_tolerance_pct)


@rule(
    "DSC-020",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2026-08-01",
    fields=(
        "cost_sheet_version",
        "loan_start_date",
    ),
    cites="银行保险机构消费者权益保护管理办法 (银保监会令2022年第9号): what was shown can be traced",
    confidence=Confidence.SECONDARY,
    en="The cost sheet says its version.",
    zh="明示表应填报版本。",
    says=(
        "granted {loan_start_date}, version: {cost_sheet_version}",
        "{loan_start_date}发放，版本：{cost_sheet_version}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "cost_sheet_version": "V1"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "cost_sheet_version": "V1"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "cost_sheet_id": "MS1"},
    ],
)
def sheet_has_a_version(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.cost_sheet_version.notnull())


@rule(
    "DSC-021",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "sheet_principal_amount",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the principal stands on the sheet",
    confidence=Confidence.SECONDARY,
    en="The cost sheet says the principal.",
    zh="明示表应列明本金。",
    says=(
        "granted {loan_start_date}, principal: {sheet_principal_amount}",
        "{loan_start_date}发放，本金：{sheet_principal_amount}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "sheet_principal_amount": "1000.00"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "sheet_principal_amount": "1000.00"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "loan_amount": "1000.00"},
    ],
)
def sheet_has_a_principal(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.sheet_principal_amount.notnull())
