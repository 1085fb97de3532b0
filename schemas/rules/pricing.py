"""What a loan costs: that its rates agree with each other and with its cash flows. Rates are percent per year.

Belongs here: the nominal rate, the rate shown, the all-in cost, what was paid out. Not here: what the law caps
(``pricing_caps``), floating rates and doubtful figures (``pricing_terms``), cost items (``pricing_items``,
``pricing_collectors``), how the price was shown and confirmed (``disclosure``).
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide


@rule(
    "PRC-001",
    on="loan",
    jurisdictions=CHINA,
    fields=("net_proceeds_amount", "loan_amount"),
    cites="PBoC announcement [2021] No. 3: the occupied principal is what the borrower received",
    confidence=Confidence.SECONDARY,
    en="The borrower does not receive more than was lent.",
    zh="实际到手金额不得大于借款金额。",
    says=(
        "received {net_proceeds_amount}, lent {loan_amount}",
        "实际到手{net_proceeds_amount}，借款金额{loan_amount}",
    ),
    passes=[
        {"net_proceeds_amount": "1000.00", "loan_amount": "1000.00"},
        {"net_proceeds_amount": "999.99", "loan_amount": "1000.00"},
        {"net_proceeds_amount": "0.00", "loan_amount": "1000.00"},
    ],
    fails=[
        {"net_proceeds_amount": "1000.01", "loan_amount": "1000.00"},
        {"net_proceeds_amount": "0.01", "loan_amount": "0.00"},
        {"net_proceeds_amount": "10000.00", "loan_amount": "1000.00"},
    ],
)
def proceeds_within_the_amount(loan: Any, limits: Any) -> Any:
    return loan.net_proceeds_amount <= loan.loan_amount


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
    says=(
        "shown {shown_annual_rate_pct} % as {shown_method}; the cash flows give {simple_annual_pct} % simple and "
        "{irr_annual_pct} % compound",
        "展示{shown_annual_rate_pct}%（{shown_method}），现金流计算单利为{simple_annual_pct}%、复利为{irr_annual_pct}%",
    ),
    passes=[
        {"shown_annual_rate_pct": "12.800000", "shown_method": "SIMPLE", "simple_annual_pct": "12.80380000"},
        {"shown_annual_rate_pct": "13.580000", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
        {"shown_annual_rate_pct": "13.592600", "shown_method": "COMPOUND", "irr_annual_pct": "13.58260000"},
        {
            "shown_annual_rate_pct": "12.800000",
            "shown_method": "SIMPLE",
            "simple_annual_pct": "12.80380000",
            "irr_annual_pct": "13.58260000",
        },
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
    return (wide(loan.shown_annual_rate_pct) - wide(expected)).abs() <= limits.apr_tolerance_pct


@rule(
    "PRC-011",
    on="loan",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "nominal_annual_pct"),
    cites="金规〔2026〕2号: the all-in cost holds the interest and every fee",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost is not below the nominal rate: interest is part of it.",
    zh="年化综合融资成本不得低于名义年利率。",
    says=(
        "all-in cost {all_in_cost_pct} %, nominal rate {nominal_annual_pct} %",
        "综合融资成本{all_in_cost_pct}%，名义年利率{nominal_annual_pct}%",
    ),
    passes=[
        {"all_in_cost_pct": "12.000000", "nominal_annual_pct": "12.000000"},
        {"all_in_cost_pct": "11.990000", "nominal_annual_pct": "12.000000"},
        {"all_in_cost_pct": "18.500000", "nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"all_in_cost_pct": "11.989999", "nominal_annual_pct": "12.000000"},
        {"all_in_cost_pct": "0.000000", "nominal_annual_pct": "7.200000"},
        {"all_in_cost_pct": "0.120000", "nominal_annual_pct": "12.000000"},
    ],
)
def cost_holds_the_interest(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct - loan.all_in_cost_pct <= limits.fee_sum_tolerance_pct


@rule(
    "PRC-012",
    on="loan",
    jurisdictions=CHINA,
    since="2021-03-31",
    fields=("shown_annual_rate_pct", "nominal_annual_pct"),
    cites="PBoC announcement [2021] No. 3: the rate shown holds all costs of the loan",
    confidence=Confidence.SECONDARY,
    en="The annual rate shown to the borrower is not below the nominal rate.",
    zh="展示的年化利率不得低于名义年利率。",
    says=(
        "shown {shown_annual_rate_pct} %, nominal rate {nominal_annual_pct} %",
        "展示{shown_annual_rate_pct}%，名义年利率{nominal_annual_pct}%",
    ),
    passes=[
        {"shown_annual_rate_pct": "12.000000", "nominal_annual_pct": "12.000000"},
        {"shown_annual_rate_pct": "11.980000", "nominal_annual_pct": "12.000000"},
        {"shown_annual_rate_pct": "12.680000", "nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"shown_annual_rate_pct": "11.979999", "nominal_annual_pct": "12.000000"},
        {"shown_annual_rate_pct": "1.000000", "nominal_annual_pct": "12.000000"},
        {"shown_annual_rate_pct": "0.120000", "nominal_annual_pct": "12.000000"},
    ],
)
def shown_rate_holds_the_interest(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct - loan.shown_annual_rate_pct <= limits.nominal_tolerance_pct


@rule(
    "PRC-013",
    on="loan_with_pricing",
    jurisdictions=CHINA,
    fields=("nominal_annual_pct", "simple_annual_pct"),
    cites="PBoC announcement [2021] No. 3: a rate follows from what is received and what is paid",
    confidence=Confidence.SECONDARY,
    en="The level payments cost at least the nominal rate.",
    zh="由等额还款现金流计算的单利年化不得低于名义年利率。",
    says=(
        "nominal rate {nominal_annual_pct} %; the cash flows give {simple_annual_pct} % simple",
        "名义年利率{nominal_annual_pct}%，现金流计算单利为{simple_annual_pct}%",
    ),
    passes=[
        {"nominal_annual_pct": "12.000000", "simple_annual_pct": "12.00000000"},
        {"nominal_annual_pct": "12.000000", "simple_annual_pct": "11.98000000"},
        {"nominal_annual_pct": "12.000000", "simple_annual_pct": "14.20380000"},
    ],
    fails=[
        {"nominal_annual_pct": "12.000000", "simple_annual_pct": "11.97999999"},
        {"nominal_annual_pct": "12.000000", "simple_annual_pct": "0.00000000"},
        {"nominal_annual_pct": "7.200000", "simple_annual_pct": "-3.50000000"},
    ],
)
def payments_cost_the_nominal_rate(loan: Any, limits: Any) -> Any:
    return wide(loan.nominal_annual_pct) - wide(loan.simple_annual_pct) <= limits.nominal_tolerance_pct


@rule(
    "PRC-014",
    on="loan_with_pricing",
    jurisdictions=CHINA,
    fields=("all_in_cost_pct", "simple_annual_pct", "irr_annual_pct"),
    cites="金规〔2026〕2号 with PBoC announcement [2021] No. 3: the all-in cost is what the cash flows cost in a year",
    confidence=Confidence.SECONDARY,
    en="The annual all-in cost lies between the simple and the compound rate of the cash flows.",
    zh="年化综合融资成本应介于现金流计算的单利与复利年化之间。",
    says=(
        "all-in cost {all_in_cost_pct} %; the cash flows give {simple_annual_pct} % simple and {irr_annual_pct} % "
        "compound",
        "综合融资成本{all_in_cost_pct}%，现金流计算单利为{simple_annual_pct}%、复利为{irr_annual_pct}%",
    ),
    passes=[
        {"all_in_cost_pct": "12.783800", "simple_annual_pct": "12.80380000", "irr_annual_pct": "13.58260000"},
        {"all_in_cost_pct": "13.602600", "simple_annual_pct": "12.80380000", "irr_annual_pct": "13.58260000"},
        {"all_in_cost_pct": "13.000000", "simple_annual_pct": "12.80380000", "irr_annual_pct": "13.58260000"},
        {"all_in_cost_pct": "13.000000", "simple_annual_pct": "12.80380000"},
    ],
    fails=[
        {"all_in_cost_pct": "12.783799", "simple_annual_pct": "12.80380000", "irr_annual_pct": "13.58260000"},
        {"all_in_cost_pct": "13.602601", "simple_annual_pct": "12.80380000", "irr_annual_pct": "13.58260000"},
        {"all_in_cost_pct": "11.000000", "simple_annual_pct": "12.80380000"},
        {"all_in_cost_pct": "15.000000", "irr_annual_pct": "13.58260000"},
    ],
)
def cost_follows_from_cash_flows(loan: Any, limits: Any) -> Any:
    return (wide(loan.simple_annual_pct) - wide(loan.all_in_cost_pct) <= limits.nominal_tolerance_pct) & (
        wide(loan.all_in_cost_pct) - wide(loan.irr_annual_pct) <= limits.nominal_tolerance_pct
    )


@rule(
    "PRC-015",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("shown_annual_rate_pct", "all_in_cost_pct", "shown_method"),
    cites="PBoC announcement [2021] No. 3 and 金规〔2026〕2号: both hold all costs of normal performance",
    confidence=Confidence.SECONDARY,
    en="A rate shown as simple is the annual all-in cost.",
    zh="以单利展示的年化利率应与年化综合融资成本一致。",
    says=(
        "shown {shown_annual_rate_pct} % as {shown_method}, all-in cost {all_in_cost_pct} %",
        "展示{shown_annual_rate_pct}%（{shown_method}），综合融资成本{all_in_cost_pct}%",
    ),
    passes=[
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "18.020000", "all_in_cost_pct": "18.000000"},
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "17.980000", "all_in_cost_pct": "18.000000"},
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "19.560000", "all_in_cost_pct": "18.000000"},
    ],
    fails=[
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "18.020001", "all_in_cost_pct": "18.000000"},
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "17.979999", "all_in_cost_pct": "18.000000"},
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "19.560000", "all_in_cost_pct": "18.000000"},
    ],
)
def simple_rate_is_the_cost(loan: Any, limits: Any) -> Any:
    apart = (loan.shown_annual_rate_pct - loan.all_in_cost_pct).abs()
    return implies(loan.shown_method == "SIMPLE", apart <= limits.nominal_tolerance_pct)


@rule(
    "PRC-016",
    on="loan",
    jurisdictions=CHINA,
    fields=("shown_annual_rate_pct", "all_in_cost_pct", "shown_method"),
    cites="PBoC announcement [2021] No. 3: compounding does not make a rate smaller",
    confidence=Confidence.SECONDARY,
    en="A rate shown as compound is not below the annual all-in cost.",
    zh="以复利展示的年化利率不得低于年化综合融资成本。",
    says=(
        "shown {shown_annual_rate_pct} % as {shown_method}, all-in cost {all_in_cost_pct} %",
        "展示{shown_annual_rate_pct}%（{shown_method}），综合融资成本{all_in_cost_pct}%",
    ),
    passes=[
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "17.980000", "all_in_cost_pct": "18.000000"},
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "19.560000", "all_in_cost_pct": "18.000000"},
        {"shown_method": "SIMPLE", "shown_annual_rate_pct": "17.000000", "all_in_cost_pct": "18.000000"},
    ],
    fails=[
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "17.979999", "all_in_cost_pct": "18.000000"},
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "12.000000", "all_in_cost_pct": "18.000000"},
        {"shown_method": "COMPOUND", "shown_annual_rate_pct": "0.180000", "all_in_cost_pct": "18.000000"},
    ],
)
def compound_rate_is_not_below_the_cost(loan: Any, limits: Any) -> Any:
    below = loan.all_in_cost_pct - loan.shown_annual_rate_pct
    return implies(loan.shown_method == "COMPOUND", below <= limits.nominal_tolerance_pct)


@rule(
    "PRC-017",
    on="loan",
    jurisdictions=CHINA,
    fields=("net_proceeds_amount", "loan_amount"),
    cites="PBoC announcement [2021] No. 3: the occupied principal is what the borrower received",
    confidence=Confidence.SECONDARY,
    en="A borrower who was lent something received something.",
    zh="借款金额大于零的贷款，实际到手金额应大于零。",
    says=(
        "received {net_proceeds_amount} of {loan_amount}",
        "借款金额{loan_amount}，实际到手{net_proceeds_amount}",
    ),
    passes=[
        {"loan_amount": "1000.00", "net_proceeds_amount": "0.01"},
        {"loan_amount": "0.00", "net_proceeds_amount": "0.00"},
        {"loan_amount": "0.01", "net_proceeds_amount": "0.01"},
    ],
    fails=[
        {"loan_amount": "1000.00", "net_proceeds_amount": "0.00"},
        {"loan_amount": "0.01", "net_proceeds_amount": "0.00"},
        {"loan_amount": "1000.00", "net_proceeds_amount": "-0.01"},
    ],
)
def something_was_received(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_amount > 0, loan.net_proceeds_amount > 0)
