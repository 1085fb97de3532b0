"""Authorisation letters as EAST asks for them, and what must be said before the credit bureau learns of somebody.

Belongs here: the letter of table 502, consent to a credit query, notice before an adverse report. Not here: what the
bureau is told (``bureau``).

EAST writes texts where there is no letter: 未签订 (not signed, both dates 00000000, empty in the tape) and 合作方未提供
(the partner does not hand it over, valid to 99991231).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

TABLE_502 = "EAST 5.0, table 502 SQSBH, SXRQ, ZZRQ"
NOT_SIGNED = "未签订"
NOT_PROVIDED = "合作方未提供"
FOR_EVER = date(9999, 12, 31)  # 99991231: permanent, or not known [P]
REGULATION = "征信业管理条例 (国务院令631)"
MEASURES = "征信业务管理办法 (人民银行令〔2021〕第4号), in force 2022-01-01"
MEASURES_SINCE = "2022-01-01"


def has_letter(consent: Any) -> Any:
    """The letter has a number; null where nothing is said of one."""
    return ~consent.auth_letter_no.isin([NOT_SIGNED, NOT_PROVIDED])


@rule(
    "PRV-042",
    on="consent_with_loan",
    jurisdictions=CHINA,
    fields=("auth_letter_no", "consent_type"),
    cites=TABLE_502,
    confidence=Confidence.PRIMARY,
    en="Consent to sharing for an internet loan states the number of the authorisation letter, or why there is none.",
    zh="互联网贷款向他人提供信息的同意，应填报客户数据授权书编号，或注明未签订、合作方未提供。",
    says=("no authorisation letter is stated", "未填报客户数据授权书编号"),
    passes=[
        {"consent_type": "SHARE", "loan_is_internet_loan": True, "auth_letter_no": "SQ1"},
        {"consent_type": "SHARE", "loan_is_internet_loan": True, "auth_letter_no": NOT_SIGNED},
        {"consent_type": "SHARE", "loan_is_internet_loan": False},
        {"consent_type": "GENERAL", "loan_is_internet_loan": True},
        {"consent_type": "SHARE"},
        {"loan_is_internet_loan": True},
    ],
    fails=[
        {"consent_type": "SHARE", "loan_is_internet_loan": True},
        {"consent_type": "SHARE", "loan_is_internet_loan": True, "auth_from": "2026-10-01"},
        {"consent_type": "SHARE", "loan_is_internet_loan": True, "recipient_name": "示例"},
    ],
)
def letter_is_stated(consent: Any, limits: Any) -> Any:
    asked = (consent.consent_type == "SHARE") & consent.loan_is_internet_loan
    return implies(asked, consent.auth_letter_no.notnull())


@rule(
    "PRV-043",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_from", "auth_to", "auth_letter_no"),
    cites=f"{TABLE_502}: 00000000 where not signed",
    confidence=Confidence.PRIMARY,
    en="A letter that was not signed has no dates.",
    zh="授权书未签订的，不应有生效或终止日期。",
    says=("not signed, from {auth_from} to {auth_to}", "未签订，生效日期{auth_from}，终止日期{auth_to}"),
    passes=[
        {"auth_letter_no": NOT_SIGNED},
        {"auth_letter_no": "SQ1", "auth_from": "2026-10-01", "auth_to": "2027-10-01"},
        {"auth_letter_no": NOT_PROVIDED, "auth_to": "9999-12-31"},
        {"auth_from": "2026-10-01", "auth_to": "2027-10-01"},
    ],
    fails=[
        {"auth_letter_no": NOT_SIGNED, "auth_from": "2026-10-01"},
        {"auth_letter_no": NOT_SIGNED, "auth_to": "2027-10-01"},
        {"auth_letter_no": NOT_SIGNED, "auth_from": "2026-10-01", "auth_to": "9999-12-31"},
    ],
)
def no_letter_no_dates(consent: Any, limits: Any) -> Any:
    return implies(consent.auth_letter_no == NOT_SIGNED, consent.auth_from.isnull() & consent.auth_to.isnull())


@rule(
    "PRV-044",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_to", "auth_letter_no"),
    cites=f"{TABLE_502}: 99991231 where the partner does not provide it",
    confidence=Confidence.PRIMARY,
    en="A letter that the partner does not hand over is valid to 9999-12-31.",
    zh="合作方未提供授权书的，终止日期应为9999-12-31。",
    says=("not handed over, valid to {auth_to}", "合作方未提供，终止日期{auth_to}"),
    passes=[
        {"auth_letter_no": NOT_PROVIDED, "auth_to": "9999-12-31"},
        {"auth_letter_no": NOT_PROVIDED},
        {"auth_letter_no": "SQ1", "auth_to": "2027-10-01"},
        {"auth_to": "2027-10-01"},
    ],
    fails=[
        {"auth_letter_no": NOT_PROVIDED, "auth_to": "2027-10-01"},
        {"auth_letter_no": NOT_PROVIDED, "auth_to": "9999-12-30"},
        {"auth_letter_no": NOT_PROVIDED, "auth_to": "2026-10-01", "auth_from": "2026-10-01"},
    ],
)
def letter_kept_back_is_open_ended(consent: Any, limits: Any) -> Any:
    return implies(consent.auth_letter_no == NOT_PROVIDED, consent.auth_to == ibis.literal(FOR_EVER))


@rule(
    "PRV-045",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_from", "auth_letter_no"),
    cites=TABLE_502,
    confidence=Confidence.PRIMARY,
    en="A letter with a number says since when it is valid.",
    zh="有编号的授权书应填报生效日期。",
    says=("letter {auth_letter_no}: valid since when is not stated", "授权书{auth_letter_no}未填报生效日期"),
    passes=[
        {"auth_letter_no": "SQ1", "auth_from": "2026-10-01"},
        {"auth_letter_no": NOT_SIGNED},
        {"auth_letter_no": NOT_PROVIDED},
        {"auth_to": "2027-10-01"},
    ],
    fails=[
        {"auth_letter_no": "SQ1"},
        {"auth_letter_no": "SQ1", "auth_to": "2027-10-01"},
        {"auth_letter_no": "SQ1;SQ2"},
    ],
)
def letter_has_a_beginning(consent: Any, limits: Any) -> Any:
    return implies(has_letter(consent), consent.auth_from.notnull())


@rule(
    "PRV-046",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_to", "auth_letter_no"),
    cites=f"{TABLE_502}: 99991231 where permanent",
    confidence=Confidence.PRIMARY,
    en="A letter with a number says until when it is valid, 9999-12-31 for ever.",
    zh="有编号的授权书应填报终止日期，永久有效的填9999-12-31。",
    says=("letter {auth_letter_no}: valid until when is not stated", "授权书{auth_letter_no}未填报终止日期"),
    passes=[
        {"auth_letter_no": "SQ1", "auth_to": "9999-12-31"},
        {"auth_letter_no": NOT_SIGNED},
        {"auth_letter_no": NOT_PROVIDED},
        {"auth_from": "2026-10-01"},
    ],
    fails=[
        {"auth_letter_no": "SQ1"},
        {"auth_letter_no": "SQ1", "auth_from": "2026-10-01"},
        {"auth_letter_no": "SQ1;SQ2"},
    ],
)
def letter_has_an_end(consent: Any, limits: Any) -> Any:
    return implies(has_letter(consent), consent.auth_to.notnull())


@rule(
    "PRV-047",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_letter_no",),
    cites=f"{TABLE_502}: several letters are joined by a half-width semicolon",
    confidence=Confidence.PRIMARY,
    en="Several letters are joined by ';' alone.",
    zh="多份授权书编号应以英文分号分隔。",
    says=("letters {auth_letter_no}", "授权书编号为{auth_letter_no}"),
    passes=[
        {"auth_letter_no": "SQ1"},
        {"auth_letter_no": "SQ1;SQ2;SQ3"},
        {"auth_letter_no": NOT_SIGNED},
        {"auth_letter_no": NOT_PROVIDED},
    ],
    fails=[
        {"auth_letter_no": "SQ1；SQ2"},
        {"auth_letter_no": "SQ1,SQ2"},
        {"auth_letter_no": "SQ1，SQ2"},
        {"auth_letter_no": "SQ1、SQ2"},
        {"auth_letter_no": "SQ1; SQ2"},
        {"auth_letter_no": "SQ1;;SQ2"},
        {"auth_letter_no": "SQ1;"},
        {"auth_letter_no": ";SQ1"},
    ],
)
def letters_are_joined(consent: Any, limits: Any) -> Any:
    return consent.auth_letter_no.re_search("^[^;；,，、 ]+(;[^;；,，、 ]+)*$")


@rule(
    "PRV-048",
    on="consent_with_loan",
    jurisdictions=CHINA,
    fields=("auth_from", "auth_to", "loan_start_date"),
    cites=f"{TABLE_502}; PIPL art. 13",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The authorisation covers the day of the grant.",
    zh="授权有效期应覆盖贷款发放日。",
    says=(
        "valid from {auth_from} to {auth_to}, granted {loan_start_date}",
        "授权期限{auth_from}至{auth_to}，发放日期{loan_start_date}",
    ),
    passes=[
        {"loan_start_date": "2026-10-05", "auth_from": "2026-10-05"},
        {"loan_start_date": "2026-10-05", "auth_to": "2026-10-05"},
        {"loan_start_date": "2026-10-05", "auth_from": "2026-10-04", "auth_to": "2026-10-06"},
        {"auth_from": "2026-10-05", "auth_to": "2026-10-04"},
    ],
    fails=[
        {"loan_start_date": "2026-10-05", "auth_from": "2026-10-06"},
        {"loan_start_date": "2026-10-05", "auth_to": "2026-10-04"},
        {"loan_start_date": "2026-10-05", "auth_from": "2026-10-06", "auth_to": "2027-10-06"},
        {"loan_start_date": "2026-10-05", "auth_from": "2025-10-06", "auth_to": "2026-10-04"},
    ],
)
def letter_covers_the_grant(consent: Any, limits: Any) -> Any:
    return (consent.auth_from <= consent.loan_start_date) & (consent.loan_start_date <= consent.auth_to)


@rule(
    "PRV-049",
    on="consent",
    jurisdictions=CHINA,
    fields=("last_used_at", "auth_to"),
    cites=f"{TABLE_502} ZZRQ; PIPL art. 14",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data are not used after the authorisation has ended.",
    zh="授权终止后不得再使用个人信息。",
    says=("used {last_used_at}, valid to {auth_to}", "最近使用时间{last_used_at}，授权终止日期{auth_to}"),
    passes=[
        {"last_used_at": "2026-10-05 23:59:59", "auth_to": "2026-10-05"},
        {"last_used_at": "2026-10-05 10:00:00", "auth_to": "2026-10-06"},
        {"last_used_at": "2026-10-05 10:00:00"},
        {"auth_to": "2026-10-05"},
    ],
    fails=[
        {"last_used_at": "2026-10-06 00:00:00", "auth_to": "2026-10-05"},
        {"last_used_at": "2026-10-06 10:00:00", "auth_to": "2025-10-06"},
        {"last_used_at": "2026-10-01 10:00:00", "auth_to": "2026-09-30"},
    ],
)
def not_used_after_the_letter(consent: Any, limits: Any) -> Any:
    return consent.last_used_at.date() <= consent.auth_to


@rule(
    "PRV-050",
    on="consent",
    jurisdictions=CHINA,
    fields=("first_used_at", "auth_from"),
    cites=f"{TABLE_502} SXRQ; PIPL art. 13",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data are not used before the authorisation begins.",
    zh="授权生效前不得使用个人信息。",
    says=("first used {first_used_at}, valid from {auth_from}", "首次使用时间{first_used_at}，授权生效日期{auth_from}"),
    passes=[
        {"first_used_at": "2026-10-05 00:00:00", "auth_from": "2026-10-05"},
        {"first_used_at": "2026-10-05 10:00:00", "auth_from": "2026-10-04"},
        {"first_used_at": "2026-10-05 10:00:00"},
        {"auth_from": "2026-10-05"},
    ],
    fails=[
        {"first_used_at": "2026-10-04 23:59:59", "auth_from": "2026-10-05"},
        {"first_used_at": "2025-10-05 10:00:00", "auth_from": "2026-10-05"},
        {"first_used_at": "2026-09-30 10:00:00", "auth_from": "2026-10-01"},
    ],
)
def not_used_before_the_letter(consent: Any, limits: Any) -> Any:
    return consent.first_used_at.date() >= consent.auth_from


@rule(
    "PRV-051",
    on="consent",
    jurisdictions=CHINA,
    fields=("auth_letter_no", "first_used_at", "consent_type"),
    cites=f"{TABLE_502}; PIPL art. 13, 23",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Data are not used where the authorisation was not signed.",
    zh="授权书未签订的，不得使用个人信息。",
    says=(
        "{consent_type}: not signed, used since {first_used_at}",
        "{consent_type}：未签订，首次使用时间{first_used_at}",
    ),
    passes=[
        {"auth_letter_no": NOT_SIGNED},
        {"auth_letter_no": "SQ1", "first_used_at": "2026-10-05 10:00:00"},
        {"auth_letter_no": NOT_PROVIDED, "first_used_at": "2026-10-05 10:00:00"},
        {"first_used_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"auth_letter_no": NOT_SIGNED, "first_used_at": "2026-10-05 10:00:00"},
        {"auth_letter_no": NOT_SIGNED, "first_used_at": "2020-10-05 10:00:00", "consent_type": "SHARE"},
        {"auth_letter_no": NOT_SIGNED, "first_used_at": "2026-10-05 10:00:00", "lawful_basis": "CONSENT"},
    ],
)
def not_used_without_a_letter(consent: Any, limits: Any) -> Any:
    return implies(consent.auth_letter_no == NOT_SIGNED, consent.first_used_at.isnull())


@rule(
    "PRV-052",
    on="consent",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("auth_from", "consented_at"),
    cites="An authorisation that reaches back before it was given must be explained",
    confidence=Confidence.OWN,
    en="An authorisation begins on the day it was given or later.",
    zh="授权生效日期不应早于同意时间。",
    says=("valid from {auth_from}, given {consented_at}", "授权生效日期{auth_from}，同意时间{consented_at}"),
    passes=[
        {"auth_from": "2026-10-05", "consented_at": "2026-10-05 23:59:59"},
        {"auth_from": "2026-10-06", "consented_at": "2026-10-05 10:00:00"},
        {"auth_from": "2026-10-05"},
        {"consented_at": "2026-10-05 10:00:00"},
    ],
    fails=[
        {"auth_from": "2026-10-04", "consented_at": "2026-10-05 00:00:00"},
        {"auth_from": "2025-10-05", "consented_at": "2026-10-05 10:00:00"},
        {"auth_from": "2026-09-30", "consented_at": "2026-10-01 10:00:00"},
    ],
)
def letter_does_not_reach_back(consent: Any, limits: Any) -> Any:
    return consent.auth_from >= consent.consented_at.date()
