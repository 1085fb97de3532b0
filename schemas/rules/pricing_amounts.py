"""The amounts of a loan's cost items, in its currency: against their standard, the proceeds and what is paid.

Belongs here: items that carry an amount or a standard. Not here: the annual rates of items (``pricing_items``).
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide

MONTHS_A_YEAR = 12
PERCENT = 100


def exact(value: Any, scale: int) -> Any:
    """As many digits as there are, so that decimals of different kinds can be multiplied."""
    return value.cast(dt.Decimal(38, scale))


@rule(
    "PRC-036",
    on="loan_with_fees",
    jurisdictions=CHINA,
    fields=("net_proceeds_amount", "loan_amount", "upfront_fee_amount"),
    cites="PBoC announcement [2021] No. 3, worked example: a fee taken upfront is netted from the proceeds",
    confidence=Confidence.SECONDARY,
    en="What the borrower received is the amount lent less the fees taken upfront.",
    zh="实际到手金额应等于借款金额减去一次性收取的费用。",
    says=(
        "received {net_proceeds_amount} of {loan_amount}, fees taken upfront {upfront_fee_amount}",
        "借款金额{loan_amount}，实际到手{net_proceeds_amount}，一次性费用{upfront_fee_amount}",
    ),
    passes=[
        {"loan_amount": "100000.00", "net_proceeds_amount": "99000.01", "upfront_fee_amount": "1000.00"},
        {"loan_amount": "100000.00", "net_proceeds_amount": "98999.99", "upfront_fee_amount": "1000.00"},
        {"loan_amount": "100000.00", "net_proceeds_amount": "100000.00", "upfront_fee_amount": "0.00"},
        {"loan_amount": "100000.00", "net_proceeds_amount": "99000.00"},
    ],
    fails=[
        {"loan_amount": "100000.00", "net_proceeds_amount": "99000.02", "upfront_fee_amount": "1000.00"},
        {"loan_amount": "100000.00", "net_proceeds_amount": "98999.98", "upfront_fee_amount": "1000.00"},
        {"loan_amount": "100000.00", "net_proceeds_amount": "99000.00", "upfront_fee_amount": "0.00"},
    ],
)
def upfront_fees_are_netted(loan: Any, limits: Any) -> Any:
    kept = wide(loan.loan_amount) - loan.net_proceeds_amount
    return (kept - loan.upfront_fee_amount).abs() <= limits.balance_tolerance_amount


@rule(
    "PRC-037",
    on="loan_with_fees",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "instalment_amount",
        "net_proceeds_amount",
        "normal_fee_amount",
        "instalments",
        "repay_method",
    ),
    cites="PBoC announcement [2021] No. 3: all costs are what is paid above what was received",
    confidence=Confidence.SECONDARY,
    en="The cost items in yuan add up to what level payments pay above what the borrower received.",
    zh="等额还款贷款各项息费金额之和应等于还款总额减去实际到手金额。",
    says=(
        "{instalments} payments of {instalment_amount} for {net_proceeds_amount} received; the items add up to "
        "{normal_fee_amount}",
        "实际到手{net_proceeds_amount}，共{instalments}期、每期{instalment_amount}，各项息费合计{normal_fee_amount}",
    ),
    passes=[
        {
            "repay_method": "EQUAL_INSTALMENT",
            "instalment_amount": "100.00",
            "instalments": "12",
            "net_proceeds_amount": "1100.00",
            "normal_fee_amount": "100.12",
        },
        {
            "repay_method": "EQUAL_INSTALMENT",
            "instalment_amount": "100.00",
            "instalments": "12",
            "net_proceeds_amount": "1100.00",
            "normal_fee_amount": "99.88",
        },
        {
            "repay_method": "INTEREST_FIRST",
            "instalment_amount": "100.00",
            "instalments": "12",
            "net_proceeds_amount": "1100.00",
            "normal_fee_amount": "12.00",
        },
    ],
    fails=[
        {
            "repay_method": "EQUAL_INSTALMENT",
            "instalment_amount": "100.00",
            "instalments": "12",
            "net_proceeds_amount": "1100.00",
            "normal_fee_amount": "100.13",
        },
        {
            "repay_method": "EQUAL_INSTALMENT",
            "instalment_amount": "100.00",
            "instalments": "12",
            "net_proceeds_amount": "1100.00",
            "normal_fee_amount": "99.87",
        },
        {
            "repay_method": "EQUAL_INSTALMENT",
            "instalment_amount": "100.00",
            "instalments": "1",
            "net_proceeds_amount": "100.00",
            "normal_fee_amount": "0.02",
        },
    ],
)
def items_add_up_to_what_is_paid(loan: Any, limits: Any) -> Any:
    paid_above = exact(loan.instalment_amount, 2) * loan.instalments - loan.net_proceeds_amount
    off = (paid_above - loan.normal_fee_amount).abs()
    return implies(
        loan.repay_method == "EQUAL_INSTALMENT", off <= loan.instalments * exact(limits.instalment_tolerance_amount, 2)
    )


@rule(
    "PRC-038",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("fee_amount", "fee_standard_pct", "loan_amount", "fee_method"),
    cites="金规〔2026〕2号: each item with its standard",
    confidence=Confidence.SECONDARY,
    en="A fee taken upfront is its standard times the amount lent.",
    zh="一次性收取的费用金额应等于收取标准乘以借款金额。",
    says=(
        "{fee_amount} taken ({fee_method}) at {fee_standard_pct} % of {loan_amount}",
        "收取{fee_amount}（{fee_method}），标准为{loan_amount}的{fee_standard_pct}%",
    ),
    passes=[
        {"fee_method": "UPFRONT", "fee_amount": "10.01", "fee_standard_pct": "1.000000", "loan_amount": "1000"},
        {"fee_method": "UPFRONT", "fee_amount": "9.99", "fee_standard_pct": "1.000000", "loan_amount": "1000"},
        {"fee_method": "PER_INSTALMENT", "fee_amount": "120", "fee_standard_pct": "1", "loan_amount": "1000"},
    ],
    fails=[
        {"fee_method": "UPFRONT", "fee_amount": "10.02", "fee_standard_pct": "1.000000", "loan_amount": "1000"},
        {"fee_method": "UPFRONT", "fee_amount": "9.98", "fee_standard_pct": "1.000000", "loan_amount": "1000"},
        {"fee_method": "UPFRONT", "fee_amount": "0.02", "fee_standard_pct": "0.000000", "loan_amount": "1000"},
    ],
)
def upfront_fee_is_its_standard(fee: Any, limits: Any) -> Any:
    hundredfold = exact(fee.fee_standard_pct, 6) * exact(fee.loan_amount, 2)
    off = (wide(fee.fee_amount) * PERCENT - hundredfold).abs()
    return implies(fee.fee_method == "UPFRONT", off <= limits.balance_tolerance_amount * PERCENT)


@rule(
    "PRC-039",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("fee_amount", "fee_standard_pct", "loan_amount", "loan_instalments", "fee_method", "fee_type"),
    cites="金规〔2026〕2号: each item with its standard",
    confidence=Confidence.SECONDARY,
    en="A fee collected with each instalment is its standard times the amount lent, once per instalment.",
    zh="随每期收取的费用金额应等于收取标准乘以借款金额和期数。",
    says=(
        "{fee_type} of {fee_amount} ({fee_method}) at {fee_standard_pct} % of {loan_amount} in each of "
        "{loan_instalments} instalments",
        "{fee_type}合计{fee_amount}（{fee_method}），标准为{loan_amount}的{fee_standard_pct}%，共{loan_instalments}期",
    ),
    passes=[
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "GUARANTEE",
            "fee_amount": "120.12",
            "fee_standard_pct": "1",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "INSTALMENT_FEE",
            "fee_amount": "119.88",
            "fee_standard_pct": "1",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
        {
            "fee_method": "UPFRONT",
            "fee_type": "SERVICE",
            "fee_amount": "10",
            "fee_standard_pct": "1",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "INTEREST",
            "fee_amount": "66.19",
            "fee_standard_pct": "12",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
    ],
    fails=[
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "GUARANTEE",
            "fee_amount": "120.13",
            "fee_standard_pct": "1",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "INSTALMENT_FEE",
            "fee_amount": "119.87",
            "fee_standard_pct": "1",
            "loan_amount": "1000",
            "loan_instalments": "12",
        },
        {
            "fee_method": "PER_INSTALMENT",
            "fee_type": "SERVICE",
            "fee_amount": "0.02",
            "fee_standard_pct": "0",
            "loan_amount": "1000",
            "loan_instalments": "1",
        },
    ],
)
def instalment_fee_is_its_standard(fee: Any, limits: Any) -> Any:
    hundredfold = exact(fee.fee_standard_pct, 6) * exact(fee.loan_amount, 2) * fee.loan_instalments
    off = (wide(fee.fee_amount) * PERCENT - hundredfold).abs()
    per_instalment = (fee.fee_method == "PER_INSTALMENT") & (fee.fee_type != "INTEREST")
    return implies(per_instalment, off <= fee.loan_instalments * exact(limits.instalment_tolerance_amount * PERCENT, 2))


@rule(
    "PRC-040",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("fee_annual_pct", "fee_standard_pct", "fee_method", "fee_type", "loan_repay_frequency"),
    cites="金规〔2026〕2号 with PBoC announcement [2021] No. 3: converted to a year on the principal still occupied",
    confidence=Confidence.SECONDARY,
    en="A fee collected every month costs at least twelve times its standard in a year.",
    zh="按月收取的费用年化不得低于收取标准的十二倍。",
    says=(
        "{fee_type} of {fee_standard_pct} % ({fee_method}, every {loan_repay_frequency}) converted to "
        "{fee_annual_pct} % a year",
        "{fee_type}标准{fee_standard_pct}%（{fee_method}，频率{loan_repay_frequency}），年化填报为{fee_annual_pct}%",
    ),
    passes=[
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "GUARANTEE",
            "fee_standard_pct": "0.120000",
            "fee_annual_pct": "1.430000",
        },
        {
            "loan_repay_frequency": "QUARTER",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "GUARANTEE",
            "fee_standard_pct": "0.120000",
            "fee_annual_pct": "0.480000",
        },
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "UPFRONT",
            "fee_type": "SERVICE",
            "fee_standard_pct": "0.120000",
            "fee_annual_pct": "0.240000",
        },
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "INTEREST",
            "fee_standard_pct": "12.000000",
            "fee_annual_pct": "12.000000",
        },
    ],
    fails=[
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "GUARANTEE",
            "fee_standard_pct": "0.120000",
            "fee_annual_pct": "1.429999",
        },
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "INSTALMENT_FEE",
            "fee_standard_pct": "0.500000",
            "fee_annual_pct": "0.500000",
        },
        {
            "loan_repay_frequency": "MONTH",
            "fee_method": "PER_INSTALMENT",
            "fee_type": "SERVICE",
            "fee_standard_pct": "0.120000",
            "fee_annual_pct": "0.000000",
        },
    ],
)
def monthly_fee_is_converted_to_a_year(fee: Any, limits: Any) -> Any:
    monthly = (fee.loan_repay_frequency == "MONTH") & (fee.fee_method == "PER_INSTALMENT")
    short = fee.fee_standard_pct * MONTHS_A_YEAR - fee.fee_annual_pct
    return implies(monthly & (fee.fee_type != "INTEREST"), short <= limits.fee_sum_tolerance_pct)
