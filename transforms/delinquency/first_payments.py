"""First-payment default: loans that fail at their first, second or third instalment.

Belongs here: figures of the instalments that fell due in the period. Not here: how loans age afterwards (vintages).

They come from the instalment table, which has every instalment that fell due in the period with what was paid of it,
for loans that have ended since as well. The payment history string of a loan would tell the same of the loans still on
the tape only, and nothing of amounts; tests compare the two.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from transforms import by, indicator, rows, where

NUMBERS = ("1", "2", "3")

_LOANS = rows(
    "iou_no snapshot_date loan_amount consecutive_arrears_count",
    ("a", "2026-10-31", 100, 0),
    ("b", "2026-10-31", 300, 1),
    ("c", "2026-10-31", 50, 2),
    ("d", "2026-10-31", 50, 1),
    ("e", "2026-10-31", 70, 0),
    ("f", "2026-10-31", 90, 0),
)
_INSTALMENTS = rows(
    "iou_no instalment_no due_date due_principal_amount due_interest_amount due_fee_amount paid_date paid_amount",
    ("a", 1, "2026-10-05", 10, 1, None, "2026-10-05", 11),
    ("b", 1, "2026-10-08", 30, 2, 1, "2026-10-08", 32),  # one short
    ("c", 2, "2026-10-31", 5, 1, None, None, None),
    ("d", 2, "2026-10-20", 5, 1, None, None, None),
    ("e", 3, "2026-10-20", 7, 1, None, "2026-10-19", 8),
    ("e", 4, "2026-10-20", 7, 1, None, None, None),  # no first instalment
    ("f", 1, "2026-11-03", 9, 1, None, None, None),  # not yet due
)
_EXAMPLE = {"loan": _LOANS, "instalment": _INSTALMENTS}
_FELL_DUE = "first three instalments with a due date in the month of the reporting date and not after it"


@indicator(
    "DLQ-FPD",
    unit="fraction",
    grain="first_instalments",
    dimension="instalment_no",
    en="Loans whose first, second or third instalment fell due in the period and is not paid in full at its end, over "
    "all loans for which it fell due, by number; whatever became of the instalments before it.",
    zh="首期、第二期、第三期还款违约率（按笔数）",
    formula=f"over the {_FELL_DUE}, per instalment number: count where paid_amount < due principal + interest + fee / "
    "count",
    cites="Industry practice, no rule: first-payment default, from the instalment table",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_EXAMPLE, {"1": Decimal("0.5"), "2": Decimal(1), "3": Decimal(0)}),
)
def defaults_by_number(first_instalments: Any) -> Any:
    due = first_instalments
    return by(
        due,
        due.number,
        numerator=where(due.is_unpaid, ibis.literal(1)).sum(),
        denominator=due.count(),
        members=NUMBERS,
    )


@indicator(
    "DLQ-FPD-AMOUNT",
    unit="fraction",
    grain="first_instalments",
    dimension="instalment_no",
    en="Loans whose first, second or third instalment fell due in the period and is not paid in full at its end, over "
    "all loans for which it fell due, by amount lent; whatever became of the instalments before it.",
    zh="首期、第二期、第三期还款违约率（按发放金额）",
    formula=f"over the {_FELL_DUE}, per instalment number: sum of loan_amount where paid_amount < due principal + "
    "interest + fee / sum of loan_amount",
    cites="Industry practice, no rule: first-payment default, from the instalment table",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_EXAMPLE, {"1": Decimal("0.75"), "2": Decimal(1), "3": Decimal(0)}),
)
def defaults_by_amount(first_instalments: Any) -> Any:
    due = first_instalments
    return by(
        due,
        due.number,
        numerator=where(due.is_unpaid, due.loan_amount).sum(),
        denominator=due.loan_amount.sum(),
        members=NUMBERS,
    )


@indicator(
    "DLQ-FPD-NONE",
    unit="fraction",
    grain="first_instalments",
    dimension="instalment_no",
    en="Loans that paid none of their first one, two or three instalments, over all loans whose instalment of that "
    "number fell due in the period, by number.",
    zh="前一、二、三期均未还款的贷款占比（按笔数）",
    formula=f"over the {_FELL_DUE}, per instalment number: count where it is not paid in full and "
    "consecutive_arrears_count >= its number / count",
    cites="Industry practice, no rule: loans never paid, from the instalment table and the run of arrears",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(_EXAMPLE, {"1": Decimal("0.5"), "2": Decimal("0.5"), "3": Decimal(0)}),
)
def never_paid(first_instalments: Any) -> Any:
    due = first_instalments
    none_paid = due.is_unpaid & (due.consecutive_arrears_count >= due.instalment_no)
    return by(
        due,
        due.number,
        numerator=where(none_paid, ibis.literal(1)).sum(),
        denominator=due.count(),
        members=NUMBERS,
    )
