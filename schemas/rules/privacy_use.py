"""When personal information is used, and how long it is kept.

Belongs here: the order of giving, using, withdrawing and deleting, and the time that was promised. Not here: what was
agreed to (``privacy``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loantape.declare import Confidence, Rule, Severity
from schemas.rules import CHINA, EVERYWHERE, implies, rule
from schemas.rules.privacy import PIPL_SINCE


@dataclass(frozen=True)
class _Order:
    """``later`` is never before ``earlier``; both are times of one consent."""

    code: str
    later: str
    earlier: str
    cites: str
    en: str
    zh: str


@dataclass(frozen=True)
class _ByThePeriod:
    """``field`` is a time that lies on or before the reporting date."""

    code: str
    field: str
    en: str
    zh: str


_ORDERS = (
    _Order(
        "PRV-025", "first_used_at", "consented_at", "PIPL art. 13-14",
        "Data are not used before the consent was given.", "不得在取得同意之前使用个人信息。",
    ),
    _Order(
        "PRV-026", "last_used_at", "first_used_at", "The last use is not before the first",
        "The last use of the data is not before the first.", "最近使用时间不得早于首次使用时间。",
    ),
    _Order(
        "PRV-027", "withdrawn_at", "last_used_at", "PIPL art. 15",
        "Data are not used after the consent was withdrawn.", "撤回同意后不得再使用个人信息。",
    ),
    _Order(
        "PRV-028", "withdrawn_at", "consented_at", "PIPL art. 15",
        "A consent is not withdrawn before it was given.", "撤回时间不得早于同意时间。",
    ),
    _Order(
        "PRV-029", "deleted_at", "last_used_at", "PIPL art. 47",
        "Data are not used after they were deleted.", "删除后不得再使用个人信息。",
    ),
    _Order(
        "PRV-030", "deleted_at", "consented_at", "PIPL art. 47",
        "Data are not deleted before the consent to them was given.", "删除时间不得早于同意时间。",
    ),
)  # fmt: skip
_TIMES = (
    _ByThePeriod("PRV-031", "consented_at", "A consent was given by the reporting date.", "同意时间不得晚于报送日期。"),
    _ByThePeriod(
        "PRV-032", "withdrawn_at", "A consent was withdrawn by the reporting date.", "撤回时间不得晚于报送日期。"
    ),
    _ByThePeriod(
        "PRV-033", "last_used_at", "Data were last used by the reporting date.", "最近使用时间不得晚于报送日期。"
    ),
    _ByThePeriod("PRV-034", "deleted_at", "Data were deleted by the reporting date.", "删除时间不得晚于报送日期。"),
)


def _order_rule(one: _Order) -> Rule:
    on_time = "2026-10-05 10:00:00"
    return rule(
        one.code,
        on="consent",
        jurisdictions=CHINA,
        since=PIPL_SINCE,
        fields=(one.later, one.earlier, "consent_type"),
        cites=one.cites,
        confidence=Confidence.OWN if one.code == "PRV-026" else Confidence.BACKGROUND_HIGH,
        en=one.en,
        zh=one.zh,
        says=(
            f"{{consent_type}}: {one.earlier} {{{one.earlier}}}, {one.later} {{{one.later}}}",
            f"{{consent_type}}：{one.earlier}为{{{one.earlier}}}，{one.later}为{{{one.later}}}",
        ),
        passes=[
            {one.earlier: on_time, one.later: on_time},
            {one.earlier: on_time, one.later: "2026-10-05 10:00:01"},
            {one.earlier: on_time},
            {one.later: on_time},
        ],
        fails=[
            {one.earlier: on_time, one.later: "2026-10-05 09:59:59"},
            {one.earlier: on_time, one.later: "2026-10-04 23:00:00"},
            {one.earlier: "2026-01-01 00:00:00", one.later: "2025-12-31 23:59:59"},
        ],
    )(lambda consent, limits: consent[one.later] >= consent[one.earlier])


def _time_rule(one: _ByThePeriod) -> Rule:
    return rule(
        one.code,
        on="consent",
        jurisdictions=EVERYWHERE,
        fields=(one.field, "consent_type"),
        cites="A delivery is made for one reporting date",
        confidence=Confidence.OWN,
        en=one.en,
        zh=one.zh,
        says=(f"{{consent_type}}: {{{one.field}}}", f"{{consent_type}}的授权，时间为{{{one.field}}}"),
        passes=[{one.field: "2026-10-31 23:59:59"}, {one.field: "2020-01-01 00:00:00"}, {"consent_type": "GENERAL"}],
        fails=[
            {one.field: "2026-11-01 00:00:00"},
            {one.field: "2026-12-31 10:00:00"},
            {one.field: "2027-10-31 10:00:00"},
        ],
    )(lambda consent, limits: consent[one.field].date() <= limits.period)


RULES = (*(_order_rule(one) for one in _ORDERS), *(_time_rule(one) for one in _TIMES))


@rule(
    "PRV-035",
    on="consent",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("first_used_at", "last_used_at"),
    cites="A last use without a first cannot be held against the consent",
    confidence=Confidence.OWN,
    en="Data that were used say since when.",
    zh="有最近使用时间的，应有首次使用时间。",
    says=("last used {last_used_at}, first use not stated", "最近使用时间{last_used_at}，未填首次使用时间"),
    passes=[
        {"first_used_at": "2026-10-01 10:00:00", "last_used_at": "2026-10-05 10:00:00"},
        {"first_used_at": "2026-10-01 10:00:00"},
        {"consent_type": "GENERAL"},
    ],
    fails=[
        {"last_used_at": "2026-10-05 10:00:00"},
        {"last_used_at": "2026-10-05 10:00:00", "consent_type": "SHARE"},
        {"last_used_at": "2026-10-05 10:00:00", "consented_at": "2026-10-01 10:00:00"},
    ],
)
def first_use_is_known(consent: Any, limits: Any) -> Any:
    return implies(consent.last_used_at.notnull(), consent.first_used_at.notnull())


@rule(
    "PRV-036",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("retention_until", "consent_type"),
    cites="PIPL art. 17, 19: how long data are kept is told",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Until when the data are kept is stated.",
    zh="应填报个人信息保存期限。",
    says=("{consent_type}: no time is stated", "{consent_type}未填报保存期限"),
    passes=[
        {"retention_until": "2030-12-31"},
        {"retention_until": "9999-12-31", "consent_type": "SHARE"},
        {"retention_until": "2020-01-01"},
    ],
    fails=[{}, {"consent_type": "GENERAL"}, {"deleted_at": "2026-10-01 10:00:00"}],
)
def retention_is_stated(consent: Any, limits: Any) -> Any:
    return consent.retention_until.notnull()


@rule(
    "PRV-037",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("retention_until", "deleted_at", "consent_type"),
    cites="PIPL art. 47: deleted when the time is over",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data whose time is over on the reporting date have been deleted.",
    zh="保存期限届满的个人信息应已删除。",
    says=(
        "{consent_type}: kept until {retention_until}, not deleted",
        "{consent_type}：保存期限{retention_until}，未删除",
    ),
    passes=[
        {"retention_until": "2026-10-31"},
        {"retention_until": "2026-11-01"},
        {"retention_until": "2026-10-30", "deleted_at": "2026-10-30 10:00:00"},
        {"retention_until": "2026-10-30", "deleted_at": "2026-10-31 10:00:00"},
        {"consent_type": "GENERAL"},
    ],
    fails=[
        {"retention_until": "2026-10-30"},
        {"retention_until": "2020-01-01"},
        {"retention_until": "2026-09-30", "consent_type": "SHARE"},
    ],
)
def deleted_in_the_end(consent: Any, limits: Any) -> Any:
    return implies(consent.retention_until < limits.period, consent.deleted_at.notnull())


@rule(
    "PRV-038",
    on="consent",
    jurisdictions=CHINA,
    since=PIPL_SINCE,
    fields=("deleted_at", "retention_until", "consent_type"),
    cites="PIPL art. 19, 47: not kept longer than told",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data were deleted by the day until which they were to be kept.",
    zh="个人信息应在保存期限届满前删除。",
    says=(
        "{consent_type}: kept until {retention_until}, deleted {deleted_at}",
        "{consent_type}：保存期限{retention_until}，删除时间{deleted_at}",
    ),
    passes=[
        {"retention_until": "2026-10-05", "deleted_at": "2026-10-05 23:59:59"},
        {"retention_until": "2026-10-05", "deleted_at": "2026-10-04 10:00:00"},
        {"retention_until": "2026-10-05"},
        {"deleted_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"retention_until": "2026-10-05", "deleted_at": "2026-10-06 00:00:00"},
        {"retention_until": "2025-10-05", "deleted_at": "2026-10-05 10:00:00"},
        {"retention_until": "2026-09-30", "deleted_at": "2026-10-01 10:00:00"},
    ],
)
def deleted_in_time(consent: Any, limits: Any) -> Any:
    return consent.deleted_at.date() <= consent.retention_until


@rule(
    "PRV-039",
    on="consent_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("retention_until", "loan_last_maturity_date", "consent_type"),
    cites="PIPL art. 19: as long as the purpose needs; the loan is the purpose until it matures",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data are kept at least until the loan matures.",
    zh="个人信息保存期限不应早于贷款到期日。",
    says=(
        "{consent_type}: kept until {retention_until}, the loan matures {loan_last_maturity_date}",
        "{consent_type}：保存期限{retention_until}，贷款到期日{loan_last_maturity_date}",
    ),
    passes=[
        {"retention_until": "2027-10-05", "loan_last_maturity_date": "2027-10-05"},
        {"retention_until": "2032-10-05", "loan_last_maturity_date": "2027-10-05"},
        {"retention_until": "2027-10-04", "loan_last_maturity_date": "2027-10-05", "loan_ended_on": "2026-10-05"},
        {"retention_until": "2027-10-05"},
    ],
    fails=[
        {"retention_until": "2027-10-04", "loan_last_maturity_date": "2027-10-05"},
        {"retention_until": "2026-10-31", "loan_last_maturity_date": "2027-10-05"},
        {"retention_until": "2020-01-01", "loan_last_maturity_date": "2020-01-02"},
    ],
)
def kept_while_the_loan_lasts(consent: Any, limits: Any) -> Any:
    return consent.loan_ended_on.notnull() | (consent.retention_until >= consent.loan_last_maturity_date)


@rule(
    "PRV-040",
    on="consent_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("deleted_at", "loan_balance_amount", "consent_type"),
    cites="PIPL art. 47: deleted when no longer needed; an open loan needs its data",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The data of a loan with principal outstanding are not deleted.",
    zh="仍有本金余额的贷款，其个人信息不应已删除。",
    says=(
        "{consent_type}: deleted {deleted_at}, {loan_balance_amount} outstanding",
        "{consent_type}：删除时间{deleted_at}，本金余额{loan_balance_amount}",
    ),
    passes=[
        {"consent_type": "GENERAL", "loan_balance_amount": "0.01"},
        {"consent_type": "GENERAL", "deleted_at": "2026-10-05 10:00:00", "loan_balance_amount": "0.00"},
        {"consent_type": "CREDIT_QUERY", "deleted_at": "2026-10-05 10:00:00", "loan_balance_amount": "0.01"},
        {"consent_type": "GENERAL", "deleted_at": "2026-10-05 10:00:00"},
        {"deleted_at": "2026-10-05 10:00:00", "loan_balance_amount": "0.01"},
    ],
    fails=[
        {"consent_type": "GENERAL", "deleted_at": "2026-10-05 10:00:00", "loan_balance_amount": "0.01"},
        {"consent_type": "GENERAL", "deleted_at": "2026-10-05 10:00:00", "loan_balance_amount": "5000.00"},
        {"consent_type": "GENERAL", "deleted_at": "2020-10-05 10:00:00", "loan_balance_amount": "0.01"},
    ],
)
def not_deleted_while_owed(consent: Any, limits: Any) -> Any:
    owed = (consent.consent_type == "GENERAL") & (consent.loan_balance_amount > 0)
    return implies(owed, consent.deleted_at.isnull())


@rule(
    "PRV-041",
    on="consent_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("last_used_at", "loan_ended_on", "consent_type"),
    cites="PIPL art. 6, 19: the loan was the purpose of sharing",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data are not shared any more after the loan has ended.",
    zh="贷款终结后不应再向他人提供其个人信息。",
    says=("shared {last_used_at}, ended {loan_ended_on}", "最近提供时间{last_used_at}，贷款终结日期{loan_ended_on}"),
    passes=[
        {"consent_type": "SHARE", "last_used_at": "2026-10-05 23:59:59", "loan_ended_on": "2026-10-05"},
        {"consent_type": "SHARE", "last_used_at": "2026-10-04 10:00:00", "loan_ended_on": "2026-10-05"},
        {"consent_type": "GENERAL", "last_used_at": "2026-10-06 10:00:00", "loan_ended_on": "2026-10-05"},
        {"consent_type": "SHARE", "last_used_at": "2026-10-06 10:00:00"},
        {"last_used_at": "2026-10-06 10:00:00", "loan_ended_on": "2026-10-05"},
    ],
    fails=[
        {"consent_type": "SHARE", "last_used_at": "2026-10-06 00:00:00", "loan_ended_on": "2026-10-05"},
        {"consent_type": "SHARE", "last_used_at": "2026-10-31 10:00:00", "loan_ended_on": "2026-09-05"},
        {"consent_type": "SHARE", "last_used_at": "2026-11-01 10:00:00", "loan_ended_on": "2026-10-31"},
    ],
)
def not_shared_after_the_end(consent: Any, limits: Any) -> Any:
    return implies(consent.consent_type == "SHARE", consent.last_used_at.date() <= consent.loan_ended_on)
