"""What the tests of the NFRA's filings share: a bank, loans of every kind, and rendering as the machine renders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare import Filing, FilingContext, RenderedFile
from loantape.filing import outgoing
from loantape.progress import silent
from tests.filing.conftest import INSTITUTION, LOAN

LICENCE = "B0001H111000001"
BANK = INSTITUTION | {"licence_no": LICENCE, "institution_name": "示例银行", "lender_type": "BANK"}
BASE = LOAN | {
    "lender_type": "BANK",
    "is_internet_loan": True,
    "is_revolving": False,
    "coop_mode": "SOLE",
    "repay_method": "EQUAL_INSTALMENT",
    "repay_frequency": "MONTH",
    "grant_type": "NEW",
    "payment_method": "SELF",
    "term_count": 12,
    "current_term": 9,
    "extension_count": 0,
    "consecutive_arrears_count": 0,
    "cumulative_arrears_count": 0,
    "next_due_date": date(2026, 11, 15),
    "next_due_principal_amount": Decimal("833.33"),
    "next_due_interest_amount": Decimal("100.00"),
    "credit_limit_amount": Decimal("20000.00"),
    "own_balance_amount": Decimal("7654.32"),
    "birth_year": 1990,
    "days_past_due": 0,
}
PARTNER = {
    "partner_agreement_no": "HZ-01",
    "partner_uscc": "91310000MA1FL0JX4Y",
    "partner_name": "示例科技有限公司",
    "partner_type": "TECH",
    "partner_service": "JOINT_LENDING",
    "agreement_from": date(2025, 1, 1),
    "agreement_to": date(2027, 12, 31),
    "agreement_status": "VALID",
}
# an ordinary loan, one with a partner and granted in the month, one abroad and extended, one late, one written off, one
# settled in the month, one settled before it
LOANS: list[dict[str, Any]] = [
    BASE | {"iou_no": "JJ-1", "contract_no": "HT-1", "borrower_pid": "pid-1"},
    BASE
    | {
        "iou_no": "JJ-2",
        "contract_no": "HT-2",
        "borrower_pid": "pid-2",
        "coop_mode": "JOINT",
        "partner_agreement_no": "HZ-01",
        "partner_share_fraction": Decimal("0.3"),
        "loan_amount": Decimal("10000.00"),
        "drawn_amount": Decimal("10000.00"),
        "repaid_principal_amount": Decimal("500.00"),
        "last_paid_on": date(2026, 10, 20),
        "start_date": date(2026, 10, 8),
        "balance_amount": Decimal("9500.00"),
        "balance_cny": Decimal("9500.00"),
        "own_balance_amount": Decimal("6650.00"),
        "partner_balance_amount": Decimal("2850.00"),
        "benchmark_type": "TR05",
        "rate_type": "RF02",
        "nominal_annual_pct": Decimal("4.5"),
        "purpose_text": None,
        "purpose_code": "TRAVEL",
    },
    BASE
    | {
        "iou_no": "JJ-3",
        "contract_no": "HT-3",
        "borrower_pid": "pid-3",
        "id_type": "B03",
        "borrower_region": "000840",
        "loan_status": "LS02",
        "extended_maturity_date": date(2027, 6, 30),
        "extension_count": 1,
        "is_internet_loan": False,
        "repay_method": "BULLET",
        "repay_frequency": "ONCE",
        "guarantee_type": "E01",
        "credit_limit_amount": None,
    },
    BASE
    | {
        "iou_no": "JJ-4",
        "contract_no": "HT-4",
        "borrower_pid": "pid-4",
        "loan_status": "LS03",
        "days_past_due": 47,
        "overdue_principal_amount": Decimal("833.33"),
        "principal_overdue_since": date(2026, 9, 14),
        "interest_overdue_since": date(2026, 9, 14),
        "accrued_interest_amount": Decimal("64.01"),
        "off_balance_interest_amount": Decimal("0.00"),
        "consecutive_arrears_count": 2,
        "cumulative_arrears_count": 3,
        "five_class": "2",
        "previous_class": "1",
        "class_changed_on": date(2026, 10, 15),
        "class_change_reason": "逾期天数增加",
    },
    BASE
    | {
        "iou_no": "JJ-5",
        "contract_no": "HT-5",
        "borrower_pid": "pid-5",
        "id_type": "B04",
        "loan_status": "LF02",
        "balance_amount": Decimal("0.00"),
        "own_balance_amount": Decimal("0.00"),
        "ended_on": date(2026, 10, 31),
        "disposal_type": "WRITTEN_OFF",
        "disposal_date": date(2026, 10, 31),
        "disposal_amount": Decimal("4321.00"),
        "five_class": "5",
        "next_due_date": None,
        "next_due_principal_amount": None,
        "next_due_interest_amount": None,
    },
    BASE
    | {
        "iou_no": "JJ-6",
        "contract_no": "HT-1",
        "borrower_pid": "pid-1",
        "loan_status": "LF01",
        "balance_amount": Decimal("0.00"),
        "repaid_principal_amount": Decimal("1000.00"),
        "last_paid_on": date(2026, 10, 3),
        "ended_on": date(2026, 10, 3),
        "next_due_date": None,
    },
    BASE
    | {
        "iou_no": "JJ-7",
        "contract_no": "HT-7",
        "borrower_pid": "pid-1",
        "loan_status": "LF01",
        "balance_amount": Decimal("0.00"),
        "ended_on": date(2026, 9, 30),
    },
]
_LETTER = {
    "iou_no": "JJ-1", "auth_from": date(2026, 1, 14), "auth_to": date(2036, 1, 14), "consent_type": "GENERAL",
    "withdrawn_at": None,
}  # fmt: skip
LETTERS: list[dict[str, Any]] = [
    _LETTER | {"consent_id": "C-1", "auth_letter_no": "SQ-2"},
    _LETTER | {"consent_id": "C-2", "auth_letter_no": "SQ-1", "auth_from": date(2026, 1, 10)},
    _LETTER | {"consent_id": "C-3", "auth_letter_no": "SQ-0", "withdrawn_at": datetime(2026, 10, 1, 12)},
    _LETTER | {"consent_id": "C-4", "iou_no": "JJ-4", "auth_letter_no": "SQ-4", "auth_to": None},
]


def alike(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the fields of all of them, as one insert statement needs them."""
    fields = {name for row in rows for name in row}
    return [dict.fromkeys(sorted(fields)) | row for row in rows]


def render(con: Any, filing: Filing, context: FilingContext, folder: Path, check: bool = True) -> list[RenderedFile]:
    """The outgoing tables, their rules, the files: as the machine makes a filing, without asking the reader.

    Without ``check`` the rules are counted, nothing is refused, and what would be is told to have found nothing.
    """
    with outgoing.prepared(con, filing, context):
        if check:
            with silent().step("check", "校验") as task:
                outgoing.check(con, filing, context.period, task)
        else:
            for grain in filing.outgoing:
                if rules := [rule for rule in filing.rules if rule.on == grain.name]:
                    outgoing.ask(con, grain, rules, context.period)
            con.execute(f"UPDATE {outgoing.RUNS} SET rows_failed = 0 WHERE severity = 'ERROR'")
        return list(filing.render(con, folder, context))
