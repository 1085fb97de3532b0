"""The institution's own books against the tape: what it says its loans sum to, and what they sum to.

Belongs here: control totals of one delivery, and of two. Not here: principal of one loan (``movements``), totals over
many periods (``totals``). No single loan breaks these rules, so none can be planted in one.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Rule, Severity
from schemas.rules import CHINA, implies, rule, wide

_FORMS = "PBoC financial base data V2.1, form 20202: the same loans counted twice"
_LEDGER = {
    "opening_balance_amount": "100.00",
    "granted_amount": "50.00",
    "repaid_amount": "20.00",
    "written_off_amount": "5.00",
    "transferred_amount": "10.00",
    "loan_balance_amount": "115.00",
}
_CARRIED = {"is_next_month": True, "previous_closing_balance_amount": "100.00"}


@rule(
    "MOV-053",
    on="institution",
    jurisdictions=CHINA,
    fields=tuple(_LEDGER),
    cites="Opening balance and flows make the closing balance",
    confidence=Confidence.OWN,
    en="What the institution began with, granted, was repaid, wrote off and transferred makes what it ended with.",
    zh="期初余额加本期发放减本期收回、核销、转让应等于期末贷款余额。",
    says=(
        "{opening_balance_amount} + {granted_amount} - {repaid_amount} - {written_off_amount} - {transferred_amount} "
        "is not {loan_balance_amount}",
        "{opening_balance_amount}+{granted_amount}-{repaid_amount}-{written_off_amount}-{transferred_amount}不等于"
        "{loan_balance_amount}",
    ),
    passes=[
        _LEDGER,
        _LEDGER | {"loan_balance_amount": "115.01"},
        _LEDGER | {"loan_balance_amount": "114.99"},
        _LEDGER | {"transferred_amount": None, "loan_balance_amount": "500.00"},
    ],
    fails=[
        _LEDGER | {"loan_balance_amount": "115.02"},
        _LEDGER | {"loan_balance_amount": "114.98"},
        _LEDGER | {"opening_balance_amount": "0.00"},
        _LEDGER | {"granted_amount": "0.00"},
        _LEDGER | {"repaid_amount": "0.00"},
        _LEDGER | {"written_off_amount": "0.00"},
        _LEDGER | {"transferred_amount": "0.00"},
    ],
)
def books_roll_forward(books: Any, limits: Any) -> Any:
    less = wide(books.repaid_amount) + books.written_off_amount + books.transferred_amount
    gap = wide(books.opening_balance_amount) + books.granted_amount - less - books.loan_balance_amount
    return gap.abs() <= limits.balance_tolerance_amount


def _agrees(code: str, field: str, en: str, zh: str, severity: Severity = Severity.ERROR) -> Rule:
    """What the institutions say of an amount is what the tape's loans sum to, to the tolerance."""
    of_tape = f"tape_{field}"

    def holds(books: Any, limits: Any) -> Any:
        return (books[field] - books[of_tape]).abs() <= limits.balance_tolerance_amount

    return rule(
        code,
        on="books",
        jurisdictions=CHINA,
        severity=severity,
        fields=(field, of_tape),
        cites=_FORMS,
        confidence=Confidence.OWN,
        en=en,
        zh=zh,
        says=(f"books {{{field}}}, tape {{{of_tape}}}", f"机构账面{{{field}}}，报送明细合计{{{of_tape}}}"),
        passes=[
            {field: "100.00", of_tape: "100.00"},
            {field: "100.01", of_tape: "100.00"},
            {field: "99.99", of_tape: "100.00"},
            {of_tape: "100.00"},
        ],
        fails=[
            {field: "100.02", of_tape: "100.00"},
            {field: "99.98", of_tape: "100.00"},
            {field: "0.00", of_tape: "100.00"},
        ],
    )(holds)


