"""Errors that can be planted: collection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate import agreements
from loantape.simulate.mistakes.tools import DAY_SECONDS, cell_in, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY
from loantape.simulate.texts import uscc

_TEN = 36_000  # ten o'clock in the morning
_NOBODY = uscc("110105", 999_999)  # a valid code that no partner has


def contacted(facts: Facts) -> np.ndarray:
    return facts.has_contact


def by_agency(facts: Facts) -> np.ndarray:
    return facts.has_contact & (facts.bucket >= 3) & (facts.bucket < 10)


def by_lender(facts: Facts) -> np.ndarray:
    return facts.has_contact & (facts.bucket < 3)


def _beside_on_time(facts: Facts) -> np.ndarray:
    other = facts.beside
    return facts.has_contact & facts.has_beside & facts.beside_is_open & (other["days_past_due"] == 0)


def _beside_settled(facts: Facts) -> np.ndarray:
    return facts.has_contact & facts.has_beside & facts.beside_is_settled


def late_since_this_month(facts: Facts) -> np.ndarray:
    return facts.has_contact & (facts.bucket == 1)


def _at_night(patch: Patch) -> Selected:
    patch.contact["contacted_at"] = patch.contact["contacted_at"] // DAY_SECONDS * DAY_SECONDS + 23 * 3_600
    return patch.contact


def _agency_without_code(patch: Patch) -> Selected:
    patch.contact["collection_stage"] = patch.text("OUTSOURCED")
    patch.contact["agency_name"] = patch.text("示例催收有限公司")
    patch.contact["agency_uscc"] = EMPTY
    return patch.contact


def _agency_of_the_lender(patch: Patch) -> Selected:
    patch.contact["agency_uscc"] = patch.book.agency.uscc
    return patch.contact


def _agency_not_reported(patch: Patch) -> Selected:
    patch.contact["agency_uscc"] = patch.text(_NOBODY)
    return patch.contact


def _lender_as_agency(patch: Patch) -> Selected:
    patch.contact["agency_uscc"] = patch.loan["lender_uscc"]
    patch.also("COL-007", patch.contact)
    return patch.contact


def _not_recorded(patch: Patch) -> Selected:
    patch.contact["contact_method"] = patch.text("PHONE")
    patch.contact["is_recorded"] = 0
    return patch.contact


def _on_the_day_it_fell_due(patch: Patch) -> Selected:
    since = np.where(
        patch.loan["principal_overdue_since"] == EMPTY,
        patch.loan["interest_overdue_since"],
        patch.loan["principal_overdue_since"],
    )
    patch.contact["contacted_at"] = since * DAY_SECONDS + _TEN
    return patch.contact


def _after_the_report(patch: Patch) -> Selected:
    patch.contact["contacted_at"] = (patch.book.snapshot + 1) * DAY_SECONDS + _TEN
    return patch.contact


def _the_month_before(patch: Patch) -> Selected:
    patch.contact["contacted_at"] = (patch.book.first_days[1200] - 1) * DAY_SECONDS + _TEN
    return patch.contact


def _before_the_grant(patch: Patch) -> Selected:
    patch.contact["contacted_at"] = (patch.loan["start_date"] - 1) * DAY_SECONDS + _TEN
    patch.also("COL-012", patch.contact)
    patch.also("COL-015", patch.contact)
    return patch.contact


def _by_agency_called(name: str) -> Callable[[Patch], Selected]:
    def plant(patch: Patch) -> Selected:
        patch.contact["agency_uscc"] = agreements.code_of(patch.book, name)
        return patch.contact

    return plant


def _with_who_owes_nothing(patch: Patch) -> Selected:
    patch.contact["iou_no"] = patch.beside["iou_no"]
    patch.contact["contacted_at"] = patch.book.snapshot * DAY_SECONDS + _TEN
    return patch.contact


def _with_who_owed_once(patch: Patch) -> Selected:
    patch.also("COL-011", patch.contact)
    return _with_who_owes_nothing(patch)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("COL-001", contacted, _at_night),
    Mistake("COL-002", contacted, cell_in("contact", "is_third_party", 1)),
    Mistake("COL-003", contacted, cell_in("contact", "is_third_party", EMPTY)),
    Mistake("COL-004", contacted, _agency_without_code),
    Mistake("COL-005", by_agency, cell_in("contact", "agency_name", EMPTY)),
    Mistake("COL-006", by_lender, _agency_of_the_lender),
    Mistake("COL-007", by_agency, _agency_not_reported),
    Mistake("COL-008", by_agency, _by_agency_called("collects unlisted")),
    Mistake("COL-009", by_agency, _by_agency_called("will collect")),
    Mistake("COL-011", _beside_on_time, _with_who_owes_nothing),
    Mistake("COL-013", _beside_settled, _with_who_owed_once),
    Mistake("COL-010", contacted, _not_recorded),
    Mistake("COL-012", late_since_this_month, _on_the_day_it_fell_due),
    Mistake("COL-014", contacted, _after_the_report),
    Mistake("COL-015", by_agency, _the_month_before),
    Mistake("COL-016", contacted, _before_the_grant),
    Mistake("COL-017", by_agency, _lender_as_agency),
    Mistake("IDN-067", contacted, text_in("contact", "iou_no", "NOBODY-1")),
)
