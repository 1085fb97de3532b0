"""Errors that can be planted: why and how personal information is used.

Not here, because they need a partner off the list: PRV-020. Persons named in texts are in ``identifiers``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from loantape.simulate.agreements import UNLISTED
from loantape.simulate.mistakes.tools import DAY_SECONDS, cell_in, everyone, gone, older, text_in, written
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY

NOT_SIGNED, NOT_PROVIDED = "未签订", "合作方未提供"
_TEN = 36_000  # ten o'clock in the morning


def shared(facts: Facts) -> np.ndarray:
    return facts.shared


def shared_alone(facts: Facts) -> np.ndarray:
    """Data go to a guarantor, and no co-operation asks for it."""
    return facts.shared & ~facts.with_partner


def bureau(facts: Facts) -> np.ndarray:
    return facts.bureau


def after(column: str, seconds: int) -> Callable[[Patch, Selected], Any]:
    """So many seconds (days, of a date) after another cell of the part."""
    return lambda patch, where: where[column] + seconds


def loan_day(column: str, days: int) -> Callable[[Patch, Selected], Any]:
    """So many days after a date of the loan."""
    return lambda patch, where: patch.loan[column] + days


def loan_time(column: str, days: int) -> Callable[[Patch, Selected], Any]:
    """Ten o'clock, so many days after a date of the loan."""
    return lambda patch, where: (patch.loan[column] + days) * DAY_SECONDS + _TEN


def report_time(days: int, second: int = _TEN) -> Callable[[Patch, Selected], Any]:
    """A time so many days after the reporting date."""
    return lambda patch, where: (patch.book.snapshot + days) * DAY_SECONDS + second


def report_day(days: int) -> Callable[[Patch, Selected], Any]:
    """A day so many days after the reporting date."""
    return lambda patch, where: patch.book.snapshot + days


def _reported(patch: Patch) -> Patch:
    return patch.only(patch.loan["is_credit_reported"] == 1)


def _consent_late(patch: Patch) -> Selected:
    """Given and used two days after the grant, under a letter that reaches back."""
    written("general", ["PRV-052"], consented_at=after("consented_at", 2 * DAY_SECONDS),
            first_used_at=after("first_used_at", 2 * DAY_SECONDS))(patch)  # fmt: skip
    return patch.loan


def _bureau_consent_late(patch: Patch) -> Selected:
    written("bureau", ["PRV-052"], consented_at=after("consented_at", 2 * DAY_SECONDS),
            first_used_at=after("first_used_at", 2 * DAY_SECONDS),
            last_used_at=after("first_used_at", 0))(patch)  # fmt: skip
    return patch.loan


def _bureau_consent_after_the_report(patch: Patch) -> Selected:
    patch.also("PRV-054", patch.loan)
    return written("bureau", ["PRV-025", "PRV-052"], consented_at=report_time(1))(patch)


def _no_bureau_consent(patch: Patch) -> Selected:
    gone("bureau")(patch)
    return _reported(patch).loan


def _shared_without_a_partner(patch: Patch) -> Selected:
    reported = _reported(patch)
    reported.also("PRV-053", reported.loan)
    return written(
        "bureau", ["PRV-019"], consent_type="SHARE", is_separate=1, is_recipient_told=1, impact_assessment_no="PIA-0"
    )(patch)