@rule(
    "MOV-054",
    on="books",
    jurisdictions=CHINA,
    fields=("loan_count", "tape_loan_count"),
    cites=_FORMS,
    confidence=Confidence.OWN,
    en="The institutions' books count as many loans as the tape has on the books.",
    zh="机构账面贷款笔数应等于报送明细中的在账贷款笔数。",
    says=("books {loan_count}, tape {tape_loan_count}", "机构账面{loan_count}笔，报送明细{tape_loan_count}笔"),
    passes=[
        {"loan_count": "100", "tape_loan_count": "100"},
        {"loan_count": "0", "tape_loan_count": "0"},
        {"tape_loan_count": "100"},
    ],
    fails=[
        {"loan_count": "101", "tape_loan_count": "100"},
        {"loan_count": "99", "tape_loan_count": "100"},
        {"loan_count": "0", "tape_loan_count": "1"},
    ],
)
def books_count_the_loans(books: Any, limits: Any) -> Any:
    return books.loan_count == books.tape_loan_count


balance_agrees = _agrees(
    "MOV-055", "loan_balance_amount",
    "The institutions' balance of loans is the sum of the tape's.", "机构账面贷款余额应等于报送明细余额合计。",
)  # fmt: skip
overdue_agrees = _agrees(
    "MOV-056", "overdue_balance_amount",
    "The institutions' overdue balance is the sum of the tape's loans past due.",
    "机构账面逾期贷款余额应等于报送明细中逾期贷款余额合计。",
)  # fmt: skip
provision_agrees = _agrees(
    "MOV-057", "provision_total_amount",
    "The institutions' loss provisions are the sum of the tape's.", "机构账面减值准备应等于报送明细减值准备合计。",
)  # fmt: skip
granted_agrees = _agrees(
    "MOV-058", "granted_amount",
    "What the institutions granted in the period is the sum of what the tape's loans were drawn.",
    "机构账面本期发放应等于报送明细本期发放本金合计。",
)  # fmt: skip
repaid_agrees = _agrees(
    "MOV-059", "repaid_amount",
    "What the institutions were repaid in the period is the sum of what the tape's loans repaid.",
    "机构账面本期收回应等于报送明细本期收回本金合计。",
)  # fmt: skip
written_off_agrees = _agrees(
    "MOV-060", "written_off_amount",
    "What the institutions wrote off in the period is the sum of the tape's disposals of that kind.",
    "机构账面本期核销应等于报送明细本期核销金额合计。",
)  # fmt: skip
transferred_agrees = _agrees(
    "MOV-061", "transferred_amount",
    "What the institutions transferred in the period is the sum of the tape's disposals of that kind.",
    "机构账面本期转让应等于报送明细本期转让金额合计。",
)  # fmt: skip


@rule(
    "MOV-062",
    on="books_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("opening_balance_amount", "previous_closing_balance_amount"),
    cites="A month begins with what the month before ended with",
    confidence=Confidence.OWN,
    en="The institutions begin the month with what they ended the month before with, small corrections excepted.",
    zh="本期期初余额应等于上期期末余额，少量更正除外。",
    says=(
        "opening {opening_balance_amount}, closing before {previous_closing_balance_amount}",
        "本期期初{opening_balance_amount}，上期期末{previous_closing_balance_amount}",
    ),
    passes=[
        _CARRIED | {"opening_balance_amount": "102.00"},
        _CARRIED | {"opening_balance_amount": "98.00"},
        _CARRIED | {"opening_balance_amount": "200.00", "is_next_month": False},
        {"is_next_month": True, "opening_balance_amount": "5.00"},
    ],
    fails=[
        _CARRIED | {"opening_balance_amount": "102.01"},
        _CARRIED | {"opening_balance_amount": "97.99"},
        _CARRIED | {"opening_balance_amount": "0.00"},
    ],
)
def opening_is_the_closing_before(books: Any, limits: Any) -> Any:
    gap = (books.opening_balance_amount - books.previous_closing_balance_amount).abs()
    small = books.previous_closing_balance_amount.cast(dt.Decimal(38, 6)) * limits.opening_gap_max_fraction
    return implies(books.is_next_month, gap <= small)
