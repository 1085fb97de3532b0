"""What credit may cost: caps by kind of lender and day of grant, and what is added on default.

Belongs here: comparison with a dated limit of law or of a court. Not here: whether the compared figures agree with each
other (``pricing``).
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

PRODUCT = dt.Decimal(38, 6)  # a rate times a multiple


@rule(
    "PRC-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "lender_type", "start_date"),
    cites="金规〔2025〕9号; 小额贷款公司综合融资成本管理工作指引; 法发〔2017〕22号",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost is within the cap in force for this kind of lender when the loan was granted.",
    zh="年化综合融资成本不得超过发放时该类机构适用的上限。",
    says=(
        "all-in cost {all_in_cost_pct} % of a loan granted {start_date} by a lender of kind {lender_type}",
        "{lender_type}类机构于{start_date}发放的贷款，综合融资成本{all_in_cost_pct}%",
    ),
    passes=[
        {"lender_type": "BANK", "start_date": "2025-10-01", "all_in_cost_pct": "24.000000"},
        {"lender_type": "BANK", "start_date": "2025-09-30", "all_in_cost_pct": "24.000001"},
        {"lender_type": "MICRO", "start_date": "2025-12-23", "all_in_cost_pct": "35.900000"},
        {"lender_type": "CFC", "start_date": "2017-08-03", "all_in_cost_pct": "30.000000"},
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
    "PRC-010",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("penalty_rate_pct", "nominal_annual_pct"),
    cites="银发〔2003〕251号",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The penalty rate is within the permitted multiple of the contract rate.",
    zh="罚息利率不得超过合同利率的规定倍数。",
    says=(
        "penalty rate {penalty_rate_pct} %, contract rate {nominal_annual_pct} %",
        "罚息利率{penalty_rate_pct}%，合同利率{nominal_annual_pct}%",
    ),
    passes=[
        {"penalty_rate_pct": "18.000000", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "15.600000", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "0.000000", "nominal_annual_pct": "0.000000"},
    ],
    fails=[
        {"penalty_rate_pct": "18.000001", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "24.000000", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "0.000001", "nominal_annual_pct": "0.000000"},
    ],
)
def penalty_within_its_multiple(loan: Any, limits: Any) -> Any:
    return loan.penalty_rate_pct <= loan.nominal_annual_pct * limits.penalty_multiple


@rule(
    "PRC-018",
    on="loan",
    jurisdictions=CHINA,
    fields=("nominal_annual_pct", "lender_type", "start_date"),
    cites="金规〔2025〕9号; 小额贷款公司综合融资成本管理工作指引; 法发〔2017〕22号",
    confidence=Confidence.SECONDARY,
    en="The nominal rate alone is within the cap in force for this kind of lender when the loan was granted.",
    zh="名义年利率本身不得超过发放时该类机构适用的综合融资成本上限。",
    says=(
        "nominal rate {nominal_annual_pct} % of a loan granted {start_date} by a lender of kind {lender_type}",
        "{lender_type}类机构于{start_date}发放的贷款，名义年利率{nominal_annual_pct}%",
    ),
    passes=[
        {"lender_type": "BANK", "start_date": "2025-10-01", "nominal_annual_pct": "24.000000"},
        {"lender_type": "BANK", "start_date": "2025-09-30", "nominal_annual_pct": "24.000001"},
        {"lender_type": "MICRO", "start_date": "2025-12-23", "nominal_annual_pct": "30.000000"},
        {"lender_type": "CFC", "start_date": "2017-08-03", "nominal_annual_pct": "30.000000"},
        {"lender_type": "OTHER", "start_date": "2026-10-01", "nominal_annual_pct": "30.000000"},
    ],
    fails=[
        {"lender_type": "BANK", "start_date": "2025-10-01", "nominal_annual_pct": "24.000001"},
        {"lender_type": "MICRO", "start_date": "2025-12-24", "nominal_annual_pct": "36.000000"},
        {"lender_type": "CFC", "start_date": "2017-08-04", "nominal_annual_pct": "24.000001"},
    ],
)
def nominal_rate_within_the_cap(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct <= limits.by("all_in_cost_cap_pct", loan.lender_type, loan.start_date)


@rule(
    "PRC-019",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    fields=("penalty_rate_pct", "start_date"),
    cites="法发〔2017〕22号: interest, penalty and fees together above the line are reduced on request",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What is charged on default stays within the line above which a court reduces it on request.",
    zh="逾期后的罚息利率不高于法院可依请求调减的界线。",
    says=(
        "penalty rate {penalty_rate_pct} % of a loan granted {start_date}",
        "{start_date}发放的贷款，罚息利率{penalty_rate_pct}%",
    ),
    passes=[
        {"penalty_rate_pct": "24.000000", "start_date": "2017-08-04"},
        {"penalty_rate_pct": "24.000001", "start_date": "2017-08-03"},
        {"penalty_rate_pct": "18.000000", "start_date": "2026-10-01"},
    ],
    fails=[
        {"penalty_rate_pct": "24.000001", "start_date": "2017-08-04"},
        {"penalty_rate_pct": "32.400000", "start_date": "2026-10-01"},
        {"penalty_rate_pct": "36.000000", "start_date": "2026-10-31"},
    ],
)
def penalty_within_the_judicial_line(loan: Any, limits: Any) -> Any:
    return loan.penalty_rate_pct <= limits.by("judicial_total_cost_pct", "", loan.start_date)


# Not in force before its day and without a fixing for any day since: the loan's own benchmark is then the rate asked.
@rule(
    "PRC-020",
    on="loan",
    jurisdictions=CHINA,
    lender_types=("MICRO",),
    since="2027-12-31",
    fields=("all_in_cost_pct", "benchmark_pct", "benchmark_type", "start_date", "lender_type"),
    cites="小额贷款公司综合融资成本管理工作指引: four times the one-year LPR by the end of 2027",
    confidence=Confidence.SECONDARY,
    en="A small-loan company's new loan costs at most four times the one-year LPR: the fixing known for the day of "
    "grant, else the LPR that the loan names.",
    zh="2027年底起，小额贷款公司新发放贷款综合融资成本不超过一年期LPR的四倍（取发放日已知报价，否则取贷款所载LPR）。",
    says=(
        "all-in cost {all_in_cost_pct} % of a loan granted {start_date}; it names a {benchmark_type} of "
        "{benchmark_pct} %",
        "{start_date}发放的贷款综合融资成本{all_in_cost_pct}%，所载基准{benchmark_type}为{benchmark_pct}%",
    ),
    passes=[
        {
            "lender_type": "MICRO",
            "start_date": "2027-12-31",
            "benchmark_type": "TR05",
            "benchmark_pct": "3.000000",
            "all_in_cost_pct": "12.000000",
        },
        {
            "lender_type": "MICRO",
            "start_date": "2027-12-30",
            "benchmark_type": "TR05",
            "benchmark_pct": "3.000000",
            "all_in_cost_pct": "24.000000",
        },
        {
            "lender_type": "MICRO",
            "start_date": "2028-01-01",
            "benchmark_type": "TR01",
            "benchmark_pct": "3.000000",
            "all_in_cost_pct": "18.000000",
        },
        {"lender_type": "MICRO", "start_date": "2028-01-01", "all_in_cost_pct": "24.000000"},
        {
            "lender_type": "BANK",
            "start_date": "2028-01-01",
            "benchmark_type": "TR05",
            "benchmark_pct": "3.000000",
            "all_in_cost_pct": "18.000000",
        },
    ],
    fails=[
        {
            "lender_type": "MICRO",
            "start_date": "2027-12-31",
            "benchmark_type": "TR05",
            "benchmark_pct": "3.000000",
            "all_in_cost_pct": "12.000001",
        },
        {
            "lender_type": "MICRO",
            "start_date": "2028-06-01",
            "benchmark_type": "TR05",
            "benchmark_pct": "2.500000",
            "all_in_cost_pct": "12.000000",
        },
        {
            "lender_type": "MICRO",
            "start_date": "2028-06-01",
            "benchmark_type": "TR05",
            "benchmark_pct": "0.000000",
            "all_in_cost_pct": "0.000001",
        },
    ],
)
def small_loan_within_four_times_the_lpr(loan: Any, limits: Any) -> Any:
    of_the_fixing = limits.by("micro_lpr_cap_pct", loan.lender_type, loan.start_date).cast(PRODUCT)
    named = ibis.ifelse(loan.benchmark_type == "TR05", loan.benchmark_pct, ibis.null(loan.benchmark_pct.type()))
    of_the_named = named.cast(PRODUCT) * limits.multiple("micro_lpr_cap_pct", loan.lender_type, loan.start_date)
    return loan.all_in_cost_pct <= ibis.coalesce(of_the_fixing, of_the_named)


@rule(
    "PRC-021",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("penalty_rate_pct", "nominal_annual_pct"),
    cites="银发〔2003〕251号: penalty interest is charged above the contract rate",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A penalty rate that is charged is not below the contract rate.",
    zh="罚息利率大于零时不得低于合同利率。",
    says=(
        "penalty rate {penalty_rate_pct} %, contract rate {nominal_annual_pct} %",
        "罚息利率{penalty_rate_pct}%，合同利率{nominal_annual_pct}%",
    ),
    passes=[
        {"penalty_rate_pct": "12.000000", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "0.000000", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "18.000000", "nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"penalty_rate_pct": "11.999999", "nominal_annual_pct": "12.000000"},
        {"penalty_rate_pct": "0.050000", "nominal_annual_pct": "18.000000"},
        {"penalty_rate_pct": "0.000001", "nominal_annual_pct": "12.000000"},
    ],
)
def penalty_is_not_below_the_rate(loan: Any, limits: Any) -> Any:
    return implies(loan.penalty_rate_pct > 0, loan.penalty_rate_pct >= loan.nominal_annual_pct)