def _notice_where_not_reported(patch: Patch) -> Selected:
    others = patch.only(patch.loan["is_credit_reported"] == 0)
    return written("loan", adverse_notice_at=report_time(0))(others)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("PRV-001", older, _consent_late),
    Mistake("PRV-001", everyone, gone("general")),
    Mistake("PRV-002", lambda facts: facts.with_partner & facts.shared, gone("share")),
    Mistake("PRV-003", everyone, written("general", ["PRV-048", "PRV-049"], auth_to=after("auth_from", -1))),
    Mistake("PRV-004", everyone, written("general", ["PRV-027", "PRV-028"], withdrawn_at=loan_time("start_date", -1))),
    Mistake("PRV-007", everyone, cell_in("general", "lawful_basis", EMPTY)),
    Mistake("PRV-008", shared, text_in("share", "lawful_basis", "CONTRACT")),
    Mistake("PRV-009", bureau, text_in("bureau", "lawful_basis", "LEGAL_DUTY")),
    Mistake("PRV-010", everyone, cell_in("general", "consent_version", EMPTY)),
    Mistake("PRV-011", everyone, cell_in("general", "purpose_text", EMPTY)),
    Mistake("PRV-012", shared, cell_in("share", "is_separate", 0)),
    Mistake("PRV-013", shared, cell_in("share", "is_separate", EMPTY)),
    Mistake("PRV-014", everyone, cell_in("general", "data_class", EMPTY)),
    Mistake("PRV-015", everyone, text_in("general", "data_class", "C3")),
    Mistake("PRV-016", shared_alone, written("share", consent_type="SENSITIVE", data_class="C1")),
    Mistake("PRV-017", shared, cell_in("share", "recipient_name", EMPTY)),
    Mistake("PRV-018", shared, cell_in("share", "is_recipient_told", 0)),
    Mistake("PRV-019", shared, text_in("share", "recipient_name", "示例未报送有限公司")),
    Mistake("PRV-021", lambda facts: facts.bureau & ~facts.agreement, _shared_without_a_partner),
    Mistake("PRV-020", shared, text_in("share", "recipient_name", UNLISTED)),
    Mistake("PRV-022", shared_alone, text_in("share", "consent_type", "CROSS_BORDER")),
    Mistake("PRV-023", shared, text_in("share", "cross_border_mechanism", "ASSESSMENT")),
    Mistake("PRV-024", shared, cell_in("share", "impact_assessment_no", EMPTY)),
    Mistake("PRV-025", everyone, written("general", first_used_at=after("consented_at", -1))),
    Mistake("PRV-026", everyone, written("general", last_used_at=after("first_used_at", -1))),
    Mistake("PRV-027", everyone, written("general", withdrawn_at=after("last_used_at", -1))),
    Mistake("PRV-028", everyone, written("general", ["PRV-027"], withdrawn_at=after("consented_at", -1))),
    Mistake("PRV-029", bureau, written("bureau", deleted_at=after("last_used_at", -1))),
    Mistake("PRV-030", bureau, written("bureau", ["PRV-029"], deleted_at=after("consented_at", -1))),
    Mistake("PRV-031", lambda facts: facts.bureau & ~facts.withdrawn, _bureau_consent_after_the_report),
    Mistake("PRV-032", everyone, written("general", withdrawn_at=report_time(1))),
    Mistake("PRV-033", everyone, written("general", last_used_at=report_time(1))),
    Mistake("PRV-034", bureau, written("bureau", deleted_at=report_time(1))),
    Mistake("PRV-035", everyone, cell_in("general", "first_used_at", EMPTY)),
    Mistake("PRV-036", everyone, cell_in("general", "retention_until", EMPTY)),
    Mistake("PRV-037", lambda facts: facts.settled, written("general", retention_until=report_day(-1))),
    Mistake(
        "PRV-038",
        lambda facts: facts.settled & facts.bureau,
        written("bureau", retention_until=report_day(-3), deleted_at=report_time(-2)),
    ),
    Mistake(
        "PRV-039",
        lambda facts: facts.open & facts.matures_later,
        written("general", retention_until=loan_day("maturity_date", -1)),
    ),
    Mistake("PRV-040", lambda facts: facts.open, written("general", deleted_at=report_time(0, 80_000))),
    Mistake(
        "PRV-041",
        lambda facts: facts.settled & facts.shared,
        written("share", last_used_at=loan_time("ended_on", 1)),
    ),
    Mistake("PRV-042", lambda facts: facts.shared & facts.internet, cell_in("share", "auth_letter_no", EMPTY)),
    Mistake(
        "PRV-043",
        everyone,
        written("general", auth_letter_no=NOT_SIGNED, first_used_at=int(EMPTY), last_used_at=int(EMPTY)),
    ),
    Mistake("PRV-044", everyone, text_in("general", "auth_letter_no", NOT_PROVIDED)),
    Mistake("PRV-045", everyone, cell_in("general", "auth_from", EMPTY)),
    Mistake("PRV-046", everyone, cell_in("general", "auth_to", EMPTY)),
    Mistake("PRV-047", everyone, text_in("general", "auth_letter_no", "SQ1；SQ2")),
    Mistake("PRV-048", everyone, written("general", ["PRV-050"], auth_from=loan_day("start_date", 1))),
    Mistake("PRV-049", older, written("general", auth_to=loan_day("start_date", 1))),
    Mistake(
        "PRV-051",
        everyone,
        written("general", auth_letter_no=NOT_SIGNED, auth_from=int(EMPTY), auth_to=int(EMPTY)),
    ),
    Mistake("PRV-053", bureau, _no_bureau_consent),
    Mistake("PRV-054", lambda facts: facts.bureau & facts.older, _bureau_consent_late),
    Mistake(
        "PRV-058",
        lambda facts: facts.noticed & facts.late & facts.was_late,
        written("loan", adverse_notice_at=report_time(0)),
    ),
    Mistake("PRV-059", everyone, _notice_where_not_reported),
)
