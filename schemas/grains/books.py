"""The books and the shape of one delivery: what its institutions say it sums to, and how its figures are distributed.

Belongs here: rows of their own over all loans of one delivery. Not here: limits on the whole book (``totals``),
partners (``partners``), other periods (``history``, ``previous``).
"""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.grains import BALANCE, on_totals

_DISPOSED = "disposal_date BETWEEN date_trunc('month', snapshot_date) AND snapshot_date AND disposal_type = '{}'"
# what an institution says of its own books, and what the same is of the tape's loans
_BOOKS = {
    "loan_count": "count(*) FILTER (balance_amount > 0 OR loan_status IN ('LS01', 'LS02', 'LS03', 'LS04'))",
    "loan_balance_amount": "coalesce(sum(balance_amount), 0)",
    "overdue_balance_amount": "coalesce(sum(balance_amount) FILTER (days_past_due > 0), 0)",
    "provision_total_amount": "coalesce(sum(provision_amount), 0)",
    "granted_amount": "coalesce(sum(drawn_amount), 0)",
    "repaid_amount": "coalesce(sum(repaid_principal_amount), 0)",
    "written_off_amount": f"coalesce(sum(disposal_amount) FILTER ({_DISPOSED.format('WRITTEN_OFF')}), 0)",
    "transferred_amount": f"coalesce(sum(disposal_amount) FILTER ({_DISPOSED.format('TRANSFERRED')}), 0)",
}
# one row; the sums of all institutions beside those of all loans, which are not known where currencies are mixed
BOOKS = on_totals(
    "books",
    "(SELECT "
    + ", ".join(f"sum({name}) AS {name}" for name in _BOOKS)
    + ", any_value(tape) AS tape FROM tape_institution, "
    "(SELECT CASE WHEN count(DISTINCT currency) <= 1 THEN struct_pack("
    + ", ".join(f"{name} := {sql}" for name, sql in _BOOKS.items())
    + ") END AS tape FROM tape_loan))",
    {
        name: (BALANCE, column)
        for field in _BOOKS
        for name, column in ((field, f"base.{field}"), (f"tape_{field}", f"base.tape.{field}"))
    },
)
# a balance after repayment: neither zero nor the whole amount lent
_REPAID = "balance_amount > 0 AND balance_amount <> loan_amount"
_FIRST_DIGIT = "left(ltrim(replace(CAST(accrued_interest_amount AS VARCHAR), '.', ''), '0'), 1)"
_LAST_DIGIT = "right(CAST(balance_amount AS VARCHAR), 1)"
_COUNTED = "(SELECT {}(n) FROM (SELECT count(*) AS n FROM tape_loan WHERE {} GROUP BY {}))"
_BROKEN = f"{_REPAID} AND NOT CAST(balance_amount AS VARCHAR) LIKE '%.00'"
# one row; counts of loans, and what the most frequent figure of each kind has of them
SHAPE = on_totals(
    "delivery_shape",
    "(SELECT count(*) AS loan_count, "
    "count(*) FILTER (days_past_due > 0) AS late_count, "
    "count(*) FILTER (five_class <> '1') AS below_normal_count, "
    f"count(*) FILTER ({_REPAID}) AS repaid_count, "
    f"count(*) FILTER ({_REPAID} AND balance_amount % 100 = 0) AS round_count, "
    f"{_COUNTED.format('max', _REPAID, 'balance_amount')} AS same_count, "
    f"{_COUNTED.format('sum', _BROKEN, _LAST_DIGIT)} AS cents_count, "
    f"{_COUNTED.format('max', _BROKEN, _LAST_DIGIT)} AS digit_count, "
    "count(*) FILTER (paid_in_period_amount > 0) AS paying_count, "
    f"{_COUNTED.format('max', 'paid_in_period_amount > 0', 'paid_in_period_amount')} AS same_payment_count, "
    "count(*) FILTER (accrued_interest_amount > 0) AS accruing_count, "
    "(SELECT sum(abs(coalesce(found.n, 0) / found_all.n - log10(1 + 1.0 / digit))) / 9 "
    "FROM range(1, 10) AS digits(digit) "
    f"LEFT JOIN (SELECT {_FIRST_DIGIT} AS first, count(*) AS n FROM tape_loan WHERE accrued_interest_amount > 0 "
    "GROUP BY 1) AS found ON found.first = CAST(digit AS VARCHAR), "
    "(SELECT nullif(count(*) FILTER (accrued_interest_amount > 0), 0) AS n FROM tape_loan) AS found_all) AS "
    "first_digit_deviation FROM tape_loan)",
    {
        name: (dt.int64, f"CAST(base.{name} AS BIGINT)")
        for name in (
            "loan_count", "late_count", "below_normal_count", "repaid_count", "round_count", "same_count",
            "cents_count", "digit_count", "paying_count", "same_payment_count", "accruing_count",
        )
    }
    | {"first_digit_deviation": (dt.Decimal(18, 6), "CAST(base.first_digit_deviation AS DECIMAL(18, 6))")},
)  # fmt: skip
# borrowers with more than one loan; hashes are grouped because pseudonyms are long
BORROWER = on_totals(
    "borrower",
    "(SELECT any_value(borrower_pid) AS borrower_pid, count(*) AS loan_count FROM tape_loan "
    "WHERE borrower_pid IS NOT NULL GROUP BY hash(borrower_pid) HAVING count(*) > 1)",
    {"borrower_pid": (dt.string, "base.borrower_pid"), "loan_count": (dt.int64, "base.loan_count")},
    key=("borrower_pid",),
)
# loans of one borrower, contract, day and amount under more than one IOU, named after the first
TWINS = on_totals(
    "twin_loans",
    "(SELECT min(iou_no) AS iou_no, max(iou_no) AS other_iou_no, count(DISTINCT iou_no) AS iou_count FROM tape_loan "
    "WHERE borrower_pid IS NOT NULL AND contract_no IS NOT NULL AND start_date IS NOT NULL AND loan_amount IS NOT NULL "
    "GROUP BY hash(borrower_pid, contract_no, start_date, loan_amount) HAVING min(iou_no) <> max(iou_no))",
    {
        "iou_no": (dt.string, "base.iou_no"),
        "other_iou_no": (dt.string, "base.other_iou_no"),
        "iou_count": (dt.int64, "base.iou_count"),
    },
    key=("iou_no",),
)
