"""The errors that can be planted, each with the findings it causes.

Belongs here: what is changed in the rows of a loan. Not here: errors of the small tables (parties), who gets which
error (planting). An error touches as little as it can, so that it causes one finding where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import AND_BROKEN, EMPTY, SKIP, TWICE

_DAY_SECONDS = 86_400
_PERCENT = 1_000_000
_YUAN = 100
_ABSENT = 500  # generations ahead: a loan number nobody has


def _text(part: str, column: str, text: str) -> Callable[[Patch], Selected]:
    """Print a text in a column of the part (a table's rows of the loan)."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = patch.literal(text)
        return where

    return plant


def _cell(part: str, column: str, cell: int) -> Callable[[Patch], Selected]:
    """Put one value, or EMPTY, into a column of the part."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = cell
        return where

    return plant


def _more(part: str, column: str, difference: int) -> Callable[[Patch], Selected]:
    """Add to a column of the part."""

    def plant(patch: Patch) -> Selected:
        where: Selected = getattr(patch, part)
        where[column] = where[column] + difference
        return where

    return plant


def _everyone(facts: Facts) -> np.ndarray:
    return facts.everyone


def _on_time(facts: Facts) -> np.ndarray:
    return facts.on_time


def _late(facts: Facts) -> np.ndarray:
    return facts.late


def _sheet(facts: Facts) -> np.ndarray:
    return facts.sheet


def _joint(facts: Facts) -> np.ndarray:
    return facts.joint


def _older(facts: Facts) -> np.ndarray:
    return facts.older


def _absent(part: str) -> Callable[[Patch], Selected]:
    """Let a child row name a loan that does not exist."""
    return _more(part, "iou_no", _ABSENT)


def _cap(patch: Patch) -> Selected:
    patch.loan["all_in_cost_pct"] = 24_500_000
    patch.also("PRC-006", patch.loan)
    patch.also("DSC-006", patch.only(patch.facts.sheet[patch.of]).sheet)
    return patch.loan


def _too_much_paid_out(patch: Patch) -> Selected:
    patch.loan["net_proceeds_amount"] = patch.loan["loan_amount"] + 100 * _YUAN
    patch.loan["instalment_amount"] = EMPTY  # else the recomputed rate would differ too
    return patch.loan


def _floating_without_benchmark(patch: Patch) -> Selected:
    patch.loan["rate_type"] = patch.text("RF02")
    patch.loan["benchmark_pct"] = EMPTY
    return patch.loan


def _dearer_interest(patch: Patch) -> Selected:
    patch.interest["fee_annual_pct"] = patch.interest["fee_annual_pct"] + _PERCENT // 2
    return patch.loan


def _double_penalty(patch: Patch) -> Selected:
    patch.loan["penalty_rate_pct"] = patch.loan["nominal_annual_pct"] * 2
    return patch.loan


def _wrong_check_character(patch: Patch) -> Selected:
    patch.loan["id_no"] = -patch.loan["id_no"]
    return patch.loan


def _matures_before_start(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] - 1
    return patch.loan


def _starts_after_the_report(patch: Patch) -> Selected:
    patch.loan["start_date"] = patch.book.snapshot + 3
    return patch.loan


def _region_too_long(patch: Patch) -> Selected:
    patch.loan["lender_region"] = patch.text("1101011")
    patch.also("IDN-004", patch.loan)
    return patch.loan


def _consent_twice(patch: Patch) -> Selected:
    patch.general.become(TWICE)
    patch.also("FLD-005", patch.general, 1)
    return patch.general


def _broken(part: str) -> Callable[[Patch], Selected | None]:
    """A further line that is cut short, below the part's row."""

    def plant(patch: Patch) -> None:
        where: Selected = getattr(patch, part)
        where.become(AND_BROKEN)
        patch.also("READ-002", where, 1)

    return plant


def _gone(part: str) -> Callable[[Patch], Selected]:
    """Leave out a child row; the finding is on the loan."""

    def plant(patch: Patch) -> Selected:
        getattr(patch, part).become(SKIP)
        return patch.loan

    return plant


def _sheet_of_nobody(patch: Patch) -> Selected:
    patch.sheet["iou_no"] = patch.sheet["iou_no"] + _ABSENT
    patch.also("DSC-001", patch.loan)
    return patch.sheet


def _shown_after_confirmed(patch: Patch) -> Selected:
    patch.sheet["sheet_shown_at"] = patch.sheet["sheet_confirmed_at"] + 5
    return patch.sheet


def _signed_before_confirmed(patch: Patch) -> Selected:
    patch.sheet["contract_signed_at"] = patch.sheet["sheet_confirmed_at"] - 1
    return patch.sheet


def _consent_late(patch: Patch) -> Selected:
    patch.general["consented_at"] = patch.general["consented_at"] + 2 * _DAY_SECONDS
    return patch.loan


def _consent_ends_early(patch: Patch) -> Selected:
    patch.general["auth_to"] = patch.general["auth_from"] - 1
    return patch.general


def _withdrawn_before_start(patch: Patch) -> Selected:
    patch.general["withdrawn_at"] = (patch.loan["start_date"] - 1) * _DAY_SECONDS + 3_600
    return patch.general


def _late_but_normal(patch: Patch) -> Selected:
    patch.loan["loan_status"] = patch.text("LS01")
    patch.loan["overdue_type"] = EMPTY
    return patch.loan


def _more_overdue_than_balance(patch: Patch) -> Selected:
    loan = patch.loan
    by_part = patch.facts.by_instalments[patch.of] & (patch.facts.days[patch.of] <= 90)
    loan["overdue_principal_amount"] = loan["balance_amount"] + _YUAN
    loan["overdue_1104_amount"] = np.where(by_part, loan["overdue_principal_amount"], loan["overdue_1104_amount"])
    return loan


def _overdue_since_tomorrow(patch: Patch) -> Selected:
    patch.loan["principal_overdue_since"] = patch.book.snapshot + 1
    return patch.loan


def _fewer_ever_than_now(patch: Patch) -> Selected:
    patch.loan["consecutive_arrears_count"] = patch.loan["cumulative_arrears_count"] + 1
    return patch.loan


def _balance(patch: Patch, balance: np.ndarray) -> None:
    """Another balance, funded by the lender where it is more."""
    loan = patch.loan
    loan["own_balance_amount"] = balance - loan["partner_balance_amount"]
    loan["balance_amount"] = balance
    loan["balance_cny"] = balance


def _balance_above_amount(patch: Patch) -> Selected:
    _balance(patch, patch.loan["loan_amount"] + 10 * _YUAN)
    return patch.loan


def _closed_with_balance(patch: Patch) -> Selected:
    _balance(patch, np.full(patch.at.size, 100 * _YUAN))
    return patch.loan


def _never_in_arrears(patch: Patch) -> Selected:
    patch.loan["cumulative_arrears_count"] = 0
    patch.loan["consecutive_arrears_count"] = 0
    return patch.loan


def _classed(days: int, grade: str) -> Callable[[Patch], Selected]:
    """A loan this many days past due in a class one too good, consistent in all else."""

    def plant(patch: Patch) -> Selected:
        loan, since = patch.loan, patch.book.snapshot - days
        for name in ("principal_overdue_since", "interest_overdue_since"):
            loan[name] = np.where(loan[name] == EMPTY, EMPTY, since)
        loan["days_past_due"] = days
        part = patch.facts.by_instalments[patch.of] & (days <= 90)
        loan["overdue_1104_amount"] = np.where(part, loan["overdue_principal_amount"], loan["balance_amount"])
        loan["five_class"] = patch.text(grade)
        loan["is_restructured"] = 0
        return loan

    return plant


def _restructured_and_normal(patch: Patch) -> Selected:
    patch.loan["is_restructured"] = 1
    patch.loan["five_class"] = patch.text("1")
    return patch.loan


def _long_bullet(patch: Patch) -> Selected:
    patch.loan["maturity_date"] = patch.loan["start_date"] + 400
    return patch.loan


def _left_out(patch: Patch) -> None:
    patch.remove()


def _changed(column: str, difference: int) -> Callable[[Patch], Selected | None]:
    """Change what must not change; the comparison with the month before says what is found."""

    def plant(patch: Patch) -> None:
        patch.loan[column] = patch.loan[column] + difference

    return plant


def _grown_balance(patch: Patch) -> None:
    _balance(patch, patch.loan["loan_amount"])


MISTAKES: tuple[Mistake, ...] = (
    # what reading finds
    Mistake("READ-001", _everyone, _text("loan", "birth_year", "19X5")),
    Mistake("READ-001", _everyone, _text("loan", "provision_amount", "1,234.50")),
    Mistake("READ-001", _everyone, _text("loan", "is_related_party", "Y")),
    Mistake("READ-001", _everyone, _text("loan", "maturity_date", "2026-02-30")),
    Mistake("READ-001", _everyone, _text("interest", "fee_standard_pct", "1.2345678")),
    Mistake("READ-001", _sheet, _text("sheet", "read_seconds", "10s")),
    Mistake("READ-002", _everyone, _broken("loan")),
    Mistake("READ-002", _everyone, _broken("penalty")),
    Mistake("READ-002", _everyone, _broken("general")),
    # what the fields say
    Mistake("FLD-001", _everyone, _cell("loan", "branch_no", EMPTY)),
    Mistake("FLD-001", _everyone, _cell("loan", "is_first_loan", EMPTY)),
    Mistake("FLD-001", _everyone, _cell("loan", "borrower_region", EMPTY)),
    Mistake("FLD-001", _everyone, _cell("interest", "fee_item_name", EMPTY)),
    Mistake("FLD-002", _everyone, _text("loan", "purpose_code", "GAMBLING")),
    Mistake("FLD-002", _everyone, _text("loan", "channel", "STREET")),
    Mistake("FLD-002", _everyone, _text("penalty", "fee_method", "LATER")),
    Mistake("FLD-003", _everyone, _cell("loan", "provision_amount", -1 * _YUAN)),
    Mistake("FLD-003", _everyone, _cell("loan", "birth_year", 1850)),
    Mistake("FLD-003", _joint, _cell("loan", "partner_share_fraction", 120_000_000)),
    Mistake("FLD-004", _everyone, _text("loan", "licence_no", "X0000H00000000001")),
    Mistake("FLD-004", _everyone, _text("loan", "purpose_text", "日常消费" * 251)),
    Mistake("FLD-004", _everyone, _region_too_long),
    Mistake("FLD-005", _everyone, _consent_twice),
    # identity
    Mistake("IDN-003", _everyone, _text("loan", "lender_uscc", "91110000MA0000001X")),
    Mistake("IDN-004", _everyone, _text("loan", "lender_region", "910101")),
    Mistake("IDN-005", _everyone, _text("loan", "borrower_region", "000ABC")),
    Mistake("IDN-006", _everyone, _wrong_check_character),
    Mistake("IDN-007", _everyone, _matures_before_start),
    Mistake("IDN-008", lambda facts: facts.granted & facts.matures_later, _starts_after_the_report),
    Mistake("IDN-009", lambda facts: ~facts.late, _more("loan", "snapshot_date", -1)),
    Mistake("IDN-010", _on_time, _text("loan", "loan_status", "LS02")),
    Mistake("IDN-011", _everyone, _absent("penalty")),
    Mistake("IDN-012", lambda facts: facts.instalment, _absent("instalment")),
    Mistake("IDN-013", _sheet, _sheet_of_nobody),
    Mistake("IDN-014", lambda facts: facts.bureau, _absent("bureau")),
    Mistake("IDN-015", lambda facts: facts.agreement, _text("loan", "partner_agreement_no", "HZ-XX-99")),
    # pricing
    Mistake("PRC-001", _everyone, _too_much_paid_out),
    Mistake("PRC-002", lambda facts: facts.fixed, _cell("loan", "benchmark_pct", 3 * _PERCENT)),
    Mistake("PRC-003", _everyone, _floating_without_benchmark),
    Mistake("PRC-004", lambda facts: facts.level, _more("loan", "shown_annual_rate_pct", _PERCENT)),
    Mistake("PRC-005", lambda facts: facts.capped, _cap),
    Mistake("PRC-006", _everyone, _dearer_interest),
    Mistake("PRC-007", _everyone, _cell("loan", "nominal_annual_pct", 36 * _PERCENT)),
    Mistake("PRC-008", _everyone, _text("interest", "collector_type", "PLATFORM")),
    Mistake("PRC-009", _everyone, _text("interest", "collector_type", "GUARANTOR")),
    Mistake("PRC-010", _everyone, _double_penalty),
    # disclosure
    Mistake("DSC-001", _sheet, _gone("sheet")),
    Mistake("DSC-002", _sheet, _shown_after_confirmed),
    Mistake("DSC-003", _sheet, _signed_before_confirmed),
    Mistake("DSC-004", _sheet, _cell("sheet", "is_default_ticked", 1)),
    Mistake("DSC-005", _sheet, _cell("sheet", "is_bundled", 1)),
    Mistake("DSC-006", _sheet, _more("sheet", "sheet_total_annual_pct", _PERCENT)),
    Mistake("DSC-007", _sheet, _cell("sheet", "read_seconds", 0)),
    Mistake("DSC-008", _sheet, _cell("sheet", "sheet_confirmed_at", EMPTY)),
    # privacy
    Mistake("PRV-001", _everyone, _consent_late),
    Mistake("PRV-001", _everyone, _gone("general")),
    Mistake("PRV-002", lambda facts: facts.with_partner, _gone("share")),
    Mistake("PRV-003", _everyone, _consent_ends_early),
    Mistake("PRV-004", _everyone, _withdrawn_before_start),
    Mistake("PRV-005", _everyone, _text("loan", "purpose_text", "装修，身份证110101199001011237")),
    Mistake("PRV-006", _everyone, _text("loan", "purpose_text", "联系电话13800000000")),
    # arrears
    Mistake("ARR-001", _late, _late_but_normal),
    Mistake("ARR-002", _late, _cell("loan", "overdue_type", EMPTY)),
    Mistake("ARR-003", _on_time, _text("loan", "overdue_type", "01")),
    Mistake("ARR-004", _late, _more_overdue_than_balance),
    Mistake("ARR-005", lambda facts: facts.interest_late, _cell("loan", "principal_overdue_since", EMPTY)),
    Mistake("ARR-006", lambda facts: facts.interest_late, _overdue_since_tomorrow),
    Mistake("ARR-007", lambda facts: facts.late & (facts.days != 91), _more("loan", "days_past_due", -1)),
    Mistake("ARR-008", _late, _more("loan", "overdue_1104_amount", _YUAN)),
    Mistake("ARR-009", _late, _fewer_ever_than_now),
    Mistake("ARR-010", _on_time, _balance_above_amount),
    Mistake("ARR-011", lambda facts: facts.ended, _closed_with_balance),
    Mistake("ARR-012", _late, _never_in_arrears),
    # classes
    Mistake("CLS-001", _late, _classed(120, "2")),
    Mistake("CLS-002", _late, _classed(300, "3")),
    Mistake("CLS-003", _late, _classed(400, "4")),
    Mistake("CLS-004", _late, _classed(40, "1")),
    Mistake("CLS-005", _on_time, _restructured_and_normal),
    # partners
    Mistake("PTR-001", _joint, _cell("loan", "partner_share_fraction", 10_000_000)),
    Mistake("PTR-002", _joint, _more("loan", "own_balance_amount", _YUAN)),
    Mistake("PTR-003", lambda facts: facts.with_partner, _cell("loan", "partner_agreement_no", EMPTY)),
    # products
    Mistake("PRD-001", lambda facts: facts.internet, _text("loan", "purpose_code", "HOUSE")),
    Mistake("PRD-002", lambda facts: facts.internet, _cell("loan", "credit_limit_amount", 250_000 * _YUAN)),
    Mistake("PRD-003", lambda facts: facts.internet & facts.bullet, _long_bullet),
    # movements
    Mistake("MOV-001", _older, _left_out),
    Mistake("MOV-002", lambda facts: facts.older & facts.matures_later, _changed("start_date", 1)),
    Mistake("MOV-003", lambda facts: facts.older & ~facts.revolving, _changed("loan_amount", 100 * _YUAN)),
    Mistake(
        "MOV-004",
        lambda facts: facts.older & facts.on_time & ~facts.revolving & (facts.paid >= 2),
        _grown_balance,
    ),
    Mistake("MOV-005", lambda facts: facts.on_time & (facts.missed > 0), _changed("cumulative_arrears_count", -1)),
)
