"""One instalment: when it falls due, what is due and what was paid.

Belongs here: rows of the instalment table beside each other and beside their loan. Not here: what a whole schedule adds
up to (``schedule``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.pricing_amounts import MONTHS_A_YEAR, PERCENT, exact
from schemas.rules.schedule_payments import due_in

# a month's interest is balance * percent / 100 / 12; compared twelve hundred times larger, without dividing
_TIMES = PERCENT * MONTHS_A_YEAR


@rule(
    "SCH-010",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("due_date", "loan_start_date"),
    cites="Nothing falls due before the money is lent (EAST 5.0, table 503 DKFFRQ)",
    confidence=Confidence.OWN,
    en="An instalment falls due after the loan was granted.",
    zh="应还日应晚于发放日期。",
    says=("due {due_date}, granted {loan_start_date}", "应还日{due_date}，发放日期{loan_start_date}"),
    passes=[
        {"due_date": "2026-10-06", "loan_start_date": "2026-10-05"},
        {"due_date": "2026-11-05", "loan_start_date": "2026-10-05"},
        {"due_date": "2026-11-05"},
    ],
    fails=[
        {"due_date": "2026-10-05", "loan_start_date": "2026-10-05"},
        {"due_date": "2026-10-04", "loan_start_date": "2026-10-05"},
        {"due_date": "2025-11-05", "loan_start_date": "2026-10-05"},
    ],
)
def due_after_the_grant(instalment: Any, limits: Any) -> Any:
    return instalment.due_date > instalment.loan_start_date


@rule(
    "SCH-011",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("due_date", "loan_last_date", "loan_start_date", "loan_repay_method"),
    cites="EAST 5.0, table 503 DKDQRQ; PBoC financial base data V2.1, CLGRDK 11-12",
    confidence=Confidence.OWN,
    en="An instalment falls due by the loan's maturity, extended or not; bills of a line run on while it is drawn.",
    zh="应还日不得晚于到期日期（含展期），循环额度账单除外。",
    says=(
        "due {due_date}, the loan ({loan_repay_method}) matures {loan_last_date}, granted {loan_start_date}",
        "应还日{due_date}，贷款（{loan_repay_method}）到期{loan_last_date}，发放{loan_start_date}",
    ),
    passes=[
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2026-10-05",
            "loan_last_date": "2026-10-05",
        },
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2026-10-05",
            "loan_last_date": "2026-10-06",
        },
        # that a loan matures before it is granted is another finding (IDN-007)
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2026-10-05",
            "loan_last_date": "2025-10-04",
        },
        {
            "loan_repay_method": "REVOLVING",
            "loan_start_date": "2025-10-05",
            "due_date": "2026-10-06",
            "loan_last_date": "2026-10-05",
        },
    ],
    fails=[
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2026-10-06",
            "loan_last_date": "2026-10-05",
        },
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2027-10-05",
            "loan_last_date": "2026-10-05",
        },
        {
            "loan_repay_method": "BULLET",
            "loan_start_date": "2025-10-05",
            "due_date": "2025-10-06",
            "loan_last_date": "2025-10-05",
        },
    ],
)
def due_by_maturity(instalment: Any, limits: Any) -> Any:
    in_order = instalment.loan_last_date >= instalment.loan_start_date
    bound = in_order & (instalment.loan_repay_method != "REVOLVING")
    return implies(bound, instalment.due_date <= instalment.loan_last_date)


@rule(
    "SCH-012",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("due_date", "previous_due_date", "instalment_no", "previous_no"),
    cites="Instalments are numbered in the order in which they fall due (EAST 5.0, table 503 DQQS)",
    confidence=Confidence.OWN,
    en="An instalment falls due after the one before it.",
    zh="后一期应还日应晚于前一期。",
    says=(
        "instalment {instalment_no} due {due_date}, instalment {previous_no} due {previous_due_date}",
        "第{instalment_no}期应还日{due_date}，第{previous_no}期应还日{previous_due_date}",
    ),
    passes=[
        {"instalment_no": 2, "previous_no": 1, "due_date": "2026-10-06", "previous_due_date": "2026-10-05"},
        # that a number is delivered twice is another finding (FLD-005)
        {"instalment_no": 1, "previous_no": 1, "due_date": "2026-10-05", "previous_due_date": "2026-10-05"},
        {"instalment_no": 1, "due_date": "2026-10-05"},
    ],
    fails=[
        {"instalment_no": 2, "previous_no": 1, "due_date": "2026-10-05", "previous_due_date": "2026-10-05"},
        {"instalment_no": 2, "previous_no": 1, "due_date": "2026-10-04", "previous_due_date": "2026-10-05"},
        {"instalment_no": 5, "previous_no": 2, "due_date": "2025-10-05", "previous_due_date": "2026-10-05"},
    ],
)
def due_in_order(instalment: Any, limits: Any) -> Any:
    later = instalment.instalment_no > instalment.previous_no
    return implies(later, instalment.due_date > instalment.previous_due_date)


@rule(
    "SCH-013",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("due_date", "previous_due_date", "months_since_previous", "loan_repay_frequency"),
    cites="Credit bureau RepayFreqcy 03: monthly; EAST 5.0, table 503 HKFS 按月",
    confidence=Confidence.SECONDARY,
    en="The instalments of a monthly loan fall due in one calendar month after the other.",
    zh="按月还款的贷款，相邻两期应还日应相隔一个日历月。",
    says=(
        "due {due_date}, the one before {previous_due_date}: {months_since_previous} months ({loan_repay_frequency})",
        "应还日{due_date}，前一期{previous_due_date}，相隔{months_since_previous}个月（频率{loan_repay_frequency}）",
    ),
    passes=[
        {"loan_repay_frequency": "MONTH", "months_since_previous": 1},
        {"loan_repay_frequency": "QUARTER", "months_since_previous": 3},
        {"loan_repay_frequency": "MONTH"},
    ],
    fails=[
        {"loan_repay_frequency": "MONTH", "months_since_previous": 2},
        {"loan_repay_frequency": "MONTH", "months_since_previous": 0},
        {"loan_repay_frequency": "MONTH", "months_since_previous": -1},
    ],
)
def due_every_month(instalment: Any, limits: Any) -> Any:
    return implies(instalment.loan_repay_frequency == "MONTH", instalment.months_since_previous == 1)


@rule(
    "SCH-014",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "due_interest_amount",
        "owed_amount",
        "loan_nominal_annual_pct",
        "loan_repay_method",
        "loan_repay_frequency",
        "is_granted_in_period",
    ),
    cites="PBoC announcement [2021] No. 3: interest is on the principal that is left after each repayment",
    confidence=Confidence.SECONDARY,
    en="The interest of a monthly instalment is a twelfth of the nominal rate on what is still owed.",
    zh="按月分期贷款每期利息应等于剩余本金乘以名义年利率的十二分之一。",
    says=(
        "interest {due_interest_amount} on {owed_amount} at {loan_nominal_annual_pct} % ({loan_repay_method}, "
        "{loan_repay_frequency})",
        "剩余本金{owed_amount}，年利率{loan_nominal_annual_pct}%，利息{due_interest_amount}（{loan_repay_method}，"
        "{loan_repay_frequency}）",
    ),
    passes=[
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_INSTALMENT",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "10.01",
        },
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "9.99",
        },
        {
            "is_granted_in_period": True,
            "loan_repay_method": "BULLET",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "60.00",
        },
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_INSTALMENT",
            "loan_repay_frequency": "QUARTER",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "30.00",
        },
        {
            "is_granted_in_period": False,
            "loan_repay_method": "EQUAL_INSTALMENT",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "5.00",
        },
    ],
    fails=[
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_INSTALMENT",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "10.02",
        },
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "12",
            "due_interest_amount": "9.98",
        },
        {
            "is_granted_in_period": True,
            "loan_repay_method": "EQUAL_INSTALMENT",
            "loan_repay_frequency": "MONTH",
            "owed_amount": "1000.00",
            "loan_nominal_annual_pct": "0",
            "due_interest_amount": "10.00",
        },
    ],
)
def interest_is_on_what_is_owed(instalment: Any, limits: Any) -> Any:
    by_the_month = instalment.is_granted_in_period & (instalment.loan_repay_frequency == "MONTH")
    on_the_rest = instalment.loan_repay_method.isin(["EQUAL_INSTALMENT", "EQUAL_PRINCIPAL"])
    expected = instalment.owed_amount * exact(instalment.loan_nominal_annual_pct, 6)
    off = (wide(instalment.due_interest_amount) * _TIMES - expected).abs()
    return implies(by_the_month & on_the_rest, off <= limits.balance_tolerance_amount * _TIMES)


@rule(
    "SCH-015",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=(
        "due_principal_amount",
        "due_interest_amount",
        "due_fee_amount",
        "loan_instalment_amount",
        "instalment_no",
        "loan_term_count",
        "loan_repay_method",
    ),
    cites="PBoC announcement [2021] No. 3, worked example: level payments",
    confidence=Confidence.SECONDARY,
    en="Every instalment of a level loan but the last is the level payment, to the cent.",
    zh="等额本息贷款除最后一期外，每期应还本金、利息、费用之和应等于每期应还额。",
    says=(
        "{due_principal_amount} + {due_interest_amount} + {due_fee_amount} due in instalment {instalment_no} of "
        "{loan_term_count}, level payment {loan_instalment_amount}",
        "第{instalment_no}期（共{loan_term_count}期）本金{due_principal_amount}、利息{due_interest_amount}、"
        "费用{due_fee_amount}，每期应还额{loan_instalment_amount}",
    ),
    passes=[
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 11,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "89.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "loan_instalment_amount": "88.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 12,
            "loan_term_count": 12,
            "due_principal_amount": "80.05",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "89.00",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "85.00",
        },
    ],
    fails=[
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "loan_instalment_amount": "89.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 11,
            "loan_term_count": 12,
            "due_principal_amount": "80.01",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "89.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "7.99",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "89.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "loan_instalment_amount": "88.00",
        },
    ],
)
def level_instalments_are_level(instalment: Any, limits: Any) -> Any:
    level = (instalment.loan_repay_method == "EQUAL_INSTALMENT") & (
        instalment.instalment_no < instalment.loan_term_count
    )
    return implies(level, due_in(instalment) == instalment.loan_instalment_amount)
