"""From one reporting date to the next: how arrears may grow, and what must have happened for them to fall.

Belongs here: days, amounts and counts of arrears on two tapes: re-ageing. Not here: principal (``movements``), classes
and restructuring (``movements_states``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.arrears import ENDED
from schemas.rules.movements import CONTINUITY

_DAYS = "EAST 5.0, table 503 QBRQ and QXRQ"
_AGED = {"previous_days_past_due": 10, "previous_snapshot_date": "2026-09-30", "snapshot_date": "2026-10-31"}
_YOUNGER = {
    "previous_days_past_due": 40,
    "days_past_due": 39,
    "paid_in_period_amount": "0.00",
    "has_new_terms": False,
    "loan_status": "LS03",
}
_CURED = {
    "previous_days_past_due": 40,
    "days_past_due": 0,
    "paid_in_period_amount": "30.00",
    "previous_overdue_principal_amount": "20.00",
    "previous_overdue_interest_amount": "10.00",
    "loan_status": "LS01",
    "has_new_terms": False,
}
_EXTENDED = _CURED | {"loan_status": "LS02", "extension_count": 1, "previous_extension_count": 0}
_MONTHLY = {"is_next_month": True, "repay_frequency": "MONTH"}


@rule(
    "MOV-044",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("days_past_due", "previous_days_past_due", "previous_snapshot_date", "snapshot_date"),
    cites=_DAYS,
    confidence=Confidence.PRIMARY,
    en="Days past due rise at most by the days between the two reporting dates.",
    zh="逾期天数的增加不得超过两个报送日之间的天数。",
    says=(
        "{days_past_due} days on {snapshot_date}, {previous_days_past_due} on {previous_snapshot_date}",
        "{snapshot_date}逾期{days_past_due}天，{previous_snapshot_date}逾期{previous_days_past_due}天",
    ),
    passes=[
        _AGED | {"days_past_due": 41},
        _AGED | {"days_past_due": 40},
        _AGED | {"days_past_due": 0},
        {"days_past_due": 41, "previous_days_past_due": 10},
    ],
    fails=[
        _AGED | {"days_past_due": 42},
        _AGED | {"days_past_due": 32, "previous_days_past_due": 0},
        _AGED | {"days_past_due": 400},
    ],
)
def days_rise_day_by_day(loan: Any, limits: Any) -> Any:
    passed = loan.snapshot_date.delta(loan.previous_snapshot_date, unit="day")
    return wide(loan.days_past_due) - loan.previous_days_past_due <= passed


@rule(
    "MOV-045",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("days_past_due", "previous_days_past_due", "paid_in_period_amount", "has_new_terms", "loan_status"),
    cites=CONTINUITY + ": arrears that nobody paid become no younger",
    confidence=Confidence.OWN,
    en="Days past due do not fall without a payment, new terms or an end.",
    zh="无还款、展期、重组或终结的，逾期天数不得减少。",
    says=(
        "{days_past_due} days, before {previous_days_past_due}, {paid_in_period_amount} paid",
        "逾期{days_past_due}天，上期{previous_days_past_due}天，本期还款{paid_in_period_amount}",
    ),
    passes=[
        _YOUNGER | {"paid_in_period_amount": "0.01"},
        _YOUNGER | {"days_past_due": 40},
        _YOUNGER | {"has_new_terms": True},
        _YOUNGER | {"loan_status": "LF01", "days_past_due": 0},
        _YOUNGER | {"loan_status": "LF02", "days_past_due": 0},
        _YOUNGER | {"loan_status": "LF04", "days_past_due": 0},
        _YOUNGER | {"days_past_due": 71},
        _YOUNGER | {"disposal_type": "PAID_BY_GUARANTOR", "days_past_due": 0},
    ],
    fails=[
        _YOUNGER,
        _YOUNGER | {"days_past_due": 0, "loan_status": "LS01"},
        _YOUNGER | {"days_past_due": 1, "loan_status": "LS04"},
        _YOUNGER | {"days_past_due": 0, "loan_status": "LS01", "disposal_type": "WRITTEN_OFF"},
    ],
)
def arrears_do_not_grow_younger(loan: Any, limits: Any) -> Any:
    unpaid = (loan.days_past_due < loan.previous_days_past_due) & (loan.paid_in_period_amount == 0)
    by_guarantor = (loan.disposal_type == "PAID_BY_GUARANTOR").fill_null(False)
    return ~unpaid | loan.has_new_terms | loan.loan_status.isin(ENDED) | by_guarantor


@rule(
    "MOV-046",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "paid_in_period_amount",
        "previous_overdue_principal_amount",
        "previous_overdue_interest_amount",
        "days_past_due",
        "previous_days_past_due",
    ),
    cites=CONTINUITY + ": arrears are gone when they were paid",
    confidence=Confidence.OWN,
    en="A loan no longer past due paid at least what it had in arrears, new terms and ends excepted.",
    zh="不再逾期的贷款，本期还款不得少于上期欠本欠息之和，展期、重组和终结除外。",
    says=(
        "{paid_in_period_amount} paid of {previous_overdue_principal_amount} and interest "
        "{previous_overdue_interest_amount} in arrears for {previous_days_past_due} days",
        "上期逾期{previous_days_past_due}天，欠本{previous_overdue_principal_amount}，"
        "欠息{previous_overdue_interest_amount}，本期还款{paid_in_period_amount}",
    ),
    passes=[
        _CURED,
        _CURED | {"paid_in_period_amount": "29.99"},
        _CURED | {"paid_in_period_amount": "0.00", "days_past_due": 1},
        _CURED | {"paid_in_period_amount": "0.00", "previous_days_past_due": 0},
        _CURED | {"paid_in_period_amount": "0.00", "has_new_terms": True},
        _CURED | {"paid_in_period_amount": "0.00", "loan_status": "LF02"},
        _CURED | {"paid_in_period_amount": "0.00", "disposal_type": "PAID_BY_GUARANTOR"},
        _CURED | {"paid_in_period_amount": "31.00"},
    ],
    fails=[
        _CURED | {"paid_in_period_amount": "29.98"},
        _CURED | {"paid_in_period_amount": "0.00"},
        _CURED | {"paid_in_period_amount": "20.00", "previous_days_past_due": 1},
        _CURED | {"paid_in_period_amount": "0.00", "disposal_type": "TRANSFERRED"},
    ],
)
def cured_by_paying(loan: Any, limits: Any) -> Any:
    by_guarantor = (loan.disposal_type == "PAID_BY_GUARANTOR").fill_null(False)
    excused = loan.has_new_terms | loan.loan_status.startswith("LF") | by_guarantor
    return ~_is_cured(loan) | excused | _paid_the_arrears(loan, limits)


@rule(
    "MOV-047",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "extension_count",
        "previous_extension_count",
        "days_past_due",
        "previous_days_past_due",
        "paid_in_period_amount",
    ),
    cites="商业银行金融资产风险分类办法 (2023 No. 1 order): an extension does not cure arrears",
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="Arrears are not extended away: an extended loan no longer past due paid what it had in arrears.",
    zh="展期不得掩盖逾期：本期展期且不再逾期的贷款应已还清上期欠款。",
    says=(
        "extended, {days_past_due} days past due, before {previous_days_past_due}; {paid_in_period_amount} paid",
        "本期展期，逾期{days_past_due}天，上期{previous_days_past_due}天，本期还款{paid_in_period_amount}",
    ),
    passes=[
        _EXTENDED,
        _EXTENDED | {"paid_in_period_amount": "29.99"},
        _EXTENDED | {"paid_in_period_amount": "0.00", "extension_count": 0},
        _EXTENDED | {"paid_in_period_amount": "0.00", "extension_count": 1, "previous_extension_count": 1},
        _EXTENDED | {"paid_in_period_amount": "0.00", "previous_days_past_due": 0},
        _EXTENDED | {"paid_in_period_amount": "0.00", "days_past_due": 1},
        _EXTENDED | {"paid_in_period_amount": "31.00"},
    ],
    fails=[
        _EXTENDED | {"paid_in_period_amount": "29.98"},
        _EXTENDED | {"paid_in_period_amount": "0.00"},
        _EXTENDED | {"paid_in_period_amount": "0.00", "extension_count": 3, "previous_extension_count": 1},
        _EXTENDED | {"paid_in_period_amount": "20.00", "previous_days_past_due": 1},
    ],
)
def not_extended_away(loan: Any, limits: Any) -> Any:
    extended = loan.extension_count > loan.previous_extension_count
    return implies(extended & _is_cured(loan), _paid_the_arrears(loan, limits))


@rule(
    "MOV-048",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("principal_overdue_since", "previous_principal_overdue_since"),
    cites=_DAYS,
    confidence=Confidence.PRIMARY,
    en="Principal in arrears is not said later to be in arrears for longer than it was.",
    zh="持续欠本的贷款，欠本日期不得早于上期欠本日期。",
    says=(
        "since {principal_overdue_since}, before since {previous_principal_overdue_since}",
        "欠本日期{principal_overdue_since}，上期为{previous_principal_overdue_since}",
    ),
    passes=[
        {"principal_overdue_since": "2026-09-10", "previous_principal_overdue_since": "2026-09-10"},
        {"principal_overdue_since": "2026-09-11", "previous_principal_overdue_since": "2026-09-10"},
        {"principal_overdue_since": "2026-09-10"},
    ],
    fails=[
        {"principal_overdue_since": "2026-09-09", "previous_principal_overdue_since": "2026-09-10"},
        {"principal_overdue_since": "2026-08-10", "previous_principal_overdue_since": "2026-09-10"},
        {"principal_overdue_since": "2025-09-10", "previous_principal_overdue_since": "2026-09-10"},
    ],
)
def principal_is_not_backdated(loan: Any, limits: Any) -> Any:
    return loan.principal_overdue_since >= loan.previous_principal_overdue_since


@rule(
    "MOV-049",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("interest_overdue_since", "previous_interest_overdue_since"),
    cites=_DAYS,
    confidence=Confidence.PRIMARY,
    en="Interest in arrears is not said later to be in arrears for longer than it was.",
    zh="持续欠息的贷款，欠息日期不得早于上期欠息日期。",
    says=(
        "since {interest_overdue_since}, before since {previous_interest_overdue_since}",
        "欠息日期{interest_overdue_since}，上期为{previous_interest_overdue_since}",
    ),
    passes=[
        {"interest_overdue_since": "2026-09-10", "previous_interest_overdue_since": "2026-09-10"},
        {"interest_overdue_since": "2026-09-11", "previous_interest_overdue_since": "2026-09-10"},
        {"interest_overdue_since": "2026-09-10"},
    ],
    fails=[
        {"interest_overdue_since": "2026-09-09", "previous_interest_overdue_since": "2026-09-10"},
        {"interest_overdue_since": "2026-08-10", "previous_interest_overdue_since": "2026-09-10"},
        {"interest_overdue_since": "2025-09-10", "previous_interest_overdue_since": "2026-09-10"},
    ],
)
def interest_is_not_backdated(loan: Any, limits: Any) -> Any:
    return loan.interest_overdue_since >= loan.previous_interest_overdue_since


@rule(
    "MOV-050",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("cumulative_arrears_count", "previous_cumulative_arrears_count", "repay_frequency"),
    cites="EAST 5.0, table 503 LJQKQS",
    confidence=Confidence.PRIMARY,
    en="Of monthly instalments at most one more is ever in arrears after a month.",
    zh="按月还款的贷款，累计欠款期数每月最多增加一期。",
    says=(
        "{cumulative_arrears_count} ever in arrears, before {previous_cumulative_arrears_count}",
        "累计欠款{cumulative_arrears_count}期，上期{previous_cumulative_arrears_count}期",
    ),
    passes=[
        _MONTHLY | {"cumulative_arrears_count": 3, "previous_cumulative_arrears_count": 2},
        _MONTHLY | {"cumulative_arrears_count": 2, "previous_cumulative_arrears_count": 2},
        _MONTHLY | {"cumulative_arrears_count": 9, "previous_cumulative_arrears_count": 2, "is_next_month": False},
        _MONTHLY | {"cumulative_arrears_count": 9, "previous_cumulative_arrears_count": 2, "repay_frequency": "WEEK"},
    ],
    fails=[
        _MONTHLY | {"cumulative_arrears_count": 4, "previous_cumulative_arrears_count": 2},
        _MONTHLY | {"cumulative_arrears_count": 2, "previous_cumulative_arrears_count": 0},
        _MONTHLY | {"cumulative_arrears_count": 9, "previous_cumulative_arrears_count": 2},
    ],
)
def one_more_a_month(loan: Any, limits: Any) -> Any:
    more = wide(loan.cumulative_arrears_count) - loan.previous_cumulative_arrears_count
    return implies(loan.is_next_month & (loan.repay_frequency == "MONTH"), more <= 1)


@rule(
    "MOV-051",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("current_term", "previous_current_term", "has_new_terms"),
    cites="EAST 5.0, table 503 DQQS",
    confidence=Confidence.PRIMARY,
    en="The current instalment does not go back, new terms excepted.",
    zh="当前期数不得减少，展期或重组除外。",
    says=(
        "instalment {current_term}, before {previous_current_term}",
        "当前第{current_term}期，上期第{previous_current_term}期",
    ),
    passes=[
        {"current_term": 3, "previous_current_term": 3, "has_new_terms": False},
        {"current_term": 4, "previous_current_term": 3, "has_new_terms": False},
        {"current_term": 1, "previous_current_term": 3, "has_new_terms": True},
    ],
    fails=[
        {"current_term": 2, "previous_current_term": 3, "has_new_terms": False},
        {"current_term": 0, "previous_current_term": 1, "has_new_terms": False},
        {"current_term": 0, "previous_current_term": 12, "has_new_terms": False},
    ],
)
def instalments_go_on(loan: Any, limits: Any) -> Any:
    return implies(~loan.has_new_terms, loan.current_term >= loan.previous_current_term)


@rule(
    "MOV-052",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("last_paid_on", "previous_last_paid_on"),
    cites="Credit bureau, LatRpyDate of the monthly segment",
    confidence=Confidence.SECONDARY,
    en="The last payment does not go back.",
    zh="最近一次实际还款日期不得早于上期。",
    says=(
        "last paid {last_paid_on}, before {previous_last_paid_on}",
        "最近还款{last_paid_on}，上期为{previous_last_paid_on}",
    ),
    passes=[
        {"last_paid_on": "2026-09-10", "previous_last_paid_on": "2026-09-10"},
        {"last_paid_on": "2026-10-10", "previous_last_paid_on": "2026-09-10"},
        {"last_paid_on": "2026-09-10"},
    ],
    fails=[
        {"last_paid_on": "2026-09-09", "previous_last_paid_on": "2026-09-10"},
        {"last_paid_on": "2026-08-10", "previous_last_paid_on": "2026-09-10"},
        {"last_paid_on": "2025-09-10", "previous_last_paid_on": "2026-09-10"},
    ],
)
def payments_go_on(loan: Any, limits: Any) -> Any:
    return loan.last_paid_on >= loan.previous_last_paid_on


def _is_cured(loan: Any) -> Any:
    """Past due on the date before, not any more."""
    return (loan.previous_days_past_due > 0) & (loan.days_past_due == 0)


def _paid_the_arrears(loan: Any, limits: Any) -> Any:
    """Whether what was paid reaches what was in arrears, to the tolerance."""
    owed = wide(loan.previous_overdue_principal_amount) + loan.previous_overdue_interest_amount
    return loan.paid_in_period_amount >= owed - limits.balance_tolerance_amount
