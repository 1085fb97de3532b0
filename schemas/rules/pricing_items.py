"""The cost items of a loan: that there are the ones there must be, and that their figures add up.

Belongs here: which items there are, and their annual rates against those of the loan. Not here: amounts
(``pricing_amounts``); who collects an item, how and in which case (``pricing_collectors``); whether the sheet counts
them (``disclosure_items``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence
from schemas.rules import CHINA, implies, rule
from schemas.rules.disclosure import COST_SHEET_IN_FORCE


@rule(
    "PRC-006",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "normal_fee_annual_pct"),
    cites="金规〔2026〕2号: each item converted to a year, and their total",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost is the sum of the cost items of normal performance.",
    zh="年化综合融资成本应等于正常履约各项费用年化之和。",
    says=(
        "all-in cost {all_in_cost_pct} %, its items add up to {normal_fee_annual_pct} %",
        "综合融资成本{all_in_cost_pct}%，各项合计{normal_fee_annual_pct}%",
    ),
    passes=[
        {"all_in_cost_pct": "18.010000", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "17.990000", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "18.000000"},
    ],
    fails=[
        {"all_in_cost_pct": "18.010001", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "17.989999", "normal_fee_annual_pct": "18.000000"},
        {"all_in_cost_pct": "18.000000", "normal_fee_annual_pct": "0.000000"},
    ],
)
def cost_is_the_sum_of_its_items(loan: Any, limits: Any) -> Any:
    return (loan.all_in_cost_pct - loan.normal_fee_annual_pct).abs() <= limits.fee_sum_tolerance_pct


@rule(
    "PRC-030",
    on="loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=("all_in_cost_pct", "start_date"),
    cites="金规〔2026〕2号, in force 2026-08-01: the annual all-in cost is stated",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the duty is in force states its annual all-in cost.",
    zh="规定施行后发放的贷款应填报年化综合融资成本。",
    says=("granted {start_date}, all-in cost {all_in_cost_pct}", "{start_date}发放，综合融资成本{all_in_cost_pct}"),
    passes=[
        {"start_date": "2026-08-01", "all_in_cost_pct": "18.000000"},
        {"start_date": "2026-07-31"},
        {"start_date": "2026-10-31", "all_in_cost_pct": "0.000000"},
    ],
    fails=[
        {"start_date": "2026-08-01"},
        {"start_date": "2026-08-02", "nominal_annual_pct": "18.000000"},
        {"start_date": "2026-10-31", "shown_annual_rate_pct": "18.000000"},
    ],
)
def cost_is_stated(loan: Any, limits: Any) -> Any:
    return implies(loan.start_date >= COST_SHEET_IN_FORCE, loan.all_in_cost_pct.notnull())


@rule(
    "PRC-031",
    on="loan_with_fees",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=("start_date", "fee_count"),
    cites="金规〔2026〕2号, in force 2026-08-01: each item of interest and fees",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the duty is in force has its cost items listed.",
    zh="规定施行后发放的贷款应逐项填报息费项目。",
    says=("granted {start_date}, {fee_count} cost items", "{start_date}发放，息费项目{fee_count}个"),
    passes=[
        {"start_date": "2026-08-01", "fee_count": 1},
        {"start_date": "2026-07-31", "fee_count": 0},
        {"start_date": "2026-10-31", "fee_count": 4},
    ],
    fails=[
        {"start_date": "2026-08-01", "fee_count": 0},
        {"start_date": "2026-08-02", "fee_count": 0},
        {"start_date": "2026-10-31", "fee_count": 0},
    ],
)
def loan_has_cost_items(loan: Any, limits: Any) -> Any:
    return implies(loan.start_date >= COST_SHEET_IN_FORCE, loan.fee_count > 0)


@rule(
    "PRC-032",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("nominal_annual_pct", "interest_item_count"),
    cites="金规〔2026〕2号: interest is one item of the cost",
    confidence=Confidence.SECONDARY,
    en="The cost items of a loan hold its interest once.",
    zh="贷款的息费项目中利息应有且仅有一项。",
    says=(
        "{interest_item_count} items of interest at a nominal rate of {nominal_annual_pct} %",
        "名义年利率{nominal_annual_pct}%，利息项目{interest_item_count}个",
    ),
    passes=[
        {"interest_item_count": 1},
        {"interest_item_count": 1, "nominal_annual_pct": "18.000000"},
        {"nominal_annual_pct": "18.000000"},
    ],
    fails=[
        {"interest_item_count": 0},
        {"interest_item_count": 2},
        {"interest_item_count": 0, "nominal_annual_pct": "0.000000"},
    ],
)
def interest_is_one_item(loan: Any, limits: Any) -> Any:
    return loan.interest_item_count == 1


@rule(
    "PRC-033",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("nominal_annual_pct", "interest_item_annual_pct"),
    cites="金规〔2026〕2号: each item with its annual rate",
    confidence=Confidence.SECONDARY,
    en="The interest item's annual rate is the loan's nominal rate.",
    zh="利息项目的年化应与名义年利率一致。",
    says=(
        "nominal rate {nominal_annual_pct} %, interest item {interest_item_annual_pct} %",
        "名义年利率{nominal_annual_pct}%，利息项目{interest_item_annual_pct}%",
    ),
    passes=[
        {"nominal_annual_pct": "12.010000", "interest_item_annual_pct": "12.000000"},
        {"nominal_annual_pct": "11.990000", "interest_item_annual_pct": "12.000000"},
        {"nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"nominal_annual_pct": "12.010001", "interest_item_annual_pct": "12.000000"},
        {"nominal_annual_pct": "11.989999", "interest_item_annual_pct": "12.000000"},
        {"nominal_annual_pct": "0.120000", "interest_item_annual_pct": "12.000000"},
    ],
)
def interest_item_is_the_nominal_rate(loan: Any, limits: Any) -> Any:
    return (loan.nominal_annual_pct - loan.interest_item_annual_pct).abs() <= limits.fee_sum_tolerance_pct


@rule(
    "PRC-034",
    on="loan_with_fees",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=("penalty_rate_pct", "penalty_item_count", "start_date"),
    cites="金规〔2026〕2号: contingent items on default, with their standard",
    confidence=Confidence.SECONDARY,
    en="A loan with a penalty rate has one cost item for it.",
    zh="有罚息利率的贷款应有且仅有一项罚息项目。",
    says=(
        "penalty rate {penalty_rate_pct} %, {penalty_item_count} penalty items, granted {start_date}",
        "罚息利率{penalty_rate_pct}%，罚息项目{penalty_item_count}个，{start_date}发放",
    ),
    passes=[
        {"start_date": "2026-08-01", "penalty_rate_pct": "18.000000", "penalty_item_count": 1},
        {"start_date": "2026-07-31", "penalty_rate_pct": "18.000000", "penalty_item_count": 0},
        {"start_date": "2026-08-01", "penalty_rate_pct": "0.000000", "penalty_item_count": 0},
        {"start_date": "2026-08-01", "penalty_rate_pct": "0.000001", "penalty_item_count": 1},
    ],
    fails=[
        {"start_date": "2026-08-01", "penalty_rate_pct": "18.000000", "penalty_item_count": 0},
        {"start_date": "2026-08-01", "penalty_rate_pct": "0.000001", "penalty_item_count": 0},
        {"start_date": "2026-10-31", "penalty_rate_pct": "18.000000", "penalty_item_count": 2},
    ],
)
def penalty_is_one_item(loan: Any, limits: Any) -> Any:
    has_penalty = (loan.start_date >= COST_SHEET_IN_FORCE) & (loan.penalty_rate_pct > 0)
    return implies(has_penalty, loan.penalty_item_count == 1)


@rule(
    "PRC-035",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("penalty_rate_pct", "penalty_item_annual_pct"),
    cites="金规〔2026〕2号: contingent items on default, with their standard",
    confidence=Confidence.SECONDARY,
    en="The penalty item's annual rate is the loan's penalty rate.",
    zh="罚息项目的年化应与罚息利率一致。",
    says=(
        "penalty rate {penalty_rate_pct} %, penalty item {penalty_item_annual_pct} %",
        "罚息利率{penalty_rate_pct}%，罚息项目{penalty_item_annual_pct}%",
    ),
    passes=[
        {"penalty_rate_pct": "18.010000", "penalty_item_annual_pct": "18.000000"},
        {"penalty_rate_pct": "17.990000", "penalty_item_annual_pct": "18.000000"},
        {"penalty_rate_pct": "18.000000"},
    ],
    fails=[
        {"penalty_rate_pct": "18.010001", "penalty_item_annual_pct": "18.000000"},
        {"penalty_rate_pct": "17.989999", "penalty_item_annual_pct": "18.000000"},
        {"penalty_rate_pct": "0.050000", "penalty_item_annual_pct": "18.250000"},
    ],
)
def penalty_item_is_the_penalty_rate(loan: Any, limits: Any) -> Any:
    return (loan.penalty_rate_pct - loan.penalty_item_annual_pct).abs() <= limits.fee_sum_tolerance_pct
