"""What a loan costs: rates, fees, caps. Rates are percent per year.

Belongs here: that the figures of a price agree with each other, with its cash flows and with the caps. Not here: how
the price was shown and confirmed (``disclosure``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule


@rule(
    "PRC-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("net_proceeds_amount", "loan_amount"),
    cites="PBoC announcement [2021] No. 3: the occupied principal is what the borrower received",
    confidence=Confidence.SECONDARY,
    en="The borrower does not receive more than was lent.",
    zh="实际到手金额不得大于借款金额。",
    passes=[{"net_proceeds_amount": "1000.00", "loan_amount": "1000.00"}],
    fails=[{"net_proceeds_amount": "1000.01", "loan_amount": "1000.00"}],
)
def proceeds_within_the_amount(loan: Any, limits: Any) -> Any:
    return loan.net_proceeds_amount <= loan.loan_amount


@rule(
    "PRC-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("benchmark_pct", "rate_type"),
    cites="PBoC financial base data V2.1, CLGRDK 19",
    confidence=Confidence.PRIMARY,
    en="A fixed rate has no benchmark rate.",
    zh="固定利率贷款不应填报基准利率。",
    passes=[{"rate_type": "RF01"}, {"rate_type": "RF02", "benchmark_pct": "3.000000"}],
    fails=[{"rate_type": "RF01", "benchmark_pct": "3.000000"}],
)
def fixed_rate_has_no_benchmark(loan: Any, limits: Any) -> Any:
    return implies(loan.rate_type == "RF01", loan.benchmark_pct.isnull())


@rule(
    "PRC-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("benchmark_pct", "benchmark_type", "rate_type"),
    cites="PBoC financial base data V2.1, CLGRDK 18-19",
    confidence=Confidence.PRIMARY,
    en="A floating rate names its benchmark and the benchmark's rate.",
    zh="浮动利率贷款应填报定价基准类型和基准利率。",
    passes=[{"rate_type": "RF02", "benchmark_type": "TR05", "benchmark_pct": "3.000000"}, {"rate_type": "RF01"}],
    fails=[
        {"rate_type": "RF02", "benchmark_type": "TR05"},
        {"rate_type": "RF02", "benchmark_pct": "3.000000"},
        {"rate_type": "RF02"},
    ],
)
def floating_rate_has_a_benchmark(loan: Any, limits: Any) -> Any:
    return implies(loan.rate_type == "RF02", loan.benchmark_type.notnull() & loan.benchmark_pct.notnull())


@rule(
    "PRC-004",
    on="loan_with_pricing",
    jurisdictions=CHINA,
    since="2021-03-31",
    fields=("shown_annual_rate_pct", "shown_method", "simple_annual_pct", "irr_annual_pct"),
    cites="PBoC announcement [2021] No. 3, with its worked example",
    confidence=Confidence.SECONDARY,
    en="The annual rate shown to the borrower equals the one its cash flows give, by the method it names.",
    zh="向借款人展示的年化利率应与按所称方法由现金流计算的结果一致。",
    passes=[
        {"shown_annual_rate_pct": "12.800000", "shown_method": "SIMPLE", "simple_annual_pct": "12.80380000"},
        {"shown_annual_rate_pct": "13.580000", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
        {"shown_annual_rate_pct": "13.592600", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
    ],
    fails=[
        {
            "shown_annual_rate_pct": "12.800000",
            "shown_method": "COMPOUND",
            "simple_annual_pct": "12.80380000",
            "irr_annual_pct": "13.58260000",
        },
        {
            "shown_annual_rate_pct": "13.580000",
            "shown_method": "SIMPLE",
            "simple_annual_pct": "12.80380000",
            "irr_annual_pct": "13.58260000",
        },
        {"shown_annual_rate_pct": "13.592601", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
        {"shown_annual_rate_pct": "13.572599", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
    ],
)
def shown_rate_matches_cash_flows(loan: Any, limits: Any) -> Any:
    expected = ibis.cases(
        (loan.shown_method == "SIMPLE", loan.simple_annual_pct),
        (loan.shown_method == "COMPOUND", loan.irr_annual_pct),
    )
    return (loan.shown_annual_rate_pct - expected).abs() <= limits.apr_tolerance_pct


@rule(
    "PRC-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "lender_type", "start_date"),
    cites="金规〔2025〕9号; 小额贷款公司综合融资成本管理工作指引; 法发〔2017〕22号",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost is within the cap in force for this kind of lender when the loan was granted.",
    zh="年化综合融资成本不得超过发放时该类机构适用的上限。",
    passes=[
        {"lender_type": "BANK", "start_date": "2025-10-01", "all_in_cost_pct": "24.000000"},
        {"lender_type": "BANK", "start_date": "2025-09-30", "all_in_cost_pct": "24.000001"},
        {"lender_type": "MICRO", "start_date": "2025-12-23", "all_in_cost_pct": "35.900000"},
        {"lender_type": "CFC", "start_date": "2026-10-01", "all_in_cost_pct": "23.990000"},
        {"lender_type": "TRUST", "start_date": "2026-10-01", "all_in_cost_pct": "30.000000"},
    ],
    fails=[
        {"lender_type": "BANK", "start_date": "2025-10-01", "all_in_cost_pct": "24.000001"},
        {"lender_type": "MICRO", "start_date": "2025-12-24", "all_in_cost_pct": "24.000001"},
        {"lender_type": "CFC", "start_date": "2017-08-04", "all_in_cost_pct": "24.000001"},
    ],
)
def cost_within_the_cap(loan: Any, limits: Any) -> Any:
    return loan.all_in_cost_pct <= limits.by("all_in_cost_cap_pct", loan.lender_type, loan.start_date)


@rule(
    "PRC-006",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "normal_fee_annual_pct"),
    cites="金规〔2026〕2号: each item converted to a year, and their total",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost is the sum of the cost items of normal performance.",
    zh="年化综合融资成本应等于正常履约各项费用年化之和。",
    passes=[
        {"all_in_cost_pct": "18.010000", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "17.990000", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "18.000000"},
    ],
    fails=[
        {"all_in_cost_pct": "18.010001", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "17.989999", "normal_fee_annual_pct": "18.000000"},
    ],
)
def cost_is_the_sum_of_its_items(loan: Any, limits: Any) -> Any:
    return (loan.all_in_cost_pct - loan.normal_fee_annual_pct).abs() <= limits.fee_sum_tolerance_pct


@rule(
    "PRC-007",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    since="2022-05-01",
    fields=("nominal_annual_pct",),
    cites="EAST 5.0 draft check rule JHGZ3695",
    confidence=Confidence.PRIMARY,
    en="The nominal annual rate is between the bounds of the draft EAST check.",
    zh="名义年利率应在EAST草案校验区间内。",
    passes=[{"nominal_annual_pct": "0.000000"}, {"nominal_annual_pct": "30.000000"}],
    fails=[{"nominal_annual_pct": "-0.000001"}, {"nominal_annual_pct": "30.000001"}],
)
def nominal_rate_is_plausible(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct.between(limits.nominal_rate_min_pct, limits.nominal_rate_max_pct)


@rule(
    "PRC-008",
    on="fee",
    jurisdictions=CHINA,
    fields=("collector_type", "collector_name"),
    cites="金规〔2025〕9号: a platform charges the borrower nothing",
    confidence=Confidence.SECONDARY,
    en="A platform collects no cost item from the borrower.",
    zh="平台运营机构不得向借款人收取任何息费。",
    passes=[{"collector_type": "LENDER"}, {"collector_type": "GUARANTOR"}],
    fails=[{"collector_type": "PLATFORM"}],
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
    passes=[
        {"collector_type": "GUARANTOR", "fee_type": "GUARANTEE"},
        {"collector_type": "LENDER", "fee_type": "SERVICE"},
    ],
    fails=[{"collector_type": "GUARANTOR", "fee_type": "SERVICE"}],
)
def guarantor_collects_guarantee_fees(fee: Any, limits: Any) -> Any:
    return implies(fee.collector_type == "GUARANTOR", fee.fee_type == "GUARANTEE")


@rule(
    "PRC-010",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("penalty_rate_pct", "nominal_annual_pct"),
    cites="银发〔2003〕251号",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The penalty rate is within the permitted multiple of the contract rate.",
    zh="罚息利率不得超过合同利率的规定倍数。",
    passes=[{"penalty_rate_pct": "18.000000", "nominal_annual_pct": "12.000000"}],
    fails=[{"penalty_rate_pct": "18.000001", "nominal_annual_pct": "12.000000"}],
)
def penalty_within_its_multiple(loan: Any, limits: Any) -> Any:
    return loan.penalty_rate_pct <= loan.nominal_annual_pct * limits.penalty_multiple
