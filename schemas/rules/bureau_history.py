"""The credit bureau's status of the last 24 months as a whole, the notice before it, and the one-off credit repair.

Belongs here: how months follow each other in one string, how long it is, what it obliges to. Not here: the reporting
month (``bureau``), the string of the month before (``movements_bureau``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.bureau import CODES

_CREDIT_LAW = "征信业管理条例 (国务院令631), art. 15"
_REPAIR = "一次性信用修复 (PBoC 2025-12-22)"
REPAIR_FROM = ibis.date(date(2020, 1, 1))  # PBoC 2025-12-22 [S]: overdue from this day
REPAIR_TO = ibis.date(date(2025, 12, 31))  # until this day
STATUS_MONTHS = 24  # the length of the string, as the field is defined
_STRING = {"payment_status_24m": "/" * 21 + "*NN", "start_date": "2026-08-15", "snapshot_date": "2026-10-31"}
_FULL = {"payment_status_24m": "N" * 24, "start_date": "2020-01-01", "snapshot_date": "2026-10-31"}
_MONTHLY = {
    "payment_status_24m": "N" * 21 + "1N1",
    "repay_frequency": "MONTH",
    "maturity_date": "2026-10-31",
    "snapshot_date": "2026-10-31",
}
_REPAIRABLE = {
    "principal_overdue_since": "2025-12-31",
    "interest_overdue_since": "2025-12-31",
    "overdue_principal_amount": "9000.00",
    "overdue_interest_amount": "1000.00",
}


def _of(months: str) -> dict[str, str]:
    """A string that ends in these months and was not open before."""
    return {"payment_status_24m": "/" * (24 - len(months)) + months}


def _opened_months(loan: Any) -> Any:
    """Months from the opening month to the reporting month, both counted."""
    opened, now = loan.start_date, loan.snapshot_date
    return (now.year() - opened.year()) * 12 + now.month() - opened.month() + 1


def _told_months(loan: Any) -> Any:
    """Months of the string from the first that is not ``/``."""
    return loan.payment_status_24m.re_replace("^/+", "").length()


@rule(
    "BUR-015",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m",),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="A month before the account was opened comes before all months after.",
    zh="“/”（未开立）只能出现在还款状态的开头。",
    says=("{payment_status_24m} has an unopened month after an open one", "{payment_status_24m}在开立后出现未开立月份"),
    passes=[_of("*NN"), _of("N" * 24), {"payment_status_24m": "/" * 24}],
    fails=[_of("N/N"), _of("*/"), _of("N" * 23 + "/")],
)
def unopened_comes_first(loan: Any, limits: Any) -> Any:
    return ~loan.payment_status_24m.re_search("[^/]/")


@rule(
    "BUR-016",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m",),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="Nothing follows the month in which an account was settled or ended.",
    zh="“C”或“G”之后不应再有还款状态。",
    says=("{payment_status_24m} goes on after the end", "{payment_status_24m}在结清或结束后仍有状态"),
    passes=[_of("*NC"), _of("7G"), _of("*NN")],
    fails=[_of("NCN"), _of("NGN"), _of("CC"), _of("C/")],
)
def nothing_follows_the_end(loan: Any, limits: Any) -> Any:
    return ~loan.payment_status_24m.re_search("[CG].")


@rule(
    "BUR-017",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "start_date", "snapshot_date"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="Every month since the account was opened has a status.",
    zh="自开立当月起各月应有还款状态。",
    says=(
        "{payment_status_24m} on {snapshot_date}: opened {start_date}",
        "报送日期{snapshot_date}：{payment_status_24m}，{start_date}开立",
    ),
    passes=[
        _STRING,
        _FULL,
        _FULL | {"start_date": "2024-11-30"},
        _STRING | {"start_date": "2026-09-01"},
        _STRING | {"start_date": "2026-11-05", "payment_status_24m": "/" * 24},
        _STRING | {"start_date": "2025-12-31", "payment_status_24m": "/" * 13 + "N" * 11},
    ],
    fails=[
        _STRING | {"start_date": "2026-07-31"},
        _STRING | {"start_date": "2025-08-15"},
        _FULL | {"payment_status_24m": "/" + "N" * 23},
        _STRING | {"start_date": "2026-10-31", "payment_status_24m": "/" * 24},
        _STRING | {"start_date": "2025-12-31", "payment_status_24m": "/" * 14 + "N" * 10},
    ],
)
def open_months_have_a_status(loan: Any, limits: Any) -> Any:
    return _told_months(loan) >= ibis.least(_opened_months(loan), STATUS_MONTHS)


@rule(
    "BUR-018",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "start_date", "snapshot_date"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="No month before the account was opened has a status other than not open.",
    zh="开立之前的月份还款状态应为“/”。",
    says=(
        "{payment_status_24m} on {snapshot_date}: opened {start_date}",
        "报送日期{snapshot_date}：{payment_status_24m}，{start_date}开立",
    ),
    passes=[
        _STRING,
        _FULL,
        _STRING | {"start_date": "2026-07-31"},
        _STRING | {"start_date": "2026-11-05"},
        _STRING | {"start_date": "2026-10-31", "payment_status_24m": "/" * 23 + "*"},
        _STRING | {"start_date": "2025-12-31", "payment_status_24m": "/" * 13 + "N" * 11},
    ],
    fails=[
        _STRING | {"start_date": "2026-09-01"},
        _STRING | {"start_date": "2026-10-31"},
        _STRING | {"start_date": "2025-12-31", "payment_status_24m": "/" * 12 + "N" * 12},
        _STRING | {"start_date": "2025-12-01", "payment_status_24m": "N" * 24},
    ],
)
def unopened_months_are_not_open(loan: Any, limits: Any) -> Any:
    return implies(loan.start_date <= loan.snapshot_date, _told_months(loan) <= _opened_months(loan))


@rule(
    "BUR-019",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m",),
    cites="31 days at most lie between two month-ends: they pass two of the day lines, never three",
    confidence=Confidence.OWN,
    en="From one month to the next, arrears rise by two steps at most.",
    zh="相邻两月的逾期档次最多上升两档。",
    says=("{payment_status_24m} skips steps", "{payment_status_24m}逾期档次跳升"),
    passes=[
        _of("N1234567"), _of("N2"), _of("*2"), _of("M2"), _of("N13"), _of("N124"), _of("N1235"), _of("N12346"),
        _of("N123457"), _of("N12345677N"), _of("N12345661"),
    ],
    fails=[
        _of("N3"), _of("*4"), _of("M7"), _of("3"), _of("N14"), _of("N17"), _of("N125"), _of("N127"), _of("N1236"),
        _of("N1237"), _of("N12347"),
    ],
)  # fmt: skip
def steps_are_not_skipped(loan: Any, limits: Any) -> Any:
    return ~loan.payment_status_24m.re_search("[/*NM][3-7]|1[4-7]|2[5-7]|3[67]|47")


@rule(
    "BUR-020",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("payment_status_24m",),
    cites="Arrears of instalments due before the month's last day pass one day line a month",
    confidence=Confidence.OWN,
    en="From one month to the next, arrears normally rise by one step.",
    zh="相邻两月的逾期档次通常上升一档。",
    says=("{payment_status_24m} rises by two steps", "{payment_status_24m}逾期档次上升两档"),
    passes=[_of("N1234567"), _of("*1"), _of("M1"), _of("77"), _of("7654321N"), _of("N3"), _of("14")],
    fails=[_of("N2"), _of("*2"), _of("M2"), _of("/2"), _of("13"), _of("24"), _of("35"), _of("46"), _of("57")],
)
def steps_come_one_by_one(loan: Any, limits: Any) -> Any:
    return ~loan.payment_status_24m.re_search("[/*NM]2|13|24|35|46|57")


@rule(
    "BUR-021",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("payment_status_24m",),
    cites=CODES + ": nothing due and nothing in arrears before",
    confidence=Confidence.SECONDARY,
    en="A month in arrears is not followed by one with nothing due.",
    zh="“*”仅用于此前无拖欠的月份，不应紧接逾期月份。",
    says=("{payment_status_24m} has nothing due after arrears", "{payment_status_24m}在逾期之后出现“*”"),
    passes=[_of("1N*"), _of("**1"), _of("*1N")],
    fails=[_of("1*"), _of("7*"), _of("N4*N"), _of("12*N")],
)
def arrears_do_not_become_nothing_due(loan: Any, limits: Any) -> Any:
    return ~loan.payment_status_24m.re_search("[1-7][*]")


@rule(
    "BUR-022",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("cumulative_arrears_count", "payment_status_24m", "maturity_date", "snapshot_date"),
    cites="EAST 5.0, table 503 LJQKQS: every instalment ever in arrears",
    confidence=Confidence.OWN,
    en="Before its maturity a loan has been in arrears with at least as many instalments as months of its status.",
    zh="未到期贷款的累计欠款期数不得少于还款状态中的逾期月数。",
    says=(
        "{payment_status_24m}: {cumulative_arrears_count} instalments ever in arrears",
        "{payment_status_24m}：累计欠款{cumulative_arrears_count}期",
    ),
    passes=[
        _MONTHLY | {"cumulative_arrears_count": 2},
        _MONTHLY | {"cumulative_arrears_count": 3},
        _MONTHLY | {"cumulative_arrears_count": 1, "maturity_date": "2026-10-30"},
        _MONTHLY | {"cumulative_arrears_count": 1, "repay_frequency": "QUARTER"},
    ],
    fails=[
        _MONTHLY | {"cumulative_arrears_count": 1},
        _MONTHLY | {"cumulative_arrears_count": 0},
        _MONTHLY | {"cumulative_arrears_count": 6, "payment_status_24m": "N1234567" + "N" * 16},
    ],
)
def months_in_arrears_are_counted(loan: Any, limits: Any) -> Any:
    status = loan.payment_status_24m
    in_arrears = status.length() - status.re_replace("[1-7]", "").length()
    running = (loan.maturity_date >= loan.snapshot_date) & (loan.repay_frequency == "MONTH")
    return implies(running, loan.cumulative_arrears_count >= in_arrears)


@rule(
    "BUR-023",
    on="loan",
    jurisdictions=CHINA,
    fields=("payment_status_24m", "is_revolving"),
    cites=CODES,
    confidence=Confidence.SECONDARY,
    en="Only revolving credit moves its billing day.",
    zh="“A”（账单日调整）仅用于循环额度。",
    says=("{payment_status_24m} without revolving credit", "{payment_status_24m}，非循环额度"),
    passes=[
        _of("NAN") | {"is_revolving": True},
        _of("NNN") | {"is_revolving": False},
        _of("NNA") | {"is_revolving": True},
    ],
    fails=[
        _of("NAN") | {"is_revolving": False},
        _of("A") | {"is_revolving": False},
        _of("NNA") | {"is_revolving": False},
    ],
)
def only_lines_move_their_day(loan: Any, limits: Any) -> Any:
    return implies(loan.payment_status_24m.contains("A"), loan.is_revolving)


@rule(
    "BUR-024",
    on="loan",
    jurisdictions=CHINA,
    fields=("adverse_notice_at", "payment_status_24m", "is_credit_reported"),
    cites=_CREDIT_LAW,
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower was told before arrears were first reported to the credit bureau.",
    zh="首次向征信报送不良信息前应告知借款人。",
    says=("{payment_status_24m} reported without a notice", "{payment_status_24m}已报送，未见不良信息告知时间"),
    passes=[
        _of("N1") | {"is_credit_reported": True, "adverse_notice_at": "2026-10-20 09:00:00"},
        _of("N1") | {"is_credit_reported": False},
        _of("*NMAC") | {"is_credit_reported": True},
        _of("NN#G") | {"is_credit_reported": True},
    ],
    fails=[
        _of("N1") | {"is_credit_reported": True},
        _of("1N") | {"is_credit_reported": True},
        _of("N7") | {"is_credit_reported": True},
        _of("ND") | {"is_credit_reported": True},
        _of("NZ") | {"is_credit_reported": True},
        _of("NB") | {"is_credit_reported": True},
    ],
)
def told_before_reported(loan: Any, limits: Any) -> Any:
    adverse = loan.is_credit_reported & loan.payment_status_24m.re_search("[1-7DZB]")
    return implies(adverse, loan.adverse_notice_at.notnull())


@rule(
    "BUR-025",
    on="loan",
    jurisdictions=CHINA,
    fields=("adverse_notice_at", "start_date", "snapshot_date"),
    cites=_CREDIT_LAW,
    confidence=Confidence.BACKGROUND_HIGH,
    en="The notice was given after the grant and before the report.",
    zh="不良信息告知时间应在发放之后、报送之前。",
    says=(
        "told {adverse_notice_at}, granted {start_date}, reported {snapshot_date}",
        "{start_date}发放，{snapshot_date}报送，{adverse_notice_at}告知",
    ),
    passes=[
        {"adverse_notice_at": "2026-10-31 23:59:59", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"adverse_notice_at": "2026-10-01 00:00:00", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"adverse_notice_at": "2026-10-15 09:00:00", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
    ],
    fails=[
        {"adverse_notice_at": "2026-11-01 00:00:00", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"adverse_notice_at": "2026-09-30 23:59:59", "start_date": "2026-10-01", "snapshot_date": "2026-10-31"},
        {"adverse_notice_at": "2026-11-01 00:00:00", "snapshot_date": "2026-10-31"},
        {"adverse_notice_at": "2026-09-30 23:59:59", "start_date": "2026-10-01"},
    ],
)
def told_in_time(loan: Any, limits: Any) -> Any:
    told = loan.adverse_notice_at.date()
    return (told >= loan.start_date) & (told <= loan.snapshot_date)


@rule(
    "BUR-026",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    since="2025-12-22",
    until="2026-03-31",
    fields=(
        "overdue_principal_amount",
        "overdue_interest_amount",
        "principal_overdue_since",
        "interest_overdue_since",
    ),
    cites=_REPAIR,
    confidence=Confidence.SECONDARY,
    en="No small arrears of 2020 to 2025 are left that repayment in time would take off the credit report.",
    zh="2020年至2025年的小额逾期，按期还清后征信不再展示：提示尚未还清的贷款。",
    says=(
        "{overdue_principal_amount} and interest {overdue_interest_amount} in arrears since {principal_overdue_since} "
        "and {interest_overdue_since}: repaid by 2026-03-31 they are not shown",
        "欠本{overdue_principal_amount}（{principal_overdue_since}起），欠息{overdue_interest_amount}"
        "（{interest_overdue_since}起）：2026-03-31前还清可不展示",
    ),
    passes=[
        _REPAIRABLE | {"overdue_interest_amount": "1000.01"},
        _REPAIRABLE | {"principal_overdue_since": "2026-01-01", "interest_overdue_since": "2026-01-01"},
        _REPAIRABLE | {"principal_overdue_since": "2019-12-31"},
        _REPAIRABLE | {"interest_overdue_since": "2019-12-31"},
        {"overdue_principal_amount": "0.00", "overdue_interest_amount": "0.00"},
    ],
    fails=[
        _REPAIRABLE,
        _REPAIRABLE | {"principal_overdue_since": "2020-01-01", "interest_overdue_since": "2026-01-01"},
        _REPAIRABLE | {"interest_overdue_since": "2020-01-01", "principal_overdue_since": "2026-01-01"},
        _REPAIRABLE | {"overdue_principal_amount": "0.01", "overdue_interest_amount": "0.00"},
    ],
)
def repairable_arrears_are_known(loan: Any, limits: Any) -> Any:
    since = ibis.least(loan.principal_overdue_since, loan.interest_overdue_since)
    small = wide(loan.overdue_principal_amount) + loan.overdue_interest_amount <= limits.credit_repair_max_amount
    return implies(small & (since >= REPAIR_FROM), since > REPAIR_TO)
