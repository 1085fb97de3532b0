"""What was paid on an instalment, and instalments that a loan of their kind cannot have.

Belongs here: payments, and the shape of single instalments. Not here: their dates and level (``schedule_instalments``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.pricing_amounts import exact


@rule(
    "SCH-016",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("due_principal_amount", "loan_amount", "loan_instalments", "instalment_no", "loan_repay_method"),
    cites="Credit bureau RepayMode 12: equal principal (second-generation standard)",
    confidence=Confidence.SECONDARY,
    en="Every instalment of an equal-principal loan but the last repays the same part of it, to the cent.",
    zh="等额本金贷款除最后一期外，每期应还本金应为借款金额除以总期数。",
    says=(
        "principal {due_principal_amount} in instalment {instalment_no} of {loan_instalments}, lent {loan_amount} "
        "({loan_repay_method})",
        "第{instalment_no}期（共{loan_instalments}期）本金{due_principal_amount}，借款金额{loan_amount}"
        "（{loan_repay_method}）",
    ),
    passes=[
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 11,
            "loan_instalments": "12",
            "loan_amount": "1000.00",
            "due_principal_amount": "83.33",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 1,
            "loan_instalments": "10",
            "loan_amount": "1000.00",
            "due_principal_amount": "100.01",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 1,
            "loan_instalments": "10",
            "loan_amount": "1000.00",
            "due_principal_amount": "99.99",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 12,
            "loan_instalments": "12",
            "loan_amount": "1000.00",
            "due_principal_amount": "83.37",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 1,
            "loan_instalments": "12",
            "loan_amount": "1000.00",
            "due_principal_amount": "78.85",
        },
    ],
    fails=[
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 1,
            "loan_instalments": "10",
            "loan_amount": "1000.00",
            "due_principal_amount": "100.02",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 9,
            "loan_instalments": "10",
            "loan_amount": "1000.00",
            "due_principal_amount": "99.98",
        },
        {
            "loan_repay_method": "EQUAL_PRINCIPAL",
            "instalment_no": 1,
            "loan_instalments": "12",
            "loan_amount": "1000.00",
            "due_principal_amount": "0.00",
        },
    ],
)
def equal_principal_is_equal(instalment: Any, limits: Any) -> Any:
    before_the_last = (instalment.loan_repay_method == "EQUAL_PRINCIPAL") & (
        instalment.instalment_no < instalment.loan_instalments
    )
    repaid = exact(instalment.due_principal_amount, 2) * instalment.loan_instalments
    off = (repaid - instalment.loan_amount).abs()
    allowed = instalment.loan_instalments * exact(limits.instalment_tolerance_amount, 2)
    return implies(before_the_last, off <= allowed)


@rule(
    "SCH-017",
    on="instalment",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("paid_amount", "due_principal_amount", "due_interest_amount", "due_fee_amount"),
    cites="A payment above what is due belongs to another instalment (一表通 8.15)",
    confidence=Confidence.OWN,
    en="No more is paid on an instalment than is due.",
    zh="实还金额不得大于该期应还本金、利息、费用之和。",
    says=(
        "paid {paid_amount}; due {due_principal_amount} + {due_interest_amount} + {due_fee_amount}",
        "实还{paid_amount}；应还本金{due_principal_amount}、利息{due_interest_amount}、费用{due_fee_amount}",
    ),
    passes=[
        {
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "paid_amount": "89.00",
        },
        {"due_principal_amount": "80.00", "due_interest_amount": "8.00", "paid_amount": "88.00"},
        {"due_principal_amount": "80.00", "due_interest_amount": "8.00", "due_fee_amount": "1.00"},
    ],
    fails=[
        {
            "due_principal_amount": "80.00",
            "due_interest_amount": "8.00",
            "due_fee_amount": "1.00",
            "paid_amount": "89.01",
        },
        {"due_principal_amount": "80.00", "due_interest_amount": "8.00", "paid_amount": "88.01"},
        {
            "due_principal_amount": "0.00",
            "due_interest_amount": "0.00",
            "due_fee_amount": "0.00",
            "paid_amount": "0.01",
        },
    ],
)
def paid_within_what_is_due(instalment: Any, limits: Any) -> Any:
    return instalment.paid_amount <= due_in(instalment)


@rule(
    "SCH-018",
    on="instalment",
    jurisdictions=CHINA,
    fields=("paid_date", "paid_amount"),
    cites="A tape tells what had happened by its reporting date",
    confidence=Confidence.OWN,
    en="An instalment is paid on or before the reporting date.",
    zh="实还日期不得晚于报送期。",
    says=("{paid_amount} paid on {paid_date}", "{paid_date}实还{paid_amount}"),
    passes=[
        {"paid_date": "2026-10-31"},
        {"paid_date": "2026-10-30", "paid_amount": "89.00"},
        {"due_date": "2026-11-05"},
    ],
    fails=[
        {"paid_date": "2026-11-01"},
        {"paid_date": "2026-11-01", "paid_amount": "89.00"},
        {"paid_date": "2027-10-31"},
    ],
)
def paid_by_the_reporting_date(instalment: Any, limits: Any) -> Any:
    return instalment.paid_date <= limits.period


@rule(
    "SCH-019",
    on="instalment",
    jurisdictions=CHINA,
    fields=("paid_date", "paid_amount"),
    cites="一表通 8.15: what was paid and when",
    confidence=Confidence.SECONDARY,
    en="What was paid has the day it was paid on.",
    zh="有实还金额的应填报实还日期。",
    says=("{paid_amount} paid on {paid_date}", "实还金额{paid_amount}，实还日期{paid_date}"),
    passes=[
        {"paid_date": "2026-10-05", "paid_amount": "89.00"},
        {"paid_amount": "0.00"},
        {"paid_date": "2026-10-05", "paid_amount": "0.01"},
    ],
    fails=[
        {"paid_amount": "89.00"},
        {"paid_amount": "0.01"},
        {"paid_amount": "89.00", "due_date": "2026-10-05"},
    ],
)
def payment_has_its_day(instalment: Any, limits: Any) -> Any:
    return implies(instalment.paid_amount > 0, instalment.paid_date.notnull())


@rule(
    "SCH-020",
    on="instalment",
    jurisdictions=CHINA,
    fields=("paid_amount", "paid_date"),
    cites="一表通 8.15: what was paid and when",
    confidence=Confidence.SECONDARY,
    en="A day of payment has an amount that was paid.",
    zh="有实还日期的应填报大于零的实还金额。",
    says=("{paid_amount} paid on {paid_date}", "实还日期{paid_date}，实还金额{paid_amount}"),
    passes=[
        {"paid_date": "2026-10-05", "paid_amount": "0.01"},
        {"paid_date": "2026-10-05", "paid_amount": "89.00"},
        {"due_date": "2026-10-05"},
        {"paid_amount": "0.00"},
    ],
    fails=[
        {"paid_date": "2026-10-05"},
        {"paid_date": "2026-10-05", "paid_amount": "0.00"},
        {"paid_date": "2026-10-05", "paid_amount": "-0.01"},
    ],
)
def day_of_payment_has_an_amount(instalment: Any, limits: Any) -> Any:
    return implies(instalment.paid_date.notnull(), (instalment.paid_amount > 0).fill_null(False))


@rule(
    "SCH-021",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("instalment_no", "loan_term_count"),
    cites="EAST 5.0, table 503 ZQS: the number of instalments",
    confidence=Confidence.PRIMARY,
    en="No instalment has a higher number than the loan has instalments.",
    zh="期次不得大于总期数。",
    says=("instalment {instalment_no} of {loan_term_count}", "第{instalment_no}期，总期数{loan_term_count}"),
    passes=[
        {"instalment_no": 12, "loan_term_count": 12},
        {"instalment_no": 1, "loan_term_count": 12},
        {"instalment_no": 40},
    ],
    fails=[
        {"instalment_no": 13, "loan_term_count": 12},
        {"instalment_no": 1, "loan_term_count": 0},
        {"instalment_no": 36, "loan_term_count": 24},
    ],
)
def number_within_the_term(instalment: Any, limits: Any) -> Any:
    return instalment.instalment_no <= instalment.loan_term_count


@rule(
    "SCH-022",
    on="instalment",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("due_principal_amount", "due_interest_amount", "due_fee_amount"),
    cites="EAST 5.0, table 503 XQYHBJ, XQYHLX: what falls due",
    confidence=Confidence.OWN,
    en="Something falls due in every instalment.",
    zh="每期应有应还金额。",
    says=(
        "due {due_principal_amount} + {due_interest_amount} + {due_fee_amount}",
        "应还本金{due_principal_amount}、利息{due_interest_amount}、费用{due_fee_amount}",
    ),
    passes=[
        {"due_principal_amount": "0.01", "due_interest_amount": "0.00", "due_fee_amount": "0.00"},
        {"due_principal_amount": "0.00", "due_interest_amount": "0.01"},
        {"due_principal_amount": "0.00", "due_interest_amount": "0.00", "due_fee_amount": "0.01"},
    ],
    fails=[
        {"due_principal_amount": "0.00", "due_interest_amount": "0.00", "due_fee_amount": "0.00"},
        {"due_principal_amount": "0.00", "due_interest_amount": "0.00"},
        {"due_principal_amount": "0.00", "due_interest_amount": "0.00", "due_date": "2026-10-05"},
    ],
)
def something_falls_due(instalment: Any, limits: Any) -> Any:
    return due_in(instalment) > 0


@rule(
    "SCH-023",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("due_principal_amount", "instalment_no", "loan_term_count", "loan_repay_method"),
    cites="EAST 5.0, table 503 HKFS 分期付息一次还本",
    confidence=Confidence.PRIMARY,
    en="A loan that pays interest first repays principal in its last instalment only.",
    zh="分期付息一次还本的贷款，最后一期之前不应有应还本金。",
    says=(
        "principal {due_principal_amount} in instalment {instalment_no} of {loan_term_count} ({loan_repay_method})",
        "第{instalment_no}期（共{loan_term_count}期）应还本金{due_principal_amount}（{loan_repay_method}）",
    ),
    passes=[
        {
            "loan_repay_method": "INTEREST_FIRST",
            "instalment_no": 11,
            "loan_term_count": 12,
            "due_principal_amount": "0.00",
        },
        {
            "loan_repay_method": "INTEREST_FIRST",
            "instalment_no": 12,
            "loan_term_count": 12,
            "due_principal_amount": "1000.00",
        },
        {
            "loan_repay_method": "EQUAL_INSTALMENT",
            "instalment_no": 11,
            "loan_term_count": 12,
            "due_principal_amount": "80.00",
        },
    ],
    fails=[
        {
            "loan_repay_method": "INTEREST_FIRST",
            "instalment_no": 11,
            "loan_term_count": 12,
            "due_principal_amount": "0.01",
        },
        {
            "loan_repay_method": "INTEREST_FIRST",
            "instalment_no": 1,
            "loan_term_count": 12,
            "due_principal_amount": "83.33",
        },
        {
            "loan_repay_method": "INTEREST_FIRST",
            "instalment_no": 1,
            "loan_term_count": 2,
            "due_principal_amount": "1000.00",
        },
    ],
)
def interest_first_repays_last(instalment: Any, limits: Any) -> Any:
    before_the_last = (instalment.loan_repay_method == "INTEREST_FIRST") & (
        instalment.instalment_no < instalment.loan_term_count
    )
    return implies(before_the_last, instalment.due_principal_amount == 0)


@rule(
    "SCH-024",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("paid_date", "due_date", "loan_ended_on", "loan_status"),
    cites="PBoC financial base data V2.1, GRDKFS 24 LF01: settled is paid",
    confidence=Confidence.PRIMARY,
    en="What had fallen due when a loan was settled is paid.",
    zh="已结清贷款在结清日及之前到期的各期应已还款。",
    says=(
        "due {due_date}, paid {paid_date}; the loan is {loan_status} and ended {loan_ended_on}",
        "应还日{due_date}，实还日期{paid_date}；贷款状态{loan_status}，终结日期{loan_ended_on}",
    ),
    passes=[
        {
            "loan_status": "LF01",
            "loan_ended_on": "2026-10-05",
            "due_date": "2026-10-05",
            "paid_date": "2026-10-05",
        },
        {"loan_status": "LF01", "loan_ended_on": "2026-10-05", "due_date": "2026-10-06"},
        {"loan_status": "LF02", "loan_ended_on": "2026-10-31", "due_date": "2026-10-05"},
        {"loan_status": "LS01", "due_date": "2026-10-05"},
    ],
    fails=[
        {"loan_status": "LF01", "loan_ended_on": "2026-10-05", "due_date": "2026-10-05"},
        {"loan_status": "LF01", "loan_ended_on": "2026-10-06", "due_date": "2026-10-05"},
        {"loan_status": "LF01", "loan_ended_on": "2026-10-31", "due_date": "2026-10-05", "paid_amount": "89.00"},
    ],
)
def settled_means_paid(instalment: Any, limits: Any) -> Any:
    due_when_settled = (instalment.loan_status == "LF01") & (instalment.due_date <= instalment.loan_ended_on)
    return implies(due_when_settled, instalment.paid_date.notnull())


@rule(
    "SCH-025",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("paid_date", "loan_start_date"),
    cites="Nothing is repaid before the money is lent (EAST 5.0, table 503 DKFFRQ)",
    confidence=Confidence.OWN,
    en="An instalment is not paid before the loan was granted.",
    zh="实还日期不得早于发放日期。",
    says=("paid {paid_date}, granted {loan_start_date}", "实还日期{paid_date}，发放日期{loan_start_date}"),
    passes=[
        {"paid_date": "2026-10-05", "loan_start_date": "2026-10-05"},
        {"paid_date": "2026-10-06", "loan_start_date": "2026-10-05"},
        {"loan_start_date": "2026-10-05"},
    ],
    fails=[
        {"paid_date": "2026-10-04", "loan_start_date": "2026-10-05"},
        {"paid_date": "2025-10-05", "loan_start_date": "2026-10-05"},
        {"paid_date": "2026-09-30", "loan_start_date": "2026-10-01", "paid_amount": "89.00"},
    ],
)
def paid_after_the_grant(instalment: Any, limits: Any) -> Any:
    return instalment.paid_date >= instalment.loan_start_date


def due_in(instalment: Any) -> Any:
    """Everything due in an instalment; fees that are not given are none."""
    due = wide(instalment.due_principal_amount) + instalment.due_interest_amount
    return due + instalment.due_fee_amount.fill_null(0)
