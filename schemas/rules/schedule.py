"""The whole schedule of a loan: how many instalments, from when to when, and what they add up to.

Belongs here: schedules of loans granted in the reporting month, which are delivered whole. Not here: one instalment and
what was paid on it (``instalments``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.pricing_amounts import exact


@rule(
    "SCH-001",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("term_count", "schedule_count", "start_date", "is_granted_in_period"),
    cites="一表通 8.15; a delivery holds the whole schedule of what was granted in its month",
    confidence=Confidence.OWN,
    en="A loan granted in the reporting month comes with its schedule.",
    zh="本期发放的贷款应报送还款计划。",
    says=(
        "granted {start_date} for {term_count} instalments, {schedule_count} delivered",
        "{start_date}发放，总期数{term_count}，报送还款计划{schedule_count}期",
    ),
    passes=[
        {"is_granted_in_period": True, "schedule_count": 1},
        {"is_granted_in_period": False, "schedule_count": 0},
        {"is_granted_in_period": True, "schedule_count": 12, "term_count": 12},
    ],
    fails=[
        {"is_granted_in_period": True, "schedule_count": 0},
        {"is_granted_in_period": True, "schedule_count": 0, "term_count": 12},
        {"is_granted_in_period": True, "schedule_count": 0, "repay_method": "BULLET"},
    ],
)
def new_loan_has_a_schedule(loan: Any, limits: Any) -> Any:
    return implies(loan.is_granted_in_period, loan.schedule_count > 0)


@rule(
    "SCH-002",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("term_count", "schedule_count", "is_granted_in_period"),
    cites="EAST 5.0, table 503 ZQS: the number of instalments",
    confidence=Confidence.PRIMARY,
    en="The schedule of a loan granted in the month has as many instalments as the loan says.",
    zh="本期发放贷款的还款计划期数应等于总期数。",
    says=(
        "{schedule_count} instalments delivered, {term_count} said",
        "报送还款计划{schedule_count}期，总期数为{term_count}",
    ),
    passes=[
        {"is_granted_in_period": True, "schedule_count": 12, "term_count": 12},
        {"is_granted_in_period": False, "schedule_count": 1, "term_count": 12},
        {"is_granted_in_period": True, "schedule_count": 0, "term_count": 12},
        {"is_granted_in_period": True, "schedule_count": 1, "term_count": 1},
    ],
    fails=[
        {"is_granted_in_period": True, "schedule_count": 11, "term_count": 12},
        {"is_granted_in_period": True, "schedule_count": 13, "term_count": 12},
        {"is_granted_in_period": True, "schedule_count": 1, "term_count": 0},
    ],
)
def schedule_is_complete(loan: Any, limits: Any) -> Any:
    has_schedule = loan.is_granted_in_period & (loan.schedule_count > 0)
    return implies(has_schedule, loan.schedule_count == loan.term_count)


@rule(
    "SCH-003",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("loan_amount", "schedule_principal_amount", "is_granted_in_period"),
    cites="A schedule repays what was lent (EAST 5.0, tables 503 XQYHBJ and DKJE)",
    confidence=Confidence.OWN,
    en="The instalments of a loan granted in the month repay exactly what was lent.",
    zh="本期发放贷款的还款计划本金之和应等于借款金额。",
    says=(
        "the instalments repay {schedule_principal_amount} of {loan_amount}",
        "还款计划本金合计{schedule_principal_amount}，借款金额{loan_amount}",
    ),
    passes=[
        {"is_granted_in_period": True, "schedule_principal_amount": "1000.00", "loan_amount": "1000.00"},
        {"is_granted_in_period": False, "schedule_principal_amount": "84.00", "loan_amount": "1000.00"},
        {"is_granted_in_period": True, "loan_amount": "1000.00"},
    ],
    fails=[
        {"is_granted_in_period": True, "schedule_principal_amount": "999.99", "loan_amount": "1000.00"},
        {"is_granted_in_period": True, "schedule_principal_amount": "1000.01", "loan_amount": "1000.00"},
        {"is_granted_in_period": True, "schedule_principal_amount": "0.00", "loan_amount": "1000.00"},
    ],
)
def schedule_repays_the_loan(loan: Any, limits: Any) -> Any:
    return implies(loan.is_granted_in_period, loan.schedule_principal_amount == loan.loan_amount)


@rule(
    "SCH-004",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("maturity_date", "schedule_last_date", "is_granted_in_period", "start_date"),
    cites="EAST 5.0, table 503 DKDQRQ; PBoC financial base data V2.1, CLGRDK 11",
    confidence=Confidence.OWN,
    en="The last instalment of a loan granted in the month falls due at its maturity.",
    zh="本期发放贷款的最后一期应还日应为到期日期。",
    says=(
        "last instalment due {schedule_last_date}, maturity {maturity_date}, granted {start_date}",
        "最后一期应还日{schedule_last_date}，到期日期{maturity_date}，发放日期{start_date}",
    ),
    passes=[
        {
            "is_granted_in_period": True,
            "start_date": "2026-10-05",
            "schedule_last_date": "2027-10-05",
            "maturity_date": "2027-10-05",
        },
        {
            "is_granted_in_period": False,
            "start_date": "2026-01-05",
            "schedule_last_date": "2026-10-05",
            "maturity_date": "2027-10-05",
        },
        # that a loan matures before it is granted is another finding (IDN-007)
        {
            "is_granted_in_period": True,
            "start_date": "2026-10-05",
            "schedule_last_date": "2027-10-05",
            "maturity_date": "2026-10-04",
        },
    ],
    fails=[
        {
            "is_granted_in_period": True,
            "start_date": "2026-10-05",
            "schedule_last_date": "2027-10-05",
            "maturity_date": "2027-10-06",
        },
        {
            "is_granted_in_period": True,
            "start_date": "2026-10-05",
            "schedule_last_date": "2027-10-05",
            "maturity_date": "2027-10-04",
        },
        {
            "is_granted_in_period": True,
            "start_date": "2026-10-05",
            "schedule_last_date": "2027-10-05",
            "maturity_date": "2026-10-05",
        },
    ],
)
def schedule_ends_at_maturity(loan: Any, limits: Any) -> Any:
    dated = loan.is_granted_in_period & (loan.maturity_date >= loan.start_date)
    return implies(dated, loan.schedule_last_date == loan.maturity_date)


@rule(
    "SCH-005",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("term_count", "schedule_first_no", "is_granted_in_period"),
    cites="EAST 5.0, table 503 DQQS: instalments are counted from one",
    confidence=Confidence.OWN,
    en="The schedule of a loan granted in the month begins with instalment 1.",
    zh="本期发放贷款的还款计划应从第1期开始。",
    says=(
        "the first of {term_count} instalments has the number {schedule_first_no}",
        "总期数{term_count}，首期期次为{schedule_first_no}",
    ),
    passes=[
        {"is_granted_in_period": True, "schedule_first_no": 1},
        {"is_granted_in_period": False, "schedule_first_no": 7},
        {"is_granted_in_period": True},
    ],
    fails=[
        {"is_granted_in_period": True, "schedule_first_no": 2},
        {"is_granted_in_period": True, "schedule_first_no": 0},
        {"is_granted_in_period": True, "schedule_first_no": 12, "term_count": 12},
    ],
)
def schedule_begins_with_one(loan: Any, limits: Any) -> Any:
    return implies(loan.is_granted_in_period, loan.schedule_first_no == 1)


@rule(
    "SCH-006",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("schedule_last_no", "schedule_first_no", "schedule_count", "is_granted_in_period"),
    cites="EAST 5.0, table 503 DQQS: instalments are counted one by one",
    confidence=Confidence.OWN,
    en="The instalments of a loan granted in the month are numbered without a gap.",
    zh="本期发放贷款的还款计划期次应连续。",
    says=(
        "{schedule_count} instalments numbered from {schedule_first_no} to {schedule_last_no}",
        "还款计划{schedule_count}期，期次从{schedule_first_no}到{schedule_last_no}",
    ),
    passes=[
        {"is_granted_in_period": True, "schedule_first_no": 1, "schedule_last_no": 12, "schedule_count": 12},
        {"is_granted_in_period": True, "schedule_first_no": 2, "schedule_last_no": 13, "schedule_count": 12},
        {"is_granted_in_period": False, "schedule_first_no": 1, "schedule_last_no": 3, "schedule_count": 2},
    ],
    fails=[
        {"is_granted_in_period": True, "schedule_first_no": 1, "schedule_last_no": 13, "schedule_count": 12},
        {"is_granted_in_period": True, "schedule_first_no": 1, "schedule_last_no": 11, "schedule_count": 12},
        {"is_granted_in_period": True, "schedule_first_no": 1, "schedule_last_no": 3, "schedule_count": 2},
    ],
)
def schedule_has_no_gap(loan: Any, limits: Any) -> Any:
    numbers = wide(loan.schedule_last_no) - loan.schedule_first_no + 1
    return implies(loan.is_granted_in_period, numbers == loan.schedule_count)


@rule(
    "SCH-007",
    on="loan",
    jurisdictions=CHINA,
    fields=("term_count", "repay_method", "repay_frequency"),
    cites="EAST 5.0, table 503 HKFS 利随本清: principal and interest together at the end",
    confidence=Confidence.PRIMARY,
    en="A loan repaid once at maturity has one instalment.",
    zh="利随本清的一次性还款贷款总期数应为1。",
    says=(
        "{repay_method} paid {repay_frequency} in {term_count} instalments",
        "{repay_method}（频率{repay_frequency}），总期数{term_count}",
    ),
    passes=[
        {"repay_method": "BULLET", "repay_frequency": "ONCE", "term_count": 1},
        {"repay_method": "BULLET", "repay_frequency": "IRREGULAR", "term_count": 2},
        {"repay_method": "INTEREST_FIRST", "repay_frequency": "ONCE", "term_count": 12},
    ],
    fails=[
        {"repay_method": "BULLET", "repay_frequency": "ONCE", "term_count": 2},
        {"repay_method": "BULLET", "repay_frequency": "ONCE", "term_count": 0},
        {"repay_method": "BULLET", "repay_frequency": "ONCE", "term_count": 12},
    ],
)
def bullet_has_one_instalment(loan: Any, limits: Any) -> Any:
    once = (loan.repay_method == "BULLET") & (loan.repay_frequency == "ONCE")
    return implies(once, loan.term_count == 1)


@rule(
    "SCH-008",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    fields=("interest_item_amount", "schedule_interest_amount", "is_granted_in_period"),
    cites="金规〔2026〕2号: the interest on the sheet is the interest of the schedule",
    confidence=Confidence.SECONDARY,
    en="The interest item of a loan granted in the month is the interest of its schedule.",
    zh="本期发放贷款的利息项目金额应等于还款计划利息之和。",
    says=(
        "interest item {interest_item_amount}, the schedule holds {schedule_interest_amount}",
        "利息项目金额{interest_item_amount}，还款计划利息合计{schedule_interest_amount}",
    ),
    passes=[
        {"is_granted_in_period": True, "interest_item_amount": "66.20", "schedule_interest_amount": "66.19"},
        {"is_granted_in_period": True, "interest_item_amount": "66.18", "schedule_interest_amount": "66.19"},
        {"is_granted_in_period": False, "interest_item_amount": "66.19", "schedule_interest_amount": "5.00"},
    ],
    fails=[
        {"is_granted_in_period": True, "interest_item_amount": "66.21", "schedule_interest_amount": "66.19"},
        {"is_granted_in_period": True, "interest_item_amount": "66.17", "schedule_interest_amount": "66.19"},
        {"is_granted_in_period": True, "interest_item_amount": "0.00", "schedule_interest_amount": "66.19"},
    ],
)
def interest_item_is_the_schedules(loan: Any, limits: Any) -> Any:
    off = (exact(loan.interest_item_amount, 2) - loan.schedule_interest_amount).abs()
    return implies(loan.is_granted_in_period, off <= limits.balance_tolerance_amount)


@rule(
    "SCH-009",
    on="loan_with_schedule",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("instalment_item_amount", "schedule_fee_amount", "is_granted_in_period"),
    cites="金规〔2026〕2号: the fees on the sheet are the fees of the schedule, and there are no others",
    confidence=Confidence.SECONDARY,
    en="The fees collected with the instalments of a loan granted in the month are those of its schedule.",
    zh="本期发放贷款随每期收取的费用项目金额应等于还款计划费用之和。",
    says=(
        "items collected with instalments {instalment_item_amount}, the schedule holds {schedule_fee_amount}",
        "随每期收取的费用项目金额{instalment_item_amount}，还款计划费用合计{schedule_fee_amount}",
    ),
    passes=[
        {"is_granted_in_period": True, "instalment_item_amount": "12.01", "schedule_fee_amount": "12.00"},
        {"is_granted_in_period": True, "instalment_item_amount": "11.99", "schedule_fee_amount": "12.00"},
        {"is_granted_in_period": False, "instalment_item_amount": "12.00", "schedule_fee_amount": "1.00"},
    ],
    fails=[
        {"is_granted_in_period": True, "instalment_item_amount": "12.02", "schedule_fee_amount": "12.00"},
        {"is_granted_in_period": True, "instalment_item_amount": "11.98", "schedule_fee_amount": "12.00"},
        {"is_granted_in_period": True, "instalment_item_amount": "0.00", "schedule_fee_amount": "0.02"},
    ],
)
def fee_items_are_the_schedules(loan: Any, limits: Any) -> Any:
    off = (loan.instalment_item_amount - loan.schedule_fee_amount).abs()
    return implies(loan.is_granted_in_period, off <= limits.balance_tolerance_amount)
