"""Showing the cost before the contract: the sheet, its confirmation, its order in time.

Belongs here: that there is a sheet and when it was shown, read, confirmed and signed. Not here: what stands on it
(``disclosure_sheet``), where it was shown (``disclosure_channels``), what else a borrower must be told
(``disclosure_duties``), what each cost item must say (``disclosure_items``); whether the cost is right (``pricing``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

COST_SHEET_IN_FORCE = date(2026, 8, 1)  # 金规〔2026〕2号 [S]; loans granted before are not affected


@rule(
    "DSC-001",
    on="loan_with_disclosure",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "start_date",
        "has_disclosure",
    ),
    cites="金规〔2026〕2号, in force 2026-08-01",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the duty is in force has a cost sheet.",
    zh="规定施行后发放的贷款应有综合融资成本明示表。",
    says=("granted {start_date}, cost sheet: {has_disclosure}", "{start_date}发放，明示表：{has_disclosure}"),
    passes=[
        {"start_date": "2026-08-01", "has_disclosure": True},
        {"start_date": "2026-07-31", "has_disclosure": False},
        {"start_date": "2026-08-01"},
    ],
    fails=[
        {"start_date": "2026-08-01", "has_disclosure": False},
        {"start_date": "2026-08-02", "has_disclosure": False},
        {"start_date": "2026-10-31", "has_disclosure": False},
    ],
)
def loan_has_a_cost_sheet(loan: Any, limits: Any) -> Any:
    return implies(loan.start_date >= COST_SHEET_IN_FORCE, loan.has_disclosure)


@rule(
    "DSC-002",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "sheet_confirmed_at",
        "sheet_shown_at",
    ),
    cites="金规〔2026〕2号: shown, read, then confirmed",
    confidence=Confidence.SECONDARY,
    en="The cost sheet is shown before it is confirmed.",
    zh="明示表应先展示后确认。",
    says=("shown {sheet_shown_at}, confirmed {sheet_confirmed_at}", "{sheet_shown_at}展示，{sheet_confirmed_at}确认"),
    passes=[
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:01"},
        {"sheet_shown_at": "2026-09-30 23:59:59", "sheet_confirmed_at": "2026-10-01 00:00:00"},
        {"sheet_shown_at": "2026-10-01 10:00:00"},
    ],
    fails=[
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:00"},
        {"sheet_shown_at": "2026-10-01 10:00:01", "sheet_confirmed_at": "2026-10-01 10:00:00"},
        {"sheet_shown_at": "2026-10-02 09:00:00", "sheet_confirmed_at": "2026-10-01 10:00:00"},
    ],
)
def shown_before_confirmed(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_shown_at < disclosure.sheet_confirmed_at


@rule(
    "DSC-003",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "contract_signed_at",
        "sheet_confirmed_at",
    ),
    cites="金规〔2026〕2号: confirmed before the contract",
    confidence=Confidence.SECONDARY,
    en="The cost sheet is confirmed before the contract is signed.",
    zh="明示表应在合同签署前确认。",
    says=(
        "confirmed {sheet_confirmed_at}, signed {contract_signed_at}",
        "{sheet_confirmed_at}确认，{contract_signed_at}签署",
    ),
    passes=[
        {"sheet_confirmed_at": "2026-10-01 10:00:00", "contract_signed_at": "2026-10-01 10:00:00"},
        {"sheet_confirmed_at": "2026-10-01 10:00:00", "contract_signed_at": "2026-10-01 10:00:01"},
        {"sheet_confirmed_at": "2026-10-01 10:00:00"},
    ],
    fails=[
        {"sheet_confirmed_at": "2026-10-01 10:00:01", "contract_signed_at": "2026-10-01 10:00:00"},
        {"sheet_confirmed_at": "2026-10-02 09:00:00", "contract_signed_at": "2026-10-01 10:00:00"},
        {"sheet_confirmed_at": "2026-10-01 00:00:00", "contract_signed_at": "2026-09-30 23:59:59"},
    ],
)
def confirmed_before_signed(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_confirmed_at <= disclosure.contract_signed_at


@rule(
    "DSC-007",
    on="disclosure",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2026-08-01",
    fields=("read_seconds",),
    cites="金规〔2026〕2号: forced reading time; the official number of seconds was not found",
    confidence=Confidence.SECONDARY,
    en="The borrower had to read the cost sheet for a time.",
    zh="明示表应设置强制阅读时间。",
    says=("read for {read_seconds} seconds", "阅读{read_seconds}秒"),
    passes=[
        {"read_seconds": 1},
        {"read_seconds": 2},
        {"read_seconds": 600},
    ],
    fails=[
        {"read_seconds": 0},
        {"read_seconds": -1},
        {"read_seconds": 0, "confirm_type": "POPUP"},
    ],
)
def sheet_was_read(disclosure: Any, limits: Any) -> Any:
    return disclosure.read_seconds >= limits.read_seconds_min


@rule(
    "DSC-008",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "sheet_confirmed_at",
        "contract_signed_at",
    ),
    cites="金规〔2026〕2号: no contract without a confirmed sheet",
    confidence=Confidence.SECONDARY,
    en="A signed contract has a confirmed cost sheet.",
    zh="已签署合同的明示表应有确认时间。",
    says=(
        "signed {contract_signed_at}, confirmed {sheet_confirmed_at}",
        "{contract_signed_at}签署，确认时间{sheet_confirmed_at}",
    ),
    passes=[
        {"contract_signed_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 09:59:00"},
        {"sheet_shown_at": "2026-10-01 09:59:00"},
        {"sheet_confirmed_at": "2026-10-01 09:59:00"},
    ],
    fails=[
        {"contract_signed_at": "2026-10-01 10:00:00"},
        {"contract_signed_at": "2026-10-01 10:00:00", "sheet_shown_at": "2026-10-01 09:59:00"},
        {"contract_signed_at": "2026-10-01 10:00:00", "read_seconds": 30},
    ],
)
def signed_means_confirmed(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.contract_signed_at.notnull(), disclosure.sheet_confirmed_at.notnull())


@rule(
    "DSC-009",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "contract_signed_at",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the sheet and the contract come before the money",
    confidence=Confidence.SECONDARY,
    en="The contract is signed by the day the loan is granted.",
    zh="合同应在发放日期当日或之前签署。",
    says=("signed {contract_signed_at}, granted {loan_start_date}", "{contract_signed_at}签署，{loan_start_date}发放"),
    passes=[
        {"contract_signed_at": "2026-10-01 23:59:59", "loan_start_date": "2026-10-01"},
        {"contract_signed_at": "2026-09-30 10:00:00", "loan_start_date": "2026-10-01"},
        {"contract_signed_at": "2026-10-01 10:00:00"},
    ],
    fails=[
        {"contract_signed_at": "2026-10-02 00:00:00", "loan_start_date": "2026-10-01"},
        {"contract_signed_at": "2026-10-02 10:00:00", "loan_start_date": "2026-10-01"},
        {"contract_signed_at": "2027-10-01 10:00:00", "loan_start_date": "2026-10-01"},
    ],
)
def signed_by_the_grant(disclosure: Any, limits: Any) -> Any:
    return disclosure.contract_signed_at.date() <= disclosure.loan_start_date


@rule(
    "DSC-010",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "contract_signed_at",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号, in force 2026-08-01: confirmed before signing, so both times are kept",
    confidence=Confidence.SECONDARY,
    en="The cost sheet of a loan granted since the duty is in force says when the contract was signed.",
    zh="规定施行后发放贷款的明示表应填报合同签署时间。",
    says=(
        "granted {loan_start_date}, signed {contract_signed_at}",
        "{loan_start_date}发放，签署时间{contract_signed_at}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "contract_signed_at": "2026-08-01 10:00:00"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "contract_signed_at": "2026-10-30 10:00:00"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "sheet_confirmed_at": "2026-10-30 10:00:00"},
    ],
)
def signing_has_its_time(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.contract_signed_at.notnull())


@rule(
    "DSC-011",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "read_seconds",
        "sheet_shown_at",
        "sheet_confirmed_at",
    ),
    cites="金规〔2026〕2号: read between showing and confirming",
    confidence=Confidence.SECONDARY,
    en="The reading time fits between showing and confirming.",
    zh="阅读时长不得超过展示至确认的间隔。",
    says=(
        "read for {read_seconds} seconds between {sheet_shown_at} and {sheet_confirmed_at}",
        "{sheet_shown_at}展示、{sheet_confirmed_at}确认，阅读时长{read_seconds}秒",
    ),
    passes=[
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:30", "read_seconds": 30},
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:30", "read_seconds": 5},
        {"sheet_shown_at": "2026-10-01 10:00:00", "read_seconds": 30},
        {"sheet_shown_at": "2026-10-01 10:00:05", "sheet_confirmed_at": "2026-10-01 10:00:00", "read_seconds": 30},
        {
            "sheet_shown_at": "2026-10-01 10:00:00",
            "sheet_confirmed_at": "2026-10-01 10:00:00",
            "read_seconds": 30,
        },
    ],
    fails=[
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:30", "read_seconds": 31},
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:01", "read_seconds": 30},
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:01:00", "read_seconds": 3600},
    ],
)
def reading_fits_in_between(disclosure: Any, limits: Any) -> Any:
    between = disclosure.sheet_confirmed_at.delta(disclosure.sheet_shown_at, unit="second")
    return implies(between > 0, disclosure.read_seconds <= between)  # shown after confirmed is DSC-002


@rule(
    "DSC-012",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "contract_signed_at",
        "sheet_shown_at",
    ),
    cites="A tape tells what had happened by its reporting date",
    confidence=Confidence.OWN,
    en="The contract was signed by the reporting date.",
    zh="合同签署时间不得晚于报送期。",
    says=("shown {sheet_shown_at}, signed {contract_signed_at}", "{sheet_shown_at}展示，{contract_signed_at}签署"),
    passes=[
        {"contract_signed_at": "2026-10-31 23:59:59"},
        {"contract_signed_at": "2026-10-30 10:00:00"},
        {"sheet_shown_at": "2026-11-01 00:00:00"},
    ],
    fails=[
        {"contract_signed_at": "2026-11-01 00:00:00"},
        {"contract_signed_at": "2026-11-02 10:00:00"},
        {"contract_signed_at": "2027-10-31 10:00:00", "sheet_shown_at": "2026-10-31 09:00:00"},
    ],
)
def signed_by_the_reporting_date(disclosure: Any, limits: Any) -> Any:
    return disclosure.contract_signed_at.date() <= limits.period


@rule(
    "DSC-013",
    on="loan_with_disclosure",
    jurisdictions=CHINA,
    fields=(
        "start_date",
        "signed_sheet_count",
    ),
    cites="金规〔2026〕2号: one sheet is confirmed before one contract",
    confidence=Confidence.SECONDARY,
    en="A loan has one cost sheet on which its contract was signed.",
    zh="一笔贷款只应有一份据以签约的明示表。",
    says=(
        "granted {start_date}, signed on {signed_sheet_count} cost sheets",
        "{start_date}发放，据以签约的明示表{signed_sheet_count}份",
    ),
    passes=[
        {"signed_sheet_count": 1},
        {"signed_sheet_count": 0},
        {"start_date": "2026-10-31", "signed_sheet_count": 1},
    ],
    fails=[
        {"signed_sheet_count": 2},
        {"signed_sheet_count": 3},
        {"start_date": "2026-10-31", "signed_sheet_count": 2},
    ],
)
def one_sheet_is_signed(loan: Any, limits: Any) -> Any:
    return loan.signed_sheet_count <= 1


@rule(
    "DSC-014",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "confirm_type",
        "sheet_confirmed_at",
    ),
    cites="金规〔2026〕2号: signed on paper, confirmed in a pop-up or on the payment page",
    confidence=Confidence.SECONDARY,
    en="A confirmed cost sheet says how it was confirmed.",
    zh="已确认的明示表应填报确认方式。",
    says=("confirmed {sheet_confirmed_at}, how: {confirm_type}", "{sheet_confirmed_at}确认，确认方式{confirm_type}"),
    passes=[
        {"sheet_confirmed_at": "2026-10-01 10:00:00", "confirm_type": "POPUP"},
        {"sheet_shown_at": "2026-10-01 10:00:00"},
        {"confirm_type": "SIGNED"},
    ],
    fails=[
        {"sheet_confirmed_at": "2026-10-01 10:00:00"},
        {"sheet_confirmed_at": "2026-10-01 10:00:00", "contract_signed_at": "2026-10-01 10:01:00"},
        {"sheet_confirmed_at": "2026-10-01 10:00:00", "disclosure_channel": "ONLINE"},
    ],
)
def confirmation_says_how(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.sheet_confirmed_at.notnull(), disclosure.confirm_type.notnull())
